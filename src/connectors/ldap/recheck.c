/* connectors/ldap/recheck.c -- objects that a full import did not bring, asked
 * for by their anchors, many a search. */
#include "connectors/ldap/course.h"

#define CHUNK            100U
#define FILTER_MAX_BYTES (1U << 20)

/* Octets in a filter, each of them escaped (RFC 4515 3). */
static void
put_value(struct buf *b, struct text v)
{
	for (size_t i = 0; i < v.len; i++)
		buf_printf(b, "\\%02x", (unsigned char)v.data[i]);
}

static const char *
filter_make(const struct delta_job *j, const struct text *anchors, size_t n)
{
	const char *out = NULL;
	struct buf b;

	buf_init(&b, FILTER_MAX_BYTES);
	buf_printf(&b, "(&%s(|", j->what.filter);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&b, "(%.*s=", TEXT_ARGS(j->what.anchor));
		put_value(&b, anchors[i]);
		buf_putc(&b, ')');
	}
	buf_puts(&b, "))");
	if (buf_error(&b) == 0) {
		struct text t = buf_text(&b);

		out = arena_strndup(j->arena, t.data, t.len);
	}
	buf_clear(&b);
	return out;
}

int
core_recheck(struct connector *connector, const struct import_request *req,
    const struct text *anchors, size_t n, const struct entry_sink *sink,
    struct err *e)
{
	struct delta_job j = {.c = (struct core *)connector, .req = req};
	struct import_reply reply;
	int r = delta_job_init(&j, sink, &reply, e);

	for (size_t at = 0; r == 0 && at < n; at += CHUNK) {
		const char *filter = filter_make(
		    &j, &anchors[at], n - at < CHUNK ? n - at : CHUNK);

		r = filter != NULL ? delta_objects(&j, filter, NULL, e)
				   : err_set(e, ERR_NOMEM, "out of memory");
	}
	delta_job_clear(&j);
	return r;
}

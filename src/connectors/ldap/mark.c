/* connectors/ldap/mark.c -- the watermark of a partition.
 *
 *   syncrepl DIGEST COOKIE
 *   timestamp DIGEST NEWEST FROM SINCE
 *
 * The digest is of what is read and of the rest of the line: a watermark of
 * another filter is none, and a cookie that was damaged never reaches a server,
 * which might take it for no cookie at all and begin anew. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "connectors/ldap/delta.h"

#define FULL_REQUIRED "no-start-full-import-required"
#define DIGEST_BYTES  16U
#define MARK_MAX      (1U << 20)
/* A change whose time is older than one that was seen before may appear for so
 * long: transactions that overlap, clocks of several servers. */
#define OVERLAP_S INT64_C(300)

/* ---- Times ---- */

bool
delta_time_parse(struct text t, char out[static DELTA_TIME_TEXT])
{
	size_t n = 0;

	while (n < t.len && n < 14 && t.data[n] >= '0' && t.data[n] <= '9')
		n++;
	if (n != 14 || t.data[t.len - 1] != 'Z')
		return false;
	memcpy(out, t.data, 14);
	memcpy(out + 14, "Z", 2);
	return true;
}

void
delta_time_move(
    const char *t, int64_t seconds, char out[static DELTA_TIME_TEXT])
{
	char iso[32];
	int64_t ms = 0;
	size_t n = 0;

	(void)snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", t,
	    t + 4, t + 6, t + 8, t + 10, t + 12);
	if (clock_parse(text_of(iso), &ms) != 0) {
		memcpy(out, t, DELTA_TIME_TEXT);
		return;
	}
	(void)clock_format(ms + seconds * 1000, false, iso);
	for (const char *p = iso; *p != '\0' && n + 1 < DELTA_TIME_TEXT; p++)
		if ((*p >= '0' && *p <= '9') || *p == 'Z')
			out[n++] = *p;
	out[n] = '\0';
}

void
delta_mark_move(
    struct delta_mark *m, const char *newest, int64_t now_ms, int64_t took_ms)
{
	bool newer = strcmp(newest, m->newest) > 0;

	if (newer) {
		memcpy(m->newest, newest, DELTA_TIME_TEXT);
		m->since_ms = now_ms;
		delta_time_move(
		    newest, -OVERLAP_S - took_ms / 1000 - 1, m->from);
	} else if (now_ms - m->since_ms > OVERLAP_S * 1000 &&
		   m->newest[0] != '\0') {
		/* quiet for long: even those of its second are known */
		delta_time_move(m->newest, 1, m->from);
	}
}

/* ---- Text ---- */

static int
digest(const struct delta_scope *scope, struct text rest,
    char out[static 2 * DIGEST_BYTES + 1])
{
	unsigned char sum[32] = {0};
	struct buf b;
	int r;

	buf_init(&b, MARK_MAX);
	buf_text_add(&b, scope->base);
	buf_putc(&b, '\0');
	buf_puts(&b, scope->filter);
	buf_putc(&b, '\0');
	buf_text_add(&b, scope->anchor);
	buf_putc(&b, '\0');
	buf_text_add(&b, rest);
	r = hash_sha256(buf_text(&b), sum);
	if (r == 0)
		r = buf_error(&b);
	buf_clear(&b);
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", sum[i]);
	return r;
}

static const char *
mode_name(int mode)
{
	return mode == CONF_LDAP_DELTAS_SYNCREPL ? "syncrepl" : "timestamp";
}

int
delta_mark_format(struct arena *a, const struct delta_scope *scope,
    const struct delta_mark *m, struct text *out, struct err *e)
{
	char sum[2 * DIGEST_BYTES + 1] = "";
	struct text rest = m->cookie;
	char *p = NULL;
	size_t n = 0;
	int r;

	if (m->mode == CONF_LDAP_DELTAS_TIMESTAMP)
		rest = text_of(arena_printf(
		    a, "%s %s %" PRId64, m->newest, m->from, m->since_ms));
	r = arena_failed(a) ? ERR_NOMEM : digest(scope, rest, sum);
	if (r == 0) {
		n = strlen(mode_name(m->mode)) + sizeof(sum) + 1;
		p = arena_alloc(a, n + rest.len + 1);
	}
	if (p == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	(void)snprintf(p, n + 1, "%s %s ", mode_name(m->mode), sum);
	memcpy(p + n, rest.data, rest.len);
	*out = (struct text){p, n + rest.len};
	return 0;
}

/* Up to the next blank; moves *t behind it. */
static struct text
word(struct text *t)
{
	struct text w = {t->data, 0};

	while (w.len < t->len && t->data[w.len] != ' ')
		w.len++;
	t->data += w.len;
	t->len -= w.len;
	if (t->len != 0) {
		t->data++;
		t->len--;
	}
	return w;
}

static bool
times_parse(struct text rest, struct delta_mark *out)
{
	struct text newest = word(&rest), from = word(&rest);

	return delta_time_parse(newest, out->newest) &&
	       delta_time_parse(from, out->from) &&
	       text_to_int64(rest, &out->since_ms) == 0;
}

int
delta_mark_parse(struct arena *a, const struct delta_scope *scope,
    struct text watermark, struct delta_mark *out, struct err *e)
{
	char sum[2 * DIGEST_BYTES + 1] = "";
	struct text rest = watermark, mode = word(&rest), had = word(&rest);
	bool good = true;
	int r;

	*out = (struct delta_mark){.mode = CONF_LDAP_DELTAS_SYNCREPL};
	if (text_is(mode, "timestamp"))
		out->mode = CONF_LDAP_DELTAS_TIMESTAMP;
	else
		good = text_is(mode, "syncrepl");
	r = digest(scope, rest, sum);
	if (r < 0)
		return err_set(e, r, "out of memory");
	good = good && text_is(had, sum);
	if (good && out->mode == CONF_LDAP_DELTAS_TIMESTAMP)
		good = times_parse(rest, out);
	if (!good)
		return err_type(e, ERR_REFUSED, FULL_REQUIRED,
		    "%.*s: the watermark is of another base, filter or anchor "
		    "than is read now, or damaged",
		    TEXT_ARGS(scope->base));
	out->cookie = text_dup(a, rest);
	return out->cookie.data != NULL
		   ? 0
		   : err_set(e, ERR_NOMEM, "out of memory");
}

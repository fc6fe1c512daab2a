/* connectors/ldap/place.c -- from where a full import goes on that broke off.
 *
 *   DIGEST, then texts, each as LENGTH:TEXT
 *     when it began, the latest modifyTimestamp, the server, the mark
 *     for each window that is left: its depth (a digit, 3 more where its top is
 *     in another one) and its top
 *
 * The digest is of the rest and of what is read: see connectors/ldap/mark.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "connectors/ldap/course.h"

#define DIGEST_BYTES 16U
#define DIGEST_TEXT  ((size_t)2 * DIGEST_BYTES)
#define PLACE_MAX    (16U << 20)
#define WINDOWS_MAX  65536U
#define DEPTHS       3 /* of enum ldap_depth */
#define KEPT_MS      INT64_C(86400000)

static void
put(struct buf *b, struct text t)
{
	buf_printf(b, "%zu:", t.len);
	buf_text_add(b, t);
}

static void
put_list(struct buf *b, const struct conf_texts *list)
{
	buf_printf(b, "%zu,", list->count);
	for (size_t i = 0; i < list->count; i++)
		put(b, list->items[i]);
}

/* All that decides what comes. */
static void
put_asked(struct core *c, const struct import_request *req, struct arena *a,
    struct buf *b)
{
	const struct conf_partition *p =
	    core_partition_conf(c, req->partition, a);

	put(b, req->partition);
	put(b, text_of(core_filter(c, p)));
	put(b, c->conf->anchor);
	if (p != NULL) {
		put_list(b, &p->include);
		put_list(b, &p->exclude);
	}
	put_list(b, &c->conf->attributes);
	for (size_t i = 0; i < req->wanted_count; i++)
		put(b, names_text(c->env.names, req->wanted[i]));
}

static int
digest(struct core *c, const struct import_request *req, struct arena *a,
    struct text rest, char out[static DIGEST_TEXT + 1])
{
	unsigned char sum[32] = {0};
	struct buf b;
	int r;

	buf_init(&b, PLACE_MAX);
	put_asked(c, req, a, &b);
	put(&b, rest);
	r = hash_sha256(buf_text(&b), sum);
	if (r == 0)
		r = buf_error(&b);
	buf_clear(&b);
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", sum[i]);
	return r;
}

static void
put_course(const struct core_course *course, struct arena *a, struct buf *b)
{
	const struct core_windows *w = &course->windows;

	put(b, text_of(arena_printf(a, "%" PRId64, course->began_ms)));
	put(b, text_of(course->newest));
	put(b, course->server);
	put(b, course->mark);
	for (size_t i = w->next; i < w->count; i++) {
		buf_putc(b, (char)('0' + (int)w->list[i].depth +
				   (w->list[i].below ? DEPTHS : 0)));
		put(b, w->list[i].dn);
	}
}

int
core_place_format(struct core *c, const struct import_request *req,
    const struct core_course *course, struct arena *a, struct text *out,
    struct err *e)
{
	char sum[DIGEST_TEXT + 1] = "";
	struct buf rest;
	int r;

	buf_init(&rest, PLACE_MAX);
	put_course(course, a, &rest);
	r = buf_error(&rest);
	if (r == 0)
		r = digest(c, req, a, buf_text(&rest), sum);
	if (r == 0) {
		*out = text_of(
		    arena_printf(a, "%s%.*s", sum, TEXT_ARGS(buf_text(&rest))));
		r = out->data != NULL ? 0 : ERR_NOMEM;
	}
	buf_clear(&rest);
	return r < 0 ? err_set(e, r, "out of memory") : 0;
}

/* ---- Reading ---- */

/* Moves *t behind it. */
static bool
get(struct text *t, struct text *out)
{
	const char *colon = memchr(t->data, ':', t->len < 12 ? t->len : 12);
	int64_t n = 0;
	size_t head;

	if (colon == NULL)
		return false;
	head = (size_t)(colon - t->data);
	if (text_to_int64((struct text){t->data, head}, &n) != 0 || n < 0 ||
	    (size_t)n > t->len - head - 1)
		return false;
	*out = (struct text){colon + 1, (size_t)n};
	t->data += head + 1 + (size_t)n;
	t->len -= head + 1 + (size_t)n;
	return true;
}

static bool
get_window(struct text *t, struct core_window *out)
{
	int kind = *t->data - '0';

	if (kind < 0 || kind >= 2 * DEPTHS)
		return false;
	t->data++;
	t->len--;
	*out = (struct core_window){
	    .depth = (enum ldap_depth)(kind % DEPTHS), .below = kind >= DEPTHS};
	return get(t, &out->dn);
}

static bool
get_windows(struct text t, struct arena *a, struct core_windows *out)
{
	size_t room = 0;

	*out = (struct core_windows){.list = NULL};
	while (t.len > 1 && out->count < WINDOWS_MAX) {
		if (out->count == room) {
			struct core_window *more =
			    arena_array(a, room * 2 + 64, sizeof(*more));

			if (more == NULL)
				return false;
			if (room != 0)
				memcpy(more, out->list, room * sizeof(*more));
			out->list = more;
			room = room * 2 + 64;
		}
		if (!get_window(&t, &out->list[out->count]))
			return false;
		out->count++;
	}
	return t.len == 0 && out->count != 0;
}

static bool
get_course(struct text t, struct arena *a, struct core_course *out)
{
	struct text began, newest;

	if (!get(&t, &began) || !get(&t, &newest) || !get(&t, &out->server) ||
	    !get(&t, &out->mark) || text_to_int64(began, &out->began_ms) != 0 ||
	    newest.len >= sizeof(out->newest))
		return false;
	memcpy(out->newest, newest.data, newest.len);
	return get_windows(t, a, &out->windows);
}

/* The place is borrowed from the request, which outlives the import. */
int
core_place_parse(struct core *c, const struct import_request *req,
    struct arena *a, struct core_course *out, struct err *e)
{
	struct text t = req->place;
	char sum[DIGEST_TEXT + 1] = "";
	int64_t now = clock_now_ms();
	int r;

	*out = (struct core_course){.began_ms = now};
	if (t.len == 0)
		return 0;
	if (t.len > DIGEST_TEXT) {
		t.data += DIGEST_TEXT;
		t.len -= DIGEST_TEXT;
	}
	r = digest(c, req, a, t, sum);
	if (r < 0)
		return err_set(e, r, "out of memory");
	if (req->place.len <= DIGEST_TEXT ||
	    memcmp(req->place.data, sum, DIGEST_TEXT) != 0 ||
	    !get_course(t, a, out) || now - out->began_ms > KEPT_MS ||
	    now < out->began_ms)
		return err_type(e, ERR_NOENT, CONNECTOR_PLACE_GONE,
		    "%.*s: the place where the last full import broke off is "
		    "of "
		    "another configuration, or too old",
		    TEXT_ARGS(req->partition));
	return 0;
}

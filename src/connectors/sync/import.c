/* connectors/sync/import.c -- what is there, read back: all of it, or what
 * changed since a cookie. */
#include <stdlib.h>

#include "base/hash.h"
#include "connectors/sync/sync_int.h"

#define PAGES_MAX     1000000U /* a list that never ends is a fault */
#define PAGE_MEMORY   32U      /* times an answer */
#define SLICE         500U     /* entries a call of the sink */
#define MARK_HEAD     "sync 1\n"
#define MARK_MAX      65536U
#define FULL_REQUIRED "no-start-full-import-required"

/* An import while it goes on. */
struct importing {
	struct sconn *s;
	const struct entry_sink *sink;
	struct import_reply *reply;
	struct selection selection;
	struct arena *arena; /* of the page */
	bool full;
	struct buf cookie; /* base64, as it came; empty: none */
	struct entry *entries;
	size_t count;
	bool more;
};

/* ---- What is asked for ---- */

static void
selection_make(const struct sconn *s, const struct import_request *req,
    struct selection *out)
{
	*out = (struct selection){0};
	for (size_t i = 0; i < sconn_rows(s); i++)
		out->on[i] = req->wanted_count == 0;
	for (size_t i = 0; i < req->wanted_count; i++) {
		int row = sconn_attr(s, req->wanted[i]);

		if (row >= 0)
			out->on[row] = true;
	}
}

/* Hash of the attributes and types: a delta import brings unchanged objects no
 * new attributes. */
static int
selection_print(const struct sconn *s, const struct selection *sel,
    struct arena *a, struct text *out)
{
	unsigned char hash[32];
	struct buf b;
	int r;

	buf_init(&b, 65536);
	for (size_t i = 0; i < sconn_rows(s); i++)
		if (sel->on[i])
			buf_printf(&b, "%s,", sconn_row(s, i)->name);
	for (int i = 0; i < ST_COUNT; i++)
		if (sconn_takes(s, (enum stype)i))
			buf_printf(&b, "%s;", stypes[i].name);
	r = buf_error(&b);
	if (r == 0)
		r = hash_sha256(buf_text(&b), hash);
	buf_clear(&b);
	if (r == 0)
		r = hex_encode(
		    a, (struct text){(const char *)hash, sizeof(hash)}, out);
	return r;
}

/* ---- The watermark ---- */

int
cookie_format(struct arena *a, const struct sconn *s,
    const struct selection *sel, struct text cookie, struct text *out,
    struct err *e)
{
	struct text print = TEXT("");
	int r = selection_print(s, sel, a, &print);

	if (r < 0)
		return err_set(e, r, "watermark: %s", err_name(r));
	if (cookie.len > MARK_MAX / 2)
		return err_set(e, ERR_LIMIT, "the cookie is too long");
	*out = text_of(arena_printf(
	    a, MARK_HEAD "%.*s\n%.*s", TEXT_ARGS(print), TEXT_ARGS(cookie)));
	return out->len == 0 ? err_set(e, ERR_NOMEM, "out of memory") : 0;
}

int
cookie_parse(const struct sconn *s, const struct selection *sel,
    struct text mark, struct text *out_cookie, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(65536);
	const size_t head = sizeof(MARK_HEAD) - 1, skip = head + 64 + 1;
	struct text print = TEXT("");
	int r = a == NULL ? ERR_NOMEM : selection_print(s, sel, a, &print);

	if (r < 0)
		return err_set(e, r, "watermark: %s", err_name(r));
	if (mark.len <= skip || mark.len > MARK_MAX ||
	    !text_starts_nocase(mark, MARK_HEAD) || mark.data[skip - 1] != '\n')
		return err_set(
		    e, ERR_SYNTAX, "the watermark is of another form");
	if (!text_equal(print, (struct text){mark.data + head, 64}))
		return err_set(e, ERR_NOENT,
		    "the rules or types: ask for others than at the last full "
		    "import");
	*out_cookie = (struct text){mark.data + skip, mark.len - skip};
	return 0;
}

/* ---- A page ---- */

static void
request_put(struct nbfx_writer *w, void *ctx)
{
	struct importing *m = ctx;
	struct text cookie = buf_text(&m->cookie), raw = TEXT("");

	soap_bool(w, "", "includeLicenseInformation", false);
	soap_begin(w, "", "inputCookie");
	if (cookie.len == 0) {
		soap_ns(w, "i", SOAP_NS_XSI);
		nbfx_put_attr(w, TEXT("i"), TEXT("nil"), TEXT("true"));
	} else if (base64_decode(m->arena, cookie, &raw, NULL) == 0) {
		nbfx_put_octets(w, raw);
	} else {
		nbfx_put_text(w, cookie); /* a service that writes texts */
	}
	nbfx_end(w);
	soap_bool(w, "", "isFullSync", m->full);
}

static int
page_entries(struct importing *m, const struct xml_node *list, struct err *e)
{
	size_t n = list == NULL ? 0 : list->count;
	int r = 0;

	m->count = 0;
	m->entries = arena_array(m->arena, n + 1, sizeof(*m->entries));
	if (m->entries == NULL)
		return err_set(e, ERR_NOMEM, "a page of %zu objects", n);
	for (const struct xml_node *i = n == 0 ? NULL : list->first;
	     i != NULL && r == 0; i = i->next) {
		bool ours = false;

		r = readback_object(m->s, m->arena, &m->selection, i,
		    &m->entries[m->count], &ours);
		if (!ours) {
			m->reply->filtered++;
			continue;
		}
		if (m->entries[m->count].kind == ENTRY_ERROR)
			m->reply->errors++;
		/* in full nothing is told of what is gone */
		if (!m->full || m->entries[m->count].kind != ENTRY_DELETED)
			m->count++;
	}
	return r < 0 ? err_set(e, r, "a page: %s", err_name(r)) : 0;
}

static int
cookie_next(struct importing *m, const struct xml_node *result, struct err *e)
{
	struct text next = xml_child_text(result, "Cookie");

	m->more = text_is_nocase(
	    xml_child_text(result, "MoreObjectsAvailable"), "true");
	if (m->more &&
	    (next.len == 0 || text_equal(next, buf_text(&m->cookie))))
		return err_set(e, ERR_PROTOCOL,
		    "more objects are said to come, and the cookie does not "
		    "move on");
	buf_reset(&m->cookie);
	buf_text_add(&m->cookie, next);
	return buf_error(&m->cookie) < 0
		   ? err_set(e, ERR_LIMIT, "the cookie is too long")
		   : 0;
}

static int
page_read(struct importing *m, struct err *e)
{
	const struct call call = {.operation = "ReadBackAzureADSyncObjects2",
	    .body = request_put,
	    .ctx = m};
	const struct xml_node *result = NULL;
	int r;

	arena_reset(m->arena);
	r = call_run(m->s, m->arena, &call, &result, e);
	if (r == 0)
		r = cookie_next(m, result, e);
	return r == 0 ? page_entries(m, xml_child(result, "ResultObjects"), e)
		      : r;
}

static int
cancelled(const struct importing *m, struct err *e)
{
	const struct connector_env *env = &m->s->env;

	return env->cancelled != NULL && env->cancelled(env->cancel_ctx)
		   ? err_set(e, ERR_CANCELLED, "stopped")
		   : 0;
}

/* A delta import keeps the place that it has reached with each page. */
static int
last_give(struct importing *m, size_t at, struct err *e)
{
	const struct entry_sink *s = m->sink;
	struct text mark = TEXT("");
	int r;

	if (m->full || m->cookie.len == 0 || s->entries_until == NULL)
		return m->count == at ? 0
				      : s->entries(s->ctx, m->entries + at,
					    m->count - at, e);
	r = cookie_format(
	    m->arena, m->s, &m->selection, buf_text(&m->cookie), &mark, e);
	return r < 0 ? r
		     : s->entries_until(
			   s->ctx, m->entries + at, m->count - at, mark, e);
}

static int
page_give(struct importing *m, struct err *e)
{
	const struct entry_sink *s = m->sink;
	size_t at = 0;
	int r = 0;

	for (; m->count - at > SLICE && r == 0; at += SLICE) {
		r = s->entries(s->ctx, m->entries + at, SLICE, e);
		if (r == 0)
			r = cancelled(m, e);
	}
	if (r == 0)
		r = last_give(m, at, e);
	return r == 0 ? cancelled(m, e) : r;
}

static int
pages_read(struct importing *m, struct err *e)
{
	unsigned pages = 0;
	int r;

	do {
		r = ++pages > PAGES_MAX
			? err_set(e, ERR_LIMIT, "too many pages")
			: page_read(m, e);
		if (r == 0)
			r = page_give(m, e);
	} while (r == 0 && m->more);
	if (r < 0 || m->cookie.len == 0)
		return r;
	return cookie_format(m->s->env.arena, m->s, &m->selection,
	    buf_text(&m->cookie), &m->reply->watermark, e);
}

static int
import_run(struct importing *m, const struct import_request *req, struct err *e)
{
	int r;

	m->arena = arena_new(PAGE_MEMORY * sconn_answer_max(m->s));
	if (m->arena == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	selection_make(m->s, req, &m->selection);
	r = pages_read(m, e);
	m->arena = arena_free(m->arena);
	buf_clear(&m->cookie);
	return r;
}

int
sync_full_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	struct importing m = {
	    .s = (struct sconn *)c, .sink = sink, .reply = out, .full = true};
	int r;

	*out = (struct import_reply){0};
	buf_init(&m.cookie, MARK_MAX);
	r = import_run(&m, req, e);
	if (r == 0 && out->watermark.len == 0)
		out->no_deltas = TEXT("the service gave no cookie");
	return r;
}

int
sync_delta_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	struct importing m = {
	    .s = (struct sconn *)c, .sink = sink, .reply = out};
	struct text cookie = TEXT("");
	struct err why = {0};
	int r;

	*out = (struct import_reply){0};
	selection_make(m.s, req, &m.selection);
	r = cookie_parse(m.s, &m.selection, req->watermark, &cookie, &why);
	if (r < 0)
		return err_type(e, ERR_NOENT, FULL_REQUIRED, "%s", why.text);
	buf_init(&m.cookie, MARK_MAX);
	buf_text_add(&m.cookie, cookie);
	r = import_run(&m, req, &why);
	if (r == ERR_REJECTED) /* a cookie that the service does not know */
		return err_type(e, ERR_NOENT, FULL_REQUIRED, "%s", why.text);
	if (r < 0 && e != NULL)
		*e = why;
	return r;
}

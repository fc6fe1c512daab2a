/*
 * proto/ldap_cursor.c -- one streamed search, page by page.
 *
 * Entries are handed on as they come off the wire; what is kept is one entry.
 * The next page is asked for as soon as the last message of a page is read.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "proto/ldap_int.h"

#define ENTRY_MAX_BYTES (512U << 20)
#define EMPTY_PAGES_MAX 1000U
#define PAGE_SMALLEST   50U
#define WAIT_SLICE_US   200000L

struct ldap_cursor {
	struct ldap_session *s;
	struct arena *arena; /* the query */
	struct arena *entry; /* the entry handed out */
	char *base;
	char *filter;
	char **attrs;
	int scope;
	unsigned flags;
	LDAPMessage *message; /* that the entry borrows from */
	struct ldap_item item;
	struct ldap_counts counts;
	struct sync_reading sync;
	LDAPControl **controls; /* of an entry, that the item borrows from */
	struct berval *info;    /* of a message between entries */
	struct berval cookie;
	const struct ldap_extra *extra;
	struct text answer; /* to extra */
	uint32_t page_size;
	uint32_t page_entries;
	uint32_t empty_pages;
	int id;
	bool running; /* a search is out under id */
	bool done;
};

/* ---- Waiting ---- */

int
session_wait(struct ldap_session *s, int id, LDAPMessage **out,
    const char *what, struct err *e)
{
	int64_t until_ms = clock_monotonic_ms() + s->set.timeout_ms;

	for (;;) {
		struct timeval tv = {.tv_usec = WAIT_SLICE_US};
		LDAPMessage *m = NULL;
		int rc = ldap_result(s->ld, id, LDAP_MSG_ONE, &tv, &m);

		if (rc > 0) {
			*out = m;
			return 0;
		}
		if (rc < 0) {
			(void)ldap_get_option(s->ld, LDAP_OPT_RESULT_CODE, &rc);
			if (rc != LDAP_TIMEOUT)
				return ldap_fail(s,
				    rc == LDAP_SUCCESS ? LDAP_SERVER_DOWN : rc,
				    what, e);
		}
		if (s->set.cancelled != NULL &&
		    s->set.cancelled(s->set.cancel_ctx))
			return err_set(e, ERR_CANCELLED, "stopped");
		if (clock_monotonic_ms() >= until_ms)
			return ldap_fail_diag(s, LDAP_TIMEOUT, NULL, what, e);
	}
}

/* ---- Asking ---- */

static int
control_add(LDAPControl **list, const char *oid, const char *value, size_t len)
{
	struct berval v = {len, unconst(value)};

	while (*list != NULL)
		list++;
	return ldap_control_create(oid, 1, &v, 1, list);
}

int
query_controls(unsigned flags, LDAPControl **list)
{
	int rc = LDAP_SUCCESS;

	/* SEQUENCE { 1 }: GUIDs as text (MS-ADTS 3.1.1.3.4.1.5). */
	if ((flags & LDAP_QUERY_EXTENDED_DN) != 0)
		rc = control_add(
		    list, LDAP_OID_EXTENDED_DN, "\x30\x03\x02\x01\x01", 5);
	if (rc == LDAP_SUCCESS && (flags & LDAP_QUERY_SHOW_DELETED) != 0)
		rc = control_add(list, LDAP_OID_SHOW_DELETED, "", 0);
	return rc;
}

void
query_controls_free(LDAPControl **list)
{
	for (size_t i = 0; list[i] != NULL; i++) {
		ldap_control_free(list[i]);
		list[i] = NULL;
	}
}

static int
cursor_send(struct ldap_cursor *c, struct err *e)
{
	LDAPControl *list[QUERY_CONTROLS_MAX] = {NULL};
	int rc = LDAP_SUCCESS;

	if (c->page_size != 0)
		rc = ldap_create_page_control(
		    c->s->ld, (ber_int_t)c->page_size, &c->cookie, 1, list);
	if (rc == LDAP_SUCCESS)
		rc = query_controls(c->flags, list);
	if (rc == LDAP_SUCCESS && c->extra != NULL)
		rc = control_add(list, c->extra->oid, c->extra->value.data,
		    c->extra->value.len);
	if (rc == LDAP_SUCCESS && c->sync.on)
		rc = content_control(&c->sync, list);
	if (rc == LDAP_SUCCESS)
		rc = ldap_search_ext(c->s->ld, c->base, c->scope, c->filter,
		    c->attrs, 0, list[0] != NULL ? list : NULL, NULL, NULL,
		    LDAP_NO_LIMIT, &c->id);
	query_controls_free(list);
	if (rc != LDAP_SUCCESS)
		return ldap_fail(c->s, rc, "search", e);
	c->running = true;
	c->page_entries = 0;
	return 0;
}

/* ---- Ends of pages ---- */

static void
cookie_clear(struct ldap_cursor *c)
{
	ber_memfree(c->cookie.bv_val);
	c->cookie = (struct berval){0, NULL};
}

/* Where the server answered with a cookie there is more to come. */
static int
page_cookie(struct ldap_cursor *c, LDAPControl **controls, bool *out_more,
    struct err *e)
{
	LDAPControl *p =
	    ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	ber_int_t estimate = 0;

	*out_more = false;
	cookie_clear(c);
	if (p == NULL)
		return 0; /* it does not page: that was all */
	if (ldap_parse_pageresponse_control(
		c->s->ld, p, &estimate, &c->cookie) != LDAP_SUCCESS)
		return ldap_fail_diag(
		    c->s, LDAP_DECODING_ERROR, NULL, "page control", e);
	if (c->cookie.bv_len == 0)
		return 0;
	c->empty_pages = c->page_entries == 0 ? c->empty_pages + 1 : 0;
	if (c->empty_pages > EMPTY_PAGES_MAX)
		return err_type(e, ERR_PROTOCOL, "failed-search",
		    "%.*s: the server sends empty pages without end",
		    TEXT_ARGS(c->s->servers[c->s->at].url));
	*out_more = true;
	return 0;
}

static int
extra_answer(struct ldap_cursor *c, LDAPControl **controls)
{
	LDAPControl *p = c->extra != NULL
			     ? ldap_control_find(c->extra->oid, controls, NULL)
			     : NULL;

	if (p == NULL)
		return 0;
	c->answer = text_dup(c->arena,
	    (struct text){p->ldctl_value.bv_val, p->ldctl_value.bv_len});
	return c->answer.data != NULL ? 0 : ERR_NOMEM;
}

/* A server that refuses the size of a page may take a smaller one; only
 * before anything was read. */
static bool
page_may_shrink(const struct ldap_cursor *c, int rc)
{
	return (rc == LDAP_UNWILLING_TO_PERFORM ||
		   rc == LDAP_ADMINLIMIT_EXCEEDED ||
		   rc == LDAP_SIZELIMIT_EXCEEDED) &&
	       c->counts.entries == 0 && c->counts.pages == 0 &&
	       c->page_size / 2 >= PAGE_SMALLEST;
}

static int
search_fail(struct ldap_cursor *c, int rc, const char *diag, struct err *e)
{
	char what[400];
	int r;

	(void)snprintf(what, sizeof(what), "search at \"%.300s\"", c->base);
	r = ldap_fail_diag(c->s, rc, diag, what, e);
	if (content_lost(&c->sync, rc) && e != NULL)
		return err_type(e, ERR_REFUSED, "no-start-full-import-required",
		    "the server cannot go on from where the last import "
		    "ended: %s",
		    e->text);
	if (r == ERR_LIMIT && e != NULL) {
		size_t n = strlen(e->text);

		(void)snprintf(e->text + n, sizeof(e->text) - n,
		    "; %llu entries had come",
		    (unsigned long long)c->counts.entries);
	}
	return r;
}

static int
content_broken(const struct ldap_cursor *c, struct err *e)
{
	return err_type(e, ERR_PROTOCOL, "failed-search",
	    "%.*s: search at \"%.300s\": what it says of synchronisation "
	    "cannot be read",
	    TEXT_ARGS(c->s->servers[c->s->at].url), c->base);
}

/* The last message of a page: ends the search, or asks for the next one. */
static int
page_end(struct ldap_cursor *c, LDAPMessage *m, struct err *e)
{
	LDAPControl **controls = NULL;
	char *diag = NULL;
	int rc = LDAP_SUCCESS, parse, r = 0;
	bool more = false;

	c->running = false;
	parse = ldap_parse_result(
	    c->s->ld, m, &rc, NULL, &diag, NULL, &controls, 0);
	if (parse != LDAP_SUCCESS)
		rc = parse;
	if (page_may_shrink(c, rc)) {
		c->page_size /= 2;
		more = true;
	} else if (rc != LDAP_SUCCESS) {
		r = search_fail(c, rc, diag, e);
	} else {
		r = page_cookie(c, controls, &more, e);
		c->counts.pages++;
		if (r == 0)
			r = extra_answer(c, controls);
		if (r == 0 && c->sync.on &&
		    content_done(&c->sync, controls) != 0)
			r = content_broken(c, e);
	}
	ldap_controls_free(controls);
	ldap_memfree(diag);
	if (r == 0 && more)
		return cursor_send(c, e);
	c->done = true;
	return r;
}

/* ---- Public ---- */

static int
query_copy(struct ldap_cursor *c, const struct ldap_query *q, struct err *e)
{
	static const int scopes[] = {[LDAP_DEPTH_BASE] = LDAP_SCOPE_BASE,
	    [LDAP_DEPTH_CHILDREN] = LDAP_SCOPE_ONELEVEL,
	    [LDAP_DEPTH_TREE] = LDAP_SCOPE_SUBTREE};
	size_t n = 0;

	while (q->attrs != NULL && q->attrs[n] != NULL)
		n++;
	if (n > LDAP_ATTRS_MAX)
		return err_set(e, ERR_LIMIT, "%zu attributes are wanted", n);
	c->scope = scopes[q->depth];
	c->flags = 0;
	if ((q->flags & LDAP_QUERY_EXTENDED_DN) != 0 &&
	    ldap_session_supports(c->s, LDAP_OID_EXTENDED_DN))
		c->flags |= LDAP_QUERY_EXTENDED_DN;
	if ((q->flags & LDAP_QUERY_SHOW_DELETED) != 0 &&
	    ldap_session_supports(c->s, LDAP_OID_SHOW_DELETED))
		c->flags |= LDAP_QUERY_SHOW_DELETED;
	c->flags |= q->flags & LDAP_QUERY_AS_IT_IS;
	c->extra = q->extra;
	if (c->scope != LDAP_SCOPE_BASE && q->sync == NULL &&
	    (q->flags & LDAP_QUERY_NO_PAGES) == 0 &&
	    ldap_session_supports(c->s, LDAP_CONTROL_PAGEDRESULTS))
		c->page_size = c->s->set.page_size;
	c->base = arena_strdup(c->arena, q->base);
	c->filter = arena_strdup(
	    c->arena, q->filter != NULL ? q->filter : "(objectClass=*)");
	if (q->attrs != NULL)
		c->attrs = arena_array(c->arena, n + 1, sizeof(char *));
	for (size_t i = 0; c->attrs != NULL && i < n; i++)
		c->attrs[i] = arena_strdup(c->arena, q->attrs[i]);
	return arena_failed(c->arena)
		   ? ERR_NOMEM
		   : content_begin(&c->sync, q->sync, c->arena, e);
}

int
ldap_cursor_begin(struct ldap_session *s, const struct ldap_query *q,
    struct ldap_cursor **out, struct err *e)
{
	struct ldap_cursor *c = calloc(1, sizeof(*c));
	int r = ERR_NOMEM;

	if (c == NULL)
		return ERR_NOMEM;
	c->s = s;
	c->arena = arena_new(0);
	c->entry = arena_new(ENTRY_MAX_BYTES);
	if (c->arena != NULL && c->entry != NULL)
		r = query_copy(c, q, e);
	if (r == 0)
		r = cursor_send(c, e);
	if (r != 0) {
		(void)ldap_cursor_free(c);
		return r;
	}
	*out = c;
	return 0;
}

static int
cursor_entry(struct ldap_cursor *c, LDAPMessage *m, struct err *e)
{
	const struct entry_job job = {.s = c->s,
	    .arena = c->entry,
	    .flags = c->flags,
	    .item = &c->item,
	    .ranges = &c->counts.ranges};

	struct ldap_sync_state state = {.told = LDAP_TOLD_NOTHING};
	int r;

	c->message = m;
	c->counts.entries++;
	c->page_entries++;
	/* before the entry is taken to pieces, which writes into the message */
	if (c->sync.on &&
	    content_entry(&c->sync, c->s->ld, m, &state, &c->controls) != 0)
		return content_broken(c, e);
	r = entry_parse(&job, m, e);
	c->item.told = state.told;
	c->item.uuid = state.uuid;
	return r;
}

static void
held_clear(struct ldap_cursor *c)
{
	(void)ldap_msgfree(c->message);
	c->message = NULL;
	ldap_controls_free(c->controls);
	c->controls = NULL;
	arena_reset(c->entry);
}

/* A message between entries; 1 where it told of objects. */
static int
cursor_info(struct ldap_cursor *c, LDAPMessage *m, struct err *e)
{
	int r = 0;

	if (!c->sync.on)
		return 0;
	ber_bvfree(c->info);
	c->info = NULL;
	if (content_info(&c->sync, c->s->ld, m, &c->info) != 0)
		r = content_broken(c, e);
	return r == 0 ? content_next(&c->sync, &c->item) : r;
}

int
ldap_cursor_next(
    struct ldap_cursor *c, const struct ldap_item **out, struct err *e)
{
	held_clear(c);
	*out = &c->item;
	if (content_next(&c->sync, &c->item))
		return 1;
	while (!c->done) {
		LDAPMessage *m = NULL;
		int r = session_wait(c->s, c->id, &m, "search", e);
		int kind;

		if (r != 0)
			return r;
		kind = ldap_msgtype(m);
		if (kind == LDAP_RES_SEARCH_ENTRY) {
			r = cursor_entry(c, m, e);
			return r != 0 ? r : 1;
		}
		if (kind == LDAP_RES_SEARCH_REFERENCE)
			c->counts.references++;
		else if (kind == LDAP_RES_SEARCH_RESULT)
			r = page_end(c, m, e);
		else if (kind == LDAP_RES_INTERMEDIATE)
			r = cursor_info(c, m, e);
		(void)ldap_msgfree(m);
		if (r != 0)
			return r;
		if (c->sync.query.persist && c->sync.reply.refreshed)
			return 0;
	}
	return 0;
}

const struct ldap_counts *
ldap_cursor_counts(const struct ldap_cursor *c)
{
	return &c->counts;
}

struct text
ldap_cursor_answer(const struct ldap_cursor *c)
{
	return c->answer;
}

int
ldap_cursor_wait(struct ldap_cursor *c, int timeout_ms, struct err *e)
{
	struct timeval tv = {
	    .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000L};
	LDAPMessage *m = NULL;
	int rc = ldap_result(c->s->ld, c->id, LDAP_MSG_ONE, &tv, &m);
	int kind = rc > 0 ? ldap_msgtype(m) : 0;
	int r = kind == LDAP_RES_SEARCH_ENTRY;

	if (rc < 0) {
		(void)ldap_get_option(c->s->ld, LDAP_OPT_RESULT_CODE, &rc);
		r = ldap_fail(c->s, rc == LDAP_SUCCESS ? LDAP_SERVER_DOWN : rc,
		    "wait", e);
	}
	if (kind == LDAP_RES_INTERMEDIATE)
		r = cursor_info(c, m, e);
	if (kind == LDAP_RES_SEARCH_RESULT)
		r = page_end(c, m, e);
	if (kind == LDAP_RES_SEARCH_RESULT && r == 0)
		r = ldap_fail_diag(
		    c->s, LDAP_SERVER_DOWN, "it ended the search", "wait", e);
	(void)ldap_msgfree(m);
	return r;
}

const struct ldap_sync_reply *
ldap_cursor_sync(const struct ldap_cursor *c)
{
	return &c->sync.reply;
}

struct ldap_cursor *
ldap_cursor_free(struct ldap_cursor *c)
{
	if (c != NULL) {
		if (c->running && c->s->ld != NULL)
			(void)ldap_abandon_ext(c->s->ld, c->id, NULL, NULL);
		if (c->entry != NULL)
			held_clear(c);
		ber_bvfree(c->info);
		cookie_clear(c);
		(void)arena_free(c->entry);
		(void)arena_free(c->arena);
		free(c);
	}
	return NULL;
}

static int
item_dup(struct arena *a, const struct ldap_item *in, struct ldap_item *out)
{
	*out = (struct ldap_item){.dn = text_dup(a, in->dn),
	    .attrs = arena_array(a, in->count, sizeof(struct ldap_attr)),
	    .count = in->count};
	for (size_t i = 0; out->attrs != NULL && i < in->count; i++) {
		const struct ldap_attr *from = &in->attrs[i];
		struct ldap_attr *to = &out->attrs[i];

		to->name = text_dup(a, from->name);
		to->values = arena_array(a, from->count, sizeof(struct text));
		to->count = to->values != NULL ? from->count : 0;
		for (size_t k = 0; k < to->count; k++)
			to->values[k] = text_dup(a, from->values[k]);
	}
	return arena_failed(a) ? ERR_NOMEM : 0;
}

int
ldap_session_read(struct ldap_session *s, const struct ldap_query *q,
    struct arena *a, struct ldap_item *out, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *c = NULL;
	const struct ldap_item *found = NULL;
	int r = ldap_cursor_begin(s, q, &c, e);

	if (r == 0)
		r = ldap_cursor_next(c, &found, e);
	if (r == 0)
		return err_set(e, ERR_NOENT, "%.*s: \"%s\" is not there",
		    TEXT_ARGS(s->servers[s->at].url), q->base);
	if (r < 0)
		return r;
	if (r == 1 && found != NULL)
		r = item_dup(a, found, out);
	while (r == 0) { /* to the end, so that nothing is left behind */
		r = ldap_cursor_next(c, &found, e);
		if (r == 0)
			return 0;
		r = r > 0 ? 0 : r;
	}
	return r;
}

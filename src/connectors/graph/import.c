/* connectors/graph/import.c -- everything there is, page by page. */
#include <string.h>

#include "connectors/graph/import_int.h"

#define SLICE 500U /* entries a call of the sink */

/* ---- Members, and others that an object refers to ---- */

static const struct {
	enum gtype type;
	const char *name; /* of the property, and in the path */
} links[] = {
    {GT_GROUP, "members"},
    {GT_DEVICE, "registeredOwners"},
    {GT_DEVICE, "registeredUsers"},
};
#define LINKS (sizeof(links) / sizeof(links[0]))

static int
members_add(struct importing *m, const struct op *op, struct err *e)
{
	struct entry *entry = &m->entries[op->item];
	uint32_t name = gconn_name(m->g, links[op->tag].name);
	const struct json *list;
	struct text next;
	int r = page_read(op->answer.body, &list, &next, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < json_count(list); i++) {
		struct text anchor =
		    member_anchor(m->g, m->arena, json_at(list, i));

		if (anchor.len == 0)
			continue; /* of a kind we do not import */
		r = attrs_add(m->arena, &entry->attrs, name,
		    value_reference_anchor(anchor));
		if (r < 0)
			return err_set(
			    e, r, "%s: %s", links[op->tag].name, err_name(r));
	}
	return 0;
}

/* The next page of a group's members, into the list of the next turn. */
static int
members_more(
    struct importing *m, const struct op *op, struct ops *more, struct err *e)
{
	struct op next = {.method = "GET", .item = op->item, .tag = op->tag};
	const struct json *list;
	struct text link, url;
	int r = page_read(op->answer.body, &list, &link, e);

	if (r < 0 || link.len == 0)
		return r;
	r = gurl_relative(m->g->endpoint, link, &url, e);
	if (r < 0)
		return r;
	if (strlen(op->url) == url.len &&
	    memcmp(op->url, url.data, url.len) == 0)
		return err_set(
		    e, ERR_PROTOCOL, "a page that names itself next");
	next.url = arena_strndup(m->arena, url.data, url.len);
	return ops_add(more, &next, e);
}

static int
members_turn(
    struct importing *m, struct ops *l, struct ops *more, struct err *e)
{
	int r = ops_run(l, e);

	for (size_t i = 0; i < l->count && r == 0; i++) {
		struct op *op = &l->items[i];

		if (op->state == OP_ANSWERED &&
		    answer_kind(&op->answer) == ANSWER_MISSING)
			continue; /* deleted since its page was read */
		if (op->state != OP_ANSWERED ||
		    answer_kind(&op->answer) != ANSWER_DONE)
			r = op_error(op, e);
		if (r == 0)
			r = members_add(m, op, e);
		if (r == 0)
			r = members_more(m, op, more, e);
		if (r < 0)
			(void)err_prefix(e, "GET %s", op->url);
	}
	return r;
}

/* The first page of each list of one object that is asked for. */
static int
links_first(struct importing *m, size_t i, struct ops *l, struct err *e)
{
	enum gtype type;
	struct text id;
	int r = 0;

	if (m->entries[i].kind != ENTRY_OBJECT ||
	    anchor_parse(m->entries[i].anchor, &type, &id) < 0)
		return 0;
	for (int k = 0; k < (int)LINKS && r == 0; k++) {
		struct op op = {.method = "GET", .item = i, .tag = k};

		if (links[k].type != type || !import_asks(m, links[k].name))
			continue;
		op.url = arena_printf(m->arena, "%s/%.*s/%s?$select=id&$top=%u",
		    gtypes[type].path, TEXT_ARGS(id), links[k].name,
		    GRAPH_PAGE);
		r = ops_add(l, &op, e);
	}
	return r;
}

static int
members_first(struct importing *m, struct ops *l, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < m->count && r == 0; i++)
		r = links_first(m, i, l, e);
	return r;
}

bool
import_asks_links(const struct importing *m, enum gtype type)
{
	bool asks = false;

	for (size_t k = 0; k < LINKS; k++)
		asks = asks ||
		       (links[k].type == type && import_asks(m, links[k].name));
	return asks;
}

/* Turn by turn: a page of each list that has more. */
int
import_members(struct importing *m, struct err *e)
{
	struct ops l, more;
	int r;

	ops_init(&l, m->g);
	r = members_first(m, &l, e);
	for (unsigned turn = 0; r == 0 && l.count > 0; turn++) {
		ops_init(&more, m->g);
		r = turn < IMPORT_PAGES_MAX ? members_turn(m, &l, &more, e)
					    : err_set(e, ERR_LIMIT,
						  "members: too "
						  "many pages");
		ops_clear(&l);
		l = more;
	}
	ops_clear(&l);
	return r;
}

/* ---- Pages ---- */

bool
import_asks(const struct importing *m, const char *name)
{
	int row = gconn_property(m->g, gconn_name(m->g, name));

	return row >= 0 && m->selection.on[row];
}

int
import_room(struct importing *m, size_t n, struct err *e)
{
	m->entries = arena_array(m->arena, n + 1, sizeof(*m->entries));
	m->count = n;
	return m->entries == NULL
		   ? err_set(e, ERR_NOMEM, "a page of %zu objects", n)
		   : 0;
}

static int
page_entries(struct importing *m, const struct json *list, struct err *e)
{
	size_t n = json_count(list);
	int r = import_room(m, n, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++) {
		r = object_read(
		    m->g, m->arena, m->type, json_at(list, i), &m->entries[i]);
		if (m->entries[i].kind == ENTRY_ERROR)
			m->reply->errors++;
	}
	return r < 0 ? err_set(e, r, "a page: %s", err_name(r)) : 0;
}

int
import_give(struct importing *m, struct text until, struct err *e)
{
	const struct entry_sink *s = m->sink;
	size_t at = 0;
	int r = 0;

	for (; m->count - at > SLICE && r == 0; at += SLICE)
		r = s->entries(s->ctx, m->entries + at, SLICE, e);
	if (r == 0 && until.len != 0 && s->entries_until != NULL)
		r = s->entries_until(
		    s->ctx, m->entries + at, m->count - at, until, e);
	else if (r == 0 && m->count != at)
		r = s->entries(s->ctx, m->entries + at, m->count - at, e);
	return r;
}

int
import_next(
    struct importing *m, struct text next, struct text *out, struct err *e)
{
	if (text_equal(next, buf_text(&m->last)))
		return err_set(
		    e, ERR_PROTOCOL, "a page that names itself next");
	buf_reset(&m->last);
	buf_text_add(&m->last, next);
	if (buf_error(&m->last) < 0)
		return err_set(e, ERR_LIMIT, "nextLink is too long");
	return gurl_relative(m->g->endpoint, next, out, e);
}

/* Sends for the page that follows. */
static int
page_ahead(
    struct importing *m, struct text next, struct fetch **f, struct err *e)
{
	struct text url = TEXT("");
	int r = import_next(m, next, &url, e);

	return r < 0 ? r : fetch_start(m->g, url, NULL, f, e);
}

/* Reads the page that is on its way, sends for the next, and hands over. */
static int
page_turn(struct importing *m, struct fetch **f, struct err *e)
{
	CLEANUP(json_freep)
	struct json *root = NULL;
	const struct json *list = NULL;
	struct text next = TEXT("");
	int r = fetch_finish(TAKE_PTR(*f), &root, e);

	if (r == 0)
		r = page_read(root, &list, &next, e);
	if (r == 0 && next.len > 0)
		r = page_ahead(m, next, f, e);
	if (r < 0)
		return r;
	arena_reset(m->arena);
	r = page_entries(m, list, e);
	if (r == 0 && import_asks_links(m, m->type))
		r = import_members(m, e);
	return r == 0 ? import_give(m, TEXT(""), e) : r;
}

/* "?$select=...": a whole object, but for members. */
static const char *
object_query(struct importing *m, enum gtype type)
{
	const char *select = selection_text(m->arena, &m->selection, type);
	const char *expand = "";

	if (select == NULL)
		return NULL;
	if (type == GT_USER && import_asks(m, "manager"))
		expand = "&$expand=manager($select=id)";
	return arena_printf(m->arena, "?$select=%s%s", select, expand);
}

static const char *
first_url(struct importing *m)
{
	const char *query = object_query(m, m->type);

	return query == NULL
		   ? NULL
		   : arena_printf(m->arena, "%s%s&$top=%u",
			 gtypes[m->type].path, query,
			 /* ten batches of members a page */
			 import_asks_links(m, m->type) ? 10 * GRAPH_BATCH_MAX
						       : GRAPH_PAGE);
}

static int
type_read(struct importing *m, struct err *e)
{
	struct fetch *f = NULL;
	const char *url;
	unsigned pages = 0;
	int r;

	arena_reset(m->arena);
	buf_init(&m->last, HTTP_MAX_URL);
	url = first_url(m);
	r = url == NULL ? err_set(e, ERR_NOMEM, "out of memory")
			: fetch_start(m->g, text_of(url), NULL, &f, e);
	while (r == 0 && f != NULL)
		r = ++pages > IMPORT_PAGES_MAX
			? err_set(e, ERR_LIMIT, "too many pages")
			: page_turn(m, &f, e);
	fetch_drop(f);
	buf_clear(&m->last);
	return r < 0 ? err_prefix(e, "%s", gtypes[m->type].path) : 0;
}

/* The watermark is of before the first page: what changes meanwhile comes
 * once more with the next delta import. */
int
graph_full_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *arena = arena_new(IMPORT_MEMORY);
	CLEANUP(arena_freep)
	struct arena *kept = arena_new(MARK_MEMORY);
	struct importing m = {
	    .g = (struct gconn *)c, .sink = sink, .reply = out, .arena = arena};
	struct mark mark;
	int r;

	if (arena == NULL || kept == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*out = (struct import_reply){0};
	selection_make(m.g, req, &m.selection);
	r = mark_now(&m, &mark, kept, e);
	for (int i = 0; i < GT_COUNT && r == 0; i++) {
		m.type = (enum gtype)i;
		if (gconn_takes(m.g, m.type))
			r = type_read(&m, e);
	}
	return r == 0 ? mark_format(m.g->env.arena, &mark, &out->watermark, e)
		      : r;
}

/* ---- Whole objects by anchor ---- */

static int
read_send(struct importing *m, struct ops *l, struct err *e)
{
	const char *query[GT_COUNT];
	int r = 0;

	for (int i = 0; i < GT_COUNT; i++) {
		query[i] = object_query(m, (enum gtype)i);
		if (query[i] == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
	}
	for (size_t i = 0; i < m->count && r == 0; i++) {
		struct op op = {.method = "GET", .item = i};
		enum gtype type;
		struct text id;

		if (m->entries[i].kind != ENTRY_OBJECT)
			continue;
		if (anchor_parse(m->entries[i].anchor, &type, &id) < 0) {
			m->entries[i].kind = ENTRY_DELETED; /* none of ours */
			continue;
		}
		op.tag = (int)type;
		op.url = arena_printf(m->arena, "%s/%.*s%s", gtypes[type].path,
		    TEXT_ARGS(id), query[type]);
		r = ops_add(l, &op, e);
	}
	return r == 0 ? ops_run(l, e) : r;
}

static int
read_answer(struct importing *m, const struct op *op, struct err *e)
{
	struct entry *entry = &m->entries[op->item];
	bool answered = op->state == OP_ANSWERED;
	int r;

	if (answered && answer_kind(&op->answer) == ANSWER_MISSING) {
		entry->kind = ENTRY_DELETED;
		return 0;
	}
	if (answered && answer_kind(&op->answer) == ANSWER_DONE) {
		r = object_read(m->g, m->arena, (enum gtype)op->tag,
		    op->answer.body, entry);
		return r < 0 ? err_set(e, r, "%s: %s", op->url, err_name(r))
			     : 0;
	}
	r = op_error(op, e);
	(void)err_prefix(e, "GET %s", op->url);
	return r;
}

int
import_whole(struct importing *m, struct err *e)
{
	OPS_CLEANUP struct ops l;
	int r;

	ops_init(&l, m->g);
	r = read_send(m, &l, e);
	for (size_t i = 0; i < l.count && r == 0; i++)
		r = read_answer(m, &l.items[i], e);
	return r == 0 ? import_members(m, e) : r;
}

int
graph_read_object(struct connector *c, const struct import_request *req,
    const struct entry *which, struct arena *a, struct entry *out,
    struct err *e)
{
	struct entry entry = {.kind = ENTRY_OBJECT, .anchor = which->anchor};
	struct importing m = {
	    .g = (struct gconn *)c, .arena = a, .entries = &entry, .count = 1};
	int r;

	selection_make(m.g, req, &m.selection);
	r = import_whole(&m, e);
	if (r < 0 || entry.kind == ENTRY_DELETED)
		return r;
	if (entry.kind == ENTRY_ERROR) {
		if (e != NULL)
			*e = entry.err;
		return ERR_REJECTED;
	}
	*out = entry;
	return 1;
}

/* connectors/graph/delta.c -- what changed since the watermark. */
#include "connectors/graph/import_int.h"

/* Changed properties alone: what is not in an item is as it was. */
#define PREFER "return=minimal"
/* More new objects than this, and a full import is less work than reading
 * each. */
#define NEW_MAX 5000U

#define WHOLE_MAX 256U /* bytes of an anchor: a type and a GUID */

#define FULL_REQUIRED "no-start-full-import-required"

/* A delta import while it goes on. */
struct delta_import {
	struct importing m;
	struct mark mark;    /* links move on page by page */
	struct arena *links; /* of mark; turned over with each page */
	struct arena *spare;
	size_t anew;
	struct buf whole; /* anchor of what was read whole last */
};

/* A delta query does not tell whose a device is: one that changed is read. */
static bool
tells_half(const struct importing *m, const struct json *j)
{
	return m->type == GT_DEVICE && import_asks_links(m, GT_DEVICE) &&
	       !json_has(j, "@removed");
}

/* New, and not read yet: a group with many members comes in several pages, each
 * time as a new one, and is read at its first; what the others tell is of the
 * same time or later. */
static bool
is_to_be_read(
    struct delta_import *d, const struct json *j, const struct entry *entry)
{
	if (entry->kind != ENTRY_CHANGE ||
	    (!json_has(j, MARK_OF_NEW) && !tells_half(&d->m, j)) ||
	    text_equal(entry->anchor, buf_text(&d->whole)))
		return false;
	buf_reset(&d->whole);
	buf_text_add(&d->whole, entry->anchor);
	return true;
}

static int
delta_item(struct delta_import *d, const struct json *j, struct entry *out)
{
	struct importing *m = &d->m;
	int r = change_read(m->g, m->arena, m->type, j, out);

	if (r == 0 && is_to_be_read(d, j, out)) {
		*out =
		    (struct entry){.kind = ENTRY_OBJECT, .anchor = out->anchor};
		d->anew++;
	}
	if (out->kind == ENTRY_ERROR)
		m->reply->errors++;
	return r;
}

static int
delta_entries(struct delta_import *d, const struct json *list, struct err *e)
{
	struct importing *m = &d->m;
	size_t n = json_count(list);
	int r = import_room(m, n, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++)
		r = delta_item(d, json_at(list, i), &m->entries[i]);
	if (r < 0)
		return err_set(e, r, "a page: %s", err_name(r));
	return d->anew <= NEW_MAX ? import_whole(m, e) : 0;
}

/* The mark with another link for this type; the text of the links goes from one
 * arena to the other. */
static int
mark_move(struct delta_import *d, struct text link, struct err *e)
{
	struct mark next = d->mark;
	struct arena *a = d->spare;
	int r;

	arena_reset(a);
	for (int i = 0; i < GT_COUNT; i++) {
		next.query[i] = text_dup(a, d->mark.query[i]);
		next.link[i] = text_dup(a, d->mark.link[i]);
	}
	r = mark_link(&d->m, link, a, &next.link[d->m.type], e);
	if (r < 0 || arena_failed(a))
		return r < 0 ? r : err_set(e, ERR_NOMEM, "out of memory");
	d->mark = next;
	d->spare = d->links;
	d->links = a;
	return 0;
}

/* Reads the page that is on its way, sends for the next, and hands over: what
 * was given is not given again, even when the next page does not come. */
static int
delta_turn(struct delta_import *d, struct fetch **f, struct err *e)
{
	CLEANUP(json_freep)
	struct json *root = NULL;
	const struct json *list = NULL;
	struct text next = TEXT(""), url = TEXT(""), until = TEXT("");
	int r = fetch_finish(TAKE_PTR(*f), &root, e);

	if (r == 0)
		r = page_read(root, &list, &next, e);
	if (r == 0 && next.len > 0) {
		r = import_next(&d->m, next, &url, e);
		if (r == 0)
			r = fetch_start(d->m.g, url, PREFER, f, e);
	}
	if (r == 0)
		r = mark_move(d,
		    next.len > 0 ? next
				 : json_get_text(root, "@odata.deltaLink"),
		    e);
	if (r < 0)
		return r;
	arena_reset(d->m.arena);
	r = delta_entries(d, list, e);
	if (r == 0)
		r = mark_format(d->m.arena, &d->mark, &until, e);
	return r == 0 && d->anew <= NEW_MAX ? import_give(&d->m, until, e) : r;
}

static int
type_changes(struct delta_import *d, struct err *e)
{
	struct fetch *f = NULL;
	unsigned pages = 0;
	int r;

	arena_reset(d->m.arena);
	buf_init(&d->m.last, HTTP_MAX_URL);
	buf_init(&d->whole, WHOLE_MAX);
	r = fetch_start(d->m.g, d->mark.link[d->m.type], PREFER, &f, e);
	while (r == 0 && f != NULL && d->anew <= NEW_MAX)
		r = ++pages > IMPORT_PAGES_MAX
			? err_set(e, ERR_LIMIT, "too many pages")
			: delta_turn(d, &f, e);
	fetch_drop(f);
	buf_clear(&d->m.last);
	buf_clear(&d->whole);
	return r < 0 ? err_prefix(e, "%s/delta", gtypes[d->m.type].path) : 0;
}

/* The watermark must be for all that is asked for now; what it asked for beside
 * that does no harm, as with an LDAP server's. */
static int
begin(struct delta_import *d, struct text watermark, struct err *e)
{
	struct err why = {0};
	struct mark now = {0};
	int r = mark_query(&d->m, &now, d->links, e);

	if (r < 0)
		return r;
	if (mark_parse(watermark, &d->mark, &why) < 0)
		return err_type(e, ERR_NOENT, FULL_REQUIRED, "%s", why.text);
	for (int i = 0; i < GT_COUNT; i++)
		if (!mark_covers(d->mark.query[i], now.query[i]))
			return err_type(e, ERR_NOENT, FULL_REQUIRED,
			    "the rules ask for other properties of a %s than "
			    "at the last full import",
			    gtypes[i].name);
	return 0;
}

static int
every_type(struct delta_import *d, struct err *e)
{
	int r = 0;

	for (int i = 0; i < GT_COUNT && r == 0; i++) {
		d->m.type = (enum gtype)i;
		if (gconn_takes(d->m.g, d->m.type))
			r = type_changes(d, e);
	}
	if (r == 0 && d->anew > NEW_MAX) {
		d->m.reply->full_needed = TEXT("so many objects are new that "
					       "reading all is less work");
		return 0;
	}
	if (r == 0)
		r = mark_format(
		    d->m.g->env.arena, &d->mark, &d->m.reply->watermark, e);
	/* HTTP 410: too long ago */
	if (r == ERR_NOENT && e != NULL)
		(void)snprintf(e->type, sizeof(e->type), "%s", FULL_REQUIRED);
	return r;
}

int
graph_delta_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *page = arena_new(IMPORT_MEMORY);
	CLEANUP(arena_freep)
	struct arena *one = arena_new(MARK_MEMORY);
	CLEANUP(arena_freep)
	struct arena *other = arena_new(MARK_MEMORY);
	struct delta_import d = {
	    .m = {.g = (struct gconn *)c,
		.sink = sink,
		.reply = out,
		.arena = page},
	    .links = one,
	    .spare = other,
	};
	int r;

	if (page == NULL || one == NULL || other == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*out = (struct import_reply){0};
	selection_make(d.m.g, req, &d.m.selection);
	r = begin(&d, req->watermark, e);
	return r == 0 ? every_type(&d, e) : r;
}

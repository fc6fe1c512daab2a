/* tenant/graph_delta.c -- delta queries; see graph.h.
 *
 * A first round gives every object in the order of the rows, and a place in
 * the change log as it was when the round began.  Later rounds give what the
 * log has since then.  Members fill several pages where there are many, and
 * their group comes again in each.  The whole query is in the token. */
#include "base/clock.h"
#include "tenant/graph.h"

#define PAGE_OBJECTS 200U
#define PAGE_LINKS   2000U
#define IDS_MAX      50U

struct delta {
	struct gcall *c;
	const struct entity_info *info;
	struct select select;
	struct filter *filter;
	struct text filter_text;
	bool full, more;
	int64_t base;  /* the log's place when the round began */
	int64_t place; /* row, or place in the log, that is done */
	int64_t link;  /* row of the last link that is done, of what follows */
	unsigned n, nlinks;
};

static int
expired(struct gcall *c, const struct entity_info *info)
{
	const struct refusal r = {410, "syncStateNotFound", NULL, NULL};

	c->location = arena_printf(c->a,
	    "%.*s/%s/delta?$deltatoken=", TEXT_ARGS(c->base), info->segment);
	return gcall_refuse(c, &r,
	    "The sync state generation is not found. Resync is required.");
}

static int
current_place(struct gcall *c, int64_t *out_seq)
{
	int r = tdb_run(c->t->db, SQL_CHANGE_LAST, "");

	if (r == 1)
		*out_seq = tdb_int(c->t->db, SQL_CHANGE_LAST, 0);
	tdb_done(c->t->db, SQL_CHANGE_LAST);
	return r == 1 ? 0 : r < 0 ? r : ERR_STORE;
}

static int
set_query(struct delta *d, struct text select, struct text filter)
{
	struct gcall *c = d->c;
	struct err e = {0};
	struct text bad;
	const struct refusal r = {400, "BadRequest", NULL, NULL};
	const struct refusal unsup = {
	    400, "Request_UnsupportedQuery", NULL, NULL};

	d->filter_text = filter;
	if (select.len == 0)
		select_defaults(&d->select);
	else if (select_parse(
		     &d->select, select, 1U << d->info->entity, &bad) != 0)
		return gcall_refuse(c, &r,
		    "Parsing OData Select and Expand failed: Could not find a "
		    "property named '%.*s' on type '%s'.",
		    (int)(bad.len > 128 ? 128 : bad.len), bad.data,
		    d->info->type + 1);
	if (filter.len == 0)
		return 0;
	if (filter_parse(c->a, filter, d->info, &d->filter, &e) != 0 ||
	    filter_ids(d->filter) == 0 || filter_ids(d->filter) > IDS_MAX)
		return gcall_refuse(c, &unsup,
		    "A delta query can be filtered by at most %u ids: id eq "
		    "'...' or id eq '...'.",
		    IDS_MAX);
	return 0;
}

/* "select\nfilter" */
static int
from_token(struct delta *d, struct text token)
{
	struct gcall *c = d->c;
	struct page_token t;
	struct text select, filter = {"", 0};
	const char *nl;
	int64_t last = 0;
	int r;

	if (page_parse(c->a, c->t->page_key, token, &t) != 0 ||
	    (t.kind != PAGE_DELTA && t.kind != PAGE_DELTA_FULL) ||
	    t.n[3] != (uint64_t)d->info->entity ||
	    clock_now_ms() - (int64_t)t.issued_ms > c->t->delta_life_ms)
		return expired(c, d->info);
	r = current_place(c, &last);
	if (r != 0)
		return gcall_failed(c, r);
	if ((int64_t)t.n[0] > last)
		return expired(c, d->info);
	d->full = t.kind == PAGE_DELTA_FULL;
	d->base = (int64_t)t.n[0];
	d->place = (int64_t)t.n[1];
	d->link = (int64_t)t.n[2];
	select = t.extra;
	nl = memchr(select.data, '\n', select.len);
	if (nl != NULL) {
		filter = (struct text){
		    nl + 1, (size_t)(select.data + select.len - nl - 1)};
		select.len = (size_t)(nl - select.data);
	}
	return set_query(d, select, filter);
}

static int
from_start(struct delta *d)
{
	const struct url_option *s = url_option(&d->c->url, "select");
	const struct url_option *f = url_option(&d->c->url, "filter");
	const struct text none = {"", 0};
	int r = current_place(d->c, &d->base);

	if (r != 0)
		return gcall_failed(d->c, r);
	d->full = true;
	return set_query(
	    d, s == NULL ? none : s->value, f == NULL ? none : f->value);
}

static int
link_write(
    struct delta *d, const char *name, enum page_kind kind, const int64_t at[3])
{
	struct gcall *c = d->c;
	bool delta = text_is(text_of(name), "deltaLink");
	struct page_token t = {.kind = kind,
	    .issued_ms = (uint64_t)clock_now_ms(),
	    .n = {(uint64_t)at[0], (uint64_t)at[1], (uint64_t)at[2],
		(uint64_t)d->info->entity}};
	struct text token;
	int r;

	t.extra = text_of(arena_printf(c->a, "%.*s\n%.*s",
	    TEXT_ARGS(d->select.names), TEXT_ARGS(d->filter_text)));
	r = page_format(c->a, c->t->page_key, &t, &token);
	if (r != 0)
		return r;
	buf_printf(c->out, ",\"@odata.%s\":\"%.*s/%s/delta?$%s=%.*s\"", name,
	    TEXT_ARGS(c->base), d->info->segment,
	    delta ? "deltatoken" : "skiptoken", TEXT_ARGS(token));
	return 0;
}

static void
emit_link(struct delta *d, enum entity kind, const char *id, bool gone)
{
	const struct entity_info *info = entity_info(kind);

	buf_printf(d->c->out, "{\"@odata.type\":\"%s\",\"id\":\"%s\"%s}",
	    info == NULL ? "" : info->type, id,
	    gone ? ",\"@removed\":{\"reason\":\"deleted\"}" : "");
}

static void
link_begin(struct delta *d, enum link_kind kind, unsigned n)
{
	if (n == 0)
		buf_printf(d->c->out, ",\"%s@delta\":[", link_name(kind));
	else
		buf_putc(d->c->out, ',');
}

/* All links of an object, as far as the page has room. */
static int
links_all(struct delta *d, const struct dirobj *o, enum link_kind kind)
{
	struct cursor cur = {.c = d->c,
	    .kinds = ~0U,
	    .sql = SQL_REF_TARGETS,
	    .arg1 = (int64_t)kind,
	    .arg2 = o->row,
	    .bare = true};
	struct dirobj target;
	unsigned n = 0;
	int r = 0;

	while ((r = cursor_next(&cur, d->link, &target)) == 1) {
		d->more = d->nlinks == PAGE_LINKS && kind == LINK_MEMBERS;
		if (!d->more) {
			link_begin(d, kind, n++);
			emit_link(d, target.kind, target.id, false);
		}
		if (!d->more && kind == LINK_MEMBERS) {
			d->nlinks++;
			d->link = target.row;
		}
		dirobj_clear(&target);
		if (d->more)
			break;
	}
	cursor_done(&cur);
	if (n != 0)
		buf_putc(d->c->out, ']');
	return r < 0 ? r : 0;
}

/* As far as the page has room, from where the page before ended. */
static int
links_changed(struct delta *d, const struct dirobj *o, enum link_kind kind)
{
	struct tdb *db = d->c->t->db;
	bool members = kind == LINK_MEMBERS;
	unsigned n = 0;
	char id[DIROBJ_ID_LEN + 1] = "";
	int r = tdb_run(db, SQL_CHANGE_LINKS, "iiii", o->row, d->base,
	    (int64_t)kind, members ? d->link : 0);

	for (; r == 1; r = tdb_next(db, SQL_CHANGE_LINKS)) {
		d->more = members && d->nlinks == PAGE_LINKS;
		if (d->more)
			break;
		link_begin(d, kind, n++);
		if (members) {
			d->nlinks++;
			d->link = tdb_int(db, SQL_CHANGE_LINKS, 0);
		}
		memcpy(
		    id, tdb_text(db, SQL_CHANGE_LINKS, 3).data, DIROBJ_ID_LEN);
		emit_link(d, (enum entity)tdb_int(db, SQL_CHANGE_LINKS, 4), id,
		    tdb_int(db, SQL_CHANGE_LINKS, 1) == CHANGE_UNLINK);
	}
	if (d->more)
		tdb_done(db, SQL_CHANGE_LINKS);
	if (n != 0)
		buf_putc(d->c->out, ']');
	return r < 0 ? r : 0;
}

static int
links_each(struct delta *d, const struct dirobj *o, bool all)
{
	int r = 0;

	/* Members last: they may fill the page. */
	for (unsigned k = LINK_MANAGER; r == 0 && k >= LINK_MEMBERS; k--) {
		enum link_kind kind = (enum link_kind)k;

		if ((d->select.links & 1U << k) != 0)
			r = all ? links_all(d, o, kind)
				: links_changed(d, o, kind);
	}
	return r;
}

static void
item_begin(struct delta *d)
{
	buf_puts(d->c->out, d->n++ == 0 ? "" : ",");
}

static int
full_page(struct delta *d)
{
	struct gcall *c = d->c;
	struct cursor cur = {.c = c,
	    .kinds = 1U << d->info->entity,
	    .sql = SQL_OBJECT_PAGE,
	    .arg1 = d->info->entity,
	    .arg2 = DIROBJ_LIVE};
	struct dirobj o;
	int r = 0, got = 0;

	while (r == 0 && !d->more &&
	       (got = cursor_next(&cur, d->place, &o)) == 1) {
		if (d->n == PAGE_OBJECTS || d->nlinks == PAGE_LINKS) {
			d->more = true;
		} else if (d->filter == NULL || filter_match(d->filter, &o)) {
			item_begin(d);
			emit_object(c->out, &o, &d->select,
			    EMIT_ID | EMIT_SKIP_NULL | EMIT_OPEN, NULL);
			r = links_each(d, &o, true);
			buf_putc(c->out, '}');
		}
		if (!d->more) {
			d->place = o.row;
			d->link = 0;
		}
		dirobj_clear(&o);
	}
	cursor_done(&cur);
	return r != 0 ? r : got < 0 ? got : 0;
}

/* What happened to an object's properties since the round before. */
struct happened {
	bool anew;     /* made or restored: everything is news */
	uint64_t bits; /* properties changed */
	bool extensions;
};

static void
happened_add(
    const struct entity_info *info, struct text names, struct happened *h)
{
	size_t from = 0;

	for (size_t i = 0; i <= names.len; i++) {
		struct text name = {names.data + from, i - from};
		const struct prop *p;

		if (i < names.len && names.data[i] != ',')
			continue;
		p = prop_find(info, name);
		if (p != NULL)
			h->bits |= UINT64_C(1) << (p - info->props);
		h->extensions =
		    h->extensions || text_is(name, CHANGED_EXTENSIONS);
		from = i + 1;
	}
}

static int
happened_read(struct delta *d, const struct dirobj *o, struct happened *h)
{
	struct tdb *db = d->c->t->db;
	int r = tdb_run(db, SQL_CHANGE_PROPS, "ii", o->row, d->base);

	*h = (struct happened){0};
	for (; r == 1; r = tdb_next(db, SQL_CHANGE_PROPS)) {
		int64_t op = tdb_int(db, SQL_CHANGE_PROPS, 0);

		h->anew =
		    h->anew || op == CHANGE_CREATE || op == CHANGE_RESTORE;
		happened_add(d->info, tdb_text(db, SQL_CHANGE_PROPS, 1), h);
	}
	return r;
}

static int
live_item(struct delta *d, const struct dirobj *o)
{
	struct buf *out = d->c->out;
	struct select s = d->select;
	size_t start = out->len, written;
	struct happened h;
	int r = happened_read(d, o, &h);
	bool news;

	if (r != 0)
		return r;
	news = (h.bits & s.bits[o->kind]) != 0 ||
	       (h.extensions && s.nextensions != 0);
	if (!h.anew && (d->c->minimal || !news)) {
		s.bits[o->kind] &= h.bits;
		s.nextensions = h.extensions ? s.nextensions : 0;
	}
	item_begin(d);
	emit_object(out, o, &s,
	    EMIT_ID | EMIT_OPEN | (h.anew ? EMIT_SKIP_NULL : 0U), NULL);
	written = out->len;
	r = links_each(d, o, false);
	buf_putc(out, '}');
	/* Nothing that was asked for: the object is not news. */
	if (r == 0 && !h.anew && s.bits[o->kind] == 0 && s.nextensions == 0 &&
	    out->len == written + 1) {
		out->len = start;
		d->n--;
	}
	return r;
}

static int
change_item(struct delta *d, const struct dirobj *o)
{
	if (d->filter != NULL && !filter_match(d->filter, o))
		return 0;
	if (o->state == DIROBJ_LIVE)
		return live_item(d, o);
	item_begin(d);
	buf_printf(d->c->out,
	    "{\"id\":\"%s\",\"@removed\":{\"reason\":\"%s\"}}", o->id,
	    o->state == DIROBJ_DELETED ? "changed" : "deleted");
	return 0;
}

static int
change_page(struct delta *d)
{
	struct tdb *db = d->c->t->db;
	unsigned looked = 0;
	int r = tdb_run(
	    db, SQL_CHANGE_OBJECTS, "ii", d->place, (int64_t)d->info->entity);

	while (r == 1) {
		int64_t last = tdb_int(db, SQL_CHANGE_OBJECTS, 1);
		struct dirobj o = {0};

		if (looked++ == PAGE_OBJECTS || d->nlinks == PAGE_LINKS) {
			d->more = true;
			break;
		}
		/* what filled the page before has changed since, and comes
		 * later: all of it again */
		if (last != d->place + 1)
			d->link = 0;
		r = dirobj_by_row(db, tdb_int(db, SQL_CHANGE_OBJECTS, 0), &o);
		if (r == 0)
			r = change_item(d, &o);
		dirobj_clear(&o);
		d->place = d->more ? last - 1 : last;
		if (d->more)
			break;
		d->link = 0;
		if (r == 0)
			r = tdb_next(db, SQL_CHANGE_OBJECTS);
	}
	tdb_done(db, SQL_CHANGE_OBJECTS);
	return r < 0 ? r : 0;
}

/* After the last page the next round begins where this one did, or where
 * the log stands that was read to its end. */
static int
write_links(struct delta *d)
{
	int64_t next[3] = {d->base, d->place, d->link};
	int64_t begin[3] = {0, 0, 0};

	if (d->more)
		return link_write(d, "nextLink",
		    d->full ? PAGE_DELTA_FULL : PAGE_DELTA, next);
	begin[0] = d->full || d->place < d->base ? d->base : d->place;
	begin[1] = begin[0];
	return link_write(d, "deltaLink", PAGE_DELTA, begin);
}

static int
answer(struct delta *d, bool latest)
{
	struct gcall *c = d->c;
	int r = 0;

	buf_puts(c->out, "{\"@odata.context\":");
	emit_text(c->out,
	    text_of(graph_context(c, d->info->segment, &d->select, false)));
	buf_puts(c->out, ",\"value\":[");
	if (!latest)
		r = d->full ? full_page(d) : change_page(d);
	buf_putc(c->out, ']');
	if (r == 0)
		r = write_links(d);
	buf_putc(c->out, '}');
	if (r == 0)
		r = buf_error(c->out);
	if (r != 0)
		return gcall_failed(c, r);
	c->status = 200;
	return 0;
}

int
graph_delta(struct gcall *c)
{
	struct delta d = {
	    .c = c, .info = entity_by_segment(gcall_segment(c, 0))};
	const struct url_option *skip = url_option(&c->url, "skiptoken");
	const struct url_option *token = url_option(&c->url, "deltatoken");
	bool latest = token != NULL && text_is_nocase(token->value, "latest");
	struct query q;
	int r;

	/* The options alone; the tokens are this list's own. */
	r = query_parse(c, 1U << d.info->entity,
	    Q_SELECT | Q_FILTER | Q_SKIPTOKEN | Q_DELTATOKEN, &q);
	if (r != 0)
		return r;
	if (token != NULL && token->value.len == 0)
		token = NULL;
	if (skip != NULL)
		r = from_token(&d, skip->value);
	else if (token != NULL && !latest)
		r = from_token(&d, token->value);
	else
		r = from_start(&d);
	return r == 0 ? answer(&d, latest) : r;
}

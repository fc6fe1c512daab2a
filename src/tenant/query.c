#include "tenant/query.h"

#include "base/clock.h"

#define TOP_DEFAULT 100U
#define TOP_MAX     999U
#define SCAN_MAX    200000U /* objects looked at for one page */
#define EXPAND_MAX  20U     /* members, as Graph has it */
#define UNSUPPORTED "Request_UnsupportedQuery"

static const struct {
	const char *name;
	unsigned option;
} option_names[] = {
    {"select", Q_SELECT},
    {"expand", Q_EXPAND},
    {"top", Q_TOP},
    {"filter", Q_FILTER},
    {"count", Q_COUNT},
    {"skiptoken", Q_SKIPTOKEN},
    {"deltatoken", Q_DELTATOKEN},
    {"orderby", Q_ORDERBY},
    {"search", Q_SEARCH},
    {"skip", Q_SKIP},
    {"format", Q_FORMAT},
};

static int
unsupported(struct gcall *c, const char *what)
{
	const struct refusal r = {400, UNSUPPORTED, NULL, NULL};

	return gcall_refuse(c, &r, "%s", what);
}

/* Unknown names with "$" are refused, without it they are the client's. */
static int
option_check(struct gcall *c, const struct url_option *o, unsigned allowed)
{
	const struct refusal r = {400, "BadRequest", NULL, NULL};
	struct text name = o->name;
	bool dollar = name.len != 0 && name.data[0] == '$';

	if (dollar)
		name = (struct text){name.data + 1, name.len - 1};
	for (size_t i = 0; i < sizeof(option_names) / sizeof(option_names[0]);
	     i++) {
		if (!text_is_nocase(name, option_names[i].name))
			continue;
		if ((option_names[i].option & allowed) != 0)
			return 0;
		return gcall_refuse(c,
		    &(const struct refusal){400, UNSUPPORTED, NULL, NULL},
		    "The query option '$%s' is not supported here.",
		    option_names[i].name);
	}
	return !dollar ? 0
		       : gcall_refuse(c, &r,
			     "The query parameter '%.*s' is not recognized.",
			     (int)(o->name.len > 64 ? 64 : o->name.len),
			     o->name.data);
}

static int
options_check(struct gcall *c, unsigned allowed)
{
	for (size_t i = 0; i < c->url.noptions; i++) {
		int r = option_check(c, &c->url.options[i], allowed);

		if (r != 0)
			return r;
	}
	return 0;
}

static const struct entity_info *
first_kind(unsigned kinds)
{
	for (unsigned k = 1; k <= ENTITY_MAX; k++)
		if ((kinds & (1U << k)) != 0)
			return entity_info((enum entity)k);
	return entity_info(ENTITY_USER);
}

static int
bad_property(
    struct gcall *c, const char *what, struct text name, unsigned kinds)
{
	const struct refusal r = {400, "BadRequest", NULL, NULL};

	return gcall_refuse(c, &r,
	    "%s: Could not find a property named '%.*s' on type '%s'.", what,
	    (int)(name.len > 128 ? 128 : name.len), name.data,
	    first_kind(kinds)->type + 1);
}

static int
parse_select(struct gcall *c, unsigned kinds, struct query *q)
{
	const struct url_option *o = url_option(&c->url, "select");
	struct text bad;

	if (o == NULL || o->value.len == 0) {
		select_defaults(&q->select);
		return 0;
	}
	if (select_parse(&q->select, o->value, kinds, &bad) != 0)
		return bad_property(
		    c, "Parsing OData Select and Expand failed", bad, kinds);
	return 0;
}

/* "manager" or "manager($select=id,displayName)" */
static int
parse_expand(struct gcall *c, unsigned kinds, struct query *q)
{
	const struct url_option *o = url_option(&c->url, "expand");
	struct text name, inner = {"", 0}, bad;
	const char *open;

	if (o == NULL || o->value.len == 0)
		return 0;
	name = o->value;
	open = memchr(name.data, '(', name.len);
	if (open != NULL) {
		name.len = (size_t)(open - name.data);
		inner = (struct text){open, o->value.len - name.len};
	}
	q->expand = link_find(first_kind(kinds), name);
	if (q->expand == LINK_NONE)
		return bad_property(
		    c, "Parsing OData Select and Expand failed", name, kinds);
	select_defaults(&q->expand_select);
	if (inner.len == 0)
		return 0;
	if (inner.len < 10 || memcmp(inner.data, "($select=", 9) != 0 ||
	    inner.data[inner.len - 1] != ')')
		return unsupported(
		    c, "Only $select is supported within $expand.");
	inner = (struct text){inner.data + 9, inner.len - 10};
	if (select_parse(&q->expand_select, inner, ~0U, &bad) != 0)
		return bad_property(
		    c, "Parsing OData Select and Expand failed", bad, kinds);
	return 0;
}

static int
parse_top(struct gcall *c, struct query *q)
{
	const struct url_option *o = url_option(&c->url, "top");
	int64_t n = 0;

	q->top = TOP_DEFAULT;
	if (o == NULL)
		return 0;
	if (text_to_int64(o->value, &n) != 0 || n < 1 || n > TOP_MAX)
		return gcall_bad(c,
		    "Invalid page size specified: '%.*s'. Must be between 1 "
		    "and %u inclusive.",
		    (int)(o->value.len > 32 ? 32 : o->value.len), o->value.data,
		    TOP_MAX);
	q->top = (unsigned)n;
	return 0;
}

static int
parse_count(struct gcall *c, struct query *q)
{
	const struct url_option *o = url_option(&c->url, "count");

	if (o == NULL)
		return 0;
	q->count = text_is_nocase(o->value, "true");
	if (!q->count && !text_is_nocase(o->value, "false"))
		return gcall_bad(c, "Invalid value of $count.");
	if (q->count && !c->eventual)
		return unsupported(c,
		    "$count is not currently supported. Set the request header "
		    "ConsistencyLevel to eventual.");
	return 0;
}

static int
filter_error(struct gcall *c, int r, const struct err *e, unsigned kinds)
{
	const struct refusal bad = {400, "BadRequest", NULL, NULL};
	const struct refusal unsup = {400, UNSUPPORTED, NULL, NULL};

	if (r == ERR_NOENT)
		return bad_property(
		    c, "Invalid filter clause", text_of(e->text), kinds);
	if (r == ERR_UNSUPPORTED)
		return gcall_refuse(c, &unsup,
		    "Unsupported or invalid query filter clause specified for "
		    "property '%s' of resource '%s'.",
		    e->text, first_kind(kinds)->name);
	if (r == ERR_SYNTAX || r == ERR_LIMIT)
		return gcall_refuse(
		    c, &bad, "Invalid filter clause: %s.", e->text);
	return gcall_failed(c, r);
}

static int
parse_filter(struct gcall *c, unsigned kinds, struct query *q)
{
	const struct url_option *o = url_option(&c->url, "filter");
	struct err e = {0};
	int r;

	if (o == NULL)
		return 0;
	r = filter_parse(c->a, o->value, first_kind(kinds), &q->filter, &e);
	if (r != 0)
		return filter_error(c, r, &e, kinds);
	if (filter_is_advanced(q->filter) && !(c->eventual && q->count))
		return unsupported(c,
		    "Operator or clause is only supported with the request "
		    "header ConsistencyLevel: eventual and $count=true.");
	return 0;
}

static int
parse_token(struct gcall *c, struct query *q)
{
	const struct url_option *o = url_option(&c->url, "skiptoken");
	const struct refusal r = {
	    400, "Directory_ExpiredPageToken", NULL, NULL};

	if (o == NULL)
		return 0;
	if (page_parse(c->a, c->t->page_key, o->value, &q->token) != 0)
		return gcall_refuse(c, &r,
		    "The specified page token value has expired or is not "
		    "valid. Restart the query.");
	q->has_token = true;
	return 0;
}

int
query_parse(
    struct gcall *c, unsigned kinds, unsigned options, struct query *out_q)
{
	int r;

	*out_q = (struct query){0};
	r = options_check(c, options);
	if (r == 0)
		r = parse_select(c, kinds, out_q);
	if (r == 0)
		r = parse_expand(c, kinds, out_q);
	if (r == 0)
		r = parse_top(c, out_q);
	if (r == 0)
		r = parse_count(c, out_q);
	if (r == 0)
		r = parse_filter(c, kinds, out_q);
	if (r == 0 && (options & Q_DELTATOKEN) == 0)
		r = parse_token(c, out_q);
	return r;
}

static int
next_raw(struct cursor *cur, int64_t after, struct dirobj *o)
{
	struct tdb *db = cur->c->t->db;
	int r;

	if (cur->by_rows) {
		while (cur->at < cur->nrows && cur->rows[cur->at] <= after)
			cur->at++;
		if (cur->at == cur->nrows)
			return 0;
		r = dirobj_by_row(db, cur->rows[cur->at++], o);
		return r == 0 ? 1 : r;
	}
	r = cur->started
		? tdb_next(db, cur->sql)
		: tdb_run(db, cur->sql, "iii", cur->arg1, cur->arg2, after);
	cur->started = true;
	if (r != 1)
		return r;
	r = dirobj_from_row(db, cur->sql, cur->bare, o);
	return r == 0 ? 1 : r;
}

int
cursor_next(struct cursor *cur, int64_t after, struct dirobj *out_o)
{
	enum dirobj_state want = DIROBJ_LIVE;
	int r;

	if (cur->sql == SQL_OBJECT_PAGE && !cur->by_rows)
		want = (enum dirobj_state)cur->arg2;
	while ((r = next_raw(cur, after, out_o)) == 1) {
		if ((cur->kinds & (1U << out_o->kind)) != 0 &&
		    out_o->state == want)
			return 1;
		dirobj_clear(out_o);
	}
	return r;
}

void
cursor_done(struct cursor *cur)
{
	if (!cur->by_rows && cur->started)
		tdb_done(cur->c->t->db, cur->sql);
	cur->started = false;
	cur->at = 0;
}

int
query_count(
    struct gcall *c, const struct query *q, struct cursor *cur, int64_t *out_n)
{
	struct dirobj o;
	int64_t n = 0;
	int r;

	if (q->filter == NULL && cur->sql == SQL_OBJECT_PAGE && !cur->by_rows) {
		r = tdb_run(
		    c->t->db, SQL_OBJECT_COUNT, "ii", cur->arg1, cur->arg2);
		if (r == 1)
			*out_n = tdb_int(c->t->db, SQL_OBJECT_COUNT, 0);
		tdb_done(c->t->db, SQL_OBJECT_COUNT);
		return r == 1 ? 0 : r;
	}
	while ((r = cursor_next(cur, 0, &o)) == 1) {
		if (q->filter == NULL || filter_match(q->filter, &o))
			n++;
		dirobj_clear(&o);
	}
	cursor_done(cur);
	*out_n = n;
	return r;
}

static int
emit_expanded(struct gcall *c, const struct query *q, const struct dirobj *o)
{
	struct cursor cur = {.c = c,
	    .kinds = ~0U,
	    .sql = SQL_REF_TARGETS,
	    .arg1 = (int64_t)q->expand,
	    .arg2 = o->row,
	    .bare = select_id_alone(&q->expand_select)};
	bool single = q->expand == LINK_MANAGER;
	struct dirobj target;
	unsigned n = 0;
	int r;

	buf_printf(
	    c->out, ",\"%s\":%s", link_name(q->expand), single ? "" : "[");
	while ((r = cursor_next(&cur, 0, &target)) == 1) {
		if (n++ != 0)
			buf_putc(c->out, ',');
		emit_object(
		    c->out, &target, &q->expand_select, EMIT_TYPE, NULL);
		dirobj_clear(&target);
		if (single || n == EXPAND_MAX)
			break;
	}
	cursor_done(&cur);
	if (single && n == 0)
		buf_puts(c->out, "null");
	buf_puts(c->out, single ? "}" : "]}");
	return r < 0 ? r : 0;
}

static int
emit_one(struct gcall *c, const struct query *q, const struct dirobj *o,
    unsigned flags, const char *context)
{
	if (q->expand == LINK_NONE) {
		emit_object(c->out, o, &q->select, flags, context);
		return 0;
	}
	emit_object(
	    c->out, o, &q->select, flags | EMIT_ID | EMIT_OPEN, context);
	return emit_expanded(c, q, o);
}

int
query_one(struct gcall *c, const struct query *q, const struct dirobj *o,
    const char *context)
{
	int r;

	r = emit_one(c, q, o, 0, context);
	if (r != 0)
		return gcall_failed(c, r);
	c->status = 200;
	return 0;
}

int
query_link(struct gcall *c, const char *option, struct text token,
    struct text *out_url)
{
	struct buf b;
	int r;

	buf_init(&b, 65536);
	buf_text_add(&b, c->base);
	buf_text_add(&b, c->url.path);
	buf_printf(&b, "?$%s=%.*s", option, TEXT_ARGS(token));
	for (size_t i = 0; i < c->url.noptions; i++) {
		const struct url_option *o = &c->url.options[i];
		struct text name;

		if (text_ends_nocase(o->name, "skiptoken") ||
		    text_ends_nocase(o->name, "deltatoken"))
			continue;
		buf_putc(&b, '&');
		/* The sign stays readable, as Graph writes it. */
		name = o->name;
		if (name.len != 0 && name.data[0] == '$') {
			buf_putc(&b, '$');
			name = (struct text){name.data + 1, name.len - 1};
		}
		url_encode(name, &b);
		buf_putc(&b, '=');
		url_encode(o->value, &b);
	}
	r = buf_error(&b);
	if (r == 0)
		*out_url = text_dup(c->a, buf_text(&b));
	buf_clear(&b);
	return r != 0 ? r : out_url->data == NULL ? ERR_NOMEM : 0;
}

struct page {
	unsigned n, looked;
	int64_t last; /* row of the last object looked at */
	bool more;
};

static int
page_fill(struct gcall *c, const struct query *q, struct cursor *cur,
    unsigned flags, struct page *pg)
{
	int64_t after = q->has_token ? (int64_t)q->token.n[0] : 0;
	struct dirobj o;
	int r = 0;

	while (r == 0) {
		int got = cursor_next(cur, after, &o);

		if (got != 1)
			return got;
		pg->more = pg->n == q->top || pg->looked == SCAN_MAX;
		if (!pg->more) {
			pg->looked++;
			pg->last = o.row;
		}
		if (!pg->more &&
		    (q->filter == NULL || filter_match(q->filter, &o))) {
			buf_puts(c->out, pg->n++ == 0 ? "" : ",");
			r = emit_one(c, q, &o, flags, NULL);
		}
		dirobj_clear(&o);
		if (pg->more)
			return 0;
	}
	return r;
}

static int
next_link(struct gcall *c, const struct page *pg)
{
	struct page_token t = {.kind = PAGE_LIST,
	    .issued_ms = (uint64_t)clock_now_ms(),
	    .n = {(uint64_t)pg->last}};
	struct text token, url = {0};
	int r = page_format(c->a, c->t->page_key, &t, &token);

	if (r == 0)
		r = query_link(c, "skiptoken", token, &url);
	if (r != 0)
		return r;
	buf_puts(c->out, ",\"@odata.nextLink\":");
	emit_text(c->out, url);
	return 0;
}

int
query_page(struct gcall *c, const struct query *q, struct cursor *cur,
    const char *context, unsigned flags)
{
	struct page pg = {0};
	int64_t n = 0;
	int r = 0;

	buf_puts(c->out, "{\"@odata.context\":");
	emit_text(c->out, text_of(context));
	if (q->count && !q->has_token) {
		r = query_count(c, q, cur, &n);
		buf_printf(c->out, ",\"@odata.count\":%lld", (long long)n);
	}
	buf_puts(c->out, ",\"value\":[");
	cur->bare = q->filter == NULL && select_id_alone(&q->select);
	if (r == 0)
		r = page_fill(c, q, cur, flags, &pg);
	cursor_done(cur);
	buf_putc(c->out, ']');
	if (r == 0 && pg.more)
		r = next_link(c, &pg);
	buf_putc(c->out, '}');
	if (r == 0)
		r = buf_error(c->out);
	if (r != 0)
		return gcall_failed(c, r);
	c->status = 200;
	return 0;
}

/*
 * tenant/query.h -- the query options of a call, and lists by them.
 *
 * Purpose:   $select, $expand, $top, $filter, $count, $skiptoken to a checked
 *            form; a cursor over objects; a page of it with its next link.
 * Touches:   tenant/tenant_int.h, tenant/filter.h, tenant/page.h.
 * Errors:    ERR_REJECTED with the refusal written to the call.
 */
#ifndef TENANT_QUERY_H
#define TENANT_QUERY_H

#include "tenant/emit.h"
#include "tenant/filter.h"
#include "tenant/page.h"
#include "tenant/tenant_int.h"

enum query_option {
	Q_SELECT = 1 << 0,
	Q_EXPAND = 1 << 1,
	Q_TOP = 1 << 2,
	Q_FILTER = 1 << 3,
	Q_COUNT = 1 << 4,
	Q_SKIPTOKEN = 1 << 5,
	Q_DELTATOKEN = 1 << 6,
	Q_ORDERBY = 1 << 7, /* known, nowhere offered */
	Q_SEARCH = 1 << 8,
	Q_SKIP = 1 << 9,
	Q_FORMAT = 1 << 10,
};
#define Q_LIST (Q_SELECT | Q_TOP | Q_FILTER | Q_COUNT | Q_SKIPTOKEN)

struct query {
	struct select select;
	enum link_kind expand; /* one at most */
	struct select expand_select;
	unsigned top;
	bool count;
	struct filter *filter; /* NULL: everything */
	bool has_token;
	struct page_token token;
};

/* kinds: 1 << enum entity, what the answer may hold; options: Q_*. */
int query_parse(struct gcall *c, unsigned kinds, unsigned options,
    struct query *out_q) MUST_CHECK;

/* Objects in the order of their rows. */
struct cursor {
	struct gcall *c;
	unsigned kinds; /* others are passed over */
	enum tdb_sql sql;
	int64_t arg1, arg2; /* of the statement; the third is the place */
	int64_t *rows;      /* instead of the statement */
	size_t nrows, at;
	bool by_rows, started;
	bool bare; /* ids alone, not the documents */
};
/* 1: an object, which the caller clears; 0: the end. */
int cursor_next(
    struct cursor *cur, int64_t after, struct dirobj *out_o) MUST_CHECK;
void cursor_done(struct cursor *cur);

/* Writes the page; context: name of the list; flags: EMIT_*. */
int query_page(struct gcall *c, const struct query *q, struct cursor *cur,
    const char *context, unsigned flags) MUST_CHECK;

/* How many the cursor has that the filter takes. */
int query_count(struct gcall *c, const struct query *q, struct cursor *cur,
    int64_t *out_n) MUST_CHECK;

/* One object as a whole answer, with what is expanded. */
int query_one(struct gcall *c, const struct query *q, const struct dirobj *o,
    const char *context) MUST_CHECK;

/* Absolute link: the same call with this token in place of another. */
int query_link(struct gcall *c, const char *option, struct text token,
    struct text *out_url) MUST_CHECK;

#endif /* TENANT_QUERY_H */

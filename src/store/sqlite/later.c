/* store/sqlite/later.c -- see later.h. */
#include "store/sqlite/later.h"

#include <string.h>

#include "store/sqlite/pairs.h"

/* As many as the statements write: statement_list.def. */
#define REFS_AT_ONCE  32U
#define JOINS_AT_ONCE 16U

/* In order of their keys these touch each page once. */
#define JOINS    2048U
#define KEYS_MAX (2U << 20)

struct ref_row {
	int64_t owner;
	uint32_t name;
	int64_t target;
};

struct join_row {
	struct join_owner owner;
	struct join_entry entry;
};

struct later {
	struct ref_row refs[REFS_AT_ONCE];
	size_t ref_count;
	struct join_row joins[JOINS];
	size_t join_count;
	struct arena *keys;
	bool writing; /* statements of our own wait for nothing */
};

struct later *
later_new(void)
{
	struct later *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->keys = arena_new(KEYS_MAX);
	return l->keys != NULL ? l : later_free(l);
}

struct later *
later_free(struct later *l)
{
	if (l != NULL)
		(void)arena_free(l->keys);
	free(l);
	return NULL;
}

bool
later_waits(const struct later *l)
{
	return l != NULL && !l->writing &&
	       (l->ref_count != 0 || l->join_count != 0);
}

bool
later_concerns(const char *sql)
{
	return strstr(sql, "cs_ref") != NULL || strstr(sql, "cs_join") != NULL;
}

void
later_drop(struct later *l)
{
	if (l == NULL)
		return;
	l->ref_count = 0;
	l->join_count = 0;
	arena_reset(l->keys);
}

/* ---- References ---- */

static void
bind_ref(struct query *q, const struct ref_row *row)
{
	query_int(q, row->owner);
	query_int(q, row->name);
	query_int(q, row->target);
}

/* n rows by one statement, which has places for as many. */
static int
write_refs(struct store *s, enum stmt id, const struct ref_row *rows, size_t n,
    struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, id, e);

	for (size_t i = 0; i < n && r == 0; i++)
		bind_ref(&q, &rows[i]);
	if (r == 0)
		r = query_run(&q, e);
	return r < 0 ? r : 0;
}

static int
write_waiting_refs(struct store *s, struct later *l, struct err *e)
{
	size_t n = l->ref_count;
	int r = 0;

	l->writing = true;
	if (n == REFS_AT_ONCE)
		r = write_refs(s, STMT_CS_REF_NEW_MANY, l->refs, n, e);
	for (size_t i = 0; i < n % REFS_AT_ONCE && r == 0; i++)
		r = write_refs(s, STMT_CS_REF_NEW, &l->refs[i], 1, e);
	l->writing = false;
	l->ref_count = 0;
	return r;
}

int
later_refs(struct store *s, struct later *l, int64_t owner,
    const struct pairs *rows, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < rows->count && r == 0; i++) {
		l->refs[l->ref_count++] = (struct ref_row){
		    owner, rows->items[i].name, rows->items[i].target};
		if (l->ref_count == REFS_AT_ONCE)
			r = write_waiting_refs(s, l, e);
	}
	return r;
}

/* ---- Join values ---- */

static int
by_key(const void *a, const void *b)
{
	const struct join_row *x = a, *y = b;

	if (x->owner.connector != y->owner.connector)
		return x->owner.connector < y->owner.connector ? -1 : 1;
	if (x->entry.name != y->entry.name)
		return x->entry.name < y->entry.name ? -1 : 1;
	return text_compare(x->entry.key, y->entry.key);
}

static int
write_joins(struct store *s, enum stmt id, const struct join_row *rows,
    size_t n, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, id, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		query_int(&q, rows[i].owner.connector);
		query_int(&q, rows[i].entry.name);
		query_octets(&q, rows[i].entry.key);
		query_int(&q, rows[i].owner.id);
	}
	if (r == 0)
		r = query_run(&q, e);
	return r < 0 ? r : 0;
}

static int
write_waiting_joins(struct store *s, struct later *l, struct err *e)
{
	size_t n = l->join_count, i = 0;
	int r = 0;

	l->writing = true;
	qsort(l->joins, n, sizeof(l->joins[0]), by_key);
	for (; i + JOINS_AT_ONCE <= n && r == 0; i += JOINS_AT_ONCE)
		r = write_joins(
		    s, STMT_CS_JOIN_ADD_MANY, &l->joins[i], JOINS_AT_ONCE, e);
	for (; i < n && r == 0; i++)
		r = write_joins(s, STMT_CS_JOIN_ADD, &l->joins[i], 1, e);
	l->writing = false;
	l->join_count = 0;
	arena_reset(l->keys);
	return r;
}

int
later_join(struct store *s, struct later *l, struct join_owner owner,
    const struct join_entry *x, struct err *e)
{
	struct join_row *row = &l->joins[l->join_count];

	*row = (struct join_row){owner, {x->name, text_dup(l->keys, x->key)}};
	if (row->entry.key.data == NULL)
		return nomem(e);
	l->join_count++;
	return l->join_count == JOINS ? write_waiting_joins(s, l, e) : 0;
}

int
later_write(struct store *s, struct later *l, struct err *e)
{
	int r;

	if (!later_waits(l))
		return 0;
	r = write_waiting_refs(s, l, e);
	return r == 0 ? write_waiting_joins(s, l, e) : r;
}

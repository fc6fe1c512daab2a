/* store/sqlite/cs_ref.c -- reference rows of the connector space. */
#include <string.h>

#include "store/sqlite/sqlite_int.h"

#define BITS_ALL    255U
#define COUNT_AT    1024U /* rows from which on the others are counted */
#define CHANGE_BITS 3     /* have, clear, set */

static const struct ref_names no_names;

/* ---- Reading ---- */

/* Both behind the struct, in one piece: there may be 250,000. */
static int
read_names(const struct query *q, struct arena *a, const struct ref_query *want,
    struct cs_ref *out)
{
	struct text dn = query_get_octets(q, 6);
	struct text anchor = query_get_octets(q, 7);
	struct ref_names *names;
	char *p;

	if (want->dn_alone)
		anchor = TEXT("");
	if (want->one_name && anchor.len != 0)
		dn = TEXT("");
	names = arena_raw(a, 1, sizeof(*names) + dn.len + anchor.len + 2);
	if (names == NULL)
		return ERR_NOMEM;
	p = (char *)(names + 1);
	*names = (struct ref_names){{p, dn.len}, {p + dn.len + 1, anchor.len}};
	memcpy(p, dn.data, dn.len);
	p[dn.len] = '\0';
	p += dn.len + 1;
	memcpy(p, anchor.data, anchor.len);
	p[anchor.len] = '\0';
	out->named = names;
	return 0;
}

static int
read_target(const struct query *q, struct arena *a,
    const struct ref_query *want, struct cs_ref *out)
{
	if (!want->with_target)
		return 0;
	out->target_mv = query_get_int(q, 3);
	out->target_flags = (uint16_t)query_get_int(q, 4);
	out->target_kind = (uint8_t)query_get_int(q, 5);
	return want->without_names ? 0 : read_names(q, a, want, out);
}

struct ref_list {
	struct cs_ref *items;
	size_t count;
	size_t size;
};

static int
grow(struct arena *a, struct ref_list *l, size_t size)
{
	struct cs_ref *items;

	if (l->count < l->size)
		return 0;
	items = arena_raw(a, size, sizeof(*items));
	if (items == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < l->count; i++)
		items[i] = l->items[i];
	l->items = items;
	l->size = size;
	return 0;
}

static int
add_row(const struct query *q, struct arena *a, struct ref_list *l)
{
	if (grow(a, l, l->size != 0 ? l->size * 2 : 8) < 0)
		return ERR_NOMEM;
	l->items[l->count++] =
	    (struct cs_ref){.name = (uint32_t)query_get_int(q, 0),
		.target = query_get_int(q, 1),
		.bits = (uint8_t)(query_get_int(q, 2) & BITS_ALL),
		.named = &no_names};
	return 0;
}

static void
bind_want(struct query *q, const struct ref_query *want)
{
	query_int(q, want->owner);
	query_int(q, want->mask);
	if (want->name != 0)
		query_int(q, want->name);
}

/* Room for all rows there are: a list that doubles would hold twice as much,
 * and that much again of what it was. */
static int
make_room(struct store *s, struct arena *a, const struct ref_query *want,
    struct ref_list *l, struct err *e)
{
	struct query q;
	int64_t n = 0;
	int r = query_begin(&q, s,
	    want->name != 0 ? STMT_CS_REFS_NAME_SIZE : STMT_CS_REFS_SIZE, e);

	if (r < 0)
		return r;
	bind_want(&q, want);
	r = query_step(&q, e);
	if (r > 0)
		n = query_get_int(&q, 0);
	query_end(&q);
	if (r >= 0 &&
	    grow(a, l, n > COUNT_AT ? (size_t)n : (size_t)2 * COUNT_AT) < 0)
		return nomem(e);
	return r < 0 ? r : 0;
}

static enum stmt
refs_statement(const struct ref_query *want)
{
	if (want->name != 0)
		return want->with_target ? STMT_CS_REFS_NAME_TARGET
					 : STMT_CS_REFS_NAME;
	return want->with_target ? STMT_CS_REFS_TARGET : STMT_CS_REFS;
}

int
cs_refs_get(struct store *s, struct arena *a, const struct ref_query *want,
    struct cs_ref **out, size_t *out_count, struct err *e)
{
	struct ref_list list = {0};
	struct query q;
	int r = query_begin(&q, s, refs_statement(want), e);

	if (r < 0)
		return r;
	bind_want(&q, want);
	while ((r = query_step(&q, e)) > 0) {
		if (list.count == COUNT_AT && list.size == COUNT_AT)
			r = make_room(s, a, want, &list, e);
		if (r >= 0 && (add_row(&q, a, &list) < 0 ||
				  read_target(&q, a, want,
				      &list.items[list.count - 1]) < 0))
			r = nomem(e);
		if (r < 0)
			break;
	}
	query_end(&q);
	if (r < 0)
		return r;
	*out = list.items;
	*out_count = list.count;
	return 0;
}

int
cs_refs_count(struct store *s, int64_t owner, uint32_t name, unsigned mask,
    size_t *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_CS_REFS_COUNT, e);

	if (r < 0)
		return r;
	query_int(&q, owner);
	query_int(&q, name);
	query_int(&q, mask);
	r = query_step(&q, e);
	if (r > 0)
		*out = (size_t)query_get_int(&q, 0);
	query_end(&q);
	return r < 0 ? r : 0;
}

int
cs_refs_any(struct store *s, int64_t owner, uint32_t name, unsigned mask,
    bool *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_CS_REFS_ANY, e);

	if (r < 0)
		return r;
	query_int(&q, owner);
	query_int(&q, name);
	query_int(&q, mask);
	r = query_step(&q, e);
	*out = r > 0;
	query_end(&q);
	return r < 0 ? r : 0;
}

int
cs_referrers(struct store *s, int64_t target, unsigned mask, int64_t after,
    struct ids *out, struct err *e)
{
	bool any = (mask & BITS_ALL) == BITS_ALL; /* no row is without a bit */
	struct query q;
	int r = query_begin(
	    &q, s, any ? STMT_CS_REFERRERS_ANY : STMT_CS_REFERRERS, e);

	if (r < 0)
		return r;
	query_int(&q, target);
	if (!any)
		query_int(&q, mask);
	query_int(&q, after);
	return query_ids(&q, out, e);
}

int
cs_refs_to(struct store *s, struct ref_key after, unsigned mask,
    struct ref_keys *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_CS_REFS_TO, e);

	out->count = 0;
	if (r < 0)
		return r;
	query_int(&q, after.target);
	query_int(&q, mask);
	query_int(&q, after.owner);
	query_int(&q, after.name);
	query_int(&q, (int64_t)out->max);
	while ((r = query_step(&q, e)) > 0)
		out->items[out->count++] =
		    (struct ref_key){.owner = query_get_int(&q, 0),
			.name = (uint32_t)query_get_int(&q, 1),
			.target = after.target};
	query_end(&q);
	return r;
}

/* ---- Writing ---- */

static void
bind_key(struct query *q, struct ref_key key)
{
	query_int(q, key.owner);
	query_int(q, key.name);
	query_int(q, key.target);
}

/* -1: no such row. */
static int
ref_bits(struct store *s, struct ref_key key, int64_t *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_CS_REF_GET, e);

	if (r < 0)
		return r;
	bind_key(&q, key);
	r = query_step(&q, e);
	if (r < 0)
		return r;
	*out = r > 0 ? query_get_int(&q, 0) : -1;
	query_end(&q);
	return 0;
}

static int
ref_write(struct store *s, enum stmt id, struct ref_key key, int64_t bits,
    struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, id, e);

	if (r < 0)
		return r;
	bind_key(&q, key);
	if (id != STMT_CS_REF_REMOVE)
		query_int(&q, bits);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

static int
ref_put_by(struct store *s, enum stmt id, struct ref_key key, unsigned set,
    unsigned clear, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, id, e);

	if (r < 0)
		return r;
	bind_key(&q, key);
	query_int(&q, set);
	query_int(&q, clear);
	return query_run(&q, e);
}

/* Some bit is set, so there is a row afterwards; mostly there is one. */
static int
ref_put(struct store *s, struct ref_key key, unsigned set, unsigned clear,
    struct err *e)
{
	int r = ref_put_by(s, STMT_CS_REF_SET_BITS, key, set, clear, e);

	if (r == 0)
		r = ref_put_by(s, STMT_CS_REF_SET, key, set, clear, e);
	return r < 0 ? r : 0;
}

static int
ref_clear(struct store *s, struct ref_key key, unsigned clear, struct err *e)
{
	int64_t old, bits;
	int r = ref_bits(s, key, &old, e);

	if (r < 0 || old < 0)
		return r;
	bits = old & ~(int64_t)clear;
	if (bits == old)
		return 0;
	return ref_write(s, bits == 0 ? STMT_CS_REF_REMOVE : STMT_CS_REF_UPDATE,
	    key, bits, e);
}

int
cs_ref_set(struct store *s, struct ref_key key, unsigned set, unsigned clear,
    struct err *e)
{
	set &= BITS_ALL;
	return set != 0 ? ref_put(s, key, set, clear, e)
			: ref_clear(s, key, clear, e);
}

int
cs_ref_add(struct store *s, struct ref_key key, unsigned bits, struct err *e)
{
	return ref_write(s, STMT_CS_REF_ADD, key, bits & BITS_ALL, e);
}

int
cs_ref_bits(struct store *s, struct ref_key key, unsigned *out, struct err *e)
{
	int64_t bits;
	int r = ref_bits(s, key, &bits, e);

	if (r >= 0)
		*out = bits < 0 ? 0 : (unsigned)bits;
	return r < 0 ? r : 0;
}

/* For the rows of one owner: have, clear and set where the statement knows
 * them. */
static int
change_rows(struct store *s, enum stmt id, int64_t owner, const unsigned *bits,
    struct err *e)
{
	struct query q;
	int r;

	(void)call_begin(s); /* the statement takes memory enough */
	r = query_begin(&q, s, id, e);
	if (r < 0)
		return r;
	query_int(&q, owner);
	for (size_t i = 0; bits != NULL && i < CHANGE_BITS; i++)
		query_int(&q, bits[i]);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

int
cs_refs_update(struct store *s, int64_t owner, unsigned have, unsigned set,
    unsigned clear, struct err *e)
{
	const unsigned bits[CHANGE_BITS] = {have, clear, set & BITS_ALL};
	int r = 0;

	if (bits[2] == 0)
		r = change_rows(s, STMT_CS_REFS_DROP, owner, bits, e);
	return r < 0 ? r : change_rows(s, STMT_CS_REFS_UPDATE, owner, bits, e);
}

int
cs_refs_fold(struct store *s, int64_t owner, bool any_gone, struct err *e)
{
	int r = 0;

	if (any_gone)
		r = change_rows(s, STMT_CS_REFS_FOLD_GONE, owner, NULL, e);
	return r < 0 ? r : change_rows(s, STMT_CS_REFS_FOLD, owner, NULL, e);
}

/* store/sqlite/join.c -- the join index: attribute and folded value to ids. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fold.h"
#include "base/hash.h"
#include "store/sqlite/bulk.h"

#define SIDE_CS    1
#define SIDE_MV    2
#define KEY_MAX    480U /* longer values: their head and digest */
#define KEY_HEAD   440U
#define DIGEST_LEN 32U

/* ---- Keys ---- */

/* Index pages stay small whatever the value: a long one is its first octets
 * and the digest of all. */
static int
shorten(struct arena *a, struct text *t)
{
	unsigned char digest[DIGEST_LEN];
	char *p;

	if (t->len <= KEY_MAX)
		return 0;
	if (hash_sha256(*t, digest) < 0)
		return ERR_INTERNAL;
	p = arena_alloc(a, KEY_HEAD + DIGEST_LEN);
	if (p == NULL)
		return ERR_NOMEM;
	memcpy(p, t->data, KEY_HEAD);
	memcpy(p + KEY_HEAD, digest, DIGEST_LEN);
	*t = (struct text){p, KEY_HEAD + DIGEST_LEN};
	return 0;
}

int
join_key(
    struct arena *a, const struct value *v, struct text *out, bool *out_has)
{
	char n[24];
	int r = 0;

	*out_has = true;
	switch (v->type) {
	case VALUE_STRING:
		r = fold_text(a, v->text, out);
		break;
	case VALUE_INTEGER:
		(void)snprintf(n, sizeof(n), "%" PRId64, v->integer);
		*out = text_dup(a, text_of(n));
		break;
	case VALUE_BOOLEAN:
		*out = v->boolean ? TEXT("true") : TEXT("false");
		break;
	case VALUE_BINARY:
		*out = v->text;
		break;
	case VALUE_REFERENCE:
	case VALUE_DN_BINARY:
		*out_has = false;
		return 0;
	}
	if (r == 0 && out->data == NULL)
		r = ERR_NOMEM;
	return r == 0 ? shorten(a, out) : r;
}

static int
add_attr(struct arena *a, const struct attr *attr, struct join_list *list)
{
	for (uint32_t i = 0; i < attr->count; i++) {
		struct text key;
		bool has;
		int r = join_key(a, &attr->values[i], &key, &has);

		if (r < 0)
			return r;
		if (!has)
			continue;
		/* A copy: the stored row's octets end with its query. */
		key = text_dup(a, key);
		if (key.data == NULL)
			return ERR_NOMEM;
		list->items[list->count++] =
		    (struct join_entry){attr->name, key};
	}
	return 0;
}

int
join_list_of(struct arena *a, const struct name_set *set,
    const struct attrs *attrs, struct join_list *out)
{
	struct join_list list = {0};
	size_t n = 0;
	int r = 0;

	for (uint32_t i = 0; i < attrs->count; i++)
		if (name_set_has(set, attrs->items[i].name))
			n += attrs->items[i].count;
	if (n != 0) {
		list.items = arena_array(a, n, sizeof(*list.items));
		if (list.items == NULL)
			return ERR_NOMEM;
	}
	for (uint32_t i = 0; n != 0 && i < attrs->count && r == 0; i++)
		if (name_set_has(set, attrs->items[i].name))
			r = add_attr(a, &attrs->items[i], &list);
	*out = list;
	return r;
}

/* ---- Rows ---- */

static bool
list_has(const struct join_list *l, const struct join_entry *x)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].name == x->name &&
		    text_equal(l->items[i].key, x->key))
			return true;
	return false;
}

static int
change_row(struct store *s, enum stmt id, struct join_owner owner,
    const struct join_entry *x, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, id, e);

	if (r < 0)
		return r;
	if (owner.connector != 0)
		query_int(&q, owner.connector);
	query_int(&q, x->name);
	query_octets(&q, x->key);
	query_int(&q, owner.id);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

int
join_change(struct store *s, struct join_owner owner,
    const struct join_list *from, const struct join_list *to, struct err *e)
{
	bool cs = owner.connector != 0;
	int r = 0;

	for (size_t i = 0; i < from->count && r == 0; i++)
		if (!list_has(to, &from->items[i]))
			r = change_row(s,
			    cs ? STMT_CS_JOIN_REMOVE : STMT_MV_JOIN_REMOVE,
			    owner, &from->items[i], e);
	for (size_t i = 0; i < to->count && r == 0; i++)
		if (list_has(from, &to->items[i]))
			continue;
		else if (cs && s->bulk != NULL)
			r = bulk_join(s, owner, &to->items[i], e);
		else
			r = change_row(s,
			    cs ? STMT_CS_JOIN_ADD : STMT_MV_JOIN_ADD, owner,
			    &to->items[i], e);
	return r;
}

/* ---- Finding ---- */

static int
find(struct store *s, int64_t connector, uint32_t name, const struct value *v,
    struct ids *out, struct err *e)
{
	struct text key;
	struct query q;
	bool has;
	int r = join_key(call_begin(s), v, &key, &has);

	out->count = 0;
	if (r < 0)
		return err_set(e, r, "store %s: join lookup failed", s->path);
	if (!has)
		return 0;
	r = query_begin(
	    &q, s, connector != 0 ? STMT_CS_JOIN_FIND : STMT_MV_JOIN_FIND, e);
	if (r < 0)
		return r;
	if (connector != 0)
		query_int(&q, connector);
	query_int(&q, name);
	query_octets(&q, key);
	return query_ids(&q, out, e);
}

int
cs_join_find(struct store *s, int64_t connector, uint32_t name,
    const struct value *v, struct ids *out, struct err *e)
{
	return find(s, connector, name, v, out, e);
}

int
mv_join_find(struct store *s, uint32_t name, const struct value *v,
    struct ids *out, struct err *e)
{
	return find(s, 0, name, v, out, e);
}

/* ---- Which attributes ---- */

static void
set_add(struct name_set *set, uint32_t name)
{
	if (name == 0 || name > NAMES_MAX)
		return;
	set->words[name / 64] |= UINT64_C(1) << name % 64;
	set->any = true;
}

int
join_load(struct store *s, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_JOIN_ATTRS, e);

	if (r < 0)
		return r;
	memset(&s->cs_joined, 0, sizeof(s->cs_joined));
	memset(&s->mv_joined, 0, sizeof(s->mv_joined));
	while ((r = query_step(&q, e)) > 0)
		set_add(query_get_int(&q, 0) == SIDE_CS ? &s->cs_joined
							: &s->mv_joined,
		    (uint32_t)query_get_int(&q, 1));
	return r;
}

/* Rows of one attribute from all images. */
struct rebuild {
	struct store *s;
	struct name_set *added;
	bool cs;
};

static int
rebuild_row(const struct rebuild *b, const struct query *row, struct err *e)
{
	struct join_owner owner = {
	    b->cs ? query_get_int(row, 2) : 0, query_get_int(row, 0)};
	struct arena *a = call_begin(b->s);
	struct join_list none = {0}, list;
	struct attrs image;
	int r = attrs_decode(a, query_get_octets(row, 1), &image, e);

	if (r < 0)
		return err_set(e, ERR_STORE, "store %s: object %lld is damaged",
		    b->s->path, (long long)owner.id);
	if (join_list_of(a, b->added, &image, &list) < 0)
		return nomem(e);
	return join_change(b->s, owner, &none, &list, e);
}

static int
rebuild(const struct rebuild *b, struct err *e)
{
	struct query q;
	int r;

	if (!b->added->any)
		return 0;
	r = query_begin(&q, b->s, b->cs ? STMT_CS_IMAGES : STMT_MV_IMAGES, e);
	while (r == 0 && (r = query_step(&q, e)) > 0)
		r = rebuild_row(b, &q, e);
	query_end(&q);
	return r;
}

static int
change_attr(
    struct store *s, enum stmt id, int side, uint32_t name, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, id, e);

	if (r < 0)
		return r;
	if (side != 0)
		query_int(&q, side);
	query_int(&q, name);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

/* Writes the difference of the two sets to join_attr; drops the rows of what
 * goes; leaves in wanted only what is new. */
static int
change_side(struct store *s, int side, const struct name_set *have,
    struct name_set *wanted, struct err *e)
{
	enum stmt drop =
	    side == SIDE_CS ? STMT_CS_JOIN_DROP : STMT_MV_JOIN_DROP;
	int r = 0;

	wanted->any = false;
	for (uint32_t n = 1; n <= NAMES_MAX && r == 0; n++) {
		bool had = name_set_has(have, n), has = name_set_has(wanted, n);

		if (had == has) {
			wanted->words[n / 64] &= ~(UINT64_C(1) << n % 64);
			continue;
		}
		r = change_attr(s,
		    has ? STMT_JOIN_ATTR_ADD : STMT_JOIN_ATTR_REMOVE, side, n,
		    e);
		if (r == 0 && had)
			r = change_attr(s, drop, 0, n, e);
		wanted->any = wanted->any || has;
	}
	return r;
}

struct side {
	const uint32_t *names;
	size_t count;
};

static int
join_side(struct store *s, int side, const struct side *names, struct err *e)
{
	bool cs = side == SIDE_CS;
	struct name_set *wanted = calloc(1, sizeof(*wanted));
	struct rebuild b = {.s = s, .added = wanted, .cs = cs};
	int r;

	if (wanted == NULL)
		return nomem(e);
	for (size_t i = 0; i < names->count; i++)
		set_add(wanted, names->names[i]);
	r = change_side(s, side, cs ? &s->cs_joined : &s->mv_joined, wanted, e);
	if (r == 0)
		r = rebuild(&b, e);
	free(wanted);
	return r;
}

int
store_join_attrs(struct store *s, const uint32_t *cs_names, size_t cs_count,
    const uint32_t *mv_names, size_t mv_count, struct err *e)
{
	struct side cs = {cs_names, cs_count}, mv = {mv_names, mv_count};
	int r = join_side(s, SIDE_CS, &cs, e);

	if (r == 0)
		r = join_side(s, SIDE_MV, &mv, e);
	return r == 0 ? join_load(s, e) : r;
}

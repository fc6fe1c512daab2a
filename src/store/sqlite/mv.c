/* store/sqlite/mv.c -- objects of the metaverse. */
#include <string.h>

#include "store/blob.h"
#include "store/sqlite/mv_int.h"

/* ---- Reading ---- */

static int
damaged(int64_t id, int r, struct err *e)
{
	if (r == ERR_NOMEM)
		return nomem(e);
	if (e != NULL)
		e->code = ERR_STORE;
	(void)err_prefix(e, "store: metaverse object %lld", (long long)id);
	return ERR_STORE;
}

static int
read_row(const struct query *q, struct arena *a, struct mv_object *out,
    struct err *e)
{
	struct text guid = query_get_octets(q, 0);
	int64_t type = query_get_int(q, 1), flags = query_get_int(q, 2);
	struct text origins, image;
	int r;

	if (guid.len != sizeof(out->guid.octets) || type < 0 ||
	    type > NAMES_MAX || flags < 0 || flags > INT32_MAX)
		return err_set(e, ERR_STORE,
		    "store: metaverse object %lld is damaged",
		    (long long)out->id);
	memcpy(out->guid.octets, guid.data, guid.len);
	out->type = (uint32_t)type;
	out->flags = (unsigned)flags;
	if (query_get_copy(q, 3, a, &origins) < 0 ||
	    query_get_copy(q, 4, a, &image) < 0)
		return nomem(e);
	r = origins_decode(a, origins, &out->origins, &out->origin_count, e);
	if (r == 0)
		r = attrs_decode(a, image, &out->values, e);
	return r < 0 ? damaged(out->id, r, e) : 0;
}

int
mv_get(struct store *s, struct arena *a, int64_t id, bool with_refs,
    struct mv_object *out, struct err *e)
{
	struct mv_object o = {.id = id};
	struct query q;
	int r = query_begin(&q, s, STMT_MV_GET, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	r = query_step(&q, e);
	if (r == 0)
		return err_set(e, ERR_NOENT, "store: no metaverse object %lld",
		    (long long)id);
	if (r > 0)
		r = read_row(&q, a, &o, e);
	query_end(&q);
	if (r == 0 && with_refs)
		r = mv_refs_load(s, a, id, &o.values, e);
	if (r == 0)
		*out = o;
	return r;
}

int
mv_find_guid(
    struct store *s, const struct guid *g, int64_t *out_id, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_MV_FIND_GUID, e);

	if (r < 0)
		return r;
	query_octets(
	    &q, (struct text){(const char *)g->octets, sizeof(g->octets)});
	r = query_step(&q, e);
	if (r > 0)
		*out_id = query_get_int(&q, 0);
	query_end(&q);
	if (r == 0)
		return err_set(
		    e, ERR_NOENT, "store: no metaverse object of that guid");
	return r < 0 ? r : 0;
}

/* ---- Writing ---- */

struct mv_row {
	struct text origins;
	struct text image;
};

static int
encode(struct store *s, const struct mv_object *o, struct mv_row *out,
    struct err *e)
{
	struct buf *origins = &s->blob[0], *image = &s->blob[1];
	int r;

	buf_reset(origins);
	buf_reset(image);
	r = origins_encode(o->origins, o->origin_count, origins);
	if (r == 0 && o->values.count != 0)
		r = attrs_encode(&o->values, true, image);
	if (r < 0)
		return err_set(e, r,
		    "store %s: metaverse object %lld: too large to store",
		    s->path, (long long)o->id);
	out->origins = buf_text(origins);
	out->image = buf_text(image);
	return 0;
}

static int
join_lists(struct store *s, struct text stored, const struct attrs *values,
    struct join_list *from, struct join_list *to)
{
	struct attrs image;
	int r;

	*from = *to = (struct join_list){0};
	if (!s->mv_joined.any)
		return 0;
	r = attrs_decode(s->tmp, stored, &image, NULL);
	if (r == 0)
		r = join_list_of(s->tmp, &s->mv_joined, &image, from);
	if (r == 0)
		r = join_list_of(s->tmp, &s->mv_joined, values, to);
	return r;
}

static int
insert(struct store *s, const struct mv_object *o, const struct mv_row *row,
    struct err *e)
{
	struct join_list from, to;
	struct query q;
	int r = query_begin(&q, s, STMT_MV_INSERT, e);

	if (r < 0)
		return r;
	query_int(&q, o->id);
	query_octets(&q, (struct text){(const char *)o->guid.octets,
			     sizeof(o->guid.octets)});
	query_int(&q, o->type);
	query_int(&q, o->flags);
	query_octets_or_null(&q, row->origins);
	query_octets_or_null(&q, row->image);
	r = query_run(&q, e);
	if (r < 0)
		return r;
	if (join_lists(s, TEXT(""), &o->values, &from, &to) < 0)
		return nomem(e);
	return join_change(s, (struct join_owner){0, o->id}, &from, &to, e);
}

/* Which of its columns differ. */
enum mv_differs {
	MV_SAME,
	MV_HEAD,  /* type or flags alone */
	MV_IMAGE, /* origins or values too */
};

static enum mv_differs
differs(
    const struct query *q, const struct mv_object *o, const struct mv_row *row)
{
	if (!text_equal(query_get_octets(q, 3), row->origins) ||
	    !text_equal(query_get_octets(q, 4), row->image))
		return MV_IMAGE;
	if (query_get_int(q, 1) != o->type || query_get_int(q, 2) != o->flags)
		return MV_HEAD;
	return MV_SAME;
}

static int
write_columns(struct store *s, const struct mv_object *o,
    const struct mv_row *row, enum mv_differs how, struct err *e)
{
	struct query q;
	int r = query_begin(
	    &q, s, how == MV_HEAD ? STMT_MV_SET_HEAD : STMT_MV_UPDATE, e);

	if (r < 0)
		return r;
	query_int(&q, o->id);
	query_int(&q, o->type);
	query_int(&q, o->flags);
	if (how == MV_IMAGE) {
		query_octets_or_null(&q, row->origins);
		query_octets_or_null(&q, row->image);
	}
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

static int
update(struct store *s, const struct mv_object *o, const struct mv_row *row,
    struct err *e)
{
	struct join_list from = {0}, to = {0};
	enum mv_differs how = MV_SAME;
	struct query q;
	int r = query_begin(&q, s, STMT_MV_GET, e);

	if (r < 0)
		return r;
	query_int(&q, o->id);
	r = query_step(&q, e);
	if (r == 0)
		return err_set(e, ERR_NOENT, "store: no metaverse object %lld",
		    (long long)o->id);
	if (r > 0) {
		how = differs(&q, o, row);
		r = how != MV_IMAGE ? 0
				    : join_lists(s, query_get_octets(&q, 4),
					  &o->values, &from, &to);
		if (r < 0)
			r = err_set(e, r == ERR_NOMEM ? r : ERR_STORE,
			    "store: metaverse object %lld is damaged",
			    (long long)o->id);
	}
	query_end(&q);
	if (r == 0 && how != MV_SAME)
		r = write_columns(s, o, row, how, e);
	if (r == 0)
		r = join_change(
		    s, (struct join_owner){0, o->id}, &from, &to, e);
	return r;
}

void
mv_reserve(struct store *s, struct mv_object *o)
{
	o->id = s->next_mv++;
	o->guid = guid_random();
	o->reserved = true;
	s->next_changed = true;
}

/* The whole of a new object. */
static int
put_new(struct store *s, struct mv_object *o, const struct mv_row *row,
    bool with_refs, struct err *e)
{
	struct mv_object fresh = *o;
	int r;

	if (!o->reserved)
		mv_reserve(s, &fresh);
	r = insert(s, &fresh, row, e);
	if (r == 0 && with_refs)
		r = mv_refs_add(s, fresh.id, &fresh.values, e);
	if (r < 0)
		return r;
	*o = fresh;
	o->reserved = false;
	return 0;
}

int
mv_put(struct store *s, struct mv_object *o, bool with_refs, struct err *e)
{
	struct mv_row row = {0};
	int r;

	(void)call_begin(s);
	r = encode(s, o, &row, e);
	if (r < 0)
		return r;
	if (o->id == 0 || o->reserved)
		return put_new(s, o, &row, with_refs, e);
	r = update(s, o, &row, e);
	if (r == 0 && with_refs)
		r = mv_refs_store(s, o->id, &o->values, e);
	return r;
}

int
mv_set_flags(
    struct store *s, int64_t id, unsigned set, unsigned clear, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_MV_SET_FLAGS, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	query_int(&q, set);
	query_int(&q, clear);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

/* ---- Removal ---- */

static int
unjoin(struct store *s, int64_t id, struct err *e)
{
	struct join_owner owner = {0, id};
	struct join_list from = {0}, to = {0};
	struct attrs none = {0};
	struct query q;
	int r = query_begin(&q, s, STMT_MV_GET, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	r = query_step(&q, e);
	if (r > 0)
		r = join_lists(s, query_get_octets(&q, 4), &none, &from, &to);
	query_end(&q);
	if (r < 0)
		return err_set(e, r == ERR_NOMEM ? r : ERR_STORE,
		    "store: metaverse object %lld is damaged", (long long)id);
	return join_change(s, owner, &from, &to, e);
}

int
mv_remove(struct store *s, int64_t id, struct err *e)
{
	static const enum stmt rows[] = {STMT_MV_FLAG_REFERRERS,
	    STMT_MV_REF_REMOVE_TARGET, STMT_MV_REF_REMOVE_OWNER,
	    STMT_MV_REMOVE};
	int r;

	(void)call_begin(s);
	r = unjoin(s, id, e);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && r >= 0; i++) {
		struct query q;

		r = query_begin(&q, s, rows[i], e);
		if (r < 0)
			return r;
		query_int(&q, id);
		r = query_run(&q, e);
	}
	return r < 0 ? r : 0;
}

/* ---- Lists ---- */

struct id_list {
	int64_t *items;
	size_t count;
	size_t size;
};

static int
id_list_add(struct arena *a, struct id_list *l, int64_t id)
{
	if (l->count == l->size) {
		size_t size = l->size != 0 ? l->size * 2 : 4;
		int64_t *items = arena_array(a, size, sizeof(*items));

		if (items == NULL)
			return ERR_NOMEM;
		if (l->count != 0)
			memcpy(items, l->items, l->count * sizeof(*items));
		l->items = items;
		l->size = size;
	}
	l->items[l->count++] = id;
	return 0;
}

int
mv_links(struct store *s, struct arena *a, int64_t id, int64_t **out_cs,
    size_t *out_count, struct err *e)
{
	struct id_list list = {0};
	struct query q;
	int r = query_begin(&q, s, STMT_MV_LINKS, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	while ((r = query_step(&q, e)) > 0)
		if (id_list_add(a, &list, query_get_int(&q, 0)) < 0) {
			r = nomem(e);
			break;
		}
	query_end(&q);
	if (r < 0)
		return r;
	*out_cs = list.items;
	*out_count = list.count;
	return 0;
}

int
mv_links_in(struct store *s, int64_t id, int64_t connector, struct ids *out,
    struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_MV_LINKS_IN, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	query_int(&q, connector);
	return query_ids(&q, out, e);
}

int
mv_referrers(
    struct store *s, int64_t id, int64_t after, struct ids *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_MV_REFERRERS, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	query_int(&q, after);
	return query_ids(&q, out, e);
}

int
mv_next(struct store *s, unsigned flags, int64_t after, struct ids *out,
    struct err *e)
{
	struct query q;
	int r = query_begin(
	    &q, s, flags != 0 ? STMT_MV_NEXT_FLAGGED : STMT_MV_NEXT, e);

	if (r < 0)
		return r;
	query_int(&q, after);
	if (flags != 0)
		query_int(&q, flags);
	return query_ids(&q, out, e);
}

int
mv_count(struct store *s, uint32_t type, uint64_t *out, struct err *e)
{
	struct query q;
	int r = query_begin(
	    &q, s, type != 0 ? STMT_MV_COUNT_TYPE : STMT_MV_COUNT, e);

	if (r < 0)
		return r;
	if (type != 0)
		query_int(&q, type);
	r = query_step(&q, e);
	if (r > 0)
		*out = (uint64_t)query_get_int(&q, 0);
	query_end(&q);
	return r < 0 ? r : 0;
}

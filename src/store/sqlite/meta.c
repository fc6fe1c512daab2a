/* store/sqlite/meta.c -- settings, connectors and their watermarks. */
#include "store/sqlite/sqlite_int.h"

#include <string.h>

/* The one row's first column, or the empty text. */
static int
value_of(struct query *q, struct arena *a, struct text *out, struct err *e)
{
	int r = query_step(q, e);

	if (r < 0)
		return r;
	*out = TEXT("");
	if (r > 0 && query_get_copy(q, 0, a, out) < 0)
		r = nomem(e);
	query_end(q);
	return r < 0 ? r : 0;
}

int
store_meta_get(struct store *s, struct arena *a, const char *key,
    struct text *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_META_GET, e);

	if (r < 0)
		return r;
	query_octets(&q, text_of(key));
	return value_of(&q, a, out, e);
}

int
store_meta_set(
    struct store *s, const char *key, struct text value, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_META_SET, e);

	if (r < 0)
		return r;
	query_octets(&q, text_of(key));
	query_octets(&q, value);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

int
store_meta_keep(
    struct store *s, const char *key, struct text value, struct err *e)
{
	int r = store_begin(s, e);

	if (r < 0)
		return r;
	r = store_meta_set(s, key, value, e);
	if (r == 0)
		return store_commit(s, e);
	store_rollback(s);
	return r;
}

/* ---- Connectors ---- */

static int
read_connector(const struct query *q, struct arena *a,
    struct store_connector *out, struct err *e)
{
	struct text guid = query_get_octets(q, 1);

	out->id = query_get_int(q, 0);
	if (guid.len != sizeof(out->guid.octets))
		return err_set(e, ERR_STORE,
		    "store %s: connector %lld: damaged guid", q->s->path,
		    (long long)out->id);
	memcpy(out->guid.octets, guid.data, guid.len);
	if (a != NULL && (query_get_copy(q, 2, a, &out->name) < 0 ||
			     query_get_copy(q, 3, a, &out->kind) < 0))
		return nomem(e);
	return 0;
}

static int
connector_find(struct store *s, struct text name, struct store_connector *out,
    struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_CONNECTOR_FIND, e);

	if (r < 0)
		return r;
	query_octets(&q, name);
	r = query_step(&q, e);
	if (r > 0) {
		r = read_connector(&q, NULL, out, e);
		query_end(&q);
		return r < 0 ? r : 1;
	}
	return r;
}

static int
connector_add(struct store *s, struct text name, struct text kind,
    struct store_connector *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_CONNECTOR_ADD, e);

	if (r < 0)
		return r;
	out->guid = guid_random();
	query_octets(&q, (struct text){(const char *)out->guid.octets,
			     sizeof(out->guid.octets)});
	query_octets(&q, name);
	query_octets(&q, kind);
	r = query_run(&q, e);
	if (r < 0)
		return r;
	out->id = sqlite3_last_insert_rowid(s->db);
	return 0;
}

int
store_connector_ensure(struct store *s, struct text name, struct text kind,
    struct store_connector *out, struct err *e)
{
	struct store_connector c = {.name = name, .kind = kind};
	bool own = !store_in_transaction(s) && s->mode != STORE_READ;
	int r = connector_find(s, name, &c, e);

	if (r > 0)
		*out = c;
	if (r != 0)
		return r < 0 ? r : 0;
	if (s->mode == STORE_READ)
		return err_set(e, ERR_NOENT, "store %s: no connector \"%.*s\"",
		    s->path, TEXT_ARGS(name));
	if (own)
		r = store_begin(s, e);
	if (r == 0)
		r = connector_add(s, name, kind, &c, e);
	if (r == 0 && own)
		r = store_commit(s, e);
	if (r < 0 && own)
		store_rollback(s);
	if (r == 0)
		*out = c;
	return r;
}

int
store_connector_list(struct store *s, struct arena *a,
    struct store_connector **out, size_t *out_count, struct err *e)
{
	struct store_connector *list;
	int64_t n = 0;
	struct query q;
	size_t count = 0;
	int r = query_number(s, STMT_CONNECTOR_COUNT, 0, &n, e);

	if (r < 0)
		return r;
	list = arena_array(a, (size_t)n + 1, sizeof(*list));
	if (list == NULL)
		return nomem(e);
	r = query_begin(&q, s, STMT_CONNECTOR_LIST, e);
	while (r == 0 && (r = query_step(&q, e)) > 0) {
		r = count < (size_t)n ? read_connector(&q, a, &list[count], e)
				      : 0;
		count += count < (size_t)n;
	}
	query_end(&q);
	if (r < 0)
		return r;
	*out = list;
	*out_count = count;
	return 0;
}

/* ---- Watermarks ---- */

int
store_watermark_get(struct store *s, struct arena *a, int64_t connector,
    struct text partition, struct text *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_WATERMARK_GET, e);

	if (r < 0)
		return r;
	query_int(&q, connector);
	query_octets(&q, partition);
	return value_of(&q, a, out, e);
}

int
store_watermark_set(struct store *s, int64_t connector, struct text partition,
    struct text value, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_WATERMARK_SET, e);

	if (r < 0)
		return r;
	query_int(&q, connector);
	query_octets(&q, partition);
	query_octets(&q, value);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

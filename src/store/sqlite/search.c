/* store/sqlite/search.c -- objects looked up by people: along an index where
 * there is one, else by reading every row that the rest leaves. */
#include <string.h>

#include "base/fold.h"
#include "model/dn.h"
#include "store/sqlite/sqlite_int.h"

/* A statement made for this search alone. */
struct search {
	struct store *s;
	struct arena *a; /* of one row; reset between rows */
	struct buf sql;
	sqlite3_stmt *st;
	struct query q;
	struct text text;  /* folded */
	struct text value; /* folded */
};

/* The smallest octets that no text beginning with prefix reaches. */
static int
beyond(struct arena *a, struct text prefix, struct text *out)
{
	char *p = arena_strndup(a, prefix.data, prefix.len);

	if (p == NULL)
		return ERR_NOMEM;
	while (prefix.len > 0 && (unsigned char)p[prefix.len - 1] == 0xff)
		prefix.len--;
	if (prefix.len > 0)
		p[prefix.len - 1]++;
	*out = (struct text){p, prefix.len};
	return 0;
}

static bool
contains(struct text folded, struct text part)
{
	return part.len == 0 ||
	       memmem(folded.data, folded.len, part.data, part.len) != NULL;
}

static int
search_init(struct search *x, struct store *s, struct text text,
    struct text value, struct err *e)
{
	struct arena *keep = call_begin(s);

	memset(x, 0, sizeof(*x));
	x->s = s;
	buf_init(&x->sql, 65536);
	x->a = arena_new(0);
	if (x->a == NULL || fold_text(keep, text, &x->text) < 0 ||
	    fold_text(keep, value, &x->value) < 0)
		return nomem(e);
	return 0;
}

static void
search_clear(struct search *x)
{
	query_end(&x->q);
	(void)sqlite3_finalize(x->st);
	buf_clear(&x->sql);
	(void)arena_free(x->a);
}

static int
search_begin(struct search *x, struct err *e)
{
	if (buf_error(&x->sql) < 0)
		return nomem(e);
	return query_begin_text(&x->q, x->s, &x->st, buf_text(&x->sql).data, e);
}

/* ---- Values ---- */

struct wanted_value {
	uint32_t name;              /* 0: those of set, or any */
	const struct name_set *set; /* NULL: any */
	enum {
		MATCH_EQUAL,
		MATCH_BEGIN,
		MATCH_PART
	} how;
	struct text folded;
};

static int
value_matches(
    struct arena *a, const struct value *v, const struct wanted_value *w)
{
	struct text key;
	bool has;
	int r = join_key(a, v, &key, &has);

	if (r < 0 || !has)
		return r < 0 ? r : 0;
	switch (w->how) {
	case MATCH_EQUAL:
		return text_equal(key, w->folded);
	case MATCH_BEGIN:
		return key.len >= w->folded.len &&
		       memcmp(key.data, w->folded.data, w->folded.len) == 0;
	case MATCH_PART:
		return contains(key, w->folded);
	}
	return 0;
}

static int
image_matches(struct search *x, struct text blob, const struct wanted_value *w)
{
	struct attrs image;
	int r = attrs_decode(x->a, blob, &image, NULL);

	for (uint32_t i = 0; i < image.count && r == 0; i++) {
		const struct attr *attr = &image.items[i];

		if (w->name != 0
			? attr->name != w->name
			: w->set != NULL && !name_set_has(w->set, attr->name))
			continue;
		for (uint32_t k = 0; k < attr->count && r == 0; k++)
			r = value_matches(x->a, &attr->values[k], w);
	}
	return r;
}

/* Rows whose id comes first; matches says 1, 0 or a failure. */
static int
collect(struct search *x, struct ids *out,
    int (*matches)(struct search *x, const void *q), const void *q,
    struct err *e)
{
	int r = 0;

	out->count = 0;
	while (out->count < out->max && (r = query_step(&x->q, e)) > 0) {
		arena_reset(x->a);
		r = matches(x, q);
		if (r < 0)
			return err_set(e, r == ERR_NOMEM ? r : ERR_STORE,
			    "store %s: object %lld is damaged", x->s->path,
			    (long long)query_get_int(&x->q, 0));
		if (r > 0)
			out->id[out->count++] = query_get_int(&x->q, 0);
	}
	return r < 0 ? r : 0;
}

/* ---- Connector space ---- */

static const char *const conditions[] = {
    [CS_EVERY] = "kind = 1",
    [CS_WORK] = SQL_IS_WORK,
    [CS_PENDING_EXPORT] = "flags & 1024 = 0 AND ((" SQL_IS_PENDING
			  ") OR EXISTS (SELECT 1 FROM cs_ref r"
			  " WHERE r.owner = cs.id AND r.bits & 12 <> 0))",
    [CS_PENDING_ADD] = SQL_IS_PENDING " AND unapplied_op = 1",
    [CS_PENDING_DELETE] = SQL_IS_PENDING " AND unapplied_op = 4",
    [CS_PENDING_CHANGE] =
	"flags & 1024 = 0 AND unapplied_op NOT IN (1, 4) AND ((" SQL_IS_PENDING
	") OR"
	" EXISTS (SELECT 1 FROM cs_ref r"
	" WHERE r.owner = cs.id AND r.bits & 12 <> 0))",
    [CS_UNCERTAIN] = "(" SQL_IS_UNCERTAIN " OR EXISTS (SELECT 1 FROM cs_ref r"
		     " WHERE r.owner = cs.id AND r.bits & 48 <> 0))",
    [CS_PLACEHOLDERS] = "kind = 2",
    [CS_DISCONNECTORS] = "kind = 1 AND link IN (0, 3, 4)",
    [CS_ERRORS] = SQL_IS_ERROR,
    [CS_IMPORT_UPDATE] = "kind = 1 AND import_op = 2",
    [CS_IMPORT_DELETE] = "kind = 1 AND import_op IN (4, 5)",
};

static bool
by_join(const struct search *x, const struct cs_search *q)
{
	return q->name != 0 && q->value.len != 0 && q->connector != 0 &&
	       name_set_has(&x->s->cs_joined, q->name);
}

static int
cs_begin(struct search *x, const struct cs_search *q, struct err *e)
{
	struct arena *a = x->s->tmp;
	struct text key = TEXT(""), end = TEXT("");
	struct text dn = q->dn.len != 0 ? q->dn : q->under;
	int r;

	if (dn.len != 0 &&
	    (dn_key(a, dn, &key) < 0 || beyond(a, key, &end) < 0))
		return nomem(e);
	buf_printf(&x->sql,
	    "SELECT id, dn, anchor, image FROM cs WHERE id > ?1 AND %s",
	    conditions[q->which]);
	buf_puts(
	    &x->sql, q->connector != 0 ? " AND connector = ?2" : " AND ?2 = 0");
	buf_puts(&x->sql, q->type != 0 ? " AND type = ?3" : " AND ?3 = 0");
	if (q->dn.len != 0)
		buf_puts(&x->sql, " AND dn_key = ?4 AND ?5 IS NOT NULL");
	else if (q->under.len != 0)
		buf_puts(&x->sql, " AND dn_key >= ?4 AND dn_key < ?5");
	else
		buf_puts(&x->sql, " AND ?4 IS NOT NULL AND ?5 IS NOT NULL");
	if (by_join(x, q))
		buf_puts(&x->sql,
		    " AND id IN (SELECT id FROM cs_join WHERE connector = ?2"
		    " AND name = ?6 AND value = ?7)");
	buf_puts(&x->sql, " ORDER BY id");
	r = search_begin(x, e);
	if (r < 0)
		return r;
	query_int(&x->q, q->after);
	query_int(&x->q, q->connector);
	query_int(&x->q, q->type);
	query_octets(&x->q, key);
	query_octets(&x->q, end);
	if (by_join(x, q)) {
		query_int(&x->q, q->name);
		query_octets(&x->q, x->value);
	}
	return 0;
}

/* Part of the DN or of an attribute that joins use, or the whole anchor. */
static int
text_matches(struct search *x)
{
	struct wanted_value part = {
	    .set = &x->s->cs_joined, .how = MATCH_PART, .folded = x->text};
	struct text folded;

	if (x->text.len == 0)
		return 1;
	if (fold_text(x->a, query_get_octets(&x->q, 1), &folded) < 0)
		return ERR_NOMEM;
	if (contains(folded, x->text))
		return 1;
	if (fold_text(x->a, query_get_octets(&x->q, 2), &folded) < 0)
		return ERR_NOMEM;
	if (text_equal(folded, x->text))
		return 1;
	return image_matches(x, query_get_octets(&x->q, 3), &part);
}

static int
cs_matches(struct search *x, const void *of)
{
	const struct cs_search *q = of;
	struct wanted_value equal = {
	    .name = q->name, .how = MATCH_EQUAL, .folded = x->value};
	int r = text_matches(x);

	if (r > 0 && q->value.len != 0 && !by_join(x, q))
		r = image_matches(x, query_get_octets(&x->q, 3), &equal);
	return r;
}

int
cs_search(
    struct store *s, const struct cs_search *q, struct ids *out, struct err *e)
{
	struct search x;
	int r = search_init(&x, s, q->text, q->value, e);

	if (r == 0)
		r = cs_begin(&x, q, e);
	if (r == 0)
		r = collect(&x, out, cs_matches, q, e);
	search_clear(&x);
	return r;
}

/* ---- Metaverse ---- */

static bool
along_join(const struct search *x, const struct mv_query *q)
{
	return q->name != 0 && q->value.len != 0 &&
	       name_set_has(&x->s->mv_joined, q->name);
}

static int
mv_begin(struct search *x, const struct mv_query *q, struct err *e)
{
	struct text end;
	int r;

	if (beyond(x->s->tmp, x->value, &end) < 0)
		return nomem(e);
	buf_puts(&x->sql, "SELECT id, image FROM mv WHERE id > ?1");
	buf_puts(&x->sql, q->type != 0 ? " AND type = ?2" : " AND ?2 = 0");
	if (along_join(x, q))
		buf_puts(&x->sql,
		    " AND id IN (SELECT id FROM mv_join WHERE name = ?3"
		    " AND value >= ?4 AND value < ?5)");
	buf_puts(&x->sql, " ORDER BY id");
	r = search_begin(x, e);
	if (r < 0)
		return r;
	query_int(&x->q, q->after);
	query_int(&x->q, q->type);
	if (along_join(x, q)) {
		query_int(&x->q, q->name);
		query_octets(&x->q, x->value);
		query_octets(&x->q, end);
	}
	return 0;
}

static int
mv_matches(struct search *x, const void *of)
{
	const struct mv_query *q = of;
	struct wanted_value w = {
	    .name = q->name, .how = MATCH_BEGIN, .folded = x->value};

	if (q->value.len == 0 || along_join(x, q))
		return 1;
	return image_matches(x, query_get_octets(&x->q, 1), &w);
}

int
mv_search(
    struct store *s, const struct mv_query *q, struct ids *out, struct err *e)
{
	struct search x;
	int r = search_init(&x, s, TEXT(""), q->value, e);

	if (r == 0)
		r = mv_begin(&x, q, e);
	if (r == 0)
		r = collect(&x, out, mv_matches, q, e);
	search_clear(&x);
	return r;
}

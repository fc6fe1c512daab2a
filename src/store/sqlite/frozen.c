/* store/sqlite/frozen.c -- plans under their numbers, and holds. */
#include <limits.h>

#include "store/frozen.h"
#include "store/sqlite/sqlite_int.h"

const char *
frozen_state_name(enum frozen_state s)
{
	switch (s) {
	case FROZEN_WAITS:
		return "waits";
	case FROZEN_PARTLY:
		return "partly applied";
	case FROZEN_APPLIED:
		return "applied";
	case FROZEN_DROPPED:
		return "dropped";
	case FROZEN_REPLACED:
		return "replaced";
	}
	return "?";
}

/* ---- Plans ---- */

int
frozen_add(struct store *s, struct frozen *f, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_FROZEN_ADD, e);

	if (r < 0)
		return r;
	query_int(&q, f->ms);
	query_int(&q, f->state);
	query_int(&q, f->applied_ms);
	query_int(&q, f->undoes_plan);
	query_int(&q, f->undoes_run);
	query_int(&q, (int64_t)f->adds);
	query_int(&q, (int64_t)f->updates);
	query_int(&q, (int64_t)f->deletes);
	query_octets(&q, f->who);
	query_octets(&q, f->applied_by);
	query_octets(&q, f->config);
	query_octets(&q, f->hash);
	r = query_run(&q, e);
	if (r < 0)
		return r;
	f->id = sqlite3_last_insert_rowid(s->db);
	return 0;
}

int
frozen_set(struct store *s, const struct frozen *f, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_FROZEN_SET, e);

	if (r < 0)
		return r;
	query_int(&q, f->id);
	query_int(&q, f->state);
	query_int(&q, f->applied_ms);
	query_int(&q, (int64_t)f->adds);
	query_int(&q, (int64_t)f->updates);
	query_int(&q, (int64_t)f->deletes);
	query_octets(&q, f->applied_by);
	query_octets(&q, f->hash);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

static int
read_frozen(
    const struct query *q, struct arena *a, struct frozen *out, struct err *e)
{
	int64_t state = query_get_int(q, 2);

	if (state < FROZEN_WAITS || state > FROZEN_REPLACED)
		return err_set(e, ERR_STORE, "store %s: plan %lld is damaged",
		    q->s->path, (long long)query_get_int(q, 0));
	*out = (struct frozen){.id = query_get_int(q, 0),
	    .ms = query_get_int(q, 1),
	    .state = (enum frozen_state)state,
	    .applied_ms = query_get_int(q, 3),
	    .undoes_plan = query_get_int(q, 4),
	    .undoes_run = query_get_int(q, 5),
	    .adds = (uint64_t)query_get_int(q, 6),
	    .updates = (uint64_t)query_get_int(q, 7),
	    .deletes = (uint64_t)query_get_int(q, 8)};
	if (query_get_copy(q, 9, a, &out->who) < 0 ||
	    query_get_copy(q, 10, a, &out->applied_by) < 0 ||
	    query_get_copy(q, 11, a, &out->config) < 0 ||
	    query_get_copy(q, 12, a, &out->hash) < 0)
		return nomem(e);
	return 0;
}

int
frozen_get(struct store *s, struct arena *a, int64_t id, struct frozen *out,
    struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_FROZEN_GET, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	r = query_step(&q, e);
	if (r == 0)
		return err_set(
		    e, ERR_NOENT, "there is no plan %lld", (long long)id);
	if (r > 0)
		r = read_frozen(&q, a, out, e);
	query_end(&q);
	return r;
}

int
frozen_list(struct store *s, struct arena *a, size_t max, struct frozen **out,
    size_t *out_count, struct err *e)
{
	struct frozen *list = arena_array(a, max, sizeof(*list));
	size_t count = 0;
	struct query q;
	int r;

	if (list == NULL)
		return nomem(e);
	r = query_begin(&q, s, STMT_FROZEN_LIST, e);
	if (r < 0)
		return r;
	query_int(&q, max > INT_MAX ? INT_MAX : (int64_t)max);
	while (r == 0 && count < max && (r = query_step(&q, e)) > 0)
		r = read_frozen(&q, a, &list[count++], e);
	query_end(&q);
	if (r < 0)
		return r;
	*out = list;
	*out_count = count;
	return 0;
}

/* ---- A delta whose references keep the rows they mean ---- */

static void
encode_ids(const struct value *list, uint32_t n, struct buf *out)
{
	for (uint32_t i = 0; i < n; i++)
		if (list[i].type == VALUE_REFERENCE)
			buf_varint(out, (uint64_t)list[i].id);
}

static int
encode_delta(const struct delta *d, struct buf *delta, struct buf *targets)
{
	int r;

	buf_reset(delta);
	buf_reset(targets);
	r = delta_encode(d, false, delta);
	for (uint32_t i = 0; i < d->count; i++) {
		encode_ids(d->changes[i].add, d->changes[i].add_count, targets);
		encode_ids(d->changes[i].del, d->changes[i].del_count, targets);
	}
	return r < 0 ? r : buf_error(targets);
}

static int
decode_ids(struct text in, size_t *pos, struct value *list, uint32_t n)
{
	uint64_t id;

	for (uint32_t i = 0; i < n; i++) {
		if (list[i].type != VALUE_REFERENCE)
			continue;
		if (varint_get(in, pos, &id) < 0 || id > INT64_MAX)
			return ERR_SYNTAX;
		list[i].id = (int64_t)id;
	}
	return 0;
}

static int
decode_delta(
    struct arena *a, struct text in, struct text targets, struct delta *out)
{
	size_t pos = 0;
	int r = delta_decode(a, in, out, NULL);

	for (uint32_t i = 0; i < out->count && r == 0; i++) {
		struct change *c = &out->changes[i];

		r = decode_ids(targets, &pos, c->add, c->add_count);
		if (r == 0)
			r = decode_ids(targets, &pos, c->del, c->del_count);
	}
	return r;
}

static void
encode_rules(const struct frozen_item *i, struct buf *out)
{
	buf_reset(out);
	for (uint32_t k = 0; i->rules != NULL && k < i->delta.count; k++) {
		buf_varint(out, i->rules[k].len);
		buf_text_add(out, i->rules[k]);
	}
}

static int
decode_rules(struct arena *a, struct text in, struct frozen_item *out)
{
	struct text *list = arena_array(a, out->delta.count, sizeof(*list));
	size_t pos = 0;
	uint64_t len;

	if (list == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < out->delta.count && pos < in.len; i++) {
		if (varint_get(in, &pos, &len) < 0 || len > in.len - pos)
			return ERR_SYNTAX;
		list[i] = (struct text){in.data + pos, (size_t)len};
		pos += (size_t)len;
	}
	out->rules = list;
	return 0;
}

/* ---- Items ---- */

int
frozen_item_add(struct store *s, const struct frozen_item *i, struct err *e)
{
	struct query q;
	int r = encode_delta(&i->delta, &s->blob[0], &s->blob[1]);

	encode_rules(i, &s->blob[2]);
	if (r < 0 || buf_error(&s->blob[2]) < 0)
		return err_set(e, r < 0 ? r : ERR_LIMIT,
		    "store %s: plan of \"%.*s\": too large to store", s->path,
		    TEXT_ARGS(i->dn));
	r = query_begin(&q, s, STMT_FROZEN_ITEM_ADD, e);
	if (r < 0)
		return r;
	query_int(&q, i->plan);
	query_int(&q, i->number);
	query_int(&q, i->connector);
	query_int(&q, i->cs);
	query_int(&q, i->state);
	query_int(&q, i->op);
	query_int(&q, i->type);
	query_octets(&q, i->dn);
	query_octets(&q, i->anchor);
	query_octets(&q, i->display);
	query_octets(&q, i->upn);
	query_octets(&q, i->ou);
	query_octets(&q, i->note);
	query_octets(&q, buf_text(&s->blob[0]));
	query_octets(&q, buf_text(&s->blob[1]));
	query_octets(&q, buf_text(&s->blob[2]));
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

int
frozen_item_set(struct store *s, const struct frozen_item *i, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_FROZEN_ITEM_SET, e);

	if (r < 0)
		return r;
	query_int(&q, i->plan);
	query_int(&q, i->number);
	query_int(&q, i->state);
	query_octets(&q, i->note);
	query_int(&q, i->cs);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

/* op and type of a row; false where they are none. */
static bool
kinds_are_known(int64_t op, int64_t type)
{
	return op >= DELTA_NONE && op <= DELTA_DELETE_ADD && type >= 0 &&
	       type <= NAMES_MAX;
}

static int
read_item(const struct query *q, struct arena *a, struct frozen_item *out,
    struct err *e)
{
	struct text delta, targets, rules;
	int64_t state = query_get_int(q, 4);
	int r = 0;

	*out = (struct frozen_item){.plan = query_get_int(q, 0),
	    .number = query_get_int(q, 1),
	    .connector = query_get_int(q, 2),
	    .cs = query_get_int(q, 3)};
	if (query_get_copy(q, 7, a, &out->dn) < 0 ||
	    query_get_copy(q, 8, a, &out->anchor) < 0 ||
	    query_get_copy(q, 9, a, &out->display) < 0 ||
	    query_get_copy(q, 10, a, &out->upn) < 0 ||
	    query_get_copy(q, 11, a, &out->ou) < 0 ||
	    query_get_copy(q, 12, a, &out->note) < 0 ||
	    query_get_copy(q, 13, a, &delta) < 0 ||
	    query_get_copy(q, 14, a, &targets) < 0 ||
	    query_get_copy(q, 15, a, &rules) < 0)
		return nomem(e);
	if (!kinds_are_known(query_get_int(q, 5), query_get_int(q, 6)) ||
	    state < FROZEN_ITEM_WAITS || state > FROZEN_ITEM_HELD)
		r = ERR_SYNTAX;
	if (r == 0)
		r = decode_delta(a, delta, targets, &out->delta);
	if (r == 0)
		r = decode_rules(a, rules, out);
	if (r < 0)
		return err_set(e, ERR_STORE,
		    "store %s: plan %lld, item %lld is damaged", q->s->path,
		    (long long)out->plan, (long long)out->number);
	out->state = (enum frozen_item_state)state;
	out->op = (enum delta_op)query_get_int(q, 5);
	out->type = (uint32_t)query_get_int(q, 6);
	return 1;
}

static int
one_item(struct store *s, struct arena *a, enum stmt id, const int64_t key[2],
    struct frozen_item *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, id, e);

	if (r < 0)
		return r;
	query_int(&q, key[0]);
	query_int(&q, key[1]);
	r = query_step(&q, e);
	if (r > 0)
		r = read_item(&q, a, out, e);
	query_end(&q);
	return r;
}

int
frozen_item_next(struct store *s, struct arena *a, int64_t plan, int64_t after,
    struct frozen_item *out, struct err *e)
{
	return one_item(s, a, STMT_FROZEN_ITEM_NEXT,
	    (const int64_t[2]){plan, after}, out, e);
}

int
frozen_item_of(struct store *s, struct arena *a, int64_t plan, int64_t cs,
    struct frozen_item *out, struct err *e)
{
	return one_item(
	    s, a, STMT_FROZEN_ITEM_OF, (const int64_t[2]){plan, cs}, out, e);
}

/* ---- Runs of a plan ---- */

int
frozen_run_add(struct store *s, int64_t plan, int64_t run, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_FROZEN_RUN_ADD, e);

	if (r < 0)
		return r;
	query_int(&q, plan);
	query_int(&q, run);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

int
frozen_run_next(
    struct store *s, int64_t plan, int64_t after, int64_t *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_FROZEN_RUN_NEXT, e);

	if (r < 0)
		return r;
	query_int(&q, plan);
	query_int(&q, after);
	r = query_step(&q, e);
	if (r >= 0)
		*out = r > 0 ? query_get_int(&q, 0) : 0;
	query_end(&q);
	return r < 0 ? r : 0;
}

/* ---- Holds ---- */

int
hold_add(struct store *s, const struct hold *h, struct err *e)
{
	struct query q;
	int r = encode_delta(&h->delta, &s->blob[0], &s->blob[1]);

	if (r < 0)
		return err_set(e, r,
		    "store %s: hold of \"%.*s\": too large to store", s->path,
		    TEXT_ARGS(h->dn));
	r = query_begin(&q, s, STMT_HOLD_ADD, e);
	if (r < 0)
		return r;
	query_int(&q, h->plan);
	query_int(&q, h->connector);
	query_int(&q, h->cs);
	query_int(&q, h->mv);
	query_int(&q, h->ms);
	query_int(&q, h->op);
	query_int(&q, h->type);
	query_octets(&q, h->dn);
	query_octets(&q, h->anchor);
	query_octets(&q, h->display);
	query_octets(&q, buf_text(&s->blob[0]));
	query_octets(&q, buf_text(&s->blob[1]));
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

int
hold_remove(struct store *s, int64_t id, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_HOLD_REMOVE, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

static int
read_hold(
    const struct query *q, struct arena *a, struct hold *out, struct err *e)
{
	struct text delta, targets;

	*out = (struct hold){.id = query_get_int(q, 0),
	    .plan = query_get_int(q, 1),
	    .connector = query_get_int(q, 2),
	    .cs = query_get_int(q, 3),
	    .mv = query_get_int(q, 4),
	    .ms = query_get_int(q, 5)};
	if (query_get_copy(q, 8, a, &out->dn) < 0 ||
	    query_get_copy(q, 9, a, &out->anchor) < 0 ||
	    query_get_copy(q, 10, a, &out->display) < 0 ||
	    query_get_copy(q, 11, a, &delta) < 0 ||
	    query_get_copy(q, 12, a, &targets) < 0)
		return nomem(e);
	if (!kinds_are_known(query_get_int(q, 6), query_get_int(q, 7)) ||
	    decode_delta(a, delta, targets, &out->delta) < 0)
		return err_set(e, ERR_STORE, "store %s: hold %lld is damaged",
		    q->s->path, (long long)out->id);
	out->op = (enum delta_op)query_get_int(q, 6);
	out->type = (uint32_t)query_get_int(q, 7);
	return 1;
}

int
hold_next(struct store *s, struct arena *a, int64_t connector, int64_t after,
    struct hold *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_HOLD_NEXT, e);

	if (r < 0)
		return r;
	query_int(&q, connector);
	query_int(&q, after);
	r = query_step(&q, e);
	if (r > 0)
		r = read_hold(&q, a, out, e);
	query_end(&q);
	return r;
}

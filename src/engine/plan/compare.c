/* engine/plan/compare.c -- is it still what was planned?
 *
 * What is pending now has to be planned, value by value; what was planned and
 * is not pending any more has to be in the directory already. */
#include "engine/plan/plan_int.h"
#include "model/dn.h"
#include "store/tower.h"

#define SHOWN 3U /* values in a note */

/* What is said and decided of one item. */
struct comparing {
	struct applying *p;
	const struct frozen_item *item;
	const struct plan_now *now;
	struct arena *a;
	struct buf note;
	bool moved;   /* note says what */
	bool pending; /* something of it is still to be sent */
};

/* ---- Saying it ---- */

static void
put_values(
    struct comparing *c, const struct value *list, uint32_t n, const char *none)
{
	struct text t;

	if (n == 0)
		buf_puts(&c->note, none);
	for (uint32_t i = 0; i < n && i < SHOWN; i++) {
		if (value_format(c->a, &list[i], &t) < 0)
			return;
		buf_printf(&c->note, "%s%.*s", i != 0 ? ", " : "",
		    (int)(t.len < 80 ? t.len : 80), t.data);
	}
	if (n > SHOWN)
		buf_printf(&c->note, " and %u more", n - SHOWN);
}

static void
put_change(struct comparing *c, const struct change *ch)
{
	if (ch == NULL) {
		buf_puts(&c->note, "no change");
		return;
	}
	put_values(c, ch->del, ch->del_count, "(nothing)");
	buf_puts(&c->note, " -> ");
	put_values(c, ch->add, ch->add_count, "(nothing)");
}

static void
say(struct comparing *c, const char *what)
{
	if (!c->moved)
		buf_puts(&c->note, what);
	c->moved = true;
}

static void
say_change(struct comparing *c, uint32_t name, const struct change *now,
    const struct change *planned)
{
	struct text t = names_text(store_names(c->p->g->cfg.store), name);

	if (c->moved)
		return;
	c->moved = true;
	buf_printf(&c->note, "%.*s: now ", TEXT_ARGS(t));
	put_change(c, now);
	buf_puts(&c->note, "; planned ");
	put_change(c, planned);
}

/* ---- Values ---- */

static bool
has(const struct value *list, uint32_t n, const struct value *v)
{
	for (uint32_t i = 0; i < n; i++)
		if (value_equal(&list[i], v))
			return true;
	return false;
}

/* Large lists are looked up sorted: a group of 250,000. */
struct sorted {
	struct value *list;
	uint32_t count;
};

static int
order(const void *a, const void *b)
{
	const struct value *x = a, *y = b;

	if (x->type == VALUE_REFERENCE && y->type == VALUE_REFERENCE &&
	    x->id != 0 && y->id != 0)
		return (x->id > y->id) - (x->id < y->id);
	return value_compare(x, y);
}

static int
sort(struct arena *a, const struct value *list, uint32_t n, struct sorted *out)
{
	out->list = arena_array(a, n, sizeof(*out->list));
	out->count = n;
	if (out->list == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < n; i++)
		out->list[i] = list[i];
	if (n != 0)
		qsort(out->list, n, sizeof(*out->list), order);
	return 0;
}

static bool
sorted_has(const struct sorted *s, const struct value *v)
{
	if (s->count < 16)
		return has(s->list, s->count, v);
	return bsearch(v, s->list, s->count, sizeof(*s->list), order) != NULL;
}

/* What the directory holds, as far as is known; of a group's members one row is
 * asked for, and not all. */
static int
is_held(struct comparing *c, uint32_t name, const struct value *v)
{
	struct ref_key key = {c->item->cs, name, v->id};
	const struct attr *held = attrs_find(&c->now->held, name);
	unsigned bits = 0;
	int r;

	if (v->type != VALUE_REFERENCE)
		return held != NULL && has(held->values, held->count, v);
	if (v->id == 0)
		return 0;
	r = cs_ref_bits(c->p->g->cfg.store, key, &bits, NULL);
	return r < 0 ? r : tower_has_ref(bits, TOWER_SENT);
}

static const struct change no_change;

/* One direction of one attribute: pending values are planned ones, and planned
 * ones that are not pending are in the directory (or gone from it). */
static int
values_agree(struct comparing *c, uint32_t name, const struct change *now,
    const struct change *planned, bool add)
{
	const struct value *n = add ? now->add : now->del;
	const struct value *p = add ? planned->add : planned->del;
	uint32_t nc = add ? now->add_count : now->del_count;
	uint32_t pc = add ? planned->add_count : planned->del_count;
	struct sorted ns = {0}, ps = {0};
	int r = sort(c->a, n, nc, &ns);

	if (r == 0)
		r = sort(c->a, p, pc, &ps);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < nc; i++)
		if (!sorted_has(&ps, &n[i]))
			return 0;
	for (uint32_t i = 0; i < pc && r >= 0; i++) {
		if (sorted_has(&ns, &p[i]))
			continue;
		r = is_held(c, name, &p[i]);
		if (r >= 0 && (r == 1) != add)
			return 0;
	}
	return r < 0 ? r : 1;
}

static int
compare_change(struct comparing *c, uint32_t name)
{
	const struct change *now =
	    c->now->seen != NULL ? delta_find(&c->now->seen->item->delta, name)
				 : NULL;
	const struct change *planned = delta_find(&c->item->delta, name);
	int r = values_agree(c, name, now != NULL ? now : &no_change,
	    planned != NULL ? planned : &no_change, true);

	if (r == 1)
		r = values_agree(c, name, now != NULL ? now : &no_change,
		    planned != NULL ? planned : &no_change, false);
	if (r == 0)
		say_change(c, name, now, planned);
	c->pending = c->pending || now != NULL;
	return r < 0 ? r : 0;
}

static int
compare_changes(struct comparing *c)
{
	const struct delta *planned = &c->item->delta;
	int r = 0;

	for (uint32_t i = 0; i < planned->count && r == 0 && !c->moved; i++)
		r = compare_change(c, planned->changes[i].name);
	if (c->now->seen == NULL)
		return r;
	for (uint32_t i = 0;
	     i < c->now->seen->item->delta.count && r == 0 && !c->moved; i++) {
		uint32_t name = c->now->seen->item->delta.changes[i].name;

		if (delta_find(planned, name) == NULL)
			r = compare_change(c, name);
	}
	return r;
}

static int
same_dn(struct comparing *c, struct text a, struct text b)
{
	struct text x, y;

	if (text_equal(a, b))
		return 1;
	if (dn_key(c->a, a, &x) < 0 || dn_key(c->a, b, &y) < 0)
		return ERR_NOMEM;
	return text_equal(x, y);
}

static int
compare_rename(struct comparing *c)
{
	struct text planned = c->item->delta.new_dn;
	struct text now =
	    c->now->seen != NULL ? c->now->seen->item->delta.new_dn : TEXT("");
	int r;

	if (now.len == 0 && planned.len == 0)
		return 0;
	c->pending = c->pending || now.len != 0;
	r = now.len != 0
		? same_dn(c, now, planned)
		: same_dn(c, tower_dn(&c->now->o, TOWER_SENT), planned);
	if (r == 0 && !c->moved) {
		c->moved = true;
		buf_printf(&c->note, "new DN: now %.*s; planned %.*s",
		    TEXT_ARGS(now.len != 0 ? now : c->now->o.dn),
		    TEXT_ARGS(planned.len != 0 ? planned : c->item->dn));
	}
	return r < 0 ? r : 0;
}

/* ---- Operations ---- */

static bool
is_in_directory(const struct comparing *c)
{
	return c->now->is_there && (c->now->o.flags & CS_IN_CD) != 0 &&
	       c->now->o.unconfirmed.op != DELTA_DELETE;
}

/* Whether the two are of one kind; else it has been said. */
static bool
operations_agree(struct comparing *c)
{
	enum delta_op planned = c->item->op;
	enum delta_op now =
	    c->now->seen != NULL ? c->now->seen->item->op : DELTA_NONE;

	if (planned == DELTA_DELETE) {
		if (now != DELTA_DELETE && is_in_directory(c))
			say(c, "it is to be kept now");
		c->pending = now == DELTA_DELETE;
	} else if (now == DELTA_DELETE) {
		say(c, "it is to be deleted now");
	} else if (!c->now->is_there) {
		say(c, "it is not there any more");
	} else if (planned == DELTA_UPDATE && now == DELTA_ADD) {
		say(c, "the directory does not have it any more");
	} else if (planned == DELTA_ADD && now == DELTA_UPDATE &&
		   c->item->state != FROZEN_ITEM_SENT) {
		say(c, "the directory has it already");
	} else if (planned == DELTA_ADD && now == DELTA_NONE &&
		   !is_in_directory(c)) {
		say(c, "it is not to be added any more");
	}
	return !c->moved && planned != DELTA_DELETE;
}

static int
decide(struct comparing *c, int r, enum plan_verdict *out, struct text *note,
    struct err *e)
{
	*out = c->moved ? PLAN_MOVED : (c->pending ? PLAN_SAME : PLAN_DONE);
	if (r == 0 && c->moved) {
		*note = text_dup(c->a, buf_text(&c->note));
		r = note->data == NULL ? ERR_NOMEM : 0;
	}
	buf_clear(&c->note);
	return r < 0 ? err_set(e, r, "comparing %.*s: %s",
			   TEXT_ARGS(c->item->dn), err_name(r))
		     : 0;
}

static struct comparing
begin(
    struct applying *p, const struct frozen_item *i, const struct plan_now *now)
{
	struct comparing c = {.p = p, .item = i, .now = now, .a = p->item};

	buf_init(&c.note, 1 << 16);
	return c;
}

int
plan_compare(struct applying *p, const struct frozen_item *i,
    const struct plan_now *now, enum plan_verdict *out, struct text *out_note,
    struct err *e)
{
	struct comparing c = begin(p, i, now);
	int r = 0;

	if (now->seen != NULL && now->seen->is_held) {
		say(&c, "held: ");
		buf_text_add(&c.note, now->seen->holds[0].text);
	} else if (operations_agree(&c)) {
		r = compare_rename(&c);
		if (r == 0)
			r = compare_changes(&c);
	}
	return decide(&c, r, out, out_note, e);
}

/* ---- One that undoes ---- */

static bool
is_single(const struct comparing *c, uint32_t name)
{
	const struct engine_config *cfg = &c->p->g->cfg;
	const struct schema_attr *a = NULL;

	for (size_t i = 0; i < cfg->connector_count; i++)
		if (cfg->connectors[i].id == c->item->connector &&
		    cfg->connectors[i].schema != NULL)
			a = schema_find(cfg->connectors[i].schema, name);
	return a != NULL && !a->multi;
}

/* Another value than the two of the change, in an attribute of one value. */
static bool
is_third(struct comparing *c, const struct change *ch)
{
	const struct attr *held = attrs_find(&c->now->held, ch->name);

	if (held == NULL || held->count == 0 || !is_single(c, ch->name))
		return false;
	return !has(ch->add, ch->add_count, &held->values[0]) &&
	       !has(ch->del, ch->del_count, &held->values[0]);
}

/* Each value that comes back has to be away, each that goes to be there: else
 * somebody changed it, or it is done. */
/* A reference to what was deleted went with it, whatever the next import will
 * tell. */
static int
is_held_now(struct comparing *c, uint32_t name, const struct value *v)
{
	struct cs_object o;
	int r = is_held(c, name, v);

	if (r != 1 || v->type != VALUE_REFERENCE)
		return r;
	r = cs_get(c->p->g->cfg.store, c->a, v->id, CS_EXPORT, &o, NULL);
	return r < 0 ? r : o.unconfirmed.op != DELTA_DELETE;
}

static int
compare_back(struct comparing *c, const struct change *ch)
{
	const struct attr *held = attrs_find(&c->now->held, ch->name);
	const struct change now = {.add = held != NULL ? held->values : NULL,
	    .add_count = held != NULL ? held->count : 0};
	uint32_t done = 0, n = ch->add_count + ch->del_count;
	int r = 0;

	for (uint32_t i = 0; i < ch->del_count && r >= 0; i++) {
		r = is_held_now(c, ch->name, &ch->del[i]);
		done += r == 0;
	}
	for (uint32_t i = 0; i < ch->add_count && r >= 0; i++) {
		r = is_held_now(c, ch->name, &ch->add[i]);
		done += r == 1;
	}
	if (r < 0 || done == n)
		return r < 0 ? r : 0;
	c->pending = true;
	if ((done != 0 && c->item->state != FROZEN_ITEM_SENT) ||
	    is_third(c, ch))
		say_change(c, ch->name, &now, ch);
	return 0;
}

int
plan_compare_undo(struct applying *p, const struct frozen_item *i,
    const struct plan_now *now, enum plan_verdict *out, struct text *out_note,
    struct err *e)
{
	struct comparing c = begin(p, i, now);
	int r = 0;

	if (i->op == DELTA_DELETE) {
		c.pending = is_in_directory(&c);
	} else if (i->op == DELTA_ADD) {
		c.pending = !is_in_directory(&c);
	} else if (!is_in_directory(&c)) {
		say(&c, "the directory does not have it any more");
	} else if (now->o.unapplied.op == DELTA_DELETE) {
		/* in its place: who waits to go would stay for ever */
		say(&c, PLAN_TO_BE_DELETED);
	} else {
		for (uint32_t k = 0; k < i->delta.count && r == 0 && !c.moved;
		     k++)
			r = compare_back(&c, &i->delta.changes[k]);
		if (r == 0 && i->delta.new_dn.len != 0) {
			r = same_dn(&c, now->o.dn, i->delta.new_dn);
			c.pending = c.pending || r == 0;
			r = r < 0 ? r : 0;
		}
	}
	return decide(&c, r, out, out_note, e);
}

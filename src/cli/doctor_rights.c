/* cli/doctor_rights.c -- rights that rules need and the account does not have;
 * see doctor_show.h. */
#include "cli/cli.h"
#include "cli/doctor_show.h"
#include "connectors/rights.h"
#include "model/dn.h"

#define TYPES_MAX  64U
#define PLACES_MAX 100U
#define GONE_MAX   100U
#define AT_ONCE    512U

/* What rules want of one type, and how many there are of it. */
struct wish {
	struct connector_wish w;
	struct text *places;
	struct text *gone;
	uint64_t known;  /* objects of it in the directory */
	uint64_t to_add; /* that wait to be made */
};

struct wishing {
	struct session *s;
	size_t index;
	struct wish list[TYPES_MAX];
	size_t count;
};

static struct wish *
wish_of(struct wishing *x, uint32_t type)
{
	for (size_t i = 0; i < x->count; i++)
		if (x->list[i].w.type == type)
			return &x->list[i];
	if (type == 0 || x->count == TYPES_MAX)
		return NULL;
	x->list[x->count] = (struct wish){.w = {.type = type}};
	return &x->list[x->count++];
}

/* ---- What rules want ---- */

static bool
has(const uint32_t *list, size_t n, uint32_t name)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == name)
			return true;
	return false;
}

static int
add_writes(struct wishing *x, struct wish *w, const struct rule *rule)
{
	size_t room = w->w.write_count + rule->flow_count;
	uint32_t *list =
	    arena_array(x->s->setup.arena, room + 1, sizeof(*list));
	uint32_t dn = names_find(store_names(x->s->setup.store), TEXT("dn"));

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->w.write_count; i++)
		list[i] = w->w.writes[i];
	for (size_t i = 0; i < rule->flow_count; i++) {
		uint32_t name = rule->flows[i].target;

		if (name != dn && !has(list, w->w.write_count, name))
			list[w->w.write_count++] = name;
	}
	w->w.writes = list;
	w->w.adds = w->w.adds || rule->link == LINK_PROVISION;
	return 0;
}

static int
add_rule(struct wishing *x, const struct plan_rule *r)
{
	struct wish *w;
	size_t n = 0;

	if (r->connector != x->index)
		return 0;
	if (r->rule->direction == RULE_OUTBOUND) {
		w = wish_of(x, r->rule->target_type);
		return w != NULL ? add_writes(x, w, r->rule) : 0;
	}
	w = wish_of(x, r->rule->source_type);
	if (w == NULL)
		return 0;
	w->w.reads = plan_wanted(x->s->setup.plan, x->index, &n);
	w->w.read_count = n;
	return 0;
}

/* ---- What is there, and is to be made ---- */

static int
add_place(struct wishing *x, struct wish *w, struct text above)
{
	struct arena *a = x->s->setup.arena;

	if (above.len == 0 || w->w.place_count == PLACES_MAX)
		return 0;
	for (size_t i = 0; i < w->w.place_count; i++)
		if (text_equal_nocase(w->places[i], above))
			return 0;
	if (w->places == NULL)
		w->places = arena_array(a, PLACES_MAX, sizeof(*w->places));
	if (w->places == NULL)
		return ERR_NOMEM;
	w->places[w->w.place_count++] = text_dup(a, above);
	w->w.places = w->places;
	return 0;
}

/* There by a rule that provisions: without it the object is deleted. */
static bool
may_go(const struct cs_object *o)
{
	bool may = o->unapplied.op == DELTA_DELETE;

	for (uint32_t i = 0; i < o->lineage_count; i++)
		may = may || (o->lineage[i].inbound == 0 &&
				 o->lineage[i].provision != 0);
	return may && (o->flags & CS_IN_CD) != 0;
}

static int
add_gone(struct wishing *x, struct wish *w, const struct cs_object *o)
{
	struct arena *a = x->s->setup.arena;

	if (w->w.gone_count == GONE_MAX)
		return 0;
	if (w->gone == NULL)
		w->gone = arena_array(a, GONE_MAX, sizeof(*w->gone));
	if (w->gone == NULL)
		return ERR_NOMEM;
	w->gone[w->w.gone_count++] = text_dup(a, o->dn);
	w->w.gone = w->gone;
	return arena_failed(a) ? ERR_NOMEM : 0;
}

/* Containers that the configuration names, before anything is in them. */
static int
add_configured(struct wishing *x)
{
	static const struct conf_default_rules none;
	const struct conf *conf = x->s->setup.conf; /* NULL: a vendor's */
	const struct conf_default_rules *d =
	    conf != NULL ? &conf->default_rules : &none;
	struct text name = x->s->setup.connectors[x->index].name;
	const struct {
		struct text connector, container;
		const char *type;
	} rows[] = {
	    {d->devices_connector, d->devices_container, "msDS-Device"},
	    {d->groups_connector, d->groups_container, "group"},
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && r == 0; i++) {
		uint32_t type = names_find(
		    store_names(x->s->setup.store), text_of(rows[i].type));
		struct wish *w = type != 0 ? wish_of(x, type) : NULL;

		if (w != NULL && w->w.adds &&
		    text_equal(rows[i].connector, name))
			r = add_place(x, w, rows[i].container);
	}
	return r;
}

static int
see_object(struct wishing *x, int64_t id, struct arena *a, struct err *e)
{
	struct text above = TEXT("");
	struct cs_object o;
	struct wish *w;
	int r = cs_get(x->s->setup.store, a, id, CS_EXPORT | CS_LINEAGE, &o, e);

	if (r < 0)
		return r;
	w = wish_of(x, o.type);
	if (w == NULL)
		return 0;
	w->known += (o.flags & CS_IN_CD) != 0;
	if (!w->w.adds || o.kind != CS_STAGING)
		return 0;
	if (may_go(&o))
		r = add_gone(x, w, &o);
	if (r < 0 || o.unapplied.op != DELTA_ADD)
		return r;
	w->to_add++;
	return dn_parent(x->s->setup.arena, o.dn, &above, NULL) == 0
		   ? add_place(x, w, above)
		   : 0;
}

static int
see_all(struct wishing *x, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct cs_walk walk = {
	    .connector = x->s->setup.connectors[x->index].id};
	int64_t room[AT_ONCE];
	struct ids ids = {.id = room, .max = AT_ONCE};
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	do {
		r = cs_next(x->s->setup.store, &walk, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++) {
			arena_reset(a);
			r = see_object(x, ids.id[i], a, e);
		}
	} while (r == 0 && ids.count != 0);
	return r;
}

/* ---- Telling ---- */

static uint64_t
people_of(struct wishing *x, const struct connector_lack *l)
{
	const struct wish *w = l->looked == 0 ? wish_of(x, l->type) : NULL;

	if (w == NULL)
		return l->objects;
	return w->to_add != 0 ? w->to_add : w->known;
}

static void
tell(struct wishing *x, const struct connector_lack *l, struct told_list *out)
{
	struct told t = {.weight = l->serious ? TOLD_ERROR : TOLD_NOTE,
	    .check = "rights",
	    .error = l->right,
	    .connector = x->s->setup.connectors[x->index].name,
	    .attribute = l->attributes,
	    .people = people_of(x, l),
	    .text = l->text,
	    .remedy = l->grant};

	if (l->attributes.len != 0)
		t.text = explain_words(x->s,
		    "%.*s: %.*s (%llu %.*s of %llu looked at)",
		    TEXT_ARGS(l->text), TEXT_ARGS(l->attributes),
		    (unsigned long long)l->objects,
		    TEXT_ARGS(
			names_text(store_names(x->s->setup.store), l->type)),
		    (unsigned long long)l->looked);
	told_push(out, t);
}

static void
tell_unasked(
    const struct wishing *x, const struct err *why, struct told_list *out)
{
	told_push(out, (struct told){.weight = TOLD_NOTE,
			   .check = "rights",
			   .error = "unknown",
			   .connector = x->s->setup.connectors[x->index].name,
			   .text = explain_words(x->s,
			       "rights could not be asked: %s", why->text)});
}

static int
ask(struct wishing *x, struct connector *c, struct told_list *out)
{
	struct arena *a = x->s->setup.arena;
	struct connector_wish *list =
	    arena_array(a, x->count + 1, sizeof(*list));
	struct connector_wishes w = {.items = list, .count = x->count};
	struct connector_lacks lacks = {0};
	struct err why = {0};

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < x->count; i++)
		list[i] = x->list[i].w;
	if (c->kind->ops->rights(c, &w, a, &lacks, &why) < 0)
		tell_unasked(x, &why, out);
	for (size_t i = 0; i < lacks.count; i++)
		tell(x, &lacks.items[i], out);
	return 0;
}

int
doctor_rights(struct session *s, size_t index, struct connector *c,
    struct told_list *out, struct err *e)
{
	struct wishing *x = arena_alloc(s->setup.arena, sizeof(*x));
	const struct plan_rule *const *all;
	size_t n = 0;
	int r = 0;

	if (c->kind->ops->rights == NULL)
		return 0;
	if (x == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	x->s = s;
	x->index = index;
	x->count = 0;
	all = plan_all(s->setup.plan, &n);
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_rule(x, all[i]);
	if (r == 0)
		r = add_configured(x);
	if (r == 0 && s->setup.connectors[index].id != 0)
		r = see_all(x, e);
	if (r == 0)
		r = ask(x, c, out);
	return r == ERR_NOMEM ? err_set(e, r, "out of memory") : r;
}

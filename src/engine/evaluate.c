/* engine/evaluate.c -- see evaluate.h. */
#include "engine/evaluate.h"

#include "base/map.h"
#include "model/delta.h"
#include "model/dn.h"

#define PARTS (CS_IMAGE | CS_IMPORT | CS_EXPORT | CS_LINEAGE)

struct evaluation {
	struct setup *s;
	const struct evaluate_object *o;
	struct map *dns;  /* metaverse id as text to struct text */
	struct map *seen; /* keys of DNs that are there */
	struct text own_key;
	int64_t cs;
};

static int
out_of_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "out of memory");
}

/* ---- What is there before ---- */

/* "DC=corp,DC=example" at the end of a DN; empty: there is none. */
static struct text
domain_part(struct text dn)
{
	for (size_t i = 0; i < dn.len; i++) {
		struct text rest = {dn.data + i, dn.len - i};

		if ((i == 0 || dn.data[i - 1] == ',') &&
		    text_starts_nocase(rest, "dc="))
			return rest;
	}
	return TEXT("");
}

/* The selected partition that the DN lies in; where the configuration does not
 * name any, its domain. */
static struct text
partition_of(const struct setup *s, const struct evaluate_object *o)
{
	const struct plan_connector *c = &s->plan_connectors[o->connector];
	struct text best = TEXT(""), dn, key;
	size_t longest = 0;

	if (c->partition_count == 0)
		return domain_part(o->dn);
	if (dn_key(s->arena, o->dn, &dn) < 0)
		return best;
	for (size_t i = 0; i < c->partition_count; i++) {
		if (dn_key(s->arena, c->partitions[i], &key) < 0 ||
		    key.len < longest ||
		    !(text_equal(dn, key) || dn_key_is_below(dn, key)))
			continue;
		longest = key.len;
		best = c->partitions[i];
	}
	return best;
}

static int
put_object(struct evaluation *ev, struct cs_object *cs, struct err *e)
{
	const struct evaluate_object *o = ev->o;
	struct store *store = ev->s->store;
	struct text partition = partition_of(ev->s, o);
	struct attrs none = {0};
	size_t changed = 0;
	int r = 0;

	*cs =
	    (struct cs_object){.connector = ev->s->connectors[o->connector].id,
		.kind = CS_STAGING,
		.type = o->type,
		.dn = o->dn,
		.flags = CS_IN_CD,
		.import_ms = 1};
	for (uint32_t i = 0; i < o->attrs.count && r == 0; i++)
		if (o->attrs.items[i].values[0].type != VALUE_REFERENCE)
			r = attrs_set(ev->s->arena, &cs->image,
			    o->attrs.items[i].name, o->attrs.items[i].values,
			    o->attrs.items[i].count);
	if (r == 0 && partition.len > 0)
		r = names_intern(store_names(store), partition, &cs->partition);
	if (r == 0)
		r = delta_between(ev->s->arena, &none, &cs->image, &cs->import);
	if (r < 0)
		return out_of_memory(e);
	cs->import.op = DELTA_ADD;
	r = cs_put(store, cs, PARTS, e);
	if (r == 0)
		r = cs_refs_stage(store, cs, &o->attrs, &changed, e);
	ev->cs = cs->id;
	return r;
}

/* The DN of what a metaverse id stands for. */
static int
remember(struct evaluation *ev, int64_t mv, struct text dn)
{
	struct arena *a = ev->s->arena;
	char *key = arena_printf(a, "%lld", (long long)mv);
	struct text *value = arena_alloc(a, sizeof(*value));

	if (key == NULL || value == NULL)
		return ERR_NOMEM;
	*value = dn;
	return map_put(ev->dns, text_of(key), value);
}

/* An object with nothing in it, linked to one with nothing in it. */
static int
put_target(struct evaluation *ev, struct text dn, struct err *e)
{
	struct store *store = ev->s->store;
	const struct schema *types = plan_mv_schema(ev->s->plan);
	struct mv_object mv = {.type = schema_type_count(types) > 0
					   ? schema_type_at(types, 0)
					   : ev->o->type};
	struct cs_object cs = {
	    .connector = ev->s->connectors[ev->o->connector].id,
	    .kind = CS_STAGING,
	    .type = ev->o->type,
	    .dn = dn,
	    .flags = CS_IN_CD,
	    .link = CS_CONNECTOR,
	    .import_ms = 1};
	struct text key;
	int r = dn_key(ev->s->arena, dn, &key);

	if (r < 0)
		return out_of_memory(e);
	if (text_equal(key, ev->own_key) || map_get(ev->seen, key) != NULL)
		return 0;
	r = mv_put(store, &mv, false, e);
	if (r == 0) {
		cs.mv = mv.id;
		r = cs_put(store, &cs, PARTS, e);
	}
	if (r == 0 &&
	    (remember(ev, mv.id, dn) < 0 || map_put(ev->seen, key, ev) < 0))
		r = out_of_memory(e);
	return r;
}

static int
put_targets(struct evaluation *ev, struct err *e)
{
	const struct attrs *s = &ev->o->attrs;
	int r = 0;

	for (uint32_t i = 0; i < s->count && r == 0; i++)
		for (uint32_t k = 0; k < s->items[i].count && r == 0; k++)
			if (s->items[i].values[k].type == VALUE_REFERENCE)
				r = put_target(
				    ev, s->items[i].values[k].text, e);
	return r;
}

static int
prepare(struct evaluation *ev, struct err *e)
{
	struct store *store = ev->s->store;
	size_t n_cs = 0, n_mv = 0;
	const uint32_t *cs_names = plan_join_cs(ev->s->plan, &n_cs);
	const uint32_t *mv_names = plan_join_mv(ev->s->plan, &n_mv);
	struct cs_object cs;
	int r = store_begin(store, e);

	if (r < 0)
		return r;
	r = store_join_attrs(store, cs_names, n_cs, mv_names, n_mv, e);
	if (r == 0)
		r = put_targets(ev, e);
	if (r == 0)
		r = put_object(ev, &cs, e);
	if (r == 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}

/* ---- References of the verdict ---- */

static void
name_values(struct evaluation *ev, int64_t self, struct value *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct text *dn;
		char key[24];

		if (values[i].type != VALUE_REFERENCE || values[i].by != REF_ID)
			continue;
		(void)snprintf(
		    key, sizeof(key), "%lld", (long long)values[i].id);
		dn = map_get(ev->dns, text_of(key));
		if (values[i].id == self)
			dn = &ev->o->dn;
		if (dn != NULL)
			values[i].text = *dn;
	}
}

static void
name_traces(struct evaluation *ev, int64_t self,
    const struct flow_trace *traces, size_t n)
{
	for (size_t i = 0; i < n; i++)
		name_values(ev, self, traces[i].values, traces[i].count);
}

static void
name_references(struct evaluation *ev, struct sync_verdict *v)
{
	for (uint32_t i = 0; i < v->mv.count; i++)
		name_values(
		    ev, v->mv_id, v->mv.items[i].values, v->mv.items[i].count);
	name_traces(ev, v->mv_id, v->traces, v->trace_count);
	for (size_t i = 0; i < v->target_count; i++) {
		const struct sync_target *t = &v->targets[i];

		for (size_t k = 0; k < t->result_count; k++)
			name_values(ev, v->mv_id, t->results[k].values,
			    t->results[k].count);
		name_traces(ev, v->mv_id, t->traces, t->trace_count);
	}
}

/* ---- The whole ---- */

static int
run(struct evaluation *ev, struct sync_verdict *out, struct err *e)
{
	struct setup *s = ev->s;
	struct step *step = calloc(1, sizeof(*step));
	struct sync_connector *list =
	    arena_array(s->arena, s->connector_count, sizeof(*list));
	struct sync_job job = {.step = step,
	    .plan = s->plan,
	    .connectors = list,
	    .connector_count = s->connector_count,
	    .connector = ev->o->connector,
	    .full = true};
	int r;

	if (step == NULL || list == NULL) {
		free(step);
		return out_of_memory(e);
	}
	step->store = s->store;
	step->connector = s->connectors[ev->o->connector].id;
	step->type = "full-sync";
	for (size_t i = 0; i < s->connector_count; i++)
		list[i] = (struct sync_connector){.id = s->connectors[i].id,
		    .name = s->connectors[i].name,
		    .schema = s->connectors[i].schema,
		    .door = engine_door(&s->connectors[i])};
	r = sync_evaluate(&job, ev->cs, s->arena, out, e);
	free(step);
	return r;
}

int
evaluate_object(struct setup *s, const struct evaluate_object *o,
    struct sync_verdict *out, struct err *e)
{
	CLEANUP(map_freep)
	struct map *dns = map_new(false);
	CLEANUP(map_freep)
	struct map *seen = map_new(false);
	struct evaluation ev = {.s = s, .o = o, .dns = dns, .seen = seen};
	int r;

	if (dns == NULL || seen == NULL ||
	    dn_key(s->arena, o->dn, &ev.own_key) < 0)
		return out_of_memory(e);
	if (o->connector >= s->connector_count)
		return err_set(e, ERR_INVAL, "no such connector");
	r = prepare(&ev, e);
	if (r == 0)
		r = run(&ev, out, e);
	if (r == 0)
		name_references(&ev, out);
	return r;
}

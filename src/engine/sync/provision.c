/* engine/sync/provision.c -- a metaverse object gets an object in a connector:
 * one that is there, or a new one (docs/engine/rules.md 4.5 and 5). */
#include "engine/sync/sync_int.h"
#include "store/tower.h"

static int
link_to(struct pass *p, int64_t cs, const struct plan_rule *rule, struct err *e)
{
	struct link_view *l = link_of(p, cs);
	int r = l != NULL ? 0 : link_load(p, cs, &l, e);

	if (r < 0)
		return r;
	l->gone = l->scoped = false; /* it may have ended in this pass */
	l->cs.mv = p->mv.id;
	l->cs.link = CS_CONNECTOR;
	l->creator = rule;
	l->dirty = true;
	p->again = true;
	r = refs_mark_referrers(p, l, e);
	return r < 0 ? r : refs_mark_mv(p, e);
}

/* What the join rules in scope agree on. */
static int
find_join(struct pass *p, uint32_t type, const struct out_rules *rules,
    const struct plan_rule **out_rule, int64_t *out_cs, struct err *e)
{
	int r = 0;

	*out_cs = 0;
	for (size_t i = 0; i < rules->count && r == 0; i++) {
		int64_t cs = 0;

		if (rules->list[i]->rule->join_count == 0 ||
		    !out_applies(rules->list[i], type))
			continue;
		r = join_find_cs(p, rules->list[i], &cs, e);
		if (r < 0 || cs == 0)
			continue;
		if (*out_cs != 0 && *out_cs != cs)
			return join_conflict(p, *out_rule, rules->list[i], e);
		if (*out_cs == 0)
			*out_rule = rules->list[i];
		*out_cs = cs;
	}
	return r;
}

/* Its name is free when the delete is through: then it is tried again. */
static int
wait_for_name(struct pass *p, struct err *e)
{
	p->mv.flags |= MV_RETRY_PROVISION;
	return mv_set_flags(p->sy->store, p->mv.id, MV_RETRY_PROVISION, 0, e);
}

/* Its delete was not sent yet, and it is wanted again. */
static int
revive(struct pass *p, const struct cs_object *holder,
    const struct plan_rule *rule, struct err *e)
{
	int r = link_to(p, holder->id, rule, e);
	struct link_view *l = link_of(p, holder->id);

	if (r < 0 || l == NULL)
		return r;
	l->cs.unapplied = (struct delta){0};
	l->dirty_export = true;
	return 0;
}

/* It is deleted in the export that makes the new one: delete-add. */
static int
give_name(struct pass *p, struct cs_object *holder, struct err *e)
{
	char guid[GUID_TEXT_LEN + 1];
	struct text was = holder->dn;
	char *dn;

	guid_format(&holder->guid, guid);
	dn = arena_printf(p->sy->arena, "transient:%s", guid);
	if (dn == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	holder->dn = text_of(dn);
	holder->flags |= CS_TRANSIENT;
	if (holder->unapplied.op == DELTA_DELETE)
		holder->unapplied.new_dn = was;
	else
		holder->unconfirmed.new_dn = was;
	return cs_put(p->sy->store, holder, CS_EXPORT | CS_LINEAGE, e);
}

/* In this pass it may have changed already. */
static int
load_holder(struct pass *p, struct cs_object **holder, struct err *e)
{
	struct link_view *l = link_of(p, (*holder)->id);

	if (l == NULL)
		return cs_get(p->sy->store, p->sy->arena, (*holder)->id, CS_ALL,
		    *holder, e);
	*holder = &l->cs;
	return 0;
}

/* Another object has the name that the new one would get; 1: no longer. */
static int
meet_holder(struct pass *p, struct cs_object *holder, uint32_t type,
    const struct plan_rule *rule, struct err *e)
{
	int r = load_holder(p, &holder, e);
	bool going = holder->import.op == DELTA_DELETE ||
		     holder->import.op == DELTA_OBSOLETE;

	if (r < 0)
		return r;

	if (holder->mv == 0 && holder->type == type && !going &&
	    holder->link != CS_EXPLICIT_DISCONNECTOR) {
		if (!link_is_deleted(holder))
			return link_to(p, holder->id, rule, e);
		if (holder->unapplied.op == DELTA_DELETE &&
		    holder->escrowed.op != DELTA_DELETE)
			return revive(p, holder, rule, e);
	}
	if (going || holder->escrowed.op == DELTA_DELETE)
		return wait_for_name(p, e);
	if (holder->mv == 0 && link_is_deleted(holder)) {
		r = give_name(p, holder, e);
		return r < 0 ? r : 1;
	}
	p->where = (struct plan_where){
	    .rule = rule->rule, .attribute = p->sy->dn_name};
	return err_type(e, ERR_RULE, "cd-existing-object",
	    "\"%.*s\" exists in %.*s and is %s", TEXT_ARGS(holder->dn),
	    TEXT_ARGS(connector_name(p->sy, rule->connector)),
	    holder->mv != 0 ? "linked to another metaverse object"
			    : "of another type, or kept apart by hand");
}

static int
wanted_dn(struct pass *p, const struct link_view *l,
    const struct plan_rule *rule, struct text *out, struct err *e)
{
	const struct flow_result *fr = outflow_find(l, p->sy->dn_name);

	if (fr == NULL || fr->outcome != FLOW_VALUE || fr->count != 1 ||
	    fr->values[0].type != VALUE_STRING) {
		p->where = (struct plan_where){
		    .rule = rule->rule, .attribute = p->sy->dn_name};
		return err_type(e, ERR_RULE, "sync-rule-dn-missing",
		    "rule \"%.*s\" provisions to %.*s and no rule gives a dn",
		    TEXT_ARGS(rule->rule->name),
		    TEXT_ARGS(connector_name(p->sy, rule->connector)));
	}
	*out = fr->values[0].text;
	return 0;
}

/* The new object; its row is written with its first flow. */
static int
make(struct pass *p, size_t connector, uint32_t type,
    const struct out_rules *rules, const struct plan_rule *rule, struct err *e)
{
	struct sync *sy = p->sy;
	struct cs_object cs = {.connector = sy->job->connectors[connector].id,
	    .kind = CS_STAGING,
	    .type = type,
	    .link = CS_CONNECTOR,
	    .mv = p->mv.id,
	    .unapplied = {.op = DELTA_ADD}};
	struct cs_key key = {.connector = cs.connector};
	struct cs_object holder = {0};
	struct link_view *l;
	int r = link_add(p, &cs, &l, e);

	if (r < 0)
		return r;
	l->creator = rule;
	r = out_assign(p, l, rules, e);
	if (r == 0)
		r = outflow_results(p, l, e);
	if (r == 0)
		r = wanted_dn(p, l, rule, &key.text, e);
	if (r < 0)
		return r;
	r = cs_find_dn(sy->store, sy->arena, key, 0, &holder, e);
	if (r == 0 && holder.kind == CS_STAGING) {
		p->link_count--; /* l may not be */
		r = meet_holder(p, &holder, type, rule, e);
		if (r <= 0)
			return r;
		p->link_count++;
		l->cs.flags |= CS_DELETE_ADD;
		r = ERR_NOENT;
	}
	if (r < 0 && r != ERR_NOENT)
		return r;
	if (r == 0) { /* the placeholder becomes the object */
		l->cs.id = holder.id;
		l->cs.guid = holder.guid;
	}
	l->cs.dn = key.text;
	l->flowed = true;
	l->inserted = l->dirty = l->dirty_export = true;
	return refs_mark_mv(p, e);
}

int
provision(struct pass *p, size_t connector, uint32_t type,
    const struct out_rules *rules, struct err *e)
{
	const struct plan_rule *rule = NULL;
	int64_t cs = 0;
	int r = find_join(p, type, rules, &rule, &cs, e);

	if (r < 0 || cs != 0)
		return r < 0 ? r : link_to(p, cs, rule, e);
	for (size_t i = 0; i < rules->count; i++)
		if (rules->list[i]->rule->link == LINK_PROVISION &&
		    rules->list[i]->rule->target_type == type)
			return make(
			    p, connector, type, rules, rules->list[i], e);
	return 0;
}

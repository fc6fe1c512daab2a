/* cli/plan_show.c -- see plan_show.h. */
#include "cli/plan_show.h"

#include <inttypes.h>
#include <stdio.h>

#define VALUES_SHOWN 5U
#define VALUE_SHOWN  100U

const char *
plan_operation(const struct frozen_item *i)
{
	if (i->op == DELTA_UPDATE && i->delta.new_dn.len != 0 &&
	    i->delta.count == 0)
		return "rename";
	return delta_op_name(i->op);
}

const char *
plan_item_state(enum frozen_item_state state)
{
	switch (state) {
	case FROZEN_ITEM_WAITS:
		return "waits";
	case FROZEN_ITEM_SENT:
		return "sent";
	case FROZEN_ITEM_HELD:
		return "moved";
	}
	return "?";
}

/* ---- JSON ---- */

struct json *
plan_json(struct session *s, const struct frozen *f)
{
	struct json *j = json_new_object();

	json_set_int(j, "number", f->id);
	json_set_text(j, "hash", f->hash);
	json_set_str(j, "state", frozen_state_name(f->state));
	json_set_text(j, "made", show_time(s, f->ms));
	json_set_text(j, "by", f->who);
	json_set_text(j, "config", f->config);
	json_set_int(j, "adds", (int64_t)f->adds);
	json_set_int(j, "updates", (int64_t)f->updates);
	json_set_int(j, "deletes", (int64_t)f->deletes);
	if (f->undoes_plan != 0)
		json_set_int(j, "undoesPlan", f->undoes_plan);
	if (f->undoes_run != 0)
		json_set_int(j, "undoesRun", f->undoes_run);
	if (f->applied_ms != 0) {
		json_set_text(j, "applied", show_time(s, f->applied_ms));
		json_set_text(j, "appliedBy", f->applied_by);
	}
	return j;
}

static struct json *
values_json(struct session *s, const struct value *list, uint32_t n)
{
	struct json *j = json_new_list();

	for (uint32_t i = 0; i < n; i++)
		json_push(j, show_value(s, &list[i]));
	return j;
}

struct json *
plan_item_json(struct session *s, const struct frozen_item *i)
{
	const struct names *names = store_names(s->setup.store);
	struct json *j = json_new_object(), *changes = json_new_list();

	json_set_int(j, "number", i->number);
	json_set_text(j, "connector", show_connector(s, i->connector));
	json_set_str(j, "operation", plan_operation(i));
	json_set_text(j, "type", names_text(names, i->type));
	json_set_text(j, "dn", i->dn);
	if (i->delta.new_dn.len != 0)
		json_set_text(j, "newDn", i->delta.new_dn);
	json_set_text(j, "displayName", i->display);
	json_set_text(j, "userPrincipalName", i->upn);
	json_set_text(j, "ou", i->ou);
	json_set_str(j, "state", plan_item_state(i->state));
	if (i->note.len != 0)
		json_set_text(j, "note", i->note);
	for (uint32_t k = 0; k < i->delta.count; k++) {
		const struct change *c = &i->delta.changes[k];
		struct json *one = json_new_object();

		json_set_text(one, "attribute", names_text(names, c->name));
		json_set(one, "old", values_json(s, c->del, c->del_count));
		json_set(one, "new", values_json(s, c->add, c->add_count));
		json_set_text(
		    one, "rule", i->rules != NULL ? i->rules[k] : TEXT(""));
		json_push(changes, one);
	}
	json_set(j, "changes", changes);
	return j;
}

/* ---- For people ---- */

void
plan_head_text(struct session *s, const struct frozen *f)
{
	(void)printf("plan %" PRId64 " of %.*s, %.*s: %" PRIu64
		     " adds, %" PRIu64 " updates, %" PRIu64 " deletes; %s\n",
	    f->id, TEXT_ARGS(f->who), TEXT_ARGS(show_time(s, f->ms)), f->adds,
	    f->updates, f->deletes, frozen_state_name(f->state));
	if (f->undoes_plan != 0)
		(void)printf("undoes plan %" PRId64 "\n", f->undoes_plan);
	if (f->undoes_run != 0)
		(void)printf("undoes run %" PRId64 "\n", f->undoes_run);
	(void)printf("hash %.*s\n", TEXT_ARGS(f->hash));
}

/* A reference by its target's name, where that is still known. */
static struct text
value_text(struct session *s, const struct value *v)
{
	struct text t = TEXT("");

	if (v->type == VALUE_REFERENCE && v->id != 0)
		t = show_cs_name(s, v->id);
	return t.len != 0 ? t : show_value_text(s, v);
}

static void
print_values(struct session *s, const struct value *list, uint32_t n)
{
	for (uint32_t i = 0; i < n && i < VALUES_SHOWN; i++) {
		struct text t = value_text(s, &list[i]);

		(void)printf("%s%.*s", i != 0 ? ", " : "",
		    (int)(t.len < VALUE_SHOWN ? t.len : VALUE_SHOWN), t.data);
	}
	if (n > VALUES_SHOWN)
		(void)printf(" and %u more", n - VALUES_SHOWN);
}

static void
print_change(struct session *s, const struct frozen_item *i, uint32_t k)
{
	const struct change *c = &i->delta.changes[k];
	struct text name = names_text(store_names(s->setup.store), c->name);

	(void)printf("    %.*s: ", TEXT_ARGS(name));
	if (c->del_count != 0) {
		(void)printf("%s", c->add_count != 0 ? "" : "remove ");
		print_values(s, c->del, c->del_count);
		(void)printf("%s", c->add_count != 0 ? " -> " : "");
	}
	print_values(s, c->add, c->add_count);
	if (i->rules != NULL && i->rules[k].len != 0)
		(void)printf("   [%.*s]", TEXT_ARGS(i->rules[k]));
	(void)putchar('\n');
}

void
plan_item_text(struct session *s, const struct frozen_item *i)
{
	struct text name = i->display.len != 0 ? i->display : i->dn;
	struct text type = names_text(store_names(s->setup.store), i->type);

	(void)printf("%-7s %.*s  %.*s", plan_operation(i), TEXT_ARGS(type),
	    TEXT_ARGS(name));
	if (i->upn.len != 0)
		(void)printf("  <%.*s>", TEXT_ARGS(i->upn));
	if (i->state != FROZEN_ITEM_WAITS)
		(void)printf("  (%s%s%.*s)", plan_item_state(i->state),
		    i->note.len != 0 ? ": " : "", TEXT_ARGS(i->note));
	(void)putchar('\n');
	if (i->delta.new_dn.len != 0)
		(void)printf("    new DN %.*s\n", TEXT_ARGS(i->delta.new_dn));
	/* of a deletion that undoes the values are those of the hold */
	for (uint32_t k = 0; k < i->delta.count && i->op != DELTA_DELETE; k++)
		print_change(s, i, k);
}

int
plan_each(struct session *s, int64_t plan,
    int (*each)(void *ctx, const struct frozen_item *i, struct err *e),
    void *ctx, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct frozen_item i = {0};
	int64_t after = 0;
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	while (
	    (r = frozen_item_next(s->setup.store, a, plan, after, &i, e)) > 0) {
		after = i.number;
		r = each(ctx, &i, e);
		if (r != 0)
			return r;
		arena_reset(a);
	}
	return r;
}

/* cli/cmd_rule_test.c -- `causeway rule test`: what the rules make of one
 * object, with why. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/expr_show.h"
#include "cli/rule_object.h"
#include "cli/session.h"
#include "engine/evaluate.h"
#include "rules/vendor/vendor.h"

static const char *connector_text;
static const char *object_path;
static bool with_trace;

struct test {
	struct session *s;
	struct rule_object object;
	size_t connector;
	struct sync_verdict verdict;
};

static struct text
name_text(const struct test *t, uint32_t name)
{
	return names_text(store_names(t->s->setup.store), name);
}

/* A name with a zero byte behind it, for keys. */
static const char *
name_str(const struct test *t, uint32_t name)
{
	struct text n = name_text(t, name);
	const char *p = arena_strndup(t->s->cli->arena, n.data, n.len);

	return p != NULL ? p : "";
}

/* ---- Names of targets ---- */

static bool
is_only_ad(const struct test *t, size_t connector)
{
	const struct vendor *v = t->s->setup.vendor;

	if (v->connectors[connector].kind != VENDOR_AD)
		return false;
	for (size_t i = 0; i < v->connector_count && connector != t->connector;
	     i++)
		if (i != connector && v->connectors[i].kind == VENDOR_AD)
			return false;
	return true;
}

/* "AAD:user", "AD:user" of a vendor's export; else by the connector's name. */
static const char *
target_name(const struct test *t, const struct sync_target *target)
{
	const struct setup *s = &t->s->setup;
	struct text c = s->connectors[target->connector].name;
	const char *p;

	if (s->vendor != NULL && s->connectors[target->connector].cloud)
		c = TEXT("AAD");
	else if (s->vendor != NULL && is_only_ad(t, target->connector))
		c = TEXT("AD");
	p = arena_printf(t->s->cli->arena, "%.*s:%.*s", TEXT_ARGS(c),
	    TEXT_ARGS(name_text(t, target->type)));
	return p != NULL ? p : "";
}

/* ---- JSON ---- */

static struct json *
precedences(const struct plan_rule **rules, size_t n, bool provision_only)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < n; i++)
		if (!provision_only || rules[i]->rule->link == LINK_PROVISION)
			json_push(
			    list, json_new_int(rules[i]->rule->precedence));
	return list;
}

static struct json *
values_json(const struct test *t, const struct schema *schema, uint32_t name,
    const struct attr *a)
{
	const struct schema_attr *as =
	    schema == NULL ? NULL : schema_find(schema, name);
	struct json *list;

	if (a->count == 1 && (as == NULL || !as->multi))
		return show_value(t->s, &a->values[0]);
	list = json_new_list();
	for (uint32_t i = 0; i < a->count; i++)
		json_push(list, show_value(t->s, &a->values[i]));
	return list;
}

static const struct plan_rule *
rule_of(const struct test *t, uint32_t id_name)
{
	size_t n = 0;
	const struct plan_rule *const *all = plan_all(t->s->setup.plan, &n);

	for (size_t i = 0; i < n; i++)
		if (all[i]->rule->id_name == id_name)
			return all[i];
	return NULL;
}

static void
metaverse_json(const struct test *t, struct json *root)
{
	const struct sync_verdict *v = &t->verdict;
	const struct schema *schema = plan_mv_schema(t->s->setup.plan);
	struct json *mv = json_new_object(), *from = json_new_object();

	for (uint32_t i = 0; i < v->mv.count; i++)
		json_set(mv, name_str(t, v->mv.items[i].name),
		    values_json(
			t, schema, v->mv.items[i].name, &v->mv.items[i]));
	for (size_t i = 0; i < v->origin_count; i++) {
		const struct plan_rule *r = rule_of(t, v->origins[i].rule);

		if (r != NULL)
			json_set_int(from, name_str(t, v->origins[i].name),
			    r->rule->precedence);
	}
	json_set(root, "mv", mv);
	json_set(root, "mv_from", from);
}

static struct json *
target_json(const struct test *t, const struct sync_target *target)
{
	const struct schema *schema =
	    t->s->setup.connectors[target->connector].schema;
	struct json *j = json_new_object(), *values = json_new_object();
	struct json *removed = json_new_list();

	for (size_t i = 0; i < target->result_count; i++) {
		const struct flow_result *fr = &target->results[i];
		struct attr a = {.name = fr->target,
		    .values = fr->values,
		    .count = (uint32_t)fr->count};

		if (fr->outcome == FLOW_REMOVE)
			json_push(
			    removed, json_new_text(name_text(t, fr->target)));
		else if (fr->outcome != FLOW_LEAVE && fr->count > 0)
			json_set(values, name_str(t, fr->target),
			    values_json(t, schema, fr->target, &a));
	}
	json_set(
	    j, "rules", precedences(target->rules, target->rule_count, false));
	json_set(j, "provision",
	    precedences(target->rules, target->rule_count, true));
	json_set(j, "values", values);
	json_set(j, "removed_if_present", removed);
	return j;
}

static struct json *
errors_json(const struct test *t)
{
	const struct sync_verdict *v = &t->verdict;
	struct json *list = json_new_list(), *j = json_new_object();

	if (v->where.rule != NULL)
		json_set_text(j, "rule", v->where.rule->name);
	if (v->where.rule != NULL)
		json_set_int(j, "precedence", v->where.rule->precedence);
	if (v->where.attribute != 0)
		json_set_text(j, "attribute", name_text(t, v->where.attribute));
	if (v->where.position != 0)
		json_set_int(j, "position", (int64_t)v->where.position);
	json_set_str(j, "class",
	    *v->failure.type != '\0' ? v->failure.type
				     : err_name(v->failure.code));
	json_set_str(j, "message", v->failure.text);
	json_push(list, j);
	return list;
}

/* ---- The trace ---- */

static const char *
status_word(enum flow_status status)
{
	switch (status) {
	case FLOW_APPLIED:
		return "applied";
	case FLOW_SKIPPED_BY_PRECEDENCE:
		return "skipped-by-precedence";
	case FLOW_IGNORED:
		return "ignored";
	case FLOW_WAS_NULL:
		return "null";
	case FLOW_FAILED:
		return "failed";
	}
	return "";
}

static const char *
why(const struct flow_trace *f)
{
	switch (f->status) {
	case FLOW_APPLIED:
		return f->count > 0 ? "the first with a value"
				    : "AuthoritativeNull: no value, and "
				      "nothing below it counts";
	case FLOW_SKIPPED_BY_PRECEDENCE:
		return "a rule of higher precedence had the last word: not "
		       "evaluated";
	case FLOW_IGNORED:
		return f->flow->execute_once ? "IgnoreThisFlow, or applied "
					       "once before"
					     : "IgnoreThisFlow";
	case FLOW_WAS_NULL:
		return "no value: the next rule is asked";
	case FLOW_FAILED:
		return "error";
	}
	return "";
}

static struct text
source_text(const struct test *t, const struct flow *f)
{
	return f->kind == FLOW_DIRECT ? name_text(t, f->source) : f->text;
}

static const char *
kind_word(enum flow_kind kind)
{
	switch (kind) {
	case FLOW_DIRECT:
		return "direct";
	case FLOW_CONSTANT:
		return "constant";
	case FLOW_EXPRESSION:
		return "expression";
	}
	return "";
}

static struct json *
flow_json(const struct test *t, const struct flow_trace *f)
{
	struct json *j = json_new_object(), *list;

	json_set_text(j, "attribute", name_text(t, f->flow->target));
	json_set_int(j, "precedence", f->rule->rule->precedence);
	json_set_text(j, "rule", f->rule->rule->name);
	json_set_str(j, "kind", kind_word(f->flow->kind));
	json_set_text(j, "source", source_text(t, f->flow));
	json_set_str(j, "status", status_word(f->status));
	json_set_str(j, "why", why(f));
	if (f->count > 0) {
		list = json_new_list();
		for (size_t i = 0; i < f->count; i++)
			json_push(list, show_value(t->s, &f->values[i]));
		json_set(j, "values", list);
	}
	if (f->step_count > 0) {
		list = json_new_list();
		for (size_t i = 0; i < f->step_count; i++)
			json_push(list,
			    expr_step_json(t->s->cli->arena, &f->steps[i]));
		json_set(j, "steps", list);
	}
	return j;
}

static struct json *
flows_json(const struct test *t, const struct flow_trace *list, size_t n)
{
	struct json *j = json_new_list();

	for (size_t i = 0; i < n; i++)
		json_push(j, flow_json(t, &list[i]));
	return j;
}

static struct json *
trace_json(const struct test *t)
{
	const struct sync_verdict *v = &t->verdict;
	struct json *j = json_new_object();

	json_set(j, "inbound", flows_json(t, v->traces, v->trace_count));
	for (size_t i = 0; i < v->target_count; i++)
		json_set(j, target_name(t, &v->targets[i]),
		    flows_json(
			t, v->targets[i].traces, v->targets[i].trace_count));
	return j;
}

static struct json *
verdict_json(const struct test *t)
{
	const struct sync_verdict *v = &t->verdict;
	struct json *root = json_new_object();
	bool failed = v->failure.code != 0;

	json_set(
	    root, "inbound", precedences(v->inbound, v->inbound_count, false));
	if (v->projected)
		json_set_text(root, "projected", name_text(t, v->mv_type));
	else
		json_set_bool(root, "projected", false);
	if (failed)
		json_set(root, "errors", errors_json(t));
	if (!failed && v->projected) {
		metaverse_json(t, root);
		for (size_t i = 0; i < v->target_count; i++)
			json_set(root, target_name(t, &v->targets[i]),
			    target_json(t, &v->targets[i]));
	}
	if (with_trace)
		json_set(root, "trace", trace_json(t));
	return root;
}

/* ---- Text ---- */

static void
print_values(const struct test *t, const struct value *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct text v = show_value_text(t->s, &values[i]);

		(void)printf("%s%.*s", i > 0 ? ", " : "", TEXT_ARGS(v));
	}
}

static void
print_flows(const struct test *t, const struct flow_trace *list, size_t n)
{
	uint32_t last = 0;

	for (size_t i = 0; i < n; i++) {
		const struct flow_trace *f = &list[i];

		if (!with_trace && f->status != FLOW_APPLIED)
			continue;
		if (f->flow->target != last)
			(void)printf("  %.*s\n",
			    TEXT_ARGS(name_text(t, f->flow->target)));
		last = f->flow->target;
		(void)printf("    %d %.*s", f->rule->rule->precedence,
		    TEXT_ARGS(f->rule->rule->name));
		if (with_trace)
			(void)printf(": %s", why(f));
		if (f->count > 0) {
			(void)printf(" = ");
			print_values(t, f->values, f->count);
		}
		(void)printf("\n");
		for (size_t k = 0; with_trace && k < f->step_count; k++)
			(void)printf("      %s\n",
			    expr_step_line(t->s->cli->arena, &f->steps[k]));
	}
}

static void
print_rules(const char *title, const struct plan_rule **rules, size_t n)
{
	(void)printf("%s\n", title);
	for (size_t i = 0; i < n; i++)
		(void)printf("  %d %.*s%s\n", rules[i]->rule->precedence,
		    TEXT_ARGS(rules[i]->rule->name),
		    rules[i]->rule->link == LINK_PROVISION ? " (provisions)"
							   : "");
}

static void
print_verdict(const struct test *t)
{
	const struct sync_verdict *v = &t->verdict;

	print_rules("inbound rules in scope", v->inbound, v->inbound_count);
	if (v->failure.code != 0)
		(void)printf("error %s: %s\n",
		    *v->failure.type != '\0' ? v->failure.type
					     : err_name(v->failure.code),
		    v->failure.text);
	if (!v->projected) {
		(void)printf("nothing is made in the metaverse\n");
		return;
	}
	(void)printf("metaverse %.*s\n", TEXT_ARGS(name_text(t, v->mv_type)));
	print_flows(t, v->traces, v->trace_count);
	for (size_t i = 0; i < v->target_count; i++) {
		const struct sync_target *target = &v->targets[i];

		print_rules(
		    target_name(t, target), target->rules, target->rule_count);
		print_flows(t, target->traces, target->trace_count);
	}
}

/* ---- The command ---- */

static void
tell_unknown(void *ctx, struct text name)
{
	const struct test *t = ctx;

	cli_say("warning: connector %.*s has no attribute \"%.*s\"",
	    TEXT_ARGS(t->s->setup.connectors[t->connector].name),
	    TEXT_ARGS(name));
}

static int
find_type(struct test *t, uint32_t *out, struct err *e)
{
	const struct setup *s = &t->s->setup;
	const struct schema *schema = s->connectors[t->connector].schema;
	int r = names_intern(store_names(s->store), t->object.type, out);

	if (r < 0)
		return err_set(e, r, "objectType: no name");
	if (schema != NULL && !schema_has_type(schema, *out))
		return err_set(e, ERR_NOENT,
		    "connector %.*s has no object type \"%.*s\"",
		    TEXT_ARGS(s->connectors[t->connector].name),
		    TEXT_ARGS(t->object.type));
	return 0;
}

static int
evaluate(struct test *t, struct err *e)
{
	struct setup *s = &t->s->setup;
	struct evaluate_object o = {.dn = t->object.dn};
	struct rule_object_attrs how = {
	    .names = store_names(s->store), .unknown = tell_unknown, .ctx = t};
	int r = setup_connector(s, text_of(connector_text), &t->connector, e);

	if (r < 0)
		return r;
	o.connector = t->connector;
	how.schema = s->connectors[t->connector].schema;
	r = find_type(t, &o.type, e);
	if (r == 0)
		r = rule_object_attributes(
		    &t->object, s->arena, &how, &o.attrs, e);
	return r == 0 ? evaluate_object(s, &o, &t->verdict, e) : r;
}

static int
do_test(struct cli *c, char **args, int count)
{
	struct session s = {.setup = {.vendor_ok = true}};
	struct test t = {.s = &s};
	struct err e = {0};
	int code = CLI_OK, r;

	(void)args;
	(void)count;
	if (connector_text == NULL || object_path == NULL)
		return cli_usage(c, "--connector and --object are needed");
	r = rule_object_read(c->arena, object_path, &t.object, &e);
	if (r == 0) {
		s.setup.override_connector = text_of(connector_text);
		s.setup.overrides = t.object.params;
		s.setup.override_count = t.object.param_count;
		r = session_open(&s, c, SETUP_TEST, false, &e);
		if (r < 0)
			session_say_problems(&s);
	}
	if (r == 0)
		r = evaluate(&t, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	else if (c->json)
		code = cli_print_json(verdict_json(&t));
	else
		print_verdict(&t);
	if (code == CLI_OK && t.verdict.failure.code != 0)
		code = CLI_OBJECT_ERRORS;
	session_close(&s);
	rule_object_clear(&t.object);
	return code;
}

static const struct cli_option options[] = {
    {"connector", OPTION_TEXT, &connector_text, "NAME|GUID",
	"the connector that the object is of"},
    {"object", OPTION_TEXT, &object_path, "FILE|-",
	"{\"objectType\": ..., \"cs\": {attribute: value}, \"parameters\": "
	"{name: value}}"},
    {"trace", OPTION_FLAG, &with_trace, NULL,
	"each flow that was asked, why it won or lost, and its expression "
	"step by step"},
};

const struct cli_command cmd_rule_test = {
    .name = "rule test",
    .args = "--connector NAME --object FILE",
    .summary = "what the rules make of one object",
    .detail =
	"The metaverse and all targets are empty; no store and no directory "
	"is touched.  What the object refers to is taken to be there.  "
	"--config may name a configuration or a vendor's configuration "
	"export; of the latter, targets are called AAD and AD.  Exit code 3 "
	"where a rule fails on the object.",
    .min_args = 0,
    .max_args = 0,
    .options = options,
    .option_count = 3,
    .run = do_test,
};

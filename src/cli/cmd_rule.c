/* cli/cmd_rule.c -- `causeway rule list|show`: the rules that hold. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/session.h"
#include "rules/words.h"

static struct names *
names_of(const struct session *s)
{
	return store_names(s->setup.store);
}

static struct text
name_of(const struct session *s, uint32_t name)
{
	return name == 0 ? TEXT("*") : names_text(names_of(s), name);
}

/* By precedence; rules of one number as they were read. */
static const struct rule **
sorted(const struct session *s)
{
	const struct ruleset *set = &s->setup.rules;
	const struct rule **list = arena_array(
	    s->cli->arena, set->count + 1, sizeof(const struct rule *));

	for (size_t i = 0; list != NULL && i < set->count; i++) {
		size_t at = i;

		while (at > 0 &&
		       list[at - 1]->precedence > set->rules[i].precedence) {
			list[at] = list[at - 1];
			at--;
		}
		list[at] = &set->rules[i];
	}
	return list;
}

static struct json *
head_json(const struct session *s, const struct rule *r)
{
	struct json *j = json_new_object();

	json_set_text(j, "id", r->id);
	json_set_text(j, "name", r->name);
	json_set_str(j, "direction", direction_text(r->direction, FORM_VENDOR));
	json_set_text(j, "connector", r->connector);
	json_set_int(j, "precedence", r->precedence);
	json_set_str(j, "linkType", link_text(r->link, FORM_VENDOR));
	json_set_text(j, "source", name_of(s, r->source_type));
	json_set_text(j, "target", name_of(s, r->target_type));
	json_set_bool(j, "disabled", r->disabled);
	json_set_text(j, "tag", r->tag);
	return j;
}

/* ---- rule list ---- */

static int
print_list(struct session *s, const struct rule **list)
{
	static const char *const titles[] = {">NO", "NAME", "DIRECTION",
	    "CONNECTOR", "SOURCE", "TARGET", "LINK", ""};
	CLEANUP(table_freep)
	struct table *t = table_new(titles, 8);
	struct json *root = json_new_list();

	for (size_t i = 0; i < s->setup.rules.count; i++) {
		const struct rule *r = list[i];

		if (s->cli->json) {
			json_push(root, head_json(s, r));
			continue;
		}
		table_cell(t, "%d", r->precedence);
		table_text(t, r->name);
		table_cell(t, "%s", direction_text(r->direction, FORM_VENDOR));
		table_text(t, r->connector);
		table_text(t, name_of(s, r->source_type));
		table_text(t, name_of(s, r->target_type));
		table_cell(t, "%s", link_text(r->link, FORM_VENDOR));
		table_cell(t, "%s", r->disabled ? "disabled" : "");
	}
	if (s->cli->json)
		return cli_print_json(root);
	(void)json_free(root);
	table_print(t, stdout);
	return CLI_OK;
}

static int
do_list(struct cli *c, char **args, int count)
{
	struct session s = {.setup = {.vendor_ok = true}};
	struct err e = {0};
	const struct rule **list = NULL;
	int code, r = session_open(&s, c, SETUP_CHECK, false, &e);

	(void)args;
	(void)count;
	if (r == 0 && (list = sorted(&s)) == NULL)
		(void)err_set(&e, ERR_NOMEM, "out of memory");
	code = list == NULL ? cli_fail(c, &e) : print_list(&s, list);
	session_close(&s);
	return code;
}

const struct cli_command cmd_rule_list = {
    .name = "rule list",
    .args = "",
    .summary = "every rule by precedence",
    .min_args = 0,
    .max_args = 0,
    .run = do_list,
};

/* ---- rule show ---- */

static struct json *
scope_json(const struct session *s, const struct rule *r)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < r->scope_count; i++) {
		struct json *group = json_new_list();

		for (size_t k = 0; k < r->scope[i].count; k++) {
			const struct scope_clause *c = &r->scope[i].clauses[k];
			struct json *j = json_new_object();

			json_set_text(j, "attribute", name_of(s, c->name));
			json_set_str(j, "operator", scope_op_text(c->op));
			json_set_text(j, "value", c->value);
			json_push(group, j);
		}
		json_push(list, group);
	}
	return list;
}

static struct json *
join_json(const struct session *s, const struct rule *r)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < r->join_count; i++) {
		struct json *group = json_new_list();

		for (size_t k = 0; k < r->join[i].count; k++) {
			const struct join_clause *c = &r->join[i].clauses[k];
			struct json *j = json_new_object();

			json_set_text(j, "cs", name_of(s, c->cs_name));
			json_set_text(j, "mv", name_of(s, c->mv_name));
			json_set_bool(j, "caseSensitive", c->case_sensitive);
			json_push(group, j);
		}
		json_push(list, group);
	}
	return list;
}

static struct json *
flows_json(const struct session *s, const struct rule *r)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < r->flow_count; i++) {
		const struct flow *f = &r->flows[i];
		struct json *j = json_new_object();

		json_set_text(j, "target", name_of(s, f->target));
		if (f->kind == FLOW_DIRECT)
			json_set_text(j, "source", name_of(s, f->source));
		else
			json_set_text(j,
			    f->kind == FLOW_CONSTANT ? "constant"
						     : "expression",
			    f->text);
		json_set_str(j, "merge", merge_text(f->merge, FORM_VENDOR));
		if (f->execute_once)
			json_set_bool(j, "once", true);
		json_push(list, j);
	}
	return list;
}

static struct json *
rule_json(const struct session *s, const struct rule *r)
{
	struct json *j = head_json(s, r);

	json_set_text(j, "description", r->description);
	json_set_text(j, "file", r->file);
	json_set_int(j, "line", r->line);
	json_set_bool(j, "passwordSync", r->password_sync);
	json_set_int(j, "softDeleteSeconds", r->soft_delete_ms / 1000);
	json_set(j, "scope", scope_json(s, r));
	json_set(j, "join", join_json(s, r));
	json_set(j, "flows", flows_json(s, r));
	return j;
}

static bool
is_meant(const struct rule *r, struct text t)
{
	int64_t n = 0;

	if (text_to_int64(t, &n) == 0)
		return r->precedence == n;
	return text_equal_nocase(r->id, t) || text_equal_nocase(r->name, t);
}

static int
show(struct session *s, const struct rule **list, struct text what,
    struct err *e)
{
	struct json *root = json_new_list();

	for (size_t i = 0; i < s->setup.rules.count; i++)
		if (is_meant(list[i], what))
			json_push(root, rule_json(s, list[i]));
	if (json_count(root) > 0)
		return cli_print_json(root) == CLI_OK ? 0 : ERR_IO;
	(void)json_free(root);
	return err_set(
	    e, ERR_NOENT, "there is no rule \"%.*s\"", TEXT_ARGS(what));
}

static int
do_show(struct cli *c, char **args, int count)
{
	struct session s = {.setup = {.vendor_ok = true}};
	struct err e = {0};
	const struct rule **list = NULL;
	int code = CLI_OK, r = session_open(&s, c, SETUP_CHECK, false, &e);

	(void)count;
	if (r == 0 && (list = sorted(&s)) == NULL)
		r = err_set(&e, ERR_NOMEM, "out of memory");
	if (list != NULL)
		r = show(&s, list, text_of(args[0]), &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

const struct cli_command cmd_rule_show = {
    .name = "rule show",
    .args = "NAME|ID|PRECEDENCE",
    .summary = "a rule with scope, joins and flows, as JSON",
    .detail = "A name that several rules have shows each of them.",
    .min_args = 1,
    .max_args = 1,
    .run = do_show,
};

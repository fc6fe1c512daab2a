/* cli/cmd_config.c -- `causeway config check|show`, `causeway staging`:
 * what holds, and the switch kept in the store. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/vendor_show.h"

/* ---- config check ---- */

static struct json *
problem_json(const struct plan_problem *p)
{
	struct json *j = json_new_object();

	json_set_str(j, "severity", p->blocks ? "error" : "warning");
	json_set_text(j, "file", p->file);
	json_set_int(j, "line", p->line);
	if (p->rule.len != 0)
		json_set_text(j, "rule", p->rule);
	if (p->attribute.len != 0)
		json_set_text(j, "attribute", p->attribute);
	if (p->position != 0)
		json_set_int(j, "position", (int64_t)p->position);
	json_set_text(j, "message", p->text);
	return j;
}

static struct json *
problems_json(const struct session *s)
{
	const struct conf_problems *conf = s->setup.conf_problems;
	struct json *list = json_new_list();

	for (size_t i = 0; conf != NULL && i < conf->count; i++) {
		struct json *j = json_new_object();

		json_set_str(
		    j, "severity", conf->items[i].blocks ? "error" : "warning");
		json_set_int(j, "line", (int64_t)conf->items[i].line);
		json_set_int(j, "column", (int64_t)conf->items[i].column);
		json_set_text(j, "message", conf->items[i].text);
		json_push(list, j);
	}
	for (size_t i = 0; i < s->setup.problem_count; i++)
		json_push(list, problem_json(&s->setup.problems[i]));
	return list;
}

static bool
told_already(const struct session *s)
{
	return (s->setup.conf_problems != NULL &&
		   s->setup.conf_problems->count != 0) ||
	       s->setup.problem_count != 0;
}

static int
do_check(struct cli *c, char **args, int count)
{
	struct session s = {.setup = {.vendor_ok = true}};
	struct err e = {0};
	struct json *root;
	size_t rules = 0;
	int r;

	(void)args;
	(void)count;
	r = session_open(&s, c, SETUP_CHECK, false, &e);
	if (r == 0)
		(void)plan_all(s.setup.plan, &rules);
	if (c->json) {
		root = json_new_object();
		json_set_bool(root, "ok", r == 0);
		json_set_int(root, "rules", (int64_t)rules);
		json_set(root, "problems", problems_json(&s));
		if (r < 0)
			json_set_str(root, "message", e.text);
		(void)cli_print_json(root);
	} else {
		session_say_problems(&s);
		if (r < 0 && !told_already(&s))
			cli_say("%s", e.text);
		if (r == 0)
			(void)printf("ok: %zu connectors, %zu rules\n",
			    s.setup.connector_count, rules);
	}
	session_close(&s);
	return r < 0 ? cli_exit_of(r) : CLI_OK;
}

const struct cli_command cmd_config_check = {
    .name = "config check",
    .args = "",
    .summary = "everything that is wrong with configuration and rules",
    .detail = "Asks no directory: rules are checked against the schemas that "
	      "were read last.",
    .min_args = 0,
    .max_args = 0,
    .run = do_check,
};

const struct cli_command cmd_rule_check = {
    .name = "rule check",
    .args = "",
    .summary = "every error and warning of the rules, with its place",
    .detail = "Of a configuration, or of a vendor's configuration export.  "
	      "Exit code 1 where one blocks.",
    .min_args = 0,
    .max_args = 0,
    .run = do_check,
};

/* ---- config show ---- */

static int
do_show(struct cli *c, char **args, int count)
{
	struct session s = {.setup = {.vendor_ok = true}};
	struct err e = {0};
	struct json *root = NULL;
	int code, r;

	(void)args;
	(void)count;
	r = session_open(&s, c, SETUP_CONF, false, &e);
	root = r == 0 && s.setup.vendor != NULL
		   ? vendor_json(c->arena, s.setup.vendor)
		   : json_new_object();
	if (r == 0 && s.setup.conf != NULL &&
	    (r = conf_write_json(s.setup.conf, root)) < 0)
		(void)err_set(&e, r, "config show: %s", err_name(r));
	if (r == 0) {
		code = cli_print_json(root);
	} else {
		(void)json_free(root);
		code = cli_fail(c, &e);
	}
	session_close(&s);
	return code;
}

const struct cli_command cmd_config_show = {
    .name = "config show",
    .args = "",
    .summary = "every setting that holds, defaults included, as JSON",
    .min_args = 0,
    .max_args = 0,
    .run = do_show,
};

/* ---- Switches kept in the store ---- */

static int
print_staging(struct session *s, struct err *e)
{
	struct json *root;
	bool on = false;
	int r = setup_staging(&s->setup, &on, e);

	if (r < 0)
		return r;
	if (s->cli->json) {
		root = json_new_object();
		json_set_bool(root, "staging", on);
		return cli_print_json(root) == CLI_OK ? 0 : ERR_IO;
	}
	(void)printf("staging mode is %s\n",
	    on ? "on: imports and synchronisation run, nothing is exported"
	       : "off");
	return 0;
}

static int
do_staging(struct cli *c, char **args, int count)
{
	struct text word = count == 1 ? text_of(args[0]) : TEXT("status");
	bool ask = text_is(word, "status");
	struct session s = {0};
	struct err e = {0};
	int code = CLI_OK, r;

	if (!ask && !text_is(word, "on") && !text_is(word, "off"))
		return cli_usage(c, "staging is on, off or status");
	r = session_open(&s, c, ask ? SETUP_READ : SETUP_RUN, false, &e);
	if (r == 0 && !ask)
		r = session_set(&s, "staging", word, &e);
	if (r == 0)
		r = print_staging(&s, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

const struct cli_command cmd_staging = {
    .name = "staging",
    .args = "[on|off|status]",
    .summary = "imports and synchronisation without exports",
    .detail = "The switch is kept in the store and goes before `staging:` of "
	      "the configuration.",
    .min_args = 0,
    .max_args = 1,
    .run = do_staging,
};

/* cli/cmd_apply.c -- `causeway apply`: sends exactly what a plan has. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/plan_show.h"
#include "engine/plan/plan.h"

#define MOVED_SHOWN 30U

static const char *only, *except;
static bool dry_run, as_is;

static int
parse_selection(struct session *s, const char *text,
    const struct plan_selection **out, struct err *e)
{
	struct plan_selection *sel = NULL;
	int r;

	if (text == NULL)
		return 0;
	r = plan_selection_parse(s->setup.arena, text_of(text), &sel, e);
	*out = sel;
	return r;
}

/* ---- What it did ---- */

static struct json *
moved_json(const struct plan_report *r)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < r->moved && i < PLAN_MOVED_MAX; i++) {
		struct json *j = json_new_object();

		json_set_text(j, "displayName", r->list[i].display);
		json_set_text(j, "dn", r->list[i].dn);
		json_set_text(j, "moved", r->list[i].note);
		json_push(list, j);
	}
	return list;
}

static int
print_json(struct session *s, const struct plan_report *r)
{
	struct json *j = plan_json(s, &r->plan), *runs = json_new_list();

	json_set_bool(j, "dryRun", dry_run);
	json_set_int(j, "matched", (int64_t)r->matched);
	json_set_int(j, "done", (int64_t)r->done);
	json_set_int(j, "leftOut", (int64_t)r->left_out);
	json_set_int(j, "moved", (int64_t)r->moved);
	json_set_int(j, "objectErrors", (int64_t)r->object_errors);
	if (r->code < 0)
		json_set_str(j, "message", r->err.text);
	json_set(j, "movedObjects", moved_json(r));
	for (size_t i = 0; i < r->run_count; i++)
		json_push(runs, report_json(s, &r->runs[i].run,
				    r->runs[i].steps, r->runs[i].step_count));
	json_set(j, "runs", runs);
	return cli_print_json(j);
}

static void
print_text(struct session *s, const struct plan_report *r)
{
	for (size_t i = 0; i < r->run_count; i++)
		report_text(s, &r->runs[i].run, r->runs[i].steps,
		    r->runs[i].step_count);
	for (size_t i = 0; i < r->moved && i < MOVED_SHOWN; i++)
		(void)printf("held back: %.*s: %.*s\n",
		    TEXT_ARGS(r->list[i].display.len != 0 ? r->list[i].display
							  : r->list[i].dn),
		    TEXT_ARGS(r->list[i].note));
	if (r->moved > MOVED_SHOWN)
		(void)printf("and %" PRIu64 " more: causeway plan show %" PRId64
			     "\n",
		    r->moved - MOVED_SHOWN, r->plan.id);
	(void)printf("plan %" PRId64 ": %" PRIu64 " %s, %" PRIu64
		     " as planned already, %" PRIu64 " left out, %" PRIu64
		     " held back; %s\n",
	    r->plan.id, r->matched, dry_run ? "would be sent" : "to be sent",
	    r->done, r->left_out, r->moved, frozen_state_name(r->plan.state));
}

static int
tell(struct session *s, const struct plan_report *r, const struct err *e)
{
	int code = CLI_OK;

	if (r->object_errors + r->moved != 0)
		code = CLI_OBJECT_ERRORS;
	if (r->code < 0)
		code = cli_exit_of(r->code);
	if (r->plan.id == 0 || (r->code < 0 && r->run_count == 0))
		return cli_fail(s->cli, e);
	if (s->cli->json)
		return print_json(s, r) == CLI_OK ? code : CLI_ERROR;
	if (!s->cli->quiet)
		print_text(s, r);
	if (r->code < 0)
		cli_say("%s", r->err.text);
	return code;
}

static int
do_apply(struct cli *c, char **args, int count)
{
	struct plan_apply w = {.dry_run = dry_run, .as_is = as_is};
	struct plan_report report = {0};
	struct session s = {0};
	struct err e = {0};
	int r, code;

	(void)count;
	if (text_to_int64(text_of(args[0]), &w.plan) < 0)
		return cli_usage(c, "\"%s\" is no plan number", args[0]);
	r = session_open(&s, c, SETUP_RUN, false, &e);
	if (r == 0)
		r = parse_selection(&s, only, &w.only, &e);
	if (r == 0)
		r = parse_selection(&s, except, &w.except, &e);
	if (r == ERR_SYNTAX || r == ERR_LIMIT) {
		session_close(&s);
		return cli_usage(c, "%s", e.text);
	}
	if (r == 0) {
		w.who = session_person(c->arena, NULL);
		/* the report has its code */
		(void)!engine_plan_apply(
		    s.setup.engine, &w, s.setup.arena, &report, &e);
		code = tell(&s, &report, &e);
	} else {
		code = cli_fail(c, &e);
	}
	session_close(&s);
	return code;
}

static const struct cli_option options[] = {
    {"only", OPTION_TEXT, &only, "SELECTION", "this part of the plan alone"},
    {"except", OPTION_TEXT, &except, "SELECTION", "all but this part"},
    {"dry-run", OPTION_FLAG, &dry_run, NULL,
	"compare with what is there now, and send nothing"},
    {"as-is", OPTION_FLAG, &as_is, NULL,
	"do not look first what changed since: the last cycle says it"},
};

const struct cli_command cmd_apply = {
    .name = "apply",
    .args = "N",
    .summary = "send exactly what plan N has",
    .detail =
	"An object whose state has moved since the plan was made is held back\n"
	"and named (exit code 3).  The same command again goes on where it\n"
	"stopped.\n"
	"SELECTION: \"type=user;operation=update\": terms that all have to "
	"hold,\n"
	"values with | between them of which one has to, * for any text.  "
	"Terms:\n"
	"type, operation (add, update, rename, delete), ou (at or below), "
	"object\n"
	"(DN, anchor, UPN, display name), attribute, rule.",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .option_count = 4,
    .run = do_apply,
};

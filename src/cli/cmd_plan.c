/* cli/cmd_plan.c -- `causeway plan`: what is pending, frozen under a number. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/plan_show.h"
#include "engine/plan/plan.h"

static int
print_one_json(struct session *s, const struct frozen *f)
{
	return cli_print_json(plan_json(s, f)) == CLI_OK ? 0 : ERR_IO;
}

/* ---- plan ---- */

static int
freeze(struct session *s, const char *only, struct err *e)
{
	struct plan_wish w = {.connector = PLAN_EVERY,
	    .who = session_person(s->setup.arena, NULL)};
	struct frozen f = {0};
	int r = 0;

	if (only != NULL)
		r = setup_connector(&s->setup, text_of(only), &w.connector, e);
	if (r == 0)
		r = engine_plan_freeze(
		    s->setup.engine, &w, s->setup.arena, &f, e);
	if (r < 0)
		return r;
	if (s->cli->json)
		return print_one_json(s, &f);
	if (f.id == 0) {
		(void)printf("nothing is pending: no plan was made\n");
		return 0;
	}
	plan_head_text(s, &f);
	if (!s->cli->quiet)
		(void)printf("see it: causeway plan show %" PRId64
			     "; send it: causeway apply %" PRId64 "\n",
		    f.id, f.id);
	return 0;
}

static int
do_plan(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct err e = {0};
	int code = CLI_OK;
	int r = session_open(&s, c, SETUP_RUN, false, &e);

	if (r == 0)
		r = freeze(&s, count == 1 ? args[0] : NULL, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

const struct cli_command cmd_plan = {
    .name = "plan",
    .args = "[CONNECTOR]",
    .summary = "freeze what is pending under a number, to be reviewed and sent",
    .detail = "Nothing is sent.  The hash is over all of it: the same changes "
	      "have the same hash.",
    .min_args = 0,
    .max_args = 1,
    .run = do_plan,
};

/* ---- plan list ---- */

static int64_t how_many = 30;

static int
print_list(struct session *s, struct err *e)
{
	static const char *const titles[] = {">plan", "made", "by", ">adds",
	    ">updates", ">deletes", "state", "undoes"};
	CLEANUP(table_freep)
	struct table *t = table_new(titles, 8);
	struct json *list = s->cli->json ? json_new_list() : NULL;
	struct frozen *plans = NULL;
	size_t n = 0;
	int r = frozen_list(
	    s->setup.store, s->setup.arena, (size_t)how_many, &plans, &n, e);

	if (t == NULL)
		r = err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct frozen *f = &plans[i];

		if (list != NULL) {
			json_push(list, plan_json(s, f));
			continue;
		}
		table_cell(t, "%" PRId64, f->id);
		table_text(t, show_time(s, f->ms));
		table_text(t, f->who);
		table_cell(t, "%" PRIu64, f->adds);
		table_cell(t, "%" PRIu64, f->updates);
		table_cell(t, "%" PRIu64, f->deletes);
		table_cell(t, "%s", frozen_state_name(f->state));
		if (f->undoes_plan != 0)
			table_cell(t, "plan %" PRId64, f->undoes_plan);
		else if (f->undoes_run != 0)
			table_cell(t, "run %" PRId64, f->undoes_run);
		else
			table_cell(t, "%s", "");
	}
	return cli_print_list(r, list, t);
}

static int
do_list(struct cli *c, char **args, int count)
{
	(void)args;
	(void)count;
	if (how_many < 1 || how_many > 100000)
		return cli_usage(c, "--limit from 1 to 100000");
	return session_read(c, print_list);
}

static const struct cli_option list_options[] = {
    {"limit", OPTION_NUMBER, &how_many, "N", "the last N plans (30)"},
};

const struct cli_command cmd_plan_list = {
    .name = "plan list",
    .args = "",
    .summary = "the last plans, newest first",
    .min_args = 0,
    .max_args = 0,
    .options = list_options,
    .option_count = 1,
    .run = do_list,
};

/* ---- plan show ---- */

static int64_t wanted;
static const char *group_by;

static int
push_item(void *ctx, const struct frozen_item *i, struct err *e)
{
	(void)e;
	json_push(((struct json **)ctx)[0],
	    plan_item_json(((struct session **)ctx)[1], i));
	return 0;
}

static int
print_item(void *ctx, const struct frozen_item *i, struct err *e)
{
	(void)e;
	plan_item_text(ctx, i);
	return 0;
}

static int
show_json(struct session *s, struct json *root, struct err *e)
{
	struct json *list = NULL;
	void *ctx[2];
	int r;

	if (group_by != NULL) {
		r = plan_groups_json(
		    s, wanted, plan_by_parse(group_by), &list, e);
		if (r == 0)
			json_set(root, "groups", list);
	} else {
		list = json_new_list();
		ctx[0] = list;
		ctx[1] = s;
		r = plan_each(s, wanted, push_item, ctx, e);
		json_set(root, "items", list);
	}
	if (r < 0) {
		(void)json_free(root);
		return r;
	}
	return cli_print_json(root) == CLI_OK ? 0 : ERR_IO;
}

static int
show(struct session *s, struct err *e)
{
	struct frozen f;
	int r = frozen_get(s->setup.store, s->setup.arena, wanted, &f, e);

	if (r < 0)
		return r;
	if (s->cli->json)
		return show_json(s, plan_json(s, &f), e);
	plan_head_text(s, &f);
	if (group_by != NULL)
		return plan_groups_text(s, wanted, plan_by_parse(group_by), e);
	return plan_each(s, wanted, print_item, s, e);
}

static int
do_show(struct cli *c, char **args, int count)
{
	(void)count;
	if (text_to_int64(text_of(args[0]), &wanted) < 0)
		return cli_usage(c, "\"%s\" is no plan number", args[0]);
	if (group_by != NULL && plan_by_parse(group_by) == PLAN_BY_NONE)
		return cli_usage(c,
		    "--group-by rule, ou, attribute or operation, not \"%s\"",
		    group_by);
	return session_read(c, show);
}

static const struct cli_option show_options[] = {
    {"group-by", OPTION_TEXT, &group_by, "WHAT",
	"rule, ou, attribute or operation: one line a group"},
};

const struct cli_command cmd_plan_show = {
    .name = "plan show",
    .args = "N",
    .summary = "every object of a plan, with old and new values and the rule",
    .min_args = 1,
    .max_args = 1,
    .options = show_options,
    .option_count = 1,
    .run = do_show,
};

/* ---- plan drop ---- */

static int
do_drop(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct err e = {0};
	struct frozen f;
	int code = CLI_OK, r;

	(void)count;
	if (text_to_int64(text_of(args[0]), &wanted) < 0)
		return cli_usage(c, "\"%s\" is no plan number", args[0]);
	r = session_open(&s, c, SETUP_RUN, false, &e);
	if (r == 0)
		r = engine_plan_drop(s.setup.engine, wanted, &e);
	if (r == 0)
		r = frozen_get(s.setup.store, s.setup.arena, wanted, &f, &e);
	if (r == 0 && c->json)
		r = print_one_json(&s, &f);
	else if (r == 0 && !c->quiet)
		plan_head_text(&s, &f);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

const struct cli_command cmd_plan_drop = {
    .name = "plan drop",
    .args = "N",
    .summary = "a plan that will not be applied; its changes stay pending",
    .min_args = 1,
    .max_args = 1,
    .run = do_drop,
};

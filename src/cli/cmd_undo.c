/* cli/cmd_undo.c -- `causeway undo`: the inverse of what was sent. */
#include "engine/plan/undo.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/plan_show.h"

#define NOTES_SHOWN 50U

static bool of_run;

/* ---- undo ---- */

static int
print_json(struct session *s, const struct undo_report *r)
{
	struct json *j = plan_json(s, &r->plan), *list = json_new_list();

	for (size_t i = 0; i < r->note_count; i++) {
		struct json *one = json_new_object();

		json_set_text(one, "displayName", r->notes[i].display);
		json_set_text(one, "dn", r->notes[i].dn);
		json_set_text(one, "why", r->notes[i].text);
		json_set_bool(one, "inPart", r->notes[i].in_part);
		json_push(list, one);
	}
	json_set(j, "cannotBeUndone", list);
	return cli_print_json(j) == CLI_OK ? 0 : ERR_IO;
}

static void
print_text(struct session *s, const struct undo_report *r)
{
	for (size_t i = 0; i < r->note_count && i < NOTES_SHOWN; i++) {
		const struct undo_note *n = &r->notes[i];

		(void)printf("%s: %.*s: %.*s\n",
		    n->in_part ? "not as it was" : "cannot be undone",
		    TEXT_ARGS(n->display.len != 0 ? n->display : n->dn),
		    TEXT_ARGS(n->text));
	}
	if (r->note_count > NOTES_SHOWN)
		(void)printf("and %zu more: --json has all of them\n",
		    r->note_count - NOTES_SHOWN);
	if (r->plan.id == 0) {
		(void)printf("nothing can be undone: no plan was made\n");
		return;
	}
	plan_head_text(s, &r->plan);
	if (!s->cli->quiet)
		(void)printf("see it: causeway plan show %" PRId64
			     "; send it: causeway apply %" PRId64 "\n",
		    r->plan.id, r->plan.id);
}

static int
undo(struct session *s, int64_t number, struct err *e)
{
	struct undo_wish w = {.plan = of_run ? 0 : number,
	    .run = of_run ? number : 0,
	    .who = session_person(s->setup.arena, NULL)};
	struct undo_report report;
	int r =
	    engine_plan_undo(s->setup.engine, &w, s->setup.arena, &report, e);

	if (r < 0)
		return r;
	if (s->cli->json)
		return print_json(s, &report);
	print_text(s, &report);
	return 0;
}

static int
do_undo(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct err e = {0};
	int64_t number;
	int code = CLI_OK, r;

	(void)count;
	if (text_to_int64(text_of(args[0]), &number) < 0 || number < 1)
		return cli_usage(c, "\"%s\" is no number of a %s", args[0],
		    of_run ? "run" : "plan");
	r = session_open(&s, c, SETUP_RUN, false, &e);
	if (r == 0)
		r = undo(&s, number, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

static const struct cli_option undo_options[] = {
    {"run", OPTION_FLAG, &of_run, NULL,
	"N is the number of a run (causeway history list), not of a plan"},
};

const struct cli_command cmd_undo = {
    .name = "undo",
    .args = "N",
    .summary = "make the inverse of what plan N sent, as a plan",
    .detail = "Nothing is sent; what cannot be undone is named.  `causeway "
	      "apply` sends\nthe inverse.  From then on what it took back is "
	      "held: a value until its\nsource says another one, an object "
	      "until `causeway undo release`.",
    .min_args = 1,
    .max_args = 1,
    .options = undo_options,
    .option_count = 1,
    .run = do_undo,
};

/* ---- undo list ---- */

static struct json *
hold_json(struct session *s, const struct hold *h)
{
	const struct names *names = store_names(s->setup.store);
	struct json *j = json_new_object(), *list = json_new_list();

	json_set_int(j, "plan", h->plan);
	json_set_text(j, "connector", show_connector(s, h->connector));
	json_set_str(j, "operation", delta_op_name(h->op));
	json_set_text(j, "type", names_text(names, h->type));
	json_set_text(j, "dn", h->dn);
	json_set_text(j, "displayName", h->display);
	json_set_text(j, "since", show_time(s, h->ms));
	for (uint32_t i = 0; i < h->delta.count; i++)
		json_push(list,
		    json_new_text(names_text(names, h->delta.changes[i].name)));
	if (h->delta.new_dn.len != 0)
		json_push(list, json_new_text(TEXT("dn")));
	json_set(j, "attributes", list);
	return j;
}

static void
hold_row(struct session *s, const struct hold *h, struct table *t)
{
	const struct names *names = store_names(s->setup.store);
	struct buf b;

	buf_init(&b, 65536);
	for (uint32_t i = 0; i < h->delta.count && h->op == DELTA_UPDATE; i++)
		buf_printf(&b, "%s%.*s", i != 0 ? ", " : "",
		    TEXT_ARGS(names_text(names, h->delta.changes[i].name)));
	if (h->delta.new_dn.len != 0)
		buf_printf(&b, "%sdn", b.len != 0 ? ", " : "");
	table_cell(t, "%" PRId64, h->plan);
	table_text(t, show_connector(s, h->connector));
	table_cell(t, "%s", delta_op_name(h->op));
	table_text(t, h->display.len != 0 ? h->display : h->dn);
	table_text(t, show_time(s, h->ms));
	table_text(t, buf_text(&b));
	buf_clear(&b);
}

static int
print_holds(struct session *s, struct err *e)
{
	static const char *const titles[] = {
	    ">plan", "connector", "would", "object", "since", "attributes"};
	CLEANUP(table_freep)
	struct table *t = table_new(titles, 6);
	struct json *list = s->cli->json ? json_new_list() : NULL;
	struct hold h = {0};
	int r;

	if (t == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	while ((r = hold_next(s->setup.store, s->setup.arena, 0, h.id, &h, e)) >
	       0) {
		if (list != NULL)
			json_push(list, hold_json(s, &h));
		else
			hold_row(s, &h, t);
	}
	return cli_print_list(r, list, t);
}

static int
do_list(struct cli *c, char **args, int count)
{
	(void)args;
	(void)count;
	return session_read(c, print_holds);
}

const struct cli_command cmd_undo_list = {
    .name = "undo list",
    .args = "",
    .summary = "what is held because somebody undid it",
    .min_args = 0,
    .max_args = 0,
    .run = do_list,
};

/* ---- undo release ---- */

static int
do_release(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct err e = {0};
	uint64_t n = 0;
	int64_t plan;
	int code = CLI_OK, r;

	if (text_to_int64(text_of(args[0]), &plan) < 0)
		return cli_usage(c, "\"%s\" is no plan number", args[0]);
	r = session_open(&s, c, SETUP_RUN, false, &e);
	if (r == 0)
		r = engine_undo_release(s.setup.engine, plan,
		    count == 2 ? text_of(args[1]) : TEXT(""), &n, &e);
	if (r == 0 && n == 0)
		r = err_set(&e, ERR_NOENT, "plan %" PRId64 " holds nothing%s",
		    plan, count == 2 ? " of that object" : "");
	if (r < 0) {
		code = cli_fail(c, &e);
	} else if (c->json) {
		struct json *j = json_new_object();

		json_set_int(j, "released", (int64_t)n);
		code = cli_print_json(j);
	} else if (!c->quiet) {
		(void)printf("%" PRIu64 " released: the next export sends "
			     "them\n",
		    n);
	}
	session_close(&s);
	return code;
}

const struct cli_command cmd_undo_release = {
    .name = "undo release",
    .args = "N [OBJECT]",
    .summary = "let what plan N undid be sent again",
    .detail = "N is the plan that undid it (`causeway undo list`); OBJECT a "
	      "DN, an anchor or a\ndisplay name, all objects without it.",
    .min_args = 1,
    .max_args = 2,
    .run = do_release,
};

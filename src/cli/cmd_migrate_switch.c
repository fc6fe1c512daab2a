/* cli/cmd_migrate_switch.c -- `causeway migrate switch` and `rollback`. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/session.h"
#include "migrate/swing/switch.h"

static const char *old_file, *by;
static bool old_is_off;

/* ---- switch ---- */

static int
do_switch(struct cli *c, char **args, int count)
{
	const struct swing_switch w = {.old = old_file,
	    .old_is_off = old_is_off,
	    .who = session_person(c->arena, by)};
	struct session s = {0};
	struct err e = {0};
	struct json *j;
	int r = session_own_store(c, &e);

	(void)args;
	(void)count;
	if (r == 0)
		r = session_open(&s, c, SETUP_RUN, false, &e);
	if (r == 0)
		r = swing_take_over(&s.setup, &w, &e);
	session_close(&s);
	if (r < 0)
		return cli_fail(c, &e);
	if (c->json) {
		j = json_new_object();
		json_set_str(j, "state", "active");
		json_set_text(j, "by", w.who);
		return cli_print_json(j);
	}
	if (!c->quiet)
		(void)printf("this server is the active one; nothing was "
			     "sent yet: causeway cycle\nback: causeway "
			     "migrate rollback\n");
	return CLI_OK;
}

static const struct cli_option switch_options[] = {
    {"old", OPTION_TEXT, &old_file, "CSEXPORT.xml",
	"wants no open difference against the old server either"},
    {"old-is-off", OPTION_FLAG, &old_is_off, NULL,
	"the old server is stopped, although it synchronised within the last "
	"hour"},
    {"by", OPTION_TEXT, &by, "NAME", "who does it (the user that runs it)"},
};

const struct cli_command cmd_migrate_switch = {
    .name = "migrate switch",
    .args = "",
    .summary = "this staging server becomes the active one",
    .detail = "Only when every connector was read and synchronised in full, no "
	      "difference is open\n(`causeway migrate compare`), and no other "
	      "product is at work on the target. Takes\nthe lease of each "
	      "target; sends nothing. Exits 4 where differences are open, 5 "
	      "where\nit may not be for another reason.",
    .min_args = 0,
    .max_args = 0,
    .options = switch_options,
    .option_count = 3,
    .run = do_switch,
};

/* ---- rollback ---- */

/* Of how many there is a list: PLAN_MOVED_MAX at most. */
static size_t
listed(const struct plan_report *sent)
{
	return sent->moved < PLAN_MOVED_MAX ? (size_t)sent->moved
					    : PLAN_MOVED_MAX;
}

static struct json *
held_json(const struct plan_report *sent)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < listed(sent); i++) {
		struct json *one = json_new_object();

		json_set_text(one, "displayName", sent->list[i].display);
		json_set_text(one, "dn", sent->list[i].dn);
		json_set_text(one, "why", sent->list[i].note);
		json_push(list, one);
	}
	return list;
}

static struct json *
run_json(const struct swing_undone *u)
{
	struct json *j = json_new_object(), *list = json_new_list();

	json_set_text(j, "connector", u->run.connector_name);
	json_set_int(j, "run", u->run.id);
	json_set_int(j, "plan", u->undo.plan.id);
	json_set_int(j, "objectErrors", (int64_t)u->sent.object_errors);
	for (size_t i = 0; i < u->undo.note_count; i++) {
		const struct undo_note *n = &u->undo.notes[i];
		struct json *one = json_new_object();

		json_set_text(one, "displayName", n->display);
		json_set_text(one, "dn", n->dn);
		json_set_text(one, "why", n->text);
		json_set_bool(one, "inPart", n->in_part);
		json_push(list, one);
	}
	json_set(j, "cannotBeUndone", list);
	json_set(j, "heldBack", held_json(&u->sent));
	return j;
}

static int
print_json(const struct swing_rollback *b)
{
	struct json *j = json_new_object(), *list = json_new_list();

	json_set_str(j, "state", "staging");
	json_set_int(j, "objectErrors", (int64_t)b->object_errors);
	for (size_t i = 0; i < b->run_count; i++)
		json_push(list, run_json(&b->runs[i]));
	json_set(j, "runs", list);
	return cli_print_json(j);
}

static void
print_text(const struct swing_rollback *b)
{
	for (size_t i = 0; i < b->run_count; i++) {
		const struct swing_undone *u = &b->runs[i];

		(void)printf("%.*s run %" PRId64 ": %s",
		    TEXT_ARGS(u->run.connector_name), u->run.number,
		    u->undo.plan.id != 0 ? "taken back"
					 : "nothing can be taken back");
		if (u->undo.plan.id != 0)
			(void)printf(" by plan %" PRId64, u->undo.plan.id);
		(void)putchar('\n');
		for (size_t k = 0; k < u->undo.note_count; k++)
			(void)printf("  %s: %.*s: %.*s\n",
			    u->undo.notes[k].in_part ? "not as it was"
						     : "cannot be undone",
			    TEXT_ARGS(u->undo.notes[k].display),
			    TEXT_ARGS(u->undo.notes[k].text));
		for (size_t k = 0; k < listed(&u->sent); k++)
			(void)printf("  left as it is: %.*s: %.*s\n",
			    TEXT_ARGS(u->sent.list[k].display),
			    TEXT_ARGS(u->sent.list[k].note));
	}
	(void)printf(
	    "staging mode is on, the lease is free: the old server may "
	    "go on\n");
}

static int
do_rollback(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct swing_rollback b = {.run_count = 0};
	struct err e = {0};
	int code = CLI_OK;
	int r = session_own_store(c, &e);

	(void)args;
	(void)count;
	if (r == 0)
		r = session_open(&s, c, SETUP_RUN, false, &e);
	if (r == 0)
		r = swing_roll_back(&s.setup, session_person(c->arena, by),
		    s.setup.arena, &b, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	else if (c->json)
		code = print_json(&b);
	else if (!c->quiet)
		print_text(&b);
	session_close(&s);
	return code == CLI_OK && b.object_errors + b.held > 0
		   ? CLI_OBJECT_ERRORS
		   : code;
}

static const struct cli_option rollback_options[] = {
    {"by", OPTION_TEXT, &by, "NAME", "who does it (the user that runs it)"},
};

const struct cli_command cmd_migrate_rollback = {
    .name = "migrate rollback",
    .args = "",
    .summary = "take back what was sent since the switch, and hand over again",
    .detail = "The exports since `causeway migrate switch`, newest first, each "
	      "by its inverse plan;\nwhat cannot be undone is named. Then "
	      "staging mode is on and the lease is free.\nCut off, it goes on "
	      "where it was.",
    .min_args = 0,
    .max_args = 0,
    .options = rollback_options,
    .option_count = 1,
    .run = do_rollback,
};

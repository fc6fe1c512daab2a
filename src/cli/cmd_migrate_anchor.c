/* cli/cmd_migrate_anchor.c -- `causeway migrate anchor`: from objectGUID to
 * mS-DS-ConsistencyGuid, after the upgrade. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/session.h"
#include "migrate/task/anchor.h"

#define SHOWN 20U

static const char *opt_by, *opt_reason;
static bool opt_all;

/* ---- JSON ---- */

static struct json *
user_json(const struct anchor_user *u)
{
	static const char *const states[] = {"empty", "equal", "other"};
	struct json *j = json_new_object();

	json_set_text(j, "connector", u->object->connector);
	json_set_text(j, "dn", u->object->dn);
	json_set_text(j, "displayName", u->object->name);
	json_set_str(j, "state", states[u->state]);
	json_set_text(j, "anchor", u->object->anchor);
	json_set_text(j, "value", u->object->consistency);
	json_set_text(j, "immutableId", u->object->other->anchor);
	return j;
}

static struct json *
report_json_of(const struct anchor_report *r)
{
	struct json *j = json_new_object(), *others = json_new_list(),
		    *failures = json_new_list();

	json_set_str(j, "task", r->task);
	json_set_bool(j, "set", r->set);
	json_set_int(j, "users", (int64_t)r->count);
	json_set_int(j, "equal", (int64_t)r->equal);
	json_set_int(j, "empty", (int64_t)r->empty);
	json_set_int(j, "byConsistencyGuid", (int64_t)r->by_consistency);
	for (size_t i = 0; i < r->count; i++)
		if (r->users[i].state == ANCHOR_OTHER)
			json_push(others, user_json(&r->users[i]));
	json_set(j, "other", others);
	json_set_int(j, "written", (int64_t)r->written);
	json_set_int(j, "proved", (int64_t)r->proved);
	json_set_int(j, "cleared", (int64_t)r->cleared);
	json_set_text(j, "file", r->file);
	for (size_t i = 0; i < r->failed; i++) {
		struct json *one = json_new_object();

		json_set_text(one, "dn", r->failures[i].dn);
		json_set_text(one, "why", r->failures[i].why);
		json_push(failures, one);
	}
	json_set(j, "failures", failures);
	return j;
}

/* ---- For people ---- */

static void
print_others(const struct anchor_report *r)
{
	uint64_t shown = 0;

	for (size_t i = 0; i < r->count; i++) {
		const struct seen_object *o = r->users[i].object;

		if (r->users[i].state != ANCHOR_OTHER)
			continue;
		if (opt_all || shown < SHOWN)
			(void)printf("  another value: %.*s: has %.*s, would "
				     "be %.*s\n",
			    TEXT_ARGS(o->dn), TEXT_ARGS(o->consistency),
			    TEXT_ARGS(o->anchor));
		shown++;
	}
	if (!opt_all && shown > SHOWN)
		(void)printf("  and %" PRIu64 " more (--all)\n", shown - SHOWN);
}

static void
print_look(const struct anchor_report *r)
{
	(void)printf("default_rules.source_anchor is %s%s\n",
	    r->set ? "mS-DS-ConsistencyGuid" : "objectGUID",
	    r->task[0] == '\0' ? ""
	    : text_is(text_of(r->task), "writing")
		? "; the switch was begun, and goes on by apply"
		: "; it was switched from here");
	(void)printf("%zu users of Active Directory are known to the cloud by "
		     "objectGUID: %" PRIu64 " have it\nin "
		     "mS-DS-ConsistencyGuid, %" PRIu64 " have no value there, "
		     "%" PRIu64 " another one\n",
	    r->count, r->equal, r->empty, r->other);
	if (r->by_consistency != 0)
		(void)printf("%" PRIu64 " are known by another "
			     "mS-DS-ConsistencyGuid already\n",
		    r->by_consistency);
	print_others(r);
}

static void
print_failures(const struct anchor_report *r)
{
	for (size_t i = 0; i < r->failed; i++)
		(void)printf("  refused: %.*s: %.*s\n",
		    TEXT_ARGS(r->failures[i].dn),
		    TEXT_ARGS(r->failures[i].why));
}

/* ---- The commands ---- */

static int
show(struct session *s, struct err *e)
{
	struct anchor_report report;
	int r = anchor_look(&s->setup, s->setup.arena, &report, e);

	if (r < 0)
		return r;
	if (s->cli->json)
		(void)cli_print_json(report_json_of(&report));
	else
		print_look(&report);
	return 0;
}

static int
do_show(struct cli *c, char **args, int count)
{
	(void)args;
	(void)count;
	return session_read(c, show);
}

typedef int task_fn(struct setup *s, const struct anchor_wish *w,
    struct arena *a, struct anchor_report *out, struct err *e);

/* The report is shown also where it was refused: it says of whom. */
static int
run_task(struct cli *c, task_fn *task,
    void (*print)(const struct anchor_report *r, bool done))
{
	const struct anchor_wish w = {.by = session_person(c->arena, opt_by),
	    .reason = text_of(opt_reason)};
	struct anchor_report report = {.task = ""};
	struct session s = {0};
	struct err e = {0};
	int r = session_own_store(c, &e);

	if (r == 0)
		r = session_open(&s, c, SETUP_RUN, false, &e);
	if (r == 0)
		r = task(&s.setup, &w, s.setup.arena, &report, &e);
	if (c->json && (r == 0 || report.count != 0)) {
		struct json *j = report_json_of(&report);

		if (r < 0)
			json_set_str(j, "error", e.text);
		(void)cli_print_json(j);
	} else if (!c->json) {
		print(&report, r == 0);
	}
	session_close(&s);
	if (r < 0 && c->json && report.count != 0) {
		cli_say("%s", e.text);
		return cli_exit_of(r);
	}
	return r < 0 ? cli_fail(c, &e) : CLI_OK;
}

static void
print_applied(const struct anchor_report *r, bool done)
{
	print_others(r);
	print_failures(r);
	if (done)
		(void)printf(
		    "%" PRIu64 " values written, %" PRIu64
		    " immutable IDs stay what they are\n"
		    "%.*s: source_anchor is mS-DS-ConsistencyGuid "
		    "now: causeway cycle\n"
		    "back until then: causeway migrate anchor return\n",
		    r->written, r->proved, TEXT_ARGS(r->file));
}

static void
print_returned(const struct anchor_report *r, bool done)
{
	print_failures(r);
	if (done && r->file.len != 0)
		(void)printf("%.*s is as it was\n", TEXT_ARGS(r->file));
	if (done)
		(void)printf(
		    "%" PRIu64 " values taken away again\n", r->cleared);
}

static int
do_apply(struct cli *c, char **args, int count)
{
	(void)args;
	(void)count;
	if (c->dry_run)
		return session_read(c, show);
	if (opt_reason == NULL || opt_reason[0] == '\0')
		return cli_usage(c, "--reason is missing: it is kept");
	return run_task(c, anchor_apply, print_applied);
}

static int
do_return(struct cli *c, char **args, int count)
{
	(void)args;
	(void)count;
	if (opt_reason == NULL || opt_reason[0] == '\0')
		return cli_usage(c, "--reason is missing: it is kept");
	return run_task(c, anchor_return, print_returned);
}

static const struct cli_option options[] = {
    {"reason", OPTION_TEXT, &opt_reason, "TEXT", "why; kept"},
    {"by", OPTION_TEXT, &opt_by, "NAME", "who does it (the user that runs it)"},
    {"all", OPTION_FLAG, &opt_all, NULL, "every name, not the first 20"},
};

const struct cli_command cmd_migrate_anchor_show = {
    .name = "migrate anchor show",
    .args = "",
    .summary = "who has objectGUID in mS-DS-ConsistencyGuid, and who has not",
    .detail = "Reads the directories and the cloud. Changes nothing.",
    .options = &options[2],
    .option_count = 1,
    .run = do_show,
};

const struct cli_command cmd_migrate_anchor_apply = {
    .name = "migrate anchor apply",
    .args = "",
    .summary = "from objectGUID to mS-DS-ConsistencyGuid, with proof",
    .detail = "After the upgrade, on the active server. Writes objectGUID into "
	      "mS-DS-ConsistencyGuid of\nevery user that the cloud knows by it "
	      "and that has no value there, reads all of them\nback, compares "
	      "with the immutable IDs in the cloud octet by octet, and sets\n"
	      "default_rules.source_anchor. Exits 5 where one user has another "
	      "value, or is refused.\nCut off, it goes on. --dry-run is show.",
    .options = options,
    .option_count = 3,
    .run = do_apply,
};

const struct cli_command cmd_migrate_anchor_return = {
    .name = "migrate anchor return",
    .args = "",
    .summary = "take the switch of the anchor back, until the first run",
    .detail = "The file as it was, and the values that were written gone. "
	      "Exits 5 after a run.",
    .options = options,
    .option_count = 2,
    .run = do_return,
};

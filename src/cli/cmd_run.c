/* cli/cmd_run.c -- `causeway run` and `causeway cycle`. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/session.h"

/* What the exit code says of a run that began: it was refused by nobody, and a
 * peer that is busy is an error like any other. */
static int
exit_of(int code, uint64_t object_errors)
{
	if (code == ERR_BUSY)
		return CLI_ERROR;
	if (code < 0)
		return cli_exit_of(code);
	return object_errors != 0 ? CLI_OBJECT_ERRORS : CLI_OK;
}

static void
print_run(struct session *s, const struct engine_report *r)
{
	report_text(s, &r->run, r->steps, r->step_count);
	if (r->code < 0)
		cli_say("%s", r->err.text);
}

/* ---- run ---- */

static int
run_failed_to_begin(const struct cli *c, const struct err *e)
{
	return cli_fail(c, e);
}

static int
show_run(struct session *s, const struct engine_report *r)
{
	int code = exit_of(r->code, r->object_errors);

	if (s->cli->json) {
		struct json *j =
		    report_json(s, &r->run, r->steps, r->step_count);

		if (r->code < 0)
			json_set_str(j, "message", r->err.text);
		if (cli_print_json(j) != CLI_OK)
			return CLI_ERROR;
	} else if (!s->cli->quiet) {
		print_run(s, r);
	} else if (r->code < 0) {
		cli_say("%s", r->err.text);
	}
	return code;
}

static int64_t max_objects, max_deletes;

static int
do_run(struct cli *c, char **args, int count)
{
	enum engine_profile profile = engine_profile_parse(text_of(args[1]));
	struct session s = {0};
	struct engine_report report = {0};
	struct err e = {0};
	size_t connector = 0;
	int r, code;

	(void)count;
	if (profile == 0)
		return cli_usage(c,
		    "no profile \"%s\": full-import, delta-import, full-sync, "
		    "delta-sync, export",
		    args[1]);
	if (max_objects < 0 || max_deletes < 0)
		return cli_usage(c, "a threshold is not below 0");
	s.setup.refresh =
	    profile == PROFILE_FULL_IMPORT ? text_of(args[0]) : TEXT("");
	r = session_open(&s, c, SETUP_RUN, false, &e);
	if (r == 0)
		r = setup_connector(&s.setup, text_of(args[0]), &connector, &e);
	if (r == 0)
		engine_limit(s.setup.engine,
		    (struct engine_limits){
			(uint64_t)max_objects, (uint64_t)max_deletes});
	if (r == 0)
		r = engine_run(s.setup.engine, connector, profile,
		    s.setup.arena, &report, &e);
	if (r < 0 && report.run.id == 0)
		code = run_failed_to_begin(c, &e);
	else
		code = show_run(&s, &report);
	session_close(&s);
	return code;
}

static const struct cli_option run_options[] = {
    {"objects", OPTION_NUMBER, &max_objects, "N",
	"end a step after N objects; what it did stays"},
    {"deletes", OPTION_NUMBER, &max_deletes, "N",
	"end a step before it stages or sends more than N deletions"},
};

const struct cli_command cmd_run = {
    .name = "run",
    .args = "CONNECTOR PROFILE",
    .summary = "one run profile of one connector",
    .detail = "Profiles: full-import, delta-import, full-sync, delta-sync, "
	      "export.\nThe record of the run is kept: `causeway history`.",
    .min_args = 2,
    .max_args = 2,
    .options = run_options,
    .option_count = 2,
    .run = do_run,
};

/* ---- cycle ---- */

static int
cycle_json(
    struct session *s, const struct engine_cycle_report *r, int64_t took_ms)
{
	struct json *j = json_new_object(), *runs = json_new_list();

	for (size_t i = 0; i < r->count; i++)
		json_push(runs, report_json(s, &r->runs[i].run,
				    r->runs[i].steps, r->runs[i].step_count));
	json_set_str(j, "result",
	    r->code < 0
		? err_name(r->code)
		: (r->object_errors != 0 ? "completed-errors" : "success"));
	if (r->code < 0)
		json_set_str(j, "message", r->err.text);
	json_set(j, "duration", json_new_double((double)took_ms / 1000.0));
	json_set_int(j, "object-errors", (int64_t)r->object_errors);
	json_set(j, "runs", runs);
	return cli_print_json(j);
}

static void
cycle_text(
    struct session *s, const struct engine_cycle_report *r, int64_t took_ms)
{
	char took[32];
	bool said = false;

	for (size_t i = 0; i < r->count; i++) {
		print_run(s, &r->runs[i]);
		said = said || r->runs[i].code == r->code;
	}
	if (r->code < 0 && !said)
		cli_say("%s", r->err.text); /* of no run: a plan waits */
	(void)printf("cycle: %zu runs, %" PRIu64 " object errors, %s\n",
	    r->count, r->object_errors, cli_duration(took_ms, took));
}

static int
do_cycle(struct cli *c, char **args, int count)
{
	bool initial = count == 1 && text_is(text_of(args[0]), "initial");
	struct engine_cycle_report report = {0};
	int64_t began = clock_monotonic_ms(), took;
	struct session s = {0};
	struct err e = {0};
	int r, code;

	if (count == 1 && !initial && !text_is(text_of(args[0]), "delta"))
		return cli_usage(
		    c, "a cycle is delta or initial, not \"%s\"", args[0]);
	r = session_open(&s, c, SETUP_RUN, initial, &e);
	if (r == 0)
		r = engine_cycle(
		    s.setup.engine, initial, s.setup.arena, &report, &e);
	took = clock_monotonic_ms() - began;
	code = exit_of(r < 0 ? r : report.code, report.object_errors);
	if (r < 0 && report.count == 0)
		code = cli_fail(c, &e);
	else if (c->json)
		code =
		    cycle_json(&s, &report, took) != CLI_OK ? CLI_ERROR : code;
	else if (!c->quiet)
		cycle_text(&s, &report, took);
	session_close(&s);
	return code;
}

const struct cli_command cmd_cycle = {
    .name = "cycle",
    .args = "[delta|initial]",
    .summary = "import, synchronise and export everything, in order",
    .detail = "delta (the default) reads and evaluates what changed, initial "
	      "everything.\nIn staging mode nothing is exported.",
    .min_args = 0,
    .max_args = 1,
    .run = do_cycle,
};

/* cli/cmd_sched.c -- `causeway sched`: the schedule, and the daemon. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "service/control.h"
#include "service/settings.h"

/* What a command about the schedule needs: neither rules nor directories. */
static int
open_conf(struct session *s, const struct cli *c, const char **out_store,
    struct err *e)
{
	int r = session_own_store(c, e);

	if (r == 0)
		r = session_open(s, c, SETUP_CONF, false, e);
	if (r < 0)
		return r;
	*out_store = settings_beside(s->setup.conf, s->setup.arena, "");
	return *out_store != NULL ? 0 : err_set(e, ERR_NOMEM, "out of memory");
}

/* ---- show ---- */

/* NULL where no daemon runs, or it does not answer. */
static struct json *
ask_daemon(struct session *s, const char *store)
{
	struct json *j = NULL;
	struct text answer;

	if (control_ask(store, CONTROL_STATUS, s->setup.arena, &answer, NULL) <
		0 ||
	    json_parse(answer, CONTROL_ANSWER_MAX, &j, NULL) < 0)
		return NULL;
	return j;
}

static const char *
duration(int64_t ms, char out[static 32])
{
	if (ms < 0)
		(void)snprintf(out, 32, "off");
	else
		duration_format(ms, out);
	return out;
}

static const char *
moment(int64_t ms, char out[static 32])
{
	if (ms == 0)
		return "";
	return clock_format(ms, false, out);
}

static struct json *
last_json(const struct engine_cycles *c)
{
	struct json *j = json_new_object();
	char t[32];

	json_set_str(j, "start", moment(c->start_ms, t));
	json_set_str(j, "end", moment(c->end_ms, t));
	json_set_text(j, "policy", c->policy);
	json_set_text(j, "result", c->result);
	json_set_str(j, "complete", moment(c->whole_ms, t));
	json_set_str(j, "complete-initial", moment(c->full_ms, t));
	return j;
}

static int
show_json(const struct settings *set, struct json *daemon)
{
	const struct schedule *sc = &set->schedule;
	struct json *j = json_new_object();
	char t[32];

	json_set_bool(j, "cycle", sc->enabled);
	json_set_bool(j, "maintenance", set->maintenance);
	json_set_bool(j, "suspended", sc->suspended);
	json_set_bool(j, "staging", set->staging);
	json_set_str(j, "interval", duration(schedule_interval(sc), t));
	json_set_str(j, "configured-interval", duration(sc->interval_ms, t));
	json_set_str(j, "customized-interval",
	    sc->custom_ms != 0 ? duration(sc->custom_ms, t) : "");
	json_set_str(j, "minimum", duration(sc->minimum_ms, t));
	json_set_str(j, "directory-minimum",
	    sc->told_ms != 0 ? duration(sc->told_ms, t) : "");
	json_set_str(j, "keep", duration(set->keep_ms, t));
	json_set_str(j, "next-policy", sc->next_initial ? "initial" : "delta");
	json_set(j, "last", last_json(&set->cycles));
	json_set_bool(j, "running", daemon != NULL);
	if (daemon != NULL)
		json_set(j, "daemon", daemon);
	return cli_print_json(j) == CLI_OK ? 0 : ERR_IO;
}

static void
show_line(const char *name, const char *value)
{
	(void)printf("%-22s %s\n", name, value);
}

static const char *
on_off(bool on)
{
	return on ? "on" : "off";
}

static const char *
member(const struct json *j, const char *key)
{
	return json_get_text(j, key).data;
}

static void
show_bells(const struct json *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *b = json_at(list, i);

		if (json_bool(json_get(b, "listens"), false))
			(void)printf(
			    "%-22s %s\n", "bell", member(b, "connector"));
		else
			(void)printf("%-22s %s: does not listen: %s\n", "bell",
			    member(b, "connector"), member(b, "why"));
	}
}

static void
show_daemon(const struct json *d)
{
	const struct json *cycle = json_get(d, "cycle");
	const struct json *next = json_get(d, "next");

	if (cycle != NULL)
		(void)printf("%-22s %s, since %s %s%s\n", "cycle in progress",
		    member(cycle, "policy"), member(cycle, "since"),
		    member(cycle, "at"), member(cycle, "waiting"));
	(void)printf("%-22s %s %s (%s)\n", "next cycle", member(next, "policy"),
	    member(next, "start"), member(next, "why"));
	if (json_get_text(d, "configuration-problem").len != 0)
		show_line("configuration", member(d, "configuration-problem"));
	show_bells(json_get(d, "bells"));
}

static void
show_text(const struct settings *set, const struct json *daemon)
{
	const struct schedule *sc = &set->schedule;
	const struct engine_cycles *c = &set->cycles;
	char a[32], b[32];

	show_line("cycle", on_off(sc->enabled));
	show_line("maintenance", on_off(set->maintenance));
	if (sc->suspended)
		show_line("suspended", "yes");
	show_line("staging mode", on_off(set->staging));
	(void)printf("%-22s %s%s (minimum %s)\n", "interval",
	    duration(schedule_interval(sc), a),
	    sc->custom_ms != 0 ? ", customized" : "",
	    duration(sc->minimum_ms, b));
	if (sc->told_ms != 0)
		(void)printf("%-22s the directory wants %s at least\n", "",
		    duration(sc->told_ms, a));
	show_line("history kept", duration(set->keep_ms, a));
	show_line("next policy", sc->next_initial ? "initial" : "delta");
	if (c->start_ms != 0)
		(void)printf("%-22s %.*s, %s to %s: %.*s\n", "last cycle",
		    TEXT_ARGS(c->policy), moment(c->start_ms, a),
		    c->end_ms != 0 ? moment(c->end_ms, b) : "-",
		    TEXT_ARGS(c->result));
	show_line("causewayd", daemon != NULL ? "runs" : "does not run");
	if (daemon != NULL)
		show_daemon(daemon);
}

static int
do_show(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct settings set = {.keep_ms = 0};
	struct err e = {0};
	const char *store = NULL;
	struct json *daemon = NULL;
	int r = open_conf(&s, c, &store, &e);

	(void)args;
	(void)count;
	if (r == 0)
		r = settings_read(s.setup.conf, s.setup.arena, &set, &e);
	if (r == 0)
		daemon = ask_daemon(&s, store);
	if (r == 0 && c->json)
		r = show_json(&set, TAKE_PTR(daemon));
	else if (r == 0)
		show_text(&set, daemon);
	(void)json_free(daemon);
	session_close(&s);
	return r < 0 ? cli_fail(c, &e) : CLI_OK;
}

const struct cli_command cmd_sched_show = {
    .name = "sched show",
    .args = "",
    .summary = "the schedule, the last cycle, the next, and the daemon",
    .min_args = 0,
    .max_args = 0,
    .run = do_show,
};

/* ---- set ---- */

static struct settings_change change;

static int
set_in_store(struct session *s, const char *path, struct err *e)
{
	CLEANUP(store_closep)
	struct store *store = NULL;
	int r = store_open(path, STORE_WRITE, &store, e);

	return r < 0 ? r : settings_set(store, s->setup.conf, &change, e);
}

static int
do_set(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct err e = {0};
	struct text answer;
	const char *store = NULL;
	int r;

	(void)args;
	(void)count;
	if (change.interval == NULL && change.next == NULL &&
	    change.keep == NULL && change.cycle == NULL &&
	    change.maintenance == NULL && change.suspended == NULL)
		return cli_usage(
		    c, "sched set changes nothing without options");
	r = open_conf(&s, c, &store, &e);
	if (r == 0)
		r = set_in_store(&s, store, &e);
	if (r == 0) /* a daemon that does not run reads it when it begins */
		(void)!control_ask(
		    store, CONTROL_CHANGED, s.setup.arena, &answer, NULL);
	session_close(&s);
	if (r == ERR_INVAL)
		return cli_usage(c, "%s", e.text);
	return r < 0 ? cli_fail(c, &e) : CLI_OK;
}

static const struct cli_option set_options[] = {
    {"interval", OPTION_TEXT, &change.interval, "T",
	"from one cycle's start to the next: 90s, 30m, 2h; default: as "
	"configured"},
    {"next", OPTION_TEXT, &change.next, "P",
	"policy of the next cycle: delta or initial"},
    {"keep", OPTION_TEXT, &change.keep, "T",
	"how long runs are kept: 7d, off, or default"},
    {"cycle", OPTION_TEXT, &change.cycle, "on|off",
	"cycles by the clock and by bells"},
    {"maintenance", OPTION_TEXT, &change.maintenance, "on|off",
	"forgetting old runs"},
    {"suspended", OPTION_TEXT, &change.suspended, "on|off",
	"while you change the configuration: no cycle begins, not even one "
	"that is asked for"},
};

const struct cli_command cmd_sched_set = {
    .name = "sched set",
    .args = "",
    .summary = "change the schedule, also while the daemon runs",
    .detail = "What is set here is kept in the store and goes before the "
	      "configuration.",
    .min_args = 0,
    .max_args = 0,
    .options = set_options,
    .option_count = sizeof(set_options) / sizeof(set_options[0]),
    .run = do_set,
};

/* ---- start, stop ---- */

static int
ask(struct cli *c, enum control_word w)
{
	struct session s = {0};
	struct err e = {0};
	struct text answer = {0};
	const char *store = NULL;
	int r = open_conf(&s, c, &store, &e);

	if (r == 0)
		r = control_ask(store, w, s.setup.arena, &answer, &e);
	if (r == ERR_NOENT)
		r = err_set(&e, ERR_REFUSED,
		    "causewayd does not run on this store (causeway cycle runs "
		    "one here)");
	if (r == 0 && !c->quiet && !c->json)
		(void)printf("%.*s\n", TEXT_ARGS(answer));
	session_close(&s);
	return r < 0 ? cli_fail(c, &e) : CLI_OK;
}

static int
do_start(struct cli *c, char **args, int count)
{
	bool initial = count == 1 && text_is(text_of(args[0]), "initial");

	if (count == 1 && !initial && !text_is(text_of(args[0]), "delta"))
		return cli_usage(
		    c, "a cycle is delta or initial, not \"%s\"", args[0]);
	return ask(c, initial ? CONTROL_START_INITIAL : CONTROL_START_DELTA);
}

const struct cli_command cmd_sched_start = {
    .name = "sched start",
    .args = "[delta|initial]",
    .summary = "the daemon begins a cycle now",
    .detail = "Says whether it could; does not wait for the end. Works also "
	      "with --cycle off.",
    .min_args = 0,
    .max_args = 1,
    .run = do_start,
};

static int
do_stop(struct cli *c, char **args, int count)
{
	(void)args;
	(void)count;
	return ask(c, CONTROL_STOP);
}

const struct cli_command cmd_sched_stop = {
    .name = "sched stop",
    .args = "",
    .summary = "the daemon stops the cycle that runs, and its step",
    .detail = "Nothing is lost: what is pending goes with the next cycle. "
	      "The schedule goes on.",
    .min_args = 0,
    .max_args = 0,
    .run = do_stop,
};

/* ---- sched override ---- */

static bool over_import, over_sync;

static int
override(struct session *s, size_t i, bool required, struct err *e)
{
	struct engine *g = s->setup.engine;
	int r = 0;

	if (over_import)
		r = engine_require(g, i, ENGINE_FULL_IMPORT, required, e);
	if (r == 0 && over_sync)
		r = engine_require(g, i, ENGINE_FULL_SYNC, required, e);
	return r;
}

static int
do_override(struct cli *c, char **args, int count)
{
	bool set = text_is(text_of(args[0]), "set");
	struct session s = {0};
	struct err e = {0};
	size_t i = 0;
	int code = CLI_OK;
	int r;

	if (!set && !text_is(text_of(args[0]), "clear"))
		return cli_usage(c, "sched override set|clear CONNECTOR");
	(void)count;
	if (!over_import && !over_sync)
		return cli_usage(c, "--full-import, --full-sync or both");
	r = session_open(&s, c, SETUP_RUN, false, &e);
	if (r == 0)
		r = setup_connector(&s.setup, text_of(args[1]), &i, &e);
	if (r == 0)
		r = override(&s, i, set, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

static const struct cli_option override_options[] = {
    {"full-import", OPTION_FLAG, &over_import, NULL, "the full import"},
    {"full-sync", OPTION_FLAG, &over_sync, NULL, "the full synchronisation"},
};

const struct cli_command cmd_sched_override = {
    .name = "sched override",
    .args = "set|clear CONNECTOR",
    .summary = "what the next cycle does in full, or puts off",
    .detail = "set: the next cycle does it in full. clear: it goes on with "
	      "deltas, although the configuration changed, until it changes "
	      "again or somebody runs it. `causeway status` shows it.",
    .min_args = 2,
    .max_args = 2,
    .options = override_options,
    .option_count = 2,
    .run = do_override,
};

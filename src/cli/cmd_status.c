/* cli/cmd_status.c -- `causeway status` and `causeway history`. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/status_show.h"

/* ---- status ---- */

struct space_counts {
	uint64_t objects, disconnectors, placeholders, errors, uncertain;
	struct cs_pending pending;
};

static int
count_space(
    struct session *s, int64_t connector, struct space_counts *n, struct err *e)
{
	const struct {
		enum cs_which which;
		uint64_t *out;
	} counts[] = {
	    {CS_EVERY, &n->objects},
	    {CS_DISCONNECTORS, &n->disconnectors},
	    {CS_PLACEHOLDERS, &n->placeholders},
	    {CS_ERRORS, &n->errors},
	    {CS_UNCERTAIN, &n->uncertain},
	};
	int r = cs_pending_count(s->setup.store, connector, &n->pending, e);

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && r == 0;
	     i++) {
		struct cs_walk w = {
		    .connector = connector, .which = counts[i].which};

		r = cs_count(s->setup.store, &w, counts[i].out, e);
	}
	return r;
}

static int
last_run(
    struct session *s, int64_t connector, struct run_record *out, struct err *e)
{
	struct history_page page = {.connector = connector, .max = 1};
	struct run_record *runs;
	size_t n = 0;
	int r = run_list(s->setup.store, s->setup.arena, &page, &runs, &n, e);

	*out = r == 0 && n == 1 ? runs[0] : (struct run_record){0};
	return r;
}

/* What has to be done in full; nothing where the rules cannot be read. */
static int
needs_of(struct session *s, size_t i, struct engine_needs *out, struct err *e)
{
	*out = (struct engine_needs){0};
	if (s->setup.engine == NULL || s->setup.connectors[i].id == 0)
		return 0;
	return engine_needs(s->setup.engine, i, s->setup.arena, out, e);
}

static void
need_json(struct json *j, const char *name, struct text why, bool deferred)
{
	struct json *n = json_new_object();

	json_set_bool(n, "required", why.len != 0);
	json_set_text(n, "why", why);
	json_set_bool(n, "deferred", deferred);
	json_set(j, name, n);
}

static void
say_need(const struct engine_connector *c, const char *what, struct text why,
    bool deferred)
{
	if (why.len != 0)
		(void)printf("%.*s: full %s required%s: %.*s\n",
		    TEXT_ARGS(c->name), what, deferred ? ", put off" : "",
		    TEXT_ARGS(why));
}

static int
say_needs(struct session *s, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < s->setup.connector_count && r == 0; i++) {
		const struct engine_connector *c = &s->setup.connectors[i];
		struct engine_needs n;

		r = needs_of(s, i, &n, e);
		if (r < 0)
			return r;
		say_need(c, "import", n.full_import, n.import_deferred);
		say_need(c, "synchronisation", n.full_sync, n.sync_deferred);
	}
	return r;
}

static struct json *
space_json(const struct space_counts *n, const struct run_record *last,
    const struct engine_connector *c, const struct engine_needs *needs)
{
	struct json *j = json_new_object(), *p = json_new_object();

	json_set_text(j, "connector", c->name);
	json_set_text(j, "kind", c->conf->kind);
	json_set_int(j, "objects", (int64_t)n->objects);
	json_set_int(j, "disconnectors", (int64_t)n->disconnectors);
	json_set_int(j, "placeholders", (int64_t)n->placeholders);
	json_set_int(j, "errors", (int64_t)n->errors);
	json_set_int(j, "uncertain", (int64_t)n->uncertain);
	json_set_int(p, "adds", (int64_t)n->pending.adds);
	json_set_int(p, "updates", (int64_t)n->pending.updates);
	json_set_int(p, "renames", (int64_t)n->pending.renames);
	json_set_int(p, "deletes", (int64_t)n->pending.deletes);
	json_set(j, "pending-export", p);
	json_set_text(j, "last-profile", last->profile);
	json_set_text(j, "last-result", last->result);
	need_json(j, "full-import", needs->full_import, needs->import_deferred);
	need_json(j, "full-sync", needs->full_sync, needs->sync_deferred);
	return j;
}

static void
space_row(struct session *s, struct table *t, const struct space_counts *n,
    const struct run_record *last, const struct engine_connector *c)
{
	char a[32], b[32], d[32];

	table_text(t, c->name);
	table_text(t, c->conf->kind);
	table_cell(t, "%s", cli_count(n->objects, a));
	table_cell(t, "%s",
	    cli_count(n->pending.adds + n->pending.updates +
			  n->pending.renames + n->pending.deletes,
		b));
	table_cell(t, "%s", cli_count(n->errors, d));
	table_cell(t, "%.*s", TEXT_ARGS(show_time(s, last->start_ms)));
	table_cell(t, "%.*s%s%.*s", TEXT_ARGS(last->profile),
	    last->id != 0 ? ": " : "", TEXT_ARGS(last->result));
}

static int
status_rows(
    struct session *s, struct table *t, struct json *list, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < s->setup.connector_count && r == 0; i++) {
		const struct engine_connector *c = &s->setup.connectors[i];
		struct space_counts n = {0};
		struct run_record last = {0};
		struct engine_needs needs = {0};

		if (c->id != 0) {
			r = count_space(s, c->id, &n, e);
			if (r == 0)
				r = last_run(s, c->id, &last, e);
			if (r == 0)
				r = needs_of(s, i, &needs, e);
		}
		if (r < 0)
			break;
		if (list != NULL)
			json_push(list, space_json(&n, &last, c, &needs));
		else
			space_row(s, t, &n, &last, c);
	}
	return r;
}

static int
print_status(struct session *s, struct err *e)
{
	static const char *const titles[] = {"CONNECTOR", "KIND", ">OBJECTS",
	    ">PENDING", ">ERRORS", "LAST RUN", "RESULT"};
	CLEANUP(table_freep)
	struct table *t = table_new(titles, 7);
	struct json *list = s->cli->json ? json_new_list() : NULL;
	struct json *root;
	uint64_t mv = 0;
	bool staging = false;
	char n[32];
	int r = setup_staging(&s->setup, &staging, e);

	if (r == 0)
		r = mv_count(s->setup.store, 0, &mv, e);
	if (r == 0)
		r = status_rows(s, t, list, e);
	if (r < 0) {
		(void)json_free(list);
		return r;
	}
	if (list != NULL) {
		root = json_new_object();
		json_set_bool(root, "staging", staging);
		json_set_int(root, "metaverse", (int64_t)mv);
		json_set(root, "connectors", list);
		json_set(root, "error-types", advice_status_json(s));
		r = status_failing_json(s, root, e);
		if (r == 0)
			r = status_waits_json(s, root, e);
		if (r < 0) {
			(void)json_free(root);
			return r;
		}
		return cli_print_json(root) == CLI_OK ? 0 : ERR_IO;
	}
	(void)printf("staging mode %s; %s metaverse objects\n",
	    staging ? "on: nothing is exported" : "off", cli_count(mv, n));
	table_print(t, stdout);
	advice_status_print(s);
	r = status_failing_print(s, e);
	if (r == 0)
		r = status_waits_print(s, e);
	return r < 0 ? r : say_needs(s, e);
}

/* Also where the rules have a mistake: then without what they need. */
static int
do_status(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct err e = {0};
	int code = CLI_OK;
	int r = session_open(&s, c, SETUP_LOOK, false, &e);

	(void)args;
	(void)count;
	if (r < 0) {
		session_close(&s);
		return session_read(c, print_status);
	}
	r = print_status(&s, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

const struct cli_command cmd_status = {
    .name = "status",
    .args = "",
    .summary =
	"connectors, what is pending, what waits for a person, last results",
    .min_args = 0,
    .max_args = 0,
    .run = do_status,
};

/* ---- history ---- */

static int64_t how_many = 30;
static const char *of_connector;
static int64_t wanted_run;

static int
print_history(struct session *s, struct err *e)
{
	static const char *const titles[] = {
	    ">RUN", "START", ">TOOK", "CONNECTOR", "PROFILE", "RESULT"};
	CLEANUP(table_freep)
	struct table *t = table_new(titles, 6);
	struct history_page page = {.max = (size_t)how_many};
	struct json *list = s->cli->json ? json_new_list() : NULL;
	struct run_record *runs = NULL;
	size_t n = 0, i;
	char took[32];
	int r = 0;

	if (of_connector != NULL) {
		r = setup_connector(&s->setup, text_of(of_connector), &i, e);
		if (r == 0)
			page.connector = s->setup.connectors[i].id;
	}
	if (r == 0)
		r = run_list(
		    s->setup.store, s->setup.arena, &page, &runs, &n, e);
	for (i = 0; i < n && r == 0; i++) {
		if (list != NULL) {
			json_push(list, report_json(s, &runs[i], NULL, 0));
			continue;
		}
		table_cell(t, "%" PRId64, runs[i].id);
		table_text(t, show_time(s, runs[i].start_ms));
		table_cell(t, "%s",
		    runs[i].end_ms == 0
			? "-"
			: cli_duration(
			      runs[i].end_ms - runs[i].start_ms, took));
		table_text(t, runs[i].connector_name);
		table_text(t, runs[i].profile);
		table_text(t, runs[i].result);
	}
	return cli_print_list(r, list, t);
}

static int
do_history_list(struct cli *c, char **args, int count)
{
	(void)args;
	(void)count;
	if (how_many < 1 || how_many > 100000)
		return cli_usage(c, "--limit from 1 to 100000");
	return session_read(c, print_history);
}

static const struct cli_option history_options[] = {
    {"limit", OPTION_NUMBER, &how_many, "N", "the last N runs (30)"},
    {"connector", OPTION_TEXT, &of_connector, "NAME", "of one connector"},
};

const struct cli_command cmd_history_list = {
    .name = "history list",
    .args = "",
    .summary = "the last runs, newest first",
    .min_args = 0,
    .max_args = 0,
    .options = history_options,
    .option_count = 2,
    .run = do_history_list,
};

static int
print_one_run(struct session *s, struct err *e)
{
	struct run_record run = {0};
	struct step_record *steps = NULL;
	size_t n = 0;
	int r = run_get(s->setup.store, s->setup.arena, wanted_run, &run, e);

	if (r == 0)
		r = run_steps(
		    s->setup.store, s->setup.arena, wanted_run, &steps, &n, e);
	if (r < 0)
		return r;
	if (s->cli->json)
		return cli_print_json(report_json(s, &run, steps, n)) == CLI_OK
			   ? 0
			   : ERR_IO;
	report_text(s, &run, steps, n);
	return 0;
}

static int
do_history_show(struct cli *c, char **args, int count)
{
	(void)count;
	if (text_to_int64(text_of(args[0]), &wanted_run) < 0)
		return cli_usage(c, "\"%s\" is no run number", args[0]);
	return session_read(c, print_one_run);
}

const struct cli_command cmd_history_show = {
    .name = "history show",
    .args = "RUN",
    .summary = "one run: steps, counters, errors",
    .min_args = 1,
    .max_args = 1,
    .run = do_history_show,
};

/* ---- history purge ---- */

static int64_t purge_days = -1;

static int
purge_locked(struct session *s, uint64_t *out, struct err *e)
{
	int64_t before = clock_now_ms() - purge_days * INT64_C(86400000);
	int r = store_begin(s->setup.store, e);

	if (r < 0)
		return r;
	r = run_purge(s->setup.store, before, out, e);
	if (r == 0)
		return store_commit(s->setup.store, e);
	store_rollback(s->setup.store);
	return r;
}

static int
tell_purged(const struct cli *c, uint64_t runs)
{
	struct json *root;

	if (c->json) {
		root = json_new_object();
		json_set_int(root, "runs", (int64_t)runs);
		return cli_print_json(root);
	}
	if (!c->quiet)
		(void)printf("%" PRIu64 " runs forgotten\n", runs);
	return CLI_OK;
}

static int
do_purge(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct err e = {0};
	uint64_t runs = 0;
	int code;
	int r;

	(void)args;
	(void)count;
	if (purge_days < 0 || purge_days > 36500)
		return cli_usage(c, "history purge --older DAYS");
	r = session_open(&s, c, SETUP_RUN, false, &e);
	if (r == 0)
		r = store_lock(s.setup.store, "history purge", &e);
	if (r == 0) {
		r = purge_locked(&s, &runs, &e);
		store_unlock(s.setup.store);
	}
	code = r < 0 ? cli_fail(c, &e) : tell_purged(c, runs);
	session_close(&s);
	return code;
}

static const struct cli_option purge_options[] = {
    {"older", OPTION_NUMBER, &purge_days, "DAYS",
	"runs that began more than DAYS days ago"},
};

const struct cli_command cmd_history_purge = {
    .name = "history purge",
    .args = "",
    .summary = "forget old runs, with their errors and the journal",
    .detail = "A cycle does so by itself: `schedule: history:`.",
    .min_args = 0,
    .max_args = 0,
    .options = purge_options,
    .option_count = 1,
    .run = do_purge,
};

/* cli/cmd_journal.c -- `causeway journal`: every export, before and after. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/plan_show.h"

static int64_t how_many = 50, wanted;
static const char *of_connector;

/* An entry in the form of a plan's item, which it once was. */
static struct frozen_item
as_item(const struct journal_entry *j)
{
	return (struct frozen_item){.number = j->id,
	    .connector = j->connector,
	    .cs = j->cs,
	    .state = FROZEN_ITEM_WAITS,
	    .op = j->op,
	    .type = j->type,
	    .dn = j->dn,
	    .anchor = j->anchor,
	    .display = j->display,
	    .delta = j->delta};
}

static struct json *
entry_json(struct session *s, const struct journal_entry *j)
{
	const struct frozen_item i = as_item(j);
	struct json *item = plan_item_json(s, &i), *out = json_new_object();

	if (j->id != 0)
		json_set_int(out, "entry", j->id);
	json_set_int(out, "run", j->run);
	json_set_text(out, "time", show_time(s, j->ms));
	json_set_text(out, "connector", show_connector(s, j->connector));
	json_set_str(out, "operation", plan_operation(&i));
	json_set_text(
	    out, "type", names_text(store_names(s->setup.store), j->type));
	json_set_text(out, "dn", j->dn);
	if (j->delta.new_dn.len != 0)
		json_set_text(out, "newDn", j->delta.new_dn);
	json_set_text(out, "anchor", show_anchor(s, j->anchor));
	json_set_text(out, "displayName", j->display);
	json_set_text(out, "result", j->result);
	json_set(out, "changes", json_dup(json_get(item, "changes")));
	(void)json_free(item);
	return out;
}

/* What a process was sending when it died has no entry yet. */
typedef void show_fn(
    struct session *s, const struct journal_entry *j, void *ctx);

static int
show_unanswered(
    struct session *s, int64_t run, show_fn *show, void *ctx, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < s->setup.connector_count && r == 0; i++) {
		const struct engine_connector *ec = &s->setup.connectors[i];
		struct journal_entry *list = NULL;
		size_t n = 0;

		if (ec->id == 0 || (run == 0 && of_connector != NULL &&
				       !text_is(ec->name, of_connector)))
			continue;
		r = engine_unanswered(
		    s->setup.store, ec, s->setup.arena, &list, &n, e);
		for (size_t k = 0; k < n && r == 0; k++)
			if (run == 0 || list[k].run == run)
				show(s, &list[k], ctx);
	}
	return r;
}

/* ---- journal list ---- */

struct listing {
	struct table *table;
	struct json *list; /* NULL: the table */
};

static void
list_entry(struct session *s, const struct journal_entry *j, void *ctx)
{
	const struct frozen_item item = as_item(j);
	struct listing *l = ctx;
	char number[24] = "-";

	if (l->list != NULL) {
		json_push(l->list, entry_json(s, j));
		return;
	}
	if (j->id != 0)
		(void)snprintf(number, sizeof(number), "%" PRId64, j->id);
	table_cell(l->table, "%s", number);
	table_cell(l->table, "%" PRId64, j->run);
	table_text(l->table, show_time(s, j->ms));
	table_text(l->table, show_connector(s, j->connector));
	table_cell(l->table, "%s", plan_operation(&item));
	table_text(l->table, j->display);
	table_text(l->table, j->result);
}

static int
print_list(struct session *s, struct err *e)
{
	static const char *const titles[] = {">entry", ">run", "time",
	    "connector", "operation", "object", "result"};
	CLEANUP(table_freep)
	struct table *t = table_new(titles, 7);
	struct listing l = {t, s->cli->json ? json_new_list() : NULL};
	struct history_page page = {.max = (size_t)how_many};
	struct journal_entry *entries = NULL;
	size_t at = 0, n = 0;
	int r = 0;

	if (t == NULL)
		r = err_set(e, ERR_NOMEM, "out of memory");
	if (r == 0 && of_connector != NULL)
		r = setup_connector(&s->setup, text_of(of_connector), &at, e);
	if (r == 0 && of_connector != NULL)
		page.connector = s->setup.connectors[at].id;
	if (r == 0)
		r = show_unanswered(s, 0, list_entry, &l, e);
	if (r == 0)
		r = journal_list(
		    s->setup.store, s->setup.arena, &page, &entries, &n, e);
	for (size_t i = 0; r == 0 && i < n; i++)
		list_entry(s, &entries[i], &l);
	return cli_print_list(r, l.list, t);
}

static int
do_list(struct cli *c, char **args, int count)
{
	(void)args;
	(void)count;
	if (how_many < 1 || how_many > 1000000)
		return cli_usage(c, "--limit from 1 to 1000000");
	return session_read(c, print_list);
}

static const struct cli_option list_options[] = {
    {"limit", OPTION_NUMBER, &how_many, "N", "the last N entries (50)"},
    {"connector", OPTION_TEXT, &of_connector, "NAME", "of one connector"},
};

const struct cli_command cmd_journal_list = {
    .name = "journal list",
    .args = "",
    .summary = "what was sent, newest first",
    .min_args = 0,
    .max_args = 0,
    .options = list_options,
    .option_count = 2,
    .run = do_list,
};

/* ---- journal show ---- */

static void
show_entry(struct session *s, const struct journal_entry *j, void *ctx)
{
	const struct frozen_item i = as_item(j);
	struct json *list = ctx;

	if (list != NULL) {
		json_push(list, entry_json(s, j));
		return;
	}
	(void)printf("%.*s  ", TEXT_ARGS(j->result));
	plan_item_text(s, &i);
}

static int
print_run(struct session *s, struct err *e)
{
	struct json *list = s->cli->json ? json_new_list() : NULL;
	struct journal_entry j = {0};
	struct run_record run;
	int r = run_get(s->setup.store, s->setup.arena, wanted, &run, e);

	while (r >= 0 && (r = journal_next(s->setup.store, s->setup.arena,
			      wanted, j.id, &j, e)) > 0)
		show_entry(s, &j, list);
	if (r == 0)
		r = show_unanswered(s, wanted, show_entry, list, e);
	if (r == 0 && list != NULL)
		return cli_print_json(list) == CLI_OK ? 0 : ERR_IO;
	(void)json_free(list);
	return r;
}

static int
do_show(struct cli *c, char **args, int count)
{
	(void)count;
	if (text_to_int64(text_of(args[0]), &wanted) < 0)
		return cli_usage(c, "\"%s\" is no run number", args[0]);
	return session_read(c, print_run);
}

const struct cli_command cmd_journal_show = {
    .name = "journal show",
    .args = "RUN",
    .summary = "what one run sent, with the values before and after",
    .min_args = 1,
    .max_args = 1,
    .run = do_show,
};

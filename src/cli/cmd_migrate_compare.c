/* cli/cmd_migrate_compare.c -- `causeway migrate compare` and `migrate ack`:
 * what would change when this server takes over. */
#include <stdio.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "migrate/swing/swing.h"

static const char *old_file;
static bool all_lines;

/* ---- Which connector ---- */

/* The one named, else the only one that stands for a cloud. */
static int
target_of(struct session *s, const char *name, size_t *out, struct err *e)
{
	size_t found = 0;

	if (name != NULL)
		return setup_connector(&s->setup, text_of(name), out, e);
	for (size_t i = 0; i < s->setup.connector_count; i++)
		if (s->setup.connectors[i].cloud) {
			*out = i;
			found++;
		}
	if (found == 1)
		return 0;
	return err_set(
	    e, ERR_INVAL, "%zu connectors are clouds: name one", found);
}

/* ---- JSON ---- */

static struct json *
values_json(const struct swing_values *v)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < v->count; i++)
		json_push(list, json_new_text(v->items[i]));
	return list;
}

static struct json *
line_json(const struct swing_line *l)
{
	struct json *j = json_new_object();
	char when[32];

	json_set_str(j, "id", l->id);
	json_set_str(j, "operation", swing_op_name(l->op));
	json_set_str(j, "cause", swing_cause_name(l->cause));
	json_set_text(j, "type", l->type);
	json_set_text(j, "dn", l->dn);
	json_set_text(j, "displayName", l->name);
	json_set_text(j, "sourceAnchor", l->anchor);
	json_set_text(j, "attribute", l->attribute);
	json_set(j, "old", values_json(&l->was));
	json_set(j, "new", values_json(&l->will));
	json_set_text(j, "rule", l->rule);
	if (l->op == SWING_UNUSED)
		json_set_int(j, "objects", (int64_t)l->objects);
	if (l->by.len != 0) {
		struct json *ack = json_new_object();

		json_set_text(ack, "by", l->by);
		json_set_text(ack, "reason", l->reason);
		json_set_str(ack, "at", clock_format(l->acked_ms, false, when));
		json_set(j, "acknowledged", ack);
	}
	return j;
}

static struct json *
groups_json(const struct swing_report *r)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < r->group_count; i++) {
		const struct swing_group *g = &r->groups[i];
		struct json *j = json_new_object();

		json_set_str(j, "operation", swing_op_name(g->first->op));
		json_set_str(j, "cause", swing_cause_name(g->first->cause));
		json_set_text(j, "attribute", g->first->attribute);
		json_set_text(j, "rule", g->first->rule);
		json_set_int(j, "count", (int64_t)g->count);
		json_set_int(j, "open", (int64_t)g->open);
		json_push(list, j);
	}
	return list;
}

static struct json *
skips_json(const struct swing_report *r)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < r->skip_count; i++) {
		struct json *j = json_new_object();

		json_set_text(j, "reason", r->skips[i].reason);
		json_set_int(j, "count", (int64_t)r->skips[i].count);
		json_push(list, j);
	}
	return list;
}

static int
print_json(const struct swing_report *r)
{
	struct json *j = json_new_object(), *lines = json_new_list();

	json_set_text(j, "connector", r->connector);
	json_set_text(j, "against", r->old.len != 0 ? r->old : TEXT("cloud"));
	json_set_int(j, "objects", (int64_t)r->objects);
	json_set_int(j, "same", (int64_t)r->same);
	json_set_int(j, "open", (int64_t)r->open);
	json_set_int(j, "openDeletes", (int64_t)r->open_deletes);
	json_set_int(j, "uncertain", (int64_t)r->uncertain);
	json_set(j, "groups", groups_json(r));
	for (size_t i = 0; i < r->count; i++)
		json_push(lines, line_json(&r->lines[i]));
	json_set(j, "lines", lines);
	json_set(j, "notCarried", skips_json(r));
	return cli_print_json(j);
}

/* ---- For people ---- */

static const char *const said[SWING_OPS] = {
    [SWING_ADD] = "would be added, or taken over",
    [SWING_DELETE] = "would be deleted",
    [SWING_KEEP] = "would stay, the old server was about to delete them",
    [SWING_UNMANAGED] = "would be left alone from now on",
    [SWING_GONE] = "are not in the directory (any more)",
    [SWING_CHANGE] = "would get another value",
    [SWING_RENAME] = "would get another name",
    [SWING_UNUSED] = "no rule here flows it",
};

static const char *const because[SWING_CAUSES] = {
    [SWING_RULE] = "rule",
    [SWING_FILTER] = "filter or scope",
    [SWING_JOIN] = "join",
    [SWING_FORMAT] = "the same in other letters, blanks or order",
    [SWING_CLOUD] = "the directory changed since the old server looked",
};

static void
print_values(const struct swing_values *v)
{
	for (size_t i = 0; i < v->count && i < 5; i++)
		(void)printf("%s%.*s", i > 0 ? ", " : "",
		    (int)(v->items[i].len < 100 ? v->items[i].len : 100),
		    v->items[i].data);
	if (v->count > 5)
		(void)printf(" and %zu more", v->count - 5);
	if (v->count == 0)
		(void)printf("(nothing)");
}

static void
print_line(const struct swing_line *l)
{
	(void)printf("    %s  ", l->id);
	if (l->op == SWING_UNUSED)
		(void)printf(
		    "%llu objects have it", (unsigned long long)l->objects);
	else
		(void)printf("%.*s  %.*s", TEXT_ARGS(l->type),
		    TEXT_ARGS(l->name.len != 0 ? l->name : l->dn));
	if (l->op == SWING_CHANGE || l->op == SWING_RENAME) {
		(void)printf(": ");
		print_values(&l->was);
		(void)printf(" -> ");
		print_values(&l->will);
	}
	if (l->by.len != 0)
		(void)printf("   [acknowledged by %.*s: %.*s]",
		    TEXT_ARGS(l->by), TEXT_ARGS(l->reason));
	(void)putchar('\n');
}

static bool
in_group(const struct swing_line *l, const struct swing_group *g)
{
	return l->op == g->first->op && l->cause == g->first->cause &&
	       text_equal(l->attribute, g->first->attribute) &&
	       text_equal(l->rule, g->first->rule);
}

#define SHOWN 5

static void
print_group(const struct swing_report *r, const struct swing_group *g)
{
	uint64_t shown = 0;

	(void)printf("\n%llu ", (unsigned long long)g->count);
	if (g->first->attribute.len != 0)
		(void)printf("%.*s: ", TEXT_ARGS(g->first->attribute));
	(void)printf("%s (%s%s%.*s)%s\n", said[g->first->op],
	    because[g->first->cause], g->first->rule.len != 0 ? ": " : "",
	    TEXT_ARGS(g->first->rule), g->open == 0 ? ", acknowledged" : "");
	for (size_t i = 0; i < r->count; i++) {
		if (!in_group(&r->lines[i], g))
			continue;
		if (all_lines || shown < SHOWN ||
		    r->lines[i].op == SWING_DELETE)
			print_line(&r->lines[i]);
		shown++;
	}
	if (!all_lines && g->first->op != SWING_DELETE && shown > SHOWN)
		(void)printf("    and %llu more (--all)\n",
		    (unsigned long long)(shown - SHOWN));
}

static void
print_text(const struct swing_report *r)
{
	(void)printf("%.*s against %.*s: %llu objects, %llu the same\n",
	    TEXT_ARGS(r->connector),
	    TEXT_ARGS(r->old.len != 0 ? r->old : TEXT("the cloud as it is")),
	    (unsigned long long)r->objects, (unsigned long long)r->same);
	for (size_t i = 0; i < r->group_count; i++)
		print_group(r, &r->groups[i]);
	for (size_t i = 0; i < r->skip_count; i++)
		(void)printf("\nnot carried: %llu: %.*s\n",
		    (unsigned long long)r->skips[i].count,
		    TEXT_ARGS(r->skips[i].reason));
	if (r->uncertain != 0)
		(void)printf("\n%llu were sent without an answer: import "
			     "first\n",
		    (unsigned long long)r->uncertain);
	(void)printf("\n%llu open, %llu of them deletions\n",
	    (unsigned long long)r->open, (unsigned long long)r->open_deletes);
}

/* ---- compare ---- */

static int
do_compare(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct swing_report r = {.count = 0};
	struct err e = {0};
	size_t i = 0;
	int code = session_open(&s, c, SETUP_LOOK, false, &e), exit_code;

	if (code == 0)
		code = target_of(&s, count > 0 ? args[0] : NULL, &i, &e);
	if (code == 0)
		code =
		    swing_compare(&s.setup, i, old_file, s.setup.arena, &r, &e);
	if (code < 0)
		exit_code = cli_fail(c, &e);
	else if (c->json)
		exit_code = print_json(&r);
	else
		exit_code = CLI_OK;
	if (code == 0 && !c->json)
		print_text(&r);
	session_close(&s);
	return exit_code == CLI_OK && r.open > 0 ? CLI_GUARD : exit_code;
}

static const struct cli_option compare_options[] = {
    {"old", OPTION_TEXT, &old_file, "CSEXPORT.xml",
	"against what the old server held and would have sent: its csexport "
	"of the connector to the same directory"},
    {"all", OPTION_FLAG, &all_lines, NULL, "every line, not five a group"},
};

const struct cli_command cmd_migrate_compare = {
    .name = "migrate compare",
    .args = "[CONNECTOR]",
    .summary = "what would change when this server takes over, by cause",
    .detail = "Against the cloud as it was last read, or with --old against "
	      "the old server. A line is\nopen until it is gone or "
	      "acknowledged (`causeway migrate ack`). Exits 0 where none is\n"
	      "open, 4 where some are. Changes nothing.",
    .min_args = 0,
    .max_args = 1,
    .options = compare_options,
    .option_count = 2,
    .run = do_compare,
};

/* ---- ack ---- */

static const char *by, *reason, *ack_old, *ack_connector;
static bool whole;

static int
acknowledge(struct session *s, struct cli *c, const char *id, size_t *out_n,
    struct err *e)
{
	struct swing_report r;
	const struct swing_ack ack = {.id = text_of(id),
	    .whole = whole,
	    .by = session_person(c->arena, by),
	    .reason = text_of(reason)};
	size_t i = 0;
	int code = target_of(s, ack_connector, &i, e);

	if (code == 0)
		code =
		    swing_compare(&s->setup, i, ack_old, s->setup.arena, &r, e);
	return code == 0 ? swing_acknowledge(&s->setup, &r, &ack, out_n, e)
			 : code;
}

static int
do_ack(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct err e = {0};
	size_t n = 0, sum = 0;
	int code;

	if (reason == NULL)
		return cli_usage(c, "--reason is missing: why it is right");
	code = session_open(&s, c, SETUP_RUN, false, &e);
	for (int i = 0; i < count && code == 0; i++) {
		code = acknowledge(&s, c, args[i], &n, &e);
		sum += n;
	}
	if (code == 0 && !c->quiet)
		(void)fprintf(stderr, "%zu lines acknowledged\n", sum);
	session_close(&s);
	return code < 0 ? cli_fail(c, &e) : CLI_OK;
}

static const struct cli_option ack_options[] = {
    {"reason", OPTION_TEXT, &reason, "TEXT", "why it is right; kept"},
    {"by", OPTION_TEXT, &by, "NAME", "who says so (the user that runs it)"},
    {"whole-group", OPTION_FLAG, &whole, NULL,
	"all lines with the same operation, cause, attribute and rule; never "
	"deletions"},
    {"connector", OPTION_TEXT, &ack_connector, "NAME", "as of compare"},
    {"old", OPTION_TEXT, &ack_old, "CSEXPORT.xml", "as of compare"},
};

const struct cli_command cmd_migrate_ack = {
    .name = "migrate ack",
    .args = "ID...",
    .summary = "a difference is right: who says so, and why",
    .detail = "It holds as long as the line says the same. Deletions are "
	      "acknowledged one by one.",
    .min_args = 1,
    .max_args = 10000,
    .options = ack_options,
    .option_count = 5,
    .run = do_ack,
};

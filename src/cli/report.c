/* cli/report.c -- a run for people and programs; see session.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/explain.h"

#define ERRORS_SHOWN 1000U

/* ---- JSON: the names of docs/engine/model.md section 7 ---- */

static void
set_time(struct json *j, const char *key, int64_t ms)
{
	char text[32];

	if (ms != 0)
		json_set_str(j, key, clock_format(ms, true, text));
}

/* Group of a counter, by how its name begins. */
static const char *
group_of(const struct counter *c)
{
	if (strncmp(c->name, "stage-", 6) == 0)
		return "staging-counters";
	if (strncmp(c->name, "export-", 7) == 0)
		return "export-counters";
	return "inbound-flow-counters";
}

static struct json *
outbound_of(struct json *list, struct text target)
{
	struct json *j;

	for (size_t i = 0; i < json_count(list); i++)
		if (text_equal(json_get_text(json_at(list, i), "ma"), target))
			return json_at(list, i);
	j = json_new_object();
	json_set_text(j, "ma", target);
	json_push(list, j);
	return j;
}

static void
set_counters(struct json *step, const struct step_record *r)
{
	struct json *outbound = json_new_list();

	for (size_t i = 0; i < r->counter_count; i++) {
		const struct counter *c = &r->counters[i];
		struct json *group;

		if (c->target.len != 0) {
			group = outbound_of(outbound, c->target);
		} else if (json_has(step, group_of(c))) {
			group = json_get(step, group_of(c));
		} else {
			group = json_new_object();
			json_set(step, group_of(c), group);
		}
		json_set_int(group, c->name, (int64_t)c->n);
	}
	if (json_count(outbound) != 0)
		json_set(step, "outbound-flow-counters", outbound);
	else
		(void)json_free(outbound);
}

static struct json *
error_json(const struct session *s, const struct object_error *o)
{
	struct json *j = json_new_object();

	json_set_text(j, "dn", o->dn);
	if (o->cs != 0)
		json_set_text(j, "name", show_cs_name(s, o->cs));
	json_set_text(j, "error-type", o->type);
	json_set_text(j, "algorithm-step", o->algorithm_step);
	if (o->rule.len != 0)
		json_set_text(j, "rule", o->rule);
	if (o->attribute.len != 0)
		json_set_text(j, "attribute", o->attribute);
	json_set_text(j, "message", o->text);
	set_time(j, "first-occurred", o->first_ms);
	set_time(j, "date-occurred", o->last_ms);
	json_set_int(j, "retry-count", o->count > 0 ? o->count - 1 : 0);
	advice_set(s, j, o);
	return j;
}

static size_t
step_errors(struct session *s, int64_t step, struct object_error **out)
{
	struct error_query q = {.step = step, .max = ERRORS_SHOWN};
	size_t n = 0;

	if (error_list(s->setup.store, s->setup.arena, &q, out, &n, NULL) < 0)
		return 0;
	return n;
}

static struct json *
step_json(struct session *s, const struct step_record *r)
{
	struct json *j = json_new_object(), *errors = json_new_list();
	struct object_error *list;
	size_t n = step_errors(s, r->id, &list);

	json_set_int(j, "step-number", r->number);
	json_set_text(j, "step-type", r->type);
	if (r->partition.len != 0)
		json_set_text(j, "partition", r->partition);
	set_time(j, "start-date", r->start_ms);
	set_time(j, "end-date", r->end_ms);
	json_set(j, "duration",
	    json_new_double((double)(r->end_ms - r->start_ms) / 1000.0));
	json_set_text(j, "step-result", r->result);
	if (r->detail.len != 0)
		json_set_text(j, "detail", r->detail);
	set_counters(j, r);
	for (size_t i = 0; i < n; i++)
		json_push(errors, error_json(s, &list[i]));
	json_set(j, "errors", errors);
	return j;
}

struct json *
report_json(struct session *s, const struct run_record *run,
    const struct step_record *steps, size_t step_count)
{
	struct json *j = json_new_object(), *list = json_new_list();

	json_set_int(j, "run-id", run->id);
	json_set_int(j, "run-number", run->number);
	json_set_text(j, "ma-name", run->connector_name);
	json_set_text(j, "run-profile-name", run->profile);
	json_set_text(j, "result", run->result);
	set_time(j, "start-date", run->start_ms);
	set_time(j, "end-date", run->end_ms);
	json_set(j, "duration",
	    json_new_double((double)(run->end_ms - run->start_ms) / 1000.0));
	for (size_t i = 0; i < step_count; i++)
		json_push(list, step_json(s, &steps[i]));
	json_set(j, "steps", list);
	return j;
}

/* ---- For a person ---- */

static const struct {
	const char *name;
	const char *label;
} labels[] = {
    {"stage-no-change", "unchanged"},
    {"stage-add", "adds"},
    {"stage-update", "updates"},
    {"stage-rename", "renames"},
    {"stage-delete", "deletes"},
    {"stage-delete-add", "delete-adds"},
    {"stage-failure", "staging errors"},
    {"disconnector-projected-flow", "projections"},
    {"disconnector-projected-no-flow", "projections without flow"},
    {"disconnector-joined-flow", "joins"},
    {"disconnector-joined-no-flow", "joins without flow"},
    {"disconnector-filtered", "filtered"},
    {"disconnector-remains", "not linked"},
    {"connector-flow", "flow updates"},
    {"connector-no-flow", "no flow"},
    {"connector-delete-remove-mv", "deleted with metaverse object"},
    {"connector-delete-leave-mv", "deleted"},
    {"flow-failure", "errors"},
    {"provisioned-add-flow", "provisioned"},
    {"provisioned-rename-flow", "renamed"},
    {"provisioned-disconnect", "deprovisioned"},
    {"reference-elsewhere", "references left out"},
    {"export-add", "adds"},
    {"export-update", "updates"},
    {"export-rename", "renames"},
    {"export-delete", "deletes"},
    {"export-delete-add", "delete-adds"},
    {"export-failure", "errors"},
    {"export-held", "held"},
    {"export-held-attribute", "attributes held"},
    {"export-notice", "notices"},
};

static const char *
label_of(const char *name)
{
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strcmp(labels[i].name, name) == 0)
			return labels[i].label;
	return name;
}

/* The counters of one target (empty: not outbound); how many were shown. */
static size_t
print_group(const struct step_record *r, struct text target, bool first)
{
	size_t shown = 0;
	char n[32];

	for (size_t i = 0; i < r->counter_count; i++) {
		const struct counter *c = &r->counters[i];

		if (c->n == 0 || !text_equal(target, c->target))
			continue;
		if (shown == 0 && target.len != 0)
			(void)printf("%sto %.*s: ", first ? "" : "; ",
			    TEXT_ARGS(target));
		(void)printf("%s%s %s", shown == 0 ? "" : ", ",
		    cli_count(c->n, n), label_of(c->name));
		shown++;
	}
	return shown;
}

/* Whether an earlier counter had the same target. */
static bool
had_target(const struct step_record *r, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (text_equal(r->counters[i].target, r->counters[at].target))
			return true;
	return false;
}

static void
print_counters(const struct step_record *r)
{
	size_t shown = print_group(r, TEXT(""), true);

	for (size_t i = 0; i < r->counter_count; i++)
		if (r->counters[i].target.len != 0 && !had_target(r, i))
			shown +=
			    print_group(r, r->counters[i].target, shown == 0);
	if (shown == 0)
		(void)printf("nothing to do");
}

static void
print_errors(struct session *s, int64_t step)
{
	struct object_error *list;
	size_t n = step_errors(s, step, &list);
	size_t show = n > 20 && !s->cli->quiet ? 20 : n;

	for (size_t i = 0; i < show; i++) {
		const struct object_error *o = &list[i];

		struct text name = o->cs != 0 ? show_cs_name(s, o->cs) : o->dn;

		(void)printf("      %.*s: %.*s: %.*s\n", TEXT_ARGS(name),
		    TEXT_ARGS(o->type), TEXT_ARGS(o->text));
	}
	if (n > show)
		(void)printf(
		    "      and %zu more: causeway history show --json\n",
		    n - show);
	advice_print(list, n, "      ");
}

static void
print_step(struct session *s, const struct step_record *r, bool several)
{
	char took[32];

	(void)printf("  %-12.*s %s  ", TEXT_ARGS(r->type),
	    cli_duration(r->end_ms - r->start_ms, took));
	print_counters(r);
	(void)putchar('\n');
	if (several && !text_is(r->result, "success"))
		(void)printf("    %.*s\n", TEXT_ARGS(r->result));
	if (r->detail.len != 0)
		(void)printf("    %.*s\n", TEXT_ARGS(r->detail));
	print_errors(s, r->id);
}

void
report_text(struct session *s, const struct run_record *run,
    const struct step_record *steps, size_t step_count)
{
	(void)printf("%.*s %.*s (run %" PRId64 "): %.*s\n",
	    TEXT_ARGS(run->connector_name), TEXT_ARGS(run->profile), run->id,
	    TEXT_ARGS(run->result));
	for (size_t i = 0; i < step_count; i++)
		print_step(s, &steps[i], step_count > 1);
}

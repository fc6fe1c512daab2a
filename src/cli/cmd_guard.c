/* cli/cmd_guard.c -- `causeway guard`: what guards allow, and where each limit
 * comes from; limits set by hand; who allowed what, why, until when. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/status_show.h"
#include "conf/conf.h"
#include "model/dn.h"
#include "store/guard.h"

#define DAY_MS INT64_C(86400000)

/* ---- Lines ---- */

static void
print_bound(char *out, size_t size, int64_t count, int64_t percent)
{
	if (count >= 0 && percent >= 0)
		(void)snprintf(
		    out, size, "%" PRId64 ", %" PRId64 " %%", count, percent);
	else if (count >= 0)
		(void)snprintf(out, size, "%" PRId64, count);
	else if (percent >= 0)
		(void)snprintf(out, size, "%" PRId64 " %%", percent);
	else
		(void)snprintf(out, size, "any");
}

static void
limit_row(
    struct table *t, struct text connector, const struct guard_limit_view *v)
{
	char bound[64];

	print_bound(bound, sizeof(bound), v->count, v->percent);
	table_text(t, connector);
	table_cell(t, "%s", v->change != NULL ? v->change : "any other");
	table_cell(t, "%.*s%s%.*s%s%.*s", TEXT_ARGS(v->type),
	    v->attribute.len != 0 ? " " : "", TEXT_ARGS(v->attribute),
	    v->container.len != 0 ? " from " : "",
	    TEXT_ARGS(text_is(v->container, "*") ? TEXT("each container")
						 : v->container));
	table_cell(t, "%s", bound);
	table_text(t, v->from);
}

static struct json *
limit_json(struct text connector, const struct guard_limit_view *v)
{
	struct json *j = json_new_object();

	json_set_text(j, "connector", connector);
	json_set_str(j, "change", v->change != NULL ? v->change : "any");
	json_set_text(j, "type", v->type);
	json_set_text(j, "attribute", v->attribute);
	if (v->container.len != 0)
		json_set_text(j, "container", v->container);
	if (v->count >= 0)
		json_set_int(j, "count", v->count);
	if (v->percent >= 0)
		json_set_int(j, "percent", v->percent);
	json_set_text(j, "from", v->from);
	if (v->runs != 0) {
		json_set_int(j, "runs", (int64_t)v->runs);
		json_set_int(j, "median", (int64_t)v->median);
		json_set_int(j, "largest", (int64_t)v->largest);
	}
	return j;
}

/* Connectors that are written to; none where the rules cannot be read. */
static int
each_limit(struct session *s, struct table *t, struct json *list, struct err *e)
{
	int r = 0;

	for (size_t i = 0;
	     s->setup.engine != NULL && i < s->setup.connector_count && r == 0;
	     i++) {
		const struct engine_connector *c = &s->setup.connectors[i];
		struct guard_limit_view *views = NULL;
		size_t n = 0;

		if ((c->kind->can & CAN_EXPORT) == 0 || c->id == 0)
			continue;
		r = engine_guard_limits(
		    s->setup.engine, i, s->setup.arena, &views, &n, e);
		for (size_t k = 0; k < n && r == 0; k++) {
			if (list != NULL)
				json_push(list, limit_json(c->name, &views[k]));
			else
				limit_row(t, c->name, &views[k]);
		}
	}
	return r;
}

static struct text
connector_of(const struct session *s, int64_t id)
{
	for (size_t i = 0; i < s->setup.connector_count; i++)
		if (s->setup.connectors[i].id == id)
			return s->setup.connectors[i].name;
	return TEXT("");
}

static struct json *
ack_json(const struct session *s, const struct guard_ack *a)
{
	struct json *j = json_new_object();

	json_set_text(j, "connector", connector_of(s, a->connector));
	json_set_text(j, "who", a->who);
	json_set_text(j, "reason", a->reason);
	json_set_text(j, "since", show_time(s, a->ms));
	json_set_text(j, "until", show_time(s, a->until_ms));
	json_set_bool(j, "once", a->once);
	return j;
}

static void
say_ack(const struct session *s, const struct guard_ack *a)
{
	(void)printf("%.*s: allowed by %.*s (%.*s) %s %.*s\n",
	    TEXT_ARGS(connector_of(s, a->connector)), TEXT_ARGS(a->who),
	    TEXT_ARGS(a->reason), a->once ? "once, until" : "until",
	    TEXT_ARGS(show_time(s, a->until_ms)));
}

int
guard_acks_show(struct session *s, struct json *list, struct err *e)
{
	struct guard_ack *acks = NULL;
	size_t n = 0;
	int r = guard_ack_list(
	    s->setup.store, s->setup.arena, clock_now_ms(), &acks, &n, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		if (list != NULL)
			json_push(list, ack_json(s, &acks[i]));
		else
			say_ack(s, &acks[i]);
	}
	return r;
}

/* ---- guard show ---- */

/* "guard set" or the configuration. */
static int
deletions_from(struct session *s, const char **out, struct err *e)
{
	struct text t;
	int r = store_meta_get(
	    s->setup.store, s->setup.arena, "guard.deletions", &t, e);

	*out = t.len != 0 ? "guard set" : "configuration";
	return r;
}

static void
set_number(struct json *j, const char *name, uint64_t n, bool off)
{
	if (off)
		json_set_str(j, name, "off");
	else
		json_set_int(j, name, (int64_t)n);
}

static int
show_json(struct session *s, const struct engine_guard *g, const char *from,
    struct err *e)
{
	struct json *root = json_new_object();
	struct json *limits = json_new_list(), *acks = json_new_list();
	int r;

	set_number(
	    root, "deletions", g->deletions, g->deletions == ENGINE_GUARD_OFF);
	json_set_str(root, "deletions_from", from);
	set_number(
	    root, "source_percent", g->source_percent, g->source_percent > 100);
	json_set_int(root, "source_minimum", (int64_t)g->source_minimum);
	set_number(root, "attribute_percent", g->attribute_percent,
	    g->attribute_percent > 100);
	set_number(
	    root, "change_percent", g->change_percent, g->change_percent == 0);
	json_set_int(root, "change_minimum", (int64_t)g->change_minimum);
	set_number(root, "learn", g->learn, g->learn == 0);
	json_set_bool(root, "values", g->values);
	r = each_limit(s, NULL, limits, e);
	json_set(root, "limits", limits);
	if (r == 0)
		r = guard_acks_show(s, acks, e);
	json_set(root, "acks", acks);
	if (r == 0)
		return cli_print_json(root) == CLI_OK ? 0 : ERR_IO;
	(void)json_free(root);
	return r;
}

static void
say_share(unsigned percent, bool off, const char *rest)
{
	if (!off)
		(void)printf("%u percent %s\n", percent, rest);
}

static int
show_text(struct session *s, const struct engine_guard *g, const char *from,
    struct err *e)
{
	static const char *const titles[] = {
	    "TO", "CHANGE", "TYPE", ">ALLOWED", "FROM"};
	CLEANUP(table_freep)
	struct table *t = table_new(titles, 5);
	int r;

	if (g->deletions == ENGINE_GUARD_OFF)
		(void)printf(
		    "an export may delete any number of objects (%s)\n", from);
	else
		(void)printf("an export with more than %" PRIu64
			     " deletions stops before the first write (%s)\n",
		    g->deletions, from);
	(void)printf("a full import that loses more than %u percent and more "
		     "than %" PRIu64 " objects stops\n",
	    g->source_percent, g->source_minimum);
	say_share(g->attribute_percent, g->attribute_percent > 100,
	    "of those that have an attribute may not lose it at once");
	r = each_limit(s, t, NULL, e);
	if (r == 0 && table_rows(t) != 0)
		table_print(t, stdout);
	return r < 0 ? r : guard_acks_show(s, NULL, e);
}

static int
print_guard(struct session *s, struct err *e)
{
	struct engine_guard g = {0};
	const char *from = "";
	int r = setup_guard(&s->setup, &g, e);

	if (r == 0)
		r = deletions_from(s, &from, e);
	if (r < 0)
		return r;
	return s->cli->json ? show_json(s, &g, from, e)
			    : show_text(s, &g, from, e);
}

/* Also where the rules have a mistake: then without what was learned. */
static int
do_guard_show(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct err e = {0};
	int code = CLI_OK;
	int r = session_open(&s, c, SETUP_LOOK, false, &e);

	(void)args;
	(void)count;
	if (r < 0) {
		session_close(&s);
		s = (struct session){0};
		r = session_open(&s, c, SETUP_READ, false, &e);
	}
	if (r == 0)
		r = print_guard(&s, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

const struct cli_command cmd_guard_show = {
    .name = "guard show",
    .args = "",
    .summary = "the limits that stop a run before harm is done",
    .detail = "Each with where it comes from, and what is allowed now, by "
	      "whom and why.",
    .min_args = 0,
    .max_args = 0,
    .run = do_guard_show,
};

/* ---- guard set ---- */

static const char *set_connector, *set_type, *set_attribute, *set_container;

static struct text
given(const char *option)
{
	return option != NULL ? text_of(option) : TEXT("");
}

/* "41", "5%", "off"; false where it is none of these. */
static bool
parse_bound(const char *word, struct guard_limit *out)
{
	struct text t = text_of(word);
	int64_t n = 0;
	bool share = t.len > 1 && t.data[t.len - 1] == '%';

	out->count = out->percent = -1;
	if (text_is(t, "off"))
		return true;
	t.len -= share;
	if (text_to_int64(t, &n) < 0 || n < 0 || (share && n > 100))
		return false;
	*(share ? &out->percent : &out->count) = n;
	return true;
}

static int
set_limit(
    struct session *s, const struct guard_limit *k, bool remove, struct err *e)
{
	struct buf b;
	size_t i;
	int r = 0;

	if (k->connector.len != 0)
		r = setup_connector(&s->setup, k->connector, &i, e);
	buf_init(&b, (size_t)1 << 20);
	if (r == 0)
		r = setup_guard_lines(&s->setup, k, remove, &b, e);
	if (r == 0)
		r = session_set(s, "guard.limits", buf_text(&b), e);
	buf_clear(&b);
	return r;
}

static int
set_and_show(
    struct cli *c, const struct guard_limit *k, bool remove, struct text number)
{
	struct session s = {0};
	struct err e = {0};
	int code = CLI_OK;
	int r = session_open(&s, c, SETUP_RUN, false, &e);

	if (r == 0)
		r = k != NULL ? set_limit(&s, k, remove, &e)
			      : session_set(&s, "guard.deletions", number, &e);
	if (r == 0)
		r = print_guard(&s, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

static int
set_deletions(struct cli *c, const char *word)
{
	int64_t n = 0;

	if (set_connector != NULL || set_type != NULL ||
	    set_attribute != NULL || set_container != NULL)
		return cli_usage(c, "the threshold of deletions is for all");
	if (text_is(text_of(word), "off"))
		return set_and_show(c, NULL, false, TEXT("-1"));
	if (text_to_int64(text_of(word), &n) < 0 || n < 0)
		return cli_usage(c, "guard set takes a number or off, or a "
				    "kind of change and a number, N%% or off");
	return set_and_show(c, NULL, false, text_of(word));
}

static int
do_guard_set(struct cli *c, char **args, int count)
{
	struct guard_limit k = {.connector = given(set_connector),
	    .type = given(set_type),
	    .attribute = given(set_attribute),
	    .container = given(set_container)};
	struct dn dn;
	bool remove;

	if (count == 1)
		return set_deletions(c, args[0]);
	k.change = engine_guard_change(text_of(args[0]));
	remove = text_is(text_of(args[1]), "default");
	if (k.change == 0)
		return cli_usage(c,
		    "no kind of change \"%s\": delete, leave-scope, disable, "
		    "rename-upn, lose-group, lose-attribute",
		    args[0]);
	if (!remove && !parse_bound(args[1], &k))
		return cli_usage(c,
		    "a limit is a number, a share (5%%), off "
		    "or default, not \"%s\"",
		    args[1]);
	if (set_attribute != NULL &&
	    !text_is(text_of(args[0]), "lose-attribute"))
		return cli_usage(c, "--attribute is for lose-attribute");
	if (set_container != NULL && !text_is(k.container, "*") &&
	    (dn_parse(c->arena, k.container, &dn, NULL) < 0 || dn.depth == 0))
		return cli_usage(
		    c, "--container \"%s\" is no DN", set_container);
	return set_and_show(c, &k, remove, TEXT(""));
}

static const struct cli_option set_options[] = {
    {"connector", OPTION_TEXT, &set_connector, "NAME", "for exports to it"},
    {"type", OPTION_TEXT, &set_type, "TYPE", "for objects of this type"},
    {"attribute", OPTION_TEXT, &set_attribute, "NAME", "for this attribute"},
    {"container", OPTION_TEXT, &set_container, "DN",
	"for objects from there or below; '*': of each, each for itself"},
};

const struct cli_command cmd_guard_set = {
    .name = "guard set",
    .args = "[CHANGE] N|N%|off|default",
    .summary = "how many deletions, or changes of a kind, one export may send",
    .detail =
	"With a number or off alone: the threshold of deletions.\n"
	"CHANGE is delete, leave-scope, disable, rename-upn, lose-group or\n"
	"lose-attribute.\n"
	"Kept in the store; goes before `guard:` of the configuration.",
    .min_args = 1,
    .max_args = 2,
    .options = set_options,
    .option_count = 4,
    .run = do_guard_set,
};

/* ---- guard ack ---- */

static const char *ack_reason, *ack_by, *ack_for;

static int
ack(struct session *s, const char *name, struct guard_wish *w, struct err *e)
{
	size_t i = 0;
	int r = setup_connector(&s->setup, text_of(name), &i, e);

	if (r == 0)
		r = store_lock(s->setup.store, "guard ack", e);
	if (r < 0)
		return r;
	r = engine_guard_ack(s->setup.engine, i, w, e);
	store_unlock(s->setup.store);
	return r;
}

static int
do_guard_ack(struct cli *c, char **args, int count)
{
	struct guard_wish w = {.who = session_person(c->arena, ack_by),
	    .reason = ack_reason != NULL ? text_of(ack_reason)
					 : TEXT("no reason given"),
	    .once = ack_for == NULL};
	int64_t for_ms = DAY_MS;
	struct session s = {0};
	struct err e = {0};
	int code = CLI_OK, r;

	(void)count;
	if (w.reason.len == strspn(w.reason.data, " \t"))
		return cli_usage(
		    c, "an empty reason: say why, or leave it out");
	if (ack_reason == NULL)
		(void)fprintf(stderr,
		    "causeway: no reason given: with --reason TEXT the journal "
		    "tells others why\n");
	if (ack_for != NULL &&
	    (duration_parse(text_of(ack_for), &for_ms) < 0 || for_ms <= 0))
		return cli_usage(
		    c, "\"%s\" is no duration: 30m, 2h, 1d", ack_for);
	w.until_ms = clock_now_ms() + for_ms;
	r = session_open(&s, c, SETUP_RUN, false, &e);
	if (r == 0)
		r = ack(&s, args[0], &w, &e);
	if (r == 0 && c->json)
		r = print_guard(&s, &e);
	else if (r == 0 && !c->quiet)
		r = guard_acks_show(&s, NULL, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

static const struct cli_option ack_options[] = {
    {"reason", OPTION_TEXT, &ack_reason, "TEXT",
	"why: said in the journal, or that none was given"},
    {"by", OPTION_TEXT, &ack_by, "NAME", "who; the login name where not given"},
    {"for", OPTION_TEXT, &ack_for, "TIME",
	"as often as needed for so long (2h); once within a day where not "
	"given"},
};

const struct cli_command cmd_guard_ack = {
    .name = "guard ack",
    .args = "CONNECTOR [--reason TEXT]",
    .summary = "let pass what guards of a connector stop, once or for a time",
    .detail = "What a source loses under it, the exports that follow may lose "
	      "as well;\nnever more than the threshold of deletions.",
    .min_args = 1,
    .max_args = 1,
    .options = ack_options,
    .option_count = 3,
    .run = do_guard_ack,
};

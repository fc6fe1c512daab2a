/* cli/cmd_config_diff.c -- `causeway config diff`: two configurations of any
 * form beside each other. */
#include <stdio.h>

#include "cli/commands.h"
#include "rules/site_diff.h"
#include "rules/words.h"

struct diff {
	struct cli *cli;
	struct confsrc a, b;
	struct site_diff d;
};

/* ---- JSON ---- */

static const char *
kind_text(enum change_kind kind)
{
	switch (kind) {
	case CHANGE_ADDED:
		return "added";
	case CHANGE_REMOVED:
		return "removed";
	case CHANGE_CHANGED:
		return "changed";
	}
	return "";
}

static const char *
part_text(enum change_part part)
{
	switch (part) {
	case PART_FIELD:
		return "field";
	case PART_SCOPE:
		return "scope";
	case PART_JOIN:
		return "join";
	case PART_FLOW:
		return "flow";
	}
	return "";
}

static void
set_values(struct json *j, struct text before, struct text after)
{
	if (before.len > 0)
		json_set_text(j, "before", before);
	if (after.len > 0)
		json_set_text(j, "after", after);
}

static struct json *
settings_json(const struct setting_changes *list)
{
	struct json *out = json_new_list();

	for (size_t i = 0; i < list->count; i++) {
		const struct setting_change *c = &list->items[i];
		struct json *j = json_new_object();

		json_set_text(j, "name", c->name);
		json_set_str(j, "kind", kind_text(c->kind));
		set_values(j, c->before, c->after);
		json_push(out, j);
	}
	return out;
}

static struct json *
connectors_json(const struct site_diff *d)
{
	struct json *out = json_new_list();

	for (size_t i = 0; i < d->connector_count; i++) {
		const struct connector_pair *p = &d->connectors[i];
		const struct confsrc_connector *c = p->a != NULL ? p->a : p->b;
		struct json *j;

		if (p->a != NULL && p->b != NULL && p->changes.count == 0)
			continue;
		j = json_new_object();
		json_set_text(j, "name", c->name);
		json_set_text(j, "kind", c->kind);
		json_set_str(j, "state",
		    p->a == NULL   ? "added"
		    : p->b == NULL ? "removed"
				   : "changed");
		json_set(j, "changes", settings_json(&p->changes));
		json_push(out, j);
	}
	return out;
}

static struct json *
rule_changes_json(const struct rule_changes *list)
{
	struct json *out = json_new_list();

	for (size_t i = 0; i < list->count; i++) {
		const struct rule_change *c = &list->items[i];
		struct json *j = json_new_object();

		json_set_str(j, "part", part_text(c->part));
		if (c->name.len > 0)
			json_set_text(j, "name", c->name);
		json_set_str(j, "kind", kind_text(c->kind));
		set_values(j, c->before, c->after);
		if (c->moved)
			json_set_bool(j, "same_order", true);
		json_push(out, j);
	}
	return out;
}

static const char *
rule_state(const struct rule_pair *p)
{
	if (p->a == NULL)
		return "added";
	if (p->b == NULL)
		return "removed";
	if (p->renamed)
		return "renamed";
	return rule_pair_differs(p) ? "changed" : "moved";
}

static struct json *
rules_json(const struct site_diff *d, size_t *equal)
{
	struct json *out = json_new_list();

	for (size_t i = 0; i < d->rule_count; i++) {
		const struct rule_pair *p = &d->rules[i];
		const struct rule *r = p->a != NULL ? p->a : p->b;
		struct json *j;

		if (p->a != NULL && p->b != NULL && p->changes.count == 0) {
			(*equal)++;
			continue;
		}
		j = json_new_object();
		json_set_text(j, "name", r->name);
		if (p->renamed && p->b != NULL)
			json_set_text(j, "new_name", p->b->name);
		json_set_text(j, "connector", r->connector);
		json_set_str(
		    j, "direction", direction_text(r->direction, FORM_YAML));
		json_set_int(j, "precedence", r->precedence);
		json_set_str(j, "state", rule_state(p));
		json_set(j, "changes", rule_changes_json(&p->changes));
		json_push(out, j);
	}
	return out;
}

static struct json *
side_json(const struct confsrc *s)
{
	struct json *j = json_new_object();

	json_set_text(j, "path", s->path);
	json_set_str(j, "form", confsrc_form_name(s->form));
	json_set_int(j, "connectors", (int64_t)s->connector_count);
	json_set_int(j, "rules", (int64_t)s->rule_count);
	return j;
}

static int
print_json(const struct diff *x)
{
	struct json *root = json_new_object();
	size_t equal = 0;

	json_set_bool(root, "equal", !site_differs(&x->d));
	json_set(root, "a", side_json(&x->a));
	json_set(root, "b", side_json(&x->b));
	json_set(root, "connectors", connectors_json(&x->d));
	json_set(root, "settings", settings_json(&x->d.settings));
	json_set(root, "rules", rules_json(&x->d, &equal));
	json_set_int(root, "rules_equal", (int64_t)equal);
	return cli_print_json(root);
}

/* ---- For people ---- */

/* On one line, and not longer than one likes to read. */
static void
put_short(struct text t)
{
	size_t n = 0, pos = 0;

	while (pos < t.len && n < 100) {
		size_t at = pos;
		uint32_t c = utf8_next(t, &pos);

		if (c < 0x20 || c == 0x7F || c >= 0x110000)
			(void)putchar(' ');
		else
			(void)fwrite(t.data + at, 1, pos - at, stdout);
		n++;
	}
	if (pos < t.len)
		(void)fputs("...", stdout);
}

static void
put_values(const char *lead, struct text name, enum change_kind kind,
    struct text before, struct text after)
{
	(void)printf("    %s", lead);
	if (name.len > 0)
		(void)printf(
		    "%s%.*s", *lead != '\0' ? " " : "", TEXT_ARGS(name));
	(void)fputs(":", stdout);
	if (kind != CHANGE_ADDED) {
		(void)fputs(kind == CHANGE_REMOVED ? " - " : " ", stdout);
		put_short(before);
	}
	if (kind == CHANGE_CHANGED)
		(void)fputs(" ->", stdout);
	if (kind != CHANGE_REMOVED) {
		(void)fputs(kind == CHANGE_ADDED ? " + " : " ", stdout);
		put_short(after);
	}
	(void)putchar('\n');
}

static void
put_settings(const struct setting_changes *list)
{
	for (size_t i = 0; i < list->count; i++)
		put_values("", list->items[i].name, list->items[i].kind,
		    list->items[i].before, list->items[i].after);
}

static void
print_connectors(const struct site_diff *d)
{
	for (size_t i = 0; i < d->connector_count; i++) {
		const struct connector_pair *p = &d->connectors[i];
		const struct confsrc_connector *c = p->a != NULL ? p->a : p->b;

		if (p->a != NULL && p->b != NULL && p->changes.count == 0)
			continue;
		(void)printf("%c connector %.*s\n",
		    p->a == NULL   ? '+'
		    : p->b == NULL ? '-'
				   : '~',
		    TEXT_ARGS(c->name));
		put_settings(&p->changes);
	}
}

static void
print_rule_changes(const struct rule_pair *p)
{
	for (size_t i = 0; i < p->changes.count; i++) {
		const struct rule_change *c = &p->changes.items[i];
		bool is_name =
		    c->part == PART_FIELD && text_is(c->name, "name");

		if (c->moved || (is_name && p->renamed))
			continue;
		put_values(c->part == PART_FIELD ? "" : part_text(c->part),
		    c->name, c->kind, c->before, c->after);
	}
}

static void
print_rule(const struct rule_pair *p)
{
	const struct rule *r = p->a != NULL ? p->a : p->b;
	const char *mark = p->a == NULL ? "+" : p->b == NULL ? "-" : "~";

	(void)printf("%s rule %.*s", mark, TEXT_ARGS(r->name));
	if (p->renamed && p->b != NULL)
		(void)printf(" => %.*s", TEXT_ARGS(p->b->name));
	(void)printf(" (%s, %.*s, %d)\n",
	    direction_text(r->direction, FORM_YAML), TEXT_ARGS(r->connector),
	    (int)r->precedence);
	print_rule_changes(p);
}

struct counts {
	size_t added, removed, changed, renamed, moved, equal;
};

static void
count_rule(const struct rule_pair *p, struct counts *n)
{
	if (p->a == NULL)
		n->added++;
	else if (p->b == NULL)
		n->removed++;
	else if (p->renamed)
		n->renamed++;
	else if (rule_pair_differs(p))
		n->changed++;
	else if (p->changes.count > 0)
		n->moved++;
	else
		n->equal++;
}

static void
print_text(const struct diff *x)
{
	struct counts n = {0};

	print_connectors(&x->d);
	if (x->d.settings.count > 0)
		(void)printf("~ settings\n");
	put_settings(&x->d.settings);
	for (size_t i = 0; i < x->d.rule_count; i++) {
		count_rule(&x->d.rules[i], &n);
		if (rule_pair_differs(&x->d.rules[i]))
			print_rule(&x->d.rules[i]);
	}
	if (x->cli->quiet)
		return;
	if (n.moved > 0)
		(void)printf("%zu rules have another number, in the same "
			     "order\n",
		    n.moved);
	(void)printf("rules: %zu changed, %zu renamed, %zu only in the first, "
		     "%zu only in the second, %zu equal\n",
	    n.changed, n.renamed, n.removed, n.added, n.equal + n.moved);
}

/* ---- The command ---- */

static void
say_problems(const struct confsrc *s)
{
	for (size_t i = 0; i < s->problem_count; i++)
		if (s->problems[i].blocks)
			cli_say("%.*s:%d: %.*s%s%.*s",
			    TEXT_ARGS(s->problems[i].file), s->problems[i].line,
			    TEXT_ARGS(s->problems[i].rule),
			    s->problems[i].rule.len > 0 ? ": " : "",
			    TEXT_ARGS(s->problems[i].text));
}

static int
do_diff(struct cli *c, char **args, int count)
{
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct diff x = {.cli = c};
	struct err e = {0};
	int r = names == NULL ? err_set(&e, ERR_NOMEM, "out of memory") : 0;
	int code = CLI_OK;

	(void)count;
	if (r == 0 &&
	    (r = confsrc_open(args[0], names, c->arena, &x.a, &e)) < 0)
		say_problems(&x.a);
	if (r == 0 &&
	    (r = confsrc_open(args[1], names, c->arena, &x.b, &e)) < 0)
		say_problems(&x.b);
	if (r == 0 && (r = site_compare(&x.a, &x.b, c->arena, &x.d)) < 0)
		(void)err_set(&e, r, "config diff: %s", err_name(r));
	if (r < 0)
		code = cli_fail(c, &e);
	else if (c->json)
		code = print_json(&x);
	else
		print_text(&x);
	if (r == 0 && code == CLI_OK && site_differs(&x.d))
		code = CLI_ERROR;
	confsrc_clear(&x.a);
	confsrc_clear(&x.b);
	return code;
}

const struct cli_command cmd_config_diff = {
    .name = "config diff",
    .args = "A B",
    .summary = "what differs between two configurations of any form",
    .detail =
	"A and B are a Causeway directory or file, a server export of the "
	"Azure AD Connect line,\nan export of FIM, MIM or DirSync, or a rule "
	"editor's script (*.ps1).  Rules are matched by\nname, connector and "
	"tag, never by id.  Exits 0 where nothing differs, 1 where something\n"
	"does, as diff does; an error exits 1 too, with its message on "
	"standard "
	"error.",
    .min_args = 2,
    .max_args = 2,
    .run = do_diff,
};

/* cli/cmd_config_convert.c -- `causeway config convert`: a configuration of
 * any form becomes files of our own. */
#include <stdio.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/site_files.h"
#include "rules/powershell/powershell.h"
#include "rules/site_yaml.h"

static const char *opt_to;
static const char *opt_connectors;
static const char *opt_form;
static bool opt_dry_run;

/* ---- Options ---- */

/* "GUID=NAME,GUID=NAME" */
static int
read_names(struct arena *a, const char *text, struct conf_map *out)
{
	struct text rest = text_of(text);

	out->items = arena_array(a, rest.len + 1, sizeof(*out->items));
	if (out->items == NULL)
		return ERR_NOMEM;
	while (rest.len > 0) {
		const char *comma = memchr(rest.data, ',', rest.len);
		size_t n =
		    comma == NULL ? rest.len : (size_t)(comma - rest.data);
		const char *eq = memchr(rest.data, '=', n);
		size_t before = eq == NULL ? 0 : (size_t)(eq - rest.data);

		if (before == 0 || before + 1 == n)
			return ERR_SYNTAX;
		out->items[out->count++] =
		    (struct conf_pair){.name = {rest.data, before},
			.value = {eq + 1, n - before - 1}};
		n += comma != NULL ? 1 : 0;
		rest = (struct text){rest.data + n, rest.len - n};
	}
	return 0;
}

/* ---- What was done ---- */

static struct json *
problems_json(const struct confsrc *s)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < s->problem_count; i++) {
		const struct plan_problem *p = &s->problems[i];
		struct json *j = json_new_object();

		json_set_str(j, "severity", p->blocks ? "error" : "warning");
		json_set_text(j, "file", p->file);
		json_set_int(j, "line", p->line);
		if (p->rule.len > 0)
			json_set_text(j, "rule", p->rule);
		if (p->attribute.len > 0)
			json_set_text(j, "attribute", p->attribute);
		json_set_text(j, "message", p->text);
		json_push(list, j);
	}
	return list;
}

static int
print_json(const struct confsrc *s, const struct site_files *files)
{
	struct json *root = json_new_object(), *list = json_new_list();
	struct json *open = json_new_list();

	json_set_str(root, "form", confsrc_form_name(s->form));
	json_set_int(root, "connectors", (int64_t)s->connector_count);
	json_set_int(root, "rules", (int64_t)s->rule_count);
	json_set_bool(root, "written", !opt_dry_run);
	for (size_t i = 0; i < files->count; i++)
		json_push(list, json_new_text(text_of(files->items[i].name)));
	json_set(root, "files", list);
	for (size_t i = 0; i < files->open.count; i++)
		json_push(open, json_new_text(files->open.items[i]));
	json_set(root, "open", open);
	json_set(root, "problems", problems_json(s));
	return cli_print_json(root);
}

static void
say_problems(const struct confsrc *s)
{
	for (size_t i = 0; i < s->problem_count; i++) {
		const struct plan_problem *p = &s->problems[i];

		cli_say("%s: %.*s:%d: %.*s%s%.*s%s%.*s",
		    p->blocks ? "error" : "warning", TEXT_ARGS(p->file),
		    p->line, TEXT_ARGS(p->rule), p->rule.len > 0 ? ": " : "",
		    TEXT_ARGS(p->attribute), p->attribute.len > 0 ? ": " : "",
		    TEXT_ARGS(p->text));
	}
}

static void
print_text(struct cli *c, const struct confsrc *s, const struct site_files *f)
{
	if (c->quiet)
		return;
	(void)printf("%s %zu connectors and %zu rules:\n",
	    opt_dry_run ? "would write" : "wrote", s->connector_count,
	    s->rule_count);
	for (size_t i = 0; i < f->count; i++)
		(void)printf("  %s/%s\n", opt_to, f->items[i].name);
	if (f->open.count > 0)
		(void)printf("to be done by you:\n");
	for (size_t i = 0; i < f->open.count; i++)
		(void)printf("  %.*s\n", TEXT_ARGS(f->open.items[i]));
}

/* ---- A script of the rules ---- */

struct script {
	const struct confsrc *s;
	const struct conf_map *names;
};

/* What --connectors says, else the GUID that the source knows, else the
 * name. */
static struct text
connector_id(void *ctx, struct text name)
{
	const struct script *x = ctx;
	const struct confsrc_connector *c = confsrc_connector_find(x->s, name);

	for (size_t i = 0; i < x->names->count; i++)
		if (text_equal_nocase(x->names->items[i].name, name))
			return x->names->items[i].value;
	return c != NULL && c->id.len > 0 ? c->id : name;
}

static int
convert_to_script(struct cli *c, struct confsrc *s,
    const struct conf_map *names, struct err *e)
{
	struct script x = {.s = s, .names = names};
	struct powershell_output how = {
	    .names = s->names, .connector_id = connector_id, .ctx = &x};
	struct site_file file = {.name = opt_to};
	struct site_files files = {.items = &file, .count = 1};
	struct buf b;
	int rc;

	buf_init(&b, POWERSHELL_MAX_BYTES);
	rc = powershell_write(&how, s->rules, s->rule_count, &b);
	if (rc < 0)
		(void)err_set(e, rc, "%s: %s", opt_to, err_name(rc));
	else if (access(opt_to, F_OK) == 0)
		rc = err_set(e, ERR_EXIST, "%s is there already", opt_to);
	else if (!opt_dry_run)
		rc = site_write_file(opt_to, buf_text(&b), 0644, e);
	buf_clear(&b);
	if (rc < 0)
		return rc;
	if (c->json)
		return print_json(s, &files) == CLI_OK ? 0 : ERR_IO;
	if (!c->quiet)
		(void)printf("%s %zu rules: %s\n",
		    opt_dry_run ? "would write" : "wrote", s->rule_count,
		    opt_to);
	return 0;
}

/* ---- An export as its server writes it ---- */

static int
convert_to_export(struct cli *c, struct confsrc *s, struct err *e)
{
	struct site_files none = {0};
	int rc = site_check_empty(opt_to, e);

	if (rc == 0 && s->form != CONFSRC_EXPORT)
		rc = err_set(e, ERR_UNSUPPORTED,
		    "%.*s is %s: only a server's export can be written as one",
		    TEXT_ARGS(s->path), confsrc_form_name(s->form));
	if (rc == 0 && !opt_dry_run)
		rc = vendor_write(&s->vendor, opt_to, e);
	if (rc < 0)
		return rc;
	if (c->json)
		return print_json(s, &none) == CLI_OK ? 0 : ERR_IO;
	if (!c->quiet)
		(void)printf("%s %zu connectors and %zu rules: %s\n",
		    opt_dry_run ? "would write" : "wrote", s->connector_count,
		    s->rule_count, opt_to);
	return 0;
}

/* ---- The command ---- */

static int
convert(struct cli *c, struct confsrc *s, const struct conf_map *names,
    struct err *e)
{
	struct site_files files;
	int rc = site_yaml(s, names, &files, e);

	if (rc == 0)
		rc = site_check_empty(opt_to, e);
	if (rc == 0 && !opt_dry_run)
		rc = site_write(c->arena, opt_to, &files, e);
	if (rc < 0)
		return rc;
	if (c->json)
		return print_json(s, &files) == CLI_OK ? 0 : ERR_IO;
	print_text(c, s, &files);
	return 0;
}

static int
do_convert(struct cli *c, char **args, int count)
{
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct confsrc s = {.form = CONFSRC_CAUSEWAY};
	struct conf_map connectors = {0};
	struct err e = {0};
	int rc = names == NULL ? err_set(&e, ERR_NOMEM, "out of memory") : 0;

	(void)count;
	if (opt_to == NULL)
		return cli_usage(c, "config convert needs --to DIR");
	if (opt_form != NULL && strcmp(opt_form, "yaml") != 0 &&
	    strcmp(opt_form, "export") != 0)
		return cli_usage(c, "--form is yaml or export");
	if (opt_connectors != NULL &&
	    read_names(c->arena, opt_connectors, &connectors) < 0)
		return cli_usage(
		    c, "--connectors takes GUID=NAME,GUID=NAME,...");
	if (rc == 0)
		rc = confsrc_open(args[0], names, c->arena, &s, &e);
	say_problems(&s);
	if (rc == 0 && opt_form != NULL && strcmp(opt_form, "export") == 0)
		rc = convert_to_export(c, &s, &e);
	else if (rc == 0 && text_ends_nocase(text_of(opt_to), ".ps1"))
		rc = convert_to_script(c, &s, &connectors, &e);
	else if (rc == 0)
		rc = convert(c, &s, &connectors, &e);
	confsrc_clear(&s);
	return rc < 0 ? cli_fail(c, &e) : CLI_OK;
}

static const struct cli_option options[] = {
    {"to", OPTION_TEXT, &opt_to, "DIR|FILE.ps1",
	"where to: a folder that is made, or is empty; or a script of the "
	"rules"},
    {"connectors", OPTION_TEXT, &opt_connectors, "GUID=NAME,...",
	"names for connectors of the source"},
    {"form", OPTION_TEXT, &opt_form, "yaml|export",
	"export: a server's export is written as its server does, with what "
	"it has that is not known here"},
    {"dry-run", OPTION_FLAG, &opt_dry_run, NULL, "say it, and write nothing"},
};

const struct cli_command cmd_config_convert = {
    .name = "config convert",
    .args = "SOURCE",
    .summary = "a configuration of any form as files of our own",
    .detail =
	"SOURCE is a Causeway directory or file, a server export of the Azure "
	"AD Connect line, an\nexport of FIM, MIM or DirSync, or a rule "
	"editor's "
	"script (*.ps1), of which the rules alone\nare written.  Each rule "
	"says "
	"in a comment where it came from.  What was converted of another "
	"system "
	"is in staging mode until\nyou say otherwise.  With --to FILE.ps1 the "
	"rules alone are written, as the rule editor does.",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = do_convert,
};

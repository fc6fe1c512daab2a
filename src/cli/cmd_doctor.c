/* cli/cmd_doctor.c -- `causeway doctor`: what a cloud would refuse, and what is
 * wrong around it, before the first export. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/doctor_show.h"

#define TLD_FILE_MAX (1U << 20)
#define TLD_MAX      20000U

static const char *fix_dir, *tld_file, *rules_name = "multi-tenant";

/* ---- Findings about objects, in words ---- */

/* What each error of a value is, and what a person can do. */
static const struct {
	const char *error;
	const char *means, *remedy;
} meanings[] = {
    {"Character", "characters that the cloud does not take",
	"causeway doctor --fix-dir DIR"},
    {"Format", "no address: local@domain", "put it right at the source"},
    {"TopLevelDomain", "the domain does not route: nobody can have it",
	"give it a suffix that is registered, or --tlds FILE"},
    {"DomainPart", "more than 48 characters behind the @",
	"put it right at the source"},
    {"LocalPart", "more than 64 characters before the @",
	"put it right at the source"},
    {"Length", "longer than the cloud takes", "causeway doctor --fix-dir DIR"},
    {"Blank", "blank", "causeway doctor --fix-dir DIR"},
    {"MailMatch", "not the same as mail", "put it right at the source"},
    {"Duplicate", "more than one person has it",
	"change it for all but one at the source"},
    {"ProxyAddresses", "more than about 300: the cloud does not keep them",
	"remove addresses at the source"},
    {"Certificates", "more than 15: the cloud takes none then",
	"remove certificates that ended at the source"},
    {"Members", "more members than are written: the group is frozen",
	"split the group, or see default_rules: member_limit"},
};

static struct told
told_of(const struct session *s, const struct doctor_finding *f)
{
	struct told t = {.weight = TOLD_ERROR,
	    .check = f->check,
	    .error = f->error,
	    .connector = show_connector(s, f->connector),
	    .attribute = f->attribute,
	    .people = f->people,
	    .fixable = f->fixable,
	    .of = f};

	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
		if (strcmp(f->error, meanings[i].error) != 0)
			continue;
		t.text = explain_words(
		    s, "%.*s: %s", TEXT_ARGS(f->attribute), meanings[i].means);
		t.remedy = text_of(meanings[i].remedy);
	}
	return t;
}

/* Attributes that nobody has are one finding of their connector. */
static void
tell_nobody(const struct session *s, const struct doctor_report *r, size_t i,
    struct told_list *out)
{
	int64_t connector = s->setup.connectors[i].id;
	struct told t = {.weight = TOLD_NOTE,
	    .check = "attribute",
	    .error = "Nobody",
	    .connector = show_connector(s, connector)};
	struct buf b;

	buf_init(&b, 65536);
	for (size_t k = 0; k < r->count; k++) {
		const struct doctor_finding *f = &r->findings[k];

		if (strcmp(f->check, "attribute") != 0 ||
		    f->connector != connector)
			continue;
		buf_printf(&b, "%s%.*s", b.len != 0 ? ", " : "",
		    TEXT_ARGS(f->attribute));
		t.people = f->people;
	}
	if (b.len != 0) {
		t.attribute = text_dup(s->setup.arena, buf_text(&b));
		t.text = explain_words(s,
		    "rules read attributes that no object has: not used, or "
		    "the account may not read them");
		t.remedy =
		    s->setup.connectors[i].conf->kind_id == CONF_KIND_LDAP
			? TEXT("docs/operations/ldap.md")
			: TEXT("docs/operations/permissions.md");
		told_push(out, t);
	}
	buf_clear(&b);
}

static void
tell_objects(const struct session *s, const struct doctor_report *r,
    struct told_list *out)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->findings[i].check, "attribute") != 0)
			told_push(out, told_of(s, &r->findings[i]));
	for (size_t i = 0; i < s->setup.connector_count; i++)
		tell_nobody(s, r, i, out);
}

/* ---- What is examined ---- */

/* A reference is no value; where the directory's schema is not known, what the
 * metaverse has under the name tells. */
static bool
is_value(const struct session *s, size_t i, uint32_t name)
{
	const struct schema *own = s->setup.schemas[i];
	const struct schema_attr *a =
	    own != NULL ? schema_find(own, name) : NULL;
	bool known = own != NULL &&
		     s->setup.connectors[i].conf->kind_id != CONF_KIND_FILE;

	if (a == NULL && known)
		return false; /* it cannot have it */
	if (a == NULL)
		a = schema_find(plan_mv_schema(s->setup.plan), name);
	return a == NULL || a->type != VALUE_REFERENCE;
}

/* Attributes that rules read of a connector and that its directory may have. */
static int
wanted_of(struct session *s, size_t i, struct doctor_source *out, struct err *e)
{
	size_t n = 0;
	const uint32_t *all = plan_wanted(s->setup.plan, i, &n);
	uint32_t *list = arena_array(s->setup.arena, n + 1, sizeof(*list));

	if (list == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	out->wanted = list;
	for (size_t k = 0; k < n; k++)
		if (is_value(s, i, all[k]))
			list[out->wanted_count++] = all[k];
	return 0;
}

/* Sources: what inbound rules read, but for the cloud itself. */
static int
sources_of(struct session *s, const size_t *only, struct doctor_job *job,
    struct err *e)
{
	struct doctor_source *list = arena_array(
	    s->setup.arena, s->setup.connector_count + 1, sizeof(*list));
	int r = 0;

	if (list == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	job->sources = list;
	for (size_t i = 0; i < s->setup.connector_count && r == 0; i++) {
		const struct engine_connector *c = &s->setup.connectors[i];

		if ((only != NULL && *only != i) || c->id == 0 || c->cloud)
			continue;
		list[job->source_count].connector = c->id;
		r = wanted_of(s, i, &list[job->source_count++], e);
	}
	return r;
}

/* Up to the first blank. */
static size_t
word_length(struct text t)
{
	size_t n = 0;

	while (n < t.len && (unsigned char)t.data[n] > ' ')
		n++;
	return n;
}

/* A list as IANA publishes it: one a line, comments with '#'. */
static int
read_tlds(struct session *s, struct doctor_job *job, struct err *e)
{
	struct text *list;
	struct buf b;
	struct text all;
	int r;

	if (tld_file == NULL)
		return 0;
	buf_init(&b, TLD_FILE_MAX);
	r = cli_read_file(tld_file, &b, e);
	all = r == 0 ? text_dup(s->setup.arena, buf_text(&b)) : TEXT("");
	buf_clear(&b);
	list = arena_array(s->setup.arena, TLD_MAX, sizeof(*list));
	if (r < 0 || list == NULL)
		return r < 0 ? r : err_set(e, ERR_NOMEM, "out of memory");
	job->tlds = list;
	while (all.len != 0 && job->tld_count < TLD_MAX) {
		const char *end = memchr(all.data, '\n', all.len);
		size_t n = end != NULL ? (size_t)(end - all.data) : all.len;
		size_t len = word_length((struct text){all.data, n});

		if (len != 0 && all.data[0] != '#')
			list[job->tld_count++] = (struct text){all.data, len};
		n += end != NULL;
		all = (struct text){all.data + n, all.len - n};
	}
	return 0;
}

/* ---- JSON ---- */

static const char *const weights[] = {
    [TOLD_ERROR] = "error", [TOLD_WARNING] = "warning", [TOLD_NOTE] = "note"};

static struct json *
examples_json(const struct session *s, const struct doctor_finding *f)
{
	struct json *list = json_new_list();

	for (size_t i = 0; f != NULL && i < f->example_count; i++) {
		const struct doctor_example *x = &f->examples[i];
		struct json *j = json_new_object();

		json_set_text(j, "dn", show_cs_dn(s, x->cs));
		json_set_text(j, "name", show_cs_name(s, x->cs));
		json_set_text(j, "value", x->value);
		if (x->fix.len != 0)
			json_set_text(j, "fix", x->fix);
		if (x->other != 0) {
			json_set_text(j, "other", show_cs_dn(s, x->other));
			json_set_text(j, "otherConnector",
			    show_cs_connector(s, x->other));
		}
		json_push(list, j);
	}
	return list;
}

static struct json *
told_json(const struct session *s, const struct told *t)
{
	struct json *j = json_new_object();

	json_set_str(j, "severity", weights[t->weight]);
	json_set_str(j, "check", t->check);
	json_set_str(j, "error", t->error);
	json_set_text(j, "connector", t->connector);
	json_set_text(j, "attribute", t->attribute);
	json_set_int(j, "people", (int64_t)t->people);
	json_set_int(j, "fixable", (int64_t)t->fixable);
	json_set_text(j, "text", t->text);
	json_set_text(j, "remedy", t->remedy);
	json_set(j, "examples", examples_json(s, t->of));
	return j;
}

/* ---- Text ---- */

static void
print_examples(const struct session *s, const struct doctor_finding *f)
{
	for (size_t i = 0; f != NULL && i < f->example_count; i++) {
		const struct doctor_example *x = &f->examples[i];

		(void)printf("      %.*s: \"%.*s\"",
		    TEXT_ARGS(show_cs_dn(s, x->cs)), TEXT_ARGS(x->value));
		if (x->fix.len != 0)
			(void)printf(" -> \"%.*s\"", TEXT_ARGS(x->fix));
		if (x->other != 0)
			(void)printf(" also %.*s (%.*s)",
			    TEXT_ARGS(show_cs_dn(s, x->other)),
			    TEXT_ARGS(show_cs_connector(s, x->other)));
		(void)putchar('\n');
	}
	if (f != NULL && f->people > f->example_count)
		(void)printf("      and %llu more\n",
		    (unsigned long long)(f->people - f->example_count));
}

static void
print_told(const struct session *s, const struct told *t)
{
	(void)printf("%s %s %s%s%.*s\n", weights[t->weight], t->check, t->error,
	    t->connector.len != 0 ? ", " : "", TEXT_ARGS(t->connector));
	(void)printf("    %.*s\n", TEXT_ARGS(t->text));
	if (t->check[0] == 'a' && t->attribute.len != 0)
		(void)printf("    %.*s\n", TEXT_ARGS(t->attribute));
	if (t->people != 0)
		(void)printf("    %llu %s concerned, %llu can be repaired\n",
		    (unsigned long long)t->people,
		    t->people == 1 ? "object" : "objects",
		    (unsigned long long)t->fixable);
	if (t->remedy.len != 0)
		(void)printf("    %.*s\n", TEXT_ARGS(t->remedy));
	print_examples(s, t->of);
}

/* ---- The whole ---- */

static bool
has_errors(const struct told_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].weight == TOLD_ERROR)
			return true;
	return false;
}

static int
print_all(struct session *s, const struct told_list *l,
    const struct doctor_report *r, struct json *files)
{
	struct json *root, *list;

	if (!s->cli->json) {
		for (int w = TOLD_ERROR; w <= TOLD_NOTE; w++)
			for (size_t i = 0; i < l->count; i++)
				if ((int)l->items[i].weight == w)
					print_told(s, &l->items[i]);
		for (size_t i = 0; i < json_count(files); i++)
			(void)printf("written: %.*s\n",
			    TEXT_ARGS(
				json_get_text(json_at(files, i), "file")));
		(void)printf("%llu objects, %zu findings\n",
		    (unsigned long long)r->objects, l->count);
		(void)json_free(files);
		return 0;
	}
	root = json_new_object();
	list = json_new_list();
	for (int w = TOLD_ERROR; w <= TOLD_NOTE; w++)
		for (size_t i = 0; i < l->count; i++)
			if ((int)l->items[i].weight == w)
				json_push(list, told_json(s, &l->items[i]));
	json_set_int(root, "objects", (int64_t)r->objects);
	json_set(root, "findings", list);
	json_set(root, "files", files);
	return cli_print_json(root) == CLI_OK ? 0 : ERR_IO;
}

/* What a full examination is about. */
struct examination {
	struct session *s;
	const size_t *only;
	struct told_list *told;
	struct doctor_report report;
	struct json *files;
};

static int
examine_objects(struct examination *x, struct err *e)
{
	struct session *s = x->s;
	struct fix_files *fixes = NULL;
	struct doctor_job job = {.store = s->setup.store,
	    .rules = strcmp(rules_name, "dedicated") == 0 ? DOCTOR_DEDICATED
							  : DOCTOR_MULTI_TENANT,
	    .member_limit = (uint64_t)s->setup.conf->default_rules.member_limit,
	    .cancelled = s->setup.cancelled};
	int r = sources_of(s, x->only, &job, e);

	if (r == 0)
		r = read_tlds(s, &job, e);
	if (r == 0 && fix_dir != NULL)
		r = fix_open(s, fix_dir, &fixes, e);
	if (fixes != NULL) {
		job.fix = fix_write;
		job.ctx = fixes;
	}
	if (r == 0)
		r = doctor_run(&job, s->setup.arena, &x->report, e);
	if (r == 0 && fixes != NULL)
		r = fix_close(fixes, x->files, e);
	(void)fix_free(fixes);
	if (r == 0)
		tell_objects(s, &x->report, x->told);
	return r;
}

static int
examine(
    struct session *s, const char *only_name, bool *out_errors, struct err *e)
{
	struct examination x = {.s = s};
	size_t only = 0;
	int r = 0;

	x.told = arena_alloc(s->setup.arena, sizeof(*x.told));
	if (x.told == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	x.told->count = 0;
	if (only_name != NULL) {
		r = setup_connector(&s->setup, text_of(only_name), &only, e);
		x.only = &only;
	}
	x.files = json_new_list();
	if (r == 0)
		r = doctor_system(s, x.only, x.told, e);
	if (r == 0)
		r = examine_objects(&x, e);
	if (r < 0) {
		(void)json_free(x.files);
		return r;
	}
	*out_errors = has_errors(x.told);
	return print_all(s, x.told, &x.report, x.files);
}

static int
do_doctor(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct err e = {0};
	bool errors = false;
	int code = CLI_OK, r;

	if (strcmp(rules_name, "multi-tenant") != 0 &&
	    strcmp(rules_name, "dedicated") != 0)
		return cli_usage(c, "--rules multi-tenant or dedicated");
	r = session_open(&s, c, SETUP_LOOK, false, &e);
	if (r == 0)
		r = examine(&s, count == 1 ? args[0] : NULL, &errors, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	else if (errors)
		code = CLI_OBJECT_ERRORS;
	session_close(&s);
	return code;
}

static const struct cli_option options[] = {
    {"fix-dir", OPTION_TEXT, &fix_dir, "DIR",
	"write repairs as LDIF there, a file for each connector"},
    {"tlds", OPTION_TEXT, &tld_file, "FILE",
	"top-level domains that route, one a line"},
    {"rules", OPTION_TEXT, &rules_name, "NAME",
	"multi-tenant (default) or dedicated"},
};

const struct cli_command cmd_doctor = {
    .name = "doctor",
    .args = "[CONNECTOR]",
    .summary = "what the cloud would refuse, and what is wrong around it",
    .detail = "Looks at all that is stored of the sources: values that the "
	      "cloud does not take,\nvalues that two people have, limits, "
	      "attributes that rules read and nobody has;\nand at the "
	      "connectors: rights, clocks, certificates that end, files with "
	      "secrets\nthat others may read.  Changes nothing.  Exit code 3: "
	      "there are errors.",
    .min_args = 0,
    .max_args = 1,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = do_doctor,
};

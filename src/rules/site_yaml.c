/* rules/site_yaml.c -- see site_yaml.h. */
#include "rules/site_yaml.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/yaml_write.h"
#include "rules/words.h"
#include "rules/yaml_write.h"

#define MAX_FILE (16U << 20)
#define NO_ID    "00000000-0000-0000-0000-000000000000"

struct output {
	const struct confsrc *s;
	const struct site_how *how;
	struct arena *arena;
	struct site_files *out;
	struct rule *rules; /* with the connectors' new names, by precedence */
	struct buf b;       /* the file at hand */
	struct err *e;
};

/* ---- Small pieces ---- */

/* The name that a connector of the source gets. */
static struct text
new_name(const struct output *o, struct text name)
{
	const struct confsrc_connector *c = confsrc_connector_find(o->s, name);

	const struct conf_map *names = o->how->connectors;

	for (size_t i = 0; names != NULL && i < names->count; i++) {
		const struct conf_pair *p = &names->items[i];
		struct text id = rule_guid(o->arena, p->name);

		if (text_equal_nocase(p->name, name) || text_equal(id, name) ||
		    (c != NULL && c->id.len > 0 && text_equal(id, c->id)))
			return p->value;
	}
	return name;
}

static int
tell_text(struct output *o, struct text t)
{
	struct conf_texts *list = &o->out->open;
	struct text *items =
	    arena_array(o->arena, list->count + 1, sizeof(*items));

	if (items == NULL)
		return ERR_NOMEM;
	if (list->count > 0)
		memcpy(items, list->items, list->count * sizeof(*items));
	items[list->count++] = t;
	list->items = items;
	return 0;
}

static int
tell(struct output *o, const char *fmt, struct text name)
{
	return tell_text(o, text_of(arena_printf(o->arena, "connector %.*s: %s",
				TEXT_ARGS(name), fmt)));
}

/* The buffer becomes a file, and is empty again. */
static int
keep_file(struct output *o, const char *name)
{
	struct site_files *list = o->out;
	struct text t = text_dup(o->arena, buf_text(&o->b));

	if (buf_error(&o->b) < 0 || t.data == NULL || name == NULL)
		return err_set(o->e, ERR_NOMEM, "out of memory");
	list->items[list->count++] = (struct site_file){name, t};
	buf_reset(&o->b);
	return 0;
}

static void
key(struct output *o, const char *name, struct text value)
{
	buf_printf(&o->b, "    %s: ", name);
	yaml_write_scalar(&o->b, value, 6);
}

static void
key_texts(
    struct output *o, const char *lead, const char *name, struct conf_texts t)
{
	bool any = false;

	for (size_t i = 0; i < t.count; i++) {
		if (t.items[i].len == 0)
			continue;
		if (!any)
			buf_printf(&o->b, "%s%s: [", lead, name);
		else
			buf_puts(&o->b, ", ");
		any = true;
		yaml_write_word(&o->b, t.items[i]);
	}
	if (any)
		buf_puts(&o->b, "]\n");
}

/* A name for files: letters, digits and dashes. */
static const char *
file_word(struct output *o, struct text t)
{
	char *p = arena_alloc(o->arena, t.len + 1);
	size_t n = 0;

	for (size_t i = 0; p != NULL && i < t.len && n < 60; i++) {
		char c = t.data[i];
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '.';

		if (good)
			p[n++] = c;
		else if (n > 0 && p[n - 1] != '-')
			p[n++] = '-';
	}
	while (n > 0 && (p[n - 1] == '-' || p[n - 1] == '.'))
		p[--n] = '\0';
	return n == 0 ? "connector" : p;
}

/* "file:secrets/corp", "env:CAUSEWAY_CORP", "credential:corp" */
static struct text
secret_of(struct output *o, struct text name)
{
	const char *word = file_word(o, name), *form = o->how->secrets;
	char *upper;

	if (word == NULL)
		return TEXT("");
	if (strcmp(form, "file") == 0)
		return text_of(arena_printf(o->arena, "file:secrets/%s", word));
	if (strcmp(form, "credential") == 0)
		return text_of(arena_printf(o->arena, "credential:%s", word));
	upper = arena_printf(o->arena, "env:CAUSEWAY_%s", word);
	for (char *p = upper == NULL ? NULL : upper + 4;
	     p != NULL && *p != '\0'; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 32);
		else if (*p == '-' || *p == '.')
			*p = '_';
	}
	return text_of(upper);
}

/* ---- Connectors of the vendor's forms ---- */

static struct text
param(const struct vendor_connector *c, const char *name)
{
	for (size_t i = 0; i < c->params.count; i++)
		if (text_is_nocase(c->params.items[i].name, name))
			return c->params.items[i].value;
	return TEXT("");
}

static void
write_parameters(struct output *o, const struct vendor_connector *c)
{
	bool any = false;

	for (size_t i = 0; i < c->params.count; i++) {
		const struct vendor_param *p = &c->params.items[i];

		if (p->secret || p->intrinsic || !text_is(p->use, "global") ||
		    p->name.len == 0)
			continue;
		if (!any)
			buf_puts(&o->b, "    parameters:\n");
		any = true;
		buf_puts(&o->b, "      ");
		yaml_write_word(&o->b, p->name);
		buf_puts(&o->b, ": ");
		yaml_write_scalar(&o->b, p->value, 8);
	}
}

static void
write_partitions(struct output *o, const struct confsrc_connector *c)
{
	if (c->partitions.count > 0)
		buf_puts(&o->b, "    partitions:\n");
	for (size_t i = 0; i < c->partitions.count; i++) {
		const struct conf_partition *p = &c->partitions.items[i];

		buf_puts(&o->b, "      - dn: ");
		yaml_write_scalar(&o->b, p->dn, 10);
		key_texts(o, "        ", "include", p->include);
		key_texts(o, "        ", "exclude", p->exclude);
	}
}

/* Domain controllers by name, else the forest's name. */
static void
write_servers(struct output *o, const struct vendor_connector *c)
{
	bool any = false;

	buf_puts(&o->b, "    servers: [");
	for (size_t i = 0; i < c->partition_count; i++)
		for (size_t k = 0; k < c->partitions[i].servers.count; k++) {
			const char *url = arena_printf(o->arena, "ldaps://%.*s",
			    TEXT_ARGS(c->partitions[i].servers.items[k]));

			buf_puts(&o->b, any ? ", " : "");
			yaml_write_word(&o->b, text_of(url));
			any = true;
		}
	if (!any)
		yaml_write_word(&o->b,
		    text_of(arena_printf(o->arena, "ldaps://%.*s",
			TEXT_ARGS(c->forest.len > 0 ? c->forest : c->name))));
	buf_puts(&o->b, "]\n");
}

/* "user@domain.name", or with a NetBIOS name "DOMAIN\\user". */
static struct text
login_of(struct output *o, const struct vendor_connector *v)
{
	struct text domain =
	    v->login_domain.len > 0 ? v->login_domain : v->forest;
	bool dns =
	    domain.len > 0 && memchr(domain.data, '.', domain.len) != NULL;

	if (v->login_user.len == 0)
		return TEXT("sync");
	return text_of(dns ? arena_printf(o->arena, "%.*s@%.*s",
				 TEXT_ARGS(v->login_user), TEXT_ARGS(domain))
			   : arena_printf(o->arena, "%.*s\\%.*s",
				 TEXT_ARGS(domain), TEXT_ARGS(v->login_user)));
}

static int
write_ad(struct output *o, const struct confsrc_connector *c, struct text name)
{
	const struct vendor_connector *v = c->vendor;

	key(o, "kind", TEXT("ad"));
	write_servers(o, v);
	key(o, "user", login_of(o, v));
	key(o, "password", secret_of(o, name));
	write_partitions(o, c);
	key_texts(o, "    ", "object_classes", c->classes);
	return tell(o,
	    "an export holds no password: put it where password: points to",
	    name);
}

/* Behind the '@' of the account, else the first word of the connector's name
 * where that is a domain. */
static struct text
tenant_of(const struct vendor_connector *v)
{
	struct text user = param(v, "UserName"), t = v->name;
	const char *at =
	    user.len == 0 ? NULL : memchr(user.data, '@', user.len);
	const char *blank = t.len == 0 ? NULL : memchr(t.data, ' ', t.len);

	if (at != NULL)
		return (struct text){
		    at + 1, user.len - (size_t)(at + 1 - user.data)};
	if (blank != NULL)
		t.len = (size_t)(blank - t.data);
	return t.len > 0 && memchr(t.data, '.', t.len) != NULL
		   ? t
		   : TEXT("tenant.onmicrosoft.com");
}

static int
write_cloud(
    struct output *o, const struct confsrc_connector *c, struct text name)
{
	key(o, "kind", text_of(o->how->cloud));
	key(o, "tenant", tenant_of(c->vendor));
	key(o, "client_id", TEXT(NO_ID));
	key(o, "secret", secret_of(o, name));
	return tell(o,
	    "register an application in the tenant, set tenant: and its "
	    "client_id, and put its secret where secret: points to",
	    name);
}

/* A kind of directory that we have no connector for comes as a file. */
static int
write_other(
    struct output *o, const struct confsrc_connector *c, struct text name)
{
	const struct vendor_class *cl =
	    c->vendor->class_count > 0 ? &c->vendor->classes[0] : NULL;
	struct text anchor = TEXT("id");

	if (cl != NULL && cl->anchors.count > 0)
		anchor = names_text(o->s->names, cl->anchors.items[0]);
	key(o, "kind", TEXT("file"));
	key(o, "path",
	    text_of(arena_printf(o->arena, "%s.csv", file_word(o, name))));
	key(o, "format", TEXT("csv"));
	key(o, "anchor", anchor);
	if (cl != NULL)
		key(o, "type", names_text(o->s->names, cl->name));
	return tell(o,
	    "there is no connector of this kind here: it is set up to read a "
	    "CSV file, which the source has to write",
	    name);
}

static int
write_connector(struct output *o, const struct confsrc_connector *c)
{
	struct text name = new_name(o, c->name);
	const struct vendor_connector *v = c->vendor;
	int rc;

	buf_putc(&o->b, '\n');
	yaml_write_comment(&o->b, 2,
	    text_of(arena_printf(o->arena, "from %.*s: %.*s, category %.*s",
		TEXT_ARGS(v->file), TEXT_ARGS(v->name),
		TEXT_ARGS(v->category))));
	buf_puts(&o->b, "  - name: ");
	yaml_write_scalar(&o->b, name, 6);
	if (v->kind == VENDOR_AD)
		rc = write_ad(o, c, name);
	else if (v->kind == VENDOR_ENTRA)
		rc = write_cloud(o, c, name);
	else
		rc = write_other(o, c, name);
	key_texts(o, "    ", "known_as",
	    (struct conf_texts){(struct text[]){c->id}, 1});
	write_parameters(o, v);
	return rc;
}

/* ---- causeway.yaml ---- */

static struct text
setting(const struct confsrc *s, const char *name)
{
	for (size_t i = 0; i < s->settings.count; i++)
		if (text_is(s->settings.items[i].name, name))
			return s->settings.items[i].value;
	return TEXT("");
}

static void
write_guards(struct output *o)
{
	struct text deletions = setting(o->s, "guard.deletions");
	struct text every = setting(o->s, "schedule.interval");
	struct text keep =
	    setting(o->s, "Microsoft.Synchronize.RunHistoryPurgeInterval");
	int64_t ms = 0, keep_ms = 0;
	bool interval, history;

	if (deletions.len > 0 && !text_is(deletions, "500"))
		buf_printf(&o->b, "\nguard: {deletions: %.*s}\n",
		    TEXT_ARGS(deletions));
	interval = timespan_parse(every, &ms) && ms > 0 && ms != 1800000;
	history = timespan_parse(keep, &keep_ms) && keep_ms >= 60000 &&
		  keep_ms != INT64_C(604800000);
	if (interval || history)
		buf_puts(&o->b, "\nschedule:\n");
	if (interval)
		buf_printf(&o->b, "  interval: %" PRId64 "s\n", ms / 1000);
	if (history)
		buf_printf(&o->b, "  history: %" PRId64 "s\n", keep_ms / 1000);
	/* what was converted exports nothing before somebody says so */
	buf_puts(&o->b, "\nstaging: true\n");
}

static int
vendor_site(struct output *o)
{
	int rc = 0;

	yaml_write_comment(&o->b, 0,
	    text_of(arena_printf(
		o->arena, "Made from %.*s.", TEXT_ARGS(o->s->path))));
	buf_puts(&o->b, "connectors:");
	for (size_t i = 0; i < o->s->connector_count && rc == 0; i++)
		rc = write_connector(o, &o->s->connectors[i]);
	write_guards(o);
	buf_text_add(&o->b, o->how->more);
	if (!o->s->vendor.default_rules)
		buf_puts(&o->b, "\nrules: [rules]\n");
	else
		buf_puts(&o->b, o->s->rule_count > 0
				    ? "\nrules: [default, rules]\n"
				    : "\nrules: [default]\n");
	if (rc < 0)
		return err_set(o->e, rc, "out of memory");
	return keep_file(o, "causeway.yaml");
}

static int
our_site(struct output *o)
{
	struct conf c = *o->s->conf;
	struct conf_connector *items =
	    arena_array(o->arena, c.connectors.count + 1, sizeof(*items));
	struct text rules = TEXT("rules");
	int rc;

	if (items == NULL)
		return err_set(o->e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < c.connectors.count; i++) {
		items[i] = c.connectors.items[i];
		items[i].name = new_name(o, items[i].name);
	}
	c.connectors.items = items;
	c.rules = (struct conf_texts){&rules, 1};
	yaml_write_comment(&o->b, 0,
	    text_of(
		arena_printf(o->arena, "Made from %.*s.", TEXT_ARGS(c.path))));
	rc = conf_write_yaml(&c, &o->b);
	if (rc < 0)
		return err_set(o->e, rc, "out of memory");
	return keep_file(o, "causeway.yaml");
}

/* ---- Rules ---- */

static struct text
origin(void *ctx, const struct rule *rule)
{
	const struct output *o = ctx;
	struct text note = {0};
	char line[24] = "";

	if (o->how->note != NULL)
		note = o->how->note(o->how->ctx, rule);
	if (rule->line > 0)
		(void)snprintf(line, sizeof(line), ":%d", rule->line);
	return text_of(arena_printf(o->arena, "%s%.*s%s%s%.*s",
	    rule->file.len > 0 ? "from " : "", TEXT_ARGS(rule->file), line,
	    note.len > 0 && rule->file.len > 0 ? ": " : "", TEXT_ARGS(note)));
}

static int
compare_rules(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	return (x->precedence > y->precedence) -
	       (x->precedence < y->precedence);
}

/* A rule that has no number but a place beside a rule of its server. */
static int
tell_places(struct output *o)
{
	int rc = 0;

	for (size_t i = 0; i < o->s->rule_count && rc == 0; i++) {
		const struct rule *r = &o->rules[i];
		bool before = r->before.len > 0;
		struct text id = before ? r->before : r->after;

		if (r->precedence == 0 && id.len > 0)
			rc = tell_text(o,
			    text_of(arena_printf(o->arena,
				"rule %.*s: give it a number, it goes %s rule "
				"%.*s of its server",
				TEXT_ARGS(r->name),
				before ? "before" : "behind", TEXT_ARGS(id))));
	}
	return rc < 0 ? err_set(o->e, rc, "out of memory") : 0;
}

/* A copy with the new names of the connectors. */
static int
take_rules(struct output *o)
{
	size_t n = o->s->rule_count;

	o->rules = arena_array(o->arena, n + 1, sizeof(*o->rules));
	if (o->rules == NULL)
		return err_set(o->e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		o->rules[i] = o->s->rules[i];
		o->rules[i].connector = new_name(o, o->rules[i].connector);
	}
	qsort(o->rules, n, sizeof(*o->rules), compare_rules);
	return tell_places(o);
}

static int
write_metaverse(struct output *o)
{
	int rc;

	if (o->s->mv == NULL)
		return 0;
	rc = yaml_write_metaverse(o->s->mv, o->s->names, &o->b);
	if (rc < 0)
		return err_set(o->e, rc, "out of memory");
	return o->b.len == 0 ? 0 : keep_file(o, "rules/00-metaverse.yaml");
}

/* The rules of one connector and direction, in a file of their own. */
static int
write_rules_of(struct output *o, const struct rule *first, unsigned number)
{
	const struct rule **list =
	    arena_array(o->arena, o->s->rule_count, sizeof(struct rule *));
	struct yaml_rules how = {
	    .names = o->s->names, .origin = origin, .ctx = o};
	size_t n = 0;
	int rc;

	if (list == NULL)
		return err_set(o->e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < o->s->rule_count; i++)
		if (o->rules[i].direction == first->direction &&
		    text_equal(o->rules[i].connector, first->connector))
			list[n++] = &o->rules[i];
	rc = yaml_write_rules(&how, list, n, &o->b);
	if (rc < 0)
		return err_set(o->e, rc, "rules: %s", err_name(rc));
	return keep_file(o, arena_printf(o->arena, "rules/%02u-%s-%s.yaml",
				number, file_word(o, first->connector),
				direction_text(first->direction, FORM_YAML)));
}

static bool
is_first(const struct output *o, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (o->rules[k].direction == o->rules[i].direction &&
		    text_equal(o->rules[k].connector, o->rules[i].connector))
			return false;
	return true;
}

static int
write_rules(struct output *o)
{
	unsigned number = 10;
	int rc = write_metaverse(o);

	for (size_t i = 0; i < o->s->rule_count && rc == 0; i++)
		if (is_first(o, i)) {
			rc = write_rules_of(o, &o->rules[i], number);
			number += 10;
		}
	return rc;
}

/* ---- All of it ---- */

static int
check_names(struct output *o)
{
	for (size_t i = 0; i < o->s->connector_count; i++) {
		const struct confsrc_connector *c = &o->s->connectors[i];

		if (o->s->form == CONFSRC_POWERSHELL &&
		    text_equal(new_name(o, c->name), c->name))
			return err_set(o->e, ERR_CONFIG,
			    "the script names connector %.*s: say which one "
			    "it is by --connectors %.*s=NAME",
			    TEXT_ARGS(c->name), TEXT_ARGS(c->name));
	}
	return 0;
}

static int
write_all(struct output *o)
{
	int rc = check_names(o);

	if (rc == 0)
		rc = take_rules(o);
	if (rc < 0)
		return rc;
	if (o->s->form == CONFSRC_CAUSEWAY)
		rc = our_site(o);
	else if (o->s->form != CONFSRC_POWERSHELL)
		rc = vendor_site(o);
	return rc < 0 ? rc : write_rules(o);
}

int
site_yaml(const struct confsrc *s, const struct conf_map *connectors,
    struct site_files *out, struct err *e)
{
	struct site_how how = {
	    .connectors = connectors, .cloud = "graph", .secrets = "file"};

	return site_yaml_how(s, &how, out, e);
}

int
site_yaml_how(const struct confsrc *s, const struct site_how *how,
    struct site_files *out, struct err *e)
{
	struct output o = {
	    .s = s, .how = how, .arena = s->arena, .out = out, .e = e};
	int rc;

	*out = (struct site_files){
	    .items = arena_array(
		s->arena, s->connector_count * 2 + 4, sizeof(*out->items))};
	if (out->items == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	buf_init(&o.b, MAX_FILE);
	rc = write_all(&o);
	buf_clear(&o.b);
	return rc;
}

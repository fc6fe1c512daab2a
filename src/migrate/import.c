/* migrate/import.c -- see import.h. */
#include "migrate/import.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec/yaml_write.h"
#include "migrate/import_int.h"
#include "rules/words.h"

int
import_tell(struct importing *m, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return texts_say(m->arena, &m->open, "%s", text) < 0
		   ? err_set(m->e, ERR_NOMEM, "out of memory")
		   : 0;
}

bool
import_by_default_rules(const struct importing *m)
{
	return m->x->system != SYSTEM_FIM && m->x->system != SYSTEM_MIM;
}

/* ---- May it be ---- */

static int
check_allowed(const struct importing *m)
{
	const struct verdict *v = analysis_blocked(m->x);

	if (v != NULL)
		return err_set(m->e, ERR_REFUSED,
		    "nothing is taken over while this blocks: %.*s: %.*s",
		    TEXT_ARGS(v->setting), TEXT_ARGS(v->detail));
	if (m->how->in_place && !import_by_default_rules(m))
		return err_set(m->e, ERR_REFUSED,
		    "FIM and MIM are never taken over in place: import beside "
		    "the old server, compare, switch");
	if (m->x->source->conf.form == CONFSRC_POWERSHELL)
		return err_set(m->e, ERR_UNSUPPORTED,
		    "a script of rules names no directories: causeway config "
		    "convert makes rules of it");
	return 0;
}

/* ---- Settings ---- */

/* The old names of the applications. */
static const struct {
	const char *vendor, *ours;
} services[] = {{"ExchangeOnline", "exchange"}, {"Exchange", "exchange"},
    {"SharePointOnline", "sharepoint"}, {"SharePoint", "sharepoint"},
    {"LyncOnline", "teams"}, {"SkypeforBusinessOnline", "teams"},
    {"Teams", "teams"}, {"Intune", "intune"}, {"AzureRMS", "rms"},
    {"DynamicsCRM", "dynamics"}, {"OfficeProPlus", "apps"},
    {"AzureADApps", "apps"}, {"Office365ProPlus", "apps"}};

static const char *
service_of(struct text t)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++)
		if (text_is_nocase(t, services[i].vendor))
			return services[i].ours;
	return NULL;
}

static struct text
next_word(struct text *list)
{
	struct text t = *list;
	size_t n = 0;

	while (t.len > 0 && strchr(" ,;", t.data[0]) != NULL)
		t = (struct text){t.data + 1, t.len - 1};
	while (n < t.len && strchr(",;", t.data[n]) == NULL)
		n++;
	*list = (struct text){t.data + n, t.len - n};
	while (n > 0 && t.data[n - 1] == ' ')
		n--;
	return (struct text){t.data, n};
}

static int
put_services(struct importing *m, struct buf *b)
{
	struct text list = fact_value(m->x, "applications"), t;
	struct conf_texts ours = {0};
	int rc = 0;

	if (!fact_is_on(m->x, "application_filter"))
		return 0;
	for (t = next_word(&list); t.len > 0 && rc == 0; t = next_word(&list)) {
		const char *word = service_of(t);

		if (word == NULL)
			rc = import_tell(m,
			    "application %.*s: no service of "
			    "default_rules.services has this name",
			    TEXT_ARGS(t));
		else if (!texts_have(&ours, text_of(word)))
			rc = texts_push(m->arena, &ours, text_of(word));
	}
	if (rc == 0 && ours.count > 0)
		buf_printf(b, "  services: [%.*s]\n",
		    TEXT_ARGS(texts_join(m->arena, &ours, 20)));
	return rc;
}

static void
put_word(struct buf *b, const char *name, struct text value)
{
	buf_printf(b, "  %s: ", name);
	yaml_write_scalar(b, value, 4);
}

static int
put_default_rules(struct importing *m, struct buf *b)
{
	struct text anchor = fact_value(m->x, "source_anchor");
	const char *match = match_setting(fact_value(m->x, "match_users_by"));
	size_t before = b->len, head;
	int rc;

	if (!import_by_default_rules(m))
		return 0;
	buf_puts(b, "\ndefault_rules:\n");
	head = b->len;
	if (anchor.len > 0 && !text_is_nocase(anchor, "objectGUID"))
		put_word(b, "source_anchor",
		    text_is_nocase(anchor, "mS-DS-ConsistencyGuid")
			? TEXT("mS-DS-ConsistencyGuid")
			: anchor);
	if (match != NULL && strcmp(match, "sid") != 0)
		put_word(b, "match_users_by", text_of(match));
	if (match != NULL && strcmp(match, "attribute") == 0)
		put_word(
		    b, "match_attribute", fact_value(m->x, "match_attribute"));
	rc = put_services(m, b);
	if (b->len == head) /* nothing of it */
		b->len = before;
	return rc;
}

/* Runs are kept as long as they were. */
static void
put_store(struct importing *m, struct buf *b)
{
	buf_puts(b, "\n# beside this file until the switch; the usual place is "
		    "/var/lib/causeway/causeway.db\n"
		    "store: {path: causeway.db}\n");
	if (fact_value(m->x, "source_anchor").len == 0)
		buf_puts(b, "\n# The source does not say which attribute the "
			    "anchor is: find out before anything\n# is sent, "
			    "and set default_rules: {source_anchor: ...}\n");
}

/* ---- What is left to a person ---- */

static int
tell_manual(struct importing *m)
{
	int rc = 0;

	for (size_t i = 0; i < m->x->verdict_count && rc == 0; i++) {
		const struct verdict *v = &m->x->verdicts[i];

		if (v->kind == VERDICT_MANUAL)
			rc = import_tell(m, "%.*s: %.*s", TEXT_ARGS(v->setting),
			    TEXT_ARGS(v->detail));
	}
	return rc;
}

/* Graph writes nothing of what the old server mastered. */
static int
tell_authority(struct importing *m)
{
	return text_is(text_of(m->how->cloud), "graph")
		   ? import_tell(m,
			 "authority: what the old server mastered is "
			 "read-only to Graph: before the switch causeway "
			 "migrate authority show, and "
			 "docs/upgrade/authority.md")
		   : 0;
}

/* ---- The configuration ---- */

/* Types that only the engine of the old server had a use for stay out. */
static bool
is_read(struct text type)
{
	static const char *const types[] = {"user", "inetOrgPerson", "contact",
	    "group", "computer", "foreignSecurityPrincipal", "publicFolder"};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (text_is(type, types[i]))
			return true;
	return false;
}

static bool
is_used(const struct importing *m, struct text type)
{
	uint32_t name = names_find(m->x->names, type);

	for (size_t i = 0; i < m->count; i++)
		if (!m->rules[i].disabled && name != 0 &&
		    m->rules[i].source_type == name)
			return true;
	return false;
}

static int
choose_types(struct importing *m, struct confsrc_connector *c)
{
	struct conf_texts kept = {0};

	for (size_t i = 0; i < c->classes.count; i++)
		if ((is_read(c->classes.items[i]) ||
			is_used(m, c->classes.items[i])) &&
		    texts_push(m->arena, &kept, c->classes.items[i]) < 0)
			return ERR_NOMEM;
	c->classes = kept;
	return 0;
}

/* The source with what was chosen in the place of what was there. */
static int
make_source(struct importing *m, struct confsrc *out)
{
	const struct confsrc *s = &m->x->source->conf;
	int rc = 0;

	*out = *s;
	out->connectors = arena_array(
	    m->arena, s->connector_count + 1, sizeof(*out->connectors));
	if (out->connectors == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < s->connector_count && rc == 0; i++) {
		out->connectors[i] = s->connectors[i];
		if (import_by_default_rules(m))
			rc = choose_types(m, &out->connectors[i]);
	}
	out->rules = m->rules;
	out->rule_count = m->count;
	out->vendor.default_rules = import_by_default_rules(m);
	out->mv = out->vendor.default_rules ? m->mv : s->mv;
	return rc;
}

static struct text
note_of(void *ctx, const struct rule *rule)
{
	const struct importing *m = ctx;

	/* by what stays when rules are sorted */
	for (size_t i = 0; i < m->count; i++)
		if (text_equal(m->rules[i].id, rule->id))
			return m->notes[i];
	return TEXT("");
}

static int
write_site(struct importing *m)
{
	struct site_how how = {.cloud = m->how->cloud,
	    .secrets = m->how->secrets,
	    .note = note_of,
	    .ctx = m};
	struct confsrc site;
	struct buf more;
	int rc;

	buf_init(&more, 1U << 20);
	put_store(m, &more);
	rc = put_default_rules(m, &more);
	how.more = text_dup(m->arena, buf_text(&more));
	if (rc == 0 && (buf_error(&more) < 0 || how.more.data == NULL))
		rc = ERR_NOMEM;
	buf_clear(&more);
	if (rc == 0)
		rc = make_source(m, &site);
	if (rc < 0)
		return err_set(m->e, rc, "%s", err_name(rc));
	return site_yaml_how(&site, &how, &m->out->files, m->e);
}

/* What is filled in later is no business of a repository. */
static int
add_ignore(struct importing *m)
{
	struct site_files *f = &m->out->files;
	struct conf_texts open = {0};
	struct site_file *items =
	    arena_array(m->arena, f->count + 1, sizeof(*items));
	int rc = 0;

	if (items == NULL)
		return err_set(m->e, ERR_NOMEM, "out of memory");
	memcpy(items, f->items, f->count * sizeof(*items));
	items[f->count++] =
	    (struct site_file){".gitignore", TEXT("secrets/\ncauseway.db*\n")};
	f->items = items;
	for (size_t i = 0; i < f->open.count && rc == 0; i++)
		rc = texts_push(m->arena, &open, f->open.items[i]);
	for (size_t i = 0; i < m->open.count && rc == 0; i++)
		rc = texts_push(m->arena, &open, m->open.items[i]);
	f->open = open;
	return rc < 0 ? err_set(m->e, rc, "out of memory") : 0;
}

int
import_make(const struct analysis *x, const struct import_options *how,
    struct imported *out, struct err *e)
{
	struct importing m = {
	    .x = x, .how = how, .arena = x->arena, .out = out, .e = e};
	int rc = check_allowed(&m);

	*out = (struct imported){.kept = 0};
	if (rc == 0)
		rc = import_rules(&m);
	if (rc == 0)
		rc = import_schema(&m);
	if (rc == 0)
		rc = tell_manual(&m);
	if (rc == 0)
		rc = tell_authority(&m);
	if (rc == 0)
		rc = write_site(&m);
	if (rc == 0)
		rc = add_ignore(&m);
	m.mv = schema_free(m.mv);
	return rc;
}

/* migrate/analysis.c -- the steps of an analysis, and what they share. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "migrate/analysis_int.h"

/* ---- Words ---- */

const char *
system_text(enum legacy_system s)
{
	static const char *const words[] = {
	    "dirsync", "azure-ad-sync", "azure-ad-connect", "fim", "mim"};

	return words[s];
}

const char *
system_title(enum legacy_system s)
{
	static const char *const words[] = {"DirSync", "Azure AD Sync",
	    "Azure AD Connect", "Forefront Identity Manager",
	    "Microsoft Identity Manager"};

	return words[s];
}

const char *
verdict_text(enum verdict_kind k)
{
	static const char *const words[] = {
	    "carries", "changed", "manual", "blocks"};

	return words[k];
}

const char *
path_text(enum migrate_path p)
{
	static const char *const words[] = {
	    "in-place", "parallel", "swing", "blocked"};

	return words[p];
}

const char *
class_text(enum rule_class c)
{
	static const char *const words[] = {
	    "default", "default_changed", "custom", "scripted", "unknown"};

	return words[c];
}

/* ---- What the steps gather ---- */

static struct text print(struct analysis *x, const char *fmt, va_list ap)
    PRINTF(2, 0);

static struct text
print(struct analysis *x, const char *fmt, va_list ap)
{
	char *text = NULL;
	struct text t = {0};
	int n = vasprintf(&text, fmt, ap);

	if (n >= 0)
		t = text_dup(x->arena, (struct text){text, (size_t)n});
	free(n >= 0 ? text : NULL);
	if (t.data == NULL)
		x->failed = ERR_NOMEM;
	return t;
}

void
say(struct analysis *x, struct conf_texts *list, const char *fmt, ...)
{
	struct text t;
	va_list ap;

	va_start(ap, fmt);
	t = print(x, fmt, ap);
	va_end(ap);
	if (t.data != NULL && texts_push(x->arena, list, t) < 0)
		x->failed = ERR_NOMEM;
}

void
verdict_of(struct analysis *x, struct text setting, enum verdict_kind kind,
    struct text detail)
{
	size_t size = x->verdict_size == 0 ? 64 : x->verdict_size * 2;
	struct verdict *items = x->verdicts;

	if (x->verdict_count == x->verdict_size) {
		items = arena_array(x->arena, size, sizeof(*items));
		if (items == NULL) {
			x->failed = ERR_NOMEM;
			return;
		}
		if (x->verdict_count > 0)
			memcpy(items, x->verdicts,
			    x->verdict_count * sizeof(*items));
		x->verdicts = items;
		x->verdict_size = size;
	}
	items[x->verdict_count++] = (struct verdict){setting, kind, detail};
}

void
verdict(struct analysis *x, const char *setting, enum verdict_kind kind,
    const char *fmt, ...)
{
	struct text t;
	va_list ap;

	va_start(ap, fmt);
	t = print(x, fmt, ap);
	va_end(ap);
	verdict_of(x, text_of(setting), kind, t);
}

void
fact(struct analysis *x, const char *name, struct text value)
{
	if (map_push(x->arena, &x->settings, text_of(name), value) < 0)
		x->failed = ERR_NOMEM;
}

void
fact_printf(struct analysis *x, const char *name, const char *fmt, ...)
{
	struct text t;
	va_list ap;

	va_start(ap, fmt);
	t = print(x, fmt, ap);
	va_end(ap);
	fact(x, name, t);
}

struct text
fact_value(const struct analysis *x, const char *name)
{
	return map_value(&x->settings, name);
}

bool
fact_is_on(const struct analysis *x, const char *name)
{
	return text_is(fact_value(x, name), "true");
}

struct text
raw_setting(const struct analysis *x, const char *last)
{
	const struct conf_map *m = &x->source->conf.settings;

	for (size_t i = 0; i < m->count; i++) {
		struct text name = m->items[i].name;
		const char *dot =
		    name.len == 0 ? NULL : memrchr(name.data, '.', name.len);
		size_t from = dot == NULL ? 0 : (size_t)(dot - name.data) + 1;

		if (text_is_nocase(
			(struct text){name.data + from, name.len - from}, last))
			return m->items[i].value;
	}
	return TEXT("");
}

const struct vendor *
vendor_of(const struct analysis *x)
{
	static const struct vendor none;

	return x->source->conf.form == CONFSRC_POWERSHELL
		   ? &none
		   : &x->source->conf.vendor;
}

const struct vendor_connector *
cloud_of(const struct analysis *x)
{
	const struct vendor *v = vendor_of(x);

	for (size_t i = 0; i < v->connector_count; i++)
		if (v->connectors[i].kind == VENDOR_ENTRA)
			return &v->connectors[i];
	return NULL;
}

// NOLINTBEGIN(misc-no-recursion): at most XML_MAX_DEPTH
void
xml_walk(const struct xml_node *n,
    void (*visit)(void *ctx, const struct xml_node *n), void *ctx)
{
	if (n == NULL)
		return;
	visit(ctx, n);
	for (const struct xml_node *i = n->first; i != NULL; i = i->next)
		xml_walk(i, visit, ctx);
}
// NOLINTEND(misc-no-recursion)

const struct verdict *
analysis_blocked(const struct analysis *x)
{
	for (size_t i = 0; i < x->verdict_count; i++)
		if (x->verdicts[i].kind == VERDICT_BLOCKS)
			return &x->verdicts[i];
	return NULL;
}

/* ---- The steps ---- */

int
analyze(const struct legacy *source, const struct analysis_options *how,
    struct names *names, struct arena *a, struct analysis *out, struct err *e)
{
	int rc;

	*out = (struct analysis){.source = source,
	    .names = names,
	    .arena = a,
	    .objects = how->objects};
	analyze_system(out);
	analyze_facts(out);
	rc = analyze_rules(out);
	if (rc < 0)
		return err_set(e, rc, "%s", err_name(rc));
	analyze_dirsync(out);
	analyze_verdicts(out);
	analyze_site(out);
	analyze_path(out);
	analyze_lifecycle(out);
	if (how->measure)
		analyze_measure(out);
	return out->failed < 0 ? err_set(e, out->failed, "out of memory") : 0;
}

/* cli/explain.c -- see explain.h. */
#include "cli/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/words.h"

#define TEXT_MOST   4096U
#define VALUES_MOST 5U

#define WORDS_MOST 16384U

struct text
explain_words(const struct session *s, const char *fmt, ...)
{
	char *line = malloc(WORDS_MOST);
	struct text t;
	va_list ap;

	if (line == NULL)
		return TEXT("");
	va_start(ap, fmt);
	(void)vsnprintf(line, WORDS_MOST, fmt, ap);
	va_end(ap);
	t = text_dup(s->setup.arena, text_of(line));
	free(line);
	return t;
}

/* What b holds, in the session's arena. */
static struct text
keep(const struct session *s, struct buf *b)
{
	struct text t = text_dup(s->setup.arena, buf_text(b));

	buf_clear(b);
	return t;
}

static struct text
name_text(const struct session *s, uint32_t name)
{
	return names_text(store_names(s->setup.store), name);
}

/* ---- Who ---- */

static struct text
known(const struct session *s, const struct attrs *a, const char *name)
{
	const struct value *v = attrs_first(
	    a, names_find(store_names(s->setup.store), text_of(name)));

	return v != NULL && v->type == VALUE_STRING ? v->text : TEXT("");
}

struct json *
explain_mv_json(const struct session *s, int64_t mv)
{
	char guid[GUID_TEXT_LEN + 1];
	struct json *j;
	struct mv_object o;

	if (mv_get(s->setup.store, s->setup.arena, mv, false, &o, NULL) < 0)
		return json_new_null();
	j = json_new_object();
	guid_format(&o.guid, guid);
	json_set_str(j, "id", guid);
	json_set_text(j, "type", name_text(s, o.type));
	json_set_text(j, "displayName", known(s, &o.values, "displayName"));
	json_set_text(
	    j, "userPrincipalName", known(s, &o.values, "userPrincipalName"));
	return j;
}

struct json *
explain_cs_json(const struct session *s, int64_t cs)
{
	char guid[GUID_TEXT_LEN + 1];
	struct json *j;
	struct cs_object o;

	if (cs_get(s->setup.store, s->setup.arena, cs, 0, &o, NULL) < 0)
		return json_new_null();
	j = json_new_object();
	guid_format(&o.guid, guid);
	json_set_str(j, "id", guid);
	json_set_text(j, "connector", show_connector(s, o.connector));
	json_set_text(j, "type", name_text(s, o.type));
	json_set_text(j, "dn", o.dn);
	return j;
}

struct text
explain_mv_name(const struct session *s, int64_t mv)
{
	struct mv_object o;
	struct text name, upn;
	struct buf b;

	if (mv_get(s->setup.store, s->setup.arena, mv, false, &o, NULL) < 0)
		return TEXT("");
	name = known(s, &o.values, "displayName");
	upn = known(s, &o.values, "userPrincipalName");
	buf_init(&b, TEXT_MOST);
	if (name.len != 0)
		buf_text_add(&b, name);
	if (upn.len != 0)
		buf_printf(
		    &b, "%s<%.*s>", name.len != 0 ? " " : "", TEXT_ARGS(upn));
	if (name.len == 0 && upn.len == 0)
		buf_puts(&b, "an object without a name");
	return keep(s, &b);
}

/* ---- Values ---- */

struct json *
explain_values_json(const struct session *s, struct value *v, size_t n)
{
	struct attr a = {.values = v, .count = (uint32_t)n};

	return n == 0 ? json_new_null() : show_attr(s, &a);
}

static void
put_value(const struct session *s, struct buf *b, const struct value *v)
{
	struct text t = show_value_text(s, v);
	bool quoted = v->type == VALUE_STRING || v->type == VALUE_REFERENCE;

	buf_printf(b, quoted ? "\"%.*s\"" : "%.*s",
	    (int)(t.len < 200 ? t.len : 200), t.data);
}

struct text
explain_values(const struct session *s, struct value *v, size_t n)
{
	struct buf b;

	if (n == 0)
		return TEXT("no value");
	buf_init(&b, TEXT_MOST);
	for (size_t i = 0; i < n && i < VALUES_MOST; i++) {
		buf_puts(&b, i > 0 ? ", " : "");
		put_value(s, &b, &v[i]);
	}
	if (n > VALUES_MOST)
		buf_printf(&b, " and %zu more", n - VALUES_MOST);
	return keep(s, &b);
}

/* ---- Scope ---- */

struct text
explain_miss(const struct session *s, const struct plan_miss *m)
{
	const struct scope_clause *c = m->clause;
	struct buf b;

	buf_init(&b, TEXT_MOST);
	if (scope_op_has_name(c->op))
		buf_printf(&b, "%.*s ", TEXT_ARGS(name_text(s, c->name)));
	buf_puts(&b, scope_op_text(c->op));
	if (scope_op_has_value(c->op))
		buf_printf(&b, " \"%.*s\"", TEXT_ARGS(m->value));
	if (!scope_op_has_name(c->op))
		buf_printf(&b, ", and it is %sa member",
		    c->op == SCOPE_ISMEMBEROF ? "not " : "");
	else if (m->has == NULL)
		buf_puts(&b, ", and it has no value");
	else
		buf_printf(&b, ", and it is %.*s",
		    TEXT_ARGS(
			explain_values(s, m->has->values, m->has->count)));
	return keep(s, &b);
}

const struct plan_miss *
explain_nearest(const struct sync_missed *m)
{
	const struct plan_miss *best = &m->misses[0];

	for (size_t i = 1; i < m->count; i++)
		if (m->misses[i].of - m->misses[i].met < best->of - best->met)
			best = &m->misses[i];
	return best;
}

struct text
explain_missed(const struct session *s, const struct sync_missed *m)
{
	struct buf b;

	buf_init(&b, (size_t)16 * TEXT_MOST);
	for (size_t i = 0; i < m->count; i++)
		buf_printf(&b, "%s%.*s", i > 0 ? "; or " : "",
		    TEXT_ARGS(explain_miss(s, &m->misses[i])));
	return keep(s, &b);
}

static struct json *
miss_json(const struct session *s, const struct plan_miss *m)
{
	const struct scope_clause *c = m->clause;
	struct json *j = json_new_object();

	if (scope_op_has_name(c->op))
		json_set_text(j, "attribute", name_text(s, c->name));
	json_set_str(j, "operator", scope_op_text(c->op));
	if (scope_op_has_value(c->op))
		json_set_text(j, "value", m->value);
	json_set(j, "has",
	    m->has == NULL
		? json_new_null()
		: explain_values_json(s, m->has->values, m->has->count));
	return j;
}

struct json *
explain_missed_json(const struct session *s, const struct sync_missed *m)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < m->count; i++)
		json_push(list, miss_json(s, &m->misses[i]));
	return list;
}

/* ---- Flows ---- */

const char *
explain_status(const struct flow_trace *f)
{
	switch (f->status) {
	case FLOW_APPLIED:
		return "won";
	case FLOW_SKIPPED_BY_PRECEDENCE:
		return "precedence";
	case FLOW_IGNORED:
		return "ignored";
	case FLOW_WAS_NULL:
		return "null";
	case FLOW_FAILED:
		return "failed";
	}
	return "";
}

struct text
explain_trace(const struct session *s, const struct flow_trace *f,
    const struct flow_trace *winner)
{
	switch (f->status) {
	case FLOW_APPLIED:
		return f->count > 0 ? TEXT("the first with a value")
				    : TEXT("AuthoritativeNull: no value, and "
					   "nothing below it counts");
	case FLOW_SKIPPED_BY_PRECEDENCE:
		if (winner == NULL)
			break;
		return text_of(arena_printf(s->setup.arena,
		    "precedence %d of \"%.*s\" goes before %d",
		    winner->rule->rule->precedence,
		    TEXT_ARGS(winner->rule->rule->name),
		    f->rule->rule->precedence));
	case FLOW_IGNORED:
		return f->flow->execute_once
			   ? TEXT("IgnoreThisFlow, or applied once before")
			   : TEXT("IgnoreThisFlow");
	case FLOW_WAS_NULL:
		return TEXT("gave no value (NULL): the next rule is asked");
	case FLOW_FAILED:
		return TEXT("its expression fails");
	}
	return TEXT("another rule had the last word");
}

struct text
explain_flow(const struct session *s, const struct flow *f)
{
	if (f->kind == FLOW_DIRECT)
		return text_of(arena_printf(s->setup.arena, "[%.*s]",
		    TEXT_ARGS(name_text(s, f->source))));
	if (f->kind == FLOW_CONSTANT)
		return text_of(arena_printf(
		    s->setup.arena, "\"%.*s\"", TEXT_ARGS(f->text)));
	return f->text;
}

/* "[name]" in an expression, in any case. */
static bool
mentions(struct text t, struct text name)
{
	for (size_t i = 0; i + name.len + 2 <= t.len; i++)
		if (t.data[i] == '[' && t.data[i + name.len + 1] == ']' &&
		    text_same_nocase(t.data + i + 1, name.data, name.len))
			return true;
	return false;
}

bool
explain_reads(const struct session *s, const struct flow *f, uint32_t name)
{
	if (f->kind == FLOW_DIRECT)
		return f->source == name;
	return f->kind == FLOW_EXPRESSION &&
	       mentions(f->text, name_text(s, name));
}

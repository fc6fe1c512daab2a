/* engine/plan/select.c -- a part of a plan, in words. */
#include <fnmatch.h>
#include <string.h>

#include "engine/plan/plan_int.h"
#include "model/dn.h"

#define TERMS_MAX  16U
#define ANY_OF_MAX 64U
#define TEXT_MAX   65536U

enum term_kind {
	TERM_TYPE,
	TERM_OPERATION,
	TERM_OU,
	TERM_OBJECT,
	TERM_ATTRIBUTE,
	TERM_RULE,
};

static const char *const term_names[] = {
    [TERM_TYPE] = "type",
    [TERM_OPERATION] = "operation",
    [TERM_OU] = "ou",
    [TERM_OBJECT] = "object",
    [TERM_ATTRIBUTE] = "attribute",
    [TERM_RULE] = "rule",
};

struct term {
	enum term_kind kind;
	const char *values[ANY_OF_MAX];
	size_t count;
};

struct plan_selection {
	struct term terms[TERMS_MAX];
	size_t count;
};

/* ---- Reading ---- */

static int
kind_of(struct text t, enum term_kind *out)
{
	for (size_t i = 0; i < sizeof(term_names) / sizeof(term_names[0]); i++)
		if (text_is_nocase(t, term_names[i])) {
			*out = (enum term_kind)i;
			return 0;
		}
	return ERR_SYNTAX;
}

static int
parse_values(struct arena *a, struct text t, struct term *out, struct err *e)
{
	size_t from = 0;

	for (size_t i = 0; i <= t.len; i++) {
		if (i < t.len && t.data[i] != '|')
			continue;
		if (i == from || out->count == ANY_OF_MAX)
			return err_set(e, ERR_SYNTAX,
			    "selection: \"%.*s\": from 1 to %u values with | "
			    "between them",
			    TEXT_ARGS(t), ANY_OF_MAX);
		out->values[out->count] =
		    arena_strndup(a, t.data + from, i - from);
		if (out->values[out->count++] == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		from = i + 1;
	}
	return 0;
}

static int
parse_term(struct arena *a, struct text t, struct term *out, struct err *e)
{
	const char *equals = memchr(t.data, '=', t.len);
	size_t n = equals != NULL ? (size_t)(equals - t.data) : 0;

	if (equals == NULL || kind_of((struct text){t.data, n}, &out->kind) < 0)
		return err_set(e, ERR_SYNTAX,
		    "selection: \"%.*s\" is none of type=, operation=, ou=, "
		    "object=, attribute=, rule=",
		    TEXT_ARGS(t));
	return parse_values(
	    a, (struct text){t.data + n + 1, t.len - n - 1}, out, e);
}

int
plan_selection_parse(
    struct arena *a, struct text t, struct plan_selection **out, struct err *e)
{
	struct plan_selection *s = arena_alloc(a, sizeof(*s));
	size_t from = 0;
	int r = 0;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (t.len > TEXT_MAX)
		return err_set(e, ERR_LIMIT, "selection: too long");
	for (size_t i = 0; i <= t.len && r == 0; i++) {
		if (i < t.len && t.data[i] != ';')
			continue;
		if (s->count == TERMS_MAX)
			return err_set(e, ERR_LIMIT,
			    "selection: more than %u terms", TERMS_MAX);
		r = parse_term(a, (struct text){t.data + from, i - from},
		    &s->terms[s->count++], e);
		from = i + 1;
	}
	if (r == 0)
		*out = s;
	return r;
}

/* ---- Asking ---- */

static bool
matches(const struct term *t, struct text value)
{
	char copy[1024];

	if (value.len >= sizeof(copy))
		return false;
	if (value.len != 0)
		memcpy(copy, value.data, value.len);
	copy[value.len] = '\0';
	for (size_t i = 0; i < t->count; i++)
		if (fnmatch(t->values[i], copy, FNM_CASEFOLD | FNM_NOESCAPE) ==
		    0)
			return true;
	return false;
}

static const char *
operation_of(const struct frozen_item *i)
{
	if (i->op == DELTA_UPDATE && i->delta.new_dn.len != 0)
		return "rename";
	return delta_op_name(i->op);
}

static bool
is_at_or_below(const struct term *t, struct text ou)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct text key, base;

	if (a == NULL || dn_key(a, ou, &key) < 0)
		return false;
	for (size_t i = 0; i < t->count; i++)
		if (dn_key(a, text_of(t->values[i]), &base) == 0 &&
		    (text_equal(key, base) || dn_key_is_below(key, base)))
			return true;
	return false;
}

/* A rename with changes is an update as well. */
static bool
term_holds(const struct term *t, const struct names *names,
    const struct frozen_item *i)
{
	switch (t->kind) {
	case TERM_TYPE:
		return matches(t, names_text(names, i->type));
	case TERM_OPERATION:
		return matches(t, text_of(operation_of(i))) ||
		       (i->delta.count != 0 &&
			   matches(t, text_of(delta_op_name(i->op))));
	case TERM_OU:
		return is_at_or_below(t, i->ou);
	case TERM_OBJECT:
		return matches(t, i->dn) || matches(t, i->anchor) ||
		       matches(t, i->upn) || matches(t, i->display);
	case TERM_ATTRIBUTE:
	case TERM_RULE:
		return true; /* of single changes */
	}
	return false;
}

static bool
change_holds(const struct term *t, struct text name, struct text rule)
{
	if (t->kind == TERM_ATTRIBUTE)
		return matches(t, name);
	if (t->kind == TERM_RULE)
		return matches(t, rule);
	return true;
}

static bool
item_holds(const struct plan_selection *s, const struct names *names,
    const struct frozen_item *i)
{
	for (size_t k = 0; k < s->count; k++)
		if (!term_holds(&s->terms[k], names, i))
			return false;
	return true;
}

static bool
part_holds(const struct plan_selection *s, struct text name, struct text rule)
{
	for (size_t k = 0; k < s->count; k++)
		if (!change_holds(&s->terms[k], name, rule))
			return false;
	return true;
}

static bool
names_changes(const struct plan_selection *s)
{
	for (size_t k = 0; k < s->count; k++)
		if (s->terms[k].kind == TERM_ATTRIBUTE ||
		    s->terms[k].kind == TERM_RULE)
			return true;
	return false;
}

bool
plan_selects_change(const struct plan_selection *s, const struct names *names,
    const struct frozen_item *i, size_t change)
{
	struct text name = names_text(names, i->delta.changes[change].name);

	return s == NULL ||
	       (item_holds(s, names, i) &&
		   part_holds(s, name,
		       i->rules != NULL ? i->rules[change] : TEXT("")));
}

bool
plan_selects_rename(const struct plan_selection *s, const struct names *names,
    const struct frozen_item *i)
{
	return s == NULL ||
	       (item_holds(s, names, i) && part_holds(s, TEXT("dn"), TEXT("")));
}

bool
plan_selects(const struct plan_selection *s, const struct names *names,
    const struct frozen_item *i)
{
	if (s == NULL || !names_changes(s))
		return s == NULL || item_holds(s, names, i);
	for (size_t k = 0; k < i->delta.count; k++)
		if (plan_selects_change(s, names, i, k))
			return true;
	return i->delta.new_dn.len != 0 && plan_selects_rename(s, names, i);
}

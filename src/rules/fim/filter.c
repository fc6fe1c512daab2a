/* rules/fim/filter.c -- connector filters and scoping to scopes
 * (docs/engine/formats.md 5.2). */
#include "rules/fim/fim_int.h"
#include "rules/words.h"

/* Under its name in the designer's file: as it is, and what it is not.  An
 * order holds for no absent attribute, so its opposite needs ISNULL beside. */
static const struct operator
{
	const char *name;
	enum scope_op op, opposite;
	bool or_null;
}
operators[] = {
    {"equality", SCOPE_EQUAL, SCOPE_NOTEQUAL, false},
    {"inequality", SCOPE_NOTEQUAL, SCOPE_EQUAL, false},
    {"present", SCOPE_ISNOTNULL, SCOPE_ISNULL, false},
    {"not-present", SCOPE_ISNULL, SCOPE_ISNOTNULL, false},
    {"less-than", SCOPE_LESSTHAN, SCOPE_GREATERTHAN_OR_EQUAL, true},
    {"less-than-or-equal", SCOPE_LESSTHAN_OR_EQUAL, SCOPE_GREATERTHAN, true},
    {"greater-than", SCOPE_GREATERTHAN, SCOPE_LESSTHAN_OR_EQUAL, true},
    {"greater-than-or-equal", SCOPE_GREATERTHAN_OR_EQUAL, SCOPE_LESSTHAN, true},
    {"bit-on", SCOPE_ISBITSET, SCOPE_ISBITNOTSET, false},
    {"bit-off", SCOPE_ISBITNOTSET, SCOPE_ISBITSET, false},
    {"substring-start", SCOPE_STARTSWITH, SCOPE_NOTSTARTSWITH, false},
    {"substring-end", SCOPE_ENDSWITH, SCOPE_NOTENDSWITH, false},
    {"substring-any", SCOPE_CONTAINS, SCOPE_NOTCONTAINS, false},
    {"not-substring-start", SCOPE_NOTSTARTSWITH, SCOPE_STARTSWITH, false},
    {"not-substring-end", SCOPE_NOTENDSWITH, SCOPE_ENDSWITH, false},
    {"not-substring-any", SCOPE_NOTCONTAINS, SCOPE_CONTAINS, false},
};

static const struct operator*
    operator_find(struct fim *m, const struct xml_node *n)
{
	struct text name = xml_attr(n, "operator");

	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++)
		if (text_is(name, operators[i].name))
			return &operators[i];
	fim_manual(m, n, xml_attr(n, "cd-attribute"),
	    "<condition> has the operator \"%.*s\", which is not known",
	    TEXT_ARGS(name));
	return NULL;
}

/* ---- Groups ---- */

static int
push_group(struct fim *m, struct fim_scope *s, const struct scope_group *base,
    const struct scope_clause *more, size_t more_count)
{
	size_t n = base == NULL ? 0 : base->count;
	struct scope_group *g;

	if (vendor_grow(
		m->a, &s->groups, &s->size, s->count, sizeof(*s->groups)) < 0)
		return ERR_NOMEM;
	g = &s->groups[s->count];
	g->clauses = arena_array(m->a, n + more_count + 1, sizeof(*g->clauses));
	if (g->clauses == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		g->clauses[i] = base->clauses[i];
	for (size_t i = 0; i < more_count; i++)
		g->clauses[n + i] = more[i];
	g->count = n + more_count;
	s->count++;
	return 0;
}

/* Every group with each of the choices. */
static int
multiply(struct fim *m, struct fim_scope *io, const struct scope_clause *choice,
    size_t count)
{
	struct fim_scope out = {.unsure = io->unsure};
	int rc = 0;

	if (io->count * count > FIM_MAX_GROUPS)
		return ERR_LIMIT;
	for (size_t i = 0; i < io->count && rc == 0; i++)
		for (size_t k = 0; k < count && rc == 0; k++)
			rc = push_group(m, &out, &io->groups[i], &choice[k], 1);
	*io = out;
	return rc;
}

/* ---- Connector filters ---- */

static struct scope_clause
clause_of(struct fim *m, const struct xml_node *n, enum scope_op op)
{
	struct scope_clause c = {.op = op};

	c.name = vendor_name(m->f, n, xml_attr(n, "cd-attribute"));
	if (scope_op_has_value(op))
		c.value = xml_child_text(n, "value");
	return c;
}

/* Not all conditions of the alternative: one that does not hold. */
static int
alternative_not(
    struct fim *m, const struct xml_node *alternative, struct fim_scope *io)
{
	struct scope_clause *choice =
	    arena_array(m->a, alternative->count * 2 + 1, sizeof(*choice));
	size_t n = 0;

	if (choice == NULL)
		return ERR_NOMEM;
	for (const struct xml_node *c = xml_child(alternative, "condition");
	     c != NULL; c = xml_next(c, "condition")) {
		const struct operator* op = operator_find(m, c);

		if (op == NULL) {
			io->unsure = true;
			return 0; /* nothing is known of this alternative */
		}
		choice[n++] = clause_of(m, c, op->opposite);
		if (op->or_null)
			choice[n++] = clause_of(m, c, SCOPE_ISNULL);
	}
	return n == 0 ? 0 : multiply(m, io, choice, n);
}

/* All conditions of the alternative. */
static int
alternative_is(
    struct fim *m, const struct xml_node *alternative, struct fim_scope *out)
{
	struct scope_clause *all =
	    arena_array(m->a, alternative->count + 1, sizeof(*all));
	size_t n = 0;

	if (all == NULL)
		return ERR_NOMEM;
	for (const struct xml_node *c = xml_child(alternative, "condition");
	     c != NULL; c = xml_next(c, "condition")) {
		const struct operator* op = operator_find(m, c);

		if (op == NULL) {
			out->unsure = true;
			return 0;
		}
		all[n++] = clause_of(m, c, op->op);
	}
	return n == 0 ? 0 : push_group(m, out, NULL, all, n);
}

static bool
is_scripted(struct fim *m, const struct xml_node *set)
{
	if (!text_is(xml_attr(set, "type"), "scripted"))
		return false;
	fim_manual(m, set, (struct text){0},
	    "<filter-set> of type %.*s asks the rules extension which objects "
	    "it holds back",
	    TEXT_ARGS(xml_attr(set, "cd-object-type")));
	return true;
}

typedef int each_alternative(
    struct fim *m, const struct xml_node *alternative, struct fim_scope *io);

static int
walk_filters(struct fim *m, const struct fim_ma *ma, struct text type,
    each_alternative *each, struct fim_scope *io)
{
	const struct xml_node *list = xml_child(ma->root, "stay-disconnector");
	const struct xml_node *set = xml_child(list, "filter-set");
	int rc = 0;

	for (; set != NULL && rc == 0; set = xml_next(set, "filter-set")) {
		const struct xml_node *n = xml_child(set, "filter-alternative");

		if (!text_equal(xml_attr(set, "cd-object-type"), type))
			continue;
		vendor_unknown(m->f, set, "filter-alternative");
		if (is_scripted(m, set))
			io->unsure = true;
		for (; n != NULL && rc == 0;
		     n = xml_next(n, "filter-alternative"))
			rc = each(m, n, io);
	}
	return rc;
}

int
fim_filter_scope(struct fim *m, const struct fim_ma *ma, struct text type,
    struct fim_scope *out)
{
	int rc;

	*out = (struct fim_scope){0};
	if (push_group(m, out, NULL, NULL, 0) < 0)
		return ERR_NOMEM;
	rc = walk_filters(m, ma, type, alternative_not, out);
	if (rc == ERR_LIMIT) {
		fim_manual(m, xml_child(ma->root, "stay-disconnector"),
		    (struct text){0},
		    "the filter of type %.*s has too many combinations for a "
		    "scope",
		    TEXT_ARGS(type));
		out->unsure = true;
		rc = 0;
	}
	if (out->count == 1 && out->groups[0].count == 0)
		out->count = 0; /* everything is in scope */
	return rc;
}

int
fim_filter_groups(struct fim *m, const struct fim_ma *ma, struct text type,
    struct fim_scope *out)
{
	*out = (struct fim_scope){0};
	return walk_filters(m, ma, type, alternative_is, out);
}

/* ---- Scoping ---- */

int
fim_scope_and(
    struct fim *m, const struct xml_node *scoping, struct fim_scope *io)
{
	int rc = 0;

	for (const struct xml_node *n = xml_child(scoping, "scope");
	     n != NULL && rc == 0; n = xml_next(n, "scope")) {
		struct scope_clause c = {.value = xml_child_text(n, "csValue")};
		struct text op = xml_child_text(n, "csOperator");
		bool other = false;

		if (!scope_op_find(op, &c.op, &other)) {
			fim_manual(m, n, xml_child_text(n, "csAttribute"),
			    "<scope> has the operator \"%.*s\", which is not "
			    "known",
			    TEXT_ARGS(op));
			io->unsure = true;
			continue;
		}
		c.name = vendor_name(m->f, n, xml_child_text(n, "csAttribute"));
		if (io->count == 0)
			rc = push_group(m, io, NULL, NULL, 0);
		if (rc == 0)
			rc = multiply(m, io, &c, 1);
	}
	return rc;
}

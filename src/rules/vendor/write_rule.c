/* rules/vendor/write_rule.c -- a struct rule as a <synchronizationRule>: what
 * was not changed goes out as it came in. */
#include <stdio.h>

#include "expr/expr.h"
#include "rules/vendor/vendor_int.h"
#include "rules/words.h"

#define ZERO_GUID "{00000000-0000-0000-0000-000000000000}"

struct rule_writer {
	const struct vendor *v;
	const struct rule *rule;
	const struct vendor_rule *extra;
	const struct xml_node *root; /* as it was read, or NULL */
	struct rule was;             /* the same, read again */
	struct vendor quiet;         /* problems of that go nowhere */
	struct vendor_file file;
	struct xml_writer x;
	struct arena *scratch;
	int error;
};

static struct text
name_of(const struct rule_writer *w, uint32_t name)
{
	return name == 0 ? TEXT("*") : names_text(w->v->names, name);
}

/* ---- Same as before? ---- */

static bool
same_scope(const struct rule *a, const struct rule *b)
{
	if (a->scope_count != b->scope_count)
		return false;
	for (size_t i = 0; i < a->scope_count; i++) {
		const struct scope_group *x = &a->scope[i], *y = &b->scope[i];

		if (x->count != y->count)
			return false;
		for (size_t k = 0; k < x->count; k++)
			if (x->clauses[k].name != y->clauses[k].name ||
			    x->clauses[k].op != y->clauses[k].op ||
			    !text_equal(
				x->clauses[k].value, y->clauses[k].value))
				return false;
	}
	return true;
}

static bool
same_join(const struct rule *a, const struct rule *b)
{
	if (a->join_count != b->join_count)
		return false;
	for (size_t i = 0; i < a->join_count; i++) {
		const struct join_group *x = &a->join[i], *y = &b->join[i];

		if (x->count != y->count)
			return false;
		for (size_t k = 0; k < x->count; k++)
			if (x->clauses[k].cs_name != y->clauses[k].cs_name ||
			    x->clauses[k].mv_name != y->clauses[k].mv_name ||
			    x->clauses[k].case_sensitive !=
				y->clauses[k].case_sensitive)
				return false;
	}
	return true;
}

static bool
same_flow(const struct flow *a, const struct flow *b)
{
	return a->target == b->target && a->kind == b->kind &&
	       a->source == b->source && a->merge == b->merge &&
	       a->execute_once == b->execute_once &&
	       text_equal(a->text, b->text);
}

/* ---- Flows ---- */

/* The mapping that this flow was read from, unchanged; NULL: none. */
static const struct xml_node *
mapping_of(struct rule_writer *w, const struct flow *f)
{
	const struct xml_node *n =
	    xml_path(w->root, "attribute-mappings/mapping");
	struct flow was;

	for (; n != NULL; n = xml_next(n, "mapping"))
		if (vendor_flow_read(&w->file, n, &was) == 0 &&
		    same_flow(&was, f))
			return n;
	return NULL;
}

/* What the expression reads, for people: nobody acts on it. */
static void
put_read_attributes(struct rule_writer *w, struct text source)
{
	struct expr_scope scope = {.names = w->v->names};
	const struct expr *x = NULL;
	const uint32_t *list;
	size_t n = 0;

	if (expr_compile(&scope, source, w->scratch, &x, NULL, NULL) < 0)
		return;
	list = expr_attributes(x, &n);
	if (n == 0)
		return;
	xml_begin(&w->x, "src");
	for (size_t i = 0; i < n; i++)
		xml_put_element(&w->x, "attr", name_of(w, list[i]));
	xml_end(&w->x, "src");
}

static void
put_flow(struct rule_writer *w, const struct flow *f)
{
	const struct xml_node *as_it_was = mapping_of(w, f);

	if (as_it_was != NULL) {
		xml_put_node(&w->x, as_it_was);
		return;
	}
	xml_begin(&w->x, "mapping");
	if (f->execute_once)
		xml_put_attr(&w->x, "execute-once", TEXT("true"));
	xml_put_element(&w->x, "dest", name_of(w, f->target));
	if (f->kind == FLOW_EXPRESSION) {
		put_read_attributes(w, f->text);
		xml_put_element(&w->x, "expression", f->text);
	} else if (f->kind == FLOW_CONSTANT) {
		xml_put_element(&w->x, "src", f->text);
	} else {
		xml_begin(&w->x, "src");
		xml_put_element(&w->x, "attr", name_of(w, f->source));
		xml_end(&w->x, "src");
	}
	xml_put_element(&w->x, "valueMergeType",
	    text_of(merge_text(f->merge, FORM_VENDOR)));
	xml_end(&w->x, "mapping");
}

/* ---- Scope and join ---- */

static void
put_scope(struct rule_writer *w)
{
	const struct rule *r = w->rule;

	xml_begin(&w->x, "synchronizationCriteria");
	for (size_t i = 0; i < r->scope_count; i++) {
		xml_begin(&w->x, "conditions");
		for (size_t k = 0; k < r->scope[i].count; k++) {
			const struct scope_clause *c = &r->scope[i].clauses[k];

			xml_begin(&w->x, "scope");
			xml_put_element(
			    &w->x, "csAttribute", name_of(w, c->name));
			xml_put_element(
			    &w->x, "csOperator", text_of(scope_op_text(c->op)));
			xml_put_element(&w->x, "csValue", c->value);
			xml_end(&w->x, "scope");
		}
		xml_end(&w->x, "conditions");
	}
	xml_end(&w->x, "synchronizationCriteria");
}

static void
put_join(struct rule_writer *w)
{
	const struct rule *r = w->rule;

	xml_begin(&w->x, "relationshipCriteria");
	for (size_t i = 0; i < r->join_count; i++) {
		xml_begin(&w->x, "conditions");
		for (size_t k = 0; k < r->join[i].count; k++) {
			const struct join_clause *c = &r->join[i].clauses[k];

			xml_begin(&w->x, "condition");
			xml_put_element(
			    &w->x, "csAttribute", name_of(w, c->cs_name));
			xml_put_element(
			    &w->x, "ilmAttribute", name_of(w, c->mv_name));
			if (c->case_sensitive)
				xml_put_element(
				    &w->x, "caseSensitive", TEXT("True"));
			xml_end(&w->x, "condition");
		}
		xml_end(&w->x, "conditions");
	}
	xml_end(&w->x, "relationshipCriteria");
}

/* ---- The whole ---- */

static struct text
or_zero(struct text guid)
{
	return guid.len > 0 ? guid : TEXT(ZERO_GUID);
}

static void
put_head(struct rule_writer *w)
{
	static const struct vendor_rule made = {.version = {"1", 1}};
	const struct rule *r = w->rule;
	const struct vendor_rule *x = w->root != NULL ? w->extra : &made;
	const struct vendor_connector *c = vendor_find(w->v, r->connector);
	char text[32];

	xml_put_element(&w->x, "id", r->id);
	xml_put_element(&w->x, "internal-id",
	    x->internal_id.len > 0 ? x->internal_id : r->id);
	xml_put_element(&w->x, "version", x->version);
	xml_put_element(&w->x, "name", r->name);
	xml_put_element(&w->x, "description", r->description);
	xml_put_element(&w->x, "immutable-tag", r->tag);
	xml_put_element(&w->x, "direction",
	    text_of(direction_text(r->direction, FORM_VENDOR)));
	xml_put_element(
	    &w->x, "disabled", r->disabled ? TEXT("True") : TEXT("False"));
	xml_put_element(&w->x, "connector", c != NULL ? c->id : r->connector);
	xml_put_element(&w->x, "sourceObjectType", name_of(w, r->source_type));
	xml_put_element(&w->x, "targetObjectType", name_of(w, r->target_type));
	xml_put_element(
	    &w->x, "linkType", text_of(link_text(r->link, FORM_VENDOR)));
	(void)snprintf(text, sizeof(text), "%d", (int)r->precedence);
	xml_put_element(&w->x, "precedence", text_of(text));
	xml_put_element(&w->x, "precedence-after", or_zero(x->after));
	xml_put_element(&w->x, "precedence-before", or_zero(x->before));
	timespan_format(r->soft_delete_ms, text);
	xml_put_element(&w->x, "softDeleteExpiryInterval", text_of(text));
	xml_put_element(&w->x, "EnablePasswordSync",
	    r->password_sync ? TEXT("true") : TEXT("false"));
}

static void
put_unknown(struct rule_writer *w)
{
	const struct xml_node *n = w->root == NULL ? NULL : w->root->first;

	for (; n != NULL; n = n->next)
		if (!vendor_rule_knows(n->name))
			xml_put_node(&w->x, n);
}

static void
put_rule(struct rule_writer *w)
{
	const struct xml_node *join =
	    xml_child(w->root, "relationshipCriteria");
	const struct xml_node *scope =
	    xml_child(w->root, "synchronizationCriteria");

	xml_begin(&w->x, "synchronizationRule");
	put_head(w);
	xml_begin(&w->x, "attribute-mappings");
	for (size_t i = 0; i < w->rule->flow_count; i++)
		put_flow(w, &w->rule->flows[i]);
	xml_end(&w->x, "attribute-mappings");
	if (join != NULL && same_join(&w->was, w->rule))
		xml_put_node(&w->x, join);
	else
		put_join(w);
	if (scope != NULL && same_scope(&w->was, w->rule))
		xml_put_node(&w->x, scope);
	else
		put_scope(w);
	put_unknown(w);
	xml_end(&w->x, "synchronizationRule");
}

int
vendor_write_rule(const struct vendor *v, const struct rule *rule,
    const struct vendor_rule *extra, struct buf *out)
{
	CLEANUP(arena_freep)
	struct arena *scratch = arena_new(0);
	CLEANUP(map_freep)
	struct map *told = map_new(false);
	struct rule_writer w = {.v = v,
	    .rule = rule,
	    .extra = extra,
	    .root = extra != NULL ? extra->root : NULL,
	    .quiet = *v,
	    .scratch = scratch};
	struct vendor_rule unused;
	int r = 0;

	if (scratch == NULL || told == NULL)
		return ERR_NOMEM;
	w.quiet.arena = scratch;
	w.quiet.problems = NULL;
	w.quiet.problem_count = w.quiet.problem_size = 0;
	w.file = (struct vendor_file){.v = &w.quiet, .told = told};
	if (w.root != NULL)
		r = vendor_rule_read(&w.file, w.root, &w.was, &unused);
	if (r < 0)
		return r;
	xml_writer_init(&w.x, out);
	put_rule(&w);
	return xml_end_document(&w.x);
}

/* rules/flow.c -- attribute flow: which mapping gives the value of a target
 * attribute (docs/engine/rules.md 7.2 to 7.7). */
#include <stdlib.h>

#include "rules/plan_int.h"

#define STEPS_MAX   5000U /* of one expression, told in a trace */
#define INDEXED_MAX 448U  /* characters of an indexed metaverse string */

struct mapping {
	const struct flow_input *in;
	const struct code_flow *code;
};

struct walk {
	const struct flow_request *req;
	struct arena *arena;
	struct err *e;
	struct mapping *maps; /* of the target at hand, by precedence */
	size_t map_count;
	struct flow_trace *traces; /* NULL: none wanted */
	size_t trace_count;
	struct expr_step *steps; /* of what was asked last */
	size_t step_count;
	size_t step_size;
	struct err scratch; /* of expressions: clearing one each costs */
};

static int
nomem(struct walk *w)
{
	return err_set(w->e, ERR_NOMEM, "no memory for attribute flows");
}

/* Puts rule and attribute before what e says. */
static int
named(struct walk *w, const struct mapping *m, size_t position)
{
	const struct rule *r = m->in->rule->rule;
	struct text target =
	    names_text(w->req->plan->in.names, m->code->target);

	if (m->in->src->where != NULL)
		*m->in->src->where =
		    (struct plan_where){r, m->code->target, position};
	if (position > 0)
		return err_prefix(w->e,
		    "rule \"%.*s\", attribute %.*s, position %zu",
		    TEXT_ARGS(r->name), TEXT_ARGS(target), position);
	return err_prefix(w->e, "rule \"%.*s\", attribute %.*s",
	    TEXT_ARGS(r->name), TEXT_ARGS(target));
}

/* ---- One mapping ---- */

struct lookup {
	const struct walk *walk;
	const struct plan_source *src;
};

static bool
lookup_parameter(void *ctx, struct text name, struct text *out)
{
	struct lookup *l = ctx;

	return params_find(l->walk->req->plan, l->src->connector,
	    l->src->partition, name, l->walk->arena, out);
}

static bool
is_empty(const struct value *v)
{
	return (v->type == VALUE_STRING || v->type == VALUE_BINARY) &&
	       v->text.len == 0;
}

/* The values of a result, without empty ones. */
static int
answer_of(struct walk *w, const struct mapping *m, const struct expr_value *v,
    struct answer *out)
{
	uint32_t n = v->type == EXPR_LIST ? v->count : 1;

	out->said = SAID_NULL;
	if (v->type == EXPR_IGNORE)
		out->said = SAID_IGNORE;
	else if (v->type == EXPR_AUTH_NULL)
		out->said = SAID_NOTHING_AT_ALL;
	if (v->type == EXPR_NULL || out->said != SAID_NULL)
		return 0;
	out->values = arena_raw(w->arena, n, sizeof(*out->values));
	if (out->values == NULL)
		return nomem(w);
	for (uint32_t i = 0; i < n; i++) {
		struct expr_value x = expr_at(v, i);

		if (!expr_to_value(&x, &out->values[out->count])) {
			(void)err_type(w->e, ERR_RULE,
			    "cs-attribute-type-mismatch",
			    "a %s cannot be written", expr_type_name(x.type));
			return named(w, m, 0);
		}
		out->count += !is_empty(&out->values[out->count]);
	}
	if (out->count > 0)
		out->said = SAID_VALUE;
	if (n > 1 &&
	    values_unique(w->arena, out->values, &out->count, false) < 0)
		return nomem(w);
	return 0;
}

/* What expr_run() said in w->scratch, with the names of rule and attribute. */
static int
expression_failed(
    struct walk *w, const struct mapping *m, int r, size_t position)
{
	const struct err *e = &w->scratch;

	if (r == ERR_NOMEM)
		return nomem(w);
	if (strcmp(e->type, "sync-rule-error-function-triggered") == 0)
		(void)err_type(w->e, ERR_RULE, e->type, "%s", e->text);
	else
		(void)err_type(w->e, ERR_RULE, "sync-rule-expression-error",
		    "%s: %s", e->type, e->text);
	return named(w, m, position);
}

/* Keeps what a trace will show; without memory it shows less. */
static void
keep_step(void *ctx, const struct expr_step *step)
{
	struct walk *w = ctx;

	if (w->step_count == STEPS_MAX)
		return;
	if (w->step_count == w->step_size) {
		size_t size = w->step_size == 0 ? 16 : 2 * w->step_size;
		struct expr_step *more =
		    arena_array(w->arena, size, sizeof(*more));

		if (more == NULL)
			return;
		if (w->step_count > 0)
			memcpy(more, w->steps, w->step_count * sizeof(*more));
		w->steps = more;
		w->step_size = size;
	}
	w->steps[w->step_count++] = *step;
	if (step->error == NULL)
		return;
	/* both are of the run's error, which is gone at its end */
	w->steps[w->step_count - 1].error = arena_strdup(w->arena, step->error);
	w->steps[w->step_count - 1].message =
	    arena_strdup(w->arena, step->message);
}

static int
ask_expression(struct walk *w, const struct mapping *m, struct answer *out)
{
	const struct plan_source *src = m->in->src;
	const struct expr_trace steps = {keep_step, w};
	struct lookup l = {w, src};
	struct expr_input in = {
	    .attrs = src->attrs,
	    .imported = src->imported,
	    .dn = src->dn,
	    .parameter = lookup_parameter,
	    .ctx = &l,
	    .now_ms = w->req->now_ms,
	    .trace = w->traces != NULL ? &steps : NULL,
	};
	struct expr_value v;
	size_t position = 0;
	int r;

	if (w->traces == NULL && src->memo != NULL &&
	    memo_get(src->memo, m->code, out))
		return 0;
	r = expr_run(m->code->expr, &in, w->arena, &v, &position, &w->scratch);
	if (r != 0)
		return expression_failed(w, m, r, position);
	r = answer_of(w, m, &v, out);
	if (r == 0 && src->memo != NULL)
		memo_put(src->memo, m->code, out);
	return r;
}

static int
ask_direct(struct walk *w, const struct mapping *m, struct answer *out)
{
	const struct plan_source *src = m->in->src;
	const struct attr *a = attrs_find(src->attrs, m->code->source);

	out->said = SAID_NULL;
	if (a != NULL) {
		out->said = SAID_VALUE;
		out->values = a->values;
		out->count = a->count;
	} else if (m->code->source_dn && src->dn.len > 0) {
		out->values = arena_alloc(w->arena, sizeof(*out->values));
		if (out->values == NULL)
			return nomem(w);
		out->values[0] = value_string(src->dn);
		out->said = SAID_VALUE;
		out->count = 1;
	}
	return 0;
}

static int
ask_constant(struct walk *w, const struct mapping *m, struct answer *out)
{
	out->said = SAID_NULL;
	if (is_empty(&m->code->constant))
		return 0;
	out->values = arena_alloc(w->arena, sizeof(*out->values));
	if (out->values == NULL)
		return nomem(w);
	out->values[0] = m->code->constant;
	out->said = SAID_VALUE;
	out->count = 1;
	return 0;
}

static enum flow_merge
merge_of(const struct mapping *m)
{
	return m->code->flow->merge == MERGE_REPLACE ? MERGE_UPDATE
						     : m->code->flow->merge;
}

/* A flow that applies once, later (docs/engine/rules.md 7.6). */
static void
ask_again(const struct walk *w, const struct mapping *m, struct answer *out)
{
	const struct attr *a = NULL;

	if (m->in->gave != NULL && w->map_count != 0 &&
	    merge_of(&w->maps[0]) == MERGE_UPDATE)
		a = m->in->gave(m->in->gave_ctx, m->in, m->code->target);
	if (a != NULL)
		*out = (struct answer){.said = SAID_VALUE,
		    .values = a->values,
		    .count = a->count,
		    .kept = true};
}

static int
ask(struct walk *w, const struct mapping *m, struct answer *out)
{
	*out = (struct answer){.said = SAID_IGNORE};
	w->steps = NULL;
	w->step_count = w->step_size = 0;
	if (m->code->flow->execute_once && !m->in->created) {
		ask_again(w, m, out);
		return 0;
	}
	switch (m->code->kind) {
	case FLOW_DIRECT:
		return ask_direct(w, m, out);
	case FLOW_CONSTANT:
		return ask_constant(w, m, out);
	case FLOW_EXPRESSION:
		return ask_expression(w, m, out);
	}
	return 0;
}

static void
trace(struct walk *w, const struct mapping *m, enum flow_status status,
    const struct answer *a)
{
	if (w->traces == NULL)
		return;
	w->traces[w->trace_count++] = (struct flow_trace){
	    .rule = m->in->rule,
	    .flow = m->code->flow,
	    .origin = m->in->origin,
	    .status = status,
	    .values = a == NULL ? NULL : a->values,
	    .count = a == NULL ? 0 : a->count,
	    .steps = a == NULL ? NULL : w->steps,
	    .step_count = a == NULL ? 0 : w->step_count,
	};
}

static int
failed(struct walk *w, const struct mapping *m, const struct answer *a, int r)
{
	trace(w, m, FLOW_FAILED, a);
	return r;
}

static void
trace_skipped(struct walk *w, size_t from)
{
	for (size_t i = from; w->traces != NULL && i < w->map_count; i++)
		trace(w, &w->maps[i], FLOW_SKIPPED_BY_PRECEDENCE, NULL);
}

/* ---- Writing (7.4) ---- */

static size_t
characters(struct text t)
{
	size_t n = 0;

	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		n += (c & 0xc0) != 0x80;
		n += c >= 0xf0;
	}
	return n;
}

static int
convert_all(struct walk *w, const struct mapping *m,
    const struct schema_attr *want, struct answer *a)
{
	struct value *values = NULL;

	for (size_t i = 0; i < a->count && values == NULL; i++)
		if (a->values[i].type != want->type ||
		    want->type == VALUE_DN_BINARY) /* its anchor goes */
			values =
			    arena_array(w->arena, a->count, sizeof(*values));
	if (values == NULL)
		return arena_failed(w->arena) ? nomem(w) : 0;
	for (size_t i = 0; i < a->count; i++) {
		int r = value_convert(
		    w->arena, want->type, &a->values[i], &values[i]);

		if (r == ERR_NOMEM)
			return nomem(w);
		if (r < 0) {
			(void)err_type(w->e, ERR_RULE,
			    "cs-attribute-type-mismatch",
			    "a %s where a %s is wanted",
			    value_type_name(a->values[i].type),
			    value_type_name(want->type));
			return named(w, m, 0);
		}
	}
	a->values = values;
	return 0;
}

/* Checks the answer against the schema of the target, converting it. */
static int
fit(struct walk *w, const struct mapping *m, struct answer *a)
{
	const struct schema_attr *want =
	    w->req->schema == NULL
		? NULL
		: schema_find(w->req->schema, m->code->target);
	int r;

	if (want == NULL || a->said != SAID_VALUE || a->kept)
		return 0;
	if ((r = convert_all(w, m, want, a)) < 0)
		return r;
	if (a->count > 1 && !want->multi) {
		(void)err_type(w->e, ERR_RULE,
		    "flow-multi-values-to-single-value",
		    "%zu values for one that holds a single value", a->count);
		return named(w, m, 0);
	}
	if (!want->indexed || want->type != VALUE_STRING)
		return 0;
	for (size_t i = 0; i < a->count; i++)
		if (characters(a->values[i].text) > INDEXED_MAX) {
			(void)err_type(w->e, ERR_RULE,
			    "mv-constraint-violation",
			    "over %u characters in an indexed attribute",
			    INDEXED_MAX);
			return named(w, m, 0);
		}
	return 0;
}

static void
settle(struct flow_result *out, const struct mapping *m,
    enum flow_outcome outcome, const struct answer *a)
{
	out->outcome = outcome;
	out->rule = m->in->rule;
	out->origin = m->in->origin;
	out->values = a == NULL ? NULL : a->values;
	out->count = a == NULL ? 0 : a->count;
	out->kept = a != NULL && a->kept;
}

/* ---- The walk over the mappings of one target (7.2) ---- */

/* One rule that has a value from two objects of its connector: 4.6. */
static int
check_ambiguous(struct walk *w, size_t winner)
{
	const struct mapping *m = &w->maps[winner];
	struct answer a;
	int r;

	for (size_t i = winner + 1;
	     i < w->map_count && w->maps[i].in->rule == m->in->rule; i++) {
		if (w->maps[i].in->origin == m->in->origin)
			continue;
		if ((r = ask(w, &w->maps[i], &a)) < 0)
			return r;
		if (a.said != SAID_VALUE)
			continue;
		(void)err_type(w->e, ERR_RULE,
		    "ambiguous-import-flow-from-multiple-connectors",
		    "two objects of one connector have a value");
		return named(w, m, 0);
	}
	return 0;
}

static int
walk_update(struct walk *w, struct flow_result *out)
{
	for (size_t i = 0; i < w->map_count; i++) {
		const struct mapping *m = &w->maps[i];
		struct answer a;
		int r = ask(w, m, &a);

		if (r < 0 || (r = fit(w, m, &a)) < 0)
			return failed(w, m, &a, r);
		if (a.said == SAID_IGNORE) {
			trace(w, m, FLOW_IGNORED, &a);
			continue;
		}
		if (a.said == SAID_NULL) {
			trace(w, m, FLOW_WAS_NULL, &a);
			if (out->outcome == FLOW_LEAVE)
				settle(out, m, FLOW_REMOVE, NULL);
			continue;
		}
		trace(w, m, FLOW_APPLIED, &a);
		trace_skipped(w, i + 1);
		settle(out, m, a.said == SAID_VALUE ? FLOW_VALUE : FLOW_REMOVE,
		    &a);
		return a.said == SAID_VALUE ? check_ambiguous(w, i) : 0;
	}
	return 0;
}

/* ---- Merge (7.3) ---- */

static int
append(struct walk *w, struct flow_result *out, const struct mapping *m,
    const struct answer *a)
{
	struct value *values =
	    arena_array(w->arena, out->count + a->count, sizeof(*values));

	if (values == NULL)
		return nomem(w);
	if (out->count > 0)
		memcpy(values, out->values, out->count * sizeof(*values));
	memcpy(values + out->count, a->values, a->count * sizeof(*values));
	if (out->count == 0)
		settle(out, m, FLOW_VALUE, NULL);
	out->values = values;
	out->count = out->count + a->count;
	return 0;
}

static int
walk_merge(struct walk *w, struct flow_result *out)
{
	bool nocase = w->maps[0].code->flow->merge == MERGE_MERGE_NOCASE;
	bool outbound = w->req->direction == RULE_OUTBOUND;

	for (size_t i = 0; i < w->map_count; i++) {
		const struct mapping *m = &w->maps[i];
		struct answer a;
		int r = ask(w, m, &a);

		if (r < 0 || (r = fit(w, m, &a)) < 0)
			return failed(w, m, &a, r);
		if (a.said == SAID_IGNORE) {
			trace(w, m, FLOW_IGNORED, &a);
			continue;
		}
		trace(w, m, a.said == SAID_NULL ? FLOW_WAS_NULL : FLOW_APPLIED,
		    &a);
		if (a.said == SAID_VALUE) {
			if ((r = append(w, out, m, &a)) < 0 ||
			    (r = check_ambiguous(w, i)) < 0)
				return r;
			continue;
		}
		if (out->outcome == FLOW_LEAVE)
			settle(out, m, FLOW_REMOVE, NULL);
		if (a.said == SAID_NOTHING_AT_ALL) {
			trace_skipped(w, i + 1);
			break;
		}
	}
	if (values_unique(w->arena, out->values, &out->count, nocase) < 0)
		return nomem(w);
	if (outbound && out->outcome == FLOW_REMOVE)
		out->outcome = FLOW_LEAVE;
	else if (outbound && out->outcome == FLOW_VALUE)
		out->outcome = FLOW_MERGED;
	return 0;
}

static bool
is_mixed(const struct walk *w)
{
	for (size_t i = 1; i < w->map_count; i++)
		if (merge_of(&w->maps[i]) != merge_of(&w->maps[0]))
			return true;
	return false;
}

/* Mappings of several merge types: those that say IgnoreThisFlow do not
 * count, and what is left must agree. */
static int
drop_ignored(struct walk *w)
{
	struct answer a;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < w->map_count; i++) {
		if ((r = ask(w, &w->maps[i], &a)) < 0)
			return failed(w, &w->maps[i], &a, r);
		if (a.said == SAID_IGNORE)
			trace(w, &w->maps[i], FLOW_IGNORED, &a);
		else
			w->maps[n++] = w->maps[i];
	}
	w->map_count = n;
	if (!is_mixed(w))
		return 0;
	(void)err_type(w->e, ERR_RULE, "sync-rule-mixed-merge-types",
	    "merge types of rule \"%.*s\" and this one differ",
	    TEXT_ARGS(w->maps[1].in->rule->rule->name));
	return named(w, &w->maps[0], 0);
}

static int
walk_target(struct walk *w, uint32_t target, struct flow_result *out)
{
	int r;

	*out = (struct flow_result){.target = target, .outcome = FLOW_LEAVE};
	if (is_mixed(w) && (r = drop_ignored(w)) < 0)
		return r;
	if (w->map_count == 0)
		return 0;
	return merge_of(&w->maps[0]) == MERGE_UPDATE ? walk_update(w, out)
						     : walk_merge(w, out);
}

/* ---- All targets ---- */

struct cursor {
	const struct flow_input *in;
	const struct code_flow *next;
	const struct code_flow *end;
};

static int
compare_cursor(const void *a, const void *b)
{
	const struct cursor *x = a, *y = b;
	int32_t p = x->in->rule->rule->precedence;
	int32_t q = y->in->rule->rule->precedence;

	if (p != q)
		return p < q ? -1 : 1;
	if (x->in->rule != y->in->rule)
		return x->in->rule->index < y->in->rule->index ? -1 : 1;
	return x->in->origin < y->in->origin ? -1
					     : x->in->origin > y->in->origin;
}

/* Those of one rule for one target are a run of one: find it. */
static void
cursor_seek(struct cursor *c, uint32_t target)
{
	size_t n = (size_t)(c->end - c->next);

	while (n > 0) {
		size_t half = n / 2;

		if (c->next[half].target < target) {
			c->next += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	if (c->next < c->end && c->next->target == target)
		c->end = c->next + 1;
	else
		c->end = c->next;
}

/* Sorted by precedence; *out_flows counts their mappings. */
static struct cursor *
cursors_new(const struct flow_request *req, struct arena *a, size_t *out_flows)
{
	struct cursor *c = arena_array(a, req->input_count + 1, sizeof(*c));
	bool sorted = true;

	*out_flows = 0;
	for (size_t i = 0; c != NULL && i < req->input_count; i++) {
		const struct code *code = code_of(req->inputs[i].rule);

		if (req->inputs[i].src->memo != NULL)
			memo_look(req->inputs[i].src->memo, req->inputs[i].src);
		c[i].in = &req->inputs[i];
		c[i].next = code->flows;
		c[i].end = code->flows + code->flow_count;
		if (req->only != 0)
			cursor_seek(&c[i], req->only);
		*out_flows += (size_t)(c[i].end - c[i].next);
		if (i > 0 && compare_cursor(&c[i - 1], &c[i]) > 0)
			sorted = false;
	}
	if (c != NULL && !sorted)
		qsort(c, req->input_count, sizeof(*c), compare_cursor);
	return c;
}

#define NO_TARGET UINT32_MAX

/* What a cursor stands at. */
static uint32_t
head_of(const struct cursor *c)
{
	return c->next < c->end ? c->next->target : NO_TARGET;
}

/* The smallest target that is left.  Heads are kept beside the cursors: this
 * runs for each target over all rules. */
static uint32_t
next_target(const uint32_t *heads, size_t n)
{
	uint32_t target = NO_TARGET;

	for (size_t i = 0; i < n; i++)
		target = heads[i] < target ? heads[i] : target;
	return target;
}

static void
collect(struct walk *w, struct cursor *c, uint32_t *heads, uint32_t target)
{
	w->map_count = 0;
	for (size_t i = 0; i < w->req->input_count; i++) {
		if (heads[i] != target)
			continue;
		w->maps[w->map_count++] =
		    (struct mapping){c[i].in, c[i].next++};
		heads[i] = head_of(&c[i]);
	}
}

static int
walk_all(struct walk *w, struct flow_result **out, size_t *out_count)
{
	const struct flow_request *req = w->req;
	size_t flows, count = req->input_count, n = 0;
	struct cursor *c = cursors_new(req, w->arena, &flows);
	struct flow_result *results =
	    arena_raw(w->arena, flows + 1, sizeof(*results));
	uint32_t *heads = arena_raw(w->arena, count + 1, sizeof(*heads));
	uint32_t target;
	int r;

	w->maps = arena_raw(w->arena, count + 1, sizeof(*w->maps));
	if (c == NULL || results == NULL || heads == NULL || w->maps == NULL)
		return nomem(w);
	for (size_t i = 0; i < count; i++)
		heads[i] = head_of(&c[i]);
	while ((target = next_target(heads, count)) != NO_TARGET) {
		collect(w, c, heads, target);
		if ((r = walk_target(w, target, &results[n])) < 0)
			return r;
		n++;
	}
	*out = results;
	*out_count = n;
	return 0;
}

int
plan_flow(const struct flow_request *req, struct arena *a,
    struct flow_result **out, size_t *out_count, struct err *e)
{
	struct walk w = {.req = req, .arena = a, .e = e};

	return walk_all(&w, out, out_count);
}

int
plan_flow_trace(const struct flow_request *req, struct arena *a,
    struct flow_trace **out, size_t *out_count, struct err *e)
{
	struct walk w = {.req = req, .arena = a, .e = e};
	struct flow_result *results;
	size_t flows = 0, n;
	int r;

	(void)cursors_new(req, a, &flows);
	/* a mixed target may trace an ignored mapping before the rest */
	w.traces = arena_array(a, flows * 2 + 1, sizeof(*w.traces));
	if (w.traces == NULL)
		return nomem(&w);
	r = walk_all(&w, &results, &n);
	*out = w.traces;
	*out_count = w.trace_count;
	return r;
}

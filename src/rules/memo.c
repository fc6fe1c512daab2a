/* rules/memo.c -- what expressions gave for one source, so that the next round
 * of a pass, or another rule with the same expression, need not run it again.
 */
#include "base/map.h"
#include "rules/plan_int.h"

/* ---- Building: which expressions are the same ---- */

static struct text
key_of(struct builder *b, size_t connector, const struct code_flow *f)
{
	const char *key = arena_printf(b->arena, "%d %zu %.*s",
	    (int)b->rule->direction, connector, TEXT_ARGS(f->flow->text));

	return key != NULL ? text_of(key) : (struct text){0};
}

int
memo_number(struct builder *b, size_t connector, struct code *code)
{
	uint32_t *last =
	    &b->plan->connectors[connector].slots[(int)b->rule->direction - 1];

	for (size_t i = 0; i < code->flow_count; i++) {
		struct code_flow *f = &code->flows[i];
		const struct code_flow *same;
		struct text key;

		if (f->kind != FLOW_EXPRESSION || !expr_is_stable(f->expr))
			continue;
		key = key_of(b, connector, f);
		if (key.data == NULL)
			return ERR_NOMEM;
		same = map_get(b->expressions, key);
		f->slot = same != NULL ? same->slot : ++*last;
		if (same == NULL && map_put(b->expressions, key, f) < 0)
			return ERR_NOMEM;
	}
	return 0;
}

/* ---- Answers ---- */

struct kept {
	const struct code_flow *flow;
	struct answer answer;
};

struct flow_memo {
	struct attrs attrs, imported; /* of the source when it was looked at */
	struct text dn;
	bool any;
	uint32_t count;
	uint64_t *has; /* a bit for each slot */
	struct kept *kept;
};

static bool
is_kept(const struct flow_memo *m, uint32_t slot)
{
	return slot < m->count && (m->has[slot / 64] >> slot % 64 & 1) != 0;
}

struct flow_memo *
flow_memo_new(const struct plan *p, size_t connector,
    enum rule_direction direction, struct arena *a)
{
	uint32_t n = p->connectors[connector].slots[(int)direction - 1] + 1;
	struct flow_memo *m = arena_alloc(a, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->count = n;
	m->has = arena_array(a, n / 64 + 1, sizeof(*m->has));
	m->kept = arena_raw(a, n, sizeof(*m->kept));
	return m->has != NULL && m->kept != NULL ? m : NULL;
}

static void
forget_all(struct flow_memo *m)
{
	memset(m->has, 0, (m->count / 64 + 1) * sizeof(*m->has));
}

static bool
reads(const struct code_flow *f, uint32_t name)
{
	size_t n, lo = 0;
	const uint32_t *names = expr_attributes(f->expr, &n);

	while (lo < n && names[lo] < name)
		lo++;
	return lo < n && names[lo] == name;
}

static void
forget(struct flow_memo *m, uint32_t name)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (is_kept(m, i) && reads(m->kept[i].flow, name))
			m->has[i / 64] &= ~((uint64_t)1 << i % 64);
}

/* Both by rising name. */
static void
forget_differing(
    struct flow_memo *m, const struct attrs *was, const struct attrs *is)
{
	uint32_t i = 0, k = 0;

	while (i < was->count || k < is->count) {
		const struct attr *x = i < was->count ? &was->items[i] : NULL;
		const struct attr *y = k < is->count ? &is->items[k] : NULL;

		if (x != NULL && y != NULL && x->name == y->name) {
			if (!attr_same(x, y))
				forget(m, x->name);
			i++;
			k++;
		} else if (x != NULL && (y == NULL || x->name < y->name)) {
			forget(m, x->name);
			i++;
		} else if (y != NULL) {
			forget(m, y->name);
			k++;
		}
	}
}

static bool
same_list(const struct attrs *a, const struct attrs *b)
{
	return a->items == b->items && a->count == b->count;
}

void
memo_look(struct flow_memo *m, const struct plan_source *src)
{
	struct attrs imported =
	    src->imported != NULL ? *src->imported : *src->attrs;
	bool one = same_list(&m->attrs, &m->imported) &&
		   same_list(src->attrs, &imported);

	if (m->any && !text_equal(m->dn, src->dn))
		forget_all(m);
	else if (m->any && !same_list(&m->attrs, src->attrs))
		forget_differing(m, &m->attrs, src->attrs);
	if (m->any && !one && !same_list(&m->imported, &imported))
		forget_differing(m, &m->imported, &imported);
	m->any = true;
	m->attrs = *src->attrs;
	m->imported = imported;
	m->dn = src->dn;
}

bool
memo_get(
    const struct flow_memo *m, const struct code_flow *f, struct answer *out)
{
	if (!is_kept(m, f->slot))
		return false;
	*out = m->kept[f->slot].answer;
	return true;
}

void
memo_put(
    struct flow_memo *m, const struct code_flow *f, const struct answer *answer)
{
	if (f->slot == 0 || f->slot >= m->count)
		return;
	m->kept[f->slot] = (struct kept){f, *answer};
	m->has[f->slot / 64] |= (uint64_t)1 << f->slot % 64;
}

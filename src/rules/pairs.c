/* rules/pairs.c -- two sets of rules beside each other; see compare.h. */
#include <stdlib.h>

#include "rules/compare.h"
#include "rules/words.h"

/* The rule on the other side, or NULL. */
struct mate {
	const struct rule *rule;
};

struct matching {
	const struct names *names;
	const struct rule_side *side[2];
	struct arena *arena;
	struct mate *mate[2]; /* of each rule */
	int failed;
};

static const struct rule *
rule_of(const struct matching *m, int side, size_t i)
{
	return &m->side[side]->rules[i];
}

static struct text
connector_of(const struct matching *m, int side, const struct rule *r)
{
	return m->side[side]->connector(m->side[side]->ctx, r->connector);
}

/* ---- Which rule is which ---- */

/* Content is compared each with each: not for more rules than this. */
#define MAX_BY_CONTENT 1000U

/* How sure one is, from the most: 0 and up. */
enum likeness {
	LIKE_EXACTLY,   /* name, connector, tag, direction, types */
	LIKE_BY_TAG,    /* name, connector, tag, direction */
	LIKE_BY_NAME,   /* name, connector, direction, types */
	LIKE_NAMESAKE,  /* name, connector, direction */
	LIKE_TEMPLATE,  /* connector, tag, direction, types: renamed */
	LIKE_IN_CONTENT /* connector, everything but name, tag, number */
};

static bool
same_types(const struct rule *a, const struct rule *b)
{
	return a->source_type == b->source_type &&
	       a->target_type == b->target_type;
}

static bool
same_stem(const struct rule *a, const struct rule *b)
{
	return text_equal(rule_tag_stem(a->tag), rule_tag_stem(b->tag));
}

/* Nothing differs but what a person calls it and where it stands. */
static bool
same_content(struct matching *m, const struct rule *a, const struct rule *b)
{
	struct rule_changes changes;
	int rc;

	if (a->flow_count != b->flow_count ||
	    a->scope_count != b->scope_count || a->join_count != b->join_count)
		return false;
	rc = rule_compare(m->names, a, b, m->arena, &changes);
	if (rc < 0)
		m->failed = rc;
	for (size_t i = 0; i < changes.count; i++)
		if (changes.items[i].part != PART_FIELD ||
		    (!text_is(changes.items[i].name, "name") &&
			!text_is(changes.items[i].name, "tag") &&
			!text_is(changes.items[i].name, "description") &&
			!text_is(changes.items[i].name, "precedence")))
			return false;
	return rc == 0;
}

static bool
is_like(struct matching *m, const struct rule *a, const struct rule *b,
    enum likeness how)
{
	bool name = text_equal(a->name, b->name);

	if (a->direction != b->direction ||
	    !text_equal(connector_of(m, 0, a), connector_of(m, 1, b)))
		return false;
	switch (how) {
	case LIKE_EXACTLY:
		return name && same_stem(a, b) && same_types(a, b);
	case LIKE_BY_TAG:
		return name && same_stem(a, b);
	case LIKE_BY_NAME:
		return name && same_types(a, b);
	case LIKE_NAMESAKE:
		return name;
	case LIKE_TEMPLATE:
		return a->tag.len > 0 && same_stem(a, b) && same_types(a, b);
	case LIKE_IN_CONTENT:
		return m->side[0]->count <= MAX_BY_CONTENT &&
		       m->side[1]->count <= MAX_BY_CONTENT &&
		       same_types(a, b) && same_content(m, a, b);
	}
	return false;
}

static void
match_one(struct matching *m, size_t i, enum likeness how)
{
	const struct rule *a = rule_of(m, 0, i);

	for (size_t k = 0; k < m->side[1]->count; k++) {
		const struct rule *b = rule_of(m, 1, k);

		if (m->mate[1][k].rule != NULL || !is_like(m, a, b, how))
			continue;
		m->mate[0][i].rule = b;
		m->mate[1][k].rule = a;
		return;
	}
}

static void
match_all(struct matching *m)
{
	for (int how = LIKE_EXACTLY; how <= LIKE_IN_CONTENT; how++)
		for (size_t i = 0; i < m->side[0]->count; i++)
			if (m->mate[0][i].rule == NULL)
				match_one(m, i, (enum likeness)how);
}

/* ---- Precedence: the order, not the numbers ---- */

struct place {
	int32_t precedence;
	size_t rank; /* in side a */
	size_t pair;
};

static int
compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->precedence > y->precedence) -
	       (x->precedence < y->precedence);
}

/* Marks the pairs that belong to one longest row of rules whose order is the
 * same in both: what moved is the rest. */
static int
keep_longest(struct matching *m, struct place *p, size_t n, bool *kept)
{
	size_t *tail = arena_array(m->arena, n + 1, sizeof(*tail));
	size_t *back = arena_array(m->arena, n + 1, sizeof(*back));
	size_t length = 0;

	if (tail == NULL || back == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		size_t low = 0, high = length;

		while (low < high) {
			size_t mid = (low + high) / 2;

			if (p[tail[mid]].rank < p[i].rank)
				low = mid + 1;
			else
				high = mid;
		}
		back[i] = low > 0 ? tail[low - 1] : n;
		tail[low] = i;
		length = low == length ? length + 1 : length;
	}
	for (size_t i = length > 0 ? tail[length - 1] : n; i < n; i = back[i])
		kept[p[i].pair] = true;
	return 0;
}

static void
mark_moved(struct rule_pair *pair)
{
	for (size_t i = 0; i < pair->changes.count; i++)
		if (pair->changes.items[i].part == PART_FIELD &&
		    text_is(pair->changes.items[i].name, "precedence"))
			pair->changes.items[i].moved = true;
}

static int
find_moved(struct matching *m, struct rule_pair *pairs, size_t count)
{
	struct place *p = arena_array(m->arena, count + 1, sizeof(*p));
	bool *kept = arena_array(m->arena, count + 1, sizeof(*kept));
	size_t n = 0;
	int rc;

	if (p == NULL || kept == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (pairs[i].a != NULL && pairs[i].b != NULL)
			p[n++] = (struct place){
			    .precedence = pairs[i].a->precedence, .pair = i};
	qsort(p, n, sizeof(*p), compare_places);
	for (size_t i = 0; i < n; i++) {
		p[i].rank = i;
		p[i].precedence = pairs[p[i].pair].b->precedence;
	}
	qsort(p, n, sizeof(*p), compare_places);
	if ((rc = keep_longest(m, p, n, kept)) < 0)
		return rc;
	for (size_t i = 0; i < count; i++)
		if (kept[i])
			mark_moved(&pairs[i]);
	return 0;
}

/* ---- All of it ---- */

static int
make_pairs(struct matching *m, struct rule_pair *pairs, size_t *count)
{
	int rc = 0;

	for (size_t i = 0; i < m->side[0]->count && rc == 0; i++) {
		struct rule_pair *p = &pairs[(*count)++];

		p->a = rule_of(m, 0, i);
		p->b = m->mate[0][i].rule;
		if (p->b == NULL)
			continue;
		p->renamed = !text_equal(p->a->name, p->b->name);
		rc = rule_compare(m->names, p->a, p->b, m->arena, &p->changes);
	}
	for (size_t k = 0; k < m->side[1]->count && rc == 0; k++)
		if (m->mate[1][k].rule == NULL)
			pairs[(*count)++].b = rule_of(m, 1, k);
	return rc;
}

int
rules_compare(const struct names *names, const struct rule_side *a,
    const struct rule_side *b, struct arena *arena, struct rule_pair **out,
    size_t *out_count)
{
	struct matching m = {.names = names, .side = {a, b}, .arena = arena};
	struct rule_pair *pairs;
	size_t count = 0;
	int rc;

	m.mate[0] = arena_array(arena, a->count + 1, sizeof(*m.mate[0]));
	m.mate[1] = arena_array(arena, b->count + 1, sizeof(*m.mate[1]));
	pairs = arena_array(arena, a->count + b->count + 1, sizeof(*pairs));
	if (m.mate[0] == NULL || m.mate[1] == NULL || pairs == NULL)
		return ERR_NOMEM;
	match_all(&m);
	if (m.failed < 0)
		return m.failed;
	rc = make_pairs(&m, pairs, &count);
	if (rc == 0)
		rc = find_moved(&m, pairs, count);
	if (rc < 0)
		return rc;
	*out = pairs;
	*out_count = count;
	return 0;
}

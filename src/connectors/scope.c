/* connectors/scope.c -- see scope.h. */
#include "connectors/scope.h"

struct scope_rule {
	struct text key;
	struct text dn; /* as it is configured */
	bool include;
};

/* Rules from the longest key to the shortest: of those that an object lies
 * below, the first is the nearest. */
struct scope {
	struct arena *arena;
	struct scope_rule *rules;
	size_t count;
	bool otherwise;
};

static int
rule_compare(const void *a, const void *b)
{
	const struct scope_rule *x = a, *y = b;

	if (x->key.len != y->key.len)
		return x->key.len > y->key.len ? -1 : 1;
	if (x->include != y->include)
		return x->include ? -1 : 1;
	return text_compare(x->key, y->key);
}

static int
rules_add(struct scope *s, const struct text *list, size_t count, bool include)
{
	for (size_t i = 0; i < count; i++) {
		struct scope_rule *rule = &s->rules[s->count];

		if (list[i].len == 0)
			continue;
		rule->dn = text_dup(s->arena, list[i]);
		if (rule->dn.data == NULL ||
		    dn_key(s->arena, list[i], &rule->key) != 0)
			return ERR_NOMEM;
		rule->include = include;
		s->count++;
	}
	return 0;
}

struct scope *
scope_new(const struct text *include, size_t include_count,
    const struct text *exclude, size_t exclude_count)
{
	struct scope *s = calloc(1, sizeof(*s));
	size_t n = include_count + exclude_count;

	if (s == NULL)
		return NULL;
	s->arena = arena_new(0);
	if (s->arena == NULL)
		return scope_free(s);
	s->otherwise = include_count == 0;
	for (size_t i = 0; i < include_count; i++)
		if (include[i].len == 0)
			s->otherwise = true;
	s->rules = arena_array(s->arena, n + 1, sizeof(*s->rules));
	if (s->rules == NULL ||
	    rules_add(s, include, include_count, true) != 0 ||
	    rules_add(s, exclude, exclude_count, false) != 0)
		return scope_free(s);
	qsort(s->rules, s->count, sizeof(*s->rules), rule_compare);
	return s;
}

struct scope *
scope_free(struct scope *s)
{
	if (s != NULL) {
		(void)arena_free(s->arena);
		free(s);
	}
	return NULL;
}

bool
scope_decides(
    const struct scope *s, struct text key, struct text *out_container)
{
	for (size_t i = 0; i < s->count; i++) {
		if (dn_key_is_below(key, s->rules[i].key)) {
			*out_container = s->rules[i].dn;
			return s->rules[i].include;
		}
	}
	*out_container = TEXT("");
	return s->otherwise;
}

bool
scope_includes(const struct scope *s, struct text key)
{
	struct text container;

	return scope_decides(s, key, &container);
}

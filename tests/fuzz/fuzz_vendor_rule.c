/* tests/fuzz/fuzz_vendor_rule.c -- a <synchronizationRule> that loads can be
 * written, and loads again as the same. */
#include <assert.h>

#include "fuzz.h"
#include "rules/vendor/vendor_int.h"

static struct vendor_connector connector;

static bool
read_rule(struct vendor *v, struct text t, struct rule *out,
    struct vendor_rule *extra)
{
	CLEANUP(map_freep)
	struct map *told = map_new(false);
	struct vendor_file f = {.v = v, .name = TEXT("fuzz"), .told = told};
	const struct xml_node *root = NULL;

	if (told == NULL || xml_parse(v->arena, "fuzz", t, &root, NULL) < 0 ||
	    vendor_rule_read(&f, root, out, extra) < 0)
		return false;
	return !v->blocked && v->failed == 0;
}

static bool
same_flows(const struct rule *a, const struct rule *b)
{
	for (size_t i = 0; i < a->flow_count; i++)
		if (a->flows[i].target != b->flows[i].target ||
		    a->flows[i].kind != b->flows[i].kind ||
		    !text_equal(a->flows[i].text, b->flows[i].text))
			return false;
	return true;
}

static bool
same(const struct rule *a, const struct rule *b)
{
	return text_equal(a->name, b->name) && a->precedence == b->precedence &&
	       a->disabled == b->disabled && a->link == b->link &&
	       a->scope_count == b->scope_count &&
	       a->join_count == b->join_count &&
	       a->flow_count == b->flow_count && same_flows(a, b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(256U << 20);
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct vendor v = {.names = names,
	    .arena = a,
	    .connectors = &connector,
	    .connector_count = 1};
	struct rule rule, again;
	struct vendor_rule extra, unused;
	struct buf b;

	connector.id = TEXT("{5f0c7d52-9a41-4c7e-8f3a-1b6d20e9c401}");
	connector.name = TEXT("corp");
	if (a == NULL || names == NULL ||
	    !read_rule(
		&v, (struct text){(const char *)data, size}, &rule, &extra))
		return 0;
	buf_init(&b, 256U << 20);
	assert(vendor_write_rule(&v, &rule, &extra, &b) == 0);
	assert(read_rule(&v, buf_text(&b), &again, &unused));
	assert(same(&rule, &again));
	buf_clear(&b);
	return 0;
}

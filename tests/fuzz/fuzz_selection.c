/* tests/fuzz/fuzz_selection.c -- what parses as a selection chooses or not, of
 * every kind of item; only and except never choose the same change. */
#include <assert.h>

#include "engine/plan/plan_int.h"
#include "fuzz.h"

static const struct value value = {.type = VALUE_STRING, .text = {"new", 3}};

static void
ask(const struct plan_selection *s, const struct names *names,
    const struct frozen_item *i)
{
	bool any = i->delta.new_dn.len != 0 && plan_selects_rename(s, names, i);

	for (size_t k = 0; k < i->delta.count; k++)
		any = plan_selects_change(s, names, i, k) || any;
	/* one that is chosen by parts is chosen */
	assert(!any || plan_selects(s, names, i));
	assert(plan_selects(NULL, names, i));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum delta_op ops[] = {
	    DELTA_ADD, DELTA_UPDATE, DELTA_DELETE};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 22);
	struct names *names = names_new();
	struct text rules[1] = {TEXT("Out to cloud")};
	struct change c = {
	    .add = (struct value *)(uintptr_t)&value, .add_count = 1};
	struct plan_selection *s = NULL;
	struct frozen_item i = {.dn = TEXT("CN=a,O=x"),
	    .display = TEXT("Ada"),
	    .upn = TEXT("ada@x"),
	    .ou = TEXT("OU=Lyon,DC=a,DC=b"),
	    .rules = rules};

	assert(a != NULL && names != NULL);
	assert(names_intern(names, TEXT("user"), &i.type) == 0);
	assert(names_intern(names, TEXT("title"), &c.name) == 0);
	if (plan_selection_parse(
		a, (struct text){(const char *)data, size}, &s, NULL) == 0)
		for (size_t k = 0; k < sizeof(ops) / sizeof(ops[0]); k++) {
			i.op = ops[k];
			i.delta = (struct delta){.op = i.op,
			    .changes = &c,
			    .count = i.op != DELTA_DELETE};
			ask(s, names, &i);
			i.delta.new_dn = TEXT("CN=b,O=x");
			ask(s, names, &i);
		}
	(void)names_free(names);
	return 0;
}

/* tests/fuzz/fuzz_powershell.c -- a rule export in PowerShell: what is read is
 * written so that it reads back to the same rules. */
#include <assert.h>

#include "fuzz.h"
#include "rules/compare.h"
#include "rules/powershell/powershell.h"

static struct text
same_connector(void *ctx, struct text connector)
{
	(void)ctx;
	return connector;
}

static void
round_trip(struct arena *a, struct names *names, const struct rule_list *list)
{
	struct powershell_output how = {
	    .names = names, .connector_id = same_connector};
	struct rule_list again;
	struct rule_changes changes;
	struct buf b;

	buf_init(&b, POWERSHELL_MAX_BYTES);
	assert(powershell_write(&how, list->rules, list->count, &b) == 0);
	assert(powershell_read("again", buf_text(&b), names, a, &again) == 0);
	assert(again.count == list->count);
	for (size_t i = 0; i < list->count; i++) {
		assert(rule_compare(names, &list->rules[i], &again.rules[i], a,
			   &changes) == 0);
		assert(changes.count == 0);
	}
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(256U << 20);
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct rule_list list;
	int rc;

	assert(a != NULL && names != NULL);
	rc = powershell_read(
	    "fuzz", (struct text){(const char *)data, size}, names, a, &list);
	if (rc == 0)
		round_trip(a, names, &list);
	else
		assert(rc == ERR_NOMEM || list.problem_count > 0);
	return 0;
}

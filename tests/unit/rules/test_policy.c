/* tests/unit/rules/test_policy.c -- settings JSON to the vendor's model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "rules/compare.h"
#include "rules/policy/policy.h"

struct loaded {
	struct arena *arena;
	struct names *names;
	struct vendor v;
};

static int
load(struct loaded *l, const char *name, struct text in)
{
	l->arena = arena_new(0);
	l->names = names_new();
	assert_non_null(l->arena);
	assert_non_null(l->names);
	return policy_read(name, in, l->names, l->arena, &l->v);
}

static void
unload(struct loaded *l)
{
	vendor_clear(&l->v);
	l->names = names_free(l->names);
	l->arena = arena_free(l->arena);
}

static struct text
slurp(struct arena *a, const char *path)
{
	char *data = arena_alloc(a, 1U << 20);
	FILE *f = fopen(path, "rbe");
	size_t n;

	assert_non_null(data);
	assert_non_null(f);
	n = fread(data, 1, 1U << 20, f);
	(void)fclose(f);
	return (struct text){data, n};
}

/* Proves: doubts D27 */
static void
reads_all_of_it(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct loaded l;
	const struct vendor_connector *ad;
	const struct rule *r;

	(void)state;
	assert_int_equal(load(&l, "p.json", slurp(a, SETTINGS)), 0);
	assert_int_equal(l.v.connector_count, 2);
	ad = vendor_find(&l.v, TEXT("larkspur.example"));
	assert_int_equal(ad->kind, VENDOR_AD);
	assert_true(text_is(ad->id, "{6a1d2c30-4f52-4c08-9d11-0b7f6e2a9001}"));
	assert_int_equal(ad->partitions[0].include.count, 2);
	assert_int_equal(ad->partitions[0].exclude.count, 1);
	assert_int_equal(l.v.standard_count, 4);
	assert_true(l.v.standard[2].disabled);
	assert_true(text_is(l.v.server, "LS-SYNC01"));
	assert_int_equal(l.v.rule_count, 2);
	r = &l.v.rules[1];
	assert_int_equal(r->scope_count, 2);
	assert_int_equal(r->join_count, 1);
	assert_true(text_is(
	    flow_text(l.names, &r->flows[0], l.arena), "Trim([roomNumber])"));
	assert_int_equal(r->flows[1].kind, FLOW_DIRECT);
	assert_true(text_is(
	    vendor_setting(&l.v, "synchronizationFeatures.passwordHashSync"),
	    "true"));
	assert_true(text_is(
	    vendor_setting(&l.v, "policyMetadata.azureADConnectVersion"),
	    "2.4.18.0"));
	assert_int_equal(l.v.problem_count, 1); /* a part that is not known */
	assert_non_null(strstr(l.v.problems[0].text.data,
	    "the key \"synchronizationFeatures\" is not known"));
	unload(&l);
}

/* Each is told with its place in the document. */
static const struct {
	const char *in;
	const char *problem;
} bad[] = {
    {"{\"onpremisesDirectoryPolicy\":[]}",
	"onpremisesDirectoryPolicy names no forest"},
    {"{\"onpremisesDirectoryPolicy\":[{\"partitionFilters\":[{}]}]}",
	"onpremisesDirectoryPolicy[0].partitionFilters[0]: a partition without "
	"distinguishedName"},
    {"{\"onpremisesDirectoryPolicy\":[{\"customSynchronizationRules\":[{"
     "\"uniqueIdentifier\":\"1\",\"direction\":\"Inbound\",\"linkType\":"
     "\"Join\",\"precedence\":1,\"source\":\"user\",\"target\":\"person\","
     "\"scopeFilters\":[{\"attribute\":\"a\",\"condition\":\"LIKE\","
     "\"value\":\"b\"}]}]}]}",
	"onpremisesDirectoryPolicy[0].customSynchronizationRules[0]: scope: "
	"there is no operator \"LIKE\""},
    {"{\"onpremisesDirectoryPolicy\":[{\"customSynchronizationRules\":[{"
     "\"uniqueIdentifier\":\"1\",\"direction\":\"Sideways\",\"linkType\":"
     "\"Join\",\"precedence\":1,\"source\":\"user\",\"target\":\"person\"}]}]}",
	"onpremisesDirectoryPolicy[0].customSynchronizationRules[0]: direction "
	"\"Sideways\" is none of Inbound, Outbound"},
};

static void
says_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct loaded l;
		bool told = false;

		assert_int_equal(
		    load(&l, "p.json", text_of(bad[i].in)), ERR_CONFIG);
		for (size_t k = 0; k < l.v.problem_count; k++)
			told = told ||
			       text_is(l.v.problems[k].text, bad[i].problem);
		assert_true(told);
		unload(&l);
	}
}

static void
utf16_and_marks(void **state)
{
	static const char mark[] =
	    "\xef\xbb\xbf{\"onpremisesDirectoryPolicy\":[{}]}";
	static const char utf16[] =
	    "\xff\xfe{\0\"\0p\0o\0l\0i\0c\0y\0M\0e\0t\0a\0d\0a\0t\0a\0\"\0:\0{"
	    "\0}\0}\0";
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	bool whole = true;

	(void)state;
	assert_true(policy_is(TEXT(mark), a, &whole));
	assert_true(whole);
	assert_true(policy_is(TEXT(utf16), a, &whole));
	assert_false(whole);
	assert_false(policy_is(TEXT("{\"a\": 1}"), a, &whole));
	assert_false(policy_is(TEXT("[1]"), a, &whole));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_all_of_it),
	    cmocka_unit_test(says_where),
	    cmocka_unit_test(utf16_and_marks),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

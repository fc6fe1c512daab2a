/* tests/unit/tenant/test_filter.c -- $filter on a made-up user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tenant/filter.h"

static struct arena *arena;
static struct dirobj ada;

static int
set_up(void **state)
{
	static const char doc[] =
	    "{\"displayName\":\"Ada Lovelace\",\"accountEnabled\":true,"
	    "\"department\":\"O'Neil\",\"onPremisesImmutableId\":\"AbC=\","
	    "\"businessPhones\":[\"+41 1\"],"
	    "\"proxyAddresses\":[\"SMTP:ada@x.example\",\"smtp:a@x.example\"],"
	    "\"onPremisesExtensionAttributes\":{\"extensionAttribute3\":\"z\"},"
	    "\"createdDateTime\":\"2026-11-23T10:00:00Z\","
	    "\"city\":\"Z\xc3\xbcrich\"}";

	(void)state;
	arena = arena_new(0);
	ada = (struct dirobj){.row = 1,
	    .id = "00000000-0000-4000-8000-00000000000a",
	    .kind = ENTITY_USER};
	return json_parse(TEXT(doc), sizeof(doc), &ada.doc, NULL);
}

static int
tear_down(void **state)
{
	(void)state;
	dirobj_clear(&ada);
	arena = arena_free(arena);
	return 0;
}

static int
parse(const char *s, struct filter **out_f)
{
	return filter_parse(
	    arena, text_of(s), entity_info(ENTITY_USER), out_f, NULL);
}

static void
matches(void **state)
{
	static const struct {
		const char *filter;
		bool match, advanced;
	} cases[] = {
	    {"displayName eq 'ada lovelace'", true, false},
	    {"DisplayName EQ 'ADA LOVELACE'", true, false},
	    {"displayName eq 'Ada'", false, false},
	    {"startswith(displayName,'ADA')", true, false},
	    {"startswith( displayName , 'ada' )", true, false},
	    {"startswith(displayName,'love')", false, false},
	    {"endswith(displayName,'LACE')", true, true},
	    {"department eq 'O''Neil'", true, false},
	    {"city eq 'Z\xc3\x9cRICH'", true, false},
	    {"onPremisesImmutableId eq 'AbC='", true, false},
	    {"onPremisesImmutableId eq 'abc='", false, false},
	    {"accountEnabled eq true", true, false},
	    {"accountEnabled ne true", false, true},
	    {"accountEnabled eq false", false, false},
	    {"jobTitle eq null", true, true},
	    {"department ne null", true, true},
	    {"not(department eq 'x')", true, true},
	    {"not department eq 'O''Neil'", false, true},
	    {"department in ('a','o''neil')", true, false},
	    {"department in ('a','b')", false, false},
	    {"businessPhones/any(p:p eq '+41 1')", true, false},
	    {"businessPhones/any(p:p eq '+41 2')", false, false},
	    {"proxyAddresses/any(x:startswith(x,'smtp:a@'))", true, false},
	    {"proxyAddresses/any(x:endswith(x,'nobody'))", false, true},
	    {"proxyAddresses/any(x:x eq 'smtp:ADA@x.example' or x eq 'q')",
		true, false},
	    {"onPremisesExtensionAttributes/extensionAttribute3 eq 'Z'", true,
		false},
	    {"onPremisesExtensionAttributes/extensionAttribute4 eq 'z'", false,
		false},
	    {"createdDateTime ge 2026-11-23T10:00:00Z", true, false},
	    {"createdDateTime gt 2026-11-23T10:00:00Z", false, false},
	    {"createdDateTime lt 2026-11-24T00:00:00Z", true, false},
	    {"createdDateTime le 2026-11-22T00:00:00Z", false, false},
	    {"id eq '00000000-0000-4000-8000-00000000000A'", true, false},
	    {"id eq 'x' or id eq '00000000-0000-4000-8000-00000000000a'", true,
		false},
	    /* and binds more than or */
	    {"city eq 'x' and city eq 'y' or accountEnabled eq true", true,
		false},
	    {"city eq 'x' and (city eq 'y' or accountEnabled eq true)", false,
		false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter *f = NULL;

		if (parse(cases[i].filter, &f) != 0)
			fail_msg("not parsed: %s", cases[i].filter);
		if (filter_match(f, &ada) != cases[i].match)
			fail_msg("wrong: %s", cases[i].filter);
		if (filter_is_advanced(f) != cases[i].advanced)
			fail_msg("advanced: %s", cases[i].filter);
	}
}

static void
refuses(void **state)
{
	static const struct {
		const char *filter;
		int code;
	} cases[] = {
	    {"", ERR_SYNTAX},
	    {"displayName", ERR_SYNTAX},
	    {"displayName eq", ERR_SYNTAX},
	    {"displayName eq 'x", ERR_SYNTAX},
	    {"displayName eq 'x' 'y'", ERR_SYNTAX},
	    {"displayName eq 5", ERR_SYNTAX},
	    {"displayName eq true", ERR_SYNTAX},
	    {"accountEnabled eq 'true'", ERR_SYNTAX},
	    {"createdDateTime ge 'x'", ERR_SYNTAX},
	    {"(displayName eq 'x'", ERR_SYNTAX},
	    {"displayName eq 'x')", ERR_SYNTAX},
	    {"displayName in ()", ERR_SYNTAX},
	    {"displayName in ('a'", ERR_SYNTAX},
	    {"startswith(displayName)", ERR_SYNTAX},
	    {"startswith(displayName,true)", ERR_SYNTAX},
	    {"contains(displayName,'x')", ERR_NOENT},
	    {"nothing eq 'x'", ERR_NOENT},
	    {"onPremisesExtensionAttributes/nothing eq 'x'", ERR_NOENT},
	    {"onPremisesExtensionAttributes eq null", ERR_UNSUPPORTED},
	    {"proxyAddresses eq 'x'", ERR_UNSUPPORTED},
	    {"passwordPolicies eq 'x'", ERR_UNSUPPORTED},
	    {"displayName ge 'x'", ERR_UNSUPPORTED},
	    {"startswith(userType,'x')", ERR_UNSUPPORTED},
	    {"startswith(proxyAddresses,'x')", ERR_UNSUPPORTED},
	    {"proxyAddresses/any(x:y eq 'x')", ERR_SYNTAX},
	    {"proxyAddresses/all(x:x eq 'x')", ERR_SYNTAX},
	    {"proxyAddresses/any(x:x/any(y:y eq 'x'))", ERR_SYNTAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter *f = NULL;
		int r = parse(cases[i].filter, &f);

		if (r != cases[i].code)
			fail_msg("%s: %d", cases[i].filter, r);
	}
}

static void
has_limits(void **state)
{
	struct filter *f = NULL;
	struct buf b;

	(void)state;
	buf_init(&b, 1U << 20);
	for (int i = 0; i < 17; i++)
		buf_putc(&b, '(');
	assert_int_equal(parse(buf_text(&b).data, &f), ERR_LIMIT);
	buf_reset(&b);
	for (int i = 0; i < 17; i++)
		buf_puts(&b, "not ");
	assert_int_equal(parse(buf_text(&b).data, &f), ERR_LIMIT);
	buf_reset(&b);
	for (int i = 0; i < 101; i++)
		buf_printf(&b, "%sid eq 'x'", i == 0 ? "" : " or ");
	assert_int_equal(parse(buf_text(&b).data, &f), ERR_LIMIT);
	buf_reset(&b);
	buf_puts(&b, "city eq '");
	for (int i = 0; i < 9000; i++)
		buf_putc(&b, 'x');
	assert_int_equal(parse(buf_text(&b).data, &f), ERR_LIMIT);
	buf_clear(&b);
}

static void
counts_ids(void **state)
{
	struct filter *f = NULL;

	(void)state;
	assert_int_equal(parse("id eq 'a' or id eq 'b' or id eq 'c'", &f), 0);
	assert_int_equal(filter_ids(f), 3);
	assert_int_equal(parse("id eq 'a' and id eq 'b'", &f), 0);
	assert_int_equal(filter_ids(f), 0);
	assert_int_equal(parse("id eq 'a' or city eq 'b'", &f), 0);
	assert_int_equal(filter_ids(f), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(matches),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(has_limits),
	    cmocka_unit_test(counts_ids),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

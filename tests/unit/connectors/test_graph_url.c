/* tests/unit/connectors/test_graph_url.c -- URLs, filters, names, the guard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connectors/graph/gconn_int.h"

#define ID "3f0c0000-0000-4000-8000-00000000ABCD"

static struct arena *a;

static void
test_anchors(void **state)
{
	enum gtype type;
	struct text id;

	(void)state;
	for (int i = 0; i < GT_COUNT; i++) {
		struct text t = anchor_format(a, (enum gtype)i, TEXT(ID));

		assert_int_equal(anchor_parse(t, &type, &id), 0);
		assert_int_equal(type, i);
		assert_true(text_is(id, ID));
	}
	assert_true(text_is(anchor_format(a, GT_USER, TEXT("ab")), "User_ab"));
	assert_int_equal(anchor_parse(TEXT("User_"), &type, &id), ERR_SYNTAX);
	assert_int_equal(
	    anchor_parse(TEXT("User_a/../b"), &type, &id), ERR_SYNTAX);
	assert_int_equal(
	    anchor_parse(TEXT("Thing_ab"), &type, &id), ERR_SYNTAX);
	assert_int_equal(anchor_parse(TEXT(""), &type, &id), ERR_SYNTAX);
}

static void
test_names(void **state)
{
	struct text source = TEXT("ABE+/w==\xc3\xa9"), back;

	(void)state;
	assert_true(
	    text_is(dn_of_source(a, source), "CN={4142452B2F773D3DC3A9}"));
	assert_true(source_of_dn(a, dn_of_source(a, source), &back));
	assert_true(text_equal(back, source));
	assert_true(text_is(
	    unique_of_source(a, source), "causeway-4142452b2f773d3dc3a9"));
	assert_true(source_of_unique(a, unique_of_source(a, source), &back));
	assert_true(text_equal(back, source));
	assert_false(source_of_dn(a, TEXT("CN=User_ab"), &back));
	assert_false(source_of_dn(a, TEXT("CN={}"), &back));
	assert_false(source_of_dn(a, TEXT("CN={4}"), &back));
	assert_false(source_of_dn(a, TEXT("CN={41},DC=x"), &back));
	assert_false(source_of_unique(a, TEXT("other-41"), &back));
	assert_false(source_of_unique(a, TEXT("causeway-"), &back));
	assert_false(source_of_unique(a, TEXT("causeway-xy"), &back));
	assert_false(source_of_unique(a, TEXT(""), &back));
}

/* Without "/$ref" Graph deletes the member itself. */
static void
test_guard(void **state)
{
	static const char *const good[] = {
	    "/users/" ID,
	    "/groups/" ID,
	    "/groups/" ID "/members/" ID "/$ref",
	    "/users/" ID "/manager/$ref",
	};
	static const char *const bad[] = {
	    "/groups/" ID "/members/" ID,
	    "/groups/" ID "/members/" ID "/",
	    "/groups/" ID "/members/" ID "/$ref/",
	    "/groups/" ID "/members/" ID "/$ref?x",
	    "/groups/" ID "/members/" ID "?/$ref",
	    "/groups/" ID "/members/$ref/" ID,
	    "/groups/" ID "/members//$ref",
	    "/users/" ID "/manager",
	    "/users/",
	    "/users",
	    "/users/" ID "/../" ID,
	    "/users/a@b.test",
	    "/directoryObjects/" ID,
	    "/devices/" ID,
	    "/contacts/" ID,
	    "/directory/deletedItems/" ID,
	    "users/" ID,
	    "https://graph.test/v1.0/users/" ID,
	    "",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(gurl_may_send("DELETE", text_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(gurl_may_send("DELETE", text_of(bad[i])));
	assert_true(gurl_may_send(
	    "DELETE", text_of(gurl_member_ref(a, TEXT(ID), TEXT("ab")))));
	assert_true(gurl_may_send("GET", TEXT("/groups/" ID "/members")));
}

/* The guard stands where every request passes. */
static void
test_guard_is_in_the_way(void **state)
{
	struct gconn g = {0};
	struct op op = {.method = "DELETE", .url = "/groups/1/members/2"};
	struct ops l;
	struct err e;

	(void)state;
	ops_init(&l, &g);
	assert_int_equal(ops_add(&l, &op, &e), ERR_INTERNAL);
	assert_int_equal(l.count, 0);
	op.url = "/groups/1/members/2/$ref";
	assert_int_equal(ops_add(&l, &op, &e), 0);
	assert_int_equal(l.count, 1);
	ops_clear(&l);
}

static void
test_filters(void **state)
{
	struct buf b, url;

	(void)state;
	buf_init(&b, 1000);
	buf_init(&url, 1000);
	filter_eq(&b, "mail", TEXT("o'neil+x@a.test"));
	buf_puts(&b, " or ");
	filter_any_eq(&b, "proxyAddresses", "SMTP:", TEXT("'"));
	assert_string_equal(buf_text(&b).data,
	    "mail eq 'o''neil+x@a.test' or "
	    "proxyAddresses/any(x:x eq 'SMTP:''')");
	buf_reset(&b);
	filter_eq(&b, "x", TEXT("a+/=&# '"));
	http_url_quote(&url, buf_text(&b));
	assert_string_equal(
	    buf_text(&url).data, "x%20eq%20%27a%2B%2F%3D%26%23%20%27%27%27");
	buf_clear(&b);
	buf_clear(&url);
	assert_string_equal(gurl_group_by_name(a, TEXT("causeway-41"), "id"),
	    "/groups(uniqueName='causeway-41')?$select=id");
}

static void
test_relative(void **state)
{
	struct text base = TEXT("https://g.test/v1.0"), out;
	struct err e;

	(void)state;
#define REL(t) gurl_relative(base, TEXT(t), &out, &e)
	assert_int_equal(REL("https://g.test/v1.0/users?$skiptoken=x"), 0);
	assert_true(text_is(out, "/users?$skiptoken=x"));
	assert_int_equal(REL("https://evil.test/v1.0/users"), ERR_PROTOCOL);
	assert_int_equal(REL("http://g.test/v1.0/users"), ERR_PROTOCOL);
	assert_int_equal(REL("https://g.test/v1.0@evil.test/u"), ERR_PROTOCOL);
	assert_int_equal(REL("https://g.test/v1.0"), ERR_PROTOCOL);
	assert_int_equal(REL("https://g.test/v1.0evil/users"), ERR_PROTOCOL);
	assert_int_equal(REL("https://g.test/beta/users"), ERR_PROTOCOL);
	assert_int_equal(REL("/users"), ERR_PROTOCOL);
	assert_int_equal(REL(""), ERR_PROTOCOL);
}

static int
set_up(void **state)
{
	(void)state;
	a = arena_new(0);
	return a == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	a = arena_free(a);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_anchors),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_guard),
	    cmocka_unit_test(test_guard_is_in_the_way),
	    cmocka_unit_test(test_filters),
	    cmocka_unit_test(test_relative),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

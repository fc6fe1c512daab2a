/* tests/unit/proto/test_http_proxy.c -- which requests the CONNECT proxy takes,
 * and for which names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/http_proxy.h"

static void
reads_the_host(void **state)
{
	static const struct {
		const char *line, *host;
	} lines[] = {
	    {"CONNECT graph.microsoft.com:443 HTTP/1.1", "graph.microsoft.com"},
	    {"CONNECT a:1 HTTP/1.0", "a"},
	    {"CONNECT [::1]:443 HTTP/1.1", "::1"},
	    {"CONNECT graph.microsoft.com HTTP/1.1", ""},
	    {"CONNECT graph.microsoft.com: HTTP/1.1", ""},
	    {"CONNECT :443 HTTP/1.1", ""},
	    {"CONNECT graph.microsoft.com:443", ""},
	    {"CONNECT graph.microsoft.com:443 FTP/1.1", ""},
	    {"connect a:1 HTTP/1.1", ""},
	    {"GET http://graph.microsoft.com/ HTTP/1.1", ""},
	    {"CONNECT ", ""},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_true(text_is(
		    http_proxy_host(text_of(lines[i].line)), lines[i].host));
}

static void
knows_its_names(void **state)
{
	static const char *const names[] = {"a.example", "*.b.example"};

	(void)state;
	assert_true(http_name_is_listed(TEXT("A.example"), names, 2));
	assert_true(http_name_is_listed(TEXT("x.B.example"), names, 2));
	assert_false(http_name_is_listed(TEXT("x.a.example"), names, 2));
	assert_false(http_name_is_listed(TEXT("b.example"), names, 2));
	assert_false(http_name_is_listed(TEXT(".b.example"), names, 2));
	assert_false(http_name_is_listed(TEXT("x.y.b.example"), names, 2));
	assert_false(http_name_is_listed(TEXT("a.example.com"), names, 2));
	assert_false(http_name_is_listed(TEXT(""), names, 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_the_host),
	    cmocka_unit_test(knows_its_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

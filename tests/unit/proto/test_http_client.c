/* tests/unit/proto/test_http_client.c -- a client and a peer that misbehaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <string.h>

#include "base/clock.h"
#include "peer.h"
#include "proto/http_client.h"

#define BIG 200000U

static char big[BIG];

static void
answer(void *ctx, struct http_call *c)
{
	struct text target = text_of(http_call_target(c));
	struct buf b;

	(void)ctx;
	if (text_is(target, "/drop")) {
		http_call_drop(c);
		return;
	}
	if (text_is(target, "/half")) {
		http_call_reply_half(c, 200, (struct text){big, BIG});
		return;
	}
	if (text_is(target, "/big")) {
		http_call_reply(c, 200, (struct text){big, BIG}, 0);
		return;
	}
	if (text_is(target, "/slow")) {
		http_call_reply(c, 200, TEXT("late"), 60000);
		return;
	}
	if (text_is(target, "/redirect"))
		http_call_header_set(c, "Location", "https://elsewhere.test/");
	if (text_is(target, "/busy"))
		http_call_header_set(c, "Retry-After", "7");
	buf_init(&b, 4096);
	buf_printf(&b, "%s %s|%.*s|%.*s|%.*s", http_call_method(c),
	    http_call_target(c),
	    TEXT_ARGS(http_call_header(c, "Authorization")),
	    TEXT_ARGS(http_call_header(c, "User-Agent")),
	    TEXT_ARGS(http_call_body(c)));
	http_call_reply(c,
	    text_is(target, "/redirect") ? 302
	    : text_is(target, "/busy")   ? 429
					 : 200,
	    buf_text(&b), 0);
	buf_clear(&b);
}

struct fixture {
	struct peer peer;
	struct http_client *c;
	struct arena *a;
	struct http_response r;
	struct err e;
};

static bool stop_now;

static bool
cancelled(void *ctx)
{
	(void)ctx;
	return stop_now;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct http_client_options o = {.max_body_bytes = 100000,
	    .timeout_ms = 20000,
	    .cancelled = cancelled};

	assert_non_null(f);
	stop_now = false;
	peer_start(&f->peer, 9, answer);
	o.ca_file = f->peer.ca;
	assert_int_equal(http_client_new(&o, &f->c, NULL), 0);
	f->a = arena_new(0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	f->c = http_client_free(f->c);
	f->a = arena_free(f->a);
	peer_stop(&f->peer);
	free(f);
	return 0;
}

static int
call(struct fixture *f, const char *method, const char *path, struct text body)
{
	struct http_request q = {.method = method, .body = body};

	q.url = arena_printf(f->a, "%s%s", f->peer.url, path);
	return http_client_call(f->c, &q, f->a, &f->r, &f->e);
}

static void
test_answers(void **state)
{
	struct fixture *f = *state;
	struct secret *token = secret_new(TEXT("t0k"));
	struct http_request q = {
	    .method = "PATCH", .bearer = token, .body = TEXT("{\"a\":1}")};

	q.url = arena_printf(f->a, "%s/x?y=1", f->peer.url);
	assert_int_equal(http_client_call(f->c, &q, f->a, &f->r, &f->e), 0);
	assert_int_equal(f->r.status, 200);
	assert_string_equal(
	    f->r.body.data, "PATCH /x?y=1|Bearer t0k|Causeway/0.1.0|{\"a\":1}");
	assert_int_equal(call(f, "DELETE", "/y", (struct text){0}), 0);
	assert_string_equal(f->r.body.data, "DELETE /y||Causeway/0.1.0|");
	secret_free(token);
}

static void
test_redirect_is_an_answer(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(call(f, "GET", "/redirect", (struct text){0}), 0);
	assert_int_equal(f->r.status, 302);
	assert_true(text_is(http_response_header(&f->r, "location"),
	    "https://elsewhere.test/"));
}

static void
test_busy(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(call(f, "GET", "/busy", (struct text){0}), 0);
	assert_int_equal(f->r.status, 429);
	assert_int_equal(http_response_retry_ms(&f->r), 7000);
}

static void
test_limit(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(call(f, "GET", "/big", (struct text){0}), ERR_LIMIT);
	assert_non_null(strstr(f->e.text, "localhost"));
}

static void
test_lost(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(call(f, "POST", "/drop", TEXT("x")), ERR_CONNECT);
	assert_true(f->r.maybe_sent);
	assert_non_null(strstr(f->e.text, "localhost"));
	assert_int_equal(call(f, "POST", "/half", TEXT("x")), ERR_CONNECT);
	assert_true(f->r.maybe_sent);
}

static void
test_nobody_there(void **state)
{
	struct fixture *f = *state;
	struct http_request q = {
	    .method = "POST", .url = "https://localhost:1/", .body = TEXT("x")};

	assert_int_equal(
	    http_client_call(f->c, &q, f->a, &f->r, &f->e), ERR_CONNECT);
	assert_false(f->r.maybe_sent);
	q.url = "http://localhost:1/";
	assert_int_equal(
	    http_client_call(f->c, &q, f->a, &f->r, &f->e), ERR_CONFIG);
}

static int
call_with(const char *ca, const char *url, int64_t timeout_ms)
{
	struct http_client_options o = {
	    .ca_file = ca, .timeout_ms = timeout_ms};
	struct http_request q = {.method = "GET", .url = url};
	struct http_response r;
	struct http_client *c;
	struct arena *a = arena_new(0);
	int result;

	assert_int_equal(http_client_new(&o, &c, NULL), 0);
	result = http_client_call(c, &q, a, &r, NULL);
	if (result < 0)
		assert_false(r.maybe_sent && result == ERR_TLS);
	http_client_free(c);
	arena_free(a);
	return result;
}

static void
test_certificates(void **state)
{
	struct fixture *f = *state;
	struct peer old;
	const char *wrong;

	assert_int_equal(call_with(f->peer.ca, f->peer.url, 0), 0);
	assert_int_equal(call_with(NULL, f->peer.url, 0), ERR_TLS);
	wrong = arena_printf(
	    f->a, "https://127.0.0.1%s", strrchr(f->peer.url, ':'));
	assert_int_equal(call_with(f->peer.ca, wrong, 0), ERR_TLS);
	assert_int_equal(
	    call_with("/nonexistent.pem", f->peer.url, 0), ERR_CONFIG);
	peer_start(&old, -1, answer);
	assert_int_equal(call_with(old.ca, old.url, 0), ERR_TLS);
	peer_stop(&old);
}

static void
test_slow(void **state)
{
	struct fixture *f = *state;
	const char *url = arena_printf(f->a, "%s/slow", f->peer.url);

	assert_int_equal(call_with(f->peer.ca, url, 300), ERR_CONNECT);
}

static void
count(void *ctx, const struct http_response *r)
{
	int *n = ctx;

	if (r->error == 0 && r->status == 200)
		n[0]++;
	if (r->error == ERR_CANCELLED)
		n[1]++;
}

static void
start(struct fixture *f, const char *path, int n[2])
{
	struct http_request q = {.method = "GET"};

	q.url = arena_printf(f->a, "%s%s", f->peer.url, path);
	assert_int_equal(http_client_start(f->c, &q, count, n, NULL), 0);
}

static void
test_parallel(void **state)
{
	struct fixture *f = *state;
	int n[2] = {0};

	for (int i = 0; i < 50; i++)
		start(f, "/p", n);
	assert_int_equal(http_client_run(f->c, &f->e), 0);
	assert_int_equal(n[0], 50);
}

static void
test_cancel(void **state)
{
	struct fixture *f = *state;
	int n[2] = {0};

	start(f, "/slow", n);
	start(f, "/slow", n);
	stop_now = true;
	assert_int_equal(http_client_run(f->c, &f->e), ERR_CANCELLED);
	assert_int_equal(n[1], 2);
	stop_now = false;
	assert_int_equal(call(f, "GET", "/again", (struct text){0}), 0);
}

static void
test_header_injection(void **state)
{
	struct fixture *f = *state;
	struct http_header h = {"X-A", "1\r\nX-B: 2"};
	struct http_request q = {
	    .method = "GET", .headers = &h, .header_count = 1};

	q.url = f->peer.url;
	assert_int_equal(
	    http_client_call(f->c, &q, f->a, &f->r, &f->e), ERR_INVAL);
}

static void
test_urls(void **state)
{
	struct buf b;

	(void)state;
#define SAME(a, b) http_url_same_origin(TEXT(a), TEXT(b))
	assert_true(SAME("https://a.test/x", "https://A.test:443/y?z"));
	assert_true(SAME("https://a.test:8443", "https://a.test:8443/y"));
	assert_false(SAME("https://a.test/x", "https://b.test/x"));
	assert_false(SAME("https://a.test/x", "http://a.test/x"));
	assert_false(SAME("https://a.test/x", "https://a.test:8443/x"));
	assert_false(SAME("https://a.test/x", "https://a.test@b.test/x"));
	assert_false(SAME("https://a.test@b.test/", "https://a.test@b.test/"));
	assert_false(SAME("https://a.test/x", "https://a.test\\@b.test/"));
	assert_false(SAME("https://a.test/x", "/x"));
	assert_false(SAME("", ""));
	buf_init(&b, 1000);
	http_form_add(&b, "a", TEXT("x y+&=/'\xc3\xa9"));
	http_form_add(&b, "b", TEXT("~-._1"));
	assert_string_equal(
	    buf_text(&b).data, "a=x%20y%2B%26%3D%2F%27%C3%A9&b=~-._1");
	buf_clear(&b);
}

/* The library's own, unless it is to fail as it does without memory. */
static bool library_fails;

int curl_multi_perform(void *multi, int *running);

int
curl_multi_perform(void *multi, int *running)
{
	void *at = dlsym(RTLD_NEXT, "curl_multi_perform");
	int (*real)(void *, int *);

	memcpy(&real, &at, sizeof(real));
	return library_fails ? 3 : real(multi, running);
}

static void
count_lost(void *ctx, const struct http_response *r)
{
	assert_int_equal(r->error, ERR_CONNECT);
	++*(unsigned *)ctx;
}

/* Who asked learns of it at once, and not when another one asks. */
static void
test_library_fails(void **state)
{
	struct fixture *f = *state;
	struct http_request q = {.method = "GET"};
	unsigned told = 0;

	q.url = arena_printf(f->a, "%s/x", f->peer.url);
	library_fails = true;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
		    http_client_start(f->c, &q, count_lost, &told, NULL), 0);
	assert_int_equal(http_client_run(f->c, &f->e), ERR_INTERNAL);
	library_fails = false;
	assert_int_equal(told, 3);
	assert_int_equal(call(f, "GET", "/x", (struct text){0}), 0);
	assert_int_equal(told, 3);
}

static void
test_retry_after(void **state)
{
	(void)state;
	assert_int_equal(http_retry_after_ms(TEXT("12")), 12000);
	/* a day at most, however far the date */
	assert_int_equal(
	    http_retry_after_ms(TEXT("Fri, 01 Jan 9999 00:00:00 GMT")),
	    86400000);
	assert_int_equal(
	    http_retry_after_ms(TEXT("Thu, 01 Jan 1998 00:00:00 GMT")), 0);
	assert_int_equal(http_retry_after_ms(TEXT("")), -1);
	assert_int_equal(http_retry_after_ms(TEXT("soon")), -1);
	assert_int_equal(http_retry_after_ms(TEXT("-3")), -1);
	assert_int_equal(http_retry_after_ms(TEXT("999999999")), 86400000);
	clock_set_ms(1795467600000); /* 2026-11-23T21:00:00Z */
	assert_int_equal(
	    http_retry_after_ms(TEXT("Mon, 23 Nov 2026 21:00:05 GMT")), 5000);
	assert_int_equal(
	    http_retry_after_ms(TEXT("Mon, 23 Nov 2026 20:00:05 GMT")), 0);
	clock_set_ms(-1);
}

int
main(void)
{
#define PEER_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    PEER_TEST(test_answers),
	    PEER_TEST(test_redirect_is_an_answer),
	    PEER_TEST(test_busy),
	    PEER_TEST(test_limit),
	    PEER_TEST(test_lost),
	    PEER_TEST(test_nobody_there),
	    PEER_TEST(test_certificates),
	    PEER_TEST(test_slow),
	    PEER_TEST(test_parallel),
	    PEER_TEST(test_cancel),
	    PEER_TEST(test_library_fails),
	    PEER_TEST(test_header_injection),
	    cmocka_unit_test(test_urls),
	    cmocka_unit_test(test_retry_after),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

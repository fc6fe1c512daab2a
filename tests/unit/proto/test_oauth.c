/* tests/unit/proto/test_oauth.c -- tokens by secret and by certificate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/hash.h"
#include "codec/json.h"
#include "peer.h"
#include "proto/jwt.h"
#include "proto/oauth.h"
#include "proto/x509_make.h"

#define NOW 1795467600000

/* In the child: how many tokens were given out. */
static int given;

static void
discovery(struct http_call *c)
{
	struct buf b;
	struct text host = http_call_header(c, "Host");

	buf_init(&b, 4096);
	buf_printf(&b, "{\"token_endpoint\":\"https://%.*s/t/token\"}",
	    TEXT_ARGS(host));
	http_call_reply(c, 200, buf_text(&b), 0);
	buf_clear(&b);
}

static void
answer(void *ctx, struct http_call *c)
{
	struct text target = text_of(http_call_target(c));
	struct text body = http_call_body(c);
	struct buf b;

	(void)ctx;
	if (text_is(target, "/t/v2.0/.well-known/openid-configuration")) {
		discovery(c);
		return;
	}
	if (text_is(target, "/evil/v2.0/.well-known/openid-configuration")) {
		http_call_reply(c, 200,
		    TEXT("{\"token_endpoint\":\"https://evil.test/token\"}"),
		    0);
		return;
	}
	if (!text_is(target, "/t/token")) {
		http_call_reply(c, 404, TEXT("{}"), 0);
		return;
	}
	if (memmem(body.data, body.len, "client_secret=s%26cret", 22) == NULL) {
		http_call_reply(c, 401,
		    TEXT("{\"error\":\"invalid_client\",\"error_codes\":"
			 "[7000215],\"error_description\":\"AADSTS7000215\"}"),
		    0);
		return;
	}
	buf_init(&b, 4096);
	buf_printf(&b,
	    "{\"token_type\":\"Bearer\",\"expires_in\":3599,"
	    "\"access_token\":\"tok%d\"}",
	    ++given);
	http_call_reply(c, 200, buf_text(&b), 0);
	buf_clear(&b);
}

struct fixture {
	struct peer peer;
	struct http_client *http;
	struct secret *secret;
	struct arena *a;
	struct oauth_options o;
	struct err e;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct http_client_options ho = {.timeout_ms = 20000};

	assert_non_null(f);
	peer_start(&f->peer, 9, answer);
	ho.ca_file = f->peer.ca;
	assert_int_equal(http_client_new(&ho, &f->http, NULL), 0);
	f->secret = secret_new(TEXT("s&cret"));
	f->a = arena_new(0);
	f->o = (struct oauth_options){.http = f->http,
	    .client_id = TEXT("app-1"),
	    .scope = TEXT("https://graph.test/.default"),
	    .secret = f->secret};
	f->o.authority = text_of(arena_printf(f->a, "%s/t/", f->peer.url));
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	clock_set_ms(-1);
	f->http = http_client_free(f->http);
	f->secret = secret_free(f->secret);
	f->a = arena_free(f->a);
	peer_stop(&f->peer);
	free(f);
	return 0;
}

static void
token_is(struct oauth *o, const char *want)
{
	const struct secret *t;

	assert_int_equal(oauth_token(o, &t, NULL), 0);
	assert_string_equal(secret_text(t).data, want);
}

static void
test_cache(void **state)
{
	struct fixture *f = *state;
	struct oauth *o;

	assert_int_equal(oauth_new(&f->o, &o, NULL), 0);
	clock_set_ms(NOW);
	token_is(o, "tok1");
	clock_set_ms(NOW + 3000000);
	token_is(o, "tok1");
	clock_set_ms(NOW + 3400000); /* less than five minutes left */
	token_is(o, "tok2");
	oauth_forget(o);
	token_is(o, "tok3");
	oauth_free(o);
}

static int
refused(struct fixture *f, struct oauth_options *opt)
{
	const struct secret *t;
	struct oauth *o;
	int r;

	assert_int_equal(oauth_new(opt, &o, NULL), 0);
	r = oauth_token(o, &t, &f->e);
	oauth_free(o);
	return r;
}

static void
test_refusals(void **state)
{
	struct fixture *f = *state;
	struct oauth_options o = f->o;
	struct secret *wrong = secret_new(TEXT("nope"));

	o.secret = wrong;
	assert_int_equal(refused(f, &o), ERR_AUTH);
	assert_string_equal(f->e.type, "failed-authentication");
	assert_non_null(strstr(f->e.text, "wrong client secret"));
	assert_null(strstr(f->e.text, "nope"));
	o = f->o;
	o.authority = text_of(arena_printf(f->a, "%s/none", f->peer.url));
	assert_int_equal(refused(f, &o), ERR_AUTH);
	o.authority = text_of(arena_printf(f->a, "%s/evil", f->peer.url));
	assert_int_equal(refused(f, &o), ERR_PROTOCOL);
	assert_non_null(strstr(f->e.text, "evil.test"));
	secret_free(wrong);
}

static void
test_options(void **state)
{
	struct oauth_options o = {
	    .authority = TEXT("http://a.test/t"), .client_id = TEXT("x")};
	struct oauth *out;
	struct err e;

	(void)state;
	assert_int_equal(oauth_new(&o, &out, &e), ERR_CONFIG);
	o.authority = TEXT("https://a.test/t");
	assert_int_equal(oauth_new(&o, &out, &e), ERR_CONFIG);
}

static void
test_replies(void **state)
{
	struct secret *t = NULL;
	struct err e;
	int64_t until;

	(void)state;
#define REPLY(status, text) oauth_reply(status, TEXT(text), &t, &until, &e)
	assert_int_equal(REPLY(200, "{}"), ERR_PROTOCOL);
	assert_int_equal(REPLY(200, "<html>"), ERR_PROTOCOL);
	assert_int_equal(REPLY(502, "<html>"), ERR_BUSY);
	assert_int_equal(REPLY(400, "{\"error\":\"x\"}"), ERR_AUTH);
	assert_int_equal(
	    REPLY(400, "{\"error_description\":\"AADSTS90002: no\"}"),
	    ERR_AUTH);
	assert_non_null(strstr(e.text, "unknown tenant"));
	assert_int_equal(REPLY(400, "{\"error_codes\":[90033]}"), ERR_BUSY);
	assert_int_equal(
	    REPLY(200, "{\"token_type\":\"Bearer\",\"expires_in\":0,"
		       "\"access_token\":\"x\"}"),
	    ERR_PROTOCOL);
	assert_null(t);
}

static void
claims_check(struct text claims, const char *endpoint)
{
	struct json *j;

	assert_int_equal(json_parse(claims, 65536, &j, NULL), 0);
	assert_true(text_is(json_get_text(j, "aud"), endpoint));
	assert_true(text_is(json_get_text(j, "iss"), "app-1"));
	assert_true(text_is(json_get_text(j, "sub"), "app-1"));
	assert_int_equal(json_get_text(j, "jti").len, 32);
	assert_int_equal(json_int(json_get(j, "nbf"), 0), NOW / 1000);
	assert_int_equal(json_int(json_get(j, "exp"), 0), NOW / 1000 + 600);
	j = json_free(j);
}

static void
test_assertion(void **state)
{
	struct arena *a = arena_new(0);
	struct x509_wish wish = {
	    .name = "app", .key = X509_KEY_RSA_2048, .days = 30};
	struct x509_pair pair;
	struct x509_names names;
	struct oauth_options o = {.client_id = TEXT("app-1")};
	struct jwt_key *pub;
	struct text one, two, thumb;
	struct jwt t;

	(void)state;
	assert_int_equal(x509_make(a, &wish, &pair, NULL), 0);
	o.certificate = pair.cert_pem;
	o.key = pair.key_pem;
	clock_set_ms(NOW);
	assert_int_equal(
	    oauth_assertion(a, &o, TEXT("https://a.test/token"), &one, NULL),
	    0);
	assert_int_equal(
	    oauth_assertion(a, &o, TEXT("https://a.test/token"), &two, NULL),
	    0);
	clock_set_ms(-1);
	assert_false(text_equal(one, two)); /* jti, and PSS is salted */
	assert_int_equal(jwt_parse(a, one, &t, NULL), 0);
	assert_int_equal(t.header.alg, JWT_PS256);
	assert_int_equal(jwt_key_certificate(pair.cert_pem, &pub, NULL), 0);
	assert_int_equal(jwt_verify(&t, pub, NULL), 0);
	claims_check(t.claims, "https://a.test/token");
	assert_int_equal(x509_names_read(pair.cert_pem, &names, NULL), 0);
	assert_int_equal(base64url_encode(a,
			     (struct text){(char *)names.sha256, 32}, &thumb),
	    0);
	assert_true(text_equal(t.header.x5t_s256, thumb));
	jwt_key_free(pub);
	x509_pair_clear(&pair);
	arena_free(a);
}

int
main(void)
{
#define PEER_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    PEER_TEST(test_cache),
	    PEER_TEST(test_refusals),
	    cmocka_unit_test(test_options),
	    cmocka_unit_test(test_replies),
	    cmocka_unit_test(test_assertion),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

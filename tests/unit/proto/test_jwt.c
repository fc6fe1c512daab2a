/* tests/unit/proto/test_jwt.c -- tokens and the certificates behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "codec/json.h"
#include "proto/jwt.h"
#include "proto/x509_make.h"

struct fixture {
	struct arena *a;
	struct x509_pair pair;
	struct jwt_key *key, *pub;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct x509_wish wish = {
	    .name = "app", .key = X509_KEY_RSA_2048, .days = 30};

	assert_non_null(f);
	f->a = arena_new(0);
	assert_int_equal(x509_make(f->a, &wish, &f->pair, NULL), 0);
	assert_int_equal(jwt_key_private(f->pair.key_pem, &f->key, NULL), 0);
	assert_int_equal(
	    jwt_key_certificate(f->pair.cert_pem, &f->pub, NULL), 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	jwt_key_free(f->key);
	jwt_key_free(f->pub);
	x509_pair_clear(&f->pair);
	arena_free(f->a);
	free(f);
	return 0;
}

static void
round_trip(struct fixture *f, enum jwt_alg alg)
{
	struct jwt_header h = {.alg = alg, .x5t_s256 = TEXT("thumb")};
	struct text token, bad;
	struct jwt t;
	struct err e = {0};

	assert_int_equal(
	    jwt_sign(f->a, f->key, &h, TEXT("{\"iss\":\"x\"}"), &token, &e), 0);
	assert_int_equal(jwt_parse(f->a, token, &t, &e), 0);
	assert_int_equal(t.header.alg, alg);
	assert_true(text_is(t.header.x5t_s256, "thumb"));
	assert_true(text_is(t.claims, "{\"iss\":\"x\"}"));
	assert_int_equal(jwt_verify(&t, f->pub, &e), 0);

	/* One letter of the claims changed. */
	bad = text_dup(f->a, token);
	{
		char *dot = memchr(bad.data, '.', bad.len);

		dot[3] = dot[3] == 'A' ? 'B' : 'A';
	}
	assert_int_equal(jwt_parse(f->a, bad, &t, &e), 0);
	assert_int_equal(jwt_verify(&t, f->pub, &e), ERR_AUTH);
}

static void
signs_and_checks(void **state)
{
	round_trip(*state, JWT_RS256);
	round_trip(*state, JWT_PS256);
}

static void
padding_is_not_interchangeable(void **state)
{
	struct fixture *f = *state;
	struct jwt_header h = {.alg = JWT_RS256};
	struct text token;
	struct jwt t;

	assert_int_equal(
	    jwt_sign(f->a, f->key, &h, TEXT("{}"), &token, NULL), 0);
	assert_int_equal(jwt_parse(f->a, token, &t, NULL), 0);
	t.header.alg = JWT_PS256;
	assert_int_equal(jwt_verify(&t, f->pub, NULL), ERR_AUTH);
}

static void
refuses_other_algorithms(void **state)
{
	struct fixture *f = *state;
	const char *heads[] = {
	    "{\"alg\":\"none\"}", "{\"alg\":\"HS256\"}", "{}"};
	struct text head, token;
	struct jwt t;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		assert_int_equal(
		    base64url_encode(f->a, text_of(heads[i]), &head), 0);
		token =
		    text_of(arena_printf(f->a, "%.*s.e30.", TEXT_ARGS(head)));
		assert_int_equal(
		    jwt_parse(f->a, token, &t, NULL), ERR_UNSUPPORTED);
	}
}

static void
refuses_what_is_no_token(void **state)
{
	struct fixture *f = *state;
	const char *bad[] = {"", ".", "a.b", "..", "!.e30.", "e30.!.e30"};
	struct jwt t;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(jwt_parse(f->a, text_of(bad[i]), &t, NULL) < 0);
}

static void
publishes_the_public_half(void **state)
{
	struct fixture *f = *state;
	struct text out;
	struct json *j = NULL;

	assert_int_equal(jwt_key_jwk(f->a, f->key, TEXT("k1"), &out, NULL), 0);
	assert_int_equal(json_parse(out, 65536, &j, NULL), 0);
	assert_true(text_is(json_get_text(j, "kid"), "k1"));
	assert_true(text_is(json_get_text(j, "e"), "AQAB"));
	/* 256 octets without padding */
	assert_int_equal(json_get_text(j, "n").len, 342);
	assert_false(json_has(j, "d"));
	json_free(j);
}

static void
names_a_certificate(void **state)
{
	struct fixture *f = *state;
	struct x509_names n;
	int64_t left;

	assert_int_equal(x509_names_read(f->pair.cert_pem, &n, NULL), 0);
	left = n.not_after_ms - clock_now_ms();
	assert_in_range(left, 29LL * 86400 * 1000, 30LL * 86400 * 1000);
	assert_true(n.not_before_ms < clock_now_ms());
	assert_int_equal(
	    x509_names_read(TEXT("not one"), &n, NULL), ERR_SYNTAX);
}

static void
ca_signs_a_server(void **state)
{
	struct fixture *f = *state;
	const char *hosts[] = {"localhost", "127.0.0.1", "::1"};
	struct x509_pair ca = {0}, server = {0};
	struct x509_wish w = {.name = "CA", .is_ca = true, .days = 10};

	assert_int_equal(x509_make(f->a, &w, &ca, NULL), 0);
	w = (struct x509_wish){.name = "localhost",
	    .hosts = hosts,
	    .nhosts = 3,
	    .days = 10,
	    .issuer = &ca};
	assert_int_equal(x509_make(f->a, &w, &server, NULL), 0);
	assert_false(text_equal(ca.cert_pem, server.cert_pem));
	/* An EC key signs no RS256. */
	{
		struct jwt_key *k = NULL;

		assert_int_equal(
		    jwt_key_private(server.key_pem, &k, NULL), ERR_UNSUPPORTED);
	}
	x509_pair_clear(&ca);
	x509_pair_clear(&server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signs_and_checks),
	    cmocka_unit_test(padding_is_not_interchangeable),
	    cmocka_unit_test(refuses_other_algorithms),
	    cmocka_unit_test(refuses_what_is_no_token),
	    cmocka_unit_test(publishes_the_public_half),
	    cmocka_unit_test(names_a_certificate),
	    cmocka_unit_test(ca_signs_a_server),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

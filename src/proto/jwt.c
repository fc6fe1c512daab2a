#include "proto/jwt.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "codec/json.h"

#define SIGNATURE_MAX 1024U /* RSA of 8192 bits */

struct jwt_key {
	EVP_PKEY *pkey;
};

static const char *const alg_names[] = {
    [JWT_RS256] = "RS256",
    [JWT_PS256] = "PS256",
};

static int
key_wrap(
    EVP_PKEY *pkey, const char *what, struct jwt_key **out_k, struct err *e)
{
	struct jwt_key *k;

	ERR_clear_error();
	if (pkey == NULL)
		return err_set(e, ERR_SYNTAX, "not a %s in PEM form", what);
	if (EVP_PKEY_is_a(pkey, "RSA") != 1) {
		EVP_PKEY_free(pkey);
		return err_set(e, ERR_UNSUPPORTED, "the %s is not RSA", what);
	}
	k = calloc(1, sizeof(*k));
	if (k == NULL) {
		EVP_PKEY_free(pkey);
		return err_set(e, ERR_NOMEM, "no memory for a %s", what);
	}
	k->pkey = pkey;
	*out_k = k;
	return 0;
}

int
jwt_key_private(const struct secret *pem, struct jwt_key **out_k, struct err *e)
{
	struct text t = secret_text(pem);
	BIO *bio = BIO_new_mem_buf(t.data, (int)t.len);
	EVP_PKEY *pkey = NULL;

	if (bio != NULL)
		pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return key_wrap(pkey, "private key", out_k, e);
}

int
jwt_key_certificate(struct text cert_pem, struct jwt_key **out_k, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(cert_pem.data, (int)cert_pem.len);
	X509 *cert = NULL;
	EVP_PKEY *pkey = NULL;

	if (bio != NULL)
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (cert != NULL)
		pkey = X509_get_pubkey(cert);
	X509_free(cert);
	return key_wrap(pkey, "certificate", out_k, e);
}

struct jwt_key *
jwt_key_free(struct jwt_key *k)
{
	if (k == NULL)
		return NULL;
	EVP_PKEY_free(k->pkey);
	free(k);
	return NULL;
}

static int
padding_set(EVP_PKEY_CTX *pctx, enum jwt_alg alg)
{
	if (alg == JWT_RS256)
		return EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PADDING);
	/* RFC 7518 section 3.5: the salt is as long as the hash. */
	if (EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) != 1)
		return 0;
	return EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST);
}

static int
header_format(struct arena *a, const struct jwt_header *h, struct text *out)
{
	CLEANUP(json_freep)
	struct json *j = json_new_object();
	struct buf b;
	int r;

	json_set_str(j, "typ", "JWT");
	json_set_str(j, "alg", alg_names[h->alg]);
	if (h->kid.len != 0)
		json_set_text(j, "kid", h->kid);
	if (h->x5t.len != 0)
		json_set_text(j, "x5t", h->x5t);
	if (h->x5t_s256.len != 0)
		json_set_text(j, "x5t#S256", h->x5t_s256);
	buf_init(&b, JWT_MAX_BYTES);
	r = json_write(j, false, &b);
	if (r == 0)
		r = base64url_encode(a, buf_text(&b), out);
	buf_clear(&b);
	return r;
}

static int
sign_octets(const struct jwt_key *k, enum jwt_alg alg, struct text input,
    unsigned char *sig, size_t *inout_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	int r = ERR_INTERNAL;

	if (ctx != NULL &&
	    EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL, k->pkey) == 1 &&
	    padding_set(pctx, alg) == 1 &&
	    EVP_DigestSign(ctx, sig, inout_len,
		(const unsigned char *)input.data, input.len) == 1)
		r = 0;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return r;
}

int
jwt_sign(struct arena *a, const struct jwt_key *k, const struct jwt_header *h,
    struct text claims, struct text *out_token, struct err *e)
{
	unsigned char sig[SIGNATURE_MAX];
	size_t len = sizeof(sig);
	struct text head, body, tail;
	char *token;

	if (header_format(a, h, &head) != 0 ||
	    base64url_encode(a, claims, &body) != 0)
		return err_set(e, ERR_NOMEM, "no memory for a token");
	token = arena_printf(a, "%.*s.%.*s", TEXT_ARGS(head), TEXT_ARGS(body));
	if (token == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a token");
	if (sign_octets(k, h->alg, text_of(token), sig, &len) != 0)
		return err_set(e, ERR_INTERNAL, "a token could not be signed");
	if (base64url_encode(a, (struct text){(char *)sig, len}, &tail) != 0)
		return err_set(e, ERR_NOMEM, "no memory for a token");
	token = arena_printf(a, "%s.%.*s", token, TEXT_ARGS(tail));
	if (token == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a token");
	*out_token = text_of(token);
	return 0;
}

static int
header_parse(
    struct arena *a, struct text json, struct jwt_header *h, struct err *e)
{
	CLEANUP(json_freep)
	struct json *j = NULL;
	struct text alg;
	int r = json_parse(json, JWT_MAX_BYTES, &j, e);

	if (r != 0)
		return r;
	alg = json_get_text(j, "alg");
	if (text_is(alg, alg_names[JWT_RS256]))
		h->alg = JWT_RS256;
	else if (text_is(alg, alg_names[JWT_PS256]))
		h->alg = JWT_PS256;
	else
		return err_set(e, ERR_UNSUPPORTED,
		    "token algorithm \"%.*s\" is not accepted",
		    (int)(alg.len > 32 ? 32 : alg.len), alg.data);
	h->kid = text_dup(a, json_get_text(j, "kid"));
	h->x5t = text_dup(a, json_get_text(j, "x5t"));
	h->x5t_s256 = text_dup(a, json_get_text(j, "x5t#S256"));
	return arena_failed(a) ? ERR_NOMEM : 0;
}

int
jwt_parse(struct arena *a, struct text token, struct jwt *out_t, struct err *e)
{
	const char *dot1, *dot2, *end = token.data + token.len;
	struct text head;
	struct jwt t = {0};
	int r;

	if (token.len > JWT_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "token of %zu bytes", token.len);
	dot1 = token.len == 0 ? NULL : memchr(token.data, '.', token.len);
	dot2 = dot1 == NULL ? NULL
			    : memchr(dot1 + 1, '.', (size_t)(end - dot1 - 1));
	if (dot2 == NULL)
		return err_set(e, ERR_SYNTAX, "not a token of three parts");
	t.signing_input =
	    (struct text){token.data, (size_t)(dot2 - token.data)};
	r = base64url_decode(a,
	    (struct text){token.data, (size_t)(dot1 - token.data)}, &head, e);
	if (r == 0)
		r = base64url_decode(a,
		    (struct text){dot1 + 1, (size_t)(dot2 - dot1 - 1)},
		    &t.claims, e);
	if (r == 0)
		r = base64url_decode(a,
		    (struct text){dot2 + 1, (size_t)(end - dot2 - 1)},
		    &t.signature, e);
	if (r == 0)
		r = header_parse(a, head, &t.header, e);
	if (r == 0)
		*out_t = t;
	return r;
}

int
jwt_verify(const struct jwt *t, const struct jwt_key *k, struct err *e)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	bool good =
	    ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, &pctx, EVP_sha256(), NULL, k->pkey) ==
		1 &&
	    padding_set(pctx, t->header.alg) == 1 &&
	    EVP_DigestVerify(ctx, (const unsigned char *)t->signature.data,
		t->signature.len, (const unsigned char *)t->signing_input.data,
		t->signing_input.len) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	if (!good)
		return err_set(e, ERR_AUTH, "the token's signature is wrong");
	return 0;
}

static int
number_base64url(struct arena *a, const struct jwt_key *k, const char *which,
    struct text *out)
{
	unsigned char raw[SIGNATURE_MAX];
	BIGNUM *n = NULL;
	int len = -1, r;

	if (EVP_PKEY_get_bn_param(k->pkey, which, &n) == 1 &&
	    BN_num_bytes(n) <= (int)sizeof(raw))
		len = BN_bn2bin(n, raw);
	BN_free(n);
	ERR_clear_error();
	if (len <= 0)
		return ERR_INTERNAL;
	r = base64url_encode(a, (struct text){(char *)raw, (size_t)len}, out);
	return r;
}

int
jwt_key_jwk(struct arena *a, const struct jwt_key *k, struct text kid,
    struct text *out_json, struct err *e)
{
	struct text n, x;
	char *s;

	if (number_base64url(a, k, OSSL_PKEY_PARAM_RSA_N, &n) != 0 ||
	    number_base64url(a, k, OSSL_PKEY_PARAM_RSA_E, &x) != 0)
		return err_set(e, ERR_INTERNAL, "the key has no public half");
	s = arena_printf(a,
	    "{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"kid\":\"%.*"
	    "s\","
	    "\"n\":\"%.*s\",\"e\":\"%.*s\"}",
	    TEXT_ARGS(kid), TEXT_ARGS(n), TEXT_ARGS(x));
	if (s == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a key");
	*out_json = text_of(s);
	return 0;
}

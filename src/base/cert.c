/* base/cert.c -- see cert.h. */
#include <time.h>

#include <openssl/err.h>

#include "base/cert_int.h"

#define OID_MAX 256 /* characters; longer ones are cut by nobody we know */

/* ---- Octets to a certificate ---- */

/* What stands between the BEGIN and the END line, where there are such. */
static struct text
without_armour(struct text t)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char end[] = "-----END CERTIFICATE-----";
	const char *from = memmem(t.data, t.len, begin, sizeof(begin) - 1);
	const char *to;

	if (from == NULL)
		return t;
	from += sizeof(begin) - 1;
	to =
	    memmem(from, (size_t)(t.data + t.len - from), end, sizeof(end) - 1);
	if (to == NULL)
		return t;
	return (struct text){from, (size_t)(to - from)};
}

/* The DER itself, decoded where it came as text. */
static int
der_of(struct arena *a, struct text in, struct text *out, struct err *e)
{
	if (in.len == 0)
		return err_set(e, ERR_SYNTAX, "certificate without octets");
	if (in.len > (size_t)CERT_MAX_OCTETS * 2)
		return err_set(e, ERR_LIMIT,
		    "certificate of %zu octets, more than %u", in.len,
		    CERT_MAX_OCTETS);
	*out = in;
	if ((unsigned char)in.data[0] != 0x30) {
		int r = base64_decode(a, without_armour(in), out, NULL);

		if (r < 0)
			return err_set(e, r == ERR_NOMEM ? r : ERR_SYNTAX,
			    "octets that are no certificate");
	}
	if (out->len > CERT_MAX_OCTETS)
		return err_set(e, ERR_LIMIT,
		    "certificate of %zu octets, more than %u", out->len,
		    CERT_MAX_OCTETS);
	return 0;
}

int
cert_open(struct arena *a, struct text octets, struct cert **out, struct err *e)
{
	struct cert *c;
	struct text der = {0};
	const unsigned char *p;
	int r = der_of(a, octets, &der, e);

	if (r < 0)
		return r;
	if ((c = arena_alloc(a, sizeof(*c))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a certificate");
	p = (const unsigned char *)der.data;
	c->x509 = d2i_X509(NULL, &p, (long)der.len);
	if (c->x509 != NULL && p == (const unsigned char *)der.data + der.len) {
		*out = c;
		return 0;
	}
	(void)cert_close(c);
	return err_set(e, ERR_SYNTAX, "octets that are no certificate");
}

/* What OpenSSL noted about bad octets must not be found by a TLS session. */
struct cert *
cert_close(struct cert *c)
{
	if (c != NULL) {
		X509_free(c->x509);
		c->x509 = NULL;
		ERR_clear_error();
	}
	return NULL;
}

/* ---- Pieces of text ---- */

int
cert_oid(struct arena *a, const ASN1_OBJECT *o, struct text *out)
{
	char text[OID_MAX];
	int n = OBJ_obj2txt(text, sizeof(text), o, 1);
	char *p;

	if (n <= 0 || n >= (int)sizeof(text))
		n = 0;
	if ((p = arena_strndup(a, text, (size_t)n)) == NULL)
		return ERR_NOMEM;
	*out = (struct text){p, (size_t)n};
	return 0;
}

int
cert_hex(struct arena *a, struct text octets, struct text *out)
{
	static const char digits[] = "0123456789ABCDEF";
	char *p = arena_alloc(a, octets.len * 2 + 1);

	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < octets.len; i++) {
		unsigned char c = (unsigned char)octets.data[i];

		p[2 * i] = digits[c >> 4];
		p[2 * i + 1] = digits[c & 15];
	}
	*out = (struct text){p, octets.len * 2};
	return 0;
}

/* ---- Fields ---- */

static int
digest(const struct cert *c, struct arena *a, struct text *out)
{
	unsigned char sha1[20];

	if (X509_digest(c->x509, EVP_sha1(), sha1, NULL) != 1)
		return ERR_INTERNAL;
	return cert_hex(
	    a, (struct text){(const char *)sha1, sizeof(sha1)}, out);
}

/* The octets of the INTEGER, a leading zero octet included. */
static int
serial(const struct cert *c, struct arena *a, struct text *out)
{
	unsigned char *der = NULL;
	int n = i2d_ASN1_INTEGER(X509_get0_serialNumber(c->x509), &der);
	const unsigned char *p = der;
	long len = 0;
	int tag = 0, class = 0, r = 0;

	*out = (struct text){0};
	if (n > 0 && (ASN1_get_object(&p, &len, &tag, &class, n) & 0x80) == 0)
		r = cert_hex(
		    a, (struct text){(const char *)p, (size_t)len}, out);
	OPENSSL_free(der);
	return n < 0 ? ERR_NOMEM : r;
}

static int
key_params(const X509_ALGOR *alg, struct arena *a, struct text *out)
{
	unsigned char *der = NULL;
	int n, r;

	if (alg->parameter == NULL)
		return 0;
	if ((n = i2d_ASN1_TYPE(alg->parameter, &der)) <= 0)
		return ERR_NOMEM;
	r = cert_hex(a, (struct text){(const char *)der, (size_t)n}, out);
	OPENSSL_free(der);
	return r;
}

static int
key_field(const struct cert *c, enum cert_field field, struct arena *a,
    struct text *out)
{
	X509_ALGOR *alg = NULL;
	const ASN1_OBJECT *oid = NULL;
	const void *value = NULL;
	int type = 0;

	*out = (struct text){0};
	if (X509_PUBKEY_get0_param(
		NULL, NULL, NULL, &alg, X509_get_X509_PUBKEY(c->x509)) != 1 ||
	    alg == NULL)
		return 0;
	if (field == CERT_KEY_PARAMS)
		return key_params(alg, a, out);
	X509_ALGOR_get0(&oid, &type, &value, alg);
	if (field == CERT_KEY_OID)
		return cert_oid(a, oid, out);
	return type == V_ASN1_OBJECT && value != NULL ? cert_oid(a, value, out)
						      : 0;
}

static int
signature_oid(const struct cert *c, struct arena *a, struct text *out)
{
	const X509_ALGOR *alg = NULL;
	const ASN1_OBJECT *oid = NULL;

	X509_get0_signature(NULL, &alg, c->x509);
	X509_ALGOR_get0(&oid, NULL, NULL, alg);
	return cert_oid(a, oid, out);
}

int
cert_text(const struct cert *c, enum cert_field field, struct arena *a,
    struct text *out)
{
	switch (field) {
	case CERT_SHA1:
		return digest(c, a, out);
	case CERT_SERIAL:
		return serial(c, a, out);
	case CERT_SUBJECT:
		return cert_name_format(a, X509_get_subject_name(c->x509), out);
	case CERT_ISSUER:
		return cert_name_format(a, X509_get_issuer_name(c->x509), out);
	case CERT_KEY_OID:
	case CERT_KEY_PARAMS:
	case CERT_KEY_CURVE:
		return key_field(c, field, a, out);
	case CERT_SIGNATURE_OID:
		return signature_oid(c, a, out);
	}
	return ERR_INTERNAL;
}

int
cert_version(const struct cert *c)
{
	return (int)X509_get_version(c->x509) + 1;
}

int
cert_time(const struct cert *c, bool end, int64_t *out_s)
{
	const ASN1_TIME *t =
	    end ? X509_get0_notAfter(c->x509) : X509_get0_notBefore(c->x509);
	struct tm tm = {0};

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return ERR_SYNTAX;
	*out_s = (int64_t)timegm(&tm);
	return 0;
}

int
cert_critical_oids(
    const struct cert *c, struct arena *a, struct text **out, size_t *out_count)
{
	int n = X509_get_ext_count(c->x509), r = 0;
	struct text *list = arena_array(a, (size_t)n + 1, sizeof(*list));
	size_t count = 0;

	if (list == NULL)
		return ERR_NOMEM;
	for (int i = 0; i < n && r == 0; i++) {
		X509_EXTENSION *x = X509_get_ext(c->x509, i);

		if (X509_EXTENSION_get_critical(x) > 0)
			r = cert_oid(
			    a, X509_EXTENSION_get_object(x), &list[count++]);
	}
	*out = list;
	*out_count = count;
	return r;
}

#include "proto/x509_make.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"

#define DAY_S 86400L

static int
lib_error(struct err *e, const char *what)
{
	const char *why = ERR_reason_error_string(ERR_get_error());

	ERR_clear_error();
	return err_set(e, ERR_INTERNAL, "%s: %s", what,
	    why == NULL ? "the crypto library refused" : why);
}

void
x509_pair_clear(struct x509_pair *p)
{
	p->key_pem = secret_free(p->key_pem);
	p->cert_pem = (struct text){NULL, 0};
}

static EVP_PKEY *
key_new(enum x509_key kind)
{
	switch (kind) {
	case X509_KEY_EC_P256:
		return EVP_EC_gen("P-256");
	case X509_KEY_RSA_2048:
		return EVP_RSA_gen(2048U);
	}
	return NULL;
}

static int
key_to_pem(EVP_PKEY *key, struct secret **out_pem, struct err *e)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *data = NULL;
	long len;
	struct secret *s = NULL;

	if (bio == NULL)
		bio = BIO_new(BIO_s_mem());
	if (bio != NULL && PEM_write_bio_PrivateKey(
			       bio, key, NULL, NULL, 0, NULL, NULL) == 1) {
		len = BIO_get_mem_data(bio, &data);
		s = secret_new((struct text){data, (size_t)len});
		secret_wipe(data, (size_t)len);
	}
	BIO_free(bio);
	if (s == NULL)
		return lib_error(e, "writing a private key");
	*out_pem = s;
	return 0;
}

static EVP_PKEY *
key_from_pem(const struct secret *pem)
{
	struct text t = secret_text(pem);
	BIO *bio = BIO_new_mem_buf(t.data, (int)t.len);
	EVP_PKEY *key;

	if (bio == NULL)
		return NULL;
	key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return key;
}

static X509 *
cert_from_pem(struct text pem)
{
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	X509 *cert;

	if (bio == NULL)
		return NULL;
	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return cert;
}

static int
extension_add(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	int r;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (ext == NULL)
		return -1;
	r = X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	return r == 1 ? 0 : -1;
}

static bool
is_address(const char *host)
{
	unsigned char raw[16];

	return inet_pton(AF_INET, host, raw) == 1 ||
	       inet_pton(AF_INET6, host, raw) == 1;
}

static int
hosts_add(X509 *cert, X509 *issuer, const struct x509_wish *w)
{
	struct buf b;
	int r = 0;

	if (w->nhosts == 0)
		return 0;
	buf_init(&b, 65536);
	for (size_t i = 0; i < w->nhosts; i++)
		buf_printf(&b, "%s%s:%s", i == 0 ? "" : ",",
		    is_address(w->hosts[i]) ? "IP" : "DNS", w->hosts[i]);
	r = buf_error(&b) != 0 ? -1
			       : extension_add(cert, issuer,
				     NID_subject_alt_name, buf_text(&b).data);
	buf_clear(&b);
	return r;
}

static int
extensions_add(X509 *cert, X509 *issuer, const struct x509_wish *w)
{
	const char *usage = w->is_ca ? "critical,keyCertSign,cRLSign"
			    : w->key == X509_KEY_RSA_2048
				? "critical,digitalSignature,keyEncipherment"
				: "critical,digitalSignature";
	const struct {
		int nid;
		const char *value;
	} all[] = {
	    {NID_basic_constraints,
		w->is_ca ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE"},
	    {NID_key_usage, usage},
	    {NID_subject_key_identifier, "hash"},
	    {NID_authority_key_identifier, "keyid"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (extension_add(cert, issuer, all[i].nid, all[i].value) != 0)
			return -1;
	if (w->nhosts != 0 &&
	    extension_add(cert, issuer, NID_ext_key_usage, "serverAuth") != 0)
		return -1;
	return hosts_add(cert, issuer, w);
}

static int
fields_set(X509 *cert, const struct x509_wish *w, EVP_PKEY *key)
{
	ASN1_INTEGER *serial = X509_get_serialNumber(cert);
	X509_NAME *name = X509_get_subject_name(cert);
	unsigned char raw[16];
	BIGNUM *n;
	bool ok;

	random_bytes(raw, sizeof(raw));
	raw[0] = (raw[0] & 0x7f) | 0x40; /* positive and never zero */
	n = BN_bin2bn(raw, sizeof(raw), NULL);
	ok = n != NULL && BN_to_ASN1_INTEGER(n, serial) != NULL;
	BN_free(n);
	/* A day back: clocks of peers differ. */
	return ok && X509_set_version(cert, X509_VERSION_3) == 1 &&
		       X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_S) !=
			   NULL &&
		       X509_gmtime_adj(
			   X509_getm_notAfter(cert), DAY_S * w->days) != NULL &&
		       X509_set_pubkey(cert, key) == 1 &&
		       X509_NAME_add_entry_by_NID(name, NID_organizationName,
			   MBSTRING_UTF8, (const unsigned char *)"Causeway", -1,
			   -1, 0) == 1 &&
		       X509_NAME_add_entry_by_NID(name, NID_commonName,
			   MBSTRING_UTF8, (const unsigned char *)w->name, -1,
			   -1, 0) == 1
		   ? 0
		   : -1;
}

static int
cert_sign(X509 *cert, const struct x509_wish *w, EVP_PKEY *own)
{
	X509 *issuer =
	    w->issuer == NULL ? cert : cert_from_pem(w->issuer->cert_pem);
	EVP_PKEY *key =
	    w->issuer == NULL ? own : key_from_pem(w->issuer->key_pem);
	int r = -1;

	if (issuer != NULL && key != NULL &&
	    X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1 &&
	    extensions_add(cert, issuer, w) == 0 &&
	    X509_sign(cert, key, EVP_sha256()) > 0)
		r = 0;
	if (w->issuer != NULL) {
		X509_free(issuer);
		EVP_PKEY_free(key);
	}
	return r;
}

static int
cert_to_pem(struct arena *a, X509 *cert, struct text *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	long len;

	out->data = NULL;
	if (bio != NULL && PEM_write_bio_X509(bio, cert) == 1) {
		len = BIO_get_mem_data(bio, &data);
		*out = text_dup(a, (struct text){data, (size_t)len});
	}
	BIO_free(bio);
	return out->data == NULL ? -1 : 0;
}

int
x509_make(struct arena *a, const struct x509_wish *w, struct x509_pair *out_p,
    struct err *e)
{
	EVP_PKEY *key = key_new(w->key);
	X509 *cert = X509_new();
	struct x509_pair made = {0};
	int r = 0;

	if (key == NULL || cert == NULL || fields_set(cert, w, key) != 0 ||
	    cert_sign(cert, w, key) != 0 ||
	    cert_to_pem(a, cert, &made.cert_pem) != 0)
		r = lib_error(e, w->name);
	if (r == 0)
		r = key_to_pem(key, &made.key_pem, e);
	X509_free(cert);
	EVP_PKEY_free(key);
	if (r == 0)
		*out_p = made;
	return r;
}

int
x509_make_key(enum x509_key kind, struct secret **out_key_pem, struct err *e)
{
	EVP_PKEY *key = key_new(kind);
	int r;

	if (key == NULL)
		return lib_error(e, "making a key");
	r = key_to_pem(key, out_key_pem, e);
	EVP_PKEY_free(key);
	return r;
}

static int64_t
asn1_ms(const ASN1_TIME *t)
{
	int days = 0, seconds = 0;

	/* From now, so that no calendar is computed here. */
	if (ASN1_TIME_diff(&days, &seconds, NULL, t) != 1)
		return 0;
	return clock_now_ms() + ((int64_t)days * DAY_S + seconds) * 1000;
}

int
x509_names_read(struct text cert_pem, struct x509_names *out_n, struct err *e)
{
	X509 *cert = cert_from_pem(cert_pem);
	unsigned char *der = NULL;
	struct x509_names n = {0};
	int len, r = 0;

	if (cert == NULL) {
		ERR_clear_error();
		return err_set(e, ERR_SYNTAX, "not a certificate in PEM form");
	}
	len = i2d_X509(cert, &der);
	if (len <= 0 ||
	    hash_sha1((struct text){(char *)der, (size_t)len}, n.sha1) != 0 ||
	    hash_sha256((struct text){(char *)der, (size_t)len}, n.sha256) != 0)
		r = lib_error(e, "reading a certificate");
	n.not_before_ms = asn1_ms(X509_get0_notBefore(cert));
	n.not_after_ms = asn1_ms(X509_get0_notAfter(cert));
	OPENSSL_free(der);
	X509_free(cert);
	if (r == 0)
		*out_n = n;
	return r;
}

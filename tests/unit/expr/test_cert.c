/* tests/unit/expr/test_cert.c -- the functions on certificates, with
 * certificates that the test makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "expr/expr.h"

struct state {
	struct arena *arena;
	struct names *names;
	struct attrs attrs;
	struct expr_value v;
	struct err e;
};

/* ---- Making certificates ---- */

struct part {
	const char *type;
	const char *value;
	int set; /* 0: an RDN of its own, -1: with the one before */
};

static X509_NAME *
make_name(const struct part *parts)
{
	X509_NAME *name = X509_NAME_new();

	for (; parts->type != NULL; parts++)
		assert_int_equal(
		    X509_NAME_add_entry_by_txt(name, parts->type, MBSTRING_UTF8,
			(const unsigned char *)parts->value, -1, -1,
			parts->set),
		    1);
	return name;
}

static void
add_extension(X509 *x, const char *name, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf(NULL, NULL, name, value);

	assert_non_null(ext);
	assert_int_equal(X509_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static void
set_serial(X509 *x, const char *hex)
{
	BIGNUM *n = NULL;

	assert_true(BN_hex2bn(&n, hex) > 0);
	assert_non_null(BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)));
	BN_free(n);
}

static struct text
signed_der(struct state *s, X509 *x, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	bool plain = EVP_PKEY_get_id(key) == EVP_PKEY_ED25519;
	struct text t;
	int n;

	assert_true(X509_sign(x, key, plain ? NULL : EVP_sha256()) > 0);
	n = i2d_X509(x, &der);
	assert_true(n > 0);
	t = text_dup(s->arena, (struct text){(char *)der, (size_t)n});
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
	return t;
}

static X509 *
new_cert(EVP_PKEY *key, long version, const struct part *subject,
    const struct part *issuer)
{
	X509 *x = X509_new();
	X509_NAME *a = make_name(subject), *b = make_name(issuer);

	assert_int_equal(X509_set_version(x, version - 1), 1);
	assert_int_equal(X509_set_subject_name(x, a), 1);
	assert_int_equal(X509_set_issuer_name(x, b), 1);
	assert_int_equal(X509_set_pubkey(x, key), 1);
	X509_NAME_free(a);
	X509_NAME_free(b);
	assert_int_equal(
	    ASN1_TIME_set_string(X509_getm_notBefore(x), "490101000000Z"), 1);
	assert_int_equal(
	    ASN1_TIME_set_string(X509_getm_notAfter(x), "99991231235959Z"), 1);
	return x;
}

static const struct part mill[] = {
    {"C", "NL", 0},
    {"ST", "Zeeland", 0},
    {"O", "Mill & Sons, \"Ltd\"", 0},
    {"OU", " Grinding", 0},
    {"CN", "Åsa Möller", 0},
    {"emailAddress", "asa@mill.example", -1},
    {"2.5.4.65", "asa", 0},
    {NULL, NULL, 0},
};
static const struct part authority[] = {
    {"DC", "example", 0},
    {"DC", "mill", 0},
    {"O", "Mill CA", 0},
    {NULL, NULL, 0},
};
static const struct part nobody[] = {{NULL, NULL, 0}};

static struct text
elliptic(struct state *s)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = new_cert(key, 3, mill, authority);

	set_serial(x, "9ABCDEF0");
	add_extension(x, "basicConstraints", "CA:FALSE");
	add_extension(x, "keyUsage", "critical,digitalSignature");
	add_extension(x, "extendedKeyUsage", "critical,clientAuth");
	add_extension(x, "subjectAltName",
	    "DNS:asa.mill.example,DNS:second.mill.example,"
	    "email:first@mill.example,URI:https://mill.example/asa,"
	    "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:asa@corp.mill.example");
	add_extension(x, "issuerAltName", "email:ca@mill.example");
	return signed_der(s, x, key);
}

static struct text
edwards(struct state *s)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509 *x = new_cert(key, 1, nobody, nobody);

	set_serial(x, "01");
	return signed_der(s, x, key);
}

static struct text
rivest(struct state *s)
{
	static const struct part unit[] = {
	    {"OU", "Sales", 0}, {"O", "Mill", 0}, {NULL, NULL, 0}};
	EVP_PKEY *key = EVP_RSA_gen(1024);
	X509 *x = new_cert(key, 3, unit, unit);

	set_serial(x, "-05");
	return signed_der(s, x, key);
}

/* ---- Asking ---- */

static int
setup(void **out)
{
	static struct state s;

	s = (struct state){.arena = arena_new(0), .names = names_new()};
	*out = &s;
	return s.arena == NULL || s.names == NULL;
}

static int
teardown(void **state)
{
	struct state *s = *state;

	s->arena = arena_free(s->arena);
	s->names = names_free(s->names);
	return 0;
}

static void
give(struct state *s, const char *name, struct value v)
{
	uint32_t id;

	assert_int_equal(names_intern(s->names, text_of(name), &id), 0);
	assert_int_equal(attrs_add(s->arena, &s->attrs, id, v), 0);
}

static int
ask(struct state *s, const char *source)
{
	const struct expr_scope scope = {.names = s->names};
	const struct expr_input in = {.attrs = &s->attrs};
	const struct expr *x = NULL;

	s->v = (struct expr_value){0};
	assert_int_equal(
	    expr_compile(&scope, text_of(source), s->arena, &x, NULL, &s->e),
	    0);
	return expr_run(x, &in, s->arena, &s->v, NULL, &s->e);
}

struct answer {
	const char *source;
	const char *text; /* NULL: a NULL */
};

static void
assert_answers(struct state *s, const struct answer *list)
{
	for (; list->source != NULL; list++) {
		if (ask(s, list->source) != 0)
			fail_msg("%s: %s", list->source, s->e.text);
		if (list->text == NULL) {
			assert_int_equal(s->v.type, EXPR_NULL);
			continue;
		}
		assert_int_equal(s->v.type, EXPR_STRING);
		if (!text_is(s->v.text, list->text))
			fail_msg("%s gives %.*s", list->source,
			    TEXT_ARGS(s->v.text));
	}
}

/* Proves: doubts D26 */
static void
test_elliptic(void **state)
{
	static const struct answer answers[] = {
	    {"CertVersion([c])", "3"},
	    {"CertFormat([c])", "X509"},
	    {"CertSerialNumber([c])", "009ABCDEF0"},
	    {"CertSubject([c])",
		"OID.2.5.4.65=asa, CN=Åsa Möller + E=asa@mill.example, "
		"OU=\" Grinding\", O=\"Mill & Sons, \"\"Ltd\"\"\", S=Zeeland, "
		"C=NL"},
	    {"CertIssuer([c])", "O=Mill CA, DC=mill, DC=example"},
	    {"CertIssuerDN([c])", "O=Mill CA, DC=mill, DC=example"},
	    {"CertSubjectNameOid([c])", ""},
	    {"CertIssuerOid([c])", ""},
	    {"CertKeyAlgorithm([c])", "1.2.840.10045.2.1"},
	    {"CertPublicKeyOid([c])", "1.2.840.10045.2.1"},
	    {"CertKeyAlgorithmParams([c])", "06082A8648CE3D030107"},
	    {"CertPublicKeyParametersOid([c])", "1.2.840.10045.3.1.7"},
	    {"CertSignatureAlgorithmOid([c])", "1.2.840.10045.4.3.2"},
	    {"FormatDateTime(CertNotBefore([c]),\"yyyy-MM-dd\")", "2049-01-01"},
	    {"FormatDateTime(CertNotAfter([c]),\"yyyy-MM-dd HH:mm:ss\")",
		"9999-12-31 23:59:59"},
	    {"Join(CertExtensionOids([c]),\" \")", "2.5.29.15 2.5.29.37"},
	    {"CertFriendlyName([c])", NULL},
	    {"CertNameInfo([c],\"SimpleName\",False)", "Åsa Möller"},
	    {"CertNameInfo([c],\"SimpleName\",True)", "Mill CA"},
	    {"CertNameInfo([c],\"EmailName\",False)", "first@mill.example"},
	    {"CertNameInfo([c],\"EmailName\",True)", "ca@mill.example"},
	    {"CertNameInfo([c],\"UpnName\",False)", "asa@corp.mill.example"},
	    {"CertNameInfo([c],\"UpnName\",True)", ""},
	    {"CertNameInfo([c],\"DnsName\",False)", "asa.mill.example"},
	    {"CertNameInfo([c],\"DnsFromAlternativeName\",0)",
		"asa.mill.example"},
	    {"CertNameInfo([c],\"DnsFromAlternativeName\",1)", ""},
	    {"CertNameInfo([c],\"UrlName\",False)", "https://mill.example/asa"},
	    {NULL, NULL},
	};
	struct state *s = *state;

	give(s, "c", value_binary(elliptic(s)));
	assert_answers(s, answers);
}

/* The digest of the whole, as Thumbprint() and sha1sum have it. */
static void
test_thumbprint(void **state)
{
	struct state *s = *state;
	struct text der = rivest(s);
	unsigned char digest[20];
	char hex[41];

	give(s, "c", value_binary(der));
	assert_int_equal(
	    EVP_Digest(der.data, der.len, digest, NULL, EVP_sha1(), NULL), 1);
	for (size_t i = 0; i < 20; i++)
		(void)snprintf(hex + 2 * i, 3, "%02X", digest[i]);
	assert_answers(s, (const struct answer[]){{"CertThumbprint([c])", hex},
			      {"CertHashString([c])", hex}, {NULL, NULL}});
}

static void
test_few_things_in_it(void **state)
{
	static const struct answer answers[] = {
	    {"CertVersion([c])", "1"},
	    {"CertSerialNumber([c])", "01"},
	    {"CertSubject([c])", ""},
	    {"CertSubjectNameDN([c])", ""},
	    {"CertKeyAlgorithm([c])", "1.3.101.112"},
	    {"CertKeyAlgorithmParams([c])", NULL},
	    {"CertPublicKeyParametersOid([c])", NULL},
	    {"CertNameInfo([c],\"SimpleName\",False)", ""},
	    {"CertNameInfo([c],\"EmailName\",False)", ""},
	    {"CertNameInfo([c],\"DnsName\",False)", ""},
	    {"CertKeyAlgorithmParams([r])", "0500"},
	    {"CertPublicKeyParametersOid([r])", NULL},
	    {"CertNameInfo([r],\"SimpleName\",False)", "Sales"},
	    {"CertSerialNumber([r])", "FB"},
	    {NULL, NULL},
	};
	struct state *s = *state;

	give(s, "c", value_binary(edwards(s)));
	give(s, "r", value_binary(rivest(s)));
	assert_answers(s, answers);
	assert_int_equal(ask(s, "CertExtensionOids([c])"), 0);
	assert_int_equal(s->v.type, EXPR_NULL);
}

/* Text of base64, bare and between its lines, as binary and as string. */
static void
test_as_text(void **state)
{
	struct state *s = *state;
	struct text der = edwards(s), t;
	const char *armoured;

	assert_int_equal(base64_encode(s->arena, der, &t), 0);
	armoured = arena_printf(s->arena,
	    "-----BEGIN CERTIFICATE-----\n%.*s\n-----END CERTIFICATE-----\n",
	    TEXT_ARGS(t));
	give(s, "d", value_binary(der));
	give(s, "b", value_binary(t));
	give(s, "s", value_string(t));
	give(s, "p", value_binary(text_of(armoured)));
	assert_int_equal(
	    ask(s, "CertThumbprint([d])=CertThumbprint([b]) && "
		   "CertThumbprint([d])=CertThumbprint([s]) && "
		   "CertThumbprint([d])=CertThumbprint([p]) && "
		   "IsCert([d]) && IsCert([b]) && IsCert([s]) && IsCert([p])"),
	    0);
	assert_true(s->v.type == EXPR_BOOLEAN && s->v.boolean);
}

static void
test_several(void **state)
{
	struct state *s = *state;

	give(s, "c", value_binary(edwards(s)));
	give(s, "c", value_binary(elliptic(s)));
	assert_int_equal(ask(s, "CertVersion([c])"), 0);
	assert_int_equal(s->v.type, EXPR_LIST);
	assert_true(text_is(expr_at(&s->v, 1).text, "3"));
}

static void
assert_refused(struct state *s, const char *source, const char *class)
{
	assert_int_equal(ask(s, source), ERR_RULE);
	assert_string_equal(s->e.type, class);
}

/* Every cut and every changed octet: refused or read, never more. */
static void
test_damaged(void **state)
{
	struct state *s = *state;
	struct text der = elliptic(s);
	char *p = arena_strndup(s->arena, der.data, der.len);
	struct value v = value_binary((struct text){p, der.len});
	const struct expr_scope scope = {.names = s->names};
	const struct expr_input in = {.attrs = &s->attrs};
	const struct expr *x;
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);

	give(s, "c", v);
	assert_int_equal(
	    expr_compile(&scope,
		TEXT("CertSubject([c]) & CertNameInfo([c],\"UpnName\",False) & "
		     "CertSerialNumber([c]) & CertKeyAlgorithmParams([c]) & "
		     "Join(CertExtensionOids([c]))"),
		s->arena, &x, NULL, &s->e),
	    0);
	for (size_t i = 0; i < der.len; i++) {
		int r;

		p[i] = (char)(p[i] ^ 0x55);
		r = expr_run(x, &in, a, &s->v, NULL, &s->e);
		assert_true(r == 0 || r == ERR_RULE);
		p[i] = der.data[i];
		s->attrs.items[0].values[0].text.len = i;
		assert_int_equal(
		    expr_run(x, &in, a, &s->v, NULL, &s->e), ERR_RULE);
		s->attrs.items[0].values[0].text.len = der.len;
		arena_reset(a);
	}
}

static void
test_refused(void **state)
{
	struct state *s = *state;
	struct text der = edwards(s);
	char *p = arena_alloc(s->arena, der.len + 1);
	static char huge[200000] = "0";

	memcpy(p, der.data, der.len);
	give(s, "tail", value_binary((struct text){p, der.len + 1}));
	give(s, "empty", value_binary(TEXT("")));
	give(s, "text", value_string(TEXT("no certificate")));
	give(s, "huge", value_binary((struct text){huge, sizeof(huge)}));
	give(s, "n", value_integer(5));
	give(s, "c", value_binary(der));
	assert_refused(s, "CertThumbprint([tail])", "invalid-argument");
	assert_refused(s, "CertVersion([text])", "invalid-argument");
	assert_refused(s, "CertSubject([huge])", "limit");
	assert_refused(s, "CertSubject([n])", "type-mismatch");
	assert_refused(
	    s, "CertNameInfo([c],\"NickName\",False)", "invalid-argument");
	assert_non_null(strstr(s->e.text, "CertNameInfo: argument 2:"));
	assert_int_equal(ask(s, "CertSubject([absent])"), 0);
	assert_int_equal(s->v.type, EXPR_NULL);
	assert_int_equal(
	    ask(s, "IsCert([tail]) || IsCert([text]) || IsCert([huge]) || "
		   "IsCert([n]) || IsCert([absent]) || IsCert([empty])"),
	    0);
	assert_false(s->v.boolean);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_elliptic, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_thumbprint, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_few_things_in_it, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_as_text, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_several, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* expr/fn_cert.c -- what an X.509 certificate says
 * (docs/engine/expressions.md 4.9). */
#include "base/cert.h"
#include "expr/expr_int.h"

/* Opens the first argument; what OpenSSL takes counts as output. */
static int
open_cert(struct run *r, const struct expr_value *v, struct cert **out)
{
	struct err e = {0};
	int rc;

	r->output += v->text.len;
	if (r->output > EXPR_MAX_OUTPUT)
		return run_nomem(r);
	rc = cert_open(r->arena, v->text, out, &e);
	if (rc == ERR_NOMEM)
		return run_nomem(r);
	if (rc < 0)
		return run_bad(r,
		    rc == ERR_LIMIT ? "limit" : "invalid-argument", 0, "%s",
		    e.text);
	return 0;
}

/* The end of every function here: rc of the last step, the text it gave. */
static int
text_result(struct run *r, int rc, struct text t, struct expr_value *out)
{
	if (rc == ERR_NOMEM)
		return run_nomem(r);
	if (rc < 0)
		return run_bad(
		    r, "invalid-argument", 0, "a part of it cannot be read");
	*out = t.data == NULL ? make_null() : make_string(t);
	return 0;
}

static int
field(struct run *r, const struct expr_value *args, enum cert_field which,
    struct expr_value *out)
{
	CLEANUP(cert_closep)
	struct cert *c = NULL;
	struct text t = {0};
	int rc = open_cert(r, &args[0], &c);

	if (rc < 0)
		return rc;
	rc = cert_text(c, which, r->arena, &t);
	return text_result(r, rc, t, out);
}

int
fn_is_cert(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	CLEANUP(cert_closep)
	struct cert *c = NULL;
	int rc = ERR_SYNTAX;

	(void)n;
	if (args[0].type == EXPR_BINARY || args[0].type == EXPR_STRING)
		rc = cert_open(r->arena, args[0].text, &c, NULL);
	*out = make_boolean(rc == 0);
	return rc == ERR_NOMEM ? run_nomem(r) : 0;
}

int
fn_cert_sha1(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return field(r, args, CERT_SHA1, out);
}

int
fn_cert_serial(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return field(r, args, CERT_SERIAL, out);
}

int
fn_cert_version(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	CLEANUP(cert_closep)
	struct cert *c = NULL;
	int rc = open_cert(r, &args[0], &c);
	char *p;

	(void)n;
	if (rc < 0)
		return rc;
	p = arena_printf(r->arena, "%d", cert_version(c));
	if (p == NULL)
		return run_nomem(r);
	*out = make_string(text_of(p));
	return 0;
}

int
fn_cert_format(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	CLEANUP(cert_closep)
	struct cert *c = NULL;
	int rc = open_cert(r, &args[0], &c);

	(void)n;
	*out = make_string(TEXT("X509"));
	return rc;
}

int
fn_cert_subject(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return field(r, args, CERT_SUBJECT, out);
}

int
fn_cert_issuer(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return field(r, args, CERT_ISSUER, out);
}

/* A name has no OID of its own; .NET gives the empty text. */
int
fn_cert_name_oid(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	CLEANUP(cert_closep)
	struct cert *c = NULL;
	int rc = open_cert(r, &args[0], &c);

	(void)n;
	*out = make_string(TEXT(""));
	return rc;
}

int
fn_cert_key_oid(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return field(r, args, CERT_KEY_OID, out);
}

int
fn_cert_key_params(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return field(r, args, CERT_KEY_PARAMS, out);
}

int
fn_cert_key_curve(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return field(r, args, CERT_KEY_CURVE, out);
}

int
fn_cert_signature_oid(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return field(r, args, CERT_SIGNATURE_OID, out);
}

/* ---- Times ---- */

static int
time_result(struct run *r, const struct expr_value *args, bool end,
    struct expr_value *out)
{
	CLEANUP(cert_closep)
	struct cert *c = NULL;
	int64_t s = 0;
	int rc = open_cert(r, &args[0], &c);

	if (rc < 0)
		return rc;
	if (cert_time(c, end, &s) < 0)
		return run_bad(r, "not-a-date", 0, "its time is none");
	*out = make_date((s + 11644473600LL) * 10000000LL);
	return 0;
}

int
fn_cert_not_after(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return time_result(r, args, true, out);
}

int
fn_cert_not_before(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return time_result(r, args, false, out);
}

/* ---- Extensions and names ---- */

int
fn_cert_extension_oids(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	CLEANUP(cert_closep)
	struct cert *c = NULL;
	struct text *oids = NULL;
	struct expr_value *items;
	size_t count = 0;
	int rc = open_cert(r, &args[0], &c);

	(void)n;
	if (rc < 0)
		return rc;
	if (cert_critical_oids(c, r->arena, &oids, &count) < 0 ||
	    (items = run_items(r, count + 1)) == NULL)
		return run_nomem(r);
	for (size_t i = 0; i < count; i++)
		items[i] = make_string(oids[i]);
	*out = count == 0 ? make_null() : make_list(items, (uint32_t)count);
	return 0;
}

/* A friendly name is a property of Windows' store, not of the certificate. */
int
fn_cert_friendly_name(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	CLEANUP(cert_closep)
	struct cert *c = NULL;
	int rc = open_cert(r, &args[0], &c);

	(void)n;
	*out = make_null();
	return rc;
}

static const struct {
	const char *word;
	enum cert_name type;
} name_types[] = {
    {"SimpleName", CERT_NAME_SIMPLE},
    {"EmailName", CERT_NAME_EMAIL},
    {"UpnName", CERT_NAME_UPN},
    {"DnsName", CERT_NAME_DNS},
    {"DnsFromAlternativeName", CERT_NAME_DNS_ALTERNATIVE},
    {"UrlName", CERT_NAME_URL},
};

int
fn_cert_name_info(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	CLEANUP(cert_closep)
	struct cert *c = NULL;
	struct text t = {0};
	size_t i = 0;
	bool issuer = false;
	int rc = run_truth(r, &args[2], &issuer);

	(void)n;
	while (i < sizeof(name_types) / sizeof(*name_types) &&
	       !text_is(args[1].text, name_types[i].word))
		i++;
	if (i == sizeof(name_types) / sizeof(*name_types))
		return run_bad(r, "invalid-argument", 1,
		    "\"%.*s\" is none of SimpleName, EmailName, UpnName, "
		    "DnsName, DnsFromAlternativeName and UrlName",
		    args[1].text.len > 40 ? 40 : (int)args[1].text.len,
		    args[1].text.data);
	if (rc < 0 || (rc = open_cert(r, &args[0], &c)) < 0)
		return rc;
	rc = cert_name_info(c, name_types[i].type, issuer, r->arena, &t);
	if (rc == 0 && t.data == NULL)
		t = TEXT(""); /* as .NET has it; a flow makes it NULL */
	return text_result(r, rc, t, out);
}

/* base/cert_name.c -- the names in a certificate; see cert.h. */
#include "base/buf.h"
#include "base/cert_int.h"

#define NAME_TEXT_MAX ((size_t)1 << 20)

/* ---- A whole name ---- */

/* The types that have a short word; all others are written as OID.1.2.3. */
static const struct {
	int nid;
	const char *word;
} words[] = {
    {NID_commonName, "CN"},
    {NID_organizationalUnitName, "OU"},
    {NID_organizationName, "O"},
    {NID_localityName, "L"},
    {NID_stateOrProvinceName, "S"},
    {NID_countryName, "C"},
    {NID_pkcs9_emailAddress, "E"},
    {NID_domainComponent, "DC"},
    {NID_streetAddress, "STREET"},
    {NID_title, "T"},
    {NID_givenName, "G"},
    {NID_initials, "I"},
    {NID_surname, "SN"},
    {NID_serialNumber, "SERIALNUMBER"},
};

static int
type_add(struct arena *a, const ASN1_OBJECT *type, struct buf *b)
{
	int nid = OBJ_obj2nid(type), r;
	struct text oid;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (words[i].nid == nid) {
			buf_puts(b, words[i].word);
			return 0;
		}
	if ((r = cert_oid(a, type, &oid)) < 0)
		return r;
	buf_puts(b, "OID.");
	buf_text_add(b, oid);
	return 0;
}

static bool
needs_quotes(struct text t)
{
	if (t.len == 0 || t.data[0] == ' ' || t.data[t.len - 1] == ' ')
		return true;
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] != '\0' &&
		    strchr(",+\"=<>#;\n", t.data[i]) != NULL)
			return true;
	return false;
}

static void
value_add(struct text t, struct buf *b)
{
	if (!needs_quotes(t)) {
		buf_text_add(b, t);
		return;
	}
	buf_putc(b, '"');
	for (size_t i = 0; i < t.len; i++) {
		if (t.data[i] == '"')
			buf_putc(b, '"');
		buf_putc(b, t.data[i]);
	}
	buf_putc(b, '"');
}

/* UTF-8 of any string type; its octets in hex where they are no text. */
static int
string_text(struct arena *a, const ASN1_STRING *s, struct text *out)
{
	unsigned char *p = NULL;
	int n = ASN1_STRING_to_UTF8(&p, s), r = 0;
	char *copy;

	if (n < 0)
		return cert_hex(a,
		    (struct text){(const char *)ASN1_STRING_get0_data(s),
			(size_t)ASN1_STRING_length(s)},
		    out);
	copy = arena_strndup(a, (const char *)p, (size_t)n);
	if (copy == NULL)
		r = ERR_NOMEM;
	*out = (struct text){copy, (size_t)n};
	OPENSSL_free(p);
	if (r == 0 && !text_is_utf8(*out))
		return cert_hex(a, *out, out);
	return r;
}

static int
entry_add(struct arena *a, const X509_NAME_ENTRY *entry, struct buf *b)
{
	struct text value = {0};
	int r = type_add(a, X509_NAME_ENTRY_get_object(entry), b);

	if (r == 0)
		r = string_text(a, X509_NAME_ENTRY_get_data(entry), &value);
	if (r < 0)
		return r;
	buf_putc(b, '=');
	value_add(value, b);
	return 0;
}

/* The parts of one RDN, which ends before end; returns where it begins, or an
 * error. */
static int
rdn_add(struct arena *a, const X509_NAME *name, int end, struct buf *b)
{
	int set = X509_NAME_ENTRY_set(X509_NAME_get_entry(name, end - 1));
	int start = end - 1, r = 0;

	while (start > 0 &&
	       X509_NAME_ENTRY_set(X509_NAME_get_entry(name, start - 1)) == set)
		start--;
	for (int i = start; i < end && r == 0; i++) {
		if (i > start)
			buf_puts(b, " + ");
		r = entry_add(a, X509_NAME_get_entry(name, i), b);
	}
	return r < 0 ? r : start;
}

/* The last RDN of the encoding is the most specific and comes first. */
int
cert_name_format(struct arena *a, const X509_NAME *name, struct text *out)
{
	struct buf b;
	char *p = NULL;
	int end = X509_NAME_entry_count(name), r = 0;

	buf_init(&b, NAME_TEXT_MAX);
	while (end > 0 && r == 0) {
		if (b.len > 0)
			buf_puts(&b, ", ");
		end = rdn_add(a, name, end, &b);
		r = end < 0 ? end : buf_error(&b);
	}
	if (r == 0 && (p = arena_strndup(a, buf_text(&b).data, b.len)) == NULL)
		r = ERR_NOMEM;
	*out = (struct text){p, b.len};
	buf_clear(&b);
	return r;
}

/* ---- One thing of a name ---- */

/* The last value of a type in the encoding: the most specific. */
static int
from_name(struct arena *a, const X509_NAME *name, int nid, struct text *out)
{
	for (int i = X509_NAME_entry_count(name); i > 0; i--) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i - 1);

		if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) == nid)
			return string_text(
			    a, X509_NAME_ENTRY_get_data(entry), out);
	}
	return 0;
}

/* The value of an otherName that is a user principal name. */
static const ASN1_STRING *
upn_of(const GENERAL_NAME *g)
{
	ASN1_OBJECT *oid = NULL;
	ASN1_TYPE *value = NULL;

	if (GENERAL_NAME_get0_otherName(g, &oid, &value) != 1 ||
	    OBJ_obj2nid(oid) != NID_ms_upn || value == NULL ||
	    value->type != V_ASN1_UTF8STRING)
		return NULL;
	return value->value.utf8string;
}

static const ASN1_STRING *
general_string(const GENERAL_NAME *g, int kind)
{
	int type = 0;
	const ASN1_STRING *s;

	if (kind == GEN_OTHERNAME)
		return upn_of(g);
	s = GENERAL_NAME_get0_value(g, &type);
	return type == kind ? s : NULL;
}

/* The first alternative name of a kind. */
static int
from_alternative(const struct cert *c, int kind, bool issuer, struct arena *a,
    struct text *out)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(c->x509,
	    issuer ? NID_issuer_alt_name : NID_subject_alt_name, NULL, NULL);
	const ASN1_STRING *s = NULL;
	int r = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && s == NULL; i++)
		s = general_string(sk_GENERAL_NAME_value(names, i), kind);
	if (s != NULL)
		r = string_text(a, s, out);
	GENERAL_NAMES_free(names);
	return r;
}

static int
simple_name(const struct cert *c, const X509_NAME *name, bool issuer,
    struct arena *a, struct text *out)
{
	static const int order[] = {NID_commonName, NID_organizationalUnitName,
	    NID_organizationName, NID_pkcs9_emailAddress};
	int r = 0;

	for (size_t i = 0;
	     i < sizeof(order) / sizeof(*order) && r == 0 && out->data == NULL;
	     i++)
		r = from_name(a, name, order[i], out);
	if (r == 0 && out->data == NULL)
		r = from_alternative(c, GEN_EMAIL, issuer, a, out);
	if (r == 0 && out->data == NULL && X509_NAME_entry_count(name) > 0)
		r = string_text(a,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(
			name, X509_NAME_entry_count(name) - 1)),
		    out);
	return r;
}

/* The alternative name of a kind, else the name's value of type nid. */
static int
alternative_or(const struct cert *c, int kind, int nid, bool issuer,
    struct arena *a, struct text *out)
{
	const X509_NAME *name = issuer ? X509_get_issuer_name(c->x509)
				       : X509_get_subject_name(c->x509);
	int r = from_alternative(c, kind, issuer, a, out);

	if (r == 0 && out->data == NULL)
		r = from_name(a, name, nid, out);
	return r;
}

int
cert_name_info(const struct cert *c, enum cert_name type, bool issuer,
    struct arena *a, struct text *out)
{
	*out = (struct text){0};
	switch (type) {
	case CERT_NAME_SIMPLE:
		return simple_name(c,
		    issuer ? X509_get_issuer_name(c->x509)
			   : X509_get_subject_name(c->x509),
		    issuer, a, out);
	case CERT_NAME_EMAIL:
		return alternative_or(
		    c, GEN_EMAIL, NID_pkcs9_emailAddress, issuer, a, out);
	case CERT_NAME_UPN:
		return from_alternative(c, GEN_OTHERNAME, issuer, a, out);
	case CERT_NAME_DNS:
		return alternative_or(
		    c, GEN_DNS, NID_commonName, issuer, a, out);
	case CERT_NAME_DNS_ALTERNATIVE:
		return from_alternative(c, GEN_DNS, issuer, a, out);
	case CERT_NAME_URL:
		return from_alternative(c, GEN_URI, issuer, a, out);
	}
	return ERR_INTERNAL;
}

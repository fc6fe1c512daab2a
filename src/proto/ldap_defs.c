/* proto/ldap_defs.c -- see ldap_defs.h. */
#include "proto/ldap_defs.h"

#include <ldap.h>
#include <ldap_schema.h>

/* Macros are for slapd's own configuration; where they are allowed libldap
 * (2.5) reads behind the end of "(SYNTAX)". */
#define DEFS_ALLOWED                       \
	((unsigned)LDAP_SCHEMA_ALLOW_ALL & \
	    ~(unsigned)LDAP_SCHEMA_ALLOW_OID_MACRO)

/* The parser wants a string that ends in zero, of a length that we bound. */
static int
definition_text(struct arena *a, struct text t, const char **out, struct err *e)
{
	if (t.len > LDAP_DEFINITION_MAX)
		return err_set(e, ERR_LIMIT,
		    "a schema definition of %zu bytes is too long", t.len);
	*out = arena_strndup(a, t.data, t.len);
	return *out != NULL ? 0 : ERR_NOMEM;
}

static int
definition_fail(const char *s, int code, const char *at, struct err *e)
{
	return err_set(e, ERR_SYNTAX, "schema definition, byte %zu: %s: %.80s",
	    at != NULL ? (size_t)(at - s) : 0, ldap_scherr2str(code), s);
}

static struct text
text_copy(struct arena *a, const char *s)
{
	return s != NULL ? text_dup(a, text_of(s)) : (struct text){NULL, 0};
}

static int
texts_copy(struct arena *a, char **list, struct text **out, size_t *out_count)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	*out = arena_array(a, n, sizeof(struct text));
	if (*out == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		(*out)[i] = text_copy(a, list[i]);
	*out_count = n;
	return arena_failed(a) ? ERR_NOMEM : 0;
}

int
ldap_attr_def_parse(
    struct arena *a, struct text t, struct ldap_attr_def *out, struct err *e)
{
	const char *s = NULL, *at = NULL;
	LDAPAttributeType *d;
	int code = 0, r = definition_text(a, t, &s, e);

	if (r != 0)
		return r;
	d = ldap_str2attributetype(s, &code, &at, DEFS_ALLOWED);
	if (d == NULL)
		return definition_fail(s, code, at, e);
	*out = (struct ldap_attr_def){
	    .oid = text_copy(a, d->at_oid),
	    .sup = text_copy(a, d->at_sup_oid),
	    .syntax = text_copy(a, d->at_syntax_oid),
	    .single = d->at_single_value != 0,
	    .read_only = d->at_no_user_mod != 0,
	    .operational = d->at_usage != LDAP_SCHEMA_USER_APPLICATIONS,
	};
	r = texts_copy(a, d->at_names, &out->names, &out->name_count);
	ldap_attributetype_free(d);
	return r;
}

int
ldap_class_def_parse(
    struct arena *a, struct text t, struct ldap_class_def *out, struct err *e)
{
	const char *s = NULL, *at = NULL;
	LDAPObjectClass *d;
	int code = 0, r = definition_text(a, t, &s, e);

	if (r != 0)
		return r;
	d = ldap_str2objectclass(s, &code, &at, DEFS_ALLOWED);
	if (d == NULL)
		return definition_fail(s, code, at, e);
	*out = (struct ldap_class_def){
	    .oid = text_copy(a, d->oc_oid),
	    .auxiliary = d->oc_kind == LDAP_SCHEMA_AUXILIARY,
	};
	r = texts_copy(a, d->oc_names, &out->names, &out->name_count);
	if (r == 0)
		r = texts_copy(a, d->oc_sup_oids, &out->sups, &out->sup_count);
	if (r == 0)
		r = texts_copy(
		    a, d->oc_at_oids_must, &out->musts, &out->must_count);
	ldap_objectclass_free(d);
	return r;
}

int
ldap_rule_def_parse(
    struct arena *a, struct text t, struct ldap_rule_def *out, struct err *e)
{
	const char *s = NULL, *at = NULL;
	LDAPMatchingRule *d;
	int code = 0, r = definition_text(a, t, &s, e);

	if (r != 0)
		return r;
	d = ldap_str2matchingrule(s, &code, &at, DEFS_ALLOWED);
	if (d == NULL)
		return definition_fail(s, code, at, e);
	*out = (struct ldap_rule_def){.oid = text_copy(a, d->mr_oid)};
	r = texts_copy(a, d->mr_names, &out->names, &out->name_count);
	ldap_matchingrule_free(d);
	return r;
}

/* ---- Options ---- */

static bool
range_parse(struct text t, struct ldap_option *out)
{
	int64_t high = 0;
	size_t dash = 0;
	struct text tail;

	while (dash < t.len && t.data[dash] != '-')
		dash++;
	if (dash == t.len)
		return false;
	tail = (struct text){t.data + dash + 1, t.len - dash - 1};
	out->range = true;
	out->last = text_is(tail, "*");
	if (out->last)
		return true;
	if (text_to_int64(tail, &high) != 0 || high < 0)
		return false;
	out->next = (uint64_t)high + 1;
	return true;
}

bool
ldap_option_parse(struct text full, struct ldap_option *out)
{
	static const char range[] = "range=";
	const char *first =
	    full.len != 0 ? memchr(full.data, ';', full.len) : NULL;
	size_t at = first != NULL ? (size_t)(first - full.data) : full.len;

	*out = (struct ldap_option){.name = {full.data, at}};
	while (at < full.len) {
		size_t from = ++at;
		struct text o;

		while (at < full.len && full.data[at] != ';')
			at++;
		o = (struct text){full.data + from, at - from};
		if (text_starts_nocase(o, range)) {
			o.data += sizeof(range) - 1;
			o.len -= sizeof(range) - 1;
			if (!range_parse(o, out))
				return false;
		} else if (!text_is_nocase(o, "binary")) {
			out->foreign = true;
		}
	}
	return true;
}

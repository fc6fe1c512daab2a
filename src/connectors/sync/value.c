/* connectors/sync/value.c -- what values the cloud takes; asked before they
 * are sent, since a bad one would keep the whole object out. */
#include <stdlib.h>
#include <string.h>

#include "connectors/sync/sync_int.h"

#define VALUE_SHOWN 120U /* octets of a value in a message */

/* Characters that a text of an attribute must not have. */
static const char upn_bad[] = " \\%&*+/=?{}|<>();:,[]\"";
static const char proxy_bad[] = " <>();,[]\"";
static const char alias_bad[] = " \\!#$%&*+/=?^`{}|~<>()';:,[]\"@";
static const char target_bad[] = " \\<>();,[]\"";

#define UPN_LOCAL_MAX  64U
#define UPN_DOMAIN_MAX 48U
#define CERTIFICATES   15U

static int
bad(const struct sattr *at, struct text v, const char *type, const char *why,
    struct err *e)
{
	return err_type(e, ERR_REJECTED, type, "%s \"%.*s\" %s", at->name,
	    (int)(v.len < VALUE_SHOWN ? v.len : VALUE_SHOWN), v.data, why);
}

static size_t
characters(struct text t)
{
	size_t n = 0;

	for (size_t i = 0; i < t.len; i++)
		n += ((unsigned char)t.data[i] & 0xc0) != 0x80;
	return n;
}

static bool
has_any(struct text t, const char *marks)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] != '\0' && strchr(marks, t.data[i]) != NULL)
			return true;
	return false;
}

static bool
is_ascii(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.data[i] >= 0x80)
			return false;
	return true;
}

/* ---- Addresses ---- */

/* The one "@"; NULL: none, or more. */
static const char *
at_sign(struct text t)
{
	const char *at = t.len == 0 ? NULL : memchr(t.data, '@', t.len);

	if (at != NULL &&
	    memchr(at + 1, '@', t.len - (size_t)(at + 1 - t.data)) != NULL)
		return NULL;
	return at;
}

/* Labels of letters, digits and hyphens, two at least. */
static bool
is_domain(struct text t)
{
	size_t label = 0, dots = 0;

	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		if (c == '.') {
			if (label == 0 || t.data[i - 1] == '-')
				return false;
			dots++;
			label = 0;
			continue;
		}
		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') &&
		    !(c >= 'A' && c <= 'Z') && !(c == '-' && label > 0) &&
		    c < 0x80)
			return false;
		if (++label > 63)
			return false;
	}
	return dots > 0 && label > 0 && t.data[t.len - 1] != '-';
}

static void
split(struct text t, const char *at, struct text *out_local,
    struct text *out_domain)
{
	size_t n = (size_t)(at - t.data);

	*out_local = (struct text){t.data, n};
	*out_domain = (struct text){at + 1, t.len - n - 1};
}

/* "local@domain" as mail has it. */
static bool
is_address(struct text t)
{
	const char *at = at_sign(t);
	struct text local, domain;

	if (at == NULL)
		return false;
	split(t, at, &local, &domain);
	return local.len > 0 && local.data[0] != '.' &&
	       local.data[local.len - 1] != '.' && is_domain(domain);
}

/* ---- By attribute ---- */

static int
check_upn(const struct sattr *at, struct text v, struct err *e)
{
	static const char type[] = "IdentityDataValidationFailed";
	const char *sign = at_sign(v);
	struct text local, domain;

	if (sign == NULL)
		return bad(at, v, type, "does not have exactly one @", e);
	split(v, sign, &local, &domain);
	if (has_any(v, upn_bad) || !is_ascii(v))
		return bad(
		    at, v, type, "holds a character that is not allowed", e);
	if (local.len == 0 || local.data[0] == '.' ||
	    local.data[local.len - 1] == '.')
		return bad(
		    at, v, type, "begins or ends with a dot before the @", e);
	if (local.len > UPN_LOCAL_MAX || domain.len > UPN_DOMAIN_MAX)
		return bad(at, v, type,
		    "is longer than 64 before or 48 behind the @", e);
	if (!is_domain(domain))
		return bad(at, v, type, "has no domain behind the @", e);
	return 0;
}

static int
check_proxy(const struct sattr *at, struct text v, struct err *e)
{
	static const char type[] = "DataValidationFailed";
	bool smtp = text_starts_nocase(v, "smtp:");
	struct text address = {v.data + 5, smtp ? v.len - 5 : 0};
	struct text rest = v;

	/* x500 names have blanks; what else is no address goes as it is */
	if (!smtp)
		return memchr(v.data, ':', v.len) != NULL
			   ? 0
			   : bad(at, v, type, "has no \"smtp:\" before it", e);
	if (has_any(rest, proxy_bad))
		return bad(
		    at, v, type, "holds a character that is not allowed", e);
	return is_address(address)
		   ? 0
		   : bad(at, v, type, "is no address of mail", e);
}

static int
check_alias(const struct sattr *at, struct text v, struct err *e)
{
	static const char type[] = "DataValidationFailed";

	if (has_any(v, alias_bad))
		return bad(
		    at, v, type, "holds a character that is not allowed", e);
	if (v.data[0] == '.' || v.data[v.len - 1] == '.')
		return bad(at, v, type, "begins or ends with a dot", e);
	return 0;
}

static int
check_mail(const struct sattr *at, struct text v, struct err *e)
{
	return is_address(v) && !has_any(v, " ")
		   ? 0
		   : bad(at, v, "DataValidationFailed", "is no address of mail",
			 e);
}

/* "SMTP:ada@example.com", or the address alone. */
static int
check_target(const struct sattr *at, struct text v, struct err *e)
{
	const char *colon = memchr(v.data, ':', v.len);
	bool smtp = colon == NULL || text_starts_nocase(v, "smtp:");
	struct text address = v;

	if (has_any(v, target_bad))
		return bad(at, v, "DataValidationFailed",
		    "holds a character that is not allowed", e);
	if (smtp && colon != NULL)
		address = (struct text){v.data + 5, v.len - 5};
	return !smtp || is_address(address) ? 0
					    : bad(at, v, "DataValidationFailed",
						  "is no address of mail", e);
}

static int
check_display(const struct sattr *at, struct text v, struct err *e)
{
	return v.data[0] != ' ' && v.data[v.len - 1] != ' '
		   ? 0
		   : bad(at, v, "DataValidationFailed",
			 "begins or ends with a blank", e);
}

static const struct form {
	const char *name;
	int (*check)(const struct sattr *at, struct text v, struct err *e);
} forms[] = {
    {"userPrincipalName", check_upn},
    {"proxyAddresses", check_proxy},
    {"alias", check_alias},
    {"mail", check_mail},
    {"targetAddress", check_target},
    {"displayName", check_display},
};

/* ---- One value, and all of an attribute ---- */

static int
text_check(const struct sattr *at, struct text v, struct err *e)
{
	if (at->type != VALUE_BINARY && !text_is_utf8(v))
		return err_type(e, ERR_REJECTED, "invalid-attribute-value",
		    "%s holds a value that is not UTF-8", at->name);
	if (at->most != 0 &&
	    (at->type == VALUE_BINARY ? v.len : characters(v)) > at->most)
		return err_type(e, ERR_REJECTED, "ExceededAllowedLength",
		    "%s \"%.*s...\" is longer than %u %s", at->name,
		    at->type == VALUE_BINARY ? 0 : 40, v.data, at->most,
		    at->type == VALUE_BINARY ? "octets" : "characters");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(at->name, forms[i].name) == 0 && v.len > 0)
			return forms[i].check(at, v, e);
	return 0;
}

/* Of the addresses one is the first, and it is written in capitals. */
static int
primary_check(const struct sattr *at, const struct value *values, size_t count,
    struct err *e)
{
	size_t smtp = 0, first = 0;

	for (size_t i = 0; i < count; i++) {
		struct text t = values[i].text;

		smtp += text_starts_nocase(t, "smtp:");
		first += t.len > 5 && memcmp(t.data, "SMTP:", 5) == 0;
	}
	if (smtp == 0 || first == 1)
		return 0;
	return err_type(e, ERR_REJECTED, "DataValidationFailed",
	    "%s has %zu primary addresses (\"SMTP:\") among %zu, and must "
	    "have one",
	    at->name, first, smtp);
}

static int
count_check(const struct sattr *at, size_t count, struct err *e)
{
	bool certificates = strcmp(at->name, "userCertificate") == 0 ||
			    strcmp(at->name, "userSMIMECertificate") == 0;

	if (!at->multi && count > 1)
		return err_type(e, ERR_REJECTED, "invalid-attribute-value",
		    "%s takes one value, not %zu", at->name, count);
	if (certificates && count > CERTIFICATES)
		return err_type(e, ERR_REJECTED, "LargeObject",
		    "%s has %zu values, and the cloud takes %u", at->name,
		    count, CERTIFICATES);
	return 0;
}

int
values_check(const struct sattr *at, const struct value *values, size_t count,
    struct err *e)
{
	int r = count_check(at, count, e);

	for (size_t i = 0; i < count && r == 0; i++)
		if (at->type == VALUE_STRING || at->type == VALUE_BINARY)
			r = text_check(at, values[i].text, e);
	if (r == 0 && strcmp(at->name, "proxyAddresses") == 0)
		r = primary_check(at, values, count, e);
	return r;
}

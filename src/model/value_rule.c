/* model/value_rule.c -- see value_rule.h. */
#include "model/value_rule.h"

#include <string.h>

#define NOT_IN_MAIL      " <>();,[]\"\\:"
#define NOT_IN_GROUPNICK "@()\\[]\";:.<>, "

/* What it breaks, or NULL. */
typedef const char *form_fn(struct text t);

struct rule {
	const char *name;
	size_t max;
	form_fn *form;
	bool group; /* of groups alone; false: of all where no such row is */
};

/* ---- Forms ---- */

static const char not_allowed[] = "holds a character that is not allowed";
static const char no_address[] = "is no mail address";

static bool
has_any(struct text t, const char *bad)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] == '\0' || strchr(bad, t.data[i]) != NULL)
			return true;
	return false;
}

static bool
is_ascii(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.data[i] < 0x20 ||
		    (unsigned char)t.data[i] > 0x7e)
			return false;
	return true;
}

static bool
split(struct text t, struct text *local, struct text *domain)
{
	const char *at = memchr(t.data, '@', t.len);
	size_t n = at != NULL ? (size_t)(at - t.data) : t.len;

	*local = (struct text){t.data, n};
	*domain = (struct text){t.data + n, t.len - n};
	if (at != NULL) {
		domain->data++;
		domain->len--;
	}
	return n != 0 && domain->len != 0 &&
	       memchr(domain->data, '@', domain->len) == NULL;
}

static const char *
upn(struct text t)
{
	struct text local, domain;

	if (!split(t, &local, &domain))
		return "is not NAME@DOMAIN with one @";
	if (local.len > VALUE_UPN_LOCAL)
		return "has more than 64 characters before the @";
	if (domain.len > VALUE_UPN_DOMAIN)
		return "has more than 48 characters behind the @";
	if (local.data[0] == '.' || local.data[local.len - 1] == '.')
		return "begins or ends with a dot before the @";
	return is_ascii(t) && !has_any(t, VALUE_NOT_IN_UPN) ? NULL
							    : not_allowed;
}

static const char *
mail(struct text t)
{
	struct text local, domain;

	if (!is_ascii(t) || has_any(t, NOT_IN_MAIL))
		return not_allowed;
	return split(t, &local, &domain) &&
		       memchr(domain.data, '.', domain.len) != NULL
		   ? NULL
		   : no_address;
}

static struct text
behind(struct text t, const char *prefix)
{
	size_t n = strlen(prefix);

	if (!text_starts_nocase(t, prefix))
		return t;
	return (struct text){t.data + n, t.len - n};
}

/* Those of other kinds (X500 above all) have blanks and brackets. */
static const char *
proxy(struct text t)
{
	if (!text_starts_nocase(t, "smtp:"))
		return memchr(t.data, ':', t.len) != NULL
			   ? NULL
			   : "has no prefix such as smtp:";
	t = behind(t, "smtp:");
	return has_any(t, VALUE_NOT_IN_PROXY) ? not_allowed : mail(t);
}

static const char *
target(struct text t)
{
	t = behind(t, "smtp:");
	return has_any(t, VALUE_NOT_IN_TARGET) ? not_allowed : mail(t);
}

static const char *
nickname(struct text t)
{
	if (t.data[0] == '.' || t.data[t.len - 1] == '.')
		return "begins or ends with a dot";
	return is_ascii(t) && !has_any(t, VALUE_NOT_IN_NICK) ? NULL
							     : not_allowed;
}

static const char *
group_nickname(struct text t)
{
	return is_ascii(t) && !has_any(t, NOT_IN_GROUPNICK) ? NULL
							    : not_allowed;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *
country(struct text t)
{
	return t.len == 2 && is_letter(t.data[0]) && is_letter(t.data[1])
		   ? NULL
		   : "is no code of a country with two letters";
}

/* ---- The table ---- */

static const struct rule rules[] = {
    {"mailNickname", VALUE_NICK_MAX, group_nickname, true},
    {"userPrincipalName", VALUE_UPN_MAX, upn, false},
    {"proxyAddresses", VALUE_ADDRESS_MAX, proxy, false},
    {"mailNickname", VALUE_NICK_MAX, nickname, false},
    {"mail", VALUE_ADDRESS_MAX, mail, false},
    {"otherMails", VALUE_ADDRESS_MAX, mail, false},
    {"targetAddress", VALUE_ADDRESS_MAX, target, false},
    {"usageLocation", 2, country, false},
    {"displayName", 256, NULL, false},
    {"givenName", 64, NULL, false},
    {"surname", 64, NULL, false},
    {"department", 64, NULL, false},
    {"companyName", 64, NULL, false},
    {"jobTitle", 128, NULL, false},
    {"officeLocation", 128, NULL, false},
    {"city", 128, NULL, false},
    {"state", 128, NULL, false},
    {"country", 128, NULL, false},
    {"streetAddress", 1024, NULL, false},
    {"postalCode", 40, NULL, false},
    {"employeeId", 16, NULL, false},
    {"mobilePhone", 64, NULL, false},
    {"businessPhones", 64, NULL, false},
    {"faxNumber", 64, NULL, false},
    {"description", 1024, NULL, true},
};

static const struct rule *
rule_of(struct text type, struct text attribute)
{
	bool group = text_is_nocase(type, "group");

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (text_is_nocase(attribute, rules[i].name) &&
		    (group || !rules[i].group))
			return &rules[i];
	return NULL;
}

/* UTF-16 units, as the service counts. */
static size_t
units(struct text t)
{
	size_t n = 0, pos = 0;

	while (pos < t.len)
		n += utf8_next(t, &pos) > 0xffff ? 2 : 1;
	return n;
}

bool
value_rule_broken(struct text type, struct text attribute,
    const struct value *v, struct value_fault *out)
{
	const struct rule *r = rule_of(type, attribute);

	*out = (struct value_fault){.type = "DataValidationFailed"};
	if (r == NULL || v->type != VALUE_STRING || v->text.len == 0)
		return false;
	if (!text_is_utf8(v->text)) {
		out->text = "is not UTF-8";
		return true;
	}
	if (r->form != NULL)
		out->text = r->form(v->text);
	if (r->form == upn)
		out->type = "IdentityDataValidationFailed";
	if (out->text == NULL && units(v->text) > r->max) {
		out->type = "ExceededAllowedLength";
		out->text = "is longer than allowed";
		out->max = r->max;
	}
	return out->text != NULL;
}

#include "tenant/value.h"

#include "base/clock.h"

/* spec of userPrincipalName: 64 + 1 + 48 */
#define UPN_LOCAL_MAX    64U
#define UPN_DOMAIN_MAX   48U
#define PASSWORD_MIN     8U
#define SECURITY_IDS_MAX 100U
#define SECURITY_KEY_MAX 8192U

int
value_refuse(struct gcall *c, const struct entity_info *info, const char *name)
{
	const struct refusal r = {
	    400, "Request_BadRequest", "InvalidValue", name};

	return gcall_refuse(c, &r,
	    "Invalid value specified for property '%s' of resource '%s'.", name,
	    info->name);
}

size_t
value_characters(struct text t)
{
	size_t n = 0;

	for (size_t i = 0; i < t.len; i++)
		n += ((unsigned char)t.data[i] & 0xc0) != 0x80;
	return n;
}

bool
value_has_any(struct text t, const char *set)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] == '\0' || strchr(set, t.data[i]) != NULL)
			return true;
	return false;
}

bool
value_is_ascii(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.data[i] >= 0x80)
			return false;
	return true;
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
value_split_address(
    struct text t, struct text *out_local, struct text *out_domain)
{
	const char *at = t.len == 0 ? NULL : memchr(t.data, '@', t.len);
	size_t n;

	if (at == NULL)
		return false;
	n = (size_t)(at - t.data);
	*out_local = (struct text){t.data, n};
	*out_domain = (struct text){at + 1, t.len - n - 1};
	return n != 0 && out_domain->len != 0 &&
	       memchr(at + 1, '@', out_domain->len) == NULL;
}

bool
value_is_upn(struct text t)
{
	struct text local, domain;

	if (!value_split_address(t, &local, &domain) ||
	    local.len > UPN_LOCAL_MAX || domain.len > UPN_DOMAIN_MAX)
		return false;
	if (local.data[0] == '.' || local.data[local.len - 1] == '.')
		return false;
	for (size_t i = 0; i < local.len; i++)
		if (!is_alpha(local.data[i]) && !is_digit(local.data[i]) &&
		    strchr("'.-_!#^~", local.data[i]) == NULL)
			return false;
	return true;
}

bool
value_is_mail(struct text t)
{
	struct text local, domain;

	return value_is_ascii(t) && value_split_address(t, &local, &domain) &&
	       !value_has_any(t, " <>();,[]\"\\:") &&
	       memchr(domain.data, '.', domain.len) != NULL;
}

/* ISO 639 with an optional ISO 3166: "de", "en-US". */
static bool
language_ok(struct text t)
{
	if (t.len < 2 || !is_alpha(t.data[0]) || !is_alpha(t.data[1]))
		return false;
	for (size_t i = 2; i < t.len; i++)
		if (!is_alpha(t.data[i]) && !is_digit(t.data[i]) &&
		    t.data[i] != '-')
			return false;
	return true;
}

/* Three of four kinds of characters. */
static bool
password_ok(struct text t)
{
	unsigned kinds = 0;

	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];

		kinds |= c >= 'a' && c <= 'z'   ? 1U
			 : c >= 'A' && c <= 'Z' ? 2U
			 : is_digit(c)          ? 4U
						: 8U;
	}
	return t.len >= PASSWORD_MIN && __builtin_popcount(kinds) >= 3;
}

static bool
format_ok(enum prop_format f, struct text t)
{
	switch (f) {
	case FMT_ANY:
		return true;
	case FMT_UPN:
		return value_is_upn(t);
	case FMT_NICKNAME:
		return value_is_ascii(t) && t.data[0] != '.' &&
		       t.data[t.len - 1] != '.' &&
		       !value_has_any(t, " \\!#$%&*+/=?^`{}|~<>()';:,[]\"@");
	case FMT_GROUP_NICKNAME:
		return value_is_ascii(t) &&
		       !value_has_any(t, "@()\\[]\";:.<>, ");
	case FMT_MAIL:
		return value_is_mail(t);
	case FMT_COUNTRY:
		return t.len == 2 && is_alpha(t.data[0]) && is_alpha(t.data[1]);
	case FMT_ANCHOR:
		return !value_has_any(t, "$_");
	case FMT_LANGUAGE:
		return language_ok(t);
	case FMT_PASSWORD:
		return password_ok(t);
	case FMT_GROUP_TYPE:
		return text_is_nocase(t, "Unified") ||
		       text_is_nocase(t, "DynamicMembership");
	}
	return false;
}

static bool
string_ok(const struct prop *p, const struct json *v)
{
	struct text t = json_text(v);

	return json_type(v) == JSON_STRING && t.len != 0 &&
	       value_characters(t) <= p->max && format_ok(p->format, t);
}

static bool
date_ok(const struct json *v)
{
	int64_t ms;

	return json_type(v) == JSON_STRING &&
	       clock_parse(json_text(v), &ms) == 0;
}

static bool
strings_ok(const struct prop *p, const struct json *v)
{
	if (json_type(v) != JSON_LIST || json_count(v) > p->max_items)
		return false;
	for (size_t i = 0; i < json_count(v); i++)
		if (!string_ok(p, json_at(v, i)))
			return false;
	return true;
}

static int
null_check(
    struct gcall *c, const struct entity_info *info, const struct prop *p)
{
	const struct refusal r = {
	    400, "Request_BadRequest", "InvalidValue", p->name};

	if ((p->flags & P_NONNULL) == 0 && p->type != PROP_STRINGS &&
	    p->type != PROP_OBJECTS)
		return 0;
	return gcall_refuse(c, &r,
	    "Property '%s' of resource '%s' cannot be set to null.", p->name,
	    info->name);
}

struct sub_visit {
	struct gcall *c;
	const struct entity_info *info;
	const struct prop *p;
};

static int
sub_check(void *ctx, struct text key, struct json *value)
{
	struct sub_visit *v = ctx;
	const struct prop *sub = prop_sub(v->p, key);
	const struct refusal r = {400, "BadRequest", NULL, NULL};

	if (key.len > 0 && key.data[0] == '@')
		return 0;
	if (sub == NULL)
		return gcall_refuse(v->c, &r,
		    "The property '%.*s' does not exist on type of '%s'.",
		    (int)(key.len > 128 ? 128 : key.len), key.data, v->p->name);
	if (sub->format == FMT_PASSWORD && json_type(value) == JSON_STRING &&
	    !string_ok(sub, value))
		return gcall_bad(v->c,
		    "The specified password does not comply with password "
		    "complexity requirements. Please provide a different "
		    "password.");
	return json_type(value) == JSON_NULL ||
		       (sub->type == PROP_BOOLEAN
			       ? json_type(value) == JSON_BOOLEAN
			       : string_ok(sub, value))
		   ? 0
		   : value_refuse(v->c, v->info, sub->name);
}

/* [{"type": 2, "identityProvider": null, "key": base64}]: how a device proves
 * who it is. */
static bool
security_ids_ok(const struct json *v)
{
	bool ok =
	    json_type(v) == JSON_LIST && json_count(v) <= SECURITY_IDS_MAX;

	for (size_t i = 0; ok && i < json_count(v); i++) {
		const struct json *one = json_at(v, i);
		struct text key = json_get_text(one, "key");

		ok = json_type(one) == JSON_OBJECT &&
		     json_type(json_get(one, "type")) == JSON_INTEGER &&
		     key.len > 0 && key.len <= SECURITY_KEY_MAX;
	}
	return ok;
}

int
value_check(struct gcall *c, const struct entity_info *info,
    const struct prop *p, const struct json *v)
{
	struct sub_visit visit = {c, info, p};
	bool ok = false;

	if (json_type(v) == JSON_NULL)
		return null_check(c, info, p);
	switch (p->type) {
	case PROP_STRING:
		ok = string_ok(p, v);
		break;
	case PROP_BOOLEAN:
		ok = json_type(v) == JSON_BOOLEAN;
		break;
	case PROP_DATE:
		ok = date_ok(v);
		break;
	case PROP_STRINGS:
		ok = strings_ok(p, v);
		break;
	case PROP_OBJECTS:
		ok = (p->flags & P_WRITE) != 0
			 ? security_ids_ok(v)
			 : json_type(v) == JSON_LIST && c->service;
		break;
	case PROP_OBJECT:
		if (json_type(v) == JSON_OBJECT)
			return json_each(v, sub_check, &visit);
		break;
	}
	return ok ? 0 : value_refuse(c, info, p->name);
}

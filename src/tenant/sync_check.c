/* tenant/sync_check.c -- values that the service takes; see sync_check.h. */
#include "tenant/sync_check.h"

#include "tenant/emit.h"
#include "tenant/value.h"

#define ANCHOR_WEIGHT  60U /* and a sign that is no letter or digit is 3 */
#define ANCHOR_BAD     "\\!#$%&*+/=?^`{}|~<>()';:,[]\"@_"
#define UPN_BAD        " \\%&*+/=?{}|<>();:,[]\""
#define PROXY_BAD      " <>();,[]\""
#define TARGET_BAD     " \\<>();,[]\""
#define NICKNAME_BAD   " \\!#$%&*+/=?^`{}|~<>()';:,[]\"@"
#define SAM_BAD        "[]\\\"|,/:<>+=;?*"
#define UPN_LOCAL_MAX  64U
#define UPN_DOMAIN_MAX 48U
#define SAM_MAX        20U
#define TEXT_MAX       4096U
#define OCTETS_MAX     (256U << 10)

struct checking {
	struct sync_call *c;
	const struct sync_rule *rule;
	struct text name; /* as it was sent */
	struct sync_item_result *out;
};

static int
bad_value(struct checking *k, struct text value)
{
	return sync_refuse(k->c, k->out,
	    k->rule->check == CHECK_UPN ? "IdentityDataValidationFailed"
					: "DataValidationFailed",
	    "The value \"%.*s\" of the attribute %.*s is not valid.",
	    (int)(value.len > 300 ? 300 : value.len), value.data,
	    TEXT_ARGS(k->name));
}

static int
too_long(struct checking *k, size_t have, size_t max, const char *unit)
{
	return sync_refuse(k->c, k->out, "ExceededAllowedLength",
	    "The attribute %.*s has %zu %s; at most %zu are allowed.",
	    TEXT_ARGS(k->name), have, unit, max);
}

/* ---- Single values (section 10) ---- */

static bool
is_upn(struct text t)
{
	struct text local, domain;

	return value_is_ascii(t) && !value_has_any(t, UPN_BAD) &&
	       value_split_address(t, &local, &domain) &&
	       local.len <= UPN_LOCAL_MAX && domain.len <= UPN_DOMAIN_MAX &&
	       local.data[0] != '.' && local.data[local.len - 1] != '.' &&
	       memchr(domain.data, '.', domain.len) != NULL;
}

static struct text
behind_prefix(struct text t, const char *prefix)
{
	size_t n = strlen(prefix);

	return text_starts_nocase(t, prefix)
		   ? (struct text){t.data + n, t.len - n}
		   : t;
}

/* Addresses of other kinds (X500 names above all) have blanks and brackets. */
static bool
is_proxy(struct text t)
{
	if (text_starts_nocase(t, "smtp:"))
		return !value_has_any(t, PROXY_BAD) &&
		       value_is_mail(behind_prefix(t, "smtp:"));
	if (text_starts_nocase(t, "sip:"))
		return !value_has_any(t, PROXY_BAD);
	return memchr(t.data, ':', t.len) != NULL;
}

static bool
is_nickname(struct text t)
{
	return value_is_ascii(t) && !value_has_any(t, NICKNAME_BAD) &&
	       t.data[0] != '.' && t.data[t.len - 1] != '.';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
value_fits(enum sync_check check, struct text t)
{
	switch (check) {
	case CHECK_ANY:
		return true;
	case CHECK_UPN:
		return is_upn(t);
	case CHECK_PROXIES:
		return is_proxy(t);
	case CHECK_MAIL:
		return value_is_mail(t);
	case CHECK_NICKNAME:
		return is_nickname(t);
	case CHECK_TARGET:
		t = behind_prefix(t, "smtp:");
		return !value_has_any(t, TARGET_BAD) && value_is_mail(t);
	case CHECK_TRIMMED:
		return t.data[0] != ' ' && t.data[t.len - 1] != ' ';
	case CHECK_COUNTRY:
		return t.len == 2 && is_letter(t.data[0]) &&
		       is_letter(t.data[1]);
	case CHECK_USER_TYPE:
		return text_is_nocase(t, "Member") ||
		       text_is_nocase(t, "Guest");
	}
	return false;
}

static int
text_check(struct checking *k, struct text t)
{
	size_t n = value_characters(t);
	size_t max = k->rule->max == 0 ? TEXT_MAX : k->rule->max;

	if (n > max)
		return too_long(k, n, max, "characters");
	return t.len == 0 || value_fits(k->rule->check, t) ? 0
							   : bad_value(k, t);
}

static int
octets_check(struct checking *k, struct text base64)
{
	struct text raw;
	size_t max = k->rule->max == 0 ? OCTETS_MAX : k->rule->max;

	if (base64_decode(k->c->a, base64, &raw, NULL) != 0)
		return bad_value(k, base64);
	return raw.len > max ? too_long(k, raw.len, max, "octets") : 0;
}

static int
list_check(struct checking *k, const struct sync_attr *v)
{
	unsigned primary = 0;
	int r = 0;

	if (k->rule->items != 0 && v->n > k->rule->items)
		return too_long(k, v->n, k->rule->items, "values");
	for (size_t i = 0; r == 0 && k->out->error == NULL && i < v->n; i++) {
		primary += v->list[i].len > 5 &&
			   memcmp(v->list[i].data, "SMTP:", 5) == 0;
		r = v->type == SYNC_BINARIES ? octets_check(k, v->list[i])
					     : text_check(k, v->list[i]);
	}
	if (r == 0 && k->out->error == NULL &&
	    k->rule->check == CHECK_PROXIES && primary > 1)
		return sync_refuse(k->c, k->out, "DataValidationFailed",
		    "The attribute %.*s has %u primary addresses; it can have "
		    "one.",
		    TEXT_ARGS(k->name), primary);
	return r;
}

/* ---- Types ---- */

/* One value for a list, and text for what was written without its type. */
static enum sync_type
type_wanted(enum sync_form form, enum sync_type sent)
{
	switch (form) {
	case SYNC_IS_TEXT:
	case SYNC_IS_REF:
		return SYNC_STRING;
	case SYNC_IS_TEXTS:
		return SYNC_STRINGS;
	case SYNC_IS_FLAG:
		return SYNC_BOOLEAN;
	case SYNC_IS_NUMBER:
		return SYNC_LONG;
	case SYNC_IS_OCTETS:
		return SYNC_BINARY;
	case SYNC_IS_OCTETS_LIST:
		return SYNC_BINARIES;
	case SYNC_IS_REFS:
		return sent == SYNC_CHANGES ? SYNC_CHANGES : SYNC_STRINGS;
	case SYNC_IS_EXTENSION:
		break;
	}
	return sent;
}

static bool
is_list(enum sync_type t)
{
	return t == SYNC_STRINGS || t == SYNC_BINARIES;
}

static bool
is_flag(struct text t)
{
	return text_is_nocase(t, "true") || text_is_nocase(t, "false") ||
	       text_is(t, "1") || text_is(t, "0");
}

static int
wrong_type(struct checking *k)
{
	return sync_refuse(k->c, k->out, "InvalidAttribute",
	    "The value of the attribute %.*s is not of its type.",
	    TEXT_ARGS(k->name));
}

static int
convert(struct checking *k, const struct sync_attr *in, struct sync_attr *v)
{
	enum sync_type want = type_wanted(k->rule->form, in->type);
	struct text *one;
	int64_t n;

	*v = *in;
	v->type = want;
	if (is_list(want) && !is_list(in->type)) {
		if (in->type == SYNC_CHANGES)
			return wrong_type(k);
		one = arena_alloc(k->c->a, sizeof(*one));
		if (one == NULL)
			return ERR_NOMEM;
		*one = in->text;
		v->list = one;
		v->n = 1;
	} else if (!is_list(want) &&
		   (is_list(in->type) ||
		       (in->type == SYNC_CHANGES && want != SYNC_CHANGES))) {
		return wrong_type(k);
	}
	if ((want == SYNC_BOOLEAN && !is_flag(in->text)) ||
	    (want == SYNC_LONG && text_to_int64(in->text, &n) != 0))
		return wrong_type(k);
	return 0;
}

static bool
is_own(struct text name)
{
	return text_starts_nocase(name, "cloud") &&
	       !text_is_nocase(name, "cloudAnchor") &&
	       !text_is_nocase(name, "cloudMastered");
}

/* An empty text or list is no value: clients send one for what is not there. */
static bool
is_nothing(const struct sync_attr *in)
{
	switch (in->type) {
	case SYNC_NIL:
		return true;
	case SYNC_STRING:
	case SYNC_LONG:
	case SYNC_BOOLEAN:
	case SYNC_BINARY:
		return in->text.len == 0;
	case SYNC_STRINGS:
	case SYNC_BINARIES:
		return in->n == 0;
	case SYNC_CHANGES:
		break;
	}
	return false;
}

int
sync_check_attr(struct sync_call *c, enum entity kind,
    const struct sync_attr *in, struct sync_attr *out_v,
    struct sync_item_result *out)
{
	struct checking k = {c, sync_rule_of(in->name), in->name, out};
	int r;

	if (k.rule == NULL || (k.rule->kinds & 1U << kind) == 0 ||
	    (is_own(in->name) && !c->own_values))
		return sync_refuse(c, out, "InvalidAttribute",
		    "Objects of the type %s have no attribute %.*s that can "
		    "be synchronized.",
		    sync_kind_name(kind),
		    (int)(in->name.len > 128 ? 128 : in->name.len),
		    in->name.data);
	if (is_nothing(in)) {
		*out_v = *in;
		out_v->type = SYNC_NIL;
		return 0;
	}
	r = convert(&k, in, out_v);
	if (r != 0 || out->error != NULL || out_v->type == SYNC_CHANGES)
		return r;
	if (is_list(out_v->type))
		return list_check(&k, out_v);
	if (out_v->type == SYNC_BINARY)
		return octets_check(&k, out_v->text);
	return text_check(&k, out_v->text);
}

/* ---- The whole object ---- */

struct counting {
	struct sync_call *c;
	int64_t weight;
	size_t extensions;
};

static int
count_value(void *ctx, struct text key, struct json *value)
{
	struct counting *n = ctx;
	const struct sync_rule *rule = sync_rule_of(key);
	const struct json *octets = json_get(value, "b");

	n->extensions += text_starts_nocase(key, "extension_");
	if (rule == NULL || rule->form == SYNC_IS_REFS)
		return 0;
	n->weight += (int64_t)json_count(octets == NULL ? value : octets);
	return 0;
}

static int
sam_check(
    struct sync_call *c, const struct syncobj *s, struct sync_item_result *out)
{
	struct text sam =
	    json_text(syncobj_get(s->doc, "onPremisesSamAccountName"));

	if (s->kind != ENTITY_USER ||
	    syncobj_get(s->doc, "userPrincipalName") != NULL)
		return 0;
	if (value_characters(sam) > SAM_MAX || value_has_any(sam, SAM_BAD))
		return sync_refuse(c, out, "DataValidationFailed",
		    "The value \"%.*s\" of the attribute "
		    "onPremisesSamAccountName is not valid for a user without "
		    "a userPrincipalName.",
		    (int)(sam.len > 300 ? 300 : sam.len), sam.data);
	return 0;
}

/* What an object of its kind cannot be without (T11.1, T12); NULL: has all. */
static const char *
lacks(enum entity kind, const struct json *doc)
{
	const struct json *flag = syncobj_get(doc, "securityEnabled");
	bool mail = syncobj_get(doc, "mail") != NULL ||
		    json_count(syncobj_get(doc, "proxyAddresses")) != 0;

	if (kind == ENTITY_GROUP && syncobj_get(doc, "displayName") == NULL)
		return "A group needs a value of the attribute displayName.";
	if (kind == ENTITY_GROUP && !mail && !json_bool(flag, true))
		return "A distribution group needs a value of the attribute "
		       "mail or proxyAddresses.";
	if (kind == ENTITY_DEVICE &&
	    (syncobj_get(doc, "deviceId") == NULL ||
		json_count(
		    json_get(syncobj_get(doc, "userCertificate"), "b")) == 0))
		return "A device needs values of the attributes deviceId and "
		       "userCertificate.";
	return NULL;
}

/* A new one must have it, one that had it keeps it. */
static int
needed_check(struct sync_call *c, const struct syncobj *s,
    const struct sync_before *b, struct sync_item_result *out)
{
	const char *why = lacks(s->kind, s->doc);

	if (why == NULL ||
	    (!b->is_new && (b->old == NULL || lacks(s->kind, b->old) != NULL)))
		return 0;
	return sync_refuse(c, out, "DataValidationFailed", "%s", why);
}

static int
members_check(
    struct sync_call *c, const struct syncobj *s, struct sync_item_result *out)
{
	size_t n = json_count(syncobj_get(s->doc, "member"));
	int64_t max = c->version2 ? c->settings.limits.members_2
				  : c->settings.limits.members;

	if ((int64_t)n <= max)
		return 0;
	return sync_refuse(c, out, "ExceededAllowedLength",
	    "The group has %zu members; this operation takes at most %lld.", n,
	    (long long)max);
}

int
sync_check_whole(struct sync_call *c, const struct syncobj *s,
    const struct sync_before *b, struct sync_item_result *out)
{
	struct counting n = {c, SYNC_WEIGHT_BARE, 0};
	int r;

	(void)json_each(s->doc, count_value, &n);
	if (n.extensions > EXTENSIONS_MAX)
		return sync_refuse(c, out, "ExceededAllowedLength",
		    "The object has %zu directory extensions; at most %u are "
		    "allowed.",
		    n.extensions, EXTENSIONS_MAX);
	if (n.weight > c->settings.limits.weight)
		return sync_refuse(c, out, "LargeObject",
		    "The object is larger than is allowed: it has the weight "
		    "%lld of at most %lld. Remove values of the attributes "
		    "that have many, proxyAddresses and certificates above "
		    "all.",
		    (long long)n.weight, (long long)c->settings.limits.weight);
	r = members_check(c, s, out);
	if (r == 0 && out->error == NULL)
		r = sam_check(c, s, out);
	if (r == 0 && out->error == NULL)
		r = needed_check(c, s, b, out);
	return r;
}

/* ---- Source anchors ---- */

static bool
is_alnum(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

/* As clients make it of octets: whole groups of four. */
static bool
is_base64(struct text t)
{
	size_t n = t.len;

	if (t.len % 4 != 0)
		return false;
	while (n > 0 && t.len - n < 2 && t.data[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++)
		if (!is_alnum(t.data[i]) && t.data[i] != '+' &&
		    t.data[i] != '/')
			return false;
	return true;
}

int
sync_check_anchor(
    struct sync_call *c, struct text anchor, struct sync_item_result *out)
{
	size_t weight = 0;

	for (size_t i = 0; i < anchor.len; i++)
		weight += is_alnum(anchor.data[i]) ? 1 : 3;
	if (weight >= ANCHOR_WEIGHT)
		return sync_refuse(c, out, "ExceededAllowedLength",
		    "The source anchor is too long: less than %u characters "
		    "are allowed, and one that is no letter or digit counts "
		    "as three.",
		    ANCHOR_WEIGHT);
	if (!is_base64(anchor) &&
	    (value_has_any(anchor, ANCHOR_BAD) || !value_is_ascii(anchor)))
		return sync_refuse(c, out, "DataValidationFailed",
		    "The source anchor \"%.*s\" has characters that are not "
		    "allowed.",
		    TEXT_ARGS(anchor));
	return 0;
}

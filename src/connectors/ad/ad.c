/* connectors/ad/ad.c -- see ad.h. */
#include "connectors/ad/ad.h"

#include <string.h>

#include "connectors/ldap/core.h"
#include "model/guid.h"

static const struct core_type ad_types[] = {
    {"user", "user", false},
    {"inetOrgPerson", "inetOrgPerson", true},
    {"contact", "contact", false},
    {"group", "group", false},
    {"computer", "computer", true},
    {"foreignSecurityPrincipal", "foreignSecurityPrincipal", false},
    {"msDS-Device", "msDS-Device", false},
    {"organizationalUnit", "organizationalUnit", false},
    {"container", "container", false},
    {"domainDNS", "domainDNS", false},
    {NULL, NULL, false},
};

/* ---- Names ---- */

/* A deleted object is called "CN=Anna\0ADEL:<guid>,CN=Deleted Objects,.."
 * (MS-ADTS 3.1.1.5.5): a line end cannot be in a name otherwise. */
static bool
dn_is_dead(struct text dn)
{
	return memmem(dn.data, dn.len, "\\0ADEL:", 7) != NULL ||
	       memmem(dn.data, dn.len, "\nDEL:", 5) != NULL;
}

/* "B:32:AA312825768811D1ADED00C04FD8D5CD:CN=x": the name behind the value of
 * syntaxes DN-binary and DN-string (MS-ADTS 3.1.1.2.2.2). */
static int
object_part(struct text *t)
{
	size_t at = 2;
	int64_t n;

	if (t->len < 2 || (t->data[0] != 'B' && t->data[0] != 'S') ||
	    t->data[1] != ':')
		return 0;
	while (at < t->len && t->data[at] != ':')
		at++;
	if (text_to_int64((struct text){t->data + 2, at - 2}, &n) != 0 ||
	    n < 0 || (uint64_t)n + at + 2 > t->len)
		return ERR_TYPE;
	at += (size_t)n + 2;
	if (t->data[at - 1] != ':')
		return ERR_TYPE;
	*t = (struct text){t->data + at, t->len - at};
	return 0;
}

/* "GUID=9f2..." as text or as hex of the octets. */
static int
guid_part(struct text part, struct guid *out)
{
	struct text t = {part.data + 5, part.len - 5};

	if (t.len == GUID_TEXT_LEN)
		return guid_parse(t, out, NULL) == 0 ? 1 : ERR_TYPE;
	if (t.len != 2 * sizeof(out->octets))
		return ERR_TYPE;
	for (size_t i = 0; i < t.len; i++) {
		char ch = t.data[i];
		const char *digits = "0123456789abcdef", *p;

		if (ch >= 'A' && ch <= 'F')
			ch = (char)(ch - 'A' + 'a');
		p = ch != '\0' ? strchr(digits, ch) : NULL;
		if (p == NULL)
			return ERR_TYPE;
		out->octets[i / 2] =
		    (unsigned char)(out->octets[i / 2] << 4 |
				    (unsigned char)(p - digits));
	}
	return 1;
}

/* "<GUID=..>;<SID=..>;CN=..": takes the parts off; 1 where there was a GUID. */
static int
extended_parts(struct text *t, struct guid *out)
{
	int found = 0;

	while (t->len != 0 && t->data[0] == '<') {
		const char *end = memchr(t->data, '>', t->len);
		struct text part;

		if (end == NULL)
			return ERR_TYPE;
		part = (struct text){t->data + 1, (size_t)(end - t->data) - 1};
		if (text_starts_nocase(part, "GUID=")) {
			found = guid_part(part, out);
			if (found < 0)
				return found;
		}
		t->len -= part.len + 2;
		t->data = end + 1;
		if (t->len != 0 && t->data[0] == ';') {
			t->data++;
			t->len--;
		}
	}
	return found;
}

static int
ad_name(struct arena *a, struct text raw, struct text *out_dn,
    struct value *out_ref)
{
	struct guid g = {{0}};
	struct text octets;
	int r = out_ref != NULL ? object_part(&raw) : 0;

	if (r == 0)
		r = extended_parts(&raw, &g);
	if (r < 0)
		return r;
	if (raw.len == 0 || dn_is_dead(raw))
		return 0;
	*out_dn = text_dup(a, raw);
	if (out_ref != NULL && r == 1) {
		octets = text_dup(
		    a, (struct text){(const char *)g.octets, sizeof(g.octets)});
		*out_ref = value_reference_anchor(octets);
	} else if (out_ref != NULL) {
		*out_ref = value_reference_dn(*out_dn);
	}
	return arena_failed(a) ? ERR_NOMEM : 1;
}

static bool
ad_is_dead(const struct ldap_item *item)
{
	return text_is_nocase(ldap_item_first(item, "isDeleted"), "TRUE");
}

static const struct core_flavour ad_flavour = {
    .kind = &ad_connector_kind,
    .types = ad_types,
    .query_flags = LDAP_QUERY_EXTENDED_DN,
    .default_partition = "defaultNamingContext",
    .name = ad_name,
    .dead_attr = "isDeleted",
    .is_dead = ad_is_dead,
};

/* ---- Parameters ---- */

struct cross_ref {
	struct text fqdn;
	struct text netbios;
};

/* CN=Partitions holds a crossRef for every naming context of the forest. */
static int
cross_ref_read(struct core *c, struct text dn, struct arena *a,
    struct cross_ref *out, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	static const char *const attrs[] = {
	    "nCName", "dnsRoot", "nETBIOSName", NULL};
	const struct ldap_item *item = NULL;
	struct text config = ldap_item_first(
	    ldap_session_root(c->session), "configurationNamingContext");
	struct ldap_query q = {.depth = LDAP_DEPTH_CHILDREN,
	    .filter = "(objectClass=crossRef)",
	    .attrs = attrs};
	struct text key, other, plain;
	int r = dn_key(a, dn, &key);

	q.base = arena_printf(a, "CN=Partitions,%.*s", TEXT_ARGS(config));
	if (r != 0 || q.base == NULL)
		return ERR_NOMEM;
	r = ldap_cursor_begin(c->session, &q, &cursor, e);
	if (r == 0)
		r = ldap_cursor_next(cursor, &item, e);
	for (; r == 1; r = ldap_cursor_next(cursor, &item, e)) {
		r = ad_name(a, ldap_item_first(item, "nCName"), &plain, NULL);
		if (r <= 0 || dn_key(a, plain, &other) != 0 ||
		    !text_equal(key, other))
			continue;
		out->fqdn = text_dup(a, ldap_item_first(item, "dnsRoot"));
		out->netbios =
		    text_dup(a, ldap_item_first(item, "nETBIOSName"));
	}
	if (r == 0 && out->fqdn.len == 0)
		return err_type(e, ERR_CONFIG, "failed-search",
		    "%s has no crossRef for \"%.*s\"", q.base, TEXT_ARGS(dn));
	return r;
}

int
ad_parameters(struct connector *connector, struct text partition,
    int (*each)(void *ctx, const char *name, struct text value), void *ctx,
    struct err *e)
{
	struct core *c = (struct core *)connector;
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct cross_ref domain = {0}, forest = {0};
	struct text root = ldap_item_first(
	    ldap_session_root(c->session), "rootDomainNamingContext");
	int r = a != NULL ? 0 : ERR_NOMEM;

	if (r == 0)
		r = cross_ref_read(c, partition, a, &domain, e);
	if (r == 0)
		r = cross_ref_read(c, root, a, &forest, e);
	if (r == 0)
		r = each(ctx, "Domain.FQDN", domain.fqdn);
	if (r == 0)
		r = each(ctx, "Domain.LDAP", partition);
	if (r == 0)
		r = each(ctx, "Domain.Netbios", domain.netbios);
	if (r == 0)
		r = each(ctx, "Forest.FQDN", forest.fqdn);
	if (r == 0)
		r = each(ctx, "Forest.LDAP", root);
	if (r == 0)
		r = each(ctx, "Forest.Netbios", forest.netbios);
	return r;
}

/* ---- The kind ---- */

static int
ad_open(const struct connector_env *env, struct connector **out, struct err *e)
{
	return core_open(env, &ad_flavour, out, e);
}

static const struct connector_ops ad_ops = {
    .open = ad_open,
    .close = core_close,
    .schema = core_schema,
    .partitions = core_partitions,
    .full_import = core_full_import,
};

const struct connector_kind ad_connector_kind = {
    .name = "ad",
    .title = "Active Directory (Microsoft, Samba)",
    .can = 0,
    .import_batch = 500,
    .export_batch = 1,
    .ops = &ad_ops,
};

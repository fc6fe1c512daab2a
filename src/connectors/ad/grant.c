/*
 * connectors/ad/grant.c -- the command that gives the account a right.
 *
 * Windows takes names; samba-tool takes an access list (MS-DTYP 2.5.1), in
 * which a class or an attribute is its schemaIDGUID and the account its SID.
 * Both are asked of the directory.
 */
#include <string.h>

#include "base/buf.h"
#include "connectors/ad/ad_int.h"
#include "model/guid.h"

#define COMMAND_MAX 65536U

bool
ad_is_samba(const struct core *c)
{
	return text_starts_nocase(
	    ldap_item_first(ldap_session_root(c->session), "vendorName"),
	    "Samba");
}

/* The first object below base for a filter; its attribute.  Empty: none. */
static int
ask_one(struct core *c, const struct ldap_query *from, const char *attribute,
    struct arena *a, struct text *out, struct err *e)
{
	const char *const attrs[] = {attribute, NULL};
	struct ldap_query q = *from;
	struct ldap_item item = {.count = 0};
	int r;

	*out = TEXT("");
	q.attrs = attrs;
	q.depth = LDAP_DEPTH_TREE;
	r = ldap_session_read(c->session, &q, a, &item, e);
	if (r == 0)
		*out = ldap_item_first(&item, attribute);
	return r == ERR_NOENT || r == ERR_ACCESS ? 0 : r;
}

int
ad_schema_guid(struct core *c, struct text name, struct arena *a,
    struct text *out, struct err *e)
{
	struct text base = ldap_item_first(
	    ldap_session_root(c->session), "schemaNamingContext");
	struct ldap_query q = {
	    .base =
		arena_strndup(a, base.data != NULL ? base.data : "", base.len),
	    .filter =
		arena_printf(a, "(lDAPDisplayName=%.*s)", TEXT_ARGS(name))};

	return arena_failed(a) ? ERR_NOMEM
			       : ask_one(c, &q, "schemaIDGUID", a, out, e);
}

/* "bf967aba-0de6-11d0-a285-00aa003049e2" of a class or an attribute. */
static int
schema_guid(struct core *c, struct text name, struct arena *a, struct text *out,
    struct err *e)
{
	char text[GUID_TEXT_LEN + 1];
	struct text octets;
	struct guid g;
	int r = ad_schema_guid(c, name, a, &octets, e);

	*out = TEXT("GUID-IN-SCHEMA");
	if (r < 0 || octets.len != sizeof(g.octets))
		return r;
	memcpy(g.octets, octets.data, sizeof(g.octets));
	guid_format(&g, text);
	*out = text_of(arena_strdup(a, text));
	return 0;
}

static struct text
before_at(struct text user)
{
	const char *at =
	    user.len != 0 ? memchr(user.data, '@', user.len) : NULL;

	return at != NULL ? (struct text){user.data, (size_t)(at - user.data)}
			  : user;
}

static const char *
account_filter(const struct core *c, struct arena *a)
{
	struct text user = c->conf->user;
	struct buf b;
	const char *out;

	buf_init(&b, COMMAND_MAX);
	buf_puts(&b, "(|(userPrincipalName=");
	(void)core_filter_value(&b, user);
	buf_puts(&b, ")(distinguishedName=");
	(void)core_filter_value(&b, user);
	buf_puts(&b, ")(sAMAccountName=");
	(void)core_filter_value(&b, before_at(user));
	buf_puts(&b, "))");
	out = arena_strndup(a, buf_text(&b).data, b.len);
	buf_clear(&b);
	return out;
}

/* What of the account is asked for; empty where it is not found. */
static int
account_is(struct core *c, const char *attribute, struct arena *a,
    struct text *out, struct err *e)
{
	struct text base = ldap_item_first(
	    ldap_session_root(c->session), "defaultNamingContext");
	struct ldap_query q = {
	    .base =
		arena_strndup(a, base.data != NULL ? base.data : "", base.len),
	    .filter = account_filter(c, a)};

	return ask_one(c, &q, attribute, a, out, e);
}

static int
account_sid(struct core *c, struct arena *a, struct text *out, struct err *e)
{
	struct text octets;
	int r = account_is(c, "objectSid", a, &octets, e);

	*out = TEXT("SID-OF-THE-ACCOUNT");
	if (r < 0 || octets.len == 0)
		return r;
	return sid_format(a, octets, out, NULL) == ERR_NOMEM ? ERR_NOMEM : 0;
}

static const char *
what(const struct ad_grant *g)
{
	return g->reads ? "RP" : "RPWP";
}

/* ---- Samba ---- */

/* Entries of an access list: to write attributes of the objects below. */
static int
put_aces(struct core *c, const struct ad_grant *g, struct arena *a,
    struct buf *b, struct err *e)
{
	struct text sid, class, attribute;
	int r = account_sid(c, a, &sid, e);

	if (r == 0)
		r = schema_guid(c, g->class, a, &class, e);
	if (r == 0 && g->count == 0)
		buf_printf(b, "(OA;CI;CCDC;%.*s;;%.*s)", TEXT_ARGS(class),
		    TEXT_ARGS(sid));
	for (size_t i = 0; i < g->count && r == 0; i++) {
		r = schema_guid(c, g->attributes[i], a, &attribute, e);
		if (r == 0)
			buf_printf(b, "(OA;CIIO;%s;%.*s;%.*s;%.*s)", what(g),
			    TEXT_ARGS(attribute), TEXT_ARGS(class),
			    TEXT_ARGS(sid));
	}
	return r;
}

static int
samba_command(struct core *c, const struct ad_grant *g, struct arena *a,
    struct buf *b, struct err *e)
{
	struct text server = ldap_session_server(c->session);
	int r;

	buf_printf(b,
	    "samba-tool dsacl set -H %.*s -U Administrator --objectdn='%.*s' "
	    "--sddl='",
	    TEXT_ARGS(server), TEXT_ARGS(g->where));
	r = put_aces(c, g, a, b, e);
	buf_puts(b, "'");
	return r;
}

/* ---- Windows ---- */

static void
windows_command(const struct core *c, const struct ad_grant *g, struct buf *b)
{
	struct text user = c->conf->user;

	buf_printf(b, "dsacls \"%.*s\" /I:%s", TEXT_ARGS(g->where),
	    g->count != 0 ? "S" : "T");
	if (g->count == 0)
		buf_printf(b, " /G \"%.*s:CCDC;%.*s\"", TEXT_ARGS(user),
		    TEXT_ARGS(g->class));
	for (size_t i = 0; i < g->count; i++)
		buf_printf(b, "%s\"%.*s:%s;%.*s;%.*s\"", i == 0 ? " /G " : " ",
		    TEXT_ARGS(user), what(g), TEXT_ARGS(g->attributes[i]),
		    TEXT_ARGS(g->class));
}

/* ---- Both ---- */

static int
take(struct arena *a, struct buf *b, int r, struct text *out)
{
	if (r == 0) {
		*out = text_dup(a, buf_text(b));
		r = buf_error(b) != 0 || out->data == NULL ? ERR_NOMEM : 0;
	}
	buf_clear(b);
	return r;
}

int
ad_grant_text(struct core *c, const struct ad_grant *g, struct arena *a,
    struct text *out, struct err *e)
{
	struct buf b;
	int r = 0;

	buf_init(&b, COMMAND_MAX);
	if (ad_is_samba(c))
		r = samba_command(c, g, a, &b, e);
	else
		windows_command(c, g, &b);
	return take(a, &b, r, out);
}

int
ad_list_text(
    struct core *c, struct text where, struct arena *a, struct text *out)
{
	struct text server = ldap_session_server(c->session);
	const char *s =
	    ad_is_samba(c)
		? arena_printf(a,
		      "samba-tool dsacl get -H %.*s -U Administrator "
		      "--objectdn='%.*s'",
		      TEXT_ARGS(server), TEXT_ARGS(where))
		: arena_printf(a, "dsacls \"%.*s\"", TEXT_ARGS(where));

	*out = text_of(s);
	return s != NULL ? 0 : ERR_NOMEM;
}

int
ad_grant_replicate(struct core *c, struct text context, struct arena *a,
    struct text *out, struct err *e)
{
	struct text server = ldap_session_server(c->session);
	struct text dn = TEXT("");
	struct buf b;
	int r = 0;

	buf_init(&b, COMMAND_MAX);
	if (ad_is_samba(c)) {
		r = account_is(c, "distinguishedName", a, &dn, e);
		buf_printf(&b,
		    "samba-tool dsacl set -H %.*s -U Administrator "
		    "--objectdn='%.*s' --action=allow --car=get-changes "
		    "--trusteedn='%.*s'",
		    TEXT_ARGS(server), TEXT_ARGS(context), TEXT_ARGS(dn));
	} else {
		buf_printf(&b,
		    "dsacls \"%.*s\" /G \"%.*s:CA;Replicating Directory "
		    "Changes\"",
		    TEXT_ARGS(context), TEXT_ARGS(c->conf->user));
	}
	return take(a, &b, r, out);
}

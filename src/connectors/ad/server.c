/* connectors/ad/server.c -- what a domain controller says of itself, and
 * whether it lets us see what was deleted. */
#include <string.h>

#include "connectors/ad/ad_int.h"

#define TOMBSTONE_DAYS 60 /* MS-ADTS 6.1.1.2.4.1.1: where it is not set */
#define READ_MAX_BYTES (1U << 20)

static const struct guid no_guid = {{0}};

static int
read_one(struct core *c, struct text dn, const char *const *attrs,
    struct arena *a, struct ldap_item *out, struct err *e)
{
	struct ldap_query q = {
	    .base = arena_strndup(a, dn.data != NULL ? dn.data : "", dn.len),
	    .attrs = attrs};

	*out = (struct ldap_item){.count = 0};
	if (q.base == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	return ldap_session_read(c->session, &q, a, out, e);
}

static struct guid
guid_of(const struct ldap_item *item, const char *name)
{
	struct text t = ldap_item_first(item, name);
	struct guid g = no_guid;

	if (t.len == sizeof(g.octets))
		memcpy(g.octets, t.data, t.len);
	return g;
}

int
ad_context_of(struct core *c, struct text dn, struct arena *a, struct text *out,
    struct err *e)
{
	const struct ldap_attr *all =
	    ldap_item_find(ldap_session_root(c->session), "namingContexts");
	struct text key, best = {NULL, 0};
	int r = dn_key(a, dn, &key);

	for (size_t i = 0; r == 0 && all != NULL && i < all->count; i++) {
		struct text k;

		r = dn_key(a, all->values[i], &k);
		if (r != 0 || !dn_key_is_below(key, k) || k.len <= best.len)
			continue;
		best = k;
		*out = text_dup(a, all->values[i]);
	}
	if (r != 0 || arena_failed(a))
		return err_set(e, ERR_NOMEM, "out of memory");
	if (best.len == 0)
		return err_set(e, ERR_UNSUPPORTED,
		    "\"%.*s\" lies in no naming context of %.*s", TEXT_ARGS(dn),
		    TEXT_ARGS(ldap_session_server(c->session)));
	return 0;
}

/* Days that the directory remembers what was deleted. */
static int
tombstone_days(struct core *c, struct arena *a, int64_t *out, struct err *e)
{
	static const char *const attrs[] = {"tombstoneLifetime", NULL};
	struct text config = ldap_item_first(
	    ldap_session_root(c->session), "configurationNamingContext");
	char *dn = arena_printf(a,
	    "CN=Directory Service,CN=Windows NT,CN=Services,%.*s",
	    TEXT_ARGS(config));
	struct ldap_item item;
	int r;

	*out = TOMBSTONE_DAYS;
	if (dn == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (config.len == 0)
		return 0;
	r = read_one(c, text_of(dn), attrs, a, &item, e);
	if (r == ERR_NOENT || r == ERR_ACCESS)
		return 0;
	if (r == 0 && text_to_int64(ldap_item_first(&item, "tombstoneLifetime"),
			  out) != 0)
		*out = TOMBSTONE_DAYS;
	return r;
}

/* Where it may not be read all servers look the same, and a number that is
 * smaller than before still tells. */
static int
invocation_read(struct core *c, const struct ldap_item *root, struct arena *a,
    struct guid *out, struct err *e)
{
	static const char *const attrs[] = {"invocationId", NULL};
	struct text service = ldap_item_first(root, "dsServiceName");
	struct ldap_item item;
	int r;

	*out = no_guid;
	if (service.len == 0)
		return 0;
	r = read_one(c, service, attrs, a, &item, e);
	if (r == 0)
		*out = guid_of(&item, "invocationId");
	return r == ERR_NOENT || r == ERR_ACCESS ? 0 : r;
}

int
ad_server_read(struct core *c, struct text context, struct arena *a,
    struct ad_server *out, struct err *e)
{
	static const char *const attrs[] = {
	    "highestCommittedUSN", "dsServiceName", "vendorName", NULL};
	static const char *const guid[] = {"objectGUID", NULL};
	struct ldap_item root, nc;
	int64_t usn = 0;
	int r = read_one(c, TEXT(""), attrs, a, &root, e);

	if (r == 0)
		r = invocation_read(c, &root, a, &out->invocation, e);
	if (r == 0)
		r = read_one(c, context, guid, a, &nc, e);
	if (r == 0)
		r = tombstone_days(c, a, &out->tombstone_days, e);
	if (r != 0)
		return r;
	if (text_to_int64(
		ldap_item_first(&root, "highestCommittedUSN"), &usn) != 0 ||
	    usn < 0)
		return err_set(e, ERR_UNSUPPORTED,
		    "%.*s: the root DSE has no highestCommittedUSN",
		    TEXT_ARGS(ldap_session_server(c->session)));
	out->usn = (uint64_t)usn;
	out->nc = guid_of(&nc, "objectGUID");
	out->samba =
	    text_starts_nocase(ldap_item_first(&root, "vendorName"), "Samba");
	return 0;
}

/* ---- The right to see what was deleted ---- */

static int
grant_missing(struct core *c, struct text context, bool samba, struct err *e)
{
	struct text user = c->conf->user;

	if (samba)
		(void)err_type(e, ERR_ACCESS, "failed-permission",
		    "%.*s may not see what is deleted in %.*s; grant it: on a "
		    "domain controller as root, with ldbmodify add "
		    "(A;;RPLC;;;SID) to the access list of \"CN=Deleted "
		    "Objects,%.*s\", as docs/operations/permissions.md shows",
		    TEXT_ARGS(user), TEXT_ARGS(context), TEXT_ARGS(context));
	else
		(void)err_type(e, ERR_ACCESS, "failed-permission",
		    "%.*s may not see what is deleted in %.*s; grant it: "
		    "dsacls \"CN=Deleted Objects,%.*s\" /takeownership, then "
		    "dsacls \"CN=Deleted Objects,%.*s\" /G \"%.*s:LCRP\"",
		    TEXT_ARGS(user), TEXT_ARGS(context), TEXT_ARGS(context),
		    TEXT_ARGS(context), TEXT_ARGS(user));
	return 0;
}

/* Something that was deleted is seen, or the container's own attributes are:
 * its name alone is shown to everybody. */
int
ad_sees_deleted(struct core *c, struct text context, bool samba, struct err *e)
{
	static const char *const nothing[] = {"1.1", NULL};
	static const char *const class[] = {"objectClass", NULL};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(READ_MAX_BYTES);
	struct ldap_query q = {.depth = LDAP_DEPTH_CHILDREN,
	    .attrs = nothing,
	    .flags = LDAP_QUERY_SHOW_DELETED};
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	const struct ldap_item *item = NULL;
	struct ldap_item self = {.count = 0};
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	q.base = arena_printf(a, "CN=Deleted Objects,%.*s", TEXT_ARGS(context));
	if (q.base == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = ldap_cursor_begin(c->session, &q, &cursor, e);
	if (r == 0)
		r = ldap_cursor_next(cursor, &item, e);
	cursor = ldap_cursor_free(cursor);
	if (r == 1)
		return 1;
	q.depth = LDAP_DEPTH_BASE;
	q.attrs = class;
	if (r == 0)
		r = ldap_session_read(c->session, &q, a, &self, e);
	if (r < 0 && r != ERR_NOENT && r != ERR_ACCESS)
		return r;
	if (r == 0 && ldap_item_find(&self, "objectClass") != NULL)
		return 1;
	return grant_missing(c, context, samba, e);
}

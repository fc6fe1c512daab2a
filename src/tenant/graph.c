/* tenant/graph.c -- which handler answers which call; see graph.h. */
#include "tenant/graph.h"
#include "tenant/sync_rules.h"
#include "tenant/throttle.h"

#define USER    (1U << ENTITY_USER)
#define GROUP   (1U << ENTITY_GROUP)
#define DEVICE  (1U << ENTITY_DEVICE)
#define CONTACT (1U << ENTITY_CONTACT)
#define ANY     (USER | GROUP | DEVICE | CONTACT)

enum need {
	NEED_READ,
	NEED_WRITE,
	NEED_MEMBERS, /* write, or membership alone */
	NEED_ORG,
	NEED_ORG_WRITE,
	NEED_AUTHORITY, /* who masters it */
	NEED_ROLES,
	NEED_ONPREM,
	NEED_ONPREM_WRITE,
	NEED_NONE,
};

/* Segments: ":e" is a collection of one of the entities, "*" a key, any
 * other word itself; "?" in front means that it may be absent. */
static const struct route {
	const char *method;
	const char *path[5];
	unsigned entities;
	enum need need;
	int (*handle)(struct gcall *c);
} routes[] = {
    {"GET", {":e"}, ANY, NEED_READ, graph_list},
    {"POST", {":e"}, USER | GROUP | DEVICE, NEED_WRITE, graph_create},
    {"GET", {":e", "$count"}, ANY, NEED_READ, graph_count},
    {"GET", {":e", "delta"}, ANY, NEED_READ, graph_delta},
    {"GET", {":e", "microsoft.graph.delta"}, ANY, NEED_READ, graph_delta},
    {"GET", {":e", "*"}, ANY, NEED_READ, graph_get},
    {"PATCH", {":e", "*"}, USER | GROUP | DEVICE, NEED_WRITE, graph_update},
    {"DELETE", {":e", "*"}, USER | GROUP | DEVICE, NEED_WRITE, graph_delete},

    {"GET", {":e", "*", "manager"}, USER | CONTACT, NEED_READ,
	graph_manager_get},
    {"GET", {":e", "*", "manager", "$ref"}, USER | CONTACT, NEED_READ,
	graph_manager_get},
    {"PUT", {":e", "*", "manager", "$ref"}, USER, NEED_WRITE,
	graph_manager_put},
    {"DELETE", {":e", "*", "manager", "$ref"}, USER, NEED_WRITE,
	graph_manager_delete},
    {"GET", {":e", "*", "directReports", "?"}, USER | CONTACT, NEED_READ,
	graph_link_sources},
    {"GET", {":e", "*", "ownedObjects", "?"}, USER, NEED_READ,
	graph_link_sources},
    {"GET", {":e", "*", "memberOf", "?"}, ANY, NEED_READ, graph_link_sources},

    {"GET", {":e", "*", "members", "$count"}, GROUP, NEED_READ,
	graph_link_count},
    {"GET", {":e", "*", "members", "$ref"}, GROUP, NEED_READ, graph_link_refs},
    {"POST", {":e", "*", "members", "$ref"}, GROUP, NEED_MEMBERS,
	graph_link_add},
    {"GET", {":e", "*", "members", "?"}, GROUP, NEED_READ, graph_link_list},
    {"DELETE", {":e", "*", "members", "*", "$ref"}, GROUP, NEED_MEMBERS,
	graph_link_remove},
    {"DELETE", {":e", "*", "members", "*"}, GROUP, NEED_WRITE,
	graph_link_delete},
    {"GET", {":e", "*", "owners", "$count"}, GROUP, NEED_READ,
	graph_link_count},
    {"GET", {":e", "*", "owners", "$ref"}, GROUP, NEED_READ, graph_link_refs},
    {"POST", {":e", "*", "owners", "$ref"}, GROUP, NEED_MEMBERS,
	graph_link_add},
    {"GET", {":e", "*", "owners", "?"}, GROUP, NEED_READ, graph_link_list},
    {"DELETE", {":e", "*", "owners", "*", "$ref"}, GROUP, NEED_MEMBERS,
	graph_link_remove},

    {"GET", {":e", "*", "registeredOwners", "?"}, DEVICE, NEED_READ,
	graph_link_list},
    {"POST", {":e", "*", "registeredOwners", "$ref"}, DEVICE, NEED_WRITE,
	graph_link_add},
    {"DELETE", {":e", "*", "registeredOwners", "*", "$ref"}, DEVICE, NEED_WRITE,
	graph_link_remove},
    {"GET", {":e", "*", "registeredUsers", "?"}, DEVICE, NEED_READ,
	graph_link_list},
    {"POST", {":e", "*", "registeredUsers", "$ref"}, DEVICE, NEED_WRITE,
	graph_link_add},
    {"DELETE", {":e", "*", "registeredUsers", "*", "$ref"}, DEVICE, NEED_WRITE,
	graph_link_remove},

    {"GET", {":e", "*", "onPremisesSyncBehavior"}, USER | GROUP | CONTACT,
	NEED_AUTHORITY, graph_sync_behavior},
    {"PATCH", {":e", "*", "onPremisesSyncBehavior"}, USER | GROUP | CONTACT,
	NEED_AUTHORITY, graph_sync_behavior_update},

    {"GET", {"directoryObjects", "*"}, 0, NEED_READ, graph_get},
    {"DELETE", {"directoryObjects", "*"}, 0, NEED_WRITE, graph_delete},
    {"POST", {"directoryObjects", "getByIds"}, 0, NEED_READ, graph_get_by_ids},
    {"POST", {"directoryObjects", "microsoft.graph.getByIds"}, 0, NEED_READ,
	graph_get_by_ids},

    {"GET", {"directory", "deletedItems", "*"}, 0, NEED_READ,
	graph_deleted_get},
    {"DELETE", {"directory", "deletedItems", "*"}, 0, NEED_WRITE,
	graph_deleted_purge},
    {"POST", {"directory", "deletedItems", "*", "restore"}, 0, NEED_WRITE,
	graph_deleted_restore},
    {"POST", {"directory", "deletedItems", "*", "microsoft.graph.restore"}, 0,
	NEED_WRITE, graph_deleted_restore},

    {"GET", {"directory", "onPremisesSynchronization", "?"}, 0, NEED_ONPREM,
	graph_onprem},
    {"PATCH", {"directory", "onPremisesSynchronization", "*"}, 0,
	NEED_ONPREM_WRITE, graph_onprem_update},

    {"GET", {"roleManagement", "directory", "roleAssignments"}, 0, NEED_ROLES,
	graph_roles},
    {"POST", {"roleManagement", "directory", "roleAssignments"}, 0, NEED_ROLES,
	graph_role_add},
    {"DELETE", {"roleManagement", "directory", "roleAssignments", "*"}, 0,
	NEED_ROLES, graph_role_remove},

    {"GET", {"organization", "?"}, 0, NEED_ORG, graph_organization},
    {"PATCH", {"organization", "*"}, 0, NEED_ORG_WRITE,
	graph_organization_update},
    {"GET", {"organization", "*", "extensions", "?"}, 0, NEED_ORG,
	graph_extensions},
    {"POST", {"organization", "*", "extensions"}, 0, NEED_ORG_WRITE,
	graph_extension_create},
    {"PATCH", {"organization", "*", "extensions", "*"}, 0, NEED_ORG_WRITE,
	graph_extension_update},
    {"DELETE", {"organization", "*", "extensions", "*"}, 0, NEED_ORG_WRITE,
	graph_extension_delete},
    {"GET", {"domains"}, 0, NEED_ORG, graph_domains},
};

static bool
segment_fits(const struct route *rt, size_t i, struct text have)
{
	const char *want = rt->path[i];
	const struct entity_info *info;

	if (want[0] == '*' || want[0] == '?')
		return have.len != 0;
	if (want[0] != ':')
		return text_is_nocase(have, want);
	info = entity_by_segment(have);
	return info != NULL && (rt->entities & 1U << info->entity) != 0;
}

static bool
path_fits(const struct route *rt, const struct gcall *c)
{
	size_t i;

	for (i = 0; i < 5 && rt->path[i] != NULL; i++)
		if (i >= c->url.nsegments)
			return rt->path[i][0] == '?';
		else if (!segment_fits(rt, i, c->url.segments[i]))
			return false;
	return i == c->url.nsegments;
}

/* Application permissions, each list enough by one. */
static const char group_read[] =
    "Group.Read.All Group.ReadWrite.All "
    "GroupMember.Read.All GroupMember.ReadWrite.All";
static const char *const read_roles[] = {
    [ENTITY_USER] = "User.Read.All User.ReadWrite.All",
    [ENTITY_GROUP] = group_read,
    [ENTITY_DEVICE] = "Device.Read.All Device.ReadWrite.All",
    [ENTITY_CONTACT] = "OrgContact.Read.All",
};
static const char *const write_roles[] = {
    [ENTITY_USER] = "User.ReadWrite.All",
    [ENTITY_GROUP] = "Group.ReadWrite.All",
    [ENTITY_DEVICE] = "Device.ReadWrite.All",
    [ENTITY_CONTACT] = "",
};

static const char *const authority_roles[] = {
    [ENTITY_USER] = "User-OnPremisesSyncBehavior.ReadWrite.All",
    [ENTITY_GROUP] = "Group-OnPremisesSyncBehavior.ReadWrite.All",
    [ENTITY_DEVICE] = "",
    [ENTITY_CONTACT] = "Contacts-OnPremisesSyncBehavior.ReadWrite.All",
};

static bool
has_role(const struct gcall *c, const char *list)
{
	while (*list != '\0') {
		size_t n = strcspn(list, " ");
		char *want = arena_printf(c->a, " %.*s ", (int)n, list);

		if (want != NULL &&
		    memmem(c->roles.data, c->roles.len, want, n + 2) != NULL)
			return true;
		list += n;
		list += strspn(list, " ");
	}
	return false;
}

/* Who may write the whole directory may not therefore give roles away, nor
 * say who masters what. */
static bool
is_of_directory(enum need need)
{
	switch (need) {
	case NEED_ORG_WRITE:
	case NEED_AUTHORITY:
	case NEED_ROLES:
	case NEED_ONPREM:
	case NEED_ONPREM_WRITE:
		return false;
	case NEED_READ:
	case NEED_WRITE:
	case NEED_MEMBERS:
	case NEED_ORG:
	case NEED_NONE:
		break;
	}
	return true;
}

static bool
may_call(const struct gcall *c, const struct route *rt)
{
	const struct entity_info *info = entity_by_segment(gcall_segment(c, 0));
	enum entity kind = info == NULL ? ENTITY_USER : info->entity;

	if (c->service || rt->need == NEED_NONE ||
	    (is_of_directory(rt->need) &&
		has_role(c, "Directory.ReadWrite.All")))
		return true;
	switch (rt->need) {
	case NEED_READ:
		return has_role(c, "Directory.Read.All") ||
		       has_role(c, read_roles[kind]);
	case NEED_WRITE:
		return has_role(c, write_roles[kind]);
	case NEED_MEMBERS:
		return has_role(
		    c, "Group.ReadWrite.All GroupMember.ReadWrite.All");
	case NEED_ORG:
		return has_role(c,
		    "Organization.Read.All Organization.ReadWrite.All "
		    "Directory.Read.All User.Read.All User.ReadWrite.All");
	case NEED_AUTHORITY:
		return has_role(c, authority_roles[kind]);
	case NEED_ROLES:
		return has_role(c, "RoleManagement.ReadWrite.Directory");
	case NEED_ONPREM:
		return has_role(c,
		    "OnPremDirectorySynchronization.Read.All "
		    "OnPremDirectorySynchronization.ReadWrite.All");
	case NEED_ONPREM_WRITE:
		return has_role(
		    c, "OnPremDirectorySynchronization.ReadWrite.All");
	case NEED_ORG_WRITE:
		return has_role(c, "Organization.ReadWrite.All");
	case NEED_NONE:
		break;
	}
	return true;
}

static int
no_route(struct gcall *c, bool path_known)
{
	const struct refusal method = {405, "Request_BadRequest", NULL, NULL};
	const struct refusal path = {404, "ResourceNotFound", NULL, NULL};
	struct text s =
	    gcall_segment(c, c->url.nsegments == 0 ? 0 : c->url.nsegments - 1);

	if (path_known)
		return gcall_refuse(c, &method,
		    "Specified HTTP method is not allowed for the request "
		    "target.");
	return gcall_refuse(c, &path,
	    "Resource not found for the segment '%.*s'.",
	    (int)(s.len > 128 ? 128 : s.len), s.data);
}

/* Contacts are read here and written by the sync service. */
static bool
is_entity_path(const struct gcall *c)
{
	return c->url.nsegments <= 2 &&
	       entity_by_segment(gcall_segment(c, 0)) != NULL;
}

int
graph_call(struct gcall *c)
{
	const struct refusal denied = {
	    403, "Authorization_RequestDenied", NULL, NULL};
	const struct refusal unread = {400, "BadRequest", NULL, NULL};
	bool path_known = is_entity_path(c);

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		const struct route *rt = &routes[i];

		if (!path_fits(rt, c))
			continue;
		path_known = true;
		if (!text_is(text_of(c->method), rt->method))
			continue;
		if (!may_call(c, rt))
			return gcall_refuse(c, &denied,
			    "Insufficient privileges to complete the "
			    "operation.");
		if (c->has_body && c->body == NULL)
			return gcall_refuse(c, &unread,
			    "Unable to read JSON request payload. Please "
			    "ensure Content-Type header is set and payload is "
			    "of valid JSON format.");
		return rt->handle(c);
	}
	return no_route(c, path_known);
}

int
graph_run(struct gcall *c)
{
	struct tdb *db = c->t->db;
	bool batch = text_is(gcall_segment(c, 0), "$batch");
	bool write = !text_is(text_of(c->method), "GET");
	int r = batch ? 0 : throttle_check(c);

	if (r != 0)
		return r;
	r = tdb_begin(db, write);
	if (r != 0)
		return gcall_failed(c, r);
	if (batch && write)
		r = graph_batch(c);
	else
		r = graph_call(c);
	if (r == 0 && write) {
		r = sync_sweep(c->t, c->a, false);
		if (r == 0)
			r = tdb_commit(db);
		if (r == 0)
			return 0;
		r = gcall_failed(c, r);
	}
	tdb_rollback(db);
	return r == 0 || r == ERR_REJECTED ? r : gcall_failed(c, r);
}

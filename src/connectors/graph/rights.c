/*
 * connectors/graph/rights.c -- which permissions the application lacks, by the
 * roles that its token names.
 *
 * The token was got from the authority over TLS and is looked at for people
 * alone, so its signature is not asked for.
 */
#include <string.h>

#include "codec/json.h"
#include "connectors/graph/gconn_int.h"
#include "connectors/rights.h"
#include "proto/jwt.h"

#define CLAIMS_MAX (1U << 20)
#define GRAPH_APP  "00000003-0000-0000-c000-000000000000"
#define ANY_TYPE   GT_COUNT

/* What each needs; one of the list is enough.  The id is that of the first
 * among Graph's permissions. */
static const struct {
	enum gtype type; /* ANY_TYPE: whatever is synchronised */
	bool writes;
	const char *permission, *also, *id;
	const char *without;
} needs[] = {
    {GT_USER, false, "User.Read.All",
	"User.ReadWrite.All Directory.Read.All Directory.ReadWrite.All",
	"df021288-bdef-4463-88db-98f22de89214", "users cannot be read"},
    {GT_USER, true, "User.ReadWrite.All", "Directory.ReadWrite.All",
	"741f803b-c850-494e-b5df-cde7c675a1ca", "users cannot be written"},
    {GT_GROUP, false, "Group.Read.All",
	"Group.ReadWrite.All GroupMember.Read.All GroupMember.ReadWrite.All "
	"Directory.Read.All Directory.ReadWrite.All",
	"5b567255-7703-4780-807c-7be8301ae99b", "groups cannot be read"},
    {GT_GROUP, true, "Group.ReadWrite.All", "Directory.ReadWrite.All",
	"62a82d76-70ea-41e2-9197-370581804d09",
	"groups and their members cannot be written"},
    {GT_CONTACT, false, "OrgContact.Read.All",
	"Directory.Read.All Directory.ReadWrite.All",
	"e1a88a34-94c4-4418-be12-c87b00e26bea", "contacts cannot be read"},
    {GT_DEVICE, false, "Device.Read.All",
	"Device.ReadWrite.All Directory.Read.All Directory.ReadWrite.All",
	"7438b122-aefc-4978-80ed-43db9fcc7715", "devices cannot be read"},
    {ANY_TYPE, true, "Organization.ReadWrite.All", "",
	"292d869f-3427-49a8-9dab-8c70152b74e9",
	"the lease is not kept: a second server is not noticed"},
};

/* ---- What the token says ---- */

static bool
has_role(const struct json *roles, const char *name, size_t len)
{
	const struct text want = {name, len};

	for (size_t i = 0; i < json_count(roles); i++)
		if (text_equal(json_text(json_at(roles, i)), want))
			return true;
	return false;
}

static bool
has_any(const struct json *roles, const char *list)
{
	while (*list != '\0') {
		size_t n = strcspn(list, " ");

		if (has_role(roles, list, n))
			return true;
		list += n;
		list += strspn(list, " ");
	}
	return false;
}

/* 1: *out is the claims; 0: a token of a form that is nobody's business. */
static int
claims_of(struct gconn *g, struct arena *a, struct json **out, struct err *e)
{
	const struct secret *token = NULL;
	struct jwt t;
	int r = oauth_token(g->cloud.oauth, &token, e);

	if (r < 0)
		return r;
	if (jwt_parse(a, secret_text(token), &t, NULL) < 0 ||
	    json_parse(t.claims, CLAIMS_MAX, out, NULL) < 0)
		return 0;
	return 1;
}

/* ---- What is needed ---- */

static bool
is_wished(const struct gconn *g, const struct connector_wishes *w, size_t need,
    uint32_t *out_type)
{
	*out_type = 0;
	if (needs[need].type == ANY_TYPE) {
		for (size_t i = 0; i < w->count; i++)
			if (w->items[i].write_count != 0)
				return true;
		return false;
	}
	if (!gconn_takes(g, needs[need].type))
		return false;
	if (!needs[need].writes) /* every list is read, by open too */
		return true;
	for (size_t i = 0; i < w->count; i++) {
		if (w->items[i].type != g->types[needs[need].type] ||
		    w->items[i].write_count == 0)
			continue;
		*out_type = w->items[i].type;
		return true;
	}
	return false;
}

static int
tell(struct gconn *g, size_t need, uint32_t type, struct arena *a,
    struct connector_lacks *out)
{
	struct text client = g->env.conf->cloud.client_id;
	struct connector_lack lack = {
	    .serious = true, .right = "permission", .type = type};

	lack.text = text_of(
	    arena_printf(a, "the application lacks the permission %s: %s",
		needs[need].permission, needs[need].without));
	lack.grant = text_of(arena_printf(a,
	    "az ad app permission add --id %.*s --api " GRAPH_APP
	    " --api-permissions %s=Role && az ad app permission "
	    "admin-consent --id %.*s",
	    TEXT_ARGS(client), needs[need].id, TEXT_ARGS(client)));
	return lack_push(a, out, lack);
}

int
graph_rights(struct connector *c, const struct connector_wishes *w,
    struct arena *a, struct connector_lacks *out, struct err *e)
{
	struct gconn *g = (struct gconn *)c;
	struct json *claims = NULL;
	const struct json *roles;
	int r = claims_of(g, a, &claims, e);

	*out = (struct connector_lacks){0};
	if (r != 1)
		return r;
	r = 0;
	roles = json_get(claims, "roles");
	for (size_t i = 0; i < sizeof(needs) / sizeof(*needs) && r == 0; i++) {
		uint32_t type = 0;

		if (!is_wished(g, w, i, &type) ||
		    has_any(roles, needs[i].permission) ||
		    has_any(roles, needs[i].also))
			continue;
		r = tell(g, i, type, a, out);
	}
	(void)json_free(claims);
	return r < 0 ? err_set(e, r, "out of memory") : 0;
}

/* tenant/sync_match.c -- whether what is new to the service is an object that
 * is here already (T2); see sync_rules.h. */
#include "tenant/sync_rules.h"

#include "tenant/rules.h"

struct matching {
	struct sync_call *c;
	const struct sync_item *in;
	struct sync_item_result *out;
	struct sync_matched *m;
};

static int
find_unique(struct matching *k, enum unique_scope scope, struct text value,
    struct dirobj *out_o)
{
	struct tdb *db = k->c->t->db;
	struct text key;
	int64_t row = 0;
	int r = dirobj_key(k->c->a, scope, value, &key);

	if (r == 0)
		r = dirobj_by_unique(db, scope, key, &row);
	return r == 0 ? dirobj_by_row(db, row, out_o) : r;
}

static bool
is_synced(const struct dirobj *o)
{
	return dirobj_flag(o, "onPremisesSyncEnabled");
}

static bool
has_feature(const struct matching *k, enum sync_feature f)
{
	return (k->c->settings.features & (int64_t)f) != 0;
}

/* T2.2, T6.2: of a user who is not ours, or no longer. */
int
sync_takeover_check(
    struct sync_call *c, const struct dirobj *o, struct sync_item_result *out)
{
	const struct sync_conflict with = {.name = "ImmutableId",
	    .value = dirobj_text(o, "onPremisesImmutableId"),
	    .owner = o->id};

	if (o->kind != ENTITY_USER || is_synced(o) ||
	    (c->settings.features & SYNC_BLOCK_TAKEOVER) == 0)
		return 0;
	(void)sync_refuse(c, out, "InvalidHardMatch",
	    "The source anchor is that of a user of the cloud, and taking "
	    "such users over is blocked "
	    "(BlockCloudObjectTakeoverThroughHardMatch).");
	return sync_details_set(c, out, NULL, &with, 1);
}

/* A deleted user who had this anchor; the last one that was made. */
static int
find_deleted(struct matching *k, struct dirobj *out_o)
{
	struct tdb *db = k->c->t->db;
	struct text key;
	int64_t row = 0;
	int r = dirobj_key(k->c->a, UNIQUE_NONE, k->in->source_anchor, &key);

	if (r == 0)
		r = tdb_run(db, SQL_INDEX_EQUAL, "it",
		    (int64_t)INDEX_DELETED_ANCHOR, key);
	for (; r == 1; r = tdb_next(db, SQL_INDEX_EQUAL)) {
		struct dirobj o = {0};

		row = tdb_int(db, SQL_INDEX_EQUAL, 0);
		r = dirobj_by_row(db, row, &o);
		if (r == 0 &&
		    text_equal(dirobj_text(&o, "onPremisesImmutableId"),
			k->in->source_anchor)) {
			dirobj_clear(out_o);
			*out_o = o;
		} else {
			dirobj_clear(&o);
		}
		if (r != 0)
			break;
	}
	tdb_done(db, SQL_INDEX_EQUAL);
	return r == 0 && out_o->doc == NULL ? ERR_NOENT : r;
}

static int
hard_match(struct matching *k)
{
	struct dirobj *o = &k->m->o;
	int r = find_unique(k, UNIQUE_ANCHOR, k->in->source_anchor, o);

	if (r == ERR_NOENT)
		r = find_deleted(k, o);
	if (r != 0)
		return r == ERR_NOENT ? 0 : r;
	k->m->found = true;
	return sync_takeover_check(k->c, o, k->out);
}

static struct text
smtp_of(struct text t)
{
	return t.len > 5 && text_starts_nocase(t, "smtp:")
		   ? (struct text){t.data + 5, t.len - 5}
		   : (struct text){"", 0};
}

/* Is this its primary address? */
static bool
is_primary(const struct dirobj *o, struct text address)
{
	struct json *list = json_get(o->doc, "proxyAddresses");

	for (size_t i = 0; i < json_count(list); i++) {
		struct text t = json_text(json_at(list, i));

		if (t.len > 5 && memcmp(t.data, "SMTP:", 5) == 0 &&
		    text_equal_nocase(smtp_of(t), address))
			return true;
	}
	return text_equal_nocase(dirobj_text(o, "mail"), address);
}

static int
type_mismatch(struct matching *k, const struct dirobj *o, struct text address)
{
	const struct sync_conflict with = {
	    .name = "ProxyAddresses", .value = address, .owner = o->id};

	(void)sync_refuse(k->c, k->out, "ObjectTypeMismatch",
	    "The address %.*s belongs to an object of another type.",
	    TEXT_ARGS(address));
	return sync_details_set(k->c, k->out, NULL, &with, 1);
}

/* T2.3: it was matched with somebody else before.  With resiliency what it
 * has is a duplicate like any other. */
static int
other_anchor(struct matching *k, const struct sync_conflict *with)
{
	bool upn = text_is(text_of(with->name), "UserPrincipalName");

	if (has_feature(k, upn ? SYNC_UPN_RESILIENCY : SYNC_PROXY_RESILIENCY))
		return 0;
	(void)sync_refuse(k->c, k->out, "InvalidSoftMatch",
	    "The object that has the same %s is matched with another source "
	    "anchor already.",
	    with->name);
	return sync_details_set(k->c, k->out, NULL, with, 1);
}

static int
has_role(struct matching *k, const struct dirobj *o)
{
	int r = tdb_run(k->c->t->db, SQL_ROLES_OF, "i", o->row);

	tdb_done(k->c->t->db, SQL_ROLES_OF);
	return r;
}

/* T2.4.  1: an administrator, who is not matched. */
static int
admin_guard(struct matching *k, const struct sync_conflict *with)
{
	int r = has_role(k, &k->m->o);

	if (r <= 0)
		return r;
	(void)sync_refuse(k->c, k->out, "ExistingAdminRoleConflict",
	    "The user of the cloud who has the same %s has a directory role "
	    "and is not matched.",
	    with->name);
	r = sync_details_set(k->c, k->out, NULL, with, 1);
	if (r != 0 || !has_feature(k, SYNC_UPN_RESILIENCY) ||
	    !has_feature(k, SYNC_PROXY_RESILIENCY))
		return r == 0 ? 1 : r;
	/* One of its own is made, in quarantine; this is told of it. */
	k->m->note = text_of(arena_printf(k->c->a, "%s: %.*s", k->out->error,
	    TEXT_ARGS(k->out->description)));
	k->out->error = NULL;
	return 1;
}

/* A user shows its anchor; that of a group or contact which was synchronised
 * before is kept beside it. */
static int
anchor_of(struct matching *k, const struct dirobj *o, struct text *out)
{
	struct syncobj s = {0};
	int r;

	*out = dirobj_text(o, "onPremisesImmutableId");
	if (out->len != 0)
		return 0;
	r = syncobj_by_row(k->c->t->db, k->c->a, o->row, &s);
	*out = s.anchor;
	syncobj_clear(&s);
	return r == ERR_NOENT ? 0 : r;
}

/* The object that was found by one of its addresses: is it the one? */
static int
candidate(struct matching *k, const struct sync_conflict *with)
{
	struct dirobj *o = &k->m->o;
	struct text anchor = {"", 0};
	int r;

	if (is_synced(o))
		return 0;
	if (o->kind != k->in->kind)
		return type_mismatch(k, o, with->value);
	if (o->kind == ENTITY_GROUP && rules_is_unified(o))
		return 0;
	r = anchor_of(k, o, &anchor);
	if (r != 0)
		return r;
	if (anchor.len != 0)
		return other_anchor(k, with);
	r = o->kind == ENTITY_USER ? admin_guard(k, with) : 0;
	k->m->found = r == 0;
	return r < 0 ? r : 0;
}

static int
try_address(struct matching *k, struct text address, const char *name)
{
	struct dirobj *o = &k->m->o;
	bool upn = text_is(text_of(name), "UserPrincipalName");
	struct sync_conflict with = {.name = name, .value = address};
	int r;

	if (k->m->found || k->out->error != NULL || address.len == 0)
		return 0;
	r = find_unique(k, UNIQUE_ADDRESS, address, o);
	if (r != 0)
		return r == ERR_NOENT ? 0 : r;
	with.owner = o->id;
	if (upn ? text_equal_nocase(
		      dirobj_text(o, "userPrincipalName"), address)
		: k->in->kind != ENTITY_USER || is_primary(o, address))
		r = candidate(k, &with);
	if (!k->m->found)
		dirobj_clear(o);
	return r;
}

/* A user by the primary address alone, others by each that they have. */
static int
by_addresses(struct matching *k)
{
	const struct sync_attr *list = sync_item_attr(k->in, "proxyAddresses");
	const struct sync_attr *mail = sync_item_attr(k->in, "mail");
	bool primary = false;
	int r = 0;

	for (size_t i = 0; r == 0 && list != NULL && i < list->n; i++) {
		bool is = list->list[i].len > 5 &&
			  memcmp(list->list[i].data, "SMTP:", 5) == 0;

		primary = primary || is;
		if (is || k->in->kind != ENTITY_USER)
			r = try_address(
			    k, smtp_of(list->list[i]), "ProxyAddresses");
	}
	if (r == 0 && !primary && mail != NULL)
		r = try_address(k, mail->text, "ProxyAddresses");
	return r;
}

static int
soft_match(struct matching *k)
{
	const struct sync_attr *upn =
	    sync_item_attr(k->in, "userPrincipalName");
	int r = by_addresses(k);

	if (r == 0 && upn != NULL && k->in->kind == ENTITY_USER &&
	    has_feature(k, SYNC_SOFT_MATCH_UPN))
		r = try_address(k, upn->text, "UserPrincipalName");
	return r;
}

int
sync_match(struct sync_call *c, const struct sync_item *in,
    struct sync_item_result *out, struct sync_matched *m)
{
	struct matching k = {c, in, out, m};
	int r = 0;

	*m = (struct sync_matched){0};
	if (in->kind == ENTITY_USER)
		r = hard_match(&k);
	if (r == 0 && !m->found && out->error == NULL &&
	    in->kind != ENTITY_DEVICE &&
	    !has_feature(&k, SYNC_BLOCK_SOFT_MATCH))
		r = soft_match(&k);
	return r;
}

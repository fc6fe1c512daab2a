/* tenant/rules_delete.c -- deletion in its steps, and back; see rules.h. */
#include "tenant/rules.h"
#include "tenant/syncobj.h"
#include "tenant/value.h"

#define BARE_ID_LEN 32U

/* T6.1: users and Microsoft 365 groups can be restored for 30 days. */
static bool
is_restorable(const struct tenant *t, const struct dirobj *o)
{
	return o->kind == ENTITY_USER ||
	       (o->kind == ENTITY_GROUP &&
		   (rules_is_unified(o) || t->soft_delete_groups));
}

static void
bare_id(const struct dirobj *o, char out[static BARE_ID_LEN + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < DIROBJ_ID_LEN; i++)
		if (o->id[i] != '-')
			out[n++] = o->id[i];
	out[n] = '\0';
}

/* T6.4: the name of a deleted user is free for another. */
static int
upn_prefix(struct gcall *c, struct dirobj *o)
{
	char id[BARE_ID_LEN + 1];
	char *s;

	bare_id(o, id);
	s = arena_printf(
	    c->a, "%s%.*s", id, TEXT_ARGS(dirobj_text(o, "userPrincipalName")));
	if (s == NULL)
		return ERR_NOMEM;
	json_set_str(o->doc, "userPrincipalName", s);
	return 0;
}

void
rules_upn_back(struct dirobj *o)
{
	char id[BARE_ID_LEN + 1];
	struct text upn = dirobj_text(o, "userPrincipalName");
	char *s;

	if (o->kind != ENTITY_USER)
		return;
	bare_id(o, id);
	if (upn.len <= BARE_ID_LEN || memcmp(upn.data, id, BARE_ID_LEN) != 0)
		return;
	s = strndup(upn.data + BARE_ID_LEN, upn.len - BARE_ID_LEN);
	if (s != NULL)
		json_set_str(o->doc, "userPrincipalName", s);
	free(s);
}

static int
write_or_say(struct gcall *c, struct dirobj_write *w)
{
	int r = dirobj_write(c->t->db, c->a, w);

	if (r == ERR_EXIST && w->conflict != NULL)
		return rules_conflict(c, w->conflict);
	if (r == 0 && w->after->state != DIROBJ_LIVE)
		r = syncobj_state(c->t->db, w->after);
	return r == 0 ? 0 : gcall_failed(c, r);
}

static int
soft_delete(struct gcall *c, struct dirobj *o)
{
	struct dirobj before = *o;
	struct dirobj_write w = {
	    .before = &before, .after = o, .op = CHANGE_DELETE};
	int r = 0;

	before.doc = json_dup(o->doc);
	o->state = DIROBJ_DELETED;
	o->deleted_ms = tenant_now_ms(c->t);
	if (dirobj_flag(o, "onPremisesSyncEnabled"))
		json_set_bool(o->doc, "onPremisesSyncEnabled", false);
	if (o->kind == ENTITY_USER)
		r = upn_prefix(c, o);
	if (r == 0)
		r = dirobj_log_sources(c->t->db, o, false);
	r = r == 0 ? write_or_say(c, &w) : gcall_failed(c, r);
	dirobj_clear(&before);
	return r;
}

int
rules_purge(struct gcall *c, struct dirobj *o)
{
	struct dirobj before = *o;
	struct dirobj_write w = {
	    .before = &before, .after = o, .op = CHANGE_PURGE};
	int r = 0;

	if (o->state == DIROBJ_LIVE)
		r = dirobj_log_sources(c->t->db, o, false);
	if (r == 0)
		r = dirobj_drop_links(c->t->db, o);
	o->doc = json_new_object();
	if (o->state == DIROBJ_DELETED)
		json_set_bool(o->doc, "wasRestorable", true); /* T6.6 */
	o->state = DIROBJ_GONE;
	o->deleted_ms = tenant_now_ms(c->t);
	r = r == 0 ? write_or_say(c, &w) : gcall_failed(c, r);
	dirobj_clear(&before);
	return r;
}

int
rules_delete(struct gcall *c, struct dirobj *o)
{
	if (!c->service && rules_is_mail_group(o))
		return gcall_bad(c,
		    "Cannot Delete a mail-enabled security groups and or "
		    "distribution list.");
	/* What is in quarantine may go: another is to take its place (T2.4). */
	if (!c->service && dirobj_flag(o, "onPremisesSyncEnabled") &&
	    json_count(json_get(o->doc, "onPremisesProvisioningErrors")) == 0)
		return gcall_bad(c,
		    "Unable to delete on-premises mastered Directory Sync "
		    "objects.");
	return is_restorable(c->t, o) ? soft_delete(c, o) : rules_purge(c, o);
}

/* autoReconcileProxyConflict: addresses that others took are left out. */
static int
proxies_reconcile(struct gcall *c, struct dirobj *o)
{
	struct json *old = json_get(o->doc, "proxyAddresses");
	struct json *new;

	if (old == NULL)
		return 0;
	new = json_new_list();
	for (size_t i = 0; i < json_count(old); i++) {
		struct text t = json_text(json_at(old, i));
		struct text key = {0};
		int64_t row;
		int r = t.len < 6
			    ? ERR_NOENT
			    : dirobj_key(c->a, UNIQUE_ADDRESS,
				  (struct text){t.data + 5, t.len - 5}, &key);

		if (r == 0)
			r = dirobj_by_unique(
			    c->t->db, UNIQUE_ADDRESS, key, &row);
		if (r == ERR_NOENT)
			json_push(new, json_new_text(t));
		else if (r == 0 && t.data[0] == 'S')
			json_remove(o->doc, "mail");
	}
	json_set(o->doc, "proxyAddresses", new);
	return 0;
}

int
rules_restore(struct gcall *c, struct dirobj *o)
{
	struct dirobj before = *o;
	struct dirobj_write w = {
	    .before = &before, .after = o, .op = CHANGE_RESTORE};
	int r = 0;

	before.doc = json_dup(o->doc);
	o->state = DIROBJ_LIVE;
	o->deleted_ms = 0;
	rules_upn_back(o);
	if (json_bool(json_get(c->body, "autoReconcileProxyConflict"), false))
		r = proxies_reconcile(c, o);
	if (r == 0)
		r = write_or_say(c, &w);
	if (r == 0) {
		r = dirobj_log_sources(c->t->db, o, true);
		r = r == 0 ? 0 : gcall_failed(c, r);
	}
	dirobj_clear(&before);
	return r;
}

/* tenant/sync_calc.c -- values that follow from exported ones (T5); see
 * sync_rules.h. */
#include "base/hash.h"
#include "tenant/sync_rules.h"
#include "tenant/value.h"

#define NICKNAME_MAX 64U
#define TRIES        200
#define NICKNAME_BAD " \\!#$%&*+/=?^`{}|~<>()';:,[]\"@"

static struct text
text_at(const struct json *doc, const char *name)
{
	return json_text(syncobj_get(doc, name));
}

static bool
same_text(const struct json *a, const struct json *b, const char *name)
{
	return text_equal(text_at(a, name), text_at(b, name));
}

static struct text
local_part(struct text address)
{
	struct text local, domain;

	return value_split_address(address, &local, &domain)
		   ? local
		   : (struct text){"", 0};
}

static bool
is_smtp(struct text t, bool primary)
{
	return t.len > 5 && (primary ? memcmp(t.data, "SMTP:", 5) == 0
				     : text_starts_nocase(t, "smtp:"));
}

static struct text
behind_colon(struct text t)
{
	return (struct text){t.data + 5, t.len - 5};
}

/* The first address of a list, empty where there is none. */
static struct text
address_in(const struct json *list, bool primary)
{
	for (size_t i = 0; i < json_count(list); i++) {
		struct text t = json_text(json_at(list, i));

		if (is_smtp(t, primary))
			return behind_colon(t);
	}
	return (struct text){"", 0};
}

/* ---- mailNickname (T5.2, T11.2) ---- */

static struct text
onprem_nickname(const struct json *doc)
{
	struct text t = text_at(doc, "mailNickname");

	return t.len == 0 ? text_at(doc, "alias") : t;
}

/* Signs that it may not have are left out. */
static struct text
nickname_from(struct arena *a, struct text t)
{
	char *s = arena_alloc(a, t.len + 1);
	size_t n = 0;

	if (s == NULL)
		return (struct text){"", 0};
	for (size_t i = 0; i < t.len && n < NICKNAME_MAX; i++)
		if ((unsigned char)t.data[i] < 0x80 &&
		    strchr(NICKNAME_BAD, t.data[i]) == NULL &&
		    (n != 0 || t.data[i] != '.'))
			s[n++] = t.data[i];
	while (n != 0 && s[n - 1] == '.')
		n--;
	return (struct text){s, n};
}

static struct text
nickname_calculated(struct sync_view *v)
{
	const struct json *doc = v->s->doc;
	const struct json *list = syncobj_get(doc, "proxyAddresses");
	const struct text from[] = {
	    address_in(list, true),
	    text_at(doc, "mail"),
	    text_at(doc, "userPrincipalName"),
	    address_in(list, false),
	};

	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		struct text t = nickname_from(v->c->a, local_part(from[i]));

		if (t.len != 0)
			return t;
	}
	return text_of(
	    arena_printf(v->c->a, "%.8s-%.1s", v->o->id, v->o->id + 9));
}

/* Groups must differ in it: four digits are added where one has it. */
static int
nickname_free(struct sync_view *v, struct text *inout)
{
	struct text name = *inout, key;
	int64_t row;
	int r = 0;

	if (v->o->kind != ENTITY_GROUP)
		return 0;
	for (int i = 0; r == 0 && i < TRIES; i++) {
		unsigned char b[2];

		r = dirobj_key(v->c->a, UNIQUE_NICKNAME, *inout, &key);
		if (r == 0)
			r = dirobj_by_unique(
			    v->c->t->db, UNIQUE_NICKNAME, key, &row);
		if (r != 0)
			break;
		random_bytes(b, sizeof(b));
		*inout = text_of(arena_printf(v->c->a, "%.*s%04u",
		    (int)(name.len > NICKNAME_MAX - 4 ? NICKNAME_MAX - 4
						      : name.len),
		    name.data, ((unsigned)b[0] << 8 | b[1]) % 10000U));
	}
	return r == ERR_NOENT ? 0 : r == 0 ? ERR_LIMIT : r;
}

static int
nickname_show(struct sync_view *v)
{
	struct text given = onprem_nickname(v->s->doc), name;
	int r = 0;

	if (given.len != 0) {
		json_set_text(v->o->doc, "mailNickname", given);
	} else if (dirobj_text(v->o, "mailNickname").len == 0) {
		name = nickname_calculated(v);
		r = nickname_free(v, &name);
		json_set_text(v->o->doc, "mailNickname", name);
	}
	return r;
}

static struct text
moera(struct sync_view *v)
{
	return text_of(arena_printf(v->c->a, "%.*s@%.*s",
	    TEXT_ARGS(dirobj_text(v->o, "mailNickname")),
	    TEXT_ARGS(tenant_initial_domain(v->c->t)->name)));
}

/* ---- userPrincipalName (T5.4, T5.6) ---- */

static const struct domain *
domain_of(struct sync_view *v, struct text upn)
{
	struct text local, domain;

	return value_split_address(upn, &local, &domain)
		   ? tenant_domain(v->c->t, domain)
		   : NULL;
}

static struct text
upn_calculated(struct sync_view *v)
{
	struct text upn = text_at(v->s->doc, "userPrincipalName");

	return domain_of(v, upn) != NULL && value_is_upn(upn) ? upn : moera(v);
}

/* From one domain to another of which one signs in elsewhere. */
static int
federation_check(struct sync_view *v, struct text before, struct text after)
{
	const struct domain *from = domain_of(v, before);
	const struct domain *to = domain_of(v, after);

	if (from == NULL || to == NULL || from == to || from->is_initial ||
	    to->is_initial || (!from->federated && !to->federated))
		return 0;
	return sync_refuse(v->c, v->out, "FederatedDomainChangeError",
	    "The userPrincipalName cannot be moved from %.*s to %.*s "
	    "directly: move it to %.*s first.",
	    TEXT_ARGS(from->name), TEXT_ARGS(to->name),
	    TEXT_ARGS(tenant_initial_domain(v->c->t)->name));
}

/* What waits in quarantine is what it should have. */
static int
upn_waiting(struct sync_view *v, struct text *out)
{
	struct tdb *db = v->c->t->db;
	int r = tdb_run(db, SQL_QUARANTINE_OF, "i", v->o->row);

	*out = dirobj_text(v->o, "userPrincipalName");
	for (; r == 1; r = tdb_next(db, SQL_QUARANTINE_OF))
		if (text_is(tdb_text(db, SQL_QUARANTINE_OF, 1),
			"UserPrincipalName"))
			*out = text_dup(
			    v->c->a, tdb_text(db, SQL_QUARANTINE_OF, 3));
	return r;
}

static bool
upn_follows(struct sync_view *v)
{
	const struct domain *d =
	    domain_of(v, dirobj_text(v->o, "userPrincipalName"));

	if (v->is_new)
		return true;
	if (text_at(v->s->doc, "userPrincipalName").len == 0)
		return false;
	if (v->old == NULL || v->recalculate)
		return true;
	if (same_text(v->s->doc, v->old, "userPrincipalName"))
		return false;
	/* T5.6: of a managed user only where that is switched on. */
	return d == NULL || d->federated ||
	       (v->c->settings.features & SYNC_UPN_OF_MANAGED) != 0;
}

static int
upn_show(struct sync_view *v)
{
	struct text now = dirobj_text(v->o, "userPrincipalName");
	int r;

	now = text_dup(v->c->a, now);
	r = upn_waiting(v, &v->waiting);
	v->upn = v->waiting = text_dup(v->c->a, v->waiting);
	v->shown_upn = now;
	if (r != 0 || now.data == NULL || v->upn.data == NULL)
		return r == 0 ? ERR_NOMEM : r;
	if (!upn_follows(v))
		return 0;
	v->upn = text_dup(v->c->a, upn_calculated(v));
	return v->is_new || v->recalculate ? 0
					   : federation_check(v, now, v->upn);
}

/* ---- proxyAddresses and mail (T5.7, T5.8) ---- */

static bool
display_type_drops(int64_t type)
{
	static const int64_t types[] = {
	    0, 2, 7, 8, 10, 15, 16, 17, 18, 1073741824, 1073741840};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i] == type)
			return true;
	return false;
}

/* Of who has a mailbox here, addresses must be in domains that are ours. */
static bool
drops_foreign(const struct sync_view *v)
{
	const struct json *doc = v->s->doc;
	const struct json *type =
	    syncobj_get(doc, "cloudMSExchRecipientDisplayType");

	return v->o->kind == ENTITY_USER &&
	       (v->c->settings.mailboxes ||
		   syncobj_get(doc, "msExchRemoteRecipientType") != NULL ||
		   (type != NULL && display_type_drops(json_int(type, -1))));
}

static bool
is_foreign(struct sync_view *v, struct text t)
{
	struct text local, domain;

	return is_smtp(t, false) &&
	       value_split_address(behind_colon(t), &local, &domain) &&
	       tenant_domain(v->c->t, domain) == NULL;
}

static bool
list_has(const struct json *list, struct text address)
{
	for (size_t i = 0; i < json_count(list); i++) {
		struct text t = json_text(json_at(list, i));

		if (is_smtp(t, false) &&
		    text_equal_nocase(behind_colon(t), address))
			return true;
	}
	return false;
}

static void
address_add(struct sync_view *v, struct json *list, struct text address)
{
	bool first = address_in(list, true).len == 0;

	if (address.len != 0 && !list_has(list, address))
		json_push(
		    list, json_new_text(text_of(arena_printf(v->c->a, "%s:%.*s",
			      first ? "SMTP" : "smtp", TEXT_ARGS(address)))));
}

/* mail alone is the primary address, where none is given. */
static struct json *
with_mail(struct sync_view *v, const struct json *list)
{
	struct text mail = text_at(v->s->doc, "mail");
	bool add = mail.len != 0 && address_in(list, true).len == 0;
	struct json *out = json_new_list();

	if (add)
		json_push(out, json_new_text(text_of(arena_printf(
				   v->c->a, "SMTP:%.*s", TEXT_ARGS(mail)))));
	for (size_t i = 0; i < json_count(list); i++) {
		struct text t = json_text(json_at(list, i));

		if (add && is_smtp(t, false) &&
		    text_equal_nocase(behind_colon(t), mail))
			continue;
		if (!drops_foreign(v) || !is_foreign(v, t))
			json_push(out, json_new_text(t));
	}
	return out;
}

static void
mailbox_addresses(struct sync_view *v, struct json *list)
{
	bool sip = false;

	for (size_t i = 0; i < json_count(list); i++)
		sip = sip ||
		      text_starts_nocase(json_text(json_at(list, i)), "sip:");
	address_add(v, list, moera(v));
	address_add(v, list, v->upn);
	if (!sip && v->upn.len != 0)
		json_push(list, json_new_text(text_of(arena_printf(
				    v->c->a, "SIP:%.*s", TEXT_ARGS(v->upn)))));
}

/* Where nothing of it was exported, now or before, what is there stays. */
static bool
has_addresses(const struct json *doc)
{
	return json_count(syncobj_get(doc, "proxyAddresses")) != 0 ||
	       syncobj_get(doc, "mail") != NULL;
}

static void
addresses_show(struct sync_view *v)
{
	bool mailbox = v->o->kind == ENTITY_USER && v->c->settings.mailboxes;
	struct json *list;

	if (!has_addresses(v->s->doc) && !has_addresses(v->old) && !mailbox)
		return;
	list = with_mail(v, syncobj_get(v->s->doc, "proxyAddresses"));
	if (mailbox)
		mailbox_addresses(v, list);
	json_set(v->o->doc, "proxyAddresses", list);
}

/* ---- The rest ---- */

static void
group_show(struct sync_view *v)
{
	struct dirobj *o = v->o;
	bool mail = has_addresses(v->s->doc);

	if (syncobj_get(v->s->doc, "securityEnabled") == NULL)
		json_set_bool(o->doc, "securityEnabled", !mail);
	json_set_bool(o->doc, "mailEnabled", mail);
}

static void
user_type_show(struct sync_view *v)
{
	struct text type = text_at(v->s->doc, "userType");

	if (type.len != 0 && !v->c->settings.ignore_user_type)
		json_set_str(v->o->doc, "userType",
		    text_is_nocase(type, "Guest") ? "Guest" : "Member");
	else if (json_get(v->o->doc, "userType") == NULL)
		json_set_str(v->o->doc, "userType", "Member");
}

int
sync_calculate(struct sync_view *v)
{
	int r;

	if (v->o->kind == ENTITY_DEVICE)
		return 0;
	r = nickname_show(v);
	if (r == 0 && v->o->kind == ENTITY_USER) {
		user_type_show(v);
		r = upn_show(v);
	}
	if (r == 0 && v->out->error == NULL)
		addresses_show(v);
	if (v->o->kind == ENTITY_GROUP)
		group_show(v);
	if (r == 0 && arena_failed(v->c->a))
		r = ERR_NOMEM;
	return r;
}

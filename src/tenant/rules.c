#include "tenant/rules.h"

#include "base/clock.h"
#include "base/fold.h"
#include "tenant/syncobj.h"
#include "tenant/value.h"

#define MASTERED                                                     \
	"Unable to update the specified properties for on-premises " \
	"mastered Directory Sync objects or objects currently "      \
	"undergoing migration."

const struct domain *
tenant_domain(const struct tenant *t, struct text name)
{
	for (size_t i = 0; i < t->ndomains; i++)
		if (text_equal_nocase(t->domains[i].name, name))
			return &t->domains[i];
	return NULL;
}

const struct domain *
tenant_initial_domain(const struct tenant *t)
{
	for (size_t i = 0; i < t->ndomains; i++)
		if (t->domains[i].is_initial)
			return &t->domains[i];
	return &t->domains[0];
}

bool
rules_is_unified(const struct dirobj *group)
{
	struct json *types = json_get(group->doc, "groupTypes");

	for (size_t i = 0; i < json_count(types); i++)
		if (text_is_nocase(json_text(json_at(types, i)), "Unified"))
			return true;
	return false;
}

bool
rules_is_mail_group(const struct dirobj *group)
{
	return group->kind == ENTITY_GROUP &&
	       dirobj_flag(group, "mailEnabled") && !rules_is_unified(group);
}

int
rules_conflict(struct gcall *c, const char *prop)
{
	const struct refusal r = {
	    400, "Request_BadRequest", "ObjectConflict", prop};

	return gcall_refuse(c, &r,
	    "Another object with the same value for property %s already "
	    "exists.",
	    prop);
}

/* One pass over the members of the body. */
struct apply {
	struct gcall *c;
	const struct entity_info *info;
	struct dirobj *o;
	unsigned need;  /* P_CREATE or P_UPDATE */
	unsigned plain; /* members that are properties */
	struct buf changed;
};

static void
changed_add(struct apply *ap, const char *name)
{
	if (ap->changed.len != 0)
		buf_putc(&ap->changed, ',');
	buf_puts(&ap->changed, name);
}

static bool
changed_has(struct apply *ap, const char *name)
{
	struct text all = buf_text(&ap->changed);
	size_t from = 0;

	for (size_t i = 0; i <= all.len; i++) {
		if (i < all.len && all.data[i] != ',')
			continue;
		if (text_is((struct text){all.data + from, i - from}, name))
			return true;
		from = i + 1;
	}
	return false;
}

/* T1.4: a number of the cloud in place of the one from there, unless that is
 * switched off. */
static bool
may_override(struct apply *ap, const struct prop *p)
{
	struct sync_settings s;

	return text_is(text_of(p->name), "mobilePhone") &&
	       sync_settings_load(ap->c->t, ap->c->a, &s) == 0 &&
	       !s.override_off;
}

static bool
is_writable(const struct apply *ap, const struct prop *p)
{
	if ((p->flags & P_ONCE) != 0 && ap->need == P_UPDATE)
		return dirobj_text(ap->o, p->name).len == 0;
	return (p->flags & ap->need) != 0;
}

static int
may_write(struct apply *ap, const struct prop *p)
{
	const struct refusal r = {
	    400, "Request_BadRequest", "InvalidValue", p->name};

	if (ap->c->service && (p->flags & P_MADE) == 0)
		return 0;
	if (!is_writable(ap, p))
		return gcall_refuse(ap->c, &r,
		    "Property '%s' is read-only and cannot be set.", p->name);
	if (ap->need != P_UPDATE || (p->flags & P_CLOUD) != 0 ||
	    !dirobj_flag(ap->o, "onPremisesSyncEnabled"))
		return 0;
	if (!may_override(ap, p))
		return gcall_refuse(ap->c, &r, MASTERED);
	json_set_bool(ap->o->doc, "mobileOverride", true);
	return 0;
}

struct merge {
	struct json *into;
	const struct prop *p;
};

static int
merge_member(void *ctx, struct text key, struct json *value)
{
	struct merge *m = ctx;
	const struct prop *sub = prop_sub(m->p, key);

	if (sub == NULL)
		return 0;
	if (json_type(value) == JSON_NULL)
		json_remove(m->into, sub->name);
	else
		json_set(m->into, sub->name, json_dup(value));
	return 0;
}

/* Members that are absent keep their value, null clears one. */
static struct json *
merged(const struct json *old, const struct prop *p, const struct json *v)
{
	struct merge m = {NULL, p};

	m.into = old == NULL ? json_new_object() : json_dup(old);
	if (m.into != NULL)
		(void)json_each(v, merge_member, &m);
	if (m.into != NULL && json_count(m.into) == 0)
		m.into = json_free(m.into);
	return m.into;
}

static int
set_value(struct apply *ap, const struct prop *p, const struct json *v)
{
	struct json *old = json_get(ap->o->doc, p->name);
	struct json *new = NULL;

	if ((p->flags & P_HIDDEN) != 0) {
		char now[32];

		/* It is no value of the object: see rules_password(). */
		(void)clock_format(clock_now_ms(), false, now);
		json_set_str(ap->o->doc, "lastPasswordChangeDateTime", now);
		changed_add(ap, "lastPasswordChangeDateTime");
		return 0;
	}
	if (json_type(v) != JSON_NULL)
		new = p->type == PROP_OBJECT ? merged(old, p, v) : json_dup(v);
	if ((old == NULL && new == NULL) ||
	    (old != NULL && new != NULL &&json_equal(old, new))) {
		(void)json_free(new);
		return 0;
	}
	changed_add(ap, p->name);
	if (new == NULL)
		json_remove(ap->o->doc, p->name);
	else
		json_set(ap->o->doc, p->name, new);
	return 0;
}

static int
apply_member(void *ctx, struct text key, struct json *value)
{
	struct apply *ap = ctx;
	const struct refusal r = {400, "BadRequest", NULL, NULL};
	const struct prop *p;
	int rc;

	/* Annotations, and links, which others read. */
	if (key.len != 0 && memchr(key.data, '@', key.len) != NULL)
		return 0;
	if (ap->c->service && link_find(ap->info, key) != LINK_NONE)
		return 0;
	ap->plain++;
	p = prop_find(ap->info, key);
	if (p == NULL)
		return gcall_refuse(ap->c, &r,
		    "Property '%.*s' does not exist as a declared property or "
		    "extension property.",
		    (int)(key.len > 128 ? 128 : key.len), key.data);
	if (ap->c->service && text_is(text_of(p->name), "id"))
		return 0;
	rc = may_write(ap, p);
	if (rc == 0)
		rc = value_check(ap->c, ap->info, p, value);
	return rc == 0 ? set_value(ap, p, value) : rc;
}

static int
required_check(
    struct gcall *c, const struct entity_info *info, const struct dirobj *o)
{
	for (size_t i = 0; i < info->nprops; i++) {
		const struct prop *p = &info->props[i];
		const struct refusal r = {
		    400, "Request_BadRequest", "MissingValue", p->name};

		if ((p->flags & P_REQUIRED) != 0 &&
		    json_get(o->doc, p->name) == NULL)
			return gcall_refuse(c, &r,
			    "A value is required for property '%s' of resource "
			    "'%s'.",
			    p->name, info->name);
	}
	return 0;
}

static int
upn_check(struct gcall *c, const struct dirobj *o, const struct domain **out_d)
{
	const struct refusal r = {
	    400, "Request_BadRequest", "InvalidValue", "userPrincipalName"};
	struct text local, domain;

	*out_d = NULL;
	if (value_split_address(
		dirobj_text(o, "userPrincipalName"), &local, &domain))
		*out_d = tenant_domain(c->t, domain);
	if (*out_d == NULL)
		return gcall_refuse(c, &r,
		    "The domain portion of the userPrincipalName property is "
		    "invalid. You must use one of the verified domain names in "
		    "your organization.");
	return 0;
}

/* A managed user needs a password, a federated one its immutable id. */
static int
user_create_check(struct gcall *c, const struct dirobj *o)
{
	const struct domain *d = NULL;
	const struct json *profile = json_get(c->body, "passwordProfile");
	bool password = json_get_text(profile, "password").len != 0;
	const char *missing = NULL;
	int r = upn_check(c, o, &d);

	if (r != 0 || c->service || d == NULL)
		return r;
	if (d->federated && dirobj_text(o, "onPremisesImmutableId").len == 0)
		missing = "onPremisesImmutableId";
	else if (!d->federated && !password)
		missing = "passwordProfile";
	if (missing != NULL) {
		const struct refusal miss = {
		    400, "Request_BadRequest", "MissingValue", missing};

		return gcall_refuse(c, &miss,
		    "A value is required for property '%s' of resource 'User'.",
		    missing);
	}
	return 0;
}

/* The primary SMTP address follows mail; the one before stays as another. */
static void
mail_follow(struct apply *ap)
{
	struct text mail = dirobj_text(ap->o, "mail");
	struct json *old = json_get(ap->o->doc, "proxyAddresses");
	struct json *new = json_new_list();
	char *s = arena_printf(ap->c->a, "SMTP:%.*s", TEXT_ARGS(mail));

	if (mail.len != 0)
		json_push(new, json_new_text(text_of(s)));
	for (size_t i = 0; i < json_count(old); i++) {
		struct text t = json_text(json_at(old, i));

		if (mail.len != 0 && t.len > 5 &&
		    text_starts_nocase(t, "smtp:") &&
		    text_equal_nocase(
			(struct text){t.data + 5, t.len - 5}, mail))
			continue;
		if (t.len > 5 && memcmp(t.data, "SMTP:", 5) == 0) {
			if (mail.len == 0)
				continue;
			t = text_of(arena_printf(
			    ap->c->a, "smtp:%.*s", (int)t.len - 5, t.data + 5));
		}
		json_push(new, json_new_text(t));
	}
	json_set(ap->o->doc, "proxyAddresses", new);
	changed_add(ap, "proxyAddresses");
}

/* The first SMTP: of addresses that the service sets gives mail (T5.8). */
static void
mail_from_proxies(struct apply *ap)
{
	struct json *list = json_get(ap->o->doc, "proxyAddresses");

	for (size_t i = 0; i < json_count(list); i++) {
		struct text t = json_text(json_at(list, i));

		if (t.len <= 5 || memcmp(t.data, "SMTP:", 5) != 0)
			continue;
		json_set_text(
		    ap->o->doc, "mail", (struct text){t.data + 5, t.len - 5});
		return;
	}
}

static void
addresses_follow(struct apply *ap)
{
	bool mail = json_has(ap->c->body, "mail");

	if (ap->c->service && json_has(ap->c->body, "proxyAddresses") && !mail)
		mail_from_proxies(ap);
	else if (mail && changed_has(ap, "mail"))
		mail_follow(ap);
}

static int
group_check(struct apply *ap)
{
	struct gcall *c = ap->c;
	struct dirobj *o = ap->o;
	char *mail;

	if (c->service)
		return 0;
	if (rules_is_mail_group(o))
		return gcall_bad(c,
		    "Cannot %s a mail-enabled security groups and or "
		    "distribution list.",
		    ap->need == P_CREATE ? "Create" : "Update");
	if (!rules_is_unified(o)) {
		if (!dirobj_flag(o, "securityEnabled"))
			return gcall_bad(c, "A group must be mail-enabled or "
					    "security-enabled.");
		return 0;
	}
	if (!dirobj_flag(o, "mailEnabled"))
		return value_refuse(c, ap->info, "mailEnabled");
	if (ap->need != P_CREATE)
		return 0;
	mail = arena_printf(c->a, "%.*s@%.*s",
	    TEXT_ARGS(dirobj_text(o, "mailNickname")),
	    TEXT_ARGS(tenant_initial_domain(c->t)->name));
	json_set_str(o->doc, "mail", mail);
	mail_follow(ap);
	return 0;
}

static void
default_set(struct dirobj *o, const char *name, struct json *value)
{
	if (json_get(o->doc, name) == NULL)
		json_set(o->doc, name, value);
	else
		(void)json_free(value);
}

static void
defaults_set(struct gcall *c, struct dirobj *o)
{
	char now[32];
	struct text local, domain;

	(void)clock_format(clock_now_ms(), false, now);
	default_set(o, "createdDateTime", json_new_text(text_of(now)));
	if (o->kind == ENTITY_USER)
		default_set(o, "userType", json_new_text(TEXT("Member")));
	if (!c->service)
		return;
	if (o->kind == ENTITY_USER || o->kind == ENTITY_DEVICE)
		default_set(o, "accountEnabled", json_new_bool(true));
	if (o->kind == ENTITY_DEVICE) /* it has not registered itself yet */
		default_set(o, "alternativeSecurityIds", json_new_list());
	if (o->kind == ENTITY_USER &&
	    value_split_address(
		dirobj_text(o, "userPrincipalName"), &local, &domain))
		default_set(o, "mailNickname", json_new_text(local));
	if (o->kind != ENTITY_GROUP)
		return;
	default_set(o, "securityEnabled", json_new_bool(true));
	default_set(o, "mailEnabled", json_new_bool(false));
}

/* What depends on the kind, after all values are in. */
static int
kind_check(struct apply *ap)
{
	const struct domain *d;

	addresses_follow(ap);
	if (ap->o->kind == ENTITY_GROUP)
		return group_check(ap);
	if (ap->o->kind != ENTITY_USER)
		return 0;
	return ap->need == P_CREATE ? user_create_check(ap->c, ap->o)
				    : upn_check(ap->c, ap->o, &d);
}

static int
apply_body(struct apply *ap)
{
	struct gcall *c = ap->c;
	const struct refusal r = {400, "BadRequest", NULL, NULL};
	int rc;

	if (json_type(c->body) != JSON_OBJECT)
		return gcall_refuse(c, &r,
		    "Unable to read JSON request payload. Please ensure "
		    "Content-Type header is set and payload is of valid JSON "
		    "format.");
	rc = json_each(c->body, apply_member, ap);
	if (rc == 0 && ap->need == P_CREATE) {
		defaults_set(c, ap->o);
		rc = required_check(c, ap->info, ap->o);
	}
	if (rc == 0)
		rc = kind_check(ap);
	return rc;
}

static int
object_write(struct gcall *c, struct dirobj_write *w)
{
	int r = dirobj_write(c->t->db, c->a, w);

	if (r == ERR_EXIST && w->conflict != NULL)
		return rules_conflict(c, w->conflict);
	return r == 0 ? 0 : gcall_failed(c, r);
}

static int
quota_check(struct gcall *c)
{
	const struct refusal r = {403, "Directory_QuotaExceeded", NULL, NULL};

	if (c->service || tdb_objects_estimate(c->t->db) < c->t->max_objects)
		return 0;
	tdb_objects_recount(c->t->db, tenant_now_ms(c->t));
	if (tdb_objects_estimate(c->t->db) < c->t->max_objects)
		return 0;
	return gcall_refuse(c, &r,
	    "The directory object quota limit for the tenant has been "
	    "exceeded. Please ask your administrator to increase the quota "
	    "limit or delete objects to reduce the used quota.");
}

int
rules_create(struct gcall *c, enum entity kind, struct dirobj *out_o)
{
	struct apply ap = {
	    .c = c, .info = entity_info(kind), .o = out_o, .need = P_CREATE};
	struct dirobj_write w = {.after = out_o, .op = CHANGE_CREATE};
	int r = quota_check(c);

	*out_o = (struct dirobj){.kind = kind, .doc = json_new_object()};
	if (r != 0)
		return r;
	if (c->service && dirobj_is_id(json_get_text(c->body, "id")))
		memcpy(out_o->id, json_get_text(c->body, "id").data,
		    DIROBJ_ID_LEN);
	buf_init(&ap.changed, 65536);
	r = apply_body(&ap);
	w.changed = buf_text(&ap.changed);
	if (r == 0)
		r = object_write(c, &w);
	if (r == 0)
		r = rules_password(c, out_o);
	buf_clear(&ap.changed);
	return r;
}

int
rules_update(struct gcall *c, struct dirobj *o)
{
	struct dirobj before = *o;
	struct apply ap = {
	    .c = c, .info = entity_info(o->kind), .o = o, .need = P_UPDATE};
	struct dirobj_write w = {
	    .before = &before, .after = o, .op = CHANGE_UPDATE};
	int r = 0;

	before.doc = json_dup(o->doc);
	buf_init(&ap.changed, 65536);
	if (rules_is_mail_group(o) && !c->service)
		r = gcall_bad(c,
		    "Cannot Update a mail-enabled security groups and or "
		    "distribution list.");
	if (r == 0)
		r = apply_body(&ap);
	w.changed = buf_text(&ap.changed);
	/* A body of binds alone changes links, which are logged as such. */
	if (r == 0 && (ap.plain != 0 || json_count(c->body) == 0))
		r = object_write(c, &w);
	if (r == 0)
		r = rules_password(c, o);
	buf_clear(&ap.changed);
	dirobj_clear(&before);
	return r;
}

/* T1.4: the manager of a user for whom none ever came from there. */
static bool
is_free_manager(struct gcall *c, const struct dirobj *o, enum link_kind kind)
{
	struct syncobj s = {0};
	bool is = kind == LINK_MANAGER &&
		  syncobj_by_row(c->t->db, c->a, o->row, &s) == 0 &&
		  syncobj_get(s.doc, "manager") == NULL;

	syncobj_clear(&s);
	return is;
}

int
rules_may_link(struct gcall *c, const struct dirobj *o, enum link_kind kind)
{
	const struct refusal r = {
	    400, "Request_BadRequest", "InvalidValue", link_name(kind)};

	if (c->service)
		return 0;
	if (dirobj_flag(o, "onPremisesSyncEnabled") &&
	    !is_free_manager(c, o, kind))
		return gcall_refuse(c, &r, MASTERED);
	if (rules_is_mail_group(o))
		return gcall_bad(c,
		    "Cannot Update a mail-enabled security groups and or "
		    "distribution list.");
	return 0;
}

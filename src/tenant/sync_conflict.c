/* tenant/sync_conflict.c -- values that another object has already: refused,
 * or left out and kept in quarantine (T3, T4); see sync_rules.h. */
#include "tenant/sync_rules.h"
#include "tenant/value.h"

#include "base/clock.h"
#include "base/hash.h"

#define TRIES     200
#define LOCAL_MAX 60U

/* All that conflict, in the order in which they were met. */
struct conflicts {
	struct sync_view *v;
	struct sync_conflict *all;
	size_t n, size;
};

static bool
is_own_name(const struct sync_conflict *k, const char *name)
{
	return text_is(text_of(k->name), name);
}

/* Only these two are put in quarantine (section 4). */
static bool
can_wait(const struct conflicts *k, const struct sync_conflict *one)
{
	int64_t f = k->v->c->settings.features;

	if (is_own_name(one, "UserPrincipalName"))
		return (f & SYNC_UPN_RESILIENCY) != 0;
	return is_own_name(one, "ProxyAddresses") &&
	       (f & SYNC_PROXY_RESILIENCY) != 0;
}

static const char *
id_of_row(struct sync_view *v, int64_t row)
{
	struct dirobj o = {0};
	char *id = NULL;

	if (dirobj_by_row(v->c->t->db, row, &o) == 0)
		id = arena_strdup(v->c->a, o.id);
	dirobj_clear(&o);
	return id == NULL ? "" : id;
}

static int
look(struct conflicts *k, enum unique_scope scope, const char *name,
    struct text value, struct text unprefixed)
{
	struct sync_conflict one = {.name = name, .scope = scope};
	struct tdb *db = k->v->c->t->db;
	int r;

	if (unprefixed.len == 0)
		return 0;
	r = dirobj_key(k->v->c->a, scope, unprefixed, &one.key);
	if (r == 0)
		r = dirobj_by_unique(db, scope, one.key, &one.owner_row);
	if (r == ERR_NOENT || (r == 0 && one.owner_row == k->v->o->row))
		return 0;
	if (r != 0)
		return r;
	if (k->n == k->size)
		return ERR_LIMIT;
	one.value = text_dup(k->v->c->a, value);
	one.owner = id_of_row(k->v, one.owner_row);
	k->all[k->n++] = one;
	return 0;
}

/* Names by which a user signs in beside the one (T3.1). */
static int
look_at_names(struct conflicts *k)
{
	struct json *list = json_get(k->v->o->doc, "signInNames");
	int r =
	    look(k, UNIQUE_ADDRESS, "UserPrincipalName", k->v->upn, k->v->upn);

	for (size_t i = 0; r == 0 && i < json_count(list); i++) {
		struct text t = json_text(json_at(list, i));

		r = look(k, UNIQUE_ADDRESS, "SignInName", t, t);
	}
	return r;
}

static int
look_at_addresses(struct conflicts *k)
{
	struct json *list = json_get(k->v->o->doc, "proxyAddresses");
	int r = look_at_names(k);

	for (size_t i = 0; r == 0 && i < json_count(list); i++) {
		struct text t = json_text(json_at(list, i));

		if (text_starts_nocase(t, "smtp:"))
			r = look(k, UNIQUE_ADDRESS, "ProxyAddresses", t,
			    (struct text){t.data + 5, t.len - 5});
		else if (text_starts_nocase(t, "sip:"))
			r = look(k, UNIQUE_SIP, "SipProxyAddress", t, t);
	}
	return r;
}

static int
look_at_all(struct conflicts *k)
{
	// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): a table
	static const struct {
		enum unique_scope scope;
		const char *name, *prop;
		unsigned kinds;
	} singles[] = {
	    {UNIQUE_SID, "OnPremiseSecurityIdentifier",
		"onPremisesSecurityIdentifier", ~(1U << ENTITY_DEVICE)},
	    {UNIQUE_DEVICE_SID, "OnPremiseSecurityIdentifier",
		"onPremisesSecurityIdentifier", 1U << ENTITY_DEVICE},
	    {UNIQUE_ANCHOR, "ImmutableId", "onPremisesImmutableId",
		1U << ENTITY_USER},
	    {UNIQUE_NICKNAME, "MailNickname", "mailNickname",
		1U << ENTITY_GROUP},
	    {UNIQUE_DEVICE, "DeviceId", "deviceId", 1U << ENTITY_DEVICE},
	};
	int r = look_at_addresses(k);

	for (size_t i = 0; r == 0 && i < sizeof(singles) / sizeof(singles[0]);
	     i++) {
		struct text t = dirobj_text(k->v->o, singles[i].prop);

		if ((singles[i].kinds & 1U << k->v->o->kind) != 0)
			r = look(k, singles[i].scope, singles[i].name, t, t);
	}
	return r;
}

/* ---- What is told ---- */

int
sync_details_set(struct sync_call *c, struct sync_item_result *out,
    const char *id, const struct sync_conflict *all, size_t n)
{
	struct sync_detail *d = arena_array(c->a, 4, sizeof(*d));
	struct text *own = arena_alloc(c->a, sizeof(*own));
	struct text *text = arena_array(c->a, n * 3 + 1, sizeof(*text));

	if (d == NULL || own == NULL || text == NULL)
		return ERR_NOMEM;
	/* The object does not outlive its item, the result does. */
	*own = text_of(id == NULL ? "" : arena_strdup(c->a, id));
	for (size_t i = 0; i < n; i++) {
		text[i] = text_of(arena_strdup(c->a, all[i].owner));
		text[n + i] = text_of(all[i].name);
		text[n * 2 + i] = text_dup(c->a, all[i].value);
	}
	d[0] = (struct sync_detail){"ObjectId", own, own->len == 0 ? 0 : 1};
	d[1] = (struct sync_detail){"ObjectIdInConflict", text, n};
	d[2] = (struct sync_detail){"AttributeConflictName", text + n, n};
	d[3] = (struct sync_detail){"AttributeConflictValues", text + n * 2, n};
	out->details = d;
	out->ndetails = 4;
	return arena_failed(c->a) ? ERR_NOMEM : 0;
}

/* "UserPrincipalName a@b;ProxyAddresses SMTP:a@b;" */
static void
names_write(const struct conflicts *k, struct buf *b)
{
	for (size_t i = 0; i < k->n; i++)
		buf_printf(
		    b, "%s %.*s;", k->all[i].name, TEXT_ARGS(k->all[i].value));
}

static int
refuse(struct conflicts *k)
{
	struct sync_view *v = k->v;
	struct buf b;

	buf_init(&b, 512);
	names_write(k, &b);
	(void)sync_refuse(v->c, v->out, "AttributeValueMustBeUnique",
	    "Unable to update this object because the following attributes "
	    "associated with this object have values that may already be "
	    "associated with another object in your local directory "
	    "services: [%.*s]. Correct or remove the duplicate values in your "
	    "local directory.",
	    TEXT_ARGS(buf_text(&b)));
	buf_clear(&b);
	return sync_details_set(
	    v->c, v->out, v->is_new ? NULL : v->o->id, k->all, k->n);
}

/* T4.4: the notice of what was left out, once. */
static int
notice(struct conflicts *k)
{
	struct sync_view *v = k->v;
	struct buf b;

	buf_init(&b, 4096);
	buf_puts(&b,
	    "The object was updated in your directory, but with some modified "
	    "properties, because the following attributes are associated with "
	    "another object [");
	names_write(k, &b);
	buf_puts(&b, "].");
	v->out->description = text_dup(v->c->a, buf_text(&b));
	buf_clear(&b);
	return sync_details_set(v->c, v->out, v->o->id, k->all, k->n);
}

/* ---- When it fails although it could wait (T4.6) ---- */

static bool
is_primary_of(const struct dirobj *o, struct text key)
{
	struct json *list = json_get(o->doc, "proxyAddresses");

	for (size_t i = 0; i < json_count(list); i++) {
		struct text t = json_text(json_at(list, i));

		if (t.len > 5 && memcmp(t.data, "SMTP:", 5) == 0 &&
		    text_equal_nocase(
			(struct text){t.data + 5, t.len - 5}, key))
			return true;
	}
	return false;
}

/* A new user whose name and address are a group's. */
static int
is_of_group(struct conflicts *k, bool *out)
{
	const struct sync_conflict *upn = NULL, *proxy = NULL;
	struct dirobj o = {0};
	int r;

	*out = false;
	for (size_t i = 0; i < k->n; i++)
		if (is_own_name(&k->all[i], "UserPrincipalName"))
			upn = &k->all[i];
		else if (is_own_name(&k->all[i], "ProxyAddresses"))
			proxy = &k->all[i];
	if (!k->v->is_new || upn == NULL || proxy == NULL ||
	    upn->owner_row != proxy->owner_row)
		return 0;
	r = dirobj_by_row(k->v->c->t->db, upn->owner_row, &o);
	if (r == 0)
		*out = o.kind == ENTITY_GROUP && is_primary_of(&o, upn->key);
	dirobj_clear(&o);
	return r;
}

/* A group whose address is one of a group that was made in this run. */
static int
is_twin(struct conflicts *k, bool *out)
{
	struct tdb *db = k->v->c->t->db;
	struct dirobj o = {0};
	int r = 0;

	*out = false;
	if (k->v->o->kind != ENTITY_GROUP || !k->v->is_new)
		return 0;
	for (size_t i = 0; r == 0 && !*out && i < k->n; i++) {
		r = dirobj_by_row(db, k->all[i].owner_row, &o);
		if (r == 0 && o.kind == ENTITY_GROUP) {
			r = tdb_run(db, SQL_CHANGE_MADE_SINCE, "ii", o.row,
			    k->v->c->settings.run_seq);
			*out = r == 1;
			tdb_done(db, SQL_CHANGE_MADE_SINCE);
		}
		dirobj_clear(&o);
		r = r < 0 ? r : 0;
	}
	return r;
}

static int
must_fail(struct conflicts *k, bool *out)
{
	int r;

	*out = false;
	for (size_t i = 0; i < k->n; i++)
		if (!can_wait(k, &k->all[i]))
			*out = true;
	r = *out ? 0 : is_of_group(k, out);
	return r == 0 && !*out ? is_twin(k, out) : r;
}

/* ---- Quarantine ---- */

static bool
is_out(const struct conflicts *k, struct text t)
{
	for (size_t i = 0; i < k->n; i++)
		if (is_own_name(&k->all[i], "ProxyAddresses") &&
		    text_equal(k->all[i].value, t))
			return true;
	return false;
}

static void
proxies_leave_out(struct conflicts *k)
{
	struct json *old = json_get(k->v->o->doc, "proxyAddresses");
	struct json *new;

	if (old == NULL)
		return;
	new = json_new_list();
	for (size_t i = 0; i < json_count(old); i++)
		if (!is_out(k, json_text(json_at(old, i))))
			json_push(new, json_dup(json_at(old, i)));
	json_set(k->v->o->doc, "proxyAddresses", new);
}

/* T5.8: mail is the primary address that is left. */
static void
mail_show(struct sync_view *v)
{
	struct json *list = json_get(v->o->doc, "proxyAddresses");

	if (list == NULL)
		return;
	for (size_t i = 0; i < json_count(list); i++) {
		struct text t = json_text(json_at(list, i));

		if (t.len <= 5 || memcmp(t.data, "SMTP:", 5) != 0)
			continue;
		json_set_text(
		    v->o->doc, "mail", (struct text){t.data + 5, t.len - 5});
		return;
	}
	if (v->nquarantine != 0 || syncobj_get(v->s->doc, "mail") == NULL)
		json_remove(v->o->doc, "mail");
}

/* The name and four digits, in the initial domain (T4.1). */
static int
placeholder(struct sync_view *v, struct text *out)
{
	struct text local, domain, key;
	struct tdb *db = v->c->t->db;
	int64_t row;
	int r = 0;

	if (!value_split_address(v->upn, &local, &domain))
		return ERR_INVAL;
	if (local.len > LOCAL_MAX)
		local.len = LOCAL_MAX;
	for (int i = 0; r == 0 && i < TRIES; i++) {
		unsigned char b[2];

		random_bytes(b, sizeof(b));
		*out = text_of(arena_printf(v->c->a, "%.*s%04u@%.*s",
		    TEXT_ARGS(local), ((unsigned)b[0] << 8 | b[1]) % 10000U,
		    TEXT_ARGS(tenant_initial_domain(v->c->t)->name)));
		r = dirobj_key(v->c->a, UNIQUE_ADDRESS, *out, &key);
		if (r == 0)
			r = dirobj_by_unique(db, UNIQUE_ADDRESS, key, &row);
		if (r == ERR_NOENT)
			return 0;
	}
	return r == 0 ? ERR_LIMIT : r;
}

/* What is in quarantine since when; the rest is new. */
static int
since_read(struct sync_view *v, bool *out_upn)
{
	struct tdb *db = v->c->t->db;
	int r = tdb_run(db, SQL_QUARANTINE_OF, "i", v->o->row);

	*out_upn = false;
	for (; r == 1; r = tdb_next(db, SQL_QUARANTINE_OF)) {
		struct text prop = tdb_text(db, SQL_QUARANTINE_OF, 1);
		struct text key = tdb_text(db, SQL_QUARANTINE_OF, 2);

		if (text_is(prop, "UserPrincipalName"))
			*out_upn = true;
		for (size_t i = 0; i < v->nquarantine; i++)
			if (text_equal(v->quarantine[i].prop, prop) &&
			    text_equal(v->quarantine[i].key, key))
				v->quarantine[i].since_ms =
				    tdb_int(db, SQL_QUARANTINE_OF, 4);
	}
	for (size_t i = 0; i < v->nquarantine; i++) {
		if (v->quarantine[i].since_ms != 0)
			continue;
		v->quarantine[i].since_ms = v->c->now_ms;
		v->told = true;
	}
	return r;
}

static int
quarantine_make(struct conflicts *k, bool *out_had_upn)
{
	struct sync_view *v = k->v;

	v->quarantine = arena_array(v->c->a, k->n + 1, sizeof(*v->quarantine));
	if (v->quarantine == NULL)
		return ERR_NOMEM;
	v->nquarantine = k->n;
	for (size_t i = 0; i < k->n; i++)
		v->quarantine[i] =
		    (struct sync_quarantine){.prop = text_of(k->all[i].name),
			.key = k->all[i].key,
			.value = k->all[i].value};
	return since_read(v, out_had_upn);
}

static int
upn_settle(struct conflicts *k, bool had)
{
	struct sync_view *v = k->v;
	struct text name = v->upn;
	bool waits = false;
	int r = 0;

	if (v->o->kind != ENTITY_USER)
		return 0;
	for (size_t i = 0; i < k->n; i++)
		waits = waits || is_own_name(&k->all[i], "UserPrincipalName");
	/* Its placeholder stays as long as it waits for the same. */
	if (waits && had && !v->is_new && text_equal_nocase(v->waiting, v->upn))
		name = v->shown_upn;
	else if (waits)
		r = placeholder(v, &name);
	if (r == 0)
		json_set_text(v->o->doc, "userPrincipalName", name);
	return r;
}

static void
errors_show(struct sync_view *v)
{
	struct json *list;
	char date[32];

	if (v->nquarantine == 0) {
		json_remove(v->o->doc, "onPremisesProvisioningErrors");
		return;
	}
	list = json_new_list();
	for (size_t i = 0; i < v->nquarantine; i++) {
		const struct sync_quarantine *q = &v->quarantine[i];
		struct json *j = json_new_object();

		json_set_str(j, "category", "PropertyConflict");
		json_set_text(j, "propertyCausingError", q->prop);
		json_set_text(j, "value", q->value);
		(void)clock_format(q->since_ms, false, date);
		json_set_str(j, "occurredDateTime", date);
		json_push(list, j);
	}
	json_set(v->o->doc, "onPremisesProvisioningErrors", list);
}

static int
settle(struct conflicts *k)
{
	struct sync_view *v = k->v;
	bool had = false;
	int r = quarantine_make(k, &had);

	if (r == 0)
		r = upn_settle(k, had);
	if (r != 0)
		return r;
	proxies_leave_out(k);
	mail_show(v);
	errors_show(v);
	return v->told ? notice(k) : 0;
}

int
sync_conflicts(struct sync_view *v)
{
	struct conflicts k = {.v = v};
	bool fails = false;
	int r;

	k.size = 8 + json_count(json_get(v->o->doc, "proxyAddresses")) +
		 json_count(json_get(v->o->doc, "signInNames"));
	k.all = arena_array(v->c->a, k.size, sizeof(*k.all));
	r = k.all == NULL ? ERR_NOMEM : look_at_all(&k);
	if (r == 0)
		r = must_fail(&k, &fails);
	if (r == 0)
		r = fails ? refuse(&k) : settle(&k);
	return r == 0 && arena_failed(v->c->a) ? ERR_NOMEM : r;
}

int
sync_view(struct sync_view *v)
{
	int r = sync_show(v);

	if (r == 0)
		r = sync_calculate(v);
	return r == 0 && v->out->error == NULL ? sync_conflicts(v) : r;
}

static bool
is_kept(const struct sync_view *v, struct text prop, struct text key)
{
	for (size_t i = 0; i < v->nquarantine; i++)
		if (text_equal(v->quarantine[i].prop, prop) &&
		    text_equal(v->quarantine[i].key, key))
			return true;
	return false;
}

/* One that waits no longer is forgotten; one at a time. */
static int
others_forget(struct sync_view *v)
{
	struct tdb *db = v->c->t->db;
	struct sync_quarantine gone;
	int r;

	for (;;) {
		r = tdb_run(db, SQL_QUARANTINE_OF, "i", v->o->row);
		while (r == 1 && is_kept(v, tdb_text(db, SQL_QUARANTINE_OF, 1),
				     tdb_text(db, SQL_QUARANTINE_OF, 2)))
			r = tdb_next(db, SQL_QUARANTINE_OF);
		if (r != 1)
			return r;
		gone = (struct sync_quarantine){.object = v->o->row,
		    .prop =
			text_dup(v->c->a, tdb_text(db, SQL_QUARANTINE_OF, 1)),
		    .key =
			text_dup(v->c->a, tdb_text(db, SQL_QUARANTINE_OF, 2))};
		tdb_done(db, SQL_QUARANTINE_OF);
		r = sync_quarantine_remove(db, &gone);
		if (r != 0)
			return r;
	}
}

int
sync_view_keep(struct sync_view *v)
{
	int r = others_forget(v);

	for (size_t i = 0; r == 0 && i < v->nquarantine; i++) {
		v->quarantine[i].object = v->o->row;
		r = sync_quarantine_add(v->c->t->db, &v->quarantine[i]);
	}
	return r;
}

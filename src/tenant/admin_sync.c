/* tenant/admin_sync.c -- what tests ask of synchronisation: the clock, clients,
 * switches and limits, domains; see admin_int.h. */
#include "tenant/admin_int.h"

#include "base/clock.h"
#include "tenant/oauth.h"
#include "tenant/open.h"
#include "tenant/sync_int.h"
#include "tenant/sync_rules.h"
#include "tenant/tidy.h"

void
admin_clock_show(struct admin_request *q)
{
	char now[32];

	(void)clock_format(tenant_now_ms(q->c->t), false, now);
	buf_printf(q->c->out, "{\"now\":\"%s\"}\n", now);
}

/* POST clock {"now":"2017-12-31T00:00:00Z"} or {"now":null}: the real one. */
void
admin_clock_set(struct admin_request *q)
{
	int64_t ms = INT64_MIN;
	int r = 0;

	if (json_type(json_get(q->body, "now")) != JSON_NULL)
		r = clock_parse(json_get_text(q->body, "now"), &ms);
	if (r != 0) {
		admin_fail(
		    q->c, 400, "now is a time like 2017-12-31T00:00:00Z");
		return;
	}
	r = tenant_clock_set(q->c->t, ms);
	if (r == 0)
		r = tenant_tidy(q->c->t);
	if (r != 0)
		admin_fail(q->c, 500, tdb_message(q->c->t->db));
	else
		admin_clock_show(q);
}

void
admin_clients_show(struct admin_request *q)
{
	sync_clients_emit(q->c->out, tenant_now_ms(q->c->t));
}

/* T8.1: "disabled", "enabledForCount", "enabledForPercentage". */
static int
deletion_take(const struct json *j, struct sync_settings *s)
{
	struct text type = json_get_text(j, "synchronizationPreventionType");

	if (type.len != 0 && sync_prevention_of(type, &s->prevention) != 0)
		return ERR_INVAL;
	s->threshold = json_int(json_get(j, "alertThreshold"), s->threshold);
	return s->threshold < 0 ? ERR_INVAL : 0;
}

/* What is named by its own number or flag; all else stays. */
static void
options_take(const struct json *j, struct sync_settings *s)
{
	const struct {
		const char *name;
		int64_t *to;
	} numbers[] = {
	    {"turnOnSeconds", &s->turn_on_s},
	    {"turnOffSeconds", &s->turn_off_s},
	    {"page", &s->page},
	    {"intervalSeconds", &s->interval_s},
	    {"features", &s->features},
	    {"members", &s->limits.members},
	    {"members2", &s->limits.members_2},
	    {"owners", &s->limits.owners},
	    {"links", &s->limits.links},
	    {"weight", &s->limits.weight},
	    {"refuseDeletions", &s->refuse_deletions},
	};
	const struct {
		const char *name;
		bool *to;
	} flags[] = {
	    {"hourlySweep", &s->hourly},
	    {"ignoreUserType", &s->ignore_user_type},
	    {"mailboxes", &s->mailboxes},
	    {"refuseUnknown", &s->refuse_unknown},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		*numbers[i].to =
		    json_int(json_get(j, numbers[i].name), *numbers[i].to);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		*flags[i].to =
		    json_bool(json_get(j, flags[i].name), *flags[i].to);
}

static int
sync_settings_take(const struct json *j, struct sync_settings *s)
{
	struct text min = json_get_text(j, "minimumBuild");
	uint32_t parts[4];

	if (min.len != 0 && sync_build_parse(min, parts) != 0)
		return ERR_SYNTAX;
	if (json_has(j, "minimumBuild"))
		s->minimum_build = min;
	if (json_has(j, "redirectUrl"))
		s->redirect_url = json_get_text(j, "redirectUrl");
	options_take(j, s);
	return deletion_take(j, s);
}

static int
quota_put(struct tenant *t, struct arena *a, int64_t n)
{
	if (n < 1)
		return ERR_INVAL;
	t->max_objects = n;
	return tdb_meta_put(t->db, "max_objects",
	    text_of(arena_printf(a, "%lld", (long long)n)));
}

/* POST sync {"minimumBuild":"2.0.0.0","redirectUrl":"https://...",
 * "turnOnSeconds":0,"turnOffSeconds":259200,"page":50} */
void
admin_sync_set(struct admin_request *q)
{
	struct sync_settings s;
	int r = sync_settings_load(q->c->t, q->c->a, &s);

	if (r == 0)
		r = sync_settings_take(q->body, &s);
	if (r == ERR_SYNTAX || r == ERR_INVAL) {
		admin_fail(q->c, 400,
		    r == ERR_SYNTAX
			? "minimumBuild has four numbers: 2.0.0.0"
			: "synchronizationPreventionType is disabled, "
			  "enabledForCount or enabledForPercentage; "
			  "alertThreshold is not negative");
		return;
	}
	if (r == 0)
		r = sync_settings_save(q->c->t, &s);
	if (r == 0)
		r = quota_put(q->c->t, q->c->a,
		    json_int(
			json_get(q->body, "objects"), q->c->t->max_objects));
	if (r != 0)
		admin_fail(q->c, 500, tdb_message(q->c->t->db));
	else
		buf_puts(q->c->out, "{}\n");
}

/* Within one transaction; what fails is taken back. */
static void
run_whole(struct admin_request *q, int (*run)(struct admin_request *q))
{
	struct tdb *db = q->c->t->db;
	int r = tdb_begin(db, true);

	if (r == 0)
		r = run(q);
	if (r == 0)
		r = tdb_commit(db);
	if (r == 0) {
		buf_puts(q->c->out, "{}\n");
		return;
	}
	tdb_rollback(db);
	if (tenant_domains_load(q->c->t) != 0)
		r = ERR_STORE;
	if (r == ERR_INVAL || r == ERR_EXIST || r == ERR_NOENT)
		admin_fail(q->c, 400,
		    "name is a domain that is not verified already (POST), or "
		    "one that is and is not the initial one (DELETE)");
	else
		admin_fail(q->c, 500, tdb_message(db));
}

/* POST device {"userCode": "...", "user": "admin@contoso.com"}: as if that
 * user had signed in on the page for it. */
void
admin_device(struct admin_request *q)
{
	struct tenant *t = q->c->t;
	struct text name = json_get_text(q->body, "user"), key = {"", 0};
	int64_t row = 0;
	int r = dirobj_key(q->c->a, UNIQUE_ADDRESS, name, &key);

	if (r == 0)
		r = dirobj_by_unique(t->db, UNIQUE_ADDRESS, key, &row);
	if (r == 0)
		r = oauth_device_approve(
		    t, json_get_text(q->body, "userCode"), row);
	if (r != 0)
		admin_fail(q->c, 400,
		    "userCode is a code that waits, user the name of a user");
	else
		buf_puts(q->c->out, "{}\n");
}

static int
sweep(struct admin_request *q)
{
	return sync_sweep(q->c->t, q->c->a, true);
}

/* POST sweep: as every hour. */
void
admin_sweep(struct admin_request *q)
{
	run_whole(q, sweep);
}

static int
domain_add(struct admin_request *q)
{
	struct tenant *t = q->c->t;
	struct text name = json_get_text(q->body, "name");
	bool federated = json_bool(json_get(q->body, "federated"), false);
	int r;

	if (name.len == 0 || name.len > 48 ||
	    memchr(name.data, '.', name.len) == NULL ||
	    t->ndomains == DOMAINS_MAX)
		return ERR_INVAL;
	r = tdb_run(t->db, SQL_DOMAIN_ADD, "tiii", name, (int64_t)0, (int64_t)0,
	    (int64_t)federated);
	if (r == 0)
		r = tenant_domains_load(t);
	if (r == 0 && t->max_objects == TENANT_OBJECTS_NEW)
		r = quota_put(t, q->c->a, TENANT_OBJECTS_MAX);
	return r == 0 ? sync_domains_changed(t, q->c->a) : r;
}

static int
domain_remove(struct admin_request *q)
{
	struct tenant *t = q->c->t;
	const struct domain *d =
	    tenant_domain(t, json_get_text(q->body, "name"));
	int r;

	if (d == NULL || d->is_initial || d->is_default)
		return ERR_INVAL;
	r = tdb_run(t->db, SQL_DOMAIN_REMOVE, "t", d->name);
	if (r == 0)
		r = tenant_domains_load(t);
	return r == 0 ? sync_domains_changed(t, q->c->a) : r;
}

/* POST domains {"name": "contoso.com", "federated": false}: verified. */
void
admin_domain_add(struct admin_request *q)
{
	run_whole(q, domain_add);
}

/* DELETE domains {"name": "contoso.com"} */
void
admin_domain_remove(struct admin_request *q)
{
	run_whole(q, domain_remove);
}

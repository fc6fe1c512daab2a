/* tenant/sync_settings.c -- switches of the organisation and its clock; see
 * syncobj.h. */
#include "base/clock.h"
#include "tenant/syncobj.h"

#define KEY_SETTINGS "sync"
#define KEY_CLOCK    "clock_shift_ms"
#define TURN_OFF_S   (72LL * 3600) /* T8.2 */
#define THRESHOLD    500           /* T8.1 */
#define MEMBERS      50000         /* section 7, with the three that follow */
#define MEMBERS_2    250000
#define OWNERS       100
#define LINKS        15000
#define WEIGHT       400
#define PAGE         1000 /* more in one answer, and clients' limits are met */
#define INTERVAL_S   1800
#define SETTINGS_MAX 65536U

int64_t
tenant_now_ms(const struct tenant *t)
{
	return clock_now_ms() + t->clock_shift_ms;
}

int
tenant_clock_set(struct tenant *t, int64_t now_ms)
{
	int64_t shift = now_ms == INT64_MIN ? 0 : now_ms - clock_now_ms();
	char s[32];
	int r;

	(void)snprintf(s, sizeof(s), "%lld", (long long)shift);
	r = tdb_meta_put(t->db, KEY_CLOCK, text_of(s));
	if (r == 0)
		t->clock_shift_ms = shift;
	return r;
}

int
tenant_clock_load(struct tenant *t)
{
	struct text s;
	int r = tdb_meta_get(t->db, t->a, KEY_CLOCK, &s);

	if (r == ERR_NOENT)
		return 0;
	return r == 0 ? text_to_int64(s, &t->clock_shift_ms) : r;
}

static void
options_read(const struct json *j, struct sync_settings *s)
{
	s->limits.members = json_int(json_get(j, "members"), MEMBERS);
	s->limits.members_2 = json_int(json_get(j, "members2"), MEMBERS_2);
	s->limits.owners = json_int(json_get(j, "owners"), OWNERS);
	s->limits.links = json_int(json_get(j, "links"), LINKS);
	s->limits.weight = json_int(json_get(j, "weight"), WEIGHT);
	s->ignore_user_type = json_bool(json_get(j, "ignoreUserType"), false);
	s->mailboxes = json_bool(json_get(j, "mailboxes"), false);
	s->override_off = json_bool(json_get(j, "overrideOff"), false);
	s->hourly = json_bool(json_get(j, "hourlySweep"), false);
	s->refuse_unknown = json_bool(json_get(j, "refuseUnknown"), false);
	s->refuse_deletions = json_int(json_get(j, "refuseDeletions"), 0);
	s->deletions = json_int(json_get(j, "deletions"), 0);
}

static void
options_write(struct json *j, const struct sync_settings *s)
{
	json_set_int(j, "members", s->limits.members);
	json_set_int(j, "members2", s->limits.members_2);
	json_set_int(j, "owners", s->limits.owners);
	json_set_int(j, "links", s->limits.links);
	json_set_int(j, "weight", s->limits.weight);
	json_set_bool(j, "ignoreUserType", s->ignore_user_type);
	json_set_bool(j, "mailboxes", s->mailboxes);
	json_set_bool(j, "overrideOff", s->override_off);
	json_set_bool(j, "hourlySweep", s->hourly);
	json_set_bool(j, "refuseUnknown", s->refuse_unknown);
	json_set_int(j, "refuseDeletions", s->refuse_deletions);
	json_set_int(j, "deletions", s->deletions);
}

static void
settings_read(const struct json *j, struct arena *a, struct sync_settings *s)
{
	s->state = (enum sync_switch)json_int(json_get(j, "state"), SYNC_OFF);
	s->until_ms = json_int(json_get(j, "untilMs"), 0);
	s->features = json_int(json_get(j, "features"), SYNC_FEATURES_NEW);
	s->prevention = (enum sync_prevention)json_int(
	    json_get(j, "prevention"), SYNC_PREVENT_COUNT);
	s->threshold = json_int(json_get(j, "threshold"), THRESHOLD);
	s->last_sync_ms = json_int(json_get(j, "lastSyncMs"), 0);
	s->last_password_ms = json_int(json_get(j, "lastPasswordMs"), 0);
	s->exported = json_int(json_get(j, "exported"), 0);
	s->succeeded = json_int(json_get(j, "succeeded"), 0);
	s->turn_on_s = json_int(json_get(j, "turnOnSeconds"), 0);
	s->turn_off_s = json_int(json_get(j, "turnOffSeconds"), TURN_OFF_S);
	s->page = json_int(json_get(j, "page"), PAGE);
	s->interval_s = json_int(json_get(j, "intervalSeconds"), INTERVAL_S);
	s->run_seq = json_int(json_get(j, "runSeq"), 0);
	options_read(j, s);
	s->minimum_build = text_dup(a, json_get_text(j, "minimumBuild"));
	s->redirect_url = text_dup(a, json_get_text(j, "redirectUrl"));
	s->last_build = text_dup(a, json_get_text(j, "lastBuild"));
	s->machine = text_dup(a, json_get_text(j, "machine"));
}

int
sync_settings_save(struct tenant *t, const struct sync_settings *s)
{
	CLEANUP(json_freep)
	struct json *j = json_new_object();
	struct buf b;
	int r;

	json_set_int(j, "state", s->state);
	json_set_int(j, "untilMs", s->until_ms);
	json_set_int(j, "features", s->features);
	json_set_int(j, "prevention", s->prevention);
	json_set_int(j, "threshold", s->threshold);
	json_set_int(j, "lastSyncMs", s->last_sync_ms);
	json_set_int(j, "lastPasswordMs", s->last_password_ms);
	json_set_int(j, "exported", s->exported);
	json_set_int(j, "succeeded", s->succeeded);
	json_set_int(j, "turnOnSeconds", s->turn_on_s);
	json_set_int(j, "turnOffSeconds", s->turn_off_s);
	json_set_int(j, "page", s->page);
	json_set_int(j, "intervalSeconds", s->interval_s);
	json_set_int(j, "runSeq", s->run_seq);
	options_write(j, s);
	json_set_text(j, "minimumBuild", s->minimum_build);
	json_set_text(j, "redirectUrl", s->redirect_url);
	json_set_text(j, "lastBuild", s->last_build);
	json_set_text(j, "machine", s->machine);
	buf_init(&b, SETTINGS_MAX);
	r = json_write(j, false, &b);
	if (r == 0)
		r = tdb_meta_put(t->db, KEY_SETTINGS, buf_text(&b));
	if (r == 0)
		t->turning_until_ms = s->until_ms;
	buf_clear(&b);
	return r;
}

/* One object of the cloud from now on; its immutable id stays (T8.2). */
static int
release_one(struct tenant *t, struct arena *a, int64_t row)
{
	struct dirobj o = {0}, before;
	struct dirobj_write w = {.before = &before,
	    .after = &o,
	    .op = CHANGE_UPDATE,
	    .changed = TEXT("onPremisesSyncEnabled")};
	int r = dirobj_by_row(t->db, row, &o);

	if (r == ERR_NOENT)
		return 0;
	if (r != 0 || !dirobj_flag(&o, "onPremisesSyncEnabled")) {
		dirobj_clear(&o);
		return r;
	}
	before = o;
	before.doc = json_dup(o.doc);
	json_set_bool(o.doc, "onPremisesSyncEnabled", false);
	r = before.doc == NULL ? ERR_NOMEM : dirobj_write(t->db, a, &w);
	dirobj_clear(&before);
	dirobj_clear(&o);
	return r;
}

static int
release_all(struct tenant *t)
{
	struct arena *a = arena_new(0);
	int64_t row = 0;
	int r = a == NULL ? ERR_NOMEM : 1;

	while (r == 1) {
		r = tdb_run(t->db, SQL_SYNC_ALL, "i", row);
		if (r != 1)
			break;
		row = tdb_int(t->db, SQL_SYNC_ALL, 0);
		tdb_done(t->db, SQL_SYNC_ALL);
		arena_reset(a);
		r = release_one(t, a, row);
		r = r == 0 ? 1 : r;
	}
	(void)arena_free(a);
	return r;
}

/* What was turned has waited long enough. */
static int
settle(struct tenant *t, struct sync_settings *s)
{
	int r = 0;

	if (s->state == SYNC_TURNING_OFF)
		r = release_all(t);
	s->state = s->state == SYNC_TURNING_ON ? SYNC_ON : SYNC_OFF;
	s->until_ms = 0;
	return r == 0 ? sync_settings_save(t, s) : r;
}

int
sync_settings_load(
    struct tenant *t, struct arena *a, struct sync_settings *out_s)
{
	CLEANUP(json_freep)
	struct json *j = NULL;
	struct text s;
	int r = tdb_meta_get(t->db, a, KEY_SETTINGS, &s);

	if (r == 0)
		r = json_parse(s, SETTINGS_MAX, &j, NULL);
	if (r != 0 && r != ERR_NOENT)
		return r;
	*out_s = (struct sync_settings){.state = SYNC_OFF};
	settings_read(j, a, out_s);
	if (arena_failed(a))
		return ERR_NOMEM;
	if (out_s->state < SYNC_TURNING_ON)
		out_s->until_ms = 0;
	t->turning_until_ms = out_s->until_ms;
	if (out_s->state < SYNC_TURNING_ON ||
	    tenant_now_ms(t) < out_s->until_ms)
		return 0;
	return settle(t, out_s);
}

int
sync_turn(struct tenant *t, struct sync_settings *s, bool on)
{
	int64_t now = tenant_now_ms(t);

	if (on && s->state == SYNC_TURNING_OFF)
		return ERR_BUSY;
	if (on && s->state == SYNC_OFF) {
		s->state = s->turn_on_s == 0 ? SYNC_ON : SYNC_TURNING_ON;
		/* What needs no time is done: nothing waits for it. */
		s->until_ms = s->turn_on_s == 0 ? 0 : now + s->turn_on_s * 1000;
	} else if (!on &&
		   (s->state == SYNC_ON || s->state == SYNC_TURNING_ON)) {
		s->state = SYNC_TURNING_OFF;
		s->until_ms = now + s->turn_off_s * 1000;
	}
	return sync_settings_save(t, s);
}

#include "tenant/tidy.h"

#include "base/clock.h"
#include "tenant/rules.h"
#include "tenant/sync_rules.h"

#define DAY_MS 86400000LL

static int
purge_one(struct gcall *c, int64_t row)
{
	struct dirobj o = {0};
	int r = dirobj_by_row(c->t->db, row, &o);

	buf_reset(c->out);
	if (r == 0)
		r = rules_purge(c, &o);
	dirobj_clear(&o);
	return r;
}

/* One at a time: the statement that finds them begins anew. */
static int
purge_expired(struct tenant *t, struct arena *a, int64_t before_ms)
{
	struct buf out;
	struct gcall c = {.t = t,
	    .a = a,
	    .out = &out,
	    .service = true,
	    .method = "DELETE",
	    .request_id = ""};
	int r;

	buf_init(&out, BODY_MAX_BYTES);
	while ((r = tdb_run(t->db, SQL_OBJECT_EXPIRED, "i", before_ms)) == 1) {
		int64_t row = tdb_int(t->db, SQL_OBJECT_EXPIRED, 0);

		tdb_done(t->db, SQL_OBJECT_EXPIRED);
		arena_reset(a);
		r = purge_one(&c, row);
		if (r != 0)
			break;
	}
	buf_clear(&out);
	return r;
}

static int
tidy_all(struct tenant *t, struct arena *a)
{
	int64_t now = clock_now_ms();
	int64_t tenant_now = tenant_now_ms(t);
	int64_t log_ms = t->delta_life_ms * 2;
	struct sync_settings settings;
	int r;

	if (log_ms < TIDY_LOG_DAYS * DAY_MS)
		log_ms = TIDY_LOG_DAYS * DAY_MS;
	r = purge_expired(t, a, tenant_now - TIDY_RESTORABLE_DAYS * DAY_MS);
	/* Turns what has waited long enough. */
	if (r == 0)
		r = sync_settings_load(t, a, &settings);
	if (r == 0)
		r = sync_sweep(t, a, true);
	if (r == 0)
		r = tdb_run(t->db, SQL_CHANGE_PRUNE, "i", now - log_ms);
	if (r == 0)
		r = tdb_run(t->db, SQL_OBJECT_FORGET, "i", now - log_ms);
	return r;
}

int
tenant_tidy(struct tenant *t)
{
	struct arena *a = arena_new(0);
	int r = a == NULL ? ERR_NOMEM : tdb_begin(t->db, true);

	if (r == 0) {
		r = tidy_all(t, a);
		if (r == 0)
			r = tdb_commit(t->db);
		if (r != 0)
			tdb_rollback(t->db);
	}
	(void)arena_free(a);
	return r;
}

/* engine/run_import.c -- the import steps of a run, one a partition. */
#include <string.h>

#include "engine/containers.h"
#include "engine/import/import.h"
#include "engine/need.h"
#include "engine/unanswered.h"
#include "model/dn.h"

/* The partitions of one run, and what is known of earlier ones. */
struct parts {
	struct running *run;
	struct connector *conn;
	struct arena *arena;
	struct partition *list;
	size_t count;
	struct text known; /* names, one a line, with objects in the store */
	struct buf next;   /* the same after this run */
	bool acked;
	bool ack_used; /* it let something pass */
	bool delta;
	bool went_on;  /* the last one: what it read before may be old */
	bool full;     /* of some partition all that is there was seen */
	bool complete; /* every one that was, with all there is */
	bool deltas;   /* some partition was not read in full */
	struct journal_open *open; /* sent, and no answer came */
	size_t open_count;
	struct containers renamed;
	bool moved; /* the base was changed: what is new is not read */
	char needed[sizeof(((struct import_outcome *)0)->full_needed)];
	int first; /* the first error */
	struct err err;
};

static bool
same_name(struct arena *a, struct text x, struct text y)
{
	struct text kx, ky;

	if (text_equal(x, y))
		return true;
	return dn_key(a, x, &kx) == 0 && dn_key(a, y, &ky) == 0 &&
	       text_equal(kx, ky);
}

/* The name that objects were staged under: spelling may have changed. */
static struct text
staged_name(struct parts *p, struct text name)
{
	size_t at = 0;

	while (at < p->known.len) {
		const char *line = p->known.data + at;
		const char *end = memchr(line, '\n', p->known.len - at);
		size_t len =
		    end != NULL ? (size_t)(end - line) : p->known.len - at;
		struct text known = {line, len};

		if (same_name(p->arena, known, name))
			return known;
		at += len + 1;
	}
	return name;
}

/* Its objects are in the store under a name that means the same. */
static bool
is_known(struct parts *p, struct text name)
{
	struct text staged = staged_name(p, name);
	size_t at = 0;

	while (at < p->known.len) {
		const char *line = p->known.data + at;
		const char *end = memchr(line, '\n', p->known.len - at);
		size_t len =
		    end != NULL ? (size_t)(end - line) : p->known.len - at;

		if (text_equal((struct text){line, len}, staged))
			return true;
		at += len + 1;
	}
	return false;
}

/* The first partition that was never read before; empty: there is none. */
static struct text
first_new(struct parts *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].selected && !is_known(p, p->list[i].name))
			return p->list[i].name;
	return TEXT("");
}

static bool
is_selected(struct parts *p, struct text name)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].selected &&
		    same_name(p->arena, p->list[i].name, name))
			return true;
	return false;
}

static int
import_job_run(
    struct parts *p, struct step *s, struct import_job *job, struct err *e)
{
	const struct engine *g = p->run->g;
	struct import_outcome outcome;
	int r;

	job->step = s;
	job->ops = p->run->conn->kind->ops;
	job->wanted =
	    plan_wanted(g->cfg.plan, p->run->index, &job->wanted_count);
	job->schema = p->run->conn->schema;
	job->guard =
	    (struct import_guard){.percent = g->cfg.guard.source_percent,
		.minimum = g->cfg.guard.source_minimum,
		.attribute_percent = g->cfg.guard.attribute_percent,
		.acked = p->acked};
	job->open = p->open;
	job->open_count = p->open_count;
	job->refs_by_anchor =
	    (p->run->conn->kind->can & CAN_REFS_BY_ANCHOR) != 0;
	r = import_run(job, &outcome, e);
	p->complete = p->complete && (outcome.complete || job->delta);
	p->full = p->full || outcome.all_told;
	p->ack_used = p->ack_used || outcome.ack_used;
	p->went_on = outcome.went_on;
	if (outcome.full_needed[0] != '\0' && p->needed[0] == '\0')
		memcpy(p->needed, outcome.full_needed, sizeof(p->needed));
	return r;
}

static bool
has_deltas(const struct connector_kind *kind)
{
	return (kind->can & CAN_DELTA_IMPORT) != 0 &&
	       kind->ops->delta_import != NULL;
}

/* Why a full import is made where a delta was asked for; NULL: it is not. */
static const char *
read_in_full(const struct parts *p, struct text watermark)
{
	if (!p->delta)
		return NULL;
	if (!has_deltas(p->run->conn->kind))
		return "read in full: this kind of connector has no deltas";
	if (watermark.len == 0 && p->run->g->in_cycle)
		return "read in full: there is no watermark to go on from";
	return NULL;
}

/* A delta import goes on where another one ended. */
static int
check_watermark(struct parts *p, struct step *s, const struct import_job *job,
    struct err *e)
{
	if (!job->delta || job->watermark.len != 0)
		return 0;
	step_stop(s, "no-start-full-import-required",
	    "%.*s of %.*s has no watermark to go on from: causeway run %.*s "
	    "full-import reads all, and its record says why where no delta "
	    "import can follow",
	    TEXT_ARGS(job->partition), TEXT_ARGS(p->run->conn->name),
	    TEXT_ARGS(p->run->conn->name));
	return err_type(e, ERR_CONFIG, s->result, "%s", s->detail);
}

/* Each renamed container once, in the first step of the run. */
static int
warn_renamed(
    struct parts *p, struct step *s, struct import_job *job, struct err *e)
{
	struct containers *c = &p->renamed;
	struct store *store = p->run->g->cfg.store;
	struct step_where at = {
	    .stage = ERROR_IMPORT, .algorithm_step = "connector-filter"};
	int r = c->count != 0 ? store_begin(store, e) : 0;

	if (r < 0 || c->count == 0)
		return r;
	for (size_t i = 0; i < c->count && r == 0; i++) {
		struct err why = {0};

		(void)err_type(&why, ERR_CONFIG, "container-renamed", "%.*s",
		    TEXT_ARGS(c->warnings[i]));
		r = step_warning(s, &at, &why, e);
	}
	job->notice = c->warnings[0];
	c->count = 0;
	if (r == 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}

/* What an import read that went on where an earlier one had broken off is as
 * old as that one: what happened since then comes at once. */
static int
catch_up(struct parts *p, struct text name, struct err *e)
{
	struct running *run = p->run;
	struct import_job job = {
	    .conn = p->conn, .partition = name, .delta = true};
	struct step *s = NULL;
	int r = store_watermark_get(run->g->cfg.store, p->arena, run->conn->id,
	    name, &job.watermark, e);

	if (r < 0 || job.watermark.len == 0)
		return r;
	r = step_open(run, "delta-import", name, &s, e);
	if (r < 0)
		return r;
	return step_close(run, s, import_job_run(p, s, &job, e), e);
}

static int
one_partition(struct parts *p, struct text name, bool present, struct err *e)
{
	struct running *run = p->run;
	struct import_job job = {.conn = present ? p->conn : NULL,
	    .partition = name,
	    .base_now = present ? TEXT("") : first_new(p)};
	const char *why_full;
	struct step *s = NULL;
	int r = store_watermark_get(run->g->cfg.store, p->arena, run->conn->id,
	    name, &job.watermark, e);

	if (r < 0)
		return r;
	why_full = read_in_full(p, job.watermark);
	job.delta = p->delta && why_full == NULL && present;
	p->full = p->full || !job.delta;
	p->deltas = p->deltas || job.delta;
	r = step_open(
	    run, job.delta ? "delta-import" : "full-import", name, &s, e);
	if (r < 0)
		return r;
	r = check_watermark(p, s, &job, e);
	if (r == 0)
		r = warn_renamed(p, s, &job, e);
	if (r == 0)
		r = import_job_run(p, s, &job, e);
	if (r == 0 && why_full != NULL && s->detail[0] == '\0')
		memcpy(s->detail, why_full, strlen(why_full) + 1);
	r = step_close(run, s, r, e);
	return r == 0 && p->went_on ? catch_up(p, name, e) : r;
}

/* A partition that fails does not stop the others. */
static int
each_partition(struct parts *p, struct text name, bool present)
{
	struct err why = {0};
	struct text staged = staged_name(p, name);
	int r = one_partition(p, staged, present, &why);

	if (r < 0 && p->first == 0) {
		p->first = r;
		p->err = why;
	}
	/* Gone for good once its objects are. */
	if (present || r < 0) {
		buf_text_add(&p->next, staged);
		buf_putc(&p->next, '\n');
	}
	return r == ERR_CANCELLED || r == ERR_NOSPACE || r == ERR_STORE ? r : 0;
}

/* Calls each() for the partitions that are read no longer. */
static int
each_left(struct parts *p, int (*each)(struct parts *p, struct text name))
{
	size_t at = 0;
	int r = 0;

	while (at < p->known.len && r == 0) {
		const char *line = p->known.data + at;
		const char *end = memchr(line, '\n', p->known.len - at);
		size_t len =
		    end != NULL ? (size_t)(end - line) : p->known.len - at;
		struct text name = {line, len};

		if (len != 0 && !is_selected(p, name))
			r = each(p, name);
		at += len + 1;
	}
	return r;
}

static int
leave(struct parts *p, struct text name)
{
	return each_partition(p, name, false);
}

/* Whether an object is read by the partitions of now. */
static bool
is_covered(struct parts *p, struct arena *a, const struct cs_object *o)
{
	struct text base;

	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].selected &&
		    dn_key(a, p->list[i].name, &base) == 0 &&
		    dn_key_is_below(o->dn_key, base))
			return true;
	return false;
}

/* Whether all that was read under a name is read under another one. */
static int
all_covered(struct parts *p, struct text name, bool *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct store *store = p->run->g->cfg.store;
	struct cs_walk w = {.connector = p->run->conn->id,
	    .partition = names_find(store_names(store), name)};
	int64_t page[500];
	struct ids ids = {.id = page, .max = 500};
	int r;

	*out = true;
	if (w.partition == 0)
		return 0;
	do {
		r = cs_next(store, &w, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0 && *out; i++) {
			struct cs_object o;

			arena_reset(a);
			r = cs_get(store, a, ids.id[i], 0, &o, e);
			*out = r < 0 || (o.flags & CS_IN_CD) == 0 ||
			       is_covered(p, a, &o);
		}
	} while (r == 0 && ids.count != 0 && *out);
	return r;
}

/* A base that was changed by a slip may well be there and answer: nothing of it
 * is read before what was known below the old one is accounted for. */
static int
check_moved(struct parts *p, struct text name)
{
	struct err why = {0};
	bool covered = true;
	int r = all_covered(p, name, &covered, &why);

	if (r < 0 && p->first == 0) {
		p->first = r;
		p->err = why;
	}
	if (r < 0 || covered)
		return r;
	p->moved = true;
	return leave(p, name);
}

static int
remember(struct parts *p, struct err *e)
{
	struct meta_key key = meta_key("partitions", p->run->conn->id);

	if (buf_error(&p->next) < 0)
		return err_set(e, ERR_LIMIT, "too many partitions");
	if (text_equal(p->known, buf_text(&p->next)))
		return 0;
	return store_meta_keep(
	    p->run->g->cfg.store, key.text, buf_text(&p->next), e);
}

static int
every_partition(struct parts *p, struct err *e)
{
	/* After a delta too: a base that was changed by a slip is to stop the
	 * next cycle, not one some day. */
	int r = p->acked ? 0 : each_left(p, check_moved);

	for (size_t i = 0; i < p->count && r == 0; i++)
		if (p->list[i].selected &&
		    (!p->moved || is_known(p, p->list[i].name)))
			r = each_partition(p, p->list[i].name, true);
	if (r == 0 && !p->moved)
		r = each_left(p, leave);
	if (r == 0)
		r = remember(p, e);
	else
		*e = p->err;
	return r;
}

/* The connection did not come about: a step of its own says so. */
static int
not_started(struct parts *p, int r, struct err *why)
{
	struct running *run = p->run;
	struct step *s = NULL;
	struct err later = {0};

	if (step_open(run, p->delta ? "delta-import" : "full-import", TEXT(""),
		&s, &later) < 0)
		return r;
	step_stop(s, step_failure(why, false), "%s", why->text);
	return step_close(run, s, r, why);
}

static int
check_selected(const struct parts *p, struct err *e)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].selected)
			return 0;
	return err_type(e, ERR_CONFIG, "no-start-partition-not-configured",
	    "%.*s: no partition is selected, there is nothing to import",
	    TEXT_ARGS(p->run->conn->name));
}

/* With the names that its containers have now. */
static int
connect_to_renamed(struct parts *p, struct err *e)
{
	struct running *run = p->run;
	struct engine_connector now = *run->conn;
	int r = containers_follow(run, p->conn, p->arena, &p->renamed, e);

	if (r < 0 || p->renamed.conf == NULL)
		return r;
	run->conn->kind->ops->close(p->conn);
	p->conn = NULL;
	now.conf = p->renamed.conf;
	return engine_open(run->g, &now, p->arena, &p->conn, e);
}

static int
connect_and_list(struct parts *p, struct err *e)
{
	struct running *run = p->run;
	struct meta_key key = meta_key("partitions", run->conn->id);
	int r = engine_open(run->g, run->conn, p->arena, &p->conn, e);

	if (r == 0)
		r = connect_to_renamed(p, e);

	if (r == 0)
		r = run->conn->kind->ops->partitions(
		    p->conn, &p->list, &p->count, e);
	if (r == 0)
		r = check_selected(p, e);
	if (r < 0)
		return not_started(p, r, e);
	r = store_meta_get(run->g->cfg.store, p->arena, key.text, &p->known, e);
	return r < 0 ? r : engine_guard_acked(run->g, run->index, &p->acked, e);
}

/* What was read completely is not needed any more; what a directory asked for
 * is. */
static int
note_needs(struct parts *p, struct err *e)
{
	struct store *store = p->run->g->cfg.store;
	int64_t id = p->run->conn->id;
	int r;

	if (p->needed[0] != '\0')
		return need_set(
		    store, id, NEED_FULL_IMPORT, text_of(p->needed), e);
	if (p->deltas || p->first < 0 || !p->complete)
		return 0;
	r = scope_remember(p->run->g, p->run->index, e);
	return r < 0 ? r : need_done(store, id, NEED_FULL_IMPORT, e);
}

int
run_import(struct running *run, bool delta, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct parts p = {
	    .run = run, .arena = a, .delta = delta, .complete = true};
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	buf_init(&p.next, 1 << 20);
	r = connect_and_list(&p, e);
	if (r == 0)
		r = unanswered_open(
		    run->g, run->conn, a, &p.open, &p.open_count, e);
	if (r == 0)
		r = every_partition(&p, e);
	if (r == 0 && p.first == 0 && p.ack_used)
		r = guard_used_by_source(run->g, run->index, e);
	if (r == 0)
		r = note_needs(&p, e);
	if (p.conn != NULL)
		run->conn->kind->ops->close(p.conn);
	buf_clear(&p.next);
	if (r == 0 && p.first < 0) {
		r = p.first;
		*e = p.err;
	}
	return r;
}

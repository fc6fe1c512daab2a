/* engine/import/import.c -- the import step from open stream to watermark. */
#include "engine/import/import.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "engine/import/import_int.h"

#define ENTRY_MEMORY (512U << 20) /* one object with all its values */

/* The object it is about, where there is one. */
static int
blame(struct import *im, const struct entry *entry, int64_t *out, struct err *e)
{
	struct cs_key anchor = {im->connector, entry->anchor};
	struct cs_key dn = {im->connector, entry->dn};
	struct cs_object o;
	int r = ERR_NOENT;

	*out = 0;
	if (anchor.text.len != 0)
		r = cs_find_anchor(im->store, im->arena, anchor, 0, &o, e);
	if (r == ERR_NOENT && dn.text.len != 0)
		r = cs_find_dn(im->store, im->arena, dn, 0, &o, e);
	if (r < 0)
		return r == ERR_NOENT ? 0 : r;
	if (o.kind != CS_STAGING)
		return 0;
	*out = o.id;
	return cs_set_flags(im->store, o.id, CS_IMPORT_ERROR, 0, e);
}

/* A discovery error: recorded, and nothing is obsoleted by this import. */
static int
discovery_error(struct import *im, const struct entry *entry,
    const struct err *why, struct err *e)
{
	struct step_where at = {.stage = ERROR_IMPORT,
	    .algorithm_step = "staging",
	    .dn = entry->dn};
	int r = blame(im, entry, &at.cs, e);

	im->errors++;
	step_count(im->step, "stage-failure", TEXT(""));
	return r < 0 ? r : step_error(im->step, &at, why, e);
}

static int
stage_entry(struct import *im, const struct entry *entry, struct err *e)
{
	struct err why = {0};
	int r = 0;

	switch (entry->kind) {
	case ENTRY_OBJECT:
		r = stage_object(im, entry, &why);
		break;
	case ENTRY_CHANGE:
		r = stage_change(im, entry, &why);
		break;
	case ENTRY_DELETED:
		r = stage_deleted(im, entry, &why);
		break;
	case ENTRY_LEFT:
		r = stage_left(im, entry, &why);
		break;
	case ENTRY_PRESENT:
		r = stage_present(im, entry, &why);
		break;
	case ENTRY_ERROR:
		return discovery_error(im, entry, &entry->err, e);
	}
	if (r == ERR_REJECTED)
		return discovery_error(im, entry, &why, e);
	if (r < 0 && e != NULL)
		*e = why;
	return r;
}

/* Those of earlier imports that still wait for their name. */
static int
load_transients(struct import *im, struct err *e)
{
	struct text t;
	char key[64];
	int64_t n = 0;
	int r;

	(void)snprintf(
	    key, sizeof(key), "transients.%lld", (long long)im->connector);
	r = store_meta_get(im->store, im->arena, key, &t, e);
	if (r == 0 && t.len != 0 && text_to_int64(t, &n) == 0 && n > 0)
		im->transients = (uint64_t)n;
	im->transients_kept = im->transients;
	return r;
}

/* With the batch that made or named them. */
static int
keep_transients(struct import *im, struct err *e)
{
	char key[64], value[32];
	int r;

	if (im->transients == im->transients_kept)
		return 0;
	(void)snprintf(
	    key, sizeof(key), "transients.%lld", (long long)im->connector);
	(void)snprintf(
	    value, sizeof(value), "%llu", (unsigned long long)im->transients);
	r = store_meta_set(im->store, key, text_of(value), e);
	if (r == 0)
		im->transients_kept = im->transients;
	return r;
}

/* ---- What passed the guard is not judged again ---- */

struct import_key
import_key(const struct import *im, const char *what)
{
	struct import_key k;

	(void)snprintf(k.text, sizeof(k.text), "%s.%lld.%u", what,
	    (long long)im->connector, im->partition);
	return k;
}

static int
load_judged(struct import *im, struct err *e)
{
	struct import_key k = import_key(im, "judged");
	struct text t;
	int r = store_meta_get(im->store, im->arena, k.text, &t, e);

	if (r == 0 && t.len != 0 && text_to_int64(t, &im->judged_ms) < 0)
		im->judged_ms = 0;
	return r;
}

static int
save_judged(struct import *im, struct err *e)
{
	struct import_key k = import_key(im, "judged");
	char value[32];

	(void)snprintf(value, sizeof(value), "%lld", (long long)clock_now_ms());
	return store_meta_set(im->store, k.text, text_of(value), e);
}

static int
save_watermark(struct import *im, struct text watermark, struct err *e)
{
	return store_watermark_set(
	    im->store, im->connector, im->job->partition, watermark, e);
}

/* The step has done as much as it may: the next one begins anew. */
static int
full_commit(struct import *im, int r)
{
	if (place_forget(im, NULL) < 0 || store_commit(im->store, NULL) < 0)
		return ERR_STORE;
	return r;
}

/* One batch of the connector, one transaction.  Where an entry was no good the
 * next delta import tells of it again. */
static int
take_until(void *ctx, const struct entry *list, size_t n, struct text watermark,
    struct err *e)
{
	struct import *im = ctx;
	int r = step_check(im->step, e);

	if (r == 0)
		r = store_begin(im->store, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++) {
		arena_reset(im->arena);
		r = step_object(im->step, false, e);
		if (r == 0)
			r = stage_entry(im, &list[i], e);
	}
	if (r == 0)
		r = referrers_read(im, e);
	if (r == 0 && watermark.len != 0 && im->errors == 0)
		r = im->job->delta ? save_watermark(im, watermark, e)
				   : place_keep(im, watermark, e);
	if (r == 0)
		r = keep_transients(im, e);
	if (r == 0) /* a place is there for those who are killed */
		r = im->job->delta || watermark.len == 0
			? store_commit_later(im->store, e)
			: store_commit(im->store, e);
	else if (step_is_full(im->step, r))
		r = full_commit(im, r);
	else
		store_rollback(im->store);
	if (r == 0)
		step_progress(im->step, im->step->type, im->read, im->expected);
	return r;
}

static int
take_batch(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	return take_until(ctx, list, n, TEXT(""), e);
}

/* In a transaction of its own. */
static int
forget_now(struct import *im, struct err *e)
{
	int r = im->place_kept ? store_begin(im->store, e) : 0;

	if (r < 0 || !im->place_kept)
		return r;
	r = place_forget(im, e);
	if (r == 0)
		return store_commit(im->store, e);
	store_rollback(im->store);
	return r;
}

/* How many objects a reading from the beginning may give: for those who watch.
 */
static int
expect(struct import *im, struct err *e)
{
	struct cs_walk w = {.connector = im->connector,
	    .partition = im->partition,
	    .which = CS_EVERY};

	if (im->step->progress == NULL || im->request.place.len != 0)
		return 0;
	return cs_count(im->store, &w, &im->expected, e);
}

/* From where the last one broke off, or from the beginning. */
static int
read_full(struct import *im, const struct entry_sink *sink,
    struct import_reply *reply, struct err *e)
{
	const struct import_job *job = im->job;
	struct err why = {0};
	int r =
	    job->ops->full_import(job->conn, &im->request, sink, reply, &why);

	if (r < 0 && strcmp(why.type, CONNECTOR_PLACE_GONE) == 0) {
		im->request.place = TEXT("");
		place_drop(im);
		r = forget_now(im, e);
		return r < 0 ? r
			     : job->ops->full_import(
				   job->conn, &im->request, sink, reply, e);
	}
	return r < 0 ? err_type(e, r, why.type, "%s", why.text) : r;
}

static int
read_delta(struct import *im, const struct entry_sink *sink,
    struct import_reply *reply, struct err *e)
{
	const struct import_job *job = im->job;
	int r = forget_now(im, e);

	place_drop(im);
	im->request.place = TEXT("");
	if (r < 0)
		return r;
	return job->ops->delta_import(job->conn, &im->request, sink, reply, e);
}

static int
read_all(struct import *im, struct import_reply *reply, struct err *e)
{
	const struct import_job *job = im->job;
	struct entry_sink sink = {
	    .entries = take_batch, .entries_until = take_until, .ctx = im};
	int r;

	im->request = (struct import_request){.partition = job->partition,
	    .watermark = job->watermark,
	    .wanted = job->wanted,
	    .wanted_count = job->wanted_count};
	r = place_load(im, &im->request.place, e);
	if (r == 0 && job->conn == NULL) {
		place_drop(im);
		return forget_now(im, e);
	}
	if (r < 0)
		return r;
	if (job->delta)
		r = read_delta(im, &sink, reply, e);
	else if ((r = expect(im, e)) == 0)
		r = read_full(im, &sink, reply, e);
	if (r == 0 && !job->delta)
		r = import_recheck(im, &sink, e);
	if (r == 0 && reply->errors > im->errors)
		im->errors = reply->errors;
	if (r == 0 && reply->filtered != 0)
		step_add(
		    im->step, "filtered-objects", TEXT(""), reply->filtered);
	return r == 0 ? forget_now(im, e) : r;
}

void
import_fault(struct import *im)
{
	im->fault = true;
}

bool
import_is_new(const struct import *im, const struct cs_object *o)
{
	return o->import_ms > im->judged_ms;
}

/* A source at fault is told from a real change before anything is gone. */
static int
guard(struct import *im, const struct import_reply *reply, struct err *e)
{
	int r = import_vanished(im, e);

	if (r < 0)
		return r;
	return !im->job->delta || reply->all_told ? import_obsolete(im, e)
						  : import_told_gone(im, e);
}

/* The end of a clean import. */
static int
finish(struct import *im, const struct import_reply *reply, struct err *e)
{
	int r = guard(im, reply, e);

	if (r < 0)
		return r;
	r = store_begin(im->store, e);
	if (r < 0)
		return r;
	r = cs_sweep_placeholders(im->store, im->connector, e);
	if (r == 0)
		r = keep_transients(im, e);
	if (r == 0)
		r = save_judged(im, e);
	if (r == 0 && (!im->job->delta || reply->watermark.len != 0))
		r = save_watermark(im, reply->watermark, e);
	if (r == 0)
		return store_commit(im->store, e);
	store_rollback(im->store);
	return r;
}

/* detail: what a good import has to say nevertheless. */
static void
decide_result(
    struct import *im, const struct err *why, int r, struct text detail)
{
	if (r < 0)
		step_stop(im->step,
		    step_failure(
			why, im->read != 0 || why->code == ERR_CONNECT),
		    "%s", why->text);
	else if (im->errors != 0)
		step_stop(im->step, "completed-discovery-errors",
		    "%llu entries could not be read or staged: no object is "
		    "taken for deleted until an import without errors",
		    (unsigned long long)im->errors);
	else if (im->transients != 0)
		step_stop(im->step, "completed-transient-objects",
		    "%llu objects wait for their new name",
		    (unsigned long long)im->transients);
	else if (im->read == 0 && !im->job->delta)
		step_stop(im->step, "completed-no-objects",
		    "the directory has no object to import");
	else if (im->job->notice.len != 0)
		step_stop(im->step, "completed-warnings", "%.*s",
		    TEXT_ARGS(im->job->notice));
	else
		step_stop(im->step, "success", "%.*s", TEXT_ARGS(detail));
}

static void
import_free(struct import *im)
{
	idset_clear(&im->seen);
	idset_clear(&im->confirmed);
	referrers_clear(im);
	im->arena = arena_free(im->arena);
	im->kept = arena_free(im->kept);
	free(im);
}

static struct import *
import_new(const struct import_job *job)
{
	struct import *im = calloc(1, sizeof(*im));

	if (im == NULL)
		return NULL;
	im->job = job;
	im->step = job->step;
	im->store = job->step->store;
	im->connector = job->step->connector;
	im->arena = arena_new(ENTRY_MEMORY);
	im->kept = arena_new(0);
	if (im->arena != NULL && im->kept != NULL)
		return im;
	import_free(im);
	return NULL;
}

/* The directory cannot go on from what we have. */
static void
tell_outcome(const struct import *im, const struct import_reply *reply,
    const struct err *why, int r, struct import_outcome *out)
{
	struct text needed = TEXT("");

	out->went_on = r == 0 && im->place_ms != 0;
	out->complete = r == 0 && im->errors == 0 && !im->job->delta;
	out->ack_used = im->ack_used;
	out->all_told =
	    r == 0 && im->errors == 0 && im->job->delta && reply->all_told;
	if (im->job->delta && r == 0)
		needed = reply->full_needed;
	else if (r < 0 &&
		 strcmp(why->type, "no-start-full-import-required") == 0)
		needed = text_of(why->text);
	else if (im->fault)
		needed = TEXT("a guard held what the last import lost");
	if (needed.len >= sizeof(out->full_needed))
		needed.len = sizeof(out->full_needed) - 1;
	if (needed.len != 0)
		memcpy(out->full_needed, needed.data, needed.len);
	out->full_needed[needed.len] = '\0';
}

/* What a good import has to say nevertheless. */
static struct text
detail_of(struct import *im, const struct import_reply *reply)
{
	char when[32];
	const char *t;

	if (im->place_ms == 0 || reply->no_deltas.len != 0)
		return reply->no_deltas;
	(void)clock_format(im->place_ms, false, when);
	t = arena_printf(im->kept,
	    "went on where an import broke off at %s: what was read by then "
	    "is not read again",
	    when);
	return text_of(t != NULL ? t : "");
}

int
import_run(
    const struct import_job *job, struct import_outcome *out, struct err *e)
{
	struct import *im = import_new(job);
	struct import_reply reply = {0};
	struct err why = {0};
	int r;

	*out = (struct import_outcome){0};
	if (im == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = names_intern(
	    store_names(im->store), job->partition, &im->partition);
	if (r < 0)
		(void)err_set(&why, r, "partition %.*s cannot be named",
		    TEXT_ARGS(job->partition));
	if (r == 0)
		r = load_transients(im, &why);
	if (r == 0)
		r = load_judged(im, &why);
	if (r == 0)
		r = read_all(im, &reply, &why);
	if (r == 0 && im->errors == 0)
		r = finish(im, &reply, &why);
	decide_result(im, &why, r, detail_of(im, &reply));
	tell_outcome(im, &reply, &why, r, out);
	import_free(im);
	if (r < 0 && e != NULL)
		*e = why;
	return r;
}

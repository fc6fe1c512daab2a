/* engine/import/recheck.c -- what a full import did not see, asked for by name.
 *
 * A directory is read in parts, and a part takes its time.  What moves
 * meanwhile from one that is yet to be read to one that was read is in neither;
 * one that gives its name to another object is known by none.  Both are there,
 * and are not to be taken for gone: the directory is asked for them by their
 * anchors. */
#include "engine/import/import_int.h"

#define TURNS_MAX 16U

/* One page of rows to anchors; those without one were never there. */
static int
anchors_of(struct import *im, const struct ids *ids, struct arena *a,
    struct text *out, size_t *out_count, struct err *e)
{
	int r = 0;

	*out_count = 0;
	for (size_t i = 0; i < ids->count && r == 0; i++) {
		struct cs_object o;

		arena_reset(im->arena);
		r = cs_get(im->store, im->arena, ids->id[i], 0, &o, e);
		if (r < 0 || o.anchor.len == 0)
			continue;
		out[*out_count] = text_dup(a, o.anchor);
		if (out[*out_count].data == NULL)
			r = err_set(e, ERR_NOMEM, "out of memory");
		(*out_count)++;
	}
	return r;
}

static int
page_recheck(struct import *im, const struct ids *ids, struct arena *a,
    const struct entry_sink *sink, struct err *e)
{
	struct text *anchors = arena_array(a, ids->count, sizeof(*anchors));
	size_t n = 0;
	int r = anchors != NULL ? 0 : err_set(e, ERR_NOMEM, "out of memory");

	if (r == 0)
		r = anchors_of(im, ids, a, anchors, &n, e);
	if (r < 0 || n == 0)
		return r;
	return im->job->ops->recheck(
	    im->job->conn, &im->request, anchors, n, sink, e);
}

static int
all_recheck(struct import *im, struct arena *a, const struct entry_sink *sink,
    struct err *e)
{
	struct ids ids = {.id = im->page, .max = IMPORT_PAGE};
	struct cs_walk w = {.connector = im->connector,
	    .partition = im->partition,
	    .which = CS_EVERY};
	int r;

	do {
		arena_reset(a);
		r = cs_unseen(im->store, &w, &im->seen, &ids, e);
		if (r == 0 && ids.count != 0)
			r = page_recheck(im, &ids, a, sink, e);
		if (r == 0)
			r = step_check(im->step, e);
	} while (r == 0 && ids.count != 0);
	return r;
}

/* One that came may have the name of one that had been given: that one is asked
 * for, too. */
int
import_recheck(struct import *im, const struct entry_sink *sink, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	uint64_t before;
	unsigned turns = 0;
	int r = 0;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	/* who knows nothing of any object is at fault: the guard's */
	if (im->job->ops->recheck == NULL || im->read == 0)
		return 0;
	do {
		before = im->unseated;
		r = all_recheck(im, a, sink, e);
	} while (r == 0 && im->unseated != before && ++turns < TURNS_MAX);
	if (r == 0 && turns == TURNS_MAX)
		return err_set(e, ERR_LIMIT,
		    "objects go on changing their names while they are read: "
		    "nothing is taken for deleted until the next import");
	return r;
}

/* engine/import/settle.c -- what was sent without an answer, in the journal:
 * what of it the directory shows. */
#include <stdlib.h>

#include "engine/import/import_int.h"
#include "store/sent.h"

static int
by_cs(const void *p, const void *q)
{
	const struct journal_open *a = p, *b = q;

	return a->cs < b->cs ? -1 : a->cs > b->cs;
}

/* 0: the journal has no open entry of it. */
static int64_t
entry_of(const struct import *im, const struct cs_object *o)
{
	const struct journal_open key = {.cs = o->id};
	const struct journal_open *found;

	if (o->escrowed.op == DELTA_NONE || im->job->open_count == 0)
		return 0;
	found = bsearch(
	    &key, im->job->open, im->job->open_count, sizeof(key), by_cs);
	return found != NULL ? found->entry : 0;
}

static int
settle(struct import *im, int64_t entry, const struct cs_object *o,
    struct journal_entry *now, struct err *e)
{
	if (now->dn.len == 0)
		now->dn = o->dn;
	if (now->anchor.len == 0)
		now->anchor = o->anchor;
	return journal_settle(im->store, entry, now, e);
}

int
settle_there(struct import *im, const struct cs_object *o,
    const struct entry *told, const struct attrs *image, struct err *e)
{
	const struct sent_view v = {.by_anchor = im->job->refs_by_anchor,
	    .came = image,
	    .dn = told->dn.len != 0 ? told->dn : o->dn};
	struct journal_entry now = {
	    .result = TEXT("not-done"), .anchor = told->anchor};
	int64_t entry = entry_of(im, o);
	struct delta came = {.op = DELTA_NONE};
	int r = 0;

	if (entry == 0)
		return 0;
	if (o->escrowed.op != DELTA_DELETE)
		r = sent_delta(im->store, im->arena, o, &v, &came, e);
	if (r < 0)
		return r;
	if (o->escrowed.op == DELTA_ADD ||
	    (o->escrowed.op != DELTA_DELETE && !delta_is_empty(&came))) {
		now.result = TEXT("done");
		now.delta = came;
		now.op = came.op;
	}
	/* a new name is in the change, the old one is the entry's */
	if (o->escrowed.op == DELTA_ADD)
		now.dn = v.dn;
	return settle(im, entry, o, &now, e);
}

int
settle_gone(struct import *im, const struct cs_object *o, struct err *e)
{
	struct journal_entry now = {.result = o->escrowed.op == DELTA_DELETE
						  ? TEXT("done")
						  : TEXT("not-done")};
	int64_t entry = entry_of(im, o);

	return entry != 0 ? settle(im, entry, o, &now, e) : 0;
}

/* engine/export/result.c -- what the directory answered, to the store. */
#include "base/clock.h"
#include "engine/export/export_int.h"
#include "store/tower.h"

#define SENT_BITS (REF_ESCROWED_ADD | REF_ESCROWED_DEL)

static int
out_of_memory(const struct built *b, struct err *e)
{
	return err_set(
	    e, ERR_NOMEM, "export of %.*s: out of memory", TEXT_ARGS(b->o.dn));
}

/* Rows that were sent: from the escrowed layer to another. */
static int
move_refs(struct export *x, const struct built *b, unsigned add_to,
    unsigned del_to, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < b->ref_count && r == 0; i++) {
		const struct cs_ref *ref = &b->refs[i];
		struct ref_key key = {b->o.id, ref->name, ref->target};
		bool add = (ref->bits & REF_UNAPPLIED_ADD) != 0;
		/* what was on its way the other way round is overtaken */
		unsigned clear =
		    SENT_BITS | REF_UNCONFIRMED_ADD | REF_UNCONFIRMED_DEL;

		if (!b->sent_ref[i])
			continue;
		if (add_to == REF_UNAPPLIED_ADD)
			clear = SENT_BITS;
		r = cs_ref_set(x->store, key, add ? add_to : del_to, clear, e);
	}
	return r;
}

/* ---- Accepted ---- */

static const char *
counter_of(const struct built *b)
{
	switch (b->item.op) {
	case DELTA_ADD:
		return "export-add";
	case DELTA_DELETE:
		return "export-delete";
	case DELTA_NONE:
	case DELTA_UPDATE:
	case DELTA_REPLACE:
	case DELTA_OBSOLETE:
	case DELTA_DELETE_ADD:
		break;
	}
	return b->item.delta.new_dn.len != 0 ? "export-rename"
					     : "export-update";
}

/* Deleted and added is one thing, counted with the second half. */
static void
count_accepted(struct export *x, struct built *b)
{
	const char *counter = counter_of(b);

	if (b->item.op == DELTA_DELETE && tower_gives_name(&b->o))
		return;
	if ((b->o.flags & CS_DELETE_ADD) != 0 && b->item.op == DELTA_ADD)
		counter = "export-delete-add";
	step_count(x->step, counter, TEXT(""));
}

/* Values that were refused because their target is not there yet wait. */
static int
put_back_deferred(struct export *x, const struct built *b,
    const struct delta *deferred, struct err *e)
{
	int r = 0;

	for (uint32_t i = 0; i < deferred->count && r == 0; i++) {
		const struct change *c = &deferred->changes[i];

		for (uint32_t k = 0; k < c->add_count && r == 0; k++) {
			struct ref_key key = {b->o.id, c->name, c->add[k].id};

			if (key.target != 0)
				r = cs_ref_set(x->store, key, REF_UNAPPLIED_ADD,
				    SENT_BITS | REF_UNCONFIRMED_ADD, e);
		}
	}
	return r;
}

/* What the directory said of an object that it took. */
static int
noticed(struct export *x, const struct built *b, const struct err *what,
    struct err *e)
{
	struct step_where at = {
	    .stage = ERROR_EXPORT,
	    .algorithm_step = "export",
	    .cs = b->o.id,
	    .dn = b->o.dn,
	};

	if (what == NULL)
		return 0;
	step_count(x->step, "export-notice", TEXT(""));
	return step_warning(x->step, &at, what, e);
}

/* What stands in the journal. */
static const char *
done_word(const struct built *b, const struct export_result *res)
{
	if (b->item.op == DELTA_ADD && b->item.anchor.len != 0)
		return "restored";
	return res->adopted ? "adopted" : "done";
}

static int
accepted(struct export *x, struct built *b, const struct export_result *res,
    struct err *e)
{
	bool bad = export_holds_errors(b);
	int r;

	b->was = res->was;
	r = delta_merge(
	    x->arena, &b->o.unconfirmed, &b->o.escrowed, &b->o.unconfirmed);

	if (r < 0)
		return out_of_memory(b, e);
	count_accepted(x, b);
	if (!bad && ((b->o.flags & CS_EXPORT_ERROR) != 0 ||
			(x->job->kind->can & CAN_WARN) != 0))
		r = error_clear(x->store, b->o.id, ERROR_EXPORT, e);
	b->o.escrowed = (struct delta){0};
	b->o.flags &=
	    ~(unsigned)(CS_EXPORT_ERROR | CS_NOT_REIMPORTED | CS_DELETE_ADD);
	if (bad)
		b->o.flags |= CS_EXPORT_ERROR;
	b->o.export_ms = clock_now_ms();
	if (r == 0 && b->item.op != DELTA_DELETE)
		r = export_identity(x, b, res, e);
	if (r < 0)
		return r;
	r = move_refs(x, b, REF_UNCONFIRMED_ADD, REF_UNCONFIRMED_DEL, e);
	if (r == 0 && res->deferred != NULL)
		r = put_back_deferred(x, b, res->deferred, e);
	if (r == 0)
		r = cs_put(x->store, &b->o, CS_EXPORT, e);
	if (r == 0)
		r = noticed(x, b, res->warning, e);
	if (r == 0)
		r = export_journal(x, b, done_word(b, res), e);
	if (r == 0 && b->item.op == DELTA_DELETE)
		r = export_followed(x, b, e);
	return r;
}

/* ---- Not accepted ---- */

/* The escrowed layer goes back to where it came from. */
static int
take_back(struct export *x, struct built *b, struct err *e)
{
	int r = delta_merge(
	    x->arena, &b->o.escrowed, &b->o.unapplied, &b->o.unapplied);

	if (r < 0)
		return out_of_memory(b, e);
	b->o.escrowed = (struct delta){0};
	r = move_refs(x, b, REF_UNAPPLIED_ADD, REF_UNAPPLIED_DEL, e);
	return r < 0 ? r : cs_put(x->store, &b->o, CS_EXPORT, e);
}

static int
refused(struct export *x, struct built *b, const struct err *why, struct err *e)
{
	struct step_where at = {
	    .stage = ERROR_EXPORT,
	    .algorithm_step = "export",
	    .cs = b->o.id,
	    .dn = b->o.dn,
	};
	int r;

	b->o.flags |= CS_EXPORT_ERROR;
	r = idset_add(&x->tried, b->o.id);
	if (r >= 0)
		r = take_back(x, b, e);
	if (r < 0)
		return r;
	step_count(x->step, "export-failure", TEXT(""));
	if (r == 0)
		r = export_journal(x, b,
		    why->type[0] != '\0' ? why->type : "unexpected-error", e);
	return r < 0 ? r : step_error(x->step, &at, why, e);
}

static int
gone(struct export *x, struct built *b, const struct export_result *res,
    struct err *e)
{
	struct err why = {0};

	if (b->item.op == DELTA_DELETE)
		return accepted(x, b, res, e);
	(void)err_type(&why, ERR_REJECTED, "cd-missing-object",
	    "the directory no longer has it: the next full import makes it "
	    "anew");
	return refused(x, b, &why, e);
}

int
export_result_store(struct export *x, struct built *b,
    const struct export_result *res, struct err *e)
{
	switch (res->status) {
	case EXPORT_DONE:
		return accepted(x, b, res, e);
	case EXPORT_GONE:
		return gone(x, b, res, e);
	case EXPORT_ERROR:
		return refused(x, b, &res->err, e);
	case EXPORT_RETRY:
		x->retry++;
		if (idset_add(&x->tried, b->o.id) < 0)
			return out_of_memory(b, e);
		return take_back(x, b, e);
	case EXPORT_UNCERTAIN:
		x->uncertain++;
		return export_journal(x, b, "uncertain", e);
	}
	return err_set(
	    e, ERR_INTERNAL, "export of %.*s: no answer", TEXT_ARGS(b->o.dn));
}

/* engine/export/left.c -- references that no pass of an export could send
 * (docs/engine/model.md 4.7): dn-attributes-failure. */
#include "engine/export/export_int.h"

#define PAGE 500U

/* Its target was refused, or the directory did not take the reference.  One
 * whose target waits for its answer, or can never be sent, is no error. */
static bool
is_failure(const struct cs_ref *ref)
{
	if ((ref->bits & REF_UNAPPLIED_ADD) == 0 ||
	    ref->target_kind != CS_STAGING ||
	    (ref->target_flags & CS_UNSUPPORTED) != 0)
		return false;
	return (ref->target_flags & (CS_IN_CD | CS_EXPORT_ERROR)) != 0;
}

static struct text
target_dn(struct export *x, const struct cs_ref *ref)
{
	struct cs_object o;

	if (ref->named->dn.len != 0 ||
	    cs_get(x->store, x->arena, ref->target, 0, &o, NULL) < 0)
		return ref->named->dn;
	return o.dn;
}

static int
record(struct export *x, struct cs_object *o, const struct cs_ref *ref,
    struct err *e)
{
	struct step_where at = {.stage = ERROR_EXPORT,
	    .algorithm_step = "export",
	    .cs = o->id,
	    .dn = o->dn,
	    .attribute = names_text(store_names(x->store), ref->name)};
	struct err why = {0};
	int r = cs_set_flags(x->store, o->id, CS_EXPORT_ERROR, 0, e);

	(void)err_type(&why, ERR_REJECTED, "dn-attributes-failure",
	    "%.*s of \"%.*s\" was sent without \"%.*s\": %s",
	    TEXT_ARGS(at.attribute), TEXT_ARGS(o->dn),
	    TEXT_ARGS(target_dn(x, ref)),
	    (ref->target_flags & CS_IN_CD) != 0
		? "the directory did not take it"
		: "that object could not be made");
	step_count(x->step, "export-failure", TEXT(""));
	return r < 0 ? r : step_error(x->step, &at, &why, e);
}

/* The same of an object of which gates hold something: what they hold waits,
 * and is no error. */
static int
look_held(struct export *x, int64_t id, struct err *e)
{
	struct built b;
	int r = export_build(x, id, x->arena, &b, e);

	if (r < 0 || b.state == BUILT_HELD)
		return r;
	for (size_t i = 0; i < b.ref_count; i++)
		if (!b.held_ref[i] && is_failure(&b.refs[i]))
			return record(x, &b.o, &b.refs[i], e);
	return 0;
}

static int
look(struct export *x, int64_t id, struct err *e)
{
	struct ref_query q = {
	    .owner = id, .mask = REF_UNAPPLIED_ADD, .with_target = true};
	struct cs_ref *refs = NULL;
	struct cs_object o;
	size_t n = 0;
	int r;

	arena_reset(x->arena);
	if (idset_has(&x->tried, id))
		return 0; /* it has its error already */
	r = cs_get(x->store, x->arena, id, 0, &o, e);
	if (r < 0 || (o.flags & CS_IN_CD) == 0)
		return r;
	if (idset_has(&x->held, id))
		return look_held(x, id, e);
	r = cs_refs_get(x->store, x->arena, &q, &refs, &n, e);
	for (size_t i = 0; i < n && r == 0; i++)
		if (is_failure(&refs[i]))
			return record(x, &o, &refs[i], e);
	return r;
}

int
export_left_refs(struct export *x, struct err *e)
{
	struct cs_walk w = {
	    .connector = x->connector, .which = CS_PENDING_EXPORT};
	int64_t room[PAGE];
	struct ids ids = {.id = room, .max = PAGE};
	int r = store_begin(x->store, e);

	if (r < 0)
		return r;
	do {
		r = cs_next(x->store, &w, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++)
			r = look(x, ids.id[i], e);
	} while (r == 0 && ids.count != 0);
	if (r == 0 || step_is_full(x->step, r))
		return store_commit(x->store, e) < 0 ? ERR_STORE : r;
	store_rollback(x->store);
	return r;
}

/* connectors/ldap/told.c -- entries to the sink, batch by batch. */
#include "connectors/ldap/delta.h"

#define BATCH_MAX_BYTES (16U << 20)

int
told_init(struct told *t, const struct core *c, const struct entry_sink *sink,
    struct import_reply *reply)
{
	*t = (struct told){.c = c,
	    .sink = sink,
	    .reply = reply,
	    .arena = arena_new(0),
	    .list = calloc(c->base.kind->import_batch, sizeof(*t->list))};
	return t->arena != NULL && t->list != NULL ? 0 : ERR_NOMEM;
}

void
told_clear(struct told *t)
{
	t->arena = arena_free(t->arena);
	free(t->list);
	t->list = NULL;
}

int
told_flush(struct told *t, struct err *e)
{
	const struct connector_env *env = &t->c->env;
	int r = 0;

	if (t->count != 0)
		r = t->sink->entries(t->sink->ctx, t->list, t->count, e);
	t->count = 0;
	arena_reset(t->arena);
	if (r == 0 && env->cancelled != NULL && env->cancelled(env->cancel_ctx))
		return err_set(e, ERR_CANCELLED, "stopped");
	return r;
}

struct entry *
told_place(struct told *t)
{
	t->list[t->count] = (struct entry){.type = 0};
	return &t->list[t->count];
}

int
told_add(struct told *t, struct err *e)
{
	t->reply->errors += t->list[t->count].kind == ENTRY_ERROR;
	t->count++;
	if (t->count == t->c->base.kind->import_batch ||
	    arena_held(t->arena) > BATCH_MAX_BYTES)
		return told_flush(t, e);
	return 0;
}

/* It went away while it was read: an error, so that the watermark stays. */
int
told_rejected(struct told *t, const struct ldap_item *item,
    const struct err *why, struct err *e)
{
	struct entry *out = told_place(t);

	*out = (struct entry){.kind = ENTRY_ERROR, .err = *why};
	(void)t->c->flavour->name(t->arena, item->dn, &out->dn, NULL);
	(void)err_type(&out->err, ERR_REJECTED, "read-error", "%s", why->text);
	return told_add(t, e);
}

/* migrate/task/authority_object.c -- who masters one object. */
#include <stdlib.h>

#include "migrate/task/task_int.h"

struct moving {
	struct setup *setup;
	const struct authority_move *move;
	struct connector *conn;
	struct arena *arena;
};

static struct text
text_at(const struct entry *x, uint32_t name)
{
	const struct value *v = attrs_first(&x->attrs, name);

	return v != NULL && v->type == VALUE_STRING ? v->text : TEXT("");
}

/* As the directory has it now. */
static int
read_one(struct moving *m, struct authority_object *out, struct err *e)
{
	struct names *names = store_names(m->setup->store);
	uint32_t wanted[] = {names_find(names, TEXT("onPremisesImmutableId")),
	    names_find(names, TEXT("onPremisesSecurityIdentifier"))};
	uint32_t sorted[] = {wanted[0] < wanted[1] ? wanted[0] : wanted[1],
	    wanted[0] < wanted[1] ? wanted[1] : wanted[0]};
	const struct import_request req = {
	    .partition = TEXT("default"), .wanted = sorted, .wanted_count = 2};
	const struct entry which = {.anchor = m->move->anchor};
	struct entry x = {.kind = ENTRY_OBJECT};
	int r = m->conn->kind->ops->read_object(
	    m->conn, &req, &which, m->arena, &x, e);

	if (r == 0)
		return err_set(e, ERR_NOENT, "%.*s is not there",
		    TEXT_ARGS(m->move->name));
	if (r < 0)
		return r;
	*out = (struct authority_object){.anchor = m->move->anchor,
	    .immutable = text_at(&x, wanted[0]),
	    .sid = text_at(&x, wanted[1]),
	    .type = text_is(names_text(names, x.type), "group")
			? AUTHORITY_GROUP
			: AUTHORITY_USER};
	return 0;
}

/* A directory may answer late: what is not seen now is no error of ours. */
static int
must_be_seen(
    struct moving *m, const struct authority_object *before, struct err *e)
{
	struct authority_object after;
	bool cloud = false;
	int r = m->conn->kind->ops->authority->object_get(
	    m->conn, m->move->anchor, &cloud, e);

	if (r == 0 && cloud != m->move->cloud)
		return err_set(e, ERR_BUSY,
		    "%.*s: the change was taken, and is not seen yet: look "
		    "again",
		    TEXT_ARGS(m->move->name));
	if (r == 0)
		r = read_one(m, &after, e);
	if (r == 0 && !text_equal(before->immutable, after.immutable))
		return err_set(e, ERR_REFUSED,
		    "%.*s: its immutable ID was %.*s and is %.*s: move nothing "
		    "more before it is mended",
		    TEXT_ARGS(m->move->name), TEXT_ARGS(before->immutable),
		    TEXT_ARGS(after.immutable));
	return r;
}

static int
claim_group(
    struct moving *m, const struct authority_object *before, struct err *e)
{
	CLEANUP(map_freep)
	struct map *sources = map_new(false);
	struct err why;
	int r = sources == NULL
		    ? err_set(e, ERR_NOMEM, "out of memory")
		    : authority_sources(m->setup, m->arena, sources, e);

	if (r == 0)
		r = authority_claim(m->conn, before, sources, &why, e);
	if (r == 0 && why.text[0] != '\0')
		return err_set(e, ERR_REJECTED,
		    "%.*s is the cloud's now, and cannot be recognised: %s",
		    TEXT_ARGS(m->move->name), why.text);
	return r < 0 ? r : 0;
}

static int
note(struct moving *m, struct err *e)
{
	struct setup *s = m->setup;
	const struct journal_entry j = {
	    .connector = s->connectors[m->move->connector].id,
	    .dn = m->move->name,
	    .anchor = m->move->anchor,
	    .result = m->move->cloud ? TEXT("authority-cloud")
				     : TEXT("authority-on-premises")};
	int r = store_begin(s->store, e);

	if (r < 0)
		return r;
	r = task_journal(s, &j, m->move->by, m->move->reason, e);
	if (r == 0)
		return store_commit(s->store, e);
	store_rollback(s->store);
	return r;
}

static int
move(struct moving *m, bool *out_moved, struct err *e)
{
	const struct authority_ops *ops = m->conn->kind->ops->authority;
	struct authority_object before;
	bool cloud = false;
	int r = ops->object_get(m->conn, m->move->anchor, &cloud, e);

	*out_moved = r == 0 && cloud != m->move->cloud;
	if (r == 0)
		r = read_one(m, &before, e);
	if (r == 0 && *out_moved)
		r = ops->object_set(
		    m->conn, m->move->anchor, m->move->cloud, e);
	if (r == 0 && *out_moved)
		r = note(m, e);
	if (r == 0 && *out_moved)
		r = must_be_seen(m, &before, e);
	/* also of one that moved before a process was killed */
	if (r == 0 && m->move->cloud)
		r = claim_group(m, &before, e);
	return r;
}

int
authority_move(struct setup *s, const struct authority_move *w, struct arena *a,
    bool *out_moved, struct err *e)
{
	struct moving m = {.setup = s, .move = w, .arena = a};
	int r = authority_open(s, w->connector, &m.conn, e);

	*out_moved = false;
	if (r < 0)
		return r;
	r = move(&m, out_moved, e);
	m.conn->kind->ops->close(m.conn);
	return r;
}

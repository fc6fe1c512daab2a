/*
 * connectors/ldap/import.c -- a partition, streamed: one search a container.
 *
 * When a server is lost on the way the next one is asked for the same
 * container from its beginning.  What came already comes again, which changes
 * nothing: an object is found again by its anchor.
 */
#include "connectors/ahead.h"
#include "connectors/ldap/core.h"

/* More than an arena keeps over a reset; one object may make it larger. */
#define BATCH_MAX_BYTES   (5U << 20)
#define BATCH_LARGE_BYTES (6U << 20)

/* Filled in turn: the sink may still read those before. */
struct batch {
	struct arena *arena;
	struct entry *list;
};

struct import_job {
	struct core *c;
	struct core_wants wants;
	struct scope *scope; /* NULL: everything */
	const char *filter;
	const struct entry_sink *sink;
	struct import_reply *reply;
	struct arena *setup; /* keys and roots */
	struct batch batches[AHEAD_BATCHES];
	size_t at; /* which of them is filled */
	size_t count;
	struct text *roots;
	size_t root_count;
	char *newest; /* modifyTimestamp; NULL: nobody asks */
};

/* ---- Where to search ---- */

static bool
has_dn(struct import_job *j, const struct conf_texts *list, struct text key)
{
	for (size_t i = 0; i < list->count; i++) {
		struct text k;

		if (dn_key(j->setup, list->items[i], &k) == 0 &&
		    text_equal(k, key))
			return true;
	}
	return false;
}

static bool
has_above(struct import_job *j, const struct conf_texts *list, struct text key)
{
	for (size_t i = 0; i < list->count; i++) {
		struct text k;

		if (list->items[i].len != 0 &&
		    dn_key(j->setup, list->items[i], &k) == 0 &&
		    k.len < key.len && dn_key_is_below(key, k))
			return true;
	}
	return false;
}

static int
root_add(struct import_job *j, struct text base_key,
    const struct conf_partition *p, struct text dn, struct err *e)
{
	struct text key;
	int r = dn_key(j->setup, dn, &key);

	if (r != 0)
		return r;
	if (!dn_key_is_below(key, base_key))
		return err_type(e, ERR_CONFIG, "no-start-bad-ma-configuration",
		    "include: \"%.*s\" is not below the partition \"%.*s\"",
		    TEXT_ARGS(dn), TEXT_ARGS(p->dn));
	if (has_above(j, &p->include, key)) /* read with that one */
		return core_base_check(j->c, dn, "container", e);
	j->roots[j->root_count++] = dn;
	return 0;
}

/* The partition where it takes part as a whole, else the containers named
 * that lie below no other one named. */
static int
roots_find(struct import_job *j, struct text partition,
    const struct conf_partition *p, struct err *e)
{
	struct text key;
	int r = dn_key(j->setup, partition, &key);

	if (r != 0)
		return r;
	j->roots = arena_array(j->setup, p != NULL ? p->include.count + 1 : 1,
	    sizeof(struct text));
	if (j->roots == NULL)
		return ERR_NOMEM;
	if (p == NULL || j->scope == NULL || scope_includes(j->scope, key) ||
	    has_dn(j, &p->include, key)) {
		j->roots[j->root_count++] = partition;
		for (size_t i = 0; r == 0 && p != NULL && i < p->include.count;
		     i++)
			if (p->include.items[i].len != 0)
				r = core_base_check(
				    j->c, p->include.items[i], "container", e);
		return r;
	}
	for (size_t i = 0; r == 0 && i < p->include.count; i++)
		if (p->include.items[i].len != 0)
			r = root_add(j, key, p, p->include.items[i], e);
	if (r == 0 && j->root_count == 0)
		return err_type(e, ERR_CONFIG, "no-start-bad-ma-configuration",
		    "partition \"%.*s\": all of it is excluded",
		    TEXT_ARGS(partition));
	return r;
}

/* ---- Batches ---- */

static struct batch *
batch_now(struct import_job *j)
{
	return &j->batches[j->at];
}

/* A group of 250,000 is not read while another one waits. */
static int
batch_give(struct import_job *j, struct err *e)
{
	const struct entry_sink *sink = j->sink;
	struct batch *b = batch_now(j);
	bool large = arena_held(b->arena) > BATCH_LARGE_BYTES;
	int r = sink->entries(sink->ctx, b->list, j->count, e);

	if (r == 0 && large)
		r = sink->entries(sink->ctx, NULL, 0, e);
	if (r == 0 && large)
		arena_reset(b->arena);
	j->at = (j->at + 1) % AHEAD_BATCHES;
	return r;
}

static int
batch_flush(struct import_job *j, struct err *e)
{
	const struct connector_env *env = &j->c->env;
	int r = j->count != 0 ? batch_give(j, e) : 0;

	j->count = 0;
	arena_reset(batch_now(j)->arena);
	if (r == 0 && env->cancelled != NULL && env->cancelled(env->cancel_ctx))
		return err_set(e, ERR_CANCELLED, "stopped");
	return r;
}

static int
batch_item(struct import_job *j, const struct ldap_item *item, struct err *e)
{
	struct batch *b = batch_now(j);
	struct arena *a = b->arena;
	struct entry *out = &b->list[j->count];
	int r = core_convert(j->c, &j->wants, j->scope, item, a, out);

	if (j->newest != NULL)
		core_newest_note(j->newest, item);
	if (r < 0)
		return err_set(e, r, "%.*s: not enough memory for it",
		    TEXT_ARGS(item->dn));
	if (r == 0)
		j->reply->filtered++;
	else if (out->kind == ENTRY_ERROR)
		j->reply->errors++;
	j->count += r == 1;
	if (j->count == j->c->base.kind->import_batch ||
	    arena_held(a) > BATCH_MAX_BYTES)
		return batch_flush(j, e);
	return 0;
}

/* The entry that went away while it was read: an error record, so that
 * nothing is taken for deleted after this import. */
static int
batch_reject(struct import_job *j, const struct ldap_item *item,
    const struct err *why, struct err *e)
{
	struct batch *b = batch_now(j);
	struct entry *out = &b->list[j->count];

	*out = (struct entry){.kind = ENTRY_ERROR, .err = *why};
	(void)j->c->flavour->name(b->arena, item->dn, &out->dn, NULL);
	(void)err_type(&out->err, ERR_REJECTED, "read-error", "%s", why->text);
	j->reply->errors++;
	j->count++;
	return j->count == j->c->base.kind->import_batch ? batch_flush(j, e)
							 : 0;
}

/* ---- Reading ---- */

static int
root_stream(struct import_job *j, struct ldap_cursor *cursor, struct err *e)
{
	for (;;) {
		const struct ldap_item *item = NULL;
		struct err why = {0};
		int r = ldap_cursor_next(cursor, &item, &why);

		if (r == 0)
			return batch_flush(j, e);
		if (r == ERR_REJECTED && item != NULL)
			r = batch_reject(j, item, &why, e);
		else if (r < 0)
			return err_type(e, r, why.type, "%s", why.text);
		else
			r = batch_item(j, item, e);
		if (r != 0)
			return r;
	}
}

static int
root_read(struct import_job *j, struct text dn, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	const struct ldap_query q = {
	    .base = arena_strndup(j->setup, dn.data, dn.len),
	    .depth = LDAP_DEPTH_TREE,
	    .filter = j->filter,
	    .attrs = j->wants.list,
	    .flags = j->c->flavour->query_flags};
	int r;

	if (q.base == NULL)
		return ERR_NOMEM;
	r = ldap_cursor_begin(j->c->session, &q, &cursor, e);
	if (r == 0)
		r = root_stream(j, cursor, e);
	if (r == ERR_NOENT)
		return core_base_check(j->c, dn, "container", e);
	return r;
}

/* The same on the next server where this one is lost, or once more on this one
 * where there is no other: a break costs its container, and not what was read
 * before it. */
static int
root_import(struct import_job *j, struct text dn, struct err *e)
{
	const struct import_reply before = *j->reply;
	const size_t turns = j->c->server_count > 1 ? j->c->server_count : 2;
	struct err why = {0}, later = {0};

	for (size_t turn = 1;; turn++) {
		int r = root_read(j, dn, &why);

		if (r == 0)
			return 0;
		if (r != ERR_CONNECT || turn == turns)
			return err_type(e, r, why.type, "%s", why.text);
		j->reply->filtered = before.filtered;
		j->reply->errors = before.errors;
		j->count = 0;
		j->c->lost += j->c->server_count > 1;
		r = ldap_session_move(j->c->session, &later);
		if (r != 0 && j->c->server_count > 1)
			why = later;
		if (r != 0) /* of one server: how it was lost */
			return err_type(e, why.code, why.type, "%s", why.text);
	}
}

static int
job_init(struct import_job *j, const struct import_request *req, struct err *e)
{
	const struct conf_partition *p;
	int r;

	j->setup = arena_new(0);
	if (j->setup == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < AHEAD_BATCHES; i++) {
		struct batch *b = &j->batches[i];

		b->arena = arena_new(0);
		b->list =
		    calloc(j->c->base.kind->import_batch, sizeof(*b->list));
		if (b->arena == NULL || b->list == NULL)
			return ERR_NOMEM;
	}
	p = core_partition_conf(j->c, req->partition, j->setup);
	j->filter = core_filter(j->c, p);
	r = core_use(j->c, p, e);
	if (r != 0)
		return r;
	if (p != NULL && p->include.count + p->exclude.count != 0) {
		j->scope = scope_new(p->include.items, p->include.count,
		    p->exclude.items, p->exclude.count);
		if (j->scope == NULL)
			return ERR_NOMEM;
	}
	return roots_find(j, req->partition, p, e);
}

static void
job_clear(struct import_job *j)
{
	core_wants_clear(&j->wants);
	(void)scope_free(j->scope);
	for (size_t i = 0; i < AHEAD_BATCHES; i++) {
		free(j->batches[i].list);
		(void)arena_free(j->batches[i].arena);
	}
	(void)arena_free(j->setup);
}

/* In the reading thread. */
static int
roots_import(void *ctx, const struct entry_sink *sink, struct err *e)
{
	struct import_job *j = ctx;
	int r = 0;

	j->sink = sink;
	for (size_t i = 0; r == 0 && i < j->root_count; i++)
		r = root_import(j, j->roots[i], e);
	return r;
}

/* Who was stopped while a batch was taken gets no other, though it was read. */
struct stoppable {
	const struct entry_sink *sink;
	const struct connector_env *env;
};

static int
stoppable_entries(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	const struct stoppable *s = ctx;
	int r = s->sink->entries(s->sink->ctx, list, n, e);

	if (r == 0 && s->env->cancelled != NULL &&
	    s->env->cancelled(s->env->cancel_ctx))
		return err_set(e, ERR_CANCELLED, "stopped");
	return r;
}

// NOLINTBEGIN(readability-non-const-parameter): it is written while reading
int
core_read_all(struct core *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, char *newest,
    struct err *e)
{
	struct import_job j = {.c = c, .reply = out, .newest = newest};
	struct stoppable stop = {.sink = sink, .env = &c->env};
	const struct entry_sink taker = {
	    .entries = stoppable_entries, .ctx = &stop};
	int r = core_wants_init(&j.wants, j.c, req, e);

	*out = (struct import_reply){0};
	if (r == 0 && newest != NULL)
		r = core_wants_need(&j.wants, TEXT("modifyTimestamp"));
	if (r == 0)
		r = job_init(&j, req, e);
	if (r == 0)
		r = ahead_run(roots_import, &j, &taker, e);
	(void)core_use(j.c, NULL, NULL);
	job_clear(&j);
	return r;
}
// NOLINTEND(readability-non-const-parameter)

int
core_full_import(struct connector *connector, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	return core_read_all((struct core *)connector, req, sink, out, NULL, e);
}

/*
 * connectors/ldap/import.c -- a partition, streamed: one search a window.
 *
 * When a server is lost on the way the next one is asked for the same window
 * from its beginning.  What came already comes again, which changes nothing: an
 * object is found again by its anchor.  After a window its place is kept with
 * what it brought: an import that breaks off begins with the next one.
 */
#include "connectors/ahead.h"
#include "connectors/ldap/course.h"

/* More than an arena keeps over a reset; one object may make it larger. */
#define BATCH_MAX_BYTES   (5U << 20)
#define BATCH_LARGE_BYTES (6U << 20)
/* Places are not kept more often than after so many objects: small windows are
 * read again sooner than their places are written. */
#define PLACE_OBJECTS 200U

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
	const struct import_request *req;
	struct core_course *course;
	struct arena *places[AHEAD_BATCHES]; /* in turn, as batches */
	size_t place;                        /* which of them is next */
	uint64_t given, placed; /* entries; those before the last place */
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

	j->given += j->count;
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

	if (j->course->by_time)
		core_newest_note(j->course->newest, item);
	if (r < 0)
		return err_set(e, r, "%.*s: %s", TEXT_ARGS(item->dn),
		    r == ERR_NOMEM ? "not enough memory for it"
				   : "a SID that it names cannot be looked up");
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

/* As the server spells it, maybe behind "<GUID=..>;"; spelt in another way than
 * before it comes twice. */
static bool
is_top(const struct core_window *w, struct text dn)
{
	size_t more = dn.len - w->dn.len;

	return dn.len >= w->dn.len &&
	       text_equal((struct text){dn.data + more, w->dn.len}, w->dn) &&
	       (more == 0 || dn.data[more - 1] == ';');
}

static int
window_stream(struct import_job *j, const struct core_window *w,
    struct ldap_cursor *cursor, struct err *e)
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
		else if (!w->below || !is_top(w, item->dn))
			r = batch_item(j, item, e);
		else
			r = 0;
		if (r != 0)
			return r;
	}
}

/* A container of the configuration has to be there.  Another one, found by
 * ourselves, was renamed or deleted since: what was below it is looked for
 * by its anchors, or told by the next delta import. */
static int
window_gone(struct import_job *j, const struct core_window *w, struct err *e)
{
	for (size_t i = 0; i < j->root_count; i++)
		if (text_equal(j->roots[i], w->dn))
			return core_base_check(j->c, w->dn, "container", e);
	return 0;
}

static int
window_read(struct import_job *j, const struct core_window *w, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	const struct ldap_query q = {
	    .base = arena_strndup(j->setup, w->dn.data, w->dn.len),
	    .depth = w->depth,
	    .filter = j->filter,
	    .attrs = j->wants.list,
	    .flags = j->c->flavour->query_flags};
	int r;

	if (q.base == NULL)
		return ERR_NOMEM;
	r = ldap_cursor_begin(j->c->session, &q, &cursor, e);
	if (r == 0)
		r = window_stream(j, w, cursor, e);
	if (r == ERR_NOENT)
		return window_gone(j, w, e);
	return r;
}

/* The same on the next server where this one is lost, or once more on this one
 * where there is no other: a break costs its window, and not what was read
 * before it. */
static int
window_import(struct import_job *j, const struct core_window *w, struct err *e)
{
	const struct import_reply before = *j->reply;
	const size_t turns = j->c->server_count > 1 ? j->c->server_count : 2;
	struct err why = {0}, later = {0};

	for (size_t turn = 1;; turn++) {
		int r = window_read(j, w, &why);

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
		j->places[i] = arena_new(0);
		if (b->arena == NULL || b->list == NULL || j->places[i] == NULL)
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
		(void)arena_free(j->places[i]);
	}
	(void)arena_free(j->setup);
}

/* Another one than at first: it may lag behind what the first one told. */
static void
server_note(struct import_job *j)
{
	if (!text_equal(j->course->server, ldap_session_server(j->c->session)))
		j->course->server = TEXT("");
}

/* What the windows so far hold was given: from here on an import can go on. Not
 * after the last one, which ends it, and not where an entry was no good: it is
 * to come again. */
static int
place_give(struct import_job *j, struct err *e)
{
	struct core_course *course = j->course;
	struct arena *a = j->places[j->place];
	struct text place;
	int r;

	if (course->windows.next == course->windows.count ||
	    j->given - j->placed < PLACE_OBJECTS || j->reply->errors != 0 ||
	    (course->mark.len == 0 && course->newest[0] == '\0'))
		return 0;
	server_note(j);
	arena_reset(a);
	r = core_place_format(j->c, j->req, course, a, &place, e);
	if (r == 0)
		r = j->sink->entries_until(j->sink->ctx, NULL, 0, place, e);
	/* a window without a place gives nothing: it has no turn */
	j->place = (j->place + 1) % AHEAD_BATCHES;
	j->placed = j->given;
	return r;
}

/* In the reading thread. */
static int
windows_import(void *ctx, const struct entry_sink *sink, struct err *e)
{
	struct import_job *j = ctx;
	struct core_windows *w = &j->course->windows;
	int r = 0;

	j->sink = sink;
	while (r == 0 && w->next < w->count) {
		r = window_import(j, &w->list[w->next], e);
		w->next++;
		if (r == 0)
			r = place_give(j, e);
	}
	return r;
}

/* Who was stopped while a batch was taken gets no other, though it was read. */
struct stoppable {
	const struct entry_sink *sink;
	const struct connector_env *env;
};

static int
stoppable_until(void *ctx, const struct entry *list, size_t n,
    struct text place, struct err *e)
{
	const struct stoppable *s = ctx;
	int r = 0;

	if (place.len != 0 && s->sink->entries_until != NULL)
		r = s->sink->entries_until(s->sink->ctx, list, n, place, e);
	else if (n != 0)
		r = s->sink->entries(s->sink->ctx, list, n, e);
	if (r == 0 && s->env->cancelled != NULL &&
	    s->env->cancelled(s->env->cancel_ctx))
		return err_set(e, ERR_CANCELLED, "stopped");
	return r;
}

static int
stoppable_entries(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	return stoppable_until(ctx, list, n, TEXT(""), e);
}

/* Those of the last import where it broke off, or all. */
static int
windows_find(struct import_job *j, struct err *e)
{
	struct core_course *course = j->course;

	if (course->windows.count != 0)
		return 0;
	course->server =
	    text_dup(j->c->env.arena, ldap_session_server(j->c->session));
	return core_windows_find(
	    j->c, j->roots, j->root_count, j->setup, &course->windows, e);
}

int
core_read_all(struct core *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out,
    struct core_course *course, struct err *e)
{
	struct import_job j = {
	    .c = c, .reply = out, .req = req, .course = course};
	struct stoppable stop = {.sink = sink, .env = &c->env};
	const struct entry_sink taker = {.entries = stoppable_entries,
	    .entries_until = stoppable_until,
	    .ctx = &stop};
	int r = core_wants_init(&j.wants, j.c, req, e);

	*out = (struct import_reply){0};
	if (r == 0 && course->by_time)
		r = core_wants_need(&j.wants, TEXT("modifyTimestamp"));
	if (r == 0)
		r = job_init(&j, req, e);
	if (r == 0)
		r = windows_find(&j, e);
	if (r == 0)
		r = ahead_run(windows_import, &j, &taker, e);
	server_note(&j);
	(void)core_use(j.c, NULL, NULL);
	job_clear(&j);
	return r;
}

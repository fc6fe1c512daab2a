/* connectors/ldap/watch.c -- a bell: content synchronisation that goes on
 * (RFC 4533, refreshAndPersist), one search a partition. */
#include "base/clock.h"
#include "connectors/ldap/delta.h"

#define SLICE_MS  400 /* between two questions whether to stop */
#define DRAIN_MAX 10000U
#define ALIVE_MS  60000

struct core_bell {
	struct ldap_session *session;
	struct ldap_cursor *cursor;
	int64_t heard_ms; /* monotonic */
	struct core_bell *next;
};

void
core_bells_free(struct core *c)
{
	for (struct core_bell *b = c->bells; b != NULL; b = b->next)
		b->cursor = ldap_cursor_free(b->cursor);
	c->bells = NULL;
}

/* ---- Subscribing ---- */

/* What was there before is no ring: names alone, up to the end of them. */
static int
skip_refresh(struct ldap_cursor *cursor, struct err *e)
{
	const struct ldap_item *item;
	int r;

	do
		r = ldap_cursor_next(cursor, &item, e);
	while (r > 0);
	return r;
}

static int
bell_hang(struct delta_job *j, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	static const char *const nothing[] = {"1.1", NULL};
	struct ldap_sync_query sync = {.persist = true};
	struct ldap_query q = {.base = j->base,
	    .depth = LDAP_DEPTH_TREE,
	    .attrs = nothing,
	    .sync = &sync};
	struct core_bell *bell = arena_alloc(j->c->arena, sizeof(*bell));
	int r = delta_cookie_of_state(j, &sync.cookie, e);

	q.filter = delta_sync_filter(j);
	if (bell == NULL || q.filter == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (r == 0)
		r = ldap_cursor_begin(j->c->session, &q, &cursor, e);
	if (r == 0)
		r = skip_refresh(cursor, e);
	if (r < 0)
		return r;
	*bell = (struct core_bell){.session = j->c->session,
	    .cursor = TAKE_PTR(cursor),
	    .heard_ms = clock_monotonic_ms(),
	    .next = j->c->bells};
	j->c->bells = bell;
	return 0;
}

static int
subscribe(struct core *c, struct text partition, struct err *e)
{
	const struct import_request req = {.partition = partition};
	struct delta_job j = {.c = c, .req = &req};
	struct import_reply reply;
	struct err why = {0};
	int r = delta_job_init(&j, NULL, &reply, e);

	if (r == 0)
		r = delta_sync_possible(&j, &why, e);
	if (r == 0)
		r = err_set(e, ERR_UNSUPPORTED, "%.*s: no bell: %s",
		    TEXT_ARGS(partition), why.text);
	else if (r == 1)
		r = bell_hang(&j, e);
	delta_job_clear(&j);
	return r;
}

static int
subscribe_all(struct core *c, struct err *e)
{
	struct partition *list = NULL;
	size_t n = 0;
	int r = core_partitions(&c->base, &list, &n, e);

	for (size_t i = 0; r == 0 && i < n; i++)
		if (list[i].selected)
			r = subscribe(c, list[i].name, e);
	return r;
}

/* ---- Listening ---- */

/* 1: some bell rang within wait_ms. */
static int
listen_once(struct core *c, int wait_ms, struct err *e)
{
	int each = c->bells->next == NULL ? wait_ms : wait_ms / 8;
	int rang = 0;

	for (struct core_bell *b = c->bells; b != NULL; b = b->next) {
		int r = ldap_cursor_wait(b->cursor, rang ? 0 : each, e);

		if (r < 0)
			return r;
		rang |= r;
	}
	return rang;
}

/* One ring stands for all that came by now. */
static int
drain(struct core *c, struct err *e)
{
	int r = 1;

	for (unsigned i = 0; i < DRAIN_MAX && r == 1; i++)
		r = listen_once(c, 0, e);
	return r < 0 ? r : 1;
}

/* A connection that somebody on the way has forgotten says nothing either. */
static int
ask_alive(struct core_bell *b, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 20);
	static const char *const nothing[] = {"1.1", NULL};
	const struct ldap_query q = {.base = "", .attrs = nothing};
	struct ldap_item item;
	int64_t now_ms = clock_monotonic_ms();

	if (now_ms - b->heard_ms < ALIVE_MS)
		return 0;
	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	b->heard_ms = now_ms;
	return ldap_session_read(b->session, &q, a, &item, e);
}

static int
all_alive(struct core *c, struct err *e)
{
	int r = 0;

	for (struct core_bell *b = c->bells; r == 0 && b != NULL; b = b->next)
		r = ask_alive(b, e);
	return r;
}

int
ldap_watch(struct connector *connector, int timeout_ms, struct err *e)
{
	struct core *c = (struct core *)connector;
	const struct connector_env *env = &c->env;
	int64_t until_ms = clock_monotonic_ms() + timeout_ms;
	int64_t left_ms = timeout_ms;
	int r = c->bells == NULL ? subscribe_all(c, e) : 0;

	while (r == 0 && left_ms > 0) {
		r = listen_once(
		    c, left_ms < SLICE_MS ? (int)left_ms : SLICE_MS, e);
		if (r == 0 && env->cancelled != NULL &&
		    env->cancelled(env->cancel_ctx))
			return 0;
		if (r == 0)
			r = all_alive(c, e);
		left_ms = until_ms - clock_monotonic_ms();
	}
	return r == 1 ? drain(c, e) : r;
}

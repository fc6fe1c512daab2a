/*
 * connectors/ad/bell.c -- change notification (MS-ADTS 3.1.1.3.4.1.9): a search
 * that never ends, and gives each object that changes.
 *
 * One for each naming context that is read.  What came is not looked at: the
 * delta import that it rings for does that.
 */
#include "base/clock.h"
#include "connectors/ad/ad_int.h"

#define NOTIFY_OID  "1.2.840.113556.1.4.528"
#define SLICE_MS    200
#define ALIVE_MS    60000 /* of silence, then the server is asked */
#define BELLS_MAX   64U
#define ENTRIES_MAX 100000U /* that ring as one */

struct bell {
	struct ldap_session *session;
	struct text context;
	struct ldap_cursor *cursor;
};

struct bells {
	struct bell list[BELLS_MAX];
	size_t count;
	int64_t heard_ms;
};

static const struct ldap_extra notify = {
    .oid = NOTIFY_OID, .value = {.data = "", .len = 0}};

static void
bells_free(void *own)
{
	struct bells *b = own;

	for (size_t i = 0; i < b->count; i++)
		(void)ldap_cursor_free(b->list[i].cursor);
	free(b);
}

/* It answers what is asked after the search: so it has begun that one. */
static int
is_alive(struct ldap_session *s, struct err *e)
{
	static const char *const nothing[] = {"1.1", NULL};
	const struct ldap_query q = {.base = "", .attrs = nothing};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 20);
	struct ldap_item item;

	return a != NULL ? ldap_session_read(s, &q, a, &item, e) : ERR_NOMEM;
}

static bool
has_bell(const struct bells *b, struct ldap_session *s, struct text context)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->list[i].session == s &&
		    text_equal(b->list[i].context, context))
			return true;
	return false;
}

static int
hang_one(struct core *c, struct bells *b, struct text partition, struct err *e)
{
	static const char *const attrs[] = {"objectGUID", NULL};
	struct bell *one = &b->list[b->count];
	struct ldap_query q = {.depth = LDAP_DEPTH_TREE,
	    .attrs = attrs,
	    .flags = LDAP_QUERY_NO_PAGES | LDAP_QUERY_SHOW_DELETED,
	    .extra = &notify};
	int r = core_use(c, core_partition_conf(c, partition, c->arena), e);

	if (r == 0)
		r = ad_context_of(c, partition, c->arena, &one->context, e);
	if (r != 0 || has_bell(b, c->session, one->context))
		return r;
	if (b->count + 1 == BELLS_MAX)
		return err_set(e, ERR_LIMIT, "too many naming contexts");
	if (!ldap_session_supports(c->session, NOTIFY_OID))
		return err_set(e, ERR_UNSUPPORTED,
		    "%.*s does not offer change notification",
		    TEXT_ARGS(ldap_session_server(c->session)));
	one->session = c->session;
	q.base = arena_strndup(c->arena, one->context.data, one->context.len);
	if (q.base == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = ldap_cursor_begin(c->session, &q, &one->cursor, e);
	b->count += r == 0;
	return r == 0 ? is_alive(c->session, e) : r;
}

static int
hang_all(struct core *c, struct err *e)
{
	struct bells *b = calloc(1, sizeof(*b));
	struct partition *list = NULL;
	size_t n = 0;
	int r;

	if (b == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = core_partitions(&c->base, &list, &n, e);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (list[i].selected)
			r = hang_one(c, b, list[i].name, e);
	(void)core_use(c, NULL, NULL);
	if (r != 0) {
		bells_free(b);
		return r;
	}
	b->heard_ms = clock_monotonic_ms();
	c->own = b;
	c->own_free = bells_free;
	return 0;
}

/* What came with it rings with it. */
static int
listen_one(struct bell *one, int timeout_ms, struct err *e)
{
	int r = ldap_cursor_wait(one->cursor, timeout_ms, e);
	int more = r;

	for (unsigned i = 0; more == 1 && i < ENTRIES_MAX; i++)
		more = ldap_cursor_wait(one->cursor, 0, e);
	return more < 0 ? more : r;
}

static int
listen_all(struct bells *b, int timeout_ms, struct err *e)
{
	int rang = 0;

	for (size_t i = 0; i < b->count; i++) {
		int r = listen_one(
		    &b->list[i], rang != 0 ? 0 : timeout_ms / (int)b->count, e);

		if (r < 0)
			return r;
		rang |= r;
	}
	return rang;
}

/* A connection that somebody on the way has forgotten says nothing either. */
static int
ask_alive(struct bells *b, struct err *e)
{
	int r = 0;

	if (clock_monotonic_ms() - b->heard_ms < ALIVE_MS)
		return 0;
	for (size_t i = 0; r == 0 && i < b->count; i++)
		r = is_alive(b->list[i].session, e);
	b->heard_ms = clock_monotonic_ms();
	return r;
}

int
ad_watch(struct connector *connector, int timeout_ms, struct err *e)
{
	struct core *c = (struct core *)connector;
	const struct connector_env *env = &c->env;
	int64_t until_ms = clock_monotonic_ms() + timeout_ms;
	struct bells *b;
	int r = c->own == NULL ? hang_all(c, e) : 0;

	b = c->own;
	if (r != 0 || b == NULL)
		return r;
	while (r == 0) {
		int64_t left = until_ms - clock_monotonic_ms();

		if (left <= 0 ||
		    (env->cancelled != NULL && env->cancelled(env->cancel_ctx)))
			return 0;
		r = listen_all(b, left < SLICE_MS ? (int)left : SLICE_MS, e);
		if (r == 0)
			r = ask_alive(b, e);
	}
	if (r == 1)
		b->heard_ms = clock_monotonic_ms();
	return r;
}

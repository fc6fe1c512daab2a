/* engine/lease.c -- one instance writes to a target: a lease that is kept in
 * the target itself, and the eye on other products that synchronise it.  Taken
 * before the first export and looked at before each; never in staging mode. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/engine_int.h"
#include "engine/lease.h"

#define REFRESH_MS 60000 /* last seen is not written more often */

/* ---- Who we are ---- */

/* A store has one name for ever. */
static int
our_name(struct engine *g, struct arena *a, bool make, struct text *out,
    struct err *e)
{
	char text[GUID_TEXT_LEN + 1];
	struct guid id;
	int r = store_meta_get(g->cfg.store, a, "instance", out, e);

	if (r < 0 || out->len != 0 || !make)
		return r;
	id = guid_random();
	guid_format(&id, text);
	*out = text_dup(a, text_of(text));
	return store_meta_keep(g->cfg.store, "instance", text_of(text), e);
}

static struct text
our_host(struct arena *a)
{
	char host[256] = "";

	if (gethostname(host, sizeof(host) - 1) < 0)
		(void)snprintf(host, sizeof(host), "unknown");
	return text_dup(a, text_of(host));
}

/* ---- What is remembered of the target ---- */

#define NOT_KEPT "-" /* the target lets us keep none */

static int
remember(struct engine *g, size_t connector, const char *what,
    struct text value, struct err *e)
{
	struct meta_key key = meta_key(what, g->cfg.connectors[connector].id);

	return store_meta_keep(g->cfg.store, key.text, value, e);
}

static int
recall(struct engine *g, size_t connector, const char *what, struct arena *a,
    struct text *out, struct err *e)
{
	struct meta_key key = meta_key(what, g->cfg.connectors[connector].id);

	return store_meta_get(g->cfg.store, a, key.text, out, e);
}

/* ---- One look ---- */

struct look {
	struct engine *g;
	size_t connector;
	struct connector *conn;
	struct arena *arena;
	struct connector_lease lease; /* of the target */
	struct connector_lease ours;
	struct lease_synced known;
	bool there; /* somebody holds it */
};

static bool
is_ours(const struct look *k)
{
	return k->there && text_equal(k->lease.holder, k->ours.holder) &&
	       text_equal(k->lease.host, k->ours.host);
}

static int
look_begin(struct look *k, bool make, struct err *e)
{
	const struct connector_ops *ops =
	    k->g->cfg.connectors[k->connector].kind->ops;
	int r = our_name(k->g, k->arena, make, &k->ours.holder, e);

	k->ours.host = our_host(k->arena);
	k->ours.since_ms = k->ours.seen_ms = clock_now_ms();
	if (r == 0)
		r = ops->lease_get(k->conn, k->arena, &k->lease, e);
	k->there = r == 1;
	if (r >= 0)
		r = lease_synced_get(
		    k->g, k->lease.place, k->arena, &k->known, e);
	return r;
}

static int
refuse_other(const struct look *k, struct err *e)
{
	const struct text to = k->g->cfg.connectors[k->connector].name;
	char since[32], seen[32];

	return err_type(e, ERR_REFUSED, "stopped-lease-held",
	    "%.*s is written to by another Causeway: store %.*s on host %.*s, "
	    "since %s, last seen %s. One alone may be active: set this one to "
	    "staging, or, where the other is gone: causeway lease take %.*s",
	    TEXT_ARGS(to), TEXT_ARGS(k->lease.holder), TEXT_ARGS(k->lease.host),
	    clock_format(k->lease.since_ms, false, since),
	    clock_format(k->lease.seen_ms, false, seen), TEXT_ARGS(to));
}

static int
refuse_foreign(const struct look *k, struct err *e)
{
	const struct text to = k->g->cfg.connectors[k->connector].name;
	char last[32], known[32];

	return err_type(e, ERR_REFUSED, "stopped-lease-held",
	    "%.*s is synchronised by another server too: its last "
	    "synchronisation moved from %s to %s, and it was not ours. Stop "
	    "that server (or its staging mode has to be on), then: causeway "
	    "lease take %.*s",
	    TEXT_ARGS(to),
	    k->known.ms != 0 ? clock_format(k->known.ms, false, known)
			     : "never",
	    clock_format(k->lease.synced_ms, false, last), TEXT_ARGS(to));
}

/* Written, and read again: who wrote last has it. */
static int
take(struct look *k, struct err *e)
{
	const struct connector_ops *ops =
	    k->g->cfg.connectors[k->connector].kind->ops;
	int r = ops->lease_set(k->conn, &k->ours, e);

	if (r == 0)
		r = ops->lease_get(k->conn, k->arena, &k->lease, e);
	if (r < 0)
		return r;
	k->there = r == 1;
	if (!is_ours(k))
		return refuse_other(k, e);
	return remember(k->g, k->connector, "lease", k->ours.holder, e);
}

static int
refresh(struct look *k, struct err *e)
{
	if (k->ours.seen_ms - k->lease.seen_ms < REFRESH_MS)
		return 0;
	k->ours.since_ms = k->lease.since_ms;
	return take(k, e);
}

static int
keep(struct look *k, struct err *e)
{
	const struct connector_kind *kind =
	    k->g->cfg.connectors[k->connector].kind;
	int r;

	if (k->there && !is_ours(k))
		return refuse_other(k, e);
	if (lease_synced_foreign(&k->known, &k->lease))
		return refuse_foreign(k, e);
	r = lease_synced_keep(
	    k->g, (kind->can & CAN_MOVE_SYNCED) != 0, &k->known, &k->lease, e);
	if (r < 0)
		return r;
	return k->there ? refresh(k, e) : take(k, e);
}

bool
lease_kind(const struct engine_connector *c)
{
	return c->kind->ops->lease_get != NULL;
}

int
lease_is_due(struct engine *g, size_t connector, bool *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct text t = {0};
	int r = a == NULL ? err_set(e, ERR_NOMEM, "out of memory")
			  : recall(g, connector, "lease", a, &t, e);

	/* who has no source has nothing to write, ever */
	*out = r == 0 && t.len == 0 && g->cfg.connector_count > 1 &&
	       lease_kind(&g->cfg.connectors[connector]);
	return r;
}

int
lease_keep(
    struct engine *g, size_t connector, struct connector *conn, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct look k = {
	    .g = g, .connector = connector, .conn = conn, .arena = a};
	struct err why = {0};
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (!lease_kind(&g->cfg.connectors[connector]))
		return 0;
	r = look_begin(&k, true, &why);
	if (r == 0)
		r = keep(&k, &why);
	/* without the right to keep one there is none: lease show says so */
	if (r == ERR_ACCESS)
		return remember(g, connector, "lease", TEXT(NOT_KEPT), e);
	if (r < 0 && e != NULL)
		*e = why;
	return r;
}

/* ---- For a person ---- */

static int
with_connection(struct engine *g, size_t connector, struct arena *a,
    struct look *k, struct err *e)
{
	const struct engine_connector *c = &g->cfg.connectors[connector];

	*k = (struct look){.g = g, .connector = connector, .arena = a};
	if (!lease_kind(c))
		return err_set(e, ERR_UNSUPPORTED,
		    "%.*s: directories of kind %s keep no lease: one store "
		    "writes to it, behind its own lock",
		    TEXT_ARGS(c->name), c->kind->name);
	return engine_open(g, c, a, &k->conn, e);
}

static void
close_connection(struct look *k)
{
	if (k->conn != NULL)
		k->g->cfg.connectors[k->connector].kind->ops->close(k->conn);
}

static bool
is_own_time(const struct look *k)
{
	return k->known.own && k->lease.synced_ms <= k->known.ms;
}

static struct engine_lease
shown(const struct look *k)
{
	return (struct engine_lease){.there = k->there,
	    .ours = is_ours(k),
	    .holder = k->lease.holder,
	    .host = k->lease.host,
	    .since_ms = k->lease.since_ms,
	    .seen_ms = k->lease.seen_ms,
	    .foreign_ms = is_own_time(k) ? 0 : k->lease.synced_ms};
}

int
engine_lease_show(struct engine *g, size_t connector, struct arena *a,
    struct engine_lease *out, struct err *e)
{
	struct look k;
	struct text noted = {0};
	struct err why = {0};
	int r = with_connection(g, connector, a, &k, &why);

	*out = (struct engine_lease){.there = false};
	if (r == 0)
		r = look_begin(&k, false, &why);
	if (r == 0)
		r = recall(g, connector, "lease", a, &noted, &why);
	if (r == 0)
		*out = shown(&k);
	/* who may not even look keeps none */
	out->not_kept =
	    text_is(noted, NOT_KEPT) || (r == ERR_ACCESS && k.conn != NULL);
	if (r < 0 && !out->not_kept && e != NULL)
		*e = why;
	close_connection(&k);
	return out->not_kept ? 0 : r;
}

static int
journal(struct look *k, const char *result, struct text who, struct err *e)
{
	struct store *s = k->g->cfg.store;
	char *what = arena_printf(k->arena, "%s%.*s%s%.*s",
	    k->there ? "from store " : "from nobody",
	    TEXT_ARGS(k->lease.holder), k->there ? " on host " : "",
	    TEXT_ARGS(k->lease.host));
	int r = what == NULL ? err_set(e, ERR_NOMEM, "out of memory")
			     : store_begin(s, e);

	if (r < 0)
		return r;
	r = guard_journal(k->g, k->connector, result, who, text_of(what), e);
	if (r == 0)
		return store_commit(s, e);
	store_rollback(s);
	return r;
}

static int
check_staging(const struct engine *g, struct err *e)
{
	return g->cfg.staging
		   ? err_set(e, ERR_REFUSED,
			 "staging mode is on: nothing is changed in a target, "
			 "its lease neither; causeway staging off")
		   : 0;
}

int
engine_lease_take(
    struct engine *g, size_t connector, struct text who, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct look k = {.arena = a};
	int r = a == NULL ? err_set(e, ERR_NOMEM, "out of memory")
			  : check_staging(g, e);

	if (r == 0)
		r = with_connection(g, connector, a, &k, e);
	if (r == 0)
		r = look_begin(&k, true, e);
	if (r == 0)
		r = journal(&k, "lease-taken", who, e);
	if (r == 0)
		r = lease_synced_keep(g, false, &k.known, &k.lease, e);
	if (r == 0)
		r = take(&k, e);
	close_connection(&k);
	return r;
}

int
engine_lease_release(
    struct engine *g, size_t connector, struct text who, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct look k = {.arena = a};
	struct connector_lease nobody;
	int r = a == NULL ? err_set(e, ERR_NOMEM, "out of memory")
			  : check_staging(g, e);

	if (r == 0)
		r = with_connection(g, connector, a, &k, e);
	if (r == 0)
		r = look_begin(&k, true, e);
	if (r == 0 && k.there && !is_ours(&k))
		r = refuse_other(&k, e);
	if (r == 0)
		r = journal(&k, "lease-released", who, e);
	nobody = k.ours;
	nobody.holder = TEXT("");
	if (r == 0)
		r = g->cfg.connectors[connector].kind->ops->lease_set(
		    k.conn, &nobody, e);
	if (r == 0)
		r = remember(g, connector, "lease", TEXT(""), e);
	close_connection(&k);
	return r;
}

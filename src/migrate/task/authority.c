/* migrate/task/authority.c -- moving the authority of the organisation: begun
 * by a person, ended by proof. */
#include "migrate/task/authority.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "migrate/swing/switch.h"
#include "migrate/task/task_int.h"

#define LIVELY_MS (60LL * 60 * 1000) /* two cycles of a predecessor */
#define SEEN_KEY  "migrate.authority.seen"

const char *const authority_losses[] = {
    "contacts: Graph reads them and writes none",
    "mail-enabled groups and distribution lists: Exchange alone writes them",
    "proxyAddresses: they follow mail, name and Exchange, nobody sends them",
    "password hashes: they go through the synchronisation service alone; who "
    "signed in with them keeps the password of the last one",
    "hybrid-joined devices: they stay as they are",
    "name, domain and security identifier of the directory "
    "(onPremises... but the immutable ID): they stay as they were last",
    NULL};

const char *const authority_irreversible[] = {
    "until the directory is done (up to 72 hours) nobody can turn "
    "synchronisation on again, and nothing is synchronised by anybody",
    "afterwards every object is the cloud's: administrators and users can "
    "change it there, and what they change is not put right by an old server",
    "turned on again, users are found by their immutable ID and everything "
    "that is exported overwrites what the cloud has by then; groups and "
    "contacts are matched by address, or made anew",
    "a group's source anchor (uniqueName), once given, stays for ever", NULL};

/* ---- Checks ---- */

struct checking {
	struct setup *setup;
	const struct authority_wish *wish;
	struct arena *arena;
	struct organization_authority org;
};

static int
check_staging(struct checking *k, struct err *e)
{
	bool staging = false;
	int r = setup_staging(k->setup, &staging, e);

	if (r == 0 && !staging)
		return err_set(e, ERR_REFUSED,
		    "this server is active: nothing may be sent while the "
		    "authority moves (causeway staging on)");
	return r;
}

static int
check_whole(struct checking *k, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < k->setup->connector_count && r == 0; i++)
		r = swing_is_whole(k->setup, i, e);
	return r;
}

static int
check_synced(struct checking *k, struct err *e)
{
	if (k->org.on_premises || (k->wish->by_hand && k->org.ever))
		return 0;
	return err_set(e, ERR_REFUSED, "%s",
	    k->org.ever ? "synchronisation of the organisation is off already: "
			  "--by-hand where it was turned off for this"
			: "the organisation was never synchronised: Graph may "
			  "write, there is nothing to move");
}

static int
seen_get(struct checking *k, int64_t *out, struct err *e)
{
	struct text t;
	int r = store_meta_get(k->setup->store, k->arena, SEEN_KEY, &t, e);

	*out = 0;
	if (r == 0 && t.len != 0 && text_to_int64(t, out) < 0)
		return err_set(
		    e, ERR_STORE, "stored " SEEN_KEY " is no number");
	return r;
}

/* Who synchronised a short while ago is alive; who did again since a person
 * said that he is off, too. */
static int
check_alone(struct checking *k, struct err *e)
{
	int64_t last = k->org.last_sync_ms, seen = 0;
	char at[32], before[32];
	int r = seen_get(k, &seen, e);

	if (r < 0 || last == 0 || clock_now_ms() - last > LIVELY_MS)
		return r;
	if (!k->wish->old_is_off)
		return err_set(e, ERR_REFUSED,
		    "a server synchronised the organisation at %s: stop it, or "
		    "set it to staging mode; if it is off now: --old-is-off",
		    clock_format(last, false, at));
	if (seen != 0 && last > seen)
		return err_set(e, ERR_REFUSED,
		    "the old server is not off: the last synchronisation moved "
		    "from %s to %s",
		    clock_format(seen, false, before),
		    clock_format(last, false, at));
	return 0;
}

static const struct {
	const char *name;
	int (*check)(struct checking *k, struct err *e);
} checks[AUTHORITY_CHECKS] = {
    {"staging", check_staging},
    {"whole", check_whole},
    {"synchronised", check_synced},
    {"alone", check_alone},
};

static int
check_all(struct checking *k,
    struct authority_check out[static AUTHORITY_CHECKS], struct err *e)
{
	for (size_t i = 0; i < AUTHORITY_CHECKS; i++) {
		struct err why = {0};
		int r = checks[i].check(k, &why);

		out[i] = (struct authority_check){
		    .name = checks[i].name, .ok = r == 0};
		if (r == 0)
			continue;
		out[i].why = text_dup(k->arena, text_of(why.text));
		if (r == ERR_REFUSED)
			continue;
		if (e != NULL)
			*e = why;
		return r;
	}
	return 0;
}

int
authority_check_all(struct setup *s, const struct authority_wish *w,
    struct arena *a, struct authority_check out[static AUTHORITY_CHECKS],
    struct err *e)
{
	struct checking k = {.setup = s, .wish = w, .arena = a};
	struct connector *c = NULL;
	int r = authority_open(s, w->connector, &c, e);

	if (r < 0)
		return r;
	r = c->kind->ops->authority->organization(c, a, &k.org, e);
	c->kind->ops->close(c);
	return r == 0 ? check_all(&k, out, e) : r;
}

/* So that the next one sees whether it moved. */
static int
remember_seen(struct setup *s, int64_t last_sync_ms, struct err *e)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64, last_sync_ms);
	return store_meta_keep(s->store, SEEN_KEY, text_of(text), e);
}

static int
must_pass(struct checking *k, struct err *e)
{
	struct authority_check list[AUTHORITY_CHECKS];
	int r = check_all(k, list, e);

	for (size_t i = 0; i < AUTHORITY_CHECKS && r == 0; i++)
		if (!list[i].ok)
			r = err_set(
			    e, ERR_REFUSED, "%.*s", TEXT_ARGS(list[i].why));
	if (r == ERR_REFUSED && k->org.last_sync_ms != 0) {
		int code = remember_seen(k->setup, k->org.last_sync_ms, e);

		return code < 0 ? code : r;
	}
	return r;
}

/* ---- Beginning ---- */

struct starting {
	struct setup *setup;
	const struct authority_wish *wish;
	struct connector *conn;
	struct arena *arena;
	struct authority_note note;
	struct authority_picture *picture;
};

/* The note and what is said of it, in one transaction. */
static int
put(struct starting *st, enum authority_state state, const char *result,
    struct err *e)
{
	const struct journal_entry j = {
	    .connector = st->setup->connectors[st->wish->connector].id,
	    .dn = st->setup->connectors[st->wish->connector].name,
	    .result = text_of(result)};
	int r = store_begin(st->setup->store, e);

	if (r < 0)
		return r;
	st->note.state = state;
	if (state == AUTHORITY_ASKED)
		r = authority_ids_put(st->setup, st->picture, &st->note, e);
	if (r == 0)
		r = authority_note_put(st->setup, &st->note, e);
	if (r == 0)
		r = task_journal(
		    st->setup, &j, st->wish->by, st->wish->reason, e);
	if (r == 0)
		return store_commit(st->setup->store, e);
	store_rollback(st->setup->store);
	return r;
}

static int
ask(struct starting *st, struct err *e)
{
	struct checking k = {.setup = st->setup,
	    .wish = st->wish,
	    .arena = st->arena,
	    .org = st->picture->organization};
	int r = must_pass(&k, e);

	st->note = (struct authority_note){.organization = k.org.id,
	    .by = st->wish->by,
	    .reason = st->wish->reason,
	    .asked_ms = clock_now_ms(),
	    .last_sync_ms = k.org.last_sync_ms};
	return r == 0 ? put(st, AUTHORITY_ASKED, "authority-asked", e) : r;
}

/* It may have been carried out although no answer came: again is no harm. */
static int
turn_off(struct starting *st, struct err *e)
{
	int r = 0;

	if (!st->wish->by_hand && st->picture->organization.on_premises)
		r = st->conn->kind->ops->authority->turn(
		    st->conn, st->picture->organization.id, false, e);
	if (r == ERR_ACCESS)
		return err_prefix(e,
		    "turn it off as an administrator, then the same with "
		    "--by-hand");
	return r == 0 ? put(st, AUTHORITY_WAITING, "authority-off", e) : r;
}

static int
start(struct starting *st, struct err *e)
{
	int r = authority_read(st->setup, st->conn, st->arena, st->picture, e);

	if (r == 0)
		r = authority_note_get(st->setup, st->arena, &st->note, e);
	if (r == 0 && st->note.state == AUTHORITY_DONE)
		return err_set(e, ERR_REFUSED,
		    "the authority has moved already (causeway migrate "
		    "authority status)");
	if (r == 0 && st->note.state == AUTHORITY_NONE)
		r = ask(st, e);
	if (r == 0 && st->note.state == AUTHORITY_ASKED)
		r = turn_off(st, e);
	return r;
}

int
authority_start(struct setup *s, const struct authority_wish *w,
    struct arena *a, struct authority_picture *out, struct err *e)
{
	struct starting st = {
	    .setup = s, .wish = w, .arena = a, .picture = out};
	int r = authority_open(s, w->connector, &st.conn, e);

	*out = (struct authority_picture){
	    .connector = s->connectors[w->connector].name};
	if (r < 0)
		return r;
	r = start(&st, e);
	st.conn->kind->ops->close(st.conn);
	return r;
}

/* ---- The way back ---- */

static int
forget(struct setup *s, const struct authority_wish *w,
    const struct authority_note *n, struct err *e)
{
	const struct journal_entry j = {
	    .connector = s->connectors[w->connector].id,
	    .dn = s->connectors[w->connector].name,
	    .result = TEXT("authority-on-premises")};
	int r = store_begin(s->store, e);

	if (r < 0)
		return r;
	r = authority_note_clear(s, n, e);
	if (r == 0)
		r = task_journal(s, &j, w->by, w->reason, e);
	if (r == 0)
		return store_commit(s->store, e);
	store_rollback(s->store);
	return r;
}

static int
turn_on(struct setup *s, struct connector *c, const struct authority_wish *w,
    struct arena *a, struct err *e)
{
	struct checking k = {.setup = s, .wish = w, .arena = a};
	struct authority_note note;
	int r = authority_note_get(s, a, &note, e);

	if (r == 0 && note.state == AUTHORITY_NONE)
		return err_set(e, ERR_NOENT,
		    "no move of the authority was begun from here");
	if (r == 0)
		r = check_staging(&k, e);
	if (r == 0)
		r = c->kind->ops->authority->turn(
		    c, note.organization, true, e);
	return r == 0 ? forget(s, w, &note, e) : r;
}

int
authority_return(struct setup *s, const struct authority_wish *w, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct connector *c = NULL;
	int r = a == NULL ? err_set(e, ERR_NOMEM, "out of memory")
			  : authority_open(s, w->connector, &c, e);

	if (r < 0)
		return r;
	r = turn_on(s, c, w, a, e);
	c->kind->ops->close(c);
	return r;
}

/*
 * store/store.h -- where everything that Causeway knows is kept.
 *
 * Purpose:   connector spaces, the metaverse, runs and the journal behind one
 *            API; the back end is a folder of its own (store/sqlite).  All that
 *            the engine decides is derived from here, so that a process killed
 *            at any point loses nothing.
 * Touches:   model/.
 * Ownership: what a call returns lives in the arena given.  The store keeps
 *            nothing of the caller's.
 * Errors:    ERR_STORE (with the engine's text), ERR_NOSPACE (disk full),
 *            ERR_BUSY (another process holds the run lock), ERR_VERSION (the
 *            schema is newer than this program: nothing was changed),
 *            ERR_NOENT, ERR_EXIST (a DN or anchor that is taken), ERR_NOMEM,
 *            ERR_INTERNAL (a change outside a transaction).
 * Writing:   every change happens inside store_begin() .. store_commit();
 *            objects are rolled back alone by save points.  Readers never
 *            wait for a writer.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "model/delta.h"
#include "model/guid.h"
#include "model/names.h"

struct store;

/* A caller's buffer for ids. */
struct ids {
	int64_t *id;
	size_t max;   /* room */
	size_t count; /* filled in */
};

/* ---- Opening, locking, transactions ---- */

enum store_mode {
	STORE_READ,   /* must exist; no writes */
	STORE_WRITE,  /* made when needed; migrated when needed, and what was
			 there  before is kept as PATH.schema-N.TIME */
	STORE_MEMORY, /* private, in memory: tests, rule test */
};

int store_open(const char *path, enum store_mode mode, struct store **out,
    struct err *e) MUST_CHECK;
struct store *store_close(struct store *s);
DEFINE_CLEANUP(store, store_close);

/* What was committed, of a store that others may be using, as a new file that
 * nobody else can read; there whole, or not at all.  ERR_EXIST. */
int store_copy(const char *from, const char *to, struct err *e) MUST_CHECK;

/* The names the store's numbers mean; new ones are saved at store_commit(),
 * those of other processes come with store_begin() (a reader's too). */
struct names *store_names(struct store *s);

/* One process at a time: a lock that the system drops when the process dies.
 * ERR_BUSY names the holder: what, pid, since when. */
int store_lock(struct store *s, const char *what, struct err *e) MUST_CHECK;
void store_unlock(struct store *s);
/* Whether some process holds it, and who; of the store with that path. */
bool store_locked(const char *path, struct arena *a, struct text *out_holder);

int store_begin(struct store *s, struct err *e) MUST_CHECK;
/* Where it fails all of the transaction is taken back. */
int store_commit(struct store *s, struct err *e) MUST_CHECK;
/* The same where nothing outside depends on it yet (import, sync, answers of an
 * export; never what is about to be sent): many small batches become one
 * transaction. Committed at the latest by the next store_commit() or
 * store_close(), or after two seconds or 100,000 rows; a rollback before takes
 * back what is not committed yet, and a crash loses it, as if those batches had
 * never run. */
int store_commit_later(struct store *s, struct err *e) MUST_CHECK;
void store_rollback(struct store *s);
bool store_in_transaction(const struct store *s);

/* Around one object, inside a transaction. */
int store_save(struct store *s, struct err *e) MUST_CHECK;
int store_release(struct store *s, struct err *e) MUST_CHECK;
int store_undo(struct store *s, struct err *e) MUST_CHECK;

/* Small settings: "staging", "guard.deletions", "config.digest".  get gives
 * the empty text where there is none. */
int store_meta_get(struct store *s, struct arena *a, const char *key,
    struct text *out, struct err *e) MUST_CHECK;
int store_meta_set(struct store *s, const char *key, struct text value,
    struct err *e) MUST_CHECK;
/* The same in a transaction of its own. */
int store_meta_keep(struct store *s, const char *key, struct text value,
    struct err *e) MUST_CHECK;

/* ---- Connectors ---- */

struct store_connector {
	int64_t id;
	struct guid guid;
	struct text name;
	struct text kind;
};

/* Makes it when there is none of that name (a reader: ERR_NOENT); the guid
 * stays for ever. */
int store_connector_ensure(struct store *s, struct text name, struct text kind,
    struct store_connector *out, struct err *e) MUST_CHECK;
int store_connector_list(struct store *s, struct arena *a,
    struct store_connector **out, size_t *out_count, struct err *e) MUST_CHECK;

/* Watermark of a partition; empty where there is none. */
int store_watermark_get(struct store *s, struct arena *a, int64_t connector,
    struct text partition, struct text *out, struct err *e) MUST_CHECK;
int store_watermark_set(struct store *s, int64_t connector,
    struct text partition, struct text value, struct err *e) MUST_CHECK;

/* ---- Connector space ---- */

enum cs_kind {
	CS_STAGING = 1,
	CS_PLACEHOLDER = 2, /* only a DN or an anchor; see CS_PH_* */
};

enum cs_link {
	CS_DISCONNECTOR = 0,
	CS_CONNECTOR = 1,
	CS_EXPLICIT_CONNECTOR = 2,
	CS_EXPLICIT_DISCONNECTOR = 3,
	CS_FILTERED_DISCONNECTOR = 4,
};

enum cs_flag {
	CS_IN_CD = 1U << 0,     /* it is there: imported, or its add accepted */
	CS_REF_RETRY = 1U << 1, /* an unresolved reference: sync again */
	CS_RENAME_RETRY = 1U << 2,
	CS_SYNC_ERROR = 1U << 3, /* failed last time: sync again */
	CS_EXPORT_ERROR = 1U << 4,
	CS_IMPORT_ERROR = 1U << 5,
	CS_TRANSIENT = 1U << 6,    /* its DN was taken by another object */
	CS_PH_LINK = 1U << 7,      /* placeholder: target of a reference */
	CS_PH_PARENT = 1U << 8,    /* placeholder: parent of a staged object */
	CS_PH_DELETE = 1U << 9,    /* placeholder: deleted, still referenced */
	CS_UNSUPPORTED = 1U << 10, /* its export can never be sent (reason in
				      the record): not pending, not an error */
	CS_NOT_REIMPORTED = 1U << 11, /* an exported change did not come back */
	CS_RESYNC = 1U << 12,         /* evaluate again in the next sync */
	CS_REF_WAITS = 1U << 13,  /* ref-retry: a reference was left out, as its
				     target has no link; looked at again when
				     it gets one */
	CS_REF_GONE = 1U << 15,   /* pending-ref-delete: it points to what was
				     deleted, until its own change is imported */
	CS_LEFT_SCOPE = 1U << 16, /* to be deleted because rules leave it out,
				     and not because its source is gone */
	CS_DELETE_ADD = 1U << 14, /* to be added under the name of one that is
				     deleted in the same export */
};

/* One rule applied to a link, for lineage. */
struct lineage {
	uint32_t rule;     /* names: the rule's id */
	uint8_t inbound;   /* 1 inbound, 0 outbound */
	uint8_t provision; /* link type Provision */
	uint8_t sticky;    /* link type StickyJoin */
	uint8_t created;   /* this rule made the link */
	int64_t due_ms;    /* it left scope and counts until then; 0: it is in
			      scope */
};

struct cs_object {
	int64_t id;
	int64_t connector;
	struct guid guid;
	enum cs_kind kind;
	uint32_t type;
	uint32_t partition; /* names: the partition's name */
	struct text dn;     /* empty: none yet */
	struct text dn_key; /* of dn; filled when read, not used by cs_put() */
	struct text anchor; /* empty: none yet */
	unsigned flags;     /* enum cs_flag */

	enum cs_link link;
	int64_t mv; /* 0: not linked */
	const struct lineage *lineage;
	uint32_t lineage_count;

	/* Imported view: what the directory held when last read.  Scalars;
	 * references are rows, see cs_refs_*. */
	struct attrs image;
	/* Pending import: op, and what changed from the synchronised hologram
	 * to the image (scalars and renames; add values are new, del values
	 * old).  op NONE: none pending. */
	struct delta import;
	/* The three export layers, scalars and renames; references are rows. */
	struct delta unapplied;   /* waiting for the next export */
	struct delta escrowed;    /* sent or about to be; result not known */
	struct delta unconfirmed; /* accepted; not seen again by an import */

	int64_t import_ms; /* last change by import, by export; 0 never */
	int64_t export_ms;
};

/* What to load or write beside identity, flags, link and the ops. */
enum cs_part {
	CS_IMAGE = 1U << 0,
	CS_IMPORT = 1U << 1,
	CS_EXPORT = 1U << 2, /* all three layers */
	CS_LINEAGE = 1U << 3,
	CS_ALL = 15U,
};

/* ERR_NOENT where there is none. */
int cs_get(struct store *s, struct arena *a, int64_t id, unsigned parts,
    struct cs_object *out, struct err *e) MUST_CHECK;
struct cs_key {
	int64_t connector;
	struct text text; /* the anchor, or the DN as written */
};
int cs_find_anchor(struct store *s, struct arena *a, struct cs_key anchor,
    unsigned parts, struct cs_object *out, struct err *e) MUST_CHECK;
int cs_find_dn(struct store *s, struct arena *a, struct cs_key dn,
    unsigned parts, struct cs_object *out, struct err *e) MUST_CHECK;

/* Rows of either kind below a DN (not at it), with ids above after; a name that
 * is no DN has nothing below it. */
int cs_below(struct store *s, struct cs_key dn, int64_t after, struct ids *out,
    struct err *e) MUST_CHECK;

/* Inserts (id 0: sets id and guid) or updates.  parts says which layers are
 * written; identity, flags, link and ops always are.  The join index follows
 * the image.  Nothing is written where nothing differs.
 * A placeholder that has the DN or the anchor gives way: what points to it
 * points to o from then on; one with another anchor gives up its DN alone.
 * ERR_EXIST where a staged object has it: give that one another DN (or none)
 * first. */
int cs_put(struct store *s, struct cs_object *o, unsigned parts,
    struct err *e) MUST_CHECK;

/* Placeholders for the containers that o lies in, up to root (its partition;
 * one that is no DN: all), where there is nothing of that name. */
int cs_parents_stage(struct store *s, const struct cs_object *o,
    struct text root, struct err *e) MUST_CHECK;

/* Flags alone; an object that is gone is no error. */
int cs_set_flags(struct store *s, int64_t id, unsigned set, unsigned clear,
    struct err *e) MUST_CHECK;

/* Removes the object and all of its reference rows.  Where rows point to it, or
 * objects lie below it, a placeholder remains (CS_PH_DELETE, CS_PH_PARENT). */
int cs_remove(struct store *s, int64_t id, struct err *e) MUST_CHECK;

/* ---- References of the connector space ----
 * One row per (owner, attribute, target) with a bit for each layer that has
 * it, so that one member more in a group of 250,000 is one row. */

enum ref_bit {
	REF_IMAGE = 1U << 0,    /* in the imported view */
	REF_HOLOGRAM = 1U << 1, /* in the synchronised hologram */
	REF_UNAPPLIED_ADD = 1U << 2,
	REF_UNAPPLIED_DEL = 1U << 3,
	REF_ESCROWED_ADD = 1U << 4,
	REF_ESCROWED_DEL = 1U << 5,
	REF_UNCONFIRMED_ADD = 1U << 6,
	REF_UNCONFIRMED_DEL = 1U << 7,
};

struct ref_names {
	struct text dn;
	struct text anchor;
};
/* Small: there are 250,000 of them for a large group. */
struct cs_ref {
	uint32_t name;
	uint8_t bits;
	/* of the target, for callers that need it: */
	uint8_t target_kind; /* enum cs_kind */
	uint16_t target_flags;
	int64_t target;
	int64_t target_mv;
	const struct ref_names *named; /* never NULL; empty where not wanted */
};

/* Rows of an owner, by attribute and target. */
struct ref_query {
	int64_t owner;
	uint32_t name;      /* 0: every attribute */
	unsigned mask;      /* only rows with a bit of it */
	bool with_target;   /* fill what is of the target */
	bool without_names; /* but not its DN and anchor */
	bool one_name;      /* the DN only where it has no anchor */
	bool dn_alone;      /* no anchor */
};
int cs_refs_get(struct store *s, struct arena *a, const struct ref_query *want,
    struct cs_ref **out, size_t *out_count, struct err *e) MUST_CHECK;

/* Clears the bits of clear, then sets those of set, on one row; the row comes
 * and goes as needed. */
struct ref_key {
	int64_t owner;
	uint32_t name;
	int64_t target;
};
int cs_ref_set(struct store *s, struct ref_key key, unsigned set,
    unsigned clear, struct err *e) MUST_CHECK;

/* The same where there is no such row yet (ERR_EXIST: there is). */
int cs_ref_add(struct store *s, struct ref_key key, unsigned bits,
    struct err *e) MUST_CHECK;

/* The bits of one row; 0 where there is none. */
int cs_ref_bits(struct store *s, struct ref_key key, unsigned *out,
    struct err *e) MUST_CHECK;

/* For all rows of owner at once: where (bits & have) != 0, clear and set. */
int cs_refs_update(struct store *s, int64_t owner, unsigned have, unsigned set,
    unsigned clear, struct err *e) MUST_CHECK;

/* Synchronised: REF_HOLOGRAM becomes what REF_IMAGE is; only rows where the
 * two differ are written.  any_gone: some may have the hologram alone. */
int cs_refs_fold(
    struct store *s, int64_t owner, bool any_gone, struct err *e) MUST_CHECK;

/*
 * Import: makes the REF_IMAGE rows of an owner equal to the reference values
 * of attrs (by REF_DN or REF_ANCHOR); unknown targets become placeholders.
 * *out_changed: rows that came or went.
 */
int cs_refs_stage(struct store *s, const struct cs_object *owner,
    const struct attrs *attrs, size_t *out_changed, struct err *e) MUST_CHECK;

/* The same for what changed alone: attributes told as a whole, those that have
 * no value any more, and single values that came (del: went).  Rows of other
 * attributes stay, and of an attribute of 250,000 values one is read. */
struct ref_changes {
	const struct attrs *whole;
	const uint32_t *removed;
	size_t removed_count;
	const struct delta *values;
};
int cs_refs_change(struct store *s, const struct cs_object *owner,
    const struct ref_changes *c, size_t *out_changed, struct err *e) MUST_CHECK;

/* The same for an object that cs_put() has just made: it has no rows. */
int cs_refs_stage_new(struct store *s, const struct cs_object *owner,
    const struct attrs *attrs, struct err *e) MUST_CHECK;

/* Owners with id above after that point to target with a bit of mask: for
 * referential updates. */
int cs_referrers(struct store *s, int64_t target, unsigned mask, int64_t after,
    struct ids *out, struct err *e) MUST_CHECK;

/* The same with the attributes: rows behind after (owner and name; 0: from the
 * first) that point to its target. */
struct ref_keys {
	struct ref_key *items;
	size_t max;   /* room */
	size_t count; /* filled in */
};
int cs_refs_to(struct store *s, struct ref_key after, unsigned mask,
    struct ref_keys *out, struct err *e) MUST_CHECK;

/* Number of values of an attribute with a bit of mask. */
int cs_refs_count(struct store *s, int64_t owner, uint32_t name, unsigned mask,
    size_t *out, struct err *e) MUST_CHECK;
/* Whether there is one: reads a single row where most have the bit. */
int cs_refs_any(struct store *s, int64_t owner, uint32_t name, unsigned mask,
    bool *out, struct err *e) MUST_CHECK;

/* ---- Walking a connector space ---- */

enum cs_which {
	CS_EVERY,          /* every staging object */
	CS_WORK,           /* delta sync: pending import, retry flags, normal
			      disconnectors that are in the directory */
	CS_PENDING_EXPORT, /* unapplied op or reference rows: all of the next
			      three, and of them */
	CS_PENDING_ADD,    /* - to be added */
	CS_PENDING_DELETE, /* - to be deleted */
	CS_PENDING_CHANGE, /* - anything else, references alone as well */
	CS_UNCERTAIN,      /* escrowed layer not empty */
	CS_PLACEHOLDERS,
	CS_DISCONNECTORS,
	CS_ERRORS,        /* any error flag */
	CS_IMPORT_UPDATE, /* pending import: an update */
	CS_IMPORT_DELETE, /* pending import: gone from the directory */
};

struct cs_walk {
	int64_t connector;
	uint32_t partition; /* 0: all */
	bool unplaced;      /* and those that are in none yet */
	enum cs_which which;
	int64_t after; /* moves on with each call */
};

/* The next ids in rising order; out->count 0 at the end. */
int cs_next(struct store *s, struct cs_walk *w, struct ids *out,
    struct err *e) MUST_CHECK;
int cs_count(struct store *s, const struct cs_walk *w, uint64_t *out,
    struct err *e) MUST_CHECK;

/* The partitions that staged objects of the connector lie in, 0 for those that
 * are in none; at most max. */
int cs_partitions(struct store *s, int64_t connector, uint32_t *out, size_t max,
    size_t *out_count, struct err *e) MUST_CHECK;

/* How many objects wait for an export of each kind of operation. */
struct cs_pending {
	uint64_t adds, updates, renames, deletes;
};
int cs_pending_count(struct store *s, int64_t connector, struct cs_pending *out,
    struct err *e) MUST_CHECK;

/* Objects to be looked up: substring or exact match on DN, anchor text or any
 * join-indexed attribute; for people.  At most max. */
struct cs_search {
	int64_t connector; /* 0: every */
	struct text dn;    /* exact, by key */
	struct text under; /* at or below this DN */
	struct text text;  /* part of the DN, ignoring case */
	uint32_t name;     /* with value: an attribute of the image */
	struct text value;
	uint32_t type;
	enum cs_which which;
	int64_t after;
};
int cs_search(struct store *s, const struct cs_search *q, struct ids *out,
    struct err *e) MUST_CHECK;

/* Staging objects of the walk's connector and partition whose bit in seen is
 * clear, for obsoletion; ids at or beyond bits are not seen.  Export-only
 * objects (not CS_IN_CD) are no candidates.  w->which is not used. */
struct seen_set {
	uint64_t *words; /* bit (id % 64) of word (id / 64) */
	size_t bits;
};
int cs_unseen(struct store *s, struct cs_walk *w, const struct seen_set *seen,
    struct ids *out, struct err *e) MUST_CHECK;

/* Placeholders nothing points to and nothing lies below are removed; the flags
 * of the others say which of the two they are for. */
int cs_sweep_placeholders(
    struct store *s, int64_t connector, struct err *e) MUST_CHECK;

/* Of an object that is to be deleted: the container of the source that it had,
 * kept as long as its row; empty where none was noted. */
int cs_origin_set(struct store *s, int64_t cs, struct text container,
    struct err *e) MUST_CHECK;
int cs_origin_get(struct store *s, struct arena *a, int64_t cs,
    struct text *out, struct err *e) MUST_CHECK;

/* ---- Links that end at a time (struct lineage, due_ms) ----
 * ms 0: none any more.  The next objects whose time is over, ids above after;
 * one that was removed meanwhile may be among them. */
int cs_due_set(
    struct store *s, int64_t cs, int64_t ms, struct err *e) MUST_CHECK;
int cs_due_next(struct store *s, int64_t now_ms, int64_t after, struct ids *out,
    struct err *e) MUST_CHECK;

/* ---- Join index ----
 * The attributes that occur in join clauses are indexed by folded value
 * (strings by fold_text(), integers decimal, binaries as they are). */

/* Sets which; rebuilds what changed. */
int store_join_attrs(struct store *s, const uint32_t *cs_names, size_t cs_count,
    const uint32_t *mv_names, size_t mv_count, struct err *e) MUST_CHECK;

/* Ids whose attribute has the value.  The caller checks case where it
 * matters. */
int cs_join_find(struct store *s, int64_t connector, uint32_t name,
    const struct value *v, struct ids *out, struct err *e) MUST_CHECK;
int mv_join_find(struct store *s, uint32_t name, const struct value *v,
    struct ids *out, struct err *e) MUST_CHECK;

/* ---- Metaverse ---- */

/* Where the value of an attribute came from. */
struct origin {
	uint32_t name;
	uint32_t rule; /* names: the rule's id */
	int64_t cs;    /* contributing object */
	int64_t ms;    /* since when this value */
};

enum mv_flag {
	MV_RETRY_PROVISION = 1U << 0, /* next sync: outbound again */
	MV_RESYNC = 1U << 1,          /* a reference of it changed: outbound */
};

struct mv_object {
	int64_t id;
	struct guid guid;
	uint32_t type;
	unsigned flags;
	struct attrs values;          /* references by REF_ID: MV rows */
	const struct origin *origins; /* sorted by name, one an attribute */
	uint32_t origin_count;
	bool reserved; /* mv_reserve(): no row yet */
};

/* with_refs loads reference values too. */
int mv_get(struct store *s, struct arena *a, int64_t id, bool with_refs,
    struct mv_object *out, struct err *e) MUST_CHECK;
int mv_find_guid(struct store *s, const struct guid *g, int64_t *out_id,
    struct err *e) MUST_CHECK;

/* Gives a new object its id and guid before it has a row, so that links and
 * references may be made to it; one mv_put() of it writes all. */
void mv_reserve(struct store *s, struct mv_object *o);

/* Inserts (id 0, or reserved) or updates scalars, origins and reference rows
 * (values in attrs by REF_ID); only rows that differ are written.  with_refs
 * false leaves reference rows alone. */
int mv_put(struct store *s, struct mv_object *o, bool with_refs,
    struct err *e) MUST_CHECK;

/* Removes it, its rows, and reference values that point to it; their owners
 * get MV_RESYNC. */
int mv_remove(struct store *s, int64_t id, struct err *e) MUST_CHECK;

/* Connector space objects linked to it, with id order. */
int mv_links(struct store *s, struct arena *a, int64_t id, int64_t **out_cs,
    size_t *out_count, struct err *e) MUST_CHECK;

/* Those of one connector that are not about to be deleted there (pending
 * import delete): what a reference to it means in that connector. */
int mv_links_in(struct store *s, int64_t id, int64_t connector, struct ids *out,
    struct err *e) MUST_CHECK;

/* MV objects with id above after that hold a reference to it. */
int mv_referrers(struct store *s, int64_t id, int64_t after, struct ids *out,
    struct err *e) MUST_CHECK;

/* flags 0: every; else those with any of the flags; ids above after. */
int mv_next(struct store *s, unsigned flags, int64_t after, struct ids *out,
    struct err *e) MUST_CHECK;
int mv_count(
    struct store *s, uint32_t type, uint64_t *out, struct err *e) MUST_CHECK;
int mv_set_flags(struct store *s, int64_t id, unsigned set, unsigned clear,
    struct err *e) MUST_CHECK;

/* Those whose attribute (0: any) equals value or begins with it, ignoring
 * case. */
struct mv_query {
	uint32_t type; /* 0: every */
	uint32_t name;
	struct text value;
	int64_t after;
};
int mv_search(struct store *s, const struct mv_query *q, struct ids *out,
    struct err *e) MUST_CHECK;

/* ---- Runs, steps, errors, journal: store/history.h ---- */

#endif /* STORE_STORE_H */

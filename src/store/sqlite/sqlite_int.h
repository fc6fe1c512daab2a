/*
 * store/sqlite/sqlite_int.h -- what the files of this back end share.
 *
 * Purpose:   the handle, statements kept prepared, and one way to run them.
 * Touches:   <sqlite3.h>.  For this folder alone.
 * Threads:   a struct store belongs to one thread.
 */
#ifndef STORE_SQLITE_INT_H
#define STORE_SQLITE_INT_H

#include <sqlite3.h>

#include "store/history.h"
#include "store/sqlite/statements.h"

/* Every file of ours says so at byte 68 of its header ("CSWY"). */
#define STORE_APPLICATION_ID 0x43535759

#define CS_PARTS 4U  /* bits of enum cs_part */
#define CS_SETS  13U /* groups of columns that are written together */

enum cs_lookup {
	CS_BY_ID,
	CS_BY_ANCHOR,
	CS_BY_DN,
	CS_LOOKUPS
};

/* One bit for every name there can be. */
struct name_set {
	uint64_t words[(NAMES_MAX + 64) / 64];
	bool any;
};

struct bulk; /* bulk.h */

/* A DN and its key: an object is looked up by it, and then written with it. */
#define DN_KEPT 400U
struct dn_kept {
	size_t dn_len, key_len; /* 0: none */
	char dn[DN_KEPT], key[DN_KEPT];
};

struct store {
	sqlite3 *db;
	char *path;
	enum store_mode mode;
	int lock_fd; /* -1: no lock held */

	struct names *names;
	uint32_t names_saved;

	int64_t next_cs, next_mv; /* ids are never used twice */
	bool next_changed;

	bool held; /* between store_commit_later() and store_begin() */
	int64_t held_since_ms;
	int64_t held_changes; /* of the connection, when it began */

	struct bulk *bulk; /* NULL: every index is there */
	bool indexed;      /* made in this transaction: a rollback drops them */

	struct name_set cs_joined, mv_joined;
	struct dn_kept dn_kept;

	struct arena *tmp;     /* of one call; reset by call_begin() */
	struct arena *scratch; /* of one value within a call */
	struct buf blob[6];    /* encodings, kept between calls */

	sqlite3_stmt *kept[STMT_COUNT];
	sqlite3_stmt *cs_select[CS_LOOKUPS][1U << CS_PARTS];
	struct cs_update {
		unsigned which; /* groups of columns, one bit each */
		sqlite3_stmt *statement;
	} cs_update[64];
	size_t cs_updates; /* ever prepared */
};

/* ---- query.c: one statement, bound in order, stepped, reset ---- */

struct query {
	struct store *s;
	sqlite3_stmt *st;
	int bound;
	int rc;
};

int query_begin(
    struct query *q, struct store *s, enum stmt id, struct err *e) MUST_CHECK;
/* The same for a statement made at run time and kept in *slot. */
int query_begin_text(struct query *q, struct store *s, sqlite3_stmt **slot,
    const char *sql, struct err *e) MUST_CHECK;

/* Parameters, from ?1 on.  Octets are borrowed until query_end(). */
void query_int(struct query *q, int64_t n);
void query_null(struct query *q);
void query_octets(struct query *q, struct text t);
void query_zeroes(struct query *q, size_t n);
void query_octets_or_null(struct query *q, struct text t);

/* 1: a row; 0: no more; the statement is reset on 0 and on a failure. */
int query_step(struct query *q, struct err *e) MUST_CHECK;
void query_end(struct query *q);
/* Runs to the end; returns the rows changed. */
int query_run(struct query *q, struct err *e) MUST_CHECK;

int64_t query_get_int(const struct query *q, int column);
struct text query_get_octets(const struct query *q, int column);
/* A copy in a; the empty text for NULL. */
int query_get_copy(const struct query *q, int column, struct arena *a,
    struct text *out) MUST_CHECK;

/* One number: first parameter(s) given, first column back; none when there
 * is no row. */
int query_number(struct store *s, enum stmt id, int64_t none, int64_t *out,
    struct err *e) MUST_CHECK;

/* Fills out from a query of ids whose last parameter is the room. */
int query_ids(struct query *q, struct ids *out, struct err *e) MUST_CHECK;

/* Starts a list of history: connector, before, room. */
int query_page(struct query *q, struct store *s, enum stmt id,
    const struct history_page *p, struct err *e) MUST_CHECK;

/* Text as it stands, no rows. */
int store_exec(struct store *s, const char *sql, struct err *e) MUST_CHECK;

/* What the engine said last, as ours. */
int store_failed(struct store *s, const char *doing, struct err *e);
int db_failed(sqlite3 *db, const char *path, const char *doing, struct err *e);
void store_forget_statements(struct store *s);

static inline int
nomem(struct err *e)
{
	return err_set(e, ERR_NOMEM, "store: out of memory");
}

/* First line of every call that uses s->tmp. */
static inline struct arena *
call_begin(struct store *s)
{
	arena_reset(s->tmp);
	return s->tmp;
}

static inline bool
name_set_has(const struct name_set *set, uint32_t name)
{
	return name <= NAMES_MAX && (set->words[name / 64] >> name % 64 & 1);
}

/* ---- open.c ---- */

/* What is read comes from the mapping; this is for what is written.  A sorting
 * takes as much again: a first load, which appends, has little. */
#define STORE_CACHE_KIB      24576
#define STORE_CACHE_LOAD_KIB 8192
/* 64 MB in the log, then a checkpoint. */
#define STORE_LOG_PAGES 8192
int store_cache(struct store *s, int kib, struct err *e) MUST_CHECK;

/* ---- txn.c ---- */

/* Commits what store_commit_later() holds; what cannot be is lost. */
int store_commit_held(struct store *s, struct err *e) MUST_CHECK;
void store_settle(struct store *s);
int names_load(struct store *s, struct err *e) MUST_CHECK;

/* ---- cs_row.c: the row as it is stored ---- */

enum cs_blob {
	BLOB_LINEAGE,
	BLOB_IMPORT,
	BLOB_UNAPPLIED,
	BLOB_ESCROWED,
	BLOB_UNCONFIRMED,
	BLOB_IMAGE,
	BLOBS
};

struct cs_row {
	int64_t id;
	int64_t connector;
	struct text guid;
	int64_t kind, partition;
	int64_t flags, link;
	int64_t ops[4]; /* import, unapplied, escrowed, unconfirmed */
	int64_t renames;
	int64_t type, import_ms, export_ms;
	int64_t mv;
	struct text dn, dn_key, anchor;
	struct text blobs[BLOBS];
};

/* Encodes into s->blob; dn_key is not filled. */
int cs_row_of(struct store *s, const struct cs_object *o, unsigned parts,
    struct cs_row *out, struct err *e) MUST_CHECK;

/* dn_key() in s->tmp, of the DN before without the work. */
int cs_dn_key(struct store *s, struct text dn, struct text *out,
    struct err *e) MUST_CHECK;

/* Starts the lookup by its key, steps once: ERR_NOENT where there is none.
 * The row borrows until query_end(). */
struct cs_at {
	enum cs_lookup by;
	int64_t number; /* the id, or the connector */
	struct text key;
};
int cs_row_find(struct store *s, const struct cs_at *at, unsigned parts,
    struct query *q, struct err *e) MUST_CHECK;
void cs_row_read(const struct query *q, struct cs_row *out);
int cs_row_object(struct arena *a, const struct cs_row *from,
    struct cs_object *out, struct err *e) MUST_CHECK;

int cs_row_insert(
    struct store *s, const struct cs_row *row, struct err *e) MUST_CHECK;
/* Groups of columns in which the two differ; layers not in parts do not. */
unsigned cs_row_differs(
    const struct cs_row *a, const struct cs_row *b, unsigned parts);
int cs_row_update(struct store *s, const struct cs_row *row, unsigned which,
    struct err *e) MUST_CHECK;

#define CS_SET_DN     (1U << 0)
#define CS_SET_ANCHOR (1U << 1)
#define CS_SET_KEYS   (CS_SET_DN | CS_SET_ANCHOR)
#define CS_SET_IMAGE  (1U << 12)

/* A placeholder for a target that is not known; sets *out. */
int cs_placeholder_make(struct store *s, const struct cs_row *from,
    int64_t *out, struct err *e) MUST_CHECK;

/* ---- join.c ---- */

/* The form of a value in the join index; false: it has none. */
int join_key(struct arena *a, const struct value *v, struct text *out,
    bool *out_has) MUST_CHECK;

struct join_entry {
	uint32_t name;
	struct text key;
};
struct join_list {
	struct join_entry *items;
	size_t count;
};
int join_list_of(struct arena *a, const struct name_set *set,
    const struct attrs *attrs, struct join_list *out) MUST_CHECK;
/* Rows of id go from one list to the other.  connector 0: the metaverse. */
struct join_owner {
	int64_t connector;
	int64_t id;
};
int join_change(struct store *s, struct join_owner owner,
    const struct join_list *from, const struct join_list *to,
    struct err *e) MUST_CHECK;
int join_load(struct store *s, struct err *e) MUST_CHECK;

/* ---- lock.c ---- */
void lock_drop(struct store *s);

#endif /* STORE_SQLITE_INT_H */

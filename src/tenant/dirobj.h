/*
 * tenant/dirobj.h -- one directory object and its place in the database.
 *
 * Purpose:   load, keep and log objects so that the tables beside them
 *            (unique values, looked-up values, changes) always agree.
 * Touches:   tenant/tdb.h, codec/json.h.
 * Ownership: dirobj_clear() frees the document.
 * Errors:    ERR_NOENT, ERR_EXIST (a value that another object has),
 *            ERR_STORE and the others of tdb.h.
 */
#ifndef TENANT_DIROBJ_H
#define TENANT_DIROBJ_H

#include "codec/json.h"
#include "tenant/prop.h"
#include "tenant/tdb.h"

#define DIROBJ_ID_LEN    36U
#define DIROBJ_MAX_BYTES (1U << 20)

enum dirobj_state {
	DIROBJ_LIVE = 0,
	DIROBJ_DELETED = 1, /* and restorable */
	DIROBJ_GONE = 2,
};

/* Numbers are kept in the change log. */
enum change_op {
	CHANGE_CREATE = 1,
	CHANGE_UPDATE = 2,
	CHANGE_DELETE = 3,
	CHANGE_PURGE = 4,
	CHANGE_RESTORE = 5,
	CHANGE_LINK = 6,
	CHANGE_UNLINK = 7,
};

struct dirobj {
	int64_t row;
	char id[DIROBJ_ID_LEN + 1];
	enum entity kind;
	enum dirobj_state state;
	int64_t deleted_ms;
	struct json *doc;
};

void dirobj_clear(struct dirobj *o);

/* A new id, lower case. */
void dirobj_new_id(char out[static DIROBJ_ID_LEN + 1]);
bool dirobj_is_id(struct text t);

/* Live or not: look at state. */
int dirobj_by_id(
    struct tdb *db, struct text id, struct dirobj *out_o) MUST_CHECK;
int dirobj_by_row(struct tdb *db, int64_t row, struct dirobj *out_o) MUST_CHECK;
/* From the present row of a statement with the columns of an object; bare:
 * without its document, where the id is all that is wanted. */
int dirobj_from_row(struct tdb *db, enum tdb_sql id, bool bare,
    struct dirobj *out_o) MUST_CHECK;

/* The row of who has a value; the key as dirobj_key() makes it. */
int dirobj_by_unique(struct tdb *db, enum unique_scope scope, struct text key,
    int64_t *out_row) MUST_CHECK;
int dirobj_key(struct arena *a, enum unique_scope scope, struct text value,
    struct text *out_key) MUST_CHECK;

/* What is kept beside the document; changed names properties, with commas. */
struct dirobj_write {
	const struct dirobj *before; /* NULL: the object is new */
	struct dirobj *after;        /* row and id are set where it is new */
	enum change_op op;
	struct text changed;
	const char *conflict; /* set: the property of an ERR_EXIST */
};
int dirobj_write(
    struct tdb *db, struct arena *a, struct dirobj_write *w) MUST_CHECK;

int dirobj_log(struct tdb *db, const struct dirobj *o, enum change_op op,
    enum link_kind link, int64_t target) MUST_CHECK;

/* The live text of a property, empty where there is none. */
struct text dirobj_text(const struct dirobj *o, const char *name);
bool dirobj_flag(const struct dirobj *o, const char *name);

/* Makes one link; ERR_EXIST where it is there. */
int dirobj_link(struct tdb *db, const struct dirobj *source,
    enum link_kind kind, const struct dirobj *target) MUST_CHECK;
/* ERR_NOENT where there is none. */
int dirobj_unlink(struct tdb *db, const struct dirobj *source,
    enum link_kind kind, int64_t target) MUST_CHECK;
/* Logs on all who link to o that it came or went. */
int dirobj_log_sources(
    struct tdb *db, const struct dirobj *o, bool came) MUST_CHECK;
int dirobj_drop_links(struct tdb *db, const struct dirobj *o) MUST_CHECK;

#endif /* TENANT_DIROBJ_H */

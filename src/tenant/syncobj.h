/*
 * tenant/syncobj.h -- objects that are mastered on premises.
 *
 * Purpose:   what the synchronisation service brings and what is kept of it
 *            beside the object that Graph shows: the values as they were
 *            exported, the source anchor, values in quarantine, references
 *            that wait for their target; the switches of the organisation;
 *            the tenant's clock.
 * Touches:   tenant/tenant_int.h.
 * Ownership: an item and its result live in the arena of the call;
 *            syncobj_clear() frees the document of a record.
 * Errors:    ERR_NOENT, ERR_STORE and the others of tdb.h.
 */
#ifndef TENANT_SYNCOBJ_H
#define TENANT_SYNCOBJ_H

#include "tenant/tenant_int.h"

/* ---- The switches of the organisation ---- */

enum sync_switch {
	SYNC_OFF = 0,
	SYNC_ON = 1,
	SYNC_TURNING_ON = 2,  /* until settings.until_ms */
	SYNC_TURNING_OFF = 3, /* until settings.until_ms */
};

enum sync_feature {
	SYNC_PASSWORD_HASH = 1 << 0,
	SYNC_PASSWORD_WRITEBACK = 1 << 1,
	SYNC_EXTENSIONS = 1 << 2,
	SYNC_UPN_RESILIENCY = 1 << 3,
	SYNC_SOFT_MATCH_UPN = 1 << 4,
	SYNC_PROXY_RESILIENCY = 1 << 5,
	SYNC_PASSWORD_POLICY = 1 << 9,
	SYNC_UPN_OF_MANAGED = 1 << 13,
	SYNC_FORCE_CHANGE = 1 << 14,
	SYNC_BLOCK_SOFT_MATCH = 1 << 19,
	SYNC_BLOCK_TAKEOVER = 1 << 20,
};
#define SYNC_FEATURES_NEW 41016 /* of a tenant where none were set */
/* Once they are on. */
#define SYNC_FEATURES_STAY \
	((int64_t)SYNC_UPN_RESILIENCY | SYNC_PROXY_RESILIENCY)

/* T8.1 */
enum sync_prevention {
	SYNC_PREVENT_NEVER = 0,
	SYNC_PREVENT_COUNT = 1,
	SYNC_PREVENT_PERCENT = 2,
};

/* Section 7; what a bare object weighs is part of its weight. */
#define SYNC_WEIGHT_BARE 68

struct sync_limits {
	int64_t members, members_2; /* of a group, by the operation */
	int64_t owners;
	int64_t links;  /* references in a request, as it is told */
	int64_t weight; /* of an object: its many-valued values and itself */
};

struct sync_settings {
	enum sync_switch state;
	int64_t until_ms; /* while it is being turned */
	int64_t features; /* bits of enum sync_feature, and unknown ones */
	enum sync_prevention prevention;
	int64_t threshold;
	int64_t last_sync_ms, last_password_ms; /* 0: never */
	int64_t exported, succeeded;            /* as FinalizeExport says */
	int64_t turn_on_s, turn_off_s;          /* how long turning takes */
	int64_t page;       /* objects of a read-back, 0: all */
	int64_t interval_s; /* between cycles, as clients are told */
	int64_t run_seq;    /* of the log, at the last FinalizeExport */
	struct sync_limits limits;
	bool ignore_user_type;    /* T5.9: userType is not taken */
	bool mailboxes;           /* T5.7: users have one, with its addresses */
	bool override_off;        /* T1.4: mobile of the cloud does not count */
	bool hourly;              /* T4.5: the sweep, not with every write */
	bool refuse_unknown;      /* of references: not waited for */
	int64_t refuse_deletions; /* in one run, 0: never (T8.1) */
	int64_t deletions;        /* in this run */
	struct text minimum_build; /* empty: as the table of clients has it */
	struct text redirect_url;  /* empty: nobody is sent elsewhere */
	struct text last_build;    /* of the client that was here last */
	struct text machine;       /* its name, as its header has it */
};

/* "enabledForCount" and the others: ERR_NOENT. */
int sync_prevention_of(struct text name, enum sync_prevention *out) MUST_CHECK;

/* What was turned and has waited long enough is turned. */
int sync_settings_load(
    struct tenant *t, struct arena *a, struct sync_settings *out_s) MUST_CHECK;
int sync_settings_save(
    struct tenant *t, const struct sync_settings *s) MUST_CHECK;

/* T8.2.  ERR_BUSY: it is being turned off still. */
int sync_turn(struct tenant *t, struct sync_settings *s, bool on) MUST_CHECK;

/* The tenant's time: the real one unless a test has set it.  All that waits
 * (deleted objects, turning, clients that end) goes by it; tokens do not. */
int64_t tenant_now_ms(const struct tenant *t);
/* INT64_MIN: the real time again.  Kept with the tenant. */
int tenant_clock_set(struct tenant *t, int64_t now_ms) MUST_CHECK;
int tenant_clock_load(struct tenant *t) MUST_CHECK;

/* ---- What a client brings ---- */

enum sync_type {
	SYNC_NIL, /* clears */
	SYNC_STRING,
	SYNC_LONG,
	SYNC_BOOLEAN,
	SYNC_BINARY,  /* text is base64 */
	SYNC_STRINGS, /* list */
	SYNC_BINARIES,
	SYNC_CHANGES, /* references that come and go (the 2 of the operation) */
};

struct sync_change {
	struct text anchor;
	bool cloud; /* the anchor is a cloud anchor */
	bool remove;
};

struct sync_attr {
	struct text name; /* as sent; compare with text_is_nocase() */
	enum sync_type type;
	struct text text; /* LONG and BOOLEAN as text, too */
	const struct text *list;
	const struct sync_change *changes;
	size_t n; /* of list or changes */
};

enum sync_op {
	SYNC_ADD = 1,
	SYNC_SET = 2, /* merges; makes what is not there */
	SYNC_DELETE = 3,
};

#define SYNC_ITEM_ATTRS 512U /* of one object */

struct sync_item {
	enum entity kind; /* 0: a type that is none of ours */
	struct text kind_name;
	enum sync_op op;
	struct text source_anchor, cloud_anchor; /* empty: not given */
	const struct sync_attr *attrs;
	size_t nattrs;
};

/* NULL where the item has none of that name. */
const struct sync_attr *sync_item_attr(
    const struct sync_item *in, const char *name);

struct sync_detail {
	const char *key; /* "AttributeConflictName" */
	const struct text *values;
	size_t nvalues;
};

struct sync_item_result {
	const char *error; /* NULL: success; "AttributeValueMustBeUnique" */
	int code;          /* ResultErrorCode */
	struct text description; /* with success: a warning (T4.4) */
	struct text source_anchor, cloud_anchor;
	const struct sync_detail *details;
	size_t ndetails;
};

struct sync_call {
	struct tenant *t;
	struct arena *a;   /* for this request */
	int64_t now_ms;    /* the tenant's */
	bool version2;     /* the operation with a 2 behind its name */
	struct text build; /* "2.4.21.0" */
	struct text app_id;
	struct sync_settings settings;
	struct text new_id; /* of an object that is made; empty: any */
	bool own_values;    /* also what the service alone writes (a load) */
};

/*
 * Carries out one item within the transaction that is open; each item is a
 * part of it that can be taken back alone.  0, also where the item is refused
 * (then out->error is set and what it wrote is taken back); negative where
 * the tenant failed.
 */
int sync_apply(struct sync_call *c, const struct sync_item *in,
    struct sync_item_result *out) MUST_CHECK;

/* Refuses: sets error and description; always 0. */
int sync_refuse(struct sync_call *c, struct sync_item_result *out,
    const char *error, const char *fmt, ...) PRINTF(4, 5);

/* ---- What is kept ---- */

struct syncobj {
	int64_t row; /* of the object */
	enum entity kind;
	enum dirobj_state state;
	int64_t seq;
	char id[DIROBJ_ID_LEN + 1];
	struct text anchor;
	/* The values as they were exported: text, number, true or false, list
	 * of texts, {"b": base64} and {"b": [base64]}. */
	struct json *doc;
};

void syncobj_clear(struct syncobj *s);
int syncobj_by_anchor(struct tdb *db, struct arena *a, enum entity kind,
    struct text anchor, struct syncobj *out_s) MUST_CHECK;
int syncobj_by_row(struct tdb *db, struct arena *a, int64_t row,
    struct syncobj *out_s) MUST_CHECK;
/* From the present row of a SQL_SYNC_... statement. */
int syncobj_from_row(struct tdb *db, struct arena *a, enum tdb_sql id,
    struct syncobj *out_s) MUST_CHECK;
/* Sets seq to the end of the log: write the object first. */
int syncobj_save(struct tdb *db, struct syncobj *s) MUST_CHECK;

int syncobj_log_end(struct tdb *db, int64_t *out_seq) MUST_CHECK;
/* Where o came from there: it is deleted or gone, and told so. */
int syncobj_state(struct tdb *db, const struct dirobj *o) MUST_CHECK;

/* Sets, merges or clears one value as it was exported. */
int syncobj_put(
    struct arena *a, struct json *doc, const struct sync_attr *v) MUST_CHECK;
/* NULL where there is none; names in any case. */
struct json *syncobj_get(const struct json *doc, const char *name);

/* "User_<id>"; the reverse gives the kind and the id: ERR_SYNTAX. */
struct text sync_cloud_anchor(
    struct arena *a, enum entity kind, const char *id);
int sync_cloud_anchor_read(
    struct text anchor, enum entity *out_kind, struct text *out_id) MUST_CHECK;
const char *sync_kind_name(enum entity kind);
enum entity sync_kind_of(struct text name); /* 0: none of ours */

/* One value that another object has already (T4); key as dirobj_key(). */
struct sync_quarantine {
	int64_t object;
	struct text prop; /* "UserPrincipalName", "ProxyAddresses" */
	struct text key, value;
	int64_t since_ms;
};
int sync_quarantine_add(
    struct tdb *db, const struct sync_quarantine *q) MUST_CHECK;
int sync_quarantine_remove(
    struct tdb *db, const struct sync_quarantine *q) MUST_CHECK;

/* The links of an object as its references have them: who is not here yet
 * is waited for (T11.3). */
int sync_links_set(struct sync_call *c, const struct syncobj *s,
    const struct dirobj *o, enum link_kind link,
    struct sync_item_result *out) MUST_CHECK;
int sync_links_change(struct sync_call *c, struct syncobj *s,
    const struct dirobj *o, const struct sync_attr *changes,
    struct sync_item_result *out) MUST_CHECK;
/* o is here now: links that waited for it are made. */
int sync_links_arrived(
    struct sync_call *c, struct text anchor, const struct dirobj *o) MUST_CHECK;

/* ---- Password hashes (ProvisionCredentials) ---- */

/* ERR_SYNTAX where it is no "v1;PPH1_MD4,salt,count,hash;". */
int sync_credential_check(struct text blob) MUST_CHECK;
/* True where the password is the one behind the blob. */
bool sync_credential_verify(
    struct arena *a, struct text blob, struct text password);
/* A blob of a password. */
int sync_credential_make(
    struct arena *a, struct text password, struct text *out) MUST_CHECK;

#endif /* TENANT_SYNCOBJ_H */

/*
 * migrate/task/authority.h -- who masters the objects of the cloud, and moving
 * that there: the guided task before a move to Graph.
 *
 * Purpose:   what a predecessor wrote is mastered on premises, and read-only
 *            for Graph.  Says what a move would mean, begins it when a person
 *            has said why, waits for the directory's own proof, and compares
 *            every immutable ID with the one from before, octet by octet.
 * Touches:   the cloud connector, the store (notes under "migrate.authority",
 *            the journal).  Sends no attribute of anybody's.
 * Ownership: what is read and reported lives in the arena given.
 * Errors:    ERR_REFUSED: not now, and why; ERR_CONFIG: the connector's kind
 *            knows no such thing; ERR_ACCESS names the permission; those of the
 *            connection and the store.
 * Source:    docs/upgrade/authority.md.
 */
#ifndef MIGRATE_TASK_AUTHORITY_H
#define MIGRATE_TASK_AUTHORITY_H

#include "connectors/authority.h"
#include "engine/setup.h"

/* ---- What is there ---- */

enum authority_type {
	AUTHORITY_USER,
	AUTHORITY_GROUP, /* that Graph can write */
	AUTHORITY_MAIL_GROUP,
	AUTHORITY_CONTACT,
	AUTHORITY_DEVICE,
};
#define AUTHORITY_TYPES 5U
const char *authority_type_name(enum authority_type t);

struct authority_object {
	enum authority_type type;
	struct text anchor; /* the connector's */
	struct text immutable;
	struct text name, sid;
	bool on_premises;
	bool known;     /* somebody in the metaverse stands behind it */
	bool addresses; /* more addresses than its mail */
};

struct authority_picture {
	struct text connector;
	struct organization_authority organization;
	struct authority_object *items;
	size_t count, size;
	/* Those that are mastered on premises, by type. */
	struct authority_count {
		uint64_t all, immutable, unknown, addresses;
	} of[AUTHORITY_TYPES];
	uint64_t total[AUTHORITY_TYPES]; /* whoever masters them */
};

/* Reads the directory.  s: SETUP_READ or more. */
int authority_look(struct setup *s, size_t connector, struct arena *a,
    struct authority_picture *out, struct err *e) MUST_CHECK;

/* What Graph cannot carry once it masters them, and what nobody can take back,
 * one sentence each; the last is NULL. */
extern const char *const authority_losses[];
extern const char *const authority_irreversible[];

/* ---- The organisation ---- */

enum authority_state {
	AUTHORITY_NONE,
	AUTHORITY_ASKED,   /* cut off while it was begun: begin again */
	AUTHORITY_WAITING, /* turned off; the directory has not said so yet */
	AUTHORITY_PROVED,  /* the directory says so, and takes our writes */
	AUTHORITY_DONE,
};
const char *authority_state_name(enum authority_state s);

struct authority_note {
	enum authority_state state; /* never AUTHORITY_PROVED */
	struct text organization, by, reason;
	int64_t asked_ms, done_ms;
	int64_t last_sync_ms; /* of the directory, when it was begun */
	uint64_t objects, parts;
};
int authority_note_get(struct setup *s, struct arena *a,
    struct authority_note *out, struct err *e) MUST_CHECK;

/* What has to be so before it is begun. */
struct authority_check {
	const char *name;
	bool ok;
	struct text why; /* where it is not */
};
#define AUTHORITY_CHECKS 4U

struct authority_wish {
	size_t connector;
	bool old_is_off; /* though it synchronised lately */
	bool by_hand;    /* somebody else turns it off, or has */
	struct text by, reason;
};

/* Every check, whatever the others say.  s: SETUP_RUN. */
int authority_check_all(struct setup *s, const struct authority_wish *w,
    struct arena *a, struct authority_check out[static AUTHORITY_CHECKS],
    struct err *e) MUST_CHECK;

/* Notes who, why and every immutable ID, then turns synchronisation off.  Cut
 * off anywhere it is begun again with the notes of the first time.  *out: what
 * was there. */
int authority_start(struct setup *s, const struct authority_wish *w,
    struct arena *a, struct authority_picture *out, struct err *e) MUST_CHECK;

struct authority_status {
	struct authority_note note;
	enum authority_state state;
	struct organization_authority organization;
	bool foreign;          /* somebody synchronised since it was begun */
	int64_t latest_ms;     /* when the directory has promised to be done */
	uint64_t on_premises;  /* objects that still are */
	uint64_t tried, taken; /* writes of the value that is there */
	struct text refused;   /* the first that was not taken */
};

/* s: SETUP_READ or more. */
int authority_status(struct setup *s, size_t connector, struct arena *a,
    struct authority_status *out, struct err *e) MUST_CHECK;

struct authority_difference {
	struct text anchor, name;
	struct text was, is;
	bool gone; /* not there any more: told, no reason to stop */
};

struct authority_end {
	struct authority_status status;
	uint64_t compared;
	struct authority_difference *list;
	size_t count;
	uint64_t differ; /* those that are there */
	/* Groups that carry their source anchor now, and those that do not,
	 * with the reason. */
	uint64_t claimed;
	struct authority_left {
		struct text anchor, name, why;
	} * left;
	size_t left_count;
};

/* Only with the proof: compares every immutable ID, gives groups the source
 * anchor that the metaverse has for them, and notes the end.  ERR_REFUSED
 * where there is no proof yet or an ID differs; *out says which, also then. */
int authority_finish(struct setup *s, size_t connector, struct text who,
    struct arena *a, struct authority_end *out, struct err *e) MUST_CHECK;

/* Synchronisation of the organisation is on again, and the notes are gone: the
 * way back, which the directory refuses while it is turning it off. */
int authority_return(
    struct setup *s, const struct authority_wish *w, struct err *e) MUST_CHECK;

/* ---- One object ---- */

struct authority_move {
	size_t connector;
	struct text anchor, name;
	bool cloud; /* where it goes */
	struct text by, reason;
};

/* Turns who masters it, reads that back, and that its immutable ID is the
 * same; journaled.  *out_moved: it was not so already. */
int authority_move(struct setup *s, const struct authority_move *w,
    struct arena *a, bool *out_moved, struct err *e) MUST_CHECK;

#endif /* MIGRATE_TASK_AUTHORITY_H */

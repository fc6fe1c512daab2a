/*
 * engine/import/import_int.h -- what the files of the import step share.
 *
 * Purpose:   the state of one import while it runs.
 * Touches:   engine/import/import.h.
 */
#ifndef ENGINE_IMPORT_IMPORT_INT_H
#define ENGINE_IMPORT_IMPORT_INT_H

#include "engine/import/import.h"
#include "store/idset.h"

#define IMPORT_PARTS   (CS_IMAGE | CS_IMPORT | CS_EXPORT)
#define IMPORT_PAGE    500U
#define IMPORT_PARENTS 1024U
#define LAYER_BITS     0xfcU /* reference bits of the three export layers */
#define SENT_BITS      0xf0U /* of the escrowed and the unconfirmed layer */

/* To be read again: referrers.c. */
struct referrers {
	int64_t *list;
	size_t count;
	size_t room;
	struct seen_set known;
};

struct import {
	const struct import_job *job;
	struct import_request request;
	struct step *step;
	struct store *store;
	int64_t connector;
	uint32_t partition;
	struct arena *arena; /* of one entry */
	struct arena *kept;  /* of the import */
	int64_t page[IMPORT_PAGE];
	struct seen_set seen;
	struct referrers referrers;
	uint64_t read;     /* entries that are objects */
	uint64_t known;    /* of them: were there before */
	uint64_t expected; /* full import: so many were there; 0: not known */
	uint64_t errors;
	uint64_t transients; /* of the connector */
	uint64_t transients_kept;
	struct seen_set confirmed; /* had sent changes: what differs is ours */
	int64_t judged_ms;         /* what was staged before passed the guard */
	bool by_seen;              /* what was not seen is gone */
	bool fault;                /* the source: import_fault() */
	bool ack_used;             /* a person allowed what would stop it */
	uint64_t unseated; /* seen, and then another one had their name */
	int64_t place_ms;  /* full import: goes on from a place kept then */
	bool place_kept;   /* one is in the store */
	/* Containers whose placeholders, or objects, are known to be there. */
	uint64_t parents[IMPORT_PARENTS];
	struct text last_parent; /* of them, in the octets below */
	char parent_octets[512];
};

/* Its delete has arrived, and no synchronisation took it in yet. */
static inline bool
cs_is_gone(const struct cs_object *o)
{
	return o->import.op == DELTA_DELETE || o->import.op == DELTA_OBSOLETE;
}

/* find.c: the row that an entry is about; id 0: a new one.  The DN of the
 * entry is free for it afterwards.  ERR_REJECTED: the entry is no good. */
int import_find(struct import *im, const struct entry *entry,
    struct cs_object *out, struct err *e) MUST_CHECK;

/* The same for a row that gets another name. */
int import_free_dn(struct import *im, const struct cs_object *o, struct text dn,
    struct err *e) MUST_CHECK;

/* stage.c */
int stage_object(
    struct import *im, const struct entry *entry, struct err *e) MUST_CHECK;
/* A row that is there: compares with what was told (an ENTRY_CHANGE: its
 * references alone) and image, and writes what differs. */
int stage_known(struct import *im, struct cs_object *o,
    const struct entry *told, const struct attrs *image,
    struct err *e) MUST_CHECK;

/* The containers that it lies in, each asked for once. */
int stage_parents(
    struct import *im, const struct cs_object *o, struct err *e) MUST_CHECK;

/* change.c: the entries of a delta import. */
int stage_change(
    struct import *im, const struct entry *entry, struct err *e) MUST_CHECK;
int stage_deleted(
    struct import *im, const struct entry *entry, struct err *e) MUST_CHECK;
/* What lies below a container that is called to now. */
int stage_move_below(struct import *im, struct text from, struct text to,
    struct err *e) MUST_CHECK;
int stage_left(
    struct import *im, const struct entry *entry, struct err *e) MUST_CHECK;
int stage_present(
    struct import *im, const struct entry *entry, struct err *e) MUST_CHECK;

/* referrers.c: o was gone and is told again; who refers to it is read anew at
 * the end of the batch. */
bool import_came_back(const struct import *im, const struct cs_object *o);
int referrers_note(struct import *im, int64_t target, struct err *e) MUST_CHECK;
int referrers_read(struct import *im, struct err *e) MUST_CHECK;
void referrers_clear(struct import *im);

/* obsolete.c: the object is gone from the directory. */
int stage_gone(struct import *im, struct cs_object *o, enum delta_op op,
    struct err *e) MUST_CHECK;
int import_obsolete(struct import *im, struct err *e) MUST_CHECK;
/* The same guard for what a delta import told to be gone: where it is too much
 * the objects are there again, as if nothing had been told. */
int import_told_gone(struct import *im, struct err *e) MUST_CHECK;

/* emptied.c: which containers lost all that was known below them. */
struct emptied;
struct emptied *emptied_new(struct import *im);
struct emptied *emptied_free(struct emptied *m);
int emptied_note(
    struct emptied *m, const struct cs_object *o, struct err *e) MUST_CHECK;
/* After the last object: how many such containers, none inside another. */
int emptied_judge(struct emptied *m, size_t *out, struct err *e) MUST_CHECK;
/* A person said that they may go. */
void emptied_allow(struct emptied *m);
/* Whether an object lies below one of them. */
bool emptied_holds(const struct emptied *m, struct text dn_key);
void emptied_tell(const struct emptied *m, struct buf *b);
/* ERR_GUARD with the text, where there is one. */
int emptied_stop(const struct emptied *m, struct err *e) MUST_CHECK;

/* vanish.c: an attribute that all objects lost at once; it is as it was, and
 * ERR_GUARD says so. */
int import_vanished(struct import *im, struct err *e) MUST_CHECK;
/* Whether the attribute is asked for. */
bool import_reads(const struct import *im, uint32_t name);

/* What the source says is not to be trusted: the next import is a full one,
 * until a person or the source clears it. */
void import_fault(struct import *im);
/* Staged by this import, or by one that did not come to its end. */
bool import_is_new(const struct import *im, const struct cs_object *o);

/* place.c: where a full import that breaks off goes on, with what it has seen;
 * kept in the transaction of what it brought. */
int place_keep(struct import *im, struct text place, struct err *e) MUST_CHECK;
/* That of the last one, into im; *out empty: there is none. */
int place_load(struct import *im, struct text *out, struct err *e) MUST_CHECK;
/* What was loaded, as if there had been none. */
void place_drop(struct import *im);
/* That in the store; in a transaction. */
int place_forget(struct import *im, struct err *e) MUST_CHECK;

/* recheck.c: what a full import did not see is asked for by its anchor. */
int import_recheck(
    struct import *im, const struct entry_sink *sink, struct err *e) MUST_CHECK;

/* confirm.c: takes out of the sent layers of o what image (and the reference
 * rows) shows, and puts the rest back to be sent again. */
int confirm_export(struct import *im, struct cs_object *o,
    const struct attrs *image, struct text dn, struct err *e) MUST_CHECK;

/* settle.c: the journal's entry of what was sent without an answer. The object
 * is told, with image; called before confirm_export(). */
int settle_there(struct import *im, const struct cs_object *o,
    const struct entry *told, const struct attrs *image,
    struct err *e) MUST_CHECK;
/* It is not there. */
int settle_gone(
    struct import *im, const struct cs_object *o, struct err *e) MUST_CHECK;

/* import.c: under which name of store_meta_*() something of the partition is
 * kept: "what.CONNECTOR.PARTITION". */
struct import_key {
	char text[64];
};
struct import_key import_key(const struct import *im, const char *what);

#endif /* ENGINE_IMPORT_IMPORT_INT_H */

/*
 * connectors/ldap/delta.h -- what the files of delta imports share.
 *
 * Purpose:   one delta import while it goes on, its watermark, and what it
 *            tells the engine.
 * Touches:   connectors/ldap/core.h.
 * Ownership: a job belongs to its import.
 * Errors:    as connectors/connector.h.
 */
#ifndef CONNECTORS_LDAP_DELTA_H
#define CONNECTORS_LDAP_DELTA_H

#include "base/buf.h"
#include "connectors/ldap/core.h"

#define DELTA_UUID_TEXT 37U /* with the zero behind it */
#define DELTA_TIME_TEXT 16U /* 20261124031500Z, and the zero */

/* The calls of the contract. */
int ldap_full_import(struct connector *connector,
    const struct import_request *req, const struct entry_sink *sink,
    struct import_reply *out, struct err *e);
int ldap_delta_import(struct connector *connector,
    const struct import_request *req, const struct entry_sink *sink,
    struct import_reply *out, struct err *e);
int ldap_read_object(struct connector *connector,
    const struct import_request *req, const struct entry *which,
    struct arena *a, struct entry *out, struct err *e);
int ldap_watch(struct connector *connector, int timeout_ms, struct err *e);

/* ---- Batches (told.c) ---- */

struct told {
	const struct core *c;
	const struct entry_sink *sink;
	struct import_reply *reply;
	struct arena *arena; /* of the batch */
	struct entry *list;
	size_t count;
};

int told_init(struct told *t, const struct core *c,
    const struct entry_sink *sink, struct import_reply *reply);
void told_clear(struct told *t);
/* Where the next entry goes; it counts with told_add(), which hands a full
 * batch over. */
struct entry *told_place(struct told *t);
int told_add(struct told *t, struct err *e);
int told_flush(struct told *t, struct err *e);
int told_rejected(struct told *t, const struct ldap_item *item,
    const struct err *why, struct err *e);

/* ---- Watermarks (mark.c) ---- */

struct delta_mark {
	int mode;           /* enum conf_ldap_deltas: syncrepl or timestamp */
	struct text cookie; /* syncrepl */
	/* timestamp: the newest change seen, the time to ask from, and when by
	 * our own clock the newest was first seen. */
	char newest[DELTA_TIME_TEXT];
	char from[DELTA_TIME_TEXT];
	int64_t since_ms;
};

/* What is read: a watermark is of this alone. */
struct delta_scope {
	struct text base;   /* the partition */
	const char *filter; /* core_filter() */
	struct text anchor; /* attribute */
};

int delta_mark_format(struct arena *a, const struct delta_scope *scope,
    const struct delta_mark *m, struct text *out, struct err *e) MUST_CHECK;
/* Type "no-start-full-import-required" where it is none, or of something
 * else. */
int delta_mark_parse(struct arena *a, const struct delta_scope *scope,
    struct text watermark, struct delta_mark *out, struct err *e) MUST_CHECK;

/* Times as modifyTimestamp has them; the fraction is left out.  False: none
 * that we can read. */
bool delta_time_parse(struct text t, char out[static DELTA_TIME_TEXT]);
/* t moved by so many seconds. */
void delta_time_move(
    const char *t, int64_t seconds, char out[static DELTA_TIME_TEXT]);
/* The next mark after changes from m->from on were read, of which newest
 * (empty: there was none) is the last; reading took took_ms. */
void delta_mark_move(
    struct delta_mark *m, const char *newest, int64_t now_ms, int64_t took_ms);

/* ---- The import (delta.c) ---- */

struct delta_job {
	struct core *c;
	const struct import_request *req;
	const struct conf_partition *partition; /* NULL: not configured */
	struct delta_scope what;
	struct core_wants wants;
	struct scope *scope; /* NULL: everything */
	struct told told;
	struct arena *arena; /* as long as the import */
	const char *base;
	/* Containers that may have another name than before. */
	struct text *below;
	size_t below_count;
	bool below_all; /* too many: the whole partition */
};

/* sink may be NULL where nothing is told.  Clear it in either case. */
int delta_job_init(struct delta_job *j, const struct entry_sink *sink,
    struct import_reply *reply, struct err *e);
void delta_job_clear(struct delta_job *j);
/* 1: content synchronisation can be had of this partition; 0 and why not. */
int delta_sync_possible(struct delta_job *j, struct err *why, struct err *e);

/* Whether the job's containers leave dn out; negative: no memory. */
int delta_left_out(struct delta_job *j, struct text dn);
/* Says of each object below base that it is there under its name. */
int delta_identities(struct delta_job *j, const char *base, struct err *e);

/* sync.c: by content synchronisation.  out->cookie moves on; *out_all: what was
 * not told of is gone. */
int delta_by_sync(
    struct delta_job *j, struct delta_mark *out, bool *out_all, struct err *e);
/* The same as far as it costs nothing: OpenLDAP keeps it. */
int delta_cookie_of_state(struct delta_job *j, struct text *out, struct err *e);
/* The cookie of what is there now, empty where the server gives none. */
int delta_cookie_now(struct delta_job *j, struct text *out, struct err *e);
/* 1: the server synchronises this partition; 0: it does not, and why. */
int delta_sync_works(struct delta_job *j, struct err *why, struct err *e);
/* The filter of content and containers. */
const char *delta_sync_filter(struct delta_job *j);

/* time.c: gives all below the base that match; the latest of their times in
 * newest, where it is not NULL. */
int delta_objects(struct delta_job *j, const char *filter, char *newest,
    struct err *e) MUST_CHECK;
/* By modifyTimestamp, and by who is there. */
int delta_by_time(struct delta_job *j, struct delta_mark *out, struct err *e);

#endif /* CONNECTORS_LDAP_DELTA_H */

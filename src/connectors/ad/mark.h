/*
 * connectors/ad/mark.h -- where a delta import of a domain goes on.
 *
 * Purpose:   a watermark holds the server's cookie (or USN) and what tells
 *            whether it still means anything: the domain, how old it is, and
 *            how far each domain controller was that it was used with.
 * Touches:   model/guid.h.  No I/O.
 * Ownership: results live in the arena given.
 * Errors:    ERR_NOENT of type "no-start-full-import-required" with the
 *            reason, ERR_NOMEM.
 */
#ifndef CONNECTORS_AD_MARK_H
#define CONNECTORS_AD_MARK_H

#include "model/guid.h"

#define AD_MARK_SERVERS  16U
#define AD_FULL_REQUIRED "no-start-full-import-required"

enum ad_how {
	AD_DIRSYNC = 1, /* the DirSync control */
	AD_USN = 2,     /* uSNChanged, of one domain controller */
};

/* A domain controller, and how far it is. */
struct ad_server {
	struct guid invocation; /* of its database; another one when restored
				   as it should be */
	uint64_t usn;           /* highestCommittedUSN */
	struct guid nc;         /* the naming context that is read */
	int64_t tombstone_days;
	bool samba;
};

struct ad_mark {
	enum ad_how how;
	bool secured; /* DirSync as far as the user may read */
	struct guid nc;
	int64_t at_ms;                             /* when it was given */
	struct ad_server servers[AD_MARK_SERVERS]; /* the latest first */
	size_t server_count;
	struct text cookie; /* AD_DIRSYNC: octets */
};

int ad_mark_parse(struct arena *a, struct text t, struct ad_mark *out,
    struct err *e) MUST_CHECK;
int ad_mark_format(
    struct arena *a, const struct ad_mark *m, struct text *out) MUST_CHECK;

/* The server was as far as this when the cookie was given. */
void ad_mark_note(struct ad_mark *m, const struct ad_server *s);

/* Whether a delta import can go on from m at this server now. */
int ad_mark_check(const struct ad_mark *m, const struct ad_server *s,
    int64_t now_ms, struct err *e) MUST_CHECK;

#endif /* CONNECTORS_AD_MARK_H */

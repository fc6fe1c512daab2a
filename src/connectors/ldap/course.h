/*
 * connectors/ldap/course.h -- how a full import goes through a partition.
 *
 * Purpose:   a partition is read in windows, each one streamed search; after
 *            each its place is known, from which a full import that breaks off
 *            goes on.
 * Touches:   connectors/ldap/core.h.
 * Ownership: windows live in the arena given.
 * Errors:    as connectors/connector.h; type CONNECTOR_PLACE_GONE.
 */
#ifndef CONNECTORS_LDAP_COURSE_H
#define CONNECTORS_LDAP_COURSE_H

#include "connectors/ldap/core.h"
#include "connectors/ldap/delta.h"

/* One search: dn itself, what lies directly below it, or all from it on. */
struct core_window {
	struct text dn;
	enum ldap_depth depth;
	bool below; /* but not dn itself, which is in another window */
};

struct core_windows {
	struct core_window *list;
	size_t count;
	size_t next; /* the first that is not read yet */
};

/* What a full import is part of. */
struct core_course {
	/* Where deltas go on that come after it, of the kind's own; it stands
	 * in the place.  Empty and no times: no place is kept, for what was
	 * read before a break would stay as old as it is. */
	struct text mark;
	bool by_time;                 /* the latest modifyTimestamp is wanted */
	char newest[DELTA_TIME_TEXT]; /* of what was read so far */
	int64_t began_ms;             /* clock_now_ms() */
	struct text
	    server; /* that told all so far; empty: there were several */
	struct core_windows windows; /* what is left; none: to be found */
};

/* windows.c: the roots (which do not lie in each other) in windows.  Exact: no
 * object of the request's classes lies outside them or in two. */
int core_windows_find(struct core *c, const struct text *roots, size_t count,
    struct arena *a, struct core_windows *out, struct err *e) MUST_CHECK;

/* place.c.  What is read is part of it: a place is of the same base, filter,
 * containers, anchor and attributes, and not older than a day. */
int core_place_format(struct core *c, const struct import_request *req,
    const struct core_course *course, struct arena *a, struct text *out,
    struct err *e) MUST_CHECK;
/* 0 where req has none.  *out lives in a. */
int core_place_parse(struct core *c, const struct import_request *req,
    struct arena *a, struct core_course *out, struct err *e) MUST_CHECK;

/* import.c: all windows that are left. */
int core_read_all(struct core *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out,
    struct core_course *course, struct err *e) MUST_CHECK;

#endif /* CONNECTORS_LDAP_COURSE_H */

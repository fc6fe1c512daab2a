/*
 * connectors/rights.h -- what rules want of a directory, and which rights to it
 * are missing.
 *
 * Purpose:   the two lists of connector_ops.rights: a person reads what is
 *            missing, and the command that grants it.
 * Touches:   base/.
 * Ownership: everything lives in the arena given.
 * Errors:    ERR_NOMEM.
 */
#ifndef CONNECTORS_RIGHTS_H
#define CONNECTORS_RIGHTS_H

#include "base/err.h"
#include "base/text.h"

/* What rules want of the objects of one type. */
struct connector_wish {
	uint32_t type;
	const uint32_t *reads, *writes; /* attributes */
	size_t read_count, write_count;
	const struct text *places; /* containers of objects that are to be
				      made, by DN */
	size_t place_count;
	bool adds; /* rules make objects of the type, and take them away */
	const struct text *gone; /* of those that they may take away, by DN */
	size_t gone_count;
};

struct connector_wishes {
	const struct connector_wish *items;
	size_t count;
};

/* A right that is missing. */
struct connector_lack {
	bool serious;      /* what rules want does not work; else less well */
	const char *right; /* "write", "create", "delete", ... */
	uint32_t type;     /* of the objects concerned; 0: of all */
	struct text attributes; /* with ", " between */
	struct text text;
	struct text grant;        /* the command */
	uint64_t objects, looked; /* concerned, of those that were looked at;
				     0 of 0: not counted */
};

#define CONNECTOR_LACKS_MAX 500U /* more are not told */

struct connector_lacks {
	struct connector_lack *items;
	size_t count;
};

int lack_push(struct arena *a, struct connector_lacks *list,
    struct connector_lack lack) MUST_CHECK;

#endif /* CONNECTORS_RIGHTS_H */

/*
 * model/names.h -- attribute and object type names as small numbers.
 *
 * Purpose:   attribute sets are sorted by number and stored by number; the
 *            store keeps the list, so that a number means the same for ever.
 * Touches:   base/ only.
 * Ownership: names_text() borrows until names_free().
 * Errors:    ERR_NOMEM, ERR_LIMIT (NAMES_MAX names, NAME_MAX_LEN bytes each).
 * Spelling:  a name keeps the spelling of its first use.  LDAP names are the
 *            same in either case (RFC 4512 section 2.5), rules are exact:
 *            names_find() is exact, names_find_nocase() is for what comes
 *            from a directory.
 */
#ifndef MODEL_NAMES_H
#define MODEL_NAMES_H

#include "base/text.h"

#define NAMES_MAX    65535U
#define NAME_MAX_LEN 256U

struct names;

struct names *names_new(void);
struct names *names_free(struct names *n);
DEFINE_CLEANUP(names, names_free);

/* The number of t, given one when it is new; 0 is never a name. */
int names_intern(struct names *n, struct text t, uint32_t *out) MUST_CHECK;

/* The same, but a name that differs only in ASCII case is the same name. */
int names_intern_nocase(
    struct names *n, struct text t, uint32_t *out) MUST_CHECK;

/* 0 where there is none; nocase: the first of that spelling. */
uint32_t names_find(const struct names *n, struct text t);
uint32_t names_find_nocase(const struct names *n, struct text t);

/* The empty text for 0 and for a number not given out. */
struct text names_text(const struct names *n, uint32_t name);

/* Numbers given out run from 1 to this. */
uint32_t names_count(const struct names *n);

#endif /* MODEL_NAMES_H */

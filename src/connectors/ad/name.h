/*
 * connectors/ad/name.h -- names and references as a domain controller has them.
 *
 * Purpose:   "<GUID=..>;<SID=..>;CN=..", "B:32:..:CN=.." and the names of what
 *            was deleted, in one place.
 * Touches:   model/.  No I/O.
 * Ownership: results live in the arena given.
 * Errors:    ERR_TYPE (the text has not this form), ERR_NOMEM.
 */
#ifndef CONNECTORS_AD_NAME_H
#define CONNECTORS_AD_NAME_H

#include "model/value.h"

/* 1: *out_dn is the plain DN and *out_ref (which may be NULL) the reference:
 * by anchor where the text has a GUID, else by DN.  0: it means nothing that
 * is alive. */
int ad_name_parse(struct arena *a, struct text raw, struct text *out_dn,
    struct value *out_ref) MUST_CHECK;

/* The reference alone, be its target alive or not: a value that went.  1, or 0
 * where the text has no GUID. */
int ad_name_anchor(
    struct arena *a, struct text raw, struct value *out_ref) MUST_CHECK;

#endif /* CONNECTORS_AD_NAME_H */

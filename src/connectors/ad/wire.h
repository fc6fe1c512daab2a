/*
 * connectors/ad/wire.h -- how objects are named to Active Directory.
 *
 * Purpose:   by GUID wherever it is known, so that an object that was renamed
 *            or moved since it was read is still the one meant; a foreign
 *            security principal by its SID, which also makes one
 *            (MS-ADTS 3.1.1.1.6, 3.1.1.3.1.2.4).
 * Touches:   model/.
 * Ownership: results live in the arena given.
 * Errors:    ERR_NOMEM; ERR_UNSUPPORTED.
 */
#ifndef CONNECTORS_AD_WIRE_H
#define CONNECTORS_AD_WIRE_H

#include "base/text.h"
#include "model/value.h"

/* "<GUID=9f2...>"; NULL: no memory. */
const char *ad_address(struct arena *a, struct text anchor) MUST_CHECK;

/* "<GUID=...>" of an anchor of 16 octets, "<SID=S-1-...>" of the DN of a
 * foreign security principal, else the DN. */
int ad_refer(
    struct arena *a, const struct value *v, struct text *out) MUST_CHECK;

/* ERR_UNSUPPORTED for what the directory makes by itself. */
int ad_cannot_add(struct text type, struct err *e) MUST_CHECK;

#endif /* CONNECTORS_AD_WIRE_H */

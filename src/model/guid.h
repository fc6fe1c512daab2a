/*
 * model/guid.h -- GUIDs and SIDs: octets and text.
 *
 * Purpose:   the mixed byte order of a Windows GUID (MS-DTYP 2.3.4) and the
 *            text of a SID (MS-DTYP 2.4.2), in one place.
 * Touches:   base/.
 * Errors:    ERR_SYNTAX, ERR_NOMEM.
 */
#ifndef MODEL_GUID_H
#define MODEL_GUID_H

#include "base/text.h"

#define GUID_TEXT_LEN 36U
#define SID_MAX_PARTS 15U
#define SID_TEXT_MAX  (20U + 11U * SID_MAX_PARTS)

/* Sixteen octets as objectGUID has them: the first three fields little
 * endian. */
struct guid {
	unsigned char octets[16];
};

/* 8-4-4-4-12 hex in either case, with both braces or none. */
int guid_parse(struct text t, struct guid *out, struct err *e) MUST_CHECK;

/* Lower case, no braces; out ends in a zero byte. */
void guid_format(const struct guid *g, char out[static GUID_TEXT_LEN + 1]);

/* Random, version 4. */
struct guid guid_random(void);
bool guid_equal(const struct guid *a, const struct guid *b);

/* "S-1-5-21-..." */
int sid_format(struct arena *a, struct text octets, struct text *out,
    struct err *e) MUST_CHECK;
int sid_parse(struct arena *a, struct text t, struct text *out_octets,
    struct err *e) MUST_CHECK;

#endif /* MODEL_GUID_H */

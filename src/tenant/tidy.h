/*
 * tenant/tidy.h -- what time takes away.
 *
 * Purpose:   deleted objects go for good after 30 days; the change log and
 *            the rows of what is gone are kept as long as a delta link lives,
 *            twice, and two weeks at least.
 * Touches:   tenant/tenant_int.h.
 * Errors:    those of tdb.h.
 */
#ifndef TENANT_TIDY_H
#define TENANT_TIDY_H

#include "tenant/tenant_int.h"

#define TIDY_RESTORABLE_DAYS 30
#define TIDY_LOG_DAYS        14

/* In transactions of its own. */
int tenant_tidy(struct tenant *t) MUST_CHECK;

#endif /* TENANT_TIDY_H */

/*
 * base/fold.h -- text with the difference of case taken out.
 *
 * Purpose:   one folding for joins, scopes and DN keys: Unicode simple case
 *            folding, invariant of culture, one code point to one.  U+0131
 *            and U+0130 stay as they are (as .NET has it).
 * Touches:   ICU's character table; ASCII never reaches it.
 * Errors:    ERR_NOMEM.  Bytes that are no UTF-8 pass unchanged.
 */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include "base/text.h"

int fold_text(struct arena *a, struct text in, struct text *out) MUST_CHECK;
bool fold_equal(struct text a, struct text b);

#endif /* BASE_FOLD_H */

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

/* What a code point is, as far as words and blanks go. */
enum char_kind {
	CHAR_OTHER = 0,  /* punctuation, symbols, controls: ends a word */
	CHAR_BLANK = 1,  /* white space of any script */
	CHAR_LETTER = 2, /* begins a word */
	CHAR_INNER = 3,  /* marks and digits: inside a word */
};

/* One code point: simple mappings, U+0130 and U+0131 stay; what utf8_next()
 * gives for a stray byte comes back unchanged. */
uint32_t char_fold(uint32_t c);
uint32_t char_lower(uint32_t c);
uint32_t char_upper(uint32_t c);
enum char_kind char_kind(uint32_t c);

int fold_text(struct arena *a, struct text in, struct text *out) MUST_CHECK;
bool fold_equal(struct text a, struct text b);

#endif /* BASE_FOLD_H */

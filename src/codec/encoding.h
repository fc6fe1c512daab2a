/*
 * codec/encoding.h -- what kind of Unicode a file is in.
 *
 * Purpose:   files from Windows are UTF-8 or UTF-16, with a mark or without
 *            one; the readers take UTF-8.
 * Touches:   base/.
 * Ownership: the result borrows from the input where nothing had to be
 *            changed, else lives in the arena.
 * Errors:    ERR_SYNTAX with the byte offset, ERR_NOMEM.
 */
#ifndef CODEC_ENCODING_H
#define CODEC_ENCODING_H

#include "base/text.h"

/* The text without its mark, as UTF-8 that is well-formed. */
int encoding_to_utf8(struct arena *a, struct text in, struct text *out,
    struct err *e) MUST_CHECK;

/* UTF-16 without a mark: two characters of ASCII, each with a NUL, which a text
 * in UTF-8 does not have. */
bool encoding_is_bare_utf16(struct text in, bool big);

#endif /* CODEC_ENCODING_H */

/*
 * migrate/hidden.h -- characters that nobody sees, and that change what others
 * see.
 *
 * Purpose:   names come from exports.  A mark that turns the direction of
 *            writing, or an escape for the terminal, shows a person something
 *            else than what is there; so it is shown itself.
 * Touches:   base/.
 * Ownership: nothing kept.
 * Errors:    those of the buffer.
 */
#ifndef MIGRATE_HIDDEN_H
#define MIGRATE_HIDDEN_H

#include "base/buf.h"
#include "base/text.h"

/* Controls but tab and line feed; marks and overrides of direction; separators,
 * blanks without width. */
bool hidden_char(uint32_t c);

/* in with each of them as "<U+202E>". */
void hidden_show(struct buf *out, struct text in);

#endif /* MIGRATE_HIDDEN_H */

/*
 * base/file.h -- all of a file at once, with a limit.
 *
 * Purpose:   the one place that reads a whole file into memory.
 * Touches:   files; base/arena.h.
 * Ownership: the text lives in the arena given, and a NUL octet follows it.
 * Errors:    -errno; ERR_UNSUPPORTED (no regular file), ERR_LIMIT (more than
 *            max), ERR_NOMEM.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

/* What is left of an open file, which is closed in any case.  fd below 0: what
 * open() has just failed with. */
int file_read_fd(
    struct arena *a, int fd, size_t max, struct text *out) MUST_CHECK;

/* The error names path and why. */
int file_read(struct arena *a, const char *path, size_t max, struct text *out,
    struct err *e) MUST_CHECK;

/* What such a code means, for a text: "no regular file". */
const char *file_why(int code);

#endif /* BASE_FILE_H */

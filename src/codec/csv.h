/*
 * codec/csv.h -- CSV (RFC 4180): a stream of rows, read and written.
 *
 * Purpose:   one row at a time, with the line it began in; a bad row is told
 *            and the next one can still be read.
 * Touches:   a FILE that the caller opened.
 * Ownership: the fields of a row are the reader's until the next call.
 * Errors:    ERR_SYNTAX, ERR_LIMIT concern one row: "file:line: ..." with
 *            err.type the name of a discovery error; the next call goes on
 *            behind it.  ERR_IO, ERR_NOMEM end it.
 */
#ifndef CODEC_CSV_H
#define CODEC_CSV_H

#include <stdio.h>

#include "base/buf.h"

#define CSV_MAX_ROW    (16U << 20) /* bytes */
#define CSV_MAX_FIELD  (4U << 20)
#define CSV_MAX_FIELDS 4096U

struct csv_row {
	unsigned line;
	const struct text *fields;
	size_t count;
};

struct csv_reader;

/* name is for the messages.  The file stays the caller's. */
struct csv_reader *csv_reader_new(FILE *f, const char *name, char delimiter);
struct csv_reader *csv_reader_free(struct csv_reader *r);
DEFINE_CLEANUP(csv_reader, csv_reader_free);

/* Reads the first row as the names of the columns (in the arena): none
 * empty, none twice.  From then on every row must have as many fields. */
int csv_read_header(struct csv_reader *r, struct arena *a, struct csv_row *out,
    struct err *e) MUST_CHECK;

/* 1 with a row, 0 at the end.  Lines with nothing in them are passed over.
 * UTF-8 alone; a mark at the head of the file is taken off. */
int csv_next(
    struct csv_reader *r, struct csv_row *out, struct err *e) MUST_CHECK;

/* One row with CRLF behind it; fields in quotes where they must be. */
void csv_write(
    struct buf *out, char delimiter, const struct text *fields, size_t count);

#endif /* CODEC_CSV_H */

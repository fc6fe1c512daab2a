/*
 * codec/ldif.h -- LDIF (RFC 2849): a stream of records, read and written.
 *
 * Purpose:   one record at a time, with the lines it stood in; a bad record
 *            is told and the next one can still be read.
 * Touches:   a FILE that the caller opened.
 * Ownership: names, values and DNs of a record live in the arena given; its
 *            lists are the reader's until the next call.
 * Errors:    ERR_SYNTAX, ERR_LIMIT, ERR_UNSUPPORTED concern one record:
 *            "file:line: ..." with err.type the name of a discovery error;
 *            the next call goes on behind it.  ERR_IO, ERR_NOMEM end it.
 */
#ifndef CODEC_LDIF_H
#define CODEC_LDIF_H

#include <stdio.h>

#include "base/buf.h"

#define LDIF_MAX_LINE   (16U << 20) /* bytes of a line, unfolded */
#define LDIF_MAX_RECORD (64U << 20) /* bytes of its lines */
#define LDIF_MAX_VALUES 1000000U    /* of a record */
#define LDIF_MAX_NAME   256U

enum ldif_change {
	LDIF_CONTENT, /* no changetype: the object itself */
	LDIF_ADD,
	LDIF_DELETE,
	LDIF_MODIFY,
	LDIF_MODRDN,
};

enum ldif_mod_op {
	LDIF_MOD_ADD,
	LDIF_MOD_DELETE,
	LDIF_MOD_REPLACE,
	LDIF_MOD_INCREMENT, /* RFC 4525 */
};

struct ldif_value {
	struct text name; /* attribute description, options with it */
	struct text value;
	unsigned line;
};

struct ldif_mod {
	enum ldif_mod_op op;
	struct text name;
	size_t first, count; /* in the record's values */
	unsigned line;
};

struct ldif_record {
	enum ldif_change change;
	unsigned line; /* of its dn */
	struct text dn;
	const struct ldif_value *values; /* CONTENT, ADD, MODIFY */
	size_t count;
	const struct ldif_mod *mods; /* MODIFY */
	size_t mod_count;
	struct text new_rdn; /* MODRDN */
	struct text new_superior;
	bool has_superior;
	bool delete_old;
};

struct ldif_reader;

/* name is for the messages.  The file stays the caller's. */
struct ldif_reader *ldif_reader_new(FILE *f, const char *name);
struct ldif_reader *ldif_reader_free(struct ldif_reader *r);
DEFINE_CLEANUP(ldif_reader, ldif_reader_free);

/* 1 with a record, 0 at the end.  Of a bad record out->dn and out->line are
 * set as far as they were read, so that the object can be named. */
int ldif_next(struct ldif_reader *r, struct arena *a, struct ldif_record *out,
    struct err *e) MUST_CHECK;

/* "version: 1" and an empty line. */
void ldif_write_head(struct buf *out);

/* A record with the empty line behind it: lines folded at 76, base64 where
 * RFC 2849 wants it.  Errors stay in out; ERR_NOMEM of scratch. */
int ldif_write(const struct ldif_record *rec, struct arena *scratch,
    struct buf *out) MUST_CHECK;

#endif /* CODEC_LDIF_H */

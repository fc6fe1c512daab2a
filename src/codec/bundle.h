/*
 * codec/bundle.h -- a zip or tar file to texts by name.
 *
 * Purpose:   the one door to the archive library.  Nothing is written
 *            anywhere: files come as texts in memory, so that a name leads
 *            nowhere; and yet names that would are refused, with the file
 *            that has them.
 * Touches:   libarchive.
 * Ownership: names and contents live in the arena given.
 * Errors:    ERR_SYNTAX, ERR_LIMIT with "name: entry: ", ERR_UNSUPPORTED for
 *            another kind of archive, ERR_NOMEM.
 * Read:      zip; tar in its usual forms, plain or by gzip.
 * Refused:   links, devices, encrypted entries, absolute names and those with
 *            "..", one name twice.
 */
#ifndef CODEC_BUNDLE_H
#define CODEC_BUNDLE_H

#include "base/text.h"

#define BUNDLE_MAX_BYTES (128U << 20) /* as it is packed */
#define BUNDLE_MAX_FILE  (64U << 20)  /* of one file in it */
#define BUNDLE_MAX_TOTAL (256U << 20) /* of all files in it */
#define BUNDLE_MAX_FILES 10000U       /* folders count too */
#define BUNDLE_MAX_DEPTH 16U          /* folders in each other */
#define BUNDLE_MAX_NAME  1024U        /* bytes, with its folders */
/* So many bytes for each packed one, where more than a megabyte comes out. */
#define BUNDLE_MAX_RATIO 250U

struct bundle_file {
	struct text name; /* "folder/file", never absolute */
	struct text content;
};

struct bundle {
	struct bundle_file *items; /* in the order of the archive */
	size_t count, size;
};

enum bundle_kind {
	BUNDLE_NONE = 0,
	BUNDLE_READ,  /* zip, tar, tar by gzip */
	BUNDLE_OTHER, /* an archive of a kind that is not read */
};

/* From the first bytes (512 are enough); *out_name is what it is called. */
enum bundle_kind bundle_kind(struct text head, const char **out_name);

/* name is for error texts alone. */
int bundle_read(const char *name, struct text in, struct arena *a,
    struct bundle *out, struct err *e) MUST_CHECK;

#endif /* CODEC_BUNDLE_H */

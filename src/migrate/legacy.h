/*
 * migrate/legacy.h -- what somebody hands over of their old server.
 *
 * Purpose:   a folder, a file, or a zip or tar of it: read into memory, known
 *            by what is in the files and not by what they are called, and
 *            opened as the configuration it is.
 * Touches:   the path given, for reading; codec/bundle.h, rules/confsrc.h.
 * Ownership: everything in the arena and names given; legacy_clear() frees
 *            the rest.
 * Errors:    ERR_UNSUPPORTED says what was looked for and what was found;
 *            ERR_LIMIT, ERR_SYNTAX of an archive; ERR_NOENT.
 *            A source that is known and cannot be read whole is no error: what
 *            could not is in conf.problems, and `blocked` is set.
 */
#ifndef MIGRATE_LEGACY_H
#define MIGRATE_LEGACY_H

#include "rules/confsrc.h"

#define LEGACY_MAX_FILES 10000U
#define LEGACY_MAX_DEPTH 16U
#define LEGACY_MAX_FILE  (64U << 20)
#define LEGACY_MAX_TOTAL (256U << 20)

enum legacy_pack {
	LEGACY_FOLDER,
	LEGACY_FILE,
	LEGACY_ARCHIVE,
};

/* What one file is, by its content. */
enum legacy_kind {
	LEGACY_UNKNOWN,
	LEGACY_XML, /* of another kind; what is its root element */
	LEGACY_CONNECTOR,
	LEGACY_METAVERSE,
	LEGACY_RULE,
	LEGACY_FIM_CONNECTOR,
	LEGACY_POLICY,
	LEGACY_POLICY_NOTE, /* what MigrateSettings leaves: no settings */
	LEGACY_SCRIPT,
	LEGACY_CAUSEWAY,
};
#define LEGACY_KINDS (LEGACY_CAUSEWAY + 1)

struct legacy_file {
	const char *name; /* below the source, with slashes */
	struct text text;
	enum legacy_kind kind;
	struct text root; /* of LEGACY_XML: its root element */
};

struct legacy_files {
	struct legacy_file *items;
	size_t count, size;
	size_t passed; /* links and what is no file */
};

struct legacy {
	struct text path;
	enum legacy_pack pack;
	struct legacy_files files;
	struct confsrc conf;
	bool blocked;
	/* What was passed over or chosen, a sentence each. */
	struct conf_texts notes;
};

int legacy_open(const char *path, struct names *names, struct arena *a,
    struct legacy *out, struct err *e) MUST_CHECK;
void legacy_clear(struct legacy *s);

/* "folder", "file", "archive" */
const char *legacy_pack_text(enum legacy_pack pack);

/* By its content; name helps with texts that have no head. */
enum legacy_kind legacy_kind_of(struct legacy_file *f, struct arena *a);

/* ---- legacy_read.c: from the path to texts ---- */

int legacy_read(const char *path, struct arena *a, enum legacy_pack *out_pack,
    struct legacy_files *out, struct err *e) MUST_CHECK;

#endif /* MIGRATE_LEGACY_H */

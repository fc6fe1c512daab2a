/*
 * migrate/import.h -- an old server's configuration as one of ours.
 *
 * Purpose:   built-in rules that came as they were are replaced by ours of the
 *            same purpose; changed ones and those of which nobody can tell are
 *            kept, disabled, beside them; rules of the site's own go before
 *            them, with precedence 0 to 99; settings become settings.  The
 *            result is in staging mode, always.
 * Touches:   migrate/analysis.h, rules/site_yaml.h; nothing outside memory.
 * Ownership: everything in the arena of the analysis.
 * Errors:    ERR_REFUSED where a verdict blocks, or in place where the system
 *            never is; ERR_CONFIG, ERR_LIMIT, ERR_NOMEM.
 */
#ifndef MIGRATE_IMPORT_H
#define MIGRATE_IMPORT_H

#include "migrate/analysis.h"
#include "rules/site_yaml.h"

struct import_options {
	bool in_place;
	const char *secrets; /* "file", "env", "credential" */
	const char *cloud;   /* "sync" or "graph" */
};

struct imported {
	struct site_files files;
	size_t kept;     /* rules of the site's own */
	size_t replaced; /* built-in ones, ours in their place */
	size_t disabled; /* of those: the old body is there, disabled */
	size_t made;     /* rules that carry a setting */
};

int import_make(const struct analysis *x, const struct import_options *how,
    struct imported *out, struct err *e) MUST_CHECK;

#endif /* MIGRATE_IMPORT_H */

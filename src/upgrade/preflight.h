/*
 * upgrade/preflight.h -- whether this installation could be upgraded now.
 *
 * Purpose:   the eligibility codes of the predecessors' automatic upgrade,
 *            under their names, as far as they mean something here; each with
 *            what was found and what to do.
 * Touches:   the configuration, the store for reading, the daemon's socket,
 *            the locks beside the store.  Changes nothing, asks no directory.
 * Ownership: the report lives in the arena given.
 * Errors:    ERR_NOMEM alone: what cannot be found out is a finding.
 */
#ifndef UPGRADE_PREFLIGHT_H
#define UPGRADE_PREFLIGHT_H

#include "upgrade/state.h"

#define PREFLIGHT_SUCCESS "Success"

struct preflight_env {
	const char *config; /* conf_default_path() */
	const char *units;  /* where enabled units are: /etc/systemd/system */
};

struct preflight_finding {
	const char *code;
	struct text detail;
	const char *remedy;
};

struct preflight_report {
	struct upgrade_record record;
	struct text store;  /* its path; empty where nothing says it */
	bool newer;         /* the store is of a newer release */
	const char *result; /* PREFLIGHT_SUCCESS or the first code */
	struct preflight_finding *findings;
	size_t count;
};

int preflight(const struct preflight_env *env, struct arena *a,
    struct preflight_report *out, struct err *e) MUST_CHECK;

/* Codes of the predecessors that cannot arise here, and why; ends in NULL. */
struct preflight_moot {
	const char *code;
	const char *why;
};
extern const struct preflight_moot preflight_moot[];

#endif /* UPGRADE_PREFLIGHT_H */

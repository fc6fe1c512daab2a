/*
 * upgrade/facts.h -- what a preflight has to know, found out once.
 *
 * Purpose:   configuration, store, room on the disk, locks, daemon: as they
 *            are, without an opinion.
 * Touches:   see preflight.h.
 * Ownership: everything lives in the arena given.
 * Errors:    ERR_NOMEM.
 */
#ifndef UPGRADE_FACTS_H
#define UPGRADE_FACTS_H

#include "upgrade/preflight.h"

struct facts {
	struct text conf_problem; /* empty: configuration and rules are good */
	const char *store;        /* path; NULL without a configuration */
	struct text folder;       /* where the store is */
	int folder_error;         /* errno of writing there, 0: it can be */
	int store_code;           /* of opening it; 0; ERR_NOENT: none yet */
	struct text store_problem;
	uint64_t need_bytes, free_bytes;
	struct text owner_problem; /* empty: user and group are known */
	bool cycle_off, suspended;
	bool run_locked;
	struct text run_holder;
	bool daemon_there; /* holds its lock */
	bool daemon_answers;
	struct text daemon_problem;
	bool cycling;
	bool unit_enabled;
	struct upgrade_record record;
};

int facts_gather(const struct preflight_env *env, struct arena *a,
    struct facts *out, struct err *e) MUST_CHECK;

#endif /* UPGRADE_FACTS_H */

/*
 * upgrade/state.h -- whether this installation upgrades itself.
 *
 * Purpose:   Enabled, Suspended or Disabled, why, and when to try again; kept
 *            in STORE-upgrade, beside the store and not in it, because a store
 *            is put back when an upgrade fails.
 * Touches:   that file.
 * Ownership: texts live in the arena given.
 * Errors:    ERR_CONFIG: the file is not one of ours; those of files.
 */
#ifndef UPGRADE_STATE_H
#define UPGRADE_STATE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum upgrade_state {
	UPGRADE_ENABLED = 0,
	UPGRADE_SUSPENDED, /* an upgrade failed: not that release again */
	UPGRADE_DISABLED,  /* an administrator said so */
};

struct upgrade_record {
	enum upgrade_state state;
	struct text result;  /* of the last attempt, "" before the first */
	struct text detail;  /* what it said */
	struct text release; /* that was tried */
	int64_t since_ms;    /* of the state; 0: never set */
	int64_t tried_ms;    /* the last attempt; 0: none */
	int64_t next_ms;     /* not before; 0: at any time */
	int64_t failures;    /* one after the other */
};

/* "Enabled", "Suspended", "Disabled". */
const char *upgrade_state_name(enum upgrade_state s);

/* path: of the store.  Without a file it is enabled, and nothing was tried. */
int upgrade_state_read(const char *path, struct arena *a,
    struct upgrade_record *out, struct err *e) MUST_CHECK;
int upgrade_state_write(const char *path, const struct upgrade_record *rec,
    struct err *e) MUST_CHECK;

/*
 * What an attempt came to.  "Success": enabled, and nothing is held back.
 * "UpgradeAborted...": tried again, later each time (1 h, 2 h ... 7 days).
 * Anything else ("UpgradeNotSupported...", "UpgradeFailed..."): suspended; that
 * release is not tried again, the next one is.  Disabled stays disabled.
 */
void upgrade_state_attempt(struct upgrade_record *rec, struct text result,
    struct text detail, struct text release, int64_t now_ms);

/* Whether an attempt with that release may begin now; else why not. */
bool upgrade_state_due(const struct upgrade_record *rec, struct text release,
    int64_t now_ms, struct arena *a, struct text *out_why);

#endif /* UPGRADE_STATE_H */

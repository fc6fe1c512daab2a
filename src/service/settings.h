/*
 * service/settings.h -- the schedule's settings in the store.
 *
 * Purpose:   what `causeway sched set` changes and the daemon goes by.  They
 *            are in the store, so that they hold for every process, and need
 *            no run lock: they may be changed while a cycle goes on.
 * Touches:   conf/, store/.
 * Ownership: texts live in the arena given.
 * Errors:    those of the store.
 */
#ifndef SERVICE_SETTINGS_H
#define SERVICE_SETTINGS_H

#include "conf/conf.h"
#include "engine/cycle_record.h"
#include "service/schedule.h"

struct settings {
	struct schedule schedule;
	bool maintenance;
	bool staging;
	int64_t keep_ms; /* run history; CONF_OFF */
	struct engine_cycles cycles;
};

/* The configuration with what the store says on top of it; s NULL: there is
 * no store yet. */
int settings_get(struct store *s, const struct conf *c, struct arena *a,
    struct settings *out, struct err *e) MUST_CHECK;

/* The same from the store's file; one that is not there yet is empty. */
int settings_read(const struct conf *c, struct arena *a, struct settings *out,
    struct err *e) MUST_CHECK;

/* What is not NULL is set, in one transaction.  Texts as people write them:
 * interval and keep take a time, "off" (keep) or "default"; next takes delta
 * or initial; the others on or off.  ERR_INVAL names what is wrong. */
struct settings_change {
	const char *interval, *next, *keep, *cycle, *maintenance, *suspended;
};
int settings_set(struct store *s, const struct conf *c,
    const struct settings_change *ch, struct err *e) MUST_CHECK;

/* The path of something beside the store: "-control". */
const char *settings_beside(
    const struct conf *c, struct arena *a, const char *suffix);

#endif /* SERVICE_SETTINGS_H */

/*
 * migrate/analysis_int.h -- what the steps of an analysis share.
 *
 * Purpose:   analysis.c goes through the steps: system.c says which system,
 *            facts.c its settings, classify.c its rules, dirsync.c what of
 *            DirSync was changed, verdict.c what becomes of each setting,
 *            path.c what is recommended, lifecycle.c the dates, measure.c how
 *            long it takes.
 * Touches:   migrate/analysis.h, migrate/lists.h.
 */
#ifndef MIGRATE_ANALYSIS_INT_H
#define MIGRATE_ANALYSIS_INT_H

#include "migrate/analysis.h"
#include "migrate/lists.h"

#define DIRSYNC_PARALLEL 50000  /* objects from which it is recommended */
#define SERVER_SWING     100000 /* the same of the later servers */
#define VENDOR_HOURS     3.0    /* for so many objects: */
#define VENDOR_OBJECTS   50000.0

void say(struct analysis *x, struct conf_texts *list, const char *fmt, ...)
    PRINTF(3, 4);
void verdict(struct analysis *x, const char *setting, enum verdict_kind kind,
    const char *fmt, ...) PRINTF(4, 5);
void verdict_of(struct analysis *x, struct text setting, enum verdict_kind kind,
    struct text detail);
void fact(struct analysis *x, const char *name, struct text value);
void fact_printf(struct analysis *x, const char *name, const char *fmt, ...)
    PRINTF(3, 4);
struct text fact_value(const struct analysis *x, const char *name);
bool fact_is_on(const struct analysis *x, const char *name);
/* A setting of the source, by the last part of its name, in any case. */
struct text raw_setting(const struct analysis *x, const char *last);

/* The cloud's connector, or NULL; AD ones by struct vendor. */
const struct vendor_connector *cloud_of(const struct analysis *x);
const struct vendor *vendor_of(const struct analysis *x);

/* system.c.  "1.1.130.0" to numbers; false where it is no version. */
bool version_parse(struct text t, unsigned out[static 4]);
void analyze_system(struct analysis *x);
/* facts.c */
bool setting_is_known(struct text name);
void analyze_facts(struct analysis *x);
/* classify.c */
int analyze_rules(struct analysis *x) MUST_CHECK;
/* dirsync.c: flows of the exports, and what was changed. */
void analyze_dirsync(struct analysis *x);
/* What an export has to have and has not. */
void analyze_whole(struct analysis *x);
/* The attribute that the cloud's sign-in name comes from; empty: the usual. */
struct text flow_source_of(const struct analysis *x, const char *mv_attribute);
/* verdict.c, verdict_site.c.  Our word for the vendor's way of matching users;
 * NULL: it is not known. */
const char *match_setting(struct text vendor);
void analyze_verdicts(struct analysis *x);
void analyze_site(struct analysis *x);
/* rule_attributes.c: what rules of one's own read and a directory lacks. */
void analyze_rule_attributes(struct analysis *x);
/* Expressions that no run could read, and numbers that two have. */
void analyze_own_rules(struct analysis *x);
/* path.c */
void analyze_path(struct analysis *x);
/* lifecycle.c */
void analyze_lifecycle(struct analysis *x);
/* measure.c */
void analyze_measure(struct analysis *x);

/* Elements of a name anywhere below n; visit returns false to stop. */
void xml_walk(const struct xml_node *n,
    void (*visit)(void *ctx, const struct xml_node *n), void *ctx);

#endif /* MIGRATE_ANALYSIS_INT_H */

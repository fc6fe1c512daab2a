/*
 * migrate/swing/swing_int.h -- what the files of the comparison share.
 *
 * Purpose:   building a report.
 * Touches:   migrate/swing/swing.h.
 * Ownership: as there.
 */
#ifndef MIGRATE_SWING_INT_H
#define MIGRATE_SWING_INT_H

#include "migrate/swing/swing.h"

/* ---- report.c ---- */

/* A copy of the line, its id filled in. */
int report_add(struct swing_report *r, struct arena *a,
    const struct swing_line *line, struct err *e) MUST_CHECK;
/* Acknowledgements read, groups made, open lines counted. */
int report_finish(struct swing_report *r, struct store *s, struct arena *a,
    struct err *e) MUST_CHECK;

/* ---- values.c ---- */

/* As text, sorted. */
int swing_values_of(struct arena *a, const struct value *list, size_t n,
    struct swing_values *out) MUST_CHECK;
void swing_values_sort(struct swing_values *v);
bool swing_values_equal(
    const struct swing_values *a, const struct swing_values *b);
/* The same but for letters, blanks and the way DNs and numbers are written. */
int swing_values_alike(struct arena *a, const struct swing_values *x,
    const struct swing_values *y, bool *out) MUST_CHECK;

/* ---- names.c: the two services call the same attribute otherwise ---- */

/* What the kind of directory calls an attribute of the sync service; itself
 * where it has no other name. */
struct text names_of_kind(struct text kind, struct text sync_name);

/* ---- against_cloud.c, against_old.c ---- */

int against_cloud(struct setup *s, size_t connector, struct arena *a,
    struct swing_report *r, struct err *e) MUST_CHECK;
int against_old(struct setup *s, size_t connector, const char *old,
    struct arena *a, struct swing_report *r, struct err *e) MUST_CHECK;

#endif /* MIGRATE_SWING_INT_H */

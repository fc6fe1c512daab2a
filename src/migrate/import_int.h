/*
 * migrate/import_int.h -- what the files of an import share.
 *
 * Purpose:   import.c goes through the steps and writes settings,
 *            import_rules.c chooses, makes and numbers rules, import_schema.c
 *            says which attributes the metaverse needs besides.
 * Touches:   migrate/import.h, migrate/analysis_int.h.
 */
#ifndef MIGRATE_IMPORT_INT_H
#define MIGRATE_IMPORT_INT_H

#include "migrate/analysis_int.h"
#include "migrate/import.h"

#define IMPORT_USUAL_OWN                                   \
	100U /* precedence 0 to 99; more move the built-in \
		rules up, which keep behind them */

struct importing {
	const struct analysis *x;
	const struct import_options *how;
	struct arena *arena;
	struct imported *out;
	struct rule *rules;
	struct text *notes; /* beside rules */
	int32_t *was;       /* beside them: precedence of a custom one; -1 */
	size_t count, size;
	struct schema *mv; /* freed by import_make() */
	struct conf_texts open;
	struct err *e;
};

/* A sentence for the person who goes on. */
int import_tell(struct importing *m, const char *fmt, ...)
    PRINTF(2, 3) MUST_CHECK;
/* Whether our default rules take part: all but FIM and MIM. */
bool import_by_default_rules(const struct importing *m);

int import_rules(struct importing *m) MUST_CHECK;
int import_schema(struct importing *m) MUST_CHECK;

#endif /* MIGRATE_IMPORT_INT_H */

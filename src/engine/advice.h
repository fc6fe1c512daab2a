/*
 * engine/advice.h -- what an error on an object means, and what helps.
 *
 * Purpose:   one table for the names that administrators see in run records,
 *            `history show`, `why-not` and elsewhere.
 * Touches:   base/.
 * Ownership: everything is constant.
 */
#ifndef ENGINE_ADVICE_H
#define ENGINE_ADVICE_H

#include "base/text.h"

enum advice_retry {
	ADVICE_RETRY_ALWAYS, /* each export tries again until the data are put
				right */
	ADVICE_RETRY_NEVER,  /* it will be refused for ever */
	ADVICE_RETRY_LATER,  /* by itself, when the directory can */
};

struct advice {
	const char *type;   /* "AttributeValueMustBeUnique" */
	const char *means;  /* one sentence, lower case, no full stop */
	const char *remedy; /* what to do, as commands where there are any */
	enum advice_retry retry;
	/* Another object holds what this one wants. */
	bool conflict;
};

/* NULL where there is none for the type. */
const struct advice *advice_find(struct text type);
/* All, for documentation; ends in a NULL type. */
const struct advice *advice_all(void);

#endif /* ENGINE_ADVICE_H */

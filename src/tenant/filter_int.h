/*
 * tenant/filter_int.h -- the tree of a filter.
 *
 * Touches: nothing; for filter_parse.c and filter_eval.c alone.
 */
#ifndef TENANT_FILTER_INT_H
#define TENANT_FILTER_INT_H

#include "tenant/filter.h"

enum filter_op {
	F_AND,
	F_OR,
	F_NOT,
	F_EQ,
	F_NE,
	F_GE,
	F_GT,
	F_LE,
	F_LT,
	F_STARTS,
	F_ENDS,
	F_IN,
};

enum filter_value {
	FV_NULL,
	FV_STRING,
	FV_BOOLEAN,
	FV_DATE,
};

struct filter_literal {
	enum filter_value type;
	struct text text;   /* as written */
	struct text folded; /* for comparison */
	bool boolean;
	int64_t ms;
	struct filter_literal *next; /* of an "in" */
};

struct filter {
	enum filter_op op;
	struct filter *left, *right; /* of and, or, not */
	const struct prop *prop;
	const struct prop *sub; /* into a structure, or NULL */
	bool any;               /* prop/any(x:...) */
	struct filter_literal *values;
};

#endif /* TENANT_FILTER_INT_H */

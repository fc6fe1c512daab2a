/* tests/unit/expr/golden.h -- values of the table of examples in JSON. */
#ifndef TESTS_UNIT_EXPR_GOLDEN_H
#define TESTS_UNIT_EXPR_GOLDEN_H

#include "codec/json.h"
#include "expr/expr.h"

struct golden {
	struct arena *arena;
	struct names *names;
	struct expr_input input;
	struct attrs attrs;
	struct attrs imported;
	struct attrs lists; /* what is told as a list, of one as well */
	const struct json *params;
};

/* {"attrs":{},"params":{},"imported":{}} */
int golden_input(struct golden *g, const struct json *inputs);

/* Empty when the value is as told, else what differs. */
const char *golden_differs(struct golden *g, const struct json *expected, int r,
    const struct err *e, const struct expr_value *v);

#endif /* TESTS_UNIT_EXPR_GOLDEN_H */

/*
 * tests/lib/contract.h -- one suite for every connector.
 *
 * Purpose:   what connectors/connector.h promises, asked of an open connector
 *            that reads at least one object.  Prints a line of TAP a question.
 * Touches:   connectors/, model/.
 */
#ifndef TESTS_LIB_CONTRACT_H
#define TESTS_LIB_CONTRACT_H

#include "connectors/connector.h"

struct contract {
	struct connector *c;
	struct names *names;
	/* What env->cancelled looks at: set to stop an import. */
	bool *cancel;
	const char *attributes; /* "mail,cn"; NULL: all of the schema */
	unsigned asked;
	unsigned failed;
};

/* The number of questions answered wrongly. */
unsigned contract_run(struct contract *k);

/* The same of what is written: below base, with objects of that type (cn, sn)
 * and a unit around them; nothing is left behind. */
unsigned contract_write(
    struct contract *k, const char *base, const char *person);

#endif /* TESTS_LIB_CONTRACT_H */

/* tests/unit/connectors/test_skeleton.c -- the connector to begin from keeps
 * the contract that tests/integration/connectors asks of the real ones. */
#include <stdio.h>

#include "connectors/skeleton/skeleton.h"
#include "lib/contract.h"

static bool
cancelled(void *ctx)
{
	const bool *cancel = ctx;

	return *cancel;
}

int
main(void)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct contract k = {.names = names};
	bool cancel = false;
	const struct connector_env env = {.names = names,
	    .arena = a,
	    .cancelled = cancelled,
	    .cancel_ctx = &cancel};

	k.cancel = &cancel;
	if (skeleton_connector_kind.ops->open(&env, &k.c, NULL) != 0)
		return 1;
	(void)contract_run(&k);
	(void)printf("1..%u\n", k.asked);
	k.c->kind->ops->close(k.c);
	return k.failed != 0;
}

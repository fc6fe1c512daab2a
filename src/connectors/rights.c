/* connectors/rights.c -- see rights.h. */
#include "connectors/rights.h"

#include "base/arena.h"

int
lack_push(
    struct arena *a, struct connector_lacks *list, struct connector_lack lack)
{
	if (list->items == NULL)
		list->items =
		    arena_array(a, CONNECTOR_LACKS_MAX, sizeof(*list->items));
	if (list->items == NULL || arena_failed(a))
		return ERR_NOMEM;
	if (list->count < CONNECTOR_LACKS_MAX)
		list->items[list->count++] = lack;
	return 0;
}

/*
 * engine/containers.h -- containers of the configuration that were renamed.
 *
 * Purpose:   a container in include or exclude is followed by its objectGUID
 *            to the name that it has now, with a warning.
 * Touches:   engine/engine_int.h, conf/conf.h.
 * Ownership: results live in the arena given.
 * Errors:    those of the connector and the store; ERR_NOMEM.
 */
#ifndef ENGINE_CONTAINERS_H
#define ENGINE_CONTAINERS_H

#include "engine/engine_int.h"

#define CONTAINERS_TOLD 8U

struct containers {
	/* The connector's settings with the names of now; NULL: as they are. */
	const struct conf_connector *conf;
	struct text warnings[CONTAINERS_TOLD];
	size_t count;
};

/* Asks conn for each, and remembers in the store what it is. */
int containers_follow(struct running *run, struct connector *conn,
    struct arena *a, struct containers *out, struct err *e) MUST_CHECK;

#endif /* ENGINE_CONTAINERS_H */

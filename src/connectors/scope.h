/*
 * connectors/scope.h -- which containers of a partition take part.
 *
 * Purpose:   the nearest-ancestor rule (docs/engine/model.md 1.2): walking up
 *            from an object, the first DN named in inclusions or exclusions
 *            decides; inclusion wins where one DN is in both; nothing found:
 *            included where the inclusion list is empty or holds the empty
 *            string.
 * Touches:   model/dn.h.
 * Ownership: scope_new() copies; scope_free().
 * Errors:    ERR_NOMEM.
 */
#ifndef CONNECTORS_SCOPE_H
#define CONNECTORS_SCOPE_H

#include "model/dn.h"

struct scope;

struct scope *scope_new(const struct text *include, size_t include_count,
    const struct text *exclude, size_t exclude_count);
struct scope *scope_free(struct scope *s);
DEFINE_CLEANUP(scope, scope_free);

/* key is dn_key() of the object's DN. */
bool scope_includes(const struct scope *s, struct text key);

/* The same, with the container that decides; empty where none lies above it. */
bool scope_decides(
    const struct scope *s, struct text key, struct text *out_container);

#endif /* CONNECTORS_SCOPE_H */

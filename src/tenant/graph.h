/*
 * tenant/graph.h -- the calls of Graph v1.0, one handler each.
 *
 * Purpose:   what the route table in graph.c names.  A handler returns 0 when
 *            its writes shall stay.
 * Touches:   tenant/tenant_int.h, tenant/query.h.
 */
#ifndef TENANT_GRAPH_H
#define TENANT_GRAPH_H

#include "tenant/query.h"
#include "tenant/tenant_int.h"

/* graph_objects.c */
int graph_list(struct gcall *c);
int graph_count(struct gcall *c);
int graph_create(struct gcall *c);
int graph_get(struct gcall *c);
int graph_update(struct gcall *c);
int graph_delete(struct gcall *c);
int graph_get_by_ids(struct gcall *c);

/* graph_links.c */
int graph_link_list(struct gcall *c);    /* members, owners */
int graph_link_count(struct gcall *c);   /* members/$count */
int graph_link_refs(struct gcall *c);    /* members/$ref */
int graph_link_add(struct gcall *c);     /* POST members/$ref */
int graph_link_remove(struct gcall *c);  /* DELETE members/{id}/$ref */
int graph_link_delete(struct gcall *c);  /* DELETE members/{id}: the object! */
int graph_link_sources(struct gcall *c); /* memberOf, directReports */
int graph_manager_get(struct gcall *c);
int graph_manager_put(struct gcall *c);
int graph_manager_delete(struct gcall *c);

/* members@odata.bind and owners@odata.bind of a body; ERR_REJECTED. */
int graph_bind(struct gcall *c, const struct dirobj *o) MUST_CHECK;

/* graph_deleted.c */
int graph_deleted_list(struct gcall *c);
int graph_deleted_get(struct gcall *c);
int graph_deleted_purge(struct gcall *c);
int graph_deleted_restore(struct gcall *c);

/* graph_org.c */
int graph_organization(struct gcall *c);
int graph_organization_update(struct gcall *c);
int graph_domains(struct gcall *c);

/* graph_extension.c: open extensions of the organisation */
int graph_extensions(struct gcall *c);
int graph_extension_create(struct gcall *c);
int graph_extension_update(struct gcall *c);
int graph_extension_delete(struct gcall *c);

/* graph_sync.c */
int graph_onprem(struct gcall *c);
int graph_onprem_update(struct gcall *c);
int graph_roles(struct gcall *c);
int graph_role_add(struct gcall *c);
int graph_role_remove(struct gcall *c);
int graph_sync_behavior(struct gcall *c);
int graph_sync_behavior_update(struct gcall *c);

/* graph_delta.c */
int graph_delta(struct gcall *c);

/* Finds a live object by id or, for users, by name; else answers 404. */
int graph_find(struct gcall *c, enum entity kind, struct text key,
    struct dirobj *out_o) MUST_CHECK;

/* The object that an "@odata.id" or a bind names; else answers. */
int graph_find_url(
    struct gcall *c, struct text url, struct dirobj *out_o) MUST_CHECK;

/* ".../$metadata#users(displayName)/$entity" */
const char *graph_context(
    struct gcall *c, const char *what, const struct select *s, bool entity);

#endif /* TENANT_GRAPH_H */

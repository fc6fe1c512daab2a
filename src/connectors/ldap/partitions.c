/* connectors/ldap/partitions.c -- naming contexts, and which are read. */
#include "connectors/ldap/core.h"

static bool
same_dn(struct arena *a, struct text x, struct text y)
{
	struct text kx, ky;

	if (text_equal(x, y))
		return true;
	return dn_key(a, x, &kx) == 0 && dn_key(a, y, &ky) == 0 &&
	       text_equal(kx, ky);
}

const struct conf_partition *
core_partition_conf(const struct core *c, struct text name, struct arena *a)
{
	const struct conf_partitions *list = &c->conf->partitions;

	for (size_t i = 0; i < list->count; i++)
		if (same_dn(a, list->items[i].dn, name))
			return &list->items[i];
	return NULL;
}

struct partition_list {
	struct partition *items;
	size_t count;
	size_t room;
};

static void
list_add(const struct core *c, struct partition_list *l, struct text dn,
    bool selected)
{
	for (size_t i = 0; i < l->count; i++)
		if (same_dn(c->arena, l->items[i].name, dn)) {
			l->items[i].selected |= selected;
			return;
		}
	if (l->count == l->room)
		return;
	l->items[l->count].name = text_dup(c->env.arena, dn);
	l->items[l->count].selected = selected;
	l->count++;
}

/* Configured ones first; where there are none, those of the root DSE's
 * attribute that the flavour names. */
int
core_partitions(struct connector *connector, struct partition **out,
    size_t *out_count, struct err *e)
{
	struct core *c = (struct core *)connector;
	const struct ldap_item *root = ldap_session_root(c->session);
	const struct ldap_attr *all = ldap_item_find(root, "namingContexts");
	const struct ldap_attr *some =
	    ldap_item_find(root, c->flavour->default_partition);
	const struct conf_partitions *own = &c->conf->partitions;
	bool configured = own->count != 0 || c->conf->base.len != 0;
	struct partition_list l = {0};

	l.room = own->count + 1 + (all != NULL ? all->count : 0) +
		 (some != NULL ? some->count : 0);
	l.items = arena_array(c->env.arena, l.room, sizeof(*l.items));
	if (l.items == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < own->count; i++)
		list_add(c, &l, own->items[i].dn, true);
	if (c->conf->base.len != 0)
		list_add(c, &l, c->conf->base, true);
	for (size_t i = 0; !configured && some != NULL && i < some->count; i++)
		list_add(c, &l, some->values[i], true);
	for (size_t i = 0; all != NULL && i < all->count; i++)
		list_add(c, &l, all->values[i], false);
	if (arena_failed(c->env.arena) || arena_failed(c->arena))
		return ERR_NOMEM;
	if (l.count == 0 || !l.items[0].selected)
		return err_type(e, ERR_CONFIG, "no-start-bad-ma-configuration",
		    "%.*s: the root DSE names no naming context: set base or "
		    "partitions",
		    TEXT_ARGS(ldap_session_server(c->session)));
	*out = l.items;
	*out_count = l.count;
	return 0;
}

int
core_base_check(struct core *c, struct text dn, const char *what, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 20);
	static const char *const nothing[] = {"1.1", NULL};
	struct ldap_query q = {.attrs = nothing};
	struct ldap_item item;
	int r;

	if (a == NULL)
		return ERR_NOMEM;
	q.base = arena_strndup(a, dn.data, dn.len);
	if (q.base == NULL)
		return ERR_NOMEM;
	r = ldap_session_read(c->session, &q, a, &item, e);
	if (r == ERR_NOENT)
		return err_type(e, ERR_CONFIG, "no-start-bad-ma-configuration",
		    "%.*s: the %s \"%.*s\" is not there, or %.*s may not see "
		    "it: renamed, moved, or misspelt",
		    TEXT_ARGS(ldap_session_server(c->session)), what,
		    TEXT_ARGS(dn),
		    c->conf->user.len != 0 ? (int)c->conf->user.len : 4,
		    c->conf->user.len != 0 ? c->conf->user.data : "this");
	return r;
}

/* One with servers of its own is looked at by its import: that it cannot be
 * reached does not stop the others. */
static bool
is_away(struct core *c, struct text name)
{
	const struct conf_partition *p = core_partition_conf(c, name, c->arena);

	return p != NULL && p->servers.count != 0;
}

int
core_partitions_check(struct core *c, struct err *e)
{
	struct partition *list = NULL;
	size_t n = 0;
	int r = core_partitions(&c->base, &list, &n, e);

	for (size_t i = 0; r == 0 && i < n; i++)
		if (list[i].selected && !is_away(c, list[i].name))
			r = core_base_check(c, list[i].name, "partition", e);
	return r;
}

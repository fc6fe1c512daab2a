/* connectors/ldap/core.c -- opening and closing, see core.h. */
#include "connectors/ldap/core.h"

static enum ldap_bind_kind
bind_kind(int conf)
{
	switch ((enum conf_bind)conf) {
	case CONF_BIND_GSSAPI:
		return LDAP_BIND_GSSAPI;
	case CONF_BIND_EXTERNAL:
		return LDAP_BIND_EXTERNAL;
	case CONF_BIND_SIMPLE:
		break;
	}
	return LDAP_BIND_SIMPLE;
}

static int
settings_fill(struct core *c, struct ldap_settings *out, struct err *e)
{
	const struct conf_ldap *k = c->conf;
	struct text dir = text_of(c->env.config_dir);
	int r = 0;

	*out = (struct ldap_settings){.servers = k->servers.items,
	    .server_count = k->servers.count,
	    .bind = bind_kind(k->bind),
	    .user = k->user,
	    .realm = k->realm,
	    .starttls = k->tls.starttls,
	    .verify = k->tls.verify,
	    .clear_password = !k->tls.required,
	    .timeout_ms = k->timeout_s * 1000,
	    .page_size = (uint32_t)k->page_size,
	    .cancelled = c->env.cancelled,
	    .cancel_ctx = c->env.cancel_ctx};
	if (k->password.len != 0 && c->password == NULL)
		r = secret_resolve(k->password, &c->password, e);
	out->password = c->password;
	if (r == 0)
		r = conf_resolve(c->arena, dir, k->keytab, &out->keytab);
	if (r == 0)
		r = conf_resolve(c->arena, dir, k->tls.ca, &out->ca);
	if (r == 0)
		r = conf_resolve(
		    c->arena, dir, k->tls.certificate, &out->certificate);
	if (r == 0)
		r = conf_resolve(c->arena, dir, k->tls.key, &out->key);
	return r;
}

static int
core_connect(struct core *c, struct err *e)
{
	struct ldap_settings set;
	int r = settings_fill(c, &set, e);

	if (r == 0)
		r = ldap_session_open(&set, &c->home, e);
	c->session = c->home;
	c->server_count = set.server_count;
	if (r == 0)
		r = core_schema_load(c, e);
	if (r == 0)
		r = core_classes_load(c, e);
	if (r == 0 && map_get(c->attrs, c->conf->anchor) == NULL)
		r = err_type(e, ERR_CONFIG, "no-start-bad-ma-configuration",
		    "anchor: \"%.*s\" is not in the directory's schema",
		    TEXT_ARGS(c->conf->anchor));
	if (r == 0)
		r = core_filters_load(c, e);
	return r == 0 ? core_partitions_check(c, e) : r;
}

static int
open_away(struct core *c, const struct conf_partition *partition,
    struct ldap_session **out, struct err *e)
{
	struct core_away *away = arena_alloc(c->arena, sizeof(*away));
	struct ldap_settings set;
	int r;

	if (away == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = settings_fill(c, &set, e);
	set.servers = partition->servers.items;
	set.server_count = partition->servers.count;
	if (r == 0)
		r = ldap_session_open(&set, &away->session, e);
	if (r < 0)
		return r;
	away->partition = partition;
	away->next = c->away;
	c->away = away;
	*out = away->session;
	return 0;
}

int
core_use(struct core *c, const struct conf_partition *partition, struct err *e)
{
	struct ldap_session *session = NULL;
	int r = 0;

	c->session = c->home;
	c->server_count = c->conf->servers.count;
	if (partition == NULL || partition->servers.count == 0)
		return 0;
	for (const struct core_away *a = c->away; a != NULL; a = a->next)
		if (a->partition == partition)
			session = a->session;
	if (session == NULL)
		r = open_away(c, partition, &session, e);
	if (r < 0)
		return r;
	c->session = session;
	c->server_count = partition->servers.count;
	return 0;
}

int
core_open(const struct connector_env *env, const struct core_flavour *flavour,
    struct connector **out, struct err *e)
{
	struct core *c = calloc(1, sizeof(*c));
	int r = ERR_NOMEM;

	if (c == NULL)
		return ERR_NOMEM;
	c->base.kind = flavour->kind;
	c->flavour = flavour;
	c->env = *env;
	c->conf = &env->conf->ldap;
	c->base.anchor_unique =
	    flavour->unique_anchor != NULL &&
	    text_is_nocase(c->conf->anchor, flavour->unique_anchor);
	c->arena = arena_new(0);
	c->attrs = map_new(true);
	c->parent = map_new(true);
	c->late = map_new(true);
	c->class_of = map_new(true);
	c->match_rules = map_new(true);
	if (c->arena != NULL && c->attrs != NULL && c->parent != NULL &&
	    c->late != NULL && c->class_of != NULL && c->match_rules != NULL)
		r = core_connect(c, e);
	if (r != 0) {
		core_close(&c->base);
		return r;
	}
	*out = &c->base;
	return 0;
}

void
core_close(struct connector *connector)
{
	struct core *c = (struct core *)connector;

	core_bells_free(c);
	(void)map_free(c->sids);
	if (c->own != NULL)
		c->own_free(c->own);
	for (struct core_away *a = c->away; a != NULL; a = a->next)
		(void)ldap_session_free(a->session);
	(void)ldap_session_free(c->home);
	(void)secret_free(c->password);
	moved_free(c->moved);
	(void)map_free(c->attrs);
	(void)map_free(c->parent);
	(void)map_free(c->late);
	(void)map_free(c->class_of);
	(void)map_free(c->match_rules);
	(void)arena_free(c->arena);
	free(c);
}

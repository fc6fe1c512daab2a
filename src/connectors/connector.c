/* connectors/connector.c -- see connector.h. */
#include "connectors/connector.h"

#include "conf/conf.h"

const struct connector_kind *
connector_kind_find(struct text name)
{
	for (size_t i = 0; connector_kinds[i] != NULL; i++)
		if (text_is(name, connector_kinds[i]->name))
			return connector_kinds[i];
	return NULL;
}

int
connector_open(
    const struct connector_env *env, struct connector **out, struct err *e)
{
	const struct connector_kind *kind =
	    connector_kind_find(env->conf->kind);
	struct err inner = {0};
	int r;

	if (kind == NULL)
		return err_type(e, ERR_CONFIG, "no-start-bad-ma-configuration",
		    "connector %.*s: there is no kind \"%.*s\"",
		    TEXT_ARGS(env->conf->name), TEXT_ARGS(env->conf->kind));
	r = kind->ops->open(env, out, &inner);
	if (r == 0)
		return 0;
	if (e != NULL) {
		*e = inner;
		(void)err_prefix(
		    e, "connector %.*s", TEXT_ARGS(env->conf->name));
	}
	return r;
}

struct connector *
connector_free(struct connector *c)
{
	if (c != NULL)
		c->kind->ops->close(c);
	return NULL;
}

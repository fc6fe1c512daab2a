/*
 * connectors/ldap/filter.c -- what a server is asked for: the classes that
 * are read, and the filters that the administrator set.
 *
 * A server gives no error for a filter that names an attribute or a matching
 * rule that it does not know: it finds nothing.  So both are looked up here,
 * before the first search.
 */
#include "codec/ldap_filter.h"
#include "connectors/ldap/core.h"

#define FILTER_MAX_BYTES 262144U

struct check {
	const struct core *c;
	const struct conf_partition *partition; /* NULL: the connector's */
	struct err *e;
};

static int
refuse(const struct check *k, const char *what, struct text name)
{
	if (k->partition == NULL)
		return err_type(k->e, ERR_CONFIG,
		    "no-start-bad-ma-configuration",
		    "filter: %s \"%.*s\" is not in the directory's schema",
		    what, TEXT_ARGS(name));
	return err_type(k->e, ERR_CONFIG, "no-start-bad-ma-configuration",
	    "filter of partition \"%.*s\": %s \"%.*s\" is not in the "
	    "directory's schema",
	    TEXT_ARGS(k->partition->dn), what, TEXT_ARGS(name));
}

/* A server that tells of none may have any. */
static bool
has_match_rule(const struct core *c, struct text name)
{
	const char *const *own = c->flavour->match_rules;

	for (; own != NULL && *own != NULL; own++)
		if (text_is(name, *own))
			return true;
	return map_get(c->match_rules, name) != NULL ||
	       (c->flavour->match_rules == NULL &&
		   map_count(c->match_rules) == 0);
}

static int
item_check(void *ctx, const struct ldap_filter *f)
{
	const struct check *k = ctx;
	struct text name = ldap_filter_attr_name(f);

	if (name.len != 0 && map_get(k->c->attrs, name) == NULL)
		return refuse(k, "attribute", name);
	if (f->rule.len != 0 && !has_match_rule(k->c, f->rule))
		return refuse(k, "matching rule", f->rule);
	return 0;
}

static int
filter_check(const struct core *c, const struct conf_partition *partition,
    struct text filter, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct check k = {.c = c, .partition = partition, .e = e};
	struct ldap_filter *f = NULL;
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (filter.len == 0)
		return 0;
	r = ldap_filter_parse(a, filter, &f, e);
	return r == 0 ? ldap_filter_each(f, item_check, &k) : r;
}

static int
combine(struct core *c, struct text filter, const char **out, struct err *e)
{
	struct buf b;
	int r;

	buf_init(&b, FILTER_MAX_BYTES);
	if (c->conf->filter.len + filter.len == 0)
		buf_puts(&b, c->class_filter);
	else
		buf_printf(&b, "(&%s%.*s%.*s)", c->class_filter,
		    TEXT_ARGS(c->conf->filter), TEXT_ARGS(filter));
	r = buf_error(&b);
	if (r == 0) {
		struct text t = buf_text(&b);

		*out = arena_strndup(c->arena, t.data, t.len);
		r = *out != NULL ? 0 : ERR_NOMEM;
	}
	buf_clear(&b);
	return r == 0 ? 0 : err_set(e, r, "out of memory");
}

int
core_filters_load(struct core *c, struct err *e)
{
	const struct conf_partitions *list = &c->conf->partitions;
	int r = filter_check(c, NULL, c->conf->filter, e);

	c->filters =
	    arena_array(c->arena, list->count + 1, sizeof(*c->filters));
	if (c->filters == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (r == 0)
		r = combine(c, TEXT(""), &c->filters[list->count], e);
	for (size_t i = 0; r == 0 && i < list->count; i++) {
		r = filter_check(c, &list->items[i], list->items[i].filter, e);
		if (r == 0)
			r = combine(
			    c, list->items[i].filter, &c->filters[i], e);
	}
	return r;
}

const char *
core_filter(const struct core *c, const struct conf_partition *partition)
{
	const struct conf_partitions *list = &c->conf->partitions;

	return c->filters[partition != NULL ? (size_t)(partition - list->items)
					    : list->count];
}

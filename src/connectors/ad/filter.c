/* connectors/ad/filter.c -- the attributes that filters look at. */
#include "codec/ldap_filter.h"
#include "connectors/ad/ad_int.h"

struct names_taken {
	struct arena *arena;
	const char **list;
	size_t count;
};

static int
take(void *ctx, const struct ldap_filter *f)
{
	struct names_taken *t = ctx;
	struct text name = ldap_filter_attr_name(f);

	if (name.len == 0)
		return 0;
	for (size_t i = 0; i < t->count; i++)
		if (text_is_nocase(name, t->list[i]))
			return 0;
	if (t->count == LDAP_FILTER_MAX_NODES)
		return ERR_LIMIT;
	t->list[t->count] = arena_strndup(t->arena, name.data, name.len);
	return t->list[t->count++] != NULL ? 0 : ERR_NOMEM;
}

static int
take_all(struct names_taken *t, struct text filter)
{
	struct ldap_filter *f = NULL;
	int r;

	if (filter.len == 0)
		return 0;
	r = ldap_filter_parse(t->arena, filter, &f, NULL);
	return r == 0 ? ldap_filter_each(f, take, t) : r;
}

int
filter_attrs(struct core *c, const struct conf_partition *p, struct arena *a,
    const char ***out, size_t *out_count)
{
	struct names_taken t = {.arena = a,
	    .list = arena_array(a, LDAP_FILTER_MAX_NODES, sizeof(char *))};
	int r = t.list != NULL ? 0 : ERR_NOMEM;

	if (r == 0)
		r = take_all(&t, c->conf->filter);
	if (r == 0 && p != NULL)
		r = take_all(&t, p->filter);
	*out = t.list;
	*out_count = t.count;
	return r;
}

/* connectors/ldap/look.c -- one object, whatever leaves it out of an import,
 * and which setting does. */
#include "codec/ldap_filter.h"
#include "connectors/ldap/core.h"
#include "connectors/scope.h"

#define FILTER_MAX_BYTES 65536U
#define ANY              "(objectClass=*)"

/* One question. */
struct look {
	struct core *c;
	struct arena *arena;
	struct connector_look *out;
	const struct conf_partition *partition; /* NULL: none of its own */
	struct text key;                        /* of the DN */
	struct err *e;
};

/* 1: base (with depth) has an object for the filter, *out is it. */
static int
read_one(struct look *l, const struct ldap_query *from, const char *filter,
    struct ldap_item *out)
{
	static const char *const attrs[] = {"objectClass", NULL};
	struct ldap_query q = *from;
	int r;

	q.filter = filter;
	q.attrs = attrs;
	q.flags = l->c->flavour->query_flags | LDAP_QUERY_NO_PAGES;
	r = ldap_session_read(l->c->session, &q, l->arena, out, l->e);
	if (r == ERR_NOENT)
		return 0;
	return r < 0 ? r : 1;
}

/* The object itself against a filter. */
static int
matches(struct look *l, const char *filter)
{
	struct ldap_query q = {.depth = LDAP_DEPTH_BASE};
	struct ldap_item item;

	q.base = arena_strndup(l->arena, l->out->dn.data, l->out->dn.len);
	if (q.base == NULL)
		return err_set(l->e, ERR_NOMEM, "out of memory");
	return read_one(l, &q, filter, &item);
}

static void
leave(struct look *l, enum connector_leaves by, struct text setting,
    struct text value)
{
	l->out->leaves = by;
	l->out->setting = setting;
	l->out->value = value;
}

/* ---- Where it lies ---- */

/* The nearest partition above it, and whether it is read. */
static int
find_partition(struct look *l, bool *out_selected)
{
	struct partition *list = NULL;
	struct text best = TEXT("");
	size_t n = 0;
	int r = core_partitions(&l->c->base, &list, &n, l->e);

	*out_selected = false;
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct text key;

		if (dn_key(l->arena, list[i].name, &key) < 0)
			return err_set(l->e, ERR_NOMEM, "out of memory");
		if (!dn_key_is_below(l->key, key) || key.len < best.len)
			continue;
		best = key;
		*out_selected = list[i].selected;
		l->partition =
		    core_partition_conf(l->c, list[i].name, l->arena);
	}
	return r;
}

static int
by_container(struct look *l)
{
	const struct conf_partition *p = l->partition;
	CLEANUP(scope_freep)
	struct scope *s = NULL;
	struct text container;

	if (p == NULL || p->include.count + p->exclude.count == 0)
		return 0;
	s = scope_new(p->include.items, p->include.count, p->exclude.items,
	    p->exclude.count);
	if (s == NULL)
		return err_set(l->e, ERR_NOMEM, "out of memory");
	if (scope_decides(s, l->key, &container))
		return 0;
	container = text_dup(l->arena, container);
	leave(l, LEAVES_CONTAINER,
	    container.len != 0 ? TEXT("exclude") : TEXT("include"),
	    container.len != 0 ? container : p->dn);
	return 0;
}

/* ---- What it is ---- */

static struct text
joined(struct look *l, const struct ldap_attr *a)
{
	struct buf b;
	struct text t;

	buf_init(&b, FILTER_MAX_BYTES);
	for (size_t i = 0; a != NULL && i < a->count; i++)
		buf_printf(
		    &b, "%s%.*s", i > 0 ? ", " : "", TEXT_ARGS(a->values[i]));
	t = text_dup(l->arena, buf_text(&b));
	buf_clear(&b);
	return t;
}

static int
by_class(struct look *l, const struct ldap_item *item)
{
	const struct ldap_attr *classes = ldap_item_find(item, "objectClass");
	const struct core_class *k = NULL;
	int r;

	if (classes != NULL && core_class_of(l->c, classes, &k) < 0)
		return err_set(l->e, ERR_NOMEM, "out of memory");
	r = k != NULL && k->selected ? matches(l, l->c->class_filter) : 0;
	if (r == 0)
		leave(l, LEAVES_CLASS, TEXT("object_classes"),
		    joined(l, classes));
	return r < 0 ? r : 0;
}

/* The part of an AND that does not hold; the whole where it is none. */
static int
failing_part(struct look *l, struct text filter, struct text *out)
{
	struct ldap_filter *f = NULL;
	int r = ldap_filter_parse(l->arena, filter, &f, l->e);

	*out = filter;
	if (r < 0 || f->kind != LDAP_FILTER_AND)
		return r;
	for (struct ldap_filter *i = f->first; i != NULL; i = i->next) {
		struct ldap_filter *beside = i->next;
		struct text part;
		struct buf b;

		buf_init(&b, FILTER_MAX_BYTES);
		i->next = NULL;
		ldap_filter_format(i, &b);
		i->next = beside;
		part = text_dup(l->arena, buf_text(&b));
		buf_clear(&b);
		r = part.data == NULL ? ERR_NOMEM : matches(l, part.data);
		if (r < 0)
			return r;
		if (r == 0) {
			*out = part;
			return 0;
		}
	}
	return 0;
}

static int
by_filter(struct look *l, struct text filter, struct text setting)
{
	const char *text = arena_strndup(l->arena, filter.data, filter.len);
	struct text part;
	int r;

	if (filter.len == 0 || l->out->leaves != LEAVES_NOTHING)
		return 0;
	r = text == NULL ? err_set(l->e, ERR_NOMEM, "out of memory")
			 : matches(l, text);
	if (r != 0)
		return r < 0 ? r : 0;
	r = failing_part(l, filter, &part);
	if (r == 0)
		leave(l, LEAVES_FILTER, setting, part);
	return r;
}

/* ---- Finding it ---- */

static int
by_dn(struct look *l, struct text dn, struct ldap_item *out)
{
	struct ldap_query q = {.depth = LDAP_DEPTH_BASE};
	bool selected;
	int r;

	q.base = arena_strndup(l->arena, dn.data, dn.len);
	if (q.base == NULL || dn_key(l->arena, dn, &l->key) < 0)
		return err_set(l->e, ERR_NOMEM, "out of memory");
	r = find_partition(l, &selected);
	if (r == 0)
		r = core_use(l->c, l->partition, l->e);
	return r < 0 ? r : read_one(l, &q, ANY, out);
}

static const char *
value_filter(struct look *l, const struct connector_question *q)
{
	static const char *const names[] = {"userPrincipalName", "mail",
	    "proxyAddresses", "sAMAccountName", "uid", "displayName", "cn"};
	const char *p;
	struct buf b;

	buf_init(&b, FILTER_MAX_BYTES);
	buf_puts(&b, "(|");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct text name =
		    q->attr.len != 0 ? q->attr : text_of(names[i]);

		if (map_get(l->c->attrs, name) == NULL)
			continue;
		buf_printf(&b, "(%.*s=", TEXT_ARGS(name));
		(void)core_filter_value(&b, q->value);
		buf_putc(&b, ')');
		if (q->attr.len != 0)
			break;
	}
	buf_putc(&b, ')');
	p = b.len > 3 && buf_error(&b) == 0
		? arena_strndup(l->arena, buf_text(&b).data, b.len)
		: NULL;
	buf_clear(&b);
	return p;
}

/* In each partition that is read. */
static int
by_value(
    struct look *l, const struct connector_question *q, struct ldap_item *out)
{
	struct ldap_query tree = {.depth = LDAP_DEPTH_TREE};
	const char *filter = value_filter(l, q);
	struct partition *list = NULL;
	size_t n = 0;
	int r = core_partitions(&l->c->base, &list, &n, l->e);

	if (filter == NULL)
		return 0; /* the directory has no such attribute */
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (!list[i].selected)
			continue;
		tree.base = arena_strndup(
		    l->arena, list[i].name.data, list[i].name.len);
		r = core_use(l->c,
		    core_partition_conf(l->c, list[i].name, l->arena), l->e);
		if (r == 0)
			r = tree.base == NULL
				? err_set(l->e, ERR_NOMEM, "out of memory")
				: read_one(l, &tree, filter, out);
	}
	return r;
}

static int
find(struct look *l, const struct connector_question *q)
{
	struct ldap_item item = {0};
	struct text dn = q->dn;
	bool selected = true;
	int r = dn.len != 0 ? by_dn(l, dn, &item) : by_value(l, q, &item);

	if (r < 1)
		return r;
	l->out->there = true;
	r = l->c->flavour->name(l->arena, item.dn, &dn, NULL);
	if (r < 0 || dn_key(l->arena, dn, &l->key) < 0)
		return err_set(l->e, ERR_NOMEM, "out of memory");
	l->out->dn = text_dup(l->arena, dn);
	r = find_partition(l, &selected);
	if (r == 0 && !selected)
		leave(l, LEAVES_PARTITION, TEXT("partitions"), dn);
	if (r == 0 && selected)
		r = by_container(l);
	if (r == 0 && l->out->leaves == LEAVES_NOTHING)
		r = by_class(l, &item);
	if (r == 0)
		r = by_filter(l, l->c->conf->filter, TEXT("filter"));
	if (r == 0 && l->partition != NULL)
		r = by_filter(
		    l, l->partition->filter, TEXT("partitions: filter"));
	return r;
}

int
core_look(struct connector *connector, const struct connector_question *q,
    struct arena *a, struct connector_look *out, struct err *e)
{
	struct core *c = (struct core *)connector;
	struct look l = {.c = c, .arena = a, .out = out, .e = e};
	int r;

	*out = (struct connector_look){0};
	r = find(&l, q);
	(void)core_use(c, NULL, NULL);
	return r < 0 ? r : 0;
}

/* rules/site_diff.c -- see site_diff.h. */
#include "rules/site_diff.h"

struct comparison {
	const struct confsrc *a, *b;
	struct arena *arena;
	const size_t *match; /* of a's connectors in b */
	bool same_form;
	int failed;
};

static void
push(struct comparison *c, struct setting_changes *list, struct text name,
    struct text before, struct text after)
{
	size_t size = list->size == 0 ? 8 : list->size * 2;
	struct setting_change *more;

	if (text_equal(before, after) || c->failed < 0)
		return;
	if (list->count == list->size) {
		more = arena_array(c->arena, size, sizeof(*more));
		if (more == NULL) {
			c->failed = ERR_NOMEM;
			return;
		}
		if (list->count > 0)
			memcpy(more, list->items, list->count * sizeof(*more));
		list->items = more;
		list->size = size;
	}
	list->items[list->count++] = (struct setting_change){.name = name,
	    .kind = before.len == 0  ? CHANGE_ADDED
		    : after.len == 0 ? CHANGE_REMOVED
				     : CHANGE_CHANGED,
	    .before = before,
	    .after = after};
}

/* ---- Maps and lists ---- */

static const struct conf_pair *
pair_find(const struct conf_map *m, struct text name)
{
	for (size_t i = 0; i < m->count; i++)
		if (text_equal(m->items[i].name, name))
			return &m->items[i];
	return NULL;
}

/* Of two forms only what both have is compared. */
static void
compare_maps(struct comparison *c, const struct conf_map *a,
    const struct conf_map *b, struct setting_changes *out)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct conf_pair *x = &a->items[i];
		const struct conf_pair *y = pair_find(b, x->name);

		if (y != NULL)
			push(c, out, x->name, x->value, y->value);
		else if (c->same_form)
			push(c, out, x->name, x->value, TEXT(""));
	}
	for (size_t i = 0; i < b->count && c->same_form; i++)
		if (pair_find(a, b->items[i].name) == NULL)
			push(c, out, b->items[i].name, TEXT(""),
			    b->items[i].value);
}

static bool
has_text(const struct conf_texts *list, struct text t)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_equal_nocase(list->items[i], t))
			return true;
	return false;
}

/* One entry for each text that one side has alone. */
static void
compare_texts(struct comparison *c, struct text name,
    const struct conf_texts *a, const struct conf_texts *b,
    struct setting_changes *out)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].len > 0 && !has_text(b, a->items[i]))
			push(c, out, name, a->items[i], TEXT(""));
	for (size_t i = 0; i < b->count; i++)
		if (b->items[i].len > 0 && !has_text(a, b->items[i]))
			push(c, out, name, TEXT(""), b->items[i]);
}

/* ---- Connectors ---- */

static const struct conf_partition *
partition_find(const struct conf_partitions *list, struct text dn)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_equal_nocase(list->items[i].dn, dn))
			return &list->items[i];
	return NULL;
}

static struct text
label(struct comparison *c, struct text dn, const char *what)
{
	const char *p = arena_printf(c->arena, "%.*s: %s", TEXT_ARGS(dn), what);

	if (p == NULL)
		c->failed = ERR_NOMEM;
	return text_of(p);
}

/* The partition itself included is as much as nothing included. */
static struct conf_texts
included(const struct conf_partition *p)
{
	bool all = p->include.count == 1 &&
		   text_equal_nocase(p->include.items[0], p->dn);

	return all ? (struct conf_texts){0} : p->include;
}

static void
compare_partition(struct comparison *c, const struct conf_partition *a,
    const struct conf_partition *b, struct setting_changes *out)
{
	struct conf_texts x = included(a), y = included(b);

	compare_texts(c, label(c, a->dn, "include"), &x, &y, out);
	compare_texts(
	    c, label(c, a->dn, "exclude"), &a->exclude, &b->exclude, out);
}

static bool
knows_partitions(const struct confsrc_connector *c)
{
	return c->partitions.count > 0;
}

static void
compare_partitions(struct comparison *c, struct connector_pair *p)
{
	const struct conf_partitions *a = &p->a->partitions;
	const struct conf_partitions *b = &p->b->partitions;

	/* ours may leave them to the directory, a script has none */
	if (!c->same_form &&
	    (!knows_partitions(p->a) || !knows_partitions(p->b)))
		return;
	for (size_t i = 0; i < a->count; i++) {
		const struct conf_partition *y =
		    partition_find(b, a->items[i].dn);

		if (y != NULL)
			compare_partition(c, &a->items[i], y, &p->changes);
		else
			push(c, &p->changes, TEXT("partition"), a->items[i].dn,
			    TEXT(""));
	}
	for (size_t i = 0; i < b->count; i++)
		if (partition_find(a, b->items[i].dn) == NULL)
			push(c, &p->changes, TEXT("partition"), TEXT(""),
			    b->items[i].dn);
}

static void
compare_connector(struct comparison *c, struct connector_pair *p)
{
	bool scripts = c->a->form == CONFSRC_POWERSHELL ||
		       c->b->form == CONFSRC_POWERSHELL;

	if (scripts)
		return; /* it tells of a connector only that it is one */
	push(c, &p->changes, TEXT("name"), p->a->name, p->b->name);
	push(c, &p->changes, TEXT("kind"), p->a->kind, p->b->kind);
	compare_partitions(c, p);
	if (p->a->classes.count > 0 && p->b->classes.count > 0)
		compare_texts(c, TEXT("object types"), &p->a->classes,
		    &p->b->classes, &p->changes);
	if (p->a->attributes.count > 0 && p->b->attributes.count > 0)
		compare_texts(c, TEXT("attributes"), &p->a->attributes,
		    &p->b->attributes, &p->changes);
	compare_maps(c, &p->a->settings, &p->b->settings, &p->changes);
}

static int
compare_connectors(struct comparison *c, struct site_diff *out)
{
	size_t n = c->a->connector_count + c->b->connector_count;
	bool *taken = arena_array(c->arena, n + 1, sizeof(*taken));

	out->connectors =
	    arena_array(c->arena, n + 1, sizeof(*out->connectors));
	if (taken == NULL || out->connectors == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < c->a->connector_count; i++) {
		struct connector_pair *p =
		    &out->connectors[out->connector_count++];

		p->a = &c->a->connectors[i];
		if (c->match[i] == c->b->connector_count)
			continue;
		taken[c->match[i]] = true;
		p->b = &c->b->connectors[c->match[i]];
		compare_connector(c, p);
	}
	for (size_t k = 0; k < c->b->connector_count; k++)
		if (!taken[k])
			out->connectors[out->connector_count++].b =
			    &c->b->connectors[k];
	return c->failed;
}

/* ---- Rules ---- */

static struct text
as_in_a(void *ctx, struct text name)
{
	(void)ctx;
	return name;
}

/* What a connector of b is called in a. */
static struct text
as_in_b(void *ctx, struct text name)
{
	const struct comparison *c = ctx;
	const struct confsrc_connector *y = confsrc_connector_find(c->b, name);

	for (size_t i = 0; i < c->a->connector_count && y != NULL; i++)
		if (c->match[i] == (size_t)(y - c->b->connectors))
			return c->a->connectors[i].name;
	/* another connector, perhaps of a name that a has for one */
	return text_of(arena_printf(c->arena, "%.*s of b", TEXT_ARGS(name)));
}

static int
compare_rules(struct comparison *c, struct site_diff *out)
{
	struct rule_side a = {.rules = c->a->rules,
	    .count = c->a->rule_count,
	    .connector = as_in_a};
	struct rule_side b = {.rules = c->b->rules,
	    .count = c->b->rule_count,
	    .connector = as_in_b,
	    .ctx = c};

	return rules_compare(
	    c->a->names, &a, &b, c->arena, &out->rules, &out->rule_count);
}

int
site_compare(const struct confsrc *a, const struct confsrc *b,
    struct arena *arena, struct site_diff *out)
{
	struct comparison c = {
	    .a = a, .b = b, .arena = arena, .same_form = a->form == b->form};
	size_t *match;
	int rc;

	*out = (struct site_diff){0};
	if ((rc = confsrc_match(a, b, arena, &match)) < 0)
		return rc;
	c.match = match;
	if ((rc = compare_connectors(&c, out)) < 0)
		return rc;
	compare_maps(&c, &a->settings, &b->settings, &out->settings);
	return c.failed < 0 ? c.failed : compare_rules(&c, out);
}

bool
rule_pair_differs(const struct rule_pair *p)
{
	if (p->a == NULL || p->b == NULL)
		return true;
	for (size_t i = 0; i < p->changes.count; i++)
		if (!p->changes.items[i].moved)
			return true;
	return false;
}

bool
site_differs(const struct site_diff *d)
{
	for (size_t i = 0; i < d->connector_count; i++)
		if (d->connectors[i].a == NULL || d->connectors[i].b == NULL ||
		    d->connectors[i].changes.count > 0)
			return true;
	for (size_t i = 0; i < d->rule_count; i++)
		if (rule_pair_differs(&d->rules[i]))
			return true;
	return d->settings.count > 0;
}

/* rules/vendor/dsml.c -- a schema in DSML version 1: attributes by id, classes
 * with what they inherit and what content rules give them. */
#include <stdlib.h>

#include "rules/vendor/vendor_int.h"

#define MAX_INHERIT 64U /* classes above each other */

/* ---- Types ---- */

/* docs/engine/model.md 1.3 */
static const struct {
	const char *oid;
	enum value_type type;
} syntaxes[] = {
    {"1.3.6.1.4.1.1466.115.121.1.15", VALUE_STRING},
    {"1.3.6.1.4.1.1466.115.121.1.26", VALUE_STRING},
    {"1.3.6.1.4.1.1466.115.121.1.44", VALUE_STRING},
    {"1.3.6.1.4.1.1466.115.121.1.36", VALUE_STRING},
    {"1.3.6.1.4.1.1466.115.121.1.38", VALUE_STRING},
    {"1.3.6.1.4.1.1466.115.121.1.43", VALUE_STRING}, /* presentation */
    {"1.3.6.1.4.1.1466.115.121.1.24", VALUE_STRING},
    {"1.3.6.1.4.1.1466.115.121.1.53", VALUE_STRING},
    {"1.2.840.113556.1.4.905", VALUE_STRING},
    {"1.2.840.113556.1.4.1362", VALUE_STRING},
    {"1.3.6.1.4.1.1466.115.121.1.27", VALUE_INTEGER},
    {"1.2.840.113556.1.4.906", VALUE_INTEGER},
    {"1.3.6.1.4.1.1466.115.121.1.7", VALUE_BOOLEAN},
    {"1.3.6.1.4.1.1466.115.121.1.5", VALUE_BINARY},
    {"1.3.6.1.4.1.1466.115.121.1.40", VALUE_BINARY},
    {"1.2.840.113556.1.4.907", VALUE_BINARY},
    {"1.3.6.1.4.1.1466.115.121.1.12", VALUE_REFERENCE},
    {"1.2.840.113556.1.4.1221", VALUE_REFERENCE},
    {"1.2.840.113556.1.4.903", VALUE_DN_BINARY},
    {"1.2.840.113556.1.4.904", VALUE_REFERENCE},
};

static enum value_type
type_of(struct vendor_file *f, const struct xml_node *n, struct text name)
{
	struct text oid = xml_child_text(n, "syntax");

	for (size_t i = 0; i < sizeof(syntaxes) / sizeof(*syntaxes); i++)
		if (text_is(oid, syntaxes[i].oid))
			return syntaxes[i].type;
	vendor_problem(f, false, n, name,
	    "schema: syntax \"%.*s\" is not known: read as a string",
	    TEXT_ARGS(oid));
	return VALUE_STRING;
}

/* ---- Attributes and classes by id ---- */

struct set {
	uint64_t *words;
};

struct class_form {
	const struct xml_node *node;
	const struct xml_node *content; /* dit-content-rule, or NULL */
	uint32_t name;
	struct set all; /* filled when resolved */
	bool resolved;
};

struct dsml {
	struct vendor_file *f;
	struct arena *a;
	struct map *attrs_by_id;   /* to a slot of names */
	struct map *classes_by_id; /* to struct class_form */
	uint32_t *names;
	size_t attr_count;
	struct class_form *classes;
	size_t class_count;
	size_t words;
	struct schema *schema;
};

static size_t
count_named(const struct xml_node *n, const char *name)
{
	size_t count = 0;

	for (n = xml_child(n, name); n != NULL; n = xml_next(n, name))
		count++;
	return count;
}

static bool
is_false(struct text t)
{
	return text_is_nocase(t, "false") || text_is(t, "0");
}

static int
add_attribute(struct dsml *d, const struct xml_node *n)
{
	struct text name = xml_child_text(n, "name");
	struct schema_attr a = {
	    .name = vendor_name(d->f, n, name),
	    .multi = !vendor_is_true(xml_attr(n, "single-value")),
	    .read_only = is_false(xml_attr(n, "user-modification")),
	    .indexed = vendor_is_true(xml_attr(n, "indexable")) ||
		       vendor_is_true(xml_attr(n, "indexed")),
	};
	struct err e = {0};
	int r;

	if (a.name == 0)
		return 0;
	a.type = type_of(d->f, n, name);
	d->names[d->attr_count] = a.name;
	r = map_put(
	    d->attrs_by_id, xml_attr(n, "id"), &d->names[d->attr_count]);
	d->attr_count++;
	if (r < 0)
		return r;
	r = schema_add(d->schema, a, &e);
	if (r == ERR_NOMEM)
		return r;
	if (r < 0)
		vendor_problem(d->f, true, n, name, "schema: %s", e.text);
	return 0;
}

static int
add_class(struct dsml *d, const struct xml_node *n)
{
	struct class_form *c = &d->classes[d->class_count];

	c->node = n;
	c->name = vendor_name(d->f, n, xml_child_text(n, "name"));
	if (c->name == 0)
		return 0;
	d->class_count++;
	return map_put(d->classes_by_id, xml_attr(n, "id"), c);
}

static int
read_ids(struct dsml *d, const struct xml_node *dir)
{
	int r = 0;

	for (const struct xml_node *n = xml_child(dir, "attribute-type");
	     n != NULL && r == 0; n = xml_next(n, "attribute-type"))
		r = add_attribute(d, n);
	for (const struct xml_node *n = xml_child(dir, "class");
	     n != NULL && r == 0; n = xml_next(n, "class"))
		r = add_class(d, n);
	for (const struct xml_node *n = xml_child(dir, "dit-content-rule");
	     n != NULL && r == 0; n = xml_next(n, "dit-content-rule")) {
		struct class_form *c =
		    map_get(d->classes_by_id, xml_attr(n, "id"));

		if (c != NULL)
			c->content = n;
		else
			vendor_problem(d->f, false, n, (struct text){0},
			    "schema: a content rule for class \"%.*s\", which "
			    "is not there",
			    TEXT_ARGS(xml_attr(n, "id")));
	}
	return r;
}

/* ---- What a class has ---- */

/* "#A1" to what has the id A1; NULL is told. */
static void *
by_ref(struct dsml *d, const struct map *map, const struct xml_node *n,
    const char *attr)
{
	struct text ref = xml_attr(n, attr);
	void *found = NULL;

	if (ref.len > 1 && ref.data[0] == '#')
		found = map_get(map, (struct text){ref.data + 1, ref.len - 1});
	if (found == NULL)
		vendor_problem(d->f, false, n, (struct text){0},
		    "schema: \"%.*s\" is not there", TEXT_ARGS(ref));
	return found;
}

static void
add_own(struct dsml *d, const struct xml_node *n, struct set *out)
{
	for (n = xml_child(n, "attribute"); n != NULL;
	     n = xml_next(n, "attribute")) {
		const uint32_t *slot = by_ref(d, d->attrs_by_id, n, "ref");
		size_t i = slot == NULL ? 0 : (size_t)(slot - d->names);

		if (slot != NULL)
			out->words[i / 64] |= UINT64_C(1) << (i % 64);
	}
}

static int resolve(struct dsml *d, struct class_form *c, unsigned depth);

static int
// NOLINTNEXTLINE(misc-no-recursion): MAX_INHERIT
add_class_of(
    struct dsml *d, struct class_form *from, struct set *out, unsigned depth)
{
	int r = from == NULL ? 0 : resolve(d, from, depth + 1);

	for (size_t i = 0; from != NULL && r == 0 && i < d->words; i++)
		out->words[i] |= from->all.words[i];
	return r;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): MAX_INHERIT
resolve(struct dsml *d, struct class_form *c, unsigned depth)
{
	const struct xml_node *n = c->node;
	int r = 0;

	if (c->all.words != NULL) /* done, or above itself */
		return 0;
	c->all.words = arena_array(d->a, d->words, sizeof(uint64_t));
	if (c->all.words == NULL)
		return ERR_NOMEM;
	if (depth > MAX_INHERIT) {
		vendor_problem(d->f, false, n, (struct text){0},
		    "schema: classes over %u deep", MAX_INHERIT);
		return 0;
	}
	add_own(d, n, &c->all);
	if (xml_has_attr(n, "superior"))
		r = add_class_of(d, by_ref(d, d->classes_by_id, n, "superior"),
		    &c->all, depth);
	if (c->content == NULL)
		return r;
	add_own(d, c->content, &c->all);
	for (n = xml_child(c->content, "aux-class"); n != NULL && r == 0;
	     n = xml_next(n, "aux-class"))
		r = add_class_of(
		    d, by_ref(d, d->classes_by_id, n, "ref"), &c->all, depth);
	return r;
}

static int
compare_names(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
names_finish(struct vendor_names *list)
{
	size_t n = 0;

	if (list->count > 1)
		qsort(list->items, list->count, sizeof(*list->items),
		    compare_names);
	for (size_t i = 0; i < list->count; i++)
		if (n == 0 || list->items[n - 1] != list->items[i])
			list->items[n++] = list->items[i];
	list->count = n;
}

static int
to_names(struct dsml *d, const struct set *s, struct vendor_names *out)
{
	size_t n = 0;

	for (size_t i = 0; i < d->words; i++)
		n += (size_t)__builtin_popcountll(s->words[i]);
	out->items = arena_array(d->a, n + 1, sizeof(*out->items));
	if (out->items == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < d->attr_count; i++)
		if ((s->words[i / 64] >> (i % 64) & 1U) != 0)
			out->items[out->count++] = d->names[i];
	names_finish(out);
	return 0;
}

static int
anchors_of(
    struct dsml *d, const struct xml_node *class, struct vendor_names *out)
{
	out->items = arena_array(d->a, class->count + 1, sizeof(*out->items));
	if (out->items == NULL)
		return ERR_NOMEM;
	for (const struct xml_node *n = xml_child(class, "attribute");
	     n != NULL; n = xml_next(n, "attribute")) {
		const uint32_t *slot = vendor_is_true(xml_attr(n, "isAnchor"))
					   ? by_ref(d, d->attrs_by_id, n, "ref")
					   : NULL;

		if (slot != NULL)
			out->items[out->count++] = *slot;
	}
	names_finish(out);
	return 0;
}

static int
finish_class(struct dsml *d, struct class_form *c, struct vendor_class *out)
{
	int r = resolve(d, c, 0);

	out->name = c->name;
	out->type = xml_attr(c->node, "type");
	if (r == 0)
		r = to_names(d, &c->all, &out->attributes);
	if (r == 0)
		r = anchors_of(d, c->node, &out->anchors);
	if (r == 0 && !text_is(out->type, "abstract") &&
	    !text_is(out->type, "auxiliary"))
		r = schema_add_type(d->schema, c->name);
	return r;
}

static int
read_all(struct dsml *d, const struct xml_node *dir, struct vendor_schema *out)
{
	int r = read_ids(d, dir);

	d->words = d->attr_count / 64 + 1;
	out->classes =
	    arena_array(d->a, d->class_count + 1, sizeof(*out->classes));
	if (r == 0 && out->classes == NULL)
		r = ERR_NOMEM;
	for (size_t i = 0; i < d->class_count && r == 0; i++)
		r = finish_class(d, &d->classes[i], &out->classes[i]);
	out->class_count = d->class_count;
	return r;
}

int
vendor_dsml_read(struct vendor_file *f, const struct xml_node *schema,
    struct vendor_schema *out)
{
	CLEANUP(arena_freep)
	struct arena *scratch = arena_new(0);
	CLEANUP(map_freep)
	struct map *attrs = map_new(false);
	CLEANUP(map_freep)
	struct map *classes = map_new(false);
	const struct xml_node *dir = xml_path(schema, "dsml/directory-schema");
	size_t n = count_named(dir, "attribute-type");
	size_t m = count_named(dir, "class");
	struct dsml d = {.f = f,
	    .a = f->v->arena,
	    .attrs_by_id = attrs,
	    .classes_by_id = classes};

	*out = (struct vendor_schema){.schema = schema_new()};
	d.schema = out->schema;
	if (scratch == NULL || attrs == NULL || classes == NULL ||
	    d.schema == NULL)
		return ERR_NOMEM;
	if (dir == NULL) {
		vendor_problem(f, true, schema, (struct text){0},
		    "<schema> without dsml/directory-schema");
		return 0;
	}
	if (n > VENDOR_MAX_ATTRIBUTES || m > VENDOR_MAX_CLASSES) {
		vendor_problem(f, true, dir, (struct text){0},
		    "schema: over %u attributes or %u classes",
		    VENDOR_MAX_ATTRIBUTES, VENDOR_MAX_CLASSES);
		return 0;
	}
	vendor_unknown(f, dir, "attribute-type class dit-content-rule");
	d.names = arena_array(scratch, n + 1, sizeof(*d.names));
	d.classes = arena_array(scratch, m + 1, sizeof(*d.classes));
	if (d.names == NULL || d.classes == NULL)
		return ERR_NOMEM;
	return read_all(&d, dir, out);
}

bool
vendor_has_name(const struct vendor_names *list, uint32_t name)
{
	return list->count > 0 && bsearch(&name, list->items, list->count,
				      sizeof(name), compare_names) != NULL;
}

const struct vendor_class *
vendor_class_find(const struct vendor_class *list, size_t count, uint32_t name)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].name == name)
			return &list[i];
	return NULL;
}

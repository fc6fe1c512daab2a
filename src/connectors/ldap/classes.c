/*
 * connectors/ldap/classes.c -- object classes to object types.
 *
 * An entry has many classes; its type is that of the most derived one we
 * know, so that an own class below inetOrgPerson is an inetOrgPerson, and a
 * computer of Active Directory is no user.
 */
#include "base/buf.h"
#include "connectors/ldap/core.h"

#define DEPTH_MAX        32U
#define FILTER_MAX_BYTES 65536U

static const struct core_type *
type_find(const struct core_flavour *f, struct text class_name)
{
	for (const struct core_type *t = f->types; t->class_name != NULL; t++)
		if (text_is_nocase(class_name, t->class_name))
			return t;
	return NULL;
}

static uint32_t
class_depth(const struct core *c, struct text name)
{
	uint32_t depth = 0;

	for (; depth < DEPTH_MAX && name.len != 0; depth++) {
		const struct text *parent = map_get(c->parent, name);

		if (parent == NULL)
			break;
		name = *parent;
	}
	return depth;
}

static bool
class_is_below(const struct core *c, struct text name, struct text above)
{
	for (uint32_t i = 0; i < DEPTH_MAX && name.len != 0; i++) {
		const struct text *parent = map_get(c->parent, name);

		if (parent == NULL)
			return false;
		if (text_equal_nocase(*parent, above))
			return true;
		name = *parent;
	}
	return false;
}

static int
class_add(struct core *c, struct text name, const char *type, bool selected)
{
	struct core_class *k = &c->classes[c->class_count];
	struct text t = type != NULL ? text_of(type) : name;

	for (size_t i = 0; i < c->class_count; i++)
		if (text_equal_nocase(c->classes[i].name, name))
			return 0;
	if (c->class_count == CORE_CLASSES_MAX)
		return ERR_LIMIT;
	k->name = text_dup(c->arena, name);
	if (k->name.data == NULL)
		return ERR_NOMEM;
	k->depth = class_depth(c, name);
	k->selected = selected;
	c->class_count++;
	return names_intern(c->env.names, t, &k->type);
}

/* A class in a filter needs no escapes: names are letters, digits, '-'. */
static bool
class_name_plain(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		char ch = t.data[i];

		if (!(ch >= 'a' && ch <= 'z') && !(ch >= 'A' && ch <= 'Z') &&
		    !(ch >= '0' && ch <= '9') && ch != '-' && ch != '.' &&
		    ch != '_')
			return false;
	}
	return t.len != 0;
}

static bool
class_shadows(const struct core *c, const struct core_class *k)
{
	for (size_t i = 0; !k->selected && i < c->class_count; i++)
		if (c->classes[i].selected &&
		    class_is_below(c, k->name, c->classes[i].name))
			return true;
	return false;
}

/* (&(|(objectClass=user)(objectClass=group))(!(objectClass=computer))) */
static int
filter_build(struct core *c)
{
	struct buf b;
	int r;

	buf_init(&b, FILTER_MAX_BYTES);
	buf_puts(&b, "(&(|");
	for (size_t i = 0; i < c->class_count; i++)
		if (c->classes[i].selected)
			buf_printf(&b, "(objectClass=%.*s)",
			    TEXT_ARGS(c->classes[i].name));
	buf_puts(&b, ")");
	for (size_t i = 0; i < c->class_count; i++)
		if (class_shadows(c, &c->classes[i]))
			buf_printf(&b, "(!(objectClass=%.*s))",
			    TEXT_ARGS(c->classes[i].name));
	buf_puts(&b, ")");
	r = buf_error(&b);
	if (r == 0) {
		struct text t = buf_text(&b);

		c->class_filter = arena_strndup(c->arena, t.data, t.len);
		r = c->class_filter != NULL ? 0 : ERR_NOMEM;
	}
	buf_clear(&b);
	return r;
}

static int
selected_add(struct core *c, struct text name, struct err *e)
{
	const struct core_type *t = type_find(c->flavour, name);
	int r;

	if (!class_name_plain(name) || map_get(c->parent, name) == NULL)
		return err_type(e, ERR_CONFIG, "no-start-bad-ma-configuration",
		    "object_classes: \"%.*s\" is not in the directory's schema",
		    TEXT_ARGS(name));
	r = class_add(c, name, t != NULL ? t->type : NULL, true);
	if (r == ERR_LIMIT)
		return err_type(e, ERR_CONFIG, "no-start-bad-ma-configuration",
		    "object_classes: more than %u", CORE_CLASSES_MAX);
	return r;
}

int
core_classes_load(struct core *c, struct err *e)
{
	const struct conf_texts *list = &c->conf->object_classes;
	const struct core_type *t = c->flavour->types;
	int r = 0;

	if (list->count == 0)
		return err_type(e, ERR_CONFIG, "no-start-bad-ma-configuration",
		    "object_classes names none");
	for (size_t i = 0; r == 0 && i < list->count; i++)
		r = selected_add(c, list->items[i], e);
	for (; r == 0 && t->class_name != NULL; t++)
		if (t->apart)
			r = class_add(
			    c, text_of(t->class_name), t->type, false);
	return r != 0 ? r : filter_build(c);
}

/* Entries may name a class without those above it. */
static const struct core_class *
class_nearest(const struct core *c, struct text name)
{
	for (uint32_t i = 0; i < DEPTH_MAX && name.len != 0; i++) {
		const struct text *parent = map_get(c->parent, name);

		for (size_t k = 0; k < c->class_count; k++)
			if (text_equal_nocase(c->classes[k].name, name))
				return &c->classes[k];
		if (parent == NULL)
			break;
		name = *parent;
	}
	return NULL;
}

int
core_class_of(struct core *c, const struct ldap_attr *object_class,
    const struct core_class **out)
{
	static const struct core_class unknown = {0};
	const struct core_class *best = &unknown;

	for (size_t i = 0; i < object_class->count; i++) {
		struct text name = object_class->values[i];
		struct core_class *have = map_get(c->class_of, name);

		if (have == NULL) {
			const struct core_class *near = class_nearest(c, name);
			union {
				const struct core_class *in;
				struct core_class *out;
			} u = {.in = near != NULL ? near : &unknown};

			have = u.out;
			if (map_put(c->class_of, name, have) != 0)
				return ERR_NOMEM;
		}
		if (have->depth > best->depth)
			best = have;
	}
	*out = best != &unknown ? best : NULL;
	return 0;
}

const struct core_class *
core_class_of_type(const struct core *c, uint32_t type)
{
	for (size_t i = 0; i < c->class_count; i++)
		if (c->classes[i].selected && c->classes[i].type == type)
			return &c->classes[i];
	return NULL;
}

/* model/schema.c -- see schema.h. */
#include "model/schema.h"

struct schema {
	struct schema_attr *attrs;
	size_t count, size;
	uint32_t *types;
	size_t type_count, type_size;
	/* attrs by name: index + 1, 0 none */
	uint32_t *by_name;
	size_t by_name_size;
};

struct schema *
schema_new(void)
{
	return calloc(1, sizeof(struct schema));
}

struct schema *
schema_free(struct schema *s)
{
	if (s != NULL) {
		free(s->attrs);
		free(s->types);
		free(s->by_name);
		free(s);
	}
	return NULL;
}

/* Room for one more item of the list; 0 or ERR_NOMEM. */
static int
list_room(void **list, size_t count, size_t *size, size_t item)
{
	size_t bigger = *size != 0 ? *size * 2 : 64;
	void *p;

	if (count < *size)
		return 0;
	p = realloc(*list, bigger * item);
	if (p == NULL)
		return ERR_NOMEM;
	*list = p;
	*size = bigger;
	return 0;
}

static int
index_room(struct schema *s, uint32_t name)
{
	size_t size = (size_t)name + 256;
	uint32_t *p;

	if (name < s->by_name_size)
		return 0;
	p = realloc(s->by_name, size * sizeof(*p));
	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = s->by_name_size; i < size; i++)
		p[i] = 0;
	s->by_name = p;
	s->by_name_size = size;
	return 0;
}

int
schema_set(struct schema *s, struct schema_attr attr)
{
	const struct schema_attr *have = schema_find(s, attr.name);

	if (have == NULL)
		return schema_add(s, attr, NULL);
	s->attrs[have - s->attrs] = attr;
	return 0;
}

int
schema_add(struct schema *s, struct schema_attr attr, struct err *e)
{
	const struct schema_attr *have = schema_find(s, attr.name);
	void *list = s->attrs;
	int r;

	if (have != NULL && have->type == attr.type &&
	    have->multi == attr.multi)
		return 0;
	if (have != NULL)
		return err_set(e, ERR_EXIST,
		    "attribute declared as %s and as %s%s",
		    value_type_name(have->type), value_type_name(attr.type),
		    have->type == attr.type ? ", once single, once multi" : "");
	r = list_room(&list, s->count, &s->size, sizeof(*s->attrs));
	s->attrs = list;
	if (r == 0)
		r = index_room(s, attr.name);
	if (r < 0)
		return err_set(e, r, "schema: out of memory");
	s->attrs[s->count++] = attr;
	s->by_name[attr.name] = (uint32_t)s->count;
	return 0;
}

const struct schema_attr *
schema_find(const struct schema *s, uint32_t name)
{
	if (name >= s->by_name_size || s->by_name[name] == 0)
		return NULL;
	return &s->attrs[s->by_name[name] - 1];
}

size_t
schema_count(const struct schema *s)
{
	return s->count;
}

const struct schema_attr *
schema_at(const struct schema *s, size_t i)
{
	return i < s->count ? &s->attrs[i] : NULL;
}

int
schema_add_type(struct schema *s, uint32_t type)
{
	void *list = s->types;
	int r;

	if (schema_has_type(s, type))
		return 0;
	r = list_room(&list, s->type_count, &s->type_size, sizeof(*s->types));
	s->types = list;
	if (r == 0)
		s->types[s->type_count++] = type;
	return r;
}

bool
schema_has_type(const struct schema *s, uint32_t type)
{
	for (size_t i = 0; i < s->type_count; i++)
		if (s->types[i] == type)
			return true;
	return false;
}

size_t
schema_type_count(const struct schema *s)
{
	return s->type_count;
}

uint32_t
schema_type_at(const struct schema *s, size_t i)
{
	return i < s->type_count ? s->types[i] : 0;
}

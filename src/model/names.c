/* model/names.c -- see names.h. */
#include "model/names.h"

#include "base/map.h"

struct names {
	struct arena *text;
	struct map *exact;
	struct map *nocase; /* first spelling */
	struct text *by_number;
	uint32_t count;
	uint32_t size;
};

struct names *
names_new(void)
{
	struct names *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->text = arena_new(0);
	n->exact = map_new(false);
	n->nocase = map_new(true);
	if (n->text == NULL || n->exact == NULL || n->nocase == NULL)
		return names_free(n);
	return n;
}

struct names *
names_free(struct names *n)
{
	if (n != NULL) {
		(void)arena_free(n->text);
		(void)map_free(n->exact);
		(void)map_free(n->nocase);
		free(n->by_number);
		free(n);
	}
	return NULL;
}

/* A map holds pointers: the number itself, which is never 0. */
static void *
as_pointer(uint32_t number)
{
	return (void *)(uintptr_t)number; // NOLINT(performance-no-int-to-ptr)
}

static uint32_t
look(const struct map *m, struct text t)
{
	return (uint32_t)(uintptr_t)map_get(m, t);
}

static int
make_room(struct names *n)
{
	uint32_t size = n->size != 0 ? n->size * 2 : 64;
	struct text *list;

	if (n->count + 1 < n->size)
		return 0;
	list = realloc(n->by_number, size * sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	n->by_number = list;
	n->size = size;
	return 0;
}

static int
add(struct names *n, struct text t, uint32_t *out)
{
	struct text copy;
	uint32_t number = n->count + 1;

	if (t.len == 0 || t.len > NAME_MAX_LEN || n->count >= NAMES_MAX)
		return ERR_LIMIT;
	copy = text_dup(n->text, t);
	if (copy.data == NULL || make_room(n) < 0)
		return ERR_NOMEM;
	if (look(n->nocase, t) == 0 &&
	    map_put(n->nocase, t, as_pointer(number)) < 0)
		return ERR_NOMEM;
	if (map_put(n->exact, t, as_pointer(number)) < 0)
		return ERR_NOMEM;
	n->by_number[number] = copy;
	n->count = number;
	*out = number;
	return 0;
}

int
names_intern(struct names *n, struct text t, uint32_t *out)
{
	uint32_t found = look(n->exact, t);

	if (found == 0)
		return add(n, t, out);
	*out = found;
	return 0;
}

int
names_intern_nocase(struct names *n, struct text t, uint32_t *out)
{
	uint32_t found = names_find_nocase(n, t);

	if (found == 0)
		return add(n, t, out);
	*out = found;
	return 0;
}

uint32_t
names_find(const struct names *n, struct text t)
{
	return look(n->exact, t);
}

uint32_t
names_find_nocase(const struct names *n, struct text t)
{
	uint32_t found = look(n->exact, t);

	return found != 0 ? found : look(n->nocase, t);
}

struct text
names_text(const struct names *n, uint32_t name)
{
	if (name == 0 || name > n->count)
		return TEXT("");
	return n->by_number[name];
}

uint32_t
names_count(const struct names *n)
{
	return n->count;
}

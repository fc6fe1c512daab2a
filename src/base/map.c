/* base/map.c -- see map.h.  Open addressing, linear probes, half full. */
#include "base/map.h"

#include <string.h>

struct slot {
	char *key;
	size_t len;
	uint64_t hash;
	void *value;
};

struct map {
	struct slot *slots;
	size_t size; /* a power of two */
	size_t used;
	bool nocase;
};

struct map *
map_new(bool nocase)
{
	struct map *m = calloc(1, sizeof(*m));

	if (m != NULL)
		m->nocase = nocase;
	return m;
}

struct map *
map_free(struct map *m)
{
	if (m == NULL)
		return NULL;
	for (size_t i = 0; i < m->size; i++)
		free(m->slots[i].key);
	free(m->slots);
	free(m);
	return NULL;
}

/* FNV-1a with a last mix: keys are names from configuration and schema. */
static uint64_t
hash_of(const struct map *m, struct text key)
{
	uint64_t h = 0xcbf29ce484222325U;

	for (size_t i = 0; i < key.len; i++) {
		unsigned char c = (unsigned char)key.data[i];

		if (m->nocase && c >= 'A' && c <= 'Z')
			c = (unsigned char)(c | 0x20);
		h = (h ^ c) * 0x100000001b3U;
	}
	return h ^ h >> 29;
}

static bool
is_key(const struct map *m, const struct slot *s, uint64_t h, struct text key)
{
	struct text have = {s->key, s->len};

	if (s->hash != h)
		return false;
	return m->nocase ? text_equal_nocase(have, key) : text_equal(have, key);
}

/* The slot that holds key, or the empty one where it belongs. */
static struct slot *
find(const struct map *m, uint64_t h, struct text key)
{
	size_t i = h & (m->size - 1);

	while (m->slots[i].key != NULL && !is_key(m, &m->slots[i], h, key))
		i = (i + 1) & (m->size - 1);
	return &m->slots[i];
}

void *
map_get(const struct map *m, struct text key)
{
	if (m->size == 0)
		return NULL;
	return find(m, hash_of(m, key), key)->value;
}

static int
rehash(struct map *m)
{
	struct map bigger = {
	    .nocase = m->nocase, .size = m->size != 0 ? m->size * 2 : 16};

	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < m->size; i++) {
		struct slot *s = &m->slots[i];

		if (s->key != NULL)
			*find(&bigger, s->hash, (struct text){s->key, s->len}) =
			    *s;
	}
	free(m->slots);
	m->slots = bigger.slots;
	m->size = bigger.size;
	return 0;
}

int
map_put(struct map *m, struct text key, void *value)
{
	uint64_t h = hash_of(m, key);
	struct slot *s;
	char *copy;

	if (m->used * 2 >= m->size && rehash(m) < 0)
		return ERR_NOMEM;
	s = find(m, h, key);
	if (s->key == NULL) {
		copy = malloc(key.len + 1);
		if (copy == NULL)
			return ERR_NOMEM;
		if (key.len != 0)
			memcpy(copy, key.data, key.len);
		copy[key.len] = '\0';
		*s = (struct slot){.key = copy, .len = key.len, .hash = h};
		m->used++;
	}
	s->value = value;
	return 0;
}

size_t
map_count(const struct map *m)
{
	return m->used;
}

int
map_each(const struct map *m,
    int (*visit)(void *ctx, struct text key, void *value), void *ctx)
{
	int r = 0;

	for (size_t i = 0; i < m->size && r == 0; i++) {
		const struct slot *s = &m->slots[i];

		if (s->key != NULL && s->value != NULL)
			r = visit(ctx, (struct text){s->key, s->len}, s->value);
	}
	return r;
}

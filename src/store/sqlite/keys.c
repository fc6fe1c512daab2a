/* store/sqlite/keys.c -- see keys.h. */
#include "store/sqlite/keys.h"

#include <string.h>
#include <sys/mman.h>

#include "base/hash.h"

#define SLOTS_MIN 4096U
#define SLOTS_MAX (1U << 20)
#define KEPT_MAX  400U /* an anchor has 398 at most */

struct slot {
	uint64_t high;
	uint32_t low;
	uint32_t id; /* 0: free */
};

struct table {
	struct slot *slots;
	size_t size; /* a power of two */
	size_t used;
};

/* The key that was asked for last: it is looked up, found to be free, and
 * added. */
struct last {
	int64_t connector;
	size_t len; /* 0: none */
	char key[KEPT_MAX];
	struct key_probe hash;
};

struct keys {
	struct hash_keyed *hash;
	struct table tables[CS_LOOKUPS];
	struct last last[CS_LOOKUPS];
};

/* ---- The table ---- */

static void
table_set(struct table *t, struct slot x)
{
	size_t at = x.high & (t->size - 1);

	while (t->slots[at].id != 0)
		at = (at + 1) & (t->size - 1);
	t->slots[at] = x;
	t->used++;
}

/* From the system and back to it: malloc() would keep what a load took. */
static struct slot *
slots_new(size_t size)
{
	void *p = mmap(NULL, size * sizeof(struct slot), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED ? p : NULL;
}

static void
table_clear(struct table *t)
{
	if (t->slots != NULL)
		(void)munmap(t->slots, t->size * sizeof(*t->slots));
	*t = (struct table){0};
}

static int
table_grow(struct table *t)
{
	struct table bigger = {.size = t->size != 0 ? t->size * 2 : SLOTS_MIN};

	if (bigger.size > SLOTS_MAX)
		return ERR_LIMIT;
	bigger.slots = slots_new(bigger.size);
	if (bigger.slots == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < t->size; i++)
		if (t->slots[i].id != 0)
			table_set(&bigger, t->slots[i]);
	table_clear(t);
	*t = bigger;
	return 0;
}

/* ---- Keys ---- */

struct keys *
keys_new(void)
{
	struct keys *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->hash = hash_keyed_new();
	return k->hash != NULL ? k : keys_free(k);
}

struct keys *
keys_free(struct keys *k)
{
	if (k == NULL)
		return NULL;
	for (size_t i = 0; i < CS_LOOKUPS; i++)
		table_clear(&k->tables[i]);
	(void)hash_keyed_free(k->hash);
	free(k);
	return NULL;
}

static void
keep(struct last *l, const struct cs_at *at, const struct key_probe *hash)
{
	l->len = 0;
	if (at->key.len > KEPT_MAX)
		return;
	l->connector = at->number;
	l->len = at->key.len;
	memcpy(l->key, at->key.data, at->key.len);
	l->hash = *hash;
}

int
keys_probe(struct keys *k, const struct cs_at *at, struct key_probe *out)
{
	struct last *l = &k->last[at->by];
	unsigned char octets[16];
	int r;

	if (l->len == at->key.len && l->connector == at->number &&
	    memcmp(l->key, at->key.data, l->len) == 0) {
		*out = l->hash;
		return 0;
	}
	r = hash_keyed(k->hash, (uint64_t)at->number, at->key, octets);
	if (r < 0)
		return r;
	*out = (struct key_probe){.by = at->by};
	memcpy(&out->high, octets, sizeof(out->high));
	memcpy(&out->low, octets + sizeof(out->high), sizeof(out->low));
	out->at = out->high;
	keep(l, at, out);
	return 0;
}

int64_t
keys_next(const struct keys *k, struct key_probe *p)
{
	const struct table *t = &k->tables[p->by];

	while (t->size != 0) {
		const struct slot *x = &t->slots[p->at++ & (t->size - 1)];

		if (x->id == 0)
			break;
		if (x->high == p->high && x->low == p->low)
			return x->id;
	}
	return 0;
}

int
keys_add(struct keys *k, const struct cs_at *at, int64_t id)
{
	struct table *t = &k->tables[at->by];
	struct key_probe p;
	int r = keys_probe(k, at, &p);

	if (r == 0 && id > UINT32_MAX)
		r = ERR_LIMIT;
	if (r == 0 && t->used + 1 > t->size / 4 * 3)
		r = table_grow(t);
	if (r == 0)
		table_set(t, (struct slot){p.high, p.low, (uint32_t)id});
	return r;
}

/* store/sqlite/bulk.c -- see bulk.h. */
#include "store/sqlite/bulk.h"

#include <malloc.h>
#include <sys/mman.h>

#include "store/sqlite/migrate.h"

/* 8 octets an entry, two tables: 16 MiB at most, for 786,432 objects. */
#define SLOTS_MIN 4096U
#define SLOTS_MAX (1U << 20)

struct slot {
	uint32_t hash;
	uint32_t id; /* 0: free */
};

struct table {
	struct slot *slots;
	size_t size; /* a power of two */
	size_t used;
};

struct bulk {
	struct table anchors, dns;
};

static uint32_t
hash_of(int64_t connector, struct text key)
{
	uint64_t h = 1469598103934665603U ^ (uint64_t)connector;

	for (size_t i = 0; i < key.len; i++)
		h = (h ^ (unsigned char)key.data[i]) * 1099511628211U;
	h ^= h >> 29;
	return (uint32_t)(h ^ h >> 32);
}

/* ---- The table ---- */

static void
table_set(struct table *t, struct slot x)
{
	size_t at = x.hash & (t->size - 1);

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

static int
table_add(struct table *t, uint32_t hash, int64_t id)
{
	if (id > UINT32_MAX)
		return ERR_LIMIT;
	if (t->used + 1 > t->size / 4 * 3) {
		int r = table_grow(t);

		if (r < 0)
			return r;
	}
	table_set(t, (struct slot){hash, (uint32_t)id});
	return 0;
}

int
bulk_note(struct store *s, const struct cs_row *row, struct err *e)
{
	struct bulk *b = s->bulk;
	int r = 0;

	if (b == NULL)
		return 0;
	if (row->anchor.len != 0)
		r = table_add(
		    &b->anchors, hash_of(row->connector, row->anchor), row->id);
	if (r == 0 && row->dn_key.len != 0)
		r = table_add(
		    &b->dns, hash_of(row->connector, row->dn_key), row->id);
	/* no more room: from here on along the indexes */
	return r < 0 ? bulk_finish(s, e) : 0;
}

void
bulk_probe_init(struct bulk_probe *p, const struct cs_at *at)
{
	p->hash = hash_of(at->number, at->key);
	p->at = p->hash;
	p->by = at->by;
}

int64_t
bulk_probe_next(const struct store *s, struct bulk_probe *p)
{
	const struct table *t =
	    p->by == CS_BY_ANCHOR ? &s->bulk->anchors : &s->bulk->dns;

	while (t->size != 0) {
		const struct slot *x = &t->slots[p->at++ & (t->size - 1)];

		if (x->id == 0)
			break;
		if (x->hash == p->hash)
			return x->id;
	}
	return 0;
}

int
bulk_lookup(
    struct store *s, const struct cs_at *at, int64_t *out, struct err *e)
{
	struct bulk_probe p;
	int64_t id;

	bulk_probe_init(&p, at);
	while ((id = bulk_probe_next(s, &p)) != 0) {
		struct query q;
		int r = query_begin(&q, s, STMT_CS_KEYS, e);

		if (r < 0)
			return r;
		query_int(&q, id);
		r = query_step(&q, e);
		if (r > 0 && query_get_int(&q, 0) == at->number &&
		    text_equal(
			query_get_octets(&q, at->by == CS_BY_ANCHOR ? 1 : 2),
			at->key))
			*out = id;
		query_end(&q);
		if (r < 0 || *out == id)
			return r < 0 ? r : 0;
	}
	return 0;
}

/* ---- Beginning and end ---- */

int
bulk_consider(struct store *s, struct err *e)
{
	int r;

	if (s->bulk != NULL || s->next_cs != 1 ||
	    (s->lock_fd < 0 && s->mode != STORE_MEMORY))
		return 0;
	r = store_exec(s,
	    "DROP INDEX IF EXISTS cs_anchor; DROP INDEX IF EXISTS cs_dn;"
	    "DROP INDEX IF EXISTS cs_kind; DROP INDEX IF EXISTS cs_work;"
	    "DROP INDEX IF EXISTS cs_ref_target;",
	    e);
	if (r == 0)
		r = store_cache(s, STORE_CACHE_LOAD_KIB, e);
	if (r < 0)
		return r;
	s->bulk = calloc(1, sizeof(*s->bulk));
	return s->bulk != NULL ? 0 : nomem(e);
}

void
bulk_drop(struct store *s)
{
	if (s->bulk == NULL)
		return;
	table_clear(&s->bulk->anchors);
	table_clear(&s->bulk->dns);
	free(s->bulk);
	s->bulk = NULL;
}

/* Each index reads the whole table.  In the file that is the mapping; what is
 * in the log alone would be copied page by page, once for each index.  Closing
 * would write it there anyway. */
static void
bring_home(struct store *s)
{
	(void)sqlite3_wal_checkpoint_v2(
	    s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* In the transaction that goes on, or in one of its own. */
static int
make_indexes(struct store *s, struct err *e)
{
	bool own = sqlite3_get_autocommit(s->db) != 0;
	int r = 0;

	if (own) {
		bring_home(s);
		r = store_exec(s, "BEGIN IMMEDIATE", e);
	}
	if (r == 0)
		r = store_exec(s, migrate_indexes, e);
	if (r == 0 && own)
		r = store_exec(s, "COMMIT", e);
	if (r < 0 && own)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	if (r == 0)
		s->indexed = !own;
	return r;
}

int
bulk_finish(struct store *s, struct err *e)
{
	int r;

	if (s->bulk == NULL)
		return 0;
	r = store_commit_held(s, e);
	if (r == 0)
		r = make_indexes(s, e);
	if (r < 0)
		return r;
	bulk_drop(s);
	(void)malloc_trim(0); /* what the sorting took */
	return store_cache(s, STORE_CACHE_KIB, e);
}

int
bulk_mend(struct store *s, struct err *e)
{
	return s->indexed ? store_exec(s, migrate_indexes, e) : 0;
}

/* base/arena.c -- see arena.h. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CHUNK_MIN 4096U
#define CHUNK_MAX ((size_t)256 * 1024)
#define SPARE_MAX ((size_t)4 << 20) /* kept over a reset */

struct chunk {
	struct chunk *next;
	size_t used;
	size_t size;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct chunk *chunks;
	struct chunk *spare; /* kept by a reset */
	size_t limit;
	size_t held; /* of both */
	unsigned fail_in;
	bool failed;
};

struct arena *
arena_new(size_t limit)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a != NULL)
		a->limit = limit;
	return a;
}

static struct chunk *
free_chunks(struct chunk *c)
{
	struct chunk *next;

	for (; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	return NULL;
}

void
arena_reset(struct arena *a)
{
	struct chunk *lists[] = {a->chunks, a->spare}, *next;
	struct chunk **end = &a->spare;

	a->chunks = NULL;
	a->held = 0;
	for (size_t i = 0; i < 2; i++)
		for (struct chunk *c = lists[i]; c != NULL; c = next) {
			next = c->next;
			if (c->size > CHUNK_MAX ||
			    c->size > SPARE_MAX - a->held) {
				free(c);
				continue;
			}
			*end = c;
			end = &c->next;
			a->held += c->size;
		}
	*end = NULL;
	a->failed = false;
}

struct arena *
arena_free(struct arena *a)
{
	if (a != NULL) {
		a->chunks = free_chunks(a->chunks);
		a->spare = free_chunks(a->spare);
		free(a);
	}
	return NULL;
}

/* Says whether this allocation is the one a test wants to see fail. */
static bool
fault_due(struct arena *a)
{
	return a->fail_in != 0 && --a->fail_in == 0;
}

/* What is held doubles, up to CHUNK_MAX at a time: a small arena stays small.
 */
static size_t
chunk_size(const struct arena *a, size_t n)
{
	size_t size = a->held > CHUNK_MIN ? a->held : CHUNK_MIN;

	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (a->limit != 0 && size > a->limit - a->held)
		size = n;
	return size < n ? n : size;
}

static struct chunk *
chunk_new(struct arena *a, size_t n)
{
	size_t size = chunk_size(a, n);
	struct chunk *c;

	if (a->limit != 0 && (size > a->limit || a->held > a->limit - size))
		return NULL;
	c = malloc(sizeof(*c) + size);
	if (c == NULL)
		return NULL;
	c->size = size;
	a->held += size;
	return c;
}

/* A spare one that is large enough; those that are not make room where the
 * arena is limited. */
static struct chunk *
chunk_spare(struct arena *a, size_t n)
{
	struct chunk *c = a->spare;

	if (c != NULL && c->size >= n) {
		a->spare = c->next;
		return c;
	}
	for (; c != NULL && a->limit != 0; c = c->next)
		a->held -= c->size;
	if (a->limit != 0)
		a->spare = free_chunks(a->spare);
	return NULL;
}

static struct chunk *
chunk_add(struct arena *a, size_t n)
{
	struct chunk *c = chunk_spare(a, n);

	if (c == NULL)
		c = chunk_new(a, n);
	if (c == NULL)
		return NULL;
	c->used = 0;
	c->next = a->chunks;
	a->chunks = c;
	return c;
}

static void *
take(struct arena *a, size_t n)
{
	const size_t align = alignof(max_align_t);
	struct chunk *c = a->chunks;
	void *p;

	if (n > SIZE_MAX / 2 || fault_due(a))
		goto fail;
	n = (n + align - 1) / align * align;
	if (c == NULL || c->size - c->used < n)
		c = chunk_add(a, n);
	if (c == NULL)
		goto fail;
	p = c->data + c->used;
	c->used += n;
	return p;

fail:
	a->failed = true;
	return NULL;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	void *p = take(a, n);

	if (p != NULL)
		memset(p, 0, n);
	return p;
}

void *
arena_raw(struct arena *a, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / 2 / size) {
		a->failed = true;
		return NULL;
	}
	return take(a, n * size);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	void *p = arena_raw(a, n, size);

	if (p != NULL)
		memset(p, 0, n * size);
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p;

	p = take(a, n == SIZE_MAX ? n : n + 1);
	if (p != NULL) {
		if (n != 0)
			memcpy(p, s, n);
		p[n] = '\0';
	}
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = take(a, n < 0 ? SIZE_MAX : (size_t)n + 1);
	if (p == NULL)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

bool
arena_failed(const struct arena *a)
{
	return a->failed;
}

size_t
arena_held(const struct arena *a)
{
	return a->held;
}

void
arena_fail_nth(struct arena *a, unsigned nth)
{
	a->fail_in = nth;
}

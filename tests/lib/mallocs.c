/* tests/lib/mallocs.c -- see mallocs.h: the linker leads all calls here. */
#include "lib/mallocs.h"

#include <stddef.h>

uint64_t mallocs;

// NOLINTBEGIN(readability-identifier-naming): the linker names them
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *
__wrap_malloc(size_t n)
{
	mallocs++;
	return __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	mallocs++;
	return __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	mallocs++;
	return __real_realloc(p, n);
}
// NOLINTEND(readability-identifier-naming)

/* model/sets.c -- lists of values compared as sets; see attrs_int.h. */
#include <string.h>

#include "model/attrs_int.h"

#define SHORT_LIST 16U /* below this, each with each is faster */

static int
by_value(const void *a, const void *b)
{
	const struct value *const *va = a, *const *vb = b;

	return value_compare(*va, *vb);
}

static bool
in_short(const struct value *v, const struct value *list, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (value_equal(v, &list[i]))
			return true;
	return false;
}

static bool
in_sorted(const struct value *v, const struct value **sorted, uint32_t n)
{
	// NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are sorted
	return bsearch(&v, sorted, n, sizeof(*sorted), by_value) != NULL;
}

/* References by text may be spelt in two ways: only equality knows. */
static bool
can_sort(const struct value *list, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if ((list[i].type == VALUE_REFERENCE && list[i].id == 0) ||
		    list[i].type == VALUE_DN_BINARY)
			return false;
	return true;
}

bool
values_mark(const struct value *values, uint32_t n, const struct value *list,
    uint32_t list_n, bool *hit)
{
	const struct value **sorted;

	if (list_n < SHORT_LIST || !can_sort(list, list_n)) {
		for (uint32_t i = 0; i < n; i++)
			hit[i] = in_short(&values[i], list, list_n);
		return true;
	}
	// NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are sorted
	sorted = malloc(list_n * sizeof(*sorted));
	if (sorted == NULL)
		return false;
	for (uint32_t i = 0; i < list_n; i++)
		sorted[i] = &list[i];
	// NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are sorted
	qsort(sorted, list_n, sizeof(*sorted), by_value);
	for (uint32_t i = 0; i < n; i++)
		hit[i] = in_sorted(&values[i], sorted, list_n);
	free(
	    sorted); // NOLINT(bugprone-multi-level-implicit-pointer-conversion)
	return true;
}

bool
values_same_set(const struct value *a, const struct value *b, uint32_t n)
{
	bool *hit = calloc(n != 0 ? n : 1, sizeof(*hit));
	bool same = hit != NULL && values_mark(a, n, b, n, hit);

	for (uint32_t i = 0; i < n && same; i++)
		same = hit[i];
	same = same && values_mark(b, n, a, n, hit);
	for (uint32_t i = 0; i < n && same; i++)
		same = hit[i];
	free(hit);
	return same;
}

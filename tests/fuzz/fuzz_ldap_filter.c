/* tests/fuzz/fuzz_ldap_filter.c -- what parses is written in a normal form that
 * parses to the same, and names the same attributes. */
#include <assert.h>

#include "codec/ldap_filter.h"
#include "fuzz.h"

/* Every byte may be escaped. */
#define TEXT_MAX ((size_t)3 * LDAP_FILTER_MAX_BYTES)

static int
count_item(void *ctx, const struct ldap_filter *f)
{
	size_t *n = ctx;

	(*n)++;
	assert(f->first == NULL);
	assert(f->attr.len != 0 || f->kind == LDAP_FILTER_EXTENSIBLE);
	assert(ldap_filter_attr_name(f).len <= f->attr.len);
	assert((f->value == NULL) == (f->kind == LDAP_FILTER_PRESENT));
	return 0;
}

/* The normal form of in; false where it does not parse. */
static bool
normal(struct arena *a, struct text in, struct buf *out, size_t *items)
{
	struct ldap_filter *f = NULL;

	*items = 0;
	if (ldap_filter_parse(a, in, &f, NULL) < 0)
		return false;
	assert(ldap_filter_each(f, count_item, items) == 0 && *items > 0);
	ldap_filter_format(f, out);
	assert(buf_error(out) == 0);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct buf once, twice;
	size_t n, again;

	buf_init(&once, TEXT_MAX);
	buf_init(&twice, TEXT_MAX);
	assert(a != NULL);
	/* escapes may grow it past what we accept */
	if (normal(a, (struct text){(const char *)data, size}, &once, &n) &&
	    once.len <= LDAP_FILTER_MAX_BYTES) {
		assert(normal(a, buf_text(&once), &twice, &again));
		assert(n == again);
		assert(text_equal(buf_text(&once), buf_text(&twice)));
	}
	buf_clear(&once);
	buf_clear(&twice);
	return 0;
}

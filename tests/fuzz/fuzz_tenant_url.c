/* tests/fuzz/fuzz_tenant_url.c -- any text as a request target: what is read
 * and written again is read the same. */
#include "fuzz.h"

#include "tenant/url.h"

static void
format(const struct url *u, struct buf *b)
{
	for (size_t i = 0; i < u->nsegments; i++) {
		buf_putc(b, '/');
		url_encode(u->segments[i], b);
	}
	buf_putc(b, '?');
	for (size_t i = 0; i < u->noptions; i++) {
		url_encode(u->options[i].name, b);
		buf_putc(b, '=');
		url_encode(u->options[i].value, b);
		buf_putc(b, '&');
	}
}

static void
check_same(const struct url *a, const struct url *b)
{
	size_t k = 0;

	/* A key of no characters is no segment the second time. */
	for (size_t i = 0; i < a->nsegments; i++)
		if (a->segments[i].len != 0 &&
		    (k >= b->nsegments ||
			!text_equal(a->segments[i], b->segments[k++])))
			abort();
	if (k != b->nsegments || a->noptions != b->noptions)
		abort();
	for (size_t i = 0; i < a->noptions; i++)
		if (!text_equal(a->options[i].name, b->options[i].name) ||
		    !text_equal(a->options[i].value, b->options[i].value))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(16U << 20);
	struct text in = {(const char *)data, size};
	struct url one, two;
	struct buf b;
	bool plain = true;

	buf_init(&b, 1U << 20);
	if (a != NULL && url_parse(a, in, &one, NULL) == 0) {
		/* What has brackets is a key when it is read again. */
		for (size_t i = 0; i < one.nsegments; i++)
			if (memchr(one.segments[i].data, '(',
				one.segments[i].len) != NULL)
				plain = false;
		format(&one, &b);
		if (plain && b.len < URL_MAX_BYTES &&
		    url_parse(a, buf_text(&b), &two, NULL) == 0)
			check_same(&one, &two);
		else if (plain && b.len < URL_MAX_BYTES)
			abort();
	}
	buf_clear(&b);
	(void)arena_free(a);
	return 0;
}

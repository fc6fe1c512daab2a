/* tests/fuzz/fuzz_json.c -- what parses must write, and parse again the same;
 * what is written twice is the same bytes. */
#include <assert.h>

#include "codec/json.h"
#include "fuzz.h"

static struct text
written(const struct json *j, bool pretty, struct buf *out)
{
	buf_init(out, 64U << 20);
	assert(json_write(j, pretty, out) == 0);
	return buf_text(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text in = {(const char *)data, size};
	struct json *one, *two;
	struct buf b1, b2, b3;

	if (json_parse(in, 1U << 20, &one, NULL) < 0)
		return 0;
	assert(json_parse(written(one, true, &b1), 64U << 20, &two, NULL) == 0);
	assert(json_equal(one, two));
	assert(text_equal(written(one, false, &b2), written(two, false, &b3)));
	buf_clear(&b1);
	buf_clear(&b2);
	buf_clear(&b3);
	(void)json_free(one);
	(void)json_free(two);
	return 0;
}

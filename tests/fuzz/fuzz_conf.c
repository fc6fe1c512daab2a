/* tests/fuzz/fuzz_conf.c -- what loads can be shown; what does not load says
 * why. */
#include <assert.h>

#include "conf/conf.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(64U << 20);
	static struct conf_problems problems;
	struct conf *c = NULL;
	struct json *o;
	struct buf out;
	int r;

	if (a == NULL)
		return 0;
	r = conf_parse("f.yaml", (struct text){(const char *)data, size}, a, &c,
	    &problems);
	assert(problems.count <= CONF_MAX_PROBLEMS);
	for (size_t i = 0; i < problems.count; i++)
		assert(problems.items[i].text.len > 0);
	if (r < 0) {
		assert(c == NULL);
		assert(r != ERR_CONFIG || problems.count > 0);
		return 0;
	}
	o = json_new_object();
	buf_init(&out, 64U << 20);
	assert(conf_write_json(c, o) == 0);
	r = json_write(o, true, &out);
	assert(r == 0 || r == ERR_SYNTAX);
	buf_clear(&out);
	(void)json_free(o);
	return 0;
}

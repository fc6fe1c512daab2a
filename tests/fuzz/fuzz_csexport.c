/* tests/fuzz/fuzz_csexport.c -- what is read can be written and read again, and
 * is written the same the second time. */
#include <assert.h>

#include "fuzz.h"
#include "rules/vendor/csexport.h"

static int
write_it(void *ctx, const struct csexport_object *o, struct err *e)
{
	(void)e;
	csexport_write(ctx, o);
	return 0;
}

/* The text that its objects make; false where it is refused. */
static bool
again(const void *data, size_t size, struct buf *out)
{
	struct xml_writer w;
	const struct csexport_sink sink = {.object = write_it, .ctx = &w};
	FILE *f = tmpfile();
	int r;

	assert(f != NULL && fwrite(data, 1, size, f) == size);
	rewind(f);
	buf_init(out, 256U << 20);
	xml_writer_init(&w, out);
	csexport_begin(&w);
	r = csexport_read(f, "fuzz", &sink, NULL);
	csexport_end(&w);
	(void)fclose(f);
	if (r == 0)
		assert(xml_end_document(&w) == 0);
	return r == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first, second;

	if (again(data, size, &first)) {
		struct text t = buf_text(&first);

		assert(again(t.data, t.len, &second));
		assert(text_equal(buf_text(&first), buf_text(&second)));
		buf_clear(&second);
	}
	buf_clear(&first);
	return 0;
}

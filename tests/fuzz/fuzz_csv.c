/* tests/fuzz/fuzz_csv.c -- every row that is read is written, and reads again
 * the same; reading ends. */
#include <assert.h>

#include "codec/csv.h"
#include "fuzz.h"

static FILE *
open_text(struct text t)
{
	FILE *f = tmpfile();

	assert(f != NULL);
	assert(fwrite(t.data, 1, t.len, f) == t.len);
	rewind(f);
	return f;
}

static void
round_trip(const struct csv_row *row)
{
	struct csv_reader *r;
	struct csv_row again;
	struct buf out;
	FILE *f;

	buf_init(&out, 64U << 20);
	csv_write(&out, ';', row->fields, row->count);
	f = open_text(buf_text(&out));
	r = csv_reader_new(f, "again", ';');
	assert(r != NULL && csv_next(r, &again, NULL) == 1);
	assert(again.count == row->count);
	for (size_t i = 0; i < row->count; i++)
		assert(text_equal(row->fields[i], again.fields[i]));
	assert(csv_next(r, &again, NULL) == 0);
	(void)csv_reader_free(r);
	(void)fclose(f);
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *f = open_text((struct text){(const char *)data, size});
	struct csv_reader *r = csv_reader_new(f, "fuzz", ',');
	struct csv_row row;
	size_t calls = 0;
	int n;

	assert(r != NULL);
	while ((n = csv_next(r, &row, NULL)) != 0) {
		assert(++calls <= size + 1);
		if (n > 0)
			round_trip(&row);
	}
	(void)csv_reader_free(r);
	(void)fclose(f);
	return 0;
}

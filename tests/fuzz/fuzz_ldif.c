/* tests/fuzz/fuzz_ldif.c -- every record that is read is written, and reads
 * again the same; reading ends. */
#include <assert.h>

#include "codec/ldif.h"
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
check_same(const struct ldif_record *a, const struct ldif_record *b)
{
	assert(a->change == b->change && text_equal(a->dn, b->dn));
	assert(a->count == b->count && a->mod_count == b->mod_count);
	for (size_t i = 0; i < a->count; i++) {
		assert(text_equal(a->values[i].name, b->values[i].name));
		assert(text_equal(a->values[i].value, b->values[i].value));
	}
	for (size_t i = 0; i < a->mod_count; i++) {
		assert(a->mods[i].op == b->mods[i].op);
		assert(text_equal(a->mods[i].name, b->mods[i].name));
		assert(a->mods[i].first == b->mods[i].first);
		assert(a->mods[i].count == b->mods[i].count);
	}
	assert(text_equal(a->new_rdn, b->new_rdn));
	assert(text_equal(a->new_superior, b->new_superior));
	assert(a->has_superior == b->has_superior);
	assert(a->delete_old == b->delete_old);
}

static void
round_trip(const struct ldif_record *rec, struct arena *a)
{
	struct ldif_reader *r;
	struct ldif_record again;
	struct buf out;
	FILE *f;

	buf_init(&out, 64U << 20);
	ldif_write_head(&out);
	assert(ldif_write(rec, a, &out) == 0);
	f = open_text(buf_text(&out));
	r = ldif_reader_new(f, "again");
	assert(r != NULL && ldif_next(r, a, &again, NULL) == 1);
	check_same(rec, &again);
	assert(ldif_next(r, a, &again, NULL) == 0);
	(void)ldif_reader_free(r);
	(void)fclose(f);
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	FILE *f = open_text((struct text){(const char *)data, size});
	struct ldif_reader *r = ldif_reader_new(f, "fuzz");
	struct ldif_record rec;
	size_t calls = 0;
	int n;

	assert(a != NULL && r != NULL);
	while ((n = ldif_next(r, a, &rec, NULL)) != 0) {
		assert(++calls <= size + 1);
		if (n > 0)
			round_trip(&rec, a);
	}
	(void)ldif_reader_free(r);
	(void)fclose(f);
	return 0;
}

/* engine/import/place.c -- a full import that broke off goes on where it was.
 *
 *   FORMAT TIME READ KNOWN, 8 octets each, then three texts, each behind its
 *   length: the connector's place, the rows seen, the rows confirmed
 *
 * It stands in the store with what was read up to there.  It holds for the next
 * import of the partition alone, if that is a full one: a delta import in
 * between tells of other changes, and rows may have gone. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "engine/import/import_int.h"

#define FORMAT     1U
#define PLACE_MAX  (256U << 20)
#define KEPT_MS    INT64_C(86400000)
#define WORD_BYTES 8U

/* ---- To octets ---- */

static void
put_number(struct buf *b, uint64_t n)
{
	for (unsigned i = 0; i < WORD_BYTES; i++)
		buf_putc(b, (char)(n >> (8 * i)));
}

static void
put_text(struct buf *b, struct text t)
{
	put_number(b, t.len);
	buf_text_add(b, t);
}

static void
put_set(struct buf *b, const struct seen_set *s)
{
	size_t words = s->bits / 64;

	while (words != 0 && s->words[words - 1] == 0)
		words--;
	put_number(b, words * WORD_BYTES);
	for (size_t i = 0; i < words; i++)
		put_number(b, s->words[i]);
}

int
place_keep(struct import *im, struct text place, struct err *e)
{
	struct import_key k = import_key(im, "place");
	struct buf b;
	int r;

	buf_init(&b, PLACE_MAX);
	put_number(&b, FORMAT);
	put_number(&b, (uint64_t)clock_now_ms());
	put_number(&b, im->read);
	put_number(&b, im->known);
	put_text(&b, place);
	put_set(&b, &im->seen);
	put_set(&b, &im->confirmed);
	r = buf_error(&b);
	if (r == 0)
		r = store_meta_set(im->store, k.text, buf_text(&b), e);
	else
		(void)err_set(e, r, "the place of a full import: no memory");
	buf_clear(&b);
	im->place_kept = im->place_kept || r == 0;
	return r;
}

/* ---- From octets ---- */

static bool
get_number(struct text *t, uint64_t *out)
{
	uint64_t n = 0;

	if (t->len < WORD_BYTES)
		return false;
	for (unsigned i = 0; i < WORD_BYTES; i++)
		n |= (uint64_t)(unsigned char)t->data[i] << (8 * i);
	t->data += WORD_BYTES;
	t->len -= WORD_BYTES;
	*out = n;
	return true;
}

static bool
get_text(struct text *t, struct text *out)
{
	uint64_t n = 0;

	if (!get_number(t, &n) || n > t->len)
		return false;
	*out = (struct text){t->data, (size_t)n};
	t->data += n;
	t->len -= (size_t)n;
	return true;
}

static int
set_fill(struct seen_set *s, struct text words)
{
	uint64_t word = 0;
	int r = 0;

	for (int64_t at = 0; r >= 0 && get_number(&words, &word); at += 64)
		for (int64_t i = 0; r >= 0 && word != 0; i++, word >>= 1)
			if ((word & 1) != 0)
				r = idset_add(s, at + i);
	return r < 0 ? r : 0;
}

/* What is read is ours, unless the store was damaged: then there is none. */
static int
parse(struct import *im, struct text t, struct text *out)
{
	struct text place, seen, confirmed;
	uint64_t format = 0, at = 0;
	int r;

	if (!get_number(&t, &format) || format != FORMAT ||
	    !get_number(&t, &at) || !get_number(&t, &im->read) ||
	    !get_number(&t, &im->known) || !get_text(&t, &place) ||
	    !get_text(&t, &seen) || !get_text(&t, &confirmed) ||
	    clock_now_ms() - (int64_t)at > KEPT_MS)
		return 0;
	r = set_fill(&im->seen, seen);
	if (r == 0)
		r = set_fill(&im->confirmed, confirmed);
	im->place_ms = (int64_t)at;
	*out = place;
	return r;
}

int
place_load(struct import *im, struct text *out, struct err *e)
{
	struct import_key k = import_key(im, "place");
	struct text t;
	int r = store_meta_get(im->store, im->kept, k.text, &t, e);

	*out = TEXT("");
	im->place_kept = r == 0 && t.len != 0;
	if (r == 0 && t.len != 0 && parse(im, t, out) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	if (r == 0 && out->len == 0)
		place_drop(im);
	return r;
}

void
place_drop(struct import *im)
{
	idset_clear(&im->seen);
	idset_clear(&im->confirmed);
	im->read = im->known = 0;
	im->place_ms = 0;
}

int
place_forget(struct import *im, struct err *e)
{
	struct import_key k = import_key(im, "place");

	if (!im->place_kept)
		return 0;
	im->place_kept = false;
	return store_meta_set(im->store, k.text, TEXT(""), e);
}

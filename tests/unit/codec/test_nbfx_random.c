/* tests/unit/codec/test_nbfx_random.c -- documents by chance, of every record
 * in every place: what is read is written again as it was, what is cut short
 * is refused, and the XML of it made anew is the same XML. */
#include <stdio.h>

#include "nbfx_rows.h"

#define DOCUMENTS 3000U
#define DEPTH     5U

struct maker {
	uint64_t rnd;
	struct buf b;
	unsigned names;         /* so that attributes differ */
	unsigned char met[256]; /* records that were used */
};

/* Numbers by chance, the same in every run (splitmix64). */
static uint64_t
chance(struct maker *m)
{
	uint64_t z = m->rnd += 0x9e3779b97f4a7c15U;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return z ^ z >> 31;
}

static unsigned
below(struct maker *m, unsigned n)
{
	return (unsigned)(chance(m) % n);
}

static void
record_put(struct maker *m, unsigned record)
{
	m->met[record] = 1;
	buf_putc(&m->b, (char)record);
}

static void
number_put(struct maker *m, uint64_t v, unsigned octets)
{
	for (unsigned i = 0; i < octets; i++)
		buf_putc(&m->b, (char)(v >> (8 * i)));
}

/* Seven bits an octet. */
static void
int31_put(struct maker *m, uint32_t v)
{
	for (; v > 127; v >>= 7)
		buf_putc(&m->b, (char)(v | 0x80));
	buf_putc(&m->b, (char)v);
}

static void
string_put(struct maker *m, const char *s)
{
	int31_put(m, (uint32_t)strlen(s));
	buf_add(&m->b, s, strlen(s));
}

static void
name_put(struct maker *m)
{
	char s[24];

	(void)snprintf(s, sizeof(s), "n%u", m->names++);
	string_put(m, s);
}

/* A string of the dictionary that may be a name. */
static void
dict_put(struct maker *m)
{
	uint32_t id;
	struct text t;

	do {
		id = below(m, 480) * 2;
		t = nbfx_dict_text(id);
	} while (t.len == 0 || memchr(t.data, '/', t.len) != NULL ||
		 memchr(t.data, ':', t.len) != NULL || t.data[0] < 'A');
	int31_put(m, id);
}

/* ---- Texts ---- */

static const char *const samples[] = {"", "a", "a b", "e\xcc\x81\xe2\x82\xac",
    "\xf0\x9d\x84\x9e", "<&>\"'", "0123456789012345678901234567890123456789"};

static void
chars_put(struct maker *m, unsigned octets)
{
	const char *s = samples[below(m, COUNT(samples))];
	unsigned times = octets == 1 ? 1 + below(m, 3) : 1 + below(m, 40);

	number_put(m, strlen(s) * times, octets);
	for (unsigned i = 0; i < times; i++)
		buf_add(&m->b, s, strlen(s));
}

static void
octets_put(struct maker *m, unsigned octets)
{
	unsigned n = below(m, octets == 1 ? 256 : 700);

	number_put(m, n, octets);
	for (unsigned i = 0; i < n; i++)
		buf_putc(&m->b, (char)below(m, 256));
}

static void
unicode_put(struct maker *m, unsigned octets)
{
	static const uint16_t units[] = {'x', ' ', 0xe9, 0x20ac, 0xfffd};
	unsigned n = below(m, octets == 1 ? 100 : 400);

	number_put(m, (n + 2) * 2, octets);
	for (unsigned i = 0; i < n; i++)
		number_put(m, units[below(m, COUNT(units))], 2);
	number_put(m, 0xd834, 2); /* a pair */
	number_put(m, 0xdd1e, 2);
}

static void
decimal_put(struct maker *m)
{
	number_put(m, 0, 2);
	number_put(m, below(m, 29), 1);
	number_put(m, below(m, 2) * 0x80U, 1);
	number_put(m, chance(m), 4);
	number_put(m, chance(m), 8);
}

static void
date_put(struct maker *m)
{
	uint64_t ticks = chance(m) % 3155378976000000000U;

	number_put(m, ticks | (uint64_t)below(m, 3) << 62, 8);
}

/* What stands behind an even record, or the odd one behind it. */
static void
payload_put(struct maker *m, unsigned even)
{
	static const unsigned char fixed[256] = {[0x88] = 1,
	    [0x8a] = 2,
	    [0x8c] = 4,
	    [0x8e] = 8,
	    [0x90] = 4,
	    [0x92] = 8,
	    [0xac] = 16,
	    [0xae] = 8,
	    [0xb0] = 16,
	    [0xb2] = 8};

	if (fixed[even] != 0)
		for (unsigned i = 0; i < fixed[even]; i++)
			buf_putc(&m->b, (char)below(m, 256));
	else if (even == 0x94)
		decimal_put(m);
	else if (even == 0x96)
		date_put(m);
	else if (even >= 0x98 && even <= 0x9c)
		chars_put(m, 1U << ((even - 0x98) / 2));
	else if (even >= 0x9e && even <= 0xa2)
		octets_put(m, 1U << ((even - 0x9e) / 2));
	else if (even == 0xaa)
		dict_put(m);
	else if (even == 0xb4)
		buf_putc(&m->b, (char)below(m, 2));
	else if (even >= 0xb6 && even <= 0xba)
		unicode_put(m, 1U << ((even - 0xb6) / 2));
	else if (even == 0xbc) {
		buf_putc(&m->b, (char)below(m, 26));
		dict_put(m);
	}
}

/* 0x80 to 0xbc, but the two that begin and end a list. */
static unsigned
text_record(struct maker *m)
{
	unsigned even = 0x80 + 2 * below(m, 31);

	return even == 0xa4 || even == 0xa6 ? 0x98 : even;
}

static void
list_put(struct maker *m)
{
	record_put(m, 0xa4);
	for (unsigned n = below(m, 5); n > 0; n--) {
		unsigned even = text_record(m);

		record_put(m, even);
		payload_put(m, even);
	}
	record_put(m, 0xa6);
}

static void
text_put(struct maker *m, unsigned odd)
{
	unsigned even = text_record(m);

	if (odd == 0 && below(m, 8) == 0) {
		list_put(m);
		return;
	}
	record_put(m, even + odd);
	payload_put(m, even);
}

/* ---- Attributes and elements ---- */

static void
attr_put(struct maker *m)
{
	unsigned record = 0x04 + below(m, 4);

	if (below(m, 3) != 0)
		record = 0x0c + below(m, 52);
	record_put(m, record);
	if (record == 0x05 || record == 0x07)
		string_put(m, "pq");
	if (record == 0x06 || record == 0x07 ||
	    (record >= 0x0c && record < 0x26))
		dict_put(m);
	else
		name_put(m);
	text_put(m, 0);
}

static void
xmlns_put(struct maker *m)
{
	unsigned record = 0x08 + below(m, 4);

	record_put(m, record);
	if (record == 0x09 || record == 0x0b)
		string_put(m, "pq");
	if (record < 0x0a)
		string_put(m, "urn:another");
	else
		int31_put(m, 4);
}

/* Its record, its name and what belongs to it; not its content. */
static void
head_put(struct maker *m)
{
	unsigned record = 0x40 + below(m, 56);

	record_put(m, record);
	if (record == 0x41 || record == 0x43)
		string_put(m, "pq");
	if (record == 0x42 || record == 0x43 ||
	    (record >= 0x44 && record < 0x5e))
		dict_put(m);
	else
		name_put(m);
	for (unsigned n = below(m, 3); n > 0; n--)
		attr_put(m);
	if (below(m, 4) == 0)
		xmlns_put(m);
}

static void
comment_put(struct maker *m)
{
	record_put(m, 0x02);
	string_put(m, samples[below(m, 5)]);
}

static void
array_put(struct maker *m)
{
	static const unsigned char kinds[] = {
	    0xb5, 0x8b, 0x8d, 0x8f, 0x91, 0x93, 0x95, 0x97, 0xaf, 0xb1};
	unsigned kind = kinds[below(m, COUNT(kinds))];
	unsigned count = 1 + below(m, 200);

	record_put(m, 0x03);
	head_put(m);
	record_put(m, 0x01);
	record_put(m, kind);
	int31_put(m, count);
	while (count-- > 0)
		payload_put(m, kind - 1);
}

static void
// NOLINTNEXTLINE(misc-no-recursion): DEPTH
content_put(struct maker *m, unsigned depth);

static void
// NOLINTNEXTLINE(misc-no-recursion): DEPTH
element_put(struct maker *m, unsigned depth)
{
	head_put(m);
	content_put(m, depth);
}

/* Texts alone, or elements alone: and the end of it. */
static void
// NOLINTNEXTLINE(misc-no-recursion): DEPTH
content_put(struct maker *m, unsigned depth)
{
	bool texts = depth == 0 || below(m, 2) == 0;

	for (unsigned n = below(m, texts ? 3 : 5); n > 0; n--)
		if (below(m, 8) == 0)
			comment_put(m);
		else if (texts)
			text_put(m, 0);
		else if (below(m, 5) == 0)
			array_put(m);
		else
			element_put(m, depth - 1);
	if (texts && below(m, 2) == 0)
		text_put(m, 1);
	else
		record_put(m, 0x01);
}

/* The root declares every prefix that there may be. */
static void
document_make(struct maker *m)
{
	char letter[2] = "";

	buf_reset(&m->b);
	m->names = 0;
	record_put(m, 0x40);
	string_put(m, "root");
	for (unsigned i = 0; i < 26; i++) {
		letter[0] = (char)('a' + i);
		record_put(m, 0x09);
		string_put(m, letter);
		string_put(m, "urn:of:letters");
	}
	record_put(m, 0x09);
	string_put(m, "pq");
	string_put(m, "urn:of:two");
	for (unsigned n = 1 + below(m, 4); n > 0; n--)
		element_put(m, DEPTH);
	record_put(m, 0x01);
}

static void
maker_init(struct maker *m, uint64_t seed)
{
	memset(m, 0, sizeof(*m));
	m->rnd = seed;
	buf_init(&m->b, 16U << 20);
}

static void
random_documents(void **state)
{
	struct maker m;
	unsigned records = 0;

	(void)state;
	maker_init(&m, 20170413);
	for (unsigned i = 0; i < DOCUMENTS; i++) {
		document_make(&m);
		same_again(buf_text(&m.b)); /* the same octets */
		arena_reset(arena);
	}
	for (size_t i = 0; i < 256; i++)
		records += m.met[i];
	/* 60 of attributes, 56 of elements, 31 texts of which 29 can end their
	 * element, the end, comments, arrays */
	assert_int_equal(records, 60 + 56 + 31 + 29 + 3);
	buf_clear(&m.b);
}

/* The XML of it, written as a message, read, is that XML. */
static void
made_anew(void **state)
{
	struct maker m;

	(void)state;
	maker_init(&m, 20171231);
	for (unsigned i = 0; i < DOCUMENTS / 10; i++) {
		struct nbfx_item *document = NULL;
		const struct xml_node *root = NULL;
		struct nbfx_writer w;
		struct err e = {0};
		struct text first;
		struct buf b;

		document_make(&m);
		first = as_xml(buf_text(&m.b));
		assert_int_equal(
		    nbfx_parse(arena, "test", buf_text(&m.b), &document, &e),
		    0);
		assert_int_equal(nbfx_to_xml(arena, document, &root, &e), 0);
		buf_init(&b, 16U << 20);
		nbfx_writer_init(&w, &b);
		nbfx_put_node(&w, root);
		assert_int_equal(nbfx_writer_end(&w), 0);
		assert_true(text_equal(as_xml(buf_text(&b)), first));
		buf_clear(&b);
		arena_reset(arena);
	}
	buf_clear(&m.b);
}

/* No beginning of a document is one, and no octet behind it is forgiven. */
static void
cut_short(void **state)
{
	struct nbfx_item *document;
	struct err e = {0};
	struct maker m;

	(void)state;
	maker_init(&m, 20160413);
	for (unsigned i = 0; i < 20; i++) {
		struct text all;

		document_make(&m);
		all = buf_text(&m.b);
		for (size_t n = 0; n < all.len;
		     n += n < 2000 ? 1 : 1 + below(&m, 500)) {
			struct text some = {all.data, n};

			assert_true(
			    nbfx_parse(arena, "test", some, &document, &e) < 0);
			arena_reset(arena);
		}
		buf_putc(&m.b, 1);
		assert_true(nbfx_parse(arena, "test", buf_text(&m.b), &document,
				&e) < 0);
	}
	buf_clear(&m.b);
}

/* Lists, which no row elsewhere has with every kind of text in it. */
static void
lists(void **state)
{
	static const struct row rows[] = {
	    {"40 01 71 a4 82 88 05 a6 01", "<q>1 5</q>"},
	    {"40 01 71 a4 a6 01", "<q />"},
	    {"40 01 71 04 01 79 a4 98 01 41 9e 01 00 aa 08 a6 01",
		"<q y=\"A AA== Header\" />"},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists),
	    cmocka_unit_test(random_documents),
	    cmocka_unit_test(made_anew),
	    cmocka_unit_test(cut_short),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/* tests/unit/codec/test_nbfx.c -- each record of MC-NBFX: what it says as XML,
 * that it is written again as it was, and what is refused. */
#include "nbfx_rows.h"

static void
elements(void **state)
{
	static const struct row rows[] = {
	    {"40 01 78 01", "<x />"},
	    {"41 02 7079 01 78 09 02 7079 03 753a31 01",
		"<py:x xmlns:py=\"u:1\" />"},
	    {"42 02 01", "<Envelope />"},
	    {"43 02 7079 02 0b 02 7079 04 01",
		"<py:Envelope xmlns:py="
		"\"http://www.w3.org/2003/05/soap-envelope\" />"},
	    {"44 0a 09 01 61 03 753a31 01", "<a:Action xmlns:a=\"u:1\" />"},
	    {"5d 0a 09 01 7a 03 753a31 01", "<z:Action xmlns:z=\"u:1\" />"},
	    {"5e 01 78 09 01 61 03 753a31 01", "<a:x xmlns:a=\"u:1\" />"},
	    {"77 01 78 09 01 7a 03 753a31 01", "<z:x xmlns:z=\"u:1\" />"},
	    {"40 01 78 08 03 753a31 01", "<x xmlns=\"u:1\" />"},
	    {"40 01 78 0a 04 01",
		"<x xmlns=\"http://www.w3.org/2003/05/soap-envelope\" />"},
	    {"40 01 78 04 01 79 82 01", "<x y=\"1\" />"},
	    {"40 01 78 06 00 82 01", "<x mustUnderstand=\"1\" />"},
	    {"40 01 78 09 02 7079 01 75 05 02 7079 01 79 86 01",
		"<x xmlns:py=\"u\" py:y=\"true\" />"},
	    {"40 01 78 09 02 7079 01 75 07 02 7079 00 84 01",
		"<x xmlns:py=\"u\" py:mustUnderstand=\"false\" />"},
	    {"40 01 78 09 01 73 01 75 1e 00 82 01",
		"<x xmlns:s=\"u\" s:mustUnderstand=\"1\" />"},
	    {"40 01 78 09 01 73 01 75 38 01 79 80 01",
		"<x xmlns:s=\"u\" s:y=\"0\" />"},
	    {"40 01 78 40 01 79 01 40 01 7a 99 01 41 01",
		"<x>\n  <y />\n  <z>A</z>\n</x>"},
	    {"02 02 6869 40 01 78 02 01 21 01 02 00", "<x />"},
	    /* id 0x372 takes two octets */
	    {"40 01 78 0b 01 69 f2 06 01",
		"<x xmlns:i=\"http://www.w3.org/2001/"
		"XMLSchema-instance\" />"},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void
numbers(void **state)
{
	static const struct row rows[] = {
	    {"40 01 78 81", "<x>0</x>"},
	    {"40 01 78 82 01", "<x>1</x>"},
	    {"40 01 78 85", "<x>false</x>"},
	    {"40 01 78 86 01", "<x>true</x>"},
	    {"40 01 78 89 ff", "<x>-1</x>"},
	    {"40 01 78 88 7f 01", "<x>127</x>"},
	    {"40 01 78 8b 0080", "<x>-32768</x>"},
	    {"40 01 78 8d ffffff7f", "<x>2147483647</x>"},
	    {"40 01 78 8f 0000000000000080", "<x>-9223372036854775808</x>"},
	    {"40 01 78 b3 ffffffffffffffff", "<x>18446744073709551615</x>"},
	    {"40 01 78 b5 00", "<x>false</x>"},
	    {"40 01 78 b5 01", "<x>true</x>"},
	    {"40 01 78 91 0000c03f", "<x>1.5</x>"},
	    {"40 01 78 91 cdcccc3d", "<x>0.1</x>"},
	    {"40 01 78 93 000000000000f03f", "<x>1</x>"},
	    {"40 01 78 93 9a9999999999b9bf", "<x>-0.1</x>"},
	    {"40 01 78 93 0000000000000080", "<x>-0</x>"},
	    {"40 01 78 93 000000000000f07f", "<x>INF</x>"},
	    {"40 01 78 93 000000000000f0ff", "<x>-INF</x>"},
	    {"40 01 78 93 000000000000f87f", "<x>NaN</x>"},
	    {"40 01 78 93 9c7500883ce4377e", "<x>1E+300</x>"},
	    {"40 01 78 93 00003426f56b0c43", "<x>1E+15</x>"},
	    {"40 01 78 93 d9ffbf31d9106840", "<x>192.52651298046</x>"},
	    {"40 01 78 93 f168e388b5f8e43e", "<x>1E-05</x>"},
	    {"40 01 78 93 8dedb5a0f7c6b03e", "<x>1E-06</x>"},
	    {"40 01 78 93 0000000080842e41", "<x>1000000</x>"},
	    {"40 01 78 95 0000 00 00 00000000 0000000000000000", "<x>0</x>"},
	    {"40 01 78 95 0000 02 00 00000000 0100000000000000", "<x>0.01</x>"},
	    {"40 01 78 95 0000 01 80 00000000 d204000000000000",
		"<x>-123.4</x>"},
	    {"40 01 78 95 0000 00 00 01000000 0000000000000000",
		"<x>18446744073709551616</x>"},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void
times(void **state)
{
	static const struct row rows[] = {
	    {"40 01 78 97 0000000000000000", "<x>0001-01-01T00:00:00</x>"},
	    /* the epoch of Unix, in UTC */
	    {"40 01 78 97 0080b5f7f57f9f48", "<x>1970-01-01T00:00:00Z</x>"},
	    {"40 01 78 97 ff3f37f47528ca2b",
		"<x>9999-12-31T23:59:59.9999999</x>"},
	    /* 29 February of a leap year, half a second past noon, local */
	    {"40 01 78 97 406b5ce70ebdd788", "<x>2020-02-29T12:00:00.5Z</x>"},
	    {"40 01 78 af 0000000000000000", "<x>PT0S</x>"},
	    {"40 01 78 af 8096980000000000", "<x>PT1S</x>"},
	    {"40 01 78 af 00d2496b00000000", "<x>PT3M</x>"},
	    {"40 01 78 af c0b4b3ffffffffff", "<x>-PT0.5S</x>"},
	    {"40 01 78 af 00c0692ac9000000", "<x>P1D</x>"},
	    {"40 01 78 af 000c97fec1000000", "<x>PT23H8M40S</x>"},
	    {"40 01 78 af 0000000000000080",
		"<x>-P10675199DT2H48M5.4775808S</x>"},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void
characters(void **state)
{
	static const struct row rows[] = {
	    {"40 01 78 a9", "<x />"},
	    {"40 01 78 99 02 c3a9", "<x>\xc3\xa9</x>"},
	    {"40 01 78 9b 0200 6869", "<x>hi</x>"},
	    {"40 01 78 9d 02000000 6869", "<x>hi</x>"},
	    {"40 01 78 9f 03 000102", "<x>AAEC</x>"},
	    {"40 01 78 a1 0100 ff", "<x>/w==</x>"},
	    {"40 01 78 a3 00000000", "<x />"},
	    {"40 01 78 b7 04 e9006900", "<x>\xc3\xa9i</x>"},
	    {"40 01 78 b9 0400 3dd800de", "<x>\xf0\x9f\x98\x80</x>"},
	    {"40 01 78 bb 02000000 ac20", "<x>\xe2\x82\xac</x>"},
	    {"40 01 78 ab 02", "<x>Envelope</x>"},
	    {"40 01 78 bd 03 02", "<x>d:Envelope</x>"},
	    {"40 01 78 b1 33221100 5544 7766 8899 aabbccddeeff",
		"<x>00112233-4455-6677-8899-aabbccddeeff</x>"},
	    {"40 01 78 ad 33221100 5544 7766 8899 aabbccddeeff",
		"<x>urn:uuid:00112233-4455-6677-8899-aabbccddeeff</x>"},
	    {"40 01 78 04 01 79 a4 88 02 98 01 41 86 a6 01",
		"<x y=\"2 A true\" />"},
	    {"40 01 78 a4 82 80 a7", "<x>1 0</x>"},
	    {"40 01 78 a4 a6 01", "<x />"},
	    /* a writer of flags gives word, blank, word */
	    {"40 01 78 98 01 41 98 01 20 99 01 42", "<x>A B</x>"},
	    /* blanks between elements */
	    {"40 01 78 98 01 0a 40 01 79 01 01", "<x>\n  <y />\n</x>"},
	    {"40 01 78 98 01 3c 01", "<x>&lt;</x>"},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void
arrays(void **state)
{
	static const struct row rows[] = {
	    {"40 01 72 03 40 01 78 01 8b 02 0100 ffff 01",
		"<r>\n  <x>1</x>\n  <x>-1</x>\n</r>"},
	    {"40 01 72 03 40 01 78 04 01 79 82 01 b5 01 01 40 01 7a 01 01",
		"<r>\n  <x y=\"1\">true</x>\n  <z />\n</r>"},
	    {"03 40 01 78 01 b5 02 00 01", "<x>false</x>\n<x>true</x>"},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

struct refusal {
	const char *hex, *why;
};

static void
refused(void **state)
{
	static const struct refusal list[] = {
	    {"", "octet 0: the message ends too early"},
	    {"40", "octet 1: the message ends too early"},
	    {"40 05 78", "octet 2: the message ends too early"},
	    {"40 01 78", "octet 3: the message ends too early"},
	    {"40 01 78 01 01", "octet 5: octets behind the document"},
	    {"40 01 78 01 40 01 78 01", "octet 5: octets behind"},
	    {"98 01 41", "octet 1: the document does not begin"},
	    {"01", "octet 1: the document does not begin"},
	    {"42 03 01", "octet 2: a string that is not in the static"},
	    {"42 ce 07 01", "octet 3: a string that is not in the static"},
	    {"40 81 00 78 01", "octet 3: a number with idle octets"},
	    {"40 ff ff ff ff 0f", "octet 6: a number of more than 31 bits"},
	    {"40 80 80 80 80 80 01", "octet 6: a number of more than 31"},
	    {"40 81 10", "octet 3: a name that is too long"},
	    {"40 01 ff 01", "octet 3: text is no UTF-8"},
	    {"40 01 78 99 01 ff", "octet 6: text is no UTF-8"},
	    {"40 01 78 b7 03 410042", "UTF-16 with half a character"},
	    {"40 01 78 9d ffffffff", "a length below zero"},
	    {"40 01 78 9d ffffff7f 41", "the message ends too early"},
	    {"40 01 78 04 01 79 83 01", "an attribute ends an element"},
	    {"40 01 78 04 01 79 a4 82 a7 01", "a list ends an element"},
	    {"40 01 78 a4 83 a6 01", "a list ends an element"},
	    {"40 01 78 a4 a4 a6 a6 01", "no text record of this place"},
	    {"40 01 78 a5 a7", "no text record of this place"},
	    {"40 01 78 a6 01", "no text record of this place"},
	    {"40 01 78 be 01", "no text record of this place"},
	    {"40 01 78 7f 01", "no text record of this place"},
	    {"40 01 78 bc 1a 02 01", "a QName's prefix is no letter"},
	    {"40 01 72 03 99", "an array of something else"},
	    {"40 01 72 03 40 01 78 01 8a 01 0100 01", "no array of values"},
	    {"40 01 72 03 40 01 78 01 8b 00 01", "no array of values"},
	    {"40 01 72 03 40 01 78 01 81 02 01", "no array of values"},
	    {"40 01 72 03 40 01 78 01 99 01 01 41 01", "no array of values"},
	    {"40 01 72 03 40 01 78 82 01 8b 01 0100 01", "no array of values"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(list); i++) {
		struct nbfx_item *document = NULL;
		struct err e = {0};
		int r = nbfx_parse(
		    arena, "test", octets(list[i].hex), &document, &e);

		if (r >= 0 || strstr(e.text, list[i].why) == NULL)
			fail_msg("%s: %d \"%s\", not \"%s\"", list[i].hex, r,
			    e.text, list[i].why);
		assert_int_equal(strncmp(e.text, "test: octet ", 12), 0);
	}
}

/* Octets that are a message, and no XML. */
static void
not_xml(void **state)
{
	static const struct refusal list[] = {
	    {"5e 01 78 01", "prefix \"a\" is not declared"},
	    {"40 01 78 b7 02 00d8", "UTF-16 with half of a pair"},
	    {"40 01 78 b7 02 00dc", "UTF-16 with half of a pair"},
	    {"40 01 78 95 0000 1d 00 00000000 0000000000000000",
		"no decimal number"},
	    {"40 01 78 95 0000 00 01 00000000 0000000000000000",
		"no decimal number"},
	    {"40 01 78 97 00400037f47528eb", "no date and time"},
	    {"02 01 21", "a document without an element"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(list); i++) {
		struct text in = octets(list[i].hex);
		struct nbfx_item *document = NULL;
		const struct xml_node *root = NULL;
		struct err e = {0};

		same_again(in);
		assert_int_equal(
		    nbfx_parse(arena, "test", in, &document, &e), 0);
		assert_int_equal(
		    nbfx_to_xml(arena, document, &root, &e), ERR_SYNTAX);
		assert_non_null(strstr(e.text, list[i].why));
	}
}

static void
limits(void **state)
{
	struct nbfx_item *document = NULL;
	struct err e = {0};
	struct buf b;

	(void)state;
	buf_init(&b, 1U << 20);
	for (size_t i = 0; i <= NBFX_MAX_DEPTH; i++)
		buf_add(&b, "\x40\x01x", 3);
	for (size_t i = 0; i <= NBFX_MAX_DEPTH; i++)
		buf_putc(&b, 1);
	assert_int_equal(
	    nbfx_parse(arena, "test", buf_text(&b), &document, &e), ERR_LIMIT);
	assert_non_null(strstr(e.text, "elements nested too deep"));
	buf_reset(&b);
	buf_add(&b, "\x40\x01x", 3);
	for (size_t i = 0; i <= NBFX_MAX_ATTRS; i++)
		buf_add(&b, "\x04\x01y\x82", 4);
	assert_int_equal(
	    nbfx_parse(arena, "test", buf_text(&b), &document, &e), ERR_LIMIT);
	assert_non_null(strstr(e.text, "too many attributes"));
	/* ten octets must not become four million elements */
	buf_reset(&b);
	buf_add(&b, "\x40\x01r\x03\x40\x01x\x01\xb5\xff\xff\xff\x07", 13);
	assert_int_equal(
	    nbfx_parse(arena, "test", buf_text(&b), &document, &e), ERR_SYNTAX);
	buf_clear(&b);
}

/* ---- Made anew ---- */

static void
made(void **state)
{
	static const unsigned char uuid[16] = {
	    0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99};
	struct nbfx_writer w;
	struct text want;
	struct buf b;

	(void)state;
	buf_init(&b, 1U << 20);
	nbfx_writer_init(&w, &b);
	nbfx_begin(&w, TEXT("s"), TEXT("Envelope"));
	nbfx_put_ns(
	    &w, TEXT("s"), TEXT("http://www.w3.org/2003/05/soap-envelope"));
	nbfx_put_ns(&w, TEXT(""), TEXT("u:1"));
	nbfx_begin(&w, TEXT("s"), TEXT("Header"));
	nbfx_put_attr(&w, TEXT("s"), TEXT("mustUnderstand"), TEXT("1"));
	nbfx_put_attr(&w, TEXT(""), TEXT("y"), TEXT("A"));
	nbfx_put_text(&w, TEXT("hi"));
	nbfx_end(&w);
	nbfx_begin(&w, TEXT("py"), TEXT("x"));
	nbfx_put_uuid(&w, uuid);
	nbfx_end(&w);
	nbfx_begin(&w, TEXT(""), TEXT("x"));
	nbfx_put_bool(&w, true);
	nbfx_put_int(&w, -129);
	nbfx_put_octets(&w, TEXT("\x01\x02"));
	nbfx_put_text(&w, TEXT("Envelope"));
	nbfx_put_text(&w, TEXT("\xe2\x82\xac\xe2\x82\xac"));
	nbfx_end(&w);
	nbfx_end(&w);
	assert_int_equal(nbfx_writer_end(&w), 0);
	want = octets("56 02 0b 01 73 04 08 03 753a31"
		      "56 08 1e 00 82 04 01 79 98 01 41 99 02 6869"
		      "41 02 7079 01 78 b1 33221100 5544 7766 8899 000000000000"
		      "40 01 78 86 8a 7fff 9e 02 0102 aa 02 b7 04 ac20ac20"
		      "01");
	assert_int_equal(b.len, want.len);
	assert_memory_equal(b.data, want.data, want.len);
	buf_clear(&b);
}

/* Strings that an older table lacks, or has otherwise, are written out; they
 * are read. */
static void
dictionary(void **state)
{
	(void)state;
	assert_int_equal(nbfx_dict_find(TEXT("mustUnderstand")), 0);
	assert_int_equal(nbfx_dict_find(TEXT("Envelope")), 2);
	assert_int_equal(nbfx_dict_find(TEXT("envelope")), -1);
	assert_int_equal(nbfx_dict_find(nbfx_dict_text(0x1a8)), -1);
	assert_int_equal(nbfx_dict_find(nbfx_dict_text(0x3b0)), 0x3b0);
	assert_int_equal(nbfx_dict_find(nbfx_dict_text(0x3b2)), -1);
	assert_non_null(nbfx_dict_text(0x3cc).data);
	assert_null(nbfx_dict_text(0x3ce).data);
	assert_null(nbfx_dict_text(1).data);
	for (uint32_t id = 0; id <= 0x3b0; id += 2)
		if (id != 0x1a8)
			assert_int_equal(
			    nbfx_dict_find(nbfx_dict_text(id)), (int)id);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(elements),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(times),
	    cmocka_unit_test(characters),
	    cmocka_unit_test(arrays),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(not_xml),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(made),
	    cmocka_unit_test(dictionary),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

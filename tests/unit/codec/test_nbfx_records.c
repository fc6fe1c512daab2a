/* tests/unit/codec/test_nbfx_records.c -- every record there is, in every place
 * that it may have: prefixes of one letter, texts alone, at the end of an
 * element and as the value of an attribute, arrays. */
#include <stdio.h>

#include "nbfx_rows.h"

/* Each '@' of a form is the next of the values. */
static void
fill(char out[static 256], const char *form, const char *const *values)
{
	size_t n = 0;

	for (; *form != '\0'; form++) {
		const char *add = *form == '@' ? *values++ : NULL;

		if (add == NULL) {
			out[n++] = *form;
			continue;
		}
		assert_true(n + strlen(add) < 250);
		memcpy(out + n, add, strlen(add));
		n += strlen(add);
	}
	out[n] = '\0';
}

static void
row_check(const char *hex, const char *xml)
{
	const struct row row = {hex, xml};

	check_rows(&row, 1);
}

/* The four families with a letter for the prefix: a to z. */
static void
letters(void **state)
{
	static const struct {
		unsigned first;
		const char *hex, *xml;
	} families[] = {
	    {0x44, "@ 0a 09 01 @ 01 75 01", "<@:Action xmlns:@=\"u\" />"},
	    {0x5e, "@ 02 7879 09 01 @ 01 75 01", "<@:xy xmlns:@=\"u\" />"},
	    {0x0c, "40 01 71 @ 0a 82 09 01 @ 01 75 01",
		"<q @:Action=\"1\" xmlns:@=\"u\" />"},
	    {0x26, "40 01 71 @ 02 7879 82 09 01 @ 01 75 01",
		"<q @:xy=\"1\" xmlns:@=\"u\" />"},
	};
	char record[16], code[16], letter[2] = "", hex[256], xml[256];
	const char *const octets_of[] = {record, code};
	const char *const letters_of[] = {letter, letter};

	(void)state;
	for (size_t f = 0; f < COUNT(families); f++)
		for (unsigned i = 0; i < 26; i++) {
			letter[0] = (char)('a' + i);
			(void)snprintf(record, sizeof(record), "%02x",
			    families[f].first + i);
			(void)snprintf(code, sizeof(code), "%02x", 'a' + i);
			fill(hex, families[f].hex, octets_of);
			fill(xml, families[f].xml, letters_of);
			row_check(hex, xml);
		}
}

/* Texts by their even records. */
static const struct {
	unsigned record;
	const char *payload, *text;
	bool array; /* an array may be of it */
} texts[] = {
    {0x80, "", "0", false},
    {0x82, "", "1", false},
    {0x84, "", "false", false},
    {0x86, "", "true", false},
    {0x88, "80", "-128", false},
    {0x8a, "0180", "-32767", true},
    {0x8c, "00000080", "-2147483648", true},
    {0x8e, "ffffffffffffff7f", "9223372036854775807", true},
    {0x90, "0000003f", "0.5", true},
    {0x92, "000000000000d0bf", "-0.25", true},
    {0x94, "0000 03 80 00000000 0100000000000000", "-0.001", true},
    {0x96, "0000000000000000", "0001-01-01T00:00:00", true},
    {0x98, "03 e282ac", "\xe2\x82\xac", false},
    {0x9a, "0100 41", "A", false},
    {0x9c, "01000000 42", "B", false},
    {0x9e, "01 00", "AA==", false},
    {0xa0, "0200 0102", "AQI=", false},
    {0xa2, "03000000 ffffff", "////", false},
    {0xa8, "", "", false},
    {0xaa, "08", "Header", false},
    {0xac, "00000000 0000 0000 0000 000000000001",
	"urn:uuid:00000000-0000-0000-0000-000000000001", false},
    {0xae, "00a3e11100000000", "PT30S", true},
    {0xb0, "01000000 0200 0300 0400 000000000005",
	"00000001-0002-0003-0400-000000000005", true},
    {0xb2, "0000000000000080", "9223372036854775808", false},
    {0xb4, "01", "true", true},
    {0xb6, "02 4200", "B", false},
    {0xb8, "0200 4300", "C", false},
    {0xba, "02000000 4400", "D", false},
    {0xbc, "19 08", "z:Header", false},
};

/* The record (or the odd one behind it, which ends its element) in a form. */
static void
text_check(size_t i, unsigned odd, const char *hex_form, const char *xml_form)
{
	char record[16], hex[256], xml[256];
	const char *const octets_of[] = {
	    record, texts[i].payload, texts[i].payload};
	const char *const texts_of[] = {texts[i].text, texts[i].text};

	(void)snprintf(record, sizeof(record), "%02x", texts[i].record + odd);
	fill(hex, hex_form, octets_of);
	fill(xml, xml_form, texts_of);
	row_check(hex, xml);
}

static void
each_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *alone =
		    texts[i].text[0] == '\0' ? "<q />" : "<q>@</q>";

		text_check(i, 0, "40 01 71 @ @ 01", alone);
		text_check(i, 1, "40 01 71 @ @", alone);
		text_check(i, 0, "40 01 71 04 01 79 @ @ 01", "<q y=\"@\" />");
	}
}

static void
each_array(void **state)
{
	size_t kinds = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (!texts[i].array)
			continue;
		kinds++;
		text_check(
		    i, 1, "03 40 01 71 01 @ 02 @ @", "<q>@</q>\n<q>@</q>");
	}
	assert_int_equal(kinds, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(letters),
	    cmocka_unit_test(each_text),
	    cmocka_unit_test(each_array),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

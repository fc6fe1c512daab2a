/* tests/unit/connectors/test_ad_mark.c -- watermarks of kind ad, and when they
 * mean nothing any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "connectors/ad/mark.h"

#define DAY INT64_C(86400000)
#define NC  "00112233-4455-6677-8899-aabbccddeeff"
#define DC1 "11111111-2222-3333-4444-555555555555"
#define DC2 "99999999-2222-3333-4444-555555555555"

static struct ad_server
server(const char *invocation, uint64_t usn)
{
	struct ad_server s = {.usn = usn, .tombstone_days = 180};

	assert_int_equal(
	    guid_parse(text_of(invocation), &s.invocation, NULL), 0);
	assert_int_equal(guid_parse(TEXT(NC), &s.nc, NULL), 0);
	return s;
}

static struct ad_mark
parse(struct arena *a, const char *t)
{
	struct ad_mark m = {.how = AD_DIRSYNC};
	struct err e = {0};

	assert_int_equal(ad_mark_parse(a, text_of(t), &m, &e), 0);
	return m;
}

static void
round_trip(void **state)
{
	static const char *const marks[] = {
	    "dirsync all " NC " 1000 " DC1 ":4711," DC2 ":12 TVNEUwM=",
	    "dirsync readable " NC " 1000 " DC1 ":0 TVNEUwM=",
	    "usn readable " NC " 1000 " DC1 ":9007199254740993 -",
	};
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct ad_mark m = parse(a, marks[i]);
		struct text t = {NULL, 0};

		assert_int_equal(ad_mark_format(a, &m, &t), 0);
		assert_string_equal(t.data, marks[i]);
	}
	assert_memory_equal(parse(a, marks[0]).cookie.data, "MSDS\3", 5);
	assert_true(parse(a, marks[1]).secured);
	(void)arena_free(a);
}

static void
none(void **state)
{
	static const char *const bad[] = {"", "x", "no such watermark",
	    "dirsync all " NC " 1000 " DC1 ":4711",
	    "dirsync all " NC " 1000 " DC1 ":4711 ",
	    "dirsync all " NC " 1000 " DC1 ":4711 TVNEUwM= x",
	    "dirsync all " NC " 1000 " DC1 ":-1 TVNEUwM=",
	    "dirsync all " NC " 1000 " DC1 ": TVNEUwM=",
	    "dirsync all " NC " 1000 " DC1 " TVNEUwM=",
	    "dirsync all " NC " ten " DC1 ":4711 TVNEUwM=",
	    "dirsync all 0011 1000 " DC1 ":4711 TVNEUwM=",
	    "dirsync some " NC " 1000 " DC1 ":4711 TVNEUwM=",
	    "graph all " NC " 1000 " DC1 ":4711 TVNEUwM=",
	    "dirsync all " NC " 1000 " DC1 ":4711 %%%%"};
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ad_mark m = {.how = AD_DIRSYNC};
		struct err e = {0};

		assert_int_equal(
		    ad_mark_parse(a, text_of(bad[i]), &m, &e), ERR_NOENT);
		assert_string_equal(e.type, AD_FULL_REQUIRED);
	}
	(void)arena_free(a);
}

static void
checks(void **state)
{
	struct arena *a = arena_new(0);
	struct ad_mark m =
	    parse(a, "dirsync all " NC " 0 " DC1 ":500," DC2 ":90 TVNEUwM=");
	struct ad_server s = server(DC1, 500);
	struct err e = {0};

	(void)state;
	assert_int_equal(ad_mark_check(&m, &s, 179 * DAY, &e), 0);
	assert_int_equal(ad_mark_check(&m, &s, 180 * DAY, &e), ERR_NOENT);
	assert_non_null(strstr(e.text, "180 days ago"));
	s.usn = 499;
	assert_int_equal(ad_mark_check(&m, &s, DAY, &e), ERR_NOENT);
	assert_non_null(strstr(e.text, "USN rollback"));
	assert_non_null(strstr(e.text, "499"));
	s = server(DC2, 90); /* cookies go from one controller to another */
	assert_int_equal(ad_mark_check(&m, &s, DAY, &e), 0);
	s = server(DC2, 89);
	assert_int_equal(ad_mark_check(&m, &s, DAY, &e), ERR_NOENT);
	s = server("77777777-2222-3333-4444-555555555555", 1);
	assert_int_equal(ad_mark_check(&m, &s, DAY, &e), 0);
	m.how = AD_USN; /* numbers do not */
	assert_int_equal(ad_mark_check(&m, &s, DAY, &e), ERR_NOENT);
	assert_non_null(strstr(e.text, "another domain controller"));
	s = server(DC1, 501);
	s.nc.octets[0] ^= 1;
	assert_int_equal(ad_mark_check(&m, &s, DAY, &e), ERR_NOENT);
	assert_non_null(strstr(e.text, "another domain"));
	assert_string_equal(e.type, AD_FULL_REQUIRED);
	(void)arena_free(a);
}

/* The latest first, each once, the oldest forgotten. */
static void
notes(void **state)
{
	struct ad_mark m = {.how = AD_DIRSYNC};
	struct ad_server s = server(DC1, 1);

	(void)state;
	ad_mark_note(&m, &s);
	for (unsigned i = 0; i < AD_MARK_SERVERS; i++) {
		s = server(DC2, 100 + i);
		s.invocation.octets[0] = (unsigned char)i;
		ad_mark_note(&m, &s);
	}
	assert_int_equal(m.server_count, AD_MARK_SERVERS);
	assert_int_equal(m.servers[0].usn, 100 + AD_MARK_SERVERS - 1);
	assert_int_equal(m.servers[AD_MARK_SERVERS - 1].usn, 100);
	s = m.servers[5];
	s.usn = 7000;
	ad_mark_note(&m, &s);
	assert_int_equal(m.server_count, AD_MARK_SERVERS);
	assert_int_equal(m.servers[0].usn, 7000);
	assert_int_equal(m.servers[5].usn, 100 + AD_MARK_SERVERS - 5);
	assert_int_equal(m.servers[AD_MARK_SERVERS - 1].usn, 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(none),
	    cmocka_unit_test(checks),
	    cmocka_unit_test(notes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

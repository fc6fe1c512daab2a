/* tests/unit/proto/test_tls_answer.c -- proto/tls_answer.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/tls_answer.h"

#define OCTETS(s)                  \
	(struct text)              \
	{                          \
		(s), sizeof(s) - 1 \
	}

static void
starttls_is_taken_or_refused(void **state)
{
	static const char good[] =
	    "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
	/* as Windows writes it: lengths of four octets */
	static const char windows[] =
	    "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07"
	    "\x0a\x01\x00\x04\x00\x04\x00";
	static const char refused[] =
	    "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\x00\x04\x00";
	struct err e = {0};

	(void)state;
	assert_int_equal(starttls_answer(OCTETS(good), &e), 1);
	assert_int_equal(starttls_answer(OCTETS(windows), &e), 1);
	for (size_t n = 0; n < sizeof(windows) - 1; n++)
		assert_int_equal(
		    starttls_answer((struct text){windows, n}, &e), 0);
	assert_int_equal(starttls_answer(OCTETS(refused), &e), ERR_PROTOCOL);
	assert_non_null(strstr(e.text, "52"));
	assert_int_equal(
	    starttls_answer(OCTETS("SSH-2.0-x\r\n"), &e), ERR_PROTOCOL);
	assert_int_equal(
	    starttls_answer(OCTETS("\x30\x84\xff\xff\xff\xff"), &e),
	    ERR_PROTOCOL);
	assert_int_equal(
	    starttls_answer(OCTETS("\x30\x80\x02\x01"), &e), ERR_PROTOCOL);
}

static void
dates_are_read_or_are_none(void **state)
{
	static const struct {
		const char *head;
		int64_t ms;
	} rows[] = {
	    {"HTTP/1.1 404 x\r\nDate: Thu, 01 Jan 1970 00:00:10 GMT\r\n\r\n",
		10000},
	    {"HTTP/1.1 200 OK\r\nX: y\r\ndate:Thu, 01 Jan 1970 00:01:00 "
	     "GMT\r\n",
		60000},
	    {"HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00", 0},
	    {"HTTP/1.1 200 OK\r\nX-Date: Thu, 01 Jan 1970 00:00:10 GMT\r\n", 0},
	    {"HTTP/1.1 200 OK\r\nDate: yesterday\r\n\r\n", 0},
	    {"HTTP/1.1 200 OK\r\nDate:\r\n\r\n", 0},
	    {"", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
		    http_answer_date(text_of(rows[i].head)), rows[i].ms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(starttls_is_taken_or_refused),
	    cmocka_unit_test(dates_are_read_or_are_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* tests/unit/base/test_buf.c -- what base/buf.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void
grows_and_ends_in_zero(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	assert_string_equal(buf_text(&b).data, "");
	for (int i = 0; i < 10000; i++)
		buf_putc(&b, 'x');
	buf_puts(&b, "yz");
	buf_add(&b, "a\0b", 3);
	buf_add(&b, NULL, 0);
	buf_text_add(&b, TEXT("!"));
	buf_printf(&b, "%05d", 42);
	assert_int_equal(buf_error(&b), 0);
	assert_int_equal(buf_text(&b).len, 10011);
	assert_memory_equal(buf_text(&b).data + 10000, "yza\0b!00042", 12);
	buf_reset(&b);
	assert_int_equal(buf_text(&b).len, 0);
	buf_puts(&b, "again");
	assert_string_equal(buf_text(&b).data, "again");
	buf_clear(&b);
	buf_puts(&b, "after");
	assert_string_equal(buf_text(&b).data, "after");
	buf_clear(&b);
}

static void
keeps_the_first_error(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_puts(&b, "abcd");
	assert_int_equal(buf_error(&b), 0);
	assert_string_equal(buf_text(&b).data, "abcd");
	buf_putc(&b, 'e');
	assert_int_equal(buf_error(&b), ERR_LIMIT);
	assert_int_equal(buf_text(&b).len, 0);
	buf_reset(&b);
	buf_printf(&b, "%s", "12345");
	assert_int_equal(buf_error(&b), ERR_LIMIT);
	buf_reset(&b);
	buf_puts(&b, "toolong");
	buf_puts(&b, "x"); /* would fit, but something is missing before it */
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_error(&b), ERR_LIMIT);
	buf_clear(&b);
}

static void
varints_come_back(void **state)
{
	static const uint64_t numbers[] = {0, 1, 127, 128, 16383, 16384,
	    UINT32_MAX, INT64_MAX, UINT64_MAX - 1, UINT64_MAX};
	struct buf b;
	size_t pos = 0;
	uint64_t n;

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		buf_varint(&b, numbers[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		assert_int_equal(varint_get(buf_text(&b), &pos, &n), 0);
		assert_true(n == numbers[i]);
	}
	assert_int_equal(pos, b.len);
	assert_int_equal(varint_get(buf_text(&b), &pos, &n), ERR_SYNTAX);
	buf_clear(&b);
}

static void
refuses_bad_varints(void **state)
{
	size_t pos = 0;
	uint64_t n;

	(void)state;
	assert_int_equal(varint_get(TEXT("\x80\x80"), &pos, &n), ERR_SYNTAX);
	pos = 0; /* a 65th bit */
	assert_int_equal(
	    varint_get(
		TEXT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), &pos, &n),
	    ERR_SYNTAX);
	pos = 0; /* an eleventh byte */
	assert_int_equal(
	    varint_get(
		TEXT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), &pos, &n),
	    ERR_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grows_and_ends_in_zero),
	    cmocka_unit_test(keeps_the_first_error),
	    cmocka_unit_test(varints_come_back),
	    cmocka_unit_test(refuses_bad_varints),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

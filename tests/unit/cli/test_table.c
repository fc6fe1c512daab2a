/* tests/unit/cli/test_table.c -- tables, counts, options of the commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli.h"

static void
columns_line_up(void **state)
{
	static const char *const titles[] = {"NAME", ">COUNT", "WHERE"};
	CLEANUP(table_freep)
	struct table *t = table_new(titles, 3);
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	table_cell(t, "\xc3\x84rger"); /* five columns, six bytes */
	table_cell(t, "7");
	table_text(t, TEXT("a\x1b[2J"));
	table_cell(t, "b");
	table_cell(t, "1 000");
	table_cell(t, "%080d", 1);
	table_print(t, out);
	(void)fclose(out);
	assert_string_equal(text,
	    "NAME   COUNT  WHERE\n"
	    "\xc3\x84rger      7  a?[2J\n"
	    "b      1 000  "
	    "00000000000000000000000000000000000000000000000000000000000000000"
	    "000000000000001\n");
	free(text);
}

static void
long_cells_are_cut(void **state)
{
	static const char *const titles[] = {"A", "B"};
	CLEANUP(table_freep)
	struct table *t = table_new(titles, 2);
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	table_cell(t, "%080d", 1);
	table_cell(t, "x");
	table_print(t, out);
	(void)fclose(out);
	assert_non_null(strstr(text, "0...  x\n"));
	assert_int_equal(strlen(strchr(text, '\n') + 1), 60 + 2 + 2);
	free(text);
}

static void
numbers_read_well(void **state)
{
	char t[32];

	(void)state;
	assert_string_equal(cli_count(0, t), "0");
	assert_string_equal(cli_count(999, t), "999");
	assert_string_equal(cli_count(1234567, t), "1 234 567");
	assert_string_equal(cli_duration(3249, t), "3.2 s");
	assert_string_equal(cli_duration(64000, t), "1 min 04 s");
}

static bool flag;
static const char *word;
static int64_t number;
static const struct cli_option options[] = {
    {"flag", OPTION_FLAG, &flag, NULL, ""},
    {"word", OPTION_TEXT, &word, "W", ""},
    {"number", OPTION_NUMBER, &number, "N", ""},
};
static const struct cli_command command = {
    .name = "test",
    .args = "",
    .summary = "",
    .min_args = 1,
    .max_args = 2,
    .options = options,
    .option_count = 3,
};

static int
parse(int argc, const char *const *words, struct cli *c, char **argv)
{
	static char room[8][16]; /* what is parsed may point into it */
	bool help = false;

	for (int i = 0; i < argc; i++) {
		size_t n = strlen(words[i]) + 1;

		assert_true(n <= sizeof(room[i]));
		memcpy(room[i], words[i], n);
		argv[i] = room[i];
	}
	flag = false;
	word = NULL;
	number = 0;
	return cli_options(c, &command, argc, argv, &help);
}

static void
options_stand_anywhere(void **state)
{
	static const char *const ok[] = {"a", "--flag", "--word=x y",
	    "--number", "-7", "--json", "--", "--b"};
	static const char *const unknown[] = {"a", "--flga"};
	static const char *const no_value[] = {"a", "--word"};
	static const char *const no_number[] = {"a", "--number", "x"};
	static const char *const too_few[] = {"--flag"};
	static const char *const flag_value[] = {"a", "--flag=1"};
	struct cli c = {0};
	char *argv[8];

	(void)state;
	assert_int_equal(parse(8, ok, &c, argv), 2);
	assert_true(flag && c.json);
	assert_string_equal(word, "x y");
	assert_int_equal(number, -7);
	assert_string_equal(argv[0], "a");
	assert_string_equal(argv[1], "--b");
	assert_int_equal(parse(2, unknown, &c, argv), -1);
	assert_int_equal(parse(2, no_value, &c, argv), -1);
	assert_int_equal(parse(3, no_number, &c, argv), -1);
	assert_int_equal(parse(1, too_few, &c, argv), -1);
	assert_int_equal(parse(2, flag_value, &c, argv), -1);
}

static void
errors_have_exit_codes(void **state)
{
	(void)state;
	assert_int_equal(cli_exit_of(0), CLI_OK);
	assert_int_equal(cli_exit_of(ERR_CONNECT), CLI_ERROR);
	assert_int_equal(cli_exit_of(ERR_GUARD), CLI_GUARD);
	assert_int_equal(cli_exit_of(ERR_BUSY), CLI_REFUSED);
	assert_int_equal(cli_exit_of(ERR_REFUSED), CLI_REFUSED);
	assert_int_equal(cli_exit_of(ERR_VERSION), CLI_DOWNGRADE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(columns_line_up),
	    cmocka_unit_test(long_cells_are_cut),
	    cmocka_unit_test(numbers_read_well),
	    cmocka_unit_test(options_stand_anywhere),
	    cmocka_unit_test(errors_have_exit_codes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

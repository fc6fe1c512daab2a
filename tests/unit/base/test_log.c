/* tests/unit/base/test_log.c -- what base/log.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"

/* What the calls of write() put on standard error. */
static const char *
logged(void (*write_them)(void))
{
	static char out[20000];
	FILE *f = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t n;

	assert_true(f != NULL && saved >= 0);
	assert_true(dup2(fileno(f), STDERR_FILENO) >= 0);
	write_them();
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	rewind(f);
	n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = '\0';
	(void)fclose(f);
	return out;
}

static void
some_events(void)
{
	clock_set_ms(1795466580123);
	log_set_level(LOG_WARN);
	log_event(LOG_INFO, "not.seen", NULL);
	log_event(LOG_ERROR, "run.failed", "connector", "ad", "why",
	    "a \"b\"\nc\\", "empty", "", NULL);
	log_set_level(LOG_DEBUG);
	log_event(LOG_DEBUG, "seen", NULL);
	log_event(LOG_INFO, "null.ends", "a", NULL, "b", "c", NULL);
}

static void
one_line_an_event(void **state)
{
	(void)state;
	assert_string_equal(logged(some_events),
	    "2026-11-23T20:43:00.123Z error run.failed connector=ad "
	    "why=\"a \\\"b\\\"\\x0ac\\\\\" empty=\"\"\n"
	    "2026-11-23T20:43:00.123Z debug seen\n"
	    "2026-11-23T20:43:00.123Z info null.ends\n");
	assert_true(log_enabled(LOG_DEBUG));
	log_set_level(LOG_ERROR);
	assert_false(log_enabled(LOG_WARN));
}

static void
long_event(void)
{
	static char big[10000];

	memset(big, 'x', sizeof(big) - 1);
	log_set_level(LOG_WARN);
	log_event(LOG_ERROR, "long", "before", "1", "big", big, NULL);
}

static void
a_long_line_still_ends(void **state)
{
	const char *out = logged(long_event);

	(void)state;
	assert_non_null(strstr(out, "long before=1 big="));
	assert_int_equal(out[strlen(out) - 1], '\n');
	assert_true(strlen(out) <= 8192);
}

static size_t taken;

static void
take(enum log_level level, const char *name, const struct log_field *fields,
    size_t count)
{
	assert_int_equal(level, LOG_WARN);
	assert_string_equal(name, "to.sink");
	assert_int_equal(count, 2);
	assert_string_equal(fields[1].key, "b");
	assert_string_equal(fields[1].value, "two words");
	taken++;
}

static void
an_event_to_the_sink(void)
{
	log_set_level(LOG_WARN);
	log_set_sink(take);
	log_event(LOG_WARN, "to.sink", "a", "1", "b", "two words", NULL);
	log_event(LOG_INFO, "not.seen", NULL);
	log_set_sink(NULL);
	log_event(LOG_ERROR, "to.stderr", NULL);
}

static void
a_sink_takes_events(void **state)
{
	const char *text = logged(an_event_to_the_sink);

	(void)state;
	assert_int_equal(taken, 1);
	assert_null(strstr(text, "to.sink"));
	assert_non_null(strstr(text, "error to.stderr"));
}

static void
levels_have_names(void **state)
{
	static const enum log_level all[] = {
	    LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG};
	enum log_level level = LOG_ERROR;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_true(log_level_parse(log_level_name(all[i]), &level));
		assert_int_equal(level, all[i]);
	}
	assert_false(log_level_parse("loud", &level));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_line_an_event),
	    cmocka_unit_test(a_sink_takes_events),
	    cmocka_unit_test(levels_have_names),
	    cmocka_unit_test(a_long_line_still_ends),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

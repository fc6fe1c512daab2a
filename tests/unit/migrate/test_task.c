/* tests/unit/migrate/test_task.c -- what guided tasks keep in the store, and
 * the one line that they put into a configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "migrate/task/anchor_int.h"

#define KEY "migrate.test"

static struct setup site;
static struct arena *arena;
static struct err e;

static int
begin(void **state)
{
	(void)state;
	arena = arena_new(0);
	e = (struct err){0};
	return store_open("", STORE_MEMORY, &site.store, &e);
}

static int
end(void **state)
{
	(void)state;
	site.store = store_close(site.store);
	arena = arena_free(arena);
	return 0;
}

/* ---- Lists ---- */

struct seen {
	uint64_t n;
	bool good;
};

static void
pair_of(uint64_t n, char one[static 64], char other[static 64])
{
	(void)snprintf(one, 64, "User_%08llu-1:2 3:", (unsigned long long)n);
	(void)snprintf(other, 64, "%.*s", (int)(n % 41),
	    "0123456789abcdefghijklmnopqrstuvwxyz+/= :");
}

static int
see(void *ctx, struct text one, struct text other)
{
	struct seen *s = ctx;
	char a[64], b[64];

	pair_of(s->n++, a, b);
	s->good = s->good && text_is(one, a) && text_is(other, b);
	return 0;
}

static uint64_t
write_list(uint64_t n, uint64_t *parts)
{
	struct task_list l;
	char one[64], other[64];

	assert_int_equal(store_begin(site.store, &e), 0);
	task_list_begin(&l, &site, KEY);
	for (uint64_t i = 0; i < n; i++) {
		pair_of(i, one, other);
		task_list_add(&l, text_of(one), text_of(other));
	}
	assert_int_equal(task_list_end(&l, &e), 0);
	assert_int_equal(store_commit(site.store, &e), 0);
	*parts = l.parts;
	return l.count;
}

static void
a_list_comes_back_over_several_parts(void **state)
{
	struct seen s = {.good = true};
	struct task_list_at at = {.setup = &site, .key = KEY};

	(void)state;
	assert_int_equal(write_list(250000, &at.parts), 250000);
	assert_true(at.parts > 2);
	assert_int_equal(task_list_read(&at, arena, see, &s, &e), 0);
	assert_int_equal(s.n, 250000);
	assert_true(s.good);
	assert_int_equal(store_begin(site.store, &e), 0);
	assert_int_equal(task_list_clear(&at, &e), 0);
	assert_int_equal(store_commit(site.store, &e), 0);
	s = (struct seen){.good = true};
	assert_int_equal(task_list_read(&at, arena, see, &s, &e), 0);
	assert_int_equal(s.n, 0);
}

static void
a_damaged_list_is_told(void **state)
{
	static const char *const damaged[] = {"5:abc 0: ", "3:abc0: ", "3:abc ",
	    "x", "-1:a 1:b ", "99999999999999999999:a 1:b ", "3:abc 1:b",
	    "3 abc 1:b ", ":a 1:b "};
	const struct task_list_at at = {&site, KEY, 1};
	struct seen s;

	(void)state;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(*damaged); i++) {
		assert_int_equal(store_begin(site.store, &e), 0);
		assert_int_equal(store_meta_set(site.store, KEY ".0",
				     text_of(damaged[i]), &e),
		    0);
		assert_int_equal(store_commit(site.store, &e), 0);
		s = (struct seen){.good = true};
		assert_int_equal(
		    task_list_read(&at, arena, see, &s, &e), ERR_STORE);
		assert_non_null(strstr(e.text, KEY ".0"));
	}
}

static void
what_is_too_long_is_refused(void **state)
{
	static char long_one[5000];
	struct task_list l;

	(void)state;
	memset(long_one, 'a', sizeof(long_one) - 1);
	assert_int_equal(store_begin(site.store, &e), 0);
	task_list_begin(&l, &site, KEY);
	task_list_add(&l, text_of(long_one), TEXT(""));
	assert_int_equal(task_list_end(&l, &e), ERR_LIMIT);
	store_rollback(site.store);
}

/* ---- causeway.yaml ---- */

#define CONNECTOR       \
	"connectors:\n" \
	"  - {name: a, kind: file, format: csv, path: a.csv, anchor: id}\n"
#define LINE "source_anchor: mS-DS-ConsistencyGuid\n"

static const struct {
	const char *was, *is; /* NULL: by hand */
} texts[] = {
    {CONNECTOR, CONNECTOR "default_rules:\n  " LINE},
    {"connectors:\n  - {name: a, kind: file, format: csv, path: a.csv, anchor: "
     "id}",
	CONNECTOR "default_rules:\n  " LINE},
    {CONNECTOR "default_rules:\n  services: [apps]\n",
	CONNECTOR "default_rules:\n  " LINE "  services: [apps]\n"},
    {"default_rules: # ours\n\n    # apps alone\n    services: "
     "[apps]\n" CONNECTOR,
	"default_rules: # ours\n\n    # apps alone\n    " LINE
	"    services: [apps]\n" CONNECTOR},
    {CONNECTOR "default_rules:\n  source_anchor: objectGUID # as DirSync\n",
	CONNECTOR "default_rules:\n"
		  "  source_anchor: mS-DS-ConsistencyGuid # as DirSync\n"},
    {CONNECTOR "default_rules:\n  services: [apps]\n"
	       "  source_anchor:   employeeID\n",
	CONNECTOR "default_rules:\n  services: [apps]\n"
		  "  source_anchor:   mS-DS-ConsistencyGuid\n"},
    {CONNECTOR "default_rules: {services: [apps]}\n", NULL},
    {CONNECTOR "default_rules:\n  source_anchor: \"objectGUID\"\n", NULL},
    {CONNECTOR "default_rules:\n", NULL},
    {"{connectors: [{name: a, kind: file, format: csv, path: a.csv, anchor: "
     "id}]}\n",
	NULL},
};

static struct conf *
read_text(const char *text)
{
	struct conf_problems *p = arena_alloc(arena, sizeof(*p));
	struct conf *c = NULL;

	assert_non_null(p);
	*p = (struct conf_problems){.count = 0};
	if (conf_parse("site.yaml", text_of(text), arena, &c, p) < 0)
		fail_msg("%s\n%.*s", text, TEXT_ARGS(p->items[0].text));
	return c;
}

static void
one_line_is_put_into_a_configuration(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const struct conf *c = read_text(texts[i].was);
		struct text is = {0};
		int r = anchor_text(c, arena, &is, &e);

		if (texts[i].is == NULL) {
			assert_int_equal(r, ERR_UNSUPPORTED);
			assert_non_null(strstr(e.text, "by hand"));
			assert_non_null(strstr(e.text, "site.yaml"));
		} else if (r < 0 || !text_is(is, texts[i].is)) {
			fail_msg("%s\n%d %s\n%.*s", texts[i].was, r, e.text,
			    TEXT_ARGS(is));
		}
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    T(a_list_comes_back_over_several_parts),
	    T(a_damaged_list_is_told),
	    T(what_is_too_long_is_refused),
	    T(one_line_is_put_into_a_configuration),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

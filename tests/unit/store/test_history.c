/* tests/unit/store/test_history.c -- runs, steps, errors, the journal. */
#include "store_test.h"

#include "base/clock.h"

static void
runs_and_steps_are_kept(void **state)
{
	struct fixture *f = *state;
	struct counter c[2] = {{"stage-add", TEXT(""), 12},
	    {"connector-flow", TEXT("cloud"), UINT64_MAX}};
	struct step_record step = {.counters = c, .counter_count = 2}, *steps;
	struct history_page page = {.max = 10};
	struct run_record *runs, one;
	int64_t run, second, id, other;
	size_t n;

	clock_set_ms(1000);
	OK(store_begin(f->s, &e));
	OK(run_begin(f->s, f->connector, "Full Import", &run, &e));
	OK(step_begin(f->s, run, "full-import", TEXT("DC=x"), &id, &e));
	OK(step_begin(f->s, run, "full-sync", TEXT(""), &other, &e));
	OK(run_get(f->s, f->a, run, &one, &e));
	assert_true(text_is(one.result, "in-progress"));
	assert_int_equal(one.end_ms, 0);
	clock_set_ms(2000);
	step.id = id;
	step.result = TEXT("completed-warnings");
	step.detail = TEXT("why");
	OK(step_end(f->s, &step, &e));
	step.id = 999;
	FAILS(step_end(f->s, &step, &e), ERR_NOENT, "no step 999");
	OK(run_end(f->s, run, "success", &e));
	FAILS(run_begin(f->s, 99, "x", &other, &e), ERR_NOENT, "connector 99");
	FAILS(run_end(f->s, 999, "success", &e), ERR_NOENT, "no run 999");
	OK(run_begin(f->s, f->connector, "Export", &second, &e));
	OK(run_list(f->s, f->a, &page, &runs, &n, &e));
	assert_int_equal(n, 2);
	assert_int_equal(runs[0].id, second);
	assert_int_equal(runs[0].number, 2);
	assert_true(text_is(runs[1].connector_name, "ad"));
	assert_true(text_is(runs[1].profile, "Full Import"));
	assert_int_equal(runs[1].start_ms, 1000);
	assert_int_equal(runs[1].end_ms, 2000);
	page.before = second;
	OK(run_list(f->s, f->a, &page, &runs, &n, &e));
	assert_int_equal(n, 1);
	page.connector = 77;
	OK(run_list(f->s, f->a, &page, &runs, &n, &e));
	assert_int_equal(n, 0);
	OK(run_steps(f->s, f->a, run, &steps, &n, &e));
	assert_int_equal(n, 2);
	assert_int_equal(steps[1].number, 2);
	assert_true(text_is(steps[0].partition, "DC=x"));
	assert_true(text_is(steps[0].detail, "why"));
	assert_int_equal(steps[0].counter_count, 2);
	assert_string_equal(steps[0].counters[1].name, "connector-flow");
	assert_true(text_is(steps[0].counters[1].target, "cloud"));
	assert_true(steps[0].counters[1].n == UINT64_MAX);
	assert_int_equal(steps[1].counter_count, 0);
	OK(store_commit(f->s, &e));
	clock_set_ms(-1);
}

static void
errors_count_while_they_last(void **state)
{
	struct fixture *f = *state;
	struct object_error x = {.cs = 5,
	    .connector = f->connector,
	    .stage = ERROR_SYNC,
	    .step = 1,
	    .dn = TEXT("CN=p"),
	    .type = TEXT("flow"),
	    .text = TEXT("no value"),
	    .algorithm_step = TEXT("import-flow"),
	    .rule = TEXT("r1"),
	    .attribute = TEXT("mail"),
	    .last_ms = 10};
	struct error_query now = {.max = 10}, step = {.step = 2, .max = 10};
	struct object_error *list;
	size_t n;

	OK(store_begin(f->s, &e));
	OK(error_put(f->s, &x, &e));
	x.last_ms = 20;
	x.step = 2;
	OK(error_put(f->s, &x, &e));
	OK(error_list(f->s, f->a, &now, &list, &n, &e));
	assert_int_equal(n, 1);
	assert_int_equal(list[0].first_ms, 10);
	assert_int_equal(list[0].last_ms, 20);
	assert_int_equal(list[0].count, 2);
	assert_true(text_is(list[0].rule, "r1"));
	assert_true(text_is(list[0].attribute, "mail"));
	assert_true(text_is(list[0].algorithm_step, "import-flow"));
	x.type = TEXT("another");
	x.last_ms = 30;
	OK(error_put(f->s, &x, &e));
	OK(error_list(f->s, f->a, &now, &list, &n, &e));
	assert_int_equal(list[0].first_ms, 30);
	assert_int_equal(list[0].count, 1);
	x.cs = 0;
	x.stage = ERROR_IMPORT;
	OK(error_put(f->s, &x, &e));
	OK(error_list(f->s, f->a, &now, &list, &n, &e));
	assert_int_equal(n, 1);
	OK(error_list(f->s, f->a, &step, &list, &n, &e));
	assert_int_equal(n, 3);
	assert_int_equal(list[2].cs, 0);
	step.cs = 5;
	OK(error_list(f->s, f->a, &step, &list, &n, &e));
	assert_int_equal(n, 2);
	now.connector = 99;
	OK(error_list(f->s, f->a, &now, &list, &n, &e));
	assert_int_equal(n, 0);
	now.connector = 0;
	OK(error_clear(f->s, 5, ERROR_EXPORT, &e));
	OK(error_list(f->s, f->a, &now, &list, &n, &e));
	assert_int_equal(n, 1);
	OK(error_clear(f->s, 5, ERROR_SYNC, &e));
	OK(error_list(f->s, f->a, &now, &list, &n, &e));
	assert_int_equal(n, 0);
	OK(store_commit(f->s, &e));
}

static void
the_journal_keeps_both_values(void **state)
{
	struct fixture *f = *state;
	struct value was = value_string(TEXT("old")), is;
	struct value ref = value_reference_anchor(TEXT("User_1"));
	struct change c[2] = {
	    {f->mail, 1, 1, &is, &was}, {f->member, 1, 0, &ref, NULL}};
	struct journal_entry j = {.run = 1,
	    .connector = f->connector,
	    .cs = 3,
	    .ms = 4,
	    .op = DELTA_UPDATE,
	    .type = f->user,
	    .dn = TEXT("CN=p"),
	    .anchor = TEXT("User_2"),
	    .display = TEXT("P"),
	    .delta = {.op = DELTA_UPDATE, .changes = c, .count = 2},
	    .result = TEXT("done")};
	struct history_page page = {.connector = f->connector, .max = 2};
	struct journal_entry *list;
	size_t n;

	is = value_string(TEXT("new"));
	OK(store_begin(f->s, &e));
	for (int i = 0; i < 3; i++)
		OK(journal_add(f->s, &j, &e));
	OK(journal_list(f->s, f->a, &page, &list, &n, &e));
	assert_int_equal(n, 2);
	assert_true(list[0].id > list[1].id);
	assert_int_equal(list[0].op, DELTA_UPDATE);
	assert_int_equal(list[0].type, f->user);
	assert_int_equal(list[0].cs, 3);
	assert_true(text_is(list[0].anchor, "User_2"));
	assert_true(text_is(list[0].display, "P"));
	assert_true(text_is(list[0].result, "done"));
	assert_int_equal(list[0].delta.count, 2);
	assert_true(value_equal(&list[0].delta.changes[0].del[0], &was));
	assert_true(value_equal(&list[0].delta.changes[1].add[0], &ref));
	page.before = list[1].id;
	OK(journal_list(f->s, f->a, &page, &list, &n, &e));
	assert_int_equal(n, 1);
	OK(store_commit(f->s, &e));
}

/* One of 2 MB, written in place, between two that are not. */
static void
a_large_entry(void **state)
{
	struct fixture *f = *state;
	char *octets = arena_alloc(f->a, 2U << 20);
	struct value small = value_string(TEXT("x"));
	struct value large = value_string((struct text){octets, 2U << 20});
	struct change c = {.name = f->member, .add = &small, .add_count = 1};
	struct journal_entry j = {.run = 9,
	    .connector = f->connector,
	    .dn = TEXT("CN=all"),
	    .result = TEXT("done"),
	    .delta = {.op = DELTA_UPDATE, .changes = &c, .count = 1}};
	int64_t after = 0;

	for (size_t i = 0; i < 2U << 20; i++)
		octets[i] = (char)('a' + i % 26);
	OK(store_begin(f->s, &e));
	for (int i = 0; i < 3; i++) {
		c.add = i == 1 ? &large : &small;
		OK(journal_add(f->s, &j, &e));
	}
	OK(store_commit(f->s, &e));
	for (int i = 0; i < 3; i++) {
		struct journal_entry got;

		assert_int_equal(
		    journal_next(f->s, f->a, 9, after, &got, &e), 1);
		after = got.id;
		assert_true(text_is(got.dn, "CN=all"));
		assert_int_equal(got.delta.count, 1);
		assert_true(value_equal(
		    &got.delta.changes[0].add[0], i == 1 ? &large : &small));
	}
}

static void
open_entries_are_settled(void **state)
{
	static const char *const results[] = {"uncertain", "done", "uncertain"};
	struct fixture *f = *state;
	struct journal_entry j = {.run = 7,
	    .connector = f->connector,
	    .op = DELTA_UPDATE,
	    .dn = TEXT("old"),
	    .delta.op = DELTA_UPDATE};
	struct journal_entry now = {
	    .result = TEXT("not-done"), .dn = TEXT("new"), .anchor = TEXT("a")};
	struct journal_open *list;
	size_t n;

	OK(store_begin(f->s, &e));
	for (int i = 0; i < 3; i++) {
		j.cs = 30 - i;
		j.result = text_of(results[i]);
		OK(journal_add(f->s, &j, &e));
	}
	OK(journal_open_list(f->s, f->a, 7, &list, &n, &e));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].cs, 28);
	assert_int_equal(list[1].cs, 30);
	OK(journal_settle(f->s, list[0].entry, &now, &e));
	OK(journal_open_list(f->s, f->a, 7, &list, &n, &e));
	assert_int_equal(n, 1);
	assert_int_equal(list[0].cs, 30);
	now.op = DELTA_ADD;
	now.delta = (struct delta){.op = DELTA_ADD};
	now.result = TEXT("done");
	OK(journal_settle(f->s, list[0].entry, &now, &e));
	OK(journal_open_list(f->s, f->a, 7, &list, &n, &e));
	assert_int_equal(n, 0);
	assert_int_equal(journal_next(f->s, f->a, 7, 0, &j, &e), 1);
	assert_true(text_is(j.result, "done") && text_is(j.dn, "new"));
	assert_int_equal(j.delta.op, DELTA_ADD);
	assert_int_equal(journal_next(f->s, f->a, 7, j.id + 1, &j, &e), 1);
	assert_true(text_is(j.result, "not-done") && text_is(j.anchor, "a"));
	assert_int_equal(j.delta.op, DELTA_UPDATE);
	OK(store_commit(f->s, &e));
}

/* The three runs, with a step, an error and a journal entry each. */
// NOLINTNEXTLINE(readability-function-size): one thing seen from all sides
static void
old_runs_go_with_all_that_is_theirs(void **state)
{
	struct fixture *f = *state;
	struct journal_entry j = {.connector = f->connector, .dn = TEXT("x")};
	struct object_error x = {.cs = 5, .stage = ERROR_SYNC};
	struct error_query step = {.max = 10}, now = {.max = 10};
	struct history_page page = {.max = 10};
	struct run_record last;
	struct object_error *errors;
	struct run_record *runs;
	struct journal_entry *entries;
	struct step_record *steps;
	int64_t first = 0, run = 0;
	uint64_t gone;
	size_t n;

	OK(store_begin(f->s, &e));
	for (int i = 0; i < 3; i++) {
		clock_set_ms(INT64_C(1000) * (i + 1));
		OK(run_begin(f->s, f->connector, "p", &run, &e));
		OK(step_begin(f->s, run, "export", TEXT(""), &x.step, &e));
		OK(error_put(f->s, &x, &e));
		j.run = run;
		OK(journal_add(f->s, &j, &e));
		if (i == 0) {
			first = run;
			step.step = x.step;
		}
	}
	clock_set_ms(-1);
	OK(run_purge(f->s, 3000, &gone, &e));
	assert_int_equal(gone, 2);
	OK(run_list(f->s, f->a, &page, &runs, &n, &e));
	assert_int_equal(n, 1);
	assert_int_equal(runs[0].id, run);
	OK(run_steps(f->s, f->a, first, &steps, &n, &e));
	assert_int_equal(n, 0);
	OK(error_list(f->s, f->a, &step, &errors, &n, &e));
	assert_int_equal(n, 0);
	OK(error_list(f->s, f->a, &now, &errors, &n, &e));
	assert_int_equal(n, 1);
	OK(journal_list(f->s, f->a, &page, &entries, &n, &e));
	assert_int_equal(n, 1);
	OK(run_purge(f->s, INT64_MAX, &gone, &e));
	OK(run_begin(f->s, f->connector, "p", &first, &e));
	assert_true(first > run); /* ids are not used twice, nor numbers */
	OK(run_get(f->s, f->a, first, &last, &e));
	assert_int_equal(last.number, 4);
	OK(store_commit(f->s, &e));
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_memory, fixture_end)
	const struct CMUnitTest tests[] = {
	    T(runs_and_steps_are_kept),
	    T(errors_count_while_they_last),
	    T(the_journal_keeps_both_values),
	    T(a_large_entry),
	    T(open_entries_are_settled),
	    T(old_runs_go_with_all_that_is_theirs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

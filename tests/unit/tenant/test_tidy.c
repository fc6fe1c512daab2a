/* tests/unit/tenant/test_tidy.c -- deletion and what time does to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tenant/rules.h"
#include "tenant/tidy.h"

#define DAY_MS 86400000LL
#define START  1800000000000LL

struct fixture {
	struct tenant t;
	struct buf out;
	struct gcall c;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	clock_set_ms(START);
	f->t.a = arena_new(0);
	assert_int_equal(tdb_open(":memory:", true, &f->t.db, NULL), 0);
	f->t.domains[0] = (struct domain){
	    .name = TEXT("x.example"), .is_initial = true, .is_default = true};
	f->t.ndomains = 1;
	f->t.max_objects = 3;
	f->t.delta_life_ms = 7 * DAY_MS;
	buf_init(&f->out, 1U << 20);
	f->c = (struct gcall){
	    .t = &f->t, .a = f->t.a, .out = &f->out, .request_id = "r"};
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	clock_set_ms(-1);
	f->t.db = tdb_close(f->t.db);
	f->t.a = arena_free(f->t.a);
	buf_clear(&f->out);
	free(f);
	return 0;
}

static int
add_user(struct fixture *f, const char *name, struct dirobj *out_o)
{
	char *body = arena_printf(f->t.a,
	    "{\"accountEnabled\":true,\"displayName\":\"%s\","
	    "\"mailNickname\":\"%s\",\"userPrincipalName\":\"%s@x.example\","
	    "\"passwordProfile\":{\"password\":\"Abcdef12!\"}}",
	    name, name, name);
	int r;

	assert_int_equal(json_parse(text_of(body), 65536, &f->c.body, NULL), 0);
	r = rules_create(&f->c, ENTITY_USER, out_o);
	f->c.body = json_free(f->c.body);
	return r;
}

static enum dirobj_state
state_of(struct fixture *f, const struct dirobj *o)
{
	struct dirobj now = {0};
	enum dirobj_state state = DIROBJ_GONE;

	if (dirobj_by_id(f->t.db, text_of(o->id), &now) == 0)
		state = now.state;
	dirobj_clear(&now);
	return state;
}

static void
thirty_days_to_restore(void **state)
{
	struct fixture *f = *state;
	struct dirobj o = {0};

	assert_int_equal(add_user(f, "ada", &o), 0);
	assert_int_equal(rules_delete(&f->c, &o), 0);
	clock_set_ms(START + 30 * DAY_MS);
	assert_int_equal(tenant_tidy(&f->t), 0);
	assert_int_equal(state_of(f, &o), DIROBJ_DELETED);
	clock_set_ms(START + 30 * DAY_MS + 1);
	assert_int_equal(tenant_tidy(&f->t), 0);
	assert_int_equal(state_of(f, &o), DIROBJ_GONE);
	dirobj_clear(&o);
}

static int64_t
changes(struct fixture *f)
{
	int64_t n = 0;
	int r = tdb_run(f->t.db, SQL_CHANGE_TOTALS, "i", (int64_t)0);

	for (; r == 1; r = tdb_next(f->t.db, SQL_CHANGE_TOTALS))
		n += tdb_int(f->t.db, SQL_CHANGE_TOTALS, 1);
	return n;
}

static void
the_log_outlives_the_links(void **state)
{
	struct fixture *f = *state;
	struct dirobj o = {0};
	struct dirobj gone = {0};

	assert_int_equal(add_user(f, "ada", &o), 0);
	assert_int_equal(rules_delete(&f->c, &o), 0);
	assert_int_equal(rules_purge(&f->c, &o), 0);
	assert_int_equal(changes(f), 3);
	clock_set_ms(START + 14 * DAY_MS);
	assert_int_equal(tenant_tidy(&f->t), 0);
	assert_int_equal(changes(f), 3);
	assert_int_equal(dirobj_by_id(f->t.db, text_of(o.id), &gone), 0);
	dirobj_clear(&gone);
	clock_set_ms(START + 14 * DAY_MS + 1);
	assert_int_equal(tenant_tidy(&f->t), 0);
	assert_int_equal(changes(f), 0);
	assert_int_equal(
	    dirobj_by_id(f->t.db, text_of(o.id), &gone), ERR_NOENT);
	dirobj_clear(&o);
}

/* T6.6: what can be restored counts in full. */
static void
the_quota_counts_the_deleted(void **state)
{
	struct fixture *f = *state;
	struct dirobj o[4] = {0};

	assert_int_equal(add_user(f, "a", &o[0]), 0);
	assert_int_equal(add_user(f, "b", &o[1]), 0);
	assert_int_equal(add_user(f, "c", &o[2]), 0);
	assert_int_equal(rules_delete(&f->c, &o[0]), 0);
	assert_int_equal(add_user(f, "d", &o[3]), ERR_REJECTED);
	assert_int_equal(f->c.status, 403);
	assert_string_equal(f->c.error_code, "Directory_QuotaExceeded");
	dirobj_clear(&o[3]);
	buf_reset(&f->out);
	assert_int_equal(rules_purge(&f->c, &o[0]), 0);
	assert_int_equal(add_user(f, "d", &o[3]), 0);
	for (size_t i = 0; i < 4; i++)
		dirobj_clear(&o[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		thirty_days_to_restore, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		the_log_outlives_the_links, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		the_quota_counts_the_deleted, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

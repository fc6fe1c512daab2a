/* tests/unit/model/test_attrs.c -- what attrs.h and delta.h promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model/delta.h"

/* A small generator, so that a failure can be run again. */
static uint32_t seed;

static uint32_t
draw(uint32_t below)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % below;
}

static struct value
draw_value(struct arena *a)
{
	switch (draw(5)) {
	case 0:
		return value_integer((int64_t)draw(9) - 4);
	case 1:
		return value_boolean(draw(2) != 0);
	case 2:
		return value_binary(text_of(arena_printf(a, "b%u", draw(9))));
	case 3:
		return value_reference_id(1 + draw(9), TEXT(""));
	default:
		return value_string(text_of(arena_printf(a, "s%u", draw(9))));
	}
}

static void
draw_attrs(struct arena *a, struct attrs *s, uint32_t values)
{
	for (uint32_t i = 0; i < values; i++) {
		uint32_t name = 1 + draw(6);
		const struct attr *have = attrs_find(s, name);
		struct value v = draw_value(a);

		if (have == NULL || !attr_has(have, &v))
			assert_int_equal(attrs_add(a, s, name, v), 0);
	}
}

static void
keeps_sorted_sets(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct attrs s = {0};
	struct value two[] = {value_string(TEXT("x")), value_integer(-7)};

	(void)state;
	assert_int_equal(attrs_add(a, &s, 9, value_integer(1)), 0);
	assert_int_equal(attrs_add(a, &s, 3, value_boolean(true)), 0);
	assert_int_equal(attrs_set(a, &s, 5, two, 2), 0);
	assert_int_equal(attrs_add(a, &s, 4, value_string(TEXT(""))), 0);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.items[0].name, 3);
	assert_int_equal(s.items[2].name, 9);
	assert_null(attrs_find(&s, 4));
	assert_int_equal(attrs_first(&s, 9)->integer, 1);
	assert_true(attrs_remove_value(&s, 9, &two[0]) == false);
	assert_true(attrs_remove_value(&s, 5, &two[0]));
	assert_true(attrs_remove_value(&s, 5, &two[1]));
	assert_null(attrs_find(&s, 5));
	assert_int_equal(attrs_set(a, &s, 3, NULL, 0), 0);
	assert_int_equal(s.count, 1);
}

static void
compares_without_order(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct attrs x = {0}, y = {0};

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(attrs_add(a, &x, 1, value_integer(i)), 0);
		assert_int_equal(attrs_add(a, &y, 1, value_integer(99 - i)), 0);
	}
	assert_true(attrs_equal(&x, &y));
	y.items[0].values[50] = value_integer(51); /* a repeat, one missing */
	assert_false(attrs_equal(&x, &y));
}

/* decode(encode(x)) is x, and without references it is x without them. */
static void
stores_and_reads_back(void **state)
{
	(void)state;
	for (seed = 1; seed < 400; seed++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		uint32_t first = seed;
		struct attrs in = {0}, out;
		struct buf b;

		buf_init(&b, 1 << 20);
		draw_attrs(a, &in, draw(40));
		assert_int_equal(attrs_encode(&in, false, &b), 0);
		assert_int_equal(attrs_decode(a, buf_text(&b), &out, NULL), 0);
		for (uint32_t i = 0; i < in.count; i++)
			assert_true(attr_equal(&in.items[i], &out.items[i]));
		assert_int_equal(in.count, out.count);
		/* no prefix of it may crash the decoder */
		for (size_t n = 0; n < b.len; n++)
			(void)!attrs_decode(
			    a, (struct text){b.data, n}, &out, NULL);
		buf_clear(&b);
		seed = first;
	}
}

/* apply(x, between(x, y)) is y; apply(y, invert) is x; also when stored. */
static void
deltas_turn_one_into_the_other(void **state)
{
	(void)state;
	for (seed = 1; seed < 600; seed++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		uint32_t first = seed;
		struct attrs x = {0}, y = {0}, x2, y2;
		struct delta d, stored, back;
		struct buf b;

		buf_init(&b, 1 << 20);
		draw_attrs(a, &x, draw(60));
		draw_attrs(a, &y, draw(60));
		assert_int_equal(attrs_dup(a, &x, &x2), 0);
		assert_int_equal(attrs_dup(a, &y, &y2), 0);
		assert_int_equal(delta_between(a, &x, &y, &d), 0);
		assert_int_equal(d.op == DELTA_NONE, attrs_equal(&x, &y));
		assert_int_equal(delta_encode(&d, false, &b), 0);
		assert_int_equal(
		    delta_decode(a, buf_text(&b), &stored, NULL), 0);
		assert_int_equal(delta_apply(a, &x2, &stored), 0);
		assert_true(attrs_equal(&x2, &y));
		assert_int_equal(delta_invert(a, &stored, &back), 0);
		assert_int_equal(delta_apply(a, &y2, &back), 0);
		assert_true(attrs_equal(&y2, &x));
		buf_clear(&b);
		seed = first;
	}
}

/* first and then next do the same as the two merged, and nothing that is
 * undone stays in it. */
static void
merges_deltas(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);

	(void)state;
	for (seed = 1; seed < 300; seed++) {
		struct attrs x = {0}, y = {0}, z = {0}, got = {0};
		struct delta first, next, both, back;

		draw_attrs(a, &x, draw(12));
		draw_attrs(a, &y, draw(12));
		draw_attrs(a, &z, draw(12));
		assert_int_equal(delta_between(a, &x, &y, &first), 0);
		assert_int_equal(delta_between(a, &y, &z, &next), 0);
		assert_int_equal(delta_merge(a, &first, &next, &both), 0);
		assert_int_equal(attrs_dup(a, &x, &got), 0);
		assert_int_equal(delta_apply(a, &got, &both), 0);
		assert_true(attrs_equal(&got, &z));
		assert_int_equal(delta_invert(a, &first, &back), 0);
		assert_int_equal(delta_merge(a, &first, &back, &both), 0);
		assert_int_equal(both.count, 0);
		arena_reset(a);
	}
}

static void
refuses_damage(void **state)
{
	static const char *const bad[] = {"\x02", "\x01\x01",
	    "\x01\x01\x09\x01", "\x01\x01\x01\x7f",
	    "\x01\x05\x01\x01\x01x\x01\x01\x01\x01x"};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct attrs out;
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    attrs_decode(a, text_of(bad[i]), &out, &e), ERR_SYNTAX);
	assert_non_null(strstr(e.text, "damaged at byte"));
}

static void
a_value_goes_out_as_it_came_in(void **state)
{
	static const struct {
		enum value_type type;
		const char *in, *out;
	} cases[] = {
	    {VALUE_STRING, "Zo\xc3\xab", "Zo\xc3\xab"},
	    {VALUE_INTEGER, "-9223372036854775808", "-9223372036854775808"},
	    {VALUE_BOOLEAN, "true", "TRUE"},
	    {VALUE_BOOLEAN, "False", "FALSE"},
	    {VALUE_BINARY, "\x01\xff", "\x01\xff"},
	    {VALUE_REFERENCE, "CN=x", "CN=x"},
	    {VALUE_DN_BINARY, "B:4:BEEF:CN=x", "B:4:BEEF:CN=x"},
	};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct value v;
	struct text t;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    value_parse(cases[i].type, text_of(cases[i].in), &v, NULL),
		    0);
		assert_int_equal(value_unparse(a, &v, &t), 0);
		assert_true(text_is(t, cases[i].out));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_value_goes_out_as_it_came_in),
	    cmocka_unit_test(keeps_sorted_sets),
	    cmocka_unit_test(compares_without_order),
	    cmocka_unit_test(stores_and_reads_back),
	    cmocka_unit_test(deltas_turn_one_into_the_other),
	    cmocka_unit_test(merges_deltas),
	    cmocka_unit_test(refuses_damage),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

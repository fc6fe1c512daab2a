/* tests/unit/connectors/test_ad_access.c -- what an access list lets do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "connectors/ad/access.h"

#define ANNA  "\x01\x01\0\0\0\0\0\x05\x01\0\0\0"
#define BEN   "\x01\x01\0\0\0\0\0\x05\x02\0\0\0"
#define SID   12U
#define USERS "\xba\x7a\x96\xbf\xe6\x0d\xd0\x11\xa2\x85\0\xaa\0\x30\x49\xe2"
#define OTHER "\x9c\x7a\x96\xbf\xe6\x0d\xd0\x11\xa2\x85\0\xaa\0\x30\x49\xe2"

/* One entry; type and heir are sixteen octets or NULL. */
struct row {
	unsigned type, flags;
	uint32_t mask;
	const char *object, *heir, *who;
};

static void
put_number(struct buf *b, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_putc(b, (char)(i < sizeof(v) ? v >> (8 * i) & 0xff : 0));
}

static void
put_octets(struct buf *b, const char *p, size_t n)
{
	for (size_t i = 0; p != NULL && i < n; i++)
		buf_putc(b, p[i]);
}

static void
put_ace(struct buf *b, const struct row *x)
{
	bool object = x->type >= 5;
	size_t size = 8 + SID + (object ? 4U : 0) +
		      (x->object != NULL ? 16U : 0) +
		      (x->heir != NULL ? 16U : 0);

	put_number(b, x->type, 1);
	put_number(b, x->flags, 1);
	put_number(b, size, 2);
	put_number(b, x->mask, 4);
	if (object)
		put_number(b,
		    (x->object != NULL ? 1U : 0) | (x->heir != NULL ? 2U : 0),
		    4);
	put_octets(b, x->object, 16);
	put_octets(b, x->heir, 16);
	put_octets(b, x->who, SID);
}

/* A descriptor with a list of n entries, as nTSecurityDescriptor has it. */
static void
put_descriptor(struct buf *b, const struct row *rows, size_t n)
{
	struct buf list;

	buf_init(&list, 4096);
	for (size_t i = 0; i < n; i++)
		put_ace(&list, &rows[i]);
	put_number(b, 1, 2);
	put_number(b, 0x8004, 2);
	put_number(b, 0, 12); /* nobody's */
	put_number(b, 20, 4);
	put_number(b, 4, 2);
	put_number(b, 8 + list.len, 2);
	put_number(b, n, 4);
	buf_text_add(b, buf_text(&list));
	buf_clear(&list);
}

static struct access_question
question(struct text sd, enum access_right right)
{
	static const struct text anna = {ANNA, SID};
	static const struct guid users = {{0xba, 0x7a, 0x96, 0xbf, 0xe6, 0x0d,
	    0xd0, 0x11, 0xa2, 0x85, 0x00, 0xaa, 0x00, 0x30, 0x49, 0xe2}};

	return (struct access_question){.descriptor = sd,
	    .token = &anna,
	    .token_count = 1,
	    .right = right,
	    .class = &users};
}

static void
the_first_entry_that_speaks_of_it_decides(void **state)
{
	static const struct {
		struct row rows[2];
		enum access_right right;
		enum access_answer allows;
	} table[] = {
	    {{{0, 0, 0x10000, NULL, NULL, ANNA}}, ACCESS_DELETE, ACCESS_YES},
	    {{{0, 0, 0x10000, NULL, NULL, BEN}}, ACCESS_DELETE, ACCESS_NO},
	    {{{0, 0, 0x20000, NULL, NULL, ANNA}}, ACCESS_DELETE, ACCESS_NO},
	    {{{0, 0, 0x10000000, NULL, NULL, ANNA}}, ACCESS_DELETE, ACCESS_YES},
	    {{{1, 0, 0x10000, NULL, NULL, ANNA},
		 {0, 0, 0x10000, NULL, NULL, ANNA}},
		ACCESS_DELETE, ACCESS_DENIED},
	    {{{1, 0, 0x10000, NULL, NULL, BEN},
		 {0, 0, 0x10000, NULL, NULL, ANNA}},
		ACCESS_DELETE, ACCESS_YES},
	    /* to inherit alone */
	    {{{0, 0x0a, 0x10000, NULL, NULL, ANNA}}, ACCESS_DELETE, ACCESS_NO},
	    /* of children: of all, of the class, of another one */
	    {{{0, 0, 2, NULL, NULL, ANNA}}, ACCESS_DELETE_CHILD, ACCESS_YES},
	    {{{5, 0, 2, USERS, NULL, ANNA}}, ACCESS_DELETE_CHILD, ACCESS_YES},
	    {{{5, 0, 2, OTHER, NULL, ANNA}}, ACCESS_DELETE_CHILD, ACCESS_NO},
	    {{{5, 0, 1, USERS, NULL, ANNA}}, ACCESS_DELETE_CHILD, ACCESS_NO},
	    {{{6, 0, 2, OTHER, NULL, ANNA}, {0, 0, 2, NULL, NULL, ANNA}},
		ACCESS_DELETE_CHILD, ACCESS_YES},
	    /* an entry of a class says nothing of the object itself */
	    {{{5, 0, 0x10000, USERS, NULL, ANNA}}, ACCESS_DELETE, ACCESS_NO},
	    {{{5, 0x10, 0x10000, NULL, USERS, ANNA}}, ACCESS_DELETE,
		ACCESS_YES},
	    /* one that audits decides nothing */
	    {{{2, 0, 0x10000, NULL, NULL, ANNA}}, ACCESS_DELETE, ACCESS_NO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n = table[i].rows[1].who != NULL ? 2 : 1;
		struct access_question q;
		struct buf b;
		enum access_answer allows;

		buf_init(&b, 4096);
		put_descriptor(&b, table[i].rows, n);
		q = question(buf_text(&b), table[i].right);
		assert_int_equal(access_allows(&q, &allows, NULL), 0);
		if (allows != table[i].allows)
			fail_msg("row %zu", i);
		buf_clear(&b);
	}
}

static void
what_is_passed_on_is_told(void **state)
{
	static const struct {
		struct row row;
		enum access_answer passes;
	} table[] = {
	    {{0, 0x02, 0x10000, NULL, NULL, ANNA}, ACCESS_YES},
	    {{0, 0x0a, 0x10000, NULL, NULL, ANNA}, ACCESS_YES},
	    {{0, 0x00, 0x10000, NULL, NULL, ANNA}, ACCESS_NO},
	    {{5, 0x0a, 0x10000, NULL, USERS, ANNA}, ACCESS_YES},
	    {{5, 0x0a, 0x10000, NULL, OTHER, ANNA}, ACCESS_NO},
	    {{1, 0x02, 0x10000, NULL, NULL, ANNA}, ACCESS_DENIED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct access_question q;
		struct buf b;
		enum access_answer passes;

		buf_init(&b, 4096);
		put_descriptor(&b, &table[i].row, 1);
		q = question(buf_text(&b), ACCESS_DELETE);
		assert_int_equal(access_passes_on(&q, &passes, NULL), 0);
		if (passes != table[i].passes)
			fail_msg("row %zu", i);
		buf_clear(&b);
	}
}

/* Without a list everybody may, by an empty one nobody. */
static void
no_list_is_not_an_empty_one(void **state)
{
	struct access_question q;
	struct buf b;
	enum access_answer allows = ACCESS_YES;

	(void)state;
	buf_init(&b, 4096);
	put_descriptor(&b, NULL, 0);
	q = question(buf_text(&b), ACCESS_DELETE);
	assert_int_equal(access_allows(&q, &allows, NULL), 0);
	assert_int_equal(allows, ACCESS_NO);
	b.data[2] = 0;
	q = question(buf_text(&b), ACCESS_DELETE);
	assert_int_equal(access_allows(&q, &allows, NULL), 0);
	assert_int_equal(allows, ACCESS_YES);
	buf_clear(&b);
}

/* Cut anywhere it is said to be broken, and nothing is read behind its end. */
static void
what_is_cut_is_broken(void **state)
{
	static const struct row rows[] = {
	    {5, 0, 2, OTHER, USERS, ANNA}, {0, 0, 2, NULL, NULL, BEN}};
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	put_descriptor(&b, rows, 2);
	for (size_t n = 0; n < b.len; n++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		struct text cut = text_dup(a, (struct text){b.data, n});
		struct access_question q = question(cut, ACCESS_DELETE_CHILD);
		struct err e = {0};
		enum access_answer allows;

		assert_int_equal(access_allows(&q, &allows, &e), ERR_SYNTAX);
		assert_non_null(strstr(e.text, "byte"));
	}
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_entry_that_speaks_of_it_decides),
	    cmocka_unit_test(what_is_passed_on_is_told),
	    cmocka_unit_test(no_list_is_not_an_empty_one),
	    cmocka_unit_test(what_is_cut_is_broken),
	};

	return cmocka_run_group_tests_name("ad_access", tests, NULL, NULL);
}

/* tests/unit/tenant/test_prop.c -- the property table holds together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tenant/emit.h"
#include "tenant/prop.h"

static void
check_entity(const struct entity_info *i)
{
	assert_string_equal(i->props[0].name, "id"); /* emit.c counts on it */
	assert_true(i->nprops <= 64);
	assert_ptr_equal(entity_by_segment(text_of(i->segment)), i);
	assert_ptr_equal(entity_by_type(text_of(i->type + 1)), i);
	for (size_t n = 0; n < i->nprops; n++) {
		const struct prop *p = &i->props[n];
		bool text = p->type == PROP_STRING || p->type == PROP_STRINGS;

		/* Two of one name would hide the second. */
		assert_ptr_equal(prop_find(i, text_of(p->name)), p);
		if (text && p->max == 0)
			fail_msg("%s has no length", p->name);
		if (p->type == PROP_STRINGS && p->max_items == 0)
			fail_msg("%s takes no values", p->name);
		if ((p->flags & P_REQUIRED) != 0 && p->type != PROP_STRING &&
		    p->type != PROP_BOOLEAN && p->type != PROP_OBJECTS)
			fail_msg("%s: required, of an odd type", p->name);
		if ((p->index != 0 || p->unique != UNIQUE_NONE) &&
		    p->type != PROP_STRING)
			fail_msg("%s: kept by value, not a text", p->name);
		if ((p->type == PROP_OBJECT) != (p->nsubs != 0))
			fail_msg("%s: members", p->name);
	}
}

static void
tables_hold_together(void **state)
{
	unsigned seen = 0;

	(void)state;
	for (unsigned k = 1; k <= ENTITY_MAX; k++) {
		const struct entity_info *i = entity_info((enum entity)k);

		assert_non_null(i);
		assert_int_equal(i->entity, k);
		check_entity(i);
		for (size_t n = 0; n < i->nprops; n++) {
			unsigned index = i->props[n].index;

			if (index == 0)
				continue;
			/* Numbers are in the database: each is used once. */
			assert_true(index < 32);
			assert_int_equal(seen & 1U << index, 0);
			seen |= 1U << index;
		}
	}
	assert_null(entity_info((enum entity)9));
	assert_null(entity_by_segment(TEXT("applications")));
}

static void
users_as_graph_has_them(void **state)
{
	static const struct {
		const char *name;
		unsigned max;
	} limits[] = {{"displayName", 256}, {"givenName", 64}, {"surname", 64},
	    {"department", 64}, {"companyName", 64}, {"mailNickname", 64},
	    {"mobilePhone", 64}, {"jobTitle", 128}, {"officeLocation", 128},
	    {"city", 128}, {"state", 128}, {"country", 128},
	    {"streetAddress", 1024}, {"postalCode", 40},
	    {"userPrincipalName", 113}, {"employeeId", 16},
	    {"usageLocation", 2}, {"faxNumber", 64}};
	static const char *const read_only[] = {"onPremisesSyncEnabled",
	    "onPremisesSecurityIdentifier", "proxyAddresses",
	    "onPremisesDistinguishedName", "onPremisesProvisioningErrors"};
	const struct entity_info *u = entity_info(ENTITY_USER);

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		assert_int_equal(
		    prop_find(u, text_of(limits[i].name))->max, limits[i].max);
	for (size_t i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++)
		assert_int_equal(
		    prop_find(u, text_of(read_only[i]))->flags & P_WRITE, 0);
	/* orgContact: nothing can be written. */
	u = entity_info(ENTITY_CONTACT);
	for (size_t n = 0; n < u->nprops; n++)
		assert_int_equal(u->props[n].flags & P_WRITE, 0);
}

static void
select_takes_names(void **state)
{
	struct select s;
	struct text bad = {NULL, 0};

	(void)state;
	assert_int_equal(select_parse(&s, TEXT("id, DisplayName,manager"),
			     1U << ENTITY_USER, &bad),
	    0);
	assert_int_equal(__builtin_popcountll(s.bits[ENTITY_USER]), 2);
	assert_int_equal(s.links, 1U << LINK_MANAGER);
	assert_int_equal(
	    select_parse(&s, TEXT("id,nothing"), 1U << ENTITY_USER, &bad),
	    ERR_INVAL);
	assert_true(text_is(bad, "nothing"));
	/* Of several kinds one is enough. */
	assert_int_equal(select_parse(&s, TEXT("groupTypes"), ~0U, &bad), 0);
	assert_int_equal(
	    select_parse(&s, TEXT("groupTypes"), 1U << ENTITY_USER, &bad),
	    ERR_INVAL);
	assert_int_equal(
	    select_parse(&s, TEXT("id,,mail"), ~0U, &bad), ERR_INVAL);
}

static void
sid_of_an_id(void **state)
{
	char sid[64];

	(void)state;
	emit_sid("01234567-89ab-cdef-0123-456789abcdef", sid);
	/* 0x01234567, 0xcdef89ab, 0x67452301, 0xefcdab89 */
	assert_string_equal(
	    sid, "S-1-12-1-19088743-3455027627-1732584193-4023233417");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tables_hold_together),
	    cmocka_unit_test(users_as_graph_has_them),
	    cmocka_unit_test(select_takes_names),
	    cmocka_unit_test(sid_of_an_id),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

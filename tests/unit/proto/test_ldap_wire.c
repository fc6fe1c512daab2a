/* tests/unit/proto/test_ldap_wire.c -- attributes of an entry off the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/ldap_wire.h"

#define WIRE(s) ((struct text){(s), sizeof(s) - 1})
#define CN_OF_TWO          \
	"\x30\x0c\x04\x02" \
	"cn"               \
	"\x31\x06\x04\x01" \
	"A"                \
	"\x04\x01"         \
	"B"
#define SN_OF_NONE         \
	"\x30\x06\x04\x02" \
	"sn"               \
	"\x31\x00"
#define EMPTY_VALUE        \
	"\x30\x08\x04\x02" \
	"ou"               \
	"\x31\x02\x04\x00"

static void
equal(struct text t, const char *s)
{
	assert_int_equal(t.len, strlen(s));
	assert_memory_equal(t.data, s, t.len);
}

static void
one_after_the_other(void **state)
{
	struct text rest = WIRE(CN_OF_TWO SN_OF_NONE EMPTY_VALUE);
	struct ldap_wire w;

	(void)state;
	assert_int_equal(ldap_wire_next(&rest, &w), 1);
	equal(w.name, "cn");
	assert_int_equal(w.count, 2);
	equal(ldap_wire_value(&w), "A");
	equal(ldap_wire_value(&w), "B");
	assert_int_equal(ldap_wire_next(&rest, &w), 1);
	equal(w.name, "sn");
	assert_int_equal(w.count, 0);
	assert_int_equal(ldap_wire_next(&rest, &w), 1);
	assert_int_equal(w.count, 1);
	equal(ldap_wire_value(&w), "");
	assert_int_equal(ldap_wire_next(&rest, &w), 0);
}

/* The long form, with more octets than it needs, as servers write it. */
static void
long_lengths(void **state)
{
	/* 268 octets: the name, the set's header, the value's, the value */
	static const char head[] = "\x30\x84\x00\x00\x01\x0c\x04\x02"
				   "cn"
				   "\x31\x82\x01\x04\x04\x82\x01\x00";
	char wire[sizeof(head) - 1 + 256];
	struct text rest = {wire, sizeof(wire)};
	struct ldap_wire w;

	(void)state;
	memcpy(wire, head, sizeof(head) - 1);
	memset(wire + sizeof(head) - 1, 'x', 256);
	assert_int_equal(ldap_wire_next(&rest, &w), 1);
	equal(w.name, "cn");
	assert_int_equal(w.count, 1);
	assert_int_equal(ldap_wire_value(&w).len, 256);
	assert_int_equal(rest.len, 0);
}

/* RFC 4511 4: a client ignores what may follow in a sequence. */
static void
more_in_the_sequence(void **state)
{
	struct text rest = WIRE("\x30\x0b\x04\x02"
				"cn"
				"\x31\x03\x04\x01"
				"A"
				"\x05\x00");
	struct ldap_wire w;

	(void)state;
	assert_int_equal(ldap_wire_next(&rest, &w), 1);
	assert_int_equal(w.count, 1);
	assert_int_equal(ldap_wire_next(&rest, &w), 0);
}

static void
refused(void **state)
{
	static const struct {
		const char *what;
		struct text wire;
	} list[] = {
	    {"half a header", WIRE("\x30")},
	    {"another tag", WIRE("\x31\x0a\x04\x02"
				 "cn"
				 "\x31\x04\x04\x02"
				 "AB")},
	    {"a name that is no string", WIRE("\x30\x07\x02\x02"
					      "cn"
					      "\x31\x01\x05")},
	    {"no values", WIRE("\x30\x04\x04\x02"
			       "cn")},
	    {"a sequence of values", WIRE("\x30\x06\x04\x02"
					  "cn"
					  "\x30\x00")},
	    {"a value that is no string", WIRE("\x30\x09\x04\x02"
					       "cn"
					       "\x31\x03\x02\x01"
					       "A")},
	    {"a constructed value", WIRE("\x30\x0b\x04\x02"
					 "cn"
					 "\x31\x05\x24\x03\x04\x01"
					 "A")},
	    {"a length with no end", WIRE("\x30\x80\x04\x02"
					  "cn"
					  "\x31\x00\x00\x00")},
	    {"a length of five octets",
		WIRE("\x30\x85\x00\x00\x00\x00\x06\x04\x02"
		     "cn"
		     "\x31\x00")},
	    {"half a length", WIRE("\x30\x84\x00\x00")},
	    {"longer than what is there", WIRE("\x30\x7f\x04\x02"
					       "cn"
					       "\x31\x00")},
	    {"a name longer than its sequence", WIRE("\x30\x06\x04\x20"
						     "cn"
						     "\x31\x00")},
	    {"a value longer than its set", WIRE("\x30\x09\x04\x02"
						 "cn"
						 "\x31\x03\x04\x02"
						 "A")},
	    {"a length of 4 GiB", WIRE("\x30\x84\xff\xff\xff\xff\x04\x02"
				       "cn")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct text rest = list[i].wire;
		struct ldap_wire w;

		if (ldap_wire_next(&rest, &w) != ERR_SYNTAX)
			fail_msg("%s was taken", list[i].what);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_after_the_other),
	    cmocka_unit_test(long_lengths),
	    cmocka_unit_test(more_in_the_sequence),
	    cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

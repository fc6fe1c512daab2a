/* tests/unit/model/test_value_rule.c -- each rule with values that it takes and
 * values that it does not. */
#include "model/value_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define X64  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define X48  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define X256 X64 X64 X64 X64

struct one {
	const char *type, *attribute, *value;
	const char *says; /* NULL: it is good */
};

static const char letter[] = "holds a character that is not allowed";
static const char long_[] = "is longer than allowed";

static const struct one all[] = {
    {"user", "userPrincipalName", "ada.o'hara_1-2!#^~@x.test", NULL},
    {"user", "userPrincipalName", X64 "@" X48, NULL},
    {"user", "userPrincipalName", X64 "a@x.test",
	"has more than 64 characters before the @"},
    {"user", "userPrincipalName", "a@" X48 "a",
	"has more than 48 characters behind the @"},
    {"user", "userPrincipalName", "no-at", "is not NAME@DOMAIN with one @"},
    {"user", "userPrincipalName", "a@b@c", "is not NAME@DOMAIN with one @"},
    {"user", "userPrincipalName", "@b", "is not NAME@DOMAIN with one @"},
    {"user", "userPrincipalName", ".a@x.test",
	"begins or ends with a dot before the @"},
    {"user", "userPrincipalName", "a.@x.test",
	"begins or ends with a dot before the @"},
    {"user", "userPrincipalName", "no blanks (please)@x.test", letter},
    {"user", "userPrincipalName", "b\303\266rk@x.test", letter},
    {"user", "proxyAddresses", "SMTP:ada@x.test", NULL},
    {"user", "proxyAddresses", "x500:/o=A B/ou=(C)", NULL},
    {"user", "proxyAddresses", "smtp:a b@x.test", letter},
    {"user", "proxyAddresses", "smtp:ada@local", "is no mail address"},
    {"user", "proxyAddresses", "ada@x.test", "has no prefix such as smtp:"},
    {"user", "proxyAddresses", "x500:" X256, long_},
    {"user", "mail", "ada@x.test", NULL},
    {"user", "mail", "ada at x.test", letter},
    {"user", "mail", "ada", "is no mail address"},
    {"user", "targetAddress", "SMTP:ada@x.test", NULL},
    {"user", "targetAddress", "SMTP:ada[1]@x.test", letter},
    {"user", "mailNickname", "ada.l", NULL},
    {"user", "mailNickname", "ada.", "begins or ends with a dot"},
    {"user", "mailNickname", "ada l", letter},
    {"user", "mailNickname", X64 "a", long_},
    {"group", "mailNickname", "a'b!", NULL},
    {"group", "mailNickname", "a.b", letter},
    {"user", "usageLocation", "GB", NULL},
    {"user", "usageLocation", "UK1",
	"is no code of a country with two letters"},
    {"user", "department", X64, NULL},
    {"user", "department", X64 "a", long_},
    {"user", "displayName", X256, NULL},
    {"user", "displayName", X256 "a", long_},
    {"user", "employeeId", "12345678901234567", long_},
    {"user", "department", "\xff", "is not UTF-8"},
    {"user", "description", X256 X256 X256 X256 "a", NULL},
    {"group", "description", X256 X256 X256 X256 "a", long_},
    {"user", "extensionAttribute1", "anything (at all)", NULL},
};

static void
each_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct value v = value_string(text_of(all[i].value));
		struct value_fault f;
		bool broken = value_rule_broken(
		    text_of(all[i].type), text_of(all[i].attribute), &v, &f);

		if (broken != (all[i].says != NULL) ||
		    (broken && strcmp(f.text, all[i].says) != 0))
			fail_msg("%s %s: %s", all[i].attribute, all[i].value,
			    broken ? f.text : "good");
	}
}

/* Names of records are those of the service. */
static void
types_of_records(void **state)
{
	struct value bad = value_string(TEXT("a b@x.test"));
	struct value longer = value_string(TEXT(X64 "a"));
	struct value number = value_integer(7);
	struct value_fault f;

	(void)state;
	assert_true(value_rule_broken(
	    TEXT("user"), TEXT("userPrincipalName"), &bad, &f));
	assert_string_equal(f.type, "IdentityDataValidationFailed");
	assert_true(value_rule_broken(TEXT("user"), TEXT("mail"), &bad, &f));
	assert_string_equal(f.type, "DataValidationFailed");
	assert_true(
	    value_rule_broken(TEXT("user"), TEXT("surname"), &longer, &f));
	assert_string_equal(f.type, "ExceededAllowedLength");
	assert_int_equal(f.max, 64);
	assert_false(
	    value_rule_broken(TEXT("user"), TEXT("surname"), &number, &f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_rule),
	    cmocka_unit_test(types_of_records),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* tests/unit/model/test_password.c -- model/password.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/password.h"

static void
holds_one(void **state)
{
	(void)state;
	assert_true(password_attribute(TEXT("unicodePwd")));
	assert_true(password_attribute(TEXT("USERPASSWORD")));
	assert_true(password_attribute(TEXT("userPassword;x-hashed")));
	assert_true(password_attribute(TEXT("supplementalCredentials")));
}

static void
holds_none(void **state)
{
	(void)state;
	assert_false(password_attribute(TEXT("")));
	assert_false(password_attribute(TEXT("pwdLastSet")));
	assert_false(password_attribute(TEXT("userPasswordHint")));
	assert_false(password_attribute(TEXT("cn;userPassword")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(holds_one),
	    cmocka_unit_test(holds_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

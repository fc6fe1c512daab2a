/* tests/unit/engine/test_advice.c -- every error of the cloud has its meaning
 * and what helps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/advice.h"

/* What the services answer, by the names that administrators see, and whether
 * it is tried again. */
static const struct {
	const char *type;
	enum advice_retry retry;
	bool conflict;
} wanted[] = {
    {"InvalidSoftMatch", ADVICE_RETRY_ALWAYS, true},
    {"InvalidHardMatch", ADVICE_RETRY_ALWAYS, true},
    {"ObjectTypeMismatch", ADVICE_RETRY_ALWAYS, true},
    {"AttributeValueMustBeUnique", ADVICE_RETRY_ALWAYS, true},
    {"IdentityDataValidationFailed", ADVICE_RETRY_ALWAYS, false},
    {"DataValidationFailed", ADVICE_RETRY_ALWAYS, false},
    {"LargeObject", ADVICE_RETRY_ALWAYS, false},
    {"ExceededAllowedLength", ADVICE_RETRY_ALWAYS, false},
    {"ExistingAdminRoleConflict", ADVICE_RETRY_ALWAYS, true},
    {"FederatedDomainChangeError", ADVICE_RETRY_ALWAYS, false},
    {"DeletingCloudOnlyObjectNotAllowed", ADVICE_RETRY_NEVER, false},
    {"PasswordChangeOnCloudOnlyObject", ADVICE_RETRY_NEVER, false},
    {"DeleteNotValid", ADVICE_RETRY_NEVER, false},
    {"QuotaExceeded", ADVICE_RETRY_LATER, false},
    {"InvalidAttribute", ADVICE_RETRY_NEVER, false},
    {"ReferenceNotFound", ADVICE_RETRY_LATER, false},
    {"ImmutableIdChange", ADVICE_RETRY_ALWAYS, false},
    {"AccessDenied", ADVICE_RETRY_ALWAYS, false},
    {"NotActivated", ADVICE_RETRY_LATER, false},
    {"PasswordSyncNotActivated", ADVICE_RETRY_LATER, false},
    {"Busy", ADVICE_RETRY_LATER, false},
};

static void
each_is_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		const struct advice *a = advice_find(text_of(wanted[i].type));

		assert_non_null(a);
		assert_int_equal(a->retry, wanted[i].retry);
		assert_int_equal(a->conflict, wanted[i].conflict);
	}
	assert_null(advice_find(TEXT("")));
	assert_null(advice_find(TEXT("busy")));
}

/* One row a type, and texts as messages are written here. */
static void
texts_are_in_form(void **state)
{
	(void)state;
	for (const struct advice *a = advice_all(); a->type != NULL; a++) {
		assert_ptr_equal(advice_find(text_of(a->type)), a);
		assert_true(strlen(a->means) > 20);
		assert_true(a->means[strlen(a->means) - 1] != '.');
		assert_true(strlen(a->remedy) > 20);
		assert_true(a->remedy[strlen(a->remedy) - 1] != '.' ||
			    strstr(a->remedy, ".md") != NULL);
	}
}

/* The page for people has the same table. */
static void
page_is_fresh(void **state)
{
	static char page[65536];
	FILE *f = fopen(EXPLAIN_MD, "r");
	size_t n;

	(void)state;
	assert_non_null(f);
	n = fread(page, 1, sizeof(page) - 1, f);
	(void)fclose(f);
	page[n] = '\0';
	for (const struct advice *a = advice_all(); a->type != NULL; a++) {
		static const char *const again[] = {
		    [ADVICE_RETRY_ALWAYS] = "until put right",
		    [ADVICE_RETRY_NEVER] = "no",
		    [ADVICE_RETRY_LATER] = "by itself"};
		char row[1024];

		(void)snprintf(row, sizeof(row), "| %s | %s | %s | %s |\n",
		    a->type, a->means, a->remedy, again[a->retry]);
		assert_non_null(strstr(page, row));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_is_explained),
	    cmocka_unit_test(texts_are_in_form),
	    cmocka_unit_test(page_is_fresh),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

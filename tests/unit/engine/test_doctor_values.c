/* tests/unit/engine/test_doctor_values.c -- what engine/doctor/values.h
 * promises: of every rule a value that breaks it and one that does not, and the
 * repair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/doctor/values.h"

#define C VALUE_ERROR_CHARACTER
#define F VALUE_ERROR_FORMAT
#define T VALUE_ERROR_TLD
#define D VALUE_ERROR_DOMAIN_PART
#define L VALUE_ERROR_LOCAL_PART
#define N VALUE_ERROR_LENGTH
#define B VALUE_ERROR_BLANK
#define M VALUE_ERROR_MAIL_MATCH

/* "<n>" becomes n letters. */
static struct text
expand(const char *t, char out[2048])
{
	size_t n = 0;

	for (; *t != '\0'; t++) {
		if (*t != '<' || t[1] < '0' || t[1] > '9') {
			out[n++] = *t;
			continue;
		}
		for (long k = strtol(t + 1, NULL, 10); k > 0; k--)
			out[n++] = 'x';
		t = strchr(t, '>');
	}
	return (struct text){out, n};
}

struct row {
	const char *attribute;
	enum doctor_rules rules;
	const char *value;
	unsigned errors;
	const char *repaired; /* "": only a person can tell */
	bool group;
};

#define CLOUD DOCTOR_MULTI_TENANT
#define OWN   DOCTOR_DEDICATED

static const struct row rows[] = {
    /* displayName */
    {"displayName", CLOUD, "Ada Hansen", 0, "", false},
    {"displayName", CLOUD, "<255>", 0, "", false},
    {"displayName", CLOUD, "<256>", N, "<255>", false},
    {"displayName", CLOUD, "  ", B, "Ada", false},
    {"displayName", CLOUD, "", B, "Ada", false},
    {"displayName", OWN, "<256>", 0, "", true},
    {"displayName", OWN, "<257>", N, "<256>", true},
    {"displayName", OWN, " All", C, "All", true},
    {"displayName", OWN, "All ", C, "All", true},
    {"displayName", OWN, " ", B, "Ada", true},
    {"displayName", OWN, " ", 0, "", false},
    /* givenName */
    {"givenName", CLOUD, "<63>", 0, "", false},
    {"givenName", CLOUD, "<64>", N, "<63>", false},
    {"givenName", CLOUD, "J\xc3\xb6rg", 0, "", false},
    /* mail */
    {"mail", CLOUD, "a b", 0, "", false},
    {"mail", CLOUD, "<256>", 0, "", false},
    {"mail", CLOUD, "<257>", N, "", false},
    {"mail", OWN, "a@b.no", 0, "", false},
    {"mail", OWN, "a b@c.no", C, "ab@c.no", false},
    {"mail", OWN, "a", F, "", false},
    {"mail", OWN, "<251>@b.no", 0, "", false},
    {"mail", OWN, "<252>@b.no", N, "", false},
    /* mailNickname */
    {"mailNickname", CLOUD, "ada", 0, "", false},
    {"mailNickname", CLOUD, "<64>", 0, "", false},
    {"mailNickname", CLOUD, "<65>", N, "<64>", false},
    {"mailNickname", CLOUD, "..ada", C, "ada", false},
    {"mailNickname", CLOUD, "ada.", 0, "", false},
    {"mailNickname", OWN, "ada.h", 0, "", false},
    {"mailNickname", OWN, "ada.", C, "ada", false},
    {"mailNickname", OWN, ".ada", C, "ada", false},
    {"mailNickname", OWN, "a d!a@", C, "ada", false},
    {"mailNickname", OWN, " ", B, "Ada", false},
    {"mailNickname", OWN, "<65>", N, "<64>", false},
    /* proxyAddresses */
    {"proxyAddresses", CLOUD, "SMTP:ada@corp.no", 0, "", false},
    {"proxyAddresses", CLOUD, "smtp:a da@corp.no", C, "smtp:ada@corp.no",
	false},
    {"proxyAddresses", CLOUD, "smtp:a;da@corp.no", C, "smtp:ada@corp.no",
	false},
    {"proxyAddresses", CLOUD, "smtp:ada@corp", F, "", false},
    {"proxyAddresses", CLOUD, "smtp:ada@corp.local", T, "", false},
    {"proxyAddresses", CLOUD, "smtp:ada@corp.x1", T, "", false},
    {"proxyAddresses", CLOUD, "smtp:ada@-corp.no", F, "", false},
    {"proxyAddresses", CLOUD, "smtp:a..b@corp.no", F, "", false},
    {"proxyAddresses", CLOUD, "smtp:<243>@corp.no", 0, "", false},
    {"proxyAddresses", CLOUD, "smtp:<244>@corp.no", N, "", false},
    {"proxyAddresses", CLOUD, "sip:a;b", 0, "", false},
    {"proxyAddresses", CLOUD, "sip:a<b", C, "sip:ab", false},
    {"proxyAddresses", CLOUD, "x500:/o=A B/cn=<c>", 0, "", false},
    {"proxyAddresses", CLOUD, "X500:/o=A[B]/cn=c'", C, "X500:/o=AB/cn=c",
	false},
    {"proxyAddresses", CLOUD, "x400:c=no;\x01", C, "x400:c=no;", false},
    {"proxyAddresses", OWN, "smtp:ada@corp.no", 0, "", false},
    {"proxyAddresses", OWN, "smtp:ada", F, "", false},
    {"proxyAddresses", OWN, "smtp:<244>@corp.no", N, "", false},
    /* sAMAccountName */
    {"sAMAccountName", CLOUD, "<20>", 0, "", false},
    {"sAMAccountName", CLOUD, "<21>", N, "<20>", false},
    {"sAMAccountName", CLOUD, "ad/a", C, "ada", false},
    /* targetAddress */
    {"targetAddress", CLOUD, "SMTP:ada@corp.no", 0, "", false},
    {"targetAddress", CLOUD, "SMTP:ad\\a@corp.no", C, "SMTP:ada@corp.no",
	false},
    {"targetAddress", CLOUD, "SMTP:<242>@corp.no", 0, "", false},
    {"targetAddress", CLOUD, "SMTP:<243>@corp.no", N, "", false},
    {"targetAddress", CLOUD, "SMTP:ada", F, "", false},
    {"targetAddress", OWN, "SMTP:ada@corp.no", 0, "", false},
    {"targetAddress", OWN, "SMTP:bo@corp.no", M, "", false},
    {"targetAddress", OWN, "", B, "", false},
    {"targetAddress", OWN, "SMTP:<256>", N | M, "", false},
    /* userPrincipalName */
    {"userPrincipalName", CLOUD, "ada@corp.no", 0, "", false},
    {"userPrincipalName", CLOUD, "<64>@<45>.no", 0, "", false},
    {"userPrincipalName", CLOUD, "<65>@<44>.no", L, "", false},
    {"userPrincipalName", CLOUD, "<63>@<46>.no", D, "", false},
    {"userPrincipalName", CLOUD, "<64>@<46>.no", D | N, "", false},
    {"userPrincipalName", CLOUD, "ada hansen@corp.no", C, "adahansen@corp.no",
	false},
    {"userPrincipalName", CLOUD, "j\xc3\xb6rg@corp.no", C, "joerg@corp.no",
	false},
    {"userPrincipalName", CLOUD, "ren\xc3\xa9@corp.no", C, "rene@corp.no",
	false},
    {"userPrincipalName", CLOUD, "ada", F, "", false},
    {"userPrincipalName", CLOUD, "a@b@corp.no", F, "", false},
    {"userPrincipalName", CLOUD, ".ada@corp.no", F, "", false},
    {"userPrincipalName", CLOUD, "ada@corp.local", T, "", false},
    {"userPrincipalName", CLOUD, "a&a@corp.local", C, "", false},
};

static void
each_row(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		const struct value_row *row =
		    value_row_find(text_of(r->attribute), r->rules);
		const struct value_subject of = {.cn = TEXT("Ada"),
		    .mail = TEXT("ada@corp.no"),
		    .group = r->group};
		static char in[2048], want[2048];
		struct text value = expand(r->value, in), fix;
		unsigned got;

		assert_non_null(row);
		got = value_check(row, &of, value);
		if (got != r->errors)
			fail_msg("%s \"%s\": %x and not %x", r->attribute,
			    r->value, got, r->errors);
		if (got == 0)
			continue;
		assert_int_equal(value_repair(row, &of, value, a, &fix), 0);
		if (!text_equal(fix, expand(r->repaired, want)))
			fail_msg("%s \"%s\": repaired \"%.*s\"", r->attribute,
			    r->value, TEXT_ARGS(fix));
		if (fix.len != 0)
			assert_int_equal(value_check(row, &of, fix), 0);
	}
}

/* Each character that is forbidden is found; its neighbours are not. */
static void
each_character(void **state)
{
	static const struct {
		const char *attribute;
		enum doctor_rules rules;
		const char *before, *after, *forbidden;
	} lists[] = {
	    {"userPrincipalName", CLOUD, "a", "b@corp.no",
		" \\%&*+/=?'{}|<>();:,[]\""},
	    {"proxyAddresses", CLOUD, "smtp:a", "b@corp.no", " <>();,[]\""},
	    {"targetAddress", CLOUD, "smtp:a", "b@corp.no", " \\<>();,[]\""},
	    {"sAMAccountName", CLOUD, "a", "b", "\\\"|,/[]:<>+=;?*"},
	    {"mailNickname", OWN, "a", "b", " \\!#$%&*+/=?^`{}|~<>()';:,[]\"@"},
	};
	const struct value_subject of = {.cn = TEXT("x")};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		const struct value_row *row =
		    value_row_find(text_of(lists[i].attribute), lists[i].rules);

		for (int c = 0x20; c < 0x7f; c++) {
			char value[64];
			unsigned errors;

			if (c == '@')
				continue;
			(void)snprintf(value, sizeof(value), "%s%c%s",
			    lists[i].before, c, lists[i].after);
			errors = value_check(row, &of, text_of(value));
			assert_int_equal((errors & C) != 0,
			    strchr(lists[i].forbidden, c) != NULL);
		}
	}
}

/* A list of top-level domains goes before what is built in. */
static void
own_domains(void **state)
{
	const struct text list[] = {TEXT("example"), TEXT("no")};
	const struct value_subject of = {.tlds = list, .tld_count = 2};
	const struct value_row *row =
	    value_row_find(TEXT("USERPRINCIPALNAME"), CLOUD);

	(void)state;
	assert_int_equal(value_check(row, &of, TEXT("a@b.EXAMPLE")), 0);
	assert_int_equal(value_check(row, &of, TEXT("a@b.com")), T);
	assert_null(value_row_find(TEXT("department"), CLOUD));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_row),
	    cmocka_unit_test(each_character),
	    cmocka_unit_test(own_domains),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

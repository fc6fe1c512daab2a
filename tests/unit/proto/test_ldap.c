/* tests/unit/proto/test_ldap.c -- what needs no server: schema definitions,
 * options of attributes, result codes in words, settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/ldap_defs.h"
#include "proto/ldap_int.h"

static void
attribute_types(void **state)
{
	struct arena *a = arena_new(0);
	struct ldap_attr_def d;
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    ldap_attr_def_parse(a,
		TEXT("( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'x' SUP name "
		     "SINGLE-VALUE )"),
		&d, &e),
	    0);
	assert_string_equal(d.oid.data, "2.5.4.3");
	assert_int_equal(d.name_count, 2);
	assert_string_equal(d.names[1].data, "commonName");
	assert_string_equal(d.sup.data, "name");
	assert_int_equal(d.syntax.len, 0);
	assert_true(d.single);
	assert_false(d.read_only);

	/* as Active Directory writes them */
	assert_int_equal(
	    ldap_attr_def_parse(a,
		TEXT("( 1.2.840.113556.1.4.2 NAME 'objectGUID' SYNTAX "
		     "'1.3.6.1.4.1.1466.115.121.1.40' SINGLE-VALUE "
		     "NO-USER-MODIFICATION )"),
		&d, &e),
	    0);
	assert_string_equal(d.syntax.data, "1.3.6.1.4.1.1466.115.121.1.40");
	assert_true(d.read_only);

	assert_int_equal(
	    ldap_attr_def_parse(a, TEXT("( 2.5.4.3 NAME 'cn"), &d, &e),
	    ERR_SYNTAX);
	assert_non_null(strstr(e.text, "byte"));
	(void)arena_free(a);
}

static void
object_classes(void **state)
{
	struct arena *a = arena_new(0);
	struct ldap_class_def d;

	(void)state;
	assert_int_equal(
	    ldap_class_def_parse(a,
		TEXT("( 2.16.840.1.113730.3.2.2 NAME 'inetOrgPerson' SUP "
		     "organizationalPerson STRUCTURAL MAY ( mail ) )"),
		&d, NULL),
	    0);
	assert_string_equal(d.names[0].data, "inetOrgPerson");
	assert_int_equal(d.sup_count, 1);
	assert_string_equal(d.sups[0].data, "organizationalPerson");
	assert_false(d.auxiliary);
	(void)arena_free(a);
}

static void
matching_rules(void **state)
{
	struct arena *a = arena_new(0);
	struct ldap_rule_def d;
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    ldap_rule_def_parse(a,
		TEXT("( 2.5.13.2 NAME ( 'caseIgnoreMatch' 'cim' ) SYNTAX "
		     "1.3.6.1.4.1.1466.115.121.1.15 )"),
		&d, &e),
	    0);
	assert_string_equal(d.oid.data, "2.5.13.2");
	assert_int_equal(d.name_count, 2);
	assert_string_equal(d.names[1].data, "cim");
	assert_int_equal(
	    ldap_rule_def_parse(a, TEXT("( 2.5.13.2 NAME"), &d, &e),
	    ERR_SYNTAX);
	(void)arena_free(a);
}

static void
options(void **state)
{
	struct ldap_option o;

	(void)state;
	assert_true(ldap_option_parse(TEXT("member"), &o));
	assert_true(text_is(o.name, "member"));
	assert_false(o.range || o.foreign);
	assert_true(ldap_option_parse(TEXT("member;range=0-1499"), &o));
	assert_true(text_is(o.name, "member") && o.range && !o.last);
	assert_int_equal(o.next, 1500);
	assert_true(ldap_option_parse(TEXT("member;Range=3000-*"), &o));
	assert_true(o.range && o.last);
	assert_true(ldap_option_parse(TEXT("userCertificate;binary"), &o));
	assert_true(text_is(o.name, "userCertificate") && !o.foreign);
	assert_true(ldap_option_parse(TEXT("cn;lang-fr"), &o));
	assert_true(o.foreign);
	assert_true(ldap_option_parse(TEXT("m;binary;range=0-9"), &o));
	assert_true(text_is(o.name, "m") && o.next == 10);
	assert_false(ldap_option_parse(TEXT("member;range=0"), &o));
	assert_false(ldap_option_parse(TEXT("member;range=0-x"), &o));
	assert_false(ldap_option_parse(TEXT("member;range=0--5"), &o));
}

static void
reasons(void **state)
{
	struct ldap_server server = {.url = TEXT("ldaps://dc1")};
	struct ldap_session s = {.servers = &server};
	struct err e = {0};

	(void)state;
	assert_int_equal(ldap_fail_diag(&s, LDAP_INVALID_CREDENTIALS,
			     "80090308: LdapErr: DSID-0C09044E, comment: "
			     "AcceptSecurityContext error, data 775, v4563",
			     "bind as anna", &e),
	    ERR_AUTH);
	assert_string_equal(e.type, "failed-authentication");
	assert_non_null(
	    strstr(e.text, "ldaps://dc1: bind as anna: the account is locked"));
	assert_int_equal(
	    ldap_fail_diag(&s, LDAP_INVALID_CREDENTIALS,
		"AcceptSecurityContext error, data 532", "bind", &e),
	    ERR_AUTH);
	assert_non_null(strstr(e.text, "the password has expired"));
	assert_int_equal(
	    ldap_fail_diag(&s, LDAP_SIZELIMIT_EXCEEDED, NULL, "search", &e),
	    ERR_LIMIT);
	assert_int_equal(ldap_fail_diag(&s, LDAP_SERVER_DOWN, "", "search", &e),
	    ERR_CONNECT);
	assert_int_equal(
	    ldap_fail_diag(&s, LDAP_STRONG_AUTH_REQUIRED,
		"BindSimple: Transport encryption required.\n", "bind", &e),
	    ERR_CONFIG);
	assert_non_null(strstr(e.text, "starttls"));
	assert_null(strchr(e.text, '\n'));
	assert_int_equal(
	    ldap_fail_diag(&s, 9999, NULL, "search", &e), ERR_PROTOCOL);
}

static void
refuse(struct text server, size_t n, const char *why)
{
	const struct text list[] = {server};
	const struct ldap_settings set = {.servers = list, .server_count = n};
	struct ldap_session *s = NULL;
	struct err e = {0};

	assert_int_equal(ldap_session_open(&set, &s, &e), ERR_CONFIG);
	assert_null(s);
	if (strstr(e.text, why) == NULL)
		fail_msg("%s", e.text);
}

static void
settings(void **state)
{
	(void)state;
	refuse(TEXT("dc1.example.com"), 1, "is no URL");
	refuse(TEXT("https://dc1.example.com"), 1, "is no URL");
	refuse(TEXT("ldaps://"), 1, "names no host");
	refuse(TEXT("ldaps://dc1"), 0, "0 servers");
	refuse(TEXT("ldaps://dc1"), LDAP_SERVERS_MAX + 1, "17 servers");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(attribute_types),
	    cmocka_unit_test(object_classes),
	    cmocka_unit_test(matching_rules),
	    cmocka_unit_test(options),
	    cmocka_unit_test(reasons),
	    cmocka_unit_test(settings),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

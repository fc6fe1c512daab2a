/* tests/unit/connectors/test_sync.c -- the table of attributes, the rules of
 * values, what results and faults mean, watermarks, redirections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "connectors/sync/sync_int.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct arena *a;
static struct sconn s;

/* ---- The table ---- */

static void
test_table(void **state)
{
	(void)state;
	assert_true(sattr_count < SATTR_MAX);
	for (size_t i = 1; i < sattr_count; i++)
		assert_true(strcasecmp(sattrs[i - 1].name, sattrs[i].name) < 0);
	for (size_t i = 0; i < sattr_count; i++) {
		assert_int_equal(sattr_find(text_of(sattrs[i].name)), (int)i);
		assert_true(sattrs[i].on != 0);
	}
	assert_true(sattr_find(TEXT("ACCOUNTENABLED")) >= 0);
	assert_int_equal(sattr_find(TEXT("accountEnable")), -1);
	assert_int_equal(sattr_find(TEXT("accountEnabledX")), -1);
	assert_int_equal(sattr_find(TEXT("")), -1);
	assert_int_equal(stype_of_wire(TEXT("PublicFolder")), ST_PUBLIC_FOLDER);
	assert_int_equal(stype_of_wire(TEXT("Robot")), -1);
}

/* ---- Values: what passes, and what does not ---- */

static const struct value_case {
	const char *name, *value;
	const char *type; /* NULL: it passes */
} value_cases[] = {
    {"userPrincipalName", "ada@example.com", NULL},
    {"userPrincipalName", "a.b-c_d'e@sub.example.com", NULL},
    {"userPrincipalName", "ada", "IdentityDataValidationFailed"},
    {"userPrincipalName", "a@b@example.com", "IdentityDataValidationFailed"},
    {"userPrincipalName", "a da@example.com", "IdentityDataValidationFailed"},
    {"userPrincipalName", "a%da@example.com", "IdentityDataValidationFailed"},
    {"userPrincipalName", "\xc3\xa4@example.com",
	"IdentityDataValidationFailed"},
    {"userPrincipalName", ".ada@example.com", "IdentityDataValidationFailed"},
    {"userPrincipalName", "ada.@example.com", "IdentityDataValidationFailed"},
    {"userPrincipalName", "ada@example", "IdentityDataValidationFailed"},
    {"userPrincipalName", "ada@-x.com", "IdentityDataValidationFailed"},
    {"userPrincipalName",
	"a1234567890123456789012345678901234567890123456789012345678901234"
	"@example.com",
	"IdentityDataValidationFailed"},
    {"userPrincipalName",
	"ada@a123456789012345678901234567890123456789012345.com",
	"IdentityDataValidationFailed"},
    {"proxyAddresses", "SMTP:ada@example.com", NULL},
    {"proxyAddresses", "X500:/o=Example/cn=Ada L", NULL},
    {"proxyAddresses", "sip:ada@example.com", NULL},
    {"proxyAddresses", "ada@example.com", "DataValidationFailed"},
    {"proxyAddresses", "SMTP:a da@example.com", "DataValidationFailed"},
    {"proxyAddresses", "SMTP:ada;x@example.com", "DataValidationFailed"},
    {"proxyAddresses", "SMTP:ada", "DataValidationFailed"},
    {"proxyAddresses", "smtp:ada@example.com", "DataValidationFailed"},
    {"alias", "ada.l", NULL},
    {"alias", "ada l", "DataValidationFailed"},
    {"alias", "ada@l", "DataValidationFailed"},
    {"alias", ".ada", "DataValidationFailed"},
    {"alias", "ada.", "DataValidationFailed"},
    {"alias",
	"a1234567890123456789012345678901234567890123456789012345678901234",
	"ExceededAllowedLength"},
    {"mail", "ada@example.com", NULL},
    {"mail", "ada example.com", "DataValidationFailed"},
    {"mail", "a da@example.com", "DataValidationFailed"},
    {"targetAddress", "SMTP:ada@example.com", NULL},
    {"targetAddress", "SMTP:ada", "DataValidationFailed"},
    {"targetAddress", "SMTP:<ada@example.com>", "DataValidationFailed"},
    {"displayName", "Ada Lovelace", NULL},
    {"displayName", " Ada", "DataValidationFailed"},
    {"displayName", "Ada ", "DataValidationFailed"},
    {"postalCode", "1234567890123456789012345678901234567890", NULL},
    {"postalCode", "12345678901234567890123456789012345678901",
	"ExceededAllowedLength"},
    {"description", "\xff", "invalid-attribute-value"},
};

static void
test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(value_cases); i++) {
		const struct value_case *c = &value_cases[i];
		struct value v = value_string(text_of(c->value));
		struct err e = {0};
		int r = values_check(
		    &sattrs[sattr_find(text_of(c->name))], &v, 1, &e);

		if ((r == 0) != (c->type == NULL) ||
		    strcmp(e.type, c->type == NULL ? "" : c->type) != 0)
			fail_msg("%s \"%s\": %d %s: %s", c->name, c->value, r,
			    e.type, e.text);
		/* the name, and the value itself or what of it is shown */
		if (c->type != NULL)
			assert_non_null(strstr(e.text, c->name));
	}
}

/* A length counts characters, not octets. */
static void
test_characters(void **state)
{
	char umlauts[2 * 65 + 1];
	const struct sattr *at = &sattrs[sattr_find(TEXT("givenName"))];
	struct value v;

	(void)state;
	for (int i = 0; i < 65; i++)
		memcpy(umlauts + 2 * i, "\xc3\xa4", 2);
	v = value_string((struct text){umlauts, 2 * 64});
	assert_int_equal(values_check(at, &v, 1, NULL), 0);
	v.text.len = 2 * 65;
	assert_int_equal(values_check(at, &v, 1, NULL), ERR_REJECTED);
}

static void
test_lists(void **state)
{
	struct value list[16];
	struct err e = {0};
	const struct sattr *proxies =
	    &sattrs[sattr_find(TEXT("proxyAddresses"))];
	const struct sattr *certs =
	    &sattrs[sattr_find(TEXT("userCertificate"))];

	(void)state;
	list[0] = value_string(TEXT("SMTP:a@example.com"));
	list[1] = value_string(TEXT("smtp:b@example.com"));
	assert_int_equal(values_check(proxies, list, 2, &e), 0);
	list[1] = value_string(TEXT("SMTP:b@example.com"));
	assert_int_equal(values_check(proxies, list, 2, &e), ERR_REJECTED);
	assert_non_null(strstr(e.text, "2 primary addresses"));
	list[0] = value_string(TEXT("x500:/o=a"));
	assert_int_equal(values_check(proxies, list, 1, &e), 0);
	for (size_t i = 0; i < COUNT(list); i++)
		list[i] = value_binary(TEXT("\x30"));
	assert_int_equal(values_check(certs, list, 15, &e), 0);
	assert_int_equal(values_check(certs, list, 16, &e), ERR_REJECTED);
	assert_string_equal(e.type, "LargeObject");
	assert_int_equal(
	    values_check(&sattrs[sattr_find(TEXT("title"))], list, 2, &e),
	    ERR_REJECTED);
}

/* ---- Results ---- */

static const struct xml_node *
node(const char *text)
{
	const struct xml_node *root = NULL;
	struct err e = {0};

	if (xml_parse(a, "test", text_of(text), &root, &e) < 0)
		fail_msg("%s", e.text);
	return root;
}

#define RESULT(code, number, description, details)                          \
	"<r><CloudAnchor>User_1f</CloudAnchor>" details "<ResultCode>" code \
	"</ResultCode><ResultErrorCode>" number "</ResultErrorCode>"        \
	"<ResultErrorDescription>" description "</ResultErrorDescription></r>"

static const struct result_case {
	const char *xml;
	enum export_status status;
	const char *type, *text; /* of the error */
} result_cases[] = {
    {RESULT("Success", "0", "", ""), EXPORT_DONE, "", ""},
    {RESULT("Failure", "7", "InvalidSoftMatch: another anchor.", ""),
	EXPORT_ERROR, "InvalidSoftMatch", "another anchor"},
    {RESULT("Failure", "114",
	 "The synchronization operation Delete is not valid.", ""),
	EXPORT_ERROR, "DeleteNotValid",
	"The synchronization operation Delete is not valid"},
    {RESULT("Failure", "9",
	 "Unable to update this object because the following attributes have "
	 "values that may already be associated with another object.",
	 "<ErrorDetails>"
	 "<p><Key>AttributeConflictName</Key><Value><s>ProxyAddresses</s>"
	 "</Value></p><p><Key>AttributeConflictValues</Key><Value>"
	 "<s>SMTP:a@b.c</s></Value></p><p><Key>ObjectIdInConflict</Key><Value>"
	 "<s>1-2</s></Value></p></ErrorDetails>"),
	EXPORT_ERROR, "AttributeValueMustBeUnique",
	"Unable to update this object because the following attributes have "
	"values that may already be associated with another object; "
	"AttributeConflictName ProxyAddresses; AttributeConflictValues "
	"SMTP:a@b.c; ObjectIdInConflict 1-2"},
    {RESULT("Failure", "81", "The service is busy.", ""), EXPORT_RETRY,
	"cd-error", "The service is busy"},
    {RESULT("Failure", "3", "Something: new.", ""), EXPORT_ERROR, "cd-error",
	"Something: new"},
    {"<r/>", EXPORT_ERROR, "cd-error", ""},
};

static void
test_results(void **state)
{
	struct export_item it = {.op = DELTA_UPDATE};
	struct export_result out;
	struct work w = {.it = &it, .type = ST_USER};

	(void)state;
	for (size_t i = 0; i < COUNT(result_cases); i++) {
		const struct result_case *c = &result_cases[i];

		result_read(a, node(c->xml), &w, &out);
		assert_int_equal(out.status, c->status);
		assert_string_equal(out.err.type, c->type);
		assert_string_equal(out.err.text, c->text);
		assert_null(out.warning);
	}
	/* it worked, with a word about it */
	result_read(a, node(RESULT("Success", "0", "with a placeholder.", "")),
	    &w, &out);
	assert_int_equal(out.status, EXPORT_DONE);
	assert_string_equal(out.warning->type, "export-notice");
	assert_string_equal(out.warning->text, "with a placeholder");
	/* a new object must be called something we can read back */
	it.op = DELTA_ADD;
	result_read(a, node(RESULT("Success", "0", "", "")), &w, &out);
	assert_int_equal(out.status, EXPORT_DONE);
	assert_true(text_is(out.anchor, "User_1f"));
	w.type = ST_GROUP;
	result_read(a, node(RESULT("Success", "0", "", "")), &w, &out);
	assert_int_equal(out.status, EXPORT_UNCERTAIN);
}

/* ---- Faults ---- */

static const struct fault_case {
	struct soap_told told;
	enum fault_kind kind;
	int code;
} fault_cases[] = {
    {{.code = {"81", 2}, .receiver = true}, FAULT_BUSY, ERR_BUSY},
    {{.text = {"The service is busy.", 20}}, FAULT_BUSY, ERR_BUSY},
    {{.code = {"115", 3}}, FAULT_DENIED, ERR_ACCESS},
    {{.reason = {"Access has been denied.", 23}}, FAULT_DENIED, ERR_ACCESS},
    {{.text = {"It is no longer supported.", 26}}, FAULT_FINAL, ERR_REFUSED},
    {{.reason = {"not yet activated", 17}}, FAULT_FINAL, ERR_CONFIG},
    {{.code = {"90", 2}}, FAULT_FINAL, ERR_CONFIG},
    {{.code = {"82", 2}, .receiver = true}, FAULT_SERVICE, ERR_REJECTED},
    {{.code = {"7", 1}}, FAULT_FINAL, ERR_REJECTED},
    {{.url = {"https://x.test/", 15}}, FAULT_REDIRECT, 0},
};

static void
test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(fault_cases); i++) {
		const struct fault_case *c = &fault_cases[i];
		struct err e = {0};

		assert_int_equal(
		    fault_judge(&c->told, TEXT("2.6.0.0"), &e), c->kind);
		assert_int_equal(e.code, c->code);
		if (c->code == ERR_REFUSED)
			assert_non_null(
			    strstr(e.text, "announced was build 2.6.0.0"));
	}
}

/* ---- Where the token may go ---- */

static void
test_redirections(void **state)
{
	static const struct {
		const char *to;
		bool may;
	} cases[] = {
	    {"https://shard7.example.com/provisioningservice.svc", true},
	    {"https://a.b.example.com/x", true},
	    {"https://admin.example.com/other", true},
	    {"http://shard7.example.com/x", false},
	    {"https://example.org/x", false},
	    {"https://badexample.com/x", false},
	    {"https://example.com.evil.test/x", false},
	    {"https://u:p@shard7.example.com/x", false},
	    {"", false},
	};
	struct text from = TEXT("https://admin.example.com/service.svc");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(
		    call_may_follow(from, text_of(cases[i].to)), cases[i].may);
	/* a host that is a name alone, or an address, leads to itself */
	assert_true(call_may_follow(TEXT("https://127.0.0.1:8443/a"),
	    TEXT("https://127.0.0.1:8443/b")));
	assert_false(call_may_follow(
	    TEXT("https://localhost/a"), TEXT("https://other/b")));
	assert_false(call_may_follow(
	    TEXT("https://login.com/a"), TEXT("https://other.com/b")));
}

/* ---- Watermarks ---- */

static void
test_cookies(void **state)
{
	struct selection one = {0}, two = {0};
	struct text mark, cookie;
	struct err e = {0};

	(void)state;
	one.on[3] = two.on[3] = two.on[4] = true;
	assert_int_equal(
	    cookie_format(a, &s, &one, TEXT("ZDo3"), &mark, &e), 0);
	assert_int_equal(cookie_parse(&s, &one, mark, &cookie, &e), 0);
	assert_true(text_is(cookie, "ZDo3"));
	assert_int_equal(cookie_parse(&s, &two, mark, &cookie, &e), ERR_NOENT);
	for (size_t n = 0; n + 4 <= mark.len; n++)
		assert_int_equal(cookie_parse(&s, &one,
				     (struct text){mark.data, n}, &cookie, &e),
		    ERR_SYNTAX);
	assert_int_equal(
	    cookie_parse(&s, &one, TEXT("graph 1\n"), &cookie, &e), ERR_SYNTAX);
}

/* ---- Objects read back ---- */

#define PAIR(key, value) "<p><Key>" key "</Key><Value>" value "</Value></p>"
#define OBJECT(type, op, pairs)                                              \
	"<o><PropertyValues>" pairs "</PropertyValues><SyncObjectType>" type \
	"</SyncObjectType><SyncOperation>" op "</SyncOperation></o>"

static struct entry
read_one(const char *xml, bool *out_ours)
{
	struct selection all;
	struct entry e = {.kind = ENTRY_OBJECT};

	for (size_t i = 0; i < SATTR_MAX; i++)
		all.on[i] = true;
	assert_int_equal(
	    readback_object(&s, a, &all, node(xml), &e, out_ours), 0);
	return e;
}

static const struct value *
first(const struct entry *e, const char *name)
{
	return attrs_first(&e->attrs, s.names[sattr_find(text_of(name))]);
}

static void
test_objects(void **state)
{
	bool ours;
	struct entry e = read_one(
	    OBJECT("User", "Set",
		PAIR("CloudAnchor", "User_1f") PAIR("SourceAnchor", "AQ==")
		    PAIR("AccountEnabled", "true") PAIR("countryCode", "826")
			PAIR("manager", "Ag==") PAIR("newThing", "x")
			    PAIR("thumbnailPhoto", "AQI=")
				PAIR("proxyAddresses", "<s>a</s><s>b</s>")),
	    &ours);

	(void)state;
	assert_true(ours);
	assert_int_equal(e.kind, ENTRY_OBJECT);
	assert_int_equal(e.type, s.types[ST_USER]);
	assert_true(text_is(e.anchor, "User_1f"));
	assert_true(text_is(e.dn, "CN={41513D3D}"));
	assert_true(first(&e, "accountEnabled")->boolean);
	assert_int_equal(first(&e, "countryCode")->integer, 826);
	assert_int_equal(first(&e, "manager")->by, REF_DN);
	assert_true(text_is(first(&e, "manager")->text, "CN={41673D3D}"));
	assert_true(text_is(first(&e, "thumbnailPhoto")->text, "\x01\x02"));
	assert_int_equal(
	    attrs_find(&e.attrs, s.names[sattr_find(TEXT("proxyAddresses"))])
		->count,
	    2);
	e = read_one(
	    OBJECT("Group", "Delete", PAIR("CloudAnchor", "Group_2")), &ours);
	assert_int_equal(e.kind, ENTRY_DELETED);
	assert_true(text_is(e.dn, "CN=Group_2"));
	e = read_one(
	    OBJECT("User", "Set",
		PAIR("CloudAnchor", "User_3") PAIR("accountEnabled", "maybe")),
	    &ours);
	assert_int_equal(e.kind, ENTRY_ERROR);
	assert_non_null(strstr(e.err.text, "accountEnabled"));
	e = read_one(
	    OBJECT("User", "Set", PAIR("SourceAnchor", "AQ==")), &ours);
	assert_int_equal(e.kind, ENTRY_ERROR);
	assert_string_equal(e.err.type, "missing-anchor-component");
	(void)read_one(OBJECT("Robot", "Set", ""), &ours);
	assert_false(ours);
}

/* ---- The company ---- */

static void
test_company(void **state)
{
	struct company c;
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    company_parse(
		node("<r><DirSyncConfiguration><PreventAccidentalDeletion>"
		     "<DeletionPrevention>EnabledForPercentage</"
		     "DeletionPrevention><ThresholdPercentage>7</"
		     "ThresholdPercentage></PreventAccidentalDeletion></"
		     "DirSyncConfiguration><DirSyncFeatures>41016</"
		     "DirSyncFeatures><IsDirSyncing>true</IsDirSyncing>"
		     "<MaxLinksSupportedAcrossBatchInProvision2>20</"
		     "MaxLinksSupportedAcrossBatchInProvision2></r>"),
		&c, &e),
	    0);
	assert_true(c.syncing);
	assert_int_equal(c.features, 41016);
	assert_int_equal(c.links_max, 20);
	assert_int_equal(c.deletion_percent, 7);
	assert_true(c.deletions == CONNECTOR_NO_LIMIT);
	assert_int_equal(company_parse(node("<r/>"), &c, &e), 0);
	assert_int_equal(c.links_max, SYNC_LINKS_MAX);
	assert_true(c.deletions == CONNECTOR_NO_LIMIT);
	assert_int_equal(
	    company_parse(
		node("<r><DirSyncFeatures>many</DirSyncFeatures></r>"), &c, &e),
	    ERR_PROTOCOL);
}

static void
test_interval(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
	    {"PT30M", 1800000},
	    {"PT90S", 90000},
	    {"P1DT2H3M4S", 93784000},
	    {"PT0M", 0},
	    {"", 0},
	    {"PT", 0},
	    {"P30M", 0}, /* months */
	    {"PT30", 0},
	    {"PTM", 0},
	    {"PT5M3", 0},
	    {"PT1.5M", 0},
	    {"-PT5M", 0},
	    {"PTT5M", 0},
	    {"P400D", 0},
	    {"PT99999999999999999999S", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    company_interval(text_of(rows[i].text)), rows[i].ms);
}

/* ---- Where the lease is ---- */

static void
test_graph_endpoint(void **state)
{
	static const struct {
		const char *authority, *graph, *want;
	} cases[] = {
	    {"https://login.microsoftonline.com", "",
		"https://graph.microsoft.com/v1.0"},
	    {"https://LOGIN.microsoftonline.us", "",
		"https://graph.microsoft.us/v1.0"},
	    {"https://login.partner.microsoftonline.cn", "",
		"https://microsoftgraph.chinacloudapi.cn/v1.0"},
	    {"https://login.example.test", "",
		"https://sync.example.test:8443/v1.0"},
	    {"https://login.microsoftonline.com", "https://g.test/v1.0",
		"https://g.test/v1.0"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct conf_cloud c = {.authority = text_of(cases[i].authority),
		    .graph = text_of(cases[i].graph),
		    .endpoint = TEXT("https://sync.example.test:8443/p.svc")};
		struct text got = sync_graph_endpoint(a, &c);

		assert_true(text_is(got, cases[i].want));
	}
}

static int
setup(void **state)
{
	(void)state;
	a = arena_new(16U << 20);
	s.env.names = names_new();
	return a != NULL && s.env.names != NULL && sconn_intern(&s, NULL) == 0
		   ? 0
		   : -1;
}

static int
teardown(void **state)
{
	(void)state;
	a = arena_free(a);
	s.env.names = names_free(s.env.names);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_characters),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_results),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_redirections),
	    cmocka_unit_test(test_cookies),
	    cmocka_unit_test(test_objects),
	    cmocka_unit_test(test_company),
	    cmocka_unit_test(test_interval),
	    cmocka_unit_test(test_graph_endpoint),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}

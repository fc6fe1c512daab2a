/* tests/unit/connectors/test_graph_body.c -- changes to a body, objects to
 * entries, answers to errors, and what can never be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connectors/graph/gconn_int.h"

static struct arena *a;
static struct gconn g;

static uint32_t
name(const char *s)
{
	uint32_t n;

	assert_int_equal(names_intern(g.env.names, text_of(s), &n), 0);
	return n;
}

static void
put(struct attrs *s, const char *attr, const char *value)
{
	assert_int_equal(
	    attrs_add(a, s, name(attr), value_string(text_of(value))), 0);
}

/* The body of an update from one set to another. */
static const char *
body(enum gtype type, const struct attrs *from, const struct attrs *to,
    struct err *e)
{
	struct export_item it = {
	    .op = DELTA_UPDATE, .type = g.types[type], .image = from};
	struct json *j = NULL;
	struct buf b;
	const char *out;

	assert_int_equal(delta_between(a, from, to, &it.delta), 0);
	if (object_body(&g, type, &it, &j, e) < 0)
		return NULL;
	buf_init(&b, 100000);
	assert_int_equal(json_write(j, false, &b), 0);
	out = text_dup(a, buf_text(&b)).data;
	buf_clear(&b);
	json_free(j);
	return out;
}

static void
test_update(void **state)
{
	struct attrs from = {0}, to = {0};

	(void)state;
	put(&from, "city", "Rome");
	put(&from, "department", "Ops");
	put(&from, "otherMails", "a@x.test");
	put(&from, "otherMails", "b@x.test");
	put(&to, "department", "Dev");
	put(&to, "otherMails", "b@x.test");
	put(&to, "otherMails", "c@x.test");
	assert_int_equal(
	    attrs_add(a, &to, name("accountEnabled"), value_boolean(false)), 0);
	/* null clears, a list goes whole, the unchanged is absent */
	assert_string_equal(body(GT_USER, &from, &to, NULL),
	    "{\"accountEnabled\":false,\"department\":\"Dev\",\"city\":null,"
	    "\"otherMails\":[\"b@x.test\",\"c@x.test\"]}");
}

static void
test_extension_attributes(void **state)
{
	struct attrs from = {0}, to = {0};
	const char *s;

	(void)state;
	put(&from, "extensionAttribute1", "one");
	put(&from, "extensionAttribute2", "two");
	put(&to, "extensionAttribute1", "one");
	put(&to, "extensionAttribute3", "three");
	s = body(GT_USER, &from, &to, NULL);
	assert_non_null(strstr(s, "\"extensionAttribute1\":\"one\""));
	assert_non_null(strstr(s, "\"extensionAttribute2\":null"));
	assert_non_null(strstr(s, "\"extensionAttribute3\":\"three\""));
	assert_null(strstr(s, "extensionAttribute15"));
}

/* One value, and the name of the error that it must give. */
static const struct {
	enum gtype type;
	const char *attr, *value, *error;
} refused[] = {
    {GT_USER, "userPrincipalName", "no-at", "IdentityDataValidationFailed"},
    {GT_USER, "userPrincipalName", "a b@x.test",
	"IdentityDataValidationFailed"},
    {GT_USER, "userPrincipalName", "\xc3\xa9@x.test",
	"IdentityDataValidationFailed"},
    {GT_USER, "userPrincipalName", ".a@x.test", "IdentityDataValidationFailed"},
    {GT_USER, "userPrincipalName", "@x.test", "IdentityDataValidationFailed"},
    {GT_USER, "userPrincipalName", "a@", "IdentityDataValidationFailed"},
    {GT_USER, "userPrincipalName", "a@b@x.test",
	"IdentityDataValidationFailed"},
    {GT_USER, "usageLocation", "ITA", "ExceededAllowedLength"},
    {GT_USER, "employeeId", "12345678901234567", "ExceededAllowedLength"},
    {GT_USER, "onPremisesImmutableId", "a_b", "invalid-attribute-value"},
    {GT_USER, "city", "\xff", "invalid-attribute-value"},
    {GT_USER, "proxyAddresses", "SMTP:a@x.test", "schema-violation"},
    {GT_USER, "onPremisesSamAccountName", "a", "schema-violation"},
    {GT_USER, "noSuchThing", "a", "schema-violation"},
    {GT_GROUP, "department", "a", "schema-violation"},
    {GT_GROUP, "mail", "a@x.test", "schema-violation"},
    {GT_USER, "accountEnabled", "TRUE", "invalid-attribute-value"},
};

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct attrs from = {0}, to = {0};
		struct err e = {0};

		put(&to, refused[i].attr, refused[i].value);
		assert_null(body(refused[i].type, &from, &to, &e));
		assert_string_equal(e.type, refused[i].error);
		assert_non_null(strstr(e.text, refused[i].attr));
	}
}

static void
test_accepted(void **state)
{
	struct attrs from = {0}, to = {0};

	(void)state;
	put(&to, "userPrincipalName", "O'Neil.x-y_z!#^~1@x.test");
	put(&to, "employeeId", "1234567890123456");
	/* counted in characters, not octets */
	put(&to, "usageLocation", "\xc3\xa9\xc3\xa9");
	assert_non_null(body(GT_USER, &from, &to, NULL));
}

static void
test_source_anchor_stays(void **state)
{
	struct attrs from = {0}, to = {0}, none = {0};
	struct err e = {0};

	(void)state;
	put(&from, "onPremisesImmutableId", "one");
	put(&to, "onPremisesImmutableId", "two");
	assert_null(body(GT_USER, &from, &to, &e));
	assert_string_equal(e.type, "ImmutableIdChange");
	assert_non_null(body(GT_USER, &none, &to, &e));
	assert_null(body(GT_GROUP, &none, &to, &e));
}

static struct json *
parse(const char *s)
{
	struct json *j;

	assert_int_equal(json_parse(text_of(s), 1U << 20, &j, NULL), 0);
	return j;
}

static void
test_object(void **state)
{
	struct json *j =
	    parse("{\"id\":\"ab-1\",\"onPremisesImmutableId\":\"AA==\","
		  "\"displayName\":\"Ada\",\"businessPhones\":[\"1\",\"2\"],"
		  "\"city\":null,\"department\":\"\",\"accountEnabled\":true,"
		  "\"unknown\":{},\"onPremisesExtensionAttributes\":"
		  "{\"extensionAttribute7\":\"seven\"},"
		  "\"manager\":{\"@odata.type\":\"#microsoft.graph.user\","
		  "\"id\":\"cd-2\"}}");
	struct entry e;

	(void)state;
	assert_int_equal(object_read(&g, a, GT_USER, j, &e), 0);
	assert_int_equal(e.kind, ENTRY_OBJECT);
	assert_true(text_is(e.anchor, "User_ab-1"));
	assert_true(text_is(e.dn, "CN={41413D3D}"));
	assert_int_equal(e.attrs.count, 6);
	assert_int_equal(
	    attrs_find(&e.attrs, name("businessPhones"))->count, 2);
	assert_true(text_is(
	    attrs_first(&e.attrs, name("extensionAttribute7"))->text, "seven"));
	assert_true(
	    text_is(attrs_first(&e.attrs, name("manager"))->text, "User_cd-2"));
	json_free(j);
}

static void
test_objects_odd(void **state)
{
	struct json *j = parse("{\"id\":\"ab\",\"displayName\":[1]}");
	struct entry e;

	(void)state;
	assert_int_equal(object_read(&g, a, GT_USER, j, &e), 0);
	assert_int_equal(e.kind, ENTRY_ERROR);
	assert_string_equal(e.err.type, "invalid-attribute-value");
	json_free(j);
	j = parse("{\"displayName\":\"x\"}");
	assert_int_equal(object_read(&g, a, GT_USER, j, &e), 0);
	assert_int_equal(e.kind, ENTRY_ERROR);
	assert_string_equal(e.err.type, "missing-anchor-component");
	json_free(j);
	j = parse("{\"id\":\"ab\",\"uniqueName\":\"causeway-4141\"}");
	assert_int_equal(object_read(&g, a, GT_GROUP, j, &e), 0);
	assert_true(text_is(e.dn, "CN={4141}"));
	json_free(j);
	j = parse("{\"id\":\"ab\",\"uniqueName\":\"theirs\"}");
	assert_int_equal(object_read(&g, a, GT_GROUP, j, &e), 0);
	assert_true(text_is(e.dn, "CN=Group_ab"));
	assert_int_equal(e.attrs.count, 0);
	json_free(j);
}

static const struct {
	int status;
	enum answer_kind kind;
	const char *error;
	const char *body;
} answers[] = {
    {204, ANSWER_DONE, NULL, "null"},
    {429, ANSWER_WAIT, "", "{}"},
    {502, ANSWER_FAULT, "", "{}"},
    {404, ANSWER_MISSING, "cd-missing-object", "{}"},
    {401, ANSWER_TOKEN, "failed-authentication", "{}"},
    {400, ANSWER_PRESENT, NULL,
	"{\"error\":{\"code\":\"Request_BadRequest\",\"message\":\"One or "
	"more added object references already exist for the following "
	"modified properties: 'members'.\"}}"},
    {400, ANSWER_CONFLICT, "AttributeValueMustBeUnique",
	"{\"error\":{\"code\":\"Request_BadRequest\",\"message\":\"x\","
	"\"details\":[{\"code\":\"ObjectConflict\",\"target\":"
	"\"userPrincipalName\"}]}}"},
    {409, ANSWER_CONFLICT, "AttributeValueMustBeUnique",
	"{\"error\":{\"code\":\"Request_MultipleObjectsWithSameKeyValue\"}}"},
    {409, ANSWER_WAIT, "",
	"{\"error\":{\"code\":\"Directory_ConcurrencyViolation\"}}"},
    {403, ANSWER_REFUSED, "permission-issue",
	"{\"error\":{\"code\":\"Authorization_RequestDenied\"}}"},
    {403, ANSWER_REFUSED, "QuotaExceeded",
	"{\"error\":{\"code\":\"Directory_QuotaExceeded\"}}"},
    {400, ANSWER_REFUSED, "IdentityDataValidationFailed",
	"{\"error\":{\"code\":\"Request_BadRequest\",\"details\":[{\"code\":"
	"\"InvalidValue\",\"target\":\"userPrincipalName\"}]}}"},
    {400, ANSWER_REFUSED, "permission-issue",
	"{\"error\":{\"code\":\"Request_BadRequest\",\"message\":\"Unable to "
	"update the specified properties for on-premises mastered "
	"Directory Sync objects\"}}"},
    {400, ANSWER_REFUSED, "cd-error", "\"text\""},
};

static void
test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct json *j = parse(answers[i].body);
		struct answer ans = {answers[i].status, j, -1};
		struct err e = {0};

		assert_int_equal(answer_kind(&ans), answers[i].kind);
		if (answers[i].error != NULL) {
			assert_true(answer_error(&ans, &e) < 0);
			assert_string_equal(e.type, answers[i].error);
		}
		json_free(j);
	}
}

static void
test_batch_items(void **state)
{
	struct json *j =
	    parse("[{\"id\":\"2\",\"status\":429,\"headers\":{\"retry-after\":"
		  "\"9\"}},"
		  "{\"id\":\"3\",\"status\":200},{\"id\":\"0\",\"status\":200},"
		  "{\"id\":\"1\"},{\"status\":200},7]");
	struct answer ans;
	size_t which;

	(void)state;
	assert_int_equal(
	    batch_item_read(json_at(j, 0), 2, &which, &ans, NULL), 0);
	assert_int_equal(which, 1);
	assert_int_equal(ans.retry_ms, 9000);
	for (size_t i = 1; i < 6; i++)
		assert_int_equal(
		    batch_item_read(json_at(j, i), 2, &which, &ans, NULL),
		    ERR_PROTOCOL);
	json_free(j);
}

/* op, type, image property that is set, wanted property, part of the reason */
static const struct {
	enum delta_op op;
	enum gtype type;
	const char *image, *wanted, *reason;
} never[] = {
    {DELTA_ADD, GT_CONTACT, NULL, NULL, "contacts"},
    {DELTA_DELETE, GT_CONTACT, NULL, NULL, "contacts"},
    {DELTA_ADD, GT_DEVICE, NULL, NULL, "devices"},
    {DELTA_ADD, GT_GROUP, NULL, "mailEnabled", "mail-enabled"},
    {DELTA_UPDATE, GT_GROUP, "mailEnabled", NULL, "mail-enabled"},
    {DELTA_UPDATE, GT_GROUP, "isAssignableToRole", NULL, "role"},
    {DELTA_DELETE, GT_USER, "onPremisesSyncEnabled", NULL, "mastered"},
    {DELTA_UPDATE, GT_GROUP, "onPremisesSyncEnabled", NULL, "mastered"},
    {DELTA_ADD, GT_USER, NULL, NULL, NULL},
    {DELTA_ADD, GT_GROUP, NULL, "securityEnabled", NULL},
    {DELTA_UPDATE, GT_USER, "accountEnabled", NULL, NULL},
    {DELTA_DELETE, GT_GROUP, "securityEnabled", NULL, NULL},
};

static void
test_can_export(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		struct attrs image = {0}, wanted = {0}, none = {0};
		struct export_item it = {
		    .op = never[i].op, .type = g.types[never[i].type]};
		struct err e = {0};
		int r;

		if (never[i].image != NULL)
			assert_int_equal(
			    attrs_add(a, &image, name(never[i].image),
				value_boolean(true)),
			    0);
		if (never[i].wanted != NULL)
			assert_int_equal(
			    attrs_add(a, &wanted, name(never[i].wanted),
				value_boolean(true)),
			    0);
		assert_int_equal(
		    delta_between(a, &none, &wanted, &it.delta), 0);
		it.image = it.op == DELTA_ADD ? NULL : &image;
		r = graph_can_export(&g.base, &it, &e);
		assert_int_equal(
		    r, never[i].reason != NULL ? ERR_UNSUPPORTED : 0);
		if (r < 0)
			assert_non_null(strstr(e.text, never[i].reason));
	}
}

static void
test_select(void **state)
{
	struct import_request req = {0};
	struct selection s;
	uint32_t wanted[] = {name("city"), name("extensionAttribute3"),
	    name("members"), name("somethingElse")};
	const char *t;

	(void)state;
	req.wanted = wanted;
	req.wanted_count = 4;
	selection_make(&g, &req, &s);
	t = selection_text(a, &s, GT_USER);
	assert_non_null(strstr(t, ",city"));
	assert_non_null(strstr(t, "onPremisesExtensionAttributes"));
	assert_non_null(strstr(t, "onPremisesImmutableId"));
	assert_non_null(strstr(t, "onPremisesSyncEnabled"));
	assert_null(strstr(t, "members"));
	assert_null(strstr(t, "department"));
	t = selection_text(a, &s, GT_GROUP);
	assert_non_null(strstr(t, "uniqueName"));
	assert_non_null(strstr(t, "mailEnabled"));
	assert_null(strstr(t, "onPremisesImmutableId"));
}

static int
set_up(void **state)
{
	(void)state;
	a = arena_new(0);
	g.env.names = names_new();
	return gconn_intern(&g, NULL);
}

static int
tear_down(void **state)
{
	(void)state;
	a = arena_free(a);
	g.env.names = names_free(g.env.names);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_update),
	    cmocka_unit_test(test_extension_attributes),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_accepted),
	    cmocka_unit_test(test_source_anchor_stays),
	    cmocka_unit_test(test_object),
	    cmocka_unit_test(test_objects_odd),
	    cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_batch_items),
	    cmocka_unit_test(test_can_export),
	    cmocka_unit_test(test_select),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

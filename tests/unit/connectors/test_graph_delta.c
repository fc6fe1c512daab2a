/* tests/unit/connectors/test_graph_delta.c -- items of a delta query, and the
 * watermark. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "connectors/graph/import_int.h"

#define ONE "3f0c0000-0000-4000-8000-000000000001"
#define TWO "3f0c0000-0000-4000-8000-000000000002"

static struct arena *a;
static struct gconn g;

static struct entry
read_item(enum gtype type, const char *text)
{
	struct json *j = NULL;
	struct entry e;

	assert_int_equal(json_parse(text_of(text), 65536, &j, NULL), 0);
	assert_int_equal(change_read(&g, a, type, j, &e), 0);
	json_free(j);
	return e;
}

/* Told, and without a value now. */
static bool
lost(const struct entry *e, const char *name)
{
	for (size_t i = 0; i < e->removed_count; i++)
		if (e->removed[i] == gconn_name(&g, name))
			return true;
	return false;
}

static struct text
first(const struct entry *e, const char *name)
{
	const struct value *v = attrs_first(&e->attrs, gconn_name(&g, name));

	return v == NULL ? TEXT("") : v->text;
}

static void
test_properties(void **state)
{
	struct entry e = read_item(GT_USER,
	    "{\"id\":\"" ONE "\",\"department\":\"Ops\",\"city\":null,"
	    "\"otherMails\":[\"a@x\",\"b@x\"],\"businessPhones\":[]}");

	(void)state;
	assert_int_equal(e.kind, ENTRY_CHANGE);
	assert_true(text_is(e.anchor, "User_" ONE));
	/* the source anchor is not told: the DN stays */
	assert_int_equal(e.dn.len, 0);
	assert_int_equal(e.attrs.count, 2);
	assert_int_equal(e.removed_count, 2);
	assert_true(lost(&e, "city") && lost(&e, "businessPhones"));
	assert_true(text_is(first(&e, "department"), "Ops"));
	assert_int_equal(
	    attrs_find(&e.attrs, gconn_name(&g, "otherMails"))->count, 2);
	assert_int_equal(e.delta.count, 0);
}

static void
test_identity(void **state)
{
	struct entry e = read_item(
	    GT_USER, "{\"id\":\"" ONE "\",\"onPremisesImmutableId\":\"YWI=\"}");

	(void)state;
	assert_true(text_is(e.dn, "CN={5957493D}"));
	assert_int_equal(e.removed_count, 0);
	assert_true(text_is(first(&e, "onPremisesImmutableId"), "YWI="));
	e = read_item(
	    GT_USER, "{\"id\":\"" ONE "\",\"onPremisesImmutableId\":null}");
	assert_true(text_is(e.dn, "CN=User_" ONE));
	assert_true(lost(&e, "onPremisesImmutableId"));
	assert_int_equal(e.attrs.count, 0);
	e = read_item(
	    GT_GROUP, "{\"id\":\"" ONE "\",\"uniqueName\":\"causeway-6162\"}");
	assert_true(text_is(e.dn, "CN={6162}"));
	/* a user's has no meaning on a group */
	e = read_item(
	    GT_GROUP, "{\"id\":\"" ONE "\",\"onPremisesImmutableId\":null}");
	assert_int_equal(e.removed_count, 0);
	assert_int_equal(e.dn.len, 0);
}

static void
test_extension(void **state)
{
	struct entry e = read_item(GT_USER,
	    "{\"id\":\"" ONE "\",\"onPremisesExtensionAttributes\":"
	    "{\"extensionAttribute2\":\"two\",\"extensionAttribute3\":null}}");

	(void)state;
	/* the whole of it came: what is not in it is empty */
	assert_int_equal(e.removed_count, 14);
	assert_true(text_is(first(&e, "extensionAttribute2"), "two"));
	assert_int_equal(e.attrs.count, 1);
	e = read_item(GT_USER,
	    "{\"id\":\"" ONE "\",\"onPremisesExtensionAttributes\":null}");
	assert_int_equal(e.removed_count, 15);
	assert_int_equal(e.attrs.count, 0);
}

static void
test_links(void **state)
{
	struct entry e = read_item(GT_GROUP,
	    "{\"id\":\"" ONE "\",\"members@delta\":["
	    "{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"" ONE "\"},"
	    "{\"@odata.type\":\"#microsoft.graph.servicePrincipal\",\"id\":"
	    "\"" TWO "\"},"
	    "{\"@odata.type\":\"#microsoft.graph.group\",\"id\":\"" TWO
	    "\",\"@removed\":{\"reason\":\"deleted\"}}]}");
	const struct change *c = &e.delta.changes[0];

	(void)state;
	assert_int_equal(e.delta.count, 1);
	assert_int_equal(c->add_count, 1);
	assert_true(text_is(c->add[0].text, "User_" ONE));
	assert_int_equal(c->del_count, 1);
	assert_true(text_is(c->del[0].text, "Group_" TWO));
	assert_null(attrs_find(&e.attrs, gconn_name(&g, "members")));
}

static void
test_manager(void **state)
{
	struct entry e = read_item(GT_USER,
	    "{\"id\":\"" ONE "\",\"manager@delta\":["
	    "{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"" ONE
	    "\",\"@removed\":{\"reason\":\"deleted\"}},"
	    "{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"" TWO "\"}]}");

	(void)state;
	/* whoever it was before */
	assert_true(text_is(first(&e, "manager"), "User_" TWO));
	assert_int_equal(e.delta.count, 0);
	e = read_item(GT_USER,
	    "{\"id\":\"" ONE "\",\"manager@delta\":["
	    "{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"" TWO
	    "\",\"@removed\":{\"reason\":\"deleted\"}}]}");
	assert_int_equal(e.attrs.count, 0);
	assert_int_equal(e.delta.changes[0].del_count, 1);
}

static void
test_removed_and_wrong(void **state)
{
	struct entry e = read_item(GT_CONTACT,
	    "{\"id\":\"" ONE "\",\"@removed\":{\"reason\":\"changed\"}}");

	(void)state;
	assert_int_equal(e.kind, ENTRY_DELETED);
	assert_true(text_is(e.anchor, "Contact_" ONE));
	e = read_item(GT_USER, "{\"id\":\"../x\",\"city\":\"A\"}");
	assert_int_equal(e.kind, ENTRY_ERROR);
	e = read_item(GT_USER, "{\"id\":\"" ONE "\",\"city\":[\"A\"]}");
	assert_int_equal(e.kind, ENTRY_ERROR);
	assert_string_equal(e.err.type, "invalid-attribute-value");
	e = read_item(GT_GROUP, "{\"id\":\"" ONE "\",\"members@delta\":7}");
	assert_int_equal(e.kind, ENTRY_ERROR);
}

static void
test_mark(void **state)
{
	struct mark m, back;
	struct text t;
	struct err e;

	(void)state;
	for (int i = 0; i < GT_COUNT; i++) {
		m.query[i] = text_of(arena_printf(a, "/q%d?a", i));
		m.link[i] = text_of(arena_printf(a, "/l%d?b", i));
	}
	assert_int_equal(mark_format(a, &m, &t, &e), 0);
	assert_int_equal(mark_parse(t, &back, &e), 0);
	for (int i = 0; i < GT_COUNT; i++) {
		assert_true(text_equal(m.query[i], back.query[i]));
		assert_true(text_equal(m.link[i], back.link[i]));
	}
	for (size_t n = 0; n < t.len; n++)
		assert_int_equal(
		    mark_parse((struct text){t.data, n}, &back, &e),
		    ERR_SYNTAX);
	assert_int_equal(
	    mark_parse(
		text_of(arena_printf(a, "%.*sx\n", TEXT_ARGS(t))), &back, &e),
	    ERR_SYNTAX);
	m.link[2] = TEXT("/a\n/b");
	assert_int_equal(mark_format(a, &m, &t, &e), ERR_PROTOCOL);
	m.link[2] = TEXT("");
	assert_int_equal(mark_format(a, &m, &t, &e), ERR_PROTOCOL);
}

/* A rule less asks for less: the watermark is as good as before. */
static void
test_mark_covers(void **state)
{
	const struct text was = TEXT("/users/delta?$select=id,city,mail");

	(void)state;
	assert_true(mark_covers(was, was));
	assert_true(mark_covers(was, TEXT("/users/delta?$select=mail,id")));
	assert_false(mark_covers(was, TEXT("/users/delta?$select=id,mai")));
	assert_false(mark_covers(was, TEXT("/users/delta?$select=id,state")));
	assert_false(mark_covers(was, TEXT("/groups/delta?$select=id")));
	assert_false(mark_covers(TEXT("/users/delta"), was));
	assert_false(mark_covers(was, TEXT("")));
}

static int
begin(void **state)
{
	struct err e;

	(void)state;
	a = arena_new(0);
	g.env.names = names_new();
	return gconn_intern(&g, &e);
}

static int
end(void **state)
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
	    cmocka_unit_test(test_properties),
	    cmocka_unit_test(test_identity),
	    cmocka_unit_test(test_extension),
	    cmocka_unit_test(test_links),
	    cmocka_unit_test(test_manager),
	    cmocka_unit_test(test_removed_and_wrong),
	    cmocka_unit_test(test_mark),
	    cmocka_unit_test(test_mark_covers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, begin, end);
}

/* tests/unit/engine/test_gate.c -- what a gate holds stays pending, by name and
 * reason; the rest goes; no other way leads around it. */
#include "engine/engine_int.h"
#include "lab.h"

#define RULES_MAX 4

/* What a test wants held: "add:CN=a" an object, "mail" an attribute everywhere,
 * "member=CN=a" a value by its DN or text, "DN" renames. */
struct holding {
	struct lab *l;
	const char *rules[RULES_MAX];
	int code;
	bool settled;
};

static bool
value_is(struct holding *h, const struct value *v, const char *want)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct cs_object o;

	if (v->type != VALUE_REFERENCE)
		return text_is(v->text, want);
	return cs_get(h->l->store, a, v->id, 0, &o, NULL) == 0 &&
	       text_is(o.dn, want);
}

static int
hold_values(struct holding *h, const struct export_item *item, const char *rule,
    struct gate_answer *out)
{
	const char *want = strchr(rule, '=');
	char *name = arena_strndup(h->l->arena, rule,
	    want != NULL ? (size_t)(want - rule) : strlen(rule));
	struct gate_hold hold = {.code = "test",
	    .text = text_of("a test holds it"),
	    .part = want != NULL ? GATE_VALUE : GATE_ATTRIBUTE,
	    .name = names_find(h->l->names, text_of(name))};
	const struct change *c = delta_find(&item->delta, hold.name);
	int r = 0;

	if (want == NULL)
		return c != NULL ? gate_hold(out, &hold) : 0;
	for (uint32_t i = 0; c != NULL && i < c->add_count && r == 0; i++) {
		hold.value = c->add[i];
		hold.add = true;
		if (value_is(h, &c->add[i], want + 1))
			r = gate_hold(out, &hold);
	}
	for (uint32_t i = 0; c != NULL && i < c->del_count && r == 0; i++) {
		hold.value = c->del[i];
		hold.add = false;
		if (value_is(h, &c->del[i], want + 1))
			r = gate_hold(out, &hold);
	}
	return r;
}

static int
ask(void *ctx, const struct gate_question *q, struct gate_answer *out,
    struct err *e)
{
	struct holding *h = ctx;
	struct gate_hold whole = {.code = "test",
	    .text = text_of("a test holds all of it"),
	    .part = GATE_ITEM};
	int r = 0;

	(void)e;
	for (int i = 0; i < RULES_MAX && h->rules[i] != NULL && r == 0; i++) {
		const char *op = delta_op_name(q->item->op);
		size_t n = strlen(op);

		if (strncmp(h->rules[i], op, n) == 0 && h->rules[i][n] == ':') {
			if (text_is(q->item->dn, h->rules[i] + n + 1))
				r = gate_hold(out, &whole);
		} else if (strcmp(h->rules[i], "DN") == 0) {
			whole.part = GATE_RENAME;
			if (q->item->delta.new_dn.len != 0)
				r = gate_hold(out, &whole);
		} else if (strchr(h->rules[i], ':') == NULL) {
			r = hold_values(h, q->item, h->rules[i], out);
		}
	}
	return r;
}

static void
hold(struct lab *l, struct holding *h, const char *a, const char *b)
{
	*h = (struct holding){
	    .l = l, .rules = {a, b}, .code = h->code, .settled = h->settled};
	l->engine->extra_gate = (struct export_gate){.name = "test",
	    .ask = ask,
	    .ctx = h,
	    .code = h->code,
	    .settled = h->settled};
}

static void
release(struct lab *l)
{
	l->engine->extra_gate = (struct export_gate){.ask = NULL};
}

static int
begin(void **state)
{
	*state = lab_new();
	return 0;
}

static int
end(void **state)
{
	(void)lab_free(*state);
	return 0;
}

/* ---- What pending says of holds: "op dn [reason] name[reason]..." ---- */

struct noting {
	struct lab *l;
	struct buf b;
};

static int
note(void *ctx, const struct pending_item *item, struct err *e)
{
	struct noting *n = ctx;

	(void)e;
	if (item->held.len != 0)
		buf_printf(&n->b, "held %s %.*s;", delta_op_name(item->op),
		    TEXT_ARGS(item->dn));
	for (size_t i = 0; i < item->change_count; i++)
		if (item->held.len == 0 && item->changes[i].held.len != 0)
			buf_printf(&n->b, "held %.*s of %.*s +%u-%u;",
			    TEXT_ARGS(
				names_text(n->l->names, item->changes[i].name)),
			    TEXT_ARGS(item->dn), item->changes[i].add_count,
			    item->changes[i].del_count);
	if (item->rename_held.len != 0)
		buf_printf(&n->b, "held name of %.*s;", TEXT_ARGS(item->dn));
	return 0;
}

static void
held_is(struct lab *l, int connector, const char *want)
{
	struct noting n = {.l = l};
	struct pending_sink sink = {.item = note, .ctx = &n};
	struct pending_report rep;

	buf_init(&n.b, 1 << 20);
	assert_int_equal(engine_pending(l->engine, (size_t)connector, l->arena,
			     &sink, &rep, &l->e),
	    0);
	assert_string_equal(n.b.len != 0 ? buf_text(&n.b).data : "", want);
	buf_clear(&n.b);
}

static void
import_and_decide(struct lab *l)
{
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "delta-sync", 0);
}

/* ---- Whole objects ---- */

static void
an_object_waits_and_the_rest_goes(void **state)
{
	struct lab *l = *state;
	struct holding h = {0};

	lab_person(l, "anna", "");
	lab_person(l, "bob", "manager=@CN=anna,OU=People,DC=ad");
	lab_group(l, "team", "anna bob");
	import_and_decide(l);
	hold(l, &h, "add:CN=anna", NULL);
	held_is(l, CLOUD, "held add CN=anna;");
	lab_run(l, CLOUD, "export", 0);
	assert_string_equal(lab_result(l), "success");
	assert_int_equal(lab_counter(l, "export-held"), 1);
	assert_int_equal(l->run.object_errors, 0);
	/* references to it wait, and are no errors */
	lab_cloud_is(l, "group CN=team: displayName=team member=CN=bob"
			" sourceAnchor=team\n"
			"user CN=bob: displayName=bob sourceAnchor=bob\n");
	lab_run(l, CLOUD, "export", 0);
	held_is(l, CLOUD, "held add CN=anna;");
	/* nor does a cycle lose it or send it */
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 2);
	release(l);
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	assert_string_equal(lab_pending(l, CLOUD), "");
	lab_cloud_is(l, "group CN=team: displayName=team member=CN=anna|CN=bob"
			" sourceAnchor=team\n"
			"user CN=anna: displayName=anna sourceAnchor=anna\n"
			"user CN=bob: displayName=bob manager=CN=anna"
			" sourceAnchor=bob\n");
}

static void
a_deletion_waits(void **state)
{
	struct lab *l = *state;
	struct holding h = {0};

	lab_person(l, "anna", "");
	lab_person(l, "bob", "");
	lab_cycle(l, 0);
	lab_person(l, "anna", "adminDescription=NoSync");
	lab_person(l, "bob", "adminDescription=NoSync");
	import_and_decide(l);
	hold(l, &h, "delete:CN=anna", NULL);
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cloud_is(l, "user CN=anna: displayName=anna sourceAnchor=anna\n");
	held_is(l, CLOUD, "held delete CN=anna;");
	release(l);
	lab_cycle(l, 0);
	lab_cloud_is(l, "");
}

/* ---- Attributes and values ---- */

static void
an_attribute_waits(void **state)
{
	struct lab *l = *state;
	struct holding h = {0};

	lab_person(l, "anna", "title=Old;mail=a@x");
	lab_cycle(l, 0);
	lab_person(l, "anna", "title=New;mail=b@x");
	import_and_decide(l);
	hold(l, &h, "title", NULL);
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(lab_counter(l, "export-update"), 1);
	assert_int_equal(lab_counter(l, "export-held-attribute"), 1);
	lab_cloud_is(l, "user CN=anna: displayName=anna mail=b@x"
			" sourceAnchor=anna title=Old\n");
	held_is(l, CLOUD, "held update CN=anna;");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	held_is(l, CLOUD, "held update CN=anna;");
	/* what changes beside it goes */
	lab_person(l, "anna", "title=New;mail=c@x");
	import_and_decide(l);
	held_is(l, CLOUD, "held title of CN=anna +1-1;");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cloud_is(l, "user CN=anna: displayName=anna mail=c@x"
			" sourceAnchor=anna title=Old\n");
	release(l);
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cloud_is(l, "user CN=anna: displayName=anna mail=c@x"
			" sourceAnchor=anna title=New\n");
	assert_string_equal(lab_pending(l, CLOUD), "");
}

static void
an_add_goes_without_an_attribute(void **state)
{
	struct lab *l = *state;
	struct holding h = {0};

	lab_person(l, "anna", "title=New;mail=b@x");
	import_and_decide(l);
	hold(l, &h, "title", NULL);
	held_is(l, CLOUD, "held title of CN=anna +1-0;");
	lab_run(l, CLOUD, "export", 0);
	lab_cloud_is(l, "user CN=anna: displayName=anna mail=b@x"
			" sourceAnchor=anna\n");
	held_is(l, CLOUD, "held update CN=anna;");
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 1);
	release(l);
	lab_cycle(l, 0);
	lab_cloud_is(l, "user CN=anna: displayName=anna mail=b@x"
			" sourceAnchor=anna title=New\n");
}

/* Refused, all of it waits again as one add. */
static void
an_add_in_parts_is_refused(void **state)
{
	struct lab *l = *state;
	struct holding h = {0};

	lab_person(l, "anna", "title=New");
	import_and_decide(l);
	hold(l, &h, "title", NULL);
	l->dirs[CLOUD]->refuse = "anna";
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(l->run.object_errors, 1);
	release(l);
	assert_string_equal(lab_pending(l, CLOUD), "add CN=anna\n");
	l->dirs[CLOUD]->refuse = NULL;
	lab_run(l, CLOUD, "export", 0);
	lab_cloud_is(l, "user CN=anna: displayName=anna sourceAnchor=anna"
			" title=New\n");
}

static void
what_an_add_needs_holds_it(void **state)
{
	struct lab *l = *state;
	struct holding h = {0};

	lab_person(l, "anna", "title=Staff");
	import_and_decide(l);
	hold(l, &h, "displayName", NULL);
	lab_run(l, CLOUD, "export", 0);
	held_is(l, CLOUD, "held add CN=anna;");
	assert_int_equal(lab_counter(l, "export-held"), 1);
	/* a kind that does not say what it needs may need all */
	lab_run(l, LDAP, "export", 0);
	held_is(l, LDAP, "held add CN=anna,O=x;");
	assert_int_equal(fake_there(l->dirs[LDAP]), 0);
	lab_cloud_is(l, "");
}

static void
a_value_waits(void **state)
{
	struct lab *l = *state;
	struct holding h = {0};

	lab_person(l, "anna", "proxyAddresses=a|b");
	lab_person(l, "bob", "");
	lab_person(l, "carl", "");
	lab_group(l, "team", "anna");
	lab_cycle(l, 0);
	lab_person(l, "anna", "proxyAddresses=b|c|d");
	lab_group(l, "team", "bob carl");
	import_and_decide(l);
	hold(l, &h, "proxyAddresses=c", "member=CN=bob");
	held_is(l, CLOUD,
	    "held proxyAddresses of CN=anna +1-0;"
	    "held member of CN=team +1-0;");
	lab_run(l, CLOUD, "export", 0);
	lab_run(l, CLOUD, "full-import", 0);
	lab_cycle(l, 0);
	assert_non_null(
	    strstr(fake_dump(l->dirs[CLOUD], l->arena), "proxyAddresses=b|d"));
	assert_non_null(
	    strstr(fake_dump(l->dirs[CLOUD], l->arena), "member=CN=carl "));
	hold(l, &h, "member=CN=bob", NULL);
	lab_cycle(l, 0);
	held_is(l, CLOUD, "held update CN=team;");
	release(l);
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	assert_non_null(strstr(
	    fake_dump(l->dirs[CLOUD], l->arena), "member=CN=bob|CN=carl "));
	assert_string_equal(lab_pending(l, CLOUD), "");
}

static void
a_name_waits(void **state)
{
	struct lab *l = *state;
	struct holding h = {0};

	lab_person(l, "anna", "title=Staff");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	fake_put(l->dirs[AD], "user", "anna", "CN=anna,OU=People,DC=ad",
	    "employeeID=anna;displayName=Anna B;title=Staff");
	import_and_decide(l);
	hold(l, &h, "DN", NULL);
	held_is(l, LDAP, "held name of CN=anna,O=x;");
	lab_run(l, LDAP, "export", 0);
	lab_dir_is(l, LDAP, "user CN=anna,O=x: displayName=Anna B\n");
	held_is(l, LDAP, "held update CN=anna,O=x;");
	lab_cycle(l, 0);
	lab_dir_is(l, LDAP, "user CN=anna,O=x: displayName=Anna B\n");
	release(l);
	lab_cycle(l, 0);
	lab_dir_is(l, LDAP, "user CN=Anna B,O=x: displayName=Anna B\n");
}

/* ---- One that gets the name of one that goes ---- */

static void
halves(struct lab *l, const char *rule)
{
	struct holding h = {0};

	lab_person(l, "anna", "");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_person(l, "anna", "title=Hidden");
	import_and_decide(l);
	fake_put(l->dirs[AD], "group", "ganna", "CN=ganna,OU=People,DC=ad",
	    "employeeID=anna;displayName=Team");
	import_and_decide(l);
	hold(l, &h, rule, NULL);
	held_is(l, CLOUD, "held delete CN=anna;held add CN=anna;");
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(l->run.object_errors, 0);
	lab_cloud_is(l, "user CN=anna: displayName=anna sourceAnchor=anna\n");
	assert_int_equal(lab_counter(l, "export-held"), 2);
	release(l);
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(lab_counter(l, "export-delete-add"), 1);
	lab_cloud_is(l, "group CN=anna: displayName=Team sourceAnchor=anna\n");
}

static void
both_halves_wait(void **state)
{
	halves(*state, "delete:CN=anna");
}

static void
the_other_half_waits(void **state)
{
	halves(*state, "add:CN=anna");
}

/* ---- Guards ---- */

static void
a_guard_ends_with_its_code(void **state)
{
	struct lab *l = *state;
	struct holding h = {.code = ERR_GUARD};

	lab_person(l, "anna", "title=x");
	lab_person(l, "bob", "");
	import_and_decide(l);
	hold(l, &h, "add:CN=anna", NULL);
	lab_run(l, CLOUD, "export", ERR_GUARD);
	assert_string_equal(lab_result(l), "completed-warnings");
	assert_string_equal(l->run.run.result.data, "completed-warnings");
	assert_non_null(strstr(l->run.err.text, "a test holds all of it"));
	assert_int_equal(fake_there(l->dirs[CLOUD]), 1);
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(l->cycle.sent, 0);
}

static void
settled_deletions_pass_the_threshold(void **state)
{
	struct lab *l = *state;
	struct holding h = {.settled = true};

	lab_person(l, "anna", "");
	lab_person(l, "bob", "");
	lab_person(l, "carl", "");
	lab_cycle(l, 0);
	l->guard.deletions = 1;
	lab_restart(l);
	lab_person(l, "anna", "adminDescription=NoSync");
	lab_person(l, "bob", "adminDescription=NoSync");
	import_and_decide(l);
	hold(l, &h, "delete:CN=anna", NULL);
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 2);
	/* one that is not settled counts all */
	lab_person(l, "carl", "adminDescription=NoSync");
	import_and_decide(l);
	h.settled = false;
	hold(l, &h, "delete:CN=anna", NULL);
	lab_run(l, CLOUD, "export", ERR_GUARD);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_object_waits_and_the_rest_goes),
	    TEST(a_deletion_waits),
	    TEST(an_attribute_waits),
	    TEST(an_add_goes_without_an_attribute),
	    TEST(an_add_in_parts_is_refused),
	    TEST(what_an_add_needs_holds_it),
	    TEST(a_value_waits),
	    TEST(a_name_waits),
	    TEST(both_halves_wait),
	    TEST(the_other_half_waits),
	    TEST(a_guard_ends_with_its_code),
	    TEST(settled_deletions_pass_the_threshold),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("engine/gate", tests, NULL, NULL);
}

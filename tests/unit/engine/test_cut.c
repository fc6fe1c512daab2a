/* tests/unit/engine/test_cut.c -- a connection is cut in any batch of an
 * import, a delta import or an export; a normal run later everything is as if
 * nothing had happened, and nothing was done twice. */
#include "lab.h"

enum where {
	CUT_FULL_IMPORT,
	CUT_DELTA_IMPORT,
	CUT_EXPORT,
};

static void
start(struct lab *l)
{
	char id[8];

	for (int i = 0; i < 12; i++) {
		(void)snprintf(id, sizeof(id), "p%02d", i);
		lab_person(l, id,
		    arena_printf(l->arena,
			"mail=%s@x;title=%s;manager=@CN=p%02d,OU=People,DC=ad",
			id, i % 3 == 0 ? "Staff" : "Clerk", (i + 5) % 12));
	}
	lab_group(l, "team", "p01 p02 p03 crew");
	lab_group(l, "crew", "p04 team p11");
}

static void
later(struct lab *l)
{
	lab_person(l, "p01", "title=Staff;manager=@CN=new,OU=People,DC=ad");
	lab_person(l, "p06", "adminDescription=NoSync");
	fake_delete(l->dirs[AD], "p04");
	lab_person(l, "new", "title=Staff");
	lab_group(l, "crew", "p11 new");
	fake_put(l->dirs[AD], "user", "p02", "CN=moved,OU=People,DC=ad",
	    "employeeID=p02;displayName=p02");
	lab_group(l, "team", "p01 moved p03 crew");
}

/* The nth piece is the last that goes through; 0: all do. */
static void
cut(struct lab *l, enum where where, size_t n)
{
	switch (where) {
	case CUT_FULL_IMPORT:
		l->dirs[AD]->import_stops_at = n;
		break;
	case CUT_DELTA_IMPORT:
		l->dirs[AD]->delta_stops_at = n;
		break;
	case CUT_EXPORT:
		l->dirs[CLOUD]->export_stops_at =
		    n == 0 ? 0 : l->dirs[CLOUD]->items + n;
		break;
	}
}

static char *
state_of(struct lab *l)
{
	struct cs_walk w = {.which = CS_WORK};
	char *out = arena_printf(l->arena, "%s--\n%s--\n%s%s",
	    fake_dump(l->dirs[CLOUD], l->arena),
	    fake_dump(l->dirs[LDAP], l->arena), lab_pending(l, CLOUD),
	    lab_pending(l, LDAP));

	for (int i = 0; i < 3; i++) {
		static const enum cs_which kinds[] = {CS_EVERY, CS_WORK,
		    CS_PLACEHOLDERS, CS_DISCONNECTORS, CS_UNCERTAIN};

		for (size_t k = 0; k < 5; k++) {
			uint64_t n = 0;

			w.connector = l->connectors[i].id;
			w.which = kinds[k];
			assert_int_equal(cs_count(l->store, &w, &n, &l->e), 0);
			out = arena_printf(
			    l->arena, "%s %llu", out, (unsigned long long)n);
		}
	}
	return out;
}

/* n 0: nothing is cut.  *out_cut: it was. */
static char *
live_through(struct lab *l, enum where where, size_t n, bool *out_cut)
{
	struct err e = {0};
	int r;

	l->connectors[AD].kind =
	    where == CUT_FULL_IMPORT ? &fake_source_kind : &fake_reads_kind;
	l->dirs[AD]->tells = true;
	lab_restart(l);
	start(l);
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	later(l);
	cut(l, where, n);
	r = engine_cycle(l->engine, false, l->arena, &l->cycle, &e);
	*out_cut = r < 0;
	if (r < 0 && r != ERR_CONNECT)
		fail_msg("cut %zu: %d %s", n, r, e.text);
	cut(l, where, 0);
	if (where == CUT_EXPORT) {
		lab_run(l, CLOUD, "export", 0);
		assert_int_equal(l->run.object_errors, 0);
	}
	for (int i = 0; i < 3; i++)
		lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 0);
	return state_of(l);
}

static size_t
adds_in(const char *log)
{
	size_t n = 0;

	for (const char *p = log; (p = strstr(p, "add ")) != NULL; p++)
		n += p == log || p[-1] == '\n';
	return n;
}

static size_t
cut_everywhere(enum where where)
{
	struct lab *calm = lab_new();
	bool was_cut = true;
	char *want = live_through(calm, where, 0, &was_cut);
	size_t n = 0, adds = adds_in(calm->dirs[CLOUD]->log);

	assert_false(was_cut);
	for (was_cut = true; was_cut; n++) {
		struct lab *l = lab_new();
		char *got = live_through(l, where, n + 1, &was_cut);

		if (strcmp(got, want) != 0)
			fail_msg(
			    "cut after %zu:\n%s\nnot\n%s", n + 1, got, want);
		/* what was not answered may be sent once more, not be there
		 * twice; what was answered is not sent again */
		assert_true(adds_in(l->dirs[CLOUD]->log) <= adds + 4);
		(void)lab_free(l);
	}
	(void)lab_free(calm);
	return n;
}

/* Proves: model 5.5.5, model 5.1.8. */
static void
full_imports(void **state)
{
	(void)state;
	assert_true(cut_everywhere(CUT_FULL_IMPORT) > 10);
}

/* Proves: model 5.5.5. */
static void
delta_imports(void **state)
{
	(void)state;
	assert_true(cut_everywhere(CUT_DELTA_IMPORT) > 3);
}

/* Proves: model 5.5.5, model 5.5.2. */
static void
exports(void **state)
{
	(void)state;
	assert_true(cut_everywhere(CUT_EXPORT) > 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(full_imports),
	    cmocka_unit_test(delta_imports),
	    cmocka_unit_test(exports),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

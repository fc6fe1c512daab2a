/* tests/unit/engine/test_undo.c -- what was sent is taken back, and stays so
 * until somebody wants it again. */
#include "engine/engine_int.h"
#include "engine/plan/plan.h"
#include "engine/plan/undo.h"
#include "lab.h"

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

static void
import_and_decide(struct lab *l)
{
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "delta-sync", 0);
}

static int64_t
freeze(struct lab *l)
{
	struct plan_wish w = {.connector = PLAN_EVERY, .who = TEXT("anna")};
	struct frozen f = {0};

	if (engine_plan_freeze(l->engine, &w, l->arena, &f, &l->e) < 0)
		fail_msg("freeze: %s", l->e.text);
	return f.id;
}

static struct plan_report
apply(struct lab *l, int64_t plan)
{
	struct plan_apply w = {.plan = plan, .who = TEXT("bob")};
	struct plan_report rep;

	if (engine_plan_apply(l->engine, &w, l->arena, &rep, &l->e) < 0)
		fail_msg("apply: %s", l->e.text);
	return rep;
}

static struct undo_report
undo(struct lab *l, int64_t plan)
{
	struct undo_wish w = {.plan = plan, .who = TEXT("anna")};
	struct undo_report rep;

	if (engine_plan_undo(l->engine, &w, l->arena, &rep, &l->e) < 0)
		fail_msg("undo: %s", l->e.text);
	return rep;
}

static int64_t
send(struct lab *l)
{
	int64_t plan;
	struct plan_report rep;

	import_and_decide(l);
	plan = freeze(l);
	rep = apply(l, plan);
	assert_int_equal(rep.moved, 0);
	assert_int_equal(rep.object_errors, 0);
	return plan;
}

static void
notes_are(const struct undo_report *rep, const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < rep->note_count; i++)
		buf_printf(&b, "%.*s: %.*s\n", TEXT_ARGS(rep->notes[i].display),
		    TEXT_ARGS(rep->notes[i].text));
	assert_string_equal(b.len != 0 ? buf_text(&b).data : "", want);
	buf_clear(&b);
}

/* Undoes what the plan sent; nothing of it comes back by itself. */
static int64_t
take_back(struct lab *l, int64_t plan, const char *want)
{
	struct undo_report u = undo(l, plan);
	struct plan_report rep;

	notes_are(&u, "");
	assert_int_not_equal(u.plan.id, 0);
	rep = apply(l, u.plan.id);
	if (rep.moved != 0)
		fail_msg("%.*s: %.*s", TEXT_ARGS(rep.list[0].display),
		    TEXT_ARGS(rep.list[0].note));
	assert_int_equal(rep.object_errors, 0);
	lab_cloud_is(l, want);
	for (int i = 0; i < 3; i++)
		lab_cycle(l, 0);
	lab_cloud_is(l, want);
	return u.plan.id;
}

static void
release(struct lab *l, int64_t plan, const char *object, uint64_t want)
{
	uint64_t n = 0;

	assert_int_equal(
	    engine_undo_release(l->engine, plan, text_of(object), &n, &l->e),
	    0);
	assert_int_equal(n, want);
}

/* ---- Values ---- */

static void
values_come_back(void **state)
{
	static const char before[] =
	    "group CN=team: displayName=team member=CN=anna sourceAnchor=team\n"
	    "user CN=anna: displayName=anna manager=CN=bob"
	    " proxyAddresses=a|b sourceAnchor=anna title=Old\n"
	    "user CN=bob: displayName=bob mail=m sourceAnchor=bob\n"
	    "user CN=carl: displayName=carl sourceAnchor=carl\n";
	static const char after[] =
	    "group CN=team: displayName=team member=CN=bob|CN=carl"
	    " sourceAnchor=team\n"
	    "user CN=anna: displayName=anna manager=CN=carl"
	    " proxyAddresses=b|c sourceAnchor=anna title=New\n"
	    "user CN=bob: displayName=bob sourceAnchor=bob title=Chief\n"
	    "user CN=carl: displayName=carl sourceAnchor=carl\n";
	struct lab *l = *state;
	int64_t plan;

	lab_person(l, "anna",
	    "title=Old;proxyAddresses=a|b;manager=@CN=bob,OU=People,DC=ad");
	lab_person(l, "bob", "mail=m");
	lab_person(l, "carl", "");
	lab_group(l, "team", "anna");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cloud_is(l, before);
	lab_person(l, "anna",
	    "title=New;proxyAddresses=b|c;manager=@CN=carl,OU=People,DC=ad");
	lab_person(l, "bob", "title=Chief");
	lab_group(l, "team", "bob carl");
	plan = send(l);
	lab_cloud_is(l, after);
	plan = take_back(l, plan, before);
	/* one of them is let go */
	release(l, plan, "team", 1);
	lab_cycle(l, 0);
	assert_non_null(strstr(
	    fake_dump(l->dirs[CLOUD], l->arena), "member=CN=bob|CN=carl "));
	/* a new value of the source is sent by itself, and no other */
	lab_person(l, "anna",
	    "title=Newest;proxyAddresses=b|c;manager=@CN=carl,OU=People,DC=ad");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	assert_non_null(strstr(fake_dump(l->dirs[CLOUD], l->arena),
	    "manager=CN=bob proxyAddresses=a|b sourceAnchor=anna"
	    " title=Newest"));
	lab_person(l, "anna",
	    "title=New;proxyAddresses=b|c;manager=@CN=carl,OU=People,DC=ad");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	release(l, plan, "", 2);
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cloud_is(l, after);
	assert_string_equal(lab_pending(l, CLOUD), "");
}

static void
what_somebody_changed_stays(void **state)
{
	struct lab *l = *state;
	struct undo_report u;
	struct plan_report rep;
	int64_t plan;

	lab_person(l, "anna", "title=Old;mail=a");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_person(l, "anna", "title=New;mail=b");
	plan = send(l);
	lab_person(l, "anna", "title=Newer;mail=b");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	u = undo(l, plan);
	notes_are(&u,
	    "anna: changed since by somebody else: title: now (nothing) -> "
	    "Newer; planned New -> Old\n");
	rep = apply(l, u.plan.id);
	assert_int_equal(rep.matched, 1);
	lab_cloud_is(l, "user CN=anna: displayName=anna mail=a"
			" sourceAnchor=anna title=Newer\n");
}

/* ---- Objects ---- */

static void
an_add_is_deleted(void **state)
{
	struct lab *l = *state;
	int64_t plan;

	lab_person(l, "anna", "");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_person(l, "bob", "title=x");
	plan = send(l);
	plan = take_back(
	    l, plan, "user CN=anna: displayName=anna sourceAnchor=anna\n");
	lab_person(l, "bob", "title=y");
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 1);
	release(l, plan, "", 1);
	lab_cycle(l, 0);
	lab_cloud_is(l, "user CN=anna: displayName=anna sourceAnchor=anna\n"
			"user CN=bob: displayName=bob sourceAnchor=bob"
			" title=y\n");
}

static void
a_deletion_is_restored(void **state)
{
	static const char before[] =
	    "group CN=team: displayName=team member=CN=anna|CN=bob"
	    " sourceAnchor=team\n"
	    "user CN=anna: displayName=anna manager=CN=bob sourceAnchor=anna"
	    " title=x\n"
	    "user CN=bob: displayName=bob manager=CN=anna sourceAnchor=bob\n";
	struct lab *l = *state;
	struct text anchor;
	int64_t plan;

	lab_person(l, "anna", "title=x;manager=@CN=bob,OU=People,DC=ad");
	lab_person(l, "bob", "manager=@CN=anna,OU=People,DC=ad");
	lab_group(l, "team", "anna bob");
	for (int i = 0; i < 3; i++)
		lab_cycle(l, 0);
	lab_cloud_is(l, before);
	anchor = fake_at(l->dirs[CLOUD], "CN=anna", "", false)->anchor;
	lab_person(l, "anna",
	    "title=x;manager=@CN=bob,OU=People,DC=ad;adminDescription=NoSync");
	plan = send(l);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 2);
	plan = take_back(l, plan, before);
	assert_true(text_equal(
	    anchor, fake_at(l->dirs[CLOUD], "CN=anna", "", false)->anchor));
	(void)plan;
}

static void
what_is_gone_for_good_is_named(void **state)
{
	struct lab *l = *state;
	struct undo_report u;
	int64_t plan;

	lab_person(l, "anna", "");
	lab_group(l, "team", "anna");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	fake_delete(l->dirs[AD], "team");
	plan = send(l);
	l->dirs[CLOUD]->hard = "group";
	u = undo(l, plan);
	notes_are(&u, "team: a group is deleted for good\n");
	assert_int_equal(u.plan.id, 0);
}

static void
an_undo_is_undone(void **state)
{
	static const char before[] = "user CN=anna: displayName=anna"
				     " sourceAnchor=anna title=Old\n";
	struct lab *l = *state;
	struct undo_report u;
	int64_t plan;

	lab_person(l, "anna", "title=Old");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_person(l, "anna", "title=New");
	plan = send(l);
	plan = take_back(l, plan, before);
	u = undo(l, plan);
	(void)apply(l, u.plan.id);
	lab_cloud_is(l, "user CN=anna: displayName=anna sourceAnchor=anna"
			" title=New\n");
	for (int i = 0; i < 3; i++)
		lab_cycle(l, 0);
	lab_cloud_is(l, "user CN=anna: displayName=anna sourceAnchor=anna"
			" title=New\n");
	assert_string_equal(lab_pending(l, CLOUD), "");
}

static void
nothing_sent_is_nothing_undone(void **state)
{
	struct undo_wish w = {.plan = 1};
	struct lab *l = *state;
	struct undo_report u;

	assert_int_equal(
	    engine_plan_undo(l->engine, &w, l->arena, &u, &l->e), ERR_NOENT);
	lab_person(l, "anna", "");
	import_and_decide(l);
	w.plan = freeze(l);
	assert_int_equal(
	    engine_plan_undo(l->engine, &w, l->arena, &u, &l->e), ERR_NOENT);
	w = (struct undo_wish){.run = 77};
	assert_int_equal(
	    engine_plan_undo(l->engine, &w, l->arena, &u, &l->e), ERR_NOENT);
}

/* ---- For any changes ---- */

static uint32_t seed;

static unsigned
draw(unsigned below)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % below;
}

#define PEOPLE 12U

static void
change_someone(struct lab *l, unsigned i)
{
	const char *id = arena_printf(l->arena, "p%u", i);
	const char *dn = arena_printf(l->arena, "CN=%s,OU=People,DC=ad", id);

	if (draw(4) == 0) {
		if (fake_at(l->dirs[AD], dn, "", false) != NULL)
			fake_delete(l->dirs[AD], id);
		return;
	}
	lab_person(l, id,
	    arena_printf(l->arena,
		"title=t%u;mail=m%u;proxyAddresses=a%u|b%u;"
		"manager=@CN=p%u,OU=People,DC=ad%s",
		draw(3), draw(2), draw(3), draw(3), draw(PEOPLE),
		draw(6) == 0 ? ";adminDescription=NoSync" : ""));
}

static void
change_group(struct lab *l, unsigned i)
{
	const char *list = "";

	for (unsigned k = 0; k < PEOPLE; k++)
		if (draw(3) == 0)
			list = arena_printf(l->arena, "%s%sp%u", list,
			    list[0] != '\0' ? " " : "", k);
	lab_group(l, arena_printf(l->arena, "g%u", i), list);
}

static void
change_all(struct lab *l, unsigned one_in)
{
	for (unsigned i = 0; i < PEOPLE; i++)
		if (draw(one_in) == 0)
			change_someone(l, i);
	for (unsigned i = 0; i < 3; i++)
		if (draw(one_in) == 0)
			change_group(l, i);
}

/* The lines that differ, so that a failure can be read. */
static void
same_target(struct lab *l, uint32_t s, const char *when, const char *want)
{
	char *got = fake_dump(l->dirs[CLOUD], l->arena), *a, *b;
	char *x = arena_strdup(l->arena, want), *px = NULL, *py = NULL;

	if (strcmp(want, got) == 0)
		return;
	a = strtok_r(x, "\n", &px);
	b = strtok_r(got, "\n", &py);
	while (a != NULL && b != NULL && strcmp(a, b) == 0) {
		a = strtok_r(NULL, "\n", &px);
		b = strtok_r(NULL, "\n", &py);
	}
	fail_msg("seed %u, %s: first \"%s\", not \"%s\"", s, when,
	    b != NULL ? b : "(nothing)", a != NULL ? a : "(nothing)");
}

static void
undo_one(struct lab *l, uint32_t s)
{
	char *before = fake_dump(l->dirs[CLOUD], l->arena), *after;
	struct undo_report u;
	int64_t plan;

	change_all(l, 2);
	import_and_decide(l);
	plan = freeze(l);
	if (plan == 0)
		return;
	(void)apply(l, plan);
	after = fake_dump(l->dirs[CLOUD], l->arena);
	u = undo(l, plan);
	(void)apply(l, u.plan.id);
	same_target(l, s, "undone", before);
	for (int i = 0; i < 3; i++)
		lab_cycle(l, 0);
	same_target(l, s, "some cycles later", before);
	(void)after;
}

static void
undo_restores_the_target(void **state)
{
	struct lab_seeds all = lab_seeds(60);

	(void)state;
	for (uint32_t s = all.first; s < all.end; s++) {
		struct lab *l = lab_new();

		seed = s;
		l->guard.source_percent = 100;
		lab_restart(l);
		change_all(l, 1);
		for (int i = 0; i < 4; i++)
			lab_cycle(l, 0);
		undo_one(l, s);
		(void)lab_free(l);
	}
}

/* The process dies at each commit of the inverse: applied again it ends where
 * an undisturbed one does. */
static bool
die_once(unsigned n, bool after)
{
	struct lab *l = lab_new();
	struct plan_apply w = {.who = TEXT("bob")};
	struct plan_report rep;
	char *before;
	bool died;

	seed = 7;
	l->guard.source_percent = 100;
	lab_restart(l);
	change_all(l, 1);
	for (int i = 0; i < 4; i++)
		lab_cycle(l, 0);
	before = fake_dump(l->dirs[CLOUD], l->arena);
	change_all(l, 2);
	import_and_decide(l);
	w.plan = freeze(l);
	(void)apply(l, w.plan);
	w.plan = undo(l, w.plan).plan.id;
	lab_die_at(n, after);
	if (engine_plan_apply(l->engine, &w, l->arena, &rep, &l->e) == 0)
		assert_false(lab_died());
	died = lab_died();
	lab_die_at(0, false);
	lab_restart(l);
	rep = apply(l, w.plan);
	if (rep.moved != 0)
		fail_msg("died at %u: %.*s: %.*s", n,
		    TEXT_ARGS(rep.list[0].display),
		    TEXT_ARGS(rep.list[0].note));
	same_target(l, n, "killed, and applied again", before);
	for (int i = 0; i < 3; i++)
		lab_cycle(l, 0);
	same_target(l, n, "killed, some cycles later", before);
	(void)lab_free(l);
	return died;
}

static void
killed_undo_goes_on(void **state)
{
	unsigned n = 1;

	(void)state;
	while (die_once(n, false)) {
		(void)die_once(n, true);
		n++;
	}
	assert_true(n > 5);
}

/* ---- A run that died is undone like any other ---- */

static int64_t
last_run(struct lab *l)
{
	struct history_page page = {.before = INT64_MAX, .max = 1};
	struct run_record *runs = NULL;
	size_t n = 0;

	assert_int_equal(
	    run_list(l->store, l->arena, &page, &runs, &n, &l->e), 0);
	return n != 0 ? runs[0].id : 0;
}

/* Everything that went to the cloud since, newest first. */
static void
undo_since(struct lab *l, uint32_t s, int64_t since)
{
	for (int64_t run = last_run(l); run > since; run--) {
		struct undo_wish w = {.run = run, .who = TEXT("anna")};
		struct journal_entry j;
		struct undo_report rep;

		if (journal_next(l->store, l->arena, run, 0, &j, &l->e) != 1 ||
		    j.connector != l->connectors[CLOUD].id)
			continue;
		assert_false(text_is(j.result, "uncertain"));
		if (engine_plan_undo(l->engine, &w, l->arena, &rep, &l->e) < 0)
			assert_int_equal(l->e.code, ERR_NOENT);
		else if (rep.plan.id != 0 && apply(l, rep.plan.id).moved != 0)
			fail_msg("seed %u: the inverse moved", s);
	}
}

/* The export of a day dies at its nth commit; cycles, and all is taken back. */
static bool
die_and_undo(uint32_t s, unsigned n, bool after)
{
	struct lab *l = lab_new();
	struct err e = {0};
	char *before;
	int64_t since;
	bool died;

	seed = s;
	l->guard.source_percent = 100;
	lab_restart(l);
	change_all(l, 1);
	for (int i = 0; i < 4; i++)
		lab_cycle(l, 0);
	before = fake_dump(l->dirs[CLOUD], l->arena);
	change_all(l, 2);
	import_and_decide(l);
	since = last_run(l);
	lab_die_at(n, after);
	if (engine_run(
		l->engine, CLOUD, PROFILE_EXPORT, l->arena, &l->run, &e) == 0)
		assert_false(lab_died());
	died = lab_died();
	lab_die_at(0, false);
	lab_restart(l);
	for (int i = 0; i < 4; i++)
		lab_cycle(l, 0);
	undo_since(l, s, since);
	same_target(l, s, "killed, and undone", before);
	for (int i = 0; i < 3; i++)
		lab_cycle(l, 0);
	same_target(l, s, "killed, undone, some cycles later", before);
	(void)lab_free(l);
	return died;
}

/* Few worlds, of many deaths each: what the directory drops by itself with an
 * object whose deletion was in flight is in no journal. */
static void
killed_export_is_undone(void **state)
{
	struct lab_seeds all = lab_seeds(6);
	unsigned deaths = 0;

	(void)state;
	for (uint32_t s = all.first; s < all.end; s++)
		for (unsigned n = 1; die_and_undo(s, n, false); n++) {
			(void)die_and_undo(s, n, true);
			deaths++;
		}
	assert_true(deaths > all.end - all.first);
}

/* ---- Apply sends exactly the plan, for any changes ---- */

static uint32_t
scalars(const struct delta *d)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->count; i++)
		n += d->changes[i].add_count + d->changes[i].del_count;
	return n;
}

/* All that the journal has of a row in the runs of a plan, as one change. */
static struct delta
sent_of(struct lab *l, int64_t plan, int64_t cs, bool *any)
{
	struct journal_entry j = {0};
	struct delta net = {0};
	int64_t run = 0;

	*any = false;
	while (
	    frozen_run_next(l->store, plan, run, &run, &l->e) == 0 && run != 0)
		while (journal_next(l->store, l->arena, run, j.id, &j, &l->e) >
		       0) {
			if (j.cs != cs)
				continue;
			*any = true;
			assert_int_equal(
			    delta_merge(l->arena, &net, &j.delta, &net), 0);
		}
	return net;
}

static bool
is_reference(const struct change *c)
{
	const struct value *v = c->add_count != 0 ? c->add : c->del;

	return v->type == VALUE_REFERENCE;
}

/* A reference to an object that was held back waits with it. */
static bool
is_sent(const struct change *planned, const struct delta *net)
{
	const struct change *c = delta_find(net, planned->name);

	if (is_reference(planned))
		return c == NULL || (c->add_count <= planned->add_count &&
					c->del_count <= planned->del_count);
	if (c == NULL || c->add_count != planned->add_count ||
	    c->del_count != planned->del_count)
		return false;
	for (uint32_t k = 0; k < c->add_count; k++)
		if (!value_equal(&c->add[k], &planned->add[k]))
			return false;
	return true;
}

static bool
same_changes(const struct delta *planned, const struct delta *net)
{
	for (uint32_t i = 0; i < planned->count; i++)
		if (!is_sent(&planned->changes[i], net))
			return false;
	for (uint32_t i = 0; i < net->count; i++)
		if (delta_find(planned, net->changes[i].name) == NULL)
			return false;
	return true;
}

static bool
waits_for_others(const struct frozen_item *i)
{
	for (uint32_t k = 0; k < i->delta.count; k++)
		if (!is_reference(&i->delta.changes[k]))
			return false;
	return i->op == DELTA_UPDATE;
}

static void
check_item(struct lab *l, uint32_t s, const struct frozen_item *i)
{
	bool any = false;
	struct delta net = sent_of(l, i->plan, i->cs, &any);

	if (i->state == FROZEN_ITEM_HELD && any)
		fail_msg("seed %u: %.*s moved (%.*s) and was sent", s,
		    TEXT_ARGS(i->dn), TEXT_ARGS(i->note));
	if (i->state == FROZEN_ITEM_WAITS && !waits_for_others(i))
		fail_msg("seed %u: %.*s was forgotten", s, TEXT_ARGS(i->dn));
	if (i->state == FROZEN_ITEM_SENT && any && i->op != DELTA_DELETE &&
	    !same_changes(&i->delta, &net))
		fail_msg("seed %u: of %.*s %u values were planned, %u sent", s,
		    TEXT_ARGS(i->dn), scalars(&i->delta), scalars(&net));
}

/* No row that is not in the plan. */
static void
check_journal(struct lab *l, uint32_t s, int64_t plan)
{
	struct journal_entry j = {0};
	struct frozen_item i;
	int64_t run = 0;

	while (
	    frozen_run_next(l->store, plan, run, &run, &l->e) == 0 && run != 0)
		while (
		    journal_next(l->store, l->arena, run, j.id, &j, &l->e) > 0)
			if (frozen_item_of(
				l->store, l->arena, plan, j.cs, &i, &l->e) != 1)
				fail_msg("seed %u: %.*s was not planned", s,
				    TEXT_ARGS(j.dn));
}

static uint64_t
apply_one(struct lab *l, uint32_t s)
{
	struct frozen_item i = {0};
	struct plan_report rep;
	int64_t plan;

	change_all(l, 2);
	import_and_decide(l);
	plan = freeze(l);
	if (plan == 0)
		return 0;
	change_all(l, 4);
	rep = apply(l, plan);
	while (
	    frozen_item_next(l->store, l->arena, plan, i.number, &i, &l->e) > 0)
		check_item(l, s, &i);
	check_journal(l, s, plan);
	return rep.moved;
}

static void
apply_sends_exactly_the_plan(void **state)
{
	struct lab_seeds all = lab_seeds(60);
	uint64_t moved = 0;

	(void)state;
	for (uint32_t s = all.first; s < all.end; s++) {
		struct lab *l = lab_new();

		seed = s;
		l->guard.source_percent = 100;
		lab_restart(l);
		change_all(l, 1);
		for (int i = 0; i < 4; i++)
			lab_cycle(l, 0);
		moved += apply_one(l, s);
		(void)lab_free(l);
	}
	assert_true(
	    moved > (all.end - all.first) / 2); /* else it shows nothing */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(values_come_back),
	    TEST(what_somebody_changed_stays),
	    TEST(an_add_is_deleted),
	    TEST(a_deletion_is_restored),
	    TEST(what_is_gone_for_good_is_named),
	    TEST(an_undo_is_undone),
	    TEST(nothing_sent_is_nothing_undone),
	    cmocka_unit_test(undo_restores_the_target),
	    cmocka_unit_test(killed_undo_goes_on),
	    cmocka_unit_test(killed_export_is_undone),
	    cmocka_unit_test(apply_sends_exactly_the_plan),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("engine/undo", tests, NULL, NULL);
}

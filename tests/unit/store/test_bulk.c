/* tests/unit/store/test_bulk.c -- a first load keeps its keys in memory and
 * makes its indexes at the end: nobody may see a difference. */
#include "store_test.h"

#define OBJECTS 40
#define STEPS   3000

static uint32_t
rnd(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525U + 1013904223U;
	return (*seed >> 8) % n;
}

/* One change, the same on both stores; returns what it says. */
struct step {
	unsigned what;
	int64_t id;
	int dn, anchor;
};

/* A new one refers to two. */
static int
refer(struct fixture *f, const struct cs_object *o, const struct step *x)
{
	struct attrs refs = {0};
	struct text anchor = text_for(f, "anchor-", x->anchor / 2, "");

	assert_int_equal(attrs_add(f->a, &refs, f->member,
			     value_reference_dn(object_for(f, x->dn / 2).dn)),
	    0);
	assert_int_equal(
	    attrs_add(f->a, &refs, f->member, value_reference_anchor(anchor)),
	    0);
	return cs_refs_stage_new(f->s, o, &refs, NULL);
}

static int
put(struct fixture *f, const struct step *x)
{
	struct cs_object o = object_for(f, x->dn);
	int r;

	o.anchor = text_for(f, "anchor-", x->anchor, "");
	o.id = x->what == 0 ? 0 : x->id;
	if (x->what == 2)
		o.dn = TEXT("");
	r = cs_put(f->s, &o, CS_ALL, NULL);
	return r == 0 && x->what == 0 ? refer(f, &o, x) : r;
}

static int
point(struct fixture *f, const struct step *x)
{
	struct cs_object o = {.id = x->id, .connector = f->connector};
	struct attrs refs = {0};
	struct text dn = object_for(f, x->dn).dn;
	size_t changed;

	assert_int_equal(
	    attrs_add(f->a, &refs, f->member, value_reference_dn(dn)), 0);
	assert_int_equal(
	    attrs_add(f->a, &refs, f->member,
		value_reference_anchor(text_for(f, "anchor-", x->anchor, ""))),
	    0);
	return cs_refs_stage(f->s, &o, &refs, &changed, NULL);
}

static int
apply(struct fixture *f, const struct step *x)
{
	struct cs_object o;
	int r;

	if (x->what > 0 && cs_get(f->s, f->a, x->id, 0, &o, NULL) < 0)
		return ERR_NOENT;
	OK(store_save(f->s, &e));
	r = x->what < 5 ? put(f, x) : point(f, x);
	if (x->what == 7 || r < 0)
		OK(store_undo(f->s, &e));
	else
		OK(store_release(f->s, &e));
	return r;
}

static void
same_answer(
    struct fixture *one, struct fixture *two, struct cs_key key, bool by_anchor)
{
	struct cs_object a, b;
	int r = by_anchor
		    ? cs_find_anchor(one->s, one->a, key, CS_ALL, &a, NULL)
		    : cs_find_dn(one->s, one->a, key, CS_ALL, &a, NULL);
	int q = by_anchor
		    ? cs_find_anchor(two->s, two->a, key, CS_ALL, &b, NULL)
		    : cs_find_dn(two->s, two->a, key, CS_ALL, &b, NULL);

	assert_int_equal(r, q);
	if (r < 0)
		return;
	assert_int_equal(a.id, b.id);
	assert_int_equal(a.kind, b.kind);
	assert_true(text_equal(a.dn, b.dn));
	assert_true(text_equal(a.anchor, b.anchor));
}

static void
same_references(struct fixture *one, struct fixture *two, int64_t owner)
{
	const struct ref_query want = {.owner = owner, .mask = REF_IMAGE};
	struct cs_ref *a, *b;
	size_t n, m;

	OK(cs_refs_get(one->s, one->a, &want, &a, &n, &e));
	OK(cs_refs_get(two->s, two->a, &want, &b, &m, &e));
	assert_int_equal(n, m);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(a[i].name, b[i].name);
		assert_int_equal(a[i].target, b[i].target);
	}
}

static void
same_joins(struct fixture *one, struct fixture *two, int i)
{
	struct value v =
	    value_string(text_for(one, "Person", i, "@example.org"));
	int64_t room[2][OBJECTS];
	struct ids a = {.id = room[0], .max = OBJECTS};
	struct ids b = {.id = room[1], .max = OBJECTS};

	OK(cs_join_find(one->s, one->connector, one->mail, &v, &a, &e));
	OK(cs_join_find(two->s, two->connector, two->mail, &v, &b, &e));
	assert_int_equal(a.count, b.count);
	assert_memory_equal(a.id, b.id, a.count * sizeof(a.id[0]));
}

static void
same_everywhere(struct fixture *one, struct fixture *two)
{
	for (int i = 0; i < OBJECTS; i++) {
		struct cs_key dn = {one->connector, object_for(one, i).dn};
		struct cs_key anchor = {
		    one->connector, text_for(one, "anchor-", i, "")};

		same_answer(one, two, dn, false);
		same_answer(one, two, anchor, true);
		same_joins(one, two, i);
	}
	for (int64_t id = 1; id < (int64_t)OBJECTS * 3; id++)
		same_references(one, two, id);
	arena_reset(one->a);
	arena_reset(two->a);
}

static void
as_along_the_indexes(void **state)
{
	struct fixture *bulk = *state;
	void *other;
	struct fixture *plain;
	struct cs_walk w = {.connector = bulk->connector};
	uint32_t seed = (uint32_t)getpid();
	uint64_t a, b;

	assert_int_equal(fixture_file(&other), 0);
	plain = other;
	print_message("# seed %u\n", seed);
	OK(store_begin(bulk->s, &e));
	OK(store_begin(plain->s, &e));
	OK(store_join_attrs(bulk->s, &bulk->mail, 1, NULL, 0, &e));
	OK(store_join_attrs(plain->s, &plain->mail, 1, NULL, 0, &e));
	for (int i = 0; i < STEPS; i++) {
		struct step x = {.what = rnd(&seed, 8),
		    .id = (int64_t)rnd(&seed, OBJECTS * 3) + 1,
		    .dn = (int)rnd(&seed, OBJECTS),
		    .anchor = (int)rnd(&seed, OBJECTS)};

		assert_int_equal(apply(bulk, &x), apply(plain, &x));
		if (i % 20 == 0)
			same_everywhere(bulk, plain);
	}
	same_everywhere(bulk, plain);
	OK(cs_count(bulk->s, &w, &a, &e)); /* now they are made */
	OK(cs_count(plain->s, &w, &b, &e));
	assert_int_equal(a, b);
	assert_true(a > 0);
	same_everywhere(bulk, plain);
	OK(store_commit(bulk->s, &e));
	OK(store_commit(plain->s, &e));
	(void)fixture_end(&other);
}

/* Objects with a reference each to the one before. */
static void
load(struct fixture *f, int from, int to)
{
	for (int i = from; i < to; i++) {
		struct cs_object o = object_for(f, i);
		struct attrs refs = {0};
		struct text before = object_for(f, i - 1).dn;

		assert_int_equal(attrs_add(f->a, &refs, f->member,
				     value_reference_dn(before)),
		    0);
		OK(cs_put(f->s, &o, CS_ALL, &e));
		OK(cs_refs_stage_new(f->s, &o, &refs, &e));
	}
}

static size_t
references(struct fixture *f)
{
	size_t n, sum = 0;

	for (int64_t id = 1; id < 200; id++) {
		OK(cs_refs_count(f->s, id, f->member, REF_IMAGE, &n, &e));
		sum += n;
	}
	return sum;
}

static size_t
joined(struct fixture *f, int i)
{
	struct value v = value_string(text_for(f, "Person", i, "@example.org"));
	int64_t room[4];
	struct ids ids = {.id = room, .max = 4};

	OK(cs_join_find(f->s, f->connector, f->mail, &v, &ids, &e));
	return ids.count;
}

static void
what_waits_is_read_and_taken_back(void **state)
{
	struct fixture *f = *state;

	OK(store_lock(f->s, "first load", &e));
	OK(store_begin(f->s, &e));
	OK(store_join_attrs(f->s, &f->mail, 1, NULL, 0, &e));
	load(f, 1, 41);
	assert_int_equal(references(f), 40);
	load(f, 41, 44);
	OK(store_save(f->s, &e));
	load(f, 44, 47);
	OK(store_undo(f->s, &e));
	assert_int_equal(references(f), 43);
	assert_int_equal(joined(f, 43), 1);
	assert_int_equal(joined(f, 44), 0);
	load(f, 44, 46);
	OK(store_commit_later(f->s, &e)); /* between two batches */
	assert_int_equal(references(f), 45);
	OK(store_begin(f->s, &e));
	load(f, 46, 48);
	OK(store_commit(f->s, &e));
	OK(store_begin(f->s, &e));
	load(f, 48, 50);
	store_rollback(f->s);
	OK(store_begin(f->s, &e));
	assert_int_equal(references(f), 47);
	assert_int_equal(joined(f, 47), 1);
	assert_int_equal(joined(f, 48), 0);
	OK(store_commit(f->s, &e));
}

static void
readers_do_without(void **state)
{
	struct fixture *f = *state;
	struct cs_walk w = {.connector = f->connector};
	struct cs_key key = {f->connector, TEXT("anchor-7")};
	struct cs_pending pending;
	struct store *reader;
	struct cs_object o;
	uint64_t n;

	OK(store_lock(f->s, "first load", &e));
	OK(store_begin(f->s, &e));
	for (int i = 0; i < 20; i++)
		(void)object_add(f, i);
	OK(store_commit(f->s, &e));
	OK(store_open(f->path, STORE_READ, &reader, &e));
	for (w.which = CS_EVERY; w.which <= CS_ERRORS; w.which++)
		OK(cs_count(reader, &w, &n, &e));
	OK(cs_pending_count(reader, f->connector, &pending, &e));
	OK(cs_find_anchor(reader, f->a, key, 0, &o, &e));
	assert_int_equal(o.id, 8);
	/* the lock goes, the indexes come; the reader goes on */
	store_unlock(f->s);
	w.which = CS_WORK;
	OK(cs_count(reader, &w, &n, &e));
	assert_int_equal(n, 20);
	o = object_for(f, 3);
	OK(store_begin(f->s, &e));
	FAILS(cs_put(f->s, &o, CS_ALL, &e), ERR_EXIST, "belongs");
	OK(store_commit(f->s, &e));
	reader = store_close(reader);
}

static void
a_load_taken_back_starts_again(void **state)
{
	struct fixture *f = *state;
	struct cs_walk w = {.connector = f->connector};
	struct cs_object o = object_for(f, 1);
	uint64_t n;

	OK(store_lock(f->s, "first load", &e));
	OK(store_begin(f->s, &e));
	for (int i = 0; i < 5; i++)
		(void)object_add(f, i);
	store_rollback(f->s);
	OK(store_begin(f->s, &e));
	(void)object_add(f, 1);
	(void)object_add(f, 2);
	FAILS(cs_put(f->s, &o, CS_ALL, &e), ERR_EXIST, "belongs");
	OK(cs_count(f->s, &w, &n, &e));
	assert_int_equal(n, 2);
	store_rollback(f->s); /* and the indexes with it */
	OK(store_begin(f->s, &e));
	(void)object_add(f, 1);
	FAILS(cs_put(f->s, &o, CS_ALL, &e), ERR_EXIST, "belongs");
	OK(cs_count(f->s, &w, &n, &e));
	assert_int_equal(n, 1);
	OK(store_commit(f->s, &e));
}

static void
indexes_taken_back_are_made_again(void **state)
{
	struct fixture *f = *state;
	struct cs_walk w = {.connector = f->connector};
	struct cs_object o = object_for(f, 1);
	uint64_t n;

	OK(store_lock(f->s, "first load", &e));
	OK(store_begin(f->s, &e));
	(void)object_add(f, 1);
	OK(store_commit(f->s, &e));
	OK(store_begin(f->s, &e));
	OK(cs_count(f->s, &w, &n, &e));
	store_rollback(f->s);
	OK(store_begin(f->s, &e));
	FAILS(cs_put(f->s, &o, CS_ALL, &e), ERR_EXIST, "belongs");
	OK(store_commit(f->s, &e));
}

static void
and_after_a_save_point(void **state)
{
	struct fixture *f = *state;
	struct cs_walk w = {.connector = f->connector};
	struct cs_object o = object_for(f, 1);
	uint64_t n;

	OK(store_lock(f->s, "first load", &e));
	OK(store_begin(f->s, &e));
	(void)object_add(f, 1);
	OK(store_save(f->s, &e));
	OK(cs_count(f->s, &w, &n, &e));
	OK(store_undo(f->s, &e));
	FAILS(cs_put(f->s, &o, CS_ALL, &e), ERR_EXIST, "belongs");
	OK(store_commit(f->s, &e));
}

int
main(void)
{
#define T(name, setup) cmocka_unit_test_setup_teardown(name, setup, fixture_end)
	const struct CMUnitTest tests[] = {
	    T(as_along_the_indexes, fixture_memory),
	    T(what_waits_is_read_and_taken_back, fixture_file),
	    T(readers_do_without, fixture_file),
	    T(indexes_taken_back_are_made_again, fixture_file),
	    T(and_after_a_save_point, fixture_file),
	    T(a_load_taken_back_starts_again, fixture_file),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

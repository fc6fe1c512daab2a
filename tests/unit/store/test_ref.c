/* tests/unit/store/test_ref.c -- reference rows: staged, moved, swept; and the
 * bits against a table in memory that does the same the simple way. */
#include "store_test.h"

static size_t
stage(struct fixture *f, int64_t owner, const char *const *dns, size_t n)
{
	struct cs_object o = {.id = owner, .connector = f->connector};
	struct attrs attrs = {0};
	size_t changed;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(attrs_add(f->a, &attrs, f->member,
				     value_reference_dn(text_of(dns[i]))),
		    0);
	OK(cs_refs_stage(f->s, &o, &attrs, &changed, &e));
	return changed;
}

static size_t
refs(struct fixture *f, int64_t owner, unsigned mask, struct cs_ref **out)
{
	struct ref_query q = {
	    .owner = owner, .mask = mask, .with_target = true};
	size_t n;

	OK(cs_refs_get(f->s, f->a, &q, out, &n, &e));
	return n;
}

/* What is staged for a new object is what staging again would leave. */
static void
a_new_object_needs_no_comparison(void **state)
{
	static const char *const dns[] = {
	    "CN=Missing,DC=x", "CN=Person 2,OU=People,DC=x", "cn=missing,dc=x"};
	struct fixture *f = *state;
	struct cs_object o = {.connector = f->connector};
	struct attrs attrs = {0};
	struct cs_ref *r;

	OK(store_begin(f->s, &e));
	o.id = object_add(f, 1);
	(void)object_add(f, 2);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(attrs_add(f->a, &attrs, f->member,
				     value_reference_dn(text_of(dns[i]))),
		    0);
	OK(cs_refs_stage_new(f->s, &o, &attrs, &e));
	assert_int_equal(refs(f, o.id, REF_IMAGE, &r), 2);
	assert_int_equal(r[0].bits, REF_IMAGE);
	assert_int_equal(stage(f, o.id, dns, 3), 0);
	OK(store_commit(f->s, &e));
}

static uint64_t
placeholders(struct fixture *f)
{
	struct cs_walk w = {
	    .connector = f->connector, .which = CS_PLACEHOLDERS};
	uint64_t n;

	OK(cs_count(f->s, &w, &n, &e));
	return n;
}

static void
staging_writes_the_difference(void **state)
{
	static const char *const one[] = {"CN=Person 2,OU=People,DC=x",
	    "CN=Missing,DC=x", "cn=person 2, ou=people,dc=x"};
	static const char *const two[] = {
	    "CN=missing,DC=x", "CN=Person 3,OU=People,DC=x"};
	struct fixture *f = *state;
	struct cs_ref *r;
	int64_t owner, second;

	OK(store_begin(f->s, &e));
	owner = object_add(f, 1);
	second = object_add(f, 2);
	(void)object_add(f, 3);
	assert_int_equal(stage(f, owner, one, 3), 2);
	assert_int_equal(refs(f, owner, REF_IMAGE, &r), 2);
	assert_int_equal(r[0].target, second);
	assert_true(text_is(r[0].named->dn, "CN=Person 2,OU=People,DC=x"));
	assert_int_equal(r[0].target_kind, CS_STAGING);
	assert_int_equal(r[1].target_kind, CS_PLACEHOLDER);
	assert_int_equal(r[1].target_flags, CS_PH_LINK);
	assert_int_equal(r[0].bits, REF_IMAGE);
	assert_int_equal(stage(f, owner, one, 3), 0);
	OK(cs_refs_fold(f->s, owner, false, &e));
	assert_int_equal(stage(f, owner, two, 2), 2);
	assert_int_equal(refs(f, owner, REF_IMAGE, &r), 2);
	assert_int_equal(refs(f, owner, REF_HOLOGRAM, &r), 2);
	assert_int_equal(refs(f, owner, 255, &r), 3);
	OK(cs_refs_fold(f->s, owner, true, &e));
	assert_int_equal(refs(f, owner, 255, &r), 2);
	assert_int_equal(r[0].bits, REF_IMAGE | REF_HOLOGRAM);
	assert_int_equal(stage(f, owner, NULL, 0), 2);
	OK(store_commit(f->s, &e));
}

static void
a_new_row_is_new(void **state)
{
	struct fixture *f = *state;
	struct ref_key key = {.name = f->member};
	struct err why = {0};
	struct cs_ref *r;

	OK(store_begin(f->s, &e));
	key.owner = object_add(f, 1);
	key.target = object_add(f, 2);
	OK(cs_ref_add(f->s, key, REF_UNAPPLIED_ADD, &e));
	assert_int_equal(
	    cs_ref_add(f->s, key, REF_UNAPPLIED_DEL, &why), ERR_EXIST);
	assert_int_equal(refs(f, key.owner, 255, &r), 1);
	assert_int_equal(r[0].bits, REF_UNAPPLIED_ADD);
	OK(store_commit(f->s, &e));
}

static void
a_placeholder_becomes_the_object(void **state)
{
	static const char *const both[] = {"CN=New,DC=x", "CN=Later,DC=x"};
	struct fixture *f = *state;
	struct cs_object o = object_for(f, 9), found;
	struct cs_key key = {f->connector, TEXT("cn=new,dc=x")};
	struct cs_ref *r;
	int64_t owner, renamed;

	OK(store_begin(f->s, &e));
	owner = object_add(f, 1);
	assert_int_equal(stage(f, owner, both, 2), 2);
	assert_int_equal(placeholders(f), 2);
	/* taken over by the caller who found it */
	OK(cs_find_dn(f->s, f->a, key, CS_ALL, &found, &e));
	assert_int_equal(found.kind, CS_PLACEHOLDER);
	o.id = found.id;
	o.dn = TEXT("CN=New,DC=x");
	OK(cs_put(f->s, &o, CS_ALL, &e));
	/* or in the way of a rename */
	renamed = object_add(f, 2);
	OK(cs_get(f->s, f->a, renamed, CS_ALL, &found, &e));
	found.dn = TEXT("CN=Later,DC=x");
	OK(cs_put(f->s, &found, CS_ALL, &e));
	assert_int_equal(placeholders(f), 0);
	assert_int_equal(refs(f, owner, REF_IMAGE, &r), 2);
	assert_int_equal(r[0].target, o.id);
	assert_int_equal(r[1].target, renamed);
	assert_int_equal(stage(f, owner, both, 2), 0);
	OK(store_commit(f->s, &e));
}

static void
the_removed_leave_a_placeholder(void **state)
{
	static const char *const dn[] = {"CN=Person 2,OU=People,DC=x"};
	struct fixture *f = *state;
	struct cs_object o, found;
	int64_t owner, target, room[4];
	struct ids ids = {room, 4, 0};
	struct cs_key key = {f->connector, text_of(dn[0])};
	struct ref_key key_room[2], to = {0};
	struct ref_keys keys = {key_room, 2, 0};

	OK(store_begin(f->s, &e));
	owner = object_add(f, 1);
	target = object_add(f, 2);
	to.target = target;
	assert_int_equal(stage(f, owner, dn, 1), 1);
	OK(cs_referrers(f->s, target, REF_IMAGE, 0, &ids, &e));
	assert_int_equal(ids.count, 1);
	assert_int_equal(ids.id[0], owner);
	OK(cs_referrers(f->s, target, REF_HOLOGRAM, 0, &ids, &e));
	assert_int_equal(ids.count, 0);
	OK(cs_refs_to(f->s, to, REF_IMAGE, &keys, &e));
	assert_int_equal(keys.count, 1);
	assert_int_equal(key_room[0].owner, owner);
	to = (struct ref_key){owner, key_room[0].name, target};
	OK(cs_refs_to(f->s, to, REF_IMAGE, &keys, &e));
	assert_int_equal(keys.count, 0);
	OK(cs_remove(f->s, target, &e));
	OK(cs_get(f->s, f->a, target, CS_ALL, &o, &e));
	assert_int_equal(o.kind, CS_PLACEHOLDER);
	assert_true(o.flags & CS_PH_DELETE);
	assert_int_equal(o.image.count, 0);
	OK(cs_sweep_placeholders(f->s, f->connector, &e));
	OK(cs_get(f->s, f->a, target, 0, &o, &e));
	/* it comes back: found by its name again */
	o = object_for(f, 2);
	o.id = target;
	OK(cs_put(f->s, &o, CS_ALL, &e));
	OK(cs_find_dn(f->s, f->a, key, 0, &found, &e));
	assert_int_equal(found.id, target);
	assert_int_equal(stage(f, owner, dn, 1), 0);
	OK(cs_remove(f->s, target, &e));
	/* another object of that name is not the one that was meant */
	o = object_for(f, 2);
	o.anchor = TEXT("another");
	OK(cs_put(f->s, &o, CS_ALL, &e));
	OK(cs_get(f->s, f->a, target, 0, &found, &e));
	assert_int_equal(found.kind, CS_PLACEHOLDER);
	OK(cs_find_dn(f->s, f->a, key, 0, &found, &e));
	assert_int_equal(found.id, o.id);
	/* until the directory says that name again */
	assert_int_equal(stage(f, owner, dn, 1), 2);
	OK(cs_referrers(f->s, o.id, REF_IMAGE, 0, &ids, &e));
	assert_int_equal(ids.count, 1);
	assert_int_equal(stage(f, owner, NULL, 0), 1);
	OK(cs_sweep_placeholders(f->s, f->connector, &e));
	FAILS(cs_get(f->s, f->a, target, 0, &o, &e), ERR_NOENT, "");
	OK(cs_remove(f->s, owner, &e));
	FAILS(cs_get(f->s, f->a, owner, 0, &o, &e), ERR_NOENT, "");
	OK(store_commit(f->s, &e));
}

static int64_t
parent_add(struct fixture *f, const char *dn)
{
	struct cs_object o = {.connector = f->connector,
	    .kind = CS_PLACEHOLDER,
	    .flags = CS_PH_PARENT,
	    .dn = text_of(dn)};

	OK(cs_put(f->s, &o, CS_ALL, &e));
	return o.id;
}

static void
parents_stay_while_something_lies_below(void **state)
{
	struct fixture *f = *state;
	int64_t child;

	OK(store_begin(f->s, &e));
	(void)parent_add(f, "DC=x");
	(void)parent_add(f, "OU=People,DC=x");
	(void)parent_add(f, "OU=Peopl,DC=x");
	(void)parent_add(f, "no name at all");
	child = object_add(f, 1);
	OK(cs_sweep_placeholders(f->s, f->connector, &e));
	assert_int_equal(placeholders(f), 2);
	OK(cs_remove(f->s, child, &e));
	OK(cs_sweep_placeholders(f->s, f->connector, &e));
	assert_int_equal(placeholders(f), 0);
	OK(store_commit(f->s, &e));
}

/* ---- The bits, against a model ---- */

#define OWNERS  5
#define NAMES   3
#define TARGETS 6

static unsigned model[OWNERS][NAMES][TARGETS];
static int64_t ids_of[TARGETS];

static uint32_t
rnd(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525U + 1013904223U;
	return (*seed >> 8) % n;
}

static void
agree(struct fixture *f, uint32_t first_name)
{
	for (unsigned o = 0; o < OWNERS; o++) {
		struct ref_query q = {.owner = ids_of[o], .mask = 255};
		struct cs_ref *r;
		size_t n, at = 0;

		OK(cs_refs_get(f->s, f->a, &q, &r, &n, &e));
		for (unsigned k = 0; k < NAMES * TARGETS; k++) {
			unsigned name = k / TARGETS, target = k % TARGETS;

			if (model[o][name][target] == 0)
				continue;
			assert_true(at < n);
			assert_int_equal(r[at].name, first_name + name);
			assert_int_equal(r[at].target, ids_of[target]);
			assert_int_equal(r[at].bits, model[o][name][target]);
			at++;
		}
		assert_int_equal(at, n);
	}
}

static void
model_update(unsigned o, unsigned have, unsigned set, unsigned clear)
{
	for (unsigned k = 0; k < NAMES * TARGETS; k++) {
		unsigned *bits = &model[o][k / TARGETS][k % TARGETS];

		if (*bits & have)
			*bits = (*bits & ~clear) | set;
	}
}

static void
one_step(struct fixture *f, uint32_t *seed, uint32_t first_name)
{
	unsigned o = rnd(seed, OWNERS), name = rnd(seed, NAMES);
	unsigned target = rnd(seed, TARGETS), have = rnd(seed, 256);
	unsigned set = 1U << rnd(seed, 8), clear = rnd(seed, 256);
	unsigned *bits = &model[o][name][target], got;
	size_t count, want = 0;

	switch (rnd(seed, 4)) {
	case 0:
	case 1:
		*bits = (*bits & ~clear) | set;
		OK(cs_ref_set(f->s,
		    (struct ref_key){
			ids_of[o], first_name + name, ids_of[target]},
		    set, clear, &e));
		break;
	case 2:
		model_update(o, have, set, clear);
		OK(cs_refs_update(f->s, ids_of[o], have, set, clear, &e));
		break;
	default:
		model_update(o, REF_HOLOGRAM, 0, REF_HOLOGRAM);
		model_update(o, REF_IMAGE, REF_HOLOGRAM, 0);
		OK(cs_refs_fold(f->s, ids_of[o], true, &e));
		break;
	}
	OK(cs_ref_bits(f->s,
	    (struct ref_key){ids_of[o], first_name + name, ids_of[target]},
	    &got, &e));
	assert_int_equal(got, *bits);
	for (unsigned t = 0; t < TARGETS; t++)
		want += (model[o][name][t] & have) != 0;
	OK(cs_refs_count(f->s, ids_of[o], first_name + name, have, &count, &e));
	assert_int_equal(count, want);
}

static void
bits_agree_with_a_model(void **state)
{
	struct fixture *f = *state;
	uint32_t seed = 20261123, first_name;

	OK(store_begin(f->s, &e));
	first_name = name_of(f, "ref-0");
	(void)name_of(f, "ref-1");
	(void)name_of(f, "ref-2");
	for (int i = 0; i < TARGETS; i++)
		ids_of[i] = object_add(f, i);
	memset(model, 0, sizeof(model));
	for (int i = 0; i < 4000; i++) {
		bool undo = rnd(&seed, 10) == 0;
		unsigned before[OWNERS][NAMES][TARGETS];

		memcpy(before, model, sizeof(model));
		OK(store_save(f->s, &e));
		one_step(f, &seed, first_name);
		if (undo) {
			OK(store_undo(f->s, &e));
			memcpy(model, before, sizeof(model));
		} else {
			OK(store_release(f->s, &e));
		}
		if (i % 8 == 0) {
			arena_reset(f->a);
			agree(f, first_name);
		}
	}
	OK(store_commit(f->s, &e));
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_memory, fixture_end)
	const struct CMUnitTest tests[] = {
	    T(staging_writes_the_difference),
	    T(a_new_row_is_new),
	    T(a_new_object_needs_no_comparison),
	    T(a_placeholder_becomes_the_object),
	    T(the_removed_leave_a_placeholder),
	    T(parents_stay_while_something_lies_below),
	    T(bits_agree_with_a_model),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

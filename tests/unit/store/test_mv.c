/* tests/unit/store/test_mv.c -- metaverse objects, their references, links and
 * join index. */
#include "store_test.h"

static struct mv_object
person(struct fixture *f, int n)
{
	struct mv_object o = {.type = f->user};

	assert_int_equal(
	    attrs_add(f->a, &o.values, f->mail,
		value_string(text_for(f, "Person", n, "@example.org"))),
	    0);
	return o;
}

static int64_t
person_add(struct fixture *f, int n)
{
	struct mv_object o = person(f, n);

	OK(mv_put(f->s, &o, true, &e));
	return o.id;
}

static void
values_and_origins_come_back(void **state)
{
	struct fixture *f = *state;
	struct origin origin = {f->mail, f->member, 12, 1700000000000};
	struct mv_object o = person(f, 1), got;
	int64_t found;

	o.origins = &origin;
	o.origin_count = 1;
	o.flags = MV_RETRY_PROVISION;
	OK(store_begin(f->s, &e));
	OK(mv_put(f->s, &o, true, &e));
	OK(mv_get(f->s, f->a, o.id, true, &got, &e));
	assert_true(attrs_equal(&o.values, &got.values));
	assert_int_equal(got.type, f->user);
	assert_int_equal(got.flags, MV_RETRY_PROVISION);
	assert_int_equal(got.origin_count, 1);
	assert_memory_equal(got.origins, &origin, sizeof(origin));
	OK(mv_find_guid(f->s, &o.guid, &found, &e));
	assert_int_equal(found, o.id);
	got.guid.octets[0] ^= 1;
	FAILS(mv_find_guid(f->s, &got.guid, &found, &e), ERR_NOENT, "guid");
	FAILS(mv_get(f->s, f->a, 99, true, &got, &e), ERR_NOENT, "99");
	o.id = 99;
	FAILS(mv_put(f->s, &o, true, &e), ERR_NOENT, "99");
	OK(store_commit(f->s, &e));
}

/* Links may be made to it before it has a row; one write is all of it. */
static void
a_reserved_one_is_written_whole(void **state)
{
	struct fixture *f = *state;
	struct mv_object o = person(f, 1), got;
	struct guid guid;
	int64_t id;

	OK(store_begin(f->s, &e));
	mv_reserve(f->s, &o);
	id = o.id;
	guid = o.guid;
	FAILS(mv_get(f->s, f->a, id, true, &got, &e), ERR_NOENT, "metaverse");
	assert_int_not_equal(person_add(f, 2), id);
	OK(attrs_add(
	    f->a, &o.values, f->member, value_reference_id(id, TEXT(""))));
	OK(mv_put(f->s, &o, true, &e));
	assert_false(o.reserved);
	assert_int_equal(o.id, id);
	OK(mv_get(f->s, f->a, id, true, &got, &e));
	assert_memory_equal(&got.guid, &guid, sizeof(guid));
	assert_true(attrs_equal(&o.values, &got.values));
	OK(mv_put(f->s, &o, true, &e)); /* an update now */
	OK(store_commit(f->s, &e));
}

static void
references_are_rows(void **state)
{
	struct fixture *f = *state;
	struct mv_object g = {.type = f->user}, got;
	struct value v[3];
	const struct attr *members;
	int64_t room[4];
	struct ids ids = {room, 4, 0};

	OK(store_begin(f->s, &e));
	for (int i = 0; i < 3; i++)
		v[i] = value_reference_id(person_add(f, i), TEXT(""));
	OK(attrs_set(f->a, &g.values, f->member, v, 2));
	OK(mv_put(f->s, &g, true, &e));
	OK(mv_get(f->s, f->a, g.id, false, &got, &e));
	assert_int_equal(got.values.count, 0);
	OK(mv_put(f->s, &got, false, &e));
	OK(mv_get(f->s, f->a, g.id, true, &got, &e));
	members = attrs_find(&got.values, f->member);
	assert_non_null(members);
	assert_int_equal(members->count, 2);
	assert_int_equal(members->values[1].id, v[1].id);
	OK(attrs_set(f->a, &g.values, f->member, v + 1, 2));
	OK(mv_put(f->s, &g, true, &e));
	OK(mv_referrers(f->s, v[0].id, 0, &ids, &e));
	assert_int_equal(ids.count, 0);
	OK(mv_referrers(f->s, v[2].id, 0, &ids, &e));
	assert_int_equal(ids.count, 1);
	OK(mv_remove(f->s, v[2].id, &e));
	OK(mv_get(f->s, f->a, g.id, true, &got, &e));
	assert_int_equal(attrs_find(&got.values, f->member)->count, 1);
	assert_int_equal(got.flags, MV_RESYNC);
	OK(mv_next(f->s, MV_RESYNC, 0, &ids, &e));
	assert_int_equal(ids.count, 1);
	assert_int_equal(ids.id[0], g.id);
	OK(mv_set_flags(f->s, g.id, MV_RETRY_PROVISION, MV_RESYNC, &e));
	OK(mv_next(f->s, MV_RESYNC, 0, &ids, &e));
	assert_int_equal(ids.count, 0);
	OK(store_commit(f->s, &e));
}

static void
lists_and_links(void **state)
{
	struct fixture *f = *state;
	int64_t room[2], *links;
	struct ids ids = {room, 2, 0};
	struct cs_object o[2];
	size_t n;
	uint64_t count;
	int64_t mv;

	OK(store_begin(f->s, &e));
	mv = person_add(f, 0);
	(void)person_add(f, 1);
	(void)person_add(f, 2);
	OK(mv_next(f->s, 0, 0, &ids, &e));
	assert_int_equal(ids.count, 2);
	OK(mv_next(f->s, 0, ids.id[1], &ids, &e));
	assert_int_equal(ids.count, 1);
	OK(mv_count(f->s, f->user, &count, &e));
	assert_int_equal(count, 3);
	OK(mv_count(f->s, f->mail, &count, &e));
	assert_int_equal(count, 0);
	OK(mv_count(f->s, 0, &count, &e));
	assert_int_equal(count, 3);
	for (int i = 0; i < 2; i++) {
		o[i] = object_for(f, i);
		o[i].mv = mv;
		o[i].link = CS_CONNECTOR;
		OK(cs_put(f->s, &o[i], CS_ALL, &e));
	}
	OK(mv_links(f->s, f->a, mv, &links, &n, &e));
	assert_int_equal(n, 2);
	assert_int_equal(links[0], o[0].id);
	OK(mv_links_in(f->s, mv, f->connector, &ids, &e));
	assert_int_equal(ids.count, 2);
	OK(mv_links_in(f->s, mv, f->connector + 1, &ids, &e));
	assert_int_equal(ids.count, 0);
	o[1].import.op = DELTA_OBSOLETE;
	OK(cs_put(f->s, &o[1], CS_IMPORT, &e));
	OK(mv_links_in(f->s, mv, f->connector, &ids, &e));
	assert_int_equal(ids.count, 1);
	assert_int_equal(ids.id[0], o[0].id);
	o[0].mv = 0;
	OK(cs_put(f->s, &o[0], 0, &e));
	OK(mv_links(f->s, f->a, mv, &links, &n, &e));
	assert_int_equal(n, 1);
	OK(store_commit(f->s, &e));
}

static void
the_join_index_follows(void **state)
{
	struct fixture *f = *state;
	struct value v = value_string(TEXT("pErson1@example.org"));
	int64_t room[4];
	struct ids ids = {room, 4, 0};
	struct mv_object o = person(f, 1), other = person(f, 7);

	OK(store_begin(f->s, &e));
	OK(mv_put(f->s, &o, true, &e));
	OK(store_join_attrs(f->s, NULL, 0, &f->mail, 1, &e));
	OK(mv_join_find(f->s, f->mail, &v, &ids, &e));
	assert_int_equal(ids.count, 1);
	(void)person_add(f, 1);
	OK(mv_join_find(f->s, f->mail, &v, &ids, &e));
	assert_int_equal(ids.count, 2);
	other.id = o.id;
	OK(mv_put(f->s, &other, true, &e));
	OK(mv_join_find(f->s, f->mail, &v, &ids, &e));
	assert_int_equal(ids.count, 1);
	OK(mv_remove(f->s, ids.id[0], &e));
	OK(mv_join_find(f->s, f->mail, &v, &ids, &e));
	assert_int_equal(ids.count, 0);
	v = value_reference_id(1, TEXT(""));
	OK(mv_join_find(f->s, f->mail, &v, &ids, &e));
	assert_int_equal(ids.count, 0);
	OK(store_commit(f->s, &e));
}

static void
long_values_are_told_apart(void **state)
{
	struct fixture *f = *state;
	struct mv_object one = {.type = f->user}, two = {.type = f->user};
	static char a[3000], b[3000];
	struct value va = value_string((struct text){a, sizeof(a)});
	struct value vb = value_string((struct text){b, sizeof(b)});
	int64_t room[4];
	struct ids ids = {room, 4, 0};

	memset(a, 'a', sizeof(a));
	memset(b, 'a', sizeof(b));
	b[2999] = 'b';
	OK(store_begin(f->s, &e));
	OK(store_join_attrs(f->s, NULL, 0, &f->mail, 1, &e));
	OK(attrs_set(f->a, &one.values, f->mail, &va, 1));
	OK(attrs_set(f->a, &two.values, f->mail, &vb, 1));
	OK(mv_put(f->s, &one, true, &e));
	OK(mv_put(f->s, &two, true, &e));
	a[0] = 'A';
	OK(mv_join_find(f->s, f->mail, &va, &ids, &e));
	assert_int_equal(ids.count, 1);
	assert_int_equal(ids.id[0], one.id);
	OK(store_commit(f->s, &e));
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_memory, fixture_end)
	const struct CMUnitTest tests[] = {
	    T(values_and_origins_come_back),
	    T(a_reserved_one_is_written_whole),
	    T(references_are_rows),
	    T(lists_and_links),
	    T(the_join_index_follows),
	    T(long_values_are_told_apart),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

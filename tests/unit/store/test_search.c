/* tests/unit/store/test_search.c -- what people look up, with an index and
 * without: both must find the same. */
#include "store_test.h"

static int64_t room[32];

static size_t
cs_found(struct fixture *f, struct cs_search q)
{
	struct ids ids = {room, 32, 0};

	OK(cs_search(f->s, &q, &ids, &e));
	return ids.count;
}

static size_t
mv_found(struct fixture *f, struct mv_query q)
{
	struct ids ids = {room, 32, 0};

	OK(mv_search(f->s, &q, &ids, &e));
	return ids.count;
}

static void
connector_space(struct fixture *f, int64_t first)
{
	const int64_t c = f->connector;
	struct cs_search by_mail = {.connector = c,
	    .name = f->mail,
	    .value = TEXT("PERSON3@example.org")};

	assert_int_equal(cs_found(f, (struct cs_search){0}), 12);
	assert_int_equal(
	    cs_found(f, (struct cs_search){.connector = c, .type = f->mail}),
	    0);
	assert_int_equal(
	    cs_found(f,
		(struct cs_search){.dn = TEXT("cn=person 1,ou=people,dc=X")}),
	    1);
	assert_int_equal(room[0], first + 1);
	assert_int_equal(cs_found(f, (struct cs_search){.connector = c,
					 .under = TEXT("OU=People,DC=x")}),
	    12);
	assert_int_equal(cs_found(f, (struct cs_search){.connector = c,
					 .under = TEXT("OU=Peopl,DC=x")}),
	    0);
	assert_int_equal(
	    cs_found(f, (struct cs_search){.text = TEXT("PERSON 1")}), 3);
	assert_int_equal(
	    cs_found(f, (struct cs_search){.text = TEXT("Anchor-11")}), 1);
	assert_int_equal(cs_found(f, by_mail), 1);
	assert_int_equal(room[0], first + 3);
	by_mail.connector = 0;
	assert_int_equal(cs_found(f, by_mail), 1);
	by_mail.value = TEXT("person");
	assert_int_equal(cs_found(f, by_mail), 0);
	assert_int_equal(
	    cs_found(f, (struct cs_search){.which = CS_WORK, .after = first}),
	    11);
	assert_int_equal(
	    cs_found(f, (struct cs_search){.which = CS_PENDING_EXPORT}), 1);
	assert_int_equal(
	    cs_found(f, (struct cs_search){.which = CS_UNCERTAIN}), 0);
	assert_int_equal(
	    cs_found(f, (struct cs_search){.which = CS_DISCONNECTORS}), 12);
	assert_int_equal(
	    cs_found(f, (struct cs_search){.which = CS_ERRORS}), 0);
	assert_int_equal(
	    cs_found(f, (struct cs_search){.which = CS_PLACEHOLDERS}), 0);
}

static void
metaverse(struct fixture *f)
{
	struct mv_query q = {.name = f->mail, .value = TEXT("PERSON1")};

	assert_int_equal(mv_found(f, q), 3);
	q.after = room[0];
	assert_int_equal(mv_found(f, q), 2);
	q = (struct mv_query){.value = TEXT("person11@")};
	assert_int_equal(mv_found(f, q), 1);
	q = (struct mv_query){.name = f->member, .value = TEXT("person")};
	assert_int_equal(mv_found(f, q), 0);
	q = (struct mv_query){.type = f->user};
	assert_int_equal(mv_found(f, q), 12);
	q.type = f->mail;
	assert_int_equal(mv_found(f, q), 0);
}

static void
found_with_and_without_an_index(void **state)
{
	struct fixture *f = *state;
	int64_t first = 0;

	OK(store_begin(f->s, &e));
	for (int i = 0; i < 12; i++) {
		struct cs_object o = object_for(f, i);
		struct mv_object m = {.type = f->user, .values = o.image};

		OK(cs_put(f->s, &o, CS_ALL, &e));
		OK(mv_put(f->s, &m, true, &e));
		first = i == 0 ? o.id : first;
	}
	OK(cs_ref_set(f->s, (struct ref_key){first, f->member, first},
	    REF_UNAPPLIED_ADD, 0, &e));
	connector_space(f, first);
	metaverse(f);
	OK(store_join_attrs(f->s, &f->mail, 1, &f->mail, 1, &e));
	connector_space(f, first);
	metaverse(f);
	/* text is looked for in what joins use */
	assert_int_equal(
	    cs_found(f, (struct cs_search){.text = TEXT("son11@EX")}), 1);
	OK(store_commit(f->s, &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		found_with_and_without_an_index, fixture_memory, fixture_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

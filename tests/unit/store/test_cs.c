/* tests/unit/store/test_cs.c -- connector space objects: written, found,
 * walked, removed. */
#include "store_test.h"

#define WALK_MAX 64

static int64_t room[WALK_MAX];

static size_t
walk(struct fixture *f, enum cs_which which)
{
	struct cs_walk w = {.connector = f->connector, .which = which};
	struct ids ids = {room, WALK_MAX, 0};
	uint64_t n;

	OK(cs_count(f->s, &w, &n, &e));
	OK(cs_next(f->s, &w, &ids, &e));
	assert_int_equal(n, ids.count);
	return ids.count;
}

static void
all_parts_come_back(void **state)
{
	struct fixture *f = *state;
	struct lineage l[2] = {
	    {f->mail, 1, 1, 0, 1, 1767225600000}, {f->member, 0, 0, 1, 0, 0}};
	struct cs_object o = object_for(f, 1), got;
	struct value was = value_string(TEXT("old")), is;
	struct change change = {f->mail, 1, 1, &is, &was};

	is = value_string(TEXT("new"));
	o.lineage = l;
	o.lineage_count = 2;
	o.mv = 77;
	o.link = CS_CONNECTOR;
	o.import_ms = 5;
	o.export_ms = 6;
	o.unapplied =
	    (struct delta){.op = DELTA_UPDATE, .changes = &change, .count = 1};
	o.escrowed =
	    (struct delta){.op = DELTA_UPDATE, .new_dn = TEXT("CN=n,DC=x")};
	o.unconfirmed.op = DELTA_DELETE;
	OK(store_begin(f->s, &e));
	OK(cs_put(f->s, &o, CS_ALL, &e));
	OK(cs_get(f->s, f->a, o.id, CS_ALL, &got, &e));
	assert_true(guid_equal(&o.guid, &got.guid));
	assert_int_equal(got.type, f->user);
	assert_int_equal(got.partition, f->part);
	assert_int_equal(got.mv, 77);
	assert_int_equal(got.import_ms, 5);
	assert_int_equal(got.export_ms, 6);
	assert_true(text_equal(got.dn, o.dn));
	assert_true(text_equal(got.anchor, o.anchor));
	assert_true(text_is(got.dn_key, "dc=x,ou=people,cn=person 1,"));
	assert_true(attrs_equal(&got.image, &o.image));
	assert_int_equal(got.import.op, DELTA_ADD);
	assert_int_equal(got.unapplied.op, DELTA_UPDATE);
	assert_int_equal(got.unapplied.count, 1);
	assert_true(value_equal(&got.unapplied.changes[0].del[0], &was));
	assert_true(text_is(got.escrowed.new_dn, "CN=n,DC=x"));
	assert_int_equal(got.unconfirmed.op, DELTA_DELETE);
	assert_int_equal(got.lineage_count, 2);
	assert_memory_equal(got.lineage, l, sizeof(l));
	OK(store_commit(f->s, &e));
}

static void
parts_not_asked_stay(void **state)
{
	struct fixture *f = *state;
	struct cs_object o = object_for(f, 1), got, head;
	int64_t id;

	o.unapplied =
	    (struct delta){.op = DELTA_UPDATE, .new_dn = TEXT("CN=n,DC=x")};
	OK(store_begin(f->s, &e));
	OK(cs_put(f->s, &o, CS_ALL, &e));
	id = o.id;
	OK(cs_get(f->s, f->a, id, 0, &head, &e));
	assert_int_equal(head.image.count, 0);
	assert_int_equal(head.unapplied.op, DELTA_UPDATE);
	assert_int_equal(head.unapplied.new_dn.len, 0);
	head.flags |= CS_REF_RETRY;
	head.import.op = DELTA_NONE;
	OK(cs_put(f->s, &head, 0, &e));
	OK(cs_get(f->s, f->a, id, CS_ALL, &got, &e));
	assert_true(attrs_equal(&got.image, &o.image));
	assert_true(text_is(got.unapplied.new_dn, "CN=n,DC=x"));
	assert_int_equal(got.flags, CS_IN_CD | CS_REF_RETRY);
	assert_int_equal(got.import.op, DELTA_NONE);
	OK(store_commit(f->s, &e));
}

static void
found_by_either_key(void **state)
{
	struct fixture *f = *state;
	struct cs_key dn = {f->connector, TEXT("cn=PERSON 2, ou=people,dc=X")};
	struct cs_key anchor = {f->connector, TEXT("anchor-2")};
	struct cs_object got;
	int64_t id;

	OK(store_begin(f->s, &e));
	(void)object_add(f, 1);
	id = object_add(f, 2);
	OK(cs_find_dn(f->s, f->a, dn, 0, &got, &e));
	assert_int_equal(got.id, id);
	OK(cs_find_anchor(f->s, f->a, anchor, 0, &got, &e));
	assert_int_equal(got.id, id);
	anchor.text = TEXT("Anchor-2");
	FAILS(cs_find_anchor(f->s, f->a, anchor, 0, &got, &e), ERR_NOENT, "no");
	anchor = (struct cs_key){f->connector + 1, TEXT("anchor-2")};
	FAILS(cs_find_anchor(f->s, f->a, anchor, 0, &got, &e), ERR_NOENT, "no");
	dn.text = TEXT("");
	FAILS(cs_find_dn(f->s, f->a, dn, 0, &got, &e), ERR_NOENT, "no DN");
	FAILS(cs_get(f->s, f->a, 999, 0, &got, &e), ERR_NOENT, "999");
	OK(store_commit(f->s, &e));
}

static void
keys_are_unique_but_for_none(void **state)
{
	struct fixture *f = *state;
	struct cs_object one = object_for(f, 1), two = object_for(f, 2);
	struct cs_object none = object_for(f, 3), nobody = object_for(f, 4);

	OK(store_begin(f->s, &e));
	OK(cs_put(f->s, &one, CS_ALL, &e));
	two.dn = TEXT("CN=person 1,OU=PEOPLE,DC=x");
	FAILS(cs_put(f->s, &two, CS_ALL, &e), ERR_EXIST, "its DN belongs");
	two = object_for(f, 2);
	two.anchor = one.anchor;
	FAILS(cs_put(f->s, &two, CS_ALL, &e), ERR_EXIST, "its anchor belongs");
	none.dn = nobody.dn = none.anchor = nobody.anchor = TEXT("");
	OK(cs_put(f->s, &none, CS_ALL, &e));
	OK(cs_put(f->s, &nobody, CS_ALL, &e));
	/* two objects change names: the first stands aside without a DN */
	two = object_for(f, 2);
	OK(cs_put(f->s, &two, CS_ALL, &e));
	one.dn = TEXT("");
	one.flags |= CS_TRANSIENT;
	OK(cs_put(f->s, &one, CS_ALL, &e));
	two.dn = object_for(f, 1).dn;
	OK(cs_put(f->s, &two, CS_ALL, &e));
	one.dn = object_for(f, 2).dn;
	OK(cs_put(f->s, &one, CS_ALL, &e));
	OK(store_commit(f->s, &e));
}

static void
the_unchanged_is_not_written(void **state)
{
	struct fixture *f = *state;
	struct cs_object o = object_for(f, 1);
	struct stat_like {
		long long size;
	} before, after;
	char wal[128];
	FILE *file;

	OK(store_begin(f->s, &e));
	OK(cs_put(f->s, &o, CS_ALL, &e));
	OK(store_commit(f->s, &e));
	(void)snprintf(wal, sizeof(wal), "%s-wal", f->path);
	file = fopen(wal, "rbe");
	assert_non_null(file);
	(void)fseek(file, 0, SEEK_END);
	before.size = ftell(file);
	OK(store_begin(f->s, &e));
	OK(cs_put(f->s, &o, CS_ALL, &e));
	OK(cs_set_flags(f->s, o.id, CS_IN_CD, CS_REF_RETRY, &e));
	OK(store_commit(f->s, &e));
	(void)fseek(file, 0, SEEK_END);
	after.size = ftell(file);
	(void)fclose(file);
	assert_int_equal(before.size, after.size);
}

static void
walks_hold_what_they_say(void **state)
{
	struct fixture *f = *state;
	struct cs_object o[6];
	struct cs_pending p;

	OK(store_begin(f->s, &e));
	for (int i = 0; i < 6; i++) {
		o[i] = object_for(f, i);
		o[i].import.op = DELTA_NONE;
		o[i].link = CS_CONNECTOR;
		o[i].mv = i + 1;
		OK(cs_put(f->s, &o[i], CS_ALL, &e));
	}
	assert_int_equal(walk(f, CS_EVERY), 6);
	assert_int_equal(walk(f, CS_WORK), 0);
	assert_int_equal(walk(f, CS_DISCONNECTORS), 0);
	o[0].import.op = DELTA_UPDATE;
	o[1].flags |= CS_RESYNC;
	o[2].link = CS_DISCONNECTOR;
	o[2].mv = 0;
	o[3].flags |= CS_SYNC_ERROR;
	o[4].link = CS_FILTERED_DISCONNECTOR;
	o[5].unapplied =
	    (struct delta){.op = DELTA_UPDATE, .new_dn = TEXT("CN=else,DC=x")};
	o[0].unapplied.op = DELTA_DELETE;
	o[1].unapplied.op = DELTA_ADD;
	o[1].flags |= CS_UNSUPPORTED;
	o[2].escrowed.op = DELTA_ADD;
	for (int i = 0; i < 6; i++)
		OK(cs_put(f->s, &o[i], CS_ALL, &e));
	assert_int_equal(walk(f, CS_WORK), 4);
	assert_int_equal(room[3], o[3].id);
	assert_int_equal(walk(f, CS_DISCONNECTORS), 2);
	assert_int_equal(walk(f, CS_ERRORS), 1);
	assert_int_equal(walk(f, CS_UNCERTAIN), 1);
	assert_int_equal(walk(f, CS_PENDING_EXPORT), 2);
	assert_int_equal(walk(f, CS_PENDING_ADD), 0);
	assert_int_equal(walk(f, CS_PENDING_DELETE), 1);
	assert_int_equal(room[0], o[0].id);
	assert_int_equal(walk(f, CS_PENDING_CHANGE), 1);
	assert_int_equal(room[0], o[5].id);
	OK(cs_pending_count(f->s, f->connector, &p, &e));
	assert_int_equal(p.adds, 0);
	assert_int_equal(p.updates, 0);
	assert_int_equal(p.renames, 1);
	assert_int_equal(p.deletes, 1);
	/* a reference alone makes an object pending */
	OK(cs_ref_set(f->s, (struct ref_key){o[3].id, f->member, o[4].id},
	    REF_UNAPPLIED_DEL, 0, &e));
	OK(cs_ref_set(f->s, (struct ref_key){o[1].id, f->member, o[4].id},
	    REF_UNAPPLIED_ADD | REF_ESCROWED_ADD, 0, &e));
	OK(cs_ref_set(f->s, (struct ref_key){o[0].id, f->member, o[4].id},
	    REF_UNAPPLIED_DEL, 0, &e));
	assert_int_equal(walk(f, CS_PENDING_EXPORT), 3);
	assert_int_equal(walk(f, CS_PENDING_DELETE), 1);
	assert_int_equal(walk(f, CS_PENDING_CHANGE), 2);
	o[1].flags &= ~(unsigned)CS_UNSUPPORTED;
	OK(cs_put(f->s, &o[1], CS_EXPORT, &e));
	assert_int_equal(walk(f, CS_PENDING_ADD), 1);
	assert_int_equal(room[0], o[1].id);
	assert_int_equal(walk(f, CS_PENDING_CHANGE), 2);
	assert_int_equal(walk(f, CS_PENDING_EXPORT), 4);
	assert_int_equal(walk(f, CS_UNCERTAIN), 2);
	OK(cs_pending_count(f->s, f->connector, &p, &e));
	assert_int_equal(p.updates, 1);
	OK(store_commit(f->s, &e));
}

static void
the_unseen_are_found(void **state)
{
	struct fixture *f = *state;
	uint64_t words[2] = {0};
	struct seen_set seen = {words, 128};
	struct cs_walk w = {.connector = f->connector, .partition = f->part};
	struct ids ids = {room, 3, 0};
	struct cs_object fresh = object_for(f, 50);
	int64_t id[10];

	OK(store_begin(f->s, &e));
	for (int i = 0; i < 10; i++)
		id[i] = object_add(f, i);
	fresh.flags = 0;
	OK(cs_put(f->s, &fresh, CS_ALL, &e));
	for (int i = 0; i < 10; i += 2)
		words[id[i] / 64] |= UINT64_C(1) << id[i] % 64;
	OK(cs_unseen(f->s, &w, &seen, &ids, &e));
	assert_int_equal(ids.count, 3);
	assert_int_equal(ids.id[0], id[1]);
	OK(cs_unseen(f->s, &w, &seen, &ids, &e));
	assert_int_equal(ids.count, 2);
	assert_int_equal(ids.id[1], id[9]);
	OK(cs_unseen(f->s, &w, &seen, &ids, &e));
	assert_int_equal(ids.count, 0);
	w = (struct cs_walk){.connector = f->connector, .partition = f->user};
	OK(cs_unseen(f->s, &w, &seen, &ids, &e));
	assert_int_equal(ids.count, 0);
	OK(store_commit(f->s, &e));
}

static void
ids_are_not_used_twice(void **state)
{
	struct fixture *f = *state;
	int64_t one, two;

	OK(store_begin(f->s, &e));
	one = object_add(f, 1);
	OK(cs_remove(f->s, one, &e));
	OK(store_commit(f->s, &e));
	f->s = store_close(f->s);
	OK(store_open(f->path, STORE_WRITE, &f->s, &e));
	OK(store_begin(f->s, &e));
	two = object_add(f, 1);
	assert_true(two > one);
	OK(store_commit(f->s, &e));
}

static void
the_join_index_follows(void **state)
{
	struct fixture *f = *state;
	struct value v = value_string(TEXT("PERSON1@EXAMPLE.ORG"));
	struct value other = value_string(TEXT("new@example.org"));
	struct ids ids = {room, WALK_MAX, 0};
	struct cs_object o = object_for(f, 1);

	OK(store_begin(f->s, &e));
	OK(cs_put(f->s, &o, CS_ALL, &e));
	OK(cs_join_find(f->s, f->connector, f->mail, &v, &ids, &e));
	assert_int_equal(ids.count, 0);
	OK(store_join_attrs(f->s, &f->mail, 1, NULL, 0, &e));
	OK(cs_join_find(f->s, f->connector, f->mail, &v, &ids, &e));
	assert_int_equal(ids.count, 1);
	assert_int_equal(ids.id[0], o.id);
	(void)object_add(f, 2);
	OK(attrs_set(f->a, &o.image, f->mail, &other, 1));
	OK(cs_put(f->s, &o, CS_IMAGE, &e));
	OK(cs_join_find(f->s, f->connector, f->mail, &v, &ids, &e));
	assert_int_equal(ids.count, 0);
	OK(cs_join_find(f->s, f->connector, f->mail, &other, &ids, &e));
	assert_int_equal(ids.count, 1);
	OK(cs_join_find(f->s, f->connector + 1, f->mail, &other, &ids, &e));
	assert_int_equal(ids.count, 0);
	OK(cs_remove(f->s, o.id, &e));
	OK(cs_join_find(f->s, f->connector, f->mail, &other, &ids, &e));
	assert_int_equal(ids.count, 0);
	OK(store_join_attrs(f->s, NULL, 0, NULL, 0, &e));
	v = value_string(TEXT("person2@example.org"));
	OK(cs_join_find(f->s, f->connector, f->mail, &v, &ids, &e));
	assert_int_equal(ids.count, 0);
	OK(store_commit(f->s, &e));
}

int
main(void)
{
#define T(name, setup) cmocka_unit_test_setup_teardown(name, setup, fixture_end)
	const struct CMUnitTest tests[] = {
	    T(all_parts_come_back, fixture_memory),
	    T(parts_not_asked_stay, fixture_memory),
	    T(found_by_either_key, fixture_memory),
	    T(keys_are_unique_but_for_none, fixture_memory),
	    T(the_unchanged_is_not_written, fixture_file),
	    T(walks_hold_what_they_say, fixture_memory),
	    T(the_unseen_are_found, fixture_memory),
	    T(ids_are_not_used_twice, fixture_file),
	    T(the_join_index_follows, fixture_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

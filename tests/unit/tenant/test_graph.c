/* tests/unit/tenant/test_graph.c -- calls without HTTP: long lists, delta
 * rounds over page ends, the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tenant/tenant_int.h"

#define DAY_MS 86400000LL
#define START  1800000000000LL
#define BASE   "https://t.example/v1.0"

struct fixture {
	struct tenant t;
	struct arena *a; /* for one call */
	struct buf out;
	struct json *answer;
	int status;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	clock_set_ms(START);
	f->t.a = arena_new(0);
	f->a = arena_new(0);
	assert_int_equal(tdb_open(":memory:", true, &f->t.db, NULL), 0);
	f->t.page_key = TEXT("0123456789abcdef0123456789abcdef");
	f->t.domains[0] = (struct domain){
	    .name = TEXT("x.example"), .is_initial = true, .is_default = true};
	f->t.ndomains = 1;
	f->t.max_objects = 100000;
	f->t.delta_life_ms = 7 * DAY_MS;
	buf_init(&f->out, 1U << 26);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	clock_set_ms(-1);
	f->answer = json_free(f->answer);
	f->t.db = tdb_close(f->t.db);
	f->t.a = arena_free(f->t.a);
	f->a = arena_free(f->a);
	buf_clear(&f->out);
	free(f);
	return 0;
}

/* The answer stays until the next call. */
static const struct json *
call(struct fixture *f, const char *method, const char *url, const char *body)
{
	struct gcall c = {.t = &f->t,
	    .a = f->a,
	    .out = &f->out,
	    .method = method,
	    .base = TEXT(BASE),
	    .roles = TEXT(" Directory.ReadWrite.All "),
	    .request_id = "r"};
	struct text path = text_of(url);
	int r;

	if (text_starts_nocase(path, BASE))
		path = (struct text){path.data + sizeof(BASE) - 1,
		    path.len - (sizeof(BASE) - 1)};
	path = text_dup(f->t.a, path);
	arena_reset(f->a);
	buf_reset(&f->out);
	f->answer = json_free(f->answer);
	assert_int_equal(url_parse(f->a, path, &c.url, NULL), 0);
	if (body != NULL)
		assert_int_equal(
		    json_parse(text_of(body), 1U << 20, &c.body, NULL), 0);
	assert_int_equal(tdb_begin(f->t.db, true), 0);
	r = graph_call(&c);
	if (r == 0)
		assert_int_equal(tdb_commit(f->t.db), 0);
	else
		tdb_rollback(f->t.db);
	(void)json_free(c.body);
	f->status = c.status;
	if (f->out.len != 0)
		assert_int_equal(
		    json_parse(buf_text(&f->out), 1U << 26, &f->answer, NULL),
		    0);
	return f->answer;
}

static const char *
make(struct fixture *f, const char *set, const char *name)
{
	static const char user[] =
	    "{\"accountEnabled\":true,\"displayName\":\"%s\","
	    "\"mailNickname\":\"%s\",\"userPrincipalName\":\"%s@x.example\","
	    "\"passwordProfile\":{\"password\":\"Abcdef12!\"}}";
	char *body =
	    set[0] == 'u'
		? arena_printf(f->t.a, user, name, name, name)
		: arena_printf(f->t.a,
		      "{\"displayName\":\"%s\",\"mailNickname\":\"%s\","
		      "\"mailEnabled\":false,\"securityEnabled\":true}",
		      name, name);
	const struct json *j =
	    call(f, "POST", arena_printf(f->t.a, "/%s", set), body);

	assert_int_equal(f->status, 201);
	return text_dup(f->t.a, json_get_text(j, "id")).data;
}

static void
add_member(struct fixture *f, const char *group, const char *id)
{
	(void)call(f, "POST",
	    arena_printf(f->t.a, "/groups/%s/members/$ref", group),
	    arena_printf(f->t.a,
		"{\"@odata.id\":\"" BASE "/directoryObjects/%s\"}", id));
	assert_int_equal(f->status, 204);
}

/* Follows a list to its end; counts what it holds and keeps the last link. */
struct walk {
	size_t objects, links, pages;
	const char *delta;
};

static struct walk
follow(struct fixture *f, const char *url)
{
	struct walk w = {0};

	while (url != NULL) {
		const struct json *j = call(f, "GET", url, NULL);
		const struct json *list = json_get(j, "value");

		if (f->status != 200)
			fail_msg("%s: %d", url, f->status);
		w.pages++;
		w.objects += json_count(list);
		for (size_t i = 0; i < json_count(list); i++)
			w.links += json_count(
			    json_get(json_at(list, i), "members@delta"));
		url = json_get_text(j, "@odata.nextLink").data;
		if (url != NULL && url[0] == '\0')
			url = NULL;
		if (url != NULL)
			url = arena_strdup(f->t.a, url);
		if (json_has(j, "@odata.deltaLink"))
			w.delta = arena_strdup(
			    f->t.a, json_get_text(j, "@odata.deltaLink").data);
		assert_true(w.pages < 1000);
	}
	return w;
}

static void
lists_keep_their_place(void **state)
{
	struct fixture *f = *state;
	const char *ids[25];
	const char *next;
	struct walk w;

	for (int i = 0; i < 25; i++)
		ids[i] = make(f, "users", arena_printf(f->t.a, "u%d", i));
	w = follow(f, "/users?$top=7&$select=id");
	assert_int_equal(w.objects, 25);
	assert_int_equal(w.pages, 4);
	/* What goes before the place does not move it. */
	next = arena_strdup(
	    f->t.a, json_get_text(call(f, "GET", "/users?$top=10", NULL),
			"@odata.nextLink")
			.data);
	(void)call(
	    f, "DELETE", arena_printf(f->t.a, "/users/%s", ids[3]), NULL);
	assert_int_equal(f->status, 204);
	w = follow(f, next);
	assert_int_equal(w.objects, 15);
	/* A page that is exactly full has no next one. */
	w = follow(f, "/users?$top=24");
	assert_int_equal(w.objects, 24);
	assert_int_equal(w.pages, 1);
	w = follow(f, "/users?$top=5&$filter=accountEnabled%20eq%20true");
	assert_int_equal(w.objects, 24);
	assert_int_equal(w.pages, 5);
}

static void
delta_over_many_pages(void **state)
{
	struct fixture *f = *state;
	struct walk w;
	const char *id = NULL;

	for (int i = 0; i < 450; i++)
		id = make(f, "users", arena_printf(f->t.a, "u%d", i));
	w = follow(f, "/users/delta?$select=displayName");
	assert_int_equal(w.objects, 450);
	assert_int_equal(w.pages, 3);
	assert_int_equal(follow(f, w.delta).objects, 0);
	for (int i = 450; i < 900; i++)
		(void)make(f, "users", arena_printf(f->t.a, "u%d", i));
	for (int i = 0; i < 3; i++)
		(void)call(f, "PATCH", arena_printf(f->t.a, "/users/%s", id),
		    arena_printf(f->t.a, "{\"displayName\":\"n%d\"}", i));
	/* Changed three times, told once. */
	w = follow(f, w.delta);
	assert_int_equal(w.objects, 451);
	assert_int_equal(w.pages, 3);
	assert_int_equal(follow(f, w.delta).objects, 0);
}

static void
delta_of_a_large_group(void **state)
{
	struct fixture *f = *state;
	const char *g = make(f, "groups", "large");
	const char *h = make(f, "groups", "small");
	struct walk w;

	for (int i = 0; i < 4100; i++) {
		const char *u =
		    make(f, "users", arena_printf(f->t.a, "u%d", i));

		add_member(f, g, u);
		if (i < 3)
			add_member(f, h, u);
	}
	w = follow(f, "/groups/delta?$select=displayName,members");
	/* 2,000 links a page: the large group comes three times. */
	assert_int_equal(w.links, 4103);
	assert_int_equal(w.pages, 3);
	assert_int_equal(w.objects, 4);
	assert_int_equal(follow(f, w.delta).objects, 0);
	(void)call(f, "GET", "/groups/delta?$deltatoken=latest", NULL);
	assert_int_equal(json_count(json_get(f->answer, "value")), 0);
}

/* The members that came since the round before fill pages too, and what changes
 * between two pages is told. */
static void
delta_of_a_group_that_grew(void **state)
{
	struct fixture *f = *state;
	const char *g = make(f, "groups", "grows");
	const char *h = make(f, "groups", "small"), *next, *first, *u = NULL;
	struct walk w = follow(f, "/groups/delta?$select=displayName,members");
	const struct json *j, *item;

	for (int i = 0; i < 4100; i++) {
		u = make(f, "users", arena_printf(f->t.a, "u%d", i));
		add_member(f, g, u);
	}
	add_member(f, h, u);
	first = w.delta;
	w = follow(f, first);
	assert_int_equal(w.links, 4101);
	assert_int_equal(w.pages, 3);
	assert_int_equal(w.objects, 4); /* the large one three times */
	assert_int_equal(follow(f, w.delta).objects, 0);
	/* between the pages one goes and the other group changes */
	j = call(f, "GET", first, NULL);
	item = json_at(json_get(j, "value"), 0);
	assert_int_equal(json_count(json_get(j, "value")), 1);
	assert_int_equal(json_count(json_get(item, "members@delta")), 2000);
	next = arena_strdup(f->t.a, json_get_text(j, "@odata.nextLink").data);
	(void)call(f, "DELETE",
	    arena_printf(f->t.a, "/groups/%s/members/%s/$ref", g, u), NULL);
	assert_int_equal(f->status, 204);
	w = follow(f, next);
	/* the small one, and the large one from its beginning */
	assert_int_equal(w.links, 4101);
	assert_int_equal(follow(f, w.delta).objects, 0);
}

static void
delta_links_expire(void **state)
{
	struct fixture *f = *state;
	struct walk w = follow(f, "/users/delta");

	clock_set_ms(START + 7 * DAY_MS);
	(void)call(f, "GET", w.delta, NULL);
	assert_int_equal(f->status, 200);
	clock_set_ms(START + 7 * DAY_MS + 1);
	(void)call(f, "GET", w.delta, NULL);
	assert_int_equal(f->status, 410);
}

static void
groups_can_be_restorable(void **state)
{
	struct fixture *f = *state;
	const char *g;

	f->t.soft_delete_groups = true;
	g = make(f, "groups", "g");
	(void)call(f, "DELETE", arena_printf(f->t.a, "/groups/%s", g), NULL);
	assert_int_equal(f->status, 204);
	/* Its nickname is free, so that there are two of it now. */
	(void)make(f, "groups", "g");
	(void)call(f, "POST",
	    arena_printf(f->t.a, "/directory/deletedItems/%s/restore", g),
	    NULL);
	assert_int_equal(f->status, 400);
}

/* T6.4: a new manager replaces one who is deleted and comes back. */
static void
one_manager_at_a_time(void **state)
{
	struct fixture *f = *state;
	const char *u = make(f, "users", "u"), *m = make(f, "users", "m");
	const char *n = make(f, "users", "n");
	char *path = arena_printf(f->t.a, "/users/%s/manager/$ref", u);

	(void)call(f, "PUT", path,
	    arena_printf(f->t.a, "{\"@odata.id\":\"" BASE "/users/%s\"}", m));
	assert_int_equal(f->status, 204);
	(void)call(f, "DELETE", arena_printf(f->t.a, "/users/%s", m), NULL);
	(void)call(f, "PUT", path,
	    arena_printf(f->t.a, "{\"@odata.id\":\"" BASE "/users/%s\"}", n));
	assert_int_equal(f->status, 204);
	(void)call(f, "POST",
	    arena_printf(f->t.a, "/directory/deletedItems/%s/restore", m),
	    "{}");
	assert_int_equal(f->status, 200);
	(void)call(
	    f, "GET", arena_printf(f->t.a, "/users/%s/manager", u), NULL);
	assert_string_equal(json_get_text(f->answer, "id").data, n);
	(void)call(
	    f, "GET", arena_printf(f->t.a, "/users/%s/directReports", m), NULL);
	assert_int_equal(json_count(json_get(f->answer, "value")), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		lists_keep_their_place, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		delta_over_many_pages, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		delta_of_a_large_group, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		delta_of_a_group_that_grew, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		delta_links_expire, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		groups_can_be_restorable, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		one_manager_at_a_time, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

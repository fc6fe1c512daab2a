/* tests/unit/engine/test_place.c -- a full import in parts: it breaks off after
 * any entry and goes on behind the last part that came whole; what a part does
 * not show, because it moved, is asked for. */
#include "lab.h"

#define PART 4U

/* What the directory in memory is made to do. */
static struct {
	struct fake *dir;
	size_t given;      /* entries, since the test said 0 */
	size_t asked;      /* anchors in recheck() */
	const char *hides; /* an object that moves while it is read */
	const char *twice; /* one that comes in two parts */
	bool refuses;      /* places */
} play;

struct parted {
	const struct entry_sink *sink;
	size_t skip, at;
	unsigned clock;          /* of the directory, as the first part began */
	const struct text *only; /* anchors */
	size_t only_count;
};

static int
give_one(struct parted *p, const struct entry *entry, struct err *e)
{
	int r = p->sink->entries(p->sink->ctx, entry, 1, e);

	play.given++;
	if (r == 0 && play.twice != NULL && text_is(entry->anchor, play.twice))
		r = p->sink->entries(p->sink->ctx, entry, 1, e);
	return r;
}

static int
part_end(struct parted *p, struct err *e)
{
	char place[32];

	if (p->only != NULL || p->at % PART != 0)
		return 0;
	(void)snprintf(place, sizeof(place), "%u %zu", p->clock, p->at);
	return p->sink->entries_until(p->sink->ctx, NULL, 0, text_of(place), e);
}

static bool
is_asked(const struct parted *p, const struct entry *entry)
{
	if (p->only == NULL)
		return play.hides == NULL ||
		       !text_is(entry->anchor, play.hides);
	for (size_t i = 0; i < p->only_count; i++)
		if (text_equal(p->only[i], entry->anchor))
			return true;
	return false;
}

static int
take(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	struct parted *p = ctx;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		if (p->at++ < p->skip)
			continue;
		if (is_asked(p, &list[i]))
			r = give_one(p, &list[i], e);
		if (r == 0)
			r = part_end(p, e);
	}
	return r;
}

/* The watermark of an import that goes on is that of the one that broke off. */
static int
parted_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	struct parted p = {.sink = sink, .clock = play.dir->clock};
	const struct entry_sink own = {.entries = take, .ctx = &p};
	int r;

	c->anchor_unique = true;
	if (req->place.len != 0 && play.refuses)
		return err_type(
		    e, ERR_NOENT, CONNECTOR_PLACE_GONE, "not from there");
	if (req->place.len != 0)
		assert_int_equal(sscanf(arena_strndup(play.dir->arena,
					    req->place.data, req->place.len),
				     "%u %zu", &p.clock, &p.skip),
		    2);
	r = fake_tracked_kind.ops->full_import(c, req, &own, out, e);
	out->watermark = text_of(arena_printf(play.dir->arena, "%u", p.clock));
	return r;
}

static int
parted_recheck(struct connector *c, const struct import_request *req,
    const struct text *anchors, size_t n, const struct entry_sink *sink,
    struct err *e)
{
	struct parted p = {.sink = sink, .only = anchors, .only_count = n};
	const struct entry_sink own = {.entries = take, .ctx = &p};
	struct import_reply reply;

	play.asked += n;
	return fake_tracked_kind.ops->full_import(c, req, &own, &reply, e);
}

static struct connector_ops parted_ops;
static struct connector_kind parted_kind;

static struct lab *
begin(void)
{
	struct lab *l = lab_new();
	char id[8];

	parted_ops = *fake_tracked_kind.ops;
	parted_ops.full_import = parted_import;
	parted_ops.recheck = parted_recheck;
	parted_kind = fake_tracked_kind;
	parted_kind.ops = &parted_ops;
	l->connectors[AD].kind = &parted_kind;
	lab_restart(l);
	for (int i = 0; i < 14; i++) {
		(void)snprintf(id, sizeof(id), "p%02d", i);
		lab_person(l, id, "title=Clerk");
	}
	memset(&play, 0, sizeof(play));
	play.dir = l->dirs[AD];
	return l;
}

static char *
state_of(struct lab *l)
{
	uint64_t n = 0;
	struct cs_walk w = {
	    .connector = l->connectors[AD].id, .which = CS_EVERY};

	assert_int_equal(cs_count(l->store, &w, &n, &l->e), 0);
	return arena_printf(l->arena, "%s%llu",
	    fake_dump(l->dirs[CLOUD], l->arena), (unsigned long long)n);
}

/* A first full import that breaks after n entries; what changes before the next
 * one is seen by it, and so is what goes. */
static char *
live_through(size_t n, struct lab **out)
{
	struct lab *l = begin();
	size_t before;

	l->dirs[AD]->import_stops_at = n;
	lab_run(l, AD, "full-import", n != 0 ? ERR_CONNECT : 0);
	l->dirs[AD]->import_stops_at = 0;
	before = play.given;
	lab_person(l, "p01", "title=Chief");
	fake_delete(l->dirs[AD], "p12");
	lab_run(l, AD, "full-import", 0);
	if (n != 0 && n < 14)
		assert_true(play.given - before <= 14 - n + PART);
	if (n >= PART && n < 14)
		assert_string_equal(lab_result(l), "success");
	lab_cycle(l, 0);
	*out = l;
	return state_of(l);
}

/* Proves: model 5.1.11. */
static void
breaks(void **state)
{
	struct lab *calm;
	char *want = live_through(0, &calm);

	(void)state;
	for (size_t n = 1; n < 14; n++) {
		struct lab *l;
		char *got = live_through(n, &l);

		if (strcmp(got, want) != 0)
			fail_msg("break after %zu:\n%s\nnot\n%s", n, got, want);
		(void)lab_free(l);
	}
	(void)lab_free(calm);
}

/* Proves: model 5.1.11. */
static void
places_end(void **state)
{
	struct lab *l = begin();

	(void)state;
	lab_run(l, AD, "full-import", 0);
	l->dirs[AD]->import_stops_at = 10;
	lab_run(l, AD, "full-import", ERR_CONNECT);
	l->dirs[AD]->import_stops_at = 0;
	lab_run(l, AD, "delta-import", 0); /* in between */
	play.given = 0;
	lab_run(l, AD, "full-import", 0);
	assert_int_equal(play.given, 14);
	play.given = 0;
	lab_run(l, AD, "full-import", 0); /* behind one that came to its end */
	assert_int_equal(play.given, 14);
	l->dirs[AD]->import_stops_at = 10;
	lab_run(l, AD, "full-import", ERR_CONNECT);
	l->dirs[AD]->import_stops_at = 0;
	play.refuses = true;
	play.given = 0;
	lab_run(l, AD, "full-import", 0);
	assert_int_equal(play.given, 14);
	assert_int_equal(lab_counter(l, "stage-delete"), 0);
	(void)lab_free(l);
}

/* Proves: model 5.1.12. */
static void
moves(void **state)
{
	struct lab *l = begin();

	(void)state;
	lab_cycle(l, 0);
	play.hides = "p05";
	play.twice = "p07";
	fake_delete(l->dirs[AD], "p09");
	lab_run(l, AD, "full-import", 0);
	assert_int_equal(lab_counter(l, "stage-delete"), 1);
	assert_int_equal(lab_counter(l, "stage-failure"), 0);
	assert_int_equal(play.asked, 2);
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 13);
	(void)lab_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(breaks),
	    cmocka_unit_test(places_end),
	    cmocka_unit_test(moves),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* tests/unit/connectors/test_ahead.c -- what is read in one thread is taken in
 * another: all of it, in order, and no failure of either side is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "connectors/ahead.h"

#define BATCH 7U

struct source {
	uint32_t batches;    /* to give */
	uint32_t fail_after; /* with ERR_CONNECT; 0: never */
	uint32_t given;
	int refused; /* what the sink said */
	bool waits;  /* for each batch to be taken */
	const uint32_t *taken;
	pthread_t thread;
};

static struct entry lists[AHEAD_BATCHES][BATCH];

/* Numbers the types, in as many lists as may be out, by turns. */
static int
read_source(void *ctx, const struct entry_sink *sink, struct err *e)
{
	struct source *s = ctx;

	s->thread = pthread_self();
	for (uint32_t b = 0; b < s->batches; b++) {
		struct entry *list = lists[b % AHEAD_BATCHES];

		if (s->fail_after != 0 && b == s->fail_after)
			return err_set(e, ERR_CONNECT, "the server went away");
		for (uint32_t i = 0; i < BATCH; i++)
			list[i] = (struct entry){.kind = ENTRY_OBJECT,
			    .type = s->given * BATCH + i + 1};
		s->refused = sink->entries(sink->ctx, list, BATCH, e);
		if (s->refused == 0 && s->waits)
			s->refused = sink->entries(sink->ctx, NULL, 0, e);
		if (s->refused != 0)
			return s->refused;
		s->given++;
		/* read without a lock: who waited is alone with it */
		if (s->waits && *s->taken != s->given)
			return err_set(e, ERR_INTERNAL, "not taken yet");
	}
	return 0;
}

/* Behind each third batch a place, in texts that are used again by turns. */
static char place_texts[AHEAD_BATCHES][16];

static int
read_places(void *ctx, const struct entry_sink *sink, struct err *e)
{
	struct source *s = ctx;
	int r = 0;

	s->thread = pthread_self();
	for (uint32_t b = 0; r == 0 && b < s->batches; b++) {
		struct entry *list = lists[b % AHEAD_BATCHES];
		char *text = place_texts[b / 3 % AHEAD_BATCHES];

		for (uint32_t i = 0; i < BATCH; i++)
			list[i] = (struct entry){
			    .kind = ENTRY_OBJECT, .type = b * BATCH + i + 1};
		r = sink->entries(sink->ctx, list, BATCH, e);
		if (r != 0 || b % 3 != 2)
			continue;
		(void)snprintf(text, sizeof(place_texts[0]), "%u",
		    (unsigned)((b + 1) * BATCH));
		r = sink->entries_until(sink->ctx, NULL, 0, text_of(text), e);
	}
	return r;
}

struct taker {
	uint32_t next;    /* the type that comes next, less one */
	uint32_t fail_at; /* the batch that it fails at; 0: none */
	uint32_t batches;
	uint32_t places;
	bool slow;
	pthread_t thread;
};

static int
take(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	struct taker *t = ctx;

	assert_true(pthread_equal(pthread_self(), t->thread));
	if (t->slow) /* the reader has time to spoil what is being taken */
		(void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	assert_int_equal(n, BATCH);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(list[i].type, ++t->next);
	if (++t->batches == t->fail_at)
		return err_set(e, ERR_NOSPACE, "the disk is full");
	return 0;
}

/* All that lies before the place was taken, and nothing behind it. */
static int
take_place(void *ctx, const struct entry *list, size_t n, struct text place,
    struct err *e)
{
	struct taker *t = ctx;
	int64_t at = 0;

	(void)list;
	(void)e;
	assert_int_equal(n, 0);
	assert_int_equal(text_to_int64(place, &at), 0);
	assert_int_equal(at, t->next);
	t->places++;
	return 0;
}

static int
run(struct source *s, struct taker *t, struct err *e)
{
	const struct entry_sink sink = {.entries = take, .ctx = t};
	int r;

	t->thread = pthread_self();
	r = ahead_run(read_source, s, &sink, e);
	assert_false(pthread_equal(s->thread, t->thread));
	return r;
}

static void
all_in_order(void **state)
{
	struct source s = {.batches = 2000};
	struct taker t = {.next = 0};
	struct err e = {0};

	(void)state;
	assert_int_equal(run(&s, &t, &e), 0);
	assert_int_equal(t.next, 2000 * BATCH);
}

static void
places_in_their_place(void **state)
{
	struct source s = {.batches = 300};
	struct taker t = {.slow = true, .thread = pthread_self()};
	const struct entry_sink sink = {
	    .entries = take, .entries_until = take_place, .ctx = &t};
	struct err e = {0};

	(void)state;
	assert_int_equal(ahead_run(read_places, &s, &sink, &e), 0);
	assert_int_equal(t.next, 300 * BATCH);
	assert_int_equal(t.places, 100);
}

/* No thread can be made: its stack would be larger than what can be mapped. */
static void
without_a_thread(void **state)
{
	struct source s = {.batches = 300};
	struct taker t = {.thread = pthread_self()};
	const struct entry_sink sink = {
	    .entries = take, .entries_until = take_place, .ctx = &t};
	struct err e = {0};
	pthread_attr_t before, none;

	(void)state;
	assert_int_equal(pthread_getattr_default_np(&before), 0);
	assert_int_equal(pthread_getattr_default_np(&none), 0);
	assert_int_equal(pthread_attr_setstacksize(&none, (size_t)1 << 48), 0);
	assert_int_equal(pthread_setattr_default_np(&none), 0);
	assert_int_equal(ahead_run(read_places, &s, &sink, &e), 0);
	assert_int_equal(pthread_setattr_default_np(&before), 0);
	assert_true(pthread_equal(s.thread, t.thread));
	assert_int_equal(t.next, 300 * BATCH);
	assert_int_equal(t.places, 100);
}

static void
none_is_spoilt(void **state)
{
	struct source s = {.batches = 100};
	struct taker t = {.slow = true};
	struct err e = {0};

	(void)state;
	assert_int_equal(run(&s, &t, &e), 0);
	assert_int_equal(t.next, 100 * BATCH);
}

/* One that is large is gone before the next is read. */
static void
call_with_none_waits(void **state)
{
	struct taker t = {.slow = true};
	struct source s = {.batches = 20, .waits = true, .taken = &t.batches};
	struct err e = {0};

	(void)state;
	assert_int_equal(run(&s, &t, &e), 0);
	assert_int_equal(t.batches, 20);
}

/* Who waits learns that it is in vain. */
static void
taker_fails_while_one_waits(void **state)
{
	struct taker t = {.slow = true, .fail_at = 4};
	struct source s = {.batches = 20, .waits = true, .taken = &t.batches};
	struct err e = {0};

	(void)state;
	assert_int_equal(run(&s, &t, &e), ERR_NOSPACE);
	assert_int_equal(s.refused, ERR_NOSPACE);
	assert_int_equal(s.given, 3);
}

static void
nothing_at_all(void **state)
{
	struct source s = {.batches = 0};
	struct taker t = {.next = 0};
	struct err e = {0};

	(void)state;
	assert_int_equal(run(&s, &t, &e), 0);
	assert_int_equal(t.batches, 0);
}

/* What came before is taken, and the error is the reader's. */
static void
reader_fails(void **state)
{
	struct source s = {.batches = 10, .fail_after = 4};
	struct taker t = {.slow = true};
	struct err e = {0};

	(void)state;
	assert_int_equal(run(&s, &t, &e), ERR_CONNECT);
	assert_string_equal(e.text, "the server went away");
	assert_int_equal(t.batches, 4);
}

/* The reader learns of it when no more may wait. */
static void
taker_fails(void **state)
{
	struct source s = {.batches = 1000};
	struct taker t = {.fail_at = 3};
	struct err e = {0};

	(void)state;
	assert_int_equal(run(&s, &t, &e), ERR_NOSPACE);
	assert_string_equal(e.text, "the disk is full");
	assert_int_equal(t.batches, 3);
	assert_int_equal(s.refused, ERR_NOSPACE);
	assert_in_range(s.given, 3, 3 + AHEAD_BATCHES);
}

/* The last batch of all is refused, when the reader may be done. */
static void
taker_fails_at_the_end(void **state)
{
	struct source s = {.batches = 5};
	struct taker t = {.fail_at = 5, .slow = true};
	struct err e = {0};

	(void)state;
	assert_int_equal(run(&s, &t, &e), ERR_NOSPACE);
	assert_string_equal(e.text, "the disk is full");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_in_order),
	    cmocka_unit_test(places_in_their_place),
	    cmocka_unit_test(without_a_thread),
	    cmocka_unit_test(none_is_spoilt),
	    cmocka_unit_test(call_with_none_waits),
	    cmocka_unit_test(taker_fails_while_one_waits),
	    cmocka_unit_test(nothing_at_all),
	    cmocka_unit_test(reader_fails),
	    cmocka_unit_test(taker_fails),
	    cmocka_unit_test(taker_fails_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* connectors/ahead.c -- see ahead.h. */
#include "connectors/ahead.h"

#include <pthread.h>
#include <signal.h>

#define WAITING_MAX (AHEAD_BATCHES - 1) /* the reader fills one */

struct batch {
	const struct entry *list;
	size_t count;
	struct text place; /* entries_until(); empty: entries() */
};

struct ahead {
	ahead_read *read;
	void *ctx;
	/* Written by the reader, read when it is gone. */
	int result;
	struct err why;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock. */
	struct batch ring[WAITING_MAX];
	size_t first;   /* the oldest */
	size_t waiting; /* with the one that is being taken */
	bool done;      /* the reader has ended */
	int stop;       /* what the taker failed with */
};

/* ---- The reader's side ---- */

/* Until there is room for one more, or nothing waits where none is given. */
static int
await_room(struct ahead *a, size_t n)
{
	while (a->stop == 0 &&
	       (n == 0 ? a->waiting != 0 : a->waiting == WAITING_MAX))
		(void)pthread_cond_wait(&a->changed, &a->lock);
	return a->stop;
}

static int
give_until(void *ctx, const struct entry *list, size_t n, struct text place,
    struct err *e)
{
	struct ahead *a = ctx;
	int stop;

	(void)pthread_mutex_lock(&a->lock);
	stop = await_room(a, n + place.len);
	if (stop == 0 && n + place.len != 0) {
		a->ring[(a->first + a->waiting++) % WAITING_MAX] =
		    (struct batch){list, n, place};
		(void)pthread_cond_signal(&a->changed);
	}
	(void)pthread_mutex_unlock(&a->lock);
	return stop == 0 ? 0 : err_set(e, stop, "what was read is not taken");
}

static int
give(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	return give_until(ctx, list, n, TEXT(""), e);
}

static void *
run_reader(void *ctx)
{
	struct ahead *a = ctx;
	const struct entry_sink sink = {
	    .entries = give, .entries_until = give_until, .ctx = a};

	a->result = a->read(a->ctx, &sink, &a->why);
	(void)pthread_mutex_lock(&a->lock);
	a->done = true;
	(void)pthread_cond_signal(&a->changed);
	(void)pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* Signals go to the thread that was there before. */
static int
start(struct ahead *a, pthread_t *out)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(out, NULL, run_reader, a);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

/* ---- The taker's side ---- */

/* Whether there is a batch; false: the reader has ended. */
static bool
await(struct ahead *a, struct batch *out)
{
	bool found;

	(void)pthread_mutex_lock(&a->lock);
	while (a->waiting == 0 && !a->done)
		(void)pthread_cond_wait(&a->changed, &a->lock);
	found = a->waiting != 0;
	if (found)
		*out = a->ring[a->first];
	(void)pthread_mutex_unlock(&a->lock);
	return found;
}

static void
taken(struct ahead *a, int r)
{
	(void)pthread_mutex_lock(&a->lock);
	a->first = (a->first + 1) % WAITING_MAX;
	a->waiting--;
	a->stop = r;
	(void)pthread_cond_signal(&a->changed);
	(void)pthread_mutex_unlock(&a->lock);
}

static int
take(const struct batch *b, const struct entry_sink *sink, struct err *e)
{
	if (b->place.len == 0)
		return sink->entries(sink->ctx, b->list, b->count, e);
	return sink->entries_until(sink->ctx, b->list, b->count, b->place, e);
}

static int
take_all(struct ahead *a, const struct entry_sink *sink, struct err *e)
{
	struct batch b;
	int r = 0;

	while (await(a, &b)) {
		if (r == 0)
			r = take(&b, sink, e);
		taken(a, r);
	}
	return r;
}

/* With no thread: one after the other, and nothing ever waits. */
static int
give_until_at_once(void *ctx, const struct entry *list, size_t n,
    struct text place, struct err *e)
{
	const struct batch b = {list, n, place};

	return n + place.len != 0 ? take(&b, ctx, e) : 0;
}

static int
give_at_once(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	return give_until_at_once(ctx, list, n, TEXT(""), e);
}

int
ahead_run(
    ahead_read *read, void *ctx, const struct entry_sink *sink, struct err *e)
{
	struct ahead a = {.read = read,
	    .ctx = ctx,
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	    .changed = PTHREAD_COND_INITIALIZER};
	pthread_t reader;
	int r;

	if (start(&a, &reader) != 0) {
		struct entry_sink taker = *sink;
		const struct entry_sink direct = {.entries = give_at_once,
		    .entries_until = give_until_at_once,
		    .ctx = &taker};

		return read(ctx, &direct, e);
	}
	r = take_all(&a, sink, e);
	(void)pthread_join(reader, NULL);
	(void)pthread_cond_destroy(&a.changed);
	(void)pthread_mutex_destroy(&a.lock);
	if (r != 0 || a.result == 0)
		return r;
	if (e != NULL)
		*e = a.why;
	return a.result;
}

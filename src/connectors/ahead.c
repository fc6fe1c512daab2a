/* connectors/ahead.c -- see ahead.h. */
#include "connectors/ahead.h"

#include <pthread.h>
#include <signal.h>

struct ahead {
	ahead_read *read;
	void *ctx;
	/* Written by the reader, read when it is gone. */
	int result;
	struct err why;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock. */
	const struct entry *list;
	size_t count;
	bool full; /* a batch waits or is being taken */
	bool done; /* the reader has ended */
	int stop;  /* what the taker failed with */
};

/* ---- The reader's side ---- */

static int
give(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	struct ahead *a = ctx;
	int stop;

	(void)pthread_mutex_lock(&a->lock);
	while (a->full && a->stop == 0)
		(void)pthread_cond_wait(&a->changed, &a->lock);
	stop = a->stop;
	if (stop == 0) {
		a->list = list;
		a->count = n;
		a->full = true;
		(void)pthread_cond_signal(&a->changed);
	}
	(void)pthread_mutex_unlock(&a->lock);
	return stop == 0 ? 0 : err_set(e, stop, "what was read is not taken");
}

static void *
run_reader(void *ctx)
{
	struct ahead *a = ctx;
	const struct entry_sink sink = {.entries = give, .ctx = a};

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
await(struct ahead *a)
{
	bool full;

	(void)pthread_mutex_lock(&a->lock);
	while (!a->full && !a->done)
		(void)pthread_cond_wait(&a->changed, &a->lock);
	full = a->full;
	(void)pthread_mutex_unlock(&a->lock);
	return full;
}

static void
taken(struct ahead *a, int r)
{
	(void)pthread_mutex_lock(&a->lock);
	a->full = false;
	a->stop = r;
	(void)pthread_cond_signal(&a->changed);
	(void)pthread_mutex_unlock(&a->lock);
}

static int
take_all(struct ahead *a, const struct entry_sink *sink, struct err *e)
{
	int r = 0;

	while (await(a)) {
		if (r == 0)
			r = sink->entries(sink->ctx, a->list, a->count, e);
		taken(a, r);
	}
	return r;
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

	if (start(&a, &reader) != 0)
		return read(ctx, sink, e); /* one after the other, then */
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

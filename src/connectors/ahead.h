/*
 * connectors/ahead.h -- reading a directory while what was read is staged.
 *
 * Purpose:   a full import waits for the network half of its time and for the
 *            store the other half: a thread of its own reads, the caller's
 *            takes.
 * Touches:   connectors/connector.h, POSIX threads.
 * Ownership: nothing is copied.  A batch that was given to the reader's sink
 *            is the taker's until AHEAD_BATCHES - 1 later calls have returned:
 *            a reader fills that many in turn.  A call with no entries returns
 *            when all before it are taken, for who would hold too much.
 * Errors:    those of the taker first, then those of the reader.
 * Threads:   one, gone when ahead_run() returns.  Until then the connection and
 *            all that reading uses belong to it alone; it gets no signals.
 *            The two share batches and nothing else.
 */
#ifndef CONNECTORS_AHEAD_H
#define CONNECTORS_AHEAD_H

#include "connectors/connector.h"

/* One is filled, one is taken; the others let the directory go on answering
 * while the store commits. */
#define AHEAD_BATCHES 6U

/* Reads everything into sink, which may be called with no entries; returns as
 * full_import().  The text of a place (entries_until) lives as long as a batch
 * in its turn. */
typedef int ahead_read(void *ctx, const struct entry_sink *sink, struct err *e);

/* Runs read in a thread and gives what comes to sink in this one, in order.
 * Where sink fails the reader's next call fails, and the reader ends. */
int ahead_run(ahead_read *read, void *ctx, const struct entry_sink *sink,
    struct err *e) MUST_CHECK;

#endif /* CONNECTORS_AHEAD_H */

/*
 * service/control.h -- how the command line speaks to a running daemon.
 *
 * Purpose:   a socket beside the store; one packet asks, one packet answers.
 *            Only our own user and root are heard.
 * Touches:   STORE-control, STORE-daemon.
 * Ownership: struct control is the caller's.
 * Errors:    ERR_BUSY: another daemon has the store; ERR_NOENT: none runs;
 *            ERR_REFUSED: it says no, and why.
 */
#ifndef SERVICE_CONTROL_H
#define SERVICE_CONTROL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

#define CONTROL_ANSWER_MAX 16384U

enum control_word {
	CONTROL_NONE = 0, /* not one of ours */
	CONTROL_START_DELTA,
	CONTROL_START_INITIAL,
	CONTROL_STOP,
	CONTROL_CHANGED, /* settings in the store */
	CONTROL_STATUS,  /* the answer is JSON */
};

const char *control_text(enum control_word w);
enum control_word control_parse(struct text t);

/* ---- The daemon's side ---- */

struct control {
	int fd;     /* to accept on */
	int client; /* who has connected and not asked yet; -1 */
	int64_t client_ms;
	int lock_fd; /* one daemon a store */
	char *path;
};
int control_open(
    struct control *c, const char *store_path, struct err *e) MUST_CHECK;
void control_close(struct control *c);

/* What to wait for. */
int control_wait_fd(const struct control *c);

/* The request that waits, if one does: answer() gives what to say in out (ends
 * in a zero byte) and 0, or a negative code for "no".  Never blocks. */
typedef int control_answer_fn(
    void *ctx, enum control_word w, char *out, size_t size);
void control_serve(struct control *c, control_answer_fn *answer, void *ctx);

/* ---- The command line's side ---- */

/* Whether a daemon has that store, though it may not answer. */
bool control_held(const char *store_path);

int control_ask(const char *store_path, enum control_word w, struct arena *a,
    struct text *out, struct err *e) MUST_CHECK;

#endif /* SERVICE_CONTROL_H */

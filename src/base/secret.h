/*
 * base/secret.h -- passwords, keys and tokens.
 *
 * Purpose:   memory that is locked, left out of core dumps, wiped when freed,
 *            compared in constant time, and that no log call accepts.
 * Touches:   mmap, mlock, madvise; reading a file or the environment where
 *            a reference says so.
 * Ownership: _new/_free; secret_text() borrows until the free.
 * Errors:    ERR_NOMEM, ERR_NOENT, ERR_ACCESS, ERR_LIMIT, ERR_CONFIG.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/text.h"

#define SECRET_MAX 65536U /* bytes: a private key with its chain fits */

struct secret;

struct secret *secret_new(struct text t); /* copies; NULL: out of memory */
struct secret *secret_free(struct secret *s);
DEFINE_CLEANUP(secret, secret_free);

/* The bytes, with a zero byte behind them. */
struct text secret_text(const struct secret *s);
bool secret_equal(const struct secret *s, struct text t);

/*
 * Resolves a reference as configuration may hold it, never the secret itself:
 *   file:/path        the file's content without one line end at its end;
 *                     refused when others may read it
 *   env:NAME          the environment variable
 *   credential:NAME   $CREDENTIALS_DIRECTORY/NAME (systemd.exec, "Credentials")
 */
int secret_resolve(
    struct text reference, struct secret **out_s, struct err *e) MUST_CHECK;

/* Clears memory in a way the compiler keeps. */
void secret_wipe(void *p, size_t n);

#endif /* BASE_SECRET_H */

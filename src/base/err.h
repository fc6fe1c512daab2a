/*
 * base/err.h -- error codes, and the text that goes with one.
 *
 * Purpose:   one code space for the whole program; a caller acts on the code
 *            and on its class, a person reads the text.
 * Touches:   nothing outside base/.
 * Ownership: struct err is a plain value of the caller's, no free needed.
 * Rule:      0 is success, a failure is a negative ERR_* code.  A function
 *            that can say more takes a struct err * as its last argument,
 *            which may be NULL and is left alone on success.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <errno.h>

#include "base/defs.h"

enum err_code {
	ERR_OK = 0,

	/* Straight from the system: same number as -errno. */
	ERR_NOMEM = -ENOMEM,
	ERR_INVAL = -EINVAL,
	ERR_NOENT = -ENOENT,
	ERR_EXIST = -EEXIST,
	ERR_IO = -EIO,
	ERR_ACCESS = -EACCES,
	ERR_NOSPACE = -ENOSPC,

	/* Ours: far below any errno, so that the two never meet. */
	ERR_BASE = -1000,
	ERR_SYNTAX = ERR_BASE - 1,    /* text that we could not parse */
	ERR_LIMIT = ERR_BASE - 2,     /* larger than we agreed to accept */
	ERR_BUSY = ERR_BASE - 3,      /* locked or throttled: try later */
	ERR_UNCERTAIN = ERR_BASE - 4, /* a write that may have happened */
	ERR_CONFIG = ERR_BASE - 5,    /* a person must change a setting */
	ERR_TYPE = ERR_BASE - 6,      /* a value of the wrong type */
	ERR_AUTH = ERR_BASE - 7,      /* credentials refused */
	ERR_CONNECT = ERR_BASE - 8,   /* no connection, or it was lost */
	ERR_TLS = ERR_BASE - 9,       /* the peer is not who it should be */
	ERR_PROTOCOL = ERR_BASE - 10, /* the peer said what it must not say */
	ERR_STORE = ERR_BASE - 11,    /* the store failed */
	ERR_VERSION = ERR_BASE - 12,  /* written by a newer release */
	ERR_GUARD = ERR_BASE - 13,    /* a guard stopped the run */
	ERR_REFUSED = ERR_BASE - 14,  /* staging, lock, not allowed here */
	ERR_RULE = ERR_BASE - 15,     /* a rule failed on this object */
	ERR_REJECTED = ERR_BASE - 16, /* the directory refused this object */
	ERR_INTERNAL = ERR_BASE - 17, /* our own mistake */
	ERR_UNSUPPORTED = ERR_BASE - 18, /* the peer cannot do this */
	ERR_CANCELLED = ERR_BASE - 19,   /* a person or a signal stopped it */
};

/* What the caller should do about it. */
enum err_class {
	ERR_CLASS_BUG,    /* stop: our own mistake */
	ERR_CLASS_CONFIG, /* stop the run: a person must change something */
	ERR_CLASS_OBJECT, /* note it on the object, go on with the next */
	ERR_CLASS_RETRY,  /* wait, then the same again */
	ERR_CLASS_REREAD, /* read the target back before any retry */
};

struct err {
	int code;
	char type[48];  /* the field's name of it, as in an error record:
			   "cd-missing-object", "InvalidSoftMatch", or "" */
	char text[512]; /* lower case, no full stop, names the thing */
};

/* Sets *e where e is not NULL; returns code, so "return err_set(...)". */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF(3, 4);

/* The same with the record name, e.g. err_type(e, ERR_RULE, "join-...", ...).
 */
int err_type(struct err *e, int code, const char *type, const char *fmt, ...)
    PRINTF(4, 5);

#ifdef __clang_analyzer__
/* The checker does not see that both return the code. */
// NOLINTBEGIN(readability-identifier-naming): they stand for the functions
#define err_set(e, code, ...) ((void)(err_set)(e, code, __VA_ARGS__), (code))
#define err_type(e, code, type, ...) \
	((void)(err_type)(e, code, type, __VA_ARGS__), (code))
// NOLINTEND(readability-identifier-naming)
#endif

/* Puts "context: " before the text that is there; returns e's code. */
int err_prefix(struct err *e, const char *fmt, ...) PRINTF(2, 3);

enum err_class err_class(int code);
const char *err_name(int code);

#endif /* BASE_ERR_H */

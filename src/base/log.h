/*
 * base/log.h -- one line an event: a name, then fields.
 *
 * Purpose:   what happened, for an operator and for a program:
 *              2026-11-23T20:43:00.123Z info import.done connector=ad adds=3
 *            Attribute names may be logged at info; values at debug alone,
 *            and only where a person asked for debug; secrets never.
 * Touches:   standard error, or where log_set_sink() says.
 * Threads:   a line is one write(2).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/defs.h"

enum log_level {
	LOG_ERROR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG
};

/* Default LOG_WARN: a command speaks through its output. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/* name, then pairs of text: "dn", dn, "adds", "3", NULL.  A value with
 * blanks, quotes or control bytes is quoted as in C.  A NULL value ends the
 * list: write "" for nothing. */
void log_event(enum log_level level, const char *name, ...)
    __attribute__((sentinel));

/* The same from a list: for events whose fields are counted. */
struct log_field {
	const char *key;
	const char *value;
};
void log_fields(enum log_level level, const char *name,
    const struct log_field *fields, size_t count);

/* "error", "warn", "info", "debug"; parse: false where it is none. */
const char *log_level_name(enum log_level level);
bool log_level_parse(const char *name, enum log_level *out);

/* Takes the events in place of standard error (the journal); NULL: none. */
typedef void log_sink_fn(enum log_level level, const char *name,
    const struct log_field *fields, size_t count);
void log_set_sink(log_sink_fn *sink);

#endif /* BASE_LOG_H */

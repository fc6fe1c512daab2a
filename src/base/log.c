/* base/log.c -- see log.h. */
#include "base/log.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define LINE_MAX_BYTES 8192U
#define FIELDS_MAX     24U

static enum log_level threshold = LOG_WARN;
static log_sink_fn *taker;
static const char *const names[] = {"error", "warn", "info", "debug"};

const char *
log_level_name(enum log_level level)
{
	return names[level];
}

bool
log_level_parse(const char *name, enum log_level *out)
{
	static const enum log_level levels[] = {
	    LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(name, names[i]) != 0)
			continue;
		*out = levels[i];
		return true;
	}
	return false;
}

void
log_set_level(enum log_level level)
{
	threshold = level;
}

bool
log_enabled(enum log_level level)
{
	return level <= threshold;
}

static void
put_quoted(struct buf *b, const char *s)
{
	buf_putc(b, '"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(b, "\\x%02x", c);
		else
			buf_putc(b, (char)c);
	}
	buf_putc(b, '"');
}

static bool
is_plain(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= 0x20 || *s == '"' || *s == '\\' ||
		    *s == 0x7f)
			return false;
	return true;
}

static void
write_line(enum log_level level, const char *name,
    const struct log_field *fields, size_t count)
{
	char when[32];
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	buf_printf(&b, "%s %s %s", clock_format(clock_now_ms(), true, when),
	    names[level], name);
	for (size_t i = 0; i < count; i++) {
		buf_printf(&b, " %s=", fields[i].key);
		if (is_plain(fields[i].value))
			buf_puts(&b, fields[i].value);
		else
			put_quoted(&b, fields[i].value);
	}
	b.error = 0; /* a line that is too long is cut, not lost */
	if (b.len >= b.max)
		b.len = b.max - 1;
	buf_putc(&b, '\n');
	if (b.data != NULL && write(STDERR_FILENO, b.data, b.len) < 0)
		threshold = LOG_ERROR; /* nobody listens */
	buf_clear(&b);
}

void
log_set_sink(log_sink_fn *sink)
{
	taker = sink;
}

void
log_fields(enum log_level level, const char *name,
    const struct log_field *fields, size_t count)
{
	if (!log_enabled(level))
		return;
	if (taker != NULL)
		taker(level, name, fields, count);
	else
		write_line(level, name, fields, count);
}

void
log_event(enum log_level level, const char *name, ...)
{
	struct log_field fields[FIELDS_MAX];
	size_t n = 0;
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, name);
	while (n < FIELDS_MAX &&
	       (fields[n].key = va_arg(ap, const char *)) != NULL &&
	       (fields[n].value = va_arg(ap, const char *)) != NULL)
		n++;
	va_end(ap);
	log_fields(level, name, fields, n);
}

/* base/log.c -- see log.h. */
#include "base/log.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define LINE_MAX_BYTES 8192U

static enum log_level threshold = LOG_WARN;

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

void
log_event(enum log_level level, const char *name, ...)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};
	const char *key, *value;
	char when[32];
	struct buf b;
	va_list ap;

	if (!log_enabled(level))
		return;
	buf_init(&b, LINE_MAX_BYTES);
	buf_printf(&b, "%s %s %s", clock_format(clock_now_ms(), true, when),
	    names[level], name);
	va_start(ap, name);
	while ((key = va_arg(ap, const char *)) != NULL &&
	       (value = va_arg(ap, const char *)) != NULL) {
		buf_printf(&b, " %s=", key);
		if (is_plain(value))
			buf_puts(&b, value);
		else
			put_quoted(&b, value);
	}
	va_end(ap);
	b.error = 0; /* a line that is too long is cut, not lost */
	if (b.len >= b.max)
		b.len = b.max - 1;
	buf_putc(&b, '\n');
	if (b.data != NULL && write(STDERR_FILENO, b.data, b.len) < 0)
		threshold = LOG_ERROR; /* nobody listens */
	buf_clear(&b);
}

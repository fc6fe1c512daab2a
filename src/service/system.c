/* service/system.c -- see system.h. */
#include "service/system.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

/* syslog.h, which comes with them, has these names too */
#undef LOG_INFO
#undef LOG_DEBUG

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

#define ENTRY_MAX  16384U
#define FIELDS_MAX 80U

/* ---- The journal ---- */

/* sd_journal_stream_fd(3): device and inode of the stream it has given us. */
static bool
is_journal(int fd)
{
	// NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
	const char *stream = getenv("JOURNAL_STREAM");
	char ours[64];
	struct stat st;

	if (stream == NULL || fstat(fd, &st) < 0)
		return false;
	(void)snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return strcmp(stream, ours) == 0;
}

/* "error_type" is CAUSEWAY_ERROR_TYPE: a journal's field is of A-Z, 0-9, _. */
static void
put_key(struct buf *b, const char *key)
{
	buf_puts(b, "CAUSEWAY_");
	for (; *key != '\0'; key++) {
		char c = *key;

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		else if ((c < 'A' || c > 'Z') && (c < '0' || c > '9'))
			c = '_';
		buf_putc(b, c);
	}
	buf_putc(b, '=');
}

/* The entry's fields, one behind the other, and where each begins. */
struct entry_text {
	struct buf buf;
	size_t at[FIELDS_MAX + 1];
	size_t count;
};

static void
end_field(struct entry_text *t)
{
	if (t->count < FIELDS_MAX)
		t->at[++t->count] = t->buf.len;
}

static void
fill(struct entry_text *t, enum log_level level, const char *name,
    const struct log_field *fields, size_t count)
{
	static const int priorities[] = {3, 4, 6, 7}; /* as syslog has them */

	buf_printf(&t->buf, "MESSAGE=%s", name);
	for (size_t i = 0; i < count; i++)
		buf_printf(&t->buf, " %s=%s", fields[i].key, fields[i].value);
	end_field(t);
	buf_printf(&t->buf, "PRIORITY=%d", priorities[level]);
	end_field(t);
	buf_puts(&t->buf, "SYSLOG_IDENTIFIER=causewayd");
	end_field(t);
	buf_printf(&t->buf, "CAUSEWAY_EVENT=%s", name);
	end_field(t);
	for (size_t i = 0; i < count && t->count < FIELDS_MAX; i++) {
		put_key(&t->buf, fields[i].key);
		buf_puts(&t->buf, fields[i].value);
		end_field(t);
	}
}

static void
to_journal(enum log_level level, const char *name,
    const struct log_field *fields, size_t count)
{
	struct iovec list[FIELDS_MAX];
	struct entry_text t = {.count = 0};

	buf_init(&t.buf, ENTRY_MAX);
	fill(&t, level, name, fields, count);
	for (size_t i = 0; i < t.count; i++)
		list[i] =
		    (struct iovec){t.buf.data + t.at[i], t.at[i + 1] - t.at[i]};
	if (t.buf.data != NULL)
		(void)sd_journal_sendv(list, (int)t.count);
	buf_clear(&t.buf);
}

void
system_log(void)
{
	if (is_journal(STDERR_FILENO))
		log_set_sink(to_journal);
}

/* ---- The service manager ---- */

void
system_ready(void)
{
	(void)sd_notify(0, "READY=1");
}

void
system_reloading(void)
{
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%jd",
	    (intmax_t)clock_monotonic_ms() * 1000);
}

void
system_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1\nSTATUS=stopping");
}

void
system_status(const char *text)
{
	(void)sd_notifyf(0, "STATUS=%s", text);
}

int64_t
system_watchdog_ms(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? (int64_t)(us / 1000) : 0;
}

void
system_watchdog(void)
{
	(void)sd_notify(0, "WATCHDOG=1");
}

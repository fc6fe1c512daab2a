/*
 * service/daemon_bells.c -- one process for each connector that can tell of
 * changes: started, listened to, started again with growing pauses.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "connectors/connector.h"
#include "service/daemon_int.h"

#define RETRY_FIRST_MS 1000
#define RETRY_MOST_MS  300000
#define NEVER_MS       3600000 /* it said that it cannot */
#define STEADY_MS      60000   /* listened this long: no failure before */

static void
start(struct daemon *d, struct bell *b)
{
	struct child_role role = {.role = "bell",
	    .what = b->connector,
	    .config = d->options->config,
	    .log_level = d->options->log_level};
	struct err e = {0};

	if (child_start(&b->child, &role, &e) == 0)
		return;
	log_event(LOG_ERROR, "bell.lost", "connector", b->connector, "why",
	    e.text, NULL);
	b->retry_at_ms = clock_monotonic_ms() + RETRY_MOST_MS;
}

/* What changed while nobody listened is found by a cycle. */
static void
ring(struct daemon *d, struct bell *b)
{
	if (d->state.rang_ms == SCHEDULE_NEVER)
		d->state.rang_ms = clock_boot_ms();
	if (b->index < 64)
		d->rang_from |= UINT64_C(1) << b->index;
}

void
bells_start(struct daemon *d)
{
	const struct conf_connectors *list = &d->now.conf->connectors;

	if (d->now.conf->schedule.bell_ms == CONF_OFF)
		return;
	for (size_t i = 0; i < list->count; i++) {
		const struct connector_kind *k =
		    connector_kind_find(list->items[i].kind);
		struct bell *b = &d->bells[d->bell_count];

		if (k == NULL || (k->can & CAN_WATCH) == 0 ||
		    k->ops->watch == NULL)
			continue;
		*b = (struct bell){.child = {.fd = -1}, .index = i};
		b->connector = arena_strndup(d->now.arena,
		    list->items[i].name.data, list->items[i].name.len);
		if (b->connector == NULL)
			return;
		d->bell_count++;
		start(d, b);
	}
}

void
bells_stop(struct daemon *d)
{
	for (size_t i = 0; i < d->bell_count; i++)
		child_clear(&d->bells[i].child);
	d->bell_count = 0;
}

/* A quarter more or less, so that not all come at the same moment. */
static int64_t
with_jitter(int64_t ms)
{
	int64_t quarter = ms / 4;

	return ms - quarter +
	       (int64_t)arc4random_uniform((uint32_t)(2 * quarter + 1));
}

static int64_t
pause_of(const struct bell *b, int code)
{
	unsigned doubles = b->failures < 9 ? b->failures : 9;
	int64_t ms = RETRY_FIRST_MS * (INT64_C(1) << doubles);

	if (code == ERR_UNSUPPORTED)
		return NEVER_MS;
	return with_jitter(ms < RETRY_MOST_MS ? ms : RETRY_MOST_MS);
}

static void
lost(struct bell *b, int code, const char *why)
{
	int64_t now = clock_monotonic_ms(), pause;
	char text[32];

	if (b->listens && now - b->listening_ms >= STEADY_MS)
		b->failures = 0;
	pause = pause_of(b, code);
	b->failures++;
	b->listens = false;
	b->retry_at_ms = now + pause;
	(void)snprintf(b->why, sizeof(b->why), "%s", why);
	(void)snprintf(text, sizeof(text), "%" PRId64, pause);
	log_event(code == ERR_UNSUPPORTED ? LOG_INFO : LOG_WARN, "bell.lost",
	    "connector", b->connector, "why", why, "retry_ms", text, NULL);
}

void
bell_message(struct daemon *d, struct bell *b, const struct message *m)
{
	if (m->kind == MESSAGE_LISTENS) {
		b->listens = true;
		b->listening_ms = clock_monotonic_ms();
		b->why[0] = '\0';
		log_event(
		    LOG_INFO, "bell.listens", "connector", b->connector, NULL);
		ring(d, b);
	} else if (m->kind == MESSAGE_RANG) {
		b->rings++;
		log_event(
		    LOG_DEBUG, "bell.rang", "connector", b->connector, NULL);
		ring(d, b);
	} else if (m->kind == MESSAGE_LOST) {
		lost(b, m->code, m->text);
	}
}

/* Those that ended are noted, and started again when it is time. */
void
bells_tend(struct daemon *d)
{
	int64_t now = clock_monotonic_ms();

	for (size_t i = 0; i < d->bell_count; i++) {
		struct bell *b = &d->bells[i];

		if (child_gone(&b->child, NULL) && b->retry_at_ms <= now)
			lost(b, ERR_CONNECT, "its process ended");
		if (b->child.pid == 0 && b->retry_at_ms <= now && !d->ending)
			start(d, b);
	}
}

int64_t
bells_next_ms(const struct daemon *d)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < d->bell_count; i++)
		if (d->bells[i].child.pid == 0 && d->bells[i].retry_at_ms < at)
			at = d->bells[i].retry_at_ms;
	return at;
}

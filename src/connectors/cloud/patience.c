/* connectors/cloud/patience.c -- waiting for a busy peer, within reason. */
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "connectors/cloud/cloud.h"

#define FAULTS_MAX  6U
#define WAIT_ALL_MS INT64_C(1800000) /* throttled this long: give up */
#define WAIT_CAP_MS INT64_C(120000)
#define THROTTLE_MS INT64_C(2000) /* first wait without Retry-After */
#define SLICE_MS    INT64_C(200)

static int64_t
backoff_ms(int64_t first_ms, unsigned n)
{
	int64_t ms = n > 8 ? WAIT_CAP_MS : first_ms << n;
	uint16_t dice;

	random_bytes(&dice, sizeof(dice));
	ms += ms * (dice % 256) / 1024; /* up to a quarter more */
	return ms < WAIT_CAP_MS ? ms : WAIT_CAP_MS;
}

static int
sleep_ms(const struct cloud_session *s, int64_t ms, struct err *e)
{
	int64_t end = clock_monotonic_ms() + ms, left;

	while ((left = end - clock_monotonic_ms()) > 0) {
		if (s->env->cancelled != NULL &&
		    s->env->cancelled(s->env->cancel_ctx))
			return err_set(e, ERR_CANCELLED, "stopped");
		clock_sleep_ms(left < SLICE_MS ? left : SLICE_MS);
	}
	return 0;
}

int
patience_wait(const struct cloud_session *s, struct patience *p, bool fault,
    int64_t retry_ms, struct err *e)
{
	int64_t ms;
	char text[32];

	if (fault && p->faults >= FAULTS_MAX)
		return err_set(e, ERR_BUSY, "%.*s failed %u times in a row",
		    TEXT_ARGS(http_url_host(s->endpoint)), p->faults + 1);
	ms = fault ? backoff_ms(s->backoff_ms, p->faults++)
		   : backoff_ms(THROTTLE_MS, p->waits++);
	if (retry_ms >= 0)
		ms = retry_ms > 0 ? retry_ms : 1;
	if (p->waited_ms + ms > WAIT_ALL_MS)
		return err_set(e, ERR_BUSY,
		    "%.*s asks to wait for longer than %lld minutes",
		    TEXT_ARGS(http_url_host(s->endpoint)),
		    (long long)(WAIT_ALL_MS / 60000));
	p->waited_ms += ms;
	(void)snprintf(text, sizeof(text), "%lld", (long long)ms);
	log_event(LOG_DEBUG, "cloud.wait", "ms", text, "reason",
	    fault ? "fault" : "throttled", NULL);
	return sleep_ms(s, ms, e);
}

/*
 * proto/ldap_deadline.c -- a limit on the time that a TLS handshake may take.
 *
 * The library shakes hands in a loop that knows no timeout: a server that
 * accepts the connection and then says nothing would hold us for ever.  This
 * layer lies below TLS; while a deadline is set it waits for octets itself
 * and gives the loop an error that ends it.
 */
#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "proto/ldap_int.h"

static int
deadline_setup(Sockbuf_IO_Desc *d, void *arg)
{
	d->sbiod_pvt = arg;
	return 0;
}

static int
deadline_remove(Sockbuf_IO_Desc *d)
{
	(void)d;
	return 0;
}

static int
deadline_ctrl(Sockbuf_IO_Desc *d, int opt, void *arg)
{
	return LBER_SBIOD_CTRL_NEXT(d, opt, arg);
}

/* Waits until there is something to read; false when time is up. */
static bool
deadline_wait(const struct net_deadline *w)
{
	struct pollfd p = {.fd = w->fd, .events = POLLIN};

	for (;;) {
		int64_t left = w->until_ms - clock_monotonic_ms();
		int r = left > 0 ? poll(&p, 1, (int)left) : 0;

		if (r >= 0)
			return r > 0;
		if (errno != EINTR)
			return true; /* let the read say what it is */
	}
}

static ber_slen_t
deadline_read(Sockbuf_IO_Desc *d, void *buf, ber_len_t len)
{
	struct net_deadline *w = d->sbiod_pvt;

	if (w->until_ms != 0 && !deadline_wait(w)) {
		w->expired = true;
		errno = ETIMEDOUT;
		return -1;
	}
	return LBER_SBIOD_READ_NEXT(d, buf, len);
}

static ber_slen_t
deadline_write(Sockbuf_IO_Desc *d, void *buf, ber_len_t len)
{
	return LBER_SBIOD_WRITE_NEXT(d, buf, len);
}

int
deadline_add(Sockbuf *sb, struct net_deadline *w)
{
	static Sockbuf_IO layer = {
	    .sbi_setup = deadline_setup,
	    .sbi_remove = deadline_remove,
	    .sbi_ctrl = deadline_ctrl,
	    .sbi_read = deadline_read,
	    .sbi_write = deadline_write,
	    .sbi_close = NULL,
	};

	return ber_sockbuf_add_io(sb, &layer, LBER_SBIOD_LEVEL_PROVIDER + 1, w);
}

/* model/guid.c -- see guid.h. */
#include "model/guid.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

/* Which octet each pair of hex digits of the text is (MS-DTYP 2.3.4.1). */
static const unsigned char order[16] = {
    3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool
is_dash(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

int
guid_parse(struct text t, struct guid *out, struct err *e)
{
	struct text in = t;
	struct guid g = {0};
	size_t n = 0;

	if (in.len == GUID_TEXT_LEN + 2 && in.data[0] == '{' &&
	    in.data[in.len - 1] == '}')
		in = (struct text){in.data + 1, in.len - 2};
	if (in.len != GUID_TEXT_LEN)
		goto bad;
	for (size_t i = 0; i < in.len; i++) {
		int hi, lo;

		if (is_dash(i)) {
			if (in.data[i] != '-')
				goto bad;
			continue;
		}
		hi = digit(in.data[i]);
		lo = digit(in.data[i + 1]);
		if (hi < 0 || lo < 0)
			goto bad;
		g.octets[order[n++]] = (unsigned char)(hi << 4 | lo);
		i++;
	}
	*out = g;
	return 0;

bad:
	return err_set(e, ERR_SYNTAX, "\"%.*s\" is no GUID",
	    (int)(t.len < 60 ? t.len : 60), t.data);
}

void
guid_format(const struct guid *g, char out[static GUID_TEXT_LEN + 1])
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < 16; i++) {
		unsigned char c = g->octets[order[i]];

		if (is_dash(n))
			out[n++] = '-';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
}

/* Octets that were drawn and not used yet: an import makes one GUID an object,
 * and a call of the system for each would be a thirtieth of its time. */
struct pool {
	unsigned char octets[64U * sizeof(struct guid)];
	size_t left;
	unsigned forks; /* a child does not go on where its parent does */
};

/* Of this process and those it comes from. */
static unsigned forks;

static void
count_fork(void)
{
	forks++;
}

static void
watch_forks(void)
{
	if (pthread_atfork(NULL, NULL, count_fork) != 0)
		abort();
}

static void
draw(struct guid *out)
{
	static _Thread_local struct pool pool;
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (pool.left == 0 || pool.forks != forks) {
		(void)pthread_once(&once, watch_forks);
		random_bytes(pool.octets, sizeof(pool.octets));
		pool.left = sizeof(pool.octets);
		pool.forks = forks;
	}
	pool.left -= sizeof(out->octets);
	memcpy(out->octets, pool.octets + pool.left, sizeof(out->octets));
}

struct guid
guid_random(void)
{
	struct guid g;

	draw(&g);
	/* RFC 4122 section 4.4; octet 7 holds the version in this order */
	g.octets[7] = (unsigned char)((g.octets[7] & 0x0f) | 0x40);
	g.octets[8] = (unsigned char)((g.octets[8] & 0x3f) | 0x80);
	return g;
}

bool
guid_equal(const struct guid *a, const struct guid *b)
{
	return memcmp(a->octets, b->octets, sizeof(a->octets)) == 0;
}

/* At most ten digits. */
static size_t
put_decimal(char *out, uint32_t number)
{
	char digits[10];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	for (size_t i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	return n;
}

int
sid_format(struct arena *a, struct text octets, struct text *out, struct err *e)
{
	const unsigned char *p = (const unsigned char *)octets.data;
	uint64_t authority = 0;
	char *s;
	size_t n;

	if (octets.len < 8 || p[0] != 1 || p[1] > SID_MAX_PARTS ||
	    octets.len != 8U + 4U * p[1])
		return err_set(
		    e, ERR_SYNTAX, "%zu octets that are no SID", octets.len);
	for (size_t i = 2; i < 8; i++)
		authority = authority << 8 | p[i];
	s = arena_alloc(a, SID_TEXT_MAX);
	if (s == NULL)
		return ERR_NOMEM;
	n = (size_t)snprintf(s, SID_TEXT_MAX,
	    authority >> 32 != 0 ? "S-1-0x%012" PRIx64 : "S-1-%" PRIu64,
	    authority);
	for (size_t i = 8; i < octets.len; i += 4) {
		s[n++] = '-';
		n += put_decimal(s + n,
		    (uint32_t)p[i] | (uint32_t)p[i + 1] << 8 |
			(uint32_t)p[i + 2] << 16 | (uint32_t)p[i + 3] << 24);
	}
	s[n] = '\0';
	*out = (struct text){s, n};
	return 0;
}

/* The next "-number" of t. */
static bool
next_part(struct text t, size_t *pos, uint64_t *out)
{
	size_t start = *pos + 1;
	int64_t n;

	if (*pos >= t.len || t.data[*pos] != '-')
		return false;
	for (*pos = start; *pos < t.len && t.data[*pos] != '-';)
		(*pos)++;
	if (text_to_int64((struct text){t.data + start, *pos - start}, &n) < 0)
		return false;
	*out = (uint64_t)n;
	return true;
}

int
sid_parse(
    struct arena *a, struct text t, struct text *out_octets, struct err *e)
{
	unsigned char octets[8 + 4 * SID_MAX_PARTS] = {1};
	uint64_t version, authority, part;
	size_t pos = 1, n = 0;
	char *copy;

	if (!text_starts_nocase(t, "S-") || !next_part(t, &pos, &version) ||
	    version != 1 || !next_part(t, &pos, &authority) ||
	    authority >> 48 != 0)
		goto bad;
	for (size_t i = 0; i < 6; i++)
		octets[7 - i] = (unsigned char)(authority >> (8 * i));
	while (pos < t.len) {
		if (n == SID_MAX_PARTS || !next_part(t, &pos, &part) ||
		    part > UINT32_MAX)
			goto bad;
		for (size_t i = 0; i < 4; i++)
			octets[8 + 4 * n + i] =
			    (unsigned char)(part >> (8 * i));
		n++;
	}
	octets[1] = (unsigned char)n;
	copy = arena_strndup(a, (const char *)octets, 8 + 4 * n);
	*out_octets = (struct text){copy, 8 + 4 * n};
	return copy != NULL ? 0 : ERR_NOMEM;

bad:
	return err_set(e, ERR_SYNTAX, "\"%.*s\" is no SID",
	    (int)(t.len < 80 ? t.len : 80), t.data);
}

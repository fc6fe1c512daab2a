/* codec/nbfx_text.c -- text records as XML has them: the lexical forms of XML
 * Schema part 2, as .NET's XmlConvert writes them. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/nbfx_int.h"

#define TICKS_A_SECOND UINT64_C(10000000)
#define TICKS_A_DAY    (UINT64_C(86400) * TICKS_A_SECOND)
/* 9999-12-31T23:59:59.9999999 */
#define TICKS_MAX UINT64_C(3155378975999999999)

static uint64_t
number(struct text raw)
{
	uint64_t n = 0;

	for (size_t i = raw.len; i > 0; i--)
		n = n << 8 | (unsigned char)raw.data[i - 1];
	return n;
}

static int64_t
number_signed(struct text raw)
{
	unsigned shift = 64 - 8 * (unsigned)raw.len;

	if (raw.len == 0)
		return 0;
	return (int64_t)(number(raw) << shift) >> shift;
}

static int
give(struct arena *a, const char *s, struct text *out)
{
	*out = text_dup(a, text_of(s));
	return out->data != NULL ? 0 : ERR_NOMEM;
}

/* ---- Floating point: the fewest digits that read back as the same ---- */

/* "-d.ddde+xx" of n digits as XmlConvert writes it. */
static int
give_digits(struct arena *a, const char *scientific, struct text *out)
{
	char digits[32];
	const char *p = scientific;
	char *s;
	int n = 0, exponent;
	const char *sign = *p == '-' ? "-" : "";

	for (; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9' && n < 31)
			digits[n++] = *p;
	exponent = (int)strtol(p + 1, NULL, 10);
	while (n > 1 && digits[n - 1] == '0')
		n--;
	digits[n] = '\0';
	if (exponent < -4 || exponent >= 15)
		s = arena_printf(a, "%s%c%s%sE%c%02d", sign, digits[0],
		    n > 1 ? "." : "", digits + 1, exponent < 0 ? '-' : '+',
		    abs(exponent));
	else if (exponent < 0)
		s = arena_printf(
		    a, "%s0.%.*s%s", sign, -exponent - 1, "000", digits);
	else if (n <= exponent + 1)
		s = arena_printf(a, "%s%s%.*s", sign, digits, exponent + 1 - n,
		    "00000000000000");
	else
		s = arena_printf(a, "%s%.*s.%s", sign, exponent + 1, digits,
		    digits + exponent + 1);
	*out = text_of(s);
	return s != NULL ? 0 : ERR_NOMEM;
}

static bool
reads_back(const char *s, double d, bool single)
{
	double x = single ? (double)strtof(s, NULL) : strtod(s, NULL);

	return !(x < d) && !(x > d);
}

static int
give_real(struct arena *a, double d, bool single, struct text *out)
{
	char s[40] = "";

	if (isnan(d))
		return give(a, "NaN", out);
	if (isinf(d))
		return give(a, d < 0 ? "-INF" : "INF", out);
	for (int n = 0; n < (single ? 9 : 17); n++) {
		(void)snprintf(s, sizeof(s), "%.*e", n, d);
		if (reads_back(s, d, single))
			break;
	}
	return give_digits(a, s, out);
}

static int
give_float(struct arena *a, struct text raw, struct text *out)
{
	uint32_t bits = (uint32_t)number(raw);
	float f;

	memcpy(&f, &bits, sizeof(f));
	return give_real(a, (double)f, true, out);
}

static int
give_double(struct arena *a, struct text raw, struct text *out)
{
	uint64_t bits = number(raw);
	double d;

	memcpy(&d, &bits, sizeof(d));
	return give_real(a, d, false, out);
}

/* ---- Decimal: two idle octets, scale, sign, and 96 bits, high ones first
 * (MS-OAUT 2.2.26) ---- */

static unsigned
divide_by_ten(uint32_t words[3])
{
	uint64_t rest = 0;

	for (size_t i = 0; i < 3; i++) {
		uint64_t n = rest << 32 | words[i];

		words[i] = (uint32_t)(n / 10);
		rest = n % 10;
	}
	return (unsigned)rest;
}

static int
give_decimal(struct arena *a, struct text raw, struct text *out, struct err *e)
{
	unsigned scale = (unsigned char)raw.data[2];
	unsigned sign = (unsigned char)raw.data[3];
	uint64_t low = number((struct text){raw.data + 8, 8});
	uint32_t words[3] = {(uint32_t)number((struct text){raw.data + 4, 4}),
	    (uint32_t)(low >> 32), (uint32_t)low};
	char s[40];
	size_t at = sizeof(s) - 1;
	unsigned digits = 0;

	if (scale > 28 || (sign & 0x7f) != 0)
		return err_set(e, ERR_SYNTAX, "no decimal number");
	s[at] = '\0';
	while (digits <= scale || (words[0] | words[1] | words[2]) != 0) {
		s[--at] = (char)('0' + divide_by_ten(words));
		if (++digits == scale)
			s[--at] = '.';
	}
	if (sign != 0)
		s[--at] = '-';
	return give(a, s + at, out);
}

/* ---- Time ---- */

/* ".5" of 5,000,000 ticks; nothing of none. */
static void
put_fraction(char out[9], uint64_t ticks)
{
	size_t n = 8;

	(void)snprintf(out, 9, ".%07" PRIu64, ticks % TICKS_A_SECOND);
	while (n > 1 && out[n - 1] == '0')
		n--;
	out[n > 1 ? n : 0] = '\0';
}

/* Days from 0001-01-01 to a date of the Gregorian calendar. */
static void
date_of(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
	/* years that begin in March, from 0000-03-01 on */
	uint64_t n = days + 306;
	unsigned era = (unsigned)(n / 146097), in_era = (unsigned)(n % 146097);
	unsigned y =
	    (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	unsigned in_year = in_era - (365 * y + y / 4 - y / 100);
	unsigned m = (5 * in_year + 2) / 153;

	*day = in_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = y + era * 400 + (*month <= 2);
}

/* The two high bits: 0 no zone, 1 UTC, 2 local, which is kept as UTC. */
static int
give_time(struct arena *a, struct text raw, struct text *out, struct err *e)
{
	uint64_t n = number(raw), ticks = n & (UINT64_MAX >> 2);
	unsigned kind = (unsigned)(n >> 62), year, month, day, seconds;
	char fraction[9];
	char *s;

	if (ticks > TICKS_MAX || kind > 2)
		return err_set(e, ERR_SYNTAX, "no date and time");
	date_of(ticks / TICKS_A_DAY, &year, &month, &day);
	seconds = (unsigned)(ticks % TICKS_A_DAY / TICKS_A_SECOND);
	put_fraction(fraction, ticks);
	s = arena_printf(a, "%04u-%02u-%02uT%02u:%02u:%02u%s%s", year, month,
	    day, seconds / 3600, seconds / 60 % 60, seconds % 60, fraction,
	    kind == 0 ? "" : "Z");
	*out = text_of(s);
	return s != NULL ? 0 : ERR_NOMEM;
}

/* xs:duration: days, hours, minutes, seconds, each where it is not zero. */
static int
give_timespan(struct arena *a, struct text raw, struct text *out)
{
	int64_t n = number_signed(raw);
	uint64_t ticks = n < 0 ? ~(uint64_t)n + 1 : (uint64_t)n;
	uint64_t days = ticks / TICKS_A_DAY;
	unsigned seconds = (unsigned)(ticks % TICKS_A_DAY / TICKS_A_SECOND);
	bool has_time = ticks % TICKS_A_DAY != 0;
	char fraction[9];
	struct buf b;
	int r;

	if (ticks == 0)
		return give(a, "PT0S", out);
	put_fraction(fraction, ticks);
	buf_init(&b, 80);
	buf_puts(&b, n < 0 ? "-P" : "P");
	if (days != 0)
		buf_printf(&b, "%" PRIu64 "D", days);
	if (has_time)
		buf_putc(&b, 'T');
	if (seconds / 3600 != 0)
		buf_printf(&b, "%uH", seconds / 3600);
	if (seconds / 60 % 60 != 0)
		buf_printf(&b, "%uM", seconds / 60 % 60);
	if (seconds % 60 != 0 || fraction[0] != '\0')
		buf_printf(&b, "%u%sS", seconds % 60, fraction);
	*out = text_dup(a, buf_text(&b));
	r = buf_error(&b);
	buf_clear(&b);
	return r == 0 && out->data == NULL ? ERR_NOMEM : r;
}

/* ---- Characters and octets ---- */

static int
give_unicode(struct arena *a, struct text raw, struct text *out, struct err *e)
{
	char *p = arena_alloc(a, raw.len / 2 * 3 + 1);
	size_t n = 0;

	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i + 2 <= raw.len; i += 2) {
		uint32_t c = (uint32_t)number((struct text){raw.data + i, 2});
		uint32_t low = 0;

		if (c >= 0xd800 && c < 0xdc00 && i + 4 <= raw.len)
			low = (uint32_t)number(
			    (struct text){raw.data + i + 2, 2});
		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
		} else if (c >= 0xd800 && c < 0xe000) {
			return err_set(
			    e, ERR_SYNTAX, "UTF-16 with half of a pair");
		}
		n += utf8_put(p + n, c);
	}
	*out = (struct text){p, n};
	return 0;
}

static int
give_uuid(
    struct arena *a, const char *before, struct text raw, struct text *out)
{
	const unsigned char *p = (const unsigned char *)raw.data;
	char *s = arena_printf(a,
	    "%s%08" PRIx64 "-%04" PRIx64 "-%04" PRIx64
	    "-%02x%02x-%02x%02x%02x%02x%02x%02x",
	    before, number((struct text){raw.data, 4}),
	    number((struct text){raw.data + 4, 2}),
	    number((struct text){raw.data + 6, 2}), p[8], p[9], p[10], p[11],
	    p[12], p[13], p[14], p[15]);

	*out = text_of(s);
	return s != NULL ? 0 : ERR_NOMEM;
}

static int
give_qname(struct arena *a, const struct nbfx_text *t, struct text *out)
{
	char *s =
	    arena_printf(a, "%c:%.*s", 'a' + t->prefix, TEXT_ARGS(t->raw));

	*out = text_of(s);
	return s != NULL ? 0 : ERR_NOMEM;
}

/* Joined by single blanks. */
static int
// NOLINTNEXTLINE(misc-no-recursion): lists hold no lists
give_list(
    struct arena *a, const struct nbfx_text *t, struct text *out, struct err *e)
{
	struct buf b;
	int r = 0;

	buf_init(&b, XML_MAX_TEXT);
	for (const struct nbfx_text *i = t->list; i != NULL && r == 0;
	     i = i->next) {
		struct text one = {0};

		r = nbfx_value(a, i, &one, e);
		if (i != t->list)
			buf_putc(&b, ' ');
		buf_text_add(&b, one);
	}
	if (r == 0)
		r = buf_error(&b);
	if (r == 0) {
		*out = text_dup(a, buf_text(&b));
		r = out->data != NULL ? 0 : ERR_NOMEM;
	}
	buf_clear(&b);
	return r;
}

static int
give_integer(struct arena *a, struct text raw, struct text *out)
{
	char *s = arena_printf(a, "%" PRId64, number_signed(raw));

	*out = text_of(s);
	return s != NULL ? 0 : ERR_NOMEM;
}

static int
give_unsigned(struct arena *a, struct text raw, struct text *out)
{
	char *s = arena_printf(a, "%" PRIu64, number(raw));

	*out = text_of(s);
	return s != NULL ? 0 : ERR_NOMEM;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): see give_list()
give_text(
    struct arena *a, const struct nbfx_text *t, struct text *out, struct err *e)
{
	switch (t->record & ~1U) {
	case TEXT_ZERO:
		return give(a, "0", out);
	case TEXT_ONE:
		return give(a, "1", out);
	case TEXT_FALSE:
		return give(a, "false", out);
	case TEXT_TRUE:
		return give(a, "true", out);
	case TEXT_BOOL:
		return give(a, number(t->raw) != 0 ? "true" : "false", out);
	case TEXT_INT8:
	case TEXT_INT16:
	case TEXT_INT32:
	case TEXT_INT64:
		return give_integer(a, t->raw, out);
	case TEXT_UINT64:
		return give_unsigned(a, t->raw, out);
	case TEXT_FLOAT:
		return give_float(a, t->raw, out);
	case TEXT_DOUBLE:
		return give_double(a, t->raw, out);
	case TEXT_DECIMAL:
		return give_decimal(a, t->raw, out, e);
	case TEXT_DATETIME:
		return give_time(a, t->raw, out, e);
	case TEXT_TIMESPAN:
		return give_timespan(a, t->raw, out);
	case TEXT_BYTES8:
	case TEXT_BYTES16:
	case TEXT_BYTES32:
		return base64_encode(a, t->raw, out);
	case TEXT_UNICODE8:
	case TEXT_UNICODE16:
	case TEXT_UNICODE32:
		return give_unicode(a, t->raw, out, e);
	case TEXT_UUID:
		return give_uuid(a, "", t->raw, out);
	case TEXT_UNIQUE_ID:
		return give_uuid(a, "urn:uuid:", t->raw, out);
	case TEXT_QNAME:
		return give_qname(a, t, out);
	case TEXT_LIST:
		return give_list(a, t, out, e);
	default: /* characters, of the dictionary, or none */
		*out = t->raw;
		return 0;
	}
}

int
// NOLINTNEXTLINE(misc-no-recursion): see give_list()
nbfx_value(
    struct arena *a, const struct nbfx_text *t, struct text *out, struct err *e)
{
	int r = give_text(a, t, out, e);

	return r == ERR_NOMEM ? err_set(e, r, "out of memory") : r;
}

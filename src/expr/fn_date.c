/* expr/fn_date.c -- times: text to 100 ns units since 1601-01-01 UTC, and
 * back in the custom format tokens of .NET
 * (docs/engine/expressions.md 4.4). */
#include <stdio.h>

#include "expr/text_int.h"

#define TICKS_SECOND 10000000LL
#define TICKS_DAY    (86400LL * TICKS_SECOND)
#define YEAR_MAX     9999

struct date {
	int64_t year; /* 1 to 9999 */
	int month;
	int day;
	int hour;
	int minute;
	int second;
	int fraction; /* 100 ns units */
};

/* ---- The calendar ---- */

static bool
is_leap(int64_t y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static int
month_days(int64_t year, int month)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 0001-01-01 to the first of January of year. */
static int64_t
days_before_year(int64_t year)
{
	int64_t y = year - 1;

	return y * 365 + y / 4 - y / 100 + y / 400;
}

#define DAYS_1601 584388LL /* days_before_year(1601) */

static int64_t
days_of(const struct date *d)
{
	int64_t days = days_before_year(d->year) - DAYS_1601 + d->day - 1;

	for (int m = 1; m < d->month; m++)
		days += month_days(d->year, m);
	return days;
}

static bool
date_valid(const struct date *d)
{
	return d->year >= 1 && d->year <= YEAR_MAX && d->month >= 1 &&
	       d->month <= 12 && d->day >= 1 &&
	       d->day <= month_days(d->year, d->month) && d->hour <= 23 &&
	       d->minute <= 59 && d->second <= 59;
}

static int64_t
ticks_of(const struct date *d)
{
	return days_of(d) * TICKS_DAY +
	       (d->hour * 3600LL + d->minute * 60LL + d->second) *
		   TICKS_SECOND +
	       d->fraction;
}

/* false outside of the years 1 to 9999. */
static bool
date_of(int64_t ticks, struct date *out)
{
	int64_t days = ticks / TICKS_DAY, rest = ticks % TICKS_DAY;
	int64_t year;

	if (rest < 0) {
		rest += TICKS_DAY;
		days--;
	}
	days += DAYS_1601;
	if (days < 0 || days >= days_before_year(YEAR_MAX + 1))
		return false;
	year = days / 366 + 1; /* not later than the year sought */
	while (days_before_year(year + 1) <= days)
		year++;
	days -= days_before_year(year);
	*out = (struct date){.year = year, .month = 1};
	while (days >= month_days(year, out->month))
		days -= month_days(year, out->month++);
	out->day = (int)days + 1;
	out->fraction = (int)(rest % TICKS_SECOND);
	rest /= TICKS_SECOND;
	out->second = (int)(rest % 60);
	out->minute = (int)(rest / 60 % 60);
	out->hour = (int)(rest / 3600);
	return true;
}

/* ---- Reading ---- */

struct scan {
	struct text t;
	size_t pos;
};

static bool
scan_char(struct scan *s, char c)
{
	if (s->pos >= s->t.len || s->t.data[s->pos] != c)
		return false;
	s->pos++;
	return true;
}

/* min to max digits. */
static bool
scan_digits(struct scan *s, int min, int max, int *out)
{
	int n = 0;

	*out = 0;
	while (n < max && s->pos < s->t.len && s->t.data[s->pos] >= '0' &&
	       s->t.data[s->pos] <= '9') {
		*out = *out * 10 + (s->t.data[s->pos++] - '0');
		n++;
	}
	return n >= min;
}

static bool
scan_fraction(struct scan *s, int *out)
{
	int digit, scale = 1000000;

	*out = 0;
	if (!scan_digits(s, 1, 1, &digit))
		return false;
	do {
		*out += digit * scale;
		scale /= 10;
	} while (scan_digits(s, 1, 1, &digit));
	return true;
}

static bool
scan_year(struct scan *s, struct date *d)
{
	int year;

	if (!scan_digits(s, 4, 4, &year))
		return false;
	d->year = year;
	return true;
}

/* yyyy-MM-dd or M/d/yyyy */
static bool
scan_day(struct scan *s, struct date *d)
{
	struct scan start = *s;

	if (scan_year(s, d) && scan_char(s, '-'))
		return scan_digits(s, 1, 2, &d->month) && scan_char(s, '-') &&
		       scan_digits(s, 1, 2, &d->day);
	*s = start;
	return scan_digits(s, 1, 2, &d->month) && scan_char(s, '/') &&
	       scan_digits(s, 1, 2, &d->day) && scan_char(s, '/') &&
	       scan_year(s, d);
}

/* AM and PM, any case; the hour is 1 to 12 then. */
static bool
scan_half(struct scan *s, struct date *d)
{
	struct text rest = text_from(s->t, s->pos);
	bool pm;

	if (rest.len < 2)
		return true;
	rest.len = 2;
	pm = text_is_nocase(rest, "PM");
	if (!pm && !text_is_nocase(rest, "AM"))
		return true;
	s->pos += 2;
	if (d->hour < 1 || d->hour > 12)
		return false;
	d->hour = d->hour % 12 + (pm ? 12 : 0);
	return true;
}

static void
scan_blanks(struct scan *s)
{
	while (scan_char(s, ' '))
		;
}

/* "T" or a blank, then h:mm[:ss[.f]] [AM|PM] */
static bool
scan_time(struct scan *s, struct date *d)
{
	if (!scan_char(s, 'T')) {
		scan_blanks(s);
		if (s->pos == s->t.len ||
		    strchr("Z+-", s->t.data[s->pos]) != NULL)
			return true;
	}
	if (!scan_digits(s, 1, 2, &d->hour) || !scan_char(s, ':') ||
	    !scan_digits(s, 2, 2, &d->minute))
		return false;
	if (scan_char(s, ':')) {
		if (!scan_digits(s, 2, 2, &d->second))
			return false;
		if (scan_char(s, '.') && !scan_fraction(s, &d->fraction))
			return false;
	}
	scan_blanks(s);
	return scan_half(s, d);
}

/* Z, -8, +05:30; nothing is UTC. */
static bool
scan_zone(struct scan *s, int64_t *out_ticks)
{
	int hours, minutes = 0;
	bool minus;

	*out_ticks = 0;
	scan_blanks(s);
	if (s->pos == s->t.len)
		return true;
	if (scan_char(s, 'Z'))
		return s->pos == s->t.len;
	minus = s->t.data[s->pos] == '-';
	if (!minus && s->t.data[s->pos] != '+')
		return false;
	s->pos++;
	if (!scan_digits(s, 1, 2, &hours) ||
	    (scan_char(s, ':') && !scan_digits(s, 2, 2, &minutes)) ||
	    hours > 14 || minutes > 59)
		return false;
	*out_ticks =
	    (hours * 3600LL + minutes * 60LL) * TICKS_SECOND * (minus ? -1 : 1);
	return s->pos == s->t.len;
}

/* yyyyMMddHHmmss[.f]Z, RFC 4517 section 3.3.13 as directories write it */
static bool
scan_generalized(struct scan *s, struct date *d)
{
	if (!scan_year(s, d) || !scan_digits(s, 2, 2, &d->month) ||
	    !scan_digits(s, 2, 2, &d->day) || !scan_digits(s, 2, 2, &d->hour) ||
	    !scan_digits(s, 2, 2, &d->minute) ||
	    !scan_digits(s, 2, 2, &d->second))
		return false;
	if (scan_char(s, '.') && !scan_fraction(s, &d->fraction))
		return false;
	return scan_char(s, 'Z') && s->pos == s->t.len;
}

bool
date_parse(struct text t, int64_t *out_ticks)
{
	struct scan s = {.t = t};
	struct date d = {0};
	int64_t zone = 0;

	scan_blanks(&s);
	if (!scan_generalized(&s, &d)) {
		s.pos = 0;
		d = (struct date){0};
		scan_blanks(&s);
		if (!scan_day(&s, &d) || !scan_time(&s, &d) ||
		    !scan_zone(&s, &zone))
			return false;
	}
	if (!date_valid(&d))
		return false;
	*out_ticks = ticks_of(&d) - zone;
	return date_of(*out_ticks, &d); /* the zone may lead out of it */
}

int
fn_cdate(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	int64_t ticks;

	(void)n;
	if (!date_parse(args[0].text, &ticks))
		return run_bad(r, "not-a-date", 0, "\"%.*s\" is no date",
		    args[0].text.len > 60 ? 60 : (int)args[0].text.len,
		    args[0].text.data);
	*out = make_date(ticks);
	return 0;
}

int
fn_now(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)args;
	(void)n;
	*out = make_date((r->in->now_ms + 11644473600000LL) * 10000LL);
	return 0;
}

int
fn_date_from_num(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct date d;

	(void)n;
	if (args[0].number < 0 || !date_of(args[0].number, &d))
		return run_bad(r, "not-a-date", 0, "%lld is no point in time",
		    (long long)args[0].number);
	*out = make_date(args[0].number);
	return 0;
}

int
fn_num_from_date(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	if (args[0].number < 0)
		return run_bad(r, "not-a-date", 0, "a time before 1601");
	*out = make_number(args[0].number);
	return 0;
}

/* ---- DateAdd ---- */

static const struct {
	const char *name;
	int64_t seconds; /* 0: counted in months */
	int months;
} intervals[] = {
    {"yyyy", 0, 12},
    {"q", 0, 3},
    {"m", 0, 1},
    {"y", 86400, 0},
    {"d", 86400, 0},
    {"w", 86400, 0},
    {"ww", 604800, 0},
    {"h", 3600, 0},
    {"n", 60, 0},
    {"s", 1, 0},
};

/* The day is kept within the month that is reached. */
static bool
add_months(struct date *d, int64_t months)
{
	int64_t m;

	if (months > 120000 || months < -120000)
		return false;
	m = d->year * 12 + (d->month - 1) + months;
	d->year = m / 12;
	if (m < 12 || d->year > YEAR_MAX)
		return false;
	d->month = (int)(m % 12) + 1;
	if (d->day > month_days(d->year, d->month))
		d->day = month_days(d->year, d->month);
	return true;
}

static bool
add_interval(size_t i, int64_t count, int64_t *ticks)
{
	struct date d;
	int64_t delta;

	if (!date_of(*ticks, &d))
		return false;
	if (intervals[i].seconds == 0) {
		if (count > 120000 || count < -120000 ||
		    !add_months(&d, count * intervals[i].months))
			return false;
		*ticks = ticks_of(&d);
		return true;
	}
	return !__builtin_mul_overflow(
		   count, intervals[i].seconds * TICKS_SECOND, &delta) &&
	       !__builtin_add_overflow(*ticks, delta, ticks) &&
	       date_of(*ticks, &d);
}

int
fn_date_add(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	int64_t ticks = args[2].number;

	(void)n;
	for (size_t i = 0; i < sizeof(intervals) / sizeof(*intervals); i++) {
		if (!text_is(args[0].text, intervals[i].name))
			continue;
		if (!add_interval(i, args[1].number, &ticks))
			return run_bad(r, "not-a-date", 1,
			    "the result is outside of the years 1 "
			    "to 9999");
		*out = make_date(ticks);
		return 0;
	}
	return run_bad(r, "invalid-argument", 0, "\"%.*s\" is no interval",
	    TEXT_ARGS(args[0].text));
}

/* ---- FormatDateTime ---- */

static const char *const month_names[] = {"January", "February", "March",
    "April", "May", "June", "July", "August", "September", "October",
    "November", "December"};
static const char *const day_names[] = {"Sunday", "Monday", "Tuesday",
    "Wednesday", "Thursday", "Friday", "Saturday"};

#define TOKEN_MAX 24

/* At most width digits, at least one where width is 1. */
static void
put_number(char *out, int64_t n, size_t width)
{
	char digits[TOKEN_MAX];
	size_t len, pad;

	(void)snprintf(digits, sizeof(digits), "%lld", (long long)n);
	len = strlen(digits);
	pad = width > len && width < TOKEN_MAX ? width - len : 0;
	memset(out, '0', pad);
	memcpy(out + pad, digits, len + 1);
}

static void
put_name(char *out, const char *name, size_t width)
{
	(void)snprintf(out, TOKEN_MAX, width == 3 ? "%.3s" : "%s", name);
}

static void
put_year(char *out, const struct date *d, size_t width)
{
	if (width <= 2)
		put_number(out, d->year % 100, width);
	else
		put_number(out, d->year, width > 5 ? 5 : width);
}

static void
put_fraction(char *out, const struct date *d, size_t width)
{
	put_number(out, d->fraction, 7);
	out[width > 7 ? 7 : width] = '\0';
}

static void
put_zone(char *out, size_t width)
{
	static const char *const zones[] = {"+0", "+00", "+00:00"};

	(void)snprintf(out, TOKEN_MAX, "%s", zones[width > 3 ? 2 : width - 1]);
}

/* One run of a token letter; out is left empty for other letters. */
static void
put_token(char *out, char c, size_t width, const struct date *d)
{
	int64_t weekday =
	    (days_of(d) + DAYS_1601 + 1) % 7; /* 0001-01-01: Mon */
	size_t two = width > 2 ? 2 : width;

	out[0] = '\0';
	if (c == 'y')
		put_year(out, d, width);
	else if (c == 'M' && width > 2)
		put_name(out, month_names[d->month - 1], width);
	else if (c == 'M')
		put_number(out, d->month, two);
	else if (c == 'd' && width > 2)
		put_name(out, day_names[weekday], width);
	else if (c == 'd')
		put_number(out, d->day, two);
	else if (c == 'H')
		put_number(out, d->hour, two);
	else if (c == 'h')
		put_number(out, d->hour % 12 == 0 ? 12 : d->hour % 12, two);
	else if (c == 'm')
		put_number(out, d->minute, two);
	else if (c == 's')
		put_number(out, d->second, two);
	else if (c == 'f')
		put_fraction(out, d, width);
	else if (c == 't')
		(void)snprintf(out, TOKEN_MAX, width == 1 ? "%.1s" : "%s",
		    d->hour < 12 ? "AM" : "PM");
	else if (c == 'z')
		put_zone(out, width);
}

/* What one place of the format gives, and how much of it is used up. */
static size_t
format_step(struct text f, size_t i, const struct date *d, char *out,
    struct text *literal)
{
	size_t width = 1;
	const char *end;

	*literal = (struct text){f.data + i, 1};
	out[0] = '\0';
	if (f.data[i] == '\\' && i + 1 < f.len) {
		literal->data++;
		return 2;
	}
	if (f.data[i] == '\'') {
		end = memchr(f.data + i + 1, '\'', f.len - i - 1);
		width =
		    end == NULL ? f.len - i : (size_t)(end - f.data) - i + 1;
		*literal = (struct text){
		    f.data + i + 1, width - (end == NULL ? 1 : 2)};
		return width;
	}
	while (i + width < f.len && f.data[i + width] == f.data[i])
		width++;
	put_token(out, f.data[i], width, d);
	if (out[0] == '\0')
		literal->len = width;
	return width;
}

int
fn_format_date_time(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct text f = args[1].text, literal;
	struct date d;
	char token[TOKEN_MAX];
	size_t len = 0;
	char *p;

	(void)n;
	if (!date_of(args[0].number, &d))
		return run_bad(
		    r, "not-a-date", 0, "outside of the years 1 to 9999");
	if (f.len > 4096)
		return run_bad(r, "limit", 1, "a format over 4096 bytes");
	if ((p = run_bytes(r, f.len * TOKEN_MAX)) == NULL)
		return run_nomem(r);
	for (size_t i = 0; i < f.len;) {
		i += format_step(f, i, &d, token, &literal);
		if (token[0] != '\0')
			literal = text_of(token);
		memcpy(p + len, literal.data, literal.len);
		len += literal.len;
	}
	*out = make_string((struct text){p, len});
	return 0;
}

#include "tenant/throttle.h"

#include "base/clock.h"

#define FAULTS_MAX 16U

struct bucket {
	unsigned size, window_s;
	double level;
	int64_t at_ms;
};

struct throttle {
	struct bucket units, writes;
	struct fault faults[FAULTS_MAX];
	size_t nfaults;
	unsigned delay_ms;
	struct throttle_counts counts;
};

struct throttle *
throttle_new(void)
{
	return calloc(1, sizeof(struct throttle));
}

struct throttle *
throttle_free(struct throttle *t)
{
	free(t);
	return NULL;
}

static void
bucket_set(struct bucket *b, unsigned size, unsigned window_s)
{
	*b = (struct bucket){.size = size,
	    .window_s = window_s == 0 ? 1 : window_s,
	    .level = size,
	    .at_ms = clock_monotonic_ms()};
}

void
throttle_set(struct throttle *t, const struct throttle_limits *l)
{
	bucket_set(&t->units, l->units, l->units_s);
	bucket_set(&t->writes, l->writes, l->writes_s);
}

/* Seconds until n can be taken; 0: they are taken. */
static int
bucket_take(struct bucket *b, unsigned n)
{
	int64_t now = clock_monotonic_ms();
	double rate = (double)b->size / b->window_s;
	double wait;

	if (b->size == 0 || n == 0)
		return 0;
	b->level += rate * (double)(now - b->at_ms) / 1000.0;
	b->at_ms = now;
	if (b->level > b->size)
		b->level = b->size;
	if (b->level >= n) {
		b->level -= n;
		return 0;
	}
	wait = (n - b->level) / rate;
	return wait < 1.0 ? 1 : (int)(wait + 0.999);
}

static int
parse_rate(struct text in, unsigned *out_n, unsigned *out_s)
{
	const char *slash = memchr(in.data, '/', in.len);
	int64_t n, s = 1;
	size_t head = slash == NULL ? in.len : (size_t)(slash - in.data);

	if (text_to_int64((struct text){in.data, head}, &n) != 0 || n < 0 ||
	    n > 1000000)
		return ERR_SYNTAX;
	if (slash != NULL &&
	    (text_to_int64((struct text){slash + 1, in.len - head - 1}, &s) !=
		    0 ||
		s < 1 || s > 86400))
		return ERR_SYNTAX;
	*out_n = (unsigned)n;
	*out_s = (unsigned)s;
	return 0;
}

int
throttle_parse(struct text in, struct throttle_limits *out_l, struct err *e)
{
	struct throttle_limits l = {0};
	size_t from = 0;

	for (size_t i = 0; i <= in.len; i++) {
		struct text part = {in.data + from, i - from};
		int r;

		if (i < in.len && in.data[i] != ',')
			continue;
		from = i + 1;
		if (text_is(part, "off"))
			r = 0;
		else if (text_starts_nocase(part, "units="))
			r = parse_rate(
			    (struct text){part.data + 6, part.len - 6},
			    &l.units, &l.units_s);
		else if (text_starts_nocase(part, "writes="))
			r = parse_rate(
			    (struct text){part.data + 7, part.len - 7},
			    &l.writes, &l.writes_s);
		else
			r = ERR_SYNTAX;
		if (r != 0)
			return err_set(e, ERR_SYNTAX,
			    "throttle \"%.*s\": not units=N/SECONDS, "
			    "writes=N/SECONDS or off",
			    TEXT_ARGS(part));
	}
	*out_l = l;
	return 0;
}

/* Resource units of a call. */
static unsigned
cost_of(const struct gcall *c)
{
	bool get = text_is(text_of(c->method), "GET");
	struct text first = gcall_segment(c, 0), third = gcall_segment(c, 2);
	const struct url_option *top = url_option(&c->url, "top");
	int64_t n = 0;
	int cost = 1;

	if ((get && text_is_nocase(third, "members")) ||
	    text_ends_nocase(gcall_segment(c, 1), "getByIds"))
		cost = 3;
	else if (get && (text_is_nocase(third, "memberOf") ||
			    text_is_nocase(first, "users")))
		cost = 2;
	cost -= url_option(&c->url, "select") != NULL;
	cost += url_option(&c->url, "expand") != NULL;
	cost -= top != NULL && text_to_int64(top->value, &n) == 0 && n < 20;
	return cost < 1 ? 1 : (unsigned)cost;
}

static int
too_many(struct gcall *c, int wait_s, const char *which)
{
	const struct refusal r = {429, "TooManyRequests", NULL, NULL};

	c->t->throttle->counts.throttled++;
	c->retry_after_s = wait_s;
	c->throttle_info = which;
	return gcall_refuse(c, &r, "Too many requests.");
}

static bool
fault_fits(const struct fault *f, const char *method, const char *target)
{
	return (f->method[0] == '\0' ||
		   text_is_nocase(text_of(method), f->method)) &&
	       (f->path[0] == '\0' || strstr(target, f->path) != NULL);
}

static struct fault
fault_next(
    struct throttle *t, bool item, const char *method, const char *target)
{
	for (size_t i = 0; i < t->nfaults; i++) {
		struct fault *f = &t->faults[i];

		if (f->item != item || f->count == 0 ||
		    !fault_fits(f, method, target))
			continue;
		if (f->skip != 0) {
			f->skip--;
			continue;
		}
		f->count--;
		t->counts.faults++;
		return *f;
	}
	return (struct fault){0};
}

struct fault
throttle_fault(struct throttle *t, const char *method, const char *target)
{
	return fault_next(t, false, method, target);
}

void
throttle_fault_add(struct throttle *t, const struct fault *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->nfaults; i++)
		if (t->faults[i].count != 0)
			t->faults[kept++] = t->faults[i];
	t->nfaults = kept;
	if (kept < FAULTS_MAX)
		t->faults[t->nfaults++] = *f;
}

void
throttle_faults_clear(struct throttle *t)
{
	t->nfaults = 0;
	t->delay_ms = 0;
}

static int
item_fault(struct gcall *c)
{
	struct fault f;
	struct refusal r = {0, NULL, NULL, NULL};

	if (!c->in_batch)
		return 0;
	f = fault_next(
	    c->t->throttle, true, c->method, text_dup(c->a, c->url.path).data);
	if (f.kind != FAULT_STATUS)
		return 0;
	c->retry_after_s = f.retry_after_s;
	r.status = f.status;
	r.code = f.status == 429 ? "TooManyRequests" : "serviceNotAvailable";
	return gcall_refuse(c, &r, "A fault that a test asked for.");
}

int
throttle_check(struct gcall *c)
{
	struct throttle *t = c->t->throttle;
	bool write = !text_is(text_of(c->method), "GET");
	int wait;

	if (t == NULL || c->service)
		return 0;
	t->counts.items += c->in_batch;
	c->units = cost_of(c);
	wait = bucket_take(&t->units, c->units);
	if (wait != 0)
		return too_many(c, wait, "ResourceUnitLimitExceeded");
	wait = bucket_take(&t->writes, write ? 1 : 0);
	if (wait != 0)
		return too_many(c, wait, "WriteLimitExceeded");
	return item_fault(c);
}

unsigned
throttle_delay_ms(const struct throttle *t)
{
	return t->delay_ms;
}

void
throttle_delay_set(struct throttle *t, unsigned ms)
{
	t->delay_ms = ms;
}

struct throttle_counts
throttle_counts(const struct throttle *t)
{
	return t->counts;
}

void
throttle_count_request(struct throttle *t)
{
	t->counts.requests++;
}

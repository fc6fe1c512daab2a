/* expr/fn_replace.c -- functions that put other text in: padding, Replace(),
 * ReplaceChars()
 * (docs/engine/expressions.md 4.8). */
#include "expr/text_int.h"

#include "base/fold.h"

static int
pad(struct run *r, const struct expr_value *args, bool left,
    struct expr_value *out)
{
	uint32_t c = single_char(args[2].text);
	size_t len = units_count(args[0].text), one = args[2].text.len;
	size_t width = c >= 0x10000 ? 2 : 1, missing;
	char *p, *fill;

	if (c == 0)
		return run_bad(r, "invalid-argument", 2,
		    "one character to pad with is wanted");
	*out = args[0];
	if (args[1].number <= 0 || (uint64_t)args[1].number <= len)
		return 0;
	if (args[1].number > (int64_t)EXPR_MAX_OUTPUT)
		return run_bad(
		    r, "limit", 1, "padding to over %u", EXPR_MAX_OUTPUT);
	missing = ((size_t)args[1].number - len) / width;
	if ((p = run_bytes(r, args[0].text.len + missing * one)) == NULL)
		return run_nomem(r);
	fill = left ? p : p + args[0].text.len;
	if (args[0].text.len > 0)
		memcpy(left ? p + missing * one : p, args[0].text.data,
		    args[0].text.len);
	for (size_t i = 0; i < missing; i++)
		memcpy(fill + i * one, args[2].text.data, one);
	*out = make_string((struct text){p, args[0].text.len + missing * one});
	return 0;
}

int
fn_pad_left(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return pad(r, args, true, out);
}

int
fn_pad_right(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return pad(r, args, false, out);
}

/* \n, \r and \t stand for the control characters here, not in literals. */
static int
control_escapes(struct run *r, struct text in, struct text *out)
{
	static const char from[3] = {'n', 'r', 't'};
	static const char to[3] = {'\n', '\r', '\t'};
	char *p;
	size_t n = 0;

	*out = in;
	if (in.len == 0 || memchr(in.data, '\\', in.len) == NULL)
		return 0;
	if ((p = run_bytes(r, in.len)) == NULL)
		return run_nomem(r);
	for (size_t i = 0; i < in.len; i++) {
		const char *hit = NULL;

		if (in.data[i] == '\\' && i + 1 < in.len)
			hit = memchr(from, in.data[i + 1], sizeof(from));
		p[n] = in.data[i];
		if (hit != NULL)
			p[n] = to[hit - from];
		n++;
		i += hit != NULL;
	}
	*out = (struct text){p, n};
	return 0;
}

static size_t
count_hits(struct text t, struct text what)
{
	size_t n = 0;
	const char *hit;

	while (t.len > 0 &&
	       (hit = memmem(t.data, t.len, what.data, what.len)) != NULL) {
		n++;
		t = text_from(t, (size_t)(hit - t.data) + what.len);
	}
	return n;
}

static char *
append(char *p, struct text t)
{
	if (t.len > 0)
		memcpy(p, t.data, t.len);
	return p + t.len;
}

int
fn_replace(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct text t = args[0].text, old, new;
	size_t hits;
	const char *hit;
	char *p, *start;
	int rc;

	(void)n;
	if ((rc = control_escapes(r, args[1].text, &old)) < 0 ||
	    (rc = control_escapes(r, args[2].text, &new)) < 0)
		return rc;
	*out = args[0];
	hits = old.len == 0 ? 0 : count_hits(t, old);
	if (hits == 0)
		return 0;
	if (new.len > 0 && hits > EXPR_MAX_OUTPUT / new.len)
		return run_bad(r, "limit", 0, "over %u bytes", EXPR_MAX_OUTPUT);
	start = p = run_bytes(r, t.len - hits * old.len + hits * new.len);
	if (p == NULL)
		return run_nomem(r);
	while (hits-- > 0) {
		hit = memmem(t.data, t.len, old.data, old.len);
		p = append(p, (struct text){t.data, (size_t)(hit - t.data)});
		p = append(p, new);
		t = text_from(t, (size_t)(hit - t.data) + old.len);
	}
	p = append(p, t);
	*out = make_string((struct text){start, (size_t)(p - start)});
	return 0;
}

/* ---- ReplaceChars ---- */

struct swap {
	uint32_t from;
	struct text to;
};

/* The pattern without its blanks. */
static int
pattern_clean(struct run *r, struct text in, struct text *out)
{
	char *p = run_bytes(r, in.len);
	size_t pos = 0, n = 0;

	if (p == NULL)
		return run_nomem(r);
	while (pos < in.len) {
		uint32_t c = utf8_next(in, &pos);

		if (char_kind(c) != CHAR_BLANK)
			n += utf8_put(p + n, c);
	}
	*out = (struct text){p, n};
	return 0;
}

/* "x:yz" */
static bool
swap_parse(struct text part, struct swap *out)
{
	const char *colon =
	    part.len == 0 ? NULL : memchr(part.data, ':', part.len);

	if (colon == NULL)
		return false;
	out->from =
	    single_char((struct text){part.data, (size_t)(colon - part.data)});
	out->to = text_from(part, (size_t)(colon - part.data) + 1);
	return out->from != 0;
}

static int
pattern_parse(
    struct run *r, struct text pattern, struct swap **out, size_t *out_count)
{
	struct text t = {0};
	struct swap *swaps;
	size_t parts = 1, n = 0, start = 0;
	int rc = pattern_clean(r, pattern, &t);

	if (rc < 0 || t.len == 0)
		return rc;
	for (size_t i = 0; i < t.len; i++)
		parts += t.data[i] == ',';
	swaps = arena_array(r->arena, parts, sizeof(*swaps));
	if (swaps == NULL)
		return run_nomem(r);
	for (size_t i = 0; i <= t.len; i++) {
		struct text part = {t.data + start, i - start};

		if (i < t.len && t.data[i] != ',')
			continue;
		if (!swap_parse(part, &swaps[n++]))
			return run_bad(r, "invalid-argument", 1,
			    "\"%.*s\" in the pattern is not "
			    "like \"a:b\"",
			    TEXT_ARGS(part));
		start = i + 1;
	}
	*out = swaps;
	*out_count = n;
	return 0;
}

static const struct swap *
swap_find(const struct swap *swaps, size_t count, uint32_t c)
{
	for (size_t i = 0; i < count; i++)
		if (swaps[i].from == c)
			return &swaps[i];
	return NULL;
}

int
fn_replace_chars(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct text t = args[0].text;
	struct swap *swaps = NULL;
	size_t count = 0, pos = 0, size = 0;
	char *p, *start;
	int rc = pattern_parse(r, args[1].text, &swaps, &count);

	(void)n;
	if (rc < 0 ||
	    (rc = run_step(r, (uint32_t)(t.len / 64 * (count / 16 + 1)))) < 0)
		return rc;
	while (pos < t.len) {
		size_t before = pos;
		const struct swap *s =
		    swap_find(swaps, count, utf8_next(t, &pos));

		size += s == NULL ? pos - before : s->to.len;
	}
	if ((start = p = run_bytes(r, size)) == NULL)
		return run_nomem(r);
	for (pos = 0; pos < t.len;) {
		size_t before = pos;
		const struct swap *s =
		    swap_find(swaps, count, utf8_next(t, &pos));

		p = append(p,
		    s != NULL ? s->to
			      : (struct text){t.data + before, pos - before});
	}
	*out = make_string((struct text){start, size});
	return 0;
}

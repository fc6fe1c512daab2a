/* tests/unit/engine/golden_compare.c -- an expectation against what is there:
 * the order of lines does not matter, "..." leaves the rest open, what stands
 * in "(...)" at the end may be left out. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

#define WIDTH 56

/* A line of the expectation with those below it. */
struct wanted {
	const char *text;
	bool open; /* ends in "..." */
	bool met;
	struct wanted *below;
	size_t count;
	bool any_below; /* "..." is one of them */
};

struct wanted_list {
	struct wanted *list;
	size_t count;
	bool any;
};

/* One blank where there are several; without those at its ends. */
static char *
squeezed(struct arena *a, const char *s)
{
	char *out = arena_strndup(a, s, strlen(s));
	size_t n = 0;

	assert(out != NULL);
	for (; *s != '\0'; s++)
		if (*s != ' ' || (n > 0 && out[n - 1] != ' '))
			out[n++] = *s;
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return out;
}

static struct wanted
wanted_line(struct arena *a, const char *s)
{
	struct wanted w = {.text = squeezed(a, s)};
	size_t n = strlen(w.text);

	if (n > 3 && strcmp(w.text + n - 3, "...") == 0) {
		char *cut = arena_strndup(a, w.text, n - 3);

		assert(cut != NULL);
		w.open = true;
		w.text = squeezed(a, cut);
	}
	return w;
}

static void
want_below(struct arena *a, struct wanted *w, const char *s, size_t max)
{
	if (w->below == NULL)
		w->below = arena_array(a, max, sizeof(*w->below));
	assert(w->below != NULL);
	w->below[w->count++] = wanted_line(a, s);
}

static struct wanted_list
read_wanted(struct arena *a, const struct block *b)
{
	struct wanted_list out = {
	    .list = arena_array(a, b->count + 1, sizeof(*out.list))};
	struct wanted *last = NULL;

	assert(out.list != NULL);
	for (size_t i = 0; i < b->count; i++) {
		const char *s = b->lines[i];
		bool rest = strcmp(s + strspn(s, " "), "...") == 0;

		if (s[0] == ' ' && last != NULL && rest) {
			last->any_below = true;
		} else if (s[0] == ' ' && last != NULL) {
			want_below(a, last, s, b->count);
		} else if (rest) {
			out.any = true;
		} else if (strcmp(s, "nothing") != 0) {
			last = &out.list[out.count++];
			*last = wanted_line(a, s);
		}
	}
	return out;
}

static bool
line_fits(struct arena *a, const struct wanted *w, const struct seen *s)
{
	const char *plain = squeezed(a, s->text);
	const char *full =
	    squeezed(a, arena_printf(a, "%s (%s)", s->text, s->aside));

	if (w->open)
		return strncmp(full, w->text, strlen(w->text)) == 0;
	return strcmp(w->text, plain) == 0 ||
	       (s->aside[0] != '\0' && strcmp(w->text, full) == 0);
}

/* "title = nothing": no line begins with "title =" */
static bool
nothing_fits(struct arena *a, const struct wanted *w, const struct seen *s)
{
	size_t n = strlen(w->text);
	const char *end = " = nothing";
	size_t k = strlen(end);

	if (n <= k || strcmp(w->text + n - k, end) != 0)
		return false;
	n -= strlen("nothing");
	for (size_t i = 0; i < s->below_count; i++)
		if (strncmp(squeezed(a, s->below[i].text), w->text, n) == 0)
			return false;
	return true;
}

/* How many lines do not fit. */
static size_t
misfits(
    struct arena *a, const struct wanted *w, const struct seen *s, bool *taken)
{
	size_t bad = 0;

	if (w->count == 0 && !w->any_below && w->open)
		return 0;
	for (size_t i = 0; i < w->count; i++) {
		bool met = nothing_fits(a, &w->below[i], s);

		for (size_t k = 0; k < s->below_count && !met; k++)
			if (!taken[k] &&
			    line_fits(a, &w->below[i], &s->below[k]))
				met = taken[k] = true;
		w->below[i].met = met;
		bad += !met;
	}
	for (size_t k = 0; k < s->below_count && !w->any_below && !w->open; k++)
		bad += !taken[k];
	return bad;
}

/* ---- Both sides ---- */

static void
print_row(const char *mark, const char *want, const char *have)
{
	printf("# %s %-*s | %s\n", mark, WIDTH, want, have);
}

static void
print_below(struct arena *a, const struct wanted *w, const struct seen *s)
{
	bool *taken = arena_array(a, s->below_count + 1, sizeof(*taken));

	assert(taken != NULL);
	(void)misfits(a, w, s, taken);
	for (size_t i = 0; i < w->count; i++) {
		const char *line = arena_printf(a, "    %s", w->below[i].text);

		print_row(w->below[i].met ? " " : "-", line,
		    w->below[i].met ? line : "");
	}
	for (size_t k = 0; k < s->below_count; k++)
		if (!taken[k])
			print_row(w->any_below ? " " : "+",
			    w->any_below ? "    ..." : "",
			    arena_printf(a, "    %s  (%s)", s->below[k].text,
				s->below[k].aside));
}

static void
print_seen(struct arena *a, const struct seen *s)
{
	print_row("+", "", arena_printf(a, "%s  (%s)", s->text, s->aside));
	for (size_t k = 0; k < s->below_count; k++)
		print_row("+", "",
		    arena_printf(a, "    %s  (%s)", s->below[k].text,
			s->below[k].aside));
}

static void
print_both(struct arena *a, const struct block *b,
    const struct wanted_list *want, const struct seen_list *have,
    const size_t *pair)
{
	print_row(" ", arena_printf(a, "EXPECTED: %s", b->head), "ACTUAL");
	for (size_t i = 0; i < want->count; i++) {
		const struct wanted *w = &want->list[i];

		if (pair[i] < have->count) {
			print_row(" ", w->text, have->list[pair[i]].text);
			print_below(a, w, &have->list[pair[i]]);
			continue;
		}
		print_row("-", w->text, "");
		for (size_t k = 0; k < w->count; k++)
			print_row("-",
			    arena_printf(a, "    %s", w->below[k].text), "");
	}
	for (size_t k = 0; k < have->count; k++) {
		bool paired = false;

		for (size_t i = 0; i < want->count; i++)
			paired = paired || pair[i] == k;
		if (!paired && !want->any)
			print_seen(a, &have->list[k]);
	}
}

/* For each wanted line the one that fits best, of those not taken yet. */
static size_t
find_pair(struct arena *a, const struct wanted *w, const struct seen_list *have,
    const bool *used, size_t *out_bad)
{
	size_t best = have->count;

	*out_bad = SIZE_MAX;
	for (size_t k = 0; k < have->count; k++) {
		const struct seen *s = &have->list[k];
		bool *taken;
		size_t bad;

		if (used[k] || !line_fits(a, w, s))
			continue;
		taken = arena_array(a, s->below_count + 1, sizeof(*taken));
		assert(taken != NULL);
		bad = misfits(a, w, s, taken);
		if (bad < *out_bad) {
			*out_bad = bad;
			best = k;
		}
	}
	return best;
}

/* Lines whose values below are told only where somebody wants them. */
static bool
shows_below(const struct block *b)
{
	return strstr(b->head, " space is") == NULL &&
	       strstr(b->head, "rrors are") == NULL;
}

int
golden_compare(
    struct arena *a, const struct block *b, const struct seen_list *have)
{
	struct wanted_list want = read_wanted(a, b);
	size_t *pair = arena_array(a, want.count + 1, sizeof(*pair));
	bool *used = arena_array(a, have->count + 1, sizeof(*used));
	size_t wrong = 0, met = 0;

	assert(pair != NULL && used != NULL);
	if (strstr(b->head, "among others") != NULL)
		want.any = true;
	for (size_t i = 0; i < want.count; i++) {
		struct wanted *w = &want.list[i];
		size_t bad;

		if (w->count == 0 && !shows_below(b))
			w->any_below = true;
		pair[i] = find_pair(a, w, have, used, &bad);
		wrong += bad != 0;
		if (pair[i] < have->count) {
			used[pair[i]] = true;
			met++;
		}
	}
	if (!want.any)
		wrong += have->count - met;
	if (wrong != 0)
		print_both(a, b, &want, have, pair);
	return wrong != 0 ? -1 : 0;
}

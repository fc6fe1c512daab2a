/* cli/table.c -- rows of text in columns; see cli.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define CELL_MAX    4096U
#define CUT_COLUMNS 60U
#define GAP         "  "

struct table {
	size_t columns;
	const char *const *titles;
	struct arena *arena;
	char **cells;
	size_t count, size;
};

struct table *
table_new(const char *const *titles, size_t columns)
{
	struct table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->titles = titles;
	t->columns = columns;
	t->arena = arena_new(0);
	return t->arena != NULL ? t : table_free(t);
}

struct table *
table_free(struct table *t)
{
	if (t != NULL) {
		(void)arena_free(t->arena);
		free(
		    t->cells); // NOLINT(bugprone-multi-level-implicit-pointer-conversion)
		free(t);
	}
	return NULL;
}

/* What a terminal must not act on becomes '?'. */
static char *
harmless(char *s)
{
	for (char *p = s; p != NULL && *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return s;
}

static void
push(struct table *t, char *cell)
{
	if (t->count == t->size) {
		size_t size = t->size != 0 ? t->size * 2 : 256;
		char **cells =
		    realloc(t->cells, size * sizeof(*cells)); // NOLINT

		if (cells == NULL)
			return;
		t->cells = cells;
		t->size = size;
	}
	t->cells[t->count++] = cell;
}

void
table_cell(struct table *t, const char *fmt, ...)
{
	char text[CELL_MAX];
	va_list ap;

	if (t == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	push(t, harmless(arena_strdup(t->arena, text)));
}

void
table_text(struct table *t, struct text cell)
{
	size_t n = cell.len < CELL_MAX ? cell.len : CELL_MAX;

	if (t != NULL)
		push(t, harmless(arena_strndup(t->arena, cell.data, n)));
}

size_t
table_rows(const struct table *t)
{
	return t != NULL && t->columns != 0 ? t->count / t->columns : 0;
}

/* Columns on a terminal: one a code point, which is right for most. */
static size_t
width_of(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static const char *
cell_at(const struct table *t, size_t row, size_t col)
{
	const char *s = t->cells[row * t->columns + col];

	return s != NULL ? s : "";
}

static size_t
column_width(const struct table *t, size_t col)
{
	size_t widest =
	    width_of(t->titles[col] + (t->titles[col][0] == '>' ? 1 : 0));

	for (size_t row = 0; row < table_rows(t); row++) {
		size_t w = width_of(cell_at(t, row, col));

		if (w > widest)
			widest = w;
	}
	return widest < CUT_COLUMNS ? widest : CUT_COLUMNS;
}

/* Writes at most max columns of s; longer text ends in "...". */
static void
put_cut(const char *s, size_t max, FILE *out)
{
	size_t w = width_of(s), n = 0;
	size_t keep = w > max ? max - 3 : w;

	for (; *s != '\0'; s++) {
		if (((unsigned char)*s & 0xc0) != 0x80 && n++ == keep)
			break;
		(void)fputc(*s, out);
	}
	if (w > max)
		(void)fputs("...", out);
}

static void
print_row(
    const struct table *t, const size_t *width, const char **row, FILE *out)
{
	for (size_t col = 0; col < t->columns; col++) {
		bool last = col + 1 == t->columns;
		bool right = t->titles[col][0] == '>';
		size_t w = width_of(row[col]);
		int pad = w < width[col] ? (int)(width[col] - w) : 0;

		if (right)
			(void)fprintf(out, "%*s", pad, "");
		if (last)
			(void)fputs(row[col], out);
		else
			put_cut(row[col], width[col], out);
		if (!last)
			(void)fprintf(out, "%*s%s", right ? 0 : pad, "", GAP);
	}
	(void)fputc('\n', out);
}

void
table_print(const struct table *t, FILE *out)
{
	size_t width[16];
	const char *row[16];

	if (t == NULL || t->columns > 16)
		return;
	for (size_t col = 0; col < t->columns; col++) {
		width[col] = column_width(t, col);
		row[col] = t->titles[col] + (t->titles[col][0] == '>' ? 1 : 0);
	}
	print_row(t, width, row, out);
	for (size_t i = 0; i < table_rows(t); i++) {
		for (size_t col = 0; col < t->columns; col++)
			row[col] = cell_at(t, i, col);
		print_row(t, width, row, out);
	}
}

/* tests/unit/expr/test_golden.c -- every row of the tables named: expression,
 * inputs, expected result and what it shows, separated by tabs. */
#include <stdio.h>
#include <string.h>

#include "golden.h"

struct row {
	struct text column[4];
};

static bool
row_split(struct text line, struct row *out)
{
	for (int i = 0; i < 4; i++) {
		const char *tab = memchr(line.data, '\t', line.len);
		size_t n = tab == NULL ? line.len : (size_t)(tab - line.data);

		out->column[i] = (struct text){line.data, n};
		if (tab == NULL && i < 3)
			return false;
		line = tab == NULL ? (struct text){0}
				   : (struct text){tab + 1, line.len - n - 1};
	}
	return out->column[3].len > 0;
}

#define STARVED_MAX 400U

static int
compile_and_run(const struct row *row, struct golden *g, struct arena *a,
    struct expr_value *v, struct err *e)
{
	struct expr_scope scope = {.names = g->names};
	const struct expr *x;
	int r = expr_compile(&scope, row->column[0], a, &x, NULL, e);

	return r < 0 ? r : expr_run(x, &g->input, a, v, NULL, e);
}

/* The row with every allocation failing once: then the answer is ERR_NOMEM,
 * and never a value or another error.  Empty when it holds. */
static const char *
run_starved(struct arena *out, const struct row *row, struct golden *g)
{
	for (unsigned n = 1; n < STARVED_MAX; n++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		struct expr_value v = {0};
		struct err e = {0};
		int r;

		if (a == NULL)
			return "no memory for the test";
		arena_fail_nth(a, n);
		r = compile_and_run(row, g, a, &v, &e);
		if (!arena_failed(a))
			return "";
		if (r != ERR_NOMEM)
			return arena_printf(out,
			    "allocation %u fails and it says %d %s", n, r,
			    e.text);
	}
	return "more allocations than the test tries";
}

/* Empty when the row holds, else why not; in a. */
static const char *
run_row(struct arena *a, const struct row *row)
{
	CLEANUP(names_freep)
	struct names *names = names_new();
	CLEANUP(json_freep)
	struct json *in = NULL;
	CLEANUP(json_freep)
	struct json *expected = NULL;
	struct golden g = {.arena = a, .names = names};
	struct expr_value v = {0};
	struct err e = {0};
	const char *why;
	int r;

	if (json_parse(row->column[1], 1U << 20, &in, &e) < 0 ||
	    json_parse(row->column[2], 1U << 20, &expected, &e) < 0 ||
	    golden_input(&g, in) < 0)
		return arena_printf(a, "the row cannot be read: %s", e.text);
	r = compile_and_run(row, &g, a, &v, &e);
	why = golden_differs(&g, expected, r, &e, &v);
	return why[0] != '\0' ? why : run_starved(a, row, &g);
}

static int
run_table(const char *path, int *n)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(64U << 20);
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int number = 0;

	if (f == NULL || a == NULL)
		return -1;
	while ((len = getline(&line, &size, f)) > 0) {
		struct text t = {line, (size_t)len - (line[len - 1] == '\n')};
		struct row row;
		const char *why = "not four columns";

		number++;
		if (t.len == 0 || t.data[0] == '#')
			continue;
		if (row_split(t, &row))
			why = run_row(a, &row);
		(void)printf("%s %d - %s:%d%s%s\n",
		    why[0] == '\0' ? "ok" : "not ok", ++*n,
		    strrchr(path, '/') + 1, number,
		    why[0] == '\0' ? "" : " gives ", why);
		arena_reset(a);
	}
	free(line);
	return fclose(f);
}

int
main(int argc, char **argv)
{
	int n = 0;

	for (int i = 1; i < argc; i++)
		if (run_table(argv[i], &n) < 0)
			return 1;
	(void)printf("1..%d\n", n);
	return 0;
}

/* tests/unit/engine/test_golden.c -- runs text files of cases, see
 * tests/golden/engine/README.md.
 *
 *   test_engine_golden FILE... [-- PART]   PART: of a case's title
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

static unsigned tests, failures;

/* true: all as expected */
static bool
run_block(struct world *w, const struct block *b)
{
	struct seen_list have = {0};
	struct block said = *b;
	char text[] = "as said";
	char *as_said[] = {text};

	if (world_declare(w, b) || world_step(w, b))
		return true;
	if (!world_see(w, b, &have))
		golden_bad(w->path, b->line, "what is \"%s\"?", b->head);
	if (strncmp(b->head, "Result is: ", 11) == 0 ||
	    strncmp(b->head, "Refused: ", 9) == 0) {
		said.lines = as_said;
		said.count = 1;
	}
	if (golden_compare(w->arena, &said, &have) == 0)
		return true;
	printf("# %s:%d\n", w->path, b->line);
	return false;
}

static void
run_case(const struct golden *g, const struct golden_case *c)
{
	struct world *w = world_new(g->path);
	const char *name = strrchr(g->path, '/');
	bool ok = true;

	for (size_t i = 0; i < c->count && ok; i++)
		ok = run_block(w, &c->blocks[i]);
	if (ok && w->unsaid != NULL) {
		printf("# %s:%d: ended with \"%s\"\n", g->path, c->line,
		    w->unsaid);
		ok = false;
	}
	tests++;
	failures += !ok;
	printf("%s %u - %s: %s\n", ok ? "ok" : "not ok", tests,
	    name != NULL ? name + 1 : g->path, c->title);
	(void)world_free(w);
}

int
main(int argc, char **argv)
{
	const char *part = "";
	int n = argc;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0) {
			n = i;
			part = i + 1 < argc ? argv[i + 1] : "";
		}
	for (int i = 1; i < n; i++) {
		struct golden *g = golden_read(argv[i]);

		for (size_t k = 0; k < g->count; k++)
			if (strstr(g->cases[k].title, part) != NULL)
				run_case(g, &g->cases[k]);
		(void)golden_free(g);
	}
	printf("1..%u\n", tests);
	return failures != 0;
}

/* tests/unit/engine/golden_read.c -- the text to cases and blocks. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

#define MAX_BLOCKS 200
#define MAX_LINES  512
#define MAX_CASES  512
#define MAX_LINE   4096

void
golden_bad(const char *path, int line, const char *fmt, ...)
{
	va_list ap;

	printf("Bail out! %s:%d: ", path, line);
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	exit(1); // NOLINT(concurrency-mt-unsafe): a test of one thread
}

struct reading {
	struct golden *g;
	struct block *block; /* the one that lines go to */
	struct golden_case *at;
	struct block common[64];
	size_t common_count;
	int line;
};

static void
begin_block(struct reading *r, const char *head)
{
	struct block *b;

	if (r->at == NULL) {
		if (r->common_count == 64)
			golden_bad(r->g->path, r->line, "too many blocks");
		b = &r->common[r->common_count++];
	} else {
		if (r->at->count == MAX_BLOCKS)
			golden_bad(r->g->path, r->line, "too many blocks");
		b = &r->at->blocks[r->at->count++];
	}
	*b = (struct block){.line = r->line};
	b->head = arena_strndup(r->g->arena, head, strlen(head));
	b->lines = arena_array(r->g->arena, MAX_LINES, sizeof(char *));
	b->numbers = arena_array(r->g->arena, MAX_LINES, sizeof(int));
	assert(b->head != NULL && b->lines != NULL && b->numbers != NULL);
	r->block = b;
}

static void
begin_case(struct reading *r, const char *title)
{
	struct golden *g = r->g;

	if (g->count == MAX_CASES)
		golden_bad(g->path, r->line, "too many cases");
	r->at = &g->cases[g->count++];
	*r->at = (struct golden_case){.line = r->line};
	r->at->title = arena_strndup(g->arena, title, strlen(title));
	r->at->blocks = calloc(MAX_BLOCKS, sizeof(*r->at->blocks));
	assert(r->at->title != NULL && r->at->blocks != NULL);
	memcpy(r->at->blocks, r->common,
	    r->common_count * sizeof(r->at->blocks[0]));
	r->at->count = r->common_count;
	r->block = NULL;
}

static void
take_line(struct reading *r, char *line)
{
	size_t n = strlen(line);
	struct block *b;

	while (n > 0 && strchr(" \t\r\n", line[n - 1]) != NULL)
		line[--n] = '\0';
	if (n == 0 || line[0] == '#')
		return;
	if (strncmp(line, "Case: ", 6) == 0) {
		begin_case(r, line + 6);
		return;
	}
	if (line[0] != ' ') {
		begin_block(r, line);
		return;
	}
	b = r->block;
	if (b == NULL || b->count == MAX_LINES)
		golden_bad(r->g->path, r->line, "a line without a head");
	b->lines[b->count] = arena_strndup(r->g->arena, line, n);
	assert(b->lines[b->count] != NULL);
	b->numbers[b->count++] = r->line;
}

/* The blanks that all lines of a block begin with. */
static void
dedent(struct block *b)
{
	size_t least = MAX_LINE;

	for (size_t i = 0; i < b->count; i++) {
		size_t n = strspn(b->lines[i], " ");

		least = n < least ? n : least;
	}
	for (size_t i = 0; i < b->count; i++)
		b->lines[i] += least;
}

struct golden *
golden_read(const char *path)
{
	struct reading r = {0};
	char line[MAX_LINE];
	FILE *f = fopen(path, "re");

	r.g = calloc(1, sizeof(*r.g));
	assert(r.g != NULL);
	r.g->path = path;
	r.g->arena = arena_new(0);
	r.g->cases = calloc(MAX_CASES, sizeof(*r.g->cases));
	assert(r.g->arena != NULL && r.g->cases != NULL);
	if (f == NULL)
		golden_bad(path, 0, "cannot be read");
	while (fgets(line, sizeof(line), f) != NULL) {
		r.line++;
		take_line(&r, line);
	}
	(void)fclose(f);
	for (size_t i = 0; i < r.g->count; i++)
		for (size_t k = i == 0 ? 0 : r.common_count;
		     k < r.g->cases[i].count; k++)
			dedent(&r.g->cases[i].blocks[k]);
	for (size_t i = 1; i < r.g->count; i++)
		memcpy(r.g->cases[i].blocks, r.g->cases[0].blocks,
		    r.common_count * sizeof(struct block));
	return r.g;
}

struct golden *
golden_free(struct golden *g)
{
	for (size_t i = 0; i < g->count; i++)
		free(g->cases[i].blocks);
	free(g->cases);
	g->arena = arena_free(g->arena);
	free(g);
	return NULL;
}

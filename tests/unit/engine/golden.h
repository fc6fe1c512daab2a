/* tests/unit/engine/golden.h -- text files that say what the directories hold,
 * what runs, and what is expected: read, run, shown side by side.  The form is
 * described in tests/golden/engine/README.md. */
#ifndef TESTS_UNIT_ENGINE_GOLDEN_H
#define TESTS_UNIT_ENGINE_GOLDEN_H

#include "engine/engine.h"
#include "fake.h"
#include "rules/ruleset.h"

#define GOLDEN_DIRS 8

/* A line that is not indented, and the indented ones below it. */
struct block {
	char *head;
	int line;
	char **lines; /* without the indentation they share */
	int *numbers;
	size_t count;
};

/* Blocks before the first "Case:" belong to every case of the file. */
struct golden_case {
	char *title;
	int line;
	struct block *blocks;
	size_t count;
};

struct golden {
	const char *path;
	struct arena *arena;
	struct golden_case *cases;
	size_t count;
};

/* A text that does not have the form ends the program, naming the line. */
struct golden *golden_read(const char *path);
struct golden *golden_free(struct golden *g);
_Noreturn void golden_bad(const char *path, int line, const char *fmt, ...)
    PRINTF(3, 4);

/* ---- What a case runs in ---- */

struct world {
	const char *path;
	struct arena *arena;
	struct store *store;
	struct names *names;
	struct fake *dirs[GOLDEN_DIRS];
	struct engine_connector connectors[GOLDEN_DIRS];
	struct schema *schemas[GOLDEN_DIRS];
	const char *parameters[GOLDEN_DIRS]; /* YAML */
	size_t count;
	struct schema *common; /* "Attributes" */
	struct buf metaverse;  /* YAML: those that the built-in schema lacks */
	struct buf rules;      /* YAML */
	struct buf settings;   /* YAML: parameters for all */
	struct conf *conf;
	struct ruleset set;
	struct plan_connector planned[GOLDEN_DIRS];
	struct plan *plan;
	struct engine *engine;
	struct engine_report run; /* the last */
	const struct step_record *last;
	const char *unsaid; /* a result that no "Result is:" named */
	struct buf problems;
	bool refused;
};

struct world *world_new(const char *path);
struct world *world_free(struct world *w);
/* "Connector", "Attributes", "Rules", "Parameters": true where b is one. */
bool world_declare(struct world *w, const struct block *b);
/* Makes the engine where there is none. */
void world_start(struct world *w, int line);
void world_stop(struct world *w);
size_t world_dir(const struct world *w, const char *name, int line);
uint32_t world_name(const struct world *w, const char *s);

/* Directories change, profiles run, time passes: true where b is a step. */
bool world_step(struct world *w, const struct block *b);

/* ---- What is seen ---- */

/* One line, with what may be left out of an expectation behind it. */
struct seen {
	const char *text;
	const char *aside; /* "" or the rule */
	struct seen *below;
	size_t below_count;
};

struct seen_list {
	struct seen *list;
	size_t count;
};

/* True where b is an expectation; out is what is there. */
bool world_see(struct world *w, const struct block *b, struct seen_list *out);

/* 0, or prints both sides. */
int golden_compare(
    struct arena *a, const struct block *b, const struct seen_list *have);

#endif /* TESTS_UNIT_ENGINE_GOLDEN_H */

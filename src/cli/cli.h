/*
 * cli/cli.h -- what the commands of `causeway` share.
 *
 * Purpose:   a table of commands, their options, output for people and for
 *            programs, and exit codes.
 * Touches:   standard output (results alone), standard error (messages).
 * Ownership: everything made for a command lives in cli->arena and is gone
 *            when it ends.
 * Errors:    a command returns an exit code; cli_fail() turns an error into
 *            one and says it.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

#include "base/buf.h"
#include "codec/json.h"

enum cli_exit {
	CLI_OK = 0,
	CLI_ERROR = 1,
	CLI_USAGE = 2,
	CLI_OBJECT_ERRORS = 3, /* finished, with errors on objects */
	CLI_GUARD = 4,         /* stopped by a guard */
	CLI_REFUSED = 5,       /* staging, lock */
	CLI_DOWNGRADE = 6,     /* the store is newer than this program */
};

struct cli {
	struct arena *arena;
	const char *config; /* --config, or NULL */
	const char *log;    /* --log, or NULL */
	const char *store;  /* --store, or NULL */
	bool json;
	bool quiet;
	bool dry_run;
	const struct cli_command *command;
};

enum cli_option_kind {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_NUMBER
};

struct cli_option {
	const char *name; /* without the dashes */
	enum cli_option_kind kind;
	void *out;         /* bool *, const char **, int64_t * */
	const char *value; /* what it is called in the help, or NULL */
	const char *help;
};

struct cli_command {
	const char *name; /* "run", "cs search" */
	const char *args; /* "CONNECTOR PROFILE" */
	const char *summary;
	const char *detail; /* paragraphs for --help, or NULL */
	int min_args, max_args;
	const struct cli_option *options;
	size_t option_count;
	int (*run)(struct cli *c, char **args, int count);
};

/* Runs the command that argv names; the program's exit code. */
int cli_main(int argc, char **argv);

/* Every command, ends in a NULL name. */
extern const struct cli_command *const cli_commands[];

/* ---- Options (options.c) ---- */

/* Takes the options out of argv, leaving the arguments at its start; returns
 * their count, or -1 after a usage message.  *help is set by --help. */
int cli_options(struct cli *c, const struct cli_command *cmd, int argc,
    char **argv, bool *help);
void cli_help(const struct cli_command *cmd);
void cli_help_all(void);

/* ---- Messages (out.c) ---- */

/* "causeway: text" on standard error. */
void cli_say(const char *fmt, ...) PRINTF(1, 2);

/* Says the error and gives the exit code for its class; with --json an
 * {"error": ...} document as well. */
int cli_fail(const struct cli *c, const struct err *e);
int cli_exit_of(int code);
int cli_usage(const struct cli *c, const char *fmt, ...) PRINTF(2, 3);

/* Prints and frees root: the one document of --json. */
int cli_print_json(struct json *root);

/* ---- Files (input.c) ---- */

/* All of a file, or with "-" of standard input, up to what b may hold.
 * ERR_NOENT, ERR_IO, ERR_LIMIT, ERR_NOMEM. */
int cli_read_file(const char *path, struct buf *b, struct err *e) MUST_CHECK;

/* ---- Tables (table.c) ---- */

struct table;

/* Columns by title; a title that begins with '>' is right-aligned. */
struct table *table_new(const char *const *titles, size_t columns);
struct table *table_free(struct table *t);
DEFINE_CLEANUP(table, table_free);

/* One cell after the other; a row is full after `columns` of them. */
void table_cell(struct table *t, const char *fmt, ...) PRINTF(2, 3);
void table_text(struct table *t, struct text cell);
size_t table_rows(const struct table *t);

/* Widths follow the content; cells longer than 60 columns are cut with "..."
 * unless the last.  Control bytes are shown as '?'. */
void table_print(const struct table *t, FILE *out);

/* The end of a command that lists: where r is 0 prints rows, the document of
 * --json, or where that is NULL the table.  Frees rows; returns r, or ERR_IO.
 */
int cli_print_list(int r, struct json *rows, const struct table *t) MUST_CHECK;

/* A count with blanks at the thousands, for people: "12 345". */
const char *cli_count(uint64_t n, char out[static 32]);
/* "3.2 s", "1 min 04 s". */
const char *cli_duration(int64_t ms, char out[static 32]);

#endif /* CLI_CLI_H */

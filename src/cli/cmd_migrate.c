/* cli/cmd_migrate.c -- `causeway migrate analyze`: what an old server was, and
 * what becomes of it. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/commands.h"
#include "migrate/analysis.h"

static int64_t opt_objects = -1;
static const char *opt_html;
static bool opt_no_measure;

/* Replaces what is there: a report is made again. */
static int
write_html(const struct analysis *x, struct err *e)
{
	struct buf b;
	FILE *f;
	int rc;

	buf_init(&b, 64U << 20);
	report_analysis_html(x, &b);
	rc = buf_error(&b);
	f = rc < 0 ? NULL : fopen(opt_html, "we");
	if (f == NULL)
		rc = err_set(e, rc < 0 ? rc : -errno,
		    "%s: it cannot be written", opt_html);
	else if (fwrite(buf_text(&b).data, 1, b.len, f) != b.len)
		rc = err_set(e, ERR_IO, "%s: it cannot be written", opt_html);
	if (f != NULL && fclose(f) != 0 && rc == 0)
		rc = err_set(e, ERR_IO, "%s: it cannot be written", opt_html);
	buf_clear(&b);
	return rc;
}

static int
print_text(const struct cli *c, const struct analysis *x)
{
	struct buf b;
	int rc;

	if (c->quiet)
		return CLI_OK;
	buf_init(&b, 64U << 20);
	report_analysis_text(x, &b);
	rc = buf_error(&b);
	if (rc == 0)
		(void)fwrite(buf_text(&b).data, 1, b.len, stdout);
	buf_clear(&b);
	return rc < 0 ? CLI_ERROR : CLI_OK;
}

static int
do_analyze(struct cli *c, char **args, int count)
{
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct legacy source = {0};
	struct analysis x;
	struct analysis_options how = {
	    .objects = opt_objects, .measure = !opt_no_measure};
	struct err e = {0};
	int rc = names == NULL ? err_set(&e, ERR_NOMEM, "out of memory") : 0;

	(void)count;
	if (rc == 0)
		rc = legacy_open(args[0], names, c->arena, &source, &e);
	if (rc == 0)
		rc = analyze(&source, &how, names, c->arena, &x, &e);
	if (rc == 0 && opt_html != NULL)
		rc = write_html(&x, &e);
	if (rc < 0)
		rc = cli_fail(c, &e);
	else if (c->json)
		rc = cli_print_json(report_analysis_json(&x));
	else
		rc = print_text(c, &x);
	legacy_clear(&source);
	return rc;
}

static const struct cli_option options[] = {
    {"objects", OPTION_NUMBER, &opt_objects, "N",
	"users, contacts and groups of the old server, where the source does "
	"not say it"},
    {"html", OPTION_TEXT, &opt_html, "FILE",
	"write the report as one page for a manager"},
    {"no-measure", OPTION_FLAG, &opt_no_measure, NULL,
	"do not measure how long it takes here"},
};

const struct cli_command cmd_migrate_analyze = {
    .name = "migrate analyze",
    .args = "SOURCE",
    .summary = "what an old server was, and what becomes of it",
    .detail =
	"SOURCE is what was exported of it: a server's configuration (a "
	"folder), settings as JSON,\nthe XML of FIM, MIM or DirSync, or a rule "
	"editor's script; as a folder, a file, or a zip\nor tar of it.  It is "
	"known by what is in it.  Nothing is changed anywhere.",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = do_analyze,
};

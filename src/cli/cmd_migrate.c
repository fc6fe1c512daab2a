/* cli/cmd_migrate.c -- `causeway migrate analyze`: what an old server was, and
 * what becomes of it. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/session.h"
#include "migrate/analysis.h"
#include "migrate/directories.h"
#include "migrate/hidden.h"

static int64_t opt_objects = -1;
static const char *opt_html;
static bool opt_no_measure;
static bool opt_from_directories;

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
print_buf(const struct cli *c, struct buf *b)
{
	struct buf shown;
	int rc;

	buf_init(&shown, 128U << 20);
	hidden_show(&shown, buf_text(b));
	rc = buf_error(b) < 0 ? buf_error(b) : buf_error(&shown);
	if (rc == 0 && !c->quiet)
		(void)fwrite(buf_text(&shown).data, 1, shown.len, stdout);
	buf_clear(&shown);
	buf_clear(b);
	return rc < 0 ? CLI_ERROR : CLI_OK;
}

/* ---- From directories alone, or beside a source ---- */

struct look {
	struct session session;
	struct picture picture;
	bool done;
};

static int
look(struct cli *c, struct look *l, struct err *e)
{
	int rc = session_open(&l->session, c, SETUP_READ, false, e);

	l->done = true;
	if (rc < 0)
		session_say_problems(&l->session);
	return rc < 0 ? rc
		      : directories_look(
			    &l->session.setup, c->arena, &l->picture, e);
}

static int
print_look(const struct cli *c, const struct look *l)
{
	struct buf b;

	if (c->json)
		return cli_print_json(
		    report_picture_document(&l->session.setup, &l->picture));
	buf_init(&b, 64U << 20);
	report_picture_text(&l->picture, &b);
	return print_buf(c, &b);
}

/* ---- A source ---- */

static int
print_analysis(
    const struct cli *c, const struct analysis *x, const struct look *l)
{
	struct json *j;
	struct buf b;

	if (c->json) {
		j = report_analysis_json(x);
		if (l->done)
			json_set(
			    j, "directories", report_picture_json(&l->picture));
		return cli_print_json(j);
	}
	buf_init(&b, 64U << 20);
	report_analysis_text(x, &b);
	if (l->done) {
		buf_putc(&b, '\n');
		report_picture_text(&l->picture, &b);
	}
	return print_buf(c, &b);
}

static int
analyze_source(struct cli *c, const char *path, const struct look *l)
{
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct legacy source = {0};
	struct analysis x;
	struct analysis_options how = {
	    .objects = opt_objects, .measure = !opt_no_measure};
	struct err e = {0};
	int rc = names == NULL ? err_set(&e, ERR_NOMEM, "out of memory") : 0;

	if (l->done && opt_objects < 0)
		how.objects = (int64_t)l->picture.directory;
	if (rc == 0)
		rc = legacy_open(path, names, c->arena, &source, &e);
	if (rc == 0)
		rc = analyze(&source, &how, names, c->arena, &x, &e);
	if (rc == 0 && opt_html != NULL)
		rc = write_html(&x, &e);
	rc = rc < 0 ? cli_fail(c, &e) : print_analysis(c, &x, l);
	legacy_clear(&source);
	return rc;
}

static int
do_analyze(struct cli *c, char **args, int count)
{
	struct look l = {.done = false};
	struct err e = {0};
	int rc = 0;

	if (count == 0 && !opt_from_directories)
		return cli_usage(
		    c, "migrate analyze needs a SOURCE, or --from-directories");
	if (opt_from_directories)
		rc = look(c, &l, &e);
	if (rc < 0)
		rc = cli_fail(c, &e);
	else if (count == 0)
		rc = print_look(c, &l);
	else
		rc = analyze_source(c, args[0], &l);
	if (l.done)
		session_close(&l.session);
	return rc;
}

static const struct cli_option options[] = {
    {"objects", OPTION_NUMBER, &opt_objects, "N",
	"users, contacts and groups of the old server, where the source does "
	"not say it"},
    {"from-directories", OPTION_FLAG, &opt_from_directories, NULL,
	"read the directories and the cloud of the configuration, and say who "
	"is whom; without SOURCE where there is no export"},
    {"html", OPTION_TEXT, &opt_html, "FILE",
	"write the report as one page for a manager"},
    {"no-measure", OPTION_FLAG, &opt_no_measure, NULL,
	"do not measure how long it takes here"},
};

const struct cli_command cmd_migrate_analyze = {
    .name = "migrate analyze",
    .args = "[SOURCE]",
    .summary = "what an old server was, and what becomes of it",
    .detail =
	"SOURCE is what was exported of it: a server's configuration (a "
	"folder), settings as JSON,\nthe XML of FIM, MIM or DirSync, or a rule "
	"editor's script; as a folder, a file, or a zip\nor tar of it.  It is "
	"known by what is in it.  Nothing is changed anywhere.",
    .min_args = 0,
    .max_args = 1,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = do_analyze,
};

/* cli/cmd_migrate_import.c -- `causeway migrate import`: an old server's
 * configuration becomes one of ours, in staging mode. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/secret.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/site_files.h"
#include "migrate/import.h"

static const char *opt_to;
static const char *opt_secrets;
static const char *opt_cloud;
static int64_t opt_objects = -1;
static bool opt_in_place;
static bool opt_dry_run;

/* ---- Secrets ---- */

/* A line without echo, into out; its length, 0 for none.  Signals wait: whoever
 * gives up here gets a terminal back that echoes. */
static size_t
ask(const char *what, char *out, size_t size)
{
	struct termios was, quiet;
	sigset_t stop, before;
	size_t n = 0;

	if (tcgetattr(STDIN_FILENO, &was) < 0)
		return 0;
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGINT);
	(void)sigaddset(&stop, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &stop, &before);
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	/* before the question, so that no answer is echoed or lost */
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	(void)fprintf(stderr, "%s (empty: later): ", what);
	if (fgets(out, (int)size, stdin) != NULL)
		n = strcspn(out, "\n");
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &was);
	(void)fputc('\n', stderr);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	out[n] = '\0';
	return n;
}

/* "secrets/corp" of a connector, where its secret is to be in a file. */
static struct text
secret_file(const struct conf_connector *c)
{
	struct text t =
	    c->kind_id == CONF_KIND_AD ? c->ldap.password : c->cloud.secret;

	return text_starts_nocase(t, "file:")
		   ? (struct text){t.data + 5, t.len - 5}
		   : (struct text){0};
}

static int
ask_one(struct cli *c, const struct conf_connector *conn, struct err *e)
{
	struct text file = secret_file(conn);
	char secret[4096];
	size_t n;
	int rc = 0;

	if (file.len == 0)
		return 0;
	n = ask(arena_printf(c->arena, "%s of %.*s",
		    conn->kind_id == CONF_KIND_AD ? "password"
						  : "application secret",
		    TEXT_ARGS(conn->name)),
	    secret, sizeof(secret));
	if (n > 0)
		rc = site_make_folder(
		    arena_printf(c->arena, "%s/secrets", opt_to), 0700, e);
	if (n > 0 && rc == 0)
		rc = site_write_file(
		    arena_strndup(c->arena, file.data, file.len),
		    (struct text){secret, n}, 0600, e);
	secret_wipe(secret, sizeof(secret));
	return rc;
}

/* On a terminal alone; a script fills in what the references name. */
static int
ask_secrets(struct cli *c, const struct conf *conf, struct err *e)
{
	int rc = 0;

	if (c->json || c->quiet || !isatty(STDIN_FILENO) ||
	    !isatty(STDERR_FILENO))
		return 0;
	for (size_t i = 0; i < conf->connectors.count && rc == 0; i++)
		rc = ask_one(c, &conf->connectors.items[i], e);
	return rc;
}

/* ---- What was written, read again ---- */

static int
check_written(struct cli *c, struct err *e)
{
	struct session s = {0};
	struct cli own = *c;
	int rc;

	own.config = opt_to;
	rc = session_open(&s, &own, SETUP_TEST, false, e);
	if (rc < 0)
		session_say_problems(&s);
	if (rc == 0)
		rc = ask_secrets(c, s.setup.conf, e);
	session_close(&s);
	return rc;
}

/* ---- What was done ---- */

static int
print_json(const struct analysis *x, const struct imported *m)
{
	struct json *j = json_new_object(), *files = json_new_list();
	struct json *open = json_new_list(), *rules = json_new_object();

	json_set_str(j, "system", system_text(x->system));
	json_set_str(j, "recommendation", path_text(x->path));
	json_set_bool(j, "in_place", opt_in_place);
	json_set_bool(j, "staging", true);
	json_set_bool(j, "written", !opt_dry_run);
	for (size_t i = 0; i < m->files.count; i++)
		json_push(
		    files, json_new_text(text_of(m->files.items[i].name)));
	json_set(j, "files", files);
	json_set_int(rules, "kept", (int64_t)m->kept);
	json_set_int(rules, "replaced", (int64_t)m->replaced);
	json_set_int(rules, "disabled", (int64_t)m->disabled);
	json_set_int(rules, "made", (int64_t)m->made);
	json_set(j, "rules", rules);
	for (size_t i = 0; i < m->files.open.count; i++)
		json_push(open, json_new_text(m->files.open.items[i]));
	json_set(j, "open", open);
	return cli_print_json(j);
}

static void
print_text(const struct analysis *x, const struct imported *m)
{
	(void)printf("%s %s: %zu rules of your own, %zu that carry a setting; "
		     "%zu built-in ones replaced (%zu of them kept, "
		     "disabled)\n",
	    opt_dry_run ? "would write" : "wrote", system_title(x->system),
	    m->kept, m->made, m->replaced, m->disabled);
	for (size_t i = 0; i < m->files.count; i++)
		(void)printf("  %s/%s\n", opt_to, m->files.items[i].name);
	(void)printf("to be done by you:\n");
	for (size_t i = 0; i < m->files.open.count; i++)
		(void)printf("  %.*s\n", TEXT_ARGS(m->files.open.items[i]));
	(void)printf("it is in staging mode: nothing is sent before causeway "
		     "staging off\n");
}

/* ---- The command ---- */

static int
make(struct cli *c, const struct analysis *x, struct imported *m, struct err *e)
{
	struct import_options how = {.in_place = opt_in_place,
	    .secrets = opt_secrets == NULL ? "file" : opt_secrets,
	    .cloud = opt_cloud == NULL ? "sync" : opt_cloud};
	int rc = site_check_empty(opt_to, e);

	if (rc == 0)
		rc = import_make(x, &how, m, e);
	if (rc == 0 && !opt_dry_run)
		rc = site_write(c->arena, opt_to, &m->files, e);
	if (rc == 0 && !opt_dry_run)
		rc = check_written(c, e);
	if (rc == 0 && opt_in_place && x->path != PATH_IN_PLACE && !c->quiet)
		cli_say("warning: in place, where %s is recommended",
		    path_text(x->path));
	return rc;
}

static bool
is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return word == NULL || strcmp(word, a) == 0 || strcmp(word, b) == 0 ||
	       strcmp(word, c) == 0;
}

static int
do_import(struct cli *c, char **args, int count)
{
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct legacy source = {0};
	struct analysis_options how = {.objects = opt_objects};
	struct analysis x = {0};
	struct imported m = {0};
	struct err e = {0};
	int rc = names == NULL ? err_set(&e, ERR_NOMEM, "out of memory") : 0;

	(void)count;
	if (opt_to == NULL)
		return cli_usage(c, "migrate import needs --to DIR");
	if (!is_one_of(opt_secrets, "file", "env", "credential"))
		return cli_usage(c, "--secrets is file, env or credential");
	if (!is_one_of(opt_cloud, "sync", "graph", "sync"))
		return cli_usage(c, "--cloud is sync or graph");
	if (rc == 0)
		rc = legacy_open(args[0], names, c->arena, &source, &e);
	if (rc == 0)
		rc = analyze(&source, &how, names, c->arena, &x, &e);
	if (rc == 0)
		rc = make(c, &x, &m, &e);
	if (rc < 0)
		rc = cli_fail(c, &e);
	else if (c->json)
		rc = print_json(&x, &m);
	else if (!c->quiet)
		print_text(&x, &m);
	legacy_clear(&source);
	return rc;
}

static const struct cli_option options[] = {
    {"to", OPTION_TEXT, &opt_to, "DIR",
	"where to: a folder that is made, or is empty"},
    {"in-place", OPTION_FLAG, &opt_in_place, NULL,
	"Causeway takes the old server's place on the path in-place; never "
	"for FIM and MIM"},
    {"secrets", OPTION_TEXT, &opt_secrets, "file|env|credential",
	"where references to passwords lead (file)"},
    {"cloud", OPTION_TEXT, &opt_cloud, "sync|graph",
	"kind of the cloud's connector: the synchronisation web service, which "
	"goes on with what the old server mastered (sync), or Graph"},
    {"objects", OPTION_NUMBER, &opt_objects, "N", "as in migrate analyze"},
    {"dry-run", OPTION_FLAG, &opt_dry_run, NULL, "say it, and write nothing"},
};

const struct cli_command cmd_migrate_import = {
    .name = "migrate import",
    .args = "SOURCE",
    .summary = "an old server's configuration as one of ours, in staging mode",
    .detail =
	"SOURCE is as in migrate analyze.  Built-in rules are replaced by "
	"Causeway's of the same\npurpose; changed ones are kept beside them, "
	"disabled; rules of your own go before them with\nprecedence 0 to 99. "
	"Passwords are in no export: on a terminal they are asked for, and "
	"put\nwhere the references lead; else they are to be put there.",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = do_import,
};

/* cli/options.c -- options from one table, usage and help; see cli.h. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const struct {
	const char *name;
	const char *value;
	const char *help;
} common[] = {
    {"config", "PATH",
	"the configuration's directory or file (default $CAUSEWAY_CONFIG, "
	"else /etc/causeway)"},
    {"json", NULL, "one JSON document on standard output"},
    {"quiet", NULL, "no progress, no summary"},
    {"log", "LEVEL",
	"events on standard error: error, warn, info or debug, which may show "
	"values of attributes"},
    {"store", "PATH",
	"another store, a copy, in place of the configuration's; nothing is "
	"exported from it"},
    {"help", NULL, "this text"},
};

static void
print_option(const char *name, const char *value, const char *help)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "--%s%s%s", name,
	    value != NULL ? " " : "", value != NULL ? value : "");
	(void)printf("  %-24s %s\n", left, help);
}

void
cli_help(const struct cli_command *cmd)
{
	(void)printf("usage: causeway %s%s%s [options]\n\n%s\n", cmd->name,
	    *cmd->args != '\0' ? " " : "", cmd->args, cmd->summary);
	if (cmd->detail != NULL)
		(void)printf("\n%s\n", cmd->detail);
	(void)printf("\noptions:\n");
	for (size_t i = 0; i < cmd->option_count; i++)
		print_option(cmd->options[i].name, cmd->options[i].value,
		    cmd->options[i].help);
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		print_option(common[i].name, common[i].value, common[i].help);
}

void
cli_help_all(void)
{
	(void)printf("usage: causeway COMMAND [arguments] [options]\n\n");
	for (size_t i = 0; cli_commands[i] != NULL; i++) {
		const struct cli_command *cmd = cli_commands[i];
		char left[80];

		(void)snprintf(
		    left, sizeof(left), "%s %s", cmd->name, cmd->args);
		(void)printf("  %-34s %s\n", left, cmd->summary);
	}
	(void)printf("\n`causeway COMMAND --help` tells more.  Exit codes: "
		     "0 ok, 1 error, 2 usage,\n3 finished with errors on "
		     "objects, 4 stopped by a guard, 5 refused (staging, "
		     "lock),\n6 store written by a newer release.\n");
}

/* Where argv[*i] is option `name`, says so and finds its value. */
static bool
is_option(const char *arg, const char *name, const char **inline_value)
{
	size_t n = strlen(name);

	if (strncmp(arg, "--", 2) != 0 || strncmp(arg + 2, name, n) != 0)
		return false;
	*inline_value = arg[2 + n] == '=' ? arg + 3 + n : NULL;
	return arg[2 + n] == '\0' || arg[2 + n] == '=';
}

struct scan {
	const struct cli *c;
	int argc;
	char **argv;
	int at;
};

static const char *
value_of(struct scan *s, const char *inline_value)
{
	if (inline_value != NULL)
		return inline_value;
	if (s->at + 1 < s->argc)
		return s->argv[++s->at];
	(void)cli_usage(s->c, "%s needs a value", s->argv[s->at]);
	return NULL;
}

static int
store_option(struct scan *s, const struct cli_option *o, const char *given)
{
	const char *v;

	if (o->kind == OPTION_FLAG) {
		if (given != NULL)
			return cli_usage(s->c, "--%s takes no value", o->name);
		*(bool *)o->out = true;
		return 0;
	}
	v = value_of(s, given);
	if (v == NULL)
		return CLI_USAGE;
	if (o->kind == OPTION_TEXT) {
		*(const char **)o->out = v;
		return 0;
	}
	if (text_to_int64(text_of(v), o->out) < 0)
		return cli_usage(s->c, "--%s \"%s\" is no number", o->name, v);
	return 0;
}

/* The options of every command, as cli_option for one struct cli. */
static int
one_option(
    struct scan *s, struct cli *c, const struct cli_command *cmd, bool *help)
{
	const struct cli_option shared[] = {
	    {"config", OPTION_TEXT, &c->config, NULL, NULL},
	    {"json", OPTION_FLAG, &c->json, NULL, NULL},
	    {"quiet", OPTION_FLAG, &c->quiet, NULL, NULL},
	    {"log", OPTION_TEXT, &c->log, NULL, NULL},
	    {"store", OPTION_TEXT, &c->store, NULL, NULL},
	    {"help", OPTION_FLAG, help, NULL, NULL},
	};
	const char *arg = s->argv[s->at], *given;

	for (size_t i = 0; i < cmd->option_count; i++)
		if (is_option(arg, cmd->options[i].name, &given))
			return store_option(s, &cmd->options[i], given);
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (is_option(arg, shared[i].name, &given))
			return store_option(s, &shared[i], given);
	return cli_usage(c, "unknown option %s", arg);
}

int
cli_options(struct cli *c, const struct cli_command *cmd, int argc, char **argv,
    bool *help)
{
	struct scan s = {.c = c, .argc = argc, .argv = argv};
	bool only_args = false;
	int n = 0;

	for (s.at = 0; s.at < argc; s.at++) {
		char *arg = argv[s.at];

		if (only_args || arg[0] != '-' || arg[1] == '\0')
			argv[n++] = arg;
		else if (strcmp(arg, "--") == 0)
			only_args = true;
		else if (strcmp(arg, "-h") == 0)
			*help = true;
		else if (one_option(&s, c, cmd, help) != 0)
			return -1;
	}
	if (*help)
		return n;
	if (n < cmd->min_args || n > cmd->max_args) {
		(void)cli_usage(c, "causeway %s %s", cmd->name, cmd->args);
		return -1;
	}
	return n;
}

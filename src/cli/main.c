/* cli/main.c -- finds the command and runs it; see cli.h. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/commands.h"

const struct cli_command *const cli_commands[] = {
    &cmd_run,
    &cmd_cycle,
    &cmd_status,
    &cmd_history_list,
    &cmd_history_show,
    &cmd_history_purge,
    &cmd_sched_show,
    &cmd_sched_set,
    &cmd_sched_start,
    &cmd_sched_stop,
    &cmd_sched_override,
    &cmd_pending,
    &cmd_plan_list,
    &cmd_plan_show,
    &cmd_plan_drop,
    &cmd_plan,
    &cmd_apply,
    &cmd_undo_list,
    &cmd_undo_release,
    &cmd_undo,
    &cmd_journal_list,
    &cmd_journal_show,
    &cmd_trace,
    &cmd_preview,
    &cmd_why,
    &cmd_doctor,
    &cmd_why_not,
    &cmd_cs_search,
    &cmd_cs_get,
    &cmd_mv_search,
    &cmd_mv_get,
    &cmd_connector_list,
    &cmd_connector_test,
    &cmd_connector_schema,
    &cmd_staging,
    &cmd_guard_show,
    &cmd_guard_set,
    &cmd_guard_ack,
    &cmd_lease_show,
    &cmd_lease_take,
    &cmd_lease_release,
    &cmd_config_check,
    &cmd_config_show,
    &cmd_config_diff,
    &cmd_config_convert,
    &cmd_migrate_analyze,
    &cmd_migrate_import,
    &cmd_rule_list,
    &cmd_rule_show,
    &cmd_rule_check,
    &cmd_rule_test,
    &cmd_expr_eval,
    &cmd_expr_check,
    &cmd_expr_functions,
    &cmd_codec_nbfx,
    &cmd_migrate_compare,
    &cmd_migrate_ack,
    &cmd_migrate_switch,
    &cmd_migrate_rollback,
    &cmd_migrate_anchor_show,
    &cmd_migrate_anchor_apply,
    &cmd_migrate_anchor_return,
    &cmd_migrate_authority_show,
    &cmd_migrate_authority_plan,
    &cmd_migrate_authority_start,
    &cmd_migrate_authority_status,
    &cmd_migrate_authority_finish,
    &cmd_migrate_authority_return,
    &cmd_upgrade_check,
    &cmd_upgrade_status,
    &cmd_upgrade_enable,
    &cmd_upgrade_disable,
    &cmd_upgrade_due,
    &cmd_upgrade_attempt,
    &cmd_upgrade_rehearse,
    &cmd_upgrade_compare,
    NULL,
};

/* Whether argv begins with the words of name; *words says how many. */
static bool
named(const char *name, int argc, char **argv, int *words)
{
	int n = 0;

	while (*name != '\0') {
		size_t len = strcspn(name, " ");

		if (n >= argc || strlen(argv[n]) != len ||
		    strncmp(argv[n], name, len) != 0)
			return false;
		n++;
		name += len;
		name += strspn(name, " ");
	}
	*words = n;
	return true;
}

static const struct cli_command *
find_command(int argc, char **argv, int *words)
{
	for (size_t i = 0; cli_commands[i] != NULL; i++)
		if (named(cli_commands[i]->name, argc, argv, words))
			return cli_commands[i];
	return NULL;
}

/* A first word that begins commands of two: "cs" alone lists them. */
static int
no_command(const struct cli *c, char **argv)
{
	size_t len = strlen(argv[0]);
	bool any = false;

	for (size_t i = 0; cli_commands[i] != NULL; i++) {
		const struct cli_command *cmd = cli_commands[i];

		if (strncmp(cmd->name, argv[0], len) != 0 ||
		    cmd->name[len] != ' ')
			continue;
		(void)fprintf(
		    stderr, "  causeway %s %s\n", cmd->name, cmd->args);
		any = true;
	}
	if (any)
		return CLI_USAGE;
	return cli_usage(c, "unknown command \"%s\"", argv[0]);
}

static int
run_command(struct cli *c, int argc, char **argv)
{
	enum log_level level = LOG_WARN;
	bool help = false;
	int words, n;

	c->command = find_command(argc, argv, &words);
	if (c->command == NULL)
		return no_command(c, argv);
	n = cli_options(c, c->command, argc - words, argv + words, &help);
	if (help) {
		cli_help(c->command);
		return CLI_OK;
	}
	if (n < 0)
		return CLI_USAGE;
	if (c->log != NULL && !log_level_parse(c->log, &level))
		return cli_usage(
		    c, "--log error, warn, info or debug, not \"%s\"", c->log);
	if (c->log != NULL)
		log_set_level(level);
	return c->command->run(c, argv + words, n);
}

int
cli_main(int argc, char **argv)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct cli c = {.arena = a};

	if (a == NULL) {
		(void)fputs("causeway: out of memory\n", stderr);
		return CLI_ERROR;
	}
	if (argc < 2)
		return cli_usage(&c, "no command");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		cli_help_all();
		return CLI_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		(void)printf("causeway %s\n", CAUSEWAY_VERSION);
		return CLI_OK;
	}
	return run_command(&c, argc - 1, argv + 1);
}

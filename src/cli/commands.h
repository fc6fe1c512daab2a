/*
 * cli/commands.h -- the commands, one file each.
 *
 * Purpose:   the table in main.c names them.
 * Touches:   cli/cli.h.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/cli.h"

extern const struct cli_command cmd_run;
extern const struct cli_command cmd_cycle;
extern const struct cli_command cmd_status;
extern const struct cli_command cmd_history_list;
extern const struct cli_command cmd_history_show;
extern const struct cli_command cmd_history_purge;
extern const struct cli_command cmd_sched_show;
extern const struct cli_command cmd_sched_set;
extern const struct cli_command cmd_sched_start;
extern const struct cli_command cmd_sched_stop;
extern const struct cli_command cmd_sched_override;
extern const struct cli_command cmd_pending;
extern const struct cli_command cmd_plan;
extern const struct cli_command cmd_plan_list;
extern const struct cli_command cmd_plan_show;
extern const struct cli_command cmd_plan_drop;
extern const struct cli_command cmd_apply;
extern const struct cli_command cmd_undo;
extern const struct cli_command cmd_undo_list;
extern const struct cli_command cmd_undo_release;
extern const struct cli_command cmd_journal_list;
extern const struct cli_command cmd_journal_show;
extern const struct cli_command cmd_trace;
extern const struct cli_command cmd_preview;
extern const struct cli_command cmd_why;
extern const struct cli_command cmd_doctor;
extern const struct cli_command cmd_why_not;
extern const struct cli_command cmd_cs_search;
extern const struct cli_command cmd_cs_get;
extern const struct cli_command cmd_mv_search;
extern const struct cli_command cmd_mv_get;
extern const struct cli_command cmd_connector_list;
extern const struct cli_command cmd_connector_test;
extern const struct cli_command cmd_connector_schema;
extern const struct cli_command cmd_staging;
extern const struct cli_command cmd_guard_show;
extern const struct cli_command cmd_guard_set;
extern const struct cli_command cmd_guard_ack;
extern const struct cli_command cmd_lease_show;
extern const struct cli_command cmd_lease_take;
extern const struct cli_command cmd_lease_release;
extern const struct cli_command cmd_config_check;
extern const struct cli_command cmd_config_show;
extern const struct cli_command cmd_config_diff;
extern const struct cli_command cmd_config_convert;
extern const struct cli_command cmd_migrate_analyze;
extern const struct cli_command cmd_migrate_import;
extern const struct cli_command cmd_rule_list;
extern const struct cli_command cmd_rule_show;
extern const struct cli_command cmd_rule_check;
extern const struct cli_command cmd_rule_test;
extern const struct cli_command cmd_expr_eval;
extern const struct cli_command cmd_expr_check;
extern const struct cli_command cmd_expr_functions;
extern const struct cli_command cmd_codec_nbfx;
extern const struct cli_command cmd_migrate_compare;
extern const struct cli_command cmd_migrate_ack;
extern const struct cli_command cmd_migrate_switch;
extern const struct cli_command cmd_migrate_rollback;
extern const struct cli_command cmd_migrate_anchor_show;
extern const struct cli_command cmd_migrate_anchor_apply;
extern const struct cli_command cmd_migrate_anchor_return;
extern const struct cli_command cmd_migrate_authority_show;
extern const struct cli_command cmd_migrate_authority_plan;
extern const struct cli_command cmd_migrate_authority_start;
extern const struct cli_command cmd_migrate_authority_status;
extern const struct cli_command cmd_migrate_authority_finish;
extern const struct cli_command cmd_migrate_authority_return;
extern const struct cli_command cmd_upgrade_check;
extern const struct cli_command cmd_upgrade_status;
extern const struct cli_command cmd_upgrade_enable;
extern const struct cli_command cmd_upgrade_disable;
extern const struct cli_command cmd_upgrade_due;
extern const struct cli_command cmd_upgrade_attempt;
extern const struct cli_command cmd_upgrade_rehearse;
extern const struct cli_command cmd_upgrade_compare;

#endif /* CLI_COMMANDS_H */

/*
 * cli/cmd_authority.h -- what `causeway migrate authority` prints.
 *
 * Purpose:   for people, and with --json for programs, one form a subject.
 * Touches:   standard output.
 * Ownership: nothing is kept.
 * Errors:    none.
 */
#ifndef CLI_CMD_AUTHORITY_H
#define CLI_CMD_AUTHORITY_H

#include "cli/session.h"
#include "migrate/task/authority.h"

/* The connector named, or the only one that can move authority. */
int authority_target(
    struct session *s, const char *name, size_t *out, struct err *e) MUST_CHECK;

struct json *authority_picture_json(const struct authority_picture *p);
void authority_picture_print(const struct authority_picture *p, bool all);
void authority_checks_print(const struct cli *c,
    const struct authority_check list[static AUTHORITY_CHECKS], bool ok);
void authority_started_print(const struct cli *c,
    const struct authority_picture *p, const struct authority_wish *w);
/* why: NULL where it went well; list: with --json, its object is added. */
void authority_move_print(const struct cli *c, struct json *list,
    struct text asked, const struct authority_move *m, bool moved,
    const struct err *why);
void authority_status_print(
    const struct cli *c, const struct authority_status *st);
void authority_end_print(
    const struct cli *c, const struct authority_end *end, bool done);
void authority_returned_print(const struct cli *c);

#endif /* CLI_CMD_AUTHORITY_H */

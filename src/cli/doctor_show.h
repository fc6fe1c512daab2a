/*
 * cli/doctor_show.h -- what a doctor found, to be told.
 *
 * Purpose:   findings of all kinds in one form: about values, about the
 *            connection, about files; and the repairs as LDIF.
 * Touches:   engine/doctor/doctor.h; for checks of files and connections what
 *            the configuration names; the folder of --fix-dir.
 * Ownership: everything lives in the session's arena.
 * Errors:    ERR_NOMEM; ERR_IO for the folder.
 */
#ifndef CLI_DOCTOR_SHOW_H
#define CLI_DOCTOR_SHOW_H

#include "cli/explain.h"
#include "engine/doctor/doctor.h"

#define TOLD_MAX 4000U

enum told_weight {
	TOLD_ERROR, /* the cloud refuses it, or it does not work */
	TOLD_WARNING,
	TOLD_NOTE,
};

struct told {
	enum told_weight weight;
	const char *check; /* "value", "duplicate", "certificate", ... */
	const char *error; /* "Character", "Expired", ... */
	struct text connector;
	struct text attribute; /* several: with ", " between */
	uint64_t people;
	uint64_t fixable;
	struct text text;
	struct text remedy;
	const struct doctor_finding *of; /* examples; NULL: none */
};

struct told_list {
	struct told items[TOLD_MAX];
	size_t count;
};
void told_push(struct told_list *l, struct told t);

/* doctor_system.c: files with secrets, certificates, the connectors
 * themselves; only: one connector, or all. */
int doctor_system(struct session *s, const size_t *only, struct told_list *out,
    struct err *e) MUST_CHECK;

/* doctor_rights.c: which rights that rules need an open connector lacks. */
int doctor_rights(struct session *s, size_t index, struct connector *c,
    struct told_list *out, struct err *e) MUST_CHECK;

/* doctor_fix.c: LDIF of repairs, a file for each connector. */
struct fix_files;
int fix_open(struct session *s, const char *dir, struct fix_files **out,
    struct err *e) MUST_CHECK;
/* As doctor_job.fix; ctx is a struct fix_files. */
int fix_write(void *ctx, int64_t cs, const struct doctor_fix *list, size_t n,
    struct err *e);
/* Puts the files into place; their names, and how many objects each repairs. */
int fix_close(
    struct fix_files *f, struct json *out_names, struct err *e) MUST_CHECK;
struct fix_files *fix_free(struct fix_files *f);

#endif /* CLI_DOCTOR_SHOW_H */

/*
 * cli/site_files.h -- files of a configuration that a command makes.
 *
 * Purpose:   a folder that is made, or is empty, gets the files of
 *            rules/site_yaml.h; nothing that is there is overwritten.
 * Touches:   the folder named.
 * Errors:    ERR_EXIST where something is there already; those of the system.
 */
#ifndef CLI_SITE_FILES_H
#define CLI_SITE_FILES_H

#include "rules/site_yaml.h"

/* 0 where it is not there or has nothing in it. */
int site_check_empty(const char *dir, struct err *e) MUST_CHECK;

/* The folder, rules/ where a file goes there, and the files. */
int site_write(struct arena *a, const char *dir, const struct site_files *files,
    struct err *e) MUST_CHECK;

/* A new file; mode as for open(2). */
int site_write_file(
    const char *path, struct text t, unsigned mode, struct err *e) MUST_CHECK;

int site_make_folder(const char *path, unsigned mode, struct err *e) MUST_CHECK;

#endif /* CLI_SITE_FILES_H */

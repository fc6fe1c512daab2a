/*
 * connectors/file/file_int.h -- what the files of this connector share.
 *
 * Purpose:   one form of an object for both formats: raw values with the
 *            names and octets that a directory would have.
 * Touches:   codec/ldif.h, codec/csv.h, connectors/scope.h.
 */
#ifndef CONNECTORS_FILE_FILE_INT_H
#define CONNECTORS_FILE_FILE_INT_H

#include "base/map.h"
#include "codec/csv.h"
#include "codec/ldif.h"
#include "conf/conf.h"
#include "connectors/file/file.h"
#include "connectors/scope.h"

#define ANCHOR_MAX 398U /* characters: docs/engine/model.md 8.2 */

/* What the values of an attribute are. */
struct file_type {
	enum value_type type;
	bool multi;
	bool declared; /* by the configuration or the built-in list */
};

struct file {
	struct connector base;
	struct connector_env env;
	const struct conf_file *conf;
	const char *path; /* absolute, links resolved */
	struct scope *scope;
	struct map *types; /* attribute, any case, to struct file_type */
	bool refs_by_anchor;
	struct arena *results; /* text in the results of the last export */
	int bell;              /* inotify, on the file's folder; -1: not yet */
};

/* One object as it stands in the file. */
struct file_object {
	unsigned line;
	struct text dn;
	struct text key;    /* dn_key() */
	struct text anchor; /* empty where it has none */
	struct text type;   /* empty: left out by class */
	struct ldif_value *values;
	size_t count, size;
};

struct file_type file_type_of(const struct file *f, struct text name);
bool file_is_csv(const struct file *f);

/* The values of an attribute: the first of them, or NULL. */
const struct ldif_value *object_find(
    const struct file_object *o, struct text name);
int object_add(struct arena *a, struct file_object *o, struct text name,
    struct text value) MUST_CHECK;

/* ---- source.c: objects of a file, one after the other ---- */

struct source;

/* *out is NULL where the file is not there and may be written: an empty
 * directory.  begin and end of reading are compared by source_close(). */
int source_open(
    const struct file *f, struct source **out, struct err *e) MUST_CHECK;
struct source *source_free(struct source *s);
DEFINE_CLEANUP(source, source_free);

/* ERR_CONNECT where the file was changed while it was read. */
int source_check_unchanged(const struct source *s, struct err *e) MUST_CHECK;

/* CSV: the columns of the file. */
const struct csv_row *source_header(const struct source *s);

/* 1 with an object, 0 at the end.  ERR_SYNTAX concerns one object: e.type
 * names it, out has what was read of it; the next call goes on. */
int source_next(struct source *s, struct arena *a, struct file_object *out,
    struct err *e) MUST_CHECK;

/* ---- import.c ---- */

int file_full_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e);

/* Raw octets to a value, with the type's name of a discovery error. */
int file_value(const struct file *f, struct text name, struct file_type type,
    struct text raw, struct value *out, struct err *e) MUST_CHECK;

/* ---- watch.c ---- */

int file_watch(struct connector *c, int timeout_ms, struct err *e);

/* ---- export.c, apply.c, output.c ---- */

int file_export(struct connector *c, const struct export_item *items, size_t n,
    struct export_result *results, struct err *e);

/* The object with the item's changes; ERR_REJECTED with the name of an
 * export error in e.type.  o is changed in either case. */
int apply_item(const struct file *f, struct arena *a,
    const struct export_item *item, struct file_object *o,
    struct err *e) MUST_CHECK;

struct output;

/* A new file beside the old one.  header: CSV. */
int output_open(const struct file *f, const struct csv_row *header,
    struct output **out, struct err *e) MUST_CHECK;
struct output *output_free(struct output *o); /* throws it away */
DEFINE_CLEANUP(output, output_free);
int output_object(struct output *w, struct arena *scratch,
    const struct file_object *o, struct err *e) MUST_CHECK;

/* Puts it in the place of the old one, on disk.  ERR_UNCERTAIN where it is
 * there, and the disk did not say that it will stay. */
int output_commit(struct output *o, struct err *e) MUST_CHECK;

/* ERR_REJECTED where a row cannot hold the object. */
int output_check(const struct file *f, const struct csv_row *header,
    const struct file_object *o, struct err *e) MUST_CHECK;

#endif /* CONNECTORS_FILE_FILE_INT_H */

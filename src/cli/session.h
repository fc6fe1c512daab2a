/*
 * cli/session.h -- a command's configuration, store and engine.
 *
 * Purpose:   opens what a command needs, catches the signals that ask to
 *            stop, and shows progress on a terminal.
 * Touches:   engine/setup.h, signals, standard error.
 * Ownership: session_close() frees everything.
 * Errors:    as setup_open().
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/cli.h"
#include "engine/setup.h"

struct session {
	struct setup setup;
	const struct cli *cli;
	/* the progress line */
	bool show;
	bool shown;
	int64_t began_ms;
	int64_t drawn_ms;
	const char *step;
};

/* What session_open() does before it opens: progress, signals, --store. */
void session_prepare(struct session *s, const struct cli *c);

/* refresh: connectors tell their schema anew. */
int session_open(struct session *s, const struct cli *c, enum setup_want want,
    bool refresh, struct err *e) MUST_CHECK;
void session_close(struct session *s);

/* A command that only reads: opens, shows, closes; the exit code. */
int session_read(
    struct cli *c, int (*show)(struct session *s, struct err *e)) MUST_CHECK;

/* Who is at the keyboard, also behind sudo; by: who says that he is. */
struct text session_person(struct arena *a, const char *by);

/* ERR_REFUSED where --store was given, to a command that would change, or ask,
 * what belongs to the configuration's own store: its schedule, its lease. */
int session_own_store(const struct cli *c, struct err *e) MUST_CHECK;

/* Writes one setting of the store, alone on it. */
int session_set(struct session *s, const char *key, struct text value,
    struct err *e) MUST_CHECK;

/* Every problem of configuration and rules on standard error. */
void session_say_problems(const struct session *s);

/* ---- Objects by what a person knows of them (object.c) ---- */

enum found_kind {
	FOUND_CS = 1,
	FOUND_MV = 2
};

struct found {
	enum found_kind kind;
	int64_t id;
};

/*
 * text: a DN, an anchor (as printed), a GUID of ours, `attribute=value`, a
 * UPN or another value of an indexed attribute.  At most max; ERR_NOENT where
 * there is none.
 */
struct found_list {
	struct found *items;
	size_t count, max;
};
void found_push(struct found_list *out, enum found_kind kind, int64_t id);
int found_by_text(struct session *s, struct text text, struct found_list *out,
    struct err *e) MUST_CHECK;

/* What they lead to: the metaverse objects that connector space objects are
 * linked to, or the other way round; each once. */
int found_convert(struct session *s, enum found_kind want,
    const struct found_list *from, struct found_list *out,
    struct err *e) MUST_CHECK;
/* 0 where the list holds one object alone; else what a person can do. */
int found_one(struct session *s, struct text text, struct found_list *list,
    struct err *e) MUST_CHECK;

/* ---- Values for output (show.c) ---- */

/* A JSON form: strings, numbers, booleans, {"$bin": hex}, {"$ref": dn}. */
struct json *show_value(const struct session *s, const struct value *v);
struct json *show_attr(const struct session *s, const struct attr *a);
/* Text of an anchor: as it is where it is printable, a GUID where it has 16
 * octets, else hex. */
struct text show_anchor(const struct session *s, struct text anchor);
struct text show_value_text(const struct session *s, const struct value *v);
/* What a person calls a connector space object: its display name, as it is or
 * will be, or that of its metaverse object, else its DN. */
struct text show_cs_name(const struct session *s, int64_t cs);
struct text show_time(const struct session *s, int64_t ms);
/* References of the metaverse by the display name of what they point to. */
void show_name_references(
    const struct session *s, struct value *list, size_t n);
/* The DN of a connector space object; the name of its connector. */
struct text show_cs_dn(const struct session *s, int64_t cs);
struct text show_cs_connector(const struct session *s, int64_t cs);

/* The whole object as JSON, with references, lineage and layers. */
struct json *show_cs(struct session *s, int64_t id, struct err *e);
struct json *show_mv(struct session *s, int64_t id, struct err *e);
/* The same for a person, on standard output. */
int show_cs_text(struct session *s, int64_t id, struct err *e);
int show_mv_text(struct session *s, int64_t id, struct err *e);

/* Name of a connector by its row id; of a rule by its id's name. */
struct text show_connector(const struct session *s, int64_t connector);
struct text show_rule(const struct session *s, uint32_t rule_id_name);

/* ---- Run records (report.c) ---- */

struct json *report_json(struct session *s, const struct run_record *run,
    const struct step_record *steps, size_t step_count);
void report_text(struct session *s, const struct run_record *run,
    const struct step_record *steps, size_t step_count);

#endif /* CLI_SESSION_H */

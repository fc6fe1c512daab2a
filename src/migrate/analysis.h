/*
 * migrate/analysis.h -- what an old server was, and what becomes of it.
 *
 * Purpose:   system and version by evidence; its settings and rules; a verdict
 *            for each setting; which path is recommended, how long it takes,
 *            which dates apply, what may go wrong.
 * Touches:   migrate/legacy.h; measure.c alone runs anything (a store of its
 *            own in a folder that is gone afterwards).
 * Ownership: everything in the arena given; borrows from the source.
 * Errors:    ERR_NOMEM.  What is wrong with a source is a verdict, no error.
 */
#ifndef MIGRATE_ANALYSIS_H
#define MIGRATE_ANALYSIS_H

#include "codec/json.h"
#include "migrate/legacy.h"

enum legacy_system {
	SYSTEM_DIRSYNC,
	SYSTEM_AZURE_AD_SYNC,
	SYSTEM_AZURE_AD_CONNECT,
	SYSTEM_FIM,
	SYSTEM_MIM,
};

enum verdict_kind {
	VERDICT_CARRIES, /* is the same afterwards */
	VERDICT_CHANGED, /* is there, in another way: detail says how */
	VERDICT_MANUAL,  /* a person has to do what detail says */
	VERDICT_BLOCKS,  /* nothing is taken over while it is so */
};

struct verdict {
	struct text setting;
	enum verdict_kind kind;
	struct text detail;
};

enum rule_class {
	CLASS_DEFAULT, /* built in, and as it came */
	CLASS_CHANGED, /* built in, and somebody changed it */
	CLASS_CUSTOM,
	CLASS_SCRIPTED, /* compiled or scripted: not in the source */
	CLASS_UNKNOWN,  /* built in; whether it was changed nobody can tell */
};
#define RULE_CLASSES (CLASS_UNKNOWN + 1)

struct classified {
	const struct rule *rule; /* NULL: the source has its tag alone */
	struct text name;
	struct text connector;
	struct text tag;
	struct text file;
	int line;
	bool disabled;
	enum rule_class class;
	struct conf_texts detail;
};

enum migrate_path {
	PATH_IN_PLACE,
	PATH_PARALLEL,
	PATH_SWING,
	PATH_BLOCKED,
};

struct lifecycle {
	const char *date; /* "2017-04-13", or what is known of it */
	const char *event;
};

/* What measure.c found out on this machine. */
struct measurement {
	bool done;
	size_t objects; /* generated */
	double import_s;
	double sync_s;
	double per_object_s; /* both, for one */
	struct text failed;  /* why it was not done */
};

struct analysis {
	const struct legacy *source;
	struct names *names;
	struct arena *arena;

	enum legacy_system system;
	struct text version; /* empty: not known */
	struct conf_texts evidence;
	struct conf_map settings;
	struct verdict *verdicts;
	size_t verdict_count, verdict_size;
	struct classified *rules;
	size_t rule_count;
	size_t classes[RULE_CLASSES];
	enum migrate_path path;
	struct conf_texts reasons; /* of the recommendation */
	struct conf_texts also;    /* other paths, and what never is one */
	int64_t objects;           /* -1: not known */
	double vendor_hours;
	struct measurement measured;
	const struct lifecycle *lifecycle;
	size_t lifecycle_count;
	struct conf_texts risks;
	int failed; /* ERR_NOMEM sticks */
};

struct analysis_options {
	int64_t objects; /* -1: not told */
	bool measure;
};

int analyze(const struct legacy *source, const struct analysis_options *how,
    struct names *names, struct arena *a, struct analysis *out,
    struct err *e) MUST_CHECK;

const char *system_text(enum legacy_system s);  /* "azure-ad-connect" */
const char *system_title(enum legacy_system s); /* "Azure AD Connect" */
const char *verdict_text(enum verdict_kind k);
const char *path_text(enum migrate_path p);
const char *class_text(enum rule_class c);

/* Whether any verdict blocks; the first. */
const struct verdict *analysis_blocked(const struct analysis *x);

/* ---- Reports ---- */

struct json *report_analysis_json(const struct analysis *x);
void report_analysis_text(const struct analysis *x, struct buf *out);
/* A document of its own: no script, nothing from elsewhere. */
void report_analysis_html(const struct analysis *x, struct buf *out);

#endif /* MIGRATE_ANALYSIS_H */

/*
 * rules/vendor/vendor.h -- a configuration as the vendor's server has it.
 *
 * Purpose:   one model for what is read from the files of such a server:
 *            connectors, metaverse, settings, rules.  The directory that
 *            Get-ADSyncServerConfiguration writes is read and written here;
 *            other forms fill the same structs.
 * Touches:   codec/xml.h, rules/rule.h, rules/plan.h; the files named.
 * Ownership: everything lives in the arena given, but for the schemas:
 *            vendor_clear().  Elements point into trees of the same arena.
 * Errors:    every problem is a struct plan_problem with file and line;
 *            ERR_CONFIG when one blocks.  Nothing is dropped silently: what
 *            cannot be honoured is a warning that names the element.
 * Source:    docs/engine/formats.md 1 to 4 and 6.
 */
#ifndef RULES_VENDOR_VENDOR_H
#define RULES_VENDOR_VENDOR_H

#include "codec/xml.h"
#include "rules/plan.h"

struct vendor_texts {
	struct text *items;
	size_t count;
};

struct vendor_names {
	uint32_t *items; /* sorted, no doubles */
	size_t count;
};

/* A <parameter>; secrets are never in an export. */
struct vendor_param {
	struct text name;
	struct text value;
	struct text use; /* "global", "connectivity", "partition", ... */
	bool intrinsic;  /* the product sets it */
	bool secret;
};

struct vendor_params {
	struct vendor_param *items;
	size_t count;
};

struct vendor_class {
	uint32_t name;
	struct text type; /* "structural", "abstract", "auxiliary" */
	/* Own, of all superior and auxiliary classes, of content rules. */
	struct vendor_names attributes;
	struct vendor_names anchors;
};

struct vendor_partition {
	struct text id;   /* "{lower-case guid}" */
	struct text name; /* a DN, or "default" */
	struct text display_name;
	bool selected;
	bool is_domain;
	bool has_watermark; /* a delta cookie; its value is of no use to us */
	struct vendor_texts classes; /* object classes to be read */
	struct vendor_texts include; /* containers; "": everything */
	struct vendor_texts exclude;
	struct vendor_texts
	    servers; /* preferred domain controllers, the last */
	struct vendor_params params;
};

struct vendor_step {
	struct text type;      /* "full-import", "apply-rules", "export", ... */
	struct text subtype;   /* "to-cs", "apply-pending", ... */
	struct text partition; /* "{lower-case guid}" */
	int64_t object_limit;  /* 0: none */
	int64_t delete_limit;
	int64_t batch_size;
	int64_t page_size;
	int64_t time_limit_s;
};

struct vendor_profile {
	struct text id;
	struct text name;
	struct vendor_step *steps;
	size_t step_count;
};

enum vendor_kind {
	VENDOR_AD = 1,    /* category AD */
	VENDOR_ENTRA = 2, /* the cloud */
	VENDOR_OTHER = 3, /* the category says which */
};

struct vendor_connector {
	enum vendor_kind kind;
	struct text id;   /* "{lower-case guid}" */
	struct text name; /* unique; what rule.connector holds */
	struct text category;
	struct text subtype;
	struct text description;
	struct text version;
	struct text created;
	struct text modified;
	struct schema *schema; /* every attribute, every structural class */
	struct vendor_class *classes;
	size_t class_count;
	struct vendor_names selected; /* attribute inclusion */
	struct vendor_params params;
	struct vendor_partition *partitions;
	size_t partition_count;
	struct vendor_profile *profiles;
	size_t profile_count;
	/* AD */
	struct text forest;
	struct text login_domain;
	struct text login_user;
	bool password_hash_sync;
	struct text password_hash_target;

	const struct xml_node *root; /* <ma-data>: all of it, for writing */
	struct text file;
};

/* What of a rule's file struct rule has no place for. */
struct vendor_rule {
	struct text internal_id;
	struct text version;
	struct text after; /* precedence-after, -before: empty or zero: none */
	struct text before;
	const struct xml_node *root; /* as it was read; NULL: made by us */
	struct text file;            /* without folder; empty: not yet */
};

/* A built-in rule that the source has by its tag alone: what is in it comes
 * from the product. */
struct vendor_standard {
	struct text name;
	struct text id;
	struct text tag;
	struct text connector; /* its name */
	int64_t precedence;
	bool disabled;
};

struct vendor {
	struct text dir;
	struct names *names;
	struct arena *arena;

	struct vendor_connector *connectors;
	size_t connector_count;

	struct schema *mv_schema;
	struct vendor_class *mv_classes;
	size_t mv_class_count;
	struct vendor_params settings; /* SynchronizationGlobal */
	struct text server;
	struct text export_date;
	const struct xml_node *mv_root; /* saved-mv-configuration */
	struct text mv_file;

	/* By precedence; extra[i] goes with rules[i]. */
	struct rule *rules;
	struct vendor_rule *extra;
	size_t rule_count;
	size_t rule_size;

	struct vendor_standard *standard; /* settings JSON alone */
	size_t standard_count;

	/* Its logic is compiled: the built-in rules take its place, and those
	 * here come before them. */
	bool default_rules;

	struct plan_problem *problems;
	size_t problem_count;
	size_t problem_size;
	bool blocked;
	int failed; /* ERR_NOMEM sticks */
};

/* Whether the folder is such an export. */
bool vendor_is_export(const char *path);

/* A file as a text; the name is for messages. */
struct vendor_text {
	const char *name;
	struct text text;
};

/* ERR_CONFIG when a problem blocks; out is filled as far as it goes and must be
 * cleared in any case.  names gets every attribute and type. */
int vendor_load(const char *path, struct names *names, struct arena *a,
    struct vendor *out) MUST_CHECK;
/* The same from texts, told apart by their root elements. */
int vendor_read(const struct vendor_text *files, size_t count,
    struct names *names, struct arena *a, struct vendor *out) MUST_CHECK;
void vendor_clear(struct vendor *v);

/* NULL: there is none.  By name, or by GUID with or without braces. */
const struct vendor_connector *vendor_find(
    const struct vendor *v, struct text name_or_id);
/* The value of a setting ("Microsoft.Synchronize.StagingMode"), else "". */
struct text vendor_setting(const struct vendor *v, const char *name);

/* Adds a rule (borrowed text must live as long as v's arena); it is put in its
 * place by precedence.  ERR_NOMEM, ERR_LIMIT. */
int vendor_add_rule(
    struct vendor *v, const struct rule *rule, struct err *e) MUST_CHECK;

/* The connectors for struct plan_input, in v's order, with their parameters. */
int vendor_plan_connectors(const struct vendor *v, struct arena *a,
    struct plan_connector **out) MUST_CHECK;

/* Adds warnings for attributes that rules use and connectors do not select;
 * plan is of vendor_plan_connectors().  ERR_NOMEM. */
int vendor_check_selected(struct vendor *v, const struct plan *plan) MUST_CHECK;

/* One rule as a <synchronizationRule> document; extra may be NULL.  What was
 * not changed is written as it was read, with what nobody knew in it.
 * ERR_SYNTAX for text that XML cannot hold, ERR_LIMIT, ERR_NOMEM. */
int vendor_write_rule(const struct vendor *v, const struct rule *rule,
    const struct vendor_rule *extra, struct buf *out) MUST_CHECK;

/* Writes all three folders below dir, which must not exist or be empty: files
 * that load to the same model.  ERR_EXIST, ERR_ACCESS, ERR_IO and those of
 * vendor_write_rule(). */
int vendor_write(
    const struct vendor *v, const char *dir, struct err *e) MUST_CHECK;

#endif /* RULES_VENDOR_VENDOR_H */

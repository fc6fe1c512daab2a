/*
 * conf/conf.h -- causeway.yaml as checked tables.
 *
 * Purpose:   reads the configuration, says everything that is wrong with it
 *            at once, and gives plain structs.  Each setting is described
 *            once, in schema.c: reader, error texts, `config show` and the
 *            manual come from that table.
 * Touches:   codec/yaml.h, codec/json.h; the one file that it reads.
 * Ownership: struct conf and all in it live in the arena given.
 * Errors:    ERR_CONFIG with every problem in struct conf_problems;
 *            ERR_NOENT, ERR_ACCESS, ERR_IO for the file; ERR_NOMEM.
 * Never:     a secret: only references that base/secret.h resolves.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/buf.h"
#include "codec/json.h"

#define CONF_MAX_PROBLEMS   100U
#define CONF_MAX_CONNECTORS 64U
#define CONF_OFF            (-1) /* a limit that is switched off */

struct conf_texts {
	struct text *items;
	size_t count;
};

struct conf_pair {
	struct text name;
	struct text value;
};

struct conf_map {
	struct conf_pair *items;
	size_t count;
};

enum conf_kind {
	CONF_KIND_AD,
	CONF_KIND_LDAP,
	CONF_KIND_GRAPH,
	CONF_KIND_SYNC,
	CONF_KIND_FILE,
};

enum conf_bind {
	CONF_BIND_SIMPLE,
	CONF_BIND_GSSAPI,
	CONF_BIND_EXTERNAL,
};

enum conf_format {
	CONF_FORMAT_LDIF,
	CONF_FORMAT_CSV,
};

enum conf_reference {
	CONF_REFERENCE_AUTO, /* by DN where the file has DNs, else by anchor */
	CONF_REFERENCE_DN,
	CONF_REFERENCE_ANCHOR,
};

enum conf_ldap_deltas {
	CONF_LDAP_DELTAS_AUTO,
	CONF_LDAP_DELTAS_SYNCREPL,
	CONF_LDAP_DELTAS_TIMESTAMP,
	CONF_LDAP_DELTAS_NONE,
};

enum conf_ad_deltas {
	CONF_AD_DELTAS_AUTO,
	CONF_AD_DELTAS_DIRSYNC,
	CONF_AD_DELTAS_USN,
	CONF_AD_DELTAS_NONE,
};

struct conf_partition {
	struct text dn;
	struct conf_texts servers; /* of its own; none: the connector's */
	struct conf_texts include;
	struct conf_texts exclude;
	struct text filter; /* in normal form; besides the connector's */
};

struct conf_partitions {
	struct conf_partition *items;
	size_t count;
};

struct conf_tls {
	struct text ca;          /* file; empty: the system's */
	struct text certificate; /* file; who we are, for bind external */
	struct text key;         /* file */
	bool starttls;
	bool verify;
	bool required; /* false: a simple bind may go in clear text */
};

/* Kinds ad and ldap. */
struct conf_ldap {
	struct conf_texts servers; /* URLs, in fail-over order */
	struct text base;          /* empty: from the root DSE */
	struct conf_partitions partitions;
	int bind;             /* enum conf_bind */
	struct text user;     /* DN, UPN or Kerberos principal */
	struct text password; /* a reference: base/secret.h */
	struct text keytab;   /* file */
	struct text realm;
	struct conf_tls tls;
	int64_t page_size;
	struct conf_texts object_classes;
	struct text filter;           /* codec/ldap_filter.h, in normal form */
	struct conf_texts attributes; /* read besides what rules need */
	struct text anchor;
	int deltas; /* enum conf_ldap_deltas, conf_ad_deltas */
	int64_t timeout_s;
	bool writable;
};

/* Kinds graph and sync: two doors of one cloud directory. */
struct conf_cloud {
	struct text tenant;
	struct text authority; /* "https://login.microsoftonline.com" */
	struct text endpoint;  /* where the service answers */
	struct text client_id;
	struct text secret;      /* a reference */
	struct text certificate; /* a reference: PEM */
	struct text key;         /* a reference: PEM */
	struct text ca;          /* file; empty: the system's */
	int64_t batch_size;
	int64_t parallel;
	int64_t timeout_s;
	int64_t backoff_ms;
	struct conf_texts types; /* of objects that go through this door */

	/* sync */
	int64_t answer_mb;        /* the longest answer that is read */
	struct text graph;        /* where Graph is; empty: as the authority */
	struct text scope;        /* what a token is asked for */
	struct text build;        /* that is announced: "2.6.0.0" */
	struct text application;  /* GUID; empty: client_id */
	struct conf_map features; /* of the company: name to "true", "false" */
	/* No setting: the names of what default_rules.extensions writes. */
	struct conf_texts extensions;
};

struct conf_file {
	struct text path;
	int format; /* enum conf_format */
	struct text anchor;
	struct text dn;   /* CSV: column; empty: made from the anchor */
	struct text type; /* CSV: object type of every row */
	struct text type_column;
	struct conf_map type_values;      /* text in the column: object type */
	struct conf_texts object_classes; /* LDIF: these are read */
	/* name: string, integer, boolean, binary or reference, " list" behind
	 * for more than one value */
	struct conf_map attribute_types;
	int references;            /* enum conf_reference: what a value holds */
	struct conf_texts columns; /* CSV: these must be there */
	struct text delimiter;     /* CSV: one character */
	struct text separator;     /* CSV: between the values of a list */
	struct conf_texts include;
	struct conf_texts exclude;
	bool writable;
};

struct conf_connector {
	struct text name;
	struct text kind; /* "ad", "ldap", "graph", "sync", "file" */
	int kind_id;      /* enum conf_kind: which of these is filled */
	unsigned line;    /* in causeway.yaml */
	struct conf_map parameters; /* %name% in rules, for this connector */
	struct conf_texts known_as; /* GUIDs that exported rules name it by */
	struct conf_ldap ldap;
	struct conf_cloud cloud;
	struct conf_file file;
};

struct conf_connectors {
	struct conf_connector *items;
	size_t count;
};

struct conf_store {
	struct text path;
};

/* In the order of enum limit_kind (engine/export/limits.h), from 1 on. */
enum conf_change {
	CONF_CHANGE_DELETE,
	CONF_CHANGE_LEAVE_SCOPE,
	CONF_CHANGE_DISABLE,
	CONF_CHANGE_RENAME_UPN,
	CONF_CHANGE_LOSE_GROUP,
	CONF_CHANGE_LOSE_ATTRIBUTE,
};

/* How many changes of a kind one export may send. */
struct conf_limit {
	int change;            /* enum conf_change */
	struct text connector; /* empty: every one */
	struct text type;      /* empty: every one */
	struct text attribute; /* empty: every one */
	struct text container; /* empty: all; "*": each for itself */
	int64_t count;         /* CONF_OFF */
	int64_t percent;       /* of what there is; CONF_OFF */
};

struct conf_limits {
	struct conf_limit *items;
	size_t count;
};

struct conf_guard {
	int64_t deletions;         /* an export; CONF_OFF */
	int64_t source_percent;    /* objects that a full import may lose */
	int64_t source_minimum;    /* below this many it does not ask */
	int64_t attribute_percent; /* may not vanish at once; CONF_OFF */
	int64_t change_percent; /* of a kind, where no limit is set; CONF_OFF */
	int64_t change_minimum; /* up to this many always go */
	int64_t learn;          /* exports until limits are learned; CONF_OFF */
	bool values;            /* bad values are held before they are sent */
	struct conf_limits limits;
};

/* When a plan applies by itself. */
enum conf_plan_apply {
	CONF_PLAN_ALWAYS = 0,
	CONF_PLAN_SMALL = 1,
	CONF_PLAN_NEVER = 2,
};
struct conf_plan {
	int apply;         /* enum conf_plan_apply */
	int64_t objects;   /* CONF_OFF */
	int64_t deletions; /* CONF_OFF */
	int64_t percent;   /* CONF_OFF */
	int64_t percent_minimum;
};

struct conf_schedule {
	int64_t interval_ms; /* CONF_OFF */
	int64_t minimum_ms;
	int64_t bell_ms;    /* CONF_OFF */
	int64_t history_ms; /* CONF_OFF */
};

enum conf_match {
	CONF_MATCH_SID,
	CONF_MATCH_MAIL,
	CONF_MATCH_ACCOUNT,
	CONF_MATCH_ATTRIBUTE,
	CONF_MATCH_NONE,
};

/* What the built-in set of rules is to do. */
struct conf_default_rules {
	struct conf_texts services;    /* "exchange", ... */
	struct text source_anchor;     /* empty: the connector's anchor */
	int match_users_by;            /* enum conf_match */
	struct text match_attribute;   /* with CONF_MATCH_ATTRIBUTE */
	struct conf_texts write_back;  /* "anchor", "devices", ... */
	struct text devices_connector; /* with "devices": where to */
	struct text devices_container;
	struct text groups_connector; /* with "groups": where to */
	struct text groups_container;
	bool account_expiry;
	int64_t member_limit;
	struct conf_texts extensions; /* attributes */
	struct text extension_app;    /* their application's id */
};

struct conf {
	struct text path;   /* of the file that was read */
	struct text dir;    /* relative paths start here */
	struct text source; /* the file's text, as it was read */
	struct conf_store store;
	struct conf_connectors connectors;
	struct conf_guard guard;
	struct conf_plan plan;
	struct conf_schedule schedule;
	bool staging;
	struct conf_texts rules; /* files or folders; "default": built in */
	struct conf_default_rules default_rules;
	struct conf_map parameters;
};

struct conf_problem {
	bool blocks;           /* else a warning */
	unsigned line, column; /* from 1; 0: the whole file */
	struct text text;      /* "/etc/causeway/causeway.yaml:3:5: ..." */
};

struct conf_problems {
	struct conf_problem items[CONF_MAX_PROBLEMS];
	size_t count;
	size_t more; /* beyond the limit, not kept */
};

/* A feature of a company that the synchronisation service knows. */
struct conf_feature {
	const char *name;
	uint32_t bit;
};
extern const struct conf_feature conf_features[]; /* ends in NULL */
/* In any case of letters; NULL where there is none. */
const struct conf_feature *conf_feature_find(struct text name);

/* --config where it was given, else $CAUSEWAY_CONFIG, else /etc/causeway. */
const char *conf_default_path(const char *given);

/* path is a configuration's directory or its file.  *out_problems is always
 * filled; *out_conf where nothing blocks. */
int conf_load(const char *path, struct arena *a, struct conf **out_conf,
    struct conf_problems *out_problems) MUST_CHECK;

/* The same from text; path is for the messages and for relative paths. */
int conf_parse(const char *path, struct text in, struct arena *a,
    struct conf **out_conf, struct conf_problems *out_problems) MUST_CHECK;

/* NULL where there is none; names differ in more than ASCII case. */
const struct conf_connector *conf_connector_find(
    const struct conf *c, struct text name);

/* path as it is where it is absolute or empty, else below dir. */
int conf_resolve(struct arena *a, struct text dir, struct text path,
    struct text *out) MUST_CHECK;

/* A setting of default_rules as text, a list with ", " between; in a where it
 * has to be made.  ERR_NOENT: there is none of that name. */
int conf_default_rule(const struct conf *c, struct text name, struct arena *a,
    struct text *out) MUST_CHECK;

/* The first line of the file that holds the text; 0: none does. */
unsigned conf_line_of(const struct conf *c, struct text value);

/* "30m" to milliseconds; ERR_SYNTAX, ERR_LIMIT.  And back. */
int duration_parse(struct text t, int64_t *out_ms) MUST_CHECK;
void duration_format(int64_t ms, char out[static 32]);

/* Every setting with the value that holds, defaults included. */
int conf_write_json(const struct conf *c, struct json *object) MUST_CHECK;

/* The same as the text of a causeway.yaml: what has its default is left out. */
int conf_write_yaml(const struct conf *c, struct buf *out) MUST_CHECK;

/* The table of settings in scdoc, for the manual. */
int conf_describe(struct buf *out) MUST_CHECK;

#endif /* CONF_CONF_H */

/*
 * connectors/ldap/core.h -- what every connector that speaks LDAP shares.
 *
 * Purpose:   open, schema, partitions and full import over one session; a
 *            flavour says what is special about a kind of directory (its
 *            object types, its references, what it leaves behind when it
 *            deletes).
 * Touches:   proto/ldap_session.h, proto/ldap_defs.h, conf/, model/.
 * Ownership: as connectors/connector.h.
 * Errors:    as connectors/connector.h.
 */
#ifndef CONNECTORS_LDAP_CORE_H
#define CONNECTORS_LDAP_CORE_H

#include "base/map.h"
#include "conf/conf.h"
#include "connectors/connector.h"
#include "connectors/scope.h"
#include "proto/ldap_session.h"

#define CORE_CLASSES_MAX 64U

/* One object class as an object type. */
struct core_type {
	const char *class_name;
	const char *type;
	/* Its objects are never taken for the class it is derived from: a
	 * computer is no user, though its class is below user. */
	bool apart;
};

struct core;

struct core_flavour {
	const struct connector_kind *kind;
	const struct core_type *types; /* ends in a NULL name */
	unsigned query_flags;
	/* Matching rules that the directory has and may not tell of; ends in
	 * NULL, or NULL. */
	const char *const *match_rules;
	/* Of the root DSE: what is read where nothing is configured. */
	const char *default_partition;
	/* A name or reference as the server gives it to its plain DN; *out_ref
	 * (may be NULL) becomes the reference.  1, or 0 where it means nothing
	 * alive, which is left out; ERR_NOMEM, ERR_TYPE. */
	int (*name)(struct arena *a, struct text raw, struct text *out_dn,
	    struct value *out_ref);
	/* What the directory keeps of a deleted object, and the attribute
	 * that tells; NULL: nothing. */
	const char *dead_attr;
	/* A filter for everything that objects which are read may lie below,
	 * in arena a; *out stays NULL where the directory does not tell.
	 * NULL: none does. */
	int (*containers)(
	    struct core *c, struct arena *a, const char **out, struct err *e);
	/* The server looks at every entry to answer that filter. */
	bool containers_slow;
	/* Two objects never have the same value of it; NULL: not known. */
	const char *unique_anchor;
	bool (*is_dead)(const struct ldap_item *item);

	/* ---- Writing; export.c ---- */

	/* The directory sets the attribute that names an object. */
	bool names_itself;
	/* How an object is named by its anchor; NULL: by DN alone. */
	const char *(*address)(struct arena *a, struct text anchor);
	/* A reference as the directory takes it; NULL: its DN. */
	int (*refer)(struct arena *a, const struct value *v, struct text *out);
	/* ERR_UNSUPPORTED for a type that nobody can make; NULL: none. */
	int (*cannot_add)(struct text type, struct err *e);
	/* Of one partition, whose session is in use; see core_rights(). */
	int (*rights)(struct core *c, const struct connector_wishes *w,
	    struct text partition, struct arena *a, struct connector_lacks *out,
	    struct err *e);
	/* Attributes that name an object by its SID; ends in NULL, or NULL:
	 * none. sid_object() gives the reference (1; 0: nobody here),
	 * object_sid() the octets, ERR_NOENT where the object is not there. */
	const char *const *by_sid;
	int (*sid_object)(struct core *c, struct arena *a, struct text sid,
	    struct value *out, struct err *e);
	int (*object_sid)(struct core *c, struct arena *a,
	    const struct value *v, struct text *out, struct err *e);
	/* Attributes that the directory keeps by itself, though its schema does
	 * not say so; ends in NULL, or NULL. */
	const char *const *own_attrs;
};

struct core_attr {
	enum value_type type;
	bool multi;
	bool read_only;
	bool by_sid;      /* a reference, kept as the SID of its object */
	bool by_octets;   /* it goes as NAME;binary (RFC 4522) */
	struct text name; /* the first of its names */
};

struct core_class {
	struct text name;
	uint32_t type;
	uint32_t depth; /* below top */
	bool selected;
};

/* A connection to servers of one partition. */
struct core_away {
	const struct conf_partition *partition;
	struct ldap_session *session;
	struct core_away *next;
};

struct core {
	struct connector base;
	const struct core_flavour *flavour;
	struct connector_env env;
	const struct conf_ldap *conf;
	struct secret *password;
	/* The one in use: home, or that of a partition with servers of its
	 * own. */
	struct ldap_session *session;
	size_t server_count; /* of it */
	size_t lost;         /* servers, in full imports */
	struct ldap_session *home;
	struct core_away *away; /* list of the others, opened when needed */
	struct arena *arena;
	struct map *attrs;  /* name or OID to struct core_attr */
	struct map *parent; /* class name to its superior's struct text */
	struct map *late;   /* classes that cannot be without a reference */
	struct core_attr **attr_list;
	size_t attr_count;
	struct core_class classes[CORE_CLASSES_MAX];
	size_t class_count;
	struct map
	    *class_of; /* class name to struct core_class, found so far */
	struct map *match_rules; /* names and OIDs; empty: the server tells none
				  */
	char *class_filter;      /* the object classes that are read */
	struct core_bell *bells; /* watch.c */
	size_t reads;            /* single objects, in this delta import */
	const char **filters;    /* core_filter() */
	struct core_moved *moved; /* export_moved.c; NULL: nothing exported */
	struct export_job *exporting; /* export.c; NULL: no batch */
	struct map *sids;             /* of the kind: who has which */
	void *own;                    /* what the kind keeps with it */
	void (*own_free)(void *own);
};

/* ops for both kinds; the flavour is found by the kind that opens. */
int core_open(const struct connector_env *env,
    const struct core_flavour *flavour, struct connector **out, struct err *e);
void core_close(struct connector *connector);
int core_schema(struct connector *connector, struct schema *s, struct err *e);
int core_partitions(struct connector *connector, struct partition **out,
    size_t *out_count, struct err *e);
int core_recheck(struct connector *connector, const struct import_request *req,
    const struct text *anchors, size_t n, const struct entry_sink *sink,
    struct err *e);

/* container.c: of a kind that names objects by their anchor. */
int core_container(struct connector *connector, const struct entry *which,
    struct arena *a, struct entry *out, struct err *e);

/* health.c */
int core_health(struct connector *connector, struct arena *a,
    struct connector_health *out, struct err *e);
/* look.c */
int core_look(struct connector *connector, const struct connector_question *q,
    struct arena *a, struct connector_look *out, struct err *e);

/* rights.c: of what a kind asks its directory. */

/* Objects of one type below one base. */
struct core_sampling {
	struct text base;
	uint32_t type;
	const char *const *attrs; /* ends in NULL; objectClass is one of them */
	size_t max;
	/* Non-zero stops, and is returned. */
	int (*each)(void *ctx, const struct ldap_item *item, struct err *e);
	void *ctx;
};
/* 0, also where the base is not there. */
int core_sample(struct core *c, const struct core_sampling *s, struct err *e);
/* What is read of a partition: its containers, or all of it; in a. */
int core_bases(struct core *c, struct text partition, struct arena *a,
    struct conf_texts *out) MUST_CHECK;
/* connector_ops.rights: the flavour's, for each partition that is read. */
int core_rights(struct connector *connector, const struct connector_wishes *w,
    struct arena *a, struct connector_lacks *out, struct err *e);
/* A flavour's rights: attributes that comparisons find unreadable. */
int core_partition_rights(struct core *c, const struct connector_wishes *w,
    struct text partition, struct arena *a, struct connector_lacks *out,
    struct err *e);
/* t with every octet escaped that means something in a filter (RFC 4515 3). */
int core_filter_value(struct buf *b, struct text t);

int core_can_export(
    struct connector *connector, const struct export_item *item, struct err *e);
bool core_adds_late(struct connector *connector, uint32_t type);
int core_export(struct connector *connector, const struct export_item *items,
    size_t n, struct export_result *results, struct err *e);
int core_export_start(struct connector *connector,
    const struct export_item *items, size_t n, struct export_result *results,
    struct err *e);
void core_export_pump(struct connector *connector);
int core_export_finish(struct connector *connector, struct err *e);
/* export_saved.c: whether an attribute can be written, by the schema and by
 * what the flavour keeps by itself. */
bool saved_can_write(const struct core *c, struct text name);

/* ---- Inside ---- */

/* convert.c: "B:8:00FF00FF:CN=x" off the wire; as core_flavour.name. */
int core_dn_binary(struct core *c, struct arena *a, struct text raw,
    struct value *out) MUST_CHECK;

/* export_moved.c */
void moved_free(struct core_moved *m);

/* core.c: the session that reads the partition becomes the one in use; NULL:
 * the connector's own. */
int core_use(
    struct core *c, const struct conf_partition *partition, struct err *e);

/* schema.c */
int core_schema_load(struct core *c, struct err *e);
enum value_type core_syntax_type(struct text oid);

/* classes.c */
int core_classes_load(struct core *c, struct err *e);
/* The most derived class we know among an entry's and those above them; NULL:
 * none. */
int core_class_of(struct core *c, const struct ldap_attr *object_class,
    const struct core_class **out);

/* The selected class of a type; NULL: none. */
const struct core_class *core_class_of_type(
    const struct core *c, uint32_t type);

/* filter.c */
int core_filters_load(struct core *c, struct err *e);
/* What a server is asked for: the object classes, the connector's filter and
 * that of the partition (NULL: none of its own) as one filter.  Lives as long
 * as the connector.  Only the server evaluates a filter: whether one object
 * matches is asked by a search for it with this filter. */
const char *core_filter(
    const struct core *c, const struct conf_partition *partition);

/* partitions.c */
const struct conf_partition *core_partition_conf(
    const struct core *c, struct text name, struct arena *a);
int core_partitions_check(struct core *c, struct err *e);
/* 0, or ERR_CONFIG where dn is not there. */
int core_base_check(
    struct core *c, struct text dn, const char *what, struct err *e);

/* convert.c */
struct core_wants {
	struct arena *arena;
	struct map *by_name;      /* attribute to struct core_want */
	struct core_order *order; /* convert.c */
	const char **list;        /* to ask the server for; ends in NULL */
	size_t count;
};

int core_wants_init(struct core_wants *w, struct core *c,
    const struct import_request *req, struct err *e);
/* One more attribute that is asked for without being wanted. */
int core_wants_need(struct core_wants *w, struct text name);
void core_wants_clear(struct core_wants *w);

/* watch.c */
void core_bells_free(struct core *c);

/* time.c */
void core_newest_note(char *newest, const struct ldap_item *item);

/* An attribute's values, those left out that mean nothing. */
struct core_values {
	uint32_t name; /* as the engine knows it */
	enum value_type type;
	struct value *list;
	size_t count;
};

/* The values of attr, which is called name.  1; 0: it is not wanted; ERR_TYPE:
 * a value is not of its type, and core_values_fail() makes *out an error. */
int core_values(struct core *c, const struct core_wants *w, struct text name,
    const struct ldap_attr *attr, struct arena *a, struct core_values *out);
void core_values_fail(const struct core_values *v, const struct ldap_attr *attr,
    struct entry *out);

/* 1: *out is to be given on; 0: left out by class or scope. */
int core_convert(struct core *c, const struct core_wants *w,
    const struct scope *scope, const struct ldap_item *item, struct arena *a,
    struct entry *out);

#endif /* CONNECTORS_LDAP_CORE_H */

/*
 * rules/vendor/vendor_int.h -- what the readers and writers share.
 *
 * Purpose:   problems with their place, elements nobody knows, lists, ids;
 *            one reader for each kind of file.
 * Touches:   rules/vendor/vendor.h, rules/words.h.
 */
#ifndef RULES_VENDOR_VENDOR_INT_H
#define RULES_VENDOR_VENDOR_INT_H

#include "base/map.h"
#include "rules/vendor/vendor.h"
#include "rules/words.h"

#define VENDOR_MAX_FILES      5000U /* of one folder */
#define VENDOR_MAX_CONNECTORS 256U
#define VENDOR_MAX_RULES      10000U
#define VENDOR_MAX_ITEMS      10000U /* clauses, flows, partitions of one */
#define VENDOR_MAX_CLASSES    20000U
#define VENDOR_MAX_ATTRIBUTES 50000U

#define ENTRA_ID      "{b891884f-051e-4a83-95af-2544101c9083}"
#define ENTRA_SUBTYPE "Windows Azure Active Directory (Microsoft)"

/* A file being read. */
struct vendor_file {
	struct vendor *v;
	struct text name; /* for messages: folder/file */
	struct map *told; /* elements that were warned of */
	struct text rule; /* at hand */
	bool fim; /* flows of connectors and metaverse are read elsewhere */
};

void vendor_problem(struct vendor_file *f, bool blocks,
    const struct xml_node *at, struct text attribute, const char *fmt, ...)
    PRINTF(5, 6);

/* Whether name is one of known (names with blanks between). */
bool vendor_among(struct text name, const char *known);
/* Tells of every element in n that is not among known (names with blanks
 * between), once for the load. */
void vendor_unknown(
    struct vendor_file *f, const struct xml_node *n, const char *known);
/* Tells that an element is there that nothing acts on. */
void vendor_not_honoured(
    struct vendor_file *f, const struct xml_node *n, const char *why);

/* Grows a list of items of size bytes by doubling. */
int vendor_grow(struct arena *a, void *list, size_t *size, size_t count,
    size_t item) MUST_CHECK;

int vendor_text_push(
    struct arena *a, struct vendor_texts *list, struct text t) MUST_CHECK;
/* Texts of the elements of that name in n; empty ones too. */
int vendor_texts_of(struct arena *a, const struct xml_node *n, const char *name,
    struct vendor_texts *out) MUST_CHECK;
uint32_t vendor_name(
    struct vendor_file *f, const struct xml_node *at, struct text t);

bool vendor_is_true(struct text t); /* True, true, 1 */
int64_t vendor_number(struct text t);

/* <parameter-values> at n, which may be NULL. */
int vendor_params_read(struct vendor_file *f, const struct xml_node *n,
    struct vendor_params *out) MUST_CHECK;

/* dsml.c: schema/dsml to a schema and its classes. */
struct vendor_schema {
	struct schema *schema; /* made; the caller frees */
	struct vendor_class *classes;
	size_t class_count;
};
int vendor_dsml_read(struct vendor_file *f, const struct xml_node *schema,
    struct vendor_schema *out) MUST_CHECK;
bool vendor_has_name(const struct vendor_names *list, uint32_t name);
const struct vendor_class *vendor_class_find(
    const struct vendor_class *list, size_t count, uint32_t name);

/* connector.c: <ma-data>; metaverse.c: <saved-mv-configuration>. */
int vendor_connector_read(struct vendor_file *f, const struct xml_node *root,
    struct vendor_connector *out) MUST_CHECK;
int vendor_metaverse_read(
    struct vendor_file *f, const struct xml_node *root) MUST_CHECK;

/* rule_xml.c: <synchronizationRule>. */
int vendor_rule_read(struct vendor_file *f, const struct xml_node *root,
    struct rule *out, struct vendor_rule *extra) MUST_CHECK;
/* Whether a child of <synchronizationRule> is known. */
bool vendor_rule_knows(struct text element);
/* One <mapping>; 1: it says nothing. */
int vendor_flow_read(struct vendor_file *f, const struct xml_node *n,
    struct flow *out) MUST_CHECK;
/* vendor.c: a root element to the model; rules and what goes with them by
 * precedence. */
int vendor_take_connector(
    struct vendor_file *f, const struct xml_node *root) MUST_CHECK;
int vendor_take_rule(
    struct vendor_file *f, const struct xml_node *root) MUST_CHECK;
int vendor_make_room(
    struct vendor *v, size_t connectors, size_t rules) MUST_CHECK;
int vendor_sort_rules(struct vendor *v) MUST_CHECK;

/* check.c: what concerns more than one file. */
void vendor_check(struct vendor_file *f);

#endif /* RULES_VENDOR_VENDOR_INT_H */

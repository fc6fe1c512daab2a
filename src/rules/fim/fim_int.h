/*
 * rules/fim/fim_int.h -- what the files of this reader share.
 *
 * Purpose:   fim.c reads the files and goes through the steps; filter.c makes
 *            scopes of connector filters, join.c rules of joins and
 *            projections, flow.c rules of flows, fn.c expressions of function
 *            trees, delete.c says what keeps an object alive.
 * Touches:   rules/fim/fim.h, rules/vendor/vendor_int.h.
 */
#ifndef RULES_FIM_INT_H
#define RULES_FIM_INT_H

#include "rules/fim/fim.h"
#include "rules/vendor/vendor_int.h"

#define FIM_MAX_GROUPS 256U /* of the scope that a filter becomes */
#define FIM_MAX_DEPTH  32U  /* functions in each other */
#define FIM_FIRST      100  /* precedence of the first rule */

struct fim_ma {
	const struct xml_node *root; /* <ma-data> */
	struct text file;
	const struct vendor_connector *c;
};

struct fim {
	struct vendor *v;
	struct arena *a;
	struct vendor_file *f; /* at hand */
	struct fim_ma *mas;
	size_t ma_count;
	const struct xml_node *mv; /* <mv-data>, or NULL */
	struct text mv_file;
	int32_t precedence; /* of the next rule */
	struct text target; /* attribute of the flow at hand */
};

/* What a person has to do, told at the element; no error. */
void fim_manual(struct fim *m, const struct xml_node *at, struct text attribute,
    const char *fmt, ...) PRINTF(4, 5);
void fim_enter(struct fim *m, struct text file);
const struct fim_ma *fim_ma_find(const struct fim *m, struct text id);
struct text fim_printf(struct fim *m, const char *fmt, ...) PRINTF(2, 3);

/* A rule of a connector, without conditions and flows, numbered. */
struct rule fim_rule(struct fim *m, const struct fim_ma *ma,
    enum rule_direction direction, struct text name);
int fim_add(struct fim *m, const struct rule *rule) MUST_CHECK;

/* ---- Conditions (filter.c) ---- */

struct fim_scope {
	struct scope_group *groups;
	size_t count, size;
	bool unsure; /* something of it could not be translated */
};

/* The objects of a type that no connector filter holds back. */
int fim_filter_scope(struct fim *m, const struct fim_ma *ma, struct text type,
    struct fim_scope *out) MUST_CHECK;
/* The same filters as they are: each alternative is a group. */
int fim_filter_groups(struct fim *m, const struct fim_ma *ma, struct text type,
    struct fim_scope *out) MUST_CHECK;
/* <scoping> of a synchronisation rule: every group must hold it, too. */
int fim_scope_and(struct fim *m, const struct xml_node *scoping,
    struct fim_scope *io) MUST_CHECK;

/* ---- Joins and projections (join.c) ---- */

int fim_joins(struct fim *m, const struct fim_ma *ma) MUST_CHECK;
/* The join criteria of a pair of types, for flows outward. */
int fim_join_groups(struct fim *m, const struct fim_ma *ma, struct text cd,
    struct text mv, struct rule *out) MUST_CHECK;
/* Whether the connector makes metaverse objects of that type. */
bool fim_projects(const struct fim_ma *ma, struct text mv_type);

/* ---- Flows (flow.c) ---- */

int fim_import_flows(struct fim *m) MUST_CHECK;
int fim_export_flows(struct fim *m, const struct fim_ma *ma) MUST_CHECK;

/* A function tree as an expression; false where it has none, which is told. */
bool fim_fn_text(struct fim *m, const struct xml_node *fn, struct buf *out);

/* ---- Deletion and the rest (delete.c) ---- */

/* Whether a join of the connector keeps an object of that type alive. */
enum rule_link fim_join_link(
    const struct fim *m, const struct fim_ma *ma, struct text mv_type);
void fim_tell_deletion(struct fim *m);
void fim_tell_rest(struct fim *m, const struct fim_ma *ma);
bool fim_is_dirsync(const struct fim *m);

#endif /* RULES_FIM_INT_H */

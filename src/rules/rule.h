/*
 * rules/rule.h -- a synchronisation rule, as every reader makes it.
 *
 * Purpose:   one model for the forms a rule can be read from (our YAML, the
 *            vendor's XML, PowerShell), before compilation.
 * Touches:   model/.
 * Ownership: plain structs in the arena of their rule set.
 * Source:    docs/engine/rules.md 1.
 */
#ifndef RULES_RULE_H
#define RULES_RULE_H

#include "model/names.h"
#include "model/schema.h"

enum rule_direction {
	RULE_INBOUND = 1,
	RULE_OUTBOUND = 2
};

enum rule_link {
	LINK_PROVISION = 1,
	LINK_JOIN = 2,
	LINK_STICKY_JOIN = 3
};

enum scope_op {
	SCOPE_EQUAL = 1,
	SCOPE_NOTEQUAL,
	SCOPE_LESSTHAN,
	SCOPE_LESSTHAN_OR_EQUAL,
	SCOPE_GREATERTHAN,
	SCOPE_GREATERTHAN_OR_EQUAL,
	SCOPE_CONTAINS,
	SCOPE_NOTCONTAINS,
	SCOPE_STARTSWITH,
	SCOPE_NOTSTARTSWITH,
	SCOPE_ENDSWITH,
	SCOPE_NOTENDSWITH,
	SCOPE_ISNULL,
	SCOPE_ISNOTNULL,
	SCOPE_ISIN,
	SCOPE_ISNOTIN,
	SCOPE_ISBITSET,
	SCOPE_ISBITNOTSET,
	SCOPE_ISMEMBEROF,
	SCOPE_ISNOTMEMBEROF,
};

struct scope_clause {
	uint32_t name; /* attribute of the source */
	enum scope_op op;
	struct text value; /* may hold %parameters% */
};

struct scope_group { /* AND inside, OR between */
	struct scope_clause *clauses;
	size_t count;
};

struct join_clause {
	uint32_t cs_name;
	uint32_t mv_name;
	bool case_sensitive;
};

struct join_group { /* tried in order; AND inside */
	struct join_clause *clauses;
	size_t count;
};

enum flow_kind {
	FLOW_DIRECT = 1,
	FLOW_CONSTANT = 2,
	FLOW_EXPRESSION = 3
};

enum flow_merge {
	MERGE_UPDATE = 1,
	MERGE_REPLACE = 2,
	MERGE_MERGE = 3,
	MERGE_MERGE_NOCASE = 4,
};

struct flow {
	uint32_t target; /* attribute; "dn" is an attribute outbound */
	enum flow_kind kind;
	uint32_t source; /* FLOW_DIRECT */
	enum flow_merge merge;
	struct text text; /* FLOW_CONSTANT: the text; FLOW_EXPRESSION: it */
	int line;         /* of the file, for errors; 0 unknown */
	bool execute_once;
};

struct rule {
	struct text id;   /* unique: GUID text or our own short id */
	uint32_t id_name; /* the id in the store's names, for lineage */
	struct text name;
	struct text description;
	struct text tag;  /* immutable-tag; empty on custom rules */
	bool exact;       /* made for this schema, tag or not: what the schema
			     lacks is an error, never left out */
	struct text file; /* where it was read, for errors */
	int line;
	enum rule_direction direction;
	bool disabled;
	struct text connector; /* its name; inbound "*kind:ad" is expanded by
				  the reader to one rule a connector */
	uint32_t source_type;  /* 0: "*" */
	uint32_t target_type;  /* 0: "*" */
	enum rule_link link;
	int32_t precedence;
	/* Ids of rules that it was put behind or before when it was made;
	 * empty: none.  Where precedence is 0 they give the number. */
	struct text after, before;
	int64_t soft_delete_ms;
	bool password_sync;
	struct scope_group *scope;
	size_t scope_count;
	struct join_group *join;
	size_t join_count;
	struct flow *flows;
	size_t flow_count;
};

#endif /* RULES_RULE_H */

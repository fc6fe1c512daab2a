/*
 * expr/expr.h -- the expression language of attribute flows.
 *
 * Purpose:   a text like  IIF(IsPresent([mail]),LCase([mail]),NULL)  is
 *            compiled once and then run on object after object.
 * Touches:   base/, model/.  No I/O; the clock is given.
 * Ownership: a struct expr lives in the arena it was compiled into, never
 *            changes and may be shared; results live in the arena given to
 *            expr_run() and borrow from its input and from the expression.
 * Errors:    ERR_SYNTAX (err.type "syntax") and ERR_RULE, where err.type is
 *            the class: at compiling unknown-function, unknown-attribute,
 *            unknown-parameter, unknown-variable, arity, flow-word; at
 *            either time type-mismatch; at running not-numeric, not-a-date,
 *            item-index-out-of-bounds, divide-by-zero, number-overflow,
 *            invalid-argument, unequal-lists, limit, and
 *            sync-rule-error-function-triggered for Error().  ERR_NOMEM.
 * Limits:    see the EXPR_MAX_ macros.
 */
#ifndef EXPR_EXPR_H
#define EXPR_EXPR_H

#include "model/attrs.h"
#include "model/names.h"

#define EXPR_MAX_SOURCE 65536U      /* bytes of one expression */
#define EXPR_MAX_DEPTH  100U        /* parentheses and calls in each other */
#define EXPR_MAX_NODES  20000U      /* parts of one expression */
#define EXPR_MAX_VARS   16U         /* variables in each other */
#define EXPR_MAX_STEPS  20000000U   /* of one run: parts times list values */
#define EXPR_MAX_OUTPUT (64U << 20) /* bytes that one run may make */

enum expr_type {
	EXPR_NULL = 0,
	EXPR_STRING,
	EXPR_NUMBER,
	EXPR_BOOLEAN,
	EXPR_BINARY,
	EXPR_REFERENCE,
	EXPR_DATE, /* number: 100 ns units since 1601-01-01 UTC */
	EXPR_LIST,
	EXPR_IGNORE,    /* IgnoreThisFlow */
	EXPR_AUTH_NULL, /* AuthoritativeNull */
	EXPR_WORD,      /* an enumeration word; never a result */
};

struct expr_value {
	enum expr_type type;
	enum value_ref by; /* EXPR_REFERENCE: as struct value has it */
	uint32_t count;    /* EXPR_LIST */
	bool raw;          /* EXPR_LIST: values, else items */
	union {
		struct text text; /* STRING, BINARY, REFERENCE, WORD */
		int64_t number;   /* NUMBER, DATE */
		bool boolean;
		const struct expr_value *items;
		const struct value *values;
	};
	int64_t id; /* EXPR_REFERENCE */
};

/* What names in an expression may mean.  Every function may be NULL: then
 * any name is right. */
struct expr_scope {
	struct names *names; /* attribute names are interned in it */
	bool (*attribute)(void *ctx, uint32_t name);
	bool (*parameter)(void *ctx, struct text name);
	void *ctx;
};

struct expr;

/* Text to a form that never changes: docs/engine/expressions.md 1 and 6.
 * *out_position: of the fault in the source, in characters from 1, 0 where it
 * is nowhere; may be NULL. */
int expr_compile(const struct expr_scope *scope, struct text source,
    struct arena *a, const struct expr **out, size_t *out_position,
    struct err *e) MUST_CHECK;

/* What it reads: attribute names, sorted, no doubles.  "dn" is among them. */
const uint32_t *expr_attributes(const struct expr *x, size_t *out_count);

/* A remark about a construct that is read differently by people ("&&" beside
 * "||" without parentheses, a misspelt function); NULL: none. */
const char *expr_warning(const struct expr *x);

/* Whether the same input always gives the same: no Guid(), no RandomNum(). */
bool expr_is_stable(const struct expr *x);

/* Whether it is a flow of one attribute as it is: "[name]"; 0: it is not. */
uint32_t expr_is_attribute(const struct expr *x);

/*
 * One part of an expression as a run evaluated it.  A part is told when it is
 * done, so what it is made of comes before it and the whole expression last;
 * depth tells which belongs to which.  What is not evaluated (the branch not
 * taken, what stands behind a false &&) is not told, nor is a bare literal.
 */
struct expr_step {
	size_t from;             /* in characters from 1, the first of it */
	size_t to;               /* and the last */
	struct text source;      /* its text, borrowed from the expression */
	unsigned depth;          /* 0: the whole expression */
	const char *error;       /* the class where it failed, else NULL */
	const char *message;     /* of the error */
	struct expr_value value; /* where it did not; borrows as results do */
};

struct expr_trace {
	void (*step)(void *ctx, const struct expr_step *step);
	void *ctx;
};

/* What one run reads. */
struct expr_input {
	const struct attrs *attrs;
	const struct attrs *imported; /* ImportedValue(); NULL: as attrs */
	struct text dn;               /* [dn] where attrs has none */
	bool (*parameter)(void *ctx, struct text name, struct text *out);
	/* Whether an attribute with one value is a list of one; NULL: never. */
	bool (*is_list)(void *ctx, uint32_t name);
	void *ctx;
	int64_t now_ms;                 /* Now() */
	const struct expr_trace *trace; /* told each part; NULL: none */
};

/* docs/engine/expressions.md 2 to 4.  A list in *out holds no NULL and is not
 * empty; *out_position as expr_compile() has it. */
int expr_run(const struct expr *x, const struct expr_input *in, struct arena *a,
    struct expr_value *out, size_t *out_position, struct err *e) MUST_CHECK;

/* The i-th of a list, from 0; of anything else the value itself. */
struct expr_value expr_at(const struct expr_value *v, uint32_t i);

/* To a value of the model: false for NULL, dates, flow words and lists. */
bool expr_to_value(const struct expr_value *v, struct value *out);
struct expr_value expr_of_value(const struct value *v);

const char *expr_type_name(enum expr_type t); /* "string", "list" */

/* 100 ns units since 1601 as "2001-01-31T00:00:00Z", for JSON and people. */
int expr_format_date(
    struct arena *a, int64_t ticks, struct text *out) MUST_CHECK;

/* ---- The table of functions, for `expr functions` and the manual ---- */

struct expr_function_info {
	const char *name;
	const char *result;    /* "str", "num", "list", ... */
	const char *arguments; /* "str s, num n[, enum compare]" */
	const char *null_rule; /* result for NULL as first argument */
	const char *what;      /* one line */
	unsigned min_args;
	unsigned max_args; /* UINT_MAX: any */
};

size_t expr_function_count(void);
struct expr_function_info expr_function_at(size_t i);

#endif /* EXPR_EXPR_H */

/*
 * expr/expr_int.h -- what the files of expr/ share.
 *
 * Purpose:   the compiled form, the state of a run, the function table.
 * Touches:   expr/expr.h.
 */
#ifndef EXPR_EXPR_INT_H
#define EXPR_EXPR_INT_H

#include "expr/expr.h"

/* The build clears every variable (-ftrivial-auto-var-init); in the few places
 * that run for each part of an expression on each object that is a fifth of the
 * time.  What carries this is written before it is read. */
#define UNCLEARED __attribute__((uninitialized))

/* ---- Tokens (lexer.c) ---- */

enum token_kind {
	TOKEN_END = 0,
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_ATTRIBUTE,
	TOKEN_PARAMETER,
	TOKEN_VARIABLE,
	TOKEN_NAME,
	TOKEN_OPERATOR,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
};

enum operator{
	OP_NONE = 0,
	OP_AND,
	OP_OR,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_CONCAT,
};

struct token {
	enum token_kind kind;
	enum operator op;
	size_t at; /* byte offset */
	struct text text;
	uint64_t number; /* at most 2^63 */
};

struct lexer {
	struct text source;
	size_t pos;
	struct arena *arena;
	struct err *e;
	size_t fault; /* offset of the fault */
};

int lexer_next(struct lexer *l, struct token *out) MUST_CHECK;

/* ---- The compiled form (parser.c makes it, eval.c runs it) ---- */

struct run;
struct node;
struct function;

enum node_kind {
	NODE_CONSTANT = 1,
	NODE_ATTRIBUTE,
	NODE_DN,
	NODE_PARAMETER,
	NODE_VARIABLE,
	NODE_NEGATE,
	NODE_CHAIN, /* operands of one level, left to right */
	NODE_CALL,
};

struct node {
	enum node_kind kind;
	enum operator op; /* in a chain: what stands before this operand */
	uint32_t at;      /* byte offset for errors */
	uint32_t from;    /* what it spans in the source: bytes from .. */
	uint32_t to;      /* .. up to this one, not with it */
	uint32_t name;    /* ATTRIBUTE, DN; CALL: of the quoted attribute */
	uint32_t slot;    /* VARIABLE; CALL of Select, Where, With */
	uint32_t count;
	const struct node *const *kids;
	const struct function *fn;
	struct expr_value value; /* CONSTANT; PARAMETER: the name as text */
};

struct expr {
	const struct node *root;
	struct text source;
	const uint32_t *attributes;
	size_t attribute_count;
	const char *warning;
	bool random;        /* it calls Guid() or RandomNum() */
	uint32_t var_count; /* slots that a run needs */
};

/* ---- What is checked when all is parsed (check.c) ---- */

struct check {
	struct text source;
	struct arena *arena;
	struct err *e;
	size_t *fault; /* byte offset */
	const char **warning;
};

/* Flow words where they may not be, words of an enumeration, and types that
 * can never fit; where the part may never run, a warning. */
int expr_check(struct check *c, const struct node *root) MUST_CHECK;

/* ---- A run ---- */

struct run {
	const struct expr_input *in;
	struct arena *arena;
	struct err *e;
	uint32_t at; /* offset of what is being evaluated */
	uint32_t steps;
	size_t output;           /* bytes made */
	struct expr_value *vars; /* by slot; NULL where there are none */
	const struct expr *expr;
	const struct node *call; /* whose function runs */
	unsigned depth;          /* counted where there is a trace */
};

// NOLINTNEXTLINE(misc-no-recursion): depth limited at compiling
int eval(
    struct run *r, const struct node *n, struct expr_value *out) MUST_CHECK;

/* ERR_RULE with class and text; the position is r->at. */
int run_fail(struct run *r, const char *class, const char *fmt, ...)
    PRINTF(3, 4);
/* The same about an argument of the function that runs, from 0: its name and
 * the argument's number come first, and the position is the argument's. */
int run_bad(struct run *r, const char *class, uint32_t arg, const char *fmt,
    ...) PRINTF(4, 5);
int run_nomem(struct run *r);
int run_step(struct run *r, uint32_t n) MUST_CHECK; /* counts, ERR_RULE limit */

/* Room for n bytes of a result, counted. */
char *run_bytes(struct run *r, size_t n) MUST_CHECK;
struct expr_value *run_items(struct run *r, size_t n) MUST_CHECK;

int run_truth(struct run *r, const struct expr_value *v, bool *out) MUST_CHECK;

/* What op makes of two values that are no lists (operators.c). */
int combine(struct run *r, enum operator op, const struct expr_value *a,
    const struct expr_value *b, struct expr_value *out) MUST_CHECK;

/* Values (value.c). */
static inline struct expr_value
make_null(void)
{
	return (struct expr_value){.type = EXPR_NULL};
}

static inline struct expr_value
make_string(struct text t)
{
	return (struct expr_value){.type = EXPR_STRING, .text = t};
}

static inline struct expr_value
make_binary(struct text t)
{
	return (struct expr_value){.type = EXPR_BINARY, .text = t};
}

static inline struct expr_value
make_number(int64_t n)
{
	return (struct expr_value){.type = EXPR_NUMBER, .number = n};
}

static inline struct expr_value
make_boolean(bool b)
{
	return (struct expr_value){.type = EXPR_BOOLEAN, .boolean = b};
}

static inline struct expr_value
make_date(int64_t ticks)
{
	return (struct expr_value){.type = EXPR_DATE, .number = ticks};
}

struct expr_value make_list(const struct expr_value *items, uint32_t n);
/* A list without its NULLs, in place; an empty one becomes NULL. */
int list_clean(struct run *r, struct expr_value *v) MUST_CHECK;
/* Element i of a list, or the value itself of anything else. */
static inline struct expr_value
element(const struct expr_value *v, uint32_t i)
{
	return v->type == EXPR_LIST ? expr_at(v, i) : *v;
}

static inline uint32_t
list_count(const struct expr_value *v)
{
	if (v->type == EXPR_NULL)
		return 0;
	return v->type == EXPR_LIST ? v->count : 1;
}

/* Type and content. */
bool values_equal(const struct expr_value *a, const struct expr_value *b);

/* From 1, in characters. */
size_t expr_position(struct text source, size_t at);

/* ---- Functions ---- */

enum null_rule {
	NULL_GIVES_NULL = 0,
	ANY_NULL_GIVES_NULL,
	NULL_GIVES_ZERO,
	NULL_GIVES_FALSE,
	NULL_GIVES_EMPTY, /* the empty string */
	NULL_IS_SEEN,     /* the function decides */
};

#define P_STRING         (1U << EXPR_STRING | 1U << EXPR_REFERENCE)
#define P_NUMBER         (1U << EXPR_NUMBER)
#define P_BOOLEAN        (1U << EXPR_BOOLEAN | 1U << EXPR_NUMBER)
#define P_BINARY         (1U << EXPR_BINARY)
#define P_REF            (1U << EXPR_REFERENCE)
#define P_DATE           (1U << EXPR_DATE)
#define P_WORD           (1U << EXPR_WORD | 1U << EXPR_STRING)
#define P_ANY            (P_STRING | P_BOOLEAN | P_BINARY | P_DATE)
#define P_LIST           (1U << 30) /* taken whole */
#define P_TEXT_OR_BINARY (P_STRING | P_BINARY)
#define P_CERT           (P_STRING | P_BINARY) /* DER, or base64 of it */

#define MAX_PARAMS 4U

typedef int function_call(struct run *r, const struct expr_value *args,
    uint32_t n, struct expr_value *out);
typedef int function_lazy(
    struct run *r, const struct node *call, struct expr_value *out);

enum function_form {
	FORM_PLAIN = 0,
	FORM_LAZY,      /* gets its arguments unevaluated */
	FORM_ATTRIBUTE, /* one quoted attribute name */
	FORM_BINDS,     /* first argument is $v */
};

struct function {
	const char *name;
	const char *result;
	const char *arguments;
	const char *what;
	uint32_t params[MAX_PARAMS];
	unsigned min_args;
	unsigned max_args;
	enum null_rule null_rule;
	enum function_form form;
	function_call *call;
	function_lazy *lazy;
	const char *alias_of; /* a misspelling that documents have */
};

const struct function *function_find(struct text name);

/* fn_*.c */
function_lazy lazy_iif, lazy_switch, lazy_with, lazy_select, lazy_where,
    lazy_imported_value, lazy_value_count;
function_call fn_error, fn_cbool;
function_call fn_is_null, fn_is_null_or_empty, fn_is_present, fn_is_empty,
    fn_is_string, fn_is_numeric, fn_is_date, fn_is_guid, fn_is_bit_set;
function_call fn_bit_and, fn_bit_or, fn_random_num;
function_call fn_cnum, fn_cstr, fn_cbin, fn_cref, fn_cguid, fn_string_from_guid,
    fn_string_from_sid, fn_to_base64, fn_from_base64, fn_to_utf8_hex,
    fn_from_utf8_hex, fn_thumbprint, fn_guid;
function_call fn_cdate, fn_now, fn_date_from_num, fn_num_from_date, fn_date_add,
    fn_format_date_time;
function_call fn_dn_component, fn_dn_component_rev, fn_escape_dn_component;
function_call fn_contains, fn_count, fn_item, fn_item_or_null, fn_join,
    fn_split, fn_remove_duplicates;
function_call fn_lcase, fn_ucase, fn_pcase, fn_trim, fn_ltrim, fn_rtrim, fn_len,
    fn_left, fn_right, fn_mid, fn_instr, fn_instr_rev, fn_pad_left,
    fn_pad_right, fn_replace, fn_replace_chars, fn_word;

function_call fn_is_cert, fn_cert_sha1, fn_cert_serial, fn_cert_version,
    fn_cert_format, fn_cert_subject, fn_cert_issuer, fn_cert_name_oid,
    fn_cert_key_oid, fn_cert_key_params, fn_cert_key_curve,
    fn_cert_signature_oid, fn_cert_not_after, fn_cert_not_before,
    fn_cert_extension_oids, fn_cert_friendly_name, fn_cert_name_info;

/* Whether text is a number as CNum() reads it. */
bool number_parse(struct text t, int64_t *out);
bool date_parse(struct text t, int64_t *out_ticks);

#endif /* EXPR_EXPR_INT_H */

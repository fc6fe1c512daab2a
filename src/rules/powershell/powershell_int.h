/*
 * rules/powershell/powershell_int.h -- what the PowerShell reader's files
 * share.
 *
 * Purpose:   lexer.c makes tokens, parse.c commands of them, powershell.c
 *            rules of those.
 * Touches:   base/, rules/ruleset_int.h.
 */
#ifndef RULES_POWERSHELL_INT_H
#define RULES_POWERSHELL_INT_H

#include "rules/powershell/powershell.h"
#include "rules/ruleset_int.h"

#define PS_MAX_ARGS      64U /* of one command */
#define PS_MAX_VALUES    RULESET_MAX_ITEMS
#define PS_MAX_VARIABLES 5000U

enum ps_kind {
	PS_END,
	PS_LINE, /* the end of a line, or ';' */
	PS_WORD,
	PS_TEXT,
	PS_PARAMETER, /* -Name; colon: "-Name:" */
	PS_VARIABLE,  /* $name, $name[0] */
	PS_COMMA,
	PS_EQUALS,
	PS_OPEN, /* "@(" */
	PS_CLOSE,
};

struct ps_token {
	enum ps_kind kind;
	struct text text; /* of a text: decoded */
	unsigned line;
	bool colon;
};

struct ps_lexer {
	struct text in;
	size_t pos;
	unsigned line;
	struct {
		char *data;
		size_t used, size;
	} text; /* every text of the file, one behind the other */
};

int ps_lexer_init(
    struct ps_lexer *l, struct arena *a, struct text in) MUST_CHECK;

/* PS_END at the end.  ERR_SYNTAX with "line N: " for what no rule export
 * has. */
int ps_next(struct ps_lexer *l, struct ps_token *out, struct err *e) MUST_CHECK;

/* ---- Commands (parse.c) ---- */

struct ps_value {
	enum ps_kind kind; /* PS_WORD, PS_TEXT, PS_VARIABLE */
	struct text text;
};

struct ps_arg {
	struct text name; /* of the parameter; empty: by its place */
	unsigned line;
	struct ps_value *values;
	size_t count;
	bool given; /* a value, perhaps an empty list; else a switch */
};

struct ps_command {
	struct text assign; /* $name = ...; empty: none */
	struct text name;
	unsigned line;
	struct ps_arg *args; /* until the next command */
	size_t count;
};

struct ps_parser {
	struct ps_lexer lexer;
	struct ps_token token; /* the one at hand */
	struct arena *arena;
	struct ps_arg args[PS_MAX_ARGS];
};

int ps_parser_init(struct ps_parser *p, struct arena *a, struct text in,
    struct err *e) MUST_CHECK;

/* 1 with the next command, 0 at the end. */
int ps_command_next(
    struct ps_parser *p, struct ps_command *out, struct err *e) MUST_CHECK;

/* Whether a rule export may have it (powershell.c). */
bool ps_command_known(struct text name);

#endif /* RULES_POWERSHELL_INT_H */

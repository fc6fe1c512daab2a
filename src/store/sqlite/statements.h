/*
 * store/sqlite/statements.h -- a number for each statement kept prepared.
 *
 * Purpose:   the text stands once, in statement_list.def.
 * Touches:   nothing.
 */
#ifndef STORE_SQLITE_STATEMENTS_H
#define STORE_SQLITE_STATEMENTS_H

enum stmt {
#define STATEMENT(name, sql)   STMT_##name,
#define ALONG_INDEX(name, sql) STMT_##name,
#include "store/sqlite/statement_list.def"
#undef STATEMENT
#undef ALONG_INDEX
	STMT_COUNT
};

#endif /* STORE_SQLITE_STATEMENTS_H */

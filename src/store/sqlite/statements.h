/*
 * store/sqlite/statements.h -- a number for each statement kept prepared.
 *
 * Purpose:   the text stands once, in statement_list.def.
 * Touches:   nothing.
 */
#ifndef STORE_SQLITE_STATEMENTS_H
#define STORE_SQLITE_STATEMENTS_H

/* Of a row of cs, as the partial indexes say it (migrations/indexes.sql). */

/* CS_WORK: REF_RETRY, RENAME_RETRY, SYNC_ERROR, RESYNC, or a disconnector that
 * is in the directory. */
#define SQL_IS_WORK                                          \
	"kind = 1 AND (import_op <> 0 OR flags & 4110 <> 0 " \
	"OR (link = 0 AND flags & 1 <> 0))"
/* CS_PENDING_EXPORT, but for references; not CS_UNSUPPORTED. */
#define SQL_IS_PENDING   "unapplied_op <> 0 AND flags & 1024 = 0"
#define SQL_IS_UNCERTAIN "escrowed_op <> 0"
#define SQL_IS_ERROR     "flags & 56 <> 0"

enum stmt {
#define STATEMENT(name, sql)   STMT_##name,
#define ALONG_INDEX(name, sql) STMT_##name,
#include "store/sqlite/statement_list.def"
#undef STATEMENT
#undef ALONG_INDEX
	STMT_COUNT
};

#endif /* STORE_SQLITE_STATEMENTS_H */

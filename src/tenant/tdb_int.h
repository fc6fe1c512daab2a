/*
 * tenant/tdb_int.h -- the texts behind the statement numbers.
 *
 * Touches: nothing; for tdb.c and tdb_sql.c alone.
 */
#ifndef TENANT_TDB_INT_H
#define TENANT_TDB_INT_H

#include "tenant/tdb.h"

#define TDB_SCHEMA_VERSION 2

extern const char tdb_schema[];
extern const char tdb_schema_2[]; /* what version 2 has more */
extern const char *const tdb_texts[SQL_N];

#endif /* TENANT_TDB_INT_H */

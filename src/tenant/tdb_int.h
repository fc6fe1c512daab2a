/*
 * tenant/tdb_int.h -- the texts behind the statement numbers.
 *
 * Touches: nothing; for tdb.c and tdb_sql.c alone.
 */
#ifndef TENANT_TDB_INT_H
#define TENANT_TDB_INT_H

#include "tenant/tdb.h"

#define TDB_SCHEMA_VERSION 6

/* What each version has more than the one before; never changed. */
extern const char *const tdb_schema[TDB_SCHEMA_VERSION];
extern const char *const tdb_texts[SQL_N];

#endif /* TENANT_TDB_INT_H */

#include "tenant/tdb_int.h"

#include "base/defs.h"

/* STRICT tables; rows never move, so a row number is a safe place in a page.
 * state: 0 live, 1 deleted and restorable, 2 gone (kept so that the change
 * log can still name it). */
static const char schema_1[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE domain(name TEXT PRIMARY KEY, is_initial INTEGER NOT NULL,"
    " is_default INTEGER NOT NULL, federated INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE app(client_id TEXT PRIMARY KEY, name TEXT NOT NULL,"
    " roles TEXT NOT NULL, created_ms INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE app_secret(client_id TEXT NOT NULL REFERENCES app,"
    " hash TEXT NOT NULL, expires_ms INTEGER NOT NULL,"
    " PRIMARY KEY(client_id, hash)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE app_cert(client_id TEXT NOT NULL REFERENCES app,"
    " sha256 TEXT NOT NULL, sha1 TEXT NOT NULL, pem TEXT NOT NULL,"
    " expires_ms INTEGER NOT NULL, PRIMARY KEY(client_id, sha256))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE object(row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " kind INTEGER NOT NULL, state INTEGER NOT NULL,"
    " deleted_ms INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;"
    "CREATE INDEX object_kind ON object(kind, state, row);"
    "CREATE TABLE unique_value(scope INTEGER NOT NULL, key TEXT NOT NULL,"
    " object INTEGER NOT NULL, PRIMARY KEY(scope, key))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE index_value(prop INTEGER NOT NULL, key TEXT NOT NULL,"
    " object INTEGER NOT NULL, PRIMARY KEY(prop, key, object))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE ref(kind INTEGER NOT NULL, source INTEGER NOT NULL,"
    " target INTEGER NOT NULL, PRIMARY KEY(kind, source, target))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX ref_target ON ref(target, kind, source);"
    "CREATE TABLE change(seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    " at_ms INTEGER NOT NULL, object INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " op INTEGER NOT NULL, link INTEGER NOT NULL, target INTEGER NOT NULL,"
    " props TEXT NOT NULL) STRICT;"
    "CREATE INDEX change_object ON change(object, seq);";

/* Objects as the synchronisation service was given them: doc has the values
 * as they were exported (T5.1), seq is the place of the last change in the
 * log; state as of object.  wait has references whose target is not here yet.
 */
static const char schema_2[] =
    "CREATE TABLE sync_object(object INTEGER PRIMARY KEY"
    " REFERENCES object(row) ON DELETE CASCADE, kind INTEGER NOT NULL,"
    " anchor TEXT NOT NULL, state INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " doc TEXT NOT NULL) STRICT;"
    "CREATE INDEX sync_object_anchor ON sync_object(kind, anchor);"
    "CREATE INDEX sync_object_seq ON sync_object(seq);"
    "CREATE TABLE sync_wait(anchor TEXT NOT NULL, link INTEGER NOT NULL,"
    " source INTEGER NOT NULL REFERENCES object(row) ON DELETE CASCADE,"
    " PRIMARY KEY(anchor, link, source)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX sync_wait_source ON sync_wait(source, link);"
    "CREATE TABLE quarantine(object INTEGER NOT NULL"
    " REFERENCES object(row) ON DELETE CASCADE, prop TEXT NOT NULL,"
    " key TEXT NOT NULL, value TEXT NOT NULL, since_ms INTEGER NOT NULL,"
    " PRIMARY KEY(object, prop, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE credential(object INTEGER PRIMARY KEY"
    " REFERENCES object(row) ON DELETE CASCADE, blob TEXT NOT NULL,"
    " changed_ms INTEGER NOT NULL, force INTEGER NOT NULL) STRICT;";

/* Ways to a token that an application was given beside its own secret or
 * certificate: "password". */
static const char schema_3[] =
    "ALTER TABLE app ADD COLUMN grants TEXT NOT NULL DEFAULT '';";

/* due: who held the value let go of it.  role: template ids of directory
 * roles.  A deleted user is found by its anchor again (T6.2). */
static const char schema_4[] =
    "ALTER TABLE quarantine ADD COLUMN due INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX quarantine_key ON quarantine(key);"
    "CREATE INDEX quarantine_due ON quarantine(due) WHERE due <> 0;"
    "CREATE TABLE role(id TEXT PRIMARY KEY, template TEXT NOT NULL,"
    " object INTEGER NOT NULL REFERENCES object(row) ON DELETE CASCADE,"
    " UNIQUE(object, template)) STRICT, WITHOUT ROWID;"
    "INSERT OR IGNORE INTO index_value SELECT 6,"
    " lower(json_extract(doc, '$.onPremisesImmutableId')), row FROM object"
    " WHERE kind = 1 AND state = 1"
    " AND json_extract(doc, '$.onPremisesImmutableId') IS NOT NULL;";

/* Codes for who signs in on another device, and the public clients that tools
 * for this service name; security identifiers of devices are their own. */
static const char schema_5[] =
    "CREATE TABLE device_code(code TEXT PRIMARY KEY,"
    " user_code TEXT NOT NULL UNIQUE, client_id TEXT NOT NULL,"
    " scope TEXT NOT NULL, expires_ms INTEGER NOT NULL,"
    " object INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;"
    "INSERT OR IGNORE INTO app(client_id, name, roles, created_ms, grants)"
    " VALUES('04b07795-8ddb-461a-bbee-02f9e1bf7b46',"
    " 'Command line tools', '', 0, 'device_code'),"
    " ('1b730954-1685-4b74-9bfd-dac224a7b894',"
    " 'Shell tools', '', 0, 'device_code');"
    "UPDATE unique_value SET scope = 8 WHERE scope = 4 AND object IN"
    " (SELECT row FROM object WHERE kind = 3);";

/* Those tools sign in by a page as well. */
static const char schema_6[] =
    "UPDATE app SET grants = 'device_code authorization_code password'"
    " WHERE client_id = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';"
    "UPDATE app SET grants = 'device_code authorization_code'"
    " WHERE client_id = '1b730954-1685-4b74-9bfd-dac224a7b894';";

const char *const tdb_schema[TDB_SCHEMA_VERSION] = {
    schema_1, schema_2, schema_3, schema_4, schema_5, schema_6};

#define OBJECT_COLUMNS "o.row, o.id, o.kind, o.state, o.deleted_ms, o.doc"
#define SYNC_COLUMNS   "s.object, s.kind, s.anchor, s.state, s.seq, s.doc, o.id"

const char *const tdb_texts[SQL_N] = {
    [SQL_BEGIN] = "BEGIN",
    [SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_SAVE] = "SAVEPOINT item",
    [SQL_RELEASE] = "RELEASE item",
    [SQL_ROLLBACK_TO] = "ROLLBACK TO item",

    [SQL_META_GET] = "SELECT value FROM meta WHERE key = ?1",
    [SQL_META_PUT] = "INSERT INTO meta VALUES(?1, ?2)"
		     " ON CONFLICT(key) DO UPDATE SET value = ?2",
    [SQL_DOMAINS] = "SELECT name, is_initial, is_default, federated"
		    " FROM domain ORDER BY is_default DESC, name",
    [SQL_DOMAIN_ADD] = "INSERT INTO domain VALUES(?1, ?2, ?3, ?4)",
    [SQL_DOMAIN_REMOVE] = "DELETE FROM domain WHERE name = ?1",
    [SQL_APP_ADD] =
	"INSERT INTO app(client_id, name, roles, created_ms, grants)"
	" VALUES(?1, ?2, ?3, ?4, ?5)",
    [SQL_APP_GET] = "SELECT name, roles, grants FROM app WHERE client_id = ?1",
    [SQL_APPS] =
	"SELECT client_id, name, roles, created_ms,"
	" (SELECT count(*) FROM app_secret s WHERE s.client_id=a.client_id),"
	" (SELECT count(*) FROM app_cert c WHERE c.client_id=a.client_id),"
	" grants"
	" FROM app a ORDER BY created_ms, client_id",
    [SQL_APP_SECRET_ADD] = "INSERT INTO app_secret VALUES(?1, ?2, ?3)",
    [SQL_APP_SECRETS] =
	"SELECT hash, expires_ms FROM app_secret WHERE client_id = ?1",
    [SQL_APP_CERT_ADD] =
	"INSERT OR IGNORE INTO app_cert VALUES(?1, ?2, ?3, ?4, ?5)",
    [SQL_APP_CERTS] = "SELECT sha256, sha1, pem, expires_ms FROM app_cert"
		      " WHERE client_id = ?1",

    [SQL_DEVICE_ADD] = "INSERT INTO device_code(code, user_code, client_id,"
		       " scope, expires_ms) VALUES(?1, ?2, ?3, ?4, ?5)",
    [SQL_DEVICE_GET] = "SELECT scope, expires_ms, object FROM device_code"
		       " WHERE code = ?1 AND client_id = ?2",
    [SQL_DEVICE_APPROVE] =
	"UPDATE device_code SET object = ?2 WHERE user_code = ?1"
	" AND expires_ms > ?3 AND object = 0 RETURNING 1",
    [SQL_DEVICE_DONE] =
	"DELETE FROM device_code WHERE code = ?1 OR expires_ms < ?2",

    [SQL_OBJECT_ADD] = "INSERT INTO object(id, kind, state, deleted_ms, doc)"
		       " VALUES(?1, ?2, 0, 0, ?3)",
    [SQL_OBJECT_SAVE] = "UPDATE object SET state = ?2, deleted_ms = ?3,"
			" doc = ?4 WHERE row = ?1",
    [SQL_OBJECT_BY_ID] =
	"SELECT " OBJECT_COLUMNS " FROM object o WHERE o.id = ?1",
    [SQL_OBJECT_BY_ROW] =
	"SELECT " OBJECT_COLUMNS " FROM object o WHERE o.row = ?1",
    [SQL_OBJECT_PAGE] = "SELECT " OBJECT_COLUMNS " FROM object o"
			" WHERE o.kind = ?1 AND o.state = ?2 AND o.row > ?3"
			" ORDER BY o.row",
    [SQL_OBJECT_COUNT] =
	"SELECT count(*) FROM object WHERE kind = ?1 AND state = ?2",
    /* T6.6 counts deleted objects in full while they can be restored, and a
     * quarter of them for another thirty days. */
    [SQL_OBJECT_TOTAL] =
	"SELECT count(*) + (SELECT count(*) FROM object"
	" WHERE kind BETWEEN 1 AND 5 AND state = 2 AND deleted_ms > ?1"
	" AND doc <> '{}') / 4 FROM object WHERE state < 2",

    [SQL_OBJECT_EXPIRED] = "SELECT row FROM object WHERE kind BETWEEN 1 AND 5"
			   " AND state = 1 AND deleted_ms < ?1 LIMIT 1",
    [SQL_OBJECT_FORGET] = "DELETE FROM object WHERE kind BETWEEN 1 AND 5"
			  " AND state = 2 AND deleted_ms < ?1",

    [SQL_UNIQUE_ADD] = "INSERT INTO unique_value VALUES(?1, ?2, ?3)",
    [SQL_UNIQUE_GET] =
	"SELECT object FROM unique_value WHERE scope = ?1 AND key = ?2",
    [SQL_UNIQUE_REMOVE] = "DELETE FROM unique_value"
			  " WHERE scope = ?1 AND key = ?2 AND object = ?3",
    [SQL_UNIQUE_RANGE] = "SELECT object FROM unique_value"
			 " WHERE scope = ?1 AND key >= ?2 AND key < ?3",
    [SQL_INDEX_ADD] = "INSERT OR IGNORE INTO index_value VALUES(?1, ?2, ?3)",
    [SQL_INDEX_REMOVE] = "DELETE FROM index_value"
			 " WHERE prop = ?1 AND key = ?2 AND object = ?3",
    [SQL_INDEX_EQUAL] =
	"SELECT object FROM index_value WHERE prop = ?1 AND key = ?2"
	" ORDER BY object",
    [SQL_INDEX_RANGE] = "SELECT DISTINCT object FROM index_value"
			" WHERE prop = ?1 AND key >= ?2 AND key < ?3"
			" ORDER BY object",

    [SQL_REF_ADD] = "INSERT INTO ref VALUES(?1, ?2, ?3)",
    [SQL_REF_REMOVE] =
	"DELETE FROM ref WHERE kind = ?1 AND source = ?2 AND target = ?3"
	" RETURNING 1",
    [SQL_REF_CLEAR] = "DELETE FROM ref WHERE kind = ?1 AND source = ?2",
    [SQL_REF_HAS] = "SELECT 1 FROM ref"
		    " WHERE kind = ?1 AND source = ?2 AND target = ?3",
    [SQL_REF_TARGETS] =
	"SELECT " OBJECT_COLUMNS " FROM ref r JOIN object o ON o.row=r.target"
	" WHERE r.kind = ?1 AND r.source = ?2 AND r.target > ?3"
	" AND o.state = 0 ORDER BY r.target",
    [SQL_REF_SOURCES] =
	"SELECT " OBJECT_COLUMNS " FROM ref r JOIN object o ON o.row=r.source"
	" WHERE r.target = ?2 AND r.kind = ?1 AND r.source > ?3"
	" AND o.state = 0 ORDER BY r.source",
    [SQL_REF_COUNT] =
	"SELECT count(*) FROM ref r JOIN object o ON o.row = r.target"
	" WHERE r.kind = ?1 AND r.source = ?2 AND o.state = 0",
    [SQL_REF_ALL_SOURCES] =
	"SELECT r.kind, r.source, o.kind FROM ref r"
	" JOIN object o ON o.row = r.source WHERE r.target = ?1",
    [SQL_REF_DROP_SOURCE] =
	"DELETE FROM ref WHERE kind BETWEEN 1 AND 3 AND source = ?1",
    [SQL_REF_DROP_TARGET] = "DELETE FROM ref WHERE target = ?1",

    [SQL_CHANGE_ADD] =
	"INSERT INTO change(at_ms, object, kind, op, link, target, props)"
	" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [SQL_CHANGE_LAST] = "SELECT max(coalesce((SELECT max(seq) FROM change),0),"
			" coalesce((SELECT seq FROM sqlite_sequence"
			" WHERE name = 'change'), 0))",
    /* In the order of the log, each object where it changed last. */
    [SQL_CHANGE_OBJECTS] =
	"SELECT c.object, c.seq FROM change c"
	" WHERE c.seq > ?1 AND c.kind = ?2 AND NOT EXISTS"
	" (SELECT 1 FROM change n WHERE n.object = c.object AND n.seq > c.seq)"
	" ORDER BY c.seq",
    [SQL_CHANGE_PROPS] = "SELECT op, props FROM change"
			 " WHERE object = ?1 AND seq > ?2 AND link = 0",
    [SQL_CHANGE_LINKS] =
	"SELECT c.target, c.op, max(c.seq), o.id, o.kind FROM change c"
	" JOIN object o ON o.row = c.target"
	" WHERE c.object = ?1 AND c.seq > ?2 AND c.link = ?3"
	" AND c.target > ?4 GROUP BY c.target ORDER BY c.target",
    [SQL_CHANGE_TOTALS] = "SELECT op, count(*), max(seq) FROM change"
			  " WHERE seq > ?1 GROUP BY op ORDER BY op",
    [SQL_CHANGE_PER_OBJECT] =
	"SELECT o.id, o.kind, c.op, count(*) FROM change c"
	" JOIN object o ON o.row = c.object WHERE c.seq > ?1"
	" GROUP BY c.object, c.op ORDER BY c.object, c.op",
    [SQL_CHANGE_PRUNE] = "DELETE FROM change WHERE at_ms < ?1",

    [SQL_SYNC_PUT] = "INSERT OR REPLACE INTO sync_object"
		     " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_SYNC_BY_ROW] = "SELECT " SYNC_COLUMNS " FROM sync_object s"
			" JOIN object o ON o.row = s.object"
			" WHERE s.object = ?1",
    [SQL_SYNC_BY_ANCHOR] = "SELECT " SYNC_COLUMNS " FROM sync_object s"
			   " JOIN object o ON o.row = s.object"
			   " WHERE s.kind = ?1 AND s.anchor = ?2"
			   " ORDER BY s.state, s.object DESC LIMIT 1",
    [SQL_SYNC_SINCE] = "SELECT " SYNC_COLUMNS " FROM sync_object s"
		       " JOIN object o ON o.row = s.object"
		       " WHERE s.seq > ?1 ORDER BY s.seq, s.object",
    [SQL_SYNC_ALL] = "SELECT " SYNC_COLUMNS " FROM sync_object s"
		     " JOIN object o ON o.row = s.object"
		     " WHERE s.object > ?1 ORDER BY s.object",
    [SQL_SYNC_COUNT] = "SELECT count(*) FROM sync_object WHERE state = 0",
    [SQL_SYNC_WAIT_ADD] = "INSERT OR IGNORE INTO sync_wait VALUES(?1, ?2, ?3)",
    [SQL_SYNC_WAIT_FOR] = "SELECT link, source FROM sync_wait"
			  " WHERE anchor = ?1",
    [SQL_SYNC_WAIT_CLEAR] = "DELETE FROM sync_wait"
			    " WHERE link = ?1 AND source = ?2",
    [SQL_SYNC_WAIT_DROP] = "DELETE FROM sync_wait"
			   " WHERE anchor = ?1 AND link = ?2 AND source = ?3",
    [SQL_SYNC_STATE] = "UPDATE sync_object SET state = ?2, seq = ?3"
		       " WHERE object = ?1",
    [SQL_CHANGE_MADE_SINCE] =
	"SELECT 1 FROM change WHERE object = ?1 AND seq > ?2 AND op = 1",
    [SQL_ROLE_ADD] = "INSERT INTO role VALUES(?1, ?2, ?3)",
    [SQL_ROLE_REMOVE] = "DELETE FROM role WHERE id = ?1 RETURNING 1",
    [SQL_ROLES] = "SELECT r.id, r.template, o.id FROM role r"
		  " JOIN object o ON o.row = r.object ORDER BY r.id",
    [SQL_ROLES_OF] = "SELECT template FROM role WHERE object = ?1",
    [SQL_QUARANTINE_DUE] = "UPDATE quarantine SET due = 1 WHERE key = ?1",
    [SQL_QUARANTINE_DUE_ALL] = "UPDATE quarantine SET due = 1",
    [SQL_QUARANTINE_NEXT] = "SELECT object FROM quarantine WHERE due <> 0"
			    " ORDER BY since_ms LIMIT 1",
    [SQL_QUARANTINE_SEEN] = "UPDATE quarantine SET due = 0 WHERE object = ?1",
    [SQL_QUARANTINE_ADD] = "INSERT OR IGNORE INTO quarantine"
			   " VALUES(?1, ?2, ?3, ?4, ?5, 0)",
    [SQL_QUARANTINE_OF] = "SELECT object, prop, key, value, since_ms"
			  " FROM quarantine WHERE object = ?1",
    [SQL_QUARANTINE_ALL] =
	"SELECT object, prop, key, value, since_ms FROM quarantine"
	" WHERE object > ?1 ORDER BY object",
    [SQL_QUARANTINE_REMOVE] = "DELETE FROM quarantine"
			      " WHERE object = ?1 AND prop = ?2 AND key = ?3",
    [SQL_QUARANTINE_CLEAR] = "DELETE FROM quarantine WHERE object = ?1",
    [SQL_CREDENTIAL_PUT] =
	"INSERT OR REPLACE INTO credential VALUES(?1, ?2, ?3, ?4)",
    [SQL_CREDENTIAL_GET] =
	"SELECT blob, changed_ms, force FROM credential WHERE object = ?1",
};

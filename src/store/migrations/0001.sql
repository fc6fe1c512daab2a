-- 0001: connector spaces, the metaverse, runs and the journal.
--
-- Attribute, object type, partition and rule names are numbers of table name.
-- Columns without an index of their own that are large stand last.

CREATE TABLE meta (
	key BLOB PRIMARY KEY,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE name (
	id INTEGER PRIMARY KEY,
	text BLOB NOT NULL
) STRICT;

CREATE TABLE connector (
	id INTEGER PRIMARY KEY,
	guid BLOB NOT NULL UNIQUE,
	name BLOB NOT NULL UNIQUE,
	kind BLOB NOT NULL,
	runs INTEGER NOT NULL DEFAULT 0 -- ever begun
) STRICT;

CREATE TABLE watermark (
	connector INTEGER NOT NULL,
	partition BLOB NOT NULL,
	value BLOB NOT NULL,
	PRIMARY KEY (connector, partition)
) STRICT, WITHOUT ROWID;

-- The connector space.  kind, link and flags are the enums of store/store.h;
-- the ops are enum delta_op.  dn, dn_key, anchor and mv are NULL where there
-- is none, layers where they are empty.
CREATE TABLE cs (
	id INTEGER PRIMARY KEY,
	connector INTEGER NOT NULL,
	guid BLOB NOT NULL,
	kind INTEGER NOT NULL,
	type INTEGER NOT NULL,
	partition INTEGER NOT NULL,
	flags INTEGER NOT NULL,
	link INTEGER NOT NULL,
	import_op INTEGER NOT NULL,
	unapplied_op INTEGER NOT NULL,
	escrowed_op INTEGER NOT NULL,
	unconfirmed_op INTEGER NOT NULL,
	renames INTEGER NOT NULL, -- the unapplied layer has a new DN
	import_ms INTEGER NOT NULL,
	export_ms INTEGER NOT NULL,
	mv INTEGER,
	dn BLOB,
	dn_key BLOB,
	anchor BLOB,
	lineage BLOB,
	import BLOB,
	unapplied BLOB,
	escrowed BLOB,
	unconfirmed BLOB,
	image BLOB,
	-- CS_WORK: REF_RETRY, RENAME_RETRY, SYNC_ERROR, RESYNC, or a
	-- disconnector that is in the directory
	is_work INTEGER AS (kind = 1 AND (import_op <> 0 OR
	    flags & 4110 <> 0 OR (link = 0 AND flags & 1 <> 0))) VIRTUAL,
	-- CS_PENDING_EXPORT, but for references; not CS_UNSUPPORTED
	is_pending INTEGER AS (unapplied_op <> 0 AND
	    flags & 1024 = 0) VIRTUAL,
	is_uncertain INTEGER AS (escrowed_op <> 0) VIRTUAL,
	is_error INTEGER AS (flags & 56 <> 0) VIRTUAL
) STRICT;

-- One row for a value; bits are enum ref_bit.
CREATE TABLE cs_ref (
	owner INTEGER NOT NULL,
	name INTEGER NOT NULL,
	target INTEGER NOT NULL,
	bits INTEGER NOT NULL,
	PRIMARY KEY (owner, name, target)
) STRICT, WITHOUT ROWID;

-- Which attributes are in the join index: side 1 connector space, 2 metaverse.
CREATE TABLE join_attr (
	side INTEGER NOT NULL,
	name INTEGER NOT NULL,
	PRIMARY KEY (side, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE cs_join (
	connector INTEGER NOT NULL,
	name INTEGER NOT NULL,
	value BLOB NOT NULL,
	id INTEGER NOT NULL,
	PRIMARY KEY (connector, name, value, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE mv_join (
	name INTEGER NOT NULL,
	value BLOB NOT NULL,
	id INTEGER NOT NULL,
	PRIMARY KEY (name, value, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE mv (
	id INTEGER PRIMARY KEY,
	guid BLOB NOT NULL,
	type INTEGER NOT NULL,
	flags INTEGER NOT NULL,
	origins BLOB,
	image BLOB
) STRICT;

CREATE TABLE mv_ref (
	owner INTEGER NOT NULL,
	name INTEGER NOT NULL,
	target INTEGER NOT NULL,
	PRIMARY KEY (owner, name, target)
) STRICT, WITHOUT ROWID;

CREATE INDEX mv_type ON mv (type);
CREATE INDEX mv_flag ON mv (id, flags) WHERE flags <> 0;

-- Runs and what they met.
CREATE TABLE run (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	connector INTEGER NOT NULL,
	number INTEGER NOT NULL,
	start_ms INTEGER NOT NULL,
	end_ms INTEGER NOT NULL,
	profile BLOB NOT NULL,
	result BLOB NOT NULL,
	UNIQUE (connector, number)
) STRICT;

CREATE INDEX run_start ON run (start_ms);

CREATE TABLE step (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	run INTEGER NOT NULL,
	number INTEGER NOT NULL,
	start_ms INTEGER NOT NULL,
	end_ms INTEGER NOT NULL,
	type BLOB NOT NULL,
	partition BLOB NOT NULL,
	result BLOB NOT NULL,
	detail BLOB NOT NULL,
	counters BLOB NOT NULL,
	UNIQUE (run, number)
) STRICT;

-- The error an object has now, one a stage.
CREATE TABLE cs_error (
	cs INTEGER NOT NULL,
	stage INTEGER NOT NULL,
	connector INTEGER NOT NULL,
	step INTEGER NOT NULL,
	first_ms INTEGER NOT NULL,
	last_ms INTEGER NOT NULL,
	count INTEGER NOT NULL,
	dn BLOB NOT NULL,
	type BLOB NOT NULL,
	text BLOB NOT NULL,
	algorithm_step BLOB NOT NULL,
	rule BLOB NOT NULL,
	attribute BLOB NOT NULL,
	PRIMARY KEY (cs, stage)
) STRICT, WITHOUT ROWID;

-- What a step met, kept with the run.
CREATE TABLE step_error (
	id INTEGER PRIMARY KEY,
	cs INTEGER NOT NULL,
	stage INTEGER NOT NULL,
	connector INTEGER NOT NULL,
	step INTEGER NOT NULL,
	first_ms INTEGER NOT NULL,
	last_ms INTEGER NOT NULL,
	count INTEGER NOT NULL,
	dn BLOB NOT NULL,
	type BLOB NOT NULL,
	text BLOB NOT NULL,
	algorithm_step BLOB NOT NULL,
	rule BLOB NOT NULL,
	attribute BLOB NOT NULL
) STRICT;

CREATE INDEX step_error_step ON step_error (step);

CREATE TABLE journal (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	run INTEGER NOT NULL,
	connector INTEGER NOT NULL,
	cs INTEGER NOT NULL,
	ms INTEGER NOT NULL,
	op INTEGER NOT NULL,
	type INTEGER NOT NULL,
	dn BLOB NOT NULL,
	anchor BLOB NOT NULL,
	display BLOB NOT NULL,
	result BLOB NOT NULL,
	delta BLOB NOT NULL
) STRICT;

CREATE INDEX journal_run ON journal (run);

-- 0004: what guards know: how much of each kind of change earlier exports
-- made, and who allowed what they would stop.

-- kind 0: the run itself, n is all that was sent.  type and name: 0 where the
-- kind has none.
CREATE TABLE guard_sample (
	connector INTEGER NOT NULL,
	run INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	type INTEGER NOT NULL,
	name INTEGER NOT NULL,
	ms INTEGER NOT NULL,
	n INTEGER NOT NULL,
	PRIMARY KEY (connector, run, kind, type, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE guard_ack (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	connector INTEGER NOT NULL,
	ms INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,
	once INTEGER NOT NULL,
	used_ms INTEGER NOT NULL, -- the last time; 0: never
	who BLOB NOT NULL,
	reason BLOB NOT NULL
) STRICT;

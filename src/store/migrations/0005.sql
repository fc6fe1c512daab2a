-- 0005: plans (what is pending, frozen under a number), and what is held
-- because a person undid it.

-- state: enum frozen_state.  undoes_plan and undoes_run: 0 where it undoes
-- nothing.
CREATE TABLE frozen (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	ms INTEGER NOT NULL,
	state INTEGER NOT NULL,
	applied_ms INTEGER NOT NULL,
	undoes_plan INTEGER NOT NULL,
	undoes_run INTEGER NOT NULL,
	adds INTEGER NOT NULL,
	updates INTEGER NOT NULL,
	deletes INTEGER NOT NULL,
	who BLOB NOT NULL,
	applied_by BLOB NOT NULL,
	config BLOB NOT NULL,
	hash BLOB NOT NULL
) STRICT;

-- state: enum frozen_item_state.  targets: the rows that references of delta
-- mean, in their order; rules: a name for each of its changes.
CREATE TABLE frozen_item (
	plan INTEGER NOT NULL,
	number INTEGER NOT NULL,
	connector INTEGER NOT NULL,
	cs INTEGER NOT NULL,
	state INTEGER NOT NULL,
	op INTEGER NOT NULL,
	type INTEGER NOT NULL,
	dn BLOB NOT NULL,
	anchor BLOB NOT NULL,
	display BLOB NOT NULL,
	upn BLOB NOT NULL,
	ou BLOB NOT NULL,
	note BLOB NOT NULL,
	delta BLOB NOT NULL,
	targets BLOB NOT NULL,
	rules BLOB NOT NULL,
	PRIMARY KEY (plan, number)
) STRICT;

CREATE INDEX frozen_item_cs ON frozen_item (plan, cs);

-- The runs that sent of a plan.
CREATE TABLE frozen_run (
	plan INTEGER NOT NULL,
	run INTEGER NOT NULL,
	PRIMARY KEY (plan, run)
) STRICT, WITHOUT ROWID;

-- delta is what rules want again and must not be sent.
CREATE TABLE hold (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	plan INTEGER NOT NULL,
	connector INTEGER NOT NULL,
	cs INTEGER NOT NULL,
	mv INTEGER NOT NULL,
	ms INTEGER NOT NULL,
	op INTEGER NOT NULL,
	type INTEGER NOT NULL,
	dn BLOB NOT NULL,
	anchor BLOB NOT NULL,
	display BLOB NOT NULL,
	delta BLOB NOT NULL,
	targets BLOB NOT NULL
) STRICT;

CREATE INDEX hold_connector ON hold (connector);

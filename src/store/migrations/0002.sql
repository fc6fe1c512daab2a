-- 0002: links that count until a time although their rule left scope.

CREATE TABLE cs_due (
	cs INTEGER PRIMARY KEY,
	ms INTEGER NOT NULL
) STRICT;

-- Indexes that the first load of an empty store builds at its end: see
-- store/sqlite/bulk.c.  Every one is made again at opening where it is missing.
-- Those of a part say it in the words of store/sqlite/statements.h, or no
-- statement finds them.
CREATE UNIQUE INDEX IF NOT EXISTS cs_anchor ON cs (connector, anchor)
	WHERE anchor IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS cs_dn ON cs (connector, dn_key)
	WHERE dn_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS cs_kind ON cs (connector, kind, id, partition);
CREATE INDEX IF NOT EXISTS cs_link ON cs (mv, connector) WHERE mv IS NOT NULL;
CREATE INDEX IF NOT EXISTS cs_work ON cs (connector, id, partition)
	WHERE kind = 1 AND (import_op <> 0 OR flags & 4110 <> 0
	    OR (link = 0 AND flags & 1 <> 0));
CREATE INDEX IF NOT EXISTS cs_pending
	ON cs (connector, id, partition, unapplied_op, renames)
	WHERE unapplied_op <> 0 AND flags & 1024 = 0;
CREATE INDEX IF NOT EXISTS cs_uncertain ON cs (connector, id, partition)
	WHERE escrowed_op <> 0;
CREATE INDEX IF NOT EXISTS cs_errors ON cs (connector, id, partition)
	WHERE flags & 56 <> 0;
CREATE INDEX IF NOT EXISTS cs_ref_target ON cs_ref (target);
CREATE INDEX IF NOT EXISTS cs_ref_unapplied ON cs_ref (owner)
	WHERE bits & 12 <> 0;
CREATE INDEX IF NOT EXISTS cs_ref_escrowed ON cs_ref (owner)
	WHERE bits & 48 <> 0;
CREATE INDEX IF NOT EXISTS mv_ref_target ON mv_ref (target);
CREATE UNIQUE INDEX IF NOT EXISTS mv_guid ON mv (guid);

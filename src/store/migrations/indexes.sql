-- Indexes that the first load of an empty store builds at its end: see
-- store/sqlite/bulk.c.  Every one is made again at opening where it is missing.
CREATE UNIQUE INDEX IF NOT EXISTS cs_anchor ON cs (connector, anchor)
	WHERE anchor IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS cs_dn ON cs (connector, dn_key)
	WHERE dn_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS cs_kind ON cs (connector, kind, id, partition);
CREATE INDEX IF NOT EXISTS cs_link ON cs (mv, connector) WHERE mv IS NOT NULL;
CREATE INDEX IF NOT EXISTS cs_work ON cs (connector, id, partition)
	WHERE is_work;
CREATE INDEX IF NOT EXISTS cs_pending
	ON cs (connector, id, partition, unapplied_op, renames)
	WHERE is_pending;
CREATE INDEX IF NOT EXISTS cs_uncertain ON cs (connector, id, partition)
	WHERE is_uncertain;
CREATE INDEX IF NOT EXISTS cs_errors ON cs (connector, id, partition)
	WHERE is_error;
CREATE INDEX IF NOT EXISTS cs_ref_target ON cs_ref (target);
CREATE INDEX IF NOT EXISTS cs_ref_unapplied ON cs_ref (owner)
	WHERE bits & 12 <> 0;
CREATE INDEX IF NOT EXISTS cs_ref_escrowed ON cs_ref (owner)
	WHERE bits & 48 <> 0;
CREATE INDEX IF NOT EXISTS mv_ref_target ON mv_ref (target);
CREATE UNIQUE INDEX IF NOT EXISTS mv_guid ON mv (guid);

-- 0006: where objects came from that are to be deleted.

-- container: that of the source they had, which may be gone.
CREATE TABLE cs_origin (
	cs INTEGER PRIMARY KEY,
	container BLOB NOT NULL
) STRICT;

CREATE TRIGGER cs_origin_end AFTER DELETE ON cs BEGIN
	DELETE FROM cs_origin WHERE cs = old.id;
END;

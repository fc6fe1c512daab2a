-- 0003: links are found by connector too: index cs_link of indexes.sql.

DROP INDEX IF EXISTS cs_mv;

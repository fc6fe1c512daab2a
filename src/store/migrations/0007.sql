-- 0007: what is to be done with an object is said in the indexes alone
-- (indexes.sql): as columns of the row SQLite computed it at each writing.
DROP INDEX IF EXISTS cs_work;
DROP INDEX IF EXISTS cs_pending;
DROP INDEX IF EXISTS cs_uncertain;
DROP INDEX IF EXISTS cs_errors;
ALTER TABLE cs DROP COLUMN is_work;
ALTER TABLE cs DROP COLUMN is_pending;
ALTER TABLE cs DROP COLUMN is_uncertain;
ALTER TABLE cs DROP COLUMN is_error;

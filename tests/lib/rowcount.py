"""rowcount.py -- which rows of the reference tables a site's store writes.

  rows = Rows(site.path / 'causeway.db')      triggers of the test's own
  rows.start(); ...; rows.written()           {'cs_ref': rows, 'mv_ref': rows}
  rows.end()

A row that is written several times (staged, synchronised, exported, confirmed)
counts once; written(every=True) counts each time.
"""
import sqlite3

TABLES = ('cs_ref', 'mv_ref')
EVENTS = (('INSERT', 'new'), ('UPDATE', 'new'), ('DELETE', 'old'))


class Rows:
    def __init__(self, path):
        self.db = sqlite3.connect(path, timeout=30, isolation_level=None)
        self.db.execute('CREATE TABLE test_row (tab TEXT, owner INTEGER, name INTEGER, target INTEGER)')
        for tab in TABLES:
            for event, row in EVENTS:
                self.db.execute('CREATE TRIGGER test_%s_%s AFTER %s ON %s BEGIN INSERT INTO test_row VALUES'
                                " ('%s', %s.owner, %s.name, %s.target); END" % (tab, event, event, tab, tab, row, row, row))

    def start(self):
        self.db.execute('DELETE FROM test_row')

    def written(self, every=False):
        what = 'count(*)' if every else 'count(DISTINCT owner || "." || name || "." || target)'
        return {tab: self.db.execute("SELECT %s FROM test_row WHERE tab = ?" % what.replace('"', "'"), (tab,)).fetchone()[0]
                for tab in TABLES}

    def end(self):
        for tab in TABLES:
            for event, _ in EVENTS:
                self.db.execute('DROP TRIGGER test_%s_%s' % (tab, event))
        self.db.execute('DROP TABLE test_row')
        self.db.close()

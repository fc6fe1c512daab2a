"""Every line of docs/evidence.md names tests that are there, by words that stand in
them; TAP.  upgrade_evidence.py asks the same of docs/upgrade/evidence.md."""
import os
import re
import sys

CELL = re.compile(r"`([^`]+)`: \*(.+?)\*(?=$| · )")


class Evidence:
    """A page of tables: what is promised, and `file`: *words* that stand in it."""

    def __init__(self, path, source):
        self.source, self.count, self.bad = source, 0, 0
        lines = open(path).read().splitlines()
        self.rows = [x for x in lines if re.match(r"\| (?!---)", x) and not x.rstrip(" |").endswith("shown by")]

    def ok(self, good, name):
        self.count += 1
        self.bad += not good
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, name.replace("#", "")))

    def check(self, least, else_=()):
        for row in self.rows:
            what, shown = re.split(r" \| ", row.strip().strip("|"))[-2:]
            tests = CELL.findall(shown.strip())
            self.ok(tests and shown.count("`: *") == len(tests) or shown.strip() in else_,
                    "it has a test: " + what.strip()[:70])
            for name, words in tests:
                self.ok(words in (self.source(name) or ""), "%s: %s" % (name, words))
        self.ok(len(self.rows) >= least, "the page is read: %d lines" % len(self.rows))

    def done(self):
        print("1..%d" % self.count)
        sys.exit(1 if self.bad else 0)


def read(path):
    return open(path).read() if os.path.exists(path) else None


if __name__ == "__main__":
    root = sys.argv[1]
    page = Evidence(root + "/docs/evidence.md",
                    lambda name: read(os.path.join(root, "tests", name)) or read(os.path.join(root, name)))
    page.check(100)
    page.done()

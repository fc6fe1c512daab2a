"""Every line of docs/upgrade/evidence.md names a test that is there, by words that
stand in it; every code of the eligibility check has its line; TAP."""
import os
import re
import sys

root = sys.argv[1]
text = open(root + "/docs/upgrade/evidence.md").read()
PLACES = ("tests/unit/migrate", "tests/unit/cli", "tests/integration/migrate", "tests/integration/upgrade",
          "tests/integration/guard", "tests/integration/daemon", "tests/unit/store")
count = bad = 0


def ok(good, name):
    global count, bad
    count += 1
    bad += not good
    print("%s %d - %s" % ("ok" if good else "not ok", count, name.replace("#", "")))


def source(name):
    found = [p for p in (os.path.join(root, place, name) for place in PLACES) if os.path.exists(p)]
    # compare.t is one of the migration: the places are asked in order
    return open(found[0]).read() if found else None


rows = [line for line in text.splitlines() if re.match(r"\| (?!---)", line) and not line.endswith("shown by |")]
for row in rows:
    what, shown = row.strip("|").rsplit(" | ", 1)
    tests = re.findall(r"`([\w.]+)`: \*(.+?)\*(?: ·|$)", shown.strip())
    ok(tests or shown.strip() == "below", "it has a test: " + what.strip()[:70])
    for name, words in tests:
        ok(words in (source(name) or ""), "%s: %s" % (name, words))
codes = set(re.findall(r'"UpgradeAborted([A-Z]\w+)"', open(root + "/src/upgrade/preflight.c").read()))
ok(codes and all("| `%s` |" % c in text for c in codes), "every code that can arise has its line")
ok(len(rows) > 40, "the page is read")
print("1..%d" % count)
sys.exit(1 if bad else 0)

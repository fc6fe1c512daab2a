"""Every line of docs/upgrade/evidence.md names a test that is there, by words that
stand in it; every code of the eligibility check has its line; TAP."""
import os
import re
import sys

from evidence import Evidence, read

root = sys.argv[1]
# compare.t is one of the migration: the places are asked in order
PLACES = ("tests/unit/migrate", "tests/unit/cli", "tests/integration/migrate", "tests/integration/upgrade",
          "tests/integration/guard", "tests/integration/daemon", "tests/unit/store")


def source(name):
    found = [p for p in (os.path.join(root, place, name) for place in PLACES) if os.path.exists(p)]
    return read(found[0]) if found else None


text = read(root + "/docs/upgrade/evidence.md")
page = Evidence(root + "/docs/upgrade/evidence.md", source)
page.check(41, ("below",))
codes = set(re.findall(r'"UpgradeAborted([A-Z]\w+)"', read(root + "/src/upgrade/preflight.c")))
page.ok(codes and all("| `%s` |" % c in text for c in codes), "every code that can arise has its line")
page.done()

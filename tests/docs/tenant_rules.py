"""Every rule in the tables of docs/tenant.md is named by a test in each of the
files that stand beside it, and no rule is named by tests alone; TAP."""
import os
import re
import sys

page, tests = sys.argv[1:3]
text = open(page).read()
count = bad = 0


def ok(good, name):
    global count, bad
    count += 1
    bad += not good
    print("%s %d - %s" % ("ok" if good else "not ok", count, name))


known = set()
for rules, files in re.findall(r"^\| (T[\d.]+(?:, T[\d.]+)*) \|.*\| ([\w., ]+) \|$", text, re.M):
    for rule in rules.split(", "):
        known.add(rule)
        for name in files.split(", "):
            source = open(os.path.join(tests, name)).read()
            ok(re.search(re.escape(rule) + r"(?!\d)", source), "%s is tested in %s" % (rule, name))
for name in sorted(os.listdir(tests)):
    if name.startswith("rules_"):
        source = open(os.path.join(tests, name)).read()
        found = {r for r in re.findall(r"\bT\d+\.\d+", source) if not r.startswith(("T11", "T12"))}
        ok(found <= known, "%s names rules of the page: %s" % (name, " ".join(sorted(found - known)) or "all"))
print("1..%d" % count)
sys.exit(1 if bad else 0)

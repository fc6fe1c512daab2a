"""Every line of docs/tenant-evidence.md names tests that are there, by words that
stand in them, in both columns; every rule of docs/tenant.md, every error that the
tenant gives and every attribute with a limit has its line; TAP."""
import glob
import os
import re
import sys

root = sys.argv[1]
INTEGRATION, UNIT = root + "/tests/integration/", root + "/tests/unit/"
FILES = {"service": "tenant/sync_service.t", "samba": "main/samba.py", "slapd": "main/slapd.py", "kill": "kill/kill.t",
         "doctor": "why/doctor.t"}
FILES.update({n: "tenant/rules_%s.t" % n for n in
              ("match", "unique", "calc", "delete", "switches", "values", "credential")})
FILES.update({n: "tenant/%s.t" % n for n in ("load", "aside", "signin", "proxy", "schema")})
FILES.update({n: "sync/%s.t" % n for n in ("main", "export", "faults", "refusals", "errors", "contract")})
count = bad = 0


def ok(good, name, more=""):
    global count, bad
    count += 1
    bad += not good
    print("%s %d - %s" % ("ok" if good else "not ok", count, name.replace("#", "")))
    if not good and more:
        print("# %s" % more)


def read(path):
    with open(path) as f:
        return f.read()


def path_of(name):
    if name in FILES:
        return INTEGRATION + FILES[name]
    if name == "job":
        return root + "/tests/lib/mainjob.py"
    if name == "default.json":
        return root + "/tests/golden/rules/default.json"
    return (glob.glob(UNIT + "*/" + name) or [""])[0]


def refers(cell):
    return re.findall(r"`([\w.]+)`: \*(.+?)\*(?= |$)", cell)


page = read(root + "/docs/tenant-evidence.md")
heads = ("rule", "what", "error")
rows = [[c.strip() for c in line.strip("|").split(" | ")] for line in page.splitlines() if re.match(r"\| (?!---)", line)]
rows = [r for r in rows if r[0].strip() not in heads]
named = set()
for row in rows:
    ok(len(row) == 3, "three columns: " + row[0][:60], row)
    for cell in row[1:]:
        ok(refers(cell) or cell.startswith("never: "), "it is shown: " + row[0][:60], cell)
        for name, words in refers(cell):
            path = path_of(name)
            named.add(path)
            ok(os.path.exists(path) and words in read(path), "%s: %s" % (name, words))

# ---- Nothing is left out ----

rules = set(re.findall(r"\bT\d+\.\d+", read(root + "/docs/tenant.md")))
mine = {m for row in rows for m in re.findall(r"^T\d+(?:\.\d+)?", row[0])}
ok(rules and rules <= mine, "every rule of the tenant has a line", sorted(rules - mine))
ok({"T7", "T11.1", "T11.2", "T11.3", "T11.4", "T12"} <= mine, "so have quotas, groups and devices", sorted(mine))
source = "".join(read(p) for p in sorted(glob.glob(root + "/src/tenant/sync_*.c")))
errors = set(re.findall(r'sync_refuse\([^"]{0,200}"([A-Z]\w+)"', source)) | {"IdentityDataValidationFailed"}
mine = {row[0].split(" ")[0] for row in rows}
ok(len(errors) > 15 and errors <= mine, "every error that the service gives has a line", sorted(errors - mine))
values = read(path_of("values")) + read(path_of("calc"))
limited = {a for a, most, check, items in re.findall(
    r'\{"(\w+)", SYNC_IS_\w+, [^,]*, (\d+), (CHECK_\w+), (\d+)\}', read(root + "/src/tenant/sync_schema.c"))
    if most != "0" or check != "CHECK_ANY" or items != "0"}
missing = {a for a in limited if not re.search(r'\b%s\b' % a, values)}
ok(len(limited) > 30 and not missing, "every attribute with a limit is tried", (len(limited), sorted(missing)))
operations = set(re.findall(r'\{"(\w+)", (?:op|sync)_\w+, (?:OP_ALWAYS|0)\}', read(root + "/src/tenant/sync_service.c")))
client = read(INTEGRATION + "tenant/sync_client.py") + read(path_of("service"))
missing = {o for o in operations if o.rstrip("2") not in client}
ok(len(operations) > 12 and not missing, "every operation is asked for", sorted(missing))
ok(len(rows) > 110 and len(named) > 20, "the page is read", (len(rows), len(named)))
print("1..%d" % count)
sys.exit(1 if bad else 0)

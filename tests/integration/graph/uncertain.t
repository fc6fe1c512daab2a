#!/usr/bin/env python3
"""Throttled, cut off and killed: nothing is made twice, nothing is lost."""
import json
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from graph_tenant import PROBE, Tenant, ok, same, done, source, user, group, update, refs  # noqa: E402

t = Tenant()
t.start()
seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
dice = random.Random(seed)
print("# SEED=%d" % seed)
last = 0


people = []  # members of every group, once there are some


def batch_of(n, groups=0):
    """Items nobody has seen before."""
    global last
    last += 1
    return ([user("b%dx%d" % (last, i), city="Rome", extensionAttribute1="x") for i in range(n)]
            + [group("b%dg%d" % (last, i), people[:25]) for i in range(groups)])


def there():
    found = {}
    for o in list(t.all("/users?$select=id,onPremisesImmutableId&$top=999").values()):
        found.setdefault(o["onPremisesImmutableId"], []).append("User_" + o["id"])
    for o in list(t.all("/groups?$select=id,uniqueName&$top=999").values()):
        name = bytes.fromhex(o["uniqueName"][len("causeway-"):]).decode()
        found.setdefault(name, []).append("Group_" + o["id"])
    return found


def incomplete():
    """What is there and lacks something that was to be written with it."""
    bad = [o for o in t.all("/users?$select=id,city&$top=999").values() if o["city"] != "Rome"]
    for i in t.all("/groups?$select=id&$top=999"):
        members = t.all("/groups/%s/members?$select=id&$top=999" % i)
        if i != crew and len(members) not in (0, 25):
            bad.append((i, len(members)))
    return bad


crew = None


def anchor_of(item):
    return item["dn"][4:-1]


def exported(name, items, **fault):
    """Adds under a fault: all done, each object there once, under the anchor that was told."""
    t.fault(**fault)
    results = t.export(items)
    hits = t.counts()["faults"]
    t.admin("DELETE", "faults")
    found = there()
    wrong = [(r, found.get(bytes.fromhex(anchor_of(i)).decode())) for i, r in zip(items, results)
             if r["status"] != "done" or found.get(bytes.fromhex(anchor_of(i)).decode()) != [r["anchor"]]]
    ok(len(results) == len(items) and not wrong and hits > exported.hits, name, "%d faults\n%s" % (hits, wrong))
    exported.hits = hits


exported.hits = 0
exported("throttled batches", batch_of(30, 5), kind="status", status=429, retryAfter=1, path="$batch", count=2)
exported("throttled items", batch_of(30, 5), kind="status", status=429, retryAfter=1, scope="item", skip=8, count=9)
exported("503 of a batch", batch_of(30, 5), kind="status", status=503, path="$batch", skip=1, count=1)
for where in range(4):
    exported("connection closed after batch %d was carried out" % where, batch_of(25, 4), kind="close", when="after",
             path="$batch", skip=where, count=1)
for where in range(2, 4):
    exported("answer of batch %d cut in the middle" % where, batch_of(25, 4), kind="half", when="after",
             path="$batch", skip=where, count=1)
exported("connection closed before a batch was carried out", batch_of(25, 4), kind="close", when="before",
         path="$batch", skip=2, count=2)
exported("500 for items that were carried out", batch_of(25, 4), kind="status", status=500, scope="item",
         when="after", method="POST", path="/users", skip=3, count=5)
exported("504 for items that were not", batch_of(25, 4), kind="status", status=504, scope="item",
         when="before", method="POST", path="/users", skip=3, count=5)
exported("504 for groups that were made", batch_of(2, 9), kind="status", status=504, scope="item",
         when="after", method="PATCH", path="/groups", skip=0, count=5)

# ---- Members under a fault ----
people = [r["anchor"] for r in t.export(batch_of(60))]
(g,) = t.export([group("crew")])
crew = g["anchor"][6:]
t.fault(kind="close", when="after", path="$batch", count=1)
(r,) = t.export([update("group", g["anchor"], {"members": refs(people)})])
t.admin("DELETE", "faults")
got = t.all("/groups/%s/members?$select=id&$top=999" % g["anchor"][6:])
same((r["status"], "deferred" in r, set("User_" + i for i in got)), ("done", False, set(people)),
     "members are there once although the answer was lost")
t.fault(kind="close", when="after", path="$batch", count=1)
(r,) = t.export([update("group", g["anchor"], {}, {"members": refs(people[:30])})])
t.admin("DELETE", "faults")
got = t.all("/groups/%s/members?$select=id&$top=999" % g["anchor"][6:])
same((r["status"], set("User_" + i for i in got)), ("done", set(people[30:])), "and gone likewise")

ghosts = ["User_00000000-0000-4000-8000-%012d" % i for i in range(1, 1101)]
(other,) = t.export([group("others")])
long = [update("group", g["anchor"], {}, {"members": refs(ghosts + people[30:40])}),
        update("group", other["anchor"], {"members": refs(people[:25])})]
t.fault(kind="close", when="before", path="$batch", skip=30, count=500)
code, results, err = t.probe("export", long)
t.admin("DELETE", "faults")
ok(code == 1 and results[0]["status"] in ("retry", "uncertain") and results[1]["status"] == "retry",
   "a peer that goes in the middle of a long group: it and what follows are sent again",
   (code, results, err))
ok(len(t.all("/groups/%s/members?$select=id&$top=999" % g["anchor"][6:])) == 30, "of which nothing had been done")
same([r["status"] for r in t.export(long)], ["done", "done"], "and then they are done")
same((set("User_" + i for i in t.all("/groups/%s/members?$select=id&$top=999" % g["anchor"][6:])),
      len(t.all("/groups/%s/members?$select=id&$top=999" % other["anchor"][6:]))), (set(people[40:]), 25), "whole")

# ---- The limits of the service ----
t.admin("POST", "throttle", {"limits": "writes=40/1"})
items = batch_of(90)
results = t.export(items)
t.admin("POST", "throttle", {"limits": "off"})
same({r["status"] for r in results}, {"done"}, "within 40 writes a second")
ok(t.counts()["throttled"] > 0, "which were met", t.counts())

# ---- The peer is gone for good ----
items = batch_of(25, 3)
t.fault(kind="close", when="before", path="$batch", count=500)
code, results, err = t.probe("export", items)
t.admin("DELETE", "faults")
ok(code == 1 and len(results) == 28 and {r["status"] for r in results} == {"retry"}, "a peer that is gone stops the step",
   (code, err, {r["status"] for r in results}))
t.fault(kind="close", when="after", method="POST", path="$batch", skip=3, count=500)
code, results, err = t.probe("export", items)
t.admin("DELETE", "faults")
ok({r["status"] for r in results} <= {"uncertain", "retry", "done"}, "what may have happened is said to be uncertain",
   {r["status"] for r in results})
results = t.export(items)
found = there()
same([found[bytes.fromhex(anchor_of(i)).decode()] for i in items], [[r["anchor"]] for r in results],
     "and once the peer is back, each is there once")
same(incomplete(), [], "and whole")

# ---- SIGKILL between a batch and its answer ----
t.admin("POST", "delay", {"ms": 30})
config = t.config()
for n in range(int(os.environ.get("KILLS", "8"))):
    items = batch_of(40, 10)
    before = t.counts()["requests"]
    p = subprocess.Popen([PROBE, config, "cloud", "export"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    p.stdin.write(json.dumps(items).encode())
    p.stdin.close()
    wait = dice.randrange(7, 16)  # requests: four of them open the connection
    while t.counts()["requests"] - before < 2 * wait and p.poll() is None:
        time.sleep(0.001)
    p.send_signal(signal.SIGKILL)
    p.wait()
    results = t.export(items)
    found = there()
    wrong = [i for i, r in zip(items, results)
             if r["status"] != "done" or found[bytes.fromhex(anchor_of(i)).decode()] != [r["anchor"]]]
    wrong += incomplete()
    ok(not wrong, "killed at request %d: the next run makes each once" % wait, wrong)
t.admin("POST", "delay", {"ms": 0})
done()

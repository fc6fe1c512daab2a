#!/usr/bin/env python3
"""Delta imports: whatever happens in the directory, a full import behind one finds nothing new."""
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
import rig  # noqa: E402
from graph_tenant import BUILD, Tenant, ok, same, done, source  # noqa: E402

seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
dice = random.Random(seed)
print("# SEED=%d" % seed)

t = Tenant(domain=rig.SMALL)
t.start()
top = pathlib.Path(t.top)
(top / "company.ldif").write_text(rig.ldif_text(rig.small_entries(40)))


def connector():
    return {"name": "cloud", "kind": "graph", "tenant": t.client["tenantId"], "authority": t.url,
            "endpoint": t.url + "/v1.0", "client_id": t.client["clientId"],
            "secret": "file:%s/client_secret" % t.dir, "ca": t.dir + "/ca.pem", "backoff_ms": 20}


# Connectors of their own: one synchronises, the other only reads.
site = rig.Site(top / "site", [rig.ldif_connector(top / "company.ldif"), connector()])
reader = rig.Site(top / "reader", [connector()])


def step(result):
    """(result of the run, type of its last step, staging counters)"""
    doc = result.json()
    return doc["result"], doc["steps"][-1]["step-type"], doc["steps"][-1].get("staging-counters", {})


def imported(profile="delta-import"):
    return step(reader.run("run", "cloud", profile, "--json"))


def nothing_new(name):
    """The delta import went well, and a full one stages nothing."""
    delta = imported()
    full = imported("full-import")
    changed = {k: n for k, n in full[2].items() if k != "stage-no-change" and n != 0}
    ok(delta[:2] == ("success", "delta-import") and full[0] == "success" and not changed, name,
       "delta %s\nfull %s" % (delta, full))
    return delta[2]


# ---- The cycle ----
first = site.run("cycle", "initial", "--json")
same((first.code, site.run("cycle", "--json").code), (0, 0), "an initial cycle and one that confirms it")
before = t.counts()["requests"]
idle = site.run("cycle", "--json").json()
requests = t.counts()["requests"] - before
cloud = [r for r in idle["runs"] if r["ma-name"] == "cloud"]
same([(r["run-profile-name"], r["result"]) for r in cloud],
     [("delta-import", "success"), ("delta-sync", "success"), ("export", "success")], "then deltas alone")
same(cloud[0]["steps"][-1]["step-type"], "delta-import", "which are deltas")
same({k: n for k, n in cloud[0]["steps"][-1].get("staging-counters", {}).items() if n}, {}, "of nothing")
# a token by two, four for the rights, four for the changes
ok(requests <= 12, "an idle cycle asks %d times" % requests)

contract = subprocess.run([os.path.join(BUILD, "tests/lib/connector_contract"), t.config(), "cloud"],
                          capture_output=True, text=True)
bad = [line for line in contract.stdout.splitlines() if line.startswith("not ok")]
# what an export must know of an object is read although no rule wants it
ok(len(bad) == 1 and "userPrincipalName was not wanted" in bad[0] and "\n1.." in contract.stdout,
   "what every connector promises, but for one thing", contract.stdout + contract.stderr)

# ---- Everything that can happen to an object ----
same(imported("full-import")[0], "success", "a first full import")
same({k: n for k, n in imported()[2].items() if n}, {}, "and a delta of nothing")


def call(method, path, body=None, good=(200, 201, 204)):
    status, answer = t.graph(method, path, body)
    if status not in good:
        raise RuntimeError("%s %s: %d %s" % (method, path, status, answer))
    return answer


serial = iter(range(1000000))


def batch(items):
    """[(method, path, body)] in batches of 20; the bodies of the answers."""
    out = []
    for at in range(0, len(items), 20):
        answer = call("POST", "/$batch", {"requests": [
            {"id": str(i), "method": m, "url": path, "body": body, "headers": {"Content-Type": "application/json"}}
            for i, (m, path, body) in enumerate(items[at:at + 20])]})
        answers = sorted(answer["responses"], key=lambda a: int(a["id"]))
        if any(a["status"] not in (201, 204) for a in answers):
            raise RuntimeError(answers)
        out += [a.get("body") for a in answers]
    return out


def patch_all(ids, **values):
    batch([("PATCH", "/users/" + i, values) for i in ids])


def user_body(n):
    return {"accountEnabled": True, "displayName": "New %s" % n, "mailNickname": "new%s" % n, "city": "Rome",
            "userPrincipalName": "new%s@small.example" % n, "passwordProfile": {"password": "Secret-%s-xY" % n}}


def new_user(n):
    return call("POST", "/users", user_body(n))["id"]


def new_group(n, members=()):
    g = call("POST", "/groups", {"displayName": "Group %s" % n, "mailNickname": "group%s" % n, "mailEnabled": False,
                                 "securityEnabled": True, "groupTypes": []})["id"]
    for m in members:
        link("POST", g, m)
    return g


def link(method, group, member):
    path = "/groups/%s/members" % group
    if method == "POST":
        call("POST", path + "/$ref", {"@odata.id": t.url + "/v1.0/directoryObjects/" + member}, (204, 400))
    else:
        call("DELETE", "%s/%s/$ref" % (path, member), None, (204, 404))


def manager(user, of):
    if of is None:
        call("DELETE", "/users/%s/manager/$ref" % user, None, (204, 404))
    else:
        call("PUT", "/users/%s/manager/$ref" % user, {"@odata.id": t.url + "/v1.0/users/" + of})


users = list(t.all("/users?$select=id&$top=999"))
groups = list(t.all("/groups?$select=id&$top=999"))
call("PATCH", "/users/" + users[0], {"department": "Elsewhere", "city": None,
                                     "onPremisesExtensionAttributes": {"extensionAttribute4": "four"}})
same(nothing_new("properties set and cleared")["stage-update"], 1, "of one user")
call("PATCH", "/users/" + users[0], {"onPremisesExtensionAttributes": {"extensionAttribute4": None},
                                     "businessPhones": ["+1 5"], "otherMails": ["a@else.test", "b@else.test"]})
nothing_new("an extension attribute cleared, lists set")
call("PATCH", "/users/" + users[0], {"otherMails": ["b@else.test"]})
nothing_new("a list made shorter")
manager(users[1], users[2])
nothing_new("a manager came")
manager(users[1], users[3])
nothing_new("another took the place")
manager(users[1], None)
nothing_new("and went")
one = new_user("one")
call("PATCH", "/users/" + one, {"city": None, "department": "Early"})
same(nothing_new("a new user who changed at once")["stage-add"], 1, "is read whole")
call("PATCH", "/users/" + one, {"onPremisesImmutableId": source("one")})
same(nothing_new("a source anchor gives another DN")["stage-rename"], 1, "which is a rename")
call("PATCH", "/users/" + one, {"onPremisesImmutableId": None})
nothing_new("and is taken back")
crew = new_group("crew", users[:5] + [one, groups[0]])
nothing_new("a new group with members of both kinds")
link("DELETE", crew, one)
link("POST", crew, users[7])
same(nothing_new("members come and go").get("stage-update"), 1, "in one group")
link("DELETE", crew, users[7])
link("POST", crew, users[7])
nothing_new("one goes and comes back")
call("DELETE", "/users/" + one)
same(nothing_new("a deleted user")["stage-delete"], 1, "is gone")
call("POST", "/directory/deletedItems/%s/restore" % one)
nothing_new("a restored one")
manager(users[4], one)
link("POST", crew, one)
nothing_new("who leads, and is a member")
call("DELETE", "/users/" + one)
nothing_new("deleted with links to it")
call("POST", "/directory/deletedItems/%s/restore" % one)
call("PATCH", "/users/" + one, {"department": None})
nothing_new("restored, and a property cleared")
call("DELETE", "/users/" + one)
call("POST", "/directory/deletedItems/%s/restore" % one)
call("PATCH", "/users/" + one, {"jobTitle": None, "displayName": "One"})
nothing_new("deleted and restored between two imports")
call("DELETE", "/users/" + one)
call("DELETE", "/directory/deletedItems/" + one)
nothing_new("deleted for good")
call("DELETE", "/groups/" + crew)
nothing_new("a deleted group")

for n in range(int(os.environ.get("ROUNDS", "12"))):
    what = []
    for _ in range(dice.randrange(1, 25)):
        kind = dice.randrange(9)
        who, other = dice.choice(users), dice.choice(users)
        try:
            if kind == 0:
                users.append(new_user("r%d" % next(serial)))
            elif kind == 1 and len(users) > 20:
                users.remove(who)
                call("DELETE", "/users/" + who)
                if dice.random() < 0.5:
                    call("POST", "/directory/deletedItems/%s/restore" % who)
                    users.append(who)
            elif kind == 2:
                groups.append(new_group("r%d" % next(serial), dice.sample(users, 3)))
            elif kind == 3 and len(groups) > 3:
                call("DELETE", "/groups/" + groups.pop(dice.randrange(len(groups))))
            elif kind in (4, 5):
                link(dice.choice(("POST", "DELETE")), dice.choice(groups), who)
            elif kind == 6 and who != other:
                manager(who, dice.choice((other, None)))
            else:
                call("PATCH", "/users/" + who, {dice.choice(("department", "city", "jobTitle")):
                                                dice.choice((None, "A%d" % n, "B%d" % n))})
        except RuntimeError as e:
            what.append(str(e))
    nothing_new("round %d of anything" % n)
    for w in what:
        print("# %s" % w)

# ---- Pages, a busy peer, a death between pages ----
more = [u["id"] for u in batch([("POST", "/users", user_body("m%d" % i)) for i in range(500)])]
same(imported("full-import")[0], "success", "five hundred users more")
patch_all(more, state="paged")
t.fault(kind="status", status=503, path="/users/delta", skip=1, count=1)
t.fault(kind="status", status=429, retryAfter=1, path="/users/delta", skip=2, count=1)
t.fault(kind="half", path="/users/delta", skip=2, count=1)
hits = t.counts()["faults"]
same(nothing_new("several pages, some of which had to be asked for again")["stage-update"], 500, "came once")
ok(t.counts()["faults"] == hits + 3, "as they had", t.counts())
t.admin("DELETE", "faults")

five = [new_group("big%d" % i) for i in range(5)]


def bind(group, members):
    return [("PATCH", "/groups/" + group, {"members@odata.bind": [
        t.url + "/v1.0/directoryObjects/" + m for m in members[i:i + 20]]}) for i in range(0, len(members), 20)]


batch([op for g in five for op in bind(g, more)])
same(nothing_new("five new groups with more members than a page has links")["stage-add"], 5, "came whole")
batch([("DELETE", "/groups/%s/members/%s/$ref" % (g, m), None) for g in five for m in more[1:]])
batch([op for g in five for op in bind(g, users[:5])])
same(nothing_new("as many go, and a few come")["stage-update"], 6, "of five groups, one of them in two pages")

for round_, state in enumerate(("x", "y", "z")):
    patch_all(more, state=state)
    t.admin("POST", "delay", {"ms": 60})
    before = t.counts()["requests"]
    p = subprocess.Popen(reader.command("run", "cloud", "delta-import"), stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    # six requests open the connection; then a page of 200 each
    while t.counts()["requests"] - before < 2 * (7 + round_) and p.poll() is None:
        time.sleep(0.001)
    p.send_signal(signal.SIGKILL)
    p.wait()
    t.admin("POST", "delay", {"ms": 0})
    nothing_new("killed at page %d, and again" % (round_ + 1))

t.fault(kind="half", path="/users/delta", count=100)
call("PATCH", "/users/" + more[0], {"state": "late"})
failed = imported()
t.admin("DELETE", "faults")
ok(failed[0] in ("stopped-connectivity", "stopped-unexpected-data", "no-start-connection"),
   "a page that stays broken stops the step", failed)
nothing_new("and nothing was skipped")

t.fault(status=503, count=100)
busy = reader.run("run", "cloud", "delta-import", "--json")
cycle = reader.run("cycle", "--json")
t.admin("DELETE", "faults")
same((busy.code, busy.json()["result"], cycle.code), (1, "no-start-connection", 1),
     "a service that is busy is an error, and not a refusal of ours")
nothing_new("and nothing was lost")

# ---- A watermark that is no good any more ----
def required(name):
    r = reader.run("run", "cloud", "delta-import", "--json")
    same((r.code, r.json()["result"]), (1, "no-start-full-import-required"), name)
    cycle = reader.run("cycle", "--json")
    runs = [(r["run-profile-name"], r["result"]) for r in cycle.json()["runs"]]
    same((cycle.code, runs[0]), (0, ("full-import", "success")), "and a cycle reads in full")


with sqlite3.connect(reader.path / "causeway.db") as db:
    db.execute("UPDATE watermark SET value = CAST(replace(CAST(value AS TEXT), 'department,', '') AS BLOB)")
db.close()
required("other properties are asked for than before")
call("PATCH", "/users/" + more[1], {"state": "after"})
same(nothing_new("and the next delta")["stage-update"], 1, "is one")

t.process.send_signal(signal.SIGTERM)
t.process.wait()
os.unlink(os.path.join(t.top, "port"))
t.run_options = ("--delta-life", "1")
t.start()
t.kept = None
reader.settings["connectors"] = [connector()]
reader.write()
time.sleep(1.2)  # the age of a token is the tenant's clock's
required("a token that expired")
done()

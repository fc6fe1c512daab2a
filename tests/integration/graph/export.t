#!/usr/bin/env python3
"""What is written, and how: adds, updates, links, deletes; each seen by Graph itself."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from graph_tenant import (Tenant, ok, same, done, source, dn, user, group, update, delete,  # noqa: E402
                          refs)

t = Tenant()
t.start()
NOBODY = "User_00000000-0000-4000-8000-000000000000"


def statuses(results):
    return [r["status"] for r in results]


def oid(anchor):
    return anchor.split("_", 1)[1]


def members(anchor):
    return {m["id"] for m in t.all("/groups/%s/members?$select=id&$top=999" % oid(anchor)).values()}


# ---- Adds ----
names = ["person%d" % i for i in range(45)]
made = t.export([user(n, department="Ops", businessPhones="+44 1", extensionAttribute1="cc-%s" % n) for n in names])
same(statuses(made), ["done"] * 45, "45 users in batches of 20")
ok(all(r["anchor"].startswith("User_") and not r["adopted"] for r in made), "each with its anchor, none adopted", made)
anchors = [r["anchor"] for r in made]
_, o = t.graph("GET", "/users/%s?$select=displayName,department,businessPhones,onPremisesImmutableId,accountEnabled,"
               "onPremisesExtensionAttributes" % oid(anchors[3]))
same([o[k] for k in ("displayName", "department", "businessPhones", "onPremisesImmutableId", "accountEnabled")],
     ["Person3", "Ops", ["+44 1"], source("person3"), True], "the properties are there")
same(o["onPremisesExtensionAttributes"]["extensionAttribute1"], "cc-person3", "extension attributes too")

seq = t.admin("GET", "writes")["seq"]
again = t.export([user(n, department="Ops") for n in names])
same(statuses(again), ["done"] * 45, "the same adds once more")
same([r["anchor"] for r in again], anchors, "find the same users")
ok(all(r["adopted"] for r in again), "as adopted")
same(len(t.all("/users?$select=id&$top=999")), 45, "and make none")

(everyone,) = t.export([group("everyone", anchors, description="all")])
same((everyone["status"], members(everyone["anchor"])), ("done", {oid(a) for a in anchors}), "a group with 45 members")
(nested,) = t.export([group("nested", [everyone["anchor"], anchors[0]])])
same(members(nested["anchor"]), {oid(everyone["anchor"]), oid(anchors[0])}, "a group in a group")
same(t.graph("GET", "/groups/%s?$select=uniqueName" % oid(nested["anchor"]))[1]["uniqueName"],
     "causeway-" + source("nested").encode().hex(), "with its source anchor as uniqueName")
(twice,) = t.export([group("nested", [everyone["anchor"], anchors[1]])])
same((twice["status"], twice["anchor"], twice["adopted"]), ("done", nested["anchor"], True),
     "the same group again is the same group")
same(members(nested["anchor"]), {oid(everyone["anchor"]), oid(anchors[0]), oid(anchors[1])}, "and gets its members")

got = t.objects()
same((got[nested["anchor"]]["dn"], got[anchors[0]]["dn"]), (dn("nested"), dn("person0")),
     "an import gives them the DN they were made under")

(boss,) = t.export([user("boss", manager=refs([anchors[0]]))])
same(t.graph("GET", "/users/%s/manager?$select=id" % oid(boss["anchor"]))[1]["id"], oid(anchors[0]),
     "an add sets the manager")

# ---- Updates ----
image = {"department": "Ops", "extensionAttribute1": "cc-person1", "otherMails": ["a@x.test", "b@x.test"]}
t.graph("PATCH", "/users/" + oid(anchors[1]), {"otherMails": ["a@x.test", "b@x.test"]})
(r,) = t.export([update("user", anchors[1], {"city": "Rome", "extensionAttribute2": "two", "otherMails": "c@x.test",
                                             "manager": refs([anchors[2]])},
                        {"department": "Ops", "otherMails": "a@x.test"}, image)])
_, o = t.graph("GET", "/users/%s?$select=city,department,otherMails,onPremisesExtensionAttributes,displayName"
               % oid(anchors[1]))
same((r["status"], o["city"], o["department"], sorted(o["otherMails"]), o["displayName"]),
     ("done", "Rome", None, ["b@x.test", "c@x.test"], "Person1"), "sets, clears, merges a list, leaves the rest")
same([o["onPremisesExtensionAttributes"]["extensionAttribute%d" % i] for i in (1, 2)], ["cc-person1", "two"],
     "extension attributes that did not change stay")
(r,) = t.export([update("user", anchors[1], {}, {"manager": refs([anchors[2]])})])
same((r["status"], t.graph("GET", "/users/%s/manager" % oid(anchors[1]))[0]), ("done", 404), "a manager is removed")
(r,) = t.export([update("user", anchors[1], {"manager": refs([NOBODY])})])
same((r["status"], r["deferred"]), ("done", refs([NOBODY])), "a manager who is not there yet is left for later")

# ---- Members as changes ----
seq = t.admin("GET", "writes")["seq"]
before = t.counts()["items"]
(r,) = t.export([update("group", everyone["anchor"], {"members": refs([boss["anchor"]])},
                        {"members": refs(anchors[:3])})])
same((r["status"], members(everyone["anchor"])), ("done", {oid(a) for a in anchors[3:]} | {oid(boss["anchor"])}),
     "members come and go")
totals = t.admin("GET", "writes?since=%d" % seq)["totals"]
same(t.counts()["items"] - before, 4, "by one request a change")
same(len(t.all("/users?$select=id&$top=999")), 46, "and no user went with a link")
before = t.counts()["items"]
(r,) = t.export([update("group", everyone["anchor"], {"members": refs(anchors)})])
ok(t.counts()["items"] - before <= 3 + 45, "binds of 20, one by one only where a bind is refused",
   t.counts()["items"] - before)
same((r["status"], "deferred" in r, len(members(everyone["anchor"]))), ("done", False, 46),
     "members who are there already are no error")
(r,) = t.export([update("group", nested["anchor"], {"members": refs([NOBODY, anchors[5]])},
                        {"members": refs([anchors[44]])})])
same((r["status"], r.get("deferred"), oid(anchors[5]) in members(nested["anchor"])),
     ("done", refs([NOBODY]), True), "a member who is not there yet is left for later, the other is set")
fresh = ["crowd%d" % i for i in range(200)]
crowd = [r["anchor"] for r in t.export([user(n) for n in fresh])]
before = t.counts()["items"]
(r,) = t.export([update("group", nested["anchor"], {"members": refs(crowd)})])
same((r["status"], t.counts()["items"] - before), ("done", 10), "200 members are 10 requests")
ghosts = ["User_00000000-0000-4000-8000-%012d" % i for i in range(1, 1202)]
before = t.counts()["items"]
many = t.export([update("group", nested["anchor"], {"members": refs([anchors[6]])}, {"members": refs(ghosts + [anchors[5]])}),
                 update("user", anchors[7], {"manager": refs([anchors[8]])}),
                 update("group", everyone["anchor"], {"members": refs([crowd[3]])})])
same((statuses(many), t.counts()["items"] - before), (["done"] * 3, 1 + 1202 + 1 + 1),
     "more requests than are held at a time: each once, and the items behind them too")
now = members(nested["anchor"])
same((oid(anchors[6]) in now, oid(anchors[5]) in now, oid(crowd[3]) in members(everyone["anchor"])), (True, False, True),
     "and what they say is there")

# ---- Refused, each with its name ----
bad = t.export([
    user("spaced name"),
    user("long", employeeId="x" * 17),
    user("elsewhere", userPrincipalName="a@not-verified.test"),
    {"op": "add", "type": "user", "dn": dn("noname"), "add": {"userPrincipalName": ["noname@contoso.test"]}},
    update("user", anchors[4], {"userPrincipalName": "person5@contoso.test"}),
    update("user", NOBODY, {"city": "Rome"}),
    update("user", anchors[4], {"onPremisesImmutableId": source("x")},
           {"onPremisesImmutableId": source("person4")}, {"onPremisesImmutableId": source("person4")}),
    user("fine"),
])
same([(r["status"], r.get("error")) for r in bad], [
    ("error", "IdentityDataValidationFailed"), ("error", "ExceededAllowedLength"), bad[2]["status"] and
    ("error", bad[2].get("error")), ("error", "constraint-violation"), ("error", "AttributeValueMustBeUnique"),
    ("gone", None), ("error", "ImmutableIdChange"), ("done", None)], "each refusal has its name, the rest goes on")
ok(bad[2].get("error") in ("IdentityDataValidationFailed", "DataValidationFailed"), "a domain that is not verified",
   bad[2])
unsupported = t.export([
    {"op": "add", "type": "contact", "dn": dn("c"), "add": {"displayName": ["c"]}},
    group("mailed", mailEnabled=True),
    update("user", anchors[6], {"city": "x"}, {}, {"onPremisesSyncEnabled": True}),
])
same([r["code"] for r in unsupported], ["unsupported"] * 3, "what Graph cannot write is not sent")

# ---- Deletes ----
same(statuses(t.export([delete("user", anchors[7]), delete("group", nested["anchor"]), delete("user", NOBODY)])),
     ["done", "done", "gone"], "deletes, and one of what is not there")
same(t.graph("GET", "/groups/" + oid(nested["anchor"]))[0], 404, "the group is gone")
ok(oid(anchors[7]) in t.all("/directory/deletedItems/microsoft.graph.user?$select=id"), "the user can be restored")
(r,) = t.export([user("person7", city="Back")])
same((r["status"], r["anchor"], r["adopted"]), ("done", anchors[7], True), "and is, when it is added again")
same(t.graph("GET", "/users/%s?$select=city,userPrincipalName" % oid(anchors[7]))[1]["city"], "Back",
     "with its properties")
(r,) = t.export([update("group", nested["anchor"], {"members": refs([anchors[0]])})])
same(r["status"], "gone", "a change of a group that is gone")
done()

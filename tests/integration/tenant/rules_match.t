#!/usr/bin/env python3
"""Section 2 of how synchronised objects are treated: which object of the
directory it is that a client brings (T2.1 to T2.5), and its source anchor."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

w = World()
A = g.source

# ---- T2.1: linked ----

r = w.user(A("ada"), "ada", title="One")
ada = id_of(r)
r = w.user(A("ada"), "ada", title="Two")
same((id_of(r), w.get("user", ada, "jobTitle")), (ada, "Two"), "T2.1 the same anchor is the same user")
r = w.user(A("ADA"), "ada2")
ok(id_of(r) != ada and r["ResultCode"] == "Success", "T2.1 anchors are compared octet by octet", r)
r = w.group(A("ada"), "Ada's group")
ok(r["ResultCode"] == "Success" and r["CloudAnchor"].startswith("Group_"), "T2.1 and among objects of one type", r)
for what, kind, attrs in (("a group", "group", {}), ("a group with mail", "group", {"mail": "linked.lists@" + DOMAIN}),
                          ("a contact", "contact", {"mail": "linked.guest@far.test"})):
    anchor = A("linked " + what[:16])
    first = getattr(w, kind)(anchor, "First", **attrs)
    again = getattr(w, kind)(anchor, "Second", **attrs)
    same((name_of(first), id_of(first), w.get(kind, id_of(first), "displayName")), ("Success", id_of(again), "Second"),
         "T2.1 the same anchor is the same: " + what)
r = w.user(A("eve"), "eve", proxyAddresses=["SMTP:ada@" + DOMAIN])
same((name_of(r), id_of(r) == ada), ("Success", False), "T2.1 what is linked is not matched with a newcomer")
r = w.user(A("eve"), "eve", proxyAddresses=["SMTP:eve@" + DOMAIN])
late = w.cloud("late", mail="late@" + DOMAIN)
r = w.user(A("eve"), "eve", proxyAddresses=["SMTP:late@" + DOMAIN])
same((id_of(r) == late, w.errors("user", id_of(r))), (False, [("ProxyAddresses", "SMTP:late@" + DOMAIN)]),
     "T2.1 an update that would match another is a duplicate")

# ---- T2.2: hard match ----

bob = w.cloud("bob", onPremisesImmutableId=A("bob"), jobTitle="Cloud", city="Bonn", department="Kept")
r = w.user(A("bob"), "bob", title="Ground", city="Ulm")
same(id_of(r), bob, "T2.2 a user of the cloud with the anchor is taken over")
same(w.get("user", bob, "onPremisesSyncEnabled", "jobTitle", "city", "department"), (True, "Ground", "Ulm", "Kept"),
     "T2.2 what is exported overwrites, what is not stays")
r = w.user(A("bob"), "bob", title=None)
same(w.get("user", bob, "jobTitle", "department"), (None, "Kept"), "T2.2 and is cleared when it goes there")
blocked = w.cloud("blocked", onPremisesImmutableId=A("blocked"))
w.features(NEW | BLOCK_HARD)
r = w.user(A("blocked"), "blocked")
same((name_of(r), w.get("user", blocked, "onPremisesSyncEnabled"), conflict(r)[2]), ("InvalidHardMatch", None, [blocked]),
     "T2.2 InvalidHardMatch while taking over is blocked")
same(name_of(w.user(A("bob"), "bob")), "Success", "T2.2 what was taken over before is not touched by it")
w.features(NEW)
same(id_of(w.user(A("blocked"), "blocked")), blocked, "T2.2 and taken over when it is not")
case = w.cloud("case", onPremisesImmutableId=A("case"))
r = w.user(A("case").swapcase(), "case9")
ok(id_of(r) != case, "T2.2 the anchor is compared octet by octet")
r = w.group(A("hardgroup"), "Hard")
ok(r["ResultCode"] == "Success" and r["CloudAnchor"].startswith("Group_"), "T2.2 groups have no hard match")
GOOD = ("v1;PPH1_MD4,00112233445566778899,1000,"
        "9ffb6cdb25b9bf88f869082fcb5bc58a7ec0c5d317b126a8ab4ec316c053cd11;")
w.features(NEW | 1)
own = w.cloud("pass", onPremisesImmutableId=A("pass"))
same((w.c.credentials((A("pass"), GOOD))[0][0], w.signs_in("pass@" + DOMAIN, "password")), ("2", [50126]),
     "T2.2 a user of the cloud gets no password from there")
w.user(A("pass"), "pass")
same((w.c.credentials((A("pass"), GOOD))[0][0], w.signs_in("pass@" + DOMAIN, "password")), ("0", "pass@" + DOMAIN),
     "T2.2 one that is taken over does")
w.features(NEW)

# ---- T2.3: soft match ----

carl = w.cloud("carl", mail="carl@" + DOMAIN)
r = w.user(A("carl"), "carl.new", proxyAddresses=["SMTP:Carl@" + DOMAIN])
same((id_of(r), w.get("user", carl, "onPremisesImmutableId", "onPremisesSyncEnabled")), (carl, (A("carl"), True)),
     "T2.3 a user of the cloud with the primary address is joined")
dora = w.cloud("dora", mail="dora@" + DOMAIN)
r = w.user(A("dora"), "dora.new", mail="dora@" + DOMAIN)
same(id_of(r), dora, "T2.3 mail is as good as the primary address")
emil = w.cloud("emil", mail="emil@" + DOMAIN)
r = w.user(A("emil"), "emil.new", proxyAddresses=["SMTP:e.new@" + DOMAIN, "smtp:emil@" + DOMAIN])
ok(id_of(r) != emil, "T2.3 another address than the primary is not enough")
w.features(NEW & ~SOFT_UPN)
fred = w.cloud("fred")
r = w.user(A("fred"), "fred")
ok(id_of(r) != fred and w.errors("user", id_of(r)), "T2.3 the name is not enough without EnableSoftMatchOnUpn")
w.features(NEW | SOFT_UPN)
gina = w.cloud("gina")
r = w.user(A("gina"), "Gina")
same(id_of(r), gina, "T2.3 the name is enough with it")
w.features(NEW)
hugo = w.cloud("hugo", mail="hugo@" + DOMAIN)
w.features(NEW | BLOCK_SOFT)
r = w.user(A("hugo"), "hugo.new", proxyAddresses=["SMTP:hugo@" + DOMAIN])
same((id_of(r) == hugo, w.errors("user", id_of(r))), (False, [("ProxyAddresses", "SMTP:hugo@" + DOMAIN)]),
     "T2.3 BlockSoftMatch: nothing is joined")
w.features(NEW)
ina = w.cloud("ina", mail="ina@" + DOMAIN, onPremisesImmutableId=A("other"))
r = w.user(A("ina"), "ina.new", proxyAddresses=["SMTP:ina@" + DOMAIN])
same((name_of(r), id_of(r) == ina, w.errors("user", id_of(r)), conflict(r)[0]),
     ("Success", False, [("ProxyAddresses", "SMTP:ina@" + DOMAIN)], ["ProxyAddresses"]),
     "T2.3 matched with another anchor: a duplicate like any other")
w.features(NEW & ~(UPN_BIT | PROXY_BIT))
r = w.user(A("ina2"), "ina2.new", proxyAddresses=["SMTP:ina@" + DOMAIN])
same((name_of(r), conflict(r)), ("InvalidSoftMatch", (["ProxyAddresses"], ["ina@" + DOMAIN], [ina])),
     "T2.3 InvalidSoftMatch without resiliency")
w.features(NEW)
SID = bytes([1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 233, 3, 0, 0])
w.user(A("sid1"), "sid1", onPremiseSecurityIdentifier=SID)
r = w.user(A("sid2"), "sid2", onPremiseSecurityIdentifier=SID)
same((name_of(r), conflict(r)[:2]), ("AttributeValueMustBeUnique", (["OnPremiseSecurityIdentifier"],
                                                                    ["S-1-5-21-1-2-3-1001"])),
     "T2.3 the same security identifier")
unified = w.cloud_group("unified", mail=True)
address = w.get("group", unified, "mail")
r = w.user(A("jana"), "jana", proxyAddresses=["SMTP:" + address])
same((name_of(r), conflict(r)[2]), ("ObjectTypeMismatch", [unified]), "T2.3 ObjectTypeMismatch: the address of a group")

# Groups and contacts that nobody masters on premises, as a predecessor left them.
w.t.load({"groups": [{"displayName": "List", "mailNickname": "list", "mailEnabled": True, "securityEnabled": False,
                      "mail": "list@" + DOMAIN, "proxyAddresses": ["SMTP:list@" + DOMAIN]},
                     {"displayName": "Plain", "mailNickname": "plain", "mailEnabled": False, "securityEnabled": True}],
          "contacts": [{"displayName": "Guest", "mailNickname": "guest", "mail": "guest@far.test",
                        "proxyAddresses": ["SMTP:guest@far.test", "smtp:g@far.test"]}]})
by_name = {o["displayName"]: o["id"] for kind in ("groups", "contacts") for o in w.t.all("/" + kind).values()}
r = w.group(A("list"), "List", proxyAddresses=["SMTP:list@" + DOMAIN], securityEnabled=False)
same((id_of(r), w.get("group", by_name["List"], "onPremisesSyncEnabled")), (by_name["List"], True),
     "T2.3 a group that has mail, by its address")
r = w.group(A("plain"), "Plain")
ok(id_of(r) != by_name["Plain"], "T2.3 other groups never, whatever they are called")
r = w.contact(A("guest"), "Guest", proxyAddresses=["SMTP:new@far.test", "smtp:g@far.test"])
same(id_of(r), by_name["Guest"], "T2.3 a contact, by any of its addresses")
r = w.contact(A("mix"), "Mix", proxyAddresses=["SMTP:" + address])
same(name_of(r), "ObjectTypeMismatch", "T2.3 ObjectTypeMismatch: a contact with the address of a group")

address = "person@" + DOMAIN
w.cloud("person", mail=address)
same([name_of(w.group(A("mixg"), "Mix", proxyAddresses=["SMTP:" + address])),
      name_of(w.contact(A("mixc"), "Mix", proxyAddresses=["SMTP:" + address])),
      name_of(w.group(A("mixl"), "Mix", proxyAddresses=["SMTP:mixl@" + DOMAIN, "smtp:" + address], securityEnabled=False))],
     ["ObjectTypeMismatch"] * 3, "T2.3 ObjectTypeMismatch: groups and a contact with the address of a user")
same(name_of(w.user(A("mixu"), "mixu", proxyAddresses=["SMTP:mixu@" + DOMAIN, "smtp:" + address])), "Success",
     "T2.3 (a user is matched by the primary address alone: another is a duplicate)")

# Groups and contacts that were let go of keep their anchors.
v = World()
v.c.provision(("Group", "Set", {"SourceAnchor": A("past"), "displayName": "Past", "mail": "past@" + DOMAIN,
                                "securityEnabled": False}),
              ("Contact", "Set", {"SourceAnchor": A("pastc"), "displayName": "Past", "mail": "past@far.test"}))
before = {o["SourceAnchor"]: o["CloudAnchor"] for o in v.c.read_back(full=True)[0]}
organisation(v.t, False)
v.later(73 * 3600)
organisation(v.t, True)
v.features(NEW & ~(UPN_BIT | PROXY_BIT))
same([name_of(v.group(A("past2"), "Past", mail="past@" + DOMAIN, securityEnabled=False)),
      name_of(v.contact(A("pastc2"), "Past", mail="past@far.test"))], ["InvalidSoftMatch"] * 2,
     "T2.3 InvalidSoftMatch: a group and a contact that had another anchor before")
v.features(NEW)
r = v.contact(A("pastc2"), "Past", mail="past@far.test")
same((r["CloudAnchor"] == before[A("pastc")], v.errors("contact", id_of(r))),
     (False, [("ProxyAddresses", "SMTP:past@far.test")]), "T2.3 with resiliency it is another one, in quarantine")
same([v.group(A("past"), "Past", mail="past@" + DOMAIN, securityEnabled=False)["CloudAnchor"],
      v.contact(A("pastc"), "Past", mail="past@far.test")["CloudAnchor"]], [before[A("past")], before[A("pastc")]],
     "T2.3 with their own anchors they are taken over")
v.t.close()

# ---- T2.4: administrators ----

root = w.cloud("root", mail="root@" + DOMAIN)
role = w.assign(root)
r = w.user(A("root"), "root", proxyAddresses=["SMTP:root@" + DOMAIN])
twin = id_of(r)
ok(r["ResultCode"] == "Success" and name_of(dict(r, ResultCode="")) == "ExistingAdminRoleConflict" and twin != root,
   "T2.4 who has a directory role is not matched: ExistingAdminRoleConflict", r)
same((w.errors("user", twin), placeholder(w.get("user", twin, "userPrincipalName"), "root")),
     ([("ProxyAddresses", "SMTP:root@" + DOMAIN), ("UserPrincipalName", "root@" + DOMAIN)], True),
     "T2.4 another one is made, in quarantine")
same(w.dismiss(role), 204, "T2.4 the role is taken away")
same(id_of(w.user(A("root"), "root", proxyAddresses=["SMTP:root@" + DOMAIN])), twin,
     "T2.4 which alone does not help: the anchor is linked")
same((w.all("DELETE", "/users/" + twin)[0], w.all("DELETE", "/directory/deletedItems/" + twin)[0]), (204, 204),
     "T2.4 what is in quarantine can be deleted for good")
same(id_of(w.user(A("root"), "root", proxyAddresses=["SMTP:root@" + DOMAIN])), root, "T2.4 and then it is matched")
w.features(NEW & ~(UPN_BIT | PROXY_BIT))
boss = w.cloud("boss", mail="boss@" + DOMAIN)
w.assign(boss)
r = w.user(A("boss"), "boss2", proxyAddresses=["SMTP:boss@" + DOMAIN])
same((name_of(r), conflict(r)[2]), ("ExistingAdminRoleConflict", [boss]), "T2.4 without resiliency nothing is made")
w.features(NEW)
chief = w.cloud("chief", onPremisesImmutableId=A("chief"))
w.assign(chief)
same(id_of(w.user(A("chief"), "chief")), chief, "T2.4 is of soft matches: the anchor itself takes over")

# ---- T2.5 and the other types ----

for kind, more in (("User", {"userPrincipalName": "fresh@" + DOMAIN}), ("Group", {"securityEnabled": True}),
                   ("Contact", {"mail": "fresh@far.test"})):
    r = w.put(kind, A("fresh"), displayName="Fresh", **more)
    ok(r["ResultCode"] == "Success" and r["CloudAnchor"].startswith(kind + "_"), "T2.5 otherwise made: " + kind, r)
r = w.put("Device", A("fresh"), displayName="PC", deviceId=bytes(range(16)), userCertificate=[b"\x30"])
ok(r["ResultCode"] == "Success", "T2.5 otherwise made: Device", r)
r = w.put("Device", A("fresh2"), displayName="PC", deviceId=bytes(range(16)), userCertificate=[b"\x30"])
same((name_of(r), conflict(r)[0]), ("AttributeValueMustBeUnique", ["DeviceId"]), "T2.3 devices are never matched")

# ---- Source anchors ----

same(name_of(w.user("a" * 59, "len59")), "Success", "anchor: 59 letters")
same(name_of(w.user("a" * 60, "len60")), "ExceededAllowedLength", "anchor: 60 letters are too many")
same(name_of(w.user("a-" * 14, "len56")), "Success", "anchor: 14 letters and 14 signs weigh 56")
same(name_of(w.user("a-" * 15, "len60b")), "ExceededAllowedLength", "anchor: a sign counts as three")
for sign in "\\!#$%&*+/=?^`{}|~<>()';:,[]\"@_":
    r = w.user("ab%sd1" % sign, "sign")
    if name_of(r) != "DataValidationFailed":
        ok(False, "anchor: the sign %s" % sign, r)
ok(True, "anchor: thirty signs that a text may not have")
same(name_of(w.user("+/+/+/+/abc=", "base64")), "Success", "anchor: base64 has some of them")
r = w.put("User", A("changed"), CloudAnchor="User_" + ada)
same(name_of(r), "ImmutableIdChange", "anchor: that of an object is for good")
same(name_of(w.put("User", A("changed"), CloudAnchor="User_" + ada)), "ImmutableIdChange", "anchor: on every export")
same(name_of(w.put("User", A("ada"), CloudAnchor="User_" + ada)), "Success", "anchor: until it is as it was")
for sign in "$_":
    status = w.all("POST", "/users", {
        "accountEnabled": True, "displayName": "X", "mailNickname": "x", "userPrincipalName": "x@" + DOMAIN,
        "passwordProfile": {"password": "Xy7-long-enough!"}, "onPremisesImmutableId": "ab" + sign})[0]
    same(status, 400, "anchor: Graph takes no " + sign)
g.done()

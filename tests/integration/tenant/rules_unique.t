#!/usr/bin/env python3
"""Sections 3 and 4: values that two objects cannot both have, and what becomes
of the second one (T3.1 to T4.6)."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

w = World()
A = g.source
AT = "@" + DOMAIN
SID = bytes([1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])


def unique(r):
    return name_of(r), conflict(r)[0]


# ---- T3.2: without resiliency ----

w.features(0)
ada = id_of(w.user(A("ada"), "ada", proxyAddresses=["SMTP:ada.l" + AT, "smtp:a" + AT], onPremiseSecurityIdentifier=SID + b"\x01\0\0\0"))
MUST = "AttributeValueMustBeUnique"
same(unique(w.user(A("x1"), "ADA")), (MUST, ["UserPrincipalName"]), "T3.1 a name against a name, in any case")
same(unique(w.user(A("x2"), "a")), (MUST, ["UserPrincipalName"]), "T3.1 a name against an address")
same(unique(w.user(A("x3"), "x3", proxyAddresses=["smtp:A" + AT])), (MUST, ["ProxyAddresses"]),
     "T3.1 an address against an address, in any case")
same(unique(w.user(A("x4"), "x4", mail="ada" + AT)), (MUST, ["ProxyAddresses"]), "T3.1 mail against a name")
same(unique(w.group(A("x5"), "X5", proxyAddresses=["SMTP:a" + AT])), (MUST, ["ProxyAddresses"]),
     "T3.1 across types: a group")
same(unique(w.contact(A("x6"), "X6", proxyAddresses=["SMTP:a" + AT])), (MUST, ["ProxyAddresses"]),
     "T3.1 across types: a contact")
w.user(A("sip"), "sip", proxyAddresses=["SIP:s" + AT, "SMTP:sip" + AT])
same(unique(w.user(A("x7"), "x7", proxyAddresses=["sip:S" + AT])), (MUST, ["SipProxyAddress"]), "T3.1 SIP addresses")
same(unique(w.group(A("x8"), "X8", onPremiseSecurityIdentifier=SID + b"\x01\0\0\0")),
     (MUST, ["OnPremiseSecurityIdentifier"]), "T3.1 security identifiers, across types")
dev = lambda a, n: name_of(w.put("Device", A(a), displayName=a, deviceId=bytes(15) + bytes([n]), userCertificate=[b"\x30"],
                                 onPremiseSecurityIdentifier=SID + b"\x01\0\0\0"))
same([dev("d1", 1), dev("d2", 2)], ["Success", MUST], "T3.1 but devices have theirs among themselves")
same(name_of(w.user(A("x9"), "x9", proxyAddresses=["SMTP:x9" + AT, "X500:/o=Org/cn=a b(c)"])), "Success",
     "T3.1 other addresses are nobody's")
same(name_of(w.user(A("x10"), "x10", proxyAddresses=["SMTP:x10" + AT, "X500:/o=Org/cn=a b(c)"])), "Success",
     "T3.1 and two may have one")
names = lambda a, n, *more: w.user(A(a), n, signInNames=["%s%s" % (x, AT) for x in more])
same(name_of(names("si", "si", "login.si", "si")), "Success", "T3.1 names to sign in with, one of them the own one")
same([unique(names("x12", "x12", "Login.SI")), unique(names("x13", "x13", "a")), unique(w.user(A("x14"), "login.si"))],
     [(MUST, ["SignInName"]), (MUST, ["SignInName"]), (MUST, ["UserPrincipalName"])],
     "T3.1 against each other, against an address, and a name against them")
same(unique(w.user(A("x15"), "x15", mail="login.si" + AT)), (MUST, ["ProxyAddresses"]), "T3.1 and mail against them")
same(w.all("POST", "/users", {"accountEnabled": True, "displayName": "X", "mailNickname": "x",
                              "userPrincipalName": "login.si" + AT, "passwordProfile": {"password": "Xy7-long-enough!"}})[0],
     400, "T3.1 by Graph as well")
w.user(A("si"), "si", signInNames=None)
same(name_of(names("x12", "x12", "Login.SI")), "Success", "T3.1 until they are given up")
r = w.user(A("x11"), "ada", proxyAddresses=["SMTP:a" + AT])
same((name_of(r), conflict(r)), (MUST, (["UserPrincipalName", "ProxyAddresses"], ["ada" + AT, "SMTP:a" + AT],
                                        [ada, ada])), "T3.2 the detail names all that conflict")
ok("have values that may already be associated with another object in your local directory services: "
   "[UserPrincipalName ada%s;ProxyAddresses SMTP:a%s;]" % (AT, AT) in r["ResultErrorDescription"],
   "T3.3 the text that administrators know", r)
same([unique(w.user(A("x11"), "ada"))[0] for _ in range(2)], [MUST, MUST], "T3.2 in every cycle")
bob = id_of(w.user(A("bob"), "bob"))
r = w.user(A("bob"), "bob", proxyAddresses=["SMTP:a" + AT])
same((name_of(r), r["details"].get("ObjectId"), w.get("user", bob, "mail")), (MUST, [bob], None),
     "T3.2 of an update too, and nothing of it is taken")
same(name_of(w.user(A("ada"), "ada", proxyAddresses=["SMTP:a" + AT, "smtp:ada" + AT])), "Success",
     "T3.1 what an object has itself is no conflict")

# ---- T4.1: the name ----

w.features(NEW & ~SOFT_UPN)
first = w.cloud("twin")
r = w.user(A("twin"), "twin")
twin = id_of(r)
upn = w.get("user", twin, "userPrincipalName")
ok(placeholder(upn, "twin"), "T4.1 the name is a placeholder", upn)
same(w.errors("user", twin), [("UserPrincipalName", "twin" + AT)], "T4.3 what waits is shown as an error of provisioning")
e = w.get("user", twin, "onPremisesProvisioningErrors")[0]
same((e["category"], e["occurredDateTime"].endswith("Z")), ("PropertyConflict", True), "T4.3 with its category and time")
ok(r["ResultCode"] == "Success" and "with some modified properties" in r["ResultErrorDescription"] and
   conflict(r) == (["UserPrincipalName"], ["twin" + AT], [first]), "T4.4 success with a description", r)
r = w.user(A("twin"), "twin", title="Second")
same((r["ResultCode"], r["ResultErrorDescription"], w.get("user", twin, "userPrincipalName", "jobTitle")),
     ("Success", None, (upn, "Second")), "T4.4 told once; the placeholder stays")
since = w.get("user", twin, "onPremisesProvisioningErrors")[0]["occurredDateTime"]
same(since, e["occurredDateTime"], "T4.3 and the time of its beginning")
o = [o for o in w.c.read_back()[0] if o["SourceAnchor"] == A("twin")][0]
same(o["userPrincipalName"], "twin" + AT, "T5.1 the client reads what it exported")

# ---- T4.5: the sweep ----

same(w.all("DELETE", "/users/" + first)[0], 204, "T4.5 who had the name is deleted")
same((w.get("user", twin, "userPrincipalName"), w.errors("user", twin)), ("twin" + AT, []),
     "T4.5 the name is given, the error is gone")
second = w.cloud("given", mail="given" + AT)
r = w.user(A("given"), "given.b", proxyAddresses=["SMTP:given.b" + AT, "smtp:given" + AT, "smtp:third" + AT])
given = id_of(r)
same((w.errors("user", given), sorted(w.get("user", given, "proxyAddresses"))),
     ([("ProxyAddresses", "smtp:given" + AT)], ["SMTP:given.b" + AT, "smtp:third" + AT]),
     "T4.2 an address is left out, the rest is applied")
w.options(hourlySweep=True)
same(w.all("PATCH", "/users/" + second, {"userPrincipalName": "moved" + AT, "mail": "moved" + AT})[0], 204,
     "T4.5 who had the address gets another")
w.all("DELETE", "/users/" + second)
same(len(w.errors("user", given)), 1, "T4.5 (sweeping by the hour: nothing yet)")
w.later(3600)
same((w.errors("user", given), sorted(w.get("user", given, "proxyAddresses"))),
     ([], ["SMTP:given.b" + AT, "smtp:given" + AT, "smtp:third" + AT]), "T4.5 the hourly sweep gives the address")
w.options(hourlySweep=False)
r = w.user(A("given"), "given.b", proxyAddresses=["SMTP:given.b" + AT, "smtp:ada" + AT, "smtp:third" + AT])
same(w.errors("user", given), [("ProxyAddresses", "smtp:ada" + AT)], "T4.2 of an update too")
r = w.user(A("given"), "given.b", proxyAddresses=["SMTP:given.b" + AT])
same((w.errors("user", given), r["ResultErrorDescription"]), ([], None), "T4.5 who exports it no more waits no more")
r = w.user(A("given"), "given.b", proxyAddresses=["SMTP:ada" + AT, "smtp:given.b" + AT])
same((w.get("user", given, "mail", "proxyAddresses"), w.errors("user", given)),
     ((None, ["smtp:given.b" + AT]), [("ProxyAddresses", "SMTP:ada" + AT)]), "T4.2 the primary one, and with it mail")
r = w.user(A("ada"), "ada.new", proxyAddresses=["SMTP:ada.new" + AT])
same((w.get("user", given, "mail"), w.errors("user", given)), ("ada" + AT, []),
     "T4.5 the exports of others set it free")
other = id_of(w.user(A("chain"), "chain"))
waits = id_of(w.user(A("chain2"), "chain"))
third = id_of(w.user(A("chain3"), "chain"))
w.delete("User", A("chain"))
names = [w.get("user", i, "userPrincipalName") for i in (waits, third)]
same((names.count("chain" + AT), sum(placeholder(n, "chain") for n in names)), (1, 1),
     "T4.5 of two who wait one gets it")
w.delete("User", A("chain2") if names[0] == "chain" + AT else A("chain3"))
last = third if names[0] == "chain" + AT else waits
same((w.get("user", last, "userPrincipalName"), w.errors("user", last)), ("chain" + AT, []), "T4.5 and then the other")
r = w.user(A("bob"), "given.b")
same((placeholder(w.get("user", bob, "userPrincipalName"), "given.b"), w.errors("user", bob)),
     (True, [("UserPrincipalName", "given.b" + AT)]), "T4.1 a name that is changed to one that is taken")
r = w.user(A("bob"), "bob.free")
same((w.get("user", bob, "userPrincipalName"), w.errors("user", bob)), ("bob.free" + AT, []),
     "T4.1 and to one that is free")
r = w.group(A("gq"), "GQ", proxyAddresses=["SMTP:gq" + AT, "smtp:bob.free" + AT])
same((w.errors("group", id_of(r)), w.get("group", id_of(r), "mail")),
     ([("ProxyAddresses", "smtp:bob.free" + AT)], "gq" + AT), "T4.2 of a group")
r = w.contact(A("cq"), "CQ", proxyAddresses=["SMTP:cq@far.test", "smtp:bob.free" + AT])
same(w.errors("contact", id_of(r)), [("ProxyAddresses", "smtp:bob.free" + AT)], "T4.2 of a contact")

# ---- T4: the names are the only ones that wait ----

same(unique(w.user(A("y4"), "y4", signInNames=["login.si" + AT])), (MUST, ["SignInName"]),
     "T4 a name to sign in with fails with resiliency too")
same(unique(w.user(A("y1"), "y1", proxyAddresses=["sip:S" + AT])), (MUST, ["SipProxyAddress"]),
     "T4 a SIP address fails with resiliency too")
w.features(PROXY_BIT)
same(unique(w.user(A("y2"), "bob.free")), (MUST, ["UserPrincipalName"]), "T4 each switch is of its own value: names")
w.features(UPN_BIT)
same(unique(w.user(A("y3"), "y3", proxyAddresses=["smtp:bob.free" + AT])), (MUST, ["ProxyAddresses"]),
     "T4 each switch is of its own value: addresses")
w.features(NEW & ~SOFT_UPN)

# ---- T4.6: fails although it could wait ----

w.group(A("sales"), "Sales", proxyAddresses=["SMTP:sales" + AT])
r = w.user(A("sales.u"), "sales", proxyAddresses=["SMTP:sales" + AT])
same((name_of(r), conflict(r)[0]), (MUST, ["UserPrincipalName", "ProxyAddresses"]),
     "T4.6 a new user with the name and address of a group")
same(name_of(w.user(A("sales.v"), "sales.v", proxyAddresses=["SMTP:sales" + AT])), "Success",
     "T4.6 with its address alone it waits")
w.finish()
r = w.group(A("pair1"), "Pair 1", proxyAddresses=["SMTP:pair" + AT])
r = w.group(A("pair2"), "Pair 2", proxyAddresses=["SMTP:pair" + AT])
same(unique(r), (MUST, ["ProxyAddresses"]), "T4.6 two groups with one address in one run: the second fails")
w.finish()
r = w.group(A("pair2"), "Pair 2", proxyAddresses=["SMTP:pair" + AT])
same((name_of(r), w.errors("group", id_of(r))), ("Success", [("ProxyAddresses", "SMTP:pair" + AT)]),
     "T4.6 and waits in the next one")
g.done()

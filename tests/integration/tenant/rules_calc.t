#!/usr/bin/env python3
"""Section 5: values that follow from the exported ones (T5.1 to T5.10)."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

w = World(domain=INITIAL)  # the initial domain alone is verified
A = g.source
INIT = "@" + INITIAL


def seen(id):
    return w.get("user", id, "mailNickname", "userPrincipalName")


# ---- T5.5: the five documented scenarios ----

for n, verified in enumerate((False, True)):
    a = A("five%d" % n)
    x = "%d@contoso.local" % n if n else "@contoso.local"  # values of the second pass are its own
    r = w.user(a, "user3" + x, proxyAddresses=["SMTP:user1" + x], mail="user2" + x)
    u = id_of(r)
    s = x.partition("@")[0]
    same(seen(u), ("user1" + s, "user1" + s + INIT), "T5.5 (1) the suffix is not verified: from the primary address")
    w.put("User", a, mailNickname="user4" + s)
    same(seen(u), ("user4" + s, "user1" + s + INIT), "T5.5 (2) another mailNickname: the name stays")
    w.put("User", a, userPrincipalName="user5" + x)
    same(seen(u), ("user4" + s, "user4" + s + INIT), "T5.5 (3) another name: from the mailNickname")
    w.put("User", a, mail="user6" + x, proxyAddresses=["SMTP:user7" + x])
    same(seen(u), ("user4" + s, "user4" + s + INIT), "T5.5 (4) another address: nothing")
    w.put("User", a, userPrincipalName="user5" + s + INIT)
    same(seen(u), ("user4" + s, "user5" + s + INIT), "T5.5 (5) a name with a verified suffix: as it is")
    o = [o for o in w.c.read_back(full=True)[0] if o["SourceAnchor"] == a][0]
    same((o["userPrincipalName"], o["proxyAddresses"], o["mail"]),
         ("user5" + s + INIT, ["SMTP:user7" + x], "user6" + x), "T5.1 the client reads what it exported")
    if n == 0:
        w.delete("User", a)

# ---- T5.1, T5.4: shadow values; domains that come and go ----

r = w.user(A("nora"), "nora@later.test", proxyAddresses=["SMTP:n@later.test"])
nora = id_of(r)
same(seen(nora), ("n", "n" + INIT), "T5.4 a suffix that is not verified")
o = [o for o in w.c.read_back(full=True)[0] if o["SourceAnchor"] == A("nora")][0]
same(o["userPrincipalName"], "nora@later.test", "T5.1 the shadow keeps what was exported")
same(w.t.admin("POST", "domains", {"name": "later.test"}), {}, "T5.4 the domain is verified")
same(seen(nora), ("n", "nora@later.test"), "T5.4 and the name is calculated anew, from the shadow")
same(w.t.admin("DELETE", "domains", {"name": "later.test"}), {}, "T5.4 the domain goes")
same(seen(nora), ("n", "n" + INIT), "T5.4 and the name with it")
ok("error" in w.t.admin("DELETE", "domains", {"name": INITIAL}), "T5.4 the initial domain stays")
w.t.admin("POST", "domains", {"name": DOMAIN})
r = w.user(A("dollar"), "a$b")
same(seen(id_of(r)), ("ab", "ab" + INIT), "T5.4 a sign that names cannot have")
w.put("User", A("nora"), title="Other")
same(seen(nora)[1], "n" + INIT, "T5.4 not calculated where the name did not change")
r = w.user(A("two"), "n@other.test")
same((placeholder(seen(id_of(r))[1], "n"), w.errors("user", id_of(r))),
     (True, [("UserPrincipalName", "n" + INIT)]), "T5.4 the calculated name is another's: in quarantine")
same(w.errors("user", nora), [], "T5.4 (who has it keeps it)")
r = w.put("User", A("bare"), displayName="Bare", onPremisesSamAccountName="bare")
ok(r["ResultCode"] == "Success" and seen(id_of(r))[1] == seen(id_of(r))[0] + INIT, "T5.3 without a name: MOERA", r)

# ---- T5.2: the order of mailNickname ----

X = "@contoso.test"
CASES = (({"mailNickname": "nick1", "alias": "al1"}, "nick1"),
         ({"alias": "al2", "proxyAddresses": ["SMTP:prim2" + X]}, "al2"),
         ({"proxyAddresses": ["smtp:sec3" + X, "SMTP:prim3" + X], "mail": "mail3" + X}, "prim3"),
         ({"mail": "mail4" + X, "userPrincipalName": "upn4" + X}, "mail4"),
         ({"userPrincipalName": "upn5" + X}, "upn5"),
         ({"userPrincipalName": None, "proxyAddresses": ["smtp:sec6" + X]}, "sec6"))
for n, (attrs, nick) in enumerate(CASES):
    a = dict({"userPrincipalName": "u%d%s" % (n, X), "displayName": "U"}, **attrs)
    r = w.put("User", A("nick%d" % n), **a)
    same(seen(id_of(r))[0], nick, "T5.2 mailNickname, source %d" % (n + 1))
r = w.contact(A("nickc"), "Nick C", proxyAddresses=["smtp:c2@far.test", "SMTP:c1@far.test"])
r2 = w.group(A("nickg"), "Nick G", mail="lists.g" + X, securityEnabled=False)
same((w.get("contact", id_of(r), "mailNickname"), w.get("group", id_of(r2), "mailNickname")), ("c1", "lists.g"),
     "T5.2 of contacts and groups as well")
r = w.user(A("nick4"), "changed4", mail="changed4" + X)
same(seen(id_of(r))[0], "upn5", "T5.2 once calculated it stays")
r = w.put("User", A("nick4"), mailNickname="own4")
same(seen(id_of(r))[0], "own4", "T5.2 until one is exported")
r = w.put("User", A("nick4"), mailNickname=None)
same(seen(id_of(r))[0], "own4", "T5.2 and stays when that goes")
r = w.put("User", A("odd"), displayName="Odd", userPrincipalName="o'dd!x" + X)
same(seen(id_of(r)), ("oddx", "o'dd!x" + X), "T5.2 signs that it cannot have are left out")

# ---- T5.6: names of managed users, and federation ----

r = w.user(A("managed"), "managed")
m = id_of(r)
w.features(NEW & ~8192)
w.user(A("managed"), "renamed")
same(w.get("user", m, "userPrincipalName"), "managed" + X, "T5.6 without SynchronizeUpnForManagedUsers it stays")
w.features(NEW)
w.user(A("managed"), "renamed2")
same(w.get("user", m, "userPrincipalName"), "renamed2" + X, "T5.6 with it, it follows")
w.t.admin("POST", "domains", {"name": "fed.test", "federated": True})
w.t.admin("POST", "domains", {"name": "fed2.test", "federated": True})
r = w.user(A("managed"), "renamed@fed.test")
same((name_of(r), w.get("user", m, "userPrincipalName")), ("FederatedDomainChangeError", "renamed2" + X),
     "T5.6 not from a managed domain to a federated one")
same(name_of(w.user(A("managed"), "renamed" + INIT)), "Success", "T5.6 to the initial one")
same(name_of(w.user(A("managed"), "renamed@fed.test")), "Success", "T5.6 and from there")
same(name_of(w.user(A("managed"), "renamed@fed2.test")), "FederatedDomainChangeError",
     "T5.6 nor from one federated domain to another")
w.features(NEW & ~8192)
same((name_of(w.user(A("managed"), "again@fed.test")), w.get("user", m, "userPrincipalName")),
     ("Success", "again@fed.test"), "T5.6 the switch is of managed users alone")
w.features(NEW)

# ---- T5.7: addresses in domains that are not ours ----

FAR = ["SMTP:far1@far.test", "smtp:far2" + X]
r = w.user(A("far1"), "far1", proxyAddresses=FAR)
same(w.get("user", id_of(r), "proxyAddresses"), FAR, "T5.7 who has no mailbox keeps them all")
r = w.user(A("far2"), "far2b", proxyAddresses=["SMTP:f2@far.test", "smtp:f2" + X], msExchRemoteRecipientType=4)
same(w.get("user", id_of(r), "proxyAddresses"), ["smtp:f2" + X], "T5.7 msExchRemoteRecipientType: dropped")
r = w.contact(A("far3"), "Far", proxyAddresses=["SMTP:f3@far.test"])
same(w.get("contact", id_of(r), "proxyAddresses"), ["SMTP:f3@far.test"], "T5.7 contacts keep everything")
w.options(mailboxes=True)
r = w.user(A("far4"), "box", proxyAddresses=["SMTP:f4@far.test", "smtp:f4" + X], mailNickname="boxed")
same(sorted(w.get("user", id_of(r), "proxyAddresses")),
     sorted(["smtp:f4" + X, "SMTP:boxed" + INIT, "smtp:box" + X, "SIP:box" + X]),
     "T5.7 with a mailbox: what is not ours dropped, MOERA, name and SIP added")
w.user(A("far4"), "boxnew", proxyAddresses=["SMTP:f4" + X])
same(sorted(w.get("user", id_of(r), "proxyAddresses")),
     sorted(["SMTP:f4" + X, "smtp:boxed" + INIT, "smtp:boxnew" + X, "SIP:boxnew" + X]),
     "T5.4 a new name is another address of the mailbox")
w.options(mailboxes=False)

# What the service itself says of a mailbox, as a predecessor left it.
SHOWN = {t: "type%d" % n for n, t in enumerate((0, 2, 7, 8, 10, 15, 16, 17, 18, 1073741824, 1073741840, 1, 6))}
w.t.load({"users": [{"sync": {"sourceAnchor": A(n), "values": {
    "userPrincipalName": n + X, "displayName": n, "cloudMSExchRecipientDisplayType": t,
    "proxyAddresses": ["SMTP:%s@far.test" % n, "smtp:" + n + X]}}} for t, n in SHOWN.items()]})
ours = {o["SourceAnchor"]: o["CloudAnchor"].partition("_")[2] for o in w.c.read_back(full=True)[0]}
kept = {t for t, n in SHOWN.items() if "SMTP:%s@far.test" % n in w.get("user", ours[A(n)], "proxyAddresses")}
same(kept, {1, 6}, "T5.7 eleven kinds of mailboxes drop what is not ours, others keep it")
o = [o for o in w.c.read_back(full=True)[0] if o["SourceAnchor"] == A("type1")][0]
same((o["cloudMSExchRecipientDisplayType"], name_of(w.put("User", A("type1"), cloudMSExchRecipientDisplayType=6))),
     (2, "InvalidAttribute"), "T5.7 which clients read, and cannot write")

# ---- T5.8: mail ----

r = w.user(A("mail1"), "mail1", mail="m1" + X)
same(w.get("user", id_of(r), "mail", "proxyAddresses"), ("m1" + X, ["SMTP:m1" + X]), "T5.8 mail alone is the primary one")
r = w.user(A("mail2"), "mail2", mail="m2" + X, proxyAddresses=["SMTP:p2" + X])
same(w.get("user", id_of(r), "mail"), "p2" + X, "T5.8 mail follows the primary address")
r = w.user(A("mail2"), "mail2", mail="m2" + X, proxyAddresses=["SMTP:q2" + X, "smtp:p2" + X])
same(w.get("user", id_of(r), "mail"), "q2" + X, "T5.8 also when it changes")
r = w.user(A("mail2"), "mail2", mail=None, proxyAddresses=None)
same(w.get("user", id_of(r), "mail", "proxyAddresses"), (None, []), "T5.8 and goes with it")
r = w.group(A("mail3"), "Mail 3", mail="m3" + X, securityEnabled=False)
same(w.get("group", id_of(r), "mail", "mailEnabled", "proxyAddresses"), ("m3" + X, True, ["SMTP:m3" + X]),
     "T5.8 of a group as well")
r = w.user(A("mail4"), "mail4")
same(w.get("user", id_of(r), "mail", "proxyAddresses"), (None, []), "T5.8 no address, no mail")

# ---- T5.9: userType ----

same(w.get("user", m, "userType"), "Member", "T5.9 Member where nothing is said")
r = w.user(A("guest"), "guest", userType="Guest")
same(w.get("user", id_of(r), "userType"), "Guest", "T5.9 Guest where it is exported")
r2 = w.user(A("guest"), "guest", userType="Member")
same((id_of(r2), w.get("user", id_of(r), "userType")), (id_of(r), "Member"), "T5.9 and back, the same user")
w.options(ignoreUserType=True)
w.user(A("guest"), "guest", userType="Guest")
same(w.get("user", id_of(r), "userType"), "Member", "T5.9 not where it is not taken")
w.options(ignoreUserType=False)
same(name_of(w.user(A("guest"), "guest", userType="Robot")), "DataValidationFailed", "T5.9 nothing else")

# ---- T5.10: what shows where it comes from ----

SID = bytes([1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 9, 0, 0, 0])
r = w.user(A("whole"), "whole", onPremisesSamAccountName="whole", onPremisesDistinguishedName="CN=Whole,DC=x",
           dnsDomainName="x.test", onPremiseSecurityIdentifier=SID, onPremisesUserPrincipalName="whole@x.test",
           lastPasswordChangeTimestamp="20250102030405.0Z",
           **{"extensionAttribute%d" % n: "e%d" % n for n in range(1, 16)})
o = w.get("user", id_of(r), "onPremisesSamAccountName", "onPremisesDistinguishedName", "onPremisesDomainName",
          "onPremisesSecurityIdentifier", "onPremisesUserPrincipalName", "lastPasswordChangeDateTime")
same(o, ("whole", "CN=Whole,DC=x", "x.test", "S-1-5-21-1-2-3-9", "whole@x.test", "2025-01-02T03:04:05Z"),
     "T5.10 account name, DN, domain, identifier, name there, password")
same(w.get("user", id_of(r), "onPremisesExtensionAttributes"),
     {"extensionAttribute%d" % n: "e%d" % n for n in range(1, 16)}, "T5.10 fifteen extension attributes")
ok(w.get("user", id_of(r), "onPremisesLastSyncDateTime"), "T5.10 the time of the last synchronisation")
r = w.group(A("wholeg"), "Whole", netBiosName="X", dnsDomainName="x.test", onPremisesSamAccountName="wg")
same(w.get("group", id_of(r), "onPremisesNetBiosName", "onPremisesDomainName", "onPremisesSamAccountName"),
     ("X", "x.test", "wg"), "T5.10 of a group")
r = w.contact(A("wholec"), "C", telephoneNumber="1", mobile="2", facsimileTelephoneNumber="3", city="Bonn",
              postalCode="53111", streetAddress="Way 1", country="Germany", company="Co", title="Boss",
              mail="c@far.test", physicalDeliveryOfficeName="7")
o = w.get("contact", id_of(r))
same((o["phones"], o["addresses"]),
     ([{"type": "business", "number": "1"}, {"type": "mobile", "number": "2"}, {"type": "businessFax", "number": "3"}],
      [{"city": "Bonn", "countryOrRegion": "Germany", "officeLocation": "7", "postalCode": "53111",
        "street": "Way 1"}]), "T5.10 phones and addresses of a contact")
g.done()

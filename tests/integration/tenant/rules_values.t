#!/usr/bin/env python3
"""Sections 7, 9 and 10: quotas and sizes, every error that an export can give,
with its detail, and the rules of single values, one that is taken and one that
is not for each."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

w = World()
A = g.source
AT = "@" + DOMAIN
N = [0]
LONG, BAD, NAME = "ExceededAllowedLength", "DataValidationFailed", "IdentityDataValidationFailed"


def user(**attrs):
    """The error of one new user."""
    N[0] += 1
    a = {"userPrincipalName": "v%d%s" % (N[0], AT), "displayName": "V", "accountEnabled": True}
    a.update(attrs)
    return name_of(w.put("User", A("v%d" % N[0]), **a))


def rule(what, attr, good, bad, error):
    """Each of some values is taken, each of others is not."""
    good = [(v, user(**{attr: v})) for v in good]
    bad = [(v, user(**{attr: v})) for v in bad]
    ok(all(e == "Success" for _, e in good), "10 %s: taken" % what, [x for x in good if x[1] != "Success"])
    ok(all(e == error for _, e in bad), "10 %s: %s" % (what, error), [x for x in bad if x[1] != error])


# ---- Section 10: values ----

signs = lambda s, at: [at % c for c in s]
rule("userPrincipalName, one @", "userPrincipalName", ["one" + AT], ["none", "two@x" + AT, AT], NAME)
rule("userPrincipalName, 64 before it", "userPrincipalName", ["l" * 64 + AT], ["m" * 65 + AT], NAME)
rule("userPrincipalName, 48 behind it", "userPrincipalName", ["d@" + "d" * 43 + ".test"], ["e@" + "d" * 44 + ".test"], NAME)
rule("userPrincipalName, 113 in all", "userPrincipalName", ["n" * 64 + "@" + "n" * 43 + ".test"],
     ["n" * 65 + "@" + "n" * 44 + ".test"], LONG)
rule("userPrincipalName, signs", "userPrincipalName", ["o'n.e-_!#^~" + AT], signs(" \\%&*+/=?{}|<>();:,[]\"", "a%sb" + AT), NAME)
rule("userPrincipalName, accents", "userPrincipalName", ["muller" + AT], ["müller" + AT, "é" + AT], NAME)
rule("userPrincipalName, dots", "userPrincipalName", ["a.b" + AT], [".ab" + AT, "ab." + AT], NAME)
rule("userPrincipalName, a domain that can be routed", "userPrincipalName", ["r@contoso.local"], ["r@contoso"], NAME)
rule("proxyAddresses, 256 each", "proxyAddresses", [["SMTP:%s@%s.test" % ("p" * 100, "q" * 145)]],
     [["SMTP:%s@%s.test" % ("p" * 100, "q" * 146)]], LONG)
rule("proxyAddresses, signs", "proxyAddresses", [["SMTP:p-1'" + AT]],
     [[v] for v in signs(" <>();,[]\"", "SMTP:p%sx" + AT)], BAD)
rule("proxyAddresses, the form of SMTP values", "proxyAddresses", [["SMTP:form" + AT], ["X500:/o=a b/cn=(c)"], ["SIP:sip1" + AT]],
     [["SMTP:form"], ["smtp:a@b"], ["SMTP:"], ["no prefix"], ["smtp:a@b@c.test"]], BAD)
rule("proxyAddresses, one primary", "proxyAddresses", [["SMTP:prim1" + AT, "smtp:prim2" + AT]],
     [["SMTP:prim3" + AT, "SMTP:prim4" + AT]], BAD)
rule("mailNickname, 64", "mailNickname", ["a", "n" * 64], ["n" * 65], LONG)
rule("mailNickname, signs", "mailNickname", ["a-b_c.d"], signs(" \\!#$%&*+/=?^`{}|~<>()';:,[]\"@", "a%sb") + ["ä"], BAD)
rule("mailNickname, dots", "mailNickname", ["a.b"], [".ab", "ab."], BAD)
rule("mail, 256", "mail", ["%s@%s.test" % ("m" * 100, "q" * 150)], ["%s@%s.test" % ("m" * 100, "q" * 151)], LONG)
rule("mail, its form", "mail", ["m1" + AT], ["m", "m @x.test", "m@x", "a@b@c.test", "ü@x.test"], BAD)
rule("targetAddress, 255", "targetAddress", ["SMTP:%s@%s.test" % ("t" * 100, "q" * 144)],
     ["SMTP:%s@%s.test" % ("t" * 100, "q" * 145)], LONG)
rule("targetAddress, signs and form", "targetAddress", ["SMTP:t@far.test", "t@far.test"],
     signs(" \\<>();,[]\"", "SMTP:t%sx@far.test") + ["SMTP:t@far", "SMTP:t"], BAD)
rule("displayName, 256", "displayName", ["D", "D" * 256], ["D" * 257], LONG)
rule("displayName, blanks around it", "displayName", ["D D"], [" D", "D "], BAD)
for attr, most in (("givenName", 64), ("surname", 64), ("department", 64), ("title", 128), ("company", 64),
                   ("city", 128), ("state", 128), ("country", 128), ("streetAddress", 1024), ("postalCode", 40),
                   ("mobile", 64), ("telephoneNumber", 64), ("facsimileTelephoneNumber", 64),
                   ("physicalDeliveryOfficeName", 128), ("employeeId", 16), ("homePhone", 64), ("ipPhone", 64),
                   ("pager", 64), ("employeeType", 256), ("preferredDataLocation", 16),
                   ("onPremisesSamAccountName", 256), ("onPremisesDistinguishedName", 4096), ("info", 4096)):
    rule("%s, %d characters" % (attr, most), attr, ["é" * most], ["é" * (most + 1)], LONG)
for attr in ("otherFacsimileTelephoneNumber", "otherHomePhone", "otherIpPhone", "otherMobile", "otherPager", "otherTelephone"):
    rule("%s, %d characters each" % (attr, 64), attr, [["é" * 64, "1"]], [["1", "é" * 65]], LONG)
rule("alias, as mailNickname", "alias", ["a-b.c", "n" * 64], ["a b", ".a", "a@b"], BAD)
rule("alias, 64", "alias", ["a"], ["n" * 65], LONG)
rule("usageLocation, two letters", "usageLocation", ["DE"], ["D1"], BAD)
rule("usageLocation, two letters", "usageLocation", ["us"], ["DEU"], LONG)
S = "onPremisesSamAccountName"
for what, good, bad in (("20 characters", "s" * 20, ["s" * 21]),
                        ("signs", "s-1$", signs("[]\\\"|,/:<>+=;?*", "s%sx"))):
    got = [user(userPrincipalName=None, displayName="S", **{S: v}) for v in [good] + bad]
    same((got[0], set(got[1:])), ("Success", {BAD}), "10 sAMAccountName, %s, without a userPrincipalName" % what)
same(user(**{S: "s" * 30}), "Success", "10 sAMAccountName is not looked at with one")
r = w.group(A("nick1"), "N1", mailNickname="nick")
r = w.group(A("nick2"), "N2", mailNickname="NICK")
same((name_of(r), conflict(r)[0]), ("AttributeValueMustBeUnique", ["MailNickname"]), "10 mailNickname, unique among groups")
same(user(title="", city="", proxyAddresses=[]), "Success", "10 an empty text is no value")

# ---- Section 7: sizes ----

proxies = lambda n, tag: ["SMTP:%s0%s" % (tag, AT)] + ["smtp:%s%d%s" % (tag, i, AT) for i in range(1, n)]
same((user(proxyAddresses=proxies(332, "a")), user(proxyAddresses=proxies(333, "b"))), ("Success", "LargeObject"),
     "7 332 addresses of a bare user, not one more")
same((user(proxyAddresses=proxies(317, "c"), userCertificate=[b"\x30"] * 15),
      user(proxyAddresses=proxies(318, "d"), userCertificate=[b"\x30"] * 15)), ("Success", "LargeObject"),
     "7 it is a budget: less with certificates")
w.options(weight=80)
same((user(proxyAddresses=proxies(12, "e")), user(proxyAddresses=proxies(13, "f"))), ("Success", "LargeObject"),
     "7 which can be set")
w.options(weight=400)
for attr in ("userCertificate", "userSMIMECertificate"):
    same((user(**{attr: [bytes([i]) for i in range(15)]}), user(**{attr: [bytes([i]) for i in range(16)]})),
         ("Success", LONG), "7 15 values of " + attr)
photo = lambda n: E("c:Value", g.base64.b64encode(b"x" * n).decode(), i__type="d:string", xmlns__d=XSD)
same((user(thumbnailPhoto=photo(102400)), user(thumbnailPhoto=photo(102401))), ("Success", LONG), "7 a photo of 100 KB")
ext = lambda n: {"extension_0123456789abcdef0123456789abcdef_x%d" % i: "v" for i in range(n)}
same((user(**ext(100)), user(**ext(101))), ("Success", LONG), "7 100 directory extensions")
X = "extension_0123456789abcdef0123456789abcdef_long"
same((user(**{X: "x" * 256}), user(**{X: "x" * 257})), ("Success", LONG), "7 of 256 characters")
same((user(**{X: b"x" * 255}), user(**{X: E("c:Value", g.base64.b64encode(b"x" * 257).decode(), i__type="d:base64Binary",
                                           xmlns__d=XSD)})), ("Success", LONG), "7 or 256 octets")
fresh = World()
fresh.options(weight=400)  # so that they are written down
limits = g.json.loads(dict(__import__("sqlite3").connect(fresh.t.dir + "/tenant.db").execute(
    "SELECT key, value FROM meta").fetchall())["sync"])
same([limits[k] for k in ("members", "members2", "owners", "links", "weight", "threshold", "turnOffSeconds")],
     [50000, 250000, 100, 15000, 400, 500, 72 * 3600], "7 the numbers of a new tenant")
fresh.t.close()
w.options(members=3, members2=5)
m = [A("m%d" % i) for i in range(6)]
same((name_of(w.group(A("g3"), "G3", member=m[:3])), name_of(w.group(A("g4"), "G4", member=m[:4]))),
     ("Success", LONG), "7 members of a group, by the operation of before")
same((name_of(w.put("Group", A("g5"), two=True, displayName="G5", member=m[:5])),
      name_of(w.put("Group", A("g6"), two=True, displayName="G6", member=m))), ("Success", LONG),
     "7 and more by the one with a 2")
same((name_of(w.put("Group", A("g5"), two=True, member=changes(add=[m[5]]))),
      len([o for o in w.c.read_back(full=True)[0] if o["SourceAnchor"] == A("g5")][0]["member"])), (LONG, 5),
     "7 also by changes, of which then none is taken")
w.options(members=50000, members2=250000, links=5)
link = lambda n, tag: ("Group", "Set", {"SourceAnchor": A(tag), "displayName": tag, "member": m[:n]})
boss = ("User", "Set", {"SourceAnchor": A("lk"), "userPrincipalName": "lk" + AT, "displayName": "L", "manager": m[0]})
same([name_of(x) for x in w.c.provision(link(3, "lk1"), boss, link(1, "lk2"), two=True)], ["Success"] * 3,
     "7 as many references in one request as clients were told")
f = refused(w.c.provision, link(3, "lk3"), boss, link(2, "lk4"), two=True)
ok(f is not None and "at most 5 references" in f.text, "7 one more and the request is refused", f)
same([o for o in w.c.read_back(full=True)[0] if o["SourceAnchor"] in (A("lk3"), A("lk4"))], [], "7 and nothing of it taken")
same([name_of(x) for x in w.c.provision(link(3, "lk3"), link(3, "lk4"))], ["Success"] * 2,
     "7 the operation of before has no such limit")
w.options(links=15000, owners=2)
group = w.cloud_group("owned")
owner = [w.cloud("o%d" % i) for i in range(3)]
got = [w.all("POST", "/groups/%s/owners/$ref" % group, {"@odata.id": w.t.url + "/v1.0/directoryObjects/" + o})
       for o in owner]
same(([s for s, _ in got], got[2][1]["error"]["code"]), ([204, 204, 403], "Directory_QuotaExceeded"),
     "7 owners of a group")
n = World(domain=INITIAL)
same(n.t.admin("POST", "sync", {"objects": 0}).get("error") is not None, True, "7 (a quota is at least one)")
quota = lambda: int(dict(__import__("sqlite3").connect(n.t.dir + "/tenant.db").execute(
    "SELECT key, value FROM meta").fetchall())["max_objects"])
before = quota()
n.t.admin("POST", "domains", {"name": DOMAIN})
same((before, quota()), (50000, 300000), "7 50,000 objects, and 300,000 once a domain is verified")
n.options(objects=2)
same([name_of(n.group(A("q%d" % i), "Q")) for i in range(3)], ["Success", "Success", "QuotaExceeded"],
     "7 the quota of objects")
n.t.close()

# ---- Section 9: every error, and its detail ----

KEYS = ["ObjectId", "ObjectIdInConflict", "AttributeConflictName", "AttributeConflictValues"]


def error(name, r, with_detail=False):
    same((name_of(r), sorted(r["details"]) if with_detail else None),
         (name, sorted(KEYS) if with_detail else None), "9 " + name + (" with its detail" if with_detail else ""))
    ok(r["ResultErrorCode"] != "0" and r["ResultErrorDescription"], "9 %s has a code and a text" % name, r)


SOFT = w.cloud("softly", mail="softly" + AT, onPremisesImmutableId=A("elsewhere"))
w.features(NEW & ~(UPN_BIT | PROXY_BIT))
error("InvalidSoftMatch", w.user(A("e1"), "e1", mail="softly" + AT), True)
error("AttributeValueMustBeUnique", w.user(A("e2"), "muller"), True)
boss = w.cloud("boss", mail="boss" + AT)
w.assign(boss)
error("ExistingAdminRoleConflict", w.user(A("e3"), "e3", mail="boss" + AT), True)
w.features(NEW | BLOCK_HARD)
w.cloud("hard", onPremisesImmutableId=A("e4"))
error("InvalidHardMatch", w.user(A("e4"), "hard"), True)
w.features(NEW)
team = w.get("group", w.cloud_group("mailteam", mail=True), "mail")
error("ObjectTypeMismatch", w.user(A("e5"), "e5", mail=team), True)
error("IdentityDataValidationFailed", w.user(A("e6"), "e 6" + AT))
error("DataValidationFailed", w.user(A("e7"), "e7", mail="nonsense"))
error("LargeObject", w.user(A("e8"), "e8", proxyAddresses=proxies(333, "g")))
error("ExceededAllowedLength", w.user(A("e9"), "e9", title="x" * 129))
w.t.admin("POST", "domains", {"name": "fed.test", "federated": True})
w.user(A("e10"), "moving")
error("FederatedDomainChangeError", w.user(A("e10"), "moving@fed.test"))
cloud = w.cloud("only")
error("DeletingCloudOnlyObjectNotAllowed", w.put("User", None, op="Delete", CloudAnchor="User_" + cloud))
r = w.delete("User", A("nobody"))
error("DeleteNotValid", r)
same(r["ResultErrorCode"], "114", "9 114: what cannot be deleted")
w.options(objects=1)
error("QuotaExceeded", w.user(A("e11"), "e11"))
w.options(objects=300000)
error("InvalidAttribute", w.user(A("e12"), "e12", shoeSize="44"))
error("InvalidAttribute", w.user(A("e12"), "e12", cloudAccountEnabled=True))
error("InvalidAttribute", w.user(A("e12"), "e12", accountEnabled="perhaps"))
error("InvalidAttribute", w.user(A("e12"), "e12", countryCode="many"))
error("InvalidAttribute", w.user(A("e12"), "e12", title=["a", "b"]))
r = w.group(A("e12g"), "E12", accountEnabled=True, userPrincipalName="e12g" + AT)
same((name_of(r), w.get("group", id_of(r), "displayName")), ("Success", "E12"),
     "9 what only other types of objects have is passed over")
ok("AccountEnabled" not in str([o for o in w.c.read_back(full=True)[0] if o["SourceAnchor"] == A("e12g")]), "9 and not kept")
error("InvalidObjectType", w.put("Robot", A("e13"), displayName="R"))
gid = id_of(w.group(A("e14"), "E14"))
error("ReferenceNotFound", w.put("Group", A("e14"), two=True, member=changes(
    add=["User_00000000-0000-4000-8000-000000000000"])))
w.options(refuseUnknown=True)
error("ReferenceNotFound", w.group(A("e14"), "E14", member=[A("nobody")]))
error("ReferenceNotFound", w.user(A("e15"), "e15", manager=A("nobody")))
w.options(refuseUnknown=False)
same(name_of(w.group(A("e14"), "E14", member=[A("nobody")])), "Success", "9 references wait unless that is refused")
r = w.user(A("e16"), "e16")
error("ImmutableIdChange", w.put("User", A("e17"), CloudAnchor=r["CloudAnchor"]))
error("MissingAnchor", w.put("User", None, userPrincipalName="e18" + AT))
GOOD = ("v1;PPH1_MD4,00112233445566778899,1000,"
        "9ffb6cdb25b9bf88f869082fcb5bc58a7ec0c5d317b126a8ab4ec316c053cd11;")
w.features(NEW | 1)
r = w.c.call("ProvisionCredentials", E("request", E("b:RequestItems", E(
    "b:SyncCredentialsChangeItem", E("b:CloudAnchor", "User_" + cloud), E("b:CredentialData", GOOD))),
    xmlns__b=CRED, xmlns__i=XSI))
ok(text(r, "Result") != "0" and "PasswordChangeOnCloudOnlyObject" in text(r, "ExtendedErrorInformation"),
   "9 PasswordChangeOnCloudOnlyObject")
w.features(NEW)
f = refused(w.c.credentials, (A("e16"), GOOD))
same(f and f.code, "90", "9 90: password hashes are not switched on")
f = refused(w.c.call, "Capabilities", token="x.y.z")
same(f and f.code, "115", "9 115: access is denied")
w.t.fault(kind="status", status=503, count=1, path="provisioningservice")
f = refused(w.c.call, "Capabilities")
same(f and f.code, "81", "9 81: busy")
r = w.c.provision(("User", "Set", {"SourceAnchor": A("b1"), "userPrincipalName": "b1" + AT, "displayName": "B"}),
                  ("User", "Set", {"SourceAnchor": A("b2"), "userPrincipalName": "b 2" + AT, "displayName": "B"}),
                  ("User", "Set", {"SourceAnchor": A("b3"), "userPrincipalName": "b3" + AT, "displayName": "B"}))
same([name_of(x) for x in r], ["Success", NAME, "Success"], "9 an error is of its object alone")
organisation(w.t, False)
f = refused(w.c.provision, ("User", "Set", {"SourceAnchor": A("b4")}))
ok(f is not None and "Identity synchronization is not yet activated for this company" in f.text, "9 not activated", f)
g.done()

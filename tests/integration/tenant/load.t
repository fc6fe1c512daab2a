#!/usr/bin/env python3
"""A tenant as a predecessor left it, from a file: synchronised objects with
their anchors and exported values, quarantine, contacts, devices, deleted users,
hashes, roles, switches; and a client that goes on where the other ended."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

A = g.source
AT = "@" + DOMAIN
GOOD = ("v1;PPH1_MD4,00112233445566778899,1000,"
        "9ffb6cdb25b9bf88f869082fcb5bc58a7ec0c5d317b126a8ab4ec316c053cd11;")
ADA, BOB, OLD = ("%08d-1111-4111-8111-111111111111" % n for n in (1, 2, 3))


def entry(anchor, values, **more):
    return dict({"sync": {"sourceAnchor": A(anchor), "values": values}}, **more)


LEFT = {
    "organization": {"onPremisesSyncEnabled": True, "features": 41017, "clientVersion": "1.6.16.0",
                     "machine": "SYNC01", "alertThreshold": 250, "synchronizationPreventionType": "enabledForCount",
                     "onPremisesLastSyncDateTime": "2026-11-29T22:00:00Z"},
    "domains": [{"name": "fed.test", "federated": True}],
    "users": [
        entry("ada", {"userPrincipalName": "ada" + AT, "displayName": "Ada", "accountEnabled": True,
                      "proxyAddresses": ["SMTP:ada" + AT, "smtp:a" + AT], "countryCode": 826,
                      "userCertificate": {"b": ["MAE=", "MAI="]},
                      "onPremiseSecurityIdentifier": {"b": "AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAA6QMAAA=="}},
              id=ADA, usageLocation="GB", passwordHash=GOOD),
        entry("bob", {"userPrincipalName": "bob@not.verified.test", "displayName": "Bob", "manager": A("ada"),
                      "proxyAddresses": ["SMTP:bob" + AT, "smtp:a" + AT]}, id=BOB),
        entry("old", {"userPrincipalName": "old" + AT, "displayName": "Old"}, id=OLD, deleted="2026-11-20T00:00:00Z"),
        {"displayName": "Root", "userPrincipalName": "root" + AT, "mail": "root" + AT, "roles": [ROLE]},
        {"displayName": "Was", "userPrincipalName": "was" + AT, "deleted": "2026-11-25T00:00:00Z"}],
    "groups": [entry("team", {"displayName": "Team", "securityEnabled": True, "member": [A("ada"), A("bob"), A("late")]}),
               entry("list", {"displayName": "List", "mail": "list" + AT, "securityEnabled": False})],
    "contacts": [entry("far", {"displayName": "Far", "mail": "far@far.test"})],
    "devices": [entry("pc", {"displayName": "PC", "deviceId": {"b": "AAECAwQFBgcICQoLDA0ODw=="},
                             "userCertificate": {"b": ["MAE="]}, "deviceTrustType": "ServerAd"})],
}

w = World.__new__(World)
w.t, w.tokens = g.Tenant(), {}
w.t.load(LEFT)
w.t.start()
w.c = Client(w.t)

r = w.c.call("GetCompanyConfiguration", E("includeLicenseInformation", "false"))
same((text(r, "IsDirSyncing"), text(r, "DirSyncFeatures"), text(r, "ClientVersion"), text(r, "DirSyncClientMachineName"),
      text(r, "ThresholdCount")), ("true", "41017", "1.6.16.0", "SYNC01", "250"), "the organisation as it was left")
o = w.t.graph("GET", "/organization")[1]["value"][0]
same(o["onPremisesLastSyncDateTime"], "2026-11-29T22:00:00Z", "and when it was synchronised last")
ok(any(d["id"] == "fed.test" and d["authenticationType"] == "Federated"
       for d in w.t.graph("GET", "/domains")[1]["value"]), "a domain")
same(w.get("user", ADA, "userPrincipalName", "onPremisesImmutableId", "onPremisesSyncEnabled", "usageLocation", "mail",
           "onPremisesSecurityIdentifier"),
     ("ada" + AT, A("ada"), True, "GB", "ada" + AT, "S-1-5-21-1-2-3-1001"), "a user with its anchor, and what is beside")
same((w.get("user", BOB, "userPrincipalName"), w.errors("user", BOB)),
     ("bob@" + INITIAL, [("ProxyAddresses", "smtp:a" + AT)]), "calculated values, and quarantine")
same(w.all("GET", "/users/%s/manager" % BOB)[1]["id"], ADA, "a reference by anchor")
found = {o["SourceAnchor"]: o for o in w.c.read_back(full=True)[0]}
same(sorted(found), sorted(A(n) for n in ("ada", "bob", "team", "list", "far", "pc")), "what a client reads back")
same((found[A("ada")]["countryCode"], found[A("ada")]["userCertificate"], found[A("bob")]["userPrincipalName"]),
     (826, ["MAE=", "MAI="], "bob@not.verified.test"), "with the values that were exported")
team = found[A("team")]["CloudAnchor"][6:]
same(len(w.all("GET", "/groups/%s/members" % team)[1]["value"]), 2, "members by their anchors")
same(w.t.graph("GET", "/devices")[1]["value"][0]["deviceId"], "03020100-0504-0706-0809-0a0b0c0d0e0f", "a device")
status, o = w.all("GET", "/directory/deletedItems/microsoft.graph.user?$select=id,deletedDateTime")
o = [i for i in o["value"] if i["id"] == OLD][0]
same((status, o["deletedDateTime"]), (200, "2026-11-20T00:00:00Z"), "a deleted user, since when it was")

# ---- A client goes on ----

r = w.user(A("ada"), "ada", title="Now", proxyAddresses=["SMTP:ada" + AT])
same((id_of(r), w.get("user", ADA, "jobTitle"), w.errors("user", BOB)), (ADA, "Now", []),
     "its export finds the user; what waited for the address has it")
same(id_of(w.user(A("old"), "old")), OLD, "the deleted user is restored")
same(id_of(w.user(A("late"), "late")) in {m["id"] for m in w.all("GET", "/groups/%s/members" % team)[1]["value"]}, True,
     "who was missing as a member arrives")
r = w.user(A("root"), "root2", mail="root" + AT)
ok("ExistingAdminRoleConflict" in r["ResultErrorDescription"], "an administrator is not matched", r)
people = g.json.loads(w.t.command("app", "add", w.t.dir, "--grant", "password"))["clientId"]
form = urllib.parse.urlencode({"grant_type": "password", "client_id": people, "username": "ada" + AT,
                               "password": "password", "scope": "https://graph.microsoft.com/.default"}).encode()
with urllib.request.urlopen(urllib.request.Request(
        "%s/%s/oauth2/v2.0/token" % (w.t.url, w.t.client["tenantId"]), data=form), context=w.t.tls) as answer:
    ok("access_token" in g.json.load(answer), "a password of before signs in")

# ---- What is refused, by its place, and all of it ----

for what, says, bad in (
        ("a value of no attribute", "users[0]: InvalidAttribute", {"users": [entry("x", {"shoeSize": "44"})]}),
        ("a value of no form", "users[0]: givenName: not a value", {"users": [entry("x", {"givenName": {"c": "x"}})]}),
        ("no anchor", "users[0]: sync has a sourceAnchor", {"users": [{"sync": {"values": {}}}]}),
        ("a name within sync", 'contacts[0]: "anchor" is unknown', {"contacts": [{"sync": {"anchor": "x"}}]}),
        ("a hash that is none", "users[0]: passwordHash is none",
         {"users": [entry("x", {"userPrincipalName": "x" + AT, "displayName": "X"}, passwordHash="secret")]}),
        ("a property that is none", 'users[0]: "shoe" is no property',
         {"users": [entry("x", {"userPrincipalName": "x" + AT, "displayName": "X"}, shoe=1)]}),
        ("a time that is none", "users[0]: deleted is no time",
         {"users": [entry("x", {"userPrincipalName": "x" + AT, "displayName": "X"}, deleted="yesterday")]}),
        ("a contact that was deleted", "contacts[0]: only users and groups",
         {"contacts": [entry("x", {"displayName": "X"}, deleted="2026-11-20T00:00:00Z")]}),
        ("a switch that is none", 'organization[0]: "syncing" is unknown', {"organization": {"syncing": True}}),
        ("a list that is none", '"robots" is unknown', {"robots": []})):
    path = os.path.join(w.t.top, "bad.json")
    with open(path, "w") as f:
        g.json.dump(dict({"groups": [entry("never", {"displayName": "Never", "securityEnabled": True})]}, **bad), f)
    r = subprocess.run([g.TENANT, "load", w.t.dir, path], capture_output=True, text=True)
    ok(r.returncode == 1 and path in r.stderr and says in r.stderr, "refused: " + what, r.stderr)
same([o for o in w.t.all("/groups").values() if o["displayName"] == "Never"], [], "and then nothing is taken")

# ---- More than one answer holds ----

w.t.load({"contacts": [entry("many%d" % n, {"displayName": "Many %d" % n, "mail": "many%d@far.test" % n}) for n in range(1001)]})
first, cookie, more = w.c.read_back(full=True)
rest, _, _ = w.c.read_back(cookie, full=True)
same((len(first), more), (1000, True), "a client is told so much and no more at once")
ok(len({o["SourceAnchor"] for o in first + rest}) >= 1001 + 6 and len(first + rest) == len({o["SourceAnchor"] for o in first + rest}),
   "and the rest by the cookie, each object once", (len(first), len(rest)))
g.done()

#!/usr/bin/env python3
"""The synchronisation web service through the wire: every operation, who may,
the switches of the organisation, and the clients that end on their days."""
import base64
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_client import *

t = g.Tenant()
t.start()
c = Client(t)
ok, same = g.ok, g.same
ada, bob, team = (g.source(n) for n in ("ada", "bob", "team"))
SID = bytes([1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 233, 3, 0, 0])


def user(anchor, name, **more):
    a = {"SourceAnchor": anchor, "accountEnabled": True, "userPrincipalName": name + "@contoso.test",
         "displayName": name.title()}
    a.update(more)
    return ("User", "Set", a)


def graph(path):
    return t.graph("GET", path)[1]


# ---- Off, then on (T8.2) ----

f = refused(c.read_back)
ok(f is not None and "not yet activated" in f.text, "T8.2 nothing is read while synchronisation is off", f)
same(text(c.call("GetCompanyConfiguration", E("includeLicenseInformation", "false")), "IsDirSyncing"), "false",
     "GetCompanyConfiguration: not synchronised")
same(organisation(t, True)[0], 204, "T8.2 an administrator turns it on")
r = c.call("GetCompanyConfiguration", E("includeLicenseInformation", "false"))
same([local(e) for e in r], ["AllowedFeatures", "DirSyncConfiguration", "DirSyncFeatures", "DisplayName",
                             "IsDirSyncing", "IsPasswordSyncing", "MaxLinksSupportedAcrossBatchInProvision2",
                             "SynchronizationInterval", "TenantId"], "GetCompanyConfiguration: names and order")
same((text(r, "IsDirSyncing"), text(r, "DirSyncFeatures"), text(r, "TenantId")),
     ("true", "41016", t.client["tenantId"]), "GetCompanyConfiguration: values")
ok(b"\x18DirSyncClientMachineName\x01" in c.raw, "an element without a text holds no record, which some readers trip over",
   c.raw.hex())
same((text(r, "DeletionPrevention"), text(r, "ThresholdCount"), text(r, "ThresholdPercentage")),
     ("EnabledForCount", "500", "0"), "T8.1 the deletion threshold is told")
ok("<MinimumProductVersion>1.0</" in c.call("Capabilities").text, "Capabilities is a document in a text")

t.admin("POST", "sync", {"synchronizationPreventionType": "enabledForPercentage", "alertThreshold": 7})
r = c.call("GetCompanyConfiguration", E("includeLicenseInformation", "false"))
same((text(r, "DeletionPrevention"), text(r, "ThresholdCount"), text(r, "ThresholdPercentage")),
     ("EnabledForPercentage", "0", "7"), "T8.1 and another one")
same([c.call(op).get("{%s}nil" % XSI) for op in ("GetKerberosDomain", "GetKerberosDomainSyncConfig",
                                                 "GetMonitoringTenantCertificate")], ["true"] * 3,
     "no managed domain, no certificate")
same([(local(e), e.text) for e in c.call("GetWindowsCredentialsSyncConfig")][:2],
     [("EnableWindowsLegacyCredentials", "false"), ("EnableWindowsSupplementaCredentials", "false")],
     "no Windows credentials are asked for")
same([(local(e), len(e)) for e in c.call("GetDeviceConfiguration")],
     [("CloudPublicIssuerCertificates", 0), ("PublicIssuerCertificates", 0)], "no issuers of device certificates")

# ---- Who may ----

f = refused(c.call, "Capabilities", token="no.token.this")
same(f and f.code, "115", "a token that is none is refused")
f = refused(c.call, "Capabilities", token=t.token())
same(f and f.code, "115", "a token for Graph is refused")
ok(c.call("Capabilities", token=c.token("https://graph.windows.net/.default")) is not None,
   "a token for the audience of before is taken")
other = g.json.loads(t.command("app", "add", t.dir, "--role", "User.Read.All"))
mine, t.client = t.client, dict(t.client, **{k: other[k] for k in ("clientId", "clientSecret")})
f = refused(c.call, "Capabilities", token=c.token())
t.client = mine
same(f and f.code, "115", "an application without the permission is refused")

# ---- Provision ----

r = c.provision(user(ada, "ada", proxyAddresses=["SMTP:ada@contoso.test", "smtp:a@contoso.test"], title="Counting",
                     countryCode=826, onPremiseSecurityIdentifier=SID, extensionAttribute1="x",
                     onPremisesSamAccountName="ada", userCertificate=[b"\x01\x02", b"\x03"]),
                ("Group", "Set", {"SourceAnchor": team, "displayName": "Team", "securityEnabled": True,
                                  "member": [ada, bob]}),
                ("Robot", "Set", {"SourceAnchor": "r", "displayName": "R"}),
                ("Contact", "Set", {"SourceAnchor": "contact1", "displayName": "Guest",
                                    "proxyAddresses": ["SMTP:guest@elsewhere.test"]}))
same([x["ResultCode"] for x in r], ["Success", "Success", "Failure", "Success"],
     "a batch gives each object its result, in order")
same([x["ResultErrorDescription"] is None for x in r], [True, True, False, True], "only the failure is described")
ok(r[0]["CloudAnchor"].startswith("User_") and r[1]["CloudAnchor"].startswith("Group_"), "cloud anchors")
same(r[0]["SourceAnchor"], ada, "the source anchor comes back")
aid, gid = r[0]["CloudAnchor"][5:], r[1]["CloudAnchor"][6:]
o = graph("/users/%s?$select=onPremisesSyncEnabled,onPremisesImmutableId,onPremisesSecurityIdentifier,mail,jobTitle,"
          "onPremisesSamAccountName,onPremisesExtensionAttributes,onPremisesLastSyncDateTime" % aid)
same((o["onPremisesSyncEnabled"], o["onPremisesImmutableId"], o["onPremisesSecurityIdentifier"], o["mail"],
      o["jobTitle"], o["onPremisesSamAccountName"], o["onPremisesExtensionAttributes"]["extensionAttribute1"]),
     (True, ada, "S-1-5-21-1-2-3-1001", "ada@contoso.test", "Counting", "ada", "x"),
     "T1.2 Graph shows where a user comes from")
same([m["id"] for m in graph("/groups/%s/members" % gid)["value"]], [aid], "T11.3 who is not here yet is left out")
r = c.provision(user(bob, "bob", manager=ada))
bid = r[0]["CloudAnchor"][5:]
same({m["id"] for m in graph("/groups/%s/members" % gid)["value"]}, {aid, bid}, "T11.3 and appears on arrival")
same(graph("/users/%s/manager" % bid)["id"], aid, "a manager is a link")
r = c.provision(("Group", "Set", {"SourceAnchor": team, "member": changes(remove=[bob])}), two=True)
same((r[0]["ResultCode"], [m["id"] for m in graph("/groups/%s/members" % gid)["value"]]), ("Success", [aid]),
     "operation 2: a member goes")
c.provision(("Group", "Set", {"CloudAnchor": "Group_" + gid, "member": changes(add=["User_" + bid])}), two=True)
same({m["id"] for m in graph("/groups/%s/members" % gid)["value"]}, {aid, bid}, "operation 2: by cloud anchors")
c.provision(("User", "Set", {"SourceAnchor": ada, "title": None, "department": "Engines"}))
o = graph("/users/%s?$select=jobTitle,department,displayName" % aid)
same((o["jobTitle"], o["department"], o["displayName"]), (None, "Engines", "Ada"), "Set merges; nil clears")
t.admin("POST", "sync", {"features": 0})
r = c.provision(user(g.source("eve"), "eve", proxyAddresses=["SMTP:ada@contoso.test"]))
ok(r[0]["ResultCode"] == "Failure" and "AttributeValueMustBeUnique" in r[0]["ResultErrorDescription"],
   "T3.2 an address that another has", r)
same(t.graph("GET", "/users/eve@contoso.test")[0], 404, "and nothing of it stays")
t.admin("POST", "sync", {"features": 41016})

GUID = bytes(range(16))
r = c.provision(("Device", "Set", {
    "SourceAnchor": base64.b64encode(GUID).decode(), "deviceId": GUID, "displayName": "PC1", "accountEnabled": True,
    "deviceTrustType": "ServerAd", "deviceOSType": "Windows", "deviceOSVersion": "10.0", "userCertificate": [b"\x30"]}))
o = graph("/devices/" + r[0]["CloudAnchor"][7:])
same((o["deviceId"], o["trustType"], o["operatingSystem"], o["registrationDateTime"], o["onPremisesSyncEnabled"]),
     ("03020100-0504-0706-0809-0a0b0c0d0e0f", "ServerAd", "Windows", None, True), "section 12: a device, pending")
r = c.provision(("Device", "Delete", {"CloudAnchor": r[0]["CloudAnchor"]}))
same((r[0]["ResultCode"], graph("/devices")["value"]), ("Success", []), "T6.1 a device goes at once")

# ---- Mastered on premises (T1.3, T1.4) ----

status, body = t.graph("PATCH", "/users/" + aid, {"jobTitle": "Other"})
ok(status == 400 and "on-premises mastered" in body["error"]["message"], "T1.3 Graph may not write it", body)
same(t.graph("PATCH", "/users/" + aid, {"usageLocation": "GB"})[0], 204, "T1.4 except for the place of use")
same(t.graph("DELETE", "/users/" + aid)[0], 400, "T1.3 nor delete it")

# ---- Who masters it (T1.5) ----

path, role = "/users/%s/onPremisesSyncBehavior" % aid, "User-OnPremisesSyncBehavior.ReadWrite.All"
same(t.graph("PATCH", path, {"isCloudManaged": True})[0], 403, "T1.5 needs a permission of its own")
same(administrator(t, role, "GET", path)[1].get("isCloudManaged"), False, "T1.5 mastered on premises")
same(administrator(t, role, "PATCH", path, {"isCloudManaged": True})[0], 204, "T1.5 turned to the cloud")
same(t.graph("PATCH", "/users/" + aid, {"department": "Cloud"})[0], 204, "T1.5 Graph may write it now")
r = c.provision(("User", "Set", {"SourceAnchor": ada, "department": "Ground"}))
same((r[0]["ResultCode"], graph("/users/%s?$select=department" % aid)["department"]), ("Failure", "Cloud"),
     "T1.5 what comes from on premises is not taken")
same(administrator(t, role, "PATCH", path, {"isCloudManaged": False})[0], 204, "T1.5 and turned back")
r = c.provision(("User", "Set", {"SourceAnchor": ada, "department": "Ground"}))
same((r[0]["ResultCode"], graph("/users/%s?$select=department" % aid)["department"]), ("Success", "Ground"),
     "T1.5 is taken again")
never = t.graph("POST", "/groups", {"displayName": "Never", "mailNickname": "never", "mailEnabled": False,
                                    "securityEnabled": True})[1]["id"]
same(administrator(t, "Group-OnPremisesSyncBehavior.ReadWrite.All", "PATCH",
                   "/groups/%s/onPremisesSyncBehavior" % never, {"isCloudManaged": True})[0], 400,
     "T1.5 not of an object that never came from there")

# ---- Read back (6.6, T5.1) ----

all1, cookie, more = c.read_back(full=True)
same((sorted(o["type"] for o in all1), more), (["Contact", "Group", "User", "User"], False), "all in one answer")
o = [o for o in all1 if o["SourceAnchor"] == ada][0]
same((o["userPrincipalName"], o["proxyAddresses"], o["countryCode"], o["accountEnabled"], o["CloudMastered"],
      o["onPremiseSecurityIdentifier"], o["userCertificate"], o["CloudAnchor"], o["op"], "title" in o),
     ("ada@contoso.test", ["SMTP:ada@contoso.test", "smtp:a@contoso.test"], 826, True, False,
      base64.b64encode(SID).decode(), ["AQI=", "Aw=="], "User_" + aid, "Set", False),
     "T5.1 values come back as they were exported, with their types")
same(c.read_back(cookie)[0], [], "nothing changed since the cookie")
RB = (E("includeLicenseInformation", "false"), E("inputCookie", i__nil="true", xmlns__i=XSI), E("isFullSync", "true"))


def keys_of(op):
    """{name: has it a value} of Ada, as they are written."""
    for e in c.call(op, *RB).iter("{%s}AzureADSyncObject" % OBJ):
        pairs = [(text(p, "Key"), find(p, "Value")) for p in e.iter("{%s}KeyValueOfstringanyType" % ARR)]
        if ("SourceAnchor", ada) in [(k, v.text) for k, v in pairs]:
            return {k: v.get("{%s}nil" % XSI) != "true" for k, v in pairs}


two, one = keys_of("ReadBackAzureADSyncObjects2"), keys_of("ReadBackAzureADSyncObjects")
ok(all(two.values()) and {"AccountEnabled", "OnPremisesSamAccountName", "ProxyAddresses"} < set(two),
   "the operation with a 2 tells what has a value, names with a capital", two)
same(({k for k, has in one.items() if has}, one.get("Title"), one.get("CloudMSExchRecipientDisplayType"), "Member" in one),
     (set(two), False, False, False), "the one before tells all that the type can have")
c.provision(user(bob, "bob", title="Builder"))
c.provision(("Group", "Delete", {"SourceAnchor": team}))
some, cookie, _ = c.read_back(cookie)
same(sorted((o["type"], o["op"]) for o in some), [("Group", "Delete"), ("User", "Set")], "what changed, what went")
f = refused(c.read_back, "bm9uZQ==")
ok(f is not None and "full" in f.text, "a cookie of somebody else is refused", f)
t.admin("POST", "sync", {"page": 2})
seen, at, pages, more = [], None, 0, True
while more and pages < 10:
    found, at, more = c.read_back(at)
    seen += [o["SourceAnchor"] for o in found]
    pages += 1
same((sorted(seen), pages), (sorted([ada, bob, "contact1"]), 2), "in pages, each object once")
gone = g.source("gone")
c.provision(user(gone, "gone"))
c.provision(user(bob, "bob", title="Last"))
t.admin("POST", "sync", {"page": 1})
told, at, more = [], None, True
while gone not in told:
    found, at, more = c.read_back(at)
    told += [o["SourceAnchor"] for o in found]
c.provision(("User", "Delete", {"SourceAnchor": gone}))
ok(more, "a full one that is not at its end")
while True:
    found, at, more = c.read_back(at)
    if not more:
        break
same([(o["SourceAnchor"], o["op"]) for o in c.read_back(at)[0] if o["SourceAnchor"] == gone], [(gone, "Delete")],
     "what goes between two pages is told by the delta behind them")
t.admin("POST", "sync", {"page": 0})

# ---- Delete ----

r = c.provision(("User", "Delete", {"CloudAnchor": "User_" + bid}))
same((r[0]["ResultCode"], t.graph("GET", "/users/" + bid)[0], t.graph("GET", "/directory/deletedItems/" + bid)[0]),
     ("Success", 404, 200), "T6.1 a deleted user can be restored")
r = c.provision(("User", "Delete", {"SourceAnchor": "unknown"}))
same((r[0]["ResultCode"], r[0]["ResultErrorCode"]), ("Failure", "114"), "114: nothing is there to delete")

# ---- Features, the end of an export ----

c.call("SetCompanyDirsyncFeatures", E("dirsyncFeatures", str(41016 | 1 | 1 << 25)))
r = c.call("GetCompanyConfiguration", E("includeLicenseInformation", "false"))
same((int(text(r, "DirSyncFeatures")), text(r, "IsPasswordSyncing")), (41017 | 1 << 25, "true"),
     "T8.4 features are set, unknown ones kept")
c.call("SetCompanyDirsyncFeatures", E("dirsyncFeatures", "1"))
r = c.call("GetCompanyConfiguration", E("includeLicenseInformation", "false"))
same(int(text(r, "DirSyncFeatures")), 41, "T8.4 the resiliencies cannot be turned off")
c.call("FinalizeExport", E("totalExported", "7"), E("successfulExportCount", "6"))
r = c.call("GetCompanyConfiguration", E("includeLicenseInformation", "false"))
same((text(r, "TotalExported"), text(r, "SuccessfulExportCount")), ("7", "6"), "T8.3 the counters of the export")
o = graph("/organization")["value"][0]
ok(o["onPremisesSyncEnabled"] is True and o["onPremisesLastSyncDateTime"], "T8.3 and when it was", o)

# ---- Credentials ----

GOOD = ("v1;PPH1_MD4,00112233445566778899,1000,"
        "9ffb6cdb25b9bf88f869082fcb5bc58a7ec0c5d317b126a8ab4ec316c053cd11;")
same([x[0] for x in c.credentials((ada, GOOD), ("nobody", GOOD), (ada, GOOD[:-1]))], ["0", "2", "4"],
     "hashes: taken, not there yet, malformed")


people = g.json.loads(t.command("app", "add", t.dir, "--grant", "password"))["clientId"]


def signs_in(name, password, app=people):
    form = urllib.parse.urlencode({
        "grant_type": "password", "client_id": app, "username": name, "password": password,
        "scope": "https://graph.microsoft.com/.default"}).encode()
    q = urllib.request.Request("%s/%s/oauth2/v2.0/token" % (t.url, t.client["tenantId"]), data=form)
    try:
        with urllib.request.urlopen(q, context=t.tls) as answer:
            claims = g.json.load(answer)["access_token"].split(".")[1]
            return g.json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["upn"]
    except urllib.error.HTTPError as e:
        return g.json.load(e)["error_codes"]


same(signs_in("Ada@contoso.test", "password"), "ada@contoso.test", "who has the password signs in")
same(signs_in("Ada@contoso.test", "password", t.client["clientId"]), [7000218],
     "but not by an application that was not given this way")
same(signs_in("ada@contoso.test", "Password"), [50126], "who has another does not")
same(signs_in("nobody@contoso.test", "password"), [50126], "nor who is not there")
c.provision(("User", "Set", {"SourceAnchor": ada, "accountEnabled": False}))
same(signs_in("ada@contoso.test", "password"), [50057], "T8.5 nor a user that is disabled")
same(signs_in("ada@contoso.test", "wrong"), [50126], "T8.5 and only the password tells that")
c.provision(("User", "Set", {"SourceAnchor": ada, "accountEnabled": True}))
cloud = t.graph("POST", "/users", {
    "accountEnabled": True, "displayName": "Cloud", "mailNickname": "cloud", "userPrincipalName": "cloud@contoso.test",
    "passwordProfile": {"password": "Xy7-long-enough!"}})[1]["id"]
r = c.call("ProvisionCredentials", E("request", E("b:RequestItems", E(
    "b:SyncCredentialsChangeItem", E("b:CloudAnchor", "User_" + cloud), E("b:CredentialData", GOOD))),
    xmlns__b=CRED, xmlns__i=XSI))
ok("PasswordChangeOnCloudOnlyObject" in text(r, "ExtendedErrorInformation"), "T6.5 a user of the cloud is refused")
same(signs_in("cloud@contoso.test", "password"), [50126], "T6.5 and keeps no hash")
same(c.credentials(), [], "an empty batch is a sign of life")
f = refused(c.credentials, *[(ada, GOOD)] * 51)
ok(f is not None, "more than fifty are refused")
c.call("SetCompanyDirsyncFeatures", E("dirsyncFeatures", "0"))
f = refused(c.credentials, (ada, GOOD))
same(f and f.code, "90", "90: password hashes are not switched on")

# ---- What is not understood ----

f = refused(c.call, "GetServiceAccount", E("identifier", "x"))
ok(f is not None and "GetServiceAccount" in f.text, "an operation that is not offered")
status, answer = c.post(b"\x56\x02junk")
same(status, 500, "octets that are no message are a fault")
same(c.post(c.envelope("Capabilities", (), c.kept).octets(), "/ProvisioningService.svc")[0], 200,
     "the path in any case")

import http.client


def raw(headers, chunks):
    """A request whose body is sent in chunks, after the server's word where it is asked for."""
    h = http.client.HTTPSConnection(t.url.partition("//")[2], context=t.tls)
    h.putrequest("POST", "/provisioningservice.svc")
    for k, v in dict({"Content-Type": "application/soap+msbin1"}, **headers).items():
        h.putheader(k, v)
    h.endheaders()
    for part in chunks:
        h.send(b"%x\r\n%s\r\n" % (len(part), part) if "Transfer-Encoding" in headers else part)
    if "Transfer-Encoding" in headers:
        h.send(b"0\r\n\r\n")
    r = h.getresponse()
    return r.status, r.getheader("Content-Type"), read(r.read())


message = c.envelope("Capabilities", (), c.kept).octets()
third = len(message) // 3
length = {"Content-Length": str(len(message))}
same(raw({"Transfer-Encoding": "chunked"}, [message[:third], message[third:]])[:2],
     (200, "application/soap+msbin1"), "a body in chunks")
same({raw(dict(length, Expect="100-continue"), [message])[0] for _ in range(30)}, {200},
     "one that asks for 100 Continue, and does not wait for it")
same(raw(dict(length, **{"x-ms-aadmsods-apiaction": "Capabilities"}), [message])[0], 200,
     "a header that names the operation of the message")
status, _, answer = raw(dict(length, **{"x-ms-aadmsods-apiaction": "FinalizeExport"}), [message])
ok(status == 500 and "FinalizeExport" in text(answer, "Text"), "one that names another is a fault", text(answer, "Text"))
same((text(answer, "Value"), find(answer, "Text").get("{http://www.w3.org/XML/1998/namespace}lang"),
      text(answer, "ErrorDescription"), bool(text(answer, "TrackingId"))),
     ("s:Sender", "en-US", text(answer, "Text"), True), "a fault has its code, its text twice, and the tracking id")

# ---- Faults on request, redirection ----

t.fault(kind="status", status=503, count=1, path="provisioningservice")
f = refused(c.call, "Capabilities")
same(f and f.code, "81", "81: busy, on request")
t.admin("POST", "sync", {"redirectUrl": "https://shard.example/provisioningservice.svc"})
f = refused(c.call, "Capabilities")
same(f and f.url, "https://shard.example/provisioningservice.svc", "sent elsewhere by a fault")
t.admin("POST", "sync", {"redirectUrl": ""})

# ---- Clients that end, each on its day ----

def at(day):
    t.admin("POST", "clock", {"now": day + "T00:00:00Z"})


def asked(build):
    k = Client(t, build)
    k.kept = c.kept
    f = refused(k.call, "Capabilities")
    return "refused" if f is not None and f.code == "2" else k.warning and k.warning.split('"')[1] or "served"


for family, build in (("DirSync", "1.0.7020.0"), ("Azure AD Sync", "1.0.494.501")):
    at("2016-04-12")
    same(asked(build), "served", "%s is served the day before" % family)
    at("2016-04-13")
    ok("deprecated" in asked(build) and "2017-04-13" in asked(build), "%s: announced on 13 April 2016" % family)
    at("2017-04-13")
    ok("not supported" in asked(build) and "2017-12-31" in asked(build), "%s: support ended on 13 April 2017" % family)
    at("2017-12-30")
    ok("not supported" in asked(build), "%s: still served on 30 December 2017" % family)
    at("2017-12-31")
    same(asked(build), "refused", "%s: refused on 31 December 2017" % family)
same(asked("2.4.21.0"), "served", "its successor is not")
same([x["state"] for x in t.admin("GET", "clients")["families"]][:2], ["refused", "refused"], "the table tells the same")
t.admin("POST", "clock", {"now": None})
same(asked("1.5.29.0"), "refused", "1.5.29.0 is refused today")
t.admin("POST", "sync", {"minimumBuild": "2.4.100.0"})
same((asked("2.4.21.0"), asked("2.4.100.0"), asked("2.10.0.0"), asked("nonsense")),
     ("refused", "served", "served", "refused"), "a lowest build, compared as numbers")
t.admin("POST", "sync", {"minimumBuild": ""})

# ---- Off again, with its waiting time ----

same(organisation(t, False)[0], 204, "T8.2 turned off")
f = refused(c.read_back)
ok(f is not None and "not yet activated" in f.text, "T8.2 nothing is taken while it is being turned off")
same(organisation(t, True)[0], 400, "T8.2 nor can it be turned on again")
same(graph("/users/%s?$select=onPremisesSyncEnabled" % aid)["onPremisesSyncEnabled"], True, "T8.2 objects wait")
now = g.time.time()
t.admin("POST", "clock", {"now": g.time.strftime("%Y-%m-%dT%H:%M:%SZ", g.time.gmtime(now + 73 * 3600))})
same(graph("/organization")["value"][0]["onPremisesSyncEnabled"], False, "T8.2 off after 72 hours")
o = graph("/users/%s?$select=onPremisesSyncEnabled,onPremisesImmutableId" % aid)
same((o["onPremisesSyncEnabled"], o["onPremisesImmutableId"]), (False, ada), "T8.2 objects of the cloud; anchors stay")
same(t.graph("PATCH", "/users/" + aid, {"jobTitle": "Own"})[0], 204, "T8.2 and may be written")
same(organisation(t, True)[0], 204, "T8.2 it can be turned on again")
g.done()

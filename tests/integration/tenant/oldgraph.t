#!/usr/bin/env python3
"""The directory's interface that came before Graph, as clients that were written
for it ask: lists by pages and filters, objects, links, the company, changes; and
what is refused."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

w = World()
tenant, AT = w.t.client["tenantId"], "@" + DOMAIN
RESOURCE = "https://graph.windows.net"


def token(resource=RESOURCE, **app):
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "resource": resource,
                                   "client_id": app["clientId"], "client_secret": app["clientSecret"]}).encode()
    q = urllib.request.Request("%s/%s/oauth2/token" % (w.t.url, tenant), data=form)
    with urllib.request.urlopen(q, context=w.t.tls) as a:
        return g.json.load(a)["access_token"]


every = g.json.loads(w.t.command("app", "add", w.t.dir, "--role", "Directory.ReadWrite.All"))
reader = g.json.loads(w.t.command("app", "add", w.t.dir, "--role", "User.Read.All"))
T, R = token(**every), token(**reader)


def ask(method, path, body=None, token=T, version="api-version=1.6", name=tenant):
    path += ("&" if "?" in path else "?") + version if version else ""
    return w.t.request(method, "/%s/%s" % (name, path), body, token)


def error(answer):
    e = answer[1]["odata.error"]
    return answer[0], e["code"], e["message"]["value"]


# ---- Objects of both worlds ----

boss = w.cloud("boss", jobTitle="Boss", businessPhones=["+1 1"], department="Lead")
people = {n: id_of(w.user(g.source(n), n, department="Works", mobile="+2 %d" % i, telephoneNumber="+3 %d" % i,
                          physicalDeliveryOfficeName="Room %d" % i, facsimileTelephoneNumber="+4 %d" % i))
          for i, n in enumerate(("ada", "bob", "eve", "o'hara"))}
group = id_of(w.group(g.source("grp"), "Team", member=[g.source("ada"), g.source("bob")], description="of two"))
contact = id_of(w.contact(g.source("cnt"), "Guest", mail="guest@partner.test", telephoneNumber="+5", mobile="+6", city="Ulm",
                          streetAddress="Way 1"))
GUID = bytes(range(16))
device = id_of(w.put("Device", g.source("dev"), displayName="PC1", deviceId=GUID, deviceTrustType="ServerAd",
                     deviceOSType="Windows", deviceOSVersion="10.0", userCertificate=[b"\x30"], accountEnabled=True))
assert w.all("PUT", "/users/%s/manager/$ref" % boss, {"@odata.id": "%s/v1.0/users/%s" % (w.t.url, people["ada"])})[0] == 204

status, o = ask("GET", "users/ada" + AT)
same((status, o["odata.type"], o["objectType"], o["objectId"], o["immutableId"], o["dirSyncEnabled"], o["mobile"],
      o["telephoneNumber"], o["physicalDeliveryOfficeName"], o["facsimileTelephoneNumber"], o["userPrincipalName"]),
     (200, "Microsoft.DirectoryServices.User", "User", people["ada"], g.source("ada"), True, "+2 0", "+3 0", "Room 0",
      "+4 0", "ada" + AT), "a user by name, with the names of then")
ok(o["assignedPlans"] == [] and o["passwordProfile"] is None and o["sipProxyAddress"] is None and
   o["odata.metadata"].endswith("#directoryObjects/@Element"), "what is not kept has no value", o)
same(ask("GET", "users/" + boss)[1]["dirSyncEnabled"], None, "a user of the cloud by id")
same(ask("GET", "users/" + boss, name=DOMAIN)[0], 200, "the tenant by its domain")
same(ask("GET", "users/" + boss, name="myorganization", version="api-version=1.61-internal")[0], 200, "or as one's own")
o = ask("GET", "groups/" + group)[1]
same((o["objectType"], o["displayName"], o["description"], o["securityEnabled"], o["mailEnabled"], o["dirSyncEnabled"]),
     ("Group", "Team", "of two", True, False, True), "a group")
o = ask("GET", "devices")[1]["value"][0]
same((o["objectId"], o["objectType"], o["deviceId"], o["deviceTrustType"], o["deviceOSType"], o["deviceOSVersion"], o["accountEnabled"]),
     (device, "Device", "03020100-0504-0706-0809-0a0b0c0d0e0f", "ServerAd", "Windows", "10.0", True), "a device")
o = ask("GET", "contacts/" + contact)[1]
same((o["objectType"], o["mail"], o["telephoneNumber"], o["mobile"], o["city"], o["streetAddress"], o["country"]),
     ("Contact", "guest@partner.test", "+5", "+6", "Ulm", "Way 1", None), "a contact, whose addresses were not a list")
o = ask("GET", "directoryObjects/" + group)[1]
same((o["objectType"], o["displayName"]), ("Group", "Team"), "an object of any type")
same(error(ask("GET", "directoryObjects/00000000-0000-4000-8000-000000000000"))[0], 404, "or of none")
o = ask("GET", "tenantDetails")[1]["value"][0]
same((o["objectType"], o["objectId"], o["dirSyncEnabled"], [d["name"] for d in o["verifiedDomains"] if d["initial"]]),
     ("Company", tenant, True, [INITIAL]), "the company")

# ---- Lists ----

names = lambda a: sorted(o["userPrincipalName"].partition("@")[0] for o in a["value"])
a = ask("GET", "users")[1]
same((names(a), "odata.nextLink" in a), (sorted(["boss", *people]), False), "all users")
seen, path, pages = [], "users?$top=2", 0
while path:
    a = ask("GET", path)[1]
    seen += names(a)
    pages += 1
    path = a.get("odata.nextLink")
    assert path is None or path.startswith("directoryObjects/$/Microsoft.DirectoryServices.User?$skiptoken=X'"), path
same((sorted(seen), pages), (sorted(["boss", *people]), 3), "by pages, each once")
query = lambda kind, f: ask("GET", kind + "?$filter=" + urllib.parse.quote(f))
same(names(query("users", "immutableId eq '%s'" % g.source("eve"))[1]), ["eve"], "a filter by a name of then")
same(names(query("users", "dirSyncEnabled eq true and startswith(displayName,'B')")[1]), ["bob"], "two of them")
same(names(query("users", "department eq 'mobile'")[1]), [], "a text that looks like a name is none")
same(names(query("users", "userPrincipalName eq 'o''hara%s'" % AT)[1]), ["o'hara"], "a sign that is written twice")
same([o["objectId"] for o in query("devices", "deviceOSType eq 'Windows'")[1]["value"]], [device], "of devices")
a = ask("GET", "users?$top=1&$filter=" + urllib.parse.quote("department eq 'Works'"))[1]
seen = names(a)
while "odata.nextLink" in a:
    a = ask("GET", a["odata.nextLink"])[1]
    seen += names(a)
same(sorted(seen), sorted(people), "a filter holds for the pages that follow")

# ---- Links ----

a = ask("GET", "groups/%s/members" % group)[1]["value"]
same(sorted((o["objectType"], o["objectId"]) for o in a), sorted(("User", people[n]) for n in ("ada", "bob")), "members")
a = ask("GET", "groups/%s/members?$top=1" % group)[1]
same([len(ask("GET", a["odata.nextLink"])[1]["value"]), a["odata.nextLink"].partition("?")[0]],
     [1, "groups/%s/members" % group], "by pages")
a = ask("GET", "groups/%s/$links/members" % group)[1]["value"]
same(sorted(o["url"].partition("directoryObjects/")[2] for o in a),
     sorted(people[n] + "/Microsoft.DirectoryServices.User" for n in ("ada", "bob")), "as links")
same([o["displayName"] for o in ask("GET", "users/%s/memberOf" % people["ada"])[1]["value"]], ["Team"], "and of what")
same(ask("GET", "users/%s/manager" % boss)[1]["objectId"], people["ada"], "a manager")

# ---- Changes ----

same(ask("PATCH", "users/" + boss, {"telephoneNumber": "+9", "physicalDeliveryOfficeName": "Roof", "mobile": None})[0], 204,
     "a user is changed")
same(w.get("user", boss, "businessPhones", "officeLocation", "mobilePhone"), (["+9"], "Roof", None), "as Graph shows it")
new = {"accountEnabled": True, "displayName": "New", "mailNickname": "new", "userPrincipalName": "new" + AT,
       "immutableId": "new1", "passwordProfile": {"password": "Xy7-long-enough!", "forceChangePasswordNextLogin": True}}
status, o = ask("POST", "users", new)
same((status, o["objectType"], o["immutableId"], w.get("user", o["objectId"], "displayName")), (201, "User", "new1", "New"),
     "a user is made")
same((ask("DELETE", "users/" + o["objectId"])[0], w.get("user", o["objectId"])), (204, None), "and goes")
status, code, says = error(ask("PATCH", "users/" + people["ada"], {"displayName": "No"}))
ok(status == 400 and code == "Request_BadRequest" and "on-premises mastered" in says, "not what is mastered elsewhere", says)
same(error(ask("DELETE", "users/" + people["ada"]))[0], 400, "nor is that deleted")
same(error(ask("PATCH", "users/" + boss, {"shoeSize": 44}))[1:], ("Request_BadRequest", "Invalid property 'shoeSize'."),
     "a name that is none")
same(error(ask("PATCH", "users/" + boss, {"sipProxyAddress": "x"}))[0], 400, "or that nothing keeps")

# ---- Refusals ----

same(error(ask("GET", "users", version=""))[:2], (400, "Request_DataContractVersionMissing"), "no version")
same(error(ask("GET", "users", version="api-version=7"))[:2], (400, "Request_InvalidDataContractVersion"), "one that is none")
same(error(ask("GET", "users", token="x"))[:2], (401, "Authentication_MissingOrMalformed"), "no token")
graph = token(resource="https://graph.microsoft.com", **every)
same(error(ask("GET", "users", token=graph))[:2], (401, "Authentication_MissingOrMalformed"), "one for Graph")
same(w.t.request("GET", "/v1.0/users", None, T)[0], 401, "and the other way round")
same(ask("GET", "users", token=R)[0], 200, "who may read users")
same(error(ask("GET", "groups", token=R))[:2], (403, "Authorization_RequestDenied"), "may not read groups")
same(error(ask("DELETE", "users/" + boss, token=R))[0], 403, "nor delete")
same(error(ask("GET", "users/nobody" + AT))[:2], (404, "Request_ResourceNotFound"), "nobody")
same(error(ask("PUT", "users/" + boss, {}))[0], 405, "a method that is none")
same(error(ask("GET", "users/%s/shoes" % boss))[0], 404, "a path that is none")
for bad in ("X'zz'", "X''", "x", "X'00ff'"):
    same(error(ask("GET", "users?$skiptoken=" + bad))[0], 400, "the page %s" % bad)
same(error(query("users", "department eq"))[0], 400, "a filter that is none")
same(ask("GET", "users", name="00000000-0000-4000-8000-000000000000")[0], 404, "another tenant")
status, text_of = 0, ""
try:
    q = urllib.request.Request("%s/%s/users?api-version=1.6" % (w.t.url, tenant), data=b"{", method="POST",
                               headers={"Authorization": "Bearer " + T, "Content-Type": "application/json"})
    urllib.request.urlopen(q, context=w.t.tls)
except urllib.error.HTTPError as e:
    status, text_of = e.code, g.json.load(e)["odata.error"]["code"]
same((status, text_of), (400, "Request_BadRequest"), "a body that cannot be read")

# ---- A value that another object has ----

w.features(NEW)
q = id_of(w.user(g.source("twin"), "twin", proxyAddresses=["SMTP:twin" + AT]))
q = id_of(w.user(g.source("twin2"), "twin2", proxyAddresses=["SMTP:twin2" + AT, "smtp:twin" + AT]))
e = ask("GET", "users/" + q)[1]["provisioningErrors"]
same([(i["service"], i["resolved"]) for i in e], [("ProxyAddresses", False)], "is told as an error of provisioning")
g.done()

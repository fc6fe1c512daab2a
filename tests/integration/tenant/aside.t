#!/usr/bin/env python3
"""What clients of others ask beside Graph and the synchronisation service, by the
vendor's names: the older endpoints of sign-in, the company by the administration
service, registration of sign-in on the desktop and by agents; and that a client
that reads one answer gets all."""
import http.client
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

top = g.tempfile.mkdtemp(prefix="causeway-aside.")
port_file = os.path.join(top, "port")
w = World("--proxy", "127.0.0.1:0", "--proxy-port-file", port_file)
with open(port_file) as f:
    port = int(f.read())
tls = g.ssl.create_default_context(cafile=os.path.join(w.t.dir, "ca.pem"))
tenant, AT = w.t.client["tenantId"], "@" + DOMAIN
TOOL, OLD_TOOL = "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "1b730954-1685-4b74-9bfd-dac224a7b894"
SYNC, REGISTER = "https://graph.windows.net", "https://proxy.cloudwebappproxy.net/registerapp"


def ask(host, method, path, body=None, kind=None):
    """(status, answer) of a request to a name, through the proxy."""
    c = http.client.HTTPSConnection("127.0.0.1", port, context=tls, timeout=30)
    c.set_tunnel(host, 443)
    c.request(method, path, body, {"Content-Type": kind} if kind else {})
    a = c.getresponse()
    return a.status, a.read().decode()


def form(path, **fields):
    status, body = ask("login.microsoftonline.com", "POST", "/%s/oauth2/%s" % (tenant, path),
                       urllib.parse.urlencode(fields), "application/x-www-form-urlencoded")
    return status, g.json.loads(body)


def claims(t):
    part = t.split(".")[1]
    return g.json.loads(g.base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


# ---- The endpoints before v2.0 ----

admin = w.cloud("admin")
w.assign(admin)
w.cloud("nobody")


def signed_in(name, resource, client=TOOL):
    status, o = form("devicecode?api-version=1.0", client_id=client, resource=resource)
    assert status == 200, o
    w.t.admin("POST", "device", {"userCode": o["user_code"], "user": name + AT})
    return form("token", client_id=client, grant_type="device_code", code=o["device_code"], resource=resource)[1]


status, o = form("devicecode?api-version=1.0", client_id=OLD_TOOL, resource=SYNC)
same((status, o["expires_in"], o["interval"], o["verification_url"]), (200, "900", "5",
     "https://login.microsoftonline.com/devicelogin"), "a code by a resource, numbers as texts")
same(form("token", client_id=OLD_TOOL, grant_type="device_code", code=o["device_code"])[1]["error"],
     "authorization_pending", "nobody has signed in yet")
a = signed_in("admin", SYNC, OLD_TOOL)
c = claims(a["access_token"])
same((a["resource"], a["expires_in"], int(a["expires_on"]) == c["exp"], c["aud"], c["wids"]),
     (SYNC, "3599", True, SYNC, [ROLE]), "a token for a resource, with its times")
again = form("token", client_id=OLD_TOOL, grant_type="refresh_token", refresh_token=a["refresh_token"], resource=REGISTER)[1]
same((again["resource"], claims(again["access_token"])["aud"]), (REGISTER, REGISTER), "again, for another resource")
status, o = form("token", client_id=w.t.client["clientId"], grant_type="client_credentials",
                 client_secret=w.t.client["clientSecret"], resource=SYNC + "/")
same((status, claims(o["access_token"])["aud"]), (200, SYNC), "an application's own, with a stroke at its end")
same(form("token", client_id=TOOL, grant_type="refresh_token", refresh_token="x")[1]["error_codes"], [900144],
     "a resource is needed")
same(form("token", client_id=w.t.client["clientId"], grant_type="client_credentials", resource="https://else.example",
          client_secret=w.t.client["clientSecret"])[1]["error"], "invalid_scope", "one that is not here")
nobody = signed_in("nobody", SYNC)["access_token"]

# ---- The company ----

ADMIN = "http://schemas.datacontract.org/2004/07/Microsoft.Online.Administration"


def company(op, inside="", token=a["access_token"], raw=None):
    """(status, envelope)"""
    body = raw or """<s:Envelope xmlns:s="%s" xmlns:a="%s"><s:Header>
  <a:Action s:mustUnderstand="1">http://provisioning.microsoftonline.com/IProvisioningWebService/%s</a:Action>
  <a:MessageID>urn:uuid:6f0b1e1c-6d1c-4b3e-9f51-0d6f1d2a7c11</a:MessageID>
  <UserIdentityHeader xmlns="http://provisioning.microsoftonline.com/">
    <BearerToken xmlns="%s.WebService">Bearer %s</BearerToken></UserIdentityHeader>
</s:Header><s:Body><%s xmlns="http://provisioning.microsoftonline.com/">
  <request xmlns:b="%s.WebService"><b:BecVersion>Version16</b:BecVersion>%s</request></%s></s:Body></s:Envelope>""" % (
        SOAP, ADDR, op, ADMIN, token, op, ADMIN, inside, op)
    status, text_of = ask("provisioningapi.microsoftonline.com", "POST", "/provisioningwebservice.svc", body,
                          "application/soap+xml")
    return status, text_of


def told(name, **more):
    status, s = company("GetCompanyInformation", **more)
    return text(ET.fromstring(s), name)


status, s = company("GetCompanyInformation")
e = ET.fromstring(s)
ok(status == 200 and "<b:ReturnValue xmlns:c=" in s and "<c:DisplayName>" in s and
   text(e, "RelatesTo") == "urn:uuid:6f0b1e1c-6d1c-4b3e-9f51-0d6f1d2a7c11", "by the prefixes that clients look for", s)
same([text(e, n) for n in ("ObjectId", "InitialDomain", "DirectorySynchronizationEnabled", "DirectorySynchronizationStatus",
                           "PasswordSynchronizationEnabled", "LastDirSyncTime", "DirSyncClientVersion")],
     [tenant, INITIAL, "true", "Enabled", "false", "", ""], "the company as it is")
w.user(g.source("p0"), "p0")
w.features(NEW | 1)
w.finish()
e = ET.fromstring(company("GetCompanyInformation")[1])
org = w.t.graph("GET", "/organization")[1]["value"][0]
same([text(e, n) for n in ("PasswordSynchronizationEnabled", "DirSyncClientVersion", "DirSyncClientMachineName")],
     ["true", w.c.build, w.c.machine], "and after a synchronisation")
same(text(e, "LastDirSyncTime"), org["onPremisesLastSyncDateTime"], "with the time that Graph tells")
w.options(turnOffSeconds=60)
same(company("SetCompanyDirSyncEnabled", "<b:EnableDirSync>false</b:EnableDirSync>")[0], 200, "turned off")
same(told("DirectorySynchronizationStatus"), "PendingDisabled", "which takes its time")
status, s = company("SetCompanyDirSyncEnabled", "<b:EnableDirSync>true</b:EnableDirSync>")
ok(status == 500 and "being turned off" in text(ET.fromstring(s), "Text"), "and cannot be turned back before", s)
w.later(61)
same((told("DirectorySynchronizationEnabled"), told("DirectorySynchronizationStatus")), ("false", "Disabled"), "it is off")
same(company("SetCompanyDirSyncEnabled", "<b:EnableDirSync>true</b:EnableDirSync>")[0], 200, "turned on")
same(told("DirectorySynchronizationStatus"), "Enabled", "it is on")
for name, args, says in (("a value that is none", ("SetCompanyDirSyncEnabled", "<b:EnableDirSync>maybe</b:EnableDirSync>"), "true or false"),
                         ("who has no role", ("GetCompanyInformation", "", nobody), "Access Denied"),
                         ("no token", ("GetCompanyInformation", "", "x"), "Access Denied"),
                         ("a token for another service", ("GetCompanyInformation", "", again["access_token"]), "Access Denied"),
                         ("an operation that is not here", ("AddUser",), "not offered"),
                         ("no envelope", ("x", "", "x", "<x/>"), "no SOAP envelope"),
                         ("no XML", ("x", "", "x", "<"), "no SOAP envelope")):
    status, s = company(*args)
    ok(status == 500 and says in s and 'xml:lang="en-US"' in s, name + " is a fault with its reason", s)
same(ask("provisioningapi.microsoftonline.com", "GET", "/provisioningwebservice.svc")[0], 405, "it is posted to")

# ---- Users and groups by the same service ----

NIL = "<b:%s xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\"/>"
w.cloud("zoe", department="Top & <more>", businessPhones=["+1"], passwordPolicies="DisablePasswordExpiration", otherMails=["z@x.test"])
people = [id_of(w.user(g.source("q%d" % i), "q%d" % i, department="Q", facsimileTelephoneNumber="+%d" % i)) for i in range(3)]
team = id_of(w.group(g.source("qg"), "Q team", member=[g.source("q0"), g.source("q1")]))
listed = id_of(w.group(g.source("ql"), "Q list", mail="ql" + AT, securityEnabled=False))


def search(kind, **how):
    return '<b:%sSearchDefinition xmlns:c="%s">%s</b:%sSearchDefinition>' % (
        kind, ADMIN, "".join("<c:%s>%s</c:%s>" % (k, v, k) for k, v in how.items()), kind)


def results(op, inside, item):
    """([{name: text}], the context for more)"""
    status, s = company(op, inside)
    assert status == 200, s
    e = ET.fromstring(s)
    return [{local(c): [x.text for x in c] if len(c) else c.text or "" for c in i} for i in e.iter() if local(i) == item], text(e, "ListContext")


def names(found):
    return sorted(u["UserPrincipalName"].partition("@")[0] for u in found)


every = results("ListUsers", search("User", PageSize=500, SortDirection="Ascending", SortField="None", SearchString=""), "User")[0]
zoe = [u for u in every if u["UserPrincipalName"] == "zoe" + AT][0]
same([zoe[n] for n in ("Department", "PhoneNumber", "BlockCredential", "PasswordNeverExpires", "IsLicensed", "AlternateEmailAddresses",
                       "ValidationStatus")], ["Top & <more>", "+1", "false", "true", "false", ["z@x.test"], "Healthy"], "a user of the cloud")
q = [u for u in every if u["ObjectId"] == people[1]][0]
same([q[n] for n in ("ImmutableId", "Fax", "SignInName", "UserPrincipalName")], [g.source("q1"), "+1", "q1" + AT, "q1" + AT],
     "one that was synchronised")
seen, more = results("ListUsers", search("User", PageSize=2), "User")
pages = 1
while more:
    some, more = results("NavigateUserResults", "<b:ListContext>%s</b:ListContext><b:Page>Next</b:Page>" % more, "User")
    seen, pages = seen + some, pages + 1
ok(names(seen) == names(every) and pages > 2, "by pages", (names(seen), pages))
for how, wanted, name in (({"SearchString": "q"}, ["q0", "q1", "q2"], "names that begin so"),
                          ({"Department": "Q", "EnabledFilter": "EnabledOnly"}, ["q0", "q1", "q2"], "two conditions"),
                          ({"Synchronized": "true"}, ["q0", "q1", "q2"], "what was synchronised"),
                          ({"EnabledFilter": "DisabledOnly"}, [], "what is disabled"),
                          ({"Department": "Q", "SearchString": "q2"}, ["q2"], "a name and a condition"),
                          ({"Department": "o'x"}, [], "a sign of filters")):
    same(names(results("ListUsers", search("User", **how), "User")[0]), wanted, "a search: " + name)
one = lambda op, inside: ET.fromstring(company(op, inside)[1])
same(text(one("GetUser", "<b:ObjectId>%s</b:ObjectId><b:ReturnDeletedUsers>false</b:ReturnDeletedUsers>" % people[0]), "SignInName"),
     "q0" + AT, "a user by id")
same(text(one("GetUserByUpn", "<b:UserPrincipalName>zoe%s</b:UserPrincipalName>" % AT), "DisplayName"), "Zoe", "by name")
w.delete("User", g.source("q2"))
gone = "<b:ObjectId>%s</b:ObjectId><b:ReturnDeletedUsers>%%s</b:ReturnDeletedUsers>" % people[2]
ok("Object Not Found" in company("GetUser", gone % "false")[1] and text(one("GetUser", gone % "true"), "SoftDeletionTimestamp"),
   "who was deleted, where that is asked for", company("GetUser", gone % "true")[1])
found = {o["DisplayName"]: o["GroupType"] for o in results("ListGroups", search("Group", PageSize=10), "Group")[0]}
same(found, {"Q team": "Security", "Q list": "DistributionList"}, "groups and their types")
same(text(one("GetGroup", "<b:ObjectId>%s</b:ObjectId>" % listed), "EmailAddress"), "ql" + AT, "a group")
same(sorted((o["DisplayName"], o["GroupMemberType"]) for o in
            results("ListGroupMembers", search("GroupMember", GroupObjectId=team, PageSize=10), "GroupMember")[0]),
     [("Q0", "User"), ("Q1", "User")], "its members")
seen, more = results("ListGroupMembers", search("GroupMember", GroupObjectId=team, PageSize=1), "GroupMember")
seen += results("NavigateGroupMemberResults", "<b:ListContext>%s</b:ListContext><b:Page>Next</b:Page>" % more, "GroupMember")[0]
same(sorted(o["DisplayName"] for o in seen), ["Q0", "Q1"], "by pages")
no_licence = "".join(NIL % n for n in ("AddLicenses", "RemoveLicenses", "LicenseOptions"))
same(company("SetUserLicenses", "<b:ObjectId>%s</b:ObjectId>" % people[0] + no_licence)[0], 200, "no licence is given")
link = g.base64.b64encode(b"https://localhost/groups?$top=1").decode()
for name, args, says in (
        ("a licence", ("SetUserLicenses", "<b:ObjectId>%s</b:ObjectId><b:AddLicenses><c:x xmlns:c='x'/></b:AddLicenses>" % people[0]),
         "no licences"),
        ("a group that is not there", ("GetGroup", "<b:ObjectId>00000000-0000-4000-8000-000000000000</b:ObjectId>"), "Object Not Found"),
        ("no id", ("GetGroup", ""), "is needed"),
        ("a page too long", ("ListUsers", search("User", PageSize=501)), "between 1 and 500"),
        ("a search that is not here", ("ListUsers", search("User", HasErrorsOnly="true")), "HasErrorsOnly is not offered"),
        ("an order", ("ListUsers", search("User", SortField="City")), "SortField is not offered"),
        ("a context of another list", ("NavigateUserResults", "<b:ListContext>%s</b:ListContext><b:Page>Next</b:Page>" % link), "ListContext"),
        ("a page before", ("NavigateUserResults", "<b:ListContext>%s</b:ListContext><b:Page>Previous</b:Page>" % link), "ListContext"),
        ("who has no role", ("ListUsers", search("User", PageSize=1), nobody), "Access Denied")):
    status, s = company(*args)
    ok(status == 500 and says in s, name + " is a fault with its reason", s)

# ---- Sign-in on the desktop and by agents ----

OWN = "http://schemas.datacontract.org/2004/07/Microsoft.ApplicationProxy.Common.RegistrationCommons.Registration"
AAD = "http://schemas.datacontract.org/2004/07/Microsoft.ApplicationProxy.Common.Security.AadSecurity"


def register(op, root, inside="", token=again["access_token"]):
    """(status, {name: text}) and the domains"""
    body = '<%s xmlns="%s"><AuthenticationToken xmlns="%s">%s</AuthenticationToken>%s</%s>' % (
        root, OWN, AAD, token, inside, root)
    status, s = ask("%s.registration.msappproxy.net" % tenant, "POST", "/register/" + op, body,
                    "application/xml; charset=utf-8")
    if not s:
        return status, {}
    e = ET.fromstring(s)
    d = {local(i): i.text or "" for i in e}
    d["Domains"] = [i.text for i in find(e, "Domains") or ()]
    d["root"] = local(e)
    return status, d


def sso():
    d = register("GetDesktopSsoStatus", "TokenAuthenticationRequest")[1]
    return d["IsSuccessful"], d["Enable"], d["Exists"], d["Domains"]


def domain(name, enable="true", secret="<Secret>s &amp; t</Secret>"):
    return register("EnableDesktopSso", "DesktopSsoRequest", "<ComputerName>AZUREADSSOACC</ComputerName><DomainName>%s"
                    "</DomainName><Enable>%s</Enable>%s" % (name, enable, secret))[1]


def flag(op, root, on):
    return register(op, root, "<Enable>%s</Enable>" % on)[1]


same(sso(), ("true", "false", "false", []), "no domain at first")
d = domain("corp.test")
same((d["root"], d["IsSuccessful"], d["ErrorMessage"]), ("DesktopSsoEnablementResult", "true", ""), "one is registered")
domain("Other.test")
same(sso(), ("true", "true", "true", ["corp.test", "Other.test"]), "and another; both are told")
same(flag("EnableDesktopSsoFlag", "DesktopSsoEnablementRequest", "false")["IsSuccessful"], "true", "as a whole it is turned off")
same(sso(), ("true", "false", "true", ["corp.test", "Other.test"]), "the domains stay")
domain("CORP.test", "false")
flag("EnableDesktopSsoFlag", "DesktopSsoEnablementRequest", "true")
same(sso(), ("true", "true", "true", ["Other.test"]), "one goes, and on again")
agents = lambda on: flag("EnablePassthroughAuthentication", "PassthroughAuthenticationEnablementRequest", on)
d = agents("true")
same((d["root"], d["IsSuccessful"], d["Enable"], d["Exists"]), ("PassthroughAuthenticationRequestResult", "true", "true", "true"),
     "sign-in by agents is turned on")
bits = lambda: int(text(w.c.call("GetCompanyConfiguration", E("includeLicenseInformation", "false")), "DirSyncFeatures"))
same(bits() & 1 << 17, 1 << 17, "which is one of the features")
same((agents("false")["Enable"], bits() & 1 << 17), ("false", 0), "and off")
for name, d in (("no domain", domain("")), ("no secret", domain("x.test", secret="")), ("neither on nor off", domain("x.test", "maybe")),
                ("agents neither on nor off", agents("")), ("a flag neither on nor off", flag("EnableDesktopSsoFlag", "x", "perhaps"))):
    ok(d["IsSuccessful"] == "false" and d["ErrorMessage"], name + " is told", d)
same(sso()[3], ["Other.test"], "and changes nothing")
for name, token in (("a token for another service", a["access_token"]), ("none", ""),
                    ("one of a user without a role", signed_in("nobody", REGISTER)["access_token"])):
    status, d = register("GetDesktopSsoStatus", "TokenAuthenticationRequest", token=token)
    same((status, d["IsSuccessful"]), (401, "false"), name)
same(register("Nothing", "x")[0], 404, "an operation that is none")
status, s = ask("%s.registration.msappproxy.net" % tenant, "POST", "/register/GetDesktopSsoStatus", "<")
same(status, 400, "no XML")

# ---- One answer ----

w.options(page=5)
for n in range(12):
    w.user(g.source("many%d" % n), "many%d" % n)
one = Client(w.t, machine=None)
found, cookie, more = one.read_back(full=True)
same((len(found), more), (17, False), "who is not known by a machine reads all in one answer")
found, cookie, more = w.c.read_back(full=True)
same((len(found), more), (5, True), "who is reads pages")
found, cookie, more = one.read_back(cookie)
same((len(found), more), (5, True), "and so does who comes with a cookie")
g.shutil.rmtree(top)
g.done()

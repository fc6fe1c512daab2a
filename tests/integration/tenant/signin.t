#!/usr/bin/env python3
"""Users who sign in as clients of the synchronisation service have them do it:
on another device, again by a refresh token, with what their directory roles
allow; and what libraries ask before that."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

w = World()
A = g.source
AT = "@" + DOMAIN
TOOL = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
GOOD = ("v1;PPH1_MD4,00112233445566778899,1000,"
        "9ffb6cdb25b9bf88f869082fcb5bc58a7ec0c5d317b126a8ab4ec316c053cd11;")
tenant = w.t.client["tenantId"]
SYNC = "https://graph.windows.net/.default"
GRAPH = "https://graph.microsoft.com/.default"


def web(method, path, form=None):
    """(status, answer)"""
    q = urllib.request.Request(w.t.url + path, method=method,
                               data=None if form is None else urllib.parse.urlencode(form).encode())
    try:
        with urllib.request.urlopen(q, context=w.t.tls) as answer:
            data = answer.read()
            kind = answer.headers["Content-Type"]
            status = answer.status
    except urllib.error.HTTPError as e:
        data, kind, status = e.read(), e.headers["Content-Type"], e.code
    return status, g.json.loads(data) if "json" in kind else data.decode()


def token(**form):
    return web("POST", "/%s/oauth2/v2.0/token" % tenant, form)


def error(answer):
    return answer[1].get("error"), answer[1].get("error_codes")


def claims(t):
    part = t.split(".")[1]
    return g.json.loads(g.base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def begin(scope=SYNC + " offline_access openid profile", client=TOOL):
    return web("POST", "/organizations/oauth2/v2.0/devicecode", {"client_id": client, "scope": scope})


def poll(o, client=TOOL):
    return token(client_id=client, grant_type=DEVICE, device_code=o["device_code"], client_info="1")


# ---- What libraries ask first ----

status, o = web("GET", "/common/discovery/instance?api-version=1.1&authorization_endpoint=https%3A%2F%2Fx")
ok(status == 200 and tenant in o["tenant_discovery_endpoint"] and o["metadata"][0]["aliases"], "which hosts sign in", o)
same(web("GET", "/common/userrealm/x%s?api-version=1.0" % AT)[1]["account_type"], "Managed", "who signs in here")
same(web("GET", "/common/userrealm/x@far.test?api-version=1.0")[1]["account_type"], "Unknown", "and who does not")

# ---- On another device ----

status, o = begin()
ok(status == 200 and len(o["user_code"]) == 9 and o["verification_uri"].endswith("/devicelogin") and
   o["user_code"] in o["message"], "a code for the other device", o)
same(error(poll(o)), ("authorization_pending", [70016]), "nobody has signed in yet")
admin = w.cloud("admin")
w.assign(admin)
same(w.t.admin("POST", "device", {"userCode": o["user_code"], "user": "admin" + AT}), {}, "somebody does")
status, a = poll(o)
c = claims(a["access_token"])
same((status, c["aud"], c["upn"], c["wids"], c["roles"]), (200, "https://graph.windows.net", "admin" + AT, [ROLE], []),
     "a token for that user, with its roles")
same((claims(a["id_token"])["aud"], claims(a["id_token"])["preferred_username"]), (TOOL, "admin" + AT), "and an id token")
info = g.json.loads(g.base64.urlsafe_b64decode(a["client_info"] + "=="))
same(info, {"uid": admin, "utid": tenant}, "and who it is")
same(error(poll(o)), ("invalid_grant", [70000]), "a code is good once")
same(error(poll({"device_code": "none"})), ("invalid_grant", [70000]), "a code that was never given")
o = begin()[1]
same(error(poll(o, w.t.client["clientId"])), ("invalid_grant", [70000]), "a code of another application")
same(error(begin(client=w.t.client["clientId"])), ("invalid_client", [7000218]), "not for every application")
same(error(begin(scope="https://else.example/.default")), ("invalid_scope", [70011]), "not for every service")

# ---- The page for it ----

people = id_of(w.user(A("ada"), "ada"))
w.features(NEW | 1)
w.c.credentials((A("ada"), GOOD))
status, page = web("GET", "/devicelogin")
ok(status == 200 and 'name="user_code"' in page and 'action="/devicelogin"' in page, "a page", page)
sign = lambda code, name, password: web("POST", "/devicelogin",
                                        {"user_code": code, "username": name, "password": password})
same(sign(o["user_code"], "ada" + AT, "wrong")[0], 400, "a wrong password")
same(sign("XXXXXXXXX", "ada" + AT, "password")[0], 400, "a wrong code")
same(error(poll(o)), ("authorization_pending", [70016]), "neither signs in")
status, page = sign(o["user_code"], "ada" + AT, "password")
ok(status == 200 and "You have signed in" in page, "the right ones do", page)
same(sign(o["user_code"], "ada" + AT, "password")[0], 400, "and the code is used")
ada = poll(o)[1]
same(claims(ada["access_token"])["upn"], "ada" + AT, "the token is for who signed in")

# ---- Again, by what was given ----

again = lambda t, scope=GRAPH, client=TOOL: token(client_id=client, grant_type="refresh_token", refresh_token=t,
                                                  scope=scope + " offline_access openid profile")
status, b = again(a["refresh_token"])
same((status, claims(b["access_token"])["aud"]), (200, "https://graph.microsoft.com"), "a refresh token, for another service")
ok(b["refresh_token"], "and another one of them")
same(claims(again(b["refresh_token"], "https://proxy.cloudwebappproxy.net/registerapp/.default")[1]["access_token"])["aud"],
     "https://proxy.cloudwebappproxy.net/registerapp", "for the service of desktop sign-in")
bad = a["refresh_token"][:-4] + "AAAA"
same(error(again(bad)), ("invalid_grant", [9002313]), "one that was changed")
other = g.json.loads(w.t.command("app", "add", w.t.dir, "--grant", "device_code"))["clientId"]
same(error(again(a["refresh_token"], client=other)), ("invalid_grant", [9002313]), "one of another application")
w.put("User", A("ada"), accountEnabled=False)
same(error(again(ada["refresh_token"])), ("invalid_grant", [50057]), "a user that is disabled")
w.put("User", A("ada"), accountEnabled=True)
w.put("User", A("ada"), lastPasswordChangeTimestamp="20200101000000.0Z")
same(again(ada["refresh_token"])[0], 200, "a password that was changed before")
w.put("User", A("ada"), lastPasswordChangeTimestamp="20990101000000.0Z")
same(error(again(ada["refresh_token"])), ("invalid_grant", [50173]), "one that was changed since, where it comes from")
w.put("User", A("ada"), lastPasswordChangeTimestamp=None)
same(again(ada["refresh_token"])[0], 200, "(nothing is said of it any more)")
w.later(5)
w.c.credentials((A("ada"), GOOD))
same(error(again(ada["refresh_token"])), ("invalid_grant", [50173]), "a password that was changed since")
w.later(91 * 86400)
same(error(again(b["refresh_token"])), ("invalid_grant", [700082]), "90 days later")

# ---- What roles allow ----

ok(w.c.call("Capabilities", token=a["access_token"]) is not None, "an administrator may synchronise")
f = refused(w.c.call, "Capabilities", token=ada["access_token"])
same(f and f.code, "115", "a user without a role may not")
f = refused(w.c.call, "Capabilities", token=b["access_token"])
same(f and f.code, "115", "nor an administrator with a token for Graph")
as_admin = lambda m, p, body=None: w.t.request(m, "/v1.0" + p, body, b["access_token"])
same(as_admin("PATCH", "/organization/" + tenant, {"OnPremisesSyncEnabled": True})[0], 204,
     "but turn synchronisation on with it")
same([as_admin("GET", p)[0] for p in ("/users?$top=100", "/groups", "/devices", "/contacts", "/organization")], [200] * 5,
     "and read the directory")
SYNC_ROLE, HYBRID = "d29b2b05-8046-44ba-8758-1e26182fcf32", "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2"


def signed_in(name, role, scope):
    u = w.cloud(name)
    if role:
        w.admin("RoleManagement.ReadWrite.Directory", "POST", ROLES,
                {"principalId": u, "roleDefinitionId": role, "directoryScopeId": "/"})
    o = begin(scope)[1]
    w.t.admin("POST", "device", {"userCode": o["user_code"], "user": name + AT})
    return poll(o)[1]["access_token"]


ok(w.c.call("Capabilities", token=signed_in("syncer", SYNC_ROLE, SYNC)) is not None, "the role of its accounts suffices")
ok(w.c.call("Capabilities", token=signed_in("hybrid", HYBRID, SYNC)) is not None, "so does that of hybrid identity")
t = signed_in("syncer2", SYNC_ROLE, GRAPH)
same([w.t.request("GET", "/v1.0/users", None, t)[0],
      w.t.request("PATCH", "/v1.0/organization/" + tenant, {"onPremisesSyncEnabled": True}, t)[0]], [200, 403],
     "which reads the directory and turns nothing on")
t = signed_in("nobody", None, GRAPH)
same(w.t.request("GET", "/v1.0/users", None, t)[0], 403, "who has no role reads nothing")
ok("error" in w.t.admin("POST", "device", {"userCode": "XXXXXXXXX", "user": "admin" + AT}), "a code that nobody asked for")
g.done()

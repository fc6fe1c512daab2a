#!/usr/bin/env python3
"""Users who sign in on a page: the code that a client is given for it, once and
with its proof, by the endpoints of v2.0 and before."""
import html
import http.client
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

w = World()
AT, tenant = "@" + DOMAIN, w.t.client["tenantId"]
TOOL, SHELL = "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "1b730954-1685-4b74-9bfd-dac224a7b894"
SYNC, PASSWORD = "https://graph.windows.net", "Xy7-long-enough!"
HOME = "http://localhost:8400/"


def web(method, path, form=None):
    """(status, text, Location)"""
    c = http.client.HTTPSConnection("localhost", w.t.port, context=w.t.tls, timeout=30)
    c.request(method, path, None if form is None else urllib.parse.urlencode(form),
              {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"})
    a = c.getresponse()
    return a.status, a.read().decode(), a.headers["Location"]


def asked(v1=False, **how):
    q = {"client_id": TOOL, "response_type": "code", "redirect_uri": HOME, "state": "s t&a=t<e>"}
    q.update({"resource": "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"} if v1 else {"scope": SYNC + "/.default openid offline_access"})
    q.update(how)
    return "/%s/oauth2/%sauthorize?" % (tenant, "" if v1 else "v2.0/") + urllib.parse.urlencode(
        {k: v for k, v in q.items() if v is not None})


def sign_in(target, name="admin" + AT, password=PASSWORD):
    """As a browser does; (status, text, the query of where it is sent)"""
    status, page, _ = web("GET", target)
    assert status == 200, page
    form = {k: html.unescape(v) for k, v in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)}
    action = html.unescape(re.search(r'action="([^"]*)"', page).group(1))
    status, page, to = web("POST", action, dict(form, username=name, password=password))
    return status, page, dict(urllib.parse.parse_qsl((to or "").partition("?")[2])) if to else {}


def token(v1=False, **form):
    status, text_of, _ = web("POST", "/%s/oauth2/%stoken" % (tenant, "" if v1 else "v2.0/"),
                             dict({"client_id": TOOL, "grant_type": "authorization_code", "redirect_uri": HOME}, **form))
    return status, g.json.loads(text_of)


def claims(t):
    part = t.split(".")[1]
    return g.json.loads(g.base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def codes(answer):
    return answer[1].get("error"), answer[1].get("error_codes")


admin = w.cloud("admin")
w.assign(admin)
w.cloud("off", accountEnabled=False)

# ---- The page, and the code ----

status, page, to = web("GET", asked())
ok(status == 200 and to is None and "s t&#38;a=t&#60;e&#62;" in page and "<e>" not in page, "a page, which says nothing it was told", page)
status, page, q = sign_in(asked())
assert status == 302, page
same((status, q["state"], len(q["code"]) > 40), (302, "s t&a=t<e>", True), "who signs in is sent back with a code and the state")
status, a = token(code=q["code"])
c = claims(a["access_token"])
same((status, c["aud"], c["oid"], c["wids"], "refresh_token" in a, claims(a["id_token"])["aud"]),
     (200, SYNC, admin, [ROLE], True, TOOL), "which is a token for what was asked")
same(codes(token(code=q["code"])), ("invalid_grant", [70000]), "once")
same(token(grant_type="refresh_token", refresh_token=a["refresh_token"], scope=SYNC + "/.default")[0], 200, "and again without it")
status, page, q = sign_in(asked(v1=True), name="ADMIN" + AT)
status, a = token(v1=True, code=q["code"], resource=SYNC)
same((status, a["resource"], claims(a["access_token"])["aud"]), (200, SYNC, SYNC), "before v2.0 the resource is named for the code")
q = sign_in(asked(redirect_uri="http://127.0.0.1/back?x=1"))[2]
same((q["x"], token(code=q["code"], redirect_uri="http://127.0.0.1/back?x=1")[0]), ("1", 200), "an address with a query of its own")

# ---- The proof of the client ----

verifier = "v" * 50
proof = g.base64.urlsafe_b64encode(__import__("hashlib").sha256(verifier.encode()).digest()).decode().rstrip("=")
challenge = {"code_challenge": proof, "code_challenge_method": "S256"}
q = sign_in(asked(**challenge))[2]
same(token(code=q["code"], code_verifier=verifier)[0], 200, "with the proof that was promised")
for name, more in (("without it", {}), ("with another", {"code_verifier": "w" * 50})):
    q = sign_in(asked(**challenge))[2]
    same(codes(token(code=q["code"], **more)), ("invalid_grant", [501481]), name)
    same(codes(token(code=q["code"], code_verifier=verifier)), ("invalid_grant", [70000]), "which spends the code")

# ---- Refusals ----

for name, who, says in (("a wrong password", {"password": "no"}, "Invalid username or password|validating credentials"),
                        ("nobody", {"name": "nobody" + AT}, "Invalid username or password|validating credentials"),
                        ("who is disabled", {"name": "off" + AT}, "disabled")):
    status, page, q = sign_in(asked(), **who)
    ok(status == 400 and re.search(says, page) and not q and 'value="code"' in page, name + " sees the page again", page)
for name, how in (("another machine", {"redirect_uri": "http://localhost.evil.test/"}), ("a name before it", {"redirect_uri": "http://localhost@evil.test/"}),
                  ("no address", {"redirect_uri": None}), ("a line", {"redirect_uri": HOME + "\r\nX: y"}),
                  ("an address too long", {"redirect_uri": HOME + "x" * 1100}), ("a client that is none", {"client_id": "x"}),
                  ("one that may not", {"client_id": w.t.client["clientId"]}), ("another answer", {"response_type": "token"}),
                  ("another scope", {"scope": "https://else.test/.default"}), ("a proof in the open", {"code_challenge": "x"})):
    status, page, to = web("GET", asked(**how))
    ok(status == 400 and to is None and "<form" not in page, name + " is sent nowhere", page)
q = sign_in(asked())[2]
same(codes(token(code=q["code"], redirect_uri="http://localhost:8401/")), ("invalid_grant", [50011]), "a code for another address")
q = sign_in(asked())[2]
same(codes(token(code=q["code"], client_id=SHELL)), ("invalid_grant", [70000]), "of another client")
same(codes(token(code=q["code"], grant_type="urn:ietf:params:oauth:grant-type:device_code", device_code=q["code"])),
     ("invalid_grant", [70000]), "it is no code of another device")
o = g.json.loads(web("POST", "/%s/oauth2/v2.0/devicecode" % tenant, {"client_id": TOOL, "scope": SYNC + "/.default"})[1])
w.t.admin("POST", "device", {"userCode": o["user_code"], "user": "admin" + AT})
same(codes(token(code=o["device_code"], redirect_uri="")), ("invalid_grant", [70000]), "nor the other way round")
same(codes(token(code="x")), ("invalid_grant", [70000]), "one that was never given")

# ---- A password that Graph sets ----

old = token(code=sign_in(asked())[2]["code"])[1]["refresh_token"]
same(w.all("PATCH", "/users/" + admin, {"passwordProfile": {"password": "Another-one-77", "forceChangePasswordNextSignIn": False}})[0], 204,
     "another password")
status, page, q = sign_in(asked())
same((status, sign_in(asked(), password="Another-one-77")[0]), (400, 302), "is the one that is good")
same(codes(token(grant_type="refresh_token", refresh_token=old, scope=SYNC + "/.default")), ("invalid_grant", [50173]),
     "and what was given for the other is not")
w.all("PATCH", "/users/" + admin, {"passwordProfile": {"password": PASSWORD, "forceChangePasswordNextSignIn": True}})
status, page, q = sign_in(asked())
ok(status == 400 and "password" in page and not q, "one that has to be changed first", page)
w.all("PATCH", "/users/" + admin, {"passwordProfile": {"password": PASSWORD}})
on = id_of(w.user(g.source("prem"), "prem"))
same(w.all("PATCH", "/users/" + on, {"passwordProfile": {"password": PASSWORD}})[0], 204, "of a user who was synchronised (T1.4)")
same(sign_in(asked(), name="prem" + AT)[0], 302, "who signs in with it")

# ---- By name and password, where that was given ----

plain = dict(grant_type="password", username="admin" + AT, password=PASSWORD, resource=SYNC)
same(claims(token(v1=True, **plain)[1]["access_token"])["aud"], SYNC, "the tool that asks so")
same(codes(token(v1=True, client_id=SHELL, **plain)), ("invalid_client", [7000218]), "and one that may not")
g.done()

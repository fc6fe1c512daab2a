#!/usr/bin/env python3
"""The CONNECT proxy: clients with the vendor's names compiled in reach the
tenant, through curl and through Python, by their own names and certificates;
nothing else is reached by it."""
import http.client
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

top = g.tempfile.mkdtemp(prefix="causeway-proxy.")
port_file = os.path.join(top, "port")
w = World("--proxy", "127.0.0.1:0", "--proxy-port-file", port_file)
with open(port_file) as f:
    port = int(f.read())
ca = os.path.join(w.t.dir, "ca.pem")
tls = g.ssl.create_default_context(cafile=ca)
tenant = w.t.client["tenantId"]


def ask(host, method, path, body=None, headers={}):
    """(status, answer) of a request to a name, through the proxy."""
    c = http.client.HTTPSConnection("127.0.0.1", port, context=tls, timeout=30)
    c.set_tunnel(host, 443)
    c.request(method, path, body, headers)
    a = c.getresponse()
    return a.status, a.read()


def line(text_in):
    """The first line that the proxy answers to some octets."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as s:
        s.sendall(text_in)
        data = b""
        while b"\r\n" not in data:
            more = s.recv(4096)
            if not more:
                break
            data += more
        return data.split(b"\r\n")[0].decode()


status, body = ask("login.microsoftonline.com", "GET", "/%s/v2.0/.well-known/openid-configuration" % tenant)
o = g.json.loads(body)
same((status, o["token_endpoint"]), (200, "https://login.microsoftonline.com/%s/oauth2/v2.0/token" % tenant),
     "sign-in answers by the vendor's name")


def token(scope):
    form = urllib.parse.urlencode({
        "grant_type": "client_credentials", "client_id": w.t.client["clientId"],
        "client_secret": w.t.client["clientSecret"], "scope": scope})
    status, body = ask("login.microsoftonline.com", "POST", "/%s/oauth2/v2.0/token" % tenant, form,
                       {"Content-Type": "application/x-www-form-urlencoded"})
    return g.json.loads(body)["access_token"]


t = token("https://graph.microsoft.com/.default")
for i in range(3):
    w.user(g.source("p%d" % i), "p%d" % i)
status, body = ask("graph.microsoft.com", "GET", "/v1.0/users?$top=2&$select=id", headers={"Authorization": "Bearer " + t})
o = g.json.loads(body)
ok(status == 200 and o["@odata.nextLink"].startswith("https://graph.microsoft.com/v1.0/users?"),
   "Graph does, and its links have that name", o)
w.c.kept = token("https://graph.windows.net/.default")
octets = w.c.envelope("Capabilities", (), w.c.kept).octets()
status, body = ask("adminwebservice.microsoftonline.com", "POST", "/provisioningservice.svc", octets,
                   {"Content-Type": "application/soap+msbin1"})
ok(status == 200 and find(read(body), "CapabilitiesResult") is not None, "the synchronisation service does")
r = subprocess.run(["curl", "-sS", "--cacert", ca, "-x", "http://127.0.0.1:%d" % port, "-H", "Authorization: Bearer " + t,
                    "https://graph.microsoft.com/v1.0/organization"], capture_output=True, text=True)
ok(r.returncode == 0 and g.json.loads(r.stdout)["value"][0]["id"] == tenant, "curl goes the same way", r)
r = subprocess.run(["curl", "-sS", "-x", "http://127.0.0.1:%d" % port, "https://graph.microsoft.com/"],
                   capture_output=True, text=True)
same(r.returncode, 60, "who does not know the CA does not trust it")
same(line(b"CONNECT localhost:443 HTTP/1.1\r\n\r\n"), "HTTP/1.1 403 Forbidden",
     "names that are not the vendor's are refused")
same(line(b"CONNECT www.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 403 Forbidden", "whoever they are")
same(line(b"CONNECT graph.microsoft.com.evil.test:443 HTTP/1.1\r\n\r\n"), "HTTP/1.1 403 Forbidden", "names that begin so")
same(line(b"GET http://graph.microsoft.com/ HTTP/1.1\r\n\r\n"), "HTTP/1.1 405 Method Not Allowed", "CONNECT alone is known")
same(line(b"X" * 9000), "HTTP/1.1 431 Request Header Fields Too Large", "a head has an end")
same(line(b"CONNECT Graph.Microsoft.com:443 HTTP/1.1\r\nProxy-Connection: keep-alive\r\n\r\n"),
     "HTTP/1.1 200 Connection established", "names in any case, and other headers")
status, body = ask("%s.registration.msappproxy.net" % tenant, "GET", "/")
same(status, 404, "a name for every tenant is one of them")

# Much through one tunnel, in both directions.
big = [("User", "Set", {"SourceAnchor": g.source("b%d" % n), "userPrincipalName": "b%d@%s" % (n, DOMAIN),
                        "displayName": "B", "info": "x" * 4000}) for n in range(400)]
def octets_of(objects):
    return w.c.envelope("ProvisionAzureADSyncObjects", [E("syncRequest", E("b:SyncObjects", *[
        E("b:AzureADSyncObject", E("b:PropertyValues", *[E("c:KeyValueOfstringanyType", E("c:Key", k), value(v))
                                                         for k, v in o[2].items()], xmlns__c=ARR),
          E("b:SyncObjectType", o[0]), E("b:SyncOperation", o[1])) for o in objects]), xmlns__b=OBJ, xmlns__i=XSI)],
        w.c.kept).octets()


status, body = ask("adminwebservice.microsoftonline.com", "POST", "/provisioningservice.svc", octets_of(big),
                   {"Content-Type": "application/soap+msbin1"})
same((status, len(list(read(body).iter("{%s}AzureADSyncObjectResult" % OBJ)))), (200, 400), "1.6 MB up")
read_all = w.c.envelope("ReadBackAzureADSyncObjects2", (E("includeLicenseInformation", "false"),
                                                        E("isFullSync", "true")), w.c.kept).octets()
status, body = ask("adminwebservice.microsoftonline.com", "POST", "/provisioningservice.svc", read_all,
                   {"Content-Type": "application/soap+msbin1"})
ok(status == 200 and len(body) > 1600000, "and down", len(body))
many = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(80)]
for s in many:
    s.close()
same(line(b"CONNECT graph.microsoft.com:443 HTTP/1.1\r\n\r\n"), "HTTP/1.1 200 Connection established",
     "more connections than it takes wait their turn")

# Only for this machine.
r = subprocess.run([g.TENANT, "run", w.t.dir, "--listen", "127.0.0.1:0", "--proxy", "0.0.0.0:0"],
                   capture_output=True, text=True, timeout=30)
ok(r.returncode == 1 and "this machine alone" in r.stderr, "it does not listen for others", r)
g.shutil.rmtree(top)
g.done()

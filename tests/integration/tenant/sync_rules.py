"""What the tests of the rules of synchronised objects share: a tenant whose
synchronisation is on, objects, and how they look afterwards."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_client import *

ok, same = g.ok, g.same
UPN_BIT, PROXY_BIT, SOFT_UPN, BLOCK_SOFT, BLOCK_HARD = 8, 32, 16, 524288, 1048576
NEW = 41016
ROLE = "62e90394-69f5-4237-9190-012177145e10"
ROLES = "/roleManagement/directory/roleAssignments"
DOMAIN, INITIAL = "contoso.test", "contoso.onmicrosoft.com"


class World:
    def __init__(self, *options, domain=DOMAIN, init_options=()):
        self.t = g.Tenant(*options, domain=domain, init_options=init_options)
        self.t.start()
        self.c = Client(self.t)
        self.tokens = {}
        assert organisation(self.t, True)[0] == 204

    # ---- As the client ----

    def put(self, kind, anchor, op="Set", two=False, **attrs):
        """The result of one object."""
        a = {"SourceAnchor": anchor} if anchor else {}
        a.update(attrs)
        return self.c.provision((kind, op, a), two=two)[0]

    def user(self, anchor, name, **attrs):
        a = {"userPrincipalName": name if "@" in name else name + "@" + DOMAIN,
             "displayName": name.partition("@")[0].title(), "accountEnabled": True}
        a.update(attrs)
        return self.put("User", anchor, **a)

    def group(self, anchor, name, **attrs):
        return self.put("Group", anchor, **dict({"displayName": name, "securityEnabled": True}, **attrs))

    def contact(self, anchor, name, **attrs):
        return self.put("Contact", anchor, **dict({"displayName": name}, **attrs))

    def delete(self, kind, anchor, **attrs):
        return self.put(kind, anchor, op="Delete", **attrs)

    def features(self, n):
        self.t.admin("POST", "sync", {"features": n})

    def options(self, **what):
        self.t.admin("POST", "sync", what)

    def finish(self):
        self.c.call("FinalizeExport", E("totalExported", "1"), E("successfulExportCount", "1"))

    def later(self, seconds):
        """The tenant's clock moves on."""
        now = g.time.time() if not hasattr(self, "now") else self.now
        self.now = now + seconds
        self.t.admin("POST", "clock", {"now": g.time.strftime("%Y-%m-%dT%H:%M:%SZ", g.time.gmtime(self.now))})

    # ---- As a user ----

    def signs_in(self, name, password):
        """The name in the token, or the codes of the refusal."""
        if not hasattr(self, "people"):
            self.people = g.json.loads(self.t.command("app", "add", self.t.dir, "--grant", "password"))["clientId"]
        form = urllib.parse.urlencode({
            "grant_type": "password", "client_id": self.people, "username": name, "password": password,
            "scope": "https://graph.microsoft.com/.default"}).encode()
        q = urllib.request.Request("%s/%s/oauth2/v2.0/token" % (self.t.url, self.t.client["tenantId"]), data=form)
        try:
            with urllib.request.urlopen(q, context=self.t.tls) as answer:
                claims = g.json.load(answer)["access_token"].split(".")[1]
                return g.json.loads(g.base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["upn"]
        except urllib.error.HTTPError as e:
            return g.json.load(e)["error_codes"]

    # ---- As an administrator ----

    def admin(self, role, method, path, body=None):
        if role not in self.tokens:
            app = g.json.loads(self.t.command("app", "add", self.t.dir, "--role", role))
            form = urllib.parse.urlencode({
                "grant_type": "client_credentials", "client_id": app["clientId"],
                "client_secret": app["clientSecret"], "scope": "https://graph.microsoft.com/.default"}).encode()
            q = urllib.request.Request("%s/%s/oauth2/v2.0/token" % (self.t.url, self.t.client["tenantId"]), data=form)
            with urllib.request.urlopen(q, context=self.t.tls) as answer:
                self.tokens[role] = g.json.load(answer)["access_token"]
        return self.t.request(method, "/v1.0" + path, body, self.tokens[role])

    def all(self, method, path, body=None):
        return self.admin("Directory.ReadWrite.All", method, path, body)

    def cloud(self, name, **attrs):
        """A user of the cloud; the id."""
        a = {"accountEnabled": True, "displayName": name.title(), "mailNickname": name,
             "userPrincipalName": name + "@" + DOMAIN, "passwordProfile": {"password": "Xy7-long-enough!"}}
        a.update(attrs)
        status, body = self.all("POST", "/users", a)
        assert status == 201, body
        return body["id"]

    def cloud_group(self, name, mail=False):
        status, body = self.all("POST", "/groups", {
            "displayName": name, "mailNickname": name, "mailEnabled": mail, "securityEnabled": not mail,
            "groupTypes": ["Unified"] if mail else []})
        assert status == 201, body
        return body["id"]

    def assign(self, user):
        """A directory role for a user; the id of the assignment."""
        status, body = self.admin("RoleManagement.ReadWrite.Directory", "POST", ROLES,
                                  {"principalId": user, "roleDefinitionId": ROLE, "directoryScopeId": "/"})
        assert status == 201, body
        return body["id"]

    def dismiss(self, assignment):
        return self.admin("RoleManagement.ReadWrite.Directory", "DELETE", ROLES + "/" + assignment)[0]

    # ---- How it looks ----

    def get(self, kind, id, *names):
        """The values of properties; None where the object is not there."""
        path = "/%ss/%s" % (kind, id)
        status, o = self.all("GET", path + ("?$select=" + ",".join(names) if names else ""))
        if status != 200:
            return None
        return tuple(o.get(n) for n in names) if len(names) > 1 else o.get(names[0]) if names else o

    def errors(self, kind, id):
        """(property, value) of what is in quarantine."""
        found = self.get(kind, id, "onPremisesProvisioningErrors")
        return sorted((e["propertyCausingError"], e["value"]) for e in found or [])


def id_of(r):
    return r["CloudAnchor"].partition("_")[2]


def name_of(r):
    """The error of a result, or Success."""
    return "Success" if r["ResultCode"] == "Success" else (r["ResultErrorDescription"] or "").partition(":")[0]


def placeholder(upn, name):
    """Is it the name with four digits in the initial domain?"""
    local, _, domain = upn.partition("@")
    return domain == INITIAL and local[:-4] == name and local[-4:].isdigit()


def conflict(r):
    """(names, values, ids) of the detail of a result."""
    d = r.get("details") or {}
    return d.get("AttributeConflictName"), d.get("AttributeConflictValues"), d.get("ObjectIdInConflict")

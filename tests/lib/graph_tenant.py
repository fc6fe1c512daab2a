"""A tenant of its own for a test of the graph connector, and TAP.

Everything lives in one folder below TMPDIR that is gone at the end; the
tenant listens on a free port of 127.0.0.1.  BUILD names the build folder.
"""
import atexit
import base64
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
PROBE = os.path.join(BUILD, "tests/lib/graph_probe")
TENANT = os.path.join(BUILD, "src/bin/causeway-tenant")

# ---- TAP ----

_count = 0
_bad = 0


def ok(good, name, note=None):
    global _count, _bad
    _count += 1
    if not good:
        _bad += 1
    print("%s %d - %s" % ("ok" if good else "not ok", _count, name))
    if not good and note is not None:
        for line in str(note)[:4000].splitlines():
            print("#   " + line)
    sys.stdout.flush()
    return good


def same(got, wanted, name):
    return ok(got == wanted, name, "got:    %r\nwanted: %r" % (got, wanted))


def done():
    print("1..%d" % _count)
    sys.exit(1 if _bad else 0)


# ---- Names ----

def source(name):
    """A source anchor as the rules make it: base64 of sixteen octets."""
    raw = name.encode()
    return base64.b64encode((raw + b"\0" * 16)[:16] if len(raw) <= 16 else raw).decode()


def dn(name):
    return "CN={%s}" % source(name).encode().hex().upper()


def lists(attrs):
    return {k: v if isinstance(v, list) else [v] for k, v in attrs.items()}


def refs(anchors):
    return [{"ref": a} for a in anchors]


def user(name, **attrs):
    add = {"onPremisesImmutableId": source(name), "userPrincipalName": name + "@contoso.test",
           "displayName": name.title(), "accountEnabled": True, "mailNickname": name}
    add.update(attrs)
    return {"op": "add", "type": "user", "dn": dn(name), "add": lists(add)}


def group(name, members=(), **attrs):
    add = {"displayName": name, "mailNickname": name, "members": refs(members)}
    add.update(attrs)
    return {"op": "add", "type": "group", "dn": dn(name), "add": lists(add)}


def update(kind, anchor, add=None, delete=None, image=None):
    return {"op": "update", "type": kind, "anchor": anchor, "add": lists(add or {}),
            "del": lists(delete or {}), "image": lists(image or {})}


def delete(kind, anchor):
    return {"op": "delete", "type": kind, "anchor": anchor}


# ---- The tenant ----

class Tenant:
    def __init__(self, *run_options, domain="contoso.test", init_options=()):
        for path in (PROBE, TENANT):
            if not os.path.exists(path):
                print("Bail out! %s is not built" % path)
                sys.exit(1)
        self.top = tempfile.mkdtemp(prefix="causeway-graph.")
        atexit.register(self.close)
        self.dir = os.path.join(self.top, "tenant")
        self.process = None
        self.kept = None  # a token, good for an hour
        self.run_options = run_options
        self.command("init", self.dir, "--domain", domain, *init_options)
        with open(os.path.join(self.dir, "client.json")) as f:
            self.client = json.load(f)
        with open(os.path.join(self.dir, "admin_token")) as f:
            self.admin_token = f.read().strip()

    def command(self, *args):
        r = subprocess.run([TENANT] + list(args), capture_output=True, text=True)
        if r.returncode != 0:
            print("Bail out! %s: %s" % (args[0], r.stderr.strip()))
            sys.exit(1)
        return r.stdout

    def load(self, objects):
        path = os.path.join(self.top, "load.json")
        with open(path, "w") as f:
            json.dump(objects, f)
        self.command("load", self.dir, path)

    def start(self):
        port_file = os.path.join(self.top, "port")
        self.process = subprocess.Popen(
            [TENANT, "run", self.dir, "--listen", "127.0.0.1:0", "--port-file", port_file] + list(self.run_options),
            stdout=subprocess.DEVNULL, stderr=open(os.path.join(self.top, "log"), "ab"))
        while not os.path.exists(port_file) or os.path.getsize(port_file) == 0:
            if self.process.poll() is not None:
                print("Bail out! the tenant does not start")
                sys.exit(1)
            time.sleep(0.02)
        with open(port_file) as f:
            self.port = int(f.read().strip().rsplit(":", 1)[-1])
        self.url = "https://localhost:%d" % self.port
        self.tls = ssl.create_default_context(cafile=os.path.join(self.dir, "ca.pem"))

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
        shutil.rmtree(self.top, ignore_errors=True)

    def config(self, **settings):
        """A configuration folder with one connector, cloud."""
        values = {"name": "cloud", "kind": "graph", "tenant": self.client["tenantId"], "authority": self.url,
                  "endpoint": self.url + "/v1.0", "client_id": self.client["clientId"],
                  "secret": "file:" + os.path.join(self.dir, "client_secret"),
                  "ca": os.path.join(self.dir, "ca.pem"), "backoff_ms": 20}
        values.update(settings)
        path = tempfile.mkdtemp(dir=self.top)
        with open(os.path.join(path, "causeway.yaml"), "w") as f:
            f.write("connectors:\n - {%s}\n" % ", ".join(
                "%s: %s" % (k, json.dumps(v)) for k, v in values.items() if v is not None))
        return path

    def probe(self, what, items=None, config=None):
        """(exit code, results, standard error)"""
        r = subprocess.run([PROBE, config or self.config(), "cloud", what], capture_output=True, text=True,
                           input=None if items is None else json.dumps(items))
        return r.returncode, [json.loads(line) for line in r.stdout.splitlines()], r.stderr.strip()

    def export(self, items, config=None):
        """Results of an export that is not stopped."""
        code, results, err = self.probe("export", items, config)
        if code != 0 or len(results) != len(items):
            print("# export: %d %s" % (code, err))
        return results

    def objects(self, config=None):
        """What an import gives, by anchor."""
        code, entries, err = self.probe("import", None, config)
        if code != 0:
            print("# import: %s" % err)
        return {e["anchor"]: e for e in entries}

    # ---- Seen from outside, without the connector ----

    def request(self, method, path, body=None, token=None, headers=None):
        q = urllib.request.Request(self.url + path, method=method,
                                   data=None if body is None else json.dumps(body).encode())
        q.add_header("Content-Type", "application/json")
        for k, v in (headers or {}).items():
            q.add_header(k, v)
        if token is not None:
            q.add_header("Authorization", "Bearer " + token)
        try:
            with urllib.request.urlopen(q, context=self.tls) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as e:
            return e.code, json.loads(e.read() or b"null")

    def token(self):
        if self.kept is None:
            self.kept = self.new_token()
        return self.kept

    def new_token(self):
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": self.client["clientId"],
            "client_secret": self.client["clientSecret"], "scope": "https://graph.microsoft.com/.default"}).encode()
        q = urllib.request.Request("%s/%s/oauth2/v2.0/token" % (self.url, self.client["tenantId"]), data=form)
        with urllib.request.urlopen(q, context=self.tls) as answer:
            return json.load(answer)["access_token"]

    def graph(self, method, path, body=None, headers=None):
        return self.request(method, "/v1.0" + path, body, self.token(), headers)

    def all(self, path):
        """Every object of a list, by id."""
        found = {}
        token = self.token()
        while path:
            _, page = self.request("GET", path if path.startswith("/v1.0") else "/v1.0" + path, None, token)
            for o in page["value"]:
                found[o["id"]] = o
            path = page.get("@odata.nextLink", "").replace(self.url, "")
        return found

    def admin(self, method, what, body=None):
        return self.request(method, "/_causeway/" + what, body, self.admin_token)[1]

    def fault(self, **what):
        self.admin("POST", "faults", what)

    def counts(self):
        return self.admin("GET", "counts")

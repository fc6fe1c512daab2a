#!/usr/bin/env python3
"""Tokens by secret and by certificate, and what is said when one is refused."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from graph_tenant import Tenant, ok, same, done, user  # noqa: E402

t = Tenant()
key, cert = os.path.join(t.top, "app.key"), os.path.join(t.top, "app.pem")
other_key, other_cert = os.path.join(t.top, "other.key"), os.path.join(t.top, "other.pem")
for k, c in ((key, cert), (other_key, other_cert)):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", k, "-out", c, "-days", "9",
                    "-subj", "/CN=app"], check=True, capture_output=True)
by_cert = json.loads(t.command("app", "add", t.dir, "--certificate", cert, "--no-secret"))["clientId"]
expired = json.loads(t.command("app", "add", t.dir, "--secret-days", "-1"))
weak = json.loads(t.command("app", "add", t.dir, "--role", "User.ReadWrite.All", "--role", "Group.ReadWrite.All"))
reader = json.loads(t.command("app", "add", t.dir, *sum([["--role", r] for r in (
    "User.Read.All", "Group.Read.All", "OrgContact.Read.All", "Device.Read.All")], [])))
t.start()


def write(name, text):
    path = os.path.join(t.top, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
        f.write(text)
    return "file:" + path


def refused(name, pattern, code, **settings):
    rc, _, err = t.probe("import", None, t.config(**settings))
    ok(rc == 1 and pattern in err and err.startswith(code), name, "exit %d: %s" % (rc, err))
    return err


rc, _, err = t.probe("import")
same((rc, err), (0, ""), "a secret opens")
rc, _, err = t.probe("import", None, t.config(secret=None, certificate="file:" + cert, key="file:" + key,
                                              client_id=by_cert))
same((rc, err), (0, ""), "a certificate opens (PS256, x5t#S256)")

err = refused("a wrong secret is told", "wrong client secret (AADSTS7000215)", "auth failed-authentication",
              secret=write("wrong", "not-the-secret"))
ok("not-the-secret" not in err, "and never shown")
refused("an expired secret is told", "has expired (AADSTS7000222)", "auth failed-authentication",
        client_id=expired["clientId"], secret=write("old", expired["clientSecret"]))
refused("an unknown application is told", "not known in this tenant", "auth failed-authentication",
        client_id="00000000-0000-0000-0000-000000000001")
refused("an unknown tenant is told", "unknown tenant", "auth failed-authentication",
        tenant="00000000-0000-0000-0000-000000000002")
refused("a certificate that is not registered is told", "not registered", "auth failed-authentication",
        secret=None, certificate="file:" + other_cert, key="file:" + other_key, client_id=by_cert)
refused("a key of another certificate is told", "", "",
        secret=None, certificate="file:" + cert, key="file:" + other_key, client_id=by_cert)
refused("a missing permission is named", "OrgContact.Read.All", "", client_id=weak["clientId"],
        secret=write("weak", weak["clientSecret"]))
rc, results, err = t.probe("export", [user("a"), user("b")], t.config(
    client_id=reader["clientId"], secret=write("reader", reader["clientSecret"])))
ok(rc == 1 and "User.ReadWrite.All" in err, "a missing permission to write stops the step and is named", err)
refused("a secret that is not there is named", "/nonexistent/secret", "", secret="file:/nonexistent/secret")

refused("an unknown CA is refused", "localhost", "", ca=None)
refused("a CA file that is not there is named", "CA file", "", ca="/nonexistent/ca.pem")
refused("another host name than the certificate's is refused", "other.test", "",
        authority=t.url.replace("localhost", "other.test"))
refused("no one listens", "localhost:1", "", authority="https://localhost:1")

# A token that ends in the middle: 401 once, then a new one.
t.fault(kind="status", status=401, path="/users", count=1)
rc, _, err = t.probe("import")
same((rc, err), (0, ""), "after one 401 a new token is asked for")
t.admin("DELETE", "faults")
t.fault(kind="status", status=401, path="/users", count=50)
rc, _, err = t.probe("import")
ok(rc == 1 and "401" in err, "after a second 401 the step ends", err)
t.admin("DELETE", "faults")
done()

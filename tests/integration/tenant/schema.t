#!/usr/bin/env python3
"""Every attribute of every type of object through the wire: taken and read back
as it was, refused where it is the service's own; the names and types are those of
the connector, which has a table of its own."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

HERE = os.path.dirname(os.path.abspath(__file__))
w = World()
A = g.source
AT = "@" + DOMAIN
KINDS = {"U": "User", "G": "Group", "C": "Contact", "D": "Device", "P": "PublicFolder"}
OWN = {"userPrincipalName": "u" + AT, "usageLocation": "DE", "alias": "alias", "targetAddress": "SMTP:t@far.test",
       "userType": "Member", "lastPasswordChangeTimestamp": "20250102030405.0Z", "deviceId": bytes(range(16)),
       "onPremiseSecurityIdentifier": bytes([1, 1, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0])}


def value(name, kind, many, letter):
    """One that the attribute can have, and that no other object has."""
    if name in ("proxyAddresses", "signInNames"):
        return ["%s%s%s" % ("SMTP:" if name[0] == "p" else "", name.lower() + letter.lower(), AT)]
    if name == "mail":
        return "proxyaddresses" + letter.lower() + AT
    if name == "onPremiseSecurityIdentifier":
        return OWN[name][:-4] + bytes([21, 0, 0, ord(letter)])
    if name == "alias":
        return "alias" + letter
    if name in OWN:
        return OWN[name]
    one = {"S": "x" + name[:10], "I": 7, "B": True, "O": b"\x30" + name.encode(), "R": A("somebody")}[kind]
    return [one] if many else one


def as_read(v):
    code = lambda x: g.base64.b64encode(x).decode() if isinstance(x, bytes) else x
    return [code(x) for x in v] if isinstance(v, list) else code(v)


rows = re.findall(r'ROW\("(\w+)", (\w), (ONE|MANY), ([A-Z|]+), (CLIENT|SERVICE), \d+\)',
                  open(os.path.join(HERE, "../../../src/connectors/sync/attribute.def")).read())
ok(len(rows) > 180, "the table is read", len(rows))
for letter, kind in KINDS.items():
    mine = [(n, t, m == "MANY") for n, t, m, on, who in rows if letter in on.split("|") and who == "CLIENT" and n != "sourceAnchor"]
    attrs = {n: value(n, t, m, letter) for n, t, m in mine}
    if kind == "Group":
        attrs["securityEnabled"] = True
    r = w.put(kind, A("schema" + letter), **attrs)
    same(name_of(r), "Success", "%s: all of its %d attributes at once" % (kind, len(attrs)))
    found = {o["SourceAnchor"]: o for o in w.c.read_back(full=True)[0]}.get(A("schema" + letter), {})
    lower = {k.lower(): v for k, v in found.items()}
    wrong = {n: (lower.get(n.lower()), as_read(v)) for n, v in attrs.items() if lower.get(n.lower()) != as_read(v)}
    same(wrong, {}, "%s: each is read back as it was, with its type" % kind)
    theirs = [(n, t, m == "MANY") for n, t, m, on, who in rows
              if letter in on.split("|") and who == "SERVICE" and n.startswith("cloud") and n not in ("cloudAnchor", "cloudMastered")]
    taken = [n for n, t, m in theirs if name_of(w.put(kind, A("schema" + letter), **{n: value(n, t, m, letter)})) != "InvalidAttribute"]
    same(taken, [], "%s: the %d of the service itself are refused" % (kind, len(theirs)))
    cleared = [n for n in attrs if n not in ("displayName", "securityEnabled", "mail", "proxyAddresses", "deviceId",
                                             "userCertificate", "userPrincipalName")]
    w.put(kind, A("schema" + letter), **{n: None for n in cleared})
    found = {o["SourceAnchor"]: o for o in w.c.read_back(full=True)[0]}.get(A("schema" + letter), {})
    same([n for n in cleared if n.lower() in {k.lower() for k in found}], [], "%s: and each is cleared" % kind)
g.done()

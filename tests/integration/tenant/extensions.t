#!/usr/bin/env python3
"""Directory extensions that the synchronisation service brought, as Graph shows
them: where they are selected, in lists, filters and delta queries."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

w = World()
A, AT = g.source, "@" + DOMAIN
APP = "extension_0123456789abcdef0123456789abcdef_"
text_, list_, octets, flag, number = (APP + n for n in ("costCode", "tags", "raw", "external", "level"))


def seen(path):
    status, o = w.all("GET", path)
    assert status == 200, o
    return {k: v for k, v in o.items() if not k.startswith("@")}


ada = id_of(w.user(A("ada"), "ada", **{text_: "Größe & <1>", list_: ["a", "b"], octets: b"\0\1\2", flag: True, number: 7}))
bob = id_of(w.user(A("bob"), "bob", **{text_: "C2"}))
team = id_of(w.group(A("team"), "Team", **{text_: "G1"}))
pc = id_of(w.put("Device", A("pc"), displayName="PC", deviceId=bytes(16), userCertificate=[b"\x30"], **{text_: "D1"}))
all_names = ",".join((text_, list_, octets, flag, number))

same(seen("/users/%s?$select=id,%s" % (ada, all_names)),
     {"id": ada, text_: "Größe & <1>", list_: ["a", "b"], octets: "AAEC", flag: True, number: 7}, "a user's, of every type")
ok(not [k for k in seen("/users/" + ada) if k.startswith("extension_")], "only where they are selected")
same(seen("/users/%s?$select=displayName,%s" % (bob, all_names)), {"displayName": "Bob", text_: "C2"}, "what has no value is left out")
same(seen("/groups/%s?$select=%s" % (team, text_)), {text_: "G1"}, "a group's")
same(seen("/devices/%s?$select=%s" % (pc, text_)), {text_: "D1"}, "a device's")
same(seen("/users/%s?$select=%s" % (bob, text_.upper())), {text_.upper(): "C2"}, "names in any case")
same(sorted(o.get(text_, "") for o in seen("/users?$select=" + text_)["value"]), ["C2", "Größe & <1>"], "in a list")
w.group(A("team"), "Team", member=[A("ada")])
same([o.get(text_) for o in seen("/groups/%s/members?$select=id,%s" % (team, text_))["value"]], ["Größe & <1>"], "of members")
same([o["id"] for o in seen("/users?$select=id&$filter=" + urllib.parse.quote("%s eq 'C2'" % text_))["value"]], [bob], "a filter")
same([o["id"] for o in seen("/users?$select=id&$filter=" + urllib.parse.quote("startswith(%s,'Gr')" % text_))["value"]], [ada],
     "by how it begins")

# ---- Changes ----


def delta(url):
    """(the objects, the link for the next round)"""
    out = []
    while True:
        o = w.t.request("GET", url[len(w.t.url):] if url.startswith("http") else url, None,
                        w.tokens["Directory.ReadWrite.All"])[1]
        out += o["value"]
        if "@odata.deltaLink" in o:
            return out, o["@odata.deltaLink"]
        url = o["@odata.nextLink"]


found, link = delta("/v1.0/users/delta?$select=department,%s,%s" % (text_, number))
same({o["id"]: (o.get(text_), o.get(number)) for o in found}, {ada: ("Größe & <1>", 7), bob: ("C2", None)}, "a first round")
same(delta(link)[0], [], "nothing changed")
w.put("User", A("bob"), **{text_: "C3"})
w.put("User", A("ada"), title="Countess")
found, link = delta(link)
same([(o["id"], o.get(text_)) for o in found], [(bob, "C3")], "a value that changed is news, another attribute is not")
w.put("User", A("ada"), **{text_: None, list_: []})
found, link = delta(link)
same(([o["id"] for o in found], text_ in found[0], found[0].get(number)), ([ada], False, 7), "one that went")
same(seen("/users/%s?$select=%s" % (ada, all_names)), {octets: "AAEC", flag: True, number: 7}, "is not shown")
w.delete("User", A("bob"))
same(w.user(A("bob"), "bob")["CloudAnchor"], "User_" + bob, "who was deleted and comes back")
same(seen("/users/%s?$select=%s" % (bob, text_)), {text_: "C3"}, "has it still")
back = [o for o in w.c.read_back(full=True)[0] if o["SourceAnchor"] == A("ada")][0]
same({k.lower(): v for k, v in back.items() if k.lower().startswith("extension")}.get(flag.lower()), True, "and clients read them back")

# ---- Refusals ----

for name, path in (("an application that is none", "/users?$select=extension_0123_x"), ("a sign", "/users?$select=" + APP + "a-b"),
                   ("no name", "/users?$select=" + APP), ("contacts, which have none", "/contacts?$select=" + text_),
                   ("a filter by a number", "/users?$filter=" + urllib.parse.quote(number + " eq 7")),
                   ("more than there can be", "/users?$select=" + ",".join(APP + "x%d" % i for i in range(101)))):
    status, o = w.all("GET", path)
    ok(status == 400, "refused: " + name, o)
status, o = w.all("PATCH", "/users/" + w.cloud("zoe"), {text_: "x"})
ok(status == 400, "Graph does not write them: nothing here defines one", o)
g.done()

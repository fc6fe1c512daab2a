#!/usr/bin/env python3
"""Section 6: deletion and restoration (T6.1 to T6.6), on the tenant's clock."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

w = World()
A = g.source
AT = "@" + DOMAIN
DAY = 86400


def deleted(id):
    return w.all("GET", "/directory/deletedItems/" + id)


def members(id):
    return sorted(m["id"] for m in w.all("GET", "/groups/%s/members" % id)[1]["value"])


# ---- T6.1: what is kept and what is not ----

ada = id_of(w.user(A("ada"), "ada", title="Old", proxyAddresses=["SMTP:ada" + AT, "smtp:a" + AT]))
team = id_of(w.group(A("team"), "Team", member=[A("ada")]))
lst = id_of(w.group(A("list"), "List", mail="list" + AT, securityEnabled=False))
far = id_of(w.contact(A("far"), "Far", mail="far@far.test"))
pc = id_of(w.put("Device", A("pc"), displayName="PC", deviceId=bytes(16), userCertificate=[b"\x30"]))
same(name_of(w.delete("User", A("ada"))), "Success", "T6.1 a user is deleted")
one = w.all("GET", "/directory/deletedItems/%s?$select=id,deletedDateTime,jobTitle" % ada)[1]
same((one["id"], one["jobTitle"], bool(one["deletedDateTime"]), "displayName" in one), (ada, "Old", True, False),
     "T6.1 one of them with what is selected")
o = w.all("GET", "/directory/deletedItems/microsoft.graph.user?$select=id,userPrincipalName,onPremisesSyncEnabled")
o = [i for i in o[1]["value"] if i["id"] == ada][0]
same(o["onPremisesSyncEnabled"], False, "T1.2 T6.1 and kept: onPremisesSyncEnabled is false")
same(o["userPrincipalName"], ada.replace("-", "") + "ada" + AT, "T6.4 its name has its id before it")
same(members(team), [], "T6.1 it is no member while it is deleted")
for kind, anchor, id in (("Group", "team", team), ("Group", "list", lst), ("Contact", "far", far),
                         ("Device", "pc", pc)):
    r = w.delete(kind, A(anchor))
    same((name_of(r), w.get(kind.lower(), id), deleted(id)[0]), ("Success", None, 404),
         "T6.1 %s %s is gone at once" % (kind.lower(), anchor))
gone = [(o["type"], o["op"]) for o in w.c.read_back(w.c.read_back(full=True)[1])[0]]
same(gone, [], "T6.1 (nothing more to read)")

# ---- T6.2: the same anchor again ----

team = id_of(w.group(A("team2"), "Team 2"))
w.c.provision(("Group", "Set", {"SourceAnchor": A("team2"), "member": [A("ada")]}))
same(members(team), [], "T6.2 (a deleted user is no member)")
cookie = w.c.read_back(full=True)[1]
keep = id_of(w.user(A("keep"), "keep"))
crew = id_of(w.group(A("crew"), "Crew", member=[A("keep")]))
own = w.all("POST", "/groups", {"displayName": "Cloud", "mailNickname": "cl", "mailEnabled": False, "securityEnabled": True,
                                "members@odata.bind": [w.t.url + "/v1.0/directoryObjects/" + keep]})[1]["id"]
w.delete("User", A("keep"))
same(members(crew), [], "T6.2 (deleted)")
w.later(29 * DAY)
r = w.user(A("keep"), "keep", title="Again")
same((id_of(r), w.get("user", keep, "jobTitle", "userPrincipalName", "onPremisesSyncEnabled")),
     (keep, ("Again", "keep" + AT, True)), "T6.2 within 30 days the same user is restored, then updated")
same((members(crew), members(own)), ([keep], [keep]), "T6.2 with its membership, also in a group of the cloud")
same([(o["SourceAnchor"], o["op"]) for o in w.c.read_back(cookie)[0] if o["type"] == "User"], [(A("keep"), "Set")],
     "T6.2 and read as one that is there")
w.delete("User", A("keep"))
w.later(31 * DAY)
r = w.user(A("keep"), "keep")
ok(id_of(r) != keep and r["ResultCode"] == "Success", "T6.2 after 30 days it is another user", r)
same(deleted(keep)[0], 404, "T6.1 and what was kept is gone")

soft = w.cloud("soft", onPremisesImmutableId=A("soft"), city="Bonn")
w.all("DELETE", "/users/" + soft)
same(id_of(w.user(A("soft"), "soft")), soft, "T6.2 a deleted user of the cloud with the anchor")
same(w.get("user", soft, "city", "onPremisesSyncEnabled"), ("Bonn", True), "T6.2 keeps what is not exported")
w.delete("User", A("soft"))
w.features(NEW | BLOCK_HARD)
same((name_of(w.user(A("soft"), "soft")), deleted(soft)[0]), ("InvalidHardMatch", 200),
     "T6.2 InvalidHardMatch while taking over is blocked")
w.features(NEW)

# ---- T6.4: the values are free ----

first = id_of(w.user(A("first"), "same", proxyAddresses=["SMTP:same" + AT]))
w.delete("User", A("first"))
second = id_of(w.user(A("second"), "same", proxyAddresses=["SMTP:same" + AT]))
same((w.get("user", second, "userPrincipalName", "mail"), w.errors("user", second)),
     (("same" + AT, "same" + AT), []), "T6.4 name and address of a deleted user are free")
r = w.user(A("first"), "same", proxyAddresses=["SMTP:same" + AT])
same((id_of(r), w.errors("user", first)),
     (first, [("ProxyAddresses", "SMTP:same" + AT), ("UserPrincipalName", "same" + AT)]),
     "T6.4 who is restored to find them taken is in quarantine")
w.user(A("second"), "second.u", proxyAddresses=["SMTP:same" + AT])
w.delete("User", A("second"))
same((w.get("user", first, "userPrincipalName", "mail"), w.errors("user", first)),
     (("same" + AT, "same" + AT), []), "T6.4 until they are free again")
status, body = w.all("POST", "/directory/deletedItems/%s/restore" % second)
same((status, body["error"]["code"]), (400, "Request_BadRequest"), "T6.4 restored in the cloud it fails")
w.user(A("first"), "moved", proxyAddresses=["SMTP:same" + AT])
status, body = w.all("POST", "/directory/deletedItems/%s/restore" % second, {"autoReconcileProxyConflict": True})
same((status, w.get("user", second, "mail")), (200, None), "T6.4 or leaves the addresses out, where asked")

# ---- T6.3: restored in the cloud ----

same(w.get("user", second, "onPremisesSyncEnabled"), False, "T6.3 restored in the cloud: false")
r = w.delete("User", A("second"))
same((r["ResultCode"], r["ResultErrorCode"]), ("Failure", "114"), "T6.3 114: it is not ours to delete")
same(w.all("PATCH", "/users/" + second, {"jobTitle": "Own"})[0], 204, "T6.3 and may be written")
same(id_of(w.user(A("second"), "second")), second, "T6.3 with its anchor it is taken over again")
same(w.get("user", second, "onPremisesSyncEnabled"), True, "T6.3 and is ours")
r = w.delete("User", None)
same(r["ResultErrorCode"], "114", "T6.3 114: no anchor")
r = w.delete("User", A("never"))
same(r["ResultErrorCode"], "114", "T6.3 114: an anchor that nobody has")

# ---- T6.5: objects of the cloud ----

cloud = w.cloud("cloud")
r = w.put("User", None, op="Delete", CloudAnchor="User_" + cloud)
same((name_of(r), w.get("user", cloud, "displayName")), ("DeletingCloudOnlyObjectNotAllowed", "Cloud"),
     "T6.5 a user of the cloud is not deleted")
group = w.cloud_group("cg")
same(name_of(w.put("Group", None, op="Delete", CloudAnchor="Group_" + group)), "DeletingCloudOnlyObjectNotAllowed",
     "T6.5 nor a group")
r = w.put("User", None, CloudAnchor="User_" + cloud, title="X")
same((name_of(r), w.get("user", cloud, "jobTitle")), ("ObjectIsCloudManaged", None), "T6.5 nor changed")
GOOD = ("v1;PPH1_MD4,00112233445566778899,1000,"
        "9ffb6cdb25b9bf88f869082fcb5bc58a7ec0c5d317b126a8ab4ec316c053cd11;")
w.features(NEW | 1)
r = w.c.call("ProvisionCredentials", E("request", E("b:RequestItems", E(
    "b:SyncCredentialsChangeItem", E("b:CloudAnchor", "User_" + cloud), E("b:CredentialData", GOOD))),
    xmlns__b=CRED, xmlns__i=XSI))
ok("PasswordChangeOnCloudOnlyObject" in text(r, "ExtendedErrorInformation"), "T6.5 nor given a password")

# ---- T6.6: what counts against the quota ----

q = World("--max-connections", "8")
live = len(q.t.all("/users")) + len(q.t.all("/groups"))
for n in range(8):
    q.user(A("q%d" % n), "q%d" % n)
q.options(objects=live + 8)
same(name_of(q.user(A("more"), "more")), "QuotaExceeded", "T7 T6.6 the quota is reached")
same(name_of(q.user(A("q0"), "q0", title="x")), "Success", "T7 what is there may still be changed")
for n in range(8):
    q.delete("User", A("q%d" % n))
same(name_of(q.user(A("more"), "more")), "QuotaExceeded", "T6.6 deleted ones count in full while they can be restored")
for n in range(8):
    q.all("DELETE", "/directory/deletedItems/" + [o for o in q.t.all("/directory/deletedItems/microsoft.graph.user")][0])
got = [name_of(q.user(A("n%d" % n), "n%d" % n)) for n in range(8)]
same(got, ["Success"] * 6 + ["QuotaExceeded"] * 2, "T6.6 then a quarter of each counts")
q.later(31 * DAY)
got = [name_of(q.user(A("n%d" % n), "n%d" % n)) for n in range(6, 9)]
same(got, ["Success"] * 2 + ["QuotaExceeded"], "T6.6 for another 30 days")
q.options(objects=live + 9)
same(name_of(q.user(A("n8"), "n8")), "Success", "T7 a larger quota, one more")
q.t.close()

# ---- Groups that can be restored, where the tenant keeps them ----

s = World(init_options=("--soft-delete-groups",))
a = id_of(s.user(A("a"), "a"))
team = id_of(s.group(A("team"), "Team", member=[A("a")]))
s.delete("Group", A("team"))
same((s.get("group", team), s.all("GET", "/directory/deletedItems/" + team)[0]), (None, 200),
     "T6.1 a security group is kept, where the tenant keeps them")
r = s.group(A("team"), "Team again")
same((id_of(r), [m["id"] for m in s.all("GET", "/groups/%s/members" % team)[1]["value"]]), (team, [a]),
     "T6.2 and restored with its members")
s.t.close()
g.done()

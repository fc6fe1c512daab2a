#!/usr/bin/env python3
"""Sections 1, 8, 11 and 12: two worlds for each object (T1), switches of the
organisation (T8), groups (T11) and devices (T12)."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

w = World()
A = g.source
AT = "@" + DOMAIN
ONPREM = "/directory/onPremisesSynchronization"
HOUR = 3600


def company(name):
    return text(w.c.call("GetCompanyConfiguration", E("includeLicenseInformation", "false")), name)


def refusal(answer):
    return answer[0], answer[1]["error"]["code"] if answer[1] else None


# ---- T1: who masters it ----

ada = id_of(w.user(A("ada"), "ada", title="Ground", mobile="+1"))
cloud = w.cloud("cloud")
team = id_of(w.group(A("team"), "Team", member=[A("ada")]))
far = id_of(w.contact(A("far"), "Far", mail="far@far.test"))
pc = id_of(w.put("Device", A("pc"), displayName="PC", deviceId=bytes(16), userCertificate=[b"\x30"]))
same((w.get("user", cloud, "onPremisesSyncEnabled"), w.get("user", ada, "onPremisesSyncEnabled")), (None, True),
     "T1.2 null: never synchronised; true: is")
BAD = (400, "Request_BadRequest")
for name, value in (("displayName", "X"), ("jobTitle", "X"), ("accountEnabled", False), ("givenName", "X"),
                    ("userPrincipalName", "x" + AT), ("onPremisesImmutableId", "x"), ("mail", "x" + AT),
                    ("department", "X"), ("onPremisesExtensionAttributes", {"extensionAttribute1": "x"})):
    answer = w.all("PATCH", "/users/" + ada, {name: value})
    same((refusal(answer), "on-premises mastered" in answer[1]["error"]["message"]), (BAD, True), "T1.3 " + name)
same(refusal(w.all("PATCH", "/groups/" + team, {"description": "X"})), BAD, "T1.3 of a group")
same(refusal(w.all("PATCH", "/groups/" + team, {"uniqueName": "x"})), BAD, "T1.3 nor given a key")
same(refusal(w.all("POST", "/groups/%s/members/$ref" % team, {
    "@odata.id": w.t.url + "/v1.0/directoryObjects/" + cloud})), BAD, "T1.3 members of a group")
same(refusal(w.all("DELETE", "/groups/%s/members/%s/$ref" % (team, ada))), BAD, "T1.3 nor can they be taken away")
same([w.all("DELETE", p)[0] for p in ("/users/" + ada, "/groups/" + team)], [400, 400], "T1.3 nor may it be deleted")
same(w.all("PATCH", "/contacts/" + far, {"displayName": "X"})[0], 405, "T1.1 contacts are written by nobody but the service")
same(refusal(w.all("PATCH", "/devices/" + pc, {"displayName": "X"})), BAD, "T1.1 nor devices that came from there")
same(refusal(w.all("DELETE", "/devices/" + pc)), BAD, "T1.1 nor may such a one be deleted")
for name, value in (("usageLocation", "DE"), ("passwordPolicies", "DisablePasswordExpiration"),
                    ("passwordProfile", {"password": "Xy7-long-enough!"}), ("otherMails", ["o@far.test"])):
    same(w.all("PATCH", "/users/" + ada, {name: value})[0], 204, "T1.4 but " + name)
own = w.cloud_group("own")
same([w.all("PATCH", "/groups/" + own, {"uniqueName": n})[0] for n in ("own-key", "another", "own-key")], [204, 400, 400],
     "a group of the cloud without a unique name gets one, once")
same(w.all("POST", "/groups/%s/members/$ref" % own, {"@odata.id": w.t.url + "/v1.0/directoryObjects/" + ada})[0], 204,
     "T1.4 and membership in groups of the cloud")
ref = {"@odata.id": w.t.url + "/v1.0/users/" + cloud}
same(w.all("PUT", "/users/%s/manager/$ref" % ada, ref)[0], 204, "T1.4 and a manager, where none came from there")
w.user(A("bob"), "bob", manager=A("ada"))
bob = id_of(w.user(A("bob"), "bob"))
same(refusal(w.all("PUT", "/users/%s/manager/$ref" % bob, ref)), BAD, "T1.4 not where one did")
same(w.all("PATCH", "/users/" + ada, {"mobilePhone": "+2"})[0], 204, "T1.4 and a mobile number of the cloud")
w.user(A("ada"), "ada", mobile="+3")
same(w.get("user", ada, "mobilePhone"), "+2", "T1.4 which stays, whatever comes")
RW = "OnPremDirectorySynchronization.ReadWrite.All"
me = ONPREM + "/" + w.t.client["tenantId"]
same(w.admin(RW, "PATCH", me, {"features": {"bypassDirSyncOverridesEnabled": True}})[0], 204,
     "T1.4 until such numbers are bypassed")
w.user(A("ada"), "ada", mobile="+4")
same((w.get("user", ada, "mobilePhone"), w.all("PATCH", "/users/" + ada, {"mobilePhone": "+5"})[0]), ("+4", 400),
     "T1.4 then what comes counts, and Graph may not write it")
w.admin(RW, "PATCH", me, {"features": {"bypassDirSyncOverridesEnabled": False}})
role = w.assign(ada)
same((w.dismiss(role), w.all("DELETE", "/groups/%s/members/%s/$ref" % (own, ada))[0]), (204, 204),
     "T1.4 and roles; from a group of the cloud it may be taken as well")
for kind, id, anchor, more in (("user", ada, "ada", {"userPrincipalName": "ada" + AT}), ("group", team, "team", {}),
                               ("contact", far, "far", {})):
    role = "%s-OnPremisesSyncBehavior.ReadWrite.All" % {"contact": "Contacts"}.get(kind, kind.title())
    path = "/%ss/%s/onPremisesSyncBehavior" % (kind, id)
    same(w.admin(role, "PATCH", path, {"isCloudManaged": True})[0], 204, "T1.5 the cloud masters a " + kind)
    r = w.put(kind.title(), A(anchor), displayName="Other", **more)
    same((name_of(r), w.get(kind, id, "displayName") == "Other"), ("ObjectIsCloudManaged", False),
         "T1.5 and what comes is not taken")
    r = w.delete(kind.title(), A(anchor))
    ok(r["ResultCode"] == "Failure" and w.get(kind, id, "displayName"), "T1.5 nor is it deleted", r)
    w.admin(role, "PATCH", path, {"isCloudManaged": False})
    r = w.put(kind.title(), A(anchor), displayName="Other", **more)
    same((name_of(r), w.get(kind, id, "displayName")), ("Success", "Other"), "T1.5 turned back, it is taken again")
old, w.c.build = w.c.build, "2.5.75.0"
turn = lambda kind, id, on: w.admin("%s-OnPremisesSyncBehavior.ReadWrite.All" % {"contact": "Contacts"}.get(kind, kind.title()),
                                    "PATCH", "/%ss/%s/onPremisesSyncBehavior" % (kind, id), {"isCloudManaged": on})
w.finish()
same([refusal(turn("group", team, True)), refusal(turn("contact", far, True)), turn("user", ada, True)[0]],
     [BAD, BAD, 204], "T1.5 clients before 2.5.76.0 know it of users alone")
w.c.build = "2.5.76.0"
w.finish()
same([turn("group", team, True)[0], turn("contact", far, True)[0]], [204, 204], "T1.5 those from then on of groups and contacts")
for kind, id in (("user", ada), ("group", team), ("contact", far)):
    turn(kind, id, False)
w.c.build = old

# ---- T8.1, T8.4: what Graph says of it ----

status, body = w.admin("OnPremDirectorySynchronization.Read.All", "GET", ONPREM)
o = body["value"][0]
same((status, o["id"], o["configuration"]["accidentalDeletionPrevention"]),
     (200, w.t.client["tenantId"], {"synchronizationPreventionType": "enabledForCount", "alertThreshold": 500}),
     "T8.1 by default 500 are too many")
same(w.t.graph("GET", ONPREM)[0], 403, "T8.1 (a permission of its own)")
same(w.admin("OnPremDirectorySynchronization.Read.All", "PATCH", me, {"features": {}})[0], 403, "T8.1 (to write, too)")
same([w.all("PATCH", me, {"features": {}})[0], w.all("GET", ROLES)[0],
      w.all("PATCH", "/users/%s/onPremisesSyncBehavior" % ada, {"isCloudManaged": True})[0],
      w.all("PATCH", "/organization/" + w.t.client["tenantId"], {"onPremisesSyncEnabled": False})[0]], [403] * 4,
     "T8.1 (who may write the directory may not turn its switches, nor give roles away)")
set_to = {"configuration": {"accidentalDeletionPrevention": {
    "synchronizationPreventionType": "enabledForPercentage", "alertThreshold": 7}}}
same((w.admin(RW, "PATCH", me, set_to)[0], company("DeletionPrevention"), company("ThresholdPercentage")),
     (204, "EnabledForPercentage", "7"), "T8.1 clients are told of another")
set_to["configuration"]["accidentalDeletionPrevention"] = {"synchronizationPreventionType": "disabled"}
same((w.admin(RW, "PATCH", me, set_to)[0], company("DeletionPrevention")), (204, "Disabled"), "T8.1 or of none")
set_to["configuration"]["accidentalDeletionPrevention"] = {"synchronizationPreventionType": "sometimes"}
same(refusal(w.admin(RW, "PATCH", me, set_to)), BAD, "T8.1 no other kind")
for how, n in (("enabledForPercentage", 101), ("enabledForCount", -1)):
    set_to["configuration"]["accidentalDeletionPrevention"] = {"synchronizationPreventionType": how, "alertThreshold": n}
    same(refusal(w.admin(RW, "PATCH", me, set_to)), BAD, "T8.1 nor a threshold like %d (%s)" % (n, how))
w.options(refuseDeletions=2)
for n in range(3):
    w.user(A("del%d" % n), "del%d" % n)
got = [name_of(w.delete("User", A("del%d" % n))) for n in range(3)]
same(got, ["Success", "Success", "DeletionThresholdExceeded"], "T8.1 a tenant that refuses itself")
w.finish()
same(name_of(w.delete("User", A("del2"))), "Success", "T8.1 counts anew in the next run")
w.options(refuseDeletions=0)
FEATURES = {"blockSoftMatchEnabled": 524288, "blockCloudObjectTakeoverThroughHardMatchEnabled": 1048576,
            "passwordSyncEnabled": 1, "softMatchOnUpnEnabled": 16, "synchronizeUpnForManagedUsersEnabled": 8192,
            "cloudPasswordPolicyForPasswordSyncedUsersEnabled": 512, "userForcePasswordChangeOnLogonEnabled": 16384,
            "passwordWritebackEnabled": 2, "directoryExtensionsEnabled": 4, "unifiedGroupWritebackEnabled": 1024,
            "userWritebackEnabled": 2048, "deviceWritebackEnabled": 4096}
for name, bit in FEATURES.items():
    before = int(company("DirSyncFeatures"))
    on = w.admin(RW, "PATCH", me, {"features": {name: True}})[0], int(company("DirSyncFeatures")) & bit
    off = w.admin(RW, "PATCH", me, {"features": {name: False}})[0], int(company("DirSyncFeatures")) & bit
    same((on, off), ((204, bit), (204, 0)), "T8.4 %s is the bit %d" % (name, bit))
    w.features(before)
for name in ("quarantineUponUpnConflictEnabled", "quarantineUponProxyAddressesConflictEnabled"):
    same(refusal(w.admin(RW, "PATCH", me, {"features": {name: False}})), BAD, "T8.4 %s stays" % name)
same(refusal(w.admin(RW, "PATCH", me, {"features": {"noSuchThing": True}})), BAD, "T8.4 no other feature")
w.c.call("SetCompanyDirsyncFeatures", E("dirsyncFeatures", str(NEW | 1 | 1 << 27)))
o = w.admin(RW, "GET", me)[1]
same((o["features"]["passwordSyncEnabled"], int(company("DirSyncFeatures"))), (True, NEW | 1 | 1 << 27),
     "T8.4 what clients set is seen, bits that nobody knows are kept")

# ---- T8.3, T8.5 ----

GOOD = ("v1;PPH1_MD4,00112233445566778899,1000,"
        "9ffb6cdb25b9bf88f869082fcb5bc58a7ec0c5d317b126a8ab4ec316c053cd11;")
w.later(HOUR)
w.finish()
first = w.t.graph("GET", "/organization")[1]["value"][0]
same(first["onPremisesLastPasswordSyncDateTime"], None, "T8.3 no password was synchronised")
w.later(HOUR)
w.c.credentials((A("ada"), GOOD))
w.finish()
o = w.t.graph("GET", "/organization")[1]["value"][0]
ok(o["onPremisesLastSyncDateTime"] > first["onPremisesLastSyncDateTime"] and o["onPremisesLastPasswordSyncDateTime"],
   "T8.3 the times of the last synchronisation move on", o)
w.put("User", A("ada"), accountEnabled=False)
same(w.get("user", ada, "accountEnabled"), False, "T8.5 accountEnabled comes from there")
w.put("User", A("ada"), accountEnabled=True)

# ---- T8.2: off and on ----

same(organisation(w.t, False)[0], 204, "T8.2 turned off")
f = refused(w.c.read_back)
ok(f is not None and "not yet activated" in f.text, "T8.2 nothing is taken from then on", f)
same(organisation(w.t, True)[0], 400, "T8.2 nor can it be turned on while it waits")
w.later(71 * HOUR)
same((w.get("user", ada, "onPremisesSyncEnabled"), w.all("PATCH", "/users/" + ada, {"jobTitle": "X"})[0]), (True, 400),
     "T8.2 after 71 hours objects are still mastered there")
w.later(2 * HOUR)
same((w.get("user", ada, "onPremisesSyncEnabled", "onPremisesImmutableId"), w.get("group", team, "onPremisesSyncEnabled")),
     ((False, A("ada")), False), "T8.2 after 72 hours they are the cloud's; anchors stay")
same(w.all("PATCH", "/users/" + ada, {"jobTitle": "Own"})[0], 204, "T8.2 and may be written")
w.options(turnOnSeconds=2 * HOUR)
same(organisation(w.t, True)[0], 204, "T8.2 turned on again, which may take hours")
f = refused(w.c.read_back)
ok(f is not None and "not yet activated" in f.text, "T8.2 not yet", f)
w.later(3 * HOUR)
same(len(w.c.read_back(full=True)[0]) > 0, True, "T8.2 and then it is on")
w.features(NEW | BLOCK_HARD)
same(name_of(w.user(A("ada"), "ada")), "InvalidHardMatch", "T8.2 T2.2 users that were let go of are users of the cloud")
w.features(NEW)
same((id_of(w.user(A("ada"), "ada", title="Back")), w.get("user", ada, "jobTitle", "onPremisesSyncEnabled")),
     (ada, ("Back", True)), "T8.2 and are taken over by their anchors")
same((id_of(w.group(A("team"), "Team")), w.get("group", team, "onPremisesSyncEnabled")), (team, True),
     "T8.2 groups are linked as they were")

# ---- T11: groups ----

r = w.group(A("sec"), "Same name")
same(w.get("group", id_of(r), "securityEnabled", "mailEnabled", "mail"), (True, False, None), "T11.1 a security group")
r2 = w.group(A("sec2"), "Same name")
ok(id_of(r2) != id_of(r), "T11.1 display names need not differ")
same(len({w.get("group", id_of(i), "mailNickname") for i in (r, r2)}), 2, "T11.2 a token for an alias, each its own")
r = w.group(A("ms"), "Mail security", mail="ms" + AT)
same(w.get("group", id_of(r), "securityEnabled", "mailEnabled", "mail", "mailNickname"),
     (True, True, "ms" + AT, "ms"), "T11.1 a mail-enabled security group; T11.2 its alias is calculated")
r = w.group(A("dl"), "List", proxyAddresses=["SMTP:dl" + AT], securityEnabled=False, mailNickname="ownalias")
same(w.get("group", id_of(r), "securityEnabled", "mailEnabled", "mailNickname"), (False, True, "ownalias"),
     "T11.1 a distribution group; T11.2 the alias from there")
same(name_of(w.group(A("dl2"), "No address", securityEnabled=False)), "DataValidationFailed",
     "T11.1 a distribution group without an address is none")
same(name_of(w.put("Group", A("noname"), securityEnabled=True)), "DataValidationFailed", "T11.1 a group needs a name")
same([name_of(w.put("Group", A("dl"), proxyAddresses=None)), name_of(w.put("Group", A("ms"), displayName=None)),
      name_of(w.put("Group", A("sec2"), securityEnabled=False))], ["DataValidationFailed"] * 3,
     "T11.1 and what one needs cannot be taken away again")
same((name_of(w.put("Group", A("dl"), proxyAddresses=None, mail="other.dl" + AT)), w.get("group", id_of(r), "mail")),
     ("Success", "other.dl" + AT), "T11.1 only given another")
same((name_of(w.put("Group", A("ms"), mail=None)), name_of(w.put("Group", A("ms"), mail="ms" + AT))), ("Success",) * 2,
     "T11.1 a security group may lose its mail and get it again")
bare = id_of(w.group(A("bare"), "Bare", proxyAddresses=[], mail="", member=[], accountEnabled=True))
same(w.get("group", bare, "mailEnabled", "securityEnabled", "proxyAddresses"), (False, True, []),
     "T11.2 an empty list of addresses is none")
w.put("Group", A("bare"), proxyAddresses=["SMTP:bare@" + DOMAIN])
same(w.get("group", bare, "mailEnabled", "mail"), (True, "bare@" + DOMAIN), "T11.2 one makes it a mail group")
w.put("Group", A("bare"), proxyAddresses=[])
same(w.get("group", bare, "mailEnabled", "mail", "proxyAddresses"), (False, None, []), "T11.2 and an empty list takes it away")
outer = id_of(w.group(A("outer"), "Outer", member=[A("inner"), A("sec"), A("ada")]))
seen = lambda: sorted(m["id"] for m in w.all("GET", "/groups/%s/members" % outer)[1]["value"])
inner_gone = seen()
inner = id_of(w.group(A("inner"), "Inner"))
ok(inner not in inner_gone and len(inner_gone) == 2 and inner in seen(), "T11.3 who is not here yet appears on arrival")
o = [o for o in w.c.read_back(full=True)[0] if o["SourceAnchor"] == A("outer")][0]
same(sorted(o["member"]), sorted([A("inner"), A("sec"), A("ada")]), "T11.3 nested groups are kept")
w.put("Group", A("outer"), member=[A("sec")])
same(len(seen()), 1, "T11.3 Set of members replaces them")
w.put("Group", A("outer"), two=True, member=changes(add=[A("ada"), A("later")], remove=[A("sec")]))
same(seen(), [ada], "T11.3 changes of members, one of them not here yet")
later = id_of(w.user(A("later"), "later"))
same(seen(), sorted([ada, later]), "T11.3 who then arrives")
for attr, value in (("groupTypes", ["Unified"]), ("membershipRule", "x"), ("isAssignableToRole", True)):
    same(name_of(w.group(A("t114"), "No", **{attr: value})), "InvalidAttribute", "T11.4 no %s from there" % attr)

# ---- Public folders: an address that is known, and that Graph does not show ----

folder = lambda a, **attrs: w.put("PublicFolder", A(a), **dict({"displayName": "Folder", "mail": a + AT}, **attrs))
r = folder("pf", msExchRecipientTypeDetails=2, msExchTransportRecipientSettingsFlags=1)
pf = id_of(r)
same((name_of(r), r["CloudAnchor"].startswith("PublicFolder_"), id_of(folder("pf", displayName="Another"))),
     ("Success", True, pf), "folder: made, and linked by its anchor")
o = [o for o in w.c.read_back(full=True)[0] if o["SourceAnchor"] == A("pf")][0]
same((o["type"], o["displayName"], o["mail"], o["msExchTransportRecipientSettingsFlags"]), ("PublicFolder", "Another", "pf" + AT, 1),
     "folder: read back as it was exported")
same(([w.all("GET", p)[0] for p in ("/publicFolders", "/publicFolders/" + pf, "/directoryObjects/" + pf, "/contacts/" + pf)],
      w.all("POST", "/directoryObjects/getByIds", {"ids": [pf]})[1]["value"]), ([404] * 4, []),
     "folder: Graph knows nothing of it")
same((name_of(folder("pf", shoeSize="X")), name_of(folder("pf2", mail="none"))), ("InvalidAttribute", "DataValidationFailed"),
     "folder: attributes and values that it cannot have")
r = w.user(A("pfu"), "pfu", proxyAddresses=["SMTP:pfu" + AT, "smtp:pf" + AT])
same(w.errors("user", id_of(r)), [("ProxyAddresses", "smtp:pf" + AT)], "folder: its address is nobody else's")
group = id_of(w.group(A("pfg"), "With a folder", member=[A("pf"), A("pf3"), A("ada")]))
folder("pf3")
same([m["id"] for m in w.all("GET", "/groups/%s/members" % group)[1]["value"]], [ada], "folder: nor is it a member that is shown, whoever came first")
cookie = w.c.read_back(full=True)[1]
same((name_of(w.delete("PublicFolder", A("pf"))), w.errors("user", id_of(r))), ("Success", []), "folder: deleted at once, the address free")
same([(o["type"], o["op"]) for o in w.c.read_back(cookie)[0] if o["SourceAnchor"] == A("pf")], [("PublicFolder", "Delete")],
     "folder: which a delta tells")
ok(id_of(folder("pf")) != pf, "folder: nothing of it is restored")

# ---- T12: devices ----

GUID = bytes(range(16))
D = g.base64.b64encode(GUID).decode()
dev = {"displayName": "PC1", "deviceId": GUID, "deviceTrustType": "ServerAd", "deviceOSType": "Windows",
       "deviceOSVersion": "10.0 (22631)", "userCertificate": [b"\x30"], "accountEnabled": True,
       "onPremiseSecurityIdentifier": bytes([1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 7, 0, 0, 0])}
r = w.put("Device", D, **dev)
same(w.get("device", id_of(r), "deviceId", "trustType", "operatingSystem", "operatingSystemVersion", "accountEnabled",
           "onPremisesSecurityIdentifier", "registrationDateTime", "onPremisesSyncEnabled"),
     ("03020100-0504-0706-0809-0a0b0c0d0e0f", "ServerAd", "Windows", "10.0 (22631)", True, "S-1-5-21-7", None, True),
     "T12 a hybrid device, pending")
for missing in ("userCertificate", "deviceId"):
    r = w.put("Device", A("d2"), **{k: v for k, v in dict(dev, deviceId=bytes(15) + b"\1").items() if k != missing})
    same(name_of(r), "DataValidationFailed", "T12 needs " + missing)
same([name_of(w.put("Device", D, userCertificate=None)), name_of(w.put("Device", D, userCertificate=[])),
      name_of(w.put("Device", D, deviceId=None))], ["DataValidationFailed"] * 3, "T12 what it needs cannot be taken away")
same(name_of(w.put("Device", D, userCertificate=[b"\x30", b"\x31"])), "Success", "T12 another certificate may come")
ID, when = w.get("device", id_of(r := w.put("Device", D)), "deviceId"), lambda: w.get("device", id_of(r), "registrationDateTime")
shows = lambda octets, id=None: w.t.admin("POST", "register", {
    "deviceId": id or ID, "certificate": g.base64.b64encode(octets).decode()})
ok("error" in shows(b"\x32") and "error" in shows(b"\x31", "00000000-0000-0000-0000-000000000000") and when() is None,
   "T12 it does not register itself with a certificate that it has not")
same((shows(b"\x31"), (when() or "").endswith("Z")), ({}, True), "T12 with one of its own it does, and is pending no more")
since = when()
w.put("Device", D, displayName="PC one")
same((shows(b"\x30"), when()), ({}, since), "T12 and stays so")
w.put("Device", D, accountEnabled=False, deviceOSVersion="11")
same(w.get("device", id_of(w.put("Device", D)), "accountEnabled", "operatingSystemVersion"), (False, "11"),
     "T12 and is changed")
member = id_of(w.group(A("pcs"), "PCs", member=[D]))
same(len(w.all("GET", "/groups/%s/members" % member)[1]["value"]), 1, "T12 a device is a member")
same(name_of(w.delete("Device", D)), "Success", "T12 without certificates there it is deleted")
same(w.all("GET", "/groups/%s/members" % member)[1]["value"], [], "T12 and gone")
g.done()

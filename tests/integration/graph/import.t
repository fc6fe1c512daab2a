#!/usr/bin/env python3
"""A full import: every kind of object, pages, members, a busy peer, a broken one."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from graph_tenant import Tenant, ok, same, done, source, dn  # noqa: E402

USERS, MEMBERS = 2100, 1300
t = Tenant()
users = [{"userPrincipalName": "u%d@contoso.test" % i, "displayName": "User %d" % i, "mailNickname": "u%d" % i,
          "accountEnabled": True, "passwordProfile": {"password": "Secret-%d-xY" % i}} for i in range(USERS)]
for u in users[1:500]:
    u["manager"] = "u0@contoso.test"
users[7].update(onPremisesImmutableId=source("seven"), department="Ops", businessPhones=["+1 7"],
                onPremisesExtensionAttributes={"extensionAttribute3": "three"})
users[8]["onPremisesSyncEnabled"] = True
t.load({
    "users": users,
    "contacts": [{"displayName": "Extern", "mail": "extern@else.test",
                  "proxyAddresses": ["SMTP:extern@else.test"]}],
    "devices": [{"displayName": "WS01", "accountEnabled": True, "operatingSystem": "Windows",
                 "operatingSystemVersion": "10", "deviceId": "a3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf"}],
    "groups": [
        {"displayName": "Inner", "mailNickname": "inner", "mailEnabled": False, "securityEnabled": True,
         "members": ["u1@contoso.test"]},
        {"displayName": "Big", "mailNickname": "big", "mailEnabled": False, "securityEnabled": True,
         "members": ["u%d@contoso.test" % i for i in range(MEMBERS)] + ["Inner", "WS01"]},
        {"displayName": "Team", "mailNickname": "team", "mailEnabled": True, "securityEnabled": False,
         "groupTypes": ["Unified"], "mail": "team@contoso.test"}]
    + [{"displayName": "Small %d" % i, "mailNickname": "small%d" % i, "mailEnabled": False, "securityEnabled": True,
        "members": ["u%d@contoso.test" % i]} for i in range(230)],
})
t.start()
got = t.objects()
kinds = [o["type"] for o in got.values()]
same({k: kinds.count(k) for k in set(kinds)}, {"user": USERS, "group": 233, "contact": 1, "device": 1},
     "everything that is there came, each once")
same(set(got), {"%s_%s" % (kind, i) for kind, path in
                (("User", "/users"), ("Group", "/groups"), ("Contact", "/contacts"), ("Device", "/devices"))
                for i in t.all(path + "?$select=id&$top=999")}, "with the anchors that the directory gave")
by_upn = {o["attrs"]["userPrincipalName"][0]: o for o in got.values() if o["type"] == "user"}
by_name = {o["attrs"]["displayName"][0]: o for o in got.values()}

seven = by_upn["u7@contoso.test"]
same(seven["dn"], dn("seven"), "a DN is made from the source anchor")
same({k: seven["attrs"].get(k) for k in ("department", "businessPhones", "extensionAttribute3", "accountEnabled",
                                         "onPremisesImmutableId", "city")},
     {"department": ["Ops"], "businessPhones": ["+1 7"], "extensionAttribute3": ["three"], "accountEnabled": [True],
      "onPremisesImmutableId": [source("seven")], "city": None}, "properties of each form come flat")
same(seven["attrs"]["manager"], [{"ref": by_upn["u0@contoso.test"]["anchor"]}], "the manager comes by anchor")
same(by_upn["u9@contoso.test"]["dn"], "CN=" + by_upn["u9@contoso.test"]["anchor"], "else from the anchor")
same(by_upn["u8@contoso.test"]["attrs"]["onPremisesSyncEnabled"], [True], "who is mastered elsewhere is told")
same(sum("manager" in o["attrs"] for o in got.values()), 499, "every manager came")
members = {m["ref"] for m in by_name["Big"]["attrs"]["members"]}
same(members, {by_upn["u%d@contoso.test" % i]["anchor"] for i in range(MEMBERS)}
     | {by_name["Inner"]["anchor"], by_name["WS01"]["anchor"]}, "members over several pages, with groups and devices")
ok(all(by_name["Small %d" % i]["attrs"]["members"] == [{"ref": by_upn["u%d@contoso.test" % i]["anchor"]}]
       for i in range(230)), "members of many groups")
same(by_name["Team"]["attrs"]["groupTypes"], ["Unified"], "kinds of groups are told apart")


def again(name):
    fresh = t.objects()
    ok(fresh == got, name, "%d objects, not %d" % (len(fresh), len(got)))
    t.admin("DELETE", "faults")


t.fault(kind="status", status=429, retryAfter=1, path="/users", skip=1, count=2)
again("429 with Retry-After is waited for")
t.fault(kind="status", status=503, path="/groups", skip=1, count=2)
again("503 is tried again")
t.fault(kind="status", status=429, retryAfter=1, scope="item", path="/members", skip=5, count=3)
again("throttled items of a batch are asked for again")
t.fault(kind="half", path="/users", skip=2, count=1)
again("a page cut short is read again")
t.fault(kind="close", path="/users", skip=3, count=2)
again("a lost connection is made again")
t.fault(kind="close", path="$batch", skip=1, count=1)
again("a lost batch is sent again")


def broken(name, pattern, **fault):
    t.fault(count=100000, **fault)
    rc, entries, err = t.probe("import")
    ok(rc == 1 and pattern in err, name, "exit %d, %d entries: %s" % (rc, len(entries), err))
    t.admin("DELETE", "faults")


broken("a page that stays broken is an error, not an end", "/users", kind="half", path="/users", skip=2)
broken("members that stay away are an error, not none", "/members", kind="status", status=500, scope="item",
       path="/members")
done()

#!/usr/bin/env python3
"""What an add meets in the cloud: adoption, and every refusal by its name."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from graph_tenant import Tenant, ok, same, done, source, user  # noqa: E402


def cloud(name, **more):
    u = {"userPrincipalName": name + "@contoso.test", "displayName": name, "mailNickname": name, "accountEnabled": True,
         "passwordProfile": {"password": "Secret-xY-123"}}
    u.update(more)
    return u


t = Tenant()
t.load({
    "users": [
        cloud("byname", department="Kept"), cloud("mailbox", mail="by.mail@contoso.test"), cloud("proxy"),
        cloud("taken", onPremisesImmutableId=source("another")), cloud("admin"), cloud("member"),
        cloud("synced", onPremisesSyncEnabled=True), cloud("hard", onPremisesImmutableId=source("hard")),
        cloud("hardsynced", onPremisesImmutableId=source("hardsynced"), onPremisesSyncEnabled=True),
        cloud("one"), cloud("two", mail="two.mail@contoso.test"), cloud("o'brien", mailNickname="obrien"),
    ],
    "contacts": [{"displayName": "Extern", "mail": "extern@contoso.test",
                  "proxyAddresses": ["SMTP:extern@contoso.test"]}],
    "groups": [
        {"displayName": "Admins", "mailNickname": "admins", "mailEnabled": False, "securityEnabled": True,
         "isAssignableToRole": True, "members": ["admin@contoso.test"]},
        {"displayName": "Plain", "mailNickname": "plain", "mailEnabled": False, "securityEnabled": True,
         "members": ["member@contoso.test"]},
        {"displayName": "List", "mailNickname": "list", "mailEnabled": True, "securityEnabled": False,
         "mail": "list@contoso.test", "proxyAddresses": ["SMTP:list@contoso.test"]}],
})
t.start()
cloud_users = {o["userPrincipalName"].split("@")[0]: o["id"] for o in t.all("/users?$top=999").values()}
items = {
    "byname": user("byname", userPrincipalName="ByName@contoso.test", city="Rome"),
    "mailbox": user("newname", mail="BY.MAIL@contoso.test"),
    "hard": user("hard", city="Rome"),
    "member": user("member"),
    "o'brien": user("obrien", userPrincipalName="o'brien@contoso.test"),
    "taken": user("taken"),
    "admin": user("admin"),
    "synced": user("synced"),
    "hardsynced": user("hardsynced"),
    "contact": user("ext", mail="extern@contoso.test"),
    "list": user("lst", mail="list@contoso.test"),
    "both": user("one", mail="two.mail@contoso.test"),
    "new": user("new", mail="new.mail@contoso.test"),
}
got = dict(zip(items, t.export(list(items.values()))))


def adopted(name, text):
    same((got[name]["status"], got[name]["anchor"], got[name]["adopted"]),
         ("done", "User_" + cloud_users[name], True), text)


def refused(name, error, text):
    same((got[name]["status"], got[name].get("error")), ("error", error), text)


adopted("byname", "a user with the same name is adopted")
o = t.graph("GET", "/users/%s?$select=onPremisesImmutableId,city,department,displayName" % cloud_users["byname"])[1]
same((o["onPremisesImmutableId"], o["city"], o["department"]), (source("byname"), "Rome", "Kept"),
     "and gets the source anchor; what is not written stays")
adopted("mailbox", "a user with the same mail address is adopted")
same(t.graph("GET", "/users/%s?$select=userPrincipalName" % cloud_users["mailbox"])[1]["userPrincipalName"],
     "newname@contoso.test", "and is renamed")
adopted("hard", "a user with the same source anchor is ours")
adopted("member", "a member of plain groups is adopted")
adopted("o'brien", "a quote in a name is no trouble")
refused("taken", "InvalidSoftMatch", "a user with another source anchor is not adopted")
refused("admin", "ExistingAdminRoleConflict", "a user who can hold a role is not adopted")
refused("synced", "InvalidSoftMatch", "a user mastered elsewhere is not adopted")
refused("hardsynced", "permission-issue", "nor one with our source anchor")
refused("contact", "ObjectTypeMismatch", "the address of a contact")
refused("list", "ObjectTypeMismatch", "the address of a group")
refused("both", "AttributeValueMustBeUnique", "name and address of two users")
same((got["new"]["status"], got["new"]["adopted"]), ("done", False), "who meets nobody is made")
o = t.all("/users?$select=id,userPrincipalName,onPremisesImmutableId&$top=999")
same({n: o[cloud_users[n]].get("onPremisesImmutableId") for n in ("taken", "admin", "synced", "one", "two")},
     {"taken": source("another"), "admin": None, "synced": None, "one": None, "two": None},
     "who was refused is as before")
same(len(o), 13, "one new user")
many = t.export([user("many%d" % i, mail="many%d@contoso.test" % i) for i in range(60)])
same([r["status"] for r in many], ["done"] * 60, "60 more, looked for by 14 in a filter")
ok(t.counts()["items"] < 400, "with few requests", t.counts())
done()

#!/usr/bin/env python3
# tests/lib/forest_schema.py -- what a mail system adds to a forest's schema.
#
#   forest_schema.py DOMAIN-DN attributes|classes > schema.ldif
#
# Attributes by the names that rules read, for ldbmodify: "attributes" first,
# then "classes", which lets objects have them.  The OIDs are of the arc that
# everybody may make OIDs of his own in.
import sys

TEXT, INTEGER, LARGE = ("2.5.5.12", 64), ("2.5.5.9", 2), ("2.5.5.16", 65)
BOOLEAN, OCTETS, SID, DN = ("2.5.5.8", 1), ("2.5.5.10", 4), ("2.5.5.17", 4), ("2.5.5.1", 127)
ARC = "1.2.840.113556.1.8000.2554.2718.28182.84590.45235.36028.7471352.6624977"

# name, syntax, classes
ATTRIBUTES = [
    ("mailNickname", TEXT, "user contact group"),
    ("targetAddress", TEXT, "user contact"),
    ("msExchMasterAccountSid", SID, "user"),
    ("msExchRecipientTypeDetails", LARGE, "user contact group"),
    ("msExchMailboxGuid", OCTETS, "user"),
    ("msExchUsageLocation", TEXT, "user"),
    ("msExchHideFromAddressLists", BOOLEAN, "user contact group"),
    ("msExchRecipientDisplayType", INTEGER, "user contact group"),
    ("msExchSafeSendersHash", OCTETS, "user"),
    ("msDS-ExternalDirectoryObjectId", TEXT, "user"),
    *(("extensionAttribute%d" % i, TEXT, "user contact group") for i in (1, 15)),
    ("publicDelegates", DN, "user"),
]
CLASSES = {"user": "User", "contact": "Contact", "group": "Group"}
UPDATE = "dn:\nchangetype: modify\nreplace: schemaUpdateNow\nschemaUpdateNow: 1\n"


def attribute(i, name, syntax, base):
    return (f"dn: CN=Test-{name},{base}\nchangetype: add\nobjectClass: top\nobjectClass: attributeSchema\n"
            f"lDAPDisplayName: {name}\nattributeID: {ARC}.{i}\nattributeSyntax: {syntax[0]}\n"
            f"oMSyntax: {syntax[1]}\n" +
            ("oMObjectClass:: KwwCh3McAIVK\nisSingleValued: FALSE\n" if syntax == DN else "isSingleValued: TRUE\n"))


def may_contain(name, base):
    names = [n for n, _, classes in ATTRIBUTES if name in classes.split()]
    return (f"dn: CN={CLASSES[name]},{base}\nchangetype: modify\nadd: mayContain\n" +
            "".join(f"mayContain: {n}\n" for n in names))


base = "CN=Schema,CN=Configuration," + sys.argv[1]
if sys.argv[2] == "attributes":
    parts = [attribute(i, n, syntax, base) for i, (n, syntax, _) in enumerate(ATTRIBUTES, 1)]
else:
    parts = [may_contain(c, base) for c in CLASSES]
print("\n".join(parts))

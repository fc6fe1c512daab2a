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
OR_NAME = ("2.5.5.7", 127)  # of a mail system: a DN for those who read it
DN_BINARY = ("2.5.5.7", 127, "octets with a name")
OBJECT_CLASS = {DN: "KwwCh3McAIVK", OR_NAME: "VgYBAgULHQ==", DN_BINARY: "KoZIhvcUAQEBCw=="}
LINKS = {"msDS-KeyCredentialLink": 2220}  # as Windows Server 2016 has it
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
    ("msDS-KeyCredentialLink", DN_BINARY, "user"),
]
CLASSES = {"user": "User", "contact": "Contact", "group": "Group"}
UPDATE = "dn:\nchangetype: modify\nreplace: schemaUpdateNow\nschemaUpdateNow: 1\n"


def schema_of(domain_dn):
    return "CN=Schema,CN=Configuration," + domain_dn


def attribute(i, name, syntax, base, single=True):
    """An add; the i-th OID of our own."""
    return (f"dn: CN=Test-{name},{base}\nchangetype: add\nobjectClass: top\nobjectClass: attributeSchema\n"
            f"lDAPDisplayName: {name}\nattributeID: {ARC}.{i}\nattributeSyntax: {syntax[0]}\n"
            f"oMSyntax: {syntax[1]}\n" + (f"oMObjectClass:: {OBJECT_CLASS[syntax]}\n" if syntax in OBJECT_CLASS else "") +
            (f"linkID: {LINKS[name]}\n" if name in LINKS else "") +
            ("isSingleValued: TRUE\n" if single else "isSingleValued: FALSE\n"))


def may_contain(cn, names, base):
    """A modify: objects of the class may have these."""
    return (f"dn: CN={cn},{base}\nchangetype: modify\nadd: mayContain\n" +
            "".join(f"mayContain: {n}\n" for n in names))


def main():
    base = schema_of(sys.argv[1])
    if sys.argv[2] == "attributes":
        parts = [attribute(i, n, syntax, base, syntax not in (DN, DN_BINARY)) for i, (n, syntax, _) in enumerate(ATTRIBUTES, 1)]
    else:
        parts = [may_contain(cn, [n for n, _, classes in ATTRIBUTES if c in classes.split()], base)
                 for c, cn in CLASSES.items()]
    print("\n".join(parts))


if __name__ == "__main__":
    main()

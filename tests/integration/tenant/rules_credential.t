#!/usr/bin/env python3
"""Password hashes: what is taken, who signs in by it, and what becomes of the
cloud's own policies."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sync_rules import *

w = World()
A = g.source
AT = "@" + DOMAIN
DONE, FAILED, NO_USER, CLOUD_ONLY, INVALID = "0", "1", "2", "3", "4"
# password, salt, what is derived of it: worked out apart from this program
VECTORS = (
    ("password", "00112233445566778899", "9ffb6cdb25b9bf88f869082fcb5bc58a7ec0c5d317b126a8ab4ec316c053cd11"),
    ("password", "b477124de54c2030378f", "4c4243e74323445464bdecff0b09d777f8d98794b554b6ba518e9b51f6aace6c"),
    ("Passw0rd.2", "317ee9d1dec6508fa510", "6f172919b559f9e5fe68e911707c687d11374699b66a3895d3e21e232d984e28"),
    ("Gr\u00fc\u00dfe\u20ac\U0001d11e \u03a9", "0a0b0c0d0e0f10111213",
     "04e2771aae0f3b067326e306fac951bc61b9e398c3778598229957640d7d53e6"),
    ("password", "000102030405060708090a0b0c0d0e0f", "de3fc1960bc782600d2e1b6e6efab8e8f9fa7cbaafc854695668b0efd8e55fde"),
)
blob = lambda salt, key, count="1000": "v1;PPH1_MD4,%s,%s,%s;" % (salt, count, key)
GOOD = blob(*VECTORS[0][1:])


def put(anchor, data, force=False):
    r = w.c.call("ProvisionCredentials", E("request", E("b:RequestItems", E(
        "b:SyncCredentialsChangeItem", E("b:ChangeDate", "2025-01-02T03:04:05Z"), E("b:CredentialData", data),
        E("b:ForcePasswordChangeOnLogon", str(force).lower()), E("b:SourceAnchor", anchor))),
        xmlns__b=CRED, xmlns__i=XSI))
    return text(r, "Result")


def policy(id):
    return w.get("user", id, "passwordPolicies")


w.features(NEW | 1)
ada = id_of(w.user(A("ada"), "ada"))
same(w.signs_in("ada" + AT, "password"), [50126], "who has no password does not sign in")

# ---- The hash ----

for n, (password, salt, key) in enumerate(VECTORS):
    same((put(A("ada"), blob(salt, key)), w.signs_in("ada" + AT, password), w.signs_in("ada" + AT, password + "x")),
         (DONE, "ada" + AT, [50126]), "hash %d: the password signs in, another does not" % (n + 1))
same((put(A("ada"), blob(VECTORS[0][1].upper(), VECTORS[0][2].upper())), w.signs_in("ada" + AT, "password")),
     (DONE, "ada" + AT), "its digits in any case")
salt, key = VECTORS[0][1:]
for what, data in (("no head", GOOD[3:]), ("another kind", GOOD.replace("PPH1_MD4", "PPH2")), ("no end", GOOD[:-1]),
                   ("something behind", GOOD + "x"), ("a salt of seven octets", blob(salt[:14], key)),
                   ("a salt of thirty-three", blob("00" * 33, key)), ("half an octet", blob(salt + "a", key)),
                   ("no digits", blob("zz" * 10, key)), ("a short key", blob(salt, key[:62])), ("no count", blob(salt, key, "")),
                   ("a count of eight digits", blob(salt, key, "10000000")), ("none at all", blob(salt, key, "0")),
                   ("less than none", blob(salt, key, "-1")), ("nothing", "")):
    got = put(A("ada"), data)
    ok(got == INVALID, "a hash with %s is refused" % what, got)
same(w.signs_in("ada" + AT, "password"), "ada" + AT, "and the one before stays")
same([put(A("ada"), blob("ab" * n, key)) for n in (8, 32)], [DONE, DONE], "salts of eight and thirty-two octets are taken")
same(put(A("nobody"), GOOD), NO_USER, "a user who is not there yet")
r = w.user(A("nobody"), "nobody")
same((put(A("nobody"), GOOD), w.signs_in("nobody" + AT, "password")), (DONE, "nobody" + AT), "and then is")
w.delete("User", A("nobody"))
same((put(A("nobody"), GOOD), w.signs_in("nobody" + AT, "password")), (NO_USER, [50126]), "nor one that is deleted")
w.user(A("nobody"), "nobody")
same(w.signs_in("nobody" + AT, "password"), "nobody" + AT, "who is restored has his password again")
by_cloud = lambda id: text(w.c.call("ProvisionCredentials", E("request", E("b:RequestItems", E(
    "b:SyncCredentialsChangeItem", E("b:CloudAnchor", id), E("b:CredentialData", GOOD))), xmlns__b=CRED, xmlns__i=XSI)), "Result")
carl = id_of(w.user(A("carl"), "carl"))
same((by_cloud("User_" + carl), w.signs_in("carl" + AT, "password")), (DONE, "carl" + AT), "by the anchor of the cloud")
same([by_cloud(x) for x in ("Group_" + carl, "User_00000000-0000-4000-8000-000000000000", "carl")], [NO_USER] * 3,
     "an anchor of the cloud that is none of a user")

# ---- A password that an administrator sets ----

reset = lambda **more: w.all("PATCH", "/users/" + carl, {"passwordProfile": dict({"password": "Set-by-Graph-9"}, **more)})[0]
same((reset(), w.signs_in("carl" + AT, "password"), w.signs_in("carl" + AT, "Set-by-Graph-9")), (204, [50126], "carl" + AT),
     "reset: it is the one that signs in")
same((reset(forceChangePasswordNextSignIn=True), w.signs_in("carl" + AT, "Set-by-Graph-9")), (204, [50055]),
     "reset: to be changed at once, where that is said")
same((put(A("carl"), GOOD), w.signs_in("carl" + AT, "Set-by-Graph-9"), w.signs_in("carl" + AT, "password")),
     (DONE, [50126], "carl" + AT), "reset: until one comes from there again")

# ---- Policies of the cloud ----

bob = id_of(w.user(A("bob"), "bob"))
same(policy(bob), None, "policy: before the first hash nothing is said")
put(A("bob"), GOOD)
same(policy(bob), "DisablePasswordExpiration", "policy: what comes from there does not expire here")
w.features(NEW | 1 | 512)
eve = id_of(w.user(A("eve"), "eve"))
put(A("eve"), GOOD)
same((policy(eve), policy(bob)), ("None", "DisablePasswordExpiration"), "policy: unless the cloud's own is to hold")
put(A("bob"), GOOD)
same(policy(bob), "None", "policy: which begins with the next change")
w.all("PATCH", "/users/" + bob, {"passwordPolicies": "DisableStrongPassword"})
w.features(NEW | 1)
put(A("bob"), GOOD)
same(policy(bob), "DisablePasswordExpiration, DisableStrongPassword", "policy: what else was said stays")

# ---- To be changed at the next sign-in ----

same((put(A("eve"), GOOD, force=True), w.signs_in("eve" + AT, "password")), (DONE, "eve" + AT),
     "force: not where that is not switched on")
w.features(NEW | 1 | 16384)
same((put(A("eve"), GOOD, force=True), w.signs_in("eve" + AT, "password"), w.signs_in("eve" + AT, "other")),
     (DONE, [50055], [50126]), "force: with it the password is good for being changed alone")
same((put(A("eve"), GOOD), w.signs_in("eve" + AT, "password")), (DONE, "eve" + AT), "force: until the next one")
g.done()

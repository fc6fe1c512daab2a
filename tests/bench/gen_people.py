#!/usr/bin/env python3
# tests/bench/gen_people.py -- N generated people and groups as LDIF for slapd.
#
#   gen_people.py PEOPLE [GROUPS [MEMBERS]] > people.ldif
#
# The same arguments give the same output on every machine.  About 25
# attributes and 1.3 KB a person, a manager for everyone but the first, group
# g00000 has everybody where GROUPS is given with a leading "+" ("+100").
import base64
import random
import sys

SUFFIX = "dc=example,dc=com"
GIVEN = ["Anna", "Bruno", "Chloé", "David", "Eva", "Fátima", "Greta", "Hugo",
         "Ines", "Jürgen", "Karin", "Leo", "Mia", "Nils", "Olga", "Paul"]
FAMILY = ["Smith", "Müller", "García", "Rossi", "Novák", "Johansson", "Dubois",
          "Kowalski", "Nguyen", "Okafor", "Tanaka", "Silva", "Ivanov", "O'Brien"]
CITIES = ["London", "Paris", "Berlin", "Oslo", "Madrid", "Kraków", "Lisboa"]


def line(name, value):
    value = str(value)
    if value.isascii():
        return f"{name}: {value}\n"
    return f"{name}:: {base64.b64encode(value.encode()).decode()}\n"


def person_dn(i):
    return f"uid=u{i:07d},ou=People,{SUFFIX}"


def person(i, rnd):
    given, family = rnd.choice(GIVEN), rnd.choice(FAMILY)
    uid = f"u{i:07d}"
    pairs = [
        ("uid", uid), ("cn", f"{given} {family} {i}"), ("sn", family),
        ("givenName", given), ("displayName", f"{given} {family}"),
        ("mail", f"{uid}@example.com"),
        ("telephoneNumber", f"+1 555 {i % 10000:04d} {i // 10000:03d}"),
        ("mobile", f"+1 777 {i % 10000:04d} {i // 10000:03d}"),
        ("facsimileTelephoneNumber", f"+1 888 {i % 10000:04d} 000"),
        ("title", f"Engineer level {i % 9}"),
        ("departmentNumber", f"D{i % 300:03d}"),
        ("employeeNumber", 1000000 + i),
        ("employeeType", "staff" if i % 7 else "contractor"),
        ("street", f"{i % 999} Example Road"), ("l", CITIES[i % len(CITIES)]),
        ("st", f"State{i % 50}"), ("postalCode", 10000 + i % 89999),
        ("roomNumber", f"{i % 20}-{i % 400}"), ("preferredLanguage", "en"),
        ("description", f"Generated person {uid} {'x' * (i % 40)}"),
        ("o", "Example"), ("ou", "People"), ("carLicense", f"EX-{i}"),
    ]
    out = [f"dn: {person_dn(i)}\nobjectClass: inetOrgPerson\n"]
    out += [line(n, v) for n, v in pairs]
    if i:
        out.append(f"manager: {person_dn(i // 10)}\n")
    return "".join(out) + "\n"


def group(g, members):
    head = (f"dn: cn=g{g:05d},ou=Groups,{SUFFIX}\nobjectClass: groupOfNames\n"
            f"cn: g{g:05d}\ndescription: group {g}\n")
    return head + "".join(f"member: {m}\n" for m in members) + "\n"


def main(argv):
    people = int(argv[1])
    groups = int(argv[2]) if len(argv) > 2 else people // 100
    per_group = int(argv[3]) if len(argv) > 3 else 20
    everybody = len(argv) > 2 and argv[2].startswith("+")
    rnd = random.Random(7)
    out = sys.stdout
    out.write(f"dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\n"
              "dc: example\no: Example\n\n")
    for ou in ("People", "Groups"):
        out.write(f"dn: ou={ou},{SUFFIX}\nobjectClass: organizationalUnit\nou: {ou}\n\n")
    for i in range(people):
        out.write(person(i, rnd))
    for g in range(groups):
        if g == 0 and everybody:
            chosen = range(people)
        else:
            chosen = rnd.sample(range(people), min(per_group, people))
        out.write(group(g, [person_dn(i) for i in chosen]))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="ascii")
    main(sys.argv)

#!/usr/bin/env python3
# tests/lib/populate.py -- a company for a Samba forest, as LDIF for ldbadd.
#
#   populate.py DOMAIN-DN [USERS [GROUPS [BIG]]] > company.ldif
#
# Default: 6,000 users, 200 groups, one of them with 5,000 members.  The same
# arguments give the same output on every machine.
#
#   OU=Staff      users in ten departments, each with a manager but the first
#   OU=Partners   contacts (one for a hundred users) and inetOrgPersons (ten)
#   OU=Groups     groups; from the hundredth on each also holds the group
#                 before it (a chain), the last one is BigGroup
#   OU=Service    users that a sync leaves out by its container (ten)
#
# Every fifteenth user is disabled.  Computers: five, in CN=Computers.
import base64
import sys

FAMILY = ["Smith", "Garcia", "Müller", "Nowak", "Ivanova", "Tanaka", "O'Brien",
          "Dubois", "Rossi", "Andersson"]
GIVEN = ["Anna", "Björn", "Carla", "David", "Eva", "Farid", "Grace", "Hiro",
         "Inès", "Jan"]
DEPARTMENTS = ["Sales", "Finance", "IT", "People", "Legal", "R&D", "Operations"]
CITIES = ["London", "Paris", "Berlin", "Oslo", "Madrid"]
PER_GROUP = 20
NORMAL, DISABLED = 512 | 32, 512 | 32 | 2


def line(name, value):
    value = str(value)
    if value.isascii() and value[:1] not in (" ", ":", "<"):
        return f"{name}: {value}\n"
    return f"{name}:: {base64.b64encode(value.encode()).decode()}\n"


def entry(dn, *pairs):
    sys.stdout.write(line("dn", dn) + "".join(line(n, v) for n, v in pairs) + "\n")


class Company:
    def __init__(self, domain_dn, users, groups, big):
        self.dn = domain_dn
        self.fqdn = ".".join(p[3:] for p in domain_dn.split(","))
        self.users, self.groups, self.big = users, groups, big

    def user_dn(self, i):
        return (f"CN={GIVEN[i // 10 % 10]} {FAMILY[i % 10]} {i:06d},"
                f"OU=Dept{i % 10},OU=Staff,{self.dn}")

    def containers(self):
        for ou in ("Staff", "Partners", "Groups", "Service"):
            entry(f"OU={ou},{self.dn}", ("objectClass", "organizationalUnit"))
        for d in range(10):
            entry(f"OU=Dept{d},OU=Staff,{self.dn}", ("objectClass", "organizationalUnit"))

    def user(self, i):
        given, family = GIVEN[i // 10 % 10], FAMILY[i % 10]
        name = f"u{i:06d}"
        pairs = [
            ("objectClass", "user"), ("sAMAccountName", name),
            ("userPrincipalName", f"{name}@{self.fqdn}"),
            ("sn", family), ("givenName", given),
            ("displayName", f"{given} {family} {i:06d}"),
            ("mail", f"{name}@{self.fqdn}"),
            ("proxyAddresses", f"SMTP:{name}@{self.fqdn}"),
            ("proxyAddresses", f"smtp:alias{i:06d}@{self.fqdn}"),
            ("telephoneNumber", f"+44 20 7{i:06d}"), ("mobile", f"+44 7700 {i:06d}"),
            ("title", f"Engineer {i % 17}"), ("department", DEPARTMENTS[i % 7]),
            ("company", "Causeway Test Ltd"), ("l", CITIES[i % 5]),
            ("c", "GB"), ("co", "United Kingdom"), ("countryCode", 826),
            ("postalCode", f"AB{i % 10000:04d}"),
            ("streetAddress", f"{i % 300} High Street"),
            ("physicalDeliveryOfficeName", f"Room {i % 400}"),
            ("employeeID", f"E{i:06d}"), ("employeeType", "FTE"),
            ("userAccountControl", DISABLED if i % 15 == 14 else NORMAL),
        ]
        if i:
            pairs.append(("manager", self.user_dn(i // 10)))
        entry(self.user_dn(i), *pairs)

    def others(self):
        for i in range(10):
            entry(f"CN=svc{i},OU=Service,{self.dn}", ("objectClass", "user"),
                  ("sAMAccountName", f"svc{i}"), ("userAccountControl", NORMAL))
            entry(f"CN=Guest {i},OU=Partners,{self.dn}", ("objectClass", "inetOrgPerson"),
                  ("sAMAccountName", f"guest{i}"), ("sn", f"Guest {i}"),
                  ("mail", f"guest{i}@partner.example"), ("userAccountControl", NORMAL))
        for i in range(self.users // 100):
            entry(f"CN=Contact {i:04d},OU=Partners,{self.dn}", ("objectClass", "contact"),
                  ("displayName", f"Contact {i:04d}"),
                  ("mail", f"contact{i:04d}@partner.example"))
        for i in range(5):
            entry(f"CN=PC{i},CN=Computers,{self.dn}", ("objectClass", "computer"),
                  ("sAMAccountName", f"PC{i}$"), ("userAccountControl", 4096))

    def group_dn(self, g):
        return f"CN=Group{g:04d},OU=Groups,{self.dn}"

    def group(self, g):
        members = sorted({(g * PER_GROUP + k) % self.users for k in range(PER_GROUP)})
        pairs = [("objectClass", "group"), ("sAMAccountName", f"group{g:04d}"),
                 ("groupType", "-2147483646"), ("description", f"Group {g}"),
                 ("displayName", f"Group {g:04d}")]
        if g % 10 == 0:
            pairs.append(("mail", f"group{g:04d}@{self.fqdn}"))
        pairs += [("member", self.user_dn(i)) for i in members]
        if g >= 100:
            pairs.append(("member", self.group_dn(g - 1)))
        entry(self.group_dn(g), *pairs)

    def write(self):
        self.containers()
        for i in range(self.users):
            self.user(i)
        self.others()
        for g in range(self.groups - 1):
            self.group(g)
        entry(f"CN=BigGroup,OU=Groups,{self.dn}", ("objectClass", "group"),
              ("sAMAccountName", "BigGroup"), ("groupType", "-2147483646"),
              ("displayName", "Big Group"),
              *[("member", self.user_dn(i)) for i in range(self.big)])


def main(argv):
    numbers = [int(a) for a in argv[2:]]
    users, groups, big = (numbers + [6000, 200, 5000][len(numbers):])[:3]
    Company(argv[1], users, groups, min(big, users)).write()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="ascii")
    main(sys.argv)

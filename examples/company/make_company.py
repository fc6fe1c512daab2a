#!/usr/bin/env python3
"""make_company.py -- an invented company as a directory would hold it.

Prints LDIF (RFC 2849) with the attributes that Active Directory has: about
1,000 people, 40 contacts, 60 groups.  The same seed gives the same bytes.
Some records are bad on purpose; --faults lists them.

  make_company.py > company.ldif                  the first day
  make_company.py --day2 > company.ldif           the same company a day later
  make_company.py --day2 --expect changes.json    and what a tenant must see
"""
import argparse
import base64
import hashlib
import json
import random
import struct
import sys
import uuid

DOMAIN = 'vanmark.example'
ROOT = 'DC=vanmark,DC=example'
CORP = 'OU=Vanmark,' + ROOT
FORMER = 'OU=Former staff,' + CORP
GROUPS = 'OU=Groups,' + CORP
CONTACTS = 'OU=Contacts,' + CORP
SERVICES = 'OU=Service accounts,' + CORP
SYSTEM = 'CN=Users,' + ROOT

# OU, city, state, country code, country, postal code, language, telephone
SITES = [
    ('Tallinn', 'Tallinn', 'Harju', 'EE', 'Estonia', '10111', 'et-EE', '+372 600 '),
    ('Kraków', 'Kraków', 'Małopolska', 'PL', 'Poland', '31-001', 'pl-PL', '+48 12 300 '),
    ('Lisboa', 'Lisboa', 'Lisboa', 'PT', 'Portugal', '1100-148', 'pt-PT', '+351 21 000 '),
    ('Tromsø', 'Tromsø', 'Troms', 'NO', 'Norway', '9008', 'nb-NO', '+47 770 0'),
    ('Osaka', 'Osaka', 'Osaka', 'JP', 'Japan', '530-0001', 'ja-JP', '+81 6 0000 '),
    ('Nairobi', 'Nairobi', 'Nairobi', 'KE', 'Kenya', '00100', 'en-KE', '+254 20 000 '),
]

# As written, and as it stands in an account name.
GIVEN = [
    ('Aino', 'aino'), ('Émile', 'emile'), ('Bjarke', 'bjarke'), ('Călina', 'calina'), ('Dagny', 'dagny'),
    ('Łucja', 'lucja'), ('Eskil', 'eskil'), ('Ферапонт', 'ferapont'), ('Gökçe', 'gokce'), ('Hanneke', 'hanneke'),
    ('Ísold', 'isold'), ('Jomo', 'jomo'), ('Kaspar', 'kaspar'), ('Λυδία', 'lydia'), ('Mwende', 'mwende'),
    ('Noor', 'noor'), ('Ömür', 'omur'), ('Pilar', 'pilar'), ('Quentin', 'quentin'), ('Řehoř', 'rehor'),
    ('Søren', 'soren'), ('Teuvo', 'teuvo'), ('Ülle', 'ulle'), ('Vasco', 'vasco'), ('Wanjiru', 'wanjiru'),
    ('Xenia', 'xenia'), ('Yasmin', 'yasmin'), ('Živa', 'ziva'), ('結衣', 'yui'), ('蓮', 'ren'),
    ('Amara', 'amara'), ('Benoît', 'benoit'), ('Ciarán', 'ciaran'), ('Dulce', 'dulce'), ('Ewa', 'ewa'),
    ('Faraji', 'faraji'), ('Greta', 'greta'), ('Håkon', 'hakon'), ('Inês', 'ines'), ('Jadwiga', 'jadwiga'),
]
SURNAMES = [
    ('Ashgrove', 'ashgrove'), ('Brzezowiak', 'brzezowiak'), ('Ćosakov', 'cosakov'), ('Dunmarrow', 'dunmarrow'),
    ('Elvestrand', 'elvestrand'), ('Fjordmark', 'fjordmark'), ('Gąsienik', 'gasienik'), ('Hallorensen', 'hallorensen'),
    ('Ilmarinta', 'ilmarinta'), ('Jõgeveste', 'jogeveste'), ('Kamandura', 'kamandura'), ('Lindqvarn', 'lindqvarn'),
    ('Mbarawiti', 'mbarawiti'), ('Ñandeiro', 'nandeiro'), ("O'Marlach", 'omarlach'), ('Pereirinha', 'pereirinha'),
    ('Quillfeather', 'quillfeather'), ('Ravnkilde', 'ravnkilde'), ('Søndergrav', 'sondergrav'), ('Tarvainola', 'tarvainola'),
    ('Üçgüler', 'ucguler'), ('Valdecampos', 'valdecampos'), ('Wąsowiecz', 'wasowiecz'), ('Воронцевич', 'vorontsevich'),
    ('山際', 'yamagiwa'), ('Zbrojewicz', 'zbrojewicz'), ('Þorvarr', 'thorvarr'), ('Őszhegyi', 'oszhegyi'),
    ('Δημαρίδης', 'dimaridis'), ('van der Meulick', 'vandermeulick'), ('Smythe-Örn', 'smythe-orn'), ('Kipsigat', 'kipsigat'),
]
DEPARTMENTS = [
    ('Ferry operations', ['Deck officer', 'Purser', 'Harbour agent', 'Duty manager', 'Engineer']),
    ('Shipyard', ['Welder', 'Naval architect', 'Planner', 'Quality inspector']),
    ('Finance', ['Accountant', 'Controller', 'Treasury analyst']),
    ('Information technology', ['Systems engineer', 'Service desk agent', 'Network engineer', 'Developer']),
    ('Sales & booking', ['Booking agent', 'Key account manager', 'Revenue analyst']),
    ('People', ['HR partner', 'Recruiter', 'Payroll specialist']),
    ('Research', ['Hydrodynamicist', 'Research fellow', 'Data scientist']),
]
LONG_DEPARTMENT = ('Office for the Coordination of Ballast Water Treatment, Anti-Fouling Coatings and '
                   'Hull Inspection in the Northern and Southern Waters')
PEOPLE = 1000


class Entry:
    """One object: its DN and its attributes in the order of writing."""

    def __init__(self, dn, classes, attrs, key):
        self.dn = dn
        self.attrs = {'objectClass': classes}
        self.attrs.update({k: v for k, v in attrs.items() if v not in (None, '', [])})
        # The GUID depends on the key alone, so that it outlives a rename.
        guid = bytearray(hashlib.sha256(b'vanmark guid ' + key.encode()).digest()[:16])
        guid[7] = guid[7] & 0x0f | 0x40
        guid[8] = guid[8] & 0x3f | 0x80
        self.key = key
        self.attrs['objectGUID'] = bytes(guid)

    @property
    def anchor(self):
        return base64.b64encode(self.attrs['objectGUID']).decode()

    def get(self, name):
        return self.attrs.get(name)

    def set(self, name, value):
        if value in (None, '', []):
            self.attrs.pop(name, None)
        else:
            self.attrs[name] = value

    def is_a(self, name):
        return name in self.attrs['objectClass']


def rdn_escape(text):
    out = ''.join('\\' + c if c in ',+"\\<>;=' else c for c in text)
    if out[:1] in (' ', '#'):
        out = '\\' + out
    return out


class Company:
    def __init__(self, seed):
        self.seed = seed
        self.random = random.Random(seed)
        self.entries = []
        self.by_key = {}
        self.faults = []
        self.rid = 1100
        self.names_taken = set()
        self.accounts_taken = set()

    # ---- Pieces ----

    def add(self, entry, sid=True):
        if sid:
            self.rid += 1
            entry.attrs['objectSid'] = bytes([1, 5, 0, 0, 0, 0, 0, 5]) + struct.pack(
                '<5I', 21, 1804289383, 846930886, 1681692777, self.rid)
        self.entries.append(entry)
        self.by_key[entry.key] = entry
        return entry

    def container(self, dn, description=None):
        kind, name = dn.split(',')[0].split('=')
        if kind == 'DC':
            classes, attrs = ['top', 'domain', 'domainDNS'], {'dc': name}
        elif kind == 'OU':
            classes, attrs = ['top', 'organizationalUnit'], {'ou': name}
        else:
            classes, attrs = ['top', 'container'], {'cn': name}
        attrs['description'] = description
        return self.add(Entry(dn, classes, attrs, 'container ' + dn), sid=False)

    def fault(self, entry, what, expected):
        self.faults.append({'dn': entry.dn, 'anchor': entry.anchor, 'fault': what, 'expected': expected})

    def unique_name(self, given, surname):
        name, n = given + ' ' + surname, 1
        while name in self.names_taken:
            n += 1
            name = '%s %s %d' % (given, surname, n)
        self.names_taken.add(name)
        return name

    def unique_account(self, given, surname):
        stem = given[0] + surname.replace('-', '')
        account, n = stem[:16], 1
        while account in self.accounts_taken:
            n += 1
            account = '%s%d' % (stem[:16], n)
        self.accounts_taken.add(account)
        return account

    def person(self, key, site, department, title, **more):
        r = self.random
        given, given_ascii = r.choice(GIVEN)
        surname, surname_ascii = r.choice(SURNAMES)
        name = self.unique_name(given, surname)
        account = self.unique_account(given_ascii, surname_ascii)
        address = '%s@%s' % (account, DOMAIN)
        ou, city, state, c, co, postal, language, phone = site
        attrs = {
            'cn': name, 'sn': surname, 'givenName': given, 'displayName': name,
            'sAMAccountName': account, 'userPrincipalName': address, 'mail': address,
            'proxyAddresses': ['SMTP:' + address, 'smtp:%s.%s@%s' % (given_ascii, account, DOMAIN)],
            'userAccountControl': '512', 'department': department, 'title': title,
            'company': 'Vanmark Lines', 'physicalDeliveryOfficeName': '%s %d' % (city, r.randint(1, 40)),
            'l': city, 'st': state, 'c': c, 'co': co, 'postalCode': postal,
            'streetAddress': '%d Quay Road' % r.randint(1, 200), 'telephoneNumber': phone + '%04d' % r.randint(0, 9999),
            'mobile': phone + '%04d' % r.randint(0, 9999) if r.random() < .4 else None,
            'employeeID': '%06d' % (100000 + len(self.entries)), 'employeeType': 'Employee',
            'preferredLanguage': language, 'extensionAttribute1': 'cc-%03d' % r.randint(1, 60),
        }
        attrs.update(more)
        dn = 'CN=%s,OU=People,OU=%s,%s' % (rdn_escape(name), ou, CORP)
        return self.add(Entry(dn, ['top', 'person', 'organizationalPerson', 'user'], attrs, key))

    def group(self, key, name, kind, members, **more):
        types = {'security': -2147483646, 'distribution': 2, 'mail-security': -2147483646, 'universal': -2147483640}
        nick = name.replace(' ', '-').replace('&', 'and').lower()
        attrs = {
            'cn': name, 'displayName': name, 'sAMAccountName': name[:60], 'groupType': str(types[kind]),
            'description': 'Group of %s' % name, 'member': [m.dn for m in members],
        }
        if kind in ('distribution', 'mail-security'):
            attrs['mail'] = '%s@%s' % (nick, DOMAIN)
            attrs['proxyAddresses'] = ['SMTP:' + attrs['mail']]
        attrs.update(more)
        dn = 'CN=%s,%s' % (rdn_escape(name), GROUPS)
        return self.add(Entry(dn, ['top', 'group'], attrs, key))

    # ---- The first day ----

    def build(self):
        self.containers()
        self.people()
        self.contacts()
        self.specials()
        self.groups()
        self.bad_records()
        return self

    def containers(self):
        self.container(ROOT)
        self.container(SYSTEM, 'Default container for accounts')
        self.container(CORP, 'Vanmark Lines')
        for site in SITES:
            self.container('OU=%s,%s' % (site[0], CORP))
            self.container('OU=People,OU=%s,%s' % (site[0], CORP))
        for dn in (FORMER, GROUPS, CONTACTS, SERVICES):
            self.container(dn)

    def people(self):
        """A tree of managers: each one leads at most eight."""
        self.staff = []
        for i in range(PEOPLE):
            department, titles = DEPARTMENTS[i % len(DEPARTMENTS)]
            site = SITES[self.random.randrange(len(SITES))]
            title = 'Director' if 0 < i < 9 else self.random.choice(titles)
            boss = self.staff[(i - 1) // 8] if i else None
            self.staff.append(self.person('person %04d' % i, site, department if i else None,
                                          'Managing director' if i == 0 else title,
                                          manager=boss.dn if boss else None))
        for p in self.random.sample(self.staff[PEOPLE // 5:], PEOPLE // 40):
            p.set('userAccountControl', '514')

    def contacts(self):
        self.outside = []
        for i in range(40):
            given, given_ascii = self.random.choice(GIVEN)
            surname, surname_ascii = self.random.choice(SURNAMES)
            name = self.unique_name(given, surname) + ' (harbour office)'
            mail = '%s.%s%d@harbour.example' % (given_ascii, surname_ascii, i)
            self.outside.append(self.add(Entry(
                'CN=%s,%s' % (rdn_escape(name), CONTACTS), ['top', 'person', 'organizationalPerson', 'contact'],
                {'cn': name, 'sn': surname, 'givenName': given, 'displayName': name, 'mail': mail,
                 'targetAddress': 'SMTP:' + mail, 'company': 'Harbour office'}, 'contact %02d' % i), sid=False))

    def specials(self):
        """Objects that a directory has and that must never leave it."""
        for name, control in (('Administrator', '512'), ('Guest', '66082'), ('krbtgt', '514')):
            e = self.add(Entry('CN=%s,%s' % (name, SYSTEM), ['top', 'person', 'organizationalPerson', 'user'],
                               {'cn': name, 'sAMAccountName': name, 'userAccountControl': control,
                                'isCriticalSystemObject': 'TRUE'}, 'system ' + name))
            self.fault(e, 'critical system object', 'filtered')
        self.admins = self.add(Entry(
            'CN=Domain Admins,' + SYSTEM, ['top', 'group'],
            {'cn': 'Domain Admins', 'sAMAccountName': 'Domain Admins', 'groupType': '-2147483646',
             'isCriticalSystemObject': 'TRUE', 'member': ['CN=Administrator,' + SYSTEM]}, 'system admins'))
        self.fault(self.admins, 'critical system object', 'filtered')
        for i, name in enumerate(('backup', 'print')):
            self.add(Entry('CN=svc-%s,%s' % (name, SERVICES), ['top', 'person', 'organizationalPerson', 'user'],
                           {'cn': 'svc-' + name, 'displayName': 'Service %s' % name, 'sAMAccountName': 'svc-' + name,
                            'userPrincipalName': 'svc-%s@%s' % (name, DOMAIN), 'userAccountControl': '66048'},
                           'service %d' % i))

    def groups(self):
        r = self.random
        by_site, by_department = {}, {}
        for p in self.staff:
            by_site.setdefault(p.get('l'), []).append(p)
            by_department.setdefault(p.get('department'), []).append(p)
        site_groups = [self.group('group site %d' % i, 'Site ' + city, 'security', people)
                       for i, (city, people) in enumerate(sorted(by_site.items()))]
        self.group('group everyone', 'All of Vanmark', 'universal', site_groups)
        for i, (name, _) in enumerate(DEPARTMENTS):
            people = by_department[name]
            leads = self.group('group leads %d' % i, 'Leads ' + name, 'security', people[:6])
            self.group('group department %d' % i, 'Department ' + name, 'security', people[6:] + [leads])
        self.group('group directors', 'Directors', 'security', self.staff[:9])
        self.projects = [self.group('group project %02d' % i, 'Project %02d %s' % (i, word), 'security',
                                    r.sample(self.staff, r.randint(3, 25)))
                         for i, word in enumerate('Albatross Barnacle Cormorant Dorado Eider Fulmar Gannet Halibut '
                                                  'Isopod Jackdaw Kittiwake Lamprey'.split())]
        for i, word in enumerate('News Canteen Regatta Alumni Choir Parking'.split()):
            self.group('group list %d' % i, 'List ' + word, 'distribution',
                       r.sample(self.staff, 12) + r.sample(self.outside, 3))
        for i, word in enumerate('Board Payroll'.split()):
            self.group('group mailsec %d' % i, 'Mail ' + word, 'mail-security', r.sample(self.staff, 5))
        for i in range(10):
            self.group('group share %02d' % i, 'Share %02d read' % i, 'security', r.sample(self.staff, r.randint(1, 60)))
        self.group('group mixed', 'Visitors', 'security', r.sample(self.staff, 4) + self.outside[:3])
        self.group('group empty', 'Nobody yet', 'security', [])
        # Three groups in a ring: each holds the next one.
        ring = [self.group('group ring %d' % i, 'Watch %s' % word, 'security', r.sample(self.staff, 3))
                for i, word in enumerate(('port', 'starboard', 'engine'))]
        for i, g in enumerate(ring):
            g.attrs['member'] = g.attrs['member'] + [ring[(i + 1) % 3].dn]
        self.fault(ring[0], 'a cycle of three groups', 'all three created, each a member of the next')

    def bad_records(self):
        site = SITES[0]
        make = lambda key, **more: self.person('bad ' + key, site, 'Finance', 'Accountant', **more)
        first = make('same upn a')
        second = make('same upn b')
        second.set('userPrincipalName', first.get('userPrincipalName').upper())
        second.set('mail', None)
        second.set('proxyAddresses', None)
        self.fault(first, 'same UPN as another', 'one of the two is created, the other is an error')
        self.fault(second, 'same UPN as another', 'one of the two is created, the other is an error')

        p = make('upn characters')
        p.set('userPrincipalName', 'no blanks (please)@' + DOMAIN)
        self.fault(p, 'UPN with characters that no tenant takes', 'error on the object')

        p = make('long department')
        p.set('department', LONG_DEPARTMENT)
        self.fault(p, 'department of %d characters' % len(LONG_DEPARTMENT), 'cut to 64')

        p = make('no display name')
        p.set('displayName', None)
        self.fault(p, 'no displayName', 'cn stands in')

        p = make('blanks around')
        p.set('displayName', '  ' + p.get('displayName') + ' ')
        self.fault(p, 'blanks around displayName', 'trimmed')

        p = make('manager contact')
        p.set('manager', self.outside[0].dn)
        self.fault(p, 'the manager is a contact', 'created without a manager')

        p = make('manager gone', manager='CN=Left Long Ago,%s' % FORMER)
        self.fault(p, 'the manager does not exist', 'created without a manager')

        p = make('linked mailbox')
        p.set('userAccountControl', '514')
        p.set('msExchRecipientTypeDetails', '2')
        self.fault(p, 'linked mailbox of another forest', 'filtered')

        p = make('sync account')
        p.set('sAMAccountName', 'MSOL_0123456789ab')
        self.fault(p, 'account of a sync product', 'filtered')

        p = make('no account')
        p.set('sAMAccountName', None)
        self.fault(p, 'no sAMAccountName', 'filtered')

        g = self.group('bad dangling', 'Night shift', 'security', self.staff[20:23])
        g.attrs['member'] = g.attrs['member'] + ['CN=Gone Away,OU=People,OU=Lisboa,' + CORP]
        self.fault(g, 'a member that does not exist', 'created without it')

        g = self.group('bad critical member', 'Keepers', 'security', [self.staff[30], self.by_key['system krbtgt']])
        self.fault(g, 'a member that is filtered', 'created without it')

    # ---- The second day ----

    def day2(self):
        """Changes the company; returns what a tenant must see of it."""
        self.seen = []
        pick = list(self.staff[PEOPLE * 3 // 10:])
        self.random.shuffle(pick)
        take = lambda n: [pick.pop() for _ in range(n)]
        project = lambda i: self.projects[i]
        quiet = lambda p: p.get('userAccountControl') == '514'

        for p in take(6):
            self.rename_person(p)
        for p in [p for p in take(12) if not quiet(p)][:5]:
            p.set('userAccountControl', '514')
            self.note('update', p, 'user', {'accountEnabled': False})
        for i, p in enumerate(take(7)):
            # A move alone changes nothing that the tenant holds.
            self.move(p, FORMER if i == 0 else 'OU=People,OU=%s,%s' % (
                'Osaka' if 'OU=Osaka' not in p.dn else 'Nairobi', CORP))
        for p in take(4):
            p.set('department', 'Research' if p.get('department') != 'Research' else 'Shipyard')
            p.set('title', 'Senior ' + p.get('title').lower())
            self.note('update', p, 'user', {'department': p.get('department'), 'jobTitle': p.get('title')})
        for p in take(3):
            p.set('mobile', None if p.get('mobile') else '+372 600 1234')
            self.note('update', p, 'user', {'mobilePhone': p.get('mobile')})
        boss = self.staff[5]
        for p in take(3):
            p.set('manager', boss.dn)
            self.note('update', p, 'user', {'manager': boss.anchor})
        lone = take(1)[0]
        lone.set('manager', None)
        self.note('update', lone, 'user', {'manager': None})

        self.change_groups(project, take)
        for p in take(8):
            self.remove(p)
            self.note('delete', p, 'user')
        for i in range(5):
            p = self.person('hire %d' % i, SITES[i], 'Research', 'Research fellow', manager=boss.dn)
            self.note('add', p, 'user')
        return self.seen

    def note(self, operation, entry, kind, changes=None):
        self.seen.append({'operation': operation, 'type': kind, 'anchor': entry.anchor,
                          'name': entry.get('cn'), 'changes': changes or {}})

    def rename_person(self, p):
        """Marriage: a new surname, so a new name and a new DN."""
        surname = 'Mareduke'
        name = self.unique_name(p.get('givenName'), surname)
        p.set('sn', surname)
        p.set('cn', name)
        p.set('displayName', name)
        self.move(p, p.dn.split(',', 1)[1], name)
        self.note('update', p, 'user', {'displayName': name, 'surname': surname})

    def move(self, entry, parent, name=None):
        old = entry.dn
        rdn = 'CN=' + rdn_escape(name) if name else split_rdn(old)[0]
        entry.dn = rdn + ',' + parent
        for e in self.entries:
            if e.get('manager') == old:
                e.set('manager', entry.dn)
            if old in (e.get('member') or []):
                e.set('member', [entry.dn if m == old else m for m in e.get('member')])

    def remove(self, entry):
        """As AD does it: links to the object go with it."""
        self.entries.remove(entry)
        for e in self.entries:
            if e.get('manager') == entry.dn:
                e.set('manager', None)
            if entry.dn in (e.get('member') or []):
                e.set('member', [m for m in e.get('member') if m != entry.dn])

    def change_groups(self, project, take):
        g = project(0)
        new = [p for p in take(9) if p.dn not in g.get('member')][:6]
        gone = g.get('member')[:2]
        g.set('member', g.get('member')[2:] + [p.dn for p in new])
        by_dn = {e.dn: e for e in self.entries}
        self.note('update', g, 'group', {'members+': sorted(p.anchor for p in new),
                                         'members-': sorted(by_dn[d].anchor for d in gone)})
        g = project(1)
        g.set('displayName', 'Project 01 Barnacle (closing)')
        g.set('description', 'Ends this year')
        self.note('update', g, 'group', {'displayName': g.get('displayName'), 'description': g.get('description')})
        g = project(2)
        self.remove(g)
        self.note('delete', g, 'group')
        people = take(40)
        g = self.group('group new', 'Project 12 Mackerel', 'security', people)
        self.note('add', g, 'group')


def split_rdn(dn):
    i = 0
    while i < len(dn):
        if dn[i] == '\\':
            i += 1
        elif dn[i] == ',':
            return dn[:i], dn[i + 1:]
        i += 1
    return dn, ''


# ---- LDIF ----

def safe(value):
    raw = value.encode() if isinstance(value, str) else value
    plain = all(32 <= b < 127 for b in raw) and raw[:1] not in (b' ', b':', b'<') and raw[-1:] != b' '
    return isinstance(value, str) and plain


def line(name, value):
    if safe(value):
        text = '%s: %s' % (name, value)
    else:
        raw = value.encode() if isinstance(value, str) else value
        text = '%s:: %s' % (name, base64.b64encode(raw).decode())
    rest, lines = text[76:], [text[:76]]
    while rest:
        lines.append(' ' + rest[:75])
        rest = rest[75:]
    return '\n'.join(lines) + '\n'


def write_ldif(entries, out):
    out.write('version: 1\n')
    for e in entries:
        out.write('\n' + line('dn', e.dn))
        for name, values in e.attrs.items():
            for v in values if isinstance(values, list) else [values]:
                out.write(line(name, v))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--people', type=int, default=PEOPLE, help='how many (at least 200)')
    p.add_argument('--day2', action='store_true', help='the company a day later')
    p.add_argument('--expect', metavar='FILE', help='write the changes that a tenant must see, as JSON')
    p.add_argument('--faults', metavar='FILE', help='write the list of bad records, as JSON')
    p.add_argument('--count', action='store_true', help='print how many of what there is, no LDIF')
    args = p.parse_args()
    globals()['PEOPLE'] = args.people

    company = Company(args.seed).build()
    changes = company.day2() if args.day2 else []
    if args.expect:
        with open(args.expect, 'w') as f:
            json.dump(changes, f, indent=1, ensure_ascii=False)
    if args.faults:
        with open(args.faults, 'w') as f:
            json.dump(company.faults, f, indent=1, ensure_ascii=False)
    if args.count:
        count = lambda name: sum(e.is_a(name) for e in company.entries)
        print('%d people, %d contacts, %d groups, %d objects' % (
            count('user'), count('contact'), count('group'), len(company.entries)))
        return
    sys.stdout.reconfigure(encoding='utf-8')
    write_ldif(company.entries, sys.stdout)


main()

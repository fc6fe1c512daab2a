#!/usr/bin/env python3
"""make_company.py -- four invented companies, each as a predecessor of Causeway
left it: what the directory holds, and what the old server had put into the cloud.

  make_company.py NAME --ldif FILE      the directory (NAME: aster, briar, cedar, dahlia)
  make_company.py NAME --hr FILE        dahlia's list of the personnel department (CSV)
  make_company.py NAME --tenant FILE    the cloud, for `causeway-tenant load`
  make_company.py NAME --day2 ...       a day later: one department is another, one person came
  make_company.py NAME --people N       another size (default: 24)

What the old server made is written down here from the vendors' descriptions of
that product and from the company's export beside this file.  Nothing of it comes
from Causeway or its rules: this is what a comparison is held against.
"""
import argparse
import base64
import csv
import datetime
import hashlib
import json
import struct

SECURITY, UNIVERSAL = -2147483640, 8
GIVEN = ('Ada', 'Björn', 'Chiara', 'Dmitri', 'Elif', 'Femke', 'Gwen', 'Håkon')
FAMILY = ('Alvarez', 'Brandt', "O'Connor", 'Dvořák', 'Eriksen', 'Fontaine', 'Grünwald', 'Haddad', 'Ibsen')
DEPARTMENTS = ('Research', 'Sales', 'Works', 'Accounts', 'Transport')


def guid(*key):
    return hashlib.sha256('/'.join(map(str, key)).encode()).digest()[:16]


def b64(octets):
    return base64.b64encode(octets).decode()


class Company:
    """Entries of the directory; sub-classes say what is special, and what the old server did."""
    name = product = build = machine = None
    days_off = 2  # since the old server was stopped

    def __init__(self, people=24, day2=False):
        self.root, self.domain = 'DC=%s,DC=example' % self.name, self.name + '.example'
        self.entries, self.rid = [], 1000
        self.ou(self.root, 'domainDNS', dc=self.name)
        self.fill(people)
        if day2:
            self.next_day()

    # ---- The directory ----

    def ou(self, dn, kind='organizationalUnit', **attrs):
        self.entries.append((dn, {'objectClass': kind, **(attrs or {kind == 'container' and 'cn' or 'ou': dn[3:].split(',')[0]})}))
        return dn

    def add(self, dn, kind, **attrs):
        self.rid += 1
        e = {'objectClass': kind, 'cn': dn[3:].split(',')[0], 'objectGUID': guid(self.name, dn), **attrs}
        if kind != 'contact':
            e['objectSid'] = b'\1\5\0\0\0\0\0\5' + struct.pack('<5I', 21, 7, len(self.name), 9, self.rid)
        self.entries.append((dn, e))
        return e

    def person(self, i, ou, **more):
        given, family = GIVEN[i % len(GIVEN)], FAMILY[i % len(FAMILY)]
        account = 'p%05d' % i
        mail = '%s@%s' % (account, self.domain)
        attrs = {'sAMAccountName': account, 'userAccountControl': '512', 'givenName': given, 'sn': family,
                 'displayName': '%s %s' % (given, family), 'userPrincipalName': account + '@' + self.domain, 'mail': mail,
                 'mailNickname': account, 'proxyAddresses': ['SMTP:' + mail, 'smtp:%s.old@%s' % (account, self.domain)],
                 'department': DEPARTMENTS[i % len(DEPARTMENTS)], 'title': 'Clerk %d' % (i % 9), 'company': self.name.title(),
                 'telephoneNumber': '+1 555 %07d' % i, 'physicalDeliveryOfficeName': 'Room %d' % (100 + i % 50), 'l': 'Bergen',
                 'co': 'Norway', 'countryCode': '578', 'employeeID': 'E%05d' % i}
        if i:
            attrs['manager'] = 'CN=Person 00000,' + self.staff
        return self.add('CN=Person %05d,%s' % (i, ou), 'user', **{**attrs, **more})

    def group(self, name, ou, kind, members, mail=False):
        attrs = {'sAMAccountName': name, 'displayName': 'The ' + name, 'groupType': str(kind), 'member': members}
        if mail:
            address = '%s@%s' % (name.lower(), self.domain)
            attrs.update(mail=address, mailNickname=name.lower(), proxyAddresses=['SMTP:' + address])
        return self.add('CN=%s,%s' % (name, ou), 'group', **attrs)

    def contact(self, i, ou, **more):
        address = 'guest%d@far.example' % i
        return self.add('CN=Guest %d,%s' % (i, ou), 'contact', **{
            'displayName': 'Guest %d' % i, 'givenName': 'Guest', 'sn': 'No %d' % i, 'company': 'Far', 'mail': address,
            'mailNickname': 'guest%d' % i, 'proxyAddresses': ['SMTP:' + address], 'targetAddress': 'SMTP:' + address, **more})

    def find(self, dn):
        return next(e for d, e in self.entries if d == dn)

    def fill(self, people):
        raise NotImplementedError

    def next_day(self):
        """Person 2 moves to another department; somebody comes."""
        self.find('CN=Person 00002,' + self.staff)['department'] = 'Harbour'
        self.person(77777, self.staff, displayName='New Comer')

    # ---- The old server ----

    def anchor(self, e):
        return b64(e['objectGUID'])

    def upn(self, e):
        return e['userPrincipalName']

    def read(self, dn):
        """Is it in a container that the old server read?"""
        raise NotImplementedError

    def kept_home(self, dn, e):
        """A filter, or a rule of their own."""
        return False

    def managed(self):
        """{dn: entry} of what the old server has in the cloud."""
        out = {}
        for dn, e in self.entries:
            kind = e['objectClass']
            if kind not in ('user', 'contact', 'group') or not self.read(dn) or self.kept_home(dn, e):
                continue
            if kind == 'group' and int(e['groupType']) > 0 and 'mail' not in e:
                continue  # a distribution group without an address
            out[dn] = e
        return out

    COMMON = {'cn': 'commonName', 'displayName': 'displayName', 'mail': 'mail', 'mailNickname': 'alias',
              'proxyAddresses': 'proxyAddresses', 'targetAddress': 'targetAddress', 'givenName': 'givenName', 'sn': 'surname',
              'department': 'department', 'title': 'title', 'company': 'company', 'telephoneNumber': 'telephoneNumber',
              'physicalDeliveryOfficeName': 'physicalDeliveryOfficeName', 'l': 'city', 'co': 'country',
              'extensionAttribute1': 'extensionAttribute1', 'extensionAttribute15': 'extensionAttribute15'}
    LEFT_OUT = {'contact': ('commonName',)}

    def values(self, e, known):
        """What the old server exported of an object, under the names of the service."""
        kind = e['objectClass']
        out = {to: e[of] for of, to in self.COMMON.items() if of in e and to not in self.LEFT_OUT.get(kind, ())}
        if 'objectSid' in e:
            out['onPremiseSecurityIdentifier'] = {'b': b64(e['objectSid'])}
        if kind == 'user':
            out['userPrincipalName'] = self.upn(e)
            out['accountEnabled'] = not int(e['userAccountControl']) & 2
            out['countryCode'] = int(e['countryCode'])
            if e.get('manager') in known:
                out['manager'] = self.anchor(known[e['manager']])
        if kind == 'group':
            out['securityEnabled'] = int(e['groupType']) < 0
            out['member'] = [self.anchor(known[m]) for m in e['member'] if m in known]
        return out

    def tenant(self):
        known = self.managed()
        last = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=self.days_off)
        lists = {'user': [], 'contact': [], 'group': []}
        for e in known.values():
            lists[e['objectClass']].append({'sync': {'sourceAnchor': self.anchor(e), 'values': self.values(e, known)}})
        return {'organization': {'onPremisesSyncEnabled': True, 'clientVersion': self.build, 'machine': self.machine,
                                 'onPremisesLastSyncDateTime': last.strftime('%Y-%m-%dT%H:%M:%SZ')},
                **{kind + 's': objects for kind, objects in lists.items()}}

    # ---- Written ----

    def ldif(self):
        lines = ['version: 1', '']
        for dn, e in self.entries:
            lines.append('dn: ' + dn)
            for name, values in e.items():
                for v in values if isinstance(values, list) else [values]:
                    plain = isinstance(v, str) and v.isascii()
                    lines.append('%s: %s' % (name, v) if plain else '%s:: %s' % (
                        name, b64(v if isinstance(v, bytes) else v.encode())))
            lines.append('')
        return '\n'.join(lines)


class Aster(Company):
    """DirSync: every container but two, two filters, the name in the cloud from mail."""
    name, product, build, machine = 'aster', 'DirSync', '1.0.7020.0', 'ASTER-DS1'

    def fill(self, people):
        self.staff, services = self.ou('OU=Staff,' + self.root), self.ou('OU=Services,' + self.root)
        self.labs, self.builtin = self.ou('OU=Labs,' + self.root), self.ou('CN=Users,' + self.root, 'container')
        lists = self.ou('OU=Lists,' + self.root)
        staff = ['CN=Person %05d,%s' % (i, self.staff) for i in range(people)]
        for i in range(people):
            # Signed in at home by a name that no cloud takes.
            self.person(i, self.staff, userPrincipalName='p%05d@aster.local' % i)
        self.find(staff[7])['extensionAttribute15'] = 'NoSync'
        self.find(staff[8])['userAccountControl'] = '514'
        bare = self.person(90001, services, employeeType='svc-backup')
        for attribute in ('mail', 'proxyAddresses', 'mailNickname', 'manager'):
            del bare[attribute]
        self.person(90002, services, employeeType='svc-mailer', manager=staff[1])
        self.person(90003, self.labs)
        self.person(90004, self.builtin)
        for i in range(3):
            self.contact(i, lists)
        self.group('Doors', lists, SECURITY, staff[:6])
        self.group('News', lists, UNIVERSAL, staff[4:20] + ['CN=Guest 1,' + lists], True)
        self.group('Keys', lists, SECURITY, staff[2:5], True)
        self.group('Unheard', lists, UNIVERSAL, staff[:3])
        for n in range(people // 50):
            self.group('Team %04d' % n, lists, SECURITY, staff[n * 50:n * 50 + 50])

    def upn(self, e):
        return e['mail']

    def read(self, dn):
        return not dn.endswith((self.labs, self.builtin))

    def kept_home(self, dn, e):
        return e['objectClass'] == 'user' and (e.get('extensionAttribute15') == 'NoSync' or (
            e.get('employeeType', '').startswith('svc') and 'mail' not in e))


class Briar(Company):
    """Azure AD Sync: people of several directories are one by their mail address; trainees stay at home."""
    name, product, build, machine = 'briar', 'Azure AD Sync', '1.0.491.0413', 'BRIAR-SYNC'

    def fill(self, people):
        self.staff, self.machines = self.ou('OU=People,' + self.root), self.ou('OU=Machines,' + self.root)
        lists = self.ou('OU=Lists,' + self.root)
        staff = ['CN=Person %05d,%s' % (i, self.staff) for i in range(people)]
        for i in range(people):
            self.person(i, self.staff, **({'employeeType': 'Trainee'} if i % 10 == 9 else {}))
        self.person(90001, self.machines)
        for i in range(2):
            self.contact(i, lists)
        self.group('Doors', lists, SECURITY, staff[:12])
        self.group('News', lists, UNIVERSAL, staff[4:20] + ['CN=Guest 1,' + lists], True)

    def read(self, dn):
        return not dn.endswith(self.machines)

    def kept_home(self, dn, e):
        return e['objectClass'] == 'user' and e.get('employeeType') == 'Trainee'

    def values(self, e, known):
        out = Company.values(self, e, known)
        if e['objectClass'] == 'user':
            out['employeeId'] = e['employeeID']
        return out


class Cedar(Company):
    """Azure AD Connect: anchors from mS-DS-ConsistencyGuid, direct members of a pilot group alone, rules of their own."""
    name, product, build, machine = 'cedar', 'Azure AD Connect', '1.6.16.0', 'CEDAR-SYNC'

    def fill(self, people):
        self.staff, groups = self.ou('OU=Staff,' + self.root), self.ou('OU=Groups,' + self.root)
        self.gone, other = self.ou('OU=Gone,' + self.staff), self.ou('OU=Other,' + self.root)
        staff = ['CN=Person %05d,%s' % (i, self.staff) for i in range(people)]
        for i in range(people):
            # Some came from another forest: their anchor is the identifier they had there.
            e = self.person(i, self.staff, userPrincipalName='p%05d@cedar.local' % i)
            e['mS-DS-ConsistencyGuid'] = guid('old forest', i) if i % 4 == 1 else e['objectGUID']
        self.find(staff[3])['roomNumber'] = ' Tower 3 '
        self.person(90001, self.staff, sAMAccountName='svc-print')
        self.person(90002, self.gone)
        self.person(90003, other)
        self.contact(1, groups)
        self.contact(2, groups)
        self.group('Team', groups, SECURITY, staff[:9])
        self.group('Outside', groups, SECURITY, staff[:2])
        self.pilot = 'CN=Pilot,' + groups
        self.group('Pilot', groups, SECURITY, [dn for i, dn in enumerate(staff) if i % 8 != 7] + [
            'CN=Person 90001,' + self.staff, 'CN=Guest 1,' + groups, 'CN=Team,' + groups])

    def next_day(self):
        Company.next_day(self)
        new = self.find('CN=Person 77777,' + self.staff)
        new['mS-DS-ConsistencyGuid'] = new['objectGUID']
        self.find(self.pilot)['member'].append('CN=Person 77777,' + self.staff)

    def anchor(self, e):
        return b64(e.get('mS-DS-ConsistencyGuid', e['objectGUID']))

    def upn(self, e):
        return e['mail']

    def read(self, dn):
        return dn.endswith(('OU=Staff,' + self.root, 'OU=Groups,' + self.root)) and not dn.endswith(self.gone)

    def kept_home(self, dn, e):
        return dn not in self.find(self.pilot)['member'] or e.get('sAMAccountName', '').startswith('svc-')

    def values(self, e, known):
        out = Company.values(self, e, known)
        if e['objectClass'] == 'user':
            out['onPremisesSamAccountName'] = e['sAMAccountName']
            if 'roomNumber' in e:
                out['physicalDeliveryOfficeName'] = e['roomNumber'].strip()
        return out


class Dahlia(Company):
    """MIM: the anchor is the employee's number, the department comes from the personnel
    department, and three pieces of code, of which the export holds no line."""
    name, product, build, machine = 'dahlia', 'Microsoft Identity Manager', '1.0.6567.2', 'DAHLIA-MIM'

    def fill(self, people):
        self.staff, other = self.ou('OU=People,' + self.root), self.ou('OU=Machines,' + self.root)
        for i in range(people):
            self.person(i, self.staff)
        self.find('CN=Person 00004,' + self.staff)['title'] = '  Clerk at large '
        self.person(90001, self.staff, sAMAccountName='svc-mim')
        self.person(90002, other)

    def hr(self):
        """[(id, employeeID, department)]"""
        return [(str(n), e['employeeID'], e['department'] + ' (HR)') for n, (dn, e) in enumerate(self.entries)
                if e['objectClass'] == 'user' and e['employeeID'] != 'E00005']

    def anchor(self, e):
        return e['employeeID']

    def read(self, dn):
        return dn.endswith(self.staff)

    def kept_home(self, dn, e):
        return e['sAMAccountName'].startswith('svc-')

    def values(self, e, known):
        hr = {number: department for n, number, department in self.hr()}
        # cloudDepartment and title are what the owner of the code says they did.
        return {'userPrincipalName': e['userPrincipalName'], 'displayName': e['displayName'], 'title': e['title'].strip(),
                'department': 'Dahlia - ' + hr.get(e['employeeID'], e['department']), 'accountEnabled': True}


COMPANIES = {c.name: c for c in (Aster, Briar, Cedar, Dahlia)}


def write_hr(company, path):
    with open(path, 'w', newline='') as f:
        out = csv.writer(f)
        out.writerow(('id', 'employeeID', 'department'))
        out.writerows(company.hr())


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('name', choices=sorted(COMPANIES))
    p.add_argument('--people', type=int, default=24)
    p.add_argument('--day2', action='store_true')
    for what in ('ldif', 'hr', 'tenant'):
        p.add_argument('--' + what, metavar='FILE')
    a = p.parse_args()
    if a.hr and a.name != 'dahlia':
        p.error('--hr is for dahlia')
    company = COMPANIES[a.name](a.people, a.day2)
    if a.ldif:
        with open(a.ldif, 'w') as f:
            f.write(company.ldif())
    if a.hr:
        write_hr(company, a.hr)
    if a.tenant:
        with open(a.tenant, 'w') as f:
            json.dump(company.tenant(), f, ensure_ascii=False, indent=1)


if __name__ == '__main__':
    main()

"""sync_company.py -- a small company of every kind that the synchronisation
service takes, as LDIF with the attributes of Active Directory, and what a tenant
must show of it.  The second is written from the description of the rules, not
from the rules.

  c = Company(); c.write(path); c.differences(tenant.graph().full_dump())
"""
import base64
import hashlib
import pathlib
import ssl
import subprocess
import tempfile
import uuid

import rig

ROOT = 'DC=small,DC=example'
STAFF, LISTS, PARTNERS, MACHINES = ('OU=%s,%s' % (n, ROOT) for n in ('Staff', 'Lists', 'Partners', 'Machines'))
DOMAIN = 'small.example'
SECURITY, UNIVERSAL = -2147483640, 8


def guid_of(key):
    return hashlib.sha256(b'sync company ' + key.encode()).digest()[:16]


def certificate(name):
    """DER of a certificate that says CN=name."""
    with tempfile.TemporaryDirectory() as d:
        out = pathlib.Path(d, 'c.der')
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                        '-keyout', '/dev/null', '-subj', '/CN=' + name, '-outform', 'DER', '-out', out], check=True,
                       capture_output=True)
        return out.read_bytes()


class Entry(dict):
    """Attributes with lists of texts or octets; its key outlives renames."""

    def __init__(self, key, dn, kind, **attrs):
        dict.__init__(self, {k: v if isinstance(v, list) else [v] for k, v in attrs.items()})
        self.key, self.dn, self.kind = key, dn, kind
        self['objectGUID'] = [guid_of(key)]

    @property
    def anchor(self):
        return base64.b64encode(guid_of(self.key)).decode()

    def first(self, name):
        return self[name][0] if self.get(name) else None


class Company:
    def __init__(self, people=60):
        self.all = {}
        for i in range(people):
            self.person(i)
        for i in range(6):
            self.contact(i)
        staff = [self.all['p%d' % i].dn for i in range(people)]
        self.group('security', SECURITY, staff[:12], False)
        self.group('list', UNIVERSAL, staff[5:40], True)
        self.group('mailed', SECURITY, staff[2:6], True)
        self.group('nested', SECURITY, [self.all['security'].dn, self.all['list'].dn, staff[50]], False)
        self.group('outside', UNIVERSAL, [self.all['c%d' % i].dn for i in range(4)] + staff[:1], True)
        self.group('unheard', UNIVERSAL, staff[:3], False)  # a distribution group without an address
        for i in range(3):
            self.machine(i)
        self.all['m2']['userCertificate'] = []  # and one that asks for nothing

    def add(self, e):
        self.all[e.key] = e
        return e

    def person(self, i):
        account = 'p%03d' % i
        e = self.add(Entry('p%d' % i, 'CN=Person %03d,%s' % (i, STAFF), 'user', cn='Person %03d' % i, sn='%03d' % i,
                           givenName='Persön', displayName='Persön %03d' % i, sAMAccountName=account,
                           userPrincipalName='%s@%s' % (account, DOMAIN), userAccountControl='512', c='NO',
                           department='Store %d' % (i % 7), title='Clerk', mail='%s@%s' % (account, DOMAIN),
                           mailNickname=account, extensionAttribute1='shelf %d' % i,
                           proxyAddresses=['SMTP:%s@%s' % (account, DOMAIN), 'smtp:alias.%s@%s' % (account, DOMAIN),
                                           'X500:/o=Small/cn=' + account]))
        if i:
            e['manager'] = [self.all['p0'].dn]
        return e

    def contact(self, i):
        address = 'guest%d@else.example' % i
        return self.add(Entry('c%d' % i, 'CN=Guest %d (far away),%s' % (i, PARTNERS), 'contact', cn='Guest %d (far away)' % i,
                              displayName='Guest %d' % i, givenName='Guest', sn='No %d' % i, company='Else',
                              mail=address, targetAddress='SMTP:' + address, proxyAddresses=['SMTP:' + address]))

    def group(self, key, kind, members, mail):
        e = self.add(Entry(key, 'CN=%s,%s' % (key, LISTS), 'group', cn=key, displayName='The %s' % key,
                           sAMAccountName=key, groupType=str(kind), member=list(members), description='d ' + key))
        if mail:
            e['mail'] = ['%s@%s' % (key, DOMAIN)]
            e['mailNickname'] = [key]
            e['proxyAddresses'] = ['SMTP:%s@%s' % (key, DOMAIN)]
        return e

    def machine(self, i):
        key = 'm%d' % i
        return self.add(Entry(key, 'CN=PC%d,%s' % (i, MACHINES), 'computer', cn='PC%d' % i, sAMAccountName='PC%d$' % i,
                              displayName='PC%d' % i, userAccountControl='4096', operatingSystem='Windows 11',
                              operatingSystemVersion='10.0',
                              userCertificate=[certificate(str(uuid.UUID(bytes_le=guid_of(key))))]))

    def folder(self, i):
        name = 'folder%d' % i
        return self.add(Entry('f%d' % i, 'CN=Folder %d,%s' % (i, LISTS), 'publicFolder', cn='Folder %d' % i, displayName='Folder %d' % i,
                              mailNickname=name, mail='%s@%s' % (name, DOMAIN), msExchRecipientTypeDetails='2',
                              proxyAddresses=['SMTP:%s@%s' % (name, DOMAIN), 'smtp:old.%s@%s' % (name, DOMAIN)]))

    # ---- Written ----

    def write(self, path):
        entries = [(ROOT, [('objectClass', 'domainDNS'), ('dc', 'small')])]
        entries += [(dn, [('objectClass', 'organizationalUnit'), ('ou', dn[3:].split(',')[0])])
                    for dn in (STAFF, LISTS, PARTNERS, MACHINES)]
        for e in self.all.values():
            entries.append((e.dn, [('objectClass', e.kind), *[(k, v) for k, vs in e.items() for v in vs]]))
        pathlib.Path(path).write_text(rig.ldif_text(entries))

    # ---- Expected ----

    def wanted(self):
        """(kind, anchor or name): what Graph must show."""
        by_dn = {e.dn: e for e in self.all.values()}
        out = {}
        for e in self.all.values():
            if e.kind == 'user':
                out['user', e.anchor] = self.wanted_user(e, by_dn)
            elif e.kind == 'contact':
                out['contact', e.first('displayName')] = {
                    'mail': e.first('mail'), 'givenName': e.first('givenName'), 'surname': e.first('sn'),
                    'companyName': e.first('company'), 'proxyAddresses': sorted(e['proxyAddresses'])}
            elif e.kind == 'computer' and e.get('userCertificate'):
                out['device', str(uuid.UUID(bytes_le=guid_of(e.key)))] = {
                    'displayName': e.first('displayName'), 'trustType': 'ServerAd',
                    'operatingSystem': e.first('operatingSystem'), 'accountEnabled': True}
            elif e.kind == 'group' and (int(e.first('groupType')) < 0 or e.get('mail')):
                out['group', e.first('displayName')] = {
                    'description': e.first('description'), 'mail': e.first('mail'), 'mailEnabled': bool(e.get('mail')),
                    'securityEnabled': int(e.first('groupType')) < 0,
                    'proxyAddresses': sorted(e.get('proxyAddresses', [])),
                    'members': sorted(self.label(by_dn[m]) for m in e.get('member', []) if self.is_there(by_dn.get(m)))}
        return out

    @staticmethod
    def is_there(e):
        return e is not None and e.kind != 'publicFolder' and (e.kind != 'group' or int(e.first('groupType')) < 0 or bool(e.get('mail')))

    @staticmethod
    def label(e):
        return e.anchor if e.kind == 'user' else e.first('displayName')

    def wanted_user(self, e, by_dn):
        boss = by_dn.get(e.first('manager'))
        return {'userPrincipalName': e.first('userPrincipalName'), 'displayName': e.first('displayName'),
                'givenName': e.first('givenName'), 'surname': e.first('sn'), 'department': e.first('department'),
                'jobTitle': e.first('title'), 'accountEnabled': not int(e.first('userAccountControl')) & 2,
                'mail': e.first('mail'), 'mailNickname': e.first('mailNickname'), 'usageLocation': e.first('c'),
                'extension1': e.first('extensionAttribute1'), 'proxyAddresses': sorted(e.get('proxyAddresses', [])),
                'manager': boss.anchor if boss else None}

    # ---- There ----

    @staticmethod
    def there(dump):
        names, out = {}, {}
        for u in dump['users']:
            names[u['id']] = u['onPremisesImmutableId']
        for kind in ('groups', 'contacts', 'devices'):
            for o in dump[kind]:
                names[o['id']] = o['displayName']
        for u in dump['users']:
            u['extension1'] = u['onPremisesExtensionAttributes']['extensionAttribute1']
            u['manager'] = names.get(u['manager'])
            out['user', u['onPremisesImmutableId']] = u
        for g in dump['groups']:
            g['members'] = sorted(names.get(m, m) for m in g['members'])
            out['group', g['displayName']] = g
        for c in dump['contacts']:
            out['contact', c['displayName']] = c
        for d in dump['devices']:
            out['device', d['deviceId']] = d
        for o in out.values():
            if 'proxyAddresses' in o:
                o['proxyAddresses'] = sorted(o['proxyAddresses'] or [])
        return out

    def differences(self, dump):
        """Lines of text; none when the tenant holds exactly this company."""
        wanted, there, lines = self.wanted(), self.there(dump), []
        for key in sorted(set(wanted) | set(there)):
            if key not in there:
                lines.append('%s %s: is not there' % key)
            elif key not in wanted:
                lines.append('%s %s: is there, and should not be' % key)
            elif there[key]['onPremisesSyncEnabled'] is not True:
                lines.append('%s %s: is not mastered on premises' % key)
            else:
                lines += ['%s %s: %s is %r, should be %r' % (*key, n, there[key].get(n), v)
                          for n, v in wanted[key].items() if (there[key].get(n) or None) != (v or None)]
        return lines


def connector(path, **more):
    """Of kind file, with computers and what LDIF does not say of itself."""
    return rig.ldif_connector(path, object_classes=['user', 'contact', 'group', 'computer', 'publicFolder'],
                              attribute_types={'authOrig': 'reference list'}, **more)


class Door:
    """What sync_client.py wants to know of a tenant."""

    def __init__(self, tenant):
        self.client, self.url = tenant.client, tenant.endpoint
        self.tls = ssl.create_default_context(cafile=str(tenant.path / 'ca.pem'))


def last_sync(tenant):
    """When the organisation was synchronised last, as Graph tells."""
    return tenant.graph().get('/v1.0/organization')['value'][0]['onPremisesLastSyncDateTime']


def synchronised(tenant, client):
    """Another server ends an export: the time of the last one moves."""
    before = last_sync(tenant)

    def moved():
        client.finalize(0)
        return last_sync(tenant) != before
    rig.until(moved, 'a later last synchronisation')

#!/usr/bin/env python3
"""What can happen to people and groups in OpenLDAP, step by step through to the tenant: after each, the tenant as Graph
tells it is what ldapsearch says."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
import rig  # noqa: E402
import slapd  # noqa: E402

if not os.access('/usr/sbin/slapd', os.X_OK):
    print('1..0 # SKIP no slapd')
    sys.exit(0)
t = rig.Tap()
S = slapd.SUFFIX
PEOPLE, SALES, GROUPS = ('ou=%s,%s' % (x, S) for x in ('People', 'Sales', 'Groups'))
LOCKED = '000001010000Z'
os.environ['LIFE_PW'] = 'secret'


def unit(dn):
    return 'dn: %s\nobjectClass: organizationalUnit\nou: %s\n' % (dn, dn.split(',')[0][3:])


def person(uid, parent=PEOPLE, *more):
    return '\n'.join(['dn: uid=%s,%s' % (uid, parent), 'objectClass: inetOrgPerson', 'uid: ' + uid, 'cn: ' + uid.title(), 'sn: Of',
                      'displayName: ' + uid.title(), 'mail: %s@example.com' % uid, *more, ''])


def group(cn, *members):
    return '\n'.join(['dn: cn=%s,%s' % (cn, GROUPS), 'objectClass: groupOfNames', 'cn: ' + cn,
                      *('member: ' + m for m in members), ''])


def uid(name, parent=PEOPLE):
    return 'uid=%s,%s' % (name, parent)


class World:
    def __init__(self, top, provider):
        (top / 'server').mkdir()
        (top / 'server/db.conf').write_text('overlay refint\nrefint_attributes member manager\nrefint_nothing %s\n'
                                            'overlay ppolicy\nindex modifyTimestamp eq\n' % S)
        self.server = slapd.Slapd(top / 'server', provider, 'moduleload refint\nmoduleload ppolicy')
        ldif = ['dn: %s\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: x\n' % S,
                *map(unit, (PEOPLE, SALES, GROUPS)), *(person(x) for x in ('anna', 'bert', 'carl', 'dora', 'emil')),
                group('all', *map(uid, ('anna', 'bert', 'carl'))), group('few', uid('dora'))]
        (top / 'ldif').write_text('\n'.join(ldif))
        self.server.load(top / 'ldif')
        self.server.start()
        self.tenant = rig.Tenant(top / 'tenant', 'example.com').start()
        self.site = rig.Site(top / 'site', [
            {'name': 'openldap', 'kind': 'ldap', 'servers': [self.server.url], 'user': slapd.ADMIN, 'password': 'env:LIFE_PW',
             'base': S, 'tls': {'required': False}, 'parameters': {'Domain.FQDN': 'example.com'}}, self.tenant.connector()])
        self.left = lambda e: False

    def wanted(self):
        people = self.server.search('(objectClass=inetOrgPerson)', 'uid', 'displayName', 'title', 'manager',
                                    'pwdAccountLockedTime', 'entryUUID')
        people = {dn.lower(): e for dn, e in people if not self.left(e)}
        users = {}
        for e in people.values():
            boss = people.get(e.get('manager', [''])[0].lower())
            users[e['uid'][0]] = (e['displayName'][0], e.get('title', [None])[0],
                                  e.get('pwdAccountLockedTime') != [LOCKED], boss and boss['uid'][0])
        groups = {e['cn'][0]: sorted(people[m.lower()]['uid'][0] for m in e['member'] if m.lower() in people)
                  for _, e in self.server.search('(objectClass=groupOfNames)', 'cn', 'member')}
        return users, groups

    def held(self):
        dump = self.tenant.dump()
        name = {u['id']: u['userPrincipalName'].split('@')[0] for u in dump['users']}
        users = {name[u['id']]: (u['displayName'], u['jobTitle'], u['accountEnabled'], name.get(u.get('manager')))
                 for u in dump['users']}
        groups = {g['displayName']: sorted(name.get(m, m) for m in g['members']) for g in dump['groups']}
        return users, groups

    def ids(self):
        return {u['userPrincipalName'].split('@')[0]: u['id'] for u in self.tenant.dump()['users']}

    def settled(self):
        """refint works behind the change."""
        def clean():
            dns = {dn.lower() for dn, _ in self.server.search('(objectClass=*)')}
            return all(v.lower() in dns | {S} for _, e in self.server.search('(|(member=*)(manager=*))', 'member', 'manager')
                       for a in e.values() for v in a)
        rig.until(clean, 'refint')

    def step(self, name, ldif='', *args):
        if ldif:
            self.server.modify(ldif)
            self.settled()
        r = self.site.run('cycle', *args, '--json')
        got, wanted = self.held(), self.wanted()
        t.ok(r.code == 0 and got == wanted, name, '%s\ngot:    %r\nwanted: %r' % (
            r.all[-1500:] if r.code else '', got, wanted))

    def quiet(self, name):
        before = self.tenant.writes()
        self.step(name)
        t.is_(self.tenant.writes(), before, name + ': nothing is written')


def modify(dn, *lines):
    return '\n'.join(['dn: ' + dn, 'changetype: modify', *lines, '', ''])


def add(ldif):
    return ldif.replace('\nobjectClass', '\nchangetype: add\nobjectClass', 1) + '\n'


def rename(dn, rdn, parent=None):
    return 'dn: %s\nchangetype: modrdn\nnewrdn: %s\ndeleteoldrdn: 1\n%s\n' % (
        dn, rdn, 'newsuperior: %s\n' % parent if parent else '')


def delete(dn):
    return 'dn: %s\nchangetype: delete\n\n' % dn


def lifecycle(w):
    w.step('the first cycle', '', 'initial')
    w.quiet('the second')
    ids = w.ids()
    w.step('add', add(person('fred', SALES, 'title: New', 'manager: ' + uid('anna'))) + add(group('new', uid('fred', SALES))))
    w.step('change', modify(uid('bert'), 'replace: title', 'title: Chief', '-', 'replace: displayName', 'displayName: Bertram'))
    w.step('rename', rename(uid('carl'), 'uid=carl', SALES) + rename('cn=few,' + GROUPS, 'cn=some'))
    w.step('a unit is renamed', rename(SALES, 'ou=Field'))
    field = 'ou=Field,' + S
    w.step('a unit is moved below another', rename(field, 'ou=Field', PEOPLE))
    field = 'ou=Field,' + PEOPLE
    t.is_({k: v for k, v in w.ids().items() if k in ids}, ids, 'the users are the same')
    w.step('disable', modify(uid('dora'), 'add: pwdAccountLockedTime', 'pwdAccountLockedTime: ' + LOCKED))
    w.step('enable', modify(uid('dora'), 'delete: pwdAccountLockedTime'))
    w.step('members come and go', modify('cn=all,' + GROUPS, 'add: member', 'member: ' + uid('emil'), '-', 'delete: member',
                                         'member: ' + uid('anna')))
    w.step('a manager, another, and none', modify(uid('dora'), 'replace: manager', 'manager: ' + uid('emil')) +
           modify(uid('bert'), 'replace: manager', 'manager: ' + uid('carl', field)) + modify(uid('fred', field), 'delete: manager'))
    w.step('delete: a manager and member', delete(uid('emil')))
    w.step('recreate: another of the same name', add(person('emil', PEOPLE, 'title: Another')))
    t.ok(w.ids()['emil'] != ids['emil'], 'recreate: it is another user')
    w.left = lambda e: e.get('title') == ['Another']
    connector = w.site.settings['connectors'][0]
    connector['filter'] = '(!(title=Another))'
    w.site.write()
    w.step('a filter leaves one out')
    connector.pop('filter')
    w.site.write()
    w.left = lambda e: False
    before = w.ids()
    w.step('no filter any more')
    t.is_({k: w.ids()[k] for k in before}, before, 'the others are the same')
    t.ok(rig.change_store(w.site.path / 'causeway.db', 'delete from watermark') > 0, 'the watermark is lost')
    w.step('a cycle without it', modify(uid('anna'), 'replace: title', 'title: After the loss'))
    w.quiet('the last')
    t.is_(w.site.pending(), [], 'nothing is pending')


for provider in (1000, None):
    with rig.scratch() as top:
        t.note('deltas by syncrepl' if provider else 'deltas by modifyTimestamp')
        world = World(top, provider)
        try:
            lifecycle(world)
        finally:
            world.server.stop()
t.done()

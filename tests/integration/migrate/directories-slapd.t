#!/usr/bin/env python3
"""causeway migrate analyze --from-directories with OpenLDAP and a tenant: who is the
same by entryUUID, who is alone on either side; and nobody is deleted."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
import slapd  # noqa: E402
from rig import *  # noqa: E402,F403

S = slapd.SUFFIX
PEOPLE, GROUPS = 'ou=People,' + S, 'ou=Groups,' + S
DOMAIN = 'small.example'
PEOPLE_COUNT = 300  # more than one batch of an import
t = Tap()


def person(n):
    return ('uid=u%02d,%s' % (n, PEOPLE), 'objectClass: inetOrgPerson\nuid: u%02d\ncn: Person %02d\nsn: %02d\nmail: u%02d@%s' % (n, n, n, n, DOMAIN))


def ldif():
    entries = [(S, 'objectClass: organization\nobjectClass: dcObject\ndc: example\no: example')]
    entries += [('ou=%s,%s' % (n, S), 'objectClass: organizationalUnit\nou: ' + n) for n in ('People', 'Groups')]
    entries += [person(n) for n in range(PEOPLE_COUNT)]
    entries += [('cn=team,' + GROUPS, 'objectClass: groupOfNames\ncn: team\n' + '\n'.join('member: ' + person(n)[0] for n in range(5)))]
    return '\n'.join('dn: %s\n%s\n' % e for e in entries)


def state(tenant):
    return json.dumps(tenant.graph().full_dump(), sort_keys=True)


with scratch() as d:
    os.environ['DIRECTORIES_TEST_PW'] = 'secret'
    server = slapd.Slapd(d / 'slapd')
    (d / 'content.ldif').write_text(ldif())
    server.load(d / 'content.ldif')
    server.start()
    try:
        tenant = Tenant(d / 'tenant', DOMAIN).start().sync_switch(True)
        directory = {'name': 'company', 'kind': 'ldap', 'servers': [server.url], 'base': S, 'user': slapd.ADMIN,
                     'password': 'env:DIRECTORIES_TEST_PW', 'tls': {'required': False}}
        old = Site(d / 'old', [directory, tenant.sync_connector()])
        t.code(old.run('cycle', 'initial'), 0, 'the old server fills the cloud')
        cloud = {u['displayName'] for u in tenant.dump()['users'] if u.get('onPremisesImmutableId')}
        t.is_(len(cloud), PEOPLE_COUNT, 'all people are in the cloud')

        # Two leave without the old server, one comes, one is another entry of the same address.
        server.modify('dn: %s\nchangetype: delete\n\ndn: %s\nchangetype: delete\n\ndn: %s\nchangetype: delete\n\n' % tuple(
            person(n)[0] for n in (20, 21, 22)))
        server.modify(''.join('dn: %s\nchangetype: add\n%s\n\n' % person(n) for n in (22, 777)))
        before, was, content = tenant.writes(), state(tenant), server.search('(objectClass=*)', '*', '+')
        for name, target in (('the synchronisation service', tenant.sync_connector()), ('Graph', tenant.connector())):
            site = Site(d / target['kind'], [directory, target])
            r = site.run('migrate', 'analyze', '--from-directories', '--json')
            t.code(r, 0, name + ': directory and cloud are read')
            x = r.json()
            seen, n = x['directories'], x['directories']['objects']
            t.is_(n['matched'] - ('sync' == target['kind']), PEOPLE_COUNT - 3, name + ': who is the same by entryUUID'
                  + (', and a group, which Graph has no anchor of' if target['kind'] == 'sync' else ''))
            t.is_(sorted(o['name'] for o in seen['orphans_cloud'] if o['name'].startswith('Person')),
                  ['Person 20', 'Person 21', 'Person 22'], name + ': alone in the cloud')
            t.is_(sorted(o['dn'].split(',')[0] for o in seen['orphans_directory'] if o['dn'].endswith(PEOPLE)), ['uid=u22', 'uid=u777'],
                  name + ': alone in the directory')
            t.is_([(o['name'], o['other']['dn'], o['by']) for o in seen['conflicts']], [('Person 22', person(22)[0], 'primary SMTP address')],
                  name + ': one address under two anchors, which the cloud would refuse')
            t.is_([v['setting'] for v in x['verdicts'] if v['verdict'] == 'manual' and v['setting'] in ('orphans_cloud', 'conflicts')],
                  ['orphans_cloud', 'conflicts'], name + ': each needs a person')
            t.ok(not (site.path / 'causeway.db').exists(), name + ': without a store')
        t.is_((tenant.writes(), state(tenant) == was, server.search('(objectClass=*)', '*', '+') == content), (before, True, True),
              'nobody was deleted: cloud and directory are as they were')
    finally:
        server.stop()
t.done()

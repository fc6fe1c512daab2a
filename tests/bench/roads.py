#!/usr/bin/env python3
"""roads.py FOLDER BUILD OBJECTS MEMBERSHIPS -- for bench.sh: the same people and
groups through both doors of a tenant, by Graph and by the synchronisation
service; prints what the first export and what confirms it cost."""
import os
import pathlib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
folder, os.environ['BUILD'] = pathlib.Path(sys.argv[1]), sys.argv[2]
objects, memberships = int(sys.argv[3]), int(sys.argv[4])
import rig  # noqa: E402
from measure import measured  # noqa: E402

GROUPS = 30
ROOT = 'DC=small,DC=example'


def entries():
    people = objects - GROUPS
    dns = ['CN=Person %05d,OU=Staff,%s' % (i, ROOT) for i in range(people)]
    yield ROOT, [('objectClass', 'domainDNS'), ('dc', 'small')]
    yield 'OU=Staff,' + ROOT, [('objectClass', 'organizationalUnit'), ('ou', 'Staff')]
    for i, dn in enumerate(dns):
        name = 'p%05d' % i
        yield dn, [('objectClass', 'user'), ('cn', 'Person %05d' % i), ('sn', '%05d' % i), ('givenName', 'Person'),
                   ('displayName', 'Person %05d' % i), ('sAMAccountName', name), ('title', 'Clerk'),
                   ('userPrincipalName', name + '@' + rig.SMALL), ('mail', name + '@' + rig.SMALL), ('l', 'Bergen'),
                   ('department', 'Store %d' % (i % 7)), ('telephoneNumber', '+47 %08d' % i), ('c', 'NO'),
                   ('userAccountControl', '512'), ('objectGUID', b'guid-of-p-%06d' % i)]
    each = memberships // GROUPS
    for g in range(GROUPS):
        yield 'CN=Group %d,OU=Staff,%s' % (g, ROOT), [
            ('objectClass', 'group'), ('cn', 'Group %d' % g), ('displayName', 'Group %d' % g),
            ('sAMAccountName', 'group%d' % g), ('groupType', '-2147483646'), ('objectGUID', b'guid-of-g-%06d' % g),
            *[('member', dns[(g * each + m) % people]) for m in range(each)]]


def tenant_kb(tenant):
    with open('/proc/%d/status' % tenant.process.pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmHWM:'))


def road(kind):
    here = folder / kind
    here.mkdir(parents=True)
    tenant = rig.Tenant(here / 'tenant', rig.SMALL).start().sync_switch(True)
    tenant.admin('POST', 'sync', {'page': 500})
    site = rig.Site(here / 'site', [rig.ldif_connector(folder / 'people.ldif'),
                                    tenant.connector() if kind == 'graph' else tenant.sync_connector()])
    for profile in ('full-import', 'full-sync'):
        if site.run('run', 'company', profile, '--quiet').code != 0:
            raise SystemExit('bench: roads: %s' % profile)
    for name, command in (('first export', ('run', 'cloud', 'export')), ('full import', ('run', 'cloud', 'full-import')),
                          ('export of nothing', ('run', 'cloud', 'export'))):
        before = tenant.admin('GET', 'counts')['requests']
        m = measured(site.command(*command, '--quiet'))
        if m['code'] != 0:
            raise SystemExit('bench: roads: %s by %s: exit code %d' % (name, kind, m['code']))
        print('| %s | %s | %.1f | %d | %d | %.1f | %.1f MB | %.1f MB |' % (
            name, kind, m['seconds'], objects / m['seconds'], tenant.admin('GET', 'counts')['requests'] - before,
            m['user'] + m['system'], m['anonymous_kb'] / 1024, tenant_kb(tenant) / 1024), flush=True)
    dump = tenant.dump()
    there = (len(dump['users']) + len(dump['groups']), sum(len(g['members']) for g in dump['groups']))
    if there != (objects, memberships // GROUPS * GROUPS):
        raise SystemExit('bench: roads: %s: the tenant has %d objects and %d memberships' % (kind, *there))
    tenant.stop()


folder.mkdir(parents=True, exist_ok=True)
(folder / 'people.ldif').write_text(rig.ldif_text(entries()))
print('| step | by | seconds | objects/s | requests | CPU s | anonymous memory | most of the tenant |')
print('|---|---|--:|--:|--:|--:|--:|--:|')
for kind in ('graph', 'sync'):
    road(kind)

#!/usr/bin/env python3
"""LDIF that is broken in one place: the place is named, the rest goes on,
and nothing that was there is lost."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403


def line_of(path, text):
    return [n for n, line in enumerate(path.read_text().splitlines(), 1) if text in line][-1]


def good_cycle(t, site, tenant, source, entries, name):
    """The source is whole again: the tenant is what it says."""
    source.write_text(ldif_text(entries))
    t.code(site.run('cycle'), 0, name + ': the next good cycle ends right')
    t.is_(differences(tenant, source, SMALL), [], name + ': the tenant is as the source says')


def broken_base64(t, site, tenant, source, entries):
    text = ldif_text(entries).replace('displayName: Person 007', 'displayName:: UGVyc29*!IDAwNw==')
    text = text.replace('department: Store 1', 'department: Store one')
    source.write_text(text)
    r = site.run('cycle', '--json')
    t.code(r, 3, 'broken base64: finished with an object error')
    t.has(r.all, [source.name, 'displayName', 'base64', str(line_of(source, 'UGVyc29*!'))],
          'broken base64: the error names file, line and attribute')
    there = oracle.actual(tenant.dump())
    t.ok(any(o['props']['displayName'] == 'Person 007' for o in there.values()),
         'broken base64: the object is still there')
    t.ok(any(o['props'].get('department') == 'Store one' for o in there.values()),
         'broken base64: the other objects went on')
    t.is_(len(there), len(entries) - 2, 'broken base64: nothing was deleted')
    good_cycle(t, site, tenant, source, entries, 'broken base64')


def same_anchor(t, site, tenant, source, entries):
    twin = ('CN=Twin,OU=Staff,DC=small,DC=example',
            [(n, v) for n, v in entries[9][1] if n not in ('cn', 'displayName', 'manager')] +
            [('cn', 'Twin'), ('displayName', 'Twin')])
    source.write_text(ldif_text(entries + [twin]))
    r = site.run('cycle', '--json')
    t.code(r, 3, 'two objects with one anchor: finished with an object error')
    t.has(r.all, ['duplicate-object', 'CN=Twin'], 'two objects with one anchor: the error names the second')
    there = oracle.actual(tenant.dump())
    t.is_(len(there), len(entries) - 2, 'two objects with one anchor: nothing added or deleted')
    t.ok(not any(o['props']['displayName'] == 'Twin' for o in there.values()),
         'two objects with one anchor: the first keeps its values')
    good_cycle(t, site, tenant, source, entries, 'two objects with one anchor')


def ring_of_groups(t, site, tenant, source, entries):
    root = 'OU=Staff,DC=small,DC=example'
    ring = [(dn, attrs + [('member', 'CN=Group %d,%s' % ((i + 1) % 3, root))])
            for i, (dn, attrs) in enumerate(entries[-3:])]
    itself = ('CN=Own tail,' + root, [
        ('objectClass', 'group'), ('cn', 'Own tail'), ('displayName', 'Own tail'), ('sAMAccountName', 'owntail'),
        ('groupType', '-2147483646'), ('objectGUID', b'guid-of-g-000099')])
    source.write_text(ldif_text(entries[:-3] + ring + [itself]))
    r = site.run('cycle', '--json')
    t.code(r, 0, 'a cycle among groups: no error')
    t.is_(differences(tenant, source, SMALL), [], 'a cycle among groups: is in the tenant as in the source')
    t.is_(site.pending(), [], 'a cycle among groups: nothing is pending after it')
    good_cycle(t, site, tenant, source, entries, 'a cycle among groups')


t = Tap()
with scratch() as d:
    tenant = Tenant(d / 'tenant', SMALL).start()
    source = d / 'small.ldif'
    entries = small_entries()
    source.write_text(ldif_text(entries))
    site = Site(d / 'site', [ldif_connector(source), tenant.connector()])
    t.code(site.run('cycle', 'initial'), 0, 'the first cycle')
    t.is_(differences(tenant, source, SMALL), [], 'the tenant is as the source says')
    for test in (broken_base64, same_anchor, ring_of_groups):
        test(t, site, tenant, source, entries)
t.done()

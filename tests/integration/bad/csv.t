#!/usr/bin/env python3
"""CSV with a missing column or a broken row: named, and nothing is lost."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

HEAD = 'objectGUID,sAMAccountName,userPrincipalName,displayName,department,userAccountControl'


def csv_text(people, head=HEAD, drop=None):
    columns = HEAD.split(',')
    rows = [columns] + [[base64.b64encode(b'guid-of-c-%06d' % i).decode(), 'c%03d' % i, 'c%03d@%s' % (i, SMALL),
                         'Column %03d' % i, 'Store, front', '512'] for i in range(people)]
    keep = [i for i, c in enumerate(columns) if c != drop]
    return ''.join(','.join('"%s"' % row[i] if ',' in row[i] else row[i] for i in keep) + '\n' for row in rows)


def good(t, site, tenant, source, what):
    source.write_text(csv_text(30))
    t.code(site.run('cycle'), 0, what + ': the next good cycle ends right')
    users = tenant.dump()['users']
    t.is_(sorted(u['displayName'] for u in users), ['Column %03d' % i for i in range(30)],
          what + ': everybody is there')


t = Tap()
with scratch() as d:
    tenant = Tenant(d / 'tenant', SMALL).start()
    source = d / 'people.csv'
    source.write_text(csv_text(30))
    site = Site(d / 'site', [csv_connector(source, columns=['department']), tenant.connector()])
    t.code(site.run('cycle', 'initial'), 0, 'the first cycle')
    t.is_(len(tenant.dump()['users']), 30, 'everybody is there')
    t.is_({u['department'] for u in tenant.dump()['users']}, {'Store, front'}, 'a comma in a value')

    source.write_text(csv_text(30, drop='objectGUID'))
    writes = tenant.writes()
    r = site.run('cycle', '--json')
    t.code(r, 1, 'no anchor column: stopped')
    t.has(r.all, ['people.csv', 'objectGUID'], 'no anchor column: the error names file and column')
    t.is_(tenant.writes(), writes, 'no anchor column: nothing was written')
    good(t, site, tenant, source, 'no anchor column')

    # A column that the configuration declares has gone: its values would all
    # be removed at the tenant.
    source.write_text(csv_text(30, drop='department'))
    r = site.run('cycle', '--json')
    t.code(r, 1, 'a declared column is missing: stopped')
    t.has(r.all, ['people.csv', 'department'], 'a declared column is missing: the error names file and column')
    t.is_({u['department'] for u in tenant.dump()['users']}, {'Store, front'},
          'a declared column is missing: no value is lost')
    good(t, site, tenant, source, 'a declared column is missing')

    lines = csv_text(30).splitlines(True)
    lines[12] = lines[12].rsplit(',', 3)[0] + '\n'
    source.write_text(''.join(lines))
    r = site.run('cycle', '--json')
    t.code(r, 3, 'a row too short: finished with an object error')
    t.has(r.all, ['people.csv', '13'], 'a row too short: the error names file and line')
    t.is_(len(tenant.dump()['users']), 30, 'a row too short: nobody is deleted')
    good(t, site, tenant, source, 'a row too short')
t.done()

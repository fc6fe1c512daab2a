#!/usr/bin/env python3
"""The contract of connectors/connector.h, asked of the sync connector: all types,
one type, some attributes, page by page."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()


def contract(site, name, *attributes):
    """Its answers are ours, with the connector's name before them."""
    r = run(BUILD / 'tests/lib/connector_contract', site.path, name, *attributes)
    for line in r.out.splitlines():
        if line.startswith(('ok ', 'not ok ')):
            t.ok(line.startswith('ok '), '%s: %s' % (name, line.partition(' - ')[2]))
    t.is_((r.code, r.err), (0, ''), name + ': all of it')


with scratch() as d:
    (d / 'small.ldif').write_text(ldif_text(small_entries()))
    tenant = Tenant(d / 'tenant', SMALL).start().sync_switch(True)
    site = Site(d / 'site', [ldif_connector(d / 'small.ldif'), tenant.sync_connector()])
    t.code(site.run('cycle', 'initial'), 0, 'the tenant is filled')
    doors = Site(d / 'doors', [tenant.sync_connector(name='sync')])
    contract(doors, 'sync')
    contract(doors, 'sync', 'displayName,member')
    contract(Site(d / 'one', [tenant.sync_connector(name='groups', types=['group'])]), 'groups')
    tenant.admin('POST', 'sync', {'page': 7})
    contract(doors, 'sync')
t.done()

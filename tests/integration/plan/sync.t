#!/usr/bin/env python3
"""Undo through the synchronisation web service: values, and a user with its id."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()


def state(tenant):
    d = tenant.dump()
    return {o['id']: {k: sorted(v) if isinstance(v, list) else v for k, v in o.items()} for o in d['users'] + d['groups']}


with scratch() as d:
    tenant = Tenant(d / 'tenant', SMALL).start().sync_switch(True)
    source, entries = d / 'small.ldif', small_entries(12)
    source.write_text(ldif_text(entries))
    site = Site(d / 'site', [ldif_connector(source), tenant.sync_connector()])
    t.code(site.run('cycle', 'initial'), 0, 'the first cycle')
    t.code(site.run('cycle'), 0, 'the second')
    before = state(tenant)
    gone = 'CN=Person 005,'
    entries = [(dn, [(n, 'Elsewhere' if n == 'department' and dn.startswith('CN=Person 003,') else v) for n, v in a
                     if not (isinstance(v, str) and v.startswith(gone))]) for dn, a in entries if not dn.startswith(gone)]
    source.write_text(ldif_text(entries))
    t.code(site.run('run', 'company', 'full-import'), 0, 'import')
    t.code(site.run('run', 'company', 'delta-sync'), 0, 'sync')
    plan = site.run('plan', '--json').json()
    t.code(site.run('apply', plan['number']), 0, 'apply')
    t.ok(len(state(tenant)) == len(before) - 1, 'a user is deleted')
    undo = site.run('undo', plan['number'], '--json').json()
    t.is_(undo.get('cannotBeUndone'), [], 'all of it can be undone')
    t.code(site.run('apply', undo['number']), 0, 'the inverse')
    back = state(tenant)
    t.is_([(before.get(i), back.get(i)) for i in set(before) | set(back) if before.get(i) != back.get(i)], [],
          'the tenant is as it was, with the same ids')
    for _ in range(2):
        t.code(site.run('cycle'), 0, 'a cycle')
    t.is_(set(state(tenant)), set(before), 'and stays so')
t.done()

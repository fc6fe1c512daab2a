#!/usr/bin/env python3
"""A source anchor that changed is an error on the object, and on it alone, by
both roads: nothing of it is sent, nobody is made anew or deleted, the others go
on; put right at the source, it goes on too."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

GUID = 'mS-DS-ConsistencyGuid'
t = Tap()


def with_anchor(entries, number, **values):
    """The anchor of everyone is written; that of one may be another."""
    out = []
    for dn, attrs in entries:
        if dn.startswith('CN=Person'):
            own = dict(attrs)['objectGUID']
            changed = dn.startswith('CN=Person %03d,' % number)
            attrs = [(n, values.get(n, v) if changed else v) for n, v in attrs]
            attrs.append((GUID, values.get('anchor', own) if changed else own))
        out.append((dn, attrs))
    return out


def users(tenant):
    return {u['displayName']: u for u in tenant.dump()['users']}


def road(name, connector, switch):
    with scratch() as d:
        tenant = Tenant(d / 'tenant', SMALL).start()
        if switch:
            tenant.sync_switch(True)
        entries, source = small_entries(12), d / 'small.ldif'
        source.write_text(ldif_text(with_anchor(entries, 3)))
        site = Site(d / 'site', [ldif_connector(source, parameters={'Domain.FQDN': SMALL}), connector(tenant)], default_rules={'source_anchor': GUID})
        t.code(site.run('cycle', 'initial'), 0, name + ': the first cycle')
        t.code(site.run('cycle'), 0, name + ': the second')
        before, seq = users(tenant), tenant.writes()
        t.is_(len(before), 12, name + ': everybody is there')

        wrong = with_anchor(entries, 3, anchor=b'another-one-0001', department='Elsewhere')
        wrong = [(dn, [(n, 'Moved' if n == 'department' and dn.startswith('CN=Person 004,') else v) for n, v in a])
                 for dn, a in wrong]
        source.write_text(ldif_text(wrong))
        r = site.run('cycle', '--json')
        t.code(r, 3, name + ': an error on an object')
        errors = errors_of(r)
        t.is_(len(errors), 1, name + ': on one alone')
        t.has(json.dumps(errors), ['Person 003', 'SourceAnchor attribute has changed.'], name + ': named, and why')
        now = users(tenant)
        t.is_(now['Person 003'], before['Person 003'], name + ': it is as it was, with its id and its anchor')
        t.is_(now['Person 004']['department'], 'Moved', name + ': the others go on')
        made = tenant.journal(seq)['totals']
        t.is_((made['created'], made['deleted']), (0, 0), name + ': nobody is made anew, nobody is deleted')
        t.code(site.run('cycle'), 3, name + ': it is said again')
        t.has(site.run('status').out, ['sync-rule-error-function-triggered'], name + ': status has it')

        source.write_text(ldif_text(with_anchor(entries, 3, department='Elsewhere')))
        t.code(site.run('cycle'), 0, name + ': put right at the source')
        now = users(tenant)
        t.is_((now['Person 003']['department'], now['Person 003']['id']), ('Elsewhere', before['Person 003']['id']),
              name + ': what waited is sent, to the same user')


road('graph', lambda tenant: tenant.connector(), False)
road('sync', lambda tenant: tenant.sync_connector(), True)
t.done()

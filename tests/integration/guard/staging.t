#!/usr/bin/env python3
"""Settings of a staging server never touch production: limits, a threshold of
none, policies, acknowledgements, plans and leases of a standby change nothing in
the tenant and hold up nobody; by both roads to it."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()


def organisation(tenant):
    """All that is kept of the organisation: settings, time of the last run, lease."""
    g = tenant.graph()
    org = g.get('/v1.0/organization')['value'][0]
    return org, g.get('/v1.0/organization/%s/extensions' % org['id'])


def road(name, connector, switch, **settings):
    with scratch() as d:
        tenant = Tenant(d / 'tenant', SMALL).start()
        if switch:
            tenant.sync_switch(True)
        entries, source = small_entries(20), d / 'small.ldif'
        source.write_text(ldif_text(entries))
        files = [ldif_connector(source, parameters={'Domain.FQDN': SMALL})]
        active = Site(d / 'active', files + [connector(tenant)])
        standby = Site(d / 'standby', files + [connector(tenant, **settings)], staging=True,
                       guard={'deletions': 0, 'change_percent': 1, 'change_minimum': 0},
                       plan={'apply': 'never'})
        t.code(active.run('cycle', 'initial'), 0, name + ': the active server fills the tenant')
        t.code(active.run('cycle'), 0, name + ': and again')
        before, shown = organisation(tenant), active.run('guard', 'show').out
        seq = tenant.writes()

        source.write_text(ldif_text([(dn, [(n, v) for n, v in a if not (isinstance(v, str) and any(
            v.startswith('CN=Person %03d,' % i) for i in (7, 8, 9)))]) for dn, a in entries
            if not any(dn.startswith('CN=Person %03d,' % i) for i in (7, 8, 9))]))
        for args, code in (
                (('cycle', 'initial'), 0), (('cycle',), 0), (('guard', 'set', '0'), 0), (('guard', 'set', 'delete', '0'), 0),
                (('guard', 'set', 'lose-group', '0', '--container', '*'), 0),
                (('guard', 'ack', 'cloud', '--reason', 'rehearsal', '--for', '1h'), 0), (('cycle',), 0),
                (('run', 'cloud', 'export'), 5), (('lease', 'take', 'cloud'), 5), (('lease', 'release', 'cloud'), 5),
                (('plan',), 0)):
            t.code(standby.run(*args), code, '%s: standby: %s' % (name, ' '.join(args)))
        plan = standby.run('plan', 'list', '--json').json()[0]['number']
        t.code(standby.run('apply', plan), 5, name + ': standby: apply')
        t.is_(tenant.writes(), seq, name + ': nothing was written')
        t.is_(organisation(tenant), before, name + ': the organisation is as it was: settings, last run, lease')
        t.is_(active.run('guard', 'show').out, shown, name + ': the active one has its own limits')
        r = active.run('cycle')
        t.code(r, 0, name + ': and deletes three, which the standby would not')
        t.is_(len(tenant.dump()['users']), 17, name + ': they are gone')


road('graph', lambda tenant, **more: tenant.connector(**more), False)
road('sync', lambda tenant, **more: tenant.sync_connector(**more), True, features={'BlockSoftMatch': 'true'})
t.done()

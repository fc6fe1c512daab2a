#!/usr/bin/env python3
"""A source that answers nothing, or far less, is a fault of the source and
never a deletion."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403


def stopped(t, site, tenant, source, what, profile=()):
    """A cycle that a guard stops: exit 4, and the tenant is untouched."""
    writes = tenant.writes()
    r = site.run('cycle', *profile)
    t.code(r, 4, what + ': stopped by a guard')
    t.has(r.all, ['company'], what + ': the message names the connector')
    t.is_(tenant.writes(), writes, what + ': nothing was written')
    t.is_(site.pending(), [], what + ': nothing is pending either')
    return r


t = Tap()
with scratch() as d:
    tenant = Tenant(d / 'tenant', SMALL).start()
    source = d / 'small.ldif'
    entries = small_entries(60)
    source.write_text(ldif_text(entries))
    site = Site(d / 'site', [ldif_connector(source), tenant.connector()])
    t.code(site.run('cycle', 'initial'), 0, 'the first cycle')
    t.is_(differences(tenant, source, SMALL), [], 'the tenant is as the source says')

    def good(what):
        source.write_text(ldif_text(entries))
        t.code(site.run('cycle'), 0, what + ': the next good cycle ends right')
        t.is_(differences(tenant, source, SMALL), [], what + ': the tenant is as the source says')

    source.write_text('version: 1\n')
    stopped(t, site, tenant, source, 'an empty source')
    stopped(t, site, tenant, source, 'an empty source, initial', ['initial'])
    good('an empty source')

    source.write_text('')
    stopped(t, site, tenant, source, 'a file of no bytes')
    good('a file of no bytes')

    source.unlink()
    r = site.run('cycle')
    t.code(r, 1, 'no file: an error')
    t.has(r.all, ['small.ldif'], 'no file: the message names it')
    good('no file')

    source.write_text(ldif_text(entries[:2 + 20] + entries[-3:]))
    stopped(t, site, tenant, source, 'a third of the people')
    good('a third of the people')

    # The base or the containers of the connector are changed by a slip.
    connectors = site.settings['connectors']
    site.settings['connectors'] = [dict(connectors[0], include=['OU=Stuff,DC=small,DC=example']), connectors[1]]
    site.write()
    stopped(t, site, tenant, source, 'another container')
    site.settings['connectors'] = connectors
    site.write()
    good('another container')

    # Few go: that is work, and no fault.
    gone = entries[:2 + 55] + entries[-3:]
    source.write_text(ldif_text(gone))
    t.code(site.run('cycle'), 0, 'five people leave: they go')
    t.is_(differences(tenant, source, SMALL), [], 'five people leave: the tenant follows')

    # What the guard stops, a person may allow: once.
    source.write_text(ldif_text(gone[:2 + 20] + gone[-3:]))
    stopped(t, site, tenant, source, 'many leave')
    t.code(site.run('guard', 'ack', 'company', '--reason', 'it is meant'), 0, 'guard ack')
    t.code(site.run('cycle'), 0, 'many leave, allowed: they go')
    t.is_(differences(tenant, source, SMALL), [], 'many leave, allowed: the tenant follows')
    source.write_text('version: 1\n')
    stopped(t, site, tenant, source, 'empty after the allowed one')

    # The export's own threshold: more deletions than it lets through.
    source.write_text(ldif_text(gone[:2 + 20] + gone[-3:]))
    t.code(site.run('cycle'), 0, 'the source is whole again')
    site.settings['guard'] = {'deletions': 3}
    site.write()
    source.write_text(ldif_text(gone[:2 + 14] + gone[-3:]))
    writes = tenant.writes()
    r = site.run('cycle')
    t.code(r, 4, 'six deletions, three allowed: stopped by a guard')
    t.has(r.all, ['deletion', '6', '3'], 'the message says how many and how many may')
    t.is_(tenant.writes(), writes, 'nothing was written')
    t.is_(sum(i['operation'] == 'delete' for i in site.pending()), 6, 'and the six are pending')
    site.settings['guard'] = {'deletions': 6}
    site.write()
    t.code(site.run('cycle'), 0, 'six allowed: they go')
    t.is_(differences(tenant, source, SMALL), [], 'the tenant follows')
t.done()

#!/usr/bin/env python3
"""What fails is seen in status, though other runs go well after it."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()


def failing(site):
    return [(f['connector'], f['profile'], f['times']) for f in site.run('status', '--json').json()['failing']]


with scratch() as d:
    tenant = Tenant(d / 'tenant', SMALL).start()
    source = d / 'company.ldif'
    source.write_text(ldif_text(small_entries(12)))
    site = Site(d / 'site', [ldif_connector(source), tenant.connector()])
    t.code(site.run('cycle', 'initial'), 0, 'all is well')
    t.is_(failing(site), [], 'nothing fails')
    tenant.stop()
    t.code(site.run('cycle'), 1, 'the cloud cannot be reached')
    t.is_(failing(site), [('cloud', 'delta-import', 1)], 'its import failed once')
    t.code(site.run('cycle'), 1, 'and again')
    r = site.run('status')
    t.has(r.out, ['export: success', 'cloud: delta-import failed 2 times in a row, since ', 'no-start-connection', 'no connection'],
          'the last run went well, and status says what did not, since when and why')
    run_number = r.out.split('(run ')[1].split(')')[0]
    t.has(site.run('history', 'show', run_number).out, ['no-start-connection'], 'by the number of the run')
    source.unlink()
    t.code(site.run('cycle'), 1, 'the source is away as well')
    t.is_(sorted(failing(site)), [('cloud', 'delta-import', 3), ('company', 'delta-import', 1)], 'both are told')
    tenant.start()
    source.write_text(ldif_text(small_entries(12)))
    t.code(site.run('cycle'), 0, 'both are there again')
    t.is_(failing(site), [], 'nothing fails any more')
    tenant.stop()
t.done()

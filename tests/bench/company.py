#!/usr/bin/env python3
"""company.py FOLDER BUILD PEOPLE -- for bench.sh: a company of PEOPLE as LDIF
with the attributes of Active Directory, through import and synchronisation by
the default rules.  Records that are bad on purpose are among them."""
import os
import pathlib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
folder, os.environ['BUILD'], people = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
import rig  # noqa: E402
from measure import measured  # noqa: E402

STEPS = (('full import', ('run', 'company', 'full-import')), ('full synchronisation', ('run', 'company', 'full-sync')),
         ('full import, nothing changed', ('run', 'company', 'full-import')),
         ('delta synchronisation, nothing changed', ('run', 'company', 'delta-sync')))

folder.mkdir(parents=True, exist_ok=True)
rig.company(folder / 'company.ldif', '--people', people)
tenant = rig.Tenant(folder / 'tenant', 'vanmark.example').start()
site = rig.Site(folder / 'site', [rig.ldif_connector(folder / 'company.ldif'), tenant.connector()])
print('| step | seconds | people/s | CPU s | anonymous memory |')
print('|---|--:|--:|--:|--:|')
for name, command in STEPS:
    m = measured(site.command(*command, '--quiet'))
    if m['code'] not in (0, 3):
        raise SystemExit('bench: company: %s: exit code %d' % (name, m['code']))
    print('| %s | %.2f | %d | %.2f | %.1f MB |' % (name, m['seconds'], people / m['seconds'], m['user'] + m['system'],
                                                   m['anonymous_kb'] / 1024), flush=True)
tenant.stop()

#!/usr/bin/env python3
"""upgrade.py FOLDER BUILD OBJECTS -- for bench.sh: a DirSync server with so many
objects in the cloud moves to Causeway: analysis, import, full import and full
synchronisation of both sides, and the comparison with the tenant that its old
server filled.  Every object must be found to be the same.  An export of one object
less than 50,000 must be recommended another way than one of 50,000.

The old server here is one that sent account names and employee numbers already:
the cloud holds the same, and the comparison must say so."""
import json
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), *(str(ROOT / p) for p in ('tests/lib', 'tools/demo', 'examples/upgrade'))]
folder, os.environ['BUILD'], objects = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], int(sys.argv[3])
import make_company  # noqa: E402
import rig  # noqa: E402
import upgrade_site  # noqa: E402
from measure import measured  # noqa: E402

EXPORT = ROOT / 'examples/upgrade/dirsync-aster'
VENDOR_SECONDS = objects * 3 * 3600 / 50000
AD, CLOUD = 'Active Directory Connector', 'Windows Azure Active Directory Connector'


class LaterAster(make_company.Aster):
    SENT = {'sAMAccountName': 'onPremisesSamAccountName', 'employeeID': 'employeeId', 'employeeType': 'employeeType'}

    def values(self, e, known):
        out = make_company.Aster.values(self, e, known)
        if e['objectClass'] == 'user':
            out.update({to: e[of] for of, to in self.SENT.items() if of in e})
        return out


def die(text):
    raise SystemExit('bench: upgrade: ' + text)


def company_of(wanted):
    """The company whose old server has exactly so many objects in the cloud."""
    fixed = len(LaterAster(50).managed()) - 51
    for people in range((wanted - fixed) * 50 // 51 - 3, wanted + 1):
        if people + people // 50 + fixed >= wanted:
            break
    company = LaterAster(people)
    if len(company.managed()) != wanted:
        die('no company has exactly %d objects in the cloud: %d' % (wanted, len(company.managed())))
    return company


def step(name, *command, code=0):
    """Runs causeway; its output is in the file that is returned."""
    out = folder / (re.sub(r'\W+', '-', name) + '.out')
    m = measured(['sh', '-c', 'exec "$@" >"$0"', str(out), str(rig.CAUSEWAY), *map(str, command)])
    if m['code'] != code:
        die('%s: exit code %d: %s' % (name, m['code'], out.read_text()[:2000]))
    print('| %s | %.2f | %.2f | %.1f MB |' % (name, m['seconds'], m['user'] + m['system'], m['anonymous_kb'] / 1024), flush=True)
    return out, m['seconds']


def recommended(n):
    r = rig.run(rig.CAUSEWAY, 'migrate', 'analyze', EXPORT, '--objects', n, '--no-measure', '--json')
    return r.json()['recommendation']


if (recommended(49999), recommended(50000)) != ('in-place', 'parallel'):
    die('recommended: %s for 49,999, %s for 50,000' % (recommended(49999), recommended(50000)))
folder.mkdir(parents=True, exist_ok=True)
company = company_of(objects)
(folder / 'aster.ldif').write_text(company.ldif())
(folder / 'left.json').write_text(json.dumps(company.tenant()))
tenant = rig.Tenant(folder / 'tenant', company.domain).start()
r = rig.run(rig.TENANT, 'load', tenant.path, folder / 'left.json')
if r.code != 0:
    die('the tenant cannot be filled: ' + r.all)
site, total = folder / 'site', 0.0
print('| step | seconds | CPU s | anonymous memory |')
print('|---|--:|--:|--:|')
out, seconds = step('analysis, with its measurement', 'migrate', 'analyze', EXPORT, '--objects', objects, '--json')
total += seconds
if json.loads(out.read_text())['recommendation'] != ('in-place' if objects < 50000 else 'parallel'):
    die('another way is recommended')
out, seconds = step('import of the configuration', 'migrate', 'import', EXPORT, '--to', site, '--objects', objects)
total += seconds
upgrade_site.point_at(site, {'kind': 'file', 'path': str(folder / 'aster.ldif'), 'format': 'ldif', 'anchor': 'objectGUID'},
                      tenant.sync_connector())
for name, command in (('full import, directory', ('run', AD, 'full-import')), ('full import, cloud', ('run', CLOUD, 'full-import')),
                      ('full synchronisation, directory', ('run', AD, 'full-sync')),
                      ('full synchronisation, cloud', ('run', CLOUD, 'full-sync'))):
    total += step(name, *command, '--quiet', '--config', site)[1]
out, seconds = step('comparison', 'migrate', 'compare', '--json', '--config', site)
total += seconds
x = json.loads(out.read_text())
if (x['objects'], x['same'], x['open'], x['lines']) != (objects, objects, 0, []):
    die('the comparison: %d objects, %d the same, %d open, %s' % (x['objects'], x['same'], x['open'], x['lines'][:3]))
print('\n%d objects, every one the same: %.1f seconds; by the vendor\'s rule %.0f seconds' % (objects, total, VENDOR_SECONDS))
tenant.stop()

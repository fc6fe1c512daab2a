#!/usr/bin/env python3
"""causeway migrate analyze --from-directories: no export is left; who is whom
is read from the directory and the cloud, by both doors of the cloud.  And an
imported configuration runs: an invented DirSync's, with a file for its directory
and the tenant for its cloud."""
import base64
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()
ROOT = pathlib.Path(__file__).resolve().parents[3]


def names(answer, part):
    return sorted(o['name'] for o in answer['directories'][part])


def with_addresses(entries):
    out = []
    for dn, attrs in entries:
        first = dict(reversed(attrs))
        if first.get('objectClass') == 'user':
            attrs = attrs + [('mail', first['userPrincipalName']), ('proxyAddresses', 'SMTP:' + first['userPrincipalName'])]
        out.append((dn, attrs))
    return out


def look(site, *words):
    r = site.run('migrate', 'analyze', '--from-directories', '--json', *words)
    t.code(r, 0, 'directories and cloud are read')
    return r.json()


with scratch() as d:
    entries = with_addresses(small_entries(12))
    source = d / 'people.ldif'
    source.write_text(ldif_text(entries))
    tenant = Tenant(d / 'tenant', SMALL).start().sync_switch(True)
    old = Site(d / 'old', [ldif_connector(source, parameters={'Domain.FQDN': SMALL}), tenant.sync_connector()])
    t.code(old.run('cycle', 'initial'), 0, 'the old server fills the cloud')

    # Two left the directory without the old server; one is known by another
    # anchor now; one came.
    people = [e for e in entries if dict(e[1]).get('objectClass') != 'user' or not e[0].startswith(('CN=Person 003', 'CN=Person 004'))]
    people = [(dn, [(n, b'another-guid-005' if n == 'objectGUID' and dn.startswith('CN=Person 005') else v) for n, v in attrs
                    if (n, v) not in (('member', 'CN=Person 003,OU=Staff,DC=small,DC=example'),
                                      ('member', 'CN=Person 004,OU=Staff,DC=small,DC=example'))]) for dn, attrs in people]
    people.append(('CN=Newcomer,OU=Staff,DC=small,DC=example', [
        ('objectClass', 'user'), ('cn', 'Newcomer'), ('displayName', 'Newcomer'), ('sAMAccountName', 'new'),
        ('userPrincipalName', 'new@' + SMALL), ('userAccountControl', '512'), ('objectGUID', b'guid-of-newcomer')]))
    people.append(('CN=Twin,OU=Staff,DC=small,DC=example', [
        ('objectClass', 'user'), ('cn', 'Twin'), ('displayName', 'Twin'), ('sAMAccountName', 'twin'),
        ('userPrincipalName', 'twin@' + SMALL), ('userAccountControl', '512'), ('objectGUID', b'guid-of-the-twin'), ('mS-DS-ConsistencyGuid', b'guid-of-p-000006')]))
    people = [(dn, attrs + [('mS-DS-ConsistencyGuid', b'guid-of-p-000006')] if dn.startswith('CN=Person 006') else attrs) for dn, attrs in people]
    source.write_text(ldif_text(people))
    before = tenant.writes()
    for door, cloud in (('the synchronisation service', tenant.sync_connector()), ('Graph', tenant.connector())):
        site = Site(d / ('new-' + cloud['kind']), [ldif_connector(source), cloud])
        x = look(site)
        n = x['directories']['objects']
        t.is_((x['system'], x['recommendation'], x['settings'].get('source_anchor')), (None, 'parallel', 'objectGUID'),
              door + ': the anchor was objectGUID')
        t.is_(n['matched'], 12 if cloud['kind'] == 'sync' else 9, door + ': who is the same by the anchor')
        t.ok({'Person 003', 'Person 004', 'Person 005'} <= set(names(x, 'orphans_cloud')), door + ': whom the directory does not have',
             str(names(x, 'orphans_cloud')))
        t.is_([(o['name'], o['by'], o['other']['name']) for o in x['directories']['conflicts']],
              [('Person 005', 'primary SMTP address', 'Person 005')], door + ': one address under two anchors')
        t.ok('Newcomer' in names(x, 'orphans_directory'), door + ': whom the cloud does not have', str(names(x, 'orphans_directory')))
        t.is_(names(x, 'ambiguous'), ['Person 006', 'Twin'], door + ': two with one anchor')
        t.is_({v['setting'] for v in x['verdicts']}, {'source_anchor', 'orphans_cloud', 'conflicts', 'ambiguous'}, door + ': verdicts')
        t.is_(x['estimate']['objects'], n['directory'], door + ': the number of objects is counted')
        r = site.run('migrate', 'analyze', '--from-directories')
        t.has(r.out, ['the anchor of the old server: objectGUID', 'Person 003', 'soft match' if 'soft match' in r.out else 'alone under'
                      if 'alone under' in r.out else 'under another anchor'], door + ': for a person')
    t.is_(tenant.writes(), before, 'nothing was written')

    # A user who was made in the cloud, with the newcomer's name.
    tenant.graph().call('POST', '/v1.0/users', json.dumps({
        'displayName': 'Newcomer', 'userPrincipalName': 'new@' + SMALL, 'mailNickname': 'new', 'accountEnabled': True,
        'passwordProfile': {'password': 'Long-enough-1'}}), {'Content-Type': 'application/json'})
    x = look(Site(d / 'soft', [ldif_connector(source), tenant.connector()]))
    t.is_([(o['name'], o['by'], o['other']['dn']) for o in x['directories']['soft_match']],
          [('Newcomer', 'userPrincipalName', 'CN=Newcomer,OU=Staff,DC=small,DC=example')], 'who would meet by a name')

    # Beside a source: its analysis, with the number of objects that was counted.
    aster = ROOT / 'tests/data/migrate/dirsync-aster'
    x = look(Site(d / 'soft', [ldif_connector(source), tenant.connector()]), aster, '--no-measure')
    t.is_((x['system'], x['recommendation'], x['estimate']['objects'], 'directories' in x),
          ('dirsync', 'in-place', x['directories']['objects']['directory'], True), 'beside an export')

    r = Site(d / 'half', [ldif_connector(source)]).run('migrate', 'analyze', '--from-directories')
    t.code(r, 1, 'without a cloud it is refused')
    t.has(r.err, ['no connector of the configuration leads to a cloud'], 'and says why')

    # ---- What was imported runs ----

    site = d / 'imported'
    t.code(run(CAUSEWAY, 'migrate', 'import', aster, '--to', site, '--in-place', '--objects', '15'), 0, 'DirSync is imported')
    text = (site / 'causeway.yaml').read_text()
    lines, skip = [], False
    for line in text.splitlines():
        if line.startswith('  - name: '):
            lines.append(line)
            skip = True
            cloud = tenant.sync_connector() if 'Windows' in line else {
                'kind': 'file', 'path': str(source), 'format': 'ldif', 'anchor': 'objectGUID', 'include': ['OU=Staff,DC=small,DC=example'],
                'parameters': {'Domain.FQDN': SMALL}}
            lines += ['    %s: %s' % (k, json.dumps(v)) for k, v in cloud.items() if k != 'name']
        elif not line.startswith('    ') or line.startswith('    known_as'):
            skip = skip and line.startswith('  ')
            lines.append(line)
    (site / 'causeway.yaml').write_text('\n'.join(lines) + '\n')
    entries = [(dn, attrs + [('extensionAttribute15', 'NoSync'), ('employeeType', 'staff')] if dn.startswith('CN=Person 007') else attrs)
               for dn, attrs in with_addresses(small_entries(12))]
    source.write_text(ldif_text(entries))
    t.code(run(CAUSEWAY, 'config', 'check', '--config', site), 0, 'the configuration is good')
    seq = tenant.writes()
    t.code(run(CAUSEWAY, 'cycle', 'initial', '--config', site), 0, 'it reads and decides')
    t.is_(tenant.writes(), seq, 'in staging mode nothing is sent')
    r = run(CAUSEWAY, 'pending', 'Windows Azure Active Directory Connector', '--format', 'json', '--config', site)
    t.is_(r.json(), [], 'every object is known by its anchor: nothing would be made, changed or deleted')
    t.has(run(CAUSEWAY, 'trace', 'p007@' + SMALL, '--config', site).out,
          ['cloudFiltered                True  [In from Active Directory Connector - user filter]',
           '[In from Active Directory Connector - Alternate ID (user)]'],
          'the old filter holds her back, and the alternate ID names her')
t.done()

"""What rename.t runs when its forest is up: an OU of 300 people gets another
name, and with it comes one warning and no deletion, by deltas and in full."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../ad'), os.path.join(HERE, '../../lib')]
import adlib  # noqa: F401,E402
from rig import *  # noqa: F403,E402
from adlib import *  # noqa: F403,E402

PEOPLE = 300
OLD, NEW, LAST = 'OU=Lyon,' + N, 'OU=Lugdunum,' + N, 'OU=Rhone,' + N
t = Tap()


def rename(dn, rdn):
    change(('modrdn', dn, 'newrdn: %s\ndeleteoldrdn: 1' % rdn))


def steps(result, profile):
    return [s for run in result.json()['runs'] for s in run['steps'] if s['step-type'] == profile]


def check(site, result, name, new, profile):
    """One warning that names all, and not one change in the cloud."""
    t.code(result, 0, name)
    got = steps(result, profile)[0]
    t.is_(got['step-result'], 'completed-warnings', name + ': a warning')
    line = next(n for n, text in enumerate((site.path / 'causeway.yaml').read_text().splitlines(), 1) if OLD in text)
    t.has(got['detail'], [OLD, new, 'objectGUID', 'line %d of ' % line], name + ': old and new name, and the line')
    t.is_([s.get('staging-counters', {}).get('stage-delete', 0) for s in steps(result, profile)][:1], [0],
          name + ': nobody is gone')
    t.is_(len(tenant.dump()['users']), PEOPLE, name + ': all are in the cloud')
    t.is_(tenant.journal()['totals'].get('deleted', 0), 0, name + ': none was ever deleted')


with scratch() as d:
    (d / 'sync').write_text(E['FOREST_SYNC_PASSWORD'])
    (d / 'sync').chmod(0o600)
    change(('add', OLD, 'objectClass: organizationalUnit'), *[
        ('add', 'CN=p%03d,%s' % (i, OLD),
         'objectClass: user\nsAMAccountName: p%03d\ndisplayName: P %d\nuserPrincipalName: p%03d@%s\n'
         'userAccountControl: 546' % (i, i, i, E['FOREST_DOMAIN'])) for i in range(PEOPLE)])
    tenant = Tenant(d / 'tenant', E['FOREST_DOMAIN'])
    tenant.start()
    site = Site(d / 'site', [
        {'name': 'forest', 'kind': 'ad', 'servers': [URL], 'user': 'sync@' + E['FOREST_DOMAIN'],
         'password': 'file:%s' % (d / 'sync'), 'tls': {'ca': E['FOREST_CA']},
         'partitions': [{'dn': N, 'exclude': [N], 'include': [OLD]}]},
        tenant.connector()])
    t.code(site.run('cycle', 'initial', '--json'), 0, 'the first cycle')
    t.is_(len(tenant.dump()['users']), PEOPLE, 'all are in the cloud')

    rename(OLD, 'OU=Lugdunum')
    check(site, site.run('cycle', '--json'), 'a delta cycle', NEW, 'delta-import')
    check(site, site.run('cycle', 'initial', '--json'), 'a full cycle', NEW, 'full-import')

    # Who comes afterwards comes in under the new name.
    change(('add', 'CN=late,' + NEW, 'objectClass: user\nsAMAccountName: late\ndisplayName: Late\n'
            'userPrincipalName: late@%s\nuserAccountControl: 546' % E['FOREST_DOMAIN']))
    t.code(site.run('cycle'), 0, 'somebody new below the renamed one')
    t.is_(len(tenant.dump()['users']), PEOPLE + 1, 'is there')

    # The line is changed: the warning goes, and nothing else happens.
    site.settings['connectors'][0]['partitions'][0]['include'] = [NEW]
    site.write()
    r = site.run('cycle', '--json')
    t.code(r, 0, 'the configuration has the new name')
    t.is_([s['step-result'] for s in steps(r, 'full-import')][:1], ['success'], 'without a warning')
    t.is_(len(tenant.dump()['users']), PEOPLE + 1, 'all are in the cloud still')

    # Emptied for real is something else.
    rename(NEW, 'OU=Rhone')
    change(('add', NEW, 'objectClass: organizationalUnit'))
    r = site.run('cycle', 'initial', '--json')
    t.code(r, 4, 'another OU under the old name, with nobody in it, is a guard\'s matter')
    t.is_(len(tenant.dump()['users']), PEOPLE + 1, 'and nobody is deleted')
t.done()

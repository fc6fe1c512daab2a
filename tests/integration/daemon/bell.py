"""What bell.t runs when forest and slapd are up."""
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
from daemon import Daemon  # noqa: E402

E = os.environ
CHANGES = int(E.get('BELL_CHANGES', '20'))
DN, SUFFIX = E['FOREST_DN'], E['SLAPD_SUFFIX']
AD = ['-H', 'ldaps://' + E['FOREST_DC1'], '-x', '-D', 'Administrator@' + E['FOREST_REALM'], '-w', E['FOREST_ADMIN_PASSWORD']]
SLAPD = ['-H', E['SLAPD_URL'], '-x', '-D', 'cn=admin,' + SUFFIX, '-w', 'secret']
E['LDAPTLS_CACERT'] = E['FOREST_CA']
t = Tap()


def modify(how, text):
    p = subprocess.run(['ldapmodify', *how], input=text, capture_output=True, text=True)
    if p.returncode != 0:
        raise RuntimeError('ldapmodify: ' + p.stderr)


def person(n):
    return ('dn: CN=Bell %d,CN=Users,%s\nchangetype: add\nobjectClass: user\nsAMAccountName: bell%d\n'
            'userPrincipalName: bell%d@%s\ndisplayName: Bell %d\nuserAccountControl: 544\n\n' % (
                n, DN, n, n, E['FOREST_DOMAIN'], n))


def secret(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return 'file:%s' % path


def changes(daemon, tenant, site, what, how, dn):
    """Each change alone, from ldapmodify's answer until the tenant has it."""
    def quiet():
        doc = site.run('sched', 'show', '--json').json()['daemon']
        return 'cycle' not in doc and doc['next']['why'] in ('interval', 'none')
    took = []
    daemon.until(quiet, 'a quiet schedule')
    due = len(daemon.events('cycle.due'))
    for i in range(CHANGES):
        name = '%s changed %d' % (what, i)
        modify(how, 'dn: %s\nchangetype: modify\nreplace: displayName\ndisplayName: %s\n' % (dn % (i % 5), name))
        begun = time.monotonic()
        daemon.until(lambda: any(u.get('displayName') == name for u in tenant.dump()['users']), name, 60)
        took.append(time.monotonic() - begun)
        daemon.until(quiet, 'a quiet schedule')
    t.ok(max(took) < 20, '%d changes in %s reach the tenant: median %.2f s, worst %.2f s' % (
        CHANGES, what, statistics.median(took), max(took)))
    whys = [x['why'] for x in daemon.events('cycle.due')[due:]]
    t.ok(set(whys) == {'bell'} and CHANGES <= len(whys) <= CHANGES + 5, 'by the bell, and about one cycle each', str(whys))


with scratch() as d:
    modify(AD, ''.join(person(n) for n in range(5)))
    tenant = Tenant(d / 'tenant', E['FOREST_DOMAIN']).start()
    site = Site(d / 'site', [
        {'name': 'forest', 'kind': 'ad', 'servers': ['ldaps://' + E['FOREST_DC1']], 'base': DN, 'bind': 'simple',
         'user': 'sync@' + E['FOREST_REALM'], 'password': secret(d / 'ad', E['FOREST_SYNC_PASSWORD']),
         'tls': {'ca': E['FOREST_CA']}},
        {'name': 'people', 'kind': 'ldap', 'servers': [E['SLAPD_URL']], 'base': SUFFIX, 'bind': 'simple',
         'user': 'cn=admin,' + SUFFIX, 'password': secret(d / 'ldap', 'secret'), 'tls': {'required': False},
         'parameters': {'Domain.FQDN': E['FOREST_DOMAIN']}},
        tenant.connector()], schedule={'interval': '1h'})
    daemon = Daemon(site).start()
    first = daemon.wait('cycle.end')
    daemon.until(lambda: len(daemon.events('bell.listens')) >= 2, 'two bells')
    t.is_(sorted(x['connector'] for x in daemon.events('bell.listens')), ['forest', 'people'], 'both directories are listened to')
    changes(daemon, tenant, site, 'Samba', AD, 'CN=Bell %d,CN=Users,' + DN)
    changes(daemon, tenant, site, 'slapd', SLAPD, 'uid=u%07d,ou=People,' + SUFFIX)
    t.ok(daemon.end() < 8, 'and it ends')
t.done()

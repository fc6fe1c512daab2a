"""What readme.t runs when its forest is up: only names of servers, files and the
tenant are others than in the README."""
import os
import re
import shlex
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from mainjob import ldif_changes  # noqa: E402
from rig import *  # noqa: E402,F403

E = os.environ
ADMIN = ['-H', 'ldaps://' + E['FOREST_DC1'], '-x', '-D', 'Administrator@' + E['FOREST_REALM'], '-w', E['FOREST_ADMIN_PASSWORD']]
E['LDAPTLS_CACERT'] = E['FOREST_CA']
DN, DOMAIN = E['FOREST_DN'], E['FOREST_DOMAIN']
README = (ROOT / 'README.md').read_text()
PART = README[README.index('## A first configuration'):].partition('\n## What it looks like')[0]
t = Tap()


def secret(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


def people():
    def user(ou, name):
        return ('add', 'CN=%s,OU=%s,%s' % (name, ou, DN), 'objectClass: user\nsAMAccountName: %s\nuserPrincipalName: %s@%s\n'
                'displayName: %s\nuserAccountControl: 544' % (name, name, DOMAIN, name.title()))
    units = [('add', 'OU=%s,%s' % (x, DN), 'objectClass: organizationalUnit') for x in ('Staff', 'Groups', 'Elsewhere')]
    group = ('add', 'CN=team,OU=Groups,' + DN, 'objectClass: group\nsAMAccountName: team\ndisplayName: Team\n'
             'groupType: -2147483646\nmember: CN=anna,OU=Staff,%s' % DN)
    text = ldif_changes(units + [user('Staff', 'anna'), user('Staff', 'ben'), user('Elsewhere', 'carl'), group])
    r = Result(subprocess.run(['ldapmodify', *ADMIN], input=text, capture_output=True, text=True))
    t.code(r, 0, 'a staff of two, and a group')


with scratch() as d:
    people()
    tenant = Tenant(d / 'tenant', DOMAIN).start()
    roles = re.findall(r'`([A-Z]\w+\.\w+\.All)`', PART)
    t.ok(len(roles) == 5, 'five permissions', str(roles))
    app = run(TENANT, 'app', 'add', tenant.path, *[x for role in roles for x in ('--role', role)]).json()
    cloud = {**tenant.connector(), 'client_id': app['clientId']}
    conf = re.search(r'^```yaml\n(.*?)^```', PART, re.M | re.S)[1]
    for old, new in (
            ('/var/lib/causeway', str(d)), ('causeway@corp.example', 'sync@' + DOMAIN),
            ('/etc/causeway/ad-password', secret(d / 'ad-password', E['FOREST_SYNC_PASSWORD'])),
            ('/etc/causeway/client-secret', secret(d / 'client-secret', app['clientSecret'])),
            ('/etc/causeway/corp-ca.pem', E['FOREST_CA']), ('DC=corp,DC=example', DN), ('corp.onmicrosoft.com', cloud['tenant']),
            ('00000000-0000-0000-0000-000000000000', cloud['client_id']), ('corp.example', DOMAIN)):
        t.ok(old in conf, 'it has ' + old)
        conf = conf.replace(old, new)
    conf += ''.join('    %s: %s\n' % (k, cloud[k]) for k in ('authority', 'endpoint', 'ca'))
    (d / 'causeway.yaml').write_text(conf)
    commands = [shlex.split(re.split(r'  +', line.strip())[0]) for line in re.findall(r'^    (causeway .*)', PART, re.M)]
    t.ok(len(commands) == 6, 'six commands', str(commands))
    for words in commands:
        name = ' '.join(words)
        before = tenant.writes()
        r = run(CAUSEWAY, *words[1:], '--config', d)
        t.code(r, 0, name)
        t.is_(tenant.writes() > before, words == ['causeway', 'cycle'], name + ': the last of them sends, and no other')
        if words[1] == 'pending':
            t.has(r.out, ['add     user  Anna  <anna@' + DOMAIN, 'Ben', 'Team', '3 adds'], name + ': by name')
    dump = tenant.dump()
    t.is_((sorted(u['displayName'] for u in dump['users'] if u['onPremisesImmutableId']),
           [(g['displayName'], len(g['members'])) for g in dump['groups']]), (['Anna', 'Ben'], [('Team', 1)]),
          'the tenant has the staff and their group')
    for words in (['status'], ['history', 'list'], ['trace', 'anna@' + DOMAIN]):
        t.code(run(CAUSEWAY, *words, '--config', d), 0, ' '.join(words))
t.done()

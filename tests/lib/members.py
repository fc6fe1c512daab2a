"""members.py -- what one member more or less of a group costs.

  with Members(folder, sizes) as m:      people and groups of these sizes in
      m.cycle('cycle', 'initial')        slapd (sortvals member), a tenant that
      m.begin()                          has the people already, and a site
      cost = m.change('delete', 5000)

A cost: rows of the connector spaces and of the metaverse (rowcount.py), writes
to the tenant by kind, requests that it answered in the cycle and in the one that
confirms, and what measure.py says of both.
"""
import json
import subprocess
import sys

import rig
from rowcount import Rows

sys.path.insert(0, str(rig.ROOT / 'tests/bench'))
from measure import measured  # noqa: E402

BASE = 'dc=example,dc=com'
ADMIN = ['-x', '-D', 'cn=admin,' + BASE, '-w', 'secret']


def person(i):
    return 'uid=u%06d,ou=P,%s' % (i, BASE)


def group(n):
    return 'cn=g%d,%s' % (n, BASE)


def anchor(i):
    return '00000000-0000-4000-8000-%012d' % i


def write_ldif(path, sizes):
    with open(path, 'w') as f:
        f.write('dn: %s\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: e\n\n'
                'dn: ou=P,%s\nobjectClass: organizationalUnit\nou: P\n\n' % (BASE, BASE))
        for i in range(max(sizes)):
            f.write('dn: %s\nobjectClass: inetOrgPerson\nuid: u%06d\ncn: u%06d\nsn: u\nentryUUID: %s\n\n' % (
                person(i), i, i, anchor(i)))
        for n in sizes:
            f.write('dn: %s\nobjectClass: groupOfNames\ncn: g%d\n' % (group(n), n))
            f.writelines('member: %s\n' % person(i) for i in range(n))
            f.write('\n')


def write_people(path, count):
    with open(path, 'w') as f:
        json.dump({'users': [{
            'onPremisesImmutableId': anchor(i), 'onPremisesSyncEnabled': True, 'accountEnabled': True,
            'userPrincipalName': 'u%06d@example.com' % i, 'displayName': 'u%06d' % i, 'surname': 'u',
            'mailNickname': 'u%06d' % i} for i in range(count)]}, f)


def done(r, what):
    if r.code != 0:
        raise RuntimeError('%s: %d %s' % (what, r.code, r.all[-2000:]))
    return r


class Members:
    def __init__(self, folder, sizes):
        self.folder, self.sizes, self.rows = folder, sorted(sizes), None
        folder.mkdir(parents=True, exist_ok=True)
        write_ldif(folder / 'people.ldif', self.sizes)
        write_people(folder / 'users.json', self.sizes[-1])

    def shell(self, script):
        return done(rig.run('bash', '-c', '. "$1/slapd.sh"; S=$2/slapd; ' + script, '-', rig.ROOT / 'tests/lib', self.folder),
                    script)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.shell('[ ! -e "$S/pid" ] || kill $(cat "$S/pid")')
            raise
        return self

    def start(self):
        self.url = 'ldap://127.0.0.1:%d' % rig.free_port()
        self.shell('SLAPD_PROVIDER=1000 slapd_make "$S" "sortvals member" && slapd_load "$S" "$2/people.ldif" && slapd_start "$S" ' + self.url +
                   ' 3>&- >/dev/null 2>&1')
        self.tenant = rig.Tenant(self.folder / 'tenant', 'example.com')
        done(rig.run(rig.TENANT, 'load', self.tenant.path, self.folder / 'users.json'), 'load')
        self.tenant.start()
        password = self.folder / 'password'
        password.write_text('secret')
        password.chmod(0o600)
        self.site = rig.Site(self.folder / 'site', [
            {'name': 'people', 'kind': 'ldap', 'servers': [self.url], 'base': BASE, 'bind': 'simple',
             'user': 'cn=admin,' + BASE, 'password': 'file:%s' % password, 'tls': {'required': False},
             'parameters': {'Domain.FQDN': 'example.com'}}, self.tenant.connector()],
            default_rules={'member_limit': 300000})

    def __exit__(self, *_):
        self.shell('kill $(cat "$S/pid")')
        self.tenant.stop()

    def cycle(self, *command):
        m = measured(self.site.command(*command, '--quiet'))
        if m['code'] != 0:
            raise RuntimeError('%s: exit code %d' % (command, m['code']))
        return m

    def begin(self):
        """After the first cycles: counts from here on."""
        self.rows = Rows(self.site.path / 'causeway.db')

    def requests(self):
        return self.tenant.admin('GET', 'counts')['requests']

    def change(self, op, n):
        """op: add or delete of the member in the middle of the group of n."""
        done(rig.Result(subprocess.run(
            ['ldapmodify', '-H', self.url, *ADMIN], capture_output=True, text=True,
            input='dn: %s\nchangetype: modify\n%s: member\nmember: %s\n-\n' % (group(n), op, person(n // 2)))), 'ldapmodify')
        self.rows.start()
        since, before = self.tenant.writes(), self.requests()
        cost = {'cycle': self.cycle('cycle'), 'confirm': self.cycle('cycle')}
        cost['requests'] = self.requests() - before
        cost['rows'] = self.rows.written()
        cost['writes'] = {k: v for k, v in self.tenant.admin('GET', 'writes?since=%d' % since)['totals'].items() if v}
        return cost

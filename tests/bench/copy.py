#!/usr/bin/env python3
"""copy.py FOLDER BUILD PEOPLE -- for bench.sh: a first copy of a directory into
another (slapd to slapd), beside a program that does nothing but read and add;
prints both.  Servers cost the same in both, so their CPU is told apart."""
import json
import os
import pathlib
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, '../lib'))
folder, os.environ['BUILD'], people = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
import rig  # noqa: E402
from measure import measured  # noqa: E402

FROM, TO = 'dc=example,dc=com', 'dc=copy,dc=example'
BASE = 'dn: %s\nobjectClass: organization\nobjectClass: dcObject\ndc: copy\no: copy\n' % TO
TICK = os.sysconf('SC_CLK_TCK')


def shell(script):
    r = rig.run('bash', '-c', '. %s/tests/lib/slapd.sh; ' % rig.ROOT + script)
    if r.code != 0:
        sys.exit('copy.py: %s: %s' % (script, r.all))


class Server:
    def __init__(self, name, suffix, ldif):
        self.dir, self.url = folder / name, 'ldap://127.0.0.1:%d' % rig.free_port()
        shell('SLAPD_SUFFIX=%s; slapd_make %s && slapd_load %s %s && slapd_start %s %s' % (
            suffix, self.dir, self.dir, ldif, self.dir, self.url))

    def cpu(self):
        fields = pathlib.Path('/proc/%s/stat' % self.pid()).read_text().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def pid(self):
        return (self.dir / 'pid').read_text().strip()

    def stop(self):
        shell('kill %s' % self.pid())


def entries(url):
    r = rig.run('ldapsearch', '-LLL', '-x', '-H', url, '-D', 'cn=admin,' + TO, '-w', 'secret', '-b', TO, '-E',
                'pr=1000/noprompt', '1.1')
    return r.out.count('dn: ')


def row(name, cost, servers):
    print('| %s | %.2f | %.2f | %.2f | %.1f MB |' % (
        name, cost['seconds'], cost['user'] + cost['system'], servers, cost['anonymous_kb'] / 1024), flush=True)


def step(name, command, *servers):
    before = sum(s.cpu() for s in servers)
    cost = measured(command)
    if cost['code'] != 0:
        sys.exit('copy.py: %s: exit code %d' % (name, cost['code']))
    used = sum(s.cpu() for s in servers) - before
    row(name, cost, used)
    return cost['user'] + cost['system'], used, cost['seconds']


folder.mkdir(parents=True)
(folder / 'password').write_text('secret')
(folder / 'password').chmod(0o600)
with open(folder / 'people.ldif', 'w') as f:
    subprocess.run([sys.executable, os.path.join(here, 'gen_people.py'), str(people)], stdout=f, check=True)
(folder / 'base.ldif').write_text(BASE)
os.environ['BIND_PW'] = 'secret'
source = Server('source', FROM, folder / 'people.ldif')
first, second = (Server(n, TO, folder / 'base.ldif') for n in ('raw', 'copy'))
try:
    print('| step | seconds | CPU s | CPU s of the servers | anonymous memory |\n|---|--:|--:|--:|--:|')
    adder = os.path.join(sys.argv[2], 'tests/bench/raw_ldap_add')
    raw = step('reader and adder on libldap alone', ['sh', '-c', 'exec "$@" >%s' % (folder / 'raw.out'), 'sh', adder,
                                                     source.url, FROM, first.url, TO, '64'], source, first)
    site = rig.Site(folder / 'site', [{
        'name': name, 'kind': 'ldap', 'servers': [s.url], 'base': base, 'user': 'cn=admin,' + base,
        'password': 'file:%s' % (folder / 'password'), 'tls': {'required': False}, 'writable': name == 'copy',
        'object_classes': ['inetOrgPerson', 'groupOfNames', 'organizationalUnit'], 'timeout_s': 120}
        for name, s, base in (('hr', source, FROM), ('copy', second, TO))],
        rules=[str(rig.ROOT / 'examples/directory/rules')], parameters={'From': FROM, 'To': TO})
    ours = [step('%s %s' % x, [*site.command('run', *x), '--quiet'], source, second) for x in (
        ('hr', 'full-import'), ('hr', 'full-sync'), ('copy', 'export'))]
    if entries(first.url) != entries(second.url):
        sys.exit('copy.py: %d entries, the raw adder has %d' % (entries(second.url), entries(first.url)))
    step('cycle that confirms', [*site.command('cycle'), '--quiet'], source, second)
    step('cycle after that', [*site.command('cycle'), '--quiet'], source, second)
    total = [sum(x[i] for x in ours) for i in range(3)]
    print('\n%d entries. First copy / raw adder: %.2f in time, %.2f in CPU with the servers; the export alone %.2f in '
          'time, %.2f in CPU with the servers' % (
              entries(second.url), total[2] / raw[2], (total[0] + total[1]) / (raw[0] + raw[1]), ours[2][2] / raw[2],
              (ours[2][0] + ours[2][1]) / (raw[0] + raw[1])))
finally:
    for s in (source, first, second):
        s.stop()

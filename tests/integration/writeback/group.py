"""What group.t runs when its two servers are up; "ldif" prints the content of
the source."""
import os
import sys

FROM, TO = 'dc=example,dc=com', 'dc=copy,dc=example'
SIZE = int(os.environ['SIZE'])
GROUP = 'cn=everybody,' + FROM


def person(i):
    return 'uid=u%06d,ou=People,%s' % (i, FROM)


if sys.argv[1:] == ['ldif']:
    print('dn: %s\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: e\n\n'
          'dn: ou=People,%s\nobjectClass: organizationalUnit\nou: People\n' % (FROM, FROM))
    for i in range(SIZE + 1):
        print('dn: %s\nobjectClass: inetOrgPerson\nuid: u%06d\ncn: u\nsn: u\n' % (person(i), i))
    print('dn: %s\nobjectClass: groupOfNames\ncn: everybody' % GROUP)
    print('\n'.join('member: ' + person(i) for i in range(SIZE)))
    sys.exit()

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
from rowcount import Rows  # noqa: E402

sys.path.insert(0, str(ROOT / 'tests/bench'))
from measure import measured  # noqa: E402

AUDIT = pathlib.Path(os.environ['AUDIT'])
t = Tap()


def admin(url, base):
    return ['-H', url, '-x', '-D', 'cn=admin,' + base, '-w', 'secret']


def members():
    r = run('ldapsearch', '-LLL', '-o', 'ldif-wrap=no', *admin(os.environ['COPY_URL'], TO), '-b', GROUP.replace(FROM, TO),
            '-s', 'base', 'member')
    return sorted(x[8:].replace(TO, FROM) for x in r.out.splitlines() if x.startswith('member:'))


def change(op, i):
    text = 'dn: %s\nchangetype: modify\n%s: member\nmember: %s\n-\n\n' % (GROUP, op, person(i))
    r = Result(subprocess.run(['ldapmodify', *admin(os.environ['SOURCE_URL'], FROM)], input=text, capture_output=True,
                              text=True))
    if r.code != 0:
        raise RuntimeError(r.err)


def written(since):
    """What the server was told: [(kind, values of member)], from its own log."""
    with open(AUDIT) as f:
        f.seek(since)
        blocks = f.read().split('\n\n')
    return [(x.split('changetype: ')[1].split('\n')[0], x.count('\nmember: ')) for x in blocks if 'changetype: ' in x]


def cycle(site, name, *args):
    cost = measured([*site.command('cycle', *args), '--quiet'])
    t.is_(cost['code'], 0, name)
    return cost


with scratch() as d:
    (d / 'password').write_text('secret')
    (d / 'password').chmod(0o600)
    site = Site(d / 'site', [{
        'name': name, 'kind': 'ldap', 'servers': [os.environ[url]], 'base': base, 'user': 'cn=admin,' + base,
        'password': 'file:%s' % (d / 'password'), 'tls': {'required': False}, 'writable': name == 'copy',
        'object_classes': ['inetOrgPerson', 'groupOfNames', 'organizationalUnit'], 'timeout_s': 120}
        for name, url, base in (('hr', 'SOURCE_URL', FROM), ('copy', 'COPY_URL', TO))],
        rules=[str(ROOT / 'examples/directory/rules')], parameters={'From': FROM, 'To': TO})
    first = cycle(site, 'the first copy', 'initial')
    t.is_(members(), [person(i) for i in range(SIZE)], 'the group has its members')
    made = [n for kind, n in written(0) if n]
    t.ok(max(made) <= 1000 and sum(made) == SIZE, 'no request has more than 1,000 of them, each was sent once')
    cycle(site, 'the cycle that confirms')
    rows = Rows(site.path / 'causeway.db')
    for op, i, name, left in (('delete', 7, 'one goes', [n for n in range(SIZE) if n != 7]),
                              ('add', SIZE, 'one comes', [n for n in range(SIZE + 1) if n != 7])):
        change(op, i)
        rows.start()
        since = AUDIT.stat().st_size
        cost = cycle(site, name)
        n = rows.written()
        t.is_(written(since), [('modify', 1)], '%s: one request with one value' % name)
        t.is_(n, {'cs_ref': 2, 'mv_ref': 1}, '%s: a row at the source, one in the metaverse, one of the copy' % name)
        t.is_(members(), [person(k) for k in left], '%s: the others stay' % name)
        t.note('%s of %d: %s, %s, %.2f s, %.2f s of CPU, %.1f MB' % (
            name, SIZE, n, written(since), cost['seconds'], cost['user'] + cost['system'], cost['anonymous_kb'] / 1024))
        cycle(site, name + ': the cycle that confirms')
    rows.end()
    t.note('the first copy: %.2f s, %.1f MB' % (first['seconds'], first['anonymous_kb'] / 1024))
t.done()

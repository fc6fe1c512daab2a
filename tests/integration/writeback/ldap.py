"""What ldap.t runs when its two servers are up."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from mainjob import ldif_changes  # noqa: E402
from rig import *  # noqa: E402,F403

E = os.environ
FROM, TO = 'dc=example,dc=com', 'dc=copy,dc=example'
SOURCE = ['-H', E['SOURCE_URL'], '-x', '-D', 'cn=admin,' + FROM, '-w', 'secret']
COPY = ['-H', E['COPY_URL'], '-x', '-D', 'cn=admin,' + TO, '-w', 'secret']
PEOPLE, GROUPS = 'ou=People,' + FROM, 'ou=Groups,' + FROM
RULES = ROOT / 'examples/directory/rules'
t = Tap()


def search(where, base, *what):
    """{dn: sorted [(attribute, value)]} by ldapsearch, the suffix taken out."""
    r = run('ldapsearch', '-LLL', '-o', 'ldif-wrap=no', '-E', 'pr=500/noprompt', *where, '-b', base, *what)
    out = {}
    for block in r.out.split('\n\n'):
        lines = [x for x in block.splitlines() if x and not x.startswith('#')]
        pairs = []
        for line in lines:
            name, _, value = line.partition(':')
            value = base64.b64decode(value[1:]).decode() if value.startswith(':') else value.strip()
            pairs.append((name, value.replace(base, '*')))
        if pairs:
            out[pairs[0][1]] = sorted(p for p in pairs[1:] if p[0] not in ('objectClass', 'userPassword'))
    return out


def unlike():
    a, b = search(SOURCE, FROM), search(COPY, TO)
    return ['%s: only at the source %r, only in the copy %r' % (
        dn, sorted(set(a.get(dn) or []) - set(b.get(dn) or []))[:5],
        sorted(set(b.get(dn) or []) - set(a.get(dn) or []))[:5])
        for dn in sorted((set(a) | set(b)) - {'*', 'cn=writer,*'}) if a.get(dn) != b.get(dn)]


def same(name):
    """The copy holds what the source holds, and nothing else: at once, or when
    the server has followed up on a rename (refint works behind the answer)."""
    with contextlib.suppress(RuntimeError):
        until(lambda: not unlike(), name, 3)
    lines = unlike()
    return t.ok(not lines and len(search(SOURCE, FROM)) > 300, name, '\n'.join(lines[:5]))


def stamps():
    return search(COPY, TO, 'entryCSN', 'entryUUID')


def dangling(where):
    """References to a name that is not there any more."""
    all_ = search(where, FROM if where is SOURCE else TO)
    return {v for pairs in all_.values() for k, v in pairs if k in ('member', 'manager') and v not in all_}


def change(where, *changes):
    r = Result(subprocess.run(['ldapmodify', *where], input=ldif_changes(changes), capture_output=True, text=True))
    if r.code != 0:
        raise RuntimeError('ldapmodify: ' + r.err)
    with contextlib.suppress(RuntimeError):
        until(lambda: not dangling(where), 'what refint does', 3)


def person(n):
    return 'uid=u%07d,%s' % (n, PEOPLE)


def group(n):
    return 'cn=g%05d,%s' % (n, GROUPS)


def connector(name, url, base, user, d, **more):
    return {'name': name, 'kind': 'ldap', 'servers': [url], 'base': base, 'user': user,
            'password': 'file:%s' % (d / 'password'), 'tls': {'required': False}, 'timeout_s': 10,
            'object_classes': ['inetOrgPerson', 'groupOfNames', 'organizationalUnit'], **more}


def move(dn, rdn, above=None):
    return ('modrdn', dn, 'newrdn: %s\ndeleteoldrdn: 1%s' % (rdn, '\nnewsuperior: ' + above if above else ''))


def quiet(site, name):
    """A cycle after which nothing was written."""
    before = stamps()
    t.code(site.run('cycle'), 0, name)
    t.is_(stamps(), before, name + ' writes nothing')
    t.is_(site.pending('copy'), [], name + ': nothing is pending')


def steps(site):
    """The source read and decided about; nothing sent."""
    for args in (('hr', 'full-import'), ('hr', 'delta-sync')):
        r = site.run('run', *args)
        if r.code != 0:
            raise RuntimeError('%s: %s' % (args, r.all))


def first_copy(site):
    r = site.run('cycle', 'initial')
    t.code(r, 0, 'not writable: the first cycle')
    t.has(r.all, ['copy may not be written (writable: true would let it)'], 'and says that nothing may be written')
    t.is_(sorted(search(COPY, TO)), ['*', 'cn=writer,*'], 'nothing was written')
    site.settings['connectors'][1]['writable'] = True
    site.write()
    r = site.run('cycle', '--json')
    t.code(r, 0, 'writable: the next cycle sends what waited')
    same('the copy is that of the source')
    t.is_(counters_of(r, 'export-counters').get('export-add', 0), len(search(SOURCE, FROM)) - 1, 'each was made once')
    quiet(site, 'the second cycle')


def second_day(site):
    """Names, values, references and containers change together."""
    uuid = {dn: dict(v)['entryUUID'] for dn, v in stamps().items()}
    change(SOURCE,
           ('modify', person(11), 'replace: sn\nsn: Größenwahn\n-\nadd: cn\ncn: Another Name\n-\ndelete: mobile\n-'),
           move(person(12), 'uid=renamed12'),
           ('modify', person(31), 'replace: manager\nmanager: %s\n-' % person(5)),
           ('modify', person(51), 'delete: manager\n-'),
           ('delete', person(202), ''),
           # two that swap their names, by a third one at the source
           move(person(21), 'uid=x'), move(person(22), 'uid=u0000021'), move('uid=x,' + PEOPLE, 'uid=u0000022'),
           ('add', 'ou=Inner,' + PEOPLE, 'objectClass: organizationalUnit\nou: Inner'),
           ('add', 'ou=Deep,ou=Inner,' + PEOPLE, 'objectClass: organizationalUnit\nou: Deep'),
           move(person(13), 'uid=moved13', 'ou=Deep,ou=Inner,' + PEOPLE),
           ('add', 'uid=new\\2C1,ou=Inner,' + PEOPLE, 'objectClass: inetOrgPerson\nuid: new,1\ncn: Ünal\nsn: Ü\n'
            'manager: uid=moved13,ou=Deep,ou=Inner,' + PEOPLE),
           ('modify', group(3), 'add: member\nmember: uid=moved13,ou=Deep,ou=Inner,%s\nmember: uid=new\\2C1,ou=Inner,%s\n-' % (
               PEOPLE, PEOPLE)),
           ('delete', group(5), ''),
           ('add', 'cn=Nested,' + GROUPS, 'objectClass: groupOfNames\ncn: Nested\nmember: %s\nmember: %s' % (
               group(3), person(1))))
    t.code(site.run('cycle'), 0, 'the cycle after many changes')
    same('the copy follows')
    now = {dn: dict(v)['entryUUID'] for dn, v in stamps().items()}
    t.is_([now.get('uid=%s,*' % u) for u in ('renamed12,ou=People', 'moved13,ou=Deep,ou=Inner,ou=People',
                                              'u0000021,ou=People', 'u0000022,ou=People')],
          [uuid['uid=u%07d,ou=People,*' % n] for n in (12, 13, 22, 21)],
          'renamed, moved and swapped: the same objects')
    quiet(site, 'the cycle after that')
    # A container is renamed, and one below it, and somebody below both.
    for one in (move('ou=Deep,ou=Inner,' + PEOPLE, 'ou=Deeper'), move('ou=Inner,' + PEOPLE, 'ou=Inside'),
                move('uid=moved13,ou=Deeper,ou=Inside,' + PEOPLE, 'uid=again13'), move(PEOPLE, 'ou=Staff'),
                ('delete', 'uid=new\\2C1,ou=Inside,ou=Staff,' + FROM, '')):
        change(SOURCE, one)
    t.code(site.run('cycle'), 0, 'the cycle after containers were renamed')
    same('the copy follows')
    t.is_(dict(stamps()['uid=again13,ou=Deeper,ou=Inside,ou=Staff,*'])['entryUUID'],
          uuid['uid=u0000013,ou=People,*'], 'the same object below renamed containers')
    quiet(site, 'the cycle after that')
    change(SOURCE, ('delete', 'uid=again13,ou=Deeper,ou=Inside,ou=Staff,' + FROM, ''),
           ('delete', 'ou=Deeper,ou=Inside,ou=Staff,' + FROM, ''), ('delete', 'ou=Inside,ou=Staff,' + FROM, ''),
           move('ou=Staff,' + FROM, 'ou=People'))
    t.code(site.run('cycle'), 0, 'the cycle after containers went')
    same('the copy follows')


def met_halfway(site):
    """Somebody else was faster."""
    change(SOURCE, ('modify', group(4), 'add: member\nmember: %s\nmember: %s\n-' % (group(1), group(2))),
           ('modify', person(15), 'add: cn\ncn: Third\n-'))
    steps(site)
    change(COPY, ('modify', group(4).replace(FROM, TO), 'add: member\nmember: %s\n-' % group(1).replace(FROM, TO)),
           ('modify', person(15).replace(FROM, TO), 'add: cn\ncn: Third\n-'))
    t.code(site.run('run', 'copy', 'export'), 0, 'values that are there already are no error')
    same('all of them are there')
    change(SOURCE, ('modify', group(4), 'delete: member\nmember: %s\nmember: %s\n-' % (group(1), group(2))))
    t.code(site.run('run', 'copy', 'full-import'), 0, 'confirming import')
    steps(site)
    change(COPY, ('modify', group(4).replace(FROM, TO), 'delete: member\nmember: %s\n-' % group(2).replace(FROM, TO)))
    t.code(site.run('run', 'copy', 'export'), 0, 'values that are gone already are no error')
    same('all of them are gone')
    quiet(site, 'the cycle after that')


def refused(site):
    """A right that is missing, a container that is missing, a name that is taken."""
    copy = site.settings['connectors'][1]
    copy['user'] = 'cn=writer,' + TO
    site.write()
    change(SOURCE, ('modify', person(16), 'replace: title\ntitle: Chief\n-'),
           ('modify', person(17), 'replace: title\ntitle: Chief\n-\nreplace: roomNumber\nroomNumber: 7\n-'),
           ('modify', person(18), 'replace: roomNumber\nroomNumber: 9\n-'), ('delete', person(203), ''))
    r = site.run('cycle', '--json')
    t.code(r, 3, 'an account without the right: errors of objects')
    errors = {e['dn'].split(',')[0]: e for e in errors_of(r)}
    t.is_(sorted(errors), ['uid=u0000016', 'uid=u0000017', 'uid=u0000203'], 'of those alone')
    t.is_({e['error-type'] for e in errors.values()}, {'permission-issue'}, 'they are permission-issue')
    t.has(str(errors['uid=u0000016']), ['title: cn=writer,dc=copy,dc=example has no right to write it',
                                        'write property'], 'attribute and right are named')
    t.has(str(errors['uid=u0000203']), ['no right to delete it'], 'and of a deletion')
    t.is_(dict(search(COPY, TO)['uid=u0000018,ou=People,*'])['roomNumber'], '9', 'the others were written')
    copy['user'] = 'cn=admin,' + TO
    site.write()
    t.code(site.run('cycle'), 0, 'with the right: the next cycle')
    same('sends what was refused')


def missing(site, d):
    rules = d / 'rules'
    shutil.copytree(RULES, rules)
    text = (rules / 'directory.yaml').read_text()
    site.settings['rules'] = [str(rules)]
    site.write()
    change(SOURCE, ('add', 'uid=lost,' + PEOPLE, 'objectClass: inetOrgPerson\nuid: lost\ncn: Lost\nsn: Lost'),
           ('add', 'uid=taken,' + PEOPLE, 'objectClass: inetOrgPerson\nuid: taken\ncn: Taken\nsn: Taken'))
    (rules / 'directory.yaml').write_text(text.replace(
        'dn: Replace([sourceDn],%From%,%To%)\n      uid:',
        'dn: Replace(Replace([sourceDn],%From%,%To%),"uid=lost,","uid=lost,ou=Nowhere,")\n      uid:'))
    for args in (('hr', 'full-import'), ('hr', 'full-sync'), ('copy', 'full-sync')):
        t.code(site.run('run', *args), 0, ' '.join(args))
    change(COPY, ('add', 'uid=taken,ou=People,' + TO, 'objectClass: inetOrgPerson\nuid: taken\ncn: Taken\nsn: Other'))
    r = site.run('run', 'copy', 'export', '--json')
    t.code(r, 3, 'a container that is not there, a name that is taken')
    errors = {e['dn'].split(',')[0]: e for e in errors_of(r)}
    t.is_({k: e['error-type'] for k, e in errors.items()},
          {'uid=lost': 'non-existent-parent', 'uid=taken': 'cd-existing-object'}, 'each by its name')
    t.has(str(errors['uid=lost']), ['"ou=Nowhere,ou=People,dc=copy,dc=example" is not there',
                                    'nearest is "ou=People,dc=copy,dc=example"'], 'the container is named')
    (rules / 'directory.yaml').write_text(text)
    t.code(site.run('cycle'), 0, 'the rule is right again, and an import has seen the other one')
    same('both are as at the source')
    quiet(site, 'the cycle after that')
    (rules / 'directory.yaml').write_text(text.replace('      uid: [login]', '      uid: [login]\n      userPassword: [login]'))
    r = site.run('config', 'check')
    t.code(r, 1, 'a rule that writes a password is refused')
    t.has(r.all, ['directory.yaml:', 'userPassword', 'holds a password: no rule writes one'], 'with file, line and why')
    (rules / 'directory.yaml').write_text(text)


def server_killed(site):
    """The server dies while requests are under way."""
    changes = [('add', 'uid=k%04d,%s' % (i, PEOPLE), 'objectClass: inetOrgPerson\nuid: k%04d\ncn: K\nsn: K' % i)
               for i in range(1500)]
    change(SOURCE, *changes)
    steps(site)
    pid = int((pathlib.Path(E['COPY_DIR']) / 'pid').read_text())
    before = len(search(COPY, TO))
    p = site.popen('run', 'copy', 'export', '--json', stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: len(search(COPY, TO, '(uid=k*)')) > 20, 'the first of them')
    os.kill(pid, signal.SIGKILL)
    out, err = p.communicate()
    t.is_(p.returncode, 1, 'the server is killed: the export stops')
    until(lambda: not pathlib.Path('/proc/%d' % pid).exists() or
          open('/proc/%d/stat' % pid).read().split()[2] == 'Z', 'the end of the server')
    r = run('bash', '-c', '. %s/tests/lib/slapd.sh; slapd_start %s %s' % (ROOT, E['COPY_DIR'], E['COPY_URL']))
    t.code(r, 0, 'it is started again')
    t.ok(len(search(COPY, TO)) > before, 'some of them are there')
    r = site.run('cycle', '--json')
    t.code(r, 0, 'a normal cycle', )
    same('ends where an undisturbed one ends')
    quiet(site, 'the cycle after that')


def process_killed(site):
    """Causeway dies at any moment of an export."""
    for i, wait in enumerate((0.0, 0.02, 0.05, 0.1)):
        change(SOURCE, *[('modify', 'uid=k%04d,%s' % (n, PEOPLE), 'replace: description\ndescription: round %d\n-' % i)
                         for n in range(1500)], move('uid=k%04d,%s' % (i, PEOPLE), 'uid=r%04d' % i),
               ('delete', 'uid=k%04d,%s' % (10 + i, PEOPLE), '')) if i == 0 else change(
            SOURCE, *[('modify', 'uid=k%04d,%s' % (n, PEOPLE), 'replace: description\ndescription: round %d\n-' % i)
                      for n in range(20, 1500)], ('delete', 'uid=k%04d,%s' % (10 + i, PEOPLE), ''))
        steps(site)
        before = stamps()
        p = site.popen('run', 'copy', 'export', stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: p.poll() is not None or stamps() != before, 'the first write')
        time.sleep(wait)
        p.kill()
        p.wait()
        t.code(site.run('cycle'), 0, 'killed %d: a normal cycle' % i)
        same('killed %d: ends where an undisturbed one ends' % i)
    quiet(site, 'the cycle after all that')


def killed_between(site, word):
    """An export that is killed while writes are under way: run and journal;
    None where it had ended, or begun no write of those, before the signal."""
    change(SOURCE, *[('modify', 'uid=k%04d,%s' % (n, PEOPLE), 'replace: description\ndescription: %s\n-' % word)
                     for n in range(100, 1400)],
           ('add', 'uid=z%s,%s' % (word, PEOPLE), 'objectClass: inetOrgPerson\nuid: z%s\ncn: Z\nsn: Z' % word),
           ('modify', group(1), 'replace: description\ndescription: %s\n-' % word))
    steps(site)
    p = site.popen('run', 'copy', 'export', stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: p.poll() is not None or search(COPY, TO, '(description=%s)' % word), 'the first update')
    p.kill()
    p.wait()
    run = site.run('history', 'list', '--json').json()[0]['run-id']
    sent = site.run('journal', 'show', run, '--json').json()
    return (run, sent) if p.returncode == -9 and 'uncertain' in {e['result'] for e in sent} else None


def killed_and_undone(site):
    """What a killed run sent is undone with what the next one sent."""
    for word in ('killed%d' % i for i in range(10)):  # the signal may come too late
        before = search(COPY, TO)
        killed = killed_between(site, word)
        if killed:
            break
        t.note('%s: the export had ended' % word)
        t.code(site.run('cycle'), 0, word + ': a cycle')
    t.ok(killed, 'killed: the journal has what was under way, uncertain')
    run = killed[0]
    t.code(site.run('cycle'), 0, 'killed: a normal cycle')
    same('killed: ends where an undisturbed one ends')
    after = site.run('journal', 'show', run, '--json').json()
    t.ok({e['result'] for e in after} <= {'done', 'not-done'}, 'killed: settled', {e['result'] for e in after})
    runs = {e['run'] for e in site.run('journal', 'list', '--limit', 5000, '--json').json() if e['run'] >= run}
    for r in sorted(runs, reverse=True):
        u = site.run('undo', '--run', r, '--json')
        t.code(u, 0, 'undo --run %d' % (r - run))
        t.is_(u.json()['cannotBeUndone'], [], 'all of it can be undone')
        t.code(site.run('apply', u.json()['number']), 0, 'the inverse')
    now = search(COPY, TO)
    t.is_([(dn, before.get(dn), now.get(dn)) for dn in set(before) | set(now) if before.get(dn) != now.get(dn)][:3], [],
          'the copy is as it was')


with scratch() as d:
    (d / 'password').write_text('secret')
    (d / 'password').chmod(0o600)
    site = Site(d / 'site', [connector('hr', E['SOURCE_URL'], FROM, 'cn=admin,' + FROM, d),
                             connector('copy', E['COPY_URL'], TO, 'cn=admin,' + TO, d)],
                rules=[str(RULES)], parameters={'From': FROM, 'To': TO})
    first_copy(site)
    second_day(site)
    met_halfway(site)
    refused(site)
    missing(site, d)
    server_killed(site)
    process_killed(site)
    killed_and_undone(site)
t.done()

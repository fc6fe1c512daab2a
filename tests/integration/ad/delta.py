"""What delta.t runs when its forest is up."""
import sqlite3

import adlib  # noqa: F401
from rig import *  # noqa: F403
from adlib import *  # noqa: F403

FULL = 'no-start-full-import-required'
SYNC, HIDDEN, OUT = 'OU=Sync,' + N, 'OU=Hidden,OU=Sync,' + N, 'OU=Out,' + N
A, B = 'OU=A,' + SYNC, 'OU=B,' + SYNC
# info is in no rule
FILTER = '(!(|(department=Hidden)(info=hidden)))'
t = Tap()
samba = Samba()


def in_scope(dn):
    return below(dn, SYNC) and not below(dn, HIDDEN)


def user(name, ou=A, **attrs):
    body = 'objectClass: user\nsAMAccountName: %s\ndisplayName: %s' % (name, name)
    return 'add', 'CN=%s,%s' % (name, ou), body + ''.join('\n%s: %s' % x for x in attrs.items())


def group(name, *members, ou=A):
    return 'add', 'CN=%s,%s' % (name, ou), 'objectClass: group\nsAMAccountName: %s%s' % (
        name, ''.join('\nmember: ' + m for m in members))


def replace(dn, **attrs):
    return 'modify', dn, '\n'.join('replace: %s%s\n-' % (a, '\n%s: %s' % (a, v) if v is not None else '')
                                   for a, v in attrs.items())


def rename(dn, rdn, superior=None):
    return 'modrdn', dn, 'newrdn: %s\ndeleteoldrdn: 1%s' % (rdn, '\nnewsuperior: ' + superior if superior else '')


def restore(name, dn):
    """Of the account that was called so."""
    tomb = search('CN=Deleted Objects,' + N, '(sAMAccountName=%s)' % name, 'dn', more=SHOW_DELETED)
    dead = next(x[4:] for x in tomb.splitlines() if x.startswith('dn: '))
    change(('modify', dead, 'delete: isDeleted\n-\nreplace: distinguishedName\ndistinguishedName: %s\n-' % dn),
           controls=['-e', '!1.2.840.113556.1.4.417'])


def imported(site, profile='delta-import'):
    """(result, type of the step, what it says, counters that are not 0)"""
    r = site.run('run', 'forest', profile, '--json')
    steps = r.json()['steps']
    s = next((s for s in steps if s['step-result'] != 'success'), steps[0])
    return s['step-result'], s['step-type'], s.get('detail', ''), {
        k: n for s in steps for k, n in s.get('staging-counters', {}).items() if n and k != 'stage-no-change'}


def mark(site, new=None):
    """The watermark of its first partition."""
    db = sqlite3.connect(site.path / 'causeway.db')
    with db:
        if new is not None:
            db.execute('UPDATE watermark SET value = ?', (new.encode(),))
        value = db.execute('SELECT value FROM watermark').fetchone()[0]
    db.close()
    return value.decode() if isinstance(value, bytes) else value


with scratch() as d:
    for account, password in (('sync', E['FOREST_SYNC_PASSWORD']), ('plain', 'Passw0rd!Plain')):
        (d / account).write_text(password)
        (d / account).chmod(0o600)

    def connector(account='sync', **more):
        return {'name': 'forest', 'kind': 'ad', 'servers': [URL], 'user': account + '@' + E['FOREST_DOMAIN'],
                'password': 'file:%s' % (d / account), 'tls': {'ca': E['FOREST_CA']}, 'attributes': ['description'],
                'partitions': [{'dn': N, 'exclude': [N, HIDDEN], 'include': [SYNC]}], **more}

    for ou in (SYNC, OUT, HIDDEN, A, B):
        change(('add', ou, 'objectClass: organizationalUnit'))
    change(user('anna', title='Clerk'), user('ben', manager='CN=anna,' + A), user('cleo'), user('dan', B),
           user('eve', HIDDEN), user('fay', OUT), group('team', 'CN=anna,' + A, 'CN=ben,' + A),
           group('all', 'CN=team,' + A, 'CN=dan,' + B))
    samba.shell("samba-tool user create plain 'Passw0rd!Plain' --configfile=%s -H %s" % (
        samba.dir / 'smb.conf', samba.dir / 'private/sam.ldb'))

    # ---- The right to see deletions ----
    main = Site(d / 'main', [connector()])
    got = imported(main, 'full-import')
    t.is_(got[0], 'success', 'a full import without the right to see deletions')
    t.has(got[2], ['sync@', 'may not see what is deleted', 'ldbmodify', 'CN=Deleted Objects,' + N, '(A;;RPLC;;;SID)'],
          'says what to grant')
    t.is_(mark(main), '', 'no delta import may follow it')
    r = main.run('run', 'forest', 'delta-import')
    t.has(r.all, ['has no watermark', 'causeway run forest full-import', 'its record says why'],
          'one that is asked for says where to look')
    got = main.run('cycle', '--json').json()['runs'][0]['steps'][0]
    t.is_((got['step-type'], got['step-result']), ('full-import', 'success'), 'a cycle reads all')
    t.has(got['detail'], ['may not see what is deleted'], 'and says why')
    samba.grant('see-deleted', 'sync', 'plain')
    samba.grant('get-changes', 'sync')

    # ---- Five ways to read the same ----
    sites = {
        'dirsync': (main, ''),
        'readable': (Site(d / 'readable', [connector('plain')]), ''),
        'usn': (Site(d / 'usn', [connector(deltas='usn')]), ''),
        'filtered': (Site(d / 'filtered', [connector(filter=FILTER)]), FILTER),
        'two': (Site(d / 'two', [connector(partitions=[{'dn': SYNC, 'exclude': [HIDDEN, A]}, {'dn': A}])]), ''),
    }

    def check(name, counters=None, every=False, ways=()):
        """A delta import, and what it holds then is what ldapsearch finds; the other ways take several steps at once."""
        steps.append(name)
        for way, (site, text) in sites.items():
            if way != 'dirsync' and way not in ways and not every and len(steps) % 4:
                continue
            got = imported(site)
            wrong = differences(directory(in_scope, text), held(site))
            t.ok(got[:2] == ('success', 'delta-import') and not wrong, '%s: %s' % (name, way),
                 '\n'.join([str(got), *wrong[:20]]))
            if counters is not None and way == 'dirsync':
                t.is_(got[3], counters, name + ': and no more')

    for way, (site, text) in sites.items():
        t.is_(imported(site, 'full-import')[:3], ('success', 'full-import', ''), way + ': a full import')
    steps = []
    words = {way: mark(site).split() for way, (site, _) in sites.items()}
    t.is_({way: w[:2] for way, w in words.items()},
          {'dirsync': ['dirsync', 'all'], 'readable': ['dirsync', 'readable'], 'usn': ['usn', 'readable'],
           'filtered': ['dirsync', 'all'], 'two': ['dirsync', 'all']}, 'each goes on in its way')
    check('nothing happens', {}, every=True)
    t.is_(len(held(main)), 6, 'six objects are in scope')

    # ---- What can happen ----
    change(user('gus', B, department='Sales', manager='CN=dan,' + B), group('new', 'CN=gus,' + B))
    check('objects are added', {'stage-add': 2})
    change(replace('CN=anna,' + A, title='Chief', department='Board'))
    check('attributes change', {'stage-update': 1})
    change(replace('CN=anna,' + A, title=None))
    check('an attribute is cleared', {'stage-update': 1})
    change(('modify', 'CN=team,' + A, 'add: member\nmember: CN=cleo,%s\n-\ndelete: member\nmember: CN=anna,%s\n-' % (A, A)))
    check('a member comes and one goes', {'stage-update': 1})
    change(replace('CN=ben,' + A, manager='CN=cleo,' + A), replace('CN=gus,' + B, manager=None))
    check('a manager is another one, and one is none', {'stage-update': 2})
    change(replace('CN=cleo,' + A, userAccountControl='514'))
    check('an account is disabled')
    change(rename('CN=cleo,' + A, 'CN=cleopatra'))
    check('an object is renamed', {'stage-rename': 1})
    change(rename('CN=cleopatra,' + A, 'CN=cleopatra', B))
    check('it moves to another container', {'stage-rename': 1}, every=True)
    change(rename('CN=cleopatra,' + B, 'CN=cleo', HIDDEN), rename('CN=eve,' + HIDDEN, 'CN=eve', B))
    check('one moves out of the containers, and one into them')
    change(replace('CN=cleo,' + HIDDEN, title='Spy'), replace('CN=fay,' + OUT, title='Ghost'))
    check('what is out of scope changes', {})
    change(rename('CN=cleo,' + HIDDEN, 'CN=cleo', A))
    check('it comes back as it is now')
    change(rename(B, 'OU=B2'))
    B = 'OU=B2,' + SYNC
    check('a container is renamed')
    change(rename(B, 'OU=B', OUT))
    check('a container moves out, with all that lies in it')
    change(rename('OU=B,' + OUT, 'OU=B', A))
    B = 'OU=B,' + A
    check('and back, to another place')
    change(('modify', 'CN=anna,' + A, 'replace: department\ndepartment: Hidden\n-'))
    check('the filter takes one no more')
    change(replace('CN=anna,' + A, description='changed where nobody looks'))
    check('nor a change of it')
    change(replace('CN=gus,' + B, info='hidden'))
    check('it looks at what nobody else does')
    change(replace('CN=gus,' + B, info=None))
    check('and again', every=True)
    change(replace('CN=anna,' + A, department='Board'))
    check('and takes it again')
    change(rename('CN=dan,' + B, 'CN=tmp'), rename('CN=gus,' + B, 'CN=dan'), rename('CN=tmp,' + B, 'CN=gus'))
    check('two change their names')
    change(('delete', 'CN=ben,' + A, ''))
    # by numbers alone a deletion and its end between two imports look like nothing
    check('a member and report is deleted: nobody says so of the group', ways=('usn', 'two'))
    change(('delete', 'CN=new,' + A, ''), group('new', 'CN=anna,' + A))
    check('a group is deleted and made anew under its name')
    restore('ben', 'CN=ben,' + A)
    check('what was deleted is restored, without what referred to it')
    change(replace('CN=ben,' + A, displayName='Ben the second'),
           ('modify', 'CN=team,' + A, 'add: member\nmember: CN=ben,%s\n-' % A))
    check('and is changed')
    change(('add', 'OU=Full,' + SYNC, 'objectClass: organizationalUnit'),
           *[user('bulk%03d' % i, 'OU=Full,' + SYNC) for i in range(120)])
    change(('modify', 'CN=all,' + A, 'add: member\n' + '\n'.join(
        'member: CN=bulk%03d,OU=Full,%s' % (i, SYNC) for i in range(120)) + '\n-'),
        rename('CN=all,' + A, 'CN=everybody'), rename('OU=Full,' + SYNC, 'OU=Fuller'))
    check('many at once')
    change(*[('delete', 'CN=bulk%03d,OU=Fuller,%s' % (i, SYNC), '') for i in range(0, 120, 2)])
    check('and half of them deleted')
    check('nothing happens then', {}, every=True)
    for way, (site, _) in sites.items():
        got = imported(site, 'full-import')
        t.ok(got[0] == 'success' and not {k: n for k, n in got[3].items() if k != 'stage-update'},
             way + ': a full import finds nobody new, and nobody gone', got)

    # ---- The bell ----
    p = subprocess.Popen([str(BUILD / 'tests/lib/connector_probe'), str(main.path), 'forest', 'watch', '2'],
                         stdout=subprocess.PIPE, text=True)
    started.append(p)
    t.is_(p.stdout.readline(), 'listening\n', 'the bell hangs')
    for name, what in (('a change', replace('CN=anna,' + A, title='Bell')),
                       ('a deletion', ('delete', 'CN=bulk001,OU=Fuller,' + SYNC, ''))):
        begun = time.monotonic()
        change(what)
        t.is_(p.stdout.readline(), 'ring\n', name + ' rings')
        t.note('%.2f s' % (time.monotonic() - begun))
    p.kill()
    check('after the bell')

    # ---- Cookies ----
    good = mark(main)
    words = good.split()

    def refused(new, pieces, name):
        mark(main, ' '.join(new))
        got = imported(main)
        t.is_(got[0], FULL, name)
        t.has(got[2], pieces, name + ': why')
        t.is_(mark(main), ' '.join(new), name + ': the watermark stays')
    garbage = base64.b64encode(b'no cookie of anybody').decode()
    refused(words[:5] + [garbage], ['refuses the cookie'], 'a cookie that is none')
    refused(words[:5] + ['%%%'], ['cookie is broken'], 'one that is broken')
    refused(['gone'], ['none of this kind'], 'no watermark')
    refused(words[:3] + [str(int(words[3]) - 181 * 86400000)] + words[4:], ['181 days', 'tombstoneLifetime'],
            'one older than the memory of the directory')
    refused(words[:2] + ['00000000-0000-0000-0000-000000000001'] + words[3:], ['another domain'], 'one of another domain')
    got = main.run('cycle', '--json').json()['runs'][0]['steps'][0]
    t.is_((got['step-type'], got['step-result']), ('full-import', 'success'), 'the next cycle reads all')
    check('and deltas go on', every=True)

    # ---- A controller that was put back ----
    samba.stop()
    run('cp', '-R', '--sparse=always', '--preserve=mode', samba.dir / 'private', d / 'snapshot')
    samba.start()
    change(user('lost'), replace('CN=anna,' + A, title='Lost'))
    check('before the accident', every=True)
    samba.stop()
    shutil.rmtree(samba.dir / 'private')
    shutil.move(d / 'snapshot', samba.dir / 'private')
    samba.start()
    for way, (site, text) in sites.items():
        got = imported(site)
        t.is_(got[0], FULL, 'a controller put back to a snapshot: ' + way)
        t.has(got[2], ['USN rollback'], way + ': why')
        t.is_(imported(site, 'full-import')[0], 'success', way + ': a full import')
    change(replace('CN=anna,' + A, title='Found'))
    check('after it', every=True)

    # ---- The right goes ----
    samba.grant('see-deleted', 'plain')
    got = imported(main)
    t.is_(got[0], FULL, 'the right to see deletions is taken')
    t.has(got[2], ['may not see what is deleted'], 'and asked for')
t.done()

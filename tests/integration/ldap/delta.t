#!/usr/bin/env python3
"""Deltas of the ldap connector: content synchronisation in both forms of its refresh, and modifyTimestamp with a list of
who is there.  After every change the store holds what ldapsearch says, and a full import on a copy finds nothing new."""
import atexit
import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
import rig  # noqa: E402
import slapd  # noqa: E402

if not os.access('/usr/sbin/slapd', os.X_OK):
    print('1..0 # SKIP no slapd')
    sys.exit(0)
seed = int(os.environ.get('SEED', random.randrange(1 << 30)))
dice = random.Random(seed)
print('# SEED=%d' % seed)
tap = rig.Tap()
stack = contextlib.ExitStack()
atexit.register(stack.close)
top = stack.enter_context(rig.scratch())
S = slapd.SUFFIX
os.environ['DELTA_TEST_PW'] = 'secret'

# ---- Servers: they keep references whole, as AD does ----


def server(name, provider):
    (top / name).mkdir()
    (top / name / 'db.conf').write_text('overlay refint\nrefint_attributes member manager\n'
                                        'refint_nothing dc=example,dc=com\nsortvals member\n'
                                        'index modifyTimestamp eq\n')
    return slapd.Slapd(top / name, provider, 'moduleload refint')


people = top / 'people.ldif'
people.write_text(rig.run(sys.executable, str(slapd.LIB / '../bench/gen_people.py'), '120', '6').out + ''.join(
    'dn: %s\nobjectClass: organizationalUnit\nou: %s\n\n' % (dn, dn.split(',')[0][3:])
    for dn in ('ou=Area,' + S, 'ou=Hidden,' + S, 'ou=Team,ou=Area,' + S)) +
    'dn: uid=first,ou=Area,%s\nobjectClass: inetOrgPerson\nuid: first\ncn: First\nsn: x\n' % S)
servers = {'log': server('log', 1000), 'present': server('present', 0), 'time': server('time', None)}
stack.callback(lambda: [s.stop() for s in servers.values()])
for s in servers.values():
    s.load(people)
    s.start()

# ---- Connectors: the whole of each, and parts ----


def connector(name, on, **more):
    return {'name': name, 'kind': 'ldap', 'servers': [servers[on].url], 'user': slapd.ADMIN,
            'password': 'env:DELTA_TEST_PW', 'tls': {'required': False},
            'attributes': ['mail', 'title', 'member', 'manager', 'description', 'employeeType'], **more}


hidden = [{'dn': S, 'exclude': ['ou=Hidden,' + S]}]
leavers = '(!(employeeType=leaver))'
connectors = [connector(n, n) for n in servers]
connectors += [connector('scoped-' + n, n, partitions=hidden) for n in ('log', 'time')]
connectors += [connector('area-' + n, n, base='ou=Area,' + S) for n in ('log', 'present')]
connectors += [connector('staff-' + n, n, filter=leavers) for n in ('log', 'time')]
names = [c['name'] for c in connectors]
site = rig.Site(top / 'site', connectors)
copy = rig.Site(top / 'copy', connectors)


def read(name, profile='delta-import', on=site):
    """(result, step type, staging counters, what the step says)"""
    r = on.run('run', name, profile, '--json')
    if not r.out.strip():
        return r.err, '', {}, r.err
    doc = r.json()
    last = doc['steps'][-1]
    return (doc['result'], last['step-type'],
            {k: n for k, n in last.get('staging-counters', {}).items() if n}, last.get('detail', last.get('step-detail', '')))


def held(name):
    db = sqlite3.connect(top / 'site/causeway.db')
    rows = db.execute('select cast(dn as text), cast(anchor as text) from cs where kind = 1 and flags & 1 and connector ='
                      ' (select id from connector where name = cast(? as blob))', (name,)).fetchall()
    db.close()
    return sorted((dn.lower(), a) for dn, a in rows)


def there(name):
    part, _, on = name.rpartition('-')
    filt = '(|(objectClass=inetOrgPerson)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))'
    found = servers[on].search('(&%s%s)' % (filt, leavers) if part == 'staff' else filt, 'entryUUID',
                               base='ou=Area,' + S if part == 'area' else S)
    return sorted((dn.lower(), e['entryUUID'][0]) for dn, e in found
                  if part != 'scoped' or not dn.lower().endswith('ou=hidden,' + S))


def state(at, name):
    """What is held of each object; references as far as their targets are there."""
    db = sqlite3.connect(at / 'causeway.db')
    which = '(select id from connector where name = cast(? as blob))'
    refs = {}
    for owner, attr, target in db.execute(
            'select owner, r.name, t.anchor from cs_ref r join cs o on o.id = owner join cs t on t.id = target'
            ' where bits & 1 and t.kind = 1 and t.flags & 1 and o.connector = ' + which, (name,)):
        refs.setdefault(owner, []).append((attr, target))
    out = {anchor: (dn.lower(), kind, image, sorted(refs.get(i, []))) for i, anchor, dn, kind, image in db.execute(
        'select id, anchor, cast(dn as text), type, image from cs where kind = 1 and flags & 1 and connector = ' + which,
        (name,))}
    db.close()
    return out


def full_again(name):
    for f in (top / 'copy').glob('causeway.db*'):
        f.unlink()
    for f in (top / 'site').glob('causeway.db*'):
        shutil.copy(f, top / 'copy')
    result = read(name, 'full-import', copy)
    delta, full = state(top / 'site', name), state(top / 'copy', name)
    return result[0], [(delta.get(a), full.get(a)) for a in sorted({*delta, *full}) if delta.get(a) != full.get(a)][:2]


def whole(what, only=names, **wanted):
    """A delta import of each, which ends well and brings the store to what the server has; counters of the first three."""
    wrong = []
    for name in only:
        result = read(name)
        if result[:2] != ('success', 'delta-import'):
            wrong.append('%s: %s' % (name, result))
        count = {k[6:].replace('-', '_'): n for k, n in result[2].items() if k not in ('stage-no-change', 'filtered-objects')}
        if wanted and name in servers and count != wanted:
            wrong.append('%s: %s' % (name, result[2]))
        if held(name) != there(name):
            wrong.append('%s: not what ldapsearch says: %s' % (name, sorted(set(held(name)) ^ set(there(name)))[:4]))
        again = full_again(name)
        if again != ('success', []):
            wrong.append('%s: a full import finds %s' % (name, again))
    tap.ok(not wrong, what, '\n'.join(wrong))


def everywhere(ldif):
    for s in servers.values():
        s.modify(ldif)


def settled(base, old):
    """refint works behind the change: until nothing points to the old name."""
    for s in servers.values():
        rig.until(lambda: not s.search('(|(member=%s)(manager=%s))' % (old, old), base=base), 'refint')


def user(n, at='ou=People,'):
    return 'uid=u%07d,%s%s' % (n, at, S)


def person(dn, **more):
    uid = dn.split(',')[0][4:]
    lines = ['dn: ' + dn, 'changetype: add', 'objectClass: inetOrgPerson', 'uid: ' + uid, 'cn: ' + uid, 'sn: x']
    return '\n'.join(lines + ['%s: %s' % kv for kv in more.items()]) + '\n\n'


def change(dn, *lines):
    return '\n'.join(('dn: ' + dn, 'changetype: modify') + lines) + '\n\n'


def rename(dn, rdn, under=None):
    return 'dn: %s\nchangetype: modrdn\nnewrdn: %s\ndeleteoldrdn: 1\n%s\n' % (
        dn, rdn, 'newsuperior: %s\n' % under if under else '')


def delete(dn):
    return 'dn: %s\nchangetype: delete\n\n' % dn


first = [read(n, 'full-import') for n in names]
tap.ok(all(f[0] == 'success' for f in first), 'full imports', str(first))
marks = sqlite3.connect(top / 'site/causeway.db').execute('select cast(value as text) from watermark').fetchall()
tap.is_([m[0].split()[0] for m in marks], [{'time': 'timestamp'}.get(n.split('-')[-1], 'syncrepl') for n in names], 'the kind of delta is found out')

# ---- Nothing changed ----


def rows():
    """Everything but the history of runs."""
    db = sqlite3.connect(top / 'site/causeway.db')
    out = {t: db.execute('select * from "%s"' % t).fetchall() for t, in db.execute(
        "select name from sqlite_master where type = 'table' and name in ('cs', 'cs_ref', 'mv', 'watermark', 'meta', 'name')")}
    db.close()
    return out


before = rows()
tap.is_([read(n)[2] for n in ('log', 'present')], [{}, {}], 'nothing changed: nothing is staged')
tap.is_(read('time')[2].keys() - {'stage-no-change'}, set(), 'nor by time')
tap.ok({k: v for k, v in rows().items() if k != 'meta'} == {k: v for k, v in before.items() if k != 'meta'},
       'and nothing is written')

# ---- Everything that can happen to an object ----
everywhere(person(user(900), title='New', manager=user(3)) + person(user(901)))
whole('two came', add=2)
everywhere(change(user(900), 'replace: title', 'title: Newer') + change(user(5), 'add: mail', 'mail: more@example.com'))
whole('changed', update=2)
everywhere(change(user(900), 'delete: title', '-', 'delete: manager'))
whole('cleared', update=1)
everywhere(rename(user(901), 'uid=renamed'))
whole('renamed', rename=1)
everywhere(rename(user(7), 'uid=u0000007', 'ou=Area,' + S) + rename(user(8), 'uid=u0000008', 'ou=Hidden,' + S))
settled(S, user(7))
settled(S, user(8))
whole('moved to another unit, into scope and out of it')
everywhere(rename(user(7, 'ou=Area,'), 'uid=u0000007', 'ou=People,' + S) +
           rename(user(8, 'ou=Hidden,'), 'uid=u0000008', 'ou=Team,ou=Area,' + S))
settled(S, user(7, 'ou=Area,'))
settled(S, user(8, 'ou=Hidden,'))
whole('and back')
everywhere(delete(user(900)))
whole('deleted', delete=1)
everywhere(delete('uid=renamed,ou=People,' + S) + person('uid=renamed,ou=People,' + S, title='Another'))
whole('deleted and made again under the same name', add=1, delete=1)
group = servers['log'].search('(objectClass=groupOfNames)')[0][0]
everywhere(change(group, 'add: member', 'member: uid=renamed,ou=People,' + S))
whole('a member more', update=1)
everywhere(change(group, 'delete: member', 'member: uid=renamed,ou=People,' + S))
whole('a member less', update=1)
everywhere(change(user(9), 'add: employeeType', 'employeeType: leaver'))
whole('it leaves a filter')
everywhere(change(user(9), 'replace: employeeType', 'employeeType: staff'))
whole('and comes back')
everywhere(delete(user(9)) + 'dn: %s\nchangetype: add\nobjectClass: account\nuid: u0000009\n\n' % user(9))
settled(S, user(9))
whole('another object of a class that is not read takes its name')

# ---- Containers: the server tells of them alone ----
everywhere(rename('ou=Team,ou=Area,' + S, 'ou=Crew'))
settled(S, user(8, 'ou=Team,ou=Area,'))
whole('a unit renamed', rename=1)
everywhere(rename('ou=Area,' + S, 'ou=Area', 'ou=Hidden,' + S))
settled(S, user(8, 'ou=Crew,ou=Area,'))
gone = [read('area-' + n) for n in ('log', 'present')]
tap.ok(all('is not there' in g[3] for g in gone), 'a base that moved away is an error', str(gone))
whole('a unit with a unit in it, moved out of scope', [n for n in names if not n.startswith('area')], rename=2)
everywhere(rename('ou=Area,ou=Hidden,' + S, 'ou=Area', S))
settled(S, user(8, 'ou=Crew,ou=Area,ou=Hidden,'))
whole('and back into it')
everywhere(rename('ou=Crew,ou=Area,' + S, 'ou=Crew', S))
settled(S, user(8, 'ou=Crew,ou=Area,'))
left = read('area-log')
asked = site.run('status', '--json').out
tap.ok(read('area-log', 'full-import')[0] == 'success', 'a unit moves out of the base')
tap.ok(left[0] == 'success' and 'moved out of what is read' in asked,
       'of which a session log says nothing: a full import is asked for', str(left) + asked)
whole('the other servers say it')
everywhere(rename('ou=People,' + S, 'ou=Folk'))
settled(S, user(3))
whole('the unit of all people renamed')

# ---- Twice within a second, and two names exchanged ----
folk = 'ou=Folk,'
everywhere(change(user(11, folk), 'replace: title', 'title: One'))
for n in names:
    read(n)
everywhere(change(user(11, folk), 'replace: title', 'title: Two'))
whole('changed twice within a second, read in between')
everywhere(rename(user(12, folk), 'uid=spare') + rename(user(13, folk), 'uid=u0000012') +
           rename('uid=spare,ou=Folk,' + S, 'uid=u0000013'))
settled(S, 'uid=spare,ou=Folk,' + S)
whole('two exchanged their names')

# ---- Whatever comes ----
serial = iter(range(5000, 9000))
living = {dn.split(',')[0][4:]: dn for dn, _ in servers['log'].search('(objectClass=inetOrgPerson)')}
groups = [dn for dn, _ in servers['log'].search('(objectClass=groupOfNames)')]
units = ['ou=Folk,' + S, 'ou=Area,' + S, 'ou=Hidden,' + S, 'ou=Crew,' + S]
members = {g: set() for g in groups}


def something():
    what = dice.choice(('add', 'change', 'change', 'clear', 'rename', 'move', 'delete', 'join', 'part', 'leave'))
    uid = dice.choice(sorted(living))
    dn = living[uid]
    if what == 'add':
        uid = 'r%d' % next(serial)
        living[uid] = 'uid=%s,%s' % (uid, dice.choice(units))
        return person(living[uid], title='T%d' % dice.randrange(9))
    if what == 'change':
        return change(dn, 'replace: title', 'title: T%d' % dice.randrange(1000))
    if what == 'clear':
        return change(dn, 'replace: title', '-', 'replace: description')
    if what == 'leave':
        return change(dn, 'replace: employeeType', 'employeeType: ' + dice.choice(('leaver', 'staff')))
    if what == 'delete' and len(living) > 60:
        del living[uid]
        for m in members.values():
            m.discard(uid)
        return delete(dn)
    if what == 'rename':
        new = 'r%d' % next(serial)
        living[new] = 'uid=%s,%s' % (new, dn.split(',', 1)[1])
        del living[uid]
        for m in members.values():
            m.discard(uid)
        return rename(dn, 'uid=' + new)
    if what == 'move':
        under = dice.choice(units)
        living[uid] = 'uid=%s,%s' % (uid, under)
        return rename(dn, 'uid=' + uid, under) if not dn.endswith(under) else ''
    g = dice.choice(groups)
    if what == 'join' and uid not in members[g]:
        members[g].add(uid)
        return change(g, 'replace: member', *('member: ' + living[u] for u in sorted(members[g])))
    if what == 'part' and len(members[g]) > 1:
        members[g].discard(sorted(members[g])[0])
        return change(g, 'replace: member', *('member: ' + living[u] for u in sorted(members[g])))
    return ''


def dangling(s):
    """(object, attribute, what of its values is there) of what points to nothing."""
    dns = {dn.lower() for dn, _ in s.search('(objectClass=*)')} | {S}
    return [(dn, name, [v for v in a if v.lower() in dns])
            for dn, e in s.search('(|(member=*)(manager=*))', 'member', 'manager')
            for name, a in e.items() if any(v.lower() not in dns for v in a)]


def quiet():
    """refint has done its work: nothing points to what is not there. It loses sight of some that were renamed and
    deleted at once: those go as an administrator would have them go."""
    for s in servers.values():
        try:
            rig.until(lambda: not dangling(s), 'refint', 5)
        except RuntimeError:
            for dn, name, left in dangling(s):
                values = left or ([S] if name == 'member' else [])
                s.modify('dn: %s\nchangetype: modify\nreplace: %s\n%s' % (
                    dn, name, ''.join('%s: %s\n' % (name, v) for v in values)))
            rig.until(lambda: not dangling(s), 'no reference to nothing, SEED=%d' % seed)


quiet()
for turn in range(4):
    for _ in range(4):
        everywhere(''.join(something() for _ in range(15)))
        quiet()
    whole('random changes, part %d' % (turn + 1), names[:3] if turn < 3 else names)

# ---- Watermarks that are none ----


def watermark(name, value):
    db = sqlite3.connect(top / 'site/causeway.db')
    which = 'connector = (select id from connector where name = cast(? as blob))'
    old = db.execute('select cast(value as text) from watermark where ' + which, (name,)).fetchone()[0]
    if value is not None:
        db.execute('update watermark set value = cast(? as blob) where ' + which, (value, name))
        db.commit()
    db.close()
    return old


for name in ('log', 'time'):
    good = watermark(name, 'what is this')
    tap.is_(read(name)[0], 'no-start-full-import-required', name + ': a watermark that is none')
    watermark(name, good[:-3] + '999')
    tap.is_(read(name)[0], 'no-start-full-import-required', name + ': one that was damaged')
    watermark(name, '')
    tap.is_(read(name)[0], 'no-start-full-import-required', name + ': one that was lost')
    watermark(name, good)
    tap.is_(read(name)[0], 'success', name + ': and the good one again')

# ---- The database of the past: the server has an older state than we ----
backup = top / 'backup.ldif'
servers['log'].stop()
backup.write_text(subprocess.run(['/usr/sbin/slapcat', '-f', str(top / 'log/slapd.conf')], check=True,
                                 capture_output=True, text=True).stdout)
servers['log'].start()
everywhere(change(sorted(living.values())[0], 'replace: title', 'title: Late'))
whole('a change behind the backup', ['log'], update=1)
servers['log'].stop()
servers['log'].empty()
servers['log'].load(backup)
servers['log'].start()
future = read('log')
tap.is_(future[0], 'no-start-full-import-required', 'a cookie from the future')
tap.ok('older' in future[3] or 'newer' in future[3], 'which the text says', future[3])
tap.is_(read('log', 'full-import')[0], 'success', 'a full import')
whole('and deltas again', ['log'])

# ---- Made anew, with other identifiers and a later state ----
servers['log'].stop()
servers['log'].empty()
plain = '\n'.join(line for line in backup.read_text().splitlines()
                  if line.split(':')[0] not in ('entryUUID', 'entryCSN', 'contextCSN', 'createTimestamp', 'modifyTimestamp',
                                                'creatorsName', 'modifiersName', 'structuralObjectClass'))
(top / 'plain.ldif').write_text(plain + '\n')
servers['log'].load(top / 'plain.ldif')
servers['log'].start()
anew = read('log')
tap.is_(anew[0], 'stopped-deletion-threshold-exceeded', 'a server made anew: all that was known is gone, and the guard holds')
site.run('guard', 'ack', 'log', '--reason', 'it is meant')
whole('which a person may allow', ['log'])

# ---- A connection cut in the middle ----


class Cut:
    """Between client and server; ends after so many octets of the server."""

    def __init__(self, port, octets):
        self.port = rig.free_port()
        code = '''if 1:
            import socket, sys, threading
            listen, to, left = int(sys.argv[1]), int(sys.argv[2]), [int(sys.argv[3])]
            s = socket.create_server(("127.0.0.1", listen))
            def pump(a, b, counts):
                try:
                    while data := a.recv(4096):
                        if counts and left[0] < len(data):
                            b.sendall(data[:left[0]]); break
                        left[0] -= len(data) * counts
                        b.sendall(data)
                except OSError: pass
                for x in (a, b):
                    try: x.shutdown(2)
                    except OSError: pass
            while True:
                a, _ = s.accept()
                b = socket.create_connection(("127.0.0.1", to))
                threading.Thread(target=pump, args=(a, b, 0), daemon=True).start()
                threading.Thread(target=pump, args=(b, a, 1), daemon=True).start()
        '''
        self.p = subprocess.Popen([sys.executable, '-c', code, str(self.port), str(port), str(octets)])
        rig.until(lambda: subprocess.run([sys.executable, '-c', 'import socket; socket.create_connection(("127.0.0.1", %d))'
                                          % self.port], stderr=subprocess.DEVNULL).returncode == 0, 'the cut')

    def stop(self):
        self.p.kill()
        self.p.wait()


everywhere('\n'.join(change(dn, 'replace: description', 'description: ' + 'x' * 200) for dn in
                     [dn for dn, _ in servers['present'].search('(objectClass=inetOrgPerson)')][:40]
                     if servers['log'].search('(uid=%s)' % dn.split(',')[0][4:])))
broken = []
full = 0
for octets in range(60000, 200000, 9000):
    cut = Cut(servers['present'].port, octets)
    for c in site.settings['connectors']:
        if c['name'] == 'present':
            c['servers'] = ['ldap://127.0.0.1:%d' % cut.port]
    site.write()
    result = read('present')
    cut.stop()
    broken.append((octets, result[0], result[2].get('stage-delete', 0)))
    if result[0] == 'success':
        break
site.settings['connectors'][1]['servers'] = [servers['present'].url]
site.write()
ended = [b for b in broken if b[1] not in ('success',)]
tap.ok(len(ended) >= 3 and all(b[2] == 0 for b in broken), 'cut at any point: an error, nothing is taken for deleted',
       str(broken))
whole('and the next one brings the rest', ['present'])

# ---- Our clock is wrong: only the server's counts ----
servers['time'].modify(change(sorted(dn for dn, _ in servers['time'].search('(objectClass=inetOrgPerson)'))[0],
                              'replace: title', 'title: Skew'))
old = watermark('time', None)
tap.ok(old.split()[3] < old.split()[2], 'by time it asks from before the newest change on', old)
whole('and finds what changed since', ['time'])

# ---- The bell ----


def bell(name, rings):
    p = subprocess.Popen([os.path.join(rig.BUILD, 'tests/lib/connector_probe'), str(top / 'site'), name, 'watch', str(rings)],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    rig.started.append(p)
    return p


p = bell('present', 3)
said = [p.stdout.readline()]
who = sorted(dn for dn, _ in servers['present'].search('(objectClass=inetOrgPerson)'))[0]
for ldif in (change(who, 'replace: title', 'title: Ring'), delete(who), person(who)):
    servers['present'].modify(ldif)
    said.append(p.stdout.readline())
tap.is_((said, p.wait()), (['listening\n', 'ring\n', 'ring\n', 'ring\n'], 0),
        'a change, a deletion and an object that comes ring, and nothing before')
p = bell('present', 1)
p.stdout.readline()
servers['present'].stop()
gone = p.communicate()
tap.ok(p.returncode == 1 and 'dropped-connection' in gone[1], 'a server that goes away is told at once', str(gone))
servers['present'].start()
p = bell('time', 1)
tap.has(p.communicate()[1], ['no bell', 'syncprov'], 'no provider, no bell')

# ---- What was set ----
for c in site.settings['connectors']:
    if c['name'] == 'time':
        c['deltas'] = 'syncrepl'
    if c['name'] == 'present':
        c['anchor'] = 'uid'
        c['object_classes'] = ['inetOrgPerson']
        c['deltas'] = 'syncrepl'
    if c['name'] == 'log':
        c['deltas'] = 'none'
site.write()
said = read('time', 'full-import')
tap.ok('syncprov' in said[3], 'syncrepl where there is no provider: said at once', str(said))
said = read('present', 'full-import')
tap.ok('entryUUID' in said[3], 'syncrepl with another anchor: said why not', str(said))
said = read('log', 'full-import')
tap.is_((watermark('log', None), 'deltas is set to none' in said[3]), ('', True), 'none: no watermark, and why')
tap.done()

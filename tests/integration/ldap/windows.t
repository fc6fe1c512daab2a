#!/usr/bin/env python3
"""A full import goes through a directory in windows: what breaks repeats one of them at most, nothing is obsoleted by a
break, and what moves between windows while they are read is neither lost nor taken for deleted."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
import ldap_relay  # noqa: E402
import rig  # noqa: E402
import slapd  # noqa: E402

if not os.access('/usr/sbin/slapd', os.X_OK):
    print('1..0 # SKIP no slapd')
    sys.exit(0)
t = rig.Tap()
S = slapd.SUFFIX
A, B, C = ('ou=%s,%s' % (x, S) for x in 'ABC')
C1, C2 = 'ou=C1,' + C, 'ou=C2,' + C
EACH = 300          # people in each of A, B, C1, C2
ALL = 4 * EACH + 7  # and two below the base, and the units
os.environ['WINDOWS_PW'] = 'secret'


def person(name, parent):
    return 'dn: uid=%s,%s\nobjectClass: inetOrgPerson\nuid: %s\ncn: %s\nsn: x\ntitle: Clerk\n' % (name, parent, name, name)


def content():
    out = ['dn: %s\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: x\n' % S]
    out += ['dn: %s\nobjectClass: organizationalUnit\nou: %s\n' % (u, u.split(',')[0][3:]) for u in (A, B, C, C1, C2)]
    out += [person('%s%03d' % (x, i), u) for x, u in (('a', A), ('b', B), ('c', C1), ('d', C2)) for i in range(EACH)]
    return '\n'.join(out + [person(x, S) for x in ('x', 'y')])


class Case:
    """A server of its own behind a relay, and a connector to it."""

    def __init__(self, top, name, provider=1000, ldif=None, **more):
        self.folder = top / name
        self.folder.mkdir()
        (self.folder / 'server').mkdir()
        (self.folder / 'server/db.conf').write_text('index modifyTimestamp eq\n')
        self.server = slapd.Slapd(self.folder / 'server', provider)
        (self.folder / 'ldif').write_text(ldif or content())
        self.server.load(self.folder / 'ldif')
        self.server.start()
        self.relay = ldap_relay.Relay('127.0.0.1', self.server.port).start()
        self.connector = {
            'name': 'dir', 'kind': 'ldap', 'servers': [self.relay.url], 'user': slapd.ADMIN, 'password': 'env:WINDOWS_PW',
            'tls': {'required': False}, 'page_size': 100, 'timeout_s': 20,
            'object_classes': ['inetOrgPerson', 'organizationalUnit'], 'attributes': ['title', 'cn'], **more}
        self.site = rig.Site(self.folder / 'site', [self.connector])

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.server.stop()

    def steps(self, profile='full-import'):
        self.relay.reset()
        return self.site.run('run', 'dir', profile, '--json').json()['steps']

    def full(self):
        """(result, counters, what it says) of the full import, and what came behind it."""
        first, *rest = self.steps()
        return (first['step-result'], {k: n for k, n in first.get('staging-counters', {}).items() if n},
                first.get('detail', ''), [(s['step-type'], s['step-result']) for s in rest])

    def move(self, dn, parent, rdn=None):
        self.server.modify('dn: %s\nchangetype: modrdn\nnewrdn: %s\ndeleteoldrdn: 1\nnewsuperior: %s\n' % (
            dn, rdn or dn.split(',')[0], parent))

    def same(self, name):
        """The connector space is what ldapsearch finds."""
        there = {dn.lower(): e.get('title') for dn, e in self.server.search(
            '(|(objectClass=inetOrgPerson)(objectClass=organizationalUnit))', 'title')}
        here = {}
        for o in self.site.run('cs', 'search', '--limit', 10000, '--json').json():
            if o['kind'] == 'staging' and 'in-directory' in o['flags']:
                v = o['attributes'].get('title')
                here[o['dn'].lower()] = v if v is None or isinstance(v, list) else [v]
        wrong = sorted(set(there) ^ set(here)) + [x for x in there if x in here and there[x] != here[x]]
        t.ok(not wrong, name + ': the connector space is what ldapsearch finds', wrong[:10])


def with_units_of_devices():
    """300 people, five units with a device in each, 300 people, and one: windows are read by name backwards."""
    out = ['dn: %s\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: x\n' % S]
    out += ['dn: ou=%s,%s\nobjectClass: organizationalUnit\nou: %s\n' % (x, S, x) for x in 'ATUVWXYZ']
    out += [person('%s%03d' % (x, i), 'ou=%s,%s' % (x.upper(), S)) for x in 'tz' for i in range(EACH)]
    out += ['dn: cn=x,ou=%s,%s\nobjectClass: device\ncn: x\n' % (x, S) for x in 'UVWXY']
    return '\n'.join(out + [person('last', 'ou=A,' + S)])


def reads(search):
    """Whether it brings objects: not names alone, by which containers are found."""
    return b'1.1' not in search.text and b'hasSubordinates' not in search.text


def changes(case):
    """In windows that were read, and from one that was not to one that was."""
    case.server.modify('dn: uid=a001,%s\nchangetype: modify\nreplace: title\ntitle: Chief\n\n'
                       'dn: uid=a002,%s\nchangetype: delete\n\n' % (A, A) +
                       person('new', A).replace('\nobjectClass', '\nchangetype: add\nobjectClass', 1))
    case.move('uid=d005,' + C2, A)


with rig.scratch() as top:
    # ---- Windows ----
    for provider, deltas in ((1000, 'syncrepl'), (0, 'syncrepl'), (None, 'timestamp')):
        with Case(top, 'whole-%s' % provider, provider, deltas=deltas) as c:
            got = c.full()
            t.is_(got, ('success', {'stage-add': ALL}, '', []), '%s (%s): a full import' % (deltas, provider))
            read = [s for s in c.relay.trees() if reads(s) and s.entries]
            t.is_(sorted((s.scope, s.base) for s in read),
                  sorted([(1, S), (2, A), (2, B), (1, C), (2, C1), (2, C2)]), 'goes window by window, one search each')
            t.is_(sum(s.entries for s in read), ALL + 4, 'and nothing comes twice but the tops of windows')
            c.same('whole')

            # ---- The server is gone, and back ----
            c.site.run('connector', 'test', 'dir')
    with Case(top, 'cut') as c:
        c.relay.cut_at = 2 * EACH + 150
        got = c.full()
        t.is_((got[0], got[1].get('stage-add'), got[1].get('stage-delete')), ('success', ALL, None),
              'a connection is cut in the middle of a window: it goes on')
        windows = [s.base for s in c.relay.trees() if reads(s)]
        t.is_(len(windows), len(set(windows)) + 1, 'and reads one window again')
        t.ok(c.relay.entries() < ALL + EACH + 20, 'nothing else', c.relay.searches)
        c.same('cut')

    # ---- Our process, or the server for longer ----
    for how in ('server', 'process'):
        for provider, deltas in ((1000, 'syncrepl'), (0, 'syncrepl'), (None, 'timestamp')):
            name = 'the %s is gone (%s, %s)' % (how, deltas, provider)
            with Case(top, '%s-%s' % (how, provider), provider, deltas=deltas) as c:
                at = 2 * EACH + 150
                if how == 'server':
                    c.relay.gone, c.relay.cut_at = True, at
                    got = c.full()
                    t.is_((got[0], got[1].get('stage-delete')), ('stopped-connectivity', None), name)
                    c.relay.refuse = False
                else:
                    c.relay.hold_at = at
                    p = c.site.popen('run', 'dir', 'full-import')
                    t.ok(c.relay.held.wait(60), name)
                    # what was given before the hold is taken
                    rig.until(lambda: p.poll() is not None or any(s.entries >= 100 for s in c.relay.trees()[-1:]), 'entries')
                    p.kill()
                    p.wait()
                    c.relay.go.set()
                before = {s.base for s in c.relay.trees() if reads(s) and s.entries}
                changes(c)
                got = c.full()
                t.is_(got[0], 'success', 'the next full import')
                t.has(got[2], ['went on where an import broke off'], 'goes on')
                t.is_(got[3], [('delta-import', 'success')], 'and what happened meanwhile comes right behind it')
                windows = [s for s in c.relay.trees() if reads(s) and s.base in (A, B, C1, C2) and s.entries > 1]
                again = [s.base for s in windows if s.base in before]
                t.ok(len(again) <= 1, 'one window is read again', c.relay.searches)
                t.ok(sum(s.entries for s in windows) <= 2 * EACH + 4, 'and those that were not read', c.relay.searches)
                c.same(name)
                got = c.full()
                t.is_((got[0], got[2], got[1].get('stage-delete')), ('success', '', None), 'then all is read, and as it was')

    # ---- A place is of one configuration, and of one import ----
    with Case(top, 'place') as c:
        def broken():
            c.relay.gone, c.relay.cut_at = True, 2 * EACH + 150
            got = c.full()[0]
            c.relay.refuse = False
            return got
        t.is_(broken(), 'stopped-connectivity', 'an import breaks off')
        c.site.settings['connectors'][0]['filter'] = '(!(title=Nobody))'
        c.site.write()
        got = c.full()
        t.is_((got[0], got[2], got[3]), ('success', '', []), 'with another filter it begins again')
        t.is_(broken(), 'stopped-connectivity', 'another one, when there is a watermark')
        t.is_([s['step-result'] for s in c.steps('delta-import')], ['success'], 'a delta import from that one')
        got = c.full()
        t.is_((got[0], got[2], got[3]), ('success', '', []), 'then a full import begins at the beginning')
        c.same('place')
        for name, how in (('cut short', "substr(value, 1, length(value) - 40)"),
                          ('of one octet that changed', "substr(value, 1, 60) || x'00' || substr(value, 62)"),
                          ('of nothing we know', "'what is this'")):
            t.is_(broken(), 'stopped-connectivity', 'and one more')
            n = rig.change_store(c.site.path / 'causeway.db', "update meta set value = cast(%s as blob) "
                                 "where cast(key as text) like 'place.%%' and length(value) > 0" % how)
            t.is_(n, 1, 'its place is ' + name)
            got = c.full()
            t.is_((got[0], got[2], got[1].get('stage-delete')), ('success', '', None), name + ': all is read')

    # ---- A place is taken as it was given, however far reading is ahead ----
    with Case(top, 'ahead', ldif=with_units_of_devices()) as c:
        probe = os.path.join(rig.BUILD, 'tests/lib/connector_probe')
        p = subprocess.Popen([probe, str(c.site.path), 'dir', 'import', 'cn'], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env=dict(os.environ, PROBE_PAUSE='1', PROBE_PLACES='1'))
        rig.started.append(p)
        t.is_(p.stderr.readline(), 'pause\n', 'the first people are being taken')
        rig.until(lambda: any(s.base == 'ou=A,' + S for s in c.relay.trees() if reads(s)), 'the last unit is read')
        out, err = p.communicate('\n', timeout=60)
        t.is_((p.returncode, err), (0, ''), 'while the last unit is read')
        lines = [json.loads(x) for x in out.splitlines()]
        left = [[x for x in 'ATUVWXYZ' if 'ou=%s,' % x in line['place']] for line in lines if line['kind'] == 'place']
        t.is_(left, [list('ATUVWXY'), ['A']], 'the place behind them is theirs, and not that of the people behind five units of devices')

    # ---- Moves while it reads ----
    with Case(top, 'moves') as c:
        c.full()
        done = []

        def between(search):
            """As the last window of people begins: A was not read, and the others were."""
            if search.base != A or search.scope == 0 or done:
                return
            done.append(search)
            c.move('uid=a010,' + A, B)                           # to where it was read already
            c.move('uid=b010,' + B, A)                           # comes twice
            c.move('uid=d020,' + C2, A, 'uid=elsewhere')         # comes twice, and its name goes to another one
            c.move('uid=a020,' + A, C2, 'uid=d020')
            c.move('uid=c030,' + C1, S)                          # from a window that was read to one that was, or is last
            c.move('uid=a030,' + A, C1, 'uid=c030')
            c.server.modify('dn: uid=a040,%s\nchangetype: delete\n\n' % A +
                            'dn: ou=C1,%s\nchangetype: modrdn\nnewrdn: ou=C9\ndeleteoldrdn: 1\nnewsuperior: %s\n' % (C, B))
        c.relay.before = between
        got = c.full()
        t.ok(done, 'objects move from window to window while it reads')
        t.is_((got[0], got[1].get('stage-delete'), got[1].get('stage-failure')), ('success', 1, None),
              'one object is gone, the one that was deleted')
        t.has(str(got[1]), ['stage-rename'], 'the others have other names')
        c.relay.before = None
        t.is_([s['step-result'] for s in c.steps('delta-import')], ['success'], 'the delta import behind it')
        c.same('moves')
        asked = [s for s in c.relay.searches if s.scope == 2 and s.base == S]
        t.ok(len(asked) < 10, 'without one search an object', c.relay.searches)

    # ---- What is gone is gone ----
    with Case(top, 'gone') as c:
        c.full()
        c.server.modify(''.join('dn: uid=b%03d,%s\nchangetype: delete\n\n' % (i, B) for i in range(40)))
        got = c.full()
        t.is_((got[0], got[1].get('stage-delete')), ('success', 40), 'forty objects are deleted: that is seen')
        c.same('gone')
t.done()

#!/usr/bin/env python3
"""Deltas as a Windows domain controller gives them and Samba does not: see tests/lib/standin_ad.py."""
import json
import os
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
import rig  # noqa: E402
from standin_ad import BASE  # noqa: E402

FULL = 'no-start-full-import-required'
t = rig.Tap()
BIG = 3200


def guid(n):
    return b'STANDIN0' + n.to_bytes(8, 'big')


def hexed(n):
    return {'hex': guid(n).hex()}


def extended(n, name):
    g = guid(n).hex()
    text = '-'.join((g[6:8] + g[4:6] + g[2:4] + g[0:2], g[10:12] + g[8:10], g[14:16] + g[12:14], g[16:20], g[20:]))
    return '<GUID=%s>;%s' % (text, name)


def person(n, **more):
    dn = 'CN=p%04d,%s' % (n, BASE)
    return [dn, {'objectClass': ['top', 'person', 'user'], 'objectGUID': [hexed(n)], 'cn': ['p%04d' % n], **more}]


def group(n, name, members):
    return ['CN=%s,%s' % (name, BASE), {
        'objectClass': ['top', 'group'], 'objectGUID': [hexed(n)], 'cn': [name],
        'member': [extended(m, 'CN=p%04d,%s' % (m, BASE)) for m in members]}]


def told(n, dn=None, **attributes):
    """An entry of a DirSync answer."""
    return [extended(n, dn or 'CN=p%04d,%s' % (n, BASE)), {
        'objectGUID': [hexed(n)], 'instanceType': ['4'], **{a.replace('_', ';range='): v for a, v in attributes.items()}}]


def dead(n):
    return 'CN=p%04d\\0ADEL:%d,CN=Deleted Objects,%s' % (n, n, BASE)


def link(*members):
    return [extended(m, 'CN=p%04d,%s' % (m, BASE)) for m in members]


def world():
    """Before: p0000 to p0019, the group team of p0000 to p0009.  After the pages: see the checks."""
    before = [person(n, title=['Clerk']) for n in range(20)] + [group(9001, 'team', range(10))]
    many = group(9002, 'many', range(BIG))
    return before, [
        # page 0: a value, an attribute cleared, half of a group's changes
        [told(0, title=['Chief']), told(1, title=[]),
         told(9001, 'CN=team,' + BASE, **{'member_1-1': link(10, 11), 'member_0-0': link(0)})],
        # page 1: the other half; a tombstone as Windows has it, and one that says nothing but its name
        [told(9001, 'CN=team,' + BASE, **{'member_1-1': link(12), 'member_0-0': link(1)}),
         told(15, dead(15), isDeleted=['TRUE'], isRecycled=['TRUE'], name=['p0015\nDEL:15'], parentGUID=[hexed(1)]),
         told(16, dead(16))],
        # page 2: a new group of more values than a search gives at once; a member that went and was deleted
        [told(9002, 'CN=many,' + BASE, objectClass=['top', 'group'], name=['many'], parentGUID=[hexed(1)]),
         told(9001, 'CN=team,' + BASE, **{'member_0-0': [extended(2, dead(2))]}),
         told(17, isDeleted=[], isRecycled=[], name=['p0017'], parentGUID=[hexed(1)])],
    ], [many]


class Case:
    """A stand-in and a connector to it."""

    def __init__(self, folder, name, *options, **connector):
        self.folder = folder / name
        self.folder.mkdir()
        before, pages, after = world()
        self.world = self.folder / 'world.json'
        self.put(before, pages)
        self.after = before + after
        port, self.log = self.folder / 'port', self.folder / 'log'
        self.process = subprocess.Popen([sys.executable, str(rig.ROOT / 'tests/lib/standin_ad.py'), '--port-file', str(port),
                                         '--world', str(self.world), '--log', str(self.log), *options])
        rig.started.append(self.process)
        rig.until(lambda: port.exists() and port.read_text().endswith('\n'), 'the stand-in')
        (self.folder / 'pw').write_text('secret')
        (self.folder / 'pw').chmod(0o600)
        self.site = rig.Site(self.folder / 'site', [{
            'name': 'stand', 'kind': 'ad', 'servers': ['ldap://127.0.0.1:' + port.read_text().strip()], 'user': 'STAND\\sync',
            'password': 'file:%s' % (self.folder / 'pw'), 'tls': {'required': False}, 'timeout_s': 5,
            'object_classes': ['user', 'group'], 'attributes': ['title', 'member', 'cn'], **connector}])

    def put(self, objects, pages):
        """The stand-in reads it anew at each request."""
        self.world.write_text(json.dumps({'objects': objects, 'pages': pages}))

    def run(self, profile):
        r = self.site.run('run', 'stand', profile, '--json')
        s = r.json()['steps'][-1]
        return s['step-result'], s.get('detail', '')

    def lines(self, word):
        return [x for x in self.log.read_text().splitlines() if x.startswith(word)]

    def cookie(self):
        db = sqlite3.connect(self.site.path / 'causeway.db')
        value = db.execute('SELECT value FROM watermark').fetchone()[0].decode()
        db.close()
        return rig.base64.b64decode(value.split()[-1]).decode() if value else ''

    def held(self):
        out = {}
        for o in self.site.run('cs', 'search', '--limit', 10000, '--json').json():
            if o['kind'] == 'staging' and 'in-directory' in o['flags']:
                out[o['dn'].split(',')[0][3:]] = o['attributes']
        return out

    def members(self, name):
        v = self.held()[name].get('member', [])
        return sorted(x['$ref'].split(',')[0] for x in (v if isinstance(v, list) else [v]))


def check_after(case, name):
    there = case.held()
    t.is_((there['p0000'].get('title'), there['p0001'].get('title'), there['p0003'].get('title')), ('Chief', None, 'Clerk'),
          name + ': a value and a cleared attribute')
    t.is_(('p0015' in there, 'p0016' in there), (False, False), name + ': both kinds of tombstone')
    team = [m for m in case.members('team') if 'CN=p' in m]
    t.is_(team, ['CN=p%04d' % n for n in (3, 4, 5, 6, 7, 8, 9, 10, 11, 12)], name + ': members in two pages, and a dead one')
    t.is_(len(case.members('many')), BIG, name + ': a new group, read in ranges')
    t.ok('p0017' in there, name + ': an isDeleted without a value deletes nobody')


with rig.scratch() as d:
    # ---- Pages ----
    c = Case(d, 'pages', '--walk', '3', '--range', '1500')
    t.is_(c.run('full-import'), ('success', ''), 'a full import')
    t.is_(c.lines('dirsync'), ['dirsync 80000000 -', 'dirsync 80000000 W1', 'dirsync 80000000 W2'],
          'the cookie of now is three pages away, and asked for first')
    t.is_(c.cookie(), 'C0', 'it is the last one')
    c.put(c.after, world()[1])
    t.is_(c.run('delta-import'), ('success', ''), 'a delta import of three pages')
    t.is_(c.lines('dirsync')[3:], ['dirsync 80000000 C0', 'dirsync 80000000 C1', 'dirsync 80000000 C2'], 'from cookie to cookie')
    t.is_(c.cookie(), 'C3', 'and its end is kept')
    check_after(c, 'three pages')
    before = len(c.lines('search'))
    t.is_(c.run('delta-import'), ('success', ''), 'then nothing')
    t.is_(c.lines('search')[before:], [], 'and nothing is searched for')

    # ---- An answer is cut where it has as much as was asked for ----
    c = Case(d, 'large', attributes=['title', 'description'])
    c.run('full-import')
    text = 'x' * 150000
    c.put([person(n, title=['Clerk'], description=[text + str(n)]) for n in range(80)],
          [[told(n, objectClass=['top', 'person', 'user'], name=['p%04d' % n], parentGUID=[hexed(1)], title=['Clerk'],
                 description=[text + str(n)]) for n in range(80)]])
    before = len(c.lines('dirsync'))
    t.is_(c.run('delta-import'), ('success', ''), 'a delta import of 12 MB')
    asked = {int(x.split()[1]) for x in c.lines('maxbytes')}
    most = max(asked)
    t.ok(len(asked) == 1 and 1 << 20 <= most <= 16 << 20, 'asks for some megabytes at once', asked)
    answers = [int(x.split()[1]) for x in c.lines('answer')]
    t.ok(len(answers) >= 3 and max(answers) <= most, 'comes in answers that are no larger', answers)
    cookies = [x.split()[2] for x in c.lines('dirsync')[before:]]
    t.ok(len(cookies) == len(answers) and all(x.startswith('C0.') for x in cookies[1:]), 'from cookie to cookie', cookies)
    there = c.held()
    t.ok(all(there.get('p%04d' % n, {}).get('description') == text + str(n) for n in range(80)), 'each object as it is')
    t.is_(c.cookie(), 'C1', 'the last cookie is kept')
    c = Case(d, 'largecut', '--cut-page', '0', attributes=['title', 'description'])
    c.run('full-import')
    c.put([person(n, description=[text + str(n)]) for n in range(80)],
          [[told(n, objectClass=['top', 'person', 'user'], name=['p%04d' % n], parentGUID=[hexed(1)],
                 description=[text + str(n)]) for n in range(80)]])
    got = c.run('delta-import')
    t.ok('dropped-connection' in got[0] or 'stopped' in got[0], 'a connection cut in the last of them', got)
    kept = c.cookie()
    t.ok(kept.startswith('C0.') and int(kept[3:]) > 40, 'what came before is kept', kept)
    before = len(c.lines('dirsync'))
    t.is_((c.run('delta-import'), c.lines('dirsync')[before].split()[2]), (('success', ''), kept), 'and is not asked for again')
    t.is_(len([x for x in c.held() if x.startswith('p')]), 80, 'and nothing is missing')

    # ---- A cut in the middle ----
    c = Case(d, 'cut', '--cut-page', '1')
    c.run('full-import')
    c.put(c.after, world()[1])
    got = c.run('delta-import')
    t.ok('dropped-connection' in got[0] or 'stopped' in got[0], 'a connection cut inside the second page', got)
    t.is_(c.cookie(), 'C1', 'what the first page told is kept')
    seen = len(c.lines('dirsync'))
    t.is_(c.run('delta-import'), ('success', ''), 'the next delta import')
    t.is_(c.lines('dirsync')[seen:], ['dirsync 80000000 C1', 'dirsync 80000000 C2'], 'goes on there')
    check_after(c, 'after the cut')

    # ---- Rights ----
    c = Case(d, 'reader', '--no-replicate')
    t.is_(c.run('full-import'), ('success', ''), 'a user without the right to replicate')
    t.is_(c.lines('dirsync'), ['dirsync 80000000 -', 'dirsync 80000001 -'], 'is told what it may read')
    t.is_(c.run('delta-import')[0], 'success', 'its delta import')
    t.is_(c.lines('dirsync')[2], 'dirsync 80000001 C0', 'does not ask twice')
    c = Case(d, 'blind', '--no-replicate', '--blind')
    got = c.run('full-import')
    t.is_((got[0], c.cookie()), ('success', ''), 'one who may not see deletions gets no delta import')
    t.has(got[1], ['STAND\\sync may not see', 'dsacls "CN=Deleted Objects,%s" /takeownership' % BASE,
                   'dsacls "CN=Deleted Objects,%s" /G "STAND\\sync:LCRP"' % BASE], 'and the commands that help')
    c = Case(d, 'replicator', '--blind')
    t.is_((c.run('full-import'), c.cookie()), (('success', ''), 'C0'), 'who may replicate is told deletions on Windows')

    # ---- Cookies ----
    c = Case(d, 'refused', '--refuse-cookie', '53')
    c.run('full-import')
    got = c.run('delta-import')
    t.is_(got[0], FULL, 'a cookie refused as Windows does')
    t.has(got[1], ['refuses the cookie', 'SvcErr'], 'and why')
    c = Case(d, 'stuck', '--stuck')
    c.run('full-import')
    got = c.run('delta-import')
    t.ok(got[0] != 'success', 'pages without an end are no end', got)
    t.has(got[1], ['without an end'], 'and that is said')
    c = Case(d, 'filter', filter='(memberOf=CN=team,%s)' % BASE)
    got = c.run('full-import')
    t.is_((got[0], c.cookie()), ('success', ''), 'a filter on what is never told gets no delta import')
    t.has(got[1], ['filter asks for memberOf'], 'and says so')
t.done()

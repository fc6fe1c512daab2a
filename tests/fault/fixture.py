"""fixture.py -- twenty objects of two sources, a tenant, and two days of them.

A file (seven people, three groups, one record that is bad, one that claims a name
of the cloud's) and an OpenLDAP server (six people, two groups).  On the second day people
are renamed, moved, deleted and come, groups change their members, somebody gets
another manager and somebody a name that the tenant does not take.
"""
import json
import os
import pathlib
import random
import shutil
import socket
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import oracle  # noqa: E402
import rig  # noqa: E402
import slapd  # noqa: E402

# FAULT_BUILD: a build with sanitizers, for the program that meets the fault alone.
FAULTY = pathlib.Path(os.environ.get('FAULT_BUILD') or rig.BUILD).resolve() / 'tests/fault/causeway_fault'
DOMAIN = 'small.example'
TOP = 'DC=small,DC=example'
STAFF = 'OU=Staff,' + TOP
PEOPLE, GROUPS = 'ou=People,' + slapd.SUFFIX, 'ou=Groups,' + slapd.SUFFIX


RULES = rig.ROOT / 'examples/directory/rules'
KINDS = ['inetOrgPerson', 'groupOfNames', 'organizationalUnit']

# What the server adds to each change, and its remarks.
UNTOLD = ('#', 'entryCSN', 'modifyTimestamp', 'modifiersName', 'entryUUID', 'createTimestamp', 'creatorsName')

# ---- The file ----

def person(n, name=None, ou=STAFF, **more):
    attrs = {'objectClass': 'user', 'sn': '%02d' % n, 'givenName': 'Person', 'displayName': name or 'Person %02d' % n,
             'sAMAccountName': 'p%02d' % n, 'userPrincipalName': 'p%02d@%s' % (n, DOMAIN), 'userAccountControl': '512',
             'department': 'Store %d' % (n % 3), 'objectGUID': b'guid-of-p-%06d' % n, **more}
    return 'CN=%s,%s' % (name or 'Person %02d' % n, ou), list(attrs.items())


def group(n, members):
    return 'CN=Group %d,%s' % (n, STAFF), [
        ('objectClass', 'group'), ('displayName', 'Group %d' % n), ('sAMAccountName', 'group%d' % n),
        ('groupType', '-2147483646'), ('objectGUID', b'guid-of-g-%06d' % n), *[('member', m) for m in members]]


def dn(n, name=None):
    return person(n, name)[0]


def containers():
    return [(TOP, [('objectClass', 'domainDNS'), ('dc', 'small')]),
            (STAFF, [('objectClass', 'organizationalUnit'), ('ou', 'Staff')])]


def no_anchor():
    return 'CN=No Anchor,' + STAFF, [('objectClass', 'user'), ('sAMAccountName', 'none'), ('displayName', 'No Anchor')]


def first_file():
    boss = dn(0)
    return rig.ldif_text(containers() + [
        person(0), person(1, manager=boss), person(2, manager=boss), person(3, manager=dn(1)),
        person(4, userPrincipalName='taken@' + DOMAIN), person(5, manager=dn(6)), person(6), no_anchor(),
        group(0, [dn(0), dn(1), dn(2), dn(5)]), group(1, [dn(3), 'CN=Group 0,' + STAFF]), group(2, [])])


def second_file():
    renamed = 'Persona Nova'
    return rig.ldif_text(containers() + [
        person(0, title='Chief'), person(1, renamed, manager=dn(0)), person(2), person(3, manager=dn(1, renamed)),
        person(4, userPrincipalName='p04@' + DOMAIN), person(6, manager=dn(7)), person(7, userAccountControl='514'),
        person(8, userPrincipalName='no blanks (please)@' + DOMAIN),
        group(0, [dn(0), dn(1, renamed), dn(6), dn(7)]), group(1, [dn(4), 'CN=Group 3,' + STAFF]),
        group(3, [dn(2), 'CN=Group 1,' + STAFF])])


# ---- The server ----

def entry(name, *pairs):
    return '\n'.join(['dn: ' + name, *('%s: %s' % p for p in pairs)]) + '\n'


def uid(n):
    return 'uid=u%02d,%s' % (n, PEOPLE)


def server_person(n, *more):
    return entry(uid(n), ('objectClass', 'inetOrgPerson'), ('uid', 'u%02d' % n), ('cn', 'Member %02d' % n),
                 ('sn', '%02d' % n), ('displayName', 'Member %02d' % n), ('mail', 'u%02d@%s' % (n, DOMAIN)), *more)


def server_group(n, *members):
    return entry('cn=g%02d,%s' % (n, GROUPS), ('objectClass', 'groupOfNames'), ('cn', 'g%02d' % n),
                 *(('member', m) for m in members))


FIRST_SERVER = '\n'.join([
    entry(slapd.SUFFIX, ('objectClass', 'organization'), ('objectClass', 'dcObject'), ('dc', 'example'), ('o', 'x')),
    entry(PEOPLE, ('objectClass', 'organizationalUnit'), ('ou', 'People')),
    entry(GROUPS, ('objectClass', 'organizationalUnit'), ('ou', 'Groups')),
    server_person(0), server_person(1, ('manager', uid(0))), server_person(2, ('manager', uid(1))), server_person(3),
    server_person(4, ('title', 'Clerk')), server_person(5),
    server_group(0, uid(0), uid(1), uid(2)), server_group(1, uid(3), 'cn=g00,' + GROUPS)])

SECOND_SERVER = '''dn: %s
changetype: modify
replace: title
title: Head
-

dn: %s
changetype: modrdn
newrdn: uid=u02x
deleteoldrdn: 1

dn: %s
changetype: delete

dn: cn=g00,%s
changetype: modify
delete: member
member: %s
-
add: member
member: %s
-

''' % (uid(4), uid(2), uid(5), GROUPS, uid(1), uid(3))


# ---- What is held ----

def tenant_state(tenant):
    return {a: (o['type'], {k: v for k, v in o['props'].items() if k not in ('id', 'members', 'manager')},
                o.get('manager'), sorted(o.get('members', ())))
            for a, o in oracle.actual(tenant.dump()).items()}


ROWS = '''SELECT CAST(c.name AS TEXT), s.kind, coalesce(CAST(s.dn AS TEXT), ''), s.link, s.flags, s.import_op,
 s.unapplied_op, s.escrowed_op, s.unconfirmed_op, (SELECT CAST(n.text AS TEXT) FROM name n WHERE n.id = m.type), length(s.image) > 0,
 (SELECT count(*) FROM cs_ref r WHERE r.owner = s.id AND r.bits & 3 = 3),
 (SELECT count(*) FROM cs_ref r WHERE r.owner = s.id AND r.bits & 3 <> 3),
 (SELECT count(*) FROM mv_ref r WHERE r.owner = s.mv)
 FROM cs s JOIN connector c ON c.id = s.connector LEFT JOIN mv m ON m.id = s.mv
 WHERE s.kind = 1 OR EXISTS (SELECT 1 FROM cs_ref r WHERE r.target = s.id)
UNION ALL SELECT 'metaverse', 0, '', 0, flags, 0, 0, 0, 0, 0, 0, 0, 0, count(*) FROM mv GROUP BY flags'''


def store_state(path):
    """Each object with its links, flags, layers and references; not the
    placeholders nothing points to, which the next import sweeps."""
    db = sqlite3.connect('file:%s?mode=ro' % path, uri=True)
    try:
        rows = sorted(db.execute(ROWS), key=repr)
        health = db.execute('PRAGMA integrity_check').fetchone()[0]
    finally:
        db.close()
    return rows, health


def quiet_port():
    """One that no outgoing connection gets while its server is stopped for a moment."""
    while True:
        port = random.randrange(15000, 32000)
        with socket.socket() as s:
            if s.connect_ex(('127.0.0.1', port)) != 0:
                return port


# ---- A day ----

class Day:
    """A state to begin with, what is run on it, and where that ends."""

    def __init__(self, name, folder, args):
        self.name, self.folder, self.args = name, folder, args
        self.code = self.wanted = self.made = self.rows = None
        self.marks = []  # [(step, {kind: operations so far})]

    def restore(self, live):
        shutil.rmtree(live, ignore_errors=True)
        shutil.copytree(self.folder, live, symlinks=True)


class World:
    """Sources, a target and a site below one folder; live/ is put back for
    each fault."""

    def __init__(self, folder):
        self.live, self.report = folder / 'live', folder / 'report'
        (self.live / 'site').mkdir(parents=True)
        (folder / 'password').write_text('secret')
        (folder / 'password').chmod(0o600)
        self.folder = folder
        self.server = self.make_server()
        self.server.start()
        self.store = self.live / 'site/causeway.db'
        self.days = [Day('first day', folder / 'day1', ['cycle', 'initial']),
                     Day('second day', folder / 'day2', ['cycle'])]

    def make_server(self):
        (self.folder / 'first.ldif').write_text(FIRST_SERVER)
        server = slapd.Slapd(self.folder / 'slapd', provider=1000)
        server.load(self.folder / 'first.ldif')
        return server

    def source(self, server, name, **more):
        return {'name': name, 'kind': 'ldap', 'servers': [server.url], 'base': slapd.SUFFIX, 'user': slapd.ADMIN,
                'password': 'file:%s' % (self.folder / 'password'), 'tls': {'required': False}, 'timeout_s': 5, **more}

    def begin(self, day):
        """The day's state is live, its target runs; where its journal stands."""
        self.stop()
        day.restore(self.live)
        self.start()
        return self.mark()

    def faulty(self, day, **wish):
        """The day's run in the program that breaks something."""
        env = dict(os.environ, FAULT_REPORT=str(self.report), **{'FAULT_' + k.upper(): str(v) for k, v in wish.items()})
        command = self.site.command(*day.args)
        try:
            return rig.run(FAULTY, *command[1:], env=env, timeout=120)
        except rig.subprocess.TimeoutExpired:
            return None

    def undisturbed(self, day):
        """What the day comes to, and how many operations it takes."""
        self.stop()
        shutil.copytree(self.live, day.folder)
        before = self.begin(day)
        r = self.faulty(day)
        if r is None or r.code not in (0, 3):
            raise RuntimeError('undisturbed: %s' % (r and r.all))
        day.code = r.code
        day.marks = marks(self.report)
        for what in ('the cycle after it', 'and the one after that'):
            clean = self.site.run('cycle')
            if clean.code != r.code:
                raise RuntimeError('%s: %d %s' % (what, clean.code, clean.all))
        day.wanted, day.made = self.state(), self.made(before)
        day.rows, health = store_state(self.store)
        assert health == 'ok'

    def close(self):
        self.stop()
        self.server.stop()


class ToTenant(World):
    """A file and a server into the tenant."""

    def __init__(self, folder):
        super().__init__(folder)
        self.tenant = rig.Tenant(self.live / 'tenant', DOMAIN)
        self.tenant.port = quiet_port()
        self.tenant.start()
        self.tenant.graph().call('POST', '/v1.0/users', json.dumps({
            'accountEnabled': True, 'displayName': 'Of the cloud', 'mailNickname': 'taken',
            'userPrincipalName': 'taken@' + DOMAIN, 'onPremisesImmutableId': 'of somebody else',
            'passwordProfile': {'password': 'Passw0rd!Fault'}}), {'Content-Type': 'application/json'})
        self.site = rig.Site(self.live / 'site', [*self.sources(), self.tenant.connector(backoff_ms=20)])
        self.secrets = [(self.live / 'tenant/client_secret').read_text().strip()]

    def sources(self):
        self.file = self.live / 'company.ldif'
        self.file.write_text(first_file())
        return [rig.ldif_connector(self.file), self.source(self.server, 'hr', parameters={'Domain.FQDN': DOMAIN})]

    def start(self):
        self.tenant.start()

    def stop(self):
        if self.tenant.process is not None and self.tenant.process.poll() is None:
            self.tenant.stop()

    def mark(self):
        return self.tenant.writes()

    def made(self, before):
        return self.tenant.journal(before)['totals']

    def answered(self, day, n, fault):
        """The same with the n-th answer of the tenant as asked for."""
        self.tenant.admin('POST', 'faults', {'retryAfter': 0, 'skip': n - 1, **fault})
        r = self.faulty(day)
        met = self.tenant.admin('GET', 'counts')['faults']
        self.tenant.admin('DELETE', 'faults')
        return r, ['request %d' % n] if met else None

    def state(self):
        return tenant_state(self.tenant)

    def next_day(self):
        """What people do between the two."""
        self.file.write_text(second_file())
        self.server.modify(SECOND_SERVER)


class ToServer(World):
    """A server into another one, which keeps a log of what it was told."""

    def __init__(self, folder):
        super().__init__(folder)
        (self.live / 'copy').mkdir()
        (self.live / 'copy/db.conf').write_text('maxsize 8388608\noverlay auditlog\nauditlog %s/copy/audit\n' % self.live)
        self.copy = slapd.Slapd(self.live / 'copy', config='moduleload auditlog')
        self.copy.port = quiet_port()
        self.copy.url = 'ldap://127.0.0.1:%d' % self.copy.port
        (folder / 'top.ldif').write_text(FIRST_SERVER.split('\n\n')[0] + '\n')
        self.copy.load(folder / 'top.ldif')
        self.site = rig.Site(self.live / 'site', [
            self.source(self.server, 'hr', object_classes=KINDS),
            self.source(self.copy, 'copy', object_classes=KINDS, writable=True)],
            rules=[RULES], parameters={'From': slapd.SUFFIX, 'To': slapd.SUFFIX})
        self.secrets = []

    def start(self):
        self.copy.start()

    def stop(self):
        self.copy.stop()

    def audit(self):
        path = self.live / 'copy/audit'
        return path.read_text() if path.exists() else ''

    def mark(self):
        return len(self.audit())

    def made(self, before):
        """{"add uid=u01": times} of objects made, renamed and deleted, and which
        changes were made more than once: as what waits for its target is sent
        behind it, the changes alone may be others."""
        seen, out = {}, {}
        for block in self.audit()[before:].split('\n\n'):
            lines = [x for x in block.splitlines() if x and not x.startswith(UNTOLD)]
            words = dict(x.split(': ', 1) for x in lines if x.startswith(('dn: ', 'changetype: ')))
            if not words:
                continue
            seen['\n'.join(lines)] = seen.get('\n'.join(lines), 0) + 1
            if words['changetype'] != 'modify':
                name = '%s %s' % (words['changetype'], words['dn'].split(',')[0])
                out[name] = out.get(name, 0) + 1
        return {**out, 'repeated': sorted(x for x, n in seen.items() if n > 1)}

    def state(self):
        return {dn: {k: sorted(v) for k, v in e.items()} for dn, e in self.copy.search('(objectClass=*)', '*')}

    def next_day(self):
        self.server.modify(SECOND_SERVER)


def marks(report):
    out = []
    for line in pathlib.Path(report).read_text(errors='replace').splitlines():
        words = line.split()
        if words and words[0] == 'mark':
            out.append((words[1], {k: int(v) for k, v in (w.split('=') for w in words[2:])}))
    return out


def hit(report):
    """Where the fault was, as function names; None where there was none."""
    lines = pathlib.Path(report).read_text(errors='replace').splitlines()
    at = next((i for i, line in enumerate(lines) if line.startswith('hit ')), None)
    if at is None:
        return None
    frames = [line.split('(+')[1].split(')')[0] for line in lines[at + 1:] if 'causeway_fault(+' in line]
    r = rig.run('addr2line', '-fpse', FAULTY, *frames)
    return [line.split(' at ')[0] for line in r.out.splitlines() if 'fault_due' not in line]

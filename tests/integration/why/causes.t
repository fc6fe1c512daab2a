#!/usr/bin/env python3
"""why-not: the causes that a first import and a cycle do not meet: what waits, what failed, what nobody can ask."""
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
from slapd import SUFFIX, Slapd  # noqa: E402

if not os.access('/usr/sbin/slapd', os.X_OK):
    print('1..0 # SKIP no slapd')
    sys.exit(0)
STAFF = 'OU=Staff,DC=small,DC=example'
OTHER = 'dc=other,dc=net'
EXPLICIT_DISCONNECTOR = 3  # store/store.h
RULES = '''
disable: [ldap-person-join, ldap-person-common]
rules:
  - name: In from company - no contractors
    id: refuses
    connector: company
    direction: in
    from: user
    to: person
    precedence: 20
    scope:
      - extensionAttribute1 EQUAL contractor
    flows:
      title: Error("a contractor")
'''
t = Tap()


def named(site, what, kind, pieces, name):
    """The first cause, in JSON and for a person."""
    r = site.run('why-not', what, '--json')
    t.code(r, 0, name)
    doc = r.json() if r.code == 0 else {}
    t.is_(doc.get('kind'), kind, name + ': the kind of the first cause')
    t.has(json.dumps(doc, ensure_ascii=False), pieces, name + ': by name and value')
    t.has(site.run('why-not', what).all, pieces, name + ': the same for a person')


def user(cn, *more):
    return ('CN=%s,%s' % (cn, STAFF), [
        ('objectClass', 'user'), ('cn', cn), ('displayName', cn), ('sAMAccountName', cn),
        ('userPrincipalName', '%s@%s' % (cn, SMALL)), ('userAccountControl', '512'),
        ('objectGUID', (b'guid-of-%-8s' % cn.encode())[:16]), *more])


def dn(cn):
    return 'CN=%s,%s' % (cn, STAFF)


def person(uid, base=SUFFIX):
    return 'dn: uid=%s,%s\nobjectClass: inetOrgPerson\nuid: %s\ncn: %s\nsn: %s\n\n' % (uid, base, uid, uid, uid)


def top(base):
    return 'dn: %s\nobjectClass: organization\nobjectClass: dcObject\no: x\ndc: %s\n\n' % (
        base, base.split(',')[0][3:])


def two_suffixes(d):
    s = Slapd(d / 'slapd')
    (d / 'slapd/second').mkdir()
    (d / 'slapd/db.conf').write_text('database mdb\nsuffix "%s"\nrootdn "cn=admin,%s"\nrootpw secret\ndirectory %s\n' % (
        OTHER, OTHER, d / 'slapd/second'))
    s.shell('slapd_make "$1"')
    (d / 'tree.ldif').write_text(top(SUFFIX) + person('known')
                                 + 'dn: ou=Unit,%s\nobjectClass: organizationalUnit\nou: Unit\n' % SUFFIX)
    s.load(d / 'tree.ldif')
    s.start()
    r = Result(subprocess.run(['ldapadd', '-x', '-H', s.url, '-D', 'cn=admin,' + OTHER, '-w', 'secret'],
                              input=top(OTHER) + person('far', OTHER), capture_output=True, text=True))
    if r.code != 0:
        raise RuntimeError('ldapadd: ' + r.all)
    return s


def in_directories(site, slapd):
    """Asked of the directory itself."""
    named(site, 'uid=far,' + OTHER, 'partition', [OTHER], 'a naming context that is not read')
    slapd.modify('dn: uid=late,%s\nchangetype: add\n%s' % (SUFFIX, person('late').split('\n', 1)[1]))
    named(site, 'uid=late,' + SUFFIX, 'not-imported', ['causeway run dir'], 'what came since the last import')
    named(site, 'ou=Unit,' + SUFFIX, 'no-rule', ['organizationalUnit'], 'a type that no rule is for')
    slapd.stop()
    named(site, 'uid=ghost,' + SUFFIX, 'not-asked', ['dir', slapd.url], 'a directory that does not answer')
    slapd.start()


def in_imports(site, source, entries):
    """What a source gives and cannot be taken: of somebody known, of somebody new; each is told until it is put right."""
    bad = [(n, [(k, v if (k, n) != ('userAccountControl', dn('Person 004')) else 'many') for k, v in attrs])
           for n, attrs in entries]
    new = user('Broken')
    new[1][:] = [(k, v) for k, v in new[1] if k != 'objectGUID']
    source.write_text(ldif_text(bad + [new]))
    t.code(site.run('run', 'company', 'full-import'), 3, 'an import with two errors')
    named(site, dn('Person 004'), 'import-error', ['invalid-numeric-value', 'userAccountControl', 'stays as it was', 'at the source'],
          'somebody who is known, and comes with a value that is none')
    named(site, new[0], 'import-error', ['missing-anchor-component', 'anchor:'], 'somebody new without an anchor')
    t.code(site.run('run', 'company', 'delta-sync'), 3, 'a run that imports nothing, with the error of before')
    named(site, new[0].replace('CN=', 'cn='), 'import-error', ['missing-anchor-component'], 'and however the name is written')
    source.write_text(ldif_text(entries))
    t.code(site.run('run', 'company', 'full-import'), 0, 'both are put right')
    named(site, dn('Person 004'), 'none', [], 'nothing is said of the one')
    named(site, new[0], 'not-there', [], 'and the other is not there')


def in_rules(site, source, entries):
    named(site, dn('Contractor'), 'sync-error', ['In from company - no contractors', 'title', 'a contractor'], 'a rule that fails')
    source.write_text(ldif_text(entries + [user('Fresh')]))
    t.code(site.run('run', 'company', 'full-import'), 0, 'an import without a synchronisation')
    named(site, dn('Fresh'), 'not-synchronised', ['causeway'], 'what waits for a synchronisation')
    source.write_text(ldif_text(entries))
    t.code(site.run('run', 'company', 'full-import'), 0, 'it is gone again')
    db = sqlite3.connect(site.path / 'causeway.db')
    db.execute('update cs set link = ?, mv = null where cast(dn as text) = ?', (EXPLICIT_DISCONNECTOR, dn('Contractor')))
    db.commit()
    db.close()
    named(site, dn('Contractor'), 'disconnected', ['an administrator disconnected it'], 'a disconnected object')


def in_targets(site, source, entries, tenant):
    fewer = [e for e in entries if e[0] != dn('Person 005')]
    source.write_text(ldif_text([(n, [a for a in attrs if a[1] != dn('Person 005')]) for n, attrs in fewer]))
    t.code(site.run('run', 'company', 'full-import'), 0, 'a person leaves')
    named(site, dn('Person 005'), 'none', [], 'not yet decided: it is there')
    t.code(site.run('run', 'company', 'delta-sync'), 0, 'it is decided')
    gone = [p['dn'] for p in site.pending() if p['operation'] == 'delete'][0]
    named(site, gone, 'pending-delete', ['causeway run cloud export'], 'what waits to be deleted')
    source.write_text(ldif_text(entries + [user('Waits')]))
    for what in ('full-import', 'delta-sync'):
        t.code(site.run('run', 'company', what), 0, what)
    tenant.stop()
    named(site, dn('Waits'), 'connection', ['cloud'], 'a target that does not answer')
    tenant.start()


def uncertain(site, source, entries, tenant):
    """Killed while requests are under way: some were sent and have no answer."""
    many = [user('M%03d' % i) for i in range(600)]
    source.write_text(ldif_text(entries + many))
    for what in ('full-import', 'delta-sync'):
        t.code(site.run('run', 'company', what), 0, what)
    since, found = tenant.writes(), []
    tenant.admin('POST', 'delay', {'ms': 500})  # it does not end before it is killed
    p = site.popen('run', 'cloud', 'export', '--quiet')
    until(lambda: tenant.writes() > since + 3 or p.poll() is not None, 'some writes')
    p.kill()
    t.is_(p.wait(), -9, 'an export is killed')
    tenant.admin('POST', 'delay', {'ms': 0})
    started.remove(p)
    db = sqlite3.connect('file:%s?mode=ro' % (site.path / 'causeway.db'), uri=True)
    found = [r[0] for r in db.execute(
        'select cast(dn as text) from cs where escrowed_op <> 0')]
    db.close()
    if t.ok(found, 'killed in the middle: exports without an answer'):
        named(site, found[0], 'uncertain', ['no answer came', 'the next import tells'], 'what was sent without an answer')
    t.code(site.run('cycle'), 0, 'the next cycle reads them back')
    if found:
        named(site, found[0], 'none', [], 'and it is there')


with scratch() as d:
    slapd, source = two_suffixes(d), d / 'company.ldif'
    tenant = Tenant(d / 'tenant', SMALL).start()
    try:
        entries = small_entries(12) + [user('Contractor', ('extensionAttribute1', 'contractor'))]
        source.write_text(ldif_text(entries))
        (d / 'site/rules').mkdir(parents=True)
        (d / 'site/rules/50-own.yaml').write_text(RULES)
        site = Site(d / 'site', [
            ldif_connector(source),
            {'name': 'dir', 'kind': 'ldap', 'servers': [slapd.url], 'base': SUFFIX, 'tls': {'required': False},
             'object_classes': ['inetOrgPerson', 'organizationalUnit']},
            tenant.connector()], rules=['default', 'rules'])
        t.code(site.run('cycle', 'initial'), 3, 'the first cycle, with an error')
        in_directories(site, slapd)
        in_imports(site, source, entries)
        in_rules(site, source, entries)
        in_targets(site, source, entries, tenant)
        uncertain(site, source, entries, tenant)
    finally:
        slapd.stop()
t.done()

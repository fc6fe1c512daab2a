#!/usr/bin/env python3
"""Undo in an LDAP directory: every kind of change, and the directory read by ldapsearch before and after."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
import slapd  # noqa: E402
from mainjob import ldif_changes  # noqa: E402
from rig import *  # noqa: E402,F403

RULES = ROOT / 'examples/directory/rules'
S = slapd.SUFFIX
PEOPLE, GROUPS, LOCAL = 'ou=People,' + S, 'ou=Groups,' + S, 'ou=Local,' + S
ANEW = 'it is made anew: with another identity, and without its password'
t = Tap()


def person(n):
    return 'uid=u%02d,%s' % (n, PEOPLE)


def group(name):
    return 'cn=%s,%s' % (name, GROUPS)


def source_ldif():
    entries = [(S, 'objectClass: organization\nobjectClass: dcObject\ndc: example\no: example')]
    entries += [('ou=%s,%s' % (n, S), 'objectClass: organizationalUnit\nou: ' + n) for n in ('People', 'Groups')]
    entries += [('ou=Away,' + PEOPLE, 'objectClass: organizationalUnit\nou: Away')]
    entries += [(person(n), 'objectClass: inetOrgPerson\nuid: u%02d\ncn: Person %d\ncn: Somebody %d\nsn: %d\n'
                 'title: Clerk\ndescription: first\ndescription: second%s' % (
                     n, n, n, n, '\nmanager: ' + person(1) if n > 1 else '')) for n in range(1, 13)]
    entries += [(group(name), 'objectClass: groupOfNames\ncn: %s\n%s' % (
        name, '\n'.join('member: ' + person(n) for n in members)))
        for name, members in (('one', range(1, 8)), ('two', (2, 3)), ('three', (3, 9)))]
    return '\n'.join('dn: %s\n%s\n' % e for e in entries)


def change(where, *changes):
    where.modify(ldif_changes(changes))


def state(copy):
    """{dn: sorted [(attribute, value)]}, all that a user can see."""
    return {dn: sorted((n, v) for n, values in attrs.items() for v in values)
            for dn, attrs in copy.search('(objectClass=*)', '*')}


def unlike(before, after):
    """{dn: (what only was, what only is)}"""
    return {dn: (sorted(set(before.get(dn, [])) - set(after.get(dn, []))),
                 sorted(set(after.get(dn, [])) - set(before.get(dn, []))))
            for dn in sorted(set(before) | set(after)) if before.get(dn) != after.get(dn)}


def uuids(copy):
    return {dn: a['entryUUID'][0] for dn, a in copy.search('(objectClass=*)', 'entryUUID')}


def stamps(copy):
    """What changes with every write."""
    return copy.search('(objectClass=*)', 'entryCSN')


def refint(copy, done):
    """refint works behind the answer."""
    with contextlib.suppress(RuntimeError):
        until(lambda: done(state(copy)), 'what refint does', 3)


def steps(site):
    for args in (('hr', 'full-import'), ('hr', 'delta-sync')):
        t.code(site.run('run', *args), 0, ' '.join(args))


def by_hand(copy):
    """What an administrator keeps in the copy, and nobody else knows of."""
    change(copy,
           ('add', LOCAL, 'objectClass: organizationalUnit\nou: Local'),
           ('add', 'cn=team,' + LOCAL, 'objectClass: groupOfNames\ncn: team\nmember: %s\nmember: %s' % (
               person(3), person(4))),
           ('add', 'cn=robot,' + LOCAL, 'objectClass: device\ncn: robot'),
           ('modify', person(3), 'replace: pager\npager: 12345\n-\nreplace: homePhone\nhomePhone: 1\nhomePhone: 2\n-\n'
            'replace: seeAlso\nseeAlso: %s\n-\nadd: userPassword\nuserPassword: secret\n-\n'
            'add: businessCategory\nbusinessCategory: Ünder\n-' % person(4)),
           ('modify', person(10), 'add: seeAlso\nseeAlso: cn=robot,%s\n-' % LOCAL),
           ('modify', group('two'), 'add: businessCategory\nbusinessCategory: kept\n-'))
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                    '-keyout', '/dev/null', '-outform', 'DER', '-out', str(d / 'cert.der'), '-subj', '/CN=three'],
                   check=True, capture_output=True)
    copy.modify('dn: %s\nchangetype: modify\nadd: jpegPhoto\njpegPhoto:: %s\n-\n'
                'add: userCertificate;binary\nuserCertificate;binary:: %s\n-\n' % (
                    person(3), base64.b64encode(bytes(range(200)) * 3).decode(),
                    base64.b64encode((d / 'cert.der').read_bytes()).decode()))


def the_accident(source):
    """Everything that an export can do, and what goes with it."""
    change(source,
           ('modify', person(2), 'replace: title\ntitle: Chief\n-\ndelete: description\ndescription: second\n-\n'
            'add: description\ndescription: third\n-\nadd: mobile\nmobile: +1 555\n-'),
           ('modify', person(5), 'delete: manager\n-\ndelete: title\n-'),
           ('modify', person(6), 'replace: manager\nmanager: %s\n-' % person(7)),
           ('modrdn', person(4), 'newrdn: uid=renamed\ndeleteoldrdn: 1'),
           ('modrdn', person(8), 'newrdn: uid=u08\ndeleteoldrdn: 1\nnewsuperior: ou=Away,' + PEOPLE),
           ('delete', person(3), ''), ('delete', person(9), ''), ('delete', person(10), ''),
           ('delete', group('two'), ''), ('delete', group('three'), ''),
           ('add', person(50), 'objectClass: inetOrgPerson\nuid: u50\ncn: New\nsn: New\nmanager: ' + person(2)),
           ('add', group('four'), 'objectClass: groupOfNames\ncn: four\nmember: ' + person(50)),
           ('modify', group('one'), 'add: member\nmember: %s\nmember: %s\n-\ndelete: member\nmember: %s\n-' % (
               person(11), person(50), person(2))))


with scratch() as d:
    source, copy = slapd.Slapd(d / 'source', config='moduleload refint'), slapd.Slapd(
        d / 'copy', config='moduleload refint')
    for one, ldif in ((source, source_ldif()), (copy, source_ldif().split('\n\n')[0] + '\n')):
        one.stop()
        one.path.joinpath('db.conf').write_text('overlay refint\nrefint_attributes member manager seeAlso\n')
        one.shell('slapd_make "$1" "$2"', 'moduleload refint')
        (d / 'content.ldif').write_text(ldif)
        one.load(d / 'content.ldif')
        one.start()
    os.environ['UNDO_TEST_PW'] = 'secret'
    login = {'kind': 'ldap', 'base': S, 'user': slapd.ADMIN, 'password': 'env:UNDO_TEST_PW', 'tls': {'required': False},
             'object_classes': ['inetOrgPerson', 'groupOfNames', 'organizationalUnit']}
    site = Site(d / 'site', [{**login, 'name': 'hr', 'servers': [source.url]},
                             {**login, 'name': 'copy', 'servers': [copy.url], 'writable': True}],
                rules=[str(RULES)], parameters={'From': S, 'To': S}, guard={'source_percent': 'off'})
    try:
        t.code(site.run('cycle', 'initial'), 0, 'the first cycle')
        by_hand(copy)
        t.code(site.run('cycle'), 0, 'the second')
        before, ids = state(copy), uuids(copy)

        the_accident(source)
        steps(site)
        plan = site.run('plan', '--json').json()
        t.is_((plan['adds'], plan['deletes']), (2, 5), 'what is in the plan')
        t.code(site.run('apply', plan['number'], '--as-is'), 0, 'it is applied')
        refint(copy, lambda s: ('member', person(3)) not in s['cn=team,' + LOCAL])
        spoilt = state(copy)
        t.ok(person(3) not in spoilt and 'uid=renamed,' + PEOPLE in spoilt and person(50) in spoilt, 'it arrived')

        # ---- Said beforehand ----
        writes = stamps(copy)
        r = site.run('undo', plan['number'], '--json')
        t.code(r, 0, 'undo')
        undo, said = r.json(), {}
        for n in undo['cannotBeUndone']:
            said.setdefault(n['dn'], []).append(n['why'])
        deleted = [person(3), person(9), person(10), group('two'), group('three')]
        t.is_(sorted(said), sorted(deleted), 'it speaks of those that were deleted alone')
        t.ok(all(ANEW in said.get(dn, ()) for dn in deleted), 'another identity, no password', said)
        t.is_([w for w in said[person(10)] if w != ANEW],
              ['seeAlso: cn=robot,%s is not imported, or not there any more: it is left out' % LOCAL],
              'and of a reference that nobody knows')
        t.is_(stamps(copy), writes, 'undo itself writes nothing')

        # ---- As it was ----
        t.code(site.run('apply', undo['number']), 0, 'the inverse is applied')
        t.is_(unlike(before, state(copy)), {
            person(3): ([('userPassword', 'secret')], []), person(10): ([('seeAlso', 'cn=robot,' + LOCAL)], [])},
            'the directory is as it was, but for what it said')
        now = uuids(copy)
        t.is_(sorted(dn for dn in ids if now.get(dn) != ids[dn]), sorted(deleted), 'those are the same objects')
        writes = stamps(copy)
        for _ in range(2):
            t.code(site.run('cycle'), 0, 'a cycle after it')
        t.is_(stamps(copy), writes, 'writes nothing: what was undone is held')

        # ---- Undone again ----
        again = site.run('undo', undo['number'], '--json').json()
        t.is_(again['cannotBeUndone'] and [n for n in again['cannotBeUndone'] if n['dn'] not in (
            person(50), group('four'))], [], 'of the inverse all can be undone but what is made anew')
        t.code(site.run('apply', again['number']), 0, 'the inverse of the inverse')
        refint(copy, lambda s: ('member', person(3)) not in s['cn=team,' + LOCAL])
        t.is_(unlike(spoilt, state(copy)), {}, 'is what was first sent')
        for _ in range(2):
            t.code(site.run('cycle'), 0, 'a cycle after it')
        t.is_(site.pending('copy'), [], 'and nothing is held or pending any more')

        # ---- At once, before any import has seen the deletion ----
        before = state(copy)
        change(source, ('delete', person(12), ''), ('delete', person(11), ''))
        steps(site)
        plan = site.run('plan', '--json').json()
        t.code(site.run('apply', plan['number'], '--as-is'), 0, 'a plan is applied as it is')
        undo = site.run('undo', plan['number'], '--json').json()
        t.code(site.run('apply', undo['number'], '--as-is'), 0, 'and its inverse')
        t.is_(unlike(before, state(copy)), {}, 'the directory is as it was')
    finally:
        source.stop()
        copy.stop()
t.done()

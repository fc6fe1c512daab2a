#!/usr/bin/env python3
"""safety.py -- five accidents, caught, explained and repaired.

  safety.py --people                     the directory, as LDIF
  safety.py --folder DIR --url LDAP-URL  the accidents

Started by tools/demo-safety.sh.  The tenant is read by Graph and its journal of
writes, by another program than Causeway.
"""
import argparse
import os
import pathlib
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tests/lib'))
from rig import Site, Tenant, end_all, run  # noqa: E402

ROOT = 'dc=example,dc=com'
STAFF, ARCHIVE, AWAY = 'ou=Staff,' + ROOT, 'ou=Archive,' + ROOT, 'ou=Away,' + ROOT
LYON, OSLO = 'ou=Lyon,' + STAFF, 'ou=Oslo,' + STAFF
COUNTS = ((LYON, 'l', 40), (OSLO, 'o', 160), (ARCHIVE, 'a', 3))
PEOPLE = 200
BOLD, DIM, PLAIN = ('\033[1m', '\033[2m', '\033[0m') if sys.stdout.isatty() else ('', '', '')
BLANKS = """
rules:
  - name: Out to cloud - no department
    id: no-department
    why: A slip.
    connector: cloud
    direction: out
    from: person
    to: user
    precedence: 30
    scope:
      - sourceObjectType EQUAL User
    flows:
      department: AuthoritativeNull
"""


def person(letter, i, ou):
    uid = '%s%03d' % (letter, i)
    return ('dn: uid=%s,%s\nobjectClass: inetOrgPerson\nuid: %s\ncn: Person %s\nsn: %s\ndisplayName: Person %s\n'
            'mail: %s@example.com\ntitle: Clerk\nmobile: +1 555 %04d\ndepartmentNumber: D%d\n' % (
                uid, ou, uid, uid, uid, uid, uid, i, i % 7))


def people():
    print('dn: %s\nobjectClass: domain\ndc: example\n' % ROOT)
    for dn in (STAFF, LYON, OSLO, ARCHIVE, AWAY):
        print('dn: %s\nobjectClass: organizationalUnit\n' % dn)
    for ou, letter, n in COUNTS:
        for i in range(n):
            print(person(letter, i, ou))


class Failed(Exception):
    pass


def wants(good, what):
    if not good:
        raise Failed(what)


class Demo:
    def __init__(self, folder, url):
        self.folder, self.url, self.began = pathlib.Path(folder), url, time.monotonic()
        self.tenant = Tenant(self.folder / 'tenant', 'example.com').start()
        (self.folder / 'password').write_text('secret')
        (self.folder / 'password').chmod(0o600)
        self.site = self.server('site')

    def server(self, name):
        return Site(self.folder / name, [
            {'name': 'corp', 'kind': 'ldap', 'servers': [self.url], 'base': STAFF, 'user': 'cn=admin,' + ROOT,
             'password': 'file:%s' % (self.folder / 'password'), 'tls': {'required': False},
             'parameters': {'Domain.FQDN': 'example.com'}}, self.tenant.connector()])

    def ldap(self, text):
        (self.folder / 'change.ldif').write_text(text)
        r = run('ldapmodify', '-H', self.url, '-x', '-D', 'cn=admin,' + ROOT, '-w', 'secret', '-f',
                self.folder / 'change.ldif')
        wants(r.code == 0, 'ldapmodify: ' + r.all)

    def heading(self, text):
        print('\n%s== %s%s' % (BOLD, text, PLAIN), flush=True)

    def causeway(self, *args, code=0, says=(), site=None):
        """As a person types it; the lines that say why."""
        print('%s$ causeway %s%s' % (DIM, ' '.join(args), PLAIN), flush=True)
        r = (site or self.site).run(*args)
        lines = [x.strip() for x in r.all.splitlines()]
        for s in says or ['cycle:']:
            print('   ' + next((x for x in lines if s.lower() in x.lower()), '')[:600])
        print('   exit code %d' % r.code, flush=True)
        wants(r.code == code, 'exit code %d, not %d:\n%s' % (r.code, code, r.all))
        for s in says:
            wants(s.lower() in r.all.lower(), 'says nothing of "%s":\n%s' % (s, r.all))
        return r

    def nobody_lost(self, writes=None):
        j = self.tenant.journal()
        users = len(self.tenant.dump()['users'])
        wants(users == PEOPLE and not j['totals'].get('deleted'), '%d users, %s' % (users, j['totals']))
        wants(writes is None or j['seq'] == writes, 'the tenant saw %s writes' % j['seq'])
        print('   tenant: %d users, none ever deleted%s' % (users, '' if writes is None else ', not one write'), flush=True)

    # ---- The accidents ----

    def wrong_base(self):
        self.heading('1. A slip in the base: it exists, and it answers')
        seq = self.tenant.writes()
        self.site.settings['connectors'][0]['base'] = ARCHIVE
        self.site.write()
        found = run('ldapsearch', '-LLL', '-H', self.url, '-x', '-b', ARCHIVE, '(objectClass=inetOrgPerson)', 'mail').out
        known = [u['userPrincipalName'] for u in self.tenant.dump()['users']]
        gone = sum('mail: ' + name not in found for name in known)
        print('   base: %s holds %d people; whoever compares and deletes would delete %d of %d' % (
            ARCHIVE, found.count('mail: '), gone, len(known)))
        wants(gone == PEOPLE, 'the typo would delete %d' % gone)
        self.causeway('cycle', code=4, says=['the base of corp changed'])
        self.nobody_lost(seq)
        self.site.settings['connectors'][0]['base'] = STAFF
        self.site.write()
        self.causeway('cycle')
        self.nobody_lost(seq)

    def emptied(self):
        self.heading('2. An OU is emptied; somebody else gets a new title in the same minute')
        self.ldap('dn: %s\nchangetype: modrdn\nnewrdn: ou=Lyon\ndeleteoldrdn: 1\nnewsuperior: %s\n\n'
                  'dn: uid=o007,%s\nchangetype: modify\nreplace: title\ntitle: Chief\n-\n' % (LYON, AWAY, OSLO))
        self.causeway('cycle', code=4, says=['ou=Lyon,%s left the scope of corp: 40' % STAFF])
        self.nobody_lost()
        wants(any(u.get('jobTitle') == 'Chief' for u in self.tenant.dump()['users']), 'the new title did not arrive')
        print('   the new title is there')
        self.ldap('dn: ou=Lyon,%s\nchangetype: modrdn\nnewrdn: ou=Lyon\ndeleteoldrdn: 1\nnewsuperior: %s\n' % (AWAY, STAFF))
        seq = self.tenant.writes()
        self.causeway('cycle')
        self.nobody_lost(seq)

    def blanked(self):
        self.heading('3. A rule that blanks the department of everybody')
        seq = self.tenant.writes()
        (self.site.path / 'slip.yaml').write_text(BLANKS)
        self.site.settings['rules'] = ['default', 'slip.yaml']
        self.site.write()
        self.causeway('cycle', code=4, says=['would lose department'])
        self.nobody_lost(seq)
        del self.site.settings['rules']
        self.site.write()
        self.causeway('cycle')
        self.nobody_lost(seq)

    def second(self):
        self.heading('4. A second server is switched on')
        seq = self.tenant.writes()
        other = self.server('second')
        self.causeway('cycle', 'initial', code=5, says=['another Causeway'], site=other)
        self.nobody_lost(seq)
        self.causeway('staging', 'on', site=other, says=['staging mode is on'])
        self.causeway('cycle', 'initial', site=other)
        self.causeway('lease', 'show', says=['ours'])
        self.nobody_lost(seq)

    def bad_value(self):
        self.heading('5. A mail address that the cloud does not take, and a new phone number')
        self.ldap('dn: uid=o009,%s\nchangetype: modify\nreplace: mail\nmail: no blanks@example.com\n-\n'
                  'replace: mobile\nmobile: +1 777\n-\n' % OSLO)
        self.causeway('cycle', code=3, says=['"no blanks@example.com"'])
        user = next(u for u in self.tenant.dump()['users'] if u['displayName'] == 'Person o009')
        wants(user.get('mobilePhone') == '+1 777' and user['mail'] == 'o009@example.com', 'the user is %s' % user)
        print('   the phone number is there, the old address stays')
        self.ldap('dn: uid=o009,%s\nchangetype: modify\nreplace: mail\nmail: o009@example.com\n-\n' % OSLO)
        self.causeway('cycle')
        self.nobody_lost()

    def all(self):
        self.heading('%d people in OpenLDAP, an empty tenant' % PEOPLE)
        self.causeway('cycle', 'initial')
        self.nobody_lost()
        for accident in (self.wrong_base, self.emptied, self.blanked, self.second, self.bad_value):
            accident()
        print('\n%sdemo: five accidents caught, explained and repaired in %d seconds; nobody was lost%s' % (
            BOLD, time.monotonic() - self.began, PLAIN))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--people', action='store_true')
    p.add_argument('--folder')
    p.add_argument('--url')
    args = p.parse_args()
    if args.people:
        people()
        return 0
    try:
        Demo(args.folder, args.url).all()
    except Failed as e:
        print('%sdemo: %s%s' % (BOLD, e, PLAIN), file=sys.stderr)
        return 1
    finally:
        end_all()
    return 0


if __name__ == '__main__':
    sys.exit(main())

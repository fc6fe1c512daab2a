#!/usr/bin/env python3
"""A copy in OpenLDAP whose account has no right yet, and whose containers are not all there: each refusal has a next
step, and the step leads on."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
from slapd import SUFFIX, Slapd  # noqa: E402

if not os.access('/usr/sbin/slapd', os.X_OK):
    print('1..0 # SKIP no slapd')
    sys.exit(0)
SYNC = 'cn=sync,' + SUFFIX
RULES = '''
metaverse: {hrId: string indexed, unit: string}
rules:
  - name: In from hr
    connector: hr
    direction: in
    from: person
    to: person
    link: provision
    join: [id = hrId]
    copy: [displayName, sn]
    flows: {hrId: [id], unit: [unit]}
  - name: Out to copy
    connector: copy
    direction: out
    from: person
    to: inetOrgPerson
    link: provision
    join: [employeeNumber = hrId]
    copy: [displayName, sn]
    flows: {dn: '"uid=" & [hrId] & ",ou=" & [unit] & ",%s"', uid: [hrId], cn: [displayName], employeeNumber: [hrId]}
''' % SUFFIX
# As docs/operations/writeback.md has it.
GRANT = '''access to dn.subtree="ou=People,%s"
  by dn.exact="%s" write
  by * read
''' % (SUFFIX, SYNC)
REST = 'access to * by dn.exact="%s" read by * auth\n' % SYNC
t = Tap()


with scratch() as d:
    s = Slapd(d / 'slapd', config='')
    (d / 'slapd/db.conf').write_text(REST)
    s.shell('slapd_make "$1" "$2"', '')
    (d / 'tree.ldif').write_text(
        'dn: %s\nobjectClass: organization\nobjectClass: dcObject\no: x\ndc: example\n\n'
        'dn: %s\nobjectClass: person\ncn: sync\nsn: s\nuserPassword: secret\n\n'
        'dn: ou=People,%s\nobjectClass: organizationalUnit\nou: People\n' % (SUFFIX, SYNC, SUFFIX))
    s.load(d / 'tree.ldif')
    s.start()
    for name, text in (('secret', 'secret'), ('hr.csv', 'id,displayName,sn,unit\na1,Ada,A,People\nb2,Ben,B,Nowhere\n')):
        (d / name).write_text(text)
    (d / 'secret').chmod(0o600)
    (d / 'rules').mkdir()
    (d / 'rules/own.yaml').write_text(RULES)
    site = Site(d / 'site', [
        {'name': 'hr', 'kind': 'file', 'format': 'csv', 'path': str(d / 'hr.csv'), 'anchor': 'id', 'type': 'person'},
        {'name': 'copy', 'kind': 'ldap', 'servers': [s.url], 'base': SUFFIX, 'user': SYNC,
         'password': 'file:%s' % (d / 'secret'), 'tls': {'required': False}}], rules=[str(d / 'rules')])
    try:
        r = site.run('cycle', 'initial')
        t.code(r, 0, 'nothing may be written yet')
        t.has(r.out, ['2: copy may not be written (writable: true would let it)'], 'and the setting is named')
        t.is_(site.run('doctor', 'copy', '--json').json()['findings'], [],
              'doctor does not miss attributes in a directory that is empty')
        site.settings['connectors'][1]['writable'] = True
        site.write()
        r = site.run('cycle')
        t.code(r, 3, 'it may be, and the server refuses')
        t.has(r.out, ['Ada: permission-issue', 'create child objects in "ou=People,' + SUFFIX, 'causeway doctor CONNECTOR',
                      'Ben: non-existent-parent', 'ou=Nowhere,' + SUFFIX, 'make the container, or let a rule provision it'],
              'each with what it is and what helps')
        t.has(site.run('status').out, ['1 object: permission-issue', '1 object: non-existent-parent', 'causeway why OBJECT dn'],
              'status as well')
        r = site.run('why', 'hrId=b2', 'dn')
        t.code(r, 0, 'the step that it names')
        t.has(r.out, ['Out to copy', 'ou=Nowhere'], 'tells the rule')
        s.stop()
        conf = (d / 'slapd/slapd.conf').read_text()
        (d / 'slapd/slapd.conf').write_text(conf.replace(REST, GRANT + REST))
        s.start()
        t.code(site.run('cycle'), 3, 'the access rule of the page is given')
        (d / 'hr.csv').write_text('id,displayName,sn,unit\na1,Ada,A,People\nb2,Ben,B,People\n')
        t.code(site.run('cycle'), 0, 'and the container put right')
        t.is_(sorted(x[0] for x in s.search('(uid=*)', 'cn')), ['uid=%s,ou=People,%s' % (n, SUFFIX) for n in ('a1', 'b2')],
              'both are there, by ldapsearch')
        t.ok('object:' not in site.run('status').out, 'status has nothing to say')
    finally:
        s.stop()
t.done()

#!/usr/bin/env python3
"""preview: one object through the real synchronisation; nothing changes without --commit."""
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

RULES = '''
rules:
  - name: Refuse
    id: refuse
    connector: company
    direction: in
    from: user
    to: person
    precedence: 5
    scope:
      - department EQUAL broken
    flows:
      title: Error("broken department")
'''
STAFF = ',OU=Staff,DC=small,DC=example'


def content(site):
    """All of the store, table by table."""
    db = sqlite3.connect('file:%s?mode=ro' % (site.path / 'causeway.db'), uri=True)
    tables = [r[0] for r in db.execute("select name from sqlite_master where type='table'")]
    out = {name: sorted(map(repr, db.execute('select * from "%s"' % name))) for name in sorted(tables)}
    db.close()
    return out


def changed(doc):
    return {a['attribute']: (a['old'], a['new'], a.get('rule')) for a in doc['metaverse']['attributes'] if a['changed']}


def with_values(entries, name, **values):
    return [(dn, [(k, v) for k, v in attrs if k not in values] + list(values.items()) if dn == name + STAFF else attrs)
            for dn, attrs in entries]


t = Tap()
with scratch() as d:
    tenant = Tenant(d / 'tenant', SMALL).start()
    source = d / 'company.ldif'
    entries = small_entries(12)
    source.write_text(ldif_text(entries))
    (d / 'site/rules').mkdir(parents=True)
    (d / 'site/rules/own.yaml').write_text(RULES)
    site = Site(d / 'site', [ldif_connector(source), tenant.connector()], rules=['default', 'rules'])
    t.code(site.run('cycle', 'initial'), 0, 'the first cycle')

    entries = with_values(entries, 'CN=Person 003', department='Changed', title='Cook')
    entries = with_values(entries, 'CN=Person 004', department='broken')
    new = ('CN=New' + STAFF, [('objectClass', 'user'), ('cn', 'New'), ('displayName', 'New One'),
                              ('sAMAccountName', 'new'), ('userPrincipalName', 'new@' + SMALL),
                              ('userAccountControl', '512'), ('objectGUID', b'guid-of-new-0001'),
                              ('manager', 'CN=Person 000' + STAFF)])
    gone = 'CN=Person 005' + STAFF
    source.write_text(ldif_text([e for e in entries if e[0] != gone] + [new]))
    t.code(site.run('run', 'company', 'full-import'), 0, 'an import with changes')
    before = content(site)

    r = site.run('preview', 'CN=Person 003' + STAFF, '--json')
    t.code(r, 0, 'a changed object')
    doc = r.json()
    t.is_((doc['outcome'], doc['committed'], doc['full']), ('linked', False, False), 'what it is')
    t.is_(changed(doc), {'department': ('Store 3', 'Changed', 'In from AD - User Common'),
                         'title': (None, 'Cook', 'In from AD - User Common')}, 'old and new value, and the rule that won')
    t.is_([(p['connector'], p['operation'], sorted((c['attribute'], c['new']) for c in p['changes'])) for p in doc['pending']],
          [('cloud', 'update', [('department', ['Changed']), ('jobTitle', ['Cook'])])], 'what would be exported')
    t.is_(content(site), before, 'nothing was changed')

    r = site.run('preview', 'CN=New' + STAFF, '--json')
    doc = r.json()
    t.is_((doc['outcome'], doc['pending'][0]['operation']), ('projected', 'add'), 'a new object')
    t.has(json.dumps(doc['pending'][0]['changes']), ['new@' + SMALL, 'manager'], 'what would be exported of it')
    doc = site.run('preview', gone, '--json').json()
    t.is_((doc['outcome'], doc['metaverseDeleted'], [p['operation'] for p in doc['pending']]), ('deleted', True, ['delete']),
          'one that has gone')
    r = site.run('preview', 'CN=Person 004' + STAFF, '--json')
    t.code(r, 3, 'one on which a rule fails')
    t.is_((r.json()['outcome'], r.json()['errors'][0]['rule']), ('failed', 'Refuse'), 'the rule')
    t.code(site.run('preview', 'CN=Person 004' + STAFF, '--commit'), 3, 'a failure is not kept')
    doc = site.run('preview', 'CN=Person 006' + STAFF, '--full', '--json').json()
    t.is_((changed(doc), doc['pending'], doc['full']), ({}, [], True), 'one without a change, in full')
    t.is_(content(site), before, 'still nothing was changed')
    t.has(site.run('preview', 'CN=Person 003' + STAFF).all,
          ['* department: "Store 3" -> "Changed"   [In from AD - User Common', 'cloud: update', 'nothing was changed'],
          'for a person')

    r = site.run('preview', 'CN=Person 003' + STAFF, '--commit', '--json')
    t.is_((r.code, r.json()['committed']), (0, True), '--commit keeps it')
    pending = site.pending()
    t.is_([(p['operation'], p['displayName']) for p in pending], [('update', 'Person 003')], 'and it alone waits')
    site.run('run', 'company', 'delta-sync')
    after = {(p['operation'], p['displayName']) for p in site.pending() if p['type'] == 'user'}
    t.is_(after, {('update', 'Person 003'), ('add', 'New One'), ('delete', 'Person 005')},
          'a synchronisation does the others, and the same for it')
    t.code(site.run('preview', 'CN=Nobody' + STAFF), 1, 'nobody of that name')
t.done()

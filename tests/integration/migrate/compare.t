#!/usr/bin/env python3
"""causeway migrate compare: a staging server against the cloud as an old server
left it, and object by object against what the old server held; planted
differences are told with their cause, and acknowledged."""
import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
import csexport  # noqa: E402
from rig import *  # noqa: E402,F403

t = Tap()
NAMES = {'givenName': 'givenName', 'sn': 'surname', 'displayName': 'displayName', 'department': 'department',
         'userPrincipalName': 'userPrincipalName'}


def anchor(attrs):
    return base64.b64encode(dict(attrs)['objectGUID']).decode()


def cloud_dn(attrs):
    return 'CN={%s}' % anchor(attrs).encode().hex().upper()


def csobjects(entries):
    """As an old server held them, by its names of attributes."""
    dns = {dn: cloud_dn(attrs) for dn, attrs in entries if 'objectGUID' in dict(attrs)}
    out = []
    for dn, attrs in entries:
        first = dict(reversed(attrs))
        if first.get('objectClass') == 'user':
            values = {NAMES[n]: v for n, v in attrs if n in NAMES}
            values['sourceAnchor'] = anchor(attrs)
            values['accountEnabled'] = 'true'
            values['objectSid'] = b'\1\2'  # of no use to Graph
            if 'manager' in first:
                values['manager'] = csexport.Ref(dns[first['manager']])
            out.append(csexport.Object(dns[dn], 'user', values))
        elif first.get('objectClass') == 'group':
            out.append(csexport.Object(dns[dn], 'group', {
                'displayName': first['displayName'],
                'member': [csexport.Ref(dns[v].lower().replace('cn=', 'CN=')) for n, v in attrs if n == 'member']}))
    return out


def lines(r):
    """{(operation, cause, attribute)} -> names of objects"""
    out = {}
    for line in r.json()['lines']:
        out.setdefault((line['operation'], line['cause'], line['attribute']), []).append(line['displayName'])
    return {k: sorted(v) for k, v in out.items()}


def replaced(entries, person, **values):
    out = list(entries)
    dn, attrs = out[2 + person]
    out[2 + person] = (dn, [(n, values.get(n, v)) for n, v in attrs])
    return out


with scratch() as d:
    entries = small_entries(20)
    source = d / 'people.ldif'
    source.write_text(ldif_text(entries))
    tenant = Tenant(d / 'tenant', SMALL).start()
    cloud = tenant.connector()
    old = Site(d / 'old', [ldif_connector(source, parameters={'Domain.FQDN': SMALL}), cloud])
    t.code(old.run('cycle', 'initial'), 0, 'the old server fills the cloud')

    # The new one, in staging mode, with the same rules and filters.
    new = Site(d / 'new', [ldif_connector(source, parameters={'Domain.FQDN': SMALL}), cloud], staging=True)
    t.code(new.run('cycle', 'initial'), 0, 'the new server reads and decides')
    before = tenant.writes()
    r = new.run('migrate', 'compare', '--json')
    t.is_((r.code, r.json()['open'], r.json()['lines']), (0, 0, []), 'nothing would change')
    t.ok(r.json()['same'] == r.json()['objects'] >= 23, 'every object is the same', r.out[:400])

    # ---- Planted: a rule, letters and blanks, a new person, one who left ----

    entries2 = replaced(entries, 3, department='Elsewhere')
    entries2 = replaced(entries2, 4, displayName='person 004')
    dn, attrs = entries2[7]
    entries2.append((dn.replace('Person', 'Added'), [
        (n, b'guid-of-p-999999' if n == 'objectGUID' else v.replace('Person', 'Added') if n in ('cn', 'displayName')
         else v.replace('p005', 'added') if isinstance(v, str) else v) for n, v in attrs]))
    gone = entries2.pop(2 + 9)[0]
    entries2 = [(e, [(n, v) for n, v in a if v != gone]) for e, a in entries2]
    source.write_text(ldif_text(entries2))
    t.code(new.run('cycle'), 0, 'changes at the source')
    r = new.run('migrate', 'compare', '--json')
    t.code(r, 4, 'lines are open')
    found = lines(r)
    t.is_(found.get(('change', 'rule', 'department')), ['Person 003'], 'another value: rule')
    t.is_(found.get(('change', 'format', 'displayName')), ['person 004'], 'other letters: format')
    t.is_(found.get(('add', 'join', '')), ['Added 005'], 'a new object: join')
    t.is_(found.get(('delete', 'filter', '')), ['Person 009'], 'a deletion')
    t.is_(r.json()['openDeletes'], 1, 'one deletion is open')
    t.ok(all(line['rule'] for line in r.json()['lines'] if line['operation'] == 'change'), 'values name their rule')
    t.has(new.run('migrate', 'compare').out, ['Person 009', 'would be deleted', 'deletions'], 'for people')
    t.is_(tenant.writes(), before, 'the cloud was not touched')

    # ---- Acknowledged ----

    by_op = {line['operation']: line for line in r.json()['lines']}
    changes = [line for line in r.json()['lines'] if line['operation'] == 'change']
    t.code(new.run('migrate', 'ack', by_op['delete']['id']), 2, 'not without a reason')
    t.code(new.run('migrate', 'ack', 'ffffffffffff', '--reason', 'x'), 1, 'a line that is not there')
    r = new.run('migrate', 'ack', by_op['delete']['id'], '--reason', 'x', '--whole-group')
    t.code(r, 5, 'deletions are acknowledged one by one')
    for line in [by_op['delete'], by_op['add']] + changes:
        new.run('migrate', 'ack', line['id'], '--reason', 'as ordered', '--by', 'ada')
    r = new.run('migrate', 'compare', '--json')
    still = [line for line in r.json()['lines'] if 'acknowledged' not in line]
    t.is_([(s['operation'], s['attribute']) for s in still if s['operation'] != 'change'], [], 'acknowledged')
    for line in still:
        new.run('migrate', 'ack', line['id'], '--reason', 'membership', '--by', 'ada')
    r = new.run('migrate', 'compare', '--json')
    t.is_((r.code, r.json()['open']), (0, 0), 'until none is open')
    t.is_(r.json()['lines'][0]['acknowledged']['by'], 'ada', 'with the name of who did it')
    entries3 = replaced(entries2, 3, department='Elsewhere again')
    source.write_text(ldif_text(entries3))
    new.run('cycle')
    r = new.run('migrate', 'compare', '--json')
    t.is_((r.code, r.json()['open']), (4, 1), 'another value is another line')

    # ---- Against what the old server held ----

    source.write_text(ldif_text(entries))
    t.code(new.run('cycle'), 0, 'the source as it was')
    held = csobjects(entries)
    file = csexport.write(d / 'old.xml', held)
    r = new.run('migrate', 'compare', '--old', file, '--json')
    t.is_(lines(r), {('unused', 'rule', 'objectSid'): ['']}, 'only what no rule here flows')
    t.is_(r.json()['lines'][0]['objects'], 20, 'with how many have it')
    planted = csobjects(entries)
    planted[2].will = dict(planted[2].attrs, department='Old Ways')
    planted[3].attrs['displayName'] = ' PERSON  003 '
    planted[4].delete = True
    planted[5].linked = False
    planted.append(csexport.Object('CN={4D5A}', 'user', {'displayName': 'Long Gone', 'sourceAnchor': 'MZ'}))
    team = next(o for o in planted if o.kind == 'group')
    team.attrs['member'] = team.attrs['member'][1:]
    file = csexport.write(d / 'planted.xml', planted)
    r = new.run('migrate', 'compare', '--old', file, '--json')
    found = lines(r)
    t.is_({k: v for k, v in found.items() if k[0] != 'unused'}, {
        ('change', 'cloud', 'department'): ['Person 002'],
        ('change', 'format', 'displayName'): [' PERSON  003 '],
        ('keep', 'filter', ''): ['Person 004'],
        ('add', 'filter', ''): ['Person 005'],
        ('gone', 'join', ''): ['Long Gone'],
        ('change', 'cloud', 'members'): ['Group 0'],
    }, 'each planted difference, with its cause')

    # ---- An orphan ----

    source.write_text(ldif_text([(e, [(n, v) for n, v in a if v != entries[8][0]]) for e, a in entries
                                 if e != entries[8][0]]))
    fresh = Site(d / 'fresh', [ldif_connector(source, parameters={'Domain.FQDN': SMALL}), cloud], staging=True)
    t.code(fresh.run('cycle', 'initial'), 0, 'a server that never had a person in scope')
    r = fresh.run('migrate', 'compare', '--json')
    t.is_(lines(r).get(('unmanaged', 'filter', '')), ['Person 006'], 'the orphan is listed')
    t.ok(not any(k[0] == 'delete' for k in lines(r)), 'and never deleted', lines(r))

    # ---- Bad files ----

    (d / 'bad.xml').write_text('<cs-objects><cs-object cs-dn="CN=a" id="{1}"><connector>1</connector></cs-object>')
    r = new.run('migrate', 'compare', '--old', d / 'bad.xml')
    t.code(r, 1, 'a file that is cut off')
    t.has(r.err, ['bad.xml:1'], 'by file and line')
t.done()

#!/usr/bin/env python3
"""After a change of rules or types only the connectors that it concerns are read
or synchronised in full: shown, done by the next cycle and gone then, one after
the other; and put off, or asked for, by a person."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()
OWN = '''rules:
  - name: In from %s - Company
    connector: %s
    direction: in
    from: user
    to: person
    precedence: %d
    link: join
    flows: {company: {value: '%s'}}
'''


def needs(site):
    """{connector: [what it needs in full]}, of those that need something."""
    out = {}
    for c in site.run('status', '--json').json()['connectors']:
        for what in ('full-import', 'full-sync'):
            need = c[what]
            if need['required']:
                out.setdefault(c['connector'], []).append(what + (', put off' if need['deferred'] else ''))
    return out


def steps(result):
    """[connector profile] of the runs of a cycle."""
    return ['%s %s' % (r['ma-name'], r['run-profile-name']) for r in result.json()['runs']]


with scratch() as d:
    one = small_entries(4)
    two = [(dn.replace('Person', 'Other'), [
        (n, v.replace(b'of-p', b'of-o') if isinstance(v, bytes) else v.replace('Person', 'Other').replace('p00', 'o00')
         if n != 'objectClass' else v) for n, v in attrs]) for dn, attrs in one if 'Group' not in dn]
    (d / 'one.ldif').write_text(ldif_text(one))
    (d / 'two.ldif').write_text(ldif_text(two))
    (d / 'rules').mkdir()
    tenant = Tenant(d / 'tenant', SMALL).start()
    site = Site(d / 'site', [
        {**ldif_connector(d / 'one.ldif', parameters={'Domain.FQDN': SMALL}), 'name': 'one'},
        {**ldif_connector(d / 'two.ldif', parameters={'Domain.FQDN': SMALL}), 'name': 'two'},
        tenant.connector()], rules=['default', str(d / 'rules')])
    (d / 'rules/one.yaml').write_text(OWN % ('one', 'one', 10, 'One'))
    (d / 'rules/two.yaml').write_text(OWN % ('two', 'two', 11, 'Two'))
    t.code(site.run('cycle', 'initial'), 0, 'two directories and a cloud')
    t.is_(needs(site), {}, 'nothing is needed in full')

    (d / 'rules/one.yaml').write_text(OWN % ('one', 'one', 10, 'First'))
    t.is_(needs(site), {'one': ['full-sync']}, 'a rule of one directory: that one, and its synchronisation alone')
    r = site.run('cycle', '--json')
    t.code(r, 0, 'an ordinary cycle')
    t.is_(sorted(s for s in steps(r) if s.endswith('-sync')), ['cloud delta-sync', 'one full-sync', 'two delta-sync'],
          'does it in full there, and nowhere else')
    t.is_(needs(site), {}, 'done once, it is gone')
    t.ok(any(u['companyName'] == 'First' for u in tenant.dump()['users']), 'and what it was for is in the cloud')

    (d / 'rules/two.yaml').write_text(OWN % ('two', 'two', 11, 'Second'))
    t.code(site.run('sched', 'override', 'clear', 'two', '--full-sync'), 0, 'put off')
    t.is_(needs(site), {'two': ['full-sync, put off']}, 'which is shown')
    r = site.run('cycle', '--json')
    t.code(r, 0, 'the next cycle')
    t.is_([s for s in steps(r) if 'full-sync' in s], [], 'goes on with deltas')
    t.ok(not any(u['companyName'] == 'Second' for u in tenant.dump()['users']), 'and changes nothing')
    t.code(site.run('sched', 'override', 'set', 'two', '--full-sync'), 0, 'asked for again')
    r = site.run('cycle', '--json')
    t.is_([s for s in steps(r) if 'full-sync' in s], ['two full-sync'], 'the cycle after that does it')
    t.ok(any(u['companyName'] == 'Second' for u in tenant.dump()['users']), 'with all that waited')
    t.is_(needs(site), {}, 'and it is gone')

    (d / 'rules/one.yaml').write_text((OWN % ('one', 'one', 10, 'First')).replace('}}', '}, extensionAttribute1: [dc]}'))
    t.is_(needs(site), {'one': ['full-import', 'full-sync']}, 'an attribute more of one directory: that one is read in full, too')
    t.code(site.run('cycle'), 0, 'the next cycle does')
    t.is_(needs(site), {}, 'and it is gone')
    t.code(site.run('sched', 'override', 'set', 'one', '--full-import', '--full-sync'), 0, 'by hand, both')
    r = site.run('cycle', '--json')
    t.is_([s for s in steps(r) if s.startswith('one full')], ['one full-import', 'one full-sync'], 'both are done')
    t.is_(needs(site), {}, 'once')
t.done()

#!/usr/bin/env python3
"""A configuration or a rule with a slip in it: named with file, line and
word before anything is read or written."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

RULE = '''rules:
  - name: Mine
    connector: {kind: file}
    direction: in
    from: user
    to: person
%s'''
RULE_GOOD = RULE % '''    precedence: 50
    flows:
      department: {value: Here}
'''
RULE_SLIPS = [  # what, text, what the error names
    ('a flow from an unknown attribute', RULE % '''    flows:
      department: '[departmant]'
''', ['Mine', 'departmant', ':8']),
    ('an expression with an unknown attribute', RULE % '''    flows:
      department: 'Trim([departmant])'
''', ['Mine', 'departmant', ':8']),
    ('a flow to an unknown attribute', RULE % '''    flows:
      departmant: '[department]'
''', ['Mine', 'departmant', ':8']),
    ('a scope with an unknown attribute', RULE % '''    scope:
      - departmant EQUAL x
''', ['Mine', 'departmant']),
    ('an unknown function', RULE % '''    flows:
      department: 'Trm([department])'
''', ['Mine', 'Trm', ':8']),
    ('a misspelt key of a rule', RULE % '''    flws:
      department: '[department]'
''', ['flws', ':7']),
    ('a rule for no connector', (RULE % '').replace('{kind: file}', 'nowhere'), ['nowhere']),
]

t = Tap()
with scratch() as d:
    tenant = Tenant(d / 'tenant', SMALL).start()
    source = d / 'small.ldif'
    source.write_text(ldif_text(small_entries(12)))
    site = Site(d / 'site', [ldif_connector(source), tenant.connector()])
    t.code(site.run('config', 'check'), 0, 'a good configuration')
    t.code(site.run('cycle', 'initial'), 0, 'the first cycle')
    t.is_(differences(tenant, source, SMALL), [], 'the tenant is as the source says')
    writes = tenant.writes()
    conf = site.path / 'causeway.yaml'
    good = conf.read_text()

    def broken(what, text, pieces):
        conf.write_text(text)
        for command in (['config', 'check'], ['cycle']):
            r = site.run(*command)
            t.code(r, 1, '%s: %s stops' % (what, ' '.join(command)))
            t.has(r.all, ['causeway.yaml', *pieces], '%s: %s names the place' % (what, ' '.join(command)))
        t.is_(tenant.writes(), writes, what + ': nothing was written')
        conf.write_text(good)

    def line(text, word):
        return str([n for n, l in enumerate(text.splitlines(), 1) if word in l][0])

    text = good.replace('anchor:', 'ancor:')
    broken('a misspelt key', text, [':%s:' % line(text, 'ancor'), 'ancor'])
    text = good.replace('store:', 'stroe:')
    broken('a misspelt section', text, [':%s:' % line(text, 'stroe'), 'stroe'])
    text = good + 'guard:\n  deletions: many\n'
    broken('a word for a number', text, [':%s:' % line(text, 'many'), 'deletions', 'number'])
    text = good.replace('kind: "graph"', 'kind: "grahp"')
    broken('an unknown kind', text, [':%s:' % line(text, 'grahp'), 'grahp'])
    broken('no YAML at all', good + 'guard: [1, 2\n', [':'])
    text = good.replace('client_id:', 'client_idd:')
    broken('a required key is missing', text, ['client_id'])

    # ---- Rules ----
    rules = site.path / 'rules'
    rules.mkdir()
    site.settings['rules'] = ['default', 'rules']
    site.write()
    with_rules = conf.read_text()

    def rule(what, body, pieces):
        (rules / 'own.yaml').write_text(body)
        r = site.run('cycle')
        t.code(r, 1, what + ': a cycle stops')
        t.has(r.all, ['own.yaml', *pieces], what + ': the error names file and thing')
        t.code(site.run('config', 'check'), 1, what + ': config check says so')
        t.is_(tenant.writes(), writes, what + ': nothing was written')

    for case in RULE_SLIPS:
        rule(*case)
    (rules / 'own.yaml').write_text(RULE_GOOD)
    t.code(site.run('config', 'check'), 0, 'a rule of one\'s own without a slip')
    t.code(site.run('cycle', 'initial'), 0, 'and a cycle with it')
    t.ok(all(u['department'] == 'Here' for u in tenant.dump()['users']), 'the rule holds')
    (rules / 'own.yaml').unlink()
    conf.write_text(good)
    t.code(site.run('cycle'), 0, 'without it, the next cycle ends right')
    t.is_(differences(tenant, source, SMALL), [], 'the tenant is as the source says')
t.done()

#!/usr/bin/env python3
"""why: a value, its source object, rule and time, and who lost to it by what."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

RULES = '''
rules:
  - name: From company
    id: from-company
    connector: company
    direction: in
    from: user
    to: person
    precedence: 10
    link: provision
    join:
      - sAMAccountName = accountName
    flows:
      accountName: [sAMAccountName]
      displayName: [displayName]
      department: [department]
      title: IIF(IsPresent([title]),[title],IgnoreThisFlow)
      proxyAddresses: {expression: '[proxyAddresses]', merge: merge}
      sourceAnchor: ConvertToBase64([objectGUID])
  - name: From company - managers
    id: from-company-managers
    connector: company
    direction: in
    from: user
    to: person
    precedence: 5
    scope:
      - employeeType EQUAL manager
    flows:
      department: {value: Board}
  - name: From hr
    id: from-hr
    connector: hr
    direction: in
    from: user
    to: person
    precedence: 20
    join:
      - sAMAccountName = accountName
    flows:
      displayName: [displayName]
      department: [department]
      title: [title]
      proxyAddresses: {expression: '[proxyAddresses]', merge: merge}
  - name: To out
    id: to-out
    connector: out
    direction: out
    from: person
    to: user
    precedence: 30
    link: provision
    flows:
      dn: '"CN=" & EscapeDNComponent([accountName]) & ",DC=out"'
      sAMAccountName: [accountName]
      department: UCase([department])
      displayName: [displayName]
'''


def entry(name, number, **attrs):
    return ('CN=%s,DC=small,DC=example' % name,
            [('objectClass', 'user'), ('cn', name), ('sAMAccountName', name),
             ('objectGUID', b'guid-of-%08d' % number), *attrs.items()])


def why(t, site, who, attribute, name):
    r = site.run('why', who, attribute, '--json')
    t.code(r, 0, name)
    return r.json()


t = Tap()
with scratch() as d:
    entries = [entry('ada', 1, displayName='Ada', department='Research',
                     proxyAddresses='smtp:ada@a.example'), entry('bo', 2, displayName='Bo', title='Cook'),
               entry('cy', 3, department='Sales', employeeType='manager')]
    company, hr, out = d / 'company.ldif', d / 'hr.ldif', d / 'out.ldif'
    company.write_text(ldif_text(entries))
    hr.write_text(ldif_text([entry('ada', 11, displayName='Ada of HR', department='Human Resources', title='Doctor',
                               proxyAddresses='smtp:ada@b.example'),
                             entry('bo', 12, department='Kitchen', title='Chef')]))
    (d / 'site/rules').mkdir(parents=True)
    (d / 'site/rules/own.yaml').write_text(RULES)
    site = Site(d / 'site', [
        ldif_connector(company), {**ldif_connector(hr), 'name': 'hr'},
        {**ldif_connector(out), 'name': 'out', 'writable': True,
         'attribute_types': {'department': 'string', 'displayName': 'string', 'sAMAccountName': 'string'}, 'anchor': 'sAMAccountName'}], rules=['rules'])
    r = site.run('cycle', 'initial')
    t.code(r, 0, 'the first cycle')
    before = (d / 'site/causeway.db').read_bytes()

    a = why(t, site, 'ada', 'department', 'a value that two sources have')
    t.is_((a['value'], a['rule'], a['precedence'], a['connector'], a['source']),
          ('Research', 'From company', 10, 'company', 'CN=ada,DC=small,DC=example'), 'value, rule and source object')
    t.ok(a['since'].startswith('20') and a['since'].endswith('Z'), 'since when', a['since'])
    lost = {x['rule']: x for x in a['lost']}
    t.is_((lost['From hr']['by'], lost['From hr']['precedence'], lost['From hr']['connector']), ('precedence', 20, 'hr'),
          'who lost by precedence')
    t.has(lost['From hr']['why'], ['precedence 10', 'From company'], 'and to whom')
    managers = lost['From company - managers']
    t.is_((managers['by'], managers['misses']),
          ('out-of-scope', [{'attribute': 'employeeType', 'operator': 'EQUAL', 'value': 'manager', 'has': None}]),
          'who lost by scope, with the clause')
    target = a['targets'][0]
    t.is_((target['connector'], target['attribute'], target['value'], target['held'], target['pending'], target['rule']),
          ('out', 'department', 'RESEARCH', 'RESEARCH', False, 'To out'), 'the target that is fed from it')

    a = why(t, site, 'bo', 'department', 'a value that the first has not')
    t.is_((a['value'], a['rule'], [x['by'] for x in a['lost'] if x['rule'] == 'From company']),
          ('Kitchen', 'From hr', ['null']), 'who lost by NULL')
    a = why(t, site, 'ada', 'title', 'IgnoreThisFlow')
    t.is_((a['value'], [x['by'] for x in a['lost'] if x['rule'] == 'From company']), ('Doctor', ['ignored']),
          'who lost by IgnoreThisFlow')
    a = why(t, site, 'bo', 'title', 'the same rule with a value')
    t.is_((a['value'], a['rule'], a['flow']), ('Cook', 'From company', 'IIF(IsPresent([title]),[title],IgnoreThisFlow)'),
          'the expression that gave it')
    a = why(t, site, 'cy', 'department', 'a rule with a scope that holds')
    t.is_((a['value'], a['rule']), ('Board', 'From company - managers'), 'it has the last word')
    a = why(t, site, 'cy', 'displayName', 'a value that nobody has')
    t.is_((a['value'], [x['by'] for x in a['lost'] if x['rule'] == 'From company']), (None, ['null']), 'and why not')

    a = why(t, site, 'ada', 'proxyAddresses', 'a merge')
    t.is_((sorted(a['value']), a['rule'], [(x['rule'], x['by'], x['value']) for x in a['lost']]),
          (['smtp:ada@a.example', 'smtp:ada@b.example'], 'From company',
           [('From hr', 'merged', 'smtp:ada@b.example')]), 'who added to it')

    # The same object by each of its names; the same for a person.
    guid = why(t, site, 'cy', 'department', 'by account name')['object']['id']
    for name in ('CN=cy,DC=small,DC=example', guid, 'accountName=cy', 'cy', base64.b64encode(b'guid-of-%08d' % 3).decode()):
        t.is_(why(t, site, name, 'department', 'by ' + name)['object']['id'], guid, 'the same object')
    t.has(site.run('why', 'ada', 'department').all,
          ['metaverse: department = "Research"', 'from company: CN=ada,DC=small,DC=example',
           'not From hr (20)', 'precedence 10', 'not From company - managers (5)', 'employeeType EQUAL "manager"',
           'out: department = "RESEARCH"', 'UCase([department])'], 'for a person')

    # What waits.
    company.write_text(ldif_text([entry('ada', 1, displayName='Ada', department='Operations')] + entries[1:]))
    site.run('run', 'company', 'full-import')
    site.run('run', 'company', 'delta-sync')
    target = why(t, site, 'ada', 'department', 'a change that waits')['targets'][0]
    t.is_((target['value'], target['held'], target['pending']), ('OPERATIONS', 'RESEARCH', True), 'old and new value')

    t.code(site.run('why', 'nobody', 'department'), 1, 'nobody of that name')
    t.code(site.run('why', 'ada', 'departmnet'), 1, 'no attribute of that name')
    t.code(site.run('why', 'ada'), 2, 'usage')
    t.code(site.run('why', '--help'), 0, 'help')
t.done()

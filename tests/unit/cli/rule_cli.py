#!/usr/bin/env python3
"""`causeway rule` and `config` on a vendor's export and on a configuration, as
scripts call them: results, traces, exit codes; TAP.

usage: rule_cli.py CAUSEWAY PROJECT
"""
import json
import os
import subprocess
import sys
import tempfile

PROJECT = sys.argv[2]
EXPORT = os.path.join(PROJECT, 'tests/data/export-fjordwerk')
count = 0


def causeway(*args, text=''):
    run = subprocess.run([sys.argv[1], *args], input=text, capture_output=True, text=True,
                         timeout=60, check=False)
    return run.returncode, run.stdout, run.stderr


def check(what, good, seen=''):
    global count
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {what}")
    if not good:
        print('#   ' + str(seen)[:1000])


def rule_test(document, *more, config=EXPORT, connector='fjordwerk.example'):
    code, out, err = causeway('rule', 'test', '--config', config, '--connector', connector,
                              '--object', '-', *more, text=json.dumps(document))
    return code, json.loads(out) if out.startswith('{') else out, err


def goldens():
    with open(os.path.join(PROJECT, 'tests/golden/vendor/fjordwerk.json'), encoding='utf-8') as f:
        table = json.load(f)
    for case in table['cases']:
        code, got, err = rule_test(case['object'], '--json')
        check(case['name'], code == case['exit'] and got == case['result'],
              f'exit {code} {err} {json.dumps(got)}')
    return table['cases']


def traces(cases):
    code, got, _ = rule_test(cases[0]['object'], '--json', '--trace')
    flows = {(f['attribute'], f['precedence']): f for f in got['trace']['inbound']}
    check('a trace tells who won and who lost', code == 0 and
          flows['sourceObjectType', 102]['status'] == 'applied' and
          flows['sourceObjectType', 104]['status'] == 'skipped-by-precedence' and
          flows['department', 50]['values'] == ['Unassigned'], flows)
    steps = flows['deskNumber', 50]['steps']
    check('and each part of an expression', steps[-1]['value'] == 'FJ-0042' and
          steps[-1]['depth'] == 0 and any(s['value'] == '0042' for s in steps[:-1]), steps)
    check('of targets too', any(f['attribute'] == 'dn' and f['steps']
                                for f in got['trace']['AAD:user']), got['trace'])
    code, got, _ = rule_test(cases[4]['object'], '--json', '--trace')
    last = got['trace']['inbound'][-1]
    check('and what failed', code == 3 and last['status'] == 'failed' and
          last['attribute'] == 'userPrincipalName' and last['steps'][-1]['error'], last)
    code, out, _ = rule_test(cases[0]['object'], '--trace')
    check('for people it is text', code == 0 and 'metaverse person' in out and
          'deskNumber' in out and 'AAD:user' in out, out)


def listing():
    code, out, _ = causeway('rule', 'list', '--config', EXPORT, '--json')
    rules = json.loads(out)
    check('rule list has every rule by precedence', code == 0 and len(rules) == 14 and
          [r['precedence'] for r in rules] == sorted(r['precedence'] for r in rules) and
          sum(r['disabled'] for r in rules) == 1, rules)
    check('with the fields of a rule', rules[1]['direction'] == 'Inbound' and
          rules[1]['linkType'] == 'Provision' and rules[1]['source'] == 'user' and
          rules[1]['target'] == 'person' and rules[1]['tag'] == 'Fjordwerk.PersonJoin.001' and
          rules[1]['connector'] == 'fjordwerk.example', rules[1])
    code, out, _ = causeway('rule', 'show', '130', '--config', EXPORT)
    rule = json.loads(out)[0]
    check('rule show has scope, joins and flows', code == 0 and
          rule['scope'][0][1] == {'attribute': 'cloudFiltered', 'operator': 'NOTEQUAL',
                                  'value': 'True'} and
          rule['join'][0][0]['cs'] == 'sourceAnchor' and
          rule['flows'][-1]['once'] is True, rule)
    code, _, err = causeway('rule', 'show', 'no such', '--config', EXPORT)
    check('a rule that is not there', code == 1 and 'no rule "no such"' in err, err)
    code, out, _ = causeway('rule', 'check', '--config', EXPORT, '--json')
    problems = json.loads(out)['problems']
    check('rule check tells four warnings', code == 0 and len(problems) == 4 and
          all(p['severity'] == 'warning' and p['file'] for p in problems), problems)


def refusals(cases):
    for command in (['status'], ['cycle'], ['connector', 'list'], ['connector', 'schema', 'x']):
        code, _, err = causeway(*command, '--config', EXPORT)
        check(f"{' '.join(command)} does not run with an export", code == 1 and
              'configuration export of another system' in err, err)
    code, out, _ = causeway('config', 'show', '--config', EXPORT)
    check('config show tells what an export holds', code == 0 and
          json.loads(out)['settings']['Microsoft.Synchronize.StagingMode'] == 'False' and
          json.loads(out)['connectors'][0]['partitions'][0]['selected'] is True, out)
    wrong = [({'objectType': 'plant', 'cs': {}}, 'no object type "plant"'),
             ({'cs': {}}, 'is wanted'),
             ({'objectType': 'user', 'cs': {'userAccountControl': 'x'}}, 'userAccountControl'),
             ({'objectType': 'user', 'cs': {'objectGUID': 'x'}}, 'a binary is wanted')]
    for document, says in wrong:
        code, _, err = rule_test(document)
        check(f'refused: {says}', code == 1 and says in err, err)
    code, _, err = rule_test(cases[0]['object'], connector='nowhere')
    check('a connector that is not there', code == 1 and 'nowhere' in err, err)
    code, _, _ = causeway('rule', 'test', '--config', EXPORT)
    check('without object it is usage', code == 2)
    document = json.loads(json.dumps(cases[0]['object']))
    document['cs']['shoeSize'] = '44'
    code, _, err = rule_test(document, '--json')
    check('an unknown attribute is a warning', code == 0 and 'shoeSize' in err, err)


def own_configuration():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, 'causeway.yaml'), 'w', encoding='utf-8') as f:
            f.write('store: {path: nowhere/none.db}\n'
                    'connectors:\n'
                    '  - {name: corp, kind: ad, servers: [ldaps://dc.corp.example], user: u,\n'
                    '     password: env:P}\n'
                    '  - {name: cloud, kind: graph, tenant: t.example, client_id: c,\n'
                    '     secret: env:S}\n')
        document = {'objectType': 'user', 'cs': {
            'dn': 'CN=Liv,DC=corp,DC=example', 'cn': 'Liv', 'displayName': 'Liv',
            'objectGUID': {'$bin': '00112233445566778899aabbccddeeff'},
            'sAMAccountName': 'liv', 'userPrincipalName': 'liv@corp.example',
            'userAccountControl': 512}}
        code, got, err = rule_test(document, '--json', config=folder, connector='corp')
        check('our own rules on our own configuration, without a store', code == 0 and
              got['projected'] == 'person' and
              got['cloud:user']['values']['userPrincipalName'] == 'liv@corp.example' and
              not os.path.exists(os.path.join(folder, 'nowhere')), f'{code} {got} {err}')


def export_as_rules():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, 'causeway.yaml'), 'w', encoding='utf-8') as f:
            f.write('connectors:\n  - {name: hr, kind: file, path: hr.ldif, format: ldif}\n'
                    f'rules: [{EXPORT}]\n')
        code, _, err = causeway('rule', 'check', '--config', folder)
        check('an export where a folder of rules is wanted is not taken for an empty one',
              code == 1 and "it is a vendor's export" in err, f'{code} {err}')


cases = goldens()
traces(cases)
listing()
refusals(cases)
own_configuration()
export_as_rules()
print(f'1..{count}')

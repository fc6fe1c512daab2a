#!/usr/bin/env python3
"""`causeway expr` as scripts call it: exit codes, JSON, messages; TAP.

usage: expr_cli.py CAUSEWAY
"""
import json
import subprocess
import sys

count = 0


def causeway(*args, text=''):
    run = subprocess.run([sys.argv[1], 'expr', *args], input=text, capture_output=True,
                         text=True, timeout=60, check=False)
    return run.returncode, run.stdout, run.stderr


def check(what, good, seen=''):
    global count
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {what}")
    if not good:
        print('#   ' + str(seen)[:400])


def check_eval(what, expression, given, code, want):
    got = causeway('eval', expression, '--input', '-', '--json', text=given)
    try:
        same = json.loads(got[1]) == want
    except ValueError:
        same = False
    check(what, got[0] == code and same, got)


def check_error(expression, given, code, error, position):
    got = causeway('eval', expression, '--input', '-', '--json', text=given)
    try:
        j = json.loads(got[1])
    except ValueError:
        j = {}
    check(f'{error} exits {code}', got[0] == code and j.get('$error') == error and
          j.get('position') == position and j.get('message') and got[2] != '', got)


check_eval('a value', 'Len([a])', '{"attrs": {"a": "xyz"}}', 0, 3)
check_eval('NULL', '[a]', '{}', 0, None)
check_eval('null in the input is absent', 'IsNull([a])', '{"attrs": {"a": null}}', 0, True)
check_eval('a list of one stays one', 'Trim([a])', '{"attrs": {"a": [" x"]}}', 0, ['x'])
check_eval('a single value stays one', 'Trim([a])', '{"attrs": {"a": " x"}}', 0, 'x')
check_eval('parameters', '%p%', '{"params": {"p": "x"}}', 0, 'x')
check_eval('the imported view', 'ImportedValue("a")', '{"attrs": {"a": 1}, "imported": {"a": 2}}', 0, 2)
check_eval('binary', '[b] & [b]', '{"attrs": {"b": {"$bin": "0a"}}}', 0, {'$bin': '0a0a'})
check_eval('a reference', 'CRef("CN=a")', '{}', 0, {'$ref': 'CN=a'})
check_eval('a date', 'CDate("2026-02-28")', '{}', 0, {'$date': '2026-02-28T00:00:00Z'})
check_eval('a flow word', 'AuthoritativeNull', '{}', 0, {'$literal': 'AuthoritativeNull'})
check_eval('a list', 'Split("a,b",",")', '{}', 0, ['a', 'b'])
check_error('Len(', '{}', 2, 'syntax', 5)
check_error('nosuch(1)', '{}', 3, 'unknown-function', 1)
check_error('Left("a")', '{}', 3, 'arity', 1)
check_error('1 + CNum("x")', '{}', 3, 'not-numeric', 10)
check_error('Error("äh")', '{}', 3, 'sync-rule-error-function-triggered', 1)

code, out, err = causeway('eval', '1', '--input', '-', '--json', text='{"attrs": 5')
check('input that is no JSON exits 2', code == 2 and 'causeway:' in err, (code, out, err))
code, out, err = causeway('eval', '1', '--input', '/nowhere/x.json')
check('input that is not there exits 2', code == 2 and '/nowhere/x.json' in err, (code, out, err))

code, out, err = causeway('check', 'Len([a]) & "x"')
check('check of a good one', code == 0 and out == err == '', (code, out, err))
code, out, err = causeway('check', 'Len([a]')
check('check of a bad one', code == 2 and '(at 8)' in err, (code, out, err))
code, out, err = causeway('check', '[a] = 1 && [b] = 2 || [c] = 3')
check('check tells a warning', code == 0 and 'warning' in err, (code, out, err))
code, out, err = causeway('check', 'IIF([a] = 1,Trim(5),"")')
check('and where it is', code == 0 and '(at 18)' in err, (code, out, err))

code, out, err = causeway('eval', 'IIF([a] = 1,Len([b]),Error("x"))', '--trace', '--input', '-',
                          text='{"attrs": {"a": 1, "b": "xy"}}')
lines = [' '.join(line.split()) for line in out.splitlines()]
check('trace', code == 0 and lines == [
    '5-7 [a] -> 1', '5-11 [a] = 1 -> true', '17-19 [b] -> "xy"', '13-20 Len([b]) -> 2',
    '1-32 IIF([a] = 1,Len([b]),Error("x")) -> 2', '2'], (code, out, err))
code, out, err = causeway('eval', 'CNum([a])', '--trace', '--json', '--input', '-',
                          text='{"attrs": {"a": "x"}}')
trace = json.loads(out).get('trace', [])
check('trace of a failure in JSON', code == 3 and [s['text'] for s in trace] == ['[a]', 'CNum([a])'] and
      trace[1]['error'] == 'not-numeric' and trace[0]['value'] == 'x', out)
code, out, err = causeway('eval', '[a]', '--trace', '--json')
check('trace and value in JSON', code == 0 and json.loads(out) == {
    'value': None, 'trace': [{'from': 1, 'to': 3, 'depth': 0, 'text': '[a]', 'value': None}]}, out)

functions = json.loads(causeway('functions', '--json')[1])
check('every function is told', len(functions) > 80 and
      all(set(f) == {'name', 'arguments', 'result', 'null', 'what'} for f in functions))
code, out, err = causeway('functions')
check('and as a table', code == 0 and all(f['name'] + '(' in out for f in functions))
print(f'1..{count}')

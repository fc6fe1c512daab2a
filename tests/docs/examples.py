#!/usr/bin/env python3
"""Runs every example of the pages about rules, so that none can be wrong.

usage: examples.py CAUSEWAY PAGE|FOLDER...      TAP on standard output

docs/rules/README.md tells the forms of the examples.  A page that has a
heading for a function of `causeway expr functions` must have one for each, with
its signature and an example that calls it.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

# What the rule files of the pages are checked in; a block of causeway.yaml in
# a page replaces what it sets.
SITE = {
    'store': 'store: {path: STORE}\n',
    'connectors': '''connectors:
  - name: corp
    kind: ad
    servers: [ldaps://dc1.corp.example]
    base: DC=corp,DC=example
    user: CN=sync,CN=Users,DC=corp,DC=example
    password: file:/etc/causeway/corp.secret
  - name: cloud
    kind: graph
    tenant: 00000000-0000-0000-0000-000000000001
    client_id: 00000000-0000-0000-0000-000000000002
    secret: file:/etc/causeway/cloud.secret
''',
    'rules': 'rules: [default, rules/]\n',
}


class Failed(Exception):
    pass


def causeway(*args, text=''):
    run = subprocess.run([PROGRAM, *args], input=text, capture_output=True,
                         text=True, timeout=60, check=False)
    return run.returncode, run.stdout, run.stderr.strip()


# ---- Pages to blocks ----

def blocks(path):
    """(line, word behind the fence, text) of every fenced block."""
    found, start, word, lines = [], 0, '', []
    with open(path, encoding='utf-8') as f:
        for n, line in enumerate(f, 1):
            if not line.startswith('```'):
                if start:
                    lines.append(line)
            elif start:
                found.append((start, word, ''.join(lines)))
                start = 0
            else:
                start, word, lines = n, line[3:].strip(), []
    if start:
        raise Failed(f'{path}:{start}: a block without an end')
    return found


def items(line, text):
    """(line, what stands before "=>", what stands behind it)"""
    found, before, first = [], [], 0
    for n, row in enumerate(text.split('\n'), line + 1):
        if not row.strip() and not before:
            continue
        first = first if before else n
        left, arrow, right = row.rpartition('=>')
        before.append(left if arrow else row)
        if arrow:
            found.append((first, '\n'.join(before).strip(), right.strip()))
            before = []
    if before:
        raise Failed(f'line {first}: no "=>"')
    return found


# ---- Values ----

def holds(want, got, part=False):
    """part: of an object only what is told must be there."""
    if isinstance(want, dict) and '$match' in want:
        return isinstance(got, str) and re.search(want['$match'], got) is not None
    if isinstance(want, dict) and part:
        return isinstance(got, dict) and all(holds(v, got.get(k), True) for k, v in want.items())
    if isinstance(want, dict):
        return isinstance(got, dict) and want.keys() == got.keys() and \
            all(holds(v, got[k]) for k, v in want.items())
    if isinstance(want, list):
        return isinstance(got, list) and len(want) == len(got) and \
            all(holds(w, g, part) for w, g in zip(want, got))
    return type(want) is type(got) and want == got


def inputs(text, attributes):
    """{"mail": ..., "%p%": ..., "imported mail": ...} to the input of expr eval."""
    out = {'attrs': dict(attributes), 'params': {}}
    for key, value in json.loads(text).items():
        if key.startswith('%'):
            out['params'][key.strip('%')] = value
        elif key.startswith('imported '):
            out.setdefault('imported', {})[key.split(' ', 1)[1]] = value
        else:
            out['attrs'][key] = value
    return json.dumps(out)


# ---- The kinds of examples ----

def run_expression(before, expected, attributes):
    source, _, given = before.partition('\nwith ')
    if not given:
        source, _, given = before.partition('  with {')
        given = given and '{' + given
    _, out, err = causeway('expr', 'eval', source.strip(), '--input', '-', '--json',
                           text=inputs(given or '{}', attributes))
    try:
        got = json.loads(out)
    except ValueError:
        raise Failed(err or out) from None
    if expected.startswith('error '):
        if not isinstance(got, dict) or got.get('$error') != expected[6:].strip():
            raise Failed(f'gives {out.strip()}')
    elif not holds(json.loads(expected), got):
        raise Failed(f'gives {out.strip()}')


def write_site(folder, page_config, rules):
    config = dict(SITE)
    config.update(page_config)
    os.makedirs(folder + '/rules')
    with open(folder + '/causeway.yaml', 'w', encoding='utf-8') as f:
        f.write(''.join(config.values()).replace('STORE', folder + '/store.db'))
    for name, text in rules.items():
        with open(f'{folder}/rules/{name}', 'w', encoding='utf-8') as f:
            f.write(text)


def check_site(folder):
    code, out, err = causeway('rule', 'check', '--config', folder)
    if code != 0:
        raise Failed((out + err).strip())


def run_rule_test(folder, before, expected):
    connector, _, given = before.partition(' ')
    _, out, err = causeway('rule', 'test', '--config', folder, '--connector', connector,
                           '--object', '-', '--json', text=given)
    try:
        got = json.loads(out)
    except ValueError:
        raise Failed(err or out) from None
    if not holds(json.loads(expected), got, True):
        raise Failed(f'gives {json.dumps(got)}')


# ---- Running ----

class Runner:
    def __init__(self, path):
        self.path = path
        self.config, self.rules, self.site = {}, {}, None
        self.given = {}  # attributes of all examples below

    def say(self, line, what, action):
        RESULTS[0] += 1
        name = f'{os.path.basename(self.path)}:{line} {what}'.replace('#', '')
        try:
            action()
            print(f'ok {RESULTS[0]} - {name}')
        except (Failed, ValueError) as error:
            print(f'not ok {RESULTS[0]} - {name}')
            for row in str(error).split('\n')[:12]:
                print('#   ' + row)

    def yaml(self, line, text):
        title = text.split('\n', 1)[0].strip('# \n')
        if title == 'causeway.yaml':
            self.config = dict(re.findall(r'^((?!#|\s)\w+)(:.*(?:\n(?:[ \t#-].*)?(?=\n|$))*\n?)', text, re.M))
            self.config = {k: k + v.rstrip() + '\n' for k, v in self.config.items()}
            self.rules = {}
        elif title.startswith('rules/') and title.endswith('.yaml'):
            self.rules = {os.path.basename(title): text}
        else:
            return
        self.site = tempfile.TemporaryDirectory(dir=TEMPORARY)
        write_site(self.site.name, self.config, self.rules)
        self.say(line, title, lambda: check_site(self.site.name))

    def rule_test(self, line, before, expected):
        self.say(line, 'rule test', lambda: run_rule_test(self.site.name, before, expected))

    def block(self, line, word, text):
        if word == 'yaml':
            self.yaml(line, text)
        if word.startswith('given '):
            self.given[word.split()[1]] = text.replace('\n', '')
        if word not in ('expr', 'rule-test'):
            return
        for n, before, expected in items(line, text):
            if word == 'rule-test':
                self.rule_test(n, before, expected)
            else:
                self.say(n, before.split('\n')[0][:60],
                         lambda b=before, e=expected: run_expression(b, e, self.given))

    def run(self):
        for line, word, text in blocks(self.path):
            self.block(line, word, text)


# ---- The manual has every function ----

def sections(path):
    """{function: text below its heading}"""
    with open(path, encoding='utf-8') as f:
        parts = re.split(r'^### (\w+)\n', f.read(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def check_function(function, text):
    signature = f"`{function['name']}({function['arguments']})` gives {function['result']}"
    if signature not in text.replace('\n', ' '):
        raise Failed(f'the signature is: {signature}')
    examples = re.search(r'^```expr\n(.*?)^```', text.split('\n## ')[0], re.M | re.S)
    if examples is None or function['name'] + '(' not in examples.group(1):
        raise Failed('no example')


def check_manual(path):
    text = sections(path)
    functions = json.loads(causeway('expr', 'functions', '--json')[1])
    runner = Runner(path)
    for function in functions:
        name = function['name']
        if name in text:
            runner.say('function', name, lambda f=function: check_function(f, text[f['name']]))
        else:
            runner.say('function', name, lambda: missing('it is not in the manual'))
    for name in text.keys() - {f['name'] for f in functions}:
        runner.say('function', name, lambda: missing('there is no such function'))


def missing(why):
    raise Failed(why)


def pages(paths):
    for path in paths:
        if os.path.isdir(path):
            yield from sorted(glob.glob(path + '/*.md'))
        else:
            yield path


def main():
    functions = {f['name'] for f in json.loads(causeway('expr', 'functions', '--json')[1])}
    for path in pages(sys.argv[2:]):
        Runner(path).run()
        if functions & sections(path).keys():
            check_manual(path)
    print(f'1..{RESULTS[0]}')


PROGRAM = sys.argv[1]
RESULTS = [0]
with tempfile.TemporaryDirectory() as TEMPORARY:
    main()

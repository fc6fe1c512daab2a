#!/usr/bin/env python3
"""causeway config convert and config diff as scripts call them: exit codes,
what is refused, and that every form comes back to the same rules.

config_cli.py CAUSEWAY GOLDEN-FOLDER"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

EXE, GOLDEN = sys.argv[1], sys.argv[2]
SITE = '''connectors:
  - {name: corp, kind: ad, servers: [ldaps://dc], user: u, password: 'env:P', known_as: ['%s']}
  - {name: cloud, kind: graph, tenant: t, client_id: c, secret: 'env:S'}
guard: {deletions: 100}
rules: [default, mine.yaml]
''' % '{b0000001-2222-4333-8444-555566667777}'
MINE = '''rules:
  - name: Mine
    connector: corp
    direction: in
    from: user
    to: person
    precedence: 50
    flows:
      department: {value: "it's $$(here)"}
'''
count = bad = 0


def check(good, name, note=''):
    global count, bad
    count += 1
    bad += not good
    print('%sok %d - %s' % ('' if good else 'not ', count, name))
    if not good:
        print(''.join('# %s\n' % line for line in str(note).splitlines()), end='')


def run(*words):
    p = subprocess.run([EXE, 'config', *words], capture_output=True, text=True, check=False)
    return p.returncode, p.stdout, p.stderr


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def changes(a, b):
    code, out, err = run('diff', a, b, '--json')
    return code, json.loads(out) if out else err


def check_own_form(top):
    site, other = top + '/site', top + '/other'
    write(site + '/causeway.yaml', SITE)
    write(site + '/mine.yaml', MINE)
    code, out, err = run('convert', site, '--to', other, '--dry-run')
    check(code == 0 and not os.path.exists(other), 'a dry run writes nothing', err)
    code, out, err = run('convert', site, '--to', other, '--json')
    answer = json.loads(out)
    check(code == 0 and sorted(answer['files']) == sorted(
        os.path.relpath(os.path.join(d, f), other) for d, _, fs in os.walk(other) for f in fs),
          'convert writes what it says', out + err)
    code, answer = changes(site, other)
    check(code == 0 and answer['equal'] and answer['rules_equal'] == answer['a']['rules'] > 40,
          'what was converted is equal, and diff exits 0', answer)
    code, out, err = run('convert', site, '--to', other)
    check(code == 1 and 'is not empty' in err, 'a folder with something in it is refused', err)
    write(other + '/rules/99.yaml', MINE.replace('Mine', 'Also mine').replace('50', '51'))
    code, answer = changes(site, other)
    check(code == 1 and [(r['name'], r['state']) for r in answer['rules']] == [('Also mine', 'added')],
          'a rule more is a difference, and diff exits 1', answer)
    code, out, err = run('diff', site, other)
    check(code == 1 and '+ rule Also mine (in, corp, 51)' in out.splitlines(), 'and told to people', out)


def check_script(top):
    site, script = top + '/site', top + '/x.ps1'
    code, out, err = run('convert', site, '--to', script)
    check(code == 0, 'the rules as a script', err)
    code, answer = changes(site, script)
    check(code == 0 and answer['equal'] and answer['rules_equal'] == answer['b']['rules'],
          'which says the same', answer)
    code, out, err = run('convert', site, '--to', script)
    check(code == 1 and 'is there already' in err, 'a file that is there is refused', err)
    code, out, err = run('convert', script, '--to', top + '/again')
    check(code == 1 and '--connectors {b0000001' in err, 'a script needs names for its connectors', err)
    code, out, err = run('convert', script, '--to', top + '/again', '--connectors',
                         'b0000001-2222-4333-8444-555566667777=corp,cloud=wolke')
    check(code == 0 and not os.path.exists(top + '/again/causeway.yaml'), 'and gives rules alone', err)
    shutil.copytree(top + '/again/rules', site + '/again')
    write(site + '/causeway.yaml', SITE.replace('[default, mine.yaml]', '[again]').replace('cloud', 'wolke'))
    code, answer = changes(site, script)
    check(code == 0 and answer['equal'], 'which are the same again', answer)
    write(script, 'Get-Process | Stop-Process\n')
    code, out, err = run('diff', site, script, '--json')
    check(code == 1 and ':1: "Get-Process" is no part' in err and 'error' in json.loads(out),
          'another script is refused by line and word', err)


def check_fim(top):
    for name, rules in (('fim', '[rules]'), ('dirsync', '[default, rules]')):
        source, to = '%s/fim/%s' % (GOLDEN, name), '%s/%s' % (top, name)
        code, out, err = run('convert', source, '--to', to, '--json')
        answer = json.loads(out)
        check(code == 0 and answer['form'] == 'fim' and answer['problems'] and answer['open'],
              name + ': converted, with what is left to do', out)
        with open(to + '/causeway.yaml', encoding='utf-8') as f:
            text = f.read()
        check('\nrules: %s\n' % rules in text and '\nstaging: true\n' in text,
              name + ': in staging mode, rules ' + rules, text)
        code, out, err = run('check', '--config', to)
        check(code == 0, name + ': loads', err)
        code, answer = changes(source, to)
        own = [r for r in answer['rules'] if r['state'] not in ('added',)]
        check(own == [] and answer['rules_equal'] == answer['a']['rules'],
              name + ': every rule came over as it is', own)


def check_export(top):
    source, again, ours = GOLDEN + '/../data/export-fjordwerk', top + '/export', top + '/ours'
    code, out, err = run('convert', source, '--to', again, '--form', 'export')
    check(code == 0, 'a server\'s export is written as one', err)
    code, answer = changes(source, again)
    check(code == 0 and answer['equal'] and answer['rules_equal'] == answer['a']['rules'] >= 14,
          'which says the same', answer)
    code, out, err = run('convert', source, '--to', again, '--form', 'export')
    check(code == 1 and 'is not empty' in err, 'over which nothing is written', err)
    code, out, err = run('convert', source, '--to', ours)
    code, answer = changes(source, ours)
    check([r for r in answer['rules']] == [] and answer['rules_equal'] == answer['a']['rules'],
          'and as files of our own every rule is the same', answer)
    code, out, err = run('convert', top + '/site', '--to', top + '/no', '--form', 'export')
    check(code == 1 and 'only a server\'s export' in err and not os.path.exists(top + '/no'),
          'another form is refused', err)


def check_usage(top):
    code, out, err = run('diff', top, top + '/site')
    check(code == 1 and 'is none of' in err, 'a folder of no form', err)
    code, out, err = run('diff', top)
    check(code == 2, 'diff takes two', err)
    code, out, err = run('convert', top + '/site')
    check(code == 2 and '--to' in err, 'convert needs --to', err)
    code, out, err = run('convert', top + '/site', '--to', top + '/z', '--connectors', 'x')
    check(code == 2, '--connectors takes pairs', err)
    code, out, err = run('convert', top + '/site', '--to', top + '/z', '--form', 'x')
    check(code == 2, '--form takes two words', err)


with tempfile.TemporaryDirectory(prefix='causeway-config-') as folder:
    for step in (check_own_form, check_script, check_fim, check_export, check_usage):
        step(folder)
print('1..%d' % count)
sys.exit(bad != 0)

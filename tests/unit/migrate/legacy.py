"""What the tests of `causeway migrate` share: TAP, the program, and exports of
invented companies that are changed in one place."""
import json
import os
import shutil
import subprocess
import sys

EXE, ROOT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
DATA = ROOT + '/tests/data/migrate'
count = bad = 0


def check(good, name, note=''):
    global count, bad
    count += 1
    bad += not good
    print('%sok %d - %s' % ('' if good else 'not ', count, name))
    if not good:
        print(''.join('# %s\n' % line for line in str(note).splitlines()[:40]), end='')


def done():
    print('1..%d' % count)
    sys.exit(bad > 0)


def run(*words, **more):
    p = subprocess.run([EXE, 'migrate', *words], capture_output=True, text=True, check=False, **more)
    return p.returncode, p.stdout, p.stderr


def analysis(source, *words):
    code, out, err = run('analyze', source, '--no-measure', '--json', *words)
    return json.loads(out) if code == 0 else {'error': err}


def verdicts(answer, setting):
    return [(v['verdict'], v['detail']) for v in answer.get('verdicts', []) if v['setting'] == setting]


def changed(top, name, edits):
    """A copy of DATA/name with (file, old, new) replaced; file is a part of its name."""
    to = '%s/%s' % (top, name)
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(DATA + '/' + name, to)
    for part, old, new in edits:
        hit = 0
        for d, _, files in os.walk(to):
            for f in files:
                path = d + '/' + f
                if part not in path:
                    continue
                with open(path, encoding='utf-8') as h:
                    text = h.read()
                if old in text:
                    hit += 1
                    with open(path, 'w', encoding='utf-8') as h:
                        h.write(text.replace(old, new))
        assert hit, (part, old)
    return to

#!/usr/bin/env python3
"""tests/lib/rules_compare.py, the comparison with a vendor's configuration:
it finds nothing where there is nothing, and every difference that is made."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LIB = pathlib.Path(__file__).resolve().parents[2] / 'lib'
sys.path.insert(0, str(LIB))
import rules_compare  # noqa: E402

CHANGES = [  # (file, from, to, what the tool must print)
    ('50-people-out.yaml', 'title: RTrim(Left([title],128))', 'title: PCase([title])', 'user title'),
    ('10-lifecycle.yaml', '- cloudFiltered NOTEQUAL True', '- cloudFiltered EQUAL True', 'cloud'),
    ('30-groups-in.yaml', 'securityEnabled: CBool(BitAnd(CNum([groupType]),&H80000000))', "securityEnabled: {value: 'True'}",
     'group'),
]


def compare(config, objects=60):
    p = subprocess.run([sys.executable, LIB / 'rules_compare.py', config, '--objects', str(objects), '--seed', '11'],
                       capture_output=True, text=True)
    return p.returncode, p.stdout + p.stderr


n = 0


def ok(good, what, note=''):
    global n
    n += 1
    print('%sok %d - %s' % ('' if good else 'not ', n, what), flush=True)
    for line in () if good else note.splitlines()[:30]:
        print('#   ' + line)


with tempfile.TemporaryDirectory(prefix='causeway-test.') as d:
    same = pathlib.Path(d) / 'same'
    same.mkdir()
    rules_compare.our_rules(same)
    code, out = compare(same)
    ok(code == 0 and 'WITHOUT' not in out, 'the built-in rules do not differ from themselves', out)
    for i, (name, old, new, says) in enumerate(CHANGES):
        other = pathlib.Path(d) / str(i)
        shutil.copytree(same, other)
        text = (other / 'rules' / name).read_text()
        assert old in text
        (other / 'rules' / name).write_text(text.replace(old, new))
        code, out = compare(other)
        ok(code == 1 and re.search('WITHOUT A REASON: .*' + says, out), 'a change in %s is found' % name, out)
print('1..%d' % n)

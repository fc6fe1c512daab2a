#!/usr/bin/env python3
"""default-rules-doc.py [--check] -- the table of the built-in rules in
docs/rules/defaults.md, from the files in rules/default/.

Writes it between the two marks; --check says whether it is fresh (TAP).
"""
import glob
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
PAGE = os.path.join(ROOT, 'docs/rules/defaults.md')
BEGIN, END = '<!-- rules: begin -->\n', '<!-- rules: end -->\n'
RULE = re.compile(r'  - name: .*\n    id: (?P<id>.*)\n    why: (?P<why>.*)\n(?:    when: (?P<when>.*)\n)?(?:    for_each: (?P<each>.*)\n)?')


def plain(text):
    """"$(services) has a, b" as a reader would say it."""
    text = re.sub(r'\$\((\w+)\)', r'\1', text or '')
    return text.replace('|', '\\|')


def table():
    lines = []
    for path in sorted(glob.glob(os.path.join(ROOT, 'rules/default/*.yaml'))):
        with open(path) as f:
            text = f.read()
        found = list(RULE.finditer(text))
        if len(found) != text.count('\n  - name: '):
            raise SystemExit('%s: a rule does not begin with name, id, why' % path)
        lines.append('\n### %s\n\n| rule | why | where |\n|---|---|---|\n' % os.path.basename(path))
        for m in found:
            where = 'each of ' + plain(m['each']) if m['each'] else plain(m['when'])
            lines.append('| `%s` | %s | %s |\n' % (m['id'].replace('$(each)', '*'), plain(m['why']), where))
    return ''.join(lines)


def main():
    with open(PAGE) as f:
        page = f.read()
    head, _, rest = page.partition(BEGIN)
    old, _, tail = rest.partition(END)
    if not rest or not tail and not rest.endswith(END):
        raise SystemExit('%s: the marks are missing' % PAGE)
    new = table() + '\n'
    if '--check' in sys.argv[1:]:
        print('1..1\n%s 1 - docs/rules/defaults.md lists the rules as they are (else: tools/default-rules-doc.py)' % (
            'ok' if old == new else 'not ok'))
        return
    with open(PAGE, 'w') as f:
        f.write(head + BEGIN + new + END + tail)


main()

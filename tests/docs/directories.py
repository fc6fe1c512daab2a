#!/usr/bin/env python3
"""directories.py -- the steps that tests/integration/README.md names are in their tests (TAP)."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2] / 'tests/integration'
FOLDERS = ('forests', 'ad', 'ldap')  # the columns behind the first
CELL = re.compile(r'(\w+\.(?:py|t)): ((?:"[^"]+"(?:, )?)+)')


def lacking(folder, cell):
    for name, steps in CELL.findall(cell):
        text = (ROOT / folder / name).read_text()
        yield from ('%s/%s: %s' % (folder, name, s) for s in re.findall('"([^"]+)"', steps) if s not in text)


page = (ROOT / 'README.md').read_text()
rows = [r.strip('|').split('|') for r in page.splitlines() if r.startswith('| ') and ': "' in r]
wrong = [x for row in rows for folder, cell in zip(FOLDERS, row[1:]) for x in lacking(folder, cell)]
standin = (ROOT / 'ad/standin.t').read_text()
tail = ' '.join(page.partition('What Windows does')[2].split())
wrong += ['ad/standin.t: ' + s for s in re.findall('"([^"]+)"', tail) if s not in standin]
named = sum(len(re.findall('"[^"]+"', c)) for row in rows for c in row[1:])
for x in wrong:
    print('# not there: ' + x)
print('%sok 1 - %d steps of %d rows are in their tests' % ('not ' if wrong or named < 60 else '', named, len(rows)))
print('1..1')

#!/usr/bin/env python3
"""Which test proves which statement of docs/engine.

Every statement there begins with its number in bold: "**4.1.3** ..." as a
paragraph, an item or the first cell of a row; rules.md, model.md and doubts.md
("**D51**").  Golden tests name what they prove: "Proves: rules 4.1.3,
doubts D51"; so may the comment above a test in C.

    statements.py          writes docs/engine/statements.md
    statements.py --check  fails where a test names a statement that is not
                           there, or a statement of the sections below has no
                           test
    statements.py --fresh  and where docs/engine/statements.md is not fresh
"""
import glob
import os
import re
import sys

# Documents whose statements must all have a test, by the numbers they begin
# with; a document that is not there yet is not asked.
COMPLETE = {
    'rules': ['1', '2', '3', '4', '5', '6', '7', '9', '10'],
    'model': ['2.2', '2.3', '4', '5', '7'],
    'doubts': ['D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7', 'D8', 'D9', 'D10', 'D11', 'D12', 'D13', 'D14', 'D15',
               'D16', 'D17', 'D18', 'D19', 'D20', 'D21', 'D22', 'D23', 'D24', 'D25', 'D26', 'D27', 'D28', 'D29', 'D30', 'D31', 'D32', 'D33', 'D34',
               'D35', 'D36', 'D37', 'D38', 'D39', 'D40', 'D41', 'D42', 'D43', 'D44', 'D45', 'D46', 'D47', 'D48', 'D49',
               'D50', 'D51'],
}

MARK = re.compile(r'^\s*(?:[-*] |\d+\. |\| *)?\*\*(D\d+|\d+(?:\.\d+)*(?: [A-Za-z_-]+)?)\*\*\s*(.*)')
CASE = re.compile(r'^Case: (.*)')
IN_COMMENT = re.compile(r'^(?:/\*| \*) .*Proves: ([^*]*?)\.? *(?:\*/)?$')
FUNCTION = re.compile(r'^(\w+)\(void \*\*state\)')
PROVES = re.compile(r'^Proves: (.*)')


def statements(root):
    """{document: {number: text}} in the order of the text."""
    found = {}
    for path in sorted(glob.glob(os.path.join(root, 'docs/engine/*.md'))):
        name = os.path.basename(path)[:-3]
        if name == 'statements':
            continue
        with open(path, encoding='utf-8') as f:
            said, number = found.setdefault(name, {}), None
            for line in f:
                m = MARK.match(line)
                if m and m.group(1) not in said:
                    number = m.group(1)
                    said[number] = m.group(2).strip(' |').replace('|', '\\|')
                elif number and line.strip() and not line.startswith(('|', '#', '-', '*')):
                    said[number] += ' ' + line.strip()
                else:
                    number = None
    return {name: said for name, said in found.items() if said}


def proofs_in_c(root, found):
    """What golden texts cannot say (connections that break): tests in C, with
    the same line in the comment above."""
    for path in sorted(glob.glob(os.path.join(root, 'tests/unit/*/test_*.c'))):
        items = []
        with open(path, encoding='utf-8') as f:
            for line in f:
                m = IN_COMMENT.match(line)
                if m:
                    items = [i.strip() for i in m.group(1).split(',')]
                m = FUNCTION.match(line)
                for item in items if m else []:
                    found.setdefault(tuple(item.split(None, 1)), []).append(
                        (os.path.basename(path), m.group(1).replace('_', ' ')))
                if m:
                    items = []


def proofs(root, problems):
    """{(document, number): [(file, case)]}"""
    found = {}
    proofs_in_c(root, found)
    for path in sorted(glob.glob(os.path.join(root, 'tests/golden/engine/*.txt'))):
        name, case = os.path.basename(path), None
        with open(path, encoding='utf-8') as f:
            for n, line in enumerate(f, 1):
                m = CASE.match(line)
                if m:
                    case = m.group(1)
                m = PROVES.match(line)
                if not m:
                    continue
                for item in m.group(1).strip().split(','):
                    words = item.split(None, 1)
                    if len(words) != 2 or case is None:
                        problems.append(f'{path}:{n}: "Proves: DOCUMENT NUMBER, ..." below a case is wanted')
                        continue
                    found.setdefault((words[0], words[1].strip()), []).append((name, case))
    return found


def short(text, limit=110):
    text = re.sub(r'\s+', ' ', text)
    return text if len(text) <= limit else text[:limit - 3].rsplit(' ', 1)[0] + ' ...'


def table(said, proved):
    out = ['# Statements and their tests', '',
           'Made by `tools/statements.py` from the numbered statements of this folder and the',
           '`Proves:` lines of `tests/golden/engine/*.txt` and `tests/unit/*/*.c`.', '']
    for document in said:
        have = sum((document, n) in proved for n in said[document])
        out += [f'## {document}.md: {have} of {len(said[document])}', '',
                '| statement | says | proved by |', '|---|---|---|']
        for number, text in said[document].items():
            tests = '; '.join(f'{f}: {c}' for f, c in proved.get((document, number), []))
            out.append(f'| {number} | {short(text)} | {tests.replace("|", chr(92) + "|") or "-"} |')
        out.append('')
    return '\n'.join(out)


def belongs(number, begins):
    return any(number == b or number.startswith(b + '.') or number.startswith(b + ' ') or
               (b == 'D' and number.startswith('D')) for b in begins)


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
    problems = []
    said, proved = statements(root), proofs(root, problems)
    text = table(said, proved)
    path = os.path.join(root, 'docs/engine/statements.md')
    if len(sys.argv) == 1:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
    elif '--fresh' in sys.argv and (not os.path.exists(path) or open(path, encoding='utf-8').read() != text):
        problems.append('docs/engine/statements.md is not fresh: run tools/statements.py')
    for (document, number), tests in proved.items():
        if document in said and number not in said[document]:
            problems.append(f'{tests[0][0]}: "{tests[0][1]}" proves {document} {number}, which is not there')
    for document, begins in COMPLETE.items():
        for number in said.get(document, {}):
            if belongs(number, begins) and (document, number) not in proved:
                problems.append(f'{document} {number} has no test')
    for p in problems:
        print(p, file=sys.stderr)
    return bool(problems)


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""embed-rules.py OUT FILE... -- the default rules as C.

Each file stands in the table default_files; default_rules_text is all of them
as one, for copying: the first "rules:" line stays, the others become remarks.
"""
import os
import sys


def literal(text):
    lines = []
    for line in text.splitlines(keepends=True):
        out = ''
        for byte in line.encode():
            if byte == 10:
                out += '\\n'
            elif byte in b'"\\':
                out += '\\' + chr(byte)
            elif 32 <= byte < 127 and byte != 63:  # no trigraphs
                out += chr(byte)
            else:
                out += '\\%03o' % byte
        lines.append('\t"' + out + '"')
    return '\n'.join(lines) or '\t""'


def parts(text):
    """Of a file: its define: lines, and its list of rules."""
    head, _, rules = text.partition('\nrules:\n')
    define = head.partition('\ndefine:\n')[2]
    return define, rules


def main():
    names, defines, rules = sys.argv[2:], {}, ''
    with open(sys.argv[1], 'w') as out:
        out.write('#include "rules/ruleset_int.h"\n\n')
        out.write('const struct default_file default_files[] = {\n')
        for name in names:
            with open(name) as f:
                text = f.read()
            base = os.path.basename(name)
            out.write('    {"default/%s",\n%s,\n\t%d},\n' % (base, literal(text), len(text.encode())))
            define, body = parts(text)
            for line in define.splitlines():
                defines.setdefault(line, None)
            rules += '\n# ---- %s ----\n' % base + body
        whole = 'define:\n' + '\n'.join(defines) + '\n\nrules:\n' + rules
        out.write('};\nconst size_t default_file_count = %d;\n\n' % len(names))
        out.write('const char default_rules_text[] =\n%s;\n' % literal(whole))
        out.write('const size_t default_rules_len = sizeof(default_rules_text) - 1;\n')


main()

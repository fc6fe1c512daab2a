"""upgrade_site.py -- an imported configuration, pointed at what plays its servers here.

  point_at(folder, {'kind': 'file', ...}, {'kind': 'sync', ...})

Everything else stays as the import wrote it: names, containers, rules, limits.
"""
import json
import pathlib
import re


def blocks(lines):
    """The lines of causeway.yaml, in pieces: each connector one, the rest one by one."""
    piece = []
    for line in lines:
        if piece and line.startswith('    '):
            piece.append(line)
            continue
        if piece:
            yield piece
        piece = [line] if line.startswith('  - name: ') else []
        if not piece:
            yield [line]
    if piece:
        yield piece


def containers(piece):
    """include and exclude of the partition, as they were imported."""
    found = (re.match(r'\s+(include|exclude): (\[.*\])$', line) for line in piece)
    return ['    %s: %s' % m.groups() for m in found if m]


def with_kind(piece, settings, kept):
    """The connector of this piece with other settings; its name and what `kept` matches stay."""
    out = [piece[0]] + ['    %s: %s' % (k, json.dumps(v)) for k, v in settings.items() if k != 'name']
    copying = False
    for line in piece[1:]:
        if line.startswith('    ') and not line.startswith('     '):
            copying = bool(re.match(r'    (%s):' % kept, line))
        if copying:
            out.append(line)
    return out


def point_at(folder, directory, cloud):
    """Returns the name of the cloud's connector."""
    path = pathlib.Path(folder) / 'causeway.yaml'
    out, name = [], None
    for piece in blocks(path.read_text().splitlines()):
        kind = next((line.split()[1] for line in piece if line.startswith('    kind: ')), None)
        if kind == 'ad':
            out += with_kind(piece, directory, 'known_as|object_classes|parameters') + containers(piece)
        elif kind == 'sync':
            out += with_kind(piece, cloud, 'known_as')
            name = piece[0].split('name: ', 1)[1].strip("'")
        else:
            out += piece
    path.write_text('\n'.join(out) + '\n')
    return name

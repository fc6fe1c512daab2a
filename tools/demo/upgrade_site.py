"""upgrade_site.py -- an imported configuration, pointed at what plays its servers
here; and what the old server's csexport would hold.

  point_at(folder, {'kind': 'file', ...}, {'kind': 'sync', ...})
  connector_space(what `causeway-tenant load` takes)   for tests/lib/csexport.py

Everything else stays as the import wrote it: names, containers, rules, limits.
"""
import base64
import json
import pathlib
import re

import csexport


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
        kind = next((line.split()[1].strip('"') for line in piece if line.startswith('    kind: ')), None)
        if kind == 'ad':
            same = directory['kind'] == 'ad'  # another server of the same kind: what is read stays where it stands
            out += with_kind(piece, directory, 'known_as|object_classes|parameters' + ('|partitions' if same else ''))
            out += [] if same else containers(piece)
        elif kind == 'sync':
            out += with_kind(piece, cloud, 'known_as')
            name = piece[0].split('name: ', 1)[1].strip("'")
        else:
            out += piece
    path.write_text('\n'.join(out) + '\n')
    return name


# ---- csexport ----

def cloud_dn(anchor):
    return 'CN={%s}' % anchor.encode().hex().upper()


def held(name, value):
    if isinstance(value, dict):
        return base64.b64decode(value['b'])
    if name in ('manager', 'member'):
        return [csexport.Ref(cloud_dn(v)) for v in value] if isinstance(value, list) else csexport.Ref(cloud_dn(value))
    return value if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)


def connector_space(left):
    out = []
    for kind in ('user', 'contact', 'group'):
        for o in left[kind + 's']:
            anchor, values = o['sync']['sourceAnchor'], o['sync']['values']
            out.append(csexport.Object(cloud_dn(anchor), kind, {
                'sourceAnchor': anchor, **{name: held(name, v) for name, v in values.items()}}))
    return out

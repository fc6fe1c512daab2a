"""adlib.py -- a forest as an administrator sees it, and what Causeway holds of it."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
import oracle  # noqa: E402
import rig  # noqa: E402
from mainjob import ldif_changes  # noqa: E402

E = os.environ
N, DC = E['FOREST_DN'], E['FOREST_DC1']
URL = 'ldaps://' + DC
E['LDAPTLS_CACERT'] = E['FOREST_CA']
CLASSES = ('user', 'contact', 'group', 'inetOrgPerson')
# what is compared, of what the rules read
ATTRIBUTES = ('cn', 'displayName', 'title', 'department', 'userAccountControl', 'description', 'mail', 'manager', 'member')
LINKS = ('manager', 'member')
SHOW_DELETED = ['-E', '!1.2.840.113556.1.4.417']


def admin(url=URL):
    return ['-H', url, '-x', '-D', 'Administrator@' + E['FOREST_REALM'], '-w', E['FOREST_ADMIN_PASSWORD']]


def change(*changes, url=URL, controls=()):
    """[(changetype, DN, body)] as the administrator."""
    p = rig.subprocess.run(['ldapmodify', *admin(url), *controls], input=ldif_changes(changes), capture_output=True, text=True)
    if p.returncode != 0:
        raise RuntimeError('ldapmodify: %s%s' % (p.stdout, p.stderr))


def search(base, text, *attributes, url=URL, more=()):
    r = rig.run('ldapsearch', '-LLL', '-o', 'ldif-wrap=no', *admin(url), '-E', 'pr=1000/noprompt', *more, '-b', base, text,
                *attributes)
    if r.code != 0:
        raise RuntimeError('ldapsearch: ' + r.all)
    return r.out


def below(dn, base):
    dn, base = oracle.dn_key(dn), oracle.dn_key(base)
    return dn == base or dn.endswith(',' + base)


def directory(in_scope, text='(objectClass=*)', url=URL):
    """{objectGUID in hex: {'dn', 'type', attributes}} of what is in scope, by ldapsearch."""
    out = {}
    path = rig.pathlib.Path(E['FOREST_DIR']) / 'search.ldif'
    path.write_text(search(N, '(&(|%s)(!(objectClass=computer))%s)' % (
        ''.join('(objectClass=%s)' % c for c in CLASSES), text), 'objectClass', 'objectGUID', *ATTRIBUTES, url=url))
    for dn, attrs in oracle.read_ldif(str(path)):
        if not in_scope(dn):
            continue
        classes = [v.decode() for v in attrs['objectclass']]
        o = out[attrs['objectguid'][0].hex()] = {
            'dn': dn, 'type': next(c for c in ('inetOrgPerson', 'contact', 'group', 'user') if c in classes)}
        for a in ATTRIBUTES:
            values = sorted(v.decode() for v in attrs.get(a.lower(), []))
            if values:
                o[a] = values
    return out


def held(site, name='forest'):
    """The same of a connector space."""
    r = site.run('cs', 'search', '--connector', name, '--limit', 10000, '--json')
    if r.code != 0:
        raise RuntimeError('cs search: ' + r.all)
    out = {}
    for o in r.json():
        if o['kind'] != 'staging' or 'in-directory' not in o['flags']:
            continue
        x = out[o['attributes']['objectGUID']['$bin']] = {'dn': o['dn'], 'type': o['objectType']}
        for a in ATTRIBUTES:
            values = o['attributes'].get(a, [])
            values = [v['$ref'] if isinstance(v, dict) else str(v) for v in (values if isinstance(values, list) else [values])]
            if values:
                x[a] = sorted(values)
    return out


def inner_links(objects):
    """Without links to what is not among them."""
    there = {o['dn'] for o in objects.values()}
    out = {}
    for guid, o in objects.items():
        out[guid] = {k: [v for v in x if v in there] if k in LINKS else x for k, x in o.items()}
        out[guid] = {k: x for k, x in out[guid].items() if x}
    return out


def differences(wanted, got):
    """As lines."""
    wanted, got, lines = inner_links(wanted), inner_links(got), []
    for guid in sorted(wanted.keys() | got.keys()):
        w, g = wanted.get(guid), got.get(guid)
        if w is None or g is None:
            lines.append('%s: %s' % ((w or g)['dn'], 'is not held' if g is None else 'is held, and should not be'))
            continue
        lines += ['%s: %s is %r, should be %r' % (w['dn'], a, g.get(a), w.get(a))
                  for a in sorted(w.keys() | g.keys()) if w.get(a) != g.get(a)]
    return lines


class Samba:
    """The controller that delta.t has started."""

    def __init__(self):
        self.dir = rig.pathlib.Path(E['FOREST_DIR'])

    def shell(self, command):
        r = rig.run('bash', '-c', '. %s/forest.sh; forest_make small; %s' % (rig.ROOT / 'tests/lib', command))
        if r.code != 0:
            raise RuntimeError(command + ': ' + r.all)
        return r.out

    def stop(self):
        self.shell('forest_stop %s' % self.dir)

    def start(self):
        self.shell('forest_start %s' % self.dir)

    def grant(self, right, *accounts):
        r = rig.run('python3', rig.ROOT / 'tests/lib/forest_grant.py', self.dir, N, right, *accounts)
        if r.code != 0:
            raise RuntimeError(r.err)

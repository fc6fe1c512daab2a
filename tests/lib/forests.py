"""forests.py -- the forests of forests.sh for a test in Python.

  north = Forest('northwall')
  north.change(('add', dn, attrs), ('modify', dn, text), ('move', dn, to), ('delete', dn))
  north.restore(guid, dn)     north.guid(dn)     north.sid(dn)
  site = Site(d / 'site', [north.connector(), south.connector(), tenant.connector()])

Changes go through ldapmodify, and a World reads through ldapsearch and says by
forests_oracle.py what the tenant must hold: none of Causeway's code is between
a forest and the comparison.
"""
import os

import forests_oracle
import oracle
import rig
from forests_oracle import sid_text

ADMIN = 'Passw0rd!Admin'
CLASSES = ['user', 'inetOrgPerson', 'contact', 'group', 'foreignSecurityPrincipal']
RUN = rig.pathlib.Path(os.environ.get('FORESTS_RUN', '.'))


def record(change):
    """One change as the lines of an LDIF change record."""
    op, dn, *rest = change
    if op == 'add':
        body = ['%s: %s' % (k, x) if isinstance(x, str) else '%s:: %s' % (k, rig.base64.b64encode(x).decode())
                for k, v in rest[0].items() for x in (v if isinstance(v, (list, tuple)) else [v])]
        return ['changetype: add', *body]
    if op == 'move':
        rdn, parent = rest[0].split(',', 1)
        return ['changetype: modrdn', 'newrdn: ' + rdn, 'deleteoldrdn: 1', 'newsuperior: ' + parent]
    if op == 'modify':
        return ['changetype: modify', *rest[0]]
    return ['changetype: delete']


def put(name, *values):
    """replace: for a modify."""
    return ['replace: ' + name, *('%s: %s' % (name, v) if isinstance(v, str) else
                                  '%s:: %s' % (name, rig.base64.b64encode(v).decode()) for v in values), '-']


def plus(name, *values):
    return ['add: ' + name, *('%s: %s' % (name, v) for v in values), '-']


def minus(name, *values):
    return ['delete: ' + name, *('%s: %s' % (name, v) for v in values), '-']


class Forest:
    def __init__(self, name):
        self.name, self.dn, self.domain = name, 'DC=%s,DC=test' % name, name + '.test'
        self.ca = RUN / name / 'ca/ca.pem'
        self.env = dict(os.environ, LDAPTLS_CACERT=str(self.ca))
        self.at('dc1.' + self.domain)

    def at(self, dc):
        self.dc = dc
        self.login = ['-H', 'ldaps://' + dc, '-x', '-D', 'Administrator@' + self.domain.upper(), '-w', ADMIN]

    def change(self, *changes):
        self.apply('\n'.join(line for c in changes for line in ['dn: ' + c[1], *record(c), '']) + '\n')

    def apply(self, ldif, *more):
        r = rig.Result(rig.subprocess.run(['ldapmodify', *self.login, *more], input=ldif, env=self.env,
                                          capture_output=True, text=True))
        if r.code != 0:
            raise RuntimeError('%s: ldapmodify: %s\n%s' % (self.name, r.err, ldif))

    def read(self, base, filter='(objectClass=*)', scope='sub', attributes=('*',), *more):
        r = rig.run('ldapsearch', '-LLL', '-o', 'ldif-wrap=no', '-E', 'pr=1000/noprompt', *more, *self.login, '-b', base,
                    '-s', scope, filter, *attributes, env=self.env)
        if r.code != 0:
            raise RuntimeError('%s: ldapsearch: %s' % (self.name, r.err))
        path = RUN / (self.name + '.ldif')
        path.write_text(r.out)
        return [(dn, attrs) for dn, attrs in oracle.read_ldif(path) if dn]

    def one(self, dn, attribute):
        return self.read(dn, scope='base', attributes=(attribute,))[0][1][attribute.lower()][0]

    def guid(self, dn):
        return self.one(dn, 'objectGUID')

    def sid(self, dn):
        return self.one(dn, 'objectSid')

    def anchor(self, dn):
        return rig.base64.b64encode(self.guid(dn)).decode()

    def restore(self, guid, dn):
        """A deleted object under its old name; what a tombstone has lost is lost."""
        deleted = ['-e', '!1.2.840.113556.1.4.417']
        was = self.read(self.dn, '(objectGUID=%s)' % ''.join('\\%02x' % b for b in guid), 'sub', ('1.1',), *deleted)[0][0]
        self.apply('dn: %s\nchangetype: modify\ndelete: isDeleted\n-\nreplace: distinguishedName\n'
                   'distinguishedName: %s\n-\n' % (was, dn), *deleted)

    def connector(self, **more):
        """As the administrator, who may see deletions: a delta import asks for it."""
        password = RUN / 'admin.secret'
        if not password.exists():
            password.write_text(ADMIN)
            password.chmod(0o600)
        return {'name': self.name, 'kind': 'ad', 'servers': ['ldaps://' + self.dc], 'bind': 'simple',
                'user': 'Administrator@' + self.domain.upper(), 'password': 'file:%s' % password, 'tls': {'ca': str(self.ca)},
                'object_classes': CLASSES, **more}

    def entries(self):
        return self.read(self.dn, '(|(objectClass=user)(objectClass=contact)(objectClass=group)'
                                  '(objectClass=inetOrgPerson)(objectClass=foreignSecurityPrincipal))')


# ---- Objects ----

UPN = 'crag.example'  # the tenant's domain, and everybody's suffix


def user(parent, name, **more):
    """An add: an enabled account; `None` for what it is not to have."""
    attrs = {'objectClass': 'user', 'sAMAccountName': name, 'userPrincipalName': '%s@%s' % (name, UPN),
             'displayName': name.title(), 'userAccountControl': '544', **more}
    return ('add', 'CN=%s,%s' % (name, parent), {k: v for k, v in attrs.items() if v is not None})


def contact(parent, name, mail, **more):
    return ('add', 'CN=%s,%s' % (name, parent), {'objectClass': 'contact', 'displayName': name, 'mail': mail, **more})


def group(parent, name, *members, **more):
    attrs = {'objectClass': 'group', 'sAMAccountName': name, 'displayName': name, 'groupType': '-2147483644', **more}
    if members:
        attrs['member'] = list(members)
    return ('add', 'CN=%s,%s' % (name, parent), attrs)


def foreign(sid):
    """As a value of member: the foreign security principal is made of it."""
    return '<SID=%s>' % sid_text(sid)


class World:
    """Containers of one name in several forests, a tenant, and a site that
    reads the one into the other."""

    def __init__(self, tap, folder, name, forests, match='sid', **rules):
        self.t, self.name, self.forests, self.match = tap, name, forests, match
        self.folder = folder / name
        self.folder.mkdir()
        self.tenant = rig.Tenant(self.folder / 'tenant', UPN).start()
        self.exclude, self.filter = {}, {}  # by forest: containers; what an object has to be
        self.include = {f: [self.ou(f), 'CN=ForeignSecurityPrincipals,' + f.dn] for f in forests}
        by = match if match in ('sid', 'mail', 'account', 'none') else 'attribute'
        self.rules = {'match_users_by': by, **({'match_attribute': match} if by == 'attribute' else {}), **rules}
        for f in forests:
            f.change(('add', self.ou(f), {'objectClass': 'organizationalUnit'}))
        self.site = self.make_site('site')

    def ou(self, forest):
        return 'OU=%s,%s' % (self.name, forest.dn)

    def make_site(self, name, tenant=None):
        return rig.Site(self.folder / name, [
            *(f.connector(partitions=[{'dn': f.dn, 'include': self.include[f]}]) for f in self.forests),
            (tenant or self.tenant).connector()],
            guard={'deletions': 'off', 'source_percent': 'off'}, default_rules=self.rules)

    def keep(self, forest, dn, attrs):
        def below(bases):
            return any((',' + oracle.dn_key(dn)).endswith(',' + oracle.dn_key(b)) for b in bases)
        return (below(self.include[forest]) and not below(self.exclude.get(forest, ())) and
                self.filter.get(forest, lambda a: True)(attrs))

    def expected(self):
        return forests_oracle.expected(
            [(f.domain, [x for x in f.entries() if self.keep(f, *x)]) for f in self.forests], self.match)

    def check(self, name, tenant=None):
        lines = oracle.compare(self.expected(), oracle.actual((tenant or self.tenant).dump()))
        return self.t.is_(lines, [], name + ': as the forests say')

    def cycle(self, name, *args, code=0):
        """One cycle, and the tenant held against the forests."""
        self.run(name, *args, code=code)
        return self.check(name)

    def run(self, name, *args, code=0, site=None):
        r = (site or self.site).run('cycle', *args, '--json')
        self.steps = [(x['ma-name'], s['step-type']) for x in r.json()['runs'] for s in x['steps']] if r.out else []
        return self.t.ok(r.code == code, name, 'exit code %d, wanted %d\n%s%s' % (r.code, code, '\n'.join(
            map(str, rig.errors_of(r))) if r.out else '', r.err))

    def settle(self, name, *args):
        """Two cycles: what names an object of a later connector is found by
        the second.  A third writes nothing."""
        self.run(name, *args)
        self.cycle(name + ', once more')
        writes = self.tenant.writes()
        self.run(name + ': again')
        self.t.is_(self.tenant.writes(), writes, name + ': and nothing is written')

    def users(self):
        return {u['userPrincipalName'].split('@')[0]: u for u in self.tenant.dump()['users']
                if u.get('onPremisesImmutableId')}

    def end(self):
        self.tenant.stop()

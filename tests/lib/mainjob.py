"""mainjob.py -- what samba.t and slapd.t have in common: cycles from a real
directory into the tenant, read back with Microsoft's Graph SDK, and held
against ldapsearch by compare.py."""
import os
import shlex

import rig

HERE = rig.ROOT / 'tests/lib'


class Job:
    def __init__(self, tap, folder, domain, kind, search, compare_args=()):
        self.t, self.folder, self.domain, self.kind, self.search = tap, folder, domain, kind, search
        self.compare_args = compare_args
        self.tenant = rig.Tenant(folder / 'tenant', domain).start()
        self.ran = 0

    def cycle(self, site, wanted, name, *args):
        """A cycle; its JSON, or None where it failed."""
        self.ran += 1
        r = site.run('cycle', *args, '--json')
        if not self.t.code(r, wanted, name):
            return None
        doc = r.json()
        steps = ['%s %s %.1f s' % (x['ma-name'], s['step-type'], s['duration']) for x in doc['runs'] for s in x['steps']]
        self.t.note(', '.join(steps))
        return doc

    def check(self, name):
        """The tenant by the SDK, the directory by ldapsearch, compared."""
        ldif, dump = self.folder / 'source.ldif', self.folder / 'dump.json'
        with open(ldif, 'w') as f:
            code = rig.subprocess.run(self.search, stdout=f).returncode
        if not self.t.ok(code == 0, name + ': ldapsearch reads the directory', shlex.join(self.search)):
            return
        c = self.tenant.client
        env = dict(os.environ, NODE_EXTRA_CA_CERTS=str(self.tenant.path / 'ca.pem'))
        with open(dump, 'w') as f:
            p = rig.subprocess.run(['node', HERE / 'graph_dump.mjs', self.tenant.endpoint, c['tenantId'], c['clientId'],
                                    c['clientSecret']], stdout=f, stderr=rig.subprocess.PIPE, text=True, env=env)
        if not self.t.ok(p.returncode == 0, name + ': the Graph SDK reads the tenant', p.stderr[-2000:]):
            return
        r = rig.run('python3', HERE / 'compare.py', dump, ldif, self.domain, '--kind', self.kind, *self.compare_args)
        if self.t.code(r, 0, name + ': every object of the directory is as it should be, and no other'):
            self.t.note(r.out)

    def quiet(self, site, wanted, name):
        writes = self.tenant.writes()
        self.delta(self.cycle(site, wanted, name), name)
        self.t.is_(self.tenant.writes(), writes, name + ': writes nothing')

    def delta(self, doc, name):
        """Nothing changed the rules, so no full synchronisation."""
        full = [x['ma-name'] for x in doc['runs'] for s in x['steps'] if s['step-type'] == 'full-sync'] if doc else None
        self.t.is_(full, [], name + ': no full synchronisation')


def ldif_changes(changes):
    """[(changetype, DN, body)] as LDIF for ldapmodify."""
    lines = []
    for op, dn, body in changes:
        lines += ['dn: ' + dn, 'changetype: ' + op, *body.split('\n'), '']
    return ''.join('%s\n' % encoded(line) for line in lines)


def encoded(line):
    name, colon, value = line.partition(': ')
    if line.isascii() or not colon:
        return line
    return '%s:: %s' % (name, rig.base64.b64encode(value.encode()).decode())

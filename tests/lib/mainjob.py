"""mainjob.py -- what samba.t and slapd.t have in common: cycles from a real
directory into the tenant, read back, and held against ldapsearch.

By Graph what the tenant holds is read with Microsoft's SDK and compared by
compare.py; by the synchronisation service (ROAD=sync) with Graph and with a
client of the service that is not ours, and compared by sync_oracle.py."""
import os
import random
import shlex
import sys
import time

import oracle
import rig
import sync_oracle
from compare import nearest

HERE = rig.ROOT / 'tests/lib'
SERVICE = os.environ.get('ROAD') == 'sync'


class Job:
    def __init__(self, tap, folder, domain, kind, search, only=(), without=()):
        self.t, self.folder, self.domain, self.kind, self.search = tap, folder, domain, kind, search
        self.only, self.without = only, without
        self.tenant = rig.Tenant(folder / 'tenant', domain).start()
        if SERVICE:
            self.tenant.sync_switch(True)
        self.ran = 0

    def door(self):
        """The connector to the tenant."""
        return self.tenant.sync_connector(backoff_ms=1, timeout_s=10) if SERVICE else self.tenant.connector()

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

    def check(self, name, **held):
        """The tenant, the directory by ldapsearch, compared."""
        ldif = self.folder / 'source.ldif'
        with open(ldif, 'w') as f:
            code = rig.subprocess.run(self.search, stdout=f).returncode
        if not self.t.ok(code == 0, name + ': ldapsearch reads the directory', shlex.join(self.search)):
            return
        (self.check_service if SERVICE else self.check_graph)(name, ldif, **held)

    def check_service(self, name, ldif, **held):
        wanted = sync_oracle.expected(self.kind, oracle.read_ldif(ldif), self.domain,
                                      lambda dn: nearest(dn, self.only, self.without))
        self.last = self.there()
        lines = sync_oracle.differences(wanted, self.last, **held)
        if self.t.ok(not lines, name + ': every object of the directory is as it should be, and no other',
                     '\n'.join(lines)):
            self.t.note(sync_oracle.summary(wanted))

    def there(self, tenant=None):
        """By Graph, and by a client of the service that writes its own messages."""
        tenant = tenant or self.tenant
        sys.path.insert(0, str(rig.ROOT / 'tests/integration/tenant'))
        from sync_client import Client
        from sync_company import Door
        client, back, cookie, more = Client(Door(tenant)), [], None, True
        tenant.admin('POST', 'sync', {'page': 2000})
        while more:
            page, cookie, more = client.read_back(cookie, full=True)
            back += page
        tenant.admin('POST', 'sync', {'page': 50})
        return sync_oracle.held(tenant.graph().full_dump(), back)

    def another_client(self, name):
        """The directory as it was last read, by a client that is not ours into a tenant
        of its own: what both write comes out the same."""
        import other_client
        raw = oracle.read_ldif(self.folder / 'source.ldif')
        wanted = sync_oracle.expected(self.kind, raw, self.domain, lambda dn: nearest(dn, self.only, self.without))
        tenant = rig.Tenant(self.folder / 'other', self.domain).start().sync_switch(True)
        self.t.is_(other_client.fill(tenant, wanted, raw, self.domain)[:9], [], name + ': the service takes all of it')
        other = self.there(tenant)
        lines = other_client.differences(self.last, other)
        self.t.ok(not lines, name + ': the same objects with the same values', '\n'.join(lines))
        self.t.note('%d objects' % len(other))
        tenant.stop()

    def check_graph(self, name, ldif):
        dump, c = self.folder / 'dump.json', self.tenant.client
        env = dict(os.environ, NODE_EXTRA_CA_CERTS=str(self.tenant.path / 'ca.pem'))
        with open(dump, 'w') as f:
            p = rig.subprocess.run(['node', HERE / 'graph_dump.mjs', self.tenant.endpoint, c['tenantId'], c['clientId'],
                                    c['clientSecret']], stdout=f, stderr=rig.subprocess.PIPE, text=True, env=env)
        if not self.t.ok(p.returncode == 0, name + ': the Graph SDK reads the tenant', p.stderr[-2000:]):
            return
        scope = [a for b in self.only for a in ('--only', b)] + [a for b in self.without for a in ('--without', b)]
        r = rig.run('python3', HERE / 'compare.py', dump, ldif, self.domain, '--kind', self.kind, *scope)
        if self.t.code(r, 0, name + ': every object of the directory is as it should be, and no other'):
            self.t.note(r.out)

    def quiet(self, site, wanted, name):
        writes = self.tenant.writes()
        self.delta(self.cycle(site, wanted, name), name)
        self.t.is_(self.tenant.writes(), writes, name + ': writes nothing')

    def fault(self, **how):
        """The next requests to the service meet it."""
        self.tenant.admin('POST', 'faults', {'path': 'provisioningservice', **how})
        return self.tenant.admin('GET', 'counts')['faults']

    def no_fault(self, before, name):
        self.tenant.admin('DELETE', 'faults')
        self.t.ok(self.tenant.admin('GET', 'counts')['faults'] > before, name + ': the fault was met')

    def kills(self, site, points, longest):
        """SIGKILL at random points of a cycle, some while the tenant holds its answer back."""
        seed = int(os.environ.get('KILL_SEED') or random.SystemRandom().randrange(1 << 31))
        draw = random.Random(seed)
        self.t.note('KILL_SEED=%d repeats these' % seed)
        hit = 0
        for i in range(points):
            self.tenant.admin('POST', 'delay', {'ms': 300 if i % 2 else 0})
            p = site.popen('cycle', stdout=rig.subprocess.DEVNULL, stderr=rig.subprocess.DEVNULL)
            time.sleep(draw.uniform(0, longest))
            hit += p.poll() is None
            p.kill()
            p.wait()
        self.tenant.admin('POST', 'delay', {'ms': 0})
        self.t.ok(hit > 0, '%d of %d cycles were killed' % (hit, points))

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

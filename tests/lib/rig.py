"""rig.py -- a tenant and a Causeway configuration for a test in Python.

  t = Tap(); t.ok(...); t.is_(...); t.done()
  with scratch() as d:
      tenant = Tenant(d / 'tenant', domain='vanmark.example').start()
      site = Site(d / 'site', [file_connector(...), tenant.connector()])
      r = site.run('cycle', 'initial')     r.code, r.out, r.err

Nothing is left behind: scratch() ends what was started.
"""
import atexit
import base64
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests/lib'))

import graph_read  # noqa: E402
import oracle  # noqa: E402

BUILD = pathlib.Path(os.environ.get('BUILD') or ROOT / 'build').resolve()
CAUSEWAY = BUILD / 'src/bin/causeway'
TENANT = BUILD / 'src/bin/causeway-tenant'
COMPANY = ROOT / 'examples/company/make_company.py'
started = []


def end_all():
    for p in started:
        if p.poll() is None:
            p.kill()
            p.wait()
    started.clear()


atexit.register(end_all)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda n, frame: sys.exit(128 + n))


class Tap:
    def __init__(self):
        self.n = self.bad = 0

    def ok(self, good, name, note=''):
        self.n += 1
        self.bad += not good
        print('%sok %d - %s' % ('' if good else 'not ', self.n, name), flush=True)
        if not good and note:
            self.note(note)
        return bool(good)

    def is_(self, got, wanted, name):
        return self.ok(got == wanted, name, 'got:    %r\nwanted: %r' % (got, wanted))

    def has(self, text, pieces, name):
        """Every piece is in the text, whatever the case."""
        lacking = [p for p in pieces if p.lower() not in text.lower()]
        return self.ok(not lacking, name, 'lacks %r in:\n%s' % (lacking, text[:3000]))

    def code(self, result, wanted, name):
        return self.ok(result.code == wanted, name, 'exit code %s, wanted %s\n%s%s' % (
            result.code, wanted, result.out[-3000:], result.err[-3000:]))

    def note(self, text):
        for line in str(text).splitlines():
            print('#   ' + line, flush=True)

    def done(self):
        print('1..%d' % self.n)
        sys.exit(1 if self.bad else 0)


@contextlib.contextmanager
def scratch():
    path = pathlib.Path(tempfile.mkdtemp(prefix='causeway-test.'))
    try:
        yield path
    finally:
        end_all()
        shutil.rmtree(path, ignore_errors=True)


class Result:
    def __init__(self, p):
        self.code, self.out, self.err = p.returncode, p.stdout, p.stderr

    @property
    def all(self):
        return self.out + self.err

    def json(self):
        return json.loads(self.out)


def run(*args, **more):
    return Result(subprocess.run([str(a) for a in args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                 errors='replace', **more))


def company(path, *args):
    """Writes the example company's LDIF."""
    with open(path, 'w') as f:
        subprocess.run([sys.executable, COMPANY, *map(str, args)], stdout=f, check=True)
    return path


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def change_store(path, sql):
    """Damages a store for a test; how many rows changed."""
    db = sqlite3.connect(path)
    try:
        with db:
            return db.execute(sql).rowcount
    finally:
        db.close()


def until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError('waited %d s for: %s' % (seconds, what))
        time.sleep(0.01)


class Tenant:
    """A tenant of its own folder; the port stays the same over restarts."""

    def __init__(self, path, domain):
        self.path, self.process, self.port = pathlib.Path(path), None, free_port()
        r = run(TENANT, 'init', self.path, '--domain', domain)
        if r.code != 0:
            raise RuntimeError('causeway-tenant init: ' + r.all)

    def start(self):
        ready = self.path.parent / (self.path.name + '.port')
        ready.unlink(missing_ok=True)
        with open(str(self.path) + '.log', 'ab') as log:
            self.process = subprocess.Popen(
                [str(TENANT), 'run', str(self.path), '--listen', '127.0.0.1:%d' % self.port, '--port-file', str(ready)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        started.append(self.process)

        def listens():
            if self.process.poll() is not None:
                raise RuntimeError('causeway-tenant run: ' + pathlib.Path(str(self.path) + '.log').read_text())
            return ready.exists()
        until(listens, 'the tenant')
        return self

    def stop(self):
        self.process.terminate()
        self.process.wait()
        started.remove(self.process)

    @property
    def client(self):
        return json.loads((self.path / 'client.json').read_text())

    @property
    def endpoint(self):
        return 'https://127.0.0.1:%d' % self.port

    def connector(self, **more):
        return {'name': 'cloud', 'kind': 'graph', 'tenant': self.client['tenantId'], 'authority': self.endpoint,
                'endpoint': self.endpoint + '/v1.0', 'client_id': self.client['clientId'],
                'secret': 'file:%s' % (self.path / 'client_secret'), 'ca': str(self.path / 'ca.pem'), **more}

    def sync_connector(self, **more):
        """The other door of the same tenant: the synchronisation web service."""
        return {'name': 'cloud', 'kind': 'sync', 'tenant': self.client['tenantId'], 'authority': self.endpoint,
                'endpoint': self.endpoint + '/provisioningservice.svc', 'client_id': self.client['clientId'],
                'secret': 'file:%s' % (self.path / 'client_secret'), 'ca': str(self.path / 'ca.pem'), **more}

    def sync_switch(self, on):
        """Turns synchronisation on or off, as an administrator does."""
        r = run(TENANT, 'app', 'add', self.path, '--role', 'Organization.ReadWrite.All')
        if r.code != 0:
            raise RuntimeError('causeway-tenant app add: ' + r.all)
        app, c = r.json(), self.client
        graph_read.Tenant(self.endpoint, c['tenantId'], app['clientId'], app['clientSecret'], str(
            self.path / 'ca.pem')).call(
                'PATCH', '/v1.0/organization/' + c['tenantId'], json.dumps({'onPremisesSyncEnabled': on}),
                {'Content-Type': 'application/json'})
        return self

    def graph(self):
        c = self.client
        return graph_read.Tenant(self.endpoint, c['tenantId'], c['clientId'], c['clientSecret'],
                                 str(self.path / 'ca.pem'))

    def dump(self):
        return self.graph().dump()

    def admin(self, method, what, body=None):
        """/_causeway: the journal, and faults on request."""
        context = ssl.create_default_context(cafile=str(self.path / 'ca.pem'))
        c = http.client.HTTPSConnection('127.0.0.1', self.port, context=context, timeout=60)
        c.request(method, '/_causeway/' + what, json.dumps(body) if body is not None else None,
                  {'Authorization': 'Bearer ' + (self.path / 'admin_token').read_text().strip()})
        r = c.getresponse()
        text = r.read()
        c.close()
        if r.status != 200:
            raise RuntimeError('%s: %d %s' % (what, r.status, text))
        return json.loads(text)

    def journal(self, since=0):
        """{"seq": last entry, "totals": {"created": n, ...}, "objects": [{"id", "type", "created": n, ...}]}"""
        return self.admin('GET', 'writes?since=%d&objects=1' % since)

    def writes(self):
        """The number of the last write."""
        return self.admin('GET', 'writes')['seq']


def ldif_connector(path, **more):
    return {'name': 'company', 'kind': 'file', 'path': str(path), 'format': 'ldif', 'anchor': 'objectGUID', **more}


def csv_connector(path, **more):
    return {'name': 'company', 'kind': 'file', 'path': str(path), 'format': 'csv', 'anchor': 'objectGUID', 'type': 'user',
            'attribute_types': {'objectGUID': 'binary', 'userAccountControl': 'integer'}, **more}


def yaml(value, indent=0):
    """Enough YAML for a configuration: JSON's scalars, block maps and lists."""
    pad = '  ' * indent
    if isinstance(value, dict):
        out = ''
        for k, v in value.items():
            nested = isinstance(v, (dict, list)) and v
            out += '%s%s:%s' % (pad, k, '\n' + yaml(v, indent + 1) if nested else ' ' + yaml(v))
        return out
    if isinstance(value, list):
        if not value:
            return '[]\n'
        return ''.join('%s- %s' % (pad, yaml(v, indent + 1).lstrip() if isinstance(v, (dict, list)) else yaml(v))
                       for v in value)
    return json.dumps(str(value) if isinstance(value, pathlib.Path) else value, ensure_ascii=False) + '\n'


class Site:
    """A configuration folder of Causeway."""

    def __init__(self, path, connectors, **settings):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        self.settings = {'store': {'path': 'causeway.db'}, 'connectors': connectors, **settings}
        self.write()

    def write(self):
        (self.path / 'causeway.yaml').write_text(yaml(self.settings))

    def command(self, *args):
        return [str(CAUSEWAY), *map(str, args), '--config', str(self.path)]

    def run(self, *args, **more):
        return run(*self.command(*args), **more)

    def popen(self, *args, **more):
        p = subprocess.Popen(self.command(*args), stdin=subprocess.DEVNULL, **more)
        started.append(p)
        return p

    def pending(self, connector='cloud'):
        r = self.run('pending', connector, '--format', 'json')
        if r.code != 0:
            raise RuntimeError('pending: %d %s' % (r.code, r.err))
        return r.json()


def differences(tenant, ldif, domain, keep=lambda dn: True):
    """What the tenant holds against what the LDIF says, as lines."""
    return oracle.compare(oracle.from_ad(oracle.read_ldif(ldif), domain, keep), oracle.actual(tenant.dump()))


# ---- A small clean company, for tests that break one thing ----

SMALL = 'small.example'


def small_entries(people=40):
    """[(dn, [(attribute, text or octets)])], parents first; three groups."""
    root = 'DC=small,DC=example'
    out = [(root, [('objectClass', 'domainDNS'), ('dc', 'small')]),
           ('OU=Staff,' + root, [('objectClass', 'organizationalUnit'), ('ou', 'Staff')])]
    dns = []
    for i in range(people):
        dn = 'CN=Person %03d,OU=Staff,%s' % (i, root)
        dns.append(dn)
        attrs = [('objectClass', 'user'), ('cn', 'Person %03d' % i), ('sn', '%03d' % i), ('givenName', 'Person'),
                 ('displayName', 'Person %03d' % i), ('sAMAccountName', 'p%03d' % i),
                 ('userPrincipalName', 'p%03d@%s' % (i, SMALL)), ('userAccountControl', '512'),
                 ('department', 'Store %d' % (i % 7)), ('objectGUID', b'guid-of-p-%06d' % i)]
        if i:
            attrs.append(('manager', dns[0]))
        out.append((dn, attrs))
    for g, members in enumerate((dns[:10], dns[5:25], dns[:1])):
        out.append(('CN=Group %d,OU=Staff,%s' % (g, root), [
            ('objectClass', 'group'), ('cn', 'Group %d' % g), ('displayName', 'Group %d' % g),
            ('sAMAccountName', 'group%d' % g), ('groupType', '-2147483646'), ('objectGUID', b'guid-of-g-%06d' % g),
            *[('member', m) for m in members]]))
    return out


def ldif_text(entries):
    lines = ['version: 1', '']
    for dn, attrs in entries:
        lines.append('dn: ' + dn)
        for name, value in attrs:
            raw = value if isinstance(value, bytes) else value.encode()
            plain = isinstance(value, str) and value.isascii()
            lines.append('%s: %s' % (name, value) if plain else '%s:: %s' % (name, base64.b64encode(raw).decode()))
        lines.append('')
    return '\n'.join(lines)


def errors_of(result):
    """Every object error of a run or cycle printed as JSON, as text."""
    doc = result.json()
    runs = doc.get('runs', [doc])
    return [e for r in runs for s in r.get('steps', []) for e in s.get('errors', [])]


def counters_of(result, group):
    """The sum of a group's counters over all steps."""
    doc, total = result.json(), {}
    for r in doc.get('runs', [doc]):
        for s in r.get('steps', []):
            for name, n in s.get(group, {}).items():
                total[name] = total.get(name, 0) + n
    return total

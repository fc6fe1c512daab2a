"""What health.t runs when there is a slapd: certificates that servers show, and clocks that go wrong."""
import email.utils
import http.server
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
from slapd import ADMIN, SUFFIX, Slapd  # noqa: E402


def make_cert(path, days):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                    '-keyout', str(path) + '.key', '-out', str(path), '-days', str(days), '-subj', '/CN=ends soon',
                    '-addext', 'subjectAltName=IP:127.0.0.1'], check=True, capture_output=True)


def standin(d, name, *options):
    port = d / (name + '.port')
    p = subprocess.Popen([sys.executable, str(ROOT / 'tests/lib/standin_ldap.py'), '--port-file', str(port),
                          '--people', '1', *options], stdin=subprocess.DEVNULL)
    started.append(p)
    until(lambda: port.exists() and port.read_text().endswith('\n'), name)
    return int(port.read_text())


def of(doc, check):
    return sorted((f['connector'], f['severity'], f['error']) for f in doc['findings'] if f['check'] == check)


class Front:
    """The tenant behind another name: a certificate that ends soon, and a clock of its own."""

    def __init__(self, tenant, cert, shift_s):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *args):
                pass

            def any(self):
                body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                c = http.client.HTTPSConnection('127.0.0.1', tenant.port, timeout=30, context=ssl.create_default_context(
                    cafile=str(tenant.path / 'ca.pem')))
                c.request(self.command, self.path, body, {k: v for k, v in self.headers.items()
                                                          if k.lower() not in ('content-length', 'accept-encoding')})
                r = c.getresponse()
                data = r.read()
                c.close()
                self.send_response_only(r.status)
                self.send_header('Date', email.utils.formatdate(time.time() + shift_s, usegmt=True))
                for k, v in r.getheaders():
                    if k.lower() not in ('date', 'content-length', 'connection', 'transfer-encoding'):
                        self.send_header(k, v)
                self.send_header('Content-Length', str(len(data)))
                self.end_headers()
                if self.command != 'HEAD':
                    self.wfile.write(data)
            do_GET = do_POST = do_PATCH = do_DELETE = do_HEAD = any

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *args):  # a probe shakes hands and goes
                pass
        self.server = Server(('127.0.0.1', 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(cert), str(cert) + '.key')
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = 'https://127.0.0.1:%d' % self.server.server_address[1]


def clouds(d):
    """Graph and the synchronisation service, by servers that are not well."""
    tenant = Tenant(d / 'tenant', SMALL).start().sync_switch(True)
    (d / 'source.ldif').write_text(ldif_text(small_entries(2)))
    made = []
    for name, cert, shift, kind in (('fine', 'long', 0, 'connector'), ('fast', 'long', 200, 'connector'),
                                    ('slow', 'long', -400, 'connector'), ('ending', 'soon', 0, 'connector'),
                                    ('door', 'soon', -400, 'sync_connector')):
        front = Front(tenant, d / (cert + '.pem'), shift)
        ca = d / (name + '-ca.pem')
        ca.write_text((tenant.path / 'ca.pem').read_text() + (d / 'long.pem').read_text() +
                      (d / 'soon.pem').read_text())
        of_kind = getattr(tenant, kind)()
        made.append({**of_kind, 'name': name, 'ca': str(ca),
                     'endpoint': of_kind['endpoint'].replace(tenant.endpoint, front.url)})
    found = []
    for one in made:  # one cloud a configuration
        site = Site(d / ('cloud-' + one['name']), [ldif_connector(d / 'source.ldif'), one])
        r = site.run('doctor', one['name'], '--json')
        doc = r.json()
        t.is_(of(doc, 'connection'), [], '%s: answers' % one['name'])
        found += of(doc, 'clock') + [(f['connector'], f['severity'], f['error']) for f in doc['findings']
                                     if f['check'] == 'certificate' and one['endpoint'].split('/v1.0')[0].split('/prov')[0]
                                     in f['text']]
    t.is_(sorted(found), [('door', 'error', 'Skew'), ('door', 'warning', 'Expires'), ('ending', 'warning', 'Expires'),
                          ('fast', 'warning', 'Skew'), ('slow', 'error', 'Skew')],
          'clouds: clocks that go wrong, and certificates that end soon, by both doors')
    tenant.stop()


t = Tap()
with scratch() as d:
    make_cert(d / 'soon.pem', 10)
    make_cert(d / 'long.pem', 3000)
    (d / 'password').write_text('secret')
    (d / 'password').chmod(0o600)
    (d / 'cas.pem').write_text((d / 'long.pem').read_text())
    clouds(d)
    servers = []
    try:
        for name in ('soon', 'long'):
            s = Slapd(d / name, config='TLSCertificateFile %s\nTLSCertificateKeyFile %s.key' % (
                d / (name + '.pem'), d / (name + '.pem')))
            (d / 'tree.ldif').write_text('dn: %s\nobjectClass: organization\nobjectClass: dcObject\no: x\ndc: example\n\n'
                                         % SUFFIX)
            s.load(d / 'tree.ldif')
            s.tls = 'ldaps://127.0.0.1:%d' % free_port()
            s.shell('slapd_start "$1" "$2"', '%s %s' % (s.url, s.tls))
            servers.append(s)

        def ldap(name, url, **more):
            return {'name': name, 'kind': 'ldap', 'servers': [url], 'base': SUFFIX, 'user': ADMIN,
                    'password': 'file:%s' % (d / 'password'), 'object_classes': ['inetOrgPerson'], **more}

        def ad(name, *options):
            return {'name': name, 'kind': 'ad', 'servers': ['ldap://127.0.0.1:%d' % standin(d, name, *options)],
                    'user': 'x', 'password': 'file:%s' % (d / 'password'), 'tls': {'required': False},
                    'object_classes': ['user']}

        soon, long = servers
        tls = {'verify': False}
        site = Site(d / 'site', [
            ldap('soon', soon.tls, tls=tls), ldap('starttls', soon.url, tls={**tls, 'starttls': True}),
            ldap('long', long.tls, tls=tls), ldap('plain', soon.url, tls={'required': False}),
            ad('right', '--clock', '5'), ad('early', '--clock', '120'), ad('late', '--clock', '-900'), ad('untold')])
        r = site.run('doctor', '--json')
        t.code(r, 3, 'servers that are not well')
        doc = r.json()
        t.is_(of(doc, 'connection'), [], 'all of them answer')
        t.is_(of(doc, 'certificate'), [('soon', 'warning', 'Expires'), ('starttls', 'warning', 'Expires')],
              'certificates that end soon, by ldaps and by StartTLS')
        t.has(json.dumps([f for f in doc['findings'] if f['check'] == 'certificate']), [soon.tls, 'ends soon'],
              'with server and subject')
        t.is_(of(doc, 'clock'), [('early', 'warning', 'Skew'), ('late', 'error', 'Skew')], 'clocks that go wrong')
        t.has(' '.join(f['text'] for f in doc['findings'] if f['check'] == 'clock'), ['before', 'behind'],
              'and which way')
        soon.stop()
        r = site.run('doctor', 'soon', '--json')
        t.is_(of(r.json(), 'connection')[0][:2], ('soon', 'error'), 'a server that does not answer')
    finally:
        for s in servers:
            s.stop()
t.done()

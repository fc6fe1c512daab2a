"""What health.t runs when there is a slapd: certificates that servers show, and clocks that go wrong."""
import os
import sys

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


t = Tap()
with scratch() as d:
    make_cert(d / 'soon.pem', 10)
    make_cert(d / 'long.pem', 3000)
    (d / 'password').write_text('secret')
    (d / 'password').chmod(0o600)
    (d / 'cas.pem').write_text((d / 'long.pem').read_text())
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
        t.is_(of(doc, 'connection') + of(doc, 'rights'), [], 'all of them answer')
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

"""What gone.t runs when its server is up."""
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

DN, PORT = os.environ['SLAPD_SUFFIX'], int(os.environ['SLAPD_PORT'])
t = Tap()


class Cutter:
    """Between client and server; after so many octets of the server's, both
    ends are closed as if the machine were gone."""

    def __init__(self, to, after):
        self.to, self.after = to, after
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(('127.0.0.1', self.to))
            threading.Thread(target=self.copy, args=(client, server, None), daemon=True).start()
            threading.Thread(target=self.copy, args=(server, client, self.after), daemon=True).start()

    @staticmethod
    def copy(a, b, limit):
        try:
            while limit is None or limit > 0:
                data = a.recv(4096 if limit is None else min(4096, limit))
                if not data:
                    break
                b.sendall(data)
                if limit is not None:
                    limit -= len(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def connector(port, **more):
    return {'name': 'openldap', 'kind': 'ldap', 'servers': ['ldap://127.0.0.1:%d' % port], 'base': DN,
            'user': 'cn=admin,' + DN, 'password': 'file:%s' % password, 'tls': {'required': False}, 'page_size': 100,
            'parameters': {'Domain.FQDN': 'example.com'}, **more}


def as_in_the_directory(what):
    r = run('ldapsearch', '-LLL', '-o', 'ldif-wrap=no', '-x', '-H', 'ldap://127.0.0.1:%d' % PORT, '-D',
            'cn=admin,' + DN, '-w', 'secret', '-b', DN, '*', 'entryUUID')
    (d / 'source.ldif').write_text(r.out)
    expected = oracle.from_ldap(oracle.read_ldif(d / 'source.ldif'), 'example.com')
    t.is_(oracle.compare(expected, oracle.actual(tenant.dump())), [], what + ': the tenant is as the directory')


def use(**how):
    site.settings['connectors'][0] = connector(**how)
    site.write()


with scratch() as d:
    password = d / 'password'
    password.write_text('secret')
    password.chmod(0o600)
    tenant = Tenant(d / 'tenant', 'example.com').start()
    site = Site(d / 'site', [connector(PORT), tenant.connector()])
    t.code(site.run('cycle', 'initial'), 0, 'the first cycle')
    as_in_the_directory('the first cycle')
    writes = tenant.writes()

    for what, after in (('in the middle of the second page', 150000), ('in the first entry', 2000)):
        cutter = Cutter(PORT, after)
        use(port=cutter.port)
        r = site.run('cycle')
        t.code(r, 1, 'gone %s: an error' % what)
        t.has(r.all, ['127.0.0.1:%d' % cutter.port], 'gone %s: the message names the server' % what)
        t.is_(tenant.writes(), writes, 'gone %s: nothing was written' % what)
        use(port=PORT)
        t.code(site.run('cycle'), 0, 'gone %s: the next good cycle ends right' % what)
        t.is_(tenant.writes(), writes, 'gone %s: and has nothing to write' % what)
    as_in_the_directory('after servers were gone')

    use(port=PORT, base='ou=Peple,' + DN)
    r = site.run('cycle')
    t.code(r, 1, 'a base that is not there: an error')
    t.has(r.all, ['ou=Peple,' + DN], 'a base that is not there: the message names it')
    t.is_(tenant.writes(), writes, 'a base that is not there: nothing was written')

    for cycle in (['cycle'], ['cycle', 'initial']):
        use(port=PORT, base='ou=Empty,' + DN)
        r = site.run(*cycle)
        t.code(r, 4, 'a base with nothing below it, %s: stopped by a guard' % cycle[-1])
        t.has(r.all, ['openldap'], 'the message names the connector')
        t.is_(tenant.writes(), writes, 'nothing was written')
        t.is_(site.pending(), [], 'nothing is pending')
    use(port=PORT, base='ou=Groups,' + DN)
    r = site.run('cycle')
    t.code(r, 4, 'a base with a part of it: stopped by a guard')
    t.is_(tenant.writes(), writes, 'nothing was written')

    use(port=PORT)
    t.code(site.run('cycle'), 0, 'the right base again: a good cycle')
    as_in_the_directory('the right base again')
t.done()

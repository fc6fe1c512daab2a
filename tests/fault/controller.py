"""controller.py -- a domain controller (tests/lib/standin_ad.py) into the tenant: its deltas meet the faults."""
import json
import os
import sys

import fixture
import rig

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
from standin_ad import BASE  # noqa: E402


def guid(n):
    return b'STANDIN0' + n.to_bytes(8, 'big')


def hexed(n):
    return {'hex': guid(n).hex()}


def extended(n, dn):
    g = guid(n).hex()
    return '<GUID=%s>;%s' % ('-'.join((g[6:8] + g[4:6] + g[2:4] + g[0:2], g[10:12] + g[8:10], g[14:16] + g[12:14],
                                       g[16:20], g[20:])), dn)


def person(n, name=None):
    return 'CN=%s,%s' % (name or 'p%02d' % n, BASE)


def group(n):
    return 'CN=g%02d,%s' % (n - 90, BASE)


def link(*people):
    return [extended(n, person(n)) for n in people]


def user(n, name=None, **more):
    return [person(n, name), {
        'objectClass': ['top', 'person', 'user'], 'objectGUID': [hexed(n)], 'cn': [name or 'p%02d' % n],
        'sAMAccountName': ['p%02d' % n], 'userPrincipalName': ['p%02d@%s' % (n, fixture.DOMAIN)],
        'displayName': ['Person %d' % n], 'userAccountControl': ['512'], **more}]


def crowd(n, *people):
    return [group(n), {'objectClass': ['top', 'group'], 'objectGUID': [hexed(n)], 'cn': ['g%02d' % (n - 90)],
                       'sAMAccountName': ['g%02d' % (n - 90)], 'displayName': ['Group %d' % n], 'groupType': ['-2147483646'],
                       'member': link(*people)}]


def told(n, dn, **attributes):
    """An entry of a DirSync answer."""
    return [extended(n, dn), {'objectGUID': [hexed(n)], 'instanceType': ['4'],
                              **{a.replace('_', ';range='): v for a, v in attributes.items()}}]


FIRST = [user(0), user(1, manager=link(0)), user(2, manager=link(0)), user(3), user(4, title=['Clerk']), user(5),
         crowd(90, 0, 1, 2, 5), crowd(91, 3)]
# p00 gets a title, p02 another manager, p03 another name, p05 goes, p07 comes; members come and go, on two pages.
SECOND = [user(0, title=['Chief']), user(1, manager=link(0)), user(2, manager=link(1)), user(3, 'Another'),
          user(4, title=['Clerk']), user(7, manager=link(0)), crowd(90, 0, 2, 7), crowd(91, 3, 4)]
PAGES = [
    [told(0, person(0), title=['Chief']), told(2, person(2), manager=link(1)),
     told(3, person(3, 'Another'), name=['Another'], parentGUID=[hexed(80)]),
     told(90, group(90), **{'member_0-0': link(1)})],
    [told(5, 'CN=p05\\0ADEL:5,CN=Deleted Objects,' + BASE, isDeleted=['TRUE'], isRecycled=['TRUE'], name=['p05\nDEL:5']),
     told(7, person(7), objectClass=['top', 'person', 'user'], name=['p07'], parentGUID=[hexed(80)]),
     told(90, group(90), **{'member_1-1': link(7), 'member_0-0': [extended(
         5, 'CN=p05\\0ADEL:5,CN=Deleted Objects,' + BASE)]}),
     told(91, group(91), **{'member_1-1': link(4)})]]


class Controller:
    """The stand-in, started and stopped as a fixture's server is."""

    def __init__(self, path):
        self.path, self.process = path, None
        path.mkdir()
        self.put(FIRST, [])

    def put(self, objects, pages):
        (self.path / 'world.json').write_text(json.dumps({'objects': objects, 'pages': pages}))

    def start(self):
        port = self.path / 'port'
        self.process = rig.subprocess.Popen([sys.executable, str(rig.ROOT / 'tests/lib/standin_ad.py'), '--port-file',
                                             str(port), '--world', str(self.path / 'world.json')])
        rig.started.append(self.process)
        rig.until(lambda: port.exists() and port.read_text().endswith('\n'), 'the stand-in')
        self.url = 'ldap://127.0.0.1:' + port.read_text().strip()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class FromController(fixture.ToTenant):
    """A domain controller into the tenant, by its deltas."""

    def make_server(self):
        return Controller(self.folder / 'controller')

    def sources(self):
        return [{'name': 'forest', 'kind': 'ad', 'servers': [self.server.url], 'user': 'STAND\\sync',
                 'password': 'file:%s' % (self.folder / 'password'), 'tls': {'required': False}, 'timeout_s': 5,
                 'object_classes': ['user', 'group']}]

    def next_day(self):
        self.server.put(SECOND, PAGES)

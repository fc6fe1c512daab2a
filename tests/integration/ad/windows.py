"""What windows.t runs when its forest is up: the whole domain, through a relay that counts, cuts, and acts in between."""
import adlib  # noqa: F401
from rig import *  # noqa: F403
from adlib import *  # noqa: F403
import ldap_relay

EACH = 220
UNITS = {x: 'OU=W%s,%s' % (x, N) for x in 'ABC'}
UNITS['D'] = 'OU=Deep,OU=WC,' + N
t = Tap()
samba = Samba()
for account in ('see-deleted', 'get-changes'):
    samba.grant(account, 'sync')
change(*[('add', dn, 'objectClass: organizationalUnit') for dn in UNITS.values()])
change(*[('add', 'CN=%s%03d,%s' % (x.lower(), i, ou), 'objectClass: contact\ndisplayName: %s %d' % (x, i))
         for x, ou in UNITS.items() for i in range(EACH)],
       ('add', 'CN=below,CN=Computers,' + N, 'objectClass: contact'))
relay = ldap_relay.Relay(E['FOREST_DC1'], 389).start()


def rename(dn, parent, rdn=None):
    change(('modrdn', dn, 'newrdn: %s\ndeleteoldrdn: 1\nnewsuperior: %s' % (rdn or dn.split(',')[0], parent)))


def everything(dn):
    return below(dn, N)


with scratch() as d:
    (d / 'pw').write_text(E['FOREST_SYNC_PASSWORD'])
    (d / 'pw').chmod(0o600)

    def site(name):
        return Site(d / name, [{
            'name': 'forest', 'kind': 'ad', 'servers': [relay.url], 'user': 'sync@' + E['FOREST_DOMAIN'],
            'password': 'file:%s' % (d / 'pw'), 'tls': {'required': False}, 'page_size': 100, 'timeout_s': 30,
            'object_classes': list(CLASSES), 'attributes': ['description'], 'base': N}])

    def full(s):
        relay.reset()
        first, *rest = s.run('run', 'forest', 'full-import', '--json').json()['steps']
        return (first['step-result'], {k: n for k, n in first.get('staging-counters', {}).items() if n},
                first.get('detail', ''), [(x['step-type'], x['step-result']) for x in rest])

    def windows():
        """Those that give objects: the schema, and the names of containers, are asked for before."""
        return [s for s in relay.trees() if s.entries and b'displayName' in s.text]

    def same(s, name):
        wrong = differences(directory(everything), held(s))
        t.ok(not wrong, name + ': the connector space is what ldapsearch finds', '\n'.join(wrong[:10]))

    # ---- Windows ----
    one = site('one')
    got = full(one)
    total = got[1].get('stage-add', 0)
    t.is_((got[0], got[2], got[3]), ('success', '', []), 'a full import of the whole domain')
    same(one, 'windows')
    bases = [s.base for s in windows()]
    t.ok(len(bases) == len(set(bases)) and set(UNITS.values()) <= set(bases), 'window by window, one search each', relay.searches)
    t.is_(relay.entries() - sum(s.entries for s in relay.trees() if b'displayName' not in s.text), total, 'nothing comes twice')
    got = full(one)
    t.is_((got[0], set(got[1]) - {'stage-no-change'}), ('success', set()), 'a second one finds nothing new')

    # ---- The server is gone for longer ----
    two = site('two')
    order = [s.base for s in windows()]
    third = [x for x in order if x in UNITS.values()][2]
    at = sum(s.entries for s in relay.trees()[:[s.base for s in relay.trees()].index(third)]) + 100
    relay.gone, relay.cut_at = True, at
    got = full(two)
    t.is_((got[0], got[1].get('stage-delete')), ('stopped-connectivity', None), 'the server is gone in the third of them')
    relay.refuse = False
    before = {s.base for s in windows()}
    first = order[[x in UNITS.values() for x in order].index(True)]
    letter = next(k for k, v in UNITS.items() if v == first).lower()
    last = [x for x in order if x in UNITS.values()][-1]
    other = next(k for k, v in UNITS.items() if v == last).lower()
    change(('modify', 'CN=%s001,%s' % (letter, first), 'replace: displayName\ndisplayName: Changed\n-'),
           ('delete', 'CN=%s002,%s' % (letter, first), ''), ('add', 'CN=fresh,' + first, 'objectClass: contact'))
    rename('CN=%s003,%s' % (other, last), first)
    got = full(two)
    t.is_(got[0], 'success', 'the next full import')
    t.has(got[2], ['went on where an import broke off'], 'goes on')
    t.is_(got[3], [('delta-import', 'success')], 'and the changes that were missed come behind it')
    again = [s for s in windows() if s.base in before and s.scope != 0 and s.base in UNITS.values()]
    t.is_([s.base for s in again], [third], 'one window is read again')
    same(two, 'after the break')

    # ---- Moves while it reads ----
    done = []

    def between(search):
        if done or search.base != third or search.scope == 0 or b'displayName' not in search.text:
            return
        done.append(search)
        rename('CN=%s050,%s' % (other, last), first)
        rename('CN=%s060,%s' % (letter, first), last)
        rename('CN=%s070,%s' % (letter, first), last, 'CN=elsewhere')
        rename('CN=%s070,%s' % (other, last), first, 'CN=%s070' % letter)
        change(('delete', 'CN=%s080,%s' % (other, last), ''))
    relay.before = between
    got = full(two)
    relay.before = None
    t.ok(done, 'objects move from window to window while it reads')
    t.is_((got[0], got[1].get('stage-delete'), got[1].get('stage-failure')), ('success', 1, None),
          'the one that was deleted is gone, and no other')
    t.ok(len(relay.searches) < 60, 'without one search an object', relay.searches)
    got = two.run('run', 'forest', 'delta-import', '--json').json()['steps'][0]
    t.is_(got['step-result'], 'success', 'the delta import behind it')
    same(two, 'moves')

    # ---- A place is of one configuration ----
    three = site('three')
    relay.gone, relay.cut_at = True, at
    full(three)
    relay.refuse = False
    three.settings['connectors'][0]['filter'] = '(!(displayName=Nobody))'
    three.write()
    got = full(three)
    t.is_((got[0], got[2], got[3]), ('success', '', []), 'with another filter it begins again')
    same(three, 'another filter')
t.done()

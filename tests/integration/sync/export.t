#!/usr/bin/env python3
"""What an export sends and what it does not: parts of large groups, values that
the cloud does not take, deletions beyond what the tenant allows, features of the
company, types that go another way."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../../lib'), os.path.join(HERE, '../tenant')]
from rig import *  # noqa: E402,F403
import sync_company as sc  # noqa: E402
from sync_client import Client, E, text  # noqa: E402

t = Tap()


class Scene:
    def __init__(self, d, name, people=60, **more):
        self.c = sc.Company(people)
        self.ldif = d / (name + '.ldif')
        self.tenant = Tenant(d / (name + '-tenant'), sc.DOMAIN).start().sync_switch(True)
        self.site = Site(d / name, [sc.connector(self.ldif), self.tenant.sync_connector(**more)],
                         guard={'change_percent': 'off'})
        self.c.write(self.ldif)

    def cycle(self, code, name, *args):
        self.c.write(self.ldif)
        r = self.site.run('cycle', *args, '--json')
        t.code(r, code, name)
        return r

    def whole(self, name):
        lines = self.c.differences(self.tenant.graph().full_dump())
        t.ok(not lines, name + ': the tenant holds the company, and nothing else', '\n'.join(lines[:20]))

    def features(self):
        """What the service says, to a client that is not ours."""
        c = Client(sc.Door(self.tenant))
        return int(text(c.call('GetCompanyConfiguration', E('includeLicenseInformation', 'false')), 'DirSyncFeatures'))


def parts(d):
    """A group with more members than a request takes goes in several."""
    s = Scene(d, 'parts')
    s.tenant.admin('POST', 'sync', {'links': 7})
    s.cycle(0, 'seven references in a request', 'initial')
    s.whole('seven references in a request')
    s.c.all['list']['member'] = [s.c.all['p%d' % i].dn for i in range(20, 60)]
    s.cycle(0, 'thirty-five members change')
    s.whole('thirty-five members change')
    s.c.all['list']['member'] = []
    s.cycle(0, 'all of them go')
    s.whole('all of them go')
    r = s.cycle(0, 'and that was all')
    t.is_(counters_of(r, 'export-counters'), {}, 'nothing is sent then')


def values(d):
    """A bad value is an error of its object, by attribute and value; the others go on."""
    s = Scene(d, 'values')
    a = s.c.all
    bad = {'p1': ('userPrincipalName', 'p one@small.example'), 'p2': ('mailNickname', 'p two'),
           'p3': ('proxyAddresses', 'SMTP:nowhere'), 'c1': ('targetAddress', 'SMTP:<guest>'),
           'mailed': ('mail', 'mailed at small')}
    for key, (name, value) in bad.items():
        a[key][name] = [value]
    a['p4']['proxyAddresses'] = ['SMTP:a@small.example', 'SMTP:b@small.example']
    seq = s.tenant.writes()
    r = s.cycle(3, 'six bad values', 'initial')
    text = json.dumps(errors_of(r))
    for key, (name, value) in bad.items():
        t.has(text, [{'mailNickname': 'alias'}.get(name, name), value], 'names %s and %s' % (name, value))
    t.has(text, ['2 primary addresses'], 'two primary addresses')
    t.is_(len({e['dn'] for e in errors_of(r) if 'Validation' in e['error-type']}), 6, 'six objects are in error')
    made = s.tenant.journal(seq)['totals']['created']
    t.ok(made >= len(s.c.wanted()) - 6, 'all others were made', made)
    for key in [*bad, 'p4']:
        fresh = sc.Company()
        a[key].update(fresh.all[key])
    s.cycle(0, 'when they are mended')
    s.cycle(0, 'and once more')
    s.whole('when they are mended')


def deletions(d):
    """The stricter of the tenant's threshold and of the guard holds."""
    s = Scene(d, 'deletions')
    s.cycle(0, 'sixty people', 'initial')
    s.cycle(0, 'and what confirms them')
    for i in range(50, 56):
        gone = s.c.all.pop('p%d' % i)
        for e in s.c.all.values():
            if gone.dn in e.get('member', []):
                e['member'].remove(gone.dn)
    for how in ({'synchronizationPreventionType': 'enabledForCount', 'alertThreshold': 5},
                {'synchronizationPreventionType': 'enabledForPercentage', 'alertThreshold': 7}):
        s.tenant.admin('POST', 'sync', how)
        seq = s.tenant.writes()
        r = s.cycle(4, 'six deletions, and the tenant allows fewer')
        t.has(r.out, ['stopped-deletion-threshold-exceeded', 'that the directory allows', '6 deletions'], 'is told so')
        t.is_(s.tenant.writes(), seq, 'nothing was sent')
    s.tenant.admin('POST', 'sync', {'synchronizationPreventionType': 'disabled'})
    s.site.settings['guard']['deletions'] = 5
    s.site.write()
    r = s.cycle(4, 'ours is the stricter one')
    t.has(r.out, ['the 5 allowed', 'causeway guard set'], 'is told so')
    s.tenant.admin('POST', 'sync', {'synchronizationPreventionType': 'enabledForCount', 'alertThreshold': 6})
    s.site.settings['guard']['deletions'] = 500
    s.site.write()
    r = s.cycle(0, 'both allow six')
    t.is_(counters_of(r, 'export-counters').get('export-delete'), 6, 'six went')
    s.whole('both allow six')


def features(d):
    """Read, changed where the configuration names them, written; others stay."""
    s = Scene(d, 'features', features={'BlockSoftMatch': 'true', 'EnableSoftMatchOnUpn': 'false'})
    s.tenant.admin('POST', 'sync', {'features': 41016 | 65536})  # a bit that nobody has a name for
    s.site.settings['staging'] = True
    s.site.write()
    s.cycle(0, 'in staging mode', 'initial')
    t.is_(s.features(), 41016 | 65536, 'nothing is changed')
    s.site.settings['staging'] = False
    s.site.write()
    s.cycle(0, 'an export')
    t.is_(s.features(), (41016 | 65536 | 1 << 19) & ~16, 'turns one on and one off')
    s.c.all['p1']['title'] = ['x']
    s.cycle(0, 'the next one')
    t.is_(s.features(), (41016 | 65536 | 1 << 19) & ~16, 'leaves them so')


def types(d):
    """Two doors to one tenant, each with its types; one that is taken away is left alone."""
    s = Scene(d, 'types')
    people = s.tenant.connector(name='people', types=['user'])
    rest = s.tenant.sync_connector(name='rest', types=['contact', 'device'])
    s.site.settings['connectors'][1:] = [people, rest]
    s.site.write()
    t.code(s.site.run('config', 'check'), 0, 'people by Graph, contacts and devices by the service')
    s.cycle(0, 'a cycle by both', 'initial')
    s.cycle(0, 'and what confirms it')
    dump = s.tenant.graph().full_dump()
    t.is_((len(dump['users']), len(dump['contacts']), len(dump['devices']), len(dump['groups'])), (60, 6, 2, 0),
          'each went its way, and no group any')
    t.is_({u['onPremisesSyncEnabled'] for u in dump['users']}, {None}, 'Graph makes people of the cloud')
    t.is_({c['onPremisesSyncEnabled'] for c in dump['contacts']}, {True}, 'the service objects mastered on premises')
    s.site.settings['connectors'][2] = dict(rest, types=['contact'])
    s.site.write()
    seq = s.tenant.writes()
    r = s.cycle(1, 'devices are taken out of types')
    t.has(r.out, ['no-start-full-import-required'], 'and a delta import cannot tell')
    s.cycle(0, 'so the next cycle reads in full')
    t.is_(s.tenant.writes(), seq, 'nothing is deleted')
    t.is_(s.site.pending('rest'), [], 'nothing waits to be')
    t.is_(len(s.tenant.graph().full_dump()['devices']), 2, 'they are still there')
    s.site.settings['connectors'][2] = rest
    s.site.write()
    s.c.all['m0']['operatingSystem'] = ['Windows 13']
    s.cycle(0, 'they come back to types')
    t.is_(sorted(x['operatingSystem'] for x in s.tenant.graph().full_dump()['devices']), ['Windows 11', 'Windows 13'],
          'they are kept in step again')


def one_answer(d):
    """A service that gives all in one answer: up to a limit, which can be raised."""
    s = Scene(d, 'answer', people=1200, answer_mb=1)
    s.cycle(0, 'a company that is longer than a mebibyte', 'initial')
    s.tenant.admin('POST', 'sync', {'page': 0})
    seq = s.tenant.writes()
    r = s.cycle(1, 'read back in one answer', 'initial')
    t.has(r.out, ['larger than 1048576 bytes', 'answer_mb (1)', 'raises the limit'], 'which is too long, and says so')
    t.is_(s.tenant.writes(), seq, 'nothing is taken of it, and nothing sent')
    s.site.settings['connectors'][1]['answer_mb'] = 2
    s.site.write()
    r = s.cycle(0, 'with a higher limit', 'initial')
    t.is_(counters_of(r, 'export-counters'), {}, 'all is as it was')
    s.whole('with a higher limit')


def elsewhere(d):
    """Members who go another way than their group are counted, and told once a step."""
    s = Scene(d, 'elsewhere')
    people, rest = s.tenant.connector(name='people', types=['user']), s.tenant.sync_connector(
        name='rest', types=['group', 'contact'])
    s.site.settings['connectors'][1:] = [people, rest]
    s.site.write()
    s.cycle(0, 'people by Graph, groups by the service', 'initial')

    def counted(r):
        """(references, lines) of the first synchronisation that has any."""
        for x in r.json()['runs']:
            for step in x['steps']:
                told = [e for e in step['errors'] if e['error-type'] == 'reference-elsewhere']
                n = sum(g.get('reference-elsewhere', 0) for g in step.get('outbound-flow-counters', []))
                if n:
                    return n, told
        return 0, []
    there = [e for e in s.c.all.values() if e.kind == 'group' and s.c.is_there(e)]
    gone = sum(s.c.all[k].dn in e['member'] for e in there for k in s.c.all if s.c.all[k].kind == 'user')
    n, told = counted(s.cycle(0, 'and again', 'initial'))
    t.is_(n, gone, 'each member who goes another way is counted')
    t.is_(len(told), 1, 'and one line says so')
    t.has(json.dumps(told), ['go through people', 'left out through rest'], 'by which way, and by which not')
    t.is_({m for g in s.tenant.graph().full_dump()['groups'] for m in g['members']} &
          {u['id'] for u in s.tenant.dump()['users']}, set(), 'they are left out')
    t.is_(counted(s.cycle(0, 'nothing changed')), (0, []), 'who is not looked at is not counted')
    s.c.all['nested']['member'].append(s.c.all['p1'].dn)
    n, told = counted(s.cycle(0, 'one group changes'))
    t.ok(n == 2 and 'CN=' in told[0]['dn'], 'a group that changes is told with its own', (n, told))


APP = '01234567-89ab-cdef-0123-456789abcdef'


def extensions(d):
    """Attributes of the site's own choice: a text alone, several as a list, gone, too
    long; of people and groups."""
    s = Scene(d, 'extensions')
    a, name = s.c.all, 'extension_%s_' % APP.replace('-', '')
    s.site.settings['default_rules'] = {'extensions': ['costCenter', 'skills'], 'extension_app': APP}
    s.site.settings['connectors'][0]['attribute_types'].update(costCenter='string', skills='string list')
    s.site.write()
    a['p1'].update(costCenter=['K 1'], skills=['Käse'])
    a['p2'].update(costCenter=['K' * 300], skills=['a', 'b'])
    a['list']['costCenter'] = ['lists']
    t.has(s.site.run('config', 'check').all, ['ok'], 'they are taken')

    def told():
        back = {o['SourceAnchor']: o for o in Client(sc.Door(s.tenant)).read_back(full=True)[0]}
        out = {}
        for key in ('p1', 'p2', 'p3', 'list'):
            o = {k.lower(): v for k, v in back[a[key].anchor].items()}
            out[key] = tuple(o.get((name + n).lower()) for n in ('costCenter', 'skills'))
        return out
    s.cycle(0, 'with extensions', 'initial')
    t.is_(told(), {'p1': ('K 1', 'Käse'), 'p2': ('K' * 250, ['a', 'b']), 'p3': (None, None), 'list': ('lists', None)},
          'one is a text, more are a list, cut to what the cloud takes')
    s.whole('with extensions')
    a['p1'].update(costCenter=[], skills=['Käse', 'Wein'])
    a['p2']['skills'] = ['b']
    a['p3']['skills'] = ['c']
    s.cycle(0, 'they change')
    t.is_(told(), {'p1': (None, ['Käse', 'Wein']), 'p2': ('K' * 250, 'b'), 'p3': (None, 'c'), 'list': ('lists', None)},
          'and are told so')
    seq = s.tenant.writes()
    r = s.cycle(0, 'read back in full', 'initial')
    t.is_((counters_of(r, 'export-counters'), s.tenant.writes()), ({}, seq), 'they are known again, and nothing is sent')
    s.site.settings['connectors'][1:] = [s.tenant.connector()]
    s.site.write()
    t.has(s.site.run('config', 'check').all, ['extensions', 'kind sync', 'none'], 'without the service nobody writes them')


def interval(d):
    """How often the service wants clients at most: no interval of ours is shorter."""
    s = Scene(d, 'interval')
    s.site.settings['schedule'] = {'interval': '15m', 'minimum': '1m'}
    s.site.write()

    def shown():
        j = s.site.run('sched', 'show', '--json').json()
        return j['interval'], j['directory-minimum']
    t.is_(shown(), ('15m', ''), 'before the first export ours holds')
    s.cycle(0, 'an export', 'initial')
    t.is_(shown(), ('30m', '30m'), 'then what the service said, where it is longer')
    t.has(s.site.run('sched', 'show').out, ['30m', 'the directory wants 30m at least'], 'and it is told')
    s.tenant.admin('POST', 'sync', {'intervalSeconds': 90})
    s.cycle(0, 'it wants another')
    t.is_(shown(), ('15m', '90s'), 'ours is the longer one again')


def last_sync(d):
    """The service hears of an export of nothing too."""
    s = Scene(d, 'last')
    s.cycle(0, 'a first export', 'initial')
    s.cycle(0, 'and what confirms it')
    before = s.tenant.graph().get('/v1.0/organization')['value'][0]['onPremisesLastSyncDateTime']
    until(lambda: time.time() > stamp(before) + 1.1, 'a second')
    s.cycle(0, 'nothing to send')
    after = s.tenant.graph().get('/v1.0/organization')['value'][0]['onPremisesLastSyncDateTime']
    t.ok(after > before, 'is a synchronisation of the organisation', '%s, then %s' % (before, after))


def stamp(text):
    import datetime
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()


for part in (parts, values, deletions, features, types, one_answer, elsewhere, extensions, interval, last_sync):
    with scratch() as d:
        t.note(part.__doc__)
        part(d)
t.done()

#!/usr/bin/env python3
"""The main job through the synchronisation service: people, contacts, security
and distribution groups, computers, addresses; then a day of changes, deletions,
one who comes back, and an address that two want.  Read by Graph, compared one by
one with what the source says."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../../lib'), os.path.join(HERE, '../tenant')]
from rig import *  # noqa: E402,F403
import sync_company as sc  # noqa: E402
from sync_client import Client  # noqa: E402

t = Tap()


def cycle(site, code, name, *args):
    r = site.run('cycle', *args, '--json')
    t.code(r, code, name)
    return r


def check(company, tenant, name):
    lines = company.differences(tenant.graph().full_dump())
    t.ok(not lines, name + ': the tenant holds the company, and nothing else', '\n'.join(lines[:20]))


def quiet(site, tenant, name):
    """A cycle after which nothing is left to say."""
    seq = tenant.writes()
    r = cycle(site, 0, name)
    t.is_(counters_of(r, 'export-counters'), {}, name + ': sends nothing')
    t.is_(tenant.writes(), seq, name + ': writes nothing')
    t.is_(site.pending(), [], name + ': nothing is pending')


def read_back(tenant):
    """By source anchor, with a client that is not ours."""
    return {o['SourceAnchor']: o for o in Client(sc.Door(tenant)).read_back(full=True)[0]}


def a_day(c):
    a = c.all
    a['p3']['displayName'] = ['Persön III']
    a['p3']['proxyAddresses'] = ['smtp:p003@small.example', 'SMTP:third@small.example', 'smtp:iii@small.example']
    a['p3']['mail'] = ['third@small.example']
    a['p4']['userAccountControl'] = ['514']
    a['p4']['title'] = []
    a['p5']['manager'] = [a['p9'].dn]
    a['p6']['manager'] = []
    a['security']['member'] = [m for m in a['security']['member'] if m != a['p1'].dn] + [a['p30'].dn, a['c5'].dn]
    a['list']['member'] = a['list']['member'][3:]
    a['list']['description'] = ['another']
    a['mailed']['proxyAddresses'].append('smtp:mailed2@small.example')
    a['c0']['company'] = ['Otherwise']
    a['m0']['operatingSystem'] = ['Windows 12']
    a['m1']['userCertificate'] = []  # it no longer asks to be known
    a['m2']['userCertificate'] = [sc.certificate('anybody')]
    for key in ('p10', 'p11', 'c3', 'mailed'):
        gone = c.all.pop(key)
        for e in c.all.values():
            for name in ('member', 'manager'):
                if gone.dn in e.get(name, []):
                    e[name].remove(gone.dn)
    c.person(100)
    c.contact(100)
    c.group('fresh', sc.SECURITY, [a['p2'].dn, a['security'].dn, c.all['p100'].dn], True)


def lists(c, site, tenant):
    """References other than members are told as a whole."""
    owners = ['p1', 'p2', 'p7']
    for step in (owners, owners[1:], owners[1:] + ['p8'], []):
        c.all['list']['authOrig'] = [c.all[k].dn for k in step]
        c.write(site.ldif)
        cycle(site, 0, 'who may write to the list: %s' % step)
        back = read_back(tenant)[c.all['list'].anchor]
        t.is_(sorted(back.get('authOrig', [])), sorted(c.all[k].anchor for k in step), 'and the service has these')
    quiet(site, tenant, 'after all of them')


def folders(c, site, tenant):
    """Public folders: Graph does not show them, a client of the service does."""
    for i in range(2):
        c.folder(i)
    c.folder(2)['mail'] = []  # and one that takes no mail
    c.all['security']['member'].append(c.all['f0'].dn)
    c.write(site.ldif)
    cycle(site, 0, 'public folders')
    there = {a: o for a, o in read_back(tenant).items() if o['type'] == 'PublicFolder'}
    t.is_(sorted(there), sorted(c.all['f%d' % i].anchor for i in range(2)), 'public folders: those that take mail are there')
    o = there[c.all['f0'].anchor]
    t.is_((o['displayName'], o['alias'], o['mail'], sorted(o['proxyAddresses'])),
          ('Folder 0', 'folder0', 'folder0@small.example', ['SMTP:folder0@small.example', 'smtp:old.folder0@small.example']),
          'public folders: with their names and addresses')
    check(c, tenant, 'public folders')
    quiet(site, tenant, 'after them')
    c.all['f0']['displayName'] = ['Renamed']
    gone = c.all.pop('f1')
    c.write(site.ldif)
    cycle(site, 0, 'one is another, one is gone')
    there = read_back(tenant)
    t.is_((there[c.all['f0'].anchor]['displayName'], gone.anchor in there), ('Renamed', False), 'and so they are there')
    quiet(site, tenant, 'after that')


def comes_back(c, site, tenant):
    ids = {u['onPremisesImmutableId']: u['id'] for u in tenant.dump()['users']}
    gone = c.all.pop('p20')
    member_of = [e for e in c.all.values() if gone.dn in e.get('member', [])]
    for e in member_of:
        e['member'].remove(gone.dn)
    c.write(site.ldif)
    cycle(site, 0, 'somebody leaves')
    check(c, tenant, 'somebody leaves')
    quiet(site, tenant, 'after that')
    c.all['p20'] = gone
    gone['title'] = ['Returned']
    for e in member_of:
        e['member'].append(gone.dn)
    c.write(site.ldif)
    cycle(site, 0, 'and comes back')
    check(c, tenant, 'and comes back')
    now = {u['onPremisesImmutableId']: u['id'] for u in tenant.dump()['users']}
    t.is_(now[gone.anchor], ids[gone.anchor], 'as the same user of the cloud')
    quiet(site, tenant, 'after that')


def two_want_one(c, site, tenant):
    """Quarantine is a notice, not an error, and mends itself."""
    wanted = 'smtp:wanted@small.example'
    c.all['p40']['proxyAddresses'].append(wanted)
    c.write(site.ldif)
    cycle(site, 0, 'one has an address')
    c.all['p41']['proxyAddresses'].append(wanted)
    c.write(site.ldif)
    r = cycle(site, 0, 'another wants it too')
    t.is_(counters_of(r, 'export-counters').get('export-notice'), 1, 'a notice of the service')
    notes = errors_of(r)
    t.is_([n.get('error-type') for n in notes], ['export-notice'], 'kept in the record of the step')
    t.has(json.dumps(notes), ['ProxyAddresses', 'wanted@small.example'], 'with attribute and value')
    trace = site.run('trace', 'userPrincipalName=p041@small.example').out
    t.has(trace, ['export-notice'], 'and with the object')
    held = c.all['p41']['proxyAddresses'].pop()
    check(c, tenant, 'it is left out of the second')
    c.all['p41']['proxyAddresses'].append(held)
    quiet(site, tenant, 'it is not sent again')
    c.all['p40']['proxyAddresses'].remove(wanted)
    c.write(site.ldif)
    cycle(site, 0, 'the first gives it up')
    check(c, tenant, 'and the second has it')
    c.all['p41']['title'] = ['Owner']
    c.write(site.ldif)
    cycle(site, 0, 'a change that is taken as it is')
    t.ok('export-notice' not in site.run('trace', 'userPrincipalName=p041@small.example').out, 'ends the notice')


with scratch() as d:
    c = sc.Company()
    tenant = Tenant(d / 'tenant', sc.DOMAIN).start().sync_switch(True)
    site = Site(d / 'site', [sc.connector(d / 'company.ldif'), tenant.sync_connector()])
    site.ldif = d / 'company.ldif'
    c.write(site.ldif)
    cycle(site, 0, 'the first cycle', 'initial')
    check(c, tenant, 'the first cycle')
    quiet(site, tenant, 'the cycle after it')

    a_day(c)
    c.write(site.ldif)
    cycle(site, 0, 'a day of changes')
    check(c, tenant, 'a day of changes')
    quiet(site, tenant, 'the cycle after it')
    t.is_(counters_of(cycle(site, 0, 'read in full', 'initial'), 'export-counters'), {}, 'and all is as it was')

    lists(c, site, tenant)
    folders(c, site, tenant)
    comes_back(c, site, tenant)
    two_want_one(c, site, tenant)
    check(c, tenant, 'at the end')
t.done()

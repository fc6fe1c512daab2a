#!/usr/bin/env python3
"""One active instance for a tenant, by the synchronisation service: two stores,
one tenant; a server of another make; our own exports, which move the time of the
last synchronisation as well; Graph and the service side by side; migrate switch;
targets that keep no lease."""
import fcntl
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../../lib'), os.path.join(HERE, '../tenant')]
from rig import *  # noqa: E402,F403
import sync_company as sc  # noqa: E402
from sync_client import Client  # noqa: E402

t = Tap()
FQDN = {'parameters': {'Domain.FQDN': SMALL}}


def lease(site, connector='cloud'):
    r = site.run('lease', 'show', connector, '--json')
    return r.json()[0] if r.code == 0 else {'state': r.all}


def department(source, entries, name):
    source.write_text(ldif_text(entries).replace('department: ', 'department: %s ' % name))


with scratch() as d:
    entries = small_entries(12)
    source = d / 'company.ldif'
    source.write_text(ldif_text(entries))
    tenant = Tenant(d / 'tenant', SMALL).start().sync_switch(True)
    other = Client(sc.Door(tenant))
    first, second, staging = (
        Site(d / name, [ldif_connector(source, **FQDN), tenant.sync_connector()], **more)
        for name, more in (('first', {}), ('second', {}), ('staging', {'staging': True})))

    t.is_(lease(first)['state'], 'free', 'at first nobody holds the lease')
    t.code(staging.run('cycle', 'initial'), 0, 'a staging server reads and decides')
    t.is_((lease(staging)['state'], sc.last_sync(tenant)), ('free', None), 'takes no lease, and moves no time')

    t.code(first.run('cycle', 'initial'), 0, 'the first one writes')
    held = lease(first)
    t.is_(held['state'], 'ours', 'and holds the lease')
    t.ok('other-product' not in held, 'it was nobody else who synchronised', held)

    # ---- Our own exports move the time as well ----

    for i in range(2):
        before = sc.last_sync(tenant)
        sc.rig.until(lambda: first.run('cycle').code == 0 and sc.last_sync(tenant) != before, 'a later cycle')
    t.ok('other-product' not in lease(first), 'later cycles move it: still nobody else')

    # Cut off between the end of an export and what is noted of it.
    before = sc.last_sync(tenant)
    tenant.admin('POST', 'faults', {'kind': 'status', 'status': 400, 'path': 'organization', 'skip': 2, 'count': 1})
    sc.rig.until(lambda: first.run('cycle').code == 0 and sc.last_sync(tenant) != before, 'a later cycle')
    t.is_(tenant.admin('GET', 'counts')['faults'], 1, 'what came of the export could not be read')
    t.code(first.run('cycle'), 0, 'the next one takes it for ours')

    # ---- Two stores, one tenant ----

    before = sc.last_sync(tenant)
    r = second.run('cycle', 'initial')
    t.code(r, 5, 'a second one is refused')
    t.has(r.all, [held['holder'], held['host'], 'since', 'last seen', 'causeway lease take cloud'],
          'with the holder, its host, since when, last seen')
    t.is_(sc.last_sync(tenant), before, 'and ended no export')
    t.is_(lease(second)['state'], 'held', 'it sees that another one has it')
    t.code(first.run('cycle'), 0, 'the first one goes on')
    r = second.run('lease', 'take', 'cloud', '--by', 'ada')
    t.code(r, 0, 'the second one takes over')
    noted = second.run('journal', 'list', '--json').json()
    t.has(str([e for e in noted if e['result'] == 'lease-taken']), ['ada', held['holder'], held['host']],
          'the journal has who took it, and from whom')
    t.code(second.run('cycle'), 0, 'it writes now')
    department(source, entries, 'New')
    r = first.run('cycle')
    t.code(r, 5, 'the first one, come to life again, is refused')
    t.has(r.all, [lease(second)['holder']], 'by name')
    t.code(second.run('cycle'), 0, 'the second one sends what changed')

    # ---- A server of another make ----

    sc.synchronised(tenant, other)
    department(source, entries, 'Newer')
    seq = tenant.writes()
    r = second.run('cycle')
    t.code(r, 5, 'a server of another make is noticed')
    t.has(r.all, ['another server', 'last synchronisation moved', 'causeway lease take cloud'], 'and named')
    t.ok('other-product' in lease(second), 'lease show has when it was')
    t.is_(tenant.writes(), seq, 'nothing was written')
    t.code(second.run('lease', 'take', 'cloud'), 0, 'once it is stopped')
    t.code(second.run('cycle'), 0, 'all goes on')
    t.ok('other-product' not in lease(second), 'and the last one was ours again')

    # ---- Without the right for it none is kept; the other server is noticed by who may read ----

    t.code(second.run('lease', 'release', 'cloud'), 0, 'the lease is free')

    def poor(name, *roles):
        app = run(TENANT, 'app', 'add', tenant.path, *[x for role in ('ADSynchronization.ReadWrite.All', *roles)
                                                       for x in ('--role', role)]).json()
        secret = d / (name + '_secret')
        secret.write_text(app['clientSecret'])
        secret.chmod(0o600)
        return Site(d / name, [ldif_connector(source, **FQDN), tenant.sync_connector(
            client_id=app['clientId'], secret='file:%s' % secret)])

    blind, reader = poor('blind'), poor('reader', 'Organization.Read.All')
    t.code(blind.run('cycle', 'initial'), 0, 'an application that has no right in Graph goes on')
    r = blind.run('lease', 'show')
    t.code(r, 0, 'lease show')
    t.has(r.out, ['none is kept', 'Organization.ReadWrite.All'], 'says that none is kept')
    t.code(reader.run('cycle', 'initial'), 0, 'one that may only read goes on')
    t.is_(lease(reader)['state'], 'not-kept', 'without a lease')
    sc.synchronised(tenant, other)
    r = reader.run('cycle')
    t.code(r, 5, 'and notices the other server')
    t.has(r.all, ['another server'], 'by name')

# ---- Graph and the service, one store, one tenant ----

with scratch() as d:
    source = d / 'company.ldif'
    source.write_text(ldif_text(entries))
    tenant = Tenant(d / 'tenant', SMALL).start().sync_switch(True)
    both = Site(d / 'both', [
        ldif_connector(source, **FQDN), tenant.connector(name='people', types=['user', 'group']),
        tenant.sync_connector(name='mail', types=['contact'])])
    t.code(both.run('cycle', 'initial'), 0, 'two roads of one store')
    t.is_([lease(both, c)['state'] for c in ('people', 'mail')], ['ours', 'ours'], 'share the lease')
    before = sc.last_sync(tenant)
    sc.rig.until(lambda: both.run('cycle').code == 0 and sc.last_sync(tenant) != before, 'a later cycle of both')
    department(source, entries, 'Both')
    t.code(both.run('cycle'), 0, 'what one of them moves is not another server to the other')
    t.is_({u['department'] for u in tenant.dump()['users']}, {'Both Store %d' % i for i in range(7)}, 'and all is sent')
    sc.synchronised(tenant, Client(sc.Door(tenant)))
    department(source, entries, 'Third')
    t.code(both.run('cycle'), 5, 'a third one is')

# ---- migrate switch and rollback ----

with scratch() as d:
    source = d / 'people.ldif'
    source.write_text(ldif_text(entries))
    tenant = Tenant(d / 'tenant', SMALL).start().sync_switch(True)
    connectors = [ldif_connector(source, **FQDN), tenant.sync_connector()]
    old, new = Site(d / 'old', connectors), Site(d / 'new', connectors, staging=True)
    t.code(old.run('cycle', 'initial'), 0, 'the old server fills the cloud')
    for _ in range(2):
        t.code(new.run('cycle', 'initial'), 0, 'the new one reads and decides')
    t.is_(new.pending(), [], 'nothing would change')
    r = new.run('migrate', 'switch')
    t.code(r, 5, 'not while the old one was alive an hour ago')
    t.has(r.err, ['another server synchronised', '--old-is-off'], 'and says what to do')
    t.code(old.run('lease', 'release', 'cloud'), 0, 'the old server lets go')
    t.code(old.run('staging', 'on'), 0, 'and is in staging mode')
    t.code(new.run('migrate', 'switch', '--old-is-off', '--by', 'ada'), 0, 'the switch')
    t.is_((lease(new)['state'], lease(old)['state']), ('ours', 'held'), 'takes the lease')
    department(source, entries, 'After')
    t.code(new.run('cycle'), 0, 'a cycle')
    t.code(new.run('migrate', 'rollback'), 0, 'rollback')
    t.is_(lease(new)['state'], 'free', 'hands the lease back')
    r = new.run('migrate', 'switch')
    t.ok('another server' not in r.err, 'our own exports are nobody else', r.err)
    t.code(old.run('staging', 'off'), 0, 'the old server')
    source.write_text(ldif_text(entries))
    r = old.run('cycle')
    t.code(r, 5, 'sees that the tenant was synchronised meanwhile')
    t.code(old.run('lease', 'take', 'cloud'), 0, 'is told that it was meant')
    t.code(old.run('cycle'), 0, 'and goes on')

# ---- Targets that keep none: the store's lock, and one store ----

with scratch() as d:
    (d / 'company.ldif').write_text(ldif_text(entries))
    site = Site(d / 'site', [ldif_connector(d / 'company.ldif')])
    t.code(site.run('cycle', 'initial'), 0, 'a file')
    for verb in ('show', 'take', 'release'):
        r = site.run('lease', verb, 'company')
        t.ok(r.code not in (0, 2), 'lease %s is refused' % verb, r.all)
        t.has(r.err, ['company', 'kind file', 'keep no lease', 'its own lock'], 'and why')
    with open(d / 'site' / 'causeway.db-lock', 'a+') as f:
        fcntl.fcntl(f, fcntl.F_OFD_SETLK, struct.pack('hhqqi4x', fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        r = site.run('cycle')
        t.ok(r.code != 0, 'a second process of the same store is refused', r.all)
        t.has(r.err, ['run lock'], 'and why')
t.done()

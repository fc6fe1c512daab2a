#!/usr/bin/env python3
"""One active instance for a tenant: two stores, one tenant; a foreign product
whose last synchronisation moves; staging, which touches nothing."""
import os
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../../lib'), os.path.join(HERE, '../tenant')]
from rig import *  # noqa: E402,F403
import sync_company as sc  # noqa: E402
from sync_client import Client  # noqa: E402

t = Tap()


def lease(site):
    r = site.run('lease', 'show', 'cloud', '--json')
    return r.json()[0] if r.code == 0 else {'state': r.err}


with scratch() as d:
    (d / 'company.ldif').write_text(ldif_text(small_entries()))
    tenant = Tenant(d / 'tenant', SMALL).start()
    first, second, staging = (
        Site(d / name, [ldif_connector(d / 'company.ldif'), tenant.connector()], **more)
        for name, more in (('first', {}), ('second', {}), ('staging', {'staging': True})))

    t.is_(lease(first)['state'], 'free', 'at first nobody holds the lease')
    t.code(staging.run('cycle', 'initial'), 0, 'a staging server reads and decides')
    t.is_(lease(staging)['state'], 'free', 'and takes no lease')
    t.code(staging.run('lease', 'take', 'cloud'), 5, 'nor may it be given one')

    t.code(first.run('cycle', 'initial'), 0, 'the first one writes')
    held = lease(first)
    t.is_(held['state'], 'ours', 'and holds the lease')
    there = len(tenant.dump()['users'])
    t.ok(there > 0, 'people are there')

    # Two stores, one tenant; also with nothing to send.
    seq = tenant.writes()
    r = second.run('cycle', 'initial')
    t.code(r, 5, 'a second one is refused')
    t.has(r.all, [held['holder'], held['host'], 'since', 'last seen', 'causeway lease take cloud'],
          'with the holder, its host, since when, last seen')
    t.is_(tenant.writes(), seq, 'and wrote nothing')
    t.is_(lease(second)['state'], 'held', 'it sees that another one has it')
    t.code(first.run('cycle'), 0, 'the first one goes on')

    # The first dies; take-over is explicit and named.
    r = second.run('lease', 'take', 'cloud', '--by', 'ada')
    t.code(r, 0, 'the second one takes over')
    t.is_(lease(second)['state'], 'ours', 'and has it')
    t.code(second.run('cycle', 'initial'), 0, 'it writes now')
    entries = (d / 'company.ldif').read_text()
    (d / 'company.ldif').write_text(entries.replace('department: ', 'department: New '))
    r = first.run('cycle')
    t.code(r, 5, 'the first one, come to life again, is refused')
    t.has(r.all, [lease(second)['holder']], 'by name')
    t.code(second.run('cycle'), 0, 'the second one sends what changed')
    db = sqlite3.connect(d / 'second' / 'causeway.db')
    noted = [tuple(bytes(x).decode() for x in row) for row in
             db.execute("SELECT result, display FROM journal WHERE result = CAST('lease-taken' AS BLOB)")]
    db.close()
    t.is_(len(noted), 1, 'the journal has it')
    t.has(noted[0][1], ['ada', held['holder'], held['host']], 'with who took it, and from whom')

    # Given back.
    t.code(first.run('lease', 'release', 'cloud'), 5, 'what another one has is not given back')
    t.code(second.run('lease', 'release', 'cloud'), 0, 'the holder gives it back')
    t.is_(lease(first)['state'], 'free', 'nobody has it')

    # A predecessor that was not stopped: its last synchronisation moves.
    t.code(second.run('cycle'), 0, 'the second one again')
    tenant.sync_switch(True)
    sc.synchronised(tenant, Client(sc.Door(tenant)))
    (d / 'company.ldif').write_text(entries.replace('department: ', 'department: Newer '))
    r = second.run('cycle')
    t.code(r, 5, 'is noticed')
    t.has(r.all, ['another server', 'last synchronisation moved', 'causeway lease take cloud'], 'and named')
    t.ok('other-product' in lease(second), 'lease show has when it was')
    t.code(second.run('lease', 'take', 'cloud'), 0, 'once it is stopped')
    t.code(second.run('cycle'), 0, 'all goes on')

    # ---- Without the right for it none is kept, and that is said ----
    app = run(TENANT, 'app', 'add', tenant.path, *[x for role in (
        'User.ReadWrite.All', 'Group.ReadWrite.All', 'Device.Read.All', 'OrgContact.Read.All', 'Organization.Read.All',
        'User-PasswordProfile.ReadWrite.All') for x in ('--role', role)]).json()
    t.code(second.run('lease', 'release', 'cloud'), 0, 'the lease is free')
    (d / 'poor_secret').write_text(app['clientSecret'])
    (d / 'poor_secret').chmod(0o600)
    poor = Site(d / 'poor', [ldif_connector(d / 'company.ldif'), tenant.connector(
        client_id=app['clientId'], secret='file:%s' % (d / 'poor_secret'))])
    t.code(poor.run('cycle', 'initial'), 0, 'an application that may not write to the organisation goes on')
    t.is_(lease(poor)['state'], 'not-kept', 'and lease show says that none is kept')
    r = poor.run('lease', 'take', 'cloud')
    t.code(r, 1, 'nor can it be taken')
    t.has(r.all, ['Organization.ReadWrite.All'], 'and what is missing')

    # ---- Open extensions of the organisation, as others use them ----
    graph = tenant.graph()
    url = '/v1.0/organization/%s/extensions' % tenant.client['tenantId']
    note = {'@odata.type': 'microsoft.graph.openTypeExtension', 'extensionName': 'org.test.note', 'text': 'one'}

    def call(method, path, body=None):
        try:
            return graph.call(method, path, json.dumps(body) if body is not None else None,
                              {'Content-Type': 'application/json'})
        except Exception as e:
            return e

    call('POST', url, note)
    t.is_(call('GET', url + '/org.test.note')['text'], 'one', 'an extension is made and read')
    t.has(str(call('POST', url, note)), ['409'], 'a second one of the name is refused')
    call('PATCH', url + '/org.test.note', {'text': 'two'})
    t.is_([x.get('text') for x in call('GET', url)['value'] if x['extensionName'] == 'org.test.note'], ['two'],
          'changed, and in the list')
    call('DELETE', url + '/org.test.note')
    t.has(str(call('GET', url + '/org.test.note')), ['404'], 'and gone')
    t.has(str(call('POST', url, {'extensionName': 'no blanks'})), ['400'], 'a name that is none')
    t.has(str(call('POST', url, {**note, 'text': 'x' * 20000})), ['400'], 'one that is too large')
t.done()

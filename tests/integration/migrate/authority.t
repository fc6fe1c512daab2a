#!/usr/bin/env python3
"""causeway migrate authority: what a predecessor mastered on premises becomes
the cloud's, with proof, and every immutable ID as it was."""
import datetime
import os
import signal
import sqlite3
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()
AUTHORITY = ('migrate', 'authority')


def sid(rid):
    return bytes([1, 5]) + (5).to_bytes(6, 'big') + struct.pack('<5I', 21, 11, 22, 33, rid)


def with_sids(entries):
    """People and groups with security identifiers, a contact and a distribution list."""
    out = [(dn, attrs + ([('objectSid', sid(1000 + i))] if dict(attrs)['objectClass'] in ('user', 'group') else []))
           for i, (dn, attrs) in enumerate(entries)]
    out.append(('CN=Far Away,OU=Staff,DC=small,DC=example', [
        ('objectClass', 'contact'), ('cn', 'Far Away'), ('displayName', 'Far Away'), ('mail', 'far@far.test'),
        ('proxyAddresses', 'SMTP:far@far.test'), ('objectGUID', b'guid-of-c-000001')]))
    out.append(('CN=Post,OU=Staff,DC=small,DC=example', [
        ('objectClass', 'group'), ('cn', 'Post'), ('displayName', 'Post'), ('sAMAccountName', 'post'),
        ('groupType', '2'), ('mail', 'post@' + SMALL), ('proxyAddresses', 'SMTP:post@' + SMALL),
        ('objectSid', sid(2001)), ('objectGUID', b'guid-of-g-000099')]))
    return out


def changed(entries, person, **values):
    out = list(entries)
    dn, attrs = out[2 + person]
    out[2 + person] = (dn, [(n, values.get(n, v)) for n, v in attrs])
    return out


def give_role(tenant, *roles):
    """The application that the connector uses gets more rights."""
    more = [x for r in roles for x in ('--role', r)]
    r = run(TENANT, 'app', 'add', tenant.path, *more)
    if r.code != 0:
        raise RuntimeError(r.all)
    return r.json()


def now(**more):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**more)).strftime('%Y-%m-%dT%H:%M:%SZ')


def by_type(doc):
    return {x['type']: x for x in doc['types']}


def ids(tenant):
    return {u['id']: u.get('onPremisesImmutableId') for u in tenant.graph().full_dump()['users']}


def state(site):
    return site.run(*AUTHORITY, 'status', '--json').json()['state']


EVERYTHING = ['User.ReadWrite.All', 'Group.ReadWrite.All', 'OrgContact.Read.All', 'Device.Read.All',
              'Organization.ReadWrite.All', 'User-OnPremisesSyncBehavior.ReadWrite.All',
              'Group-OnPremisesSyncBehavior.ReadWrite.All', 'Contacts-OnPremisesSyncBehavior.ReadWrite.All']

with scratch() as d:
    entries = with_sids(small_entries(25))
    source = d / 'people.ldif'
    source.write_text(ldif_text(entries))
    parameters = {'Domain.FQDN': SMALL}
    tenant = Tenant(d / 'tenant', SMALL).start().sync_switch(True)

    def door(*roles):
        """A connector of an application with these rights."""
        app = give_role(tenant, *roles)
        secret = d / ('secret-' + app['clientId'])
        secret.write_text(app['clientSecret'])
        secret.chmod(0o600)
        return tenant.connector(client_id=app['clientId'], secret='file:%s' % secret)

    old = Site(d / 'old', [ldif_connector(source, parameters=parameters), tenant.sync_connector()])
    t.code(old.run('cycle', 'initial'), 0, 'a predecessor synchronises')
    new = Site(d / 'new', [ldif_connector(source, parameters=parameters), door(*EVERYTHING)], staging=True)
    before = ids(tenant)
    t.is_(len([i for i in before.values() if i]), 25, 'twenty-five people with an immutable ID')

    # ---- What there is ----

    t.code(old.run(*AUTHORITY, 'show'), 1, 'through the synchronisation service there is nothing to move')
    t.has(old.run(*AUTHORITY, 'show').err, ['mastered on premises', 'same anchors', 'kind graph'], 'and that is said')
    t.code(new.run('cycle', 'initial'), 0, 'the new server, by Graph, in staging mode')
    r = new.run(*AUTHORITY, 'show', '--json')
    t.code(r, 0, 'show')
    doc = by_type(r.json())
    t.is_([(doc[k]['onPremises'], doc[k]['immutableId']) for k in ('user', 'group', 'mail-enabled group', 'contact')],
          [(25, 25), (3, 0), (1, 0), (1, 0)], 'who is mastered on premises, and who has an immutable ID')
    t.is_((doc['user']['unknownHere'], doc['group']['unknownHere']), (0, 0), 'each is known here, groups by their SID')
    t.is_((doc['contact']['cannotCarry'], doc['mail-enabled group']['cannotCarry']), (['Far Away'], ['Post']),
          'what Graph cannot carry, by name')
    r = new.run(*AUTHORITY, 'show')
    t.has(r.out, ['Far Away', 'Post', 'proxyAddresses', 'password hashes', '72 hours', 'Organization.ReadWrite.All',
                  'nobody can take back'], 'for people too')
    everything = new.run('migrate', 'compare')
    t.code(everything, 4, 'the groups would be made a second time')

    # ---- Not yet ----

    t.code(new.run(*AUTHORITY, 'finish'), 5, 'nothing was begun')
    t.code(new.run(*AUTHORITY, 'start', '--organization'), 2, 'not without a reason')
    why = ('--organization', '--by', 'ada', '--reason', 'to Graph')
    r = new.run(*AUTHORITY, 'plan', '--json')
    t.code(r, 5, 'plan: not while the old server is at work')
    t.is_([c['check'] for c in r.json()['checks'] if not c['ok']], ['alone'], 'and nothing else is in the way')
    r = new.run(*AUTHORITY, 'start', *why)
    t.code(r, 5, 'start says the same')
    t.has(r.err, ['a server synchronised', '--old-is-off'], 'and what to do')
    source.write_text(ldif_text(changed(entries, 3, department='Elsewhere')))
    tenant.admin('POST', 'clock', {'now': now(minutes=2)})
    t.code(old.run('cycle'), 0, 'the old server goes on')
    r = new.run(*AUTHORITY, 'start', *why, '--old-is-off')
    t.code(r, 5, 'though somebody says that it is off')
    t.has(r.err, ['moved from'], 'the time of its last synchronisation moved')
    source.write_text(ldif_text(entries))
    t.code(old.run('cycle'), 0, 'its last cycle')
    t.code(old.run('staging', 'on'), 0, 'now it is off')
    t.code(new.run('cycle'), 0, 'what it did is read')
    r = new.run(*AUTHORITY, 'start', *why)
    t.code(r, 5, 'once more')
    t.code(new.run('staging', 'off'), 0, 'an active server')
    t.has(new.run(*AUTHORITY, 'start', *why, '--old-is-off').err, ['staging on'], 'may not')
    t.code(new.run('staging', 'on'), 0, 'staging again')
    r = Site(d / 'poor', [ldif_connector(source, parameters=parameters), door(*EVERYTHING[:4])], staging=True)
    t.code(r.run('cycle', 'initial'), 0, 'an application with fewer rights')
    t.has(r.run(*AUTHORITY, 'start', *why, '--old-is-off').err, ['Organization.ReadWrite.All', '--by-hand'],
          'is told which one is missing')
    t.is_(tenant.graph().get('/v1.0/organization')['value'][0]['onPremisesSyncEnabled'], True, 'nothing was turned off')

    # ---- Killed at its beginning ----

    tenant.admin('POST', 'delay', {'ms': 400})
    p = new.popen(*AUTHORITY, 'start', *why, '--old-is-off', stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def noted():
        with contextlib.closing(sqlite3.connect('file:%s?mode=ro' % (new.path / 'causeway.db'), uri=True)) as db:
            return db.execute("SELECT count(*) FROM meta WHERE key = CAST('migrate.authority' AS BLOB) AND length(value) > 0").fetchone()[0]
    until(noted, 'the note')
    p.send_signal(signal.SIGKILL)
    p.wait()
    tenant.admin('DELETE', 'faults')
    t.is_(state(new), 'asked', 'killed between the note and the request')
    r = new.run(*AUTHORITY, 'finish')
    t.code(r, 5, 'which is no proof')
    t.has(r.err, ['cut off', 'start --organization'], 'and how to go on')
    t.code(new.run(*AUTHORITY, 'start', *why), 0, 'the same command goes on, with what was noted')
    t.is_(state(new), 'waiting', 'waiting')
    t.code(new.run(*AUTHORITY, 'start', *why), 0, 'again is no harm')

    # ---- Waiting ----

    r = new.run(*AUTHORITY, 'finish')
    t.code(r, 5, 'not before the directory says so')
    t.has(r.err, ['has not turned', 'at the latest'], 'and when it will have')
    t.code(new.run(*AUTHORITY, 'return', '--reason', 'no'), 5, 'nor can it be turned on in that time')
    t.ok(old.run('run', 'cloud', 'full-import').code != 0, 'nobody synchronises meanwhile')
    tenant.admin('POST', 'clock', {'now': now(hours=71)})
    t.is_(state(new), 'waiting', 'seventy-one hours later')
    r = new.run('migrate', 'switch', '--old-is-off')
    t.code(r, 5, 'no switch before it has moved')
    t.has(r.err, ['mastered on premises'], 'and says why')
    tenant.admin('POST', 'clock', {'now': now(hours=73)})

    # ---- Proof ----

    held = tenant.dump()
    r = new.run(*AUTHORITY, 'status', '--json').json()
    t.is_((r['state'], r['onPremises'], r['writesTried'], r['writesTaken']), ('proved', 0, r['writesTried'], r['writesTried']),
          'seventy-three hours later: proved')
    t.ok(r['writesTried'] == 9 + 3, 'by people and groups', r)
    t.is_(tenant.dump(), held, 'and nothing is another value than it was')
    t.is_(ids(tenant), before, 'every immutable ID is what it was')

    # ---- An immutable ID that is another one ----

    someone = next(i for i, v in before.items() if v)
    graph = tenant.graph()
    graph.call('PATCH', '/v1.0/users/' + someone, json.dumps({'onPremisesImmutableId': 'QUJDRA=='}),
               {'Content-Type': 'application/json'})
    r = new.run(*AUTHORITY, 'finish', '--json')
    t.code(r, 5, 'one immutable ID is another')
    t.is_([(x['anchor'], x['was'], x['is']) for x in r.json()['differences']],
          [('User_' + someone, before[someone], 'QUJDRA==')], 'which one, and what it was')
    t.is_(state(new), 'proved', 'nothing went on')
    graph.call('PATCH', '/v1.0/users/' + someone, json.dumps({'onPremisesImmutableId': before[someone]}),
               {'Content-Type': 'application/json'})
    r = new.run(*AUTHORITY, 'finish', '--json')
    t.code(r, 0, 'mended')
    t.is_((r.json()['state'], r.json()['compared'], r.json()['groupsKnown'], r.json()['groupsUnknown']), ('done', 30, 3, []),
          'every object compared, three groups carry their source anchor')
    t.code(new.run(*AUTHORITY, 'finish'), 0, 'again is no harm')
    t.code(new.run(*AUTHORITY, 'start', *why), 5, 'it does not begin twice')
    names = [j['result'] for j in new.run('journal', 'list', '--json').json()]
    t.ok({'authority-asked', 'authority-off', 'authority-cloud'} <= set(names), 'the journal has all of it', names)

    # ---- The move ----

    t.code(new.run('cycle', 'initial'), 0, 'read again')
    r = new.run('migrate', 'compare', '--json')
    lines = r.json()['lines']
    t.is_([x for x in lines if x['operation'] in ('add', 'delete')], [], 'no group would be made twice, nobody deleted')
    for x in lines:
        t.code(new.run('migrate', 'ack', x['id'], '--reason', 'seen'), 0, '%s %s' % (x['operation'], x['displayName']))
    t.code(new.run('migrate', 'switch', '--old-is-off'), 0, 'the switch')
    held = tenant.graph().full_dump()
    t.code(new.run('cycle'), 0, 'the first cycle')
    source.write_text(ldif_text(changed(entries, 4, department='By Graph')))
    t.code(new.run('cycle'), 0, 'and a change')
    after = tenant.graph().full_dump()
    t.is_({u['id'] for u in after['users']} | {g['id'] for g in after['groups']},
          {u['id'] for u in held['users']} | {g['id'] for g in held['groups']}, 'the same objects with the same ids')
    t.ok(any(u.get('department') == 'By Graph' for u in after['users']), 'Graph writes what the predecessor mastered')
    t.is_(ids(tenant), before, 'with the same immutable IDs')

# ---- One object after the other ----

with scratch() as d:
    entries = with_sids(small_entries(6))
    source = d / 'people.ldif'
    source.write_text(ldif_text(entries))
    tenant = Tenant(d / 'tenant', SMALL).start().sync_switch(True)
    old = Site(d / 'old', [ldif_connector(source, parameters={'Domain.FQDN': SMALL}), tenant.sync_connector()])
    t.code(old.run('cycle', 'initial'), 0, 'a predecessor again')
    app = give_role(tenant, *EVERYTHING)
    (d / 'secret').write_text(app['clientSecret'])
    (d / 'secret').chmod(0o600)
    new = Site(d / 'new', [ldif_connector(source, parameters={'Domain.FQDN': SMALL}), tenant.connector(
        client_id=app['clientId'], secret='file:%s' % (d / 'secret'))], staging=True)
    t.code(new.run('cycle', 'initial'), 0, 'and the new server')
    before = ids(tenant)
    user = next(u['id'] for u in tenant.graph().full_dump()['users'] if u.get('displayName') == 'Person 002')
    group = next(g['id'] for g in tenant.graph().full_dump()['groups'] if g.get('displayName') == 'Group 1')
    r = new.run(*AUTHORITY, 'start', 'p002@' + SMALL, 'Group_' + group, '--reason', 'pilot', '--json')
    t.code(r, 0, 'a person and a group')
    t.is_([(x['anchor'], x['master'], x['moved']) for x in r.json()],
          [('User_' + user, 'cloud', True), ('Group_' + group, 'cloud', True)], 'are the cloud\'s now')
    t.is_(ids(tenant), before, 'with the same immutable IDs')
    doc = by_type(new.run(*AUTHORITY, 'show', '--json').json())
    t.is_((doc['user']['onPremises'], doc['group']['onPremises'], doc['group']['immutableId']), (5, 2, 0),
          'the others are mastered on premises')
    source.write_text(ldif_text(changed(entries, 2, department='Held')))
    r = old.run('cycle', '--json')
    t.ok('ObjectIsCloudManaged' in r.out, 'the old server writes it no more', r.out[-1500:])
    r = new.run(*AUTHORITY, 'start', 'p002@' + SMALL, '--reason', 'pilot', '--json')
    t.is_([x['moved'] for x in r.json()], [False], 'again is no harm')
    r = new.run(*AUTHORITY, 'start', 'p002@' + SMALL, 'nobody@' + SMALL, '--on-premises', '--reason', 'back', '--json')
    t.code(r, 3, 'back again, and somebody who is not there')
    t.is_([(x['master'], x['moved'], 'error' in x) for x in r.json()], [('on premises', True, False), ('on premises', False, True)],
          'each by itself')
    t.is_(by_type(new.run(*AUTHORITY, 'show', '--json').json())['user']['onPremises'], 6, 'on premises, all of them')
    t.code(old.run('cycle'), 0, 'and the old server writes it again')
    t.ok(any(u.get('department') == 'Held' for u in tenant.graph().full_dump()['users']), 'as it does')

    # ---- Turned off by hand, and the way back ----

    t.code(old.run('staging', 'on'), 0, 'the old server is off')
    t.code(new.run('cycle'), 0, 'read again')
    tenant.sync_switch(False)
    r = new.run(*AUTHORITY, 'start', '--organization', '--by-hand', '--old-is-off', '--reason', 'by the portal')
    t.code(r, 0, 'an administrator turned it off')
    t.is_(state(new), 'waiting', 'which is waited for')
    tenant.admin('POST', 'clock', {'now': now(hours=73)})
    t.is_(state(new), 'proved', 'and proved')
    t.code(new.run(*AUTHORITY, 'return', '--reason', 'another time'), 0, 'the way back')
    t.is_((state(new), tenant.graph().get('/v1.0/organization')['value'][0]['onPremisesSyncEnabled']), ('none', True),
          'synchronisation is on, nothing is noted')
    t.code(old.run('staging', 'off'), 0, 'the old server')
    t.code(old.run('cycle', 'initial'), 0, 'goes on')
    t.is_(ids(tenant), before, 'with the same people')
t.done()

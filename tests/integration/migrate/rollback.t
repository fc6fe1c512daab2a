#!/usr/bin/env python3
"""causeway migrate rollback and limits: the inverse of what the switch's exports
were allowed to do goes back whole; other changes do not go with it; the
directory's own limit holds."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()
GUARD = {'deletions': 3, 'change_minimum': 3}


def titled(entries):
    """The first twelve are chiefs, and not one alone."""
    return [(dn, attrs + [('title', 'Chief')]) if 3 <= i < 14 else (dn, attrs) for i, (dn, attrs) in enumerate(entries)]


def added(entries, n):
    out = list(entries)
    for i in range(n):
        dn, attrs = entries[3]
        out.append((dn.replace('Person 001', 'Added %03d' % i), [
            (k, b'guid-of-p-9%05d' % i if k == 'objectGUID' else v.replace('Person 001', 'Added %03d' % i)
             if k in ('cn', 'displayName') else v.replace('p001', 'added%d' % i) if isinstance(v, str) else v)
            for k, v in attrs]))
    return out


def without(entries, people):
    gone = {entries[2 + i][0] for i in people}
    return [(dn, [(n, v) for n, v in attrs if v not in gone]) for dn, attrs in entries if dn not in gone]


def state(tenant):
    drop = ('createdDateTime', 'deletedDateTime', 'renewedDateTime', 'onPremisesLastSyncDateTime')
    return {k: sorted(({a: b for a, b in o.items() if a not in drop} for o in v), key=lambda o: o['id'])
            for k, v in tenant.graph().full_dump().items() if k != 'deleted'}


def switched(d, connectors):
    """Two servers; the new one has taken over."""
    old = Site(d / 'old', connectors, guard=GUARD)
    t.code(old.run('cycle', 'initial'), 0, 'the old server fills the cloud')
    new = Site(d / 'new', connectors, staging=True, guard=GUARD)
    t.code(new.run('cycle', 'initial'), 0, 'the new one reads')
    t.code(old.run('lease', 'release', 'cloud'), 0, 'the old one lets go')
    t.code(old.run('staging', 'on'), 0, 'and stops')
    t.code(new.run('migrate', 'switch', '--old-is-off'), 0, 'the switch')
    return new


with scratch() as d:
    entries = small_entries(20)
    entries[2] = (entries[2][0], entries[2][1] + [('title', 'Chief')])
    source = d / 'people.ldif'
    source.write_text(ldif_text(entries))
    tenant = Tenant(d / 'tenant', SMALL).start()
    new = switched(d, [ldif_connector(source, parameters={'Domain.FQDN': SMALL}), tenant.connector()])
    before = state(tenant)
    later = added(titled(entries), 6)
    source.write_text(ldif_text(later))
    t.code(new.run('cycle'), 0, 'eleven get a title, six come who have it')
    users = state(tenant)['users']
    t.is_((len(users), sum(u.get('jobTitle') == 'Chief' for u in users)), (26, 12 + 6), 'in the cloud')
    source.write_text(ldif_text(without(later, range(14, 19))))
    t.code(new.run('cycle'), 4, 'five vanish, which the guard stops')
    t.is_(len(new.pending()), 5 + 1, 'they wait (and a group that loses them)')

    r = new.run('migrate', 'rollback', '--by', 'ada')
    t.code(r, 0, 'rollback: more titles and more deletions than the guard lets pass unasked')
    t.ok(state(tenant) == before, 'the cloud is as it was at the switch, and the five are there')
    notes = [j for j in new.run('journal', 'list', '--json').json() if j['result'] == 'guard-undone']
    t.ok(len(notes) == 1 and 'ada' in json.dumps(notes[0]) and 'undoes run' in json.dumps(notes[0]), 'the journal says who let it pass',
         notes)
    t.is_(new.run('staging', 'status', '--json').json()['staging'], True, 'staging mode is on')
    t.code(new.run('staging', 'off'), 0, 'an export by hand')
    t.code(new.run('run', 'cloud', 'export'), 4, 'the guard holds for everything else, as before')
    t.ok(state(tenant) == before, 'and nothing was sent')

# ---- Who waits to be deleted is not kept for ever by an undo ----

with scratch() as d:
    source = d / 'people.ldif'
    source.write_text(ldif_text(entries))
    tenant = Tenant(d / 'tenant', SMALL).start()
    new = switched(d, [ldif_connector(source, parameters={'Domain.FQDN': SMALL}), tenant.connector()])
    source.write_text(ldif_text(titled(entries)))
    t.code(new.run('cycle'), 0, 'eleven get a title')
    leavers = ['Person %03d' % i for i in range(5, 10)]
    source.write_text(ldif_text(without(titled(entries), range(5, 10))))
    t.code(new.run('cycle'), 4, 'five of them leave, which the guard stops')
    r = new.run('migrate', 'rollback', '--json')
    t.code(r, 0, 'rollback: not all is as it was')
    held = r.json()['runs'][0]['cannotBeUndone']
    t.is_(sorted(h['displayName'] for h in held), leavers, 'who is about to be deleted is left as he is')
    t.ok(all('about to be deleted' in h['why'] for h in held), 'and it is said', held)
    t.is_(sum(u.get('jobTitle') == 'Chief' for u in state(tenant)['users']), 1 + 5, 'the others have lost the title')
    t.is_(sorted(p['displayName'] for p in new.pending() if p['operation'] == 'delete'), leavers, 'the deletions wait')
    t.code(new.run('staging', 'off'), 0, 'and later')
    t.code(new.run('guard', 'set', '10'), 0, 'when the guard lets them pass')
    t.code(new.run('run', 'cloud', 'export'), 0, 'an export')
    t.ok(not {u['displayName'] for u in state(tenant)['users']} & set(leavers), 'they are gone')

with scratch() as d:
    source = d / 'people.ldif'
    source.write_text(ldif_text(entries))
    tenant = Tenant(d / 'tenant', SMALL).start().sync_switch(True)
    new = switched(d, [ldif_connector(source, parameters={'Domain.FQDN': SMALL}), tenant.sync_connector()])
    source.write_text(ldif_text(added(entries, 6)))
    t.code(new.run('cycle'), 0, 'by the synchronisation service: six come')
    tenant.admin('POST', 'sync', {'synchronizationPreventionType': 'enabledForCount', 'alertThreshold': 2})
    r = new.run('migrate', 'rollback')
    t.code(r, 4, 'the directory itself allows two deletions')
    t.has(r.err, ['6 deletions', 'the 2 that the directory allows', 'accidental deletion prevention'], 'which is not ours to pass')
    t.is_(len(state(tenant)['users']), 26, 'nothing was sent')
    tenant.admin('POST', 'sync', {'synchronizationPreventionType': 'enabledForCount', 'alertThreshold': 500})
    t.code(new.run('migrate', 'rollback'), 0, 'changed there, the same command goes on')
    t.is_(len(state(tenant)['users']), 20, 'as it was')
t.done()

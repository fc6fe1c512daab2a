#!/usr/bin/env python3
"""causeway migrate switch and rollback: from staging to active when nothing
unexpected would happen, and back with what was sent taken back."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()


def replaced(entries, person, **values):
    out = list(entries)
    dn, attrs = out[2 + person]
    out[2 + person] = (dn, [(n, values.get(n, v)) for n, v in attrs])
    return out


def state(tenant):
    """What the tenant holds, without what time alone changes."""
    drop = ('createdDateTime', 'deletedDateTime', 'renewedDateTime')
    return json.dumps({k: sorted(({a: b for a, b in o.items() if a not in drop} for o in v), key=lambda o: o['id'])
                       if isinstance(v, list) else v for k, v in tenant.dump().items()}, sort_keys=True, indent=1)


def lease(site):
    return site.run('lease', 'show', '--json').json()[0]['state']


def staging(site):
    return site.run('staging', 'status', '--json').json()['staging']


with scratch() as d:
    entries = small_entries(20)
    source = d / 'people.ldif'
    source.write_text(ldif_text(entries))
    tenant = Tenant(d / 'tenant', SMALL).start()
    connectors = [ldif_connector(source, parameters={'Domain.FQDN': SMALL}), tenant.connector()]
    old = Site(d / 'old', connectors)
    t.code(old.run('cycle', 'initial'), 0, 'the old server fills the cloud')
    new = Site(d / 'new', connectors, staging=True)

    # ---- Not yet ----

    t.code(old.run('migrate', 'switch'), 5, 'a server that is active already')
    r = new.run('migrate', 'switch')
    t.code(r, 5, 'not before it has read everything')
    t.has(r.err, ['needs a full', 'causeway cycle initial'], 'and says what is missing')
    t.code(new.run('cycle', 'initial'), 0, 'it reads and decides')
    source.write_text(ldif_text(replaced(entries, 3, department='Elsewhere')))
    t.code(new.run('cycle'), 0, 'a difference')
    r = new.run('migrate', 'switch')
    t.code(r, 4, 'not with a difference that nobody acknowledged')
    t.has(r.err, ['1 differences are open'], 'and says how many')
    t.is_(staging(new), True, 'it is in staging mode still')
    source.write_text(ldif_text(entries))
    t.code(new.run('cycle'), 0, 'none any more')
    t.code(old.run('lease', 'release', 'cloud'), 0, 'the old server lets go')
    t.code(old.run('staging', 'on'), 0, 'and is in staging mode first')

    # ---- The switch ----

    seen = tenant.dump()
    before = state(tenant)
    t.code(new.run('migrate', 'switch', '--by', 'ada'), 0, 'the switch')
    t.is_((staging(new), lease(new), lease(old)), (False, 'ours', 'held'), 'active, with the lease')
    t.is_(state(tenant), before, 'nothing was sent by it')
    r = old.run('run', 'cloud', 'export')
    t.code(r, 5, 'the old server sends nothing')

    # ---- Days go by ----

    later = replaced(replaced(entries, 3, department='Elsewhere'), 4, displayName='Another Name')
    gone = later[2 + 9][0]
    later = [(e, [(n, v) for n, v in a if v != gone]) for e, a in later if e != gone]
    dn, attrs = entries[7]
    later.append((dn.replace('Person', 'Added'), [
        (n, b'guid-of-p-999999' if n == 'objectGUID' else v.replace('Person', 'Added') if n in ('cn', 'displayName')
         else v.replace('p005', 'added') if isinstance(v, str) else v) for n, v in attrs]))
    source.write_text(ldif_text(later))
    t.code(new.run('cycle'), 0, 'a cycle with an add, updates and a deletion')
    source.write_text(ldif_text(replaced(later, 5, department='Far Away')))
    t.code(new.run('cycle'), 0, 'and another')
    names = {u['displayName'] for u in tenant.dump()['users']}
    t.ok('Added 005' in names and 'Another Name' in names and 'Person 009' not in names, 'the cloud has it', names)

    # ---- Back ----

    r = new.run('migrate', 'rollback', '--json')
    t.code(r, 0, 'rollback')
    t.is_([run['connector'] for run in r.json()['runs']], ['cloud', 'cloud'], 'both exports were taken back')
    t.is_([run['cannotBeUndone'] for run in r.json()['runs']], [[], []], 'whole')
    t.is_(state(tenant), before, 'the cloud is as it was at the switch, the deleted person with the same id')
    t.is_((staging(new), lease(new)), (True, 'free'), 'in staging mode, the lease is free')
    t.code(new.run('migrate', 'rollback'), 1, 'there is nothing more to roll back')
    t.code(old.run('staging', 'off'), 0, 'the old server')
    source.write_text(ldif_text(entries))
    t.code(old.run('cycle'), 0, 'goes on')
    t.is_(state(tenant), before, 'and changes nothing')
t.done()

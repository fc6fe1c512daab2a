#!/usr/bin/env python3
"""SIGKILL between a request and its answer: the journal has what was sent by the
run that was killed, uncertain; after a cycle it is settled by what the directory
shows; `undo --run` of that run and of the one that went on restores all of it.
By Graph, and by the synchronisation service; a directory over LDAP is in
writeback/ldap.py."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

HOLD_MS = 700  # each answer is held back so long
t = Tap()


def state(tenant):
    """What the tenant holds, without what time alone changes."""
    drop = ('createdDateTime', 'deletedDateTime', 'renewedDateTime')
    d = tenant.dump()
    return {o['id']: {k: sorted(v) if isinstance(v, list) else v for k, v in o.items() if k not in drop}
            for o in d['users'] + d['groups']}


def changed(entries):
    """A day: departments and a name, one who goes, one who comes, members."""
    out, gone = [], 'CN=Person 009,'
    for i, (dn, attrs) in enumerate(entries):
        if dn.startswith(gone):
            continue
        attrs = [(n, v) for n, v in attrs if not (isinstance(v, str) and v.startswith(gone))]
        if dn.startswith('CN=Person') and i % 2:
            attrs = [(n, 'Elsewhere' if n == 'department' else v) for n, v in attrs]
        if dn.startswith('CN=Person 004,'):
            attrs = [(n, 'Another Name' if n == 'displayName' else v) for n, v in attrs]
        if dn.startswith('CN=Group 0,'):
            attrs = [(n, v) for n, v in attrs if not (n == 'member' and 'Person 001' in v)]
            attrs.append(('member', [d for d, _ in entries if d.startswith('CN=Person 015,')][0]))
        out.append((dn, attrs))
    dn, attrs = next(e for e in entries if e[0].startswith('CN=Person 012,'))
    out.append((dn.replace('Person', 'Added'), [
        (n, b'guid-of-p-999999' if n == 'objectGUID' else v.replace('Person', 'Added') if n in ('cn', 'displayName')
         else v.replace('p012', 'added') if isinstance(v, str) else v) for n, v in attrs]))
    return out


def kill_at(site, tenant, nth, what):
    """The export, killed when its nth write was carried out and not answered."""
    tenant.admin('POST', 'delay', {'ms': HOLD_MS})
    seq = tenant.writes()
    p = site.popen('run', 'cloud', 'export', stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(nth):
        until(lambda: tenant.writes() != seq or p.poll() is not None, 'a write of %s' % what)
        seq = tenant.writes()
    t.ok(p.poll() is None, '%s: it waits for an answer' % what)
    p.kill()
    p.wait()
    started.remove(p)
    tenant.admin('POST', 'delay', {'ms': 0})


def road(name, connector, switch, nth):
    name = '%s %d' % (name, nth)
    with scratch() as d:
        tenant = Tenant(d / 'tenant', SMALL).start()
        if switch:
            tenant.sync_switch(True)
        entries, source = small_entries(20), d / 'small.ldif'
        source.write_text(ldif_text(entries))
        site = Site(d / 'site', [ldif_connector(source), connector(tenant)])
        t.code(site.run('cycle', 'initial'), 0, '%s: the first cycle' % name)
        t.code(site.run('cycle'), 0, '%s: the second' % name)
        before = state(tenant)
        source.write_text(ldif_text(changed(entries)))
        for args in (('company', 'full-import'), ('company', 'delta-sync')):
            t.code(site.run('run', *args), 0, '%s: %s' % (name, args[1]))
        seq = tenant.writes()
        kill_at(site, tenant, nth, name)
        run = site.run('history', 'list', '--json').json()[0]['run-id']
        r = site.run('journal', 'show', run, '--json')
        t.code(r, 0, '%s: journal show' % name)
        sent = r.json()
        t.ok(len(sent) > 0, '%s: the journal has what was under way' % name, sent)
        t.ok('uncertain' in {e['result'] for e in sent}, '%s: uncertain' % name, sent)
        t.ok(all(e['changes'] for e in sent if e['operation'] != 'delete'), '%s: with its values' % name, sent)
        listed = site.run('journal', 'list', '--json', '--limit', 1000).json()
        t.is_(sorted(e['displayName'] for e in listed if e['run'] == run), sorted(e['displayName'] for e in sent),
              '%s: so has journal list' % name)
        undo = site.run('undo', '--run', run, '--json')
        t.code(undo, 0, '%s: undo before anything was read back' % name)
        t.is_({n['why'] for n in undo.json()['cannotBeUndone']},
              {'sent without an answer: whether the directory has it is known after the next import'},
              '%s: says that it is uncertain' % name)
        if undo.json()['number'] != 0:
            t.code(site.run('plan', 'drop', undo.json()['number']), 0, '%s: not now' % name)

        # It goes on; what is uncertain is settled by what the directory shows.
        t.code(site.run('cycle'), 0, '%s: a normal cycle' % name)
        after = site.run('journal', 'show', run, '--json').json()
        t.is_(len(after), len(sent), '%s: each has one entry' % name)
        results = {e['result'] for e in after}
        t.ok('done' in results and results <= {'done', 'not-done'}, '%s: settled' % name, results)
        if switch and nth == 2:  # a call of many requests
            t.ok('not-done' in results, '%s: some of it was not sent yet' % name, results)
        runs = sorted({e['run'] for e in site.run('journal', 'list', '--limit', 1000, '--json').json()
                       if e['run'] >= run}, reverse=True)
        made = tenant.journal(seq)['totals']
        t.is_((made['created'], made['deleted']), (1, 1), '%s: nothing was done twice' % name)
        middle = state(tenant)
        t.ok(middle != before, '%s: the day is in the cloud' % name)
        for r in runs:
            u = site.run('undo', '--run', r, '--json')
            if u.code == 1 and 'sent nothing' in u.err:
                continue
            t.code(u, 0, '%s: undo --run %d' % (name, r))
            t.is_(u.json()['cannotBeUndone'], [], '%s: all of it can be undone' % name)
            if u.json()['number'] != 0:
                t.code(site.run('apply', u.json()['number']), 0, '%s: the inverse' % name)
        back = state(tenant)
        t.is_([(before.get(i), back.get(i)) for i in set(before) | set(back) if before.get(i) != back.get(i)], [],
              '%s: the tenant is as it was, with the same ids' % name)
        t.code(site.run('cycle'), 0, '%s: a cycle' % name)
        t.is_(set(state(tenant)), set(before), '%s: and stays so' % name)


for nth in (1, 2):
    road('graph', lambda tenant: tenant.connector(batch_size=5, parallel=1), False, nth)
    road('sync', lambda tenant: tenant.sync_connector(batch_size=5), True, nth)
t.done()

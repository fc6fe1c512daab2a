#!/usr/bin/env python3
"""Plan, apply, undo against the tenant, read back over Graph."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()


class Company:
    """The source as a dict that a test changes, and writes."""

    def __init__(self, path, people):
        self.path, self.entries = path, [(dn, list(attrs)) for dn, attrs in small_entries(people)]
        self.write()

    def write(self):
        self.path.write_text(ldif_text(self.entries))

    def of(self, cn):
        return next(a for dn, a in self.entries if dn.startswith('CN=%s,' % cn))

    def set(self, cn, name, *values):
        attrs = self.of(cn)
        attrs[:] = [x for x in attrs if x[0] != name] + [(name, v) for v in values]

    def remove(self, cn):
        self.entries = [(dn, [x for x in a if not (isinstance(x[1], str) and x[1].startswith('CN=%s,' % cn))])
                        for dn, a in self.entries if not dn.startswith('CN=%s,' % cn)]

    def add(self, cn, number):
        dn = self.entries[2][0].split(',', 1)[1]
        self.entries.append(('CN=%s,%s' % (cn, dn), [
            ('objectClass', 'user'), ('cn', cn), ('sn', cn), ('displayName', cn), ('sAMAccountName', cn.lower()),
            ('userPrincipalName', '%s@%s' % (cn.lower(), SMALL)), ('userAccountControl', '512'),
            ('objectGUID', b'guid-of-n-%06d' % number)]))


def state(tenant):
    """All that can be undone, by id."""
    d = tenant.dump()
    out = {}
    for o in d['users'] + d['groups']:
        o = {k: sorted(v) if isinstance(v, list) else v for k, v in o.items()}
        out[o['id']] = o
    return out


def decide(site):
    """What a cycle does before it exports."""
    for what in (('company', 'full-import'), ('company', 'delta-sync')):
        t.code(site.run('run', *what), 0, ' '.join(what))


def plan(site):
    r = site.run('plan', '--json')
    t.code(r, 0, 'plan')
    return r.json()


def apply(site, number, code, name, *more):
    r = site.run('apply', number, '--json', *more)
    t.code(r, code, name)
    return r.json() if r.out else {}


def changes(doc):
    return {(i['operation'], i['displayName'], c['attribute']): (c['old'], c['new']) for i in doc['items']
            for c in i['changes'] if i['operation'] == 'update'}


with scratch() as d:
    tenant = Tenant(d / 'tenant', SMALL).start()
    company = Company(d / 'small.ldif', 30)
    site = Site(d / 'site', [ldif_connector(company.path), tenant.connector()])
    t.code(site.run('cycle', 'initial'), 0, 'the first cycle')
    t.code(site.run('cycle'), 0, 'the second')
    t.is_(site.run('plan', '--json').json()['number'], 0, 'nothing is pending: no plan')
    first = state(tenant)

    # ---- plan ----
    for i in range(5, 10):
        company.set('Person %03d' % i, 'department', 'Operations')
    company.set('Person 010', 'displayName', 'Person Ten')
    company.add('Newcomer', 1)
    company.remove('Person 020')
    company.remove('Person 021')
    company.write()
    decide(site)
    writes = tenant.writes()
    one, two = plan(site), plan(site)
    t.is_(one['hash'], two['hash'], 'the same content has the same hash')
    t.is_((one['adds'], one['updates'], one['deletes']), (1, 7, 2), 'what is in it')
    t.is_(tenant.writes(), writes, 'a plan sends nothing')
    shown = site.run('plan', 'show', one['number'], '--json').json()
    got = changes(shown)
    t.is_(got.get(('update', 'Person 005', 'department')), (['Store 5'], ['Operations']), 'old and new value')
    t.ok(all(c['rule'] for i in shown['items'] if i['operation'] == 'update' for c in i['changes']),
         'a rule behind each value')
    t.ok(any(i['ou'] == 'OU=Staff,DC=small,DC=example' for i in shown['items']), 'the container of the source')
    r = site.run('plan', 'show', one['number'], '--group-by', 'rule')
    t.has(r.out, ['5 users: department by rule '], 'grouped by rule')
    for by in ('ou', 'attribute', 'operation'):
        r = site.run('plan', 'show', one['number'], '--group-by', by, '--json')
        t.ok(r.code == 0 and r.json()['groups'], 'grouped by ' + by)
    t.code(site.run('plan', 'show', one['number'], '--group-by', 'x'), 2, 'grouped by nothing that is known')
    t.code(site.run('plan', 'show', 99), 1, 'no such plan')
    t.code(site.run('plan', 'drop', two['number']), 0, 'plan drop')
    t.code(site.run('apply', two['number']), 5, 'one that was dropped')

    # ---- apply ----
    company.set('Person 005', 'department', 'Elsewhere')
    company.set('Person 011', 'department', 'Later')
    company.write()
    doc = apply(site, one['number'], 3, 'a dry run names what moved', '--dry-run')
    t.is_(tenant.writes(), writes, 'a dry run sends nothing')
    doc = apply(site, one['number'], 3, 'apply')
    t.is_([(m['displayName'], m['moved']) for m in doc['movedObjects']],
          [('Person 005', 'department: now Store 5 -> Elsewhere; planned Store 5 -> Operations')],
          'what moved is held back, by name')
    now = state(tenant)
    by_name = {o['displayName']: o for o in now.values()}
    t.is_([by_name['Person %03d' % i]['department'] for i in (5, 6, 9, 11)],
          ['Store 5', 'Operations', 'Operations', 'Store 4'], 'exactly the plan arrived')
    t.ok('Newcomer' in by_name and 'Person Ten' in by_name and 'Person 020' not in by_name, 'and the rest of it')
    writes = tenant.writes()
    apply(site, one['number'], 3, 'again')
    t.is_(tenant.writes(), writes, 'and nothing is sent twice')
    t.is_(len(site.pending()), 2, 'the others are pending')
    site.run('staging', 'on')
    three = plan(site)
    t.code(site.run('apply', three['number']), 5, 'staging refuses')
    site.run('staging', 'off')
    apply(site, three['number'], 0, 'a part of a plan', '--only', 'object=Person 011')
    by_name = {o['displayName']: o for o in state(tenant).values()}
    t.is_([by_name[n]['department'] for n in ('Person 005', 'Person 011')], ['Store 5', 'Later'], 'is what is sent')
    t.code(site.run('apply', three['number'], '--only', 'kind=user'), 2, 'a selection that is none')
    apply(site, three['number'], 0, 'the rest of it')
    t.is_(site.pending(), [], 'nothing is left')

    # ---- undo ----
    company.set('Person 015', 'manager', next(dn for dn, _ in company.entries if dn.startswith('CN=Person 001,')))
    company.write()
    t.code(site.run('cycle'), 0, 'a cycle')
    before = state(tenant)
    ids = {o['displayName']: i for i, o in before.items()}
    company.set('Person 012', 'department', 'X', )
    company.set('Person 013', 'department')
    company.set('Group 0', 'member', *[dn for dn, a in company.entries if dn.startswith('CN=Person 00')][:4])
    company.add('Second', 2)
    company.remove('Person 014')
    company.remove('Person 001')  # a manager, and a member
    company.write()
    decide(site)
    four = plan(site)
    apply(site, four['number'], 0, 'apply, to be undone')
    t.code(site.run('cycle'), 0, 'a cycle between')
    after = state(tenant)
    t.ok(before != after and ids['Person 001'] not in after, 'it arrived')
    writes = tenant.writes()
    r = site.run('undo', four['number'], '--json')
    t.code(r, 0, 'undo')
    u = r.json()
    t.is_(u['cannotBeUndone'], [], 'all of it can be undone')
    t.is_(u['undoesPlan'], four['number'], 'it says of what it is the inverse')
    t.is_(tenant.writes(), writes, 'undo sends nothing')
    apply(site, u['number'], 0, 'apply the inverse')
    back = state(tenant)
    t.is_([(before.get(i), back.get(i)) for i in set(before) | set(back) if before.get(i) != back.get(i)], [],
          'the tenant is as it was, with the same ids')
    writes = tenant.writes()
    for _ in range(2):
        t.code(site.run('cycle'), 0, 'a cycle after it')
    t.is_(tenant.writes(), writes, 'what was undone is not sent again')
    held = [i for i in site.pending() if 'held' in i or any('held' in c for c in i['changes'])]
    t.ok(len(held) == len(site.pending()) and held, 'pending says that it is held', site.pending())
    t.has(site.run('pending', 'cloud').out, ['undone by plan %d' % u['number'], 'causeway undo release'], 'and why')
    t.ok(len(site.run('undo', 'list', '--json').json()) >= 6, 'undo list')
    company.set('Person 012', 'department', 'Third')
    company.write()
    t.code(site.run('cycle'), 0, 'the source says another value')
    t.is_(state(tenant)[ids['Person 012']]['department'], 'Third', 'and that one is sent')
    t.code(site.run('undo', 'release', u['number'], 'Second'), 0, 'one object is released')
    t.code(site.run('cycle'), 0, 'a cycle')
    t.ok('Second' in {o['displayName'] for o in state(tenant).values()}, 'and it is sent')
    t.code(site.run('undo', 'release', u['number']), 0, 'all of it is released')
    t.code(site.run('cycle'), 0, 'a cycle')
    company.set('Person 012', 'department', 'Third')
    t.code(site.run('cycle'), 0, 'another')
    t.is_(site.pending(), [], 'nothing is held')
    t.code(site.run('undo', 'release', u['number']), 1, 'nothing is left to be released')

    # ---- what cannot be undone ----
    company.remove('Group 2')
    company.write()
    t.code(site.run('cycle'), 0, 'a cycle deletes a security group')
    r = site.run('journal', 'list', '--json', '--limit', 5).json()
    gone = next(x for x in r if x['displayName'] == 'Group 2')
    t.is_((gone['operation'], gone['result']), ('delete', 'done'), 'the journal has it')
    t.ok(any(x['displayName'] == 'Group 2' for x in site.run('journal', 'show', gone['run'], '--json').json()),
         'and shows the run')
    r = site.run('undo', gone['run'], '--run', '--json')
    t.code(r, 0, 'undo of the run')
    t.ok([n for n in r.json()['cannotBeUndone'] if n['displayName'] == 'Group 2' and 'deleted for good' in n['why']],
         'says beforehand that a security group does not come back', r.out)
    t.code(site.run('undo', 9999), 1, 'no such plan')

    # ---- killed in between ----
    for i in range(22, 30):
        company.set('Person %03d' % i, 'department', 'Killed')
    for i in range(60):
        company.add('Many%02d' % i, 100 + i)
    company.write()
    decide(site)
    five = plan(site)
    since = tenant.journal()['seq']
    tenant.admin('POST', 'delay', {'ms': 500})  # it does not end before it is killed
    p = site.popen('apply', five['number'], '--quiet')
    until(lambda: tenant.writes() > since + 5 or p.poll() is not None, 'some writes')
    p.kill()
    p.wait()
    started.remove(p)
    tenant.admin('POST', 'delay', {'ms': 0})
    t.ok(p.returncode == -9, 'apply was killed')
    doc = apply(site, five['number'], 0, 'apply goes on')
    t.is_(doc.get('movedObjects'), [], 'nothing is held back')
    made = [o for o in tenant.journal(since)['objects'] if o.get('created')]
    t.is_((len(made), [o for o in made if o['created'] != 1]), (60, []), 'everybody was made once')
    t.is_(sum(o['department'] == 'Killed' for o in state(tenant).values() if 'department' in o), 8, 'and all arrived')
    t.is_(site.pending(), [], 'nothing is left')

    # ---- small plans by themselves ----
    site.settings['plan'] = {'apply': 'small', 'objects': 3, 'deletions': 1, 'percent': 100}
    site.write()
    company.set('Person 002', 'department', 'Small')
    company.write()
    t.code(site.run('cycle'), 0, 'a small change')
    by_name = {o['displayName']: o for o in state(tenant).values()}
    t.is_(by_name['Person 002']['department'], 'Small', 'goes by itself')
    for i in range(3, 8):
        company.set('Person %03d' % i, 'department', 'Large')
    company.write()
    writes = tenant.writes()
    r = site.run('cycle')
    t.code(r, 4, 'a large one waits')
    t.has(r.err, ['waits for a person', 'causeway apply'], 'and the cycle says so')
    t.is_(tenant.writes(), writes, 'nothing was sent')
    company.add('Hired', 500)
    company.write()
    t.code(site.run('cycle'), 4, 'a person is hired meanwhile')
    t.ok('Hired' in {o['displayName'] for o in state(tenant).values()}, 'and is there')
    waits = [p for p in site.run('plan', 'list', '--json').json() if p['state'] == 'waits']
    t.is_(len(waits), 1, 'one plan waits')
    apply(site, waits[0]['number'], 0, 'the person applies it')
    t.is_(sum(o.get('department') == 'Large' for o in state(tenant).values()), 5, 'it is sent')
    t.code(site.run('cycle'), 0, 'and the cycles are quiet again')
t.done()

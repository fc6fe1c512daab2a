#!/usr/bin/env python3
"""An allocation fails while configuration and rules are read, once and from then on: that is said, and no more."""
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fixture  # noqa: E402
import rig  # noqa: E402
import sweep  # noqa: E402

COMMAND = ('config', 'check')
SHORT = 60

sweep.stay_in_memory()
t = rig.Tap()
t.note('seed %d: FAULT_SEED=%d repeats it' % (sweep.SEED, sweep.SEED))
with rig.scratch() as d:
    report = d / 'report'
    (d / 'company.ldif').write_text(fixture.first_file())
    (d / 'secret').write_text('nothing')
    (d / 'secret').chmod(0o600)
    site = rig.Site(d / 'site', [
        rig.ldif_connector(d / 'company.ldif'),
        {'name': 'forest', 'kind': 'ad', 'servers': ['ldaps://dc.invalid'], 'user': 'sync@small.example',
         'password': 'file:%s' % (d / 'secret'), 'base': 'DC=small,DC=example', 'writable': True},
        {'name': 'cloud', 'kind': 'graph', 'tenant': fixture.DOMAIN, 'client_id': '00000000-0000-0000-0000-000000000001',
         'secret': 'file:%s' % (d / 'secret')}],
        default_rules={'source_anchor': 'ms-DS-ConsistencyGuid', 'write_back': ['anchor', 'hybrid'],
                       'match_users_by': 'mail'})

    def run(**wish):
        env = dict(os.environ, FAULT_REPORT=str(report), **{'FAULT_' + k.upper(): str(v) for k, v in wish.items()})
        return rig.run(fixture.FAULTY, *site.command(*COMMAND)[1:], env=env, timeout=60)

    t.code(run(), 0, 'undisturbed')
    total = fixture.marks(report)[-1][1]['memory']
    dice = random.Random(sweep.SEED)
    first = range(1, sweep.EVERY + 1) if sweep.LONG else ()
    picked = [*first, *sorted(dice.sample(range(len(first) + 1, total + 1), sweep.EVERY if sweep.LONG else SHORT))]
    t.note('%d allocations, %d of them fail' % (total, len(picked)))
    wrong = []
    for n in picked:
        for stays in (0, 1):
            said = sweep.broken(run(kind='memory', at=n, stays=stays), (0, 1))
            if said and len(wrong) < 10:
                wrong.append('%d%s: %s\n  %s' % (n, ', stays' * stays, said, '\n  '.join(fixture.hit(report) or [])))
    t.ok(not wrong, 'each is an error that says so, or none', '\n'.join(wrong))
t.done()

#!/usr/bin/env python3
"""The record of runs: how long it is kept, by a cycle of the daemon and by hand;
and what ends a step of a run before its end: thresholds."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
from daemon import Daemon  # noqa: E402

DAY = 86400000
t = Tap()


class Scene:
    def __init__(self, d):
        self.entries = small_entries(12)
        self.source, self.db = d / 'small.ldif', d / 'site/causeway.db'
        self.tenant = Tenant(d / 'tenant', SMALL).start()
        self.put(self.entries)
        self.site = Site(d / 'site', [ldif_connector(self.source), self.tenant.connector()],
                         schedule={'interval': '1h', 'bell_ms': 'off'}, guard={'source_percent': 'off'})

    def put(self, entries, *more):
        self.source.write_text(ldif_text(entries) + '\n'.join(more))

    def runs(self):
        return [r['run-id'] for r in self.site.run('history', 'list', '--json').json()]

    def older(self, days):
        """Every run that is there began so many days earlier."""
        return change_store(self.db, 'UPDATE run SET start_ms = start_ms - %d, end_ms = end_ms - %d' % (days * DAY, days * DAY))

    def left(self):
        """Rows of the record that belong to no run."""
        db = sqlite3.connect(self.db)
        out = [db.execute(sql).fetchone()[0] for sql in (
            'SELECT count(*) FROM step WHERE run NOT IN (SELECT id FROM run)',
            'SELECT count(*) FROM step_error WHERE step NOT IN (SELECT id FROM step)',
            'SELECT count(*) FROM step_error')]
        db.close()
        return out


def by_a_cycle(s):
    """schedule: history: is 7d."""
    s.put(s.entries, '', 'dn: CN=Twin,OU=Staff,DC=small,DC=example', 'objectClass: user', 'sAMAccountName: twin',
          'objectGUID:: ' + base64.b64encode(b'guid-of-p-000003').decode(), '')
    t.code(s.site.run('cycle'), 3, 'a cycle with an error')
    s.put(s.entries)
    t.code(s.site.run('cycle'), 0, 'and one without')
    t.ok(s.left()[2] > 0, 'the record has the error')
    before = s.runs()
    t.ok(s.older(6) > 4, 'six days later')
    daemon = Daemon(s.site).start()
    s.site.run('sched', 'start')
    daemon.wait('cycle.end')
    t.ok(set(before) < set(s.runs()), 'a cycle of the daemon forgets nothing')
    t.ok(s.older(2) > 0, 'eight days after the first')
    between = set(s.runs()) - set(before)
    s.site.run('sched', 'set', '--maintenance', 'off')
    s.site.run('sched', 'start')
    daemon.wait('cycle.end', 2)
    t.ok(set(before) < set(s.runs()), 'nor does one without maintenance')
    s.site.run('sched', 'set', '--maintenance', 'on', '--keep', '30d')
    s.site.run('sched', 'start')
    daemon.wait('cycle.end', 3)
    t.ok(set(before) < set(s.runs()), 'nor one that keeps them for 30 days')
    s.site.run('sched', 'set', '--keep', 'default')
    s.site.run('sched', 'start')
    daemon.wait('cycle.end', 4)
    now = set(s.runs())
    t.is_((now & set(before), between <= now), (set(), True), 'the next one forgets those of eight days, and keeps the rest')
    t.is_(s.left(), [0, 0, 0], 'with their steps and errors')
    daemon.end()
    return now


def by_hand(s, there):
    t.code(s.site.run('history', 'purge', '--older', '3'), 0, 'history purge')
    t.is_(set(s.runs()), there, 'forgets none that is younger')
    n = len(there)
    r = s.site.run('history', 'purge', '--older', '0', '--json')
    t.is_((r.code, r.json(), s.runs()), (0, {'runs': n}, []), 'or all of them, and says how many')
    t.code(s.site.run('history', 'purge'), 2, 'without an age it is refused')
    t.code(s.site.run('cycle'), 0, 'the next cycle')
    t.is_((len(set(s.runs()) & there), differences(s.tenant, s.source, SMALL)), (0, []), 'has numbers of its own, and nothing is lost')


def step(r):
    x = r.json()['steps'][0]
    return x['step-result'], {**x.get('staging-counters', {}), **x.get('export-counters', {})}


def thresholds(s):
    """Of one run, given by hand."""
    more = small_entries(20)
    s.put(more)
    r = s.site.run('run', 'company', 'full-import', '--objects', '5', '--json')
    got = step(r)
    t.is_((got[0], got[1].get('stage-delete', 0)), ('stopped-object-limit', 0), 'five objects are read, and no more')
    t.code(r, 4, 'which is told by the code')
    for profile in ('full-import', 'delta-sync'):
        t.code(s.site.run('run', 'company', profile), 0, profile + ' without a threshold')
    writes = s.tenant.journal()['totals']['created']
    r = s.site.run('run', 'cloud', 'export', '--objects', '3', '--json')
    t.is_((step(r)[0], s.tenant.journal()['totals']['created'] - writes), ('stopped-object-limit', 3), 'three are sent, and no more')
    t.code(s.site.run('cycle'), 0, 'the rest comes with the next cycle')
    t.is_(differences(s.tenant, s.source, SMALL), [], 'and all is there')
    s.put(more[:2 + 14] + more[-3:])
    r = s.site.run('run', 'company', 'full-import', '--deletes', '2', '--json')
    t.is_((r.code, step(r)[0]), (4, 'stopped-deletion-threshold-exceeded'), 'six are gone, two may be')
    t.is_(s.tenant.journal()['totals']['deleted'], 0, 'and nobody is deleted')
    t.code(s.site.run('run', 'company', 'full-import', '--deletes', '-1'), 2, 'a threshold below 0 is refused')


with scratch() as d:
    s = Scene(d)
    t.code(s.site.run('cycle', 'initial'), 0, 'the first cycle')
    by_hand(s, by_a_cycle(s))
    thresholds(s)
t.done()

#!/usr/bin/env python3
"""Throttled, cut off, without an answer: nothing is made twice, nothing is lost,
and what may have happened is read back before it is sent again."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
import sync_company as sc  # noqa: E402

t = Tap()
PATH = 'provisioningservice'


class Scene:
    """A company in its tenant, whose cycles meet faults."""

    def __init__(self, d):
        self.c = sc.Company()
        self.ldif = d / 'company.ldif'
        self.c.write(self.ldif)
        self.tenant = Tenant(d / 'tenant', sc.DOMAIN).start().sync_switch(True)
        self.site = Site(d / 'site', [sc.connector(self.ldif), self.tenant.sync_connector(backoff_ms=1, timeout_s=2)])
        self.n = 0

    def fault(self, **how):
        self.tenant.admin('POST', 'faults', {'path': PATH, **how})

    def run(self, code, name, *args):
        r = self.site.run('cycle', *args, '--json')
        t.code(r, code, name)
        return r

    def change(self, people=12):
        """Everybody of a dozen gets another title: that many updates."""
        self.n += 1
        for i in range(people):
            self.c.all['p%d' % i]['title'] = ['Clerk %d' % self.n]
        self.c.write(self.ldif)

    def whole(self, name):
        lines = self.c.differences(self.tenant.graph().full_dump())
        t.ok(not lines, name + ': the tenant holds the company, and nothing else', '\n'.join(lines[:20]))

    def hits(self):
        return self.tenant.admin('GET', 'counts')['faults']


def waits(s):
    """Busy, and told how long: it waits, and all is done in the same cycle."""
    for name, how in (('busy', {'kind': 'status', 'status': 503, 'count': 4, 'skip': 2}),
                      ('throttled', {'kind': 'status', 'status': 429, 'retryAfter': 1, 'count': 2, 'skip': 3})):
        before = s.hits()
        s.change()
        s.fault(**how)
        r = s.run(0, name)
        s.tenant.admin('DELETE', 'faults')
        t.ok(s.hits() > before, name + ': the fault was met')
        t.is_(counters_of(r, 'export-counters').get('export-update'), 12, name + ': all was sent in the same cycle')
        s.whole(name)


def reads(s):
    """A read that fails is tried again."""
    for kind in ('close', 'half'):
        before = s.hits()
        s.fault(kind=kind, skip=2, count=1)
        s.run(0, 'a read-back that is cut off (%s)' % kind)
        s.tenant.admin('DELETE', 'faults')
        t.ok(s.hits() > before, 'and it was')


def uncertain(s):
    """No answer to an export: it is read back, not sent blindly."""
    # opening takes two requests, so the third of an export has objects in it
    for name, how in (('carried out, and the connection closed', {'kind': 'close', 'when': 'after'}),
                      ('carried out, and half an answer', {'kind': 'half', 'when': 'after'}),
                      ('carried out, and answered with 500', {'kind': 'status', 'status': 500, 'when': 'after'}),
                      ('closed, and not carried out', {'kind': 'close', 'when': 'before'})):
        s.change()
        t.code(s.site.run('run', 'company', 'full-import'), 0, name + ': import')
        t.code(s.site.run('run', 'company', 'delta-sync'), 0, name + ': synchronisation')
        seq, before = s.tenant.writes(), s.hits()
        s.fault(skip=2, count=1, **how)
        r = s.site.run('run', 'cloud', 'export', '--json')
        s.tenant.admin('DELETE', 'faults')
        t.ok(s.hits() > before, name + ': the fault was met')
        t.code(r, 0, name + ': the export ends')
        step = r.json()['steps'][-1]
        t.is_(step['step-result'], 'completed-warnings', name + ': with a warning')
        t.has(json.dumps(step), ['12 sent without an answer'], name + ': that says how many')
        done = s.tenant.journal(seq)['totals']['updated']
        r = s.site.run('run', 'cloud', 'export', '--json')
        t.code(r, 0, name + ': the next export')
        t.is_([x['step-type'].partition('-')[2] for x in r.json()['steps']], ['import', ''], name + ': reads back first')
        t.is_(s.tenant.journal(seq)['totals']['updated'], 12, name + ': each was changed once (%d before)' % done)
        s.whole(name)


def new_ones(s):
    """The same for objects that are made: none is made twice."""
    for i, how in enumerate(({'kind': 'close', 'when': 'after'}, {'kind': 'half', 'when': 'after'},
                             {'kind': 'close', 'when': 'before'})):
        for n in range(5):
            s.c.person(200 + 10 * i + n)
        s.c.write(s.ldif)
        seq = s.tenant.writes()
        s.fault(skip=5, count=1, **how)
        s.run(0, 'new people, %s %s' % (how['kind'], how['when']))
        s.tenant.admin('DELETE', 'faults')
        s.run(0, 'and a cycle without')
        t.is_(s.tenant.journal(seq)['totals']['created'], 5, 'five were made')
        s.whole('new people')


def gone_for_good(s):
    """A service that fails again and again ends the step; nothing is lost."""
    s.change()
    s.fault(kind='close', when='before', skip=5, count=100)
    r = s.run(1, 'a service that stays away')
    t.has(r.out, ['stopped-connectivity'], 'is told as such')
    s.tenant.admin('DELETE', 'faults')
    s.run(0, 'when it is back')
    s.run(0, 'and once more')
    s.whole('when it is back')


with scratch() as d:
    s = Scene(d)
    s.run(0, 'the first cycle', 'initial')
    s.run(0, 'and what confirms it')
    waits(s)
    reads(s)
    uncertain(s)
    new_ones(s)
    gone_for_good(s)
t.done()

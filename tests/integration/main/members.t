#!/usr/bin/env python3
"""One member of a group is one change, whatever the size of the group: the
same rows of the store, the same writes, the same requests."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
import members  # noqa: E402
from rig import *  # noqa: E402,F403

t = Tap()
with scratch() as d, members.Members(d / 'm', [50, 3000]) as m:
    m.cycle('cycle', 'initial')
    m.cycle('cycle')
    m.begin()
    costs = {(op, n): m.change(op, n) for n in m.sizes for op in ('delete', 'add')}
    for (op, n), c in costs.items():
        name = 'a member of %d: %s' % (n, op)
        t.is_(c['rows'], {'cs_ref': 2, 'mv_ref': 1}, name + ': one row of each space and of the metaverse')
        t.is_(c['writes'], {'unlinked' if op == 'delete' else 'linked': 1}, name + ': one write')
    for op in ('delete', 'add'):
        t.is_(costs[op, 50]['requests'], costs[op, 3000]['requests'], '%s: as many requests of a large group' % op)
    size = {g['displayName']: len(g['members']) for g in m.tenant.dump()['groups']}
    t.is_(size, {'g50': 50, 'g3000': 3000}, 'all are there in the end')
t.done()

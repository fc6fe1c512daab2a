#!/usr/bin/env python3
"""members.py FOLDER BUILD SIZE... -- for bench.sh: groups of each SIZE are read
and sent for the first time, step by step; then one member of each goes, and comes
again; prints what that costs (tests/lib/members.py).  The rows, writes and requests
of one member are the same for every size."""
import os
import pathlib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
folder, os.environ['BUILD'] = pathlib.Path(sys.argv[1]), sys.argv[2]
import members  # noqa: E402

FIRST = (('people', 'full-import'), ('cloud', 'full-import'), ('people', 'full-sync'), ('cloud', 'full-sync'),
         ('cloud', 'export'), ('cloud', 'delta-import'), ('cloud', 'delta-sync'))

with members.Members(folder, [int(n) for n in sys.argv[3:]]) as m:
    print('| step, with all of them | seconds | CPU s | anonymous memory |\n|---|--:|--:|--:|')
    for step in FIRST:
        c = m.cycle('run', *step)
        print('| %s %s | %.2f | %.2f | %.1f MB |' % (*step, c['seconds'], c['user'] + c['system'], c['anonymous_kb'] / 1024),
              flush=True)
    m.cycle('cycle')
    m.begin()
    print('\n| group of | change | rows of the spaces, of the metaverse | writes | requests | seconds | CPU s | anonymous memory |')
    print('|--:|---|--:|---|--:|--:|--:|--:|')
    for n in m.sizes:
        for op, name in (('delete', 'one goes'), ('add', 'one comes')):
            c = m.change(op, n)
            print('| %d | %s | %d, %d | %s | %d | %.2f | %.2f | %.1f MB |' % (
                n, name, c['rows']['cs_ref'], c['rows']['mv_ref'], ', '.join('%d %s' % (v, k) for k, v in c['writes'].items()),
                c['requests'], c['cycle']['seconds'], c['cycle']['user'] + c['cycle']['system'],
                max(c[x]['anonymous_kb'] for x in ('cycle', 'confirm')) / 1024), flush=True)

#!/usr/bin/env python3
"""make demo-upgrade: four companies move and go back; and it fails where the
cloud holds something else than its old server would have made."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()
DEMO = ROOT / 'tools/demo-upgrade.py'
# The old server sent another department of one person than it did.
PLANTED = '''
import runpy, sys
sys.path.insert(0, %r)
import make_company
values = make_company.Cedar.values
def other(self, e, known):
    out = values(self, e, known)
    if e['cn'] == 'Person 00004':
        out['department'] = 'Elsewhere'
    return out
make_company.Cedar.values = other
sys.argv = [%r, '--reports', sys.argv[1], 'cedar']
runpy.run_path(sys.argv[0], run_name='__main__')
'''

with scratch() as d:
    r = run(sys.executable, DEMO, '--reports', d / 'reports', env={**os.environ, 'BUILD': str(BUILD)})
    t.code(r, 0, 'four companies')
    t.is_(r.out.count('unexpected changes: 0'), 4, 'nothing unexpected in any of them')
    t.is_(r.out.count('as the old server left them, every one with its id'), 4, 'each goes back')
    t.has(r.out, ['AD is played by a file here', 'in-place', 'swing', 'New Comer <p77777@cedar.example>', 'Dahlia - Harbour (HR)',
                  'beyond a limit, as the switch was: demo: plan',
                  'old-server.xml'], 'what is shown')
    for name in ('aster', 'briar', 'cedar', 'dahlia'):
        page = (d / 'reports' / (name + '.html')).read_text()
        t.ok('</html>' in page and 'http://' not in page.replace('http://www.w3.org', ''), name + ': a report on its own')
        t.has(r.out, [name + '.html'], name + ': its path is printed')
    r = run(sys.executable, '-c', PLANTED % (str(ROOT / 'examples/upgrade'), str(DEMO)), d / 'reports',
            env={**os.environ, 'BUILD': str(BUILD)})
    t.code(r, 1, 'another value in the cloud')
    t.has(r.err, ['an unexpected change', 'department', 'Elsewhere'], 'is unexpected')
t.done()

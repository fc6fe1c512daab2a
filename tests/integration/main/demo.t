#!/usr/bin/env python3
"""make demo: it proves what it shows, changes nothing twice, leaves nothing behind,
and fails where the tenant holds something else than the source says."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

DEMO = ROOT / 'tools/demo.sh'
# In the place of causeway: the same, but one that lost something on its way.
LOSSY = '''#!/bin/bash
here=$(dirname "$0")
source=$(dirname "${@: -1}")/company.ldif
case "$*" in
*"%s"*)
	cp "$source" "$source.whole"
	sed -i '%s' "$source"
	"$here/causeway.real" "$@"
	rc=$?
	mv "$source.whole" "$source"
	exit $rc ;;
esac
exec "$here/causeway.real" "$@"
'''
t = Tap()


def demo(d, build=None):
    (d / 'tmp').mkdir(exist_ok=True)
    begun = time.monotonic()
    r = run(DEMO, env={**os.environ, 'BUILD': os.path.relpath(build or BUILD, ROOT), 'TMPDIR': str(d / 'tmp')})
    return r, time.monotonic() - begun


def lossy(d, name, when, how):
    """A build whose causeway reads another company.ldif than it was given."""
    bin_ = d / name / 'src/bin'
    bin_.mkdir(parents=True)
    shutil.copy(TENANT, bin_)
    shutil.copy(CAUSEWAY, bin_ / 'causeway.real')
    (bin_ / 'causeway').write_text(LOSSY % (when, how))
    (bin_ / 'causeway').chmod(0o755)
    return d / name


with scratch() as d:
    r, took = demo(d)
    t.code(r, 0, 'make demo')
    t.ok(took < 120, 'takes seconds', '%.1f s' % took)
    t.note('%.1f s' % took)
    t.has(r.out, ['tenant = source: ', 'read by Graph and compared one by one', 'exactly the expected changes arrived, each once',
                  'demo: all of it proved'], 'proves by Graph that the tenant holds the company, and what changed')
    pending, sends = r.out.find('causeway pending cloud'), r.out.find('The cycle sends it')
    t.ok(0 < pending < sends and ' -> ' in r.out[pending:sends], 'shows what is pending, by name, before it is sent')
    t.ok('would be removed' not in r.out, 'and holds nothing of it that then goes', r.out[pending:sends][-2000:])
    # what stands in the README is what it prints
    readme = (ROOT / 'README.md').read_text()
    shown = readme[readme.index('$ causeway cycle initial\n'):].partition('```')[0]
    shown = [re.sub(r'\d+\.\d s', 'N s', x) for x in shown.splitlines() if x and not x.startswith('$ causeway pending')]
    printed = re.sub(r'\d+\.\d s', 'N s', r.out).splitlines()
    t.is_([x for x in shown if x not in printed], [], 'as the README shows it')
    t.has(r.out, ['bad on purpose', 'AttributeValueMustBeUnique', 'contacts cannot be written by Graph'], 'bad records are told')
    t.is_(os.listdir(d / 'tmp'), [], 'nothing is left')

    lose = 's/^title: .*/title: Lost/'
    for name, when in (('first', 'cycle initial'), ('second', 'cycle --config')):
        r, _ = demo(d, lossy(d, name, when, lose))
        t.ok(r.code != 0 and 'all of it proved' not in r.out, name + ' day: a tenant that holds something else is found', r.all[-800:])
        t.is_(os.listdir(d / 'tmp'), [], name + ' day: nothing is left')
t.done()

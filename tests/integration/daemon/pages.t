#!/usr/bin/env python3
"""Every command of docs/operations/schedule.md and run-profiles.md, in the order
of the page, on a site with a file `corp`, a tenant `cloud`, and a daemon."""
import os
import re
import shlex
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
from daemon import Daemon  # noqa: E402

PAGES = ROOT / 'docs/operations'
t = Tap()


def commands(page):
    text = (PAGES / page).read_text()
    for block in re.findall(r'^```console\n(.*?)^```', text, re.M | re.S):
        for line in block.splitlines():
            if not line.startswith('$ causeway '):
                raise RuntimeError('%s: not a command: %s' % (page, line))
            yield shlex.split(line[len('$ causeway '):])


def play(d, page, settings, daemon):
    folder = d / page
    folder.mkdir()
    (folder / 'people.ldif').write_text(ldif_text(small_entries()))
    tenant = Tenant(folder / 'tenant', SMALL).start()
    site = Site(folder / 'site', [
        ldif_connector(folder / 'people.ldif', name='corp', parameters={'Domain.FQDN': SMALL}), tenant.connector()], **settings)
    running = Daemon(site).start() if daemon else None
    if daemon:
        running.wait('cycle.end')
    seen = 0
    for words in commands(page):
        if daemon and words[:2] != ['sched', 'stop']:
            running.until(lambda: 'cycle' not in site.run('sched', 'show', '--json').json()['daemon'], 'a free daemon')
        r = site.run(*words)
        # there may be nothing left to stop
        wanted = (0, 5) if words[:2] == ['sched', 'stop'] else (0,)
        t.ok(r.code in wanted, '%s: causeway %s' % (page, ' '.join(words)), '%d %s' % (r.code, r.all[-1500:]))
        seen += 1
    t.ok(seen > 5, '%s: %d commands' % (page, seen))
    if running:
        running.end()
    return site, tenant


with scratch() as d:
    text = (PAGES / 'schedule.md').read_text()
    example = re.search(r'^```yaml\n# causeway.yaml\n(schedule:.*?)^```', text, re.M | re.S)[1]
    play(d, 'schedule.md', {}, True)
    site, tenant = play(d, 'run-profiles.md', {}, False)
    t.is_(differences(tenant, d / 'run-profiles.md/people.ldif', SMALL), [], 'by single runs the tenant is as the source')
    # "Without a schedule these are the values that hold"
    without = site.run('config', 'show', '--json').json()['schedule']
    path = site.path / 'causeway.yaml'
    path.write_text(path.read_text() + example)
    t.is_(site.run('config', 'show', '--json').json()['schedule'], without, 'the example is what holds without it')
t.done()

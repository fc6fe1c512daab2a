"""What journal.t runs inside its mount namespace: events are entries of the journal,
each with its fields, as docs/operations/schedule.md and causewayd(8) say."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
from daemon import Daemon  # noqa: E402

JOURNALD = '/lib/systemd/systemd-journald'
# As the service manager begins a service: standard error is the journal's, and JOURNAL_STREAM says which.
UNDER = ('systemd-cat', '-t', 'causewayd', 'sh', '-c', 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"', 'sh')
t = Tap()


def journald(folder):
    """A /run of our own, with a journal that is empty."""
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', '/run'], check=True)
    os.makedirs('/run/log/journal')
    os.makedirs('/run/systemd/journal')
    with open(folder / 'journald.log', 'w') as log:
        started.append(subprocess.Popen([JOURNALD], stdin=subprocess.DEVNULL, stdout=log, stderr=log))
    # its first entry is its own; where there are no control groups it ends at once and says nothing
    until(lambda: entries() or started[-1].poll() is not None, 'systemd-journald')
    if started[-1].poll() is not None:
        print('1..0 # SKIP systemd-journald does not run here')
        sys.exit(0)


def entries(*match):
    r = run('journalctl', '--no-pager', '-q', '-o', 'json', '--directory', '/run/log/journal', *match)
    return [json.loads(line) for line in r.out.splitlines()]


def events(name):
    return entries('CAUSEWAY_EVENT=' + name)


def due(name, n=1):
    """The n-th such entry, when it has come."""
    until(lambda: len(events(name)) >= n, '%s in the journal' % name)
    return events(name)[n - 1]


with scratch() as d:
    journald(d)
    tenant = Tenant(d / 'tenant', SMALL).start()
    source = d / 'small.ldif'
    source.write_text(ldif_text(small_entries(40)))
    site = Site(d / 'site', [ldif_connector(source), tenant.connector()], schedule={'interval': '1h', 'bell_ms': 'off'},
                guard={'deletions': 3})
    daemon = Daemon(site)
    daemon.start(under=UNDER)
    end = due('cycle.end')
    t.is_((end['CAUSEWAY_RESULT'], end['CAUSEWAY_POLICY']), ('success', 'delta'), 'the end of a cycle is an entry with fields')
    t.is_((end['PRIORITY'], end['SYSLOG_IDENTIFIER'], end['_TRANSPORT']), ('6', 'causewayd', 'journal'), 'by the name of the daemon')
    step = [x for x in events('step.end') if x['CAUSEWAY_STEP'] == 'export' and x['CAUSEWAY_CONNECTOR'] == 'cloud'][0]
    t.is_((step['CAUSEWAY_EXPORT_ADD'], step['CAUSEWAY_RESULT'], step['CAUSEWAY_RUN'].isdigit()), ('43', 'success', True),
          'a step has connector, run, result and its counters')
    t.is_(len(events('step.end')), len(run('journalctl', '-q', '--directory', '/run/log/journal', '-t', 'causewayd', '-g',
                                           '^step.end ').out.splitlines()), 'each is a line for people, too')
    t.is_([x for x in entries('-t', 'causewayd') if 'CAUSEWAY_EVENT' not in x], [], 'and nothing else is said')
    t.ok('Person 0' not in str(entries()), 'no value is in the journal')

    # What stops is found by its priority and its name.
    source.write_text(ldif_text(small_entries(40)[:2 + 34] + small_entries(40)[-3:]))
    t.code(site.run('sched', 'start'), 0, 'a cycle with six deletions, three allowed')
    due('cycle.end', 2)
    stopped = entries('CAUSEWAY_CONNECTOR=cloud', 'CAUSEWAY_RESULT=stopped-deletion-threshold-exceeded')
    t.ok(stopped and all(int(x['PRIORITY']) <= 4 for x in stopped), 'what a guard stopped is a warning or worse',
         str(stopped))
    guard = [x for x in entries('-p', 'warning', '-t', 'causewayd')]
    t.ok(guard, 'journalctl -p warning has it')
    t.ok(daemon.end() < 8, 'it ends')
    t.has(str([x['MESSAGE'] for x in entries('-t', 'causewayd')][-1]), ['daemon.'], 'and says so last')
t.done()

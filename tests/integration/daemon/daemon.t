#!/usr/bin/env python3
"""causewayd with a file as source and the tenant as target: the schedule, the
command line beside it, signals, a configuration that changes, and a death."""
import fcntl
import os
import statistics
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
from daemon import CAUSEWAYD, Daemon  # noqa: E402

CHANGES = int(os.environ.get('BELL_CHANGES', '20'))
t = Tap()


class Scene:
    """A site in a folder of its own, with its tenant."""

    def __init__(self, folder, people=40, connector=None, **settings):
        self.folder, self.source = folder, folder / 'people.ldif'
        folder.mkdir()
        self.entries = small_entries(people)
        self.put()
        self.tenant = Tenant(folder / 'tenant', SMALL).start()
        self.site = Site(folder / 'site', [
            ldif_connector(self.source, parameters={'Domain.FQDN': SMALL}, **(connector or {})),
            self.tenant.connector()], **settings)
        self.graph = self.tenant.graph()

    def put(self):
        """In the place of the old one, as a careful writer does it."""
        new = self.folder / 'new.ldif'
        new.write_text(ldif_text(self.entries))
        new.rename(self.source)

    def change(self, person, name):
        dn, attrs = self.entries[2 + person]
        self.entries[2 + person] = (dn, [(a, name if a == 'displayName' else v) for a, v in attrs])
        self.put()

    def users(self):
        return {u['userPrincipalName']: u for u in self.tenant.dump()['users'] if u.get('onPremisesImmutableId')}

    def name(self, person):
        return self.users()['p%03d@%s' % (person, SMALL)]['displayName']

    def sched(self, *args):
        return self.site.run('sched', *args)

    def shown(self):
        return self.sched('show', '--json').json()

    def quiet(self, daemon):
        """Nothing runs and nothing is about to."""
        def still():
            s = self.shown()
            return 'cycle' not in s['daemon'] and s['daemon']['next']['why'] in ('interval', 'none')
        daemon.until(still, 'a quiet schedule')

    def verify(self, name):
        """The store is whole, and one cycle of the command line ends well and leaves nothing."""
        import sqlite3
        db = sqlite3.connect(self.site.path / 'causeway.db')
        t.is_(db.execute('PRAGMA integrity_check').fetchone()[0], 'ok', name + ': the store is whole')
        db.close()
        t.code(self.site.run('cycle'), 0, name + ': a cycle of the command line ends well')
        t.is_(self.site.pending(), [], name + ': nothing is pending')
        t.is_(differences(self.tenant, self.source, SMALL), [], name + ': the tenant is as the source')


def lock(path):
    """The run lock as any process takes it: an open file description lock."""
    f = open(path, 'r+')
    fcntl.fcntl(f, fcntl.F_OFD_SETLK, struct.pack('hhqqi4x', fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    f.write('a test, pid %d\n' % os.getpid())
    f.flush()
    return f


def beginning(d):
    """READY, a first cycle, what the service manager hears, one daemon a store."""
    s = Scene(d / 'first', schedule={'interval': '1h', 'bell_ms': 'off'})
    r = s.sched('start')
    t.code(r, 5, 'sched start without a daemon')
    t.has(r.err, ['does not run', 'causeway cycle'], 'and says so')
    daemon = Daemon(s.site).start()
    end = daemon.wait('cycle.end')
    t.is_((end['result'], end['policy']), ('success', 'delta'), 'a first cycle runs at once')
    t.is_(len(s.users()), 40, 'everybody is in the tenant')
    t.ok('READY=1' in daemon.notified() and any(x.startswith('STATUS=delta cycle') for x in daemon.told),
         'the service manager heard READY and STATUS')
    t.is_(sorted(daemon.children()), ['engine'], 'no bell where it is switched off')
    r = run(CAUSEWAYD, '--config', s.site.path)
    t.code(r, 5, 'a second daemon on the same store does not begin')
    t.has(r.err, ['another causewayd'], 'and says why')
    log = daemon.log()
    t.ok('Person 0' not in log and 'Store 1' not in log.replace('causeway', ''), 'no value is in the log')
    step = [x for x in daemon.events('step.end') if x['step'] == 'export' and x['connector'] == 'cloud'][0]
    t.is_((step['export-add'], step['result'], step['run'].isdigit()), ('43', 'success', True),
          'a step is one line with connector, run, step and counters')
    return s, daemon


def requests(s, daemon):
    """The command line while the daemon runs."""
    done = len(daemon.events('cycle.end'))
    t.code(s.sched('start'), 0, 'sched start')
    t.is_(daemon.wait('cycle.end', done + 1)['policy'], 'delta', 'a cycle is asked for and runs')
    t.code(s.sched('set', '--next', 'initial'), 0, 'sched set --next initial')
    t.is_(s.shown()['next-policy'], 'initial', 'sched show has it')
    s.sched('start')
    t.is_(daemon.wait('cycle.end', done + 2)['policy'], 'initial', 'the next cycle is an initial one')
    t.is_(s.shown()['next-policy'], 'delta', 'which uses it up')
    t.code(s.sched('start', 'initial'), 0, 'sched start initial')
    t.is_(daemon.wait('cycle.end', done + 3)['policy'], 'initial', 'and it is one')

    t.code(s.sched('set', '--interval', '9s'), 2, 'an interval below the minimum is refused')
    s.site.settings['schedule']['minimum'] = '1s'
    s.site.write()
    s.sched('set', '--cycle', 'off')
    t.code(s.sched('set', '--interval', '1s'), 0, 'sched set --interval')
    t.is_(s.shown()['daemon']['next']['why'], 'none', '--cycle off: none is to come')
    done = len(daemon.events('cycle.end'))
    t.code(s.sched('start'), 0, 'one that is asked for runs all the same')
    daemon.wait('cycle.end', done + 1)
    t.is_(len(daemon.events('config.accepted')), 2, 'the changed minimum was noticed and taken before it')
    begun = time.monotonic()
    s.sched('set', '--cycle', 'on')
    daemon.wait('cycle.end', done + 4)
    t.ok(1.8 < time.monotonic() - begun < 20, 'then one each second', 'three took %.1f s' % (time.monotonic() - begun))
    s.sched('set', '--suspended', 'on')
    s.quiet(daemon)
    done = len(daemon.events('cycle.due'))
    r = s.sched('start')
    t.code(r, 5, 'suspended: not even one that is asked for')
    t.has(r.err, ['suspended'], 'and says why')
    t.is_(len(daemon.events('cycle.due')), done, 'none began')
    s.sched('set', '--suspended', 'off', '--interval', 'default')
    t.is_(s.shown()['interval'], '1h', '--interval default: as configured')


def staging(s, daemon):
    writes = s.tenant.writes()
    s.quiet(daemon)
    t.code(s.site.run('staging', 'on'), 0, 'staging on, while the daemon runs')
    s.change(3, 'Staged')
    done = len(daemon.events('cycle.end'))
    s.sched('start')
    daemon.wait('cycle.end', done + 1)
    t.is_((s.tenant.writes(), len(s.site.pending())), (writes, 1), 'the next cycle exports nothing')
    s.site.run('staging', 'off')
    s.sched('start')
    daemon.wait('cycle.end', done + 2)
    t.is_(s.name(3), 'Staged', 'and the one after staging off does')


def locks(s, daemon):
    s.quiet(daemon)
    done, waited = len(daemon.events('cycle.end')), len(daemon.events('cycle.waiting'))
    held = lock(str(s.site.path / 'causeway.db-lock'))
    s.sched('start')
    t.has(daemon.wait('cycle.waiting', waited + 1)['why'], ['held by a test', 'pid %d' % os.getpid()],
          'another process has the run lock: the daemon waits and says who')
    t.has(s.sched('show').out, ['held by a test'], 'sched show says it too')
    t.is_(len(daemon.events('cycle.end')), done, 'nothing ran meanwhile')
    held.close()
    t.is_(daemon.wait('cycle.end', done + 1)['result'], 'success', 'when the lock is free the cycle runs')

    s.quiet(daemon)
    s.tenant.admin('POST', 'delay', {'ms': 1500})
    begins = len(daemon.events('run.begin'))
    s.sched('start')
    daemon.wait('run.begin', begins + 2)
    r = s.site.run('cycle')
    t.code(r, 5, 'the command line while the daemon runs a cycle')
    t.has(r.err, ['held by cycle'], 'says who has the lock')
    r = s.sched('start')
    t.code(r, 5, 'sched start meanwhile')
    t.has(r.err, ['a cycle runs since'], 'says so')
    begun = time.monotonic()
    t.code(s.sched('stop'), 0, 'sched stop')
    end = daemon.wait('cycle.end', done + 2)
    t.ok(end['result'] != 'success' and time.monotonic() - begun < 5, 'the cycle stops, and its step', str(end))
    s.tenant.admin('POST', 'delay', {'ms': 0})
    t.code(s.sched('stop'), 5, 'sched stop where none runs')
    s.quiet(daemon)
    s.sched('start')
    t.is_(daemon.wait('cycle.end', done + 3)['result'], 'success', 'the schedule goes on')


def reload(s, daemon):
    good = dict(s.site.settings)
    accepted = len(daemon.events('config.accepted'))
    s.site.settings['schedule'] = {'interval': '2h', 'minimum': '1s', 'bell_ms': 'off'}
    s.site.write()
    daemon.kill(signal.SIGHUP)
    daemon.wait('config.accepted', accepted + 1)
    t.is_(s.shown()['interval'], '2h', 'SIGHUP: the new configuration holds')
    t.ok(any(x == 'RELOADING=1' for x in daemon.notified()) and daemon.told.count('READY=1') == 2,
         'the service manager heard of it')
    s.site.settings['schedule'] = {'interval': 'often'}
    s.site.write()
    daemon.kill(signal.SIGHUP)
    t.has(daemon.wait('config.rejected')['why'], ['causeway.yaml', 'interval takes a time'], 'a bad one is refused and why')
    r = s.sched('show')
    t.code(r, 1, 'the command line cannot read it either')
    done = len(daemon.events('cycle.end'))
    # the command line asks by the store's path: it needs a configuration that it can read
    other = Site(d / 'reader', good['connectors'], store={'path': str(s.site.path / 'causeway.db')})
    t.has(other.run('sched', 'show').out, ['interval takes a time'], 'sched show tells it')
    t.code(other.run('sched', 'start'), 0, 'sched start')
    t.is_(daemon.wait('cycle.end', done + 1)['result'], 'success', 'cycles go on with the configuration before')
    rules = dict(good, rules=['default', 'rules/'])
    s.site.settings = rules
    (s.site.path / 'rules').mkdir()
    (s.site.path / 'rules/bad.yaml').write_text('rules:\n  - name: x\n    connector: company\n    direction: sideways\n')
    s.site.write()
    other.run('sched', 'start')
    t.has(daemon.wait('config.rejected', 2)['why'], ['bad.yaml'], 'a change on disk is noticed without a signal; a bad rule is refused')
    daemon.wait('cycle.end', done + 2)
    (s.site.path / 'rules/bad.yaml').unlink()
    other.run('sched', 'start')
    daemon.wait('config.accepted', accepted + 2)
    daemon.wait('cycle.end', done + 3)
    t.is_(s.shown()['daemon']['configuration-problem'], '', 'mended: it holds')
    s.site.settings = good
    s.site.write()


def ends(s, daemon):
    """SIGTERM, SIGKILL, and what is left."""
    s.quiet(daemon)
    s.tenant.admin('POST', 'delay', {'ms': 20000})
    begins = len(daemon.events('run.begin'))
    s.sched('start')
    daemon.wait('run.begin', begins + 2)
    took = daemon.end()
    t.ok(took < 8, 'SIGTERM while a directory does not answer: it ends within seconds', '%.1f s' % took)
    t.is_(daemon.process.returncode, 0, 'with exit code 0')
    t.ok('STOPPING=1' in daemon.notified(), 'the service manager heard of it')
    t.note('it took %.1f s' % took)
    s.tenant.admin('POST', 'delay', {'ms': 0})
    s.verify('after SIGTERM')

    s.change(4, 'While it was dead')
    daemon.start()
    s.quiet(daemon)
    s.tenant.admin('POST', 'delay', {'ms': 1000})
    begins = len(daemon.events('run.begin'))
    s.sched('start')
    daemon.wait('run.begin', begins + 1)
    children = [p for pids in daemon.children().values() for p in pids]
    daemon.end(signal.SIGKILL)
    s.tenant.admin('POST', 'delay', {'ms': 0})

    def gone():
        return not any(os.path.exists('/proc/%d' % p) for p in children)
    until(gone, 'the processes of a daemon that was killed', 15)
    t.ok(True, 'after kill -9 its processes end by themselves')
    again = Daemon(s.site).start()
    s.sched('start')
    again.wait('cycle.end')
    t.is_(s.name(4), 'While it was dead', 'started again it goes on')
    t.ok(again.end() < 8, 'and ends')
    s.verify('after kill -9')


def in_an_import(d):
    """SIGTERM while 30,000 objects are read for the first time."""
    s = Scene(d / 'large', 30000, schedule={'interval': 'off', 'bell_ms': 'off'})
    daemon = Daemon(s.site).start()
    t.is_(s.shown()['daemon']['next']['why'], 'none', 'interval off and no bell: no cycle')
    s.sched('start')
    daemon.wait('run.begin')
    took = daemon.end()
    steps = [x for x in daemon.events('step.stopped') + daemon.events('step.end')]
    t.ok(took < 8, 'SIGTERM in the middle of an import: it ends within seconds', '%.1f s' % took)
    t.ok(steps and steps[0]['step'] == 'full-import' and steps[0]['result'] != 'success', 'the import was stopped', str(steps))
    s.entries = small_entries(60)
    s.put()
    s.site.settings['guard'] = {'source_percent': 'off'}
    s.site.write()
    s.verify('after that')
    s.tenant.stop()


def bell(d):
    """Changes of the file reach the tenant at once."""
    s = Scene(d / 'bell', schedule={'interval': '1h'})
    daemon = Daemon(s.site).start()
    daemon.wait('bell.listens')
    daemon.wait('cycle.end')
    s.quiet(daemon)
    took, due = [], len(daemon.events('cycle.due'))
    for i in range(CHANGES):
        name, begun = 'Bell %d' % i, time.monotonic()
        s.change(i % 40, name)
        daemon.until(lambda: s.name(i % 40) == name, 'change %d' % i)
        took.append(time.monotonic() - begun)
        s.quiet(daemon)
    t.ok(max(took) < 15, '%d changes of a file reach the tenant: median %.2f s, worst %.2f s' % (
        CHANGES, statistics.median(took), max(took)))
    t.is_([x['why'] for x in daemon.events('cycle.due')[due:]], ['bell'] * CHANGES, 'one cycle each, and no other')

    due = len(daemon.events('cycle.due'))
    begun = time.monotonic()
    for i in range(60):
        s.change(i % 40, 'Storm %d' % i)
        time.sleep(0.02)
    daemon.until(lambda: s.name(59 % 40) == 'Storm 59', 'the end of a storm')
    s.quiet(daemon)
    cycles = len(daemon.events('cycle.due')) - due
    t.ok(1 <= cycles <= 12, 'a storm of 60 changes is a few cycles, one after another', '%d cycles' % cycles)
    t.note('%d cycles in %.1f s' % (cycles, time.monotonic() - begun))

    # The folder goes: the bell is lost, waited for, and heard again.
    away = s.folder.parent / 'elsewhere'
    s.site.run('sched', 'set', '--cycle', 'off')
    listens = len(daemon.events('bell.listens'))
    held = s.folder / 'inner'
    held.mkdir()
    s.site.settings['connectors'][0]['path'] = str(held / 'people.ldif')
    shutil.copy(s.source, held / 'people.ldif')
    s.site.write()
    daemon.kill(signal.SIGHUP)
    daemon.wait('bell.listens', listens + 1)
    lost = len(daemon.events('bell.lost'))
    held.rename(away)
    t.has(daemon.wait('bell.lost', lost + 1)['why'], ['is gone'], 'a bell that is lost is told')
    away.rename(held)
    daemon.wait('bell.listens', listens + 2)
    t.ok(True, 'and heard again when its folder is back')
    t.ok(len(daemon.events('bell.lost')) - lost < 4, 'without a busy loop')
    children = daemon.children()
    os.kill(children['bell'][0], signal.SIGKILL)
    daemon.wait('bell.listens', listens + 3)
    t.ok(True, 'a bell whose process dies is started again')
    os.kill(children['engine'][0], signal.SIGKILL)
    daemon.wait('engine.died')
    accepted = len(daemon.events('config.accepted'))
    daemon.wait('config.accepted', accepted + 1)
    done = len(daemon.events('cycle.end'))
    s.sched('start')
    t.is_(daemon.wait('cycle.end', done + 1)['result'], 'success', 'so is the engine')
    daemon.end()
    s.tenant.stop()


def own_ring(d):
    """What we write back rings our own bell: once, and not for ever."""
    s = Scene(d / 'own', connector={'writable': True, 'attribute_types': {'comment': 'string'}},
              schedule={'interval': '1h'}, rules=['default', 'rules/'])
    (s.site.path / 'rules').mkdir()
    (s.site.path / 'rules/back.yaml').write_text('''rules:
  - name: Out to company - comment
    connector: company
    direction: out
    from: person
    to: user
    precedence: 50
    join: [sAMAccountName = accountName]
    flows:
      comment: [displayName]
''')
    daemon = Daemon(s.site).start()
    daemon.wait('bell.listens')
    daemon.until(lambda: any(x['connector'] == 'company' and 'export-update' in x for x in daemon.events('step.end')),
                 'a write to the file')
    s.quiet(daemon)
    cycles = daemon.events('cycle.end')
    t.is_(s.source.read_text().count('comment: Person'), 40, 'a rule writes back into the file')
    t.ok(2 <= len(cycles) <= 5 and cycles[-1]['sent'] == '0', 'our own write rings, and a cycle that writes nothing ends it',
         str([(c['sent'], c['at']) for c in cycles]))
    n = len(cycles)
    time.sleep(1.5)
    t.is_(len(daemon.events('cycle.end')), n, 'then it is quiet')
    daemon.end()
    s.tenant.stop()


with scratch() as d:
    s, daemon = beginning(d)
    requests(s, daemon)
    staging(s, daemon)
    locks(s, daemon)
    reload(s, daemon)
    ends(s, daemon)
    s.tenant.stop()
    in_an_import(d)
    bell(d)
    own_ring(d)
t.done()

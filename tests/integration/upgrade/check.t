#!/usr/bin/env python3
"""causeway upgrade check: each code, by what brings it about; a rehearsal on a
copy of the store, and what is pending before and after."""
import fcntl
import json
import os
import signal
import sqlite3
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
from daemon import Daemon  # noqa: E402

ABORTED = 'UpgradeAborted'
t = Tap()


def check(site, units='/nonexistent'):
    r = site.run('upgrade', 'check', '--json', '--units', units)
    return r, r.json()


def codes(document):
    return [c['code'].removeprefix(ABORTED) for c in document['codes']]


def the_only(site, code, pieces, name, **more):
    r, j = check(site, **more)
    t.is_((r.code, codes(j), j['eligible'], j['result']), (5, [code], False, ABORTED + code), name)
    t.has(json.dumps(j['codes']), pieces, name + ': says why')


class Held:
    """The lock on a file beside the store, as another process holds it."""

    def __init__(self, path, text=''):
        self.file = open(path, 'a+')
        fcntl.fcntl(self.file, fcntl.F_OFD_SETLK, struct.pack('hhqqi4x', fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        self.file.truncate(0)
        self.file.write(text)
        self.file.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


def elsewhere(folder, mount, copied_before=False):
    """upgrade check with the store in a folder that is mounted so."""
    folder.mkdir()
    if copied_before:
        shutil.copy(store, folder / 'causeway.db')
    other = Site(str(folder) + '.site', site.settings['connectors'], store={'path': str(folder / 'causeway.db')})
    return run('unshare', '-m', 'sh', '-c', mount + ' && shift 2 && exec "$@"', 'sh', folder, store,
               *other.command('upgrade', 'check', '--json', '--units', '/nonexistent'))


with scratch() as d:
    source = d / 'people.ldif'
    entries = small_entries(12)
    source.write_text(ldif_text(entries))
    tenant = Tenant(d / 'tenant', SMALL).start()
    site = Site(d / 'site', [ldif_connector(source, parameters={'Domain.FQDN': SMALL}), tenant.connector()])
    store = site.path / 'causeway.db'

    r, j = check(site)
    t.is_((r.code, codes(j), j['result'], j['state']), (0, [], 'Success', 'Enabled'), 'before the first cycle')
    t.code(site.run('cycle', 'initial'), 0, 'a first cycle')
    r, j = check(site)
    t.is_((r.code, codes(j), j['eligible']), (0, [], True), 'nothing is in the way')
    t.ok(len(j['notApplicable']) == 13 and all(m['why'] for m in j['notApplicable']),
         'codes that cannot arise are named, with the reason')
    t.has(site.run('upgrade', 'check').out, ['automatic upgrade: Enabled', 'Success'], 'as text')

    # ---- One after the other ----

    t.code(site.run('sched', 'set', '--cycle', 'off'), 0, 'cycles off')
    the_only(site, 'SyncCycleDisabled', ['switched off', 'sched set --cycle on'], 'SyncCycleDisabled')
    site.run('sched', 'set', '--cycle', 'on', '--suspended', 'on')
    the_only(site, 'SyncOrConfigurationInProgress', ['suspended'], 'SyncOrConfigurationInProgress: suspended')
    site.run('sched', 'set', '--suspended', 'off')
    with Held(str(store) + '-lock', 'full-import of hr, pid 4711, since 2026-01-01T00:00:00Z\n'):
        the_only(site, 'SyncExeInUse', ['full-import of hr, pid 4711'], 'SyncExeInUse: who holds the lock')
    with Held(str(store) + '-daemon'):
        the_only(site, 'ServiceCanNotBeStopped', ['does not answer'], 'ServiceCanNotBeStopped')
    units = d / 'units/multi-user.target.wants'
    units.mkdir(parents=True)
    (units / 'causewayd.service').symlink_to('/lib/systemd/system/causewayd.service')
    the_only(site, 'ServiceIsNotRunning', ['is enabled'], 'ServiceIsNotRunning', units=str(units.parent))
    daemon = Daemon(site).start()
    r, j = check(site, str(units.parent))
    t.ok(set(codes(j)) <= {'SyncOrConfigurationInProgress'}, 'a daemon that runs and answers', codes(j))
    os.kill(daemon.process.pid, signal.SIGSTOP)
    r, j = check(site, str(units.parent))
    t.ok('ServiceCanNotBeStopped' in codes(j), 'a daemon that hangs', codes(j))
    os.kill(daemon.process.pid, signal.SIGCONT)
    daemon.end()

    good = (site.path / 'causeway.yaml').read_text()
    (site.path / 'causeway.yaml').write_text(good.replace('connectors:', 'conectors:', 1))
    r, j = check(site)
    t.is_((r.code, codes(j)), (5, ['ServiceCanNotBeStarted']), 'ServiceCanNotBeStarted')
    t.has(json.dumps(j['codes']), ['conectors', 'causeway.yaml:'], 'with file, line and word')
    (site.path / 'causeway.yaml').write_text(good)

    with open(store, 'r+b') as f:
        page = f.read(100)
        f.seek(0)
        f.write(b'this is not a database')
    r, j = check(site)
    t.is_((r.code, codes(j)), (5, ['InsufficientDatabasePermissions']), 'InsufficientDatabasePermissions')
    with open(store, 'r+b') as f:
        f.write(page)

    where = store.parent
    if os.geteuid() != 0:
        for code in ('SecurityGroupsNotPresent', 'CouldNotSetUpgradeMarker', 'InsufficientDiskSpace'):
            t.ok(True, code + ' # SKIP only root can bring it about')
    else:
        before = os.stat(where)
        os.chown(where, -1, 4000000007)
        the_only(site, 'SecurityGroupsNotPresent', ['4000000007'], 'SecurityGroupsNotPresent')
        os.chown(where, before.st_uid, before.st_gid)
    if os.geteuid() == 0 and run('unshare', '-m', 'true').code != 0:
        for code in ('CouldNotSetUpgradeMarker', 'InsufficientDiskSpace'):
            t.ok(True, code + ' # SKIP there are no mount namespaces here')
    elif os.geteuid() == 0:
        r = elsewhere(d / 'fixed', 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"', copied_before=True)
        t.ok(r.code == 5 and 'CouldNotSetUpgradeMarker' in codes(r.json()), 'CouldNotSetUpgradeMarker', r.all)
        r = elsewhere(d / 'small', 'mount -t tmpfs -o size=16m none "$1" && cp "$2" "$1/causeway.db"')
        t.is_((r.code, codes(r.json())), (5, ['InsufficientDiskSpace']), 'InsufficientDiskSpace')
        t.has(json.dumps(r.json()['codes']), ['MB are free', 'MB are needed'], 'with how much')

    db = sqlite3.connect(store)
    version = db.execute('PRAGMA user_version').fetchone()[0]
    db.execute('PRAGMA user_version = 900')
    db.close()
    r, j = check(site)
    t.is_((r.code, j['eligible']), (6, False), 'a store of a newer release: downgrade refused')
    db = sqlite3.connect(store)
    t.is_(db.execute('PRAGMA user_version').fetchone()[0], 900, 'and left as it is')
    db.execute('PRAGMA user_version = %d' % version)
    db.close()

    # ---- The record ----

    t.code(site.run('upgrade', 'attempt', 'UpgradeFailedRollbackSuccess-Pending', '--release', '2.0'), 0, 'an attempt')
    j = site.run('upgrade', 'status', '--json').json()
    t.is_((j['state'], j['release'], j['failures']), ('Suspended', '2.0', 1), 'suspended')
    r = site.run('upgrade', 'due', '2.0')
    t.code(r, 5, 'not that release again')
    t.has(r.err, ['RollbackSuccess-Pending'], 'and why')
    t.code(site.run('upgrade', 'due', '2.1'), 0, 'the next one may come')
    t.code(site.run('upgrade', 'disable'), 0, 'disable')
    t.code(site.run('upgrade', 'due', '2.1'), 5, 'disabled: none')
    t.code(site.run('upgrade', 'enable'), 0, 'enable')
    t.code(site.run('upgrade', 'due', '2.0'), 0, 'enabled: any')

    # ---- A rehearsal ----

    entries[4] = (entries[4][0], [(a, 'Another Name' if a == 'displayName' else v) for a, v in entries[4][1]])
    source.write_text(ldif_text(entries))
    site.run('staging', 'on')
    t.code(site.run('cycle'), 0, 'something is pending')
    before, after = d / 'before.json', d / 'after.json'
    before.write_text(site.run('pending', '--json').out)
    t.is_(len(json.loads(before.read_text())), 1, 'one change')
    site.run('staging', 'off')
    r = site.run('upgrade', 'rehearse', str(d / 'copy.db'), '--json')
    t.is_((r.code, r.json().get('fullSyncs')), (0, 0), 'a rehearsal with nothing to do in full')
    after.write_text(site.run('pending', '--json', '--store', str(d / 'copy.db')).out)
    t.code(site.run('upgrade', 'compare', str(before), str(after)), 0, 'the same would be sent')
    seen = tenant.journal()['seq']
    t.code(site.run('cycle', '--store', str(d / 'copy.db')), 0, 'a cycle of the copy')
    r = site.run('run', 'cloud', 'export', '--store', str(d / 'copy.db'))
    t.code(r, 5, 'nothing is exported from a copy')
    t.is_(tenant.journal()['seq'], seen, 'and nothing was')
    for words in (['sched', 'set', '--cycle', 'off'], ['sched', 'show'], ['upgrade', 'check'], ['upgrade', 'disable'],
                  ['lease', 'release', 'cloud'], ['migrate', 'switch'], ['migrate', 'rollback']):
        r = site.run(*words, '--store', str(d / 'copy.db'))
        t.code(r, 5, 'not of a copy: ' + ' '.join(words))
        t.has(r.err, ['copy.db', words[0]], 'and it says so')
    t.is_(site.run('sched', 'show', '--json').json()['cycle'], True, 'the schedule is as it was')
    t.code(site.run('upgrade', 'rehearse', str(d / 'copy.db')), 1, 'a copy that is there is not written over')

    # rules that a release would bring: another value for everybody
    (site.path / 'rules').mkdir()
    site.settings['rules'] = ['default', 'rules']
    site.write()
    (site.path / 'rules/new.yaml').write_text('''rules:
  - name: New
    connector: {kind: file}
    direction: in
    from: user
    to: person
    precedence: 40
    flows:
      department: {value: Elsewhere}
''')
    r = site.run('upgrade', 'rehearse', str(d / 'copy2.db'), '--json')
    t.ok(r.code == 0 and r.json()['fullSyncs'] > 0, 'other rules: synchronised in full, on the copy', r.all)
    after.write_text(site.run('pending', '--json', '--store', str(d / 'copy2.db')).out)
    r = site.run('upgrade', 'compare', str(before), str(after))
    t.code(r, 4, 'the difference stops it')
    t.has(r.out, ['+ cloud update user', 'department:', '"Elsewhere"'], 'and is named')
    t.is_(len(site.run('pending', '--json').json()), 1, 'the store itself is as it was')
t.done()

#!/usr/bin/env python3
"""The Debian package, installed and upgraded by dpkg under a root folder, and
the automatic upgrade: one that does, ones that do not, and the way back.

systemctl is a stand-in (no systemd runs here): it starts and ends the daemon of
that root.  The units are held against systemd-analyze."""
import json
import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()
SYSTEMCTL = '''#!/bin/sh
# systemctl start|stop causewayd.service, of one root folder
dir=%(dir)s
case $1 in
start)
	if [ -e "$dir/die-at-start" ]; then rm "$dir/die-at-start"; kill -9 "$PPID"; exit 1; fi
	setsid %(root)s/usr/sbin/causewayd --config %(config)s >>"$dir/causewayd.log" 2>&1 </dev/null &
	echo $! >"$dir/causewayd.pid" ;;
stop)
	pid=$(cat "$dir/causewayd.pid" 2>/dev/null) || exit 0
	kill "$pid" 2>/dev/null
	while kill -0 "$pid" 2>/dev/null && [ "$(cut -d' ' -f3 /proc/$pid/stat 2>/dev/null)" != Z ]; do sleep 0.05; done
	rm -f "$dir/causewayd.pid" ;;
esac
'''


def must(*args, **more):
    r = run(*args, **more)
    if r.code != 0:
        raise RuntimeError('%s: %d\n%s' % (' '.join(map(str, args)), r.code, r.all))
    return r.out.strip()


def package(out, version):
    return must(ROOT / 'packaging/deb.sh', BUILD, out, version)


def changed(deb, d, version, change):
    """The package with another version, and what change(folder) does to it."""
    folder = d / ('changed-' + version)
    must('dpkg-deb', '-R', deb, folder)
    control = folder / 'DEBIAN/control'
    control.write_text(re.sub(r'(?m)^Version: .*', 'Version: ' + version, control.read_text()))
    change(folder)
    must('dpkg-deb', '--root-owner-group', '-b', folder, d / ('causeway_%s.deb' % version))
    shutil.rmtree(folder)
    return d / ('causeway_%s.deb' % version)


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)


def dead_daemon(folder):
    script(folder / 'usr/sbin/causewayd', '#!/bin/sh\necho "no such thing" >&2\nexit 1\n')


def other_sender(folder):
    """Its `pending` of a copy says something else."""
    program = folder / 'usr/bin/causeway'
    program.rename(folder / 'usr/bin/causeway.real')
    script(program, '#!/bin/sh\ncase "$*" in\n*--store*) "$0.real" "$@" | sed "s/Boss/Bosh/" ;;\n'
           '*) exec "$0.real" "$@" ;;\nesac\n')


def blind_at_home(d):
    """Works where it is tried, and not at all where it is installed: and its
    installation is cut off in the middle, as by a power cut."""
    def change(folder):
        program = folder / 'usr/bin/causeway'
        program.rename(folder / 'usr/bin/causeway.real')
        script(program, '#!/bin/sh\ncase "$0" in\n*/new/usr/bin/causeway) exec "$0.real" "$@" ;;\nesac\necho "cannot" >&2\nexit 1\n')
        script(folder / 'DEBIAN/postinst', '#!/bin/sh\nset -e\nupgrade=$(ps -o ppid= -p $PPID)\nkill -9 $upgrade $PPID\n')
    return change


def blind(folder):
    script(folder / 'usr/bin/causeway', '#!/bin/sh\necho "cannot" >&2\nexit 1\n')


if os.geteuid() != 0:
    print('1..0 # SKIP dpkg installs under a root folder as root alone')
    sys.exit(0)
if not json.loads(must('meson', 'introspect', BUILD, '--buildoptions')) or \
        next(o['value'] for o in json.loads(must('meson', 'introspect', BUILD, '--buildoptions'))
             if o['name'] == 'prefix') != '/usr':
    must('meson', 'configure', BUILD, '-Dprefix=/usr')
    must('ninja', '-C', BUILD)

with scratch() as d:
    source = d / 'people.ldif'
    entries = small_entries(12)
    source.write_text(ldif_text(entries))
    tenant = Tenant(d / 'tenant', SMALL).start()
    site = Site(d / 'site', [ldif_connector(source, parameters={'Domain.FQDN': SMALL}), tenant.connector()],
                schedule={'interval': '12h'})
    store = site.path / 'causeway.db'
    root, tools = d / 'root', d / 'tools'
    tools.mkdir()
    (root / 'var/lib/dpkg/info').mkdir(parents=True)
    (root / 'var/lib/dpkg/updates').mkdir()
    (root / 'var/lib/dpkg/status').touch()
    (root / 'var/lib/dpkg/available').touch()
    script(tools / 'systemctl', SYSTEMCTL % {'dir': tools, 'root': root, 'config': site.path})
    env = dict(os.environ, PATH='%s:%s' % (tools, os.environ['PATH']), CAUSEWAY_UPGRADE_WAIT='8')

    v1, v2 = package(d / 'one', '1.0'), package(d / 'two', '1.1')
    fields = must('dpkg-deb', '-f', v1, 'Depends')
    t.has(fields, ['libc6', 'libldap', 'libsqlite3-0', 'libcurl'], 'the package names what it needs')
    listing = must('dpkg-deb', '-c', v1)
    t.ok(re.search(r'drwxr-xr-x root/root .* \./etc/causeway/', listing), 'the daemon, which has a user of its own, may read the configuration', listing)
    t.ok(not re.search(r'\./usr/local/', listing) and '/usr/share/man/man1/causeway.1' in listing, 'what is in it', listing)
    r = run('dpkg', '--root=%s' % root, '--force-script-chrootless', '--force-depends', '--install', v1)
    t.code(r, 0, 'installed under a root folder')
    t.has(run(root / 'usr/bin/causeway', '--help').out, ['usage: causeway'], 'and it runs')
    for target in pathlib.Path('/lib/systemd/system').glob('*.target'): # what units build on
        if not target.is_symlink():
            shutil.copy(target, root / 'usr/lib/systemd/system')
    shutil.copy(shutil.which('kill', path='/bin:/usr/bin'), root / 'usr/bin/kill')
    r = run('systemd-analyze', 'verify', '--man=no', '--root=%s' % root, 'causewayd.service', 'causeway-upgrade.service',
            'causeway-upgrade.timer')
    told = [line for line in r.all.splitlines() if 'causeway' in line]
    t.ok(r.code == 0 and not told, 'systemd-analyze has nothing to say of the units', r.all)

    def installed():
        return must('dpkg-query', '--root=%s' % root, '-W', '-f', '${Version} ${db:Status-Abbrev}', 'causeway').split()

    def program(*args):
        return run(root / 'usr/bin/causeway', *args, '--config', site.path)

    def upgrade(deb, back, *more):
        return run(root / 'usr/libexec/causeway/upgrade', '--root', root, '--config', site.path, '--deb', deb,
                   '--back', back, *more, env=env)

    def state():
        j = program('upgrade', 'status', '--json').json()
        return j['state'], j['result']

    t.code(program('cycle', 'initial'), 0, 'a first cycle')
    entries[4] = (entries[4][0], [(a, 'Boss' if a == 'displayName' else v) for a, v in entries[4][1]])
    program('staging', 'on')
    source.write_text(ldif_text(entries))
    t.code(program('cycle'), 0, 'something is pending, in staging mode')
    must(tools / 'systemctl', 'start', 'causewayd.service')
    until(lambda: program('sched', 'show', '--json').json()['running'], 'the daemon')

    def idle():
        return 'cycle' not in program('sched', 'show', '--json').json().get('daemon', {'cycle': 1})

    until(idle, 'no cycle')
    pending = program('pending', '--json').out
    t.is_(len(json.loads(pending)), 1, 'one change waits')

    # ---- It goes well ----

    until(idle, 'no cycle')
    r = upgrade(v2, v1)
    t.code(r, 0, 'from 1.0 to 1.1')
    t.is_(installed(), ['1.1', 'ii'], 'installed')
    t.is_(state(), ('Enabled', 'Success'), 'and noted')
    j = program('sched', 'show', '--json').json()
    t.is_((j['running'], j['suspended']), (True, False), 'the daemon runs, the schedule goes on')
    t.is_(program('pending', '--json').out, pending, 'the same is pending')
    t.is_(sorted(p.name for p in site.path.glob('causeway.db-upgrade*')),
          ['causeway.db-upgrade', 'causeway.db-upgrade.kept'], 'the store and the package before are kept, nothing else')
    r = upgrade(v2, v1)
    t.code(r, 0, 'again: nothing to do')
    t.has(r.out, ['1.1 is the newest'], 'and it says so')
    r = upgrade(v1, v1)
    t.code(r, 6, 'no way down')

    # ---- It would send something else, or cannot work at all ----

    until(idle, 'no cycle')
    r = upgrade(changed(v2, d, '1.2', other_sender), v2)
    t.code(r, 4, 'a release that would send something else')
    t.has(r.out, ['UpgradeNotSupportedPendingExportsDiffer'], 'is not installed')
    t.is_(installed(), ['1.1', 'ii'], 'nothing was changed')
    t.is_(state()[0], 'Suspended', 'suspended')
    t.has((site.path / 'causeway.db-upgrade.difference').read_text(), ['Bosh', 'Boss'], 'what differs is kept')
    r = upgrade(changed(v2, d, '1.2', other_sender), v2)
    t.code(r, 5, 'not that release again')
    r = upgrade(changed(v2, d, '1.3', blind), v2)
    t.code(r, 4, 'a release that cannot work with the store')
    t.is_(state(), ('Suspended', 'UpgradeNotSupportedRehearsal'), 'is noted')
    t.ok(program('sched', 'show', '--json').json()['running'], 'the daemon was not even stopped')

    # ---- It fails behind the switch ----

    until(idle, 'no cycle')
    bad = changed(v2, d, '1.4', dead_daemon)
    r = upgrade(bad, v2)
    t.code(r, 1, 'a release whose daemon dies')
    t.is_(installed(), ['1.1', 'ii'], 'the one before is back')
    t.is_(state(), ('Suspended', 'UpgradeFailedRollbackSuccess-Health'), 'and it is noted')
    until(lambda: program('sched', 'show', '--json').json()['running'], 'the daemon')
    t.is_(program('pending', '--json').out, pending, 'with the store before: the same is pending')
    t.ok(not program('sched', 'show', '--json').json()['suspended'], 'the schedule goes on')

    # ---- It is cut off ----

    until(idle, 'no cycle')
    good = changed(v2, d, '1.5', lambda folder: None)
    (tools / 'die-at-start').touch()
    r = upgrade(good, v2)
    t.ok(r.code != 0 and installed()[0] == '1.5', 'killed between package and daemon', r.all)
    r = upgrade(good, v2)
    t.code(r, 1, 'the next time it goes back first')
    t.is_((installed()[0], state()[1]), ('1.1', 'UpgradeFailedRollbackSuccess-Interrupted'), 'to where it was')
    until(lambda: program('sched', 'show', '--json').json()['running'], 'the daemon')
    until(idle, 'no cycle')
    r = upgrade(good, v2, '--force')
    t.code(r, 0, 'and by --force it is done')
    t.is_(state()[0], 'Enabled', 'which ends the suspension')

    # ---- It is cut off within dpkg, and the new release can nothing at all ----

    until(idle, 'no cycle')
    pending = program('pending', '--json').out
    broken = changed(v2, d, '1.55', blind_at_home(d))
    r = upgrade(broken, good, '--force')
    t.is_(r.code, -9, 'killed within dpkg')
    t.ok(installed()[0] == '1.55' and installed()[1] != 'ii', 'which leaves a package half installed', installed())
    r = program('upgrade', 'check', '--json')
    t.is_((r.code, r.out), (1, ''), 'of which no program says where the store is')
    note = root / 'var/lib/causeway/upgrade.switching'
    t.has(note.read_text(), ['was=1.5\n', 'version=1.55\n', 'store=%s\n' % store, 'config=%s\n' % site.path], 'it was noted before')
    store.write_bytes(b'what such a release makes of a store')
    r = upgrade(broken, good)
    t.code(r, 1, 'the next time it goes back first')
    t.is_((installed(), state()), (['1.5', 'ii'], ('Suspended', 'UpgradeFailedRollbackSuccess-Interrupted')), 'to where it was')
    until(lambda: program('sched', 'show', '--json').json()['running'], 'the daemon')
    t.is_(program('pending', '--json').out, pending, 'with the store before')
    t.ok(not note.exists() and not program('sched', 'show', '--json').json()['suspended'], 'the schedule goes on')
    t.is_(sorted(p.name for p in site.path.glob('causeway.db-upgrade.??????')), [], 'and nothing is left of it')

    # ---- The same, and its own upgrade program is gone, too ----

    until(idle, 'no cycle')
    broken = changed(v2, d, '1.56', lambda folder: (blind_at_home(d)(folder), (folder / 'usr/libexec/causeway/upgrade').unlink()))
    r = upgrade(broken, good, '--force')
    t.ok(r.code == -9 and not (root / 'usr/libexec/causeway/upgrade').exists(), 'killed within dpkg, and no upgrade program is there')
    r = run('sh', site.path / 'causeway.db-upgrade.kept/upgrade', '--root', root, env=env)
    t.code(r, 1, 'the one that was kept goes back')
    t.is_((installed(), state()[1]), (['1.5', 'ii'], 'UpgradeFailedRollbackSuccess-Interrupted'), 'to where it was')
    until(lambda: program('sched', 'show', '--json').json()['running'], 'the daemon')
    until(idle, 'no cycle')
    program('upgrade', 'enable')

    # ---- It may not ----

    program('upgrade', 'disable')
    r = upgrade(changed(v2, d, '1.6', lambda folder: None), good, '--force')
    t.code(r, 5, 'disabled is disabled')
    program('upgrade', 'enable')
    program('sched', 'set', '--cycle', 'off')
    r = upgrade(d / 'causeway_1.6.deb', good)
    t.code(r, 5, 'not while cycles are off')
    t.is_(state(), ('Enabled', 'UpgradeAbortedSyncCycleDisabled'), 'which is noted, and tried again')
    t.has(program('upgrade', 'status').out, ['not before'], 'later')
    r = run('dpkg', '--root=%s' % root, '--force-script-chrootless', '--force-depends', '--remove', 'causeway')
    t.code(r, 0, 'removed')
    must(tools / 'systemctl', 'stop', 'causewayd.service')
    t.ok(store.exists() and not (root / 'usr/bin/causeway').exists(), 'and the store is left alone')
t.done()

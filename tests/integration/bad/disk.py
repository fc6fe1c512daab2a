"""What disk.t runs inside its mount namespace."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403


def size(path, kilobytes, first=False):
    what = ['-t', 'tmpfs', '-o', 'size=%dk' % kilobytes, 'tmpfs'] if first else ['-o', 'remount,size=%dk' % kilobytes]
    subprocess.run(['mount', *what, str(path)], check=True)


def used(path):
    s = os.statvfs(path)
    return (s.f_blocks - s.f_bfree) * s.f_frsize // 1024


t = Tap()
with scratch() as d:
    tenant = Tenant(d / 'tenant', SMALL).start()
    disk = d / 'disk'
    disk.mkdir()
    size(disk, 65536, first=True)
    source = d / 'small.ldif'
    source.write_text(ldif_text(small_entries(40)))
    site = Site(d / 'site', [ldif_connector(source), tenant.connector()], store={'path': str(disk / 'causeway.db')})
    t.code(site.run('cycle', 'initial'), 0, 'the first cycle')
    t.is_(differences(tenant, source, SMALL), [], 'the tenant is as the source says')

    # Room for next to nothing, and a thousand people more.
    site.run('status')
    size(disk, used(disk) + 64)
    source.write_text(ldif_text(small_entries(1500)))
    r = site.run('cycle')
    t.code(r, 1, 'the disk is full: an error')
    t.has(r.all, ['causeway.db', 'full'], 'the message names the file and says that the disk is full')
    there = oracle.actual(tenant.dump())
    t.ok(len(there) >= 43, 'nothing was deleted at the tenant')
    r = site.run('status')
    t.ok(r.code in (0, 1), 'status still answers while it is full', r.all)

    size(disk, 65536)
    t.code(site.run('cycle'), 0, 'with room again, the next cycle ends right')
    t.is_(differences(tenant, source, SMALL), [], 'the tenant is as the source says')
    t.is_(tenant.journal()['totals']['created'], 1503, 'nobody was created twice')
    subprocess.run(['umount', '-l', str(disk)], check=False)
t.done()

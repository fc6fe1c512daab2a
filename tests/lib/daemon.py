"""daemon.py -- causewayd for a test in Python.

  d = Daemon(site).start()      waits for READY on a socket of the test's own
  d.wait('cycle.end', n)        the n-th such event, as a dict of its fields
  d.stop()                      SIGTERM; how many seconds it took
"""
import os
import re
import shlex
import signal
import socket
import subprocess
import threading
import time

import rig

CAUSEWAYD = rig.BUILD / 'src/bin/causewayd'


class Daemon:
    count = 0

    def __init__(self, site, **env):
        Daemon.count += 1
        self.site, self.env, self.process = site, env, None
        self.path = site.path.parent / ('causewayd%d.log' % Daemon.count)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.address = str(site.path.parent / ('notify%d' % Daemon.count))
        self.notify.bind(self.address)
        self.told = []
        threading.Thread(target=self.listen, daemon=True).start()

    def start(self, wait=True, *args, under=()):
        with open(self.path, 'ab') as log:
            self.process = subprocess.Popen(
                [*under, str(CAUSEWAYD), '--config', str(self.site.path), *args], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=dict(os.environ, NOTIFY_SOCKET=self.address, **self.env))
        rig.started.append(self.process)
        if wait:
            before = self.told.count('READY=1')
            self.until(lambda: self.notified().count('READY=1') > before, 'READY=1')
        return self

    def until(self, condition, what, seconds=30):
        def check():
            if condition():
                return True
            if self.process.poll() is not None:
                raise RuntimeError('causewayd ended with %d, waiting for %s\n%s' % (
                    self.process.returncode, what, self.log()))
            return False
        try:
            rig.until(check, what, seconds)
        except RuntimeError as e:
            raise RuntimeError('%s\n%s' % (e, self.log()[-4000:])) from None

    def listen(self):
        while True:
            self.told += self.notify.recv(8192).decode().split('\n')

    def notified(self):
        """Every line that the service manager has got so far."""
        return list(self.told)

    def log(self):
        return self.path.read_text(errors='replace')

    def events(self, name):
        """The fields of each such event, in order."""
        found = []
        for line in self.log().splitlines():
            m = re.match(r'(\S+Z) (error|warn|info|debug) (\S+)(.*)', line)
            if m and m[3] == name:
                fields = dict(w.split('=', 1) for w in shlex.split(m[4]))
                found.append(dict(fields, at=m[1], level=m[2]))
        return found

    def wait(self, name, n=1, seconds=30):
        self.until(lambda: len(self.events(name)) >= n, '%s (%d)' % (name, n), seconds)
        return self.events(name)[n - 1]

    def kill(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGTERM):
        began = time.monotonic()
        self.kill(number)
        self.process.wait(timeout=60)
        if self.process in rig.started:
            rig.started.remove(self.process)
        return time.monotonic() - began

    def children(self):
        """{role: [pid]} of the processes it has started."""
        out = {}
        for line in subprocess.run(['ps', '-o', 'pid=,args=', '--ppid', str(self.process.pid)],
                                   capture_output=True, text=True).stdout.splitlines():
            pid, args = line.split(None, 1)
            m = re.search(r'--role (\w+)', args)
            out.setdefault(m[1] if m else '?', []).append(int(pid))
        return out

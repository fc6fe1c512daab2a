"""tests/lib/slapd.py -- an OpenLDAP server of a test's own (slapd.sh), its content read by ldapsearch."""
import base64
import os
import pathlib
import signal
import subprocess
import time

import rig

LIB = pathlib.Path(__file__).resolve().parent
SUFFIX = 'dc=example,dc=com'
ADMIN = 'cn=admin,' + SUFFIX


def alive(pid):
    """One that is dead and waits for its parent to notice is not."""
    try:
        return pathlib.Path('/proc/%d/stat' % pid).read_text().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


class Slapd:
    """provider: None, or the size of its session log (0: it tells who is there)."""

    def __init__(self, path, provider=None, config=''):
        self.path = pathlib.Path(path)
        self.provider = provider
        self.port = rig.free_port()
        self.url = 'ldap://127.0.0.1:%d' % self.port
        self.shell('slapd_make "$1" "$2"', config)

    def shell(self, command, *args):
        env = dict(os.environ)
        env.pop('SLAPD_PROVIDER', None)
        if self.provider is not None:
            env['SLAPD_PROVIDER'] = str(self.provider)
        subprocess.run(['bash', '-c', '. "$0/slapd.sh"; ' + command, str(LIB), str(self.path), *map(str, args)],
                       env=env, check=True, stdin=subprocess.DEVNULL)

    def load(self, ldif):
        self.shell('slapd_load "$1" "$2"', ldif)

    def start(self):
        self.shell('slapd_start "$1" "$2"', self.url)

    def pid(self):
        return int((self.path / 'pid').read_text())

    def stop(self):
        if not (self.path / 'pid').exists():
            return
        pid = self.pid()
        os.kill(pid, signal.SIGTERM)
        while alive(pid):
            time.sleep(0.01)
        (self.path / 'pid').unlink()

    def empty(self):
        for f in (self.path / 'db').iterdir():
            f.unlink()

    def tool(self, name, *args, **more):
        return subprocess.run([name, '-x', '-H', self.url, '-D', ADMIN, '-w', 'secret', *args], check=True,
                              capture_output=True, text=True, **more).stdout

    def modify(self, ldif):
        self.tool('ldapmodify', input=ldif)

    def search(self, filt, *attrs, base=SUFFIX):
        """[(dn, {attribute: [value]})] as the server says it."""
        out = []
        text = self.tool('ldapsearch', '-LLL', '-o', 'ldif-wrap=no', '-b', base, filt, *(attrs or ('1.1',)))
        for block in text.split('\n\n'):
            entry = {}
            for line in block.splitlines():
                name, _, value = line.partition(':')
                coded = value.startswith(':')
                value = value.lstrip(':').strip()
                entry.setdefault(name, []).append(base64.b64decode(value).decode(errors='backslashreplace') if coded else value)
            if 'dn' in entry:
                out.append((entry.pop('dn')[0], entry))
        return out

#!/usr/bin/env python3
"""The pages of docs/upgrade/: each of the four that goes from the first command to
the day after, and back, is gone as it stands there, with the invented company of
make demo-upgrade that comes from that server; every other command that a page names
exists, with the options that stand behind it."""
import importlib.util
import os
import re
import shlex
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

spec = importlib.util.spec_from_file_location('demo_upgrade', ROOT / 'tools/demo-upgrade.py')
demo = importlib.util.module_from_spec(spec)
spec.loader.exec_module(demo)
PAGES = ROOT / 'docs/upgrade'
WALKS = {'dirsync.md': 'aster', 'azure-ad-sync.md': 'briar', 'azure-ad-connect.md': 'cedar', 'fim-mim.md': 'dahlia'}
POWERSHELL = re.compile(r'(Get|Set|Stop|Start|Disable)-[A-Z]\w+')
t = Tap()


def commands(page):
    """Blocks that are indented by four."""
    return [line[4:] for line in (PAGES / page).read_text().splitlines() if re.match(r'    \S', line)]


class Walk:
    def __init__(self, page, folder):
        self.page, self.d = page, folder
        self.move = demo.Move(WALKS[page], folder, folder)
        self.places = [('/etc/causeway', str(folder / 'etc/causeway')), ('/var/lib/causeway', str(folder / 'lib'))]
        self.site = folder / 'etc/causeway.new'
        self.env = dict(os.environ, PATH='%s:%s' % (CAUSEWAY.parent, os.environ['PATH']), CAUSEWAY_CONFIG=str(folder / 'etc/causeway'))
        (folder / 'etc/causeway').mkdir(parents=True)
        self.asked = False

    def shell(self, line, wanted=(0,)):
        for place, here in self.places:
            line = line.replace(place, here)
        line = re.sub(r'\bEXPORT\b', str(ROOT / self.move.export), line)
        r = Result(subprocess.run(['bash', '-c', line], cwd=self.d, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True))
        t.ok(r.code in wanted, '%s: %s' % (self.page, line.replace(str(self.d), '').replace(str(ROOT) + '/', '')[:150]),
             'exit code %d\n%s' % (r.code, r.all[-1500:]))
        return r

    def json(self, line):
        return self.shell(line + ' --json', (0, 4)).json()

    # ---- What a person does between the commands ----

    def imported(self):
        cloud = self.move.tenant.sync_connector(secret='file:secrets/cloud')
        (self.site / 'secrets').mkdir(mode=0o700, exist_ok=True)
        shutil.copy(self.move.tenant.path / 'client_secret', self.site / 'secrets/cloud')
        self.move.site = self.site
        self.cloud = demo.upgrade_site.point_at(self.site, {
            'kind': 'file', 'path': str(self.move.ldif), 'format': 'ldif', 'anchor': 'objectGUID'}, cloud)
        if self.move.name == 'dahlia':
            self.move.write_by_hand()
        self.move.write_sources()

    def acknowledge(self, line):
        x = self.json('causeway migrate compare --config /etc/causeway.new')
        ids = [v['id'] for v in x['lines']]
        t.ok(bool(ids) == bool(demo.EXPECTED[self.move.name]), self.page + ': as many lines as are expected', ids)
        if ids:
            self.shell(line.replace('LINE', ' '.join(ids)))

    def step(self, line):
        if POWERSHELL.match(line):
            return
        if line.startswith('systemctl'):
            t.ok(list((ROOT / 'systemd').glob(line.split()[-1] + '.service*')), '%s: the unit of: %s' % (self.page, line))
            return
        if not line.startswith(('causeway ', 'mv ', 'mkdir ', 'sed ')):
            t.ok(False, '%s: %s: is a command that this test knows' % (self.page, line))
            return
        if 'connector test NAME' in line:
            for c in self.json('causeway connector list --config /etc/causeway.new'):
                self.shell(line.replace('NAME', shlex.quote(c['name'])))
        elif 'migrate ack LINE' in line:
            self.acknowledge(line)
        elif 'guard ack CLOUD' in line:
            if self.asked:
                self.shell(line.replace('CLOUD', shlex.quote(self.cloud)))
        elif 'migrate rollback' in line:
            self.rollback(line)
        else:
            self.shell(line, (0, 4) if 'migrate compare' in line else (0, 3) if 'doctor' in line else (0,))
            if 'migrate import' in line:
                self.imported()
            if 'credential:' in line:
                self.env['CREDENTIALS_DIRECTORY'] = str(self.d / 'etc/causeway/secrets')

    def rollback(self, line):
        if getattr(self, 'back', False):
            return
        r = self.shell(line, (0, 4))
        self.asked, self.back = r.code == 4, r.code == 0

    def whole(self):
        for line in commands(self.page):
            before = self.move.tenant.writes()
            self.step(line)
            quiet = self.move.tenant.writes() == before or line.startswith(('causeway cycle --', 'causeway cycle', 'causeway migrate rollback'))
            t.ok(quiet and ('initial' not in line or self.move.tenant.writes() == before), '%s: nothing is sent by: %s' % (self.page, line[:60]))
        now = demo.state(self.move.tenant)
        t.ok(getattr(self, 'back', False) and all(now[kind] == objects for kind, objects in self.move.left.items()),
             self.page + ': at its end the cloud is as the old server left it')
        t.ok((self.d / 'lib/causeway.db').exists() and not self.site.exists(), self.page + ': and all is in its usual place')


def help_of(words):
    """The help of the command that a line begins with; None: there is none."""
    for n in range(min(4, len(words)), 0, -1):
        r = run(CAUSEWAY, *words[:n], '--help')
        if r.code == 0 and r.out.startswith('usage: causeway ' + ' '.join(words[:n])):
            return r.out
    return None


def named_commands(page):
    text = re.sub(r'\s+', ' ', (PAGES / page).read_text())
    out = set(re.findall(r'`causeway ([^`]+)`', text))
    return sorted(out | {line[9:] for line in commands(page) if line.startswith('causeway ')})


for page in sorted(p.name for p in PAGES.glob('*.md')):
    unknown = []
    for line in named_commands(page):
        words = [w.strip('.,;:') for w in line.replace('[', ' ').replace(']', ' ').split()]
        text = help_of([w for w in words if re.fullmatch('[a-z-]+', w)])
        options = [w for w in words if w.startswith('--')]
        if text is None or any(o + ' ' not in text.replace('\n', ' ') for o in options):
            unknown.append(line)
    t.is_(unknown, [], page + ': every command that it names exists, with its options')
    missing = [link for link in re.findall(r'\]\(([^)#]+\.md)[^)]*\)', (PAGES / page).read_text()) if not (PAGES / link).exists()]
    t.is_(missing, [], page + ': every page that it names is there')

for page in WALKS:
    with scratch() as d:
        Walk(page, d).whole()
t.done()

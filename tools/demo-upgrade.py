#!/usr/bin/env python3
"""demo-upgrade.py -- four invented companies move to Causeway: one from DirSync,
one from Azure AD Sync, one from Azure AD Connect, one from MIM.

Each is analysed, imported into staging mode, compared with the cloud as its old
server left it, switched, changed, and rolled back.  The cloud is read by Graph, by
another program than Causeway.  Exits non-zero where anything is unexpected.
The HTML reports of the analyses are kept in BUILD/demo-upgrade, or where --reports says.

  demo-upgrade.py [--reports FOLDER] [COMPANY...]      BUILD=build
"""
import argparse
import json
import os
import pathlib
import shutil
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / p) for p in ('tests/lib', 'tools/demo', 'examples/upgrade')]
import csexport  # noqa: E402
import make_company  # noqa: E402
import upgrade_site  # noqa: E402
from rig import BUILD, CAUSEWAY, TENANT, Tenant, run, scratch  # noqa: E402

BOLD, DIM, PLAIN = ('\033[1m', '\033[2m', '\033[0m') if sys.stdout.isatty() else ('', '', '')
EXPORTS = {'aster': 'dirsync-aster', 'briar': 'aadsync-briar', 'cedar': 'connect-cedar', 'dahlia': 'mim-dahlia'}
# The way that the analysis must recommend for so few objects.
PATHS = {'aster': 'in-place', 'briar': 'in-place', 'cedar': 'in-place', 'dahlia': 'swing'}
# What Causeway tells the cloud and the old server did not: the reason, and of whom.
ACCOUNT_NAMES = 'the old server was too old to send account names; nothing in the cloud signs in by them'
EXPECTED = {
    'aster': {'onPremisesSamAccountName': (ACCOUNT_NAMES, 'sAMAccountName'),
              'employeeId': ('DirSync did not send it; personnel wants it', 'employeeID'),
              'employeeType': ('DirSync did not send it', 'employeeType')},
    'briar': {'onPremisesSamAccountName': (ACCOUNT_NAMES, 'sAMAccountName')},
    'cedar': {}, 'dahlia': {}}


class Unexpected(Exception):
    pass


def wants(good, what):
    if not good:
        raise Unexpected(what)


def say(text):
    print('  ' + text, flush=True)


def state(tenant):
    """What the cloud holds: {kind: {id: object}}."""
    graph = tenant.graph()
    out = {kind: {o['id']: o for o in objects} for kind, objects in graph.full_dump().items()}
    for o in graph.all('/users', 'id,onPremisesSamAccountName,onPremisesSecurityIdentifier'):
        out['users'][o['id']].update(o)
    return out


class Move:
    """One company, from the analysis to the way back."""

    def __init__(self, name, folder, reports):
        self.name, self.folder, self.reports, self.export = name, folder, reports, 'examples/upgrade/' + EXPORTS[name]
        self.company, self.site = make_company.COMPANIES[name](), folder / 'causeway'
        self.ldif = folder / (name + '.ldif')
        self.tenant = Tenant(folder / 'tenant', self.company.domain).start()
        (folder / 'left.json').write_text(json.dumps(self.company.tenant()))
        r = run(TENANT, 'load', self.tenant.path, folder / 'left.json')
        wants(r.code == 0, 'the tenant cannot be filled: ' + r.all)
        self.left = state(self.tenant)
        self.objects = sum(len(v) for v in self.left.values())

    def causeway(self, *args, code=0, at_site=True, hide=()):
        shown = ' '.join("'%s'" % a if ' ' in str(a) else str(a) for a in args if a != '--json')
        if not hide:
            print('%s$ causeway %s%s' % (DIM, shown.replace(str(self.folder) + '/', '').replace(str(ROOT) + '/', ''), PLAIN), flush=True)
        r = run(CAUSEWAY, *args, *hide, *(('--config', self.site) if at_site else ()), cwd=ROOT)
        wants(r.code in (code if isinstance(code, tuple) else (code,)), 'causeway %s ended with %d instead of %s: %s' % (
            shown, r.code, code, r.all[-2000:]))
        return r

    # ---- Before ----

    def analyse(self):
        words = ('migrate', 'analyze', self.export, '--objects', self.objects)
        report = self.reports / (self.name + '.html')
        self.causeway(*words, '--html', report, at_site=False)
        x = self.causeway(*words, at_site=False, hide=('--json',)).json()
        count = {v: sum(o['verdict'] == v for o in x['verdicts']) for v in ('carries', 'changed', 'manual', 'blocks')}
        say('recommended: %s; settings: %s' % (x['recommendation'], ', '.join('%d %s' % (n, v) for v, n in count.items())))
        say('estimate: %.2f s by the vendor\'s rule, %.2f s measured here' % (
            x['estimate']['vendor_hours'] * 3600, x['estimate']['ours_seconds']))
        wants(x['recommendation'] == PATHS[self.name] and count['blocks'] == 0 and report.stat().st_size > 2000,
              'the analysis: %s, %s' % (x['recommendation'], count))
        return report

    def take_over(self):
        in_place = ('--in-place',) if self.name == 'aster' else ()
        r = self.causeway('migrate', 'import', self.export, '--to', self.site, '--objects', self.objects, *in_place, at_site=False)
        say(r.out.splitlines()[0])
        self.cloud = upgrade_site.point_at(self.site, {
            'kind': 'file', 'path': str(self.ldif), 'format': 'ldif', 'anchor': 'objectGUID'}, self.tenant.sync_connector())
        say('AD is played by a file here (%s), the cloud by causeway-tenant, filled as the old server left it:' % self.ldif.name)
        say('two connectors of causeway.yaml lead there now; containers, rules and limits are as they were imported')
        if self.name == 'dahlia':
            self.write_by_hand()
        self.write_sources()
        self.causeway('config', 'check')

    def write_by_hand(self):
        """What no export holds, and the import says to do."""
        shutil.copy(ROOT / 'examples/upgrade/dahlia-by-hand.yaml', self.site / 'rules/90-by-hand.yaml')
        rule = self.site / 'rules/30-Dahlia-cloud-out.yaml'
        text = rule.read_text()
        wants(text.count('    disabled: true\n') == 1, 'the rule that a person has to enable: ' + text)
        rule.write_text(text.replace('    disabled: true\n', ''))
        say("by hand, as the import says: the code that no export holds, as rules (examples/upgrade/dahlia-by-hand.yaml);")
        say("the rule that has a way to make objects now is enabled; HR's database as a CSV file")

    def write_sources(self):
        self.ldif.write_text(self.company.ldif())
        if self.name == 'dahlia':
            make_company.write_hr(self.company, self.site / 'HR-database.csv')

    # ---- Proof ----

    def read(self):
        before = self.tenant.writes()
        self.causeway('cycle', 'initial')
        wants(self.tenant.writes() == before, 'the cloud was written to in staging mode')
        say('everything was read and decided; the cloud saw no write')

    def compare(self):
        expected, managed = EXPECTED[self.name], self.company.managed().values()
        users = [e for e in managed if e['objectClass'] == 'user']
        x = self.causeway('migrate', 'compare', '--json', code=(0, 4)).json()
        lines = x['lines']
        say('%d objects, %d the same, %d lines open' % (x['objects'], x['same'], x['open']))
        wants(x['objects'] == self.objects, 'the comparison has %d objects, the cloud %d' % (x['objects'], self.objects))
        for line in lines:
            wants(line['operation'] == 'change' and line['attribute'] in expected, 'an unexpected change: %s' % line)
        for attribute, (reason, of) in expected.items():
            found = [line for line in lines if line['attribute'] == attribute]
            wants(len(found) == sum(of in e for e in users), '%s would change for %d objects' % (attribute, len(found)))
            self.causeway('migrate', 'ack', found[0]['id'], '--whole-group', '--reason', reason)
        if expected:
            x = self.causeway('migrate', 'compare', '--json').json()
        wants(x['open'] == 0, 'the comparison has open lines')
        say('unexpected changes: 0')
        if not expected:
            self.compare_old()

    def compare_old(self):
        """The old server's own list is there: object by object."""
        held = csexport.write(self.folder / 'old-server.xml', upgrade_site.connector_space(self.company.tenant()))
        x = self.causeway('migrate', 'compare', '--old', held, '--json', code=(0, 4)).json()
        wants((x['objects'], x['same'], x['lines']) == (self.objects, self.objects, []), 'against the old server: %s' % x)
        say('its connector space, as csexport would have written it on the old server: %d objects, the same' % x['same'])

    # ---- After ----

    def switch(self):
        self.causeway('migrate', 'switch', '--by', 'demo')
        wants(state(self.tenant) == self.left, 'the switch changed the cloud')
        say('this server is the active one; nothing was sent by the switch')

    def live(self):
        """A day: one department is another, one person comes."""
        company = self.company = make_company.COMPANIES[self.name](day2=True)
        self.write_sources()
        say('a day later: Person 00002 moves to the harbour, New Comer comes')
        self.causeway('cycle')
        moved, new = (company.find('CN=Person %s,%s' % (n, company.staff)) for n in ('00002', '77777'))
        values = {v['sync']['sourceAnchor']: v['sync']['values'] for v in company.tenant()['users']}
        users = {u['onPremisesImmutableId']: u for u in self.tenant.graph().full_dump()['users']}
        a, b = (users.get(company.anchor(e)) for e in (moved, new))
        wants(a is not None and b is not None and len(users) == len(self.left['users']) + 1, 'whom the cloud has: %s' % sorted(users))
        wants('Harbour' in a['department'] and a['department'] == values[company.anchor(moved)]['department'],
              'the department in the cloud: %s' % a['department'])
        wants(b['displayName'] == 'New Comer' and b['userPrincipalName'] == company.upn(new) and b['onPremisesSyncEnabled'],
              'the new person in the cloud: %s' % b)
        say('by Graph: department "%s"; %s <%s> with the anchor %s' % (
            a['department'], b['displayName'], b['userPrincipalName'], b['onPremisesImmutableId']))

    def back(self):
        self.causeway('migrate', 'rollback', '--by', 'demo')
        passed = [j['displayName'] for j in self.causeway('journal', 'list', '--json').json()
                  if j['result'] == 'guard-undone']
        if EXPECTED[self.name]:
            # What most users got by the switch, most users lose: beyond a limit, and what the switch itself did.
            wants(len(passed) > 0, 'nothing was beyond a limit')
            say('beyond a limit, as the switch was: ' + passed[0])
        now = state(self.tenant)
        for kind, objects in self.left.items():
            wants(now[kind] == objects, 'the %s are not as they were: %s' % (kind, [
                (o.get('displayName'), {k: (v, objects.get(i, {}).get(k)) for k, v in o.items() if objects.get(i, {}).get(k) != v})
                for i, o in now[kind].items() if o != objects.get(i)][:3]))
        say('by Graph: the %d objects of the cloud are as the old server left them, every one with its id' % self.objects)

    def whole(self):
        report = self.analyse()
        self.take_over()
        self.read()
        self.compare()
        self.switch()
        self.live()
        self.back()
        return report


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--reports', type=pathlib.Path, default=BUILD / 'demo-upgrade', metavar='FOLDER')
    p.add_argument('companies', nargs='*', metavar='COMPANY', choices=[*EXPORTS, []])
    a = p.parse_args()
    names, began, reports = a.companies or list(EXPORTS), time.monotonic(), []
    a.reports = a.reports.resolve()
    a.reports.mkdir(parents=True, exist_ok=True)
    for name in names:
        with scratch() as folder:
            move = Move(name, folder, a.reports)
            print('\n%s== %s, from %s: %d objects in the cloud%s' % (BOLD, name.title(), move.company.product, move.objects, PLAIN))
            reports.append(move.whole())
    print('\n%sdemo: %d companies moved and went back, in %d seconds%s' % (BOLD, len(names), time.monotonic() - began, PLAIN))
    print('the reports of the analyses, for a browser, in %s:' % os.path.relpath(a.reports))
    for report in reports:
        print('  %s' % os.path.relpath(report))


if __name__ == '__main__':
    try:
        main()
    except Unexpected as e:
        print('%sdemo: %s%s' % (BOLD, e, PLAIN), file=sys.stderr)
        sys.exit(1)

#!/usr/bin/env python3
"""rules_compare.py VENDOR-EXPORT [--scenarios FILE] [--objects N] [--seed N]
[--verbose] -- our built-in rules against those of a vendor's configuration
export, object by object.

Each object goes through `causeway rule test` with both.  Held against each
other: whether it becomes a metaverse object and of which type, which object it
has in the cloud, and every value of that one that the synchronisation service
takes.  A difference must have a reason, and docs/rules/differences.md must
say it; one without is printed, and the exit code is 1.

The vendor's rules are read from the export and nothing of them is kept.  Ours
are taken from rules/default/, with a target that has the service's names.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get('BUILD') or ROOT / 'build').resolve()
PAGE = ROOT / 'docs/rules/differences.md'
TYPES = {'user': 'person', 'inetOrgPerson': 'person', 'contact': 'person', 'group': 'group', 'computer': 'device'}
# What Graph calls otherwise: our rules write it beside the service's name.
GRAPH_ONLY = {'onPremisesImmutableId', 'companyName', 'jobTitle', 'officeLocation', 'businessPhones', 'mobilePhone',
              'faxNumber', 'mailNickname', 'members', 'mailEnabled', 'employeeId', 'employeeType'}

# ---- Both configurations ----


class Rules:
    def __init__(self, config, connector):
        self.config, self.connector = str(config), connector

    def verdict(self, obj):
        p = subprocess.run([BUILD / 'src/bin/causeway', 'rule', 'test', '--config', self.config, '--connector',
                            self.connector, '--object', '-', '--json'], input=json.dumps(obj), capture_output=True,
                           text=True)
        if p.returncode not in (0, 3):
            raise SystemExit('rule test on %s: %d\n%s\n%s' % (self.config, p.returncode, p.stderr, json.dumps(obj)))
        return json.loads(p.stdout)


def vendor_rules(path):
    """The export's first connector that user rules come from."""
    p = subprocess.run([BUILD / 'src/bin/causeway', 'rule', 'list', '--config', path, '--json'], capture_output=True,
                       text=True)
    if p.returncode != 0:
        raise SystemExit('%s: %s' % (path, p.stderr))
    for rule in json.loads(p.stdout):
        if rule['direction'] in ('Inbound', 'in') and rule['source'] == 'user' and rule['linkType'].lower() == 'provision':
            return Rules(path, rule['connector'])
    raise SystemExit('%s: no rule makes people of users' % path)


def our_rules(folder):
    """The files of rules/default/ for a target of the service's names."""
    (folder / 'rules').mkdir()
    for path in sorted((ROOT / 'rules/default').glob('*.yaml')):
        text = path.read_text().replace('{kind: graph}', '{kind: none}').replace('{kind: sync}', '{kind: graph}')
        (folder / 'rules' / path.name).write_text(text)
    (folder / 'causeway.yaml').write_text(
        'store: {path: none.db}\n'
        'connectors:\n'
        '  - {name: corp, kind: ad, servers: ["ldaps://dc.corp.example"], user: u, password: "env:P",\n'
        '     base: "DC=contoso,DC=com", parameters: {kinds: "ad, sync"}}\n'
        '  - {name: cloud, kind: graph, tenant: t.example, client_id: c, secret: "env:S",\n'
        '     parameters: {kind: sync, kinds: "ad, sync"}}\n'
        'rules: [rules/]\n')
    return Rules(folder, 'corp')


# ---- Objects ----

WORDS = ['Ann', ' Bo ', 'Ærø', 'Zoë  ', '結衣', "O'Neil", 'a' * 70, 'x' * 300, '', ' ', 'Smith, Jr', 'ſ', '🙂', 'a\tb', 'Ångström']
TEXTS = ('givenName sn title department company co c l st streetAddress postalCode physicalDeliveryOfficeName '
         'telephoneNumber mobile homePhone ipPhone pager facsimileTelephoneNumber wWWHomePage initials middleName info '
         'extensionAttribute1 extensionAttribute7 extensionAttribute15 telephoneAssistant targetAddress '
         'preferredLanguage').split()
LISTS = ('description url postOfficeBox otherTelephone otherMobile otherHomePhone otherIpPhone otherPager '
         'otherFacsimileTelephoneNumber').split()
FLAGS = 'msExchHideFromAddressLists msExchRequireAuthToSendTo msExchEnableModeration'.split()
NUMBERS = 'countryCode msExchModerationFlags msExchRecipientDisplayType msDS-HABSeniorityIndex'.split()
LINKS = 'manager assistant'.split()
LINK_LISTS = 'authOrig unauthOrig dLMemSubmitPerms dLMemRejectPerms publicDelegates'.split()
KINDS = [1, 2, 4, 16, 32, 128, 4096, 0x800000, 0x1000000, 0x10000000, 0x20000000, 0x40000000, 0x80000000]
NAMES = ['ann', 'AAD_1', 'aad_2', 'MSOL_3', 'SUPPORT_388945a0', 'support_388945A0', 'CAS_{4}', 'cas_{5', 'Sync_HOST_6', 'x' * 20]


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.n = 0

    def rare(self, one_in):
        return self.r.randrange(one_in) == 0

    def octets(self, n):
        return {'$bin': bytes(self.r.randrange(256) for _ in range(n)).hex()}

    def sid(self):
        return {'$bin': '010500000000000515000000' + self.octets(16)['$bin']}

    def word(self):
        return self.r.choice(WORDS)

    def dn(self, name):
        return 'CN=%s,OU=Staff,DC=contoso,DC=com' % re.sub(r'([,+"<>;=#\\])', r'\\\1', name.strip() or 'none')

    def link(self):
        return {'$ref': 'CN=Other %d,OU=Staff,DC=contoso,DC=com' % self.r.randrange(100)}

    def common(self, cs):
        r = self.r
        for name in TEXTS:
            if self.rare(3):
                cs[name] = self.word()
        for name in LISTS:
            if self.rare(4):
                cs[name] = [self.word() for _ in range(r.randrange(1, 4))]
        for name in FLAGS:
            if self.rare(6):
                cs[name] = r.choice([True, False])
        for name in NUMBERS:
            if self.rare(5):
                cs[name] = r.choice([0, 1, 6, 578, -1])
        for name in LINKS:
            if self.rare(4):
                cs[name] = self.link()
        for name in LINK_LISTS:
            if self.rare(8):
                cs[name] = [self.link()]
        if self.rare(3):
            cs['displayName'] = self.word()
        if self.rare(2):
            cs['mail'] = r.choice(['a%d@contoso.com' % self.n, ' b@contoso.com ', 'none', ''])
        if self.rare(2):
            cs['proxyAddresses'] = r.choice([['SMTP:a%d@contoso.com' % self.n, 'smtp:b@contoso.com'], ['smtp:a@contoso.com'],
                                             ['SMTP:none'], [' SMTP:c@contoso.com ', 'SMTP:c@contoso.com', 'X400:c=x']])
        if self.rare(3):
            cs['mailNickname'] = r.choice(NAMES + ['SystemMailbox{1}', 'systemmailbox{2}', 'ann.lee', 'Jørgen'])
        if self.rare(4):
            cs['msExchRecipientTypeDetails'] = r.choice(KINDS)
        if self.rare(25):
            cs['isCriticalSystemObject'] = r.choice([True, False])
        if self.rare(12):
            cs['adminDescription'] = r.choice(['User_1', 'user_2', 'Group_3', 'Contact_4', 'a User_'])

    def account(self, cs):
        r = self.r
        cs['objectSid'] = self.sid()
        if not self.rare(30):
            cs['sAMAccountName'] = r.choice(NAMES) if self.rare(5) else 'user%d' % self.n
        if not self.rare(40):
            cs['userAccountControl'] = r.choice([512, 512, 512, 514, 66048, 66050, 2])
        if not self.rare(5):
            cs['userPrincipalName'] = r.choice(['u%d@contoso.com' % self.n, ' u@contoso.com ', 'u%d@corp.local' % self.n])
        if self.rare(3):
            cs['pwdLastSet'] = r.choice([0, 129699324000000000, 133500000000000000])
        if self.rare(8):
            cs['msExchMasterAccountSid'] = self.sid()
        if self.rare(6):
            cs['msRTCSIP-PrimaryUserAddress'] = 'sip:u%d@contoso.com' % self.n
            cs['msRTCSIP-UserEnabled'] = True
        if self.rare(10):
            cs['userCertificate'] = [self.octets(8) for _ in range(r.choice([1, 15, 16]))]

    def make(self):
        r, self.n = self.r, self.n + 1
        kind = r.choice(['user'] * 11 + ['inetOrgPerson'] + ['contact'] * 3 + ['group'] * 4 + ['computer'])
        cn = 'Object %d' % self.n + ('\\0ACNF:5a' if self.rare(40) else '')
        cs = {'dn': 'CN=%s,OU=Staff,DC=contoso,DC=com' % cn, 'cn': cn.replace('\\0A', '\n'), 'objectGUID': self.octets(16)}
        if kind == 'computer':
            cs.update({'sAMAccountName': 'PC%d$' % self.n, 'objectSid': self.sid(),
                       'userAccountControl': r.choice([4096, 4098]), 'operatingSystem': self.word()})
            if self.rare(2):
                cs['userCertificate'] = [self.octets(8)]
            return {'objectType': kind, 'cs': cs}
        self.common(cs)
        if kind in ('user', 'inetOrgPerson'):
            self.account(cs)
        if kind == 'group':
            cs.update({'objectSid': self.sid(), 'sAMAccountName': r.choice(['g%d' % self.n, 'MSOL_AD_Sync_RichCoexistence']) if
                       self.rare(20) else 'g%d' % self.n, 'groupType': r.choice([-2147483646, -2147483640, 2, 8])})
            if self.rare(2):
                cs['member'] = [{'$ref': 'CN=m%d,DC=contoso,DC=com' % i} for i in range(r.choice([1, 3, 40]))]
            if self.rare(4):
                cs['managedBy'] = self.link()
        return {'objectType': kind, 'cs': cs}


def big_group(n):
    return {'objectType': 'group', 'cs': {
        'dn': 'CN=Big,OU=Staff,DC=contoso,DC=com', 'cn': 'Big', 'objectGUID': {'$bin': '00' * 15 + '01'},
        'objectSid': {'$bin': '010500000000000515000000' + '01' * 16}, 'groupType': -2147483646, 'sAMAccountName': 'Big',
        'member': [{'$ref': 'CN=m%d,DC=contoso,DC=com' % i} for i in range(n)]}}


# ---- What may differ ----

def first(obj, name):
    v = obj['cs'].get(name)
    v = v[0] if isinstance(v, list) and v else v
    return v if v is not None else ''


def text_of(v):
    return v if isinstance(v, str) else ''


def is_cut(ours, vendor):
    return isinstance(ours, str) and isinstance(vendor, str) and len(vendor) > len(ours) and vendor.startswith(ours)


# heading of docs/rules/differences.md -> is it that?  d: level ("error",
# "life", "cloud" or an attribute's name), ours, vendor, obj.
REASONS = []


def reason(heading):
    def add(f):
        REASONS.append((heading, f))
        return f
    return add


@reason('Texts are cut to what the cloud takes')
def _(d):
    if is_cut(d.ours, d.vendor):
        return True
    return isinstance(d.vendor, str) and isinstance(d.ours, str) and d.vendor.rstrip() == d.ours.rstrip()


@reason('The usage location comes from the country')
def _(d):
    return d.what == 'usageLocation' and d.vendor is None and re.fullmatch('[ -~]{2}', text_of(d.ours)) is not None


@reason('An account whose state cannot be read is disabled')
def _(d):
    return 'userAccountControl' not in d.obj['cs'] and d.obj['objectType'] in ('user', 'inetOrgPerson', 'computer') and (
        d.what == 'accountEnabled' and d.ours is False)


@reason('Names of system accounts are known in any case')
def _(d):
    names = [text_of(first(d.obj, n)) for n in ('sAMAccountName', 'mailNickname')]
    return d.what == 'cloud' and d.ours is None and any(
        re.match(r'aad_|msol_|support_388945a0$|systemmailbox\{|cas_.*\}', n, re.I) and not
        re.match(r'AAD_|MSOL_|SUPPORT_388945a0$|SystemMailbox\{|CAS_.*\}', n) for n in names)


@reason('An inetOrgPerson that was written back is left alone')
def _(d):
    return d.obj['objectType'] == 'inetOrgPerson' and text_of(first(d.obj, 'adminDescription')).lower().startswith('user_')


@reason('Objects of the system are left alone')
def _(d):
    return d.obj['cs'].get('isCriticalSystemObject') is True and d.what in ('life', 'cloud', 'error') and d.ours is None


@reason('A name of nothing but blanks is none')
def _(d):
    return d.what in ('userPrincipalName', 'alias', 'displayName') and not text_of(first(d.obj, d.what)).strip() and (
        isinstance(d.ours, str))


@reason('Names have no blanks around')
def _(d):
    return d.what in ('userPrincipalName', 'displayName', 'alias', 'commonName') and isinstance(d.vendor, str) and (
        d.vendor.strip() == (d.ours or ''))


@reason('FALSE means no')
def _(d):
    return d.obj['cs'].get('isCriticalSystemObject') is False and d.what == 'cloud' and d.vendor is None


@reason('An inetOrgPerson has its addresses without a mailbox, too')
def _(d):
    return d.obj['objectType'] == 'inetOrgPerson' and d.what == 'proxyAddresses' and d.vendor is None


@reason('Certificates beyond fifteen')
def _(d):
    return d.what in ('userCertificate', 'userSMIMECertificate') and isinstance(d.vendor, list) and len(d.vendor) > 15 and (
        d.ours is None)


@reason('Larger groups')
def _(d):
    return d.obj['objectType'] == 'group' and 50000 <= len(d.obj['cs'].get('member', [])) < 250000 and d.what == 'cloud'


@reason('Computers of a replication conflict')
def _(d):
    return d.obj['objectType'] == 'computer' and '\\0ACNF:' in d.obj['cs']['dn'] and d.what == 'cloud' and d.ours is None


@reason('Attributes that the vendor added later')
def _(d):
    return d.vendor is None and d.what in (
        'altRecipient', 'msExchBypassModerationLink', 'msExchBypassModerationFromDLMembersLink', 'msDsHabSeniorityIndex',
        'targetAddress', 'msExchGroupDepartRestriction', 'msExchGroupJoinRestriction', 'sourceAnchor') and (
        d.ours is not None)


Difference = collections.namedtuple('Difference', 'what ours vendor obj')


def cloud_of(verdict):
    """(type, values) of the object in the cloud, or (None, {})."""
    for key, target in verdict.items():
        name, _, kind = key.rpartition(':')
        if name in ('AAD', 'cloud') and isinstance(target, dict) and target.get('provision'):
            return kind, target['values']
    return None, {}


def error_of(verdict):
    return verdict['errors'][0]['class'] if verdict.get('errors') else None


def plain(value):
    """One form for a list of one and its value, and for lists in any order."""
    if isinstance(value, list):
        if len(value) == 1:
            return plain(value[0])
        return sorted((plain(v) for v in value), key=json.dumps)
    if isinstance(value, dict) and '$bin' in value:
        return {'$bin': value['$bin'].lower()}
    return value


def differ(obj, ours, vendor):
    pairs = [('error', error_of(ours), error_of(vendor))]
    if pairs[0][1] is None and pairs[0][2] is None:
        a, av = cloud_of(ours)
        b, bv = cloud_of(vendor)
        pairs.append(('life', ours['projected'] or None, vendor['projected'] or None))
        pairs.append(('cloud', a, b))
        if a and a == b:
            pairs += [(n, plain(av.get(n)), plain(bv.get(n))) for n in sorted((set(av) | set(bv)) - GRAPH_ONLY)]
    return [Difference(what, o, v, obj) for what, o, v in pairs if o != v]


# ---- ----

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('export')
    p.add_argument('--scenarios')
    p.add_argument('--objects', type=int, default=1000)
    p.add_argument('--seed', type=int, default=random.randrange(1 << 31))
    p.add_argument('--verbose', action='store_true')
    a = p.parse_args()
    print('seed %d' % a.seed)
    maker = Maker(a.seed)
    objects = [maker.make() for _ in range(a.objects)] + [big_group(49999), big_group(50000)]
    if a.scenarios:
        with open(a.scenarios) as f:
            objects = [{k: s[k] for k in ('objectType', 'cs')} for s in json.load(f)['scenarios']] + objects
    page = PAGE.read_text()
    missing = [h for h, _ in REASONS if '\n## %s\n' % h not in page]
    vendor = vendor_rules(a.export)
    known, unknown, made = collections.Counter(), [], collections.Counter()
    with tempfile.TemporaryDirectory(prefix='causeway-rules.') as d:
        ours = our_rules(pathlib.Path(d))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            verdicts = pool.map(lambda o: (o, ours.verdict(o), vendor.verdict(o)), objects)
            for obj, x, y in verdicts:
                made[cloud_of(y)[0] or (error_of(y) and 'error') or 'nothing'] += 1
                for diff in differ(obj, x, y):
                    why = next((h for h, f in REASONS if f(diff)), None)
                    if why is None:
                        unknown.append(diff)
                    else:
                        known[why] += 1
    print('%d objects; in the cloud by the vendor\'s rules: %s' % (len(objects), dict(made)))
    for why, n in known.most_common():
        print('%6d  %s' % (n, why))
    for h in missing:
        print('docs/rules/differences.md does not say: %s' % h)
    for diff in unknown[:None if a.verbose else 40]:
        print('WITHOUT A REASON: %s %s: ours %s, vendor %s%s' % (
            diff.obj['objectType'], diff.what, json.dumps(diff.ours)[:200], json.dumps(diff.vendor)[:200],
            '\n    ' + json.dumps(diff.obj['cs'], ensure_ascii=False)[:3000] if a.verbose else ''))
    if unknown:
        print('%d without a reason' % len(unknown))
    sys.exit(1 if unknown or missing else 0)


if __name__ == '__main__':
    main()

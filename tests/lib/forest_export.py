"""forest_export.py -- the forest that an export of an old server asks for.

  e = Export(path)              what `causeway migrate analyze` and `rule show` say of it
  e.domain, e.partition, e.classes, e.reads      {class: {attribute: [names of rules]}}
  s = Schema(forest)            of a forest that runs (forests.py)
  e.add_reads(config, name)     what other rules read, those of an imported configuration
  gaps(e, s)                    [Gap]: what the rules read and the forest has not
  extension(gaps, ...)          LDIF records of a schema that has it, with OIDs of our own
  People(e, s)                  invented objects, in and outside of the containers

Of any export: nothing here knows a company, a rule or a version.
"""
import collections
import pathlib
import re
import xml.etree.ElementTree as ET

import compare
import forest_schema
import rig

OWN = 'its own rules'
NOT_READ = {'dn', 'objectclass'}
FIRST_OID = 1000

# Syntax in an export's schema (DSML): attributeSyntax and oMSyntax of a forest.
SYNTAX = {
    '1.3.6.1.4.1.1466.115.121.1.15': ('2.5.5.12', 64), '1.3.6.1.4.1.1466.115.121.1.27': ('2.5.5.9', 2),
    '1.3.6.1.4.1.1466.115.121.1.12': forest_schema.DN, '1.3.6.1.4.1.1466.115.121.1.40': ('2.5.5.10', 4),
    '1.3.6.1.4.1.1466.115.121.1.7': ('2.5.5.8', 1), '1.2.840.113556.1.4.906': ('2.5.5.16', 65),
    '1.3.6.1.4.1.1466.115.121.1.26': ('2.5.5.5', 22), '1.2.840.113556.1.4.905': ('2.5.5.4', 20),
    '1.3.6.1.4.1.1466.115.121.1.44': ('2.5.5.5', 19), '1.3.6.1.4.1.1466.115.121.1.24': ('2.5.5.11', 24),
    '1.3.6.1.4.1.1466.115.121.1.53': ('2.5.5.11', 23), '1.3.6.1.4.1.1466.115.121.1.36': ('2.5.5.6', 18),
    '1.2.840.113556.1.4.1221': forest_schema.OR_NAME, '1.3.6.1.4.1.1466.115.121.1.38': ('2.5.5.2', 6),
    '1.2.840.113556.1.4.907': ('2.5.5.15', 66),
}
TEXT = ('2.5.5.12', 64)
BY_NAME = {name.lower(): (syntax, syntax != forest_schema.DN) for name, syntax, _ in forest_schema.ATTRIBUTES}

Gap = collections.namedtuple('Gap', 'attribute cls syntax single missing rules')


def causeway(*args, codes=(0,)):
    r = rig.run(rig.CAUSEWAY, *args)
    if r.code not in codes:
        raise SystemExit('causeway %s: %d %s' % (' '.join(map(str, args)), r.code, r.err))
    return r


def attributes_of(rule):
    """What a rule reads of its source."""
    out = {c['attribute'] for group in rule['scope'] for c in group} | {c['cs'] for group in rule['join'] for c in group}
    for flow in rule['flows']:
        if 'source' in flow:
            out.add(flow['source'])
        out |= set(re.findall(r'\[([^\[\]]+)\]', re.sub(r'"[^"]*"', '""', flow.get('expression', ''))))
    return {a for a in out if a.lower() not in NOT_READ}


class Export:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.analysis = causeway('migrate', 'analyze', path, '--json', '--no-measure').json()
        self.connector = next((c for c in self.analysis['connectors'] if c['kind'] == 'ad'), None)
        if self.connector is None:
            raise SystemExit('%s: no connector to Active Directory' % path)
        self.partition = next(p for p in self.connector['partitions'] if p['selected'])
        self.dn = self.partition['dn']
        self.domain = '.'.join(part[3:] for part in self.dn.split(','))
        self.reads = collections.defaultdict(lambda: collections.defaultdict(list))
        self.picked = []  # (class, attribute, value) that a rule of the export picks objects by
        self.types = self.dsml()
        self.add_reads(path, OWN)

    def add_reads(self, config, whose):
        listed = rig.run(rig.CAUSEWAY, 'rule', 'list', '--config', config, '--json')
        for head in listed.json() if listed.code == 0 else []:
            if head['direction'] != 'Inbound' or head['connector'] != self.connector['name'] or head['disabled']:
                continue
            for rule in causeway('rule', 'show', head['id'], '--config', config).json():
                if whose == OWN:
                    self.picked += [(rule['source'], c['attribute'], c['value']) for group in rule['scope'] for c in group
                                    if c['operator'] == 'EQUAL' and c['value']]
                for name in attributes_of(rule):
                    self.reads[rule['source']][name].append((whose, rule['name']))

    def dsml(self):
        """{attribute: (syntax, single)} of the directory's schema in the export, where it has one."""
        out, ns = {}, '{http://www.dsml.org/DSML}'
        for path in sorted(self.path.rglob('*.[xX][mM][lL]')) if self.path.is_dir() else []:
            root = ET.parse(path).getroot()
            ma = root if root.tag == 'ma-data' else root.find('ma-data')
            if ma is None or ma.findtext('category') != 'AD':
                continue
            for a in ma.iter(ns + 'attribute-type'):
                syntax = SYNTAX.get(a.findtext(ns + 'syntax', '').strip())
                if syntax:
                    out[a.findtext(ns + 'name').lower()] = (syntax, a.get('single-value') == 'true')
        return out

    def syntax(self, name):
        """None, None: neither the export nor forest_schema.py says what it is."""
        return self.types.get(name.lower()) or BY_NAME.get(name.lower()) or (None, None)

    def in_scope(self, dn):
        """The nearest container that is named above an object decides."""
        return compare.nearest(dn, self.partition['inclusions'], self.partition['exclusions'])


# ---- The forest's schema ----

class Attribute:
    def __init__(self, attrs):
        self.syntax = (attrs['attributesyntax'][0].decode(), int(attrs['omsyntax'][0]))
        self.single = attrs['issinglevalued'][0] == b'TRUE'
        self.longest = int(attrs.get('rangeupper', [b'0'])[0]) or 10000
        self.shortest = int(attrs.get('rangelower', [b'0'])[0])
        self.linked = int(attrs.get('linkid', [b'0'])[0])
        self.written = attrs.get('systemonly') != [b'TRUE'] and not int(attrs.get('systemflags', [b'0'])[0]) & 4


class Schema:
    def __init__(self, forest):
        self.attributes, self.classes = {}, {}
        for dn, a in forest.read(forest_schema.schema_of(forest.dn), '(|(objectClass=attributeSchema)(objectClass=classSchema))', 'one'):
            name = a['ldapdisplayname'][0].decode()
            if b'attributeSchema' in a['objectclass']:
                self.attributes[name.lower()] = Attribute(a)
            else:
                self.classes[name.lower()] = dict(a, dn=dn)
        self.seen = {}

    def cn(self, cls):
        return self.classes[cls.lower()]['dn'].split(',')[0][3:]

    def allowed(self, cls):
        """Attributes that an object of the class may have, in lower case."""
        cls = cls.lower()
        if cls not in self.seen:
            a = self.classes[cls]
            self.seen[cls] = {v.decode().lower() for name in ('maycontain', 'systemmaycontain', 'mustcontain', 'systemmustcontain')
                              for v in a.get(name, [])}
            for name in ('subclassof', 'auxiliaryclass', 'systemauxiliaryclass'):
                for v in a.get(name, []):
                    if v.decode().lower() != cls:
                        self.seen[cls] |= self.allowed(v.decode())
        return self.seen[cls]


def gaps(export, schema):
    out = []
    for cls, attributes in sorted(export.reads.items()):
        if cls.lower() not in schema.classes:
            out.append(Gap(None, cls, None, None, 'the class', sorted({r for rs in attributes.values() for r in rs})))
            continue
        for name, rules in sorted(attributes.items()):
            if name.lower() in schema.allowed(cls):
                continue
            missing = 'the attribute' if name.lower() not in schema.attributes else 'the attribute for this class'
            syntax, single = export.syntax(name)
            if syntax is None and any(whose == OWN for whose, _ in rules):
                syntax, single = TEXT, True
            out.append(Gap(name, cls, syntax, single, missing, rules))
    return out


def closes(gap):
    """Can the extension close it?  Not a class, and not what nobody knows the type of and no rule of the export reads."""
    return gap.attribute is not None and gap.syntax is not None


def extension(found, schema, base):
    """LDIF for ldapmodify: the attributes, and then what lets objects have them."""
    new, by_class = {}, collections.defaultdict(list)
    for gap in found:
        if not closes(gap):
            continue
        if gap.missing == 'the attribute':
            new.setdefault(gap.attribute.lower(), gap)
        by_class[schema.cn(gap.cls)].append(gap.attribute)
    attributes = [forest_schema.attribute(FIRST_OID + i, g.attribute, g.syntax, base, g.single)
                  for i, g in enumerate(new.values())]
    classes = [forest_schema.may_contain(cn, sorted(set(names)), base) for cn, names in sorted(by_class.items())]
    return '\n'.join([*attributes, forest_schema.UPDATE, *classes, forest_schema.UPDATE])


# ---- Invented people ----

NAMES = ('Ada Ekdahl', 'Björn Ås', "Ciara O'Neill", 'Dmitri Łoś', 'Elif Şahin', '結衣 Mori', 'Gwen von Thal', 'Håkon Ørn')
# Attributes that say something: the rest of what rules read gets a value as it comes.
SAID = {'cn', 'displayname', 'samaccountname', 'userprincipalname', 'mail', 'proxyaddresses', 'mailnickname', 'targetaddress',
        'grouptype', 'member', 'useraccountcontrol', 'admindescription', 'admindisplayname', 'msexchmasteraccountsid',
        'msexchrecipienttypedetails', 'msexchusagelocation', 'c', 'countrycode', 'manager', 'ms-ds-consistencyguid',
        'pwdlastset', 'iscriticalsystemobject', 'userprincipalname', 'accountexpires', 'serviceprincipalname', 'dnshostname',
        'usercertificate', 'usersmimecertificate', 'preferredlanguage', 'grouptype', 'unicodepwd', 'lockouttime',
        'msds-keycredentiallink', 'thumbnailphoto', 'jpegphoto', 'photo', 'audio'}


class People:
    """changes: for Forest.change(), containers first.  dns: of every object, by what it is."""

    def __init__(self, export, schema):
        self.e, self.s, self.n, self.changes, self.made = export, schema, 0, [], set()
        self.objects = {}
        self.containers()

    def add(self, dn, cls, **attrs):
        self.changes.append(('add', dn, {'objectClass': cls, **attrs}))
        self.objects[dn] = cls
        return dn

    def container(self, dn):
        """With those above it; what a forest has from the beginning is there."""
        if dn.lower() == self.e.dn.lower() or dn.lower() in self.made:
            return
        rdn, above = dn.split(',', 1)
        self.container(above)
        self.made.add(dn.lower())
        if rdn[:3].upper() == 'OU=' and dn.lower() != ('OU=Domain Controllers,' + self.e.dn).lower():
            self.changes.append(('add', dn, {'objectClass': 'organizationalUnit'}))

    def containers(self):
        root = self.e.dn.lower()
        named = [dn for dn in self.e.partition['inclusions'] + self.e.partition['exclusions'] if dn.lower() != root]
        for dn in [*named, 'OU=Elsewhere,' + self.e.dn]:
            self.container(dn)
            if dn[:3].upper() == 'OU=':
                self.fill(dn, 24 if self.e.in_scope('CN=x,' + dn) else 3)
        if not any(self.e.in_scope('CN=x,' + dn) for dn in named):
            self.container('OU=Everybody,' + self.e.dn)
            self.fill('OU=Everybody,' + self.e.dn, 24)

    def value(self, name, i, dn):
        a = self.s.attributes.get(name.lower())
        if a is None or not a.written or name.lower() in SAID or a.linked & 1:
            return None
        if a.syntax in (forest_schema.DN, forest_schema.OR_NAME):
            return dn
        if a.syntax[0] == '2.5.5.8':
            return ('TRUE', 'FALSE')[i % 2]
        if a.syntax[0] in ('2.5.5.9', '2.5.5.16'):
            return str(max(a.shortest, 1))
        if a.syntax[0] == '2.5.5.10':
            return b'octets-of-%06d' % i if a.shortest <= 16 <= a.longest else None
        if a.syntax[0] in ('2.5.5.12', '2.5.5.5', '2.5.5.4'):
            return ('%s %d' % (name, i))[:a.longest] if a.syntax[0] != '2.5.5.12' else (' %s %d ü ' % (name, i))[:a.longest].rstrip()
        return None

    def read_values(self, cls, i, dn):
        """One of everything that a rule reads of the class and an object may have."""
        allowed = self.s.allowed(cls)
        out = {name: self.value(name, i, dn) for name in sorted(self.e.reads.get(cls, {})) if name.lower() in allowed}
        return {k: v for k, v in out.items() if v is not None}

    def fill(self, ou, people):
        first = None
        users = []
        for i in range(people):
            self.n += 1
            cls = 'inetOrgPerson' if i % 6 == 5 else 'user'
            users.append(self.person(ou, cls, i, first))
            first = first or users[0]
        for cls, name, value in sorted(set(self.e.picked)):
            if cls == 'user' and name.lower() in self.s.allowed(cls) and name.lower() not in SAID:
                self.n += 1
                users.append(self.person(ou, cls, 6, first, **{name: value}))
        self.group(ou, 'Doors', -2147483646, users[:6])
        mail = 'news%d@%s' % (self.n, self.e.domain)
        self.group(ou, 'News', 8, users[1:], mail=mail, proxyAddresses=['SMTP:' + mail])
        self.group(ou, 'Unheard', 2, users[:2])
        self.contact(ou, first)
        if any(whose == OWN for rules in self.e.reads['computer'].values() for whose, _ in rules):
            self.n += 1
            self.add('CN=PC%d,%s' % (self.n, ou), 'computer', sAMAccountName='PC%d$' % self.n, userAccountControl='4096',
                     displayName='PC%d' % self.n, dNSHostName='pc%d.%s' % (self.n, self.e.domain), operatingSystem='Windows 10')

    def person(self, ou, cls, i, boss, **more):
        name, account = '%s %d' % (NAMES[i % len(NAMES)], self.n), 'p%05d' % self.n
        mail = '%s@%s' % (account, self.e.domain)
        dn = 'CN=%s,%s' % (name, ou)
        attrs = {**(self.read_values(cls, self.n, boss or 'CN=Users,' + self.e.dn) if i % 4 == 1 else {}),
                 'sAMAccountName': account, 'userPrincipalName': mail, 'displayName': name, 'sn': name.split()[1],
                 'userAccountControl': '546' if i % 5 == 4 else '544'}
        if i % 3:
            attrs.update(self.only(cls, mail=mail, mailNickname=account, proxyAddresses=['SMTP:' + mail, 'smtp:x%s' % mail]))
        if boss:
            attrs['manager'] = boss
        return self.add(dn, cls, **{**attrs, **more})

    def only(self, cls, **attrs):
        allowed = self.s.allowed(cls)
        return {k: v for k, v in attrs.items() if k.lower() in allowed}

    def group(self, ou, name, kind, members, **more):
        self.n += 1
        return self.add('CN=%s %d,%s' % (name, self.n, ou), 'group', sAMAccountName='g%05d' % self.n,
                        displayName='%s %d' % (name, self.n), groupType=str(kind), **({'member': members} if members else {}), **more)

    def contact(self, ou, boss):
        self.n += 1
        mail = 'guest%d@far.example' % self.n
        return self.add('CN=Guest %d,%s' % (self.n, ou), 'contact', **{
            **self.read_values('contact', self.n, boss or 'CN=Users,' + self.e.dn), 'displayName': 'Guest %d' % self.n, 'mail': mail,
            **self.only('contact', mailNickname='guest%d' % self.n, targetAddress='SMTP:' + mail,
                        proxyAddresses=['SMTP:' + mail])})

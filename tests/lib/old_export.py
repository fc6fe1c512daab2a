"""old_export.py -- the export of an Azure AD Connect server of an invented company,
Larch, in every form that a server of some version writes.

  Larch(version='2.4.18.0', revision=7).files()     {path: text}: a server's export
  Larch(...).policy()                               the wizard's settings as JSON
  write(files, folder)     packed(files, backslashes=True)     a folder, a zip
  old_export.py FOLDER [VERSION]

Its rules are Larch's own, under tags of the vendor's form with a revision that no
catalogue has: the whole way from Active Directory to the cloud, so that the rules
can play the old server (migrate_samba.py).
"""
import io
import json
import pathlib
import re
import sys
import zipfile
from xml.sax.saxutils import escape

AD = '{1a4c4000-2222-4333-8444-0000000000a1}'
CLOUD = '{b891884f-051e-4a83-95af-2544101c9083}'
NOWHERE = '{00000000-0000-0000-0000-000000000000}'
TEXTS = ['givenName', 'sn', 'department', 'title', 'company', 'l', 'physicalDeliveryOfficeName', 'telephoneNumber', 'mobile']
DN = {'dn': '="CN={" & ConvertToUTF8Hex([sourceAnchor]) & "}"'}
OUT_NAMES = {'sn': 'surname', 'l': 'city', 'cn': 'commonName', 'mailNickname': 'alias', 'objectSid': 'onPremiseSecurityIdentifier'}
SYNTAX = {'s': '1.3.6.1.4.1.1466.115.121.1.15', 'i': '1.3.6.1.4.1.1466.115.121.1.27', 'r': '1.3.6.1.4.1.1466.115.121.1.12',
          'b': '1.3.6.1.4.1.1466.115.121.1.40', 'o': '1.3.6.1.4.1.1466.115.121.1.7', 'l': '1.2.840.113556.1.4.906'}
# Types by letters of SYNTAX, in capitals where there are several values; all else is one text.
TYPES = {'objectGUID': 'b', 'objectSid': 'b', 'sourceAnchorBinary': 'b', 'onPremiseSecurityIdentifier': 'b', 'manager': 'r', 'member': 'R',
         'members': 'R', 'proxyAddresses': 'S', 'userAccountControl': 'i', 'groupType': 'i', 'isCriticalSystemObject': 'o',
         'accountEnabled': 'o', 'cloudFiltered': 'o', 'cloudMastered': 'o', 'securityEnabled': 'o', 'mailEnabled': 'o', 'pwdLastSet': 'l',
         'msExchRecipientTypeDetails': 'l', 'memberCount': 'i', 'larchBadge': 'i'}


def trimmed(*names):
    return {n: '=Trim([%s])' % n for n in names}


def as_is(*names):
    return {OUT_NAMES.get(n, n): n for n in names}


# A flow is an attribute, '=an expression', or '"a constant'.
ANCHOR = {'sourceAnchor': '=ConvertToBase64([objectGUID])', 'sourceAnchorBinary': 'objectGUID'}
ALIVE = [('isCriticalSystemObject', 'NOTEQUAL', 'True'), ('adminDescription', 'NOTSTARTSWITH', 'User_')]
OUT_USER = [[('sourceObjectType', 'EQUAL', 'User'), ('cloudMastered', 'NOTEQUAL', 'True')]]
OUT_CONTACT = [[('sourceObjectType', 'EQUAL', 'Contact'), ('cloudMastered', 'NOTEQUAL', 'True')]]
NAME = {'displayName': '=IIF(IsPresent([displayName]),Trim([displayName]),Trim([cn]))'}
MAIL = {'mail': '=Trim([mail])', 'mailNickname': '=Trim([mailNickname])', 'proxyAddresses': 'proxyAddresses'}

# name, way, from, to, link, scope, join, flows
RULES = [
    *(('In from AD - %s Join' % called, 'Inbound', kind, 'person', 'Provision', [ALIVE], [('objectSid', 'objectSid')], {
        **ANCHOR, 'sourceObjectType': '"User', 'cloudFiltered': '=IIF(Left([sAMAccountName],5) = "MSOL_",True,NULL)'})
      for called, kind in (('User', 'user'), ('InetOrgPerson', 'inetOrgPerson'))),
    *(('In from AD - %s AccountEnabled' % called, 'Inbound', kind, 'person', 'Join', [[('userAccountControl', 'ISBITNOTSET', '2')]], [], {
        'accountEnabled': '"True', 'objectSid': 'objectSid', 'accountName': 'sAMAccountName', 'userPrincipalName': 'userPrincipalName'})
      for called, kind in (('User', 'user'), ('InetOrgPerson', 'inetOrgPerson'))),
    *(('In from AD - %s Common' % called, 'Inbound', kind, 'person', 'Join', [ALIVE], [], {
        'accountEnabled': '"False', 'objectSid': 'objectSid', 'accountName': 'sAMAccountName', 'userPrincipalName': 'userPrincipalName',
        'cn': 'cn', 'manager': 'manager', **NAME, **trimmed(*TEXTS), **MAIL})
      for called, kind in (('User', 'user'), ('InetOrgPerson', 'inetOrgPerson'))),
    ('In from AD - Contact Join', 'Inbound', 'contact', 'person', 'Provision', [], [], {**ANCHOR, 'sourceObjectType': '"Contact'}),
    ('In from AD - Contact Common', 'Inbound', 'contact', 'person', 'Join', [], [], {
        'cn': 'cn', **NAME, **trimmed('targetAddress', *TEXTS), **MAIL}),
    ('In from AD - Group Join', 'Inbound', 'group', 'group', 'Provision', [
        [('isCriticalSystemObject', 'NOTEQUAL', 'True'), ('groupType', 'LESSTHAN', '0')],
        [('isCriticalSystemObject', 'NOTEQUAL', 'True'), ('mail', 'ISNOTNULL', '')]], [], ANCHOR),
    ('In from AD - Group Common', 'Inbound', 'group', 'group', 'Join', [], [], {
        'cn': 'cn', **NAME, 'member': 'member', 'objectSid': 'objectSid', 'securityEnabled': '=IIF([groupType] < 0,True,False)', **MAIL}),
    ('Out to AAD - User Join', 'Outbound', 'person', 'user', 'Provision', [
        OUT_USER[0] + [('sourceAnchor', 'ISNOTNULL', ''), ('cloudFiltered', 'NOTEQUAL', 'True')]],
     [('sourceAnchor', 'sourceAnchor')], {**DN, 'sourceAnchor': 'sourceAnchor', 'accountEnabled': 'accountEnabled'}),
    ('Out to AAD - User Identity', 'Outbound', 'person', 'user', 'Join', OUT_USER, [], as_is(
        'userPrincipalName', 'displayName', 'objectSid', 'cn', 'manager', *TEXTS)),
    ('Out to AAD - User ExchangeOnline', 'Outbound', 'person', 'user', 'Join', OUT_USER, [], as_is('mail', 'mailNickname', 'proxyAddresses')),
    ('Out to AAD - Contact Join', 'Outbound', 'person', 'contact', 'Provision', [
        OUT_CONTACT[0] + [('sourceAnchor', 'ISNOTNULL', ''), ('mail', 'ISNOTNULL', '')]],
     [('sourceAnchor', 'sourceAnchor')], {**DN, 'sourceAnchor': 'sourceAnchor'}),
    ('Out to AAD - Contact Identity', 'Outbound', 'person', 'contact', 'Join', OUT_CONTACT, [], as_is(
        'displayName', 'mail', 'mailNickname', 'proxyAddresses', 'targetAddress', *TEXTS)),
    ('Out to AAD - Group Join', 'Outbound', 'group', 'group', 'Provision', [[('sourceAnchor', 'ISNOTNULL', ''), ('cloudMastered', 'NOTEQUAL', 'True')]],
     [('sourceAnchor', 'sourceAnchor')], {**DN, 'sourceAnchor': 'sourceAnchor', **as_is('displayName', 'cn', 'objectSid', 'member', 'mail', 'mailNickname', 'proxyAddresses'),
                                          'securityEnabled': 'securityEnabled'}),
]
# Larch's own: a badge of their own making, and cleaners stay at home.
OWN = [
    ('In from AD - Larch badge', 'Inbound', 'user', 'person', 'Join', [[('larchBadge', 'ISNOTNULL', '')]], [], {
        'extensionAttribute7': '="Badge " & CStr([larchBadge])'}),
    ('Out to AAD - Larch badge', 'Outbound', 'person', 'user', 'Join', OUT_USER, [], {'extensionAttribute7': 'extensionAttribute7'}),
    ('In from AD - Larch cleaners', 'Inbound', 'user', 'person', 'Join', [[('employeeType', 'EQUAL', 'Cleaner')]], [], {'cloudFiltered': '"True'}),
]
SETTINGS = {
    'Synchronize.SynchronizationPolicy': 'Delta', 'Synchronize.MaintenanceEnabled': 'True', 'Synchronize.SchedulerSuspended': 'False',
    'Synchronize.TimeInterval': '00:30:00', 'Synchronize.RunHistoryPurgeInterval': '7.00:00:00', 'Synchronize.SynchronizationSchedule': 'True',
    'Synchronize.StagingMode': 'False', 'SynchronizationOption.JoinCriteria': 'ObjectSID', 'SynchronizationOption.AnchorAttribute': 'objectGUID',
    'SynchronizationOption.UPNAttribute': 'userPrincipalName', 'SynchronizationOption.CustomAttribute': '',
    'OptionalFeature.ExportDeletionThreshold': 'True', 'OptionalFeature.ExportDeletionThresholdValue': '500',
    'OptionalFeature.PasswordHashSync': 'False', 'OptionalFeature.AutoUpgradeState': 'Enabled'}


def sources(flow, kind):
    if flow[:1] == '"':
        return []
    return sorted(set(re.findall(r'\[(\w[\w-]*)\]', flow))) if flow[:1] == '=' else [flow]


class Larch:
    def __init__(self, version='2.4.18.0', revision=7, domain='larch.example', date='2026-05-04 06:07:08.900'):
        self.version, self.revision, self.domain, self.date = version, revision, domain, date
        self.root = 'DC=' + domain.replace('.', ',DC=')
        self.include = ['OU=Works,' + self.root, 'OU=Lists,' + self.root]
        self.exclude = [self.root, 'OU=Left,OU=Works,' + self.root]

    # ---- Rules ----

    def rules(self):
        """[(rule, tag, precedence)]"""
        own = [(r, '', n) for n, r in enumerate(OWN, 40)]
        return own + [(r, 'Microsoft.%s.%03d' % (self.tag(r[0]), self.revision), n) for n, r in enumerate(RULES, 100)]

    @staticmethod
    def tag(name):
        words = name.replace('-', ' ').split()
        return words[0] + words[1] + ''.join(words[2:])

    def rule_xml(self, number, rule, tag, precedence):
        name, way, kind, to, link, scope, join, flows = rule
        guid = '{1a4c%04d-0000-4000-8000-000000000001}' % number
        return '\n'.join([
            '<synchronizationRule>', '<id>%s</id>' % guid, '<internal-id>%s</internal-id>' % guid, '<version>1</version>',
            '<name>%s</name>' % escape(name), '<description />', '<immutable-tag>%s</immutable-tag>' % tag, '<direction>%s</direction>' % way,
            '<disabled>False</disabled>', '<connector>%s</connector>' % (AD if way == 'Inbound' else CLOUD),
            '<sourceObjectType>%s</sourceObjectType>' % kind, '<targetObjectType>%s</targetObjectType>' % to, '<linkType>%s</linkType>' % link,
            '<precedence>%d</precedence>' % precedence, '<precedence-after>%s</precedence-after>' % NOWHERE,
            '<precedence-before>%s</precedence-before>' % NOWHERE, '<softDeleteExpiryInterval>00:00:00</softDeleteExpiryInterval>',
            '<EnablePasswordSync>false</EnablePasswordSync>',
            '<attribute-mappings>', *(self.mapping(to_, flow, kind) for to_, flow in flows.items()), '</attribute-mappings>',
            '<relationshipCriteria>', *('<conditions><condition><csAttribute>%s</csAttribute><ilmAttribute>%s</ilmAttribute></condition></conditions>' % j
                                        for j in join), '</relationshipCriteria>',
            '<synchronizationCriteria>', *('<conditions>%s</conditions>' % ''.join(
                '<scope><csAttribute>%s</csAttribute><csOperator>%s</csOperator><csValue>%s</csValue></scope>' % c for c in group)
                for group in scope), '</synchronizationCriteria>', '</synchronizationRule>'])

    @staticmethod
    def mapping(to, flow, kind):
        src = flow[1:] if flow[:1] == '"' else ''.join('<attr>%s</attr>' % a for a in sources(flow, kind))
        return '<mapping><dest>%s</dest>%s%s<valueMergeType>Update</valueMergeType></mapping>' % (
            to, '<src>%s</src>' % src, '<expression>%s</expression>' % escape(flow[1:]) if flow[:1] == '=' else '')

    def attributes(self, way, side):
        """{class: [attributes]} of the rules' sources or targets."""
        out = {}
        for name, direction, kind, to, link, scope, join, flows in RULES + OWN:
            if direction != way:
                continue
            names = out.setdefault(kind if side == 'source' else to, set())
            if side == 'source':
                names.update(c[0] for g in scope for c in g)
                names.update(a for f in flows.values() for a in sources(f, kind))
                names.update(cs for cs, _ in join)
            else:
                names.update(flows)
                names.update(mv for _, mv in join)
        return {k: sorted(v - {'dn'}) for k, v in sorted(out.items())}

    # ---- XML ----

    @staticmethod
    def dsml(classes):
        names = sorted({n for c in classes.values() for n in c})
        return ('<schema><dsml:dsml xmlns:dsml="http://www.dsml.org/DSML" xmlns:ms-dsml="http://www.microsoft.com/MMS/DSML"><dsml:directory-schema>\n' +
                '\n'.join('<dsml:class id="%s" type="structural"><dsml:name>%s</dsml:name>%s</dsml:class>' % (
                    c, c, ''.join('<dsml:attribute ref="#%s" required="false"/>' % n for n in ns)) for c, ns in classes.items()) + '\n' +
                '\n'.join('<dsml:attribute-type id="%s"%s><dsml:name>%s</dsml:name><dsml:syntax>%s</dsml:syntax></dsml:attribute-type>' % (
                    n, ' single-value="true"' if TYPES.get(n, 's').islower() else '', n, SYNTAX[TYPES.get(n, 's').lower()]) for n in names) +
                '\n</dsml:directory-schema></dsml:dsml></schema>\n<attribute-inclusion>%s</attribute-inclusion>' % ''.join(
                    '<attribute>%s</attribute>' % n for n in names))

    def ma_data(self, guid, name, category, subtype, classes, partition, private):
        return '\n'.join([
            '<ma-data>', '<format-version>1</format-version>', '<id>%s</id>' % guid.upper(), '<name>%s</name>' % name, '<category>%s</category>' % category,
            '<subtype>%s</subtype>' % subtype, '<description></description>', '<creation-time>2020-02-03 04:05:06.000</creation-time>',
            '<last-modification-time>%s</last-modification-time>' % self.date, '<version>3</version>', self.dsml(classes), '<join /><projection />',
            '<export-attribute-flow />', '<ma-partition-data>', partition, '</ma-partition-data>',
            '<private-configuration>%s</private-configuration>' % private, '</ma-data>'])

    def ad(self):
        partition = '<partition><id>{1a4c4000-2222-4333-8444-0000000000d1}</id><name>%s</name><selected>1</selected><filter><object-classes>%s</object-classes>%s</filter></partition>' % (
            self.root, ''.join('<object-class>%s</object-class>' % c for c in ('user', 'inetOrgPerson', 'contact', 'group')),
            '<containers><exclusions>%s</exclusions><inclusions>%s</inclusions></containers>' % (
                ''.join('<exclusion>%s</exclusion>' % e for e in self.exclude), ''.join('<inclusion>%s</inclusion>' % i for i in self.include)))
        private = ('<adma-configuration><forest-name>%s</forest-name><forest-login-domain>%s</forest-login-domain>'
                   '<forest-login-user>MSOL_1a4c4000</forest-login-user><sign-and-seal>1</sign-and-seal></adma-configuration>' % (
                       self.domain, self.domain.split('.', 1)[0].upper()))
        return self.ma_data(AD, self.domain, 'AD', '', self.attributes('Inbound', 'source'), partition, private)

    def cloud(self):
        partition = ('<partition><id>{1a4c4000-2222-4333-8444-0000000000d2}</id><name>default</name><selected>1</selected><filter><object-classes>'
                     '<object-class>user</object-class><object-class>group</object-class><object-class>contact</object-class></object-classes>'
                     '<containers><exclusions /><inclusions><inclusion></inclusion></inclusions></containers></filter></partition>')
        private = ('<MAConfig><extension-config><filename>Microsoft.Azure.ActiveDirectory.Connector.dll</filename><assembly-version>%s</assembly-version>'
                   '</extension-config><parameter-values><parameter name="UserName" type="string" use="connectivity" dataType="String">'
                   'Sync_LARCH-SYNC_0a1b2c3d4e5f@larch.onmicrosoft.example</parameter></parameter-values></MAConfig>' % self.version)
        classes = {k: v + ['cloudAnchor'] for k, v in self.attributes('Outbound', 'target').items()}
        return self.ma_data(CLOUD, 'larch.onmicrosoft.example - AAD', 'Extensible2', 'Windows Azure Active Directory (Microsoft)', classes, partition, private)

    def metaverse(self):
        classes = self.attributes('Inbound', 'target')
        for kind, names in self.attributes('Outbound', 'source').items():
            classes[kind] = sorted(set(classes[kind]) | set(names))
        return '\n'.join([
            '<saved-mv-configuration server="LARCH-SYNC" export-date="%s">' % self.date, '<mv-data>', '<format-version>1</format-version>',
            '<version>3</version>', self.dsml(classes).split('\n<attribute-inclusion>')[0], '<password-change-history-size>24</password-change-history-size>',
            '<parameter-values>', *self.parameters(), '</parameter-values>', '</mv-data>', '</saved-mv-configuration>'])

    def parameters(self):
        values = dict(SETTINGS, **({'Synchronize.ServerConfigurationVersion': self.version} if self.version else {}))
        return ['<parameter name="Microsoft.%s" type="string" use="SynchronizationGlobal" dataType="String">%s</parameter>' % kv for kv in values.items()]

    def files(self):
        return {'Connectors/Connector_%s.xml' % AD: self.ad(), 'Connectors/Connector_%s.xml' % CLOUD: self.cloud(),
                'GlobalSettings/MV.xml': self.metaverse(),
                **{'SynchronizationRules/SynchronizationRule_{1a4c%04d-0000-4000-8000-000000000001}.xml' % n: self.rule_xml(n, *rule)
                   for n, rule in enumerate(self.rules())}}

    # ---- JSON ----

    def policy(self, kind='export'):
        def directory(way):
            mine = [(n, r, tag, p) for n, (r, tag, p) in enumerate(self.rules()) if r[1] == way]
            return {'customSynchronizationRules': [self.rule_json(n, r, p) for n, r, tag, p in mine if not tag],
                    'standardSynchronizationRules': [{'name': r[0], 'uniqueIdentifier': '1a4c%04d-0000-4000-8000-000000000001' % n,
                                                      'immutableTag': tag, 'precedence': p} for n, r, tag, p in mine if tag]}
        return json.dumps({
            'policyMetadata': {'type': kind, 'author': 'LARCH\\admin', 'timeCreated': '2026-05-04 06:07:08Z', 'azureADConnectVersion': self.version},
            'deploymentMetadata': {'hostName': 'LARCH-SYNC', 'serviceAccount': 'LARCH\\svc', 'serviceAccountType': 'virtual', 'databaseServer': '(localdb)',
                                   'connectorIds': [AD.strip('{}'), CLOUD.strip('{}')]},
            'onpremisesDirectoryPolicy': [{'friendlyName': self.domain, 'fullyQualifiedDomainName': self.domain, 'uniqueIdentifier': AD.strip('{}'),
                                           'partitionFilters': [{'distinguishedName': self.root, 'containerInclusions': self.include,
                                                                 'containerExclusions': self.exclude}], **directory('Inbound')}],
            'azureDirectoryPolicy': directory('Outbound')}, indent=1)

    @staticmethod
    def rule_json(n, rule, precedence):
        name, way, kind, to, link, scope, join, flows = rule
        return {'name': name, 'description': '', 'uniqueIdentifier': '1a4c%04d-0000-4000-8000-000000000001' % n, 'direction': way, 'source': kind,
                'target': to, 'linkType': link, 'precedence': precedence,
                'scopeFilters': [[{'attribute': a, 'condition': op, 'value': v} for a, op, v in group] for group in scope],
                'attributeMappings': [{'destination': to_, **({'expression': f[1:], 'source': sources(f, kind)} if f[:1] == '=' else
                                                              {'source': [f[1:]] if f[:1] == '"' else [f],
                                                               'flowType': 'Constant' if f[:1] == '"' else 'Direct'})}
                                      for to_, f in flows.items()]}


def write(files, folder):
    for name, text in files.items():
        path = pathlib.Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return pathlib.Path(folder)


def packed(files, backslashes=False):
    """A zip; with the names that some programs on Windows give."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, text in files.items():
            info = zipfile.ZipInfo('x', (2026, 5, 4, 6, 7, 8))
            info.filename = name.replace('/', '\\') if backslashes else name
            info.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(info, text)
    return out.getvalue()


if __name__ == '__main__':
    write(Larch(*sys.argv[2:3]).files(), sys.argv[1])

#!/usr/bin/env python3
"""causeway migrate analyze: exports of every form, version, file layout and
encoding that an old server may have left, each known for what it is, or refused
with the reason; and nothing of them lost on the way.

forms_cli.py CAUSEWAY PROJECT"""
import json
import pathlib
import re
import shutil
import sys
import tempfile

from legacy import DATA, ROOT, analysis, check, done, run, verdicts

sys.path.insert(0, ROOT + '/tests/lib')
import old_export  # noqa: E402
from old_export import Larch, packed, write  # noqa: E402

CUSTOM, BUILT_IN = len(old_export.OWN), len(old_export.RULES)
PLAIN = {'default': 0, 'default_changed': 0, 'custom': CUSTOM, 'scripted': 0, 'unknown': BUILT_IN}
TOP = pathlib.Path(tempfile.mkdtemp(prefix='causeway-test.'))
FILES = Larch().files()


def folder(files):
    path = TOP / 'export'
    shutil.rmtree(path, ignore_errors=True)
    return str(write(files, path))


def archive(data, name='export.zip'):
    (TOP / name).write_bytes(data)
    return str(TOP / name)


def each(files, change):
    return {name: change(text) for name, text in files.items()}


def legacy(name):
    top = pathlib.Path(DATA) / name
    return {str(p.relative_to(top)): p.read_text() for p in top.rglob('*') if p.is_file()}


def blocking(answer):
    return [(v['setting'], v['detail']) for v in answer.get('verdicts', []) if v['verdict'] == 'blocks']


def whole(path, name, system='azure-ad-connect', version='2.4.18.0', rules=None):
    x = analysis(path, '--objects', '100')
    check((x.get('system'), x.get('version'), x.get('rules'), blocking(x)) == (system, version, rules or PLAIN, []),
          name + ': known, whole, and nothing blocks', (x.get('error'), x.get('system'), x.get('version'), x.get('rules'), blocking(x)))
    return x


def blocked(path, name, setting, says, **is_):
    x = analysis(path, '--objects', '100')
    check(x.get('recommendation') == 'blocked' and any(s == setting and says in d for s, d in blocking(x)) and
          all(x.get(k) == v for k, v in is_.items()), name + ': blocks, and says why',
          (x.get('error'), {k: x.get(k) for k in is_}, blocking(x)))
    code, _, err = run('import', path, '--to', str(TOP / 'never'))
    check(code == 5 and not (TOP / 'never').exists(), name + ': and is not imported', (code, err))


def refused(path, name, says):
    code, _, err = run('analyze', path, '--no-measure')
    check(code == 1 and says in err, name + ': refused, and says why', (code, err))


# ---- Versions

def check_versions():
    for version, system in (
            ('1.0.419.0911', 'azure-ad-sync'), ('1.0.470.1023', 'azure-ad-sync'), ('1.0.494.0501', 'azure-ad-sync'),
            ('1.0.8641.0', 'azure-ad-connect'), ('1.0.9131.0', 'azure-ad-connect'), ('1.1.105.0', 'azure-ad-connect'),
            ('1.1.130.0', 'azure-ad-connect'), ('1.1.880.0', 'azure-ad-connect'), ('1.4.18.0', 'azure-ad-connect'),
            ('1.5.45.0', 'azure-ad-connect'), ('1.6.16.0', 'azure-ad-connect'), ('2.0.3.0', 'azure-ad-connect'),
            ('2.1.20.0', 'azure-ad-connect'), ('2.2.8.0', 'azure-ad-connect'), ('2.5.79.0', 'azure-ad-connect'), ('2.6.1.0', 'azure-ad-connect')):
        x = whole(folder(Larch(version).files()), version, system, version)
        check(not verdicts(x, 'version'), version + ': is a version that is known', verdicts(x, 'version'))
        old = [e['date'] for e in x['lifecycle']]
        check('2026-09-30' in old or system == 'azure-ad-sync' or version >= '2.5.79', version + ': the date at which it stops', old)
    for version, says in (('3.1.0.0', 'not among those that are known'), ('2.4', 'not among those'), ('banana', 'is no version'),
                          ('2.4.18.0-preview', 'is no version')):
        x = whole(folder(Larch(version).files()), version, version=version)
        check([v for v, d in verdicts(x, 'version') if says in d] == ['manual'], version + ': an unknown version is told', verdicts(x, 'version'))
    x = whole(folder(Larch('').files()), 'no version', version=None)
    check('settings that Azure AD Sync did not have' in str(x['evidence']), 'without a version: by its settings', x['evidence'])
    text = Larch('2.4.18.0').policy()
    for version in ('1.5.42.0', '1.6.16.0', '2.5.79.0'):
        whole(folder({'Applied-SynchronizationPolicy-20260504-060708.JSON': text.replace('2.4.18.0', version)}), 'settings of ' + version,
              version=version)


# ---- Built-in rules of revisions that no catalogue has

def check_revisions():
    """Never as they came, and never carried: cannot tell."""
    for name, of, to in (
            ('the revision after', '.007</immutable-tag>', '.008</immutable-tag>'), ('a large revision', '.007</imm', '.1000</imm'),
            ('a revision of words', '.007</imm', '.V2</imm'), ('no revision', '.007</imm', '</imm'),
            ('blanks around', '<immutable-tag>Mic', '<immutable-tag>\n  Mic'), ('small letters', '<immutable-tag>Microsoft', '<immutable-tag>microsoft')):
        x = whole(folder(each(FILES, lambda t: t.replace(of, to))), 'tags with ' + name)
        found = verdicts(x, 'rules.unknown')
        check([v for v, _ in found] == ['manual'] and 'migrate compare' in found[0][1] and 'catalogue-make' in found[0][1],
              'tags with %s: what to do about it' % name, found)
        check(not verdicts(x, 'rules.default'), 'tags with %s: none of them is taken for untouched' % name)
    # A tag that the catalogue has, over a body that it does not have.
    x = analysis(folder(each(FILES, lambda t: t.replace('.007</imm', '.003</imm'))), '--objects', '100')
    n = x['rules']
    check(n['default'] == 0 and n['default_changed'] > 0 and n['default_changed'] + n['unknown'] == BUILT_IN,
          'tags of the catalogue over other bodies: changed, and not as they came', n)
    check(x['recommendation'] == 'swing', 'and the path is swing', x['recommendation'])
    x = whole(folder(each(FILES, lambda t: t.replace('<immutable-tag>Microsoft', '<immutable-tag>Larch'))), 'tags of somebody else',
              rules=dict(PLAIN, custom=CUSTOM + BUILT_IN, unknown=0))
    check([v for v, d in verdicts(x, 'rules.default') if 'no built-in rule' in d] == ['manual'],
          'without any built-in rule it is told that ours come beside', verdicts(x, 'rules.default'))


# ---- Encodings

LE, BE = b'\xff\xfe', b'\xfe\xff'
ENCODINGS = {
    'UTF-16 LE with a mark': lambda t: LE + t.encode('utf-16-le'), 'UTF-16 BE with a mark': lambda t: BE + t.encode('utf-16-be'),
    'UTF-16 LE without a mark': lambda t: t.encode('utf-16-le'), 'UTF-16 BE without a mark': lambda t: t.encode('utf-16-be'),
    'UTF-8 with a mark': lambda t: b'\xef\xbb\xbf' + t.encode(), 'CRLF': lambda t: t.replace('\n', '\r\n').encode()}


def declared(name):
    return lambda t: '<?xml version="1.0" encoding="%s"?>\r\n' % name + t


def check_encodings():
    forms = {'server export': FILES, 'settings': {'Exported-SynchronizationPolicy-20260504-060708.JSON': Larch().policy()}}
    for form, files in forms.items():
        for name, change in ENCODINGS.items():
            whole(folder(each(files, change)), '%s in %s' % (form, name))
    for name, change in ENCODINGS.items():
        x = analysis(folder(each(legacy('dirsync-aster'), change)), '--objects', '100')
        check((x.get('system'), x.get('version'), x.get('recommendation')) == ('dirsync', '1.0.7020.0', 'in-place'), 'DirSync in ' + name, x.get('error'))
        x = analysis(folder(each(legacy('mim-dahlia'), change)))
        check((x.get('system'), x['rules']) == ('mim', {'default': 0, 'default_changed': 0, 'custom': 6, 'scripted': 3, 'unknown': 0}),
              'MIM in ' + name, x.get('error') or x['rules'])
        with open(DATA + '/rules-fern.ps1', encoding='utf-8') as f:
            x = analysis(folder({'rules.ps1': change(f.read())}))
        check((x.get('form'), x['rules']['custom']) == ('powershell', 1), 'a script in ' + name, x.get('error'))
    for name, change in (('UTF-16', lambda t: LE + declared('UTF-16')(t).encode('utf-16-le')),
                         ('UTF-16, without a mark', lambda t: declared('utf-16')(t).encode('utf-16-le')),
                         ('UTF-16, and is UTF-8', declared('UTF-16')), ('utf-8', declared('utf-8'))):
        whole(folder(each(FILES, change)), 'declared as ' + name)
    for name, change in (('ISO-8859-1', lambda t: declared('ISO-8859-1')(t)), ('nothing', lambda t: t)):
        path = folder(each(FILES, lambda t: change(t).replace('Larch badge', 'L\u00e4rch badge').encode('latin-1')))
        blocked(path, 'two rules in Latin-1, declared as ' + name, 'source', 'is no UTF-8: save the file as UTF-8')
    path = folder({'rules.ps1': ('# Gr\u00fc\u00dfe\nNew-ADSyncRule -Name a\n').encode('cp1252')})
    x = analysis(path)
    check(any('is no UTF-8' in d for _, d in blocking(x)), 'a script in another encoding', x.get('error') or blocking(x))
    half = dict(each(FILES, str.encode), **{'GlobalSettings/MV.xml': LE + FILES['GlobalSettings/MV.xml'].encode('utf-16-le')[:-1]})
    blocked(folder(half), 'half a character at the end', 'source', 'GlobalSettings/MV.xml:0: UTF-16 with half a character')


# ---- Forms of XML

def prefixed(text):
    text = re.sub(r'<(/?)(?!dsml:|!|\?)([A-Za-z])', r'<\1old:\2', text)
    return re.sub(r'^<old:([\w-]+)', r'<old:\1 xmlns:old="urn:old"', text)


def shuffled(text):
    """The elements of a rule in the other order."""
    lines = text.split('\n')
    if lines[0] != '<synchronizationRule>':
        return text
    head = [line for line in lines[1:-1] if re.fullmatch(r'<([\w-]+)>.*</\1>|<[\w-]+ />', line) and not line.startswith(('<mapping', '<conditions'))]
    return '\n'.join(['<synchronizationRule>', *(line for line in lines[1:-1] if line not in head), *reversed(head), '</synchronizationRule>'])


def check_xml():
    for name, change in (
            ('a namespace', lambda t: re.sub(r'^<([\w-]+)', r'<\1 xmlns="http://larch.example/old"', t)), ('a prefix', prefixed),
            ('comments and instructions before it', lambda t: '<!-- from LARCH-SYNC\n -->\n<?xml-stylesheet href="x.xsl"?>\n' + t),
            ('elements in another order', shuffled), ('attributes in another order', lambda t: re.sub(
                r' type="string" use="SynchronizationGlobal" dataType="String"', ' dataType="String" use="SynchronizationGlobal" type="string"', t)),
            ('empty elements written out', lambda t: re.sub(r'<([\w-]+) />', r'<\1></\1>', t)),
            ('text in CDATA', lambda t: re.sub(r'<name>([^<]+)</name>', r'<name><![CDATA[\1]]></name>', t)),
            ('upper case True', lambda t: t.replace('<EnablePasswordSync>false', '<EnablePasswordSync>FALSE')),
            ('identifiers in small letters', lambda t: re.sub(r'(?<=<id>)\{[^}]*\}', lambda m: m[0].lower(), t))):
        whole(folder(each(FILES, change)), 'XML with ' + name)
    x = whole(folder(each(FILES, lambda t: t.replace('<version>', '<larch-hint a="1">new</larch-hint><version>'))), 'XML with an element that is not known')
    told = [d for v, d in verdicts(x, 'source') if v == 'manual' and 'larch-hint' in d]
    check(len(told) == 3 and all(re.match(r'\S+\.xml:\d+: ', d) for d in told), 'it is told once for each kind of file, with file and line', told)
    for what, of, to, says in (
            ('link', '<linkType>Provision', '<linkType>Adopt', 'linkType'), ('merge', '<valueMergeType>Update', '<valueMergeType>Blend', 'Blend'),
            ('operator', '<csOperator>ISNOTNULL', '<csOperator>SOUNDSLIKE', 'SOUNDSLIKE'), ('direction', '<direction>Outbound', '<direction>Around', 'Around'),
            ('flag', '<disabled>False', '<disabled>Maybe', 'neither True nor False')):
        blocked(folder(each(FILES, lambda t: t.replace(of, to))), 'XML with another %s than are known' % what, 'source', says)
    for what, of, to, says in (
            ('bracket too few', 'CStr([larchBadge])', 'CStr([larchBadge]', 'a comma or ) is wanted'),
            ('function that nobody knows', 'CStr([larchBadge])', 'Frobnicate([larchBadge])', 'Frobnicate'),
            ('argument too many', 'CStr([larchBadge])', 'CStr([larchBadge],2,3)', 'CStr')):
        blocked(folder(each(FILES, lambda t: t.replace(of, to))), 'an expression with a %s' % what, 'rule.expression', says)
    x = whole(folder(each(FILES, lambda t: t.replace('<precedence>41<', '<precedence>40<'))), 'two rules of one precedence')
    check([v for v, d in verdicts(x, 'rule.precedence') if 'Larch badge' in d and 'has precedence 40 as' in d] == ['manual'],
          'which is told', verdicts(x, 'rule.precedence'))
    for name, start in (('the metaverse', 'GlobalSettings'), ('rules', 'SynchronizationRules')):
        files = {n: '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + t if n.startswith(start) else t for n, t in FILES.items()}
        blocked(folder(files), 'a document type in ' + name, 'source', 'a document type is not accepted')
    cut = dict(FILES, **{'GlobalSettings/MV.xml': FILES['GlobalSettings/MV.xml'].split('</version>')[0]})
    blocked(folder(cut), 'a file that is cut off', 'source', 'GlobalSettings/MV.xml:4: not well-formed XML: it ends inside')


# ---- Layouts

def check_layouts():
    note = json.dumps({'policyMetadata': {'type': 'migration', 'azureADConnectVersion': '2.4.18.0'}, 'deploymentMetadata': {}})
    for name, files in (
            ('a folder below folders', {'Users/admin/Exported-ServerConfiguration-{1A}/' + k: v for k, v in FILES.items()}),
            ('what MigrateSettings.ps1 leaves', {**FILES, 'MigratedPolicy.json': note, 'PersistedState.xml': '<PersistedState/>'}),
            ('with the settings beside it', {**FILES, 'Migrated-SynchronizationPolicy-20260504-060708.JSON': Larch('2.0.3.0').policy()}),
            ('names in capitals', {k.upper(): v for k, v in FILES.items()}), ('all in one folder', {k.split('/')[1]: v for k, v in FILES.items()}),
            ('with notes of the administrator', {**FILES, 'read me.txt': 'before the move', 'GlobalSettings/MV.xml.bak.txt': 'x'})):
        whole(folder(files), name)
    whole(archive(packed(FILES)), 'a zip')
    whole(archive(packed({'export of larch/' + k: v for k, v in FILES.items()})), 'a zip of the folder')
    whole(archive(packed({'Temp/export/' + k: v for k, v in FILES.items()}, backslashes=True)), 'a zip with backslashes')
    refused(archive(packed({'C:/export/' + k: v for k, v in FILES.items()}, backslashes=True)), 'a zip with a drive', 'an absolute name')
    refused(archive(packed({'../' + k: v for k, v in FILES.items()}, backslashes=True)), 'a zip that leads out', 'leads out')
    two = {**{'one/' + k: v for k, v in FILES.items()}, **{'two/' + k: v for k, v in Larch('1.6.16.0').files().items()}}
    refused(folder(two), 'two servers in one folder', 'several exports: one/GlobalSettings/MV.xml, two/GlobalSettings/MV.xml')
    whole(folder(two) + '/two', 'the one that was named', version='1.6.16.0')
    refused(folder({**{'one/' + k: v for k, v in FILES.items()}, **{'two/' + k: v for k, v in legacy('mim-dahlia').items() if 'MV' not in k}}),
            'two kinds of servers in one folder', 'exports of two kinds')
    names = ['Exported-SynchronizationPolicy-20240101-000000.JSON', 'Applied-SynchronizationPolicy-20260504-060708.JSON',
             'Applied-SynchronizationPolicy-20250504-060708.JSON']
    versions = ['1.6.16.0', '2.5.79.0', '2.4.18.0']
    x = whole(folder({n: Larch(v).policy() for n, v in zip(names, versions)}), 'of several settings files the newest by its time', version='2.5.79.0')
    check(any(names[1] in e for e in x['evidence']), 'and it is named', x['evidence'])
    refused(folder({'MigratedPolicy.json': note}), 'the note without the folder', 'which belongs to an export')
    refused(folder({'a.ps1': 'New-ADSyncRule', 'b.ps1': 'New-ADSyncRule'}), 'two scripts', 'several scripts')
    refused(folder(each(FILES, lambda t: '')), 'empty files', 'no source that is known')


def check_missing():
    def without(part, files=None):
        return folder({k: v for k, v in (files or FILES).items() if part not in k})
    blocked(without('SynchronizationRules'), 'without its rules', 'rules', 'it is not whole')
    blocked(without('Connectors'), 'without its connectors', 'source', 'there is no connector')
    blocked(without('GlobalSettings'), 'without its settings', 'source', 'there is no metaverse', system='azure-ad-connect')
    blocked(folder({k: v for k, v in FILES.items() if 'MV' in k}), 'settings alone', 'rules', 'there is no rule', system='azure-ad-connect', version='2.4.18.0')
    aster, dahlia = legacy('dirsync-aster'), legacy('mim-dahlia')
    blocked(without('A1}', aster), 'DirSync without the agent of AD', 'agents', 'Active Directory is not in the export', system='dirsync')
    blocked(without('C1}', aster), 'DirSync without the agent of the cloud', 'agents', 'the cloud is not in the export', system='dirsync')
    blocked(without('MV', aster), 'DirSync without its metaverse', 'source', 'there is no MV.XML')
    blocked(without('MA-', aster), "DirSync's metaverse alone", 'agents', 'there is no agent', system='dirsync')
    blocked(without('MA-', dahlia), "MIM's metaverse alone", 'agents', 'there is no agent', system='mim')
    blocked(without('B1}', dahlia), 'MIM without a source', 'agents', 'comes from agent {da41a000-1111-4222-8333-0000000000b1}')


# ---- FIM, MIM, DirSync

def check_engines():
    aster, dahlia = legacy('dirsync-aster'), legacy('mim-dahlia')
    for source, cloud in (('SourceAD', 'TargetWebService'), ('SourceAD', 'Windows Azure Active Directory Connector'),
                          ('Active Directory Connector', 'TargetWebService'), ('sourcead', 'targetwebservice')):
        x = analysis(folder(each(aster, lambda t: t.replace('Windows Azure Active Directory Connector', cloud).replace(
            '<name>Active Directory Connector', '<name>' + source))), '--objects', '100')
        check((x.get('system'), x.get('recommendation'), x['settings'].get('upn_attribute')) == ('dirsync', 'in-place', 'mail'),
              'DirSync with agents %s and %s' % (source, cloud), x.get('error') or blocking(x))
    plain = each(dahlia, lambda t: re.sub(r'<assembly-version>4[^<]*</assembly-version>', '', t))
    for version, system in (('4.0.3606.2', 'fim'), ('4.1.3441.0', 'fim'), ('4.1.3766.0', 'fim'), ('4.3.1935.0', 'mim'), ('4.4.1302.0', 'mim'),
                            ('4.5.26.0', 'mim'), ('4.6.34.0', 'mim'), ('4.9.1.0', 'mim')):
        files = each(plain, lambda t: t.replace('<extension>', '<extension><assembly-version>%s</assembly-version>' % version))
        x = analysis(folder(files))
        check((x.get('system'), x.get('version'), x.get('recommendation')) == (system, version, 'swing'), '%s %s' % (system.upper(), version),
              (x.get('error'), x.get('system'), x.get('version'), x.get('recommendation')))
    for date, system in (('2012-03-01 10:00:00.000', 'fim'), ('2015-07-31 10:00:00.000', 'fim'), ('2015-08-06 10:00:00.000', 'mim'), ('2024-01-01', 'mim')):
        x = analysis(folder(each(plain, lambda t: re.sub(r'export-date="[^"]*"', 'export-date="%s"' % date, t))))
        check(x.get('system') == system, 'without a version, of %s: %s' % (date, system), (x.get('error'), x.get('evidence')))
    x = analysis(folder(dahlia))
    told = [d for v, d in verdicts(x, 'source') if v == 'manual']
    for what in ('title: by hand: <scripted-mapping>', 'department: by hand: <scripted-mapping>', 'Dahlia.AdRules.dll', 'Dahlia.CloudRules.dll',
                 'Dahlia.Provisioning.dll', '<provisioning> of type scripted'):
        check(any(what in d for d in told), 'scripted logic is told: ' + what, told)
    check(x['rules']['scripted'] == 3 and [v for v, _ in verdicts(x, 'rules.scripted')] == ['manual'], 'and counted, and never carries', x['rules'])
    portal = each(dahlia, lambda t: re.sub(r'<direct-mapping>\s*<src-attribute>mail</src-attribute>\s*</direct-mapping>',
                                           '<sync-rule-mapping mapping-type="expression" sync-rule-id="{1}"/>', t))
    told = str(verdicts(analysis(folder(portal)), 'source'))
    check(portal != dahlia and 'mail: by hand: <sync-rule-mapping>' in told, 'MIM with a portal rule: told', told)


def main():
    try:
        for step in (check_versions, check_revisions, check_encodings, check_xml, check_layouts, check_missing, check_engines):
            step()
    finally:
        shutil.rmtree(TOP, ignore_errors=True)
    done()


main()

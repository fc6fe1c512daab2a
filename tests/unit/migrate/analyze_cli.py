#!/usr/bin/env python3
"""causeway migrate analyze: every predecessor, every form and pack, each
verdict, path and date, and what is refused.

analyze_cli.py CAUSEWAY PROJECT"""
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
import zipfile

from legacy import DATA, EXE, ROOT, analysis, changed, check, done, run, verdicts

CLOUD_ID = '{b891884f-051e-4a83-95af-2544101c9083}'


# ---- What each is, as a whole

def check_golden():
    for name in ('dirsync-aster', 'aadsync-briar', 'connect-cedar', 'mim-dahlia', 'odd-elder', 'rules-fern.ps1'):
        code, out, err = run('analyze', 'tests/data/migrate/' + name, '--no-measure', '--objects', '1200', cwd=ROOT)
        path = '%s/tests/golden/migrate/%s.txt' % (ROOT, name)
        if os.environ.get('GOLDEN_WRITE'):
            with open(path, 'w', encoding='utf-8') as f:
                f.write(out)
        with open(path, encoding='utf-8') as f:
            want = f.read()
        wrong = [a + '  <>  ' + b for a, b in zip(out.splitlines(), want.splitlines()) if a != b]
        check(code == 0 and out == want, name + ': as its golden text says', '\n'.join(wrong) + err)


def check_json():
    x = analysis(DATA + '/connect-cedar', '--objects', '1000')
    check([x.get(k) for k in ('system', 'version', 'recommendation')] == ['azure-ad-connect', '1.6.16.0', 'in-place'],
          'system, version, recommendation', x)
    check(x['rules'] == {'default': 1, 'default_changed': 0, 'custom': 4, 'scripted': 0, 'unknown': 1},
          'rules by kind', x['rules'])
    ad = [c for c in x['connectors'] if c['kind'] == 'ad'][0]
    check(ad['name'] == 'cedar.example' and ad['partitions'] == [
        {'dn': 'DC=cedar,DC=example', 'selected': True,
         'inclusions': ['OU=Staff,DC=cedar,DC=example', 'OU=Groups,DC=cedar,DC=example'],
         'exclusions': ['OU=Gone,OU=Staff,DC=cedar,DC=example']}], 'connectors with partitions', ad)
    check(x['estimate'] == {'objects': 1000, 'vendor_hours': 0.06, 'ours_seconds': None}, 'estimate', x['estimate'])
    check(all(set(v) == {'setting', 'verdict', 'detail'} and
              v['verdict'] in ('carries', 'changed', 'manual', 'blocks') for v in x['verdicts']), 'verdicts')
    check(all(set(v) == {'date', 'event'} for v in x['lifecycle']), 'lifecycle')
    have_not = [v['setting'] for v in x['verdicts'] if v['verdict'] == 'carries' and v['setting'] in (
        'password_hash_sync', 'password_writeback', 'device_writeback', 'device_registration', 'group_writeback',
        'exchange_hybrid', 'directory_extensions', 'seamless_sso', 'pass_through_authentication')]
    check(not have_not, 'what Causeway has not never carries', have_not)


def check_measured(top):
    code, out, err = run('analyze', DATA + '/dirsync-aster', '--json', '--objects', '50000', '--html', top + '/r.html')
    e = json.loads(out)['estimate'] if code == 0 else {}
    check(code == 0 and e['measured_objects'] == 2000 and e['measured_import_seconds'] > 0 and
          abs(e['ours_seconds'] - (e['measured_import_seconds'] + e['measured_sync_seconds']) * 25) < 0.001,
          'ours is measured, and grows with the number of objects', (e, err))
    left = [f for f in os.listdir(tempfile.gettempdir()) if f.startswith('causeway-measure.')
            and os.stat(tempfile.gettempdir() + '/' + f).st_uid == os.getuid() and os.environ.get('ALONE')]
    check(not left, 'the measurement leaves nothing', left)
    with open(top + '/r.html', encoding='utf-8') as f:
        page = f.read()
    check(page.startswith('<!doctype html>') and page.rstrip().endswith('</html>'), 'the report is one page')
    check(not re.search(r'<script|<link|src=|href=|url\(|@import', page), 'which needs nothing from elsewhere')
    check('@media print' in page and 'DirSync' in page and '2017-04-13' in page, 'prints, and has the dates')
    site = changed(top, 'connect-cedar', [('00000003}.xml', 'In from AD - Room as office', 'In from &lt;script&gt;alert(1)&lt;/script&gt;')])
    run('analyze', site, '--no-measure', '--html', top + '/r.html')
    with open(top + '/r.html', encoding='utf-8') as f:
        page = f.read()
    check('<script' not in page and '&lt;script&gt;alert(1)' in page, 'names from an export are text in it')


# ---- Which path: the table of paths, row by row

def check_paths(top):
    aster, briar, cedar, dahlia = (DATA + '/' + n for n in
                                   ('dirsync-aster', 'aadsync-briar', 'connect-cedar', 'mim-dahlia'))
    plain = changed(top, 'connect-cedar', [])
    for source, objects, path in (
            (aster, 49999, 'in-place'), (aster, 50000, 'parallel'), (aster, None, 'parallel'),
            (briar, 99999, 'in-place'), (briar, 100000, 'swing'),
            (cedar, 99999, 'in-place'), (cedar, 100000, 'swing'), (plain, None, 'swing'),
            (dahlia, 10, 'swing'), (dahlia, 10000000, 'swing'), (dahlia, None, 'swing')):
        words = [] if objects is None else ['--objects', str(objects)]
        x = analysis(source, *words)
        check(x.get('recommendation') == path, '%s with %s objects: %s' % (os.path.basename(source), objects, path), x)
    x = analysis(aster, '--objects', '49999')
    check(abs(x['estimate']['vendor_hours'] * 3600 - (3 * 3600 - 0.216)) < 1e-6, '49 999: 2 h 59 min 59.8 s', x['estimate'])
    x = analysis(aster, '--objects', '50000')
    check(x['estimate']['vendor_hours'] == 3.0 and any('takes the time' in a for a in x['other_paths']),
          '50 000: 3 h, and in place all the same where somebody wants it', x)
    check(any('never' in a for a in x['other_paths']), 'DirSync: no way back')
    check('never: in place' in analysis(dahlia)['other_paths'], 'FIM and MIM: never in place')
    site = changed(top, 'connect-cedar', [('00000001}.xml', 'objectSidString', 'objectSid')])
    x = analysis(site, '--objects', '10')
    check(x.get('recommendation') == 'swing' and x['rules']['default_changed'] == 1 and x['rules']['default'] == 0,
          'a changed built-in rule: swing', x.get('rules'))
    check(any(v == 'manual' and 'the join is not as it came' in d for v, d in verdicts(x, 'rule')),
          'and what of it was changed', verdicts(x, 'rule'))


# ---- DirSync: what carries over, what blocks

def check_dirsync(top):
    x = analysis(DATA + '/dirsync-aster', '--objects', '10')
    s = x['settings']
    check([s.get(k) for k in ('source_anchor', 'upn_attribute', 'password_hash_sync', 'exchange_hybrid',
                              'attribute_filters', 'forests')] ==
          ['objectGUID', 'mail', 'true', 'true', '2', 'aster.example'], 'DirSync: anchor, alternate ID, flags, filters', s)
    for setting, verdict in (('domains', 'carries'), ('containers', 'carries'), ('attribute_filters', 'changed'),
                             ('upn_attribute', 'changed'), ('source_anchor', 'carries'), ('forest', 'carries'),
                             ('directory_account', 'manual'), ('cloud_account', 'manual'),
                             ('password_hash_sync', 'manual'), ('exchange_hybrid', 'manual'),
                             ('schedule_interval', 'changed')):
        check([v for v, _ in verdicts(x, setting)] == [verdict], 'DirSync: %s %s' % (setting, verdict), verdicts(x, setting))
    stock = 'Microsoft.Online.DirSync.Extension.dll'
    for name, edits, setting, says in (
            ('a custom extension', [('A1}.XML', stock, 'Aster.Extra.dll')], 'rules_extension', 'Aster.Extra.dll'),
            ('a custom extension of the metaverse', [('MV.XML', stock, 'Aster.Mv.dll')], 'rules_extension', 'MV.XML'),
            ('an attribute that is not selected', [('A1}.XML', '<attribute>department</attribute>', '')],
             'removed_attribute', 'attribute department is not selected'),
            ('a flow that was taken out', [('MV.XML', '<src-attribute>title</src-attribute>', '<src-attribute>cn</src-attribute>')],
             'removed_attribute', 'attribute title has no <import-flow>'),
            ('what is sent and comes from nowhere', [('C1}.XML', '<attribute>cloudAnchor</attribute>', ''),
                                                     ('MV.XML', 'mv-attribute="department"', 'mv-attribute="division"'),
                                                     ('A1}.XML', '<attribute>department</attribute>', '<attribute>department</attribute>')],
             'removed_attribute', 'attribute department is sent to the cloud, and has no <import-flow>'),
            ('another anchor', [('MV.XML', '<scripted-mapping><src-attribute>objectGUID</src-attribute><script-context>sourceAnchor'
                                 '</script-context></scripted-mapping>',
                                 '<direct-mapping><src-attribute>employeeID</src-attribute></direct-mapping>')],
             'source_anchor', 'employeeID'),
            ('a flow of its own', [('MV.XML', '<import-flows mv-attribute="title" ',
                                    '<import-flows mv-attribute="asterBadge"><import-flow src-ma="{a57e4000-1111-4222-8333-0000000000a1}" '
                                    'cd-object-type="user" id="{z}"><direct-mapping><src-attribute>asterBadgeNumber</src-attribute>'
                                    '</direct-mapping></import-flow></import-flows><import-flows mv-attribute="title" ')],
             'added_flow', 'asterBadgeNumber'),
            ('a portal rule', [('MV.XML', '<direct-mapping><src-attribute>st<', '<sync-rule-mapping mapping-type="direct"/><direct-mapping><src-attribute>st<')],
             'portal_rule', 'sync-rule-mapping'),
            ('another agent', [('C1}.XML', 'Windows Azure Active Directory (Microsoft)', 'Something else')], 'agents', 'Extensible2')):
        x = analysis(changed(top, 'dirsync-aster', edits), '--objects', '10')
        found = verdicts(x, setting)
        check(x.get('recommendation') == 'blocked' and any(v == 'blocks' and says in d for v, d in found),
              'DirSync: %s blocks' % name, (x.get('recommendation'), found, x.get('error')))
    check(any('staging mode' in a for a in x['other_paths']), 'and says what to do instead', x['other_paths'])


# ---- What carries over between systems, and what of settings is not applied

def check_carries(top):
    x = analysis(DATA + '/connect-cedar', '--objects', '10')
    for setting, verdict, says in (
            ('source_anchor', 'carries', 'mS-DS-ConsistencyGuid'), ('cloud_account', 'manual', '20'),
            ('directory_account', 'manual', 'no export'), ('deletion_threshold', 'carries', '120'),
            ('schedule_interval', 'carries', '01:00:00'), ('staging', 'changed', ''),
            ('group_filtering', 'changed', 'member'), ('application_filter', 'changed', 'services'),
            ('directory_extensions', 'manual', 'extension'), ('group_writeback', 'manual', 'write_back'),
            ('device_writeback', 'manual', ''), ('auto_upgrade', 'changed', ''), ('run_profiles', 'changed', ''),
            ('history', 'carries', ''), ('rules.custom', 'carries', '0 to 99'), ('rules.default', 'changed', '')):
        found = verdicts(x, setting)
        check(len(found) == 1 and found[0][0] == verdict and says in found[0][1],
              'Connect: %s %s' % (setting, verdict), found)
    check(any('orphans' in r for r in x['risks']), 'legacy objects of the cloud are a risk that is told')
    # the same exports with one setting otherwise
    for old, new, setting, verdict in (
            ('>mS-DS-ConsistencyGuid</parameter>', '>employeeID</parameter>', 'source_anchor', 'carries'),
            ('>mail</parameter>', '>userPrincipalName</parameter>', 'upn_attribute', 'carries'),
            ('>ObjectSID</parameter>', '>CustomAttribute</parameter>', 'match_users_by', 'carries'),
            ('>ObjectSID</parameter>', '>Horoscope</parameter>', 'match_users_by', 'manual'),
            ('Microsoft.Synchronize.SynchronizationSchedule" type="string" use="SynchronizationGlobal" dataType="String">True',
             'Microsoft.Synchronize.SynchronizationSchedule" type="string" use="SynchronizationGlobal" dataType="String">False',
             'schedule_on', 'manual'),
            ('ExportDeletionThreshold" type="string" use="SynchronizationGlobal" dataType="String">True',
             'ExportDeletionThreshold" type="string" use="SynchronizationGlobal" dataType="String">False',
             'deletion_threshold', 'carries'),
            ('SchedulerSuspended" type="string" use="SynchronizationGlobal" dataType="String">False',
             'SchedulerSuspended" type="string" use="SynchronizationGlobal" dataType="String">True',
             'scheduler_suspended', 'manual'),
            ('UserWriteBack" type="string" use="SynchronizationGlobal" dataType="String">False',
             'UserWriteBack" type="string" use="SynchronizationGlobal" dataType="String">True', 'user_writeback', 'manual')):
        x = analysis(changed(top, 'connect-cedar', [('MV.xml', old, new)]))
        check([v for v, _ in verdicts(x, setting)] == [verdict], 'Connect: %s with %s: %s' % (setting, new[-24:], verdict),
              verdicts(x, setting))
    site = changed(top, 'connect-cedar', [
        ('Connector_{ceda', '<name>Delta Import</name>', '<name>Thursday run</name>'),
        ('Connector_{ceda', '<join />', '<component_mappings><mapping>ou</mapping></component_mappings><join />')])
    x = analysis(site)
    check([v for v, d in verdicts(x, 'custom_run_profiles') if 'Thursday run' in d] == ['manual'], 'custom run profiles')
    check([v for v, _ in verdicts(x, 'provisioning_hierarchy')] == ['manual'], 'provisioning hierarchy')
    os.remove('%s/Connectors/Connector_%s.xml' % (site, CLOUD_ID))
    x = analysis(site)
    check([v for v, d in verdicts(x, 'cloud')] == ['manual'], 'an export without the cloud connector says so', x)


def check_settings_json(top):
    source = ROOT + '/tests/data/settings-larkspur'
    x = analysis(source, '--objects', '10')
    check(x['form'] == 'policy' and x['rules'] == {'default': 0, 'default_changed': 0, 'custom': 2, 'scripted': 0, 'unknown': 4},
          'settings JSON: rules by tag alone are no proof', x.get('rules'))
    for setting, verdict in (('password_hash_sync', 'manual'), ('source_anchor', 'carries'), ('object_types', 'manual'),
                             ('deletion_threshold', 'carries'), ('database', 'changed'), ('service_account', 'changed')):
        check([v for v, _ in verdicts(x, setting)] == [verdict], 'settings JSON: %s %s' % (setting, verdict), verdicts(x, setting))
    check(any('synchronizationFeatures' in d for v, d in verdicts(x, 'source') if v == 'manual'),
          'settings JSON: a key that is not known is told', verdicts(x, 'source'))
    older = shutil.copytree(source, top + '/several')
    name = os.listdir(older)[0]
    shutil.copy(older + '/' + name, older + '/Applied-SynchronizationPolicy-20240101-000000.JSON')
    check(any(name in e for e in analysis(older)['evidence']), 'of several settings files the newest')
    with open(source + '/' + name, encoding='utf-8') as f:
        text = f.read()
    utf16 = top + '/p.json'
    with open(utf16, 'wb') as f:
        f.write(text.encode('utf-16'))
    check(analysis(utf16).get('version') == '2.4.18.0', 'settings JSON in UTF-16')
    with open(utf16, 'w', encoding='utf-8') as f:
        f.write(text.replace('"passwordWriteback": false', '"passwordWriteback": true, "signInMethod": "PingFederate", '
                             '"passThroughAuthentication": true, "seamlessSso": true, "mailPublicFolders": true, "deviceWriteBack": true'))
    x = analysis(utf16)
    for setting, verdict in (('sign_in_method', 'manual'), ('pass_through_authentication', 'manual'), ('seamless_sso', 'manual'),
                             ('password_writeback', 'manual'), ('public_folders', 'changed'), ('device_writeback', 'manual')):
        check([v for v, _ in verdicts(x, setting)] == [verdict], 'settings JSON: %s %s' % (setting, verdict), verdicts(x, setting))
    with open(utf16, 'w', encoding='utf-8') as f:
        f.write(text.replace('"EQUAL"', '"RHYMESWITH"'))
    x = analysis(utf16)
    check(x['recommendation'] == 'blocked' and any('RHYMESWITH' in d and 'customSynchronizationRules[0]' in d
                                                   for v, d in verdicts(x, 'source') if v == 'blocks'),
          'settings JSON: an operator that is none blocks, with its place', verdicts(x, 'source'))
    with open(utf16, 'w', encoding='utf-8') as f:
        f.write(text[:900])
    x = analysis(utf16)
    check(x.get('recommendation') == 'blocked' and verdicts(x, 'source')[0][0] == 'blocks', 'settings JSON cut off: says so', x)


# ---- Forms and packs

def check_packs(top):
    whole = analysis(DATA + '/dirsync-aster', '--objects', '5')
    packs = {}
    packs['a.tar'] = tarfile.open(top + '/a.tar', 'w')
    packs['a.tar.gz'] = tarfile.open(top + '/a.tar.gz', 'w:gz')
    for t in packs.values():
        t.add(DATA + '/dirsync-aster', 'backup/old server')
        t.close()
    with zipfile.ZipFile(top + '/a.zip', 'w', zipfile.ZIP_DEFLATED) as z:
        for f in os.listdir(DATA + '/dirsync-aster'):
            z.write(DATA + '/dirsync-aster/' + f, f)
    shutil.copy(top + '/a.zip', top + '/named.xml')
    for name in ('a.tar', 'a.tar.gz', 'a.zip', 'named.xml'):
        x = analysis(top + '/' + name, '--objects', '5')
        same = [k for k in whole if k not in ('source', 'pack', 'evidence') and whole[k] != x.get(k)]
        check(x.get('pack') == 'archive' and not same, name + ': the same as its folder', (same, x.get('error')))
    flat = top + '/flat'
    os.makedirs(flat)
    for d, _, files in os.walk(DATA + '/connect-cedar'):
        for i, f in enumerate(files):
            shutil.copy(d + '/' + f, '%s/%s-%d.txt' % (flat, os.path.basename(d), i))
    a, b = analysis(DATA + '/connect-cedar'), analysis(flat)
    check(b.get('system') == 'azure-ad-connect' and a['rules'] == b['rules'] and a['settings'] == b['settings'],
          'an export in one folder, under other names, is known by what is in it', b)
    migrated = shutil.copytree(DATA + '/connect-cedar', top + '/migrated/Exported-ServerConfiguration-1')
    with open(migrated + '/MigratedPolicy.json', 'w', encoding='utf-8') as f:
        f.write('{"policyMetadata": {"type": "migration"}, "deploymentMetadata": {"hostName": "X"}}')
    with open(migrated + '/PersistedState.xml', 'w', encoding='utf-8') as f:
        f.write('<PersistedStateContainer><Elements/></PersistedStateContainer>')
    x = analysis(top + '/migrated')
    check(x.get('rules') == a['rules'] and any('PersistedState' in e for e in x['evidence']),
          'the folder of MigrateSettings, with what is beside it', x)
    check(verdicts(x, 'domains') == verdicts(a, 'domains') and not any('Exported-Server' in str(v) for v in x['verdicts']),
          'and places are told below the export', x['verdicts'][:3])
    one = DATA + '/dirsync-aster/MA-{A57E4000-1111-4222-8333-0000000000A1}.XML'
    x = analysis(one)
    check(x.get('recommendation') == 'blocked' and any('no MV.XML' in d for v, d in verdicts(x, 'source')) and
          x['connectors'][0]['partitions'][0]['exclusions'] == ['OU=Labs,DC=aster,DC=example', 'CN=Users,DC=aster,DC=example'],
          'a single agent: what is in it, and what is missing', x)
    x = analysis(DATA + '/rules-fern.ps1')
    check(x.get('form') == 'powershell' and x['rules']['custom'] == 1 and x['connectors'][0]['kind'] == 'unknown',
          'a script of rules', x)
    bom = top + '/utf16'
    shutil.copytree(DATA + '/dirsync-aster', bom)
    for f in os.listdir(bom):
        with open(bom + '/' + f, encoding='utf-8') as h:
            text = h.read().replace('encoding="utf-8"', 'encoding="utf-16"')
        with open(bom + '/' + f, 'wb') as h:
            h.write(text.encode('utf-16'))
    check(analysis(bom, '--objects', '5')['verdicts'] == whole['verdicts'], 'an export in UTF-16 is the same')


def check_odd():
    x = analysis(DATA + '/odd-elder')
    told = '\n'.join(d for v, d in verdicts(x, 'source') + verdicts(x, 'version'))
    for what in ('Connectors/Connector_{e1de4000-2222-4333-8444-0000000000a1}.xml:58: element <moon-phase> in <ma-data>',
                 '.xml:23: In from AD - Sounds like: sn: scope: there is no operator "SOUNDSLIKE"',
                 'element <rolloutWeight> in <synchronizationRule>', 'version 7.3.11.0 is not among those that are known'):
        check(what in told, 'told by file and element: ' + what[-40:], told)
    check([v for v, _ in verdicts(x, 'Microsoft.OptionalFeature.Telepathy')] == ['manual'], 'a setting that is not known')
    check(x['settings']['Microsoft.OptionalFeature.Telepathy'] == 'True', 'is kept by its name')


# ---- Refused

def refused(top, name, says, code=1):
    got, out, err = run('analyze', top + '/' + name, '--no-measure')
    check(got == code and says in err and not out, '%s: %s' % (name, says), (got, err))


def check_refused(top):
    def tar(name, info, data=b''):
        t = tarfile.open(top + '/' + name, 'w')
        t.addfile(info, io.BytesIO(data))
        t.close()

    link = tarfile.TarInfo('MV.XML')
    link.type, link.linkname = tarfile.SYMTYPE, '/etc/passwd'
    tar('link.tar', link)
    up = tarfile.TarInfo('../../MV.XML')
    up.size = 4
    tar('up.tar', up, b'<a/>')
    device = tarfile.TarInfo('MV.XML')
    device.type = tarfile.CHRTYPE
    tar('device.tar', device)
    with zipfile.ZipFile(top + '/bomb.zip', 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('MV.XML', b' ' * (8 << 20))
    with zipfile.ZipFile(top + '/many.zip', 'w') as z:
        for i in range(10001):
            z.writestr('f%d' % i, b'')
    with open(top + '/x.7z', 'wb') as f:
        f.write(b'7z\xbc\xaf\x27\x1c' + b'\0' * 30)
    for name, text in (('cs.xml', '<cs-objects/>'), ('x.txt', 'hello'), ('note.json', '{"policyMetadata":{}}'),
                       ('y.json', '{"a":1}'), ('dtd.xml', '<!DOCTYPE a []><ma-data/>')):
        with open(top + '/' + name, 'w', encoding='utf-8') as f:
            f.write(text)
    os.makedirs(top + '/empty')
    os.makedirs(top + '/ours')
    with open(top + '/ours/causeway.yaml', 'w', encoding='utf-8') as f:
        f.write('connectors: []\n')
    shutil.copytree(DATA + '/connect-cedar', top + '/two/a')
    shutil.copytree(DATA + '/aadsync-briar', top + '/two/b')
    for name, says in (('link.tar', 'MV.XML: a link'), ('up.tar', '../../MV.XML: a name that leads out'),
                       ('device.tar', 'neither a file nor a folder'), ('bomb.zip', 'over 250 times'),
                       ('many.zip', 'over 10000 entries'), ('x.7z', '7-Zip is not read'),
                       ('cs.xml', 'Found: cs.xml with <cs-objects>'), ('x.txt', 'Found: a file that is none of these'),
                       ('note.json', 'belongs to an export'), ('y.json', 'Looked for: <ma-data>'),
                       ('empty', 'Found: 0 other files'), ('ours', 'a Causeway configuration already'),
                       ('two', 'several exports: a/GlobalSettings/MV.xml, b/GlobalSettings/MV.xml'),
                       ('nowhere', 'it cannot be read')):
        refused(top, name, says)
    x = analysis(top + '/dtd.xml')
    check(x.get('recommendation') == 'blocked' and any('document type' in d for _, d in verdicts(x, 'source')),
          'a document type blocks', x)
    code, out, err = run('analyze')
    check(code == 2, 'no source is a matter of usage', err)
    code, out, err = run('analyze', top + '/x.txt', '--json', '--no-measure')
    check(code == 1 and 'error' in json.loads(out), 'with --json the refusal is one document', out)


def main():
    print('# ' + EXE)
    with tempfile.TemporaryDirectory() as top:
        check_golden()
        check_json()
        check_measured(top)
        check_paths(top)
        check_dirsync(top)
        check_carries(top)
        check_settings_json(top)
        check_packs(top)
        check_odd()
        check_refused(top)
    done()


main()

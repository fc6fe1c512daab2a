#!/usr/bin/env python3
"""causeway migrate import: what is written of each predecessor, what of it
loads, what is refused, and that no secret and nothing else is overwritten.

import_cli.py CAUSEWAY PROJECT"""
import json
import os
import pty
import re
import select
import shutil
import stat
import subprocess
import tempfile

from legacy import DATA, EXE, ROOT, changed, check, done, run


def take(source, to, *words):
    shutil.rmtree(to, ignore_errors=True)
    code, out, err = run('import', source, '--to', to, '--json', *words, stdin=subprocess.DEVNULL)
    return code, json.loads(out) if out else {}, err


def text_of(to):
    out = ''
    for d, _, files in os.walk(to):
        for f in sorted(files):
            with open(d + '/' + f, encoding='utf-8') as h:
                out += h.read()
    return out


def config(*words):
    p = subprocess.run([EXE, *words], capture_output=True, text=True, check=False)
    return p.returncode, p.stdout, p.stderr


def rules_of(to):
    return json.loads(config('rule', 'list', '--config', to, '--json')[1])


def check_each(top):
    for name, rules in (('dirsync-aster', {'kept': 1, 'replaced': 0, 'disabled': 0, 'made': 2}),
                        ('aadsync-briar', {'kept': 1, 'replaced': 1, 'disabled': 1, 'made': 0}),
                        ('connect-cedar', {'kept': 4, 'replaced': 2, 'disabled': 1, 'made': 8}),
                        ('mim-dahlia', {'kept': 6, 'replaced': 0, 'disabled': 0, 'made': 0}),
                        ('../settings-larkspur', {'kept': 2, 'replaced': 4, 'disabled': 0, 'made': 0})):
        to = top + '/' + os.path.basename(name)
        code, x, err = take(DATA + '/' + name, to)
        check(code == 0 and x['rules'] == rules and x['staging'] and x['written'], name + ': imported', (x.get('rules'), err))
        made = sorted(os.path.relpath(os.path.join(d, f), to) for d, _, fs in os.walk(to) for f in fs)
        check(sorted(x['files']) == made, name + ': the files that it says, and no others', made)
        code, out, err = config('config', 'check', '--config', to)
        check(code == 0, name + ': config check is content', err)
        text = text_of(to)
        check('\nstaging: true\n' in text and '\nstore: {path: causeway.db}\n' in text, name + ': staging, a store of its own')
        check(re.search(r'password: file:secrets/\S+\n', text) and '0123456789ab' not in text, name + ': references, no secrets')
        check(x['open'] and '.gitignore' in x['files'], name + ': says what is left to do')


def check_dirsync(top):
    to = top + '/dirsync-aster'
    text = text_of(to)
    for line in ("include: ['DC=aster,DC=example']", "exclude: ['OU=Labs,DC=aster,DC=example', 'CN=Users,DC=aster,DC=example']",
                 'kind: sync', 'tenant: aster.onmicrosoft.example', 'rules: [default, rules]',
                 'userPrincipalName: IIF(IsPresent([mail]),[mail],AuthoritativeNull)', 'cloudFiltered: {value: \'True\'}',
                 'extensionAttribute15 EQUAL NoSync', "known_as: ['{a57e4000-1111-4222-8333-0000000000a1}']",
                 'user: ASTER\\MSOL_0b7f6e2a9001'):
        check(line in text, 'DirSync: ' + line, text[:3000])
    check('DC=lab,DC=aster' not in text, 'DirSync: a domain that was not selected stays out')
    check('source_anchor' not in text, 'DirSync: objectGUID is what the connector has anyway')
    bound = {(r['name'], r['precedence']) for r in rules_of(to) if r['precedence'] < 100}
    check(len(bound) == 3 and not any('inetOrgPerson' in n for n, _ in bound),
          'DirSync: three rules before the built-in ones, none of a type that the directory is not read for', bound)
    for person, out in (({'employeeType': 'staff', 'mail': 'a@aster.example'}, None),
                        ({'extensionAttribute15': 'NoSync', 'mail': 'a@aster.example'}, True),
                        ({'employeeType': 'svc-1'}, True), ({'employeeType': 'svc-1', 'mail': 'a@aster.example'}, None)):
        obj = {'objectType': 'user', 'cs': {'objectGUID': {'$bin': '00112233445566778899aabbccddeeff'}, 'sAMAccountName': 'a',
                                            'userPrincipalName': 'a@local', 'userAccountControl': 512, **person}}
        p = subprocess.run([EXE, 'rule', 'test', '--config', to, '--connector', 'Active Directory Connector', '--object', '-', '--json'],
                           input=json.dumps(obj), capture_output=True, text=True, check=False)
        mv = json.loads(p.stdout).get('mv', {}) if p.stdout else {}
        check(mv.get('cloudFiltered') == out, 'DirSync: %s is%s filtered' % (person, '' if out else ' not'), p.stdout + p.stderr)
        check(mv.get('userPrincipalName') == person.get('mail'), 'DirSync: the name in the cloud is the alternate ID', mv)


def check_filters(top):
    """A filter of DirSync whose value is a DN, with what YAML and LDAP escape."""
    dn = "CN=O'Hara\\, \"Pat\": #1,OU=Labs,DC=aster,DC=example"
    site = changed(top + '/x', 'dirsync-aster', [
        ('A1}.XML', 'cd-attribute="extensionAttribute15" operator="equality"><value>NoSync<',
         'cd-attribute="manager" operator="equality"><value>%s<' % dn.replace('"', '&quot;'))])
    code, x, err = take(site, top + '/dn')
    rule = json.loads(config('rule', 'show', 'In from Active Directory Connector - user filter', '--config', top + '/dn', '--json')[1] or '{}')
    check(code == 0 and dn in json.dumps(rule, ensure_ascii=False).replace('\\\\', '\\').replace('\\"', '"'), 'DirSync: a filter that holds a DN', (err, rule))
    check(config('config', 'check', '--config', top + '/dn')[0] == 0, 'DirSync: and its configuration is good')


def check_connect(top):
    to = top + '/connect-cedar'
    text = text_of(to)
    for line in ('source_anchor: mS-DS-ConsistencyGuid', 'services: [exchange, sharepoint]', 'guard: {deletions: 120}',
                 '  interval: 3600s', '  history: 1209600s', 'ISNOTMEMBEROF CN=Pilot,OU=Groups,DC=cedar,DC=example',
                 'disabled: true', 'tag: Microsoft.InfromADUserJoin.009', 'its precedence was 150',
                 '# from SynchronizationRules/SynchronizationRule_{ceda0001-0000-4000-8000-000000000003}.xml:1'):
        check(line in text, 'Connect: ' + line, text[:3000])
    check('disabled: a connector of kind sync does not write cloudAnchor of user' in text,
          'Connect: a rule that writes what the service sets itself is disabled, and says why', text)
    check('InfromADForeignSecurityPrincipalJoinUser' not in text, 'Connect: a built-in rule as it came is not there')
    own = sorted((r['precedence'], r['name']) for r in rules_of(to) if r['name'].startswith(('In from AD - ', 'Out to AAD - '))
                 and not r['disabled'] and r['precedence'] < 100)
    check([n for _, n in own] == ['In from AD - Room as office', 'Out to AAD - Title', 'In from AD - Service accounts'], 'Connect: rules of their own in their order, before 100', own)
    site = changed(top + '/x', 'connect-cedar', [('0004}.xml', '<precedence>150<', '<precedence>43<')])
    take(site, top + '/kept')
    own = sorted(r['precedence'] for r in rules_of(top + '/kept') if r['name'].startswith(('In from AD - Room', 'Out to AAD - Title', 'In from AD - Serv')))
    check(own == sorted(set(own)) and max(own) < 100, 'Connect: numbers are below 100 and each once', own)
    site = changed(top + '/x', 'connect-cedar', [('00000001}.xml', 'objectSidString', 'objectSid')])
    code, x, err = take(site, top + '/changed')
    check(x['rules']['disabled'] == 2 and 'the join is not as it came' in text_of(top + '/changed'),
          'Connect: a changed built-in rule is kept, disabled, with what was changed', x)
    for kind, secret in (('env', 'password: env:CAUSEWAY_CEDAR_EXAMPLE'), ('credential', 'password: credential:cedar.example')):
        take(DATA + '/connect-cedar', top + '/s', '--secrets', kind)
        check(secret in text_of(top + '/s'), 'secrets: ' + secret)
    code, x, err = take(DATA + '/connect-cedar', top + '/s')
    check(not any('migrate authority' in o for o in x['open']), 'the synchronisation service goes on with what is there', x['open'])
    code, x, err = take(DATA + '/connect-cedar', top + '/s', '--cloud', 'graph')
    check(any('causeway migrate authority show' in o for o in x['open']), 'Graph: the authority moves first, which is told', x['open'])
    check('does not write title of user' in text_of(top + '/s'), 'Graph calls a title by another name: that rule is disabled')
    check('kind: graph' in text_of(top + '/s') and config('config', 'check', '--config', top + '/s')[0] == 0, 'a cloud by Graph')
    site = changed(top + '/x', 'connect-cedar', [
        ('0003}.xml', '<dest>physicalDeliveryOfficeName</dest>', '<dest>cedarRoom</dest>'),
        ('MV.xml', '<dsml:attribute-type id="cn" single-value="true">',
         '<dsml:attribute-type id="cedarRoom" single-value="true"><dsml:name>cedarRoom</dsml:name>'
         '<dsml:syntax>1.3.6.1.4.1.1466.115.121.1.27</dsml:syntax></dsml:attribute-type><dsml:attribute-type id="cn" single-value="true">')])
    code, x, err = take(site, top + '/mv')
    check(code == 0 and 'cedarRoom: integer' in text_of(top + '/mv'), 'an attribute of their own in the metaverse comes along', err)


def check_numbers(top):
    """Precedence: noted where it is another one; more rules than fit below 100."""
    for name in ('aadsync-briar', 'mim-dahlia', '../settings-larkspur', 'connect-cedar'):
        to = top + '/' + os.path.basename(name)
        rules = {r['name']: r['precedence'] for r in rules_of(to)}
        said = re.findall(r'its precedence was (\d+)\n(?:.*\n)*?  - name: (.*)\n', text_of(to))
        check(all(rules.get(n.strip("'")) != int(p) for p, n in said), name + ': only of rules that have another number now', (said, rules))
    site = changed(top + '/x', 'connect-cedar', [])
    one = site + '/SynchronizationRules/SynchronizationRule_{ceda0001-0000-4000-8000-000000000003}.xml'
    with open(one, encoding='utf-8') as h:
        text = h.read()
    for i in range(150):
        with open(one.replace('ceda0001-0000', 'ceda0001-%04d' % (i + 1)), 'w', encoding='utf-8') as h:
            h.write(text.replace('ceda0001-0000', 'ceda0001-%04d' % (i + 1)).replace('Room as office', 'Many %03d' % i)
                    .replace('<precedence>40<', '<precedence>%d<' % (200 + 3 * i)))
    code, x, err = take(site, top + '/many')
    rules = rules_of(top + '/many')
    many = [(r['precedence'], r['name']) for r in rules if ' - Many ' in r['name']]
    own = {r['precedence'] for r in rules if r['name'].startswith(('In from AD - Room', 'In from AD - Serv', 'In from AD - Many', 'Out to AAD - Title'))}
    ours = [r['precedence'] for r in rules if not r['disabled'] and r['precedence'] not in own]
    check(code == 0 and len(many) == 150, 'more than a hundred rules of their own are taken', (code, err, len(many)))
    check([n for _, n in sorted(many)] == ['In from AD - Many %03d' % i for i in range(150)], 'in their order', sorted(many)[:5])
    check(own == set(range(153)) and min(ours) == 153, 'each with a number of its own, before all built-in ones', (len(own), sorted(ours)[:20]))
    check(any('161 rules of your own' in o and 'the built-in ones follow them from 161 on' in o for o in x['open']), 'which is told', x['open'])
    check(config('config', 'check', '--config', top + '/many')[0] == 0 and config('rule', 'check', '--config', top + '/many')[0] == 0,
          'and reads')


def check_attributes(top):
    """What a rule of their own reads and the directory does not have."""
    site = changed(top + '/x', 'connect-cedar', [
        ('0003}.xml', 'Trim([roomNumber])', 'Trim([badgeNumber]) &amp; "[noName]"'), ('0003}.xml', '<csAttribute>roomNumber', '<csAttribute>deskNumber')])
    code, out, err = run('analyze', site, '--no-measure', '--json')
    found = [v for v in json.loads(out)['verdicts'] if v['setting'] == 'rule.attribute']
    check([v['verdict'] for v in found] == ['manual'], 'a rule of an attribute that the schema lacks needs a person', found)
    check(all(w in found[0]['detail'] for w in ('In from AD - Room as office', '0003}.xml', 'reads deskNumber', 'badgeNumber', 'cedar.example',
                                                'disabled: true')) and 'noName' not in found[0]['detail'],
          'by rule, file, attributes and directory, with what to do; a literal is none', found)
    code, x, err = take(site, top + '/lacks')
    check(code == 0 and any('deskNumber' in o for o in x['open']), 'import says it too', x['open'])
    whole = changed(top + '/x', 'connect-cedar', [('0003}.xml', '[roomNumber]', '[ROOMNUMBER]')])
    code, out, err = run('analyze', whole, '--no-measure', '--json')
    check(not [v for v in json.loads(out)['verdicts'] if v['setting'] == 'rule.attribute'], 'another case of letters is the same attribute', out[-800:])


def check_difference(top):
    """Two exports that differ by what we did to one of them, and by nothing else."""
    one = top + '/x/one'
    shutil.copytree(DATA + '/connect-cedar', one)
    code, out, err = config('config', 'diff', one, DATA + '/connect-cedar', '--json')
    check(code == 0 and json.loads(out)['equal'], 'an export and its copy: no difference', out + err)
    two = changed(top + '/x', 'connect-cedar', [
        ('0003}.xml', 'Trim([roomNumber])', 'Left([roomNumber],10)'), ('0004}.xml', 'svc-', 'srv-'),
        ('MV.xml', 'dataType="String">120<', 'dataType="String">130<')])
    os.remove(two + '/SynchronizationRules/SynchronizationRule_{ceda0001-0000-4000-8000-000000000005}.xml')
    code, out, err = config('config', 'diff', one, two, '--json')
    x = json.loads(out)
    told = [(r['name'], r['state'], [(c['part'], c['kind'], c.get('before'), c.get('after')) for c in r['changes']]) for r in x['rules']]
    check(code == 1 and told == [
        ('In from AD - Room as office', 'changed', [('flow', 'changed', 'Trim([roomNumber])', 'Left([roomNumber],10)')]),
        ('Out to AAD - Title', 'removed', []),
        ('In from AD - Service accounts', 'changed', [('scope', 'removed', 'sAMAccountName STARTSWITH svc-', None),
                                                      ('scope', 'added', None, 'sAMAccountName STARTSWITH srv-')])],
          'two exports: the difference lists exactly the edits of rules', told)
    check(x['connectors'] == [] and {c['before'] + c['after'] for c in x['settings']} == {'120130'}, 'and of settings', x['settings'])


def check_refused(top):
    code, x, err = take(DATA + '/odd-elder', top + '/odd')
    check(code == 5 and 'SOUNDSLIKE' in err and not os.path.exists(top + '/odd'), 'what blocks is refused, and nothing is written', err)
    site = changed(top + '/x', 'dirsync-aster', [('MV.XML', 'Microsoft.Online.DirSync.Extension.dll', 'Aster.dll')])
    code, x, err = take(site, top + '/dll')
    check(code == 5 and 'Aster.dll' in err, 'DirSync with a custom extension is refused', err)
    site = changed(top + '/x', 'dirsync-aster', [(
        'MV.XML', '<scripted-mapping><src-attribute>objectGUID</src-attribute><script-context>sourceAnchor</script-context></scripted-mapping>',
        '<direct-mapping><src-attribute>employeeID</src-attribute></direct-mapping>')])
    code, x, err = take(site, top + '/anchor')
    check(code == 5 and 'employeeID' in err and not os.path.exists(top + '/anchor'), 'DirSync with another anchor than objectGUID is refused', err)
    code, x, err = take(DATA + '/dirsync-aster', top + '/flags')
    check(all(any(o.startswith(w + ': ') for o in x['open']) for w in ('password_hash_sync', 'exchange_hybrid')),
          'DirSync: flags of password hashes and hybrid mail are told to the person who goes on', x['open'])
    site = changed(top + '/x', 'connect-cedar', [('00000001}.xml', '<disabled>False<', '<disabled>True<')])
    code, x, err = take(site, top + '/off')
    check(code == 0 and any('rule.disabled: ' in o and 'Microsoft.InfromAD' in o and 'disable:' in o for o in x['open']),
          'a built-in rule that was disabled is told by name', x['open'])
    code, x, err = take(DATA + '/mim-dahlia', top + '/mim', '--in-place')
    check(code == 5 and 'never taken over in place' in err, 'MIM in place is refused', err)
    code, x, err = take(DATA + '/dirsync-aster', top + '/place', '--in-place', '--objects', '100')
    check(code == 0 and x['in_place'] and '\nstaging: true\n' in text_of(top + '/place'), 'in place begins in staging mode, too', err)
    code, x, err = take(DATA + '/rules-fern.ps1', top + '/ps')
    check(code == 1 and 'config convert' in err, 'a script of rules is no server', err)
    os.makedirs(top + '/mine')
    with open(top + '/mine/causeway.yaml', 'w', encoding='utf-8') as f:
        f.write('# by hand\n')
    code, out, err = run('import', DATA + '/connect-cedar', '--to', top + '/mine')
    check(code == 1 and 'is not empty: nothing was written' in err and os.listdir(top + '/mine') == ['causeway.yaml'],
          'a configuration that is there is never overwritten', err)
    code, x, err = take(DATA + '/connect-cedar', top + '/dry', '--dry-run')
    check(code == 0 and not x['written'] and x['files'] and not os.path.exists(top + '/dry'), 'a dry run writes nothing', err)
    check(run('import', DATA + '/connect-cedar')[0] == 2, 'without --to: usage')
    check(run('import', DATA + '/connect-cedar', '--to', 'x', '--secrets', 'paper')[0] == 2, 'another place for secrets: usage')


def check_asked(top):
    """On a terminal the secrets are asked for, without echo."""
    to = top + '/asked'
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(EXE, [EXE, 'migrate', 'import', DATA + '/dirsync-aster', '--to', to])
    seen, answers = '', {'password of Active': 'Sesame-1\n', 'secret of Windows': '\n'}
    while True:
        if not select.select([fd], [], [], 30)[0]:
            os.kill(pid, 9)
            break
        try:
            part = os.read(fd, 65536).decode()
        except OSError:
            break
        if not part:
            break
        seen += part
        for question in list(answers):
            if question in seen and seen.rstrip().endswith('(empty: later):'):
                os.write(fd, answers.pop(question).encode())
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    path = to + '/secrets/Active-Directory-Connector'
    check(os.waitstatus_to_exitcode(status) == 0 and 'Sesame-1' not in seen, 'asked for without echo', seen[:600])
    check(os.path.exists(path) and stat.S_IMODE(os.stat(path).st_mode) == 0o600 and open(path, encoding='utf-8').read() == 'Sesame-1',
          'a secret that was told is in the file that the reference names, for nobody else')
    check(os.listdir(to + '/secrets') == ['Active-Directory-Connector'], 'one that was not told is not')
    check('secrets/' in open(to + '/.gitignore', encoding='utf-8').read(), 'and git does not see it')


def main():
    print('# ' + ROOT)
    with tempfile.TemporaryDirectory() as top:
        os.makedirs(top + '/x')
        check_each(top)
        check_dirsync(top)
        check_filters(top)
        check_connect(top)
        check_numbers(top)
        check_attributes(top)
        check_difference(top)
        check_refused(top)
        check_asked(top)
    done()


main()

#!/usr/bin/env python3
"""doctor: each fault of a value named with the people concerned and its repair; doubles in one forest and in two;
limits, attributes that nobody has, files, certificates, connections.  Nothing is changed."""
import os
import ssl
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

KNOWN = {'telephoneNumber': 'string', 'mail': 'string'}  # though no object may have them
STAFF = ',OU=Staff,DC=small,DC=example'
# (name, attributes, attribute, error, repaired or None): one fault each; tests/unit/engine/test_doctor_values.c has every rule.
FAULTS = [
    ('blank', {'displayName': b'  '}, 'displayName', 'Blank', 'blank'),
    ('longname', {'displayName': 'x' * 256}, 'displayName', 'Length', 'x' * 255),
    ('longgiven', {'givenName': 'x' * 64}, 'givenName', 'Length', 'x' * 63),
    ('longmail', {'mail': 'x' * 250 + '@corp.no'}, 'mail', 'Length', None),
    ('dotnick', {'mailNickname': '.dot'}, 'mailNickname', 'Character', 'dot'),
    ('proxychar', {'proxyAddresses': 'smtp:pro xy@corp.no'}, 'proxyAddresses', 'Character', 'smtp:proxy@corp.no'),
    ('proxyform', {'proxyAddresses': 'smtp:proxy'}, 'proxyAddresses', 'Format', None),
    ('proxytld', {'proxyAddresses': 'smtp:proxy@corp.local'}, 'proxyAddresses', 'TopLevelDomain', None),
    ('target', {'targetAddress': 'SMTP:a<b@corp.no'}, 'targetAddress', 'Character', 'SMTP:ab@corp.no'),
    ('upnchar', {'userPrincipalName': 'jörg o@corp.no'}, 'userPrincipalName', 'Character', 'joergo@corp.no'),
    ('upnform', {'userPrincipalName': 'nobody'}, 'userPrincipalName', 'Format', None),
    ('upnlocal', {'userPrincipalName': 'x' * 65 + '@corp.no'}, 'userPrincipalName', 'LocalPart', None),
    ('upndomain', {'userPrincipalName': 'a@' + 'x' * 46 + '.no'}, 'userPrincipalName', 'DomainPart', None),
]


def user(name, number, where=STAFF, **attrs):
    attrs = {'userPrincipalName': name + '@corp.no', 'displayName': name, **attrs}
    return ('CN=' + name + where, [('objectClass', 'user'), ('cn', name), ('sAMAccountName', name[:20]),
                                   ('userAccountControl', '512'), ('objectGUID', b'guid-of-%08d' % number),
                                   *attrs.items()])


def account(name, number, account_name, has_upn):
    """Two of one account name are a double where there is no UPN."""
    dn, attrs = user(name, number)
    return dn, [('sAMAccountName', account_name) if k == 'sAMAccountName' else (k, v) for k, v in attrs
                if has_upn or k != 'userPrincipalName']


def content(site):
    db = sqlite3.connect('file:%s?mode=ro' % (site.path / 'causeway.db'), uri=True)
    names = [r[0] for r in db.execute("select name from sqlite_master where type='table'")]
    out = {n: sorted(map(repr, db.execute('select * from "%s"' % n))) for n in names}
    db.close()
    return out


def doctor(t, site, name, code=3, args=()):
    r = site.run('doctor', '--json', *args)
    t.code(r, code, name)
    return r.json()


def of(doc, check, error=None, attribute=None):
    return [f for f in doc['findings'] if f['check'] == check and error in (None, f['error'])
            and attribute in (None, f['attribute'])]


def make_cert(path, days, name='doctor.test'):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                    '-keyout', str(path) + '.key', '-out', str(path), '-days', str(days), '-subj', '/CN=' + name],
                   check=True, capture_output=True)


t = Tap()
with scratch() as d:
    tenant = Tenant(d / 'tenant', SMALL).start()
    source, second = d / 'company.ldif', d / 'second.ldif'
    fine = [user('Fine%d' % i, i, mail='fine%d@corp.no' % i, mailNickname='fine%d' % i,
                 proxyAddresses='SMTP:fine%d@corp.no' % i) for i in range(20)]
    faults = [user(f[0], 100 + i, **f[1]) for i, f in enumerate(FAULTS)]
    doubles = [user('two1', 200, mail='two@corp.no'), user('two2', 201, proxyAddresses='smtp:TWO@corp.no'),
               user('nick1', 202, mailNickname='nick'), user('nick2', 203, mailNickname='NICK'),
               user('upn1', 204, userPrincipalName='same@corp.no'), user('upn2', 205, userPrincipalName='SAME@corp.no'),
               user('tar1', 206, targetAddress='SMTP:tar@corp.no'), user('tar2', 207, targetAddress='smtp:TAR@corp.no'),
               account('sam1', 208, 'samdup', False), account('sam2', 209, 'SAMDUP', False),
               account('not1', 210, 'withupn', True), account('not2', 211, 'withupn', True)]
    # as the fix-up tool passes over them: their UPN would be refused
    skipped = [user(name.replace(',', ''), 300 + i, userPrincipalName='bad bad') for i, name in enumerate((
        'Administrator', 'CAS_{1', 'DiscoverySearchMailbox {2}', 'FederatedEmail.3', 'Guest', 'HTTPConnector4', 'krbtgt',
        'iusr_5', 'iwam6', 'msol_7', 'support_388945a0', 'SystemMailbox{8}', 'WWIOadmini9', 'HealthMailbox10',
        'Exchange Online-ApplicationAccount', 'ADMINI11', 'pc$', 'gone\\0ACNF:12'))]
    skipped += [user('crit', 399, userPrincipalName='bad bad', isCriticalSystemObject='TRUE')]
    many = ('CN=many' + STAFF, [('objectClass', 'user'), ('cn', 'many'), ('displayName', 'many'),
                                ('sAMAccountName', 'many'), ('userPrincipalName', 'many@corp.no'),
                                ('userAccountControl', '512'), ('objectGUID', b'guid-of-many0001')]
            + [('proxyAddresses', 'smtp:many%d@corp.no' % i) for i in range(301)])
    big = ('CN=big' + STAFF, [('objectClass', 'group'), ('cn', 'big'), ('displayName', 'big'), ('sAMAccountName', 'big'),
                              ('groupType', '-2147483646'), ('objectGUID', b'guid-of-group001')]
           + [('member', e[0]) for e in fine[:12]])
    head = small_entries(0)[:2]
    source.write_text(ldif_text(head + fine))
    second.write_text(ldif_text([user('other', 400, where=',DC=second,DC=example')]))
    site = Site(d / 'site', [
        ldif_connector(source, attribute_types=KNOWN),
        {**ldif_connector(second, attribute_types=KNOWN), 'name': 'second'}, tenant.connector()],
        default_rules={'member_limit': 10}, staging=True)
    t.code(site.run('cycle', 'initial'), 0, 'the first cycle')

    doc = doctor(t, site, 'a clean company', code=0)
    t.is_([f for f in doc['findings'] if f['severity'] == 'error'], [], 'no error is found')
    t.is_(doc['objects'], 21, 'all were looked at')
    nobody = {f['connector']: f['attribute'].split(', ') for f in of(doc, 'attribute')}
    t.ok('telephoneNumber' in nobody.get('company', []) and 'mail' not in nobody.get('company', []),
         'attributes that rules read and nobody has are named', nobody)
    t.ok('mail' in nobody.get('second', []), 'for each connector')

    source.write_text(ldif_text(head + fine + faults + doubles + skipped + [many, big]))
    second.write_text(ldif_text([user('other', 400, where=',DC=second,DC=example', mail='fine7@corp.no')]))
    for c in ('company', 'second'):
        site.run('run', c, 'full-import')
        site.run('run', c, 'delta-sync')
    before = content(site)
    fixes = d / 'fixes'
    doc = doctor(t, site, 'a company with faults', args=('--fix-dir', fixes))
    for name, _, attribute, error, repaired in FAULTS:
        got = [x for f in of(doc, 'value', error, attribute) for x in f['examples'] if x['dn'] == 'CN=' + name + STAFF]
        t.ok(len(got) == 1 and got[0].get('fix') == (repaired[:200] if repaired else None),
             '%s %s is found%s' % (attribute, error, ', with its repair' if repaired else ''), got)
    wrong = {x['dn'] for f in of(doc, 'value') for x in f['examples']}
    t.is_(wrong, {'CN=' + f[0] + STAFF for f in FAULTS}, 'and nobody else has a fault')
    t.is_(sum(f['people'] for f in of(doc, 'value')), len(FAULTS), 'each is counted once')

    pairs = {(x['dn'], x['other']) for f in of(doc, 'duplicate') for x in f['examples']}
    doubled = (('two1', 'two2'), ('nick1', 'nick2'), ('upn1', 'upn2'), ('tar1', 'tar2'), ('sam1', 'sam2'))
    for a, b in doubled:
        t.ok(('CN=' + a + STAFF, 'CN=' + b + STAFF) in pairs and ('CN=' + b + STAFF, 'CN=' + a + STAFF) in pairs,
             'a double, case and attribute aside: %s' % a, pairs)
    t.ok(('CN=other,DC=second,DC=example', 'CN=Fine7' + STAFF) in pairs, 'a double in two forests', pairs)
    t.is_({dn.split(',')[0] for pair in pairs for dn in pair}, {'CN=' + n for p in doubled for n in p} | {
        'CN=other', 'CN=Fine7'}, 'and nobody else has one')
    t.is_([(f['error'], f['people'], f['examples'][0]['value']) for f in of(doc, 'limit')],
          [('ProxyAddresses', 1, '301 values'), ('Members', 1, '12 values')], 'limits')

    text = site.run('doctor')
    t.has(text.all, ['error value Character, company', 'can be repaired', '-> "joergo@corp.no"', 'also CN=two2'],
          'for a person')

    # The repairs, applied by hand to a copy of the source, leave nothing to repair.
    ldif = (fixes / 'company.ldif').read_text()
    t.is_(ldif.count('changetype: modify'), sum(bool(f[4]) for f in FAULTS), 'one record for each that can be repaired')
    t.is_((fixes / 'company.ldif').stat().st_mode & 0o777, 0o600, 'which others may not read')
    t.is_([f['file'] for f in doc['files']], [str(fixes / 'company.ldif')], 'the file is named')
    repaired = {f[0]: f for f in FAULTS if f[4]}
    after = [(dn, [(k, repaired[dn[3:dn.index(',')]][4] if dn[3:dn.index(',')] in repaired
                    and k == repaired[dn[3:dn.index(',')]][2] else v) for k, v in attrs])
             for dn, attrs in head + fine + faults + doubles + skipped + [many, big]]
    t.is_(content(site), before, 'nothing was changed')
    source.write_text(ldif_text(after))
    site.run('run', 'company', 'full-import')
    doc = doctor(t, site, 'after the repairs')
    t.is_({x['dn'] for f in of(doc, 'value') for x in f['examples']}, {'CN=' + f[0] + STAFF for f in FAULTS if not f[4]},
          'only what a person has to tell is left')
    doc = doctor(t, site, 'a list of top-level domains', args=('--tlds', str(d / 'tlds'))) \
        if (d / 'tlds').write_text('# list\nNO\nlocal\n') else None
    t.is_(of(doc, 'value', 'TopLevelDomain'), [], 'goes before what is built in')
    doc = doctor(t, site, 'one connector alone', code=0, args=('second',))
    t.is_({f['connector'] for f in doc['findings'] if f['check'] != 'secret-file'}, {'second'}, 'and no other')
    doc = doctor(t, site, 'the rules of a dedicated cloud', args=('--rules', 'dedicated'))
    t.ok(of(doc, 'value', 'Format', 'proxyAddresses'), 'are others')
    t.code(site.run('doctor', '--rules', 'none'), 2, 'rules that are not known')
    # Around the objects: a secret that others may read, certificates that end, a connector that does not answer.
    secret = pathlib.Path(str(tenant.path / 'client_secret'))
    secret.chmod(0o644)
    make_cert(d / 'soon.pem', 10)
    ca = (tenant.path / 'ca.pem').read_text()
    (d / 'both.pem').write_text(ca + (d / 'soon.pem').read_text())
    site.settings['connectors'][2]['ca'] = str(d / 'both.pem')
    site.settings['connectors'].append({'name': 'gone', 'kind': 'ldap',
                                        'servers': ['ldap://127.0.0.1:%d' % free_port()], 'tls': {'required': False}})
    site.write()
    doc = doctor(t, site, 'what is wrong around')
    t.is_([(f['connector'], f['error'], f['remedy']) for f in of(doc, 'secret-file')],
          [('cloud', 'Permissions', "chmod 600 '%s'" % secret)], 'a secret that others may read')
    t.has(json.dumps(of(doc, 'certificate', 'Expires')), ['doctor.test', 'both.pem'], 'a certificate that ends soon')
    t.is_([f['connector'] for f in of(doc, 'connection')], ['cloud', 'gone'], 'connectors that do not work')
    secret.chmod(0o600)
t.done()

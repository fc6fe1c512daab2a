"""What why-not.t runs when there is a slapd: one planted cause of each kind is named, by name and value."""
import os
import pathlib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
from slapd import SUFFIX, Slapd  # noqa: E402

RULES = '''
disable: [ldap-person-join, ldap-person-common]
rules:
  - name: In from dir - person
    id: dir-person
    connector: dir
    direction: in
    from: inetOrgPerson
    to: person
    precedence: 10
    link: join
    scope:
      - employeeType NOTEQUAL external
      - cn ISNOTNULL
    join:
      - mail = mail
    flows:
      title: [title]
  - name: In from company - contractors
    id: contractors
    connector: company
    direction: in
    from: user
    to: person
    precedence: 20
    scope:
      - extensionAttribute1 EQUAL contractor
    flows:
      cloudFiltered: {value: 'True'}
  - name: Out to cloud - number as it is
    id: number
    connector: cloud
    direction: out
    from: person
    to: user
    precedence: 21
    flows:
      employeeId: [employeeID]
'''
PEOPLE = 'ou=People,' + SUFFIX


def person(uid, where=PEOPLE, **attrs):
    attrs = {'cn': uid, 'sn': uid, **attrs}
    return 'dn: uid=%s,%s\nobjectClass: inetOrgPerson\nuid: %s\n%s\n' % (
        uid, where, uid, ''.join('%s: %s\n' % (k, v) for k, v in attrs.items()))


def tree():
    def unit(dn):
        return 'dn: %s\nobjectClass: organizationalUnit\nou: %s\n\n' % (dn, dn.split(',')[0][3:])

    return ('dn: %s\nobjectClass: organization\nobjectClass: dcObject\no: x\ndc: example\n\n' % SUFFIX
            + unit(PEOPLE) + unit('ou=Leavers,' + PEOPLE) + unit('ou=Elsewhere,' + SUFFIX)
            + person('joins', mail='p001@small.example') + person('nobody', mail='nobody@small.example')
            + person('nomail') + person('outsider', mail='p002@small.example', employeeType='external')
            + person('robot', employeeType='robot') + person('leaver', 'ou=Leavers,' + PEOPLE)
            + person('elsewhere', 'ou=Elsewhere,' + SUFFIX)
            + person('twice', mail='twin@small.example')
            + 'dn: cn=printer,%s\nobjectClass: device\ncn: printer\n\n' % PEOPLE)


def more_entries():
    entries = small_entries(20)
    staff = 'OU=Staff,DC=small,DC=example'

    def user(cn, **attrs):
        entries.append(('CN=%s,%s' % (cn, staff), [
            ('objectClass', 'user'), ('cn', cn), ('displayName', cn), ('sAMAccountName', cn),
            ('userPrincipalName', '%s@%s' % (cn, SMALL)), ('userAccountControl', '512'),
            ('objectGUID', (b'guid-of-%-8s' % cn.encode())[:16]), *attrs.items()]))

    for i in (1, 2):
        entries[2 + i][1].append(('mail', 'p%03d@small.example' % i))
    user('critical', isCriticalSystemObject='TRUE')
    user('contractor', extensionAttribute1='contractor')
    user('orphan', manager='CN=Not There,' + staff)
    user('twin1', mail='twin@small.example')
    user('twin2', mail='twin@small.example')
    user('fails', department='x' * 70)
    entries.append(('CN=Outside,' + staff, [('objectClass', 'contact'), ('cn', 'Outside'), ('displayName', 'Outside'),
                                             ('mail', 'outside@else.example'), ('mailNickname', 'outside'),
                                             ('targetAddress', 'SMTP:outside@else.example'),
                                             ('proxyAddresses', 'SMTP:outside@else.example'),
                                             ('objectGUID', b'guid-of-contact1')]))
    return entries


def named(t, site, what, kind, pieces, name):
    r = site.run('why-not', what, '--json')
    t.code(r, 0, name)
    doc = r.json() if r.code == 0 else {}
    t.is_(doc.get('kind'), kind, name + ': the kind of the first cause')
    t.has(json.dumps(doc, ensure_ascii=False), pieces, name + ': by name and value')
    text = site.run('why-not', what)
    t.has(text.all, pieces, name + ': the same for a person')
    return doc


t = Tap()
with scratch() as d:
    slapd = Slapd(d / 'slapd')
    (d / 'tree.ldif').write_text(tree())
    slapd.load(d / 'tree.ldif')
    slapd.start()
    try:
        source = d / 'company.ldif'
        entries = more_entries()
        source.write_text(ldif_text(entries))
        tenant = Tenant(d / 'tenant', SMALL).start()
        (d / 'site/rules').mkdir(parents=True)
        (d / 'site/rules/50-own.yaml').write_text(RULES)
        site = Site(d / 'site', [
            ldif_connector(source),
            {'name': 'dir', 'kind': 'ldap', 'servers': [slapd.url], 'tls': {'required': False},
             'object_classes': ['inetOrgPerson', 'groupOfNames'], 'filter': '(&(cn=*)(!(employeeType=robot)))',
             'partitions': [{'dn': SUFFIX, 'include': [PEOPLE], 'exclude': ['ou=Leavers,' + PEOPLE]}]},
            tenant.connector()], rules=['default', 'rules'])
        site.run('staging', 'on')
        t.code(site.run('cycle', 'initial'), 0, 'the first cycle, in staging mode')
        before = (d / 'site/causeway.db').read_bytes()

        # What the directory has and the store has not.
        named(t, site, 'uid=leaver,ou=Leavers,' + PEOPLE, 'container', ['exclude', 'ou=Leavers,' + PEOPLE],
              'an excluded container')
        named(t, site, 'uid=elsewhere,ou=Elsewhere,' + SUFFIX, 'container', ['include', 'partition ' + SUFFIX],
              'a container that is not included')
        named(t, site, 'cn=printer,' + PEOPLE, 'object-class', ['object_classes', 'device'], 'an object class')
        named(t, site, 'uid=robot,' + PEOPLE, 'filter', ['(!(employeeType=robot))'], 'an LDAP filter, its part')
        named(t, site, 'uid=robot', 'filter', ['(!(employeeType=robot))'], 'the same, found by attribute=value')
        named(t, site, 'uid=ghost,' + PEOPLE, 'not-there', ['no directory has it'], 'what is nowhere')

        # What is stored and not in the metaverse.
        named(t, site, 'uid=outsider,' + PEOPLE, 'scope',
              ['In from dir - person', 'employeeType NOTEQUAL', 'external'], 'a clause of an inbound rule')
        named(t, site, 'uid=nobody,' + PEOPLE, 'join', ['In from dir - person', 'nobody@small.example'],
              'a join that finds nobody')
        named(t, site, 'uid=nomail,' + PEOPLE, 'join', ['In from dir - person', 'no value'],
              'a join without a value to look for')
        named(t, site, 'uid=twice,' + PEOPLE, 'join', ['twin1@small.example', 'twin2@small.example'],
              'a join that finds two')
        named(t, site, 'CN=critical,OU=Staff,DC=small,DC=example', 'scope', ['isCriticalSystemObject'],
              'a clause of a built-in rule')

        # What is in the metaverse and not in the cloud.
        named(t, site, 'contractor@small.example', 'scope', ['cloudFiltered', 'true'], 'an outbound clause')
        named(t, site, 'CN=Outside,OU=Staff,DC=small,DC=example', 'unsupported', ['contact'], 'a type that the target does not take')
        named(t, site, 'p003@small.example', 'staging', ['staging off'], 'staging mode')
        doc = named(t, site, 'orphan@small.example', 'staging', ['missing-reference', 'Not There'],
                    'a reference to what was not imported')
        t.is_([r['name'] for r in doc['reasons']], ['manager'], 'a missing reference: the attribute')
        t.is_((d / 'site/causeway.db').read_bytes(), before, 'looking changes nothing')

        site.run('staging', 'off')
        named(t, site, 'p003@small.example', 'pending-export', ['causeway run cloud export'], 'what waits')
        r = site.run('cycle', '--json')
        t.code(r, 3, 'the cycle that sends, with an error')
        refused = errors_of(r)[0]['name']
        t.has(json.dumps(errors_of(r)), ['AttributeValueMustBeUnique', 'remedy', 'causeway why-not'],
              'the run says what helps')
        r = site.run('why-not', 'p003@small.example', '--json')
        t.is_((r.json()['kind'], r.json()['targets'][0]['there']), ('none', True), 'what arrived: nothing keeps it out')

        # What the cloud refused, and who holds the value: one of the twins came first.
        other = {'twin1': 'twin2', 'twin2': 'twin1'}[refused]
        named(t, site, refused, 'export-error',
              ['AttributeValueMustBeUnique', 'another object of the cloud has this value'], 'a refused value')
        named(t, site, refused, 'export-error', ['conflict', other, 'twin@small.example'], 'who holds the value')
        site.run('run', 'cloud', 'full-import')
        named(t, site, refused, 'export-error', ['conflict', other, 'twin@small.example'], 'who holds the value')
        shown = site.run('history', 'list', '--json').json()
        run_id = [x['run-id'] for x in shown if x['ma-name'] == 'cloud' and x['run-profile-name'] == 'export'][0]
        r = site.run('history', 'show', run_id, '--json')
        t.is_(errors_of(r)[0].get('conflict', {}).get('name'), other, 'history show names who holds the value')
        t.has(site.run('history', 'show', run_id).all, ['causeway why-not OBJECT'], 'history show says what helps')
        t.has(site.run('status').all, ['1 object: AttributeValueMustBeUnique', 'causeway doctor'],
              'status says what the errors mean and what helps')
        t.is_([x['error-type'] for x in site.run('status', '--json').json()['error-types']],
              ['AttributeValueMustBeUnique'], 'the same for programs')

        # Somebody whom only the cloud knows: it is asked.
        made = tenant.graph().call('POST', '/v1.0/users', json.dumps({
            'displayName': 'Cloud Only', 'mailNickname': 'early', 'userPrincipalName': 'early@small.example',
            'onPremisesImmutableId': 'b3RoZXI=', 'accountEnabled': True, 'passwordProfile': {'password': 'Secret-Pass-1'}}), {'Content-Type': 'application/json'})
        early = entries + [('CN=early,OU=Staff,DC=small,DC=example', [
            ('objectClass', 'user'), ('cn', 'early'), ('displayName', 'early'), ('sAMAccountName', 'early'),
            ('userPrincipalName', 'early@small.example'), ('userAccountControl', '512'), ('objectGUID', b'guid-of-early001')])]
        source.write_text(ldif_text(early))
        for what in (('company', 'full-import'), ('company', 'delta-sync'), ('cloud', 'export')):
            site.run('run', *what)
        doc = named(t, site, 'CN=early,OU=Staff,DC=small,DC=example', 'export-error',
                    ['InvalidSoftMatch', 'conflict', 'Cloud Only', made['id'], 'not imported here'], 'who holds it, asked of the tenant')
        t.is_([r['name'] for x in doc['targets'] for r in x['reasons'] if r['kind'] == 'conflict'], [made['id']],
              'and nobody else')
        tenant.graph().call('DELETE', '/v1.0/users/' + made['id'])
        source.write_text(ldif_text(entries))
        site.run('run', 'company', 'full-import')
        site.run('run', 'company', 'delta-sync')
        site.run('run', 'cloud', 'full-import')

        # A value that the cloud does not take: it alone is held, the rest goes.
        held = [(dn, [(k, 'Other' if k == 'department' and dn.startswith('CN=Person 006') else v) for k, v in attrs] + ([('employeeID', 'x' * 40)] if dn.startswith('CN=Person 006') else []))
                for dn, attrs in entries]
        source.write_text(ldif_text(held))
        site.run('run', 'company', 'full-import')
        site.run('run', 'company', 'delta-sync')
        named(t, site, 'p006@small.example', 'held-value', ['employeeId', 'xxxx', '16'], 'a held value')
        source.write_text(ldif_text(entries))

        # A limit on one kind of change: one of eight deletions is held, and says by what.
        few = [e for e in entries if not any(e[0].startswith('CN=Person %03d' % i) for i in range(10, 18))]
        source.write_text(ldif_text(few))
        t.code(site.run('guard', 'set', 'delete', '3', '--connector', 'cloud', '--type', 'user'), 0, 'a finer limit')
        site.run('guard', 'ack', 'company', '--reason', 'it is meant')
        site.run('run', 'company', 'full-import')
        site.run('run', 'company', 'delta-sync')
        gone = [p['dn'] for p in site.pending() if p['operation'] == 'delete'][0]
        named(t, site, gone, 'guard', ['delete', '3'], 'a finer limit')
        source.write_text(ldif_text(entries))
        site.run('run', 'company', 'full-import')
        site.run('run', 'company', 'delta-sync')

        # A guard: eight leave, and five may be deleted.
        t.code(site.run('guard', 'set', '5'), 0, 'a limit of five deletions')
        gone = {'CN=Person %03d' % i for i in range(10, 18)}
        left = [(dn, [(k, 'Changed' if k == 'department' and dn.startswith('CN=Person 003') else v) for k, v in attrs])
                for dn, attrs in entries if dn.split(',')[0] not in gone]
        source.write_text(ldif_text(left))
        site.run('guard', 'ack', 'company', '--reason', 'it is meant')
        site.run('run', 'company', 'full-import')
        named(t, site, 'CN=Person 011,OU=Staff,DC=small,DC=example', 'none', [], 'what is still in the metaverse')
        site.run('run', 'company', 'delta-sync')
        named(t, site, 'p003@small.example', 'guard', ['deletions', '5', '8'], 'a guard')
    finally:
        slapd.stop()
t.done()

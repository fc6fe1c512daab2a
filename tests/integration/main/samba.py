"""What samba.t and samba-sync.t run when their forest is up."""
import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from mainjob import SERVICE, Job, ldif_changes  # noqa: E402
from rig import *  # noqa: E402,F403
from rowcount import Rows  # noqa: E402
from sync_company import certificate  # noqa: E402

E = os.environ
DN, DC = E['FOREST_DN'], E['FOREST_DC1']
STAFF, GROUPS, PARTNERS, MACHINES = 'OU=Staff,' + DN, 'OU=Groups,' + DN, 'OU=Partners,' + DN, 'CN=Computers,' + DN
INCLUDE = [STAFF, PARTNERS, GROUPS] + SERVICE * [MACHINES]
EXCLUDE = ['OU=Dept9,' + STAFF]
ADMIN = ['-H', 'ldaps://' + DC, '-x', '-D', 'Administrator@' + E['FOREST_REALM'], '-w', E['FOREST_ADMIN_PASSWORD']]
E['LDAPTLS_CACERT'] = E['FOREST_CA']
t = Tap()


def dn_of(account):
    r = run('ldapsearch', '-LLL', '-o', 'ldif-wrap=no', *ADMIN, '-b', DN, '(sAMAccountName=%s)' % account, 'dn')
    line = next(x for x in r.out.splitlines() if x.startswith('dn:'))
    return base64.b64decode(line[5:]).decode() if line.startswith('dn::') else line[4:]


def changes():
    """Names, a disabled account, moves within, out of and into the scope,
    deletions, new objects, managers and members."""
    who = {n: dn_of('u%06d' % n) for n in (11, 12, 13, 20, 21, 22, 29, 31, 41, 51, 52, 61, 62, 71, 81)}
    rdn = {n: dn.split(',')[0] for n, dn in who.items()}

    def move(n, ou):
        return ('modrdn', who[n], 'newrdn: %s\ndeleteoldrdn: 1\nnewsuperior: OU=%s,%s' % (rdn[n], ou, STAFF))
    new = 'CN=New Person 1,OU=Dept1,' + STAFF
    return [
        ('modify', who[11], 'replace: sn\nsn: Größenwahn\n-\nreplace: displayName\ndisplayName: Björn Größenwahn 11\n-'),
        ('modrdn', who[12], 'newrdn: CN=Renamed Person 000012\ndeleteoldrdn: 1'),
        ('modify', who[13], 'replace: userAccountControl\nuserAccountControl: 546\n-\nreplace: department\n'
                            'department: Left\n-\ndelete: mobile\n-'),
        move(20, 'Dept7'), move(21, 'Dept9'), move(29, 'Dept8'),
        ('delete', who[22], ''),
        ('modify', who[31], 'replace: manager\nmanager: %s\n-' % who[41]),
        ('modify', who[51], 'delete: manager\n-'),
        ('modify', who[52], 'replace: title\ntitle: Chief of everything\n-\nreplace: telephoneNumber\n'
                            'telephoneNumber: +44 20 0000000\n-'),
        ('add', new, 'objectClass: user\nsAMAccountName: new1\nuserPrincipalName: new1@%s\n'
                     'displayName: New Person Ünal\nsn: Person\ngivenName: New\nmanager: %s\nuserAccountControl: 544'
                     % (E['FOREST_DOMAIN'], who[41])),
        ('modify', 'CN=Group0003,' + GROUPS, 'add: member\nmember: %s\nmember: %s\nmember: %s\n-' % (
            who[13], who[41], new)),
        ('modify', 'CN=BigGroup,' + GROUPS, 'delete: member\nmember: %s\nmember: %s\n-\nadd: description\n'
                                            'description: everybody but two\n-' % (who[71], who[81])),
        ('modify', 'CN=Group0005,' + GROUPS, 'replace: displayName\ndisplayName: Group 0005, renamed\n-'),
        ('delete', 'CN=Group0007,' + GROUPS, ''),
        ('add', 'CN=New Group,' + GROUPS, 'objectClass: group\nsAMAccountName: newgroup\ndisplayName: New Group\n'
         'groupType: -2147483646\nmember: %s\nmember: CN=Group0003,%s' % (who[61], GROUPS)),
    ]


def one_member(job, site):
    """One member costs the same in a group of a few and in one of 5,000."""
    rows = Rows(site.path / 'causeway.db')
    for group, op, who in (('Group0003', 'delete', 41), ('BigGroup', 'add', 71)):
        name = '%s: %s of one member' % (group, op)
        modify([('modify', 'CN=%s,%s' % (group, GROUPS), '%s: member\nmember: %s\n-' % (op, dn_of('u%06d' % who)))], name)
        rows.start()
        writes = job.tenant.writes()
        job.cycle(site, 0, name + ': the cycle')
        job.cycle(site, 0, name + ': the cycle that confirms')
        t.is_(rows.written(), {'cs_ref': 2, 'mv_ref': 1}, name + ': a row of each space and of the metaverse')
        made = job.tenant.journal(writes)['totals']
        t.is_(made['linked'] + made['unlinked'], 1, name + ': one link')
        t.is_(job.tenant.writes() - writes, 1 + SERVICE, name + ': and nothing else, but the time in the group')
    rows.end()


def connector(**how):
    classes = {'object_classes': ['user', 'inetOrgPerson', 'contact', 'group', 'computer']} if SERVICE else {}
    return {'name': 'forest', 'kind': 'ad', 'partitions': [{'dn': DN, 'include': INCLUDE, 'exclude': EXCLUDE}], **classes,
            **how}


def modify(changes, name):
    r = Result(subprocess.run(['ldapmodify', *ADMIN], input=ldif_changes(changes), capture_output=True, text=True))
    t.code(r, 0, name)


# ---- What only the synchronisation service takes ----

def machine(n):
    """Who asks to be known in the cloud: with a certificate on its own id."""
    dn = 'CN=PC%d,%s' % (n, MACHINES)
    r = run('ldapsearch', '-LLL', *ADMIN, '-b', dn, '-s', 'base', 'objectGUID')
    guid = base64.b64decode(next(x for x in r.out.splitlines() if x.startswith('objectGUID::')).partition(':: ')[2])
    der = base64.b64encode(certificate(str(uuid.UUID(bytes_le=guid)))).decode()
    return ('modify', dn, 'replace: userCertificate\nuserCertificate:: %s\n-\nreplace: operatingSystem\n'
            'operatingSystem: Windows 11\n-' % der)


def mail_world():
    """Lists, lists that are security groups, and guests of other companies with addresses."""
    who = [dn_of('u%06d' % n) for n in (2, 3, 4, 5)]
    guests = ['CN=Contact %04d,%s' % (n, PARTNERS) for n in range(4)]
    out = [machine(0), machine(1)]
    for n, kind in (('List', '8'), ('Secured', '-2147483640')):
        mail = '%s@%s' % (n.lower(), E['FOREST_DOMAIN'])
        out.append(('add', 'CN=%s,%s' % (n, GROUPS),
                    'objectClass: group\nsAMAccountName: %s\ngroupType: %s\ndisplayName: %s of us\nmail: %s\n'
                    'proxyAddresses: SMTP:%s\nproxyAddresses: smtp:old.%s\n%s' % (
                        n, kind, n, mail, mail, mail, '\n'.join('member: ' + m for m in who + guests[:2]))))
    out.append(('add', 'CN=Unheard,' + GROUPS, 'objectClass: group\nsAMAccountName: unheard\ngroupType: 8\nmember: ' + who[0]))
    for n, dn in enumerate(guests):
        out.append(('modify', dn, 'replace: proxyAddresses\nproxyAddresses: SMTP:contact%04d@partner.example\n'
                    'proxyAddresses: smtp:c%d@else.example\n-\nreplace: givenName\ngivenName: Gäst\n-\nreplace: sn\n'
                    'sn: No %d\n-\nreplace: company\ncompany: Partner AG\n-' % (n, n, n)))
    return out


def mail_changes():
    """Lists, guests and machines on another day."""
    who = dn_of('u000300')
    return [
        ('modify', 'CN=List,' + GROUPS, 'delete: member\nmember: %s\n-\nadd: member\nmember: %s\n-\nreplace: '
                   'proxyAddresses\nproxyAddresses: smtp:list@%s\nproxyAddresses: SMTP:all@%s\n-\nreplace: mail\nmail: '
                   'all@%s\n-' % (dn_of('u000002'), who, *[E['FOREST_DOMAIN']] * 3)),
        ('modify', 'CN=Contact 0001,' + PARTNERS, 'replace: company\ncompany: Andere AG\n-'),
        ('delete', 'CN=Contact 0003,' + PARTNERS, ''),
        ('modify', 'CN=PC0,' + MACHINES, 'replace: operatingSystem\noperatingSystem: Windows 12\n-'),
        ('modify', 'CN=PC1,' + MACHINES, 'delete: userCertificate\n-'),
        machine(2),
    ]


def quarantine(job, site):
    """An address that another has, a name that is another's address: success with a
    notice, a placeholder; and both come by themselves when they are free."""
    a, b, c = (dn_of('u%06d' % n) for n in (400, 401, 402))
    wanted = 'smtp:alias000400@' + E['FOREST_DOMAIN']
    name = 'alias000402@' + E['FOREST_DOMAIN']
    new = 'CN=Latecomer,OU=Dept1,' + STAFF
    modify([('modify', b, 'add: proxyAddresses\nproxyAddresses: %s\n-' % wanted),
            ('add', new, 'objectClass: user\nsAMAccountName: late\nuserPrincipalName: %s\ndisplayName: Late\n'
                         'userAccountControl: 544' % name)], 'an address twice, and a name that is an address')
    doc = job.cycle(site, 0, 'the cycle after that')
    notes = [e['error-type'] for x in doc['runs'] for s in x['steps'] for e in s.get('errors', [])]
    t.is_(notes, ['export-notice'] * 2, 'both are notices, and no errors')
    job.check('with two values in quarantine', held_back={b: wanted}, held_names={new})
    job.quiet(site, 0, 'the cycle after it')

    def waiting():
        errors = [e for u in job.tenant.graph().all('/users', 'id,onPremisesProvisioningErrors')
                  for e in u['onPremisesProvisioningErrors'] or []]
        return sorted((e['propertyCausingError'], e['value'].partition(':')[2] or e['value']) for e in errors)
    t.is_(waiting(), [('ProxyAddresses', wanted[5:]), ('UserPrincipalName', name)], 'Graph shows what waits')
    modify([('modify', a, 'delete: proxyAddresses\nproxyAddresses: %s\n-' % wanted),
            ('modify', c, 'delete: proxyAddresses\nproxyAddresses: smtp:%s\n-' % name)], 'they are given up')
    job.cycle(site, 0, 'the cycle after that')
    t.is_(waiting(), [], 'nothing is in quarantine any more')


def comes_back(job, site, ids):
    """Out of the scope into the recycle bin, and back as the same user, with its groups."""
    who = dn_of('u000021')
    bin_ = [u['id'] for u in job.tenant.graph().all('/directory/deletedItems/microsoft.graph.user', 'id')]
    t.ok(ids['u000021'] in bin_, 'who left the scope is in the recycle bin')
    modify([('modrdn', who, 'newrdn: %s\ndeleteoldrdn: 1\nnewsuperior: OU=Dept1,%s' % (who.split(',')[0], STAFF))],
           'and comes back')
    job.cycle(site, 0, 'the cycle after that')
    t.is_(users_of(job)['u000021'], ids['u000021'], 'as the same user of the cloud')


def users_of(job):
    return {u['onPremisesSamAccountName']: u['id'] for u in job.tenant.graph().all('/users', 'id,onPremisesSamAccountName')}


def by_service(job, site):
    quarantine(job, site)
    people = [dn_of('u%06d' % n) for n in range(500, 566) if n % 10 != 9]
    for name, how in (('carried out, and half an answer', {'kind': 'half', 'when': 'after', 'skip': 3, 'count': 1}),
                      ('a server that fails', {'kind': 'status', 'status': 500, 'when': 'before', 'skip': 3, 'count': 1}),
                      ('carried out, and answered with 500', {'kind': 'status', 'status': 500, 'when': 'after', 'skip': 3,
                                                              'count': 1})):
        modify([('modify', p, 'replace: title\ntitle: %s\n-' % name) for p in people], 'sixty titles')
        before, seq = job.fault(**how), job.tenant.writes()
        job.cycle(site, 0, name)
        job.no_fault(before, name)
        job.cycle(site, 0, name + ': the next cycle')
        t.is_(job.tenant.journal(seq)['totals']['updated'], 60, name + ': each was changed once')
    job.check('after the faults')
    seq = job.tenant.writes()
    modify([('modify', p, 'replace: title\ntitle: Killed\n-') for p in people] +
           [('add', 'CN=After %d,OU=Dept2,%s' % (n, STAFF), 'objectClass: user\nsAMAccountName: after%d\n'
             'userAccountControl: 544' % n) for n in range(30)], 'sixty titles and thirty people')
    job.kills(site, 8, 0.6)
    job.cycle(site, 0, 'after the kills')
    made = job.tenant.journal(seq)['totals']
    t.is_((made['created'], made['updated'], made['deleted']), (30, 60, 0), 'nothing was done twice')
    job.check('after the kills')


with scratch() as d:
    password = d / 'password'
    password.write_text(E['FOREST_SYNC_PASSWORD'])
    password.chmod(0o600)
    source = ['ldapsearch', '-LLL', '-o', 'ldif-wrap=no', '-E', 'pr=1000/noprompt', *ADMIN, '-b', DN,
              '(|(objectClass=user)(objectClass=contact)(objectClass=group)(objectClass=inetOrgPerson))', '*']
    job = Job(t, d, E['FOREST_DOMAIN'], 'ad', source, INCLUDE, EXCLUDE)
    if SERVICE:
        modify(mail_world(), 'lists, guests and machines')
    site = Site(d / 'site', [
        connector(servers=['ldaps://' + DC], bind='simple', user='sync@' + E['FOREST_REALM'],
                  password='file:%s' % password, tls={'ca': E['FOREST_CA']}),
        job.door()])
    t.code(site.run('connector', 'test', 'forest'), 0, 'connector test')

    if SERVICE:
        before = job.fault(kind='status', status=429, retryAfter=1, skip=30, count=2)
    job.cycle(site, 0, 'the first cycle, over ldaps', 'initial')
    if SERVICE:
        job.no_fault(before, 'throttled')
        ids = users_of(job)
    job.check('after the first cycle')
    if SERVICE:
        job.another_client('the forest by another client')

    # From here on over Kerberos: another way to the same directory.
    site.settings['connectors'][0] = connector(
        servers=['ldap://' + DC], bind='gssapi', user='sync', realm=E['FOREST_REALM'], keytab=E['FOREST_KEYTAB'])
    site.write()
    job.quiet(site, 0, 'a cycle over GSSAPI without a change')

    modify(changes() + (mail_changes() if SERVICE else []), 'ldapmodify changes the forest')
    job.delta(job.cycle(site, 0, 'the cycle after the changes'), 'the cycle after the changes')
    job.check('after the changes')
    job.quiet(site, 0, 'the cycle after that')
    one_member(job, site)
    if not SERVICE:  # what follows there looks at all of it
        job.check('after one member less and one more')
    if SERVICE:
        comes_back(job, site, ids)
        by_service(job, site)
        job.quiet(site, 0, 'the last cycle')
    t.is_(site.pending(), [], 'nothing is pending')
t.done()

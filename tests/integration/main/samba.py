"""What samba.t runs when its forest is up."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from mainjob import Job, ldif_changes  # noqa: E402
from rig import *  # noqa: E402,F403
from rowcount import Rows  # noqa: E402

E = os.environ
DN, DC = E['FOREST_DN'], E['FOREST_DC1']
STAFF, GROUPS = 'OU=Staff,' + DN, 'OU=Groups,' + DN
INCLUDE = [STAFF, 'OU=Partners,' + DN, GROUPS]
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
        r = Result(subprocess.run(['ldapmodify', *ADMIN], capture_output=True, text=True, input=ldif_changes([
            ('modify', 'CN=%s,%s' % (group, GROUPS), '%s: member\nmember: %s\n-' % (op, dn_of('u%06d' % who)))])))
        t.code(r, 0, name)
        rows.start()
        writes = job.tenant.writes()
        job.cycle(site, 0, name + ': the cycle')
        job.cycle(site, 0, name + ': the cycle that confirms')
        t.is_(rows.written(), {'cs_ref': 2, 'mv_ref': 1}, name + ': a row of each space and of the metaverse')
        t.is_(job.tenant.writes() - writes, 1, name + ': one write')
    rows.end()


def connector(**how):
    return {'name': 'forest', 'kind': 'ad', 'partitions': [{'dn': DN, 'include': INCLUDE, 'exclude': EXCLUDE}], **how}


with scratch() as d:
    password = d / 'password'
    password.write_text(E['FOREST_SYNC_PASSWORD'])
    password.chmod(0o600)
    source = ['ldapsearch', '-LLL', '-o', 'ldif-wrap=no', '-E', 'pr=1000/noprompt', *ADMIN, '-b', DN,
              '(|(objectClass=user)(objectClass=contact)(objectClass=group)(objectClass=inetOrgPerson))', '*']
    scope = [a for b in INCLUDE for a in ('--only', b)] + [a for b in EXCLUDE for a in ('--without', b)]
    job = Job(t, d, E['FOREST_DOMAIN'], 'ad', source, scope)
    site = Site(d / 'site', [
        connector(servers=['ldaps://' + DC], bind='simple', user='sync@' + E['FOREST_REALM'],
                  password='file:%s' % password, tls={'ca': E['FOREST_CA']}),
        job.tenant.connector()])
    t.code(site.run('connector', 'test', 'forest'), 0, 'connector test')

    job.cycle(site, 0, 'the first cycle, over ldaps', 'initial')
    job.check('after the first cycle')

    # From here on over Kerberos: another way to the same directory.
    site.settings['connectors'][0] = connector(
        servers=['ldap://' + DC], bind='gssapi', user='sync', realm=E['FOREST_REALM'], keytab=E['FOREST_KEYTAB'])
    site.write()
    job.quiet(site, 0, 'a cycle over GSSAPI without a change')

    r = Result(subprocess.run(['ldapmodify', *ADMIN], input=ldif_changes(changes()), capture_output=True, text=True))
    t.code(r, 0, 'ldapmodify changes the forest')
    job.delta(job.cycle(site, 0, 'the cycle after the changes'), 'the cycle after the changes')
    job.check('after the changes')
    job.quiet(site, 0, 'the cycle after that')
    one_member(job, site)
    job.check('after one member less and one more')
    t.is_(site.pending(), [], 'nothing is pending')
t.done()

"""What slapd.t and slapd-sync.t run when their server is up."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from mainjob import SERVICE, Job, ldif_changes  # noqa: E402
from rig import *  # noqa: E402,F403

E = os.environ
DN = E['SLAPD_SUFFIX']
ADMIN = ['-H', E['SLAPD_URL'], '-x', '-D', 'cn=admin,' + DN, '-w', 'secret']
E['LDAPTLS_CACERT'] = E['SLAPD_CA']
t = Tap()


def person(n):
    return 'uid=u%07d,ou=People,%s' % (n, DN)


def group(n):
    return 'cn=g%05d,ou=Groups,%s' % (n, DN)


CHANGES = [
    ('modify', person(11), 'replace: sn\nsn: Größenwahn\n-\nreplace: displayName\ndisplayName: Björn Größenwahn\n-'),
    ('modrdn', person(12), 'newrdn: uid=u0000012x\ndeleteoldrdn: 0'),
    ('modify', person(13), 'replace: title\ntitle: Chief\n-\ndelete: mobile\n-'),
    ('delete', person(1902), ''),
    ('delete', person(1903), ''),
    ('modify', person(31), 'replace: manager\nmanager: %s\n-' % person(5)),
    ('modify', person(51), 'delete: manager\n-'),
    ('add', 'uid=new1,ou=People,' + DN, 'objectClass: inetOrgPerson\nuid: new1\ncn: New Person Ünal\nsn: Ünal\n'
     'displayName: New Person Ünal\nmail: new1@example.com\nmanager: %s' % person(5)),
    ('modify', group(3), 'add: member\nmember: uid=new1,ou=People,%s\nmember: %s\n-' % (DN, group(4))),
    ('modify', group(5), 'replace: description\ndescription: another\n-'),
    ('delete', group(7), ''),
    ('add', 'cn=New Group,ou=Groups,' + DN, 'objectClass: groupOfNames\ncn: New Group\nmember: %s\nmember: %s' % (
        person(40), group(3))),
]



def modify(changes, name):
    r = Result(subprocess.run(['ldapmodify', *ADMIN], input=ldif_changes(changes), capture_output=True, text=True))
    t.code(r, 0, name)


def by_service(job, site):
    """Half a reply and kills leave what an undisturbed run leaves."""
    before = job.fault(kind='half', when='after', skip=3, count=1)
    modify([('modify', person(n), 'replace: title\ntitle: Half\n-') for n in range(100, 140)], 'forty titles')
    job.cycle(site, 0, 'half a reply')
    job.no_fault(before, 'half a reply')
    job.cycle(site, 0, 'the cycle after it')
    job.check('after half a reply')
    seq = job.tenant.writes()
    modify([('modify', person(n), 'replace: title\ntitle: Killed\n-') for n in range(100, 140)] +
           [('delete', person(n), '') for n in range(1910, 1920)] +
           [('add', 'uid=after%d,ou=People,%s' % (n, DN), 'objectClass: inetOrgPerson\nuid: after%d\ncn: After %d\nsn: A\n'
             'mail: after%d@example.com' % (n, n, n)) for n in range(20)], 'titles, people who go and people who come')
    job.kills(site, 6, 0.4)
    job.cycle(site, 0, 'after the kills')
    made = job.tenant.journal(seq)['totals']
    t.is_((made['created'], made['deleted']), (20, 10), 'nothing was done twice')
    job.check('after the kills')


with scratch() as d:
    password = d / 'password'
    password.write_text('secret')
    password.chmod(0o600)
    source = ['ldapsearch', '-LLL', '-o', 'ldif-wrap=no', '-E', 'pr=1000/noprompt', *ADMIN, '-b', DN,
              '(objectClass=*)', '*', 'entryUUID']
    job = Job(t, d, 'example.com', 'ldap', source)
    site = Site(d / 'site', [
        {'name': 'openldap', 'kind': 'ldap', 'servers': [E['SLAPD_URL']], 'base': DN, 'bind': 'simple',
         'user': 'cn=admin,' + DN, 'password': 'file:%s' % password, 'tls': {'ca': E['SLAPD_CA']},
         'parameters': {'Domain.FQDN': 'example.com'}},
        job.door()])
    t.code(site.run('connector', 'test', 'openldap'), 0, 'connector test')
    job.cycle(site, 0, 'the first cycle', 'initial')
    job.check('after the first cycle')

    modify(CHANGES, 'ldapmodify changes the directory')
    job.delta(job.cycle(site, 0, 'the cycle after the changes'), 'the cycle after the changes')
    job.check('after the changes')
    job.quiet(site, 0, 'the cycle after that')
    if SERVICE:
        by_service(job, site)
        job.quiet(site, 0, 'the last cycle')
    t.is_(site.pending(), [], 'nothing is pending')
t.done()

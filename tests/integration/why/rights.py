"""What rights.t runs when its forest is up."""
import os
import shlex
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from forests import ADMIN, RUN, Forest, group, put, user  # noqa: E402
from forests_oracle import sid_text  # noqa: E402
from rig import *  # noqa: E402,F403
from slapd import SUFFIX, Slapd  # noqa: E402

RULES = """
metaverse:
  hrId: string indexed
  place: string
rules:
  - name: In from hr - Person
    connector: hr
    direction: in
    from: user
    to: person
    link: provision
    join: [hrId = hrId]
    copy: [displayName, department]
    flows: {hrId: [hrId], place: [place]}
  - name: In from northwall - Person
    connector: northwall
    direction: in
    from: user
    to: person
    link: join
    join: [employeeID = hrId]
    flows: {accountName: [sAMAccountName]}
  - name: Out to northwall - Person
    connector: northwall
    direction: out
    from: person
    to: user
    link: provision
    join: [employeeID = hrId]
    copy: [displayName, department]
    flows: {dn: [place], employeeID: [hrId]}
"""
t = Tap()


def rights(site, connector, code=None):
    r = site.run('doctor', connector, '--json')
    if code is not None:
        t.code(r, code, 'doctor %s' % connector)
    return {f['error']: f for f in r.json()['findings'] if f['check'] == 'rights'}


def forest(d):
    north = Forest('northwall')
    top = 'OU=Rights,' + north.dn
    north.change(('add', top, {'objectClass': 'organizationalUnit'}),
                 *[user(top, 'p%d' % i, employeeID='p%d' % i, department='x') for i in range(3)],
                 group(top, 'g'))
    r = run('samba-tool', 'user', 'create', 'svcdoc', 'Passw0rd!Write', '-H', RUN / 'northwall/private/sam.ldb',
            '--configfile=%s' % (RUN / 'northwall/smb.conf'))
    if r.code != 0:
        raise RuntimeError(r.all)
    (d / 'svcdoc').write_text('Passw0rd!Write')
    (d / 'svcdoc').chmod(0o600)
    (d / 'rules').mkdir()
    (d / 'rules/own.yaml').write_text(RULES)
    (d / 'hr.csv').write_text('hrId,displayName,department,place\n' + ''.join(
        'p%d,P %d,Sales,"CN=p%d,%s"\n' % (i, i, i, top) for i in range(5)))
    site = Site(d / 'ad', [
        {'name': 'hr', 'kind': 'file', 'format': 'csv', 'path': str(d / 'hr.csv'), 'anchor': 'hrId', 'type': 'user'},
        north.connector(user='svcdoc@' + north.domain.upper(), password='file:%s' % (d / 'svcdoc'), writable=True,
                        partitions=[{'dn': north.dn, 'include': [top]}], object_classes=['user', 'group'])],
        rules=[str(d / 'rules')], guard={'source_percent': 'off'}, staging=True)
    t.code(site.run('cycle', 'initial'), 0, 'AD: the first cycle, in staging mode')
    return north, top, site


def may_delete(north, dn):
    """Whether the directory lets svcdoc delete it: asked by doing so."""
    r = run('ldapdelete', '-H', 'ldaps://' + north.dc, '-x', '-D', 'svcdoc@' + north.domain.upper(), '-w', 'Passw0rd!Write', dn,
            env=north.env)
    if r.code not in (0, 50):
        raise RuntimeError(r.all)
    return r.code == 0


def acl(north, dn, sddl):
    r = run('samba-tool', 'dsacl', 'set', '-H', RUN / 'northwall/private/sam.ldb',
            '--configfile=%s' % (RUN / 'northwall/smb.conf'), '--objectdn=' + dn, '--sddl=' + sddl)
    if r.code != 0:
        raise RuntimeError(r.all)


def granted(found):
    """The command that doctor names, given by the administrator."""
    command = shlex.split(found['remedy'])
    at = command.index('-U')
    command[at + 1] = 'Administrator%' + ADMIN
    r = run(*command, '--configfile=%s' % (RUN / 'northwall/smb.conf'), '--option=tls verify peer=no_check')
    return t.code(r, 0, 'the command it names: %s' % found['remedy'][:60])


def active_directory(d):
    north, top, site = forest(d)
    before = north.read(top, attributes=('uSNChanged',))
    bare = north.one(top, 'nTSecurityDescriptor')
    got = rights(site, 'northwall', 3)
    t.is_(north.read(top, attributes=('uSNChanged',)), before, 'doctor wrote nothing')
    t.is_(sorted(got), ['create', 'delete', 'deleted objects', 'replicate changes', 'write'], 'AD: what is missing')
    t.is_(got['delete']['people'], 3, 'delete: of how many that rules may take away')
    t.has(got['delete']['text'], ['svcdoc', 'class user', top], 'delete: which class, where')
    t.ok(not may_delete(north, 'CN=p2,' + top), 'and the directory refuses it')
    t.is_((got['write']['people'], got['write']['severity']), (3, 'error'), 'write: of how many')
    t.is_(sorted(got['write']['attribute'].split(', ')), ['department', 'displayName', 'employeeID'],
          'write: which attributes')
    t.is_(got['create']['people'], 2, 'create: how many wait for it')
    t.has(got['create']['text'], ['svcdoc', 'class user', top], 'create: which class, where')
    t.has(got['deleted objects']['remedy'], ['CN=Deleted Objects', 'ldbmodify'], 'deleted objects: how')
    for what in ('write', 'create', 'replicate changes'):
        granted(got[what])
    got = rights(site, 'northwall')
    t.is_(sorted(got), ['deleted objects'], 'and then those rights are there')
    r = run('python3', ROOT / 'tests/lib/forest_grant.py', RUN / 'northwall', north.dn, 'see-deleted', 'svcdoc')
    t.code(r, 0, 'the right to see what was deleted')
    t.is_(rights(site, 'northwall', 0), {}, 'nothing is missing any more')
    site.run('staging', 'off')
    t.code(site.run('cycle'), 0, 'and the export does what rules want')
    deleting(d, north, top, site, bare)


def deleting(d, north, top, site, bare):
    """The right to delete, in the ways that an access list can give and take it; each is tried."""
    sid = sid_text(north.sid('CN=svcdoc,CN=Users,' + north.dn))

    def wanted(n):
        (d / 'hr.csv').write_text('hrId,displayName,department,place\n' + ''.join(
            'p%d,P %d,Sales,"CN=p%d,%s"\n' % (i, i, i, top) for i in range(n)))
    wanted(4)
    t.code(site.run('cycle'), 0, 'somebody leaves')
    t.is_(north.read(top, '(cn=p4)'), [], 'and is deleted in AD')
    was = north.one(top, 'nTSecurityDescriptor')
    acl(north, top, '(D;CI;SDDC;;;%s)' % sid)
    got = rights(site, 'northwall')
    t.is_((sorted(got), got['delete']['people']), (['delete'], 4), 'an entry that denies it: doctor says so')
    t.ok(not may_delete(north, 'CN=p3,' + top), 'and so does the directory')
    t.has(got['delete']['text'] + got['delete']['remedy'], ['denies', 'samba-tool dsacl get'], 'an entry, and how to see it')
    north.change(('modify', top, put('nTSecurityDescriptor', was)))
    t.ok('delete' not in rights(site, 'northwall'), 'it is taken away again')
    # the account's own rights go, and those of a group come, of which another group is a member
    guid = uuid.UUID(bytes_le=north.one('CN=User,CN=Schema,CN=Configuration,' + north.dn, 'schemaIDGUID'))
    north.change(('modify', top, put('nTSecurityDescriptor', bare)))
    t.ok('delete' in rights(site, 'northwall'), 'doctor misses it')
    t.ok(not may_delete(north, 'CN=p3,' + top), 'and so does the directory')
    north.change(group(top, 'inner', 'CN=svcdoc,CN=Users,' + north.dn), group(top, 'outer', 'CN=inner,' + top))
    acl(north, top, '(OA;CIIO;SD;;%s;%s)' % (guid, sid_text(north.sid('CN=outer,' + top))))
    t.ok('delete' not in rights(site, 'northwall'), 'a group in a group may delete users there: doctor is content')
    t.ok(may_delete(north, 'CN=p3,' + top), 'and so is the directory')


def devices(d):
    """A container for devices, before anything is in it."""
    north = Forest('northwall')
    place = 'CN=RegisteredDevices,' + north.dn
    tenant = Tenant(d / 'devices', SMALL).start()
    site = Site(d / 'dev', [
        north.connector(user='svcdoc@' + north.domain.upper(), password='file:%s' % (d / 'svcdoc'), writable=True,
                        partitions=[{'dn': north.dn, 'include': ['CN=Users,' + north.dn]}], object_classes=['user', 'msDS-Device']),
        tenant.connector()],
        default_rules={'write_back': ['devices'], 'devices_connector': 'northwall', 'devices_container': place}, staging=True)
    got = rights(site, 'northwall', 3)
    t.has(got['not read']['text'] + got['not read']['remedy'], [place, 'include:'], 'a container that is not read')
    forest = site.settings['connectors'][0]
    forest['partitions'][0]['include'].append(place)
    forest['object_classes'] = ['user']
    site.write()
    t.has(site.run('config', 'check').all, ['object_classes', 'msDS-Device'], 'config check names a class that is not read')
    forest['object_classes'].append('msDS-Device')
    site.write()
    t.ok('msDS-Device' not in site.run('config', 'check').all, 'and is content with both')
    got = rights(site, 'northwall', 3)
    t.ok('not read' not in got, 'and so is doctor')
    t.has(got['container']['text'], [place, 'msDS-Device', 'is not there'], 'doctor: no container')
    command = got['container']['remedy']
    r = run('bash', '-c', command.replace('ADMINISTRATOR -W', 'Administrator@%s -w %s' % (north.domain.upper(), ADMIN)),
            env=north.env)
    t.code(r, 0, 'the command that makes it')
    got = rights(site, 'northwall', 3)
    t.is_([k for k in sorted(got) if k in ('container', 'create', 'delete', 'write')], ['create', 'delete'],
          'then: may neither create nor delete there')
    for k in ('create', 'delete'):
        t.has(got[k]['text'] + got[k]['remedy'], ['msDS-Device', place, 'samba-tool dsacl set',
                                                  '5df2b673-6d41-4774-b3e8-d52e8ee9ff99'], k + ': which class, where, the command')
    granted(got['create'])
    t.is_([k for k in rights(site, 'northwall') if k in ('container', 'create', 'delete')], [], 'nothing of it is missing')
    tenant.stop()


def openldap(d):
    """Attributes that an account may not read."""
    hidden = ('mobile', 'employeeNumber')
    s = Slapd(d / 'slapd')
    (d / 'slapd/db.conf').write_text(
        'access to attrs=userPassword by * auth\naccess to attrs=%s by * none\naccess to * by * read\n' % ','.join(hidden))
    s.shell('slapd_make "$1" "$2"', '')
    (d / 'tree.ldif').write_text(
        'dn: %s\nobjectClass: organization\nobjectClass: dcObject\no: x\ndc: example\n\n'
        'dn: cn=reader,%s\nobjectClass: person\ncn: reader\nsn: r\nuserPassword: secret\n\n' % (SUFFIX, SUFFIX) +
        ''.join('dn: uid=u%d,%s\nobjectClass: inetOrgPerson\nuid: u%d\ncn: U\nsn: U\nmobile: 1\n%s\n' % (
            i, SUFFIX, i, 'title: t\n' if i else '') for i in range(4)))
    s.load(d / 'tree.ldif')
    s.start()
    (d / 'secret').write_text('secret')
    (d / 'secret').chmod(0o600)
    (d / 'ldaprules').mkdir()
    (d / 'ldaprules/own.yaml').write_text(
        'metaverse: {uid2: string indexed}\nrules:\n  - name: In\n    connector: people\n    direction: in\n'
        '    from: inetOrgPerson\n    to: person\n    link: provision\n    flows: {uid2: [uid], title: [title], '
        'mobile: [mobile], employeeID: [employeeNumber], telephoneNumber: [telephoneNumber]}\n')
    try:
        site = Site(d / 'ldap', [{
            'name': 'people', 'kind': 'ldap', 'servers': [s.url], 'base': SUFFIX, 'user': 'cn=reader,' + SUFFIX,
            'password': 'file:%s' % (d / 'secret'), 'tls': {'required': False}, 'object_classes': ['inetOrgPerson']}],
            rules=[str(d / 'ldaprules')])
        t.code(site.run('cycle', 'initial'), 0, 'slapd: a cycle by an account that may not read all')
        got = rights(site, 'people', 3)
        t.is_(list(got), ['read'], 'slapd: what is missing')
        t.is_(sorted(got['read']['attribute'].split(', ')), sorted(hidden), 'and not what nobody has')
        t.is_(got['read']['people'], 4, 'of how many')
        rule = got['read']['remedy'].split('before the rules that refuse it: ')[1].split(' (in cn=config')[0]
        s.stop()
        conf = (d / 'slapd/slapd.conf').read_text()
        (d / 'slapd/slapd.conf').write_text(conf.replace('access to attrs=mobile', rule + '\naccess to attrs=mobile', 1))
        s.start()
        t.is_(rights(site, 'people', 0), {}, 'the rule that it names, and nothing is missing')
    finally:
        s.stop()


def cloud(d):
    """An application with too few permissions, by what its token says."""
    tenant = Tenant(d / 'tenant', SMALL).start()
    r = run(TENANT, 'app', 'add', tenant.path, *[x for role in (
        'User.ReadWrite.All', 'Group.Read.All', 'OrgContact.Read.All', 'Device.Read.All') for x in ('--role', role)])
    app = r.json()
    (d / 'app').write_text(app['clientSecret'])
    (d / 'app').chmod(0o600)
    (d / 'company.ldif').write_text(ldif_text(small_entries(5)))
    site = Site(d / 'cloud', [ldif_connector(d / 'company.ldif'), tenant.connector()])
    t.code(site.run('cycle', 'initial'), 0, 'cloud: the first cycle, with all permissions')
    t.is_(rights(site, 'cloud', 0), {}, 'nothing is missing')
    site.settings['connectors'][1].update(client_id=app['clientId'], secret='file:%s' % (d / 'app'))
    site.write()
    r = site.run('doctor', 'cloud', '--json')
    t.code(r, 3, 'an application with fewer')
    got = sorted((f['text'].split(': ')[0].split()[-1], f['people']) for f in r.json()['findings'] if f['check'] == 'rights')
    t.is_(got, [('Group.ReadWrite.All', 3), ('Organization.ReadWrite.All', 0)], 'what its token lacks, and of how many')
    t.has(r.out, ['az ad app permission add --id ' + app['clientId'], '62a82d76-70ea-41e2-9197-370581804d09=Role'],
          'with the command')
    tenant.stop()


with scratch() as d:
    openldap(d)
    cloud(d)
    active_directory(d)
    devices(d)
t.done()

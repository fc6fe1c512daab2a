#!/usr/bin/env python3
"""Every error that an export can meet at the service, brought about there: the
object has it by its name with what is in conflict, the others go on, and when the
cause is gone the next cycle sends what was held back."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../../lib'), os.path.join(HERE, '../tenant')]
from rig import *  # noqa: E402,F403
import sync_company as sc  # noqa: E402
import graph_read  # noqa: E402

t = Tap()
NEW, UPN, PROXY, BLOCK_HARD = 41016, 8, 32, 1048576
ROLE = '62e90394-69f5-4237-9190-012177145e10'


class Scene:
    def __init__(self, d):
        self.d, self.n, self.apps = d, 200, {}
        self.c = sc.Company()
        self.ldif = d / 'company.ldif'
        self.tenant = Tenant(d / 'tenant', sc.DOMAIN).start().sync_switch(True)
        self.site = Site(d / 'site', [sc.connector(self.ldif), self.tenant.sync_connector()],
                         guard={'change_percent': 'off'})
        self.cycle(0, 'the company', 'initial')
        self.cycle(0, 'and what confirms it')

    def cycle(self, code, name, *args):
        self.c.write(self.ldif)
        r = self.site.run('cycle', *args, '--json')
        t.code(r, code, name)
        return r

    def as_admin(self, role, method, path, body=None):
        """A call of Graph by an application with one permission."""
        if role not in self.apps:
            app = run(TENANT, 'app', 'add', self.tenant.path, '--role', role).json()
            self.apps[role] = graph_read.Tenant(self.tenant.endpoint, self.tenant.client['tenantId'], app['clientId'],
                                                app['clientSecret'], str(self.tenant.path / 'ca.pem'))
        data, head = (json.dumps(body), {'Content-Type': 'application/json'}) if body is not None else (None, {})
        return self.apps[role].call(method, '/v1.0' + path, data, head)

    def cloud(self, name, **attrs):
        """A user of the cloud; the id."""
        return self.as_admin('Directory.ReadWrite.All', 'POST', '/users', {
            'accountEnabled': True, 'displayName': name, 'mailNickname': name,
            'userPrincipalName': '%s@%s' % (name, sc.DOMAIN), 'passwordProfile': {'password': 'Xy7-long-enough!'},
            **attrs})['id']

    def gone(self, id):
        self.as_admin('Directory.ReadWrite.All', 'DELETE', '/users/' + id)

    def features(self, n):
        self.tenant.admin('POST', 'sync', {'features': n})

    def person(self, name):
        """Somebody new, whose address is name@."""
        self.n += 1
        e = self.c.person(self.n)
        e['mail'] = ['%s@%s' % (name, sc.DOMAIN)]
        e['proxyAddresses'] = ['SMTP:%s@%s' % (name, sc.DOMAIN)]
        return e

    def fails(self, name, *pieces):
        """A cycle with this one error, which names these."""
        self.c.all['p1']['title'] = ['Clerk at ' + name]  # and somebody to whom nothing happened
        r = self.cycle(3, name)
        found = [e for e in errors_of(r) if e['error-type'] != 'export-notice']
        t.is_([e['error-type'] for e in found], [name], name + ': is the error of one object')
        t.has(json.dumps(found), pieces, name + ': says with what')
        there = {u['userPrincipalName']: u for u in self.tenant.dump()['users']}
        t.is_(there['p001@' + sc.DOMAIN]['jobTitle'], 'Clerk at ' + name, name + ': the others go on')

    def mended(self, name):
        self.cycle(0, name + ': the cause is gone')
        self.cycle(0, name + ': and once more')
        lines = self.c.differences(self.tenant.graph().full_dump())
        t.ok(not lines, name + ': then the tenant holds the company, and nothing else', '\n'.join(lines[:20]))


def without_resiliency(s):
    s.features(0)
    for name, attrs in (('AttributeValueMustBeUnique', {}), ('InvalidSoftMatch', {'onPremisesImmutableId': 'elsewhere'}),
                        ('ExistingAdminRoleConflict', {})):
        who = name[:5].lower()
        other = s.cloud('cloud.' + who, mail='%s@%s' % (who, sc.DOMAIN), **attrs)
        if name == 'AttributeValueMustBeUnique':
            s.features(1 << 19)  # nothing is joined, so it is a duplicate
        if name == 'ExistingAdminRoleConflict':
            s.as_admin('RoleManagement.ReadWrite.Directory', 'POST', '/roleManagement/directory/roleAssignments',
                       {'principalId': other, 'roleDefinitionId': ROLE, 'directoryScopeId': '/'})
        s.person(who)
        s.fails(name, 'ObjectIdInConflict ' + other, '%s@%s' % (who, sc.DOMAIN))
        s.gone(other)
        s.mended(name)
        s.features(0)
    s.features(NEW)


def matches(s):
    s.features(NEW | BLOCK_HARD)
    e = s.person('hard')
    s.cloud('cloud.hard', onPremisesImmutableId=e.anchor)
    s.fails('InvalidHardMatch', 'BlockCloudObjectTakeoverThroughHardMatch')
    s.features(NEW)
    s.mended('InvalidHardMatch')
    team = s.as_admin('Directory.ReadWrite.All', 'POST', '/groups', {
        'displayName': 'Team', 'mailNickname': 'team', 'mailEnabled': True, 'securityEnabled': False,
        'groupTypes': ['Unified']})
    e = s.person('mixed')
    e['mail'], e['proxyAddresses'] = [team['mail']], ['SMTP:' + team['mail']]
    s.fails('ObjectTypeMismatch', team['id'], team['mail'])
    s.as_admin('Directory.ReadWrite.All', 'DELETE', '/groups/' + team['id'])
    s.mended('ObjectTypeMismatch')


def names(s):
    s.tenant.admin('POST', 'domains', {'name': 'fed.example', 'federated': True})
    was = s.c.all['p3']['userPrincipalName']
    s.c.all['p3']['userPrincipalName'] = ['p003@fed.example']
    s.fails('FederatedDomainChangeError', 'fed.example', 'onmicrosoft.com')
    s.c.all['p3']['userPrincipalName'] = was
    s.mended('FederatedDomainChangeError')


def sizes(s):
    s.tenant.admin('POST', 'sync', {'weight': 80})
    s.c.all['p4']['proxyAddresses'] += ['smtp:p4.%d@%s' % (i, sc.DOMAIN) for i in range(12)]
    s.fails('LargeObject', 'proxyAddresses')
    s.tenant.admin('POST', 'sync', {'weight': 400})
    s.mended('LargeObject')
    s.tenant.admin('POST', 'sync', {'members2': 8})
    s.c.all['mailed']['member'] = [s.c.all['p%d' % i].dn for i in range(9)]
    s.fails('ExceededAllowedLength', 'members')
    s.tenant.admin('POST', 'sync', {'members2': 250000})
    s.mended('ExceededAllowedLength')
    s.tenant.admin('POST', 'sync', {'objects': 1})
    s.person('many')
    s.fails('QuotaExceeded', 'as many objects as it may')
    s.tenant.admin('POST', 'sync', {'objects': 50000})
    s.mended('QuotaExceeded')


def authority(s):
    user = {u['userPrincipalName']: u['id'] for u in s.tenant.dump()['users']}['p005@' + sc.DOMAIN]
    turn = lambda on: s.as_admin('User-OnPremisesSyncBehavior.ReadWrite.All', 'PATCH',
                                 '/users/%s/onPremisesSyncBehavior' % user, {'isCloudManaged': on})
    turn(True)
    s.c.all['p5']['title'] = ['Owner']
    s.fails('ObjectIsCloudManaged', 'source of authority')
    turn(False)
    s.mended('ObjectIsCloudManaged')


def deletions(s):
    s.tenant.admin('POST', 'sync', {'refuseDeletions': 1})
    for key in ('p6', 'p7'):
        gone = s.c.all.pop(key)
        for e in s.c.all.values():
            if gone.dn in e.get('member', []):
                e['member'].remove(gone.dn)
    s.fails('DeletionThresholdExceeded', 'More than 1 objects')
    s.mended('DeletionThresholdExceeded')
    s.tenant.admin('POST', 'sync', {'refuseDeletions': 0})
    # Whoever is in quarantine may be deleted by Graph, behind our back.
    e = s.person('twice')
    e['proxyAddresses'].append('smtp:alias.p001@' + sc.DOMAIN)
    s.cycle(0, 'somebody is in quarantine')
    s.gone({u['userPrincipalName']: u['id'] for u in s.tenant.dump()['users']}[e['userPrincipalName'][0]])
    s.c.all.pop(e.key)
    s.c.write(s.ldif)
    for step in (('company', 'full-import'), ('company', 'delta-sync')):
        t.code(s.site.run('run', *step), 0, 'and leaves: ' + ' '.join(step))
    r = s.site.run('run', 'cloud', 'export', '--json')
    t.code(r, 3, 'the export deletes who is gone already')
    t.is_([x['error-type'] for x in errors_of(r)], ['DeleteNotValid'], 'DeleteNotValid: is the error of one object')
    s.mended('DeleteNotValid')


with scratch() as d:
    s = Scene(d)
    for part in (without_resiliency, matches, names, sizes, authority, deletions):
        part(s)
t.done()

#!/usr/bin/env python3
"""What keeps the sync connector from working, each with its text; nothing is
read or written then."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()


def site_of(d, tenant, name, **more):
    return Site(d / name, [ldif_connector(d / 'small.ldif'), tenant.sync_connector(**more)])


def refused(name, site, code, pieces, *command):
    r = site.run(*(command or ('connector', 'test', 'cloud')))
    t.code(r, code, name)
    t.has(r.all, pieces, name + ': says so')
    return r


def bad_settings(d, tenant):
    ids = {'client_id': 'no-guid'}
    refused('settings', site_of(d, tenant, 'bad', **ids), 1, ['names itself by a GUID'], 'config', 'check')
    for more, says in (({'build': '2.6'}, 'build is four numbers'), ({'application': 'x'}, 'names itself by a GUID'),
                       ({'features': {'Flying': 'true'}}, 'none called "Flying"'),
                       ({'features': {'BlockSoftMatch': 'perhaps'}}, 'BlockSoftMatch is true or false'),
                       ({'endpoint': 'http://x.test/'}, 'endpoint begins with https://'),
                       ({'types': ['user', 'robot']}, 'robot'), ({'key': 'file:/k'}, 'needs secret, or certificate')):
        refused('settings: ' + says, site_of(d, tenant, 'bad', **more), 1, [says], 'config', 'check')


def two_ways(d, tenant):
    """A type goes one way: two connectors to one tenant share none."""
    graph = tenant.connector(name='graph')
    both = Site(d / 'both', [ldif_connector(d / 'small.ldif'), graph, tenant.sync_connector()])
    refused('both ways for every type', both, 1, ['graph and cloud lead to one tenant', 'the type user', 'types:'],
            'config', 'check')
    split = Site(d / 'split', [ldif_connector(d / 'small.ldif'), dict(graph, types=['user', 'group']),
                               tenant.sync_connector(types=['contact', 'device'])])
    t.code(split.run('config', 'check'), 0, 'types that do not overlap are taken')
    other = Site(d / 'other', [ldif_connector(d / 'small.ldif'), dict(graph, tenant='small.example'),
                               tenant.sync_connector()])
    r = other.run('config', 'check')
    t.code(r, 0, 'one tenant by two names cannot be known')
    t.has(r.all, ['should small.example and', 'be one tenant'], 'and is warned of')


def build_gate(d, tenant, site):
    """The service does not serve this build: exit code 5, its text, nothing touched."""
    seq = tenant.writes()
    tenant.admin('POST', 'sync', {'minimumBuild': '9.0.0.0'})
    refused('a build that is not served', site, 5, ['no longer supported', '9.0.0.0', 'build 2.6.0.0', 'nothing was changed'])
    r = refused('a cycle with it', site, 5, ['no longer supported'], 'cycle', 'delta')
    t.has(r.all, ['no-start-ma'], 'its runs did not begin')
    t.is_(tenant.writes(), seq, 'nothing was written')
    old = site_of(d, tenant, 'old', build='1.5.29.0')
    tenant.admin('POST', 'sync', {'minimumBuild': ''})
    refused('a family that has ended', old, 5, ['no longer supported'])
    t.code(site.run('connector', 'test', 'cloud'), 0, 'ours is served')


def credentials(d, tenant):
    wrong = d / 'wrong'
    wrong.write_text('not-the-secret')
    wrong.chmod(0o600)
    refused('a wrong secret', site_of(d, tenant, 'wrong-secret', secret='file:%s' % wrong), 1, ['wrong client secret'])
    refused('a secret that is not there', site_of(d, tenant, 'no-secret', secret='file:%s' % (d / 'none')), 1,
            ['secret', 'none'])
    app = run(TENANT, 'app', 'add', tenant.path, '--role', 'User.Read.All').json()
    other = d / 'other-secret'
    other.write_text(app['clientSecret'])
    other.chmod(0o600)
    refused('an application without the permission',
            site_of(d, tenant, 'no-role', client_id=app['clientId'], secret='file:%s' % other), 1,
            ['115', 'has been denied', 'ADSynchronization.ReadWrite.All'])


def wrong_places(d, tenant):
    refused('nobody listens', site_of(d, tenant, 'nobody', endpoint='https://127.0.0.1:%d/x.svc' % free_port(),
                                      backoff_ms=1), 1, ['connect'])
    refused('no such service there', site_of(d, tenant, 'elsewhere', endpoint=tenant.endpoint + '/v1.0/users'), 1,
            ['HTTP', 'no message of the synchronisation service'])
    refused('an authority that is not trusted', site_of(d, tenant, 'no-ca', ca=''), 1, ['certificate'])


def redirections(d, tenant, site):
    tenant.admin('POST', 'sync', {'redirectUrl': 'https://adminwebservice.elsewhere.example/provisioningservice.svc'})
    refused('sent on to another domain', site, 1, ['elsewhere.example', 'not in its domain', 'token is not sent'])
    tenant.admin('POST', 'sync', {'redirectUrl': tenant.endpoint + '/ProvisioningService.svc'})
    refused('sent on for ever', site, 1, ['sends us on more than 3 times'])
    tenant.admin('POST', 'sync', {'redirectUrl': ''})


with scratch() as d:
    (d / 'small.ldif').write_text(ldif_text(small_entries()))
    tenant = Tenant(d / 'tenant', SMALL).start()
    site = site_of(d, tenant, 'site')
    bad_settings(d, tenant)
    two_ways(d, tenant)
    refused('synchronisation is off', site, 1, ['not yet activated', 'onPremisesSyncEnabled', 'PATCH'])
    refused('a cycle then', site, 1, ['not yet activated'], 'cycle', 'initial')
    tenant.sync_switch(True)
    t.code(site.run('connector', 'test', 'cloud'), 0, 'turned on')
    credentials(d, tenant)
    wrong_places(d, tenant)
    redirections(d, tenant, site)
    t.code(site.run('cycle', 'initial'), 0, 'then all works')
    build_gate(d, tenant, site)
    t.is_(len(tenant.dump()['users']), 40, 'and the people are there')
t.done()

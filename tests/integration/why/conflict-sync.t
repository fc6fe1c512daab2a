#!/usr/bin/env python3
"""An export through the synchronisation service meets an object that only the
cloud knows: why-not asks Graph, where the same tenant is, who it is."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

t = Tap()
STAFF = 'OU=Staff,DC=small,DC=example'


def person(name, number):
    return ('CN=%s,%s' % (name, STAFF), [
        ('objectClass', 'user'), ('cn', name), ('displayName', name), ('sAMAccountName', name),
        ('userPrincipalName', name + '@small.example'), ('userAccountControl', '512'),
        ('objectGUID', b'guid-of-%08d' % number)])


def made(graph, **body):
    return graph.call('POST', '/v1.0/users', json.dumps({
        'accountEnabled': True, 'passwordProfile': {'password': 'Secret-Pass-1'}, **body}),
        {'Content-Type': 'application/json'})['id']


def why_not(site, name):
    r = site.run('why-not', 'CN=%s,%s' % (name, STAFF), '--json')
    t.code(r, 0, name + ': why-not')
    return [x for target in r.json()['targets'] for x in target['reasons']]


with scratch() as d:
    tenant = Tenant(d / 'tenant', 'small.example').start()
    tenant.sync_switch(True)
    holder = made(tenant.graph(), displayName='Cloud Only', mailNickname='early',
                  userPrincipalName='early@small.example', onPremisesImmutableId='b3RoZXI=')
    source = d / 'small.ldif'
    source.write_text(ldif_text([person('early', 1), person('late', 2)]))
    site = Site(d / 'site', [ldif_connector(source), tenant.sync_connector()])
    t.code(site.run('cycle', 'initial'), 0, 'one of the two is taken with another name')

    reasons = why_not(site, 'early')
    t.ok('export-error' in [x['kind'] for x in reasons], 'early: the error is told', reasons)
    conflicts = [x for x in reasons if x['kind'] == 'conflict']
    t.is_([x['name'] for x in conflicts], [holder], 'early: who holds the name, and nobody else')
    t.has(str(conflicts), ['Cloud Only', 'early@small.example', 'not imported here'], 'early: named for a person')
    t.is_([x for x in why_not(site, 'late') if x['kind'] == 'conflict'], [], 'late: nothing is in its way')

    # Graph does not answer: the error alone is told.
    shut = tenant.sync_connector(graph='https://127.0.0.1:1/v1.0')
    site.settings['connectors'][1].update(shut)
    site.write()
    kinds = [x['kind'] for x in why_not(site, 'early')]
    t.ok('export-error' in kinds and 'conflict' not in kinds, 'without Graph the error is told', kinds)

    tenant.graph().call('DELETE', '/v1.0/users/' + holder)
    site.settings['connectors'][1] = tenant.sync_connector()
    site.write()
    t.code(site.run('cycle'), 0, 'with the holder gone it goes')
    tenant.stop()
t.done()

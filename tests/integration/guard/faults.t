#!/usr/bin/env python3
"""Faults of a source against OpenLDAP: a lost right to read an attribute, a lost
right to see an OU, a server that answers by halves, a base that is wrong and
answers.  Each is named for what it is, nothing is lost, repaired there is not
one write; and an acknowledgement lets a real loss pass, once."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
import slapd  # noqa: E402

ROOT = slapd.SUFFIX
STAFF = 'ou=Staff,' + ROOT
READER = 'cn=reader,' + ROOT
COUNTS = {'Lyon': 40, 'Oslo': 160}
ALL = sum(COUNTS.values())
t = Tap()


def entries():
    yield 'dn: %s\nobjectClass: domain\ndc: example\n' % ROOT
    yield ('dn: %s\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: reader\n'
           'userPassword: reader\n' % READER)
    for ou in (STAFF, *('ou=%s,%s' % (name, STAFF) for name in COUNTS)):
        yield 'dn: %s\nobjectClass: organizationalUnit\n' % ou
    for ou, n in COUNTS.items():
        for i in range(n):
            uid = '%s%03d' % (ou.lower(), i)
            yield ('dn: uid=%s,ou=%s,%s\nobjectClass: inetOrgPerson\nuid: %s\ncn: Person %s\nsn: %s\n'
                   'displayName: Person %s\nmail: %s@example.com\ntitle: Clerk\nmobile: +1 555 %04d\n' % (
                       uid, ou, STAFF, uid, uid, uid, uid, uid, i))


with scratch() as d:
    server = slapd.Slapd(d / 'slapd')
    conf = (d / 'slapd' / 'slapd.conf').read_text()
    (d / 'people.ldif').write_text('\n'.join(entries()))
    server.load(d / 'people.ldif')

    def rights(*rules):
        """The server again, with these before the right to read all."""
        server.stop()
        (d / 'slapd' / 'slapd.conf').write_text(conf + ''.join(
            'access to %s by dn.exact="%s" none by * read\n' % (what, READER) for what in rules) +
            'access to attrs=userPassword by * auth\naccess to * by * read\n')
        server.start()

    rights()
    tenant = Tenant(d / 'tenant', 'example.com').start()
    (d / 'password').write_text('reader')
    (d / 'password').chmod(0o600)
    site = Site(d / 'site', [
        {'name': 'corp', 'kind': 'ldap', 'servers': [server.url], 'base': STAFF, 'user': READER,
         'password': 'file:%s' % (d / 'password'), 'tls': {'required': False}, 'deltas': 'none',
         'parameters': {'Domain.FQDN': 'example.com'}}, tenant.connector()])
    t.code(site.run('cycle', 'initial'), 0, 'the first cycle')
    t.is_(len(tenant.dump()['users']), ALL, 'all are in the tenant')

    def fault(name, says, flows=True):
        """Twice: it is told again as long as it lasts."""
        for time in ('', ', and again'):
            r = site.run('cycle')
            t.code(r, 4, name + time)
            t.has(r.all, says, name + time + ': is named')
        users = tenant.dump()['users']
        t.is_((len(users), tenant.journal()['totals'].get('deleted', 0)), (ALL, 0), name + ': nobody is lost')
        t.is_(sum(u['mail'] is not None for u in users), ALL, name + ': no value is lost')

    def repaired(name):
        seq = tenant.writes()
        t.code(site.run('cycle'), 0, name + ': repaired')
        t.is_(tenant.writes(), seq, name + ': not one write')

    rights('attrs=mail')
    server.modify('dn: uid=oslo001,ou=Oslo,%s\nchangetype: modify\nreplace: title\ntitle: Chief\n' % STAFF)
    fault('a right to read mail was lost', ['attribute mail vanished from 200 of 200', 'lost read right'])
    t.is_([u['jobTitle'] for u in tenant.dump()['users'] if u['displayName'] == 'Person oslo001'], ['Chief'],
          'what changed beside it arrived')
    rights()
    repaired('the right to read mail')

    rights('dn.subtree="ou=Lyon,%s"' % STAFF)
    fault('a right to see an OU was lost', ['ou=Lyon,%s left the scope of corp: 40' % STAFF, 'no longer to be seen'])
    rights()
    repaired('the right to see the OU')

    rights('dn.regex="^uid=[a-z]+..[02468],"')
    fault('a server that answers by halves', ['answered with less than it had', '100 of the 200 known are missing'])
    rights()
    repaired('the server that answered by halves')

    rights('dn.children="%s"' % STAFF)
    fault('a server that shows nobody', ['answered with nothing', '200 of the 200 known are missing'])
    rights()
    repaired('the server that showed nobody')

    # ---- A real loss, acknowledged: once ----
    server.modify(''.join('dn: uid=lyon%03d,ou=Lyon,%s\nchangetype: delete\n\n' % (i, STAFF) for i in range(40)))
    t.code(site.run('cycle'), 4, 'a site is closed for real: asked about')
    for why in ('', '  '):
        r = site.run('guard', 'ack', 'corp', '--reason', why)
        t.code(r, 2, 'not for an empty reason: "%s"' % why)
        t.has(r.err, ['say why'], 'which it says')
    t.is_(site.run('guard', 'show', '--json').json()['acks'], [], 'and nothing is let pass')
    t.code(site.run('guard', 'ack', 'corp', '--by', 'ada', '--reason', 'Lyon is closed'), 0, 'acknowledged')
    r = site.run('guard', 'show', '--json')
    t.is_([(a['connector'], a['who'], a['reason'], a['once']) for a in r.json()['acks']],
          [('corp', 'ada', 'Lyon is closed', True)], 'guard show has who, why, and that it is once')
    t.code(site.run('cycle'), 0, 'the next cycle lets it pass')
    t.is_(len(tenant.dump()['users']), ALL - 40, 'they are gone')
    t.code(site.run('cycle'), 0, 'and one more changes nothing')
    server.modify(''.join('dn: uid=oslo%03d,ou=Oslo,%s\nchangetype: delete\n\n' % (i, STAFF) for i in range(100)))
    t.code(site.run('cycle'), 4, 'the next loss is asked about again')
    t.is_(len(tenant.dump()['users']), ALL - 40, 'nobody is gone by it')

    # ---- The threshold of deletions, and limits by hand ----
    r = site.run('guard', 'ack', 'corp')
    t.code(r, 0, 'acknowledged, and no reason said')
    t.has(r.err, ['no reason given', '--reason'], 'which it tells')
    t.ok('no reason given' in [a['reason'] for a in site.run('guard', 'show', '--json').json()['acks']], 'and keeps')
    t.code(site.run('guard', 'set', '50'), 0, 'no export deletes more than 50')
    r = site.run('cycle')
    t.code(r, 4, 'the threshold is not lifted by an acknowledgement')
    t.has(r.all, ['100 deletions are staged for cloud, more than the 50 allowed'], 'and says so')
    t.is_(len(tenant.dump()['users']), ALL - 40, 'nothing was sent')
    t.code(site.run('guard', 'set', '500'), 0, 'allowed')
    t.code(site.run('cycle'), 0, 'now it goes')
    t.is_(len(tenant.dump()['users']), ALL - 140, 'they are gone')
    t.code(site.run('guard', 'set', 'lose-attribute', '5', '--connector', 'cloud', '--attribute', 'jobTitle'), 0,
           'a limit by hand')
    limit = [x for x in site.run('guard', 'show', '--json').json()['limits'] if x['change'] == 'lose-attribute']
    t.ok({'connector': 'cloud', 'change': 'lose-attribute', 'type': '', 'attribute': 'jobTitle', 'count': 5,
          'from': 'guard set'} in limit, 'guard show has it, and where it comes from', limit)
    server.modify(''.join('dn: uid=oslo%03d,ou=Oslo,%s\nchangetype: modify\ndelete: title\n\n' % (i, STAFF)
                          for i in range(100, 106)))
    server.modify('dn: uid=oslo106,ou=Oslo,%s\nchangetype: modify\nreplace: mobile\nmobile: +1 777\n' % STAFF)
    r = site.run('cycle')
    t.code(r, 4, 'six lose it')
    t.has(r.all, ['6 user objects would lose jobTitle in cloud, allowed are 5 (guard set)'], 'is named')
    users = {u['displayName']: u for u in tenant.dump()['users']}
    t.is_((users['Person oslo100']['jobTitle'], users['Person oslo106']['mobilePhone']), ('Clerk', '+1 777'),
          'the slice is held, the rest went')
    t.code(site.run('guard', 'set', 'lose-attribute', 'default', '--connector', 'cloud', '--attribute', 'jobTitle'), 0,
           'the limit is taken back')
    t.code(site.run('cycle'), 0, 'and they go')

    # ---- A limit on a container; what waits for a person, in status ----
    t.code(site.run('guard', 'set', 'lose-attribute', '2', '--container', 'Oslo'), 2, 'a container that is no DN')
    t.code(site.run('guard', 'set', 'lose-attribute', '2', '--container', 'ou=OSLO, ' + STAFF), 0, 'a limit on one OU')
    t.ok('container' in [x for x in site.run('guard', 'show', '--json').json()['limits']
                         if x['change'] == 'lose-attribute' and x['from'] == 'guard set'][0], 'guard show has it')
    status = site.run('status', '--json').json()
    t.is_((status['held'], status['plans']), ([], []), 'status: nothing is held, no plan waits')
    server.modify(''.join('dn: uid=oslo%03d,ou=Oslo,%s\nchangetype: modify\ndelete: title\n\n' % (i, STAFF)
                          for i in range(106, 109)))
    r = site.run('cycle')
    t.code(r, 4, 'three of Oslo lose it')
    why = '3 user objects would lose jobTitle in cloud, from ou=Oslo,%s, allowed are 2 (guard set)' % STAFF
    t.has(r.all, [why], 'is named, with the container')
    t.code(site.run('plan'), 0, 'a plan')
    status = site.run('status', '--json').json()
    t.is_([h['connector'] for h in status['held']], ['cloud'], 'status has what is held')
    t.has(status['held'][0]['why'], [why], 'and why')
    t.code(site.run('guard', 'ack', 'cloud', '--by', 'ada', '--reason', 'titles end', '--for', '2h'), 0, 'allowed')
    status = site.run('status', '--json').json()
    t.is_([(a['who'], a['reason'], a['connector']) for a in status['acks'] if a['connector'] == 'cloud'],
          [('ada', 'titles end', 'cloud')], 'status has who allowed what')
    t.ok(all(a['until'] for a in status['acks']) and status['held'] == [], 'until when, and nothing is held any more')
    plan = site.run('plan', '--json').json()
    r = site.run('status')
    t.has(r.out, ['plan %d of ' % plan['number'], 'waits (0 adds, 3 updates, 0 deletes)', 'cloud: allowed by ada'],
          'a line each')
    t.is_([p['number'] for p in site.run('status', '--json').json()['plans']], [plan['number']], 'also in JSON')
    t.code(site.run('apply', plan['number']), 0, 'applied')
    t.is_(site.run('status', '--json').json()['plans'], [], 'it waits no longer')
    t.is_('causeway.yaml' in os.listdir(site.path) and 'jobTitle' not in (site.path / 'causeway.yaml').read_text(), True,
          'no file of the administrator was written')
    server.stop()
t.done()

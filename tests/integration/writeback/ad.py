"""What ad.t runs when its forest is up."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from forests import RUN, UPN, Forest, group, plus, put, user  # noqa: E402
from forests_oracle import sid_text  # noqa: E402
from rig import *  # noqa: E402,F403

USER, GROUP, CONTACT = ('bf967aba-0de6-11d0-a285-00aa003049e2', 'bf967a9c-0de6-11d0-a285-00aa003049e2',
                        '5cb41ed0-0e4c-11d0-a286-00aa003049e2')
ANCHOR = '23773dc2-b63a-11d2-90e1-00c04fd91ab1'
RULES = """
metaverse_types: [partner]
metaverse:
  partnerCode: string indexed
  partnerDn: string
rules:
  - name: In from mail - Mailbox
    connector: mail
    direction: in
    from: mailbox
    to: person
    precedence: 50
    join: [upn = userPrincipalName]
    flows:
      cloudLegacyExchangeDN: [legacy]
      cloudSOAExchMailbox: {value: 'True'}
      cloudMSExchSafeSendersHash: [safe]
      cloudPublicDelegates: [delegates]
      cloudAnchor: [cloud]
  - name: In from crm - Partner
    connector: crm
    direction: in
    from: partner
    to: partner
    precedence: 51
    link: provision
    join: [code = partnerCode]
    copy: [displayName, mail]
    flows:
      partnerCode: [code]
      partnerDn: [place]
  - name: Out to forest - Partner
    connector: northwall
    direction: out
    from: partner
    to: contact
    precedence: 52
    link: provision
    copy: [displayName, mail]
    flows:
      dn: [partnerDn]
      cn: Mid([partnerDn],4,InStr([partnerDn],",")-4)
      employeeID: [partnerCode]
"""
t = Tap()
north = Forest('northwall')
WB = 'OU=WB,' + north.dn
GROUPS, PARTNERS = 'OU=CloudGroups,' + WB, 'OU=Partners,' + WB
OCTETS = ('mS-DS-ConsistencyGuid', 'msExchSafeSendersHash')
MEN = ['anna', 'bert', 'carl', 'dora']


def grant(*aces):
    """What docs/operations/writeback.md says."""
    sid = sid_text(north.sid('CN=svcwb,CN=Users,' + north.dn))
    r = run('samba-tool', 'dsacl', 'set', '-H', RUN / 'northwall/private/sam.ldb',
            '--configfile=%s' % (RUN / 'northwall/smb.conf'), '--objectdn=' + WB,
            '--sddl=' + ''.join(a.replace('SID', sid) for a in aces))
    if r.code != 0:
        raise RuntimeError(r.all)


def one(dn, name):
    values = all_of(dn, name)
    return values[0] if values else None


def all_of(dn, name):
    values = north.read(dn, scope='base', attributes=(name,))[0][1].get(name.lower(), [])
    return sorted(v if name in OCTETS else v.decode() for v in values)


def usns():
    return {dn: a['usnchanged'][0] for dn, a in north.read(WB, attributes=('uSNChanged',))}


def names(base):
    return sorted(dn.split(',')[0] for dn, _ in north.read(base, scope='one', attributes=('1.1',)))


def quiet(site, name):
    t.code(site.run('cycle'), 0, name)
    before = usns()
    t.code(site.run('cycle'), 0, name + ', again')
    t.is_(usns(), before, name + ', again: writes nothing')
    t.is_(site.pending('northwall'), [], name + ': nothing is pending')


def exports(result):
    return [r['ma-name'] for r in result.json()['runs'] if r['run-profile-name'] == 'export']


def setup(d):
    north.change(('add', WB, {'objectClass': 'organizationalUnit'}), ('add', GROUPS, {'objectClass': 'organizationalUnit'}),
                 ('add', PARTNERS, {'objectClass': 'organizationalUnit'}),
                 ('add', 'OU=Moved,' + PARTNERS, {'objectClass': 'organizationalUnit'}),
                 *[user(WB, n, mail='%s@%s' % (n, UPN), mailNickname=n, proxyAddresses='SMTP:%s@%s' % (n, UPN))
                   for n in MEN])
    r = run('samba-tool', 'user', 'create', 'svcwb', 'Passw0rd!Write', '-H', RUN / 'northwall/private/sam.ldb',
            '--configfile=%s' % (RUN / 'northwall/smb.conf'))
    if r.code != 0:
        raise RuntimeError(r.all)
    (d / 'svcwb').write_text('Passw0rd!Write')
    (d / 'svcwb').chmod(0o600)
    (d / 'rules').mkdir()
    (d / 'rules/own.yaml').write_text(RULES)
    (d / 'mail.csv').write_text('upn,legacy,safe,delegates,cloud\n')
    partners(d)
    csv = {'kind': 'file', 'format': 'csv'}
    tenant = Tenant(d / 'tenant', domain=UPN).start()
    site = Site(d / 'site', [
        north.connector(user='svcwb@' + north.domain.upper(), password='file:%s' % (d / 'svcwb'), writable=True,
                        partitions=[{'dn': north.dn, 'include': [WB]}], object_classes=['user', 'contact', 'group']),
        {**csv, 'name': 'mail', 'path': str(d / 'mail.csv'), 'anchor': 'upn', 'type': 'mailbox',
         'attribute_types': {'delegates': 'reference list', 'safe': 'binary'}},
        {**csv, 'name': 'crm', 'path': str(d / 'crm.csv'), 'anchor': 'code', 'type': 'partner'},
        tenant.connector()],
        rules=['default', str(d / 'rules')],
        guard={'source_percent': 'off'},
        default_rules={'source_anchor': 'ms-DS-ConsistencyGuid', 'write_back': ['anchor', 'groups', 'hybrid'],
                       'groups_connector': 'northwall', 'groups_container': GROUPS})
    return site, tenant


def partners(d, *rows):
    (d / 'crm.csv').write_text('code,displayName,mail,place\n' + ''.join(
        '%s,%s,%s,"%s"\n' % (c, n, m, p) for c, n, m, p in rows))


def anchors(site):
    """mS-DS-ConsistencyGuid, before the cloud hears of anybody."""
    dn = 'CN=anna,' + WB
    t.code(site.run('connector', 'test', 'northwall'), 0, 'connector test')
    r = site.run('cycle', 'initial', '--json')
    t.code(r, 3, 'without the right: errors of objects')
    errors = [e for e in errors_of(r) if e['dn'] == dn]
    t.is_([e['error-type'] for e in errors], ['permission-issue'], 'permission-issue')
    t.has(str(errors), ['mS-DS-ConsistencyGuid', 'has no right to write it: write property'],
          'attribute and right are named')
    t.is_(one(dn, 'mS-DS-ConsistencyGuid'), None, 'nothing was written')
    grant('(OA;CIIO;RPWP;%s;%s;SID)' % (ANCHOR, USER))
    r = site.run('cycle', '--json')
    t.code(r, 0, 'with the right: the next cycle')
    t.is_([one('CN=%s,%s' % (n, WB), 'mS-DS-ConsistencyGuid') for n in MEN],
          [north.guid('CN=%s,%s' % (n, WB)) for n in MEN], 'each account holds its objectGUID')
    north.change(user(WB, 'erik', mail='erik@' + UPN, mailNickname='erik'))
    r = site.run('cycle', '--json')
    t.code(r, 0, 'a new account')
    t.is_(exports(r), ['northwall', 'cloud'], 'the directory is written before the cloud')
    t.is_(one('CN=erik,' + WB, 'mS-DS-ConsistencyGuid'), north.guid('CN=erik,' + WB), 'and it holds its own')
    quiet(site, 'the cycle after that')


def renamed_since(site):
    """Whoever was renamed since the import is still the one meant."""
    north.change(user(WB, 'fritz'), user(WB, 'gerd'))
    for args in (('northwall', 'full-import'), ('northwall', 'delta-sync')):
        t.code(site.run('run', *args), 0, ' '.join(args))
    north.change(('move', 'CN=fritz,' + WB, 'CN=fritz the second,' + PARTNERS), ('delete', 'CN=gerd,' + WB))
    r = site.run('run', 'northwall', 'export', '--json')
    t.code(r, 3, 'renamed and deleted between import and export')
    t.is_([(e['dn'], e['error-type']) for e in errors_of(r)], [('CN=gerd,' + WB, 'cd-missing-object')],
          'the deleted one is missing')
    dn = 'CN=fritz the second,' + PARTNERS
    t.is_(one(dn, 'mS-DS-ConsistencyGuid'), north.guid(dn), 'the renamed one was written')
    quiet(site, 'the cycle after that')


def hybrid(site, d):
    """What the cloud's mail system knows."""
    cloud = 'User_00000000-0000-4000-8000-00000000000a'
    (d / 'mail.csv').write_text(
        'upn,legacy,safe,delegates,cloud\n'
        'anna@%s,/o=x/cn=anna,%s,bert@%s|carl@%s,%s\nbert@%s,/o=x/cn=bert,,,\ncarl@%s,,,,\n' % (
            UPN, base64.b64encode(bytes(range(32))).decode(), UPN, UPN, cloud, UPN, UPN))
    dn = 'CN=anna,' + WB
    r = site.run('cycle', '--json')
    t.code(r, 3, 'mail attributes without the right')
    t.is_({e['error-type'] for e in errors_of(r)}, {'permission-issue'}, 'permission-issue')
    grant('(OA;CIIO;RPWP;;%s;SID)' % USER)
    t.code(site.run('cycle'), 0, 'with the right: the next cycle')
    t.is_(all_of(dn, 'proxyAddresses'), ['SMTP:anna@' + UPN, 'x500:/o=x/cn=anna'], 'the x500 address is beside the other')
    t.is_(all_of('CN=bert,' + WB, 'proxyAddresses'), ['SMTP:bert@' + UPN, 'x500:/o=x/cn=bert'], 'and of another')
    t.is_(one(dn, 'msExchSafeSendersHash'), bytes(range(32)), 'octets')
    t.is_(one(dn, 'msDS-ExternalDirectoryObjectId'), cloud, 'the id of the cloud')
    t.is_(all_of(dn, 'publicDelegates'), ['CN=bert,' + WB, 'CN=carl,' + WB], 'delegates')
    quiet(site, 'the cycle after that')


def graph(tenant, method, path, body):
    return tenant.graph().call(method, '/v1.0' + path, json.dumps(body) if body else None,
                               {'Content-Type': 'application/json'})


def groups(site, tenant):
    """A group of the cloud as a distribution group at home."""
    users = {u['userPrincipalName'].split('@')[0]: u['id'] for u in tenant.dump()['users']}
    g = graph(tenant, 'POST', '/groups', {
        'displayName': 'Crew', 'mailNickname': 'crew', 'mailEnabled': True, 'securityEnabled': False,
        'groupTypes': ['Unified'], 'description': 'All hands'})
    for n in ('anna', 'bert'):
        graph(tenant, 'POST', '/groups/%s/members/$ref' % g['id'],
              {'@odata.id': 'https://graph.microsoft.com/v1.0/directoryObjects/' + users[n]})
    dn = 'CN=Group_%s,%s' % (g['id'], GROUPS)
    r = site.run('cycle', '--json')
    t.code(r, 3, 'a group of the cloud, without the right')
    t.has(str(errors_of(r)), ['permission-issue', 'create child objects in', GROUPS], 'which is named')
    grant('(OA;CI;CCDC;%s;;SID)' % GROUP, '(OA;CIIO;RPWP;;%s;SID)' % GROUP)
    t.code(site.run('cycle'), 0, 'with the right: the next cycle')
    t.is_(names(GROUPS), ['CN=Group_' + g['id']], 'it is there')
    t.is_([one(dn, 'groupType'), one(dn, 'displayName'), one(dn, 'adminDescription')],
          ['8', 'Crew', 'Group_' + g['id']], 'a universal distribution group, marked')
    t.is_(all_of(dn, 'member'), ['CN=anna,' + WB, 'CN=bert,' + WB], 'with its members')
    quiet(site, 'the cycle after that')
    graph(tenant, 'DELETE', '/groups/%s/members/%s/$ref' % (g['id'], users['bert']), None)
    graph(tenant, 'POST', '/groups/%s/members/$ref' % g['id'],
          {'@odata.id': 'https://graph.microsoft.com/v1.0/directoryObjects/' + users['dora']})
    # Somebody was faster with one of the two, and who comes was renamed.
    for args in (('cloud', 'full-import'), ('cloud', 'delta-sync')):
        t.code(site.run('run', *args), 0, ' '.join(args))
    north.change(('modify', dn, ['delete: member', 'member: CN=bert,' + WB, '-']),
                 ('move', 'CN=dora,' + WB, 'CN=dora the great,' + WB))
    t.code(site.run('run', 'northwall', 'export'), 0, 'one member went already, one was renamed')
    t.is_(all_of(dn, 'member'), ['CN=anna,' + WB, 'CN=dora the great,' + WB], 'the members')
    quiet(site, 'the cycle after that')
    graph(tenant, 'DELETE', '/groups/' + g['id'], None)
    t.code(site.run('cycle'), 0, 'the cloud deletes it')
    t.is_(names(GROUPS), [], 'it is gone at home')


def contacts(site, d):
    """Objects that are made, renamed, moved and deleted by rule."""
    grant('(OA;CI;CCDC;%s;;SID)' % CONTACT, '(OA;CIIO;RPWPSD;;%s;SID)' % CONTACT)
    partners(d, ('p1', 'One', 'one@x.example', 'CN=One,' + PARTNERS), ('p2', 'Two', 'two@x.example', 'CN=Two,' + PARTNERS),
             ('p3', 'Three', 'three@x.example', 'CN=Three,OU=Nowhere,' + PARTNERS))
    r = site.run('cycle', '--json')
    t.code(r, 3, 'contacts of a rule of our own, one of them nowhere')
    t.is_([e['error-type'] for e in errors_of(r)], ['non-existent-parent'], 'its container is missing')
    t.has(str(errors_of(r)), ['OU=Nowhere,' + PARTNERS], 'and named')
    guids = {n: north.guid('CN=%s,%s' % (n, PARTNERS)) for n in ('One', 'Two')}
    partners(d, ('p1', 'Uno', 'one@x.example', 'CN=Two,' + PARTNERS), ('p2', 'Duo', 'two@x.example', 'CN=One,' + PARTNERS))
    t.code(site.run('cycle'), 0, 'two swap their names')
    t.is_([north.guid('CN=%s,%s' % (n, PARTNERS)) for n in ('Two', 'One')], [guids['One'], guids['Two']],
          'they are the same objects')
    t.is_([one('CN=%s,%s' % (n, PARTNERS), 'displayName') for n in ('Two', 'One')], ['Uno', 'Duo'], 'and were modified')
    quiet(site, 'the cycle after that')
    partners(d, ('p2', 'Duo', 'two@x.example', 'CN=Zwei,OU=Moved,' + PARTNERS))
    t.code(site.run('cycle'), 0, 'one is renamed and moved, one deleted')
    t.is_(names('OU=Moved,' + PARTNERS), ['CN=Zwei'], 'it is where it belongs')
    t.is_(north.guid('CN=Zwei,OU=Moved,' + PARTNERS), guids['Two'], 'the same object')
    t.is_(names(PARTNERS), ['CN=fritz the second', 'OU=Moved'], 'the other is gone')
    quiet(site, 'the cycle after that')


with scratch() as d:
    site, tenant = setup(d)
    anchors(site)
    renamed_since(site)
    hybrid(site, d)
    groups(site, tenant)
    contacts(site, d)
t.done()

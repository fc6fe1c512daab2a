"""What device.t runs when its forest is up."""
import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from forests import RUN, UPN, Forest, user  # noqa: E402
from forests_oracle import sid_text  # noqa: E402
from rig import *  # noqa: E402,F403

t = Tap()
north = Forest('northwall')
STAFF, DEVICES = 'OU=Staff,' + north.dn, 'CN=RegisteredDevices,' + north.dn
OURS, PC = 'CN=by hand,' + DEVICES, 'CN=PC1,' + STAFF
KEY = 'X509:<SHA1-TP-PUBKEY>5C52A0A5E1D1F57D1B2A8F5A3F3E0B6C9D4E7A21'
READ = ('displayName', 'altSecurityIdentities', 'msDS-CloudAnchor', 'msDS-DeviceID', 'msDS-DeviceObjectVersion',
        'msDS-DeviceOSType', 'msDS-DeviceOSVersion', 'msDS-IsCompliant', 'msDS-IsEnabled', 'msDS-IsManaged',
        'msDS-DevicePhysicalIDs', 'msDS-RegisteredOwner', 'msDS-RegisteredUsers')


def octets(guid):
    """As objectGUID has them."""
    raw = bytes.fromhex(guid.replace('-', ''))
    return raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:]


def key(text):
    return base64.b64encode(text.encode('utf-16-le')).decode()


def device_id(n):
    return '0c8a9c4e-1111-4222-8333-%012d' % n


def there():
    """{name: {attribute: [octets]}}, by ldapsearch."""
    return {dn.split(',')[0][3:]: a for dn, a in north.read(DEVICES, '(objectClass=msDS-Device)', 'one',
                                                           (*READ, 'uSNChanged'))}


class Cloud:
    """An administrator of the tenant, by Graph."""

    def __init__(self, tenant):
        app = run(TENANT, 'app', 'add', tenant.path, '--role', 'Device.ReadWrite.All', '--role', 'User.Read.All').json()
        self.graph = graph_read.Tenant(tenant.endpoint, tenant.client['tenantId'], app['clientId'], app['clientSecret'],
                                       str(tenant.path / 'ca.pem'))

    def call(self, method, path, body=None):
        return self.graph.call(method, '/v1.0' + path, json.dumps(body) if body else None, {'Content-Type': 'application/json'})

    def device(self, n, **more):
        return self.call('POST', '/devices', {
            'accountEnabled': True, 'displayName': 'Laptop %d' % n, 'deviceId': device_id(n), 'operatingSystem': 'Windows',
            'operatingSystemVersion': '10.0.22631', 'alternativeSecurityIds': [{'type': 2, 'key': key(KEY + str(n))}], **more})

    def all(self):
        return {x['deviceId']: x for x in self.call('GET', '/devices?$top=999')['value']}

    def whose(self, x, link):
        """The logon names of those whose device it is."""
        return [u['userPrincipalName'] for u in self.call('GET', '/devices/%s/%s' % (x['id'], link))['value']]

    def give(self, n, link, name):
        x = self.all()[device_id(n)]
        u = self.call('GET', '/users/%s@%s' % (name, UPN))
        self.call('POST', '/devices/%s/%s/$ref' % (x['id'], link),
                  {'@odata.id': '%s/v1.0/directoryObjects/%s' % (self.graph.url.geturl(), u['id'])})

    def take(self, n, link, name):
        x = self.all()[device_id(n)]
        u = self.call('GET', '/users/%s@%s' % (name, UPN))
        self.call('DELETE', '/devices/%s/%s/%s/$ref' % (x['id'], link, u['id']))


def sids(names):
    """As the directory has them, of logon names; by ldapsearch."""
    return sorted(north.read(STAFF, '(userPrincipalName=%s)' % n, 'sub', ('objectSid',))[0][1]['objectsid'][0]
                  for n in names) or None


def wanted(cloud):
    """What the directory has to hold of each device of the cloud."""
    def truth(v):
        return None if v is None else [b'TRUE' if v else b'FALSE']
    out = {}
    for x in cloud.all().values():
        one = {'displayname': [x['displayName'].encode()], 'msds-cloudanchor': [octets(x['id'])],
               'msds-deviceid': [octets(x['deviceId'])], 'msds-deviceobjectversion': [b'2'],
               'msds-deviceostype': [x['operatingSystem'].encode()],
               'msds-deviceosversion': [x['operatingSystemVersion'].encode()],
               'altsecurityidentities': sorted(base64.b64decode(k['key']).decode('utf-16-le').encode()
                                               for k in x['alternativeSecurityIds']),
               'msds-iscompliant': truth(x['isCompliant']), 'msds-isenabled': truth(x['accountEnabled']),
               'msds-ismanaged': truth(x['isManaged']),
               'msds-devicephysicalids': sorted(i.encode() for i in x['physicalIds']) or None,
               'msds-registeredowner': sids(cloud.whose(x, 'registeredOwners')),
               'msds-registeredusers': sids(cloud.whose(x, 'registeredUsers'))}
        out[x['deviceId']] = {k: v for k, v in one.items() if v is not None}
    return {n: {k: v for k, v in one.items() if k != 'msds-iscompliant' or compliant} for n, one in out.items()}


def same(cloud, name):
    got = {n: {k: sorted(v) for k, v in a.items() if k != 'usnchanged'} for n, a in there().items() if n != 'by hand'}
    t.is_(got, wanted(cloud), name)


with scratch() as d:
    north.change(('add', STAFF, {'objectClass': 'organizationalUnit'}), user(STAFF, 'anna'), user(STAFF, 'ben'),
                 ('add', DEVICES, {'objectClass': 'msDS-DeviceContainer'}),
                 ('add', OURS, {'objectClass': 'msDS-Device', 'displayName': 'By hand', 'msDS-IsEnabled': 'TRUE', 'altSecurityIdentities': KEY,
                                'msDS-DeviceID': octets(device_id(99))}))
    # who joined a computer: the directory writes that by itself, here its database does
    north.change(('add', PC, {'objectClass': 'computer', 'sAMAccountName': 'PC1$', 'userAccountControl': '4096'}))
    (d / 'creator.ldif').write_text('dn: %s\nchangetype: modify\nadd: mS-DS-CreatorSID\nmS-DS-CreatorSID: %s\n-\n\n' % (
        PC, sid_text(north.sid('CN=ben,' + STAFF))))
    t.code(run('ldbmodify', '--configfile=%s' % (RUN / 'northwall/smb.conf'), '-H', RUN / 'northwall/private/sam.ldb',
               '--controls=relax:0', d / 'creator.ldif'), 0, 'ben joined a computer')
    r = run('samba-tool', 'user', 'create', 'svcwb', 'Passw0rd!Write', '-H', RUN / 'northwall/private/sam.ldb',
            '--configfile=%s' % (RUN / 'northwall/smb.conf'))
    if r.code != 0:
        raise RuntimeError(r.all)
    (d / 'svcwb').write_text('Passw0rd!Write')
    (d / 'svcwb').chmod(0o600)
    schema = uuid.UUID(bytes_le=north.one('CN=ms-DS-Device,CN=Schema,CN=Configuration,' + north.dn, 'schemaIDGUID'))
    t.is_(str(schema), '5df2b673-6d41-4774-b3e8-d52e8ee9ff99', 'the schema has msDS-Device, by the GUID of the page')
    # Windows has it since 2016, Samba's schema is older: a rule for what is not there does nothing
    compliant = bool(north.read('CN=Schema,CN=Configuration,' + north.dn, '(lDAPDisplayName=msDS-IsCompliant)', 'one', ('cn',)))
    t.note('the schema %s msDS-IsCompliant' % ('has' if compliant else 'does not have'))
    tenant = Tenant(d / 'tenant', domain=UPN)
    (d / 'devices.json').write_text(json.dumps({'devices': [{  # what a device alone can say of itself
        'displayName': 'Laptop 5', 'accountEnabled': True, 'deviceId': device_id(5), 'operatingSystem': 'Windows',
        'operatingSystemVersion': '10.0.22631', 'physicalIds': ['[GID]:g:6755', '[HWID]:h:6825'],
        'alternativeSecurityIds': [{'type': 2, 'key': key(KEY + '5')}]}]}))
    t.code(run(TENANT, 'load', tenant.path, d / 'devices.json'), 0, 'a device that knows its hardware')
    tenant.start()
    cloud = Cloud(tenant)
    site = Site(d / 'site', [
        north.connector(user='svcwb@' + north.domain.upper(), password='file:%s' % (d / 'svcwb'),
                        partitions=[{'dn': north.dn, 'include': [STAFF]}], object_classes=['user', 'group']),
        tenant.connector()])
    t.code(site.run('cycle', 'initial'), 0, 'people alone')
    site.settings['connectors'][0].update(
        writable=True, partitions=[{'dn': north.dn, 'include': [STAFF, DEVICES]}],
        object_classes=['user', 'group', 'computer', 'msDS-Device'])
    site.settings['default_rules'] = {'write_back': ['devices'], 'devices_connector': 'northwall', 'devices_container': DEVICES}
    site.write()
    for n in (1, 2, 3):
        cloud.device(n)

    # ---- Without the right, and with it ----
    r = site.run('cycle', '--json')
    t.code(r, 3, 'a class more is read, and written back: an account without the right has errors of objects')
    t.ok({e['error-type'] for e in errors_of(r)} == {'permission-issue'}, 'permission-issue', errors_of(r))
    t.is_(list(there()), ['by hand'], 'nothing was made')
    sid = sid_text(north.sid('CN=svcwb,CN=Users,' + north.dn))
    r = run('samba-tool', 'dsacl', 'set', '-H', RUN / 'northwall/private/sam.ldb',
            '--configfile=%s' % (RUN / 'northwall/smb.conf'), '--objectdn=' + DEVICES,
            '--sddl=(OA;CI;CCDC;%s;;%s)(OA;CIIO;RPWP;;%s;%s)' % (schema, sid, schema, sid))
    t.code(r, 0, 'the right is granted as the page says')

    # ---- Made ----
    t.code(site.run('cycle'), 0, 'the next cycle')
    same(cloud, 'each device of the cloud has its record, by ldapsearch')
    t.is_(len(cloud.all()), 4, 'the cloud has the same four as before')
    before = there()
    t.code(site.run('cycle'), 0, 'a cycle with nothing to do')
    t.is_(there(), before, 'writes nothing')
    t.is_(site.pending('northwall'), [], 'and leaves nothing pending')

    t.is_(site.run('cs', 'get', PC, '--json').json()[0]['attributes'].get('mS-DS-CreatorSID'), [{'$ref': 'CN=ben,' + STAFF}],
          'who joined a computer is a reference to him')

    # ---- Changed ----
    ids = {x['deviceId']: x['id'] for x in cloud.all().values()}
    cloud.call('PATCH', '/devices/' + ids[device_id(1)], {'accountEnabled': False, 'displayName': 'Lost laptop'})
    cloud.call('PATCH', '/devices/' + ids[device_id(2)], {'isCompliant': True, 'isManaged': True})
    cloud.device(4, alternativeSecurityIds=[{'type': 2, 'key': key(KEY + 'A')}, {'type': 2, 'key': key(KEY + 'B')}])
    t.code(site.run('cycle'), 0, 'a device is disabled, another one compliant, a third one new')
    same(cloud, 'the records say so')
    now = there()
    t.is_(sorted(n for n in now if now[n] != before.get(n)), [device_id(n) for n in (1, 2, 4)], 'and no other was touched')
    t.is_(now[device_id(1)]['msds-isenabled'], [b'FALSE'], 'who asks the directory does not let it in')

    # ---- Whose it is ----
    cloud.give(1, 'registeredOwners', 'anna')
    cloud.give(1, 'registeredUsers', 'anna')
    cloud.give(1, 'registeredUsers', 'ben')
    cloud.give(5, 'registeredOwners', 'ben')
    t.code(site.run('cycle', 'initial'), 0, 'devices are given to people')
    same(cloud, 'the records have the SIDs of their owners and users')
    t.is_(there()[device_id(1)]['msds-registeredowner'], [north.sid('CN=anna,' + STAFF)], 'that of anna by name')
    before = there()
    t.code(site.run('cycle', 'initial'), 0, 'a cycle that reads everything')
    t.is_(there(), before, 'writes nothing')
    t.is_(site.pending('northwall'), [], 'and leaves nothing pending')
    north.change(('move', 'CN=anna,' + STAFF, 'CN=Anna Berg,' + STAFF))
    cloud.device(6)
    cloud.give(6, 'registeredOwners', 'anna')
    t.code(site.run('cycle'), 0, 'an owner is renamed, a device of hers is new')
    same(cloud, 'a delta import tells whose it is')
    cloud.take(1, 'registeredUsers', 'ben')
    cloud.take(1, 'registeredOwners', 'anna')
    cloud.give(1, 'registeredOwners', 'ben')
    cloud.call('PATCH', '/devices/' + ids[device_id(1)], {'displayName': 'Passed on'})
    t.code(site.run('cycle'), 0, 'a device is passed on, and gets another name')
    same(cloud, 'the record has its new owner, and one user less')
    north.change(('modify', 'CN=%s,%s' % (device_id(1), DEVICES), ['delete: msDS-RegisteredOwner', '-']))
    t.code(site.run('cycle'), 0, 'the owner is taken away at home')
    same(cloud, 'and put back')

    # ---- Somebody changes a record at home ----
    north.change(('modify', 'CN=%s,%s' % (device_id(1), DEVICES), ['replace: msDS-IsEnabled', 'msDS-IsEnabled: TRUE', '-']))
    t.code(site.run('cycle'), 0, 'a record is changed at home')
    same(cloud, 'the cloud decides')

    # ---- Gone ----
    cloud.call('DELETE', '/devices/' + ids[device_id(3)])
    t.code(site.run('cycle'), 0, 'a device is deleted in the cloud')
    same(cloud, 'its record goes')
    cloud.call('DELETE', '/devices/' + cloud.all()[device_id(5)]['id'])
    t.code(site.run('cycle'), 0, 'one that has an owner is deleted in the cloud')
    same(cloud, 'its record goes')
    run_ = next(x['run'] for x in site.run('journal', 'list', '--json', '--limit', 3).json() if x['operation'] == 'delete')
    undo = site.run('undo', '--run', run_, '--json')
    t.has(undo.out, ['Laptop 5', 'may not see what was deleted'], 'an account without the right says what it cannot undo')
    admin = north.connector()
    site.settings['connectors'][0].update(user=admin['user'], password=admin['password'])
    site.write()
    t.has(site.run('undo', '--run', run_, '--json').out, ['Laptop 5', 'altSecurityIdentities'],
          'and one that has it says what a tombstone has lost')
    t.is_(there()['by hand'], before['by hand'], 'a record that is not ours was never touched')
    t.is_(sorted(x['userPrincipalName'] for x in tenant.dump()['users']), ['anna@' + UPN, 'ben@' + UPN], 'people go on as ever')
t.done()

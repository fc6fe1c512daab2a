"""What keys.t runs when its forest is up."""
import hashlib
import os
import struct
import sys
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../../lib'), os.path.join(HERE, '../tenant')]
from forests import RUN, UPN, Forest, user  # noqa: E402
from forests_oracle import sid_text  # noqa: E402
from rig import *  # noqa: E402,F403
import sync_company as sc  # noqa: E402
from sync_client import Client  # noqa: E402

t = Tap()
north = Forest('northwall')
TOP = 'OU=Keys,' + north.dn
STAFF, LEFT, MADE = 'OU=Staff,' + TOP, 'OU=Abroad,' + TOP, 'OU=Made,' + TOP
NAME = 'msDS-KeyCredentialLink'
RULES = """
metaverse_types: [thing]
metaverse:
  code: string indexed
  place: string
  wantedKey: string list
  octets: binary list
  whole: string list
  keyOf: reference list
  kept: dn-binary list
rules:
  - name: In from things - Thing
    connector: things
    direction: in
    from: thing
    to: thing
    link: provision
    join: [code = code]
    copy: [code, place]
    flows: {wantedKey: [key]}
  - name: In from northwall - Thing
    connector: northwall
    direction: in
    from: user
    to: thing
    link: join
    join: [employeeID = code]
    flows: {octets: [msDS-KeyCredentialLink], whole: [msDS-KeyCredentialLink], kept: [msDS-KeyCredentialLink]}
  - name: In from northwall - Whose
    connector: northwall
    direction: in
    from: user
    to: thing
    scope: [employeeType EQUAL other]
    flows: {keyOf: [msDS-KeyCredentialLink]}
  - name: Out to northwall - Thing
    connector: northwall
    direction: out
    from: thing
    to: user
    link: provision
    join: [employeeID = code]
    flows:
      dn: [place]
      employeeID: [code]
      sAMAccountName: [code]
      msDS-KeyCredentialLink: [wantedKey]
"""


def entry(kind, octets):
    return struct.pack('<HB', len(octets), kind) + octets


def key(n):
    """As the cloud has it: no hash yet; and as a domain controller wants it (MS-ADTS 2.2.20)."""
    material = b'RSA1' + bytes([n]) * 40
    head = struct.pack('<I', 0x200) + entry(1, hashlib.sha256(material).digest())
    rest = entry(3, material) + entry(4, b'\x01') + entry(5, b'\x00') + entry(6, bytes(15) + bytes([n])) + entry(9, bytes(8))
    return head + rest, head + entry(2, hashlib.sha256(rest).digest()) + rest


def keys_of(dn):
    """[(octets, name)] of one object, by ldapsearch."""
    got = []
    for v in north.read(dn, scope='base', attributes=(NAME,))[0][1].get(NAME.lower(), []):
        letter, count, octets, name = v.decode().split(':', 3)
        if letter != 'B' or int(count) != len(octets):
            raise RuntimeError(v)
        got.append((bytes.fromhex(octets), name))
    return sorted(got)


def usn(dn):
    return north.one(dn, 'uSNChanged')


def schema_guid(cn):
    return uuid.UUID(bytes_le=north.one('CN=%s,CN=Schema,CN=Configuration,%s' % (cn, north.dn), 'schemaIDGUID'))


def writer(d):
    """An account that may write the keys of users below TOP, once it is granted."""
    r = run('samba-tool', 'user', 'create', 'svckeys', 'Passw0rd!Write', '-H', RUN / 'northwall/private/sam.ldb',
            '--configfile=%s' % (RUN / 'northwall/smb.conf'))
    if r.code != 0:
        raise RuntimeError(r.all)
    (d / 'svckeys').write_text('Passw0rd!Write')
    (d / 'svckeys').chmod(0o600)
    return 'svckeys@' + north.domain.upper(), 'file:%s' % (d / 'svckeys')


def grant():
    return run('samba-tool', 'dsacl', 'set', '-H', RUN / 'northwall/private/sam.ldb',
               '--configfile=%s' % (RUN / 'northwall/smb.conf'), '--objectdn=' + TOP,
               '--sddl=(OA;CIIO;RPWP;%s;%s;%s)' % (schema_guid('Test-' + NAME), schema_guid('User'),
                                                   sid_text(north.sid('CN=svckeys,CN=Users,' + north.dn))))


def registered(tenant, dn, *octets):
    """What devices of somebody tell the service, by a client that is not ours."""
    r = Client(sc.Door(tenant)).provision(('User', 'Set', {'SourceAnchor': north.anchor(dn), 'searchableDeviceKey': list(octets)}))
    if r[0].get('ResultCode') not in ('Success', None):
        raise RuntimeError(r)


def from_the_cloud(d):
    anna, ben = 'CN=anna,' + STAFF, 'CN=ben,' + STAFF
    north.change(('add', TOP, {'objectClass': 'organizationalUnit'}),
                 *[('add', ou, {'objectClass': 'organizationalUnit'}) for ou in (STAFF, LEFT, MADE)],
                 user(STAFF, 'anna'), user(STAFF, 'ben'))
    account, password = writer(d)
    for right in ('see-deleted', 'get-changes'):
        t.code(run('python3', ROOT / 'tests/lib/forest_grant.py', RUN / 'northwall', north.dn, right, 'svckeys'), 0,
               'the account makes delta imports: ' + right)
    tenant = Tenant(d / 'tenant', domain=UPN).start()
    tenant.sync_switch(True)
    site = Site(d / 'site', [
        north.connector(user=account, password=password, writable=True,
                        partitions=[{'dn': north.dn, 'include': [TOP]}], object_classes=['user', 'group']),
        tenant.sync_connector()], default_rules={'write_back': ['keys']})
    t.code(site.run('cycle', 'initial'), 0, 'people reach the tenant')
    registered(tenant, anna, key(1)[0], key(2)[0], b'\x01 of another form')
    registered(tenant, ben, key(3)[0])

    # ---- Without the right, and with it ----
    r = site.run('cycle', '--json')
    t.code(r, 3, 'keys are registered, and the account has no right')
    t.is_({e['error-type'] for e in errors_of(r)}, {'permission-issue'}, 'permission-issue')
    r = site.run('doctor', 'northwall', '--json')
    t.has(r.out, ['msDS-KeyCredentialLink'], 'doctor names the attribute')
    t.code(grant(), 0, 'the right is granted as the page says')
    t.code(site.run('cycle'), 0, 'the next cycle')
    t.is_(keys_of(anna), sorted([(key(1)[1], anna), (key(2)[1], anna)]),
          'by ldapsearch: both keys, each with the hash of its rest, and the name of the user')
    t.is_(keys_of(ben), [(key(3)[1], ben)], 'and one of another user')
    before = usn(anna), usn(ben)
    t.code(site.run('cycle'), 0, 'a cycle with nothing to do')
    t.code(site.run('cycle', 'initial'), 0, 'and one that reads everything')
    t.is_((usn(anna), usn(ben)), before, 'write nothing')
    t.is_(site.pending('northwall'), [], 'and leave nothing pending')

    # ---- Renamed and moved ----
    north.change(('move', anna, 'CN=Anna Berg,' + LEFT))
    moved = 'CN=Anna Berg,' + LEFT
    before = usn(moved)
    t.code(site.run('cycle'), 0, 'the user gets another name in another container')
    t.code(site.run('cycle', 'initial'), 0, 'everything is read once more')
    t.is_(usn(moved), before, 'no key is written again')
    t.is_(site.pending('northwall'), [], 'and none is pending')
    t.is_(keys_of(moved), sorted([(key(1)[1], moved), (key(2)[1], moved)]), 'the directory has them under the new name')

    # ---- One goes, one comes; somebody puts one in at home ----
    registered(tenant, moved, key(2)[0], key(4)[0])
    north.change(('modify', ben, ['add: ' + NAME, '%s: B:8:0BADC0DE:%s' % (NAME, ben), '-']))
    t.code(site.run('cycle'), 0, 'a key is revoked, another one registered, a third one put in at home')
    t.is_(keys_of(moved), sorted([(key(2)[1], moved), (key(4)[1], moved)]), 'the first is gone, the new one there')
    t.is_(keys_of(ben), [(key(3)[1], ben)], 'what the cloud does not know is taken away')
    north.change(('modify', ben, ['delete: ' + NAME, '-']))
    t.code(site.run('run', 'northwall', 'delta-import'), 0, 'somebody takes a key away at home')
    t.code(site.run('run', 'northwall', 'delta-sync'), 0, 'which is to be put back')
    changes = site.run('pending', 'northwall', '--format', 'ldif').out
    t.has(changes.replace('\n ', ''), [NAME + ': B:%d:' % (2 * len(key(3)[1])), ':' + ben], 'pending as LDIF has the whole value')
    north.apply(changes)
    t.is_(keys_of(ben), [(key(3)[1], ben)], 'which ldapmodify takes')
    t.code(site.run('run', 'northwall', 'full-import'), 0, 'it is read')
    t.code(site.run('run', 'northwall', 'delta-sync'), 0, 'and')
    t.is_(site.pending('northwall'), [], 'nothing is pending any more')
    north.change(('modify', ben, ['delete: ' + NAME, '-']))
    t.code(site.run('cycle'), 0, 'it is taken away once more')
    t.is_(keys_of(ben), [(key(3)[1], ben)], 'it is put back')
    tenant.stop()


def of_rules(d):
    """As text, octets and reference; of the object itself and of another one; of one that is new."""
    other, new = 'CN=other,' + MADE, 'CN=new,' + MADE
    north.change(user(MADE, 'other', employeeID='other'), user(MADE, 'target'))
    target = 'CN=target,' + MADE

    def things(**keys):
        (d / 'things.csv').write_text('code,place,key\n' + ''.join(
            '%s,"CN=%s,%s","%s"\n' % (code, code, MADE, '|'.join(v)) for code, v in keys.items()))
    (d / 'rules').mkdir()
    (d / 'rules/own.yaml').write_text(RULES)
    things(new=['B:8:00ff00ff:' + new, 'B:4:BEEF:'], other=['B:4:CAFE:' + target, 'B:4:F00D:' + other])
    site = Site(d / 'own', [
        {'name': 'things', 'kind': 'file', 'format': 'csv', 'path': str(d / 'things.csv'), 'anchor': 'code', 'type': 'thing',
         'attribute_types': {'key': 'string list'}},
        north.connector(writable=True, partitions=[{'dn': north.dn, 'include': [MADE]}], object_classes=['user'])],
        rules=[str(d / 'rules')])
    t.code(site.run('cycle', 'initial'), 0, 'rules of our own give keys as text')
    t.is_(keys_of(new), sorted([(bytes.fromhex('00ff00ff'), new), (b'\xbe\xef', new)]),
          'a new object has its own, however they were written')
    t.is_(keys_of(other), sorted([(b'\xca\xfe', target), (b'\xf0\x0d', other)]), 'one has a key of another object')
    t.code(site.run('cycle'), 0, 'confirmed')
    before = usn(new), usn(other)
    t.code(site.run('cycle', 'initial'), 0, 'a cycle with nothing to do')
    t.is_((usn(new), usn(other)), before, 'writes nothing')
    mv = site.run('mv', 'search', 'code=other', '--json').all
    t.has(mv, ['"cafe"', '"f00d"', 'B:4:CAFE:' + target, 'B:4:F00D:"'], 'rules read the octets, and the whole')

    # ---- The other one is renamed ----
    north.change(('move', target, 'CN=renamed,' + MADE))
    renamed = 'CN=renamed,' + MADE
    t.is_(keys_of(other), sorted([(b'\xca\xfe', renamed), (b'\xf0\x0d', other)]), 'the directory follows a rename')
    before = usn(other)
    things(new=['B:8:00ff00ff:' + new, 'B:4:BEEF:'], other=['B:4:CAFE:' + renamed, 'B:4:F00D:' + other])
    t.code(site.run('cycle', 'initial'), 0, 'everything is read, and the rule says the new name')
    t.is_(site.pending('northwall'), [], 'nothing is pending')
    t.is_(keys_of(other), sorted([(b'\xca\xfe', renamed), (b'\xf0\x0d', other)]), 'and the keys are there')
    t.is_(usn(other), before, 'untouched')

    # ---- And goes ----
    things(new=['B:4:BEEF:'], other=['B:4:F00D:' + other])
    t.code(site.run('cycle'), 0, 'keys go')
    t.is_((keys_of(new), keys_of(other)), ([(b'\xbe\xef', new)], [(b'\xf0\x0d', other)]), 'those that remain')

    # ---- Its object goes, and comes back ----
    things(other=['B:4:F00D:' + other])
    t.code(site.run('cycle'), 0, 'an object goes')
    gone = next(x['run'] for x in site.run('journal', 'list', '--json', '--limit', 3).json() if x['operation'] == 'delete')
    t.is_(north.read(MADE, '(cn=new)'), [], 'with its key')
    undo = site.run('undo', '--run', gone, '--json')
    t.code(undo, 0, 'the run is undone')
    t.code(site.run('apply', undo.json()['number']), 0, 'by its plan')
    t.is_(keys_of(new), [(b'\xbe\xef', new)], 'the object is there with its key')
    things(new=['B:4:BEEF:'], other=['B:4:F00D:' + other])
    t.code(site.run('cycle'), 0, 'and is wanted again')
    t.is_(site.pending('northwall'), [], 'nothing is pending')

    # ---- What is none ----
    things(new=['B:5:BEEF:'], other=['B:4:F00D:' + other])
    r = site.run('cycle', '--json')
    t.code(r, 3, 'a text that has not this form')
    t.has(r.out, ['cs-attribute-type-mismatch', NAME], 'is an error of its object, and names the attribute')
    t.is_(keys_of(new), [(b'\xbe\xef', new)], 'and loses nothing')


with scratch() as d:
    from_the_cloud(d)
    of_rules(d)
t.done()

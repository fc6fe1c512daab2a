"""What ad.t runs when its forest is up."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from forests import RUN, Forest, group, put  # noqa: E402
from rig import *  # noqa: E402,F403

RULES = """
metaverse:
  hrId: string indexed
  place: string
  login: string
rules:
  - name: In from hr - Person
    connector: hr
    direction: in
    from: user
    to: person
    link: provision
    copy: [displayName, department, title, telephoneNumber, otherHomePhone, manager]
    flows: {hrId: [hrId], place: [place], login: [login]}
  - name: In from hr - Group
    connector: hr
    direction: in
    from: group
    to: group
    link: provision
    copy: [displayName, member]
    flows: {hrId: [hrId], place: [place]}
  - name: Out to northwall - Person
    connector: northwall
    direction: out
    from: person
    to: user
    link: provision
    copy: [displayName, department, title, telephoneNumber, otherHomePhone, manager]
    flows: {dn: [place], sAMAccountName: [login]}
  - name: Out to northwall - Group
    connector: northwall
    direction: out
    from: group
    to: group
    link: provision
    copy: [displayName, member]
    flows: {dn: [place]}
"""
# What the directory keeps by itself, or counts.
OWN = ('usnchanged', 'usncreated', 'whenchanged', 'dscorepropagationdata', 'memberof', 'directreports')
t = Tap()
north = Forest('northwall')
TOP = 'OU=Undo,' + north.dn
STAFF, LOCAL, OUTSIDE = 'OU=Staff,' + TOP, 'OU=Local,' + TOP, 'OU=Outside,' + north.dn


class Hr:
    """The source, as a dict that the test changes, and writes."""

    def __init__(self, path):
        self.path, self.objects = path, {}

    def person(self, name, **more):
        self.objects[name] = {'objectClass': 'user', 'hrId': name, 'login': name, 'displayName': name.title(),
                              'place': 'CN=%s,%s' % (name, STAFF), 'department': 'Sales', 'title': 'Clerk', 'telephoneNumber': '1',
                              'otherHomePhone': ['1', '2'], **more}

    def group(self, name, *members):
        self.objects[name] = {'objectClass': 'group', 'hrId': name, 'displayName': name,
                              'place': 'CN=%s,%s' % (name, STAFF), 'member': ['CN=%s,DC=hr' % m for m in members]}

    def drop(self, name):
        del self.objects[name]
        for o in self.objects.values():
            o['member'] = [m for m in o.get('member', []) if m != 'CN=%s,DC=hr' % name]
            if o.get('manager') == 'CN=%s,DC=hr' % name:
                del o['manager']

    def write(self):
        entries = [('DC=hr', [('objectClass', 'domainDNS')])]
        for name, attrs in self.objects.items():
            entries.append(('CN=%s,DC=hr' % name, [
                (k, x) for k, v in attrs.items() for x in (v if isinstance(v, list) else [v])]))
        self.path.write_text(ldif_text(entries))


def state():
    """{dn: {attribute: sorted values}} of all that lies in the two containers, but what the directory counts."""
    return {dn: {k: sorted(v) for k, v in attrs.items() if k not in OWN}
            for base in (TOP, OUTSIDE) for dn, attrs in north.read(base)}


def unlike(before, after):
    """{name: {attribute: (was, is)}}"""
    out = {}
    for dn in sorted(set(before) | set(after)):
        a, b = before.get(dn, {}), after.get(dn, {})
        diff = {k: (a.get(k), b.get(k)) for k in sorted(set(a) | set(b)) if a.get(k) != b.get(k)}
        if diff:
            out[dn.split(',')[0]] = diff
    return out


def ids(s):
    return {dn: (a['objectguid'], a.get('objectsid')) for dn, a in s.items()}


def usns():
    return [{dn: a['usnchanged'] for dn, a in north.read(base)} for base in (TOP, OUTSIDE)]


def purge(guid):
    """The tombstone's time is over."""
    r = run('ldbdel', '-H', RUN / 'northwall/private/sam.ldb', '--configfile=%s' % (RUN / 'northwall/smb.conf'),
            '--show-deleted', '--relax', '--controls=relax:0', '--controls=show_deleted:1',
            '--controls=local_oid:1.3.6.1.4.1.7165.4.3.24:0', tombstone(guid))
    if r.code != 0:
        raise RuntimeError('ldbdel: ' + r.all)


def tombstone(guid):
    return north.read(north.dn, '(objectGUID=%s)' % ''.join('\\%02x' % b for b in guid), 'sub', ('1.1',), '-e',
                      '!1.2.840.113556.1.4.417')[0][0]


def steps(site):
    for args in (('hr', 'full-import'), ('hr', 'delta-sync')):
        t.code(site.run('run', *args), 0, ' '.join(args))


def setup(d):
    north.change(*[('add', dn, {'objectClass': 'organizationalUnit'}) for dn in (TOP, STAFF, LOCAL, OUTSIDE,
                                                                                 'OU=Away,' + STAFF)])
    hr = Hr(d / 'hr.ldif')
    for i, name in enumerate(('anna', 'bea', 'carl', 'dora', 'emil', 'fritz', 'gerd')):
        hr.person(name, **({'manager': 'CN=anna,DC=hr'} if i else {}))
    hr.group('crew', 'anna', 'bea', 'carl')
    hr.group('choir', 'bea', 'dora')
    hr.write()
    (d / 'rules').mkdir()
    (d / 'rules/own.yaml').write_text(RULES)
    site = Site(d / 'site', [
        {'name': 'hr', 'kind': 'file', 'format': 'ldif', 'path': str(hr.path), 'anchor': 'hrId',
         'attribute_types': {'manager': 'reference', 'member': 'reference list', 'otherHomePhone': 'string list'}},
        north.connector(writable=True, partitions=[{'dn': north.dn, 'include': [TOP]}], object_classes=['user', 'group'])],
        rules=[str(d / 'rules')], guard={'source_percent': 'off'})
    return site, hr


def by_hand():
    """What administrators keep, and no rule knows of."""
    password = '"Secret-Pass-1"'.encode('utf-16-le')
    bea = 'CN=bea,' + STAFF
    north.change(group(LOCAL, 'team', bea, 'CN=carl,' + STAFF), group(OUTSIDE, 'elsewhere', bea),
                 ('modify', bea, put('unicodePwd', password)), ('modify', bea, put('userAccountControl', '512')),
                 ('modify', bea, put('description', 'by hand') + put('otherTelephone', '7', '8') + put(
                     'jpegPhoto', bytes(range(250))) + put('secretary', 'CN=dora,' + STAFF) + put(
                         'accountExpires', '133000000000000000') + put('wWWHomePage', 'http://under')),
                 ('modify', 'CN=choir,' + STAFF, put('info', 'kept by hand') + put('managedBy', 'CN=elsewhere,' + OUTSIDE)))


def accident(hr):
    hr.objects['carl'].update(title='Chief', otherHomePhone=['2', '3'])
    del hr.objects['dora']['department']
    hr.objects['dora']['manager'] = 'CN=carl,DC=hr'
    hr.objects['emil']['place'] = 'CN=emilia,' + STAFF
    hr.objects['fritz']['place'] = 'CN=fritz,OU=Away,' + STAFF
    hr.drop('bea')
    hr.drop('choir')
    hr.person('nina', manager='CN=carl,DC=hr')
    hr.group('new', 'nina', 'carl')
    hr.objects['crew']['member'] += ['CN=nina,DC=hr', 'CN=gerd,DC=hr']
    hr.objects['crew']['member'].remove('CN=anna,DC=hr')
    hr.write()


with scratch() as d:
    site, hr = setup(d)
    t.code(site.run('cycle', 'initial'), 0, 'the first cycle')
    t.ok('CN=bea,' + STAFF in state(), 'people are there')
    by_hand()
    t.code(site.run('cycle'), 0, 'the second')
    before = state()
    accident(hr)
    steps(site)
    plan = site.run('plan', '--json').json()
    t.is_((plan['adds'], plan['deletes']), (2, 2), 'what is in the plan')
    t.code(site.run('apply', plan['number']), 0, 'it is applied')
    spoilt = state()
    t.ok('CN=bea,' + STAFF not in spoilt and 'CN=emilia,' + STAFF in spoilt, 'it arrived')
    r = site.run('undo', plan['number'], '--json')
    t.code(r, 0, 'undo')
    undo, said = r.json(), {}
    for n in undo['cannotBeUndone']:
        said.setdefault(n['dn'].split(',')[0], []).append(n['why'])
    marks = 'the directory leaves marks (lastKnownParent, of Samba adminCount and operatorCount)'
    t.is_({k: sorted(v) for k, v in said.items()}, {
        'CN=bea': ['it comes back with its objectGUID and objectSid, without its password; ' + marks,
                   'memberOf: CN=elsewhere,%s, of which that is not imported, does not refer to it again' % OUTSIDE],
        'CN=choir': ['it comes back with its objectGUID and objectSid; ' + marks,
                     'managedBy: CN=elsewhere,%s is not imported, or not there any more: it is left out' % OUTSIDE]},
        'it says beforehand what cannot be')
    t.is_(unlike(spoilt, state()), {}, 'undo itself writes nothing')
    t.code(site.run('apply', undo['number']), 0, 'the inverse is applied')
    after, bea, choir = state(), 'CN=bea,' + STAFF, 'CN=choir,' + STAFF
    t.is_([dn for dn, i in ids(before).items() if ids(after).get(dn) != i], [], 'all are the same objects')
    mark = {'admincount': (None, [b'0']), 'operatorcount': (None, [b'0']), 'lastknownparent': (None, [STAFF.encode()])}
    t.is_(unlike(before, after), {
        'CN=bea': {**mark, 'pwdlastset': (before[bea]['pwdlastset'], [b'0'])},
        'CN=choir': {**mark, 'managedby': (before[choir]['managedby'], None)},
        'CN=elsewhere': {'member': ([bea.encode()], None), 'managedobjects': ([choir.encode()], None)}},
        'the directory is as it was, but for what it said')
    before = usns()
    for _ in range(2):
        t.code(site.run('cycle'), 0, 'a cycle after it')
    t.is_(usns(), before, 'writes nothing: what was undone is held')

    # ---- Undone again, and back again ----
    again = site.run('undo', undo['number'], '--json').json()
    t.code(site.run('apply', again['number']), 0, 'the inverse of the inverse')
    now = state()
    t.ok(bea not in now and choir not in now and 'CN=nina,' + STAFF in now and 'CN=emilia,' + STAFF in now,
         'is what was first sent')
    t.is_(ids(now)['CN=nina,' + STAFF], ids(spoilt)['CN=nina,' + STAFF], 'whom the undo deleted is the same one as well')
    t.code(site.run('cycle'), 0, 'a cycle after it')
    t.is_(site.pending('northwall'), [], 'and nothing is held or pending any more')

    # ---- Somebody was faster, and somebody may not ----
    gerd = 'CN=gerd,' + STAFF
    before = state()
    hr.drop('gerd')
    hr.write()
    steps(site)
    plan = site.run('plan', '--json').json()
    t.code(site.run('apply', plan['number']), 0, 'a person is deleted')
    undo = site.run('undo', plan['number'], '--json').json()
    admin = dict(site.settings['connectors'][1])
    (d / 'sync').write_text('Passw0rd!Sync')
    (d / 'sync').chmod(0o600)
    site.settings['connectors'][1].update(user='sync@' + north.domain.upper(), password='file:%s' % (d / 'sync'))
    site.write()
    r = site.run('apply', undo['number'], '--as-is')
    t.code(r, 3, 'an account that may not bring it back')
    t.has(r.all, ['Gerd', 'may not be seen'], 'is told so')
    site.settings['connectors'][1] = admin
    site.write()
    north.restore(ids(before)[gerd][0][0], gerd)
    t.code(site.run('apply', undo['number'], '--as-is'), 0, 'somebody brought it back by hand, without its values')
    t.is_({k: v for k, v in unlike(before, state())['CN=gerd'].items() if k not in mark and k != 'pwdlastset'}, {},
          'they are written all the same')

    # ---- For good ----
    gone = ids(spoilt)['CN=crew,' + STAFF][0][0]
    hr.drop('crew')
    hr.write()
    t.code(site.run('cycle'), 0, 'a group is deleted')
    purge(gone)
    run_ = next(x['run'] for x in site.run('journal', 'list', '--json', '--limit', 3).json() if x['operation'] == 'delete')
    r = site.run('undo', '--run', run_, '--json')
    t.ok([n for n in r.json()['cannotBeUndone'] if n['displayName'] == 'crew' and
          'deleted for good' in n['why'] and not n['inPart']], 'a tombstone that is not there any more', r.out)
t.done()

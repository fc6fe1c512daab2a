"""What anchor.t runs when its forest is up."""
import os
import signal
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from forests import RUN, UPN, Forest, group, put, user  # noqa: E402
from forests_oracle import sid_text  # noqa: E402
from rig import *  # noqa: E402,F403

t = Tap()
north = Forest('northwall')
HOME, EAST = 'OU=Home,' + north.dn, 'OU=East,OU=Home,' + north.dn
USER, ANCHOR = 'bf967aba-0de6-11d0-a285-00aa003049e2', '23773dc2-b63a-11d2-90e1-00c04fd91ab1'
PEOPLE = ['CN=%s,%s' % (n, HOME) for n in ('anna', 'bert', 'carl')] + ['CN=%s,%s' % (n, EAST) for n in ('dora', 'emil')]
CREW = 'CN=crew,' + HOME
WHY = ('--by', 'ada', '--reason', 'moves between domains')


def value(dn):
    return north.read(dn, scope='base', attributes=('mS-DS-ConsistencyGuid',))[0][1].get('ms-ds-consistencyguid', [None])[0]


def values():
    return [value(dn) for dn in PEOPLE]


def ids(tenant):
    d = tenant.graph().full_dump()
    return {u['id']: u['onPremisesImmutableId'] for u in d['users']}, sorted(g['id'] for g in d['groups'])


def noted(site):
    with contextlib.closing(sqlite3.connect('file:%s?mode=ro' % (site.path / 'causeway.db'), uri=True)) as db:
        row = db.execute("SELECT value FROM meta WHERE key = CAST('migrate.anchor' AS BLOB)").fetchone()
        return json.loads(row[0]) if row and row[0] else None


def text(site):
    return (site.path / 'causeway.yaml').read_text()


def delegate(d):
    """An account that may write the attribute of whom lies in the eastern OU, and nothing else."""
    r = run('samba-tool', 'user', 'create', 'svcanchor', 'Passw0rd!Anchor', '-H', RUN / 'northwall/private/sam.ldb',
            '--configfile=%s' % (RUN / 'northwall/smb.conf'))
    if r.code != 0:
        raise RuntimeError(r.all)
    sid = sid_text(north.sid('CN=svcanchor,CN=Users,' + north.dn))
    r = run('samba-tool', 'dsacl', 'set', '-H', RUN / 'northwall/private/sam.ldb', '--configfile=%s' % (RUN / 'northwall/smb.conf'),
            '--objectdn=' + EAST, '--sddl=(OA;CIIO;RPWP;%s;%s;%s)' % (ANCHOR, USER, sid))
    if r.code != 0:
        raise RuntimeError(r.all)
    (d / 'svc').write_text('Passw0rd!Anchor')
    (d / 'svc').chmod(0o600)
    return {'user': 'svcanchor@' + north.domain.upper(), 'password': 'file:%s' % (d / 'svc')}


with scratch() as d:
    north.change(('add', HOME, {'objectClass': 'organizationalUnit'}), ('add', EAST, {'objectClass': 'organizationalUnit'}),
                 *[user(dn.split(',', 1)[1], dn[3:7]) for dn in PEOPLE], group(HOME, 'crew', *PEOPLE))
    GUIDS = [north.guid(dn) for dn in PEOPLE]
    tenant = Tenant(d / 'tenant', domain=UPN).start().sync_switch(True)
    ad = {'writable': True, 'partitions': [{'dn': north.dn, 'include': [HOME]}], 'object_classes': ['user', 'group']}
    site = Site(d / 'site', [north.connector(**{**ad, 'writable': False}), tenant.sync_connector()])

    # ---- Not before the upgrade is over ----

    r = site.run('migrate', 'anchor', 'apply')
    t.code(r, 2, 'not without a reason')
    t.code(site.run('staging', 'on'), 0, 'as after an import')
    t.code(site.run('cycle', 'initial'), 0, 'the directory is read')
    r = site.run('migrate', 'anchor', 'apply', *WHY)
    t.code(r, 5, 'in staging mode')
    t.has(r.err, ['the upgrade is not over', 'objectGUID', 'migrate switch'], 'it is said why')
    t.code(site.run('staging', 'off'), 0, 'active')
    r = site.run('migrate', 'anchor', 'apply', *WHY)
    t.code(r, 5, 'before the first export')
    t.has(r.err, ['exported nothing yet'], 'too')
    t.code(site.run('cycle'), 0, 'the cloud is filled, by objectGUID')
    before = ids(tenant)
    t.is_(sorted(before[0].values()), sorted(base64.b64encode(g).decode() for g in GUIDS), 'which is everybody\'s immutable ID')

    # ---- What there is ----

    r = site.run('migrate', 'anchor', 'show', '--json').json()
    t.is_((r['users'], r['empty'], r['equal'], r['other'], r['set'], r['task']), (5, 5, 0, [], False, ''), 'five users without a value')
    r = site.run('migrate', 'anchor', 'apply', *WHY)
    t.code(r, 5, 'a directory that may not be written')
    t.has(r.err, ['writable'], 'names the setting')
    t.is_(values(), [None] * 5, 'nothing was written')
    north.change(('modify', PEOPLE[1], put('mS-DS-ConsistencyGuid', b'another--value--')),
                 ('modify', PEOPLE[2], put('mS-DS-ConsistencyGuid', GUIDS[2])))
    site.settings['connectors'][0]['writable'] = True
    site.write()
    r = site.run('migrate', 'anchor', 'apply', *WHY, '--json')
    t.code(r, 5, 'somebody has another value')
    t.is_([(o['dn'], base64.b64decode(o['value'])) for o in r.json()['other']], [(PEOPLE[1], b'another--value--')], 'by name and value')
    t.is_([v is not None for v in values()], [False, True, True, False, False], 'nobody was written')
    t.ok('source_anchor' not in text(site), 'the file is as it was')
    north.change(('modify', PEOPLE[1], ['delete: mS-DS-ConsistencyGuid', '-']))

    # ---- Rights for a part of them ----

    site.settings['connectors'][0].update(delegate(d))
    site.write()
    r = site.run('migrate', 'anchor', 'apply', *WHY, '--json')
    t.code(r, 5, 'an account without the right for some')
    t.is_(sorted(f['dn'] for f in r.json()['failures']), PEOPLE[:2], 'each of them by name')
    t.ok(all('write property' in f['why'] for f in r.json()['failures']), 'with the right that is missing', r.json()['failures'])
    t.is_(values(), [None, None, GUIDS[2], GUIDS[3], GUIDS[4]], 'the others have it')
    t.ok('source_anchor' not in text(site), 'nothing is switched')
    t.is_(site.run('migrate', 'anchor', 'show', '--json').json()['task'], 'writing', 'which is noted')

    # ---- Killed ----

    site.settings['connectors'] = [north.connector(**ad), tenant.sync_connector()]
    site.write()
    tenant.admin('POST', 'delay', {'ms': 1500})
    p = site.popen('migrate', 'anchor', 'apply', *WHY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: value(PEOPLE[0]) is not None, 'the first value')
    p.send_signal(signal.SIGKILL)
    p.wait()
    tenant.admin('DELETE', 'faults')
    t.ok('source_anchor' not in text(site), 'killed before the proof: nothing is switched')
    t.is_(noted(site)['state'], 'writing', 'it goes on from there')

    # ---- All of it, and back ----

    original = text(site)
    r = site.run('migrate', 'anchor', 'apply', *WHY, '--json')
    t.code(r, 0, 'all of it')
    t.is_((r.json()['task'], r.json()['proved'], r.json()['equal']), ('switched', 5, 5), 'five immutable IDs proved')
    t.is_(values(), GUIDS, 'each has its objectGUID')
    t.is_(value(CREW), None, 'a group has none: its anchor is the connector\'s')
    t.has(text(site), ['default_rules:\n  source_anchor: mS-DS-ConsistencyGuid\n'], 'the setting is there')
    t.ok(text(site).startswith(original), 'and nothing else of the file is another')
    t.code(site.run('config', 'check'), 0, 'which reads')
    t.code(site.run('migrate', 'anchor', 'apply', *WHY), 5, 'it is not done twice')
    t.is_(ids(tenant), before, 'the cloud is what it was')
    r = site.run('migrate', 'anchor', 'return', *WHY, '--json')
    t.code(r, 0, 'before the first run: the way back')
    t.is_((text(site), r.json()['cleared']), (original, 4), 'the file octet by octet, and four values')
    t.is_(values(), [None, None, GUIDS[2], None, None], 'the one that was there before stays')
    t.code(site.run('migrate', 'anchor', 'return', *WHY), 1, 'there is no more to take back')

    # ---- For good ----

    site.settings['default_rules'] = {'services': ['apps', 'dynamics', 'exchange', 'intune', 'rms', 'sharepoint', 'teams']}
    site.write()
    (site.path / 'causeway.yaml').write_text(text(site).replace('default_rules:\n', 'default_rules:   # ours\n'))
    t.code(site.run('migrate', 'anchor', 'apply', *WHY), 0, 'once more')
    t.has(text(site), ['default_rules:   # ours\n  source_anchor: mS-DS-ConsistencyGuid\n  services:'], 'beside settings that are there')
    writes = tenant.writes()
    t.code(site.run('cycle'), 0, 'the first run after it')
    t.code(site.run('cycle', 'initial'), 0, 'and all of it in full')
    t.is_((tenant.writes(), site.pending()), (writes, []), 'sends nothing: no immutable ID changed')
    t.is_(ids(tenant), before, 'octet by octet')
    r = site.run('migrate', 'anchor', 'return', *WHY)
    t.code(r, 5, 'after a run the way back is closed')
    t.has(r.err, ['there was a run since'], 'and it is said why')
    names = [j['result'] for j in site.run('journal', 'list', '--json').json()]
    t.ok({'anchor-writing', 'anchor-switched', 'anchor-returned'} <= set(names), 'the journal has all of it', names)

    # ---- What it is for ----

    guid = north.guid(PEOPLE[0])
    north.change(('delete', PEOPLE[0]), user(HOME, 'anna', **{'mS-DS-ConsistencyGuid': guid}))
    t.ok(north.guid(PEOPLE[0]) != guid, 'an account is made anew, with the value of the old one')
    t.code(site.run('cycle'), 0, 'it is read')
    t.is_(ids(tenant)[0], before[0], 'and is the same person in the cloud')

    # ---- A file that no line can be put into ----

    r = site.settings.pop('default_rules')
    site.write()
    (site.path / 'causeway.yaml').write_text(text(site) + 'default_rules: {services: [apps]}\n')
    held = values()
    r = site.run('migrate', 'anchor', 'apply', *WHY)
    t.code(r, 1, 'settings on one line')
    t.has(r.err, ['causeway.yaml:', 'by hand', 'source_anchor: mS-DS-ConsistencyGuid'], 'say what to write, and where')
    t.is_(values(), held, 'before anything is written')
t.done()

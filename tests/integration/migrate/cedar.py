"""What samba-cedar.t runs when its forest is up.  The cloud is what make_company.py
says of the old server by hand; none of Causeway's rules had a part in it."""
import datetime
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../../lib'), os.path.join(HERE, '../../../examples/upgrade')]
import forests  # noqa: E402
import make_company  # noqa: E402
import migrate_samba  # noqa: E402
from rig import *  # noqa: E402,F403

t = Tap()
MADE_BY_FOREST = ('objectClass', 'cn', 'objectGUID', 'objectSid')


def put(forest, company):
    """The company's directory into the forest, and its identifiers back from there."""
    for _, e in company.entries:
        if e['objectClass'] == 'user':
            e['userAccountControl'] = str(int(e['userAccountControl']) | 32)  # no password is needed
    anchors = {dn: e.pop('mS-DS-ConsistencyGuid') for dn, e in company.entries if 'mS-DS-ConsistencyGuid' in e}
    own = {dn for dn, e in company.entries if anchors.get(dn) == e.get('objectGUID')}
    entries = [(dn, e) for dn, e in company.entries if e['objectClass'] != 'domainDNS']
    links = {dn: e['member'] for dn, e in entries if 'member' in e}
    forest.change(*(('add', dn, {'objectClass': e['objectClass'], **{
        k: v for k, v in e.items() if k not in MADE_BY_FOREST + ('member', 'manager', 'ou')}}) for dn, e in entries))
    forest.change(*(('modify', dn, forests.put('member', *members)) for dn, members in links.items()),
                  *(('modify', dn, forests.put('manager', e['manager'])) for dn, e in entries if 'manager' in e))
    made = {dn.lower(): a for dn, a in forest.read(forest.dn, attributes=('objectGUID', 'objectSid', 'pwdLastSet'))}
    for dn, e in entries:
        if e['objectClass'] == 'user':
            e['pwdLastSet'] = int(made[dn.lower()]['pwdlastset'][0])
        for name in ('objectGUID', 'objectSid'):
            if name in e:
                e[name] = made[dn.lower()][name.lower()][0]
    for dn, e in entries:
        if dn in anchors:
            e['mS-DS-ConsistencyGuid'] = e['objectGUID'] if dn in own else anchors[dn]
    forest.change(*(('modify', dn, forests.put('mS-DS-ConsistencyGuid', e['mS-DS-ConsistencyGuid'])) for dn, e in entries
                    if 'mS-DS-ConsistencyGuid' in e))


class OnForest(make_company.Cedar):
    """What a server sends besides that reads a real domain, and no file."""

    def values(self, e, known):
        out = make_company.Cedar.values(self, e, known)
        if e['objectClass'] == 'user':
            changed = datetime.datetime(1601, 1, 1) + datetime.timedelta(microseconds=e['pwdLastSet'] // 10)
            out.update(dnsDomainName=self.domain, netBiosName='CEDAR', lastPasswordChangeTimestamp='%04d%s.0Z' % (
                changed.year, changed.strftime('%m%d%H%M%S')))
        return out


with scratch() as d:
    r = migrate_samba.Rehearsal(t, sys.argv[1], d)
    r.extend()
    company = OnForest()
    put(r.forest, company)
    left = company.tenant()
    r.start(left)
    r.cycle('the cloud as Cedar\'s server left it')
    r.spaces()
    x = r.causeway('compared: no line is open', 'migrate', 'compare', '--json').json()
    managed = company.managed()
    t.is_((x['objects'], x['same'], x['lines']), (len(managed), len(managed), []), 'every object is the same, every value of it')
    moved = sum(e.get('mS-DS-ConsistencyGuid') not in (None, e['objectGUID']) for e in managed.values())
    t.ok(moved >= 4, '%d of them by an anchor from another forest' % moved)
    values = left['users'][4]['sync']['values']
    values['department'] = 'Elsewhere'
    r.tenant.stop()
    r.start(left)
    r.cycle('a cloud with another department of one person')
    x = r.causeway('compared: one line is open', 'migrate', 'compare', '--json', code=4).json()
    t.is_([(line['operation'], line['attribute'], line['old'], line['sourceAnchor']) for line in x['lines']],
          [('change', 'department', ['Elsewhere'], left['users'][4]['sync']['sourceAnchor'])], 'this one')

    # ---- Nothing is left but the forest and the cloud ----

    values['department'] = next(e for e in managed.values() if company.anchor(e) == left['users'][4]['sync']['sourceAnchor'])['department']
    lost = left['users'].pop(5)['sync']
    left['users'].append({'sync': {'sourceAnchor': 'TG9uZyBHb25lIQ==', 'values': {
        'userPrincipalName': 'long.gone@cedar.example', 'displayName': 'Long Gone', 'accountEnabled': True}}})
    r.tenant.stop()
    r.start(left)
    before, was = r.tenant.writes(), r.cloud_state()
    x = r.causeway('analyze --from-directories', 'migrate', 'analyze', '--from-directories', '--json').json()
    seen, n = x['directories'], x['directories']['objects']
    t.is_((n['matched'], x['settings'].get('source_anchor')), (len(managed) - 1, 'mS-DS-ConsistencyGuid'),
          'whoever the cloud has by an anchor is found in the forest, and of which attribute it was made')
    t.is_([(o['name'], o['anchor']) for o in seen['orphans_cloud']], [('Long Gone', 'TG9uZyBHb25lIQ==')], 'an orphan of the cloud')
    alone = {o['dn'] for o in seen['orphans_directory']}
    dn = next(dn for dn, e in managed.items() if company.anchor(e) == lost['sourceAnchor'])
    outside = {dn for dn, (cls, _) in r.read_forest().items() if cls in ('user', 'contact', 'group')} - set(managed)
    t.is_(alone, outside | {dn}, 'orphans of the forest: one who was lost, and those whom the rules keep at home')
    t.is_((r.tenant.writes(), r.cloud_state() == was, (r.site / 'causeway.db').exists()), (before, True, False),
          'nobody was deleted, and nothing written: neither in the cloud nor in a store')
t.done()

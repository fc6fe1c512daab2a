"""What lifecycle.t runs when its forests are up.

Two sites read the same forests, each into a tenant of its own: one by cycles as
they are scheduled, which read what changed where the connector can, the other
always in full.  After each step both tenants are held against the forests."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from forests import *  # noqa: E402,F403
import rig  # noqa: E402
from rig import Tap, scratch  # noqa: E402

t = Tap()
north, south = Forest('northwall'), Forest('saltmarsh')
MAIL = '@crag.example'


class Twice:
    """One world, two sites and tenants."""

    def __init__(self, folder):
        self.w, self.imports = World(t, folder, 'life', [north, south], 'mail'), []
        self.full = rig.Tenant(self.w.folder / 'tenant-full', UPN).start()
        self.sites = {'': (self.w.site, self.w.tenant, ()),
                      ' (in full)': (self.w.make_site('site-full', self.full), self.full, ('initial',))}

    def step(self, name):
        for how, (site, tenant, args) in self.sites.items():
            self.w.run(name + how, *args, site=site)
            self.w.check(name + how, tenant)
            self.imports += [(how, name, what) for who, what in self.w.steps if who == north.name and 'import' in what]

    def read_by(self, how):
        return {what: [n for h, n, w in self.imports if h == how and w == what] for what in ('full-import', 'delta-import')}

    def run(self, name):
        for how, (site, _, args) in self.sites.items():
            self.w.run(name + how, *args, site=site)

    def refused(self, name, text):
        """The object stands still: an error, and not a single write."""
        for how, (site, tenant, args) in self.sites.items():
            writes = tenant.writes()
            r = site.run('cycle', *args, '--json')
            t.code(r, 3, name + how)
            t.has(str(rig.errors_of(r)), [text], name + how + ': it says why')
            t.is_(tenant.writes(), writes, name + how + ': nothing is written')

    def ids(self):
        return {how: {u['onPremisesImmutableId']: u['id'] for u in tenant.dump()['users'] if u.get('onPremisesImmutableId')}
                for how, (_, tenant, _) in self.sites.items()}

    def filter(self, text, test):
        """What the first forest is asked for."""
        for site, _, _ in self.sites.values():
            site.settings['connectors'][0].pop('filter', None)
            if text:
                site.settings['connectors'][0]['filter'] = text
            site.write()
        self.w.filter = {north: test}

    def scope(self, exclude=()):
        """What is left out of the first forest."""
        for site, _, _ in self.sites.values():
            p = site.settings['connectors'][0]['partitions'][0]
            p['exclude'] = list(exclude)
            site.write()
        self.w.exclude = {north: list(exclude)}


def populate(w, n, s):
    for f in (north, south):
        f.change(*(('add', 'OU=%s,%s' % (o, w.ou(f)), {'objectClass': 'organizationalUnit'})
                   for o in ('Staff', 'Branch', 'Groups')))
    staff, branch, groups = ('OU=%s,%s' % (o, n) for o in ('Staff', 'Branch', 'Groups'))
    people = ['CN=p%02d,%s' % (i, staff) for i in range(12)]
    north.change(*(user(staff, 'p%02d' % i, mail='p%02d%s' % (i, MAIL), department='Store %d' % (i % 3), title='Clerk',
                        mobile='+1 555 %04d' % i, manager=people[0] if i else None) for i in range(12)),
                 *(user(branch, 'b%02d' % i, mail='b%02d%s' % (i, MAIL), manager=people[1]) for i in range(4)),
                 contact(staff, 'Kim outside', 'kim@else.example', title='Guest'),
                 contact(staff, 'Sal of South', 's00' + MAIL),
                 group(groups, 'All', *people), group(groups, 'Some', *people[:4], 'CN=b00,' + branch),
                 group(groups, 'Nested', 'CN=All,' + groups, 'CN=Some,' + groups))
    south.change(*(user('OU=Staff,' + s, 's%02d' % i, mail='s%02d%s' % (i, MAIL)) for i in range(6)),
                 group('OU=Groups,' + s, 'South', *('CN=s%02d,OU=Staff,%s' % (i, s) for i in range(6))))
    north.change(group(groups, 'Guests of north', foreign(south.sid('CN=s01,OU=Staff,' + s))))


def changes(x, n, staff):
    north.change(user(staff, 'new', mail='new' + MAIL, manager='CN=p03,' + staff),
                 ('modify', 'CN=Some,OU=Groups,' + n, plus('member', 'CN=new,' + staff)))
    x.step('add')
    north.change(('modify', 'CN=p01,' + staff, put('title', 'Chef de Rang Ünal'.encode()) + put('mobile') +
                  put('department', 'Other')))
    x.step('change')
    ids = x.ids()
    north.change(('move', 'CN=p02,' + staff, 'CN=p02 renamed,' + staff), ('move', 'CN=p03,' + staff, 'CN=p03,OU=Branch,' + n))
    x.step('rename, and move to another unit')
    north.change(('move', 'OU=Branch,' + n, 'OU=Branches,' + n))
    x.step('a unit is renamed')
    north.change(('move', 'OU=Branches,' + n, 'OU=Branches,' + staff))
    x.step('a unit is moved below another')
    t.is_(x.ids(), ids, 'rename and move: the users are the same')
    north.change(('modify', 'CN=p04,' + staff, put('userAccountControl', '546')))
    x.step('disable')
    north.change(('modify', 'CN=p04,' + staff, put('userAccountControl', '544')))
    x.step('enable')


def gone_and_back(x, n, staff):
    ids, guid = x.ids(), north.guid('CN=p00,' + staff)
    anchor = north.anchor('CN=p00,' + staff)
    north.change(('delete', 'CN=p00,' + staff), ('delete', 'CN=p05,' + staff))
    x.step('delete: the manager of many, and a member')
    north.restore(guid, 'CN=p00,' + staff)
    north.change(('modify', 'CN=p00,' + staff, put('userPrincipalName', 'p00' + MAIL) + put('mail', 'p00' + MAIL) +
                  put('displayName', 'P00')),
                 ('modify', 'CN=All,OU=Groups,' + n, plus('member', 'CN=p00,' + staff)),
                 ('modify', 'CN=p01,' + staff, put('manager', 'CN=p00,' + staff)))
    # The cloud gives it back as it was there: a second cycle takes away what
    # the tombstone has lost.
    x.run('restore')
    x.step('restore, once more')
    t.is_({how: u.get(anchor) for how, u in x.ids().items()}, {how: u[anchor] for how, u in ids.items()},
          'restore: the users are the same')
    north.change(user(staff, 'p05', mail='p05' + MAIL), ('modify', 'CN=All,OU=Groups,' + n, plus('member', 'CN=p05,' + staff)))
    x.step('recreate: another of the same name')


def references(x, n, s, staff):
    groups = 'OU=Groups,' + n
    north.change(('modify', 'CN=All,' + groups, minus('member', 'CN=p06,' + staff, 'CN=p07,' + staff)),
                 ('modify', 'CN=Some,' + groups, plus('member', 'CN=p06,' + staff, 'CN=p07,' + staff, 'CN=Nested,' + groups)))
    x.step('members come and go, and groups hold each other')
    north.change(('modify', 'CN=p08,' + staff, put('manager', 'CN=p09,' + staff)), ('modify', 'CN=p09,' + staff, put('manager')),
                 ('modify', 'CN=p10,' + staff, put('manager', 'CN=Sal of South,' + staff)))
    x.step('managers: another, none, and one of the other forest by its contact')
    sids = [south.sid('CN=s%02d,OU=Staff,%s' % (i, s)) for i in range(6)]
    guests = 'CN=Guests of north,' + groups
    north.change(('modify', guests, plus('member', foreign(sids[2]), foreign(sids[3]))))
    x.step('foreign members come')
    north.change(('modify', guests, minus('member', 'CN=%s,CN=ForeignSecurityPrincipals,%s' % (sid_text(sids[1]), north.dn))))
    x.step('a foreign member goes')
    south.change(('delete', 'CN=s02,OU=Staff,' + s))
    x.step('a foreign member is deleted at home')
    north.change(group(groups, 'Early', 'CN=p11,' + staff),
                 user('CN=Users,' + north.dn, 'z-late', mail='z-late' + MAIL),
                 ('modify', 'CN=Early,' + groups, plus('member', 'CN=z-late,CN=Users,' + north.dn)),
                 ('modify', 'CN=p11,' + staff, put('manager', 'CN=z-late,CN=Users,' + north.dn)))
    x.step('a member and manager that is not read')
    north.change(('move', 'CN=z-late,CN=Users,' + north.dn, 'CN=z-late,' + staff))
    x.step('and is moved to where it is')
    north.change(('move', 'CN=z-late,' + staff, 'CN=z-late,CN=Users,' + north.dn))
    x.step('and away again')


def across(x, n, s, staff):
    south.change(user('OU=Staff,' + s, 'box', mail='p09' + MAIL, userAccountControl='546', mailNickname='p09',
                      msExchMasterAccountSid=north.sid('CN=p09,' + staff), msExchRecipientTypeDetails='2', title='By mailbox',
                      userPrincipalName='box@south.crag.example'))
    x.step('a linked mailbox')
    south.change(('modify', 'CN=box,OU=Staff,' + s, put('telephoneNumber', '1') + put('title', 'Changed')))
    x.step('the mailbox changes')
    south.change(('delete', 'CN=box,OU=Staff,' + s))
    x.step('the mailbox goes')
    south.change(user('OU=Staff,' + s, 'kim', mail='kim@else.example', userPrincipalName='kim' + MAIL))
    x.step('a contact of the north is a user of the south')
    north.change(('modify', 'CN=All,OU=Groups,' + n, plus('member', 'CN=Kim outside,' + staff)))
    x.step('and a member by its contact')
    south.change(('delete', 'CN=kim,OU=Staff,' + s))
    x.step('and a contact again')
    kim = 'CN=Kim outside,' + staff
    north.change(('delete', kim), user(staff, 'Kim outside', sAMAccountName='kim', mail='kim@else.example',
                                       userPrincipalName='kim' + MAIL, title='No guest any more'),
                 ('modify', 'CN=All,OU=Groups,' + n, plus('member', kim)))
    x.step('the contact is a user under its name')
    north.change(('delete', kim), contact(staff, 'Kim outside', 'kim@else.example'))
    x.step('and a contact under its name')


def scopes(x, n, staff):
    before = x.ids()
    branches = 'OU=Branches,' + staff
    x.scope(exclude=[branches])
    x.step('a container is left out')
    t.ok(all(len(v) == len(before[how]) - 5 for how, v in x.ids().items()), 'a container is left out: its users go')
    x.scope()
    x.step('and read again')
    t.is_(x.ids(), before, 'and read again: the users are the same')


def filters(x, staff):
    before = x.ids()
    x.filter('(!(department=Other))', lambda a: a.get('department') != [b'Other'])
    x.step('a filter leaves one out')
    t.ok(all(len(v) == len(before[how]) - 1 for how, v in x.ids().items()), 'a filter leaves one out: it goes')
    north.change(('modify', 'CN=p11,' + staff, put('department', 'Other')))
    x.step('another comes under the filter')
    north.change(('modify', 'CN=p11,' + staff, put('department', 'Store 1')))
    x.step('and out of it again')
    x.filter(None, lambda a: True)
    x.step('no filter any more')
    t.is_(x.ids(), before, 'no filter any more: the users are the same')


def from_nothing(x):
    """A new site and tenant end where the old ones did."""
    tenant = rig.Tenant(x.w.folder / 'tenant-new', UPN).start()
    site = x.w.make_site('site-new', tenant)
    x.w.run('from nothing', 'initial', site=site)
    x.w.run('from nothing, once more', site=site)
    x.w.check('from nothing', tenant)
    tenant.stop()


def anchors(x, s, staff):
    """A second account signs in: the anchor would be another."""
    south.change(user('OU=Staff,' + s, 'p10s', mail='p10' + MAIL, userPrincipalName='p10s' + MAIL))
    x.step('a second account')
    north.change(('modify', 'CN=p10,' + staff, put('userAccountControl', '546') + put('title', 'Not to be seen')))
    x.refused('another account would name the user', 'SourceAnchor attribute has changed.')
    x.refused('and the next time', 'SourceAnchor attribute has changed.')
    north.change(('modify', 'CN=p10,' + staff, put('userAccountControl', '544')))
    x.step('as it was')


def lost(x, staff):
    for site, _, _ in x.sites.values():
        t.ok(rig.change_store(site.path / 'causeway.db', 'delete from watermark') > 0, 'the watermarks are lost')
    north.change(('delete', 'CN=p07,' + staff), ('modify', 'CN=p08,' + staff, put('title', 'After the loss')))
    x.step('a cycle without them')


def other_controller(x, staff):
    """The controller burns down; a copy of it at another address goes on."""
    for site, _, _ in x.sites.values():
        site.settings['connectors'][0]['servers'].append('ldaps://dc2.' + north.domain)
        site.write()
    script = ('. "$LIB/forests.sh"; forests_use northwall; forest_kill "$R/northwall" && '
              'cp -R --preserve=mode,timestamps --sparse=always "$R/northwall" "$R/northwall2" && '
              'forest_start "$R/northwall2" 2')
    r = rig.run('bash', '-c', script, env=dict(os.environ, LIB=str(rig.ROOT / 'tests/lib'), R=os.environ['FORESTS_RUN']))
    t.code(r, 0, 'another controller')
    north.at('dc2.' + north.domain)
    x.step('a cycle at the other controller')
    north.change(('modify', 'CN=p08,' + staff, put('title', 'Written at the other')), ('delete', 'CN=p06,' + staff))
    x.step('a change there')


with scratch() as d:
    x = Twice(d)
    w = x.w
    n, s = w.ou(north), w.ou(south)
    staff = 'OU=Staff,' + n
    populate(w, n, s)
    x.run('the first cycles')
    x.step('the first cycles, once more')
    changes(x, n, staff)
    gone_and_back(x, n, staff)
    references(x, n, s, staff)
    across(x, n, s, staff)
    scopes(x, n, staff)
    filters(x, staff)
    anchors(x, s, staff)
    lost(x, staff)
    from_nothing(x)
    other_controller(x, staff)
    t.is_(x.read_by(' (in full)')['delta-import'], [], 'one site has read in full all along')
    t.is_(x.read_by('')['full-import'], ['a container is left out', 'and read again', 'a filter leaves one out',
                                         'no filter any more', 'a cycle without them'],
          'and the other only where the configuration changed or the watermark was lost')
    for site, tenant, args in x.sites.values():
        t.is_(site.pending(), [], 'nothing is pending')
t.done()

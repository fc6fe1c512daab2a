"""What topologies.t runs when its forests are up."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from forests import *  # noqa: E402,F403
from rig import Tap, scratch  # noqa: E402

t = Tap()
north, south, east = (Forest(n) for n in ('northwall', 'saltmarsh', 'eastbrook'))


def separate(d):
    """Nobody is in two forests."""
    w = World(t, d, 'separate', [north, south, east], 'none')
    for i, f in enumerate(w.forests):
        ou, a = w.ou(f), 'ann%d' % i
        f.change(user(ou, a, employeeID='7', title='Head of ' + f.name, mail='ann%d@crag.example' % i),
                 user(ou, 'bo%d' % i, employeeID='7', manager='CN=%s,%s' % (a, ou)),
                 group(ou, 'Team %d' % i, 'CN=%s,%s' % (a, ou), 'CN=bo%d,%s' % (i, ou)))
    w.settle('separate forests', 'initial')
    t.is_(len(w.users()), 6, 'separate forests: everybody is one')
    south.change(('delete', 'CN=ann1,' + w.ou(south)))
    w.cycle('separate forests: somebody leaves one of them')
    w.end()


def mesh(d):
    """One mail address is one person; each forest has contacts of the others."""
    w = World(t, d, 'mesh', [north, south, east], 'mail')
    n, s, e = (w.ou(f) for f in w.forests)
    north.change(user(n, 'ann', mail='ann@crag.example', department='North', mailNickname='ann'),
                 user(n, 'nobody'),
                 contact(n, 'Bo of South', 'bo@crag.example', title='From the list of the north'),
                 group(n, 'Meet north', 'CN=ann,' + n, 'CN=Bo of South,' + n))
    south.change(user(s, 'annsouth', mail='ANN@crag.example', department='South', title='From south'),
                 user(s, 'bo', mail='bo@crag.example', mailNickname='bo', displayName='Bo'),
                 contact(s, 'Ann of North', 'ann@crag.example', telephoneNumber='1'),
                 group(s, 'Meet south', 'CN=bo,' + s, 'CN=Ann of North,' + s))
    east.change(contact(e, 'Ann', 'ann@crag.example', physicalDeliveryOfficeName='The list of the east'),
                contact(e, 'Dan elsewhere', 'dan@else.example'),
                user(e, 'cy', mail='cy@crag.example', manager='CN=Ann,' + e))
    w.settle('full mesh', 'initial')
    users = w.users()
    t.is_(sorted(users), ['ann', 'bo', 'cy'], 'full mesh: one user for an address')
    t.is_((users['ann']['department'], users['ann']['jobTitle'], users['ann']['officeLocation']),
          ('North', 'From south', 'The list of the east'), 'full mesh: each forest adds what it knows')

    south.change(user(s, 'dan', mail='dan@else.example', userPrincipalName='dan@crag.example'))
    w.settle('full mesh: a contact of the east is a user of the south')
    t.is_('dan' in w.users(), True, 'full mesh: and in the cloud')

    # The account that gave the anchor goes: another may not take its place.
    north.change(('delete', 'CN=ann,' + n))
    r = w.site.run('cycle', '--json')
    t.code(r, 3, 'full mesh: the account with the anchor goes')
    t.has(r.out, ['SourceAnchor attribute has changed.'], 'full mesh: and the error says so')
    left = w.users()['ann']
    t.is_((left['id'], left['onPremisesImmutableId']), (users['ann']['id'], users['ann']['onPremisesImmutableId']),
          'full mesh: the user stays as it was')
    # The first is tried again before the second is looked at: one error more.
    south.change(('delete', 'CN=annsouth,' + s))
    t.code(w.site.run('cycle'), 3, 'full mesh: the other account goes as well')
    w.settle('full mesh: and the person with it')
    t.is_('ann' in w.users(), False, 'full mesh: now the user goes')
    w.end()


def accounts_and_resources(d):
    """Accounts in the north, mailboxes in the south."""
    w = World(t, d, 'resource', [north, south])
    n, s = w.ou(north), w.ou(south)

    def mailbox(name, sid, **more):
        return user(s, name, userAccountControl='546', msExchMasterAccountSid=sid, msExchRecipientTypeDetails='2',
                    mailNickname=name, userPrincipalName=name + '@south.crag.example', **more)
    north.change(user(n, 'ann', title='In north', department='Accounts'), user(n, 'bo'), user(n, 'late'),
                 user(n, 'gone', userAccountControl='546'))
    sid = {x: north.sid('CN=%s,%s' % (x, n)) for x in ('ann', 'bo', 'late', 'gone')}
    south.change(mailbox('annbox', sid['ann'], title='In south', telephoneNumber='1'),
                 mailbox('bobox', sid['bo'], displayName='Bo with a mailbox'),
                 mailbox('lonely', sid['ann'][:-4] + b'\x77\x66\x55\x04'),
                 group(s, 'Lists', 'CN=annbox,' + s, 'CN=bobox,' + s, 'CN=lonely,' + s),
                 group(s, 'Principals', foreign(sid['ann']), foreign(sid['late']), foreign(sid['gone'])))
    south.change(('modify', 'CN=annbox,' + s, put('manager', 'CN=bobox,' + s)))
    w.settle('accounts and resources', 'initial')
    users = w.users()
    t.is_(sorted(users), ['ann', 'bo', 'gone', 'late'], 'accounts and resources: a mailbox alone is no user')
    t.is_((users['ann']['jobTitle'], users['ann']['department'], users['ann']['accountEnabled']),
          ('In south', 'Accounts', True), 'accounts and resources: the mailbox adds, and does not disable')

    south.change(mailbox('latebox', sid['late'], title='Late'))
    w.settle('accounts and resources: a mailbox for an account')
    t.is_(w.users()['late']['jobTitle'], 'Late', 'accounts and resources: and it counts')

    south.change(('modify', 'CN=Principals,' + s, plus('member', foreign(sid['bo']))))
    w.settle('accounts and resources: one more foreign principal')
    south.change(('modify', 'CN=Principals,' + s, minus('member', 'CN=%s,CN=ForeignSecurityPrincipals,%s' % (
        sid_text(sid['ann']), south.dn))))
    w.settle('accounts and resources: one less')

    north.change(('modify', 'CN=ann,' + n, put('userAccountControl', '546')))
    w.settle('accounts and resources: the account is disabled')
    t.is_(w.users()['ann']['accountEnabled'], False, 'accounts and resources: and so is the user')

    north.change(('delete', 'CN=late,' + n))
    w.settle('accounts and resources: the account is deleted, its mailbox is not')
    t.is_('late' in w.users(), False, 'accounts and resources: the user goes')
    w.end()


def groups(d):
    """Groups in each other, in rings, and across forests."""
    w = World(t, d, 'groups', [north, south])
    n, s = w.ou(north), w.ou(south)
    south.change(user(s, 'sue'), group(s, 'South all', 'CN=sue,' + s, groupType='-2147483640'))
    north.change(user(n, 'nat'), user(n, 'ned'), group(n, 'Inner', 'CN=nat,' + n), group(n, 'Middle', 'CN=Inner,' + n),
                 group(n, 'Outer', 'CN=Middle,' + n, 'CN=ned,' + n),
                 ('modify', 'CN=Inner,' + n, plus('member', 'CN=Outer,' + n)),
                 group(n, 'Visitors', foreign(south.sid('CN=sue,' + s)), foreign(south.sid('CN=South all,' + s))))
    w.settle('groups', 'initial')
    size = {g['displayName']: len(g['members']) for g in w.tenant.dump()['groups']}
    t.is_(size, {'Inner': 2, 'Middle': 1, 'Outer': 2, 'Visitors': 2, 'South all': 1},
          'groups: a ring of three, and a guest group of the other forest')

    # A ring is taken apart and made again; members leave and enter as one.
    north.change(('delete', 'CN=Middle,' + n))
    w.settle('groups: one of the ring goes')
    north.change(group(n, 'Middle', 'CN=Inner,' + n), ('modify', 'CN=Outer,' + n, plus('member', 'CN=Middle,' + n)))
    w.settle('groups: and another takes its name')

    south.change(('delete', 'CN=sue,' + s))
    w.settle('groups: a guest is deleted at home')
    south.change(user(s, 'sue'), ('modify', 'CN=South all,' + s, plus('member', 'CN=sue,' + s)))
    w.settle('groups: and made again: another SID, so no guest any more')
    north.change(('modify', 'CN=Visitors,' + n, plus('member', foreign(south.sid('CN=sue,' + s)))))
    w.settle('groups: a guest again')
    w.end()


def others(d):
    """The two further ways to say who is one person."""
    w = World(t, d, 'account', [north, south], 'account')
    north.change(user(w.ou(north), 'pim', mailNickname='pim', department='North'), user(w.ou(north), 'pam'))
    south.change(user(w.ou(south), 'pim', mailNickname='Pim', title='South', userPrincipalName='pim2@crag.example'),
                 user(w.ou(south), 'pam', userPrincipalName='pam2@crag.example'))
    w.settle('by account name and nickname', 'initial')
    t.is_(sorted(w.users()), ['pam', 'pam2', 'pim'], 'by account name and nickname: both, or two people')
    w.end()

    w = World(t, d, 'number', [north, south], 'employeeID')
    north.change(user(w.ou(north), 'una', employeeID='1', department='North'), user(w.ou(north), 'nemo'))
    south.change(user(w.ou(south), 'una-s', employeeID='1', title='South'), user(w.ou(south), 'ivo', employeeID='2'))
    w.settle('by an attribute', 'initial')
    t.is_(sorted(w.users()), ['ivo', 'una'], 'by an attribute: who has none stays out')
    w.end()


with scratch() as d:
    for topology in (separate, mesh, accounts_and_resources, groups, others):
        topology(d)
t.done()

#!/usr/bin/env python3
"""The built-in rules over two forests, each a file: whose value counts, who
joins whom, what leaves the cloud and what goes back."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

DOMAIN = 'two.example'


def sid(n):
    return bytes.fromhex('010500000000000515000000' + '11' * 12) + n.to_bytes(4, 'little')


def guid(n):
    return b'guid-of-two-%04d' % n


def anchor(n):
    return base64.b64encode(guid(n)).decode()


def user(name, n, forest='north', **more):
    dn = 'CN=%s,OU=Staff,DC=%s,DC=example' % (name, forest)
    attrs = {'objectClass': 'user', 'cn': name, 'sAMAccountName': name, 'userAccountControl': '512',
             'userPrincipalName': '%s@%s' % (name, DOMAIN), 'objectGUID': guid(n), 'objectSid': sid(n), **more}
    return dn, [(k.replace('__', '-'), v) for k, v in attrs.items() if v is not None]


def contact(name, n, mail, forest='north', **more):
    return ('CN=%s,OU=Staff,DC=%s,DC=example' % (name, forest),
            list({'objectClass': 'contact', 'cn': name, 'mail': mail, 'objectGUID': guid(n), **more}.items()))


def group(name, n, members):
    return ('CN=%s,OU=Staff,DC=north,DC=example' % name,
            [('objectClass', 'group'), ('cn', name), ('sAMAccountName', name), ('groupType', '-2147483646'),
             ('objectGUID', guid(n))] + [('member', m) for m in members])


def principal(n):
    text = 'S-1-5-21-286331153-286331153-286331153-%d' % n
    return ('CN=%s,CN=ForeignSecurityPrincipals,DC=north,DC=example' % text,
            [('objectClass', 'foreignSecurityPrincipal'), ('cn', text), ('objectSid', sid(n)), ('objectGUID', guid(n + 5000))])


CLASSES = ['user', 'inetOrgPerson', 'contact', 'group', 'foreignSecurityPrincipal']


class Two:
    """The two forests as files, the site and its tenant."""

    def __init__(self, folder, **settings):
        self.folder = folder
        folder.mkdir()
        self.tenant = Tenant(folder / 'tenant', DOMAIN).start()
        self.set([], [])
        common = dict(object_classes=CLASSES, parameters={'Domain.FQDN': DOMAIN}, writable=True)
        self.site = Site(folder / 'site', [
            ldif_connector(folder / 'north.ldif', **dict(common, name='north')),
            ldif_connector(folder / 'south.ldif', **dict(common, name='south')),
            self.tenant.connector()], **settings)

    def set(self, north, south):
        """Beside one user each that stays: a source that is empty counts as broken."""
        (self.folder / 'north.ldif').write_text(ldif_text([user('stay-n', 3001, mS__DS__ConsistencyGuid=guid(3001))] + north))
        (self.folder / 'south.ldif').write_text(ldif_text([user('stay-s', 3002, 'south', mail='stay@two.example', mS__DS__ConsistencyGuid=guid(3002))] + south))

    def users(self):
        """By name, without the two that stay."""
        return {u['userPrincipalName'].split('@')[0]: u for u in self.tenant.dump()['users']
                if u.get('onPremisesImmutableId') and not u['userPrincipalName'].startswith('stay-')}

    def stop(self):
        self.tenant.stop()


t = Tap()
GUARD = {'deletions': 'off', 'source_percent': 'off'}
with scratch() as d:
    two = Two(d / 'two', guard=GUARD)
    ann = user('ann', 1, department='Accounts', title='In north')
    box = user('annbox', 2, 'south', userAccountControl='514', msExchRecipientTypeDetails='2', mailNickname='ann.lee',
               msExchMasterAccountSid=sid(1), userPrincipalName='annbox@south.two.example', title='In south', telephoneNumber='1')
    lone = user('lonebox', 3, 'south', userAccountControl='514', msExchRecipientTypeDetails='2', mailNickname='lone',
                msExchMasterAccountSid=sid(77))
    bo = user('bo', 4)
    two.set([ann, bo, principal(6), group('Team', 900, [ann[0], principal(6)[0]])],
            [box, lone, user('cy', 6, 'south')])
    t.code(two.site.run('cycle', 'initial'), 0, 'two forests: the first cycle')
    # The foreign security principal of the first forest found nobody yet.
    t.code(two.site.run('cycle'), 0, 'two forests: the second cycle')
    users = two.users()
    t.is_(sorted(users), ['ann', 'bo', 'cy'], 'an account and its linked mailbox are one user; the mailbox alone is none')
    t.is_(users['ann']['onPremisesImmutableId'], anchor(1), 'the anchor is that of the account that signs in')
    t.is_((users['ann'].get('jobTitle'), users['ann'].get('department'), (users['ann'].get('businessPhones') or [None])[0]),
          ('In south', 'Accounts', '1'), 'the address book is that of the forest with the mailbox, the rest from the other')
    t.is_(users['ann']['accountEnabled'], True, 'the disabled mailbox does not disable the person')
    team = two.tenant.dump()['groups'][0]
    t.is_(sorted(team['members']), sorted([users['ann']['id'], users['cy']['id']]),
          'a member of the other forest counts by its foreign security principal')

    writes = two.tenant.writes()
    t.code(two.site.run('cycle'), 0, 'once more')
    t.is_(two.tenant.writes(), writes, 'and nothing is written')

    two.set([user('ann', 1, userAccountControl='514'), user('bo', 4, sAMAccountName='MSOL_bo'), principal(6)],
            [box, user('lone', 78, 'south', objectSid=sid(77)), lone, user('cy', 6, 'south')])
    t.code(two.site.run('cycle'), 0, 'changes in both forests')
    users = two.users()
    t.is_(sorted(users), ['ann', 'cy', 'lone'], 'a filtered account leaves the cloud; a mailbox whose account came is a user')
    t.is_((users['ann']['accountEnabled'], users['ann']['onPremisesImmutableId']), (False, anchor(1)),
          'a disabled account disables, and keeps its anchor')
    t.is_(users['lone']['onPremisesImmutableId'], anchor(78), 'the anchor of the mailbox is never used')
    two.stop()

    # ---- by mail: a contact, then a user ----
    two = Two(d / 'mail', guard=GUARD, default_rules={'match_users_by': 'mail'})
    two.set([contact('Eve at Else', 11, 'eve@else.example', department='Partners')], [])
    t.code(two.site.run('cycle', 'initial'), 0, 'a contact')
    t.is_(sorted(two.users()), [], 'is no user')
    two.set([contact('Eve at Else', 11, 'eve@else.example', department='Partners')],
            [user('eve', 12, 'south', mail='eve@else.example')])
    t.code(two.site.run('cycle'), 0, 'a user with the same address')
    users = two.users()
    t.is_((sorted(users), users.get('eve', {}).get('department'), users.get('eve', {}).get('onPremisesImmutableId')),
          (['eve'], 'Partners', anchor(12)), 'takes the contact over: its values count where the user has none')
    two.set([contact('Eve at Else', 11, 'eve@else.example', department='Partners')], [])
    t.code(two.site.run('cycle'), 0, 'the user leaves')
    t.is_(sorted(two.users()), [], 'and is a contact again, no user')
    two.stop()

    # ---- the anchor is written back ----
    two = Two(d / 'anchor', guard=GUARD, default_rules={'source_anchor': 'ms-DS-ConsistencyGuid', 'write_back': ['anchor']})
    new = user('new', 21)
    moved = user('moved', 22, mS__DS__ConsistencyGuid=guid(99))
    two.set([new, moved], [])
    t.code(two.site.run('cycle', 'initial'), 0, 'accounts with and without an anchor')
    users = two.users()
    t.is_((users['new']['onPremisesImmutableId'], users['moved']['onPremisesImmutableId']), (anchor(21), anchor(99)),
          'the anchor is what was written, else objectGUID')
    written = {dn: attrs.get('ms-ds-consistencyguid') for dn, attrs in oracle.read_ldif(d / 'anchor/north.ldif')}
    t.is_((written[new[0]], written[moved[0]]), ([guid(21)], [guid(99)]), 'and it is written back to the account that had none')
    new[1].append(('mS-DS-ConsistencyGuid', guid(21)))
    copy = user('new', 31, 'south', mS__DS__ConsistencyGuid=guid(21), objectSid=sid(31))
    two.set([new, moved], [copy])
    t.code(two.site.run('cycle'), 0, 'the account is copied to the other forest, with its anchor')
    two.set([moved], [copy])
    t.code(two.site.run('cycle'), 0, 'and deleted in the first')
    t.is_(two.users()['new']['id'], users['new']['id'], 'it is the same user')
    two.stop()
t.done()

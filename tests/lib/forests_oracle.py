"""forests_oracle.py -- what a tenant must hold of several forests.

The rules of docs/rules/defaults.md a second time, as oracle.py does it for one
forest: who is one person with whom, whose value counts, and whom a reference
means.  Restated from the description, not from the rules.
"""
import base64

import oracle

MAILBOX_TYPES = 0x21C07000
NOT_OF_CONTACTS = {'employeeID', 'employeeType', 'preferredLanguage'}


class Object(oracle.Entry):
    """An entry of one forest; rank: the forest's place among the connectors."""

    def __init__(self, dn, attrs, rank, domain):
        super().__init__(dn, attrs)
        self.rank, self.domain = rank, domain

    @property
    def disabled(self):
        return bool((self.number('userAccountControl') or 0) & 2)

    @property
    def linked_mailbox(self):
        return self.number('msExchRecipientTypeDetails') == 2

    @property
    def sid(self):
        raw = self.raw('objectSid')
        return raw[0] if raw else None

    @property
    def anchor(self):
        return base64.b64encode(self.raw('objectGUID')[0]).decode()

    def folded(self, name):
        return (self.text(name) or '').casefold()


def sid_text(raw):
    return 'S-%d-%d' % (raw[0], int.from_bytes(raw[2:8], 'big')) + ''.join(
        '-%d' % int.from_bytes(raw[8 + 4 * i:12 + 4 * i], 'little') for i in range(raw[1]))


def keys_of(o, match):
    """Two accounts with a key in common are one person."""
    if match == 'sid':
        return {o.sid} | set(o.raw('msExchMasterAccountSid'))
    if match == 'mail':
        return {o.folded('mail')}
    if match == 'account':
        pair = (o.folded('sAMAccountName'), o.folded('mailNickname'))
        return {pair} if all(pair) else {o.anchor}
    if match == 'none':
        return {o.anchor}
    return {o.folded(match)}  # an attribute by its name


class Person:
    def __init__(self):
        self.accounts, self.contacts, self.keys = [], [], set()

    def signers(self):
        """Who says how the person signs in: enabled accounts, then the others."""
        return [a for a in self.accounts if not a.disabled] + self.accounts

    def book(self):
        """Who says what an address book shows."""
        with_mail = [a for a in self.accounts if a.text('mailNickname')]
        return with_mail + [a for a in self.accounts if a not in with_mail] + self.contacts

    @property
    def anchor(self):
        return next((a.anchor for a in self.signers() if not a.linked_mailbox), None)

    def first(self, name):
        speak = self.accounts if name in NOT_OF_CONTACTS else None
        return next((v for e in self.book() if (speak is None or e in speak) for v in [e.text(name)] if v), None)

    def is_filtered(self):
        return any(account_is_filtered(a) for a in self.accounts)

    def props(self):
        p = {name: oracle.cut(name, self.first(attr)) for name, attr in oracle.USER_FROM.items()}
        p['displayName'] = oracle.cut('displayName', next(e.text('displayName') or e.text('cn') for e in self.book()))
        p['accountEnabled'] = any(not a.disabled for a in self.accounts)
        s = self.signers()[0]
        p['userPrincipalName'] = s.text('userPrincipalName') or '%s@%s' % (s.text('sAMAccountName'), s.domain)
        phone = self.first('telephoneNumber')
        p['businessPhones'] = [phone[:64]] if phone else []
        p['usageLocation'] = next((v for a in self.accounts for v in [a.text('msExchUsageLocation') or a.text('c')]
                                   if v and len(v) == 2), None)
        p['extension1'] = self.first('extensionAttribute1')
        if not any(a.raw('msExchMailboxGuid') or a.raw('msExchRecipientTypeDetails') for a in self.accounts):
            p['mail'] = self.first('mail')
        return p


def account_is_filtered(a):
    sam, nick = (a.text('sAMAccountName') or '').upper(), (a.text('mailNickname') or '').upper()
    return (not sam or sam == 'SUPPORT_388945A0' or sam.startswith(('AAD_', 'MSOL_')) or
            nick.startswith('SYSTEMMAILBOX{') or any(n.startswith('CAS_') and '}' in n for n in (sam, nick)) or
            bool((a.number('msExchRecipientTypeDetails') or 0) & MAILBOX_TYPES) or '\\0ACNF:' in a.dn.split(',')[0])


def is_account(o):
    return (bool(o.classes & {'user', 'inetorgperson'}) and 'computer' not in o.classes and
            not o.true('isCriticalSystemObject') and not (o.text('adminDescription') or '').startswith('User_'))


def people_of(objects, match):
    people = []
    for o in filter(is_account, objects):
        if match not in ('sid', 'account', 'none') and not o.text('mail' if match == 'mail' else match):
            continue  # could be anybody
        keys = keys_of(o, match)
        same = [p for p in people if p.keys & keys]
        person = same[0] if same else Person()
        if not same:
            people.append(person)
        for other in same[1:]:
            people.remove(other)
            person.accounts += other.accounts
            person.keys |= other.keys
        person.accounts.append(o)
        person.keys |= keys
        person.accounts.sort(key=lambda a: a.rank)
    return people


def add_contacts(people, objects):
    for c in objects:
        if 'contact' not in c.classes or not c.text('mail'):
            continue
        same = [p for p in people if (p.first('mail') or '').casefold() == c.folded('mail')]
        if not same:
            same = [Person()]
            people += same
        same[0].contacts.append(c)


def group_is_written(g):
    return ('group' in g.classes and not g.true('isCriticalSystemObject') and
            (g.number('groupType') or 0) & 0x80000000 and not oracle.mail_enabled(g) and
            not (g.text('adminDescription') or '').startswith('Group_') and not oracle.ad_is_filtered(g, True))


class Directory:
    """Whom a DN of a forest, or a SID, means in the tenant: an anchor."""

    def __init__(self):
        self.by_dn, self.by_sid, self.stands_for = {}, {}, {}

    def know(self, o, anchor):
        self.by_dn[(o.rank, oracle.dn_key(o.dn))] = anchor

    def find(self, rank, dn):
        key = (rank, oracle.dn_key(dn))
        if key in self.stands_for:
            return self.by_sid.get(self.stands_for[key])
        return self.by_dn.get(key)


def expected(forests, match):
    """forests: [(domain, what read_ldif() gives)] in the order of connectors."""
    out, known = oracle.Expected(), Directory()
    objects = [Object(dn, attrs, rank, domain) for rank, (domain, entries) in enumerate(forests)
               for dn, attrs in entries if attrs.get('objectguid')]
    people = people_of(objects, match)
    add_contacts(people, objects)
    groups = [g for g in objects if group_is_written(g)]
    owners = []
    for p in people:
        if p.anchor is None or p.is_filtered():
            continue
        out.objects[p.anchor] = {'type': 'user', 'label': p.accounts[0].dn, 'props': p.props(), 'members': set(),
                                 'manager': None}
        owners.append(p)
        for o in p.accounts + p.contacts:
            known.know(o, p.anchor)
        known.by_sid[sid_text(p.signers()[0].sid)] = p.anchor
    for g in groups:
        out.objects[g.anchor] = {'type': 'group', 'label': g.dn, 'props': oracle.ad_group(g), 'members': set(),
                                 'manager': None}
        known.know(g, g.anchor)
        known.by_sid[sid_text(g.sid)] = g.anchor
    for o in objects:
        if 'foreignsecurityprincipal' in o.classes:
            known.stands_for[(o.rank, oracle.dn_key(o.dn))] = o.text('cn')
    for g in groups:
        found = {known.find(g.rank, m) for m in g.texts('member')}
        out.objects[g.anchor]['members'] = found - {None}
    for p in owners:
        boss = next(((e.rank, e.text('manager')) for e in p.book() if e.text('manager')), None)
        found = known.find(*boss) if boss else None
        if found and out.objects[found]['type'] == 'user':
            out.objects[p.anchor]['manager'] = found
    return out

"""oracle.py -- what a tenant must hold, said a second time.

Reads LDIF and restates the default rules in plain Python, so that a test can
hold the tenant against the directory without any of our own code between.
It is written from the description of the rules, not from the rules.
"""
import base64
import re
import sys

# Longest value that Graph takes; Causeway cuts what is longer.
LIMITS = {
    'displayName': 256, 'givenName': 64, 'surname': 64, 'department': 64, 'companyName': 64, 'jobTitle': 128,
    'officeLocation': 128, 'city': 128, 'state': 128, 'country': 128, 'streetAddress': 1024, 'postalCode': 40,
    'mobilePhone': 64, 'faxNumber': 64, 'employeeId': 16, 'description': 1024,
}
USER_FROM = {  # Graph property: directory attribute
    'givenName': 'givenName', 'surname': 'sn', 'department': 'department', 'companyName': 'company',
    'jobTitle': 'title', 'officeLocation': 'physicalDeliveryOfficeName', 'city': 'l', 'state': 'st',
    'country': 'co', 'streetAddress': 'streetAddress', 'postalCode': 'postalCode', 'mobilePhone': 'mobile',
    'faxNumber': 'facsimileTelephoneNumber', 'employeeId': 'employeeID', 'employeeType': 'employeeType',
    'preferredLanguage': 'preferredLanguage',
}
MAILBOX_TYPES = 0x21C07000


# ---- LDIF ----

def read_ldif(path):
    """A list of (dn, {attribute in lower case: [octets]}), comments left out."""
    entries, lines = [], []

    def finish():
        dn, attrs = None, {}
        for line in lines:
            name, _, rest = line.partition(b':')
            if rest[:1] == b':':
                value = base64.b64decode(rest[1:].strip(), validate=True)
            elif rest[:1] == b'<':
                raise ValueError('%s: a URL as value: %r' % (path, line))
            else:
                value = rest.lstrip(b' ')
            name = name.decode().lower()
            if name == 'dn':
                dn = value.decode()
            elif name != 'version':
                attrs.setdefault(name.split(';')[0], []).append(value)
        if dn is not None:
            entries.append((dn, attrs))
        lines.clear()

    with open(path, 'rb') as f:
        comment = False
        for line in f.read().split(b'\n'):
            line = line.rstrip(b'\r')
            if line[:1] == b' ':
                if not comment and lines:
                    lines[-1] += line[1:]
                continue
            comment = line[:1] == b'#'
            if line == b'':
                finish()
            elif not comment:
                lines.append(line)
        finish()
    return entries


def dn_key(dn):
    """Enough for DNs of one origin: case, and blanks about the commas."""
    return re.sub(r'(?<!\\)\s*,\s*', ',', dn).casefold()


class Entry:
    def __init__(self, dn, attrs):
        self.dn, self.attrs = dn, attrs

    def raw(self, name):
        return self.attrs.get(name.lower(), [])

    def texts(self, name):
        return [v.decode() for v in self.raw(name)]

    def text(self, name):
        """The first value, without blanks around; None for nothing."""
        values = self.texts(name)
        return values[0].strip(' ') or None if values else None

    def number(self, name):
        value = self.text(name)
        return int(value) if value is not None else None

    def true(self, name):
        return (self.text(name) or '').upper() == 'TRUE'

    @property
    def classes(self):
        return {v.decode().lower() for v in self.raw('objectClass')}


# ---- From Active Directory ----

class Expected:
    """objects: anchor -> what the tenant must hold.  either: sets of anchors
    of which exactly one gets in.  refused: anchors that must not get in,
    with an error.  unwritten: count of what Graph cannot write."""

    def __init__(self):
        self.objects, self.either, self.refused, self.unwritten = {}, [], set(), 0


def cut(name, value):
    return value[:LIMITS[name]].rstrip(' ') if value is not None and name in LIMITS else value


def ad_is_filtered(e, group):
    if e.true('isCriticalSystemObject') or '\\0ACNF:' in e.dn.split(',')[0]:
        return True
    account = e.text('sAMAccountName')
    mailbox = e.number('msExchRecipientTypeDetails') or 0
    if group:
        return bool(mailbox & 0x40000000) or account == 'MSOL_AD_Sync_RichCoexistence'
    if (e.text('adminDescription') or '').startswith('User_') or account is None:
        return True
    upper, nick = account.upper(), (e.text('mailNickname') or '').upper()
    return (upper == 'SUPPORT_388945A0' or upper.startswith(('AAD_', 'MSOL_')) or nick.startswith('SYSTEMMAILBOX{') or
            any(n.startswith('CAS_') and '}' in n for n in (upper, nick)) or
            bool(mailbox & MAILBOX_TYPES) or mailbox == 2)


def mail_enabled(e):
    return '@' in (e.text('mail') or '') or any(
        v.startswith('SMTP:') and '@' in v for v in e.texts('proxyAddresses'))


def ad_user(e, domain):
    props = {name: cut(name, e.text(attr)) for name, attr in USER_FROM.items()}
    props['displayName'] = cut('displayName', e.text('displayName') or e.text('cn'))
    props['accountEnabled'] = not (e.number('userAccountControl') or 0) & 2
    props['userPrincipalName'] = e.text('userPrincipalName') or '%s@%s' % (e.text('sAMAccountName'), domain)
    phone = e.text('telephoneNumber')
    props['businessPhones'] = [phone[:64]] if phone else []
    place = e.text('msExchUsageLocation') or e.text('c') or ''
    props['usageLocation'] = place if len(place) == 2 else None
    props['extension1'] = e.text('extensionAttribute1')
    # A mailbox has its own say in the address.
    if not e.raw('msExchMailboxGuid') and not e.raw('msExchRecipientTypeDetails'):
        props['mail'] = e.text('mail')
    return props


def ad_group(e):
    return {'displayName': cut('displayName', e.text('displayName') or e.text('cn')),
            'description': cut('description', e.text('description')),
            'securityEnabled': True, 'mailEnabled': False}


def upn_is_valid(upn):
    return re.fullmatch(r"[A-Za-z0-9'._!#^~-]{1,64}@[A-Za-z0-9.-]{1,48}", upn) is not None


def from_ad(raw, domain, keep=lambda dn: True):
    """raw: what read_ldif() gives; keep: the container filter."""
    out, entries, links = Expected(), [Entry(dn, a) for dn, a in raw], {}
    by_dn, by_upn = {}, {}
    for e in entries:
        if not e.raw('objectGUID') or not keep(e.dn):
            continue
        anchor = base64.b64encode(e.raw('objectGUID')[0]).decode()
        if 'contact' in e.classes:
            out.unwritten += 1
            continue
        group = 'group' in e.classes
        if not group and not e.classes & {'user', 'inetorgperson'} or 'computer' in e.classes:
            continue
        if ad_is_filtered(e, group):
            continue
        if group:
            security = (e.number('groupType') or 0) & 0x80000000
            if mail_enabled(e):
                out.unwritten += 1
                continue
            if not security:
                continue
            props = ad_group(e)
        else:
            props = ad_user(e, domain)
            if not upn_is_valid(props['userPrincipalName']):
                out.refused.add(anchor)
                continue
            by_upn.setdefault(props['userPrincipalName'].lower(), set()).add(anchor)
        out.objects[anchor] = {'type': 'group' if group else 'user', 'label': e.dn, 'props': props,
                               'members': set(), 'manager': None}
        by_dn[dn_key(e.dn)] = anchor
        links[anchor] = e
    set_links(out, links, by_dn, ('member',))
    out.either = [anchors for anchors in by_upn.values() if len(anchors) > 1]
    return out


def set_links(out, links, by_dn, member):
    for anchor, e in links.items():
        o = out.objects[anchor]
        if o['type'] == 'group':
            o['members'] = {by_dn[dn_key(m)] for name in member for m in e.texts(name) if dn_key(m) in by_dn}
        else:
            boss = by_dn.get(dn_key(e.text('manager') or ''))
            if boss and out.objects[boss]['type'] == 'user':
                o['manager'] = boss


# ---- From OpenLDAP and its kin ----

LDAP_FROM = dict(USER_FROM, streetAddress='street', department='departmentNumber', companyName='o',
                 employeeId='employeeNumber')
del LDAP_FROM['country']


def ldap_user(e, domain):
    props = {name: cut(name, e.text(attr)) for name, attr in LDAP_FROM.items()}
    props['displayName'] = cut('displayName', e.text('displayName') or e.text('cn'))
    props['department'] = props['department'] or cut('department', e.text('ou'))
    props['mail'] = e.text('mail')
    props['userPrincipalName'] = props['mail'] or '%s@%s' % (e.text('uid'), domain)
    props['accountEnabled'] = True
    phone = e.text('telephoneNumber')
    props['businessPhones'] = [phone[:64]] if phone else []
    return props


def from_ldap(raw, domain, keep=lambda dn: True):
    out, links, by_dn = Expected(), {}, {}
    for dn, attrs in raw:
        e = Entry(dn, attrs)
        group = e.classes & {'groupofnames', 'groupofuniquenames'}
        if not keep(dn) or not group and 'inetorgperson' not in e.classes:
            continue
        anchor = e.text('entryUUID')
        props = ({'displayName': cut('displayName', e.text('cn')), 'description': cut('description', e.text('description')),
                  'securityEnabled': True, 'mailEnabled': False} if group else ldap_user(e, domain))
        out.objects[anchor] = {'type': 'group' if group else 'user', 'label': dn, 'props': props, 'members': set(),
                               'manager': None}
        by_dn[dn_key(dn)] = anchor
        links[anchor] = e
    set_links(out, links, by_dn, ('member', 'uniqueMember'))
    return out


# ---- From a tenant ----

def actual(dump):
    """dump: {"users": [...], "groups": [...]} as Graph gives them, users with
    manager (an id or None), groups with members (ids).  Groups have no
    immutable ID in Graph: they are told apart by displayName, and given the
    anchor 'group:<displayName>'."""
    objects, by_id = {}, {}
    for u in dump['users']:
        anchor = u.get('onPremisesImmutableId') or 'cloud:' + u['id']
        if anchor in objects:
            raise ValueError('two users with the immutable ID ' + anchor)
        by_id[u['id']] = anchor
        u = dict(u, extension1=(u.get('onPremisesExtensionAttributes') or {}).get('extensionAttribute1'))
        objects[anchor] = {'type': 'user', 'label': u['userPrincipalName'], 'props': u, 'members': set()}
    for g in dump['groups']:
        anchor = 'group:' + g['displayName']
        if anchor in objects:
            raise ValueError('two groups named ' + g['displayName'])
        by_id[g['id']] = anchor
        objects[anchor] = {'type': 'group', 'label': g['displayName'], 'props': g, 'manager': None}
    for u in dump['users']:
        anchor = by_id[u['id']]
        objects[anchor]['manager'] = by_id.get(u.get('manager'), u.get('manager'))
    for g in dump['groups']:
        objects[by_id[g['id']]]['members'] = {by_id.get(m, m) for m in g['members']}
        if len(g['members']) != len(set(g['members'])):
            raise ValueError('a member twice in ' + g['displayName'])
    return objects


def by_graph_names(expected):
    """The same objects under the anchors that actual() gives."""
    names = {a: 'group:' + o['props']['displayName'] if o['type'] == 'group' else a
             for a, o in expected.objects.items()}
    if len(set(names.values())) != len(names):
        raise ValueError('two groups of one name: this comparison cannot tell them apart')
    return {names[a]: dict(o, members={names[m] for m in o['members']}, manager=names.get(o['manager']))
            for a, o in expected.objects.items()}


def compare(expected, there, limit=40):
    """Every difference as a line of text."""
    wanted, lines = by_graph_names(expected), []
    for anchors in expected.either:
        present = anchors & set(there)
        if len(present) != 1:
            lines.append('of %s exactly one must be there: %d are' % (
                ' / '.join(sorted(wanted[a]['label'] for a in anchors)), len(present)))
        for a in anchors - present:
            wanted.pop(a)
            for o in wanted.values():
                o['members'].discard(a)
                if o['manager'] == a:
                    o['manager'] = None
    for a in sorted(expected.refused & set(there)):
        lines.append('%s: is there, and must have been refused' % there[a]['label'])
    for a in sorted(set(wanted) - set(there)):
        lines.append('%s: is not in the tenant' % wanted[a]['label'])
    for a in sorted(set(there) - set(wanted) - expected.refused):
        lines.append('%s (%s): is in the tenant, and should not be' % (there[a]['label'], a))
    for a in sorted(set(wanted) & set(there)):
        lines += compare_one(wanted[a], there[a])
    return lines[:limit] + (['... and %d more' % (len(lines) - limit)] if len(lines) > limit else [])


def compare_one(w, t):
    lines = []
    for name, value in w['props'].items():
        got = t['props'].get(name)
        if (got or None) != (value or None) and not (value is False and got is False):
            lines.append('%s: %s is %r, should be %r' % (w['label'], name, got, value))
    if w['manager'] != t['manager']:
        lines.append('%s: manager is %r, should be %r' % (w['label'], t['manager'], w['manager']))
    for m in sorted(w['members'] - t['members']):
        lines.append('%s: lacks the member %s' % (w['label'], m))
    for m in sorted(t['members'] - w['members']):
        lines.append('%s: has the member %s, and should not' % (w['label'], m))
    return lines


def report(lines, what):
    """Prints, and gives the exit code."""
    for line in lines:
        print('DIFFERENT: ' + line, file=sys.stderr)
    if not lines:
        print(what)
    return 1 if lines else 0

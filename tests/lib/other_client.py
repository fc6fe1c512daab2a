"""other_client.py -- a synchronisation of a directory by a client that is not ours,
and does it otherwise: "Set" alone, no machine and no cookie, every attribute it
knows with each object, also those that only other types have, empty ones cleared,
groups that hold new groups sent twice, and texts in whatever record they look like: words as octets, digits as
numbers, GUIDs as such (as a known program does).

  fill(tenant, wanted, raw)       wanted: sync_oracle.expected(), raw: read_ldif()
  differences(there, other)       both sync_oracle.held()
"""
import base64
import os
import re
import struct
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../integration/tenant'))
import oracle  # noqa: E402
import sync_client  # noqa: E402
from sync_company import Door  # noqa: E402

USER = {'userPrincipalName': 'userPrincipalName', 'onPremisesSamAccountName': 'sAMAccountName', 'displayName': 'displayName',
        'givenName': 'givenName', 'surname': 'sn', 'commonName': 'cn',
        'physicalDeliveryOfficeName': 'physicalDeliveryOfficeName', 'department': 'department', 'employeeId': 'employeeID',
        'streetAddress': 'streetAddress', 'city': 'l', 'state': 'st', 'country': 'co', 'telephoneNumber': 'telephoneNumber',
        'company': 'company', 'employeeType': 'employeeType', 'facsimileTelephoneNumber': 'facsimileTelephoneNumber',
        'mail': 'mail', 'mobile': 'mobile', 'title': 'title'}
# What both write, so that it must come out the same.
SAME = {'user': ('userPrincipalName', 'givenName', 'surname', 'displayName', 'department', 'companyName', 'jobTitle',
                 'officeLocation', 'city', 'state', 'country', 'streetAddress', 'mobilePhone', 'businessPhones', 'faxNumber',
                 'employeeId', 'employeeType', 'mail', 'proxyAddresses', 'accountEnabled', 'onPremisesSamAccountName',
                 'onPremisesDomainName', 'onPremisesImmutableId', 'onPremisesSyncEnabled'),
        'group': ('securityEnabled', 'mailEnabled', 'mail', 'proxyAddresses', 'onPremisesSyncEnabled'),
        'device': ('displayName', 'deviceId', 'trustType', 'operatingSystem', 'accountEnabled', 'onPremisesSyncEnabled')}


def guessed(s):
    """The record of a text by what it looks like."""
    if re.fullmatch('-?[1-9][0-9]{0,8}', s):
        return b'\x8c' + struct.pack('<i', int(s))
    if s in ('true', 'false'):
        return b'\x86' if s == 'true' else b'\x84'
    if re.fullmatch('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', s):
        return b'\xb0' + uuid.UUID(s).bytes_le
    if re.fullmatch('[A-Za-z0-9/+]+={0,2}', s) and len(s) % 4 == 0:
        raw = base64.b64decode(s)
        if len(raw) < 256 and base64.b64encode(raw).decode() == s:
            return b'\x9e' + struct.pack('<B', len(raw)) + raw
    b = s.encode('utf-16-le')
    return b'\xb6' + struct.pack('<B', len(b)) + b if len(b) < 256 else b'\xb8' + struct.pack('<H', len(b)) + b


class Other(sync_client.Client):
    def __init__(self, tenant):
        sync_client.Client.__init__(self, Door(tenant), machine=None)

    def token(self, scope='https://graph.windows.net/.default'):
        return sync_client.Client.token(self, scope)

    def provision(self, *objects, **how):
        plain, sync_client._chars = sync_client._chars, guessed
        try:
            return sync_client.Client.provision(self, *objects, **how)
        finally:
            sync_client._chars = plain


def attributes(key, w, e, domain, later):
    """What is empty is sent as such: a text as no value, a list as a list of nothing; and
    every object is enabled that does not say otherwise, groups too."""
    kind, anchor = key
    a = {'SourceAnchor': anchor, 'accountEnabled': True}
    if kind == 'user':
        a.update({name: e.text(attr) for name, attr in USER.items()})
        a.update(accountEnabled=not (e.number('userAccountControl') or 0) & 2, displayName=a['displayName'] or e.text('cn'))
    elif kind == 'group':
        a.update(displayName=e.text('sAMAccountName'), SecurityEnabled=bool((e.number('groupType') or 0) & 0x80000000),
                 mail=e.text('mail'), member=sorted(k[1] for k in w.links.get('members', ()) if k[0] != 'contact'))
        if any(k[0] == 'group' for k in w.links.get('members', ())):
            later.append((kind.title(), 'Set', a))
    else:
        a.update(displayName=e.text('sAMAccountName').strip('$'), deviceId=e.raw('objectGUID')[0], deviceTrustType='ServerAd',
                 deviceOSType=e.text('operatingSystem'), deviceOSVersion=e.text('operatingSystemVersion'))
    if kind != 'group':
        a['userCertificate'] = e.raw('userCertificate')
    if kind != 'device':
        a['proxyAddresses'] = e.texts('proxyAddresses')
    a.update(dnsDomainName=domain, onPremisesDistinguishedName=e.dn, onPremiseSecurityIdentifier=e.raw('objectSid')[0],
             onPremisesSamAccountName=e.text('sAMAccountName'))
    return kind.title(), 'Set', a


def fill(tenant, wanted, raw, domain):
    """Lines of what the service refused."""
    client, later, lines = Other(tenant), [], []
    by_anchor = {base64.b64encode(a['objectguid'][0]).decode(): oracle.Entry(dn, a) for dn, a in raw if 'objectguid' in a}
    keys = [k for kind in ('user', 'device', 'group') for k in sorted(wanted) if k[0] == kind]
    items = [attributes(k, wanted[k], by_anchor[k[1]], domain, later) for k in keys]
    items += later
    for i in range(0, len(items), 150):
        for item, r in zip(items[i:i + 150], client.provision(*items[i:i + 150])):
            if r['ResultCode'] != 'Success' or r['ResultErrorDescription']:
                lines.append('%s %s: %s' % (item[0], item[2].get('displayName'), r['ResultErrorDescription']))
    client.call('FinalizeExport', sync_client.E('totalExported', str(len(items))),
                sync_client.E('successfulExportCount', str(len(items) - len(lines))))
    return lines


def normal(v):
    return sorted(v) if isinstance(v, list) else v or None


def is_nameless(by_us, by_other, back):
    """Who has no name to sign in with in the directory: we make one, the other sends none, and
    the service makes it of the account, in the initial domain (T5.4)."""
    return (not back.get('userprincipalname') and by_other.endswith('.onmicrosoft.com') and
            by_us.partition('@')[0] == by_other.partition('@')[0])


def differences(there, other, limit=30):
    """What one tenant holds and the other does not, contacts aside."""
    there, other = ({k: v for k, v in t.items() if k[0] != 'contact'} for t in (there, other))
    lines = ['%s %s: is in one of them alone' % k for k in sorted(set(there) ^ set(other))]
    for k in sorted(set(there) & set(other)):
        a, b = there[k], other[k]
        for name in SAME[k[0]]:
            x, y = normal(a[0].get(name)), normal(b[0].get(name))
            if name == 'userPrincipalName' and x != y and is_nameless(x, y, b[1]):
                continue
            if x != y and not (x in (None, False) and y in (None, False)):
                lines.append('%s %s: %s is %r by us, %r by the other' % (*k, name, x, y))
        x, y = ({m for m in t[2].get('members', ()) if m[0] != 'contact'} for t in (a, b))
        lines += ['%s %s: the member %s is in one of them alone' % (*k, m) for m in sorted(x ^ y)]
    return lines[:limit] + (['... and %d more' % (len(lines) - limit)] if len(lines) > limit else [])

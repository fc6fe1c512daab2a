"""sync_oracle.py -- what a tenant must hold of a directory that reaches it by the
synchronisation service, and what it holds: every object by kind and source
anchor.  Written from docs/rules/defaults.md and docs/tenant.md, and uses none of
Causeway's code.

  lines = differences(expected('ad', raw, domain), held(graph_dump, read_back))

raw: oracle.read_ldif() of an ldapsearch; graph_dump: graph_read's full_dump();
read_back: sync_client's objects.  What one object has to leave to another for a
while is said with held_back: {dn: address} and held_names: {dn}.
"""
import re
import uuid

import oracle
from oracle import base64, cut, dn_key

# Graph property of a user, and the attribute that was exported for it.
SHADOW = {'userPrincipalName': 'userPrincipalName', 'displayName': 'displayName', 'givenName': 'givenName',
          'surname': 'surname', 'department': 'department', 'companyName': 'company', 'jobTitle': 'title',
          'officeLocation': 'physicalDeliveryOfficeName', 'city': 'city', 'state': 'state', 'country': 'country',
          'streetAddress': 'streetAddress', 'postalCode': 'postalCode', 'mobilePhone': 'mobile',
          'faxNumber': 'facsimileTelephoneNumber', 'employeeId': 'employeeId', 'employeeType': 'employeeType',
          'usageLocation': 'usageLocation', 'accountEnabled': 'accountEnabled'}
PLACEHOLDER = r'%s[0-9]{4}@[^@]+\.onmicrosoft\.com'


class Wanted:
    """graph: what Graph shows; back: what clients read back; links: {name: keys}."""

    def __init__(self, label, graph, back):
        self.label, self.graph, self.back, self.links = label, graph, back, {}


def octets(e, name):
    raw = e.raw(name)
    return base64.b64encode(raw[0]).decode() if raw else None


def addresses_of(e):
    """(as exported, as Graph shows them, the one that mail follows)"""
    sent = sorted({v.strip(' ') for v in e.texts('proxyAddresses')})
    mail, shown = e.text('mail'), list(sent)
    if mail and not any(v.startswith('SMTP:') for v in sent):
        shown = ['SMTP:' + mail] + [v for v in sent if v.lower() != 'smtp:' + mail.lower()]
    first = next((v[5:] for v in shown if v.startswith('SMTP:')), None)
    return sent, sorted(shown), first


def with_addresses(e, graph, back):
    sent, shown, first = addresses_of(e)
    graph.update(proxyAddresses=shown, mail=first)
    back.update(proxyaddresses=sent, mail=e.text('mail'))


# ---- Of a directory ----

def user(e, props):
    back = {SHADOW[k].lower(): v for k, v in props.items() if k in SHADOW}
    phones = props.get('businessPhones') or []
    back['telephonenumber'] = phones[0] if phones else None
    w = Wanted(e.dn, dict(props), back)
    with_addresses(e, w.graph, w.back)
    return w


def group(e, props, security):
    w = Wanted(e.dn, dict(props), {'displayname': props['displayName'], 'description': props['description'],
                                   'securityenabled': security})
    with_addresses(e, w.graph, w.back)
    w.graph.update(securityEnabled=security, mailEnabled=bool(w.graph['proxyAddresses']))
    return w


def contact(e):
    names = {'displayName': cut('displayName', e.text('displayName') or e.text('cn')), 'givenName': e.text('givenName'),
             'surname': e.text('sn')}
    w = Wanted(e.dn, dict(names, companyName=e.text('company')), {k.lower(): v for k, v in names.items()})
    with_addresses(e, w.graph, w.back)
    return w


def device(e):
    enabled = not (e.number('userAccountControl') or 0) & 2
    name, system = e.text('displayName') or e.text('cn'), e.text('operatingSystem')
    return Wanted(e.dn, {'displayName': name, 'deviceId': str(uuid.UUID(bytes_le=e.raw('objectGUID')[0])),
                         'trustType': 'ServerAd', 'operatingSystem': system, 'accountEnabled': enabled},
                  {'displayname': name, 'deviceid': octets(e, 'objectGUID'), 'deviceostype': system,
                   'accountenabled': enabled, 'devicetrusttype': 'ServerAd',
                   'usercertificate': sorted(base64.b64encode(v).decode() for v in e.raw('userCertificate'))})


def ad_object(e, domain):
    """(kind, Wanted), or None for what stays at home."""
    if 'contact' in e.classes:
        return ('contact', contact(e)) if oracle.mail_enabled(e) else None
    if 'computer' in e.classes:
        return ('device', device(e)) if e.raw('userCertificate') else None
    if 'group' in e.classes:
        security = bool((e.number('groupType') or 0) & 0x80000000)
        if oracle.ad_is_filtered(e, True) or not (security or oracle.mail_enabled(e)):
            return None
        return 'group', group(e, oracle.ad_group(e), security)
    if not e.classes & {'user', 'inetorgperson'} or oracle.ad_is_filtered(e, False):
        return None
    w = user(e, oracle.ad_user(e, domain))
    w.graph.update(onPremisesSamAccountName=e.text('sAMAccountName'), onPremisesDomainName=domain)
    w.back.update(onpremisessamaccountname=e.text('sAMAccountName'), dnsdomainname=domain)
    return 'user', w


def ldap_object(e, domain):
    if e.classes & {'groupofnames', 'groupofuniquenames'}:
        props = {'displayName': cut('displayName', e.text('cn')), 'description': cut('description', e.text('description'))}
        return 'group', group(e, props, True)
    return ('user', user(e, oracle.ldap_user(e, domain))) if 'inetorgperson' in e.classes else None


def expected(kind, raw, domain, keep=lambda dn: True):
    """{(kind, source anchor): Wanted}"""
    make, anchor_of = {'ad': (ad_object, lambda e: octets(e, 'objectGUID')),
                       'ldap': (ldap_object, lambda e: e.text('entryUUID'))}[kind]
    out, by_dn, links = {}, {}, []
    for dn, attrs in raw:
        e = oracle.Entry(dn, attrs)
        made = make(e, domain) if anchor_of(e) and keep(dn) else None
        if not made:
            continue
        key = made[0], anchor_of(e)
        out[key] = by_dn[dn_key(dn)] = made[1]
        made[1].key = key
        if kind == 'ad' and key[0] != 'contact':
            made[1].back['onpremisesecurityidentifier'] = octets(e, 'objectSid')
        links.append((made[1], e))
    for w, e in links:
        for name in {'group': ('member', 'uniqueMember'), 'user': ('manager',), 'contact': ('manager',)}.get(w.key[0], ()):
            found = {by_dn[dn_key(v)].key for v in e.texts(name) if dn_key(v) in by_dn}
            w.links.setdefault('members' if w.key[0] == 'group' else name, set()).update(found)
    return out


# ---- Of a tenant ----

def held(dump, back):
    """{(kind, source anchor): (as Graph shows it, as it is read back, links)}"""
    keys, out, backs = {}, {}, {}
    for o in back:
        o = {k.lower(): v for k, v in o.items()}
        kind, _, ident = o['cloudanchor'].partition('_')
        keys[ident] = kind.lower(), o['sourceanchor']
        backs[keys[ident]] = o
    for kind in ('user', 'group', 'contact', 'device'):
        for o in dump[kind + 's']:
            key = keys.get(o['id'], (kind, 'of the cloud: ' + o['id']))
            links = {}
            if kind == 'group':
                links['members'] = {keys.get(m, ('?', m)) for m in o['members']}
            if kind == 'user':
                links['manager'] = {keys.get(o['manager'], ('?', o['manager']))} if o['manager'] else set()
            out[key] = o, backs.pop(key, None), links
    for key, o in backs.items():
        out[key] = None, o, {}
    return out


def same(got, wanted):
    if isinstance(wanted, list):
        return sorted(got or []) == sorted(wanted)
    return (got or None) == (wanted or None)


def compare_one(w, there):
    shown, back, links = there
    if shown is None or back is None:
        return ['%s: %s' % (w.label, 'Graph does not show it' if shown is None else 'it is not read back')]
    lines = []
    if shown['onPremisesSyncEnabled'] is not True:
        lines.append('%s: is not mastered on premises' % w.label)
    for name, value in w.graph.items():
        pattern = isinstance(value, re.Pattern)
        if not (value.fullmatch(shown.get(name) or '') if pattern else same(shown.get(name), value)):
            lines.append('%s: %s is %r, should be %r' % (w.label, name, shown.get(name), value))
    for name, value in w.back.items():
        if not same(back.get(name), value):
            lines.append('%s: read back, %s is %r, should be %r' % (w.label, name, back.get(name), value))
    for name in links:
        wanted = w.links.get(name, set())
        lines += ['%s: lacks %s %s' % (w.label, name, k) for k in sorted(wanted - links[name])]
        lines += ['%s: has %s %s, and should not' % (w.label, name, k) for k in sorted(links[name] - wanted)]
    read = {a for n in ('member', 'manager') for a in ([back[n]] if isinstance(back.get(n), str) else back.get(n, []))}
    told = {k[1] for keys in w.links.values() for k in keys}
    lines += ['%s: read back, a link to %s is wrong' % (w.label, a) for a in sorted(read ^ told)]
    return lines


def differences(wanted, there, held_back={}, held_names=(), limit=40):
    for w in wanted.values():
        if w.label in held_back:
            w.graph['proxyAddresses'] = [v for v in w.graph['proxyAddresses'] if v != held_back[w.label]]
        if w.label in held_names:
            name = w.graph['userPrincipalName'].partition('@')[0]
            w.graph['userPrincipalName'] = re.compile(PLACEHOLDER % re.escape(name))
    lines = ['%s: is not in the tenant' % wanted[k].label for k in sorted(set(wanted) - set(there))]
    lines += ['%s %s: is in the tenant, and should not be' % k for k in sorted(set(there) - set(wanted))]
    for k in sorted(set(wanted) & set(there)):
        lines += compare_one(wanted[k], there[k])
    return lines[:limit] + (['... and %d more' % (len(lines) - limit)] if len(lines) > limit else [])


def summary(wanted):
    kinds = [k for k, _ in wanted]
    return ', '.join('%d %ss' % (kinds.count(k), k) for k in ('user', 'group', 'contact', 'device')) + \
        ', %d links: equal' % sum(len(v) for w in wanted.values() for v in w.links.values())

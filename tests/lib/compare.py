#!/usr/bin/env python3
"""compare.py DUMP.json SOURCE.ldif DOMAIN [--kind ad|ldap] [--only DN]... [--without DN]...
-- holds what a tenant holds (graph_dump.mjs) against what a directory holds
(ldapsearch -LLL), object by object.  Uses none of Causeway's code.  Exits 1 on
any difference."""
import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oracle  # noqa: E402


def below(dn, base):
    dn, base = oracle.dn_key(dn), oracle.dn_key(base)
    return dn == base or dn.endswith(',' + base)


def nearest(dn, only, without):
    """The nearest container named above an object decides."""
    best = (-1, not only)
    for bases, verdict in ((without, False), (only, True)):
        for b in bases:
            if below(dn, b):
                best = max(best, (len(oracle.dn_key(b)), verdict))
    return best[1]


def main():
    p = argparse.ArgumentParser()
    p.add_argument('dump')
    p.add_argument('ldif')
    p.add_argument('domain')
    p.add_argument('--kind', choices=('ad', 'ldap'), default='ad')
    p.add_argument('--only', action='append', default=[])
    p.add_argument('--without', action='append', default=[])
    a = p.parse_args()
    with open(a.dump) as f:
        there = oracle.actual(json.load(f))
    read = oracle.from_ad if a.kind == 'ad' else oracle.from_ldap
    expected = read(oracle.read_ldif(a.ldif), a.domain, lambda dn: nearest(dn, a.only, a.without))
    users = sum(o['type'] == 'user' for o in expected.objects.values())
    sys.exit(oracle.report(oracle.compare(expected, there), '%d users, %d groups, %d memberships, %d managers: equal' % (
        users, len(expected.objects) - users, sum(len(o['members']) for o in expected.objects.values()),
        sum(1 for o in expected.objects.values() if o['manager']))))


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
"""verify.py -- holds a tenant against the source, without Causeway.

  verify.py state  LDIF            everything the tenant holds is what the LDIF
                                   says by the mapping, and nothing else
  verify.py writes CHANGES SINCE   the tenant's own journal since entry SINCE
                                   holds exactly the changes of CHANGES (JSON
                                   of make_company.py --expect)
  verify.py quiet  SINCE           nothing was written since entry SINCE
  verify.py count                  prints how many entries the journal has

The tenant is named by --endpoint, --tenant, --client-id, --secret-file, --ca
and --admin-file.  Reads over HTTPS with Python's own library; the mapping is
restated in tests/lib/oracle.py.  Exits 1 on any difference.
"""
import argparse
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tests/lib'))
import graph_read  # noqa: E402
import journal  # noqa: E402
import oracle  # noqa: E402

DOMAIN = 'vanmark.example'


def state(tenant, ldif):
    expected = oracle.from_ad(oracle.read_ldif(ldif), DOMAIN)
    there = oracle.actual(tenant.dump())
    users = sum(o['type'] == 'user' for o in there.values())
    return oracle.report(oracle.compare(expected, there), (
        'tenant = source: %d users, %d groups, %d memberships, %d managers, each read by Graph and compared' % (
            users, len(there) - users, sum(len(o['members']) for o in there.values()),
            sum(1 for o in there.values() if o.get('manager')))))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('endpoint', 'tenant', 'client-id', 'secret-file', 'ca', 'admin-file'):
        p.add_argument('--' + name, required=True)
    p.add_argument('what', choices=('state', 'writes', 'quiet', 'count'))
    p.add_argument('args', nargs='*')
    a = p.parse_args()
    with open(a.secret_file) as f:
        secret = f.read().strip()
    with open(a.admin_file) as f:
        admin = f.read().strip()
    tenant = graph_read.Tenant(a.endpoint, a.tenant, a.client_id, secret, a.ca)
    if a.what == 'state':
        return state(tenant, *a.args)
    entries = journal.read(tenant, admin)
    if a.what == 'count':
        print(len(entries))
        return 0
    if a.what == 'quiet':
        new = entries[int(a.args[0]):]
        return oracle.report([journal.line(e) for e in new], 'the tenant saw no write')
    with open(a.args[0]) as f:
        changes = json.load(f)
    lines = journal.compare(changes, entries[int(a.args[1]):], tenant.dump())
    return oracle.report(lines, 'the tenant saw exactly the %d changes' % len(changes))


sys.exit(main())

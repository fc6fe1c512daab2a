#!/usr/bin/env python3
"""verify.py -- holds a tenant against the source, without Causeway.

  verify.py TENANT-FOLDER PORT state LDIF
      everything that the tenant holds is what the LDIF says by the mapping,
      and there is nothing else
  verify.py TENANT-FOLDER PORT snapshot FILE
      writes down what the tenant holds, and where its journal is
  verify.py TENANT-FOLDER PORT changes SNAPSHOT CHANGES
      since the snapshot exactly the changes of CHANGES (JSON of
      make_company.py --expect) have arrived, each written once
  verify.py TENANT-FOLDER PORT quiet SNAPSHOT
      nothing was written since the snapshot

Reads over HTTPS with Python's own library; the mapping is restated in
tests/lib/oracle.py.  Exits 1 on any difference.
"""
import argparse
import collections
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tests/lib'))
import graph_read  # noqa: E402
import journal  # noqa: E402
import oracle  # noqa: E402

DOMAIN = 'vanmark.example'


class Reader:
    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        with open(os.path.join(folder, 'client.json')) as f:
            c = json.load(f)
        self.graph = graph_read.Tenant('https://127.0.0.1:%d' % port, c['tenantId'], c['clientId'], c['clientSecret'],
                                       os.path.join(folder, 'ca.pem'))

    def journal(self, since=0):
        with open(os.path.join(self.folder, 'admin_token')) as f:
            token = f.read().strip()
        return self.graph.call('GET', '/_causeway/writes?since=%d&objects=1' % since,
                               headers={'Authorization': 'Bearer ' + token})


def state(reader, ldif):
    expected = oracle.from_ad(oracle.read_ldif(ldif), DOMAIN)
    there = oracle.actual(reader.graph.dump())
    users = sum(o['type'] == 'user' for o in there.values())
    return oracle.report(oracle.compare(expected, there), (
        'tenant = source: %d users, %d groups, %d memberships, %d managers, read by Graph and compared one by one' % (
            users, len(there) - users, sum(len(o.get('members', ())) for o in there.values()),
            sum(1 for o in there.values() if o.get('manager')))))


def snapshot(reader, path):
    with open(path, 'w') as f:
        json.dump({'seq': reader.journal()['seq'], 'dump': reader.graph.dump()}, f)
    return 0


def changes(reader, path, wanted):
    with open(path) as f:
        was = json.load(f)
    with open(wanted) as f:
        wanted = json.load(f)
    lines = journal.compare(wanted, was['dump'], reader.graph.dump(), reader.journal(was['seq']))
    kinds = collections.Counter('%s %s' % (c['type'], c['operation']) for c in wanted)
    return oracle.report(lines, 'exactly the expected changes arrived, each once: ' + ', '.join(
        '%d %s' % (n, kind) for kind, n in sorted(kinds.items())))


def quiet(reader, path):
    with open(path) as f:
        was = json.load(f)
    return oracle.report(journal.lines(reader.journal(was['seq']), was['dump']), 'the tenant saw no write')


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('folder')
    p.add_argument('port', type=int)
    p.add_argument('what', choices=('state', 'snapshot', 'changes', 'quiet'))
    p.add_argument('args', nargs='+')
    a = p.parse_args()
    return globals()[a.what](Reader(a.folder, a.port), *a.args)


sys.exit(main())

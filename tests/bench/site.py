#!/usr/bin/env python3
"""site.py FOLDER LDAP-URL BUILD -- for bench.sh: starts a tenant that goes on
running (FOLDER/tenant.pid) and writes a configuration from slapd to it."""
import os
import pathlib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
folder, url, os.environ['BUILD'] = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
import rig  # noqa: E402

(folder / 'password').write_text('secret')
(folder / 'password').chmod(0o600)
tenant = rig.Tenant(folder / 'tenant', 'example.com').start()
people = {'name': 'people', 'kind': 'ldap', 'servers': [url], 'base': 'dc=example,dc=com', 'bind': 'simple',
          'user': 'cn=admin,dc=example,dc=com', 'password': 'file:%s' % (folder / 'password'),
          'tls': {'required': False}, 'parameters': {'Domain.FQDN': 'example.com'}}
rig.Site(folder / 'site', [people, tenant.connector()])
(folder / 'tenant.pid').write_text(str(tenant.process.pid))
rig.started.clear()

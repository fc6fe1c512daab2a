#!/bin/bash
# Cedar moves from Azure AD Connect, with its directory in a real Samba forest and
# the cloud as its old server left it: cedar.py is the test.
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/../../lib/migrate_samba.sh" "$here/../../data/migrate/connect-cedar" "$here/cedar.py"

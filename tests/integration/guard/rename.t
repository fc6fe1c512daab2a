#!/bin/bash
# An OU that the configuration names by DN is renamed in the directory: it is
# followed by its objectGUID.  rename.py is the test; this starts the forest.
here=$(cd "$(dirname "$0")" && pwd)
LIB=$here/../../lib
. "$LIB/tap.sh"
. "$LIB/forest.sh"
[ -z "$(forest_missing)" ] || { echo "Bail out! $(forest_missing) is missing: make deps"; exit 1; }
forest_enter "$here/rename.t" || exit 1
scratch
forest_make small || { echo 'Bail out! no forest'; exit 1; }
at_end forest_stop "$T/dc1"
forest_start "$T/dc1" || { echo 'Bail out! the forest does not start'; exit 1; }
python3 "$LIB/forest_grant.py" "$T/dc1" "$FOREST_DN" see-deleted sync || exit 1
export FOREST_CA FOREST_DN FOREST_REALM FOREST_DOMAIN FOREST_DC1 FOREST_ADMIN_PASSWORD FOREST_SYNC_PASSWORD
export FOREST_DIR=$T/dc1 KRB5_CONFIG=$T/dc1/krb5.conf
python3 "$here/rename.py"

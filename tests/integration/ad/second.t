#!/bin/bash
# A second domain controller that replicates: a cookie of the one goes on at the
# other.  second.py is the test; this starts them.
here=$(cd "$(dirname "$0")" && pwd)
LIB=$here/../../lib
. "$LIB/tap.sh"
. "$LIB/forest_pair.sh"
[ -z "$(forest_missing)" ] || { echo "Bail out! $(forest_missing) is missing: make deps"; exit 1; }
forest_enter "$here/second.t" || exit 1
scratch
at_end pair_stop "$T"
pair_start "$T" || { echo 'Bail out! no two controllers'; exit 1; }
python3 "$LIB/forest_grant.py" "$T/dc1" "$FOREST_DN" see-deleted sync &&
	python3 "$LIB/forest_grant.py" "$T/dc1" "$FOREST_DN" get-changes sync &&
	pair_replicate "$T" dc1 dc2 || exit 1
export FOREST_CA FOREST_DN FOREST_REALM FOREST_DOMAIN FOREST_DC1 FOREST_DC2 FOREST_ADMIN_PASSWORD FOREST_SYNC_PASSWORD
export FOREST_DIR=$T/dc1 FOREST_PAIR=$T KRB5_CONFIG=$T/dc1/krb5.conf
python3 "$here/second.py"

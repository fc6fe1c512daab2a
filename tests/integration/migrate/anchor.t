#!/bin/bash
# From objectGUID to mS-DS-ConsistencyGuid, on a real Samba forest and a tenant.
# anchor.py is the test; this starts the forest.
here=$(cd "$(dirname "$0")" && pwd)
LIB=$here/../../lib
. "$LIB/tap.sh"
. "$LIB/forests.sh"
[ -z "$(forest_missing)" ] || { echo "Bail out! $(forest_missing) is missing: make deps"; exit 1; }
forests_enter "$here/anchor.t" || exit 1
scratch
at_end "forests_stop $T northwall"
forests_start "$T" northwall || { echo 'Bail out! the forest does not start'; exit 1; }
FORESTS_RUN=$T python3 "$here/anchor.py"

#!/bin/bash
# Devices of the cloud written into Active Directory (a real Samba forest), by an account that
# may write that and nothing else.  device.py is the test; this starts the forest.
here=$(cd "$(dirname "$0")" && pwd)
LIB=$here/../../lib
. "$LIB/tap.sh"
. "$LIB/forests.sh"
[ -z "$(forest_missing)" ] || { echo "Bail out! $(forest_missing) is missing: make deps"; exit 1; }
forests_enter "$here/device.t" || exit 1
scratch
at_end "forests_stop $T northwall"
forests_start "$T" northwall || { echo 'Bail out! the forest does not start'; exit 1; }
FORESTS_RUN=$T python3 "$here/device.py"

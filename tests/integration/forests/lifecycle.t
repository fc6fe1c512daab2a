#!/bin/bash
# Several real forests (Samba) into one metaverse, through all that happens to
# an object.  lifecycle.py is the test; this starts the forests.
here=$(cd "$(dirname "$0")" && pwd)
LIB=$here/../../lib
. "$LIB/tap.sh"
. "$LIB/forests.sh"
[ -z "$(forest_missing)" ] || { echo "Bail out! $(forest_missing) is missing: make deps"; exit 1; }
forests_enter "$here/lifecycle.t" || exit 1
scratch
at_end "forests_stop $T northwall saltmarsh northwall2"
forests_start "$T" northwall saltmarsh || { echo 'Bail out! the forests do not start'; exit 1; }
FORESTS_RUN=$T python3 "$here/lifecycle.py"

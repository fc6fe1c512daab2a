#!/bin/bash
# The public keys by which people sign in without a password, written into Active Directory (a real
# Samba forest), and what else an attribute of octets with a name can be.  keys.py is the test.
here=$(cd "$(dirname "$0")" && pwd)
LIB=$here/../../lib
. "$LIB/tap.sh"
. "$LIB/forests.sh"
[ -z "$(forest_missing)" ] || { echo "Bail out! $(forest_missing) is missing: make deps"; exit 1; }
forests_enter "$here/keys.t" || exit 1
scratch
at_end "forests_stop $T northwall"
forests_start "$T" northwall || { echo 'Bail out! the forest does not start'; exit 1; }
FORESTS_RUN=$T python3 "$here/keys.py"

#!/bin/bash
# The first configuration of the README and its commands, word by word, against a
# real forest.  readme.py is the test; this starts the forest.
here=$(cd "$(dirname "$0")" && pwd)
LIB=$here/../../lib
. "$LIB/tap.sh"
. "$LIB/forest.sh"
[ -z "$(forest_missing)" ] || { echo "Bail out! $(forest_missing) is missing: make deps"; exit 1; }
forest_enter "$here/readme.t" || exit 1
scratch
forest_make small || { echo 'Bail out! no forest'; exit 1; }
at_end forest_stop "$T/dc1"
forest_start "$T/dc1" || { echo 'Bail out! the forest does not start'; exit 1; }
export FOREST_CA FOREST_DN FOREST_REALM FOREST_DOMAIN FOREST_DC1 FOREST_ADMIN_PASSWORD FOREST_SYNC_PASSWORD
python3 "$here/readme.py"

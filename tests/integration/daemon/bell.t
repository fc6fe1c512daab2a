#!/bin/bash
# Changes in a real Active Directory forest (Samba) and in slapd reach the tenant
# through causewayd, as soon as they are made.  bell.py is the test; this starts
# the servers.
here=$(cd "$(dirname "$0")" && pwd)
LIB=$here/../../lib
. "$LIB/tap.sh"
. "$LIB/forest.sh"
. "$LIB/slapd.sh"
[ -z "$(forest_missing)" ] || { echo "Bail out! $(forest_missing) is missing: make deps"; exit 1; }
forest_enter "$here/bell.t" || exit 1
scratch
forest_make small || { echo 'Bail out! no forest'; exit 1; }
at_end "forest_stop $T/dc1"
forest_start "$T/dc1" || { echo 'Bail out! the forest does not start'; exit 1; }
mkdir "$T/slapd"
printf 'overlay syncprov\n' >"$T/slapd/db.conf"
slapd_make "$T/slapd" 'moduleload syncprov'
python3 "$here/../../bench/gen_people.py" 50 2 | sed "s/@example.com/@$FOREST_DOMAIN/" >"$T/people.ldif" || exit 1
slapd_load "$T/slapd" "$T/people.ldif" || { echo 'Bail out! slapadd'; exit 1; }
at_end "slapd_stop $T/slapd"
SLAPD_URL=ldap://127.0.0.1:$(free_port)
slapd_start "$T/slapd" "$SLAPD_URL" || { echo 'Bail out! slapd does not start'; exit 1; }
export SLAPD_URL SLAPD_SUFFIX
export FOREST_CA FOREST_DN FOREST_REALM FOREST_DOMAIN FOREST_DC1 FOREST_ADMIN_PASSWORD FOREST_SYNC_PASSWORD
python3 "$here/bell.py"

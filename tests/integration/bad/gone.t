#!/bin/bash
# A directory server that goes away in the middle of a page, and a base that
# is changed by a slip.  gone.py is the test; this starts slapd.
here=$(cd "$(dirname "$0")" && pwd)
LIB=$here/../../lib
. "$LIB/tap.sh"
. "$LIB/slapd.sh"
scratch
python3 "$here/../../bench/gen_people.py" 600 6 20 >"$T/people.ldif" || exit 1
printf 'dn: ou=Empty,%s\nobjectClass: organizationalUnit\nou: Empty\n\n' "$SLAPD_SUFFIX" >>"$T/people.ldif"
slapd_make "$T/slapd"
slapd_load "$T/slapd" "$T/people.ldif" || { echo 'Bail out! slapadd'; exit 1; }
at_end "slapd_stop $T/slapd"
SLAPD_PORT=$(free_port)
slapd_start "$T/slapd" "ldap://127.0.0.1:$SLAPD_PORT" || { echo 'Bail out! slapd does not start'; exit 1; }
export SLAPD_PORT SLAPD_SUFFIX
python3 "$here/gone.py"

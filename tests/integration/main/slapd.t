#!/bin/bash
# The main job from OpenLDAP: inetOrgPerson and groupOfNames.  slapd.py is the
# test; this starts the server.
here=$(cd "$(dirname "$0")" && pwd)
LIB=$here/../../lib
. "$LIB/tap.sh"
. "$LIB/ca.sh"
. "$LIB/slapd.sh"
scratch
python3 "$here/../../bench/gen_people.py" 2000 40 60 >"$T/people.ldif" || exit 1
ca_make "$T/ca"
ca_issue "$T/ca" server 'DNS:localhost,IP:127.0.0.1'
slapd_make "$T/slapd" "TLSCACertificateFile $T/ca/ca.pem
TLSCertificateFile $T/ca/server.pem
TLSCertificateKeyFile $T/ca/server.key"
slapd_load "$T/slapd" "$T/people.ldif" || { echo 'Bail out! slapadd'; exit 1; }
at_end "slapd_stop $T/slapd"
SLAPD_URL=ldaps://127.0.0.1:$(free_port)
slapd_start "$T/slapd" "$SLAPD_URL" || { echo 'Bail out! slapd does not start'; exit 1; }
export SLAPD_URL SLAPD_SUFFIX SLAPD_CA=$T/ca/ca.pem
python3 "$here/slapd.py"

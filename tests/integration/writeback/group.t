#!/bin/bash
# One member of a large group (SIZE, 3000): what it costs from one LDAP
# directory into another.  group.py is the test; this starts the servers.  The
# one that is written to logs each change (slapo-auditlog).
here=$(cd "$(dirname "$0")" && pwd)
LIB=$here/../../lib
. "$LIB/tap.sh"
. "$LIB/slapd.sh"
scratch
export SIZE=${SIZE:-3000}
python3 "$here/group.py" ldif >"$T/people.ldif" || exit 1
slapd_make "$T/source" 'sortvals member'
slapd_load "$T/source" "$T/people.ldif" || { echo 'Bail out! slapadd'; exit 1; }
SLAPD_SUFFIX='dc=copy,dc=example'
mkdir -p "$T/copy"
printf 'overlay auditlog\nauditlog %s\n' "$T/audit.ldif" >"$T/copy/db.conf"
slapd_make "$T/copy" 'sortvals member
moduleload auditlog'
printf 'dn: dc=copy,dc=example\nobjectClass: organization\nobjectClass: dcObject\ndc: copy\no: copy\n' >"$T/copy.ldif"
slapd_load "$T/copy" "$T/copy.ldif" || { echo 'Bail out! slapadd'; exit 1; }
SOURCE_URL=ldap://127.0.0.1:$(free_port)
at_end "slapd_stop $T/source"
slapd_start "$T/source" "$SOURCE_URL" || { echo 'Bail out! slapd does not start'; exit 1; }
COPY_URL=ldap://127.0.0.1:$(free_port)
at_end "slapd_stop $T/copy"
slapd_start "$T/copy" "$COPY_URL" || { echo 'Bail out! slapd does not start'; exit 1; }
export SOURCE_URL COPY_URL AUDIT=$T/audit.ldif
python3 "$here/group.py"

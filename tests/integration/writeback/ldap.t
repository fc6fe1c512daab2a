#!/bin/bash
# One LDAP directory into another: slapd to slapd.  ldap.py is the test; this
# starts the servers.  The one that is written to does not let everybody write
# everything: "writer" may not touch title, and delete nothing.
here=$(cd "$(dirname "$0")" && pwd)
LIB=$here/../../lib
. "$LIB/tap.sh"
. "$LIB/slapd.sh"
scratch
python3 "$here/../../bench/gen_people.py" 300 12 20 >"$T/people.ldif" || exit 1
mkdir -p "$T/source" "$T/copy"
refint='overlay refint
refint_attributes member manager'
echo "$refint" >"$T/source/db.conf"
slapd_make "$T/source" 'moduleload refint'
slapd_load "$T/source" "$T/people.ldif" || { echo 'Bail out! slapadd'; exit 1; }
SLAPD_SUFFIX='dc=copy,dc=example'
cat >"$T/copy/db.conf" <<'CONF'
access to attrs=title by * read
access to attrs=userPassword by * auth
access to attrs=children,entry by dn.exact="cn=writer,dc=copy,dc=example" add by * read
access to * by dn.exact="cn=writer,dc=copy,dc=example" write by * read
CONF
echo "$refint" >>"$T/copy/db.conf"
slapd_make "$T/copy" 'moduleload refint'
cat >"$T/copy.ldif" <<'LDIF'
dn: dc=copy,dc=example
objectClass: organization
objectClass: dcObject
dc: copy
o: copy

dn: cn=writer,dc=copy,dc=example
objectClass: person
cn: writer
sn: writer
userPassword: secret
LDIF
slapd_load "$T/copy" "$T/copy.ldif" || { echo 'Bail out! slapadd'; exit 1; }
SOURCE_URL=ldap://127.0.0.1:$(free_port)
at_end "slapd_stop $T/source"
slapd_start "$T/source" "$SOURCE_URL" || { echo 'Bail out! slapd does not start'; exit 1; }
COPY_URL=ldap://127.0.0.1:$(free_port)
at_end "slapd_stop $T/copy"
slapd_start "$T/copy" "$COPY_URL" || { echo 'Bail out! slapd does not start'; exit 1; }
export SOURCE_URL COPY_URL COPY_DIR=$T/copy
python3 "$here/ldap.py"

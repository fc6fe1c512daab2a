#!/bin/bash
# tests/lib/migrate_samba.sh EXPORT -- an old server's export, run in staging against a real Samba forest.
#
# A forest with the export's domain is made (once, in the cache of forest.sh), its
# schema extended by what the rules read, its containers made and filled with
# invented people.  What is checked, and what the forest lacked, migrate_samba.py
# says; TAP.  EXPORT is any form that has a connector to Active Directory.
#
#     BUILD=$PWD/build tests/lib/migrate_samba.sh /path/to/export
#
# KEEP=FOLDER keeps the imported configuration, the schema extension and the lists there.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LIB=$here
. "$LIB/tap.sh"
. "$LIB/forest.sh"
[ $# -ge 1 ] || { echo "Bail out! usage: migrate_samba.sh EXPORT [PROGRAM]"; exit 2; }
[ -z "$(forest_missing)" ] || { echo "Bail out! $(forest_missing) is missing: make deps"; exit 1; }
EXPORT=$(realpath "$1")
PROGRAM=${2:-$LIB/migrate_samba.py}
domain=$(python3 "$LIB/migrate_samba.py" --domain "$EXPORT") || { echo "Bail out! no domain in $EXPORT"; exit 1; }

# From here on forest.sh speaks of the export's forest.
FOREST_DOMAIN=$domain
FOREST_NAME=${domain%%.*}
FOREST_NAME=${FOREST_NAME:0:15}
FOREST_REALM=${domain^^}
FOREST_DN=DC=${domain//./,DC=}
FOREST_DC1=dc1.$domain
FOREST_DC2=dc2.$domain
forest_enter "${BASH_SOURCE[0]}" "$@" || exit 1
scratch
forest_make "of-$domain" || { echo 'Bail out! no forest'; exit 1; }
at_end "forest_kill $T/$domain"
forest_start "$T/$domain" || { echo 'Bail out! the forest does not start'; exit 1; }
FORESTS_RUN=$T KRB5_CONFIG=$T/$domain/krb5.conf python3 "$PROGRAM" "$EXPORT"

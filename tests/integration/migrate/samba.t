#!/bin/bash
# An export of an invented Azure AD Connect server (tests/lib/old_export.py) is
# analysed, imported and run in staging mode against a real Samba forest of its
# name: tests/lib/migrate_samba.sh, which takes anybody's export.
here=$(cd "$(dirname "$0")" && pwd)
LIB=$here/../../lib
folder=$(mktemp -d "${TMPDIR:-/tmp}/causeway-test.XXXXXX")
trap 'rm -rf "$folder"' EXIT
python3 "$LIB/old_export.py" "$folder/larch" || exit 1
"$LIB/migrate_samba.sh" "$folder/larch"

#!/bin/bash
# pending: every form tells the same; the LDIF can be replayed.
LIB=$(cd "$(dirname "$0")/../../lib" && pwd)
. "$LIB/tap.sh"
. "$LIB/slapd.sh"
[ -x "$SLAPD" ] || skip_all "no slapd"
exec python3 "$(dirname "$0")/pending.py"

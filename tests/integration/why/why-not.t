#!/bin/bash
# why-not: one planted cause of each kind is named.
LIB=$(cd "$(dirname "$0")/../../lib" && pwd)
. "$LIB/tap.sh"
. "$LIB/slapd.sh"
[ -x "$SLAPD" ] || skip_all "no slapd"
exec python3 "$(dirname "$0")/whynot.py"

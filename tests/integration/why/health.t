#!/bin/bash
# doctor: certificates that servers show, and clocks.
LIB=$(cd "$(dirname "$0")/../../lib" && pwd)
. "$LIB/tap.sh"
. "$LIB/slapd.sh"
[ -x "$SLAPD" ] || skip_all "no slapd"
exec python3 "$(dirname "$0")/health.py"

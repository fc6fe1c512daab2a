#!/bin/bash
# demo-safety.sh -- five accidents against OpenLDAP and the embedded tenant:
# wrong base, an OU emptied, a rule that blanks a department, a second server, a
# bad value.  Each is caught, explained and repaired; nobody is lost.  Leaves
# nothing behind; exits non-zero where one is not caught.
set -eu
cd "$(dirname "$0")/.."
export BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
LIB=$PWD/tests/lib
. "$LIB/slapd.sh"
[ -x "$SLAPD" ] || { echo "demo: slapd is missing: make deps" >&2; exit 1; }
T=$(mktemp -d "${TMPDIR:-/tmp}/causeway-safety.XXXXXX")
clean_up() {
	[ ! -s "$T/slapd/pid" ] || slapd_stop "$T/slapd" || true
	rm -rf "$T"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
python3 tools/demo/safety.py --people >"$T/people.ldif"
slapd_make "$T/slapd"
slapd_load "$T/slapd" "$T/people.ldif"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
slapd_start "$T/slapd" "ldap://127.0.0.1:$port"
python3 tools/demo/safety.py --folder "$T" --url "ldap://127.0.0.1:$port"

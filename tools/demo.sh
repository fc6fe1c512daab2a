#!/bin/bash
# demo.sh -- an example company from a file into the embedded tenant, a day of
# changes, and proof of both by a program that shares no code with Causeway.
# Leaves nothing behind; exits non-zero when tenant and source differ.
# DEMO_KEEP=1 keeps the folder, to look around in it.
set -eu -o pipefail
cd "$(dirname "$0")/.."
root=$PWD
BUILD=${BUILD:-build}
bin=$root/$BUILD/src/bin
T=$(mktemp -d "${TMPDIR:-/tmp}/causeway-demo.XXXXXX")
tenant_pid=
began=$SECONDS

clean_up() {
	[ -z "$tenant_pid" ] || kill "$tenant_pid" 2>/dev/null || true
	[ -n "${DEMO_KEEP:-}" ] || rm -rf "$T"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ -t 1 ]; then bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m'); else bold= dim= plain=; fi
heading() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
shown() { printf '%s$ %s%s\n' "$dim" "$*" "$plain"; }
fail() { printf '%sdemo: %s%s\n' "$bold" "$*" "$plain" >&2; exit 1; }

# causeway ARGS...: shown as a person would type it; its code in $rc.
causeway() {
	shown "causeway $*"
	rc=0
	"$bin/causeway" "$@" --config "$T/site" || rc=$?
}
make_company() { python3 examples/company/make_company.py "$@"; }

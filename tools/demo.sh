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
verify() { python3 tools/demo/verify.py "$T/tenant" "$port" "$@" || fail 'tenant and source differ'; }

heading 'The example company'
make_company --count
make_company --faults "$T/faults.json" >"$T/company.ldif"
printf 'bad on purpose: '
python3 -c 'import json, sys
print(", ".join(dict.fromkeys(f["fault"] for f in json.load(open(sys.argv[1])))))' "$T/faults.json" | fold -s -w 96

heading 'A tenant of our own, empty'
shown 'causeway-tenant init tenant --domain vanmark.example'
"$bin/causeway-tenant" init "$T/tenant" --domain vanmark.example
shown 'causeway-tenant run tenant &'
"$bin/causeway-tenant" run "$T/tenant" --listen 127.0.0.1:0 --port-file "$T/port" >"$T/tenant.log" 2>&1 &
tenant_pid=$!
until [ -s "$T/port" ]; do
	kill -0 "$tenant_pid" 2>/dev/null || fail "the tenant did not start: $(cat "$T/tenant.log")"
	sleep 0.02
done
port=$(cat "$T/port")
client() { sed -n "s/.*\"$1\": \"\(.*\)\".*/\1/p" "$T/tenant/client.json"; }

mkdir "$T/site"
cat >"$T/site/causeway.yaml" <<YAML
store:
  path: causeway.db
connectors:
  - name: company
    kind: file
    format: ldif
    path: ../company.ldif
    anchor: objectGUID
    parameters:
      Domain.FQDN: vanmark.example
  - name: cloud
    kind: graph
    tenant: $(client tenantId)
    authority: https://127.0.0.1:$port
    endpoint: https://127.0.0.1:$port/v1.0
    client_id: $(client clientId)
    secret: file:$T/tenant/client_secret
    ca: ../tenant/ca.pem
YAML
shown 'cat causeway.yaml'
cat "$T/site/causeway.yaml"

heading 'The first cycle: read, decide, write'
causeway cycle initial
# 3: finished, with the errors of the records that are bad on purpose.
[ "$rc" = 3 ] || fail "the first cycle ended with $rc"

heading 'Proof: the tenant asked by Graph, against the LDIF, by another program'
verify state "$T/company.ldif"

heading 'A day later: people marry, move, leave and join; groups change'
make_company --day2 --expect "$T/changes.json" >"$T/company.ldif"
causeway run company full-import
[ "$rc" = 0 ] || [ "$rc" = 3 ] || fail "the import ended with $rc"
causeway run company delta-sync
[ "$rc" = 0 ] || [ "$rc" = 3 ] || fail "the synchronisation ended with $rc"

heading 'What would be sent: nothing has left yet'
causeway pending cloud
[ "$rc" = 0 ] || fail "pending ended with $rc"
verify snapshot "$T/before.json"

heading 'The cycle sends it'
causeway cycle
[ "$rc" = 3 ] || fail "the cycle ended with $rc"

heading 'Proof: exactly these changes arrived'
verify state "$T/company.ldif"
verify changes "$T/before.json" "$T/changes.json"

heading 'Once more: nothing changed, nothing is written'
verify snapshot "$T/after.json"
causeway cycle
[ "$rc" = 3 ] || fail "the cycle ended with $rc"
verify quiet "$T/after.json"

printf '\n%sdemo: all of it proved, in %d seconds%s\n' "$bold" $((SECONDS - began)) "$plain"
[ -z "${DEMO_KEEP:-}" ] || echo "kept: $T"

#!/bin/sh
# Microsoft's Graph SDK and msal-node against causeway-tenant; TAP, for prove.
# $BUILD is the build folder (default b).  The packages are fetched once by
# "npm ci"; nothing else leaves this machine.
set -eu
cd "$(dirname "$0")"
top=$(cd ../../.. && pwd)
build=${BUILD:-b}
case $build in /*) ;; *) build=$top/$build ;; esac
CAUSEWAY_TENANT=$build/src/bin/causeway-tenant
export CAUSEWAY_TENANT
[ -x "$CAUSEWAY_TENANT" ] || { echo "1..0 # SKIP $CAUSEWAY_TENANT is not built"; exit 0; }
[ -f node_modules/.package-lock.json ] &&
	[ ! package-lock.json -nt node_modules/.package-lock.json ] ||
	npm ci --no-audit --no-fund --loglevel=error >&2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$CAUSEWAY_TENANT" init "$dir" --domain contoso.example \
	--domain fed.example --federated fed.example
CAUSEWAY_TENANT_DIR=$dir NODE_EXTRA_CA_CERTS=$dir/ca.pem node sdk.mjs

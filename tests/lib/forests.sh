#!/bin/bash
# tests/lib/forests.sh -- several Active Directory forests (Samba) side by side.
#
#     . "$LIB/tap.sh"
#     . "$LIB/forests.sh"
#     forests_enter "$0" "$@"        as forest_enter of forest.sh
#     scratch
#     forests_start "$T" northwall saltmarsh
#     python3 ...                    rig.py and forests.py see them
#
# Three forests of separate names, SIDs and authorities: northwall.test,
# saltmarsh.test and eastbrook.test, each with the attributes of a mail system
# in its schema (forest_schema.py) and the user sync.  No trust between them.
# Made once, in the cache of forest.sh; started all at once in two seconds.
# Everything that forest.sh says of one forest holds for each.

. "$(dirname "${BASH_SOURCE[0]}")/forest.sh"

# One loopback network for each: an address is a controller.
declare -A FORESTS_NET=([northwall]=127.0.20 [saltmarsh]=127.0.30 [eastbrook]=127.0.40)

_forest_ip() {
	echo "${FORESTS_NET[$FOREST_NAME]}.$1"
}

# From here on forest.sh speaks of this one.
forests_use() {
	FOREST_NAME=$1
	FOREST_DOMAIN=$1.test
	FOREST_REALM=${FOREST_DOMAIN^^}
	FOREST_DN=DC=$1,DC=test
	FOREST_DC1=dc1.$FOREST_DOMAIN
	FOREST_DC2=dc2.$FOREST_DOMAIN
	FOREST_FIXTURE=$FOREST_CACHE/$1-$FORESTS_KEY
	FOREST_CA=$FOREST_FIXTURE/ca/ca.pem
}

FORESTS_KEY=$(cat "$FOREST_LIB"/{forests.sh,forest.sh,forest_schema.py,ca.sh} | sha256sum | cut -c1-12)

forests_enter() {
	local name
	forest_enter "$@" || return 1
	for name in "${!FORESTS_NET[@]}"; do
		(forests_use "$name"
		echo "$(_forest_ip 1) $FOREST_DC1 $FOREST_DOMAIN"
		echo "$(_forest_ip 2) $FOREST_DC2")
	done >>/etc/hosts
}

_forests_schema() {
	local part
	for part in attributes classes; do
		python3 "$FOREST_LIB/forest_schema.py" "$FOREST_DN" $part >"$1/schema.ldif" &&
			ldbmodify --configfile="$1/smb.conf" --option='dsdb:schema update allowed=yes' \
				-H "$1/private/sam.ldb" "$1/schema.ldif" || return 1
	done
	rm "$1/schema.ldif"
}

_forests_make() {
	local part
	forests_use "$1"
	mkdir -p "$FOREST_CACHE"
	exec 8>"$FOREST_CACHE/$1.lock"
	flock 8
	[ ! -d "$FOREST_FIXTURE" ] || return 0
	find "$FOREST_CACHE" -maxdepth 1 -name "$1-*" -mtime +1 -exec rm -rf {} +
	part=$(mktemp -d "$FOREST_CACHE/part.XXXXXX")
	chmod 755 "$part"
	if { _forest_provision "$part" && _forests_schema "$part"; } >"$part/make.log" 2>&1; then
		mv "$part" "$FOREST_FIXTURE"
	else
		tail -20 "$part/make.log" >&2
		rm -rf "$part"
		return 1
	fi
}

# Each in DIR/NAME.
forests_start() {
	local d=$1 name pids=()
	shift
	for name; do
		(_forests_make "$name" && forest_start "$d/$name") &
		pids+=($!)
	done
	for name in "${pids[@]}"; do
		wait "$name" || return 1
	done
}

forests_stop() {
	local d=$1 name
	shift
	for name; do
		forest_kill "$d/$name"
	done
}

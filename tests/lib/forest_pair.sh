#!/bin/bash
# tests/lib/forest_pair.sh -- a forest of two domain controllers that replicate.
#
#     . "$LIB/forest_pair.sh"
#     forest_enter "$0" "$@"
#     pair_start DIR          dc1 and dc2 in DIR/dc1 and DIR/dc2
#     pair_replicate DIR FROM TO    what dc1 has to dc2, or back: at once
#     pair_stop DIR
#
# forest.sh's small forest, joined by a second controller: once, in the cache (a
# quarter of a minute on an idle machine).

. "$(dirname "${BASH_SOURCE[0]}")/forest.sh"

eval "$(declare -f _forest_conf | sed '1s/_forest_conf/_pair_conf_one/')"
_forest_conf() {
	_pair_conf_one "$1" "$2"
	sed -i "s/netbios name = .*/netbios name = DC$2/" "$1/smb.conf"
}

_pair_ldap() {
	ldapsearch -x -LLL -o ldif-wrap=no -H "ldap://$(_forest_ip 1)" -D "administrator@$FOREST_DOMAIN" \
		-w "$FOREST_ADMIN_PASSWORD" "$@"
}

# Replication calls a controller by the GUID of its settings.
_pair_hosts() {
	local n guid
	for n in 1 2; do
		guid=$(_pair_ldap -b "CN=NTDS Settings,CN=DC$n,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,$FOREST_DN" \
			-s base objectGUID | sed -n 's/^objectGUID:: //p')
		[ -z "$guid" ] || python3 -c '
import base64, sys, uuid
print(sys.argv[2], str(uuid.UUID(bytes_le=base64.b64decode(sys.argv[1]))) + "._msdcs." + sys.argv[3])' \
			"$guid" "$(_forest_ip $n)" "$FOREST_DOMAIN" >>/etc/hosts
	done
}

_pair_join() {
	local d=$1
	mkdir -p "$d"/{private/tls,state,cache,lock,pid,log,ncalrpc,winbindd,ntp,bind-dns}
	_forest_conf "$d" 2
	: >"$d/none.conf"
	samba-tool domain join "$FOREST_DOMAIN" DC --configfile="$d/none.conf" --server="$FOREST_DC1" \
		-U "administrator%$FOREST_ADMIN_PASSWORD" --realm="$FOREST_REALM" --targetdir="$d" --dns-backend=NONE \
		--backend-store=mdb --option='netbios name=DC2' --option="interfaces=$(_forest_ip 2)/8" \
		--option='bind interfaces only=yes' --option='ldb:nosync=true' --option="posix:eadb=$d/private/eadb.tdb" || return 1
	rm -rf "$d/etc" "$d/none.conf"
	cp -R "$FOREST_FIXTURE/ca" "$d/ca"
	cp "$FOREST_CA" "$d/private/tls/ca.pem"
}

_pair_make() {
	local part=$1 d
	forest_start "$part/dc1" 1 && KRB5_CONFIG=$part/dc1/krb5.conf _pair_join "$part/dc2" || return 1
	forest_stop "$part/dc1"
	for d in "$part"/dc*; do
		find "$d" -type s -delete
	done
}

pair_start() {
	local key part cached
	forest_make small || return 1
	key=$(cat "$FOREST_LIB"/{forest_pair.sh,forest.sh,ca.sh} | sha256sum | cut -c1-12)
	cached=$FOREST_CACHE/pair-$key
	exec 8>"$FOREST_CACHE/pair.lock"
	flock 8
	if [ ! -d "$cached" ]; then
		find "$FOREST_CACHE" -maxdepth 1 -name 'pair-*' -mtime +1 -exec rm -rf {} +
		part=$(mktemp -d "$FOREST_CACHE/part.XXXXXX")
		chmod 755 "$part"
		_pair_make "$part" >"$1/pair.log" 2>&1 8>&- || {
			tail -20 "$1/pair.log" >&2
			rm -rf "$part"
			return 1
		}
		mv "$part" "$cached"
	fi
	exec 8>&-
	cp -R --preserve=mode,timestamps --sparse=always "$cached/." "$1/"
	forest_start "$1/dc1" 1 && forest_start "$1/dc2" 2 || return 1
	_pair_hosts
}

pair_stop() {
	forest_stop "$1/dc1"
	forest_stop "$1/dc2"
}

pair_replicate() {
	KRB5_CONFIG=$1/dc1/krb5.conf samba-tool drs replicate "$3.$FOREST_DOMAIN" "$2.$FOREST_DOMAIN" "$FOREST_DN" \
		--configfile="$1/dc1/smb.conf" -U "administrator%$FOREST_ADMIN_PASSWORD" >/dev/null
}

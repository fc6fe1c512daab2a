#!/bin/bash
# tests/lib/forest.sh -- a real Active Directory forest (Samba) for a test.
#
# A domain controller wants ports below 1024, names of its own and a clean
# network: a test that uses one begins with
#
#     . "$LIB/forest.sh"
#     forest_enter "$0" "$@"
#
# which starts it again in a network and mount namespace where nothing of the
# machine is seen but its files (root, or a user where the kernel allows user
# namespaces), with a hosts file of its own.  Then
#
#   forest_make small|company    makes it once, in the cache; $FOREST_FIXTURE
#   forest_start DIR [N]         copy of $FOREST_FIXTURE as controller N (1);
#                                N = 2 is a second address and name with the
#                                same content (a copy, not a replica)
#   forest_stop DIR · forest_kill DIR (as a power cut would)
#
#   $FOREST_CA  $FOREST_DN  $FOREST_REALM  $FOREST_DC1  $FOREST_DC2  $FOREST_KEYTAB
#   $FOREST_ADMIN_PASSWORD; a reading user sync@... with $FOREST_SYNC_PASSWORD
#
# Making it takes root once (Samba sets owners that a user namespace does not
# have); with a cache that is filled a user can run it.
#
# small: as provisioned, with the user sync.  company: also what populate.py
# makes (6,000 users, 200 groups, one of 5,000 members), added offline in one
# transaction.  Cache: $CAUSEWAY_TEST_CACHE, else $XDG_CACHE_HOME/causeway-test,
# else ~/.cache/causeway-test; made again when this file or populate.py changes.

FOREST_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
FOREST_NAME=causeway
FOREST_DOMAIN=$FOREST_NAME.test
FOREST_REALM=${FOREST_DOMAIN^^}
FOREST_DN=DC=$FOREST_NAME,DC=test
FOREST_DC1=dc1.$FOREST_DOMAIN
FOREST_DC2=dc2.$FOREST_DOMAIN
FOREST_ADMIN_PASSWORD='Passw0rd!Admin'
FOREST_SYNC_PASSWORD='Passw0rd!Sync'
FOREST_CACHE=${CAUSEWAY_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/causeway-test}

. "$FOREST_LIB/ca.sh"

forest_missing() {
	local c
	for c in samba samba-tool ldbadd unshare ldapsearch; do
		PATH=$PATH:/usr/sbin command -v $c >/dev/null || { echo "$c"; return; }
	done
}

forest_enter() {
	local how=-nm
	[ -z "${FOREST_INSIDE:-}" ] || { _forest_inside; return; }
	[ "$(id -u)" = 0 ] || how=-Urnm
	export FOREST_INSIDE=1
	exec unshare $how -- "$BASH" "$@"
}

_forest_inside() {
	export PATH=$PATH:/usr/sbin
	mount --make-rprivate / || return 1
	FOREST_HOSTS=$(mktemp)
	cat >"$FOREST_HOSTS" <<-HOSTS
		127.0.0.1 localhost
		127.0.10.1 $FOREST_DC1 $FOREST_DOMAIN
		127.0.10.2 $FOREST_DC2
	HOSTS
	mount --bind "$FOREST_HOSTS" /etc/hosts || return 1
	rm -f "$FOREST_HOSTS"
	python3 - <<-'PY'
		import fcntl, socket, struct
		s = socket.socket()
		# SIOCSIFFLAGS: lo up and running
		fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 0x41))
	PY
}

_forest_ip() {
	echo "127.0.10.$1"
}

# smb.conf and krb5.conf of controller $2 in folder $1.  "/8": Samba takes no
# interface with a mask of /32.
_forest_conf() {
	local d=$1 ip
	ip=$(_forest_ip "$2")
	cat >"$d/smb.conf" <<-CONF
		[global]
			netbios name = DC1
			workgroup = ${FOREST_NAME^^}
			realm = $FOREST_REALM
			server role = active directory domain controller
			interfaces = $ip/8
			bind interfaces only = yes
			disable netbios = yes
			server services = ldap cldap kdc rpc drepl
			dsdb:schema update allowed = yes
			prefork children = 1
			private dir = $d/private
			state directory = $d/state
			cache directory = $d/cache
			lock directory = $d/lock
			pid directory = $d/pid
			binddns dir = $d/bind-dns
			ncalrpc dir = $d/ncalrpc
			winbindd socket directory = $d/winbindd
			ntp signd socket directory = $d/ntp
			log file = $d/log/log.%m
			logging = file
			max log size = 0
			posix:eadb = $d/private/eadb.tdb
			ldb:nosync = true
			tls enabled = yes
			tls cafile = $d/private/tls/ca.pem
			tls certfile = $d/private/tls/dc.pem
			tls keyfile = $d/private/tls/dc.key
			ldap server require strong auth = ${FOREST_STRONG_AUTH:-no}
			rpc server dynamic port range = 49152-49252
			load printers = no
		[sysvol]
			path = $d/state/sysvol
			read only = no
	CONF
	cat >"$d/krb5.conf" <<-CONF
		[libdefaults]
			default_realm = $FOREST_REALM
			dns_lookup_kdc = false
			dns_lookup_realm = false
			dns_canonicalize_hostname = false
			rdns = false
			default_ccache_name = FILE:$d/no-cache-outside
		[realms]
			$FOREST_REALM = {
				kdc = $ip
			}
		[domain_realm]
			.$FOREST_DOMAIN = $FOREST_REALM
			$FOREST_DOMAIN = $FOREST_REALM
	CONF
}

_forest_certificates() {
	local tls=$1/private/tls ca=$1/ca n
	mkdir -p "$tls"
	ca_make "$ca"
	for n in 1 2; do
		ca_issue "$ca" dc$n "DNS:dc$n.$FOREST_DOMAIN,IP:$(_forest_ip $n)" || return 1
	done
	ca_issue_expired "$ca" dc1-old "DNS:$FOREST_DC1,IP:$(_forest_ip 1)" || return 1
	cp "$ca/ca.pem" "$tls/ca.pem"
}

# Paths go into the database of nothing but smb.conf, so that the folder moves.
_forest_provision() {
	local d=$1
	mkdir -p "$d"/{private/tls,state,cache,lock,pid,log,ncalrpc,winbindd,ntp,bind-dns}
	_forest_conf "$d" 1
	: >"$d/none.conf"
	samba-tool domain provision -q -s "$d/none.conf" --targetdir="$d" \
		--realm="$FOREST_REALM" --domain="${FOREST_NAME^^}" --host-name=dc1 \
		--host-ip="$(_forest_ip 1)" --adminpass="$FOREST_ADMIN_PASSWORD" \
		--dns-backend=NONE --server-role=dc --backend-store=mdb \
		--option="interfaces=$(_forest_ip 1)/8" --option='bind interfaces only=yes' \
		--option='ldb:nosync=true' --option="posix:eadb=$d/private/eadb.tdb" || return 1
	# The names ldap/dc1... that a GSSAPI bind asks a ticket for.
	_forest_certificates "$d" && samba_spnupdate -s "$d/smb.conf" || return 1
	samba-tool user create sync "$FOREST_SYNC_PASSWORD" -s "$d/smb.conf" \
		-H "$d/private/sam.ldb" || return 1
	samba-tool user setexpiry sync --noexpiry -s "$d/smb.conf" -H "$d/private/sam.ldb" || return 1
	samba-tool domain exportkeytab "$d/sync.keytab" --principal="sync@$FOREST_REALM" \
		-s "$d/smb.conf" || return 1
	rm -rf "$d/etc" "$d/none.conf"
}

_forest_populate() {
	python3 "$FOREST_LIB/populate.py" "$FOREST_DN" >"$1/company.ldif" &&
		_forest_conf "$1" 1 &&
		ldbadd --configfile="$1/smb.conf" -H "$1/private/sam.ldb" \
			-o batch_mode:1 "$1/company.ldif"
}

forest_make() {
	local kind=$1 key part
	key=$(cat "$FOREST_LIB/forest.sh" "$FOREST_LIB/populate.py" "$FOREST_LIB/ca.sh" | sha256sum | cut -c1-12)
	FOREST_FIXTURE=$FOREST_CACHE/$kind-$key
	FOREST_CA=$FOREST_FIXTURE/ca/ca.pem
	FOREST_KEYTAB=$FOREST_FIXTURE/sync.keytab
	mkdir -p "$FOREST_CACHE"
	exec 8>"$FOREST_CACHE/$kind.lock"
	flock 8
	if [ ! -d "$FOREST_FIXTURE" ]; then
		find "$FOREST_CACHE" -maxdepth 1 -name "$kind-*" -mtime +1 -exec rm -rf {} +
		part=$(mktemp -d "$FOREST_CACHE/part.XXXXXX")
		chmod 755 "$part"
		if [ "$kind" = company ]; then
			(forest_make small && cp -R --preserve=mode,timestamps --sparse=always "$FOREST_FIXTURE/." "$part/") &&
				_forest_populate "$part" >"$part/make.log" 2>&1
		else
			_forest_provision "$part" >"$part/make.log" 2>&1
		fi || {
			tail -20 "$part/make.log" >&2
			grep -q ' 4294967295$' /proc/self/uid_map || echo "the forest has to be made by root once" >&2
			rm -rf "$part"
			exec 8>&-
			return 1
		}
		mv "$part" "$FOREST_FIXTURE"
	fi
	exec 8>&-
}

forest_start() {
	local d=$1 n=${2:-1} ip
	ip=$(_forest_ip "$n")
	if [ ! -d "$d/private" ]; then
		mkdir -p "$d"
		cp -R --preserve=mode,timestamps --sparse=always "$FOREST_FIXTURE/." "$d/"
	fi
	_forest_conf "$d" "$n"
	cp "${FOREST_CERT:-$d/ca/dc$n}.pem" "$d/private/tls/dc.pem"
	cp "${FOREST_CERT:-$d/ca/dc$n}.key" "$d/private/tls/dc.key"
	chmod 600 "$d/private/tls/dc.key"
	# setsid: at its end Samba ends its whole process group
	KRB5_CONFIG=$d/krb5.conf setsid samba -D -s "$d/smb.conf" -M prefork >"$d/log/start.log" 2>&1 8>&-
	for _ in $(seq 400); do
		ldapsearch -x -LLL -H "ldap://$ip" -b '' -s base 1.1 >/dev/null 2>&1 &&
			(exec 3<>"/dev/tcp/$ip/88") 2>/dev/null && return 0
		sleep 0.05
	done
	cat "$d"/log/* >&2
	return 1
}

_forest_wait() {
	for _ in $(seq 200); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.05
	done
	return 1
}

forest_stop() {
	local pid
	pid=$(cat "$1/pid/samba.pid" 2>/dev/null) || return 0
	kill -TERM "$pid" 2>/dev/null
	_forest_wait "$pid" || forest_kill "$1"
	rm -f "$1/pid/samba.pid"
}

# Its own process group, made by setsid above.
forest_kill() {
	local pid
	pid=$(cat "$1/pid/samba.pid" 2>/dev/null) || return 0
	kill -KILL -- "-$(ps -o pgid= -p "$pid" | tr -d ' ')" 2>/dev/null
	_forest_wait "$pid"
	rm -f "$1/pid/samba.pid"
}

# tests/lib/slapd.sh -- OpenLDAP servers of a test's own, to be sourced.
#
#   slapd_make DIR [EXTRA-CONFIG]     a server without content, suffix
#                                     dc=example,dc=com, cn=admin / secret
#   slapd_load DIR FILE.ldif          content, offline
#   slapd_start DIR "URL URL..."      $DIR/pid; returns when it answers
#   slapd_stop DIR
#
# SLAPD_PROVIDER=N before slapd_make: it synchronises its content (RFC 4533), with a
# session log of N changes; 0: without one, so that it tells who is there.
# EXTRA-CONFIG goes before the database ("TLSCACertificateFile ...").
# DIR/db.conf, where there is one, goes behind it ("limits ...").

SLAPD=${SLAPD:-/usr/sbin/slapd}
SLAPD_SUFFIX='dc=example,dc=com'

slapd_make() {
	mkdir -p "$1/db"
	cat >"$1/slapd.conf" <<-CONF
		include /etc/ldap/schema/core.schema
		include /etc/ldap/schema/cosine.schema
		include /etc/ldap/schema/inetorgperson.schema
		modulepath /usr/lib/ldap
		moduleload back_mdb
		${SLAPD_PROVIDER:+moduleload syncprov}
		pidfile $1/slapd.pid
		argsfile $1/slapd.args
		threads 4
		loglevel 0
		sizelimit unlimited
		${2:-}
		database mdb
		suffix "$SLAPD_SUFFIX"
		rootdn "cn=admin,$SLAPD_SUFFIX"
		rootpw secret
		directory $1/db
		maxsize 4294967296
		dbnosync
		index objectClass,entryUUID,entryCSN eq
	CONF
	[ ! -s "$1/db.conf" ] || cat "$1/db.conf" >>"$1/slapd.conf"
	[ -z "${SLAPD_PROVIDER:-}" ] || echo overlay syncprov >>"$1/slapd.conf"
	[ "${SLAPD_PROVIDER:-0}" = 0 ] || echo "syncprov-sessionlog $SLAPD_PROVIDER" >>"$1/slapd.conf"
}

slapd_load() {
	/usr/sbin/slapadd -q -f "$1/slapd.conf" -l "$2" 2>"$1/slapadd.log" ||
		{ cat "$1/slapadd.log" >&2; return 1; }
}

slapd_start() {
	local url
	"$SLAPD" -f "$1/slapd.conf" -h "$2" -d 0 >"$1/log" 2>&1 &
	echo $! >"$1/pid"
	url=${2%% *}
	for _ in $(seq 200); do
		kill -0 "$(cat "$1/pid")" 2>/dev/null || break
		LDAPTLS_REQCERT=never ldapsearch -x -H "$url" -s base -b '' 1.1 >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	echo "slapd did not start: $(cat "$1/log")" >&2
	return 1
}

slapd_stop() {
	local pid
	pid=$(cat "$1/pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	rm -f "$1/pid"
}

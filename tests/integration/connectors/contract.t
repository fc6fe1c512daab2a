#!/bin/bash
# The contract of connectors/connector.h, asked of the connectors that read:
# LDIF, slapd, and a Samba forest where there is one.
LIB=$(cd "$(dirname "$0")/../../lib" && pwd)
. "$LIB/tap.sh"
. "$LIB/slapd.sh"
. "$LIB/forest.sh"
missing=$(forest_missing)
[ -n "$missing" ] || forest_enter "$0" "$@"
. "$LIB/connector.sh"
scratch
conf_begin

# contract NAME [ATTRIBUTES]: its answers are ours, with its name before them
contract() {
	run "$BUILD/tests/lib/connector_contract" "$T" "$@"
	while IFS= read -r line; do
		case $line in
		"ok "*) _tap 0 "$1: ${line#* - }" ;;
		"not ok "*) _tap 1 "$1: ${line#* - }" ;;
		esac
	done <"$T/run.out"
	is "$rc $err" "0 " "$1: all of it"
}

python3 "$LIB/../bench/gen_people.py" 1200 30 >"$T/people.ldif"
conf_add file file "path: $T/people.ldif" 'format: ldif' 'anchor: uid' 'object_classes: [inetOrgPerson]'
contract file

slapd_make "$T/slapd"
slapd_load "$T/slapd" "$T/people.ldif"
port=$(free_port)
at_end slapd_stop "$T/slapd"
slapd_start "$T/slapd" "ldap://127.0.0.1:$port" || exit 1
conf_add bare ldap "servers: [\"ldap://127.0.0.1:$port\"]" 'tls: {required: false}'
contract bare

SLAPD_PROVIDER=100 slapd_make "$T/provider"
slapd_load "$T/provider" "$T/people.ldif"
port=$(free_port)
at_end slapd_stop "$T/provider"
slapd_start "$T/provider" "ldap://127.0.0.1:$port" || exit 1
conf_add ldap ldap "servers: [\"ldap://127.0.0.1:$port\"]" 'tls: {required: false}'
contract ldap
secret_file slapdpw secret
conf_add written ldap "servers: [\"ldap://127.0.0.1:$port\"]" 'tls: {required: false}' \
	"user: cn=admin,$SLAPD_SUFFIX" "password: file:$T/slapdpw" 'writable: true' \
	'object_classes: [person, organizationalUnit]'
contract written --write "$SLAPD_SUFFIX" person

if [ -z "$missing" ]; then
	forest_make small || exit 1
	at_end forest_stop "$T/dc1"
	forest_start "$T/dc1" || exit 1
	secret_file pw "$FOREST_SYNC_PASSWORD"
	conf_ad() { # NAME SETTING ...
		conf_add "$1" ad "servers: [\"ldaps://$FOREST_DC1\"]" "user: sync@$FOREST_DOMAIN" \
			"password: file:$T/pw" "tls: {ca: $FOREST_CA}" "${@:2}"
	}
	AD=sAMAccountName,objectSid,objectGUID,member,memberOf,groupType,userAccountControl,whenCreated,isCriticalSystemObject,nTSecurityDescriptor
	conf_ad ad
	conf_ad usn 'deltas: usn'
	conf_ad none 'deltas: none' 'object_classes: [group]'
	python3 "$LIB/forest_grant.py" "$T/dc1" "$FOREST_DN" see-deleted sync || exit 1
	contract ad $AD
	contract usn $AD
	probe none import cn
	like "$rc $(tail -1 "$T/run.out")" '^0 .*"watermark":""' "deltas: none gives no watermark"
	python3 "$LIB/forest_grant.py" "$T/dc1" "$FOREST_DN" get-changes sync || exit 1
	contract ad $AD
	secret_file adminpw "$FOREST_ADMIN_PASSWORD"
	conf_add adwritten ad "servers: [\"ldaps://$FOREST_DC1\"]" "user: Administrator@$FOREST_DOMAIN" \
		"password: file:$T/adminpw" "tls: {ca: $FOREST_CA}" 'writable: true' \
		'object_classes: [contact, organizationalUnit]'
	contract adwritten --write "$FOREST_DN" contact
fi
done_testing

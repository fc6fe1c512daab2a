#!/bin/bash
# One connector, two naming contexts on servers of their own: a step each,
# references across, and one that is down does not stop the other.
LIB=$(cd "$(dirname "$0")/../../lib" && pwd)
. "$LIB/tap.sh"
. "$LIB/slapd.sh"
. "$LIB/connector.sh"
[ -x "$SLAPD" ] || skip_all "no slapd"
scratch

content() { # SUFFIX DC PERSON MEMBER
	cat <<-LDIF
		dn: $1
		objectClass: domain
		objectClass: top
		dc: $2

		dn: cn=$3,$1
		objectClass: inetOrgPerson
		cn: $3
		sn: $3

		dn: cn=team $2,$1
		objectClass: groupOfNames
		cn: team $2
		member: cn=$3,$1
		member: $4
	LDIF
}

content dc=example,dc=com example anna 'cn=bob,dc=child,dc=test' >"$T/one.ldif"
content dc=child,dc=test child bob 'cn=anna,dc=example,dc=com' >"$T/two.ldif"
slapd_make "$T/one"
slapd_load "$T/one" "$T/one.ldif"
SLAPD_SUFFIX=dc=child,dc=test slapd_make "$T/two"
slapd_load "$T/two" "$T/two.ldif"
p1=$(free_port) p2=$(free_port)
at_end slapd_stop "$T/two"
at_end slapd_stop "$T/one"
slapd_start "$T/one" "ldap://127.0.0.1:$p1" || exit 1
slapd_start "$T/two" "ldap://127.0.0.1:$p2" || exit 1

conf_begin
conf_add forest ldap "servers: [\"ldap://127.0.0.1:$p1\"]" 'tls: {required: false}' \
	'attributes: [cn, member]' \
	"partitions: [{dn: 'dc=example,dc=com'}, {dn: 'dc=child,dc=test', servers: [\"ldap://127.0.0.1:$p2\"]}]"

causeway() {
	run "$BUILD/src/bin/causeway" "$@" --config "$T/causeway.yaml"
}

# One line a step: partition, result, adds.
steps() {
	python3 -c '
import json, sys
for s in json.load(open(sys.argv[1]))["steps"]:
    c = s["counters"] if "counters" in s else s
    print(s["partition"], s["step-result"], json.dumps(c).count("stage-add"))
' "$T/run.out"
}

causeway run forest full-import --json
is "$rc" 0 "both naming contexts are read"
like "$(steps)" '^dc=example,dc=com success' "a step for the first"
like "$(steps)" 'dc=child,dc=test success' "and one for the other, from its own server"

causeway cs search --json
like "$out" 'cn=bob,dc=child,dc=test' "its objects are there"
causeway cs get 'cn=team example,dc=example,dc=com' --json
like "$out" 'cn=bob,dc=child,dc=test' "a member of the other naming context"
causeway cs search --state placeholders --json
is "$(printf '%s' "$out" | grep -c 'cn=')" 0 "which is the object that was read, no placeholder"

slapd_stop "$T/two"
causeway run forest full-import --json
is "$rc" 1 "one server is down"
like "$(steps)" '^dc=example,dc=com success' "the first is read"
like "$(steps)" 'dc=child,dc=test (no-start-connection|stopped-connectivity)' "the other says that it could not be"
causeway cs get 'cn=bob,dc=child,dc=test' --json
is "$rc" 0 "and nothing of it was taken for deleted"
done_testing

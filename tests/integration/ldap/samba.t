#!/bin/bash
# Binds, TLS and content against a real forest; one of two controllers dies.
LIB=$(cd "$(dirname "$0")/../../lib" && pwd)
. "$LIB/tap.sh"
. "$LIB/forest.sh"
missing=$(forest_missing)
[ -z "$missing" ] || skip_all "no $missing"
forest_enter "$0" "$@"
. "$LIB/connector.sh"
scratch
forest_make company || exit 1
at_end forest_stop "$T/dc1"
at_end forest_stop "$T/dc2"
forest_start "$T/dc1" 1 || exit 1
forest_start "$T/dc2" 2 || exit 1
export KRB5_CONFIG=$T/dc1/krb5.conf
unset KRB5CCNAME

secret_file pw "$FOREST_SYNC_PASSWORD"
secret_file badpw wrong
ca_make "$T/other"
URL=ldaps://$FOREST_DC1
CA="tls: {ca: $FOREST_CA}"
USER_PW=("user: sync@$FOREST_DOMAIN" "password: file:$T/pw")
conf_begin
conf_add ldaps ad "servers: [\"$URL\"]" "${USER_PW[@]}" "$CA"
conf_add address ad 'servers: ["ldaps://127.0.10.1"]' "${USER_PW[@]}" "$CA"
conf_add starttls ad "servers: [\"ldap://$FOREST_DC1\"]" "${USER_PW[@]}" "tls: {ca: $FOREST_CA, starttls: true}"
conf_add byname ad "servers: [\"$URL\"]" "user: CAUSEWAY\\sync" "password: file:$T/pw" "$CA"
conf_add keytab ad "servers: [\"ldap://$FOREST_DC1\"]" 'bind: gssapi' 'user: sync' "realm: $FOREST_REALM" \
	"keytab: $FOREST_KEYTAB"
conf_add ticket ad "servers: [\"ldap://$FOREST_DC1\"]" 'bind: gssapi' "user: sync@$FOREST_REALM" "password: file:$T/pw"
conf_add ticket_tls ad "servers: [\"$URL\"]" 'bind: gssapi' "user: sync@$FOREST_REALM" "password: file:$T/pw" "$CA"
conf_add unknown ad "servers: [\"$URL\"]" "${USER_PW[@]}" "tls: {ca: $T/other/ca.pem}"
conf_add wronghost ad "servers: [\"ldaps://$FOREST_DOMAIN\"]" "${USER_PW[@]}" "$CA"
conf_add badpw ad "servers: [\"$URL\"]" "user: sync@$FOREST_DOMAIN" "password: file:$T/badpw" "$CA"
conf_add badticket ad "servers: [\"$URL\"]" 'bind: gssapi' "user: sync@$FOREST_REALM" "password: file:$T/badpw" "$CA"
conf_add nokey ad "servers: [\"$URL\"]" 'bind: gssapi' "user: other@$FOREST_REALM" "keytab: $FOREST_KEYTAB" "$CA"
conf_add ticket_ip ad 'servers: ["ldap://127.0.10.1"]' 'bind: gssapi' "user: sync@$FOREST_REALM" "password: file:$T/pw"
conf_add anonymous ad "servers: [\"$URL\"]" "$CA"
conf_add staff ad "servers: [\"$URL\"]" "${USER_PW[@]}" "$CA" \
	"partitions: [{dn: \"$FOREST_DN\", exclude: [\"$FOREST_DN\"], include: [\"OU=Staff,$FOREST_DN\", \"OU=Groups,$FOREST_DN\"]}]"
conf_add computers ad "servers: [\"$URL\"]" "${USER_PW[@]}" "$CA" 'object_classes: [computer, foreignSecurityPrincipal]'
conf_add both ad "servers: [\"ldaps://$FOREST_DC2\", \"$URL\"]" "${USER_PW[@]}" "$CA" 'page_size: 200'

for c in ldaps address starttls byname keytab ticket ticket_tls; do
	probe $c test
	is "$rc $err" "0 " "$c: opens"
done
ok "no ticket is left outside" test ! -e "$T/dc1/no-cache-outside"

refused() { # CONNECTOR CODE PATTERN
	probe "$1" test
	is "$rc ${err%% *}" "1 $2" "$1: refused as $2"
	like "$err" "$3" "$1: says why"
}
refused unknown tls 'unknown authority'
refused wronghost tls "it is for $FOREST_DC1, not for $FOREST_DOMAIN"
refused badpw auth 'wrong user name or password .*data 52e'
refused badticket auth 'kerberos: sync@.*: wrong password'
refused nokey config 'the keytab has no key for this user|kerberos: other@'
refused ticket_ip auth 'Server not found in Kerberos database.*by the name'
refused anonymous access ''

W=sAMAccountName,member,manager,userAccountControl,objectSid,proxyAddresses
probe ldaps import $W
cp "$T/run.out" "$T/ours"
is "$rc $err" "0 " "import"
is "$(objects "$T/ours" type | sort | uniq -c | tr -s ' \n' ' ')" \
	" 60 contact 236 group 10 inetOrgPerson 6015 user " "types: computers are no users"
ldapsearch -x -LLL -o ldif-wrap=no -E pr=1000/noprompt -H ldap://127.0.10.1 \
	-D "administrator@$FOREST_DOMAIN" -w "$FOREST_ADMIN_PASSWORD" -b "$FOREST_DN" \
	'(&(|(objectClass=user)(objectClass=group)(objectClass=contact))(!(objectClass=computer)))' \
	objectGUID sAMAccountName member manager >"$T/theirs"
is "$(objects "$T/ours" anchor | sort | sha256sum)" \
	"$(sed -n 's/^objectGUID:: //p' "$T/theirs" |
		python3 -c 'import sys, base64
for l in sys.stdin: print(base64.b64decode(l).hex())' | sort | sha256sum)" "every objectGUID"
is "$(grep -o '"\$anchor"' "$T/ours" | wc -l)" "$(grep -cE '^(member|manager)::? ' "$T/theirs")" \
	"every reference, by the GUID of its target"
is "$(grep BigGroup "$T/ours" | grep -o '"\$anchor"' | wc -l)" 5000 "5,000 members"
is "$(grep -c '"\$ref"' "$T/ours")" 0 "none by name"
python3 - "$T/ours" >"$T/dangling" <<'PY'
import json, sys
rows = [json.loads(l) for l in open(sys.argv[1], encoding="utf-8")]
there = {r["anchor"] for r in rows if r["kind"] == "object"}
print(sum(v["$anchor"] not in there for r in rows if "OU=" in r.get("dn", "")
          for n in ("member", "manager") for v in r["attrs"].get(n, [])))
PY
is "$(cat "$T/dangling")" 0 "and each of them is an object that came, but for those in built-in groups"

probe staff import cn
is "$rc $(objects "$T/run.out" type | sort | uniq -c | tr -s ' \n' ' ')" "0  200 group 6000 user " "containers"
probe computers import cn
is "$rc $(objects "$T/run.out" type | sort | uniq -c | tr -s ' \n' ' ')" \
	"0  6 computer 4 foreignSecurityPrincipal " "computers when they are wanted"
probe ldaps parameters
is "$(tr -d '\n' <"$T/run.out")" \
	"{\"Domain.FQDN\":\"$FOREST_DOMAIN\"}{\"Domain.LDAP\":\"$FOREST_DN\"}{\"Domain.Netbios\":\"CAUSEWAY\"}{\"Forest.FQDN\":\"$FOREST_DOMAIN\"}{\"Forest.LDAP\":\"$FOREST_DN\"}{\"Forest.Netbios\":\"CAUSEWAY\"}" \
	"the domain's names"
probe ldaps schema
for want in '"name":"objectGUID","type":"binary","multi":false' '"name":"userAccountControl","type":"integer"' \
	'"name":"pwdLastSet","type":"integer"' '"name":"member","type":"reference","multi":true' \
	'"name":"isCriticalSystemObject","type":"boolean"' '"name":"proxyAddresses","type":"string","multi":true' \
	'"name":"directReports","type":"reference"' '"name":"userCertificate","type":"binary"'; do
	ok "schema: $want" grep -qF "$want" "$T/run.out"
done

# A deleted object is gone, and so are references to it.
ldapdelete -x -H ldap://127.0.10.1 -D "administrator@$FOREST_DOMAIN" -w "$FOREST_ADMIN_PASSWORD" \
	"$(objects "$T/ours" dn | grep '^CN=.* 005999,')" || exit 1
probe ldaps import member
is "$(objects "$T/run.out" dn | grep -c ' 005999,')" 0 "what is deleted does not come"
is "$(objects "$T/run.out" dn | wc -l)" 6320 "one less"

# The first of two controllers dies in the middle.
rm -f "$T/run.err"
mkfifo "$T/go"
PROBE_PAUSE=1000 "$PROBE" "$T" both import cn <"$T/go" >"$T/run.out" 2>"$T/run.err" &
pid=$!
exec 7>"$T/go"
until grep -q pause "$T/run.err" 2>/dev/null || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
forest_kill "$T/dc2"
echo >&7
exec 7>&-
wait $pid
is "$? $(grep -v pause "$T/run.err")" "0 " "the import goes on at the other controller"
ok "and is whole" [ "$(objects "$T/run.out" anchor | sort -u | wc -l)" -ge 6320 ]
forest_stop "$T/dc1"

# What administrators of a domain set in its defence.
FOREST_CERT=$T/dc1/ca/dc1-old FOREST_STRONG_AUTH=yes forest_start "$T/dc1" 1 || exit 1
conf_add strong ad "servers: [\"ldap://$FOREST_DC1\"]" "${USER_PW[@]}" 'tls: {required: false}'
refused ldaps tls 'has expired \(on 2020-02-01'
refused starttls tls 'has expired'
refused strong config 'use ldaps://, starttls or a gssapi bind'
probe keytab test
is "$rc $err" "0 " "a signed and sealed bind is strong enough"
done_testing

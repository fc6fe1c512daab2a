#!/bin/bash
# Binds, TLS, containers and content against OpenLDAP.
LIB=$(cd "$(dirname "$0")/../../lib" && pwd)
. "$LIB/tap.sh"
. "$LIB/ca.sh"
. "$LIB/slapd.sh"
. "$LIB/connector.sh"
[ -x "$SLAPD" ] || skip_all "no slapd"
scratch

ADMIN=cn=admin,dc=example,dc=com
ca_make "$T/ca"
ca_make "$T/other"
ca_issue "$T/ca" good IP:127.0.0.1
ca_issue "$T/ca" wrong DNS:other.example.com
ca_issue "$T/ca" client email:client@example.com /CN=client
ca_issue_expired "$T/ca" old IP:127.0.0.1
secret_file pw secret
secret_file badpw wrong

tls_config() {
	printf '%s\n' "TLSCACertificateFile $T/ca/ca.pem" "TLSCertificateFile $T/ca/$1.pem" \
		"TLSCertificateKeyFile $T/ca/$1.key" "TLSVerifyClient try" \
		"authz-regexp \"gidNumber=.*,cn=peercred,cn=external,cn=auth\" \"$ADMIN\"" \
		"authz-regexp \"cn=client\" \"$ADMIN\""
}

python3 "$LIB/../bench/gen_people.py" 2000 20 30 >"$T/people.ldif"
for s in good wrong old; do
	slapd_make "$T/$s" "$(tls_config $s)"
	eval "p_$s=$(free_port) t_$s=$(free_port)"
done
slapd_load "$T/good" "$T/people.ldif"
slapd_load "$T/old" "$T/people.ldif"
for s in good wrong old; do
	p=p_$s t=t_$s
	at_end slapd_stop "$T/$s"
	slapd_start "$T/$s" "ldap://127.0.0.1:${!p} ldaps://127.0.0.1:${!t} ldapi://${T//\//%2F}%2F$s.sock" ||
		exit 1
done

URL=ldap://127.0.0.1:$p_good
TURL=ldaps://127.0.0.1:$t_good
USER_PW=("user: $ADMIN" "password: file:$T/pw")
CA="tls: {ca: $T/ca/ca.pem}"
CLEAR='tls: {required: false}'
conf_begin
conf_add ldaps ldap "servers: [$TURL]" "${USER_PW[@]}" "$CA"
conf_add starttls ldap "servers: [$URL]" "${USER_PW[@]}" "tls: {ca: $T/ca/ca.pem, starttls: true}"
conf_add clear ldap "servers: [$URL]" "${USER_PW[@]}" "$CLEAR"
conf_add anonymous ldap "servers: [$URL]" "$CLEAR"
conf_add ldapi ldap "servers: [\"ldapi://${T//\//%2F}%2Fgood.sock\"]" 'bind: external'
conf_add cert ldap "servers: [$TURL]" 'bind: external' \
	"tls: {ca: $T/ca/ca.pem, certificate: $T/ca/client.pem, key: $T/ca/client.key}"
conf_add unknown ldap "servers: [$TURL]" "${USER_PW[@]}" "tls: {ca: $T/other/ca.pem}"
conf_add system ldap "servers: [$TURL]" "${USER_PW[@]}"
conf_add wronghost ldap "servers: [\"ldaps://127.0.0.1:$t_wrong\"]" "${USER_PW[@]}" "$CA"
conf_add starthost ldap "servers: [\"ldap://127.0.0.1:$p_wrong\"]" "${USER_PW[@]}" \
	"tls: {ca: $T/ca/ca.pem, starttls: true}"
conf_add expired ldap "servers: [\"ldaps://127.0.0.1:$t_old\"]" "${USER_PW[@]}" "$CA"
conf_add noverify ldap "servers: [\"ldaps://127.0.0.1:$t_old\"]" "${USER_PW[@]}" 'tls: {verify: false}'
conf_add notls ldap "servers: [\"ldaps://127.0.0.1:$p_good\"]" "${USER_PW[@]}" "$CA" 'timeout_s: 2'
conf_add badpw ldap "servers: [$TURL]" "user: $ADMIN" "password: file:$T/badpw" "$CA"
conf_add nouser ldap "servers: [$TURL]" 'user: "cn=nobody,dc=example,dc=com"' "password: file:$T/pw" "$CA"
conf_add noca ldap "servers: [$TURL]" "${USER_PW[@]}" 'tls: {ca: /does/not/exist.pem}'
conf_add noserver ldap "servers: [\"ldap://127.0.0.1:1\"]" "${USER_PW[@]}" "$CLEAR"
conf_add nobase ldap "servers: [$TURL]" "${USER_PW[@]}" "$CA" 'base: "dc=exampel,dc=com"'
conf_add second ldap "servers: [\"ldaps://127.0.0.1:$t_wrong\", \"ldaps://127.0.0.1:1\", $TURL]" "${USER_PW[@]}" "$CA"
conf_add noclass ldap "servers: [$TURL]" "${USER_PW[@]}" "$CA" 'object_classes: [inetOrgPersn]'
conf_add noattr ldap "servers: [$TURL]" "${USER_PW[@]}" "$CA" 'attributes: [maill]'
conf_add groups ldap "servers: [$TURL]" "${USER_PW[@]}" "$CA" \
	'partitions: [{dn: "dc=example,dc=com", exclude: ["dc=example,dc=com"], include: ["OU=groups, DC=Example,DC=com"]}]'
conf_add notpeople ldap "servers: [$TURL]" "${USER_PW[@]}" "$CA" \
	'partitions: [{dn: "dc=example,dc=com", exclude: ["ou=People,dc=example,dc=com"]}]'
conf_add misspelt ldap "servers: [$TURL]" "${USER_PW[@]}" "$CA" \
	'partitions: [{dn: "dc=example,dc=com", include: ["ou=Poeple,dc=example,dc=com"]}]'
conf_add ous ldap "servers: [$TURL]" "${USER_PW[@]}" "$CA" 'object_classes: [organizationalUnit]' 'page_size: 7'
conf_add person ldap "servers: [$TURL]" "${USER_PW[@]}" "$CA" 'object_classes: [person]' 'page_size: 99'

for c in ldaps starttls clear ldapi cert noverify second; do
	probe $c test
	is "$rc $err" "0 " "$c: opens"
done

refused() { # CONNECTOR CODE PATTERN
	probe "$1" test
	is "$rc ${err%% *}" "1 $2" "$1: refused as $2"
	like "$err" "$3" "$1: says why"
}
refused unknown tls 'unknown authority .*ca\)'
refused system tls 'unknown authority'
refused wronghost tls 'another host name.* it is for other\.example\.com, not for 127\.0\.0\.1'
refused starthost tls 'another host name'
refused expired tls 'has expired \(on 2020-02-01'
refused notls tls 'no TLS at this port'
refused badpw auth "bind as $ADMIN: wrong user name or password"
refused nouser auth 'bind as cn=nobody'
refused noca config '/does/not/exist.pem: no such file'
refused noserver connect 'ldap://127.0.0.1:1: Connection refused'
refused nobase config 'partition "dc=exampel,dc=com" is not there'
refused noclass config '"inetOrgPersn" is not in the directory.s schema'
probe noattr import mail
is "$rc ${err%% *}" "1 config" "noattr: refused as config"
like "$err" '"maill" is not in' "noattr: says why"
probe misspelt import mail
is "$rc ${err%% *}" "1 config" "a container that is not there is no empty result"
like "$err" 'container "ou=Poeple,dc=example,dc=com" is not there' "misspelt: says which"

# Files and variables around us do not weaken the connection.
echo 'TLS_REQCERT never' >"$T/ldaprc"
run env -C "$T" LDAPTLS_REQCERT=never LDAPRC="$T/ldaprc" LDAPCONF="$T/ldaprc" \
	"$(realpath "$PROBE")" "$T" unknown test
is "$rc ${err%% *}" "1 tls" "LDAPTLS_REQCERT, LDAPRC and ./ldaprc are not obeyed"

# What is read, beside ldapsearch.
probe ldaps import mail,cn,member,manager,employeeNumber
is "$rc $err" "0 " "import"
cp "$T/run.out" "$T/ours"
ldapsearch -x -LLL -o ldif-wrap=no -H "$URL" -D "$ADMIN" -w secret -b dc=example,dc=com \
	'(|(objectClass=inetOrgPerson)(objectClass=groupOfNames))' mail entryUUID member >"$T/theirs"
is "$(objects "$T/ours" anchor | sort | sha256sum)" \
	"$(sed -n 's/^entryUUID: //p' "$T/theirs" | sort | sha256sum)" "every anchor"
is "$(objects "$T/ours" mail | sed '/^$/d' | sort | sha256sum)" \
	"$(sed -n 's/^mail: //p' "$T/theirs" | sort | sha256sum)" "every mail"
is "$(grep -o '"\$ref"' "$T/ours" | wc -l)" \
	"$(($(grep -c '^member: ' "$T/theirs") + 1999))" "every member and manager is a reference"
is "$(objects "$T/ours" type | sort | uniq -c | tr -s ' \n' ' ')" " 20 groupOfNames 2000 inetOrgPerson " "types"
like "$(grep 'uid=u0000003,' "$T/ours")" '"employeeNumber":\["1000003"\]' "a numeric string stays text"
like "$(tail -1 "$T/ours")" '"filtered":0,"errors":0' "nothing filtered"

probe groups import cn
is "$rc $(objects "$T/run.out" type | sort | uniq -c | tr -s ' \n' ' ')" "0  20 groupOfNames " \
	"the nearest ancestor decides, however it is written"
probe notpeople import cn
is "$rc $(objects "$T/run.out" type | sort | uniq -c | tr -s ' \n' ' ')" "0  20 groupOfNames " "exclusion"
like "$(tail -1 "$T/run.out")" '"filtered":2000' "what is left out is counted"
probe ous import ou
is "$rc $(objects "$T/run.out" dn | tr '\n' ' ')" \
	"0 ou=People,dc=example,dc=com ou=Groups,dc=example,dc=com " "small pages"
probe person import sn
is "$rc $(objects "$T/run.out" type | sort | uniq -c | tr -s ' \n' ' ')" "0  2000 person " \
	"a derived class is taken for the one that is configured"
probe anonymous import cn
is "$rc $(objects "$T/run.out" dn | wc -l)" "0 2020" "anonymous"
probe ldaps schema
is "$rc" 0 "schema"
for want in '"name":"member","type":"reference","multi":true' '"name":"cn","type":"string","multi":true' \
	'"name":"employeeNumber","type":"string","multi":false' '"name":"jpegPhoto","type":"binary"' \
	'"name":"entryUUID","type":"string","multi":false,"read_only":true' \
	'"name":"uniqueMember","type":"reference"' '"object_type":"groupOfNames"'; do
	ok "schema: $want" grep -qF "$want" "$T/run.out"
done

# A limit of the server is an error, not an end.
slapd_stop "$T/wrong"
printf 'limits * size.soft=500 size.hard=500 size.prtotal=500\n' >"$T/wrong/db.conf"
slapd_make "$T/wrong" "$(tls_config good)"
rm -rf "$T/wrong/db" && mkdir "$T/wrong/db"
slapd_load "$T/wrong" "$T/people.ldif"
slapd_start "$T/wrong" "ldap://127.0.0.1:$p_wrong"
conf_add limited ldap "servers: [\"ldap://127.0.0.1:$p_wrong\"]" 'page_size: 100' "$CLEAR"
probe limited import cn
is "$rc ${err%% *}" "1 limit" "a size limit is an error"
like "$err" 'size limit.*500 entries had come' "and says what to change"

done_testing

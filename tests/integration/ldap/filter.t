#!/bin/bash
# An LDAP filter of the administrator's: what it lets through, what is refused
# before the first search, and what becomes of objects that leave it.
LIB=$(cd "$(dirname "$0")/../../lib" && pwd)
. "$LIB/tap.sh"
. "$LIB/slapd.sh"
. "$LIB/connector.sh"
[ -x "$SLAPD" ] || skip_all "no slapd"
scratch

SUFFIX=dc=example,dc=com
python3 "$LIB/../bench/gen_people.py" 60 6 5 >"$T/people.ldif"
cat >>"$T/people.ldif" <<-LDIF

	dn: uid=odd,ou=People,$SUFFIX
	objectClass: inetOrgPerson
	uid: odd
	cn: Zoë (Lab) *7\\
	sn: Zoë
	employeeType: Contractor
LDIF
slapd_make "$T/one"
slapd_load "$T/one" "$T/people.ldif"
p=$(free_port)
at_end slapd_stop "$T/one"
slapd_start "$T/one" "ldap://127.0.0.1:$p" || exit 1

conf_begin
one() { # NAME SETTING ...
	local name=$1
	shift
	conf_add "$name" ldap "servers: [\"ldap://127.0.0.1:$p\"]" 'tls: {required: false}' \
		'attributes: [cn, uid, member]' "$@"
}
one all
one some "filter: '(|(uid=u000000*)(&(objectClass=groupOfNames)(cn=g00001)))'"
one lines 'filter: >' '  (&' '    (cn=*)' '    (!(uid=u000000*))' '  )'
one escaped "filter: '(cn=*\\28Lab\\29 \\2a7\\5c)'"
one binary "filter: '(cn=Zo\\c3\\ab*)'"
one rule "filter: '(uid:caseExactMatch:=U0000001)'"
one oid "filter: '(0.9.2342.19200300.100.1.1=odd)'"
one part "filter: '(uid=*)'" "partitions: [{dn: '$SUFFIX', filter: '(!(uid=odd))'}]"
one noattr "filter: '(&(cn=*)(!(departmnet=Stores)))'"
one nopart "partitions: [{dn: '$SUFFIX', filter: '(maill=*)'}]"
one norule "filter: '(uid:caseExctMatch:=odd)'"

# The same for the server's own tool and for ours.
CLASSES='(|(objectClass=inetOrgPerson)(objectClass=groupOfNames))'
same() { # CONNECTOR FILTER NAME
	probe "$1" import cn
	objects "$T/run.out" dn | sort >"$T/ours"
	ldapsearch -x -LLL -o ldif-wrap=no -H "ldap://127.0.0.1:$p" -b $SUFFIX "(&$CLASSES$2)" 1.1 |
		sed -n 's/^dn: //p' | sort >"$T/theirs"
	is "$rc $err $(cat "$T/ours")" "0  $(cat "$T/theirs")" "$3"
}
same all '' "without a filter"
same some '(|(uid=u000000*)(&(objectClass=groupOfNames)(cn=g00001)))' "a filter, with the classes"
is "$(wc -l <"$T/ours")" 11 "its objects"
like "$(tail -1 "$T/run.out")" '"filtered":0' "the server left out the others"
same lines '(!(uid=u000000*))' "over several lines"
same escaped '(cn=Zo*\5c)' "parentheses, an asterisk and a backslash in a value"
is "$(cat "$T/ours")" "uid=odd,ou=People,$SUFFIX" "found"
same binary '(uid=odd)' "octets"
same rule '(uid=nobody)' "a matching rule: the case counts"
same oid '(uid=odd)' "an attribute by its OID"
same part '(&(uid=*)(!(uid=odd)))' "one of the connector and one of the partition"

refused() { # CONNECTOR PATTERN
	probe "$1" test
	is "$rc ${err%% *}" "1 config" "$1: refused"
	like "$err" "$2" "$1: says why"
}
refused noattr 'filter: attribute "departmnet" is not in the directory.s schema'
refused nopart "filter of partition \"$SUFFIX\": attribute \"maill\" is not in"
refused norule 'filter: matching rule "caseExctMatch" is not in'

causeway() {
	run "$BUILD/src/bin/causeway" "$@" --config "$T/causeway.yaml"
}
counters() { # added and obsoleted
	python3 -c '
import json, sys
counters = json.load(open(sys.argv[1]))["steps"][0]["staging-counters"]
print(*[counters.get(n, {}).get("detail", 0) if isinstance(counters.get(n), dict) else counters.get(n, 0)
        for n in ("stage-add", "stage-delete")])
' "$T/run.out"
}

conf_begin
one people "filter: '(uid=u00000*'"
causeway config check
is "$rc" 1 "a filter that cannot be read is an error of the configuration"
like "$err" "causeway.yaml:[0-9]+:13: filter: position 13: \"\)\" is expected" "with file, line and place"

there() { # RDN CODE NAME
	causeway cs get "$1,ou=People,$SUFFIX" --json
	is "$rc" "$2" "$3"
}
config() { # FILTER-SETTING ...
	conf_begin
	one people 'object_classes: [inetOrgPerson]' "$@"
}
config
causeway run people full-import --json
is "$rc $(counters)" "0 61 0" "the first import"
config "filter: '(!(uid=u000000*))'"
causeway status --json
like "$out" 'filter \(!\(uid=u000000\*\)\) is new' "another filter needs a full import, and status says so"
causeway run people full-import --json
is "$rc $(counters)" "0 0 10" "what left the filter is taken for deleted"
there uid=u0000007 1 "and is gone"
there uid=u0000010 0 "the others are not"
config "filter: '( !(uid=u000000*))'"
causeway status --json
is "$rc" 1 "a blank where none may be"
config 'filter: >-' '  (!' '    (uid=u000000*)' '  )'
causeway status --json
ok "the same filter written another way is no change" test -z "$(echo "$out" | grep 'is new')"
config "filter: '(uid=odd)'"
causeway run people full-import --json
is "$rc" 4 "a filter that leaves nearly nothing is stopped by the guard"
there uid=u0000010 0 "and changes nothing"
config
causeway run people full-import --json
is "$rc" 0 "without a filter"
there uid=u0000007 0 "they come back"

done_testing

#!/bin/bash
# What a server may do to us and none at hand does: see tests/lib/standin_ldap.py.
LIB=$(cd "$(dirname "$0")/../../lib" && pwd)
. "$LIB/tap.sh"
. "$LIB/connector.sh"
scratch
conf_begin

# standin NAME KIND "OPTIONS" ["SETTING"...]: a server and a connector to it
standin() {
	local name=$1 kind=$2 options=$3
	shift 3
	# shellcheck disable=SC2086 # options are words
	python3 "$LIB/standin_ldap.py" --port-file "$T/$name.port" --log "$T/$name.log" $options &
	at_end "kill $! 2>/dev/null; wait $! 2>/dev/null"
	until [ -s "$T/$name.port" ]; do sleep 0.02; done
	conf_add "$name" "$kind" "servers: [\"ldap://127.0.0.1:$(cat "$T/$name.port")\"]" \
		'user: someone' "password: file:$T/pw" 'tls: {required: false}' 'timeout_s: 5' "$@"
}
secret_file pw secret
AD='object_classes: [user, group]'

standin plain ad '--people 250' "$AD" 'page_size: 100'
probe plain import cn,mail,userAccountControl
is "$rc $(objects "$T/run.out" dn | sort -u | wc -l)" "0 250" "250 people in pages of 100"
is "$(grep -c '^page 100' "$T/plain.log")" 3 "three pages"
is "$(grep -c '^search 2' "$T/plain.log")" 3 "and no search but those"
like "$(head -1 "$T/run.out")" '"userAccountControl":\[512\]' "a number is a number"

standin ranges ad '--people 50 --members 5000 --range 1500' "$AD" 'page_size: 20'
probe ranges import cn,member
is "$rc $(grep -o '"\$ref"' "$T/run.out" | sort | wc -l)" "0 5000" "5,000 members in ranges of 1,500"
is "$(grep -o 'cn=p[0-9]*,dc=stand,dc=in"}' "$T/run.out" | sort -u | wc -l)" 5000 "each of them once"
is "$(grep -c 'search 0 cn=big.*member;range=' "$T/ranges.log")" 3 "three follow-up reads"
is "$(objects "$T/run.out" type | grep -c user)" 50 "the page around it is whole"

standin exact ad '--people 1 --members 1500 --range 1500' "$AD"
probe exact import member
is "$(grep -o '"\$ref"' "$T/run.out" | wc -l)" 1500 "1,500 members need no range"

standin vanish ad '--people 5 --members 4000 --range 1500 --vanish' "$AD"
probe vanish import member
is "$rc" 0 "a group that goes away between its ranges"
like "$(grep '"kind":"error"' "$T/run.out")" 'cn=big.*read-error.*went away' "is an error on that object"
like "$(tail -1 "$T/run.out")" '"errors":1' "which is counted, so that nothing is obsoleted"
is "$(objects "$T/run.out" dn | wc -l)" 5 "the others came"

standin maxpage ad '--people 250 --max-page 100' "$AD" 'page_size: 1000'
probe maxpage import cn
is "$rc $(objects "$T/run.out" dn | sort -u | wc -l)" "0 250" "a server that gives smaller pages than asked"

standin refuse ad '--people 250 --max-page 100 --refuse-page 53' "$AD" 'page_size: 1000'
probe refuse import cn
is "$rc $(objects "$T/run.out" dn | sort -u | wc -l)" "0 250" "a server that refuses a large page is asked for smaller ones"
is "$(grep '^page' "$T/refuse.log" | sort -u | sort -k2n | tr '\n' ' ')" \
	"page 62 page 125 page 250 page 500 page 1000 " "which are halved"

standin sizelimit ad '--people 250 --size-limit 120' "$AD" 'page_size: 100'
probe sizelimit import cn
is "$rc ${err%% *}" "1 limit" "a size limit in the middle is an error"
like "$err" 'size limit.*120 entries had come' "with the count"

standin referrals ad '--people 30 --referrals 7' "$AD"
probe referrals import cn
is "$rc $(objects "$T/run.out" dn | wc -l)" "0 30" "search references are passed over"

standin dead ad '--people 10 --deleted' "$AD"
probe dead import cn
is "$rc $(objects "$T/run.out" dn | wc -l)" "0 10" "tombstones are not taken for alive"
like "$(tail -1 "$T/run.out")" '"filtered":2' "and counted"

standin bad ad '--people 10 --bad-value' "$AD"
probe bad import cn,userAccountControl
is "$rc $(objects "$T/run.out" dn | wc -l)" "0 10" "a number that is none"
like "$(grep '"kind":"error"' "$T/run.out")" 'cn=bad.*invalid-numeric-value.*userAccountControl' "is an error that names it"

standin cut ad '--people 250 --cut-after 173' "$AD" 'page_size: 100'
probe cut import cn
is "$rc ${err%% *}" "1 connect" "a connection cut in the middle of an entry is an error"
like "$err" 'dropped-connection.*connection was lost' "that says so"
ok "and never an end" sh -c "! grep -q '\"kind\":\"end\"' '$T/run.out'"

standin once ad '--people 250 --cut-after 373 --cut-times 1' "$AD" 'page_size: 100' \
	'partitions: [{dn: "dc=stand,dc=in", exclude: ["dc=stand,dc=in"], include: ["ou=a,dc=stand,dc=in", "ou=b,dc=stand,dc=in"]}]'
probe once import cn
is "$rc $err" "0 " "one that is cut once goes on at the same server"
is "$(grep -c '^search 2 ou=a' "$T/once.log") $(grep -c '^search 2 ou=b' "$T/once.log")" "3 5" \
	"and repeats the container in which it was cut, not the one before"
like "$(tail -1 "$T/run.out")" '"kind":"end".*"filtered":500,"errors":0' "with the counts of one reading"

standin silent ad '--people 250 --silent-after 30' "$AD" 'page_size: 100'
sed -i "/name: silent/,\$s/timeout_s: 5/timeout_s: 1/" "$T/causeway.yaml"
probe silent import cn
is "$rc ${err%% *}" "1 connect" "a server that goes silent is given up"
like "$err" 'no answer within the timeout' "after the timeout"

standin mute ad '--mute' "$AD"
MUTE=127.0.0.1:$(cat "$T/mute.port")
conf_add mute_tls ad "servers: [\"ldaps://$MUTE\"]" 'timeout_s: 1' 'tls: {verify: false}'
conf_add mute_start ad "servers: [\"ldap://$MUTE\"]" 'timeout_s: 1' 'tls: {verify: false, starttls: true}'
conf_add mute_bind ad "servers: [\"ldap://$MUTE\"]" 'timeout_s: 1' 'tls: {required: false}'
for c in mute_tls mute_start mute_bind; do
	run timeout 20 "$PROBE" "$T" $c test
	is "$rc $(grep -c '^connect dropped-connection' <<<"$err")" "1 1" "$c: given up"
	like "$err" 'no answer within the timeout' "$c: says why"
done

standin dies ad '--people 250 --cut-after 173 --die' "$AD" 'page_size: 100'
conf_add pair ad "servers: [\"ldap://127.0.0.1:$(cat "$T/dies.port")\", \"ldap://127.0.0.1:$(cat "$T/plain.port")\"]" \
	'user: someone' "password: file:$T/pw" 'tls: {required: false}' "$AD" 'page_size: 100'
probe pair import cn
is "$rc $(objects "$T/run.out" dn | sort -u | wc -l)" "0 250" "the next server reads it all again"
like "$(tail -1 "$T/run.out")" '"filtered":0,"errors":0' "with its own counts"
done_testing

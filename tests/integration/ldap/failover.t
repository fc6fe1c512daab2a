#!/bin/bash
# A server dies in the middle of an import: the next one goes on, and where
# there is none it is an error.
LIB=$(cd "$(dirname "$0")/../../lib" && pwd)
. "$LIB/tap.sh"
. "$LIB/slapd.sh"
. "$LIB/connector.sh"
[ -x "$SLAPD" ] || skip_all "no slapd"
scratch

python3 "$LIB/../bench/gen_people.py" 6000 10 20 >"$T/people.ldif"
slapd_make "$T/one"
slapd_load "$T/one" "$T/people.ldif"
cp -a "$T/one" "$T/two" # the same entryUUIDs, as replicas have them
sed -i "s#$T/one#$T/two#" "$T/two/slapd.conf"
p1=$(free_port) p2=$(free_port)
at_end slapd_stop "$T/two"
at_end slapd_stop "$T/one"
slapd_start "$T/one" "ldap://127.0.0.1:$p1" || exit 1
slapd_start "$T/two" "ldap://127.0.0.1:$p2" || exit 1

conf_begin
conf_add both ldap "servers: [\"ldap://127.0.0.1:$p1\", \"ldap://127.0.0.1:$p2\"]" \
	'tls: {required: false}' 'page_size: 500'
conf_add alone ldap "servers: [\"ldap://127.0.0.1:$p1\"]" 'tls: {required: false}' 'page_size: 500'

# Starts an import that waits after 1,000 objects, kills the first server
# there, and lets it go on.  $rc, $err, $T/run.out
import_and_kill() {
	rm -f "$T/run.err"
	mkfifo "$T/go"
	PROBE_PAUSE=1000 "$PROBE" "$T" "$1" import cn,member,manager <"$T/go" >"$T/run.out" 2>"$T/run.err" &
	local pid=$!
	exec 7>"$T/go"
	until grep -q pause "$T/run.err" 2>/dev/null || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
	kill -KILL "$(cat "$T/one/pid")"
	wait "$(cat "$T/one/pid")" 2>/dev/null
	echo >&7
	exec 7>&-
	wait $pid
	rc=$?
	err=$(cat "$T/run.err")
	rm -f "$T/go"
}

import_and_kill both
is "$rc $err" "0 pause" "the import goes on at the second server"
is "$(objects "$T/run.out" anchor | sort -u | wc -l)" 6010 "every object came"
ok "some came twice, which changes nothing" \
	[ "$(objects "$T/run.out" anchor | wc -l)" -gt 6010 ]
like "$(tail -1 "$T/run.out")" '"kind":"end".*"errors":0' "it ended well"

slapd_start "$T/one" "ldap://127.0.0.1:$p1" || exit 1
import_and_kill alone
is "$rc" 1 "one server alone: the import fails"
like "$err" 'connect dropped-connection: .*127\.0\.0\.1:'"$p1"'.*connection was lost' "and says that it was lost"
ok "it never said that it ended" sh -c "! grep -q '\"kind\":\"end\"' '$T/run.out'"

probe both import cn
is "$rc $(objects "$T/run.out" dn | wc -l)" "0 6010" "a server that is down at the start is passed over"
slapd_stop "$T/two"
probe both test
is "$rc ${err%% *}" "1 connect" "both down"
like "$err" "127.0.0.1:$p1: .*refused; ldap://127.0.0.1:$p2: .*refused" "names both"
done_testing

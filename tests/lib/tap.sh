# tests/lib/tap.sh -- TAP from a shell test, to be sourced.
#
#   is GOT WANTED NAME · like GOT REGEX NAME · ok NAME COMMAND... · done_testing
#   run COMMAND...   standard output in $out, standard error in $err, code in $rc
#   scratch          $T: a folder of this test, gone at its end
#   at_end COMMAND   run at the end, last given first

tap_n=0
tap_bad=0
tap_end=()

_tap() {
	tap_n=$((tap_n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_n - $2"
	else
		tap_bad=$((tap_bad + 1))
		echo "not ok $tap_n - $2"
	fi
}

_tap_note() {
	printf '%s\n' "$1" | sed 's/^/#   /'
}

is() {
	[ "$1" = "$2" ]
	local r=$?
	_tap $r "$3"
	[ $r = 0 ] || { _tap_note "got:    $1"; _tap_note "wanted: $2"; }
}

like() {
	printf '%s' "$1" | grep -qE -- "$2"
	local r=$?
	_tap $r "$3"
	[ $r = 0 ] || { _tap_note "got:     $1"; _tap_note "pattern: $2"; }
}

ok() {
	local name=$1
	shift
	"$@" >"$T/ok.log" 2>&1
	local r=$?
	_tap $r "$name"
	[ $r = 0 ] || _tap_note "$(head -c 2000 "$T/ok.log")"
}

run() {
	"$@" >"$T/run.out" 2>"$T/run.err"
	rc=$?
	out=$(cat "$T/run.out")
	err=$(cat "$T/run.err")
}

at_end() {
	tap_end+=("$*")
}

_tap_exit() {
	local i
	for ((i = ${#tap_end[@]} - 1; i >= 0; i--)); do eval "${tap_end[i]}"; done
	[ -z "${T:-}" ] || rm -rf "$T"
}

scratch() {
	T=$(mktemp -d "${TMPDIR:-/tmp}/causeway-test.XXXXXX")
	trap _tap_exit EXIT
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

done_testing() {
	echo "1..$tap_n"
	[ $tap_bad = 0 ]
	exit
}

# A port that nobody listens on just now.
free_port() {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

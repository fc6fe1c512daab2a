# tests/lib/connector.sh -- a connector's configuration and the probe on it,
# to be sourced after tap.sh.
#
#   BUILD                    the build folder (b)
#   conf_begin               an empty configuration in $T
#   conf_add NAME KIND "SETTING: VALUE" ...
#   secret_file NAME TEXT    $T/NAME, for "password: file:..."
#   probe NAME COMMAND ...   as run(): $out $err $rc

BUILD=${BUILD:-b}
PROBE=$BUILD/tests/lib/connector_probe

conf_begin() {
	printf 'store:\n  path: %s/store.db\nconnectors:\n' "$T" >"$T/causeway.yaml"
}

conf_add() {
	printf '  - name: %s\n    kind: %s\n' "$1" "$2" >>"$T/causeway.yaml"
	shift 2
	printf '    %s\n' "$@" >>"$T/causeway.yaml"
}

secret_file() {
	(umask 077 && printf '%s' "$2" >"$T/$1")
}

probe() {
	run "$PROBE" "$T" "$@"
	err=$(grep -v ': verify is off: ' "$T/run.err")
}

# One field of every object line of a probe's output: objects FILE FIELD
objects() {
	python3 -c '
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    o = json.loads(line)
    if o["kind"] == "object":
        v = o[sys.argv[2]] if sys.argv[2] in o else o["attrs"].get(sys.argv[2], [])
        print(v if isinstance(v, str) else "|".join(map(str, v)))
' "$1" "$2"
}

#!/bin/bash
# bench.sh -- what import, synchronisation, export and an idle cycle cost, for
# generated people in slapd on this machine.
#   SIZES="10000 100000"   how many people
#   GROUPS_OF="50 5000 250000"  groups of which one member goes and comes
#   COPY_OF=100000 COPY_GROUP=250000  people, and members of a group, that are
#                          copied into another directory
#   RULES=FOLDER           an exported configuration, whose rules are measured too
#   UPGRADE_OF=50000       objects of a DirSync server that is upgraded
#   BUILD=build            which build
# Then the default rules alone, on one core (bench_rules).
# Prints tables; exits non-zero when a step failed.  The reader without an
# engine and ldapsearch run just before the import, on the same server.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
BUILD=$(cd "${BUILD:-$root/build}" && pwd)
. "$root/tests/lib/slapd.sh"
T=$(mktemp -d "${TMPDIR:-/tmp}/causeway-bench.XXXXXX")
tenant_pid=
clean_up() {
	[ -z "$tenant_pid" ] || kill "$tenant_pid" 2>/dev/null
	for pid in "$T"/*/slapd/pid; do
		[ -e "$pid" ] && slapd_stop "${pid%/pid}"
	done
	rm -rf "$T"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

measure() { python3 "$here/measure.py" "$@"; }
die() { echo "bench: $*" >&2; exit 1; }

export BIND_DN=cn=admin,$SLAPD_SUFFIX BIND_PW=secret
# What the import asks for, with the default rules.
FILTER='(|(objectClass=inetOrgPerson)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))'
ATTRIBUTES='objectClass entryUUID uid cn sn givenName initials displayName mail telephoneNumber mobile homePhone
	facsimileTelephoneNumber title departmentNumber employeeNumber employeeType street l st postalCode c o ou
	physicalDeliveryOfficeName preferredLanguage description manager member uniqueMember'

# One person of a hundred gets another title: a cycle takes it to the tenant.
one_percent() {
	local run sent
	for ((i = 0; i < $1; i += 100)); do
		printf 'dn: uid=u%07d,ou=People,%s\nchangetype: modify\nreplace: title\ntitle: Changed\n\n' $i "$SLAPD_SUFFIX"
	done | ldapmodify -x -H "$3" -D "$BIND_DN" -w "$BIND_PW" >/dev/null || die ldapmodify
	measure "$2/percent.json" "$BUILD/src/bin/causeway" cycle --quiet --config "$2/site" || die percent
	run=$(c history list --json | python3 -c 'import json, sys; print(next(
		r["run-id"] for r in json.load(sys.stdin) if (r["ma-name"], r["run-profile-name"]) == ("cloud", "export")))')
	sent=$(c history show "$run" --json | python3 -c 'import json, sys; print(sum(
		s.get("export-counters", {}).get("export-update", 0) for s in json.load(sys.stdin)["steps"]))')
	[ "$sent" = $((($1 + 99) / 100)) ] || die "$sent changes were sent for 1 %"
	c cycle --quiet || die "the cycle that confirms"
}

one_size() {
	local n=$1 d=$T/$1 url
	mkdir -p "$d"
	python3 "$here/gen_people.py" "$n" >"$d/people.ldif" || die "gen_people.py"
	SLAPD_PROVIDER=1000000 slapd_make "$d/slapd"
	slapd_load "$d/slapd" "$d/people.ldif" || die "slapadd"
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	url=ldap://127.0.0.1:$port
	slapd_start "$d/slapd" "$url" || die "slapd"

	python3 "$here/site.py" "$d" "$url" "$BUILD" >"$d/site.out" || die "the tenant: $(cat "$d/site.out")"
	tenant_pid=$(cat "$d/tenant.pid")
	c() { "$BUILD/src/bin/causeway" "$@" --config "$d/site"; }

	# Once to warm the server's pages, then the figures: the same search.
	raw() { "$@" "$BUILD/tests/bench/raw_ldap_read" "$url" "$SLAPD_SUFFIX" "$FILTER" 1000 $ATTRIBUTES; }
	raw env >/dev/null || die raw_ldap_read
	raw measure "$d/raw.json" >"$d/raw.out" || die raw_ldap_read
	measure "$d/ldapsearch.json" ldapsearch -x -LLL -o ldif-wrap=no -E pr=1000/noprompt -H "$url" \
		-D "$BIND_DN" -w "$BIND_PW" -b "$SLAPD_SUFFIX" "$FILTER" $ATTRIBUTES >/dev/null || die ldapsearch
	for step in import:full-import sync:full-sync; do
		measure "$d/${step%:*}.json" "$BUILD/src/bin/causeway" run people "${step#*:}" --quiet --config "$d/site" ||
			die "$step"
	done
	measure "$d/export.json" "$BUILD/src/bin/causeway" run cloud export --quiet --config "$d/site" || die export
	# The first cycle confirms the export; the second is the idle one.
	measure "$d/confirm.json" "$BUILD/src/bin/causeway" cycle --quiet --config "$d/site" || die confirm
	measure "$d/idle.json" "$BUILD/src/bin/causeway" cycle --quiet --config "$d/site" || die idle
	# All of it compared with what is known, as if there were no deltas.
	measure "$d/same.json" "$BUILD/src/bin/causeway" run people full-import --quiet --config "$d/site" || die same
	one_percent "$n" "$d" "$url"
	left=$(c pending cloud --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')
	[ "$left" = 0 ] || die "$left changes are pending after all of it"
	kill "$tenant_pid"; tenant_pid=
	slapd_stop "$d/slapd"
}

for n in ${SIZES:-10000 100000}; do
	echo "measuring $n people ..." >&2
	one_size "$n"
done
"$BUILD/tests/bench/bench_rules" >"$T/rules.out" || die bench_rules
python3 "$here/report.py" "$T" "$BUILD"
if [ -n "${RULES:-}" ]; then
	printf '\nThe rules of %s, on one core\n\n' "$RULES"
	"$BUILD/tests/bench/bench_rules" 20000 "$RULES" >"$T/export.out" || die "bench_rules $RULES"
	sed 's/^/    /' "$T/export.out"
fi

echo "measuring 30,030 people as Active Directory has them ..." >&2
printf '\n30030 people under the attribute names of Active Directory, from a file\n\n'
python3 "$here/company.py" "$T/company" "$BUILD" 30030 || die company.py
echo "measuring the upgrade of a DirSync server with ${UPGRADE_OF:-50000} objects ..." >&2
printf '\nFrom DirSync, %s objects that are in the cloud already\n\n' "${UPGRADE_OF:-50000}"
python3 "$here/upgrade.py" "$T/upgrade" "$BUILD" "${UPGRADE_OF:-50000}" || die upgrade.py
echo "measuring one member of groups of ${GROUPS_OF:-50 5000 250000} ..." >&2
printf '\nGroups from slapd to the tenant: the first time, and one member\n\n'
python3 "$here/members.py" "$T/members" "$BUILD" ${GROUPS_OF:-50 5000 250000} || die members.py
echo "measuring both roads to the tenant ..." >&2
printf '\n30030 objects with 50000 memberships, by Graph and by the synchronisation service\n\n'
python3 "$here/roads.py" "$T/roads" "$BUILD" ${ROADS_OF:-30030 50000} || die roads.py
echo "measuring a first copy of ${COPY_OF:-100000} people into another directory ..." >&2
printf '\nA first copy, slapd to slapd\n\n'
python3 "$here/copy.py" "$T/copy" "$BUILD" "${COPY_OF:-100000}" || die copy.py
echo "measuring the same copy by syncrepl ..." >&2
printf '\nBeside it, what servers do among themselves\n\n'
python3 "$here/replicate.py" "$T/replicate" "${COPY_OF:-100000}" || die replicate.py
echo "measuring one member of a group of ${COPY_GROUP:-250000} in another directory ..." >&2
printf '\nOne member of a group of %s, slapd to slapd\n\n' "${COPY_GROUP:-250000}"
SIZE=${COPY_GROUP:-250000} "$root/tests/integration/writeback/group.t" >"$T/group.out" || die "$(cat "$T/group.out")"
sed -n 's/^#   /    /p' "$T/group.out"

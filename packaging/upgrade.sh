#!/bin/sh
# upgrade -- the next release of Causeway, if it does no harm.
#
#   upgrade [--deb FILE] [--back FILE] [--config DIR] [--root DIR] [--force]
#
# Looks for a newer package (or takes FILE), and goes on only while all is well:
# could it be upgraded now; what would the new release send, tried on a copy of
# the store: the same as this one, or stop; the daemon stopped, the store kept,
# the package installed; does it open the store, does the daemon answer. If not,
# the package before and the store before are put back.
#
# What the way back needs (packages, store, paths) is on the disk before the switch,
# in /var/lib/causeway/upgrade.switching and beside the store: a new release that
# cannot even say where the store is, and a power cut in the middle, do no harm. A
# copy of this program is kept, too: sh STORE-upgrade.kept/upgrade goes back.
#
#   --deb FILE    this package, not the repository's
#   --back FILE   the package of the release that is installed, to go back to
#   --root DIR    of another system, as dpkg has it
#   --force       also where it is suspended or not due yet; never where disabled
#
# Exits 0 done or nothing to do, 1 went back, 4 the new release would send
# something else, 5 not now, 6 an older release.
set -eu
config=${CAUSEWAY_CONFIG:-/etc/causeway} root='' deb='' back='' force=''
wait_s=${CAUSEWAY_UPGRADE_WAIT:-60}
export CAUSEWAY_UPGRADE=1 DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

while [ $# -gt 0 ]; do
	case $1 in
	--deb) deb=$2; shift 2 ;;
	--back) back=$2; shift 2 ;;
	--config) config=$2; shift 2 ;;
	--root) root=$2; shift 2 ;;
	--force) force=1; shift ;;
	--help) sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"; exit 0 ;;
	*) echo "upgrade: unknown option $1" >&2; exit 2 ;;
	esac
done

say() { echo "upgrade: $*"; }
ours() { "$root/usr/bin/causeway" "$@" --config "$config"; }
new() { "$work/new/usr/bin/causeway" "$@" --config "$config"; }

installed_version() {
	dpkg-query ${root:+--root="$root"} -W -f '${Version}' causeway
}

newest_version() {
	[ -z "$deb" ] || { dpkg-deb -f "$deb" Version; return; }
	apt-get -q update >/dev/null
	apt-cache policy causeway | sed -n 's/^  Candidate: //p'
}

install_package() { # FILE
	if [ -n "$root" ]; then
		dpkg --root="$root" --force-script-chrootless --force-depends --install "$1"
	else
		apt-get -q -y --allow-downgrades install "$(realpath "$1")"
	fi
}

# attempt RESULT DETAIL: noted, told.
attempt() {
	say "$1: $2"
	ours upgrade attempt "$1" --release "$version" --detail "$2" || true
}

give_up() { # EXIT RESULT DETAIL
	attempt "$2" "$3"
	exit "$1"
}

# ---- 0. Was the one before cut off ----

switching=$root/var/lib/causeway/upgrade.switching

# The note of what is needed to go back: whole, or not there.
note_switch() {
	mkdir -p "${switching%/*}"
	printf '%s\n' "was=$was" "version=$version" "store=$store" "kept=$kept" "work=$work" \
		"config=$(realpath "$config")" >"$switching.new"
	sync "$switching.new"
	mv "$switching.new" "$switching"
	sync "${switching%/*}"
}

end_switch() {
	rm -f "$switching"
	sync "${switching%/*}"
}

noted() { sed -n "s/^$1=//p" "$switching"; }

put_back() { # STEP DETAIL
	say "going back to $was"
	systemctl stop causewayd.service || true
	# What dpkg was in the middle of.
	[ -n "$root" ] || dpkg --configure -a >/dev/null 2>&1 || true
	if install_package "$kept/package.deb" && restore_store &&
		systemctl start causewayd.service; then
		end_switch
		ours sched set --suspended off || true
		give_up 1 "UpgradeFailedRollbackSuccess-$1" "$2"
	fi
	give_up 1 "UpgradeFailedRollbackFailed-$1" "$2; the store before is $kept/store.db"
}

restore_store() {
	[ -e "$kept/store.db" ] || return 0
	rm -f "$store" "$store-wal" "$store-shm"
	cp -p "$kept/store.db" "$store"
	[ ! -e "$kept/store.db-wal" ] || cp -p "$kept/store.db-wal" "$store-wal"
	sync "$store"* "${store%/*}"
}

if [ -e "$switching" ]; then
	was=$(noted was) version=$(noted version) store=$(noted store) kept=$(noted kept)
	config=$(noted config) work=$(noted work)
	case $work in "$store"-upgrade.??????) rm -rf "$work" ;; esac
	put_back Interrupted "it was cut off while $version was put in place"
fi

look() { facts=$(ours upgrade check --json) || true; }
field() { printf '%s\n' "$facts" | sed -n "s/^  \"$1\": \"\(.*\)\",*\$/\1/p"; }
look
store=$(field store)
[ -n "$store" ] || { say "the configuration does not say where the store is"; exit 5; }
kept=$store-upgrade.kept

# ---- 1. Is there one, may it be, can it be ----

was=$(installed_version) || { say "causeway is not installed as a package"; exit 1; }
version=$(newest_version)
if [ -z "$version" ] || [ "$version" = "(none)" ] || [ "$version" = "$was" ]; then
	say "$was is the newest"
	exit 0
fi
if dpkg --compare-versions "$version" lt "$was"; then
	say "$version is older than $was: there is no way down"
	[ -n "$deb" ] || exit 0
	exit 6
fi

# A cycle ends by itself, and so does who works with the store.
n=0
while [ "$n" -lt "$wait_s" ] && printf '%s' "$facts" |
	grep -qE '"result": "UpgradeAbortedSync(OrConfigurationInProgress|ExeInUse)"'; do
	sleep 1
	n=$((n + 1))
	look
done

[ "$(field state)" != Disabled ] || { say "automatic upgrades are disabled"; exit 5; }
[ -n "$force" ] || ours upgrade due "$version" || exit 5
result=$(field result)
if [ "$result" != Success ]; then
	give_up 5 "$result" "$(ours upgrade check 2>/dev/null | grep -A1 "^$result" | tail -n 1 | sed 's/^ *//')"
fi

# ---- 2. What it would send, on a copy ----

work=$(mktemp -d "$store-upgrade.XXXXXX")
finish() {
	rm -rf "$work"
	[ -e "$switching" ] || ours sched set --suspended off >/dev/null 2>&1 || true
}
trap finish EXIT

if [ -n "$deb" ]; then
	cp "$deb" "$work/new.deb"
else
	(cd "$work" && apt-get -q download "causeway=$version" >/dev/null && mv causeway_*.deb new.deb) ||
		give_up 5 UpgradeAbortedDownload "release $version could not be fetched"
fi

cp "$0" "$work/upgrade" # which may be the one that is kept
rm -rf "$kept"
mkdir -m 700 "$kept"
keep_package() {
	[ -z "$back" ] || { cp "$back" "$kept/package.deb"; return; }
	(cd "$kept" && apt-get -q download "causeway=$was" >/dev/null 2>&1 && mv causeway_*.deb package.deb) ||
		(cd "$kept" && dpkg-repack ${root:+--root="$root"} causeway >/dev/null 2>&1 && mv causeway_*.deb package.deb)
}
keep_package || give_up 5 UpgradeAbortedNoWayBack \
	"the package of $was is neither in the repository nor could dpkg-repack make it"

mv "$work/upgrade" "$kept/upgrade"

dpkg-deb -x "$work/new.deb" "$work/new"
ours sched set --suspended on
ours pending --json >"$work/before.json"
new upgrade rehearse "$work/copy.db" --quiet ||
	give_up 4 UpgradeNotSupportedRehearsal "$version cannot work with a copy of this store"
new pending --json --store "$work/copy.db" >"$work/after.json"
if ! new upgrade compare "$work/before.json" "$work/after.json" >"$work/difference"; then
	cp "$work/difference" "$store-upgrade.difference"
	give_up 4 UpgradeNotSupportedPendingExportsDiffer \
		"$(tail -n 1 "$work/difference"); $store-upgrade.difference has them"
fi

# ---- 3. The switch ----

systemctl stop causewayd.service ||
	give_up 5 UpgradeAbortedServiceCanNotBeStopped "systemctl stop causewayd.service"
cp -p "$store" "$kept/store.db"
[ ! -e "$store-wal" ] || cp -p "$store-wal" "$kept/store.db-wal"
sync "$kept"/* "$kept" "${kept%/*}"
note_switch

install_package "$work/new.deb" || put_back Install "the package could not be installed"
ours sched set --suspended on || put_back Store "$version cannot open the store"
ours pending --json >"$work/after.json" || put_back Pending "$version cannot say what is pending"
systemctl start causewayd.service || put_back Start "the service did not start"

answers() { ours sched show --json | grep -q '"running": true'; }
n=0
until answers; do
	n=$((n + 1))
	[ "$n" -le "$wait_s" ] || put_back Health "causewayd did not answer for $wait_s s"
	sleep 1
done
end_switch
ours sched set --suspended off
attempt Success "$was is now $version"

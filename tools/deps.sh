#!/bin/sh
# deps.sh [--check] LIST... -- the Debian 12 packages of LIST (build, test,
# lint): installs those that are missing, or with --check only names them and
# exits 1.  Asks the network for nothing while nothing is missing.  No service
# is started by an installation.
set -eu

build='gcc libc6-dev make meson ninja-build pkg-config python3
	libsqlite3-dev libldap-dev libsasl2-dev libsasl2-modules
	libsasl2-modules-gssapi-mit libkrb5-dev libssl-dev
	libcurl4-openssl-dev libevent-dev libjson-c-dev libyaml-dev libxml2-dev
	libarchive-dev libicu-dev libsystemd-dev libcmocka-dev scdoc'
test='clang valgrind perl openssl curl procps util-linux dpkg-dev systemd
	slapd ldap-utils krb5-user
	samba-ad-dc samba samba-ad-provision samba-dsdb-modules
	samba-vfs-modules winbind python3-samba ldb-tools tdb-tools'
lint='clang clang-format clang-tidy libclang-rt-14-dev'

only_check=
[ "${1:-}" != --check ] || { only_check=1; shift; }
[ $# -gt 0 ] || { echo "usage: deps.sh [--check] build|test|lint..." >&2; exit 2; }

list=
for name; do
	case $name in
	build) list="$list $build" ;;
	test) list="$list $test" ;;
	lint) list="$list $lint" ;;
	*) echo "deps.sh: no list \"$name\"" >&2; exit 2 ;;
	esac
done

# Node 18 or newer, whoever packaged it, will do; npm may have come with it.
node_missing() {
	major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || major=0
	[ "$major" -ge 18 ] && command -v npm >/dev/null || return 0
	return 1
}
case " $* " in
*' test '*) ! node_missing || list="$list nodejs npm" ;;
esac

# Names that other packages provide count too: it is what apt would say.
have=$(dpkg-query -W -f '${db:Status-Abbrev}|${Package}, ${Provides}\n' 2>/dev/null |
	sed -n 's/^ii *|//p' | tr ',' '\n' | sed 's/ //g; s/(.*//' | sort -u)
missing=
for p in $list; do
	printf '%s\n' "$have" | grep -qxF "$p" || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
if [ -n "$only_check" ]; then
	echo "missing packages:$missing" >&2
	exit 1
fi

command -v apt-get >/dev/null || {
	echo "deps.sh: this is not Debian; install the like of:$missing" >&2
	exit 1
}
as_root=
if [ "$(id -u)" -ne 0 ]; then
	if command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
		as_root=sudo
	else
		echo "deps.sh: as root: apt-get install --no-install-recommends$missing" >&2
		exit 1
	fi
fi

echo "installing:$missing"
# shellcheck disable=SC2086
$as_root sh -eu -c '
	policy=/usr/sbin/policy-rc.d
	if [ ! -e $policy ]; then
		trap "rm -f $policy" EXIT
		trap "exit 1" HUP INT TERM
		printf "#!/bin/sh\nexit 101\n" > $policy
		chmod 755 $policy
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get -q update
	apt-get -q -y --no-install-recommends \
	    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
	    install "$@"
' sh $missing

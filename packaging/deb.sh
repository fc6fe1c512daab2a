#!/bin/bash
# deb.sh BUILD OUT [VERSION] -- a Debian package of what is built in BUILD (a
# build folder with prefix /usr); prints its path.  Needs dpkg-dev.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 2 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
build=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)

option() { # NAME KIND of the build
	meson introspect "$build" "--$2" | python3 -c '
import json, sys
found = json.load(sys.stdin)
if isinstance(found, list):
    found = {o["name"]: o["value"] for o in found}
print(found[sys.argv[1]])' "$1"
}

[ "$(option prefix buildoptions)" = /usr ] || {
	echo "deb.sh: $build installs to $(option prefix buildoptions); set it up with --prefix=/usr" >&2
	exit 1
}
version=${3:-$(option version projectinfo)}
arch=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/causeway

DESTDIR=$root meson install -C "$build" --no-rebuild --quiet
install -d "$root/DEBIAN" "$root/usr/libexec/causeway" "$root/usr/share/doc/causeway" "$root/etc/causeway"
install -m 755 "$top/packaging/upgrade.sh" "$root/usr/libexec/causeway/upgrade"
install -m 644 "$top/LICENSE" "$root/usr/share/doc/causeway/copyright"
install -m 755 "$top/packaging/debian/postinst" "$top/packaging/debian/prerm" "$root/DEBIAN/"
chmod 755 "$root/etc/causeway" # the daemon has a user of its own; secrets have a mode of theirs

# What the programs are linked with, as the package manager calls it.
mkdir -p "$work/debian"
printf 'Source: causeway\n\nPackage: causeway\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info "$root"/usr/bin/causeway* "$root"/usr/sbin/causeway* 2>/dev/null |
	sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { echo "deb.sh: dpkg-shlibdeps tells nothing of the programs" >&2; exit 1; }
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" -e "s/@DEPENDS@/$depends/" \
	-e "s/@SIZE@/$(du -sk "$root" | cut -f1)/" "$top/packaging/debian/control.in" >"$root/DEBIAN/control"
file=$out/causeway_${version}_$arch.deb
dpkg-deb --root-owner-group --build "$root" "$file" >/dev/null
echo "$file"

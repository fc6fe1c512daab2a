#!/bin/bash
# A full disk: a mount namespace of its own, where the store's folder is small.
# As nobody it is a user namespace.
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" = 0 ]; then
	exec unshare -m --propagation private python3 "$here/disk.py"
fi
exec unshare -Urm --propagation private python3 "$here/disk.py"

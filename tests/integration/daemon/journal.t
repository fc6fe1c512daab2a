#!/bin/bash
# causewayd under systemd's journal: a real systemd-journald, in a mount
# namespace of its own.  journal.py is the test.
here=$(cd "$(dirname "$0")" && pwd)
[ -x /lib/systemd/systemd-journald ] || { echo 'Bail out! no systemd-journald: make deps'; exit 1; }
as=-m
[ "$(id -u)" = 0 ] || as=-Urm
exec unshare "$as" --propagation private python3 "$here/journal.py"

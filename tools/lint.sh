#!/bin/bash
# lint.sh -- form and habits of the code, without running it.
set -u
cd "$(dirname "$0")/.."
[ -e build/build.ninja ] || meson setup build >/dev/null || exit 1
rc=0

echo '== layers and headers'
python3 tools/check-layers.py || rc=1
sh tools/check-headers.sh || rc=1

echo '== clang-format'
git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror || rc=1

echo '== clang-tidy'
# The compile commands name gcc's own options; clang does not know them all.
git ls-files 'src/*.c' | xargs -P "$(nproc)" -n 4 \
	clang-tidy -p build --quiet --extra-arg=-Wno-unknown-warning-option \
	--extra-arg=-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang \
	2> >(grep -v 'warnings\? generated' >&2) || rc=1

[ $rc -eq 0 ] && echo 'lint: ok' || echo 'lint: FAILED'
exit $rc

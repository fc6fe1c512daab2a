#!/bin/bash
# check-long.sh -- what `make check` does by a choice, as a whole.  Seeds are
# printed; SEED sets them.
set -u
cd "$(dirname "$0")/.." || exit
export ASAN_OPTIONS=halt_on_error=1:detect_leaks=1:detect_stack_use_after_return=1:exitcode=99
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export LC_ALL=C.UTF-8
failed=()
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
echo "seed $seed"

compile() {
	[ -e "$1/build.ninja" ] || meson setup "$@" >/dev/null || exit 1
	ninja -C "$1" >"$1/build.log" || { tail -n 40 "$1/build.log"; exit 1; }
}

compile build-gcc -Dwerror=true
compile build-asan -Dbuildtype=debug -Db_sanitize=address,undefined
export BUILD=$PWD/build-gcc FAULT_BUILD=$PWD/build-asan
export FAULT_LONG=1 FAULT_SEED=$seed KILL_SEED=$seed KILL_POINTS=200
build-gcc/tests/unit/engine/test_engine_property "$seed" 2000 || failed+=(properties)
prove --timer tests/integration/kill/ || failed+=(kill)
prove --timer -j 2 tests/fault/ || failed+=(faults)
[ ${#failed[@]} -eq 0 ] || { echo "check-long: FAILED: ${failed[*]}"; exit 1; }
echo 'check-long: ok'

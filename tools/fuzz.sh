#!/bin/bash
# fuzz.sh [TARGET [SECONDS]] -- lets libFuzzer look for inputs that the tests
# do not have, with ASan and UBSan.  Without TARGET: every target in turn; for
# 60 seconds each unless told.  Seeds come from tests/fuzz/corpus/TARGET; what
# is found stays in build-fuzz/found/TARGET, and a crash there is to become a
# file of the corpus together with its fix.
#
#   tools/fuzz.sh list            the targets
#   tools/fuzz.sh expr 600        one target, ten minutes
#   BUILD=/elsewhere tools/fuzz.sh ...
set -u
cd "$(dirname "$0")/.."
build=${BUILD:-build-fuzz}
seconds=${2:-60}
export ASAN_OPTIONS=halt_on_error=1:detect_leaks=1:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export LC_ALL=C.UTF-8

targets() {
	find tests/fuzz -maxdepth 1 -name 'fuzz_*.c' ! -name fuzz_main.c -printf '%f\n' |
		sed 's/^fuzz_//; s/\.c$//' | sort
}

# The driver is linked into every program of this build and used by fuzz_main.c
# alone, so the meson files of the tests need not know of it.
configure() {
	local driver
	driver=$(clang -print-resource-dir)/lib/linux/libclang_rt.fuzzer_no_main-$(uname -m).a
	[ -e "$driver" ] || { echo "fuzz.sh: clang's libFuzzer is missing: $driver" >&2; return 1; }
	CC=clang meson setup "$build" -Dbuildtype=debugoptimized -Db_lundef=false \
		-Db_sanitize=address,undefined \
		-Dc_args="-fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined -DFUZZ_DRIVER" \
		-Dc_link_args="-Wl,--undefined=LLVMFuzzerRunDriver $driver -lstdc++" >/dev/null
}

program() {
	ninja -C "$build" -t targets all |
		sed -n "s,^\(tests/[a-z/]*/fuzz_$1\): .*,\1,p" | head -1
}

# fuzz TARGET: exit 1 where something was found.
fuzz() {
	local target=$1 found=$build/found/$1 path
	path=$(program "$target")
	[ -n "$path" ] || { echo "fuzz.sh: no target \"$target\" (tools/fuzz.sh list)" >&2; return 2; }
	ninja -C "$build" "$path" >"$build/build.log" 2>&1 || { tail -20 "$build/build.log"; return 1; }
	mkdir -p "$found/corpus"
	# 2 GiB: the programs hold far less; a length from outside that is
	# believed shows here.
	if "$build/$path" -max_total_time="$seconds" -max_len=16384 -timeout=20 -rss_limit_mb=2048 \
		-print_final_stats=1 -verbosity=0 -artifact_prefix="$found/" \
		"$found/corpus" "tests/fuzz/corpus/$target" >"$found/log" 2>&1; then
		printf '%-20s ok %12s executions, %s files of its own\n' "$target" \
			"$(sed -n 's/.*number_of_executed_units: *//p' "$found/log")" \
			"$(find "$found/corpus" -type f | wc -l)"
		return 0
	fi
	printf '%-20s FOUND something: %s\n' "$target" "$found/log"
	grep -nE 'ERROR|runtime error|Assertion|Test unit written' "$found/log" | head
	return 1
}

[ "${1:-}" != list ] || { targets; exit 0; }
[ -e "$build/build.ninja" ] || configure || exit 1
ninja -C "$build" build.ninja >/dev/null || exit 1 # targets that are new
failed=0
for target in ${1:-$(targets)}; do
	fuzz "$target" || failed=1
done
exit $failed

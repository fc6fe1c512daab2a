#!/bin/bash
# check.sh -- everything that CI asks, in the order in which it fails soonest.
# Exits non-zero when anything failed; the last lines say what.
# CHECK_TESTS: instead of every integration test, these (files or folders).
set -u
cd "$(dirname "$0")/.."
export ASAN_OPTIONS=halt_on_error=1:detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export LC_ALL=C.UTF-8
logs=build-check
failed=()
began=$SECONDS

say() { printf '\n== %s\n' "$*"; }

# step NAME COMMAND...: silent while it goes well; the log's end when not.
step() {
	local name=$1 start=$SECONDS log
	shift
	log=$logs/${name//[^a-z0-9]/-}.log
	mkdir -p "$logs"
	if "$@" >"$log" 2>&1; then
		printf '%-44s ok %5d s\n' "$name" $((SECONDS - start))
		return 0
	fi
	printf '%-44s FAILED (%s)\n' "$name" "$log"
	grep -nE 'error:|warning:|FAILED|^not ok|ERROR|TIMEOUT|runtime error|Failures' "$log" | head -40
	tail -n 60 "$log"
	failed+=("$name")
	return 1
}

# compile FOLDER OPTIONS...: sets up once, then brings up to date.
compile() {
	local dir=$1
	shift
	[ -e "$dir/build.ninja" ] || meson setup "$dir" "$@" || return 1
	ninja -k 0 -C "$dir"
}

give_up() {
	printf '\ncheck: FAILED: %s\n' "${failed[*]}"
	exit 1
}

say builds
step 'gcc, release, warnings are errors' compile build-gcc -Dwerror=true --prefix=/usr
# Without optimisation gcc guesses at lengths that cannot be.
step 'gcc, ASan and UBSan' \
	compile build-asan -Dbuildtype=debug -Db_sanitize=address,undefined
CC=clang step 'clang, warnings are errors' compile build-clang -Dwerror=true
[ ${#failed[@]} -eq 0 ] || give_up

say structure
step 'layers' python3 tools/check-layers.py
step 'headers compile alone' sh tools/check-headers.sh

say 'unit and fuzz tests'
step 'unit, ASan and UBSan' meson test -C build-asan --no-rebuild --suite unit --print-errorlogs
step 'fuzz corpora, ASan and UBSan' meson test -C build-asan --no-rebuild --suite fuzz --print-errorlogs
# Valgrind sees what the sanitizers do not: uninitialised values.  The store's
# and the engine's tests run whole; the rest is a choice of the quick ones.
valgrind_tests=$(meson test -C build-gcc --no-rebuild --list 2>/dev/null |
	sed -n 's/^causeway:unit \/ //p' | grep -E '^unit/(base|model|codec|store|rules|expr|conf)/' |
	grep -vx 'unit/store/crash') # its limits of file size are valgrind's too
# shellcheck disable=SC2086
step 'unit, valgrind' meson test -C build-gcc --no-rebuild -t 20 --print-errorlogs \
	--wrap='valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --child-silent-after-fork=yes' $valgrind_tests

if [ -e tests/integration/tenant/package-lock.json ]; then
	say "Microsoft's Graph SDK"
	npm_fresh() ( # a shell of its own: it changes the folder
		cd tests/integration/tenant || return 1
		[ node_modules/.package-lock.json -nt package-lock.json ] ||
			npm ci --no-audit --no-fund --loglevel=error
	)
	step 'npm ci' npm_fresh
fi

# Each program has directories, ports and folders of its own, and waits more
# than it computes: two at a time.
say 'against real directories'
export BUILD=$PWD/build-gcc
if [ -n "${CHECK_TESTS:-}" ]; then
	# shellcheck disable=SC2086
	prove --jobs 2 --timer --failures --recurse $CHECK_TESTS || failed+=(integration)
else
	prove --jobs 2 --timer --failures --recurse tests/integration/ || failed+=(integration)
fi

say 'one fault at a time'
export FAULT_BUILD=$PWD/build-asan ASAN_OPTIONS=$ASAN_OPTIONS:exitcode=99
[ -n "${CHECK_TESTS:-}" ] || prove --jobs 2 --timer --failures tests/fault/ || failed+=(faults)

[ ${#failed[@]} -eq 0 ] || give_up
printf '\ncheck: ok, %d min %d s\n' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60))

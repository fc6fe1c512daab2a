# The short way to everything.  The build itself is meson's: see README.md.
.PHONY: all deps build demo demo-safety demo-upgrade check check-long bench fuzz lint package clean

all: build

# Installs the Debian packages that are missing (as root or by sudo).
deps:
	@tools/deps.sh build test lint

# A release build in build/.
build:
	@tools/deps.sh build
	@[ -e build/build.ninja ] || meson setup build
	@ninja -C build

# An example company from a file to the embedded tenant, and a second day.
demo: build
	@BUILD=build tools/demo.sh

# Five accidents, caught and repaired: docs/operations/guards.md.
demo-safety: build
	@BUILD=build tools/demo-safety.sh

# Four companies move from their old servers, and back: docs/upgrade/.
demo-upgrade: build
	@BUILD=build tools/demo-upgrade.py

# Everything that CI asks: builds, unit and fuzz tests, sanitizers, valgrind,
# and the tests against real directories.
check:
	@tools/deps.sh build test
	@tools/check.sh

# What takes hours: every fault of a kind up to the 500th and 500 drawn after
# it, 200 kills, 2,000 random worlds.  Seeds are printed; SEED=n repeats.
check-long:
	@tools/deps.sh build test
	@tools/check-long.sh

# 10,000 and 100,000 people from slapd, groups of up to 250,000; SIZES="10000"
# GROUPS_OF="50 5000" for less.
bench: build
	@tools/deps.sh build test
	@BUILD=build tests/bench/bench.sh

# Every fuzz target under libFuzzer, a minute each; tools/fuzz.sh for one.
fuzz:
	@tools/deps.sh build lint
	@tools/fuzz.sh

# A Debian package, in build-deb/.
package:
	@tools/deps.sh build test
	@[ -e build-deb/build.ninja ] || meson setup build-deb --prefix=/usr
	@ninja -C build-deb
	@packaging/deb.sh build-deb build-deb

lint:
	@tools/deps.sh build lint
	@tools/lint.sh

clean:
	rm -rf build build-gcc build-asan build-clang build-fuzz build-deb build-check

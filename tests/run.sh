#!/bin/sh
# Everything a change must pass: installs what is missing, builds compiler and tests into build/tests, runs all tests.
# Needs no PyTorch and no network once the packages are installed. Exit status 0 only when every test passed.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -u
cd "$(dirname "$0")/.." || exit 1
build=build/tests

fail() {
  echo "tests/run.sh: FAILED ($1)"
  exit 1
}

sh cmake/install-dependencies.sh --tests </dev/null || fail "dependencies"
cmake --preset tests || fail "configuration"
cmake --build "$build" || fail "build"
ctest --test-dir "$build" --output-on-failure --no-tests=error --parallel "$(nproc)" </dev/null || fail "tests"
echo "tests/run.sh: PASSED"

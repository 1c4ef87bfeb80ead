#!/bin/sh
# Rewrites every committed expectation from what the compiler does now: generated folders and differences between them
# (tests/goldens), graphs after passes (tests/passes) and the tables of README.md. Review the difference like code.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -eu
cd "$(dirname "$0")/.."
build=${1:-build/tests}  # a build folder of preset tests

[ -f "$build/CMakeCache.txt" ] || cmake --preset tests -B "$build"
cmake --build "$build" --target test_goldens test_passes refresh_readme
INTAGLIO_BLESS=1 "$build/tests/test_goldens" --gtest_brief=1
INTAGLIO_BLESS=1 "$build/tests/test_passes" --gtest_brief=1 --gtest_filter='*AsTheTextSays*'
git status --short -- tests/goldens tests/passes README.md

#!/bin/sh
# From a fresh checkout to a network that runs: builds the compiler, compiles a GhostNet that reads handwritten digits to C++,
# builds a small program around it with the plain C++ compiler, and compares with what PyTorch reads.
# Needs no PyTorch. Everything it makes is in build/.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -u
cd "$(dirname "$0")/.." || exit 1
generated=build/quickstart/digits
program=build/quickstart/read_digits
compiler=build/release/compiler/intaglio

step() { printf '\n== %s\n' "$*"; }
fail() {
  echo "quickstart: FAILED ($1)"
  exit 1
}

step "1. What building the compiler needs"
sh cmake/install-dependencies.sh </dev/null || fail "dependencies"

step "2. Build the compiler (a few minutes the first time)"
cmake --preset release || fail "configuration"
cmake --build build/release --target intaglio || fail "build"

step "3. $compiler compile samples/quickstart/digits.onnx -o $generated"
mkdir -p build/quickstart
$compiler compile samples/quickstart/digits.onnx -o $generated --selftest || fail "compilation"

step "4. The generated interface, $generated/digits.h (without its comments on top)"
sed -n '/^#define DIGITS_ARENA_BYTES/,/^#define DIGITS_MACS/p; /^typedef struct/,/^int digits_run/p' $generated/digits.h

step "5. What it costs: intaglio inspect (the first kernels, and the memory plan)"
$compiler inspect samples/quickstart/digits.onnx >build/quickstart/inspect.txt || fail "inspection"
sed -n '1,/^kernel /p' build/quickstart/inspect.txt
sed -n '/^kernel /,/^$/p' build/quickstart/inspect.txt | sed -n '2,7p'
echo "..."
grep '^arena ' build/quickstart/inspect.txt

step "6. Build a program around it: ${CXX:-c++} samples/quickstart/main.cpp $generated/*.cpp"
# shellcheck disable=SC2086  # a list of files
${CXX:-c++} -std=c++11 -O2 -I $generated -I samples/quickstart -o $program \
  samples/quickstart/main.cpp $generated/*.cpp || fail "building the program"

step "7. Run it"
$program || fail "the program's answers differ from PyTorch's"

echo "quickstart: PASSED"

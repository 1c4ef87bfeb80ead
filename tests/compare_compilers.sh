#!/bin/sh
# Does it matter which compiler built Intaglio? Builds it with each of the given C++ compilers (default: g++ and clang++), generates
# every committed model for every target and mode of numerics, and compares all bytes with those of the first.
# Exit status 0 only when nothing differs.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- g++ clang++
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

first=$1
for compiler in "$@"; do
  build=build/$(basename "$compiler")
  cmake --preset release -B "$build" -DCMAKE_CXX_COMPILER="$compiler" >/dev/null
  cmake --build "$build" --target intaglio
  for target in $("$build/compiler/intaglio" targets | awk '{ print $1 }'); do
    for numerics in fast strict; do
      for model in tests/models/*.onnx; do
        "$build/compiler/intaglio" compile "$model" -o "$out/$(basename "$compiler")/$target/$numerics/$(basename "$model")" \
          --name net --target "$target" --numerics $numerics --selftest >/dev/null
      done
    done
  done
  diff -rq "$out/$(basename "$first")" "$out/$(basename "$compiler")" || { echo "compare_compilers.sh: $first and $compiler DIFFER"; exit 1; }
done
echo "compare_compilers.sh: $(find "$out/$(basename "$first")" -type f | wc -l) files, the same for: $*"

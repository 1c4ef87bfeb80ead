#!/bin/sh
# Formats the C++ sources by .clang-format, all of them or the FILEs given; with --check it changes nothing, names those that differ
# and fails. Needs clang-format 14: every version formats a little differently.
#
# Usage: tests/format.sh [--check] [FILE...]
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -eu
cd "$(dirname "$0")/.."

check=""
if [ "${1:-}" = --check ]; then
  check=yes
  shift
fi

tool=""
for candidate in clang-format-14 clang-format; do
  if command -v $candidate >/dev/null 2>&1 && $candidate --version | grep -q 'version 14\.'; then
    tool=$candidate
    break
  fi
done
if [ -z "$tool" ]; then
  echo "tests/format.sh: clang-format 14 is not installed; cmake/install-dependencies.sh --tests installs it"
  exit 77  # ctest: skipped
fi

# Files of generated folders (tests/goldens/*/) look as their templates do.
sources() {
  if [ $# -gt 0 ]; then
    printf '%s\n' "$@"
  else
    find compiler runtime tests -path 'tests/goldens/*/*' -prune -o \( -name '*.h' -o -name '*.cc' -o -name '*.cpp' \) -print
  fi
}

if [ -z "$check" ]; then
  sources "$@" | xargs -P "$(nproc)" -n 16 "$tool" -i
  exit 0
fi

# One line per file that differs; whatever else goes wrong is said as the tool says it.
differing=$(sources "$@" | xargs -P "$(nproc)" -n 16 sh -c '
  messages=$("$0" --dry-run -Werror "$@" 2>&1) && exit
  names=$(printf "%s\n" "$messages" | sed -n "s/:[0-9]*:[0-9]*: error: code should be clang-formatted.*//p" | sort -u)
  printf "%s\n" "${names:-$messages}"' "$tool" | LC_ALL=C sort)
[ -n "$differing" ] || exit 0
echo "Not as .clang-format says:"
printf '%s\n' "$differing" | sed 's/^/  /'
echo "To mend it: tests/format.sh"
exit 1

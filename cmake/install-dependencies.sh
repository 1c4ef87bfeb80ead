#!/bin/sh
# Installs the Debian packages that building Intaglio needs, and its tests; with --tests also the tools that only tests run. Asks for
# nothing, and does nothing when all are there.
# Runs as root or through sudo. For Debian 12 and its relatives.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -eu

tools="g++ make cmake ninja:ninja-build ccache protoc:protobuf-compiler"  # command, or command:package
# To download and on disk, with their libraries: clang-format and clang-tidy 60 and 250 MB, cppcheck 5 and 20 MB, the cross
# compiler and its emulator 65 and 250 MB, a browser for the pages of `intaglio report` (any Chromium will do) 90 and 400 MB.
[ "${1:-}" != --tests ] || tools="$tools clang-format-14 clang-tidy-14 cppcheck aarch64-linux-gnu-g++:g++-aarch64-linux-gnu
  qemu-aarch64:qemu-user meson chromium-headless-shell"
libraries="libonnx-dev libprotobuf-dev libfmt-dev libcli11-dev nlohmann-json3-dev libkainjow-mustache-dev
  libxxhash-dev libzip-dev libgtest-dev libgmock-dev libbenchmark-dev libonnx-testdata"

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "error: this script knows only Debian and its relatives; install the equivalents of:" $tools $libraries >&2
  exit 1
fi

missing=""
for tool in $tools; do
  command -v "${tool%%:*}" >/dev/null 2>&1 || missing="$missing ${tool##*:}"
done
for package in $libraries; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo "dependencies: all installed"
  exit 0
fi

if [ "$(id -u)" -eq 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1; then
  as_root="sudo"
else
  echo "error: root or sudo is needed to install:$missing" >&2
  exit 1
fi

echo "dependencies: installing$missing"
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
# shellcheck disable=SC2086  # a list of packages
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
echo "dependencies: installed"

#!/bin/sh
# Generated code on a Cortex-M55 with Helium, compiled by clang: the self-tests of small networks at -O1, -O2 and -Os in QEMU's
# mps3-an547, with guards around the arena, linked without a C library (so that a call of fmaf is an error); no instruction is a gather
# or scatter, which LLVM gets wrong (runtime/intaglio/macros.h), and fused multiply-adds are instructions. Installs what is missing
# (Debian: clang, lld, llvm, QEMU).
#
#   tests/firmware/run_m55.sh [CLANG...]         versions of clang, default 19; needs build/release or $INTAGLIO
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -u
cd "$(dirname "$0")/../.." || exit 1
exec </dev/null
[ $# -gt 0 ] || set -- 19
intaglio=${INTAGLIO:-build/release/compiler/intaglio}
work=build/firmware
here=tests/firmware
flags="--target=arm-none-eabi -mcpu=cortex-m55 -mfloat-abi=hard -std=c++11 -ffreestanding -fno-exceptions -fno-rtti"

fail() {
  echo "run_m55.sh: FAILED ($1)"
  exit 1
}

# check LOG STEP COMMAND...: runs a command whose output goes to LOG; says which step failed.
check() {
  log=$1 step=$2
  shift 2
  "$@" >"$log" 2>&1 && return
  tail -20 "$log"
  echo "FAILED $step"
  return 1
}

# unwanted CLANG OBJECT: prints gathers and scatters, which have addresses in a vector register, and the fused multiply-add that is
# emulated where a processor has none; fails where there is neither.
unwanted() { "llvm-objdump-$1" -d "$2" | grep -E '\[[^]]*q[0-7]|lane_fma'; }

# one CLANG LEVEL NETWORK: builds and runs a network whose folder is there.
one() {
  clang=$1 level=$2 folder=$work/$3 out=$work/clang-$1-$2/$3
  mkdir -p "$out"
  objects=""
  for source in "$folder"/*.cpp $here/m55.cc; do
    object=$out/$(basename "${source%.*}").o
    case $source in *.cc) optimise=-O1 ;; *) optimise=-$level ;; esac
    # shellcheck disable=SC2086  # a list of flags
    check "$out/log" "compiling $source with clang $clang -$level" \
      "clang++-$clang" $flags $optimise -I "$folder" -c "$source" -o "$object" || return 1
    objects="$objects $object"
  done
  if unwanted "$clang" "$out/net.o"; then
    echo "FAILED $3, clang $clang -$level: such instructions must not be"
    return 1
  fi
  # shellcheck disable=SC2086  # a list of files
  check "$out/log" "linking $3" "ld.lld-$clang" -T $here/m55.ld $objects -o "$out/net.elf" || return 1
  check "$out/log" "$3, clang $clang -$level" timeout 120 qemu-system-arm -M mps3-an547 -nographic -monitor none -serial none \
    -semihosting-config enable=on,target=native -kernel "$out/net.elf" || return 1
  echo "passed $3, clang $clang -$level"
}

# The script calls itself for one network, so that xargs can run several at a time.
if [ "$1" = --one ]; then
  shift
  one "$@"
  exit
fi

missing=""
for clang in "$@"; do
  command -v "clang++-$clang" >/dev/null 2>&1 || missing="$missing clang-$clang"
  command -v "ld.lld-$clang" >/dev/null 2>&1 || missing="$missing lld-$clang"
  command -v "llvm-objdump-$clang" >/dev/null 2>&1 || missing="$missing llvm-$clang"
done
command -v qemu-system-arm >/dev/null 2>&1 || missing="$missing qemu-system-arm"
if [ -n "$missing" ]; then
  as_root=""
  [ "$(id -u)" -eq 0 ] || as_root=sudo
  echo "run_m55.sh: installing$missing"
  # shellcheck disable=SC2086  # a list of packages
  { $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing; } >/dev/null ||
    fail "cannot install$missing"
fi

rm -rf $work
mkdir -p $work
networks=""
for each in digits ds_cnn s1_resnet1d s2_dilated s8_multiscale ds_cnn-strict; do
  name=${each%-strict}
  model=tests/models/$name.ts.onnx numerics=fast
  [ "$name" = digits ] && model=samples/quickstart/digits.onnx
  [ "$name" = "$each" ] || numerics=strict
  $intaglio compile "$model" -o "$work/$each" --name net --selftest --weights inline --numerics $numerics >/dev/null || fail "compiling $model"
  networks="$networks $each"
done

# The faults themselves: loops that each clang gets wrong, with the runtime's header and, to see that the check sees them, without.
for clang in "$@"; do
  for header in without with; do
    [ $header = with ] && include="-include runtime/intaglio/macros.h" || include=""
    # shellcheck disable=SC2086  # a list of flags
    "clang++-$clang" $flags -O2 $include -c $here/strided_loops.cc -o "$work/$header.o" || fail "strided_loops.cc"
  done
  unwanted "$clang" "$work/without.o" >/dev/null || fail "clang $clang makes no scatters any more: does this test still see anything?"
  unwanted "$clang" "$work/with.o" && fail "clang $clang vectorises loops behind the runtime's header"
done

for network in $networks; do
  for clang in "$@"; do
    for level in O1 O2 Os; do
      [ "$network" = ds_cnn-strict ] && [ $level != O2 ] && continue
      echo "$clang $level $network"
    done
  done
done | xargs -P "$(nproc)" -L 1 "$here/run_m55.sh" --one || fail "see above"

echo "run_m55.sh: PASSED"

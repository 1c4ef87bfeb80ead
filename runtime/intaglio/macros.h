// Compiler-specific spellings that the runtime and generated code use. Every macro but the attributes can be defined by
// the user before this header is included.
// SPDX-License-Identifier: 0BSD
#ifndef INTAGLIO_MACROS_H
#define INTAGLIO_MACROS_H

#ifdef __FAST_MATH__
#error "Intaglio's results depend on IEEE arithmetic: compile without -ffast-math (and -Ofast)"
#endif
#if defined(__FLT_EVAL_METHOD__) && (__FLT_EVAL_METHOD__ < 0 || __FLT_EVAL_METHOD__ == 1 || __FLT_EVAL_METHOD__ == 2)
#error "Intaglio needs float arithmetic in float precision: on 32-bit x86 compile with -msse2 -mfpmath=sse"
#endif
#if !defined(__GNUC__) && !defined(__clang__)  // clang for MSVC is no GNUC
#error "Intaglio's runtime is written for GCC and clang"
#endif

/// nothrow: else sanitizers guard values around calls against exceptions, and programs in C do not link.
#define INTAGLIO_ALWAYS_INLINE __attribute__((always_inline, nothrow))
#define INTAGLIO_NOINLINE __attribute__((noinline))
#define INTAGLIO_RESTRICT __restrict__

/// The only library functions that generated code may call.
#ifndef INTAGLIO_MEMCPY
#define INTAGLIO_MEMCPY(destination, source, bytes) __builtin_memcpy(destination, source, bytes)
#endif
#ifndef INTAGLIO_MEMSET
#define INTAGLIO_MEMSET(destination, byte, bytes) __builtin_memset(destination, byte, bytes)
#endif

#define INTAGLIO_INFINITY __builtin_inff()
#define INTAGLIO_NAN __builtin_nanf("")

/// Brings the cache line of `pointer` near, for reading; never faults.
#define INTAGLIO_PREFETCH(pointer) __builtin_prefetch(pointer)
/// The same into the second-level cache, for what is needed later.
#define INTAGLIO_PREFETCH_FAR(pointer) __builtin_prefetch(pointer, 0, 2)

/// Stands after each step of a reduction: g++ otherwise keeps values of several steps alive and spills accumulators.
#if defined(__clang__)
#define INTAGLIO_STEP_BARRIER() static_cast<void>(0)
#else
#define INTAGLIO_STEP_BARRIER() __asm__ volatile("" ::: "memory")
#endif

/// 1 where the processor has an instruction for a fused multiply-add of floats. Clang says so by __FP_FAST_FMAF on
/// 64-bit ARM only.
#if defined(__FP_FAST_FMAF) || defined(__ARM_FEATURE_FMA) || defined(__riscv_flen)
#define INTAGLIO_HAS_FMA 1
#else
#define INTAGLIO_HAS_FMA 0
#endif

/// 1 where compilers may contract a product and a sum into one fused operation
/// unless it is kept from them (see f32x8_rounded).
#if (defined(__x86_64__) || defined(__i386__)) && !defined(__FMA__) && !defined(__FMA4__)
#define INTAGLIO_MAY_CONTRACT 0
#else
#define INTAGLIO_MAY_CONTRACT 1
#endif

/// Constraint of __asm__ for a register that holds a float or a vector of floats.
#if defined(__x86_64__) || defined(__i386__)
#define INTAGLIO_FLOAT_REGISTER "+x"
#elif defined(__aarch64__) || (defined(__arm__) && defined(__ARM_FP))
#define INTAGLIO_FLOAT_REGISTER "+w"
#else
#define INTAGLIO_FLOAT_REGISTER "+m"
#endif

// LLVM's loop vectoriser makes gathers and scatters of loops with a constant stride for Helium (MVE). Their lowering
// to instructions that increment their own addresses (MVEGatherScatterLowering.cpp), loads and stores alike,
// is wrong in two ways:
// - It lets the step of four elements be 512 bytes, but the instruction holds 508 at most: vstrw.32 q0, [q1, #512]! is
//   encoded with #0. A loop over floats 128 bytes apart touches four places before its first one, again and again (seen
//   in LLVM 16; newer sources have the same limit).
// - LLVM 19 takes offsets in bytes for offsets in elements: loops with strides of 12 to 32 bytes go four times as far,
//   and those of 32, one lane of every pixel of a blocked tensor, meet the first fault as well.
// No attribute of a function turns this off, and a flag that does cannot be seen here. Kernels lose nothing: what shall
// be vectors is written with the vocabulary. So every loop after this line, in any kernel that there will ever be, asks
// not to be vectorised.
#if defined(__clang__) && defined(__ARM_FEATURE_MVE)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wkeyword-macro"
#define for _Pragma("clang loop vectorize(disable)") for
#pragma clang diagnostic pop
#endif

#endif

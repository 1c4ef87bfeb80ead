// A register tile as generated kernels write it: 12 accumulators, named, in straight-line steps. check_objects.cmake
// looks at its assembly: no vector register may go to the stack.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "intaglio/simd.h"

using namespace intaglio;

#define START(i) f32x8 a##i##0 = f32x8_load(bias), a##i##1 = f32x8_load(bias + 8)
#define STEP(i)                           \
  v = f32x8_splat_load(x + (i)*x_stride); \
  INTAGLIO_ACCUMULATE(a##i##0, v, w0);    \
  INTAGLIO_ACCUMULATE(a##i##1, v, w1)
#define FINISH(i) f32x8_store(y + 16 * (i), a##i##0), f32x8_store(y + 16 * (i) + 8, a##i##1)

void tile(const float* x, ptrdiff_t x_stride, const float* w, ptrdiff_t steps, const float* bias, float* y);
void tile(const float* x, ptrdiff_t x_stride, const float* w, ptrdiff_t steps, const float* bias, float* y) {
  START(0);
  START(1);
  START(2);
  START(3);
  START(4);
  START(5);
  for (ptrdiff_t k = 0; k < steps; ++k, ++x, w += 16) {
    const f32x8 w0 = f32x8_load(w), w1 = f32x8_load(w + 8);
    f32x8 v;
    STEP(0);
    STEP(1);
    STEP(2);
    STEP(3);
    STEP(4);
    STEP(5);
    INTAGLIO_STEP_BARRIER();
  }
  FINISH(0);
  FINISH(1);
  FINISH(2);
  FINISH(3);
  FINISH(4);
  FINISH(5);
}

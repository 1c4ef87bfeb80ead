// Multiply-adds at the rate of the processor's units: twelve independent chains, for the flags it is compiled with.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

namespace {

#if defined(__AVX512F__)
constexpr int LANES = 16;
#elif defined(__AVX__)
constexpr int LANES = 8;
#else
constexpr int LANES = 4;
#endif
using Vector = float __attribute__((vector_size(LANES * sizeof(float))));

constexpr long STEPS = 1000000;
constexpr double MULTIPLY_ADDS_FLOPS = STEPS * 12.0 * LANES * 2;

/// STEPS times twelve independent chains of one multiply-add each.
float multiply_adds() {
  Vector x = {}, y = {};
  x += 0.999999f;
  y += 1e-7f;
  Vector a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
  for (long step = 0; step < STEPS; ++step) {
    a = a * x + y;
    b = b * x + y;
    c = c * x + y;
    d = d * x + y;
    e = e * x + y;
    f = f * x + y;
    g = g * x + y;
    h = h * x + y;
    i = i * x + y;
    j = j * x + y;
    k = k * x + y;
    l = l * x + y;
    // Otherwise the chains, which are equal, become one.
    asm volatile(""
                 : "+x"(a), "+x"(b), "+x"(c), "+x"(d), "+x"(e), "+x"(f), "+x"(g), "+x"(h), "+x"(i), "+x"(j), "+x"(k),
                   "+x"(l));
  }
  const Vector sum = a + b + c + d + e + f + g + h + i + j + k + l;
  return sum[0];
}

}  // namespace

// Loops with a constant stride, which LLVM turns into gathers and scatters for Helium where nothing keeps it from that.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
extern "C" void clear_lane(float* to, int pixels) {
  for (int i = 0; i < pixels; ++i) to[i * 8] = 0.0f;
}
extern "C" void clear_far_apart(float* to, int count) {
  for (int i = 0; i < count; ++i) to[i * 32] = 0.0f;
}
extern "C" void copy_lane(float* __restrict to, const float* __restrict from, int pixels) {
  for (int i = 0; i < pixels; ++i) to[i] = from[i * 8];
}
extern "C" void copy_third(float* __restrict to, const float* __restrict from, int pixels) {
  for (int i = 0; i < pixels; ++i) to[i] = from[i * 3];
}

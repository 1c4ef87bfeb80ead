// The runtime's vocabulary behind function pointers, so that one test can compare its implementations side by side.
// Freestanding like the runtime itself.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef INTAGLIO_TESTS_RUNTIME_VOCABULARY_H
#define INTAGLIO_TESTS_RUNTIME_VOCABULARY_H

#include <stddef.h>
#include <stdint.h>

namespace intaglio_test {

/// A function of eight lanes, applied to operands in memory; unused operands are ignored.
struct Function {
  const char* name;
  int operands;
  void (*apply)(const float* a, const float* b, const float* c, float* y);
};

struct Vocabulary {
  const char* vocabulary;  ///< INTAGLIO_VOCABULARY of the header that was included
  const Function* functions;
  size_t function_count;
  const Function* fast_functions;  ///< those of fast_math.h
  size_t fast_function_count;
  void (*load_partial)(const float* p, ptrdiff_t n, float* y);
  void (*store_partial)(float* p, const float* v, ptrdiff_t n);
  void (*gather)(const float* p, ptrdiff_t stride, float* y);
  void (*gather_offsets)(const float* p, const int32_t* offsets, float* y);
  void (*transpose_store)(float* destination, ptrdiff_t destination_stride, const float* source,
                          ptrdiff_t source_stride);
  float (*horizontal_sum)(const float* v);
  float (*horizontal_max)(const float* v);
  float (*horizontal_min)(const float* v);
};

}  // namespace intaglio_test
#endif

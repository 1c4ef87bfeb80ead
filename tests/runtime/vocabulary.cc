// Compiled once per implementation: INTAGLIO_TEST_HEADER is the header under test, INTAGLIO_TEST_NAME the function that
// returns its table. Its objects must refer to no symbol but memcpy and its kind (check_objects.cmake).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vocabulary.h"

#include INTAGLIO_TEST_HEADER
#include "intaglio/math.h"
// clang-format off
#include "intaglio/fast_math.h"
// clang-format on

namespace intaglio_test {

const Vocabulary& INTAGLIO_TEST_NAME();

}  // namespace intaglio_test

namespace {

using namespace intaglio;

#define OPERANDS const float *a, const float *b, const float *c, float *y

/// Defines a Function whose result is `expression` of the vectors A, B, C; the integer ones see bits.
#define FUNCTION(name, expression)                                       \
  void name(OPERANDS) {                                                  \
    const f32x8 A = f32x8_load(a), B = f32x8_load(b), C = f32x8_load(c); \
    static_cast<void>(A), static_cast<void>(B), static_cast<void>(C);    \
    f32x8_store(y, expression);                                          \
  }
#define BITS(v) f32x8_bits(v)
#define FLOAT(v) f32x8_from_bits(v)
#define CONDITION(mask) f32x8_select(mask, f32x8_splat(1.0f), f32x8_zero())

// name, operands, expression
#define FUNCTIONS(F)                                                                                            \
  F(load, 1, A)                                                                                                 \
  F(zero, 0, f32x8_zero())                                                                                      \
  F(splat, 1, f32x8_splat(a[1]))                                                                                \
  F(splat_load, 1, f32x8_splat_load(a + 1))                                                                     \
  F(add, 2, f32x8_add(A, B))                                                                                    \
  F(sub, 2, f32x8_sub(A, B))                                                                                    \
  F(mul, 2, f32x8_mul(A, B))                                                                                    \
  F(div, 2, f32x8_div(A, B))                                                                                    \
  F(fma, 3, f32x8_fma(A, B, C))                                                                                 \
  F(multiply_add, 3, f32x8_multiply_add(A, B, C))                                                               \
  F(fnma, 3, f32x8_fnma(A, B, C))                                                                               \
  F(rounded_mul_add, 3, f32x8_add(f32x8_rounded(f32x8_mul(A, B)), C))                                           \
  F(max, 2, f32x8_max(A, B))                                                                                    \
  F(min, 2, f32x8_min(A, B))                                                                                    \
  F(max_nan, 2, f32x8_max_nan(A, B))                                                                            \
  F(min_nan, 2, f32x8_min_nan(A, B))                                                                            \
  F(sqrt, 1, f32x8_sqrt(A))                                                                                     \
  F(neg, 1, f32x8_neg(A))                                                                                       \
  F(abs, 1, f32x8_abs(A))                                                                                       \
  F(copysign, 2, f32x8_copysign(A, B))                                                                          \
  F(floor, 1, f32x8_floor(A))                                                                                   \
  F(ceil, 1, f32x8_ceil(A))                                                                                     \
  F(trunc, 1, f32x8_trunc(A))                                                                                   \
  F(round_even, 1, f32x8_round_even(A))                                                                         \
  F(lt, 2, CONDITION(f32x8_lt(A, B)))                                                                           \
  F(le, 2, CONDITION(f32x8_le(A, B)))                                                                           \
  F(gt, 2, CONDITION(f32x8_gt(A, B)))                                                                           \
  F(ge, 2, CONDITION(f32x8_ge(A, B)))                                                                           \
  F(eq, 2, CONDITION(f32x8_eq(A, B)))                                                                           \
  F(mask_and, 3, CONDITION(mask8_and(f32x8_lt(A, B), f32x8_lt(B, C))))                                          \
  F(mask_or, 3, CONDITION(mask8_or(f32x8_lt(A, B), f32x8_lt(B, C))))                                            \
  F(mask_not, 2, CONDITION(mask8_not(f32x8_lt(A, B))))                                                          \
  F(select, 3, f32x8_select(f32x8_lt(A, B), B, C))                                                              \
  F(integer_splat, 0, FLOAT(i32x8_splat(-5)))                                                                   \
  F(integer_add, 2, FLOAT(i32x8_add(BITS(A), BITS(B))))                                                         \
  F(integer_sub, 2, FLOAT(i32x8_sub(BITS(A), BITS(B))))                                                         \
  F(integer_and, 2, FLOAT(i32x8_and(BITS(A), BITS(B))))                                                         \
  F(integer_or, 2, FLOAT(i32x8_or(BITS(A), BITS(B))))                                                           \
  F(shift_left, 1, FLOAT(i32x8_shift_left<23>(BITS(A))))                                                        \
  F(shift_right, 1, FLOAT(i32x8_shift_right<23>(BITS(A))))                                                      \
  F(integer_lt, 2, CONDITION(i32x8_lt(BITS(A), BITS(B))))                                                       \
  F(integer_select, 3, FLOAT(i32x8_select(f32x8_lt(A, B), BITS(B), BITS(C))))                                   \
  F(to_integer, 1,                                                                                              \
    FLOAT(i32x8_from_f32x8(f32x8_select(f32x8_lt(f32x8_abs(A), f32x8_splat(2147483648.0f)), A, f32x8_zero())))) \
  F(from_integer, 1, f32x8_from_i32x8(BITS(A)))                                                                 \
  F(spread4_0, 1, f32x8_spread4<0>(A))                                                                          \
  F(spread4_1, 1, f32x8_spread4<1>(A))                                                                          \
  F(spread4_2, 1, f32x8_spread4<2>(A))                                                                          \
  F(spread4_3, 1, f32x8_spread4<3>(A))                                                                          \
  F(spread2_0, 1, f32x8_spread2<0>(A))                                                                          \
  F(spread2_1, 1, f32x8_spread2<1>(A))                                                                          \
  F(identity, 1, f32x8_identity(A))                                                                             \
  F(exp, 1, f32x8_exp(A))                                                                                       \
  F(expm1, 1, f32x8_expm1(A))                                                                                   \
  F(log, 1, f32x8_log(A))                                                                                       \
  F(log1p, 1, f32x8_log1p(A))                                                                                   \
  F(pow, 2, f32x8_pow(A, B))                                                                                    \
  F(sigmoid, 1, f32x8_sigmoid(A))                                                                               \
  F(tanh, 1, f32x8_tanh(A))                                                                                     \
  F(sinh, 1, f32x8_sinh(A))                                                                                     \
  F(softplus, 1, f32x8_softplus(A))                                                                             \
  F(softsign, 1, f32x8_softsign(A))                                                                             \
  F(hard_sigmoid, 1, f32x8_hard_sigmoid(A, 0.2f, 0.5f))                                                         \
  F(hard_swish, 1, f32x8_hard_swish(A))                                                                         \
  F(swish, 1, f32x8_swish(A, 1.0f))                                                                             \
  F(swish_add, 2, f32x8_add(f32x8_swish(A, 1.702f), B))                                                         \
  F(mish, 1, f32x8_mish(A))                                                                                     \
  F(erf, 1, f32x8_erf(A))                                                                                       \
  F(gelu, 1, f32x8_gelu(A))                                                                                     \
  F(gelu_tanh, 1, f32x8_gelu_tanh(A))                                                                           \
  F(relu, 1, f32x8_relu(A))                                                                                     \
  F(clip, 1, f32x8_clip(A, -1.5f, 6.0f))                                                                        \
  F(leaky_relu, 1, f32x8_leaky_relu(A, 0.01f))                                                                  \
  F(leaky_relu_add, 2, f32x8_add(f32x8_leaky_relu(A, 0.01f), B))                                                \
  F(prelu, 2, f32x8_prelu(A, B))                                                                                \
  F(thresholded_relu, 1, f32x8_thresholded_relu(A, 0.5f))                                                       \
  F(elu, 1, f32x8_elu(A, 1.5f))                                                                                 \
  F(selu, 1, f32x8_selu(A, 1.67326319f, 1.05070102f))                                                           \
  F(celu, 1, f32x8_celu(A, 1.5f))                                                                               \
  F(reciprocal, 1, f32x8_reciprocal(A))                                                                         \
  F(round, 1, f32x8_round(A))                                                                                   \
  F(sign, 1, f32x8_sign(A))                                                                                     \
  F(logical_not, 1, f32x8_logical_not(A))

#define FAST_FUNCTIONS(F)                                            \
  F(exp, 1, fast_exp(A))                                             \
  F(exp_beside_one, 1, fast_exp_beside_one(f32x8_neg(f32x8_abs(A)))) \
  F(exp_of_four, 1, fast_exp(lanes::four(A)).c)                      \
  F(log, 1, fast_log(A))                                             \
  F(sigmoid, 1, fast_sigmoid(A))                                     \
  F(swish, 1, fast_swish(A, 1.0f))                                   \
  F(tanh, 1, fast_tanh(A))                                           \
  F(erf, 1, fast_erf(A))                                             \
  F(gelu, 1, fast_gelu(A))                                           \
  F(gelu_tanh, 1, fast_gelu_tanh(A))                                 \
  F(softplus, 1, fast_softplus(A))                                   \
  F(mish, 1, fast_mish(A))

#define DEFINE(name, operands, expression) FUNCTION(name, expression)
namespace fast_functions {
FAST_FUNCTIONS(DEFINE)
}  // namespace fast_functions

namespace functions {
FUNCTIONS(DEFINE)

void accumulate(OPERANDS) {
  f32x8 accumulator = f32x8_load(c);
  const f32x8 first = f32x8_load(a);
  INTAGLIO_ACCUMULATE(accumulator, first, f32x8_load(b));
  INTAGLIO_STEP_BARRIER();
  INTAGLIO_PREFETCH(c);
  INTAGLIO_PREFETCH_FAR(c);
  f32x8_store(y, accumulator);
}
void accumulate_fused(OPERANDS) {
  f32x8 accumulator = f32x8_load(c);
  const f32x8 first = f32x8_load(a);
  INTAGLIO_ACCUMULATE_FUSED(accumulator, first, f32x8_load(b));
  INTAGLIO_STEP_BARRIER();
  f32x8_store(y, accumulator);
}
}  // namespace functions

#define ROW(name, operands, expression) {#name, operands, functions::name},
const intaglio_test::Function table[] = {FUNCTIONS(ROW){"accumulate", 3, functions::accumulate},
                                         {"accumulate_fused", 3, functions::accumulate_fused}};
#define FAST_ROW(name, operands, expression) {#name, operands, fast_functions::name},
const intaglio_test::Function fast_table[] = {FAST_FUNCTIONS(FAST_ROW)};

void load_partial(const float* p, ptrdiff_t n, float* y) { f32x8_store(y, f32x8_load_partial(p, n)); }
void store_partial(float* p, const float* v, ptrdiff_t n) { f32x8_store_partial(p, f32x8_load(v), n); }
void gather(const float* p, ptrdiff_t stride, float* y) { f32x8_store(y, f32x8_gather(p, stride)); }
void gather_offsets(const float* p, const int32_t* offsets, float* y) {
  f32x8_store(y, f32x8_gather_offsets(p, offsets));
}
void transpose_store(float* destination, ptrdiff_t destination_stride, const float* source, ptrdiff_t source_stride) {
  f32x8_transpose_store(destination, destination_stride, source, source_stride);
}
float horizontal_sum(const float* v) { return f32x8_horizontal_sum(f32x8_load(v)); }
float horizontal_max(const float* v) { return f32x8_horizontal_max(f32x8_load(v)); }
float horizontal_min(const float* v) { return f32x8_horizontal_min(f32x8_load(v)); }

const intaglio_test::Vocabulary vocabulary = {INTAGLIO_VOCABULARY,
                                              table,
                                              sizeof table / sizeof table[0],
                                              fast_table,
                                              sizeof fast_table / sizeof fast_table[0],
                                              load_partial,
                                              store_partial,
                                              gather,
                                              gather_offsets,
                                              transpose_store,
                                              horizontal_sum,
                                              horizontal_max,
                                              horizontal_min};

}  // namespace

namespace intaglio_test {
const Vocabulary& INTAGLIO_TEST_NAME() { return vocabulary; }
}  // namespace intaglio_test

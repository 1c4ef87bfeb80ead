// The bridge to runtime/intaglio/math.h on vectors of plain C++:
// strict numerics are defined by the runtime's own functions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "interpreter/strict_math.h"

#include <algorithm>
#include <array>

#include "interpreter/functions.h"
#include "support/error.h"

// The vocabulary stands above math.h, which is written in terms of it.
// clang-format off
#include "intaglio/simd_scalar.h"
#include "intaglio/math.h"
// clang-format on

namespace intaglio::interpreter {

namespace {

constexpr size_t lanes = 8;

f32x8 apply_vector(const Unary& function, f32x8 x) {
  const float alpha = function.alpha;
  const float beta = function.beta;
  switch (function.kind) {
    case UnaryKind::identity:
      return x;
    case UnaryKind::neg:
      return f32x8_neg(x);
    case UnaryKind::abs:
      return f32x8_abs(x);
    case UnaryKind::sqrt:
      return f32x8_sqrt(x);
    case UnaryKind::reciprocal:
      return f32x8_reciprocal(x);
    case UnaryKind::exp:
      return f32x8_exp(x);
    case UnaryKind::log:
      return f32x8_log(x);
    case UnaryKind::floor:
      return f32x8_floor(x);
    case UnaryKind::ceil:
      return f32x8_ceil(x);
    case UnaryKind::round:
      return f32x8_round(x);
    case UnaryKind::sign:
      return f32x8_sign(x);
    case UnaryKind::erf:
      return f32x8_erf(x);
    case UnaryKind::logical_not:
      return f32x8_logical_not(x);
    case UnaryKind::relu:
      return f32x8_relu(x);
    case UnaryKind::leaky_relu:
      return f32x8_leaky_relu(x, alpha);
    case UnaryKind::elu:
      return f32x8_elu(x, alpha);
    case UnaryKind::selu:
      return f32x8_selu(x, alpha, beta);
    case UnaryKind::celu:
      return f32x8_celu(x, alpha);
    case UnaryKind::thresholded_relu:
      return f32x8_thresholded_relu(x, alpha);
    case UnaryKind::hard_sigmoid:
      return f32x8_hard_sigmoid(x, alpha, beta);
    case UnaryKind::hard_swish:
      return f32x8_hard_swish(x);
    case UnaryKind::sigmoid:
      return f32x8_sigmoid(x);
    case UnaryKind::tanh:
      return f32x8_tanh(x);
    case UnaryKind::sinh:
      return f32x8_sinh(x);
    case UnaryKind::softplus:
      return f32x8_softplus(x);
    case UnaryKind::softsign:
      return f32x8_softsign(x);
    case UnaryKind::gelu:
      return f32x8_gelu(x);
    case UnaryKind::gelu_tanh:
      return f32x8_gelu_tanh(x);
    case UnaryKind::mish:
      return f32x8_mish(x);
    case UnaryKind::swish:
      return f32x8_swish(x, alpha);
    case UnaryKind::clip:
      return f32x8_clip(x, alpha, beta);
  }
  internal_error("unknown unary function");
}

/// Lane 0 of a vector.
float first_lane(f32x8 v) {
  std::array<float, lanes> values;
  f32x8_store(values.data(), v);
  return values[0];
}

}  // namespace

float strict_exp(float x) { return first_lane(f32x8_exp(f32x8_splat(x))); }
float strict_log(float x) { return first_lane(f32x8_log(f32x8_splat(x))); }
float strict_pow(float x, float y) { return first_lane(f32x8_pow(f32x8_splat(x), f32x8_splat(y))); }

float apply_strict(const Unary& function, float x) {
  if (function.kind == UnaryKind::identity) return x;
  return first_lane(apply_vector(function, f32x8_splat(x)));
}

void apply_strict(const Unary& function, std::span<const float> x, float* y) {
  for (size_t first = 0; first < x.size(); first += lanes) {
    const size_t count = std::min(lanes, x.size() - first);
    std::array<float, lanes> values{};
    std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(first), count, values.begin());
    f32x8_store(values.data(), apply_vector(function, f32x8_load(values.data())));
    std::copy_n(values.begin(), count, y + first);
  }
}

}  // namespace intaglio::interpreter

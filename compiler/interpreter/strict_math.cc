// The bridge to runtime/intaglio/math.h on plain C++ vectors: a value in every lane, the result taken from the first.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "interpreter/strict_math.h"

#include "interpreter/functions.h"
#include "support/error.h"

namespace intaglio::interpreter {

float strict_exp(float) { internal_error("strict numerics need the runtime's elementary functions"); }
float strict_log(float) { internal_error("strict numerics need the runtime's elementary functions"); }
float strict_pow(float, float) { internal_error("strict numerics need the runtime's elementary functions"); }
float apply_strict(const Unary& function, float x) {
  if (function.kind == UnaryKind::identity) return x;
  if (function.kind == UnaryKind::relu) return x < 0 ? 0 : x;
  internal_error("strict numerics need the runtime's elementary functions");
}

}  // namespace intaglio::interpreter

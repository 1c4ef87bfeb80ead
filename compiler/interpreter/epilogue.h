// How a node with an epilogue turns its accumulators into results: y = final_activation(activation(acc) + residual).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "interpreter/evaluation.h"
#include "interpreter/functions.h"

namespace intaglio::interpreter {

/// Applies one node's epilogue. Accumulators are double in reference numerics (rounded once, at the end) and float in
/// strict numerics (rounded by every operation).
class EpilogueFunction {
 public:
  EpilogueFunction(const Evaluation& evaluation, const Epilogue& epilogue)
      : epilogue_(epilogue), residual_(epilogue.residual ? evaluation.last_input().values<float>().data() : nullptr) {}

  /// The result at `position` of the output.
  float operator()(double accumulator, int64_t position) const {
    double y = apply(epilogue_.activation, accumulator);
    if (residual_) y = apply(epilogue_.final_activation, y + residual_[position]);
    return static_cast<float>(y);
  }
  float operator()(float accumulator, int64_t position) const {
    float y = apply_strict(epilogue_.activation, accumulator);
    if (residual_) y = apply_strict(epilogue_.final_activation, y + residual_[position]);
    return y;
  }

 private:
  const Epilogue& epilogue_;
  const float* residual_;
};

}  // namespace intaglio::interpreter

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/strassen.h"

#include "ir/strassen.h"

namespace intaglio::lowering {

namespace {

std::vector<float> combine(const WeightsView& w, const std::vector<std::vector<double>>& operands,
                           int64_t panel_blocks) {
  const int64_t inputs = w.group_inputs / 2, outputs = w.outputs / 2;
  std::vector<float> packed, operand(inputs * outputs);
  for (const std::vector<double>& factors : operands) {
    for (int64_t output = 0; output < outputs; ++output) {
      for (int64_t input = 0; input < inputs; ++input) {
        double sum = 0;
        for (int64_t quarter = 0; quarter < 4; ++quarter) {
          const double factor = factors[quarter];
          if (factor != 0) sum += factor * w.at(output + quarter % 2 * outputs, input + quarter / 2 * inputs, 0, 0);
        }
        operand[output * inputs + input] = static_cast<float>(sum);
      }
    }
    const std::vector<float> one = pack_panels({operand, outputs, inputs, 1, 1}, {inputs}, {outputs}, 1, panel_blocks);
    if (packed.empty()) packed.reserve(one.size() * operands.size());
    packed.insert(packed.end(), one.begin(), one.end());
  }
  return packed;
}

}  // namespace

WeightData pack_strassen(const ConvolutionWeights& weights, int64_t panel_blocks, bool combined) {
  const std::vector<std::vector<double>> quarters = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
  const std::vector<std::vector<double>>& operands = combined ? strassen_weights() : quarters;
  const int64_t count =
      lane_count({weights.outputs / 2}) * (weights.group_inputs / 2) * static_cast<int64_t>(operands.size());
  return packed_later(weights, count, [=](const WeightsView& w) { return combine(w, operands, panel_blocks); });
}

Preparation strassen_preparation() { return {"Strassen's products", strassen_weights(), {{1}}}; }

}  // namespace intaglio::lowering

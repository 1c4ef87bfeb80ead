// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/strassen.h"

#include <fmt/format.h>

#include "ir/panels.h"
#include "ir/strassen.h"
#include "lowering/register_tiles.h"

namespace intaglio::lowering {

namespace {

std::vector<float> combine(const WeightsView& w, const std::vector<std::vector<double>>& operands,
                           const DenseTile& tile) {
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
    const std::vector<float> one = pack_panels({operand, outputs, inputs, 1, 1}, {inputs}, {outputs}, 1, tile);
    if (packed.empty()) packed.reserve(one.size() * operands.size());
    packed.insert(packed.end(), one.begin(), one.end());
  }
  return packed;
}

/// StrassenStep: [product][panel][block][lane][panel lanes]; computed in double, rounded once. Not `combined`:
/// [quarter][panel]..., what generated code makes them of; quarters are (input half, output half) in row-major order.
WeightData pack_strassen(const ConvolutionWeights& weights, const DenseTile& tile, bool combined) {
  const std::vector<std::vector<double>> quarters = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
  const std::vector<std::vector<double>>& operands = combined ? strassen_weights() : quarters;
  const int64_t count =
      lane_count({weights.outputs / 2}) * (weights.group_inputs / 2) * static_cast<int64_t>(operands.size());
  return packed_later(weights, count, [=](const WeightsView& w) { return combine(w, operands, tile); });
}

/// What makes the combined weights of those that are not.
Preparation strassen_preparation() { return {"Strassen's products", strassen_weights(), {{1}}}; }

}  // namespace

void emit_strassen(Context& context, const Node& node, const Layer& layer, const ConvolutionChoice& choice,
                   WeightId bias) {
  const std::string name = display_name(context.graph, node);
  StrassenStep step{layer.x, layer.y, layer.residual, {}, bias, layer.epilogue};
  step.pairs = (layer.y.height * layer.y.width + 1) / 2;
  step.tiles = choice.tiles;
  step.tile = dense_tile(context.target);
  step.reduction_block = context.target.reduction_block;
  const bool prepare = context.options.prepare;
  step.weights = context.add_weight(name, pack_strassen(layer.weights, step.tile, !prepare));
  if (prepare) context.program.weights[step.weights.index()].preparation = strassen_preparation();
  step.scratch =
      context.add_buffer(name + "_products", BufferKind::scratch, ElementType::float32, strassen_scratch_floats(step));
  context.add_step(node, fmt::format("{}  strassen", describe_layer(layer)), step, layer_macs(layer));
}

}  // namespace intaglio::lowering

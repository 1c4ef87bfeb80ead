// One convolution over views, whatever node it comes from: which kernel takes it, and its step with packed weights.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lowering/choices.h"
#include "lowering/context.h"
#include "lowering/pack.h"

namespace intaglio::lowering {

struct Layer {
  View x, y;  ///< x blocked or planar, y blocked
  std::optional<View> residual;
  Window2d window;
  int64_t groups = 1;
  ConvolutionWeights weights;
  std::span<const float> bias;  ///< per output channel, or empty
  Epilogue epilogue;
  bool finite_weights = true;  ///< of the whole node
  std::string what = "Conv";   ///< for the step's comment: operator, window and groups
};

/// Appends the steps of a layer.
void emit_layer(Context& context, const Node& node, Layer layer);

/// Of a layer without buffers and weight values: what its choice of kernels depends on; nothing when it has none.
std::optional<ConvolutionLayer> with_choice(const Context& context, const Layer& layer);
/// What of a node's layer is known before its views are: extents and segments of x and y, epilogue, finite_weights.
Layer without_views(const Context& context, const Node& node, bool planar_input, const Epilogue& epilogue);

/// The comment and the multiply-adds of the layer's step: those that a direct kernel computes, with the zeros of
/// borders but without what is clipped.
std::string describe_layer(const Layer& layer);
int64_t layer_macs(const Layer& layer);

// ---- operands of Conv, ConvTranspose and Gemm

/// Weights or bias, which are constants (supported.h); null when there is none.
const TensorData* constant_operand(const Context& context, const Node& node, size_t index);
std::span<const float> constant_bias(const Context& context, const Node& node);
bool all_finite(const TensorData& weights);
/// `same_lanes` of a convolution: the input of a depthwise one, and the residual.
std::vector<TensorId> convolution_lanes(const Context& context, const Node& node, int64_t groups,
                                        const Epilogue& epilogue);

}  // namespace intaglio::lowering

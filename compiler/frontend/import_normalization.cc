// Normalisation by statistics, and Softmax.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "frontend/importers.h"

namespace intaglio::frontend {

namespace {

constexpr std::string_view training_help = "export the model in eval mode";

/// Version 14 says training_mode; before that, training showed in the number of outputs. Files of PyTorch's dynamo
/// exporter drop the attribute even for networks in training mode: such a file means inference.
void import_batch_normalization(NodeImporter& node) {
  const TensorId x = node.input(0);
  node.expect_float(x);
  if (node.rank(x) < 2)
    node.fail("the input of BatchNormalization has no channels: its shape is " + node.shape(x).text());
  constexpr std::string_view names[] = {"the scale", "the bias", "the mean", "the variance"};
  std::vector<TensorId> inputs = {x};
  for (size_t slot = 1; slot < 5; ++slot) {
    inputs.push_back(node.input(slot));
    node.expect_same_type(x, inputs.back());
    node.expect_shape(inputs.back(), Shape{node.shape(x)[1]}, names[slot - 1]);
  }
  BatchNorm op;
  op.epsilon = node.attributes.number("epsilon", 1e-5f);
  op.momentum = node.attributes.number("momentum", 0.9f);
  if (node.version() < 9 && node.attributes.integer("spatial", 1) != 1) {
    node.fail("BatchNormalization with spatial = 0 is not supported");
  }
  if (node.version() >= 14) op.training = node.attributes.flag("training_mode", false);
  for (size_t slot = 1; slot < node.output_count(); ++slot) {
    if (op.training || !node.output_is_used(slot)) continue;
    node.fail(fmt::format("BatchNormalization has its statistics as output {}, which is training mode", slot),
              std::string(training_help));
  }
  const ElementType type = node.element_type(x);
  std::vector<NodeImporter::Result> results = {{type, node.shape(x)}};
  if (op.training) results.resize(3, {type, Shape{node.shape(x)[1]}});
  node.results(op, std::move(inputs), std::move(results));
}

void import_instance_normalization(NodeImporter& node) {
  const TensorId x = node.input(0), scale = node.input(1), bias = node.input(2);
  node.expect_float(x);
  if (node.rank(x) < 3)
    node.fail("InstanceNormalization needs an input [N,C,...], not one of shape " + node.shape(x).text());
  const int64_t channels = node.shape(x)[1];
  node.expect_shape(scale, Shape{channels}, "the scale");
  node.expect_shape(bias, Shape{channels}, "the bias");
  const float epsilon = node.attributes.number("epsilon", 1e-5f);
  node.result(GroupNorm{channels, epsilon}, {x, scale, bias}, node.element_type(x), node.shape(x));
}

/// One value per group [G] -> one value per channel [C].
TensorId per_channel(NodeImporter& node, const std::string& name, TensorId value, int64_t groups, int64_t channels) {
  const ElementType type = node.element_type(value);
  const TensorId column = node.reshaped(name + "_column", value, Shape{groups, 1});
  const TensorId matrix = node.emit(name + "_matrix", Expand{}, {column}, type, Shape{groups, channels / groups});
  return node.reshaped(name, matrix, Shape{channels});
}

/// Version 18 has scale and bias per group, version 21 per channel.
void import_group_normalization(NodeImporter& node) {
  const TensorId x = node.input(0);
  TensorId scale = node.input(1), bias = node.input(2);
  node.expect_float(x);
  if (node.rank(x) < 3)
    node.fail("GroupNormalization needs an input [N,C,...], not one of shape " + node.shape(x).text());
  const int64_t channels = node.shape(x)[1], groups = node.attributes.integer("num_groups");
  if (groups < 1 || channels % groups != 0) {
    node.fail(fmt::format("{} channels cannot be divided into {} groups", channels, groups));
  }
  if (node.version() >= 21) node.attributes.ignore({"stash_type"});
  const Shape parameters = {node.version() < 21 ? groups : channels};
  node.expect_shape(scale, parameters, "the scale");
  node.expect_shape(bias, parameters, "the bias");
  if (node.version() < 21) {
    scale = per_channel(node, "scale", scale, groups, channels);
    bias = per_channel(node, "bias", bias, groups, channels);
  }
  const float epsilon = node.attributes.number("epsilon", 1e-5f);
  node.result(GroupNorm{groups, epsilon}, {x, scale, bias}, node.element_type(x), node.shape(x));
}

void import_layer_normalization(NodeImporter& node) {
  const TensorId x = node.input(0), scale = node.input(1), bias = node.optional_input(2);
  node.expect_float(x);
  node.attributes.ignore({"stash_type"});
  const Shape shape = node.shape(x);
  const int64_t axis = NodeImporter::normal_axis(node.attributes.integer("axis", -1), shape.rank());
  std::vector<TensorId> inputs = {x, scale};
  if (bias) inputs.push_back(bias);
  const Shape normalised({shape.begin() + axis, shape.end()});
  for (size_t slot = 1; slot < inputs.size(); ++slot) {
    node.expect_same_type(x, inputs[slot]);
    Shape broadcast;
    if (broadcast_shapes(node.shape(inputs[slot]), normalised, broadcast) && broadcast == normalised) continue;
    node.fail(fmt::format("input {} of LayerNormalization has shape {}, which does not broadcast to {}", slot,
                          node.shape(inputs[slot]).text(), normalised.text()));
  }
  if (normalised.elements() == 0 && (node.output_is_used(1) || node.output_is_used(2)))
    node.fail("LayerNormalization over no elements has no mean and no deviation");
  Shape statistics = shape;
  for (size_t i = static_cast<size_t>(axis); i < shape.rank(); ++i) statistics[i] = 1;
  const LayerNorm op{axis, node.attributes.number("epsilon", 1e-5f)};
  node.results(op, std::move(inputs),
               {{node.element_type(x), shape}, {ElementType::float32, statistics}, {ElementType::float32, statistics}});
}

/// Before version 13 the tensor was seen as a matrix, split in front of `axis`, and softmax went along all of its rows.
void import_softmax(NodeImporter& node) {
  const TensorId x = node.input(0);
  node.expect_float(x);
  const Shape shape = node.shape(x);
  const ElementType type = node.element_type(x);
  const bool log = node.type() == "LogSoftmax";
  if (node.version() >= 13) {
    const int64_t axis = NodeImporter::normal_axis(node.attributes.integer("axis", -1), shape.rank());
    return node.result(Softmax{axis, log}, {x}, type, shape);
  }
  const int64_t axis = NodeImporter::normal_axis(node.attributes.integer("axis", 1), shape.rank());
  const int64_t columns = Shape({shape.begin() + axis, shape.end()}).elements();
  if (columns == shape[static_cast<size_t>(axis)]) return node.result(Softmax{axis, log}, {x}, type, shape);
  const Shape matrix = {Shape({shape.begin(), shape.begin() + axis}).elements(), columns};
  const TensorId rows = node.reshaped("matrix", x, matrix);
  if (matrix == shape) return node.result(Softmax{1, log}, {rows}, type, shape);
  node.result(Reshape{}, {node.emit("softmax", Softmax{1, log}, {rows}, type, matrix)}, type, shape);
}

}  // namespace

Importers normalization_importers() {
  static const std::vector<OperatorImporter> rows = {
      {"BatchNormalization",
       {7, 9, 14, 15},
       import_batch_normalization,
       5,
       5,
       5,
       "spatial = 0; training before opset 14"},
      {"InstanceNormalization", {6, 22}, import_instance_normalization, 3, 3},
      {"GroupNormalization", {18, 21}, import_group_normalization, 3, 3},
      {"LayerNormalization", {17}, import_layer_normalization, 2, 3, 3},
      {"Softmax", {1, 11, 13}, import_softmax, 1, 1},
      {"LogSoftmax", {1, 11, 13}, import_softmax, 1, 1},
  };
  return rows;
}

}  // namespace intaglio::frontend

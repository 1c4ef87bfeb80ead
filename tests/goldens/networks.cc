// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "goldens/networks.h"

#include <cmath>

#include "frontend/model_builder.h"
#include "ir/fill.h"
#include "support/hash.h"

namespace intaglio::testing {

namespace {

/// Layers as PyTorch's exporter names them: module "conv1" has weights "conv1.weight" and gives "/conv1/Conv_output_0".
class Network {
 public:
  /// With `training`, weights depend on it and on their names; else on the order of the calls.
  explicit Network(const std::string& input, std::vector<Dimension> dims, int64_t opset = 17,
                   const std::string& training = "")
      : model_(opset), training_(training) {
    model_.input(input, std::move(dims));
  }

  std::string apply(const std::string& module, const std::string& type, std::vector<std::string> inputs,
                    Attributes attributes = {}) {
    const std::string node = "/" + module + "/" + type, output = node + "_output_0";
    model_.node(type, inputs, {output}, std::move(attributes));
    model_.proto.mutable_graph()->mutable_node()->rbegin()->set_name(node);
    return output;
  }

  /// A convolution of as many dimensions as `kernel`, padded to keep the extents at stride 1.
  std::string conv(const std::string& module, const std::string& x, int64_t channels, int64_t outputs,
                   const std::vector<int64_t>& kernel, int64_t stride = 1, int64_t group = 1) {
    std::vector<int64_t> dims = {outputs, channels / group}, pads;
    for (int side = 0; side < 2; ++side) {
      for (int64_t extent : kernel) pads.push_back(extent / 2);
    }
    dims.insert(dims.end(), kernel.begin(), kernel.end());
    return apply(module, "Conv", {x, weight(module + ".weight", dims), weight(module + ".bias", {outputs})},
                 {integers("kernel_shape", kernel), integers("pads", pads), integer("group", group),
                  integers("strides", std::vector<int64_t>(kernel.size(), stride))});
  }

  std::string batch_norm(const std::string& module, const std::string& x, int64_t channels) {
    return apply(module, "BatchNormalization",
                 {x, weight(module + ".weight", {channels}), weight(module + ".bias", {channels}),
                  weight(module + ".running_mean", {channels}), weight(module + ".running_var", {channels}, true)});
  }

  std::string weight(const std::string& name, const std::vector<int64_t>& dims, bool positive = false) {
    std::vector<float> values;
    const uint64_t seed = training_.empty() ? ++weights_ : hash64(training_ + name);
    for (double value : seeded_fill(ElementType::float32, Shape(dims), seed).as_double())
      values.push_back(static_cast<float>(positive ? std::fabs(value) : value));
    model_.constant(name, floats(dims, std::move(values)));
    return name;
  }

  /// Renames the value to what the interface shows.
  std::string finish(const std::string& value, const std::string& output) {
    for (auto& node : *model_.proto.mutable_graph()->mutable_node()) {
      if (node.output(0) == value) node.set_output(0, output);
    }
    return model_.output(output).bytes();
  }

 private:
  ModelBuilder model_;
  const std::string training_;
  uint64_t weights_ = 0;
};

/// A stem and one residual block with BatchNorm, then the classifier: one epilogue of addition and ReLU.
std::string residual_2d() {
  Network net("image", {1, 3, 8, 8});
  const std::string stem =
      net.apply("relu", "Relu", {net.batch_norm("bn1", net.conv("conv1", "image", 3, 8, {3, 3}, 2), 8)});
  std::string x = net.batch_norm("layer1.0.bn1", net.conv("layer1.0.conv1", stem, 8, 8, {3, 3}), 8);
  x = net.apply("layer1.0.relu", "Relu", {x});
  x = net.batch_norm("layer1.0.bn2", net.conv("layer1.0.conv2", x, 8, 8, {3, 3}), 8);
  x = net.apply("layer1.0.relu_1", "Relu", {net.apply("layer1.0", "Add", {x, stem})});
  x = net.apply("flatten", "Flatten", {net.apply("avgpool", "GlobalAveragePool", {x})});
  x = net.apply("fc", "Gemm", {x, net.weight("fc.weight", {4, 8}), net.weight("fc.bias", {4})}, {integer("transB", 1)});
  return net.finish(x, "scores");
}

/// Two branches of 12 channels, side by side in one storage of blocks with gap lanes, which the last layer skips.
std::string concat_1d() {
  Network net("signal", {1, 2, 20});
  const std::string stem = net.apply("stem.relu", "Relu", {net.conv("stem.conv", "signal", 2, 12, {3}, 2)});
  const std::string branch = net.apply("branch.relu", "Relu", {net.conv("branch.conv", stem, 12, 12, {3})});
  const std::string both = net.apply("concat", "Concat", {stem, branch}, {integer("axis", 1)});
  return net.finish(net.apply("tanh", "Tanh", {net.conv("head", both, 24, 5, {1})}), "filtered");
}

/// A depthwise convolution whose channels are weighed by squeeze and excitation, then a linear projection.
std::string squeeze_excite_2d() {
  Network net("features", {1, 8, 6, 6});
  const std::string x = net.apply("act", "HardSwish", {net.conv("dw", "features", 8, 8, {3, 3}, 1, 8)});
  std::string gate = net.conv("se.reduce", net.apply("se.pool", "GlobalAveragePool", {x}), 8, 4, {1, 1});
  gate = net.conv("se.expand", net.apply("se.relu", "Relu", {gate}), 4, 8, {1, 1});
  gate = net.apply("se.gate", "HardSigmoid", {gate}, {number("alpha", 1.0f / 6), number("beta", 0.5f)});
  return net.finish(net.conv("project", net.apply("se", "Mul", {x, gate}), 8, 6, {1, 1}), "projected");
}

/// What a golden change changes.
struct Variant {
  int64_t blocks = 2, stride = 2, size = 16, opset = 17;
  std::string head = "fc", training = "first";
};

/// A stem, residual blocks of one shape, one that may halve the image, and the classifier.
std::string residual_network(const Variant& variant) {
  Network net("image", {1, 3, variant.size, variant.size}, variant.opset, variant.training);
  std::string x = net.apply("relu", "Relu", {net.conv("conv1", "image", 3, 8, {3, 3}, 2)});
  auto block = [&](const std::string& name, int64_t channels, int64_t outputs, int64_t stride) {
    std::string y =
        net.apply(name + ".relu", "Relu", {net.conv(name + ".conv1", x, channels, outputs, {3, 3}, stride)});
    y = net.conv(name + ".conv2", y, outputs, outputs, {3, 3});
    const std::string skipped =
        channels == outputs ? x : net.conv(name + ".downsample", x, channels, outputs, {1, 1}, stride);
    x = net.apply(name + ".relu_1", "Relu", {net.apply(name, "Add", {y, skipped})});
  };
  for (int64_t i = 0; i < variant.blocks; ++i) block("layer1." + std::to_string(i), 8, 8, 1);
  block("layer2.0", 8, 16, variant.stride);
  x = net.apply("flatten", "Flatten", {net.apply("avgpool", "GlobalAveragePool", {x})});
  x = net.apply(variant.head, "Gemm",
                {x, net.weight(variant.head + ".weight", {4, 16}), net.weight(variant.head + ".bias", {4})},
                {integer("transB", 1)});
  return net.finish(x, "scores");
}

}  // namespace

std::vector<GoldenChange> golden_changes() {
  const std::string base = residual_network({}), longer = residual_network({.blocks = 3});
  return {{"insert_block", base, longer},
          {"remove_block", longer, base},
          {"retrain", base, residual_network({.training = "second"})},
          {"rename_layer", base, residual_network({.head = "classifier"})},
          {"opset", base, residual_network({.opset = 18})},
          {"stride", base, residual_network({.stride = 1})},
          {"input_size", base, residual_network({.size = 20})}};
}

std::vector<GoldenNetwork> golden_networks() {
  return {{"residual_2d", residual_2d(), "avx2", {"--weights", "incbin"}},
          {"concat_1d", concat_1d(), "portable", {"--weights", "inline"}},
          {"squeeze_excite_2d",
           squeeze_excite_2d(),
           "scalar",
           {"--weights", "external", "--numerics", "strict", "--selftest"}}};
}

}  // namespace intaglio::testing

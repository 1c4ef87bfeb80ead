// Convolutions of every kind over odd shapes, bit for bit against the interpreter on every target: channels that do not
// fill blocks, one-pixel images, strides beyond the kernel, dilation, asymmetric padding, groups, batches, residuals,
// 1-D.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/comparison.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

struct ConvCase {
  std::vector<int64_t> in;  ///< N, C, (H,) W
  int64_t outputs;
  std::vector<int64_t> kernel, strides, dilations, begins, ends;
  int64_t group = 1;
  bool residual = false;
  UnaryKind activation = UnaryKind::identity;
  bool planar = false;  ///< the convolution reads the graph input; otherwise a first layer makes it blocked
  bool transposed = false;
};

std::string name_of(const ConvCase& c) {
  return fmt::format("{} in {} out {} kernel {} strides {} dilations {} pads {} {} group {}{}{}",
                     c.transposed ? "transposed" : "conv", fmt::join(c.in, "x"), c.outputs, fmt::join(c.kernel, "x"),
                     fmt::join(c.strides, "x"), fmt::join(c.dilations, "x"), fmt::join(c.begins, "x"),
                     fmt::join(c.ends, "x"), c.group, c.residual ? " residual" : "", c.planar ? " planar" : "");
}

Graph graph_of(const ConvCase& c, uint64_t seed) {
  GraphBuilder b(seed);
  TensorId x = b.input("x", Shape(c.in));
  if (!c.planar) {  // ReLU of a 1x1 first layer: blocked data in front of the convolution
    const std::vector<int64_t> ones(c.kernel.size(), 1), zeros(c.kernel.size(), 0);
    x = b.conv(x, c.in[1], {ones, ones, ones, zeros, zeros}, 1);
  }
  const Window window{c.kernel, c.strides, c.dilations, c.begins, c.ends};
  Epilogue epilogue;
  epilogue.activation = {c.activation};
  const TensorId plain = c.transposed ? b.conv_transpose(x, c.outputs, window, c.group, epilogue)
                                      : b.conv(x, c.outputs, window, c.group, epilogue);
  if (c.residual) {
    const std::vector<int64_t> ones(c.kernel.size(), 1), zeros(c.kernel.size(), 0);
    const TensorId other = b.conv(plain, c.outputs, {ones, ones, ones, zeros, zeros}, 1);
    const std::vector<int64_t> three(c.kernel.size(), 3);
    Epilogue add;
    add.residual = true;
    add.final_activation = {UnaryKind::relu};
    b.output(b.conv(other, c.outputs, {three, ones, ones, ones, ones}, 1, add, plain));
  }
  b.output(plain);
  return b.take();
}

/// With ONNX's defaults for what the case does not say.
ConvCase completed(ConvCase c) {
  const size_t rank = c.kernel.size();
  if (c.strides.empty()) c.strides.assign(rank, 1);
  if (c.dilations.empty()) c.dilations.assign(rank, 1);
  if (c.begins.empty()) c.begins.assign(rank, 0);
  if (c.ends.empty()) c.ends = c.begins;
  return c;
}

std::vector<ConvCase> cases() {
  std::vector<ConvCase> list;
  auto add = [&](const ConvCase& c) { list.push_back(completed(c)); };
  for (int64_t channels : {1, 3, 8, 12, 20}) {
    for (int64_t outputs : {1, 8, 13, 24, 40}) {
      add({.in = {1, channels, 5, 7}, .outputs = outputs, .kernel = {1, 1}});
      add({.in = {2, channels, 6, 5},
           .outputs = outputs,
           .kernel = {3, 3},
           .begins = {1, 1},
           .residual = true,
           .activation = UnaryKind::relu});
    }
  }
  add({.in = {1, 16, 1, 1}, .outputs = 16, .kernel = {3, 3}, .begins = {1, 1}});
  add({.in = {1, 16, 1, 1}, .outputs = 24, .kernel = {1, 1}, .activation = UnaryKind::sigmoid});
  add({.in = {2, 8, 9, 9}, .outputs = 16, .kernel = {1, 1}, .strides = {3, 3}});
  add({.in = {1, 12, 9, 10}, .outputs = 72, .kernel = {1, 1}, .strides = {2, 2}, .residual = true});
  add({.in = {1, 8, 11, 13}, .outputs = 16, .kernel = {2, 2}, .strides = {3, 4}});
  add({.in = {1, 40, 9, 9}, .outputs = 16, .kernel = {3, 3}, .dilations = {2, 3}, .begins = {2, 3}});
  add({.in = {1, 64, 7, 7},
       .outputs = 48,
       .kernel = {3, 3},
       .strides = {2, 2},
       .begins = {0, 1},
       .ends = {1, 2},
       .residual = true});
  add({.in = {1, 8, 6, 6}, .outputs = 8, .kernel = {5, 2}, .begins = {4, 0}, .ends = {0, 1}});
  add({.in = {1, 300, 3, 4}, .outputs = 16, .kernel = {1, 1}, .residual = true});
  for (int64_t channels : {1, 3, 4, 8}) {
    add({.in = {1, channels, 15, 17},
         .outputs = 16,
         .kernel = {7, 7},
         .strides = {2, 2},
         .begins = {3, 3},
         .activation = UnaryKind::relu,
         .planar = true});
    add({.in = {2, channels, 8, 9},
         .outputs = 20,
         .kernel = {3, 3},
         .strides = {2, 2},
         .begins = {0, 0},
         .ends = {1, 1},
         .planar = true});
    add({.in = {1, channels, 33},
         .outputs = 9,
         .kernel = {7},
         .strides = {3},
         .dilations = {2},
         .begins = {5},
         .planar = true});
  }
  add({.in = {1, 2, 4, 5}, .outputs = 8, .kernel = {3, 3}, .begins = {7, 9}, .planar = true});
  for (int64_t channels : {8, 12}) {  // 1-D
    add({.in = {2, channels, 50}, .outputs = 24, .kernel = {3}, .begins = {1}, .residual = true});
    add({.in = {1, channels, 50}, .outputs = 16, .kernel = {5}, .strides = {2}, .begins = {2}});
    add({.in = {1, channels, 9}, .outputs = 16, .kernel = {4}, .strides = {4}, .dilations = {2}});
  }
  for (int64_t channels : {3, 8, 20}) {  // depthwise
    add({.in = {1, channels, 30}, .outputs = channels, .kernel = {21}, .begins = {10}, .group = channels});
    for (int64_t kernel : {1, 3, 5, 7}) {
      for (int64_t stride : {1, 2}) {
        add({.in = {1, channels, 11, 18},
             .outputs = channels,
             .kernel = {kernel, kernel},
             .strides = {stride, stride},
             .begins = {kernel / 2, kernel / 2},
             .group = channels,
             .activation = UnaryKind::hard_swish});
      }
    }
    add({.in = {2, channels, 9, 9},
         .outputs = channels,
         .kernel = {3, 3},
         .dilations = {2, 2},
         .begins = {2, 2},
         .group = channels,
         .residual = true});
    add({.in = {2, channels, 30}, .outputs = channels, .kernel = {9}, .begins = {4}, .group = channels});
    // Rows and pixels that do and do not come in pairs.
    for (const auto& [height, width] : {std::pair{1, 1}, {2, 3}, {3, 9}, {6, 16}, {5, 15}}) {
      add({.in = {1, channels, height, width},
           .outputs = channels,
           .kernel = {3, 3},
           .begins = {1, 1},
           .group = channels,
           .residual = true,
           .activation = UnaryKind::relu});
    }
    add({.in = {1, channels, 5, 5},
         .outputs = channels * 2,
         .kernel = {3, 3},
         .begins = {1, 1},
         .group = channels});  // multiplier
  }
  for (int64_t per_group : {2, 4, 8, 16}) {
    add({.in = {1, per_group * 4, 9, 10},
         .outputs = per_group * 4,
         .kernel = {3, 3},
         .begins = {1, 1},
         .group = 4,
         .activation = UnaryKind::relu});
    add({.in = {2, per_group * 4, 9, 10},
         .outputs = per_group * 4,
         .kernel = {3, 3},
         .strides = {2, 2},
         .begins = {1, 1},
         .group = 4,
         .residual = true});
  }
  for (int64_t per_group : {2, 4, 8}) {
    add({.in = {1, per_group * 8, 3, 25},
         .outputs = per_group * 8,
         .kernel = {2, 5},
         .dilations = {1, 2},
         .begins = {1, 4},
         .group = 8,
         .residual = true});
    add({.in = {2, per_group * 8, 41},
         .outputs = per_group * 8,
         .kernel = {7},
         .strides = {2},
         .begins = {3},
         .group = 8});
  }
  add({.in = {1, 9, 6, 6}, .outputs = 6, .kernel = {3, 3}, .begins = {1, 1}, .group = 3});
  add({.in = {1, 36, 6, 6}, .outputs = 24, .kernel = {3, 3}, .begins = {1, 1}, .group = 3});
  add({.in = {1, 20, 31}, .outputs = 10, .kernel = {3}, .begins = {1}, .group = 2});
  for (int64_t stride : {1, 2, 3}) {  // transposed
    add({.in = {1, 16, 5, 6},
         .outputs = 12,
         .kernel = {3, 3},
         .strides = {stride, stride},
         .begins = {1, 1},
         .residual = true,
         .activation = UnaryKind::relu,
         .transposed = true});
    add({.in = {2, 12, 5, 4},
         .outputs = 8,
         .kernel = {2, 4},
         .strides = {stride, 2},
         .begins = {0, 1},
         .ends = {0, 0},
         .transposed = true});
    add({.in = {1, 8, 9},
         .outputs = 16,
         .kernel = {5},
         .strides = {stride},
         .dilations = {2},
         .begins = {2},
         .ends = {1},
         .transposed = true});
    add({.in = {1, 16, 6, 6},
         .outputs = 16,
         .kernel = {3, 3},
         .strides = {stride, stride},
         .begins = {1, 1},
         .group = 16,
         .transposed = true});
    add({.in = {1, 12, 6, 6},
         .outputs = 6,
         .kernel = {3, 3},
         .strides = {stride, stride},
         .begins = {0, 0},
         .group = 3,
         .transposed = true});
  }
  add({.in = {1, 8, 4, 4}, .outputs = 8, .kernel = {1, 1}, .strides = {2, 2}, .ends = {-1, -1}, .transposed = true});
  return list;
}

void expect_cases(const std::vector<ConvCase>& list, const Target& target, const BatchOptions& options) {
  std::vector<ComparedGraph> graphs;
  for (const ConvCase& c : list) graphs.push_back({name_of(c), graph_of(c, graphs.size() + 1)});
  expect_as_interpreted(target, graphs, options, {1, 2});
}

class Convolutions : public ::testing::TestWithParam<const char*> {};

TEST_P(Convolutions, MatchTheInterpreterBitForBit) { expect_cases(cases(), *find_target(GetParam()), {}); }

INSTANTIATE_TEST_SUITE_P(Targets, Convolutions, ::testing::Values("portable", "avx2", "avx512", "scalar"), by_target);

class FastConvolutions : public ::testing::TestWithParam<const char*> {};

TEST_P(FastConvolutions, MatchTheInterpreter) {
  expect_cases(cases(), *find_target(GetParam()), {.numerics = Numerics::fast});
}

INSTANTIATE_TEST_SUITE_P(Targets, FastConvolutions, ::testing::Values("portable", "avx2", "avx512"), by_target);

/// Layers that are cut into tasks: by panels of output channels, by groups of rows, by rows where there are few groups,
/// by columns in one dimension.
class ConvolutionTasks : public ::testing::TestWithParam<const char*> {};

TEST_P(ConvolutionTasks, MatchTheInterpreterBitForBit) {
  std::vector<ConvCase> list;
  auto add = [&](const ConvCase& c) { list.push_back(completed(c)); };
  for (int64_t outputs : {24, 64, 264}) {
    for (int64_t kernel : {1, 3}) {
      const int64_t pad = kernel / 2;
      add({.in = {1, 40, 7, 7},
           .outputs = outputs,
           .kernel = {kernel, kernel},
           .begins = {pad, pad},
           .residual = true,
           .activation = UnaryKind::relu});
      add({
          .in = {2, 36, 23, 29},
          .outputs = outputs,
          .kernel = {kernel, kernel},
          .strides = {2, 2},
          .begins = {pad, pad},
      });
      add({.in = {2, 36, 61},
           .outputs = outputs,
           .kernel = {kernel},
           .begins = {pad},
           .residual = true,
           .activation = UnaryKind::relu});
      add({
          .in = {1, 48, 50},
          .outputs = outputs,
          .kernel = {kernel},
          .strides = {2},
          .begins = {pad},
      });
    }
  }
  for (int64_t kernel : {3, 5}) {  // strips of rows, and channels where there are too few rows
    for (int64_t height : {11, 23}) {
      for (int64_t stride : {1, 2}) {
        add({.in = {1, 40, height, 19},
             .outputs = 40,
             .kernel = {kernel, kernel},
             .strides = {stride, stride},
             .begins = {kernel / 2, kernel / 2},
             .group = 40,
             .activation = UnaryKind::relu});
      }
    }
  }
  for (int64_t tasks : {2, 3}) {
    SCOPED_TRACE(tasks);
    expect_cases(list, *find_target(GetParam()), {.tasks = tasks});
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ConvolutionTasks, ::testing::Values("avx2", "avx512"), by_target);

}  // namespace
}  // namespace intaglio::testing

// Tensors without elements: every operator family reads them or makes them, in front of and behind layers that stay
// blocked, and what it computes is the interpreter's bit for bit. The interpreter's values for empty sets are those of
// ONNX's own tests (tests/conformance) and of ONNX Runtime (tests/interpreter).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "ir/text.h"
#include "ir/verify.h"
#include "passes/pipeline.h"
#include "support/comparison.h"

namespace intaglio::testing {
namespace {

struct EmptyCase {
  std::string name, text;  ///< the graph without its name; the last tensor is the output
};

/// A case whose input is a constant slice of nothing, cut out of a layer that stays blocked: `nothing`, of `shape`.
EmptyCase behind_layer(const std::string& name, const std::string& shape, const std::string& starts,
                       const std::string& rest) {
  return {name,
          "input x: float32 1x3x4x4\nconstant w: float32 16x3x1x1 = hash:1\n"
          "layer = conv(x, w) {kernel 1x1} : float32 1x16x4x4\n"
          "nothing = slice(layer) {starts " +
              starts + ", steps 1 1 1 1} : float32 " + shape + "\n" + rest};
}

std::vector<EmptyCase> cases() {
  std::vector<EmptyCase> list = {
      {"elementwise",
       "input x: float32 3x0\ninput b: float32 3x1\ny = sigmoid(x) : float32 3x0\nz = add(y, b) : float32 3x0\n"},
      {"cast", "input x: float32 0x3\nz = cast(x) : int64 0x3\n"},
      {"where", "input c: bool 0x1\ninput a: float32 3\nz = where(c, a, a) : float32 0x3\n"},
      {"concat",
       "input a: float32 2x1x3\ninput b: float32 2x0x3\ninput c: float32 2x2x3\nz = concat(a, b, c) {axis 1} : float32 "
       "2x3x3\n"},
      {"concat_of_nothing", "input a: float32 2x0\nz = concat(a, a) {axis 1} : float32 2x0\n"},
      {"slice", "input x: float32 2x3x4\nz = slice(x) {starts 0 2 0, steps 1 1 1} : float32 2x0x4\n"},
      {"gather", "input x: float32 2x3x4\ninput i: int64 0\nz = gather(x, i) {axis 1} : float32 2x0x4\n"},
      {"gather_rows", "input x: float32 3x0\ninput i: int64 2\nz = gather(x, i) {axis 0} : float32 2x0\n"},
      {"expand", "input x: float32 0x1\nz = expand(x) : float32 2x0x4\n"},
      {"tile", "input x: float32 2x3\nz = tile(x) {repeats 1 0} : float32 2x0\n"},
      {"transpose", "input x: float32 2x0x4\nz = transpose(x) {permutation 2 0 1} : float32 4x2x0\n"},
      {"reshape", "input x: float32 2x0x4\nz = reshape(x) : float32 0x7\n"},
      {"pad_from_nothing", "input x: float32 0x3\nz = pad(x) {mode constant, begins 1 0, ends 1 0} : float32 2x3\n"},
      {"pad_to_nothing", "input x: float32 2x3\nz = pad(x) {mode constant, begins -1 0, ends -1 0} : float32 0x3\n"},
      {"resize",
       "input x: float32 0x3x4x4\nz = resize(x) {mode linear, coordinates half_pixel, scales 1 1 2 2} : "
       "float32 0x3x8x8\n"},
      {"softmax", "input x: float32 2x0x4\nz = softmax(x) {axis 1} : float32 2x0x4\n"},
      {"softmax_rows", "input x: float32 0x5\nz = softmax(x) {axis 1} : float32 0x5\n"},
      {"arg_max", "input x: float32 0x3\nz = arg_max(x) {axis 1} : int64 0x1\n"},
      {"matmul", "input a: float32 2x0\ninput b: float32 0x3\nz = matmul(a, b) : float32 2x3\n"},
      {"matmul_batch", "input a: float32 5x2x0\ninput b: float32 0x3\nz = matmul(a, b) : float32 5x2x3\n"},
      {"matmul_rows", "input a: float32 0x4\ninput b: float32 4x3\nz = matmul(a, b) : float32 0x3\n"},
      {"gemm_computed",
       "input a: float32 2x0\ninput b: float32 0x3\ninput c: float32 3\nz = gemm(a, b, c) {alpha 0.5, "
       "beta 2} : float32 2x3\n"},
      {"gemm_constant",
       "input a: float32 2x0\nconstant b: float32 0x3 = []\nconstant c: float32 3 = [1, 2, 3]\n"
       "z = gemm(a, b, c) : float32 2x3\n"},
      {"gemm_rows", "input a: float32 0x4\nconstant b: float32 4x3 = hash:1\nz = gemm(a, b) : float32 0x3\n"},
      {"conv_batch",
       "input x: float32 0x3x8x8\nconstant w: float32 16x3x3x3 = hash:1\nconstant v: float32 16x16x3x3 = hash:2\n"
       "a = conv(x, w) {kernel 3x3, pads 1x1 1x1} : float32 0x16x8x8\nb = relu(a) : float32 0x16x8x8\n"
       "z = conv(b, v) {kernel 3x3, pads 1x1 1x1} : float32 0x16x8x8\n"},
      {"conv_transpose_rows",
       "input x: float32 1x3x0x8\nconstant w: float32 3x16x3x3 = hash:1\nconstant b: float32 16 = hash:2\n"
       "z = conv_transpose(x, w, b) {kernel 3x3, strides 2x2} : float32 1x16x1x17\n"},
      {"max_pool", "input x: float32 0x3x8x8\nz = max_pool(x) {kernel 2x2, strides 2x2} : float32 0x3x4x4\n"},
      {"batch_norm_statistics",
       "input x: float32 0x3x4x4\ninput s: float32 3\ninput m: float32 3\nz, q, r = batch_norm(x, s, s, m, m) {epsilon "
       "1e-05, training, momentum 0.9} : float32 0x3x4x4, float32 3, float32 3\n"},
      {"group_norm",
       "input x: float32 1x4x0\ninput s: float32 4\nz = group_norm(x, s, s) {groups 2, epsilon 1e-05} : "
       "float32 1x4x0\n"},
      {"layer_norm",
       "input x: float32 0x3\ninput s: float32 3\nz, m = layer_norm(x, s) {axis 1, epsilon 1e-05} : "
       "float32 0x3, float32 0x1\n"},
      {"computed_in_front",
       "input x: float32 2x0x4\na = abs(x) : float32 2x0x4\nz = reduce_l1(a) {axes 1} : float32 2x1x4\n"},
  };
  for (const char* kind : {"sum", "prod", "max", "min", "mean", "l1", "l2", "sum_square"}) {
    // As the function bodies of ONNX write them: computed values of an empty set go into the sum.
    list.push_back({std::string("reduce_") + kind, std::string("input x: float32 2x0x4\na = mul(x, x) : float32 2x0x4\n"
                                                               "b = reduce_") +
                                                       kind +
                                                       "(a) {axes 1} : float32 2x1x4\nz = sqrt(b) : float32 2x1x4\n"});
    list.push_back(behind_layer(std::string("rows_") + kind, "1x16x0x4", "0 0 3 0",
                                std::string("z = reduce_") + kind + "(nothing) {axes 2 3} : float32 1x16x1x1\n"));
  }
  const std::string channels = "0 3 0 0", rows = "0 0 3 0";
  list.push_back(behind_layer("relu_of_nothing", "1x0x4x4", channels, "z = relu(nothing) : float32 1x0x4x4\n"));
  list.push_back(behind_layer("concat_channels", "1x0x4x4", channels,
                              "z = concat(nothing, layer, nothing) {axis 1} : float32 1x16x4x4\n"));
  list.push_back(behind_layer("concat_rows", "1x16x0x4", rows,
                              "z = concat(nothing, layer, nothing) {axis 2} : float32 1x16x4x4\n"));
  for (const char* kernel : {"3x3", "1x1"}) {
    const std::string pads = kernel[0] == '3' ? ", pads 1x1 1x1" : "";
    list.push_back(behind_layer(std::string("conv_without_channels_") + kernel, "1x0x4x4", channels,
                                std::string("constant v: float32 20x0x") + kernel +
                                    " = []\nconstant b: float32 20 = hash:3\ny = conv(nothing, v, b) {kernel " +
                                    kernel + pads +
                                    "} : float32 1x20x4x4\nconstant u: float32 8x20x1x1 = hash:4\n"
                                    "z = conv(y, u) {kernel 1x1} : float32 1x8x4x4\n"));
  }
  list.push_back(
      behind_layer("conv_without_channels_residual", "1x0x4x4", channels,
                   "constant v: float32 16x0x1x1 = []\nz = conv(nothing, v, _, layer) {kernel 1x1, residual} : "
                   "float32 1x16x4x4\n"));
  list.push_back(behind_layer("conv_transpose_without_channels", "1x0x4x4", channels,
                              "constant v: float32 0x16x3x3 = []\nconstant b: float32 16 = hash:3\n"
                              "z = conv_transpose(nothing, v, b) {kernel 3x3, strides 2x2} : float32 1x16x9x9\n"));
  list.push_back(behind_layer("conv_of_padding", "1x16x0x4", rows,
                              "constant v: float32 4x16x3x3 = hash:3\nconstant b: float32 4 = hash:4\n"
                              "z = conv(nothing, v, b) {kernel 3x3, pads 2x1 1x1} : float32 1x4x1x4\n"));
  list.push_back(behind_layer("pad_rows", "1x16x0x4", rows,
                              "z = pad(nothing) {mode constant, begins 0 0 2 0, ends 0 0 1 0} : float32 1x16x3x4\n"));
  list.push_back(
      behind_layer("flattened", "1x0x4x4", channels,
                   "f = reshape(nothing) : float32 1x0\nconstant v: float32 0x5 = []\nconstant b: float32 5 = "
                   "hash:3\nz = gemm(f, v, b) : float32 1x5\n"));
  return list;
}

Graph graph_of(const EmptyCase& test) {
  Graph graph = parse_graph("graph test\n" + test.text);
  for (TensorId output : graph[*graph.order.rbegin()].outputs) {
    if (output) graph.outputs.push_back(output);
  }
  verify(graph);
  return graph;
}

class Empty : public ::testing::TestWithParam<const char*> {};

TEST_P(Empty, MatchesTheInterpreterBitForBit) {
  std::vector<ComparedGraph> graphs;
  for (const EmptyCase& test : cases()) {
    const Graph graph = graph_of(test);
    graphs.push_back({test.name, graph});
    Graph optimised = graph;
    run_passes(optimised);
    if (print(optimised) != print(graph)) graphs.push_back({test.name + ", after the passes", std::move(optimised)});
  }
  expect_as_interpreted(*find_target(GetParam()), graphs);
}

INSTANTIATE_TEST_SUITE_P(Targets, Empty, ::testing::Values("portable", "scalar"), by_target);

}  // namespace
}  // namespace intaglio::testing

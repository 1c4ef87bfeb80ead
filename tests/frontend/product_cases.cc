// Convolutions and matrix products: what they become, and what of them is refused.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/node_cases.h"

namespace intaglio::testing {

NodeCases product_cases() {
  NodeCases cases;
  cases.imported = {
      {"Conv",
       17,
       {1, 3, 8, 8},
       on("Conv", {"x", "w", "b"}, {integers("pads", {0, 0, 1, 1}), integers("strides", {2, 2})}),
       "y = conv(x, w, b) {kernel 3x3, strides 2x2, pads 0x0 1x1} : float32 1x4x4x4\n",
       {{"w", weights({4, 3, 3, 3})}, {"b", weights({4})}}},
      {"ConvSameUpper",
       17,
       {1, 1, 6},
       on("Conv", {"x", "w"}, {text("auto_pad", "SAME_UPPER"), integers("strides", {2})}),
       "y = conv(x, w) {kernel 3, strides 2, pads 0 1} : float32 1x1x3\n",
       {{"w", weights({1, 1, 3})}}},
      {"ConvSameLowerDilated",
       17,
       {1, 1, 6},
       on("Conv", {"x", "w"}, {text("auto_pad", "SAME_LOWER"), integers("dilations", {3})}),
       "y = conv(x, w) {kernel 2, dilations 3, pads 2 1} : float32 1x1x6\n",
       {{"w", weights({1, 1, 2})}}},
      {"ConvDepthwise",
       17,
       {1, 4, 5},
       on("Conv", {"x", "w"}, {integer("group", 4)}),
       "y = conv(x, w) {kernel 2, group 4} : float32 1x4x4\n",
       {{"w", weights({4, 1, 2})}}},
      {"ConvTransposeOutputPadding",
       17,
       {1, 2, 3},
       on("ConvTranspose", {"x", "w"},
          {integers("strides", {2}), integers("pads", {1, 1}), integers("output_padding", {1})}),
       "y = conv_transpose(x, w) {kernel 3, strides 2, pads 1 0} : float32 1x5x6\n",
       {{"w", weights({2, 5, 3})}}},
      {"ConvTransposeOutputShape",
       17,
       {1, 1, 3},
       on("ConvTranspose", {"x", "w"}, {integers("strides", {3}), integers("output_shape", {10})}),
       "y = conv_transpose(x, w) {kernel 3, strides 3, pads 0 -1} : float32 1x1x10\n",
       {{"w", weights({1, 1, 3})}}},
      {"Gemm",
       17,
       {2, 3},
       on("Gemm", {"x", "w", "c"}, {integer("transB", 1), number("beta", 0.5f)}),
       "y = gemm(x, w, c) {trans_b, beta 0.5} : float32 2x4\n",
       {{"w", weights({4, 3})}, {"c", weights({4})}}},
      {"MatMulBatched",
       17,
       {2, 5, 3},
       on("MatMul", {"x", "w"}),
       "y = matmul(x, w) : float32 2x5x4\n",
       {{"w", weights({3, 4})}}},
      {"MatMulVector", 17, {3}, on("MatMul", {"x", "w"}), "y = matmul(x, w) : float32 4\n", {{"w", weights({3, 4})}}},
  };
  cases.refused = {
      {"ConvGroup", on("Conv", {"x", "w"}, {integer("group", 2)}),
       "Conv with 2 groups has weights of shape 4x4x3, which do not fit an input of shape 1x4x6"},
      {"ConvKernelShape", on("Conv", {"x", "w"}, {integers("kernel_shape", {5})}),
       "kernel_shape 5 differs from the weights' 3"},
      {"ConvPadsCount", on("Conv", {"x", "w"}, {integers("pads", {1})}),
       "attribute 'pads' has 1 entries where 2 are needed"},
      {"ConvStride", on("Conv", {"x", "w"}, {integers("strides", {0})}),
       "attribute 'strides' holds 0, which is not between 1 and 2^30"},
      {"ConvTooLarge", on("Conv", {"x", "w"}, {integers("dilations", {4})}),
       "the kernel of Conv covers 9 elements, but the padded input has only 6"},
      {"ConvTooPadded", on("Conv", {"x", "w"}, {integers("pads", {1 << 29, 0}), integers("strides", {1 << 29})}),
       "the padded input of Conv has shape 1x4x536870918, more than 2^31 elements"},
      {"ConvWithoutChannels", on("Conv", {"x", "none"}), "the weights of Conv have no output channels"},
      {"ConvAutoPad", on("Conv", {"x", "w"}, {text("auto_pad", "SAME")}), "auto_pad = 'SAME' is not supported"},
      {"ConvBias", on("Conv", {"x", "w", "s"}), "operands of Conv have different types, float32 and int64"},
      {"GemmRank", on("Gemm", {"x", "v"}), "A of Gemm must have 2 dimensions, but has shape 1x4x6"},
      {"MatMulInner", on("MatMul", {"x", "v"}),
       "operands of MatMul have shapes 1x4x6 and 4, whose inner extents differ"},
      {"ConvTransposeSameOfGaps",
       on("ConvTranspose", {"x", "w"}, {text("auto_pad", "SAME_UPPER"), integers("strides", {4})}),
       "ConvTranspose with auto_pad and a stride of 4 larger than its kernel, which covers 3, is not supported: the "
       "definition and ONNX Runtime differ"},
  };
  return cases;
}

}  // namespace intaglio::testing

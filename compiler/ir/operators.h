// The normalised operators of a Graph: one struct each, with its name and its attributes, gathered in a std::variant.
// Those that work element by element are in elementwise.h.
//
// Importers translate every ONNX operator and opset version into these; what ONNX spells in many ways
// (GlobalAveragePool, ReduceMean with axes as attribute or input; Flatten, Squeeze, Unsqueeze) has one form here.
// All shapes are static: the output tensors of a node carry their shapes, so attributes that only determine an output
// shape are not kept. `visit_attributes` lists what is kept (attributes.h); without it an operator does not compile.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "ir/attributes.h"
#include "ir/elementwise.h"
#include "ir/tensor.h"

namespace intaglio {

// ---- convolution and products ---------------------------------------------------------------------------------------

/// A sliding window: one entry per spatial dimension (1 or 2). Negative pads leave elements at the edge unread.
struct Window {
  std::vector<int64_t> kernel, strides, dilations, pads_begin, pads_end;
  size_t rank() const { return kernel.size(); }
  void visit_attributes(auto& visitor) {
    visitor.extents("kernel", kernel, attributes::always);
    visitor.extents("strides", strides, 1);
    visitor.extents("dilations", dilations, 1);
    visitor.pads(pads_begin, pads_end);
  }
  bool operator==(const Window&) const = default;
};

/// What happens to a result before it is stored: y = final_activation(activation(result) + residual).
/// Without a residual final_activation is identity. The residual has the result's shape and is the node's last input.
struct Epilogue {
  Unary activation;
  bool residual = false;
  Unary final_activation;
  void visit_attributes(auto& visitor) {
    visitor.function("activation", activation);
    visitor.flag("residual", residual, false);
    visitor.function("final_activation", final_activation);
  }
  bool operator==(const Epilogue&) const = default;
};

/// ONNX Conv. Inputs x [N,C,(H,)W], w [M,C/group,(kH,)kW], bias [M] or missing, residual if the epilogue says so.
struct Conv {
  static constexpr std::string_view name = "conv";
  Window window;
  int64_t group = 1;
  Epilogue epilogue;
  void visit_attributes(auto& visitor) {
    window.visit_attributes(visitor);
    visitor.integer("group", group, 1);
    epilogue.visit_attributes(visitor);
  }
  bool operator==(const Conv&) const = default;
};

/// ONNX ConvTranspose. Inputs x [N,C,(H,)W], w [C,M/group,(kH,)kW], bias [M] or missing, residual. Pads crop the full
/// result; output_padding and output_shape are resolved into window.pads and the output tensor's shape, so that
/// out = (in - 1) stride + (kernel - 1) dilation + 1 - pad_begin - pad_end; pad_end may be negative (output padding).
struct ConvTranspose {
  static constexpr std::string_view name = "conv_transpose";
  Window window;
  int64_t group = 1;
  Epilogue epilogue;
  void visit_attributes(auto& visitor) {
    window.visit_attributes(visitor);
    visitor.integer("group", group, 1);
    epilogue.visit_attributes(visitor);
  }
  bool operator==(const ConvTranspose&) const = default;
};

/// ONNX Gemm: alpha A' B' + beta C. Inputs a, b, c or missing (broadcast to [M,N]), residual.
struct Gemm {
  static constexpr std::string_view name = "gemm";
  bool trans_a = false, trans_b = false;
  float alpha = 1, beta = 1;
  Epilogue epilogue;
  void visit_attributes(auto& visitor) {
    visitor.flag("trans_a", trans_a, false);
    visitor.flag("trans_b", trans_b, false);
    visitor.number("alpha", alpha, 1);
    visitor.number("beta", beta, 1);
    epilogue.visit_attributes(visitor);
  }
  bool operator==(const Gemm&) const = default;
};

/// ONNX / NumPy matmul of any ranks, inputs (a, b).
struct MatMul {
  static constexpr std::string_view name = "matmul";
  void visit_attributes(auto&) {}
  bool operator==(const MatMul&) const = default;
};

// ---- normalisation --------------------------------------------------------------------------------------------------

/// ONNX BatchNormalization over axis 1. Inputs x, scale [C], bias [C], mean [C], variance [C]; outputs y and, in
/// training mode, optionally running mean and running variance:
/// running = running momentum + batch (1 - momentum), with the biased variance of the batch.
struct BatchNorm {
  static constexpr std::string_view name = "batch_norm";
  float epsilon = 1e-5f;
  bool training = false;
  float momentum = 0.9f;
  void visit_attributes(auto& visitor) {
    visitor.number("epsilon", epsilon, attributes::always_number);
    visitor.flag("training", training, false);
    if (training) visitor.number("momentum", momentum, attributes::always_number);
  }
  bool operator==(const BatchNorm&) const = default;
};

/// Group normalisation over [N,C,...] with per-channel scale [C] and bias [C]; InstanceNormalization has groups = C.
struct GroupNorm {
  static constexpr std::string_view name = "group_norm";
  int64_t groups = 1;
  float epsilon = 1e-5f;
  void visit_attributes(auto& visitor) {
    visitor.integer("groups", groups, attributes::always);
    visitor.number("epsilon", epsilon, attributes::always_number);
  }
  bool operator==(const GroupNorm&) const = default;
};

/// ONNX LayerNormalization over axes axis..rank-1. Inputs x, scale, bias or missing (broadcastable to the normalised
/// shape); outputs y, and optionally mean and inverse standard deviation.
struct LayerNorm {
  static constexpr std::string_view name = "layer_norm";
  int64_t axis = -1;  ///< non-negative after import
  float epsilon = 1e-5f;
  void visit_attributes(auto& visitor) {
    visitor.integer("axis", axis, attributes::always);
    visitor.number("epsilon", epsilon, attributes::always_number);
  }
  bool operator==(const LayerNorm&) const = default;
};

/// Softmax or log-softmax along one axis (opset < 13 files are normalised by reshapes).
struct Softmax {
  int64_t axis = 0;
  bool log = false;
  void visit_attributes(auto& visitor) { visitor.integer("axis", axis, attributes::always); }
  bool operator==(const Softmax&) const = default;
};

// ---- pooling and reduction ------------------------------------------------------------------------------------------

enum class PoolKind : uint8_t { max, average, lp };
/// MaxPool, AveragePool, LpPool over [N,C,(H,)W]; a ceil_mode overhang shows only in the output shape. Max pooling may
/// have a second output with int64 indices into the flattened input
/// (column-major within a plane if storage_order is 1).
struct Pool {
  PoolKind kind = PoolKind::max;
  Window window;
  bool count_include_pad = false;  ///< average: padding counts, the ceil overhang never does
  int64_t p = 2;                   ///< lp
  int64_t storage_order = 0;
  void visit_attributes(auto& visitor) {
    window.visit_attributes(visitor);
    visitor.flag("count_include_pad", count_include_pad, false);
    visitor.integer("p", p, 2);
    visitor.integer("storage_order", storage_order, 0);
  }
  bool operator==(const Pool&) const = default;
};

enum class ReduceKind : uint8_t { mean, sum, max, min, prod, l1, l2, sum_square };
std::string_view reduce_name(ReduceKind kind);
bool parse_reduce(std::string_view name, ReduceKind& kind);
/// Reduction over `axes` (ascending, non-negative, possibly none). GlobalAveragePool is a mean over the spatial axes.
struct Reduce {
  ReduceKind kind = ReduceKind::mean;
  std::vector<int64_t> axes;
  bool keep_dims = true;
  void visit_attributes(auto& visitor) {
    visitor.integers("axes", axes);
    visitor.flag("keep_dims", keep_dims, true);
  }
  bool operator==(const Reduce&) const = default;
};

/// Index (int64) of the largest / smallest element along an axis.
struct ArgReduce {
  bool max = true;
  int64_t axis = 0;
  bool keep_dims = true;
  bool select_last_index = false;
  void visit_attributes(auto& visitor) {
    visitor.integer("axis", axis, attributes::always);
    visitor.flag("keep_dims", keep_dims, true);
    visitor.flag("select_last_index", select_last_index, false);
  }
  bool operator==(const ArgReduce&) const = default;
};

/// Running sums along an axis, only of constants, as FoldedFunction. `exclusive`: of what stands before an element,
/// without it. `reverse`: from the axis's end.
struct CumulativeSum {
  static constexpr std::string_view name = "cumulative_sum";
  int64_t axis = 0;
  bool exclusive = false;
  bool reverse = false;
  void visit_attributes(auto& visitor) {
    visitor.integer("axis", axis, attributes::always);
    visitor.flag("exclusive", exclusive, false);
    visitor.flag("reverse", reverse, false);
  }
  bool operator==(const CumulativeSum&) const = default;
};

// ---- data movement --------------------------------------------------------------------------------------------------

struct Concat {
  static constexpr std::string_view name = "concat";
  int64_t axis = 0;
  void visit_attributes(auto& visitor) { visitor.integer("axis", axis, attributes::always); }
  bool operator==(const Concat&) const = default;
};

/// y[i] = x[start + i step] per axis; one entry per axis of x; steps may be negative. Split imports as slices.
struct Slice {
  static constexpr std::string_view name = "slice";
  std::vector<int64_t> starts, steps;
  void visit_attributes(auto& visitor) {
    visitor.integers("starts", starts);
    visitor.integers("steps", steps);
  }
  bool operator==(const Slice&) const = default;
};

enum class PadMode : uint8_t { constant, reflect, edge, wrap };
inline constexpr std::array<std::string_view, 4> pad_modes = {"constant", "reflect", "edge", "wrap"};
/// One entry per axis in begins and ends; negative entries crop. Inputs x, value (scalar constant) or missing (0).
struct Pad {
  static constexpr std::string_view name = "pad";
  PadMode mode = PadMode::constant;
  std::vector<int64_t> begins, ends;
  void visit_attributes(auto& visitor) {
    visitor.choice("mode", mode, pad_modes);
    visitor.integers("begins", begins);
    visitor.integers("ends", ends);
  }
  bool operator==(const Pad&) const = default;
};

/// y axis i is x axis permutation[i].
struct Transpose {
  static constexpr std::string_view name = "transpose";
  std::vector<int64_t> permutation;
  void visit_attributes(auto& visitor) { visitor.integers("permutation", permutation); }
  bool operator==(const Transpose&) const = default;
};

/// Same elements in row-major order under the output tensor's shape (Reshape, Flatten, Squeeze, Unsqueeze).
struct Reshape {
  static constexpr std::string_view name = "reshape";
  void visit_attributes(auto&) {}
  bool operator==(const Reshape&) const = default;
};

/// Broadcast to the output tensor's shape.
struct Expand {
  static constexpr std::string_view name = "expand";
  void visit_attributes(auto&) {}
  bool operator==(const Expand&) const = default;
};

struct Tile {
  static constexpr std::string_view name = "tile";
  std::vector<int64_t> repeats;
  void visit_attributes(auto& visitor) { visitor.integers("repeats", repeats); }
  bool operator==(const Tile&) const = default;
};

/// ONNX Gather, inputs (x, indices int32/int64, negative ones count from the end).
struct Gather {
  static constexpr std::string_view name = "gather";
  int64_t axis = 0;
  void visit_attributes(auto& visitor) { visitor.integer("axis", axis, attributes::always); }
  bool operator==(const Gather&) const = default;
};

/// ONNX GatherElements, inputs (x, indices as of Gather, of x's extents but for the axis): every element of the result,
/// which has the shape of the indices, lies in x where it lies itself, but for its index along the axis.
struct GatherElements {
  static constexpr std::string_view name = "gather_elements";
  int64_t axis = 0;
  void visit_attributes(auto& visitor) { visitor.integer("axis", axis, attributes::always); }
  bool operator==(const GatherElements&) const = default;
};

enum class ResizeMode : uint8_t { nearest, linear, cubic };
inline constexpr std::array<std::string_view, 3> resize_modes = {"nearest", "linear", "cubic"};
enum class CoordinateTransform : uint8_t {
  half_pixel,
  half_pixel_symmetric,
  pytorch_half_pixel,
  align_corners,
  asymmetric,
  tf_crop_and_resize
};
inline constexpr std::array<std::string_view, 6> coordinate_transforms = {
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize"};
enum class NearestMode : uint8_t { round_prefer_floor, round_prefer_ceil, floor, ceil };
inline constexpr std::array<std::string_view, 4> nearest_modes = {"round_prefer_floor", "round_prefer_ceil", "floor",
                                                                  "ceil"};
/// ONNX Resize / Upsample with everything resolved; ir/resized_axis.h says which elements meet.
struct Resize {
  static constexpr std::string_view name = "resize";
  ResizeMode mode = ResizeMode::nearest;
  CoordinateTransform coordinates = CoordinateTransform::half_pixel;
  NearestMode nearest = NearestMode::round_prefer_floor;
  std::vector<float> scales;  ///< per axis of x, output / input; empty: the ratio of the extents (a model with sizes)
  std::vector<float> roi;     ///< starts then ends per axis; empty unless tf_crop_and_resize
  float cubic_coefficient = -0.75f;
  bool exclude_outside = false;
  bool antialias = false;
  float extrapolation = 0;  ///< tf_crop_and_resize
  void visit_attributes(auto& visitor) {
    visitor.choice("mode", mode, resize_modes);
    visitor.choice("coordinates", coordinates, coordinate_transforms);
    if (mode == ResizeMode::nearest) visitor.choice("nearest", nearest, nearest_modes);
    visitor.numbers("scales", scales);
    visitor.numbers("roi", roi);
    if (mode == ResizeMode::cubic) visitor.number("cubic_coefficient", cubic_coefficient, attributes::always_number);
    visitor.flag("exclude_outside", exclude_outside, false);
    visitor.flag("antialias", antialias, false);
    if (coordinates == CoordinateTransform::tf_crop_and_resize)
      visitor.number("extrapolation", extrapolation, attributes::always_number);
  }
  bool operator==(const Resize&) const = default;
};

using Operator = std::variant<Unary, Binary, Where, Cast, Conv, ConvTranspose, Gemm, MatMul, BatchNorm, GroupNorm,
                              LayerNorm, Softmax, Pool, Reduce, ArgReduce, Concat, Slice, Pad, Transpose, Reshape,
                              Expand, Tile, Gather, GatherElements, Resize, FoldedFunction, CumulativeSum>;

/// The place of an operator in the variant Operator.
template <class Op>
inline constexpr size_t operator_index = []<class... All>(std::type_identity<std::variant<All...>>) {
  size_t index = 0;
  ((std::is_same_v<Op, All> || (++index, false)) || ...);
  return index;
}(std::type_identity<Operator>());

/// Name in IR text: "conv", "relu" (unary and binary print their kind), "max_pool", "reduce_mean", ...
std::string_view operator_name(const Operator& op);

}  // namespace intaglio

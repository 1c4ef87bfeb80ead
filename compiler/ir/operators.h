// The normalised operators of a Graph: one attribute struct each, gathered in a std::variant.
//
// Importers translate every ONNX operator and opset version into these; what ONNX spells in many ways
// (GlobalAveragePool, ReduceMean with axes as attribute or input; Flatten, Squeeze, Unsqueeze) has one form here.
// All shapes are static: the output tensors of a node carry their shapes, so attributes that only determine an output
// shape are not kept.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <iterator>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/tensor.h"

namespace intaglio {

// ---- elementwise ----------------------------------------------------------------------------------------------------

/// Functions of one element. `alpha` and `beta` of Unary mean what the comment says;
/// ONNX defaults are filled in on import.
enum class UnaryKind : uint8_t {
  identity,
  neg,
  abs,
  sqrt,
  reciprocal,
  exp,
  log,
  floor,
  ceil,
  round,
  sign,
  erf,
  logical_not,
  relu,
  leaky_relu,        ///< x < 0 ? alpha x : x
  elu,               ///< x < 0 ? alpha (exp(x) - 1) : x
  selu,              ///< beta (x <= 0 ? alpha (exp(x) - 1) : x)          beta is ONNX's gamma
  celu,              ///< max(0, x) + min(0, alpha (exp(x / alpha) - 1))
  thresholded_relu,  ///< x > alpha ? x : 0
  hard_sigmoid,      ///< max(0, min(1, alpha x + beta))
  hard_swish,        ///< x max(0, min(1, x / 6 + 0.5))
  sigmoid,
  tanh,
  sinh,
  softplus,
  softsign,
  gelu,       ///< x / 2 (1 + erf(x / sqrt 2))
  gelu_tanh,  ///< x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
  mish,       ///< x tanh(softplus(x))
  swish,      ///< x sigmoid(alpha x)
  clip,       ///< min(max(x, alpha), beta)
};
/// What goes through all of them ends here.
inline constexpr UnaryKind last_unary = UnaryKind::clip;

enum class UnaryParameters : uint8_t { none, alpha, alpha_and_beta };
struct UnaryRow {
  UnaryKind kind;
  std::string_view name;  ///< in IR text; generated code calls f32x8_<name>
  UnaryParameters parameters = UnaryParameters::none;
};
/// In the order of the enumeration, so that a kind indexes its row.
inline constexpr UnaryRow unary_rows[] = {
    {UnaryKind::identity, "identity"},
    {UnaryKind::neg, "neg"},
    {UnaryKind::abs, "abs"},
    {UnaryKind::sqrt, "sqrt"},
    {UnaryKind::reciprocal, "reciprocal"},
    {UnaryKind::exp, "exp"},
    {UnaryKind::log, "log"},
    {UnaryKind::floor, "floor"},
    {UnaryKind::ceil, "ceil"},
    {UnaryKind::round, "round"},
    {UnaryKind::sign, "sign"},
    {UnaryKind::erf, "erf"},
    {UnaryKind::logical_not, "logical_not"},
    {UnaryKind::relu, "relu"},
    {UnaryKind::leaky_relu, "leaky_relu", UnaryParameters::alpha},
    {UnaryKind::elu, "elu", UnaryParameters::alpha},
    {UnaryKind::selu, "selu", UnaryParameters::alpha_and_beta},
    {UnaryKind::celu, "celu", UnaryParameters::alpha},
    {UnaryKind::thresholded_relu, "thresholded_relu", UnaryParameters::alpha},
    {UnaryKind::hard_sigmoid, "hard_sigmoid", UnaryParameters::alpha_and_beta},
    {UnaryKind::hard_swish, "hard_swish"},
    {UnaryKind::sigmoid, "sigmoid"},
    {UnaryKind::tanh, "tanh"},
    {UnaryKind::sinh, "sinh"},
    {UnaryKind::softplus, "softplus"},
    {UnaryKind::softsign, "softsign"},
    {UnaryKind::gelu, "gelu"},
    {UnaryKind::gelu_tanh, "gelu_tanh"},
    {UnaryKind::mish, "mish"},
    {UnaryKind::swish, "swish", UnaryParameters::alpha},
    {UnaryKind::clip, "clip", UnaryParameters::alpha_and_beta},
};
static_assert(std::size(unary_rows) == static_cast<size_t>(last_unary) + 1);
static_assert([] {
  for (size_t i = 0; i < std::size(unary_rows); ++i) {
    if (static_cast<size_t>(unary_rows[i].kind) != i) return false;
  }
  return true;
}());

std::string_view unary_name(UnaryKind kind);
bool parse_unary(std::string_view name, UnaryKind& kind);
/// True when the function uses alpha / beta (what the text form prints).
bool unary_uses_alpha(UnaryKind kind);
bool unary_uses_beta(UnaryKind kind);

/// y = f(x), same shape; float32 (neg, abs, sign and clip also integers; logical_not booleans).
struct Unary {
  UnaryKind kind = UnaryKind::identity;
  float alpha = 0;
  float beta = 0;
  bool operator==(const Unary&) const = default;
};

/// Functions of two elements with ONNX multidirectional broadcasting. Comparisons yield booleans.
enum class BinaryKind : uint8_t {
  add,
  sub,
  mul,
  div,
  pow,
  min,
  max,
  prelu,  ///< prelu: x < 0 ? slope x : x, inputs (x, slope)
  equal,
  greater,
  less,
  greater_or_equal,
  less_or_equal,
  logical_and,
  logical_or,
};
std::string_view binary_name(BinaryKind kind);
bool parse_binary(std::string_view name, BinaryKind& kind);
bool is_comparison(BinaryKind kind);  ///< result type differs from the operands' type: equal ... less_or_equal

struct Binary {
  BinaryKind kind = BinaryKind::add;
  bool operator==(const Binary&) const = default;
};

/// y = condition ? a : b, inputs (condition, a, b), broadcast three ways.
struct Where {
  static constexpr std::string_view name = "where";
  bool operator==(const Where&) const = default;
};

/// Conversion to the type of the output tensor. Float to integer truncates toward zero; to boolean is x != 0.
struct Cast {
  static constexpr std::string_view name = "cast";
  bool operator==(const Cast&) const = default;
};

// ---- convolution and products ---------------------------------------------------------------------------------------

/// A sliding window: one entry per spatial dimension (1 or 2). Pads may be negative only where an importer says so.
struct Window {
  std::vector<int64_t> kernel, strides, dilations, pads_begin, pads_end;
  size_t rank() const { return kernel.size(); }
  bool operator==(const Window&) const = default;
};

/// What happens to a result before it is stored: y = final_activation(activation(result) + residual).
/// Without a residual final_activation is identity. The residual has the result's shape and is the node's last input.
struct Epilogue {
  Unary activation;
  bool residual = false;
  Unary final_activation;
  bool operator==(const Epilogue&) const = default;
};

/// ONNX Conv. Inputs x [N,C,(H,)W], w [M,C/group,(kH,)kW], bias [M] or missing, residual if the epilogue says so.
struct Conv {
  static constexpr std::string_view name = "conv";
  Window window;
  int64_t group = 1;
  Epilogue epilogue;
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
  bool operator==(const ConvTranspose&) const = default;
};

/// ONNX Gemm: alpha A' B' + beta C. Inputs a, b, c or missing (broadcast to [M,N]), residual.
struct Gemm {
  static constexpr std::string_view name = "gemm";
  bool trans_a = false, trans_b = false;
  float alpha = 1, beta = 1;
  Epilogue epilogue;
  bool operator==(const Gemm&) const = default;
};

/// ONNX / NumPy matmul of any ranks, inputs (a, b).
struct MatMul {
  static constexpr std::string_view name = "matmul";
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
  bool operator==(const BatchNorm&) const = default;
};

/// Group normalisation over [N,C,...] with per-channel scale [C] and bias [C]; InstanceNormalization has groups = C.
struct GroupNorm {
  static constexpr std::string_view name = "group_norm";
  int64_t groups = 1;
  float epsilon = 1e-5f;
  bool operator==(const GroupNorm&) const = default;
};

/// ONNX LayerNormalization over axes axis..rank-1. Inputs x, scale, bias or missing (broadcastable to the normalised
/// shape); outputs y, and optionally mean and inverse standard deviation.
struct LayerNorm {
  static constexpr std::string_view name = "layer_norm";
  int64_t axis = -1;  ///< non-negative after import
  float epsilon = 1e-5f;
  bool operator==(const LayerNorm&) const = default;
};

/// Softmax or log-softmax along one axis (opset < 13 files are normalised by reshapes).
struct Softmax {
  int64_t axis = 0;
  bool log = false;
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
  bool operator==(const Reduce&) const = default;
};

/// Index (int64) of the largest / smallest element along an axis.
struct ArgReduce {
  bool max = true;
  int64_t axis = 0;
  bool keep_dims = true;
  bool select_last_index = false;
  bool operator==(const ArgReduce&) const = default;
};

// ---- data movement --------------------------------------------------------------------------------------------------

struct Concat {
  static constexpr std::string_view name = "concat";
  int64_t axis = 0;
  bool operator==(const Concat&) const = default;
};

/// y[i] = x[start + i step] per axis; one entry per axis of x; steps may be negative. Split imports as slices.
struct Slice {
  static constexpr std::string_view name = "slice";
  std::vector<int64_t> starts, steps;
  bool operator==(const Slice&) const = default;
};

enum class PadMode : uint8_t { constant, reflect, edge, wrap };
/// One entry per axis in begins and ends; negative entries crop. Inputs x, value (scalar constant) or missing (0).
struct Pad {
  static constexpr std::string_view name = "pad";
  PadMode mode = PadMode::constant;
  std::vector<int64_t> begins, ends;
  bool operator==(const Pad&) const = default;
};

/// y axis i is x axis permutation[i].
struct Transpose {
  static constexpr std::string_view name = "transpose";
  std::vector<int64_t> permutation;
  bool operator==(const Transpose&) const = default;
};

/// Same elements in row-major order under the output tensor's shape (Reshape, Flatten, Squeeze, Unsqueeze).
struct Reshape {
  static constexpr std::string_view name = "reshape";
  bool operator==(const Reshape&) const = default;
};

/// Broadcast to the output tensor's shape.
struct Expand {
  static constexpr std::string_view name = "expand";
  bool operator==(const Expand&) const = default;
};

struct Tile {
  static constexpr std::string_view name = "tile";
  std::vector<int64_t> repeats;
  bool operator==(const Tile&) const = default;
};

/// ONNX Gather, inputs (x, indices int32/int64, negative ones count from the end).
struct Gather {
  static constexpr std::string_view name = "gather";
  int64_t axis = 0;
  bool operator==(const Gather&) const = default;
};

/// ONNX GatherElements, inputs (x, indices as of Gather, of x's extents but for the axis): every element of the result,
/// which has the shape of the indices, lies in x where it lies itself, but for its index along the axis.
struct GatherElements {
  static constexpr std::string_view name = "gather_elements";
  int64_t axis = 0;
  bool operator==(const GatherElements&) const = default;
};

enum class ResizeMode : uint8_t { nearest, linear, cubic };
enum class CoordinateTransform : uint8_t {
  half_pixel,
  half_pixel_symmetric,
  pytorch_half_pixel,
  align_corners,
  asymmetric,
  tf_crop_and_resize
};
enum class NearestMode : uint8_t { round_prefer_floor, round_prefer_ceil, floor, ceil };
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
  bool operator==(const Resize&) const = default;
};

using Operator = std::variant<Unary, Binary, Where, Cast, Conv, ConvTranspose, Gemm, MatMul, BatchNorm, GroupNorm,
                              LayerNorm, Softmax, Pool, Reduce, ArgReduce, Concat, Slice, Pad, Transpose, Reshape,
                              Expand, Tile, Gather, GatherElements, Resize>;

/// Name in IR text: "conv", "relu" (unary and binary print their kind), "max_pool", "reduce_mean", ...
std::string_view operator_name(const Operator& op);

}  // namespace intaglio

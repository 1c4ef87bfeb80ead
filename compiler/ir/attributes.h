// The attributes of every operator, listed once: the printer and the parser of IR text both walk this list.
//
// A visitor has these members; each gets the key under which the text form shows the attribute, and a default with
// which it is left out:
//   extents(key, vector, fallback)   "3x3"; left out when every entry is `fallback`
//   pads(begins, ends)               "pads 1x1 1x1"
//   integers(key, vector), numbers(key, vector)   "0 2 3"
//   integer(key, value, fallback), number(key, value, fallback), flag(key, value, fallback)
//   choice(key, enumerator, names)
//   function(key, Unary)             "clip 0 6"
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <array>
#include <limits>
#include <string_view>

#include "ir/operators.h"

namespace intaglio::attributes {

/// A fallback that no attribute has: always shown.
inline constexpr int64_t always = std::numeric_limits<int64_t>::min();
inline constexpr float always_number = std::numeric_limits<float>::quiet_NaN();

inline constexpr std::array<std::string_view, 4> pad_modes = {"constant", "reflect", "edge", "wrap"};
inline constexpr std::array<std::string_view, 3> resize_modes = {"nearest", "linear", "cubic"};
inline constexpr std::array<std::string_view, 6> coordinate_transforms = {
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize"};
inline constexpr std::array<std::string_view, 4> nearest_modes = {"round_prefer_floor", "round_prefer_ceil", "floor",
                                                                  "ceil"};

// Operators without attributes, or whose only attribute is their name. There is no overload for all others: an operator
// whose list is missing does not compile.
template <class Visitor>
void visit(Visitor&, Binary&) {}
template <class Visitor>
void visit(Visitor&, Where&) {}
template <class Visitor>
void visit(Visitor&, Cast&) {}
template <class Visitor>
void visit(Visitor&, MatMul&) {}
template <class Visitor>
void visit(Visitor&, Reshape&) {}
template <class Visitor>
void visit(Visitor&, Expand&) {}

template <class Visitor>
void visit(Visitor& visitor, Unary& op) {
  if (unary_uses_alpha(op.kind)) visitor.number("alpha", op.alpha, always_number);
  if (unary_uses_beta(op.kind)) visitor.number("beta", op.beta, always_number);
}

template <class Visitor>
void visit(Visitor& visitor, Window& window) {
  visitor.extents("kernel", window.kernel, always);
  visitor.extents("strides", window.strides, 1);
  visitor.extents("dilations", window.dilations, 1);
  visitor.pads(window.pads_begin, window.pads_end);
}

template <class Visitor>
void visit(Visitor& visitor, Epilogue& epilogue) {
  visitor.function("activation", epilogue.activation);
  visitor.flag("residual", epilogue.residual, false);
  visitor.function("final_activation", epilogue.final_activation);
}

template <class Visitor>
void visit(Visitor& visitor, Conv& op) {
  visit(visitor, op.window);
  visitor.integer("group", op.group, 1);
  visit(visitor, op.epilogue);
}

template <class Visitor>
void visit(Visitor& visitor, ConvTranspose& op) {
  visit(visitor, op.window);
  visitor.integer("group", op.group, 1);
  visit(visitor, op.epilogue);
}

template <class Visitor>
void visit(Visitor& visitor, Gemm& op) {
  visitor.flag("trans_a", op.trans_a, false);
  visitor.flag("trans_b", op.trans_b, false);
  visitor.number("alpha", op.alpha, 1);
  visitor.number("beta", op.beta, 1);
  visit(visitor, op.epilogue);
}

template <class Visitor>
void visit(Visitor& visitor, BatchNorm& op) {
  visitor.number("epsilon", op.epsilon, always_number);
  visitor.flag("training", op.training, false);
  if (op.training) visitor.number("momentum", op.momentum, always_number);
}

template <class Visitor>
void visit(Visitor& visitor, GroupNorm& op) {
  visitor.integer("groups", op.groups, always);
  visitor.number("epsilon", op.epsilon, always_number);
}

template <class Visitor>
void visit(Visitor& visitor, LayerNorm& op) {
  visitor.integer("axis", op.axis, always);
  visitor.number("epsilon", op.epsilon, always_number);
}

template <class Visitor>
void visit(Visitor& visitor, Softmax& op) {
  visitor.integer("axis", op.axis, always);
}

template <class Visitor>
void visit(Visitor& visitor, Pool& op) {
  visit(visitor, op.window);
  visitor.flag("count_include_pad", op.count_include_pad, false);
  visitor.integer("p", op.p, 2);
  visitor.integer("storage_order", op.storage_order, 0);
}

template <class Visitor>
void visit(Visitor& visitor, Reduce& op) {
  visitor.integers("axes", op.axes);
  visitor.flag("keep_dims", op.keep_dims, true);
}

template <class Visitor>
void visit(Visitor& visitor, ArgReduce& op) {
  visitor.integer("axis", op.axis, always);
  visitor.flag("keep_dims", op.keep_dims, true);
  visitor.flag("select_last_index", op.select_last_index, false);
}

template <class Visitor>
void visit(Visitor& visitor, Concat& op) {
  visitor.integer("axis", op.axis, always);
}

template <class Visitor>
void visit(Visitor& visitor, Slice& op) {
  visitor.integers("starts", op.starts);
  visitor.integers("steps", op.steps);
}

template <class Visitor>
void visit(Visitor& visitor, Pad& op) {
  visitor.choice("mode", op.mode, pad_modes);
  visitor.integers("begins", op.begins);
  visitor.integers("ends", op.ends);
}

template <class Visitor>
void visit(Visitor& visitor, Transpose& op) {
  visitor.integers("permutation", op.permutation);
}

template <class Visitor>
void visit(Visitor& visitor, Tile& op) {
  visitor.integers("repeats", op.repeats);
}

template <class Visitor>
void visit(Visitor& visitor, Gather& op) {
  visitor.integer("axis", op.axis, always);
}

template <class Visitor>
void visit(Visitor& visitor, GatherElements& op) {
  visitor.integer("axis", op.axis, always);
}

template <class Visitor>
void visit(Visitor& visitor, Resize& op) {
  visitor.choice("mode", op.mode, resize_modes);
  visitor.choice("coordinates", op.coordinates, coordinate_transforms);
  if (op.mode == ResizeMode::nearest) visitor.choice("nearest", op.nearest, nearest_modes);
  visitor.numbers("scales", op.scales);
  visitor.numbers("roi", op.roi);
  if (op.mode == ResizeMode::cubic) visitor.number("cubic_coefficient", op.cubic_coefficient, always_number);
  visitor.flag("exclude_outside", op.exclude_outside, false);
  visitor.flag("antialias", op.antialias, false);
  if (op.coordinates == CoordinateTransform::tf_crop_and_resize)
    visitor.number("extrapolation", op.extrapolation, always_number);
}

}  // namespace intaglio::attributes

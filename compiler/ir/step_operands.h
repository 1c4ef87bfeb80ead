// The operands of every step, listed once: memory planning, traffic, rows of steps, the text form and verification all
// walk this list.
//
// A visitor has these members:
//   reads(views...), writes(views...)   each a View or an optional one. A view may be of a weight
//   weights(ids...)                     constants that the kernel reads as they are packed; null where there is none
//   scratch(id)                         what the kernel works in
//   in_place(x, y)                      y may take over the memory of x: every element is read, by the same position,
//                                       just before it is written
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <concepts>
#include <type_traits>
#include <vector>

#include "ir/panels.h"
#include "ir/steps.h"

namespace intaglio::operands {

/// A step of this kind, to be looked at or to be changed.
template <class Step, class Kind>
concept Is = std::same_as<std::remove_const_t<Step>, Kind>;

/// The operands that convolutions and fully connected layers share.
void visit_layer(auto& visitor, auto& s) {
  visitor.reads(s.x, s.residual);
  visitor.writes(s.y);
  visitor.weights(s.weights, s.bias);
}

// There is no overload for all others: a step whose list is missing does not compile.

void visit(auto& visitor, Is<ConvolutionStep> auto& s) {
  visit_layer(visitor, s);
  // A later reduction block reads back what an earlier one stored: only a single one may overwrite the residual.
  std::vector<int64_t> segments = s.x.segments;
  if (s.groups > 1) segments = {s.x.channels() / s.groups};
  const int64_t taps = s.window.kernel_h * s.window.kernel_w;
  if (s.residual && reduction_blocks(channel_runs(segments), taps, s.reduction_block).size() == 1)
    visitor.in_place(s.residual, s.y);
}

void visit(auto& visitor, Is<WinogradStep> auto& s) {
  visit_layer(visitor, s);
  visitor.in_place(s.residual, s.y);
  visitor.scratch(s.scratch);
}

void visit(auto& visitor, Is<StrassenStep> auto& s) {
  visit_layer(visitor, s);
  visitor.in_place(s.residual, s.y);
  visitor.scratch(s.scratch);
}

void visit(auto& visitor, Is<PlanarConvolutionStep> auto& s) {
  visitor.reads(s.x);
  visitor.writes(s.y);
  visitor.weights(s.weights, s.bias);
  visitor.scratch(s.ring);
}

void visit(auto& visitor, Is<DepthwiseStep> auto& s) {
  visit_layer(visitor, s);
  visitor.in_place(s.residual, s.y);
}

void visit(auto& visitor, Is<GroupedConvolutionStep> auto& s) {
  visit_layer(visitor, s);
  visitor.weights(s.sources);
  visitor.in_place(s.residual, s.y);
}

void visit(auto& visitor, Is<FullyConnectedStep> auto& s) { visit_layer(visitor, s); }

void visit(auto& visitor, Is<PoolStep> auto& s) {
  visitor.reads(s.x);
  visitor.writes(s.y);
}

void visit(auto& visitor, Is<PlanarPoolStep> auto& s) {
  visitor.reads(s.x);
  visitor.writes(s.y, s.indices);
}

void visit(auto& visitor, Is<SpatialReduceStep> auto& s) {
  visitor.reads(s.x);
  if (!s.first()) visitor.reads(s.partials);
  s.last() ? visitor.writes(s.y) : visitor.writes(s.partials);
}

void visit(auto& visitor, Is<ElementwiseStep> auto& s) {
  for (auto& operand : s.operands) visitor.reads(operand.view);
  visitor.writes(s.y);
  for (auto& operand : s.operands) {
    const bool whole =
        operand.access == Access::full || (operand.access == Access::strided && operand.view.shape == s.y.shape);
    if (whole) visitor.in_place(operand.view, s.y);
  }
}

void visit(auto& visitor, Is<RelayoutStep> auto& s) {
  visitor.reads(s.x);
  visitor.writes(s.y);
}

void visit(auto& visitor, Is<BlockedCopyStep> auto& s) {
  visitor.reads(s.x);
  visitor.writes(s.y);
}

void visit(auto& visitor, Is<CopyStep> auto& s) {
  if (!s.fill) visitor.reads(s.x);
  visitor.writes(s.y);
}

void visit(auto& visitor, Is<TableCopyStep> auto& s) {
  visitor.reads(s.x);
  visitor.writes(s.y);
  for (WeightId table : s.tables) visitor.weights(table);  // code leaves out those whose entries are evenly spaced
}

void visit(auto& visitor, Is<ReduceStep> auto& s) {
  visitor.reads(s.x);
  visitor.writes(s.y);
}

void visit(auto& visitor, Is<ArgReduceStep> auto& s) {
  visitor.reads(s.x);
  visitor.writes(s.y);
}

void visit(auto& visitor, Is<SoftmaxStep> auto& s) {
  visitor.reads(s.x);
  visitor.writes(s.y);
}

void visit(auto& visitor, Is<NormalizeStep> auto& s) {
  visitor.reads(s.x, s.scale, s.bias);
  visitor.writes(s.y, s.mean, s.inverse_deviation);
}

void visit(auto& visitor, Is<BlockedNormalizeStep> auto& s) {
  visitor.reads(s.x);
  visitor.writes(s.y);
  visitor.weights(s.scale, s.bias);
  visitor.in_place(s.x, s.y);
  visitor.scratch(s.scratch);
}

void visit(auto& visitor, Is<BatchStatisticsStep> auto& s) {
  visitor.reads(s.x, s.scale, s.bias, s.running_mean, s.running_variance);
  visitor.writes(s.y, s.mean_output, s.variance_output);
}

void visit(auto& visitor, Is<MatMulStep> auto& s) {
  visitor.reads(s.a, s.b, s.c);
  visitor.writes(s.y);
}

void visit(auto& visitor, Is<InterpolateStep> auto& s) {
  visitor.reads(s.x);
  visitor.writes(s.y);
  visitor.weights(s.indices, s.coefficients);
}

void visit(auto& visitor, Is<BlockedResizeStep> auto& s) {
  visitor.reads(s.x);
  visitor.writes(s.y);
  visitor.weights(s.rows, s.columns, s.row_weights, s.column_weights);
}

void visit(auto& visitor, Is<GatherStep> auto& s) {
  visitor.reads(s.x, s.indices);
  visitor.writes(s.y);
}

void visit(auto& visitor, Is<ClearBorderStep> auto& s) { visitor.writes(s.y); }

}  // namespace intaglio::operands

// Chains of elementwise operators: one loop nest over axes merged where operands allow it; every operand is loaded and
// every instruction computed in the outermost loop that it depends on
// (the gate of a squeeze-and-excite block once per channel).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "backend/elementwise_expressions.h"
#include "backend/emitter.h"
#include "backend/loop_nest.h"
#include "backend/template.h"
#include "ir/axes.h"
#include "support/error.h"

namespace intaglio {

namespace {

/// The loops of a step, strides in elements of every operand, then of y; one loop at least. `names` of the axes given.
std::vector<LoopAxis> named_axes(const std::vector<int64_t>& extents, const std::vector<std::vector<int64_t>>& strides,
                                 const std::vector<std::string>& names) {
  std::vector<LoopAxis> axes;
  for (Axis& axis : merged_axes(extents, strides))
    axes.push_back({axis.extent, std::move(axis.strides), names[axis.position]});
  if (axes.empty()) {
    axes.push_back({1, {}, names.back()});
    for (const std::vector<int64_t>& operand : strides) axes.back().strides.push_back(operand.back());
  }
  return axes;
}

std::vector<int64_t> blocked_strides(const ElementwiseOperand& operand, const View& y) {
  const View& view = operand.view;
  const int64_t image = view.batch > 1 && view.batch == y.batch ? view.image_stride : 0;
  switch (operand.access) {
    case Access::full:
      return {image, view.block_stride, view.row_stride, view.pixel_stride};
    case Access::channel:
      return {image, view.blocked() ? view.block_stride : lanes_per_block, 0, 0};
    case Access::pixel:
      return {image, 0, view.row_stride, view.pixel_stride};
    case Access::scalar:
      return {0, 0, 0, 0};
    case Access::strided:
      break;
  }
  internal_error("a blocked elementwise step has a strided operand");
}

std::vector<LoopAxis> blocked_axes(const ElementwiseStep& kernel) {
  const View& y = kernel.y;
  std::vector<std::vector<int64_t>> strides;
  for (const ElementwiseOperand& operand : kernel.operands) strides.push_back(blocked_strides(operand, y));
  strides.push_back({y.image_stride, y.block_stride, y.row_stride, y.pixel_stride});
  return named_axes({y.batch, y.blocks(), y.height, y.width}, strides, {"image", "block", "row", "pixel"});
}

std::vector<LoopAxis> planar_axes(const ElementwiseStep& kernel) {
  std::vector<int64_t> extents = kernel.extents;
  if (extents.empty()) extents = {1};
  const std::vector<int64_t> dense = row_major_strides(Shape(extents)), still(extents.size(), 0);
  std::vector<std::vector<int64_t>> strides;
  for (const ElementwiseOperand& operand : kernel.operands) {
    const bool strided = operand.access == Access::strided && !kernel.extents.empty();
    strides.push_back(strided ? operand.strides : operand.access == Access::full ? dense : still);
  }
  strides.push_back(dense);
  std::vector<std::string> names;
  for (size_t i = 0; i < extents.size(); ++i) names.push_back(fmt::format("i{}", i));
  return named_axes(extents, strides, names);
}

/// Writes the statements of a chain, sorted by the loop they belong to.
class Chain {
 public:
  Chain(const ElementwiseStep& kernel, std::vector<LoopAxis> axes, Emitter& emitter)
      : kernel_(kernel), axes_(std::move(axes)), vectors_(runs_on_vectors(kernel)), emitter_(emitter) {
    const size_t operands = kernel.operands.size();
    for (size_t i = 0; i < operands; ++i) {
      values_.push_back({fmt::format("v{}", i), kernel.operands[i].view.type});
      size_t level = axes_.size();
      while (level > 0 && axes_[level - 1].strides[i] == 0) --level;
      levels_.push_back(level);
    }
    for (const ElementwiseInstruction& instruction : kernel.instructions) {
      size_t level = 0;
      for (int argument : instruction.arguments) level = std::max(level, levels_[static_cast<size_t>(argument)]);
      values_.push_back({fmt::format("v{}", values_.size()), instruction.type});
      levels_.push_back(level);
    }
  }

  /// True when the innermost loop takes 8 elements at a time and the rest by partial loads and stores.
  bool steps_by_lanes() const { return vectors_ && !kernel_.y.blocked(); }
  const std::vector<LoopAxis>& axes() const { return axes_; }

  /// Statements that belong into the first `level` loops and no deeper; the innermost ones store the result. `rest`:
  /// the innermost statements once more, for the last `rest` elements that do not fill a vector.
  std::vector<std::string> statements(size_t level, int64_t rest = 0) const {
    std::vector<std::string> lines;
    for (size_t i = 0; i < values_.size(); ++i) {
      if (levels_[i] != level) continue;
      const std::string type = vectors_ ? vector_type(values_[i].type) : c_type(values_[i].type);
      const std::string value = i < kernel_.operands.size() ? load(i, rest) : compute(i);
      lines.push_back(fmt::format("const {} {} = {};", type, values_[i].name, value));
    }
    if (level == axes_.size()) lines.push_back(store(rest));
    return lines;
  }

 private:
  std::string address(const std::string& base, size_t operand, int64_t rest) const {
    std::string text = base;
    for (size_t i = 0; i < axes_.size(); ++i) {
      const int64_t stride = axes_[i].strides[operand];
      if (stride == 0) continue;
      if (rest > 0 && i + 1 == axes_.size()) {
        const int64_t offset = axes_[i].extent - rest;
        if (offset > 0) text += fmt::format(" + {}", offset * stride);
      } else {
        text += stride == 1 ? fmt::format(" + {}", axes_[i].index) : fmt::format(" + {} * {}", axes_[i].index, stride);
      }
    }
    return text;
  }

  std::string load(size_t operand, int64_t rest) const {
    const std::string pointer = address(fmt::format("x{}", operand), operand, rest);
    if (!vectors_) return fmt::format("*({})", pointer);
    const Access access = kernel_.operands[operand].access;
    const bool spread =
        kernel_.y.blocked() ? access == Access::pixel || access == Access::scalar : axes_.back().strides[operand] == 0;
    if (spread) return fmt::format("f32x8_splat_load({})", pointer);
    return rest > 0 ? fmt::format("f32x8_load_partial({}, {})", pointer, rest) : fmt::format("f32x8_load({})", pointer);
  }

  std::string compute(size_t value) const {
    const ElementwiseInstruction& instruction = kernel_.instructions[value - kernel_.operands.size()];
    std::vector<ElementwiseValue> arguments;
    for (int argument : instruction.arguments) arguments.push_back(values_[static_cast<size_t>(argument)]);
    return vectors_ ? vector_expression(instruction, arguments, emitter_)
                    : element_expression(instruction, arguments, emitter_);
  }

  std::string store(int64_t rest) const {
    const std::string pointer = address("y", kernel_.operands.size(), rest);
    if (!vectors_) return fmt::format("*({}) = {};", pointer, values_.back().name);
    return rest > 0 ? fmt::format("f32x8_store_partial({}, {}, {});", pointer, values_.back().name, rest)
                    : fmt::format("f32x8_store({}, {});", pointer, values_.back().name);
  }

  const ElementwiseStep& kernel_;
  std::vector<LoopAxis> axes_;
  bool vectors_;
  Emitter& emitter_;
  std::vector<ElementwiseValue> values_;  ///< operands, then results
  std::vector<size_t> levels_;            ///< number of loops around each value
};

std::string wanted_name(const ElementwiseStep& kernel) {
  std::string name = "elementwise";
  if (kernel.instructions.size() > 4) {
    name += fmt::format("_chain_of_{}", kernel.instructions.size());
  } else {
    for (const ElementwiseInstruction& instruction : kernel.instructions) name += "_" + instruction_name(instruction);
  }
  return name + "_" + shape_name(kernel.y);
}

std::vector<TemplateValues> lines(const std::vector<std::string>& statements, const std::string& indent) {
  std::vector<TemplateValues> items;
  for (const std::string& statement : statements)
    items.push_back(TemplateValues().set("indent", indent).set("statement", statement));
  return items;
}

/// "v2 = mul(v0, v1)" per instruction, for the comment.
std::vector<TemplateValues> formulas(const ElementwiseStep& kernel) {
  std::vector<TemplateValues> lines;
  for (size_t i = 0; i < kernel.instructions.size(); ++i) {
    const ElementwiseInstruction& instruction = kernel.instructions[i];
    std::string arguments;
    for (int argument : instruction.arguments)
      arguments += fmt::format("{}v{}", arguments.empty() ? "" : ", ", argument);
    const bool last = i + 1 == kernel.instructions.size();
    const std::string result = last ? "y" : fmt::format("v{}", kernel.operands.size() + i);
    lines.push_back(
        TemplateValues().set("formula", fmt::format("{} = {}({})", result, instruction_name(instruction), arguments)));
  }
  return lines;
}

}  // namespace

std::string render(const ElementwiseStep& kernel, const Step&, Emitter& emitter) {
  const View& y = kernel.y;
  const Chain chain(kernel, y.blocked() ? blocked_axes(kernel) : planar_axes(kernel), emitter);
  const size_t depth = chain.axes().size();
  const int64_t last_extent = chain.axes().back().extent;
  const int64_t rest = chain.steps_by_lanes() ? last_extent % lanes_per_block : 0;
  const bool only_rest = chain.steps_by_lanes() && last_extent < lanes_per_block;

  // Elements that do not fill a vector come behind the innermost loop, or take its place.
  const std::vector<std::string> rest_lines = rest > 0 ? chain.statements(depth, rest) : std::vector<std::string>();
  const size_t loop_count = depth - (only_rest ? 1 : 0);
  auto lines_at = [&](size_t level) {
    std::vector<std::string> lines = chain.statements(level);
    if (only_rest && level == loop_count) lines.insert(lines.end(), rest_lines.begin(), rest_lines.end());
    return lines;
  };
  std::vector<TemplateValues> loops, closings;
  for (size_t level = 1; level <= loop_count; ++level) {
    const LoopAxis& axis = chain.axes()[level - 1];
    const std::string indent(2 * level, ' ');
    const bool by_lanes = level == depth && chain.steps_by_lanes();
    const std::string header = by_lanes
                                   ? fmt::format("for (ptrdiff_t {0} = 0; {0} + {1} <= {2}; {0} += {1})", axis.index,
                                                 lanes_per_block, axis.extent)
                                   : fmt::format("for (ptrdiff_t {0} = 0; {0} < {1}; ++{0})", axis.index, axis.extent);
    loops.push_back(TemplateValues()
                        .set("indent", indent)
                        .set("header", header)
                        .list("statements", lines(lines_at(level), indent)));
  }
  for (size_t level = loop_count; level > 0; --level) {
    const std::string indent(2 * level, ' ');
    const bool innermost = level == depth;
    closings.push_back(TemplateValues()
                           .set("indent", indent)
                           .list("rest", lines(innermost ? rest_lines : std::vector<std::string>(), indent)));
  }

  std::string parameters, arguments;
  for (size_t i = 0; i < kernel.operands.size(); ++i) {
    parameters += fmt::format("const {}* x{}, ", c_type(kernel.operands[i].view.type), i);
    arguments += emitter.pointer(kernel.operands[i].view) + ", ";
  }
  parameters += c_type(y.type) + "* y";
  const std::string image = y.batch == 1 ? "y" : fmt::format("y + image * {}", y.image_stride);
  const std::string clear = y.blocked() ? clear_border_statement(y, image) : "";
  const std::string name = emitter.function(wanted_name(kernel), [&](const std::string& function) {
    return render_template("kernels/elementwise.cpp.tmpl",
                           TemplateValues()
                               .set("comment", fmt::format("Elementwise over {}:", shape_name(y)))
                               .list("formulas", formulas(kernel))
                               .set("name", function)
                               .set("parameters", parameters)
                               .flag("border", !clear.empty())
                               .set("batch", y.batch)
                               .set("clear_border", clear)
                               .list("invariants", lines(lines_at(0), ""))
                               .list("loops", loops)
                               .list("closings", closings));
  });
  return fmt::format("{}({}{});", name, arguments, emitter.pointer(y));
}

}  // namespace intaglio

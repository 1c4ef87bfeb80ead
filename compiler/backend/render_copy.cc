// Planar copies by affine maps: contiguous runs move at once, transposes in tiles, everything else element by element.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/loop_nest.h"
#include "backend/template.h"

namespace intaglio {

namespace {

std::string extents_name(const std::vector<LoopAxis>& axes) {
  std::string name;
  for (const LoopAxis& axis : axes) name += (name.empty() ? "" : "x") + std::to_string(axis.extent);
  return name.empty() ? "scalar" : name;
}

std::string steps_comment(const std::vector<LoopAxis>& axes) {
  if (axes.empty()) return "one element";
  std::string extents, sources, targets;
  for (const LoopAxis& axis : axes) {
    const char* separator = extents.empty() ? "" : ", ";
    extents += fmt::format("{}{}", extents.empty() ? "" : " x ", axis.extent);
    sources += fmt::format("{}{}", separator, axis.strides[x_operand]);
    targets += fmt::format("{}{}", separator, axis.strides[y_operand]);
  }
  return fmt::format("{} elements, steps ({}) in x -> ({}) in y", extents, sources, targets);
}

/// The axis that makes a copy a transpose worth tiling: x is contiguous along it and y along the last one.
const LoopAxis* transposed_axis(const CopyStep& kernel, const std::vector<LoopAxis>& axes) {
  if (kernel.fill || kernel.y.type != ElementType::float32 || axes.size() < 2) return nullptr;
  const LoopAxis& last = axes.back();
  if (last.strides[y_operand] != 1 || last.strides[x_operand] < 2 || last.extent < 8) return nullptr;
  for (const LoopAxis& axis : axes) {
    if (axis.strides[x_operand] == 1 && axis.extent >= 8) return &axis;
  }
  return nullptr;
}

std::string render_transpose(const std::vector<LoopAxis>& axes, const LoopAxis& p, const std::string& comment,
                             const std::string& name) {
  const LoopAxis& q = axes.back();
  std::vector<LoopAxis> outer;
  for (const LoopAxis& axis : axes) {
    if (&axis != &p && &axis != &q) outer.push_back(axis);
  }
  auto pointer = [&](const char* base, Operand operand) {
    return sum_expression(
        {element_pointer(base, outer, operand), scaled("p", p.strides[operand]), scaled("q", q.strides[operand])});
  };
  return render_template("kernels/transpose.cpp.tmpl", TemplateValues()
                                                           .set("comment", comment)
                                                           .set("name", name)
                                                           .set("p_extent", p.extent)
                                                           .set("q_extent", q.extent)
                                                           .list("loops", loop_headers(outer, 1))
                                                           .set("indent", indentation(1 + outer.size()))
                                                           .set("target", pointer("y", y_operand))
                                                           .set("source", pointer("x", x_operand))
                                                           .set("p_stride", p.strides[y_operand])
                                                           .set("q_stride", q.strides[x_operand]));
}

/// One statement inside of loops; the last axis is its own when both sides are contiguous along it.
std::string render_loops(const CopyStep& kernel, std::vector<LoopAxis> axes, const std::string& comment,
                         const std::string& name) {
  const std::string type = c_type(kernel.y.type);
  int64_t run = 1;
  const bool contiguous =
      !kernel.fill && !axes.empty() && axes.back().strides[x_operand] == 1 && axes.back().strides[y_operand] == 1;
  if (contiguous && axes.back().extent >= 8) {
    run = axes.back().extent;
    axes.pop_back();
  }
  const std::string source = offset_expression(axes, x_operand), target = offset_expression(axes, y_operand);
  const std::string statement =
      run > 1 ? fmt::format("INTAGLIO_MEMCPY({}, {}, {} * sizeof({}));", element_pointer("y", axes, y_operand),
                            element_pointer("x", axes, x_operand), run, type)
              : fmt::format("y[{}] = {};", target,
                            kernel.fill ? element_literals(*kernel.fill)[0] : fmt::format("x[{}]", source));
  return render_template(
      "kernels/copy.cpp.tmpl",
      TemplateValues()
          .set("comment", comment)
          .set("name", name)
          .set("parameters", kernel.fill ? fmt::format("{}* y", type) : fmt::format("const {0}* x, {0}* y", type))
          .list("loops", loop_headers(axes, 1))
          .set("indent", indentation(1 + axes.size()))
          .set("statement", statement));
}

}  // namespace

std::string render(const CopyStep& kernel, const Step&, Emitter& emitter) {
  const std::vector<LoopAxis> axes =
      kernel.fill ? merged_axes(kernel.extents, {std::vector<int64_t>(kernel.extents.size()), kernel.y_strides}, "i")
                  : merged_axes(kernel.extents, {kernel.x_strides, kernel.y_strides}, "i");
  if (steps(axes) == 0) return {};
  const LoopAxis* p = transposed_axis(kernel, axes);
  const char* kind = kernel.fill ? "fill" : p ? "transpose" : "copy";
  const std::string comment =
      kernel.fill ? fmt::format("Fills {} elements.", steps(axes)) : fmt::format("Copies {}.", steps_comment(axes));
  const std::string name =
      emitter.function(fmt::format("{}_{}", kind, extents_name(axes)), [&](const std::string& unique) {
        return p ? render_transpose(axes, *p, comment, unique) : render_loops(kernel, axes, comment, unique);
      });
  const std::string target = emitter.pointer(kernel.y) + plus(kernel.y_offset);
  if (kernel.fill) return fmt::format("{}({});", name, target);
  return fmt::format("{}({}, {});", name, emitter.pointer(kernel.x) + plus(kernel.x_offset), target);
}

}  // namespace intaglio

// Planar copies through index tables: reflect and edge padding, nearest resize.
// Axes whose table is a plain step need no table.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/loop_nest.h"
#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

namespace {

/// One axis of y: a table parameter, or a step in x when `table` is empty.
struct TableAxis {
  int64_t extent = 1, y_stride = 0;
  int64_t x_step = 0;
  std::string table;
  bool reaches_outside = false;  ///< some positions take the fill
  std::string index;

  std::string source() const { return table.empty() ? scaled(index, x_step) : fmt::format("{}[{}]", table, index); }
};

/// True when the table counts 0, step, 2 step, ...
bool is_plain_step(std::span<const int32_t> table, int64_t& step) {
  step = table.size() > 1 ? table[1] - table[0] : 0;
  for (size_t i = 0; i < table.size(); ++i) {
    if (table[i] < 0 || table[i] != static_cast<int64_t>(i) * step) return false;
  }
  return true;
}

}  // namespace

std::string render(const TableCopyStep& kernel, const Step&, Emitter& emitter) {
  const Shape& shape = kernel.y.shape;
  require(kernel.tables.size() == shape.rank(), "one table per axis");
  if (shape.elements() == 0) return {};
  const std::vector<int64_t> strides = row_major_strides(shape);
  std::vector<TableAxis> axes;
  std::string parameters, arguments, outside;
  int64_t x_offset = 0;  // of the first entries of tables that are plain steps
  for (size_t i = 0; i < shape.rank(); ++i) {
    const TensorData data = emitter.program[kernel.tables[i]].data.get();
    const std::span<const int32_t> table = data.values<int32_t>();
    const int64_t first = kernel.first.empty() ? 0 : kernel.first[i];
    TableAxis axis;
    axis.extent = shape[i];
    axis.y_stride = strides[i];
    if (is_plain_step(table, axis.x_step)) {
      x_offset += first * axis.x_step;
      if (axis.extent == 1) continue;
      const bool continues =
          !axes.empty() && axes.back().table.empty() && axes.back().x_step == axis.extent * axis.x_step;
      if (continues) axis.extent *= axes.back().extent, axes.pop_back();
    } else {
      axis.table = fmt::format("table{}", i);
      axis.reaches_outside = std::any_of(table.begin(), table.end(), [](int32_t offset) { return offset < 0; });
      parameters += fmt::format(", const int32_t* {}", axis.table);
      arguments += ", " + emitter.pointer(kernel.tables[i]) + plus(first);
    }
    axes.push_back(axis);
  }
  std::vector<LoopAxis> loops;
  std::vector<std::string> terms;
  for (size_t i = 0; i < axes.size(); ++i) {
    TableAxis& axis = axes[i];
    axis.index = fmt::format("i{}", i);
    loops.push_back({axis.extent, {axis.y_stride}, axis.index});
    terms.push_back(axis.source());
    if (axis.reaches_outside) outside += fmt::format("{}{} < 0", outside.empty() ? "" : " || ", axis.source());
  }
  const std::string type = c_type(kernel.y.type);
  std::string statement;
  if (outside.empty() && !axes.empty() && axes.back().table.empty() && axes.back().x_step == 1 &&
      axes.back().extent >= 8) {
    terms.back().clear();
    loops.pop_back();
    terms.insert(terms.begin(), "x");
    statement = fmt::format("INTAGLIO_MEMCPY({}, {}, {} * sizeof({}));", element_pointer("y", loops, 0),
                            sum_expression(terms), axes.back().extent, type);
  } else {
    std::string value = fmt::format("x[{}]", sum_expression(terms));
    if (!outside.empty()) {
      const std::string fill = kernel.y.type == ElementType::float32
                                   ? float_literal(kernel.fill)
                                   : integer_literal(static_cast<int64_t>(kernel.fill));
      value = fmt::format("static_cast<{}>({} ? {} : {})", type, outside, fill, value);
    }
    statement = fmt::format("y[{}] = {};", offset_expression(loops, 0), value);
  }
  const std::string name = emitter.function(fmt::format("table_copy_{}", shape.text()), [&](const std::string& unique) {
    const std::string comment = fmt::format("{} -> {}: each axis of y looks its element of x up in a table.",
                                            kernel.x.shape.text(), shape.text());
    return render_template("kernels/copy.cpp.tmpl",
                           TemplateValues()
                               .set("comment", comment)
                               .set("name", unique)
                               .set("parameters", fmt::format("const {0}* x{1}, {0}* y", type, parameters))
                               .list("loops", loop_headers(loops, 1))
                               .set("indent", indentation(1 + loops.size()))
                               .set("statement", statement));
  });
  return fmt::format("{}({}{}, {});", name, emitter.pointer(kernel.x) + plus(x_offset), arguments,
                     emitter.pointer(kernel.y));
}

}  // namespace intaglio

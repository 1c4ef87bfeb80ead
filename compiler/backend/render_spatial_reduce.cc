// Reduction of all pixels of a blocked view, lane by lane: 16 partial results by pixel index, then a fixed tree.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

namespace {

/// How a kind of reduction takes an element in, joins two partial results and ends.
struct Reduction {
  ReduceKind kind;
  int64_t count;  ///< elements of one result

  std::string identity() const {
    switch (kind) {
      case ReduceKind::max:
        return "f32x8_splat(-INTAGLIO_INFINITY)";
      case ReduceKind::min:
        return "f32x8_splat(INTAGLIO_INFINITY)";
      case ReduceKind::prod:
        return "f32x8_splat(1.0f)";
      default:
        return "f32x8_zero()";
    }
  }
  std::string step(const std::string& partial, const std::string& element) const {
    switch (kind) {
      case ReduceKind::l1:
        return fmt::format("f32x8_add({}, f32x8_abs({}))", partial, element);
      case ReduceKind::l2:
      case ReduceKind::sum_square:
        return fmt::format("f32x8_fma({1}, {1}, {0})", partial, element);
      default:
        return combined(partial, element);
    }
  }
  std::string combined(const std::string& a, const std::string& b) const {
    switch (kind) {
      case ReduceKind::max:
        return fmt::format("f32x8_max_nan({}, {})", a, b);
      case ReduceKind::min:
        return fmt::format("f32x8_min_nan({}, {})", a, b);
      case ReduceKind::prod:
        return fmt::format("f32x8_mul({}, {})", a, b);
      default:
        return fmt::format("f32x8_add({}, {})", a, b);
    }
  }
  std::string result(const std::string& total) const {
    switch (kind) {
      case ReduceKind::mean:
        return fmt::format("f32x8_div({}, f32x8_splat({}))", total, float_literal(static_cast<float>(count)));
      case ReduceKind::l2:
        return fmt::format("f32x8_sqrt({})", total);
      default:
        return total;
    }
  }
};

std::string partial(int64_t index) { return fmt::format("p{}", index); }

/// Straight-line code on 16 named partial results, for `pixels` that follow each other,
/// the first of them pixel `before`.
void set_straight_line(TemplateValues& values, const Reduction& reduction, const SpatialReduceStep& kernel) {
  const int64_t pixels = kernel.x.height * kernel.x.width, before = kernel.row * kernel.x.width;
  std::string names, start;
  std::vector<TemplateValues> loads, steps, tail, tree, stores;
  auto statement = [](std::vector<TemplateValues>& list, const std::string& text) {
    list.push_back(TemplateValues().set("statement", text));
  };
  for (int64_t i = 0; i < 16; ++i) {
    names += (i == 0 ? "" : ", ") + partial(i);
    start += partial(i) + " = ";
    statement(loads, fmt::format("{} = f32x8_load(partial + {});", partial(i), i * 8));
    statement(stores, fmt::format("f32x8_store(partial + {}, {});", i * 8, partial(i)));
    // Squares name their element twice, so it is loaded into a variable of its own.
    const std::string result = partial((before + i) % 16),
                      load = fmt::format("f32x8_load(pixel + {})", i * kernel.x.pixel_stride);
    const bool twice = reduction.kind == ReduceKind::l2 || reduction.kind == ReduceKind::sum_square;
    const std::string step =
        twice ? fmt::format("{{ const f32x8 v = {}; {} = {}; }}", load, result, reduction.step(result, "v"))
              : fmt::format("{} = {};", result, reduction.step(result, load));
    statement(steps, step);
    if (i < pixels % 16) statement(tail, step);
  }
  for (int64_t half = 8; half > 0; half /= 2) {
    for (int64_t i = 0; i < half; ++i)
      statement(tree, fmt::format("{} = {};", partial(i), reduction.combined(partial(i), partial(i + half))));
  }
  if (kernel.first()) {
    loads.clear();
    statement(loads, start + reduction.identity() + ";");
  }
  values.set("names", names)
      .list("start", loads)
      .flag("has_loop", pixels >= 16)
      .set("pixels", pixels)
      .set("chunk", 16 * kernel.x.pixel_stride)
      .list("steps", steps)
      .list("tail", tail)
      .list("finish", kernel.last() ? tree : stores)
      .set("result", reduction.result("p0"));
}

}  // namespace

std::string render(const SpatialReduceStep& kernel, const Step&, Emitter& emitter) {
  const View &x = kernel.x, &y = kernel.y;
  require(x.segments == y.segments && y.height == 1 && y.width == 1,
          "a spatial reduction keeps channels and leaves one pixel");
  const Reduction reduction{kernel.kind, (kernel.partials ? kernel.rows : x.height) * x.width};
  const bool dense = x.height == 1 || x.row_stride == x.width * x.pixel_stride;
  const bool sequential = kernel.kind == ReduceKind::prod, part = kernel.partials.has_value();
  const std::string clear = kernel.last() ? clear_border_statement(y, "y_image") : "";
  const std::string rows = part ? fmt::format(" from row {} on", kernel.row) : "";
  const std::string wanted = fmt::format("spatial_{}_{}{}", reduce_name(kernel.kind), shape_name(x),
                                         part ? fmt::format("_from_{}", kernel.row) : "");
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    TemplateValues values;
    values
        .set("comment", fmt::format("Reduces all pixels ({}) of {}{} (blocks of {} channels) to one.",
                                    reduce_name(kernel.kind), shape_name(x), rows, lanes_per_block))
        .set("name", function)
        .set("parameters", std::string("const float* x, ") + (kernel.last() ? "float* y" : "float* partials") +
                               (kernel.last() && part ? ", const float* partials" : ""))
        .set("batch", y.batch)
        .set("blocks", x.blocks())
        .set("x_image_stride", x.image_stride)
        .set("x_block_stride", x.block_stride)
        .set("y_image_stride", y.image_stride)
        .set("y_block_stride", y.block_stride)
        .flag("last", kernel.last())
        .flag("border", !clear.empty())
        .set("clear_border", clear);
    if (dense && !sequential) {
      set_straight_line(values, reduction, kernel);
      values.flag("part", part).set("partial", kernel.last() ? "const float* const partial" : "float* const partial");
      return render_template("kernels/spatial_reduce.cpp.tmpl", values);
    }
    values.set("partials", sequential ? 1 : 16)
        .flag("unfinished", !kernel.last())
        .set("start", kernel.first() ? reduction.identity() : "f32x8_load(partials + block * 128 + i * 8)")
        .set("before", kernel.row * x.width)
        .flag("tree", !sequential && kernel.last())
        .set("height", x.height)
        .set("width", x.width)
        .set("x_row_stride", x.row_stride)
        .set("x_pixel_stride", x.pixel_stride)
        .set("step", reduction.step("f32x8_load(p)", "v"))
        .set("combined", reduction.combined("a", "b"))
        .set("result", reduction.result("f32x8_load(partial)"));
    return render_template("kernels/spatial_reduce_rows.cpp.tmpl", values);
  });
  if (!part) return fmt::format("{}({}, {});", name, emitter.pointer(x), emitter.pointer(y));
  const std::string partials = emitter.pointer(*kernel.partials);
  if (!kernel.last()) return fmt::format("{}({}, {});", name, emitter.pointer(x), partials);
  return fmt::format("{}({}, {}, {});", name, emitter.pointer(x), emitter.pointer(y), partials);
}

}  // namespace intaglio

// Winograd convolution over blocked views: transforms and products of a layer shape, and the function that drives them
// over blocks of tiles. The transforms are rendered from the matrices of ir/winograd.h.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "backend/emitter.h"
#include "backend/point_products.h"
#include "backend/template.h"
#include "ir/panels.h"
#include "ir/winograd.h"

namespace intaglio {

namespace {

struct Term {
  double factor;
  std::string value;
};

/// Sum of the terms; those with factor 1 come first, so that the sum starts without a product.
std::string linear_combination(std::vector<Term> terms, const Emitter& emitter) {
  std::erase_if(terms, [](const Term& term) { return term.factor == 0; });
  auto rank = [](const Term& term) { return term.factor == 1 ? 0 : term.factor == -1 ? 1 : 2; };
  std::stable_sort(terms.begin(), terms.end(), [&](const Term& a, const Term& b) { return rank(a) < rank(b); });
  std::string sum;
  for (const Term& term : terms) {
    const std::string factor = fmt::format("f32x8_splat({})", float_literal(static_cast<float>(term.factor)));
    if (sum.empty()) {
      sum = term.factor == 1    ? term.value
            : term.factor == -1 ? fmt::format("f32x8_neg({})", term.value)
                                : fmt::format("f32x8_mul({}, {})", factor, term.value);
    } else if (term.factor == 1 || term.factor == -1) {
      sum = fmt::format("f32x8_{}({}, {})", term.factor == 1 ? "add" : "sub", sum, term.value);
    } else {
      sum = fmt::format("{}({}, {}, {})", emitter.multiply_add(), factor, term.value, sum);
    }
  }
  return sum;
}

Values assignment(const std::string& value, const std::string& expression) {
  return Values().set("value", value).set("expression", expression);
}
Values load(const std::string& value, int64_t index) { return Values().set("value", value).set("index", index); }
Values store(int64_t index, const std::string& expression) {
  return Values().set("index", index).set("expression", expression);
}

std::string transform_function(Emitter& emitter, const std::string& wanted, const std::string& comment,
                               const std::vector<Values>& loads, const std::vector<Values>& statements,
                               const std::vector<Values>& stores) {
  return emitter.function(wanted, [&](const std::string& name) {
    return render_template("kernels/winograd_transform.cpp.tmpl", Values()
                                                                      .set("comment", comment)
                                                                      .set("name", name)
                                                                      .list("loads", loads)
                                                                      .list("statements", statements)
                                                                      .list("stores", stores));
  });
}

/// y = B^T d. The rows of points p and -p share their even and their odd terms.
std::string input_transform(Emitter& emitter, const WinogradTransform& t) {
  const int64_t n = t.points();
  std::vector<Values> loads, statements, stores;
  for (int64_t i = 0; i < n; ++i) loads.push_back(load(fmt::format("d{}", i), i));
  auto terms = [&](int64_t row, int parity) {  // 0: even inputs, 1: odd ones, 2: all
    std::vector<Term> result;
    for (int64_t i = 0; i < n; ++i) {
      if (parity == 2 || i % 2 == parity) result.push_back({t.input[row][i], fmt::format("d{}", i)});
    }
    return linear_combination(result, emitter);
  };
  if (t.first_pair() == 1) stores.push_back(store(0, terms(0, 2)));
  for (int64_t point = t.first_pair(); point + 1 < n; point += 2) {
    const std::string even = fmt::format("even{}", point), odd = fmt::format("odd{}", point);
    statements.push_back(assignment(even, terms(point, 0)));
    statements.push_back(assignment(odd, terms(point, 1)));
    stores.push_back(store(point, fmt::format("f32x8_add({}, {})", even, odd)));
    stores.push_back(store(point + 1, fmt::format("f32x8_sub({}, {})", even, odd)));
  }
  stores.push_back(store(n - 1, terms(n - 1, 2)));
  return transform_function(emitter, fmt::format("winograd_input_{}", n),
                            fmt::format("Winograd's input transform of {0} values to {0} points.", n), loads,
                            statements, stores);
}

/// y = A^T m. The columns of points p and -p differ in the sign of odd powers: their sum and their difference are taken
/// once.
std::string output_transform(Emitter& emitter, const WinogradTransform& t) {
  const int64_t n = t.points();
  std::vector<Values> loads, statements, stores;
  for (int64_t i = 0; i < n; ++i) loads.push_back(load(fmt::format("m{}", i), i));
  for (int64_t point = t.first_pair(); point + 1 < n; point += 2) {
    statements.push_back(assignment(fmt::format("sum{}", point), fmt::format("f32x8_add(m{}, m{})", point, point + 1)));
    if (t.outputs > 1) {
      statements.push_back(
          assignment(fmt::format("difference{}", point), fmt::format("f32x8_sub(m{}, m{})", point, point + 1)));
    }
  }
  for (int64_t output = 0; output < t.outputs; ++output) {
    std::vector<Term> terms;
    if (t.first_pair() == 1) terms.push_back({t.output[output][0], "m0"});
    for (int64_t point = t.first_pair(); point + 1 < n; point += 2) {
      terms.push_back({t.output[output][point], fmt::format("{}{}", output % 2 == 0 ? "sum" : "difference", point)});
    }
    terms.push_back({t.output[output][n - 1], fmt::format("m{}", n - 1)});
    stores.push_back(store(output, linear_combination(terms, emitter)));
  }
  return transform_function(emitter, fmt::format("winograd_output_{}_of_{}", t.outputs, n),
                            fmt::format("Winograd's output transform of {} points to {} values.", n, t.outputs), loads,
                            statements, stores);
}

/// What the input and the output transform of a tile have in common.
struct TileShape {
  WinogradTransform h, w;
  explicit TileShape(const WinogradStep& kernel)
      : h(winograd_transform(kernel.outputs_h, kernel.taps_h())),
        w(winograd_transform(kernel.outputs_w, kernel.taps_w())) {}
  std::string filtering() const { return winograd_name(h, w); }
  std::string name() const { return fmt::format("{}x{}_{}x{}", h.outputs, w.outputs, h.taps, w.taps); }
  Values values(const std::string& transform_h, const std::string& transform_w) const {
    return Values()
        .set("filtering", filtering())
        .set("points_h", h.points())
        .set("points_w", w.points())
        .flag("both", h.points() > 1 && w.points() > 1)
        .flag("rows_only", h.points() > 1 && w.points() == 1)
        .flag("columns_only", h.points() == 1)
        .set("transform_h", transform_h)
        .set("transform_w", transform_w);
  }
};

std::string input_function(Emitter& emitter, const TileShape& shape) {
  const std::string transform_h = shape.h.points() > 1 ? input_transform(emitter, shape.h) : "";
  const std::string transform_w = shape.w.points() > 1 ? input_transform(emitter, shape.w) : "";
  return emitter.function("winograd_input_" + shape.name(), [&](const std::string& name) {
    return render_template("kernels/winograd_input.cpp.tmpl", shape.values(transform_h, transform_w).set("name", name));
  });
}

std::string output_function(Emitter& emitter, const TileShape& shape, const WinogradStep& kernel) {
  const std::string transform_h = shape.h.points() > 1 ? output_transform(emitter, shape.h) : "";
  const std::string transform_w = shape.w.points() > 1 ? output_transform(emitter, shape.w) : "";
  std::string wanted = "winograd_output_" + shape.name();
  if (const std::string suffix = epilogue_name(kernel.epilogue); !suffix.empty()) wanted += "_" + suffix;
  const std::string residual = kernel.residual ? fmt::format("f32x8_load(residual + row * {} + column * {})",
                                                             kernel.residual->row_stride, kernel.residual->pixel_stride)
                                               : "";
  std::vector<Values> whole_rows;
  for (int64_t row = 0; row < shape.h.outputs; ++row) {
    std::vector<Values> cells;
    for (int64_t column = 0; column < shape.w.outputs; ++column) {
      const std::string other =
          kernel.residual ? fmt::format("f32x8_load(residual + {})",
                                        row * kernel.residual->row_stride + column * kernel.residual->pixel_stride)
                          : "";
      cells.push_back(
          Values()
              .set("column", column)
              .set("offset", row * kernel.y.row_stride + column * kernel.y.pixel_stride)
              .set("stored_value", epilogue_expression(kernel.epilogue, fmt::format("sum{}", column), other)));
    }
    const bool columns_only = shape.h.points() == 1;
    whole_rows.push_back(Values()
                             .flag("transformed", shape.w.points() > 1)
                             .flag("plain", shape.w.points() == 1)
                             .set("transform_w", transform_w)
                             .set("outputs_w", shape.w.outputs)
                             .set("points", columns_only ? "m" : fmt::format("half + {}", row * shape.w.points() * 8))
                             .set("points_step", columns_only ? "point_stride" : "8")
                             .list("cells", cells));
  }
  return emitter.function(wanted, [&](const std::string& name) {
    return render_template("kernels/winograd_output.cpp.tmpl",
                           shape.values(transform_h, transform_w)
                               .set("name", name)
                               .set("outputs_h", shape.h.outputs)
                               .set("outputs_w", shape.w.outputs)
                               .set("stored", epilogue_expression(kernel.epilogue, "sum", "residual"))
                               .flag("residual", kernel.residual.has_value())
                               .list("whole_rows", whole_rows)
                               .set("y_row_stride", kernel.y.row_stride)
                               .set("y_pixel_stride", kernel.y.pixel_stride)
                               .set("stored_value", epilogue_expression(kernel.epilogue, "sum", residual)));
  });
}

std::string products_function(Emitter& emitter, const WinogradStep& kernel, int64_t tiles) {
  const int64_t block = emitter.program.block;
  return point_products(emitter,
                        {.name = "winograd_products",
                         .points = winograd_points(kernel),
                         .tiles = tiles,
                         .segments = kernel.segments,
                         .output_blocks = kernel.y.blocks(block),
                         .tile_pixels = kernel.tile_pixels,
                         .panel_blocks = kernel.panel_blocks,
                         .reduction_block = kernel.reduction_block,
                         .weights_stride = kernel.point_weights,
                         .v_stride = winograd_point_stride(kernel, winograd_input_blocks(kernel, block), block),
                         .m_stride = winograd_point_stride(kernel, kernel.y.blocks(block), block)});
}

/// The function that gathers the phases of a planar input.
std::string strip_function(Emitter& emitter, const WinogradStep& kernel) {
  const Window2d& window = kernel.window;
  const int64_t channels = kernel.x.shape[1], in_height = kernel.x.shape.rank() == 4 ? kernel.x.shape[2] : 1,
                in_width = kernel.x.shape[kernel.x.shape.rank() - 1], columns = winograd_strip_columns(kernel);
  std::vector<int64_t> first_columns, end_columns;
  for (int64_t b = 0; b < kernel.phases_w(); ++b) {
    const int64_t shift = b - window.pad_left;  // column j holds the input's column j * stride + shift
    const int64_t first = shift >= 0 ? 0 : (-shift + window.stride_w - 1) / window.stride_w;
    const int64_t end = in_width > shift ? (in_width - 1 - shift) / window.stride_w + 1 : 0;
    end_columns.push_back(std::clamp<int64_t>(end, 0, columns));
    first_columns.push_back(std::min(first, end_columns.back()));
  }
  return emitter.function(fmt::format("winograd_strip_{}x{}_s{}_{}", window.kernel_h, window.kernel_w,
                                      std::max(window.stride_h, window.stride_w), kernel.x.shape.text()),
                          [&](const std::string& name) {
                            return render_template(
                                "kernels/winograd_strip.cpp.tmpl",
                                Values()
                                    .set("name", name)
                                    .set("channels", channels)
                                    .set("in_height", in_height)
                                    .set("in_width", in_width)
                                    .set("blocks", winograd_input_blocks(kernel, emitter.program.block))
                                    .set("rows", winograd_points_h(kernel))
                                    .set("columns", columns)
                                    .set("phases_h", kernel.phases_h())
                                    .set("phases_w", kernel.phases_w())
                                    .set("first_columns", integer_table(first_columns))
                                    .set("end_columns", integer_table(end_columns))
                                    .set("kept", kernel.taps_h() - 1)
                                    .set("outputs_h", kernel.outputs_h)
                                    .set("stride_h", window.stride_h)
                                    .set("stride_w", window.stride_w)
                                    .set("pad_top", window.pad_top)
                                    .set("pad_left", window.pad_left));
                          });
}

/// The phases of a blocked input: where each starts, how many rows and columns its taps reach.
std::vector<Values> phase_list(const WinogradStep& kernel, const std::string& input, int64_t block) {
  const Window2d& window = kernel.window;
  auto taps = [](int64_t size, int64_t stride, int64_t phase) { return (size - phase + stride - 1) / stride; };
  std::vector<Values> phases;
  for (int64_t a = 0; a < kernel.phases_h(); ++a) {
    for (int64_t b = 0; b < kernel.phases_w(); ++b) {
      const int64_t offset = a * kernel.x.row_stride + b * kernel.x.pixel_stride,
                    before = static_cast<int64_t>(phases.size()) * kernel.x.blocks(block) * block;
      phases.push_back(
          Values()
              .set("input", input)
              .set("x_block_stride", kernel.x.block_stride)
              .set("x_row_step", kernel.x.row_stride * window.stride_h)
              .set("x_pixel_step", kernel.x.pixel_stride * window.stride_w)
              .set("v_tile_stride", winograd_input_blocks(kernel, block) * block)
              .set("v_point_stride", winograd_point_stride(kernel, winograd_input_blocks(kernel, block), block))
              .set("offset", offset > 0 ? fmt::format(" + {}", offset) : "")
              .set("blocks_before", before > 0 ? fmt::format("{} + ", before) : "")
              .set("in_rows", kernel.y.height + taps(window.kernel_h, window.stride_h, a) - 1)
              .set("in_columns", kernel.y.width + taps(window.kernel_w, window.stride_w, b) - 1));
    }
  }
  return phases;
}

}  // namespace

std::string render(const WinogradStep& kernel, const Step&, Emitter& emitter) {
  const int64_t block = emitter.program.block;
  const View &x = kernel.x, &y = kernel.y;
  const Window2d& window = kernel.window;
  const TileShape shape(kernel);
  const int64_t tile_columns = winograd_tile_columns(kernel), tile_count = winograd_tile_rows(kernel) * tile_columns;
  const int64_t rest = tile_count % kernel.tiles;
  const std::string input = input_function(emitter, shape), output = output_function(emitter, shape, kernel);
  const std::string products = products_function(emitter, kernel, kernel.tiles);
  const bool planar = !x.blocked;
  const std::string strip = planar ? strip_function(emitter, kernel) : "";
  const int64_t strip_row = winograd_strip_columns(kernel) * block;
  const std::string rest_products = rest > 0 ? products_function(emitter, kernel, rest) : "";

  const int64_t stride = std::max(window.stride_h, window.stride_w);
  const std::string stride_name = stride > 1 ? fmt::format("_s{}", stride) : "";
  std::string wanted = fmt::format("winograd_{}x{}{}_{}_to_{}", window.kernel_h, window.kernel_w, stride_name,
                                   planar ? x.shape.text() : shape_name(x), shape_name(y));
  if (const std::string suffix = epilogue_name(kernel.epilogue); !suffix.empty()) wanted += "_" + suffix;
  const std::string clear = clear_border_statement(y, block, fmt::format("y + image * {}", y.image_stride));
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    return render_template(
        "kernels/winograd.cpp.tmpl",
        Values()
            .set("comment",
                 fmt::format("Convolution {}x{}{}: {} -> {}.", window.kernel_h, window.kernel_w,
                             stride > 1 ? fmt::format(", stride {}x{}", window.stride_h, window.stride_w) : "",
                             planar ? "planar " + x.shape.text() : shape_name(x), shape_name(y)))
            .set("filtering", shape.filtering())
            .set("name", function)
            .flag("residual", kernel.residual.has_value())
            .set("batch", y.batch)
            .set("tile_count", tile_count)
            .set("tile_columns", tile_columns)
            .set("tiles", kernel.tiles)
            .set("x_blocks", planar ? winograd_input_blocks(kernel, block) : x.blocks(block))
            .flag("planar", planar)
            .flag("blocked", !planar)
            .set("strip_function", strip)
            .set("strip_offset", winograd_strip_offset(kernel, block))
            .set("strip_row_stride", strip_row)
            .set("strip_block_stride", winograd_points_h(kernel) * strip_row)
            .set("points_h", winograd_points_h(kernel))
            .set("points_w", winograd_points_w(kernel))
            .set("y_blocks", y.blocks(block))
            .set("m_offset",
                 winograd_points(kernel) * winograd_point_stride(kernel, winograd_input_blocks(kernel, block), block))
            .flag("border", !clear.empty())
            .set("clear", clear)
            .set("outputs_h", kernel.outputs_h)
            .set("outputs_w", kernel.outputs_w)
            .set("x_image_stride", planar ? x.shape.elements() / y.batch : x.image_stride)
            .set("x_block_stride", x.block_stride)
            .set("x_row_step", x.row_stride * window.stride_h)
            .set("x_pixel_step", x.pixel_stride * window.stride_w)
            .list("phases", planar ? std::vector<Values>() : phase_list(kernel, input, block))
            .set("input", input)
            .set("v_tile_stride", winograd_input_blocks(kernel, block) * block)
            .set("v_point_stride", winograd_point_stride(kernel, winograd_input_blocks(kernel, block), block))
            .flag("rest", rest > 0)
            .flag("no_rest", rest == 0)
            .set("products", products)
            .set("rest_products", rest_products)
            .set("output", output)
            .set("m_tile_stride", y.blocks(block) * block)
            .set("m_point_stride", winograd_point_stride(kernel, kernel.y.blocks(block), block))
            .set("y_image_stride", y.image_stride)
            .set("y_block_stride", y.block_stride)
            .set("y_row_stride", y.row_stride)
            .set("y_pixel_stride", y.pixel_stride)
            .set("residual_image_stride", kernel.residual ? kernel.residual->image_stride : 0)
            .set("residual_row_stride", kernel.residual ? kernel.residual->row_stride : 0)
            .set("residual_pixel_stride", kernel.residual ? kernel.residual->pixel_stride : 0)
            .set("residual_argument", kernel.residual
                                          ? fmt::format(" residual_tile + block * {},", kernel.residual->block_stride)
                                          : std::string())
            .set("height", y.height)
            .set("width", y.width));
  });

  View origin = x;  // the first tap of the first pixel, which may lie in the border
  if (!planar) origin.offset -= window.pad_top * x.row_stride + window.pad_left * x.pixel_stride;
  std::string arguments =
      fmt::format("{}, {}, {}", emitter.pointer(origin), emitter.pointer(kernel.weights), emitter.pointer(kernel.bias));
  if (kernel.residual) arguments += ", " + emitter.pointer(*kernel.residual);
  return fmt::format("{}({}, {}, {});", name, arguments, emitter.pointer(y), emitter.pointer(kernel.scratch));
}

}  // namespace intaglio

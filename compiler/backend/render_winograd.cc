// Winograd convolution over blocked views: transforms and products of a layer shape, and the function that drives them
// over blocks of tiles. The transforms are rendered from the matrices of ir/winograd.h.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "backend/emitter.h"
#include "backend/point_products.h"
#include "backend/template.h"
#include "backend/winograd_transforms.h"
#include "ir/panels.h"
#include "ir/winograd.h"

namespace intaglio {

namespace {

/// What the input and the output transform of a tile have in common.
struct TileShape {
  WinogradTransform h, w;
  explicit TileShape(const WinogradStep& kernel)
      : h(winograd_transform(kernel.outputs_h, kernel.taps_h(), kernel.plain)),
        w(winograd_transform(kernel.outputs_w, kernel.taps_w(), kernel.plain)) {}
  std::string filtering() const { return winograd_name(h, w); }
  std::string name() const { return fmt::format("{}x{}_{}x{}", h.outputs, w.outputs, h.taps, w.taps); }
  /// `blocks`: blocks of channels that the transforms take at once.
  TemplateValues values(const std::string& transform_h, const std::string& transform_w, int64_t blocks) const {
    return TemplateValues()
        .set("filtering", filtering())
        .set("points_h", h.points())
        .set("points_w", w.points())
        .flag("both", h.points() > 1 && w.points() > 1)
        .flag("rows_only", h.points() > 1 && w.points() == 1)
        .flag("columns_only", h.points() == 1)
        .set("transform_h", transform_h)
        .set("transform_w", transform_w)
        .set("lanes", blocks * lanes_per_block)
        .set("alignment", blocks > 1 ? "alignas(64) " : "");  // of vectors that would cross cache lines
  }
};

const char* blocks_suffix(int64_t blocks) { return blocks > 1 ? "_wide" : ""; }

/// Of `blocks` blocks, which are apart in x and side by side among the points.
std::string input_function(Emitter& emitter, const TileShape& shape, int64_t blocks) {
  const bool wide = blocks > 1, both = shape.h.points() > 1 && shape.w.points() > 1;
  const std::string transform_h = shape.h.points() > 1 ? input_transform(emitter, shape.h, blocks, wide) : "";
  const std::string transform_w = shape.w.points() > 1 ? input_transform(emitter, shape.w, blocks, wide && !both) : "";
  return emitter.function("winograd_input_" + shape.name() + blocks_suffix(blocks), [&](const std::string& name) {
    return render_template("kernels/winograd_input.cpp.tmpl", shape.values(transform_h, transform_w, blocks)
                                                                  .set("name", name)
                                                                  .flag("wide", wide)
                                                                  .set("block_argument", wide ? " block_stride," : ""));
  });
}

std::string output_function(Emitter& emitter, const TileShape& shape, const WinogradStep& kernel, int64_t blocks) {
  const std::string transform_h = shape.h.points() > 1 ? output_transform(emitter, shape.h, blocks) : "";
  const std::string transform_w = shape.w.points() > 1 ? output_transform(emitter, shape.w, blocks) : "";
  std::string wanted =
      fmt::format("winograd_output_{}{}{}", shape.name(), kernel.plain ? "_scaled" : "", blocks_suffix(blocks));
  wanted += epilogue_suffix(kernel.epilogue);
  const int64_t lanes = blocks * lanes_per_block;
  auto block_of = [&](const std::string& sum, int64_t block) {
    return blocks == 1 ? sum : fmt::format("f32x16_{}({})", block == 0 ? "low" : "high", sum);
  };
  const View* residual = kernel.residual ? &*kernel.residual : nullptr;
  std::vector<TemplateValues> whole_rows, partial_stores;
  for (int64_t row = 0; row < shape.h.outputs; ++row) {
    std::vector<TemplateValues> cells;
    for (int64_t column = 0; column < shape.w.outputs; ++column) {
      std::vector<TemplateValues> stores;
      for (int64_t block = 0; block < blocks; ++block) {
        auto offset = [&](const View& view) {
          return block * view.block_stride + row * view.row_stride + column * view.pixel_stride;
        };
        const std::string other = residual ? fmt::format("f32x8_load(residual + {})", offset(*residual)) : "";
        stores.push_back(
            TemplateValues()
                .set("offset", offset(kernel.y))
                .set("stored_value", epilogue_expression(emitter, kernel.epilogue,
                                                         block_of(fmt::format("sum{}", column), block), other)));
      }
      cells.push_back(TemplateValues()
                          .set("type", blocks > 1 ? "f32x16" : "f32x8")
                          .set("lanes", lanes)
                          .set("column", column)
                          .list("stores", stores));
    }
    const bool columns_only = shape.h.points() == 1;
    whole_rows.push_back(
        TemplateValues()
            .flag("transformed", shape.w.points() > 1)
            .flag("plain", shape.w.points() == 1)
            .set("transform_w", transform_w)
            .set("outputs_w", shape.w.outputs)
            .set("lanes", lanes)
            .set("alignment", blocks > 1 ? "alignas(64) " : "")
            .set("points", columns_only ? "m" : fmt::format("half + {}", row * shape.w.points() * lanes))
            .set("points_step", columns_only ? "point_stride" : std::to_string(lanes))
            .list("cells", cells));
  }
  for (int64_t block = 0; block < blocks; ++block) {
    auto block_offset = [&](const View& view) {
      return block > 0 ? fmt::format("{} + ", block * view.block_stride) : std::string();
    };
    const std::string other = residual
                                  ? fmt::format("f32x8_load(residual + {}row * {} + column * {})",
                                                block_offset(*residual), residual->row_stride, residual->pixel_stride)
                                  : "";
    partial_stores.push_back(
        TemplateValues()
            .set("block", block_offset(kernel.y))
            .set("y_row_stride", kernel.y.row_stride)
            .set("y_pixel_stride", kernel.y.pixel_stride)
            .set("stored_value", epilogue_expression(emitter, kernel.epilogue, block_of("sum", block), other)));
  }
  return emitter.function(wanted, [&](const std::string& name) {
    return render_template("kernels/winograd_output.cpp.tmpl",
                           shape.values(transform_h, transform_w, blocks)
                               .set("name", name)
                               .set("type", blocks > 1 ? "f32x16" : "f32x8")
                               .set("outputs_h", shape.h.outputs)
                               .set("outputs_w", shape.w.outputs)
                               .set("stored", epilogue_expression(emitter, kernel.epilogue, "sum", "residual"))
                               .flag("residual", residual != nullptr)
                               .list("whole_rows", whole_rows)
                               .list("partial_stores", partial_stores));
  });
}

/// Loops over the blocks from `first` on, `count` of them, that transforms take in pairs where registers hold two.
struct BlockLoop {
  std::string first, end, advance;
  int64_t blocks;  ///< at a time
  TemplateValues& set(TemplateValues& values) const {
    return values.set("first", first).set("end", end).set("advance", advance);
  }
};
std::vector<BlockLoop> block_loops(const WinogradStep& kernel, const std::string& first, const std::string& end,
                                   int64_t count) {
  if (kernel.tile.register_blocks == 1) return {{first, end, "++block", 1}};
  const std::string last = end + " - 1";
  std::vector<BlockLoop> loops;
  if (count > 1) loops.push_back({first, count % 2 == 0 ? end : last, "block += 2", 2});
  if (count % 2 != 0) loops.push_back({count > 1 ? last : first, end, "++block", 1});
  return loops;
}

/// The input transform of a loop's blocks, which are `block_stride` apart.
TemplateValues input_loop(Emitter& emitter, const TileShape& shape, const BlockLoop& loop, int64_t block_stride) {
  TemplateValues values;
  return loop.set(values)
      .set("input", input_function(emitter, shape, loop.blocks))
      .set("block_stride", block_stride)
      .set("block_argument", loop.blocks > 1 ? fmt::format(" {},", block_stride) : "");
}

PointProducts products(const WinogradStep& kernel, int64_t tiles) {
  const int64_t output_blocks = winograd_output_blocks(kernel);
  return {.name = "winograd_products",
          .points = winograd_points(kernel),
          .tiles = tiles,
          .segments = kernel.segments,
          .output_blocks = output_blocks,
          .tile = kernel.tile,
          .reduction_block = kernel.reduction_block,
          .weights_stride = kernel.point_weights,
          .v_stride = winograd_point_stride(kernel, winograd_input_blocks(kernel)),
          .m_stride = winograd_point_stride(kernel, output_blocks)};
}

/// The function that transforms the plain weights of a panel of so many output channels.
std::string weights_function(Emitter& emitter, const TileShape& shape, const WinogradStep& kernel, int64_t lanes) {
  const bool whole_blocks =
      std::ranges::all_of(kernel.segments, [&](int64_t channels) { return channels % lanes_per_block == 0; });
  const int64_t blocks = kernel.tile.register_blocks > 1 && lanes % (2 * lanes_per_block) == 0 ? 2 : 1;
  const char* const type = blocks > 1 ? "f32x16" : "f32x8";
  std::vector<TemplateValues> taps;
  for (int64_t row = 0; row < shape.h.taps; ++row) {
    for (int64_t column = 0; column < shape.w.taps; ++column) {
      taps.push_back(TemplateValues()
                         .set("type", type)
                         .set("value", fmt::format("g{}_{}", column, row))
                         .set("index", row * shape.w.taps + column));
    }
  }
  return emitter.function(
      fmt::format("winograd_weights_{}_panel_{}", shape.name(), lanes), [&](const std::string& name) {
        return render_template("kernels/winograd_weights.cpp.tmpl",
                               TemplateValues()
                                   .set("name", name)
                                   .set("filtering", shape.filtering())
                                   .set("lanes", lanes)
                                   .set("point_stride", winograd_weights_stride(kernel))
                                   .flag("tails", !whole_blocks)
                                   .flag("whole_blocks", whole_blocks)
                                   .set("tap_count", taps.size())
                                   .list("taps", taps)
                                   .set("step", blocks * lanes_per_block)
                                   .list("rows", weight_transform(emitter, shape.h, shape.w, blocks)));
      });
}

/// The panels of output channels whose products and results take turns: those of plain weights, else one with all.
std::vector<PanelRange> panels_of(const WinogradStep& kernel) {
  if (kernel.plain) return panel_split(kernel.y.blocks(), kernel.tile);
  return {{.count = 1, .blocks = kernel.y.blocks(), .pixels = kernel.tile.pixels}};
}

/// The output transforms of a panel of `blocks` blocks; `tile` says where a tile's results lie.
std::vector<TemplateValues> output_list(Emitter& emitter, const TileShape& shape, const WinogradStep& kernel,
                                        int64_t blocks, const TemplateValues& tile) {
  std::vector<TemplateValues> loops;
  for (const BlockLoop& loop : block_loops(kernel, "panel", fmt::format("panel + {}", blocks), blocks)) {
    TemplateValues values = tile;
    loops.push_back(loop.set(values).set("output", output_function(emitter, shape, kernel, loop.blocks)));
  }
  return loops;
}

/// What the panels compute: products, and `outputs`, the transforms that take over. `rest`: tiles of the last pass if
/// it has fewer.
std::vector<TemplateValues> panel_list(Emitter& emitter, const TileShape& shape, const WinogradStep& kernel,
                                       int64_t rest, const TemplateValues& tile,
                                       const std::vector<std::vector<TemplateValues>>& outputs) {
  const int64_t taps = kernel.taps_h() * kernel.taps_w();
  const int64_t inputs = std::accumulate(kernel.segments.begin(), kernel.segments.end(), int64_t{0});
  std::vector<TemplateValues> panels;
  int64_t first = 0;
  for (const PanelRange& range : panels_of(kernel)) {
    const std::string transform =
        kernel.plain ? weights_function(emitter, shape, kernel, range.blocks * lanes_per_block) : "";
    auto function = [&](int64_t tiles) {
      const PointProducts point = products(kernel, tiles);
      return kernel.plain ? panel_products(emitter, {point, range, taps, transform, winograd_weights_stride(kernel)})
                          : point_products(emitter, point);
    };
    const int64_t end = first + range.count * range.blocks;
    panels.push_back(TemplateValues(tile)
                         .list("output_loops", outputs[panels.size()])
                         .set("first_block", first)
                         .set("end_block", end)
                         .set("blocks", range.blocks)
                         .flag("rest", rest > 0)
                         .flag("no_rest", rest == 0)
                         .set("products", function(kernel.tiles))
                         .set("rest_products", rest > 0 ? function(rest) : "")
                         .set("weights", kernel.plain ? "panel_weights, u" : "w")
                         .flag("plain_panel", kernel.plain)
                         .set("panel_floats", kernel.plain ? inputs * taps * range.blocks * lanes_per_block : 0));
    first = end;
  }
  return panels;
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
                            return render_template("kernels/winograd_strip.cpp.tmpl",
                                                   TemplateValues()
                                                       .set("name", name)
                                                       .set("channels", channels)
                                                       .set("in_height", in_height)
                                                       .set("in_width", in_width)
                                                       .set("blocks", winograd_input_blocks(kernel))
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
std::vector<TemplateValues> phase_list(Emitter& emitter, const TileShape& shape, const WinogradStep& kernel) {
  const Window2d& window = kernel.window;
  auto taps = [](int64_t size, int64_t stride, int64_t phase) { return (size - phase + stride - 1) / stride; };
  std::vector<TemplateValues> phases;
  for (int64_t a = 0; a < kernel.phases_h(); ++a) {
    for (int64_t b = 0; b < kernel.phases_w(); ++b) {
      const int64_t offset = a * kernel.x.row_stride + b * kernel.x.pixel_stride,
                    before = (a * kernel.phases_w() + b) * kernel.x.blocks() * lanes_per_block;
      for (const BlockLoop& loop : block_loops(kernel, "0", "x_blocks", kernel.x.blocks())) {
        phases.push_back(input_loop(emitter, shape, loop, kernel.x.block_stride)
                             .set("x_row_step", kernel.x.row_stride * window.stride_h)
                             .set("x_pixel_step", kernel.x.pixel_stride * window.stride_w)
                             .set("v_tile_stride", winograd_input_blocks(kernel) * lanes_per_block)
                             .set("v_point_stride", winograd_point_stride(kernel, winograd_input_blocks(kernel)))
                             .set("offset", offset > 0 ? fmt::format(" + {}", offset) : "")
                             .set("blocks_before", before > 0 ? fmt::format("{} + ", before) : "")
                             .set("in_rows", kernel.y.height + taps(window.kernel_h, window.stride_h, a) - 1)
                             .set("in_columns", kernel.y.width + taps(window.kernel_w, window.stride_w, b) - 1));
      }
    }
  }
  return phases;
}

/// The same of the strip of a planar input, whose phases are further channels.
std::vector<TemplateValues> strip_list(Emitter& emitter, const TileShape& shape, const WinogradStep& kernel) {
  const int64_t row = winograd_strip_columns(kernel) * lanes_per_block;
  std::vector<TemplateValues> loops;
  for (const BlockLoop& loop : block_loops(kernel, "0", "x_blocks", winograd_input_blocks(kernel))) {
    loops.push_back(input_loop(emitter, shape, loop, winograd_points_h(kernel) * row)
                        .set("strip_row_stride", row)
                        .set("points_h", winograd_points_h(kernel))
                        .set("points_w", winograd_points_w(kernel))
                        .set("v_tile_stride", winograd_input_blocks(kernel) * lanes_per_block)
                        .set("v_point_stride", winograd_point_stride(kernel, winograd_input_blocks(kernel))));
  }
  return loops;
}

}  // namespace

std::string render(const WinogradStep& kernel, const Step&, Emitter& emitter) {
  const View &x = kernel.x, &y = kernel.y;
  const Window2d& window = kernel.window;
  const TileShape shape(kernel);
  const int64_t tile_columns = winograd_tile_columns(kernel), end_tile = winograd_end_tile(kernel);
  const int64_t rest = (end_tile - kernel.first_tile) % kernel.tiles;
  const bool planar = !x.blocked();
  const std::vector<TemplateValues> inputs =
      planar ? strip_list(emitter, shape, kernel) : phase_list(emitter, shape, kernel);
  const TemplateValues tile_output =
      TemplateValues()
          .set("outputs_h", kernel.outputs_h)
          .set("outputs_w", kernel.outputs_w)
          .set("m_tile_stride", winograd_output_blocks(kernel) * lanes_per_block)
          .set("m_point_stride", winograd_point_stride(kernel, winograd_output_blocks(kernel)))
          .set("y_image_stride", y.image_stride)
          .set("y_block_stride", y.block_stride)
          .set("y_row_stride", y.row_stride)
          .set("y_pixel_stride", y.pixel_stride)
          .flag("residual", kernel.residual.has_value())
          .set("residual_image_stride", kernel.residual ? kernel.residual->image_stride : 0)
          .set("residual_row_stride", kernel.residual ? kernel.residual->row_stride : 0)
          .set("residual_pixel_stride", kernel.residual ? kernel.residual->pixel_stride : 0)
          .set("residual_argument",
               kernel.residual ? fmt::format(" residual_tile + block * {},", kernel.residual->block_stride) : "")
          .set("height", y.height)
          .set("width", y.width);
  std::vector<std::vector<TemplateValues>> outputs;  // of every panel
  for (const PanelRange& range : panels_of(kernel))
    outputs.push_back(output_list(emitter, shape, kernel, range.blocks, tile_output));
  const std::string strip = planar ? strip_function(emitter, kernel) : "";

  const int64_t stride = std::max(window.stride_h, window.stride_w);
  const std::string stride_name = stride > 1 ? fmt::format("_s{}", stride) : "";
  std::string wanted = fmt::format("winograd_{}x{}{}_{}_to_{}", window.kernel_h, window.kernel_w, stride_name,
                                   planar ? x.shape.text() : shape_name(x), shape_name(y));
  wanted += epilogue_suffix(kernel.epilogue);
  // The border is cleared by the part that has the first tiles.
  const std::string clear =
      kernel.first_tile == 0 ? clear_border_statement(y, fmt::format("y + image * {}", y.image_stride)) : "";
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    return render_template(
        "kernels/winograd.cpp.tmpl",
        TemplateValues()
            .set("comment",
                 fmt::format("Convolution {}x{}{}: {} -> {}.", window.kernel_h, window.kernel_w,
                             stride > 1 ? fmt::format(", stride {}x{}", window.stride_h, window.stride_w) : "",
                             planar ? "planar " + x.shape.text() : shape_name(x), shape_name(y)))
            .set("filtering", shape.filtering())
            .set("name", function)
            .flag("residual", kernel.residual.has_value())
            .set("batch", y.batch)
            .set("tile_count", end_tile - kernel.first_tile)
            .set("first_tile", kernel.first_tile)
            .set("end_tile", end_tile)
            .set("tile_columns", tile_columns)
            .set("tiles", kernel.tiles)
            .set("x_blocks", planar ? winograd_input_blocks(kernel) : x.blocks())
            .flag("planar", planar)
            .flag("blocked", !planar)
            .set("strip_function", strip)
            .set("strip_offset", winograd_strip_offset(kernel))
            .list("strip_loops", planar ? inputs : std::vector<TemplateValues>())
            .set("m_offset", winograd_m_offset(kernel))
            .set("u_offset", winograd_weights_offset(kernel))
            .flag("plain", kernel.plain)
            .flag("border", !clear.empty())
            .set("clear", clear)
            .set("outputs_h", kernel.outputs_h)
            .set("outputs_w", kernel.outputs_w)
            .set("x_image_stride", planar ? x.shape.elements() / y.batch : x.image_stride)
            .set("x_row_step", x.row_stride * window.stride_h)
            .set("x_pixel_step", x.pixel_stride * window.stride_w)
            .list("phases", planar ? std::vector<TemplateValues>() : inputs)
            .list("panels", panel_list(emitter, shape, kernel, rest, tile_output, outputs)));
  });

  View origin = x;  // the first tap of the first pixel, which may lie in the border
  if (!planar) origin.offset -= window.pad_top * x.row_stride + window.pad_left * x.pixel_stride;
  std::string arguments =
      fmt::format("{}, {}, {}", emitter.pointer(origin), emitter.pointer(kernel.weights), emitter.pointer(kernel.bias));
  if (kernel.residual) arguments += ", " + emitter.pointer(*kernel.residual);
  return fmt::format("{}({}, {}, {});", name, arguments, emitter.pointer(y), emitter.pointer(kernel.scratch));
}

}  // namespace intaglio

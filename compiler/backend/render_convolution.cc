// Direct convolution over blocked views: a function per layer shape that walks panels, reduction blocks and tiles, and register
// tiles that all layers share.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "backend/emitter.h"
#include "backend/template.h"
#include "backend/tiles.h"
#include "ir/panels.h"

namespace intaglio {

namespace {

/// Offsets of the pixels of `rows` rows from the first one.
std::vector<int64_t> pixel_offsets(int64_t rows, int64_t width, int64_t row_step, int64_t pixel_step) {
  std::vector<int64_t> offsets;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < width; ++column) offsets.push_back(row * row_step + column * pixel_step);
  }
  return offsets;
}

std::string tile_function(Emitter& emitter, int64_t pixels, int64_t blocks, bool taps, const Epilogue& epilogue) {
  const int64_t block = emitter.program.block;
  std::string wanted = fmt::format("{}_tile_{}x{}", taps ? "convolution" : "pointwise", pixels, blocks * block);
  if (const std::string suffix = epilogue_name(epilogue); !suffix.empty()) wanted += "_" + suffix;
  return emitter.function(wanted, [&](const std::string& name) {
    auto accumulator = [](int64_t pixel, int64_t b) { return fmt::format("a{}{}", pixel, b); };
    std::string names;
    std::vector<Values> pixel_list, starts, cells, panel, steps;
    for (int64_t b = 0; b < blocks; ++b) panel.push_back(Values().set("block", b).set("panel_lanes", blocks * block).set("lane", b * block));
    for (int64_t p = 0; p < pixels; ++p) {
      pixel_list.push_back(Values().set("pixel", p));
      std::string accumulate;
      for (int64_t b = 0; b < blocks; ++b) {
        const std::string a = accumulator(p, b);
        names += (names.empty() ? "" : ", ") + a;
        starts.push_back(Values().set("accumulator", a).set("lane", b * block));
        const std::string residual = fmt::format("f32x8_load(residual + residual_offset[{}] + {} * window.residual_block_stride)", p, b);
        cells.push_back(Values().set("accumulator", a).set("pixel", p).set("block", b).set(
            "stored_value", epilogue_expression(epilogue, a, residual)));
        accumulate += fmt::format("{}{}({}, v, w{});", b == 0 ? "" : " ", emitter.accumulate(), a, b);
      }
      steps.push_back(Values().set("pixel", p).set("accumulate", accumulate));
    }
    return render_template("kernels/convolution_tile.cpp.tmpl",
                           Values()
                               .set("kind", taps ? "direct" : "1x1")
                               .set("name", name)
                               .set("pixel_count", pixels)
                               .set("panel_lanes", blocks * block)
                               .set("stored", epilogue_expression(epilogue, "sum", "residual"))
                               .set("accumulators", names)
                               .flag("residual", epilogue.residual)
                               .flag("taps", taps)
                               .list("pixels", pixel_list)
                               .list("starts", starts)
                               .list("cells", cells)
                               .list("panel", panel)
                               .list("steps", steps));
  });
}

}  // namespace

std::string render(const ConvolutionStep& kernel, const Step&, Emitter& emitter) {
  const int64_t block = emitter.program.block;
  const View &x = kernel.x, &y = kernel.y;
  const Window2d& window = kernel.window;
  const int64_t taps = window.kernel_h * window.kernel_w;
  const int64_t group_input_blocks = x.blocks(block) / kernel.groups, group_output_blocks = y.blocks(block) / kernel.groups;
  std::vector<int64_t> group_segments = x.segments;
  if (kernel.groups > 1) group_segments = {x.channels() / kernel.groups};
  const std::vector<ReductionBlock> reductions =
      reduction_blocks(channel_runs(group_segments, block), taps, kernel.reduction_block, block);

  const int64_t rows = kernel.rows_per_group, pixels = rows * y.width;
  std::vector<Values> tables;
  auto table = [&](const char* name, const std::vector<int64_t>& values) {
    tables.push_back(Values().set("table", name).set("length", values.size()).set("values", integer_table(values)));
  };
  table("x_offset", pixel_offsets(rows, y.width, window.stride_h * x.row_stride, window.stride_w * x.pixel_stride));
  table("y_offset", pixel_offsets(rows, y.width, y.row_stride, y.pixel_stride));
  if (kernel.residual) table("residual_offset", pixel_offsets(rows, y.width, kernel.residual->row_stride, kernel.residual->pixel_stride));

  std::vector<Values> run_lists, reduction_values;
  std::vector<std::string> known;
  for (const ReductionBlock& reduction : reductions) {
    std::string list;
    for (const ChannelRun& run : reduction.runs) list += fmt::format("{}{{{}, {}}}", list.empty() ? "" : ", ", run.full, run.tail);
    const size_t index = std::find(known.begin(), known.end(), list) - known.begin();
    const std::string runs = fmt::format("runs{}", index);
    if (index == known.size()) {
      known.push_back(list);
      run_lists.push_back(Values().set("runs", runs).set("list", "{" + list + "}"));
    }
    reduction_values.push_back(Values()
                                   .set("runs", runs)
                                   .set("run_count", reduction.runs.size())
                                   .set("x_offset", reduction.input_block * x.block_stride)
                                   .set("steps", reduction.steps));
  }

  std::vector<Values> panel_values;
  for (const PanelRange& panel : panel_split(group_output_blocks, kernel.panel_blocks)) {
    const std::vector<TileLoop> loops = 
        balanced_tiles(pixels, tile_pixels_for(panel.blocks, kernel.panel_blocks, kernel.tile_pixels));
    int64_t tiles = 0;
    for (const TileLoop& loop : loops) tiles += (loop.end - loop.first) / loop.step;
    tiles *= y.height / rows;
    std::vector<Values> loop_values;
    for (const TileLoop& loop : loops) {
      Values values;
      values.set("first", loop.first).set("end", loop.end).set("step", loop.step);
      values.flag("two_passes", reductions.size() > 1);
      values.set("partial", reductions.size() > 1 ? tile_function(emitter, loop.step, panel.blocks, taps != 1, Epilogue{}) : "");
      values.set("tile", tile_function(emitter, loop.step, panel.blocks, taps != 1, kernel.epilogue));
      values.set("residual_arguments", kernel.residual ? " residual_row, residual_offset + pixel," : "");
      values.set("prefetch_step", panel.blocks * block * 32 / tiles);
      loop_values.push_back(values);
    }
    panel_values.push_back(Values()
                               .set("count", panel.count)
                               .set("lanes", panel.blocks * block)
                               .set("tiles", tiles)
                               .set("rows", rows)
                               .set("x_row_step", window.stride_h * x.row_stride)
                               .set("y_row_stride", y.row_stride)
                               .set("panel_blocks", panel.blocks)
                               .flag("panel_residual", kernel.residual.has_value())
                               .set("residual_row_stride", kernel.residual ? kernel.residual->row_stride : 0)
                               .list("tile_loops", loop_values));
  }

  std::string wanted = fmt::format("convolution_{}x{}{}{}_{}_to_{}", window.kernel_h, window.kernel_w,
                                   window.stride_h * window.stride_w > 1 ? fmt::format("_s{}", std::max(window.stride_h, window.stride_w)) : "",
                                   kernel.groups > 1 ? fmt::format("_g{}", kernel.groups) : "", shape_name(x), shape_name(y));
  if (const std::string suffix = epilogue_name(kernel.epilogue); !suffix.empty()) wanted += "_" + suffix;
  const std::string comment = fmt::format(
      "Convolution {}x{}, stride {}x{}, dilation {}x{}{}: {} -> {}.", window.kernel_h, window.kernel_w, window.stride_h, window.stride_w,
      window.dilation_h, window.dilation_w, kernel.groups > 1 ? fmt::format(", {} groups", kernel.groups) : "", shape_name(x), shape_name(y));
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    return render_template(
        "kernels/convolution.cpp.tmpl",
        Values()
            .set("comment", comment)
            .set("name", function)
            .set("panel_lanes", kernel.panel_blocks * block)
            .set("reduction_count", reductions.size())
            .flag("residual", kernel.residual.has_value())
            .list("tables", tables)
            .list("run_lists", run_lists)
            .list("reductions", reduction_values)
            .set("window", fmt::format("{}, {}, {}, {}, {}, {}, {}", window.kernel_h, window.kernel_w, window.dilation_h * x.row_stride,
                                       window.dilation_w * x.pixel_stride, x.block_stride, y.block_stride,
                                       kernel.residual ? kernel.residual->block_stride : 0))
            .set("batch", y.batch)
            .set("groups", kernel.groups)
            .set("height", y.height)
            .flag("border", !clear_border_statement(y, block, "y").empty())
            .set("clear", clear_border_statement(y, block, fmt::format("y + image * {}", y.image_stride)))
            .set("x_image_stride", x.image_stride)
            .set("x_group_stride", group_input_blocks * x.block_stride)
            .set("y_image_stride", y.image_stride)
            .set("y_group_stride", group_output_blocks * y.block_stride)
            .set("residual_image_stride", kernel.residual ? kernel.residual->image_stride : 0)
            .set("residual_group_stride", kernel.residual ? group_output_blocks * kernel.residual->block_stride : 0)
            .list("panels", panel_values));
  });

  View origin = x;  // the first tap of the first pixel, which may lie in the border
  origin.offset -= window.pad_top * x.row_stride + window.pad_left * x.pixel_stride;
  std::string arguments = fmt::format("{}, {}, {}", emitter.pointer(origin), emitter.pointer(kernel.weights), emitter.pointer(kernel.bias));
  if (kernel.residual) arguments += ", " + emitter.pointer(*kernel.residual);
  return fmt::format("{}({}, {});", name, arguments, emitter.pointer(y));
}

}  // namespace intaglio

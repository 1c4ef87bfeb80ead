// Direct convolution over blocked views: a function per layer shape that walks panels, reduction blocks and tiles, and
// register tiles that all layers share.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "backend/convolution_tile.h"
#include "backend/emitter.h"
#include "backend/template.h"
#include "backend/tiles.h"
#include "ir/panels.h"

namespace intaglio {

std::string render(const ConvolutionStep& kernel, const Step&, Emitter& emitter) {
  const View &x = kernel.x, &y = kernel.y;
  const Window2d& window = kernel.window;
  const int64_t taps = window.kernel_h * window.kernel_w;
  const int64_t group_input_blocks = x.blocks() / kernel.groups, group_output_blocks = y.blocks() / kernel.groups;
  std::vector<int64_t> group_segments = x.segments;
  if (kernel.groups > 1) group_segments = {x.channels() / kernel.groups};
  const std::vector<ReductionBlock> reductions =
      reduction_blocks(channel_runs(group_segments), taps, kernel.reduction_block);

  const int64_t rows = kernel.rows_per_group, pixels = rows * y.width;
  std::vector<TemplateValues> tables;
  auto table = [&](const char* name, const std::vector<int64_t>& values) {
    tables.push_back(
        TemplateValues().set("table", name).set("length", values.size()).set("values", integer_table(values)));
  };
  table("x_offset", pixel_offsets(rows, y.width, window.stride_h * x.row_stride, window.stride_w * x.pixel_stride));
  table("y_offset", pixel_offsets(rows, y.width, y.row_stride, y.pixel_stride));
  if (kernel.residual)
    table("residual_offset", pixel_offsets(rows, y.width, kernel.residual->row_stride, kernel.residual->pixel_stride));

  const ReductionTables reduction_tables = render_reductions(reductions, x.block_stride);

  std::vector<TemplateValues> panel_values;
  for (const PanelRange& panel : panel_split(group_output_blocks, kernel.tile)) {
    const std::vector<TileLoop> loops = balanced_tiles(pixels, panel.pixels);
    int64_t tiles = 0;
    for (const TileLoop& loop : loops) tiles += (loop.end - loop.first) / loop.step;
    tiles *= y.height / rows;
    const int64_t prefetch_step = prefetch_bytes(panel.blocks * lanes_per_block, tiles);
    std::vector<TemplateValues> loop_values;
    for (const TileLoop& loop : loops) {
      TemplateValues values;
      values.set("first", loop.first).set("end", loop.end).set("step", loop.step);
      values.flag("two_passes", reductions.size() > 1);
      const ProductTile tile{loop.step, panel.blocks, kernel.tile};
      values.set("partial",
                 reductions.size() > 1 ? convolution_tile(emitter, tile, taps != 1, prefetch_step, Epilogue{}) : "");
      values.set("tile", convolution_tile(emitter, tile, taps != 1, prefetch_step, kernel.epilogue));
      values.set("residual_arguments", kernel.residual ? " residual_row, residual_offset + pixel," : "");
      values.set("prefetch_step", prefetch_step);
      loop_values.push_back(values);
    }
    panel_values.push_back(TemplateValues()
                               .set("count", panel.count)
                               .set("lanes", panel.blocks * lanes_per_block)
                               .set("tiles", tiles)
                               .set("rows", rows)
                               .set("x_row_step", window.stride_h * x.row_stride)
                               .set("y_row_stride", y.row_stride)
                               .set("panel_blocks", panel.blocks)
                               .flag("panel_residual", kernel.residual.has_value())
                               .set("residual_row_stride", kernel.residual ? kernel.residual->row_stride : 0)
                               .list("tile_loops", loop_values));
  }

  std::string wanted = fmt::format(
      "convolution_{}x{}{}{}_{}_to_{}", window.kernel_h, window.kernel_w,
      window.stride_h * window.stride_w > 1 ? fmt::format("_s{}", std::max(window.stride_h, window.stride_w)) : "",
      kernel.groups > 1 ? fmt::format("_g{}", kernel.groups) : "", shape_name(x), shape_name(y));
  wanted += epilogue_suffix(kernel.epilogue);
  const std::string comment =
      fmt::format("Convolution {}x{}, stride {}x{}, dilation {}x{}{}: {} -> {}.", window.kernel_h, window.kernel_w,
                  window.stride_h, window.stride_w, window.dilation_h, window.dilation_w,
                  kernel.groups > 1 ? fmt::format(", {} groups", kernel.groups) : "", shape_name(x), shape_name(y));
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    return render_template(
        "kernels/convolution.cpp.tmpl",
        TemplateValues()
            .set("comment", comment)
            .set("name", function)
            .set("panel_lanes", kernel.tile.panel_blocks * lanes_per_block)
            .set("reduction_count", reductions.size())
            .flag("residual", kernel.residual.has_value())
            .list("tables", tables)
            .list("run_lists", reduction_tables.run_lists)
            .list("reductions", reduction_tables.reductions)
            .set("window",
                 fmt::format("{}, {}, {}, {}, {}, {}, {}", window.kernel_h, window.kernel_w,
                             window.dilation_h * x.row_stride, window.dilation_w * x.pixel_stride, x.block_stride,
                             y.block_stride, kernel.residual ? kernel.residual->block_stride : 0))
            .set("batch", y.batch)
            .set("groups", kernel.groups)
            .set("height", y.height)
            .flag("border", !clear_border_statement(y, "y").empty())
            .set("clear", clear_border_statement(y, fmt::format("y + image * {}", y.image_stride)))
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
  std::string arguments =
      fmt::format("{}, {}, {}", emitter.pointer(origin), emitter.pointer(kernel.weights), emitter.pointer(kernel.bias));
  if (kernel.residual) arguments += ", " + emitter.pointer(*kernel.residual);
  return fmt::format("{}({}, {});", name, arguments, emitter.pointer(y));
}

}  // namespace intaglio

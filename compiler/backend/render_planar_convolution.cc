// First layer: convolution that reads the caller's planar input through a ring of padded rows
// and writes blocked output.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "backend/convolution_tile.h"
#include "backend/emitter.h"
#include "backend/template.h"
#include "backend/tiles.h"
#include "ir/panels.h"

namespace intaglio {

namespace {

std::string tile_function(Emitter& emitter, const PlanarConvolutionStep& kernel, int64_t channels, int64_t ring_width,
                          int64_t pixels, int64_t blocks) {
  const Window2d& window = kernel.window;
  std::string wanted = fmt::format("planar_convolution_{}x{}_s{}_c{}_tile_{}x{}", window.kernel_h, window.kernel_w,
                                   window.stride_w, channels, pixels, blocks * lanes_per_block);
  wanted += epilogue_suffix(kernel.epilogue);
  return emitter.function(wanted, [&](const std::string& name) {
    const TileAccumulators accumulators(emitter, {pixels, blocks, kernel.tile});
    std::vector<TemplateValues> cells, channel_steps;
    for (int64_t p = 0; p < pixels; ++p) {
      for (int64_t b = 0; b < blocks; ++b) {
        cells.push_back(
            TemplateValues()
                .set("pixel", p)
                .set("block", b)
                .set("pixel_stride", kernel.y.pixel_stride)
                .set("stored_value", epilogue_expression(emitter, kernel.epilogue, accumulators.block(p, b), "")));
      }
    }
    for (int64_t c = 0; c < channels; ++c) {
      std::vector<TemplateValues> panel, steps;
      for (size_t i = 0; i < accumulators.vectors.size(); ++i) {
        const TileVector& vector = accumulators.vectors[i];
        panel.push_back(TemplateValues()
                            .set("type", vector.type())
                            .set("vector", i)
                            .set("lane", (c * blocks + vector.first) * lanes_per_block));
      }
      for (int64_t p = 0; p < pixels; ++p) {
        steps.push_back(TemplateValues()
                            .set("type", accumulators.input_type())
                            .set("offset", c * ring_width + p * window.stride_w)
                            .set("accumulate", accumulators.accumulate(p)));
      }
      channel_steps.push_back(TemplateValues().list("panel", panel).list("steps", steps));
    }
    return render_template("kernels/planar_convolution_tile.cpp.tmpl",
                           TemplateValues()
                               .set("pixel_count", pixels)
                               .set("stride_w", window.stride_w)
                               .set("panel_lanes", blocks * lanes_per_block)
                               .set("channels", channels)
                               .set("name", name)
                               .list("declarations", accumulators.declarations)
                               .set("kernel_h", window.kernel_h)
                               .set("kernel_w", window.kernel_w)
                               .set("channel_floats", channels * blocks * lanes_per_block)
                               .set("dilation_w", window.dilation_w)
                               .list("starts", accumulators.starts)
                               .list("channel_steps", channel_steps)
                               .list("cells", cells));
  });
}

}  // namespace

std::string render(const PlanarConvolutionStep& kernel, const Step&, Emitter& emitter) {
  const View &x = kernel.x, &y = kernel.y;
  const Window2d& window = kernel.window;
  const int64_t channels = x.shape[1], in_height = x.shape.rank() == 4 ? x.shape[2] : 1,
                in_width = x.shape[x.shape.rank() - 1];
  const int64_t reach_h = (window.kernel_h - 1) * window.dilation_h + 1;
  const int64_t ring_width = planar_ring_width(kernel), ring_rows = reach_h;
  // Rows are numbered from -pad_top; the bias keeps the ring index non-negative.
  const int64_t ring_bias = (window.pad_top + ring_rows - 1) / ring_rows * ring_rows;

  std::vector<TemplateValues> panels;
  for (const PanelRange& panel : panel_split(y.blocks(), kernel.tile)) {
    std::vector<TemplateValues> loops;
    for (const TileLoop& loop : balanced_tiles(y.width, panel.pixels)) {
      loops.push_back(TemplateValues()
                          .set("first", loop.first)
                          .set("end", loop.end)
                          .set("step", loop.step)
                          .set("tile", tile_function(emitter, kernel, channels, ring_width, loop.step, panel.blocks))
                          .set("stride_w", window.stride_w)
                          .set("y_pixel_stride", y.pixel_stride)
                          .set("y_block_stride", y.block_stride));
    }
    panels.push_back(
        TemplateValues()
            .set("count", panel.count)
            .list("tile_loops", loops)
            .set("panel_floats", window.kernel_h * window.kernel_w * channels * panel.blocks * lanes_per_block)
            .set("lanes", panel.blocks * lanes_per_block)
            .set("panel_blocks", panel.blocks)
            .set("block_stride", y.block_stride));
  }
  std::string wanted = fmt::format("planar_convolution_{}x{}_s{}_{}_to_{}", window.kernel_h, window.kernel_w,
                                   std::max(window.stride_h, window.stride_w), x.shape.text(), shape_name(y));
  wanted += epilogue_suffix(kernel.epilogue);
  const std::string clear = clear_border_statement(y, "y_image");
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    return render_template(
        "kernels/planar_convolution.cpp.tmpl",
        TemplateValues()
            .set("comment", fmt::format("Convolution {}x{}, stride {}x{}, dilation {}x{}: planar {} -> {}.",
                                        window.kernel_h, window.kernel_w, window.stride_h, window.stride_w,
                                        window.dilation_h, window.dilation_w, x.shape.text(), shape_name(y)))
            .set("name", function)
            .set("ring_rows", ring_rows)
            .set("ring_width", ring_width)
            .set("ring_bias", ring_bias)
            .set("first_row", -window.pad_top)
            .set("batch", y.batch)
            .set("channels", channels)
            .set("in_height", in_height)
            .set("in_width", in_width)
            .set("height", y.height)
            .set("y_image_stride", y.image_stride)
            .flag("border", !clear.empty())
            .set("clear", clear)
            .set("stride_h", window.stride_h)
            .set("pad_top", window.pad_top)
            .set("pad_left", window.pad_left)
            .set("copy_width", std::min(in_width, ring_width - window.pad_left))
            .set("reach_h", reach_h)
            .set("kernel_h", window.kernel_h)
            .set("dilation_h", window.dilation_h)
            .set("y_row_stride", y.row_stride)
            .list("panels", panels));
  });
  return fmt::format("{}({}, {}, {}, {}, {});", name, emitter.pointer(x), emitter.pointer(kernel.weights),
                     emitter.pointer(kernel.bias), emitter.pointer(y), emitter.pointer(kernel.ring));
}

}  // namespace intaglio

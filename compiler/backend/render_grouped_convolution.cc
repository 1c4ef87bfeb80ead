// Grouped convolution whose groups are blocks of lanes or smaller.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "backend/emitter.h"
#include "backend/template.h"
#include "backend/tiles.h"

namespace intaglio {
namespace {

/// Input `input` of every group of `spread` lanes, at `offset` from q, over the lanes of its group.
std::string spread_value(int64_t spread, int64_t input, int64_t offset) {
  if (spread == lanes_per_block) return fmt::format("f32x8_splat_load(q + {})", offset + input);
  return fmt::format("f32x8_spread{}<{}>(f32x8_load(q + {}))", spread, input, offset);
}

/// Inputs whose products are written out: all, except where one runs over the lanes of a block.
int64_t written_inputs(int64_t spread) { return spread == lanes_per_block ? 1 : spread; }

/// One step per input: a row of the kernel in registers,
/// and every column of x that the tile's windows meet spread once.
std::vector<TemplateValues> shared_passes(const GroupedConvolutionStep& kernel, int64_t pixels,
                                          const Emitter& emitter) {
  const Window2d& window = kernel.window;
  std::map<int64_t, std::string> products;  // of each column of x
  for (int64_t p = 0; p < pixels; ++p) {
    for (int64_t kx = 0; kx < window.kernel_w; ++kx) {
      products[p * window.stride_w + kx * window.dilation_w] +=
          fmt::format("{}(a{}, v, k{}); ", emitter.accumulate(), p, kx);
    }
  }
  std::vector<TemplateValues> passes;
  for (int64_t input = 0; input < written_inputs(kernel.spread); ++input) {
    std::vector<std::string> kernel_row;
    for (int64_t kx = 0; kx < window.kernel_w; ++kx) {
      kernel_row.push_back(
          fmt::format("k{} = f32x8_load(weights + {})", kx, (kx * kernel.spread + input) * lanes_per_block));
    }
    std::vector<TemplateValues> columns;
    for (const auto& [column, accumulate] : products) {
      columns.push_back(TemplateValues()
                            .set("value", spread_value(kernel.spread, input, column * kernel.x.pixel_stride))
                            .set("accumulate", accumulate.substr(0, accumulate.size() - 1)));
    }
    const bool looped = kernel.spread == lanes_per_block;
    passes.push_back(TemplateValues()
                         .set("loop", looped ? "for (ptrdiff_t input = 0; input < 8; ++input, ++q, weights += 8) " : "")
                         .set("kernel_row", fmt::format("{}", fmt::join(kernel_row, ", ")))
                         .list("columns", columns));
  }
  return passes;
}

}  // namespace

std::string render(const GroupedConvolutionStep& kernel, const Step&, Emitter& emitter) {
  const View &x = kernel.x, &y = kernel.y;
  const Window2d& window = kernel.window;
  const bool spread = kernel.spread > 0;
  const bool shared = kernel.shared_row;
  std::vector<TemplateValues> loops;
  for (const TileLoop& loop : balanced_tiles(y.width, kernel.tile_pixels)) {
    std::string names;
    std::vector<TemplateValues> spread_steps, gather_steps, cells;
    for (int64_t p = 0; p < loop.step; ++p) {
      names += fmt::format("{}a{} = start", p == 0 ? "" : ", ", p);
      gather_steps.push_back(TemplateValues()
                                 .set("accumulator", fmt::format("a{}", p))
                                 .set("multiply_add", emitter.multiply_add())
                                 .set("offset", p * window.stride_w * x.pixel_stride));
      const std::string residual = kernel.residual ? fmt::format("f32x8_load(residual_row + (pixel + {}) * {})", p,
                                                                 kernel.residual->pixel_stride)
                                                   : std::string();
      cells.push_back(TemplateValues()
                          .set("pixel", p)
                          .set("y_pixel_stride", y.pixel_stride)
                          .set("stored_value", epilogue_expression(kernel.epilogue, fmt::format("a{}", p), residual)));
    }
    for (int64_t i = 0; spread && !shared && i < kernel.spread; ++i) {
      std::vector<TemplateValues> steps;
      for (int64_t p = 0; p < loop.step; ++p) {
        steps.push_back(TemplateValues()
                            .set("accumulator", fmt::format("a{}", p))
                            .set("multiply_add", emitter.multiply_add())
                            .set("value", spread_value(kernel.spread, i, p * window.stride_w * x.pixel_stride)));
      }
      spread_steps.push_back(TemplateValues().set("weight", i * lanes_per_block).list("steps", steps));
    }
    loops.push_back(
        TemplateValues()
            .set("first", loop.first)
            .set("end", loop.end)
            .set("step", loop.step)
            .set("accumulators", names)
            .set("block_floats", window.kernel_h * window.kernel_w * kernel.group_inputs * lanes_per_block)
            .set("kernel_h", window.kernel_h)
            .set("kernel_w", window.kernel_w)
            .set("x_row_step", window.stride_h * x.row_stride)
            .set("x_pixel_step", window.stride_w * x.pixel_stride)
            .set("tap_row_stride", window.dilation_h * x.row_stride)
            .set("tap_column_stride", window.dilation_w * x.pixel_stride)
            .flag("spread_tile", spread && !shared)
            .flag("shared_tile", shared)
            .list("passes", shared ? shared_passes(kernel, loop.step, emitter) : std::vector<TemplateValues>())
            .set("row_floats", window.kernel_w * kernel.group_inputs * lanes_per_block -
                                   (kernel.spread == lanes_per_block ? kernel.group_inputs * lanes_per_block : 0))
            .flag("gather_tile", !spread)
            .list("spread_steps", spread_steps)
            .list("gather_steps", gather_steps)
            .set("source_step", kernel.group_inputs * lanes_per_block)
            .set("inputs", kernel.group_inputs)
            .set("tap_floats", kernel.group_inputs * lanes_per_block)
            .list("cells", cells));
  }
  std::string wanted =
      fmt::format("grouped_convolution_{}x{}_s{}_{}_inputs_{}_to_{}", window.kernel_h, window.kernel_w,
                  std::max(window.stride_h, window.stride_w), kernel.group_inputs, shape_name(x), shape_name(y));
  wanted += epilogue_suffix(kernel.epilogue);
  const std::string clear = clear_border_statement(y, fmt::format("y + image * {}", y.image_stride));
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    return render_template(
        "kernels/grouped_convolution.cpp.tmpl",
        TemplateValues()
            .set("comment",
                 fmt::format(
                     "Grouped convolution {}x{}, stride {}x{}, dilation {}x{}, {} input channels per group: {} -> {}.",
                     window.kernel_h, window.kernel_w, window.stride_h, window.stride_w, window.dilation_h,
                     window.dilation_w, kernel.group_inputs, shape_name(x), shape_name(y)))
            .set("name", function)
            .flag("spread_form", spread)
            .flag("gather_form", !spread)
            .flag("shared", shared)
            .set("inputs", kernel.group_inputs)
            .flag("residual", kernel.residual.has_value())
            .set("batch", y.batch)
            .set("blocks", y.blocks())
            .set("height", y.height)
            .flag("border", !clear.empty())
            .set("clear", clear)
            .set("x_image_stride", x.image_stride)
            .set("x_block_stride", x.block_stride)
            .set("y_image_stride", y.image_stride)
            .set("y_block_stride", y.block_stride)
            .set("y_row_stride", y.row_stride)
            .set("residual_image_stride", kernel.residual ? kernel.residual->image_stride : 0)
            .set("residual_block_stride", kernel.residual ? kernel.residual->block_stride : 0)
            .set("residual_row_stride", kernel.residual ? kernel.residual->row_stride : 0)
            .list("tile_loops", loops));
  });
  View origin = x;
  origin.offset -= window.pad_top * x.row_stride + window.pad_left * x.pixel_stride;
  std::string arguments =
      fmt::format("{}, {}, {}", emitter.pointer(origin), emitter.pointer(kernel.weights), emitter.pointer(kernel.bias));
  if (!spread) arguments += ", " + emitter.pointer(kernel.sources);
  if (kernel.residual) arguments += ", " + emitter.pointer(*kernel.residual);
  return fmt::format("{}({}, {});", name, arguments, emitter.pointer(y));
}

}  // namespace intaglio

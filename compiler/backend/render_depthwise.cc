// Depthwise convolution: tiles of 8 pixels x 8 channels, the window unrolled for kernels of up to 25 taps.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "backend/emitter.h"
#include "backend/template.h"
#include "backend/tiles.h"

namespace intaglio {

namespace {

constexpr int64_t largest_unrolled_window = 25;

std::string tile_function(Emitter& emitter, const DepthwiseStep& kernel, int64_t pixels) {
  const Window2d& window = kernel.window;
  const int64_t x_step = window.stride_w * kernel.x.pixel_stride, dilation = window.dilation_w * kernel.x.pixel_stride;
  const bool unrolled = window.kernel_h * window.kernel_w <= largest_unrolled_window;
  std::string wanted =
      fmt::format("depthwise_{}x{}_s{}_tile_{}", window.kernel_h, window.kernel_w, window.stride_w, pixels);
  if (const std::string suffix = epilogue_name(kernel.epilogue); !suffix.empty()) wanted += "_" + suffix;
  return emitter.function(wanted, [&](const std::string& name) {
    std::string names;
    std::vector<Values> rows, loop_steps, cells;
    auto accumulator = [](int64_t p) { return fmt::format("a{}", p); };
    auto step = [&](int64_t p, int64_t kx) {
      return Values()
          .set("accumulator", accumulator(p))
          .set("multiply_add", emitter.multiply_add())
          .set("offset", p * x_step + kx * dilation);
    };
    for (int64_t p = 0; p < pixels; ++p) {
      names += (names.empty() ? "" : ", ") + accumulator(p) + " = start";
      loop_steps.push_back(step(p, 0));
      const std::string residual =
          kernel.residual ? fmt::format("f32x8_load(residual + {})", p * kernel.residual->pixel_stride) : std::string();
      cells.push_back(Values()
                          .set("offset", p * kernel.y.pixel_stride)
                          .set("stored_value", epilogue_expression(kernel.epilogue, accumulator(p), residual)));
    }
    for (int64_t ky = 0; unrolled && ky < window.kernel_h; ++ky) {
      std::vector<Values> taps;
      for (int64_t kx = 0; kx < window.kernel_w; ++kx) {
        std::vector<Values> steps;
        for (int64_t p = 0; p < pixels; ++p) {
          steps.push_back(step(p, kx));
        }
        taps.push_back(Values().set("weight", (ky * window.kernel_w + kx) * 8).list("steps", steps));
      }
      rows.push_back(Values().set("row", ky).list("taps", taps));
    }
    return render_template("kernels/depthwise_tile.cpp.tmpl",
                           Values()
                               .set("kernel", fmt::format("{}x{}", window.kernel_h, window.kernel_w))
                               .set("stride_w", window.stride_w)
                               .set("pixel_count", pixels)
                               .set("name", name)
                               .set("accumulators", names)
                               .flag("residual", kernel.residual.has_value())
                               .flag("unrolled", unrolled)
                               .flag("looped", !unrolled)
                               .list("rows", rows)
                               .set("kernel_h", window.kernel_h)
                               .set("kernel_w", window.kernel_w)
                               .list("loop_steps", loop_steps)
                               .set("dilation", dilation)
                               .list("cells", cells));
  });
}

}  // namespace

std::string render(const DepthwiseStep& kernel, const Step&, Emitter& emitter) {
  const int64_t block = emitter.program.block;
  const View &x = kernel.x, &y = kernel.y;
  const Window2d& window = kernel.window;
  std::vector<Values> loops;
  for (const TileLoop& loop : balanced_tiles(y.width, emitter.target.lanes == 1 ? 2 : 8)) {
    loops.push_back(Values()
                        .set("first", loop.first)
                        .set("end", loop.end)
                        .set("step", loop.step)
                        .set("tile", tile_function(emitter, kernel, loop.step))
                        .set("x_pixel_step", window.stride_w * x.pixel_stride)
                        .set("tap_row_stride", window.dilation_h * x.row_stride)
                        .set("residual_argument",
                             kernel.residual ? fmt::format(" residual_row + pixel * {},", kernel.residual->pixel_stride)
                                             : std::string())
                        .set("y_pixel_stride", y.pixel_stride));
  }
  std::string wanted = fmt::format("depthwise_{}x{}_s{}_{}_to_{}", window.kernel_h, window.kernel_w,
                                   std::max(window.stride_h, window.stride_w), shape_name(x), shape_name(y));
  if (const std::string suffix = epilogue_name(kernel.epilogue); !suffix.empty()) wanted += "_" + suffix;
  const std::string clear = clear_border_statement(y, block, fmt::format("y + image * {}", y.image_stride));
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    return render_template(
        "kernels/depthwise.cpp.tmpl",
        Values()
            .set("comment", fmt::format("Depthwise convolution {}x{}, stride {}x{}, dilation {}x{}: {} -> {}.",
                                        window.kernel_h, window.kernel_w, window.stride_h, window.stride_w,
                                        window.dilation_h, window.dilation_w, shape_name(x), shape_name(y)))
            .set("name", function)
            .flag("residual", kernel.residual.has_value())
            .set("batch", y.batch)
            .set("blocks", y.blocks(block))
            .set("height", y.height)
            .flag("border", !clear.empty())
            .set("clear", clear)
            .set("x_image_stride", x.image_stride)
            .set("x_block_stride", x.block_stride)
            .set("y_image_stride", y.image_stride)
            .set("y_block_stride", y.block_stride)
            .set("block_floats", window.kernel_h * window.kernel_w * block)
            .set("x_row_step", window.stride_h * x.row_stride)
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
  if (kernel.residual) arguments += ", " + emitter.pointer(*kernel.residual);
  return fmt::format("{}({}, {});", name, arguments, emitter.pointer(y));
}

}  // namespace intaglio

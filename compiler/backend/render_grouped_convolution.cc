// Grouped convolution whose groups are blocks of lanes or smaller.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "backend/emitter.h"
#include "backend/template.h"
#include "backend/tiles.h"
#include "ir/tap_ranges.h"

namespace intaglio {
namespace {

/// How a tile's pixels lie in registers: one in each, or that of a row (of a half of the only row) and its partner
/// `x_partner` behind it.
struct PixelRegisters {
  bool pairs = false;
  int64_t x_partner = 0, y_partner = 0, residual_partner = 0;
  const char* type() const { return pairs ? "f32x16" : "f32x8"; }
  std::string load(int64_t offset) const {
    const std::string first = fmt::format("f32x8_load(q + {})", offset);
    return pairs ? fmt::format("f32x16_join({}, f32x8_load(q + {}))", first, offset + x_partner) : first;
  }
  /// The same weights for both pixels.
  std::string weights(int64_t offset) const {
    return fmt::format("{}(weights + {})", pairs ? "f32x16_repeat_load" : "f32x8_load", offset);
  }
};

/// Input `input` of every group of `spread` lanes of `pixel`, at `offset` from q, over the lanes of its group.
std::string spread_value(const PixelRegisters& registers, int64_t spread, int64_t input, int64_t offset,
                         const std::string& pixel) {
  if (spread != lanes_per_block) return fmt::format("{}_spread{}<{}>({})", registers.type(), spread, input, pixel);
  const std::string first = fmt::format("q + {}", offset + input);
  return registers.pairs ? fmt::format("f32x16_splat_load_pair({}, {} + {})", first, first, registers.x_partner)
                         : fmt::format("f32x8_splat_load({})", first);
}

/// Inputs whose products are written out: all, except where one runs over the lanes of a block.
int64_t written_inputs(int64_t spread) { return spread == lanes_per_block ? 1 : spread; }

/// The pixels of a register tile, one from each register: of `rows` rows, `columns` of each.
struct TilePixels {
  int64_t rows, columns;
  int64_t count() const { return rows * columns; }
  int64_t row(int64_t pixel) const { return pixel / columns; }
  int64_t column(int64_t pixel) const { return pixel % columns; }
  /// From what the first one's first tap reads to what this one's does.
  int64_t x_offset(int64_t pixel, const GroupedConvolutionStep& kernel) const {
    return row(pixel) * kernel.window.stride_h * kernel.x.row_stride +
           column(pixel) * kernel.window.stride_w * kernel.x.pixel_stride;
  }
};

/// Pixels of x, by their offset from q: pairs are joined once for all inputs, in front of them; others are loaded where
/// they are spread.
class PixelsOfX {
 public:
  PixelsOfX(const PixelRegisters& registers, int64_t spread) : registers_(registers), spread_(spread) {}
  std::string value(int64_t input, int64_t offset) {
    if (!registers_.pairs || spread_ == lanes_per_block)
      return spread_value(registers_, spread_, input, offset, registers_.load(offset));
    const auto [at, inserted] = names_.try_emplace(offset, fmt::format("x{}", names_.size()));
    if (inserted) joins.push_back(TemplateValues().set("pair", at->second).set("joined", registers_.load(offset)));
    return spread_value(registers_, spread_, input, offset, at->second);
  }
  std::vector<TemplateValues> joins;

 private:
  const PixelRegisters& registers_;
  int64_t spread_;
  std::map<int64_t, std::string> names_;
};

/// One step per input: a row of the kernel in registers,
/// and every column of x that the tile's windows meet spread once.
std::vector<TemplateValues> shared_passes(const GroupedConvolutionStep& kernel, const PixelRegisters& registers,
                                          PixelsOfX& x, int64_t taps, const TilePixels& pixels,
                                          const Emitter& emitter) {
  const std::string accumulate_name = registers.pairs ? "INTAGLIO_ACCUMULATE_WIDE" : emitter.accumulate();
  std::map<int64_t, std::string> products;  // of each pixel of x
  for (int64_t p = 0; p < pixels.count(); ++p) {
    for (int64_t kx = 0; kx < taps; ++kx) {
      products[pixels.x_offset(p, kernel) + kx * kernel.window.dilation_w * kernel.x.pixel_stride] +=
          fmt::format("{}(a{}, v, k{}); ", accumulate_name, p, kx);
    }
  }
  std::vector<TemplateValues> passes;
  for (int64_t input = 0; input < written_inputs(kernel.spread); ++input) {
    std::vector<std::string> kernel_row;
    for (int64_t kx = 0; kx < taps; ++kx) {
      kernel_row.push_back(
          fmt::format("k{} = {}", kx, registers.weights((kx * kernel.spread + input) * lanes_per_block)));
    }
    std::vector<TemplateValues> columns;
    for (const auto& [offset, accumulate] : products) {
      columns.push_back(TemplateValues()
                            .set("type", registers.type())
                            .set("value", x.value(input, offset))
                            .set("accumulate", accumulate.substr(0, accumulate.size() - 1)));
    }
    const bool looped = kernel.spread == lanes_per_block;
    passes.push_back(TemplateValues()
                         .set("loop", looped ? "for (ptrdiff_t input = 0; input < 8; ++input, ++q, weights += 8) " : "")
                         .set("type", registers.type())
                         .set("kernel_row", fmt::format("{}", fmt::join(kernel_row, ", ")))
                         .list("columns", columns));
  }
  return passes;
}

/// The sums of one input each, of all pixels.
std::vector<TemplateValues> spread_passes(const GroupedConvolutionStep& kernel, const PixelRegisters& registers,
                                          PixelsOfX& x, const TilePixels& pixels, const Emitter& emitter) {
  std::vector<TemplateValues> passes;
  for (int64_t i = 0; i < kernel.spread; ++i) {
    std::vector<TemplateValues> steps;
    for (int64_t p = 0; p < pixels.count(); ++p) {
      steps.push_back(TemplateValues()
                          .set("accumulator", fmt::format("a{}", p))
                          .set("multiply_add", registers.pairs ? "f32x16_fma" : emitter.multiply_add())
                          .set("value", x.value(i, pixels.x_offset(p, kernel))));
    }
    passes.push_back(TemplateValues()
                         .set("type", registers.type())
                         .set("kernel", registers.weights(i * lanes_per_block))
                         .list("steps", steps));
  }
  return passes;
}

/// A loop over the tiles of a row of a region, or of some.
TemplateValues tile_loop(Emitter& emitter, const GroupedConvolutionStep& kernel, const TapRegion& region,
                         const TileLoop& loop, int64_t rows, const PixelRegisters& registers) {
  const View &x = kernel.x, &y = kernel.y;
  const Window2d& window = kernel.window;
  const bool spread = kernel.spread > 0, shared = kernel.shared_row;
  std::string names;
  std::vector<TemplateValues> gather_steps, cells;
  const TilePixels tile{rows, loop.step};
  const bool clipped = is_clipped(window, x, y);
  const int64_t tap_floats = kernel.group_inputs * lanes_per_block,
                taps_before = region.rows.tap * window.kernel_w + region.columns.tap;
  auto store = [&](int64_t p, int64_t partner, int64_t residual_partner, const std::string& value) {
    const std::string residual = kernel.residual
                                     ? fmt::format("f32x8_load(residual_row + (pixel + {}) * {}{})", tile.column(p),
                                                   kernel.residual->pixel_stride,
                                                   plus(tile.row(p) * kernel.residual->row_stride + residual_partner))
                                     : std::string();
    cells.push_back(TemplateValues()
                        .set("pixel", tile.column(p))
                        .set("y_pixel_stride", y.pixel_stride)
                        .set("partner", plus(tile.row(p) * y.row_stride + partner))
                        .set("stored_value", epilogue_expression(emitter, kernel.epilogue, value, residual)));
  };
  for (int64_t p = 0; p < tile.count(); ++p) {
    const std::string sum = fmt::format("a{}", p);
    names += fmt::format("{}{} = {}", p == 0 ? "" : ", ", sum, registers.pairs ? "start_pair" : "start");
    gather_steps.push_back(TemplateValues()
                               .set("accumulator", sum)
                               .set("multiply_add", emitter.multiply_add())
                               .set("offset", tile.x_offset(p, kernel)));
    store(p, 0, 0, registers.pairs ? fmt::format("f32x16_low({})", sum) : sum);
    if (registers.pairs) store(p, registers.y_partner, registers.residual_partner, fmt::format("f32x16_high({})", sum));
  }
  PixelsOfX pixels(registers, kernel.spread);
  std::vector<TemplateValues> passes, spread_steps;
  if (shared) passes = shared_passes(kernel, registers, pixels, region.columns.taps, tile, emitter);
  if (spread && !shared) spread_steps = spread_passes(kernel, registers, pixels, tile, emitter);
  return TemplateValues()
      .set("first", loop.first)
      .set("end", loop.end)
      .set("step", loop.step)
      .set("type", registers.type())
      .set("accumulators", names)
      .set("block_floats", window.kernel_h * window.kernel_w * kernel.group_inputs * lanes_per_block)
      .flag("clipped", clipped)
      .set("x_first", plus(clipped ? first_tap_place(region, window, x) : 0))
      .set("w_first", plus(spread ? taps_before * tap_floats : 0))
      .set("taps_before", taps_before)
      .set("taps_between", window.kernel_w - region.columns.taps)
      .set("taps_behind", window.kernel_h * window.kernel_w - taps_before - region.rows.taps * window.kernel_w)
      .set("kernel_h", region.rows.taps)
      .set("kernel_w", region.columns.taps)
      .set("x_row_step", window.stride_h * x.row_stride)
      .set("x_pixel_step", window.stride_w * x.pixel_stride)
      .set("tap_row_stride", window.dilation_h * x.row_stride)
      .set("tap_column_stride", window.dilation_w * x.pixel_stride)
      .flag("spread_tile", spread && !shared)
      .flag("shared_tile", shared)
      .list("joins", pixels.joins)
      .list("passes", passes)
      .set("row_floats", window.kernel_w * kernel.group_inputs * lanes_per_block -
                             (kernel.spread == lanes_per_block ? kernel.group_inputs * lanes_per_block : 0))
      .flag("gather_tile", !spread)
      .list("spread_steps", spread_steps)
      .list("gather_steps", gather_steps)
      .set("source_step", kernel.group_inputs * lanes_per_block)
      .set("inputs", kernel.group_inputs)
      .set("tap_floats", tap_floats)
      .list("cells", cells);
}

/// The loops over rows [first, end) of a region: of some at a time, of two in pairs, of one whose halves are computed
/// together, or of one.
TemplateValues row_loop(Emitter& emitter, const GroupedConvolutionStep& kernel, const TapRegion& region,
                        const std::string& first, const std::string& end, int64_t rows) {
  const View &x = kernel.x, &y = kernel.y;
  const int64_t half = y.width / 2;
  std::vector<TemplateValues> loops;
  auto add = [&](int64_t first_pixel, int64_t end_pixel, const PixelRegisters& registers) {
    for (TileLoop loop : balanced_tiles(end_pixel - first_pixel, kernel.tile_pixels)) {
      loop.first += first_pixel;
      loop.end += first_pixel;
      loops.push_back(tile_loop(emitter, kernel, region, loop, registers.pairs ? 1 : rows, registers));
    }
  };
  if (!kernel.pairs) {
    add(region.columns.first, region.columns.first + region.columns.count, {});
  } else if (rows == 2) {
    add(0, y.width,
        {true, kernel.window.stride_h * x.row_stride, y.row_stride, kernel.residual ? kernel.residual->row_stride : 0});
  } else if (half > 0) {
    add(0, half,
        {true, half * kernel.window.stride_w * x.pixel_stride, half * y.pixel_stride,
         kernel.residual ? half * kernel.residual->pixel_stride : 0});
    if (2 * half < y.width) add(2 * half, y.width, {});
  } else {
    add(0, y.width, {});
  }
  return TemplateValues()
      .set("first_row", first)
      .set("end_row", end)
      .set("advance", rows == 1 ? "++row" : fmt::format("row += {}", rows))
      .set("y_row_stride", y.row_stride)
      .flag("residual", kernel.residual.has_value())
      .set("residual_image_stride", kernel.residual ? kernel.residual->image_stride : 0)
      .set("residual_block_stride", kernel.residual ? kernel.residual->block_stride : 0)
      .set("residual_row_stride", kernel.residual ? kernel.residual->row_stride : 0)
      .list("tile_loops", loops);
}

}  // namespace

std::string render(const GroupedConvolutionStep& kernel, const Step&, Emitter& emitter) {
  const View &x = kernel.x, &y = kernel.y;
  const Window2d& window = kernel.window;
  const bool spread = kernel.spread > 0;
  const int64_t even = kernel.pairs ? y.height / 2 * 2 : 0;
  const bool clipped = is_clipped(window, x, y);
  std::vector<TemplateValues> row_loops;
  const std::vector<TapRegion> regions = tap_regions(window, x, y);
  for (size_t i = 0; i < regions.size(); ++i) {
    const TapRegion& region = regions[i];
    if (clipped) {
      const int64_t first = region.rows.first;
      for (const TileLoop& loop : balanced_tiles(region.rows.count, kernel.region_rows.at(i)))
        row_loops.push_back(row_loop(emitter, kernel, region, std::to_string(first + loop.first),
                                     std::to_string(first + loop.end), loop.step));
      continue;
    }
    if (even > 0)
      row_loops.push_back(
          row_loop(emitter, kernel, region, "0", even == y.height ? "height" : std::to_string(even), 2));
    if (even < y.height) row_loops.push_back(row_loop(emitter, kernel, region, std::to_string(even), "height", 1));
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
            .flag("shared", kernel.shared_row)
            .flag("single", !kernel.pairs || (y.height % 2 != 0 && y.width % 2 != 0))
            .flag("pairs", kernel.pairs && (y.height > 1 || y.width > 1))
            .set("inputs", kernel.group_inputs)
            .flag("residual", kernel.residual.has_value())
            .set("batch", y.batch)
            .set("blocks", y.blocks())
            .flag("whole", !clipped)
            .set("height", y.height)
            .flag("border", !clear.empty())
            .set("clear", clear)
            .set("x_image_stride", x.image_stride)
            .set("x_block_stride", x.block_stride)
            .set("y_image_stride", y.image_stride)
            .set("y_block_stride", y.block_stride)
            .list("row_loops", row_loops));
  });
  View origin = x;
  if (!clipped) origin.offset -= window.pad_top * x.row_stride + window.pad_left * x.pixel_stride;
  std::string arguments =
      fmt::format("{}, {}, {}", emitter.pointer(origin), emitter.pointer(kernel.weights), emitter.pointer(kernel.bias));
  if (!spread) arguments += ", " + emitter.pointer(kernel.sources);
  if (kernel.residual) arguments += ", " + emitter.pointer(*kernel.residual);
  return fmt::format("{}({}, {});", name, arguments, emitter.pointer(y));
}

}  // namespace intaglio

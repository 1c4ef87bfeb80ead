// Depthwise convolution: tiles of pixels x 8 channels, of two rows where registers hold two pixels; small windows
// written out.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "backend/emitter.h"
#include "backend/template.h"
#include "backend/tiles.h"
#include "ir/tap_ranges.h"

namespace intaglio {

namespace {

std::string tile_function(Emitter& emitter, const DepthwiseStep& kernel, int64_t pixels) {
  const Window2d& window = kernel.window;
  const int64_t x_step = window.stride_w * kernel.x.pixel_stride, dilation = window.dilation_w * kernel.x.pixel_stride;
  std::string wanted =
      fmt::format("depthwise_{}x{}_s{}_tile_{}", window.kernel_h, window.kernel_w, window.stride_w, pixels);
  wanted += epilogue_suffix(kernel.epilogue);
  return emitter.function(wanted, [&](const std::string& name) {
    std::string names;
    std::vector<TemplateValues> rows, loop_steps, cells;
    auto accumulator = [](int64_t p) { return fmt::format("a{}", p); };
    auto step = [&](int64_t p, int64_t kx) {
      return TemplateValues()
          .set("accumulator", accumulator(p))
          .set("multiply_add", emitter.multiply_add())
          .set("offset", p * x_step + kx * dilation);
    };
    for (int64_t p = 0; p < pixels; ++p) {
      names += (names.empty() ? "" : ", ") + accumulator(p) + " = start";
      loop_steps.push_back(step(p, 0));
      const std::string residual =
          kernel.residual ? fmt::format("f32x8_load(residual + {})", p * kernel.residual->pixel_stride) : std::string();
      cells.push_back(
          TemplateValues()
              .set("offset", p * kernel.y.pixel_stride)
              .set("stored_value", epilogue_expression(emitter, kernel.epilogue, accumulator(p), residual)));
    }
    auto row_of_taps = [&](int64_t ky) {
      std::vector<TemplateValues> taps;
      for (int64_t kx = 0; kx < window.kernel_w; ++kx) {
        std::vector<TemplateValues> steps;
        for (int64_t p = 0; p < pixels; ++p) steps.push_back(step(p, kx));
        taps.push_back(
            TemplateValues().set("weight", (ky * window.kernel_w + kx) * lanes_per_block).list("steps", steps));
      }
      return TemplateValues().set("row", ky).list("taps", taps);
    };
    if (kernel.unrolled == Unrolled::row) rows.push_back(row_of_taps(0));
    for (int64_t ky = 0; kernel.unrolled == Unrolled::window && ky < window.kernel_h; ++ky)
      rows.push_back(row_of_taps(ky));
    return render_template("kernels/depthwise_tile.cpp.tmpl",
                           TemplateValues()
                               .set("kernel", fmt::format("{}x{}", window.kernel_h, window.kernel_w))
                               .set("stride_w", window.stride_w)
                               .set("pixel_count", pixels)
                               .set("name", name)
                               .set("accumulators", names)
                               .flag("residual", kernel.residual.has_value())
                               .flag("written_window", kernel.unrolled == Unrolled::window)
                               .flag("written_row", kernel.unrolled == Unrolled::row)
                               .flag("looped", kernel.unrolled == Unrolled::nothing)
                               .list("rows", rows)
                               .set("kernel_h", window.kernel_h)
                               .set("kernel_w", window.kernel_w)
                               .set("row_floats", window.kernel_w * lanes_per_block)
                               .list("loop_steps", loop_steps)
                               .set("dilation", dilation)
                               .list("cells", cells));
  });
}

// ---- two pixels per register

/// `most` pixels at a time and what remains, in pairs as long as there are two.
std::vector<TileLoop> tiles_of_pairs(int64_t width, int64_t most) {
  std::vector<TileLoop> loops;
  for (const TileLoop& pairs : balanced_tiles((width + 1) / 2, most / 2)) {
    const TileLoop loop{pairs.first * 2, std::min(pairs.end * 2, width), pairs.step * 2};
    const int64_t rest = (loop.end - loop.first) % loop.step;
    if (loop.end - rest > loop.first) loops.push_back({loop.first, loop.end - rest, loop.step});
    if (rest > 0) loops.push_back({loop.end - rest, loop.end, rest});
  }
  return loops;
}

/// Pixels of a tile in registers of two; the last one of an odd number is alone.
struct PairedPixels {
  PixelPairs form;
  int64_t pixels;
  int64_t count() const { return pixels / 2; }
  bool alone() const { return pixels % 2 != 0; }
  int64_t first(int64_t pair) const { return form == PixelPairs::neighbours ? 2 * pair : pair; }
  int64_t second(int64_t pair) const { return first(pair) + (form == PixelPairs::neighbours ? 1 : count()); }
};

/// The registers with the pixels of one row of x from q on that the taps of the kernel's rows meet.
class LoadedRow {
 public:
  LoadedRow(const PairedPixels& tile, const DepthwiseStep& kernel)
      : pixel_stride_(kernel.x.pixel_stride),
        neighbours_(tile.form == PixelPairs::neighbours),
        distance_(tile.count() * kernel.window.stride_w) {
    for (int64_t kx = 0; kx < kernel.window.kernel_w; ++kx) {
      const int64_t tap = kx * kernel.window.dilation_w;
      for (int64_t pair = 0; pair < tile.count(); ++pair) wide_.insert(tile.first(pair) * kernel.window.stride_w + tap);
      if (tile.alone()) narrow_.insert((tile.pixels - 1) * kernel.window.stride_w + tap);
    }
  }
  std::string wide(int64_t pixel) const { return fmt::format("x{}", pixel); }
  std::string narrow(int64_t pixel) const { return fmt::format("x{}_alone", pixel); }

  std::vector<TemplateValues> loads() const {
    std::vector<TemplateValues> list;
    auto add = [&](const char* type, const std::string& name, const std::string& value) {
      list.push_back(TemplateValues().set("type", type).set("loaded", name).set("value", value));
    };
    auto narrow_load = [&](int64_t pixel) { return fmt::format("f32x8_load(q + {})", pixel * pixel_stride_); };
    // Neighbours that start at odd pixels are put together from the pairs around them where those are there: they
    // would cross cache lines when the others do not.
    auto between = [&](int64_t pixel) {
      return neighbours_ && pixel % 2 != 0 && wide_.count(pixel - 1) > 0 && wide_.count(pixel + 1) > 0;
    };
    for (int64_t pixel : wide_) {
      if (!neighbours_) {
        add("f32x16", wide(pixel),
            fmt::format("f32x16_join({}, {})", narrow_load(pixel), narrow_load(pixel + distance_)));
      } else if (!between(pixel)) {
        add("f32x16", wide(pixel), fmt::format("f32x16_load_once(q + {})", pixel * pixel_stride_));
      }
    }
    for (int64_t pixel : wide_) {
      if (between(pixel))
        add("f32x16", wide(pixel), fmt::format("f32x16_middle({}, {})", wide(pixel - 1), wide(pixel + 1)));
    }
    for (int64_t pixel : narrow_) add("f32x8", narrow(pixel), narrow_load(pixel));
    return list;
  }

 private:
  int64_t pixel_stride_;
  bool neighbours_;
  int64_t distance_;  ///< of the two pixels of halves
  std::set<int64_t> wide_, narrow_;
};

std::string pairs_tile_function(Emitter& emitter, const DepthwiseStep& kernel, int64_t rows, int64_t pixels) {
  const Window2d& window = kernel.window;
  const PairedPixels tile{kernel.pairs, pixels};
  std::string wanted =
      fmt::format("depthwise_{}x{}{}_tile_{}x{}", window.kernel_h, window.kernel_w,
                  tile.form == PixelPairs::halves ? fmt::format("_s{}", window.stride_w) : "", rows, pixels);
  wanted += epilogue_suffix(kernel.epilogue);
  return emitter.function(wanted, [&](const std::string& name) {
    const LoadedRow loaded(tile, kernel);
    auto accumulator = [](int64_t row, int64_t pixel) { return fmt::format("a{}_{}", row, pixel); };
    std::string wide, narrow;
    std::vector<TemplateValues> cells;
    auto declare = [&](std::string& list, const std::string& name, const char* load) {
      list += fmt::format("{}{} = {}(bias)", list.empty() ? "" : ", ", name, load);
    };
    auto store = [&](int64_t row, int64_t pixel, const std::string& value) {
      const std::string residual = kernel.residual ? fmt::format("f32x8_load(residual + {} * residual_row_stride + {})",
                                                                 row, pixel * kernel.residual->pixel_stride)
                                                   : std::string();
      cells.push_back(TemplateValues()
                          .set("row", row)
                          .set("offset", pixel * kernel.y.pixel_stride)
                          .set("stored_value", epilogue_expression(emitter, kernel.epilogue, value, residual)));
    };
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t pair = 0; pair < tile.count(); ++pair) {
        const std::string a = accumulator(row, tile.first(pair));
        declare(wide, a, "f32x16_repeat_load");
        store(row, tile.first(pair), fmt::format("f32x16_low({})", a));
        store(row, tile.second(pair), fmt::format("f32x16_high({})", a));
      }
      if (tile.alone()) {
        const std::string a = accumulator(row, pixels - 1);
        declare(narrow, a, "f32x8_load");
        store(row, pixels - 1, a);
      }
    }
    std::map<int64_t, std::vector<TemplateValues>> taps;  // by row of x
    for (int64_t ky = 0; ky < window.kernel_h; ++ky) {
      for (int64_t row = 0; row < rows; ++row) {
        for (int64_t kx = 0; kx < window.kernel_w; ++kx) {
          std::vector<TemplateValues> steps;
          auto step = [&](int64_t pixel, const std::string& multiply_add, const std::string& value,
                          const char* weights) {
            steps.push_back(TemplateValues()
                                .set("accumulator", accumulator(row, pixel))
                                .set("multiply_add", multiply_add)
                                .set("loaded", value)
                                .set("weights", weights));
          };
          auto tap = [&](int64_t pixel) { return pixel * window.stride_w + kx * window.dilation_w; };
          for (int64_t pair = 0; pair < tile.count(); ++pair)
            step(tile.first(pair), "f32x16_fma", loaded.wide(tap(tile.first(pair))), "k");
          if (tile.alone()) step(pixels - 1, emitter.multiply_add(), loaded.narrow(tap(pixels - 1)), "f32x16_low(k)");
          taps[row * window.stride_h + ky * window.dilation_h].push_back(
              TemplateValues().set("weight", (ky * window.kernel_w + kx) * lanes_per_block).list("steps", steps));
        }
      }
    }
    std::vector<TemplateValues> x_rows, declarations;
    for (const auto& [row, list] : taps)
      x_rows.push_back(TemplateValues().set("row", row).list("loads", loaded.loads()).list("taps", list));
    if (!wide.empty()) declarations.push_back(TemplateValues().set("type", "f32x16").set("accumulators", wide));
    if (!narrow.empty()) declarations.push_back(TemplateValues().set("type", "f32x8").set("accumulators", narrow));
    return render_template("kernels/depthwise_pairs_tile.cpp.tmpl",
                           TemplateValues()
                               .set("kernel", fmt::format("{}x{}", window.kernel_h, window.kernel_w))
                               .set("stride_w", window.stride_w)
                               .set("paired", tile.form == PixelPairs::neighbours ? "two neighbouring pixels"
                                                                                  : "a pixel of each half of a row")
                               .set("rows", rows)
                               .set("pixel_count", pixels)
                               .set("name", name)
                               .flag("residual", kernel.residual.has_value())
                               .list("declarations", declarations)
                               .list("x_rows", x_rows)
                               .list("cells", cells));
  });
}

// ---- regions of which some taps meet padding

std::string clipped_tile_function(Emitter& emitter, const DepthwiseStep& kernel, int64_t rows, int64_t pixels) {
  const View &x = kernel.x, &y = kernel.y;
  const Window2d& window = kernel.window;
  std::string wanted = fmt::format("depthwise_{}x{}_clipped_{}x{}", window.kernel_h, window.kernel_w, rows, pixels);
  wanted += epilogue_suffix(kernel.epilogue);
  return emitter.function(wanted, [&](const std::string& name) {
    std::string names;
    std::vector<TemplateValues> steps, cells;
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t p = 0; p < pixels; ++p) {
        const std::string accumulator = fmt::format("a{}_{}", row, p);
        names += fmt::format("{}{} = start", names.empty() ? "" : ", ", accumulator);
        steps.push_back(
            TemplateValues()
                .set("accumulator", accumulator)
                .set("multiply_add", emitter.multiply_add())
                .set("offset", row * window.stride_h * x.row_stride + p * window.stride_w * x.pixel_stride));
        std::string residual;
        if (const std::optional<View>& r = kernel.residual)
          residual = fmt::format("f32x8_load(residual + {})", row * r->row_stride + p * r->pixel_stride);
        cells.push_back(TemplateValues()
                            .set("offset", row * y.row_stride + p * y.pixel_stride)
                            .set("stored_value", epilogue_expression(emitter, kernel.epilogue, accumulator, residual)));
      }
    }
    return render_template("kernels/depthwise_clipped_tile.cpp.tmpl",
                           TemplateValues()
                               .set("kernel", fmt::format("{}x{}", window.kernel_h, window.kernel_w))
                               .set("rows", rows)
                               .set("pixel_count", pixels)
                               .set("name", name)
                               .flag("residual", kernel.residual.has_value())
                               .set("accumulators", names)
                               .set("tap_row_stride", window.dilation_h * x.row_stride)
                               .set("tap_column_stride", window.dilation_w * x.pixel_stride)
                               .set("weight_row", window.kernel_w * lanes_per_block)
                               .list("steps", steps)
                               .list("cells", cells));
  });
}

/// The tiles of some rows of a region: loops over the pixels of a row, or of some.
std::vector<TemplateValues> tile_loops(Emitter& emitter, const DepthwiseStep& kernel, const TapRegion& region,
                                       int64_t rows) {
  const View &x = kernel.x, &y = kernel.y;
  const Window2d& window = kernel.window;
  // Phases of transposed convolutions may have no taps: loops over none use what written ones would leave unused.
  const bool all_taps = region.taps() == window.kernel_h * window.kernel_w && region.taps() > 0,
             pairs = kernel.pairs != PixelPairs::none && all_taps;
  const int64_t first = region.columns.first, columns = region.columns.count;
  const int64_t x_first = is_clipped(window, x, y) ? first_tap_place(region, window, x) : 0;
  std::vector<TemplateValues> loops;
  for (const TileLoop& loop :
       pairs ? tiles_of_pairs(columns, kernel.tile_pixels) : balanced_tiles(columns, kernel.tile_pixels)) {
    std::string residual;
    if (kernel.residual) residual = fmt::format(" residual_row + pixel * {},", kernel.residual->pixel_stride);
    if (kernel.residual && pairs) residual += fmt::format(" {},", kernel.residual->row_stride);
    loops.push_back(
        TemplateValues()
            .set("first", first + loop.first)
            .set("end", first + loop.end)
            .set("step", loop.step)
            .set("tile", !all_taps ? clipped_tile_function(emitter, kernel, rows, loop.step)
                         : pairs   ? pairs_tile_function(emitter, kernel, rows, loop.step)
                                   : tile_function(emitter, kernel, loop.step))
            .set("x_pixel_step", window.stride_w * x.pixel_stride)
            .set("x_first", plus(x_first))
            .set("w_first", plus((region.rows.tap * window.kernel_w + region.columns.tap) * lanes_per_block))
            .set("taps", !all_taps ? fmt::format("{}, {}", region.rows.taps, region.columns.taps)
                                   : std::to_string((pairs ? 1 : window.dilation_h) * x.row_stride))
            .set("residual_argument", residual)
            .set("y_pixel_stride", y.pixel_stride)
            .set("y_row_argument", pairs ? fmt::format(", {}", y.row_stride) : std::string()));
  }
  return loops;
}

}  // namespace

std::string render(const DepthwiseStep& kernel, const Step&, Emitter& emitter) {
  const View &x = kernel.x, &y = kernel.y;
  const Window2d& window = kernel.window;
  std::vector<TemplateValues> row_loops;
  const bool clipped = is_clipped(window, x, y);
  auto add_rows = [&](const TapRegion& region, int64_t first, int64_t end, int64_t rows) {
    row_loops.push_back(TemplateValues()
                            .set("first_row", first)
                            .set("end_row", end == y.height && !clipped ? "height" : std::to_string(end))
                            .set("advance", rows == 1 ? "++row" : fmt::format("row += {}", rows))
                            .set("x_row_step", window.stride_h * x.row_stride)
                            .set("y_row_stride", y.row_stride)
                            .flag("residual", kernel.residual.has_value())
                            .set("residual_image_stride", kernel.residual ? kernel.residual->image_stride : 0)
                            .set("residual_block_stride", kernel.residual ? kernel.residual->block_stride : 0)
                            .set("residual_row_stride", kernel.residual ? kernel.residual->row_stride : 0)
                            .list("tile_loops", tile_loops(emitter, kernel, region, rows)));
  };
  const std::vector<TapRegion> regions = tap_regions(window, x, y);
  for (size_t i = 0; i < regions.size(); ++i) {
    const TapRegion& region = regions[i];
    const int64_t first = region.rows.first, count = region.rows.count, end = first + count;
    if (clipped) {
      for (const TileLoop& loop : balanced_tiles(count, kernel.region_rows.at(i)))
        add_rows(region, first + loop.first, first + loop.end, loop.step);
    } else if (kernel.pairs != PixelPairs::none && count > 1) {
      const int64_t even = first + count / 2 * 2;
      add_rows(region, first, even, 2);
      if (even < end) add_rows(region, even, end, 1);
    } else {
      add_rows(region, first, end, 1);
    }
  }
  std::string wanted = fmt::format("depthwise_{}x{}_s{}_{}_to_{}", window.kernel_h, window.kernel_w,
                                   std::max(window.stride_h, window.stride_w), shape_name(x), shape_name(y));
  wanted += epilogue_suffix(kernel.epilogue);
  const std::string clear = clear_border_statement(y, fmt::format("y + image * {}", y.image_stride));
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    return render_template(
        "kernels/depthwise.cpp.tmpl",
        TemplateValues()
            .set("comment", fmt::format("Depthwise convolution {}x{}, stride {}x{}, dilation {}x{}: {} -> {}.",
                                        window.kernel_h, window.kernel_w, window.stride_h, window.stride_w,
                                        window.dilation_h, window.dilation_w, shape_name(x), shape_name(y)))
            .set("name", function)
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
            .set("block_floats", window.kernel_h * window.kernel_w * lanes_per_block)
            .list("row_loops", row_loops));
  });
  View origin = x;
  if (!clipped) origin.offset -= window.pad_top * x.row_stride + window.pad_left * x.pixel_stride;
  std::string arguments =
      fmt::format("{}, {}, {}", emitter.pointer(origin), emitter.pointer(kernel.weights), emitter.pointer(kernel.bias));
  if (kernel.residual) arguments += ", " + emitter.pointer(*kernel.residual);
  return fmt::format("{}({}, {});", name, arguments, emitter.pointer(y));
}

}  // namespace intaglio

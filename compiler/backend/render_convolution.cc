// Direct convolution over blocked views: a function per layer shape that walks panels, reduction blocks and tiles, and
// register tiles that all layers share.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "backend/convolution_tile.h"
#include "backend/emitter.h"
#include "backend/template.h"
#include "backend/tiles.h"
#include "ir/panels.h"
#include "ir/tap_ranges.h"

namespace intaglio {

namespace {

/// Tables and loops of a function, which computes its result region by region. A whole one is a region without a name
/// of its own.
class Regions {
 public:
  Regions(const ConvolutionStep& kernel, Emitter& emitter)
      : kernel_(kernel),
        emitter_(emitter),
        window_(kernel.window),
        clipped_(is_clipped(kernel.window, kernel.x, kernel.y)),
        regions_(tap_regions(kernel.window, kernel.x, kernel.y)),
        group_segments_(kernel.groups > 1 ? std::vector<int64_t>{kernel.x.channels() / kernel.groups}
                                          : kernel.x.segments) {
    for (size_t i = 0; i < regions_.size(); ++i) {
      add_tables(i);
      add_window(i);
      add_reductions(regions_[i].taps());
    }
  }

  bool clipped() const { return clipped_; }
  int64_t reduction_count() const { return static_cast<int64_t>(reductions(regions_.front().taps()).size()); }

  std::vector<TemplateValues> tables, windows, run_lists, reduction_lists;

  /// The loops of a panel over its regions.
  std::vector<TemplateValues> of_panel(const PanelRange& panel) const {
    std::vector<TemplateValues> list;
    for (size_t i = 0; i < regions_.size(); ++i) list.push_back(loops(panel, i));
    return list;
  }

 private:
  int64_t window_taps() const { return window_.kernel_h * window_.kernel_w; }
  /// Rows of a region that are tiled together.
  int64_t rows(size_t region) const { return clipped_ ? kernel_.region_rows.at(region) : kernel_.rows_per_group; }
  std::string name(const char* what, size_t region) const {
    return clipped_ ? fmt::format("{}_{}", what, region) : std::string(what);
  }
  std::string reductions_name(int64_t taps) const {
    return clipped_ ? fmt::format("reductions_{}", taps) : std::string("reductions");
  }

  std::vector<ReductionBlock> reductions(int64_t taps) const {
    return reduction_blocks(channel_runs(group_segments_), taps, kernel_.reduction_block);
  }

  void add_tables(size_t i) {
    const View &x = kernel_.x, &y = kernel_.y;
    const TapRegion& region = regions_[i];
    const auto add = [&](const char* what, int64_t row_step, int64_t pixel_step, int64_t first) {
      const std::vector<int64_t> offsets = pixel_offsets(rows(i), region.columns.count, row_step, pixel_step, first);
      tables.push_back(TemplateValues()
                           .set("table", name(what, i))
                           .set("length", offsets.size())
                           .set("values", integer_table(offsets)));
    };
    const auto first_pixel = [&](const View& view) {
      return region.rows.first * view.row_stride + region.columns.first * view.pixel_stride;
    };
    add("x_offset", window_.stride_h * x.row_stride, window_.stride_w * x.pixel_stride,
        clipped_ && region.taps() > 0
            ? region.rows.first * window_.stride_h * x.row_stride +
                  region.columns.first * window_.stride_w * x.pixel_stride + first_tap_place(region, window_, x)
            : 0);
    add("y_offset", y.row_stride, y.pixel_stride, first_pixel(y));
    if (kernel_.residual)
      add("residual_offset", kernel_.residual->row_stride, kernel_.residual->pixel_stride,
          first_pixel(*kernel_.residual));
  }

  void add_window(size_t i) {
    const View& x = kernel_.x;
    const TapRegion& region = regions_[i];
    std::string values =
        fmt::format("{}, {}, {}, {}, {}, {}, {}", region.rows.taps, region.columns.taps,
                    window_.dilation_h * x.row_stride, window_.dilation_w * x.pixel_stride, x.block_stride,
                    kernel_.y.block_stride, kernel_.residual ? kernel_.residual->block_stride : 0);
    if (clipped_) {
      const int64_t before = region.rows.tap * window_.kernel_w + region.columns.tap;
      values += fmt::format(", {}, {}, {}", before, window_.kernel_w - region.columns.taps,
                            window_taps() - before - region.rows.taps * window_.kernel_w);
    }
    windows.push_back(TemplateValues()
                          .set("type", clipped_ ? "ClippedWindow" : "ConvolutionWindow")
                          .set("window", name("window", i))
                          .set("values", values));
  }

  /// Regions of as many taps share their reduction blocks.
  void add_reductions(int64_t taps) {
    if (!known_.insert(taps).second) return;
    std::vector<ReductionBlock> blocks = reductions(taps);
    const auto count = static_cast<int64_t>(blocks.size());
    for (ReductionBlock& block : blocks) {  // the weights of all taps lie between one block and the next
      int64_t channels = 0;
      for (const ChannelRun& run : block.runs) channels += run.full * lanes_per_block + run.tail;
      block.steps = channels * window_taps();
    }
    const ReductionTables list =
        render_reductions(blocks, kernel_.x.block_stride, clipped_ ? fmt::format("runs_{}_", taps) : "runs");
    for (const TemplateValues& runs : list.run_lists) run_lists.push_back(runs);
    reduction_lists.push_back(TemplateValues()
                                  .set("reductions", reductions_name(taps))
                                  .set("reduction_count", count)
                                  .list("blocks", list.reductions));
  }

  TemplateValues loops(const PanelRange& panel, size_t i) const {
    const TapRegion& region = regions_[i];
    const auto last = static_cast<int64_t>(reductions(region.taps()).size()) - 1;
    const int64_t lanes = panel.blocks * lanes_per_block;
    const std::vector<TileLoop> tile_loops = balanced_tiles(rows(i) * region.columns.count, panel.pixels);
    int64_t tiles = 0;
    for (const TileLoop& loop : tile_loops) tiles += (loop.end - loop.first) / loop.step;
    tiles *= region.rows.count / rows(i);
    const int64_t prefetch_step = prefetch_bytes(lanes, tiles);
    std::vector<TemplateValues> loop_values;
    for (const TileLoop& loop : tile_loops) {
      const ProductTile tile{loop.step, panel.blocks, kernel_.tile};
      const TileTaps taps = clipped_ ? TileTaps::clipped : window_taps() == 1 ? TileTaps::one : TileTaps::all;
      const auto function = [&](const Epilogue& epilogue) {
        return convolution_tile(emitter_, tile, taps, prefetch_step, epilogue);
      };
      loop_values.push_back(TemplateValues()
                                .set("first", loop.first)
                                .set("end", loop.end)
                                .set("step", loop.step)
                                .flag("two_passes", last > 0)
                                .set("last", clipped_ ? std::to_string(last) : "last")
                                .set("partial", last > 0 ? function(Epilogue{}) : "")
                                .set("tile", function(kernel_.epilogue))
                                .set("window", name("window", i))
                                .set("x_offset", name("x_offset", i))
                                .set("y_offset", name("y_offset", i))
                                .set("residual_arguments", kernel_.residual ? fmt::format(" residual_row, {} + pixel,",
                                                                                          name("residual_offset", i))
                                                                            : std::string())
                                .set("prefetch_step", clipped_ ? std::string() : fmt::format(", {}", prefetch_step)));
    }
    return TemplateValues()
        .flag("clipped", clipped_)
        .set("region", fmt::format("rows {} to {}, columns {} to {}: {}x{} taps", region.rows.first,
                                   region.rows.first + region.rows.count, region.columns.first,
                                   region.columns.first + region.columns.count, region.rows.taps, region.columns.taps))
        .set("last", clipped_ ? std::to_string(last) : "last")
        .set("reductions", reductions_name(region.taps()))
        .set("share", clipped_ ? std::to_string(prefetch_step)
                               : fmt::format("reduction.weight_steps * {} * 4 / {}", lanes, tiles))
        .set("lanes", lanes)
        .set("rows", rows(i))
        .set("height", clipped_ ? std::to_string(region.rows.count) : "height")
        .set("x_row_step", window_.stride_h * kernel_.x.row_stride)
        .set("y_row_stride", kernel_.y.row_stride)
        .flag("panel_residual", kernel_.residual.has_value())
        .set("residual_row_stride", kernel_.residual ? kernel_.residual->row_stride : 0)
        .list("tile_loops", loop_values);
  }

  const ConvolutionStep& kernel_;
  Emitter& emitter_;
  const Window2d& window_;
  const bool clipped_;
  const std::vector<TapRegion> regions_;
  const std::vector<int64_t> group_segments_;
  std::set<int64_t> known_;  ///< numbers of taps whose reductions are listed
};

}  // namespace

std::string render(const ConvolutionStep& kernel, const Step&, Emitter& emitter) {
  const View &x = kernel.x, &y = kernel.y;
  const Window2d& window = kernel.window;
  const int64_t group_input_blocks = x.blocks() / kernel.groups, group_output_blocks = y.blocks() / kernel.groups;
  const Regions regions(kernel, emitter);
  const bool clipped = regions.clipped();

  std::vector<TemplateValues> panel_values;
  for (const PanelRange& panel : panel_split(group_output_blocks, kernel.tile)) {
    panel_values.push_back(
        TemplateValues()
            .set("count", panel.count)
            .set("lanes", panel.blocks * lanes_per_block)
            .set("panel_blocks", panel.blocks)
            .set("y_block_stride", clipped ? std::to_string(y.block_stride) : "window.y_block_stride")
            .flag("panel_residual", kernel.residual.has_value())
            .set("residual_block_stride", !kernel.residual ? std::string()
                                          : clipped        ? std::to_string(kernel.residual->block_stride)
                                                           : std::string("window.residual_block_stride"))
            .flag("clipped_panel", clipped)
            .list("regions", regions.of_panel(panel)));
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
            .set("reduction_count", regions.reduction_count())
            .flag("whole", !clipped)
            .flag("clipped", clipped)
            .flag("residual", kernel.residual.has_value())
            .list("tables", regions.tables)
            .list("run_lists", regions.run_lists)
            .list("reduction_lists", regions.reduction_lists)
            .list("windows", regions.windows)
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

  View origin =
      x;  // the first tap of the first pixel, which may lie in the border; where it is clipped, the first pixel
  if (!clipped) origin.offset -= window.pad_top * x.row_stride + window.pad_left * x.pixel_stride;
  std::string arguments =
      fmt::format("{}, {}, {}", emitter.pointer(origin), emitter.pointer(kernel.weights), emitter.pointer(kernel.bias));
  if (kernel.residual) arguments += ", " + emitter.pointer(*kernel.residual);
  return fmt::format("{}({}, {});", name, arguments, emitter.pointer(y));
}

}  // namespace intaglio

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "ir/panels.h"
#include "lowering/choices.h"
#include "lowering/rows.h"

namespace intaglio {

namespace {

/// A step below this many products or elements costs less than sending it to other threads.
constexpr int64_t least_macs = 20000, least_elements = 8192;

std::vector<Range> balanced(int64_t units, int64_t tasks) {
  std::vector<Range> ranges;
  const int64_t parts = std::min(units, tasks);
  for (int64_t part = 0, first = 0; part < parts; ++part) {
    const int64_t count = (units - first) / (parts - part);  // the rest goes to the last ones
    ranges.push_back({first, count});
    first += count;
  }
  return ranges;
}

/// How much longer the largest part takes than an even share.
double imbalance(int64_t units, int64_t tasks) {
  return static_cast<double>((units + tasks - 1) / tasks * tasks) / static_cast<double>(units);
}

View columns_of(View view, const Range& columns) {
  if (columns.first > 0) view.border_left = 0;
  if (columns.first + columns.count < view.width) view.border_right = 0;
  view.offset += columns.first * view.pixel_stride;
  view.width = columns.count;
  view.shape[view.shape.rank() - 1] = columns.count;
  return view;
}

View blocks_of(View view, const Range& blocks) {
  std::vector<int64_t> segments;
  int64_t at = 0;  // first block of the segment
  for (int64_t channels : view.segments) {
    const int64_t count = block_count(channels);
    const int64_t begin = std::max(at, blocks.first), end = std::min(at + count, blocks.first + blocks.count);
    if (begin < end)
      segments.push_back(std::min(channels, (end - at) * lanes_per_block) - (begin - at) * lanes_per_block);
    at += count;
  }
  view.segments = std::move(segments);
  view.offset += blocks.first * view.block_stride;
  view.shape[1] = view.channels();
  return view;
}

/// Of a planar view's last axis; 1 without axes.
int64_t last_extent(const View& view) { return view.shape.rank() == 0 ? 1 : view.shape[view.shape.rank() - 1]; }

/// Elements of a planar view whose other axes are 1.
View elements_of(View view, const Range& elements) {
  view.offset += elements.first;
  if (view.shape.rank() > 0) view.shape[view.shape.rank() - 1] = elements.count;
  return view;
}

class Cutter {
 public:
  Cutter(Program& program, const Target& target, int64_t tasks) : program_(program), target_(target), tasks_(tasks) {}

  std::vector<Kernel> operator()(const ConvolutionStep& whole) {
    const int64_t panels = whole.groups == 1 ? std::max<int64_t>(1, whole.y.blocks() / whole.tile.panel_blocks) : 1;
    const int64_t rows = whole.y.height / whole.rows_per_group;
    const int64_t weight_floats = whole.x.channels() * whole.window.kernel_h * whole.window.kernel_w * lanes_per_block;
    // A line of inputs that another core holds costs more than one of weights, which are brought near early.
    const bool heavy = weight_floats * whole.y.blocks() > 2 * whole.x.height * whole.x.width * whole.x.channels();
    if (strips(whole.y) && !heavy) return over_strips(whole);
    if (panels >= 2 * tasks_ && imbalance(panels, tasks_) <= imbalance(rows, tasks_))
      return over_panels(whole, weight_floats);
    constexpr double little = 1.2;
    if (imbalance(rows, tasks_) <= little) return over_rows(whole, rows, whole.rows_per_group);
    return whole.y.height == 1 ? over_columns(whole, whole.y.width) : over_strips(whole);
  }

  /// Rows of tiles (1-D: columns), ranges of tiles where rows are uneven, or output channels where weights are most of
  /// the traffic: then every task transforms the whole input, which is little beside that many products.
  std::vector<Kernel> operator()(const WinogradStep& whole) {
    const int64_t panels = std::max<int64_t>(1, whole.y.blocks() / whole.tile.panel_blocks);
    const bool one_row = whole.y.height == 1;
    const int64_t lines = one_row ? winograd_tile_columns(whole) : winograd_tile_rows(whole);
    constexpr int64_t many_blocks = 32;
    std::vector<Kernel> parts;
    const bool weights = whole.plain || whole.y.blocks() >= many_blocks;  // are most of the work besides products
    const int64_t tiles = winograd_end_tile(whole);
    constexpr int64_t least_tiles = 12;  // per task: fewer do not fill two register tiles
    // Planar input is gathered by whole rows of tiles.
    const bool ranges_fit = whole.x.blocked() && !weights && tiles >= least_tiles * tasks_;
    if (ranges_fit && imbalance(lines, tasks_) > 1.04 * imbalance(tiles, tasks_)) return over_tiles(whole, tiles);
    if (panels >= 2 * tasks_ && (weights || imbalance(lines, tasks_) > 1.1)) {
      const int64_t inputs = std::accumulate(whole.segments.begin(), whole.segments.end(), int64_t{0});
      parts = over_panels(whole, inputs * lanes_per_block * (whole.plain ? whole.taps_h() * whole.taps_w() : 1));
    } else if (!one_row) {
      return over_rows(whole, lines, whole.outputs_h);
    } else {
      parts = over_columns(whole, lines, whole.outputs_w);
      for (Kernel& part : parts) {
        WinogradStep& step = std::get<WinogradStep>(part);
        step.tiles = std::min(step.tiles, winograd_tile_columns(step));
      }
    }
    for (Kernel& part : parts) {
      WinogradStep& step = std::get<WinogradStep>(part);
      step.scratch = another_scratch(program_, whole.scratch, winograd_scratch_floats(step));
    }
    return parts;
  }

  /// Ranges of pairs of pixels.
  std::vector<Kernel> operator()(const StrassenStep& whole) {
    std::vector<Kernel> parts;
    for (const Range& range : balanced(whole.pairs, tasks_)) {
      StrassenStep step = whole;
      step.first = whole.first + range.first;
      step.pairs = range.count;
      step.tiles = std::min(step.tiles, step.pairs);
      step.scratch = another_scratch(program_, whole.scratch, strassen_scratch_floats(step));
      parts.emplace_back(step);
    }
    return parts;
  }

  std::vector<Kernel> operator()(const PlanarConvolutionStep& whole) { return over_rows(whole, whole.y.height); }
  std::vector<Kernel> operator()(const GroupedConvolutionStep& whole) { return over_rows(whole, whole.y.height); }

  std::vector<Kernel> operator()(const DepthwiseStep& whole) {
    const int64_t blocks = whole.y.blocks();
    if (strips(whole.y) || imbalance(whole.y.height, tasks_) < imbalance(blocks, tasks_))
      return over_rows(whole, whole.y.height);
    std::vector<Kernel> parts;
    for (const Range& range : balanced(blocks, tasks_)) {
      DepthwiseStep step = whole;
      step.x = blocks_of(whole.x, range);
      step.y = blocks_of(whole.y, range);
      if (whole.residual) step.residual = blocks_of(*whole.residual, range);
      step.weights =
          part_of(whole.weights, range.first * whole.window.kernel_h * whole.window.kernel_w * lanes_per_block);
      step.bias = part_of(whole.bias, range.first * lanes_per_block);
      parts.emplace_back(step);
    }
    return parts;
  }

  /// Panels of outputs of one image: each task streams its share of the weights.
  std::vector<Kernel> operator()(const FullyConnectedStep& whole) {
    const int64_t batch = whole.y.blocked() ? whole.y.batch : whole.y.shape.elements() / last_extent(whole.y);
    const int64_t outputs = whole.y.blocked() ? whole.y.blocks() * lanes_per_block : last_extent(whole.y);
    const int64_t inputs = whole.x.blocked() ? whole.x.channels() : last_extent(whole.x),
                  panel = whole.panel_blocks * lanes_per_block;
    std::vector<Kernel> parts;
    if (batch != 1) return parts;
    for (const Range& range : balanced((outputs + panel - 1) / panel, tasks_)) {
      const int64_t first = range.first * panel, count = std::min(range.count * panel, outputs - first);
      auto cut = [&](const View& view) {
        return view.blocked() ? blocks_of(view, {first / lanes_per_block, count / lanes_per_block})
                              : elements_of(view, {first, count});
      };
      FullyConnectedStep step = whole;
      step.y = cut(whole.y);
      if (whole.residual) step.residual = cut(*whole.residual);
      step.weights = part_of(whole.weights, first * inputs);
      step.bias = part_of(whole.bias, first);
      parts.emplace_back(step);
    }
    return parts;
  }

  std::vector<Kernel> operator()(const PoolStep& whole) {
    return strips(whole.y) && row_kernel(program_, whole) ? over_rows(whole, whole.y.height) : over_blocks(whole);
  }
  std::vector<Kernel> operator()(const SpatialReduceStep& whole) { return over_blocks(whole); }

  std::vector<Kernel> operator()(const ElementwiseStep& whole) {
    std::vector<Kernel> parts;
    if (!whole.y.blocked()) return parts;
    if (strips(whole.y) && row_kernel(program_, whole)) return over_rows(whole, whole.y.height);
    for (const Range& range : balanced(whole.y.blocks(), tasks_)) {
      ElementwiseStep step = whole;
      step.y = blocks_of(whole.y, range);
      for (ElementwiseOperand& operand : step.operands) {
        if (operand.access == Access::full || (operand.access == Access::channel && operand.view.blocked())) {
          operand.view = blocks_of(operand.view, range);
        } else if (operand.access == Access::channel) {
          return {};  // a planar operand per channel
        }
      }
      parts.emplace_back(step);
    }
    return parts;
  }

  std::vector<Kernel> operator()(const BlockedResizeStep& whole) {
    const int64_t taps = whole.linear ? 2 : 1;
    std::vector<Kernel> parts;
    for (const Range& range : balanced(whole.y.height, tasks_)) {
      BlockedResizeStep step = whole;
      step.y = rows_of(whole.y, range);
      step.rows = part_of(whole.rows, range.first * taps);
      step.row_weights = part_of(whole.row_weights, range.first * taps);
      parts.emplace_back(step);
    }
    return parts;
  }

  std::vector<Kernel> operator()(const BlockedCopyStep& whole) {
    std::vector<Kernel> parts;
    for (const Range& range : balanced(whole.y.height, tasks_)) {
      BlockedCopyStep step = whole;
      step.y = rows_of(whole.y, range);
      step.start_h += range.first * whole.step_h;
      parts.emplace_back(step);
    }
    return parts;
  }

  template <class Other>
  std::vector<Kernel> operator()(const Other&) {
    return {};
  }

 private:
  /// Whether every task gets a strip of rows that is wide enough: what layers hand on then stays with one thread but
  /// for the rows at the strips' edges.
  bool strips(const View& y) const {
    constexpr int64_t least_rows = 7;
    return y.height >= least_rows * tasks_;
  }

  /// Even strips of rows, each with groups of rows of its own.
  std::vector<Kernel> over_strips(const ConvolutionStep& whole) {
    std::vector<Kernel> parts;
    for (const Range& range : balanced(whole.y.height, tasks_)) {
      ConvolutionStep step = std::get<ConvolutionStep>(cut_rows(program_, whole, range));
      if (range.count % step.rows_per_group != 0)
        step.rows_per_group = lowering::choose_rows(range.count, step.y.width, target_);
      parts.emplace_back(step);
    }
    return parts;
  }

  /// Ranges of tiles, which may begin inside of a row.
  std::vector<Kernel> over_tiles(const WinogradStep& whole, int64_t tiles) {
    std::vector<Kernel> parts;
    for (const Range& range : balanced(tiles, tasks_)) {
      WinogradStep step = whole;
      step.first_tile = range.first;
      step.tile_count = range.count;
      const int64_t passes = (range.count + whole.tiles - 1) / whole.tiles;
      step.tiles = (range.count + passes - 1) / passes;
      step.scratch = another_scratch(program_, whole.scratch, winograd_scratch_floats(step));
      parts.emplace_back(step);
    }
    return parts;
  }

  /// Ranges of output panels; `block_floats`: weights of one output channel block.
  template <class S>
  std::vector<Kernel> over_panels(const S& whole, int64_t block_floats) {
    const int64_t blocks = whole.y.blocks(), panels = blocks / whole.tile.panel_blocks;
    std::vector<Kernel> parts;
    for (const Range& part : balanced(panels, tasks_)) {
      Range range{part.first * whole.tile.panel_blocks, part.count * whole.tile.panel_blocks};
      if (part.first + part.count == panels) range.count = blocks - range.first;  // the last panel may be wider
      S step = whole;
      step.y = blocks_of(whole.y, range);
      if (whole.residual) step.residual = blocks_of(*whole.residual, range);
      step.weights = part_of(whole.weights, range.first * block_floats);
      step.bias = part_of(whole.bias, range.first * lanes_per_block);
      parts.emplace_back(step);
    }
    return parts;
  }

  /// Ranges of `count` units of `rows` rows each, the last of which may have fewer.
  template <class S>
  std::vector<Kernel> over_rows(const S& whole, int64_t count, int64_t rows = 1) {
    std::vector<Kernel> parts;
    for (const Range& part : balanced(count, tasks_)) {
      const int64_t first = part.first * rows;
      parts.push_back(cut_rows(program_, whole, {first, std::min(part.count * rows, whole.y.height - first)}));
    }
    return parts;
  }

  /// In one dimension: ranges of `count` units of `columns` columns each, the last of which may have fewer.
  template <class S>
  std::vector<Kernel> over_columns(const S& whole, int64_t count, int64_t columns = 1) {
    std::vector<Kernel> parts;
    for (const Range& part : balanced(count, tasks_)) {
      S step = whole;
      const int64_t first = part.first * columns;
      const Range range{first, std::min(part.count * columns, whole.y.width - first)};
      if (whole.x.blocked())
        step.x = from(whole.x, 0, first * whole.window.stride_w);
      else
        step.window.pad_left -= first * whole.window.stride_w;
      step.y = columns_of(whole.y, range);
      if (whole.residual) step.residual = columns_of(*whole.residual, range);
      parts.emplace_back(step);
    }
    return parts;
  }

  template <class S>
  std::vector<Kernel> over_blocks(const S& whole) {
    std::vector<Kernel> parts;
    for (const Range& range : balanced(whole.y.blocks(), tasks_)) {
      S step = whole;
      step.x = blocks_of(whole.x, range);
      step.y = blocks_of(whole.y, range);
      parts.emplace_back(step);
    }
    return parts;
  }

  WeightId part_of(WeightId whole, int64_t offset) {
    if (!whole || offset == 0) return whole;
    program_.weights.push_back({fmt::format("{}_from_{}", program_[whole].name, offset), {}, whole, offset});
    return WeightId(program_.weights.size() - 1);
  }

  Program& program_;
  const Target& target_;
  int64_t tasks_;
};

bool worth_it(const Step& step) {
  if (step.macs >= least_macs) return true;
  const Accesses used = accesses(step);
  return step.macs == 0 && !used.writes.empty() && !used.reads.empty() &&
         used.reads.front()->shape.elements() >= least_elements;
}

}  // namespace

void partition(Program& program, const Target& target, int64_t tasks) {
  program.tasks = tasks;
  Cutter cutter(program, target, tasks);
  for (Step& step : program.steps) {
    if (!worth_it(step)) continue;
    step.parts = std::visit([&](const auto& kernel) { return cutter(kernel); }, step.kernel);
    if (step.parts.size() < 2) step.parts.clear();
  }
}

}  // namespace intaglio

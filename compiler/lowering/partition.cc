// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "ir/panels.h"
#include "lowering/choices.h"
#include "lowering/cut_axes.h"
#include "lowering/rows.h"
#include "lowering/step_cycles.h"
#include "lowering/tuned.h"

namespace intaglio {

namespace {

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

/// Shares that are this uneven are even.
constexpr double little = 1.1;

/// How a step is cut into so many parts, or fewer.
class Cutter {
 public:
  Cutter(Program& program, const Target& target, int64_t tasks) : program_(program), target_(target), tasks_(tasks) {}

  std::vector<Kernel> operator()(const ConvolutionStep& whole) {
    const int64_t panels = whole.groups == 1 ? std::max<int64_t>(1, whole.y.blocks() / whole.tile.panel_blocks) : 1;
    const int64_t rows = whole.y.height / whole.rows_per_group;
    const int64_t weight_floats = whole.x.channels() * whole.window.kernel_h * whole.window.kernel_w * lanes_per_block;
    // A line of inputs that another core holds costs more than one of weights, which are brought near early.
    const bool heavy = weight_floats * whole.y.blocks() > 2 * whole.x.height * whole.x.width * whole.x.channels();
    if (strips(whole.y.height) && !heavy) return over_strips(whole);
    if (panels >= 2 * tasks_ && imbalance(panels, tasks_) <= imbalance(rows, tasks_))
      return over_panels(whole, weight_floats);
    if (imbalance(rows, tasks_) <= 1.2) return over_rows(whole, rows, whole.rows_per_group);
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
    for (size_t i = 0; i < parts.size(); ++i) {
      WinogradStep& step = std::get<WinogradStep>(parts[i]);
      step.scratch = another_scratch(program_, whole.scratch, winograd_scratch_floats(step), fmt::format("part_{}", i));
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
      step.scratch =
          another_scratch(program_, whole.scratch, strassen_scratch_floats(step), fmt::format("pairs_{}", range.first));
      parts.emplace_back(step);
    }
    return parts;
  }

  template <class Other>
  std::vector<Kernel> operator()(const Other& whole) {
    return over_axes(whole);
  }

 private:
  /// Whether every task gets a strip of rows that is wide enough: what layers hand on then stays with one thread but
  /// for the rows at the strips' edges.
  bool strips(int64_t rows) const {
    constexpr int64_t least_rows = 7;
    return rows >= least_rows * tasks_;
  }

  /// Strips of rows, or the axis with the most even shares. Where none has even ones, each unit of an axis is divided
  /// itself: three images for two tasks into two parts each.
  std::vector<Kernel> over_axes(const Kernel& whole) {
    const std::vector<CutAxis> axes = cut_axes(program_, whole);
    auto uneven = [&](const CutAxis& axis) { return imbalance(axis.units, tasks_); };
    auto best = std::ranges::find_if(axes, [&](const CutAxis& axis) { return axis.rows && strips(axis.units); });
    if (best == axes.end()) best = std::ranges::min_element(axes, {}, uneven);
    if (best == axes.end()) return {};
    if (uneven(*best) > little) {
      for (const CutAxis& axis : axes) {
        if (std::vector<Kernel> parts = over_units(axis, uneven(*best)); !parts.empty()) return parts;
      }
    }
    return over_axis(*best, tasks_);
  }

  std::vector<Kernel> over_axis(const CutAxis& axis, int64_t tasks) {
    std::vector<Kernel> parts;
    for (const Range& range : balanced(axis.units, tasks)) parts.push_back(axis.part(range));
    return parts;
  }

  /// Every unit of an axis in as many parts as make even shares, if that is more even than `uneven`.
  std::vector<Kernel> over_units(const CutAxis& axis, double uneven) {
    const int64_t pieces = tasks_ / std::gcd(axis.units, tasks_);
    std::vector<Kernel> parts;
    constexpr int64_t most_parts = 255;  // each is written out
    if (axis.units * pieces > std::min(6 * tasks_, most_parts)) return parts;
    for (int64_t unit = 0; unit < axis.units; ++unit) {
      const std::vector<CutAxis> inner = cut_axes(program_, axis.part({unit, 1}));
      const auto best =
          std::ranges::min_element(inner, {}, [&](const CutAxis& each) { return imbalance(each.units, pieces); });
      if (best == inner.end() || imbalance(best->units, pieces) >= uneven) return {};
      for (Kernel& part : over_axis(*best, pieces)) parts.push_back(std::move(part));
    }
    return parts;
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
      step.scratch =
          another_scratch(program_, whole.scratch, winograd_scratch_floats(step), fmt::format("tiles_{}", range.first));
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
      step.weights = part_of(program_, whole.weights, range.first * block_floats);
      step.bias = part_of(program_, whole.bias, range.first * lanes_per_block);
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
        take_columns(step.x, step.window, range);
      else
        step.window.pad_left -= first * whole.window.stride_w;
      step.y = columns_of(whole.y, range);
      if (whole.residual) step.residual = columns_of(*whole.residual, range);
      parts.emplace_back(step);
    }
    return parts;
  }

  Program& program_;
  const Target& target_;
  int64_t tasks_;
};

/// Tasks that a step is cut into: as many as it is worth, or what a tuning found to be faster.
int64_t choose_tasks(Program& program, Step& step, double cycles, int64_t untuned, const Target& target,
                     const LoweringOptions& options, int64_t most) {
  constexpr double hopeless = 0.5;  // of what is worth two tasks
  if (cycles < hopeless * 2 * target.least_task_cycles) return untuned;
  std::vector<int64_t> counts = {untuned};
  for (int64_t other : {most, int64_t{2}, int64_t{1}}) {
    if (std::ranges::find(counts, other) == counts.end()) counts.push_back(other);
  }
  KernelChoice choice{.of = KernelChoice::Of::tasks,
                      .layer = fmt::format("tasks of {}: {}", kernel_name(step.kernel), description(step))};
  for (int64_t count : counts)
    choice.candidates.push_back(
        {count == 1 ? "whole" : fmt::format("tasks {}", count), cycles / static_cast<double>(count)});
  const lowering::TakenChoice taken = lowering::take_choice(program, options, std::move(choice));
  step.choices.push_back(taken.index);
  return counts[taken.candidate];
}

/// Tasks that a step is cut into so that each is worth being sent to another thread; at most `most`.
int64_t worthwhile_tasks(double cycles, const Target& target, int64_t most) {
  return std::min(most, static_cast<int64_t>(cycles / target.least_task_cycles));
}

}  // namespace

void partition(Program& program, const Target& target, const LoweringOptions& options, int64_t tasks) {
  program.tasks = tasks;
  const bool always = !options.enabled(Switch::task_costs);
  std::vector<double> cycles;
  std::vector<int64_t> counts;
  double saved = 0;
  for (const Step& step : program.steps) {
    cycles.push_back(lowering::step_cycles(program, step, target));
    counts.push_back(always ? tasks : worthwhile_tasks(cycles.back(), target, tasks));
    if (counts.back() > 1) saved += cycles.back() * (1 - 1 / static_cast<double>(counts.back()));
  }
  if (saved < target.wake_cycles && !always) return;
  for (size_t i = 0; i < counts.size(); ++i) {
    Step& step = program.steps[i];
    if (step.group && program.groups[*step.group].tasks > 1) continue;
    const int64_t untuned = std::max<int64_t>(1, counts[i]),
                  count = choose_tasks(program, step, cycles[i], untuned, target, options, tasks);
    if (count < 2) continue;
    Cutter cutter(program, target, count);
    step.parts = std::visit([&](const auto& kernel) { return cutter(kernel); }, step.kernel);
    if (step.parts.size() < 2) step.parts.clear();
  }
}

}  // namespace intaglio

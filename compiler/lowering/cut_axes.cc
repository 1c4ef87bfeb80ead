// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/cut_axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace intaglio {

namespace {

/// Elements of rows that lie next to each other are divided at multiples of it: whole vectors, and a cache line.
constexpr int64_t line_elements = 16;

int64_t product_of(const std::vector<int64_t>& extents, size_t first) {
  return std::accumulate(extents.begin() + static_cast<ptrdiff_t>(first), extents.end(), int64_t{1},
                         std::multiplies<>());
}

/// The outermost axis that takes more than one step; the number of axes when there is none.
size_t leading_axis(const std::vector<int64_t>& extents) {
  return static_cast<size_t>(std::ranges::find_if(extents, [](int64_t extent) { return extent > 1; }) -
                             extents.begin());
}

/// Of a planar view's last axis; 1 without axes.
int64_t row_elements(const View& view) { return view.shape.rank() == 0 ? 1 : view.shape[view.shape.rank() - 1]; }

/// `elements` elements of a planar view.
View stretch(View view, int64_t offset, int64_t elements) {
  view.offset += offset;
  view.shape = Shape{elements};
  return view;
}

/// All elements of a planar view from one on.
View behind(const View& view, int64_t offset) { return stretch(view, offset, view.shape.elements() - offset); }

/// Of a view whose first axis counts images.
View images_of(View view, const Range& images) {
  view.offset += images.first * (view.blocked() ? view.image_stride : view.shape.elements() / view.shape[0]);
  view.shape[0] = images.count;
  if (view.blocked()) view.batch = images.count;
  return view;
}

/// Planes of planar [N,C,(H,)W], which is one image with all of them.
View planes_of(View view, const Range& planes) {
  view.offset += planes.first * (view.shape.elements() / (view.shape[0] * view.shape[1]));
  view.shape[0] = 1;
  view.shape[1] = planes.count;
  return view;
}

void cut(std::optional<View>& view, const auto& change) {
  if (view) view = change(*view);
}

/// Of a part: the first takes the whole's.
BufferId own_scratch(Program& program, BufferId whole, const Range& range) {
  return range.first > 0 ? another_scratch(program, whole, program[whole].elements, fmt::format("from_{}", range.first))
                         : whole;
}

class AxesOfKernel {
 public:
  AxesOfKernel(Program& program) : program_(program) {}
  std::vector<CutAxis> axes;

  // ---- blocked data

  void operator()(const DepthwiseStep& whole) {
    blocks(whole, [&program = program_](DepthwiseStep& step, const Range& range) {
      step.x = blocks_of(step.x, range);
      step.y = blocks_of(step.y, range);
      cut(step.residual, [&](const View& view) { return blocks_of(view, range); });
      step.weights =
          part_of(program, step.weights, range.first * step.window.kernel_h * step.window.kernel_w * lanes_per_block);
      step.bias = part_of(program, step.bias, range.first * lanes_per_block);
    });
    rows(whole);
  }
  void operator()(const GroupedConvolutionStep& whole) {
    rows(whole);
    if (whole.y.height > 1) return;
    add(whole, whole.y.width, [](GroupedConvolutionStep& step, const Range& range) {
      take_columns(step.x, step.window, range);
      step.y = columns_of(step.y, range);
      cut(step.residual, [&](const View& view) { return columns_of(view, range); });
    });
  }
  void operator()(const PlanarConvolutionStep& whole) {
    rows(whole);
    add(whole, whole.y.batch, [&program = program_](PlanarConvolutionStep& step, const Range& range) {
      step.x = images_of(step.x, range);
      step.y = images_of(step.y, range);
      step.ring = own_scratch(program, step.ring, range);
    });
  }
  void operator()(const PoolStep& whole) {
    blocks_of_x_and_y(whole);
    if (row_kernel(program_, whole)) rows(whole);
  }
  void operator()(const SpatialReduceStep& whole) { blocks_of_x_and_y(whole); }
  void operator()(const ClearBorderStep& whole) {
    blocks(whole, [](ClearBorderStep& step, const Range& range) { step.y = blocks_of(step.y, range); });
  }
  void operator()(const BlockedResizeStep& whole) {
    const int64_t taps = whole.linear ? 2 : 1;
    add(
        whole, whole.y.height,
        [taps, &program = program_](BlockedResizeStep& step, const Range& range) {
          step.y = rows_of(step.y, range);
          step.rows = part_of(program, step.rows, range.first * taps);
          step.row_weights = part_of(program, step.row_weights, range.first * taps);
        },
        true);
    blocks_of_x_and_y(whole);
  }
  void operator()(const BlockedCopyStep& whole) {
    add(
        whole, whole.y.height,
        [](BlockedCopyStep& step, const Range& range) {
          step.y = rows_of(step.y, range);
          step.start_h += range.first * step.step_h;
        },
        true);
    blocks(whole, [](BlockedCopyStep& step, const Range& range) {
      const int64_t before = blocks_of(step.y, {0, range.first}).channels();
      step.y = blocks_of(step.y, range);
      const auto first = step.channel_map.begin() + before;
      step.channel_map = std::vector<int64_t>(first, first + step.y.channels());
    });
  }
  void operator()(const BlockedNormalizeStep& whole) {
    add(whole, whole.y.batch, [&program = program_](BlockedNormalizeStep& step, const Range& range) {
      step.x = images_of(step.x, range);
      step.y = images_of(step.y, range);
      step.scratch = own_scratch(program, step.scratch, range);
    });
    // Groups that fill whole blocks together.
    const int64_t channels = whole.x.channels() / whole.groups,
                  together = lanes_per_block / std::gcd(lanes_per_block, channels);
    const bool dense =
        std::ranges::all_of(whole.x.segments, [](int64_t count) { return count % lanes_per_block == 0; });
    if (!dense || whole.groups % together != 0) return;
    add(whole, whole.groups / together, [=, &program = program_](BlockedNormalizeStep& step, const Range& range) {
      const int64_t unit_blocks = together * channels / lanes_per_block, first = range.first * unit_blocks;
      step.x = blocks_of(step.x, {first, range.count * unit_blocks});
      step.y = blocks_of(step.y, {first, range.count * unit_blocks});
      step.scale = part_of(program, step.scale, first * lanes_per_block);
      step.bias = part_of(program, step.bias, first * lanes_per_block);
      step.groups = range.count * together;
      step.scratch = own_scratch(program, step.scratch, range);
    });
  }

  // ---- blocked or planar

  /// Of one image, panels of outputs: each task streams its share of the weights.
  void operator()(const FullyConnectedStep& whole) {
    const int64_t batch = whole.y.blocked() ? whole.y.batch : whole.y.shape.elements() / row_elements(whole.y);
    if (batch > 1) {
      add(whole, batch, [](FullyConnectedStep& step, const Range& range) {
        auto images = [&](const View& view) {
          if (view.blocked()) return images_of(view, range);
          const int64_t row = row_elements(view);
          View some = stretch(view, range.first * row, range.count * row);
          some.shape = Shape{range.count, row};
          return some;
        };
        step.x = images(step.x);
        step.y = images(step.y);
        cut(step.residual, images);
      });
      return;
    }
    const int64_t outputs = whole.y.blocked() ? whole.y.blocks() * lanes_per_block : row_elements(whole.y);
    const int64_t inputs = whole.x.blocked() ? whole.x.channels() : row_elements(whole.x),
                  panel = whole.panel_blocks * lanes_per_block;
    add(whole, (outputs + panel - 1) / panel, [=, &program = program_](FullyConnectedStep& step, const Range& range) {
      const auto [first, count] = elements_of_units(range, panel, outputs);
      auto panels = [&](const View& view) {
        if (view.blocked()) return blocks_of(view, {first / lanes_per_block, count / lanes_per_block});
        View some = view;
        some.offset += first;
        if (some.shape.rank() > 0) some.shape[some.shape.rank() - 1] = count;
        return some;
      };
      step.y = panels(step.y);
      cut(step.residual, panels);
      step.weights = part_of(program, step.weights, first * inputs);
      step.bias = part_of(program, step.bias, first);
    });
  }

  void operator()(const ElementwiseStep& whole) {
    if (!whole.y.blocked()) {
      const size_t axis = leading_axis(whole.extents);
      loop(whole, whole.extents, axis, [axis](ElementwiseStep& step, const Range& range) {
        const int64_t inner = product_of(step.extents, axis + 1);
        step.extents[axis] = range.count;
        for (ElementwiseOperand& operand : step.operands) {
          if (operand.access == Access::full)
            operand.view = stretch(operand.view, range.first * inner, range.count * inner);
          if (operand.access != Access::strided) continue;
          const bool dense = operand.view.shape == step.y.shape;  // and may be overwritten
          operand.view = behind(operand.view, range.first * operand.strides[axis]);
          if (dense) operand.view.shape = Shape{range.count * inner};
        }
        step.y = stretch(step.y, range.first * inner, range.count * inner);
      });
      return;
    }
    const bool divisible = std::ranges::none_of(whole.operands, [](const ElementwiseOperand& operand) {
      return operand.access == Access::channel && !operand.view.blocked();
    });
    if (divisible) {
      blocks(whole, [](ElementwiseStep& step, const Range& range) {
        step.y = blocks_of(step.y, range);
        for (ElementwiseOperand& operand : step.operands) {
          if (operand.access == Access::full || operand.access == Access::channel)
            operand.view = blocks_of(operand.view, range);
        }
      });
    }
    if (row_kernel(program_, whole)) rows(whole);
  }

  void operator()(const RelayoutStep& whole) {
    const bool to_blocked = whole.y.blocked();
    const View &blocked = to_blocked ? whole.y : whole.x, &dense = to_blocked ? whole.x : whole.y;
    if (dense.shape.rank() == 0 || dense.shape[0] != blocked.batch) return;
    add(whole, blocked.batch, [](RelayoutStep& step, const Range& range) {
      step.x = images_of(step.x, range);
      step.y = images_of(step.y, range);
    });
    if (blocked.batch > 1) return;
    add(whole, blocked.blocks(), [to_blocked](RelayoutStep& step, const Range& range) {
      View &view = to_blocked ? step.y : step.x, &planar = to_blocked ? step.x : step.y;
      const int64_t plane = view.height * view.width, before = blocks_of(view, {0, range.first}).channels();
      view = blocks_of(view, range);
      planar = stretch(planar, before * plane, view.channels() * plane);
    });
  }

  // ---- planar data

  void operator()(const PlanarPoolStep& whole) {
    if (whole.indices) return;  // they count from the start of all planes
    add(whole, whole.y.shape[0] * whole.y.shape[1], [](PlanarPoolStep& step, const Range& range) {
      step.x = planes_of(step.x, range);
      step.y = planes_of(step.y, range);
    });
  }
  /// Parts need not be dense here, so that any axis will do.
  void operator()(const CopyStep& whole) {
    for (size_t axis = 0; axis < whole.extents.size(); ++axis) {
      loop(whole, whole.extents, axis, [axis](CopyStep& step, const Range& range) {
        step.extents[axis] = range.count;
        if (!step.fill) step.x_offset += range.first * step.x_strides[axis];
        step.y_offset += range.first * step.y_strides[axis];
      });
    }
  }
  void operator()(const TableCopyStep& whole) {
    const std::vector<int64_t> extents(whole.y.shape.begin(), whole.y.shape.end());
    const size_t axis = leading_axis(extents);
    loop(whole, extents, axis, [axis](TableCopyStep& step, const Range& range) {
      step.first.resize(step.y.shape.rank());
      step.first[axis] += range.first;
      step.y.offset += range.first * (step.y.shape.elements() / step.y.shape[axis]);
      step.y.shape[axis] = range.count;
    });
  }
  void operator()(const ReduceStep& whole) {
    const size_t axis = leading_axis(whole.outer_extents);
    loop(whole, whole.outer_extents, axis, [axis](ReduceStep& step, const Range& range) {
      const int64_t inner = product_of(step.outer_extents, axis + 1);
      step.x = behind(step.x, range.first * step.outer_strides[axis]);
      step.y = stretch(step.y, range.first * inner, range.count * inner);
      step.outer_extents[axis] = range.count;
    });
  }
  void operator()(const ArgReduceStep& whole) { outer_or_inner(whole, 1); }
  void operator()(const SoftmaxStep& whole) { outer_or_inner(whole, whole.extent); }
  void operator()(const NormalizeStep& whole) {
    const int64_t image = whole.channels * whole.inner;
    auto means = [](NormalizeStep& step, int64_t first, int64_t count) {
      cut(step.mean, [&](const View& view) { return stretch(view, first, count); });
      cut(step.inverse_deviation, [&](const View& view) { return stretch(view, first, count); });
    };
    add(whole, whole.outer, [=](NormalizeStep& step, const Range& range) {
      step.x = stretch(step.x, range.first * image, range.count * image);
      step.y = stretch(step.y, range.first * image, range.count * image);
      means(step, range.first * step.groups, range.count * step.groups);
      step.outer = range.count;
    });
    if (whole.outer > 1) return;
    add(whole, whole.groups, [=](NormalizeStep& step, const Range& range) {
      const int64_t channels = step.channels / step.groups, group = channels * step.inner;
      step.x = stretch(step.x, range.first * group, range.count * group);
      step.y = stretch(step.y, range.first * group, range.count * group);
      auto of_channels = [&](const View& view) {
        return stretch(view, range.first * channels, range.count * channels);
      };
      cut(step.scale, of_channels);
      cut(step.bias, of_channels);
      means(step, range.first, range.count);
      step.channels = range.count * channels;
      step.groups = range.count;
    });
  }
  void operator()(const BatchStatisticsStep& whole) {
    add(whole, whole.channels, [](BatchStatisticsStep& step, const Range& range) {
      auto of_channels = [&](const View& view) { return stretch(view, range.first, range.count); };
      step.image_stride = step.image();
      step.channels = range.count;
      step.x = behind(step.x, range.first * step.inner);
      step.y = behind(step.y, range.first * step.inner);
      for (View* view : {&step.scale, &step.bias, &step.running_mean, &step.running_variance})
        *view = of_channels(*view);
      cut(step.mean_output, of_channels);
      cut(step.variance_output, of_channels);
    });
  }
  void operator()(const MatMulStep& whole) {
    const size_t axis = leading_axis(whole.batch_extents);
    if (axis < whole.batch_extents.size()) {
      add(whole, whole.batch_extents[axis], [axis](MatMulStep& step, const Range& range) {
        const int64_t inner = product_of(step.batch_extents, axis + 1) * step.m * step.n;
        step.a = behind(step.a, range.first * step.a_strides[axis]);
        step.b = behind(step.b, range.first * step.b_strides[axis]);
        step.y = stretch(step.y, range.first * inner, range.count * inner);
        step.batch_extents[axis] = range.count;
      });
      return;
    }
    const int64_t row_unit = whole.tile_rows, column_unit = whole.tile_blocks * lanes_per_block;
    add(whole, (whole.m + row_unit - 1) / row_unit, [row_unit](MatMulStep& step, const Range& range) {
      const auto [first, count] = elements_of_units(range, row_unit, step.m);
      step.a = behind(step.a, first * step.a_row);
      cut(step.c, [&, offset = first * step.c_row](const View& view) { return behind(view, offset); });
      step.y = behind(step.y, first * step.y_stride());
      step.m = count;
    });
    add(whole, (whole.n + column_unit - 1) / column_unit, [column_unit](MatMulStep& step, const Range& range) {
      const auto [first, count] = elements_of_units(range, column_unit, step.n);
      step.b = behind(step.b, first * step.b_column);
      cut(step.c, [&, offset = first * step.c_column](const View& view) { return behind(view, offset); });
      step.y = behind(step.y, first);
      step.y_row = step.y_stride();
      step.n = count;
    });
  }
  void operator()(const InterpolateStep& whole) {
    add(whole, whole.outer, [](InterpolateStep& step, const Range& range) {
      const int64_t x_image = step.in * step.inner, y_image = step.out * step.inner;
      step.x = stretch(step.x, range.first * x_image, range.count * x_image);
      step.y = stretch(step.y, range.first * y_image, range.count * y_image);
      step.outer = range.count;
    });
    if (whole.outer > 1) return;
    add(whole, whole.out, [&program = program_](InterpolateStep& step, const Range& range) {
      step.y = stretch(step.y, range.first * step.inner, range.count * step.inner);
      step.indices = part_of(program, step.indices, range.first * step.taps);
      step.coefficients = part_of(program, step.coefficients, range.first * step.taps);
      step.out = range.count;
    });
  }
  void operator()(const GatherStep& whole) {
    if (whole.y.shape.elements() == 0) return;
    const int64_t count = whole.y.shape.elements() / (whole.outer * whole.inner), image = count * whole.inner;
    add(whole, whole.outer, [image](GatherStep& step, const Range& range) {
      const int64_t x_image = step.extent * step.inner;
      step.x = stretch(step.x, range.first * x_image, range.count * x_image);
      step.y = stretch(step.y, range.first * image, range.count * image);
      if (step.for_each_element) step.indices = stretch(step.indices, range.first * image, range.count * image);
      step.outer = range.count;
    });
    if (whole.outer > 1) return;
    add(whole, count, [](GatherStep& step, const Range& range) {
      const int64_t each = step.for_each_element ? step.inner : 1;
      step.indices = stretch(step.indices, range.first * each, range.count * each);
      step.y = stretch(step.y, range.first * step.inner, range.count * step.inner);
    });
  }

  /// What a target was measured for decides how these are cut (lowering/partition.cc).
  void operator()(const ConvolutionStep&) {}
  void operator()(const WinogradStep&) {}
  void operator()(const StrassenStep&) {}

 private:
  /// `change` makes the step the one of a range of units.
  template <class S, class Change>
  void add(const S& whole, int64_t units, const Change& change, bool rows = false) {
    if (units < 2) return;
    axes.push_back({units,
                    [whole, change](const Range& range) {
                      S step = whole;
                      change(step, range);
                      return Kernel(std::move(step));
                    },
                    rows});
  }

  /// An axis of a loop nest; the innermost one is divided at whole lines.
  template <class S, class Change>
  void loop(const S& whole, const std::vector<int64_t>& extents, size_t axis, const Change& change) {
    if (axis >= extents.size()) return;
    const int64_t extent = extents[axis], unit = product_of(extents, axis + 1) == 1 ? line_elements : 1;
    add(whole, (extent + unit - 1) / unit,
        [change, unit, extent](S& step, const Range& range) { change(step, elements_of_units(range, unit, extent)); });
  }

  template <class S>
  void rows(const S& whole) {
    if (whole.y.height < 2) return;
    axes.push_back({whole.y.height,
                    [whole, &program = program_](const Range& range) { return cut_rows(program, whole, range); },
                    true});
  }

  template <class S, class Change>
  void blocks(const S& whole, const Change& change) {
    add(whole, whole.y.blocks(), change);
  }
  template <class S>
  void blocks_of_x_and_y(const S& whole) {
    blocks(whole, [](S& step, const Range& range) {
      step.x = blocks_of(step.x, range);
      step.y = blocks_of(step.y, range);
    });
  }

  /// x as [outer][extent][inner]; y has `y_extent` elements along the axis in the middle. Columns that are a part of
  /// all keep their distances.
  template <class S>
  void outer_or_inner(const S& whole, int64_t y_extent) {
    add(whole, whole.outer, [y_extent](S& step, const Range& range) {
      const int64_t x_image = step.extent * step.inner, y_image = y_extent * step.inner;
      step.x = stretch(step.x, range.first * x_image, range.count * x_image);
      step.y = stretch(step.y, range.first * y_image, range.count * y_image);
      step.outer = range.count;
    });
    if (whole.outer > 1) return;
    loop(whole, {whole.inner}, 0, [](S& step, const Range& range) {
      step.x = behind(step.x, range.first);
      step.y = behind(step.y, range.first);
      step.stride = step.step();
      step.inner = range.count;
    });
  }

  Program& program_;
};

}  // namespace

std::vector<CutAxis> cut_axes(Program& program, const Kernel& kernel) {
  AxesOfKernel visitor(program);
  std::visit(visitor, kernel);
  return std::move(visitor.axes);
}

Range elements_of_units(const Range& units, int64_t elements_per_unit, int64_t elements) {
  const int64_t first = units.first * elements_per_unit;
  return {first, std::min(units.count * elements_per_unit, elements - first)};
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

WeightId part_of(Program& program, WeightId whole, int64_t offset) {
  if (!whole || offset == 0) return whole;
  const Weight& weight = program[whole];
  if (weight.whole) return part_of(program, weight.whole, weight.offset + offset);
  const auto same = [&](const Weight& other) { return other.whole == whole && other.offset == offset; };
  if (const auto found = std::ranges::find_if(program.weights, same); found != program.weights.end())
    return WeightId(found - program.weights.begin());
  program.weights.push_back({fmt::format("{}_from_{}", weight.name, offset), {}, whole, offset});
  return WeightId(program.weights.size() - 1);
}

}  // namespace intaglio

// Conv and ConvTranspose as sums over taps.
//
// Both are one computation on grids of output pixels: pixel q of a grid reads tap k at input row q * step + offset[k],
// likewise for columns. A Conv is a grid with step = stride. A ConvTranspose is one grid per phase (output coordinate
// modulo stride) with step 1 and those taps that divide. Where padding takes no part in the sums, grids have the taps
// that do, and are cut where these change. Eight pixels at a time are gathered into a panel [tap][pixel], other padding
// as zeros, in the order of docs/numerics.md: channels in groups of eight, then ky, kx, channel. Then every output
// channel is a row of weights times the panel.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <array>
#include <cstdlib>

#include "interpreter/epilogue.h"
#include "interpreter/evaluation.h"
#include "interpreter/fused.h"
#include "interpreter/window.h"

namespace intaglio::interpreter {

namespace {

/// Channels whose taps stand together in the order of summation.
constexpr int64_t channel_group = 8;

/// Along one axis: output coordinates first + q * spacing for q < count;
/// tap j of the kernel reads input q * step + offset.
struct Grid {
  struct Tap {
    int64_t kernel_index;
    int64_t offset;
  };
  int64_t first = 0, spacing = 1, count = 0, step = 1;
  std::vector<Tap> taps;
};

/// Whether a tap of the pixels [first, end) of a grid ever reads one of `in` inputs.
bool meets(const Grid& grid, const Grid::Tap& tap, int64_t first, int64_t end, int64_t in) {
  for (int64_t q = first; q < end; ++q) {
    const int64_t i = q * grid.step + tap.offset;
    if (i >= 0 && i < in) return true;
  }
  return false;
}

/// The grid's taps from the first to the last one that meets an input, or all.
void drop_padding_taps(Grid& grid, int64_t in) {
  const auto inside = [&](const Grid::Tap& tap) { return meets(grid, tap, 0, grid.count, in); };
  const auto first = std::ranges::find_if(grid.taps, inside);
  if (first == grid.taps.end()) return;
  const auto last = std::find_if(grid.taps.rbegin(), grid.taps.rend(), inside);
  grid.taps = std::vector<Grid::Tap>(first, last.base());
}

/// The grid in pieces whose pixels read an input through every tap.
std::vector<Grid> without_padding(const Grid& grid, int64_t in) {
  std::vector<Grid> pieces;
  for (int64_t q = 0; q < grid.count; ++q) {
    Grid pixel{grid.first + q * grid.spacing, grid.spacing, 1, grid.step, {}};
    for (const Grid::Tap& tap : grid.taps) {
      if (meets(grid, tap, q, q + 1, in)) pixel.taps.push_back({tap.kernel_index, tap.offset + q * grid.step});
    }
    const auto same_tap = [](const Grid::Tap& a, const Grid::Tap& b) { return a.kernel_index == b.kernel_index; };
    if (!pieces.empty() && std::ranges::equal(pieces.back().taps, pixel.taps, same_tap))
      ++pieces.back().count;
    else
      pieces.push_back(std::move(pixel));
  }
  return pieces;
}

/// The grid without the padding that takes no part: all of it where taps do not stand side by side.
std::vector<Grid> with_taps_that_count(Grid grid, int64_t in, bool dilated) {
  if (dilated) return without_padding(grid, in);
  drop_padding_taps(grid, in);
  return {std::move(grid)};
}

std::vector<Grid> direct_grids(const WindowAxis& axis) {
  Grid grid{0, 1, axis.out, axis.stride, {}};
  for (int64_t k = 0; k < axis.kernel; ++k) grid.taps.push_back({k, k * axis.dilation - axis.pad_begin});
  return with_taps_that_count(std::move(grid), axis.in, axis.dilation > 1);
}

std::vector<Grid> transposed_grids(const WindowAxis& axis) {
  std::vector<Grid> grids;
  for (int64_t phase = 0; phase < std::min(axis.stride, axis.out); ++phase) {
    Grid grid{phase, axis.stride, (axis.out - phase + axis.stride - 1) / axis.stride, 1, {}};
    for (int64_t k = 0; k < axis.kernel; ++k) {
      const int64_t numerator = phase + axis.pad_begin - k * axis.dilation;
      if (numerator % axis.stride == 0) grid.taps.push_back({k, numerator / axis.stride});
    }
    const bool dilated = grid.taps.size() > 1 && std::abs(grid.taps[1].offset - grid.taps[0].offset) > 1;
    for (Grid& piece : with_taps_that_count(std::move(grid), axis.in, dilated)) grids.push_back(std::move(piece));
  }
  return grids;
}

/// One tap of a grid: which input element a pixel reads relative to its own place, and where the tap's weight stands.
struct Tap {
  int64_t channel, row_offset, column_offset, ky, kx;
};

std::vector<Tap> ordered_taps(const Grid& rows, const Grid& columns, int64_t channels) {
  std::vector<Tap> taps;
  for (int64_t first = 0; first < channels; first += channel_group) {
    for (const Grid::Tap& ky : rows.taps) {
      for (const Grid::Tap& kx : columns.taps) {
        for (int64_t c = first; c < std::min(first + channel_group, channels); ++c) {
          taps.push_back({c, ky.offset, kx.offset, ky.kernel_index, kx.kernel_index});
        }
      }
    }
  }
  return taps;
}

/// Shapes of one convolution with the strides of its weights by (group, output channel of the group, input channel).
struct Problem {
  std::array<WindowAxis, 2> axes;
  int64_t images, groups, in_channels, out_channels;  ///< channels per group
  int64_t weight_group_stride, weight_out_stride, weight_in_stride;
  const float* x;
  const float* weights;
  const float* bias;  ///< null: +0
};

/// Computes the pixels of one grid, eight at a time.
template <class Accumulator, class Store>
void run_grid(const Problem& problem, const Grid& rows, const Grid& columns, const Store& store) {
  const std::vector<Tap> taps = ordered_taps(rows, columns, problem.in_channels);
  const int64_t depth = static_cast<int64_t>(taps.size());
  const int64_t in_height = problem.axes[0].in;
  const int64_t in_width = problem.axes[1].in;
  const int64_t pixels = rows.count * columns.count;
  std::vector<float> weights(static_cast<size_t>(problem.out_channels * depth));
  std::vector<float> panel(static_cast<size_t>(depth * panel_columns));
  std::vector<Accumulator> sums(static_cast<size_t>(problem.out_channels * panel_columns));

  for (int64_t group = 0; group < problem.groups; ++group) {
    const float* group_weights = problem.weights + group * problem.weight_group_stride;
    for (int64_t m = 0, i = 0; m < problem.out_channels; ++m) {
      for (const Tap& tap : taps) {
        weights[static_cast<size_t>(i++)] =
            group_weights[m * problem.weight_out_stride + tap.channel * problem.weight_in_stride +
                          tap.ky * problem.axes[1].kernel + tap.kx];
      }
    }
    for (int64_t image = 0; image < problem.images; ++image) {
      const float* x = problem.x + (image * problem.groups + group) * problem.in_channels * in_height * in_width;
      for (int64_t first = 0; first < pixels; first += panel_columns) {
        const int64_t count = std::min(panel_columns, pixels - first);
        std::array<int64_t, panel_columns> row{};
        std::array<int64_t, panel_columns> column{};
        for (int64_t i = 0; i < count; ++i) {
          row[static_cast<size_t>(i)] = (first + i) / columns.count;
          column[static_cast<size_t>(i)] = (first + i) % columns.count;
        }
        float* cell = panel.data();
        for (const Tap& tap : taps) {
          const float* plane = x + tap.channel * in_height * in_width;
          for (size_t i = 0; i < static_cast<size_t>(panel_columns); ++i, ++cell) {
            const int64_t iy = row[i] * rows.step + tap.row_offset;
            const int64_t ix = column[i] * columns.step + tap.column_offset;
            const bool inside = iy >= 0 && iy < in_height && ix >= 0 && ix < in_width;
            *cell = inside ? plane[iy * in_width + ix] : 0.0f;
          }
        }
        for (int64_t m = 0; m < problem.out_channels; ++m) {
          const float bias = problem.bias ? problem.bias[group * problem.out_channels + m] : 0.0f;
          std::fill_n(sums.begin() + m * panel_columns, panel_columns, static_cast<Accumulator>(bias));
        }
        accumulate_panel(sums.data(), weights.data(), depth, problem.out_channels, panel.data(), depth);
        for (int64_t m = 0; m < problem.out_channels; ++m) {
          const int64_t plane = (image * problem.groups + group) * problem.out_channels + m;
          for (int64_t i = 0; i < count; ++i) {
            const int64_t oy = rows.first + row[static_cast<size_t>(i)] * rows.spacing;
            const int64_t ox = columns.first + column[static_cast<size_t>(i)] * columns.spacing;
            store((plane * problem.axes[0].out + oy) * problem.axes[1].out + ox,
                  sums[static_cast<size_t>(m * panel_columns + i)]);
          }
        }
      }
    }
  }
}

Results run_grids(const Evaluation& evaluation, const Problem& problem, const std::vector<Grid>& rows,
                  const std::vector<Grid>& columns, const Epilogue& epilogue) {
  Result<float> result(evaluation.output_shape());
  const EpilogueFunction finish(evaluation, epilogue);
  const auto store = [&](int64_t position, auto accumulator) { result[position] = finish(accumulator, position); };
  for (const Grid& row_grid : rows) {
    for (const Grid& column_grid : columns) {
      if (evaluation.strict()) {
        run_grid<float>(problem, row_grid, column_grid, store);
      } else {
        run_grid<double>(problem, row_grid, column_grid, store);
      }
    }
  }
  return {result.take()};
}

const float* optional_floats(const TensorData* data) { return data ? data->values<float>().data() : nullptr; }

Results run(const Evaluation& evaluation, const Conv& op) {
  const TensorData& x = evaluation.input(0);
  const TensorData& w = evaluation.input(1);
  Problem problem;
  problem.axes = window_axes(op.window, x.shape(), evaluation.output_shape());
  problem.images = x.shape()[0];
  problem.groups = op.group;
  problem.in_channels = w.shape()[1];
  problem.out_channels = w.shape()[0] / op.group;
  problem.weight_in_stride = problem.axes[0].kernel * problem.axes[1].kernel;
  problem.weight_out_stride = problem.in_channels * problem.weight_in_stride;
  problem.weight_group_stride = problem.out_channels * problem.weight_out_stride;
  problem.x = x.values<float>().data();
  problem.weights = w.values<float>().data();
  problem.bias = optional_floats(evaluation.optional_input(2));
  return run_grids(evaluation, problem, direct_grids(problem.axes[0]), direct_grids(problem.axes[1]), op.epilogue);
}

Results run(const Evaluation& evaluation, const ConvTranspose& op) {
  const TensorData& x = evaluation.input(0);
  const TensorData& w = evaluation.input(1);
  Problem problem;
  problem.axes = window_axes(op.window, x.shape(), evaluation.output_shape());
  problem.images = x.shape()[0];
  problem.groups = op.group;
  problem.in_channels = w.shape()[0] / op.group;
  problem.out_channels = w.shape()[1];
  problem.weight_out_stride = problem.axes[0].kernel * problem.axes[1].kernel;
  problem.weight_in_stride = problem.out_channels * problem.weight_out_stride;
  problem.weight_group_stride = problem.in_channels * problem.weight_in_stride;
  problem.x = x.values<float>().data();
  problem.weights = w.values<float>().data();
  problem.bias = optional_floats(evaluation.optional_input(2));
  return run_grids(evaluation, problem, transposed_grids(problem.axes[0]), transposed_grids(problem.axes[1]),
                   op.epilogue);
}

}  // namespace

OperatorFunctions convolution_functions() {
  static constexpr OperatorFunction rows[] = {row_of<Conv, run>, row_of<ConvTranspose, run>};
  return rows;
}

}  // namespace intaglio::interpreter

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/row_tiling.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "lowering/choices.h"
#include "lowering/rows.h"

namespace intaglio {

namespace {

/// What row tiling needs to know of a kernel that computes rows of y from rows of x.
struct RowKernel {
  const View *x, *y;
  Window2d window;
  int64_t weights = 0;  ///< bytes
};

template <class K>
constexpr bool works_by_rows = std::is_same_v<K, ConvolutionStep> || std::is_same_v<K, DepthwiseStep> ||
                               std::is_same_v<K, GroupedConvolutionStep> || std::is_same_v<K, PlanarConvolutionStep>;

std::optional<RowKernel> row_kernel(const Program& program, const Kernel& kernel) {
  return std::visit(
      [&](const auto& k) -> std::optional<RowKernel> {
        if constexpr (works_by_rows<std::decay_t<decltype(k)>>) {
          // Phases of transposed convolutions may walk their taps backwards.
          if (k.y.batch != 1 || k.window.dilation_h < 1 || k.window.pad_top < 0) return std::nullopt;
          return RowKernel{&k.x, &k.y, k.window, static_cast<int64_t>(program[k.weights].data.bytes().size())};
        }
        return std::nullopt;
      },
      kernel);
}

/// The kernel for rows [rows.first, rows.first + rows.count) of its result. `x` starts at the first row that the window
/// of the first of them reads without padding, `y` holds these rows alone.
Kernel for_rows(const Kernel& whole, const Range& rows, const View& x, const View& y) {
  Kernel result = whole;
  std::visit(
      [&](auto& k) {
        using K = std::decay_t<decltype(k)>;
        if constexpr (works_by_rows<K>) {
          k.x = x;
          k.y = y;
          if constexpr (requires { k.residual; }) {
            if (k.residual) k.residual = rows_of(*k.residual, rows);
          }
          if constexpr (std::is_same_v<K, PlanarConvolutionStep>) k.window.pad_top -= rows.first * k.window.stride_h;
          if constexpr (std::is_same_v<K, ConvolutionStep>)
            k.rows_per_group = lowering::choose_rows(rows.count, y.width);
        }
      },
      result);
  return result;
}

/// An intermediate result of a chain: what the whole of it was, and the rows of it that its buffer holds now.
struct Lines {
  View whole;
  int64_t base = 0;  ///< row at the start of the line buffer, behind the border above
  int64_t made = 0;  ///< rows [0, made) have been computed
  int64_t rows = 0;  ///< capacity

  int64_t block_stride() const { return (whole.border_top + rows + whole.border_bottom) * whole.row_stride; }
  /// A view of rows of the whole, from `row` on, in the line buffer.
  View placed(View view, int64_t row) const {
    view.block_stride = block_stride();
    view.image_stride = view.block_stride * (whole.image_stride / whole.block_stride);
    view.offset = (whole.border_top + row - base) * whole.row_stride + whole.border_left * whole.pixel_stride;
    return view;
  }
  View written(const Range& range) const { return placed(rows_of(whole, range), range.first); }
  /// For a window that starts at `row`; what it reads above and below is there.
  View read_from(int64_t row) const {
    View view = rows_of(whole, {row, std::max<int64_t>(1, made - row)});
    view.border_top = view.border_bottom = 0;
    return placed(view, row);
  }
};

/// Rows of x that rows [first, end) of the result read: [first, end) of x, at least the one beside the padding.
std::pair<int64_t, int64_t> rows_read(const Window2d& window, int64_t first, int64_t end, int64_t height) {
  const int64_t begin = first * window.stride_h - window.pad_top;
  const int64_t last = (end - 1) * window.stride_h - window.pad_top + (window.kernel_h - 1) * window.dilation_h + 1;
  return {std::clamp<int64_t>(begin, 0, height - 1), std::clamp<int64_t>(last, 1, height)};
}

class Tiler {
 public:
  Tiler(Program& program, const Target& target) : program_(program), target_(target) {
    accesses_.resize(program.buffers.size(), 0);
    for (const Step& step : program.steps) {
      const Accesses used = accesses(step, program.block);
      for (const auto* list : {&used.reads, &used.writes}) {
        for (const View* view : *list) {
          if (view->buffer) ++accesses_[view->buffer.index()];
        }
      }
    }
  }

  void run() {
    std::vector<Step> steps = std::move(program_.steps);
    program_.steps.clear();
    const std::vector<size_t> counts = choose_groups(steps);
    for (size_t first = 0; first < steps.size(); first += counts[first]) {
      if (counts[first] > 1)
        emit(steps, first, counts[first], band_rows(steps, first, counts[first]));
      else
        program_.steps.push_back(std::move(steps[first]));
    }
  }

 private:
  /// Whether step i's result is read by step i + 1 alone, too large for L2, and nothing else shares its buffer.
  bool feeds_next(const std::vector<Step>& steps, size_t i) const {
    const std::optional<RowKernel> producer = row_kernel(program_, steps[i].kernel),
                                   consumer = row_kernel(program_, steps[i + 1].kernel);
    if (!producer || !consumer) return false;
    const View &y = *producer->y, &x = *consumer->x;
    return y.buffer && y.buffer == x.buffer && program_[y.buffer].kind == BufferKind::arena &&
           accesses_[y.buffer.index()] == 2 && x.blocked && x.offset == y.offset && x.segments == y.segments &&
           x.row_stride == y.row_stride && x.height == y.height && program_[y.buffer].bytes() > target_.l2_bytes;
  }

  /// How many steps make the group that starts with each step, so that line buffers replace as many bytes as possible.
  std::vector<size_t> choose_groups(const std::vector<Step>& steps) const {
    constexpr int64_t fewest_rows = 4;  // narrower bands are not worth their calls
    std::vector<size_t> counts(steps.size(), 1);
    std::vector<int64_t> saved(steps.size() + 1, 0);  // by the groups from a step on
    for (size_t first = steps.size(); first-- > 0;) {
      saved[first] = saved[first + 1];
      int64_t bytes = 0;
      for (size_t count = 2, most = chain_length(steps, first); count <= most; ++count) {
        bytes += program_[row_kernel(program_, steps[first + count - 1].kernel)->x->buffer].bytes();
        if (bytes + saved[first + count] <= saved[first] || band_rows(steps, first, count) < fewest_rows) continue;
        saved[first] = bytes + saved[first + count];
        counts[first] = count;
      }
    }
    return counts;
  }

  /// Steps from `first` on that run band by band; 1 when there is no chain. Weights of all are read once per band.
  size_t chain_length(const std::vector<Step>& steps, size_t first) const {
    const std::optional<RowKernel> start = row_kernel(program_, steps[first].kernel);
    if (!start) return 1;
    int64_t weights = start->weights;
    size_t count = 1;
    while (first + count < steps.size() && feeds_next(steps, first + count - 1)) {
      weights += row_kernel(program_, steps[first + count].kernel)->weights;
      if (weights > target_.l2_bytes / 4) break;
      ++count;
    }
    return count;
  }

  /// Bytes of the line buffers with bands of so many rows.
  int64_t lines_bytes(const std::vector<Step>& steps, size_t first, size_t count, int64_t rows) const {
    int64_t bytes = 0;
    for (size_t i = first + count - 1; i > first; --i) {
      const RowKernel kernel = *row_kernel(program_, steps[i].kernel);
      rows = (rows - 1) * kernel.window.stride_h + (kernel.window.kernel_h - 1) * kernel.window.dilation_h + 1;
      bytes += std::min(rows, kernel.x->height) * kernel.x->row_stride * kernel.x->blocks(program_.block) * 4;
    }
    return bytes;
  }

  /// Rows of the chain's result per band: as many as keep the line buffers in L2; 0 when there is no such number.
  int64_t band_rows(const std::vector<Step>& steps, size_t first, size_t count) const {
    const int64_t height = row_kernel(program_, steps[first + count - 1].kernel)->y->height;
    int64_t best = 0;
    for (int64_t rows = 1; rows <= height / 2; ++rows) {
      if (lines_bytes(steps, first, count, rows) > target_.l2_bytes) break;
      best = rows;
    }
    if (best == 0) return 0;
    const int64_t bands = (height + best - 1) / best;
    return (height + bands - 1) / bands;
  }

  void emit(const std::vector<Step>& steps, size_t first, size_t count, int64_t band) {
    std::vector<RowKernel> kernels;
    for (size_t i = first; i < first + count; ++i) kernels.push_back(*row_kernel(program_, steps[i].kernel));
    const int64_t height = kernels.back().y->height, bands = (height + band - 1) / band;
    // Per band the rows [begin, end) that each intermediate result must hold.
    std::vector<std::vector<std::pair<int64_t, int64_t>>> needed(bands);
    std::vector<Lines> lines(count);  // lines[i]: x of kernel i; lines[0] is not used
    for (int64_t b = 0; b < bands; ++b) {
      needed[b].resize(count);
      std::pair<int64_t, int64_t> rows = {b * band, std::min(height, (b + 1) * band)};
      for (size_t i = count - 1; i > 0; --i) {
        rows = rows_read(kernels[i].window, rows.first, rows.second, kernels[i].x->height);
        if (b + 1 == bands) rows.second = kernels[i].x->height;  // rows that nobody reads, too: borders end with them
        if (b > 0) rows.first = std::min(rows.first, needed[b - 1][i].second);
        if (b > 0) rows.second = std::max(rows.second, needed[b - 1][i].second);
        needed[b][i] = rows;
        lines[i].rows = std::max(lines[i].rows, rows.second - rows.first);
      }
    }
    for (size_t i = 1; i < count; ++i) {
      lines[i].whole = *kernels[i].x;
      Buffer& buffer = program_[lines[i].whole.buffer];
      buffer.name += "_lines";
      buffer.elements = lines[i].block_stride() * lines[i].whole.blocks(program_.block);
    }
    const size_t group = program_.groups.size();
    program_.groups.push_back({steps[first].name, bands, band});
    auto add = [&](const Step& like, std::string comment, Kernel kernel, int64_t macs) {
      Step step{like.name, std::move(comment), std::move(kernel), macs, {}, like.choice, group};
      program_.steps.push_back(std::move(step));
    };
    for (int64_t b = 0; b < bands; ++b) {
      for (size_t i = 0; i < count; ++i) {
        const Step& step = steps[first + i];
        const bool last = i + 1 == count;
        // The rows to compute, and the place they go to.
        int64_t begin = b * band, end = std::min(height, (b + 1) * band);
        if (!last) {
          Lines& to = lines[i + 1];
          const auto [from_row, end_row] = needed[b][i + 1];
          if (from_row > to.base) {
            if (to.made > from_row) {
              const Range kept{from_row, to.made - from_row};
              const View source = to.written(kept);
              to.base = from_row;
              View target = to.written(kept);
              target.border_bottom = 0;  // it may lie on rows that are still to be copied
              std::vector<int64_t> channels(source.channels());
              std::iota(channels.begin(), channels.end(), 0);
              add(step, fmt::format("rows {} to {} of {} are kept", from_row, to.made, to.whole.height),
                  BlockedCopyStep{source, target, channels}, 0);
              if (to.made == to.whole.height && to.whole.border_bottom > 0)
                add(step, "clear the border below", ClearBorderStep{to.written(kept)}, 0);
            }
            to.base = from_row;
          }
          begin = to.made;
          end = end_row;
          to.made = end_row;
        }
        if (begin == end) continue;
        const Range rows{begin, end - begin};
        const View y = last ? rows_of(*kernels[i].y, rows) : lines[i + 1].written(rows);
        View x = *kernels[i].x;
        const int64_t row = begin * kernels[i].window.stride_h;
        if (i > 0) {
          x = lines[i].read_from(row);
        } else if (x.blocked) {
          x = from(x, row, 0);
        }
        Kernel kernel = for_rows(step.kernel, rows, x, y);
        if (auto* planar = std::get_if<PlanarConvolutionStep>(&kernel))
          planar->ring =
              b == 0 ? planar->ring : another_scratch(program_, planar->ring, program_[planar->ring].elements);
        add(step, fmt::format("{}  rows {} to {}", step.comment, begin, end), std::move(kernel),
            step.macs / kernels[i].y->height * rows.count);
      }
    }
  }

  Program& program_;
  const Target& target_;
  std::vector<int> accesses_;  ///< views of each buffer in all steps
};

}  // namespace

void tile_rows(Program& program, const Target& target) { Tiler(program, target).run(); }

}  // namespace intaglio

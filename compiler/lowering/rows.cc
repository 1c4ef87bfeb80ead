// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/panels.h"
#include "ir/step_operands.h"
#include "support/error.h"

namespace intaglio {

namespace {

constexpr Window2d same_row;

bool full(const ElementwiseOperand& operand) {
  return operand.access == Access::full || operand.access == Access::pixel;
}

/// The operand's rows for a kernel that reads a window of them without looking at edges: it starts at the row of the
/// first window's start without padding, which lies in the border above.
View window_rows(const View& x, const Window2d& window, const Range& rows) {
  const int64_t start = rows.first * window.stride_h;
  View view = from(x, start, 0);
  view.height = std::max<int64_t>(1, rows_read(window, rows, x.height).end() - start);
  if (view.shape.rank() == 4) view.shape[2] = view.height;
  view.border_top = view.border_bottom = 0;
  return view;
}

/// Scratch for a part: the first takes the whole's.
BufferId scratch_of_part(Program& program, BufferId whole, const Range& rows, int64_t elements) {
  if (rows.first > 0) return another_scratch(program, whole, elements, fmt::format("rows_{}", rows.first));
  program[whole].elements = elements;
  return whole;
}

// What a kernel needs of its operands.

struct Describe {
  const Program& program;
  RowKernel result = {};

  bool windowed(const View& x, const Window2d& window, const View& y) {
    // Phases of transposed convolutions may walk their taps backwards.
    if (window.dilation_h < 1 || (window.pad_top < 0 && !window.clips_rows)) return false;
    result.operands.push_back({&x, window});
    return result_rows(y);
  }
  void reads_weights(WeightId weights) { result.weight_bytes = program[weights].data.byte_count(); }
  template <class S>
  bool convolution(const S& s) {
    reads_weights(s.weights);
    const bool possible = windowed(s.x, s.window, s.y);
    if (s.residual) result.operands.push_back({&*s.residual, same_row});
    return possible;
  }
  bool result_rows(const View& y) {
    result.y = &y;
    result.height = y.height;
    return y.batch == 1 && y.blocked() && y.height > 1;
  }

  bool operator()(const ConvolutionStep& s) { return convolution(s); }
  bool operator()(const DepthwiseStep& s) { return convolution(s); }
  bool operator()(const GroupedConvolutionStep& s) { return convolution(s); }
  bool operator()(const PlanarConvolutionStep& s) {
    reads_weights(s.weights);
    return result_rows(s.y);
  }
  bool operator()(const WinogradStep& s) {
    reads_weights(s.weights);
    // A row of tiles may read rows behind its last window: the operand is there as a whole.
    result.multiple = s.outputs_h;
    if (s.residual) result.operands.push_back({&*s.residual, same_row});
    return result_rows(s.y) && !s.plain;  // every band would transform the weights
  }
  bool operator()(const PoolStep& s) {
    // All windows must begin inside, as they do unless the padding is wider than a window.
    return s.window.pad_top < (s.window.kernel_h - 1) * s.window.dilation_h + 1 &&
           (s.y.height - 1) * s.window.stride_h - s.window.pad_top < s.x.height && windowed(s.x, s.window, s.y);
  }
  bool operator()(const ElementwiseStep& s) {
    for (const ElementwiseOperand& operand : s.operands) {
      if (full(operand) && operand.view.buffer) result.operands.push_back({&operand.view, same_row});
      if (full(operand) && !operand.view.buffer) return false;
    }
    return result_rows(s.y);
  }
  bool operator()(const SpatialReduceStep& s) {
    result.operands.push_back({&s.x, same_row});
    result.y = nullptr;
    result.height = s.x.height;
    return s.x.batch == 1 && s.x.height > 1 && s.kind != ReduceKind::prod;
  }
  template <class Other>
  bool operator()(const Other&) {
    return false;
  }
};

/// Visitor of ir/step_operands.h.
struct Views {
  std::vector<View*> result;
  std::vector<BufferId*> scratches;

  void reads(auto&... views) { (add(views), ...); }
  void writes(auto&... views) { (add(views), ...); }
  void weights(auto...) {}
  void scratch(BufferId& id) { scratches.push_back(&id); }
  void in_place(const auto&, const View&) {}

 private:
  void add(View& view) { result.push_back(&view); }
  void add(std::optional<View>& view) {
    if (view) result.push_back(&*view);
  }
};

// ---- the part for some rows

struct Cut {
  Program& program;
  Range rows;

  template <class S>
  void convolution(S& s) const {
    if (s.window.clips_rows)
      read_inside(s);
    else
      s.x = window_rows(s.x, s.window, rows);
    result(s);
  }
  /// The operand's rows for a kernel that clips its windows to them.
  template <class S>
  void read_inside(S& s) const {
    const Range read = rows_read(s.window, rows, s.x.height);
    s.window.pad_top = read.first - (rows.first * s.window.stride_h - s.window.pad_top);
    s.x = rows_of(s.x, read);
  }
  /// Of a convolution, with what is added to it.
  template <class S>
  void result(S& s) const {
    s.y = rows_of(s.y, rows);
    if (s.residual) s.residual = rows_of(*s.residual, rows);
  }

  void operator()(ConvolutionStep& s) const { convolution(s); }
  void operator()(DepthwiseStep& s) const { convolution(s); }
  void operator()(GroupedConvolutionStep& s) const { convolution(s); }
  void operator()(PlanarConvolutionStep& s) const {
    s.ring = scratch_of_part(program, s.ring, rows, program[s.ring].elements);
    s.window.pad_top -= rows.first * s.window.stride_h;
    s.y = rows_of(s.y, rows);
  }
  void operator()(WinogradStep& s) const {
    if (s.x.blocked())
      s.x = from(s.x, rows.first * s.window.stride_h, 0);
    else
      s.window.pad_top -= rows.first * s.window.stride_h;
    result(s);
    s.tiles = std::min(s.tiles, winograd_tile_rows(s) * winograd_tile_columns(s));
    s.scratch = scratch_of_part(program, s.scratch, rows, winograd_scratch_floats(s));
  }
  void operator()(PoolStep& s) const {
    read_inside(s);
    s.y = rows_of(s.y, rows);
  }
  void operator()(ElementwiseStep& s) const {
    for (ElementwiseOperand& operand : s.operands) {
      if (full(operand)) operand.view = rows_of(operand.view, rows);
    }
    s.y = rows_of(s.y, rows);
  }
  void operator()(SpatialReduceStep& s) const {
    s.row = rows.first;
    s.x = rows_of(s.x, rows);
  }
  template <class Other>
  void operator()(Other&) const {
    internal_error("a kernel that is not cut by rows");
  }
};

}  // namespace

View rows_of(View view, const Range& rows) {
  if (rows.first > 0) view.border_top = 0;
  if (rows.first + rows.count < view.height) view.border_bottom = 0;
  view.offset += rows.first * view.row_stride;
  view.height = rows.count;
  if (view.shape.rank() == 4) view.shape[2] = rows.count;
  return view;
}

View columns_of(View view, const Range& columns) {
  if (columns.first > 0) view.border_left = 0;
  if (columns.first + columns.count < view.width) view.border_right = 0;
  view.offset += columns.first * view.pixel_stride;
  view.width = columns.count;
  view.shape[view.shape.rank() - 1] = columns.count;
  return view;
}

View from(View view, int64_t row, int64_t column) {
  view.offset += row * view.row_stride + column * view.pixel_stride;
  if (row >= view.height) view.border_bottom = 0;
  if (column >= view.width) view.border_right = 0;
  view.height = std::max<int64_t>(1, view.height - row);
  view.width = std::max<int64_t>(1, view.width - column);
  if (view.shape.rank() == 4) view.shape[2] = view.height;
  view.shape[view.shape.rank() - 1] = view.width;
  return view;
}

BufferId another_scratch(Program& program, BufferId like, int64_t elements, const std::string& part) {
  Buffer buffer = program[like];
  buffer.name += "_" + part;
  const std::string wanted = buffer.name;
  // Tasks overlap, so that two of them may have a band from the same row on.
  auto taken = [&](const Buffer& other) { return other.name == buffer.name; };
  for (int number = 2; std::ranges::any_of(program.buffers, taken); ++number)
    buffer.name = fmt::format("{}_{}", wanted, number);
  buffer.elements = elements;
  program.buffers.push_back(buffer);
  return BufferId(program.buffers.size() - 1);
}

Range rows_read(const Window2d& window, const Range& rows, int64_t height) {
  const int64_t last_tap = (window.kernel_h - 1) * window.dilation_h;
  const int64_t start = rows.first * window.stride_h - window.pad_top;
  const int64_t first = start + std::min<int64_t>(0, last_tap),
                end = start + (rows.count - 1) * window.stride_h + std::max<int64_t>(0, last_tap) + 1;
  const int64_t begin = std::clamp<int64_t>(first, 0, height - 1);
  return {begin, std::clamp<int64_t>(end, begin + 1, height) - begin};
}

void take_columns(View& x, Window2d& window, const Range& columns) {
  const int64_t start = columns.first * window.stride_w;
  if (!window.clips_columns) {
    x = from(x, 0, start);
    return;
  }
  Window2d turned;
  turned.kernel_h = window.kernel_w;
  turned.stride_h = window.stride_w;
  turned.dilation_h = window.dilation_w;
  turned.pad_top = window.pad_left;
  const Range read = rows_read(turned, columns, x.width);
  window.pad_left = read.first - (start - window.pad_left);
  x = columns_of(x, read);
}

std::optional<RowKernel> row_kernel(const Program& program, const Kernel& kernel) {
  Describe describe{program};
  if (!std::visit(describe, kernel)) return std::nullopt;
  return describe.result;
}

Kernel cut_rows(Program& program, const Kernel& whole, const Range& rows) {
  Kernel part = whole;
  std::visit([&](auto& kernel) { Cut{program, rows}(kernel); }, part);
  return part;
}

std::vector<View*> views(Kernel& kernel) {
  Views all;
  std::visit([&](auto& step) { operands::visit(all, step); }, kernel);
  return all.result;
}

std::vector<BufferId*> scratch_of(Kernel& kernel) {
  Views all;
  std::visit([&](auto& step) { operands::visit(all, step); }, kernel);
  return all.scratches;
}

}  // namespace intaglio

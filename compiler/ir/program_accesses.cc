// What every kind of step reads, writes and may overwrite:
// the one place that memory planning, verification and printing share.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <array>
#include <utility>

#include "ir/panels.h"
#include "ir/program.h"

namespace intaglio {

namespace {

bool same_place(const View& a, const View& b) {
  return a.offset == b.offset && a.layout == b.layout && a.batch == b.batch && a.height == b.height &&
         a.width == b.width && a.image_stride == b.image_stride && a.block_stride == b.block_stride &&
         a.row_stride == b.row_stride && a.pixel_stride == b.pixel_stride && a.segments == b.segments &&
         element_size(a.type) == element_size(b.type);
}

struct Collector {
  Accesses result;

  /// Tensors without elements take none, unless there are blocks whose rows are all border.
  bool takes_memory(const View& view) const {
    return view.shape.elements() > 0 || (view.blocked() && view.batch * view.blocks() > 0);
  }
  void read(const View& view) {
    if (takes_memory(view)) result.reads.push_back(&view);
  }
  void read(const std::optional<View>& view) {
    if (view) read(*view);
  }
  void write(const View& view) {
    if (takes_memory(view)) result.writes.push_back(&view);
  }
  void write(const std::optional<View>& view) {
    if (view) write(*view);
  }
  void in_place(const View& x, const View& y) {
    if (x.buffer && takes_memory(y) && same_place(x, y)) result.in_place.push_back(&x);
  }
  void in_place(const std::optional<View>& x, const View& y) {
    if (x) in_place(*x, y);
  }

  void operator()(const ConvolutionStep& s) {
    read(s.x), read(s.residual), write(s.y);
    // A later reduction block reads back what an earlier one stored: only a single one may overwrite the residual.
    std::vector<int64_t> segments = s.x.segments;
    if (s.groups > 1) segments = {s.x.channels() / s.groups};
    const int64_t taps = s.window.kernel_h * s.window.kernel_w;
    if (s.residual && reduction_blocks(channel_runs(segments), taps, s.reduction_block).size() == 1)
      in_place(s.residual, s.y);
  }
  void operator()(const WinogradStep& s) {
    read(s.x), read(s.residual), write(s.y), in_place(s.residual, s.y);
    result.scratch.push_back(s.scratch);
  }
  void operator()(const StrassenStep& s) {
    read(s.x), read(s.residual), write(s.y), in_place(s.residual, s.y);
    result.scratch.push_back(s.scratch);
  }
  void operator()(const PlanarConvolutionStep& s) {
    read(s.x), write(s.y);
    result.scratch.push_back(s.ring);
  }
  void operator()(const DepthwiseStep& s) { read(s.x), read(s.residual), write(s.y), in_place(s.residual, s.y); }
  void operator()(const GroupedConvolutionStep& s) {
    read(s.x), read(s.residual), write(s.y), in_place(s.residual, s.y);
  }
  void operator()(const FullyConnectedStep& s) { read(s.x), read(s.residual), write(s.y); }
  void operator()(const PoolStep& s) { read(s.x), write(s.y); }
  void operator()(const PlanarPoolStep& s) { read(s.x), write(s.y), write(s.indices); }
  void operator()(const SpatialReduceStep& s) {
    read(s.x);
    if (!s.first()) read(s.partials);
    s.last() ? write(s.y) : write(s.partials);
  }
  void operator()(const ElementwiseStep& s) {
    for (const ElementwiseOperand& operand : s.operands) read(operand.view);
    write(s.y);
    for (const ElementwiseOperand& operand : s.operands) {
      const bool whole =
          operand.access == Access::full || (operand.access == Access::strided && operand.view.shape == s.y.shape);
      if (whole) in_place(operand.view, s.y);
    }
  }
  void operator()(const RelayoutStep& s) { read(s.x), write(s.y); }
  void operator()(const BlockedCopyStep& s) { read(s.x), write(s.y); }
  void operator()(const CopyStep& s) {
    if (!s.fill) read(s.x);
    write(s.y);
  }
  void operator()(const TableCopyStep& s) { read(s.x), write(s.y); }
  void operator()(const ReduceStep& s) { read(s.x), write(s.y); }
  void operator()(const ArgReduceStep& s) { read(s.x), write(s.y); }
  void operator()(const SoftmaxStep& s) { read(s.x), write(s.y); }
  void operator()(const NormalizeStep& s) {
    read(s.x), read(s.scale), read(s.bias), write(s.y), write(s.mean), write(s.inverse_deviation);
  }
  void operator()(const BlockedNormalizeStep& s) {
    read(s.x), write(s.y), in_place(s.x, s.y);
    result.scratch.push_back(s.scratch);
  }
  void operator()(const BatchStatisticsStep& s) {
    read(s.x), read(s.scale), read(s.bias), read(s.running_mean), read(s.running_variance);
    write(s.y), write(s.mean_output), write(s.variance_output);
  }
  void operator()(const MatMulStep& s) { read(s.a), read(s.b), read(s.c), write(s.y); }
  void operator()(const InterpolateStep& s) { read(s.x), write(s.y); }
  void operator()(const BlockedResizeStep& s) { read(s.x), write(s.y); }
  void operator()(const GatherStep& s) { read(s.x), read(s.indices), write(s.y); }
  void operator()(const ClearBorderStep& s) { write(s.y); }
};

constexpr std::array<std::string_view, std::variant_size_v<Kernel>> names = {"convolution",      "winograd",
                                                                             "strassen",         "planar_convolution",
                                                                             "depthwise",        "grouped_convolution",
                                                                             "fully_connected",  "pool",
                                                                             "planar_pool",      "spatial_reduce",
                                                                             "elementwise",      "relayout",
                                                                             "blocked_copy",     "copy",
                                                                             "table_copy",       "reduce",
                                                                             "arg_reduce",       "softmax",
                                                                             "normalize",        "blocked_normalize",
                                                                             "batch_statistics", "matmul",
                                                                             "interpolate",      "blocked_resize",
                                                                             "gather",           "clear_border"};

}  // namespace

Accesses accesses(const Step& step) {
  Collector collector;
  if (step.parts.empty()) std::visit([&](const auto& kernel) { collector(kernel); }, step.kernel);
  for (const Kernel& part : step.parts) std::visit([&](const auto& kernel) { collector(kernel); }, part);
  Accesses result = std::move(collector.result);
  // What the step also reads in another way must stay:
  // a convolution that adds its own input, a tensor times one of its own channels.
  const std::vector<const View*> candidates = std::move(result.in_place);
  result.in_place.clear();
  for (const View* candidate : candidates) {
    const bool read_once = std::ranges::all_of(result.reads, [&](const View* view) {
      return view->buffer != candidate->buffer || std::ranges::find(candidates, view) != candidates.end();
    });
    if (read_once) result.in_place.push_back(candidate);
  }
  return result;
}

std::string_view kernel_name(const Kernel& kernel) { return names[kernel.index()]; }

}  // namespace intaglio

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/step_cycles.h"

#include <algorithm>

#include "ir/traffic.h"

namespace intaglio::lowering {

namespace {

/// Bytes per cycle between the second-level cache and the registers, loads and stores together.
constexpr double cached_bytes_per_cycle = 16;

/// Instructions on vectors that a function takes: polynomials and divisions where it is a transcendental one.
double instructions(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::identity:
      return 0;
    case UnaryKind::exp:
    case UnaryKind::log:
    case UnaryKind::erf:
    case UnaryKind::elu:
    case UnaryKind::selu:
    case UnaryKind::celu:
    case UnaryKind::sigmoid:
    case UnaryKind::tanh:
    case UnaryKind::sinh:
    case UnaryKind::softplus:
    case UnaryKind::gelu:
    case UnaryKind::gelu_tanh:
    case UnaryKind::mish:
    case UnaryKind::swish:
      return 20;
    default:
      return 3;
  }
}

double instructions(const Epilogue& epilogue) {
  return instructions(epilogue.activation.kind) + instructions(epilogue.final_activation.kind);
}

int64_t elements(const View& view) { return view.shape.elements(); }

/// What a kernel does beside moving bytes.
struct Work {
  double products = 0;      ///< multiply-adds at the rate that their kernel reaches, as if it were the peak
  double instructions = 0;  ///< of one element each, as many of which as there are lanes at a time
  double single = 0;        ///< of one element alone
};

struct WorkOfKernel {
  double macs;

  Work dense(const auto& s, double efficiency) const {
    return {.products = macs / efficiency, .instructions = per_element(s.y, instructions(s.epilogue))};
  }
  static double per_element(const View& view, double instructions) {
    return static_cast<double>(elements(view)) * instructions;
  }

  Work operator()(const ConvolutionStep& s) const { return dense(s, 0.9); }
  Work operator()(const WinogradStep& s) const { return dense(s, 1.8); }
  Work operator()(const StrassenStep& s) const { return dense(s, 0.95); }
  Work operator()(const PlanarConvolutionStep& s) const { return dense(s, 0.8); }
  Work operator()(const FullyConnectedStep& s) const { return dense(s, 0.5); }
  Work operator()(const MatMulStep& s) const { return dense(s, 0.6); }
  Work operator()(const DepthwiseStep& s) const { return dense(s, 0.5); }
  Work operator()(const GroupedConvolutionStep& s) const { return dense(s, 0.4); }
  Work operator()(const PoolStep& s) const {
    return {.instructions = per_element(s.y, static_cast<double>(s.window.kernel_h * s.window.kernel_w))};
  }
  Work operator()(const PlanarPoolStep& s) const {
    return {.single = per_element(s.y, static_cast<double>(s.window.kernel_h * s.window.kernel_w))};
  }
  Work operator()(const SpatialReduceStep& s) const { return {.instructions = per_element(s.x, 2)}; }
  Work operator()(const ElementwiseStep& s) const {
    double each = 1;
    bool floats = true;
    for (const ElementwiseInstruction& instruction : s.instructions) {
      const Unary* unary = std::get_if<Unary>(&instruction.op);
      each += unary ? instructions(unary->kind) : 1;
      floats = floats && instruction.type == ElementType::float32;
    }
    const double all = per_element(s.y, each);
    return floats ? Work{.instructions = all} : Work{.single = all};
  }
  Work operator()(const TableCopyStep& s) const { return {.single = per_element(s.y, 1)}; }
  Work operator()(const ReduceStep& s) const { return {.instructions = per_element(s.x, 4)}; }
  Work operator()(const ArgReduceStep& s) const { return {.single = per_element(s.x, 2)}; }
  Work operator()(const SoftmaxStep& s) const { return {.instructions = per_element(s.x, 40)}; }
  Work operator()(const NormalizeStep& s) const { return {.instructions = per_element(s.x, 6)}; }
  Work operator()(const BlockedNormalizeStep& s) const { return {.instructions = per_element(s.x, 6)}; }
  Work operator()(const BatchStatisticsStep& s) const {
    return s.training ? Work{.single = per_element(s.x, 6)} : Work{.instructions = per_element(s.x, 2)};
  }
  Work operator()(const InterpolateStep& s) const {
    return {.instructions = per_element(s.y, static_cast<double>(s.taps) * (s.inner == 1 ? 8 : 2))};
  }
  Work operator()(const BlockedResizeStep& s) const { return {.instructions = per_element(s.y, s.linear ? 8 : 2)}; }
  Work operator()(const GatherStep& s) const {
    return {.single = per_element(s.y, s.for_each_element || s.inner < lanes_per_block ? 2 : 0)};
  }
  Work operator()(const CopyStep& s) const {
    const bool runs = s.extents.empty() || s.y_strides.back() == 1;
    return {.single = per_element(s.y, runs ? 0.25 : 1)};
  }
  Work operator()(const RelayoutStep&) const { return {}; }
  Work operator()(const BlockedCopyStep&) const { return {}; }
  Work operator()(const ClearBorderStep&) const { return {}; }
};

}  // namespace

double step_cycles(const Program& program, const Step& step, const Target& target) {
  const Work work = std::visit(WorkOfKernel{static_cast<double>(step.macs)}, step.kernel);
  const Traffic bytes = traffic(program, step.kernel);
  const auto lanes = static_cast<double>(target.lanes);
  const double moving = static_cast<double>(bytes.reads + bytes.writes) / cached_bytes_per_cycle,
               streaming = static_cast<double>(bytes.weights) / target.l3_bytes_per_cycle;
  return std::max(work.products / (lanes * target.fma_per_cycle), streaming) + work.instructions / lanes + work.single +
         moving;
}

}  // namespace intaglio::lowering

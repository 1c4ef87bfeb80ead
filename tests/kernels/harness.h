// Runs single kernels of generated code against expected values: every case is a Program with one step; all cases of a
// test are rendered into one C++ file, which is compiled once per target and loaded.
//
// Buffers are filled with NaN (gap lanes, rows between the rows of a view and the memory around each buffer included),
// every case runs twice with different inputs, and afterwards nothing but the output views may have changed.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "interpreter/interpreter.h"
#include "ir/program.h"

namespace intaglio::kernel_test {

struct Border {
  int64_t top = 0, left = 0, bottom = 0, right = 0;
};

/// How a tensor of a case lies in memory.
struct OperandLayout {
  Layout layout = Layout::planar;
  ElementType type = ElementType::float32;
  std::vector<int64_t> segments;  ///< blocked; empty: all channels in one segment
  Border border;                  ///< blocked
  bool embedded = false;          ///< blocked: a part of a larger storage, with foreign blocks and pixels around

  bool blocked() const { return layout != Layout::planar; }
};
OperandLayout planar(ElementType type = ElementType::float32);
OperandLayout blocked(std::vector<int64_t> segments = {}, Border border = {}, bool embedded = false);

/// One step, what it reads and what it must compute.
struct KernelCase {
  explicit KernelCase(std::string case_name) : name(std::move(case_name)) {}

  /// Views of fresh buffers, in the order in which `reference` takes and returns their tensors. Planar ones are the
  /// caller's (aligned like their elements only), blocked ones lie in the arena. Shapes are ONNX shapes.
  View input(const Shape& shape, const OperandLayout& layout = planar());
  View output(const Shape& shape, const OperandLayout& layout = planar());
  /// The result takes over the memory of an input.
  View output_in_place(const View& input);
  WeightId weight(const TensorData& data);
  WeightId weight(const std::vector<float>& floats);
  BufferId scratch(int64_t elements);
  void step(Kernel kernel);

  std::string name;
  Program program;
  std::vector<View> inputs, outputs;
  std::function<std::vector<TensorData>(const std::vector<TensorData>& inputs)> reference;
  std::function<TensorData(const View& view, uint32_t seed)> values;  ///< of the inputs; random_values by default
  Numerics numerics = Numerics::strict;
  float tolerance = 0;  ///< relative to the largest output; 0: the same bits

 private:
  View place(const Shape& shape, const OperandLayout& layout, BufferKind planar_kind);
};

/// Floats in [-2, 2), integers in [-9, 9], booleans.
TensorData random_values(const View& view, uint32_t seed);
std::vector<float> random_floats(size_t count, uint32_t seed);

/// Element `index` of every lane of a blocked view, `gap` in gap lanes: per-channel weights as kernels read them.
std::vector<float> by_lane(const View& view, const std::vector<float>& by_channel, float gap = 0);

/// The interpreter's strict result of one operator; null pointers stand for absent inputs.
TensorData strict_result(const Operator& op, const std::vector<const TensorData*>& inputs, const Shape& shape,
                         ElementType type = ElementType::float32);

/// Renders, compiles and runs all cases on every target this machine can run, on one of them also in parts, as for
/// several tasks.
void run(const std::vector<KernelCase>& cases);

}  // namespace intaglio::kernel_test

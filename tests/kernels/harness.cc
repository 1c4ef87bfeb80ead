// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "kernels/harness.h"

#include <numeric>

namespace intaglio::kernel_test {

namespace {

/// A view with its strides and the elements of the buffer it needs.
int64_t lay_out(View& view, const OperandLayout& layout) {
  const Shape& shape = view.shape;
  view.type = layout.type;
  view.layout = layout.layout;
  if (!layout.blocked()) return shape.elements();
  view.batch = shape.rank() > 0 ? shape[0] : 1;
  const int64_t channels = shape.rank() > 1 ? shape[1] : 1;
  view.segments = layout.segments.empty() ? std::vector<int64_t>{channels} : layout.segments;
  view.height = shape.rank() > 3 ? shape[2] : 1;
  view.width = shape.rank() > 2 ? shape[shape.rank() - 1] : 1;
  view.border_top = layout.border.top;
  view.border_left = layout.border.left;
  view.border_bottom = layout.border.bottom;
  view.border_right = layout.border.right;
  const int64_t foreign = layout.embedded ? 1 : 0;  // blocks around the view's and pixels behind each row
  view.pixel_stride = lanes_per_block;
  view.row_stride = (view.border_left + view.width + view.border_right + foreign) * lanes_per_block;
  view.block_stride = view.row_stride * (view.border_top + view.height + view.border_bottom);
  view.image_stride = view.block_stride * (view.blocks() + 2 * foreign);
  view.offset = foreign * view.block_stride + view.border_top * view.row_stride + view.border_left * lanes_per_block;
  return view.batch * view.image_stride;
}

}  // namespace

OperandLayout planar(ElementType type) {
  OperandLayout layout;
  layout.type = type;
  return layout;
}

OperandLayout blocked(std::vector<int64_t> segments, Border border, bool embedded) {
  OperandLayout layout;
  layout.layout = Layout::blocked_floats;
  layout.segments = std::move(segments);
  layout.border = border;
  layout.embedded = embedded;
  return layout;
}

View KernelCase::place(const Shape& shape, const OperandLayout& layout, BufferKind planar_kind) {
  View view;
  view.shape = shape;
  Buffer buffer;
  buffer.elements = lay_out(view, layout);
  buffer.name = "buffer" + std::to_string(program.buffers.size());
  buffer.kind = layout.blocked() ? BufferKind::arena : planar_kind;
  buffer.type = layout.type;
  view.buffer = BufferId(program.buffers.size());
  program.buffers.push_back(buffer);
  return view;
}

View KernelCase::input(const Shape& shape, const OperandLayout& layout) {
  inputs.push_back(place(shape, layout, BufferKind::input));
  return inputs.back();
}

View KernelCase::output(const Shape& shape, const OperandLayout& layout) {
  outputs.push_back(place(shape, layout, BufferKind::output));
  return outputs.back();
}

View KernelCase::output_in_place(const View& input) {
  program[input.buffer].kind = BufferKind::arena;
  outputs.push_back(input);
  return input;
}

WeightId KernelCase::weight(const TensorData& data) {
  program.weights.push_back({"weight" + std::to_string(program.weights.size()), data});
  return WeightId(program.weights.size() - 1);
}

WeightId KernelCase::weight(const std::vector<float>& floats) {
  return weight(TensorData::of<float>({static_cast<int64_t>(floats.size())}, floats));
}

BufferId KernelCase::scratch(int64_t elements) {
  Buffer buffer;
  buffer.name = "buffer" + std::to_string(program.buffers.size());
  buffer.kind = BufferKind::scratch;
  buffer.elements = elements;
  program.buffers.push_back(buffer);
  return BufferId(program.buffers.size() - 1);
}

void KernelCase::step(Kernel kernel) {
  Step step;
  step.name = name;
  step.kernel = std::move(kernel);
  program.steps.push_back(std::move(step));
}

std::vector<float> random_floats(size_t count, uint32_t seed) {
  std::vector<float> values(count);
  uint32_t state = seed * 2654435761u + 12345u;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) / static_cast<float>(1 << 22) - 2.0f;
  }
  return values;
}

TensorData random_values(const View& view, uint32_t seed) {
  const std::vector<float> floats = random_floats(static_cast<size_t>(view.shape.elements()), seed);
  return visit_type(view.type, [&]<class T>() {
    std::vector<T> values;
    for (float f : floats) {
      if constexpr (std::is_same_v<T, bool>)
        values.push_back(f > 0);
      else
        values.push_back(static_cast<T>(std::is_floating_point_v<T> ? f : f * 4.9f));
    }
    return TensorData::of(view.shape, std::move(values));
  });
}

std::vector<float> by_lane(const View& view, const std::vector<float>& by_channel, float gap) {
  std::vector<float> values(static_cast<size_t>(view.blocks() * lanes_per_block), gap);
  const std::vector<int64_t> lane_of_channel = channel_lanes(view);
  for (size_t c = 0; c < by_channel.size(); ++c) values[static_cast<size_t>(lane_of_channel[c])] = by_channel[c];
  return values;
}

TensorData strict_result(const Operator& op, const std::vector<const TensorData*>& inputs, const Shape& shape,
                         ElementType type) {
  Graph graph;
  Node node;
  node.name = "test";
  node.op = op;
  for (const TensorData* input : inputs) {
    node.inputs.push_back(input ? graph.add_tensor("input", input->type(), input->shape()) : TensorId());
  }
  node.outputs.push_back(graph.add_tensor("output", type, shape));
  return evaluate(graph, node, inputs, Numerics::strict)[0];
}

}  // namespace intaglio::kernel_test

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/recognise_channel_shuffle.h"

#include <algorithm>
#include <string>

#include "passes/rewrite.h"

namespace intaglio {

namespace {

/// True when `permutation` swaps axes 1 and 2 and leaves the others.
bool swaps_groups(const std::vector<int64_t>& permutation) {
  for (size_t axis = 0; axis < permutation.size(); ++axis) {
    const int64_t expected = axis == 1 ? 2 : axis == 2 ? 1 : static_cast<int64_t>(axis);
    if (permutation[axis] != expected) return false;
  }
  return permutation.size() >= 4;
}

/// True when [N, g, C / g, ...] is `shape` with its channels split in two.
bool splits_channels(const Shape& shape, const Shape& split) {
  if (shape.rank() < 3 || split.rank() != shape.rank() + 1 || split[0] != shape[0]) return false;
  return split[1] * split[2] == shape[1] && std::equal(shape.begin() + 2, shape.end(), split.begin() + 3);
}

void gather_channels(Graph& graph, NodeId id, TensorId x, const std::vector<int64_t>& channels) {
  const Shape shape{static_cast<int64_t>(channels.size())};
  const TensorId indices =
      graph.add_constant(graph[graph[id].outputs[0]].name + ".channels", TensorData::of(shape, channels));
  graph[id].op = Gather{1};
  graph[id].inputs = {x, indices};
}

bool shuffle(Graph& graph, const Uses& uses, NodeId id) {
  if (!get_if<Reshape>(graph, id)) return false;
  const TensorId swapped = graph[id].inputs[0];
  const NodeId transpose = uses.producer(swapped);
  if (!get_if<Transpose>(graph, transpose) || !uses.single(swapped)) return false;
  const TensorId split = graph[transpose].inputs[0];
  const NodeId reshape = uses.producer(split);
  if (!get_if<Reshape>(graph, reshape) || !uses.single(split)) return false;
  const TensorId x = graph[reshape].inputs[0];
  const Shape shape = graph[x].shape, groups = graph[split].shape;
  if (!splits_channels(shape, groups) || graph[graph[id].outputs[0]].shape != shape) return false;
  if (!swaps_groups(std::get<Transpose>(graph[transpose].op).permutation)) return false;
  std::vector<int64_t> channels;
  for (int64_t j = 0; j < groups[2]; ++j) {
    for (int64_t i = 0; i < groups[1]; ++i) channels.push_back(i * groups[2] + j);
  }
  gather_channels(graph, id, x, channels);
  return true;
}

/// The start of a slice that takes a range of channels and nothing else; -1 for other slices.
int64_t first_channel(const Graph& graph, NodeId id) {
  const Slice* slice = get_if<Slice>(graph, id);
  if (!slice || slice->starts.size() < 2 || slice->steps[1] != 1) return -1;
  const Shape &in = graph[graph[id].inputs[0]].shape, &out = graph[graph[id].outputs[0]].shape;
  for (size_t axis = 0; axis < in.rank(); ++axis) {
    if (axis != 1 && (in[axis] != out[axis] || slice->steps[axis] != 1)) return -1;
  }
  return slice->starts[1];
}

bool slice_of_gather(Graph& graph, const Uses& uses, NodeId id) {
  const int64_t first = first_channel(graph, id);
  if (first < 0) return false;
  const TensorId gathered = graph[id].inputs[0];
  const NodeId producer = uses.producer(gathered);
  const Gather* gather = get_if<Gather>(graph, producer);
  if (!gather || gather->axis != 1 || uses.outputs[gathered.index()]) return false;
  const TensorData* indices = constant_of(graph, graph[producer].inputs[1]);
  if (!indices || indices->shape().rank() != 1) return false;
  for (NodeId reader : uses.readers(gathered)) {
    if (first_channel(graph, reader) < 0) return false;
  }
  const std::vector<int64_t> all = indices->as_int64();
  const int64_t count = graph[graph[id].outputs[0]].shape[1];
  gather_channels(graph, id, graph[producer].inputs[0], {all.begin() + first, all.begin() + first + count});
  return true;
}

}  // namespace

bool recognise_channel_shuffle(Graph& graph) {
  const bool shuffled = rewrite(graph, shuffle);
  return rewrite(graph, slice_of_gather) || shuffled;
}

}  // namespace intaglio

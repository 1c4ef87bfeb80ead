// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/program_layers.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace intaglio {

namespace {

BufferId written_buffer(const Step& step) {
  const Accesses used = accesses(step);
  return used.writes.empty() ? BufferId() : used.writes.front()->buffer;
}

/// Whether two views of one buffer have blocks or elements in common. Of several images the first is looked at, in
/// which all have the same place.
bool overlap(const View& a, const View& b) {
  if (a.blocked() != b.blocked() || (a.blocked() && a.block_stride != b.block_stride)) return true;
  const auto range = [](const View& view) {
    if (!view.blocked()) return std::pair(view.offset, view.offset + view.shape.elements());
    const int64_t first = view.block_stride > 0 ? view.offset / view.block_stride : 0;
    return std::pair(first, first + view.blocks());
  };
  const auto [a_first, a_end] = range(a);
  const auto [b_first, b_end] = range(b);
  return a_first < b_end && b_first < a_end;
}

}  // namespace

std::vector<Layer> layers_of(const Program& program) {
  std::vector<Layer> layers;
  std::map<std::pair<size_t, std::string>, size_t> grouped;  // by group and name
  BufferId last_written;                                     // by the last layer that is in no group
  for (size_t i = 0; i < program.steps.size(); ++i) {
    const Step& step = program.steps[i];
    size_t at = layers.size();
    if (step.group) {
      at = grouped.try_emplace({*step.group, step.name}, at).first->second;
    } else {
      const BufferId written = written_buffer(step);
      const bool goes_on = !layers.empty() && !layers.back().group && layers.back().name == step.name &&
                           layers.back().steps.back() + 1 == i && written == last_written;
      if (goes_on) at = layers.size() - 1;
      last_written = written;
    }
    if (at == layers.size()) layers.push_back({step.name, {}, i, {}, step.group, 0});
    Layer& layer = layers[at];
    layer.steps.push_back(i);
    layer.macs += step.macs;
    // Not what only moves rows, in a band that has nothing else of the layer to do.
    const bool computes =
        !std::holds_alternative<BlockedCopyStep>(step.kernel) && !std::holds_alternative<ClearBorderStep>(step.kernel);
    if (step.macs >= program.steps[layer.main_step].macs && (computes || step.macs > 0)) layer.main_step = i;
  }
  for (Layer& layer : layers) layer.what = program.steps[layer.main_step].comment;
  return layers;
}

std::vector<LayerEdge> edges_between(const Program& program, const std::vector<Layer>& layers) {
  using Kind = LayerEnd::Kind;
  std::vector<size_t> layer_of(program.steps.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    for (size_t step : layers[i].steps) layer_of[step] = i;
  }
  struct Writer {
    const View* view;
    size_t layer;
  };
  std::vector<std::vector<Writer>> writers(program.buffers.size());
  std::set<LayerEdge> edges;
  for (size_t i = 0; i < program.steps.size(); ++i) {
    const Accesses used = accesses(program.steps[i]);
    const LayerEnd here{Kind::layer, layer_of[i]};
    for (const View* read : used.reads) {
      if (!read->buffer) continue;
      const Buffer& buffer = program[read->buffer];
      if (buffer.kind == BufferKind::input) edges.insert({{Kind::input, buffer.io_index}, here, read->buffer});
      for (const Writer& writer : writers[read->buffer.index()]) {
        if (writer.layer != here.index && overlap(*writer.view, *read))
          edges.insert({{Kind::layer, writer.layer}, here, read->buffer});
      }
    }
    for (const View* write : used.writes) {
      if (!write->buffer) continue;
      const Buffer& buffer = program[write->buffer];
      if (buffer.kind == BufferKind::output) edges.insert({here, {Kind::output, buffer.io_index}, write->buffer});
      writers[write->buffer.index()].push_back({write, here.index});
    }
  }
  return {edges.begin(), edges.end()};
}

}  // namespace intaglio
